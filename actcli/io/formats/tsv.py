"""Tab-separated values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.io.formats import csv

if TYPE_CHECKING:
    from actcli.io.batch import Batch
    from actcli.io.formats import Sheet
    from actcli.numeric import Array

BETWEEN = b""
DELIMITER = b"\t"
tail = csv.tail


def head(sheet: Sheet) -> bytes:
    """The header row, if there is one."""
    return csv.same_head(sheet) if sheet.layout.delimiter == DELIMITER else csv.other_head(sheet, DELIMITER)


def body(sheet: Sheet, batch: Batch, results: Array) -> bytes:
    """The rows of a batch."""
    if sheet.layout.delimiter == DELIMITER:
        return csv.same_body(sheet, batch, results)
    return csv.other_body(sheet, batch, results, DELIMITER)
