"""What separates the cells of a text: as asked, as its file's name says, or as its first line does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from actcli.io import filetype
from actcli.io.batch import encoded
from actcli.io.csv import split as rows
from actcli.io.csv.reader import LONGEST_ROW
from actcli.numeric.numerals import groups, is_cell, other_spelling

if TYPE_CHECKING:
    from actcli.io.csv.options import ReadOptions
    from actcli.io.csv.reader import Reader

HEAD_BYTES: Final = 1 << 22
"""So much decides how a text is understood: of very wide files fewer rows, but two at least."""
_DELIMITERS: Final = (b"\t", b";", b",", b"|")
_OPENING: Final = re.compile(rb'(?:\A|[\t;,|])"')
"""A quote begins a cell, whatever the delimiter; elsewhere it is a character like others."""
_BY_EXTENSION: Final = {".tsv": b"\t", ".tab": b"\t"}
_FOREIGN: Final = (b"{", b"[", b"+", b"\xe2", b"sep=", b"Sep=", b"SEP=")
"""How the first line of JSON, the edge of a table for people, or a word to Excel begins."""


def found(reader: Reader, reading: ReadOptions) -> bytes:
    """As asked, else by the file's extension, else the most frequent in the first line that has text."""
    if reading.delimiter is not None:
        return encoded(reading.delimiter, reader.stream.encoding)
    extension = filetype.extension(reader.stream.name)
    if extension in _BY_EXTENSION:
        return _BY_EXTENSION[extension]
    line, unquoted = _first_line(reader)
    while not line and not reader.ended:
        reader.fill()
        if len(reader.buffer) > LONGEST_ROW and not reader.buffer.strip():
            from actcli.io.csv import hints

            raise hints.blank_lines(reader.stream.name, LONGEST_ROW)
        line, unquoted = _first_line(reader)
    _check_delimited(line.lstrip(), reader.stream.name)
    encoding = reader.stream.encoding
    unquoted = _without_thousands(unquoted, reading, encoding)
    candidates = [delimiter for delimiter in _DELIMITERS if delimiter != reading.decimal]
    best = max(candidates, key=unquoted.count)
    if best == b",":  # it may be a decimal sign, more often there than what separates the numbers
        others = (other for other in candidates if other != best and other in line)
        best = next((other for other in others if _are_numbers(line.split(other), encoding)), best)
    if best in unquoted:
        return best
    if " " not in reading.thousands and numbers_between_blanks(line, reading, encoding):
        return b""
    return b"," if b"," in candidates and "," not in reading.thousands else b";"


def _first_line(reader: Reader) -> tuple[bytes, bytes]:
    """The first line that is not blank, and it without its quoted cells, once it has arrived whole.

    A quoted cell may go on over several lines.
    """
    whole = reader.buffer if reader.ended else reader.buffer[: reader.buffer.rfind(b"\n") + 1]
    text = whole[len(_blank_lines(whole)) :]
    end, unquoted = _line_end(text)
    if end >= 0:
        return text[:end], unquoted
    return (text, unquoted) if reader.ended or len(text) > HEAD_BYTES else (b"", b"")


def _blank_lines(text: bytes) -> bytes:
    """The lines at a text's beginning that have nothing but white space."""
    return text[: text.rfind(b"\n", 0, len(text) - len(text.lstrip())) + 1]


def _line_end(text: bytes) -> tuple[int, bytes]:
    """Where the first line ends, -1 if it does not, and what is outside of its quoted cells."""
    outside, place, end = [], 0, text.find(b"\n")
    while True:
        if 0 <= end < place:
            end = text.find(b"\n", place)
        found = _OPENING.search(text, place, end if end >= 0 else len(text))
        closed = rows.quote_end(text, found.end() - 1) if found else 0
        outside.append(text[place : found.end() if found else end if end >= 0 else None])
        if not found or closed < 0:
            return (end if not found else -1), b"".join(outside)
        place = closed


def _check_delimited(line: bytes, source: str) -> None:
    """DataError for a first line of something else."""
    if line.startswith(_FOREIGN):
        from actcli.io.csv import hints

        hints.check_first_line(line, source)


def _without_thousands(line: bytes, reading: ReadOptions, encoding: str) -> bytes:
    """A line without what separates thousands in its numbers: that separates no cells."""
    if not reading.thousands:
        return line
    text = line.decode(encoding, "surrogateescape")
    return encoded(groups(reading.thousands).sub("0", text), encoding)


def _are_numbers(cells: list[bytes], encoding: str) -> bool:
    """Whether all of these are numbers, in any spelling."""
    texts = (cell.decode(encoding, "surrogateescape") for cell in cells)
    return all(is_cell(text) or other_spelling(text.strip(), ".", "") for text in texts)


def numbers_between_blanks(line: bytes, reading: ReadOptions, encoding: str) -> bool:
    """Whether a line is made of several numbers with blanks between them."""
    words = line.split()
    return len(words) > 1 and all(is_number(word, reading, encoding) for word in words)


def is_number(cell: bytes, reading: ReadOptions, encoding: str) -> bool:
    """Whether a cell without its quotes is a number, with the signs that were asked for or a point.

    A column of decimal points is one of numbers too: that its sign is another one is said of its cells.
    """
    text = cell.decode(encoding, "surrogateescape")
    return is_cell(text, reading.decimal.decode(), reading.thousands) or is_cell(text)
