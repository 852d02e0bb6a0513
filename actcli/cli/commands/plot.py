"""`act plot`: curves and bars, in the terminal, as an image or as a page for a browser."""

from __future__ import annotations

import math
import os
import sys
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actcli.activations.record import Kind
from actcli.cli import multi, options
from actcli.cli.display import messages, terminal
from actcli.cli.display.drawing import around, bar_columns, picture
from actcli.cli.display.page import show
from actcli.cli.multi import MultiCommand
from actcli.cli.options import Arguments
from actcli.cli.parser import Ends, Option, Whole
from actcli.cli.run.run import run
from actcli.errors import UsageError
from actcli.io.filetype import IMAGES, NO_TEXT
from actcli.io.filetype import extension as extension_of
from actcli.io.formats import BY_EXTENSION
from actcli.numeric.numerals import is_range, shortest
from actcli.plots.curves import PlotOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

    from actcli.activations.record import Activation
    from actcli.cli.run.request import Request
    from actcli.cli.words import Words
    from actcli.plots.curves import Curve, Span

PICTURE: Final = "Picture"
MOST_CURVES: Final = 50
"""The greatest number of curves in a picture: more cannot be told apart."""
_LOOKS: Final = 1000  # points at which a curve is looked for
_STEPS: Final = 200  # of --data; a divisor of a power of ten, so that points are short decimals


def command() -> MultiCommand:
    """Return the click command."""
    return MultiCommand(
        "plot",
        params=[
            multi.words(),
            *multi.computing(axis=False, dtype=False),
            *_picture(),
            *_writing(),
        ],
        callback=_run,
        help="Curves of activations in the terminal, as an image (-o NAME.png, .svg, .pdf), or as a page for "
        "a browser (.html), on which one reads values and moves parameters.\n\n"
        "Names come first, then a range (-5:5 unless given) and numbers to be marked on the curves. "
        "Activations of vectors, such as softmax, are drawn as bars of the numbers.",
        examples=[
            "act plot tanh sigmoid",
            "act plot gelu -d 0,1,2 -3:3",
            "act plot softmax 1 2 3 4",
            "act plot elu selu celu -o curves.svg",
            "act plot elu --alpha 0:2:0.1 -o elu.html",
        ],
    )


def _picture() -> list[click.Parameter]:
    in_pixels = "in characters, of an image in pixels"
    return [
        Option(
            "--width",
            type=Whole(20),
            metavar="COUNT",
            help=f"The picture's width, {in_pixels}.  [default: the terminal's]",
            group=PICTURE,
        ),
        Option(
            "--height",
            type=Whole(6),
            metavar="COUNT",
            help=f"The picture's height, {in_pixels}.  [default: the terminal's]",
            group=PICTURE,
        ),
        Option(
            "--y",
            type=Ends(),
            metavar="LOW:HIGH",
            help="The span of y that is shown.  [default: that of the curves]",
            group=PICTURE,
        ),
        Option("--title", metavar="TEXT", help="A title instead of the names.", group=PICTURE),
        Option("--dark", is_flag=True, help="An image or a page on a dark ground.", group=PICTURE),
        Option("--panels", is_flag=True, help="A picture for each activation.", group=PICTURE),
        Option("--data", is_flag=True, help="The points as CSV, or as -F says, instead.", group=PICTURE),
    ]


def _writing() -> list[click.Parameter]:
    """Return the options of output, with help texts for pictures and their points."""
    return options.pick(
        *("format", "precision", "output", "color"),
        format="The points' format; it implies --data.  [default: csv]",
        precision="Significant digits of the points, with --data, or of the values on a page.",
        output="Write to a file: an image, if its name ends in .png, .svg or .pdf; a page, if in .html; the "
        "points, if in .csv, .json ...",
    )


class Viewport(NamedTuple):
    """A span of x, and typed numbers to mark on curves; `steps` is a typed range with a step, or empty."""

    span: Span
    typed: Words
    steps: str = ""


def _run(**options: Any) -> None:
    drawing = PlotOptions(**{name: options.pop(name) for name in PlotOptions._fields})
    data = options.pop("data")
    given = Arguments.from_click(options)
    ending = extension_of(given.output or "")
    data = data or given.format is not None or (ending in BY_EXTENSION and ending not in NO_TEXT)
    title = os.fsencode(drawing.title or "").decode("utf-8", "replace")  # bytes of another encoding
    plot(given, drawing._replace(title=title), data=data)


