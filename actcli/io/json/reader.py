"""JSON cut into chunks of whole rows: lines, elements of one array, or values one after the other."""

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
"""The forms of JSON in rows: a line each, in one array, or each behind the one before."""
QUOTE, OPENS, CLOSES, COLON, ENDS = range(1, 6)
"""Classes of the bytes that give JSON its structure; ENDS is what separates rows."""


class Row(NamedTuple):
    """A row: where its text begins, from where to where its value goes, and the number of its line."""

    begin: int
    start: int
    end: int
    line: int


class BadRow(scan.NotJson):
    """What is no JSON, in a row whose text begins at `begin`, in the column of its line, from 1."""

    def __init__(self, text: bytes, wrong: scan.NotJson, begin: int, line: int) -> None:
        super().__init__(wrong.place, str(wrong))
        self.begin = begin
        self.line = line + text.count(b"\n", begin, wrong.place)
        before = text[max(begin, text.rfind(b"\n", 0, wrong.place) + 1) : wrong.place]
        self.column = len(before.decode("utf-8", "replace")) + 1


def rows(text: bytes, form: str, line: int) -> Iterator[Row]:
    """Yield the rows of a chunk that begins in this line. Raises BadRow behind those before it."""
    place = 0
    while place < len(text):
        begin = place
        try:
            if form == LINES:
                place = text.find(b"\n", place) + 1 or len(text)
                whole = text[begin:place]
                start = begin + scan.blanks_end(whole, 0)
                end = start if start == place else begin + scan.only_value_end(whole, start - begin)
            else:
                start = scan.blanks_end(text, place)
                if form == ELEMENTS and text.startswith(b"]", start):
                    _check_end(text, start + 1)
                    return
                end = start if start == len(text) else scan.value_end(text, start)
                place = scan.blanks_end(text, end)
                if form == ELEMENTS:
                    place = _behind_comma(text, place)
        except scan.NotJson as wrong:
            raise BadRow(text, wrong, begin, line) from None
        if start < end:
            yield Row(begin, start, end, line + text.count(b"\n", begin, start))
        line += text.count(b"\n", begin, place)


def _behind_comma(text: bytes, place: int) -> int:
    """Return the index behind the comma at `place`, or of the bracket that ends all. Raises NotJson."""
    if text.startswith(b"]", place):
        return place
    if not text.startswith(b",", place):
        raise scan.unexpected(text, place, "a comma or ]")
    if text.startswith(b"]", scan.blanks_end(text, place + 1)):
        raise scan.unexpected(text, scan.blanks_end(text, place + 1), "a value")
    return place + 1


def _check_end(text: bytes, place: int) -> None:
    if scan.blanks_end(text, place) < len(text):
        raise scan.NotJson(scan.blanks_end(text, place), "something stands behind the array's end")


@cache
def _classes(separator: bytes) -> bytes:
    """Return the class of each byte where rows are separated by this one; 0 for others."""
    table = bytearray(256)
    for those, kind in ((b'"', QUOTE), (b"[{", OPENS), (b"]}", CLOSES), (b":", COLON), (separator, ENDS)):
        for byte in those:
            table[byte] = kind
    return bytes(table)


class Marks(NamedTuple):
    """The bytes outside of strings that give a text its structure: places, classes, and depth behind each."""

    places: NDArray[Any]
    kinds: NDArray[Any]
    depth: NDArray[Any]
    opened: int  # where the string begins that goes on behind the text; -1 if none does


def marks(text: bytes, separator: bytes) -> Marks:
    """Return what gives a text its structure that begins outside of strings, whether it is JSON or not."""
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
    """Return whether an odd number of backslashes stands before each quote."""
    slashes = xp.flatnonzero(data == ord("\\"))
    begins = xp.ones(len(slashes), dtype=bool)
    begins[1:] = slashes[1:] != slashes[:-1] + 1
    first = xp.maximum.accumulate(xp.where(begins, slashes, 0))
    index = xp.searchsorted(slashes, quotes) - 1  # of the last backslash before
    near = (index >= 0) & (slashes[index] == quotes - 1)
    odd: NDArray[Any] = near & ((quotes - first[index]) % 2 == 1)
    return odd


@dataclass
class DocumentReader(Reader):
    """Chunks of whole elements of an array, with their commas, or of values one after the other.

    The last chunk has the bracket that ends the array. What was looked at is not looked at again: `_seen`
    bytes of the buffer, at whose end `_depth` arrays and objects are open. `_ends` are where the last two
    rows end; those behind a comma are whole rows only if another one follows.
    """

    by_lines: ClassVar[bool] = False
    form: str = ELEMENTS
    lead: bytes = b""  # up to the bracket with which the array begins
    _seen: int = 0
    _depth: int = 0
    _ends: tuple[int, int] = (0, 0)
    _closed: bool = False

    @classmethod
    def of(cls, reader: Reader, form: str) -> Self:
        """Return a reader of the same stream, and what was read of it."""
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
        """Return how many bytes of the buffer are whole rows."""
        text = self.buffer[self._seen :]
        if text and not self._closed:
            found = marks(text, b",")
            ends, self._closed = self._row_ends(found)
            self._ends = tuple([*self._ends, *(self._seen + ends).tolist()][-2:])
            if found.opened >= 0:  # the string is looked at again with what follows
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
        """Return behind which bytes rows end, and whether the array does behind them."""
        depth = found.depth + self._depth
        if self.form == VALUES:
            return found.places[(found.kinds == CLOSES) & (depth == 0)] + 1, False
        over = xp.flatnonzero(depth < 0)[:1]
        ends = (found.kinds == ENDS) & (depth == 0)
        for first in over.tolist():  # what follows belongs to the last chunk
            ends[first:] = False
        return found.places[ends] + 1, bool(len(over))

    def take(self, length: int) -> Any:
        """Return the first bytes of the buffer, which must be whole rows, as a chunk."""
        chunk = super().take(length)
        self._ends = max(0, self._ends[0] - length), max(0, self._ends[1] - length)
        if length >= self._seen:
            self._seen = self._depth = 0
        else:
            self._seen -= length
        return chunk

    def fill(self) -> None:
        """Read what has arrived."""
        self.read_some()
        if len(self.buffer) > LONGEST_ROW and not self.complete_bytes():
            raise DataError(f"{self.stream.name}:{self.line}: the row goes on after {LONGEST_ROW:,} bytes")

    def resume(self, buffer: bytes, line: int, *, ended: bool) -> None:
        """Go on where another process has stopped."""
        super().resume(buffer, line, ended=ended)
        self._seen, self._depth, self._ends, self._closed = 0, 0, (0, 0), False

    def check_closed(self) -> None:
        """Nothing: the last chunk shows whether it ends as it must."""

    def _portion(self, length: int) -> int:
        return length
