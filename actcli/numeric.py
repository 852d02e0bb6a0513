"""NumPy at first use, and the mathematics that NumPy lacks.

`xp` is NumPy, imported when a function is first called: `act --help` never waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as xp
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[xp.float64]
else:

    class _NumPyAtFirstUse:
        def __getattr__(self, name: str) -> Any:
            import numpy

            value = getattr(numpy, name)
            setattr(self, name, value)
            return value

    xp = _NumPyAtFirstUse()
