"""JSON: an array of records, keyed by the columns' names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.io.formats import jsonl

if TYPE_CHECKING:
    from actcli.io.batch import Batch
    from actcli.io.formats import Sheet
    from actcli.numeric import Array

BETWEEN = b",\n"


def head(_: Sheet) -> bytes:
    """The array's beginning."""
    return b"[\n"


def body(sheet: Sheet, batch: Batch, results: Array) -> bytes:
    """The rows of a batch, separated by commas. Raises UnwritableRow."""
    return jsonl.joined(sheet, batch, results, BETWEEN.join)


def tail(_: Sheet) -> bytes:
    """The array's end."""
    return b"\n]\n"
