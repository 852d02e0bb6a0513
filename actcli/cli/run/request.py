"""What a command line asks for, and what became of it: plain records that every way of doing it shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from actcli.errors import UsageError, counted
from actcli.io import remote

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.cli.arguments import Arguments
    from actcli.errors import ActError
    from actcli.io.batch import Counts
    from actcli.pipeline.computation import ArrayOperation, Operation


class Request(NamedTuple):
    """What is to be done with numbers and files: one activation, several side by side, or a neuron.

    `operation` makes what is done with rows: of whether vectors run along columns, and of the floating
    type. With `vectors`, every column must be numeric. `array` is what is done with an array as a whole;
    None for columns side by side, which an array has no place for. `absent` stands for a missing cell of
    a vector, so that it takes no part; None where nothing does.
    """

    verb: str
    given: Arguments
    operation: Callable[[bool, str], Operation]
    vectors: bool
    array: ArrayOperation | None = None
    absent: float | None = None

    def for_array(self) -> ArrayOperation:
        """Return what is done with an array as a whole. Raises UsageError where the result is none."""
        if self.array is None:
            raise UsageError(
                f"{self.verb} writes columns side by side, which an array has no place for; try -o y.csv"
            )
        return self.array


class Result(NamedTuple):
    """What was done: what was counted, and how much it was in words."""

    counts: Counts
    numbers: str = ""  # of an array

    @property
    def size(self) -> str:
        """How much was done, in words."""
        return self.numbers or counted(self.counts.records, "row")


class FileTask(NamedTuple):
    """A file, and where its result goes."""

    source: str
    target: str
    alike: bool = True  # of the same kind as the file

    def absolute(self) -> FileTask:
        """Return the same task for a worker, which has another working folder."""
        return FileTask(remote.absolute(self.source), remote.absolute(self.target), self.alike)


class FileResult(NamedTuple):
    """What became of a task: what was counted, how much it was in words, or what was wrong."""

    task: FileTask
    counts: Counts
    size: str = ""
    error: ActError | None = None

    def __str__(self) -> str:
        return f"{self.task.source} -> {self.task.target}: {'failed' if self.error else self.size}"
