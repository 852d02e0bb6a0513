"""The registry of activations by name. To add one, write its record in a family's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from actcli.activations import (
    exponentials,
    gates,
    gelu_approximations,
    gelus,
    hard_sigmoids,
    linear,
    rectifiers,
    selectors,
    shrinkers,
    sigmoids,
    smooth,
    softmaxes,
    swishes,
    waves,
)
from actcli.activations.record import Activation
from actcli.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.activations.record import FrameworkVariant, Parameter, Value

FAMILIES: Final = {
    "lines": (linear,),
    "rectifiers": (rectifiers,),
    "smooth": (exponentials, smooth),
    "sigmoids": (sigmoids, hard_sigmoids),
    "swishes and gelus": (swishes, gelus, gelu_approximations),
    "shrinkers": (shrinkers,),
    "waves": (waves,),
    "vectors": (softmaxes, selectors),
    "gates": (gates,),
}
"""The families in the order of pages, with the modules of their records."""

_WRITTEN: Final = [
    (family, record)
    for family, files in FAMILIES.items()
    for file in files
    for record in vars(file).values()
    if isinstance(record, Activation) and record.jet.__module__ == file.__name__
]


class _Frameworks(Mapping[str, "FrameworkVariant"]):
    """The variants of a record by framework: those of the record, then those of the tables of `elsewhere`.

    The tables are read when a framework is asked for: few runs do.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getitem__(self, framework: str) -> FrameworkVariant:
        return _all_variants()[self._name][framework]

    def __iter__(self) -> Iterator[str]:
        return iter(_all_variants()[self._name])

    def __len__(self) -> int:
        return len(_all_variants()[self._name])


@cache
def _all_variants() -> dict[str, dict[str, FrameworkVariant]]:
    """Return the variants by framework, for each record by name."""
    from actcli.activations import elsewhere

    written = {record.name: record for _, record in _WRITTEN}
    tables = elsewhere.variants(written)
    return {name: {**record.frameworks, **tables[name]} for name, record in written.items()}


RECORDS: Final[dict[str, Activation]] = {
    record.name: record.with_fields(family=family, frameworks=_Frameworks(record.name))
    for family, record in _WRITTEN
}
"""All records by name, with the hidden variants of frameworks."""

ACTIVATIONS: Final[dict[str, Activation]] = {n: r for n, r in RECORDS.items() if not r.hidden}
"""The activations that users see, by name, family after family."""


def plain(name: str) -> str:
    """Return a name in lower case without hyphens and underscores: equal for all spellings of a name."""
    return name.lower().replace("-", "").replace("_", "")


_SPELLINGS: Final = {plain(s): r for r in ACTIVATIONS.values() for s in (r.name, *r.aliases)}
_NAMED: Final = {plain(name): (r, name) for r in ACTIVATIONS.values() for name in r.presets}
_LAYERS: Final = {
    variant.layer.name.rpartition(".")[2]
    for _, record in _WRITTEN
    for variant in record.frameworks.values()
    if variant.layer
}
"""Names of layers with other defaults than the function of that name, such as LeakyReLU."""

_ALIKE: Final = 0.6
_SUGGESTED: Final = 3


def find(name: str) -> Activation | None:
    """Return the activation of this name or alias in any spelling (`HardSigmoid`, `swish`), or None.

    The name of a framework's layer, spelled as there, means for that framework the layer: LeakyReLU. A name
    can carry parameters: `leaky-relu(alpha=0.1)`. Raises ParameterError for parameters that it lacks, for
    parameters given twice or without a name, and for values that are no numbers.
    """
    base, bracket, rest = name.partition("(")
    spelled = base.rstrip() if bracket else base
    record, preset, own = _SPELLINGS.get(plain(spelled)), dict[str, Any](), ""
    if record is None and plain(spelled) in _NAMED:
        record, own = _NAMED[plain(spelled)]
        preset = dict(record.presets[own])
    if record is not None and spelled in _LAYERS:
        frameworks = {
            key: v.layer if v.layer and v.layer.name.endswith(f".{spelled}") else v
            for key, v in record.frameworks.items()
        }
        record = replace(record, frameworks=frameworks, maker=(_found, (spelled,)))
    if record is None or not (bracket or preset):
        return record
    return record.with_preset({**preset, **(_parameters(record, name, rest) if bracket else {})}, own)


def all_parameters(activation: Activation) -> tuple[Parameter, ...]:
    """Return the activation's parameters, then those that only a framework's variant of it has."""
    parameters = {parameter.name: parameter for parameter in activation.parameters}
    variants = [r for r in RECORDS.values() if r.variant_of == activation.name and not activation.like]
    for variant in variants:
        for parameter in variant.parameters:
            if parameter.name not in parameters:
                framework = next(iter(variant.frameworks))
                told = f"{parameter.help}; with --like {framework}"
                parameters[parameter.name] = parameter._replace(help=told)
    return tuple(parameters.values())


def _found(name: str) -> Activation:
    """Return the activation of this name, which is known: for unpickling."""
    found = find(name)
    assert found is not None, name  # noqa: S101  it was found when it was pickled
    return found


def _parameters(activation: Activation, name: str, text: str) -> dict[str, Value]:
    """Return the parameters in `text`, which follows the opening bracket of `name`.

    Raises ParameterError as `find` does.
    """
    from actcli.numeric.numerals import NotANumeral, parse_quotient

    flags = {
        plain(flag.removeprefix("--")): p for p in activation.parameters for flag in (*p.aliases, p.flag)
    }
    names = ", ".join(p.flag.removeprefix("--") for p in activation.parameters)
    found: dict[str, list[Any]] = {}
    parameter = None
    for item in text.removesuffix(")").split(","):
        key, equals, number = item.rpartition("=")
        if equals:
            parameter = flags.get(plain(key.strip()))
            if parameter is None:
                has = f"it has {names}" if names else "it has none"
                raise ParameterError(f"{name}: {activation.name} has no parameter {key.strip()!r}; {has}")
            if parameter.name in found:
                raise ParameterError(f"{name}: {key.strip()} is given twice; leave out one")
        if parameter is None:
            example = f"{activation.name}({activation.parameters[0].name}=0.5)" if names else activation.name
            raise ParameterError(f"{name}: parameters have names; write '{example}'")
        if not text.endswith(")"):
            closed = name.rpartition(")")[0] or name
            raise ParameterError(f"{name}: a name ends with its closing bracket; write '{closed})'")
        try:
            value = number.strip() if parameter.choices else parse_quotient(number.strip())
            found.setdefault(parameter.name, []).append(value)
        except NotANumeral as error:
            raise ParameterError(f"{name}: {number.strip()!r} is not a number") from error
    return {key: tuple(values) if len(values) > 1 else values[0] for key, values in found.items()}


def nearest(name: str) -> list[str]:
    """Return the names of up to three activations with similar spelling, the most similar first.

    Among equals, names come before aliases, then those with the same first letter, then the registry's first.
    """
    import difflib

    known = {**_SPELLINGS, **{spelling: record for spelling, (record, _) in _NAMED.items()}}
    word = plain(name)
    matcher = difflib.SequenceMatcher(b=word)
    near = list[tuple[float, bool, bool, str]]()
    for spelling, record in known.items():
        matcher.set_seq1(spelling)
        if matcher.quick_ratio() >= _ALIKE <= (alike := matcher.ratio()):
            alias, otherwise = spelling != plain(record.name), spelling[0] != word[0]
            near.append((-alike, alias, otherwise, record.name))
    near.sort(key=lambda one: one[:3])
    return list(dict.fromkeys(found for *_, found in near))[:_SUGGESTED]
