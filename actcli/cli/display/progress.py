"""How far a long run has come: one line on a terminal's standard error, with rate and time left.

Whoever reads calls `Watch.tick` for each chunk: how much has been read is the file's own position. The line
appears once a run proves long, and leaves no trace.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from typing import TYPE_CHECKING, Final

from actcli.cli.display import terminal
from actcli.cli.display.messages import clear_line, draw_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.cli.arguments import Arguments
    from actcli.io.streams import Stream

FIRST: Final = 1.0  # seconds until it is asked whether a run is long
EVERY: Final = 0.25
LONG: Final = 2.0  # seconds to come
_WIDEST: Final = 80
_NUMBERS: Final = 30  # characters beside the bar


@contextlib.contextmanager
def watched(paths: Sequence[str], given: Arguments) -> Iterator[Watch | None]:
    """Watch the reading of these files; None where there is no end."""
    total = size(paths)
    if not total:
        yield None
        return
    try:
        yield Watch(total, colour=terminal.wants_colour(given.color, on_terminal=True))
    finally:
        clear_line()


def size(paths: Sequence[str]) -> int:
    """Return the bytes of all files together; 0 unless all are regular files."""
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
    """The reading of some files of `total` bytes together."""

    def __init__(self, total: int, *, colour: bool) -> None:
        self._total = total
        self._colour = colour
        self._began = time.monotonic()
        self._due = self._began + FIRST
        self._finished = 0  # bytes of the files that are done
        self._stream: Stream | None = None
        self._length = 0
        self._bar: Bar | None = None

    def reading(self, stream: Stream) -> None:
        """Watch this file from now on; arrays and tables, which are no text, have no descriptor."""
        self._finished += self._length
        self._stream = stream if stream.descriptor >= 0 else None
        self._length = os.fstat(stream.descriptor).st_size if self._stream else 0

    def tick(self, share: float | None = None) -> None:
        """Draw the line if it is time, and once the run is known to be a long one.

        share: how much has been read of what has no descriptor, from 0 to 1.
        """
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + EVERY
        with contextlib.suppress(OSError):  # a picture is no reason to fail
            done = self._finished + (self._length - self._stream.left if self._stream else 0)
            done = done if share is None else int(share * self._total)
            to_come = (now - self._began) * (self._total - done) / done if done > 0 else 0.0
            if self._bar is None and to_come >= LONG:
                self._bar = Bar(self._total, colour=self._colour)
            if self._bar is not None:
                self._bar.draw(done)


class Bar:
    """The line itself."""

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

    def draw(self, done: int) -> None:
        """Draw it anew, once there is a rate."""
        self._progress.update(self._task, completed=done)
        if self._progress.tasks[0].speed is not None:
            with self._console.capture() as capture:
                self._console.print(self._progress.get_renderable(), end="")
            draw_line(capture.get().rstrip("\n"))
