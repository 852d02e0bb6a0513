"""Gates: of the two halves a and b of the values, one is multiplied by a function of the other.

Which numbers are the gate, those that the function is of, is a parameter: a half, or every other one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from actcli.activations.gelu_approximations import gelu_tanh, quick_gelu
from actcli.activations.gelus import gelu
from actcli.activations.record import GATES, FrameworkVariant, Kind, Parameter, activation, halves
from actcli.activations.swishes import silu
from actcli.numeric import fixup, propagate_nan, xp
from actcli.numeric.elementary import one_plus_cubed, one_plus_squared, scaled_exp

if TYPE_CHECKING:
    from actcli.activations.record import Activation
    from actcli.numeric import Array, Jet

_TAIL = "where the gate's own value is below 2.2e-308, the result has no more digits than that"
GLU_VARIANTS = "Shazeer 2020, GLU Variants Improve Transformer, arXiv:2002.05202"
_GATE_HELP = "which numbers are the gate: a half, or every other one from the first or the second"
_GATE = Parameter("gate", "first", _GATE_HELP, choices=GATES)


@activation(
    "a*sigmoid(b)",
    kind=Kind.GATED,
    derivatives=(
        "(sigmoid(b), a*sigmoid(b)*sigmoid(-b))",
        "(0, sigmoid(b)*sigmoid(-b), -a*sigmoid(b)*sigmoid(-b)*tanh(b/2))",
    ),
    parameters=(Parameter("gate", "last", _GATE_HELP, choices=GATES),),
    frameworks={
        "keras": FrameworkVariant("keras.activations.glu"),
        "torch": FrameworkVariant("torch.nn.GLU"),
        "jax": FrameworkVariant("jax.nn.glu"),
    },
    range="(-inf, inf)",
    monotone="-",
    reference="Dauphin, Fan, Auli and Grangier 2016, arXiv:1612.08083",
)
def glu(x: Array, gate: str) -> Jet:
    """The first half times the sigmoid of the second."""
    second, first = halves(x.shape[-1], gate)
    a, b = x[..., first].copy(), x[..., second].copy()
    yield fixup(a / (1 + xp.exp(-b)), b < -700, scaled_exp, a, b)
    e, tail = xp.exp(-abs(b)), scaled_exp(a, -abs(b))  # as one product: e^-|b| alone may be 0
    slope = tail / one_plus_squared(e)
    yield _jacobian((first, second), xp.where(b < 0, e, 1.0) / (1 + e), slope)
    bend = xp.copysign(1.0, b) * tail * xp.expm1(-abs(b)) / one_plus_cubed(e)
    yield _hessian((first, second), 0.0, e / one_plus_squared(e), bend)


@activation(
    "(a if a > 0 else 0)*b",
    kind=Kind.GATED,
    derivatives=("(b if a > 0 else 0, a if a > 0 else 0)", "(0, 1 if a > 0 else 0, 0)"),
    parameters=(_GATE,),
    range="(-inf, inf)",
    monotone="-",
    reference=GLU_VARIANTS,
    note="where a is 0 the derivative is that of its left side",
)
def reglu(x: Array, gate: str) -> Jet:
    """The relu of the first half times the second."""
    places = halves(x.shape[-1], gate)
    a, b = (x[..., place].copy() for place in places)
    shut = a <= 0
    yield xp.where(shut & (b == b), 0.0, a * b)  # noqa: PLR0124  a shut gate lets nan through, not 0 inf
    yield _jacobian(places, xp.where(shut, 0.0, b), xp.where(shut, 0.0, a))
    yield _hessian(places, 0.0, xp.where(shut, 0.0, 1.0), 0.0)


@activation(
    "(a*a if a > 0 else 0)*b",
    kind=Kind.GATED,
    derivatives=(
        "(2*a*b if a > 0 else 0, a*a if a > 0 else 0)",
        "(2*b if a > 0 else 0, 2*a if a > 0 else 0, 0)",
    ),
    parameters=(_GATE,),
    range="(-inf, inf)",
    monotone="-",
    reference="Wang et al. 2023, BitNet: Scaling 1-bit Transformers for Large Language Models, "
    "arXiv:2310.11453",
    note="where a is 0 the derivative is that of its left side",
)
def relu2glu(x: Array, gate: str) -> Jet:
    """The squared relu of the first half times the second."""
    places = halves(x.shape[-1], gate)
    a, b = (x[..., place].copy() for place in places)
    p, shut = xp.maximum(a, 0.0), a <= 0
    product = xp.where(shut & (b == b), 0.0, p * b)  # noqa: PLR0124  as in reglu
    yield xp.where(shut, product, product * p)
    yield _jacobian(places, 2 * product, p * p + 0.0)
    yield _hessian(places, xp.where(shut, 0.0, 2 * b), 2 * p + 0.0, 0.0)


@activation(
    "a*Phi(a)*b",
    kind=Kind.GATED,
    derivatives=("((Phi(a) + a*phi(a))*b, a*Phi(a))", "(phi(a)*(2 - a*a)*b, Phi(a) + a*phi(a), 0)"),
    parameters=(_GATE,),
    range="(-inf, inf)",
    monotone="-",
    reference=GLU_VARIANTS,
    note=_TAIL,
)
def geglu(x: Array, gate: str) -> Jet:
    """The gelu of the first half times the second."""
    return _gated(gelu, x, gate)


_TANH, _QUICK = (
    [re.sub(r"\bx\b", "a", text) for text in (gate.formula, *gate.derivatives)]
    for gate in (gelu_tanh, quick_gelu)
)
"""The formulas of two approximations of gelu, of a."""


@activation(
    f"{_TANH[0]}*b",
    derivatives=(f"(({_TANH[1]})*b, {_TANH[0]})", f"(({_TANH[2]})*b, {_TANH[1]}, 0)"),
    kind=Kind.GATED,
    parameters=(_GATE,),
    range="(-inf, inf)",
    monotone="-",
    reference=GLU_VARIANTS,
    note=_TAIL,
)
def geglu_tanh(x: Array, gate: str) -> Jet:
    """The gelu-tanh of the first half times the second: the gate of Gemma."""
    return _gated(gelu_tanh, x, gate)


@activation(
    f"{_QUICK[0]}*b",
    derivatives=(f"(({_QUICK[1]})*b, {_QUICK[0]})", f"(({_QUICK[2]})*b, {_QUICK[1]}, 0)"),
    kind=Kind.GATED,
    parameters=(_GATE,),
    range="(-inf, inf)",
    monotone="-",
    reference=GLU_VARIANTS,
    note=_TAIL,
)
def geglu_quick(x: Array, gate: str) -> Jet:
    """The quick-gelu of the first half times the second."""
    return _gated(quick_gelu, x, gate)


_LIMITED = "max(min(b, limit), -limit) + offset"
_SILU_D1 = "sigmoid(beta*a)*(1 + beta*a*sigmoid(-beta*a))"
_SILU_D2 = "beta*sigmoid(beta*a)*sigmoid(-beta*a)*(2 - beta*a*tanh(beta*a/2))"
_SILU = "min(a, limit)*sigmoid(beta*min(a, limit)) if clip == before else min(a*sigmoid(beta*a), limit)"
_OPEN = "((a if clip == before else a*sigmoid(beta*a)) <= limit)"
_WITHIN = "(-limit <= b <= limit)"


@activation(
    f"({_SILU})*({_LIMITED})",
    kind=Kind.GATED,
    derivatives=(
        f"({_OPEN}*{_SILU_D1}*({_LIMITED}), ({_SILU})*{_WITHIN})",
        f"({_OPEN}*{_SILU_D2}*({_LIMITED}), {_OPEN}*{_SILU_D1}*{_WITHIN}, 0)",
    ),
    parameters=(
        Parameter("beta", 1.0, "sharpness of the gate", aliases=("alpha",)),
        Parameter("limit", None, "the most of a, and of b on both sides; none unless given"),
        Parameter("offset", 0.0, "added to b"),
        Parameter(
            "clip",
            "before",
            "whether the limit is for a itself, or for its silu",
            choices=("before", "after"),
        ),
        _GATE,
    ),
    requires=("limit > 0",),
    presets={"swiglu-oai": {"limit": 7.0, "beta": 1.702, "offset": 1.0}},
    frameworks={"onnx": FrameworkVariant("SwiGLU", note="takes two inputs, the gate first")},
    range="(-inf, inf)",
    monotone="-",
    reference=GLU_VARIANTS,
    note=f"{_TAIL}; gpt-oss has limit 7, beta 1.702, offset 1 and gate even, DeepSeek V4 limit 10, "
    "Step 3.7 limit 7 or 16 and clip after",
)
def swiglu(x: Array, beta: float, limit: float | None, offset: float, *, clip: str, gate: str) -> Jet:
    """The silu of the first half times the second, also with limits."""
    if limit is None:
        return _gated(silu, x, gate, beta, offset=offset)
    return _limited(x, beta, limit, offset, halves(x.shape[-1], gate), before=clip == "before")


def _limited(
    x: Array, beta: float, limit: float, offset: float, places: tuple[slice, slice], *, before: bool
) -> Jet:
    """Yield the orders of swiglu with a limit of a, `before` its silu or after it, and of b."""
    a, b = (x[..., place].copy() for place in places)
    f, d1, d2 = map(xp.asarray, silu.jet(xp.minimum(a, limit) if before else a, beta))
    shut = a > limit if before else f > limit
    within = propagate_nan(b, abs(b) <= limit)
    factor = xp.clip(b, -limit, limit) + offset
    f = xp.minimum(f, limit) if not before else f
    d1, d2 = (propagate_nan(a, xp.where(shut, 0.0, d)) for d in (d1, d2))
    yield f * factor
    yield _jacobian(places, d1 * factor, f * within)
    yield _hessian(places, d2 * factor, d1 * within, 0.0)


def _gated(gate: Activation, x: Array, order: str, *parameters: float, offset: float = 0.0) -> Jet:
    """Yield the orders of gate(a) (b + offset)."""
    places = halves(x.shape[-1], order)
    a, b = (x[..., place].copy() for place in places)
    if offset:
        b += offset
    jet = gate.jet(a, *parameters)
    f: Any = next(jet)
    yield fixup(f * b, xp.isinf(b) & xp.isfinite(a), _gated_infinity, a, b)
    d1: Any = next(jet)
    yield _jacobian(places, d1 * b, f)
    d2: Any = next(jet)
    yield _hessian(places, d2 * b, d1, 0.0)


def _gated_infinity(a: Array, b: Array) -> Array:
    """Return f(a) b for an infinite b: f(a) has a's sign, also where it underflows, and is 0 at 0."""
    return xp.where(a == 0, a * xp.sign(b), xp.sign(a) * b)


def _jacobian(places: tuple[slice, slice], da: Array, db: Array) -> Array:
    """Return the (..., n, 2n) derivatives of each output by its own a and b, and 0 by the others."""
    n = da.shape[-1]
    y = xp.zeros((*da.shape, 2 * n))
    i, (a, b) = xp.arange(n), (xp.arange(2 * n)[place] for place in places)
    y[..., i, a] = da
    y[..., i, b] = db
    return y


def _hessian(places: tuple[slice, slice], aa: Array | float, ab: Array, bb: Array | float) -> Array:
    """Return the (..., n, 2n, 2n) second derivatives, likewise 0 but by each output's own a and b."""
    n = ab.shape[-1]
    y = xp.zeros((*ab.shape, 2 * n, 2 * n))
    i, (a, b) = xp.arange(n), (xp.arange(2 * n)[place] for place in places)
    y[..., i, a, a] = aa
    y[..., i, a, b] = ab
    y[..., i, b, a] = ab
    y[..., i, b, b] = bb
    return y
