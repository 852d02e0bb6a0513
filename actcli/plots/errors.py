"""A picture of errors over x: the largest error in each text column, on a logarithmic scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from actcli.numeric import xp
from actcli.plots.canvas import FAINT, Canvas, painted
from actcli.plots.ticks import label, ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.display import Display
    from actcli.numeric import Array
    from actcli.plots.curves import Span
    from actcli.plots.picture import Size

_LEAST: Final = -2
"""The power of 10 at which the scale begins: errors of at most 0.01 ulp are not drawn."""


def errors(x: Array, ulp: Array, span: Span, size: Size, display: Display) -> Iterator[str]:
    """Yield the lines of a picture of the errors `ulp` over `x`; infinite errors reach the top.

    x, ulp: vectors of the same length, `ulp` in units in the last place. Points outside the span are omitted.
    """
    inside = (x >= span[0]) & (x <= span[1])
    x, ulp = x[inside], ulp[inside]
    finite = ulp[xp.isfinite(ulp)]
    highest = max(1, math.ceil(math.log10(max(1.0, float(finite.max(initial=0.0))))))
    gutter = max(map(len, map(_power, range(_LEAST, highest + 1))))
    canvas = Canvas(max(8, size.width - gutter - 2), max(3, size.height - 2), display)
    along = (x - span[0]) / (span[1] - span[0])
    with xp.errstate(divide="ignore"):
        up = xp.clip((xp.log10(ulp) - _LEAST) / (highest - _LEAST), -1, 1)
    columns = xp.floor(along * (canvas.dots[0] - 1) + 0.5).astype(int)
    heights = xp.full(canvas.dots[0], -1.0)
    xp.maximum.at(heights, columns, up)
    for column in xp.flatnonzero(heights > 0).tolist():
        index = column / (canvas.dots[0] - 1)
        canvas.polyline([(index, 0.0), (index, float(heights[column]))], 0, "*")
    step = max(1, -(-(highest - _LEAST) // max(2, canvas.rows // 3)))
    levels = range(highest, _LEAST - 1, -step)
    rows = {canvas.cell(0, (k - _LEAST) / (highest - _LEAST))[0]: _power(k) for k in levels}
    marked, bare, corner, line = "┤│└─" if display.unicode else "+|+-"
    for row, text in enumerate(canvas.lines()):
        edge = painted(marked if row in rows else bare, FAINT, display)
        yield f"{rows.get(row, ''):>{gutter}} {edge}{text}".rstrip()
    yield " " * (gutter + 1) + painted(corner + line * canvas.columns, FAINT, display)
    below = ""
    for value in ticks(*span, max(2, canvas.columns // 12)):
        number = label(value)
        column = canvas.cell((value - span[0]) / (span[1] - span[0]), 0)[1]
        start = gutter + 2 + min(column - len(number) // 2, canvas.columns - len(number))
        if start > len(below):
            below = below.ljust(start) + number
    yield below


def _power(k: int) -> str:
    """Return 10^k as text: in decimals up to 1000 and down to 0.001, else such as 1e-5."""
    return f"{10.0**k:g}" if abs(k) <= 3 else f"1e{k}"  # noqa: PLR2004  as short
