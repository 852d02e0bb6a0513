"""Exponentials: functions that grow like exp, or approach a limit like exp on the negative side."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from actcli.activations.record import ALL_ORDERS, FrameworkVariant, Kink, Parameter, activation
from actcli.numeric import blend, double_double, fixup, multiple, positive, propagate_nan, xp
from actcli.numeric.double_double import DoubleDouble
from actcli.numeric.elementary import horner, minus_root, quotient, scaled_exp

if TYPE_CHECKING:
    from decimal import Context, Decimal

    from actcli.numeric import Array, Jet


@activation(
    "exp(x)",
    derivatives=("exp(x)", "exp(x)"),
    aliases=("exp",),
    frameworks={
        "keras": FrameworkVariant("keras.activations.exponential"),
        "keras2": FrameworkVariant("exponential"),
        "torch": FrameworkVariant("torch.exp"),
        "jax": FrameworkVariant("jax.numpy.exp"),
        "onnx": FrameworkVariant("Exp"),
        "numpy-ml": FrameworkVariant("Exponential"),
    },
    range="(0, inf)",
    monotone="increasing",
)
def exponential(x: Array) -> Jet:
    """The exponential function; inf above 709.78."""
    y = xp.exp(x)
    yield y
    yield +y
    yield +y


@activation(
    "x if x > 0 else alpha*expm1(x)",
    derivatives=("1 if x > 0 else alpha*exp(x)", "0 if x > 0 else alpha*exp(x)"),
    parameters=(Parameter("alpha", 1.0, "minus the limit at -inf"),),
    kinks=(Kink("0", f="0", d1="alpha", d2="alpha"),),
    frameworks={
        "keras": FrameworkVariant("keras.activations.elu"),
        "keras2": FrameworkVariant("elu"),
        "torch": FrameworkVariant("torch.nn.ELU", at={"0": (None, None, 0.0)}),
        "jax": FrameworkVariant("jax.nn.elu", note="f' is 0 below -37"),
        "onnx": FrameworkVariant("Elu"),
        "numpy-ml": FrameworkVariant("ELU", at={"0": (None, None, 0.0)}),
    },
    range="(-alpha, inf)",
    monotone="increasing",
    reference="Clevert, Unterthiner and Hochreiter 2015, arXiv:1511.07289",
)
def elu(x: Array, alpha: float, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """A relu that settles at minus alpha."""
    return _elu(x, 1.0, alpha, orders)


@activation(
    "scale*x if x > 0 else scale*alpha*expm1(x)",
    derivatives=("scale if x > 0 else scale*alpha*exp(x)", "0 if x > 0 else scale*alpha*exp(x)"),
    parameters=(
        Parameter("alpha", 1.6732632423543772, "minus the limit at -inf, before scaling"),
        Parameter("scale", 1.0507009873554805, "slope of the positive side", aliases=("gamma",)),
    ),
    kinks=(Kink("0", f="0", d1="scale*alpha", d2="scale*alpha"),),
    frameworks={
        "keras": FrameworkVariant("keras.activations.selu"),
        "keras2": FrameworkVariant("selu"),
        "torch": FrameworkVariant("torch.nn.SELU", at={"0": (None, None, 0.0)}),
        "jax": FrameworkVariant("jax.nn.selu"),
        "onnx": FrameworkVariant(
            "Selu",
            defaults={"alpha": 1.67326319217681884765625, "scale": 1.05070102214813232421875},
            note="its constants are float32",
        ),
        "numpy-ml": FrameworkVariant("SELU", at={"0": (None, 1.0507009873554805, None)}),
    },
    range="(-1.7580993408473766, inf)",
    monotone="increasing",
    reference="Klambauer, Unterthiner, Mayr and Hochreiter 2017, Self-Normalizing Neural Networks",
)
def selu(x: Array, alpha: float, scale: float, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """A scaled elu that keeps mean 0 and variance 1."""
    return _elu(x, scale, scale * alpha, orders)


def _elu(x: Array, slope: float, depth: float, orders: frozenset[int]) -> Jet:
    """Yield the orders of slope * x for x > 0, else depth * expm1(x)."""
    below = xp.clip(x, -1500, 0)  # on the other side exp would overflow
    if 0 in orders:
        y = multiple(slope, positive(x)) + multiple(depth, xp.expm1(below))
        yield fixup(y, x == 0, lambda x: x, x)  # -0 for -0
    else:
        yield None
    e = scaled_exp(depth, below)  # f + depth would have no digits in the tail
    yield e if slope == depth else blend(x > 0, slope, e)  # exp(0) is 1
    yield xp.where(x > 0, 0.0, e)


@activation(
    "x if x > 0 else alpha*expm1(x/alpha)",
    derivatives=("1 if x > 0 else exp(x/alpha)", "0 if x > 0 else exp(x/alpha)/alpha"),
    parameters=(Parameter("alpha", 1.0, "minus the limit at -inf"),),
    requires=("alpha != 0",),
    kinks=(Kink("0", f="0", d1="1", d2="1/alpha"),),
    frameworks={
        "keras": FrameworkVariant("keras.activations.celu", at={"0": (None, None, 0.25)}),
        "torch": FrameworkVariant("torch.nn.CELU", at={"0": (None, None, 0.0)}),
        "jax": FrameworkVariant("jax.nn.celu", at={"0": (None, None, 0.25)}, note="f''(0) is 1/(4 alpha)"),
        "onnx": FrameworkVariant("Celu"),
    },
    range="(-alpha, inf)",
    monotone="increasing",
    reference="Barron 2017, Continuously Differentiable Exponential Linear Units, arXiv:1704.07483",
)
def celu(x: Array, alpha: float, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """An elu with slope one at zero, whatever alpha."""
    if alpha == 1:
        yield from _elu(x, 1.0, 1.0, orders)
        return
    q, rest = quotient(xp.minimum(x, 0.0), alpha)
    correction = 1 + rest  # exp(q + rest) = exp(q) (1 + rest): q is up to 700 times its rounding error
    y = alpha * (xp.expm1(q) + rest * xp.exp(q))
    y = xp.where(q > 40, scaled_exp(alpha, q) * correction, y)  # a negative alpha grows
    yield xp.where((x > 0) | (abs(q) < 2.0**-54), x, y)  # near 0 it is x, even where x/alpha underflows
    yield xp.where(x > 0, 1.0, scaled_exp(1.0, q) * correction)
    yield xp.where(x > 0, 0.0, scaled_exp(1 / alpha, q) * correction)


_XIELU = (
    "{p}*x*x + beta*x if x > 0 else {n}*(expm1(min(x, eps)) - x) + beta*x",
    "2*{p}*x + beta if x > 0 else ({n}*expm1(x) + beta if x <= eps else beta - {n})",
    "2*{p} if x > 0 else ({n}*exp(x) if x <= eps else 0)",
)
_XIELU_KINKS = (
    (
        "eps",
        ("{n}*(expm1(eps) - eps) + beta*eps", "{n}*expm1(eps) + beta", "{n}*exp(eps)"),
    ),
    ("0", ("{n}*expm1(eps)", "beta - {n} if eps < 0 else beta", "0 if eps < 0 else {n}")),
)
_STORED = {"p": "softplus(alpha_p)", "n": "(beta + softplus(alpha_n))"}
_OWN = {"p": "alpha_p", "n": "alpha_n"}
_XIELU_PAPER = "Huang 2024, Deriving Activation Functions via Integration, arXiv:2411.13010"
_BETA = Parameter("beta", 0.5, "slope at 0")
_EPS = Parameter("eps", -1e-6, "the exponential ends here; above, up to 0, there is a straight line")
_SQUARED_TERMS = (
    0.5, 0.16666666666666666, 0.041666666666666664, 0.008333333333333333, 0.001388888888888889,
    0.0001984126984126984, 2.48015873015873e-05, 2.7557319223985893e-06, 2.755731922398589e-07,
    2.5052108385441717e-08, 2.08767569878688e-09, 1.6059043836821874e-10, 1.1470745597666463e-11,
    7.647163731796435e-13, 4.779477336138514e-14, 2.811457255732005e-15, 1.5619205485407974e-16,
    8.22063469837341e-18, 4.1103563329752665e-19, 1.957308416889098e-20, 8.890392357216592e-22,
)  # fmt: skip
"""(e^d - 1 - d)/d^2 as a polynomial of d up to 2 on both sides: 1/2!, 1/3!, ..."""


@activation(
    _XIELU[0].format(**_OWN),
    derivatives=(_XIELU[1].format(**_OWN), _XIELU[2].format(**_OWN)),
    parameters=(
        Parameter("alpha_p", 0.8, "of the positive side's parabola, after softplus"),
        Parameter("alpha_n", 0.8, "of the negative side's exponential, after softplus, beta included"),
        _BETA,
        _EPS,
    ),
    requires=("eps <= 0",),
    kinks=tuple(Kink(at, *(text.format(**_OWN) for text in texts)) for at, texts in _XIELU_KINKS),
    range="[-0.2057512240964821, inf)",
    monotone="no",
    reference=_XIELU_PAPER,
    note="frameworks store alpha-p and alpha-n before softplus, alpha-n without beta: see --like",
)
def xielu(x: Array, alpha_p: float, alpha_n: float, beta: float, eps: float) -> Jet:
    """A parabola above zero, an integral of elu below."""
    return _xielu(x, _xielu_constants(alpha_p, alpha_n, beta, eps, stored=False))


@activation(
    _XIELU[0].format(**_STORED),
    derivatives=(_XIELU[1].format(**_STORED), _XIELU[2].format(**_STORED)),
    parameters=(
        Parameter(
            "alpha_p", 0.20338232081102464, "of the positive side's parabola, as stored: before softplus"
        ),
        Parameter("alpha_n", -1.0502256128148466, "of the negative side's exponential, before softplus"),
        _BETA,
        _EPS,
    ),
    requires=("eps <= 0",),
    kinks=tuple(Kink(at, *(text.format(**_STORED) for text in texts)) for at, texts in _XIELU_KINKS),
    range="[-0.2057512240964821, inf)",
    monotone="no",
    reference=_XIELU_PAPER,
    variant_of="xielu",
)
def xielu_stored(x: Array, alpha_p: float, alpha_n: float, beta: float, eps: float) -> Jet:
    """The xielu of frameworks: with alphas as stored, before softplus."""
    return _xielu(x, _xielu_constants(alpha_p, alpha_n, beta, eps, stored=True))


class _Exact(NamedTuple):
    """A number as the sum of three float64, 159 bits together."""

    hi: float
    lo: float
    rest: float

    def half(self) -> _Exact:
        return _Exact(self.hi / 2, self.lo / 2, self.rest / 2)

    def pair(self) -> DoubleDouble:
        return DoubleDouble(xp.asarray(self.hi), xp.asarray(self.lo))


class _XieluConstants(NamedTuple):
    """Constants of xielu near its roots, where it keeps its digits; the roots depend on the parameters.

    p, n, beta: as in the formula. slope: beta - n. middle: n expm1(eps). Roots, None where there is none:
    of the parabola, of the line between eps and 0, of the negative side's f and f'.
    fall, bend: f' and f'' at that root of f. steep: whether beta is n or more of the same sign.
    """

    p: _Exact
    n: _Exact
    beta: _Exact
    slope: _Exact
    eps: float
    middle: float
    parabola: _Exact | None
    line: _Exact | None
    root: _Exact | None
    fall: _Exact | None
    bend: _Exact
    turn: _Exact | None
    steep: bool


@lru_cache(maxsize=64)
def _xielu_constants(
    alpha_p: float, alpha_n: float, beta: float, eps: float, *, stored: bool
) -> _XieluConstants:
    from decimal import Context, Decimal  # which takes time to import

    sizes = [Decimal(v).adjusted() for v in (alpha_p, alpha_n, beta) if v]
    digits = 80 + 2 * (max(sizes, default=0) - min(sizes, default=0)) + 2 * max(map(abs, sizes), default=0)
    c = Context(prec=digits, Emax=10**15, Emin=-(10**15), traps=[])
    p, n, b = map(Decimal, (alpha_p, alpha_n, beta))
    if stored:
        p, n = _softplus(p, c), c.add(b, _softplus(n, c))
    m, step = c.subtract(b, n), c.multiply(n, c.subtract(c.exp(Decimal(eps)), 1))
    parabola = c.divide(b.copy_negate(), p) if p else None
    line = c.divide(step.copy_negate(), m) if m else None
    ratio = c.divide(b, n) if n else Decimal(0)
    root = turn = fall = bend = None
    if 0 < ratio < 1:
        root, turn = _negative_root(ratio, c), c.ln(c.subtract(1, ratio))
        bend = c.multiply(n, c.exp(root))
        fall = c.add(m, bend)
    return _XieluConstants(
        _exact(p),
        _exact(n),
        _exact(b),
        _exact(m),
        eps,
        float(step),
        _exact(parabola) if parabola is not None and parabola > 0 else None,
        _exact(line) if line is not None and line < 0 else None,
        _exact(root) if root is not None else None,
        _exact(fall) if fall is not None else None,
        _exact(bend) if bend is not None else _Exact(0.0, 0.0, 0.0),
        _exact(turn) if turn is not None else None,
        ratio >= 1,
    )


def _exact(number: Decimal) -> _Exact:
    from decimal import Context, Decimal

    c = Context(prec=100, traps=[])
    hi = float(number)
    if not -1e308 < hi < 1e308:
        return _Exact(hi, 0.0, 0.0)
    rest = c.subtract(number, Decimal(hi))
    lo = float(rest)
    return _Exact(hi, lo, float(c.subtract(rest, Decimal(lo))))


def _softplus(x: Decimal, c: Context) -> Decimal:
    if x > 3 * c.prec:
        return x
    e = c.exp(x)
    return e if x < -3 * c.prec else c.ln(c.add(1, e))


def _negative_root(ratio: Decimal, c: Context) -> Decimal:
    """Return the x < 0 where e^x - 1 - x = -ratio x, by Newton's method from the left of a convex curve."""
    other = c.subtract(1, ratio)
    x = c.divide(c.multiply(-2, ratio), other)
    for _ in range(200):
        e = c.exp(x)
        step = c.divide(c.subtract(c.subtract(e, 1), c.multiply(other, x)), c.subtract(e, other))
        x = c.subtract(x, step)
        if not abs(step) > abs(x).scaleb(-60):
            break
    return x


