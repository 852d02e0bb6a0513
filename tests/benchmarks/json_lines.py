"""JSON Lines beside a loop of Python's json and the tools that people would use: whole processes, to a file.

    python tests/benchmarks/json_lines.py [--turns 5] [--megabytes 100] [--peers PYTHON]

Makes a file of lines with an id, a text and a number, and one of lines with a vector of 1,000 logits, as
Python's json writes them. Turns, ratios, PYTHON and exit code are as in csv_filter.py; act uses one core,
as the loop does.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from csv_filter import ACT, Program, conditions, contest, python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "a",
    "lazy",
    "dog",
    "and",
    "runs",
    "away",
    "from",
    "it",
]
LOOP = "import json, math, sys\nfor line in open(%(source)r):\n    row = json.loads(line)\n"
SIGMOID = LOOP + "    row['score'] = 1/(1 + math.exp(-row['score']))\n    print(json.dumps(row))\n"
SOFTMAX = (
    LOOP
    + "    x = row['logits']\n    top = max(x)\n    powers = [math.exp(v - top) for v in x]\n"
    + "    whole = sum(powers)\n    row['logits'] = [p/whole for p in powers]\n    print(json.dumps(row))\n"
)
JQ = ".score = 1/(1 + (-.score | exp))"
JQ_SOFTMAX = ".logits |= ((max as $top | map(. - $top | exp)) | (add as $whole | map(./$whole)))"
MILLER = ["mlr", "--ijsonl", "--ojsonl", "put", "$score = 1/(1 + exp(-$score))"]
DUCKDB = """
import duckdb
columns = "id, text, 1/(1 + exp(-score)) AS score"
duckdb.execute(f"COPY (SELECT {columns} FROM read_json('%(source)s')) TO '%(target)s' (FORMAT JSON)")
"""
POLARS = """
import numpy
import polars

def sigmoid(column):
    return polars.Series(1/(1 + numpy.exp(-column.to_numpy())))

computed = polars.col("score").map_batches(sigmoid, return_dtype=polars.Float64, is_elementwise=True)
polars.scan_ndjson("%(source)s").with_columns(computed).sink_ndjson("%(target)s")
"""


def make(path: Path, megabytes: int, row: Callable[[random.Random, int], object]) -> Path:
    """A file of so many MB of rows, always the same."""
    chance = random.Random(1)  # noqa: S311  not for secrets
    size = place = 0
    with path.open("w") as out:
        while size < megabytes << 20:
            size += out.write(json.dumps(row(chance, place)) + "\n")
            place += 1
    return path


def scored(chance: random.Random, place: int) -> object:
    return {"id": f"row-{place}", "text": " ".join(chance.choices(WORDS, k=10)), "score": chance.gauss(0, 3)}


def logits(chance: random.Random, place: int) -> object:
    return {"id": place, "logits": [chance.gauss(0, 3) for _ in range(1000)]}


def contests(folder: Path, megabytes: int, peers: str) -> Iterable[tuple[str, list[Program]]]:
    """Each contest: its title, act, and the others."""
    source = make(folder / "scores.jsonl", megabytes, scored)
    where = {"source": str(source), "target": folder / "target.jsonl"}
    yield (
        f"an id, a text and a number ({megabytes} MB): act sigmoid -j 1 -c score x.jsonl",
        [
            Program("act -j 1", [*ACT, "sigmoid", "-j", "1", "-c", "score", str(source)]),
            Program("act", [*ACT, "sigmoid", "-c", "score", str(source)]),
            Program("Python's json, a loop", [sys.executable, "-c", SIGMOID % where], 4),
            Program("jq", ["jq", "-c", JQ, str(source)]),
            Program("Miller", [*MILLER, str(source)]),
            Program("DuckDB", python(peers, "duckdb", DUCKDB, **where), prints=False),
            Program("Polars", python(peers, "polars", POLARS, **where), prints=False),
        ],
    )
    source = make(folder / "logits.jsonl", megabytes, logits)
    yield (
        f"1,000 logits a line ({megabytes} MB): act softmax -j 1 -c logits x.jsonl",
        [
            Program("act -j 1", [*ACT, "softmax", "-j", "1", "-c", "logits", str(source)]),
            Program("act", [*ACT, "softmax", "-c", "logits", str(source)]),
            Program("Python's json, a loop", [sys.executable, "-c", SOFTMAX % {"source": str(source)}], 5),
            Program("jq", ["jq", "-c", JQ_SOFTMAX, str(source)]),
        ],
    )


def main() -> int:
    """Measure, print, judge."""
    arguments = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    arguments.add_argument("--turns", type=int, default=5)
    arguments.add_argument("--megabytes", type=int, default=100)
    arguments.add_argument("--peers", default=sys.executable, help="an interpreter with duckdb and polars")
    asked = arguments.parse_args()
    print(conditions(asked.peers))
    reached = True
    with tempfile.TemporaryDirectory() as folder:
        for title, programs in contests(Path(folder), asked.megabytes, asked.peers):
            print(f"\n{title}\n")
            reached &= contest(programs, asked.turns, Path(folder))
    return int(not reached)


if __name__ == "__main__":
    sys.exit(main())
