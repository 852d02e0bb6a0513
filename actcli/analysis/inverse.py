"""The inverse of a function: the x at which it has a value, correctly rounded, by bisection with balls."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actcli.activations.evaluation import Walk, parsed, scope
from actcli.activations.record import Kind
from actcli.errors import UsageError
from actcli.numeric import doubts, xp
from actcli.numeric.balls import Ring, coefficient, flint
from actcli.numeric.rounding import as_type, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from actcli.activations.record import Activation
    from actcli.numeric import Array, Jet
    from actcli.numeric.balls import Column

    Places = NDArray[Any]

SIDES: Final = ("left", "right")
_DENSE: Final = 20.0
_LARGEST: Final = sys.float_info.max


class Side(NamedTuple):
    """A range of float64 on which a function rises, or falls."""

    low: float
    high: float
    rises: bool


def inverse(record: Activation, side: str = "") -> Activation:
    """Return the inverse of an activation as one, of order 0 alone.

    side: "left" or "right" of the one turning point that the function may have; empty where it has none.
    Parameters decide whether it has one: so it is the jet that raises UsageError where the side does not suit
    it, and where the function is constant somewhere.
    Raises UsageError for VECTOR and GATED activations, MissingExtra where python-flint is not installed.
    """
    flint()
    if record.kind is not Kind.ELEMENTWISE:
        raise UsageError(f"{record.name} is of several numbers and has no inverse")
    return _inverse(record, side)


def _inverse(record: Activation, side: str) -> Activation:
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
    """The jet of an inverse."""

    record: Activation
    side: str

    def __call__(
        self,
        y: Array,
        orders: frozenset[int] = frozenset((0,)),  # noqa: ARG002  there is one
        dtype: str = "float64",
        **settings: Any,
    ) -> Jet:
        """Yield the x of each y, nan where there is none: float64 that the type of this name has too."""
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
        """Return the side that is meant. UsageError where there is no such one."""
        name, sides = self.record.name, graph.sides()
        if len(sides) == 1:
            if self.side:
                raise UsageError(f"--side: {name} has one side; leave it out")
            return sides[0]
        if len(sides) > len(SIDES):
            raise UsageError(f"{name} turns more than once and has no inverse")
        if not self.side:
            raise UsageError(f"--inverse: {name} turns at x = {sides[0].high:.6g}; say --side left, or right")
        return sides[SIDES.index(self.side)]


@dataclass(frozen=True)
class _Graph:
    """The graph of a formula under these settings, seen through signs that are proven."""

    record: Activation
    settings: Mapping[str, Any]

    @property
    def constants(self) -> dict[str, Any]:
        """What the names of the formula mean, but x."""
        return self.record.constants(self.settings)

    def signs(self, low: Array, high: Array, y: Array | None) -> Array:
        """Return the signs of f - y midway between numbers, of f' without y; nan where none is known."""
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
        """Return where no branch of the formula changes between numbers, so that f cannot jump there."""
        arb = flint().arb
        names = scope(Ring(0), self.constants)
        pairs = zip(low.tolist(), high.tolist(), strict=True)
        names["x"] = [[arb((arb(p) + arb(q)) / 2, (arb(q) - arb(p)) / 2) for p, q in pairs]]
        column = Walk(Ring(0))(parsed(self.record.formula, ("x", *self.constants)), names)[0]
        balls = column if isinstance(column, list) else [column] * len(low)
        return xp.array([not ball.is_nan() for ball in balls], dtype=bool)

    def sides(self) -> list[Side]:
        """Return the ranges on which the function rises or falls. UsageError where it is constant."""
        inner = xp.arange(-_DENSE * 16, _DENSE * 16 + 1) / 16 + 2.0**-9
        outer = xp.concatenate([xp.geomspace(_DENSE + 1, 1e6, 60), xp.geomspace(2e6, 1e300, 40)])
        grid = xp.concatenate([-outer[::-1], inner, outer])
        sign = self.signs(grid, grid, None)
        if ((sign[1:] == 0) & (sign[:-1] == 0)).any():
            raise UsageError(f"{self.record.name} is constant somewhere and has no inverse")
        grid, sign = grid[abs(sign) == 1], sign[abs(sign) == 1]
        turns = xp.flatnonzero(sign[1:] != sign[:-1])
        edges = [-_LARGEST, *(self._turn(grid[k], grid[k + 1], sign[k]) for k in turns), _LARGEST]
        directions = [*(bool(sign[k] > 0) for k in turns), bool(sign[-1] > 0)]
        return [Side(a, b, rises) for a, b, rises in zip(edges, edges[1:], directions, strict=False)]

    def _turn(self, low: float, high: float, sign: float) -> float:
        """Return the float64 at which f' has no longer this sign."""
        first, last = _order(xp.array([low, high])).tolist()
        while last - first > 1:
            middle = xp.array([first + (last - first) // 2])
            x = _number(middle)
            if self.signs(x, x, None)[0] == sign:
                first = int(middle[0])
            else:
                last = int(middle[0])
        return float(_number(xp.array([last]))[0])


def _between(graph: _Graph, y: Array, ends: tuple[float, float], up: float, dtype: str) -> Array:
    """Return the x nearest to where f is y, which lies between the ends; `up` is 1 if f rises, else -1."""
    first, last = (xp.full(y.shape, _order(xp.array([end]))[0]) for end in ends)
    while (open_ := xp.flatnonzero(first + 1 < last)).size:
        middle = first[open_] // 2 + last[open_] // 2 + (first[open_] & last[open_] & 1)
        x = _number(middle)
        sign = graph.signs(x, x, y[open_]) * up
        first[open_] = xp.where(sign > 0, first[open_], middle)  # also at what balls cannot tell from f
        last[open_] = xp.where(sign < 0, last[open_], middle)
    low, high = _number(first), _number(last)
    sign = graph.signs(low, high, y) * up
    odd_low = first & 1 == 1
    jumps = (first != last) & ~graph.unbroken(low, high)
    low, high = (xp.where(jumps, xp.nan, x) for x in (low, high))
    if dtype == "float64":
        nearest: Array = xp.where((sign > 0) | ((sign == 0) & ~odd_low), low, high)
        return nearest
    at_low, at_high = (graph.signs(x, x, y) == 0 for x in (low, high))
    odd: Array = xp.where(at_low | (odd_low & ~at_high), low, high)
    return as_type(odd, dtype)


def _order(x: Array) -> NDArray[Any]:
    """Return how many float64 lie between 0 and these, with their sign."""
    return xp.where(x < 0, -1, 1) * abs(x).view(xp.int64)


def _number(places: NDArray[Any]) -> Array:
    """Return the float64 at these places of the order."""
    x: Array = xp.copysign(abs(places).view(xp.float64), places)
    return x
