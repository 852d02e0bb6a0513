"""Landmarks of a curve: corners, limits, asymptotes, zeros, extrema, Lipschitz constant.

All are computed numerically by the engine, for an ELEMENTWISE activation under given settings; none is
stated by a record.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from actcli.activations import formula
from actcli.engine import evaluate
from actcli.exact import FORMULA, of_formula
from actcli.numeric import doubts, runs, xp
from actcli.numeric.dtypes import from_zero, ranks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from actcli.activations.record import Activation
    from actcli.numeric import Array

    Function = Callable[[Array], Array]

ORDERS: Final = (0, 1, 2)
_JUMP: Final = 1e-9  # relative difference of values; smaller ones are rounding
_BESIDE: Final = 4  # ulp from a kink to its sides; a kink at a quotient may lie one ulp beside its rounded x
_FAR: Final = 2.0**20  # |x| from which f = x + 0.5 + 1/x^2 rounds to x + 0.5
_SEEN: Final = 1e-8  # intercepts below are taken for rounding errors of values at _FAR
_DENSE: Final = 20.0  # the grid is even up to here, geometric beyond
_STEP: Final = 1e-4  # relative distance from a possible extremum to the points it is compared with
_SETTLED: Final = 1e-15
_SHARES: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.55)  # of far x; waves have no limit in common at all of them
_STEADY: Final = 0.9  # of one step's growth in the next, with which a function grows for ever, as log does
_UNBOUNDED: Final = 2.0  # the growth in the last refinement of a peak from which it has no bound
_DISTANCES: Final = (4, 64, 1024)  # units in the last place from where a pole may be
_GROWTH: Final = 4.0  # the growth of |f| from one of these distances to the next that only a pole has
_FLAT: Final = 1e-12  # |f| relative to 1 + |x| below which rounding may decide its sign
_FEW: Final = 8  # places beyond |x| = 20, of which a wave has more
_AT_ONCE: Final = 4096  # about so many points are evaluated at once
_TINY: Final = 1e-100  # |x| below which x^3 and higher powers may underflow
_TOUCH: Final = 1e-13  # |f| below which a minimum of |f| counts as a double zero


@dataclass(frozen=True)
class Graph:
    """The graph of an ELEMENTWISE activation under these settings; call it as f(x) or f(x, order)."""

    activation: Activation
    settings: Mapping[str, Any]

    def __call__(self, x: Array, order: int = 0) -> Array:
        """Return f, or its derivative of this order, at `x`; for typed formulas limits at infinities.

        A formula's limit is estimated from values far out, nan if these do not settle. Doubts about the
        values are not counted: they are no results of the user's.
        """
        with doubts.uncounted():
            y = evaluate(self.activation, x, order, **self.settings)
            unknown = xp.isinf(x) & xp.isnan(y)
            if self.activation.family == FORMULA and unknown.any():
                far = xp.array([[2.0**300], [2.0**450], [2.0**600]]) * xp.sign(x[unknown])
                found = [
                    _tendency(*evaluate(self.activation, far * share, order, **self.settings))
                    for share in _SHARES
                ]
                y[unknown] = xp.where((found[0] == found).all(axis=0), found[0], xp.nan)
        return y

    @cached_property
    def corners(self) -> list[Corner]:
        """The corners of the curve, from left to right."""
        places = {*(kink.near(self.settings) for kink in self.activation.kinks), *_switches(self)}
        far = [place for place in places if abs(place) > _DENSE]
        if self.activation.family == FORMULA and len(far) > _FEW:  # a wave has no end of them
            places.difference_update(far)
        x = xp.array(sorted(filter(math.isfinite, places)))
        near = _BESIDE * abs(xp.spacing(x))
        points = xp.stack([x - near, x, x + near])
        with doubts.uncounted():
            values = evaluate(self.activation, points, ORDERS, **self.settings)
        found = [
            Corner(
                float(x[k]),
                (float(points[0, k]), float(points[2, k])),
                *(tuple(float(y[side, k]) for y in values) for side in range(3)),
            )
            for k in range(len(x))
        ]
        return [corner for corner in found if any(map(corner.jumps, ORDERS))]

    @cached_property
    def poles(self) -> list[float]:
        """The x near which a typed formula has no bound, or at which it has no value.

        Of a wave those with |x| <= 20. Of built-in activations none has such points but at the ends of its
        domain.
        """
        if self.activation.family != FORMULA:
            return []
        grid = _grid(self.activation.domain, _places(self))
        with doubts.uncounted():
            y, slope = evaluate(self.activation, grid, (0, 1), **self.settings)
        finite = xp.isfinite(y)
        alone = xp.flatnonzero(~finite[1:-1] & finite[:-2] & finite[2:]) + 1
        found = set(grid[alone].tolist())
        with xp.errstate(invalid="ignore"):
            crosses, turns = (xp.sign(v[:-1]) * xp.sign(v[1:]) for v in (y, slope))
        for order, values, where in ((0, y, crosses < 0), (1, slope, (crosses > 0) & (turns < 0))):
            at = _few_far(grid, xp.flatnonzero(where))
            low, high = _halved(partial(self, order=order), grid[at], grid[at + 1], values[at])
            found |= set(low[self._grows_towards(low, high)].tolist())
        twice = {x for x in found for other in grid[alone] if 0 < abs(x - other) < _STEP}
        return sorted(found - twice)

    def _grows_towards(self, low: Array, high: Array) -> NDArray[Any]:
        """Return whether |f| grows without end towards neighbouring floats `low` and `high`, as at a pole.

        Nearer by a factor of 16, it is larger by about as much, or more; at a root, jump or peak it is not.
        """
        near, middle, far = _sizes_beside(self, low, high, _DISTANCES)
        grows: NDArray[Any] = (near >= _GROWTH * middle) & (middle >= _GROWTH * far) & (far > 0)
        return grows


def _sizes_beside(function: Function, low: Array, high: Array, distances: Iterable[int]) -> list[Array]:
    """Return the larger |f| of both sides at distances, in last places, from neighbouring floats."""
    spacing = xp.spacing(xp.maximum(abs(low), abs(high)))
    steps = (distance * spacing for distance in distances)
    return [xp.fmax(abs(function(low - step)), abs(function(high + step))) for step in steps]


def _tendency(near: Array, far: Array, farther: Array) -> Array:
    """Return the limit that values at three growing distances suggest: a number, +-infinity, or nan."""
    with xp.errstate(invalid="ignore", over="ignore"):  # infinities
        settled = abs(farther - far) <= _SETTLED * abs(farther)
    sizes = abs(near), abs(far), abs(farther)
    grows = (sizes[0] < sizes[1]) & (sizes[1] < sizes[2]) & (sizes[1] > 1 / _SETTLED)
    grows &= xp.sign(farther) == xp.sign(far)
    with xp.errstate(invalid="ignore", over="ignore"):
        steps = abs(far - near), abs(farther - far)
    grows |= (sizes[0] < sizes[1]) & (sizes[1] < sizes[2]) & (steps[1] >= _STEADY * steps[0]) & (steps[0] > 1)
    decays = (sizes[2] < sizes[1]) & (sizes[1] < _SETTLED)
    limit = xp.where(grows, xp.copysign(xp.inf, farther), xp.where(decays, 0.0, xp.nan))
    return xp.where(settled | (farther == far), farther, limit)


@dataclass(frozen=True)
class Corner:
    """An x at which f, f' or f'' jumps, with their values just left of it, at it, and just right of it.

    sides: the points at which left and right values are computed, a few units in the last place beside x.
    left, at, right: the values of f, f' and f''.
    """

    x: float
    sides: tuple[float, float]
    left: tuple[float, ...]
    at: tuple[float, ...]
    right: tuple[float, ...]

    def jumps(self, order: int) -> bool:
        """Return whether f (order 0), f' or f'' jumps here: its two limits and its value differ."""
        values = self.left[order], self.at[order], self.right[order]
        return max(values) - min(values) > _JUMP * max(1.0, *map(abs, values))


