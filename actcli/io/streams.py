"""Bytes from files and pipes, as they arrive: decompressed, and in an encoding that contains ASCII."""

from __future__ import annotations

import codecs
import contextlib
import os
import stat
import sys
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final

from actcli.errors import DataError, UsageError
from actcli.io import compression, filetype

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Pull = Callable[[], bytes]
    Encode = Callable[[bytes, bool], bytes]

READ_SIZE: Final = 1 << 19
"""Bytes: what a chunk costs whatever its size weighs more below, memory beyond the cache above."""
STDIN: Final = "-"
_BOM: Final = codecs.BOM_UTF8
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ORDERS: Final = {
    "utf-16": {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"},
    "utf-32": {codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be"},
}
"""Encodings that have their order of bytes from a mark."""
_MARKS: Final = (*filetype.MAGIC, _BOM, *chain.from_iterable(_ORDERS.values()))
_EVERY_BYTE: Final = bytes(range(256))
_ASCII: Final = _EVERY_BYTE[:128]


class Stream:
    """A source of bytes. `read` gives what has arrived, at most `size` bytes or so; b"" is the end.

    `verbatim` tells whether the bytes are the file's own, so that its places are those of what is read.
    `encoding` is that of the bytes as they are read: single bytes, or UTF-8, into which all others turn.
    `before_reading` is called with the descriptor before each read.
    `bom` is the UTF-8 byte order mark that was taken off, `compression` the name of what was undone.
    """

    def __init__(self, path: str, encoding: str = "") -> None:
        self.name = "standard input" if path == STDIN else path
        name = _named(encoding)
        self.encoding = "utf-8" if name in ("", "utf-8", "utf-8-sig") else encoding
        self.bom = b""
        self.compression = ""
        self.verbatim = True
        self.size = READ_SIZE
        self.before_reading: Callable[[int], None] = lambda _: None
        self._ended = False
        self._mark = b""
        self._transcoded = "" if contains_ascii(self.encoding) else name
        self.descriptor = self._open(path)
        try:
            self._pull = self._undone(_Ahead(self._raw))
        except BaseException:  # nobody else can close it
            self.close()
            raise

    @property
    def regular(self) -> bool:
        """Whether it is a file, which has an end, and not a pipe or a terminal, which may wait."""
        return stat.S_ISREG(os.fstat(self.descriptor).st_mode)

    @property
    def shareable(self) -> bool:
        """Whether forked processes can read it by turns: where one stops, the system lets the next go on."""
        return self.verbatim and self.descriptor >= 0

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
    def encode(self) -> Encode | None:
        """What turns UTF-8 back into the encoding that was read; None where nothing was turned."""
        return _encoder(self._transcoded, self._mark) if self._transcoded else None

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
        if head.startswith(_UTF16) and self.encoding == "utf-8":  # in which no text begins so
            self._transcoded = "utf-16"
        if self._transcoded:
            marks = _ORDERS.get(self._transcoded, {})
            self._mark = next((mark for mark in marks if head.startswith(mark)), b"")
            self.encoding, self.verbatim = "utf-8", False
            ahead = _Ahead(partial(next, _transcoded(self._transcoded, ahead), b""))
            head = self._checked(ahead.look)
        if head.startswith(_BOM):
            self.bom = _BOM
            ahead.drop(len(_BOM))
        return ahead


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


def _named(encoding: str) -> str:
    """An encoding under its usual name; unknown ones, and none, stay as they are."""
    with contextlib.suppress(LookupError, UnicodeError):
        encoding = codecs.lookup(encoding).name if encoding else ""
    return encoding


def contains_ascii(encoding: str) -> bool:
    """Whether bytes below 128 are ASCII in it and nothing else: then the text need not be decoded.

    Raises UsageError for what is no text encoding.
    """
    if encoding == "utf-8":
        return True
    try:
        name = codecs.lookup(encoding).name
        characters = _EVERY_BYTE.decode(encoding, "replace")
    except (LookupError, UnicodeError) as error:
        raise UsageError(
            f"--encoding: {encoding!r} is no encoding; for example latin-1, cp1252, utf-16"
        ) from error
    if name == "utf-8":
        return True
    known = characters[128:].strip("\N{REPLACEMENT CHARACTER}")
    return len(characters) == len(_EVERY_BYTE) and characters.startswith(_ASCII.decode()) and bool(known)


def _transcoded(encoding: str, pull: Pull) -> Iterator[bytes]:
    """The bytes in UTF-8. Raises ValueError for what is not in the encoding, behind what was before it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    while data := pull():
        before = decoder.getstate()
        try:
            text = _decoded(decoder, data)
        except ValueError:
            decoder.setstate(before)
            if text := _before_error(decoder, data):
                yield text
            raise
        if text:
            yield text
    yield _decoded(decoder, b"", final=True)


def _decoded(decoder: codecs.IncrementalDecoder, data: bytes, *, final: bool = False) -> bytes:
    """Bytes in UTF-8. Raises ValueError without their places, which tell how the reads were cut."""
    try:
        return decoder.decode(data, final).encode()
    except UnicodeError as error:
        raise ValueError(getattr(error, "reason", str(error))) from error


def _before_error(decoder: codecs.IncrementalDecoder, data: bytes) -> bytes:
    """What of these bytes can be decoded."""
    texts = []
    with contextlib.suppress(ValueError):
        for place in range(len(data)):
            texts.append(_decoded(decoder, data[place : place + 1]))  # noqa: PERF401  what was found is kept
    return b"".join(texts)


def _encoder(encoding: str, mark: bytes) -> Encode:
    """UTF-8 into another encoding; `mark` is the byte order mark of one that has one."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    if encoding in _ORDERS:
        orders = _ORDERS[encoding]
        encoding = orders.get(mark) or f"{encoding}-{sys.byteorder[0]}e"
    encoder = codecs.getincrementalencoder(encoding)()
    lead = [mark]

    def encode(data: bytes, final: bool) -> bytes:
        return (lead.pop() if lead else b"") + encoder.encode(decoder.decode(data, final), final)

    return encode
