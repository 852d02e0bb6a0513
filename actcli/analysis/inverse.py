"""Inverse functions, correctly rounded: bisection with signs proven in ball arithmetic."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actcli.activations.evaluation import Walk, parsed, scope
from actcli.activations.record import Kind
from actcli.analysis.landmarks import Graph
from actcli.errors import UsageError
from actcli.numeric import doubts, runs, xp
from actcli.numeric.balls import Ring, coefficient, flint
from actcli.numeric.dtypes import from_zero, ranks
from actcli.numeric.rounding import as_type, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from actcli.activations.record import Activation
    from actcli.numeric import Array, Jet
    from actcli.numeric.balls import Column

    Places = NDArray[Any]

SIDES: Final = ("left", "right")
_DENSE: Final = 20.0
_LARGEST: Final = sys.float_info.max


class Side(NamedTuple):
    """An interval of float64 on which a function is monotone; `rises` tells the direction."""

    low: float
    high: float
    rises: bool


def inverse(record: Activation, side: str = "") -> Activation:
    """Return the inverse of an activation as a record, of order 0 alone.

    side: "left" or "right" of the function's only turning point; empty if it has none. As parameters decide
    this, it is the jet that raises UsageError for a side that does not suit the function, and for functions
    that are constant somewhere or turn more than once.
    Raises UsageError for VECTOR and GATED activations, MissingExtra where python-flint is not installed.
    """
    flint()
    if record.kind is not Kind.ELEMENTWISE:
        raise UsageError(f"{record.name} is of several numbers and has no inverse")
    return _inverse(record, side)


def _inverse(record: Activation, side: str) -> Activation:
    """Return the record of the inverse, without the checks."""
    return replace(
        record,
        name=f"inverse({record.name})" if record.name == record.formula else f"{record.name}-inverse",
        jet=_Inverse(record, side),
        kinks=(),
        selective=True,
        exact=True,
        maker=(_inverse, (record, side)),
    )


@dataclass(frozen=True)
class _Inverse:
    """The jet of an inverse function: the callable with the record's calling convention."""

    record: Activation
    side: str

    def __call__(
        self,
        y: Array,
        orders: frozenset[int] = frozenset((0,)),  # noqa: ARG002  order 0 is the only one
        dtype: str = "float64",
        **settings: Any,
    ) -> Jet:
        """Yield the x with f(x) = y for each y, rounded to `dtype`, as float64; nan where there is none.

        Raises UsageError if a parameter is a list, or the side does not suit the function.
        """
        lists = [name for name, value in settings.items() if isinstance(value, (tuple, xp.ndarray))]
        if lists:
            raise UsageError(f"{self.record.name}: an inverse takes one {lists[0]}, not a list")
        graph = _Graph(self.record, settings)
        low, high, rises = self._side(graph)
        x = xp.full(y.shape, xp.nan)
        at = xp.flatnonzero(xp.isfinite(y))
        values = y[at]
        ends = [graph.signs(xp.full(at.shape, end), xp.full(at.shape, end), values) for end in (low, high)]
        up = 1.0 if rises else -1.0
        inside = (ends[0] * up <= 0) & (ends[1] * up >= 0)
        inside &= (ends[0] != 0) | (ends[1] != 0)
        x[at[inside]] = _between(graph, values[inside], (low, high), up, dtype)
        doubts.unknown += int((xp.isnan(x) & ~xp.isnan(y)).sum())
        yield x

    def _side(self, graph: _Graph) -> Side:
        """Return the monotone interval on the wanted side. Raises UsageError if it does not exist."""
        name, sides = self.record.name, graph.sides()
        if len(sides) == 1:
            if self.side:
                raise UsageError(f"--side: {name} has one side; leave it out")
            return sides[0]
        apart = any(one.high != other.low for one, other in pairwise(sides))
        if len(sides) > len(SIDES) or not sides:
            what = "has more than two branches" if apart else "turns more than once"
            raise UsageError(f"{name} {what} and has no inverse")
        if not self.side:
            what = "is interrupted" if apart else "turns"
            at = f"{sides[0].high / 2 + sides[1].low / 2:.6g}"
            raise UsageError(f"--inverse: {name} {what} at x = {at}; say --side left, or right")
        return sides[SIDES.index(self.side)]


