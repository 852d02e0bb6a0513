"""Where results go: standard output, or a file that is replaced only when its successor is complete."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
from typing import TYPE_CHECKING, Final

from actcli.errors import OutputError, UsageError
from actcli.io.compression import compressor
from actcli.io.filetype import compression_by_name
from actcli.io.signals import cleanup_on_signal

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from actcli.io.encoding import Encode

STDOUT: Final = "-"
_DESCRIPTOR: Final = re.compile(r"(?:/dev|/proc/self)/fd/([0-9]{1,5})|/dev/(stdout|stderr)")
_NUMBERS: Final = {"stdout": 1, "stderr": 2}
_LONGEST_NAME: Final = 100  # bytes, of a temporary file: some systems allow no more than 143


class Destination:
    """A place for bytes that is open or takes them at once. Use it in a `with`.

    An open descriptor (standard output, /dev/stdout, /dev/fd/3) is written from where it stands, whatever
    file is behind it; a terminal, a FIFO or a device directly.
    """

    def __init__(self, path: str = STDOUT, encode: Encode | None = None) -> None:
        self.name = "standard output" if path == STDOUT else path
        self.descriptor = -1
        self._path = path
        self._encode = encode
        self._stack = contextlib.ExitStack()

    @property
    def shareable(self) -> bool:
        """Whether forked processes can write to it by turns: bytes go into the descriptor as they are."""
        return self._encode is None

    def write(self, data: bytes) -> None:
        """Write all of it. Raises OutputError."""
        self._write(self._encode(data, False) if self._encode else data)

    def failed(self, error: OSError) -> OutputError:
        """Return an error of the system, told of this destination."""
        return OutputError(f"cannot write to {self.name}: {error.strerror}")

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            try:
                self.descriptor = self._opened(stack)
            except OSError as error:
                raise self.failed(error) from error
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            if kind is None:
                self._finish()

    def _finish(self) -> None:
        if self._encode:
            self._write(self._encode(b"", True))

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[self._some(view) :]
        except OSError as error:
            raise self.failed(error) from error

    def _some(self, view: memoryview) -> int:
        try:
            return os.write(self.descriptor, view)
        except BlockingIOError:  # somebody else has made it non-blocking
            import select

            select.select([], [self.descriptor], [])
            return 0

    def _opened(self, stack: contextlib.ExitStack) -> int:
        """Return the descriptor; what is to be undone at the end is left with `stack`."""
        number = _open_number(self._path)
        if number == 1 and sys.stdout is None:
            raise OutputError("standard output is closed; use -o FILE")
        if number is not None:
            os.fstat(number)
            return number
        descriptor = os.open(self._path, os.O_WRONLY)
        stack.callback(os.close, descriptor)
        return descriptor


class AtomicFile(Destination):
    """A regular file, or one that is not there yet: an exception or a signal leaves what was there.

    It is written beside its place under a temporary name, synced and renamed, and keeps its mode and owner; a
    symbolic link is followed. The temporary name is one that nobody else has; with `stable_name` it is always
    the same, so that the next attempt removes what one that was killed has left.
    """

    def __init__(self, path: str, encode: Encode | None = None, *, stable_name: bool = False) -> None:
        super().__init__(path, encode)
        self._stable_name = stable_name
        self._target = self._temporary = ""
        self._number = 0

    def reserve(self, size: int) -> None:
        """Make the new file so many bytes long, and take their place on the disk: a map cannot ask for it."""
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self.descriptor, 0, size)
            else:
                os.ftruncate(self.descriptor, size)
        except OSError as error:
            raise self.failed(error) from error

    def _opened(self, stack: contextlib.ExitStack) -> int:
        """Return a temporary file beside the target, with the target's mode and owner, or a new file's."""
        try:
            there = os.stat(self._path)
        except FileNotFoundError:
            there = None
        if there is None and self._path.endswith(os.sep):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        self._target = os.path.realpath(self._path)
        folder, name = os.path.split(self._target)
        self._temporary = os.path.join(folder, f".{_shortened(name)}.{os.urandom(8).hex()}.part")
        if self._stable_name:
            self._temporary = stable_temp_path(self._target)
            _remove(self._temporary)
        stack.enter_context(cleanup_on_signal(self._remove_own))
        stack.callback(self._remove_own)  # before it is there: a signal may come in between
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self._temporary, flags, 0o666 if there is None else 0o600)
        stack.callback(os.close, descriptor)
        self._number = os.fstat(descriptor).st_ino
        if there is not None and hasattr(os, "fchown"):
            with contextlib.suppress(OSError):  # only the superuser gives files away
                os.fchown(descriptor, there.st_uid, there.st_gid)
        if there is not None:
            os.chmod(self._temporary, stat.S_IMODE(there.st_mode))
        return descriptor

    def _finish(self) -> None:
        super()._finish()
        try:
            os.fsync(self.descriptor)
            if not self._is_own():
                raise OutputError(f"{self.name}: another run has written it, or does")
            os.replace(self._temporary, self._target)
        except OSError as error:
            raise self.failed(error) from error

    def _is_own(self) -> bool:
        """Return whether the temporary file is ours: under a stable name there may be another's, or none."""
        if not self._stable_name:
            return True
        try:
            return os.stat(self._temporary).st_ino == self._number
        except FileNotFoundError:
            return False

    def _remove_own(self) -> None:
        if self._is_own():
            _remove(self._temporary)


def _open_number(path: str) -> int | None:
    """The descriptor that a path names: it is open already."""
    if path == STDOUT:
        return 1
    found = _DESCRIPTOR.fullmatch(path)
    return (_NUMBERS.get(found[2]) or int(found[1])) if found else None


def check_input(path: str, target: str) -> None:
    """UsageError for a file that an open output is written behind: it would be read again, without end."""
    number = _open_number(target)
    if number is None:
        return
    try:
        there, out = os.stat(0 if path == STDOUT else path), os.fstat(number)
    except OSError:
        return  # who opens it will say why it cannot be
    if not stat.S_ISREG(there.st_mode) or not os.path.samestat(there, out):
        return
    import fcntl

    appends = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_APPEND
    start = os.lseek(0, 0, os.SEEK_CUR) if path == STDOUT else 0
    if start < (out.st_size if appends else os.lseek(number, 0, os.SEEK_CUR)):
        name = "standard input" if path == STDOUT else path
        raise UsageError(
            f"{name}: is the file that the output goes to, and would never end; "
            "write to another one, or replace it with -i"
        )


def stable_temp_path(path: str) -> str:
    """The fixed temporary name of a target."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{_shortened(name)}.part")


def _shortened(name: str) -> str:
    """A name's beginning, without half a character."""
    return os.fsencode(name)[:_LONGEST_NAME].decode(errors="ignore")


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def open_destination(
    target: str | None,
    compression: str | None = None,
    *,
    stable_name: bool = False,
    encode: Encode | None = None,
) -> Destination:
    """Return where a result goes, encoded, and compressed as its name says unless told.

    target: a path; None is standard output. compression: its name, empty for none. stable_name: see
    AtomicFile. encode: from UTF-8 to the encoding of the result.
    """
    target = target or STDOUT
    kind = compression_by_name(target) if compression is None else compression
    encode = compressor(kind, encode) if kind else encode
    if _open_number(target) is None and (os.path.isfile(target) or not os.path.exists(target)):
        return AtomicFile(target, encode, stable_name=stable_name)
    return Destination(target, encode)
