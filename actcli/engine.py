"""The engine: arrays in, arrays out. It knows no files, no terminal and no activation by name.

Large arrays are processed in blocks, so that a jet's temporaries stay in the cache, and by several threads.
A jet only sees contiguous float64: so a result does not depend on its index, on strides or on the type.
"""

from __future__ import annotations

import math
import os
from itertools import chain
from typing import TYPE_CHECKING, Final, overload

from actcli.activations.record import ALL_ORDERS, Kind, Quotient
from actcli.errors import UsageError
from actcli.numeric import ties, xp
from actcli.numeric.dtypes import DTYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, TypeAlias

    from actcli.activations.record import Activation, Value
    from actcli.numeric import Array

    Process: TypeAlias = Callable[[int, int], None]
    """A function that computes the numbers, or the rows, from index `start` to `stop`."""

BLOCK: Final = 3 << 15
"""Numbers in a block, 768 KiB of float64. With smaller blocks threads wait for the interpreter's lock."""
SHARED: Final = 1_000_000
"""The least number of numbers that threads share."""
_LARGE_BLOCK: Final = 1 << 21  # numbers: 16 MiB
THREADS: Final = 4
"""The most threads that are of use under the interpreter's lock."""


@overload
def evaluate(activation: Activation, x: Any, order: int = 0, axis: int = -1, **parameters: Any) -> Array: ...
@overload
def evaluate(
    activation: Activation, x: Any, order: tuple[int, ...], axis: int = -1, **parameters: Any
) -> tuple[Array, ...]: ...


def evaluate(
    activation: Activation, x: Any, order: int | tuple[int, ...] = 0, axis: int = -1, **parameters: Any
) -> Array | tuple[Array, ...]:
    """Return an activation, or its derivatives, of an array of any shape.

    x: array-like of real numbers. Results are computed in float64 and rounded once to x's floating type,
    a record of `numeric.dtypes`; those of other types, such as integers, are float64.
    order: 0, 1 or 2, for an ELEMENTWISE one up to 30, or a tuple of them. If one is above 2, all are computed
    exactly.
    axis: the axis of the vectors of VECTOR and GATED activations. Results have theirs in the same position,
    derivatives have further axes at the end.
    parameters: numbers by name; for a parameter that is `per_column` also a list as long as x's last axis.

    Returns an array, or for a tuple of orders a tuple of arrays, computed together.
    Raises ParameterError for parameters that are unknown, out of bounds or lists of the wrong length,
    UsageError for an odd count for a GATED activation, for an order without derivatives, for an axis that x
    lacks and for elements that are no real numbers, MissingExtra for orders above 2 without python-flint.
    """
    orders = (order,) if isinstance(order, int) else tuple(order)
    activation = _able(activation, orders)
    settings = activation.settings({name: _number(value) for name, value in parameters.items()})
    if activation.selective:
        settings["orders"] = frozenset(orders)  # type: ignore[assignment]  # the jet's, not the user's
    x = xp.asarray(x)
    if activation.exact:
        settings["dtype"] = _result(x)[0].name
    if x.dtype.kind not in "biuf" and x.dtype.name not in DTYPES:
        raise UsageError(f"{activation.name} needs real numbers, not {x.dtype}")
    outputs = (_elementwise if activation.kind is Kind.ELEMENTWISE else _along)(
        activation, x, orders, axis, settings
    )
    return outputs[0] if isinstance(order, int) else tuple(outputs)


def _able(activation: Activation, orders: tuple[int, ...]) -> Activation:
    """Return the activation, or the exact one for orders above 2. Raises UsageError for unknown orders."""
    activation.check_orders(orders)
    if set(orders) <= ALL_ORDERS:
        return activation
    from actcli.exact import exact

    return exact(activation)


def _number(value: Any) -> Value:
    """Return a parameter's value as floats, or a tuple of them; words, quotients and None unchanged."""
    if value is None or isinstance(value, str | Quotient):
        return value
    return tuple(float(number) for number in value) if xp.ndim(value) else float(value)


def _elementwise(
    activation: Activation, x: Array, orders: tuple[int, ...], _axis: int, settings: Mapping[str, Any]
) -> list[Array]:
    """Return the orders of an ELEMENTWISE activation, arrays of x's shape."""
    columns = {name: value for name, value in settings.items() if isinstance(value, tuple)}
    if columns:
        activation.check_length(x.shape[-1] if x.ndim else 0, columns)
    dtype, narrow = _result(x)
    outputs = [xp.empty_like(x, dtype=dtype, subok=False) for _ in orders]
    read = [xp.atleast_1d(x), *(xp.asarray(value, dtype=xp.float64) for value in columns.values())]
    write = [xp.atleast_1d(y) for y in outputs]  # views: NumPy below 2.3 casts single numbers to rubbish

    def process(start: int, stop: int) -> None:
        for (block, *values), targets in _blocks(read, write, start, stop):
            meant = {**settings, **dict(zip(columns, values, strict=True))}
            jet: Any = activation.jet(block, **meant)
            if 0 in orders and not activation.exact and dtype.itemsize < block.itemsize:
                jet = chain([ties.break_ties(activation.jet, block, next(jet), meant, dtype.name)], jet)
            _store(jet, orders, targets, narrow)

    _share(process, x.size, 1, alone=activation.exact)
    return outputs


