"""The root command, whose commands are verbs and the names of activations; each is built when called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from actcli.activations import ACTIVATIONS, find
from actcli.cli.parser import NegativeWords, say
from actcli.cli.topics import TOPICS
from actcli.errors import UsageError
from actcli.numeric.numerals import is_range, is_word, looks_negative

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.activations.record import Activation

VERBS: Final = {
    "list": "Every activation, by family.",
    "info": "All about one activation.",
    "names": "What activations are called, here and in every framework.",
    "plot": "Curves in the terminal, or as an image.",
    "check": "Errors of results that a program computed, in ulp.",
    "compare": "Several activations of the same numbers, side by side.",
    "lut": "A lookup table for programs and for hardware.",
    "neuron": "One neuron: weighted inputs through activations.",
    "completion": "The completion script for a shell.",
    "help": "A page about a topic, an activation or a command.",
    "man": "The manual page.",
}

EXAMPLES: Final = (
    "act softmax 1 2 3 4",
    "act tanh -d 0,1,2 -2:2",
    "act relu -1 2 --alpha 0.1",
    "echo 1 2 3 4 | act softmax",
    "act gelu -c score data.csv > out.csv",
)


class Menu(NegativeWords, click.Group):
    """Click group of a command for each activation and each verb."""

    examples = EXAMPLES

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names of the activations, then of the verbs."""
        return [*ACTIVATIONS, *VERBS]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """Return the command of a verb, an activation, a formula or a framework's object, else None."""
        if name in VERBS:
            verb: click.Command = import_module(f"actcli.cli.commands.{name}").command()
            return verb
        activation, note = find(name) if name.replace("-", "_").isidentifier() else None, ""
        if activation is None and not name.isidentifier():
            from actcli.cli.words import parse_activation

            activation = parse_activation(name)
        if activation is None:
            activation = self._framework_object(name)
            if activation is None:
                return None
            note = f"{name} is computed as act {activation.name} --like {activation.like}"
        from actcli.cli.commands.activation import command

        return command(activation, note)

    @staticmethod
    def _framework_object(name: str) -> Activation | None:
        """Return the activation of a framework's object such as nn.ReLU, or None unless exactly one fits."""
        from actcli.activations.frameworks import like, meanings

        found = meanings(name)
        if len(found) != 1:
            return None
        ours, framework = found[0]
        activation = find(ours)
        return None if activation is None else like(activation, framework)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the first word's name and command, and the other words. Raises UsageError with advice."""
        if ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        command = self.get_command(ctx, args[0])
        if command is None:
            raise UsageError(_advice(args[0], args))
        return command.name, command, args[1:]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as click does and return the remaining words; on a terminal, no arguments mean --help.

        Raises UsageError for a negative number or formula in place of a name, and for no arguments elsewhere.
        """
        if ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        if args and args[0].startswith("-") and not args[0].startswith("--"):
            from actcli.cli.words import in_parentheses, looks_like_formula

            if looks_like_formula(args[0]):
                raise UsageError(in_parentheses(args[0]))
        if args and looks_negative(args[0]):
            raise UsageError(_advice(args[0], args))
        if not args and not (sys.stdout and sys.stdout.isatty()):
            raise UsageError("name an activation, for example: act relu 1 2; 'act --help' shows all")
        return super().parse_args(ctx, args or ["--help"])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Return candidates: options after a hyphen, else activations, then verbs. No command is built."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        from actcli.cli.complete import candidates

        verbs = candidates.starting_with(incomplete, VERBS.items())
        return [*candidates.activation_names(incomplete), *verbs]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the lists of activations by family, of verbs and of topics. No command is built."""
        families: dict[str, list[tuple[str, str]]] = {}
        for name, activation in ACTIVATIONS.items():
            families.setdefault(activation.family.capitalize(), []).append((name, activation.summary))
        families["More"] = list(VERBS.items())
        families["Topics of act help"] = list(TOPICS.items())
        for family, lines in families.items():
            with formatter.section(family):
                formatter.write_dl(lines)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the examples."""
        with formatter.section("Examples"):
            for example in EXAMPLES:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


def _advice(word: str, words: Sequence[str]) -> str:
    what = "a number" if is_word(word) or is_range(word) else "a file" if os.path.isfile(word) else ""
    if what:
        name = next(filter(find, words), "relu")
        others = " ".join([other for other in words if other != name][:4])
        return f"{word!r} is {what}; name an activation first, for example: act {name} {others}"
    from actcli.cli.suggestions import unknown_activation

    return unknown_activation(word, verbs=VERBS)


def menu() -> Menu:
    """Return the program's root command."""
    from actcli import __version__

    def show_version(ctx: click.Context, param: click.Parameter, value: Any) -> None:  # noqa: ARG001
        if value:
            say(f"act {__version__}\n")
            ctx.exit()

    version = click.Option(
        ["-V", "--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show_version,
        help="Show the version.",
    )
    return Menu(
        "act",
        params=[version],
        context_settings={"help_option_names": ["-h", "--help"]},
        subcommand_metavar="ACTIVATION [OPTIONS] [WORD]...",
        help="Activation functions and their derivatives, right to the last digits.\n\n"
        "Numbers come from words (1 -0.5 0x1p-3), ranges (-5:5:0.5), files, or standard input; "
        "CSV goes in and comes out with only the chosen columns changed.",
    )
