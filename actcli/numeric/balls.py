"""Ball arithmetic and Taylor series: numbers with error bounds, computed by python-flint (Arb).

A *column* holds one Taylor coefficient of many points: a list of elements, one element that stands for all
points, or None for zero. A *series* is a list of columns, the coefficients from order 0 on; those that are
missing are zero. Whole columns go through `map`, so that no point costs a call of a Python function.

Elements are balls (`arb`) at the current precision, or exact fractions (`fmpq`) to decide ties.
"""

from __future__ import annotations

import math
import operator
from itertools import repeat, zip_longest
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from actcli.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Column: TypeAlias = Any
    Series: TypeAlias = list[Column]

COMPARISONS: Final[dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]]] = {
    "Lt": (operator.lt, operator.ge),
    "LtE": (operator.le, operator.gt),
    "Gt": (operator.gt, operator.le),
    "GtE": (operator.ge, operator.lt),
    "Eq": (operator.eq, operator.ne),
    "NotEq": (operator.ne, operator.eq),
}
"""(test that a comparison holds for two balls, test that it does not); both can be false."""
_OVERFLOWING: Final = ("exp", "sinh", "cosh")
"""Functions for which the library has no values beyond about 1e60."""
_LIBRARY_NAMES: Final = {"sign": "sgn", "arctan": "atan"}
_COMPOSED: Final = ("sigmoid", "softplus", "phi", "Phi")
"""Functions that the library does not have."""
_DEEPEST_EXPONENT: Final = 20_000  # the most bits of an exponent's integer part


class NotRational(ArithmeticError):  # noqa: N818  named for what was found
    """Raised by functions without an exact fraction for a value, and by quotients by zero."""


def flint() -> Any:
    """Return the python-flint module. Raises MissingExtra where it is not installed."""
    try:
        import flint as library
    except ImportError as error:
        raise MissingExtra("an exact result", "exact") from error
    return library


class Number(Protocol):
    """Protocol of exact quotients of integers: Python's numbers and Quotient."""

    def as_integer_ratio(self) -> tuple[int, int]:
        """Return numerator and denominator."""


def each(function: Callable[..., Any], *columns: Column) -> Column:
    """Return the results of a function of elements of columns, none of which is None, as a column."""
    if any(type(column) is list for column in columns):
        spread = (column if type(column) is list else repeat(column) for column in columns)
        return list(map(function, *spread))
    return function(*columns)


def plus(a: Column, b: Column) -> Column:
    """Return a + b."""
    return b if a is None else a if b is None else each(operator.add, a, b)


def minus(a: Column, b: Column) -> Column:
    """Return a - b."""
    return a if b is None else each(operator.neg, b) if a is None else each(operator.sub, a, b)


def coefficient(series: Series, k: int) -> Column:
    """Return the k-th coefficient of a series, None for zero."""
    return series[k] if k < len(series) else None


def times(a: Column, b: Column) -> Column:
    """Return the product a b."""
    if a is None or b is None:
        return None
    if type(a) is not list and a == 1:
        return b
    if type(b) is not list and b == 1:
        return a
    return each(operator.mul, a, b)


def over(a: Column, b: Column) -> Column:
    """Return a / b."""
    return None if a is None else each(operator.truediv, a, b)


