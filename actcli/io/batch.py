"""Batches: consecutive rows on their way from an input through the engine to an output format.

Rows keep the bytes that were read. A *layout* says how an input's text is parsed, a *column* is one
selected column of a batch, as read and as numbers, and *cells* write the rows back with some cells replaced
and others appended.

Columns are selected by a comma list, as `-c` and `--exclude` take it. An item is a column's exact name, else
its number counted from 1 (-1 is the last), else a range of either (`2-4`, `a:d`). `name=REST` is verbatim,
commas included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Protocol

from actcli.errors import UsageError
from actcli.numeric import doubts, numerals, xp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from actcli.errors import ActError
    from actcli.io.streams import Stream
    from actcli.numeric import Array

BLANKS: Final = b" \t"
MISSING: Final = frozenset((b"", b"NA", b"N/A", b"null", b"NULL", b"None"))

GOES_ON: Final = "--invalid keep or nan goes on"
"""Advice for cells that are no numbers."""
_NUMBER: Final = re.compile(r"-?[0-9]+", re.ASCII)
_NUMBER_RANGE: Final = re.compile(r"([0-9]+)-([0-9]+)", re.ASCII)


@dataclass(frozen=True)
class Layout:
    """How an input's text is parsed; decided once, from its first rows.

    `delimiter` is empty for runs of blanks. `header` has the pieces of the header row (cells at even
    indices, the separator after each at odd ones), and is empty without a header; `lead` is the text before
    it: a byte order mark, blank lines. `selected` are the indices of the columns to compute, from 0.
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
    thousands: str = ""  # characters, any of which may separate thousands in a number
    invalid: str = "error"
    ragged: str = "error"
    vectors: bool = False  # a row or column is one vector: a missing cell is invalid, as a word is
    absent: float | None = None  # value of a missing cell if `masked`: one that does not affect the others
    masked: bool = False
    bits: str = ""  # the floating type whose bit patterns the cells are; empty for numbers
    dtype: str = "float64"  # of the numbers as stored
    arrays: bool = False  # selected cells are arrays of numbers, each computed on its own
    by: tuple[int, ...] = ()  # indices of the grouping columns: rows with equal cells there are one vector
    sorted_groups: bool = False  # the rows of each group are consecutive
    dimensions: int = 0  # of an array file; 0 for other inputs
    untexted: tuple[int, ...] = ()  # of a table: the columns that hold no texts, whose empty cells are null

    @property
    def lanes(self) -> Any:
        """The module `lanes` of the layout's language, which parses chunks to batches."""
        return import_module(f"actcli.io.{self.language}.lanes")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns; without a header their numbers, counted from 1."""
        if not self.header:
            return tuple(str(index) for index in range(1, self.width + 1))
        return tuple(self.decoded(cell) for cell in self.header[::2])

    @property
    def occupied(self) -> tuple[str, ...]:
        """Names that no appended column may have: those of the columns."""
        return self.names

    @cached_property
    def signs(self) -> tuple[str, str]:
        """Decimal sign, and the characters that may separate thousands."""
        return self.decimal.decode(), self.thousands

    @property
    def joint(self) -> bytes:
        """Separator before an appended cell: the delimiter, or a space for runs of blanks."""
        return self.delimiter or b" "

    @cached_property
    def missing_numbers(self) -> tuple[bytes, ...]:
        """Texts of missing cells that are also numbers, such as -999, written with a decimal point."""
        pointed = (text.replace(self.decimal, b".") for text in self.missing)
        return tuple(text for text in pointed if numerals.is_cell(text.decode("latin-1")))

    def decoded(self, cell: bytes) -> str:
        """Return a raw cell as unquoted text; bytes that are invalid in the encoding become surrogates."""
        return self.unquoted(cell).decode(self.encoding, "surrogateescape")

    def encoded(self, text: str) -> bytes:
        """Return a text as bytes in the input's encoding, the inverse of `decoded`."""
        return encoded(text, self.encoding)

    def unquoted(self, cell: bytes) -> bytes:
        """Return a raw cell without its quotes. Cells between runs of blanks cannot be quoted."""
        if self.delimiter and len(cell) > 1 and cell[:1] == cell[-1:] == b'"':
            return cell[1:-1].replace(b'""', b'"')
        return cell

    def pointed(self, bare: bytes) -> str:
        """Return the number in a bare cell as text, with a decimal point and no thousands separators."""
        return numerals.pointed(bare.decode(self.encoding, "surrogateescape"), *self.signs)

    def is_missing(self, cell: bytes) -> bool:
        """Return whether a raw cell is missing, with or without quotes and blanks around it."""
        return self.bare(cell) in self.missing

    @property
    def advice_for_missing(self) -> str:
        """Advice for a missing cell of a vector: to go on, or to mask it if it has a masked value."""
        return GOES_ON + ", --mask-missing computes the others" * (self.absent is not None)

    def group(self, cells: Sequence[bytes]) -> tuple[bytes, ...]:
        """Return the group key of a row with these raw cells; a cell beyond the row's end counts as empty."""
        return tuple(self.bare(cells[index]) if index < len(cells) else b"" for index in self.by)

    def bare(self, cell: bytes) -> bytes:
        """Return a raw cell without its quotes, and without blanks outside and inside of them."""
        return self.unquoted(cell.strip(BLANKS)).strip(BLANKS)


