"""Gelu: x times the normal distribution's probability below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activation import ALL_ORDERS, Peer, activation
from actcli.numeric import (
    beyond,
    blend,
    patched,
    polynomial,
    positive,
    scaled_exp,
    two_product,
    two_square,
    up_to,
    xp,
)

if TYPE_CHECKING:
    from actcli.activation import Jet
    from actcli.numeric import Array

_PAPER = "Hendrycks and Gimpel 2016, Gaussian Error Linear Units (GELUs), arXiv:1606.08415"
_NAN = "nan at -inf"


_FAR = 8.5
_PEAK = 0.3989422804014327  # 1/mp.sqrt(2*pi)
# mp.findroot(lambda a: Phi(-a) - a*phi(a), 0.75)
GELU_MINIMUM = (0.7517915246935645, -1.4956759177009883e-17, -5.384040947833005e-34)
# mp.chebyfit(lambda z: (Phi(x) - 1/2)/x, [0, 1], 10), z = x*x
GELU_CENTER = (
    0.39894228040143265, -0.06649038006690386, 0.009973557009983383, -0.0011873282148079404,
    0.00011543468323083616, -9.444639808676774e-06, 6.659316904081042e-07, -4.117308931965184e-08,
    2.2270765391721188e-09, -9.026109904565583e-11,
)  # fmt: skip
# t = (a - 3)/(a + 3); mp.chebyfit(lambda t: a*Phi(-a)/exp(-a*a/2), [-1/2, 11/23], 17)
GELU_TAIL = (
    0.3645418450666865, 0.10987585410794264, -0.13965713097144872, 0.09137734741563987,
    -0.028862946082712452, -0.0017451228810052676, 0.004000106739104552, -9.118459536290529e-06,
    -0.0006512018981140319, -5.108650593922652e-05, 0.00011660409811194244, 3.275171147602679e-05,
    -1.6981956084003135e-05, -1.1959674063414576e-05, 1.641263085862395e-07, 2.608893226493286e-06,
    7.997562322423083e-07,
)  # fmt: skip
# t = (a - 4)/(a + 4); mp.chebyfit(lambda t: (a*phi(a) - Phi(-a))/exp(-a*a/2)/(a - GELU_MINIMUM),
# [-1, 9/25], 18)
GELU_SLOPE = (
    0.4622112440495753, -0.10336589852195681, 0.060462936767848266, -0.028083359953070524,
    0.009504950375272719, -0.0017882605399255774, -0.000154613315802151, 0.00018577574262946392,
    -1.747722389762274e-05, -1.8034596991898208e-05, 3.5395580979423533e-06, 2.215601849046872e-06,
    -4.974353884454735e-07, -3.537830496528153e-07, 6.105299978072155e-08, 8.828957634718143e-08,
    2.6382309033757317e-08, 2.8405201794174212e-09,
)  # fmt: skip
# u = 1/a^2; mp.chebyfit(lambda u: a*Phi(-a)/exp(-a*a/2), [1/1600, 4/289], 11)
GELU_FAR_TAIL = (
    0.3989422804014326, -0.3989422804011731, 1.1968268408240943, -5.984133914866902, 41.88880714028893,
    -376.96220332364044, 4139.679953311886, -52962.71853241636, 725200.2369125094, -8782881.764043171,
    63062959.90207703,
)  # fmt: skip
# mp.chebyfit(lambda u: (phi(a) - Phi(-a)/a)/exp(-a*a/2), [1/1600, 4/289], 10)
GELU_FAR_SLOPE = (
    0.39894228040143265, -0.3989422804012657, 0.39894228018556777, -1.1968266988409129, 5.98407973850674,
    -41.87598621222765, 375.0151448378316, -3948.3665351644922, 41025.03898403818, -278357.4852797864,
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
    a = abs(x)
    yield patched(_f(x, a), a > _FAR, _far, x) if 0 in orders else None
    yield patched(_d1(x, a), a > _FAR, _far_d1, x) if 1 in orders else None
    a = up_to(40.0, a)
    square, rest = two_product(a, a)
    yield scaled_exp(((2 - square) - rest) * _PEAK, -0.5 * square, -0.5 * rest)


def _f(x: Array, a: Array) -> Array:
    t = (a - 3) / (a + 3)
    tail = t * polynomial(GELU_TAIL[1:], t)
    bell, rest = _bell(a)
    tail += rest * (GELU_TAIL[0] + tail)  # the small terms first
    tail += GELU_TAIL[0]
    tail *= bell
    y = positive(x) - tail
    return patched(y, a < 1, lambda x: x * (0.5 + x * polynomial(GELU_CENTER, x * x)), x)


def _d1(x: Array, a: Array) -> Array:
    t = (a - 4) / (a + 4)
    slope = t * polynomial(GELU_SLOPE[1:], t)
    bell, rest = _bell(a)
    slope += rest * (GELU_SLOPE[0] + slope)  # as above
    slope += GELU_SLOPE[0]
    bell *= beyond(GELU_MINIMUM, a)
    slope *= bell
    return blend(x > 0, 1 + slope, -slope)


def _bell(a: Array) -> tuple[Array, Array]:
    """Find exp(-a^2/2), and by which part of itself it is wrong: half the square's rounding error."""
    square, rest = two_square(a)
    square *= -0.5
    rest *= -0.5
    return xp.exp(square, out=square), rest


def _far(x: Array) -> Array:
    """Find gelu for |x| > 8.5: x, or what is left on the other side."""
    a = xp.minimum(abs(x), 40)
    return xp.where(x > 0, x, scaled_exp(-polynomial(GELU_FAR_TAIL, 1 / (a * a)), *_exponent(a)))


def _far_d1(x: Array) -> Array:
    a = xp.minimum(abs(x), 40)
    return xp.where(x > 0, 1, scaled_exp(-a * polynomial(GELU_FAR_SLOPE, 1 / (a * a)), *_exponent(a)))


def _exponent(a: Array) -> tuple[Array, Array]:
    square, rest = two_square(a)
    return -0.5 * square, -0.5 * rest
