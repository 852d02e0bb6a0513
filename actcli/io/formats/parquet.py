"""Parquet: a table of typed columns. It is no text of independent rows, so it has `write`."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import DataError
from actcli.io.arrow import arrow
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

    from actcli.io.batch import Batch, ResultSchema
    from actcli.io.formats import View
    from actcli.io.formats.table import Output
    from actcli.numeric import Array

_ROWS: Final = 1 << 17  # of a row group, where the source has none


def write(
    result_schema: ResultSchema, parts: Iterable[tuple[ResultSchema, Batch, Array]], out: Output, _: View
) -> None:
    """All parts of a result: computed columns are numbers, null where missing; others are text, as read."""
    tables = (_table(*part) for part in parts)
    first = next(tables, None)
    if first is None:
        kinds = [
            arrow().string() if c.result_index is None else arrow().float64() for c in result_schema.columns
        ]
        first = (
            arrow()
            .schema(list(zip((c.name for c in result_schema.columns), kinds, strict=True)))
            .empty_table()
        )
    with Writer(out, first.schema) as writer:
        for group in _grouped(chain([first], tables)):
            writer.group(group)


def _table(result_schema: ResultSchema, batch: Batch, results: Array) -> Any:
    """The rows of a batch that have numbers."""
    rows = batch.rows()
    if batch.computed is not None:
        rows = [rows[place] for place in batch.computed]
    columns = []
    for column in result_schema.columns:
        if column.result_index is None:
            columns.append(
                _words(result_schema, column.name, [row[column.source_index or 0] for row in rows])
            )
            continue
        missing = xp.zeros(len(results), dtype=bool)
        if column.nulls_from is not None and batch.columns:
            missing[list(batch.columns[column.nulls_from].untouched)] = True
        columns.append(arrow().array(xp.ascontiguousarray(results[:, column.result_index]), mask=missing))
    return arrow().table(columns, names=[column.name for column in result_schema.columns])


def _words(result_schema: ResultSchema, name: str, cells: list[bytes]) -> Any:
    try:
        return arrow().array(
            [result_schema.layout.decoded(cell) if cell else None for cell in cells], arrow().string()
        )
    except UnicodeEncodeError as error:
        raise DataError(
            f"{result_schema.layout.source}: column {name!r} is not all {result_schema.layout.encoding}; "
            "say what it is, for example --encoding latin-1"
        ) from error


def _grouped(tables: Iterable[Any]) -> Iterator[Any]:
    """The same rows in tables of as many rows as a group has, however they arrived."""
    waiting: list[Any] = []
    count = 0
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        while count >= _ROWS:
            whole = arrow().concat_tables(waiting)
            yield whole.slice(0, _ROWS)
            waiting, count = [whole.slice(_ROWS)], count - _ROWS
    if count:
        yield arrow().concat_tables(waiting)


class Writer:
    """A Parquet file that is written into a destination. Use it in a `with`.

    `metadata` is that of a file whose columns' compression is kept.
    """

    closed = False  # Arrow asks it, as it asks for tell and flush

    def __init__(self, out: Output, schema: Any, metadata: Any = None) -> None:
        self._out = out
        self._written = 0
        self._writer = arrow().parquet.ParquetWriter(self, schema, compression=_compression(metadata))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.closed = True  # its last words are not wanted
        self._writer.close()

    def group(self, table: Any) -> None:
        """Write a row group of all these rows."""
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))

    def write(self, data: bytes) -> int:
        """Take bytes from Arrow."""
        if not self.closed:
            self._out.write(bytes(data))
            self._written += len(data)
        return len(data)

    def tell(self) -> int:
        """How many bytes were written."""
        return self._written

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """The destination is closed by who opened it."""


def _compression(metadata: Any) -> Any:
    """Each column's compression as it was; snappy where there is nothing to keep."""
    if metadata is None or not metadata.num_row_groups:
        return "snappy"
    group = metadata.row_group(0)
    columns = map(group.column, range(group.num_columns))
    return {c.path_in_schema: "NONE" if c.compression == "UNCOMPRESSED" else c.compression for c in columns}
