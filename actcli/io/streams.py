"""Input streams from files, pipes and URLs: decompressed, in an encoding that contains ASCII."""

from __future__ import annotations

import codecs
import contextlib
import os
import stat
import sys
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import DataError, OutputError
from actcli.io import compression, filetype
from actcli.io.encoding import ORDERS, codec_name, contains_ascii, encoder, to_utf8
from actcli.io.filetype import STDIN, name_of
from actcli.io.signals import renamed, temporary_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from actcli.io.encoding import Encode

    Pull = Callable[[], bytes]

READ_SIZE: Final = 1 << 19
"""Bytes per read: smaller reads cost more overhead per chunk, larger ones do not fit the CPU cache."""
_BOM: Final = codecs.BOM_UTF8
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST_MAGIC: Final = max(map(len, filetype.MAGIC))
_MARKS: Final = (*filetype.MAGIC, _BOM, *chain.from_iterable(ORDERS.values()))


def holds(path: str) -> str:
    """Return the type of a file, npy, parquet, npz or text, by its first bytes, else by its name.

    An array of an archive, x.npz:w, is npy. Return text for pipes and for local files that cannot be read,
    whose error appears when they are opened. Raises DataError for a URL that cannot be read.
    """
    if filetype.member(path)[1] is not None:
        return "npy"
    if filetype.is_url(path):
        from actcli.io import remote

        return filetype.by_head(remote.read_range(path, 0, _LONGEST_MAGIC), path)
    if not os.path.isfile(path):
        return "text"
    try:
        with open(path, "rb") as file:
            return filetype.by_head(file.read(_LONGEST_MAGIC), path)
    except OSError:
        return "text"


@contextlib.contextmanager
def local_copy(path: str) -> Iterator[str]:
    """Yield the path of a local file, a temporary copy for a URL, standard input or another pipe.

    Errors raised in the block name the original. Raises DataError if it cannot be read.
    """
    archive = filetype.member(path)[0]
    piped = path == STDIN or filetype.is_special(archive)
    if not (piped or filetype.is_url(path)):
        yield path
        return
    with temporary_folder() as folder:
        local = os.path.join(folder, filetype.basename(archive))
        if piped:
            _drain(path, local)
        else:
            from actcli.io import remote

            remote.download(archive, local)
        with renamed(local, name_of(archive)):
            yield local + path[len(archive) :]


def _drain(path: str, local: str) -> None:
    """Write all bytes of standard input or another pipe to a local file."""
    stream = FileStream(path, raw=True)
    try:
        with open(local, "wb") as file:
            while data := stream.read():
                file.write(data)
    except OSError as error:
        folder = os.path.dirname(local)
        raise OutputError(f"cannot keep a copy of {stream.name} in {folder}: {error.strerror}") from error
    finally:
        stream.close()


