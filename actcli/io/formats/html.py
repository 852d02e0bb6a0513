"""A plain HTML table to be put into a page: numbers right-aligned, text left-aligned."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from actcli.io.formats.table import printable

if TYPE_CHECKING:
    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b""


def head(schema: ResultSchema) -> bytes:
    """Return the beginning of the table, with the names of its columns."""
    names = "".join(f'<th scope="col">{_text(column.title or column.name)}</th>' for column in schema.columns)
    return f"<table>\n<thead>\n<tr>{names}</tr>\n</thead>\n<tbody>\n".encode(errors="surrogateescape")


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """Return the rows of a batch as table rows."""
    numbers = frozenset(schema.layout.selected)
    right = [column.result_index is not None or column.source_index in numbers for column in schema.columns]
    lines = []
    for record in schema.records(batch, results):
        texts = (_text(cell if isinstance(cell, str) else schema.layout.decoded(cell)) for cell in record)
        cells = (
            f'<td style="text-align: right">{text}</td>' if number else f"<td>{text}</td>"
            for text, number in zip(texts, right, strict=False)
        )
        lines.append(f"<tr>{''.join(cells)}</tr>\n")
    return "".join(lines).encode(errors="surrogateescape")


def tail(_: ResultSchema) -> bytes:
    """Return the end of the table."""
    return b"</tbody>\n</table>\n"


def _text(text: str) -> str:
    return escape(printable(text))
