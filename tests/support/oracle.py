"""Exact results: an activation's formula, evaluated and differentiated at high precision.

The formula is evaluated with mpmath over hyper-dual numbers v + a e1 + b e2 + c e1 e2 (e1^2 = e2^2 = 0):
seeded along two inputs they carry both first derivatives and the mixed second one, exactly, through
every branch. The precision doubles until two results agree.

In a formula, quotients of integers such as 1/6 are exact; decimal constants and parameters are float64; a
parameter that is unset (None) is inf. Besides `x`, formulas of vectors have `x[i]`, `n` and, in derivatives,
`j` and `k`; those of gates have `a` and `b`. Derivatives of gates are tuples: (d/da, d/db) and (d2/da2,
d2/dadb, d2/db2).
"""

from __future__ import annotations

import ast
import functools
import itertools
import math
import sys
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar

import mpmath  # type: ignore[import-untyped]  # it has no types
from mpmath import mp, mpf

from actcli.activations.record import Kind, Quotient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import CodeType

    from actcli.activations.record import Activation, Kink

Words = ParamSpec("Words")
Result = TypeVar("Result")
Settings: TypeAlias = "Mapping[str, Any]"
Exact: TypeAlias = Any  # an mpf, or a float where the value is nan or infinite

AGREEMENT = 90
"""Number of bits in which the results of two precisions must agree."""
PRECISIONS = (1, 2, 4, 8, 16, 32)
"""Multiples of the first precision to try."""
NOTHING = mpf(2) ** -1160
"""A number so far below the smallest subnormal that digits of smaller ones do not matter."""
FAR = (mpf(2) ** 400, mpf(2) ** 600)
"""The two distances at which limits at infinity are evaluated."""

VAST = mpf(2) ** 60
"""For larger x, 1 - tanh(x) does not matter, and mpmath would need memory for all its digits."""


class Hyperdual:
    """A number with its derivatives along two directions and the mixed second derivative."""

    __slots__ = ("a", "b", "c", "v")
    __hash__ = None  # type: ignore[assignment]  # equal values may differ in their derivatives

    def __init__(self, v: Any, a: Any = 0, b: Any = 0, c: Any = 0) -> None:
        self.v, self.a, self.b, self.c = v, a, b, c

    def chain(self, f: Any, d1: Any, d2: Any) -> Hyperdual:
        """Return a function of this number, given its value `f` and derivatives `d1` and `d2` at v."""
        return Hyperdual(f, d1 * self.a, d1 * self.b, d1 * self.c + d2 * self.a * self.b)

    def inverse(self) -> Hyperdual:
        """Return 1 divided by this number."""
        y = 1 / mpf(self.v)
        return self.chain(y, -(y**2), 2 * y**3)

    def __neg__(self) -> Hyperdual:
        return Hyperdual(-self.v, -self.a, -self.b, -self.c)

    def __add__(self, other: Any) -> Hyperdual:
        y = _dual(other)
        return Hyperdual(self.v + y.v, self.a + y.a, self.b + y.b, self.c + y.c)

    def __sub__(self, other: Any) -> Hyperdual:
        return self + _dual(-other)

    def __rsub__(self, other: Any) -> Hyperdual:
        return _dual(other) + -self

    def __mul__(self, other: Any) -> Hyperdual:
        y = _dual(other)
        mixed = self.v * y.c + self.a * y.b + self.b * y.a + self.c * y.v
        return Hyperdual(self.v * y.v, self.v * y.a + self.a * y.v, self.v * y.b + self.b * y.v, mixed)

    def __truediv__(self, other: Any) -> Hyperdual:
        return self * _dual(other).inverse()

    def __rtruediv__(self, other: Any) -> Hyperdual:
        return self.inverse() * _dual(other)

    def __pow__(self, n: Any) -> Hyperdual:
        v = mpf(self.v)
        first = n * v ** (n - 1) if n != 0 else 0
        second = n * (n - 1) * v ** (n - 2) if n not in (0, 1) else 0
        return self.chain(v**n, first, second)

    def __abs__(self) -> Hyperdual:
        return -self if self.v < 0 else self

    def __lt__(self, other: Any) -> bool:
        return bool(self.v < _dual(other).v)

    def __le__(self, other: Any) -> bool:
        return bool(self.v <= _dual(other).v)

    def __gt__(self, other: Any) -> bool:
        return bool(self.v > _dual(other).v)

    def __ge__(self, other: Any) -> bool:
        return bool(self.v >= _dual(other).v)

    def __eq__(self, other: object) -> bool:
        return bool(self.v == _dual(other).v)

    __radd__ = __add__
    __rmul__ = __mul__


