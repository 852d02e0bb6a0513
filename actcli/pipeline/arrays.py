"""Computation from array files to array files, block by block, so that memory stays bounded."""

from __future__ import annotations

import math
import mmap
import os
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Final

from actcli.activations.record import Kind
from actcli.engine import evaluate
from actcli.errors import OutputError, UsageError
from actcli.io import npy
from actcli.io.destination import AtomicFile, open_destination
from actcli.io.filetype import by_name
from actcli.numeric import xp
from actcli.numeric.dtypes import every, floating_type, how_many, round_to
from actcli.pipeline.computation import count_too_large

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.io.destination import Destination
    from actcli.numeric import Array
    from actcli.pipeline.computation import ArrayOperation

_BLOCK: Final = 1 << 20  # numbers of a result that are computed at a time
_MOST: Final = 1 << 28  # numbers of the derivative of one vector, at most
_RESIDENT: Final = 1 << 24  # bytes written before the mapped pages are released


def output_paths(target: str, orders: Sequence[int]) -> list[str]:
    """Return a path for each order: `target` itself for one, name_d0.npy and name_d1.npy for several."""
    if len(orders) == 1:
        return [target]
    stem, extension = os.path.splitext(target)
    return [f"{stem}_d{order}{extension}" for order in orders]


def write(
    path: str, operation: ArrayOperation, targets: Sequence[str], *, stable_name: bool = False
) -> tuple[int, ...]:
    """Write the results of an array file, one file for each order; return the input's shape.

    No file is replaced unless all are complete. `stable_name`: see AtomicFile. Raises UsageError if the shape
    does not suit the activation, DataError for an input that is not an array of numbers, OutputError if a
    file cannot be written.
    """
    source = npy.mapped(path, operation.dtype, raw=operation.raw)
    _write(source, path, operation, targets, stable_name=stable_name)
    return source.shape


def save(numbers: Sequence[float], operation: ArrayOperation, targets: Sequence[str]) -> None:
    """Write the results of numbers from the command line, one vector, as `write` does for a file."""
    _write(xp.array(numbers, dtype=xp.float64), "the command line", operation, targets)


def save_every(dtype: str, operation: ArrayOperation, targets: Sequence[str]) -> None:
    """Write the results of all finite numbers of a type, ascending with -0 before 0, block by block.

    Raises UsageError for an activation of vectors, and for float64, which has too many numbers; OutputError.
    """
    if operation.couples_elements:
        raise UsageError(f"every: {operation.activation.name} works on vectors; name their numbers")
    count = how_many(dtype)
    settings: dict[str, Any] = dict(operation.settings)
    with ExitStack() as stack:
        places = [stack.enter_context(open_destination(target, "")) for target in targets]
        results = [_created(out, (count,), dtype) for out in places]
        for first in range(0, count, _BLOCK):
            outcomes = evaluate(
                operation.activation, every(dtype, first, _BLOCK), operation.orders, **settings
            )
            for result, outcome in zip(results, outcomes, strict=True):
                result[first : first + _BLOCK] = outcome
                release_pages(result.base)
        for out, result in zip(places, results, strict=True):
            _flush(out, result.base)


def _write(
    source: Array, name: str, operation: ArrayOperation, targets: Sequence[str], *, stable_name: bool = False
) -> None:
    axis, dtype, shapes = _outline(source, name, operation)
    with ExitStack() as stack:
        places = [
            stack.enter_context(open_destination(target, "", stable_name=stable_name)) for target in targets
        ]
        fortran = npy.is_fortran(source)
        results = [
            _created(out, shape, dtype, fortran=fortran, raw=operation.raw and by_name(target) == "text")
            for out, shape, target in zip(places, shapes, targets, strict=True)
        ]
        maps = [array.base for array in (source, *results) if array.base is not None]
        _fill(_views(source, results, operation, axis), operation, dtype, maps)
        for out, result in zip(places, results, strict=True):
            _flush(out, result.base)


def computed(source: Array, name: str, operation: ArrayOperation) -> list[Array]:
    """Return the results of an array in memory, one for each order; `name` is its name in messages.

    Raises UsageError where the shape does not suit the activation.
    """
    axis, dtype, shapes = _outline(source, name, operation)
    order: Any = "F" if npy.is_fortran(source) else "C"
    results = [xp.empty(shape, floating_type(dtype), order) for shape in shapes]
    _fill(_views(source, results, operation, axis), operation, dtype, [])
    return results


def _outline(source: Array, name: str, operation: ArrayOperation) -> tuple[int, str, list[tuple[int, ...]]]:
    """Return the axis of the vectors, the results' type, and the shape of each. Raises what `_axis` does."""
    axis = _axis(source, operation, name)
    shapes = [_shape(source.shape, operation, axis, order) for order in operation.orders]
    return axis, operation.dtype or npy.floating(source), shapes


