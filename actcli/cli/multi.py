"""Commands on several activations, whose names come first and whose parameters become options."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import islice, product, takewhile
from typing import TYPE_CHECKING, Any, Final

import click

from actcli.activations import ACTIVATIONS, all_parameters, nearest
from actcli.activations.frameworks import FRAMEWORK_ALIASES, FRAMEWORKS, check_parameters
from actcli.activations.record import Kind
from actcli.cli import options
from actcli.cli.options import proven
from actcli.cli.parser import MOST_VALUES, Choices, Command, Sweep, with_larger_step
from actcli.cli.suggestions import unknown_activation
from actcli.cli.words import parse_activation
from actcli.errors import UsageError
from actcli.io.filetype import STDIN, exists
from actcli.numeric.numerals import is_range, is_word, shortest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from actcli.activations.record import Activation, Parameter, Value
    from actcli.cli.options import Arguments
    from actcli.cli.run.request import Request
    from actcli.pipeline.computation import Comparison

    Owners = list[tuple[Activation, Parameter]]

_NAMED: Final = "actcli.named"
_OURS: Final = "act"
_STEPS: Final = 20  # of a slider
ALL: Final = "all"
"""Value of --like for our definition and that of every framework whose results differ."""
_OUTPUT: Final = (
    "Write to a file, which is replaced when the result is complete, as its name says: .csv, .json, "
    ".parquet ... DIR/ gets a result for each input, under its name."
)


class MultiCommand(Command):
    """A command with options of its own and those of the activations that its words name.

    `endings` are extensions of files that other commands do not write.
    """

    def __init__(self, *args: Any, endings: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.endings = tuple(endings)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Find the activations, which determine the options; return the words that click's parser leaves.

        Raises UsageError for a parameter of other activations, and for an output with an unknown extension.
        """
        meant = [activation for activation in map(_activation_if_any, args) if activation]
        ctx.meta[_NAMED] = list({a.name: ACTIVATIONS.get(a.name, a) for a in meant}.values())
        try:
            rest = super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if meant and error.option_name in _owners(ACTIVATIONS.values()):
                raise UsageError(_no_owner_message(error.option_name, meant)) from error
            raise
        target = ctx.params.get("output")
        if target and not ctx.params.get("format"):
            from actcli.cli.display.terminal import check_ending

            check_ending(target, self.endings)
        return rest

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the arguments, then the options of the named activations, then the command's own.

        A flag of both, such as --bias of neuron and of star-relu, is the command's: a name carries the
        activation's, star-relu(bias=0.5). Raises UsageError for such a flag of a formula.
        """
        own = super().get_params(ctx)
        arguments = [parameter for parameter in own if isinstance(parameter, click.Argument)]
        others = own[len(arguments) :]
        named = ctx.meta.get(_NAMED, ())
        owners_of = _owners(named)
        for flag, owners in owners_of.items():
            if any(activation.name not in ACTIVATIONS for activation, _ in owners):
                options.check_free(flag, others)
        own_flags = {flag for option in others for flag in (*option.opts, *option.secondary_opts)}
        free = {flag: owners for flag, owners in owners_of.items() if flag not in own_flags}
        return [*arguments, *_parameters(free, named), *others]


def _activation_if_any(word: str) -> Activation | None:
    """Return the activation of a word, None for others: an option's value may only look like a formula."""
    try:
        return parse_activation(word)
    except UsageError:  # raised again where the word is one
        return None


def _owners(activations: Iterable[Activation]) -> dict[str, Owners]:
    """Return the parameters that each flag sets: by name, else by alias, else of frameworks' variants."""
    own: dict[str, Owners] = {}
    other: dict[str, Owners] = {}
    frameworks: dict[str, Owners] = {}
    for activation in activations:
        for parameter in activation.parameters:
            own.setdefault(parameter.flag, []).append((activation, parameter))
            for alias in parameter.aliases:
                other.setdefault("--" + alias.replace("_", "-"), []).append((activation, parameter))
        for parameter in all_parameters(activation)[len(activation.parameters) :]:
            frameworks.setdefault(parameter.flag, []).append((activation, parameter))
    return own | {flag: owners for flag, owners in (frameworks | other).items() if flag not in own}


