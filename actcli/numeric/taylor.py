"""Functions by tables: Taylor's polynomial around the nearest of many centers, a few steps for each number.

A table is computed when it is first needed, from polynomials around its centers whose constant terms are
not known yet: those are summed up from cell to cell, which costs no digits while the sums grow.
Seven terms reach the last digit as long as the function changes by less than e^8 or so over a unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from actcli.numeric import two_sum, xp

if TYPE_CHECKING:
    from actcli.numeric import Array

    Terms: TypeAlias = list[Array]

DEGREE: Final = 6
STEPS: Final = 256
"""Centers in a unit: more make the table larger than the cache, fewer need more terms."""
_ROUNDER: Final = 1.5 * 2.0**52
"""A float64 of this size has no digits after the point: to add it rounds, and leaves an integer below."""
_PLACES: Final = (1 << 32) - 1


class Table(NamedTuple):
    """The first center, the last one, and the terms of the polynomials: one array a term."""

    low: float
    high: float
    terms: tuple[Array, ...]


def centers(low: float, high: float) -> Array:
    """All centers from one to another; both are multiples of 1/STEPS."""
    return xp.arange(low * STEPS, high * STEPS + 1) / STEPS


def table(at: Array, terms: Terms) -> Table:
    """Make a table of Taylor's coefficients around centers; those beyond DEGREE are left out."""
    return Table(float(at[0]), float(at[-1]), tuple(terms[: DEGREE + 1]))


def value(table: Table, x: Array) -> Array:
    """Find the function of x; beyond the table's ends the function of the end, nan of nan."""
    d = xp.clip(x, table.low, table.high)
    k = d * STEPS
    k += _ROUNDER - table.low * STEPS
    places = k.view(xp.int64) & _PLACES
    k -= _ROUNDER - table.low * STEPS
    k *= 1 / STEPS
    d -= k  # exact
    y = table.terms[-1].take(places, mode="clip")  # nan has no place
    for term in table.terms[-2::-1]:
        y *= d
        y += term.take(places, mode="clip")
    return y


def summed(terms: Terms, start: float, first: int, last: int) -> Array:
    """Sum up the constant terms from one center, where it is known, to another on either side.

    terms: of the polynomials, from the linear one on. On the way the function must not come much nearer to 0.
    """
    low, high = min(first, last), max(first, last)
    half = 0.5 / STEPS
    steps = _without_constant([c[low:high] for c in terms], half)
    steps -= _without_constant([c[low + 1 : high + 1] for c in terms], -half)
    way = xp.concatenate(([start], steps if first < last else -steps[::-1]))
    sums = xp.cumsum(way)
    _, lost = two_sum(sums[:-1], way[1:])
    sums[1:] += xp.cumsum(lost)
    return sums if first < last else sums[::-1]


def _without_constant(terms: Terms, d: float) -> Array:
    y = terms[-1] * d
    for c in terms[-2::-1]:
        y += c
        y *= d
    return y


def slope_of_gated(at: Array, gate: Terms, root: tuple[float, float, float], start: float) -> Table:
    """Tabulate the derivative of x times a gate that opens from 0 to 1, such as gelu's or silu's.

    gate: its Taylor coefficients around the centers `at`, to DEGREE + 2. The derivative is `start` at the
    first one, falls, rises through its only root and ends near 1. Near the root it is as exact as its
    neighbours: within 1/STEPS of it, other forms know more digits.
    """
    terms = [(n + 1) * (gate[n] + at * gate[n + 1]) for n in range(DEGREE + 2)]
    zero, turn = round((root[0] - at[0]) * STEPS), int((terms[1] > 0).argmax())
    d = (root[0] - at[zero]) + root[1]
    beside = -float(_without_constant([c[zero : zero + 1] for c in terms[1:]], d)[0])
    terms[0] = xp.concatenate(
        (
            summed(terms[1:], start, 0, turn)[:-1],
            summed(terms[1:], beside, zero, turn)[:-1],
            summed(terms[1:], beside, zero, len(at) - 1),
        )
    )
    return table(at, terms)
