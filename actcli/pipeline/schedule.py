"""`run`: a transform applied to all chunks of a source, in order, by as many processes as pay."""

from __future__ import annotations

import gc
import os
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import ActError
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.io.batch import Chunk, Counts
    from actcli.io.csv.reader import Reader
    from actcli.io.destination import Destination
    from actcli.pipeline.text import EncodedChunk, Transform

WORTH: Final = 4 << 20
"""Bytes from which on it pays to start processes."""
_IDLE: Final = 0.5
"""The share of its time that a process may wait for input before others would only wait with it."""
_LARGE_BLOCK: Final = 1 << 21
"""Numbers, which NumPy does not fill with zeros: that would take longer than it gains."""


@dataclass(frozen=True)
class ChunkTask:
    """What is done with each chunk of a source, and how its piece is written and counted."""

    transform: Callable[[Chunk], EncodedChunk]
    reader: Reader
    put: Callable[[EncodedChunk, Counts], None]
    end_line: Callable[[Counts], None]
    total: Counts


def run(
    transform: Transform,
    reader: Reader,
    out: Destination,
    total: Counts,
    *,
    between: bytes,
    jobs: int | None = None,
) -> None:
    """Write what the transform makes of each chunk, and count it in the total.

    `jobs` is how many processes may work, None for one a core. They start where there is much to do: for
    a large file at once, for a pipe when it turns out to bring more than one process can take.
    """
    how: Any = {"out": out, "between": between}
    task = ChunkTask(transform, reader, partial(write, **how), partial(end_line, **how), total)
    count = workers(jobs) if hasattr(os, "fork") and reader.stream.shareable and out.shareable else 1
    if count > 1:
        if reader.stream.left < WORTH and not _alone(task, until_it_pays=True):
            return
        from actcli.pipeline import processes

        _settle_down()
        gc.freeze()  # what was imported is no garbage, and forked processes share it longer
        if processes.turn(task, count):
            return
    _alone(task)


def workers(jobs: int | None) -> int:
    """How many processes there may be: as many as were asked for, else one a core that is ours."""
    if jobs is not None:
        return jobs
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def write(piece: EncodedChunk, total: Counts, *, out: Destination, between: bytes) -> None:
    """Write one piece, with `between` before it if there were records already; raise what was wrong."""
    if piece.text:
        out.write(between + piece.text if total.records else piece.text)
    total.add(piece.counts)
    if piece.error:
        end_line(total, out=out, between=between)
        raise piece.error


def end_line(total: Counts, *, out: Destination, between: bytes) -> None:
    """End the line that another piece would go on with, so that what is wrong is told on its own."""
    if total.records and between.endswith(b"\n"):
        out.write(b"\n")


def _alone(task: ChunkTask, *, until_it_pays: bool = False) -> bool:
    """Work in this process until the input ends, or until others would help; whether they would."""
    while (waited := _some(task)) is not None:
        _settle_down()
        if until_it_pays and waited < _IDLE:
            return True
    return False


def _some(task: ChunkTask) -> float | None:
    """Work through WORTH bytes; the share of the time that was spent waiting, None at the input's end."""
    size, waited, start = 0, 0.0, time.monotonic()
    while size < WORTH:
        before = time.monotonic()
        chunk = _next(task)
        waited += time.monotonic() - before
        if chunk is None:
            return None
        task.put(task.transform(chunk), task.total)
        size += len(chunk.text)
    return waited / (time.monotonic() - start)


def _next(task: ChunkTask) -> Chunk | None:
    try:
        return task.reader.next()
    except ActError:
        task.end_line(task.total)
        raise


def _settle_down() -> None:
    """Make ready for long work: keep the memory of one chunk for the next."""
    xp.empty(_LARGE_BLOCK)  # freeing it makes glibc keep smaller blocks instead of giving them back
