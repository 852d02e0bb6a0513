"""Pages for a browser: complete HTML in one file that loads nothing."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from actcli.errors import UsageError
from actcli.plots.chart import DIGITS, Chart
from actcli.plots.markup import element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.plots.bar_chart import BarChart
    from actcli.plots.curves import Curve, PlotOptions, Span

_BROWSERS: Final = "screen and (prefers-color-scheme: dark)"
_LARGEST: Final = 300_000  # bytes of a page
_OVERHEAD: Final = 0.03  # share of a chart's markup, which is taken from its values' share
_LEAST_SHARE: Final = 0.01
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


def curves(
    panels: Sequence[Sequence[Curve]], span: Span, options: PlotOptions, digits: int | None = None
) -> bytes:
    """Return an HTML page with a chart for each panel of curves over the span; `digits` of None means 6.

    Raises UsageError for more curves than a page has room for, and for ranges of parameters with too many
    positions.
    """
    share = max(_LEAST_SHARE, 1 / len(panels) - _OVERHEAD)
    charts = [Chart(panel, span, digits or DIGITS, share=share, view=options.y).html() for panel in panels]
    names = dict.fromkeys(curve.graph.activation.name for panel in panels for curve in panel)
    title = options.title or ", ".join(names)
    page = document(title, "\n".join([element("h1", escape(title)), *charts]), dark=options.dark)
    if len(page) > _LARGEST:
        count = sum(map(len, panels))
        raise UsageError(f"{count} curves are too many for a page; name fewer, or fewer orders with -d")
    return page


def document(title: str, body: str, *, dark: bool = False) -> bytes:
    """Return an HTML page with this title and `body` (HTML); `dark` overrides the browser's preference."""
    here = files("actcli.plots")
    style = here.joinpath("page.css").read_text("utf-8")
    return _PAGE.format(
        title=escape(title),
        style=style.replace(_BROWSERS, "screen") if dark else style,
        body=body,
        script=here.joinpath("page.js").read_text("utf-8"),
    ).encode()


def bars(chart: BarChart, title: str, *, dark: bool = False) -> bytes:
    """Return an HTML page with bar charts under a title; `dark` overrides the browser's preference."""
    return document(title, "\n".join([element("h1", escape(title)), chart.html()]), dark=dark)
