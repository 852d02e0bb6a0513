"""Draw the terminal pictures in `tests/plots/golden/` anew: look at them before you commit.

Each file is what a terminal of its size shows, in 256 colours, without colour, or in ASCII.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from actcli.activations import RECORDS
from actcli.analysis.landmarks import Graph
from actcli.cli.display.drawing import SPAN
from actcli.display import Display
from actcli.plots.curves import Curve
from actcli.plots.picture import Picture, Size

FOLDER: Final = Path(__file__).parents[1] / "plots" / "golden"

COLOUR, BARE, ASCII = Display(colour=True), Display(), Display(unicode=False)

PICTURES: Final = {
    "tanh-80x22": (["tanh"], Size(80, 22), BARE),
    "gelu-orders-80x22": (["gelu", "gelu'", "gelu''"], Size(80, 22), BARE),
    "gelu-orders-colour-80x22": (["gelu", "gelu'", "gelu''"], Size(80, 22), COLOUR),
    "step-80x22": (["step"], Size(80, 22), BARE),
    "hard-shrink-80x22": (["hard-shrink", "hard-shrink'"], Size(80, 22), BARE),
    "many-120x36": (["relu", "leaky-relu", "elu", "selu", "softplus", "silu"], Size(120, 36), BARE),
    "hard-sigmoid-40x10": (["hard-sigmoid"], Size(40, 10), BARE),
    "two-40x10": (["sigmoid", "tanh"], Size(40, 10), BARE),
    "two-ascii-80x22": (["sigmoid", "tanh"], Size(80, 22), ASCII),
    "step-ascii-40x10": (["step"], Size(40, 10), ASCII),
}


def curve(name: str) -> Curve:
    """Such as gelu''."""
    record = RECORDS[name.rstrip("'")]
    return Curve(Graph(record, record.settings()), name.count("'"))


def drawn(name: str) -> str:
    """The picture of this name."""
    names, size, style = PICTURES[name]
    return "\n".join(Picture([curve(n) for n in names], SPAN, size, style).lines()) + "\n"


if __name__ == "__main__":
    for name in PICTURES:
        (FOLDER / f"{name}.txt").write_text(drawn(name))
