"""Bytes from files and pipes, as they arrive: decompressed, and in an encoding that contains ASCII."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from typing import TYPE_CHECKING, Final

from actcli.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

READ_SIZE: Final = 1 << 18
_BOM: Final = codecs.BOM_UTF8
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SHORTEST_MAGIC: Final = 6
STDIN: Final = "-"


class Stream:
    """A source of bytes. `read` gives what has arrived, at most READ_SIZE bytes; b"" is the end.

    `plain` tells whether the bytes are the descriptor's own, so that several processes can share it.
    `bom` is the UTF-8 byte order mark that was taken off, `compression` the name of what was undone.
    """

    def __init__(self, path: str, encoding: str = "") -> None:
        self.name = "standard input" if path == STDIN else path
        self.descriptor = _opened(path)
        self.encoding = encoding or "utf-8"
        self.bom = b""
        self.compression = ""
        self._head = b""
        self._decoders: list[Callable[[bytes, bool], bytes]] = []
        self._look(asked=encoding)

    @property
    def plain(self) -> bool:
        """Whether nothing stands between the descriptor and the reader."""
        return not self._decoders

    @property
    def regular(self) -> bool:
        """Whether it is a file, which has an end, and not a pipe or a terminal, which may wait."""
        return stat.S_ISREG(os.fstat(self.descriptor).st_mode)

    def read(self) -> bytes:
        """What has arrived; waits for at least one byte."""
        data, self._head = self._head, b""
        while not data:
            raw = self._raw()
            data = raw
            for decoder in self._decoders:
                data = self._decoded(decoder, data, final=not raw)
            if not raw:
                break
        return data

    def take_head(self) -> bytes:
        """Bytes that were looked at and not read yet; who reads the descriptor alone must ask."""
        head, self._head = self._head, b""
        return head

    def close(self) -> None:
        """Let go of the file; standard input stays open."""
        if self.descriptor > 0:
            os.close(self.descriptor)

    def _raw(self) -> bytes:
        try:
            return os.read(self.descriptor, READ_SIZE)
        except OSError as error:
            raise DataError(f"{self.name}: cannot be read: {error.strerror}") from error

    def _decoded(self, decoder: Callable[[bytes, bool], bytes], data: bytes, *, final: bool) -> bytes:
        try:
            return decoder(data, final)
        except (ValueError, EOFError, OSError) as error:
            what = self.compression or self.encoding
            raise DataError(f"{self.name}: is no valid {what} data: {error}") from error

    def _look(self, asked: str) -> None:
        """Find compression, byte order mark and encoding in the first bytes."""
        from actcli.sources.compression import by_magic

        head = self._first(self._raw())
        found = by_magic(head, self.name)
        if found is not None:
            self.compression, decoder = found
            self._decoders.append(decoder)
            head = self._first(self._decoded(decoder, head, final=False))
        if head.startswith(_UTF16) or (asked and not _contains_ascii(asked)):
            self.encoding = "utf-16" if head.startswith(_UTF16) else asked
            self._decoders.append(_transcoder(self.encoding))
            head = self._decoded(self._decoders[-1], head, final=False)
            self.encoding = "utf-8"
        if head.startswith(_BOM):
            self.bom, head = _BOM, head[len(_BOM) :]
        self._head = head

    def _first(self, head: bytes) -> bytes:
        """Enough bytes to recognize what begins so; a slow writer is waited for only if they may match."""
        from actcli.sources.compression import may_begin_magic

        while len(head) < _SHORTEST_MAGIC and may_begin_magic(head):
            raw = self._raw()
            if not raw:
                break
            more = raw
            for decoder in self._decoders:
                more = self._decoded(decoder, more, final=False)
            head += more
        return head


def _opened(path: str) -> int:
    if path == STDIN:
        if sys.stdin is None:
            raise DataError("standard input is closed; name a file, or type numbers")
        return 0
    if os.path.isdir(path):  # noqa: PTH112  pathlib costs start-up time
        raise DataError(f"{path}: is a directory; name the files in it, for example {path.rstrip('/')}/*.csv")
    try:
        return os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror}") from error


def _contains_ascii(encoding: str) -> bool:
    """Whether bytes below 128 are ASCII in it, alone or not: then the text need not be decoded."""
    try:
        single = all(bytes([byte]).decode(encoding) == chr(byte) for byte in range(128))
        return single and codecs.lookup(encoding).name in ("utf-8", *_single_byte(encoding))
    except UnicodeDecodeError:
        return False
    except LookupError as error:
        raise UsageError(
            f"--encoding: {encoding!r} is no encoding; for example latin-1, cp1252, utf-16"
        ) from error


def _single_byte(encoding: str) -> tuple[str, ...]:
    """The encoding's own name if every byte is at most one character."""
    every = bytes(range(256)).decode(encoding, "replace")
    return (codecs.lookup(encoding).name,) if len(every) == len(bytes(range(256))) else ()


def _transcoder(encoding: str) -> Callable[[bytes, bool], bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()

    def transcode(data: bytes, final: bool) -> bytes:
        return decoder.decode(data, final).encode()

    return transcode
