"""JSON Lines: one object on each line; rows that were read as JSON stay as read but for computed values.

Computed cells are numbers, or null if nan or infinite; results with more digits than a type has are strings.
Missing cells of computed columns are null. Finite numbers in the columns that results are computed from are
numbers with their own digits, and so are other cells that are valid JSON numbers (7, 1.50). All other cells
are strings.
"""

from __future__ import annotations

import json
import math
import re
from functools import partial
from typing import TYPE_CHECKING, Final

from actcli.errors import DataError, UnwritableRow
from actcli.io.batch import Chunk, unique
from actcli.io.json import scan
from actcli.io.json.dialect import JsonLayout
from actcli.io.json.lanes import Spliced, may_have_key
from actcli.numeric import xp
from actcli.numeric.numerals import Digits, is_cell, shortest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from actcli.io.batch import Batch, Layout, ResultSchema
    from actcli.numeric import Array

BETWEEN = b""
_JSON_NUMBER: Final = re.compile(rb"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def head(_: ResultSchema) -> bytes:
    """Return no bytes: nothing precedes the rows."""
    return b""


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """Return the rows of a batch, one on each line. Raises UnwritableRow for a row that cannot be written."""
    if schema.layout.language == "json":
        return spliced(schema, batch, results, b"\n", b"\n")
    return joined(schema, batch, results, lambda records: b"".join(record + b"\n" for record in records))


def tail(_: ResultSchema) -> bytes:
    """Return no bytes: nothing follows the rows."""
    return b""


def spliced(
    schema: ResultSchema, batch: Batch, results: Array, between: bytes | None = None, end: bytes = b""
) -> bytes:
    """Return JSON rows with computed values replaced and others appended.

    between: what separates the rows, and `end` what follows them, if there are any; None keeps the text
    between them. Raises UnwritableRow for a row that has the key of a result.
    """
    assert isinstance(batch.cells, Spliced)  # noqa: S101  as the layout says
    try:
        text = batch.cells.written(*_values(schema, batch, results), between=between)
    except _KeyTaken as taken:
        layout, before = schema.layout, Chunk(batch.cells.text[: taken.start], batch.line)
        shorter: Batch = layout.lanes.careful(before, layout)
        line = batch.line + before.text.count(b"\n")
        raise UnwritableRow(
            f"{layout.source}:{line}: has the key {taken.name!r}, which a result would get; rename it",
            spliced(schema, shorter, results[: shorter.counts.rows], between, end),
        ) from taken
    return text + end if text else text


def _values(
    schema: ResultSchema, batch: Batch, results: Array
) -> tuple[dict[int, list[bytes]], list[list[bytes]]]:
    """Return the JSON of computed values: replaced ones by selected column's position, and appended ones."""
    replaced, appended = {}, []
    keyed = isinstance(schema.layout, JsonLayout) and schema.layout.keyed
    names = unique([column.name for column in schema.columns])
    for name, column in zip(names, schema.columns, strict=True):
        if column.result_index is None:
            continue
        finite = results.dtype.kind != "O" and bool(xp.isfinite(results[:, column.result_index]).all())
        if finite and not schema.passthrough_rows(batch, column):
            texts = schema.texts(batch, results, column, wrapped=False)
        else:
            found = schema.numbers(batch, results, column)
            texts = [_number(text) if isinstance(text, str) else text or b"null" for text in found]
        if column.source_index is None:
            key = json.dumps(name, ensure_ascii=False).encode("utf-8", "surrogateescape")
            if keyed and isinstance(batch.cells, Spliced):
                _check_free(name, batch.cells)
            appended.append([key + b":" + text for text in texts] if keyed else texts)
        elif column.nulls_from is not None:
            replaced[column.nulls_from] = texts
    return replaced, appended


def _check_free(name: str, cells: Spliced) -> None:
    """Raise _KeyTaken if an object has the key that a result is to be appended under.

    Only the first rows are known when names are chosen.
    """
    if may_have_key(cells.text, name):
        for start in cells.rows_at[:, 0].tolist():
            if name in scan.spans(cells.text, start):
                raise _KeyTaken(name, start)


class _KeyTaken(Exception):  # noqa: N818  named for what was found
    """The object at index `start` of a batch's text has the key `name`, which a result would get."""

    def __init__(self, name: str, start: int) -> None:
        super().__init__(name, start)
        self.name, self.start = name, start


def joined(schema: ResultSchema, batch: Batch, results: Array, join: Callable[[list[bytes]], bytes]) -> bytes:
    """Return the objects of all rows, joined. Raises UnwritableRow for text that is not UTF-8."""
    found: list[bytes] = []
    try:
        for record in _records(schema, batch, results):
            found.append(record)  # noqa: PERF402  what was found before an error must not be lost
    except DataError as error:
        raise UnwritableRow(str(error), join(found)) from error
    return join(found)


def _records(schema: ResultSchema, batch: Batch, results: Array) -> Iterator[bytes]:
    """Yield each row as a JSON object keyed by the columns' names. Raises DataError for text not in UTF-8."""
    names = unique([column.name for column in schema.columns])
    header = 1 + schema.layout.lead.count(b"\n")
    keys = [_string(name, schema, index, lambda: header) + b":" for index, name in enumerate(names)]
    selected = frozenset((*schema.layout.selected, *schema.layout.untexted))
    of_numbers = [c.source_index in selected or c.result_index is not None for c in schema.columns]
    pointed = schema.layout.decimal == b"."
    for row, cells in schema.numbered(batch, results):
        line = partial(batch.line_of, row)
        values = (
            _number(cell)
            if isinstance(cell, str)
            else (of_numbers[index] and _read_number(cell, schema.layout))
            or (cell if pointed and _is_json_number(cell) else b"")
            or _string(schema.layout.decoded(cell), schema, index, line)
            for index, cell in enumerate(cells)
        )
        yield b"{" + b",".join(key + value for key, value in zip(keys, values, strict=False)) + b"}"


def _number(text: str) -> bytes:
    if text.endswith(("nan", "inf")):
        return b"null"
    return b'"%b"' % text.encode() if isinstance(text, Digits) else text.encode()


def _is_json_number(cell: bytes) -> bool:
    return _JSON_NUMBER.fullmatch(cell) is not None and math.isfinite(float(cell))


def _read_number(cell: bytes, layout: Layout) -> bytes:
    """Return a cell as a JSON number, with its own digits if JSON allows them, or null if it is missing.

    Return no bytes for a cell that is not a finite number.
    """
    if layout.is_missing(cell):
        return b"null"
    text = layout.pointed(layout.bare(cell))
    if not is_cell(text) or not math.isfinite(float(text)):
        return b""
    return text.encode() if _JSON_NUMBER.fullmatch(text.encode()) else shortest(float(text)).encode()


def _string(text: str, schema: ResultSchema, index: int, line: Callable[[], int]) -> bytes:
    import orjson

    try:
        return orjson.dumps(text)
    except TypeError as error:  # bytes that are invalid in the input's encoding
        raise DataError(
            f"{schema.layout.source}:{line()}:{index + 1}: column {schema.columns[index].name!r}: {text!r} "
            "is no UTF-8, as JSON must be; name its --encoding, such as latin-1"
        ) from error
