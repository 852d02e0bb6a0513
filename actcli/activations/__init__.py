"""The registry: every activation by name. To add one, write its record in a family's file."""

from __future__ import annotations

from dataclasses import replace
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
"""All records by name, with the hidden variants of frameworks."""

ACTIVATIONS: Final[dict[str, Activation]] = {n: r for n, r in RECORDS.items() if not r.hidden}
"""The activations that users see, by name, family after family."""


def plain(name: str) -> str:
    """Return a name without case, hyphens and underscores: the same for all spellings of a name."""
    return name.lower().replace("-", "").replace("_", "")


_SPELLINGS: Final = {plain(s): r for r in ACTIVATIONS.values() for s in (r.name, *r.aliases)}
_LAYERS: Final = {
    variant.layer.name.rpartition(".")[2]
    for record in ACTIVATIONS.values()
    for variant in record.frameworks.values()
    if variant.layer
}


def find(name: str) -> Activation | None:
    """Return the activation of this name or alias in any spelling (`HardSigmoid`, `swish`), or None.

    The name of a framework's layer, spelled as there, means for that framework the layer: LeakyReLU.
    """
    record = _SPELLINGS.get(plain(name))
    if record is None or name not in _LAYERS:
        return record
    frameworks = {
        key: v.layer if v.layer and v.layer.name.endswith(f".{name}") else v
        for key, v in record.frameworks.items()
    }
    return replace(record, frameworks=frameworks, maker=(_found, (name,)))


def _found(name: str) -> Activation:
    found = find(name)
    assert found is not None, name  # noqa: S101  it was found when it was pickled
    return found


def nearest(name: str) -> list[str]:
    """Return the names of up to three activations that are spelled nearly so, for "did you mean"."""
    import difflib

    near = difflib.get_close_matches(plain(name), _SPELLINGS, n=3, cutoff=0.6)
    return list(dict.fromkeys(_SPELLINGS[spelling].name for spelling in near))