def _axis(source: Array, operation: ArrayOperation, name: str) -> int:
    """Return the axis that must stay whole, from 0. Raises UsageError if it or its length is wrong."""
    if not operation.couples_elements:
        return 0
    axis = operation.axis if operation.activation.kind is not Kind.ELEMENTWISE else -1
    operation.activation.check_axis(axis, source.shape, f"{name}: ")
    length = source.shape[axis]
    where = f" along axis {axis}"
    operation.activation.check_length(length, operation.settings, columns=(), where=where, source=f"{name}: ")
    if operation.activation.kind is not Kind.ELEMENTWISE and length ** (1 + max(operation.orders)) > _MOST:
        raise UsageError(f"{name}: the derivative of {length:,} numbers by as many is too large")
    return axis % source.ndim


def _shape(shape: tuple[int, ...], operation: ArrayOperation, axis: int, order: int) -> tuple[int, ...]:
    """Return the shape of the result of an order: the axes of derivatives come last."""
    if operation.activation.kind is Kind.ELEMENTWISE:
        return shape
    length = shape[axis]
    outputs = length // 2 if operation.activation.kind is Kind.GATED else length
    return (*shape[:axis], outputs, *shape[axis + 1 :], *(length,) * order)


def _created(
    out: Destination, shape: tuple[int, ...], dtype: str, *, fortran: bool = False, raw: bool = False
) -> Any:
    """Return an array mapped onto a new file of allocated disk space, with an `.npy` header unless `raw`.

    Raises OutputError if it is not a regular file, or cannot be allocated.
    """
    kind = floating_type(dtype)
    file = regular(out)
    header = b"" if raw else npy.header(kind, shape, fortran=fortran)
    file.write(header)
    size = len(header) + math.prod(shape) * kind.itemsize
    if not size:
        return xp.empty(shape, kind)
    file.reserve(size)
    try:
        memory = mmap.mmap(out.descriptor, size)
    except OSError as error:
        raise out.failed(error) from error
    return xp.ndarray(shape, kind, memory, len(header), order="F" if fortran else "C")


def regular(out: Destination) -> AtomicFile:
    """Return a destination as a regular file, as arrays need one. Raises OutputError for another."""
    if not isinstance(out, AtomicFile):
        raise OutputError(f"{out.name}: is no regular file; an array can only be written to one")
    return out


def _flush(out: Destination, memory: mmap.mmap | None) -> None:
    try:
        if memory is not None:
            memory.flush()
    except OSError as error:
        raise out.failed(error) from error


def _views(source: Array, results: Sequence[Array], operation: ArrayOperation, axis: int) -> list[Array]:
    """Return views of source and results with the same leading axes, in the order of memory.

    The axes after these are computed as a whole: none, or that of a vector and its derivatives.
    """
    arrays = [source, *results]
    if not operation.couples_elements:
        lies = [array if source.flags.c_contiguous else array.T for array in arrays]
        return [array.reshape(-1) for array in lies]
    leading = [index for index in range(source.ndim) if index != axis]
    leading.sort(key=lambda index: -source.strides[index])
    return [array.transpose(*leading, axis, *range(source.ndim, array.ndim)) for array in arrays]


def _fill(views: list[Array], operation: ArrayOperation, dtype: str, maps: list[mmap.mmap]) -> None:
    """Compute the results block by block; `maps` are the memory maps whose pages are released."""
    source, *results = views
    whole = 1 if operation.couples_elements else 0
    size = max(math.prod(array.shape[source.ndim - whole :]) for array in views)
    settings: dict[str, Any] = dict(operation.settings)
    touched = 0
    for block in blocks(source.shape[: source.ndim - whole], max(1, _BLOCK // max(1, size))):
        outcomes = evaluate(
            operation.activation, round_to(source[block], dtype), operation.orders, **settings
        )
        count_too_large(source[block], outcomes, dtype)
        for result, outcome in zip(results, outcomes, strict=True):
            result[block] = round_to(outcome, dtype)
            touched += result[block].nbytes
        if touched > _RESIDENT:
            touched = 0
            for memory in maps:
                release_pages(memory)


def blocks(shape: tuple[int, ...], most: int) -> Iterator[tuple[int | slice, ...]]:
    """Yield indices that divide an array of a shape into blocks of at most `most` elements, in C order."""
    if not shape:
        yield ()
        return
    rest = math.prod(shape[1:])
    if rest > most:
        yield from ((first, *others) for first in range(shape[0]) for others in blocks(shape[1:], most))
    else:
        step = most // max(1, rest)
        yield from ((slice(first, first + step),) for first in range(0, shape[0], step))


def release_pages(memory: mmap.mmap) -> None:
    """Release the resident pages of a memory map: they stay in the system's page cache."""
    with suppress(AttributeError, OSError):  # madvise is optional
        memory.madvise(mmap.MADV_DONTNEED)
