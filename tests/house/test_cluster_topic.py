"""The topic about clusters: its commands, on one machine."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import sys
import time
from pathlib import Path

import pytest
from support.processes import ENVIRONMENT, PATIENCE, run, start

from actcli.cli.topics import text

DASK = shutil.which("dask", path=str(Path(sys.executable).parent)) or ""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DASK, reason="dask is not installed"),
]


def commands(port: int) -> list[list[str]]:
    """The lines of the topic's block, with this machine's address."""
    (block,) = re.findall(r"```sh\n(.*?)```", text("cluster"), re.DOTALL)
    here = block.replace("HOST:8786", f"127.0.0.1:{port}")
    return [shlex.split(line, comments=True) for line in here.splitlines()]


def test_a_file_is_computed_by_the_cluster_that_the_topic_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    scheduler, worker, file, _ = commands(port)
    rows = "".join(f"{row},{row / 7 - 9}\n" for row in range(1000))
    (tmp_path / "big.csv").write_text(f"id,score\n{rows}")
    assert (scheduler[0], worker[0], file[0]) == ("dask", "dask", "act")
    alone = run("gelu", "-c", "score", "big.csv", cwd=tmp_path)
    quiet = {"cwd": tmp_path, "env": ENVIRONMENT, "stdin": None, "stdout": None, "stderr": None}
    where = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    team = [
        start(program=[DASK, *scheduler[1:], *where], **quiet),
        start(program=[DASK, *worker[1:], "--no-dashboard"], **quiet),
    ]
    try:
        end = time.monotonic() + PATIENCE
        while run(*file[1:], cwd=tmp_path).code:  # until the scheduler answers
            assert time.monotonic() < end
            time.sleep(0.5)
    finally:
        for process in reversed(team):
            process.terminate()
            process.wait(PATIENCE)
    assert (tmp_path / "y.csv").read_bytes() == alone.raw
