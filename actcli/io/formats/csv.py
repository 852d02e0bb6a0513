"""Comma-separated values, and rows with any other delimiter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.io.formats import same
from actcli.numeric import numerals

if TYPE_CHECKING:
    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b""
tail = same.tail


def head(schema: ResultSchema, delimiter: bytes = b",") -> bytes:
    """Return the header row, if the input has one, with the names of appended columns."""
    if schema.layout.delimiter == delimiter:
        return same.head(schema)
    if not schema.layout.header:
        return b""
    names = (schema.layout.encoded(column.name) for column in schema.columns)
    return delimiter.join(same.quoted(name, delimiter) for name in names) + b"\n"


def body(schema: ResultSchema, batch: Batch, results: Array, delimiter: bytes = b",") -> bytes:
    """Return the rows of a batch; cells that contain the delimiter are quoted.

    Rows that were read with that delimiter stay as read, but for computed cells.
    """
    if schema.layout.delimiter == delimiter:
        return same.body(schema, batch, results)
    if batch.cells is None:
        return numerals.lines(schema.rounded(results), delimiter, b"\n")
    decimal = schema.layout.decimal
    lines = []
    for record in schema.records(batch, results):
        cells = (
            cell.encode().replace(b".", decimal) if isinstance(cell, str) else schema.layout.unquoted(cell)
            for cell in record
        )
        lines.append(delimiter.join(same.quoted(cell, delimiter) for cell in cells) + b"\n")
    return b"".join(lines)
