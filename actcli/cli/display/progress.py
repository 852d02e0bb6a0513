"""Progress of a long run: one line on a terminal's standard error, with rate and time left.

Readers call `Watch.tick` for each chunk; the position in the file tells how much has been read. The line
appears once a run proves long, and is erased at the end.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from typing import TYPE_CHECKING, Final

from actcli.cli.display import terminal
from actcli.cli.display.messages import clear_line, draw_line
from actcli.io.filetype import STDIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.cli.options import Arguments
    from actcli.io.streams import Stream

FIRST: Final = 1.0  # seconds until the first estimate of the remaining time
EVERY: Final = 0.25
LONG: Final = 2.0  # remaining seconds of a run that is long
_WIDEST: Final = 80
_NUMBERS: Final = 30  # characters beside the bar


@contextlib.contextmanager
def watched(paths: Sequence[str], given: Arguments) -> Iterator[Watch | None]:
    """Yield a Watch for reading these files, None if their size is unknown or 0; finally erase its line."""
    total = size(paths)
    if not total:
        yield None
        return
    try:
        yield Watch(total, colour=terminal.wants_colour(given.color, on_terminal=True))
    finally:
        clear_line()


def size(paths: Sequence[str]) -> int:
    """Return the size of all files together in bytes; 0 unless all are regular files."""
    total = 0
    for path in paths:
        try:
            status = os.fstat(0) if path == STDIN else os.stat(path)
        except OSError:
            return 0
        if not stat.S_ISREG(status.st_mode):
            return 0
        total += status.st_size
    return total


class Watch:
    """Progress of reading files of `total` bytes together."""

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
        """Watch this stream from now on; its position is unknown without a descriptor, as of arrays."""
        self._finished += self._length
        self._stream = stream if stream.descriptor >= 0 else None
        self._length = os.fstat(stream.descriptor).st_size if self._stream else 0

    def tick(self, share: float | None = None) -> None:
        """Draw the line if EVERY seconds have passed since the last one and the run is known to be long.

        share: the fraction of the input that has been read, from 0 to 1; None for the file's position.
        """
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + EVERY
        with contextlib.suppress(OSError):  # a run must not fail because of its progress
            done = self._finished + (self._length - self._stream.left if self._stream else 0)
            done = done if share is None else int(share * self._total)
            to_come = (now - self._began) * (self._total - done) / done if done > 0 else 0.0
            if self._bar is None and to_come >= LONG:
                self._bar = Bar(self._total, colour=self._colour)
            if self._bar is not None:
                self._bar.draw(done)


class Bar:
    """The line of progress: percentage, bar, rate and remaining time."""

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
        """Draw the line for `done` bytes, once the rate is known."""
        self._progress.update(self._task, completed=done)
        if self._progress.tasks[0].speed is not None:
            with self._console.capture() as capture:
                self._console.print(self._progress.get_renderable(), end="")
            draw_line(capture.get().rstrip("\n"))
