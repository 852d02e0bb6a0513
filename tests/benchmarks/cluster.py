"""Rows per second of one large CSV: in one process, in two, and on a Dask cluster of two workers.

    python tests/benchmarks/cluster.py [ROWS] [TURNS]

A million rows of an id, a text and two numbers unless given, one of which goes through gelu. Whole
processes; every turn does all three, so that what else the machine does falls on all alike; the medians
are shown. Exit code 1 if the results are not the same bytes.
"""

from __future__ import annotations

import filecmp
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy

DEFAULTS = ("1e6", "3")
DASK = [sys.executable, "-m"]


def make(path: Path, rows: int) -> None:
    """Write the table."""
    random = numpy.random.default_rng(0)
    with path.open("w") as file:
        file.write("id,text,x,y\n")
        for row, (x, y) in enumerate(random.normal(size=(rows, 2)).tolist()):
            text = '"a, b"' if row % 9 == 0 else "plain"
            file.write(f"{row},{text},{x},{y}\n")


def started(folder: Path) -> tuple[str, list[subprocess.Popen[bytes]]]:
    """A scheduler's address, and its process with those of two workers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    worker = ["distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    worker += ["--local-directory", str(folder)]
    commands = [
        ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        worker,
        worker,
    ]
    with (folder / "dask.log").open("wb") as log:
        processes = [subprocess.Popen([*DASK, *command], stdout=log, stderr=log) for command in commands]
    from distributed import Client

    with Client(address, timeout=30) as client:  # type: ignore[no-untyped-call]  # Dask's
        client.wait_for_workers(2, timeout=30)
    return address, processes


def seconds(*words: str | Path) -> float:
    """How long one run takes."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "actcli", "gelu", "-c", "x", *words], check=True)
    return time.perf_counter() - begin


def main() -> int:
    """Print rows per second."""
    rows, turns = (int(float(word)) for word in (*sys.argv[1:], *DEFAULTS[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "x.csv"
        make(source, rows)
        address, processes = started(folder)
        ways = {"-j 1": ["-j", "1"], "-j 2": ["-j", "2"], "--cluster": ["--cluster", address]}
        times: dict[str, list[float]] = {way: [] for way in ways}
        try:
            for _ in range(turns):
                for way, words in ways.items():
                    times[way].append(seconds(source, "-o", folder / f"{way}.csv", *words))
        finally:
            for process in processes:
                process.kill()
                process.wait()
        same = all(filecmp.cmp(folder / "-j 1.csv", folder / f"{way}.csv", shallow=False) for way in ways)
        print(f"{rows:,} rows, {source.stat().st_size >> 20} MiB, medians of {turns}")
        for way, taken in times.items():
            middle = statistics.median(taken)
            print(f"{way:10} {middle:6.2f} s {rows / middle:12,.0f} rows/s")
        print("the same bytes" if same else "NOT the same bytes")
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
