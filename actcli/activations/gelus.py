"""Gelus: x times the normal distribution's probability below it, and its approximations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from actcli.activation import ALL_ORDERS, Peer, activation
from actcli.numeric import (
    Root,
    beyond,
    exp_of,
    exp_pair,
    near_root,
    patched,
    polynomial,
    positive,
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
GELU_TAIL = (
    0.45345520027112796, -0.08502536230577072, 0.03981142456242986, -0.004373386779593186,
    -0.01614151733219927, 0.022592467062781275, -0.019766479219931785, 0.013246864154047862,
    -0.007059819421462764, 0.002935655517518445, -0.0008689946633225784, 0.0001194896582852616,
    3.7794893704466745e-05, -2.6353403713200724e-05, 4.412420988465129e-06, 1.78383623414682e-06,
    -9.99608288663403e-07, -4.649629632929167e-10, 1.3237526176866645e-07, -1.9999357197391986e-08,
    -1.563563975580134e-08, 2.9330992736293062e-09, 1.565901307919276e-09,
)  # fmt: skip
# mp.findroot(lambda a: Phi(-a) - a*phi(a), 0.75)
GELU_MINIMUM = (0.7517915246935645, -1.4956759177009883e-17, -5.384040947833005e-34)
# t = (a - 4)/(a + 4); mp.chebyfit(lambda t: (a*phi(a) - Phi(x))/exp(-a*a/2)/(a - GELU_MINIMUM),
# [-1, 35/43], 21)
GELU_SLOPE = (
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
        y = positive(x) - bell(a * (polynomial(GELU_TAIL, 1 - 12 / (a + 6)) / (1 + a)))
        yield patched(y, x == 0, lambda x: x, x)  # keeps -0
    else:
        yield None
    if 1 in orders:
        side = xp.copysign(1, x)
        slope = beyond(GELU_MINIMUM, a) * polynomial(GELU_SLOPE, 1 - 8 / (a + 4))
        yield (0.5 + 0.5 * side) + side * bell(slope)
    else:
        yield None
    yield bell(((2 - square) - rest) * _PEAK)


_C1 = 1.5957691216057308  # 2*mp.sqrt(2/pi)
_C3 = 0.07135481627260025  # 2*mp.sqrt(2/pi)*mpf(0.044715)
_HIGH1, _LOW1 = 1.595703125, 6.599660573071176e-05
_HIGH3, _LOW3 = 0.07135009765625, 4.718616350245272e-06
GELU_TANH_MINIMUM = Root(
    (-0.7524614220710163, 3.4358218314355225e-17, -1.1933265918458958e-33),
    (-0.375, 0.375),
    (
        0.4304000910248585, 0.38751844613578895, -0.015782853521849684, -0.11394448308095842,
        -0.0166193283428043, 0.019682309459749088, 0.005261059240771324, -0.0024227318410885235,
        -0.000927441626433237, 0.0002639275065116111, 0.00012424622966169654, -3.4954131210309095e-05,
        -1.5899589032980806e-05, 5.901352947597605e-06, 2.204665332997228e-06, -9.13334127123115e-07,
    ),
)  # fmt: skip
GELU_TANH_BEND = Root(
    (1.4185040087908283, 8.553562981044113e-17, 1.5062814290230252e-33),
    (-0.375, 0.375),
    (
        -0.4095488174124191, 0.432081111593848, -0.008168951883944862, -0.16109481693213482,
        0.056750540975170904, 0.020035361162700622, -0.016711507561524702, 0.0007632001137390432,
        0.002643461171272919, -0.0007514200792572683, -0.00026173807488423306, 0.00017619945685799903,
        6.145017489196626e-06, -2.9186987468341194e-05, 4.84083231223602e-06, 3.57210531613697e-06,
        -1.3340559591645314e-06, -2.444332112090582e-07,
    ),
)  # fmt: skip
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
    cubic = _cubic(xp.clip(x, -25, 25))
    w, rest = _sum(cubic, 1, 1)
    e_minus, low = exp_pair(-w, -rest)
    far = abs(x) > 20
    if 0 in orders:
        yield patched(x / (e_minus + (1 + low)), far, _tanh_far, xp.clip(x, -25, 25), w, rest, x)
    else:
        yield None
    if 1 in orders:
        e = 1 / e_minus
        n = (1 + e) + _sum(cubic, 1, 3)[0]  # 1 + e^w + x w'
        y = near_root(GELU_TANH_MINIMUM, n / (e_minus + (e + (2 + low))), x)
        yield patched(y, far, _tanh_far, n, w, rest, 1.0)
    else:
        yield None
    yield _tanh_d2(xp.clip(abs(x), 1e-300, 25))


def _tanh_far(scale: Array, w: Array, rest: Array, right: Array | float) -> Array:
    return xp.where(w > 0, right, scaled_exp(scale, w, rest))


def _tanh_d2(x: Array) -> Array:
    """Find n/x/(e^w + 3 + 3 e + e^2), e = e^-w, n = p - q + (p + q) e, p = 2 x w' + x^2 w'', q = (x w')^2."""
    cubic = _cubic(x)
    w, rest = _sum(cubic, 1, 1)
    p, p_low = _sum(cubic, 2, 12)
    root, root_low = _sum(cubic, 1, 3)
    q, q_low = two_square(root)
    e = exp_of(-w, -rest)
    n = ((p - q) + (p_low - (q_low + 2 * root * root_low))) + (p + q) * e
    e_plus, low = exp_pair(w, rest)
    y = n / (e_plus + ((3 + low) + e * (3 + e))) / x
    return patched(near_root(GELU_TANH_BEND, y, x), x > 20, scaled_exp, n / x, -w, -rest)


class _Cubic(NamedTuple):
    """w = 2 sqrt(2/pi) (x + 0.044715 x^3), part by part; the exact ones have 12 digits of x and of w's."""

    x: Array
    square: Array
    line: Array
    cube: Array


def _cubic(x: Array) -> _Cubic:
    x0 = (x.view(xp.int64) & -(1 << 41)).view(xp.float64)
    square, x1 = x0 * x0, x - x0
    line = x0 * _LOW1 + x1 * _C1
    cube = x0 * (_LOW3 * square) + x1 * (_C3 * (x0 * (x0 + x) + x * x))
    return _Cubic(x0, _HIGH3 * square, line, cube)


def _sum(w: _Cubic, line: int, cube: int) -> tuple[Array, Array]:
    """Add multiples of w's line and cube: the sum rounded and its rounding error, felt 700 times at -21."""
    high = w.x * (line * _HIGH1 + cube * w.square)
    low = line * w.line + cube * w.cube
    y = high + low
    return y, (high - y) + low
