"""Geometry of a curve to be drawn: its pieces, open and closed ends at jumps, kinks and asymptotes.

A curve is f or a derivative of an ELEMENTWISE activation, drawn over a span (low, high) of x.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actcli.activations.record import primed
from actcli.analysis import landmarks
from actcli.numeric import runs, xp
from actcli.plots.ticks import ticks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from actcli.analysis.landmarks import Corner, Graph, Line
    from actcli.numeric import Array

    Span = tuple[float, float]

_BEND: Final = 1  # orders above its own whose jumps are visible in a curve: those of its slope
_FLAT: Final = 1e-12  # a curve whose y varies less than this, relative to |y|, counts as constant
_AWAY: Final = 30  # a curve may leave the picture within 1/30 of the span on both sides of a pole
_BETWEEN: Final = 6  # and within 1/6 of the gap between two poles


class PlotOptions(NamedTuple):
    """Options of a picture: `width` and `height` in characters or pixels, None for the default.

    y: the span of y, None to fit the curves. title: replaces the activations' names. dark: a dark
    background. panels: a picture of its own for each activation.
    """

    width: int | None = None
    height: int | None = None
    y: Span | None = None
    title: str = ""
    dark: bool = False
    panels: bool = False


@dataclass(frozen=True)
class Spot:
    """A marked point of a curve; `open` where the curve approaches the point without reaching it."""

    x: float
    y: float
    open: bool = False


@dataclass(frozen=True)
class Curve:
    """The curve of f, or of a derivative by `order`; `points` are values of x to be marked on it.

    sweeps: maps each parameter that a page can move to its values.
    """

    graph: Graph
    order: int = 0
    points: tuple[float, ...] = ()
    sweeps: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name such as tanh' or elu (alpha = 0.5), with the parameters that differ from their defaults."""
        activation = self.graph.activation
        return primed(activation.name, self.order) + activation.label(self.graph.settings)

    def at(self, x: Array) -> Array:
        """Return the curve's values y at `x`."""
        return self.graph(x, self.order)

    @cached_property
    def corners(self) -> list[Corner]:
        """The corners at which the curve itself or its slope jumps."""
        return [
            corner
            for corner in self.graph.corners
            if any(corner.jumps(k) for k in range(self.order, min(self.order + _BEND, 2) + 1))
        ]

    def kinks(self, span: Span) -> list[float]:
        """Return each x within the span at which the curve is continuous and its slope jumps."""
        return [c.x for c in self.corners if not c.jumps(self.order) and span[0] <= c.x <= span[1]]

    def pieces(self, span: Span, count: int) -> list[tuple[Array, Array]]:
        """Return the curve as pieces (x, y) of finite values, separated at jumps and poles.

        count: points along the whole span, evenly spaced; corners and their sides are added.
        """
        edges = [place for c in self.corners for place in (c.sides[0], c.x, c.sides[1])]
        x = xp.union1d(xp.linspace(*span, count), [place for place in edges if span[0] <= place <= span[1]])
        y = self.at(x)
        broken = {place for c in self.corners if c.jumps(self.order) for place in self._breaks(c, x, y)}
        broken |= set(xp.searchsorted(x, self.graph.poles, side="right").tolist())
        parts = zip(xp.split(x, sorted(broken)), xp.split(y, sorted(broken)), strict=True)
        return [piece for part in parts for piece in _finite(*part)]

    def _breaks(self, corner: Corner, x: Array, y: Array) -> list[int]:
        """Return the indices at which to split x at a jump: before and after the corner, if y differs."""
        index = int(xp.searchsorted(x, corner.x))
        ends = {index, index + 1} & set(range(1, len(x)))
        return sorted(end for end in ends if not _near(y[end - 1], y[end]))

    def spots(self, span: Span) -> list[Spot]:
        """Return the marked points within the span whose y is finite: `points`, and the ends at jumps.

        At a jump the value is a full spot; each one-sided limit that differs from it is an open one.
        """
        points = [x for x in self.points if span[0] <= x <= span[1]]
        values = self.at(xp.array(points)).tolist() if points else []
        found = [Spot(x, y) for x, y in zip(points, values, strict=True)]
        for corner in self.corners:
            if corner.jumps(self.order) and span[0] <= corner.x <= span[1]:
                value = corner.at[self.order]
                found.append(Spot(corner.x, value))
                sides = (corner.left[self.order], corner.right[self.order])
                found += (Spot(corner.x, side, open=True) for side in sides if not _near(side, value))
        return [spot for spot in found if math.isfinite(spot.y)]

    @cached_property
    def asymptotes(self) -> list[Line]:
        """The asymptotes at -inf and inf; empty for derivatives, of which none are sought."""
        return landmarks.asymptotes(self.graph) if self.order == 0 else []


def extent(curves: Sequence[Curve], span: Span, count: int) -> Span:
    """Return the span of y that shows all curves: extended to 0, an asymptote or a round number nearby.

    Beside poles, curves leave the span. count: points at which each curve is evaluated.
    """
    values = [
        bound
        for curve in curves
        for x, y in curve.pieces(span, count)
        if (shown := y[_far_from(curve.graph.poles, x, span)]).size
        for bound in (shown.min(), shown.max())
    ]
    values += [spot.y for curve in curves for spot in curve.spots(span)]
    if not values:
        return 0.0, 1.0
    low, high = float(min(values)), float(max(values))
    if high / 2 - low / 2 <= _FLAT * max(abs(low), abs(high)):
        return min(low - abs(low) / 2, 0.0, low or -1.0), max(high + abs(high) / 2, 0.0, high or 1.0)
    near = high / 2 - low / 2
    low, high = (0.0 if 0 < low < near else low), (0.0 if -near < high < 0 else high)
    levels = [line.intercept for curve in curves for line in curve.asymptotes if not line.slope]
    return _reaching(low, high, levels)


def _far_from(poles: Sequence[float], x: Array, span: Span) -> NDArray[Any]:
    """Return which `x` are not beside a pole: nearer than a share of the span, or of the gap to the next.

    A pole outside of the span counts for nothing: what is in the span is shown.
    """
    poles = [pole for pole in poles if span[0] <= pole <= span[1]]
    gaps = [later - earlier for earlier, later in pairwise(poles)]
    least = min([(span[1] - span[0]) / _AWAY, *(gap / _BETWEEN for gap in gaps)])
    far = xp.ones(len(x), bool)
    for pole in poles:
        far &= abs(x - pole) >= least
    return far


def _reaching(low: float, high: float, levels: list[float]) -> Span:
    """Return (low, high), extended by up to 1/20 to include one of `levels` or a round number."""
    near = high / 20 - low / 20
    first, second, *_ = ticks(low, high, 6)
    step = second - first
    levels = [*levels, math.floor(low / step) * step, math.ceil(high / step) * step]
    return (
        min([level for level in levels if low - near <= level < low], default=low),
        max([level for level in levels if high < level <= high + near], default=high),
    )


def _finite(x: Array, y: Array) -> list[tuple[Array, Array]]:
    """Return the runs of consecutive points (x, y) whose y is finite."""
    return [(x[start:stop], y[start:stop]) for start, stop in runs(xp.isfinite(y)).tolist()]


def _near(one: float, other: float) -> bool:
    """Return whether both numbers are equal up to rounding, by which they count as one point of a curve."""
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
