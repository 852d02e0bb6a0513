"""The engine: arrays in, arrays out. It knows no files, no terminal and no activation by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from actcli.activation import Kind
from actcli.errors import UsageError
from actcli.numeric import xp

if TYPE_CHECKING:
    from typing import Any

    from actcli.activation import Activation
    from actcli.numeric import Array


@overload
def evaluate(activation: Activation, x: Any, order: int = 0, axis: int = -1, **parameters: Any) -> Array: ...
@overload
def evaluate(
    activation: Activation, x: Any, order: tuple[int, ...], axis: int = -1, **parameters: Any
) -> tuple[Array, ...]: ...


def evaluate(
    activation: Activation, x: Any, order: int | tuple[int, ...] = 0, axis: int = -1, **parameters: Any
) -> Array | tuple[Array, ...]:
    """The activation, or its derivatives, of an array of any shape.

    x: array-like; computed in float64, returned in x's floating type (float64 for integers).
    order: 0, 1 or 2, or a tuple of them: then a tuple of arrays from one pass.
    axis: for VECTOR and GATED activations; y's axis stays in its place, derivative axes come last.
    Raises ParameterError for parameters out of bounds, UsageError for an odd count for a GATED one.
    """
    orders = (order,) if isinstance(order, int) else tuple(order)
    settings = activation.settings(parameters)
    x = xp.asarray(x)
    values = xp.array(x, dtype=xp.float64)
    if activation.kind is not Kind.ELEMENTWISE:
        values = xp.ascontiguousarray(xp.moveaxis(values, axis, -1))
    if activation.kind is Kind.GATED and values.shape[-1] % 2:
        raise UsageError(f"{activation.name} needs an even number of values, not {values.shape[-1]}")
    if activation.selective:
        settings["orders"] = frozenset(orders)  # type: ignore[assignment]
    with xp.errstate(all="ignore"):
        results = [
            y for _, y in zip(range(max(orders) + 1), activation.jet(values, **settings), strict=False)
        ]
    wanted = tuple(xp.asarray(results[k]) for k in orders)
    return wanted[0] if isinstance(order, int) else wanted
