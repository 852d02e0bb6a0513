"""The command of an activation. Modules that compute are imported when it runs."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from actcli.activations.record import Kind
from actcli.cli import options
from actcli.cli.options import Arguments, proven
from actcli.cli.parser import Command
from actcli.errors import UsageError
from actcli.io.filetype import NO_TEXT, extension
from actcli.io.formats import BY_EXTENSION
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actcli.activations.record import Activation, Value
    from actcli.cli.words import Words
    from actcli.pipeline.computation import Computation


def command(activation: Activation, note: str = "") -> Command:
    """Return the click command of an activation; when run, it writes `note` to standard error, unless -q."""

    def run(**options: Any) -> None:
        arguments = Arguments.from_click(options)
        if note:
            from actcli.cli.display import messages

            messages.note(note, arguments)
        apply(activation, arguments)

    return Command(
        activation.name,
        params=options.of(activation),
        callback=run,
        help=f"{activation.summary}\n\nf(x) = {activation.formula}",
        examples=_examples(activation),
    )


def _examples(activation: Activation) -> list[str]:
    name, single = activation.name, activation.kind is Kind.ELEMENTWISE
    numbers, columns = ("-2 0.5 3", "score") if single else ("1 2 3 4", "a,b")
    return [
        f"act {name} {numbers}",
        f"act {name} -d 0,1 -F csv {numbers}",
        f"act {name} -c {columns} data.csv > out.csv",
    ]


def apply(activation: Activation, given: Arguments) -> None:
    """Compute an activation of the words that are given, and write the results.

    Raises UsageError for options that do not go together or do not apply to the activation.
    """
    from actcli.activations.frameworks import check_parameters, like
    from actcli.cli.run.request import Request
    from actcli.cli.run.run import run
    from actcli.cli.words import parse_words
    from actcli.pipeline.computation import ArrayOperation

    if given.like and activation.like:
        raise UsageError(
            f"--like: the name says --like {activation.like}; for another framework: "
            f"act {activation.name} --like {given.like}"
        )
    if given.like:
        activation = like(activation, given.like)
    if given.parameters:
        check_parameters(activation, dict(given.parameters))
    settings = activation.settings(dict(given.parameters))
    activation = proven(activation, given)
    words = parse_words(given.words, one_result_each=given.one_result_each, dtype=given.dtype)
    if given.inverse or given.side:
        activation = _inverse(activation, settings, given, words)
    if given.top is not None or given.top_p is not None:
        activation = _likeliest(activation, given)
    if given.plot:
        _check_plot(activation, settings, given, words)
    _check_rows(given, words)
    axis = -1 if given.axis is None else given.axis
    request = Request(
        verb=activation.name,
        given=given,
        operation=partial(_computation, activation, settings, given),
        vectors=activation.kind is not Kind.ELEMENTWISE,
        absent=activation.absent,
        array=ArrayOperation(activation, settings, given.orders, axis, given.dtype, given.raw, given.append),
    )
    run(request, words)


def _check_rows(given: Arguments, words: Words) -> None:
    """Raise UsageError for options of rows that do not apply to this input, or that need another option."""
    if given.append and not words.paths:
        raise UsageError("-a: results stand beside typed numbers anyway; leave it out")
    if given.append and given.format == "plain":
        raise UsageError("-a: plain is the computed values alone; leave it out, or say -F csv")
    if given.sorted_groups and not given.by:
        raise UsageError("--sorted says how the groups of --by stand; name their columns with --by")


def _likeliest(activation: Activation, given: Arguments) -> Activation:
    """Return the activation that keeps the likeliest entries. Raises UsageError for derivatives."""
    from actcli.activations.decoding import check_orders, likeliest

    check_orders(given.orders)
    return likeliest(activation, given.top, given.top_p)


def _inverse(
    activation: Activation, settings: Mapping[str, Value], given: Arguments, words: Words
) -> Activation:
    """Return the inverse of an activation.

    Raises UsageError for options that do not go with it, and for a typed number that is no value of f.
    """
    from actcli.analysis.inverse import inverse
    from actcli.engine import evaluate
    from actcli.numeric import doubts

    if not given.inverse:
        raise UsageError("--side says which side of --inverse is meant; say that too, or leave it out")
    if given.orders != (0,) or given.digits:
        raise UsageError("--inverse has neither derivatives nor --digits; leave one of them out")
    found = inverse(activation, given.side or "")
    next(found.jet(xp.zeros(0), **settings))  # raises before anything is written
    named: dict[str, Any] = {name: value for name, value in settings.items() if value is not None}
    places = evaluate(found, words.numbers, **named).tolist()
    doubts.drain()  # cleared: a number without an x is an error here
    for text, number, x in zip(words.texts, words.numbers, places, strict=True):
        if math.isnan(x) and not math.isnan(number):
            raise UsageError(
                f"{activation.name} never has the value {text}{' on this side' if given.side else ''}"
            )
    return found


def _computation(
    activation: Activation, settings: Mapping[str, Value], given: Arguments, along_columns: bool, dtype: str
) -> Computation:
    from actcli.pipeline.computation import Computation

    down = along_columns and activation.kind is not Kind.ELEMENTWISE
    return Computation(
        activation,
        settings,
        given.orders,
        append=given.append,
        dtype=dtype,
        columnwise=down,
        digits=given.digits,
        axis=-1 if given.axis is None else given.axis,
        notation=given.notation,
    )


def _check_plot(
    activation: Activation, settings: Mapping[str, Value], given: Arguments, words: Words
) -> None:
    """Raise UsageError if there is no table, or no picture to draw below it."""
    if words.paths:
        raise UsageError(f"--plot draws typed numbers; for the curve alone: act plot {activation.name}")
    form = given.format or BY_EXTENSION.get(extension(given.output or ""), "table")
    if form != "table" or extension(given.output or "") in NO_TEXT:
        option = f"-F {given.format}" if given.format else f"-o {given.output}"
        raise UsageError(f"--plot stands below a table; leave out {option}, or --plot")
    if activation.kind is not Kind.ELEMENTWISE and given.orders != (0,):
        raise UsageError("--plot draws no Jacobians")
    if any(isinstance(value, tuple) for value in settings.values()):
        raise UsageError("--plot draws one curve, and a list of parameters gives several")
    if activation.kind is Kind.ELEMENTWISE:
        from actcli.cli.display.drawing import around

        around(words.numbers)  # raises before the table is written
