"""Bar charts as lines of text: input and outputs of activations of vectors, one number a line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from actcli.plots.canvas import painted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.display import Display

_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_CELL: Final = 8
_HALF: Final = "▐"
_GAP: Final = "  "
_SHORTEST: Final = 6
_LONGEST: Final = 30


@dataclass(frozen=True)
class Column:
    """A title with numbers and the texts that show them."""

    title: str
    values: Sequence[float]
    texts: Sequence[str]

    @property
    def width(self) -> int:
        """Width of the column in characters: the longest of the title and the aligned texts."""
        return max(map(len, [self.title, *self.aligned]))

    @property
    def aligned(self) -> list[str]:
        """The texts, padded with blanks at the end: right-aligned, their decimal points are in one column."""
        after = [len(text) - _point(text) for text in self.texts]
        return [text + " " * (max(after) - size) for text, size in zip(self.texts, after, strict=True)]


def _point(text: str) -> int:
    """Return the index of the decimal point, else of the exponent's e, else the length of the text."""
    return min(index if index >= 0 else len(text) for index in map(text.find, ".e"))


def bars(columns: Sequence[Column], width: int, display: Display) -> Iterator[str]:
    """Yield the lines of bar charts: side by side if `width` characters suffice, else one below the other."""
    room = width // len(columns) - max(column.width for column in columns) - 2 * len(_GAP)
    if room < _SHORTEST and len(columns) > 1:
        for index, column in enumerate(columns):
            yield from [""] * bool(index)
            yield from bars([column], width, display)
        return
    length = max(1, min(room, _LONGEST))
    blocks = [list(_block(column, length, ink, display)) for ink, column in enumerate(columns)]
    yield from (_GAP.join(cells).rstrip() for cells in zip(*blocks, strict=True))


def _block(column: Column, length: int, ink: int, display: Display) -> Iterator[str]:
    """Yield a title and a line for each number: its text, and its bar of at most `length` characters."""
    finite = [value for value in column.values if math.isfinite(value)]
    low, high = min([0.0, *finite]), max([0.0, *finite])
    before = round(length * (low / (low - high))) if low < high else 0
    if low < 0 < high:
        before = min(max(before, 1), length - 1)
    unit = max(-low / before if before else 0.0, high / (length - before) if before < length else 0.0) or 1.0
    yield f"{column.title:>{column.width}}{'':{len(_GAP) + length}}"
    for value, text in zip(column.values, column.aligned, strict=True):
        bar = _bar(value / unit, before, length - before, display)
        yield f"{text:>{column.width}}{_GAP}{painted(bar, ink, display)}"


def _bar(value: float, left: int, right: int, display: Display) -> str:
    """Return a bar of `value` characters, to the left of zero if negative; blank for nan.

    left, right: characters to the left and to the right of zero; longer bars are cut there.
    """
    if math.isnan(value):
        return " " * (left + right)
    eighths = round(_CELL * min(max(value, -left), right))
    full, rest = divmod(abs(eighths), _CELL)
    if not display.unicode:
        full, rest = round(abs(eighths) / _CELL), 0
    body = (_EIGHTHS[_CELL] if display.unicode else "#") * full
    if eighths < 0:  # there are no eighths from the right, but a half
        return ((_HALF if 2 * rest >= _CELL else "") + body).rjust(left) + " " * right
    return " " * left + (body + (_EIGHTHS[rest] if rest else "")).ljust(right)