def plot(given: Arguments, drawing: PlotOptions, *, data: bool) -> None:
    """Run `act plot`: draw curves or bars, or with `data` write their points.

    Raises UsageError for options without effect, for numbers that cannot be drawn, and as `looked_at` does.
    """
    activations, rest = multi.split(given.words, "plot")
    multi.check_alike(activations)
    vectors = [activation for activation in activations if activation.kind is not Kind.ELEMENTWISE]
    _check_options(given, drawing, data=data, bars=bool(vectors))
    if vectors:
        words = _numbers(rest, vectors[0])
        request = _request(activations, given)
        run(request, words) if data else _bars(request, activations, words, drawing)
        return
    viewport = looked_at(rest)
    if data:
        run(_request(activations, given), _points(viewport))
        return
    for text, number in zip(viewport.typed.texts, viewport.typed.numbers, strict=True):
        if not math.isfinite(number):
            raise UsageError(f"{text} has no place in a picture; leave it out, or say --data")
    curves = _curves(activations, tuple(viewport.typed.numbers), given)
    for curve in curves:
        if not (curve.pieces(viewport.span, _LOOKS) or curve.spots(viewport.span)):
            low, high = map(shortest, viewport.span)
            messages.note(f"{curve.name} has no finite value from {low} to {high}; give another range", given)
    _draw(_panels(curves) if drawing.panels else [curves], viewport.span, given, drawing)


def _check_options(given: Arguments, drawing: PlotOptions, *, data: bool, bars: bool) -> None:
    """Raise UsageError for options that would have no effect."""
    extension = "" if data else _image_extension(given.output or "")
    if data:
        why = "points are no picture; leave it out, or --data and -F"
        size = {"width": drawing.width, "height": drawing.height, "y": drawing.y, "panels": drawing.panels}
        _refuse(why, **size, title=drawing.title, dark=drawing.dark)
        _check_target(given)
    elif given.precision and extension != ".html":
        raise UsageError("-p: a picture has no digits; leave it out, or say --data")
    if not data:
        _refuse("a picture has no digits; leave it out, or say --data", digits=given.digits)
    if not extension:
        _refuse("a terminal has its own ground; leave it out, or say -o curve.png", dark=drawing.dark)
    if extension == ".html":
        why = "a page is as large as its window; leave it out"
        _refuse(why, width=drawing.width, height=drawing.height)
    if bars:
        _refuse("bars stand side by side; leave it out", panels=drawing.panels)
        _refuse("bars begin at 0; leave it out", y=drawing.y)
    if bars and not extension:
        _refuse("bars are as many lines as numbers; leave it out", height=drawing.height)


def _check_target(given: Arguments) -> None:
    """Raise UsageError for points in a file with the extension of a type that is not text."""
    target = given.output or ""
    if not given.format and extension_of(target) in NO_TEXT:
        raise UsageError(f"{target}: points are written as text; for example -o y.csv")


def _refuse(why: str, **drawing: object) -> None:
    for name, value in drawing.items():
        if value:
            raise UsageError(f"--{name}: {why}")


def looked_at(words: Sequence[str]) -> Viewport:
    """Return the range and the numbers to mark that words mean; without a range, one that has the numbers.

    Raises UsageError for several ranges, for one that is empty, too narrow or too wide, and for files.
    """
    ranges = [word for word in words if is_range(word)]
    typed = _typed([word for word in words if not is_range(word)])
    if len(ranges) > 1:
        raise UsageError(f"one range is enough: {ranges[0]} or {ranges[1]}")
    if not ranges:
        return Viewport(around(typed.numbers), typed)
    low, high = map(float, ranges[0].split(":")[:2])
    if math.isinf(high - low) or math.isnan(high - low):
        raise UsageError(f"the range {ranges[0]} leaves the range of float64")
    if low == high:
        raise UsageError(
            f"the range {ranges[0]} is one number; it needs two ends, as {low - 1:g}:{low + 1:g}"
        )
    if not low < high:
        raise UsageError(f"the range {ranges[0]} is empty; write the smaller number first")
    if high - low < sys.float_info.min:
        raise UsageError(f"the range {ranges[0]} is too narrow for a picture; make it wider")
    stepped = ranges[0].count(":") > 1
    if stepped:
        _typed(ranges)
    return Viewport((low, high), typed, ranges[0] if stepped else "")


def _typed(words: Sequence[str]) -> Words:
    from actcli.cli.words import Words, is_of_a_type, parse_words

    of_a_type = next(filter(is_of_a_type, words), None)
    if of_a_type:
        raise UsageError(f"{of_a_type}: a plot takes numbers and a range, such as 1.5 and -4:4")
    found = parse_words(words) if words else Words()
    if found.paths:
        raise UsageError(f"a plot takes a range and numbers, not files: {found.paths[0]}")
    return found


