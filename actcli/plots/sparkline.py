"""A curve in one line of text: how high it is at a few places."""

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
    """F from -4 to 4; of vectors, what comes of all these numbers; of gates, of each number with itself.

    Of what is defined only between two numbers, between these.
    """
    low, high = activation.domain
    x = xp.linspace(-_SPAN, _SPAN, length)
    if low > -_SPAN:
        x = low + (high - low) * xp.arange(1, length + 1) / (length + 1)
    y = evaluate(activation, xp.concatenate([x, x]) if activation.kind is Kind.GATED else x)
    levels = _BLOCKS if display.unicode else _LETTERS
    height = (y - y.min()) / ((y.max() - y.min()) or 1)
    return "".join(levels[int(place)] for place in xp.rint(height * (len(levels) - 1)))
