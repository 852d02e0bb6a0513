"""Division of a large text into spans of complete rows that can be read independently, in parallel.

A span begins after a line end that is not inside quotes. Whether a line end is depends on all text before
it, so each block is scanned for both cases, as if it began outside and as if it began inside quotes, and
the results are stitched together: no process has to read the text from beginning to end.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from actcli.io import remote
from actcli.io.csv import reader as chunks
from actcli.io.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.io.csv.reader import Reader

BLOCK: Final = 1 << 23
_LOOK: Final = 1 << 16  # bytes searched for a line end at a time


@dataclass(frozen=True)
class Span:
    """A byte range of complete rows in a file, and the number of its first line, counted from 1."""

    path: str
    start: int
    stop: int
    line: int


@dataclass(frozen=True)
class BlockScan:
    """The scan of a block that ends after a line end: its number of lines, and whether it ends in quotes.

    It ends inside quotes if `closed`, given that it begins outside; if `opened`, given that it begins inside.
    """

    start: int
    stop: int
    lines: int
    closed: bool
    opened: bool


def ranges(start: int, stop: int, step: int) -> list[tuple[int, int]]:
    """Return consecutive ranges (start, stop) of `step` bytes, without regard to rows."""
    cuts = [*range(start, stop, step), stop]
    return list(pairwise(cuts))


def scan_block(path: str, delimiter: bytes, first: int, block: tuple[int, int]) -> BlockScan:
    """Scan the lines of a file that begin in `block`; `first` is the offset of the first row.

    Raises DataError if the file cannot be read.
    """
    end = remote.size(path)
    start, stop = (cut if cut == first else _after_line_end(path, cut, end) for cut in block)
    text = remote.read_range(path, start, stop) if stop > start else b""
    closed, opened = (chunks.ends_in_quotes(before + text, delimiter) for before in (b"", b'"'))
    return BlockScan(start, stop, chunks.lines(text), closed, opened)


def _after_line_end(path: str, index: int, end: int) -> int:
    """Return the offset after the first line end at or after `index` - 1, or `end` if there is none."""
    index -= 1
    while index < end:
        text = remote.read_range(path, index, index + _LOOK)
        found = text.find(b"\n")
        if found >= 0:
            return index + found + 1
        index += len(text)
    return end


def stitch(path: str, scans: Sequence[BlockScan], line: int) -> Iterator[Span]:
    """Yield spans of complete rows from consecutive block scans; `line` is the number of the first line.

    A block that ends inside quotes is joined with the next one.
    """
    start, first, inside = scans[0].start, line, False
    for block in scans:
        line += block.lines
        inside = block.opened if inside else block.closed
        if not inside and block.stop > start:
            yield Span(path, start, block.stop, first)
            start, first = block.stop, line
    if inside:
        yield Span(path, start, scans[-1].stop, first)


class SpanStream(Stream):
    """The bytes of a span, as a stream."""

    def __init__(self, span: Span, name: str) -> None:
        super().__init__(name)
        self._span = span
        self._text = memoryview(b"")
        self._at = span.start

    def read(self) -> bytes:
        """Return the next bytes, b"" at the end. Raises DataError if the file cannot be read."""
        if not self._text:
            block = remote.read_range(self._span.path, self._at, min(self._at + BLOCK, self._span.stop))
            self._text = memoryview(block)  # a view: reads do not copy the rest
            self._at += len(self._text)
        data, self._text = self._text[: self.size], self._text[self.size :]
        return bytes(data)


def reader(span: Span, name: str, delimiter: bytes, *, completes: bool, line_end: bytes) -> Reader:
    """Return a reader of a span's rows, whose errors name the input `name`."""
    stream = SpanStream(span, name)
    return chunks.Reader(
        stream,
        delimiter,
        line=span.line,
        completes=completes,
        line_end=line_end,
    )