@dataclass(frozen=True)
class Line:
    """The straight line y = slope x + intercept."""

    slope: float
    intercept: float

    def at(self, x: Array) -> Array:
        """Return the line's y at `x`."""
        return self.slope * x + self.intercept

    def equation(self) -> str:
        """Return the equation, such as y = x - 0.5, with six significant digits."""
        slope = {0.0: "", 1.0: "x", -1.0: "-x"}.get(self.slope, f"{self.slope:.6g} x")
        if not slope:
            return f"y = {self.intercept:.6g}"
        sign = "-" if self.intercept < 0 else "+"
        return f"y = {slope}" + (f" {sign} {abs(self.intercept):.6g}" if self.intercept else "")


@dataclass(frozen=True)
class Zeros:
    """A point, or an interval [low, high], at which a function is zero; open ends are excluded."""

    low: float
    high: float
    open_low: bool = False
    open_high: bool = False


def _switches(f: Graph) -> Iterator[float]:
    """Yield each x at which a typed formula changes from one branch to another."""
    if f.activation.family != FORMULA:
        return
    for text in formula.switches(formula.parse(f.activation.formula).tree):
        record = of_formula(text)
        settings = {p.name: f.settings[p.name] for p in record.parameters}
        for zeros in _zeros(Graph(record, settings), record.domain, []):
            yield from filter(math.isfinite, (zeros.low, zeros.high))


