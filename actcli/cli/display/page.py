"""Pages of text: their format, and writing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.cli.display.terminal import has_other_ending
from actcli.errors import UsageError
from actcli.io.filetype import extension
from actcli.io.formats import BY_EXTENSION, FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from actcli.cli.options import Arguments
    from actcli.display import Display


def page_format(given: Arguments, formats: Sequence[str], *, browser: bool = False) -> str:
    """Return the format of -F, else that of the output's extension, else the first of `formats`.

    browser: whether a name in .html is a page, too. Raises UsageError for a format or extension that is not
    among `formats`; names without an extension, devices and FIFOs are accepted.
    """
    target = given.output or ""
    ending = extension(target)
    latex = "latex" if ending == FORMATS["latex"].suffix and "latex" in formats else ""
    wanted = given.format or BY_EXTENSION.get(ending, latex)
    if (not wanted and has_other_ending(target)) or wanted not in ("", *formats):
        html = ", or in .html for a browser" if browser else ""
        written = ", ".join(formats)
        raise UsageError(f"{target}: this page is written as {written}{html}; for example -o page.txt")
    return wanted or formats[0]


def is_browser_page(given: Arguments) -> bool:
    """Return whether the output is a page for a browser: its name ends in .html, and -F is not given."""
    return not given.format and extension(given.output or "") == ".html"


def write_page(page: bytes, path: str | None) -> None:
    """Write a page to the file `path`, or to standard output without one."""
    from actcli.io.destination import local_target, open_destination
    from actcli.io.filetype import STDOUT

    with local_target(path or STDOUT) as here, open_destination(here) as out:
        out.write(page)


def show(lines: Iterable[str], display: Display, path: str | None = None) -> None:
    """Write lines, in the display's encoding, to the file `path`, or to standard output without one."""
    write_page(display.encoded("".join(line + "\n" for line in lines)), path)