def _dual(y: Any) -> Hyperdual:
    return y if isinstance(y, Hyperdual) else Hyperdual(y)


def _divide(x: Any, y: Any) -> Any:
    return mpf(x) / y if isinstance(x, int) and isinstance(y, int) else x / y


def _lifted(triple: Callable[[Any], tuple[Any, Any, Any]]) -> Callable[[Any], Any]:
    """Return a function of numbers and hyper-duals, made of one that returns f, f' and f'' of numbers."""

    def function(x: Any) -> Any:
        return x.chain(*triple(x.v)) if isinstance(x, Hyperdual) else triple(x)[0]

    return function


def _exp(v: Any) -> tuple[Any, Any, Any]:
    return (mp.exp(v),) * 3


def _tanh(v: Any) -> tuple[Any, Any, Any]:
    if abs(v) > VAST:
        return mp.sign(v), mpf(0), mpf(0)
    t, square = mp.tanh(v), mp.sech(v) ** 2
    return t, square, -2 * t * square


def _sech(v: Any) -> tuple[Any, Any, Any]:
    if abs(v) > VAST:
        return mpf(0), mpf(0), mpf(0)
    s, t = mp.sech(v), mp.tanh(v)
    return s, -s * t, s * (t * t - s * s)


def _sqrt(v: Any) -> tuple[Any, Any, Any]:
    r = mp.sqrt(v)
    return r, 1 / (2 * r) if r else mpf(0), -1 / (4 * r**3) if r else mpf(0)


def _density(v: Any) -> Any:
    return mp.exp(-v * v / 2) / mp.sqrt(2 * mp.pi)


def _distribution(v: Any) -> tuple[Any, Any, Any]:
    tail = mp.erfc(abs(v) / mp.sqrt(2)) / 2 if abs(v) < 2**64 else mpf(0)  # mpmath's own fails at 1e155
    return tail if v < 0 else 1 - tail, _density(v), -v * _density(v)


def _erf(v: Any) -> tuple[Any, Any, Any]:
    slope = 2 / mp.sqrt(mp.pi) * mp.exp(-v * v)
    return mp.erf(v), slope, -2 * v * slope


def _logistic(v: Any) -> tuple[Any, Any, Any]:
    e = mp.exp(-abs(v))
    slope = e / (1 + e) ** 2
    return (1 if v >= 0 else e) / (1 + e), slope, -slope * mp.tanh(v / 2)


def _softmax(x: Sequence[Any], sink: Any = -math.inf) -> list[Any]:
    powers = [FUNCTIONS["exp"](v) for v in x]
    total = sum(powers) + (mp.exp(sink) if sink > -math.inf else 0)
    return [p / total for p in powers]


def _sparsemax(x: Sequence[Any]) -> list[Any]:
    falling = sorted(x, reverse=True)
    threshold = max((total - 1) / k for k, total in enumerate(itertools.accumulate(falling), 1))
    return [max(0, v - threshold) for v in x]


def _entmax15(x: Sequence[Any]) -> list[Any]:
    """Return the 1.5-entmax of x; its threshold is that of the most numbers that are all above their own."""
    halves = sorted((v / 2 for v in x), reverse=True)
    for k in range(len(x), 0, -1):
        mean = sum(halves[:k]) / k
        spread = sum((v - mean) ** 2 for v in halves[:k])
        if spread < 1 and mean - FUNCTIONS["sqrt"]((1 - spread) / k) < halves[k - 1]:
            threshold = mean - FUNCTIONS["sqrt"]((1 - spread) / k)
            break
    return [max(0, v / 2 - threshold) ** 2 for v in x]


def _gamma(v: Any) -> tuple[Any, Any, Any]:
    """Return the gamma function and its derivatives."""
    y, psi = mp.gamma(v), mp.psi(0, v)
    return y, y * psi, y * (psi * psi + mp.psi(1, v))


