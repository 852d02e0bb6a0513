"""The program as a process of its own: for signals, pipes that wait, and what is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
PATIENCE = 30
"""Seconds after which a test gives up; a shared machine may be slow."""


def start(*words: str, **how: Any) -> subprocess.Popen[bytes]:
    """`act WORDS...` with pipes, unless told otherwise, as a user starts it."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-m", "actcli", *words], **{**pipes, "env": environment, **how})


def finish(process: subprocess.Popen[bytes], stdin: bytes = b"") -> tuple[int, bytes, str]:
    """Exit code, standard output and errors."""
    out, err = process.communicate(stdin, timeout=PATIENCE)
    return process.returncode, out, err.decode()


def until(condition: Callable[[], object]) -> None:
    """Wait until it is true."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)
