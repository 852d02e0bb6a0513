"""What a curve has: corners, limits, asymptotes, zeros, its steepest place. Computed, never written down.

All of it is of an ELEMENTWISE activation under given settings, and comes from the engine alone.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from actcli.activations import formula
from actcli.engine import evaluate
from actcli.exact import FORMULA, of_formula
from actcli.numeric import doubts, xp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from actcli.activations.record import Activation
    from actcli.numeric import Array

    Function = Callable[[Array], Array]

ORDERS: Final = (0, 1, 2)
_JUMP: Final = 1e-9  # relative; less is rounding
_BESIDE: Final = 4  # units in the last place; a kink at a quotient may lie one beside its rounded place
_FAR: Final = 2.0**20  # 1/x^2 is invisible from here, and half a unit is not
_SEEN: Final = 1e-8  # what remains of an intercept after rounding at _FAR is below
_DENSE: Final = 20.0  # the grid is even up to here, geometric beyond
_STEP: Final = 1e-4  # relative, from a place where f may turn to its neighbours
_SETTLED: Final = 1e-15
_FLAT: Final = 1e-12  # |f| relative to 1 + |x| that rounding alone may give
_TOUCH: Final = 1e-13  # a zero without a change of sign is found to the root of the spacing of floats


@dataclass(frozen=True)
class Graph:
    """The graph of an ELEMENTWISE activation under these settings: f(x), or f(x, 1) and f(x, 2)."""

    activation: Activation
    settings: Mapping[str, Any]

    def __call__(self, x: Array, order: int = 0) -> Array:
        """The values of f, f' or f'' at x; at infinities of a typed formula, what they tend to far out.

        Doubts about them are not counted: they are no results.
        """
        with doubts.uncounted():
            y = evaluate(self.activation, x, order, **self.settings)
            unknown = xp.isinf(x) & xp.isnan(y)
            if self.activation.family == FORMULA and unknown.any():
                far = xp.array([[2.0**300], [2.0**450], [2.0**600]]) * xp.sign(x[unknown])
                y[unknown] = _tendency(*evaluate(self.activation, far, order, **self.settings))
        return y


def _tendency(near: Array, far: Array, farther: Array) -> Array:
    """Return what values at growing distances tend to: a number, an infinity, or nan where it is neither."""
    with xp.errstate(invalid="ignore", over="ignore"):  # infinities
        settled = abs(farther - far) <= _SETTLED * abs(farther)
    sizes = abs(near), abs(far), abs(farther)
    grows = (sizes[0] < sizes[1]) & (sizes[1] < sizes[2]) & (sizes[1] > 1 / _SETTLED)
    grows &= xp.sign(farther) == xp.sign(far)
    decays = (sizes[2] < sizes[1]) & (sizes[1] < _SETTLED)
    limit = xp.where(grows, xp.copysign(xp.inf, farther), xp.where(decays, 0.0, xp.nan))
    return xp.where(settled | (farther == far), farther, limit)


@dataclass(frozen=True)
class Corner:
    """A place where f, f' or f'' jumps: their values just left of it, there, and just right of it.

    `sides` are the points that stand for left and right: so near that only a jump lies between.
    """

    x: float
    sides: tuple[float, float]
    left: tuple[float, ...]
    at: tuple[float, ...]
    right: tuple[float, ...]

    def jumps(self, order: int) -> bool:
        """Whether this derivative (0: f itself) jumps here, or stands alone."""
        values = self.left[order], self.at[order], self.right[order]
        return max(values) - min(values) > _JUMP * max(1.0, *map(abs, values))


@dataclass(frozen=True)
class Line:
    """A straight line: slope x + intercept."""

    slope: float
    intercept: float

    def at(self, x: Array) -> Array:
        """Its values."""
        return self.slope * x + self.intercept

    def equation(self) -> str:
        """Such as y = x - 0.5, in six digits."""
        slope = {0.0: "", 1.0: "x", -1.0: "-x"}.get(self.slope, f"{self.slope:.6g} x")
        if not slope:
            return f"y = {self.intercept:.6g}"
        sign = "-" if self.intercept < 0 else "+"
        return f"y = {slope}" + (f" {sign} {abs(self.intercept):.6g}" if self.intercept else "")


@dataclass(frozen=True)
class Zeros:
    """A point, or an interval, where a function is zero; an end belongs to it unless it is open."""

    low: float
    high: float
    open_low: bool = False
    open_high: bool = False


def corners(f: Graph) -> list[Corner]:
    """The kinks that are there under these settings, from left to right."""
    places = sorted({*(kink.near(f.settings) for kink in f.activation.kinks), *_switches(f)})
    x = xp.array([p for p in places if math.isfinite(p)])
    near = _BESIDE * abs(xp.spacing(x))
    points = xp.stack([x - near, x, x + near])
    values = [f(points, order) for order in ORDERS]
    found = [
        Corner(
            float(x[k]),
            (float(points[0, k]), float(points[2, k])),
            *(tuple(float(y[side, k]) for y in values) for side in range(3)),
        )
        for k in range(len(x))
    ]
    return [corner for corner in found if any(map(corner.jumps, ORDERS))]


def _switches(f: Graph) -> Iterator[float]:
    """Yield where a typed formula goes over from one branch to another."""
    if f.activation.family != FORMULA:
        return
    for text in formula.switches(formula.parse(f.activation.formula).tree):
        record = of_formula(text)
        settings = {p.name: f.settings[p.name] for p in record.parameters}
        for zeros in _zeros(Graph(record, settings), record.domain, []):
            yield from filter(math.isfinite, (zeros.low, zeros.high))


def limits(f: Graph) -> tuple[float, float]:
    """The limits at the ends of where it is defined, mostly -inf and inf; nan where there is none."""
    low, high = f(xp.array(f.activation.domain)) + 0.0  # no negative zero
    return float(low), float(high)


def asymptotes(f: Graph) -> list[Line]:
    """The lines that the curve comes near to, but does not reach, at -inf and at inf."""
    found = [_asymptote(f, side) for side in (-1.0, 1.0)]
    return list(dict.fromkeys(line for line in found if line))


def _asymptote(f: Graph, side: float) -> Line | None:
    x = side * xp.array([xp.inf, _FAR, 2 * _FAR])
    limit, slope = float(f(x)[0]), float(f(x, 1)[0])
    if math.isfinite(limit):
        line = Line(0.0, limit + 0.0)  # no negative zero
    elif math.isfinite(slope) and slope:
        near, far = f(x)[1:] - slope * x[1:]
        intercept = 2 * far - near  # Richardson's step takes the term in 1/x away
        line = Line(slope, 0.0 if abs(intercept) < _SEEN else float(f"{intercept:.9g}"))
    else:
        return None
    bends = [side * corner.x for corner in corners(f)]
    beyond = (
        side * (max(bends) + xp.geomspace(1e-4, 1.0, 9)) if bends else xp.linspace(-_DENSE, _DENSE, 81)
    )  # without a corner, a curve that leaves the line anywhere never reaches it
    away = abs(f(beyond) - line.at(beyond)) > _JUMP * (1 + abs(f(beyond)))
    return line if bool(away.any()) else None


def roots(f: Graph) -> list[Zeros]:
    """Where f is 0."""
    return _zeros(f, f.activation.domain, _places(f))


def extremes(f: Graph) -> list[tuple[float, float]]:
    """Return the places of strict local minima and maxima, where the grid is dense, and the values there.

    A smooth one is where f' changes its sign, found down to neighbouring floats; others are at corners.
    """
    bends = corners(f)
    grid = _grid(f.activation.domain, [c.x for c in bends])
    grid = grid[abs(grid) <= _DENSE]
    slope = f(grid, 1)
    found = {*(c.x for c in bends), *grid[1:-1][(slope[1:-1] == 0) & (slope[:-2] * slope[2:] < 0)].tolist()}
    before, after = slope.copy(), slope.copy()  # at corners, those of their sides
    for c in bends:
        before[grid == c.x], after[grid == c.x] = c.left[1], c.right[1]
    changes = xp.flatnonzero(after[:-1] * before[1:] < 0)
    found |= set(_halved(lambda x: f(x, 1), grid[changes], grid[changes + 1], after[changes])[0].tolist())
    x = xp.array(sorted(found))
    step = xp.maximum(abs(x), 1.0) * _STEP
    at = f(x)
    beside = f(x - step) - at, f(x + step) - at
    turns = (beside[0] * beside[1] > 0) & (xp.minimum(*map(abs, beside)) > _FLAT * (1 + abs(at)))
    return list(zip(x[turns].tolist(), at[turns].tolist(), strict=True))


def fixed_points(f: Graph) -> list[Zeros]:
    """Where f(x) is x."""
    return _zeros(lambda x: f(x) - x, f.activation.domain, _places(f))


def lipschitz(f: Graph) -> float:
    """The largest |f'|, or the least upper bound of it; inf where f jumps."""
    bends = corners(f)
    if any(corner.jumps(0) for corner in bends):
        return math.inf
    sides = [slope for c in bends for slope in (c.left[1], c.at[1], c.right[1])]
    ends = f(xp.array(f.activation.domain), 1)
    inside = _peak(lambda x: abs(f(x, 1)), _grid(f.activation.domain, [c.x for c in bends]))
    return max(inside, *(abs(float(slope)) for slope in (*ends, *sides) if not math.isnan(slope)), 0.0)


