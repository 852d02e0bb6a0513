"""Curves and bar charts as images: PNG, SVG or PDF, drawn by matplotlib."""

from __future__ import annotations

import io
import math
import warnings
from typing import TYPE_CHECKING, Any, Final

from actcli.activations.record import primes
from actcli.errors import MissingExtra, UsageError
from actcli.numeric import xp
from actcli.plots.curves import extent
from actcli.plots.ticks import label, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.plots.bars import Column
    from actcli.plots.curves import Curve, PlotOptions, Span

    Pixels = tuple[int | None, int | None]

_DPI: Final = 200
_LEAST_DPI: Final = 50  # with fewer, letters are illegible
_TIGHT: Final = 0.6  # fraction of the size in which ticks and titles still fit at full resolution
_SIZE: Final = (8.0, 5.0)  # inches
_PANEL: Final = (2.9, 2.3)
_ABREAST: Final = 4
_POINTS: Final = 1001
_MOST_TICKS: Final = 11
_MOST_LEVELS: Final = 8
_FEW_TICKS: Final = 6
_MOST_NUMBERED: Final = 20
_LEGEND: Final = 0.4  # inches
_ZERO: Final = {"color": "0.5", "alpha": 0.4, "linewidth": 0.8, "zorder": 0.5}
_ASYMPTOTE: Final[dict[str, Any]] = {"color": "0.5", "linestyle": (0, (1, 3)), "linewidth": 1, "zorder": 0.8}
_COLOURS: Final = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#7F7F7F"]
_BRIGHT: Final = ["#56B4E9", "#FF8C42", "#2ECC9B", "#E79FC9", "#9AD1F5", "#F0C040", "#F2F2F2", "#A6A6A6"]
_DASHES: Final = ("-", (0, (6, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1.5)), (0, (9, 3, 1, 3, 1, 3)))
_SETTINGS: Final = {
    "svg.hashsalt": "act",  # identifiers in SVG do not vary from run to run
    "figure.facecolor": "white",
    "axes.prop_cycle": f"cycler('color', {_COLOURS})",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "0.4",
    "xtick.color": "0.25",
    "ytick.color": "0.25",
    "lines.linewidth": 1.8,
    "lines.dash_capstyle": "round",
    "legend.frameon": False,
    "legend.handlelength": 2.8,
    "hatch.linewidth": 0.6,
}
_DARK: Final = {
    "figure.facecolor": "#15171B",
    "axes.facecolor": "#15171B",
    "axes.prop_cycle": f"cycler('color', {_BRIGHT})",
    "axes.edgecolor": "0.6",
    "axes.labelcolor": "0.9",
    "text.color": "0.9",
    "xtick.color": "0.75",
    "ytick.color": "0.75",
}


def _settings(options: PlotOptions) -> dict[str, Any]:
    """Return matplotlib's rcParams for these options."""
    return _SETTINGS | (_DARK if options.dark else {})


def curves(panels: Sequence[Sequence[Curve]], span: Span, extension: str, options: PlotOptions) -> bytes:
    """Return an image of the curves over the span, one picture for each panel; `extension` such as ".png".

    Raises MissingExtra without matplotlib, UsageError if the curves do not fit the size.
    """
    with _matplotlib(extension).rc_context(_settings(options)):
        figure = _single(panels[0], span, options) if len(panels) == 1 else _several(panels, span, options)
        names = dict.fromkeys(curve.graph.activation.name for panel in panels for curve in panel)
        return _saved(figure, extension, options.title or ", ".join(names))


def bars(columns: Sequence[Column], extension: str, options: PlotOptions) -> bytes:
    """Return an image of the columns as bar charts, one below the other; `extension` such as ".png".

    Raises MissingExtra without matplotlib, UsageError if the charts do not fit the size.
    """
    with _matplotlib(extension).rc_context(_settings(options)):
        figure = _figure((_SIZE[0], 0.6 + 1.5 * len(columns)), (options.width, options.height))
        if options.title:
            figure.suptitle(_escaped(options.title))
        for index, (column, axes) in enumerate(zip(columns, _grid(figure, len(columns), 1), strict=True)):
            _draw_bars(axes, column, f"C{index}")
        return _saved(figure, extension, options.title or ", ".join(column.title for column in columns))


