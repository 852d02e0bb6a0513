"""Softmaxes: functions from vectors to probabilities, or to their logarithms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from actcli.activations.record import FrameworkVariant, Kind, Parameter, activation
from actcli.numeric import fixup, xp
from actcli.numeric.elementary import exp_of, one_plus_cubed, one_plus_squared, two_product, two_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.numeric import Array, Jet

_ACCURACY = (
    "an entry is within 4 + n/8 ulp among n; a temperature below 1 magnifies, in derivatives, the digits "
    "that probabilities below 2.2e-308 lack"
)
_HALF = "; where f'' has the factor 1 - 2s, and s is near 1/2, it has only the digits of what that multiplies"
_S = "softmax([v/temperature for v in x])"
_S_AND_SINK = "softmax([v/temperature for v in x], sink=sink)"
_S_OF_MINUS = "softmax([-v/temperature for v in x])"
_SOFTMAX_D1 = "{s}[i]*((i == j) - {s}[j])/temperature"
_SOFTMAX_D2 = "{s}[i]*(((i == j) - {s}[j])*((i == k) - {s}[k]) - {s}[j]*((j == k) - {s}[k]))/temperature**2"
_TEMPERATURE = Parameter("temperature", 1.0, "divides x: below 1 the largest takes more, above 1 less")
_TO_HARDMAX = _TEMPERATURE._replace(limit_at_0="hardmax")


class _Powers(NamedTuple):
    """Exponents (x - max x)/t as hi + lo, and their powers `e`.

    first: true at the first maximum. rest: the sum of the other powers.
    """

    hi: Array
    lo: Array
    e: Array
    first: NDArray[Any]
    rest: Array


def shifted(x: Array, t: float = 1.0) -> tuple[Array, Array]:
    """Return x - max(x) exactly, as hi + lo; nan in vectors with several infinities as maximum.

    `lo` is 0 where exp(hi/t) is 0, so that it does not count.
    """
    top = x.max(axis=-1, keepdims=True)
    hi, lo = two_sum(x, -top)  # rounded, the shift would cost up to 256 ulp of exp
    if xp.isinf(top).any():
        leads = x == top
        draw = xp.isinf(top) & ((top < 0) | (leads.sum(axis=-1, keepdims=True) > 1))
        hi, lo = xp.where(leads, xp.where(draw, xp.nan, 0.0), hi), xp.where(leads, 0.0, lo)
    return hi, fixup(lo, hi < -800 * max(1.0, t), lambda: 0.0)


def _tempered(hi: Array, lo: Array, t: float) -> tuple[Array, Array]:
    """Return (hi + lo)/t as a rounded quotient and its rounding error."""
    if t == 1:
        return hi, lo
    quotient = hi / t
    product, error = two_product(quotient, t)
    rest = ((hi - product) - error + lo) / t
    return quotient, xp.where(quotient > -800, rest, 0.0)


def _powers(x: Array, t: float) -> _Powers:
    return _of_exponents(x, *_tempered(*shifted(x, t), t))


def _of_exponents(x: Array, hi: Array, lo: Array) -> _Powers:
    """Return the powers of the exponents hi + lo, which are in x's order."""
    e = exp_of(hi, lo)
    leader = x.argmax(axis=-1)
    first = xp.arange(x.shape[-1]) == leader[..., None]
    others = e.copy().reshape(-1, x.shape[-1])
    others[xp.arange(leader.size), leader.ravel()] = 0.0
    rest = others.sum(axis=-1).reshape(*leader.shape, 1)
    return _Powers(hi, lo, e, first, rest)


_MODERATE = 1e-260, 1e260
"""Powers between these need no shift: they and their sums are far from overflow and underflow."""


def _powers_of_rows(x: Array) -> tuple[Array, Array, NDArray[Any]]:
    """Return exp(x), the largest power of each row, and whether a row's exponents need no shift."""
    e = xp.exp(x)
    least, most = e.min(axis=-1, keepdims=True), e.max(axis=-1, keepdims=True)
    return e, most, (least > _MODERATE[0]) & (most < _MODERATE[1])


