"""Whether the options fit what is read and what is written: no option is passed over in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from actcli.cli.arguments import CONCERNS, Arguments, Concern
from actcli.cli.display import terminal
from actcli.errors import UsageError
from actcli.io.filetype import cut
from actcli.io.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_REASONS: Final = {
    Concern.TYPED: "typed numbers have no such thing",
    Concern.ARRAY: "is an array and has no such thing",
    Concern.TABLE: "is a table and has no such thing",
}
_OWN_REASONS: Final = ("append", "in_place", "plot")
"""Options that are refused with reasons of their own."""
_KINDS: Final = {"npy": Concern.ARRAY, "parquet": Concern.TABLE}
_FLAGS: Final = {"append": "-a", "columns": "-c", "delimiter": "-t", "precision": "-p"}
"""Of options that are known by their letter."""
_OF_A_VECTOR: Final = (None, 0, -1)


def options(given: Arguments, paths: Sequence[str]) -> None:
    """UsageError for options of files where there are none; for -i with another result."""
    if not paths:
        refuse(("cluster",), given, "typed numbers are computed here")
        refuse(_without(Concern.TYPED), given, _REASONS[Concern.TYPED])
        if given.axis not in _OF_A_VECTOR:
            raise UsageError(f"--axis {given.axis}: typed numbers are one vector; leave it out")
        if given.output and not given.format:
            terminal.check_ending(given.output)
    if not given.in_place:
        return
    if not paths or "-" in paths:
        raise UsageError("-i needs files: it replaces each by its result")
    if given.output or given.format:
        raise UsageError("-i writes each file in its own format; leave out -o and -F")


def kinds(given: Arguments, paths: Sequence[str], held: Sequence[str], wanted: str, target: str) -> None:
    """UsageError for options that have no meaning for what is read or written."""
    for path, kind in zip(paths, held, strict=True):
        if kind in _KINDS:
            refuse(_without(_KINDS[kind]), given, f"{path} {_REASONS[_KINDS[kind]]}")
    if wanted != "text":
        result(given, wanted, target)
    if wanted == "parquet" and "parquet" not in held and "keep" in (given.ragged, given.invalid):
        raise UsageError("--ragged keep, --invalid keep: every cell of a table has its column's type")


def result(given: Arguments, kind: str, target: str) -> None:
    """UsageError for what text alone can show, and for a compressor."""
    refuse(("precision", "rows"), given, f"{target} is no text")
    stem, extension, packed = cut(target)
    if packed:
        raise UsageError(f"{target}: {kind} files are not packed as a whole; -o {stem}{extension}")
    from actcli.numeric.dtypes import DTYPES

    if kind == "parquet" and given.dtype and not DTYPES[given.dtype].storable:
        raise UsageError(f"--dtype {given.dtype}: {kind} has no such type; float32 holds the same numbers")


def ragged(given: Arguments, kind: str) -> None:
    """UsageError for rows of another length in a format that has one cell for each column."""
    if given.ragged == "keep" and not FORMATS[kind].any_width:
        raise UsageError(f"--ragged keep: {kind} has no place for such rows; say -F csv, or leave it out")


def _without(kind: Concern) -> list[str]:
    """Return the options that do not concern this kind of input, but those with reasons of their own."""
    return [name for name, concerns in CONCERNS.items() if kind not in concerns and name not in _OWN_REASONS]


def refuse(names: Iterable[str], given: Arguments, why: str) -> None:
    """UsageError for one of these options, with the reason why it has no meaning."""
    for name in names:
        if getattr(given, name) != Arguments._field_defaults[name]:
            raise UsageError(f"{_FLAGS.get(name, f'--{name}')}: {why}; leave it out")
