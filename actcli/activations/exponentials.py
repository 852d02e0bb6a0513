"""Exponentials: functions that grow like exp, or approach a limit like exp on the negative side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activations.record import ALL_ORDERS, FrameworkVariant, Kink, Parameter, activation
from actcli.numeric import xp
from actcli.numeric.arrays import blend, fixup, multiple, positive
from actcli.numeric.compensated import quotient, scaled_exp

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet


@activation(
    "exp(x)",
    derivatives=("exp(x)", "exp(x)"),
    aliases=("exp",),
    frameworks={
        "keras": FrameworkVariant("keras.activations.exponential"),
        "keras2": FrameworkVariant("exponential"),
        "torch": FrameworkVariant("torch.exp"),
        "jax": FrameworkVariant("jax.numpy.exp"),
        "onnx": FrameworkVariant("Exp"),
        "numpy-ml": FrameworkVariant("Exponential"),
    },
    range="(0, inf)",
    monotone="increasing",
)
def exponential(x: Array) -> Jet:
    """The exponential function; inf above 709.78."""
    y = xp.exp(x)
    yield y
    yield +y
    yield +y


@activation(
    "x if x > 0 else alpha*expm1(x)",
    derivatives=("1 if x > 0 else alpha*exp(x)", "0 if x > 0 else alpha*exp(x)"),
    parameters=(Parameter("alpha", 1.0, "minus the limit at -inf"),),
    kinks=(Kink("0", f="0", d1="alpha", d2="alpha"),),
    frameworks={
        "keras": FrameworkVariant("keras.activations.elu"),
        "keras2": FrameworkVariant("elu"),
        "torch": FrameworkVariant("torch.nn.ELU", at={"0": (None, None, 0.0)}),
        "jax": FrameworkVariant("jax.nn.elu", note="f' is 0 below -37"),
        "onnx": FrameworkVariant("Elu"),
        "numpy-ml": FrameworkVariant("ELU", at={"0": (None, None, 0.0)}),
    },
    range="(-alpha, inf)",
    monotone="increasing",
    reference="Clevert, Unterthiner and Hochreiter 2015, arXiv:1511.07289",
)
def elu(x: Array, alpha: float, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """A relu that settles at minus alpha."""
    return _elu(x, 1.0, alpha, orders)


@activation(
    "scale*x if x > 0 else scale*alpha*expm1(x)",
    derivatives=("scale if x > 0 else scale*alpha*exp(x)", "0 if x > 0 else scale*alpha*exp(x)"),
    parameters=(
        Parameter("alpha", 1.6732632423543772, "minus the limit at -inf, before scaling"),
        Parameter("scale", 1.0507009873554805, "slope of the positive side", aliases=("gamma",)),
    ),
    kinks=(Kink("0", f="0", d1="scale*alpha", d2="scale*alpha"),),
    frameworks={
        "keras": FrameworkVariant("keras.activations.selu"),
        "keras2": FrameworkVariant("selu"),
        "torch": FrameworkVariant("torch.nn.SELU", at={"0": (None, None, 0.0)}),
        "jax": FrameworkVariant("jax.nn.selu"),
        "onnx": FrameworkVariant(
            "Selu",
            defaults={"alpha": 1.67326319217681884765625, "scale": 1.05070102214813232421875},
            note="its constants are float32",
        ),
        "numpy-ml": FrameworkVariant("SELU", at={"0": (None, 1.0507009873554805, None)}),
    },
    range="(-1.7580993408473766, inf)",
    monotone="increasing",
    reference="Klambauer, Unterthiner, Mayr and Hochreiter 2017, Self-Normalizing Neural Networks",
)
def selu(x: Array, alpha: float, scale: float, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """A scaled elu that keeps mean 0 and variance 1."""
    return _elu(x, scale, scale * alpha, orders)


def _elu(x: Array, slope: float, depth: float, orders: frozenset[int]) -> Jet:
    """Yield the orders of slope * x for x > 0, else depth * expm1(x)."""
    below = xp.clip(x, -1500, 0)  # on the other side exp would overflow
    if 0 in orders:
        y = multiple(slope, positive(x)) + multiple(depth, xp.expm1(below))
        yield fixup(y, x == 0, lambda x: x, x)  # -0 for -0
    else:
        yield None
    e = scaled_exp(depth, below)  # f + depth would have no digits in the tail
    yield e if slope == depth else blend(x > 0, slope, e)  # exp(0) is 1
    yield xp.where(x > 0, 0.0, e)


@activation(
    "x if x > 0 else alpha*expm1(x/alpha)",
    derivatives=("1 if x > 0 else exp(x/alpha)", "0 if x > 0 else exp(x/alpha)/alpha"),
    parameters=(Parameter("alpha", 1.0, "minus the limit at -inf"),),
    requires=("alpha != 0",),
    kinks=(Kink("0", f="0", d1="1", d2="1/alpha"),),
    frameworks={
        "keras": FrameworkVariant("keras.activations.celu", at={"0": (None, None, 0.25)}),
        "torch": FrameworkVariant("torch.nn.CELU", at={"0": (None, None, 0.0)}),
        "jax": FrameworkVariant("jax.nn.celu", at={"0": (None, None, 0.25)}, note="f''(0) is 1/(4 alpha)"),
        "onnx": FrameworkVariant("Celu"),
    },
    range="(-alpha, inf)",
    monotone="increasing",
    reference="Barron 2017, Continuously Differentiable Exponential Linear Units, arXiv:1704.07483",
)
def celu(x: Array, alpha: float, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """An elu with slope one at zero, whatever alpha."""
    if alpha == 1:
        yield from _elu(x, 1.0, 1.0, orders)
        return
    q, rest = quotient(xp.minimum(x, 0.0), alpha)
    correction = 1 + rest  # exp(q + rest) = exp(q) (1 + rest): q is up to 700 times its rounding error
    y = alpha * (xp.expm1(q) + rest * xp.exp(q))
    y = xp.where(q > 40, scaled_exp(alpha, q) * correction, y)  # a negative alpha grows
    yield xp.where((x > 0) | (abs(q) < 2.0**-54), x, y)  # near 0 it is x, even where x/alpha underflows
    yield xp.where(x > 0, 1.0, scaled_exp(1.0, q) * correction)
    yield xp.where(x > 0, 0.0, scaled_exp(1 / alpha, q) * correction)
