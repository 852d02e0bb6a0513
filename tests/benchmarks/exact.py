"""How fast exact results are: balls beside mpmath, numbers a second in one process.

    python tests/benchmarks/exact.py [--points N] [NAME ...]

mpmath computes the same formulas at 120 bits, which prove nothing; of derivatives it has the coefficients
of `mpmath.taylor`. Each is run three times, and the
best counts, in seconds of the processor.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # when run as a program

from mpmath import mp, mpf  # type: ignore[import-untyped]  # it has no types
from support import oracle

from actcli import evaluate
from actcli.activations import ACTIVATIONS
from actcli.exact import exact
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES: Final = ("sigmoid", "silu", "tanh", "gelu", "softplus", "mish", "gelu-tanh", "relu")
ORDERS: Final = {"f": (0,), "f to f''": (0, 1, 2), "f to f(8)": tuple(range(9))}
_MOST_OF_MPMATH: Final = 500


def best(run: Callable[[], object]) -> float:
    """The shortest of three runs, in seconds of the processor."""
    times = []
    for _ in range(3):
        started = time.process_time()
        run()
        times.append(time.process_time() - started)
    return min(times)


def of_mpmath(name: str, order: int, points: list[float]) -> float:
    """Numbers a second by mpmath."""
    record = ACTIVATIONS[name]
    settings = record.settings()

    def f(x: object) -> object:
        return oracle.value(record.formula, {"x": x, **oracle.meant(record, settings)})

    def run() -> None:
        with mp.workprec(120):
            for x in points:
                if order == 0:
                    f(mpf(x))
                elif order == 2:
                    oracle.differentiated(record, mpf(x), settings)
                else:
                    mp.taylor(f, mpf(x), order)

    return len(points) / best(run)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--points", type=int, default=20_000)
    parser.add_argument("names", nargs="*", metavar="NAME", default=NAMES)
    options = parser.parse_args()
    x = np.random.default_rng(0).normal(0, 4, options.points)
    print(f"| numbers a second, NumPy {xp.__version__} | orders | act --exact | mpmath | times |")
    print("|---|---|--:|--:|--:|")
    for name in options.names:
        for title, orders in ORDERS.items():
            ours = len(x) / best(lambda n=name, o=orders: evaluate(exact(ACTIVATIONS[n]), x, o))  # type: ignore[misc]
            few = x[: _MOST_OF_MPMATH if max(orders) < 3 else _MOST_OF_MPMATH // 25].tolist()
            theirs = of_mpmath(name, max(orders), few)
            print(f"| {name} | {title} | {ours:,.0f} | {theirs:,.0f} | {ours / theirs:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
