"""A pipe table, as Markdown has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.io.formats.table import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actcli.io.batch import Batch
    from actcli.io.formats import Sheet
    from actcli.numeric import Array

BETWEEN = b""


def head(sheet: Sheet) -> bytes:
    """The names, and a line that aligns computed columns to the right."""
    rule = ("---" if column.computed is None else "--:" for column in sheet.columns)
    return _line(column.name for column in sheet.columns) + _line(rule)


def body(sheet: Sheet, batch: Batch, results: Array) -> bytes:
    """The rows of a batch."""
    return b"".join(
        _line(cell if isinstance(cell, str) else sheet.layout.decoded(cell) for cell in record)
        for record in sheet.records(batch, results)
    )


def tail(_: Sheet) -> bytes:
    """Nothing."""
    return b""


def _line(cells: Iterable[str]) -> bytes:
    text = " | ".join(printable(" ".join(cell.replace("|", r"\|").splitlines())) for cell in cells)
    return f"| {text} |\n".encode(errors="surrogateescape")
