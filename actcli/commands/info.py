"""`act info NAME`: all about one activation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from actcli.activation import FRAMEWORKS
from actcli.activations import RECORDS, find, nearest
from actcli.commands import options
from actcli.commands.command import Command
from actcli.commands.screen import Screen, screen, show
from actcli.errors import UsageError
from actcli.numerals import shortest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.activation import Activation, Peer


def command() -> Command:
    """The click command."""
    return Command(
        "info",
        params=[
            click.Argument(["name"], metavar="NAME", shell_complete=options.candidates("activations")),
            *(o for o in options.writing() if o.name == "color"),
        ],
        callback=lambda **given: _info(given),
        help="All about one activation: formula, derivatives, conventions, and what frameworks call it.",
        examples=["act info gelu", "act info hard-sigmoid"],
    )


def _info(given: dict[str, Any]) -> None:
    activation = named(given["name"])
    on = screen(given)
    show(_page(activation, on), on)


def named(name: str) -> Activation:
    """The activation of this name, a framework's variant too. UsageError with the nearest names."""
    found = find(name) or RECORDS.get(name)
    if found is None:
        near = " or ".join(nearest(name))
        advice = f"did you mean {near}?" if near else "'act list' shows all"
        raise UsageError(f"there is no activation {name!r}; {advice}")
    return found


def _page(activation: Activation, on: Screen) -> Iterator[str]:
    yield from on.wrapped(activation.summary, on.heading(activation.name) + ": ", "  ")
    yield ""
    formulas = (activation.formula, *activation.derivatives)
    yield from on.columns([(f"f{_primes(k)}(x) =", formula) for k, formula in enumerate(formulas)])
    for title, rows in _sections(activation):
        yield ""
        yield on.heading(title)
        yield from on.columns(rows)


def _primes(order: int) -> str:
    return "'" * order


def _sections(activation: Activation) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    yield "Properties", list(_properties(activation))
    if activation.parameters:
        yield "Parameters", list(_parameters(activation))
    if activation.kinks:
        yield "Where it bends or jumps, we give", list(_kinks(activation))
    yield "In frameworks", list(_frameworks(activation))
    if activation.note:
        yield "Note", [(activation.note,)]
    if activation.reference:
        yield "Reference", [(activation.reference,)]


def _properties(activation: Activation) -> Iterator[tuple[str, ...]]:
    yield "family", activation.family
    yield "kind", activation.kind.value
    if activation.aliases:
        yield "also called", ", ".join(activation.aliases)
    yield "range", activation.range
    yield "monotone", activation.monotone


def _parameters(activation: Activation) -> Iterator[tuple[str, ...]]:
    for parameter in activation.parameters:
        default = "off" if parameter.default is None else shortest(parameter.default)
        bounds = [r for r in activation.requires if parameter.name in r.split()]
        yield parameter.flag, default, "; ".join([parameter.help, *bounds])


def _kinks(activation: Activation) -> Iterator[tuple[str, ...]]:
    for kink in activation.kinks:
        yield f"x = {kink.at}", f"f = {kink.f},", f"f' = {kink.d1},", f"f'' = {kink.d2}"


def _frameworks(activation: Activation) -> Iterator[tuple[str, ...]]:
    for key, title in FRAMEWORKS.items():
        peer = activation.frameworks.get(key)
        yield (title, peer.name, "; ".join(differences(peer))) if peer else (title, "-", "")


def differences(peer: Peer) -> Iterator[str]:
    """How a framework's activation of this name differs from ours, a phrase each."""
    for name, value in peer.defaults.items():
        yield f"{name} = {'off' if value is None else shortest(value)}"
    if peer.variant:
        yield f"computes {peer.variant}"
    for at, values in peer.at.items():
        given = (f"f{_primes(k)} = {shortest(v)}" for k, v in enumerate(values) if v is not None)
        yield f"at {at}: {', '.join(given)}"
    if peer.note:
        yield peer.note
