"""`act neuron`: weighted inputs, their sum, and activations of it."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from actcli.activations.record import Kind
from actcli.cli import multi, options
from actcli.cli.display import messages
from actcli.cli.multi import MultiCommand
from actcli.cli.options import Arguments
from actcli.cli.parser import Number, Option, Whole
from actcli.cli.run.request import Request
from actcli.cli.run.run import run
from actcli.errors import DataError, UsageError
from actcli.numeric.numerals import NotANumeral, parse_quotient

if TYPE_CHECKING:
    import click

    from actcli.pipeline.computation import Neuron

NEURON = "Neuron"
_MOST_DRAWN: Final = 1000
_SEEDS: Final = 10_000
"""The number of seeds to draw from: few, so that they are short to type."""


def command() -> MultiCommand:
    """Return the click command."""
    return MultiCommand(
        "neuron",
        params=[
            multi.words(),
            *_weighing(),
            *multi.computing(axis=False),
            *options.reading(across=True),
            *multi.writing(),
        ],
        callback=_run,
        help="One neuron: its inputs with their weights, and activations of z = w . x + b.\n\n"
        "Names come first, then the inputs. Typed numbers are shown one by one, w x + b for each, and below "
        "them the neuron with all. Every row of a file is one evaluation: z and the activations follow it.",
        examples=[
            "act neuron sigmoid tanh relu --weights 0.2,-0.5,0.1 --bias 0.3 1 2 3",
            "act neuron sigmoid --weights weights.csv data.csv -c x1,x2",
            "act neuron sigmoid tanh relu --random 5 --seed 1",
        ],
    )


def _weighing() -> list[click.Parameter]:
    return [
        Option(
            "--weights",
            shell_complete=options.candidates("files"),
            metavar="NUMBER,...|FILE",
            help="One for each input: a comma list, or a CSV file.",
            group=NEURON,
        ),
        Option(
            "--bias",
            type=Number(),
            default=0.0,
            metavar="NUMBER",
            help="What is added to the weighted sum.  [default: 0]",
            group=NEURON,
        ),
        Option(
            "--random",
            "count",
            type=Whole(1, _MOST_DRAWN),
            metavar="COUNT",
            help="Draw so many inputs and weights from the normal distribution, to two decimals.",
            group=NEURON,
        ),
        Option(
            "--seed",
            type=Whole(0),
            metavar="NUMBER",
            help="The same seed draws the same numbers.  [default: another one each time, which is told]",
            group=NEURON,
        ),
    ]


def _run(weights: str | None, bias: float, count: int | None, seed: int | None, **options: Any) -> None:
    given = Arguments.from_click(options)
    if count is not None:
        given, weights = _drawn(given, weights, count, seed)
    elif seed is not None:
        raise UsageError("--seed starts what --random draws; say --random 5 too, or leave it out")
    if weights is None:
        raise UsageError("a neuron has weights: say --weights 0.2,-0.5, or --random 5 to draw some")
    neuron(given, weights, bias)


def _drawn(given: Arguments, weights: str | None, count: int, seed: int | None) -> tuple[Arguments, str]:
    """Return the arguments with `count` drawn inputs after the names, and as many drawn weights.

    Raises UsageError if inputs or weights are given as well.
    """
    import random

    _, inputs = multi.split(given.words, "neuron")
    if inputs or weights is not None:
        which = inputs[0] if inputs else f"--weights {weights}"
        raise UsageError(f"{which}: --random draws inputs and weights; leave out one of them")
    if seed is None:
        seed = random.SystemRandom().randrange(_SEEDS)
        messages.note(f"--seed {seed} draws these numbers again", given)
    numbers = random.Random(seed)  # noqa: S311  no secrets
    drawn = [str(round(numbers.gauss(0, 1), 2) + 0.0) for _ in range(2 * count)]  # + 0.0: no -0.0
    words = (*given.words[: len(given.words) - len(inputs)], *drawn[::2])
    return given._replace(words=words), ",".join(drawn[1::2])


def neuron(given: Arguments, weights: str, bias: float) -> None:
    """Run `act neuron` with these weights, a comma list or the path of a file, and this bias.

    Raises UsageError for an activation of several numbers, and as `weighed` does.
    """
    from actcli.cli.words import parse_words
    from actcli.pipeline.computation import Computation, Neuron

    activations, rest = multi.split(given.words, "neuron")
    for activation in activations:
        if activation.kind is not Kind.ELEMENTWISE:
            raise UsageError(f"{activation.name} works on several numbers, and a neuron gives one")
    computations = tuple(
        Computation(
            activation,
            settings,
            given.orders,
            dtype=given.dtype or "float64",
            labelled=True,
            digits=given.digits,
            notation=given.notation,
        )
        for activation, settings in multi.resolve(activations, given)
    )
    for computation in computations:
        computation.activation.check_length(1, computation.settings, what="the one sum of a neuron")
    neuron = Neuron(computations, tuple(weighed(weights)), bias)
    request = Request("neuron", given._replace(append=True), partial(_of_type, neuron), vectors=True)
    run(request, parse_words(rest, one_result_each=given.one_result_each, dtype=given.dtype))


def _of_type(neuron: Neuron, _: bool, dtype: str) -> Neuron:
    """Return the neuron for numbers of type `dtype`; it weighs the inputs of a row in any file."""
    return replace(neuron, computations=tuple(replace(c, dtype=dtype) for c in neuron.computations))


def weighed(text: str) -> list[float]:
    """Return the numbers of a comma list, or all numbers of a CSV file, row by row.

    Raises UsageError if `text` is neither, or the file has no numbers, DataError for a missing cell.
    """
    try:
        return [parse_quotient(item) for item in text.split(",")]
    except NotANumeral as error:
        if not os.path.exists(text):
            why = f"; {error}" if str(error) else ""
            raise UsageError(
                f"--weights {text!r} is neither a list such as 0.2,-0.5 nor a file{why}"
            ) from error
    from actcli.io.streams import holds

    held = holds(text)
    if held != "text":
        raise UsageError(f"--weights {text}: is {held}; weights are a comma list, or a CSV file")
    return _read(text)


def _read(path: str) -> list[float]:
    from actcli.io.csv import dialect, lanes
    from actcli.io.csv.options import ReadOptions
    from actcli.io.csv.reader import Reader
    from actcli.io.streams import FileStream

    found: list[float] = []
    with closing(FileStream(path)) as stream:
        reader = Reader(stream)
        layout = dialect.sniff(reader, ReadOptions())
        while layout is not None and (chunk := reader.next()) is not None:
            batch = lanes.batch(chunk, layout)
            if batch.error:
                raise batch.error
            if any(column.passthrough_rows for column in batch.columns):
                raise DataError(f"{path}: a weight is missing")
            found += batch.values.ravel().tolist()
    if not found:
        raise UsageError(f"{path}: has no numbers")
    return found