def _escaped(title: str) -> str:
    """Return a title with dollar signs escaped: matplotlib would read them as mathematics."""
    return title.replace("$", r"\$")


def _draw_bars(axes: Any, column: Column, colour: str) -> None:
    """Draw a column's bars, numbered if there are few; numbers that are not finite have no height."""
    heights = [value if math.isfinite(value) else 0.0 for value in column.values]
    drawn = axes.bar(range(1, len(heights) + 1), heights, width=0.7, color=colour)
    if len(heights) <= _MOST_NUMBERED:
        axes.bar_label(drawn, labels=column.texts, padding=2, fontsize=8)
    axes.margins(y=0.2)
    axes.axhline(0, color="0.4", linewidth=0.8)
    axes.set_ylabel(column.title)
    axes.xaxis.set_ticks(range(1, len(heights) + 1, -(-len(heights) // _MOST_NUMBERED)))
    _mark_axis(axes.yaxis, axes.get_ylim(), _FEW_TICKS)


def _matplotlib(extension: str) -> Any:
    """Return the matplotlib module, silenced but for errors. Raises MissingExtra if it is not installed."""
    import logging

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells where its cache cannot be
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise MissingExtra(f"-o NAME{extension}", "images") from error
    return mpl


def _single(panel: Sequence[Curve], span: Span, options: PlotOptions) -> Any:
    """Return a figure with one picture of the panel; several curves get a legend at the side."""
    figure = _figure(_SIZE, (options.width, options.height))
    axes = figure.subplots()
    _draw(axes, panel, span, options.y, _MOST_TICKS)
    axes.set_xlabel("x")
    if len(panel) == 1:
        axes.set_title(_escaped(options.title) or panel[0].name)
        name = panel[0].name.partition(" (")[0]
        axes.set_ylabel(name if "(" in name else f"{name}(x)")
    else:
        figure.legend(loc="outside right upper")
        axes.set_ylabel("y")
        axes.set_title(_escaped(options.title))
    return figure


def _several(panels: Sequence[Sequence[Curve]], span: Span, options: PlotOptions) -> Any:
    """Return a figure with a small picture for each panel, and one legend of the orders."""
    columns = min(len(panels), _ABREAST)
    rows = -(-len(panels) // columns)
    figure = _figure((_PANEL[0] * columns, _PANEL[1] * rows + _LEGEND), (options.width, options.height))
    grid = _grid(figure, rows, columns)
    if options.title:
        figure.suptitle(_escaped(options.title))
    for panel, axes in zip(panels, grid, strict=False):
        _draw(axes, panel, span, options.y, _FEW_TICKS)
        axes.set_title(panel[0].name.replace("'", ""))
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    orders = {curve.order: _style(index) for index, curve in enumerate(panels[0])}
    if len(orders) > 1:
        from matplotlib.lines import Line2D

        lines = [Line2D([], [], label="f" + primes(order), **style) for order, style in orders.items()]
        figure.legend(handles=lines, loc="outside lower center", ncols=len(lines))
    return figure


def _figure(size: tuple[float, float], pixels: Pixels) -> Any:
    """Return a figure of `pixels` (width, height), where None is the pixels of `size` (inches) at 200 dpi.

    The resolution falls with small sizes, so that letters take fewer pixels too.
    """
    from matplotlib.figure import Figure

    wanted = [asked or round(inches * _DPI) for asked, inches in zip(pixels, size, strict=True)]
    roomy = min(count / (inches * _TIGHT) for count, inches in zip(wanted, size, strict=True))
    dpi = max(_LEAST_DPI, min(_DPI, int(roomy)))
    width, height = (_inches(count, dpi) for count in wanted)
    return Figure(figsize=(width, height), dpi=dpi, layout="constrained")


def _inches(pixels: int, dpi: int) -> float:
    """Return a length in inches of which matplotlib, which rounds down, makes exactly `pixels`."""
    inches = pixels / dpi
    return inches if int(inches * dpi) == pixels else math.nextafter(inches, math.inf)


def _grid(figure: Any, rows: int, columns: int) -> list[Any]:
    """Return the axes of a grid of pictures, row by row."""
    return list(figure.subplots(rows, columns, squeeze=False).flat)


def _style(index: int) -> dict[str, Any]:
    """Return curve number `index`'s colour and dashes: curves stay distinguishable in grey."""
    return {"color": f"C{index % len(_COLOURS)}", "linestyle": _DASHES[index % len(_DASHES)]}


def _draw(axes: Any, panel: Sequence[Curve], span: Span, view: Span | None, most_ticks: int) -> None:
    """Draw a panel into the axes: frame, asymptotes, curves and marks; `view` is a fixed span of y."""
    y_span = view or extent(panel, span, _POINTS)
    _frame(axes, span, y_span, most_ticks)
    for line in dict.fromkeys(line for curve in panel for line in curve.asymptotes):
        if line.slope or line.intercept:
            axes.plot(span, [line.at(xp.array(x)) for x in span], **_ASYMPTOTE)
    for index, curve in enumerate(panel):
        style = _style(index)
        for nth, (x, y) in enumerate(curve.pieces(span, _POINTS)):
            axes.plot(x, y, label=None if nth else curve.name, zorder=3 - 0.1 * index, **style)
        _mark(axes, curve, span, style["color"], view)


def _frame(axes: Any, span: Span, y_span: Span, most_ticks: int) -> None:
    """Set the axes' limits, ticks at round numbers, and faint lines at 0."""
    margin = 0.03 * (y_span[1] - y_span[0])
    axes.set_xlim(*span)
    axes.set_ylim(y_span[0] - margin, y_span[1] + margin)
    _mark_axis(axes.xaxis, span, most_ticks)
    _mark_axis(axes.yaxis, y_span, min(most_ticks, _MOST_LEVELS))
    axes.axhline(0, **_ZERO)
    axes.axvline(0, **_ZERO)


def _mark_axis(axis: Any, ends: Span, most: int) -> None:
    """Set the ticks of an axis: at most `most` round numbers between its ends."""
    places = ticks(*ends, most)
    axis.set_ticks(places, [label(index) for index in places])


def _mark(axes: Any, curve: Curve, span: Span, colour: Any, view: Span | None) -> None:
    """Mark kinks with diamonds, jumps with full and hollow dots, and the given points with full dots."""
    bends = curve.kinks(span)
    axes.plot(bends, curve.at(xp.array(bends)), "D", color=colour, markersize=3.5)
    for spot in curve.spots(span):
        if view and not view[0] <= spot.y <= view[1]:
            continue
        face = axes.get_facecolor() if spot.open else colour
        axes.plot(
            spot.x, spot.y, "o", color=colour, markerfacecolor=face, markersize=6, clip_on=False, zorder=5
        )


def _saved(figure: Any, extension: str, title: str) -> bytes:
    """Return the file's bytes, which depend on the picture alone: metadata has no date.

    Raises UsageError if the figure has no room for its curves.
    """
    kind = extension.removeprefix(".")
    undated: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Title": title, "Creator": None},
        "pdf": {"CreationDate": None, "Title": title},
        "png": {"Title": title, "Software": None},
    }
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "constrained_layout not applied")
        try:
            figure.savefig(file, format=kind, metadata=undated[kind])
        except UserWarning as error:
            raise UsageError(
                "the picture has no room for its curves; give more --width or --height"
            ) from error
    return file.getvalue()
