"""A folder in which nobody may write: the message names the target, and nothing is left there."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.processes import python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.processes import Outcome

LINES = {
    "relu x.csv -o ro/y.csv": "ro/y.csv",
    "relu x.csv -o ro/y.csv.gz": "ro/y.csv.gz",
    "relu x.csv -o ro/y.json": "ro/y.json",
    "relu -i ro/x.csv": "ro/x.csv",
    "relu 1 2 -o ro/y.csv": "ro/y.csv",
    "compare relu elu x.csv -o ro/y.csv": "ro/y.csv",
    "list -o ro/y.txt": "ro/y.txt",
    "relu x.npy -o ro/y.npy": "ro/y.npy",
    "relu x.npy -d 0,1 -o ro/y.npy": "ro/y_d0.npy",
    "relu -i ro/x.npy": "ro/x.npy",
    "relu 1 2 -o ro/y.npy": "ro/y.npy",
    "relu x.npz -o ro/y.npz": "ro/y.npz",
    "relu -i ro/x.npz": "ro/x.npz",
    "relu 1 2 -o ro/y.npz": "ro/y.npz",
    "relu x.parquet -o ro/y.parquet": "ro/y.parquet",
    "relu x.csv -o ro/y.parquet": "ro/y.parquet",
    "plot relu -o ro/y.txt": "ro/y.txt",
    "plot relu -o ro/y.svg": "ro/y.svg",
    "relu x.csv x.npy -o ro/": "ro/x.csv",
}
"""Lines that write, and what the message names."""
NOBODY = 65534
CANNOT = 77
"""The child's exit code where it cannot become another user."""
AS_NOBODY = f"""
import os, sys
from contextlib import suppress
from actcli.__main__ import run

words = sys.argv[1:]
if os.geteuid() == 0:
    output = os.dup(1), os.dup(2)
    for number in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    run([word.replace("ro/", "rw/") for word in words])  # imports what nobody may not read
    run(["relu", "1", "-o", "nowhere/y.csv"])  # and what tells of an error
    for number in (1, 2):
        os.dup2(output[number - 1], number)
    with suppress(OSError):
        os.setgroups([])
        os.setgid({NOBODY})
        os.setuid({NOBODY})
    if os.geteuid() == 0:
        os._exit({CANNOT})
sys.exit(run(words))
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Return a folder that everybody may enter, with `ro` that only the superuser may change."""
    with tempfile.TemporaryDirectory() as name:
        here = Path(name)
        here.chmod(0o755)
        for place in (here / "ro", here / "rw", here):
            place.mkdir(exist_ok=True)
            (place / "x.csv").write_text("x\n-1\n")
            np.save(place / "x.npy", np.array([-1.0, 1.0]))
            np.savez(place / "x.npz", w=np.array([-1.0, 1.0]))
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            pass
        else:
            pq.write_table(pa.table({"x": [1.0, -2.0]}), here / "x.parquet")
        (here / "shut").mkdir(mode=0o000)
        (here / "ro").chmod(0o555)
        yield here
        for folder in ("ro", "shut"):
            (here / folder).chmod(0o755)


def as_nobody(folder: Path, line: str) -> Outcome:
    """Run a line as a user who is not the superuser."""
    done = python(AS_NOBODY, *line.split(), cwd=folder)
    if done.code == CANNOT:
        pytest.skip("the superuser may do everything, and cannot become another user here")
    return done


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_a_read_only_folder_is_told_of_the_target(folder: Path, line: str) -> None:
    for ending, package in ((".parquet", "pyarrow"), (".svg", "matplotlib")):
        if ending in line:
            pytest.importorskip(package, reason=f"{package} is not installed")
    before = sorted((folder / "ro").iterdir())
    done = as_nobody(folder, line)
    assert (done.code, done.raw) == (1, b"")
    assert done.err.splitlines()[0] == f"act: cannot write to {LINES[line]}: Permission denied"
    assert ".part" not in done.err
    assert sorted((folder / "ro").iterdir()) == before


def test_a_folder_that_cannot_be_read_is_named(folder: Path) -> None:
    done = as_nobody(folder, "relu shut/y.csv")
    assert (done.code, done.err) == (
        2,
        "act: 'shut/y.csv' is neither a number nor a file; the folder shut cannot be read\n",
    )
