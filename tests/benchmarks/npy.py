"""Order 0 of sigmoid over an array file, side by side with copying the file through NumPy's memory maps.

    python tests/benchmarks/npy.py [NUMBERS] [TURNS]

80 million float64 unless given, in the folder for temporary files. Whole processes; every turn does both,
so that what else the machine does falls on both alike; the ratio is the median of the turns' ratios.
Exit code 1 if it is above its target.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy

TARGET = 2.5
DEFAULTS = ("80e6", "5")
BLOCK = 1 << 20
COPY = """
import sys, numpy
source = numpy.load(sys.argv[1], mmap_mode="r")
copy = numpy.lib.format.open_memmap(sys.argv[2], "w+", source.dtype, source.shape)
copy[:] = source
copy.flush()
"""


def make(path: Path, count: int) -> None:
    """Write an array of so many normal numbers."""
    array = numpy.lib.format.open_memmap(path, "w+", numpy.float64, (count,))
    random = numpy.random.default_rng(0)
    for first in range(0, count, BLOCK):
        array[first : first + BLOCK] = 4 * random.normal(size=min(BLOCK, count - first))
    array.flush()


def seconds(*words: str | Path) -> float:
    """How long one run takes."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True)
    return time.perf_counter() - begin


def main() -> int:
    """Print both times and their ratio."""
    count, turns = (int(float(word)) for word in (*sys.argv[1:], *DEFAULTS[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "x.npy", Path(folder) / "y.npy"
        make(source, count)
        copies, ours = [], []
        for _ in range(turns):
            copies.append(seconds("-c", COPY, source, target))
            target.unlink()
            ours.append(seconds("-m", "actcli", "sigmoid", source, "-o", target))
            target.unlink()
    ratio = statistics.median(a / c for a, c in zip(ours, copies, strict=True))
    print(f"{count:,} float64: copy {statistics.median(copies):.2f} s, ", end="")
    print(f"act sigmoid {statistics.median(ours):.2f} s, ratio {ratio:.2f} (target {TARGET})")
    return int(ratio > TARGET)


if __name__ == "__main__":
    sys.exit(main())
