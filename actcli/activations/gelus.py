"""Gelus: x times the normal distribution's probability below it, and its approximations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activation import ALL_ORDERS, Peer, activation
from actcli.activations.swishes import silu
from actcli.numeric import (
    beyond,
    exp_of,
    one_plus_cubed,
    patched,
    polynomial,
    scaled_exp,
    two_square,
    up_to,
    xp,
)

if TYPE_CHECKING:
    from actcli.activation import Jet
    from actcli.numeric import Array

_PAPER = "Hendrycks and Gimpel 2016, Gaussian Error Linear Units (GELUs), arXiv:1606.08415"
_NAN = "nan at -inf"


# a = -x; t = (a - 6)/(a + 6); mp.chebyfit(lambda t: (1 + a)*Phi(x)/exp(-a*a/2), [-1, 33/45], 23)
_PEAK = 0.3989422804014327  # 1/mp.sqrt(2*pi)
_TAIL = (
    0.45345520027112796, -0.08502536230577072, 0.03981142456242986, -0.004373386779593186,
    -0.01614151733219927, 0.022592467062781275, -0.019766479219931785, 0.013246864154047862,
    -0.007059819421462764, 0.002935655517518445, -0.0008689946633225784, 0.0001194896582852616,
    3.7794893704466745e-05, -2.6353403713200724e-05, 4.412420988465129e-06, 1.78383623414682e-06,
    -9.99608288663403e-07, -4.649629632929167e-10, 1.3237526176866645e-07, -1.9999357197391986e-08,
    -1.563563975580134e-08, 2.9330992736293062e-09, 1.565901307919276e-09,
)  # fmt: skip
# mp.findroot(lambda a: Phi(-a) - a*phi(a), 0.75)
_MINIMUM = (0.7517915246935645, -1.4956759177009883e-17, -5.384040947833005e-34)
# t = (a - 4)/(a + 4); mp.chebyfit(lambda t: (a*phi(a) - Phi(-a))/exp(-a*a/2)/(a - _MINIMUM), [-1, 35/43], 21)
_SLOPE = (
    0.4622112440495753, -0.10336589852195695, 0.06046293676785109, -0.028083359953047022,
    0.00950495037510053, -0.0017882605412375078, -0.00015461331296497236, 0.0001857757742464661,
    -1.7477212494993653e-05, -1.8034932431266788e-05, 3.5388880526761216e-06, 2.2166905167325647e-06,
    -4.921232181902826e-07, -3.4917840212225166e-07, 5.231545243987751e-08, 6.281608387202089e-08,
    -7.078235353896385e-10, -1.0734905814895986e-08, -1.6643299073144336e-09, 1.2175770801670269e-09,
    3.9267728886517195e-10,
)  # fmt: skip


@activation(
    "x*Phi(x)",
    derivatives=("Phi(x) + x*phi(x)", "phi(x)*(2 - x*x)"),
    frameworks={
        "keras": Peer("keras.activations.gelu", note=_NAN),
        "torch": Peer("torch.nn.GELU", note=f"{_NAN}; no digits below -8"),
        "jax": Peer("jax.nn.gelu", variant="gelu-tanh", note="exact with approximate=False"),
        "onnx": Peer("Gelu"),
        "numpy-ml": Peer("GELU", variant="gelu-tanh", note="ignores its argument approximate"),
    },
    range="[-0.16997120747990368, inf)",
    monotone="no",
    reference=_PAPER,
)
def gelu(x: Array, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """The input times the normal distribution's probability below it."""
    a = up_to(40.0, abs(x))
    square, rest = two_square(a)  # rest: the square's rounding error is felt 700 times at 38

    def bell(scale: Array) -> Array:
        return scaled_exp(scale, -0.5 * square, -0.5 * rest)

    if 0 in orders:
        y = xp.maximum(x, 0) - bell(a * (polynomial(_TAIL, 1 - 12 / (a + 6)) / (1 + a)))
        yield patched(y, x == 0, lambda: x)  # keeps -0
    else:
        yield None
    if 1 in orders:
        side = xp.copysign(1, x)
        slope = beyond(_MINIMUM, a) * polynomial(_SLOPE, 1 - 8 / (a + 4))
        yield (0.5 + 0.5 * side) + side * bell(slope)
    else:
        yield None
    yield bell(((2 - square) - rest) * _PEAK)


_C1 = 1.5957691216057308  # 2*mp.sqrt(2/pi)
_C3 = 0.07135481627260025  # 2*mp.sqrt(2/pi)*mpf(0.044715)
_HIGH1, _LOW1 = 1.595703125, 6.599660573071176e-05
_HIGH3, _LOW3 = 0.07135009765625, 4.718616350245272e-06
# mp.findroot(lambda x: 1 + mp.exp(w(x)) + x*mp.diff(w, x), -0.75)
_TANH_MINIMUM = (-0.7524614220710163, 3.4358218314355225e-17, -1.1933265918458958e-33)
# mp.findroot(lambda x: mp.diff(f, x, 2), 1.4)
_TANH_BEND = (1.4185040087908283, 8.553562981044113e-17, 1.5062814290230252e-33)
_AT_MINIMUM = 0.29195521191476714  # mp.exp(w(r)) there
_AT_BEND = 0.9109112842265262  # (p(r) + q(r))*mp.exp(-w(r)) there
_W = "2*sqrt(2/pi)*(x + 0.044715*x**3)"
_W1 = "2*sqrt(2/pi)*(1 + 3*0.044715*x**2)"
_W2 = "12*sqrt(2/pi)*0.044715*x"


