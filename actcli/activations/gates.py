"""Gates: of the two halves a and b of the values, one is multiplied by a function of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actcli.activations.gelus import gelu
from actcli.activations.record import FrameworkVariant, Kind, Parameter, activation
from actcli.activations.swishes import silu
from actcli.numeric import xp
from actcli.numeric.arrays import fixup
from actcli.numeric.compensated import scaled_exp
from actcli.numeric.special import one_plus_cubed, one_plus_squared

if TYPE_CHECKING:
    from actcli.activations.record import Activation
    from actcli.numeric import Array, Jet

_TAIL = "where the gate's own value is below 2.2e-308, the result has no more digits than that"
GLU_VARIANTS = "Shazeer 2020, GLU Variants Improve Transformer, arXiv:2002.05202"


@activation(
    "a*sigmoid(b)",
    kind=Kind.GATED,
    derivatives=(
        "(sigmoid(b), a*sigmoid(b)*sigmoid(-b))",
        "(0, sigmoid(b)*sigmoid(-b), -a*sigmoid(b)*sigmoid(-b)*tanh(b/2))",
    ),
    frameworks={
        "keras": FrameworkVariant("keras.activations.glu"),
        "torch": FrameworkVariant("torch.nn.GLU"),
        "jax": FrameworkVariant("jax.nn.glu"),
    },
    range="(-inf, inf)",
    monotone="-",
    reference="Dauphin, Fan, Auli and Grangier 2016, arXiv:1612.08083",
)
def glu(x: Array) -> Jet:
    """The first half times the sigmoid of the second."""
    a, b = _halves(x)
    yield fixup(a / (1 + xp.exp(-b)), b < -700, scaled_exp, a, b)
    e, tail = xp.exp(-abs(b)), scaled_exp(a, -abs(b))  # as one product: e^-|b| alone may be 0
    slope = tail / one_plus_squared(e)
    yield _jacobian(xp.where(b < 0, e, 1.0) / (1 + e), slope)
    bend = xp.copysign(1.0, b) * tail * xp.expm1(-abs(b)) / one_plus_cubed(e)
    yield _hessian(0.0, e / one_plus_squared(e), bend)


@activation(
    "(a if a > 0 else 0)*b",
    kind=Kind.GATED,
    derivatives=("(b if a > 0 else 0, a if a > 0 else 0)", "(0, 1 if a > 0 else 0, 0)"),
    range="(-inf, inf)",
    monotone="-",
    reference=GLU_VARIANTS,
    note="where a is 0 the derivative is that of its left side",
)
def reglu(x: Array) -> Jet:
    """The relu of the first half times the second."""
    a, b = _halves(x)
    shut = a <= 0
    yield xp.where(shut & (b == b), 0.0, a * b)  # noqa: PLR0124  a shut gate lets nan through, not 0 inf
    yield _jacobian(xp.where(shut, 0.0, b), xp.where(shut, 0.0, a))
    yield _hessian(0.0, xp.where(shut, 0.0, 1.0), 0.0)


@activation(
    "a*Phi(a)*b",
    kind=Kind.GATED,
    derivatives=("((Phi(a) + a*phi(a))*b, a*Phi(a))", "(phi(a)*(2 - a*a)*b, Phi(a) + a*phi(a), 0)"),
    range="(-inf, inf)",
    monotone="-",
    reference=GLU_VARIANTS,
    note=_TAIL,
)
def geglu(x: Array) -> Jet:
    """The gelu of the first half times the second."""
    return _gated(gelu, x)


@activation(
    "a*sigmoid(beta*a)*b",
    kind=Kind.GATED,
    derivatives=(
        "(sigmoid(beta*a)*(1 + beta*a*sigmoid(-beta*a))*b, a*sigmoid(beta*a))",
        (
            "(beta*sigmoid(beta*a)*sigmoid(-beta*a)*(2 - beta*a*tanh(beta*a/2))*b,"
            " sigmoid(beta*a)*(1 + beta*a*sigmoid(-beta*a)), 0)"
        ),
    ),
    parameters=(Parameter("beta", 1.0, "sharpness of the gate", aliases=("alpha",)),),
    frameworks={"onnx": FrameworkVariant("SwiGLU", note="takes two inputs, the gate first")},
    range="(-inf, inf)",
    monotone="-",
    reference=GLU_VARIANTS,
    note=_TAIL,
)
def swiglu(x: Array, beta: float) -> Jet:
    """The silu of the first half times the second."""
    return _gated(silu, x, beta)


def _gated(gate: Activation, x: Array, *parameters: float) -> Jet:
    """Yield the orders of gate(a) b."""
    a, b = _halves(x)
    jet = gate.jet(a, *parameters)
    f: Any = next(jet)
    yield fixup(f * b, xp.isinf(b) & xp.isfinite(a), _gated_infinity, a, b)
    d1: Any = next(jet)
    yield _jacobian(d1 * b, f)
    d2: Any = next(jet)
    yield _hessian(d2 * b, d1, 0.0)


def _gated_infinity(a: Array, b: Array) -> Array:
    """Return f(a) b for an infinite b: f(a) has a's sign, also where it underflows, and is 0 at 0."""
    return xp.where(a == 0, a * xp.sign(b), xp.sign(a) * b)


def _halves(x: Array) -> tuple[Array, Array]:
    """Return copies of the first and the second half of the last axis."""
    n = x.shape[-1] // 2
    return x[..., :n].copy(), x[..., n:].copy()


def _jacobian(da: Array, db: Array) -> Array:
    """Return the (..., n, 2n) derivatives of each output by its own a and b, and 0 by the others."""
    n = da.shape[-1]
    y = xp.zeros((*da.shape, 2 * n))
    i = xp.arange(n)
    y[..., i, i] = da
    y[..., i, n + i] = db
    return y


def _hessian(aa: Array | float, ab: Array, bb: Array | float) -> Array:
    """Return the (..., n, 2n, 2n) second derivatives, likewise 0 but by each output's own a and b."""
    n = ab.shape[-1]
    y = xp.zeros((*ab.shape, 2 * n, 2 * n))
    i = xp.arange(n)
    y[..., i, i, i] = aa
    y[..., i, i, n + i] = ab
    y[..., i, n + i, i] = ab
    y[..., i, n + i, n + i] = bb
    return y
