"""How many files a run passes through: a reader follows a job through few."""

from __future__ import annotations

import pytest
from support.processes import python

TRACED = """
import sys
files = set()
def profile(frame, event, _):
    code = frame.f_code
    ours, function = code.co_filename.partition("/actcli/")[2], code.co_flags & 1
    if event == "call" and ours and function and not code.co_name.startswith("<"):
        files.add(ours)
sys.setprofile(profile)
from actcli.__main__ import run
run(sys.argv[1:])
sys.setprofile(None)
print(*sorted(files), file=sys.stderr)
"""

ROWS = b"score,b\n1,2\n2,3\n3,4\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "most"),
    [
        ("softmax 1 2 3 4", 20),
        ("gelu -c score -d 0,1", 28),
    ],
)
def test_a_run_passes_through_few_files(words: str, most: int) -> None:
    done = python(TRACED, *words.split(), stdin=ROWS)
    assert done.code == 0
    files = done.err.splitlines()[-1].split()
    assert "engine.py" in files
    assert len(files) <= most, files
