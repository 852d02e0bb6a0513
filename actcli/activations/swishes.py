"""Swishes: x times a smooth step, and other smooth curves with a dip or a wave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activation import Parameter, Peer, activation
from actcli.numeric import (
    beyond,
    exp_of,
    one_plus_cubed,
    one_plus_squared,
    patched,
    product,
    scaled_exp,
    select,
    xp,
)

if TYPE_CHECKING:
    from actcli.activation import Jet
    from actcli.numeric import Array

_NAN = "nan at -inf"
_HUGE = 1.7976931348623157e308

_MINIMUM = (
    -1.2784645427610737,
    -1.0946994183093437e-16,
    -3.907766676128665e-33,
)  # mp.findroot(lambda x: 1 + x + mp.exp(x), -1.28)
_DEPTH = 0.2784645427610738  # mp.exp(_MINIMUM)
_BEND = (
    2.3993572805154675,
    1.8464872855353363e-16,
    1.0808311685947344e-33,
)  # mp.findroot(lambda a: 2 - a*mp.tanh(a/2), 2.4)
# mp.findroot(lambda x: mp.diff(mish, x), -1.19)
_MISH_MINIMUM = (-1.1924312145154952, -4.8484829848031044e-17, -1.898915114090381e-33)
_E1 = 0.3034825352815289  # mp.exp(_MISH_MINIMUM)
# mp.findroot(lambda x: mp.diff(mish, x, 2), -2.26) and 1.49
_MISH_BEND = (-2.256376396360793, -1.0703174875019247e-16, -5.763967435146616e-33)
_E2 = 0.10472929546651437  # mp.exp(_MISH_BEND)
_MISH_RISE = (1.4905711794854284, 7.126036715834263e-17, -4.836840730499852e-33)
_E3 = 0.22524396405848376  # mp.exp(-_MISH_RISE)


@activation(
    "x/(1 + exp(-beta*x))",
    derivatives=(
        "sigmoid(beta*x)*(1 + beta*x*sigmoid(-beta*x))",
        "beta*sigmoid(beta*x)*sigmoid(-beta*x)*(2 - beta*x*tanh(beta*x/2))",
    ),
    parameters=(Parameter("beta", 1.0, "sharpness of the step", aliases=("alpha",)),),
    aliases=("swish",),
    frameworks={
        "keras": Peer("keras.activations.silu", note=_NAN),
        "torch": Peer("torch.nn.SiLU", note=_NAN),
        "jax": Peer("jax.nn.silu", note=_NAN),
        "onnx": Peer("Swish", note="its alpha is our beta"),
    },
    range="[-0.2784645427610738/beta, inf)",
    monotone="no",
    reference="Elfwing, Uchibe and Doya 2017, Sigmoid-Weighted Linear Units, arXiv:1702.03118",
)
def silu(x: Array, beta: float) -> Jet:
    """The input times its sigmoid."""
    t, rest = product(x, beta)
    inverse = 1 + exp_of(-t, -rest)
    yield patched(x / inverse, t < -700, lambda: scaled_exp(xp.clip(x, -_HUGE, _HUGE), t, rest))
    d = beyond(_MINIMUM, t, rest)
    m = _DEPTH * xp.expm1(d)  # 1 + t + e^t = d + m: at the minimum both are 0
    c = xp.clip(t, -800, 800)
    y = (d + m) / (((1 + _DEPTH) + m) * inverse)
    yield patched(y, abs(t) > 700, lambda: xp.where(t > 0, 1, scaled_exp(1 + c, c, rest)))
    yield _curvature(beta, t, rest)


def _curvature(scale: float, t: Array, rest: Array | float) -> Array:
    """Find the scaled second derivative of silu at t + rest; it is even."""
    a, rest = xp.minimum(abs(t), 1500), xp.copysign(1, t) * rest
    e = exp_of(-a, -rest)
    d = beyond(_BEND, a, rest)
    n = d * (e - 1) + (_BEND[0] - 2) * xp.expm1(-d)  # 2 (1 + e) - a (1 - e): at the bend both are 0
    n = xp.where(a < 1, 2 * (1 + e) - a * (1 - e), n)
    y = scale * (e * n / one_plus_cubed(e))
    return patched(y, a > 700, lambda: scaled_exp(scale * n, -a, -rest))


@activation(
    "x*tanh(log1p(exp(x)))",
    derivatives=(
        "tanh(softplus(x)) + x*sech(softplus(x))**2*sigmoid(x)",
        "sech(softplus(x))**2*sigmoid(x)*(2 + x*(sigmoid(-x) - 2*tanh(softplus(x))*sigmoid(x)))",
    ),
    frameworks={
        "keras": Peer("keras.activations.mish", note=_NAN),
        "torch": Peer("torch.nn.Mish", note=_NAN),
        "jax": Peer("jax.nn.mish", note=_NAN),
        "onnx": Peer("Mish"),
    },
    range="[-0.3088434130172504, inf)",
    monotone="no",
    reference="Misra 2019, Mish: A Self Regularized Non-Monotonic Activation Function, arXiv:1908.08681",
)
def mish(x: Array) -> Jet:
    """The input times the tanh of its softplus."""
    e = xp.exp(x)
    n = e * (e + 2)
    c = xp.clip(x, -800, 800)
    yield patched(x * (n / (n + 2)), abs(x) > 350, lambda: xp.where(x > 0, x, scaled_exp(c, c)))
    d = beyond(_MISH_MINIMUM, x)
    m = select(d * d - 1, _E1 * xp.expm1(d), e - _E1)  # e - e1
    v = 4 * d + m * (3 + (e + _E1) - 1 / ((1 + e) * (1 + _E1)))
    y = e * (e + 1) * v / (4 * one_plus_squared(n / 2))
    yield patched(y, (x > 21) | (x < -700), lambda: xp.where(x > 0, 1, scaled_exp(1 + c, c)))
    yield xp.where(x < 0, _mish_left(c), _mish_right(c))


def _mish_left(x: Array) -> Array:
    e, e2 = xp.exp(x), _E2
    d = beyond(_MISH_BEND, x)
    s, t = e + e2, e * e + e2 * (e + e2)
    b = d * (2 + e * (2 - e * (3 + 2 * e)))
    b += e2 * xp.expm1(d) * (2 * t + 6 * s + 8 + _MISH_BEND[0] * (2 - 3 * s - 2 * t))
    return scaled_exp(b / (2 * one_plus_cubed(e * (1 + e / 2))), x)


def _mish_right(x: Array) -> Array:
    q, q3 = xp.exp(-x), _E3
    d = beyond(_MISH_RISE, x)
    s, t = q + q3, q * q + q3 * (q + q3)
    b = d * (q * (q * (2 * q + 2) - 3) - 2)
    b += q3 * xp.expm1(-d) * (4 * t + 8 * s + 6 + _MISH_RISE[0] * (2 * t + 2 * s - 3))
    return scaled_exp(4 * b / one_plus_cubed(2 * q * (1 + q)), -2 * x)


@activation(
    "x*tanh(x)",
    derivatives=("tanh(x) + x*sech(x)**2", "2*sech(x)**2*(1 - x*tanh(x))"),
    range="[0, inf)",
    monotone="no",
    reference="Roy et al. 2019, LiSHT: Non-Parametric Linearly Scaled Hyperbolic Tangent, arXiv:1901.05894",
)
def lisht(x: Array) -> Jet:
    """The input times its tanh."""
    t = xp.tanh(x)
    yield x * t
    c = xp.clip(x, -800, 800)
    e = xp.exp(-2 * abs(c))
    yield t + 4 * c * (e / one_plus_squared(e))
    yield _curvature(4.0, 2 * x, 0.0)  # x tanh(x) = silu(2 x) - x


@activation(
    "x + (1 - cos(2*frequency*x))/(2*frequency)",
    derivatives=("1 + sin(2*frequency*x)", "2*frequency*cos(2*frequency*x)"),
    parameters=(Parameter("frequency", 1.0, "of the wave"),),
    requires=("frequency != 0",),
    range="(-inf, inf)",
    monotone="non-decreasing",
    reference="Ziyin, Hartwig and Ueda 2020, Neural Networks Fail to Learn Periodic Functions, "
    "arXiv:2006.08195",
)
def snake(x: Array, frequency: float) -> Jet:
    """The input plus a wave."""
    t, rest = product(x, frequency, felt=1e300)
    s, c = xp.sin(t), xp.cos(t)
    s, c = s + rest * c, c - rest * s
    yield patched(x + s * s / frequency, xp.isinf(x), lambda: x)
    yield (s + c) * (s + c)
    yield 2 * frequency * ((c - s) * (c + s))
