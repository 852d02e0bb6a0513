"""Gelu: x times the normal distribution's probability below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activation import ALL_ORDERS, Peer, activation
from actcli.numeric import (
    beyond,
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


_PEAK = 0.3989422804014327  # 1/mp.sqrt(2*pi)
# mp.chebyfit(lambda z: (Phi(x) - 1/2)/x, [0, 1], 11), z = x*x
GELU_CENTER = (
    0.3989422804014327, -0.06649038006690543, 0.009973557010035022, -0.0011873282154680343,
    0.00011543468751655941, -9.444655793103845e-06, 6.659679879655231e-07, -4.1224107514160815e-08,
    2.2704137585676e-09, -1.106432828275589e-10, 4.0743269774266276e-12,
)  # fmt: skip
# a = -x; t = (a - 4)/(a + 4); mp.chebyfit(lambda t: a*Phi(x)/exp(-a*a/2), [-3/5, 36/44], 21)
GELU_TAIL = (
    0.37764256520787576, 0.07369424422192966, -0.11037962061483897, 0.10030777139128388,
    -0.06306264153433871, 0.026428192961873865, -0.0055099406678726015, -0.00092443695014954,
    0.000882081399483734, -4.887536693497257e-05, -0.00011650174017031318, 1.6618622741435647e-05,
    1.793152414328917e-05, -2.6037464203029595e-06, -3.278004262383678e-06, 2.024208630788737e-07,
    6.53313543841679e-07, 4.469230840270588e-08, -1.2792329082992714e-07, -1.8711079156476125e-08,
    1.991052540241881e-08,
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
    square, rest, t = -0.5 * square, -0.5 * rest, (a - 4) / (a + 4)
    if 0 in orders:
        tail = t * polynomial(GELU_TAIL[1:], t)
        tail = GELU_TAIL[0] + (tail + rest * (GELU_TAIL[0] + tail))  # the small terms first
        y = positive(x) - scaled_exp(tail, square)
        yield patched(y, a < 1, lambda x: x * (0.5 + x * polynomial(GELU_CENTER, x * x)), x)
    else:
        yield None
    if 1 in orders:
        side = xp.copysign(1, x)
        slope = beyond(GELU_MINIMUM, a) * polynomial(GELU_SLOPE, t)
        yield (0.5 + 0.5 * side) + side * scaled_exp(slope, square, rest)
    else:
        yield None
    yield scaled_exp(2 * ((1 + square) + rest) * _PEAK, square, rest)