def _xielu(x: Array, k: _XieluConstants) -> Jet:
    """Yield the orders of xielu."""
    up, above = positive(x), x > 0
    far = x < -1e290  # there f is a straight line
    line, left = (x > k.eps) & ~above, (x <= k.eps) & ~far
    y = up * _line_from(k.p.hi, k.parabola, up, k.beta.hi)
    fixup(y, line, lambda x: _line_from(k.slope.hi, k.line, x, k.middle), x)
    fixup(y, left, lambda x: _xielu_left(x, k), x)
    yield fixup(y, far, lambda x: multiple(k.slope.hi, x) - k.n.hi, x)
    y = _line_from(2 * k.p.hi, k.parabola.half() if k.parabola else None, up, k.beta.hi)
    y = xp.where(line | far, k.slope.hi, y)
    yield fixup(y, left, lambda x: _xielu_left_d1(x, k), x)
    y = propagate_nan(x, xp.where(above, 2 * k.p.hi, 0.0))
    yield fixup(y, left, lambda x: scaled_exp(k.n.hi, xp.maximum(x, -2000)), x)


def _line_from(slope: float, root: _Exact | None, x: Array, intercept: float) -> Array:
    """Return slope x + intercept, by its root if it has one where it counts."""
    return multiple(slope, x) + intercept if root is None else slope * minus_root(root, x)


