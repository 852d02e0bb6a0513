"""PyArrow at first use: nothing but Parquet waits for it, and nothing else needs it."""

from __future__ import annotations

from typing import Any

from actcli.errors import MissingExtra


def arrow() -> Any:
    """PyArrow with its Parquet. MissingExtra where it is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("Parquet", "parquet") from error
    return pyarrow
