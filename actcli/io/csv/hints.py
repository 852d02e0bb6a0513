"""Messages for text that cannot be parsed, with advice; imported only when there is an error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from actcli.errors import DataError, counted
from actcli.numeric.numerals import is_cell, other_spelling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.io.batch import Layout

_TABLE: Final = re.compile(rb"\xe2\x95\xad\xe2\x94\x80|\+-[-+]*\+\s*$")
"""The top border of a boxed table."""
_SEPARATOR: Final = re.compile(rb"(?i)sep=(.)")
"""The line that tells Excel the delimiter."""


def check_first_line(line: bytes, source: str) -> None:
    """Raise DataError if the first line is the top border of a boxed table, or like `sep=;` for Excel."""
    separator = _SEPARATOR.fullmatch(line.rstrip())
    if separator:
        raise DataError(
            f"{source}: its first line, {line.rstrip().decode('latin-1')!r}, is for Excel alone; "
            "leave it out with tail -n +2"
        )
    if _TABLE.match(line):
        raise DataError(
            f"{source}: looks like a table for people; let the program before write plain numbers: "
            "act relu 1 2 -F plain"
        )


def blank_lines(source: str, most: int) -> DataError:
    """Return the error of an input that begins with more than `most` bytes of blank lines."""
    return DataError(f"{source}: begins with {most:,} bytes of blank lines")


def check_line_ends(text: bytes, source: str) -> None:
    """Raise DataError if lines end in CR without LF: the text would be a single row."""
    unquoted = b"".join(text.split(b'"')[::2])
    if b"\r" in unquoted[:-1]:
        raise DataError(
            f"{source}: its lines end in CR alone, as on old Macs; convert it first: tr '\\r' '\\n'"
        )


COMMENTS: Final = "if lines that begin with # are comments, leave them out: grep -v '^#'"


def no_numbers(layout: Layout, first: bytes, row: Sequence[bytes], *, blanks: bool) -> DataError:
    """Return the error of an input without a numeric column, with advice for the likely cause.

    first: the first cell. row: the pieces of the last row that was examined, cells at even indices.
    blanks: whether that row has numbers between blanks.
    """
    last, cells = b"".join(row), [layout.decoded(layout.bare(cell)) for cell in row[::2]]
    texts = (text for text in cells if not is_cell(text, *layout.signs))
    spelled = ((text, other_spelling(text, *layout.signs)) for text in texts)
    number, options = next((found for found in spelled if found[1]), ("", ""))
    advice = "-t sets the delimiter, -c names a column"
    if first.startswith(b"#"):
        advice = COMMENTS
    elif len(cells) > layout.width:
        advice = (
            f"its first row has {counted(layout.width, 'cell')}, another {len(cells)}; if it is a title, "
            "leave it out: tail -n +2"
        )
    elif number:
        advice = f"if {number!r} is a number, {options}"
    elif blanks:
        advice = "if blanks separate the cells, say -t space"
    elif layout.decimal == b"," and b"," in last:
        advice = "with --decimal , a comma separates no cells; if it does, say -t ,"
    return DataError(f"{layout.source}: has no column of numbers; {advice}")
