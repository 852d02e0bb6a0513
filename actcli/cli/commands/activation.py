"""The click command of an activation; its body is loaded when it runs, for help and completion need none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actcli.activations.record import Kind
from actcli.cli import options
from actcli.cli.parser import Command

if TYPE_CHECKING:
    from actcli.activations.record import Activation


def command(activation: Activation) -> Command:
    """The command of this activation."""

    def run(**options: Any) -> None:
        from actcli.cli.arguments import given
        from actcli.cli.run.apply import apply

        apply(activation, given(options))

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
