"""Pages for people: how wide, in which colours and characters, and where they go."""

from __future__ import annotations

import shutil
import sys
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from actcli.cli.display import terminal
from actcli.errors import UsageError
from actcli.io.filetype import NO_TEXT, extension
from actcli.io.formats import BY_EXTENSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from actcli.cli.arguments import Arguments

_BEYOND_LATIN: Final = "⣿▁─│λ√·∞²\N{MINUS SIGN}"
_RAISED: Final = str.maketrans({"²": "^2", "³": "^3"})
_GAP: Final = "  "
_USUAL: Final = 80


@dataclass(frozen=True)
class Screen:
    """What a page is drawn for. `width` None is as wide as it needs; `fancy` allows more than ASCII."""

    width: int | None = None
    height: int = 24
    colour: bool = False
    fancy: bool = True
    encoding: str = "utf-8"

    @property
    def usual_width(self) -> int:
        """Return the width of a picture: the terminal's, or 80 in a pipe."""
        return self.width or _USUAL

    def heading(self, text: str) -> str:
        """Text that stands out where colour is wanted."""
        return click.style(text, bold=True) if self.colour else text

    def faint(self, text: str) -> str:
        """Text that stands back where colour is wanted."""
        return click.style(text, dim=True) if self.colour else text

    def wrapped(self, text: str, first: str = "", rest: str | None = None) -> list[str]:
        """The text in lines that fit, the first one after `first`, the others after blanks or `rest`."""
        if self.width is None:
            return [first + text]
        return textwrap.wrap(
            text,
            max(self.width, len(first) + 8),
            initial_indent=first,
            subsequent_indent=" " * len(first) if rest is None else rest,
            break_on_hyphens=False,
        ) or [first.rstrip()]

    def columns(self, rows: Sequence[Sequence[str]], indent: str = _GAP) -> Iterator[str]:
        """Rows of cells under each other; the last cell of a row is wrapped, others never."""
        widths = [max(map(len, column)) for column in zip(*(row[:-1] for row in rows), strict=True)]
        narrow = self.width is not None and len(indent) + sum(w + 2 for w in widths) > self.width * 2 // 3
        for row in rows:
            if narrow:
                yield from self.wrapped(_GAP.join(filter(None, row)), indent, indent + _GAP)
                continue
            cells = (cell.ljust(width) + _GAP for cell, width in zip(row, widths, strict=False))
            yield from map(str.rstrip, self.wrapped(row[-1], indent + "".join(cells)))


def screen(given: Arguments) -> Screen:
    """The screen that options, environment and terminal ask for."""
    on_terminal = not given.output and terminal.is_terminal(sys.stdout)
    for_people = not given.output and given.format != "json"
    encoding = terminal.text_encoding() if for_people else "utf-8"
    size = shutil.get_terminal_size()
    return Screen(
        width=size.columns if on_terminal else None,
        height=size.lines,
        colour=terminal.colours_result(given, on_terminal=on_terminal),
        fancy=_can_encode(encoding),
        encoding=encoding,
    )


def page_format(given: Arguments, formats: Sequence[str]) -> str:
    """The format that is asked for, or that the file's name means; the first if there is neither.

    UsageError for a name that means another one.
    """
    target = given.output or ""
    ending = extension(target)
    wanted = given.format or BY_EXTENSION.get(ending, "")
    other = not wanted and ending in NO_TEXT
    if other or wanted not in ("", *formats):
        raise UsageError(f"{target}: this page is written as {', '.join(formats)}; for example -o page.txt")
    return wanted or formats[0]


def is_browser_page(given: Arguments) -> bool:
    """Return whether the output's name asks for a page for a browser."""
    return not given.format and extension(given.output or "") == ".html"


def write_page(page: bytes, path: str | None) -> None:
    """Write a page to standard output, or to a file."""
    from actcli.io import remote
    from actcli.io.destination import STDOUT, open_destination

    with remote.upload_to(path or STDOUT) as here, open_destination(here) as out:
        out.write(page)


def _can_encode(encoding: str) -> bool:
    try:
        _BEYOND_LATIN.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def show(lines: Iterable[str], on: Screen, path: str | None = None) -> None:
    """Write the page to standard output, or to a file."""
    write_page(encoded("".join(line + "\n" for line in lines), on.encoding), path)


def encoded(text: str, encoding: str) -> bytes:
    """The text's bytes; what the encoding lacks loses its accents, or becomes a question mark."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        import unicodedata

        bare = unicodedata.normalize("NFD", text.translate(_RAISED))
        letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
        return letters.encode(encoding, "replace")
