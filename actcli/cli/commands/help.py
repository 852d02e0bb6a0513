"""`act help`: a page about a topic, an activation or a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from actcli.cli import options
from actcli.cli.display import terminal
from actcli.cli.display.page import show
from actcli.cli.options import Arguments
from actcli.cli.parser import Command, say
from actcli.cli.topics import ALIASES, TOPICS, blocks, text
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.display import Display

_WIDEST: Final = 100
"""The longest line that is easy to read, in characters."""
_CODE: Final = "    "


def command() -> Command:
    """Return the click command."""
    return Command(
        "help",
        params=[
            click.Argument(
                ["name"], metavar="[NAME]", required=False, shell_complete=options.candidates("pages")
            ),
            *options.pick("color"),
        ],
        callback=_run,
        help=f"A page about a topic ({', '.join(TOPICS)}), or the options of an activation or a command.",
        examples=["act help csv", "act help exact", "act help softmax"],
    )


def _run(name: str | None, color: str | None) -> None:
    display = terminal.display(Arguments(color=color))
    display = display._replace(width=min(display.usual_width, _WIDEST))
    topic = ALIASES.get(name or "", name)
    if topic in TOPICS:
        show(_page(topic, display), display)
        return
    root = click.get_current_context().find_root()
    assert isinstance(root.command, click.Group)  # noqa: S101  the root has commands
    found = root.command.get_command(root, name) if name else root.command
    if found is None:
        from actcli.cli.suggestions import did_you_mean, unknown_activation

        advice = did_you_mean(name or "", list(TOPICS))
        raise UsageError(
            f"there is no topic {name!r}{advice}" if advice else unknown_activation(name or "", "help")
        )
    say(found.get_help(click.Context(found, parent=root, info_name=found.name) if name else root) + "\n")


def _page(topic: str, display: Display) -> Iterator[str]:
    """Yield a topic's page: its text wrapped to the display, its code unchanged."""
    before = ""
    for kind, part in blocks(text(topic)):
        if before and not kind == before == "item":
            yield ""
        before = kind
        if kind in ("title", "heading"):
            yield display.heading(part)
        elif kind == "code":
            yield from (_CODE + line for line in part.split("\n"))
        else:
            yield from display.wrapped(part, "- " if kind == "item" else "")
