"""The kind of text that came in: its delimiter, quotes and line ends, or its JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.io.formats import csv, jsonl
from actcli.io.json.dialect import JsonLayout

if TYPE_CHECKING:
    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b""
tail = csv.tail


def head(schema: ResultSchema) -> bytes:
    """What stood before the first row, with the names of appended columns in a header."""
    return schema.layout.lead if isinstance(schema.layout, JsonLayout) else csv.same_head(schema)


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """The rows as read, with computed cells in place and others appended."""
    if isinstance(schema.layout, JsonLayout):
        return jsonl.same_body(schema, batch, results)
    return csv.same_body(schema, batch, results)