def _places(f: Graph) -> list[float]:
    return [corner.x for corner in corners(f)]


def _grid(domain: tuple[float, float], places: list[float]) -> Array:
    """Points from -1e6 to 1e6: even where most happens, with 0 and the corners among them; in the domain."""
    inner = xp.arange(-_DENSE * 100, _DENSE * 100 + 1) / 100
    outer = xp.geomspace(_DENSE, 1e6, 400)
    grid = xp.unique(xp.concatenate([-outer, inner, outer, xp.array([0.0, *places])]))
    return grid[(grid > domain[0]) & (grid < domain[1])]


def _peak(function: Function, grid: Array) -> float:
    """The largest value: about the three highest points of the grid, finer and finer."""
    y = function(grid)
    highest = -xp.inf
    for place in xp.argsort(xp.where(xp.isnan(y), -xp.inf, y))[-3:]:
        low, high = grid[max(place - 1, 0)], grid[min(place + 1, len(grid) - 1)]
        for _ in range(9):
            x = xp.linspace(low, high, 65)
            top = int(xp.nanargmax(function(x)))
            low, high = x[max(top - 1, 0)], x[min(top + 1, 64)]
        highest = max(highest, float(xp.nanmax(function(x))))
    return float(max(highest, xp.nanmax(y)))