def _xielu_left(x: Array, k: _XieluConstants) -> Array:
    """Return n (e^x - 1 - x) + beta x for x <= 0, finite."""
    if k.root is None:
        if k.steep:
            return multiple(k.slope.hi, x) + multiple(k.n.hi, xp.expm1(x))
        return multiple(k.n.hi, _exp_beyond_line(x)) + multiple(k.beta.hi, x)
    y = xp.empty_like(x)
    root = k.root.hi if k.root.hi > -1e300 and k.fall else -xp.inf  # farther out, it does not count
    fixup(y, x < 0.5 * root, lambda x: _xielu_near_root(x, k), x)
    return fixup(y, ~(x < 0.5 * root), lambda x: _xielu_near_zero(x, k), x)


def _xielu_near_root(x: Array, k: _XieluConstants) -> Array:
    """Return n (e^x - 1 - x) + beta x at distance d from its root, as fall d + bend (e^d - 1 - d)."""
    assert k.root is not None and k.fall is not None  # noqa: S101, PT018  the caller's condition
    d = DoubleDouble(x) - DoubleDouble(xp.asarray(k.root.hi), xp.asarray(k.root.lo)) - k.root.rest
    c, square = xp.clip(d.to_float(), -2, 2), d * d
    near = abs(d.hi) < 2
    beyond = square * horner(_SQUARED_TERMS, c)  # e^d - 1 - d
    far = _exp_beyond_line(xp.minimum(d.hi, 700))
    beyond = DoubleDouble(xp.where(near, beyond.hi, far), xp.where(near, beyond.lo, 0.0))
    return (k.fall.pair() * d + k.bend.pair() * beyond).to_float()


