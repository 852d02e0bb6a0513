"""Selectors: functions of vectors that keep the largest entries and make the others zero."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from actcli.activations.record import FrameworkVariant, Kind, activation
from actcli.activations.softmaxes import shifted
from actcli.numeric import propagate_nan, xp
from actcli.numeric.double_double import DoubleDouble
from actcli.numeric.elementary import two_product, two_sum

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


_MOST_STEPS = 60
_SMALL = 1e-15
"""The relative step at which Newton's method for entmax15's threshold goes on in double-double."""
_TOP = "sorted(x)[-k:]"
_ROOT, _TOTAL = "sqrt(entmax15(x)[{0}])", "sum(sqrt(v) for v in entmax15(x))"
_ENTMAX_D1 = "{i}*((i == j) - {j}/{total})"
_ENTMAX_D2 = (
    "({i} > 0)*({j} > 0)*({k} > 0)*(((i == j) - {j}/{total})*((i == k) - {k}/{total}) - {i}/{total}*("
    "(j == k) - ({j} + {k})/{total} + sum(v > 0 for v in entmax15(x))*{j}*{k}/{total}**2))/2"
)
_ROOTS = {**{letter: _ROOT.format(letter) for letter in "ijk"}, "total": _TOTAL}


@activation(
    f"max(0, x[i]/2 - max(min({_TOP}[0]/2, sum({_TOP})/(2*k) - sqrt(max(0, 1 - sum(v**2 for v in {_TOP})/4 + "
    f"sum({_TOP})**2/(4*k))/k)) for k in range(1, n + 1)))**2",
    kind=Kind.VECTOR,
    derivatives=(_ENTMAX_D1.format(**_ROOTS), _ENTMAX_D2.format(**_ROOTS)),
    aliases=("entmax",),
    absent=-math.inf,
    range="[0, 1]",
    monotone="-",
    reference="Peters, Niculae and Martins 2019, Sparse Sequence-to-Sequence Models, arXiv:1905.05702",
    note="entmax15(x) is max(0, x/2 - t)^2, with the t for which the sum is 1; between softmax and sparsemax",
)
def entmax15(x: Array) -> Jet:
    """Probabilities between softmax and sparsemax; small values become zero."""
    root, defined = _roots_of_entmax(x)
    yield propagate_nan(defined, (root * root).to_float())
    total = root.sum()
    share = root / total
    i = xp.arange(x.shape[-1])
    same = (i[:, None] == i) * 1.0
    member = root.hi > 0
    off = (-share)[..., None, :] + same  # of the i-th root by the j-th number, twice
    jacobian = (root[..., :, None] * off).to_float()
    others = (total - root) / total  # not 1 - share: that cancels
    jacobian[..., i, i] = (root * others).to_float()
    yield propagate_nan(defined[..., None], jacobian) + 0.0
    off.hi[..., i, i], off.lo[..., i, i] = others.hi, others.lo
    count = member.sum(axis=-1, keepdims=True)[..., None, None] * 1.0
    pairs = share[..., :, None] * share[..., None, :]
    inner = (pairs[..., None, :, :] * count - share[..., None, :, None]) - share[..., None, None, :] + same
    y = 0.5 * (off[..., :, :, None] * off[..., :, None, :] - share[..., :, None, None] * inner)
    inside = member[..., :, None, None] & member[..., None, :, None] & member[..., None, None, :]
    yield propagate_nan(defined[..., None, None], xp.where(inside, y.to_float(), 0.0)) + 0.0


def _roots_of_entmax(x: Array) -> tuple[DoubleDouble, Array]:
    """Return the square roots of entmax15, and (..., 1) that is nan where they are not defined.

    The squares of what is above the threshold sum to 1: Newton's method approaches it from below.
    """
    hi, lo = shifted(x)
    z = DoubleDouble(
        0.5 * xp.maximum(hi, -4.0), xp.where(hi < -4, 0.0, 0.5 * lo)
    )  # the threshold is above -1
    defined = xp.where(xp.isnan(hi).any(axis=-1, keepdims=True), xp.nan, 0.0)
    threshold = DoubleDouble(xp.full(defined.shape, -1.0), xp.zeros(defined.shape))
    for _ in range(_MOST_STEPS):
        above = xp.maximum(z.hi - threshold.hi, 0.0)
        step = ((above * above).sum(axis=-1, keepdims=True) - 1) / (2 * above.sum(axis=-1, keepdims=True))
        threshold = DoubleDouble(threshold.hi + step, threshold.lo)
        if not (step > _SMALL).any():
            break
    for _ in range(2):
        above_all = z - threshold
        above_all = above_all.where(above_all.hi > 0)
        excess = (above_all * above_all).sum() - 1.0
        threshold = threshold + excess / (2.0 * above_all.sum())
    root = z - threshold
    return root.where(root.hi > 0), defined


def _flat(carrier: Array, n: int, order: int) -> Array:
    """Return zeros of the shape of a derivative, but nan in the vectors where `carrier` (..., 1) is nan."""
    zero = propagate_nan(carrier, 0.0)[(..., *(None,) * order)]
    return xp.broadcast_to(zero, (*carrier.shape[:-1], *(n,) * (order + 1))).copy()
