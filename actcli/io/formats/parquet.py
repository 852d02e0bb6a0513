"""Parquet: a table of typed columns. It is not a text of independent rows, so the module has `write`."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import DataError
from actcli.io.parquet import TableRows, arrow
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

    from actcli.display import Display
    from actcli.io.batch import Batch, ResultColumn, ResultSchema
    from actcli.io.formats.table import Output, Part
    from actcli.io.parquet import Table
    from actcli.numeric import Array

_ROWS: Final = 1 << 17  # of a row group, if the input has no row groups


def write(schema: ResultSchema, parts: Iterable[Part], out: Output, _: Display) -> None:
    """Write all parts of a result as one Parquet file.

    For a Parquet input, keep its schema, metadata, row groups, compression and other columns; a computed
    column keeps its floating type, or is float64 if it had none, unless `schema` names a type. For text,
    computed columns are float64, null if missing; other columns are strings. Raises DataError for text that
    is invalid in its encoding.
    """
    parts = iter(parts)
    first = next(parts, None)
    if first is not None and isinstance(first[1].cells, TableRows):
        source = first[1].cells.table
        fields = _fields(schema, source)
        with Writer(out, fields, source.metadata) as writer:
            for part in chain([first], parts):
                writer.group(_renewed(schema, fields, *part[1:]))
        return
    tables = (_table(*part) for part in (() if first is None else chain([first], parts)))
    begin = next(tables, None) or _empty(schema)
    with Writer(out, begin.schema) as writer:
        for group in _grouped(chain([begin], tables)):
            writer.group(group)


def _fields(schema: ResultSchema, source: Table) -> Any:
    """Return the input's Arrow schema, with the types of computed columns, and with appended columns."""
    fields = []
    selected = schema.layout.selected
    for column in schema.columns:
        field = None if column.source_index is None else source.schema.field(column.source_index)
        if column.result_index is not None:
            origin = selected if column.nulls_from is None else [selected[column.nulls_from]]
            kind = arrow().from_numpy_dtype(xp.dtype(schema.dtype or source.floating(origin)))
            field = arrow().field(column.name, kind) if field is None else field.with_type(kind)
        fields.append(field)
    return arrow().schema(fields, metadata=source.schema.metadata)


def _renewed(schema: ResultSchema, fields: Any, batch: Batch, results: Array) -> Any:
    """Return the rows of a Parquet input with their results, as an Arrow table.

    Cells that are passed through stay as read. An appended result of one missing value is null, one of
    several values is nan.
    """
    assert isinstance(batch.cells, TableRows)  # noqa: S101  as all parts of a table
    columns = []
    for column, field in zip(schema.columns, fields, strict=True):
        read = None if column.source_index is None else batch.cells.part.column(column.source_index)
        if column.result_index is None:
            columns.append(read)
            continue
        mask = _missing(batch, column, len(results))
        with xp.errstate(over="ignore"):  # results beyond the type's largest number become infinite
            values = results[:, column.result_index].astype(field.type.to_pandas_dtype())
        new = arrow().array(values, field.type, mask=mask)
        if read is not None and mask.any():
            old = batch.cells.table.decoded(read).cast(field.type, safe=False)
            new = arrow().compute.if_else(mask, old, new)
        columns.append(new)
    return arrow().table(columns, schema=fields)


def _missing(batch: Batch, column: ResultColumn, rows: int) -> Any:
    """Return a mask of the rows in which `column` has no result, because its input is passed through."""
    missing = xp.zeros(rows, dtype=bool)
    if column.nulls_from is not None and batch.columns:
        missing[list(batch.columns[column.nulls_from].passthrough_rows)] = True
    return missing


def _empty(schema: ResultSchema) -> Any:
    """Return an Arrow table without rows, with the result's columns."""
    kinds = [arrow().string() if c.result_index is None else arrow().float64() for c in schema.columns]
    names = (column.name for column in schema.columns)
    return arrow().schema(list(zip(names, kinds, strict=True))).empty_table()


def _table(result_schema: ResultSchema, batch: Batch, results: Array) -> Any:
    """Return the computed rows of a batch of text, as an Arrow table."""
    rows = batch.rows()
    if batch.computed is not None:
        rows = [rows[index] for index in batch.computed]
    columns = []
    for column in result_schema.columns:
        if column.result_index is None:
            cells = [row[column.source_index or 0] for row in rows]
            columns.append(_words(result_schema, column.name, cells))
        else:
            values = xp.ascontiguousarray(results[:, column.result_index])
            columns.append(arrow().array(values, mask=_missing(batch, column, len(results))))
    for number, column in enumerate(result_schema.columns, start=1):
        try:
            column.name.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"{result_schema.layout.source}: the name of column {number} is not all "
                f"{result_schema.layout.encoding}; say what it is, for example --encoding latin-1"
            ) from error
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
    """Yield the rows of all tables in tables of _ROWS rows, whatever sizes they have."""
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
    """Writer of a Parquet file into a destination; a context manager, and the file object that Arrow uses.

    `metadata` is that of the input file, whose compression of each column is kept.
    """

    closed = False  # read by Arrow, which also calls tell and flush

    def __init__(self, out: Output, schema: Any, metadata: Any = None) -> None:
        self._out = out
        self._written = 0
        self._writer = arrow().parquet.ParquetWriter(self, schema, compression=_compression(metadata))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.closed = True  # the footer is not written
        self._writer.close()

    def group(self, table: Any) -> None:
        """Write all rows of `table` as one row group."""
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))

    def write(self, data: bytes) -> int:
        """Write bytes, and return their number; ignore them after an error."""
        if not self.closed:
            self._out.write(bytes(data))
            self._written += len(data)
        return len(data)

    def tell(self) -> int:
        """Return the number of bytes written."""
        return self._written

    def flush(self) -> None:
        """Do nothing: no bytes are buffered here."""

    def close(self) -> None:
        """Do nothing: the caller closes the destination."""


def _compression(metadata: Any) -> Any:
    """Return the compression of each column in `metadata`, or snappy if there are no row groups."""
    if metadata is None or not metadata.num_row_groups:
        return "snappy"
    group = metadata.row_group(0)
    columns = map(group.column, range(group.num_columns))
    return {c.path_in_schema: "NONE" if c.compression == "UNCOMPRESSED" else c.compression for c in columns}
