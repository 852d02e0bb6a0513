"""A canvas of characters: 2 by 4 braille dots in each, or one letter where braille cannot be shown."""

from __future__ import annotations

import math
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actcli.display import Display

_BRAILLE: Final = 0x2800
_DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
FAINT: Final = -1
"""The ink of axes and footers: faint, without a colour."""
_INKS: Final = (32, 166, 35, 169, 136, 61, 124, 30)  # of 256 colours; legible on black and white


def painted(text: str, ink: int, display: Display) -> str:
    """Return text in the colour number `ink` of the palette, or faint for FAINT, if colours are wanted."""
    code = "2" if ink == FAINT else f"38;5;{_INKS[ink % len(_INKS)]}"
    return display.styled(text, code) if text.strip() else text


class Canvas:
    """A grid of characters to draw into. Points (x, y) are fractions, from lower left (0, 0) to (1, 1)."""

    def __init__(self, columns: int, rows: int, display: Display) -> None:
        self.columns, self.rows, self.display = columns, rows, display
        across, down = (2, 4) if display.unicode else (1, 1)
        self.dots = (columns * across, rows * down)
        self._dots_per_cell = (across, down)
        self._front: dict[tuple[int, int], tuple[int, int]] = {}
        self._back: dict[tuple[int, int], tuple[int, int]] = {}
        self._over: dict[tuple[int, int], tuple[str, int]] = {}
        self._under: dict[tuple[int, int], str] = {}
        self._letters: dict[int, str] = {}

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """Return the row and the column of the character that contains the point (x, y)."""
        column, row = self._dot(x, y)
        return row // self._dots_per_cell[1], column // self._dots_per_cell[0]

    def polyline(self, points: Iterable[tuple[float, float]], ink: int, letter: str) -> None:
        """Draw straight lines from point to point in this ink, with `letter` where there is no braille."""
        self._letters[ink] = letter
        dots = [self._dot(x, y) for x, y in points]
        for dot in dots[:1]:
            self._set(self._front, *dot, ink)
        for (x, y), (to_x, to_y) in pairwise(dots):
            steps = max(abs(to_x - x), abs(to_y - y))
            for step in range(1, steps + 1):
                self._set(
                    self._front,
                    x + round((to_x - x) * step / steps),
                    y + round((to_y - y) * step / steps),
                    ink,
                )

    def dotted(self, points: Iterable[tuple[float, float]]) -> None:
        """Draw a faint dot at each point, behind the curves."""
        self._letters[FAINT] = "."
        for x, y in points:
            self._set(self._back, *self._dot(x, y), FAINT)

    def sign(self, row: int, column: int, sign: str, ink: int) -> None:
        """Put the character `sign` over everything at this row and column."""
        self._over[row, column] = (sign, ink)

    def rule(self, row: int | None, column: int | None) -> None:
        """Draw an axis behind everything: along `row`, or if that is None along `column`."""
        level, upright, cross = "─│┼" if self.display.unicode else "-|+"
        cells = (
            [(row, index) for index in range(self.columns)]
            if row is not None
            else [(index, column or 0) for index in range(self.rows)]
        )
        for cell in cells:
            self._under[cell] = cross if cell in self._under else (level if row is not None else upright)

    def lines(self) -> list[str]:
        """Return the rows as text, from top to bottom, with the colours' escape sequences."""
        return [self._line(row) for row in range(self.rows)]

    def _line(self, row: int) -> str:
        cells = [self._character(row, column) for column in range(self.columns)]
        runs = groupby(cells, key=lambda cell: cell[1])
        return "".join(painted("".join(sign for sign, _ in run), ink, self.display) for ink, run in runs)

    def _character(self, row: int, column: int) -> tuple[str, int]:
        cell = (row, column)
        if cell in self._over:
            return self._over[cell]
        for layer in (self._front, self._back):
            if cell in layer:
                bits, ink = layer[cell]
                return (chr(_BRAILLE + bits) if self.display.unicode else self._letters[ink]), ink
        return self._under.get(cell, " "), FAINT

    def _dot(self, x: float, y: float) -> tuple[int, int]:
        across, down = self.dots
        return math.floor(x * (across - 1) + 0.5), math.floor((1 - y) * (down - 1) + 0.5)

    def _set(self, layer: dict[tuple[int, int], tuple[int, int]], x: int, y: int, ink: int) -> None:
        """Set the dot (x, y) of a layer; the ink drawn first in a character stays its ink."""
        across, down = self._dots_per_cell
        if 0 <= x < self.dots[0] and 0 <= y < self.dots[1]:
            cell = (y // down, x // across)
            bits, first = layer.get(cell, (0, ink))
            layer[cell] = (bits | (_DOTS[y % down][x % across] if self.display.unicode else 1), first)
