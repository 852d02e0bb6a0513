"""Every activation that there is, by family. Add yours to a family file: it is found from there."""

from __future__ import annotations

from typing import Final

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
)
from actcli.activations.record import Activation

FAMILIES: Final = (
    linear,
    rectifiers,
    exponentials,
    sigmoids,
    hard_sigmoids,
    smooth,
    swishes,
    gelus,
    gelu_approximations,
    shrinkers,
    softmaxes,
    selectors,
    gates,
)

RECORDS: Final[dict[str, Activation]] = {
    record.name: record
    for family in FAMILIES
    for record in vars(family).values()
    if isinstance(record, Activation) and record.jet.__module__ == family.__name__
}
"""All records, frameworks' hidden variants included."""

ACTIVATIONS: Final[dict[str, Activation]] = {n: r for n, r in RECORDS.items() if not r.hidden}
"""The activations that users see, by name, family after family."""


def plain(name: str) -> str:
    """A name without case, hyphens and underscores: all spellings of one activation agree in it."""
    return name.lower().replace("-", "").replace("_", "")


_SPELLINGS: Final = {plain(s): r for r in ACTIVATIONS.values() for s in (r.name, *r.aliases)}


def find(name: str) -> Activation | None:
    """The activation of this name or alias in any spelling (`HardSigmoid`, `swish`), or None."""
    return _SPELLINGS.get(plain(name))


def nearest(name: str) -> list[str]:
    """Up to three activations whose spelling is near to this one: for "did you mean"."""
    import difflib

    near = difflib.get_close_matches(plain(name), _SPELLINGS, n=3, cutoff=0.6)
    return list(dict.fromkeys(_SPELLINGS[spelling].name for spelling in near))
