"""Pairs of inputs and results from files, to be checked in blocks."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from actcli.analysis.check import BLOCK, Deviations, ErrorStatistics
from actcli.errors import DataError, UsageError
from actcli.io import npy
from actcli.io.batch import Batch
from actcli.io.parquet import TableStream
from actcli.numeric import xp
from actcli.numeric.dtypes import DTYPES, every, floating_type, how_many, round_to
from actcli.pipeline.arrays import release_pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from actcli.io.batch import Batches, Layout
    from actcli.io.csv.reader import Reader
    from actcli.numeric import Array

    Blocks = Iterator[tuple[Array, Array]]

_SLOW_BLOCK: Final = 1 << 13
_COLUMNS: Final = 2


@dataclass(frozen=True)
class Pairs:
    """Inputs and results of a floating type, in blocks: two vectors of the same length each.

    `count` is the number of pairs, or 0 if it is not known before they are read. `note` is a remark for the
    user on something that may not be intended, or empty.
    """

    dtype: str
    blocks: Blocks
    count: int = 0
    note: str = ""


def of_arrays(results: str, inputs: str, dtype: str | None, *, raw: bool = False) -> Pairs:
    """Return the pairs of two array files. `dtype` is the results' type, to which wider inputs are rounded.

    raw: the files have no header and hold only numbers of the type. Raises DataError if the shapes differ,
    and for results that are not numbers of the type.
    """
    y = _results(results, dtype, raw=raw)
    x = npy.mapped(inputs, dtype, raw=raw)
    if x.shape != y.shape:
        raise DataError(
            f"{results}: has the shape {y.shape}, {inputs} has {x.shape}; name the input of these results"
        )
    kind = dtype or y.dtype.name
    flat_x, flat_y = _flat(x, y)

    def blocks() -> Blocks:
        for first in range(0, y.size, BLOCK):
            part = slice(first, first + BLOCK)
            numbers = round_to(flat_x[part], kind) if dtype else flat_x[part]
            yield numbers, _of_type(flat_y[part], kind, results, first)
            _release(x, y)

    own, note = x.dtype.name, ""
    if not dtype and own in DTYPES and DTYPES[own].mantissa > DTYPES[kind].mantissa:
        note = f"{inputs} holds {own}, taken as it is; --dtype {kind} rounds it to the results' type first"
    return Pairs(kind, blocks(), y.size, note)


def of_every(results: str, dtype: str | None, *, raw: bool = False) -> Pairs:
    """Return the pairs of all finite numbers of a type, ascending with -0 before 0, and their results.

    Raises DataError for another number of results, UsageError for float64, which has too many numbers.
    """
    y = _results(results, dtype, raw=raw)
    kind = dtype or y.dtype.name
    count = how_many(kind)
    if y.size != count:
        raise DataError(f"{results}: has {y.size:,} results; {kind} has {count:,} finite numbers")
    flat = _flat(y, y)[0]

    def blocks() -> Blocks:
        for first in range(0, count, BLOCK):
            yield every(kind, first, BLOCK), _of_type(flat[first : first + BLOCK], kind, results, first)
            _release(y)

    return Pairs(kind, blocks(), count)


def of_rows(reader: Reader | Batches, layout: Layout, dtype: str | None) -> Pairs:
    """Return the pairs of a file's two selected columns, input and result, rounded to `dtype` or their own.

    Raises UsageError unless two columns of numbers are selected; the blocks raise DataError for a bad row.
    """
    if layout.arrays:
        raise UsageError(f"{layout.source}: has arrays in its columns; check compares columns of numbers")
    if len(layout.selected) != _COLUMNS:
        names = ", ".join(layout.names[index] for index in layout.selected)
        raise UsageError(
            f"{layout.source}: name the columns of input and result with -c x,y; here are {names}"
        )
    own = [layout.dtype] * _COLUMNS
    if isinstance(reader.stream, TableStream):
        own = [reader.stream.table.floating([index]) for index in layout.selected]
    input_kind, kind = (dtype or name for name in own)

    def blocks() -> Blocks:
        for batch in _batches(reader, layout):
            batch.keep_rows_whole()
            values = batch.values
            if kept := batch.columns[0].passthrough_rows if batch.columns else ():
                values = xp.delete(values, list(kept), axis=0)
            for first in range(0, len(values), BLOCK):
                x, y = values[first : first + BLOCK].T
                yield round_to(x, input_kind), round_to(y, kind)
            if batch.error:
                raise batch.error

    return Pairs(kind, blocks())


def _batches(reader: Reader | Batches, layout: Layout) -> Iterator[Batch]:
    """Yield the batches of all chunks."""
    while (chunk := reader.next()) is not None:
        if isinstance(chunk, Batch):
            yield chunk
        else:
            yield layout.lanes.batch(chunk, layout)


def _results(path: str, dtype: str | None, *, raw: bool) -> Array:
    y = npy.mapped(path, dtype, raw=raw)
    if y.dtype.name not in DTYPES:
        raise DataError(f"{path}: holds {y.dtype}; results are floating-point numbers")
    if dtype and DTYPES[y.dtype.name].mantissa < DTYPES[dtype].mantissa:
        raise DataError(f"{path}: holds {y.dtype.name}, narrower than {dtype}; leave out --dtype")
    return y


def _of_type(y: Array, dtype: str, path: str, first: int) -> Array:
    """Return results as numbers of `dtype`. Raises DataError if one of a wider type is not such a number."""
    if y.dtype == floating_type(dtype):
        return y
    rounded = round_to(y, dtype)
    at = xp.flatnonzero((rounded.astype(xp.float64) != y) & ~xp.isnan(y))
    if at.size:
        raise DataError(
            f"{path}: result {first + int(at[0])} is {y[at[0]]!s}, which is no {dtype}; "
            "leave out --dtype, or round the results first"
        )
    return rounded


def _flat(*arrays: Array) -> list[Any]:
    """Return arrays of one shape as vectors that are read when sliced, all in the same order."""
    if all(array.flags.f_contiguous for array in arrays):
        arrays = tuple(array.T for array in arrays)
    return [array.reshape(-1) if array.flags.c_contiguous else array.flat for array in arrays]


def _release(*arrays: Array) -> None:
    """Release the resident pages of memory-mapped arrays."""
    for array in arrays:
        memory = getattr(array, "_mmap", None)  # also set in views of other types
        if memory is not None:
            release_pages(memory)


def fill(statistics: ErrorStatistics, blocks: Blocks, jobs: int) -> Iterator[int]:
    """Add all pairs to `statistics`, and yield the number of pairs so far after each block.

    References in ball arithmetic, which are slow, are computed by `jobs` processes; others in this one.
    """
    blocks = _smaller(blocks) if statistics.reference.slow else blocks
    if not statistics.reference.slow or jobs == 1 or not hasattr(os, "fork"):
        for x, y in blocks:
            statistics.add(x, y)
            yield statistics.count
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    started = partial(_in_worker, os.getpid())
    waiting: deque[tuple[Array, Array, Future[Deviations]]] = deque()
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("fork"), started) as pool:
        for x, y in blocks:
            waiting.append((x, y, pool.submit(statistics.reference.compare, x, y)))
            if len(waiting) > 2 * jobs:
                statistics.add(*_done(waiting))
                yield statistics.count
        while waiting:
            statistics.add(*_done(waiting))
            yield statistics.count


def _done(waiting: deque[tuple[Array, Array, Future[Deviations]]]) -> tuple[Array, Array, Deviations]:
    """Remove the first block, wait for its comparison, and return (inputs, results, deviations)."""
    x, y, found = waiting.popleft()
    return x, y, found.result()


def _smaller(blocks: Blocks) -> Blocks:
    for x, y in blocks:
        for first in range(0, len(x), _SLOW_BLOCK):
            part = slice(first, first + _SLOW_BLOCK)
            yield x[part], y[part]


def _in_worker(parent: int) -> None:
    """Prepare a worker process: ignore SIGINT, which the parent handles, and end when the parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
