"""Tables generated cell by cell, so that the right output is known without parsing; and runs of them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from actcli import engine
from actcli.activations import ACTIVATIONS
from actcli.errors import ActError
from actcli.io.batch import ResultSchema
from actcli.io.csv.dialect import sniff
from actcli.io.csv.options import ReadOptions
from actcli.io.csv.reader import Reader
from actcli.io.streams import FileStream
from actcli.numeric.numerals import shortest
from actcli.pipeline import text as pipeline
from actcli.pipeline.computation import Computation
from actcli.pipeline.transform import Transform

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from actcli.activations.record import Activation
    from actcli.io.batch import Counts

EXAMPLES = settings(
    max_examples=int(os.environ.get("ACT_EXAMPLES", "60")),
    suppress_health_check=[HealthCheck.too_slow],
)
SOFTSIGN = ACTIVATIONS["softsign"]  # it keeps the sign of zero, and is quick
PLAIN_NUMBERS = ("1", "-2.5", "0", "-0.0", "1e-7", "1E+20", "0.1", "123456789012345678", "-1e400")
ODD_NUMBERS = ("+1", ".5", "5.", "01", "-0", "nan", "inf", "-INF", "-Infinity", "1e400", "-0e0", "1" * 320)
MISSING = (b"", b"NA", b"null", b"N/A", b'""', b'"NA"', b" ", b" NULL ")
WRAPS = ((b"", b""), (b'"', b'"'), (b" ", b""), (b"", b"  "), (b'" ', b'"'), (b' "', b'" '))
ALPHABET = b'ab07.-,;|\t "\r\xe9\xc3\xa9#'


class Delivered(FileStream):
    """Standard input whose reads return the given parts, one after the other."""

    def __init__(self, parts: Iterable[bytes], encoding: str = "") -> None:
        self._parts = iter(parts)
        super().__init__("-", encoding)

    regular = False

    def _raw(self) -> bytes:
        return next(self._parts, b"")


class Sink:
    """A destination that keeps the output in memory."""

    shareable = False

    def __init__(self) -> None:
        self.text = b""

    def write(self, data: bytes) -> None:
        self.text += data


@dataclass
class Run:
    """The outcome of a run: its text, its counts, and its error message or empty text."""

    text: bytes
    counts: Counts | None
    error: str


def run(
    parts: bytes | Sequence[bytes],
    reading: ReadOptions,
    kind: str = "same",
    activation: Activation = SOFTSIGN,
    digits: int | None = None,
    **how: Any,
) -> Run:
    """Filter these bytes, or these parts of them, in this process and return the outcome."""

    sink: Any = Sink()
    counts, error = None, ""
    try:
        reader = Reader(Delivered([parts] if isinstance(parts, bytes) else parts, reading.encoding))
        source = opened(reader, reading, kind, digits, activation, **how)
        counts = pipeline.write([source] if source else [], kind, sink)
    except ActError as wrong:
        error = str(wrong)
    return Run(sink.text, counts, error)


def opened(
    reader: Reader,
    reading: ReadOptions,
    kind: str = "same",
    digits: int | None = None,
    activation: Activation = SOFTSIGN,
    **how: Any,
) -> pipeline.Input | None:
    """Return an input with its sniffed layout and one activation of its columns; None if it is empty."""
    layout = sniff(reader, reading)
    if layout is None:
        return None
    work = Computation(activation, activation.settings(), **how)
    schema = ResultSchema(layout, work.result_columns(layout.names, layout.selected), digits)
    return pipeline.Input(reader, Transform(work, schema, kind))


@dataclass
class Cell:
    """A cell's text in the file, its number if it is computed, and the text around that."""

    raw: bytes
    number: str | None = None
    wrap: tuple[bytes, bytes] = (b"", b"")

    def computed(self) -> bytes:
        if self.number is None:
            return self.raw
        value = float(engine.evaluate(SOFTSIGN, [float(self.number)])[0])
        return self.wrap[0] + shortest(value).encode() + self.wrap[1]


@dataclass
class Row:
    """Cells and a line end. A `passing` row is not computed: it is blank, or of another length."""

    cells: list[Cell]
    line_end: bytes
    passing: bool = False

    def text(self, delimiter: bytes) -> bytes:
        return delimiter.join(cell.raw for cell in self.cells) + self.line_end


@dataclass
class Table:
    """A file as rows of cells, and the options to read it."""

    delimiter: bytes
    width: int
    selected: list[int]
    rows: list[Row]
    header: Row | None = None
    bom: bytes = b""
    ragged: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> bytes:
        rows = [self.header, *self.rows] if self.header else self.rows
        return self.bom + b"".join(row.text(self.delimiter) for row in rows)

    @property
    def reading(self) -> ReadOptions:
        return ReadOptions(
            columns=tuple(str(place + 1) for place in self.selected),
            delimiter=self.delimiter.decode(),
            header=self.header is not None,
            ragged="keep" if self.ragged else "error",
        )

    def expected(self) -> bytes:
        """Return the right output: the text, in which only the selected cells differ."""
        lines = [self.bom, self.header.text(self.delimiter) if self.header else b""]
        for row in self.rows:
            texts = [
                cell.computed() if place in self.selected and not row.passing else cell.raw
                for place, cell in enumerate(row.cells)
            ]
            lines.append(self.delimiter.join(texts) + row.line_end)
        return b"".join(lines)


