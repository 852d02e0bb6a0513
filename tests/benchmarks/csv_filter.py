"""The CSV filter beside the tools that people would use instead: whole processes, output to a file.

    python tests/benchmarks/csv_filter.py [--turns 7] [--rows 1000000] [--peers PYTHON] [--versions]

Makes a file of a million rows of four full-precision numbers (76 MB), and one with an id, a quoted text
and four numbers. Every turn runs each program once, so that what else the machine does falls on all of
them alike; a ratio is the median of the turns' ratios. PYTHON is an interpreter that has duckdb, polars
and pandas, as `pip install actcli[bench]` brings them. Programs that are not there are named and
skipped. Prints the machine and all versions (with --versions nothing else) and tables in Markdown; exit
code 1 if act misses a target.

Miller and mawk are measured as people write it, however many columns there are, and as it is quickest.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ACT = [sys.executable, "-c", "from actcli.__main__ import main; main()"]
"""As the installed script starts: without the search of `-m`."""
MLR = ["mlr", "--icsv", "--ocsv", "put"]
AWK = ["mawk", "-F,"]
INHERITED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""An installed program has its bytecode."""
TEXTS = ("alpha", "beta, gamma", 'say ""delta""', "epsilon")
NUMBERS = "abcd"

MILLER_LOOP = "for (name, x in $*) {$[name] = 1/(1 + exp(-x))}"
MILLER = "; ".join(f"${name} = 1/(1 + exp(-${name}))" for name in NUMBERS)
MILLER_TWO = "; ".join(f"${name} = 1/(1 + exp(-${name}))" for name in "bc")
MAWK = "NR == 1 {print; next} {for (i = 1; i <= 4; i++) $i = 1/(1 + exp(-$i)); print}"
CELLS = ", ".join(f"1/(1 + exp(-${place}))" for place in range(1, 5))
MAWK_PRINTF = f'NR == 1 {{print; next}} {{printf "%.17g,%.17g,%.17g,%.17g\\n", {CELLS}}}'
DUCKDB = """
import duckdb
columns = ", ".join(f"1/(1 + exp(-{name})) AS {name}" for name in "abcd")
duckdb.execute(f"COPY (SELECT {columns} FROM read_csv('%(source)s')) TO '%(target)s' (HEADER)")
"""
DUCKDB_TWO = """
import duckdb
columns = "id, note, a, 1/(1 + exp(-b)) AS b, 1/(1 + exp(-c)) AS c, d"
duckdb.execute(f"COPY (SELECT {columns} FROM read_csv('%(source)s')) TO '%(target)s' (HEADER)")
"""
POLARS = """
import numpy
import polars

def sigmoid(column):
    return polars.Series(1/(1 + numpy.exp(-column.to_numpy())))

computed = polars.col(%(columns)r).map_batches(sigmoid, return_dtype=polars.Float64, is_elementwise=True)
polars.scan_csv("%(source)s").with_columns(computed).sink_csv("%(target)s")
"""
PANDAS = """
import numpy
import pandas
table = pandas.read_csv("%(source)s")
table[%(columns)r] = 1/(1 + numpy.exp(-table[%(columns)r]))
table.to_csv("%(target)s", index=False)
"""


@dataclass
class Program:
    """A program, and how many times its time act is to be faster; others write files of their own."""

    name: str
    command: list[str]
    target: float | None = None
    prints: bool = True
    seconds: list[float] = field(default_factory=list)
    peak: int = 0


def numbers(row: random.Random) -> list[str]:
    return [repr(row.gauss(0, 3)) for _ in NUMBERS]


def make(folder: Path, rows: int) -> tuple[Path, Path, Path]:
    """The file of numbers, the one with text, and ten lines of the first; always the same."""
    plain, mixed, small = folder / "numbers.csv", folder / "text.csv", folder / "small.csv"
    chance = random.Random(1)  # noqa: S311  not for secrets
    with plain.open("w") as first, mixed.open("w") as second:
        first.write(",".join(NUMBERS) + "\n")
        second.write("id,note," + ",".join(NUMBERS) + "\n")
        for place in range(rows):
            cells = ",".join(numbers(chance))
            first.write(cells + "\n")
            second.write(f'row {place},"{TEXTS[place % len(TEXTS)]}",{cells}\n')
    with plain.open() as first:
        small.write_text("".join(line for line, _ in zip(first, range(11), strict=False)))
    return plain, mixed, small


def python(peers: str, package: str, program: str, **names: object) -> list[str]:
    """The command of a Python program, or nothing where its package is missing."""
    found = subprocess.run([peers, "-c", f"import {package}"], check=False, capture_output=True)
    return [peers, "-c", program % names] if found.returncode == 0 else []


