"""Division of JSON into chunks of complete rows: lines, elements of an array, or consecutive values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from actcli.errors import DataError
from actcli.io.csv.reader import LONGEST_ROW, Reader
from actcli.io.json import scan
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from numpy.typing import NDArray

LINES, ELEMENTS, VALUES = "lines", "elements", "values"
"""Forms of JSON rows: one on each line, the elements of one array, or consecutive values."""
QUOTE, OPENS, CLOSES, COLON, ENDS = range(1, 6)
"""Classes of the structural bytes of JSON; ENDS is the separator of rows."""


class Row(NamedTuple):
    """A row: the index at which its text begins, start and end of its value, and its line number, from 1."""

    begin: int
    start: int
    end: int
    line: int


class BadRow(scan.NotJson):
    """A row is not valid JSON. Its text begins at `begin`; the error is at `line` and `column`, from 1.

    `column` is 0 if the beginning of the line is not in the text: of documents, chunks begin anywhere.
    `is_line` says that the row is a line of its own; `place` is then the place in the line.
    """

    def __init__(self, text: bytes, wrong: scan.NotJson, begin: int, line: int, *, is_line: bool) -> None:
        super().__init__(wrong.place, str(wrong))
        self.begin, self.line, self.is_line = begin, line, is_line
        start = begin
        before = text[begin : begin + wrong.place].rstrip(b"\r\n")  # of a line, `place` is the place in it
        if not is_line:
            self.line += text.count(b"\n", begin, wrong.place)
            start = text.rfind(b"\n", 0, wrong.place) + 1
            before = text[start : wrong.place]
        self.column = len(before.decode("utf-8", "replace")) + 1 if is_line or start else 0


def rows(text: bytes, form: str, line: int) -> Iterator[Row]:
    """Yield the rows of a chunk whose first line has number `line`. Raises BadRow at the first bad one."""
    index = 0
    while index < len(text):
        begin = index
        try:
            if form == LINES:
                index = text.find(b"\n", index) + 1 or len(text)
                whole = text[begin:index]
                start = begin + scan.blanks_end(whole, 0)
                end = start if start == index else begin + scan.only_value_end(whole, start - begin)
            else:
                start = scan.blanks_end(text, index)
                if form == ELEMENTS and text.startswith(b"]", start):
                    _check_end(text, start + 1)
                    return
                end = start if start == len(text) else scan.value_end(text, start)
                index = scan.blanks_end(text, end)
                if form == ELEMENTS:
                    index = _after_comma(text, index)
        except scan.NotJson as wrong:
            raise BadRow(text, wrong, begin, line, is_line=form == LINES) from None
        if start < end:
            yield Row(begin, start, end, line + text.count(b"\n", begin, start))
        line += text.count(b"\n", begin, index)


def _after_comma(text: bytes, index: int) -> int:
    """Return the index after the comma at `index`, or `index` if the array ends there. Raises NotJson."""
    if text.startswith(b"]", index):
        return index
    if not text.startswith(b",", index):
        raise scan.unexpected(text, index, "a comma or ]")
    if text.startswith(b"]", scan.blanks_end(text, index + 1)):
        raise scan.unexpected(text, scan.blanks_end(text, index + 1), "a value")
    return index + 1


def _check_end(text: bytes, index: int) -> None:
    if scan.blanks_end(text, index) < len(text):
        raise scan.NotJson(scan.blanks_end(text, index), "something follows the array's end")


@cache
def _classes(separator: bytes) -> bytes:
    """Return a translation table from bytes to classes, 0 for ordinary bytes; rows end with `separator`."""
    table = bytearray(256)
    for those, kind in ((b'"', QUOTE), (b"[{", OPENS), (b"]}", CLOSES), (b":", COLON), (separator, ENDS)):
        for byte in those:
            table[byte] = kind
    return bytes(table)


class Marks(NamedTuple):
    """The structural bytes outside strings: their indices, classes, and the nesting depth after each."""

    places: NDArray[Any]
    kinds: NDArray[Any]
    depth: NDArray[Any]
    opened: int  # index of the string that is not closed at the end of the text; -1 if none


def marks(text: bytes, separator: bytes) -> Marks:
    """Return the structural bytes of a text that begins outside strings; it need not be valid JSON."""
    data = xp.frombuffer(text, dtype=xp.uint8)
    kinds = xp.frombuffer(text.translate(_classes(separator)), dtype=xp.uint8)
    places = xp.flatnonzero(kinds != 0)
    kinds = kinds[places]
    is_quote = kinds == QUOTE
    if b"\\" in text:
        is_quote[is_quote] = ~_escaped(data, places[is_quote])
        kinds[(kinds == QUOTE) & ~is_quote] = 0
    inside = xp.add.accumulate(is_quote, dtype=xp.uint8) & 1
    opened = int(places[is_quote][-1]) if len(inside) and inside[-1] else -1
    outside = (inside | is_quote) == 0
    places, kinds = places[outside], kinds[outside]
    steps = (kinds == OPENS).astype(xp.int32) - (kinds == CLOSES)
    return Marks(places, kinds, xp.add.accumulate(steps, dtype=xp.int32), opened)


def _escaped(data: NDArray[Any], quotes: NDArray[Any]) -> NDArray[Any]:
    """Return, for each quote, whether an odd number of backslashes comes before it."""
    slashes = xp.flatnonzero(data == ord("\\"))
    begins = xp.ones(len(slashes), dtype=bool)
    begins[1:] = slashes[1:] != slashes[:-1] + 1
    first = xp.maximum.accumulate(xp.where(begins, slashes, 0))
    index = xp.searchsorted(slashes, quotes) - 1  # of the last backslash before it
    near = (index >= 0) & (slashes[index] == quotes - 1)
    odd: NDArray[Any] = near & ((quotes - first[index]) % 2 == 1)
    return odd


@dataclass
class DocumentReader(Reader):
    """Reader of chunks of complete elements of an array, with their commas, or of consecutive values.

    The last chunk has the bracket that ends the array. No byte is scanned twice: `_seen` bytes of the buffer
    are scanned, after which `_depth` arrays and objects are open. `_ends` are the ends of the last two rows,
    commas included; the last one is complete only if another element follows.
    """

    by_lines: ClassVar[bool] = False
    form: str = ELEMENTS
    lead: bytes = b""  # text up to and with the bracket that begins the array
    _seen: int = 0
    _depth: int = 0
    _ends: tuple[int, int] = (0, 0)
    _closed: bool = False

    @classmethod
    def of(cls, reader: Reader, form: str) -> Self:
        """Return a document reader that continues `reader`, with its stream and buffer."""
        lead = reader.take(reader.buffer.index(b"[") + 1).text if form == ELEMENTS else b""
        state = reader.buffer, reader.line, reader.ended
        return cls(
            reader.stream,
            b"",
            *state,
            completes=reader.completes,
            tick=reader.tick,
            form=form,
            lead=lead,
        )

    def complete_bytes(self) -> int:
        """Return the number of leading buffer bytes that form complete rows."""
        text = self.buffer[self._seen :]
        if text and not self._closed:
            found = marks(text, b",")
            ends, self._closed = self._row_ends(found)
            self._ends = tuple([*self._ends, *(self._seen + ends).tolist()][-2:])
            if found.opened >= 0:  # the string is scanned again with what follows
                index = int(xp.searchsorted(found.places, found.opened))
                self._depth += int(found.depth[index - 1]) if index else 0
                self._seen += found.opened
            else:
                self._depth += int(found.depth[-1]) if len(found.depth) else 0
                self._seen += len(text)
        if self.ended:
            return len(self.buffer)
        before, last = self._ends
        follows = self.buffer[scan.blanks_end(self.buffer, last) :][:1] if self.form == ELEMENTS else b"{"
        return last if follows not in (b"", b"]") else before

    def _row_ends(self, found: Marks) -> tuple[NDArray[Any], bool]:
        """Return the indices after the ends of rows, and whether the array ends, too."""
        depth = found.depth + self._depth
        if self.form == VALUES:
            return found.places[(found.kinds == CLOSES) & (depth == 0)] + 1, False
        over = xp.flatnonzero(depth < 0)[:1]
        ends = (found.kinds == ENDS) & (depth == 0)
        for first in over.tolist():  # what follows belongs to the last chunk
            ends[first:] = False
        return found.places[ends] + 1, bool(len(over))

    def take(self, length: int) -> Any:
        """Take the first `length` bytes of the buffer, which must be complete rows; return them as chunk."""
        chunk = super().take(length)
        self._ends = max(0, self._ends[0] - length), max(0, self._ends[1] - length)
        if length >= self._seen:
            self._seen = self._depth = 0
        else:
            self._seen -= length
        return chunk

    def fill(self) -> None:
        """Read the bytes available. Raises DataError for a row longer than LONGEST_ROW, or a read error."""
        self.read_some()
        if len(self.buffer) > LONGEST_ROW and not self.complete_bytes():
            raise DataError(f"{self.stream.name}:{self.line}: the row goes on after {LONGEST_ROW:,} bytes")

    def resume(self, buffer: bytes, line: int, *, ended: bool) -> None:
        """Set the state to that of another process, to continue reading where it has stopped."""
        super().resume(buffer, line, ended=ended)
        self._seen, self._depth, self._ends, self._closed = 0, 0, (0, 0), False

    def check_closed(self) -> None:
        """Do nothing: the end of the document is checked when the last chunk is parsed."""

    def _portion(self, length: int) -> int:
        return length