def encoded(text: str, encoding: str) -> bytes:
    """Return a text as bytes in `encoding`, or in UTF-8 if it cannot be encoded so."""
    try:
        return text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")


class Chunk(NamedTuple):
    """Complete rows of an input's text, as read; `line` is the number of the first line, counted from 1."""

    text: bytes
    line: int

    @property
    def size(self) -> int:
        """Number of bytes of text."""
        return len(self.text)


@dataclass
class Column:
    """One selected column of a batch: raw cells and their numbers, nan for a cell without one.

    `passthrough_rows` are the rows whose cell is not computed (missing, or invalid and kept), `absent_rows`
    those whose cell is missing and masked: computed as a value that does not affect the others.
    `affixes` maps rows to the quotes and blanks before and after their number, if any; `quoted` says that
    all numbers are in quotes without blanks. `invalid` is the number of invalid cells.
    """

    cells: list[bytes]
    values: Array
    passthrough_rows: Sequence[int] = ()
    absent_rows: Sequence[int] = ()
    affixes: Mapping[int, tuple[bytes, bytes]] = field(default_factory=dict)
    quoted: bool = False
    invalid: int = 0

    def format_cells(self, texts: list[bytes], *, wrapped: bool) -> list[bytes]:
        """Return `texts`, changed in place: passthrough cells as read, quotes and blanks if `wrapped`."""
        if wrapped:
            if self.quoted:
                texts = [b'"%b"' % text for text in texts]
            for row, (before, after) in self.affixes.items():
                texts[row] = before + texts[row] + after
        for row in self.passthrough_rows:
            texts[row] = self.cells[row]
        return texts


class Cells(Protocol):
    """The rows of a batch, as read, which can be written back with changes."""

    def rows(self) -> list[list[bytes]]:
        """Return every row, as raw cells; a blank line is a row of one cell."""

    def written(self, replaced: Mapping[int, list[bytes]], appended: Sequence[list[bytes]]) -> bytes:
        """Return the text with some selected columns, by position among these, replaced and others appended.

        The lists have one text for each computed row; rows that are not computed stay as read.
        """