def contests(folder: Path, rows: int, peers: str) -> Iterable[tuple[str, list[Program]]]:
    """Each contest: its title, act, and the others."""
    plain, mixed, small = make(folder, rows)
    target = folder / "target.csv"
    where = {"source": plain, "target": target, "columns": list(NUMBERS)}
    yield (
        f"{rows:,} rows of four numbers ({plain.stat().st_size >> 20} MB): act sigmoid x.csv",
        [
            Program("act", [*ACT, "sigmoid", str(plain)]),
            Program("act -j 1", [*ACT, "sigmoid", "-j", "1", str(plain)]),
            Program("Miller, all columns in a loop", [*MLR, MILLER_LOOP, str(plain)], 12),
            Program("Miller, an expression a column", [*MLR, MILLER, str(plain)], 12),
            Program("mawk, all columns in a loop", [*AWK, "-vOFS=,", "-vCONVFMT=%.17g", MAWK, str(plain)], 4),
            Program("mawk, one printf", [*AWK, MAWK_PRINTF, str(plain)], 4),
            Program("DuckDB", python(peers, "duckdb", DUCKDB, **where), 1.5, prints=False),
            Program("Polars", python(peers, "polars", POLARS, **where), 1, prints=False),
            Program("pandas", python(peers, "pandas", PANDAS, **where), prints=False),
        ],
    )
    where |= {"source": mixed, "columns": ["b", "c"]}
    yield (
        f"with an id and a quoted text ({mixed.stat().st_size >> 20} MB): act sigmoid -c b,c x.csv",
        [
            Program("act", [*ACT, "sigmoid", "-c", "b,c", str(mixed)]),
            Program("act -j 1", [*ACT, "sigmoid", "-c", "b,c", "-j", "1", str(mixed)]),
            Program("Miller", [*MLR, MILLER_TWO, str(mixed)], 2.5),
            Program("DuckDB", python(peers, "duckdb", DUCKDB_TWO, **where), prints=False),
            Program("Polars", python(peers, "polars", POLARS, **where), prints=False),
            Program("pandas", python(peers, "pandas", PANDAS, **where), prints=False),
        ],
    )
    yield (
        "ten lines: act sigmoid x.csv",
        [
            Program("act", [*ACT, "sigmoid", str(small)]),
            Program("act sigmoid 1 2 3 -F csv", [*ACT, "sigmoid", "1", "2", "3", "-F", "csv"], 1 / 1.3),
            Program("Miller", [*MLR, MILLER, str(small)]),
        ],
    )


def conditions(peers: str) -> str:
    """The machine, and the versions of all that is measured; what is not there is left out."""
    versions = {"Python": platform.python_version(), "NumPy": metadata.version("numpy")}
    versions["Miller"] = version(["mlr", "--version"])
    versions["mawk"] = version(["mawk", "-W", "version"])
    for name in ("DuckDB", "Polars", "pandas"):
        program = f"from importlib import metadata; print(metadata.version({name.lower()!r}))"
        versions[name] = version([peers, "-c", program])
    found = [name + " " + text for name, text in versions.items() if text]
    return f"{processor()}, {os.cpu_count()} cores, " + ", ".join(found)


def version(command: list[str]) -> str:
    """The version in what a program says of itself; empty where it is not there."""
    if not shutil.which(command[0]):
        return ""
    told = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    found = re.search(r"\d+\.\d[\w.]*", told)
    return found.group() if found else ""


def processor() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def run(program: Program, folder: Path) -> None:
    """One turn of a program: its time, and the most memory that one of its processes held."""
    with (folder / "printed.csv").open("wb") as printed:
        begin = time.perf_counter()
        process = subprocess.Popen(program.command, stdout=printed, env=INHERITED)
        _, status, usage = os.wait4(process.pid, 0)
        program.seconds.append(time.perf_counter() - begin)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{program.name} failed: {' '.join(program.command)}")
    program.peak = max(program.peak, usage.ru_maxrss >> 10)


def contest(programs: list[Program], turns: int, folder: Path) -> bool:
    """Run them in turns and print their table; whether act has reached its targets."""
    missing = [
        program.name for program in programs if not program.command or not shutil.which(program.command[0])
    ]
    programs = [program for program in programs if program.name not in missing]
    for _ in range(turns + 1):
        for program in programs:
            run(program, folder)
    print("| | seconds | times act | target | MB |\n|---|--:|--:|--:|--:|")
    act, reached = programs[0], True
    for program in programs:
        ratio = statistics.median(
            theirs / ours for theirs, ours in zip(program.seconds[1:], act.seconds[1:], strict=True)
        )
        target = "" if program.target is None else f"{program.target:.3g}"
        missed = program.target is not None and ratio < program.target
        reached &= not missed
        print(
            f"| {program.name} | {statistics.median(program.seconds[1:]):.3f} | {ratio:.2f} "
            f"| {target}{' missed' if missed else ''} | {program.peak} |"
        )
    if missing:
        print(f"\nNot installed: {', '.join(missing)}.")
    return reached


def main() -> int:
    """Measure, print, judge."""
    arguments = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    arguments.add_argument("--turns", type=int, default=7)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument(
        "--peers", default=sys.executable, help="an interpreter with duckdb, polars, pandas"
    )
    arguments.add_argument("--versions", action="store_true", help="tell the machine and the versions only")
    asked = arguments.parse_args()
    print(conditions(asked.peers))
    if asked.versions:
        return 0
    reached = True
    with tempfile.TemporaryDirectory() as folder:
        for title, programs in contests(Path(folder), asked.rows, asked.peers):
            print(f"\n{title}\n")
            reached &= contest(programs, asked.turns, Path(folder))
    return int(not reached)


if __name__ == "__main__":
    sys.exit(main())
