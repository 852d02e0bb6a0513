"""`act compare`: several activations of the same numbers, side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from actcli.activations.record import Kind
from actcli.cli import multi, options
from actcli.cli.arguments import given
from actcli.cli.multi import Several
from actcli.cli.run.apply import down, down_array, reading, run
from actcli.errors import UsageError
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.activations.record import Activation
    from actcli.cli.arguments import Arguments
    from actcli.io.batch import Batch, Layout, ResultColumn
    from actcli.io.csv.options import ReadOptions
    from actcli.numeric import Array
    from actcli.pipeline.arrays import ArrayOperation
    from actcli.pipeline.computation import Computation
    from actcli.pipeline.typed import Words


def command() -> Several:
    """The click command."""
    return Several(
        "compare",
        params=[
            multi.words(),
            *multi.computing(axis=True),
            *options.reading(across=None),
            *multi.writing(),
        ],
        callback=lambda **options: compare(given(options)),
        help="Several activations of the same numbers, side by side.\n\n"
        "Names come first, then numbers, ranges or files. An option such as --alpha goes to every named "
        "activation that has it. Rows of a file keep their cells; the columns of results follow them.",
        examples=[
            "act compare relu elu gelu -3:3",
            "act compare relu elu -d 0,1 --alpha 0.5 -1 0 1",
            "act compare sigmoid tanh data.csv -c x",
            "act compare hard-sigmoid --like torch,keras2,act -3:3",
        ],
    )


def compare(given: Arguments) -> None:
    """Compute what the command line asks for."""
    from actcli.cli.run import files
    from actcli.pipeline.typed import understood

    activations, rest = multi.split(given.words, "compare")
    multi.check_alike(activations)
    errand = Errand(activations, given._replace(append=True))
    run(errand, understood(rest, apart=files.apart(given)))


@dataclass(frozen=True)
class Errand:
    """The command line of a comparison."""

    activations: Sequence[Activation]
    given: Arguments

    def computations(self, *, down: bool, dtype: str = "float64") -> tuple[Computation, ...]:
        """One for each activation, results behind what was read; `dtype` if the user names none."""
        from actcli.pipeline.computation import Computation

        return tuple(
            Computation(
                activation,
                settings,
                self.given.orders,
                append=True,
                dtype=self.given.dtype or dtype,
                down=down and activation.kind is not Kind.ELEMENTWISE,
                labelled=True,
            )
            for activation, settings in multi.meant(self.activations, self.given)
        )

    def typed(self, words: Words) -> tuple[Batch, Array, tuple[ResultColumn, ...]]:
        """The columns of the typed numbers, then those of each activation."""
        from actcli.pipeline.typed import computed

        parts = [computed(words, computation) for computation in self.computations(down=True)]
        batch, _, columns = parts[0]
        typed = tuple(column for column in columns if column.result_index is None)
        computed_columns = [[c for c in part[2] if c.result_index is not None] for part in parts]
        return batch, xp.column_stack([part[1] for part in parts]), (*typed, *side_by_side(computed_columns))

    def below(self, words: Words) -> tuple[str, ...]:  # noqa: ARG002  there is no picture of several
        """Nothing."""
        return ()

    def for_layout(self, layout: Layout, dtype: str = "float64") -> Comparison:
        """What is done with a file."""
        return Comparison(self.computations(down=down(self.given.axis, layout), dtype=dtype))

    def for_rows(self, dimensions: int, dtype: str) -> Comparison:
        """What is done with the rows of an array."""
        return Comparison(self.computations(down=down_array(self.given.axis, dimensions), dtype=dtype))

    def for_array(self) -> ArrayOperation:
        """Raises UsageError."""
        raise UsageError("compare writes columns side by side, which an array has no place for; try -o y.csv")

    def reading(self) -> ReadOptions:
        """How input is to be read."""
        return reading(self.given, vectors=any(a.kind is not Kind.ELEMENTWISE for a in self.activations))


@dataclass(frozen=True)
class Comparison:
    """Several computations over the same rows."""

    computations: tuple[Computation, ...]

    @property
    def down(self) -> bool:
        """Whether one of them needs all rows."""
        return any(computation.down for computation in self.computations)

    def results(self, values: Array) -> Array:
        """(rows, selected) numbers to (rows, computed columns), one computation after the other."""
        return xp.column_stack([computation.results(values) for computation in self.computations])

    def result_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """The columns that were read, then the results: of one column under the activations' own names."""
        if self.down and len(selected) > 1:
            raise UsageError("down the columns, compare one at a time; choose it with -c")
        parts = [computation.result_columns(names, selected) for computation in self.computations]
        read = [column for column in parts[0] if column.result_index is None]
        computed = side_by_side([[c for c in part if c.result_index is not None] for part in parts])
        if len(selected) == 1:
            prefix = names[selected[0]] + "_"
            computed = [_renamed(column, column.name.removeprefix(prefix)) for column in computed]
        return (*read, *sorted(computed, key=lambda column: column.nulls_from or 0))


def side_by_side(parts: Sequence[Sequence[ResultColumn]]) -> list[ResultColumn]:
    """The computed columns of several results that stand behind each other."""
    columns: list[ResultColumn] = []
    for part in parts:
        before = len(columns)
        columns += (replace(column, result_index=before + (column.result_index or 0)) for column in part)
    return columns


def _renamed(column: ResultColumn, name: str) -> ResultColumn:
    return replace(column, name=name, title=name)
