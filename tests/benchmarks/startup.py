"""Start-up, whole processes: medians of paired turns, side by side with importing click and NumPy.

    python tests/benchmarks/startup.py [TURNS]

Every turn runs each command once, so that what else the machine does falls on all of them alike. The
ratio is the median of the turns' ratios. Exit code 1 if one is above its target.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import NamedTuple

ENTRY = [sys.executable, "-c", "from actcli.__main__ import main; main()"]
"""As the installed script starts: without the search of `-m`."""


class Contest(NamedTuple):
    """A command, what it is compared with, and how many times its time is allowed."""

    name: str
    command: list[str]
    against: str
    target: float
    environment: dict[str, str] = {}  # noqa: RUF012  never written to


BASELINES = {name: [sys.executable, "-c", f"import {name}"] for name in ("click", "numpy, click")}

CONTESTS = (
    Contest("act --help", [*ENTRY, "--help"], "click", 1.15),
    Contest("act --version", [*ENTRY, "--version"], "click", 1.25),
    Contest(
        "act relu --format=j<TAB>",
        ENTRY,
        "click",
        1.25,
        {"_ACT_COMPLETE": "bash_complete", "COMP_LINE": "act relu --format=j", "COMP_POINT": "19"},
    ),
    Contest(
        "act sigmoid 1 2 3 -F csv", [*ENTRY, "sigmoid", "1", "2", "3", "-F", "csv"], "numpy, click", 1.12
    ),
    Contest("act softmax 1 2 3 4", [*ENTRY, "softmax", "1", "2", "3", "4"], "numpy, click", 1.18),
)


INHERITED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""An installed program has its bytecode."""


def milliseconds(command: list[str], environment: dict[str, str]) -> float:
    """How long one run takes."""
    begin = time.perf_counter()
    subprocess.run(command, env=INHERITED | environment, stdout=subprocess.DEVNULL, check=True)
    return 1000 * (time.perf_counter() - begin)


def measured(turns: int) -> dict[str, list[float]]:
    """The times of all commands, by name, turn by turn; the first turn warms the caches and is dropped."""
    runs: dict[str, tuple[list[str], dict[str, str]]] = {
        name: (command, {}) for name, command in BASELINES.items()
    }
    runs |= {contest.name: (contest.command, contest.environment) for contest in CONTESTS}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(turns + 1):
        for name, run in runs.items():
            elapsed = milliseconds(*run)
            if turn:
                times[name].append(elapsed)
    return times


def main() -> int:
    """Measure, print, judge."""
    times = measured(int(sys.argv[1]) if len(sys.argv) > 1 else 21)
    print(f"{'':28}{'median ms':>10}{'against':>14}{'ratio':>8}{'target':>8}")
    for name in BASELINES:
        print(f"{'import ' + name:28}{statistics.median(times[name]):10.1f}")
    late = False
    for contest in CONTESTS:
        own, other = times[contest.name], times[contest.against]
        ratio = statistics.median(a / b for a, b in zip(own, other, strict=True))
        late |= ratio > contest.target
        print(
            f"{contest.name:28}{statistics.median(own):10.1f}{contest.against:>14}{ratio:8.2f}"
            f"{contest.target:8.2f}{'  LATE' if ratio > contest.target else ''}"
        )
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
