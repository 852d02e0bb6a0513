"""Input of Parquet files: columns, row groups in order, and rows in batches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import DataError, MissingExtra, UsageError
from actcli.io.batch import Batch, Batches, Column, Counts, Layout, PlainRows, select_columns
from actcli.io.streams import Stream
from actcli.numeric import numerals, xp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from actcli.io.csv.options import ReadOptions
    from actcli.numeric import Array

_ROWS: Final = 1 << 13  # of a batch that becomes text
_NEEDS_QUOTES: Final = re.compile('[",\r\n]|^[ \t]|[ \t]$|^$')


def arrow() -> Any:
    """Return the module pyarrow with pyarrow.parquet imported. Raises MissingExtra if it is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("Parquet", "parquet") from error
    return pyarrow


class Table:
    """An open Parquet file. Raises DataError for a file that cannot be opened or is not in this format."""

    def __init__(self, path: str) -> None:
        self.name = path
        self._arrow = arrow()
        try:
            self._file = self._arrow.parquet.ParquetFile(path)
        except OSError as error:
            raise DataError(f"{path}: cannot be opened: {error.strerror or error}") from error
        except self._arrow.ArrowException as error:
            raise DataError(f"{path}: is no Parquet file that can be read: {error}") from error
        self.schema = self._file.schema_arrow

    @property
    def metadata(self) -> Any:
        """Parquet metadata of the file: its row groups and their compression."""
        return self._file.metadata

    def groups(self) -> Iterator[Any]:
        """Yield the row groups as Arrow tables, read on demand. Raises DataError for an unreadable one."""
        for index in range(self._file.num_row_groups):
            try:
                yield self._file.read_row_group(index)
            except (self._arrow.ArrowException, OSError) as error:
                raise DataError(f"{self.name}: row group {index + 1} cannot be read: {error}") from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def is_numeric(self, index: int) -> bool:
        """Return whether the column at index `index` holds real numbers."""
        types, kind = self._arrow.types, self._plain_type(index)
        return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))

    def _is_no_text(self, index: int) -> bool:
        """Return whether the column at index `index` holds numbers, flags or times, which are never empty."""
        types, kind = self._arrow.types, self._plain_type(index)
        return self.is_numeric(index) or bool(types.is_boolean(kind) or types.is_temporal(kind))

    def floating(self, places: Sequence[int]) -> str:
        """Return the common floating type of the columns at `places`; float64 if any has another type."""
        kinds = [self._plain_type(index) for index in places]
        if not kinds or not all(map(self._arrow.types.is_floating, kinds)):
            return "float64"
        return str(xp.result_type(*(kind.to_pandas_dtype() for kind in kinds)))

    def _plain_type(self, index: int) -> Any:
        kind = self.schema.field(index).type
        return kind.value_type if self._arrow.types.is_dictionary(kind) else kind

    def layout(self, reading: ReadOptions) -> Layout:
        """Return the table's layout. By default, all columns of numbers are selected.

        Raises UsageError for a chosen column that is missing or not numeric, DataError if none is numeric.
        """
        names = self.schema.names
        candidates = select_columns(reading.columns, reading.exclude, names, self.name)
        numeric = [index for index in candidates if self.is_numeric(index)]
        if (reading.columns or reading.vectors) and numeric != candidates:
            other = self.schema.field(next(index for index in candidates if index not in numeric))
            raise UsageError(
                f"{self.name}: column {other.name!r} holds {other.type}, not numbers; name others with -c"
            )
        if not numeric:
            excluded = " that is not excluded" if reading.exclude else ""
            raise DataError(f"{self.name}: has no column of numbers{excluded}")
        header = [piece for name in names for piece in (_quoted(name), b",")]
        return Layout(
            self.name,
            b",",
            len(names),
            tuple(numeric),
            (*header[:-1], b"\n"),
            missing=frozenset([b""]),
            invalid=reading.invalid,
            vectors=reading.vectors,
            dtype=self.floating(numeric),
            absent=reading.absent,
            masked=reading.masked,
            untexted=tuple(index for index in range(len(names)) if self._is_no_text(index)),
        )

    def numbers(self, group: Any, places: Sequence[int]) -> tuple[Array, NDArray[Any]]:
        """Return the numbers at `places`, nan if null, and a mask of the nulls, each (rows, columns)."""
        columns = [self.decoded(group.column(index)) for index in places]
        missing = xp.column_stack([column.is_null().to_numpy() for column in columns])
        values = [self._as_float64(column).fill_null(xp.nan) for column in columns]
        return xp.column_stack([column.to_numpy() for column in values]), missing

    def _as_float64(self, column: Any) -> Any:
        if self._arrow.types.is_decimal(column.type):
            column = column.cast(self._arrow.string())  # text is rounded once, unlike a decimal
        return column.cast(self._arrow.float64(), safe=False)

    def decoded(self, column: Any) -> Any:
        """Return an Arrow column without dictionary encoding."""
        if self._arrow.types.is_dictionary(column.type):
            return column.cast(column.type.value_type)
        return column


