"""Proven results: formulas in ball arithmetic, every number rounded correctly.

A record's formula is computed in balls, numbers with an error bound. If both ends of a ball round to the
same number of the result's type, that number is the correctly rounded one; other points are computed again
with more bits (Ziv 1991). `exact` makes a record from a record, as `like` does: its jet is its formula.

Balls do not tell everything: at kinks the values are the record's, at infinities its limits; the signs of
zeros come from its jet; ties beside an asymptote fall to the side on which the curve lies.
"""

from __future__ import annotations

import itertools
import math
import operator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from actcli.activations import formula
from actcli.activations.evaluation import VectorWalk, Walk, parsed, parsed_vector, scope
from actcli.activations.record import ALL_ORDERS, Activation, Kind, Kink, Parameter
from actcli.numeric import balls, doubts, ties, xp
from actcli.numeric.balls import flint
from actcli.numeric.rounding import as_type, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from actcli.numeric import Array, Jet
    from actcli.numeric.balls import Column, Ring, Series
    from actcli.numeric.rounding import Rounding

    Places = NDArray[Any]

FORMULA: Final = "formula"
"""The family of typed formulas."""
_SHRINKING: Final = 2.0**-60
"""A factor that keeps the reciprocal of the smallest float64 finite."""
_BESIDE_ZERO: Final = 5e-324
_APART: Final = 3.0
"""A number added to differences, so that usual ones, such as -1 and 1, are not near 0."""
_GATE_PARTS: Final = {0: 1, 1: 2, 2: 3}
"""Number of derivatives by a gate's two numbers, for each order."""


def of_formula(text: str) -> Activation:
    """Return the record of a typed formula; its parameters are all names other than x.

    Raises FormulaError for a text that is no formula, MissingExtra where python-flint is not installed.
    """
    formula.parse(text)
    flint()
    return _of_formula(text)


def _of_formula(text: str) -> Activation:
    """Return the record of a typed formula, also without python-flint."""
    parsed_ = formula.parse(text)
    record = Activation(
        parsed_.text,
        derivatives=("", ""),
        parameters=tuple(
            Parameter(name, None, "A parameter of the formula.", required="the formula")
            for name in parsed_.parameters
        ),
        range="",
        monotone="",
        name=parsed_.text,
        summary="A formula.",
        family=FORMULA,
    )
    return replace(
        record, jet=_ProvenJet(record, typed=True), selective=True, exact=True, maker=(_of_formula, (text,))
    )


def exact(record: Activation) -> Activation:
    """Return the activation with correctly rounded results, computed from its formula in balls.

    Records that are exact already are returned as they are. Raises MissingExtra without python-flint.
    """
    flint()
    return record if record.exact else _exact(record)


def _exact(record: Activation) -> Activation:
    """Return the exact record, also without python-flint, which a worker misses only when it computes."""
    return replace(record, jet=_ProvenJet(record), selective=True, exact=True, maker=(_exact, (record,)))


def digits(
    record: Activation, x: Array, orders: Sequence[int], count: int, settings: Mapping[str, Any]
) -> list[Array]:
    """Return results with `count` significant digits, correctly rounded: an array of texts for each order.

    x: float64 of any shape. settings: values of parameters; lists have one value for each place of the last
    axis. Raises MissingExtra without python-flint.
    """
    flat = xp.ascontiguousarray(x, dtype=xp.float64).ravel()
    arrays = {
        name: xp.broadcast_to(xp.asarray(v), x.shape).ravel() if isinstance(v, tuple) else v
        for name, v in settings.items()
    }
    jet = exact(record).jet(flat, orders=frozenset(orders), dtype=str(count), **arrays)
    found = list(jet)
    return [y.reshape(x.shape) for order in orders if (y := found[order]) is not None]


def deviations(
    record: Activation, x: Array, near: Array, *, unit: Array, order: int, settings: Mapping[str, Any]
) -> Array:
    """Return (f(x) - near)/unit for each x, correct to 2^-52, or large ones to 53 bits.

    x, near: float64, near finite. unit: powers of 2. order: of the derivative that f is. At kinks and
    infinities f is the float64 that the record states.
    """
    values: Array = _differences(record, x, near, unit, order=order, settings=settings).values[0]
    return values - _APART