FUNCTIONS: dict[str, Any] = {
    "exp": _lifted(_exp),
    "expm1": _lifted(lambda v: (mp.expm1(v), mp.exp(v), mp.exp(v))),
    "log": _lifted(lambda v: (mp.log(v), 1 / v, -1 / v**2)),
    "log1p": _lifted(lambda v: (mp.log1p(v), 1 / (1 + v), -1 / (1 + v) ** 2)),
    "tanh": _lifted(_tanh),
    "sech": _lifted(_sech),
    "sin": _lifted(lambda v: (mp.sin(v), mp.cos(v), -mp.sin(v))),
    "cos": _lifted(lambda v: (mp.cos(v), -mp.sin(v), -mp.cos(v))),
    "atan": _lifted(lambda v: (mp.atan(v), 1 / (1 + v * v), -2 * v / (1 + v * v) ** 2)),
    "arctan": _lifted(lambda v: (mp.atan(v), 1 / (1 + v * v), -2 * v / (1 + v * v) ** 2)),
    "tan": _lifted(lambda v: (mp.tan(v), mp.sec(v) ** 2, 2 * mp.tan(v) * mp.sec(v) ** 2)),
    "sinh": _lifted(lambda v: (mp.sinh(v), mp.cosh(v), mp.sinh(v))),
    "cosh": _lifted(lambda v: (mp.cosh(v), mp.sinh(v), mp.cosh(v))),
    "asinh": _lifted(lambda v: (mp.asinh(v), 1 / mp.sqrt(1 + v * v), -v / mp.sqrt(1 + v * v) ** 3)),
    "acosh": _lifted(lambda v: (mp.acosh(v), 1 / mp.sqrt(v * v - 1), -v / mp.sqrt(v * v - 1) ** 3)),
    "atanh": _lifted(lambda v: (mp.atanh(v), 1 / (1 - v * v), 2 * v / (1 - v * v) ** 2)),
    "gamma": _lifted(_gamma),
    "lgamma": _lifted(lambda v: (mp.loggamma(v), mp.psi(0, v), mp.psi(1, v))),
    "sqrt": _lifted(_sqrt),
    "erf": _lifted(_erf),
    "erfc": _lifted(lambda v: (mp.erfc(v), *(-d for d in _erf(v)[1:]))),
    "phi": _lifted(lambda v: (_density(v), -v * _density(v), (v * v - 1) * _density(v))),
    "Phi": _lifted(_distribution),
    "sigmoid": _lifted(_logistic),
    "softplus": _lifted(lambda v: (mp.log1p(mp.exp(v)), *_logistic(v)[:2])),
    "sign": _lifted(lambda v: (mp.sign(v), 0, 0)),
    "softmax": _softmax,
    "sparsemax": _sparsemax,
    "entmax15": _entmax15,
    "mpf": mpf,
    "abs": abs,
    "min": min,
    "max": max,
    "sum": sum,
    "range": range,
    "sorted": sorted,
    "reversed": reversed,
    "_divide": _divide,
}


class _Exactly(ast.NodeTransformer):
    """Replaces quotients of integers, and decimal constants, by mpf, so that nothing is rounded before."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        return ast.Call(ast.Name("_divide", ast.Load()), [node.left, node.right], [])

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Call(ast.Name("mpf", ast.Load()), [node], []) if isinstance(node.value, float) else node


@functools.cache
def compiled(expression: str) -> CodeType:
    """Return the code of a formula. Raises SyntaxError if it cannot be parsed."""
    tree = ast.parse(expression, mode="eval")
    return compile(ast.fix_missing_locations(_Exactly().visit(tree)), expression, "eval")


def value(expression: str, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression with these names, at mpmath's current precision."""
    return eval(compiled(expression), {"__builtins__": {}, "pi": +mp.pi, **FUNCTIONS, **names})  # noqa: S307  the record's own text


def constants(settings: Settings) -> dict[str, Any]:
    """Return the parameters as exact numbers; inf for those that are unset."""
    return {name: _constant(number) for name, number in settings.items()}


def _constant(number: Any) -> Any:
    if isinstance(number, Quotient):
        return mpf(number.numerator) / number.denominator
    return mpf("inf") if number is None else mpf(number)


def meant(record: Activation, settings: Settings) -> dict[str, Any]:
    """Return the result of `constants` for parameters of `record`, some of which may be words."""
    return constants(record.constants(settings))


