"""How fast the engine is beside PyTorch: in one process, on the same numbers, with as many threads.

    python tests/benchmarks/engine.py [--count N] [--turns N] [--markdown] [NAME ...]

Nanoseconds for a float64, and how many times as fast as PyTorch we are: f, f' against autograd's backward
alone (its forward was done before, unmeasured), and f' against forward and backward, which is what f' takes.
Medians of turns that alternate, for machines are shared, and of each turn's ratios. The last column says
where PyTorch is faster.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]  # the extra `bench`
from torch.nn import functional  # type: ignore[import-not-found,unused-ignore]

from actcli import engine
from actcli.activations import RECORDS
from actcli.activations.record import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LENGTH: Final = 1000
"""Of the vectors that softmax and its like work on."""
PEERS: Final[dict[str, Any]] = {
    "relu": functional.relu,
    "relu6": functional.relu6,
    "leaky-relu": functional.leaky_relu,
    "prelu": lambda x: functional.prelu(x, torch.tensor([0.25], dtype=x.dtype)),
    "rrelu": functional.rrelu,
    "threshold": lambda x: functional.threshold(x, 0.0, 0.0),
    "elu": functional.elu,
    "celu": functional.celu,
    "selu": functional.selu,
    "exponential": torch.exp,
    "sigmoid": torch.sigmoid,
    "log-sigmoid": functional.logsigmoid,
    "tanh": torch.tanh,
    "softsign": functional.softsign,
    "hard-tanh": functional.hardtanh,
    "hard-sigmoid-relu6": functional.hardsigmoid,
    "hard-silu": functional.hardswish,
    "softplus": functional.softplus,
    "silu": functional.silu,
    "mish": functional.mish,
    "gelu": functional.gelu,
    "gelu-tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "hard-shrink": functional.hardshrink,
    "soft-shrink": functional.softshrink,
    "tanh-shrink": functional.tanhshrink,
    "softmax": lambda x: functional.softmax(x, -1),
    "softmin": lambda x: functional.softmin(x, -1),
    "log-softmax": lambda x: functional.log_softmax(x, -1),
    "glu": functional.glu,
}
RIVALS: Final = {"PyTorch": (0, 1, (0, 1)), "backward": (2, 3, (2, 3)), "both": (2, 4, (4,))}
"""Which of our contenders they are compared with, which they are, and whose times are shown."""
_PAUSE: Final = 0.02
"""Seconds after which the threads of the one before sleep: they go on turning for a while."""
HEADER: Final = ("", "f", "PyTorch", "ratio", "f'", "backward", "ratio", "both", "ratio", "slower than")


def measure(name: str, count: int, turns: int) -> list[str]:
    """Let ours and theirs take turns; the first turn warms up and does not count."""
    record, peer = RECORDS[name], PEERS[name]
    x = np.random.default_rng(0).normal(0, 2, (count // LENGTH, LENGTH))
    plain, leaf = torch.from_numpy(x), torch.from_numpy(x).requires_grad_()
    contenders: list[Callable[[], Any]] = [lambda: engine.evaluate(record, x), lambda: peer(plain)]
    if record.kind is Kind.ELEMENTWISE:
        y = peer(leaf)
        ones = torch.ones_like(y)
        contenders += [
            lambda: engine.evaluate(record, x, 1),
            lambda: torch.autograd.grad(y, leaf, ones, retain_graph=True),
            lambda: torch.autograd.grad(peer(leaf), leaf, ones),
        ]
    seconds = [[timed(contender) for contender in contenders] for _ in range(turns + 1)][1:]
    columns = [np.array(column) / x.size * 1e9 for column in zip(*seconds, strict=True)]
    cells, slower = [name], []
    for rival, (ours, theirs, shown) in RIVALS.items():
        if theirs >= len(columns):
            cells += [""] * (len(shown) + 1)
            continue
        ratio = statistics.median(columns[theirs] / columns[ours])
        cells += [*(f"{statistics.median(columns[k]):.2f}" for k in shown), f"{ratio:.2f}"]
        slower += [rival] if ratio < 1 else []
    return [*cells, ", ".join(slower)]


def timed(contender: Callable[[], Any]) -> float:
    """Seconds until the result is there; to free it does not count."""
    time.sleep(_PAUSE)
    start = time.perf_counter()
    result = contender()
    seconds = time.perf_counter() - start
    del result
    return seconds


def conditions(count: int) -> str:
    """Say what is measured, on which machine and with which versions."""
    info = Path("/proc/cpuinfo")
    models = [x.partition(":")[2].strip() for x in info.read_text().splitlines() if "model name" in x]
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, PyTorch {torch.__version__}"
    cpu = models[0] if models else platform.processor()
    instructions = torch.backends.cpu.get_cpu_capability()
    return f"{count:,} float64, {torch.get_num_threads()} threads, {cpu} with {instructions}, {versions}"


def table(names: list[str], count: int, turns: int, *, markdown: bool) -> Iterator[str]:
    """The lines: in columns, or as markdown."""
    if markdown:
        yield "| " + " | ".join(HEADER) + " |"
        yield "|---" + "|--:" * (len(HEADER) - 2) + "|---|"
    else:
        yield f"{HEADER[0]:20}" + "".join(f"{cell:>10}" for cell in HEADER[1:-1]) + f"   {HEADER[-1]}"
    for name in names:
        cells = measure(name, count, turns)
        if markdown:
            yield "| " + " | ".join(cells) + " |"
        else:
            yield f"{cells[0]:20}" + "".join(f"{cell:>10}" for cell in cells[1:-1]) + f"   {cells[-1]}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000_000)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--markdown", action="store_true", help="print README's table")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    torch.set_num_threads(min(engine.THREADS, torch.get_num_threads()))
    print(conditions(options.count), end="\n\n")
    for line in table(options.names or list(PEERS), options.count, options.turns, markdown=options.markdown):
        print(line, flush=True)


if __name__ == "__main__":
    main()