def _bytes(without: bytes, most: int = 8) -> st.SearchStrategy[bytes]:
    letters = [bytes([letter]) for letter in ALPHABET if letter not in without]
    return st.lists(st.sampled_from(letters), max_size=most).map(b"".join)


def _bare(delimiter: bytes) -> st.SearchStrategy[bytes]:
    """Return a strategy for cells without quotes around them; quotes within are ordinary characters."""
    return _bytes(delimiter).map(lambda text: text.lstrip(b'"').rstrip(b"\r"))


@st.composite
def _quoted(draw: st.DrawFn, delimiter: bytes, *, odd: bool) -> bytes:
    inside = draw(_bytes(b"" if odd else b"\0\r", 6)) + draw(
        st.sampled_from([b"", b"\n", b"\r\n", delimiter, b'"'])
    )
    behind = draw(_bytes(delimiter, 3)).lstrip(b'"').rstrip(b"\r") if odd and draw(st.booleans()) else b""
    return b'"' + inside.replace(b'"', b'""') + b'"' + behind


def texts(delimiter: bytes, *, odd: bool) -> st.SearchStrategy[Cell]:
    """Return a strategy for cells that are not computed; if `odd`, with quotes within or text after them."""
    bare = _bare(delimiter) if odd else _bare(delimiter + b'"\0\r')
    return st.one_of(bare, _quoted(delimiter, odd=odd)).map(Cell)


@st.composite
def numbers(draw: st.DrawFn, *, odd: bool) -> Cell:
    """Draw a cell with a number; if `odd`, also a missing one, or one in unusual spelling."""
    if odd and draw(st.integers(0, 5)) == 0:
        return Cell(draw(st.sampled_from(MISSING)))
    plain = st.one_of(
        st.sampled_from(PLAIN_NUMBERS),
        st.floats(allow_nan=False, allow_infinity=False).map(repr),
        st.integers(-(10**20), 10**20).map(str),
    )
    number = draw(st.one_of(plain, st.sampled_from(ODD_NUMBERS)) if odd else plain)
    wrap = draw(st.sampled_from(WRAPS)) if odd else (b"", b"")
    return Cell(wrap[0] + number.encode() + wrap[1], number, wrap)


_NAMES = st.sampled_from([b"x", b"y", b"a b", b'"q"', b'"a,b;c|d\t\ne"', b"", b'""', b"\xe9", b"007x"])


@st.composite
def tables(draw: st.DrawFn, *, odd: bool = True, all_numbers: bool = False) -> Table:
    """Draw a file of any kind; unless `odd`, a usual one, which the fast paths can parse."""
    delimiter = draw(st.sampled_from([b",", b",", b";", b"|"] + ([b"\xe2\x86\x92", b"::"] if odd else [])))
    width = draw(st.integers(1, 4))
    places = list(range(width))
    selected = places if all_numbers else draw(st.lists(st.sampled_from(places), min_size=1, unique=True))
    ends = [draw(st.sampled_from([b"\n", b"\r\n"]))]
    if all_numbers:
        ends = [b"\n"]
    elif odd:
        ends = [b"\n", b"\r\n"]
    table = Table(delimiter, width, selected, [])
    for _ in range(draw(st.integers(0, 6))):
        cells = [
            draw(numbers(odd=odd) if place in selected else texts(delimiter, odd=odd)) for place in places
        ]
        table.rows.append(Row(cells, draw(st.sampled_from(ends))))
        if odd:
            table.rows += draw(_passing(table, ends))
    _dress(draw, table, ends)
    assume(b"\n" in table.text or b"\r" not in table.text[:-1])  # lines that end in CR alone are an error
    return table


@st.composite
def _passing(draw: st.DrawFn, table: Table, ends: list[bytes]) -> list[Row]:
    """Draw a blank line or a row of another length, or more often none, as a list."""
    kind = draw(st.integers(0, 9))
    end = draw(st.sampled_from(ends))
    if kind == 0:
        return [Row([Cell(draw(st.sampled_from([b"", b"  "])))], end, passing=True)]
    if kind == 1:
        table.ragged = True
        count = table.width + draw(st.sampled_from([1, 2] if table.width < 3 else [-1, 1]))
        return [
            Row(
                [Cell(b"9")] + [draw(texts(table.delimiter, odd=True)) for _ in range(count - 1)],
                end,
                passing=True,
            )
        ]
    return []


def _dress(draw: st.DrawFn, table: Table, ends: list[bytes]) -> None:
    """Add to the table, or not: a header, a byte order mark, a last row without a line end."""
    first = table.rows[0].cells if table.rows else []
    if draw(st.booleans()) or not any(cell.raw.strip() for cell in first):
        names = [Cell(b"first"), *(Cell(draw(_NAMES)) for _ in range(table.width - 1))]
        table.header = Row(names, draw(st.sampled_from(ends)))
    last = table.rows[-1] if table.rows else table.header
    if last and draw(st.booleans()):
        last.line_end = draw(st.sampled_from([b"", b"\r"]))
    table.bom = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"]))


def cut(text: bytes, places: Iterable[int]) -> list[bytes]:
    """Return the text in parts that end at these indices, taken modulo its length plus 1; none is empty."""
    ends = [0, *sorted({place % (len(text) + 1) for place in places}), len(text)]
    return [text[start:end] for start, end in pairwise(ends) if start < end]