def _xielu_near_zero(x: Array, k: _XieluConstants) -> Array:
    """Return n (e^x - 1 - x) + beta x near 0 by its power series, in twice the precision: it cancels."""
    rough = abs(x) > 0.05  # nearer to 0, e^x - 1 - x itself would cancel
    e = double_double.exp(xp.maximum(x, -700)) - 1.0 - x
    terms = xp.where(rough, e.hi, _exp_beyond_line(xp.maximum(x, -1)))
    y = DoubleDouble(terms, xp.where(rough, e.lo, 0.0)) * k.n.pair() + k.beta.pair() * x
    return y.to_float()


def _xielu_left_d1(x: Array, k: _XieluConstants) -> Array:
    """Return n (e^x - 1) + beta for x <= 0, finite."""
    low = xp.maximum(x, -2000)
    if k.turn is None:
        if k.steep:
            return k.slope.hi + scaled_exp(k.n.hi, low)
        return multiple(k.n.hi, xp.expm1(x)) + k.beta.hi
    d = minus_root(k.turn, x)
    y = -k.slope.hi * xp.expm1(xp.minimum(d, 3))
    return fixup(y, ~(d < 2), lambda x: k.slope.hi + scaled_exp(k.n.hi, x), low)


def _exp_beyond_line(d: Array) -> Array:
    """Return e^d - 1 - d."""
    c = xp.clip(d, -2, 2)
    return blend(abs(d) < 2, c * c * horner(_SQUARED_TERMS, c), xp.expm1(d) - d)