def _powers_with_sink(x: Array, t: float, sink: float) -> _Powers:
    """Return the powers of x/t and, behind them, of the sink, which is not divided."""
    hi, lo = _tempered(x, xp.zeros_like(x), t)
    top = x.max(axis=-1, keepdims=True)
    hi = xp.where(xp.isinf(x), x, hi)
    lo = xp.where(xp.isinf(x), 0.0, lo)
    last = xp.full(top.shape, sink)
    hi, lo = xp.concatenate([hi, last], axis=-1), xp.concatenate([lo, xp.zeros_like(last)], axis=-1)
    most, most_lo = (
        xp.take_along_axis(part, hi.argmax(axis=-1, keepdims=True), axis=-1) for part in (hi, lo)
    )
    shift, rest = two_sum(hi, -most)
    leads = hi == most
    draw = xp.isinf(most) & (leads.sum(axis=-1, keepdims=True) > 1)
    infinite = xp.isinf(most)
    shift = xp.where(infinite & leads, xp.where(draw, xp.nan, 0.0), shift)
    rest = xp.where(infinite | xp.isinf(hi) | (shift < -800), 0.0, rest + (lo - most_lo))
    return _of_exponents(hi, shift, rest)


def _softmax(x: Array, t: float) -> Array:
    if t != 1:
        e = exp_of(*_tempered(*shifted(x, t), t))
        e /= e.sum(axis=-1, keepdims=True)
        return e
    e, most, moderate = _powers_of_rows(x)
    e /= most  # equal entries become 1, and their sum is exact
    if not moderate.all():
        e = xp.where(moderate, e, exp_of(*shifted(x)))
    e /= e.sum(axis=-1, keepdims=True)
    return e


def _log_softmax(x: Array, t: float) -> Array:
    if t != 1:
        return _log_of_any(x, t)
    e, most, moderate = _powers_of_rows(x)
    y = _log_of_moderate(x, e, most)
    return y if moderate.all() else xp.where(moderate, y, _log_of_any(x, t))


def _log_of_moderate(x: Array, e: Array, most: Array) -> Array:
    """Return x - log(sum(e)), as the largest x and log1p of what the others add to its power."""
    leader = x.argmax(axis=-1, keepdims=True)
    xp.put_along_axis(e, leader, 0.0, axis=-1)
    others = xp.log1p(e.sum(axis=-1, keepdims=True) / most)
    s, rest = two_sum(xp.take_along_axis(x, leader, axis=-1), others)
    return (x - s) - rest


def _log_of_any(x: Array, t: float) -> Array:
    p = _powers(x, t)
    return (p.hi - xp.log1p(p.rest)) + p.lo


def _softmax_d1(p: _Powers, t: float) -> Array:
    """Return s_i (delta_ij - s_j)/t, with 1 - s_i as the sum of the others: it has no digits near s_i = 1."""
    return _pairs(p, t) / one_plus_squared(p.rest)[..., None]


def _pairs(p: _Powers, t: float) -> Array:
    """Return the Jacobian times the square of the powers' sum, dividing before products could underflow."""
    e = p.e / t
    y = -e[..., :, None] * p.e[..., None, :]
    i = xp.arange(e.shape[-1])
    y[..., i, i] = e * _others(p)
    return y


def _others(p: _Powers) -> Array:
    """Return for each entry the sum of the other powers."""
    return xp.where(p.first, p.rest, 1 + (p.rest - p.e))


def _softmax_d2(p: _Powers, t: float) -> Array:
    """Return 2 s_i s_j s_k/t^2; where two indices agree, the Jacobian times 1 - 2 s of that index."""
    cube, e = one_plus_cubed(p.rest), p.e / t
    pairs, balance, same = _pairs(p, t), _balance(p) / cube / t, xp.eye(e.shape[-1], dtype=bool)
    y = 2 * e[..., :, None, None] * e[..., None, :, None] * (p.e / cube)[..., None, None, :]
    y = xp.where(same, (pairs * balance[..., None, :])[..., None], y)
    y = xp.where(same[:, None, :], (pairs * balance[..., None])[..., None], y)
    return xp.where(same[:, :, None], (pairs * balance[..., None])[..., None, :], y)


def _balance(p: _Powers) -> Array:
    """Return for each entry the sum of the other powers minus its own, by expm1 where two are nearly all."""
    same = xp.eye(p.e.shape[-1], dtype=bool)
    thirds = xp.where(same | p.first[..., None, :], 0.0, p.e[..., None, :]).sum(axis=-1)
    gap = -xp.expm1(p.hi) - p.lo * p.e  # 1 - e
    rival = xp.where(p.first, -xp.inf, p.e).argmax(axis=-1)[..., None]
    lead = xp.take_along_axis(thirds - gap, rival, axis=-1)
    return xp.where(p.first, lead, gap + thirds)


