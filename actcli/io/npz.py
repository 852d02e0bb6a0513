"""`.npz` archives: zip files in which each member is the `.npy` file of an array.

This module reads and writes members as streams of bytes; `npy` parses the arrays in them.
"""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actcli.errors import ActError, DataError, UsageError, counted
from actcli.io.batch import resolve_columns, select_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType
    from typing import Self
    from zipfile import ZipFile, ZipInfo

    from actcli.io.destination import AtomicFile

ENDING: Final = ".npy"
"""The extension of members that are arrays; the names of arrays omit it."""
UNNAMED: Final = "arr_0"
"""What NumPy calls the first array without a name."""
_PIECE: Final = 1 << 20  # bytes that are copied at a time
_ENCRYPTED: Final = 1  # a flag of a member
_SHOWN: Final = 8  # names in a message


class Member(NamedTuple):
    """An array in an archive; `info` is what the zip file says of it."""

    name: str
    info: ZipInfo


class Archive:
    """An archive that is open. Use it in a `with`.

    Raises DataError for what is no zip file, has no members, two of one name, or encrypted ones.
    """

    def __init__(self, path: str) -> None:
        import zipfile

        self.path = path
        try:
            self._zip: ZipFile = zipfile.ZipFile(path)
        except OSError as error:
            raise DataError(f"{path}: cannot be opened: {error.strerror or error}") from error
        except Exception as error:  # a damaged directory is a fault of many kinds
            raise DataError(f"{path}: is no .npz file that can be read: {error}") from error
        self.members = [Member(info.filename.removesuffix(ENDING), info) for info in self._zip.infolist()]
        wrong = self._wrong()
        if wrong:
            self._zip.close()
            raise DataError(f"{path}: {wrong}")

    def _wrong(self) -> str:
        """Return what is wrong with the members, or an empty text."""
        if not self.members:
            return "is an empty archive; it has no arrays"
        seen: set[str] = set()
        for name, info in self.members:
            if name in seen:
                return f"has two arrays called {name!r}; unzip it, and name a file that was in it"
            if info.flag_bits & _ENCRYPTED:
                return f"{name!r} is encrypted; unzip it, and name a file that was in it"
            seen.add(name)
        return ""

    @property
    def names(self) -> list[str]:
        """The names of its arrays, in order."""
        return [member.name for member in self.members]

    def find(self, name: str) -> Member:
        """Return the array of this name. Raises UsageError with the nearest one if there is none."""
        return self.members[resolve_columns([f"name={name}"], self.names, self.path, "array")[0]]

    def chosen(self, columns: Sequence[str], exclude: Sequence[str]) -> Sequence[int]:
        """Return the places of the arrays that -c and --exclude choose. Raises UsageError for none."""
        return select_columns(columns, exclude, self.names, self.path, "array")

    def label(self, member: Member) -> str:
        """Return the name of an array as a user types it: x.npz:w."""
        return f"{self.path}:{member.name}"

    @contextmanager
    def opened(self, member: Member) -> Iterator[Any]:
        """Open the `.npy` file of an array. Raises DataError for all that goes wrong while it is read."""
        try:
            with self._zip.open(member.info) as file:
                yield file
        except (ActError, MemoryError):
            raise
        except Exception as error:  # zip files and their compressors have errors of their own
            why = str(error) or "it is cut off"
            raise DataError(f"{self.label(member)}: is no .npy file that can be read: {why}") from error

    def pieces(self, member: Member) -> Iterator[bytes]:
        """Yield the bytes of an array's `.npy` file. Raises DataError for what cannot be read."""
        with self.opened(member) as file:
            while data := file.read(_PIECE):
                yield data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()


class NewArchive:
    """An archive that is being written, member after member. Use it in a `with`, within its file's."""

    def __init__(self, out: AtomicFile) -> None:
        import os
        import zipfile

        self._out = out
        self._file = os.fdopen(out.descriptor, "w+b", closefd=False)
        self._zip = zipfile.ZipFile(self._file, "w")

    def add(self, filename: str, pieces: Iterable[bytes], like: ZipInfo | None = None) -> None:
        """Write a member, compressed as the one that it is `like`, else not. Raises OutputError."""
        from zipfile import ZipInfo

        info = ZipInfo(filename)
        if like:
            info.date_time, info.compress_type = like.date_time, like.compress_type
            info.external_attr, info.comment = like.external_attr, like.comment
        try:
            with self._zip.open(info, "w", force_zip64=True) as file:
                for piece in pieces:
                    file.write(piece)
        except OSError as error:
            raise self._out.failed(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with self._file:
                self._zip.close()
        except OSError as failure:
            raise self._out.failed(failure) from failure


def only(path: str, columns: Sequence[str] = (), exclude: Sequence[str] = (), otherwise: str = "") -> str:
    """Return the path of the one array of an archive, or of the one that is chosen: x.npz:w.

    otherwise: what else can be done with several. Raises UsageError for them, and what `Archive` raises.
    """
    with Archive(path) as archive:
        chosen = [archive.members[index] for index in archive.chosen(columns, exclude)]
        if len(chosen) == 1:
            return archive.label(chosen[0])
        shown = ", ".join(repr(member.name) for member in chosen[:_SHOWN]) + " ..." * (len(chosen) > _SHOWN)
        first = shlex.quote(archive.label(chosen[0]))
    raise UsageError(
        f"{path}: has {counted(len(chosen), 'array')}, {shown}; name one of them: act ... {first}{otherwise}"
    )
