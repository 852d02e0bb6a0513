"""JSON: an array of records, keyed by the columns' names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.io.formats import jsonl

if TYPE_CHECKING:
    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b",\n"


def head(_: ResultSchema) -> bytes:
    """The array's beginning."""
    return b"[\n"


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """The rows of a batch, separated by commas. Raises UnwritableRow."""
    if schema.layout.language == "json":
        return jsonl.spliced(schema, batch, results, BETWEEN)
    return jsonl.joined(schema, batch, results, BETWEEN.join)


def tail(_: ResultSchema) -> bytes:
    """The array's end."""
    return b"\n]\n"