def limits(f: Graph) -> tuple[float, float]:
    """Return the limits of f at the lower and the upper end of its domain, nan where there is none."""
    low, high = f(xp.array(f.activation.domain)) + 0.0  # no negative zero
    return float(low), float(high)


def asymptotes(f: Graph) -> list[Line]:
    """Return the distinct asymptotes at -inf and inf; not lines with which the curve coincides far out."""
    found = [_asymptote(f, side) for side in (-1.0, 1.0)]
    return list(dict.fromkeys(line for line in found if line))


def _asymptote(f: Graph, side: float) -> Line | None:
    """Return the asymptote at -inf (side -1) or inf (side 1); None if there is none, or f reaches it."""
    x = side * xp.array([xp.inf, _FAR, 2 * _FAR])
    y = f(x)
    limit, slope = float(y[0]), float(f(x[:1], 1)[0])
    if math.isfinite(limit):
        line = Line(0.0, limit + 0.0)  # no negative zero
    elif math.isfinite(slope) and slope:
        near, far = y[1:] - slope * x[1:]
        intercept = 2 * far - near  # Richardson's extrapolation eliminates the term in 1/x
        line = Line(slope, 0.0 if abs(intercept) < _SEEN else float(f"{intercept:.9g}"))
    else:
        return None
    bends = [side * corner.x for corner in f.corners]
    beyond = (
        side * (max(bends) + xp.geomspace(1e-4, 1.0, 9)) if bends else xp.linspace(-_DENSE, _DENSE, 81)
    )  # without a corner, a curve that leaves the line anywhere never reaches it
    there = f(beyond)
    away = abs(there - line.at(beyond)) > _JUMP * (1 + abs(there))
    return line if bool(away.any()) else None


def roots(f: Graph) -> list[Zeros]:
    """Return the zeros of f, points and intervals, in rising order.

    Those of a typed formula include corners at which it is 0 up to rounding of x.
    """
    found = _zeros(f, f.activation.domain, _places(f))
    if f.activation.family != FORMULA:
        return found
    for corner in f.corners:
        steepest = max(abs(corner.left[1]), abs(corner.right[1]))
        touches = abs(corner.at[0]) <= _BESIDE * float(xp.spacing(abs(corner.x))) * steepest
        rest = _FLAT * (1 + abs(corner.x))
        if touches and not any(z.low - rest <= corner.x <= z.high + rest for z in found):
            found.append(Zeros(corner.x, corner.x))
    return sorted(found, key=lambda zeros: zeros.low)


