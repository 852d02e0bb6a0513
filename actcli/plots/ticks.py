"""Where an axis is marked: at steps of 1, 2, 2.5 or 5 times a power of ten, each an exact decimal."""

from __future__ import annotations

import math
from typing import Final

from actcli.numeric.numerals import shortest

_STEPS: Final = (10, 20, 25, 50)  # tenths of the step's leading digit
_ROUNDING: Final = 1e-9  # of a step


def ticks(low: float, high: float, most: int) -> list[float]:
    """At most so many round numbers from low to high, as many as there can be; low < high."""
    exponent = math.floor(math.log10(high / 2 - low / 2)) - 2
    while True:
        for step in _STEPS:
            found = _multiples(step, exponent - 1, low, high, most)
            if found is not None:
                return found
        exponent += 1


def _multiples(step: int, exponent: int, low: float, high: float, most: int) -> list[float] | None:
    """All multiples of step 10^exponent from low to high; None if they are too many."""
    width = float(f"{step}e{exponent}")
    if width == 0 or (high / width - low / width) > most + 1:
        return None
    first = math.ceil(low / width - _ROUNDING)
    last = math.floor(high / width + _ROUNDING)
    if last - first >= most:
        return None
    return [float(f"{k * step}e{exponent}") for k in range(first, last + 1)]


def label(tick: float) -> str:
    """A tick's text: the shortest."""
    return shortest(tick + 0.0)  # no negative zero
