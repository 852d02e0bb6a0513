"""What is true: an activation's formula at high precision, differentiated there.

The formula is evaluated with mpmath over hyper-dual numbers v + a e1 + b e2 + c e1 e2 (e1^2 = e2^2 = 0):
seeded along two inputs they carry both first derivatives and the mixed second one, exactly, through
every branch. The precision doubles until two of them agree.

In a formula integers are exact, so 1/6 is; decimal constants and parameters are float64; a parameter
that is not in force (None) is inf. Beside `x`, vectors have `x[i]`, `n` and, in derivatives, `j` and `k`;
gates have `a` and `b`. Derivatives of gates are tuples: (d/da, d/db) and (d2/da2, d2/dadb, d2/db2).
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
"""Bits that two precisions must share."""
PRECISIONS = (1, 2, 4, 8, 16, 32)
"""Multiples of the first precision that are tried."""
NOTHING = mpf(2) ** -1160
"""So far below the smallest subnormal that its digits do not matter."""
FAR = (mpf(2) ** 400, mpf(2) ** 600)
"""Where limits at infinity are read."""

VAST = mpf(2) ** 60
"""From here on 1 - tanh(x) is no number that counts; mpmath needs memory for all of it."""


class Hyperdual:
    """A number with its derivatives along two directions and the mixed second derivative."""

    __slots__ = ("a", "b", "c", "v")
    __hash__ = None  # type: ignore[assignment]  # equal values may differ in their derivatives

    def __init__(self, v: Any, a: Any = 0, b: Any = 0, c: Any = 0) -> None:
        self.v, self.a, self.b, self.c = v, a, b, c

    def chain(self, f: Any, d1: Any, d2: Any) -> Hyperdual:
        """A function of this number whose value and derivatives at v are these."""
        return Hyperdual(f, d1 * self.a, d1 * self.b, d1 * self.c + d2 * self.a * self.b)

    def inverse(self) -> Hyperdual:
        """One divided by this number."""
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
    """A function of numbers and of hyper-duals, given its value and two derivatives."""

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
    """The threshold is that of the largest k numbers for which it lies below all of them."""
    halves = sorted((v / 2 for v in x), reverse=True)
    for k in range(len(x), 0, -1):
        mean = sum(halves[:k]) / k
        spread = sum((v - mean) ** 2 for v in halves[:k])
        if spread < 1 and mean - FUNCTIONS["sqrt"]((1 - spread) / k) < halves[k - 1]:
            threshold = mean - FUNCTIONS["sqrt"]((1 - spread) / k)
            break
    return [max(0, v / 2 - threshold) ** 2 for v in x]


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
    """Quotients of integers and decimal constants become mpf before anything is rounded."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        return ast.Call(ast.Name("_divide", ast.Load()), [node.left, node.right], [])

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Call(ast.Name("mpf", ast.Load()), [node], []) if isinstance(node.value, float) else node


@functools.cache
def compiled(expression: str) -> CodeType:
    """A formula's code. SyntaxError if it is none."""
    tree = ast.parse(expression, mode="eval")
    return compile(ast.fix_missing_locations(_Exactly().visit(tree)), expression, "eval")


def value(expression: str, names: Mapping[str, Any]) -> Any:
    """The expression's value at mpmath's present precision."""
    return eval(compiled(expression), {"__builtins__": {}, "pi": +mp.pi, **FUNCTIONS, **names})  # noqa: S307  the record's own text


def constants(settings: Settings) -> dict[str, Any]:
    """Parameters as exact numbers; inf for those that are not in force."""
    return {name: _constant(number) for name, number in settings.items()}


def _constant(number: Any) -> Any:
    if isinstance(number, Quotient):
        return mpf(number.numerator) / number.denominator
    return mpf("inf") if number is None else mpf(number)


def meant(record: Activation, settings: Settings) -> dict[str, Any]:
    """The same where words are among them."""
    return constants(record.constants(settings))


def untraced(function: Callable[Words, Result]) -> Callable[Words, Result]:
    """The function, unseen by coverage: it measures the program, and mpmath takes thrice as long under it."""

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
    """The numbers computed at a precision where the next one agrees with them.

    magnitude: the binary exponent of the smallest input; x - tanh(x) loses twice that many bits.
    A zero is believed at the last precision only: it may be 1 - tanh(40).
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
    """The kink that lies exactly at x, if one does."""
    return next((kink for kink in record.kinks if kink.place(settings) == x), None)


def exact(record: Activation, x: float, settings: Settings) -> list[Exact]:
    """f, f' and f'' of an elementwise activation at a float64: the kink's own values, limits at +-inf."""
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
    """f' and f'' as the record's `derivatives` state them at a finite x that is no kink."""
    names = {"x": mpf(x), **meant(record, settings)}
    return settled(lambda: [value(d, names) for d in record.derivatives], _magnitude([x]))


def differentiated(record: Activation, x: Any, settings: Settings) -> list[Any]:
    """f, f' and f'' of an elementwise activation at mpmath's present precision."""
    y = _dual(value(record.formula, {"x": Hyperdual(x, mpf(1), mpf(1)), **meant(record, settings)}))
    return [y.v, y.a, y.c]


@untraced
def limits(function: Callable[[Any], list[Any]]) -> list[Exact]:
    """What the numbers tend to far out: a value, an infinity, or nan where they do neither."""
    with mp.workprec(2000):
        near, far = (function(distance) for distance in FAR)
    return [_limit(mpf(p), mpf(q)) for p, q in zip(near, far, strict=True)]


def _limit(p: Any, q: Any) -> Exact:
    if abs(p - q) <= abs(q) * mpf(2) ** -200:
        return q
    if max(abs(p), abs(q)) < mpf(2) ** -200:  # a decay, or what rounding leaves of one
        return mpf(0)
    return math.copysign(math.inf, q) if abs(q) > max(abs(p) * 2, mpf(2) ** 200) and p * q > 0 else math.nan


def exact_many(record: Activation, x: Sequence[float], settings: Settings, order: int) -> list[Exact]:
    """A VECTOR's or GATED activation's order-th derivatives at finite x, flat in C order."""
    return _many(record, x, settings, order, lambda i, seeds: _partial(record, x, settings, i, seeds))


def stated_many(record: Activation, x: Sequence[float], settings: Settings, order: int) -> list[Exact]:
    """The same as the record's `derivatives` state them (order 1 or 2)."""
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
        else mpf(0)  # another gate's number
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
    """|got - true| in spacings of float64 at the true value; inf for a wrong nan or infinity.

    Where a larger term cancelled and the promise is in its digits, the spacing is that of the term.
    Past the largest float64 there is one spacing more, and inf stands for 2^1024.
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
    """The distance of float64s at this value: 2^-1074 below the smallest normal, 2^971 at the largest."""
    exponent = int(mpmath.frexp(true)[1]) - 1 if true else -1022
    return mpf(2) ** (min(max(exponent, -1022), 1023) - 52)