def extremes(f: Graph) -> list[tuple[float, float]]:
    """Return (x, f(x)) of the strict local minima and maxima, in rising order of x.

    Smooth extrema are changes of sign of f', found by bisection to neighbouring floats; others are at
    corners. Those of waves and of built-in activations are sought for |x| <= 20. Poles are none.
    """
    bends = f.corners
    grid = _grid(f.activation.domain, [c.x for c in bends])
    if f.activation.family != FORMULA:
        grid = grid[abs(grid) <= _DENSE]
    slope = f(grid, 1)
    signs = xp.sign(slope)  # whose products cannot overflow
    found = {*(c.x for c in bends), *grid[1:-1][(slope[1:-1] == 0) & (signs[:-2] * signs[2:] < 0)].tolist()}
    before, after = slope.copy(), slope.copy()  # at corners, those of their sides
    for c in bends:
        before[grid == c.x], after[grid == c.x] = c.left[1], c.right[1]
    changes = _few_far(grid, xp.flatnonzero(xp.sign(after[:-1]) * xp.sign(before[1:]) < 0))
    found |= set(_halved(lambda x: f(x, 1), grid[changes], grid[changes + 1], after[changes])[0].tolist())
    x = xp.array(sorted(place for place in found if not _is_among(place, f.poles)))
    step = xp.maximum(abs(x), 1.0) * _STEP
    at = f(x)
    rises = f(x - step) - at, f(x + step) - at
    turns = (xp.sign(rises[0]) * xp.sign(rises[1]) > 0) & (
        xp.minimum(*map(abs, rises)) > _FLAT * (1 + abs(at))
    )
    return list(zip(x[turns].tolist(), at[turns].tolist(), strict=True))


def fixed_points(f: Graph) -> list[Zeros]:
    """Return the points and intervals with f(x) = x, in rising order."""
    return _zeros(lambda x: f(x) - x, f.activation.domain, _places(f))


def lipschitz(f: Graph) -> float:
    """Return the Lipschitz constant, the least upper bound of |f'|; inf if f jumps, or |f'| has no bound."""
    bends = f.corners
    if any(corner.jumps(0) for corner in bends) or _jumps_at_poles(f):
        return math.inf
    sides = [slope for c in bends for slope in (c.left[1], c.at[1], c.right[1])]
    ends = f(xp.array(f.activation.domain), 1)
    inside = _peak(lambda x: abs(f(x, 1)), _grid(f.activation.domain, [c.x for c in bends]))
    found = max(inside, *(abs(float(slope)) for slope in (*ends, *sides) if not math.isnan(slope)), 0.0)
    if f.activation.family == FORMULA:
        farther = f(xp.multiply.outer([-1.0, 1.0], xp.geomspace(1e7, 1e12, 200)).ravel(), 1)
        if bool((abs(farther) > _UNBOUNDED * found).any()):  # a wave that grows
            return math.inf
    return found


def _jumps_at_poles(f: Graph) -> bool:
    """Return whether f has two different limits beside a place without a value, as atan(1/x) at 0."""
    places = xp.array(f.poles)
    step = _STEP * _STEP * xp.maximum(abs(places), 1.0)
    left, right = f(places - step), f(places + step)
    with xp.errstate(invalid="ignore"):
        return bool((abs(left - right) > 1e-3 * (1 + abs(left))).any())


def _is_among(x: float, places: Iterable[float]) -> bool:
    """Return whether `x` is one of the places, up to rounding."""
    return any(abs(x - place) <= _FLAT * (1 + abs(x)) for place in places)


