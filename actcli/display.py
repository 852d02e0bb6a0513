"""What the output can show: its size, colours and characters. Tables, pages and pictures are drawn for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_USUAL_WIDTH: Final = 80
_GAP: Final = "  "
_BEYOND_LATIN: Final = "⣿▁─│╭λ√·∞²\N{MINUS SIGN}"
_ASCII: Final = str.maketrans({"²": "^2", "³": "^3"})


class Display(NamedTuple):
    """A terminal, a pipe or a file, as text for people sees it.

    `width` and `height` are characters and lines; a width of None is as wide as a line needs. `unicode`
    allows more than ASCII in drawings. `rows` is how many rows of a table are shown, 0 for all; a table
    that is `streamed` takes its widths from the first rows.
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
        """Return the width of a picture: the terminal's, or 80 in a pipe."""
        return self.width or _USUAL_WIDTH

    def styled(self, text: str, code: str) -> str:
        """Return text with an ANSI code, such as "1" for bold, where colour is wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def heading(self, text: str) -> str:
        """Return text that stands out where colour is wanted."""
        return self.styled(text, "1")

    def faint(self, text: str) -> str:
        """Return text that stands back where colour is wanted."""
        return self.styled(text, "2")

    def wrapped(self, text: str, first: str = "", rest: str | None = None) -> list[str]:
        """Return text in lines that fit, the first one after `first`, the others after blanks or `rest`."""
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
        """Yield rows of cells under each other; the last cell of a row is wrapped, others never."""
        widths = [max(map(len, column)) for column in zip(*(row[:-1] for row in rows), strict=True)]
        narrow = self.width is not None and len(indent) + sum(w + 2 for w in widths) > self.width * 2 // 3
        for row in rows:
            if narrow:
                yield from self.wrapped(_GAP.join(filter(None, row)), indent, indent + _GAP)
                continue
            cells = (cell.ljust(width) + _GAP for cell, width in zip(row, widths, strict=False))
            yield from map(str.rstrip, self.wrapped(row[-1], indent + "".join(cells)))

    def encoded(self, text: str) -> bytes:
        """Return the text's bytes; what the encoding lacks loses its accents, or becomes a question mark."""
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
