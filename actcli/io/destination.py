"""Output: standard output, or a file that is replaced atomically, once the new content is complete."""

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
from actcli.io.filetype import STDIN, STDOUT, basename, compression_by_name, is_url, name_of
from actcli.io.signals import cleanup_on_signal, renamed, shortened, stable_temp_path, temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from actcli.io.encoding import Encode

_DESCRIPTOR: Final = re.compile(r"(?:/dev|/proc/self)/fd/([0-9]{1,5})|/dev/(stdout|stderr)")
_NUMBERS: Final = {"stdout": 1, "stderr": 2}


class Destination:
    """Output written directly, not atomically; a context manager.

    An open descriptor (standard output, /dev/stdout, /dev/fd/3) is written from its current offset on,
    whatever kind of file it is; a terminal, a FIFO or a device is opened and written.
    """

    def __init__(self, path: str = STDOUT, encode: Encode | None = None) -> None:
        self.name = "standard output" if path == STDOUT else path
        self.descriptor = -1
        self._path = path
        self._encode = encode
        self._stack = contextlib.ExitStack()

    @property
    def shareable(self) -> bool:
        """Whether forked processes can write to it in turn: no encoder is between them and the descriptor."""
        return self._encode is None

    def write(self, data: bytes) -> None:
        """Write all of `data`, encoded. Raises OutputError if that fails."""
        self._write(self._encode(data, False) if self._encode else data)

    def failed(self, error: OSError) -> OutputError:
        """Return the OutputError for a system error of this destination."""
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
        except BlockingIOError:  # another process has made it non-blocking
            import select

            select.select([], [self.descriptor], [])
            return 0

    def _opened(self, stack: contextlib.ExitStack) -> int:
        """Return an open descriptor, and register its cleanup with `stack`. Raises OutputError, OSError."""
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
    """A new or existing regular file, replaced atomically: after an exception or a signal it is unchanged.

    The content is written to a temporary file in the same folder, synced and renamed. The mode and owner of
    an existing file are kept; a symbolic link is followed. The temporary name is unique, or with
    `stable_name` always the same, so that the next attempt removes what a killed one has left.
    """

    def __init__(self, path: str, encode: Encode | None = None, *, stable_name: bool = False) -> None:
        super().__init__(path, encode)
        self._stable_name = stable_name
        self._target = self._temporary = ""
        self._number = 0

    def reserve(self, size: int) -> None:
        """Allocate `size` bytes for the new file: a memory map cannot extend it. Raises OutputError."""
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self.descriptor, 0, size)
            else:
                os.ftruncate(self.descriptor, size)
        except OSError as error:
            raise self.failed(error) from error

    def _opened(self, stack: contextlib.ExitStack) -> int:
        """Return the descriptor of a new temporary file in the target's folder, with its mode and owner."""
        try:
            there = os.stat(self._path)
        except FileNotFoundError:
            there = None
        if there is None and self._path.endswith(os.sep):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        self._target = os.path.realpath(self._path)
        folder, name = os.path.split(self._target)
        self._temporary = os.path.join(folder, f".{shortened(name)}.{os.urandom(8).hex()}.part")
        if self._stable_name:
            self._temporary = stable_temp_path(self._target)
            _remove(self._temporary)
        stack.enter_context(cleanup_on_signal(self._remove_own))
        stack.callback(self._remove_own)  # first: a signal may come in between
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self._temporary, flags, 0o666 if there is None else 0o600)
        stack.callback(os.close, descriptor)
        self._number = os.fstat(descriptor).st_ino
        if there is not None and hasattr(os, "fchown"):
            with contextlib.suppress(OSError):  # only the superuser may change owners
                os.fchown(descriptor, there.st_uid, there.st_gid)
        if there is not None:
            os.chmod(self._temporary, stat.S_IMODE(there.st_mode))
        return descriptor

    def _finish(self) -> None:
        super()._finish()
        try:
            os.fsync(self.descriptor)
            if not self._is_own():
                raise OutputError(f"{self.name}: another run is writing it or has replaced it; run act again")
            os.replace(self._temporary, self._target)
        except OSError as error:
            raise self.failed(error) from error

    def _is_own(self) -> bool:
        """Return whether the temporary file is this run's: another run may have its stable name."""
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
    """Return the number of the descriptor that a path names, such as /dev/fd/3, or None for other paths."""
    if path == STDOUT:
        return 1
    found = _DESCRIPTOR.fullmatch(path)
    return (_NUMBERS.get(found[2]) or int(found[1])) if found else None


def check_input(path: str, target: str) -> None:
    """Raise UsageError if output appends to the input file: reading would never reach its end."""
    number = _open_number(target)
    if number is None:
        return
    try:
        there, out = os.stat(0 if path == STDIN else path), os.fstat(number)
    except OSError:
        return  # the error is reported when it is opened
    if not stat.S_ISREG(there.st_mode) or not os.path.samestat(there, out):
        return
    import fcntl

    appends = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_APPEND
    start = os.lseek(0, 0, os.SEEK_CUR) if path == STDIN else 0
    if start < (out.st_size if appends else os.lseek(number, 0, os.SEEK_CUR)):
        raise UsageError(
            f"{name_of(path)}: is the file that the output goes to, and would never end; "
            "write to another one, or replace it with -i"
        )


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def open_destination(
    target: str,
    compression: str | None = None,
    *,
    stable_name: bool = False,
    encode: Encode | None = None,
) -> Destination:
    """Return the destination of a result: an AtomicFile for new and regular files, else a Destination.

    target: a path, or - for standard output. compression: its name, empty for none, None to follow the
    extension. stable_name: see AtomicFile. encode: the encoder from UTF-8 to the output's encoding, or None.
    """
    kind = compression_by_name(target) if compression is None else compression
    encode = compressor(kind, encode) if kind else encode
    if _open_number(target) is None and (os.path.isfile(target) or not os.path.exists(target)):
        return AtomicFile(target, encode, stable_name=stable_name)
    return Destination(target, encode)


@contextlib.contextmanager
def local_target(target: str) -> Iterator[str]:
    """Yield a local path to write to. For a URL, upload what was written if the block raises no error.

    Every file written next to the path is uploaded next to `target`. Raises UsageError for a folder, and
    OutputError if an upload fails.
    """
    if not is_url(target):
        yield target
        return
    from actcli.io import remote

    remote.check_no_folder(target)
    with temporary_folder() as folder:
        local = os.path.join(folder, basename(target))
        with renamed(local, target):
            yield local
        remote.upload(folder, target)