def _parameters(owners_of: Mapping[str, Owners], activations: Sequence[Activation]) -> list[click.Parameter]:
    """Return an option for each distinct list of parameters, with all flags that set exactly these."""
    found: list[tuple[Owners, list[str]]] = []
    for flag, owners in owners_of.items():
        same = next((flags for others, flags in found if others == owners), None)
        if same is None:
            found.append((owners, [flag]))
        else:
            same.append(flag)
    made: list[click.Parameter] = []
    for owners, flags in found:
        name, text = flags[0].removeprefix("--").replace("-", "_"), _help(owners, activations)
        if choices := owners[0][1].choices:
            made.append(options.parameter(flags, name, text, several=False, choices=choices))
        else:
            made.append(options.sweeping(flags, name, text))
    return made


def _help(owners: Owners, activations: Sequence[Activation]) -> str:
    """Return the help of an option, each text after its activations' names unless all share one text."""
    texts: dict[str, list[str]] = {}
    for activation, parameter in owners:
        texts.setdefault(options.described(parameter), []).append(activation.name)
    if len(texts) == 1 and len(owners) == len(activations):
        return next(iter(texts))
    return "; ".join(f"{', '.join(names)}: {text}" for text, names in texts.items())


def _no_owner_message(flag: str, activations: Sequence[Activation]) -> str:
    names = [activation.name for activation in activations]
    if len(names) == 1:
        return f"{names[0]} has no parameter {flag}; 'act info {names[0]}' shows those that it has"
    return f"none of {', '.join(names)} has a parameter {flag}"


def resolve(
    activations: Sequence[Activation], given: Arguments, most: int = MOST_VALUES
) -> list[tuple[Activation, dict[str, Value]]]:
    """Return each activation with its parameters, once for each framework of --like.

    It is returned once for each combination of parameters with several values. Raises UsageError if that
    gives more than `most` results, and for a parameter that no activation has or a name sets already.
    """
    meant = _chosen(activations, given)
    found = [pair for activation, chosen in meant for pair in _each(activation, chosen)]
    _check_count(len(found), max(most, len(meant)), given)
    return found


def _check_count(count: int, most: int, given: Arguments) -> None:
    """Raise UsageError with advice if the values of parameters give more than `most` results."""
    if count <= most:
        return
    ranges = [(name, value) for name, value in given.parameters if isinstance(value, Sweep)]
    advice = [f"--{name.replace('_', '-')} {with_larger_step(sweep.text)}" for name, sweep in ranges]
    larger = f"give a larger step: {' '.join(advice)}" if advice else "give fewer values"
    raise UsageError(f"the parameters' values give {count:,} results, at most {most:,} can be; {larger}")


