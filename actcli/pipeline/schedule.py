"""`run`: a transform applied to all chunks of a source, in order, by as many processes as pay."""

from __future__ import annotations

import gc
import os
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from actcli.engine import keep_large_blocks, processors
from actcli.errors import ActError
from actcli.pipeline.transform import ChunkTask, end_line, write

if TYPE_CHECKING:
    from actcli.io.batch import Batches, Counts
    from actcli.io.csv.reader import Reader
    from actcli.io.destination import Destination
    from actcli.pipeline.transform import Transform

WORTH: Final = 4 << 20
"""Bytes from which on it pays to start processes."""
_IDLE: Final = 0.5
"""The fraction of its time that a process may wait for input before others would only wait with it."""


def run(
    transform: Transform,
    reader: Reader | Batches,
    out: Destination,
    total: Counts,
    *,
    between: bytes,
    jobs: int | None = None,
) -> None:
    """Write what the transform makes of each chunk, and count it in `total`.

    `jobs` is how many processes may work, None for one a core. They start where there is much to do: for
    a large file at once, for a pipe when it turns out to bring more than one process can take. Raises
    what is wrong with a row, after the rows before it are written.
    """
    how: Any = {"out": out, "between": between}
    task = ChunkTask(transform, reader, partial(write, **how), partial(end_line, **how), total)
    count = workers(jobs) if hasattr(os, "fork") and reader.stream.shareable and out.shareable else 1
    if count > 1:
        if reader.stream.left < WORTH and run_serial(task, until_it_pays=True):
            return
        from actcli.pipeline import processes

        keep_large_blocks()
        gc.freeze()  # what was imported is no garbage, and forked processes share it longer
        if processes.run_processes(task, count):
            return
    run_serial(task)


def workers(jobs: int | None) -> int:
    """Return the number of worker processes: `jobs`, else the CPUs that this process may use."""
    return processors() if jobs is None else jobs


def run_serial(task: ChunkTask, *, until_it_pays: bool = False) -> bool:
    """Process chunks in this process; return whether the input has ended.

    With `until_it_pays`, stop after some WORTH bytes of which less than half the time was spent waiting:
    more processes would help.
    """
    size, waited, start = 0, 0.0, time.monotonic()
    while True:
        before = time.monotonic()
        try:
            chunk = task.reader.next()
        except ActError:
            task.end_line(task.total)
            raise
        waited += time.monotonic() - before
        if chunk is None:
            return True
        task.put(task.transform(chunk), task.total)
        size += chunk.size
        if size >= WORTH:
            keep_large_blocks()
            if until_it_pays and waited < _IDLE * (time.monotonic() - start):
                return False
            size, waited, start = 0, 0.0, time.monotonic()
