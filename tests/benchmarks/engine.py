"""How fast the engine is beside PyTorch, in one process, on the same numbers and as many threads.

    python tests/benchmarks/engine.py [--count N] [--turns N] [--markdown] [NAME ...]

For each activation that PyTorch has: nanoseconds for a float64 and how many times as fast as PyTorch we
are, for f, for f' against autograd's backward alone (its forward was done before, unmeasured), and for f'
against autograd from the start. Medians of turns taken one after the other, for the machine is shared.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812  as everybody calls it

from actcli import engine
from actcli.activation import Kind
from actcli.activations import RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from actcli.activation import Activation

    Act = Callable[[torch.Tensor], torch.Tensor]

ROWS: Final = 1000
"""Length of the vectors that softmax and its like work on."""
PEERS: Final[dict[str, Act]] = {
    "relu": F.relu,
    "relu6": F.relu6,
    "leaky-relu": F.leaky_relu,
    "prelu": lambda x: F.prelu(x, torch.tensor([0.25], dtype=x.dtype)),
    "rrelu": F.rrelu,
    "threshold": lambda x: F.threshold(x, 0.0, 0.0),
    "elu": F.elu,
    "celu": F.celu,
    "selu": F.selu,
    "exponential": torch.exp,
    "sigmoid": torch.sigmoid,
    "log-sigmoid": F.logsigmoid,
    "tanh": torch.tanh,
    "softsign": F.softsign,
    "hard-tanh": F.hardtanh,
    "hard-sigmoid-relu6": F.hardsigmoid,
    "hard-silu": F.hardswish,
    "softplus": F.softplus,
    "silu": F.silu,
    "mish": F.mish,
    "gelu": F.gelu,
    "gelu-tanh": lambda x: F.gelu(x, approximate="tanh"),
    "hard-shrink": F.hardshrink,
    "soft-shrink": F.softshrink,
    "tanh-shrink": F.tanhshrink,
    "softmax": lambda x: F.softmax(x, -1),
    "softmin": lambda x: F.softmin(x, -1),
    "log-softmax": lambda x: F.log_softmax(x, -1),
    "glu": F.glu,
}
ELEMENTWISE: Final = Kind.ELEMENTWISE


class Times(NamedTuple):
    """Nanoseconds for a number: f, f', PyTorch's f, its backward, its forward and backward."""

    f: float
    d1: float
    peer_f: float
    peer_backward: float
    peer_both: float


def measure(record: Activation, peer: Act, count: int, turns: int) -> Times:
    """Let the five take turns; the first turn warms up and does not count."""
    x = np.random.default_rng(0).normal(0, 2, (count // ROWS, ROWS))
    leaf = torch.from_numpy(x).requires_grad_()
    plain = torch.from_numpy(x)
    y = peer(leaf)
    ones = torch.ones_like(y)
    contenders: list[Callable[[], Any]] = [lambda: engine.evaluate(record, x), lambda: peer(plain)]
    if record.kind is ELEMENTWISE:
        contenders += [
            lambda: engine.evaluate(record, x, 1),
            lambda: torch.autograd.grad(y, leaf, ones, retain_graph=True),
            lambda: torch.autograd.grad(peer(leaf), leaf, ones),
        ]
    times = [[timed(contender) / count * 1e9 for contender in contenders] for _ in range(turns + 1)][1:]
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    f, peer_f, *rest = medians
    d1, backward, both = rest or [float("nan")] * 3
    return Times(f, d1, peer_f, backward, both)


def timed(contender: Callable[[], Any]) -> float:
    """Seconds until the result is there; freeing it does not count."""
    start = time.perf_counter()
    result = contender()
    seconds = time.perf_counter() - start
    del result
    return seconds


def _processor() -> str:
    """What the system calls it."""
    facts = Path("/proc/cpuinfo")
    named = (
        [line for line in facts.read_text().splitlines() if "model name" in line] if facts.exists() else []
    )
    return named[0].partition(":")[2].strip() if named else platform.machine()


def lines(names: list[str], count: int, turns: int) -> Iterator[str]:
    """The table as markdown, row by row."""
    peers = ("f", "PyTorch", "ratio", "f'", "its backward", "ratio", "its forward and backward", "ratio")
    yield "| ns for a float64 | " + " | ".join(peers) + " |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for name in names:
        t = measure(RECORDS[name], PEERS[name], count, turns)
        cells = [name, *_against(t.f, t.peer_f)]
        if t.d1 == t.d1:
            cells += [*_against(t.d1, t.peer_backward), *_against(t.d1, t.peer_both)[1:]]
        yield "| " + " | ".join(cells + [""] * (9 - len(cells))) + " |"


def _against(ours: float, theirs: float) -> list[str]:
    ratio = theirs / ours
    return [f"{ours:.2f}", f"{theirs:.2f}", f"{ratio:.2f}" if ratio >= 1 else f"**{ratio:.2f}**"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000_000)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--markdown", action="store_true", help="one table, without its cells in columns")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    torch.set_num_threads(min(engine.THREADS, torch.get_num_threads()))
    print(f"{options.count:,} float64, {torch.get_num_threads()} threads, {_processor()}")
    for line in lines(options.names or list(PEERS), options.count, options.turns):
        print(line, flush=True)


if __name__ == "__main__":
    main()
