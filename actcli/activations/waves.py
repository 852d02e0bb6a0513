"""Waves, and a bump."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activations.record import FrameworkVariant, Parameter, activation
from actcli.numeric import blend, clip_above, fixup, xp
from actcli.numeric.elementary import product, scaled_exp, two_product, two_sum

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet

_EIGHTH_TURN = (0.7853981633974483, 3.061616997868383e-17)  # float(mp.pi/4), mp.pi/4 - float(mp.pi/4)
_HALF_OF_ALL = 8.98e307
"""Twice a larger number is infinite, and has no sine."""
_FAR = "within 4 ulp of its largest term, for |x| up to 1e5"


@activation(
    "sin(frequency*x)",
    derivatives=("frequency*cos(frequency*x)", "-frequency*frequency*sin(frequency*x)"),
    parameters=(Parameter("frequency", 1.0, "of the wave; 30 in SIREN"),),
    requires=("frequency != 0",),
    aliases=("sin", "siren"),
    frameworks={
        "keras": FrameworkVariant("keras.ops.sin"),
        "torch": FrameworkVariant("torch.sin"),
        "jax": FrameworkVariant("jax.numpy.sin"),
        "onnx": FrameworkVariant("Sin"),
    },
    range="[-1, 1]",
    monotone="no",
    reference="Sitzmann et al. 2020, Implicit Neural Representations with Periodic Activation Functions, "
    "arXiv:2006.09661",
    note=_FAR,
)
def sine(x: Array, frequency: float) -> Jet:
    """A wave."""
    t, rest = product(x, frequency, significant_below=1e300)
    sine, cosine = _of_sum(t, rest)
    yield +sine
    yield frequency * cosine
    yield -frequency * (frequency * sine) + 0.0


def _of_sum(t: Array, rest: Array | float) -> tuple[Array, Array]:
    """Return the sine and the cosine of t + rest."""
    s, c, small, nearly_one = xp.sin(t), xp.cos(t), xp.sin(rest), xp.cos(rest)
    return s * nearly_one + c * small, c * nearly_one - s * small


@activation(
    "x + (1 - cos(2*frequency*x))/(2*frequency)",
    derivatives=("1 + sin(2*frequency*x)", "2*frequency*cos(2*frequency*x)"),
    parameters=(Parameter("frequency", 1.0, "of the wave", aliases=("alpha",)),),
    requires=("frequency != 0",),
    range="(-inf, inf)",
    monotone="non-decreasing",
    reference="Ziyin, Hartwig and Ueda 2020, Neural Networks Fail to Learn Periodic Functions, "
    "arXiv:2006.08195",
    note=_FAR,
)
def snake(x: Array, frequency: float) -> Jet:
    """The input plus a wave."""
    return _snake(x, frequency, frequency)


@activation(
    "x + sin(alpha*x)**2/beta",
    derivatives=("1 + alpha/beta*sin(2*alpha*x)", "2*alpha*alpha/beta*cos(2*alpha*x)"),
    parameters=(
        Parameter("alpha", 1.0, "frequency of the wave"),
        Parameter("beta", 1.0, "divides the wave"),
    ),
    requires=("alpha != 0", "beta != 0"),
    range="(-inf, inf)",
    monotone="non-decreasing",
    reference="Lee et al. 2022, BigVGAN: A Universal Neural Vocoder with Large-Scale Training, "
    "arXiv:2206.04658",
    note=f"{_FAR}; with alpha = beta it is snake",
)
def snake_beta(x: Array, alpha: float, beta: float) -> Jet:
    """The input plus a wave with a height of its own."""
    return _snake(x, alpha, beta)


def _snake(x: Array, alpha: float, beta: float) -> Jet:
    """Yield the derivatives of x + sin(alpha x)^2/beta, with the rounding error of alpha x."""
    t, rest = product(x, alpha, significant_below=1e300)
    s, c = _of_sum(t, rest)
    yield fixup(x + s * s / beta, xp.isinf(x), xp.positive, x)
    ratio = alpha / beta
    sine, cosine = _of_sum(2 * t, 2 * rest)
    sine = fixup(sine, abs(t) > _HALF_OF_ALL, lambda s, c: 2 * s * c, s, c)
    cosine = fixup(cosine, abs(t) > _HALF_OF_ALL, lambda s: 1 - 2 * s * s, s)
    u, low = two_sum(t, _EIGHTH_TURN[0])
    half, _ = _of_sum(u, low + (rest + _EIGHTH_TURN[1]))
    yield blend(sine < -0.5, (1 - ratio) + ratio * (2 * half * half), 1 + ratio * sine)  # no cancelling
    yield 2 * alpha * ratio * cosine


@activation(
    "exp(-x*x)",
    derivatives=("-2*x*exp(-x*x)", "(4*x*x - 2)*exp(-x*x)"),
    aliases=("radbas", "rbf"),
    range="(0, 1]",
    monotone="no",
    reference="Broomhead and Lowe 1988, Radial Basis Functions, Multi-Variable Functional Interpolation and "
    "Adaptive Networks",
)
def gaussian(x: Array) -> Jet:
    """A bump around zero."""
    c = xp.copysign(clip_above(40.0, abs(x)), x)
    square, rest = two_product(c, c)
    yield scaled_exp(1.0, -square, -rest)
    yield scaled_exp(-2 * c, -square, -rest) + 0.0
    yield scaled_exp((4 * square - 2) + 4 * rest, -square, -rest)
