"""Division of delimited text into chunks of complete rows, and of rows into cells.

A chunk has the rows available when it is read. A row is a list of pieces: cells at even indices, as read,
and at odd indices the separator after each of them, the last being the line end. The pieces joined are the
text. A line ends with LF or CRLF, the last one also with the input, or with a CR whose LF is missing.
A cell that begins with a quote extends to the next quote that is not doubled, and on to the delimiter; a
quote elsewhere is an ordinary character. Cells between runs of blanks cannot be quoted.
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
LARGEST: Final = 5 << 17  # bytes of a chunk, which usually has the bytes of one read
_QUOTE: Final = ord('"')
_LINE_END: Final = ord("\n")
_NOWHERE: Final = -1
_JSON: Final = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "named"}
_BLANK_RUN: Final = re.compile(rb"([ \t]+)")


@dataclass
class Reader:
    """Reader of a stream in chunks of complete rows. `line` is the number of the buffer's first line, from 1.

    `by_lines` says that rows end at line ends, so that a file can be divided into spans.
    `scanned_bytes` is the number of bytes at the buffer's beginning, complete rows, that the sniffer has
    examined and that are not taken yet.
    """

    by_lines: ClassVar[bool] = True
    stream: Stream
    delimiter: bytes = b","
    buffer: bytes = b""
    line: int = 1
    ended: bool = False
    scanned_bytes: int = 0
    completes: bool = False  # whether a missing last line end is added, because another file follows
    line_end: bytes = b""  # of the first row, empty until it is read
    most: int = LARGEST  # bytes of a chunk of several rows
    tick: Callable[[], None] | None = None  # called for each chunk and while waiting, to show progress

    @property
    def over(self) -> bool:
        """Whether all input has been read and taken, so that no rows are left."""
        return self.ended and not self.buffer

    def next(self) -> Chunk | None:
        """Return the complete rows available, at least one, as a chunk; None at the end of input.

        Raises DataError for a quote that is never closed, a row longer than LONGEST_ROW, or a read error.
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
        """Set the size of reads, and of chunks except for longer rows, to `most` bytes."""
        self.most = self.stream.size = most

    def _portion(self, length: int) -> int:
        """Return how many of `length` bytes of complete rows make up one chunk."""
        most, portion = self.most, 0
        while not portion and most < length:
            portion, _ = complete_rows(self.buffer[:most], self.delimiter)
            most *= 2
        return portion or length

    def complete_bytes(self) -> int:
        """Return the number of leading buffer bytes that form complete rows."""
        length, opened = complete_rows(self.buffer, self.delimiter)
        return len(self.buffer) if self.ended and opened == _NOWHERE else length

    def take(self, length: int) -> Chunk:
        """Take the first `length` bytes of the buffer, which must be complete rows; return them as chunk."""
        chunk = Chunk(self.buffer[:length], self.line)
        self.buffer = self.buffer[length:]
        self.scanned_bytes = max(0, self.scanned_bytes - length)
        self.line += lines(chunk.text)
        return chunk

    def begins(self) -> bytes:
        """Return the buffer without leading white space; read until that is not empty, or input ends."""
        while not (text := self.buffer.lstrip()) and not self.ended:
            self.read_some()
        return text

    def json_as(self, reading: ReadOptions) -> str:
        """Return the reason to read the text as JSON, or an empty string for delimited text.

        "json" or "jsonl" is asked for with an option, "jsonl" or "named" follows from the file's extension,
        "found" from the first character.
        """
        if reading.source_format:
            return reading.source_format.removeprefix("csv")
        named = _JSON.get(extension(self.stream.name), "")
        if named or reading.delimiter is not None:
            return named
        return "found" if self.begins().startswith((b"{", b"[")) else ""

    def fill(self) -> None:
        """Read on until at least one line ends, or to the end of input.

        Raises DataError for a row longer than LONGEST_ROW, or a read error.
        """
        data = b""
        while not self.ended and b"\n" not in data:
            data = self.read_some()
            if len(self.buffer) - self.scanned_bytes > LONGEST_ROW:
                self._check_longest()
        if self.ended and self.completes and self.buffer and not self.buffer.endswith(b"\n"):
            self.buffer += self._last_line_end()

    def resume(self, buffer: bytes, line: int, *, ended: bool) -> None:
        """Set the state to that of another process, to continue reading where it has stopped."""
        self.buffer, self.line, self.ended = buffer, line, ended

    def read_some(self) -> bytes:
        """Append the bytes available to the buffer and return them. Raises DataError for a read error."""
        data = self.stream.read()
        self.ended = not data
        self.buffer += data
        return data

    def _last_line_end(self) -> bytes:
        if self.buffer.endswith(b"\r"):
            return b"\n"
        return self.line_end or (b"\r\n" if b"\r\n" in self.buffer else b"\n")

    def check_closed(self) -> None:
        """Raise DataError if the buffer, the last row of the input, ends inside quotes."""
        _, opened = complete_rows(self.buffer, self.delimiter)
        if opened != _NOWHERE:
            raise DataError(
                f"{self.stream.name}:{self.line + lines(self.buffer[:opened])}: a quote is opened here and "
                "never closed; close it, or double it inside a quoted cell"
            )

    def _check_longest(self) -> None:
        """Raise DataError if the incomplete row is too long, whatever the sizes of the reads were."""
        length, opened = complete_rows(
            self.buffer[self.scanned_bytes : self.scanned_bytes + LONGEST_ROW], self.delimiter
        )
        if not length:
            what = "the quote that is opened here is not closed" if opened != _NOWHERE else "the row goes on"
            line = self.line + lines(self.buffer[: self.scanned_bytes + max(opened, 0)])
            advice = "" if opened != _NOWHERE else "; one number a line works down a column of any length"
            raise DataError(f"{self.stream.name}:{line}: {what} after {LONGEST_ROW:,} bytes{advice}")


