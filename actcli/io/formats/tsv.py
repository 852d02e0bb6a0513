"""Tab-separated values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.io.formats import csv

if TYPE_CHECKING:
    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b""
DELIMITER = b"\t"
tail = csv.tail


def head(schema: ResultSchema) -> bytes:
    """Return the header row, if the input has one, with the names of appended columns."""
    return (
        csv.same_head(schema) if schema.layout.delimiter == DELIMITER else csv.other_head(schema, DELIMITER)
    )


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """Return the rows of a batch."""
    if schema.layout.delimiter == DELIMITER:
        return csv.same_body(schema, batch, results)
    return csv.other_body(schema, batch, results, DELIMITER)