def resolve_sliders(
    activations: Sequence[Activation], given: Arguments, most: int
) -> list[tuple[Activation, dict[str, Value], dict[str, tuple[float, ...]]]]:
    """Return each activation with its parameters, and with the values of its sliders by name.

    A range is a slider, of 20 steps unless a step is given. Its parameter has the value at which the slider
    starts: nearest to the default of the first activation that has it, or in the middle. Other values are
    combined as in `resolve`. Raises ParameterError for a value out of bounds, UsageError as `resolve` does.
    """
    found = []
    starts: dict[tuple[str, tuple[float, ...]], float] = {}
    meant = _chosen(activations, given)
    for activation, chosen in meant:
        sliders = {name: _positions(value) for name, value in chosen.items() if isinstance(value, Sweep)}
        defaults = {parameter.name: parameter.default for parameter in activation.parameters}
        start = {}
        for name, values in sliders.items():
            default = defaults[name]
            middle = values[len(values) // 2] if default is None else float(default)
            nearest = min(values, key=lambda value, middle=middle: abs(value - middle))  # type: ignore[misc]
            start[name] = starts.setdefault((name, values), nearest)
        for name, values in sliders.items():
            for value in values:
                _each(activation, {**chosen, **start, name: value})
        for one, settings in _each(activation, {**chosen, **start}):
            found.append((one, settings, sliders))
    _check_count(len(found), max(most, len(meant)), given)
    return found


def _positions(sweep: Sweep) -> tuple[float, ...]:
    """Return the ascending values of a slider for a range: with its own step, else with 20 steps."""
    from decimal import Decimal

    ends = sweep.text.split(":")
    if len(ends) > 2:  # noqa: PLR2004  with a step
        return tuple(sorted(sweep))
    low, high = sorted(map(Decimal, ends))
    return tuple(dict.fromkeys(float(low + k * (high - low) / _STEPS) for k in range(_STEPS + 1)))


def _each(activation: Activation, chosen: Mapping[str, Value]) -> list[tuple[Activation, dict[str, Value]]]:
    """Return the activation with its settings, once for each combination of parameters of several values."""
    lists = {parameter.name for parameter in activation.parameters if parameter.per_column}
    swept = {
        name: value
        for name, value in chosen.items()
        if isinstance(value, Sweep) or (isinstance(value, tuple) and name not in lists)
    }
    found = []
    for values in product(*map(dict.fromkeys, swept.values())):
        one = dict(zip(swept, values, strict=True))
        preset = activation.with_preset({**dict(activation.preset), **one}) if one else activation
        found.append((preset, activation.settings({**chosen, **one})))
    return found


def _chosen(activations: Sequence[Activation], given: Arguments) -> list[tuple[Activation, dict[str, Value]]]:
    """Return each activation, as --like defines it, with the parameters that the options set.

    An option sets the parameter of every activation that has it. Raises UsageError for one that no
    activation has, and for one that the names set already.
    """
    if given.like:
        frameworks = given.like.split(",")
        activations = [
            _like(activation, framework, apart=len(frameworks) > 1 or ALL in frameworks)
            for activation in activations
            for framework in (_differing(activation, given) if ALL in frameworks else frameworks)
        ]
    found: list[dict[str, Value]] = [{} for _ in activations]
    owners = _owners(activations)
    for name, value in given.parameters:
        flag = "--" + name.replace("_", "-")
        if flag not in owners:
            raise UsageError(_no_owner_message(flag, activations))
        without = [(a, p) for a, p in owners[flag] if p.name not in dict(a.preset)]
        if not without:
            raise UsageError(f"{flag}: the names carry it already; leave it out there, or here")
        for activation, parameter in without:
            found[activations.index(activation)].setdefault(parameter.name, value)
    for activation, chosen in zip(activations, found, strict=True):
        check_parameters(activation, chosen)
    activations = [proven(activation, given) for activation in activations]
    return list(zip(activations, found, strict=True))


def _differing(activation: Activation, given: Arguments) -> list[str]:
    """Return `act`, and one framework for each result under the activation's name that differs from ours."""
    from actcli.analysis.agreement import differing

    return [_OURS, *differing(activation, given.orders, _numbers(given))]


def _numbers(given: Arguments) -> dict[str, float | str]:
    """Return the parameters with a single value, by name."""
    return {name: value for name, value in given.parameters if isinstance(value, float | str)}


def told_apart(activation: Activation, given: Arguments, numbers: Sequence[float]) -> Iterator[str]:
    """Yield lines that name the frameworks with the same results for `numbers`, and the errors of others.

    If `numbers` is empty, as for files, usual numbers of the activation are compared.
    """
    from actcli.analysis.agreement import agreements, usual_numbers
    from actcli.numeric import xp

    x = xp.array(numbers) if numbers else usual_numbers(activation)
    for frameworks, precision, difference, place in agreements(activation, x, _numbers(given)):
        titles = ", ".join(FRAMEWORKS[framework].title for framework in frameworks)
        if not difference and precision:
            yield f"{activation.name}: the same to the last digit in {titles}"
            continue
        inside = f"the same in {precision}, " if precision else ""
        yield f"{activation.name}: {inside}up to {difference:.3g} away in {titles}, at {shortest(place)}"


def _like(activation: Activation, framework: str, *, apart: bool) -> Activation:
    """Return the activation as `framework` computes it; with `apart`, the framework is part of its name."""
    from actcli.activations.frameworks import like

    theirs = activation if framework == _OURS else like(activation, framework)
    return replace(theirs, name=f"{theirs.name}@{framework}") if apart else theirs


def split(words: Sequence[str], verb: str) -> tuple[list[Activation], list[str]]:
    """Return the activations that the first words name, and the other words.

    Raises UsageError if no activation is named, for a misspelled name, for a name after other words, and for
    an activation that is named twice with the same parameters.
    """
    names = list(takewhile(parse_activation, words))
    rest = list(words[len(names) :])
    late = [word for word in rest if parse_activation(word) and not exists(word)]
    if late:
        others = [word for word in rest if word not in late]
        raise UsageError(f"names come first: act {verb} {' '.join([*names, *late, *others])}")
    if rest and not _is_input(rest[0]) and (not names or nearest(rest[0])):
        raise UsageError(unknown_activation(rest[0], verb))
    if not names:
        shown = rest if verb != "plot" else [word for word in rest if is_word(word) or is_range(word)]
        example = " ".join(["tanh", "sigmoid", *islice(shown, 3)])
        raise UsageError(f"name an activation first, for example: act {verb} {example}")
    activations = [a for a in map(parse_activation, names) if a]
    same = [(a.name, {**{p.name: p.default for p in a.parameters}, **dict(a.preset)}) for a in activations]
    twice = next((a for k, a in enumerate(activations) if same[k] in same[:k]), None)
    if twice is not None:
        own = twice.parameters[0].name if twice.parameters else ""
        advice = f"give each its own parameters, as '{twice.name}({own}=0.5)', or " if own else ""
        raise UsageError(f"{twice.name} is named twice; {advice}leave out one")
    return activations, rest


def _is_input(word: str) -> bool:
    """Return whether a word is meant as a number or a file, and not as the name of an activation."""
    meant = word == STDIN or any(mark in word for mark in "*?[/")
    return meant or is_word(word) or is_range(word) or exists(word)


def computing(*, axis: bool, dtype: bool = True) -> list[click.Parameter]:
    """Return the options of computation, --axis and --dtype if wanted; --like takes several frameworks."""
    found = options.computing(
        axis=axis,
        dtype=dtype,
        like=f"The defaults and the variant of a framework ({', '.join(FRAMEWORKS)}); of several, side by "
        f"side; {_OURS} is ours, {ALL} are all that differ. Explicit options win.",
    )
    like = next(option for option in found if option.name == "like")
    like.type = Choices((*FRAMEWORKS, _OURS, ALL), aliases=FRAMEWORK_ALIASES)
    like.metavar = "FRAMEWORK[,FRAMEWORK]..."
    return found


def words() -> click.Argument:
    """Return the argument for the words, of which names come first."""
    return click.Argument(
        ["words"],
        nargs=-1,
        metavar="NAME... [WORD]...",
        type=click.UNPROCESSED,
        shell_complete=options.candidates("names_and_files"),
    )


def writing() -> list[click.Parameter]:
    """Return the options of output for results that are always appended to the columns read."""
    return options.writing(replaces=False, output=_OUTPUT)


def check_alike(activations: Sequence[Activation]) -> None:
    """Raise UsageError for gated activations, which halve rows, together with others."""
    gated = [a.name for a in activations if a.kind is Kind.GATED]
    others = [a.name for a in activations if a.kind is not Kind.GATED]
    if gated and others:
        raise UsageError(
            f"{gated[0]} gates one half of the numbers by the other, {others[0]} does not; "
            "they have no rows in common"
        )


def side_by_side(activations: Sequence[Activation], given: Arguments) -> Request:
    """Return the request to compute activations of the same numbers, with their results side by side."""
    from actcli.cli.run.request import Request

    return Request(
        verb="compare",
        given=given._replace(append=True),
        operation=partial(_comparison, resolve(activations, given), given),
        vectors=any(activation.kind is not Kind.ELEMENTWISE for activation in activations),
    )


def _comparison(
    resolved: Sequence[tuple[Activation, dict[str, Value]]],
    given: Arguments,
    along_columns: bool,
    dtype: str,
) -> Comparison:
    from actcli.pipeline.computation import Comparison, Computation

    return Comparison(
        tuple(
            Computation(
                activation,
                settings,
                given.orders,
                append=True,
                dtype=dtype,
                columnwise=along_columns and activation.kind is not Kind.ELEMENTWISE,
                labelled=True,
                digits=given.digits,
                notation=given.notation,
            )
            for activation, settings in resolved
        )
    )
