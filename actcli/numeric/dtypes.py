"""The floating types of `--dtype`: values are rounded to one before the computation, and once after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from actcli.errors import MissingExtra
from actcli.numeric import xp

if TYPE_CHECKING:
    from actcli.numeric import Array

DTYPES: Final = ("float64", "float32", "float16", "bfloat16")


def floating_type(name: str) -> Any:
    """NumPy's type of this name. MissingExtra for bfloat16 where ml_dtypes is not installed."""
    if name != "bfloat16":
        return xp.dtype(name)
    try:
        import ml_dtypes
    except ImportError as error:
        raise MissingExtra("--dtype bfloat16", "dtypes") from error
    return xp.dtype(ml_dtypes.bfloat16)


def rounded(values: Array, name: str) -> Array:
    """The values in the floating type of this name; the same array where it has it already."""
    with xp.errstate(over="ignore"):  # beyond the type's largest number lies infinity
        return values.astype(floating_type(name), copy=False)
