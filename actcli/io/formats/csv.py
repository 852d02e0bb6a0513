"""Comma-separated values, or the same kind of text that came in: cells not computed leave as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.numeric import numerals

if TYPE_CHECKING:
    from actcli.io.batch import Batch
    from actcli.io.formats import Sheet
    from actcli.numeric import Array

BETWEEN = b""
DELIMITER = b","


def head(sheet: Sheet) -> bytes:
    """The header row, if there is one: its own bytes, and the names of appended columns."""
    return same_head(sheet) if sheet.layout.delimiter == DELIMITER else other_head(sheet, DELIMITER)


def body(sheet: Sheet, batch: Batch, results: Array) -> bytes:
    """The rows of a batch."""
    if sheet.layout.delimiter == DELIMITER:
        return same_body(sheet, batch, results)
    return other_body(sheet, batch, results, DELIMITER)


def tail(_: Sheet) -> bytes:
    """Nothing."""
    return b""


def same_head(sheet: Sheet) -> bytes:
    """The header as read, with the names of appended columns behind it."""
    if not sheet.layout.header:
        return sheet.layout.lead
    *pieces, line_end = sheet.layout.header
    joint = sheet.layout.joint
    for column in sheet.appended:
        pieces += [joint, _quoted(sheet.layout.encoded(column.name), joint)]
    return sheet.layout.lead + b"".join(pieces) + line_end


def same_body(sheet: Sheet, batch: Batch, results: Array) -> bytes:
    """The rows as read, with computed cells in place and others appended."""
    joint = sheet.layout.joint
    if batch.cells is None:
        return numerals.lines(sheet.rounded(results), joint, b"\n")
    replaced, appended = {}, []
    for column in sheet.columns:
        if column.computed is None:
            continue
        texts = sheet.texts(batch, results, column, wrapped=True)
        if sheet.layout.decimal == joint:
            as_read = frozenset(sheet.untouched(batch, column))
            texts = [
                text if row in as_read or b'"' in text else _quoted(text, joint)
                for row, text in enumerate(texts)
            ]
        if column.kept is None:
            appended.append(texts)
        elif column.origin is not None:
            replaced[column.origin] = texts
    return batch.cells.written(replaced, appended)


def other_head(sheet: Sheet, delimiter: bytes) -> bytes:
    """The header row in another delimiter's terms."""
    if not sheet.layout.header:
        return b""
    names = (sheet.layout.encoded(column.name) for column in sheet.columns)
    return delimiter.join(_quoted(name, delimiter) for name in names) + b"\n"


def other_body(sheet: Sheet, batch: Batch, results: Array, delimiter: bytes) -> bytes:
    """The rows in another delimiter's terms: cells have quotes where they need them there."""
    if batch.cells is None:
        return numerals.lines(sheet.rounded(results), delimiter, b"\n")
    decimal = sheet.layout.decimal
    lines = []
    for record in sheet.records(batch, results):
        cells = (
            cell.encode().replace(b".", decimal) if isinstance(cell, str) else sheet.layout.unquoted(cell)
            for cell in record
        )
        lines.append(delimiter.join(_quoted(cell, delimiter) for cell in cells) + b"\n")
    return b"".join(lines)


def _quoted(cell: bytes, delimiter: bytes) -> bytes:
    if delimiter in cell or b'"' in cell or b"\n" in cell or b"\r" in cell:
        return b'"' + cell.replace(b'"', b'""') + b'"'
    return cell
