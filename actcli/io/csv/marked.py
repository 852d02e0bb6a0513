"""Rows whose separators NumPy has found: the bytes around the selected cells are never looked at.

A NUL byte is put in the place of each separator beside a selected cell, the text is split there, the
pieces that are cells are replaced, and joined again the text gets its separators back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from actcli.io.csv import split as rows
from actcli.io.csv.reader import well_placed
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from actcli.io.batch import Layout

_LINE_END: Final = ord("\n")
_RETURN: Final = ord("\r")
_QUOTE: Final = ord('"')
_MARK: Final = b"\0"


@dataclass
class MarkedRows:
    """Rows split at marks: `batch.Cells` for the separators lane.

    `ends` are the places, in the order of the marks of a row, at which the cell of each column ends;
    `taken` are the bytes in whose places the marks of a row stand.
    """

    text: bytes
    layout: Layout
    count: int
    pieces: list[bytes]
    ends: Mapping[int, int]
    taken: bytes

    def cells(self, place: int) -> list[bytes]:
        """The raw cells of one selected column."""
        return self.pieces[self._slice(place)]

    def rows(self) -> list[list[bytes]]:
        """Every row, as raw cells."""
        return [pieces[::2] for _, pieces in rows.split(self.text, self.layout.delimiter)]

    def written(self, replaced: Mapping[int, list[bytes]], appended: Sequence[list[bytes]]) -> bytes:
        """The text with cells replaced and appended."""
        for position, texts in replaced.items():
            self.pieces[self._slice(self.layout.selected[position])] = texts
        if appended:
            last = self._slice(self.layout.width - 1)
            cells = zip(self.pieces[last], *appended, strict=True)
            self.pieces[last] = map(self.layout.joint.join, cells)
        text = self._joined()
        return text if self.text.endswith(b"\n") else text[:-1]

    def _joined(self) -> bytes:
        """The pieces, with what was taken between them."""
        if len(set(self.taken)) == 1:
            return self.taken[:1].join(self.pieces)
        data = xp.frombuffer(bytearray(_MARK.join(self.pieces)), dtype=xp.uint8)
        data[data == 0] = xp.frombuffer(self.taken * self.count, dtype=xp.uint8)
        return data.tobytes()

    def _slice(self, place: int) -> slice:
        step = len(self.taken)
        return slice(self.ends[place], self.count * step, step)


def found(text: bytes, layout: Layout, *, appends: bool) -> MarkedRows | None:
    """The rows of a text, marked; None if they are not all alike or a quote is not in its place."""
    if len(layout.delimiter) != 1 or not layout.selected or _MARK in text:
        return None
    data = xp.frombuffer(text if text.endswith(b"\n") else text + b"\n", dtype=xp.uint8)
    separators = _separators(data, layout)
    if separators is None:
        return None
    marks, ends = _marks(layout, separators.shape[1], appends=appends)
    places = separators[:, marks]
    taken = data[places[0]].tobytes()
    copy = data.copy()
    copy[places] = 0
    return MarkedRows(text, layout, len(places), copy.tobytes().split(_MARK), ends, taken)


def _separators(data: NDArray[Any], layout: Layout) -> NDArray[Any] | None:
    """The places of the separators, (rows, separators of a row); CRLF is two of them."""
    places = _outside(data, ord(layout.delimiter))
    if places is None or len(places) % layout.width:
        return None
    places = places.reshape(-1, layout.width)
    last = data[places] == _LINE_END
    if last[:, :-1].any() or not last[:, -1].all():
        return None
    returns = data[places[:, -1] - 1] == _RETURN
    if not returns.any():
        return places
    return xp.insert(places, -1, places[:, -1] - 1, axis=1) if returns.all() else None


def _outside(data: NDArray[Any], delimiter: int) -> NDArray[Any] | None:
    """The places of delimiters and line ends that are not in quotes; None where quotes do not tell."""
    special = (data == delimiter) | (data == _LINE_END)
    quotes = data == _QUOTE
    if not quotes.any():
        return xp.flatnonzero(special)
    places = xp.flatnonzero(special | quotes)
    is_quote = data[places] == _QUOTE
    if not well_placed(data, places[is_quote], bytes([delimiter])):
        return None
    inside = xp.add.accumulate(is_quote, dtype=xp.uint8) & 1  # exclusive or would take three times as long
    outside: NDArray[Any] = places[(inside | is_quote) == 0]
    return outside


def _marks(layout: Layout, separators: int, *, appends: bool) -> tuple[list[int], dict[int, int]]:
    """Which separators of a row are marked, and the places among them at which columns end."""
    ending = {*layout.selected, *([layout.width - 1] if appends else [])}
    beginning = {(place or separators) - 1 for place in layout.selected}  # the first begins at a line end
    marks = sorted(ending | beginning)
    return marks, {place: at for at, place in enumerate(marks) if place in ending}
