"""Numerics under the activations: NumPy, imported at first use, and arithmetic that NumPy lacks.

`xp` is NumPy, imported when one of its names is first used: `act --help` never waits for it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    def taken(self) -> Doubts:
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
        before = self.taken()
        try:
            yield
        finally:
            self.taken()
            self.add(before)


doubts = Doubts()
"""The counts of this process."""
