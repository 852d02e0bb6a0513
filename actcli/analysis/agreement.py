"""Which frameworks compute the same by an activation's name, and how far the others are from it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actcli.activations.frameworks import like
from actcli.activations.record import Kind
from actcli.engine import evaluate
from actcli.errors import ParameterError
from actcli.numeric import xp
from actcli.numeric.dtypes import round_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actcli.activations.record import Activation
    from actcli.numeric import Array

_PRECISIONS: Final = ("float64", "float32", "float16")
"""Types in which results may be the same, and that need no package."""


_FAR: Final = (10.5, 20.5, 30.0)
"""Where what is cut off differs: a softplus that is x from 20 on."""


class Agreement(NamedTuple):
    """Frameworks that compute the same.

    `precision` is the widest type in which their results are ours: float64 to the last digit, empty in none.
    `difference` is the largest one, `place` the number where it is, or of a gate its a.
    """

    frameworks: tuple[str, ...]
    precision: str
    difference: float
    place: float


def usual_numbers(activation: Activation) -> Array:
    """Return numbers where frameworks differ if they do: from -8 to 8, or four for a vector."""
    elementwise = activation.kind is Kind.ELEMENTWISE
    return xp.arange(-1024, 1025) / 128 if elementwise else xp.array([-1.5, 0.25, 1.0, 3.0])


def agreements(activation: Activation, x: Array, given: Mapping[str, Any]) -> list[Agreement]:
    """Return the groups of frameworks that compute the same of the vector `x`: first those that do as we do.

    given: parameters, of which each framework takes those that it has. Frameworks that lack one without
    default are left out.
    """
    ours = evaluate(activation, x, **_taken(activation, given))
    groups: dict[bytes, list[str]] = {ours.tobytes(): []}
    results = {ours.tobytes(): ours}
    for framework in activation.frameworks:
        record = like(activation, framework)
        try:
            theirs = evaluate(record, x, **_taken(record, given))
        except ParameterError:
            continue
        results[theirs.tobytes()] = theirs
        groups.setdefault(theirs.tobytes(), []).append(framework)
    places = (
        x if activation.kind is not Kind.GATED else x[activation.halves(len(x), activation.settings())[0]]
    )
    return [
        Agreement(tuple(frameworks), _precision(ours, results[key]), *_largest(ours, results[key], places))
        for key, frameworks in groups.items()
        if frameworks
    ]


def differing(activation: Activation, orders: tuple[int, ...], given: Mapping[str, Any]) -> list[str]:
    """Return a framework for each other thing than ours that frameworks compute, at usual and far numbers.

    orders: of these orders, of which those above 2 are what f'' is. given: as for `agreements`.
    """
    x, wanted = usual_numbers(activation), tuple(sorted({min(order, 2) for order in orders}))
    if activation.kind is Kind.ELEMENTWISE:
        x = xp.concatenate([x, _FAR, xp.negative(_FAR)])

    def results(record: Activation) -> bytes:
        return b"".join(y.tobytes() for y in evaluate(record, x, wanted, **_taken(record, given)))

    found = {results(activation): ""}
    for framework in activation.frameworks:
        with suppress(ParameterError):  # one lacks a parameter without a default
            found.setdefault(results(like(activation, framework)), framework)
    return list(found.values())[1:]


def _taken(activation: Activation, given: Mapping[str, Any]) -> dict[str, Any]:
    return {p.name: given[p.name] for p in activation.parameters if p.name in given}


def _precision(ours: Array, theirs: Array) -> str:
    same = (d for d in _PRECISIONS if xp.array_equal(round_to(ours, d), round_to(theirs, d), equal_nan=True))
    return next(same, "")


def _largest(ours: Array, theirs: Array, x: Array) -> tuple[float, float]:
    """Return the largest difference and its place: an infinite one where only one is finite."""
    with xp.errstate(invalid="ignore"):
        away = xp.where((ours == theirs) | (xp.isnan(ours) & xp.isnan(theirs)), 0.0, abs(ours - theirs))
    k = int(xp.where(xp.isnan(away), xp.inf, away).argmax())
    return float(away[k]), float(x[k])
