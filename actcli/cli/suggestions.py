"""What click refuses, said in one line that ends with what to type next."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_OPTIONS_LIKENESS = 0.75  # their two hyphens are always alike


def explained(error: click.ClickException) -> str:
    """Where, what, and what to type next."""
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


def near(
    word: str, known: Sequence[str], others: dict[str, str] | None = None, *, likeness: float = 0.6
) -> str:
    """`; did you mean ...?` with the nearest of the known words, or with what another name stands for."""
    import difflib

    nearest = next(iter(difflib.get_close_matches(word, known, n=1, cutoff=likeness)), "")
    found = (others or {}).get(word.lower()) or nearest
    return f"; did you mean {found}?" if found else ""


def unknown(word: str, verb: str = "", verbs: Iterable[str] = ()) -> str:
    """That there is no such activation, and what to type instead; behind a verb, if that was typed."""
    import difflib

    from actcli.activations import RECORDS, nearest

    if word in RECORDS:
        from actcli.activations.frameworks import aliases_of_variant

        found = {framework: name for name, framework in aliases_of_variant(RECORDS[word])}
        framework = next(key for key in ("torch", *found) if key in found)
        name = found[framework]
        return f"{word} is what a framework means by {name}: {_like(verb, name, framework)}"
    from actcli.activations.frameworks import objects_named

    for name, framework in objects_named(word):
        return f"{word} is {name} here: {_like(verb, name, framework)}"
    close = [*difflib.get_close_matches(word, list(verbs), n=1, cutoff=0.7), *nearest(word)][:3]
    advice = f"did you mean {' or '.join(close)}?" if close else "'act list' shows all"
    return f"there is no activation {word!r}; {advice}"


def _like(verb: str, name: str, framework: str) -> str:
    return " ".join(filter(None, ("act", verb, name, "--like", framework)))


def spelled(parameter: click.Parameter) -> str:
    """An option's first long name, or an argument's in capitals."""
    if not isinstance(parameter, click.Option):
        return parameter.human_readable_name
    return next((name for name in parameter.opts if name.startswith("--")), parameter.opts[0])


def _no_such_option(error: click.NoSuchOption) -> str:
    context = error.ctx
    if context is None:
        return error.format_message().removesuffix(".")
    name, advice = (
        repr(error.option_name),
        near(error.option_name, _long(context), likeness=_OPTIONS_LIKENESS),
    )
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
    name, path = (error.ctx.info_name, error.ctx.command_path) if error.ctx else ("act", "act")
    parameter = error.param
    what = spelled(parameter) if parameter is not None else "a word"
    examples = getattr(error.cmd, "examples", ())
    advice = f", for example: {examples[0]}" if examples else f"; see '{path} --help'"
    return f"{name} needs {what}{advice}"


def _misused(error: click.BadOptionUsage) -> str:
    """An option without its value, or a flag with one."""
    parameters = error.ctx.command.params if error.ctx else []
    option = next((p for p in parameters if error.option_name in p.opts), None)
    if not isinstance(option, click.Option) or option.is_flag:
        return error.format_message().removesuffix(".")
    if isinstance(option.type, click.Choice):
        return f"{error.option_name} needs a value: {', '.join(option.type.choices)}"
    metavar = option.metavar or "a value"
    return f"{error.option_name} needs a value: {error.option_name} {metavar}"
