"""Pages for a browser: one file, that needs no network."""

from __future__ import annotations

import math
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

from actcli.plots.chart import COLOURS, DIGITS, Chart
from actcli.plots.markup import element, heads, rows, scrolled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.plots.bars import Column
    from actcli.plots.curves import Curve, Span

_BROWSERS: Final = "screen and (prefers-color-scheme: dark)"
_BAR_WIDTH: Final = 720
_BAR_HEIGHT: Final = 180
_ABOVE: Final = 24  # room for a number
_MOST_NUMBERED: Final = 12
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
<script>
{script}</script>
</body>
</html>
"""


class Look(NamedTuple):
    """How a page looks: a span of y, a title instead of names, and dark whatever the browser prefers."""

    view: Span | None = None
    title: str = ""
    dark: bool = False


def curves(panels: Sequence[Sequence[Curve]], span: Span, look: Look, digits: int | None = None) -> bytes:
    """Return a page with a chart for each panel of curves over the span, its values in so many digits.

    Raises UsageError if the ranges of sliders are too long for a page.
    """
    share = 1 / len(panels)
    charts = [Chart(panel, span, digits or DIGITS, share=share, view=look.view).html() for panel in panels]
    names = dict.fromkeys(curve.graph.activation.name for panel in panels for curve in panel)
    title = look.title or ", ".join(names)
    return document(title, "\n".join([element("h1", escape(title)), *charts]), dark=look.dark)


def document(title: str, body: str, *, dark: bool = False) -> bytes:
    """Return a page with this title around this HTML; `dark` whatever the browser prefers."""
    here = files("actcli.plots")
    style = here.joinpath("page.css").read_text("utf-8")
    return _PAGE.format(
        title=escape(title),
        style=style.replace(_BROWSERS, "screen") if dark else style,
        body=body,
        script=here.joinpath("page.js").read_text("utf-8"),
    ).encode()


def bars(columns: Sequence[Column], title: str, *, dark: bool = False) -> bytes:
    """Return a page with numbers as bars, a picture for each column, and a table of them."""
    cells = [list(map(str, range(1, len(columns[0].texts) + 1))), *(list(column.texts) for column in columns)]
    body = element("tbody", rows([list(row) for row in zip(*cells, strict=True)]))
    table = element("table", heads(["i", *(column.title for column in columns)]), body)
    parts = [element("h1", escape(title))]
    for place, column in enumerate(columns):
        parts += [element("h2", escape(column.title)), bar_picture(column, place)]
    parts += [element("h2", "Values"), scrolled("Values", table)]
    return document(title, "\n".join(parts), dark=dark)


def bar_picture(column: Column, place: int, *, numbered: bool = True) -> str:
    """Return one column's bars from a common zero as SVG, each with its number where there is room.

    `place` is the column's among its neighbours, which gives it a colour.
    """
    heights = [value if math.isfinite(value) else 0.0 for value in column.values]
    low, high = min(0.0, *heights), max(0.0, *heights)
    unit, width = _BAR_HEIGHT / ((high - low) or 1.0), _BAR_WIDTH / len(heights)
    zero = _ABOVE + high * unit
    drawn = [element("line", class_="zero", x1=0, x2=_BAR_WIDTH, y1=zero, y2=zero)]
    for k, (height, text) in enumerate(zip(heights, column.texts, strict=True)):
        top, tall = zero - max(height, 0.0) * unit, abs(height) * unit
        bar = {"x": (k + 0.15) * width, "y": top, "width": 0.7 * width, "height": tall}
        drawn.append(element("rect", class_=f"c{place % COLOURS}", **bar))
        if numbered and len(heights) <= _MOST_NUMBERED:
            y = top + tall + 17 if height < 0 else top - 6
            drawn.append(element("text", escape(text), x=(k + 0.5) * width, y=y, text_anchor="middle"))
    label = f"Bars of {column.title}: {', '.join(column.texts)}"
    box = f"0 0 {_BAR_WIDTH} {_BAR_HEIGHT + 2 * _ABOVE}"
    return element("svg", *drawn, class_="plot bars", viewBox=box, role="img", aria_label=label)
