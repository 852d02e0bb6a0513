"""Sigmoids: smooth, S-shaped curves between two limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activations.record import ALL_ORDERS, FrameworkVariant, Kink, Parameter, activation
from actcli.numeric import xp
from actcli.numeric.arrays import fixup, multiple
from actcli.numeric.compensated import product, scaled_exp, two_product, two_sum
from actcli.numeric.special import logistic, one_plus_cubed, one_plus_squared

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet


@activation(
    "1/(1 + exp(-x))",
    derivatives=(
        "exp(-abs(x))/(1 + exp(-abs(x)))**2",
        "-sign(x)*exp(-abs(x))*(1 - exp(-abs(x)))/(1 + exp(-abs(x)))**3",
    ),
    aliases=("logistic", "expit"),
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
    aliases=("lecun-tanh",),
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
    z, rest = product(x, beta)
    tiny = abs(z) < 2.0**-960  # there beta x may be subnormal while alpha beta x is not
    t = xp.tanh(z)
    yield xp.where(tiny, multiple(alpha * beta, x), multiple(alpha, t))
    a, rest = (
        -2 * abs(z),
        -2 * xp.copysign(rest, rest * z),
    )  # the result magnifies z's rounding error 2 z times
    e = xp.exp(a)
    yield scaled_exp(4 * alpha * beta, a, rest) / one_plus_squared(e)
    scale, cube = 8 * _square_times(beta, alpha), 1 / e + (3 + e * (3 + e))  # (1 + e)^3/e
    bend = xp.expm1(a) / cube
    bend += rest * ((e * (4 - e) - 1) / (cube * (1 + e)))  # its derivative by a
    d2 = xp.copysign(1.0, z) * fixup(scale * bend, a < -700, scaled_exp, -scale, a, rest)
    yield xp.where(tiny, multiple(-2 * beta * _square_times(beta, alpha), x), d2) + 0.0


def _square_times(x: float, y: float) -> float:
    """Return x * x * y, rounded once."""
    square, rest = two_product(x, x)
    p, p_rest = two_product(y, square)
    return float(p + (p_rest + y * rest))


@activation(
    "x/(1 + abs(x))",
    derivatives=("1/(1 + abs(x))**2", "-2*sign(x)/(1 + abs(x))**3"),
    kinks=(Kink("0", f="0", d1="1", d2="2"),),
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