class Ring:
    """Series up to an order with elements of one kind, and the functions of formulas on them.

    side: 0, or -1 or 1 to decide comparisons of equal numbers by the derivatives on one side of a point.
    """

    def __init__(self, order: int, side: int = 0) -> None:
        library = flint()
        self.arb, self.fmpq = library.arb, library.fmpq
        self.order, self.side = order, side
        self.nan = self.arb.nan()
        self.zero = self.number(0)

    def number(self, value: Number) -> Any:
        """Return an element equal to this number, which may be a quotient."""
        if isinstance(value, float | int):
            return self.arb(value)
        numerator, denominator = value.as_integer_ratio()
        return self.arb(numerator) / denominator

    def constant(self, name: str) -> Any:
        """Return the constant of this name, pi or e."""
        return self.arb.pi() if name == "pi" else self.arb.const_e()

    def numbers(self, values: list[float]) -> list[Any]:
        """Return an element for each of these numbers."""
        return list(map(self.arb, values))

    def applied(self, name: str, column: Column) -> Column:
        """Return a function of the library, applied to the elements of a column."""
        y = each(getattr(self.arb, name), self.zero if column is None else column)
        if name in _OVERFLOWING and not all(each(self.arb.is_finite, [y] if type(y) is not list else y)):
            return each(getattr(self, f"_vast_{name}"), column)
        return y

    # -- series --

    def add(self, a: Series, b: Series) -> Series:
        """Return a + b."""
        return [plus(p, q) for p, q in zip_longest(a, b)]

    def sub(self, a: Series, b: Series) -> Series:
        """Return a - b."""
        return [minus(p, q) for p, q in zip_longest(a, b)]

    def neg(self, a: Series) -> Series:
        """Return -a."""
        return [minus(None, p) for p in a]

    def mul(self, a: Series, b: Series) -> Series:
        """Return the product a b."""
        length = min(self.order + 1, len(a) + len(b) - 1)
        return [_total(times(a[j], b[k - j]) for j in _both(k, a, b)) for k in range(length)]

    def div(self, a: Series, b: Series) -> Series:
        """Return the quotient a / b."""
        if b[0] is None:
            b = [self.zero, *b[1:]]
        if len(b) == 1:
            return [over(p, b[0]) for p in a]
        quotient: Series = []
        for k in range(self.order + 1):
            known = _total(times(quotient[j], b[k - j]) for j in range(max(0, k - len(b) + 1), k))
            quotient.append(over(minus(a[k] if k < len(a) else None, known), b[0]))
        return quotient

    def power(self, a: Series, n: int) -> Series:
        """Return `a` to the power of an integer `n`."""
        if n < 0:
            return self.div([self.number(1)], self.power(a, -n))
        if len(a) == 1 or self.order == 0:
            return [each(operator.pow, self._first(a), n)]
        result: Series = [self.number(1)]
        square = a
        while n:
            if n & 1:
                result = self.mul(result, square)
            n >>= 1
            if n:
                square = self.mul(square, square)
        return result

    def raised(self, a: Series, b: Series) -> Series:
        """Return `a` to the power `b`, of which the formula does not show that it is an integer."""
        first = each(operator.pow, self._first(a), self._first(b))
        if self.order == 0 or len(a) == len(b) == 1:
            return [first]
        if len(b) > 1:
            return [first, *self.exp(self.mul(b, self.log(a)))[1:]]
        y, p = [first], self._first(b)
        for k in range(1, self.order + 1):
            terms = (
                times(times(minus(times(p, self.number(j)), self.number(k - j)), a[j]), y[k - j])
                for j in range(1, min(k, len(a) - 1) + 1)
            )
            y.append(over(over(_total(terms), a[0]), self.number(k)))
        return y

    def call(self, name: str, a: Series) -> Series:
        """Return a function of one series, by the method of its name or from its derivative."""
        if (len(a) == 1 or self.order == 0) and name not in _COMPOSED:
            return [self.applied(_LIBRARY_NAMES.get(name, name), a[0])]
        method = getattr(self, name, None)
        if method is not None:
            found: Series = method(a)
            return found
        name = _LIBRARY_NAMES.get(name, name)
        return self._integrated(name, a, _SLOPES[name](self, a))

    def exp(self, a: Series) -> Series:
        """Return e to the power a."""
        y: Series = [self.applied("exp", a[0])]
        if len(a) == 1:
            return y
        for k in range(1, self.order + 1):
            y.append(self._integral(a, y, k))
        return y

    def log(self, a: Series) -> Series:
        """Return the natural logarithm of a."""
        return self._integrated("log", a, self.div([self.number(1)], a))

    def sqrt(self, a: Series) -> Series:
        """Return the square root of a."""
        y: Series = [self.applied("sqrt", a[0])]
        if len(a) == 1:
            return y
        twice = times(y[0], self.number(2))
        for k in range(1, self.order + 1):
            known = _total(times(y[j], y[k - j]) for j in range(1, k))
            y.append(over(minus(a[k] if k < len(a) else None, known), twice))
        return y

    def sin(self, a: Series) -> Series:
        """Return the sine of a."""
        return self._pair("sin", "cos", a, -1)[0]

    def cos(self, a: Series) -> Series:
        """Return the cosine of a."""
        return self._pair("sin", "cos", a, -1)[1]

    def sinh(self, a: Series) -> Series:
        """Return the hyperbolic sine of a."""
        return self._pair("sinh", "cosh", a, 1)[0]

    def cosh(self, a: Series) -> Series:
        """Return the hyperbolic cosine of a."""
        return self._pair("sinh", "cosh", a, 1)[1]

    def tanh(self, a: Series) -> Series:
        """Return the hyperbolic tangent of a, by its derivative 1 - tanh^2, which begins with sech^2."""
        return self._tanh(a)[0]

    def _tanh(self, a: Series) -> tuple[Series, Series]:
        """Return tanh(a) and its derivative: no digits are lost where that is nearly 0."""
        cosine = self.applied("sech", a[0])
        y: Series = [self.applied("tanh", a[0])]
        slope: Series = [times(cosine, cosine)]
        for k in range(1, self.order + 1):
            y.append(self._integral(a, slope, k))
            slope.append(minus(None, _total(times(y[j], y[k - j]) for j in range(k + 1))))
        return y, slope

    def sech(self, a: Series) -> Series:
        """Return 1/cosh(a), by its derivative -sech tanh."""
        y, _ = self._tanh(a)
        h: Series = [self.applied("sech", a[0])]
        slope: Series = []
        for k in range(1, self.order + 1):
            slope.append(minus(None, _total(times(h[j], y[k - 1 - j]) for j in range(k))))
            h.append(self._integral(a, slope, k))
        return h

    def sigmoid(self, a: Series) -> Series:
        """Return 1/(1 + exp(-a))."""
        one = [self.number(1)]
        return self.div(one, self.add(one, self.exp(self.neg(a))))

    def phi(self, a: Series) -> Series:
        """Return the normal density at a."""
        root = [self.arb(2) * self.arb.pi()]
        return self.div(self.exp(self.div(self.mul(a, a), [self.number(-2)])), [root[0].sqrt()])

    def Phi(self, a: Series) -> Series:  # noqa: N802  its name
        """Return the normal distribution function of a."""
        tail = self.applied("erfc", over(self._first(a), -self.arb(2).sqrt()))
        first = times(tail, self.arb(0.5))
        if len(a) == 1 or self.order == 0:
            return [first]
        return [first, *self._integrated("", a, self.phi(a))[1:]]

    def softplus(self, a: Series) -> Series:
        """Return log(1 + exp(a)), as max(a, 0) + log1p(exp(-|a|))."""
        first = self._first(a)
        size = each(abs, first)
        rest = self.applied("log1p", self.applied("exp", each(operator.neg, size)))
        half = times(plus(first, size), self.arb(0.5))
        y = [plus(half, rest)]
        if len(a) == 1 or self.order == 0:
            return y
        return [*y, *self._integrated("", a, self.sigmoid(a))[1:]]

    def gamma(self, a: Series) -> Series:
        """Return the gamma function of a."""
        return self._composed("gamma", a)

    def lgamma(self, a: Series) -> Series:
        """Return the logarithm of the gamma function of a, which is positive."""
        return self._composed("lgamma", a)

    def sign(self, a: Series) -> Series:
        """Return -1, 0 or 1, the sign of a."""
        zero = [self.zero]
        negative = self.select(*self.compare("Lt", a, zero), [self.number(-1)], zero)
        return self.select(*self.compare("Gt", a, zero), [self.number(1)], negative)

    def magnitude(self, a: Series) -> Series:
        """Return |a|, which is a at 0."""
        if self.order == 0:
            return [each(abs, self._first(a))]
        return self.select(*self.compare("GtE", a, [self.zero]), a, self.neg(a))

    def extreme(self, name: str, arguments: Sequence[Series]) -> Series:
        """Return the "min" or "max" of the series; of equal ones the first, as Python does."""
        best = arguments[0]
        for other in arguments[1:]:
            if self.order == 0:
                best = [each(getattr(self.arb, name), self._first(best), self._first(other))]
            else:
                better = self.compare("Lt" if name == "min" else "Gt", other, best)
                best = self.select(*better, other, best)
        return best

    def compare(self, name: str, a: Series, b: Series) -> tuple[Column, Column]:
        """Return where a comparison is certain, and where its negation is."""
        certain, contrary = COMPARISONS[name]
        p, q = self._first(a), self._first(b)
        if self.side:
            leading = self._leading(self.sub(a, b))
            return certain(leading, 0), contrary(leading, 0)
        return each(certain, p, q), each(contrary, p, q)

    def select(self, yes: Column, no: Column, a: Series, b: Series) -> Series:
        """Return `a` where `yes`, `b` where `no`, and nan of all orders elsewhere."""

        def choice(certain: bool, contrary: bool, p: Any, q: Any) -> Any:
            return p if certain else q if contrary else self.nan

        known = each(operator.or_, yes, no)
        certain = all(known) if type(known) is list else known
        length = max(len(a), len(b)) if certain else self.order + 1
        pairs = [(coefficient(a, k), coefficient(b, k)) for k in range(length)]
        zero = self.zero
        return [
            None
            if p is q is None and certain
            else each(choice, yes, no, *(zero if c is None else c for c in (p, q)))
            for p, q in pairs
        ]

    def _leading(self, d: Series) -> Any:
        """Return a number with the sign of d on this side of a series' only point."""
        for k, column in enumerate(d):
            value = column[0] if type(column) is list else column
            if value is not None and not value == 0:  # noqa: SIM201  a ball may be neither
                return value * self.side**k
        return self.zero

    def _first(self, a: Series) -> Column:
        return self.zero if a[0] is None else a[0]

    def _integral(self, a: Series, slope: Series, k: int) -> Column:
        """Return the k-th coefficient of the function with the derivative slope * a'."""
        terms = (
            times(times(a[j], self.number(j)), slope[k - j])
            for j in range(max(1, k - len(slope) + 1), min(k, len(a) - 1) + 1)
        )
        total = _total(terms)
        return total if k == 1 else over(total, self.number(k))

    def _integrated(self, name: str, a: Series, slope: Series) -> Series:
        first = self.applied(name, a[0]) if name else None
        return [first, *(self._integral(a, slope, k) for k in range(1, self.order + 1))]

    def _pair(self, name: str, other: str, a: Series, sign: int) -> tuple[Series, Series]:
        """Return two functions that are each other's derivatives; the second's has the sign `sign`."""
        s: Series = [self.applied(name, a[0])]
        c: Series = [self.applied(other, a[0])]
        for k in range(1, self.order + 1):
            s.append(self._integral(a, c, k))
            c.append(times(self._integral(a, s, k), self.number(sign)))
        return s, c

    def _composed(self, name: str, a: Series) -> Series:
        """Return a function of `a` whose coefficients `arb_series` has, point by point, by composition."""
        library = flint()
        library.ctx.cap = self.order + 1
        inner = self._first(a)
        points = inner if type(inner) is list else [inner]
        outer = [getattr(library.arb_series([point, 1]), name)() for point in points]
        columns = [[series[k] for series in outer] for k in range(self.order + 1)]
        result: Series = [columns[-1]]
        for column in reversed(columns[:-1]):
            result = self.add(self.mul(result, [None, *a[1:]]), [column])
        return result

    # -- elements --

    def _vast_exp(self, v: Any) -> Any:
        """Return e^v also beyond what the library computes, as 2^k e^(v - k log 2)."""
        y = v.exp()
        if y.is_finite() or not v.is_finite():
            return y
        context = flint().ctx
        mantissa, exponent = v.mid().man_exp()
        bits = int(mantissa).bit_length() + int(exponent)
        if not 0 < bits < _DEEPEST_EXPONENT:
            return v.exp()
        precision = context.prec
        context.prec = precision + bits
        try:
            log2 = self.arb.const_log2()
            k = (v / log2).mid().floor().unique_fmpz()
            rest = v - self.arb(k) * log2
        finally:
            context.prec = precision
        return rest.exp() * self.arb((1, int(k)))

    def _vast_sinh(self, v: Any) -> Any:
        return (self._vast_exp(v) - self._vast_exp(-v)) / 2

    def _vast_cosh(self, v: Any) -> Any:
        return (self._vast_exp(v) + self._vast_exp(-v)) / 2