def _few_far(grid: Array, at: NDArray[Any]) -> NDArray[Any]:
    """Return indices of intervals of the grid, those beyond 20 only if they are few, as not of a wave."""
    near = xp.maximum(abs(grid[at]), abs(grid[xp.minimum(at + 1, len(grid) - 1)])) <= _DENSE
    return at if xp.count_nonzero(~near) <= _FEW else at[near]


def _places(f: Graph) -> list[float]:
    """Return the x of each corner."""
    return [corner.x for corner in f.corners]


def _grid(domain: tuple[float, float], places: list[float]) -> Array:
    """Return points within the domain from -1e6 to 1e6, in rising order, with 0 and `places` among them.

    The points are evenly spaced up to |x| = 20, geometrically beyond.
    """
    inner = xp.arange(-_DENSE * 100, _DENSE * 100 + 1) / 100
    outer = xp.geomspace(_DENSE, 1e6, 400)
    grid = xp.unique(xp.concatenate([-outer, inner, outer, xp.array([0.0, *places])]))
    return grid[(grid > domain[0]) & (grid < domain[1])]


def _peak(function: Function, grid: Array) -> float:
    """Return the largest value of a function, by refinement of the grid around its three highest points.

    Return inf if values still grow when the grid is as fine as floats allow: they have no bound.
    """
    y = function(grid)
    highest = -xp.inf
    for index in xp.argsort(xp.where(xp.isnan(y), -xp.inf, y))[-3:]:
        low, high = grid[max(index - 1, 0)], grid[min(index + 1, len(grid) - 1)]
        before, now = xp.inf, float(y[index])
        for _ in range(9):
            x = xp.linspace(low, high, 65)
            values = function(x)
            top = int(xp.nanargmax(values))
            low, high = x[max(top - 1, 0)], x[min(top + 1, 64)]
            before, now = now, float(values[top])
        highest = max(highest, math.inf if now > _UNBOUNDED * before > 0 else now)
    return float(max(highest, xp.nanmax(y)))


def _zeros(function: Function, domain: tuple[float, float], places: list[float]) -> list[Zeros]:
    """Return the zeros of a function on its domain in rising order; `places` are its corners."""
    grid = _grid(domain, places)
    y = function(grid)
    certain = abs(y) > _FLAT * (1 + abs(grid))  # of less, rounding decides
    found = [*_points(grid, y, certain | xp.isnan(y)), *_plateaus(function, grid, y, [*places, 0.0])]
    found += _crossings(function, grid[certain], y[certain], found)
    found += _touches(function, grid, y, places)
    return sorted(found, key=lambda zeros: zeros.low)


def _points(grid: Array, y: Array, certain: NDArray[Any]) -> Iterator[Zeros]:
    """Yield exact zeros at single points of the grid whose neighbours are certainly none."""
    for index in xp.flatnonzero((y[1:-1] == 0) & certain[:-2] & certain[2:]) + 1:
        yield Zeros(float(grid[index]), float(grid[index]))


def _plateaus(function: Function, grid: Array, y: Array, places: list[float]) -> Iterator[Zeros]:
    """Yield runs of exact zeros that end at corners or 0; others are taken for underflow or rounding."""
    for start, stop in runs(y == 0).tolist():
        low = -math.inf if start == 0 else _corner_at(grid[start], grid[start - 1], places)
        high = math.inf if stop == len(y) else _corner_at(grid[stop - 1], grid[stop], places)
        if stop - start > 1 and low is not None and high is not None:
            yield Zeros(low, high, not _zero_at(function, low), not _zero_at(function, high))


def _corner_at(inside: float, outside: float, places: list[float]) -> float | None:
    """Return the corner at which a run of zeros ends, its last point or the next one, or None."""
    return next((float(place) for place in (inside, outside) if place in places), None)


def _zero_at(function: Function, x: float) -> bool:
    """Return whether the function is exactly 0 at a finite `x`."""
    return math.isfinite(x) and bool(function(xp.array([x]))[0] == 0)


