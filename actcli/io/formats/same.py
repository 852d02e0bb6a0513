"""The input's own format: its delimiter, quotes and line ends, or its JSON; other cells stay as read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.numeric import numerals

if TYPE_CHECKING:
    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b""


def head(schema: ResultSchema) -> bytes:
    """Return the input's lead and header as read, with the names of appended columns added."""
    if schema.layout.language == "json" or not schema.layout.header:
        return schema.layout.lead
    *pieces, line_end = schema.layout.header
    joint = schema.layout.joint
    for column in schema.appended:
        pieces += [joint, quoted(schema.layout.encoded(column.name), joint)]
    return schema.layout.lead + b"".join(pieces) + line_end


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """Return the rows as read, with computed cells replaced and others appended."""
    if schema.layout.language == "json":
        from actcli.io.formats import jsonl

        return jsonl.spliced(schema, batch, results)
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
                text if row in as_read or b'"' in text else quoted(text, joint)
                for row, text in enumerate(texts)
            ]
        if column.source_index is None:
            appended.append(texts)
        elif column.nulls_from is not None:
            replaced[column.nulls_from] = texts
    return batch.cells.written(replaced, appended)


def tail(_: ResultSchema) -> bytes:
    """Return no bytes: nothing follows the rows."""
    return b""


def quoted(cell: bytes, delimiter: bytes) -> bytes:
    """Return a cell in quotes if it contains a delimiter, a quote or a line end."""
    if delimiter in cell or b'"' in cell or b"\n" in cell or b"\r" in cell:
        return b'"' + cell.replace(b'"', b'""') + b'"'
    return cell
