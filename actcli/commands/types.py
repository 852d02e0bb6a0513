"""Option types that click lacks: numbers as words spell them, orders, delimiters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from actcli.numerals import NotANumeral, parse_word

if TYPE_CHECKING:
    from actcli.activation import Value

_NAMED_DELIMITERS = {"tab": b"\t", r"\t": b"\t", "space": b"", "comma": b",", "semicolon": b";", "pipe": b"|"}


class Number(click.ParamType[Any]):
    """A number as a word spells it; a comma list where one is allowed."""

    name = "number"

    def __init__(self, *, several: bool = False) -> None:
        self.several = several

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Value:
        """One float, or a tuple of them."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]  # a default, which is a Value
        try:
            if self.several and "," in value:
                return tuple(parse_word(item) for item in value.split(","))
            return parse_word(value)
        except NotANumeral as error:
            self.fail(f"{value!r} is not a number" + (f"; {error}" if str(error) else ""), param, ctx)


class Orders(click.ParamType[Any]):
    """Derivative orders: 0, 1 or 2, a comma list of them, or `all`."""

    name = "orders"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The orders, as given."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]  # already converted
        if value == "all":
            return (0, 1, 2)
        orders = value.split(",")
        if not all(order in ("0", "1", "2") for order in orders):
            mistaken = "; to set the delimiter, use -t" if not any(c.isalnum() for c in value) else ""
            self.fail(f"{value!r} is no list of the orders 0, 1 and 2{mistaken}", param, ctx)
        return tuple(map(int, orders))


class Delimiter(click.ParamType[Any]):
    """One character, or `tab`, or `space` for runs of blanks."""

    name = "delimiter"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        """The delimiter's bytes; empty for runs of blanks."""
        if isinstance(value, bytes):
            return value
        named = _NAMED_DELIMITERS.get(value)
        if named is not None:
            return named
        delimiter: bytes = value.encode(errors="surrogateescape")
        if not delimiter or b'"' in delimiter or b"\n" in delimiter or b"\r" in delimiter:
            self.fail(f"{value!r} cannot separate cells; give one character, tab or space", param, ctx)
        return delimiter
