"""Capabilities of the output: its size, colours and characters, for which tables and pictures are drawn."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_USUAL_WIDTH: Final = 80
_GAP: Final = "  "
_BEYOND_LATIN: Final = "⣿▁─│╭λ√·∞²\N{MINUS SIGN}"
_ASCII: Final = str.maketrans({"²": "^2", "³": "^3"})


class Display(NamedTuple):
    """Capabilities of a terminal, a pipe or a file as output of readable text.

    `width` and `height` are characters and lines; a width of None means lines of any length. `unicode`
    allows characters beyond ASCII in drawings. `rows` is the number of rows of a table to show, 0 for all;
    the column widths of a `streamed` table come from its first rows.
    """

    width: int | None = None
    height: int = 24
    colour: bool = False
    unicode: bool = True
    encoding: str = "utf-8"
    rows: int = 0
    streamed: bool = False

    @property
    def usual_width(self) -> int:
        """Width of a picture in characters: the terminal's, or 80 without one."""
        return self.width or _USUAL_WIDTH

    def styled(self, text: str, code: str) -> str:
        """Return text in the style of an ANSI `code`, such as "1" for bold; unchanged without colour."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def heading(self, text: str) -> str:
        """Return text in bold; unchanged without colour."""
        return self.styled(text, "1")

    def faint(self, text: str) -> str:
        """Return text in the faint style; unchanged without colour."""
        return self.styled(text, "2")

    def wrapped(self, text: str, first: str = "", rest: str | None = None) -> list[str]:
        """Return text wrapped to the width, the first line after `first`, others after `rest` or blanks."""
        if self.width is None:
            return [first + text]
        import textwrap

        return textwrap.wrap(
            text,
            max(self.width, len(first) + 8),
            initial_indent=first,
            subsequent_indent=" " * len(first) if rest is None else rest,
            break_on_hyphens=False,
        ) or [first.rstrip()]

    def columns(self, rows: Sequence[Sequence[str]], indent: str = _GAP) -> Iterator[str]:
        """Yield rows as lines of aligned columns, the last wrapped; if narrow, wrap whole rows instead."""
        widths = [max(map(len, column)) for column in zip(*(row[:-1] for row in rows), strict=True)]
        narrow = self.width is not None and len(indent) + sum(w + 2 for w in widths) > self.width * 2 // 3
        for row in rows:
            if narrow:
                yield from self.wrapped(_GAP.join(filter(None, row)), indent, indent + _GAP)
                continue
            cells = (cell.ljust(width) + _GAP for cell, width in zip(row, widths, strict=False))
            yield from map(str.rstrip, self.wrapped(row[-1], indent + "".join(cells)))

    def encoded(self, text: str) -> bytes:
        """Return text as bytes; characters that the encoding lacks lose their accents, or become `?`."""
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError:
            import unicodedata

            bare = unicodedata.normalize("NFD", text.translate(_ASCII))
            letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
            return letters.encode(self.encoding, "replace")


def can_draw(encoding: str) -> bool:
    """Return whether an encoding has the characters of drawings and formulas."""
    try:
        _BEYOND_LATIN.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def text_encoding() -> str:
    """Return the encoding of text for people on standard output.

    Python writes UTF-8 in the locales C and POSIX too; there text is ASCII, unless the user has set
    PYTHONIOENCODING or PYTHONUTF8.
    """
    if not any(map(os.environ.get, ("PYTHONIOENCODING", "PYTHONUTF8"))):
        locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
        if locale in ("C", "POSIX"):
            return "ascii"
    return getattr(sys.stdout, "encoding", None) or "utf-8"
