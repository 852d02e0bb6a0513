"""The mathematics under the activations: NumPy at first use, and what NumPy lacks.

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
    """What is in doubt about results: counts of three kinds.

    `unproven` exact ones are ties that no precision decides; `unknown` ones are nan because nothing is known
    of them; those `too_large` for a type without infinity are nan.
    """

    def __init__(self) -> None:
        self.unproven = self.unknown = self.too_large = 0

    def taken(self) -> Doubts:
        """Return what was counted since the last time, and count anew."""
        found = Doubts()
        vars(found).update(vars(self))
        self.__init__()  # type: ignore[misc]  # as new
        return found

    def add(self, other: Doubts) -> None:
        """Count the other's in."""
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """Count nothing meanwhile: what is computed is no result."""
        before = self.taken()
        try:
            yield
        finally:
            self.taken()
            self.add(before)


doubts = Doubts()
"""Those of this process."""
