"""The program as a separate process: for tests of signals, of open pipes, and of files left behind.

Every test that needs a process starts it here: `run` waits for its end, `start` does not.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds after which a process counts as hanging: far more than a busy machine needs."""
ACT = (sys.executable, "-m", "actcli")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
ENVIRONMENT |= {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
"""The tests' own environment, without what pytest tells its workers."""


@dataclass
class Outcome:
    """Exit code (minus a signal's number), standard output and standard error of a run."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()


def run(
    *words: str,
    stdin: bytes | str = b"",
    cwd: str | Path | None = None,
    env: Mapping[str, str] = ENVIRONMENT,
    program: Sequence[str] = ACT,
) -> Outcome:
    """Run `act WORDS...`, or another program, to its end and return the outcome."""
    text = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run([*program, *words], input=text, cwd=cwd, env=env, capture_output=True, check=False)
    return Outcome(done.returncode, done.stdout, done.stderr.decode())


def python(code: str, *words: str, **how: Any) -> Outcome:
    """Run Python code with these arguments and return the outcome; `how` is as for `run`."""
    return run(*words, program=(sys.executable, "-c", code), **how)


def start(*words: str, program: Sequence[str] = ACT, **how: Any) -> subprocess.Popen[bytes]:
    """Start `act WORDS...`, or another program, with pipes, and return it; `how` is as for `Popen`."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*program, *words], **{**pipes, "env": ENVIRONMENT, **how})


def finish(process: subprocess.Popen[bytes], stdin: bytes = b"") -> tuple[int, bytes, str]:
    """Send `stdin`, wait for the end, and return exit code, standard output and standard error."""
    out, err = process.communicate(stdin, timeout=PATIENCE)
    return process.returncode, out, err.decode()


def until(condition: Callable[[], object]) -> None:
    """Wait until `condition` returns something true. Raises AssertionError after PATIENCE seconds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


def peak(pid: int) -> int:
    """Return the peak memory of a process so far in MB; 0 if it is unknown."""
    try:
        with open(f"/proc/{pid}/status") as status:  # noqa: PTH123  no file
            found = [line.split()[1] for line in status if line.startswith("VmHWM:")]
    except OSError:
        return 0
    return int(found[0]) // 1024 if found else 0


def group(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the ids of the living processes in the process group that `process` leads."""
    found = []
    for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))):  # noqa: PTH208  no files
        with contextlib.suppress(OSError):
            if os.getpgid(pid) == process.pid and not _ended(pid):
                found.append(pid)
    return found


def _ended(pid: int) -> bool:
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123  no file
        return file.read().rpartition(")")[2].split()[0] == "Z"


@contextlib.contextmanager
def fed(process: subprocess.Popen[bytes], feed: Callable[[], object]) -> Iterator[None]:
    """Run `feed` in a thread while the block runs; at its end kill the process. Yields nothing."""

    def feeding() -> None:
        with contextlib.suppress(OSError, ValueError):  # the process has ended, or its pipe is closed
            feed()

    feeder = threading.Thread(target=feeding)
    feeder.start()
    try:
        yield
    finally:
        process.kill()
        feeder.join()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(BrokenPipeError):
                if pipe:
                    pipe.close()


needs_proc = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="there is no /proc")  # noqa: PTH110
