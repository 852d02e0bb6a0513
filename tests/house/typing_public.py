"""The types that users of the package see: checked by mypy, never run."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

from actcli import ACTIVATIONS, check, evaluate, find, like

if TYPE_CHECKING:
    from actcli.activations.record import Activation
    from actcli.analysis.check import Figures
    from actcli.numeric import Array

gelu = ACTIVATIONS["gelu"]
assert_type(ACTIVATIONS, "dict[str, Activation]")
assert_type(gelu, "Activation")
assert_type(find("swish"), "Activation | None")
assert_type(like(gelu, "torch"), "Activation")

assert_type(check("gelu", [1.0], [1.0]), "Figures")
assert_type(evaluate(gelu, [1.0]), "Array")
assert_type(evaluate(gelu, 1, 2), "Array")
assert_type(evaluate(gelu, [1.0], order=1, axis=0), "Array")
assert_type(evaluate(gelu, [1.0], (0, 1)), "tuple[Array, ...]")
assert_type(evaluate(gelu, [1.0], order=(0,)), "tuple[Array, ...]")
assert_type(evaluate(ACTIVATIONS["elu"], [1.0], alpha=0.5), "Array")
evaluate("gelu", [1.0])  # type: ignore[call-overload]  # a name is looked up with find
evaluate(gelu, [1.0], order=0.5)  # type: ignore[call-overload]  # orders are integers
