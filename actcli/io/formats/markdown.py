"""A pipe table of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.io.formats.table import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b""


def head(schema: ResultSchema) -> bytes:
    """Return the names of the columns, and the line that aligns computed columns to the right."""
    rule = ("---" if column.result_index is None else "--:" for column in schema.columns)
    return _line(column.name for column in schema.columns) + _line(rule)


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """Return the rows of a batch as table rows."""
    return b"".join(
        _line(cell if isinstance(cell, str) else schema.layout.decoded(cell) for cell in record)
        for record in schema.records(batch, results)
    )


def tail(_: ResultSchema) -> bytes:
    """Return no bytes: nothing follows the rows."""
    return b""


def _line(cells: Iterable[str]) -> bytes:
    text = " | ".join(printable(" ".join(cell.replace("|", r"\|").splitlines())) for cell in cells)
    return f"| {text} |\n".encode(errors="surrogateescape")
