"""The mathematics under the activations: NumPy at first use, and what NumPy lacks.

`xp` is NumPy, imported when one of its names is first used: `act --help` never waits for it.
"""

from __future__ import annotations

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
    """How many exact results are not proven, and how many are nan because nothing is known of them."""

    def __init__(self, unproven: int = 0, unknown: int = 0) -> None:
        self.unproven, self.unknown = unproven, unknown

    def taken(self) -> Doubts:
        """Return what was counted since the last time, and count anew."""
        found = Doubts(self.unproven, self.unknown)
        self.unproven = self.unknown = 0
        return found


doubts = Doubts()
"""Those of this process."""
