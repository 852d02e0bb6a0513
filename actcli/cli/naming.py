"""What a word names: an activation, or a formula that somebody has typed in the place of a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activations import find
from actcli.activations.record import ALL_ORDERS, Kind
from actcli.errors import UsageError

if TYPE_CHECKING:
    from actcli.activations.record import Activation
    from actcli.cli.arguments import Arguments


def named(word: str) -> Activation | None:
    """Return the activation that a word names, or that it is as a formula; None if it is neither.

    Raises FormulaError for a formula that cannot be read, ParameterError for a name's wrong parameters.
    """
    if not looks_like_formula(word):
        return find(word)
    from actcli.exact import of_formula

    return of_formula(word)


def looks_like_formula(word: str) -> bool:
    """Return whether a word is meant as a formula; the parser is loaded only for what may be one."""
    if "x" not in word or not any(mark in word for mark in "+*/<>(=^% -"):
        return False
    from actcli.activations import formula

    return formula.looks_like_formula(word)


def in_parentheses(formula: str) -> str:
    """Return the message for a formula that would be taken for options."""
    return f"a formula that begins with a minus needs parentheses: '({formula})'"


def proven(activation: Activation, given: Arguments) -> Activation:
    """Return the activation as --exact and --digits ask for it, else as it is.

    Raises UsageError for orders and options that do not go together with it, MissingExtra.
    """
    activation.check_orders(given.orders)
    if given.digits is not None:
        if activation.kind is not Kind.ELEMENTWISE:
            raise UsageError(f"--digits is for functions of one number; {activation.name} has several")
        for flag, value in (("-p", given.precision), ("--dtype", given.dtype), ("--plot", given.plot)):
            if value:
                raise UsageError(f"{flag}: --digits gives texts, of no type; leave out one of them")
    if not (given.exact or given.digits) and set(given.orders) <= ALL_ORDERS:
        return activation
    from actcli.exact import exact

    return exact(activation)
