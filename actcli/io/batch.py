"""A batch: a run of rows on their way from a source through the engine to a format.

Rows keep the bytes that they came in. A *layout* says how a source's text is understood, a *column* is
one selected column of a batch as read and as numbers, and *cells* can write the rows back with some of
their cells replaced and others appended.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Protocol

from actcli.numeric import doubts, numerals, xp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from actcli.errors import ActError
    from actcli.io.streams import Stream
    from actcli.numeric import Array

BLANKS: Final = b" \t"
MISSING: Final = frozenset((b"", b"NA", b"N/A", b"null", b"NULL", b"None"))

MASKING: Final = ", --mask-missing computes the others"


@dataclass(frozen=True)
class Layout:
    """How a source's text is understood; settled once, by its first rows.

    `delimiter` is empty for runs of blanks. `header` holds the pieces of the header row (cells at even
    places, what stands behind each at odd ones), empty where there is none; `lead` is what stood before
    it: a byte order mark, blank lines. `selected` are the 0-based places of the columns to compute.
    `language` is csv, for delimited text of any kind, or json.
    """

    language: ClassVar[str] = "csv"
    source: str
    delimiter: bytes
    width: int
    selected: tuple[int, ...]
    header: tuple[bytes, ...] = ()
    lead: bytes = b""
    encoding: str = "utf-8"
    missing: frozenset[bytes] = MISSING
    decimal: bytes = b"."
    thousands: str = ""  # characters of which one may separate thousands in a number
    invalid: str = "error"
    ragged: str = "error"
    vectors: bool = False  # cells are computed together: a missing one is as invalid as a word
    absent: float | None = None  # what stands for a missing cell if it is `masked`, so that it takes no part
    masked: bool = False
    bits: str = ""  # the type of which cells are patterns
    dtype: str = "float64"  # of the numbers as they are stored
    arrays: bool = False  # selected cells are arrays of numbers, each computed for itself
    by: tuple[int, ...] = ()  # indices of the columns that tell the groups of rows that are vectors
    sorted_groups: bool = False  # the rows of a group stand together
    dimensions: int = 0  # of an array

    @property
    def lanes(self) -> Any:
        """The module that makes batches of chunks of this text: `lanes` of its language."""
        return import_module(f"actcli.io.{self.language}.lanes")

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names; their numbers, counted from 1, where there is no header."""
        if not self.header:
            return tuple(str(place) for place in range(1, self.width + 1))
        return tuple(self.decoded(cell) for cell in self.header[::2])

    @cached_property
    def signs(self) -> tuple[str, str]:
        """The decimal sign, and the characters that may separate thousands."""
        return self.decimal.decode(), self.thousands

    @property
    def joint(self) -> bytes:
        """What separates an appended cell from the one before it."""
        return self.delimiter or b" "

    @cached_property
    def missing_numbers(self) -> tuple[bytes, ...]:
        """Missing texts that would be read as numbers, like -999, with a decimal point."""
        pointed = (text.replace(self.decimal, b".") for text in self.missing)
        return tuple(text for text in pointed if numerals.is_cell(text.decode("latin-1")))

    def decoded(self, cell: bytes) -> str:
        """A raw cell as text: without its quotes; bytes that are no text in the encoding are kept."""
        return self.unquoted(cell).decode(self.encoding, "surrogateescape")

    def encoded(self, text: str) -> bytes:
        """A text as the source would have it; `decoded` turned around."""
        return encoded(text, self.encoding)

    def unquoted(self, cell: bytes) -> bytes:
        """A raw cell without its quotes. Runs of blanks know no quotes."""
        if self.delimiter and len(cell) > 1 and cell[:1] == cell[-1:] == b'"':
            return cell[1:-1].replace(b'""', b'"')
        return cell

    def pointed(self, bare: bytes) -> str:
        """A number as text, with a decimal point and without separators of thousands."""
        return numerals.pointed(bare.decode(self.encoding, "surrogateescape"), *self.signs)

    def is_missing(self, cell: bytes) -> bool:
        """Whether a raw cell is one of the missing ones, in quotes and blanks or not."""
        return self.bare(cell) in self.missing

    def group(self, cells: Sequence[bytes]) -> tuple[bytes, ...]:
        """What tells the group of a row with these raw cells; a cell that is not there is empty."""
        return tuple(self.bare(cells[index]) if index < len(cells) else b"" for index in self.by)

    def bare(self, cell: bytes) -> bytes:
        """A raw cell without quotes, and without the blanks around them and in them."""
        return self.unquoted(cell.strip(BLANKS)).strip(BLANKS)