def signs_of_differences(
    record: Activation, x: Array, near: Array, *, order: int, settings: Mapping[str, Any]
) -> Array:
    """Return the signs of f(x) - near, nan where undecided; arguments as for `deviations`."""
    found = _differences(record, x, near, None, order=order, settings=settings)
    return xp.where(found.undecided[0], xp.nan, found.values[0])


def _differences(
    record: Activation, x: Array, near: Array, unit: Array | None, *, order: int, settings: Mapping[str, Any]
) -> Rounding:
    """Return the Rounding of _APART + (f(x) - near)/unit; without `unit`, of the sign of f(x) - near."""
    beyond = ~((x > record.domain[0]) & (x < record.domain[1]))  # nan and infinities too
    stated = beyond | xp.isin(x, [kink.place(settings) for kink in record.kinks])
    values = xp.zeros(x.shape)
    if stated.any():
        *_, values[stated] = exact(record).jet(x[stated], orders=frozenset((order,)), **settings)
    tree = parsed(record.formula, ("x", *record.constants(settings)))
    block = _Block(xp.where(stated, 0.0, x), (order,), "float64", settings)

    factors = [] if unit is None else [_SHRINKING / unit, xp.full(x.shape, 1 / _SHRINKING)]

    def compute(ring: Ring, places: Places) -> list[Column]:
        value = _derivative(ring, Walk(ring)(tree, block.scope(ring, places, record)), order)
        difference = balls.minus(value, ring.numbers(near[places].tolist()))
        if unit is None:
            return [difference]
        for factor in factors:  # products with powers of 2 are exact, unlike quotients
            difference = balls.each(operator.mul, difference, ring.numbers(factor[places].tolist()))
        return [balls.plus(ring.number(_APART), difference)]

    found = rounded(compute, (1, len(x)), order, "sign" if unit is None else "ulp")
    of_stated = xp.sign(values - near) if unit is None else _APART + (values - near) / unit
    found.values[0] = xp.where(stated, of_stated, found.values[0])
    found.undecided[0] &= ~stated
    return found


@dataclass(frozen=True)
class _Block:
    """Arguments of a jet: numbers, orders in rising order, the type of the results, parameters."""

    x: Array
    orders: tuple[int, ...]
    dtype: str
    settings: Mapping[str, Any]

    def take(self, at: Places, orders: Sequence[int] | None = None) -> _Block:
        """Return the block at the indices `at` only, with these orders."""
        settings = {n: v[at] if isinstance(v, xp.ndarray) else v for n, v in self.settings.items()}
        chosen = self.orders if orders is None else tuple(orders)
        return replace(self, x=self.x[at], orders=chosen, settings=settings)

    def scope(self, ring: Ring, places: Places, record: Activation) -> dict[str, Series]:
        """Return the series of the names in a record's formula at some places, differentiated by x."""
        some = self.take(places)
        found = scope(ring, {"x": some.x, **record.constants(some.settings)}, along=("x",))
        if some.x.size and xp.isinf(some.x).all():  # this x is so large that f(x) has all digits of the limit
            found["x"][0] = [ring.number(v) * 2 ** (4 * int(self.dtype)) for v in xp.sign(some.x).tolist()]
        return found


