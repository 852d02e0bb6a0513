"""What is drawn of an activation: the pieces of its curve, the ends at jumps, kinks and asymptotes.

A curve is of an ELEMENTWISE activation, of f or of a derivative, over a span of x.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from actcli.activations.record import primed
from actcli.analysis import landmarks
from actcli.numeric import xp
from actcli.plots.ticks import ticks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actcli.analysis.landmarks import Corner, Graph, Line
    from actcli.numeric import Array

    Span = tuple[float, float]

_BEND: Final = 1  # a corner is seen in a curve if it or its slope jumps
_FLAT: Final = 1e-12


class PlotOptions(NamedTuple):
    """How curves or bars are drawn: in so many characters or pixels, None for as many as there is place.

    `y` is the span of y, None for as much as the curves take. `title` stands instead of their names. `dark`
    is a dark ground, `panels` a picture for each activation.
    """

    width: int | None = None
    height: int | None = None
    y: Span | None = None
    title: str = ""
    dark: bool = False
    panels: bool = False


@dataclass(frozen=True)
class Spot:
    """One place on a curve; open where the curve ends there without reaching it."""

    x: float
    y: float
    open: bool = False


@dataclass(frozen=True)
class Curve:
    """f, f' or f'' of a graph; `points` are numbers whose places on the curve are marked.

    `sweeps` are parameters that can be moved on a page, with the values that they take.
    """

    graph: Graph
    order: int = 0
    points: tuple[float, ...] = ()
    sweeps: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Such as tanh' or elu (alpha = 0.5): parameters are named where they are not the defaults."""
        activation = self.graph.activation
        return primed(activation.name, self.order) + activation.label(self.graph.settings)

    def at(self, x: Array) -> Array:
        """Its values."""
        return self.graph(x, self.order)

    @cached_property
    def corners(self) -> list[Corner]:
        """Where it or its slope jumps."""
        return [
            corner
            for corner in landmarks.corners(self.graph)
            if any(corner.jumps(k) for k in range(self.order, min(self.order + _BEND, 2) + 1))
        ]

    def kinks(self, span: Span) -> list[float]:
        """Where it bends at an angle, within the span."""
        return [c.x for c in self.corners if not c.jumps(self.order) and span[0] <= c.x <= span[1]]

    def pieces(self, span: Span, count: int) -> list[tuple[Array, Array]]:
        """Runs of at least `count` points in all: broken where it jumps and where it is not finite."""
        beside = [place for c in self.corners for place in (c.sides[0], c.x, c.sides[1])]
        x = xp.union1d(xp.linspace(*span, count), [place for place in beside if span[0] <= place <= span[1]])
        y = self.at(x)
        broken = [place for c in self.corners if c.jumps(self.order) for place in self._breaks(c, x, y)]
        parts = zip(xp.split(x, broken), xp.split(y, broken), strict=True)
        return [piece for part in parts for piece in _finite(*part)]

    def _breaks(self, corner: Corner, x: Array, y: Array) -> list[int]:
        """Before or behind the corner, wherever its value is not that of the side."""
        place = int(xp.searchsorted(x, corner.x))
        ends = {place, place + 1} & set(range(1, len(x)))
        return sorted(end for end in ends if not _near(y[end - 1], y[end]))

    def spots(self, span: Span) -> list[Spot]:
        """Given points; at jumps the value that it has, and the open ends that it nears."""
        points = [x for x in self.points if span[0] <= x <= span[1]]
        found = [Spot(x, float(y)) for x, y in zip(points, self.at(xp.array(points)), strict=True)]
        for corner in self.corners:
            if corner.jumps(self.order) and span[0] <= corner.x <= span[1]:
                value = corner.at[self.order]
                found.append(Spot(corner.x, value))
                sides = (corner.left[self.order], corner.right[self.order])
                found += (Spot(corner.x, side, open=True) for side in sides if not _near(side, value))
        return [spot for spot in found if math.isfinite(spot.y)]

    @cached_property
    def asymptotes(self) -> list[Line]:
        """The lines that it comes near to; a derivative's are not sought."""
        return landmarks.asymptotes(self.graph) if self.order == 0 else []


def extent(curves: Sequence[Curve], span: Span, count: int) -> Span:
    """The span of y that shows all of the curves; also 0, an asymptote and a round number that are near."""
    values = [
        y for curve in curves for _, piece in curve.pieces(span, count) for y in (piece.min(), piece.max())
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


def _reaching(low: float, high: float, levels: list[float]) -> Span:
    """The span, wider by up to a twentieth where that takes in one of these levels or a round number."""
    near = high / 20 - low / 20
    first, second, *_ = ticks(low, high, 6)
    step = second - first
    levels = [*levels, math.floor(low / step) * step, math.ceil(high / step) * step]
    return (
        min([level for level in levels if low - near <= level < low], default=low),
        max([level for level in levels if high < level <= high + near], default=high),
    )


def _finite(x: Array, y: Array) -> list[tuple[Array, Array]]:
    """The runs of a piece whose values are finite."""
    edges = xp.flatnonzero(xp.diff(xp.concatenate([[False], xp.isfinite(y), [False]]).astype(int)))
    return [(x[first:behind], y[first:behind]) for first, behind in edges.reshape(-1, 2)]


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