@dataclass(frozen=True)
class _Graph:
    """The graph of a formula under these settings, of which proven signs are known."""

    record: Activation
    settings: Mapping[str, Any]

    @property
    def constants(self) -> dict[str, Any]:
        """The values of the formula's names other than x."""
        return self.record.constants(self.settings)

    def signs(self, low: Array, high: Array, y: Array | None) -> Array:
        """Return the proven signs of f - y at (low + high)/2, or of f' if y is None; nan where undecided."""
        tree = parsed(self.record.formula, ("x", *self.constants))

        def compute(ring: Ring, places: Places) -> list[Column]:
            arb = flint().arb
            ends = zip(low[places].tolist(), high[places].tolist(), strict=True)
            names = scope(ring, self.constants)
            names["x"] = [[(arb(p) + arb(q)) / 2 for p, q in ends], *[ring.number(1)] * ring.order]
            f = Walk(ring)(tree, names)
            if y is not None:
                f = ring.sub(f, scope(ring, {"y": y[places]})["y"])
            return [coefficient(f, ring.order)]

        with doubts.uncounted():
            found = rounded(compute, (1, len(low)), int(y is None), "sign")
        return xp.where(found.undecided[0], xp.nan, found.values[0])

    def unbroken(self, low: Array, high: Array) -> NDArray[Any]:
        """Return where the formula has no change of branch from `low` to `high`: f cannot jump there."""
        arb = flint().arb
        names = scope(Ring(0), self.constants)
        pairs = zip(low.tolist(), high.tolist(), strict=True)
        names["x"] = [[arb((arb(p) + arb(q)) / 2, (arb(q) - arb(p)) / 2) for p, q in pairs]]
        column = Walk(Ring(0))(parsed(self.record.formula, ("x", *self.constants)), names)[0]
        balls = column if isinstance(column, list) else [column] * len(low)
        return xp.array([not ball.is_nan() for ball in balls], dtype=bool)

    def sides(self) -> list[Side]:
        """Return the intervals on which f has values and is monotone, from left to right.

        Raises UsageError if f is constant somewhere.
        """
        inner = xp.arange(-_DENSE * 16, _DENSE * 16 + 1) / 16 + 2.0**-9
        outer = xp.concatenate([xp.geomspace(_DENSE + 1, 1e6, 60), xp.geomspace(2e6, 1e300, 40)])
        grid = xp.concatenate([-outer[::-1], inner, outer])
        slope = self.signs(grid, grid, None)
        if ((slope[1:] == 0) & (slope[:-1] == 0)).any():
            raise UsageError(f"{self.record.name} is constant somewhere and has no inverse")
        found = []
        for low, high in self._branches(grid):
            within = (grid >= low) & (grid <= high) & (abs(slope) == 1)
            x, sign = grid[within], slope[within]
            turns = xp.flatnonzero(sign[1:] != sign[:-1])
            edges = [low, *(self._turn(x[k], x[k + 1], sign[k]) for k in turns), high]
            rises = (sign[[*turns, -1]] > 0).tolist() if len(sign) else []
            found += [Side(*ends, up) for ends, up in zip(pairwise(edges), rises, strict=False)]
        return found

    def _branches(self, grid: Array) -> list[tuple[float, float]]:
        """Return the intervals of float64 on which f has values, separated at poles, from left to right."""
        has_value = self._has_value(grid)
        poles = Graph(self.record, self.settings).poles
        found = []
        for start, stop in runs(has_value).tolist():
            low, high = -_LARGEST, _LARGEST
            if start > 0:
                low = _bisected(grid[start], grid[start - 1], self._has_value)[0]
            if stop < len(grid):
                high = _bisected(grid[stop - 1], grid[stop], self._has_value)[0]
            for pole in (p for p in poles if low < p < high):
                before = pole if self._has_value(xp.array([pole]))[0] else math.nextafter(pole, -math.inf)
                found.append((low, before))
                low = math.nextafter(pole, math.inf)
            found.append((low, high))
        return found

    def _has_value(self, x: Array) -> NDArray[Any]:
        """Return where f is known to be a number."""
        return ~xp.isnan(self.signs(x, x, xp.zeros(x.shape)))

    def _turn(self, low: float, high: float, sign: float) -> float:
        """Return the least float64 from `low` to `high` at which f' no longer has this sign."""
        return _bisected(low, high, lambda x: self.signs(x, x, None) == sign)[1]


def _bisected(inside: float, outside: float, holds: Callable[[Array], NDArray[Any]]) -> tuple[float, float]:
    """Return the last float64 from `inside` towards `outside` for which `holds` is true, and the next one."""
    one, other = ranks(xp.array([inside, outside])).tolist()
    while abs(other - one) > 1:
        middle = (one + other) // 2
        if holds(from_zero("float64", xp.array([middle])))[0]:
            one = middle
        else:
            other = middle
    last, next_ = from_zero("float64", xp.array([one, other])).tolist()
    return last, next_


def _between(graph: _Graph, y: Array, ends: tuple[float, float], up: float, dtype: str) -> Array:
    """Return the x nearest to the solution of f(x) = y between the ends; nan where f jumps past y.

    up: 1 if f rises, -1 if it falls. dtype: the type to which x is rounded.
    """
    first, last = (xp.full(y.shape, ranks(xp.array([end]))[0]) for end in ends)
    while (open_ := xp.flatnonzero(first + 1 < last)).size:
        middle = first[open_] // 2 + last[open_] // 2 + (first[open_] & last[open_] & 1)
        x = from_zero("float64", middle)
        sign = graph.signs(x, x, y[open_]) * up
        first[open_] = xp.where(sign > 0, first[open_], middle)  # 0 and nan move both: f is y
        last[open_] = xp.where(sign < 0, last[open_], middle)
    low, high = from_zero("float64", first), from_zero("float64", last)
    sign = graph.signs(low, high, y) * up
    odd_low = first & 1 == 1
    jumps = (first != last) & ~graph.unbroken(low, high) & (graph.signs(low, low, y) != 0)
    low, high = (xp.where(jumps, xp.nan, x) for x in (low, high))
    if dtype == "float64":
        nearest: Array = xp.where((sign > 0) | ((sign == 0) & ~odd_low), low, high)
        return nearest
    at_low, at_high = (graph.signs(x, x, y) == 0 for x in (low, high))
    odd: Array = xp.where(at_low | (odd_low & ~at_high), low, high)
    return as_type(odd, dtype)
