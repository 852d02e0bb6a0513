"""`act names [NAME]...`: the names of activations, here and in every framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from actcli.activations import ACTIVATIONS
from actcli.activations.frameworks import FRAMEWORKS
from actcli.cli import options
from actcli.cli.commands.info import page_activation
from actcli.cli.display import terminal
from actcli.cli.display.page import page_format, show
from actcli.cli.options import Arguments
from actcli.cli.parser import Command
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.activations.record import Activation, FrameworkVariant
    from actcli.display import Display

FORMATS: Final = ("text", "plain", "json")


def command() -> Command:
    """Return the click command."""
    return Command(
        "names",
        params=[
            click.Argument(
                ["words"], nargs=-1, metavar="[NAME]...", shell_complete=options.candidates("activations")
            ),
            options.own_format(
                FORMATS,
                "How the names are written; plain is a name and our command for it in each line.  "
                "[default: text]",
            ),
            *options.pick("output", "color", output="Write to a file: as JSON, if its name ends in .json."),
        ],
        callback=_run,
        help="What activations are called, here and in every framework, and what computes the same here.\n\n"
        "Of all activations, unless some are named.",
        examples=["act names gelu", "act names -F json > names.json"],
    )


def _run(words: tuple[str, ...], **options: Any) -> None:
    records = [page_activation(word, "names") for word in words] or list(ACTIVATIONS.values())
    hidden = next((record.name for record in records if record.hidden), None)
    if hidden:
        raise UsageError(
            f"{hidden} is what a framework means by another name; 'act info {hidden}' says whose"
        )
    given = Arguments.from_click(options)
    display = terminal.display(given)
    pages = {"plain": _lines, "json": _json}
    show(pages.get(page_format(given, FORMATS), _page)(records, display), display, given.output)


def _page(records: Sequence[Activation], display: Display) -> Iterator[str]:
    for index, record in enumerate(records):
        yield from [""] * bool(index)
        yield display.heading(record.name)
        rows = [("here", ", ".join(_own(record)), f"act {record.name}")]
        for framework, theirs in record.frameworks.items():
            names = ", ".join((theirs.name, *theirs.others))
            rows.append((FRAMEWORKS[framework].title, names, _command(record, framework)))
            if theirs.layer:
                layer = theirs.layer.name.rpartition(".")[2]
                rows.append(
                    (FRAMEWORKS[framework].title, theirs.layer.name, f"act {layer} --like {framework}")
                )
        yield from display.columns([(title, like, names) for title, names, like in rows])


def _own(record: Activation) -> list[str]:
    return [record.name, *record.aliases, *record.presets]


def _command(record: Activation, framework: str) -> str:
    """Return the command that computes what the framework does: without --like if our own does."""
    theirs = record.frameworks[framework]
    same = not (theirs.variant or theirs.defaults or theirs.at or theirs.required)
    return f"act {record.name}" + ("" if same else f" --like {framework}")


def _lines(records: Sequence[Activation], _: Display) -> Iterator[str]:
    for record in records:
        yield from (f"{name}\tact {record.name}" for name in _own(record) if name not in record.presets)
        yield from (f"{name}\tact {name}" for name in record.presets)
        for framework, theirs in record.frameworks.items():
            for name in (theirs.name, *theirs.others):
                yield f"{name}\t{_command(record, framework)}"


def _json(records: Sequence[Activation], _: Display) -> Iterator[str]:
    import json

    found = [
        {
            "name": record.name,
            "aliases": list(record.aliases),
            "named": {name: _values(preset) for name, preset in record.presets.items()},
            "frameworks": {key: _variant(record, key, v) for key, v in record.frameworks.items()},
        }
        for record in records
    ]
    yield json.dumps(found, ensure_ascii=False, indent=2)


def _values(preset: Any) -> dict[str, Any]:
    return {name: value if isinstance(value, str | None) else float(value) for name, value in preset.items()}


def _variant(record: Activation, framework: str, theirs: FrameworkVariant) -> dict[str, Any]:
    return {
        "names": [theirs.name, *theirs.others],
        "command": _command(record, framework),
        "computes": theirs.variant or record.name,
        "defaults": _values(theirs.defaults),
        "required": list(theirs.required),
        "since": theirs.since or None,
        "note": theirs.note or None,
    }