def encoded(text: str, encoding: str) -> bytes:
    """A text as a source of this encoding would have it, in UTF-8 where it cannot have it."""
    try:
        return text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")


class Chunk(NamedTuple):
    """Whole rows of a source's text, as read; `line` is the number of the first, counted from 1."""

    text: bytes
    line: int

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self.text)


@dataclass
class Column:
    """One selected column of a batch: raw cells, and their numbers (nan where there is none).

    `passthrough_rows` are the rows whose cell is not computed (missing, or invalid and kept), `absent` those
    whose cell is missing and computed as what takes no part.
    `affixes` are the quotes and blanks around a number, by row, where it has any; `quoted` says that all
    numbers have quotes and nothing else around them.
    """

    cells: list[bytes]
    values: Array
    passthrough_rows: Sequence[int] = ()
    absent: Sequence[int] = ()
    affixes: Mapping[int, tuple[bytes, bytes]] = field(default_factory=dict)
    quoted: bool = False
    invalid: int = 0

    def format_cells(self, texts: list[bytes], *, wrapped: bool) -> list[bytes]:
        """Computed texts as they stand in the file: untouched cells as read, quotes and blanks kept."""
        if wrapped:
            if self.quoted:
                texts = [b'"%b"' % text for text in texts]
            for row, (before, after) in self.affixes.items():
                texts[row] = before + texts[row] + after
        for row in self.passthrough_rows:
            texts[row] = self.cells[row]
        return texts


class Cells(Protocol):
    """The rows of a batch, able to be written back."""

    def rows(self) -> list[list[bytes]]:
        """Every row that has cells, as raw cells."""

    def written(self, replaced: Mapping[int, list[bytes]], appended: Sequence[list[bytes]]) -> bytes:
        """The text with the cells of some selected columns (by position) replaced, others appended.

        The lists have one text for each computed row; rows that are not computed are as they came.
        """


@dataclass
class Counts:
    """What one run did and passed over; the sum goes to stderr.

    Of the `rows`, those `kept` have a cell that no vector can have, those `empty` have no cell but missing
    ones, which are masked.
    `unproven`, `unknown` and `too_large` are those of `numeric.Doubts`.
    """

    rows: int = 0
    invalid: int = 0
    ragged: int = 0
    kept: int = 0
    empty: int = 0
    unproven: int = 0
    unknown: int = 0
    too_large: int = 0

    @property
    def records(self) -> int:
        """All rows that come out, computed or not."""
        return self.rows + self.ragged

    @property
    def passed_over(self) -> bool:
        """Whether there were cells or rows that are no plain numbers, or doubts: what `report` tells."""
        return any(count for name, count in vars(self).items() if name != "rows")

    def add_doubts(self) -> Counts:
        """Count in the doubts about results that this process has computed since the last time."""
        for name, count in vars(doubts.taken()).items():
            setattr(self, name, getattr(self, name) + count)
        return self

    def become(self, numbers: Iterable[int]) -> None:
        """Take all numbers, in the order of the fields."""
        vars(self).update(zip(vars(self), numbers, strict=True))

    def add(self, other: Counts) -> None:
        """Count the other's in."""
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)


