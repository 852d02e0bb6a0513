"""Curves and bars as lines that fit a screen: for `act plot`, `act info`, and --plot below a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from actcli.activations.record import Kind
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.cli.words import Words
    from actcli.display import Display
    from actcli.pipeline.computation import Operation
    from actcli.plots.bars import Column
    from actcli.plots.curves import Curve, Span

SPAN: Final = (-5.0, 5.0)
_MARGIN: Final = 0.1  # of the numbers' span, on both sides
_HIGHEST: Final = 36
_BELOW: Final = 16  # lines of a picture below a table
_PROMPT: Final = 2  # lines that stay visible for the command and the next prompt


def around(points: Sequence[float]) -> Span:
    """Return the usual span of x if it has all points, else one with all points and 0.

    Raises UsageError if the points are too far apart for a picture.
    """
    finite = [0.0, *filter(math.isfinite, points)]
    low, high = min(finite), max(finite)
    if SPAN[0] <= low and high <= SPAN[1]:
        return SPAN
    margin = _MARGIN * high - _MARGIN * low
    span = low - margin * (low < 0), high + margin * (high > 0)
    if not math.isfinite(span[1] - span[0]):
        raise UsageError(f"{low:g} and {high:g} are too far apart for a picture; leave out the largest")
    return span


def picture(
    curves: Sequence[Curve],
    span: Span,
    display: Display,
    width: int | None,
    height: int | None,
    *,
    y_span: Span | None = None,
) -> Iterator[str]:
    """Yield the lines of a picture of curves, `width` by `height` characters, or as large as the screen."""
    from actcli.plots.picture import Picture, Size

    size = Size(width or display.usual_width, height or min(display.height - _PROMPT, _HIGHEST))
    yield from Picture(curves, span, size, display, y_span).lines()


def below_table(operation: Operation, words: Words, display: Display) -> Iterator[str]:
    """Yield the lines of a picture below a table: typed numbers on an activation's curves, or as bars."""
    from actcli.analysis.landmarks import Graph
    from actcli.pipeline.computation import Computation
    from actcli.plots.curves import Curve

    assert isinstance(operation, Computation)  # noqa: S101  --plot is an option of activations alone
    if operation.activation.kind is not Kind.ELEMENTWISE:
        yield from bar_lines(operation, words, display, display.usual_width)
        return
    graph = Graph(operation.activation, operation.settings)
    points = tuple(words.numbers)
    curves = [Curve(graph, order, points) for order in operation.orders]
    yield from picture(curves, around(points), display, None, min(display.height - _PROMPT, _BELOW))


def bar_lines(operation: Operation, words: Words, display: Display, width: int) -> Iterator[str]:
    """Return the lines of a bar chart, `width` characters wide, of typed numbers and their results."""
    from actcli.plots.bars import bars

    return bars(list(bar_columns(words, operation)), width, display)


def bar_columns(words: Words, operation: Operation) -> Iterator[Column]:
    """Yield the typed numbers, then the results of each activation for them, as columns of a bar chart."""
    from actcli.io.formats.table import readable
    from actcli.plots.bars import Column

    _, results, columns = operation.typed(words.numbers, words.texts)
    rows = len(results)
    for index, column in enumerate(column for column in columns if column.result_index is None):
        part = slice(index * rows, (index + 1) * rows)
        yield Column(column.name, words.numbers[part], words.texts[part])
    for index, name in enumerate(column.name for column in columns if column.result_index is not None):
        values = [float(value) for value in results[:, index]]
        yield Column(name, values, [readable(value) for value in values])