@dataclass(frozen=True)
class _ProvenJet:
    """The jet of a record with correctly rounded results; `typed` formulas have no other jet."""

    record: Activation
    typed: bool = False

    def __call__(
        self, x: Array, orders: frozenset[int] = ALL_ORDERS, dtype: str = "float64", **settings: Any
    ) -> Jet:
        """Yield the derivatives from order 0 on, None for orders not in `orders`.

        dtype: the type that results are rounded to; they are float64 that are exact in it, or texts for a
        count of digits.
        """
        block = _Block(x, tuple(sorted(orders)), dtype, settings)
        methods = {
            Kind.ELEMENTWISE: self._elementwise,
            Kind.VECTOR: self._vectors,
            Kind.GATED: self._gated,
        }
        found = dict(zip(block.orders, methods[self.record.kind](block), strict=True))
        for order in range(max(orders, default=-1) + 1):
            yield found.get(order)

    # -- elementwise --

    def _elementwise(self, block: _Block) -> list[Array]:
        """Return the orders of an ELEMENTWISE activation."""
        y = [as_type(xp.full(block.x.shape, xp.nan), block.dtype) for _ in block.orders]
        self._at_infinities(block, y)
        low, high = self.record.domain
        regular = (block.x > low) & (block.x < high)
        for kink, values in reversed(self._kinks()):
            at = xp.flatnonzero(block.x == kink.place(block.settings))
            if at.size:
                regular[at] = False
                for target, order in zip(y, block.orders, strict=True):
                    target[at] = self._at_kink(kink, values, order, block.take(at))
        at = xp.flatnonzero(regular)
        for target, found in zip(y, self._by_formula(block.take(at)), strict=True):
            target[at] = found
        return y

    def _by_formula(self, block: _Block) -> list[Array]:
        """Return the formula's orders at finite points."""
        tree = parsed(self.record.formula, ("x", *self.record.constants(block.settings)))

        def compute(ring: Ring, places: Places) -> list[Column]:
            series = Walk(ring)(tree, block.scope(ring, places, self.record))
            return [_derivative(ring, series, order) for order in block.orders]

        def side(places: Places) -> Array:
            some = block.take(places)
            with xp.errstate(all="ignore"):
                return ties.asymptote_side(self.record.jet, some.x, some.settings)

        shape, known = (len(block.orders), len(block.x)), block.orders[:1] == (0,) and not self.typed
        found = rounded(compute, shape, max(block.orders), block.dtype, side if known else None)
        return self._signed(found, block)

    def _at_infinities(self, block: _Block, y: Sequence[Array]) -> None:
        """Store the limits at the ends of the domain, mostly infinities, from the record's own jet.

        A typed formula has none: its results there are counted as unknown.
        """
        at = xp.flatnonzero(xp.isin(block.x, self.record.domain))
        if not at.size:
            return
        if self.typed:
            doubts.unknown += at.size * len(y)
            return
        limits = self._fast(block.take(at, (0, 1, 2)))
        second = limits[2]
        beyond = xp.where(xp.isfinite(second), 0.0, second)  # above order 2
        for order, target in zip(block.orders, y, strict=True):
            values = limits.get(order, beyond)
            target[at] = as_type(values, block.dtype)
            inside = at[xp.isfinite(values) & (values != 0)]
            if block.dtype.isdecimal() and inside.size:  # float64 lacks some of its digits
                far = replace(block.take(inside), x=xp.copysign(xp.inf, block.x[inside]), orders=(order,))
                target[inside] = self._by_formula(far)[0]
            doubts.unknown += int(xp.isnan(beyond).sum()) * (order not in ALL_ORDERS)

    def _kinks(self) -> list[tuple[Kink, tuple[float | None, ...]]]:
        """Return the record's kinks, each with the values that a framework has there instead of ours."""
        record = self.record
        theirs: Mapping[str, tuple[float | None, ...]] = {}
        if record.like and record.maker is not None:
            activation, framework = record.maker[1]
            theirs = activation.frameworks[framework].at
        named_ = {kink.at for kink in record.kinks}
        return [(kink, theirs.get(kink.at, (None,) * 3)) for kink in record.kinks] + [
            (Kink(at, "", "", ""), values) for at, values in theirs.items() if at not in named_
        ]

    def _at_kink(
        self, kink: Kink, values: Sequence[float | None], order: int, block: _Block
    ) -> Array | list[Array]:
        """Return what is stated at a kink; above order 2, the derivative of the side with its f''."""
        if order not in ALL_ORDERS:
            return xp.full(block.x.shape, self._beside_kink(kink, values, order, block), dtype=object)
        if values[order] is not None:
            return as_type(xp.full(block.x.shape, values[order]), block.dtype)
        stated = (kink.f, kink.d1, kink.d2)[order]
        if not stated:
            return self._by_formula(replace(block, orders=(order,)))[0]
        tree = parsed(stated, ("x", *self.record.constants(block.settings)))

        def compute(ring: Ring, places: Places) -> list[Column]:
            return Walk(ring)(tree, block.scope(ring, places, self.record))[:1]

        found = rounded(compute, (1, len(block.x)), 0, block.dtype)
        return self._signed(found, replace(block, orders=(order,)))[0]

    def _beside_kink(self, kink: Kink, values: Sequence[float | None], order: int, block: _Block) -> Any:
        """Return a derivative above the second at a kink, of the side whose f'' is the kink's.

        The left one is taken if both sides have this f'', or neither.
        """
        alone = block.take(xp.array([0]))
        second = self._at_kink(kink, values, 2, alone)
        tree = parsed(self.record.formula, ("x", *self.record.constants(block.settings)))
        sides = []
        for side in (-1, 1):

            def compute(ring: Ring, places: Places, side: int = side) -> list[Column]:
                ring.side = side
                series = Walk(ring)(tree, alone.scope(ring, places, self.record))
                return [_derivative(ring, series, 2), _derivative(ring, series, order)]

            sides.append(rounded(compute, (2, 1), order, block.dtype).values[:, 0])
        left, right = sides
        return right[1] if second[0] != left[0] and second[0] == right[0] else left[1]

    def _fast(self, block: _Block) -> dict[int, Array]:
        """Return the results of the record's own jet by order."""
        orders = {"orders": frozenset(block.orders)} if self.record.selective else {}
        with xp.errstate(all="ignore"):
            found = self.record.jet(block.x, **block.settings, **orders)
            return {k: y for k, y in zip(range(max(block.orders) + 1), found, strict=False) if y is not None}

    def _signed(self, found: Rounding, block: _Block) -> list[Array]:
        """Return the rounding's results, with the signs of zeros that the record's own jet gives them.

        A typed formula has none: its zeros at -0 have the sign of its values just left of 0.
        """
        if self.typed:
            return self._signed_from_the_left(found, block)
        known = [order for order in block.orders if order in ALL_ORDERS]
        at = xp.flatnonzero(found.unsigned[: len(known)].any(axis=0))
        if at.size:
            fast = self._fast(block.take(at, known))
            for values, unsigned, order in zip(found.values, found.unsigned, known, strict=False):
                values[at] = xp.where(unsigned[at], xp.copysign(values[at], fast[order]), values[at])
        return list(found.values)

    def _signed_from_the_left(self, found: Rounding, block: _Block) -> list[Array]:
        at = xp.flatnonzero((block.x == 0) & xp.signbit(block.x) & found.unsigned.any(axis=0))
        if at.size:
            left = replace(block.take(at), x=xp.full(at.shape, -_BESIDE_ZERO))
            for values, unsigned, near in zip(
                found.values, found.unsigned, self._by_formula(left), strict=True
            ):
                values[at] = xp.where(unsigned[at], xp.copysign(values[at], near), values[at])
        return list(found.values)

    # -- gated --

    def _gated(self, block: _Block) -> list[Array]:
        """Return the orders of a GATED activation: computed of the pairs (a, b), elsewhere zero."""
        rows, n = block.x.shape[0], block.x.shape[1] // 2
        halves = [xp.arange(2 * n)[half] for half in self.record.halves(2 * n, block.settings)]
        a, b = (block.x[:, half].ravel() for half in halves)
        finite = xp.isfinite(a) & xp.isfinite(b)
        at = xp.flatnonzero(finite)
        highest = max(block.orders)
        constants = self.record.constants(block.settings)
        tree = parsed(self.record.formula, ("a", "b", *constants))

        def compute(ring: Ring, places: Places) -> list[Column]:
            pairs = {"a": a[at[places]], "b": b[at[places]], **constants}
            ways = (("a",), ("b",), ("a", "b"))[: highest + 1]
            along = {way: Walk(ring)(tree, scope(ring, pairs, along=way)) for way in ways}
            found: list[Column] = []
            for order in block.orders:
                found.append(_derivative(ring, along["a",], order))
                if order == max(ALL_ORDERS):  # along both it is f_aa/2 + f_ab + f_bb/2
                    straight = balls.plus(*(balls.coefficient(along[way], 2) for way in ways[:2]))
                    found.append(balls.minus(balls.coefficient(along["a", "b"], 2), straight))
                if order:
                    found.append(_derivative(ring, along["b",], order))
            return found

        count = sum(_GATE_PARTS[order] for order in block.orders)
        found = rounded(compute, (count, len(at)), highest, block.dtype)
        values = xp.zeros((count, rows * n))
        unsigned = xp.ones(values.shape, dtype=bool)
        for part in range(count):
            values[part, at], unsigned[part, at] = found.values[part], found.unsigned[part]
        fast = self._fast(block) if unsigned.any() else {}
        y, parts = [], iter(zip(values, unsigned, strict=True))
        for order in block.orders:
            target = xp.zeros((rows, n) + (2 * n,) * order)
            for index in _gate_places(order, *halves):
                numbers, open_ = (array.reshape(rows, n) for array in next(parts))
                if order in fast:
                    own = fast[order][(slice(None), *index[0])]  # type: ignore[arg-type]  # arrays of indices
                    stated = xp.where(finite.reshape(rows, n), xp.copysign(numbers, own), own)
                    numbers = xp.where(open_, as_type(stated, block.dtype), numbers)
                for place in index:
                    target[(slice(None), *place)] = numbers  # type: ignore[index]  # as above
            y.append(target)
        return y

    # -- vectors --

    def _vectors(self, block: _Block) -> list[Array]:
        """Return the orders of a VECTOR activation, row by row; rows with nan come from its own jet."""
        n = block.x.shape[1]
        y = [xp.zeros((len(block.x), *(n,) * (order + 1))) for order in block.orders]
        for row, numbers in enumerate(block.x):
            alone = block.take(xp.array([row]))
            for order, target in zip(block.orders, y, strict=True):
                if not xp.isnan(numbers).any():
                    target[row] = self._of_vector(numbers.tolist(), order, alone).reshape(target.shape[1:])
                else:
                    target[row] = as_type(self._fast(replace(alone, orders=(order,)))[order][0], block.dtype)
        return y

    def _of_vector(self, numbers: list[float], order: int, block: _Block) -> Array:
        """Return the derivatives of this order of one vector, flattened in C order."""
        tree = parsed_vector((self.record.formula, *self.record.derivatives)[order])
        places = list(itertools.product(range(len(numbers)), repeat=order + 1))

        def compute(ring: Ring, left: Places) -> list[Column]:
            walk = VectorWalk(ring, ring.numbers(numbers), self.record.constants(block.settings))
            return [[walk(tree, dict(zip("ijk", places[k], strict=False))) for k in left.tolist()]]

        before = doubts.drain()
        found = rounded(compute, (1, len(places)), 0, block.dtype)
        values: Array = found.values[0]
        unsigned, limits = found.unsigned[0], found.undecided[0] & any(map(math.isinf, numbers))
        if unsigned.any() or limits.any():
            fast = self._fast(replace(block, orders=(order,)))[order].ravel()
            values[unsigned] = xp.copysign(values, fast)[unsigned]
            values[limits] = as_type(fast, block.dtype)[limits]
        if limits.any():
            doubts.drain()
        doubts.add(before)
        return values


def _derivative(ring: Ring, series: Series, order: int) -> Column:
    """Return a series' derivative of this order, k! times its coefficient; nan where f has no value."""
    found = balls.times(balls.coefficient(series, order), ring.number(math.factorial(order)))
    if order == 0 or series[0] is None:
        return found
    return balls.plus(found, balls.each(operator.mul, ring.zero, series[0]))


def _gate_places(order: int, a: Places, b: Places) -> list[list[tuple[Places, ...]]]:
    """Return the indices of a gate's derivatives: d/da, d/db; d2/da2, d2/dadb (twice), d2/db2.

    a, b: the indices of each half in the input.
    """
    y = xp.arange(len(a))
    if order == 0:
        return [[(y,)]]
    return [[(y, a)], [(y, b)]] if order == 1 else [[(y, a, a)], [(y, a, b), (y, b, a)], [(y, b, b)]]
