"""Straight lines, and the step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activations.record import FrameworkVariant, Kink, Parameter, activation
from actcli.numeric import multiple, propagate_nan, xp
from actcli.numeric.elementary import two_product, two_sum

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet


@activation(
    "x",
    derivatives=("1", "0"),
    aliases=("identity", "none", "purelin"),
    frameworks={
        "keras": FrameworkVariant("keras.activations.linear"),
        "keras2": FrameworkVariant("linear"),
        "torch": FrameworkVariant("torch.nn.Identity"),
        "jax": FrameworkVariant("jax.nn.identity"),
        "onnx": FrameworkVariant("Identity"),
        "numpy-ml": FrameworkVariant("Identity"),
    },
    range="(-inf, inf)",
    monotone="increasing",
)
def linear(x: Array) -> Jet:
    """The number itself."""
    yield +x
    yield propagate_nan(x, 1.0)
    yield propagate_nan(x, 0.0)


@activation(
    "slope*x + intercept",
    derivatives=("slope", "0"),
    parameters=(
        Parameter("slope", 1.0, "what a step of 1 adds", aliases=("alpha",)),
        Parameter("intercept", 0.0, "the value at 0", aliases=("beta",)),
    ),
    frameworks={
        "onnx": FrameworkVariant("Affine", note="only inside RNN, GRU and LSTM"),
        "numpy-ml": FrameworkVariant("Affine"),
    },
    range="(-inf, inf)",
    monotone="increasing",
)
def affine(x: Array, slope: float, intercept: float) -> Jet:
    """A straight line."""
    yield line(x, slope, intercept)
    yield propagate_nan(x, slope)
    yield propagate_nan(x, 0.0)


def line(x: Array, slope: float, intercept: float) -> Array:
    """Return slope * x + intercept, rounded once: near its root, the rounding error of slope * x counts."""
    y = multiple(slope, x) + intercept
    if abs(slope) == 1 or 0 in (slope, intercept):
        return y
    mantissa, exponent = xp.frexp(x)
    factor, shift = xp.frexp(slope)
    p, p_rest = two_product(mantissa, factor)
    s, s_rest = two_sum(p, xp.ldexp(intercept, -(exponent + shift)))
    exact = xp.ldexp(s + (s_rest + p_rest), exponent + shift)
    return xp.where(xp.isfinite(x) & xp.isfinite(s_rest), exact, y)


@activation(
    "1 if x >= threshold else 0",
    derivatives=("0", "0"),
    parameters=(Parameter("threshold", 0.0, "where 0 becomes 1"),),
    kinks=(Kink("threshold", f="1", d1="0", d2="0"),),
    aliases=("heaviside", "binary-step", "unit-step", "hardlim"),
    frameworks={
        "torch": FrameworkVariant("torch.heaviside", note="the value at 0 must be given"),
        "jax": FrameworkVariant("jax.numpy.heaviside", note="the value at 0 must be given"),
    },
    range="[0, 1]",
    monotone="non-decreasing",
    reference="McCulloch and Pitts 1943, A Logical Calculus of the Ideas Immanent in Nervous Activity",
)
def step(x: Array, threshold: float) -> Jet:
    """Zero below a threshold, one from there on."""
    yield propagate_nan(x, x >= threshold)
    yield propagate_nan(x, 0.0)
    yield propagate_nan(x, 0.0)
