"""A large text in spans of whole rows that can be read each on its own, by whoever is free.

A span begins behind a line end that is not inside of quotes. Whether one is depends on all text before it,
so each block is surveyed twice over, as if it began outside and as if it began inside of quotes, and the
answers are strung together: nobody has to read the text from its beginning to its end.
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
_LOOK: Final = 1 << 16  # bytes in which a line end is looked for at a time


@dataclass(frozen=True)
class Span:
    """Whole rows of a file: where they are, and the number of the first line, counted from 1."""

    path: str
    start: int
    stop: int
    line: int


@dataclass(frozen=True)
class BlockScan:
    """A block that ends behind a line end: its lines, and whether it ends inside of quotes.

    `closed` is for a block that begins outside of quotes, `opened` for one that begins inside.
    """

    start: int
    stop: int
    lines: int
    closed: bool
    opened: bool


def ranges(start: int, stop: int, step: int) -> list[tuple[int, int]]:
    """Blocks of so many bytes, cut anywhere."""
    cuts = [*range(start, stop, step), stop]
    return list(pairwise(cuts))


def scan_block(path: str, delimiter: bytes, first: int, block: tuple[int, int]) -> BlockScan:
    """Look through the lines that begin in a block; `first` is where the rows begin."""
    end = remote.size(path)
    start, stop = (cut if cut == first else _behind_line_end(path, cut, end) for cut in block)
    text = remote.read_range(path, start, stop) if stop > start else b""
    closed, opened = (chunks.ends_in_quotes(before + text, delimiter) for before in (b"", b'"'))
    return BlockScan(start, stop, chunks.lines(text), closed, opened)


def _behind_line_end(path: str, place: int, end: int) -> int:
    """Behind the first line end at or behind the byte before this place."""
    place -= 1
    while place < end:
        text = remote.read_range(path, place, place + _LOOK)
        found = text.find(b"\n")
        if found >= 0:
            return place + found + 1
        place += len(text)
    return end


def stitch(path: str, surveys: Sequence[BlockScan], line: int) -> Iterator[Span]:
    """Spans of whole rows; `line` is the number of the first. Blocks that end in quotes go with the next."""
    start, first, inside = surveys[0].start, line, False
    for block in surveys:
        line += block.lines
        inside = block.opened if inside else block.closed
        if not inside and block.stop > start:
            yield Span(path, start, block.stop, first)
            start, first = block.stop, line
    if inside:
        yield Span(path, start, surveys[-1].stop, first)


class SpanStream(Stream):
    """The bytes of a span."""

    def __init__(self, span: Span, name: str) -> None:
        super().__init__(name)
        self._span = span
        self._text = memoryview(b"")
        self._at = span.start

    def read(self) -> bytes:
        """Some bytes; b"" at the end."""
        if not self._text:
            block = remote.read_range(self._span.path, self._at, min(self._at + BLOCK, self._span.stop))
            self._text = memoryview(block)  # whose rest need not be copied at each read
            self._at += len(self._text)
        data, self._text = self._text[: self.size], self._text[self.size :]
        return bytes(data)


def reader(span: Span, name: str, delimiter: bytes, *, completes: bool, line_end: bytes) -> Reader:
    """What reads a span's rows."""
    stream = SpanStream(span, name)
    return chunks.Reader(
        stream,
        delimiter,
        line=span.line,
        completes=completes,
        line_end=line_end,
    )
