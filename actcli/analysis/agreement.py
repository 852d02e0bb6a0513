"""Agreement of frameworks: groups that compute the same by an activation's name, and their distances."""

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
"""Types in which results are compared: those of NumPy, which need no other package."""


_FAR: Final = (10.5, 20.5, 30.0)
"""Numbers beyond the cut-offs of some frameworks, such as a softplus that is x from 20 on."""


class Agreement(NamedTuple):
    """Frameworks with identical results.

    precision: the widest type in which their results equal ours, "" if there is none. difference: the largest
    absolute difference from ours. place: the x of this difference, the a of a pair for GATED activations.
    """

    frameworks: tuple[str, ...]
    precision: str
    difference: float
    place: float


def usual_numbers(activation: Activation) -> Array:
    """Return numbers at which differing frameworks differ: 2049 from -8 to 8, or a vector of four."""
    elementwise = activation.kind is Kind.ELEMENTWISE
    return xp.arange(-1024, 1025) / 128 if elementwise else xp.array([-1.5, 0.25, 1.0, 3.0])


def agreements(activation: Activation, x: Array, given: Mapping[str, Any]) -> list[Agreement]:
    """Return frameworks grouped by identical results for the vector `x`; those that agree with us are first.

    given: parameters by name, of which each framework takes those it has. Frameworks that lack a parameter
    without default are omitted.
    """
    ours = evaluate(activation, x, **_accepted(activation, given))
    groups: dict[bytes, list[str]] = {ours.tobytes(): []}
    results = {ours.tobytes(): ours}
    for framework in activation.frameworks:
        record = like(activation, framework)
        try:
            theirs = evaluate(record, x, **_accepted(record, given))
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
    """Return one framework for each distinct result that differs from ours, at usual and large numbers.

    orders: of the derivatives to compare; above 2, f'' is compared instead. given: as for `agreements`.
    """
    x, wanted = usual_numbers(activation), tuple(sorted({min(order, 2) for order in orders}))
    if activation.kind is Kind.ELEMENTWISE:
        x = xp.concatenate([x, _FAR, xp.negative(_FAR)])

    def results(record: Activation) -> bytes:
        return b"".join(y.tobytes() for y in evaluate(record, x, wanted, **_accepted(record, given)))

    found = {results(activation): ""}
    for framework in activation.frameworks:
        with suppress(ParameterError):  # one lacks a parameter without a default
            found.setdefault(results(like(activation, framework)), framework)
    return list(found.values())[1:]


def _accepted(activation: Activation, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the given parameters that the activation has."""
    return {p.name: given[p.name] for p in activation.parameters if p.name in given}


def _precision(ours: Array, theirs: Array) -> str:
    """Return the widest type in which both results are equal once rounded to it, "" for none."""
    same = (d for d in _PRECISIONS if xp.array_equal(round_to(ours, d), round_to(theirs, d), equal_nan=True))
    return next(same, "")


def _largest(ours: Array, theirs: Array, x: Array) -> tuple[float, float]:
    """Return the largest absolute difference and its x; inf or nan where only one result is finite."""
    with xp.errstate(invalid="ignore"):
        away = xp.where((ours == theirs) | (xp.isnan(ours) & xp.isnan(theirs)), 0.0, abs(ours - theirs))
    k = int(xp.where(xp.isnan(away), xp.inf, away).argmax())
    return float(away[k]), float(x[k])
