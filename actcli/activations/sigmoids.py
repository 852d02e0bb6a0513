"""Sigmoids: smooth, S-shaped curves between two limits."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from actcli.activations.gelus import normal_probability
from actcli.activations.record import ALL_ORDERS, FrameworkVariant, Kink, Parameter, activation
from actcli.numeric import clip_above, fixup, multiple, xp
from actcli.numeric.elementary import (
    TAYLOR_DEGREE,
    TaylorTable,
    centers,
    integrate,
    logistic,
    lookup,
    make_table,
    one_plus_cubed,
    one_plus_squared,
    product,
    quotient,
    scaled_exp,
    two_product,
    two_sum,
)

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet


@activation(
    "1/(1 + exp(-x))",
    derivatives=(
        "exp(-abs(x))/(1 + exp(-abs(x)))**2",
        "-sign(x)*exp(-abs(x))*(1 - exp(-abs(x)))/(1 + exp(-abs(x)))**3",
    ),
    aliases=("logistic", "expit", "logsig"),
    frameworks={
        "keras": FrameworkVariant("keras.activations.sigmoid"),
        "keras2": FrameworkVariant("sigmoid"),
        "torch": FrameworkVariant("torch.nn.Sigmoid"),
        "jax": FrameworkVariant("jax.nn.sigmoid"),
        "onnx": FrameworkVariant("Sigmoid"),
        "numpy-ml": FrameworkVariant("Sigmoid"),
    },
    range="(0, 1)",
    monotone="increasing",
    reference="Verhulst 1845, Recherches mathématiques sur la loi d'accroissement de la population",
)
def sigmoid(x: Array, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """The logistic curve from zero to one."""
    yield logistic(x) if 0 in orders else None
    a = abs(x)
    e = xp.exp(-a)  # of -|x|: it cannot overflow
    yield e / one_plus_squared(e)  # never s (1 - s)
    yield xp.copysign(e * xp.expm1(-a) / one_plus_cubed(e), -x) + 0.0  # expm1: s'' near 0 is -x/8


@activation(
    "-log1p(exp(-x))",
    derivatives=("1/(1 + exp(x))", "-exp(-abs(x))/(1 + exp(-abs(x)))**2"),
    frameworks={
        "keras": FrameworkVariant("keras.activations.log_sigmoid"),
        "torch": FrameworkVariant("torch.nn.LogSigmoid"),
        "jax": FrameworkVariant("jax.nn.log_sigmoid"),
    },
    range="(-inf, 0)",
    monotone="increasing",
)
def log_sigmoid(x: Array, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """The logarithm of the sigmoid, also where the sigmoid is zero."""
    # log1p keeps the tail
    yield xp.clip(x, -xp.inf, 0.0) - xp.log1p(xp.exp(-abs(x))) if 0 in orders else None
    yield logistic(-x) if 1 in orders else None
    e = xp.exp(-abs(x))
    yield -e / one_plus_squared(e)


@activation(
    "tanh(x)",
    derivatives=("sech(x)**2", "-2*tanh(x)*sech(x)**2"),
    aliases=("tansig",),
    frameworks={
        "keras": FrameworkVariant("keras.activations.tanh"),
        "keras2": FrameworkVariant("tanh"),
        "torch": FrameworkVariant("torch.nn.Tanh"),
        "jax": FrameworkVariant("jax.nn.tanh"),
        "onnx": FrameworkVariant("Tanh"),
        "numpy-ml": FrameworkVariant("Tanh"),
    },
    range="(-1, 1)",
    monotone="increasing",
    reference="LeCun, Bottou, Orr and Müller 1998, Efficient BackProp",
)
def tanh(x: Array, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """The hyperbolic tangent."""
    yield xp.tanh(x) if 0 in orders else None
    e = xp.exp(-2 * abs(x))
    d1 = 4 * e / one_plus_squared(e)  # never 1 - tanh(x)^2: 0 from 19 on
    d1 = fixup(d1, d1 < 1e-300, lambda x: scaled_exp(4.0, -2 * abs(x)), x)
    yield d1
    yield -2 * xp.tanh(x) * d1 + 0.0


@activation(
    "alpha*tanh(beta*x)",
    derivatives=("alpha*beta*sech(beta*x)**2", "-2*alpha*beta**2*tanh(beta*x)*sech(beta*x)**2"),
    parameters=(
        Parameter("alpha", 1.7159, "the limit at inf"),
        Parameter("beta", 2 / 3, "scale of x"),
    ),
    aliases=("lecun-tanh", "stanh"),
    frameworks={
        "onnx": FrameworkVariant(
            "ScaledTanh", note="only inside RNN, GRU and LSTM", required=("alpha", "beta")
        )
    },
    range="(-alpha, alpha)",
    monotone="increasing",
    reference="LeCun, Bottou, Orr and Müller 1998, Efficient BackProp",
)
def scaled_tanh(x: Array, alpha: float, beta: float) -> Jet:
    """A tanh with its own height and width."""
    bend = _square_times(beta, alpha)
    return _stretched(x, *product(x, beta), (alpha, alpha * beta, bend), beta * bend)


def _stretched(
    x: Array, z: Array, rest: Array | float, heights: tuple[float, float, float], bend: float
) -> Jet:
    """Yield the orders of a stretched tanh(z + rest), z in proportion to x.

    heights: what tanh, its derivative and half its second derivative are multiplied by.
    bend: the third derivative at 0, divided by -2.
    """
    tiny = abs(z) < 2.0**-960  # there z may be subnormal while the slope times x is not
    t = xp.tanh(z)
    yield xp.where(tiny, multiple(heights[1], x), multiple(heights[0], t))
    a, rest = (
        -2 * abs(z),
        -2 * xp.copysign(rest, rest * z),
    )  # the result magnifies z's rounding error 2 z times
    e = xp.exp(a)
    yield scaled_exp(4 * heights[1], a, rest) / one_plus_squared(e)
    scale, cube = 8 * heights[2], 1 / e + (3 + e * (3 + e))  # (1 + e)^3/e
    y = xp.expm1(a) / cube
    y += rest * ((e * (4 - e) - 1) / (cube * (1 + e)))  # its derivative by a
    d2 = xp.copysign(1.0, z) * fixup(scale * y, a < -700, scaled_exp, -scale, a, rest)
    yield xp.where(tiny, multiple(-2 * bend, x), d2) + 0.0


def _square_times(x: float, y: float) -> float:
    """Return x * x * y, rounded once."""
    square, rest = two_product(x, x)
    p, p_rest = two_product(y, square)
    return float(p + (p_rest + y * rest))


@activation(
    "x/(1 + abs(x))",
    derivatives=("1/(1 + abs(x))**2", "-2*sign(x)/(1 + abs(x))**3"),
    kinks=(Kink("0", f="0", d1="1", d2="2"),),
    aliases=("elliot", "elliotsig"),
    frameworks={
        "keras": FrameworkVariant(
            "keras.activations.softsign", at={"0": (None, None, -2.0)}, note="nan at +-inf"
        ),
        "keras2": FrameworkVariant("softsign", note="nan at +-inf"),
        "torch": FrameworkVariant("torch.nn.Softsign", at={"0": (None, None, 0.0)}, note="nan at +-inf"),
        "jax": FrameworkVariant("jax.nn.soft_sign", at={"0": (None, None, -2.0)}, note="nan at +-inf"),
        "onnx": FrameworkVariant("Softsign"),
    },
    range="(-1, 1)",
    monotone="increasing",
    reference="Turian, Bergstra and Bengio 2009, Quadratic Features and Deep Architectures for Chunking",
)
def softsign(x: Array) -> Jet:
    """An S-shaped curve that takes its time: 1 - 1/x far out."""
    a = xp.minimum(abs(x), 1e300)  # f is 1 for smaller x already; inf/inf is nan
    s, rest = two_sum(1.0, a)
    yield xp.copysign(a / s, x)
    r = 1 / s
    yield r / s
    d2 = 2 * r / s / s * (1 - 3 * rest * r)  # the rounding error of 1 + |x| would count three times
    yield xp.where(x > 0, -d2, d2)


@activation(
    "cap*tanh(x/cap)",
    derivatives=("sech(x/cap)**2", "-2*tanh(x/cap)*sech(x/cap)**2/cap"),
    parameters=(Parameter("cap", 30.0, "the limit at inf: 30 of logits, 50 of attention scores in Gemma 2"),),
    requires=("cap > 0",),
    aliases=("tanh-cap",),
    range="(-cap, cap)",
    monotone="increasing",
    reference="Gemma Team 2024, Gemma 2: Improving Open Language Models at a Practical Size, "
    "arXiv:2408.00118",
)
def softcap(x: Array, cap: float) -> Jet:
    """The input near zero, and never more than a cap."""
    return _stretched(x, *quotient(x, cap), (cap, 1.0, 1 / cap), 1 / cap / cap)


@activation(
    "atan(x)",
    derivatives=("1/(1 + x*x)", "-2*x/(1 + x*x)**2"),
    aliases=("atan",),
    frameworks={
        "keras": FrameworkVariant("keras.ops.arctan"),
        "torch": FrameworkVariant("torch.atan"),
        "jax": FrameworkVariant("jax.numpy.arctan"),
        "onnx": FrameworkVariant("Atan"),
    },
    range="(-1.5707963267948966, 1.5707963267948966)",
    monotone="increasing",
)
def arctan(x: Array) -> Jet:
    """The angle whose tangent is x."""
    yield xp.arctan(x)
    a = xp.minimum(abs(x), 1e9)
    square, low = two_product(a, a)
    s, rest = two_sum(1.0, square)
    r = 1 / s
    lost = (rest + low) * r
    far = abs(x) > 1e9
    yield fixup(r * (1 - lost), far, lambda x: 1 / x / x, x)
    y = -2 * xp.copysign(a, x) * r * r * (1 - 2 * lost)
    yield fixup(y, far, lambda x: -2 / x / x / x, x) + 0.0


_TWO_OVER_ROOT_PI = (1.1283791670955126, 1.533545961316588e-17)  # 2/mp.sqrt(mp.pi) is their sum


@activation(
    "erf(x)",
    derivatives=("2/sqrt(pi)*exp(-x*x)", "-4/sqrt(pi)*x*exp(-x*x)"),
    frameworks={
        "keras": FrameworkVariant("keras.ops.erf"),
        "torch": FrameworkVariant("torch.erf"),
        "jax": FrameworkVariant("jax.scipy.special.erf"),
        "onnx": FrameworkVariant("Erf"),
    },
    range="(-1, 1)",
    monotone="increasing",
)
def erf(x: Array) -> Jet:
    """The error function."""
    yield xp.copysign(lookup(_erf(), abs(x)), x) + 0.0
    c = xp.copysign(clip_above(40.0, abs(x)), x)
    square, rest = two_product(c, c)
    yield scaled_exp(_TWO_OVER_ROOT_PI[0], -square, -rest)
    yield scaled_exp(-2 * _TWO_OVER_ROOT_PI[0] * c, -square, -rest) + 0.0


@cache
def _erf() -> TaylorTable:
    """Tabulate erf from 0 to 6, where it is 1."""
    x = centers(0, 6)
    e = xp.exp(-x * x)  # of an exact square
    slope = [_TWO_OVER_ROOT_PI[0] * e + _TWO_OVER_ROOT_PI[1] * e]
    slope.append(-2 * x * slope[0])
    for n in range(1, TAYLOR_DEGREE):
        slope.append(-2 * (x * slope[n] + slope[n - 1]) / (n + 1))
    terms = [c / (n + 1) for n, c in enumerate(slope)]
    return make_table(x, [integrate(terms, 0.0, 0, len(x) - 1), *terms])


@activation(
    "Phi((x - mu)/sigma)",
    derivatives=("phi((x - mu)/sigma)/sigma", "-(x - mu)/sigma*phi((x - mu)/sigma)/sigma**2"),
    parameters=(
        Parameter("mu", 0.707107, "where it is 1/2"),
        Parameter("sigma", 0.282095, "width: the standard deviation of its derivative"),
    ),
    requires=("sigma > 0",),
    range="(0, 1)",
    monotone="increasing",
    reference="Ma et al. 2022, Mega: Moving Average Equipped Gated Attention, arXiv:2209.10655",
    note="the name is the paper's; it is the normal distribution function",
)
def laplace(x: Array, mu: float, sigma: float) -> Jet:
    """The normal distribution function around mu."""
    distance, lost = two_sum(x, -mu)
    z, rest = quotient(distance, sigma)
    inner = abs(z) < 60  # beyond, exp(-z^2/2) is 0, whatever sigma
    rest = xp.where(inner, rest + lost / sigma, 0.0)
    z = xp.clip(z, -60, 60)
    yield normal_probability(z, rest)
    square, low = two_product(z, z)
    low = -0.5 * low - z * rest
    peak = 0.3989422804014327 / sigma
    yield scaled_exp(peak, -0.5 * square, low)
    yield scaled_exp(-peak * (z / sigma), -0.5 * square, low) + 0.0


@activation(
    "x/sqrt(1 + alpha*x*x)",
    derivatives=(
        "1/((1 + alpha*x*x)*sqrt(1 + alpha*x*x))",
        "-3*alpha*x/((1 + alpha*x*x)**2*sqrt(1 + alpha*x*x))",
    ),
    parameters=(Parameter("alpha", 1.0, "of what it settles at: 1/sqrt(alpha)"),),
    requires=("alpha > 0",),
    range="(-1/sqrt(alpha), 1/sqrt(alpha))",
    monotone="increasing",
    reference="Carlile et al. 2017, Improving Deep Learning by Inverse Square Root Linear Units, "
    "arXiv:1710.09967",
)
def isru(x: Array, alpha: float) -> Jet:
    """An S-shaped curve by a root instead of exp."""
    f, d1, d2 = algebraic(x, alpha)
    yield f
    yield d1
    yield d2 + 0.0


def algebraic(x: Array, alpha: float) -> tuple[Array, Array, Array]:
    """Return x/sqrt(1 + alpha x^2) and its two derivatives, for alpha > 0.

    With alpha = m 4^p and y = 2^p x, alpha x^2 is m y^2: so nothing leaves float64's range too early.
    """
    mantissa, exponent = math.frexp(alpha)
    p = exponent // 2
    m = math.ldexp(mantissa, exponent - 2 * p)  # from 1/2 to 2
    y: Array = xp.ldexp(x, p)
    a = xp.clip(abs(y), 2.0**-30, 2.0**30)
    square, low = two_product(a, a)
    u, rest = two_product(m, square)
    s, error = two_sum(1.0, u)
    r = 1 / xp.sqrt(s)
    lost = (error + rest + m * low) / s
    d1 = r / s * (1 - 1.5 * lost)
    d2 = -3 * m * xp.copysign(a, y) * (r / s / s) * (1 - 2.5 * lost)
    small, large = abs(y) < 2.0**-30, abs(y) > 2.0**30
    f = xp.ldexp(xp.copysign(a, y) * r * (1 - 0.5 * lost), -p)
    f = xp.where(small, x, xp.where(large, xp.copysign(1 / math.sqrt(alpha), y), f))
    d1 = xp.where(small, 1.0, fixup(d1, large, lambda y: 1 / math.sqrt(m) / m / y / y / y, abs(y)))
    far = -3 / math.sqrt(m) / m
    d2 = fixup(d2, large, lambda y: far / y / y / y / abs(y), y)
    return f, d1, xp.where(small, -3 * alpha * x, xp.ldexp(d2, p))


@activation(
    "log(x/(1 - x))",
    derivatives=("1/(x*(1 - x))", "(2*x - 1)/(x*(1 - x))**2"),
    domain=(0.0, 1.0),
    frameworks={
        "torch": FrameworkVariant("torch.logit", others=("torch.special.logit",)),
        "jax": FrameworkVariant("jax.scipy.special.logit"),
    },
    range="(-inf, inf)",
    monotone="increasing",
)
def logit(x: Array) -> Jet:
    """The inverse of sigmoid, between 0 and 1."""
    right = xp.log1p((2 * x - 1) / (1 - x))  # 2 x - 1 and 1 - x are exact
    left = xp.where(x < 0.001, xp.log(x) - xp.log1p(-x), -xp.log1p((1 - 2 * x) / x))
    yield xp.where(x < 0.5, left, right)
    other, lost = two_sum(1.0, -x)
    p, rest = two_product(x, other)
    p += rest + x * lost
    inside = (x >= 0) & (x <= 1)
    yield xp.where(inside, 1 / p, xp.nan)
    yield xp.where(inside, 2 * (x - 0.5) / p / p, xp.nan)
