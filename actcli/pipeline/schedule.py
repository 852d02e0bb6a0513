"""Scheduling of the chunks of one input: in this process, or in several if that is faster."""

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
"""Minimum size of input, in bytes, for which starting processes is worth its cost."""
_IDLE: Final = 0.5
"""Fraction of time spent waiting for input, from which on more processes would not help."""


def run(
    transform: Transform,
    reader: Reader | Batches,
    out: Destination,
    total: Counts,
    *,
    between: bytes,
    jobs: int | None = None,
) -> None:
    """Write the transformed chunks of `reader` in order, separated by `between`, and count them in `total`.

    `jobs` is the number of processes, None for one on each CPU. They are started at once for a large file,
    and for a pipe once it has delivered more than one process can handle. Raises DataError for a bad row,
    after the rows before it are written, and OutputError.
    """
    how: Any = {"out": out, "between": between}
    task = ChunkTask(transform, reader, partial(write, **how), partial(end_line, **how), total)
    count = workers(jobs) if hasattr(os, "fork") and reader.stream.shareable and out.shareable else 1
    if count > 1:
        if reader.stream.left < WORTH and run_serial(task, until_it_pays=True):
            return
        from actcli.pipeline import processes

        keep_large_blocks()
        gc.freeze()  # imported objects are not garbage; untouched, their pages stay shared
        if processes.run_processes(task, count):
            return
    run_serial(task)


def workers(jobs: int | None) -> int:
    """Return the number of worker processes: `jobs`, else the CPUs that this process may use."""
    return processors() if jobs is None else jobs


def run_serial(task: ChunkTask, *, until_it_pays: bool = False) -> bool:
    """Process chunks in this process; return whether the input has ended.

    With `until_it_pays`, return False after WORTH bytes for which less than half of the time was spent
    waiting for input: more processes would help. Raises the error of a bad row, after the rows before it.
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
