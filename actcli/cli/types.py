"""Option types that click lacks: choices that suggest, numbers as words spell them, orders, delimiters."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from actcli.cli.suggestions import did_you_mean
from actcli.numeric.numerals import NotANumeral, is_word, parse_quotient

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from actcli.activations.record import Value

if TYPE_CHECKING:
    _Type = click.ParamType[Any]
else:
    _Type = click.ParamType  # click 8.2 knows no parameters of types

_NAMED_DELIMITERS = {"tab": "\t", r"\t": "\t", "space": "", "comma": ",", "semicolon": ";", "pipe": "|"}

_OF_NUMBERS = "0123456789.+-EINFATYeinfaty"
"""What numbers are written with, infinity and nan among them; a decimal comma is put in quotes."""


class Choice(click.Choice[str]):
    """One of a few words, in any case.

    `others` are names that people know for them: suggested, not taken. `aliases` are taken for the choices.
    """

    def __init__(
        self,
        choices: Iterable[str],
        others: dict[str, str] | None = None,
        aliases: dict[str, str] | None = None,
    ) -> None:
        super().__init__(choices, case_sensitive=False)
        self.others = others
        self.aliases = aliases or {}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The choice as it is spelled here."""
        try:
            return super().convert(self.aliases.get(str(value).lower(), value), param, ctx)
        except click.BadParameter:
            all_of_them = ", ".join(self.choices)
            advice = did_you_mean(value, self.choices, self.others)
            self.fail(f"there is no {value!r}{advice or f'; there are {all_of_them}'}", param, ctx)


class Choices(Choice):
    """Several of the words, separated by commas, each once."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """They as they are spelled here, separated by commas."""
        convert = super().convert
        return ",".join(dict.fromkeys(convert(word.strip(), param, ctx) for word in str(value).split(",")))


class Whole(click.IntRange):
    """A whole number within bounds."""

    name = "whole number"


class Target(click.Path):
    """The name of a file that is written."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The name, a folder's with a slash behind it; an empty one is a variable that nobody has set."""
        if not value:
            self.fail("the name of the file is empty; without -o it is standard output", param, ctx)
        name = str(super().convert(value, param, ctx))
        return name + "/" if os.path.isdir(name) and not name.endswith(("/", os.sep)) else name


class Number(_Type):
    """A number as a word spells it, or a quotient of two such as 1/30; a comma list where one is allowed."""

    name = "number"

    def __init__(self, *, several: bool = False) -> None:
        self.several = several

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Value:
        """One float, or a tuple of them."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]  # a default, which is a Value
        try:
            if self.several and "," in value:
                return tuple(parse_quotient(item) for item in value.split(","))
            return parse_quotient(value)
        except NotANumeral as error:
            why = self._of_several(value, param) or str(error)
            self.fail(f"{value!r} is not a number" + (f"; {why}" if why else ""), param, ctx)

    def _of_several(self, text: str, param: click.Parameter | None) -> str:
        """What to write instead of several numbers in one value; empty for something else."""
        parts = text.replace(",", " ").split()
        if len(parts) < 2 or not all(map(is_word, parts)):  # noqa: PLR2004  one would be a value
            return ""
        if self.several:
            return f"separate values by commas: {','.join(parts)}"
        decimal = text.replace(",", ".", 1)
        one = f"write {decimal} for a decimal" if is_word(decimal) else "give one value"
        others = _with_lists(param.opts if param else ())
        return f"{one}; {others} takes one for each column" if others else one


def _with_lists(flags: Sequence[str]) -> str:
    """The activations of which one of these flags takes a value for each column."""
    from actcli.activations import ACTIVATIONS

    lists = ((record, p) for record in ACTIVATIONS.values() for p in record.parameters if p.per_column)
    return " or ".join(record.name for record, parameter in lists if parameter.flag in flags)


class Orders(_Type):
    """Derivative orders: 0, 1 or 2, a comma list of them, or `all`."""

    name = "orders"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The orders, as given."""
        if value == "all":
            return (0, 1, 2)
        orders = value.split(",")
        if not all(order in ("0", "1", "2") for order in orders):
            mistaken = "; to set the delimiter, use -t" if not any(c.isalnum() for c in value) else ""
            self.fail(f"{value!r} is no list of the orders 0, 1 and 2{mistaken}", param, ctx)
        return tuple(map(int, orders))


class Delimiter(_Type):
    """One character, or `tab`, or `space` for runs of blanks."""

    name = "delimiter"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The delimiter; empty for runs of blanks."""
        delimiter: str = _NAMED_DELIMITERS.get(value, value)
        if not value or any(mark in delimiter for mark in '"\n\r'):
            self.fail(f"{value!r} cannot separate cells; give one character, tab or space", param, ctx)
        if delimiter and not delimiter.strip(_OF_NUMBERS):
            self.fail(
                f"{value!r} occurs in numbers; separate cells by another character, such as ;", param, ctx
            )
        return delimiter
