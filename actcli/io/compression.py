"""Decompression of input and compression of output: gzip, bzip2 and xz."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from actcli.io.encoding import Encode

KINDS: Final = ("gzip", "bzip2", "xz")
_STEP: Final = 1 << 17


def unpacked(kind: str, pull: Callable[[], bytes]) -> Iterator[bytes]:
    """Yield the decompressed bytes of one or more concatenated members, at most _STEP at a time.

    Raises ValueError for data that is not of this compression, EOFError if the last member is truncated.
    """
    packed = pull()
    while packed:
        packed = yield from _member(_decompressor(kind), packed, pull)
        packed = packed.lstrip(b"\0")  # padding
        while not packed and (more := pull()):
            packed = more.lstrip(b"\0")


def _member(member: Any, packed: bytes, pull: Callable[[], bytes]) -> Generator[bytes, None, bytes]:
    """Yield the decompressed bytes of one member; return the bytes that follow it."""
    while not member.eof:
        try:
            plain: bytes = member.decompress(packed, _STEP)  # bounded: bytes may unpack to gigabytes
        except Exception as error:  # zlib, bz2 and lzma each have their own exception type
            raise ValueError(str(error)) from error
        packed = getattr(member, "unconsumed_tail", b"")  # bzip2 and xz keep unused input inside
        if plain:
            yield plain
        elif not packed and not member.eof:
            packed = pull()
            if not packed:
                raise EOFError("it ends in the middle")
    rest: bytes = member.unused_data
    return rest


def _decompressor(kind: str) -> Any:
    if kind == "gzip":
        import zlib

        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    if kind == "bzip2":
        import bz2

        return bz2.BZ2Decompressor()
    import lzma

    return lzma.LZMADecompressor()


def compressor(kind: str, before: Encode | None = None) -> Encode:
    """Return an incremental compressor, applied after the encoder `before`. Its last call is `final`."""
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
        packed: bytes = member.compress(before(data, final) if before else data)
        return packed + member.flush() if final else packed

    return encode