def _blocks(
    read: list[Array], write: list[Array], start: int, stop: int
) -> Iterator[tuple[tuple[Array, ...], tuple[Array, ...]]]:
    """Yield (blocks to read, blocks to write) of arrays of one shape, from index `start` to `stop`.

    Blocks are contiguous float64, in the order of memory; they are copies where the array is none.
    """
    blocks = xp.nditer(  # type: ignore[call-overload]  # lists of its literals are lists of str
        [*read, *write],
        flags=["external_loop", "buffered", "ranged", "zerosize_ok", "delay_bufalloc"],
        op_flags=[["readonly", "contig", "aligned", "nbo"]] * len(read)
        + [["writeonly", "contig", "aligned", "nbo"]] * len(write),
        op_dtypes=[xp.float64] * (len(read) + len(write)),
        casting="unsafe",
        buffersize=BLOCK,
    )
    with blocks:
        blocks.iterrange = (start, stop)  # allocates the buffers: earlier ones would be written back as zeros
        for block in blocks if stop > start else ():
            yield block[: len(read)], block[len(read) :]


def _along(
    activation: Activation, x: Array, orders: tuple[int, ...], axis: int, settings: Mapping[str, Any]
) -> list[Array]:
    """Return the orders of a VECTOR or GATED activation along an axis of `x`."""
    activation.check_axis(axis, x.shape)
    axis %= x.ndim
    moved = xp.moveaxis(x, axis, -1)
    *leading, n = moved.shape
    activation.check_length(n, settings)
    count, size = math.prod(leading), n // 2 if activation.kind is Kind.GATED else n
    rows = _rows(moved)
    dtype, narrow = _result(x)
    outputs = [xp.empty((count, size) + (n,) * order, dtype=dtype) for order in orders]
    width = max(1, size * n ** max(orders, default=0))

    def process(start: int, stop: int) -> None:
        for i in range(start, stop, max(1, BLOCK // width)):
            block = slice(i, min(stop, i + max(1, BLOCK // width)))
            jet = activation.jet(xp.ascontiguousarray(rows(block), dtype=xp.float64), **settings)
            _store(jet, orders, [y[block] for y in outputs], narrow)

    _share(process, count if n else 0, width, alone=activation.exact)
    return [xp.moveaxis(y.reshape(*leading, *y.shape[1:]), len(leading), axis) for y in outputs]


def _rows(x: Array) -> Callable[[slice], Array]:
    """Return a function from a slice to these vectors along x's last axis, read-only, without copying all."""
    x = x.view()
    x.flags.writeable = False
    *leading, n = x.shape
    if x.ndim < 3 or x.flags.c_contiguous:  # noqa: PLR2004  a vector or a table
        flat = x.reshape(math.prod(leading), n)
        return lambda block: flat[block]
    return lambda block: x[xp.unravel_index(xp.arange(block.start, block.stop), leading)]


def _store(jet: Any, orders: tuple[int, ...], targets: Any, narrow: Callable[[Array], Array]) -> None:
    """Write the orders that a jet yields into the targets, one for each of `orders`, after `narrow`."""
    for order, y in zip(range(max(orders, default=-1) + 1), jet, strict=False):
        for k, target in zip(orders, targets, strict=True):
            if k == order:
                target[...] = narrow(y)


def _result(x: Array) -> tuple[Any, Callable[[Array], Array]]:
    """Return the dtype of results for `x`, and the function that prepares float64 for the cast to it."""
    if x.dtype.name == "float64" or x.dtype.name not in DTYPES:  # also integers, and wider types
        return xp.dtype(xp.float64), lambda y: y
    return x.dtype.newbyteorder("="), DTYPES[x.dtype.name].before_cast


def _share(process: Process, count: int, width: int, *, alone: bool) -> None:
    """Process `count` items of `width` numbers each, by several threads if there are many and not `alone`."""
    threads = min(THREADS, processors())

    def quietly(start: int, stop: int) -> None:
        with xp.errstate(all="ignore"):  # in each thread anew; nan and inf are results like others
            process(start, stop)

    if count * width > BLOCK // 4:
        keep_large_blocks()
    if count * width < SHARED or threads == 1 or alone:
        quietly(0, count)
        return
    from concurrent.futures import ThreadPoolExecutor

    pieces = min(count, 2 * threads)
    bounds = [count * k // pieces for k in range(pieces + 1)]
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(quietly, bounds, bounds[1:]):
            pass


def processors() -> int:
    """Return the number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def keep_large_blocks() -> None:
    """Make malloc keep freed blocks of up to 16 MiB for later arrays instead of unmapping them.

    Freeing one block of that size raises glibc's mmap threshold to it. Without this, every temporary array
    of a long computation would be mapped and filled with zeros anew. The block itself is never touched.
    """
    xp.empty(_LARGE_BLOCK)