@dataclass
class Counts:
    """Counts of the rows and cells that a run computed, and of those that it did not.

    `invalid` counts cells, `ragged` rows of another length. Of the computed `rows`, those `kept` have a cell
    that no vector can have and stay as read; those `empty` have only missing cells, which are masked.
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
        """Number of rows of output, computed or not."""
        return self.rows + self.ragged

    @property
    def passed_over(self) -> bool:
        """Whether any count but `rows` is not zero, so that there is something to report."""
        return any(count for name, count in vars(self).items() if name != "rows")

    def add_doubts(self) -> Counts:
        """Add the doubts about results computed in this process since the last call; return self."""
        for name, count in vars(doubts.drain()).items():
            setattr(self, name, getattr(self, name) + count)
        return self

    def become(self, numbers: Iterable[int]) -> None:
        """Set all counts, given in the order of the fields."""
        vars(self).update(zip(vars(self), numbers, strict=True))

    def add(self, other: Counts) -> None:
        """Add the counts of `other`."""
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)


@dataclass
class Batch:
    """Consecutive rows as read, and their numbers.

    `computed` are the indices in `cells.rows()` of the rows that have numbers, or None for all.
    `cells` is None if every cell is a number that a result replaces, so that no text need be kept. Then
    `matrix` has the numbers, (rows, selected columns), and `columns` is empty.
    `error` is the error of the row after these; it is raised once these are written.
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
        """Numbers of all computed rows, (rows, selected columns)."""
        if self.matrix is not None:
            return self.matrix
        if not self.columns:
            return xp.empty((self.counts.rows, 0))
        return xp.column_stack([column.values for column in self.columns])

    @property
    def size(self) -> int:
        """Number of bytes of the numbers."""
        return self.values.nbytes

    def head(self, count: int) -> Batch:
        """Return a batch of the first `count` rows, all of which must be computed."""
        columns = [
            Column(
                c.cells[:count],
                c.values[:count],
                passthrough_rows=[row for row in c.passthrough_rows if row < count],
                absent_rows=[row for row in c.absent_rows if row < count],
            )
            for c in self.columns
        ]
        cells = self.cells.head(count) if isinstance(self.cells, PlainRows) else self.cells
        matrix = None if self.matrix is None else self.matrix[:count]
        return replace(self, cells=cells, columns=columns, matrix=matrix, counts=Counts(count))

    def keep_rows_whole(self) -> None:
        """Pass through, and count as kept, every row with a cell that is passed through: it is no vector."""
        kept = sorted(set().union(*(column.passthrough_rows for column in self.columns)))
        for column in self.columns:
            column.passthrough_rows = kept
        self.counts.kept = len(kept)

    def empty_rows(self) -> list[int]:
        """Return and count the rows whose selected cells are all masked: their results are to be nan."""
        absent = [set(column.absent_rows) for column in self.columns]
        empty = sorted(set.intersection(*absent)) if absent else []
        self.counts.empty = len(empty)
        return empty

    def rows(self) -> list[list[bytes]]:
        """Return every row, as raw cells, if `cells` is not None; a blank line is a row of one cell."""
        assert self.cells is not None  # noqa: S101  asked only where cells are kept
        return self.cells.rows()

    def line_of(self, row: int) -> int:
        """Return the number of a row's first line, counted from 1; quoted cells may span several lines."""
        return self.line + sum(1 + b"".join(cells).count(b"\n") for cells in self.rows()[:row])


class ResultColumn(NamedTuple):
    """One column of the result.

    `source_index` is the index of the input column that it shows, `result_index` the index among the
    computed columns; a column with both is computed in place. `nulls_from` is the position, among the
    selected columns, of the one whose missing cells are missing here. `title` is the name in tables for
    people.
    """

    name: str
    source_index: int | None = None
    result_index: int | None = None
    nulls_from: int | None = None
    title: str = ""


def unique(names: Sequence[str]) -> list[str]:
    """Return the names made unique: the second column of a name gets `_2` appended, the third `_3`."""
    taken = set(names)
    counts: dict[str, int] = {}  # the last number tried for each name
    keys = []
    for name in names:
        count = counts.get(name, 0) + 1
        key = name if count == 1 else f"{name}_{count}"
        while count > 1 and key in taken:
            count += 1
            key = f"{name}_{count}"
        counts[name] = count
        taken.add(key)
        keys.append(key)
    return keys


def distinct_names(occupied: Sequence[str], columns: Sequence[ResultColumn]) -> list[str]:
    """Return names for the appended columns of a result: their own, made unique beside those `occupied`."""
    appended = [column.name for column in columns if column.source_index is None]
    others = list(dict.fromkeys(occupied)) if appended else []
    return unique([*others, *appended])[len(others) :]


def with_names(columns: Sequence[ResultColumn], names: Sequence[str]) -> tuple[ResultColumn, ...]:
    """Return the columns of a result, the appended ones under these names, as far as there are any."""
    left = iter(names)
    return tuple(
        column if column.source_index is not None else column._replace(name=next(left, column.name))
        for column in columns
    )


