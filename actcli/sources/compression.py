"""Compressed input, known by its first bytes, and the compressors for output of the same kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from actcli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    Decoder = Callable[[bytes, bool], bytes]

_MAGIC: Final = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_EXTENSIONS: Final = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz"}


def may_begin_magic(head: bytes) -> bool:
    """Whether more bytes may turn this into a compressed file's beginning."""
    return any(
        magic.startswith(head[: len(magic)]) for magic in (*_MAGIC, b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
    )


def by_magic(head: bytes, name: str) -> tuple[str, Decoder] | None:
    """The compression that these first bytes tell, and a decoder for it; None if there is none."""
    kind = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    if kind is None:
        return None
    if kind == "zstd":
        raise DataError(f"{name}: is compressed with zstd; pipe it: zstd -dc {name} | act ...")
    return kind, _joined(kind)


def by_extension(path: str) -> str:
    """The compression that a file's name asks for, or an empty text."""
    return next((kind for extension, kind in _EXTENSIONS.items() if path.endswith(extension)), "")


def _decompressor(kind: str) -> Any:
    if kind == "gzip":
        import zlib

        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    if kind == "bzip2":
        import bz2

        return bz2.BZ2Decompressor()
    import lzma

    return lzma.LZMADecompressor()


def _joined(kind: str) -> Decoder:
    """A decoder for one or more members, one behind the other. EOFError if the last one is cut off."""
    state = {"member": _decompressor(kind), "fresh": True}

    def decode(data: bytes, final: bool) -> bytes:
        plain = []
        while data:
            if state["member"].eof:
                state["member"] = _decompressor(kind)
            plain.append(_step(state["member"], data, kind))
            data = state["member"].unused_data
        if final and not state["member"].eof:
            raise EOFError("it ends in the middle")
        return b"".join(plain)

    return decode


def _step(member: Any, data: bytes, kind: str) -> bytes:
    try:
        plain: bytes = member.decompress(data)
    except Exception as error:  # zlib, bz2 and lzma each have an error of their own
        raise ValueError(f"{kind}: {error}") from error
    return plain


def compressor(kind: str) -> Callable[[bytes, bool], bytes]:
    """An encoder: bytes in, compressed bytes out; the last call says that it is final."""
    if kind == "gzip":
        import zlib

        member: Any = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    elif kind == "bzip2":
        import bz2

        member = bz2.BZ2Compressor()
    else:
        import lzma

        member = lzma.LZMACompressor()

    def encode(data: bytes, final: bool) -> bytes:
        packed: bytes = member.compress(data)
        return packed + member.flush() if final else packed

    return encode