class Stream:
    """Base class of input streams, with defaults; it is itself an empty stream.

    `read` returns the bytes available, about `size` at most; b"" at the end of input. `verbatim` streams
    return the file's own bytes, so offsets in what is read are offsets in the file. `encoding` is that of
    the bytes returned: a single-byte encoding, or UTF-8, to which all others are transcoded.
    `before_reading` is called with the descriptor before each read. `bom` is the UTF-8 byte order mark that
    was removed, `compression` the name of the compression that was undone. `regular` streams are files of
    known size, which never block, unlike pipes and terminals. `shareable` streams can be read by forked
    processes in turn, because they share the descriptor's offset. `encode` is the encoder from UTF-8 to the
    input's encoding, or None if the input was not transcoded.
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
        """Number of bytes of a regular file not read yet; 0 for other streams."""
        return 0

    @property
    def position(self) -> int:
        """Number of bytes of a regular file read so far."""
        return 0

    def read(self) -> bytes:
        """Return the bytes available, b"" at the end of input; block until there is at least one."""
        return b""

    def close(self) -> None:
        """Close the source."""


class FileStream(Stream):
    """The bytes of a file, a pipe or standard input, decompressed and in an encoding that contains ASCII.

    With `raw`, they are as they come.
    """

    def __init__(self, path: str, encoding: str = "", *, raw: bool = False) -> None:
        super().__init__(name_of(path))
        self.verbatim = True
        self._ended = False
        self._mark = b""
        self._transcoded = ""
        if encoding and (name := codec_name(encoding)) not in ("utf-8", "utf-8-sig"):
            self.encoding = encoding
            self._transcoded = "" if contains_ascii(encoding) else name
        self.descriptor = self._open(path)
        try:
            self._pull = self._raw if raw else self._undone(_Ahead(self._raw))
        except BaseException:  # the caller has no stream to close yet
            self.close()
            raise
        self.shareable = self.verbatim and self.descriptor >= 0
        self.encode = encoder(self._transcoded, self._mark) if self._transcoded else None

    @property
    def left(self) -> int:
        """Number of bytes of a regular file not read yet; 0 for other streams."""
        if not self.regular:
            return 0
        return os.fstat(self.descriptor).st_size - os.lseek(self.descriptor, 0, os.SEEK_CUR)

    def read(self) -> bytes:
        """Return the bytes available, b"" at the end. Raises DataError if they cannot be read or decoded."""
        return self._checked(self._pull)

    @property
    def position(self) -> int:
        """Number of bytes of a regular file read so far."""
        return os.lseek(self.descriptor, 0, os.SEEK_CUR)

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self.descriptor > 0:
            os.close(self.descriptor)

    def _open(self, path: str) -> int:
        descriptor = _opened(path)
        _widen(descriptor)
        self.regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return descriptor

    def _raw(self) -> bytes:
        if self._ended:
            return b""  # reading on from a terminal would block until a second end of file
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
        """Return a function that reads the bytes decompressed, as UTF-8, and without a byte order mark.

        ahead: its first bytes determine compression and encoding.

        Raises DataError for data that is compressed otherwise, binary, or not valid in its encoding.
        """
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
        if head.startswith(_UTF16) and self.encoding == "utf-8":  # no UTF-8 text begins so
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
    """The bytes of a URL, decompressed and transcoded as those of a file."""

    left = position = 0
    _file: Any

    def close(self) -> None:
        """Close the connection."""
        self._file.close()

    def _open(self, path: str) -> int:
        from actcli.io import remote

        self._file = remote.open_url(path)
        return -1

    def _raw(self) -> bytes:
        try:
            data: bytes = self._file.read(self.size)
        except Exception as error:  # each store has its own exception types
            raise DataError(f"{self.name}: cannot be read: {error}") from error
        self.position += len(data)
        return data


class _Ahead:
    """A reader whose first bytes can be looked at (peeked) before they are read."""

    def __init__(self, pull: Pull) -> None:
        self._pull = pull
        self._head = b""

    def look(self) -> bytes:
        """Return the first bytes, enough to recognize a magic number or byte order mark, and keep them.

        Block for more only while the bytes so far are the beginning of such a mark.
        """
        while any(len(self._head) < len(mark) and mark.startswith(self._head) for mark in _MARKS):
            more = self._pull()
            if not more:
                break
            self._head += more
        return self._head

    def drop(self, length: int) -> None:
        """Remove the first `length` bytes of those looked at."""
        self._head = self._head[length:]

    def __call__(self) -> bytes:
        head, self._head = self._head, b""
        return head or self._pull()


def _some(descriptor: int, size: int) -> bytes:
    """Return at most `size` bytes of a descriptor; wait for them even if it was made non-blocking."""
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
    """Enlarge a pipe's buffer to READ_SIZE: with the usual eighth of it, a run takes a fifth longer."""
    with contextlib.suppress(ImportError, AttributeError, OSError):  # no pipe, or no such call here
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, READ_SIZE)
