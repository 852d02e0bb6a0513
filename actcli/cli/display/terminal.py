"""What the user is looking at: terminal or pipe, width, colour, and the notes that go to stderr."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

from actcli.cli.arguments import COLOURS
from actcli.display import Display, can_draw
from actcli.errors import UsageError
from actcli.io.filetype import IMAGES, NO_TEXT, PICTURES, UNWRITTEN, cut, extension, member
from actcli.io.formats import BY_EXTENSION, CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actcli.cli.arguments import Arguments

ROWS: Final = 40
_OF_TEXT: Final = (".txt", ".text", ".log", ".out", ".dat")
"""Endings of text of any kind."""


def result_format(given: Arguments, *, typed: bool) -> str:
    """Return the format that options, the output's name or the environment ask for, in this order.

    Raises UsageError for --rows where the result is no table, and for an unknown ACT_FORMAT.
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
    """Return the significant digits of results: as -p says, or of tables on a terminal ACT_PRECISION."""
    if given.precision is None and result_format == "table" and _on_terminal(given):
        return _environment_number("ACT_PRECISION")
    return given.precision


def display(given: Arguments, *, streamed: bool = False) -> Display:
    """Return what the output can show, by options, environment and terminal; `streamed` input has no end."""
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
    """What the file's extension means, a compressor's aside; empty for nothing. UsageError for no text."""
    archive, array = member(path)
    if array is not None:
        raise UsageError(
            f"{path}: a single array is not written into an archive; -o {archive} writes a new one"
        )
    ending = extension(path)
    if ending in PICTURES:
        picture = path if ending in IMAGES else path[: -len(ending)] + ".png"
        raise UsageError(
            f"{path}: pictures are drawn by 'act plot NAME -o {picture}'; results go to .csv, .json ..."
        )
    if ending in UNWRITTEN:
        raise UsageError(f"{path}: {ending} is not written; name it .csv, .json, .npy or .parquet, or say -F")
    return BY_EXTENSION.get(ending, "")


def check_ending(path: str, known: Iterable[str] = ()) -> None:
    """Raise UsageError if a new file's name ends in what is neither text, data nor one of `known`.

    Names without an ending, devices and FIFOs are fine.
    """
    stem, ending, _ = cut(path)
    ending = ending.lower()
    if not any(map(str.isalpha, ending)) or (os.path.exists(path) and not os.path.isfile(path)):
        return
    if ending in (*known, *BY_EXTENSION, *_OF_TEXT, *NO_TEXT):
        return  # what is not written, is refused with its own reason
    raise UsageError(
        f"{path}: what is {ending}? name it {stem}.csv, .json or .txt, or say -F csv for CSV under this name"
    )


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


def colours_result(given: Arguments, *, on_terminal: bool) -> bool:
    """Whether a result has colour: in a file only if the command line says so."""
    if given.output:
        return bool(given.color == "always")
    return wants_colour(given.color, on_terminal=on_terminal)


def wants_colour(asked: str | None, *, on_terminal: bool) -> bool:
    """Options win over ACT_COLOR, that over NO_COLOR and FORCE_COLOR, those over the terminal."""
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
    """Whether a standard stream is there and a terminal."""
    return stream is not None and stream.isatty()


def shows_progress(given: Arguments) -> bool:
    """Return whether somebody sees standard error, and results do not go to the same screen."""
    shown = is_terminal(sys.stdout) and not given.output and not given.in_place
    return is_terminal(sys.stderr) and not shown and not given.quiet
