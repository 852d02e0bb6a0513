"""Messages for errors of click, in one line that ends with what to type next."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

from actcli.cli.words import in_parentheses, looks_like_formula

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from actcli.activations.record import Activation

_OPTIONS_CUTOFF = 0.75  # high, as the two hyphens always match
_VERBS_CUTOFF = 0.7
_CARRIED = re.compile(r"([\w-]+)[:=,/]([\w.=-]+)")
"""Matches a name with parameters as other programs write them: elu:0.5, elu:alpha=0.5."""
_HINTS = {
    ("", "--gate"): "--gate is for gates, such as geglu",
    ("list", "--names"): "'act names' prints them, of all frameworks",
    ("", "--inplace"): "-i replaces a file by its result",
    ("", "--dim"): "--axis is for activations of vectors, such as softmax",
    ("", "--axis"): "--axis is for activations of vectors, such as softmax",
}
"""Advice for options that are missing here, by command (empty: any) and flag."""


def explained(error: click.ClickException) -> str:
    """Return the message for an error of click: where it is, what is wrong, what to type next."""
    if isinstance(error, click.NoSuchOption):
        return _no_such_option(error)
    if isinstance(error, click.MissingParameter):
        return _missing(error)
    if isinstance(error, click.BadOptionUsage):
        return _misused(error)
    if isinstance(error, click.BadParameter):
        where = f"{spelled(error.param)}: " if error.param is not None else ""
        return f"{where}{error.message.removesuffix('.')}"
    message = error.format_message().removesuffix(".")
    context = getattr(error, "ctx", None)
    return f"{context.info_name}: {message[:1].lower()}{message[1:]}" if context else message


def did_you_mean(
    word: str, known: Sequence[str], others: dict[str, str] | None = None, *, cutoff: float = 0.65
) -> str:
    """Return `; did you mean ...?`, or empty text if no name is similar.

    The name is that of `word` in `others`, else the only one of `known` that begins with `word`, else the
    most similar one of `known` with a similarity of at least `cutoff`.
    """
    found = (others or {}).get(word.lower())
    if not found:
        longer = [name for name in known if name.startswith(word) and word.strip("-")[1:]]
        found = longer[0] if len(longer) == 1 else closest(word, known, cutoff)
    return f"; did you mean {found}?" if found else ""


def closest(word: str, known: Iterable[str], cutoff: float) -> str:
    """Return the one of `known` most similar to `word`, empty text if none has a similarity of `cutoff`."""
    import difflib

    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)), "")


def unknown_activation(word: str, verb: str = "", verbs: Iterable[str] = ()) -> str:
    """Return the message for an unknown activation, with what to type instead, after `verb` if given.

    verbs: other words that may be meant.
    """
    from actcli.activations import RECORDS, find, nearest

    if word in RECORDS:
        from actcli.activations.frameworks import aliases_of_variant

        owners = {framework: name for name, framework in aliases_of_variant(RECORDS[word])}
        framework = next(key for key in ("torch", *owners) if key in owners)
        name = owners[framework]
        return f"{word} is what a framework means by {name}: {_like(verb, name, framework)}"
    from actcli.activations.frameworks import FRAMEWORKS, meanings

    found = meanings(word)
    if len(found) > 1:
        ways = (f"{FRAMEWORKS[framework].title}'s is {_like(verb, n, framework)}" for n, framework in found)
        return f"{word} is not the same everywhere: {', '.join(ways)}"
    for name, framework in found:
        return f"{word} is {name} here: {_like(verb, name, framework)}"
    carried = _CARRIED.fullmatch(word)
    activation = find(carried[1]) if carried else None
    if carried and activation and activation.parameters:
        return f"parameters of {activation.name} stand in brackets: {_carrying(activation, carried[2])}"
    close = list(filter(None, (closest(word, verbs, _VERBS_CUTOFF), *nearest(word))))[:3]
    advice = f"did you mean {' or '.join(close)}?" if close else "'act list' shows all"
    return f"there is no activation {word!r}; {advice}"


def _carrying(activation: Activation, text: str) -> str:
    """Return the name with its parameters as `activations.find` reads them."""
    value = text if "=" in text else f"{activation.parameters[0].flag.removeprefix('--')}={text}"
    return f"'{activation.name}({value})'"


def _like(verb: str, name: str, framework: str) -> str:
    """Return what to type for a framework's variant; `info` and `names` show all frameworks at once."""
    if verb in ("info", "names"):
        return f"act {verb} {name}"
    return " ".join(filter(None, ("act", verb, name, "--like", framework)))


def spelled(parameter: click.Parameter) -> str:
    """Return an option's first long name, or an argument's name in capitals."""
    if not isinstance(parameter, click.Option):
        return parameter.human_readable_name
    return next((name for name in parameter.opts if name.startswith("--")), parameter.opts[0])


def _no_such_option(error: click.NoSuchOption) -> str:
    context = error.ctx
    if context is None:
        return error.format_message().removesuffix(".")
    from actcli.activations import ACTIVATIONS

    takes_names = context.command.name not in ACTIVATIONS
    if takes_names and error.option_name.startswith("-") and looks_like_formula(error.option_name):
        return in_parentheses(error.option_name)

    name = repr(error.option_name)
    of_another = any(error.option_name == p.flag for r in ACTIVATIONS.values() for p in r.parameters)
    known = [] if of_another else _long(context)
    advice = did_you_mean(error.option_name, known, cutoff=_OPTIONS_CUTOFF)
    own = context.info_name or ""
    hint = _HINTS.get((own, error.option_name)) or _HINTS.get(("", error.option_name))
    if error.option_name == "--mask-missing":
        able = [record.name for record in ACTIVATIONS.values() if record.absent is not None]
        hint = f"it is for {', '.join(able[:-1])} and {able[-1]}, one at a time"
    if hint:
        return f"{own} has no option {name}; {hint}"
    if isinstance(context.command, click.Group):
        late = " before the activation; options follow it: act relu --alpha 0.1 1 2"
        return f"there is no option {name}{advice or late}"
    from actcli.activations.frameworks import named_by_argument

    if other := named_by_argument(error.option_name):
        advice = f"; with it a framework means {other}: act {other}"
    shown = f"; '{context.command_path} --help' shows all"
    if os.path.exists(error.option_name):
        advice = f"; for the file, write ./{error.option_name}"
    return f"{context.info_name} has no option {name}{advice or shown}"


def _long(context: click.Context) -> list[str]:
    parameters = context.command.get_params(context)
    options = [parameter for parameter in parameters if isinstance(parameter, click.Option)]
    names = [name for option in options for name in (*option.opts, *option.secondary_opts)]
    return [name for name in names if name.startswith("--")]


def _missing(error: click.MissingParameter) -> str:
    name = error.ctx.info_name if error.ctx else "act"
    parameter = error.param
    what = spelled(parameter) if parameter is not None else "a word"
    examples = "".join(f", for example: {line}" for line in getattr(error.cmd, "examples", ())[:1])
    return f"{name} needs {what}{examples}"


def _misused(error: click.BadOptionUsage) -> str:
    """Return the message for an option without its value, or for a flag with one."""
    parameters = error.ctx.command.params if error.ctx else []
    option = next((p for p in parameters if error.option_name in p.opts), None)
    if not isinstance(option, click.Option) or option.is_flag:
        return error.format_message().removesuffix(".")
    if isinstance(option.type, click.Choice):
        return f"{error.option_name} needs a value: {', '.join(option.type.choices)}"
    metavar = option.metavar or "a value"
    return f"{error.option_name} needs a value: {error.option_name} {metavar}"
