"""Selection of columns: the grammar of `-c` and `--exclude`.

An item of the comma list is a column's exact name, else its number counted from 1 (-1 is the last), else
a range of either (`2-4`, `a:d`). `name=REST` is verbatim, commas included.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER: Final = re.compile(r"-?[0-9]+", re.ASCII)
_NUMBER_RANGE: Final = re.compile(r"([0-9]+)-([0-9]+)", re.ASCII)


def select_columns(
    columns: Sequence[str], exclude: Sequence[str], names: Sequence[str], source: str, noun: str = "column"
) -> Sequence[int]:
    """Return the indices of `columns` (default: all) without `exclude`.

    noun: what messages call the named things, "column" or "array". Raises UsageError if none remain.
    """
    excluded = set(resolve_columns(exclude, names, source, noun))
    places = resolve_columns(columns, names, source, noun) if columns else range(len(names))
    kept = [index for index in places if index not in excluded]
    if excluded and not kept:
        raise UsageError(f"{source}: all chosen {noun}s are excluded; exclude fewer, or choose more with -c")
    return kept


def resolve_columns(
    specs: Sequence[str], names: Sequence[str], source: str, noun: str = "column"
) -> list[int]:
    """Return the distinct column indices that `specs` name, in order. Raises UsageError for a missing one."""
    places: dict[int, None] = {}
    for spec in specs:
        if spec.startswith("name="):
            places.update(dict.fromkeys(_named(spec.removeprefix("name="), names, source, noun)))
            continue
        for item in spec.split(","):
            places.update(dict.fromkeys(_places(item, names, source, noun)))
    return list(places)


def _places(item: str, names: Sequence[str], source: str, noun: str) -> Sequence[int]:
    same = [index for index, name in enumerate(names) if name == item]
    if same:
        return same
    if _NUMBER.fullmatch(item):
        return [_numbered(item, names, source, noun)]
    span = _NUMBER_RANGE.fullmatch(item)
    if span:
        return _between(*(_numbered(end, names, source, noun) for end in span.groups()))
    first, colon, last = item.partition(":")
    if colon:
        return _between(_end(first, names, source, noun, 0), _end(last, names, source, noun, len(names) - 1))
    return _named(item, names, source, noun)


def _end(item: str, names: Sequence[str], source: str, noun: str, open_end: int) -> int:
    if not item:
        return open_end
    if item not in names and _NUMBER.fullmatch(item):
        return _numbered(item, names, source, noun)
    return _named(item, names, source, noun)[0]


def _between(first: int, last: int) -> range:
    return range(first, last + 1) if first <= last else range(first, last - 1, -1)


def _numbered(text: str, names: Sequence[str], source: str, noun: str) -> int:
    number = int(text)
    index = number - 1 if number > 0 else len(names) + number
    if number == 0 or not 0 <= index < len(names):
        raise UsageError(f"{source}: there is no {noun} {text}; {noun}s are 1 to {len(names)}")
    return index


def _named(name: str, names: Sequence[str], source: str, noun: str) -> list[int]:
    same = [index for index, other in enumerate(names) if other == name]
    if same:
        return same
    import difflib

    near = difflib.get_close_matches(name, names, n=1) or [n for n in names if n.lower() == name.lower()]
    if near:
        raise UsageError(f"{source}: there is no {noun} {name!r}; did you mean {near[0]!r}?")
    shown = ", ".join(repr(n) for n in names[:8]) + (" ..." if len(names) > 8 else "")  # noqa: PLR2004  a line's worth
    raise UsageError(f"{source}: there is no {noun} {name!r}; its {noun}s are {shown}")
