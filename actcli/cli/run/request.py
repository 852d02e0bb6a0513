"""What a command line asks for, and what became of it: plain records that every way of doing it shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actcli.errors import UsageError, counted
from actcli.io import remote

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.cli.arguments import Arguments
    from actcli.errors import ActError
    from actcli.io.batch import Counts, Layout
    from actcli.io.csv.options import ReadOptions
    from actcli.pipeline.arrays import ArrayOperation
    from actcli.pipeline.computation import Operation


@dataclass(frozen=True)
class Request:
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

    def for_layout(self, layout: Layout) -> Operation:
        """Return what is done with the rows of an input, in their own floating type if the user names none.

        Vectors run along columns with --axis 0, and by default where one column is selected; those of an
        array along its last axis. Raises UsageError for an axis that the input has not.
        """
        axis, dimensions = self.given.axis, layout.dimensions
        if not dimensions and axis not in (None, -1, 0, 1):
            raise UsageError(
                f"{layout.source}: rows of text have no axis {axis}; 0 is down, -1 and 1 are across"
            )
        if dimensions and axis is not None and not -dimensions <= axis < dimensions:
            raise UsageError(f"--axis {axis}: the array has {counted(dimensions, 'dimension')}")
        if dimensions:
            along_columns = dimensions == 1 or axis in (0, -dimensions)
        else:
            along_columns = axis == 0 or (axis is None and len(layout.selected) == 1)
        return self.operation(along_columns, self.given.dtype or layout.dtype)

    def for_array(self) -> ArrayOperation:
        """Return what is done with an array as a whole. Raises UsageError where the result is none."""
        if self.array is None:
            raise UsageError(
                f"{self.verb} writes columns side by side, which an array has no place for; try -o y.csv"
            )
        return self.array

    def reading(self) -> ReadOptions:
        """Return how input is to be read."""
        from actcli.io.csv.options import ReadOptions

        given = self.given
        return ReadOptions(
            columns=given.columns,
            exclude=given.exclude,
            delimiter=given.delimiter,
            header=given.header,
            missing=None if given.missing is None else frozenset(given.missing.split(",")),
            decimal=given.decimal.encode(),
            thousands=given.thousands or "",
            invalid=given.invalid,
            ragged=given.ragged,
            encoding=given.encoding or "",
            vectors=self.vectors,
            absent=self.absent,
            masked=given.mask_missing,
        )


@dataclass(frozen=True)
class Result:
    """What was done: what was counted, and how much it was in words."""

    counts: Counts
    size: str


@dataclass(frozen=True)
class FileTask:
    """A file, and where its result goes."""

    source: str
    target: str
    alike: bool = True  # of the same kind as the file

    def absolute(self) -> FileTask:
        """Return the same task for a worker, which has another working folder."""
        return FileTask(remote.everywhere(self.source), remote.everywhere(self.target), self.alike)


@dataclass(frozen=True)
class FileResult:
    """What became of a task: what was counted, how much it was in words, or what was wrong."""

    task: FileTask
    counts: Counts
    size: str = ""
    error: ActError | None = None

    def __str__(self) -> str:
        return f"{self.task.source} -> {self.task.target}: {'failed' if self.error else self.size}"
