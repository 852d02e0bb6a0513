"""The errors that reach the user, as a tree.

    ActError
    ├── UsageError          the command line asks for something impossible: exit 2
    │   ├── ParameterError  a parameter is out of its bounds
    │   └── MissingExtra    an optional package is not installed
    ├── DataError           the input is missing, unreadable or invalid: exit 1
    │   └── UnwritableRow   a row that the output format cannot represent
    ├── OutputError         the result cannot be written: exit 1
    └── ClusterError        the cluster cannot be reached, or has failed: exit 1

Code raises these anywhere; `actcli.__main__` alone turns them into a line on stderr and an exit code.
"""

from __future__ import annotations

_LONGEST, _LONGEST_WORD = 1000, 120


class ActError(Exception):
    """Base class: a message for the user that says where, what is wrong, and what to type next."""

    exit_code = 1
    pointer = ""
    """Lines of printable characters below the message that point at the error; empty for none."""


class UsageError(ActError):
    """The command line asks for something impossible."""

    exit_code = 2


class ParameterError(UsageError):
    """A parameter is out of its bounds."""


class MissingExtra(UsageError):  # noqa: N818  named for what is wrong
    """An optional package is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional package: pip install 'actcli[{extra}]'")
        self._parts = feature, extra

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return MissingExtra, self._parts  # pickled when a cluster's worker raises it


class DataError(ActError):
    """The input is missing, unreadable or invalid."""


class UnwritableRow(DataError):  # noqa: N818  named for what is wrong
    """A row that the output format cannot represent; `before` is the output text of the rows before it."""

    def __init__(self, message: str, before: bytes = b"") -> None:
        super().__init__(message)
        self.before = before


class OutputError(ActError):
    """The result cannot be written."""


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, in the plural unless the count is 1: 1 row, 2,000 rows."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def line(message: str) -> str:
    """Return a message as one line for a terminal: control characters escaped, long words shortened."""
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)
    shown = " ".join(_shortened(word, _LONGEST_WORD) for word in shown.split(" "))
    return _shortened(shown, _LONGEST)


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest // 2]}...{text[-longest // 4 :]}"


class ClusterError(ActError):
    """The cluster cannot be reached, or has failed."""
