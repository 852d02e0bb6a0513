"""Bytes from files and pipes, as they arrive: decompressed, and in an encoding that contains ASCII."""

from __future__ import annotations

import codecs
import contextlib
import os
import stat
import sys
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import DataError
from actcli.io import compression, filetype, remote
from actcli.io.encoding import ORDERS, codec_name, contains_ascii, encoder, to_utf8

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.io.encoding import Encode

    Pull = Callable[[], bytes]

READ_SIZE: Final = 1 << 19
"""Bytes: what a chunk costs whatever its size weighs more below, memory beyond the cache above."""
STDIN: Final = "-"
_BOM: Final = codecs.BOM_UTF8
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MARKS: Final = (*filetype.MAGIC, _BOM, *chain.from_iterable(ORDERS.values()))


class Stream:
    """A source of bytes, here of none: what a stream is unless it says otherwise.

    `read` returns what has arrived, at most `size` bytes or so; b"" is the end. `verbatim` tells whether
    the bytes are the file's own, so that its places are those of what is read. `encoding` is that of the
    bytes as they are read: single bytes, or UTF-8, into which all others turn. `before_reading` is called
    with the descriptor before each read. `bom` is the UTF-8 byte order mark that was taken off,
    `compression` the name of what was undone. `regular` inputs have an end, unlike a pipe or a terminal,
    which may wait. Forked processes can read `shareable` ones by turns: where one stops, the system lets
    the next go on. `encode` turns UTF-8 back into the encoding that was read; it is None where nothing was
    transcoded.
    """

    encoding = "utf-8"
    bom = b""
    compression = ""
    verbatim = shareable = False
    regular = True
    descriptor = -1
    encode: Encode | None = None

    def __init__(self, name: str) -> None:
        self.name = name
        self.size = READ_SIZE
        self.before_reading: Callable[[int], None] = lambda _: None

    @property
    def left(self) -> int:
        """How many bytes of a regular file have not been read yet; 0 for others."""
        return 0

    @property
    def position(self) -> int:
        """How many bytes of a regular file have been read."""
        return 0

    def read(self) -> bytes:
        """Return what has arrived; waits for at least one byte."""
        return b""

    def close(self) -> None:
        """Let go of the source."""


