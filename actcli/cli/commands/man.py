"""`act man`: the manual page, made from the records and the command tree."""

from __future__ import annotations

import sys
from itertools import groupby
from typing import TYPE_CHECKING, Final

import click

from actcli.activations import ACTIVATIONS
from actcli.cli import options
from actcli.cli.display import messages, terminal
from actcli.cli.options import briefly
from actcli.cli.parser import Command, say
from actcli.cli.topics import TOPICS, blocks
from actcli.cli.topics import text as markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from actcli.activations.record import Activation

_SECTIONS: Final = ("Environment", "Exit status")
"""Headings within topics that are sections of their own, as in any manual page."""
_PARAGRAPH: Final = ".sp"
_ESCAPES: Final = {
    "|": r"|\:",  # a line may break after it
    "\\": r"\e",
    "-": r"\-",
    "'": r"\(aq",
    "^": r"\(ha",
    "~": r"\(ti",
    "`": r"\(ga",
    '"': r"\(dq",
}


def command() -> Command:
    """Return the click command."""
    return Command(
        "man",
        callback=_show,
        help="The manual page, for man -l. Installed packages have it where man looks.",
        examples=["act man | man -l -"],
    )


def _show() -> None:
    if terminal.is_terminal(sys.stdout):
        messages.complain("this is its source; act man | man -l - shows the page")
    root = click.get_current_context().find_root().command
    assert isinstance(root, click.Group)  # noqa: S101  the root has commands
    say(page(root))


def page(root: click.Group) -> str:
    """Return the manual page of the program with this root command, in roff's man macros."""
    return "\n".join(_page(root)) + "\n"


def _page(root: click.Group) -> Iterator[str]:
    from actcli import __version__

    verbs = [name for name in root.list_commands(click.Context(root)) if name not in ACTIVATIONS]
    about, *paragraphs = (root.help or "").split("\n\n")
    yield f'.TH ACT 1 "" "act {__version__}" "User Commands"'
    yield from (".nh", ".ad l")  # no hyphens, no stretched lines: text is to be copied
    yield from (".SH NAME", rf"act \- {_text(about[0].lower() + about[1:].rstrip('.'))}")
    yield ".SH SYNOPSIS"
    yield from _lines(r"\fBact\fR \fIACTIVATION\fR [\fIOPTIONS\fR] [\fIWORD\fR]...")
    yield from _lines(*(_usage(root, verb) for verb in verbs))
    yield ".SH DESCRIPTION"
    yield from (f".PP\n{_text(paragraph)}" for paragraph in paragraphs)
    yield ".SH ACTIVATIONS"
    for family, members in groupby(ACTIVATIONS.values(), key=lambda record: record.family):
        yield f".SS {family.capitalize()}"
        yield from (line for record in members for line in _activation(record))
    yield from _options(root)
    yield ".SH COMMANDS"
    yield from (line for verb in verbs for line in _verb(root, verb))
    yield from (line for topic in TOPICS for line in _topic(topic))
    yield from (".SH EXAMPLES", ".nf", *map(_text, getattr(root, "examples", ())), ".fi")


def _activation(record: Activation) -> Iterator[str]:
    names = (_bold(name) for name in (record.name, *record.aliases))
    yield from _item(", ".join(names), f"{_text(record.summary)}\n.br\n{_text(f'f(x) = {record.formula}')}")
    if record.parameters:
        yield ".RS"
        for parameter in record.parameters:
            default = "" if parameter.default is None else f" [default: {briefly(parameter.default)}]"
            yield from _item(_bold(parameter.flag), _text(parameter.help + default))
        yield ".RE"


def _options(root: click.Group) -> Iterator[str]:
    """Yield the options that all activations have, by group."""
    yield ".SH OPTIONS"
    yield _text("Every activation has these beside its own parameters; --axis, if it works across columns.")
    context = click.Context(root, info_name="act")
    for group, members in groupby(options.shared(across=None), key=lambda p: getattr(p, "group", "")):
        yield f".SS {_text(group)}"
        yield from _records(members, context)


def _verb(root: click.Group, name: str) -> Iterator[str]:
    """Yield a verb with its options that activations do not have, or not with the same help."""
    context, command = _found(root, name)
    text = (command.help or "").split("\n\n\b")[0].replace("\n\n", f"\n{_PARAGRAPH}\n")
    yield from _item(_usage(root, name), _text(text))
    common = {_meaning(option) for option in options.shared(across=None)}
    own = [parameter for parameter in command.params if _meaning(parameter) not in common]
    yield from (".RS", *_records(own, context), ".RE") if own else ()


def _meaning(parameter: click.Parameter) -> tuple[str, str | None]:
    return parameter.opts[0], getattr(parameter, "help", None)


def _found(root: click.Group, name: str) -> tuple[click.Context, click.Command]:
    context = click.Context(root, info_name="act")
    command = root.get_command(context, name)
    assert command is not None  # noqa: S101  the names are the program's own
    return click.Context(command, parent=context, info_name=name), command


def _usage(root: click.Group, name: str) -> str:
    context, command = _found(root, name)
    return f"{_bold(f'act {name}')} {_text(' '.join(command.collect_usage_pieces(context)))}"


def _records(parameters: Iterable[click.Parameter], context: click.Context) -> Iterator[str]:
    for parameter in parameters:
        record = parameter.get_help_record(context)
        if record and isinstance(parameter, click.Option):
            yield from _item(_bold(record[0]), _text(" ".join(record[1].split())))


def _topic(topic: str) -> Iterator[str]:
    """Yield a topic of `act help` as a section, and its headings in _SECTIONS as further sections."""
    for kind, text in blocks(markdown(topic)):
        if kind == "title" or text in _SECTIONS:
            yield f".SH {_text(text.upper())}"
        elif kind == "heading":
            yield f".SS {_text(text)}"
        elif kind == "item" and ": " in text:
            name, _, meaning = text.partition(": ")
            yield from _item(_bold(name), _text(meaning))
        elif kind == "code":
            yield from (".PP", ".RS", ".nf", _text(text), ".fi", ".RE")
        else:
            yield from (".IP" if kind == "item" else ".PP", _text(text))


def _item(title: str, text: str) -> Iterator[str]:
    yield from (".TP", title, text)


def _lines(*lines: str) -> Iterator[str]:
    for line in lines:
        yield from (line, ".br")


def _bold(text: str) -> str:
    return rf"\fB{_text(text)}\fR"


def _text(text: str) -> str:
    """Return text escaped for roff, in ASCII, so that any locale can show it."""
    return "\n".join(_escaped(line) for line in text.split("\n"))


def _escaped(line: str) -> str:
    if line == _PARAGRAPH:
        return line
    shown = "".join(_ESCAPES.get(c, c if c.isascii() else f"\\[u{ord(c):04X}]") for c in line)
    return rf"\&{shown}" if shown.startswith(".") else shown
