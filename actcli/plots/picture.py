"""Curves as lines of text: axes with round numbers, a letter on each of several curves, a legend."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from actcli.numeric import xp
from actcli.plots.canvas import FAINT, Canvas, painted
from actcli.plots.curves import extent
from actcli.plots.ticks import label, ticks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.analysis.landmarks import Line
    from actcli.display import Display
    from actcli.numeric import Array
    from actcli.plots.curves import Curve, Span

_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz"  # l and o are too like other signs
_FOOTED: Final = 10  # least height in rows for a footer
_GAP: Final = 2
_SLIMMEST: Final = 8
_LOWEST: Final = 3
_CLEAR: Final = 3.0  # rows to the next curve; more is no better for a letter
_FINE: Final = 2  # points of a curve for each dot of the width


@dataclass(frozen=True)
class Size:
    """Size of a picture in characters, including legend and labels."""

    width: int
    height: int


class Picture:
    """Curves over a span of x as lines of text, in a size; `y_span` is chosen to fit if it is None."""

    def __init__(
        self, curves: Sequence[Curve], span: Span, size: Size, display: Display, y_span: Span | None = None
    ) -> None:
        self.curves, self.span, self.size, self.display = curves, span, size, display
        self._count = 2 * size.width * _FINE
        self.y_span = y_span or extent(curves, span, self._count)
        self.letters = [_letter(k, len(curves), display) for k in range(len(curves))]

    def lines(self) -> list[str]:
        """Return the lines of the picture, from top to bottom: legend, curves, x axis, footer."""
        legend = list(self._legend())
        footer = list(self._footer()) if self.size.height >= _FOOTED else []
        rows = max(_LOWEST, self.size.height - len(legend) - len(footer) - 2)
        levels = ticks(*self.y_span, max(3, rows * 2 // 5))
        gutter = max(len(label(level)) for level in levels)
        canvas = Canvas(max(_SLIMMEST, self.size.width - gutter - 2), rows, self.display)
        self._draw(canvas)
        return [*legend, *self._framed(canvas, levels, gutter), *self._axis(canvas, gutter), *footer]

    def _draw(self, canvas: Canvas) -> None:
        if self.y_span[0] <= 0 <= self.y_span[1]:
            canvas.rule(canvas.cell(0, self._up(0.0))[0], None)
        if self.span[0] <= 0 <= self.span[1]:
            canvas.rule(None, canvas.cell(self._along(0.0), 0)[1])
        for line in self._asymptotes():
            if not (line.slope or line.intercept):
                continue  # y = 0 is drawn as the axis
            x = xp.linspace(*self.span, canvas.dots[0])[::4]
            canvas.dotted((self._along(a), up) for a in x if 0 <= (up := self._up(float(line.at(a)))) <= 1)
        for ink, curve in enumerate(self.curves):
            for x, y in curve.pieces(self.span, self._count):
                places = [(self._along(float(a)), self._up(float(b))) for a, b in zip(x, y, strict=True)]
                for part in _within(places):
                    canvas.polyline(part, ink, self.letters[ink] or "*")
        self._letter_curves(canvas)
        self._mark(canvas)

    def _along(self, x: float) -> float:
        """Return the horizontal position of `x` as a fraction of the span of x."""
        return (x / 2 - self.span[0] / 2) / (self.span[1] / 2 - self.span[0] / 2)

    def _up(self, y: float) -> float:
        """Return the vertical position of `y` as a fraction of the span of y."""
        return (y / 2 - self.y_span[0] / 2) / (self.y_span[1] / 2 - self.y_span[0] / 2)

    def _letter_curves(self, canvas: Canvas) -> None:
        """Put each curve's letter on it, left and right, where other curves are far away.

        A single curve needs no letter; without braille the curves consist of their letters.
        """
        if len(self.curves) == 1 or not self.display.unicode:
            return
        columns = range(canvas.columns)
        x = self.span[0] + (self.span[1] - self.span[0]) * (xp.array(columns) + 0.5) / canvas.columns
        heights = [xp.array([self._up(y) for y in curve.at(x)]) * canvas.rows for curve in self.curves]
        for ink, height in enumerate(heights):
            with xp.errstate(invalid="ignore"):  # infinite heights
                others = [abs(height - other) for k, other in enumerate(heights) if k != ink]
            clearance = xp.nan_to_num(xp.minimum.reduce(others), nan=-1.0)
            clearance[(height < 0) | (height > canvas.rows)] = -1.0  # outside of the picture
            places = [_clearest(clearance, part) for part in _sides(canvas.columns)]
            clear = [index for index in places if clearance[index] > 1]
            for index in clear or [index for index in places[:1] if xp.isfinite(height[index])]:
                row = canvas.cell(0, float(height[index]) / canvas.rows)[0]
                canvas.sign(row, index, self.letters[ink], ink)

    def _mark(self, canvas: Canvas) -> None:
        full, hollow = "●○" if self.display.unicode else "@o"
        for ink, curve in enumerate(self.curves):
            spots = [spot for spot in curve.spots(self.span) if self.y_span[0] <= spot.y <= self.y_span[1]]
            for spot in sorted(spots, key=lambda spot: not spot.open):
                row, column = canvas.cell(self._along(spot.x), self._up(spot.y))
                canvas.sign(row, column, hollow if spot.open else full, ink)

    def _legend(self) -> Iterator[str]:
        """Yield the lines of the legend: the curves' names with their letters."""
        line, length = "", 0
        for ink, (curve, letter) in enumerate(zip(self.curves, self.letters, strict=True)):
            entry = f"{letter} {curve.name}".strip()
            if length and length + _GAP + len(entry) > self.size.width:
                yield line
                line, length = "", 0
            line += " " * (_GAP if length else 0) + painted(entry, ink, self.display)
            length += (_GAP if length else 0) + len(entry)
        yield line

    def _framed(self, canvas: Canvas, levels: list[float], gutter: int) -> Iterator[str]:
        marked, bare = "┤│" if self.display.unicode else "+|"
        rows = {canvas.cell(0, self._up(level))[0]: label(level) for level in levels}
        for row, line in enumerate(canvas.lines()):
            edge = marked if row in rows else bare
            yield f"{rows.get(row, ''):>{gutter}} {painted(edge, FAINT, self.display)}{line}".rstrip()

    def _axis(self, canvas: Canvas, gutter: int) -> Iterator[str]:
        """Yield the x axis with its ticks and kinks, and a line with the ticks' numbers."""
        corner, level, tick, kink = "└─┬▴" if self.display.unicode else "+-+^"
        tries = (self._numbers(canvas, most) for most in range(canvas.columns // 6, 1, -1))
        numbers = next(filter(None, tries), [])
        marks = {column: tick for column, _, _ in numbers}
        marks |= {canvas.cell(self._along(x), 0)[1]: kink for x in self._kinks()}
        line = "".join(marks.get(column, level) for column in range(canvas.columns))
        yield " " * (gutter + 1) + painted(corner + line, FAINT, self.display)
        text = ""
        for _, begin, number in numbers:
            text = text.ljust(gutter + 2 + begin) + number
        yield text

    def _numbers(self, canvas: Canvas, most: int) -> list[tuple[int, int, str]]:
        """Return (tick's column, text's first column, text) for each tick; empty if they overlap.

        most: the greatest number of ticks.
        """
        found: list[tuple[int, int, str]] = []
        end = -_GAP - 1  # the first may begin one character before the axis
        for value in ticks(*self.span, most):
            number = label(value)
            column = canvas.cell(self._along(value), 0)[1]
            begin = min(column - len(number) // 2, canvas.columns - len(number))
            if begin < end + _GAP:
                return []
            end = begin + len(number)
            found.append((column, begin, number))
        return found

    def _kinks(self) -> list[float]:
        return sorted({x for curve in self.curves for x in curve.kinks(self.span)})

    def _asymptotes(self) -> list[Line]:
        """Return the curves' asymptotes that cross the picture."""
        lines = dict.fromkeys(line for curve in self.curves for line in curve.asymptotes)
        ends = xp.array(self.span)
        return [line for line in lines if self._seen(line.at(ends))]

    def _seen(self, y: Array) -> bool:
        return bool(y.min() <= self.y_span[1] and y.max() >= self.y_span[0])

    def _footer(self) -> Iterator[str]:
        """Yield the lines that explain the signs: kinks, jumps and asymptotes."""
        unicode = self.display.unicode
        notes = []
        if self._kinks():
            notes.append(
                f"{'▴' if unicode else '^'} bends at x = {', '.join(f'{x:.6g}' for x in self._kinks())}"
            )
        if any(spot.open for curve in self.curves for spot in curve.spots(self.span)):
            notes.append("jump: ● is reached, ○ is not" if unicode else "jump: @ is reached, o is not")
        if self._asymptotes():
            dots = "⠂ ⠂" if unicode else ". ."
            notes.append(f"{dots} near {', '.join(line.equation() for line in self._asymptotes())}")
        for line in textwrap.wrap("   ".join(notes), self.size.width):
            yield painted(line, FAINT, self.display)


def _within(places: Sequence[tuple[float, float]]) -> Iterator[list[tuple[float, float]]]:
    """Yield the parts of a polyline with 0 <= y <= 1, cut at these levels by linear interpolation."""
    part: list[tuple[float, float]] = []
    for (x, y), (to_x, to_y) in pairwise(places):
        rise = to_y - y
        enter, leave = (
            sorted(((0 - y) / rise, (1 - y) / rise)) if rise else ((0, 1) if 0 <= y <= 1 else (1, 0))
        )
        enter, leave = max(enter, 0.0), min(leave, 1.0)
        if enter > leave:
            continue
        part = part or [(x + enter * (to_x - x), y + enter * rise)]
        part.append((x + leave * (to_x - x), y + leave * rise))
        if leave < 1:
            yield part
            part = []
    if part:
        yield part
    elif len(places) == 1 and 0 <= places[0][1] <= 1:
        yield list(places)


def _letter(index: int, count: int, display: Display) -> str:
    """Return the letter of curve number `index`; a single curve has none, or * without Unicode."""
    if count == 1:
        return "" if display.unicode else "*"
    return _LETTERS[index % len(_LETTERS)]


def _sides(columns: int) -> tuple[range, range]:
    """Return the two ranges of columns where letters may stand: neither at the edges nor in the middle."""
    return range(columns // 10, columns * 4 // 10), range(columns * 6 // 10, columns * 9 // 10)


def _clearest(clearance: Array, part: range) -> int:
    """Return the column in `part` with the most clearance, where 3 rows are enough; ties go to the middle."""
    middle = part[len(part) // 2]
    return max(part, key=lambda index: (min(float(clearance[index]), _CLEAR), -abs(index - middle)))