@activation(
    "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2",
    derivatives=(
        f"sigmoid({_W})*(1 + x*{_W1}*sigmoid(-{_W}))",
        f"sigmoid({_W})*sigmoid(-{_W})*(2*{_W1} + x*{_W2} - x*({_W1})**2*tanh({_W}/2))",
    ),
    aliases=("gelu-new", "gelu-approximate"),
    frameworks={
        "keras": Peer("keras.activations.gelu(approximate=True)", note=_NAN),
        "torch": Peer("torch.nn.GELU(approximate='tanh')", note=_NAN),
        "jax": Peer("jax.nn.gelu", note=_NAN),
        "onnx": Peer("Gelu(approximate='tanh')"),
        "numpy-ml": Peer("GELU", note="its second derivative is wrong everywhere"),
    },
    range="[-0.17004075057125405, inf)",
    monotone="no",
    reference=_PAPER,
)
def gelu_tanh(x: Array, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """The approximation of gelu by tanh, used where erf was dear."""
    c = xp.clip(x, -25, 25)
    w, rest = _argument(c)
    if 0 in orders:
        y = x / (1 + exp_of(-w, -rest))
        yield patched(y, abs(c) > 20, lambda: xp.where(x < 0, scaled_exp(c, w, rest), x))
    else:
        yield None
    yield _tanh_slope(c, w, rest) if 1 in orders else None
    yield _tanh_curvature(abs(c), abs(w), xp.copysign(1, c) * rest)


def _tanh_slope(x: Array, w: Array, rest: Array) -> Array:
    """Find sigmoid(w) (1 + e^w + x w')/(1 + e^w); at the minimum, r, the numerator's factor x - r is 0."""
    d, r = beyond(_TANH_MINIMUM, x), _TANH_MINIMUM[0]
    thirds = x * x + r * (x + r)  # (x^3 - r^3)/(x - r)
    m = _AT_MINIMUM * xp.expm1(d * (_C1 + _C3 * thirds))  # e^w - e^w(r)
    numerator = d * (_C1 + 3 * _C3 * thirds) + m
    y = numerator / ((1 + _AT_MINIMUM) + m) / (1 + exp_of(-w, -rest))
    return patched(y, abs(x) > 20, lambda: xp.where(x < 0, scaled_exp(numerator, w, rest), 1))


def _tanh_curvature(x: Array, w: Array, rest: Array) -> Array:
    """Find e n/(1 + e)^3, e = e^-w, n = p (1 + e) - q (1 - e), p = 2 w' + x w'', q = x w'^2, for x >= 0."""
    d, r = beyond(_TANH_BEND, x), _TANH_BEND[0]
    thirds = x * x + r * (x + r)
    fifths = x * x * thirds + r**3 * (x + r)
    dp = 12 * _C3 * (x + r)  # (p(x) - p(r))/(x - r)
    dq = _C1**2 + 6 * _C1 * _C3 * thirds + 9 * _C3**2 * fifths
    e = exp_of(-w, -rest)
    n = d * (dp * (1 + e) - dq * (1 - e)) + _AT_BEND * xp.expm1(-d * (_C1 + _C3 * thirds))
    p, q = 2 * _C1 + 12 * _C3 * x * x, x * (_C1 + 3 * _C3 * x * x) ** 2
    n = xp.where(x < 0.7, p * (1 + e) - q * (1 - e), n)
    return patched(e * n / one_plus_cubed(e), x > 20, lambda: scaled_exp(n, -w, -rest))


def _argument(x: Array) -> tuple[Array, Array]:
    """2 sqrt(2/pi) (x + 0.044715 x^3) and its rounding error: it is felt 700 times at -21.

    The cubic at x0, the first 12 digits of x, with the first 12 digits of its coefficients, is exact.
    """
    x0 = (x.view(xp.int64) & -(1 << 41)).view(xp.float64)
    square = x0 * x0
    w0 = x0 * (_HIGH1 + _HIGH3 * square)
    w1 = x0 * (_LOW1 + _LOW3 * square) + (x - x0) * (_C1 + _C3 * (x0 * (x0 + x) + x * x))
    w = w0 + w1
    return w, (w0 - w) + w1


@activation(
    "x/(1 + exp(-1.702*x))",
    derivatives=(
        "sigmoid(1.702*x)*(1 + 1.702*x*sigmoid(-1.702*x))",
        "1.702*sigmoid(1.702*x)*sigmoid(-1.702*x)*(2 - 1.702*x*tanh(1.702*x/2))",
    ),
    range="[-0.16361018963635358, inf)",
    monotone="no",
    reference=_PAPER,
)
def quick_gelu(x: Array) -> Jet:
    """A quick approximation of gelu: silu with beta = 1.702."""
    yield from silu.jet(x, 1.702)
