"""Output formats: one module each, with `head`, `body` and `tail`.

    head(schema) -> bytes                    text before the first row
    body(schema, batch, results) -> bytes    text of the rows of one batch, in any process; raises
                                            UnwritableRow, with the text of the rows before it
    tail(schema) -> bytes                    text after the last row
    BETWEEN                                 separator of two bodies that are not empty

A format that is `drawn` is not a text of independent rows: it has `write(schema, parts, out, display)`. To
add a format, add its module here, and its record below.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final, NamedTuple


class Format(NamedTuple):
    """An output format, implemented by the module of its name in this package.

    `suffix` is the extension of the files written by default; an output file with one of `extensions` gets
    this format. `aliases` are names from other programs: suggested in errors, never accepted silently.
    `any_width` formats can have rows of any length. `columnar` ones keep columns alone: JSON rows with other
    keys are refused, but for a table, which is looked at, and plain text, which has results alone.
    `delimited` ones may consist of nothing but numbers with a separator. `drawn` ones are made of all rows
    together. `asked` ones are choices of -F.
    """

    name: str
    suffix: str
    extensions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    any_width: bool = False
    columnar: bool = True
    delimited: bool = False
    drawn: bool = False
    asked: bool = True


_FORMATS: Final = (
    Format("table", ".txt", aliases=("pretty",), columnar=False, drawn=True),
    Format("csv", ".csv", (".csv",), any_width=True, delimited=True),
    Format("tsv", ".tsv", (".tsv", ".tab"), ("tab",), any_width=True, delimited=True),
    Format("json", ".json", (".json",), columnar=False),
    Format("jsonl", ".jsonl", (".jsonl", ".ndjson"), ("ndjson",), columnar=False),
    Format("markdown", ".md", (".md",), ("md",)),
    Format("latex", ".tex", aliases=("tex",)),
    Format("html", ".html", aliases=("htm",)),
    Format("plain", ".txt", aliases=("text", "txt", "raw"), columnar=False),
    Format("same", "", any_width=True, columnar=False, delimited=True, asked=False),
    Format("parquet", ".parquet", (".parquet",), drawn=True, asked=False),
)
FORMATS: Final[dict[str, Format]] = {record.name: record for record in _FORMATS}
CHOICES: Final = tuple(record.name for record in _FORMATS if record.asked)
"""Names of the formats that -F accepts; the others follow from the input, or from the output's name."""
BY_EXTENSION: Final = {extension: record.name for record in _FORMATS for extension in record.extensions}


def module(name: str) -> Any:
    """Return the module of the format `name`."""
    return import_module(f"actcli.io.formats.{name}")
