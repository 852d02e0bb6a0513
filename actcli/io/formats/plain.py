"""The computed values only: one row on each line, separated by spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b""


def head(_: ResultSchema) -> bytes:
    """Return no bytes: there is no header."""
    return b""


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """Return the computed values of a batch, one row on each line."""
    computed = [column for column in schema.columns if column.result_index is not None]
    columns = [schema.texts(batch, results, column, wrapped=False) for column in computed]
    return b"".join(b" ".join(row) + b"\n" for row in zip(*columns, strict=True))


def tail(_: ResultSchema) -> bytes:
    """Return no bytes: nothing follows the rows."""
    return b""
