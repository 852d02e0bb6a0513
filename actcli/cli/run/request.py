"""Requests and results of a command: records that all ways to execute it share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from actcli.errors import UsageError, counted
from actcli.io.filetype import absolute

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.cli.options import Arguments
    from actcli.errors import ActError
    from actcli.io.batch import Counts
    from actcli.pipeline.computation import ArrayOperation, Operation


class Request(NamedTuple):
    """The computation that a command asks for: one activation, several side by side, or a neuron.

    `operation` returns the operation on rows, given whether vectors run along columns, and the floating
    type. With `vectors`, every column must be numeric. `array` is the operation on a whole array, None if
    the results are columns side by side. `absent` is the value of a missing cell of a vector that does not
    affect its others, None if there is none.
    """

    verb: str
    given: Arguments
    operation: Callable[[bool, str], Operation]
    vectors: bool
    array: ArrayOperation | None = None
    absent: float | None = None

    def for_array(self) -> ArrayOperation:
        """Return the operation on a whole array. Raises UsageError if the results cannot be an array."""
        if self.array is None:
            raise UsageError(
                f"{self.verb} writes columns side by side, which an array has no place for; try -o y.csv"
            )
        return self.array


class Result(NamedTuple):
    """The result of a request: its counts; for an array the number of its results in words."""

    counts: Counts
    numbers: str = ""  # of an array, in words

    @property
    def summary(self) -> str:
        """What was computed, in words: the numbers of an array, else the rows."""
        return self.numbers or counted(self.counts.records, "row")


class FileTask(NamedTuple):
    """A file, and the path of its result."""

    source: str
    target: str
    alike: bool = True  # of the same kind as the file

    def absolute(self) -> FileTask:
        """Return the task with absolute paths, for a worker with another working folder."""
        return FileTask(absolute(self.source), absolute(self.target), self.alike)


class FileResult(NamedTuple):
    """The result of a task: its counts, what was computed, in words, or its error."""

    task: FileTask
    counts: Counts
    summary: str = ""
    error: ActError | None = None

    def __str__(self) -> str:
        return f"{self.task.source} -> {self.task.target}: {'failed' if self.error else self.summary}"