@dataclass
class Batch:
    """Rows as read, and their numbers.

    `computed` are the places, within `cells.rows()`, of the rows that have numbers; None for all.
    `cells` is None where every cell is a number that a result replaces: nothing else is to be kept. Then
    `matrix` has the numbers, and there are no columns.
    `error` is what was wrong with the row behind these: it is raised once these are written.
    `line` is the number of the first line, counted from 1.
    """

    layout: Layout
    cells: Cells | None
    columns: list[Column]
    counts: Counts
    computed: list[int] | None = None
    matrix: Array | None = None
    error: ActError | None = None
    line: int = 1

    @property
    def values(self) -> Array:
        """The numbers, (rows, selected columns)."""
        if self.matrix is not None:
            return self.matrix
        if not self.columns:
            return xp.empty((self.counts.rows, 0))
        return xp.column_stack([column.values for column in self.columns])

    @property
    def size(self) -> int:
        """How many bytes its numbers have."""
        return self.values.nbytes

    def head(self, count: int) -> Batch:
        """Return the first rows, of which all must be computed."""
        columns = [
            Column(
                c.cells[:count],
                c.values[:count],
                passthrough_rows=[row for row in c.passthrough_rows if row < count],
                absent=[row for row in c.absent if row < count],
            )
            for c in self.columns
        ]
        cells = self.cells.head(count) if isinstance(self.cells, PlainRows) else self.cells
        matrix = None if self.matrix is None else self.matrix[:count]
        return replace(self, cells=cells, columns=columns, matrix=matrix, counts=Counts(count))

    def keep_rows_whole(self) -> None:
        """Where one cell of a row is not computed, none is."""
        kept = sorted(set().union(*(column.passthrough_rows for column in self.columns)))
        for column in self.columns:
            column.passthrough_rows = kept
        self.counts.kept = len(kept)

    def empty_rows(self) -> list[int]:
        """The rows of which every selected cell is missing and masked: they are computed as nan."""
        absent = [set(column.absent) for column in self.columns]
        empty = sorted(set.intersection(*absent)) if absent else []
        self.counts.empty = len(empty)
        return empty

    def rows(self) -> list[list[bytes]]:
        """Every row that has cells, as raw cells."""
        assert self.cells is not None  # noqa: S101  asked only where cells are kept
        return self.cells.rows()

    def line_of(self, row: int) -> int:
        """The number of a row's first line: rows before it have a line end each, and those in their cells."""
        return self.line + sum(1 + b"".join(cells).count(b"\n") for cells in self.rows()[:row])


class ResultColumn(NamedTuple):
    """One column of the result.

    `source_index` is the index of the read cell that stands here, `result_index` the index among the
    results; a column with both is computed in place. `nulls_from` is the position, among the selected
    columns, of the one whose missing cells it shares. `title` is the name in tables for people.
    """

    name: str
    source_index: int | None = None
    result_index: int | None = None
    nulls_from: int | None = None
    title: str = ""


