"""Properties of the output: terminal or pipe, width, colour, encoding, and the format that they imply."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

from actcli.cli.options import COLOURS, ROWS
from actcli.display import Display, can_draw, text_encoding
from actcli.errors import UsageError
from actcli.io.filetype import IMAGES, NO_TEXT, PICTURES, UNWRITTEN, cut, extension, member
from actcli.io.formats import BY_EXTENSION, CHOICES, FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actcli.cli.options import Arguments

_OF_TEXT: Final = (".txt", ".text", ".log", ".out", ".dat")
"""Extensions of text in any format."""


def result_format(given: Arguments, *, typed: bool) -> str:
    """Return the result's format: of -F, else of the output's extension, else of ACT_FORMAT on a terminal.

    By default it is a table for `typed` numbers and on terminals, else `same`. Raises UsageError for --rows
    if it is no table, for an unknown ACT_FORMAT, and for an extension that `format_by_name` refuses.
    """
    found = given.format or (format_by_name(given.output) if given.output else "")
    if not found and _on_terminal(given):
        found = os.environ.get("ACT_FORMAT", "")
        if found and found not in CHOICES:
            raise UsageError(f"ACT_FORMAT is {found!r}; it can be {', '.join(CHOICES)}")
    found = found or ("table" if typed or _on_terminal(given) else "same")
    if given.rows is not None and found != "table":
        raise UsageError("--rows is for tables, other formats have all rows; leave it out, or say -F table")
    return found


def result_digits(given: Arguments, result_format: str) -> int | None:
    """Return the significant digits of -p, else of ACT_PRECISION for a table on a terminal, else None.

    Raises UsageError for another ACT_PRECISION than 1 to 17.
    """
    if given.precision is None and result_format == "table" and _on_terminal(given):
        return _environment_number("ACT_PRECISION")
    return given.precision


def display(given: Arguments, *, streamed: bool = False) -> Display:
    """Return the capabilities of the output, from options, environment and terminal.

    streamed: the input may be without end, so that a table is written before all its rows are read.
    """
    encoding = "utf-8" if given.output or given.format == "json" else text_encoding()
    found = Display(
        colour=colours_result(given, on_terminal=_on_terminal(given)),
        unicode=can_draw(encoding),
        encoding=encoding,
        rows=given.rows or 0,
    )
    if not _on_terminal(given):
        return found
    import shutil

    width, height = shutil.get_terminal_size()
    rows = ROWS if given.rows is None else given.rows
    return found._replace(width=width, height=height, rows=rows, streamed=streamed and given.rows is None)


def _on_terminal(given: Arguments) -> bool:
    return not given.output and not given.in_place and is_terminal(sys.stdout)


def format_by_name(path: str) -> str:
    """Return the text format of a path's extension, a compressor's aside; empty text if it has none.

    Raises UsageError for the extension of a picture, for a binary format that is not written, and for an
    array of an archive.
    """
    archive, array = member(path)
    if array is not None:
        raise UsageError(
            f"{path}: a single array is not written into an archive; -o {archive} writes a new one"
        )
    ending = extension(path)
    if ending in PICTURES:
        picture = path if ending in IMAGES else path[: -len(ending)] + ".png"
        table = ", or with -F html into an HTML table" * (ending == FORMATS["html"].suffix)
        raise UsageError(
            f"{path}: pictures are drawn by 'act plot NAME -o {picture}'; "
            f"results go to .csv, .json ...{table}"
        )
    if ending in UNWRITTEN:
        raise UsageError(f"{path}: {ending} is not written; name it .csv, .json, .npy or .parquet, or say -F")
    return BY_EXTENSION.get(ending, "")


def check_ending(path: str, known: Iterable[str] = ()) -> None:
    """Raise UsageError if the extension of a path is neither one of a known format nor one of `known`.

    Names without an extension, devices and FIFOs are accepted.
    """
    if has_other_ending(path, (*known, *NO_TEXT)):  # those that are not written are refused elsewhere
        raise UsageError(
            f"{path}: what is {extension(path)}? name it {cut(path)[0]}.csv, .json or .txt, or say -F csv "
            "for CSV under this name"
        )


def has_other_ending(path: str, known: Iterable[str] = ()) -> bool:
    """Return whether the extension of a path is neither one of text or a known format nor one of `known`.

    Names without an extension, devices and FIFOs have none.
    """
    ending = extension(path)
    special = os.path.exists(path) and not os.path.isfile(path)
    return any(map(str.isalpha, ending)) and not special and ending not in (*known, *BY_EXTENSION, *_OF_TEXT)


def colours_result(given: Arguments, *, on_terminal: bool) -> bool:
    """Return whether a result has colour; in a file only with --color always."""
    if given.output:
        return bool(given.color == "always")
    return wants_colour(given.color, on_terminal=on_terminal)


def wants_colour(asked: str | None, *, on_terminal: bool) -> bool:
    """Return whether to use colour: by `asked`, else ACT_COLOR, NO_COLOR or FORCE_COLOR, else on terminals.

    Raises UsageError for an unknown ACT_COLOR.
    """
    choice = asked or os.environ.get("ACT_COLOR") or "auto"
    if choice not in COLOURS:
        raise UsageError(f"ACT_COLOR is {choice!r}; it can be {', '.join(COLOURS)}")
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (on_terminal and os.environ.get("TERM") != "dumb")


def _environment_number(name: str) -> int | None:
    text = os.environ.get(name, "")
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= 17:  # noqa: PLR2004  no float64 has more digits
        raise UsageError(f"{name} is {text!r}; it can be 1 to 17")
    return int(text)


def is_terminal(stream: Any) -> bool:
    """Return whether a standard stream is open and a terminal."""
    return stream is not None and stream.isatty()


def shows_progress(given: Arguments) -> bool:
    """Return whether to show progress: standard error is a terminal, results go elsewhere, without -q."""
    shown = is_terminal(sys.stdout) and not given.output and not given.in_place
    return is_terminal(sys.stderr) and not shown and not given.quiet