def _zeros(function: Function, domain: tuple[float, float], places: list[float]) -> list[Zeros]:
    grid = _grid(domain, places)
    y = function(grid)
    certain = abs(y) > _FLAT * (1 + abs(grid))  # of less, rounding decides
    found = [*_points(grid, y, certain), *_plateaus(function, grid, y, [*places, 0.0])]
    found += _crossings(function, grid[certain], y[certain], found)
    found += _touches(function, grid, y, places)
    return sorted(found, key=lambda zeros: zeros.low)


def _points(grid: Array, y: Array, certain: NDArray[Any]) -> Iterator[Zeros]:
    """Exact zeros at single points of the grid, between values that are surely none."""
    for place in xp.flatnonzero((y[1:-1] == 0) & certain[:-2] & certain[2:]) + 1:
        yield Zeros(float(grid[place]), float(grid[place]))


def _plateaus(function: Function, grid: Array, y: Array, places: list[float]) -> Iterator[Zeros]:
    """Runs of exact zeros that end at corners or at 0; other runs are underflow or rounding."""
    edges = xp.flatnonzero(xp.diff(xp.concatenate([[False], y == 0, [False]]).astype(int)))
    for first, behind in edges.reshape(-1, 2):
        low = -math.inf if first == 0 else _corner_at(grid[first], grid[first - 1], places)
        high = math.inf if behind == len(y) else _corner_at(grid[behind - 1], grid[behind], places)
        if behind - first > 1 and low is not None and high is not None:
            yield Zeros(low, high, not _zero_at(function, low), not _zero_at(function, high))


