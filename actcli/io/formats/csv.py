"""Comma-separated values, or the same kind of text that came in: cells not computed leave as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.numeric import numerals

if TYPE_CHECKING:
    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b""
DELIMITER = b","


def head(schema: ResultSchema) -> bytes:
    """The header row, if there is one: its own bytes, and the names of appended columns."""
    return same_head(schema) if schema.layout.delimiter == DELIMITER else other_head(schema, DELIMITER)


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """The rows of a batch."""
    if schema.layout.delimiter == DELIMITER:
        return same_body(schema, batch, results)
    return other_body(schema, batch, results, DELIMITER)


def tail(_: ResultSchema) -> bytes:
    """Nothing."""
    return b""


def same_head(schema: ResultSchema) -> bytes:
    """The header as read, with the names of appended columns behind it."""
    if not schema.layout.header:
        return schema.layout.lead
    *pieces, line_end = schema.layout.header
    joint = schema.layout.joint
    for column in schema.appended:
        pieces += [joint, _quoted(schema.layout.encoded(column.name), joint)]
    return schema.layout.lead + b"".join(pieces) + line_end


def same_body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """The rows as read, with computed cells in place and others appended."""
    joint = schema.layout.joint
    if batch.cells is None:
        return numerals.lines(schema.rounded(results), joint, b"\n")
    replaced, appended = {}, []
    for column in schema.columns:
        if column.result_index is None:
            continue
        texts = schema.texts(batch, results, column, wrapped=True)
        if schema.layout.decimal == joint:
            as_read = frozenset(schema.passthrough_rows(batch, column))
            texts = [
                text if row in as_read or b'"' in text else _quoted(text, joint)
                for row, text in enumerate(texts)
            ]
        if column.source_index is None:
            appended.append(texts)
        elif column.nulls_from is not None:
            replaced[column.nulls_from] = texts
    return batch.cells.written(replaced, appended)


def other_head(schema: ResultSchema, delimiter: bytes) -> bytes:
    """The header row in another delimiter's terms."""
    if not schema.layout.header:
        return b""
    names = (schema.layout.encoded(column.name) for column in schema.columns)
    return delimiter.join(_quoted(name, delimiter) for name in names) + b"\n"


def other_body(schema: ResultSchema, batch: Batch, results: Array, delimiter: bytes) -> bytes:
    """The rows in another delimiter's terms: cells have quotes where they need them there."""
    if batch.cells is None:
        return numerals.lines(schema.rounded(results), delimiter, b"\n")
    decimal = schema.layout.decimal
    lines = []
    for record in schema.records(batch, results):
        cells = (
            cell.encode().replace(b".", decimal) if isinstance(cell, str) else schema.layout.unquoted(cell)
            for cell in record
        )
        lines.append(delimiter.join(_quoted(cell, delimiter) for cell in cells) + b"\n")
    return b"".join(lines)


def _quoted(cell: bytes, delimiter: bytes) -> bytes:
    if delimiter in cell or b'"' in cell or b"\n" in cell or b"\r" in cell:
        return b'"' + cell.replace(b'"', b'""') + b'"'
    return cell