class Rationals(Ring):
    """Series of exact fractions, with the rational functions alone."""

    def __init__(self, order: int, side: int = 0) -> None:
        super().__init__(order, side)
        self.nan = None

    def number(self, value: Number) -> Any:
        """Return the fraction equal to this number; for +-infinity, a limit not in force, +-2^2000.

        Raises NotRational for nan.
        """
        if isinstance(value, float) and not math.isfinite(value):
            if math.isnan(value):
                raise NotRational("nan")
            return self.fmpq(2**2000 if value > 0 else -(2**2000))
        return self.fmpq(*value.as_integer_ratio())

    def constant(self, name: str) -> Any:
        """Raise NotRational: no constant is rational."""
        raise NotRational(name)

    def numbers(self, values: list[float]) -> list[Any]:
        """Return a fraction for each of these numbers."""
        return list(map(self.number, values))

    def applied(self, name: str, column: Column) -> Column:
        """Return the signs of a column for "sgn". Raises NotRational for all other functions."""
        if name != "sgn":
            raise NotRational(name)
        return each(lambda v: self.number((v > 0) - (v < 0)), column)

    def extreme(self, name: str, arguments: Sequence[Series]) -> Series:
        """Return the "min" or "max" of the series."""
        if self.order:
            return super().extreme(name, arguments)
        function = min if name == "min" else max
        return [each(function, *map(self._first, arguments))]

    def call(self, name: str, a: Series) -> Series:
        """Return the sign of a series. Raises NotRational for all other functions."""
        if name != "sign":
            raise NotRational(name)
        return super().call(name, a)

    def raised(self, a: Series, b: Series) -> Series:  # noqa: ARG002  as above
        """Raise NotRational: powers with variable exponents are not rational."""
        raise NotRational("**")