class FileStream(Stream):
    """The bytes of a file, a pipe or standard input, decompressed and in an encoding that contains ASCII."""

    def __init__(self, path: str, encoding: str = "") -> None:
        super().__init__("standard input" if path == STDIN else path)
        self.verbatim = True
        self._ended = False
        self._mark = b""
        self._transcoded = ""
        if encoding and (name := codec_name(encoding)) not in ("utf-8", "utf-8-sig"):
            self.encoding = encoding
            self._transcoded = "" if contains_ascii(encoding) else name
        self.descriptor = self._open(path)
        try:
            self._pull = self._undone(_Ahead(self._raw))
        except BaseException:  # nobody else can close it
            self.close()
            raise
        self.shareable = self.verbatim and self.descriptor >= 0
        self.encode = encoder(self._transcoded, self._mark) if self._transcoded else None

    @property
    def left(self) -> int:
        """How many bytes of a regular file have not been read yet; 0 for others."""
        if not self.regular:
            return 0
        return os.fstat(self.descriptor).st_size - os.lseek(self.descriptor, 0, os.SEEK_CUR)

    def read(self) -> bytes:
        """What has arrived; waits for at least one byte."""
        return self._checked(self._pull)

    @property
    def position(self) -> int:
        """How many bytes of a regular file have been read."""
        return os.lseek(self.descriptor, 0, os.SEEK_CUR)

    def close(self) -> None:
        """Let go of the file; standard input stays open."""
        if self.descriptor > 0:
            os.close(self.descriptor)

    def _open(self, path: str) -> int:
        descriptor = _opened(path)
        _widen(descriptor)
        self.regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return descriptor

    def _raw(self) -> bytes:
        if self._ended:
            return b""  # a terminal would wait for a second end
        self.before_reading(self.descriptor)
        try:
            data = _some(self.descriptor, self.size)
        except OSError as error:
            raise DataError(f"{self.name}: cannot be read: {error.strerror}") from error
        self._ended = not data
        return data

    def _checked(self, pull: Pull) -> bytes:
        try:
            return pull()
        except (ValueError, EOFError) as error:
            what = " or ".join(filter(None, (self.compression, self._transcoded)))
            raise DataError(f"{self.name}: is no valid {what} data: {error}") from error

    def _undone(self, ahead: _Ahead) -> Pull:
        """The bytes without compression, encoding and byte order mark, as their first ones tell."""
        head = ahead.look()
        kind = filetype.compression_of(head)
        if kind:
            if kind not in compression.KINDS:
                raise DataError(f"{self.name}: is compressed with {kind}; pipe it: {kind} -dc FILE | act ...")
            self.compression, self.verbatim = kind, False
            ahead = _Ahead(partial(next, compression.unpacked(kind, ahead), b""))
            head = self._checked(ahead.look)
        for held in filetype.BINARY:
            if head.startswith(held.magic):
                unpack = f"unpack it first: {kind} -d FILE"
                raise DataError(f"{self.name}: holds {held.what}; {unpack if kind else held.advice}")
        if b"\0" in head and not self._transcoded and not head.startswith(_UTF16):
            raise DataError(
                f"{self.name}: holds bytes that are no text; --raw --dtype float32 reads bare numbers of "
                "that type, --encoding utf-16 text in UTF-16"
            )
        if head.startswith(_UTF16) and self.encoding == "utf-8":  # in which no text begins so
            self._transcoded = "utf-16"
        if self._transcoded:
            marks = ORDERS.get(self._transcoded, {})
            self._mark = next((mark for mark in marks if head.startswith(mark)), b"")
            self.encoding, self.verbatim = "utf-8", False
            ahead = _Ahead(partial(next, to_utf8(self._transcoded, ahead), b""))
            head = self._checked(ahead.look)
        if head.startswith(_BOM):
            self.bom = _BOM
            ahead.drop(len(_BOM))
        return ahead


class RemoteStream(FileStream):
    """The bytes of a URL."""

    left = position = 0
    _file: Any

    def close(self) -> None:
        """Let go of the connection."""
        self._file.close()

    def _open(self, path: str) -> int:
        self._file = remote.open_url(path)
        return -1

    def _raw(self) -> bytes:
        try:
            data: bytes = self._file.read(self.size)
        except Exception as error:  # each store has errors of its own
            raise DataError(f"{self.name}: cannot be read: {error}") from error
        self.position += len(data)
        return data


class _Ahead:
    """Bytes of which the first can be looked at before they are taken."""

    def __init__(self, pull: Pull) -> None:
        self._pull = pull
        self._head = b""

    def look(self) -> bytes:
        """Enough bytes to know a mark by; a slow writer is waited for only if one may still come."""
        while any(len(self._head) < len(mark) and mark.startswith(self._head) for mark in _MARKS):
            more = self._pull()
            if not more:
                break
            self._head += more
        return self._head

    def drop(self, length: int) -> None:
        """Take off the first bytes."""
        self._head = self._head[length:]

    def __call__(self) -> bytes:
        head, self._head = self._head, b""
        return head or self._pull()


def _some(descriptor: int, size: int) -> bytes:
    """What has arrived; a pipe may be one that somebody else has made non-blocking."""
    try:
        return os.read(descriptor, size)
    except BlockingIOError:
        import select

        select.select([descriptor], [], [])
        return os.read(descriptor, size)


def _opened(path: str) -> int:
    if path == STDIN:
        if sys.stdin is None:
            raise DataError("standard input is closed; name a file, or type numbers")
        return 0
    if os.path.isdir(path):
        raise DataError(f"{path}: is a directory; name the files in it, for example {path.rstrip('/')}/*.csv")
    try:
        return os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror}") from error


def _widen(descriptor: int) -> None:
    """Let a pipe hold what is read at once: with an eighth of it, as is usual, all takes a fifth longer."""
    with contextlib.suppress(ImportError, AttributeError, OSError):  # no pipe, or a system without
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, READ_SIZE)
