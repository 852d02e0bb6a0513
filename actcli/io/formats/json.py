"""JSON: an array of objects, keyed by the columns' names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.io.formats import jsonl

if TYPE_CHECKING:
    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b",\n"


def head(_: ResultSchema) -> bytes:
    """Return the bracket that begins the array."""
    return b"[\n"


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """Return the rows of a batch, separated by commas. Raises UnwritableRow for text that is not UTF-8."""
    if schema.layout.language == "json":
        return jsonl.spliced(schema, batch, results, BETWEEN)
    return jsonl.joined(schema, batch, results, BETWEEN.join)


def tail(_: ResultSchema) -> bytes:
    """Return the bracket that ends the array."""
    return b"\n]\n"
