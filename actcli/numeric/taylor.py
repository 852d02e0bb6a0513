"""Functions by tables: Taylor polynomials around the nearest of many centers, a few operations a number.

A table is computed when it is first needed, from the Taylor coefficients at its centers. The constant
ones, the function's values, are not known then: integrating from center to center gives them, which loses
no digits as long as the values grow. Degree 6 reaches the last digit as long as the function changes by
less than about e^8 over a unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from actcli.numeric import xp
from actcli.numeric.compensated import two_sum

if TYPE_CHECKING:
    from actcli.numeric import Array

    Terms: TypeAlias = list[Array]

DEGREE: Final = 6
STEPS: Final = 256
"""Centers in a unit: more make the table larger than the cache, fewer need more terms."""
_ROUNDER: Final = 1.5 * 2.0**52
"""Adding it to a float64 rounds that to an integer, which is then in the low bits of the sum."""
_LOW_BITS: Final = (1 << 32) - 1


class Table(NamedTuple):
    """The first and the last center, and for each degree the Taylor coefficients at all centers."""

    low: float
    high: float
    terms: tuple[Array, ...]


def centers(low: float, high: float) -> Array:
    """Return all centers from `low` to `high`, both multiples of 1/STEPS."""
    return xp.arange(low * STEPS, high * STEPS + 1) / STEPS


def make_table(at: Array, terms: Terms) -> Table:
    """Return a table of the Taylor coefficients `terms` around the centers `at`, up to degree DEGREE."""
    return Table(float(at[0]), float(at[-1]), tuple(terms[: DEGREE + 1]))


def lookup(table: Table, x: Array) -> Array:
    """Return the table's function at `x`: beyond the ends its value there, nan for nan."""
    d = xp.clip(x, table.low, table.high)
    k = d * STEPS
    k += _ROUNDER - table.low * STEPS
    indices = k.view(xp.int64) & _LOW_BITS
    k -= _ROUNDER - table.low * STEPS
    k *= 1 / STEPS
    d -= k  # exact
    y = table.terms[-1].take(indices, mode="clip")  # nan has no index
    for term in table.terms[-2::-1]:
        y *= d
        y += term.take(indices, mode="clip")
    return y


def integrate(terms: Terms, start: float, first: int, last: int) -> Array:
    """Return the function's values at the centers of indices `first` to `last`, in rising order.

    terms: the Taylor coefficients from the linear one on.
    start: the value at `first`, which may be either end. From there to `last` the function must not come much
    nearer to 0, or digits are lost.
    """
    low, high = min(first, last), max(first, last)
    half = 0.5 / STEPS
    steps = _without_constant([c[low:high] for c in terms], half)
    steps -= _without_constant([c[low + 1 : high + 1] for c in terms], -half)
    addends = xp.concatenate(([start], steps if first < last else -steps[::-1]))
    sums = xp.cumsum(addends)
    _, lost = two_sum(sums[:-1], addends[1:])
    sums[1:] += xp.cumsum(lost)
    return sums if first < last else sums[::-1]


def _without_constant(terms: Terms, d: float) -> Array:
    """Return the values at `d` of polynomials without constant term; `terms` begin with the linear one."""
    y = terms[-1] * d
    for c in terms[-2::-1]:
        y += c
        y *= d
    return y


def gated_derivative_table(at: Array, gate: Terms, root: tuple[float, float, float], start: float) -> Table:
    """Return a table of the derivative of x gate(x), for a gate rising from 0 to 1, as in gelu.

    gate: its Taylor coefficients around the centers `at`, up to DEGREE + 2.
    root: the derivative's only root, in three parts. start: its value at the first center; from there it
    falls, then rises through the root, and ends near 1.
    The table is as exact near the root as its neighbours are; within 1/STEPS of it, use `near_root`.
    """
    terms = [(n + 1) * (gate[n] + at * gate[n + 1]) for n in range(DEGREE + 2)]
    zero, turn = round((root[0] - at[0]) * STEPS), int((terms[1] > 0).argmax())
    d = (root[0] - at[zero]) + root[1]
    next_to_root = -float(_without_constant([c[zero : zero + 1] for c in terms[1:]], d)[0])
    terms[0] = xp.concatenate(
        (
            integrate(terms[1:], start, 0, turn)[:-1],
            integrate(terms[1:], next_to_root, zero, turn)[:-1],
            integrate(terms[1:], next_to_root, zero, len(at) - 1),
        )
    )
    return make_table(at, terms)
