"""What a command line says, option by option, for whoever acts on it."""

from __future__ import annotations

from enum import Flag, auto
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actcli.activations.record import Value

COLOURS: Final = ("auto", "always", "never")
"""When there is colour; auto is on terminals."""
PREFIX: Final = "parameter_"
"""How the options that set an activation's parameters begin."""


class Concern(Flag):
    """The kinds of input for which an option has a meaning."""

    TYPED = auto()
    TEXT = auto()
    ARRAY = auto()
    TABLE = auto()


EVERYTHING: Final = Concern.TYPED | Concern.TEXT | Concern.ARRAY | Concern.TABLE
CONCERNS: Final = {
    "columns": Concern.TEXT | Concern.TABLE,
    "exclude": Concern.TEXT | Concern.TABLE,
    "invalid": Concern.TEXT | Concern.TABLE,
    "delimiter": Concern.TEXT,
    "header": Concern.TEXT,
    "missing": Concern.TEXT,
    "encoding": Concern.TEXT,
    "ragged": Concern.TEXT,
    "decimal": Concern.TEXT,
    "append": Concern.TEXT | Concern.ARRAY | Concern.TABLE,
    "in_place": Concern.TEXT | Concern.ARRAY | Concern.TABLE,
    "cluster": Concern.TEXT | Concern.ARRAY | Concern.TABLE,
    "plot": Concern.TYPED,
}
"""What options concern that do not concern everything, by the fields of Arguments."""


class Arguments(NamedTuple):  # a dataclass of so many fields takes time at start-up
    """The words and options; what a command has no option for is as if it had not been given."""

    words: tuple[str, ...] = ()
    parameters: tuple[tuple[str, Value], ...] = ()
    orders: tuple[int, ...] = (0,)
    axis: int | None = None
    like: str | None = None
    dtype: str | None = None
    columns: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    delimiter: str | None = None
    header: bool | None = None
    missing: str | None = None
    invalid: str = "error"
    ragged: str = "error"
    decimal: str = "."
    encoding: str | None = None
    format: str | None = None
    append: bool = False
    precision: int | None = None
    output: str | None = None
    in_place: bool = False
    rows: int | None = None
    jobs: int | None = None
    cluster: str | None = None
    color: str | None = None
    plot: bool = False
    verbose: bool = False
    quiet: bool = False


def given(options: Mapping[str, Any]) -> Arguments:
    """What click has found; each order of `-d` once."""
    parameters = tuple(
        (name.removeprefix(PREFIX), value)
        for name, value in options.items()
        if name.startswith(PREFIX) and value is not None
    )
    others = {name: value for name, value in options.items() if not name.startswith(PREFIX)}
    orders = tuple(dict.fromkeys(order for group in others.pop("orders", ()) for order in group))
    return Arguments(parameters=parameters, orders=orders or (0,), **others)
