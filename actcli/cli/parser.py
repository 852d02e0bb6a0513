"""Extensions of click: words that begin with a minus sign, options in groups, additional types."""

from __future__ import annotations

import math
import os
import re
import sys
from contextlib import suppress
from enum import Flag, auto
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final

import click

from actcli.activations.record import ALL_ORDERS, HIGHEST_ORDER
from actcli.numeric.numerals import (
    THOUSANDS,
    NotANumeral,
    is_range,
    is_word,
    looks_negative,
    parse_quotient,
    parse_range,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from actcli.activations.record import Value

    _Type = click.ParamType[Any]
else:
    _Type = click.ParamType  # not generic in click 8.2

_ORDER: Final = re.compile("[0-9]{1,2}", re.ASCII)
_NARROWEST: Final = 24
_WIDEST: Final = 80
MOST_VALUES: Final = 1000
"""The greatest number of values in a range for a parameter."""
_NAMES: Final = 28  # columns for the names of options


def say(text: str) -> None:
    """Write text to standard output. Raises OutputError if that fails, unlike click's echo."""
    from actcli.display import text_encoding
    from actcli.io.destination import Destination

    with Destination() as out:
        out.write(text.encode(text_encoding(), "replace"))


def _say_help(ctx: click.Context, _: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        say(ctx.get_help() + "\n")
        ctx.exit()


class Concern(Flag):
    """Kinds of input to which an option can apply."""

    TYPED = auto()
    TEXT = auto()
    JSON = auto()
    ARRAY = auto()
    ARCHIVE = auto()
    TABLE = auto()


class Option(click.Option):
    """An option that belongs to a group of the help page.

    overrides: the last of several values counts, so that an alias in the shell can be overridden; otherwise
    a second value is an error. inputs: the kinds of input to which it applies, None for all. lacking: what
    the others lack, for messages; empty if it has error messages of its own.
    """

    def __init__(
        self,
        *declarations: str,
        group: str = "Other options",
        overrides: bool = False,
        inputs: Concern | None = None,
        lacking: str = "",
        **settings: Any,
    ) -> None:
        super().__init__(list(declarations), **settings)
        self.group = group
        self.overrides = overrides or self.is_flag or self.multiple
        self.inputs = ~Concern(0) if inputs is None else inputs
        self.lacking = lacking

    @property
    def other_names(self) -> list[str]:
        """Long names after the first, under which frameworks have the option."""
        return [name for name in self.opts if name.startswith("--")][1:]


class NegativeWords(click.Command):
    """A command that parses -1, -.5, -inf and -5:5 as words, in any position."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the help page, as wide as the terminal, without the imports that click needs for that."""
        ctx.terminal_width = max(_NARROWEST, min(_columns(), _WIDEST) - 2)
        return super().get_help(ctx)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return click's option for help, with `say` to write the page."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _say_help
        return option

    def make_parser(self, ctx: click.Context) -> Any:
        """Return click's parser, changed so that words that look like negative numbers are no options.

        The parser raises click.NoSuchOption with the whole word, not its first letter, and click.UsageError
        for an option that is given twice, unless it `overrides`.
        """
        parser = super().make_parser(ctx)
        as_option = parser._process_opts  # noqa: SLF001  the one place where click decides this
        as_letters = parser._match_short_opt  # noqa: SLF001  at once: click looks for long options like -c first

        def as_word(argument: str, state: Any) -> None:
            if looks_negative(argument):
                state.largs.append(argument)
                return
            process = as_option if argument.startswith("--") else as_letters
            try:
                process(argument, state)
            except click.NoSuchOption as error:
                whole = argument.partition("=")[0]  # -alpha is not about -l
                raise click.NoSuchOption(whole, ctx=ctx) from error
            except click.UsageError as error:
                error.ctx = ctx
                raise

        parse = parser.parse_args

        def parse_once(args: list[str]) -> Any:
            found = parse(args)
            given: list[click.Parameter] = found[2]
            for option in given:
                if isinstance(option, Option) and not option.overrides and given.count(option) > 1:
                    raise click.UsageError(_twice(option), ctx)
            return found

        parser.parse_args = parse_once  # type: ignore[method-assign]  # its third result: options, repeated as given
        parser._process_opts = as_word  # type: ignore[method-assign, assignment]  # noqa: SLF001  as above
        return parser


def _twice(option: Option) -> str:
    flag = next((name for name in option.opts if name.startswith("--")), option.opts[0])
    own = (
        f", or each activation its own: 'NAME({flag.removeprefix('--')}=0.5)'"
        if option.group == "Parameters"
        else ""
    )
    return f"{flag} is given twice; give it once{own}"


def _fitting(record: tuple[str, str], width: int) -> tuple[str, str]:
    """Return an option's names and help; choices that make the names wider than `width` go into the help."""
    names, bracket, choices = record[0].partition(" [")
    if not bracket or len(record[0]) + 2 <= width:
        return record
    return f"{names} CHOICE", f"{record[1]}  [{', '.join(choices.removesuffix(']').split('|'))}]"


def _columns() -> int:
    """Return the terminal's width, found as `shutil.get_terminal_size` does."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    with suppress(OSError):
        return os.get_terminal_size(1).columns or _WIDEST
    return _WIDEST


class Command(NegativeWords):
    """A command whose help has its options in groups and ends with examples."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        settings.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*args, **settings)
        self.examples = tuple(examples)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Return click's candidates, without other names of options unless there are no others."""
        items = super().shell_complete(ctx, incomplete)
        other = {name for p in self.get_params(ctx) if isinstance(p, Option) for name in p.other_names}
        return [item for item in items if item.value not in other] or items

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each group of options under its own heading, in the order of the options."""
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        for group, members in groupby(options, key=lambda option: getattr(option, "group", "Other options")):
            records = [record for member in members if (record := member.get_help_record(ctx))]
            if records:
                with formatter.section(group):
                    fitting = [_fitting(record, formatter.width) for record in records]
                    formatter.write_dl(fitting, col_max=min(_NAMES, formatter.width * 3 // 8))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the epilog, then the examples."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


_NAMED_DELIMITERS = {"tab": "\t", r"\t": "\t", "space": "", "comma": ",", "semicolon": ";", "pipe": "|"}

_OF_NUMBERS = "0123456789.+-EINFATYeinfaty"
"""Characters of numbers, infinity and nan: no delimiters. The comma is not among them: it can be quoted."""
_NEVER_THOUSANDS = '+-"\t\r\n'


class Choice(click.Choice[str]):
    """One of a few words, in upper or lower case.

    others: a choice for each name that is suggested in errors. aliases: a choice for each name accepted.
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
        """Return the choice in its own spelling. Raises click.BadParameter with a suggestion for others."""
        try:
            return super().convert(self.aliases.get(str(value).lower(), value), param, ctx)
        except click.BadParameter:
            from actcli.cli.suggestions import did_you_mean

            all_of_them = ", ".join(self.choices)
            advice = did_you_mean(value, self.choices, self.others)
            self.fail(f"there is no {value!r}{advice or f'; there are {all_of_them}'}", param, ctx)


class Choices(Choice):
    """Several of the words, separated by commas, each once."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return choices in their own spelling, joined by commas. Raises click.BadParameter for others."""
        convert = super().convert
        return ",".join(dict.fromkeys(convert(word.strip(), param, ctx) for word in str(value).split(",")))


class Whole(click.IntRange):
    """A whole number within bounds."""

    name = "whole number"


class Target(click.Path):
    """The path of a file or folder to write."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, an existing folder's with a trailing slash. Raises click.BadParameter if empty."""
        if not value:
            self.fail("the name of the file is empty; without -o it is standard output", param, ctx)
        name = str(super().convert(value, param, ctx))
        return name + "/" if os.path.isdir(name) and not name.endswith(("/", os.sep)) else name


class Number(_Type):
    """A number, or a quotient of two such as 1/30; with `several`, a comma list of them, too."""

    name = "number"

    def __init__(self, *, several: bool = False) -> None:
        self.several = several

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Value:
        """Return a float, or a tuple for a comma list. Raises click.BadParameter for other text."""
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
        """Return advice for several numbers in one value; empty text if `text` is anything else."""
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
    """Return the names of the activations for which one of these flags takes a value for each column."""
    from actcli.activations import ACTIVATIONS

    lists = ((record, p) for record in ACTIVATIONS.values() for p in record.parameters if p.per_column)
    return " or ".join(record.name for record, parameter in lists if parameter.flag in flags)


def with_larger_step(text: str) -> str:
    """Return a range with the same ends in ten steps."""
    start, stop, *_ = text.split(":")
    return f"{start}:{stop}:{(float(stop) - float(start)) / 10:g}"


class Sweep(tuple[float, ...]):  # noqa: SLOT001  it has an attribute
    """The values of a range START:STOP[:STEP] for a parameter, with the range as `text`."""

    text: str


class Sweeping(_Type):
    """A number, a comma list of numbers, or a range of them (a `Sweep`): the values of one parameter."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Value:
        """Return a float, a tuple for a comma list, or a Sweep for a range.

        Raises click.BadParameter for other text, and for a range of more than MOST_VALUES.
        """
        if not isinstance(value, str) or not is_range(value):
            return Number(several=True).convert(value, param, ctx)
        try:
            sweep = Sweep(islice(parse_range(value), MOST_VALUES + 1))
        except NotANumeral as error:
            self.fail(f"range {value!r}: {error}", param, ctx)
        if len(sweep) > MOST_VALUES:
            why = f"range {value!r} has more than {MOST_VALUES:,} values"
            self.fail(f"{why}; give a larger step: {with_larger_step(value)}", param, ctx)
        sweep.text = value
        return sweep


class Ends(_Type):
    """Two ends LOW:HIGH, both finite, the smaller one first."""

    name = "span"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        """Return both ends. Raises click.BadParameter unless they are finite and LOW is less than HIGH."""
        ends = [*map(float, value.split(":"))] if is_range(value) else []
        if len(ends) != 2 or not math.isfinite(ends[1] - ends[0]):  # noqa: PLR2004  two ends
            self.fail(f"{value!r} is not LOW:HIGH, as -1:2", param, ctx)
        if ends[1] - ends[0] < sys.float_info.min:
            self.fail(f"{value!r} has no room; write the smaller number first, as -1:2", param, ctx)
        return ends[0], ends[1]


class Orders(_Type):
    """Derivative orders: 3, a range 0:8, a comma list of them, or `all` for those up to 2."""

    name = "orders"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Return the orders as given. Raises click.BadParameter for others than 0 to HIGHEST_ORDER."""
        if value == "all":
            return tuple(sorted(ALL_ORDERS))
        orders: list[int] = []
        for item in value.split(","):
            low, colon, high = item.partition(":")
            if not (_ORDER.fullmatch(low) and (_ORDER.fullmatch(high) or not colon)):
                mistaken = "; to set the delimiter, use -t" if not any(c.isalnum() for c in value) else ""
                known = f"orders from 0 to {HIGHEST_ORDER}, such as 0,1,2 or 0:8"
                self.fail(f"{value!r} is no list of {known}{mistaken}", param, ctx)
            orders += range(int(low), int(high or low) + 1)
        if not orders or max(orders) > HIGHEST_ORDER:
            self.fail(f"{value!r}: orders go up to {HIGHEST_ORDER}, the smaller first", param, ctx)
        return tuple(orders)


class Delimiter(_Type):
    """One character, or `tab`, or `space` for runs of blanks."""

    name = "delimiter"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the delimiter, empty for runs of blanks. Raises click.BadParameter for one in numbers."""
        delimiter: str = _NAMED_DELIMITERS.get(value, value)
        if not value or any(mark in delimiter for mark in '"\n\r'):
            self.fail(f"{value!r} cannot separate cells; give one character, tab or space", param, ctx)
        if delimiter and not delimiter.strip(_OF_NUMBERS):
            self.fail(
                f"{value!r} occurs in numbers; separate cells by another character, such as ;", param, ctx
            )
        return delimiter


class Thousands(_Type):
    """The separator of thousands in numbers: one character, or the name of several that look alike."""

    name = "separator"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the given character with those that look like it. Raises click.BadParameter for others."""
        known = THOUSANDS.get(value) or next((c for c in THOUSANDS.values() if value and value in c), "")
        if not known and (len(value) != 1 or value.isalnum() or value in _NEVER_THOUSANDS):
            names = ", ".join(THOUSANDS)
            self.fail(f"{value!r} cannot separate thousands; give one character, or {names}", param, ctx)
        return known or str(value)
