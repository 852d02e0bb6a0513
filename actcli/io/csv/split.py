"""The careful way from text to rows, cell by cell. It is the reference for every faster way.

A row is a list of pieces: cells at even places, as read, and at odd places what stood behind each of
them, the last being the line end. Joined, the pieces are the text. A line ends with LF or CRLF, the
last one also with the input, or with a CR there, whose LF was cut off.
A cell that begins with a quote ends at the next single quote and what follows it up to the delimiter; a
quote elsewhere is a character like others. Runs of blanks know no quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_BLANK_RUN: Final = re.compile(rb"([ \t]+)")


def split(text: bytes, delimiter: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """The rows of a text, each with the number of its first line, counted from 0.

    The text must not end inside quotes: `chunks.scanned` sees to it.
    """
    line = place = 0
    quoted = delimiter != b"" and b'"' in text
    while place < len(text):
        end = text.find(b"\n", place) + 1 or len(text)
        if quoted and text.find(b'"', place, end) >= 0:
            pieces, end = _quoted_row(text, place, delimiter)
            yield line, pieces
            line += text.count(b"\n", place, end)
        else:
            yield line, _plain_row(text[place:end], delimiter)
            line += 1
        place = end


def _plain_row(row: bytes, delimiter: bytes) -> list[bytes]:
    body = row.removesuffix(b"\n").removesuffix(b"\r")
    if not delimiter:
        return _blank_row(body, row[len(body) :])
    cells = body.split(delimiter)
    pieces = [delimiter] * (2 * len(cells))
    pieces[::2] = cells
    pieces[-1] = row[len(body) :]
    return pieces


def _blank_row(body: bytes, line_end: bytes) -> list[bytes]:
    """Blanks before the first cell stay with it, those behind the last with the line end."""
    pieces = _BLANK_RUN.split(body)
    if len(pieces) > 1 and not pieces[0]:
        pieces[:3] = [pieces[1] + pieces[2]]
    if len(pieces) > 1 and not pieces[-1]:
        return [*pieces[:-2], pieces[-2] + line_end]
    return [*pieces, line_end]


def _quoted_row(text: bytes, start: int, delimiter: bytes) -> tuple[list[bytes], int]:
    """The pieces of the row that starts here, and where it ends."""
    boundary = _boundary(delimiter)
    pieces: list[bytes] = []
    place = start
    while True:
        behind = quote_end(text, place) if text.startswith(b'"', place) else place
        found = boundary.search(text, behind)
        assert found is not None  # noqa: S101  the end of the text matches
        pieces += (text[place : found.start()], found.group())
        place = found.end()
        if found.group() != delimiter:
            return pieces, place


@cache
def _boundary(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(re.escape(delimiter) + rb"|\r?\n|\r?\Z")


def quote_end(text: bytes, opening: int) -> int:
    """The place behind the quote that closes the one here; -1 if none does. Two in a row close nothing."""
    place = text.find(b'"', opening + 1)
    while place >= 0 and text.startswith(b'"', place + 1):
        place = text.find(b'"', place + 2)
    return place + 1 if place >= 0 else -1


@dataclass
class SplitRows:
    """Rows of pieces, written back with cells replaced and appended: `batch.Cells` for the careful lane."""

    pieces: list[list[bytes]]
    selected: Sequence[int]
    computed: list[int]
    joint: bytes

    def rows(self) -> list[list[bytes]]:
        """Every row that has cells, as raw cells."""
        return [row[::2] for row in self.pieces]

    def written(self, replaced: Mapping[int, list[bytes]], appended: Sequence[list[bytes]]) -> bytes:
        """The text with cells replaced and appended."""
        for position, texts in replaced.items():
            place = 2 * self.selected[position]
            for row, text in zip(self.computed, texts, strict=True):
                self.pieces[row][place] = text
        for texts in appended:
            for row, text in zip(self.computed, texts, strict=True):
                self.pieces[row][-1:-1] = (self.joint, text)
        return b"".join(b"".join(row) for row in self.pieces)