class ResultSchema(NamedTuple):
    """The schema of a result: the input's layout, the output columns, and their precision.

    `digits` is the number of significant digits of computed cells, None for the shortest text that parses to
    the same number. `dtype` is the floating type asked for, in formats that have types.
    """

    layout: Layout
    columns: tuple[ResultColumn, ...]
    digits: int | None = None
    dtype: str | None = None

    @property
    def appended(self) -> tuple[ResultColumn, ...]:
        """Columns that are not in the input: they are appended."""
        return tuple(column for column in self.columns if column.source_index is None)

    def texts(self, batch: Batch, results: Array, column: ResultColumn, *, wrapped: bool) -> list[bytes]:
        """Return the texts of one computed column, one for each computed row.

        `wrapped`: with the quotes and blanks of the input's cells, and the input's decimal sign.
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
        """Return results rounded to `digits`; unchanged if that is None, or if they are texts."""
        if self.digits is None or results.dtype.kind == "O":
            return results
        return numerals.rounded(results, self.digits)

    def passthrough_rows(self, batch: Batch, column: ResultColumn) -> Sequence[int]:
        """Return the computed rows in which a computed column shows the input's cell instead of a result."""
        return (
            ()
            if column.nulls_from is None or not batch.columns
            else batch.columns[column.nulls_from].passthrough_rows
        )

    def records(self, batch: Batch, results: Array) -> Iterator[list[bytes | str]]:
        """Return the rows, blank lines left out: bytes for a cell as read, str for a computed number."""
        return (record for _, record in self.numbered(batch, results))

    def numbered(self, batch: Batch, results: Array) -> Iterator[tuple[int, list[bytes | str]]]:
        """Yield each row of `records` with its index among all rows of the batch."""
        computed = {
            index: self.numbers(batch, results, column)
            for index, column in enumerate(self.columns)
            if column.result_index is not None
        }
        positions = None if batch.computed is None else {row: nth for nth, row in enumerate(batch.computed)}
        for row, cells in enumerate(batch.rows()):
            nth = row if positions is None else positions.get(row)
            if nth is not None:
                record = [
                    computed[index][nth] if index in computed else cells[column.source_index or 0]
                    for index, column in enumerate(self.columns)
                ]
                yield row, record
            elif len(cells) > 1 or cells[0].strip():  # not a blank line, as in the counts
                yield row, list(cells)

    def numbers(self, batch: Batch, results: Array, column: ResultColumn) -> list[bytes | str]:
        """Return one computed column: bytes for a cell as read, str for the text of a computed number."""
        as_read = frozenset(self.passthrough_rows(batch, column))
        texts = self.texts(batch, results, column, wrapped=False)
        kind = numerals.Digits if results.dtype.kind == "O" and not self.layout.arrays else str
        return [text if row in as_read else kind(text.decode()) for row, text in enumerate(texts)]