def untraced(function: Callable[Words, Result]) -> Callable[Words, Result]:
    """Return the function without tracing by coverage, under which mpmath takes three times as long."""

    @functools.wraps(function)
    def call(*arguments: Words.args, **named: Words.kwargs) -> Result:
        trace = sys.gettrace()
        sys.settrace(None)
        try:
            return function(*arguments, **named)
        finally:
            sys.settrace(trace)

    return call


@untraced
def settled(compute: Callable[[], list[Any]], magnitude: float) -> list[Any]:
    """Return the results of `compute` at the first precision that agrees with the one before.

    magnitude: the binary exponent of the smallest input; x - tanh(x) loses twice that many bits. A result of
    zero, such as 1 - tanh(40), is accepted at the last precision only. Raises ArithmeticError if no two
    precisions agree.
    """
    first = 160 + 3 * int(max(0.0, -magnitude))
    most = max(200 * PRECISIONS[-1], 4 * first)
    before: list[Any] = []
    for bits in (first * multiple for multiple in PRECISIONS if first * multiple <= most):
        with mp.workprec(bits):
            now = [mpf(number) for number in compute()]
        if before and all(map(_agree, before, now)):
            if all(now) or 2 * bits > most:
                return now
            with mp.workprec(most):
                return [mpf(number) for number in compute()]
        before = now
    raise ArithmeticError(f"no two precisions up to {most} bits agree")


def _agree(p: Any, q: Any) -> bool:
    return bool(p == q or max(abs(p), abs(q)) < NOTHING or abs(p - q) <= abs(q) * mpf(2) ** -AGREEMENT)


def _magnitude(numbers: Sequence[float]) -> float:
    return min((math.frexp(number)[1] for number in numbers if number), default=0)


def at_kink(record: Activation, x: float, settings: Settings) -> Kink | None:
    """Return the kink that is exactly at x, or None."""
    return next((kink for kink in record.kinks if kink.place(settings) == x), None)


def exact(record: Activation, x: float, settings: Settings) -> list[Exact]:
    """Return f, f' and f'' of an elementwise activation at x: the values of a kink, limits at +-inf."""
    if math.isnan(x) or not record.domain[0] <= x <= record.domain[1]:
        return [math.nan] * 3
    if x in record.domain and math.isfinite(x):
        with mp.workprec(2000):
            beside = mpf(x) + (1 if x == record.domain[0] else -1) / FAR[0]
            return [math.copysign(math.inf, y) for y in differentiated(record, beside, settings)]
    if math.isinf(x):
        return limits(lambda far: differentiated(record, math.copysign(1, x) * far, settings))
    if kink := at_kink(record, x, settings):
        return settled(lambda: [value(v, meant(record, settings)) for v in (kink.f, kink.d1, kink.d2)], 0)
    return settled(lambda: differentiated(record, mpf(x), settings), _magnitude([x]))


def stated(record: Activation, x: float, settings: Settings) -> list[Exact]:
    """Return f' and f'' as the record's `derivatives` state them, at a finite x that is no kink."""
    names = {"x": mpf(x), **meant(record, settings)}
    return settled(lambda: [value(d, names) for d in record.derivatives], _magnitude([x]))


def differentiated(record: Activation, x: Any, settings: Settings) -> list[Any]:
    """Return f, f' and f'' of an elementwise activation at mpmath's current precision."""
    y = _dual(value(record.formula, {"x": Hyperdual(x, mpf(1), mpf(1)), **meant(record, settings)}))
    return [y.v, y.a, y.c]


@untraced
def limits(function: Callable[[Any], list[Any]]) -> list[Exact]:
    """Return the limit of each number of `function` at infinity: finite, infinite, or nan if it has none."""
    with mp.workprec(2000):
        near, far = (function(distance) for distance in FAR)
    return [_limit(mpf(p), mpf(q)) for p, q in zip(near, far, strict=True)]


def _limit(p: Any, q: Any) -> Exact:
    if abs(p - q) <= abs(q) * mpf(2) ** -200:
        return q
    if max(abs(p), abs(q)) < mpf(2) ** -200:  # it tends to 0, or is the rounding error of 0
        return mpf(0)
    return math.copysign(math.inf, q) if abs(q) > max(abs(p) * 2, mpf(2) ** 200) and p * q > 0 else math.nan


