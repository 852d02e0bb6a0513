"""How results look: a module a format, each with `head`, `body` and `tail`.

    head(schema) -> bytes                    before the first row
    body(schema, batch, results) -> bytes    the rows of one batch, in whichever process; raises
                                            UnwritableRow, with the rows before it
    tail(schema) -> bytes                    after the last row
    BETWEEN                                 what stands between two bodies that are not empty

A format that is `drawn` is no text of independent rows: it has `write(schema, parts, out, display)`. Adding a
format is its module here, and its record below.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final, NamedTuple


class Format(NamedTuple):
    """A format of results, which has a module of its name here.

    `suffix` is the extension of its files; further `extensions` mean it too. `aliases` are what people call
    it elsewhere: suggested, never taken silently. `any_width` formats can have rows of any
    length. `delimited` ones may be nothing but numbers with a character between. `drawn`
    ones are made of all rows together. `asked` ones are the choices of -F.
    """

    name: str
    suffix: str
    extensions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    any_width: bool = False
    delimited: bool = False
    drawn: bool = False
    asked: bool = True


_FORMATS: Final = (
    Format("table", ".txt", aliases=("pretty",), drawn=True),
    Format("csv", ".csv", (".csv",), any_width=True, delimited=True),
    Format("tsv", ".tsv", (".tsv", ".tab"), ("tab",), any_width=True, delimited=True),
    Format("json", ".json", (".json",)),
    Format("jsonl", ".jsonl", (".jsonl", ".ndjson"), ("ndjson",)),
    Format("markdown", ".md", (".md",), ("md",)),
    Format("latex", ".tex", aliases=("tex",)),
    Format("html", ".html", aliases=("htm",)),
    Format("plain", ".txt", aliases=("text", "txt", "raw")),
    Format("same", "", any_width=True, delimited=True, asked=False),
    Format("parquet", ".parquet", (".parquet",), drawn=True, asked=False),
)
FORMATS: Final[dict[str, Format]] = {record.name: record for record in _FORMATS}
CHOICES: Final = tuple(record.name for record in _FORMATS if record.asked)
"""The formats that -F takes; the others come of what is read, and of a file's name."""
BY_EXTENSION: Final = {extension: record.name for record in _FORMATS for extension in record.extensions}


def named(name: str) -> Any:
    """The module of the format of this name."""
    return import_module(f"actcli.io.formats.{name}")
