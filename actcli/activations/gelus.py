"""Gelu: x times the normal distribution's probability below it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from actcli.activations.record import ALL_ORDERS, FrameworkVariant, Kink, activation
from actcli.numeric import clip_above, fixup, xp
from actcli.numeric.elementary import (
    TAYLOR_DEGREE,
    Root,
    TaylorTable,
    centers,
    gated_derivative_table,
    horner,
    integrate,
    lookup,
    make_table,
    near_root,
    scaled_exp,
    two_product,
    two_square,
)

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet

_PAPER = "Hendrycks and Gimpel 2016, Gaussian Error Linear Units (GELUs), arXiv:1606.08415"
_NAN = "nan at -inf"


_REACH = 9.0
"""The ends of the tables on both sides: above, gelu is x in float64."""
_PEAK, _PEAK_REST = 0.3989422804014327, -2.4923272022777428e-17  # 1/mp.sqrt(2*pi) is their sum
_PHI_LOW = 1.1285884059538405e-19  # Phi(-9)
_SLOPE_LOW = -9.138937373906639e-18  # Phi(-9) - 9*phi(-9)
GELU_MINIMUM = Root(
    (-0.7517915246935645, 1.4956759177009883e-17, 5.384040947833005e-34),
    (-0.00390625, 0.00390625),
    (
        0.43149399231404695, 0.388284982990552, -0.018199676399265573, -0.1140082332969284,
        -0.014771418253844466, 0.019421628579303813,
    ),
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
    aliases=("gelu-python", "gelu-erf"),
    frameworks={
        "keras": FrameworkVariant("keras.activations.gelu", note=_NAN),
        "torch": FrameworkVariant("torch.nn.GELU", note=f"{_NAN}; no digits below -8"),
        "jax": FrameworkVariant("jax.nn.gelu", variant="gelu-tanh", note="exact with approximate=False"),
        "onnx": FrameworkVariant("Gelu"),
        "numpy-ml": FrameworkVariant("GELU", variant="gelu-tanh", note="ignores its argument approximate"),
    },
    range="[-0.16997120747990368, inf)",
    monotone="no",
    reference=_PAPER,
)
def gelu(x: Array, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """The input times the normal distribution's probability below it."""
    yield fixup(x * lookup(_phi(), x), x < -_REACH, _far, x) if 0 in orders else None
    yield fixup(_d1(x), x < -_REACH, _far_d1, x) if 1 in orders else None
    a = clip_above(40.0, abs(x))
    square, rest = two_product(a, a)
    yield scaled_exp(((2 - square) - rest) * _PEAK, -0.5 * square, -0.5 * rest)


def _d1(x: Array) -> Array:
    """Return gelu's derivative from -9 on."""
    return near_root(GELU_MINIMUM, lookup(_slope(), x), x)


@cache
def _phi() -> TaylorTable:
    """Tabulate Phi."""
    return make_table(*_probability())


@cache
def _slope() -> TaylorTable:
    """Tabulate the derivative of x Phi(x)."""
    return gated_derivative_table(*_probability(), GELU_MINIMUM.parts, _SLOPE_LOW)


def _probability() -> tuple[Array, list[Array]]:
    """Return all centers, and Phi's Taylor coefficients there: the integrals of phi's, by its recurrence."""
    x = centers(-_REACH, _REACH)
    e = xp.exp(-0.5 * x * x)  # of an exact square
    phi = [_PEAK * e + _PEAK_REST * e]
    phi.append(-x * phi[0])
    for n in range(1, TAYLOR_DEGREE + 1):
        phi.append(-(x * phi[n] + phi[n - 1]) / (n + 1))
    terms = [c / (n + 1) for n, c in enumerate(phi)]
    left = integrate(terms, _PHI_LOW, 0, x.size // 2)
    return x, [xp.concatenate((left, 1 - left[-2::-1])), *terms]


def _far(x: Array) -> Array:
    """Return gelu for x < -9."""
    a = xp.minimum(-x, 40)
    square, rest = two_square(a)
    return scaled_exp(-horner(GELU_FAR_TAIL, 1 / (a * a)), -0.5 * square, -0.5 * rest)


def _far_d1(x: Array) -> Array:
    """Return gelu's derivative for x < -9."""
    a = xp.minimum(-x, 40)
    square, rest = two_square(a)
    return scaled_exp(-a * horner(GELU_FAR_SLOPE, 1 / (a * a)), -0.5 * square, -0.5 * rest)


def normal_probability(z: Array, rest: Array | float) -> Array:
    """Return the normal distribution function of z + rest, where the rest's square is negligible."""
    y = lookup(_phi(), z)
    y += rest * (_PEAK * xp.exp(-0.5 * z * z))
    return fixup(y, z < -_REACH, _far_probability, z, rest)


def _far_probability(z: Array, rest: Array | float) -> Array:
    """Return the normal distribution function of z + rest for z < -9."""
    a = xp.minimum(-z, 40)
    square, low = two_square(a)
    return scaled_exp(horner(GELU_FAR_TAIL, 1 / (a * a)) / a, -0.5 * square, -0.5 * low + a * rest)


@activation(
    "x*Phi(x) if x <= 10 else 10",
    derivatives=("Phi(x) + x*phi(x) if x <= 10 else 0", "phi(x)*(2 - x*x) if x <= 10 else 0"),
    kinks=(Kink("10", f="10*Phi(10)", d1="Phi(10) + 10*phi(10)", d2="-98*phi(10)"),),
    range="[-0.16997120747990368, 10]",
    monotone="no",
    reference="Kim et al. 2021, I-BERT: Integer-only BERT Quantization, arXiv:2101.01321",
    note="frameworks clip at -10 too, which gelu never reaches",
)
def gelu_10(x: Array) -> Jet:
    """A gelu that stops at ten, for quantized models."""
    f, d1, d2 = gelu.jet(x)
    over = x > 10
    for curve, beyond in ((f, 10.0), (d1, 0.0), (d2, 0.0)):
        yield xp.where(over, beyond, xp.asarray(curve))
