"""Text cut into chunks of whole rows, as large as what has arrived; and rows into cells, one by one.

A row is a list of pieces: cells at even places, as read, and at odd places what stood behind each of
them, the last being the line end. Joined, the pieces are the text. A line ends with LF or CRLF, the
last one also with the input, or with a CR there, whose LF was cut off.
A cell that begins with a quote ends at the next single quote and what follows it up to the delimiter; a
quote elsewhere is a character like others. Runs of blanks know no quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from actcli.errors import DataError
from actcli.io.batch import Chunk
from actcli.io.filetype import extension
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from actcli.io.csv.options import ReadOptions
    from actcli.io.streams import Stream

LONGEST_ROW: Final = 1 << 24
LARGEST: Final = 5 << 17  # of a chunk: as a rule it is what has been read at once
_QUOTE: Final = ord('"')
_LINE_END: Final = ord("\n")
_NOWHERE: Final = -1
_JSON: Final = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "named"}
_BLANK_RUN: Final = re.compile(rb"([ \t]+)")


@dataclass
class Reader:
    """Chunks of whole rows from a stream. `line` is the number of the buffer's first, counted from 1.

    `by_lines` says that rows end at line ends, so that a file can be cut without being read.
    `scanned_bytes` counts the bytes of whole rows at the buffer's beginning that were looked at, not taken.
    """

    by_lines: ClassVar[bool] = True
    stream: Stream
    delimiter: bytes = b","
    buffer: bytes = b""
    line: int = 1
    ended: bool = False
    scanned_bytes: int = 0
    completes: bool = False  # a last row without a line end gets one: another file follows
    line_end: bytes = b""  # of the first row, once it is known
    most: int = LARGEST  # bytes of one chunk, if it has several rows
    tick: Callable[[], None] | None = None  # called for each chunk, and while others read: progress is shown

    @property
    def over(self) -> bool:
        """Whether all of it has been read: there was a header, or nothing at all."""
        return self.ended and not self.buffer

    def next(self) -> Chunk | None:
        """The rows that have arrived since; waits for at least one; None at the end.

        Raises DataError for a quote that is never closed and for a row longer than LONGEST_ROW.
        """
        while True:
            length = self.complete_bytes()
            if length:
                if self.tick:
                    self.tick()
                return self.take(self._portion(length))
            if self.ended:
                self.check_closed()
                return None
            self.fill()

    def limit(self, most: int) -> None:
        """Give chunks of so many bytes, or of one row that is longer."""
        self.most = self.stream.size = most

    def _portion(self, length: int) -> int:
        """How much of the whole rows is one chunk."""
        most, portion = self.most, 0
        while not portion and most < length:
            portion, _ = complete_rows(self.buffer[:most], self.delimiter)
            most *= 2
        return portion or length

    def complete_bytes(self) -> int:
        """How many bytes of the buffer are whole rows."""
        length, opened = complete_rows(self.buffer, self.delimiter)
        return len(self.buffer) if self.ended and opened == _NOWHERE else length

    def take(self, length: int) -> Chunk:
        """The first bytes of the buffer, which must be whole rows."""
        chunk = Chunk(self.buffer[:length], self.line)
        self.buffer = self.buffer[length:]
        self.scanned_bytes = max(0, self.scanned_bytes - length)
        self.line += lines(chunk.text)
        return chunk

    def begins(self) -> bytes:
        """Return the buffer behind white space; reads until there is something."""
        while not (text := self.buffer.lstrip()) and not self.ended:
            self.read_some()
        return text

    def json_as(self, reading: ReadOptions) -> str:
        """Return why the text may be JSON; empty if it is delimited text.

        "json" or "jsonl" as asked, "jsonl" or "named" as its name says, "found" by its first character.
        """
        if reading.source_format:
            return reading.source_format.removeprefix("csv")
        named = _JSON.get(extension(self.stream.name), "")
        if named or reading.delimiter is not None:
            return named
        return "found" if self.begins().startswith((b"{", b"[")) else ""

    def fill(self) -> None:
        """Read on until a line has ended: before that no row has."""
        data = b""
        while not self.ended and b"\n" not in data:
            data = self.read_some()
            if len(self.buffer) - self.scanned_bytes > LONGEST_ROW:
                self._check_longest()
        if self.ended and self.completes and self.buffer and not self.buffer.endswith(b"\n"):
            self.buffer += self._last_line_end()

    def resume(self, buffer: bytes, line: int, *, ended: bool) -> None:
        """Go on where another process has stopped: with what is left of what it has read."""
        self.buffer, self.line, self.ended = buffer, line, ended

    def read_some(self) -> bytes:
        """Read what has arrived, behind what is in the buffer."""
        data = self.stream.read()
        self.ended = not data
        self.buffer += data
        return data

    def _last_line_end(self) -> bytes:
        if self.buffer.endswith(b"\r"):
            return b"\n"
        return self.line_end or (b"\r\n" if b"\r\n" in self.buffer else b"\n")

    def check_closed(self) -> None:
        """DataError if the buffer, the input's last row, ends inside quotes."""
        _, opened = complete_rows(self.buffer, self.delimiter)
        if opened != _NOWHERE:
            raise DataError(
                f"{self.stream.name}:{self.line + lines(self.buffer[:opened])}: a quote is opened here and "
                "never closed; close it, or double it inside a quoted cell"
            )

    def _check_longest(self) -> None:
        """DataError if the row that has begun is too long: the same wherever the reads have cut it."""
        length, opened = complete_rows(
            self.buffer[self.scanned_bytes : self.scanned_bytes + LONGEST_ROW], self.delimiter
        )
        if not length:
            what = "the quote that is opened here is not closed" if opened != _NOWHERE else "the row goes on"
            line = self.line + lines(self.buffer[: self.scanned_bytes + max(opened, 0)])
            advice = "" if opened != _NOWHERE else "; one number a line works down a column of any length"
            raise DataError(f"{self.stream.name}:{line}: {what} after {LONGEST_ROW:,} bytes{advice}")