def exact_many(record: Activation, x: Sequence[float], settings: Settings, order: int) -> list[Exact]:
    """Return the derivatives of this order of a VECTOR or GATED activation at finite x, flat in C order."""
    return _many(record, x, settings, order, lambda i, seeds: _partial(record, x, settings, i, seeds))


def stated_many(record: Activation, x: Sequence[float], settings: Settings, order: int) -> list[Exact]:
    """Return the result of `exact_many` as the record's `derivatives` state it, for order 1 or 2."""
    return _many(record, x, settings, order, lambda i, seeds: _stated_partial(record, x, settings, i, seeds))


def _many(
    record: Activation,
    x: Sequence[float],
    settings: Settings,
    order: int,
    partial: Callable[[int, tuple[int, ...]], list[Any]],
) -> list[Exact]:
    """Return the last number of each `partial`: those before it take part in the choice of the precision."""
    outputs, own = len(x), [set[int]()]
    if record.kind is Kind.GATED:
        outputs = len(x) // 2
        places = (range(len(x))[half] for half in record.halves(len(x), settings))
        own = [set(pair) for pair in zip(*places, strict=True)]
    combinations = itertools.product(range(outputs), *[range(len(x))] * order)
    return [
        settled(lambda i=i, seeds=seeds: partial(i, seeds), _magnitude(x))[-1]  # type: ignore[misc]
        if record.kind is Kind.VECTOR or set(seeds) <= own[i]
        else mpf(0)  # an input of another gate
        for i, *seeds in combinations
    ]


def _partial(
    record: Activation, x: Sequence[float], settings: Settings, i: int, seeds: Sequence[int]
) -> list[Any]:
    numbers: list[Any] = [mpf(number) for number in x]
    for slot, position in zip("ab", seeds, strict=False):
        numbers[position] = _dual(numbers[position])
        setattr(numbers[position], slot, mpf(1))
    names = {**_inputs(record, numbers, i, settings), **meant(record, settings)}
    y = _dual(value(record.formula, names))
    return [y.v, getattr(y, "vac"[len(seeds)])]


def _stated_partial(
    record: Activation, x: Sequence[float], settings: Settings, i: int, seeds: Sequence[int]
) -> list[Any]:
    names = {**_inputs(record, [mpf(number) for number in x], i, settings), **meant(record, settings)}
    formula = record.derivatives[len(seeds) - 1]
    if record.kind is Kind.GATED:
        second = range(len(x))[record.halves(len(x), settings)[1]]
        return [value(formula, names)[sum(seed in second for seed in seeds)]]
    return [value(formula, {**names, **dict(zip("jk", seeds, strict=False))})]


def _inputs(record: Activation, x: Sequence[Any], i: int, settings: Settings) -> dict[str, Any]:
    if record.kind is Kind.GATED:
        a, b = record.halves(len(x), settings)
        return {"a": x[a][i], "b": x[b][i]}
    return {"x": list(x), "i": i, "n": len(x)}


@untraced
def ulps(got: float, true: Exact, term: Any = 0) -> float:
    """Return |got - true| in spacings of float64 at the true value; inf for a wrong nan or infinity.

    term: a larger number that cancelled, if the promised error is relative to it; its spacing is used then.
    Beyond the largest float64, an infinite `got` and larger true values count as 2^1024.
    """
    if math.isnan(got) or mpmath.isnan(true):
        return 0.0 if math.isnan(got) and mpmath.isnan(true) else math.inf
    if mpmath.isinf(true):
        return 0.0 if got == true else math.inf
    limit = mpf(2) ** 1024
    true = max(-limit, min(limit, true))
    if math.isinf(got) and abs(true) < limit - mpf(2) ** 975:
        return math.inf
    with mp.workprec(200):
        nearest = math.copysign(1, got) * limit if math.isinf(got) else mpf(got)
        return float(abs(nearest - true) / spacing(max(abs(true), abs(term))))


def spacing(true: Any) -> Any:
    """Return the spacing of float64 at a value: 2^-1074 below the smallest normal, 2^971 at the largest."""
    exponent = int(mpmath.frexp(true)[1]) - 1 if true else -1022
    return mpf(2) ** (min(max(exponent, -1022), 1023) - 52)