def _corner_at(inside: float, outside: float, places: list[float]) -> float | None:
    """The corner at which a run of zeros ends: its last point, or the next one."""
    return next((float(place) for place in (inside, outside) if place in places), None)


def _zero_at(function: Function, x: float) -> bool:
    return math.isfinite(x) and bool(function(xp.array([x]))[0] == 0)


def _crossings(function: Function, grid: Array, y: Array, known: list[Zeros]) -> Iterator[Zeros]:
    """Changes of sign, halved down to neighbouring floats; jumps over zero and known zeros are none."""
    changes = xp.flatnonzero(xp.sign(y[:-1]) * xp.sign(y[1:]) < 0)
    places = [k for k in changes.tolist() if not any(grid[k] < zeros.low < grid[k + 1] for zeros in known)]
    start, stop = grid[places], grid[[place + 1 for place in places]]
    ends = _halved(function, start, stop, y[places])
    sizes = [abs(function(end)) for end in ends]
    for low, high, *both in zip(*ends, *sizes, strict=True):
        nearest = float(low if both[0] < both[1] else high)
        if abs(nearest) < sys.float_info.min:  # of what is smaller, underflow makes zeros
            nearest, is_root = 0.0, _zero_at(function, 0.0)
        else:
            is_root = min(both) == 0 or max(both) < _FLAT * (1 + abs(nearest))
        if is_root:
            yield Zeros(nearest, nearest)


def _halved(function: Function, low: Array, high: Array, before: Array) -> tuple[Array, Array]:
    """Return the neighbouring floats in each interval between which the function leaves the sign of `before`.

    A place where it is exactly 0 is both of them. Floats are halved by their rank among all floats, which
    takes 64 steps at most, also next to 0.
    """
    first, last = _rank(low), _rank(high)
    while (apart := first + 1 < last).any():
        middle = (first & last) + ((first ^ last) >> 1)
        y = function(_rank(middle, back=True))
        same, zero = xp.sign(y) == xp.sign(before), y == 0
        first = xp.where(apart & (same | zero), middle, first)
        last = xp.where(apart & ~same, middle, last)
    return _rank(first, back=True), _rank(last, back=True)


def _rank(x: NDArray[Any], *, back: bool = False) -> NDArray[Any]:
    """Return the rank of each float64 among all, an integer that is 0 at 0; or `back` the float of a rank."""
    bits = x.view(xp.int64)
    ranks = bits ^ ((bits >> 63) & xp.iinfo(xp.int64).max)
    return ranks.view(xp.float64) if back else ranks


def _touches(function: Function, grid: Array, y: Array, places: list[float]) -> Iterator[Zeros]:
    """Zeros without a change of sign, in the dense part of the grid; not what only nears 0 at a corner."""
    size = abs(y)
    dips = (size[1:-1] < size[:-2]) & (size[1:-1] < size[2:]) & (size[1:-1] > 0) & (abs(grid[1:-1]) < _DENSE)
    clear = xp.minimum(size[:-2], size[2:]) > 1e4 * _FLAT * (1 + abs(grid[1:-1]))
    for place in xp.flatnonzero(dips & clear & (xp.sign(y[:-2]) == xp.sign(y[2:]))) + 1:
        low, high = grid[place - 1], grid[place + 1]
        if any(low <= corner <= high for corner in places):
            continue
        for _ in range(9):
            x = xp.linspace(low, high, 65)
            deep = int(xp.argmin(abs(function(x))))
            low, high = x[max(deep - 1, 0)], x[min(deep + 1, 64)]
        if abs(function(x)[deep]) < _TOUCH:
            yield Zeros(float(x[deep]), float(x[deep]))