def lines(text: bytes) -> int:
    """How many line ends a text has."""
    return int(xp.count_nonzero(xp.frombuffer(text, dtype=xp.uint8) == _LINE_END))  # faster than bytes.count


def ends_in_quotes(text: bytes, delimiter: bytes) -> bool:
    """Whether a text that begins with a row ends inside of quotes."""
    return complete_rows(text, delimiter)[1] != _NOWHERE


def complete_rows(text: bytes, delimiter: bytes) -> tuple[int, int]:
    """How many bytes at a text's beginning are whole rows, and where a quote is open at its end, or -1."""
    if not delimiter or b'"' not in text:
        return text.rfind(b"\n") + 1, _NOWHERE
    by_parity = _by_parity(text, delimiter) if len(delimiter) == 1 else None
    return by_parity or _by_walking(text, delimiter)


def _by_parity(text: bytes, delimiter: bytes) -> tuple[int, int] | None:
    """`complete_rows` by counting quotes; None where the count does not tell."""
    data = xp.frombuffer(text, dtype=xp.uint8)
    quotes = xp.flatnonzero(data == _QUOTE)
    if not well_placed(data, quotes, delimiter):
        return None
    end = len(text)
    while True:
        end = text.rfind(b"\n", 0, end)
        before = int(xp.searchsorted(quotes, end))
        if end < 0 or before % 2 == 0:
            return end + 1, _last_opening(quotes)
        end = int(quotes[before - 1])


def _last_opening(quotes: NDArray[Any]) -> int:
    """Where the quoted cell begins that the last of an odd number of quotes has opened or goes on with."""
    last = len(quotes) - 1
    if last % 2:
        return _NOWHERE
    while last and quotes[last] == quotes[last - 1] + 1:
        last -= 2
    return int(quotes[last])


def well_placed(data: NDArray[Any], quotes: NDArray[Any], delimiter: bytes) -> bool:
    """Whether every other quote, from the first on, begins a cell or goes on after a doubled one.

    Then, and only then, what has an even number of quotes before it is outside of quotes.
    """
    opening = quotes[::2]
    before = data[opening - 1]
    begins = (before == ord(delimiter)) | (before == _LINE_END) | (before == _QUOTE)
    return bool(begins[1:].all()) and (opening[0] == 0 or bool(begins[0]))


def _by_walking(text: bytes, delimiter: bytes) -> tuple[int, int]:
    """`complete_rows` from one quoted cell to the next: the reference."""
    length = place = 0
    opened = 0 if text.startswith(b'"') else _NOWHERE
    while True:
        if opened != _NOWHERE:
            place = quote_end(text, opened)
            if place < 0:
                return length, opened
        found = _opening(delimiter).search(text, place)
        opened = found.end() - 1 if found else _NOWHERE
        length = text.rfind(b"\n", place, opened if found else len(text)) + 1 or length
        if not found:
            return length, _NOWHERE


@cache
def _opening(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?:" + re.escape(delimiter) + rb'|\n)"')


def split(text: bytes, delimiter: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """The rows of a text, each with the number of its first line, counted from 0.

    The text must not end inside quotes: `complete_rows` sees to it.
    """
    line = place = 0
    quoted = delimiter != b"" and b'"' in text
    while place < len(text):
        end = text.find(b"\n", place) + 1 or len(text)
        if quoted and text.find(b'"', place, end) >= 0:
            pieces, end = _quoted_row(text, place, delimiter)
            yield line, pieces
            line += text.count(b"\n", place, end)
        else:
            yield line, _plain_row(text[place:end], delimiter)
            line += 1
        place = end


def _plain_row(row: bytes, delimiter: bytes) -> list[bytes]:
    body = row.removesuffix(b"\n").removesuffix(b"\r")
    if not delimiter:
        return _blank_row(body, row[len(body) :])
    cells = body.split(delimiter)
    pieces = [delimiter] * (2 * len(cells))
    pieces[::2] = cells
    pieces[-1] = row[len(body) :]
    return pieces


def _blank_row(body: bytes, line_end: bytes) -> list[bytes]:
    """Blanks before the first cell stay with it, those behind the last with the line end."""
    pieces = _BLANK_RUN.split(body)
    if len(pieces) > 1 and not pieces[0]:
        pieces[:3] = [pieces[1] + pieces[2]]
    if len(pieces) > 1 and not pieces[-1]:
        return [*pieces[:-2], pieces[-2] + line_end]
    return [*pieces, line_end]


def _quoted_row(text: bytes, start: int, delimiter: bytes) -> tuple[list[bytes], int]:
    """The pieces of the row that starts here, and where it ends."""
    boundary = _boundary(delimiter)
    pieces: list[bytes] = []
    place = start
    while True:
        behind = quote_end(text, place) if text.startswith(b'"', place) else place
        found = boundary.search(text, behind)
        assert found is not None  # noqa: S101  the end of the text matches
        pieces += (text[place : found.start()], found.group())
        place = found.end()
        if found.group() != delimiter:
            return pieces, place


@cache
def _boundary(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(re.escape(delimiter) + rb"|\r?\n|\r?\Z")


def quote_end(text: bytes, opening: int) -> int:
    """The place behind the quote that closes the one here; -1 if none does. Two in a row close nothing."""
    place = text.find(b'"', opening + 1)
    while place >= 0 and text.startswith(b'"', place + 1):
        place = text.find(b'"', place + 2)
    return place + 1 if place >= 0 else -1
