"""What a framework means by an activation's name: its defaults, its variant, its values at kinks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from actcli.activations import ACTIVATIONS, RECORDS
from actcli.activations.record import FRAMEWORKS, Kink
from actcli.errors import UsageError
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from actcli.activations.record import Activation, FrameworkVariant, Jet
    from actcli.numeric import Array


def like(activation: Activation, framework: str) -> Activation:
    """The activation as this framework computes it, under our name.

    Raises UsageError where the framework lacks it, naming those that have it.
    """
    peer = activation.frameworks.get(framework)
    if peer is None:
        raise UsageError(f"{FRAMEWORKS[framework]} has no {activation.name}; {_owners(activation)}")
    meant = RECORDS[peer.variant] if peer.variant else activation
    parameters = tuple(
        replace(
            parameter,
            default=peer.defaults.get(parameter.name, parameter.default),
            required=parameter.name in peer.required,
        )
        for parameter in meant.parameters
    )
    jet = _with_values_at_kinks(meant, peer) if peer.at else meant.jet
    return replace(
        meant,
        name=activation.name,
        parameters=parameters,
        jet=jet,
        like=framework,
        maker=(like, (activation, framework)),
    )


def ways(variant: Activation) -> Iterator[tuple[str, str]]:
    """The activations and frameworks that mean this variant."""
    for activation in ACTIVATIONS.values():
        for framework, peer in activation.frameworks.items():
            if peer.variant == variant.name:
                yield activation.name, framework


def _owners(activation: Activation) -> str:
    names = [FRAMEWORKS[framework] for framework in activation.frameworks]
    return f"{', '.join(names)} {'have' if len(names) > 1 else 'has'} it" if names else "no framework has it"


def _with_values_at_kinks(activation: Activation, peer: FrameworkVariant) -> Callable[..., Jet]:
    """The jet, with the framework's own values exactly at kinks."""

    def jet(x: Array, **settings: Any) -> Jet:
        for order, y in enumerate(activation.jet(x, **settings)):
            patched = y
            for at, values in peer.at.items():
                value = values[order]
                if patched is not None and value is not None:
                    place = Kink(at, "", "", "").place(settings)
                    patched = xp.where(x == place, value, patched)
            yield patched

    return jet