_SLOPES: Final[dict[str, Callable[[Ring, Series], Series]]] = {
    "expm1": lambda ring, a: ring.exp(a),
    "log1p": lambda ring, a: ring.div([ring.number(1)], ring.add([ring.number(1)], a)),
    "tan": lambda ring, a: ring.power(ring.cos(a), -2),
    "atan": lambda ring, a: ring.power(ring.add([ring.number(1)], ring.mul(a, a)), -1),
    "asinh": lambda ring, a: ring.power(ring.sqrt(ring.add(ring.mul(a, a), [ring.number(1)])), -1),
    "acosh": lambda ring, a: ring.power(ring.sqrt(ring.sub(ring.mul(a, a), [ring.number(1)])), -1),
    "atanh": lambda ring, a: ring.power(ring.sub([ring.number(1)], ring.mul(a, a)), -1),
    "erf": lambda ring, a: ring.mul(_bell(ring, a), [ring.number(2)]),
    "erfc": lambda ring, a: ring.mul(_bell(ring, a), [ring.number(-2)]),
}
"""The derivative of each function at a series."""


def _bell(ring: Ring, a: Series) -> Series:
    """Return exp(-a^2)/sqrt(pi)."""
    return ring.div(ring.exp(ring.neg(ring.mul(a, a))), [ring.arb.pi().sqrt()])


def _total(terms: Iterable[Column]) -> Column:
    """Return the sum of columns, None if all are None."""
    total: Column = None
    for term in terms:
        total = plus(total, term)
    return total


def _both(k: int, a: Series, b: Series) -> range:
    """Return the indices j for which the series a has a j-th and b a (k - j)-th coefficient."""
    return range(max(0, k - len(b) + 1), min(k, len(a) - 1) + 1)
