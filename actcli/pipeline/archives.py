"""Arrays through the engine into `.npz` archives: one array after the other.

An array and its results are in memory as a whole, one array at a time; what is copied is streamed.
"""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from actcli.errors import DataError, UsageError
from actcli.io import npy, npz
from actcli.io.destination import open_destination
from actcli.io.filetype import member
from actcli.numeric import xp
from actcli.pipeline.arrays import computed, regular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any
    from zipfile import ZipInfo

    from actcli.numeric import Array
    from actcli.pipeline.computation import ArrayOperation


class _Entry(NamedTuple):
    """An array on its way into an archive.

    `label` is what messages call it. `read` is None for one that is copied as `pieces` of bytes; `like` is
    the member that it was, if it was one.
    """

    name: str
    label: str
    pieces: Callable[[], Iterable[Any]]
    read: Callable[[], Array] | None
    like: ZipInfo | None = None

    def filenames(self, operation: ArrayOperation) -> list[str]:
        """Return the file names of the members to write: the array if it is kept, then its results."""
        kept = [self.like.filename if self.like else self.name + npz.ENDING]
        if self.read is None:
            return kept
        return kept * operation.append + [name + npz.ENDING for name in operation.names(self.name)]


class Written(NamedTuple):
    """What was written: how many arrays were computed, of how many numbers, and how many were copied."""

    arrays: int
    numbers: int
    copied: int


def write(
    path: str,
    operation: ArrayOperation,
    target: str,
    columns: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    stable_name: bool = False,
) -> Written:
    """Compute the arrays of the archive `path` that -c and --exclude select, and write all to `target`.

    Other arrays are copied byte for byte, and so are those without numbers. `stable_name` is that of
    Destination. Raises UsageError for a selected array that is missing or has no numbers, and for a shape
    that does not suit the activation, DataError for an archive that is unreadable or has no numbers at all,
    and OutputError.
    """
    with npz.Archive(path) as archive:
        return _write(
            _entries(archive, operation, columns, exclude), operation, target, stable_name=stable_name
        )


def write_one(path: str, operation: ArrayOperation, target: str, *, stable_name: bool = False) -> Written:
    """Write the results of one array, a `.npy` file (named arr_0) or x.npz:w, to the archive `target`."""
    source = npy.mapped(path, operation.dtype, raw=operation.raw)
    name = member(path)[1]
    entry = _in_memory(source, npz.UNNAMED if name is None else name, path)
    return _write([entry], operation, target, stable_name=stable_name)


def save(numbers: Sequence[float], operation: ArrayOperation, target: str) -> None:
    """Write the results of typed numbers, one vector that is named arr_0, to the archive `target`."""
    entry = _in_memory(xp.array(numbers, dtype=xp.float64), npz.UNNAMED, "the command line")
    _write([entry], operation, target)


def _in_memory(source: Array, name: str, label: str) -> _Entry:
    return _Entry(name, label, partial(npy.pieces, source), lambda: source)


def _entries(
    archive: npz.Archive, operation: ArrayOperation, columns: Sequence[str], exclude: Sequence[str]
) -> list[_Entry]:
    """Return all arrays of an archive, in order. Raises what `write` does of them."""
    chosen = set(archive.chosen(columns, exclude))
    entries = []
    for index, one in enumerate(archive.members):
        is_computed = index in chosen and _is_computed(archive, one, asked=bool(columns))
        read = partial(npy.read, archive, one, operation.dtype) if is_computed else None
        entries.append(_Entry(one.name, archive.label(one), partial(archive.pieces, one), read, one.info))
    if not any(entry.read for entry in entries):
        excluded = " that is not excluded" if exclude else ""
        raise DataError(f"{archive.path}: has no array of numbers{excluded}")
    return entries


def _is_computed(archive: npz.Archive, one: npz.Member, *, asked: bool) -> bool:
    """Return whether the array `one` holds numbers.

    Raises UsageError if it holds none and was `asked` for by name, DataError if it cannot be read.
    """
    kind = npy.type_of(archive, one)
    if kind is not None and npy.is_numeric(kind):
        return True
    label = archive.label(one)
    if kind is None:
        what = "is no .npy file"
    else:
        what = (
            "holds Python objects, which are not loaded" if kind.hasobject else f"holds {kind}, not numbers"
        )
    if asked:
        raise UsageError(f"{label}: {what}; name others with -c")
    if kind is None or kind.hasobject:
        name = shlex.quote(f"name={one.name}" if "," in one.name else one.name)
        raise DataError(f"{label}: {what}; --exclude {name} copies it as it is")
    return False


def _write(
    entries: Sequence[_Entry], operation: ArrayOperation, target: str, *, stable_name: bool = False
) -> Written:
    _check_names(entries, operation, target)
    with (
        open_destination(target, "", stable_name=stable_name) as out,
        npz.NewArchive(regular(out)) as written,
    ):
        sizes = [_add(entry, operation, written) for entry in entries]
    numbers = [size for size in sizes if size is not None]
    return Written(len(numbers), sum(numbers), len(sizes) - len(numbers))


def _add(entry: _Entry, operation: ArrayOperation, written: npz.NewArchive) -> int | None:
    """Write what comes of an array; return how many numbers were computed, None if it was copied."""
    filenames = entry.filenames(operation)
    if entry.read is None or operation.append:
        written.add(filenames.pop(0), entry.pieces(), entry.like)
    if entry.read is None:
        return None
    source = entry.read()
    for filename, result in zip(filenames, computed(source, entry.label, operation), strict=True):
        written.add(filename, npy.pieces(result), entry.like)
    return source.size


def _check_names(entries: Sequence[_Entry], operation: ArrayOperation, target: str) -> None:
    """Raise UsageError for two arrays that would have one name."""
    seen: set[str] = set()
    for entry in entries:
        for filename in entry.filenames(operation):
            if filename in seen:
                name = filename.removesuffix(npz.ENDING)
                one = next(e for e in entries if e.read and name in operation.names(e.name))
                alone = shlex.quote(one.label)
                raise UsageError(
                    f"{target}: two arrays would be called {name!r}; compute this one alone: act ... {alone}"
                )
            seen.add(filename)
