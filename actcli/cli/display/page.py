"""Pages for people: their format, and where they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.errors import UsageError
from actcli.io.filetype import NO_TEXT, extension
from actcli.io.formats import BY_EXTENSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from actcli.cli.arguments import Arguments
    from actcli.display import Display


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


def show(lines: Iterable[str], on: Display, path: str | None = None) -> None:
    """Write the page to standard output, or to a file."""
    write_page(on.encoded("".join(line + "\n" for line in lines)), path)