def _crossings(function: Function, grid: Array, y: Array, known: list[Zeros]) -> Iterator[Zeros]:
    """Yield changes of sign, by bisection to neighbouring floats; not jumps across 0, nor `known` zeros."""
    changes = xp.flatnonzero(xp.sign(y[:-1]) * xp.sign(y[1:]) < 0)
    places = [k for k in changes.tolist() if not any(grid[k] < zeros.low < grid[k + 1] for zeros in known)]
    start, stop = grid[places], grid[[index + 1 for index in places]]
    ends = _halved(function, start, stop, y[places])
    sizes = [abs(function(end)) for end in ends]
    near, farther = _sizes_beside(function, *ends, _DISTANCES[:2])
    steep = farther >= _GROWTH * near  # its size shrinks towards the place, unlike at a jump or a pole
    for low, high, *both, shrinks in zip(*ends, *sizes, steep, strict=True):
        nearest = float(low if both[0] < both[1] else high)
        underflows = abs(nearest) < _TINY and _zero_at(function, nearest / 2)
        if underflows or abs(nearest) < sys.float_info.min:
            nearest, is_root = 0.0, _zero_at(function, 0.0)
        else:
            is_root = min(both) == 0 or max(both) < _FLAT * (1 + abs(nearest)) or bool(shrinks)
        if is_root:
            yield Zeros(nearest, nearest)


def _halved(function: Function, low: Array, high: Array, before: Array) -> tuple[Array, Array]:
    """Return neighbouring floats (low, high) in each interval, between which the function's sign changes.

    before: the function's values at the lower ends. Where the function is exactly 0, both floats are the
    same. Intervals are divided by rank among all floats, also near 0: few intervals into many parts at once,
    as a call of the function takes as long for a hundred numbers as for one.
    """
    first, last = ranks(low), ranks(high)
    parts = int(xp.clip(_AT_ONCE // max(1, len(low)), 2, 64))
    cuts = xp.arange(1, parts, dtype=xp.uint64)[:, xp.newaxis]
    columns = xp.arange(len(low))
    while (first + 1 < last).any():
        width = (last - first).view(xp.uint64)
        inner = first + (width // parts * cuts + width % parts * cuts // parts).view(xp.int64)
        y = function(from_zero("float64", inner))
        bounds = xp.concatenate([first[xp.newaxis], inner, last[xp.newaxis]])
        same = xp.concatenate([xp.sign(y) == xp.sign(before), xp.zeros((1, len(low)), bool)])
        end = xp.argmin(same, axis=0)  # the first point at which the sign has changed
        zero = xp.concatenate([y == 0, xp.zeros((1, len(low)), bool)])[end, columns]
        apart = first + 1 < last
        last = xp.where(apart, bounds[end + 1, columns], last)
        first = xp.where(apart, xp.where(zero, last, bounds[end, columns]), first)
    return from_zero("float64", first), from_zero("float64", last)


def _touches(function: Function, grid: Array, y: Array, places: list[float]) -> Iterator[Zeros]:
    """Yield zeros without a change of sign; none in intervals that contain a corner."""
    size = abs(y)
    dips = (size[1:-1] < size[:-2]) & (size[1:-1] < size[2:]) & (size[1:-1] > 0)
    clear = xp.minimum(size[:-2], size[2:]) > 1e4 * _FLAT * (1 + abs(grid[1:-1]))
    same = xp.sign(y[:-2]) == xp.sign(y[2:])
    for index in _few_far(grid, xp.flatnonzero(dips & clear & same) + 1):
        low, high = grid[index - 1], grid[index + 1]
        if any(low <= corner <= high for corner in places):
            continue
        for _ in range(9):
            x = xp.linspace(low, high, 65)
            deep = int(xp.argmin(abs(function(x))))
            low, high = x[max(deep - 1, 0)], x[min(deep + 1, 64)]
        if abs(function(x)[deep]) < _TOUCH:
            yield Zeros(float(x[deep]), float(x[deep]))
