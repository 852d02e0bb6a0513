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
