"""Writing of the results of several inputs, one after the other, as one text or one table.

The chunks of an input are computed in this process, or in several if that is faster.
"""

from __future__ import annotations

import gc
import os
import time
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeVar

from actcli.engine import keep_large_blocks, processors
from actcli.errors import ActError, DataError
from actcli.io import formats
from actcli.io.batch import Counts, ResultSchema
from actcli.io.streams import READ_SIZE
from actcli.pipeline.gather import gathered
from actcli.pipeline.transform import ChunkTask, Transform, end_line
from actcli.pipeline.transform import write as write_chunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from actcli.display import Display
    from actcli.io.batch import Batches
    from actcli.io.csv.reader import Reader
    from actcli.io.destination import Destination
    from actcli.pipeline.transform import ComputedBatch

    Compute = Callable[..., None]
    """A function with the positional arguments and `between` of `run_chunks`."""

Found = TypeVar("Found")

WORTH: Final = 4 << 20
"""Minimum size of input, in bytes, for which starting processes is worth its cost."""
_IDLE: Final = 0.5
"""Fraction of time spent waiting for input, from which on more processes would not help."""


@dataclass(frozen=True)
class Input:
    """An opened file or pipe whose layout is known, and the transform of its rows."""

    reader: Reader | Batches
    transform: Transform

    def __post_init__(self) -> None:
        if self.transform.divisor > 1:
            self.reader.limit(READ_SIZE // self.transform.divisor)

    @property
    def schema(self) -> ResultSchema:
        """Schema of the result."""
        return self.transform.schema

    @property
    def over(self) -> bool:
        """Whether no rows are left to read."""
        return self.reader.over

    def parts(self) -> Iterator[ComputedBatch]:
        """Yield the batches with their results. Raises the error of a bad row after the rows before it."""
        if self.transform.work.columnwise:
            yield from gathered(self.reader, self.transform)
            return
        while (chunk := self.reader.next()) is not None:
            part = self.transform.computed(chunk)
            yield part
            if part[1].error:
                raise part[1].error


def write(
    sources: Iterable[Input],
    form: str,
    out: Destination,
    *,
    jobs: int | None = None,
    compute: Compute | None = None,
) -> Counts:
    """Write the results of all sources as one text of the format `form`, and return their counts.

    jobs: as for `run_chunks`. compute: called instead, to have the chunks computed elsewhere. Raises
    DataError for a later source with another header, and for a bad row, after the rows before it are
    written; OutputError if they cannot be written.
    """
    total = Counts()
    compute = compute or partial(run_chunks, jobs=jobs)
    module = formats.module(form)
    end = partial(end_line, total, out=out, between=module.BETWEEN)
    all_of_them = _ending(_alike(sources), end)
    first = _first(all_of_them)
    if first is None:
        return total
    out.write(module.head(first.schema))
    for source in chain([first], all_of_them):
        if source.over:
            continue
        if source.transform.work.columnwise:
            for part in _ending(source.parts(), end):
                write_chunk(source.transform.piece(*part), total, out=out, between=module.BETWEEN)
        else:
            compute(source.transform, source.reader, out, total, between=module.BETWEEN)
    out.write(module.tail(first.schema))
    return total


def _first(sources: Iterator[Input]) -> Input | None:
    """Return the first input with rows (it determines the computed columns), else the first one, or None."""
    alone: Input | None = None
    for source in sources:
        if not source.over:
            return source
        alone = alone or source
    return alone


def _ending(found: Iterable[Found], end_line: Callable[[], None]) -> Iterator[Found]:
    """Yield what is found; after an error in finding more, end the output's line and raise it."""
    try:
        yield from found
    except ActError:
        end_line()
        raise


def _alike(sources: Iterable[Input]) -> Iterator[Input]:
    """Yield the sources. Raises DataError for one with another header."""
    first: Input | None = None
    telling = False  # whether `first` has rows, which determine the computed columns
    for source in sources:
        if first is not None:
            _check_header(first, source, computed=telling)
        if not telling:
            first, telling = source, not source.over
        yield source


def draw(sources: Iterable[Input], form: str, out: Destination, display: Display) -> Counts:
    """Write the results of all sources in a drawn format (table, parquet), and return their counts.

    Raises DataError for a later source with another header, and for a bad row.
    """
    total = Counts()
    all_of_them = _alike(sources)
    first = _first(all_of_them)
    if first is None:
        return total

    def parts() -> Iterator[ComputedBatch]:
        for source in chain([first], all_of_them):
            for part in () if source.over else source.parts():
                total.add(part[1].counts)
                yield part

    formats.module(form).write(first.schema, parts(), out, display)
    return total


def _check_header(first: Input, other: Input, *, computed: bool) -> None:
    layouts = first.schema.layout, other.schema.layout
    here, there = ([column.name for column in source.schema.columns] for source in (first, other))
    what = ""
    if layouts[0].names != layouts[1].names or (computed and here != there):
        what = "columns are not those"
    elif layouts[0].delimiter != layouts[1].delimiter and first.transform.format == "same":
        what = "delimiter is not that"
    elif layouts[0].selected and layouts[0].selected != layouts[1].selected:  # else it has no rows
        what = "columns of numbers are not those"
    if what:
        raise DataError(
            f"{other.reader.stream.name}: its {what} of {first.reader.stream.name}; "
            "run act on each, or write each in place with -i"
        )


def run_chunks(
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
    task = ChunkTask(transform, reader, partial(write_chunk, **how), partial(end_line, **how), total)
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
