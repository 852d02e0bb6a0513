"""`act list`: every activation, by family."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from actcli.activations import ACTIVATIONS
from actcli.commands import options
from actcli.commands.command import Command, Option
from actcli.commands.screen import Screen, screen, show
from actcli.commands.types import Choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from actcli.activation import Activation


def command() -> Command:
    """The click command."""
    return Command(
        "list",
        params=[
            Option(
                "-F",
                "--format",
                type=Choice(["table", "plain"]),
                default="table",
                help="plain: the names alone, one a line.  [default: table]",
                group=options.OUTPUT,
            ),
            *(o for o in options.writing() if o.name == "color"),
        ],
        callback=lambda **given: _list(given),
        help="Every activation, by family, with its formula.",
        examples=["act list", "act list -F plain"],
    )


def _list(given: dict[str, Any]) -> None:
    on = screen(given)
    page = _names if given["format"] == "plain" else _page
    show(page(ACTIVATIONS.values(), on), on)


def _names(records: Iterable[Activation], _: Screen) -> Iterator[str]:
    return (record.name for record in records)


def _page(records: Iterable[Activation], on: Screen) -> Iterator[str]:
    records = list(records)
    name = max(len(record.name) for record in records)
    summary = max(len(record.summary) for record in records)
    for place, (family, members) in enumerate(groupby(records, key=lambda record: record.family)):
        yield from [""] * bool(place)
        yield on.heading(family.capitalize())
        for record in members:
            yield from _lines(record, name, summary, on)


def _lines(record: Activation, name: int, summary: int, on: Screen) -> Iterator[str]:
    """One line where it fits, else the formula below."""
    first = f"  {record.name:<{name}}  "
    line = f"{first}{record.summary:<{summary}}  {record.formula}"
    if on.width is None or len(line) <= on.width:
        yield line
        return
    yield from on.wrapped(record.summary, first)
    yield from map(on.faint, on.wrapped(record.formula, " " * len(first)))