def lines(text: bytes) -> int:
    """Return the number of line ends (LF) in a text."""
    return int(xp.count_nonzero(xp.frombuffer(text, dtype=xp.uint8) == _LINE_END))  # faster than bytes.count


def ends_in_quotes(text: bytes, delimiter: bytes) -> bool:
    """Return whether a text that begins with a row ends inside quotes."""
    return complete_rows(text, delimiter)[1] != _NOWHERE


def complete_rows(text: bytes, delimiter: bytes) -> tuple[int, int]:
    """Return the number of leading bytes that form complete rows, and the index of an open quote or -1."""
    if not delimiter or b'"' not in text:
        return text.rfind(b"\n") + 1, _NOWHERE
    by_parity = _by_parity(text, delimiter) if len(delimiter) == 1 else None
    return by_parity or _by_walking(text, delimiter)


def _by_parity(text: bytes, delimiter: bytes) -> tuple[int, int] | None:
    """Return `complete_rows` by counting quotes, or None if a quote is not where counting is valid."""
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
    """Return the index of the quote that opens the unclosed cell at the end, or -1 for an even count."""
    last = len(quotes) - 1
    if last % 2:
        return _NOWHERE
    while last and quotes[last] == quotes[last - 1] + 1:
        last -= 2
    return int(quotes[last])


def well_placed(data: NDArray[Any], quotes: NDArray[Any], delimiter: bytes) -> bool:
    """Return whether every other quote, from the first on, begins a cell or follows another quote.

    If so, and only then, a byte is outside quotes exactly if an even number of quotes comes before it.
    """
    opening = quotes[::2]
    before = data[opening - 1]
    begins = (before == ord(delimiter)) | (before == _LINE_END) | (before == _QUOTE)
    return bool(begins[1:].all()) and (opening[0] == 0 or bool(begins[0]))


def _by_walking(text: bytes, delimiter: bytes) -> tuple[int, int]:
    """Return `complete_rows` by walking from one quoted cell to the next: the reference."""
    length = index = 0
    opened = 0 if text.startswith(b'"') else _NOWHERE
    while True:
        if opened != _NOWHERE:
            index = quote_end(text, opened)
            if index < 0:
                return length, opened
        found = _opening(delimiter).search(text, index)
        opened = found.end() - 1 if found else _NOWHERE
        length = text.rfind(b"\n", index, opened if found else len(text)) + 1 or length
        if not found:
            return length, _NOWHERE


@cache
def _opening(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?:" + re.escape(delimiter) + rb'|\n)"')


def split(text: bytes, delimiter: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Yield each row of a text as (number of its first line, counted from 0; pieces).

    The text must not end inside quotes, as `complete_rows` ensures.
    """
    line = index = 0
    quoted = delimiter != b"" and b'"' in text
    while index < len(text):
        end = text.find(b"\n", index) + 1 or len(text)
        if quoted and text.find(b'"', index, end) >= 0:
            pieces, end = _quoted_row(text, index, delimiter)
            yield line, pieces
            line += text.count(b"\n", index, end)
        else:
            yield line, _plain_row(text[index:end], delimiter)
            line += 1
        index = end


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
    """Split a row at runs of blanks; leading ones belong to the first cell, trailing ones to the line end."""
    pieces = _BLANK_RUN.split(body)
    if len(pieces) > 1 and not pieces[0]:
        pieces[:3] = [pieces[1] + pieces[2]]
    if len(pieces) > 1 and not pieces[-1]:
        return [*pieces[:-2], pieces[-2] + line_end]
    return [*pieces, line_end]


def _quoted_row(text: bytes, start: int, delimiter: bytes) -> tuple[list[bytes], int]:
    """Return the pieces of the row that begins at `start`, and the index after it."""
    boundary = _boundary(delimiter)
    pieces: list[bytes] = []
    index = start
    while True:
        unquoted = quote_end(text, index) if text.startswith(b'"', index) else index
        found = boundary.search(text, unquoted)
        assert found is not None  # noqa: S101  the end of the text matches
        pieces += (text[index : found.start()], found.group())
        index = found.end()
        if found.group() != delimiter:
            return pieces, index


@cache
def _boundary(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(re.escape(delimiter) + rb"|\r?\n|\r?\Z")


def quote_end(text: bytes, opening: int) -> int:
    """Return the index after the quote that closes the one at `opening`, or -1; doubled quotes do not."""
    index = text.find(b'"', opening + 1)
    while index >= 0 and text.startswith(b'"', index + 1):
        index = text.find(b'"', index + 2)
    return index + 1 if index >= 0 else -1
