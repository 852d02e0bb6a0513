"""Tick positions of an axis: multiples of 1, 2, 2.5 or 5 times a power of ten, each an exact decimal."""

from __future__ import annotations

import math
from typing import Final

from actcli.numeric.numerals import shortest

_STEPS: Final = (10, 20, 25, 50)  # ten times the step's leading digits 1, 2, 2.5 and 5
_ROUNDING: Final = 1e-9  # tolerance at both ends, as a fraction of the step


def ticks(low: float, high: float, most: int) -> list[float]:
    """Return round numbers from `low` to `high`, in rising order: as many as possible, `most` at most.

    The step is the least of 1, 2, 2.5 or 5 times a power of ten that gives no more. Requires low < high.
    """
    exponent = math.floor(math.log10(high / 2 - low / 2)) - 2
    while True:
        for step in _STEPS:
            found = _multiples(step, exponent - 1, low, high, most)
            if found is not None:
                return found
        exponent += 1


def _multiples(step: int, exponent: int, low: float, high: float, most: int) -> list[float] | None:
    """Return the multiples of (step 10^exponent) from `low` to `high`, or None if more than `most`."""
    width = float(f"{step}e{exponent}")
    if width == 0 or (high / width - low / width) > most + 1:
        return None
    first = math.ceil(low / width - _ROUNDING)
    last = math.floor(high / width + _ROUNDING)
    if last - first >= most:
        return None
    return [float(f"{k * step}e{exponent}") for k in range(first, last + 1)]


def label(tick: float) -> str:
    """Return the shortest text of a tick's number; negative zero becomes 0."""
    return shortest(tick + 0.0)  # no negative zero
