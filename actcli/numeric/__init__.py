"""NumPy, imported at first use, operations on whole arrays that it lacks, and counts of results in doubt.

`xp` is NumPy, imported when one of its names is first used: `act --help` never waits for it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy
    from numpy.typing import NDArray

    xp = numpy
    Array: TypeAlias = NDArray[numpy.float64]
    Jet: TypeAlias = Iterator[Array | None]
else:

    class _NumPyAtFirstUse:
        def __getattr__(self, name: str) -> Any:
            import numpy

            value = getattr(numpy, name)
            setattr(self, name, value)
            return value

    xp = _NumPyAtFirstUse()


class Doubts:
    """Counts of results in doubt, of three kinds.

    unproven: exact results that no precision proves, mostly ties. unknown: results that are nan because no
    value is known. too_large: results that are nan because their type lacks infinity.
    """

    def __init__(self) -> None:
        self.unproven = self.unknown = self.too_large = 0

    def drain(self) -> Doubts:
        """Return the counts since the last call, and reset them to 0."""
        found = Doubts()
        vars(found).update(vars(self))
        self.__init__()  # type: ignore[misc]  # as new
        return found

    def add(self, other: Doubts) -> None:
        """Add another object's counts to these."""
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """Discard what is counted in a `with` block, whose values are no results of the user's."""
        before = self.drain()
        try:
            yield
        finally:
            self.drain()
            self.add(before)


doubts = Doubts()
"""The counts of this process."""


def fixup(
    y: Array, where: NDArray[Any], value: Callable[..., Array | float], *arguments: Array | float
) -> Array:
    """Overwrite `y` where `where` is true by `value(*arguments)`, and return it.

    `value` is called for these elements alone, not at all if `where` is false everywhere. Arguments that are
    arrays are broadcast to y's shape.
    """
    if where.any():
        indices = _true_indices(where.ravel())
        chosen = (xp.broadcast_to(a, y.shape).ravel().take(indices) if xp.ndim(a) else a for a in arguments)
        if y.flags.c_contiguous:  # reshape gives a view, which is written to in half the time of put
            y.reshape(-1)[indices] = value(*chosen)
        else:
            xp.put(y, indices, value(*chosen))
    return y


def _true_indices(where: NDArray[Any]) -> NDArray[Any]:
    """Return the indices of the true elements of a vector, as `where.nonzero()` does but faster.

    NumPy searches vectors with a few percent of true elements index by index; with more true elements
    appended it takes the faster way.
    """
    count = xp.count_nonzero(where)
    if not 0.02 < count / where.size < 0.1:  # noqa: PLR2004  measured
        return where.nonzero()[0]
    more = xp.ones(where.size // 8, dtype=bool)
    return xp.concatenate((where, more)).nonzero()[0][:count]


def runs(where: NDArray[Any]) -> NDArray[Any]:
    """Return start and stop of each run of consecutive true elements of a vector, (runs, 2)."""
    return xp.flatnonzero(xp.diff(where.astype(xp.int8), prepend=0, append=0)).reshape(-1, 2)


def blend(where: NDArray[Any], y: Array | float, other: Array | float) -> Array:
    """Return `y` where `where` is true, else `other`, as xp.where does but six times as fast.

    Bits are selected without branches; in xp.where the processor mispredicts branches where signs are random.
    """
    mask = xp.negative(where.view(xp.int8)).astype(xp.int64)
    bits, others = (xp.asarray(z, dtype=xp.float64).view(xp.int64) for z in (y, other))
    mask &= bits ^ others
    mask ^= others
    return mask.view(xp.float64)


def clip_above(limit: float, a: Array) -> Array:
    """Return min(a, limit), with nan for nan; `a` itself if no element is above the limit."""
    return xp.minimum(a, limit) if (a > limit).any() else a


def positive(x: Array) -> Array:
    """Return max(x, 0), by xp.clip: it is three times as fast as xp.maximum with a number."""
    return xp.clip(x, 0.0, xp.inf)


def propagate_nan(x: Array, y: NDArray[Any] | float) -> Array:
    """Return `y` as float64 with x's shape, but nan where `x` is nan; `y` may be overwritten."""
    z = xp.asarray(y, dtype=xp.float64)
    shape = xp.broadcast_shapes(x.shape, z.shape)
    if z.shape != shape:
        z = xp.full(shape, z)
    missing = x != x  # noqa: PLR0124  only nan differs from itself
    return fixup(z, xp.broadcast_to(missing, shape), lambda: xp.nan)


def multiple(slope: Array | float, x: Array) -> Array:
    """Return slope * x, but 0 where the slope is 0 and `x` is not nan: at infinities that is the limit."""
    if isinstance(slope, float) and slope:
        return x if slope == 1 else slope * x
    y = slope * x
    return y if xp.all(slope) else xp.where(slope == 0, propagate_nan(x, 0.0), y)