class ResultSchema(NamedTuple):
    """The shape of a result: how the source was laid out, which columns come out, and how precisely.

    `digits` are significant digits of computed cells, None for the shortest that read back. `dtype` is the
    floating type that the user names, in formats that have types.
    """

    layout: Layout
    columns: tuple[ResultColumn, ...]
    digits: int | None = None
    dtype: str | None = None

    @property
    def appended(self) -> tuple[ResultColumn, ...]:
        """The columns that no cell of the source has."""
        return tuple(column for column in self.columns if column.source_index is None)

    def texts(self, batch: Batch, results: Array, column: ResultColumn, *, wrapped: bool) -> list[bytes]:
        """The texts of one computed column, one for each computed row.

        `wrapped`: in the source's quotes and with its decimal sign.
        """
        assert column.result_index is not None  # noqa: S101  asked only of computed columns
        if not len(results):
            return []
        texts = numerals.texts(self.rounded(results[:, column.result_index]))
        if wrapped and self.layout.decimal != b".":
            texts = [text.replace(b".", self.layout.decimal) for text in texts]
        if column.nulls_from is None or not batch.columns:
            return texts
        return batch.columns[column.nulls_from].format_cells(
            texts, wrapped=wrapped and column.source_index is not None
        )

    def rounded(self, results: Array) -> Array:
        """Results in as many digits as were asked for."""
        if self.digits is None or results.dtype.kind == "O":
            return results
        return numerals.rounded(results, self.digits)

    def passthrough_rows(self, batch: Batch, column: ResultColumn) -> Sequence[int]:
        """The computed rows in which one computed column has a cell as read."""
        return (
            ()
            if column.nulls_from is None or not batch.columns
            else batch.columns[column.nulls_from].passthrough_rows
        )

    def records(self, batch: Batch, results: Array) -> Iterator[list[bytes | str]]:
        """Each row that has cells: bytes for a cell as read, str for the text of a computed number."""
        return (record for _, record in self.numbered(batch, results))

    def numbered(self, batch: Batch, results: Array) -> Iterator[tuple[int, list[bytes | str]]]:
        """The same, each with its place among the batch's rows."""
        computed = {
            place: self.numbers(batch, results, column)
            for place, column in enumerate(self.columns)
            if column.result_index is not None
        }
        positions = None if batch.computed is None else {row: nth for nth, row in enumerate(batch.computed)}
        for row, cells in enumerate(batch.rows()):
            nth = row if positions is None else positions.get(row)
            if nth is not None:
                record = [
                    computed[place][nth] if place in computed else cells[column.source_index or 0]
                    for place, column in enumerate(self.columns)
                ]
                yield row, record
            elif len(cells) > 1 or cells[0].strip():  # as they are counted: empty cells are cells
                yield row, list(cells)

    def numbers(self, batch: Batch, results: Array, column: ResultColumn) -> list[bytes | str]:
        """Return one computed column: bytes for a cell as read, str for the text of a computed number."""
        as_read = frozenset(self.passthrough_rows(batch, column))
        texts = self.texts(batch, results, column, wrapped=False)
        kind = numerals.Digits if results.dtype.kind == "O" and not self.layout.arrays else str
        return [text if row in as_read else kind(text.decode()) for row, text in enumerate(texts)]


class PlainRows:
    """Rows of cells with commas between that no file has as text, as typed numbers: `Cells`."""

    def __init__(self, cells: list[list[bytes]], selected: Sequence[int]) -> None:
        self._cells = cells
        self._selected = selected

    def rows(self) -> list[list[bytes]]:
        """Return every row, as cells."""
        return self._cells

    def head(self, count: int) -> PlainRows:
        """Return the first rows."""
        return PlainRows(self.rows()[:count], self._selected)

    def written(self, replaced: Mapping[int, list[bytes]], appended: Sequence[list[bytes]]) -> bytes:
        """Return the text of the rows, with the cells of some selected columns replaced, others appended."""
        rows = [list(row) for row in self.rows()]
        for position, texts in replaced.items():
            for row, text in zip(rows, texts, strict=True):
                row[self._selected[position]] = text
        for texts in appended:
            for row, text in zip(rows, texts, strict=True):
                row.append(text)
        return b"".join(b",".join(row) + b"\n" for row in rows)


@dataclass
class Batches:
    """Rows that are numbers before they are read, as those of arrays and tables: like a `Reader` of text.

    `layout` is known before the first batch is. `tick` is called for each batch.
    """

    stream: Stream
    layout: Layout
    batches: Iterator[Batch]
    tick: Callable[[], None] | None = None
    completes = False
    line_end = b"\n"

    def __post_init__(self) -> None:
        self._next = next(self.batches, None)

    @property
    def over(self) -> bool:
        """Whether all of it has been read."""
        return self._next is None

    def next(self) -> Batch | None:
        """Return the next rows, None at the end."""
        if self.tick:
            self.tick()
        batch, self._next = self._next, None if self._next is None else next(self.batches, None)
        return batch

    def limit(self, most: int) -> None:
        """Batches are as large as whoever makes them finds best."""


def batch_of_texts(names: Sequence[str], columns: Sequence[Sequence[str]], numbers: Sequence[int]) -> Batch:
    """Return texts, column by column, as a batch that was read under these names.

    numbers: indices of the columns that hold numbers.
    """
    header: list[bytes] = []
    for name in names:
        header += (name.encode(), b",")
    header[-1] = b"\n"
    layout = Layout("the command line", b",", len(names), tuple(numbers), tuple(header))
    rows = [[text.encode() for text in row] for row in zip(*columns, strict=True)]
    return Batch(layout, PlainRows(rows, layout.selected), [], Counts(rows=len(rows)))