class PlainRows:
    """Rows of cells that were not read from text, such as typed numbers: `Cells`, written with commas."""

    def __init__(self, cells: list[list[bytes]], selected: Sequence[int]) -> None:
        self._cells = cells
        self._selected = selected

    def rows(self) -> list[list[bytes]]:
        """Return every row, as raw cells."""
        return self._cells

    def head(self, count: int) -> PlainRows:
        """Return the first `count` rows."""
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
    """Reader of rows that are stored as numbers, in arrays and tables: the counterpart of `Reader` for text.

    `layout` is known before the first batch is read. `tick` is called for each batch, to show progress.
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
        """Whether no batches are left."""
        return self._next is None

    def next(self) -> Batch | None:
        """Return the next batch, or None at the end."""
        if self.tick:
            self.tick()
        batch, self._next = self._next, None if self._next is None else next(self.batches, None)
        return batch

    def rename(self, name: str) -> None:
        """Call the input by another name in messages, that of the original of a copy."""
        self.stream.name = name
        self.layout = replace(self.layout, source=name)

    def limit(self, most: int) -> None:
        """Do nothing: the source of the batches sets their size."""


def batch_of_texts(names: Sequence[str], columns: Sequence[Sequence[str]], numbers: Sequence[int]) -> Batch:
    """Return a batch of cells given as texts, column by column, with `names` as its header.

    numbers: indices of the columns that hold numbers.
    """
    header: list[bytes] = []
    for name in names:
        header += (name.encode(), b",")
    header[-1] = b"\n"
    layout = Layout("the command line", b",", len(names), tuple(numbers), tuple(header))
    rows = [[text.encode() for text in row] for row in zip(*columns, strict=True)]
    return Batch(layout, PlainRows(rows, layout.selected), [], Counts(rows=len(rows)))


def select_columns(
    columns: Sequence[str], exclude: Sequence[str], names: Sequence[str], source: str, noun: str = "column"
) -> Sequence[int]:
    """Return the indices of `columns` (default: all) without `exclude`.

    noun: what messages call the named things, "column" or "array". Raises UsageError if none remain.
    """
    excluded = set(resolve_columns(exclude, names, source, noun))
    places = resolve_columns(columns, names, source, noun) if columns else range(len(names))
    kept = [index for index in places if index not in excluded]
    if excluded and not kept:
        raise UsageError(f"{source}: all chosen {noun}s are excluded; exclude fewer, or choose more with -c")
    return kept


def resolve_columns(
    specs: Sequence[str], names: Sequence[str], source: str, noun: str = "column"
) -> list[int]:
    """Return the distinct column indices that `specs` name, in order. Raises UsageError for a missing one."""
    places: dict[int, None] = {}
    for spec in specs:
        if spec.startswith("name="):
            places.update(dict.fromkeys(_by_name(spec.removeprefix("name="), names, source, noun)))
            continue
        for item in spec.split(","):
            places.update(dict.fromkeys(_places(item, names, source, noun)))
    return list(places)


def _places(item: str, names: Sequence[str], source: str, noun: str) -> Sequence[int]:
    same = [index for index, name in enumerate(names) if name == item]
    if same:
        return same
    if _NUMBER.fullmatch(item):
        return [_numbered(item, names, source, noun)]
    span = _NUMBER_RANGE.fullmatch(item)
    if span:
        return _between(*(_numbered(end, names, source, noun) for end in span.groups()))
    first, colon, last = item.partition(":")
    if colon:
        return _between(_end(first, names, source, noun, 0), _end(last, names, source, noun, len(names) - 1))
    return _by_name(item, names, source, noun)


def _end(item: str, names: Sequence[str], source: str, noun: str, open_end: int) -> int:
    if not item:
        return open_end
    if item not in names and _NUMBER.fullmatch(item):
        return _numbered(item, names, source, noun)
    return _by_name(item, names, source, noun)[0]


def _between(first: int, last: int) -> range:
    return range(first, last + 1) if first <= last else range(first, last - 1, -1)


def _numbered(text: str, names: Sequence[str], source: str, noun: str) -> int:
    number = int(text)
    index = number - 1 if number > 0 else len(names) + number
    if number == 0 or not 0 <= index < len(names):
        raise UsageError(f"{source}: there is no {noun} {text}; {noun}s are 1 to {len(names)}")
    return index


def _by_name(name: str, names: Sequence[str], source: str, noun: str) -> list[int]:
    same = [index for index, other in enumerate(names) if other == name]
    if same:
        return same
    import difflib

    near = difflib.get_close_matches(name, names, n=1) or [n for n in names if n.lower() == name.lower()]
    if near and not near[0].isprintable():  # it has bytes that its encoding lacks
        raise UsageError(
            f"{source}: there is no {noun} {name!r}; if {noun} {names.index(near[0]) + 1} is meant, "
            "name the text's --encoding, such as latin-1"
        )
    if near:
        raise UsageError(f"{source}: there is no {noun} {name!r}; did you mean {near[0]!r}?")
    shown = ", ".join(repr(n) for n in names[:8]) + (" ..." if len(names) > 8 else "")  # noqa: PLR2004  a line's worth
    raise UsageError(f"{source}: there is no {noun} {name!r}; its {noun}s are {shown}")
