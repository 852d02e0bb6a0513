"""The body behind every activation: parse, then mean, then do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from actcli.activations.record import Kind
from actcli.cli import checks
from actcli.cli.display import terminal
from actcli.cli.run import files
from actcli.errors import UsageError, counted
from actcli.io import formats

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from actcli.activations.record import Activation, Value
    from actcli.cli.arguments import Arguments
    from actcli.io.batch import Batch, Layout, ResultColumn
    from actcli.io.csv.options import ReadOptions
    from actcli.numeric import Array
    from actcli.pipeline.arrays import ArrayOperation
    from actcli.pipeline.computation import Computation, Operation
    from actcli.pipeline.typed import Words


class Errand(Protocol):
    """What a command line asks for: of one activation, or of several side by side."""

    @property
    def given(self) -> Arguments:
        """The options."""

    def typed(self, words: Words) -> tuple[Batch, Array, tuple[ResultColumn, ...]]:
        """What comes of typed numbers."""

    def below(self, words: Words) -> Iterable[str]:
        """What stands below the table of typed numbers."""

    def for_layout(self, layout: Layout, dtype: str = "float64") -> Operation:
        """What is done with a file that is laid out like this."""

    def for_rows(self, dimensions: int, dtype: str) -> Operation:
        """What is done with the rows of an array of one or two dimensions, of this floating type."""

    def for_array(self) -> ArrayOperation:
        """What is done with an array as a whole. UsageError where the result is not an array."""

    def reading(self) -> ReadOptions:
        """How input is to be read."""


@dataclass(frozen=True)
class Wish:
    """What the command line of one activation says, as words mean it."""

    activation: Activation
    settings: Mapping[str, Value]
    given: Arguments

    def computation(self, *, down: bool, dtype: str = "float64") -> Computation:
        """The computation, down columns or across rows; `dtype` if the user names none."""
        from actcli.pipeline.computation import Computation

        return Computation(
            self.activation,
            self.settings,
            self.given.orders,
            append=self.given.append,
            dtype=self.given.dtype or dtype,
            down=down and self.activation.kind is not Kind.ELEMENTWISE,
        )

    def for_layout(self, layout: Layout, dtype: str = "float64") -> Computation:
        """The computation for a file."""
        return self.computation(down=down(self.given.axis, layout), dtype=dtype)

    def for_rows(self, dimensions: int, dtype: str) -> Computation:
        """The computation for the rows of an array."""
        return self.computation(down=down_array(self.given.axis, dimensions), dtype=dtype)

    def for_array(self) -> ArrayOperation:
        """The computation for an array of any shape."""
        from actcli.pipeline.arrays import ArrayOperation

        axis = self.given.axis
        return ArrayOperation(
            self.activation, self.settings, self.given.orders, -1 if axis is None else axis, self.given.dtype
        )

    def typed(self, words: Words) -> tuple[Batch, Array, tuple[ResultColumn, ...]]:
        """The typed numbers as one vector."""
        from actcli.pipeline.typed import computed

        return computed(words, self.computation(down=True))

    def below(self, words: Words) -> Iterable[str]:
        """With --plot, the numbers on the curve."""
        if not self.given.plot:
            return ()
        from actcli.cli.display.drawing import below

        return below(self, words)

    def reading(self) -> ReadOptions:
        """How input is to be read."""
        return reading(self.given, vectors=self.activation.kind is not Kind.ELEMENTWISE)


def down(axis: int | None, layout: Layout) -> bool:
    """Whether a file is worked down its columns: a single column is, unless --axis says otherwise."""
    if axis is not None and axis not in (-1, 0, 1):
        raise UsageError(f"{layout.source}: rows of text have no axis {axis}; 0 is down, -1 and 1 are across")
    return axis == 0 or (axis is None and len(layout.selected) == 1)


def down_array(axis: int | None, dimensions: int) -> bool:
    """Whether an array's rows are worked down: a vector is, for it is one column; others by their axis."""
    if axis is not None and not -dimensions <= axis < max(1, dimensions):
        raise UsageError(f"--axis {axis}: the array has {counted(dimensions, 'dimension')}")
    return dimensions < 2 or axis in (0, -2)  # noqa: PLR2004  rows and columns