def _points(viewport: Viewport) -> Words:
    """Return the typed numbers, or else the numbers of the range, in its own steps or in short decimals."""
    from decimal import Decimal

    if viewport.typed.numbers:
        return viewport.typed
    low, high = (Decimal(repr(end)) for end in viewport.span)
    return _typed([viewport.steps or f"{low}:{high}:{(high - low) / _STEPS}"])


def _numbers(words: Sequence[str], activation: Activation) -> Words:
    """Return the vector to draw as bars. Raises UsageError if there are no words, or for files."""
    if not words:
        raise UsageError(f"{activation.name} works on several numbers: act plot {activation.name} 1 2 3 4")
    return _typed(words)


def _curves(activations: Sequence[Activation], points: tuple[float, ...], given: Arguments) -> list[Curve]:
    """Return a curve for each order and each value of a parameter; on a page, ranges become sliders.

    Raises UsageError for a list of values for one activation, such as one for each column.
    """
    from actcli.analysis.landmarks import Graph
    from actcli.plots.curves import Curve

    if _image_extension(given.output or "") == ".html":
        resolved = multi.resolve_sliders(activations, given, MOST_CURVES)
    else:
        resolved = [(*pair, {}) for pair in multi.resolve(activations, given, MOST_CURVES)]
    found = []
    for activation, settings, sweeps in resolved:
        for name, value in settings.items():
            if isinstance(value, tuple):
                raise UsageError(f"{activation.name}: a curve needs one --{name}, not a list")
        graph = Graph(activation, settings)
        found += [Curve(graph, order, points, sweeps) for order in given.orders]
    return found


def _panels(curves: Sequence[Curve]) -> list[list[Curve]]:
    return [list(panel) for _, panel in groupby(curves, key=lambda curve: curve.graph.activation.name)]


def _draw(panels: Sequence[Sequence[Curve]], span: Span, given: Arguments, drawing: PlotOptions) -> None:
    target = given.output or ""
    extension = _image_extension(target)
    if extension == ".html":
        from actcli.plots import page

        _write(page.curves(panels, span, drawing, given.precision), target)
        return
    if extension:
        from actcli.plots.image import curves

        _write(curves(panels, span, extension, drawing), target)
        return
    display = terminal.display(given)
    size = drawing.width, drawing.height
    lines = (line for panel in panels for line in picture(panel, span, display, *size, y_span=drawing.y))
    show([drawing.title, *lines] if drawing.title else lines, display, target)


def _bars(request: Request, activations: Sequence[Activation], words: Words, drawing: PlotOptions) -> None:
    given = request.given
    if given.orders != (0,):
        names = " ".join(activation.name for activation in activations)
        raise UsageError(
            f"bars show no derivatives; for numbers: act compare {names} -d 1 {' '.join(words.texts)}"
        )
    target = given.output or ""
    extension = _image_extension(target)
    if extension == ".html":
        from actcli.plots import page
        from actcli.plots.bar_chart import BarChart, Subject
        from actcli.plots.chart import DIGITS

        subjects = [Subject(*found) for found in multi.resolve_sliders(activations, given, MOST_CURVES)]
        chart = BarChart(words.numbers, words.texts, subjects, given.precision or DIGITS)
        title = drawing.title or ", ".join(dict.fromkeys(s.activation.name for s in subjects))
        _write(page.bars(chart, title, dark=drawing.dark), target)
        return
    columns = list(bar_columns(words, request.operation(True, given.dtype or "float64")))
    if extension:
        from actcli.plots.image import bars as bars_image

        _write(bars_image(columns, extension, drawing), target)
        return
    from actcli.plots.bars import bars

    display = terminal.display(given)
    lines = bars(columns, drawing.width or display.usual_width, display)
    show([drawing.title, *lines] if drawing.title else lines, display, target)


def _request(activations: Sequence[Activation], given: Arguments) -> Request:
    """Return the request to write the points side by side, as CSV unless another format is asked for."""
    wanted = given.format or BY_EXTENSION.get(extension_of(given.output or ""), "csv")
    dtype = None if given.digits else "float64"
    return multi.side_by_side(activations, given._replace(dtype=dtype, format=wanted))


def _image_extension(path: str) -> str:
    """Return the extension of a path if it is one of IMAGES, else empty text.

    Raises UsageError for any other type that is not text.
    """
    extension = os.path.splitext(path)[1].lower()
    if extension in NO_TEXT and extension not in IMAGES:
        raise UsageError(f"{path}: an image can be {', '.join(IMAGES)}")
    return extension if extension in IMAGES else ""


def _write(image: bytes, path: str) -> None:
    from actcli.io.destination import local_target, open_destination

    with local_target(path) as here, open_destination(here, compression="") as out:
        out.write(image)
