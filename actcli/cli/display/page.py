"""Pages of text: their format, and writing them."""

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
    """Return the format of -F, else that of the output's extension, else the first of `formats`.

    Raises UsageError for a format or extension that is not among `formats`.
    """
    target = given.output or ""
    ending = extension(target)
    wanted = given.format or BY_EXTENSION.get(ending, "")
    other = not wanted and ending in NO_TEXT
    if other or wanted not in ("", *formats):
        raise UsageError(f"{target}: this page is written as {', '.join(formats)}; for example -o page.txt")
    return wanted or formats[0]


def is_browser_page(given: Arguments) -> bool:
    """Return whether the output is a page for a browser: its name ends in .html, and -F is not given."""
    return not given.format and extension(given.output or "") == ".html"


def write_page(page: bytes, path: str | None) -> None:
    """Write a page to the file `path`, or to standard output without one."""
    from actcli.io import remote
    from actcli.io.destination import STDOUT, open_destination

    with remote.upload_to(path or STDOUT) as here, open_destination(here) as out:
        out.write(page)


def show(lines: Iterable[str], on: Display, path: str | None = None) -> None:
    """Write lines, in the display's encoding, to the file `path`, or to standard output without one."""
    write_page(on.encoded("".join(line + "\n" for line in lines)), path)
