"""Comma-separated values; also text in the input's dialect, whose other cells are written as read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.numeric import numerals

if TYPE_CHECKING:
    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b""
DELIMITER = b","


def head(schema: ResultSchema) -> bytes:
    """Return the header row, if the input has one, with the names of appended columns."""
    return same_head(schema) if schema.layout.delimiter == DELIMITER else other_head(schema, DELIMITER)


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """Return the rows of a batch."""
    if schema.layout.delimiter == DELIMITER:
        return same_body(schema, batch, results)
    return other_body(schema, batch, results, DELIMITER)


def tail(_: ResultSchema) -> bytes:
    """Return no bytes: nothing follows the rows."""
    return b""


def same_head(schema: ResultSchema) -> bytes:
    """Return the input's lead and header as read, with the names of appended columns added."""
    if not schema.layout.header:
        return schema.layout.lead
    *pieces, line_end = schema.layout.header
    joint = schema.layout.joint
    for column in schema.appended:
        pieces += [joint, _quoted(schema.layout.encoded(column.name), joint)]
    return schema.layout.lead + b"".join(pieces) + line_end


def same_body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """Return the rows as read, with computed cells replaced and others appended."""
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
    """Return the header row with another delimiter than the input's; no bytes without a header."""
    if not schema.layout.header:
        return b""
    names = (schema.layout.encoded(column.name) for column in schema.columns)
    return delimiter.join(_quoted(name, delimiter) for name in names) + b"\n"


def other_body(schema: ResultSchema, batch: Batch, results: Array, delimiter: bytes) -> bytes:
    """Return the rows with another delimiter than the input's; cells that contain it are quoted."""
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
