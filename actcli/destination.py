"""Where results go: standard output, or a file that is replaced only when its successor is complete."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from typing import TYPE_CHECKING

from actcli.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

STDOUT = "-"
_STDERR = 2


class Destination:
    """A place for bytes. Use it in a `with`: an exception leaves an existing file as it was.

    A regular file, or one that is not there yet, is written beside its place under a temporary name,
    synced and renamed, and keeps its mode; a symbolic link is followed. Anything else (a terminal, a
    FIFO, /dev/null) is written directly.
    """

    def __init__(self, path: str = STDOUT, encode: Callable[[bytes, bool], bytes] | None = None) -> None:
        self.name = "standard output" if path == STDOUT else path
        self._encode = encode
        self._target = ""
        self._temporary = ""
        self.descriptor = self._opened(path)

    def write(self, data: bytes) -> None:
        """Write all of it."""
        self._write(self._encode(data, False) if self._encode else data)

    @property
    def replaces(self) -> bool:
        """Whether a new file is being written, which is to take the target's place."""
        return bool(self._temporary)

    def reserve(self, size: int) -> None:
        """Make the new file so many bytes long, and take their place on the disk: a map cannot ask for it."""
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self.descriptor, 0, size)
            else:
                os.ftruncate(self.descriptor, size)
        except OSError as error:
            raise self._failed(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            if self.descriptor > _STDERR:
                os.close(self.descriptor)
            if self._temporary:
                _remove(self._temporary)

    def _finish(self) -> None:
        if self._encode:
            self._write(self._encode(b"", True))
        if not self._temporary:
            return
        try:
            os.fsync(self.descriptor)
            os.replace(self._temporary, self._target)  # noqa: PTH105  pathlib costs start-up time
        except OSError as error:
            raise self._failed(error) from error
        self._temporary = ""

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self.descriptor, view) :]
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(f"cannot write to {self.name}: {error.strerror}")

    def _opened(self, path: str) -> int:
        if path == STDOUT:
            if sys.stdout is None:
                raise OutputError("standard output is closed; use -o FILE")
            return 1
        self._target = os.path.realpath(path)
        try:
            mode = os.stat(self._target).st_mode  # noqa: PTH116  pathlib costs start-up time
        except OSError:
            mode = None
        try:
            if mode is not None and not stat.S_ISREG(mode):
                return os.open(path, os.O_WRONLY)
            return self._beside(stat.S_IMODE(mode) if mode is not None else None)
        except OSError as error:
            raise self._failed(error) from error

    def _beside(self, mode: int | None) -> int:
        """A temporary file in the target's folder, with the target's mode or a new file's."""
        import tempfile

        folder, name = os.path.split(self._target)
        descriptor, self._temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".part", dir=folder)
        if mode is None:
            mask = os.umask(0)
            os.umask(mask)
            mode = 0o666 & ~mask
        os.chmod(self._temporary, mode)  # noqa: PTH101  pathlib costs start-up time
        return descriptor


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108  pathlib costs start-up time
