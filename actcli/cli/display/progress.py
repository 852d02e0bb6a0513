"""How far a long run has come: one line on a terminal's standard error, with rate and time left.

It is drawn from a timer's signal, so that nothing on the way of the rows knows of it: how much has been
read is the file's own position. It appears once a run proves long, and leaves no trace.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from actcli.cli.display import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.cli.arguments import Arguments
    from actcli.io.streams import Stream

LEAST: Final = 1 << 25  # bytes that may take seconds, if they are packed or hard to read
FIRST: Final = 1.0  # seconds until it is asked whether a run is long
EVERY: Final = 0.25
LONG: Final = 2.0  # seconds to come
_WIDEST: Final = 80
_NUMBERS: Final = 30  # characters beside the bar
CLEAR: Final = "\r\x1b[K"
STDERR: Final = 2

_drawn = False


@contextlib.contextmanager
def watched(paths: Sequence[str], given: Arguments) -> Iterator[Watch]:
    """Watch the reading of these files, if it can be shown to somebody and has an end."""
    total = size(paths)
    if total < LEAST or not _wanted(given):
        yield Watch(total)
        return
    watch = Watch(total, Bar(total, colour=terminal.wants_colour(given.color, on_terminal=True)))
    before = signal.signal(signal.SIGALRM, lambda *_: watch.tick())
    signal.setitimer(signal.ITIMER_REAL, FIRST, EVERY)
    try:
        yield watch
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        clear()


def clear() -> None:
    """Take the line away, before something else is written."""
    global _drawn  # noqa: PLW0603  there is one terminal
    if _drawn:
        _drawn = False
        with contextlib.suppress(OSError):  # nobody sees it
            os.write(STDERR, CLEAR.encode())


def _wanted(given: Arguments) -> bool:
    """Whether somebody sees standard error, and results do not go to the same screen."""
    shown = terminal.is_terminal(sys.stdout) and not given.output and not given.in_place
    in_main = threading.current_thread() is threading.main_thread()
    possible = hasattr(signal, "setitimer") and in_main and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    return possible and terminal.is_terminal(sys.stderr) and not shown and not given.quiet


def size(paths: Sequence[str]) -> int:
    """The bytes of all files together; 0 unless all are regular files."""
    total = 0
    for path in paths:
        try:
            status = os.fstat(0) if path == "-" else os.stat(path)
        except OSError:
            return 0
        if not stat.S_ISREG(status.st_mode):
            return 0
        total += status.st_size
    return total


class Watch:
    """The reading of some files of so many bytes in all; without a bar nobody looks."""

    def __init__(self, total: int, bar: Bar | None = None) -> None:
        self._total = total
        self._bar = bar
        self._began = time.monotonic()
        self._behind = 0  # bytes of the files that are done
        self._stream: Stream | None = None
        self._length = 0
        self._long = self._busy = False

    def reading(self, stream: Stream) -> None:
        """From now on this file is read; arrays and tables, which are no text, have no descriptor."""
        if self._bar is None:
            return
        self._behind += self._length
        self._stream = stream if stream.descriptor >= 0 else None
        self._length = os.fstat(stream.descriptor).st_size if self._stream else 0

    def tick(self) -> None:
        """Draw the line, if the run is a long one; not while that is being done already."""
        if self._busy or self._bar is None:
            return
        self._busy = True
        with contextlib.suppress(OSError, RuntimeError):  # a picture is no reason to fail
            done = self._behind + (self._length - self._stream.left if self._stream else 0)
            passed = time.monotonic() - self._began
            self._long = self._long or (done > 0 and passed * (self._total - done) / done >= LONG)
            if self._long:
                self._bar.draw(done)
        self._busy = False


class Bar:
    """The line itself. What it needs is imported at once: in a signal's handler that breaks other imports."""

    def __init__(self, total: int, *, colour: bool) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        self._console = Console(stderr=True, highlight=False, no_color=not colour)
        bar = BarColumn(max(1, min(self._console.width, _WIDEST) - _NUMBERS))
        columns = (TaskProgressColumn(), bar, TransferSpeedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=self._console, auto_refresh=False)
        self._task = self._progress.add_task("", total=total)
        self._rendered()

    def draw(self, done: int) -> None:
        """Draw it anew, once there is a rate."""
        global _drawn  # noqa: PLW0603  there is one terminal
        self._progress.update(self._task, completed=done)
        if self._progress.tasks[0].speed is not None:
            _drawn = True
            os.write(STDERR, (CLEAR + self._rendered()).encode())

    def _rendered(self) -> str:
        with self._console.capture() as capture:
            self._console.print(self._progress.get_renderable(), end="")
        return capture.get().rstrip("\n")
