"""Messages on standard error: errors, notes, counts of cells not computed, names of columns computed."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from actcli.errors import counted, line

if TYPE_CHECKING:
    from actcli.cli.options import Arguments
    from actcli.io.batch import Counts, Layout

CLEAR: Final = "\r\x1b[K"
_STDERR: Final = 2

_line_is_drawn = False


def draw_line(text: str) -> None:
    """Write a line of progress to standard error, in place of the previous one."""
    global _line_is_drawn  # noqa: PLW0603  there is one terminal
    _line_is_drawn = True
    os.write(_STDERR, (CLEAR + text).encode())


def clear_line() -> None:
    """Erase the line of progress, if one is drawn, before other output."""
    global _line_is_drawn  # noqa: PLW0603  as above
    if _line_is_drawn:
        _line_is_drawn = False
        with suppress(OSError):  # standard error is closed
            os.write(_STDERR, CLEAR.encode())


def complain(text: str, pointer: str = "") -> None:
    """Write a message to standard error, also with -q; below it `pointer`, lines that mark the error."""
    if sys.stderr is None:
        return
    with suppress(OSError):  # standard error is closed; the exit code remains
        print("\n".join(filter(None, (f"act: {line(text)}", pointer))), file=sys.stderr, flush=True)  # noqa: T201  this is what the user reads


def note(text: str, given: Arguments) -> None:
    """Write a message to standard error, unless -q."""
    if not given.quiet:
        clear_line()
        complain(text)


def report(counts: Counts, given: Arguments) -> None:
    """Write a note for each kind of cell, row or result that was counted because of a problem."""
    if counts.kept:
        those = "1 cell that is" if counts.invalid == 1 else f"{counts.invalid:,} cells that are"
        note(f"{_of_rows(counts.kept, counts)} kept as read, with {those} missing or no number", given)
    elif counts.invalid:
        what = f"kept as {_were(counts.invalid)}" if given.invalid == "keep" else "computed as nan"
        no_number = "that is no number was" if counts.invalid == 1 else "that are no numbers were"
        note(f"{counted(counts.invalid, 'cell')} {no_number} {what}", given)
    if counts.ragged:
        was = "was" if counts.ragged == 1 else "were"
        note(f"{counted(counts.ragged, 'row')} of another length {was} kept as {_were(counts.ragged)}", given)
    if counts.empty:
        note(f"{_of_rows(counts.empty, counts)} computed as nan: all cells are missing", given)
    if counts.unproven:
        what = f"{counted(counts.unproven, 'result')} {'is' if counts.unproven == 1 else 'are'} unproven"
        note(f"{what}: ties that no precision decides, rounded to even", given)
    if counts.too_large:
        what = f"{counted(counts.too_large, 'result')} {'is' if counts.too_large == 1 else 'are'} nan"
        note(f"{what}: too large for {given.dtype or 'a type without infinity'}", given)
    if counts.unknown:
        note(f"{counted(counts.unknown, 'result')} computed as nan: not known there, or no number", given)


def _of_rows(count: int, counts: Counts) -> str:
    return f"{count:,} of {counted(counts.rows, 'row')} {'is' if count == 1 else 'are'}"


def _were(count: int) -> str:
    return "it was" if count == 1 else "they were"


def announce(layout: Layout, given: Arguments) -> None:
    """Write a note on the columns of an input to compute, and on its header or form of JSON."""
    names = [layout.names[index] for index in layout.selected]
    columns = f"column{'s' if len(names) > 1 else ''} {', '.join(names)}" if names else "no column"
    header = "the first row is a header" if layout.header else "there is no header"
    is_json = getattr(layout, "form", "")  # only layouts of JSON have it
    note(f"{layout.source}: computing {columns}; {f'it is JSON in {is_json}' if is_json else header}", given)
