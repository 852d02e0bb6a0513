"""Shrinkers: functions that are zero for small values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activations.record import FrameworkVariant, Kink, Parameter, activation
from actcli.numeric import blend, propagate_nan, xp
from actcli.numeric.elementary import horner, one_plus_squared, scaled_exp

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet

LAMBDA = Parameter(
    "lambd", 0.5, "f is 0 between minus this and this", option="lambda", aliases=("lambd", "threshold")
)
ENDS = (Kink("-lambd", f="0", d1="0", d2="0"), Kink("lambd", f="0", d1="0", d2="0"))


@activation(
    "x if abs(x) > lambd else 0",
    derivatives=("1 if abs(x) > lambd else 0", "0"),
    parameters=(LAMBDA,),
    requires=("lambd >= 0",),
    kinks=ENDS,
    frameworks={
        "keras": FrameworkVariant("keras.activations.hard_shrink", note="nan becomes 0"),
        "torch": FrameworkVariant("torch.nn.Hardshrink"),
        "onnx": FrameworkVariant("Shrink", note="nan becomes 0"),
    },
    range="(-inf, inf)",
    monotone="non-decreasing",
    reference="Donoho and Johnstone 1994, Ideal Spatial Adaptation by Wavelet Shrinkage",
)
def hard_shrink(x: Array, lambd: float) -> Jet:
    """Zero for small values, x for the others."""
    yield x * (abs(x) > lambd) + 0.0  # + 0.0: no negative zero
    yield propagate_nan(x, abs(x) > lambd)
    yield propagate_nan(x, 0.0)


@activation(
    "x - lambd if x > lambd else (x + lambd if x < -lambd else 0)",
    derivatives=("1 if abs(x) > lambd else 0", "0"),
    parameters=(LAMBDA,),
    requires=("lambd >= 0",),
    kinks=ENDS,
    aliases=("soft-threshold",),
    frameworks={
        "keras": FrameworkVariant("keras.activations.soft_shrink", note="nan becomes 0"),
        "torch": FrameworkVariant("torch.nn.Softshrink"),
        "onnx": FrameworkVariant("Shrink", note="with bias=lambd; nan becomes 0"),
    },
    range="(-inf, inf)",
    monotone="non-decreasing",
    reference="Donoho 1995, De-noising by Soft-thresholding",
)
def soft_shrink(x: Array, lambd: float) -> Jet:
    """Zero for small values, the others that much nearer to zero."""
    yield x - xp.clip(x, -lambd, lambd)
    yield propagate_nan(x, abs(x) > lambd)
    yield propagate_nan(x, 0.0)


@activation(
    "x - bias if x > lambd else (x + bias if x < -lambd else 0)",
    derivatives=("1 if abs(x) > lambd else 0", "0"),
    parameters=(LAMBDA, Parameter("bias", 0.0, "how much nearer to zero the others go")),
    requires=("lambd >= 0",),
    kinks=ENDS,
    frameworks={"onnx": FrameworkVariant("Shrink", note="nan becomes 0")},
    range="(-inf, inf)",
    monotone="non-decreasing",
)
def shrink(x: Array, lambd: float, bias: float) -> Jet:
    """Zero for small values, the others nearer to zero by a bias."""
    yield xp.where(abs(x) <= lambd, 0.0, xp.where(x > 0, x - bias, x + bias))
    yield propagate_nan(x, abs(x) > lambd)
    yield propagate_nan(x, 0.0)


_CUBE_OVER_F = (
    3.0, 1.1999999999999982, -0.005714285714252313, 0.00025396825373566316, -1.2203668513899137e-05,
    5.987645687759065e-07, -2.9562838773310064e-08, 1.4608692644511771e-09, -7.135386827487183e-11,
    3.210693242385244e-12, -9.858771012144348e-14,
)  # fmt: skip
"""x^3/(x - tanh(x)) as a polynomial of x^2 up to 1.5^2: smooth, where x - tanh(x) cancels."""


@activation(
    "x - tanh(x)",
    derivatives=("tanh(x)**2", "2*tanh(x)*sech(x)**2"),
    frameworks={
        "keras": FrameworkVariant("keras.activations.tanh_shrink", note="no digits below 1e-8"),
        "torch": FrameworkVariant("torch.nn.Tanhshrink", note="no digits below 1e-8"),
    },
    range="(-inf, inf)",
    monotone="increasing",
)
def tanh_shrink(x: Array) -> Jet:
    """What tanh takes away: x - tanh(x), about x^3/3 near zero."""
    t = xp.tanh(x)
    z = xp.clip(x * x, 0, 2.25)
    y = blend(z < 2.25, x * z / horner(_CUBE_OVER_F, z), x - t)
    yield y
    t = blend(z < 0.5, x - y, t)  # some tanh are 2 ulp off here, and the square doubles that
    yield t * t
    e4 = scaled_exp(4.0, -2 * abs(x))
    yield 2 * t * (e4 / one_plus_squared(e4 / 4))
