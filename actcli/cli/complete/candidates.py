"""Candidates for completion: names of activations, columns of the file on the line, files."""

from __future__ import annotations

import os
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from click.shell_completion import CompletionItem

from actcli.activations import ACTIVATIONS
from actcli.errors import ActError
from actcli.io.filetype import by_name, member
from actcli.numeric.numerals import THOUSANDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    Items = list[CompletionItem[str]]

_VERBATIM: Final = "name="
_NOT_READ: Final = ("-o", "--output", "--weights")
"""Options with a file as value that does not have the columns."""
_DELIMITERS: Final = {"tab": "", "space": "runs of blanks", "comma": "", "semicolon": "", "pipe": ""}
_ENCODINGS: Final = ("utf-8", "utf-16", "latin-1", "cp1252", "cp437", "shift_jis", "gb18030")
_ORDERS: Final = {"0": "the function", "1": "f'", "2": "f''", "0,1": "", "0,1,2": "", "all": "0,1,2"}


def activations(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Return the candidates of `activation_names`, for a parameter that is an activation."""
    return activation_names(incomplete)


def activation_names(incomplete: str) -> Items:
    """Return names of activations with summaries; other names only if `incomplete` has a letter."""
    records = ACTIVATIONS.values()
    names = [(record.name, record.summary) for record in records]
    others = [(alias, record.summary) for record in records for alias in record.aliases if incomplete]
    return starting_with(incomplete, [*names, *others])


def starting_with(incomplete: str, described: Iterable[tuple[str, str]]) -> Items:
    """Return an item for each text that starts with `incomplete`."""
    return [CompletionItem(text, help=help_) for text, help_ in described if text.startswith(incomplete)]


def pages(context: click.Context, _: click.Parameter, incomplete: str) -> Items:
    """Return the topics, activations and commands that `act help` has a page about."""
    from actcli.cli.topics import TOPICS

    commands = context.find_root().command.shell_complete(context, incomplete)
    return [*starting_with(incomplete, TOPICS.items()), *commands]


def orders(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Return frequent values of -d."""
    return starting_with(incomplete, _ORDERS.items())


def delimiters(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Return the values of -t that are names."""
    return starting_with(incomplete, _DELIMITERS.items())


def thousands(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Return the values of --thousands that are names."""
    return starting_with(incomplete, ((name, "") for name in THOUSANDS))


def encodings(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Return encodings that are common in CSV files; many more are supported."""
    return starting_with(incomplete, ((name, "") for name in _ENCODINGS))


def names_and_files(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Return names of activations, then files, for a verb on several activations."""
    return [*activation_names(incomplete), *files(context, parameter, incomplete)]


def files(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Return the item that makes the shell complete files; after the colon of an archive, its arrays."""
    archive, begun = member(incomplete)
    if begun is not None:
        return starting_with(incomplete, ((f"{archive}:{name}", "") for name in _arrays(archive)))
    return [CompletionItem(incomplete, type="file")]


def columns(context: click.Context, _: click.Parameter, incomplete: str) -> Items:
    """Return the columns of the first file on the line, each after the finished part of the comma list."""
    chosen, comma, begun = incomplete.rpartition(",")
    taken = set(chosen.split(","))
    names = _names_of_columns(context)
    if incomplete.startswith(_VERBATIM) or not chosen:
        names = [_VERBATIM + name if "," in name else name for name in names]
    if incomplete.startswith(_VERBATIM):
        return starting_with(incomplete, ((name, "") for name in names))
    texts = (chosen + comma + name for name in names if name.startswith(begun) and name not in taken)
    return [CompletionItem(text) for text in texts]


def _names_of_columns(context: click.Context) -> Iterable[str]:
    path = _file_on_the_line(context)
    if not path:
        return ()
    if by_name(path) == "npz":
        return _arrays(path)
    from actcli.io.csv.dialect import sniff
    from actcli.io.csv.options import ReadOptions
    from actcli.io.csv.reader import Reader
    from actcli.io.json import dialect as json
    from actcli.io.streams import FileStream

    given = context.params
    reading = ReadOptions(
        columns=("1",),
        source_format=given.get("source_format"),
        delimiter=given.get("delimiter"),
        header=given.get("header"),
    )
    try:
        with closing(FileStream(path, given.get("encoding") or "")) as stream:
            reader = Reader(stream)
            asked = reader.json_as(reading)
            found = json.understood(reader, asked) if asked else None
            layout = json.sniff(found, reading) if found else sniff(reader, reading)
    except ActError:
        return ()
    return layout.names if layout else ()


def _arrays(path: str) -> Iterable[str]:
    """Return the names of the arrays of an archive; none if it cannot be read."""
    from actcli.io.npz import Archive

    try:
        with Archive(os.path.expanduser(path)) as archive:
            return archive.names
    except ActError:
        return ()


def _file_on_the_line(context: click.Context) -> str:
    """Return the first file on the line, or empty text. The root has all words: click parses only some."""
    words = [os.path.expanduser(word) for word in context.find_root().obj]
    read = (word for before, word in pairwise(("", *words)) if before not in _NOT_READ)
    return next((word for word in read if os.path.isfile(word)), "")
