"""Click, with words that begin with a minus sign, options in groups, and examples in the help."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import click

from actcli.cli.arguments import EVERYTHING
from actcli.numeric.numerals import looks_negative

if TYPE_CHECKING:
    from collections.abc import Sequence


_NARROWEST: Final = 24
_WIDEST: Final = 80
_NAMES: Final = 28  # columns for the names of options


def say(text: str) -> None:
    """Write text to standard output, as results are written: click's echo leaves errors to whoever comes."""
    from actcli.cli.display.terminal import text_encoding
    from actcli.io.destination import Destination

    with Destination() as out:
        out.write(text.encode(text_encoding(), "replace"))


def _say_help(ctx: click.Context, _: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        say(ctx.get_help() + "\n")
        ctx.exit()


class Option(click.Option):
    """An option that belongs to a group of the help page.

    `overrides`: given again, the last one counts, so that an alias of the shell can be overridden; otherwise
    a value that is given twice is refused. `concerns` says for which kinds of input it has a meaning.
    """

    def __init__(
        self, *declarations: str, group: str = "Other options", overrides: bool = False, **settings: Any
    ) -> None:
        super().__init__(list(declarations), **settings)
        self.group = group
        self.concerns = EVERYTHING
        self.overrides = overrides or self.is_flag or self.multiple

    @property
    def other_names(self) -> list[str]:
        """Long names after the first: what frameworks call it."""
        return [name for name in self.opts if name.startswith("--")][1:]


class NegativeWords(click.Command):
    """A command that takes -1, -.5, -inf and -5:5 for words, wherever they stand."""

    def get_help(self, ctx: click.Context) -> str:
        """The help page, as wide as the terminal; click would load three compressors to find its width."""
        ctx.terminal_width = max(_NARROWEST, min(_columns(), _WIDEST) - 2)
        return super().get_help(ctx)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Click's, which writes the page as everything is written here."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _say_help
        return option

    def make_parser(self, ctx: click.Context) -> Any:
        """Click's parser; a word that looks like a negative number never becomes an option."""
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

        parser.parse_args = parse_once  # type: ignore[method-assign]  # its third result: options, as often as given
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
    """An option's names and help; choices for which a line is too short go into the help."""
    names, bracket, choices = record[0].partition(" [")
    if not bracket or len(record[0]) + 2 <= width:
        return record
    return f"{names} CHOICE", f"{record[1]}  [{', '.join(choices.removesuffix(']').split('|'))}]"


def _columns() -> int:
    """As `shutil.get_terminal_size` finds them."""
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
        """Options that are not there yet; their other long names only where nothing else begins so."""
        items = super().shell_complete(ctx, incomplete)
        other = {name for p in self.get_params(ctx) if isinstance(p, Option) for name in p.other_names}
        return [item for item in items if item.value not in other] or items

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each group under its own heading, in the order of the options."""
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        for group, members in groupby(options, key=lambda option: getattr(option, "group", "Other options")):
            records = [record for member in members if (record := member.get_help_record(ctx))]
            if records:
                with formatter.section(group):
                    fitting = [_fitting(record, formatter.width) for record in records]
                    formatter.write_dl(fitting, col_max=min(_NAMES, formatter.width * 3 // 8))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, as they are typed."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")
