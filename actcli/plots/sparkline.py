"""Sparklines: a curve in one line of text, each character as high as the curve at one x."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from actcli.activations.record import Kind
from actcli.engine import evaluate
from actcli.numeric import xp

if TYPE_CHECKING:
    from actcli.activations.record import Activation
    from actcli.display import Display

_SPAN: Final = 4.0
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_LETTERS: Final = "_.,-~=*#"


def sparkline(activation: Activation, display: Display, length: int) -> str:
    """Return f over [-4, 4] as `length` characters, from the lowest for its minimum to the highest.

    A VECTOR activation is computed of all `length` numbers as one vector, a GATED one with the same numbers
    as both halves. If the domain is a bounded interval, x is inside of it instead.
    """
    low, high = activation.domain
    x = xp.linspace(-_SPAN, _SPAN, length)
    if low > -_SPAN:
        x = low + (high - low) * xp.arange(1, length + 1) / (length + 1)
    y = evaluate(activation, xp.concatenate([x, x]) if activation.kind is Kind.GATED else x)
    levels = _BLOCKS if display.unicode else _LETTERS
    height = (y - y.min()) / ((y.max() - y.min()) or 1)
    return "".join(levels[int(index)] for index in xp.rint(height * (len(levels) - 1)))
