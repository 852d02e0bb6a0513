"""The input's own format: its delimiter, quotes and line ends, or its JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.io.formats import csv

if TYPE_CHECKING:
    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b""
tail = csv.tail


def head(schema: ResultSchema) -> bytes:
    """Return the text before the first row, with the names of appended columns in a header."""
    return schema.layout.lead if schema.layout.language == "json" else csv.same_head(schema)


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """Return the rows as read, with computed cells replaced and others appended."""
    if schema.layout.language == "json":
        from actcli.io.formats import jsonl

        return jsonl.same_body(schema, batch, results)
    return csv.same_body(schema, batch, results)