@activation(
    "exp(x[i]/temperature)/(sum(exp(v/temperature) for v in x) + exp(sink))",
    kind=Kind.VECTOR,
    absent=-math.inf,
    derivatives=(_SOFTMAX_D1.format(s=_S_AND_SINK), _SOFTMAX_D2.format(s=_S_AND_SINK)),
    parameters=(
        _TO_HARDMAX,
        Parameter(
            "sink",
            None,
            "one more number in the sum, not divided; 0 gives softmax1; none unless given",
            unset=-math.inf,
        ),
    ),
    requires=("temperature > 0",),
    presets={"softmax1": {"sink": 0.0}},
    frameworks={
        "keras": FrameworkVariant("keras.activations.softmax", note="nan if an input is inf"),
        "keras2": FrameworkVariant("softmax", note="nan if an input is inf"),
        "torch": FrameworkVariant("torch.nn.Softmax", note="nan if an input is inf"),
        "jax": FrameworkVariant("jax.nn.softmax", note="nan if an input is inf"),
        "onnx": FrameworkVariant("Softmax", note="over all axes from 1 on before opset 13"),
        "numpy-ml": FrameworkVariant("Softmax", note="a layer"),
    },
    range="(0, 1]",
    monotone="-",
    note=_ACCURACY + _HALF,
    reference="Bridle 1990, Probabilistic Interpretation of Feedforward Classification Network Outputs",
)
def softmax(x: Array, temperature: float, sink: float | None) -> Jet:
    """Probabilities in proportion to exp(x)."""
    if sink is not None:
        n, p = x.shape[-1], _powers_with_sink(x, temperature, sink)
        yield (p.e / (1 + p.rest))[..., :n]
        yield _softmax_d1(p, temperature)[..., :n, :n]
        yield _softmax_d2(p, temperature)[..., :n, :n, :n]
        return
    yield _softmax(x, temperature)
    p = _powers(x, temperature)
    yield _softmax_d1(p, temperature)
    yield _softmax_d2(p, temperature)


@activation(
    "x[i]/temperature - log(sum(exp(v/temperature) for v in x))",
    kind=Kind.VECTOR,
    absent=-math.inf,
    derivatives=(f"((i == j) - {_S}[j])/temperature", f"-{_S}[j]*((j == k) - {_S}[k])/temperature**2"),
    parameters=(_TEMPERATURE,),
    requires=("temperature > 0",),
    frameworks={
        "keras": FrameworkVariant(
            "keras.activations.log_softmax", note="0 where the largest leads by 37 or more"
        ),
        "torch": FrameworkVariant("torch.nn.LogSoftmax", note="0 where the largest leads by 37 or more"),
        "jax": FrameworkVariant("jax.nn.log_softmax", note="0 where the largest leads by 37 or more"),
        "onnx": FrameworkVariant("LogSoftmax"),
    },
    range="(-inf, 0]",
    monotone="-",
    note=_ACCURACY,
)
def log_softmax(x: Array, temperature: float) -> Jet:
    """The logarithms of the softmax."""
    yield _log_softmax(x, temperature)
    p = _powers(x, temperature)
    slopes = -(p.e / temperature / (1 + p.rest))
    jacobian = xp.broadcast_to(slopes[..., None, :], (*x.shape, x.shape[-1])).copy()
    i = xp.arange(x.shape[-1])
    jacobian[..., i, i] = _others(p) / temperature / (1 + p.rest)
    yield jacobian
    curvatures = -(_softmax_d1(p, temperature) / temperature)
    yield xp.broadcast_to(curvatures[..., None, :, :], (*jacobian.shape, x.shape[-1])).copy()


@activation(
    "exp(-x[i]/temperature)/sum(exp(-v/temperature) for v in x)",
    kind=Kind.VECTOR,
    absent=math.inf,
    derivatives=("-" + _SOFTMAX_D1.format(s=_S_OF_MINUS), _SOFTMAX_D2.format(s=_S_OF_MINUS)),
    parameters=(_TEMPERATURE,),
    requires=("temperature > 0",),
    frameworks={"torch": FrameworkVariant("torch.nn.Softmin", note="nan if an input is -inf")},
    range="(0, 1]",
    monotone="-",
    note=_ACCURACY + _HALF,
)
def softmin(x: Array, temperature: float) -> Jet:
    """Probabilities in proportion to exp(-x)."""
    yield _softmax(-x, temperature)
    p = _powers(-x, temperature)
    yield -_softmax_d1(p, temperature)
    yield _softmax_d2(p, temperature)
