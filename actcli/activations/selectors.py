"""Selectors: functions of vectors that keep the largest entries and make the others zero."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from actcli.activations.record import FrameworkVariant, Kind, activation
from actcli.activations.softmaxes import shifted
from actcli.numeric import xp
from actcli.numeric.arrays import propagate_nan
from actcli.numeric.compensated import two_product, two_sum

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet


@activation(
    "1 if i == x.index(max(x)) else 0",
    kind=Kind.VECTOR,
    absent=-math.inf,
    derivatives=("0", "0"),
    frameworks={"onnx": FrameworkVariant("Hardmax", note="over all axes from 1 on before opset 13")},
    range="[0, 1]",
    monotone="-",
    note="of equal values the first counts",
)
def hardmax(x: Array) -> Jet:
    """One at the first largest value, zero elsewhere."""
    top = x.max(axis=-1, keepdims=True)
    yield propagate_nan(top, xp.arange(x.shape[-1]) == x.argmax(axis=-1)[..., None])
    yield _flat(top, x.shape[-1], 1)
    yield _flat(top, x.shape[-1], 2)


@activation(
    "max(0, x[i] - max((sum(sorted(x)[-k:]) - 1)/k for k in range(1, n + 1)))",
    kind=Kind.VECTOR,
    absent=-math.inf,
    derivatives=(
        "(sparsemax(x)[i] > 0)*(sparsemax(x)[j] > 0)*((i == j) - 1/sum(p > 0 for p in sparsemax(x)))",
        "0",
    ),
    frameworks={
        "keras": FrameworkVariant(
            "keras.activations.sparsemax", note="wrong up to 3.15.1: [1, 0.5] gave [0.25, 0]"
        )
    },
    range="[0, 1]",
    monotone="-",
    reference="Martins and Astudillo 2016, From Softmax to Sparsemax, arXiv:1602.02068",
    note="where an entry is just about to become positive, the derivative is that of zero",
)
def sparsemax(x: Array) -> Jet:
    """The nearest probabilities to x; small values become zero."""
    excess, size = _support(x)
    y = propagate_nan(size, xp.where(excess > 0, excess / size, 0.0))
    yield y
    member = 1.0 * (y > 0)
    jacobian = member[..., :, None] * member[..., None, :] * (-1 / size)[..., None]
    i = xp.arange(x.shape[-1])
    jacobian[..., i, i] = member * ((size - 1) / size)
    yield jacobian + 0.0  # + 0.0: no negative zero
    yield _flat(size, x.shape[-1], 2)


def _support(x: Array) -> tuple[Array, Array]:
    """Return each entry's distance from the threshold times the support's size, and that size, or nan."""
    hi, lo = shifted(x)
    hi, lo = xp.maximum(hi, -2.0), xp.where(hi < -2, 0.0, lo)  # more than 1 below the largest, an entry is 0
    place = xp.argsort(-x, axis=-1)
    z, z_lo = xp.take_along_axis(hi, place, axis=-1), xp.take_along_axis(lo, place, axis=-1)
    total = z.cumsum(axis=-1)
    before = xp.concatenate([xp.zeros_like(total[..., :1]), total[..., :-1]], axis=-1)
    total_lo = (two_sum(before, z)[1] + z_lo).cumsum(axis=-1)
    count = xp.arange(1.0, x.shape[-1] + 1)
    size = (_excess(count, z, z_lo, total, total_lo) > 0).sum(axis=-1, keepdims=True)
    last = xp.maximum(size - 1, 0)
    sums = (xp.take_along_axis(t, last, axis=-1) for t in (total, total_lo))
    defined = xp.where(xp.isnan(hi).any(axis=-1, keepdims=True), xp.nan, size)
    return _excess(defined, hi, lo, *sums), defined


def _excess(count: Array, z: Array, z_lo: Array, total: Array, total_lo: Array) -> Array:
    """Return 1 + count z - total, computed in twice float64's precision: small entries are differences."""
    p, p_rest = two_product(count, z)
    q, q_rest = two_sum(p, -total)
    r, r_rest = two_sum(1.0, q)
    return r + (r_rest + q_rest + p_rest + (count * z_lo - total_lo))


def _flat(carrier: Array, n: int, order: int) -> Array:
    """Return zeros of the shape of a derivative, but nan in the vectors where `carrier` (..., 1) is nan."""
    zero = propagate_nan(carrier, 0.0)[(..., *(None,) * order)]
    return xp.broadcast_to(zero, (*carrier.shape[:-1], *(n,) * (order + 1))).copy()