def reading(given: Arguments, *, vectors: bool) -> ReadOptions:
    """How input is to be read; of `vectors`, every column must be numeric."""
    from actcli.io.csv.options import ReadOptions

    missing = given.missing
    return ReadOptions(
        columns=given.columns,
        exclude=given.exclude,
        delimiter=given.delimiter,
        header=given.header,
        missing=None if missing is None else frozenset(missing.split(",")),
        decimal=given.decimal.encode(),
        invalid=given.invalid,
        ragged=given.ragged,
        encoding=given.encoding or "",
        vectors=vectors,
    )


def apply(activation: Activation, given: Arguments) -> None:
    """Compute what the command line asks for."""
    from actcli.activations.frameworks import check_parameters, like
    from actcli.pipeline.typed import understood

    if given.like:
        activation = like(activation, given.like)
    check_parameters(activation, dict(given.parameters))
    wish = Wish(activation, activation.settings(dict(given.parameters)), given)
    words = understood(given.words, apart=files.apart(given))
    if given.plot:
        _check_plot(wish, words)
    if given.append:
        _check_append(wish, words)
    run(wish, words)


def _check_plot(wish: Wish, words: Words) -> None:
    if words.paths:
        raise UsageError(f"--plot draws typed numbers; for the curve alone: act plot {wish.activation.name}")
    if (wish.given.format or "table") != "table":
        raise UsageError(f"--plot stands below a table; leave out -F {wish.given.format}, or --plot")
    if wish.activation.kind is not Kind.ELEMENTWISE and wish.given.orders != (0,):
        raise UsageError("--plot draws no Jacobians")
    if any(isinstance(value, tuple) for value in wish.settings.values()):
        raise UsageError("--plot draws one curve, and a list of parameters gives several")
    if wish.activation.kind is Kind.ELEMENTWISE:
        from actcli.cli.display.drawing import around

        around(words.numbers)  # raises before the table is written


def _check_append(wish: Wish, words: Words) -> None:
    if not words.paths:
        raise UsageError("-a: results stand beside typed numbers anyway; leave it out")
    if wish.given.format == "plain":
        raise UsageError("-a: plain is the computed values alone; leave it out, or say -F csv")


def run(errand: Errand, words: Words) -> None:
    """Do what is asked for with typed numbers, or with files."""
    checks.options(errand.given, words.paths)
    if words.numbers:
        _typed(errand, words)
    else:
        files.run(errand, words.paths)


def _typed(errand: Errand, words: Words) -> None:
    from actcli.io import remote
    from actcli.io.destination import STDOUT
    from actcli.io.formats import ResultSchema

    if _typed_array(errand, words.numbers):
        return
    batch, results, columns = errand.typed(words)
    look = terminal.look(errand.given, typed=True)
    schema = ResultSchema(batch.layout, columns, look.digits)
    with remote.sent(errand.given.output or STDOUT) as here, files.destination(here) as out:
        if look.format == "table":
            from actcli.io.formats import table

            table.write(schema, [(schema, batch, results)], out, look.view)
            for line in errand.below(words):
                out.write(line.encode(look.view.encoding, "replace") + b"\n")
        else:
            module = formats.named(look.format)
            out.write(module.head(schema) + module.body(schema, batch, results) + module.tail(schema))


def _typed_array(errand: Errand, numbers: Sequence[float]) -> bool:
    """Write typed numbers as an array, if that is what -o names. UsageError if it is a folder or a table."""
    target = errand.given.output
    if not target:
        return False
    from actcli.io import filetype, remote
    from actcli.pipeline import arrays

    wanted = "text" if errand.given.format else filetype.by_name(target)
    if files.is_folder(target):
        raise UsageError(f"{target}: a folder takes the results of files; name one, for example -o y.csv")
    if wanted == "parquet":
        raise UsageError(f"{target}: typed numbers are written as text or .npy; for example -o y.csv")
    if wanted != "npy":
        return False
    checks.result(errand.given, wanted, target)
    job = errand.for_array()
    with remote.sent(target) as here:
        arrays.save(numbers, job, arrays.names(here, job.orders))
    return True