class TableStream(Stream):
    """An open Parquet file as a stream, to be closed like one; its rows are read in batches."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.table = Table(path)

    def close(self) -> None:
        """Close the file."""
        self.table.close()


def rows(path: str, reading: ReadOptions, *, whole_groups: bool) -> Batches:
    """Return a reader of a Parquet file's rows in batches: whole row groups, or at most _ROWS rows of each.

    There is at least one batch, which may have no rows. Raises MissingExtra, DataError and UsageError, as
    `arrow`, `Table` and `Table.layout` do.
    """
    stream = TableStream(path)
    try:
        layout = stream.table.layout(reading)
        return Batches(stream, layout, _batches(stream.table, layout, None if whole_groups else _ROWS))
    except BaseException:  # the caller has no reader to close yet
        stream.close()
        raise


def _batches(table: Table, layout: Layout, most: int | None) -> Iterator[Batch]:
    row = 1
    for group in table.groups():
        for first in range(0, group.num_rows, most or max(1, group.num_rows)):
            yield _batch(table, layout, group.slice(first, most), row)
            row += min(most or group.num_rows, group.num_rows - first)
    if row == 1:
        yield _batch(table, layout, table.schema.empty_table(), row)


def _batch(table: Table, layout: Layout, part: Any, row: int) -> Batch:
    """Return the batch of an Arrow table, up to the first null that is an error because vectors need it.

    row: the number of the first row, counted from 1.
    """
    values, missing = table.numbers(part, layout.selected)
    error = None
    masked: NDArray[Any] = missing & (layout.masked and layout.absent is not None)
    values, missing = xp.where(masked, layout.absent or 0.0, values), missing & ~masked
    if layout.vectors and layout.invalid == "error" and missing.any():
        bad, column = (int(found[0]) for found in xp.nonzero(missing))
        error = DataError(
            f"{table.name}: row {row + bad}, column {layout.names[layout.selected[column]]!r}: is missing; "
            f"{layout.advice_for_missing}"
        )
        values, missing, part = values[:bad], missing[:bad], part.slice(0, bad)
    counts = Counts(len(values), int(missing.sum()) if layout.vectors else 0)
    if layout.vectors and layout.invalid == "nan":
        missing = xp.zeros_like(missing)
    cells = TableRows(table, part, layout.selected)
    whole = layout.vectors and missing.any()  # whole rows pass through: their numbers as well
    columns = [
        Column(
            cells.texts(place) if whole else [b""] * len(values),
            values[:, index],
            passthrough_rows=xp.flatnonzero(missing[:, index]).tolist(),
            absent_rows=xp.flatnonzero(masked[: len(values), index]).tolist(),
        )
        for index, place in enumerate(layout.selected)
    ]
    return Batch(layout, cells, columns, counts, error=error, line=row)


class TableRows(PlainRows):
    """Rows of an Arrow table, converted to text on demand.

    A null is an empty cell, an empty string a cell of two quotes. Selected floating columns have the digits
    of their float64, so that other programs read the same value; other columns have the digits of their
    type.
    """

    def __init__(self, table: Table, part: Any, selected: Sequence[int]) -> None:
        super().__init__([], selected)
        self.table = table
        self.part = part

    def rows(self) -> list[list[bytes]]:
        """Return every row, as cells of text."""
        columns = [self.texts(index) for index in range(self.part.num_columns)]
        return [list(row) for row in zip(*columns, strict=True)]

    def head(self, count: int) -> TableRows:
        """Return the first `count` rows."""
        return TableRows(self.table, self.part.slice(0, count), self._selected)

    def texts(self, index: int) -> list[bytes]:
        """Return the cells of the column at `index`, as text."""
        column = self.part.column(index)
        if index in self._selected:
            column = self.table.decoded(column)
            if arrow().types.is_floating(column.type):
                column = column.cast(arrow().float64())
        if not arrow().types.is_floating(column.type):
            return [b"" if text is None else _quoted(text) for text in _texts(column)]
        texts = numerals.texts(column.fill_null(xp.nan).to_numpy())
        for row in xp.flatnonzero(column.is_null().to_numpy()):
            texts[row] = b""
        return texts


def _texts(column: Any) -> list[str | None]:
    """Return values as Arrow converts them to strings, or as JSON if it cannot; None for null."""
    try:
        texts: list[str | None] = column.cast(arrow().string()).to_pylist()
    except arrow().ArrowException:
        texts = [_json(value) for value in column.to_pylist()]
    return texts


def _json(value: Any) -> str | None:
    import orjson

    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    return (
        None if value is None else orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    )


def _quoted(text: str) -> bytes:
    """Return a text as a cell, quoted if needed; also if empty, because an empty cell is a missing value."""
    if _NEEDS_QUOTES.search(text):
        text = '"' + text.replace('"', '""') + '"'
    return text.encode(errors="surrogateescape")
