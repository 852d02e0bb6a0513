"""Computations: activations with their settings and orders of derivatives, and the columns that result."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from actcli.activations.record import Kind, order_suffix, primed
from actcli.engine import evaluate
from actcli.errors import UsageError, counted
from actcli.io.batch import ResultColumn, batch_of_texts
from actcli.numeric import doubts, xp
from actcli.numeric.elementary import weighted_sum
from actcli.numeric.numerals import notated, shortest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from actcli.activations.record import Activation, Value
    from actcli.io.batch import Batch
    from actcli.numeric import Array

    TypedResult = tuple[Batch, Array, tuple[ResultColumn, ...]]

MOST_CELLS: Final = 1_000_000  # results of one vector


class Operation(Protocol):
    """Protocol of operations on the rows of an input: one computation, or several side by side."""

    @property
    def columnwise(self) -> bool:
        """Whether results need all rows first, because vectors run along columns."""

    def results(self, values: Array) -> Array:
        """Return the results of `values`, (rows, selected), as (rows, columns), in `result_columns` order."""

    def result_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """Return the columns of the result for an input with these column names and selected indices."""

    def of_arrays(self, values: Array) -> Sequence[Array]:
        """Return the results of arrays of one shape, (rows, *shape): an array for each computed column."""

    def array_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """Return the columns of the result for an input whose selected cells are arrays."""

    def typed(self, numbers: Sequence[float], texts: Sequence[str]) -> TypedResult:
        """Return the batch, results and columns for numbers from the command line, which are one vector."""


@dataclass(frozen=True)
class Computation:
    """An activation applied to rows of numbers.

    Vectors of VECTOR and GATED activations run along each column if `columnwise`, else along each row. Titles
    show parameters that are not at their defaults; so do names if `labelled`, which tells computations apart.
    With `digits`, results are texts of so many significant digits; with a `notation` (hex or bits), texts in
    that. `axis` is the axis of vectors in arrays.
    """

    activation: Activation
    settings: Mapping[str, Value] = field(default_factory=dict)
    orders: tuple[int, ...] = (0,)
    append: bool = False
    dtype: str = "float64"
    columnwise: bool = False
    labelled: bool = False
    digits: int | None = None
    axis: int = -1
    notation: str | None = None

    @property
    def label(self) -> str:
        """Suffix of titles: the parameters that are not at their defaults, empty if none."""
        return self.activation.label(self.activation.settings(self.settings))

    @property
    def appends(self) -> bool:
        """Whether results are appended after the input's columns instead of replacing them."""
        vectors = self.activation.kind is not Kind.ELEMENTWISE
        gated = self.activation.kind is Kind.GATED
        return self.append or gated or len(self.orders) > 1 or (vectors and self.orders != (0,))

    def results(self, values: Array) -> Array:
        """Return the results of `values`, (rows, selected), as (rows, columns), in `result_columns` order."""
        outcomes = self._outcomes(values, axis=0 if self.columnwise else -1)
        if self.digits is None:
            outcomes = tuple(map(self.written, outcomes))
        rows, outputs = outcomes[0].shape[:2]
        grouped = [outcome.reshape(rows, outputs, math.prod(outcome.shape[2:])) for outcome in outcomes]
        joined = xp.concatenate(grouped, axis=2) if len(grouped) > 1 else grouped[0]
        return joined.reshape(rows, outputs * joined.shape[2])

    def _outcomes(self, values: Array, axis: int) -> Sequence[Array]:
        """Return the results of each order, computed in `dtype`, or with `digits` as arrays of texts.

        Counts as doubts the results that are too large for the type.
        """
        given = values
        if values.dtype.name != self.dtype:
            from actcli.numeric.dtypes import round_to

            values = round_to(values, self.dtype)
        if self.digits is not None:
            from actcli.exact import digits

            settings = self.activation.settings(self.settings)
            return digits(self.activation, values, self.orders, self.digits, settings)
        outcomes = evaluate(self.activation, values, self.orders, axis=axis, **self.settings)
        if self.dtype != "float64":
            count_too_large(given, outcomes, self.dtype)
        return outcomes

    def written(self, values: Array) -> Array:
        """Return results as texts in `notation`, an array of objects; unchanged without a notation."""
        return notated(values, self.notation) if self.notation in ("hex", "bits") else values

    def result_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """Return the columns of the result: the input's, with results in place or appended after them.

        Raises UsageError for a number of columns that does not suit the activation, or too many derivatives.
        """
        self._check(names, selected)
        if self.appends:
            return (*as_read(names), *self._appended([names[index] for index in selected]))
        return _in_place(names, selected)

    def of_arrays(self, values: Array) -> Sequence[Array]:
        """Return the results of arrays of one shape, (rows, *shape), for each order; new axes come last.

        Raises UsageError for a shape that does not suit the activation.
        """
        shape, axis = values.shape[1:], self.axis
        if self.activation.kind is not Kind.ELEMENTWISE:
            self.activation.check_axis(axis, shape, "")
            self.activation.check_length(shape[axis], self.settings, columns=())
            axis += axis >= 0  # after the axis of rows
        outcomes = self._outcomes(values, axis)
        return outcomes if self.digits is not None else tuple(map(self.written, outcomes))

    def array_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """Return the columns for cells that are arrays: computed in place, or one appended for each order."""
        if not (self.append or len(self.orders) > 1):
            return _in_place(names, selected)
        read = as_read(names)
        for position, index in enumerate(selected):
            for order in self.orders:
                name = _appended_name(names[index], self.activation, order)
                title = name + self.label
                name = title if self.labelled else name
                computed = len(read) - len(names)
                read.append(ResultColumn(name, None, computed, nulls_from=position, title=title))
        return tuple(read)

    def _appended(self, names: Sequence[str]) -> Iterator[ResultColumn]:
        kind = self.activation.kind
        outputs = self._first_of_pairs(names) if kind is Kind.GATED and not self.columnwise else names
        computed, label = 0, self.label
        for position, output in enumerate(outputs):
            for suffix in self._suffixes(names):
                origin = position if kind is Kind.ELEMENTWISE else None
                title = f"{output}_{self.activation.name}{suffix}{label}"
                name = title if self.labelled else title.removesuffix(label)
                yield ResultColumn(name, result_index=computed, nulls_from=origin, title=title)
                computed += 1

    def _suffixes(self, inputs: Sequence[str]) -> Iterator[str]:
        """Yield the suffixes of results: empty for order 0, `_d1`, `_d2`; for vectors `_d1_b`, `_d2_b_c`."""
        single = self.activation.kind is Kind.ELEMENTWISE
        for order in self.orders:
            if single or order == 0:
                yield order_suffix(order)
            elif order == 1:
                yield from (f"_d1_{by}" for by in inputs)
            else:
                yield from (f"_d2_{by}_{and_by}" for by in inputs for and_by in inputs)

    def typed_columns(self, names: Sequence[str], count: int) -> tuple[ResultColumn, ...]:
        """Return the columns for `count` typed numbers: these under `names`, then the results by order."""
        inputs = [str(index) for index in range(1, count + 1)]
        suffixes = list(self._suffixes(inputs))
        name, label = self.activation.name, self.label
        added = label if self.labelled else ""
        return (
            *as_read(names),
            *(
                ResultColumn(name + suffix + added, result_index=index, title=_primed(name, suffix) + label)
                for index, suffix in enumerate(suffixes)
            ),
        )

    def typed(self, numbers: Sequence[float], texts: Sequence[str]) -> TypedResult:
        """Return numbers from the command line as a batch of their `texts`, their results, and the columns.

        The numbers are one vector, with a row for each; for GATED activations a row is a pair (a, b) of the
        first and the second half. Raises UsageError for a count that does not suit the activation, and for
        too many derivatives.
        """
        count = len(numbers)
        self.activation.check_length(count, self.settings)
        gated = self.activation.kind is Kind.GATED
        rows = count // 2 if gated else count
        names = ("a", "b") if gated else ("x",)
        columns = self.typed_columns(names, count)
        if len(columns) > count and rows * len(columns) > MOST_CELLS:
            raise UsageError(
                f"{rows:,} rows of {len(columns):,} derivatives are too many; give fewer numbers"
            )
        values = xp.array(numbers, dtype=xp.float64)
        if self.activation.kind is Kind.ELEMENTWISE:
            results = self.results(values[None, :]).reshape(count, -1)
        else:
            results = self.results(values[:, None])
        halves = self.activation.halves(count, self.settings) if gated else (slice(None),)
        cells = [texts[half] for half in halves]
        return batch_of_texts(names, cells, range(len(names))), results, columns

    def _first_of_pairs(self, names: Sequence[str]) -> Sequence[str]:
        """Return the name of the first column of each pair that a GATED activation combines."""
        a, b = self.activation.halves(len(names), self.settings)
        return names[a if a.start < b.start else b]

    def _check(self, names: Sequence[str], selected: Sequence[int]) -> None:
        kind = self.activation.kind
        name = self.activation.name
        if not self.columnwise:  # else the length of vectors is not known yet
            chosen = [names[index] for index in selected]
            self.activation.check_length(len(selected), self.settings, columns=chosen)
        if kind is not Kind.ELEMENTWISE and self.columnwise and self.orders != (0,):
            raise UsageError(
                f"{name} has no derivatives down a column: they would be as many columns as rows"
            )
        outputs = len(selected) // 2 if kind is Kind.GATED else len(selected)
        most = outputs * len(selected) ** max(self.orders)
        if kind is not Kind.ELEMENTWISE and most > MOST_CELLS:
            raise UsageError(
                f"{name}: {most:,} derivatives of the {len(selected):,} columns in each row are too many; "
                "choose fewer with -c"
            )


def as_read(names: Sequence[str]) -> list[ResultColumn]:
    """Return the columns of a result that show the input's, with these names."""
    return [ResultColumn(name, source_index=index) for index, name in enumerate(names)]


def _in_place(names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
    """Return the input's columns, the selected ones computed in place."""
    positions = {index: position for position, index in enumerate(selected)}
    return tuple(
        ResultColumn(
            name, source_index=index, result_index=positions.get(index), nulls_from=positions.get(index)
        )
        for index, name in enumerate(names)
    )


def _appended_name(name: str, activation: Activation, order: int) -> str:
    """Return the name of an appended result: input, activation and order, as in x_tanh and x_tanh_d1."""
    return f"{name}_{activation.name}{order_suffix(order)}"


def count_too_large(given: Array, outcomes: Sequence[Array], dtype: str) -> None:
    """Count the results that are nan because their type has no infinity."""
    from actcli.numeric.dtypes import DTYPES

    if DTYPES[dtype].infinite:
        return
    finite = xp.isfinite(given.astype(xp.float64))
    for y in outcomes:
        lost = xp.isnan(y.astype(xp.float64))
        doubts.too_large += int(
            (lost & finite).sum() if lost.shape == finite.shape else lost.sum() * finite.all()
        )


class ArrayOperation(NamedTuple):
    """A computation on array files. `dtype` None means the array's own floating type, float64 for integers.

    With `raw`, the input, and outputs not named .npy, have no header and hold only numbers of the type.
    With `append`, results stand after the array in an archive, instead of in its place.
    """

    activation: Activation
    settings: Mapping[str, Value] = {}
    orders: tuple[int, ...] = (0,)
    axis: int = -1
    dtype: str | None = None
    raw: bool = False
    append: bool = False

    def names(self, name: str) -> list[str]:
        """Return the names of the results of array `name` in an archive, one for each order."""
        if self.append:
            return [_appended_name(name, self.activation, order) for order in self.orders]
        return [name] if len(self.orders) == 1 else [f"{name}_d{order}" for order in self.orders]

    @property
    def couples_elements(self) -> bool:
        """Whether an axis must stay whole: vectors run along it, or a parameter has a value per index."""
        lists = any(isinstance(value, tuple) for value in self.settings.values())
        return lists or self.activation.kind is not Kind.ELEMENTWISE


@dataclass(frozen=True)
class Comparison:
    """Several computations on the same rows, side by side."""

    computations: tuple[Computation, ...]

    @property
    def columnwise(self) -> bool:
        """Whether any computation needs all rows before its first result."""
        return any(computation.columnwise for computation in self.computations)

    def typed(self, numbers: Sequence[float], texts: Sequence[str]) -> TypedResult:
        """Return numbers from the command line as a batch, all computations' results, and the columns."""
        parts = [computation.typed(numbers, texts) for computation in self.computations]
        batch, _, columns = parts[0]
        read = [column for column in columns if column.result_index is None]
        computed = _side_by_side([[c for c in part[2] if c.result_index is not None] for part in parts])
        return batch, xp.column_stack([part[1] for part in parts]), (*read, *computed)

    def results(self, values: Array) -> Array:
        """Return the results of `values`, (rows, selected), as (rows, columns), one computation at a time."""
        return xp.column_stack([computation.results(values) for computation in self.computations])

    def of_arrays(self, values: Array) -> Sequence[Array]:
        """Return the results of arrays of one shape, (rows, *shape), computation by computation."""
        return [outcome for computation in self.computations for outcome in computation.of_arrays(values)]

    def array_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """Return the input's columns, then for each selected column the results of all computations."""
        parts = [
            [c for c in computation.array_columns(names, selected) if c.result_index is not None]
            for computation in self.computations
        ]
        computed = sorted((c for part in parts for c in part), key=lambda column: column.nulls_from or 0)
        return (*as_read(names), *(c._replace(result_index=k) for k, c in enumerate(computed)))

    def result_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """Return the input's columns, then the results by column; for a single one without its prefix.

        Raises UsageError for several columns if vectors run along columns.
        """
        if self.columnwise and len(selected) > 1:
            raise UsageError("down the columns, compare one at a time; choose it with -c")
        parts = [computation.result_columns(names, selected) for computation in self.computations]
        read = [column for column in parts[0] if column.result_index is None]
        computed = _side_by_side([[c for c in part if c.result_index is not None] for part in parts])
        if len(selected) == 1:
            prefix = names[selected[0]] + "_"
            computed = [_renamed(column, column.name.removeprefix(prefix)) for column in computed]
        return (*read, *sorted(computed, key=lambda column: column.nulls_from or 0))


@dataclass(frozen=True)
class Neuron:
    """A neuron: weights, a bias, and activations of the weighted sum z of its inputs."""

    computations: tuple[Computation, ...]
    weights: tuple[float, ...]
    bias: float
    columnwise: bool = False

    def typed(self, numbers: Sequence[float], texts: Sequence[str]) -> TypedResult:
        """Return a row for each number with its own w x + b, and one for the neuron with all of them.

        They are the batch, the results and the columns. Raises UsageError unless each number has a weight.
        """
        w, b = xp.array(self.weights), self.bias
        x = self.inputs(xp.array(numbers))
        if len(x) != len(w):
            raise UsageError(f"{counted(len(w), 'weight')} for {counted(len(x), 'input')}; give one for each")
        z = [weighted_sum(x[:, None][k : k + 1], w[k : k + 1], b) for k in range(len(x))]
        results = self.outputs(xp.concatenate([*z, weighted_sum(x[None, :], w, b)]))
        names = ("input", "x", "w")
        labels = [str(number) for number in range(1, len(x) + 1)]
        cells = [[*labels, "neuron"], [*texts, ""], [*map(shortest, w.tolist()), ""]]
        return batch_of_texts(names, cells, (1, 2)), results, (*as_read(names), *self.columns())

    def outputs(self, z: Array) -> Array:
        """Return z itself, rounded, and each activation's orders of it: (n,) to (n, 1 + columns)."""
        z = self._rounded(z)
        first = self.computations[0].written(z)
        return xp.column_stack([first, *(one.results(z[:, None]) for one in self.computations)])

    def results(self, values: Array) -> Array:
        """Return z and the activations for `values`: (rows, inputs) to (rows, 1 + columns)."""
        return self.outputs(weighted_sum(self.inputs(values), xp.array(self.weights), self.bias))

    def inputs(self, values: Array) -> Array:
        """Return numbers rounded to the floating type, as float64, in which sums are computed."""
        return self._rounded(values).astype(xp.float64, copy=False)

    def _rounded(self, values: Array) -> Array:
        """Return numbers rounded to the floating type."""
        from actcli.numeric.dtypes import round_to

        return round_to(values, self.computations[0].dtype)

    def of_arrays(self, values: Array) -> Sequence[Array]:
        """Return z and each activation's orders for `values`, (rows, inputs), as arrays of shape (rows,).

        Raises UsageError for another shape, or another number of inputs than weights.
        """
        if values.ndim != len(("row", "input")) or values.shape[1] != len(self.weights):
            size = " x ".join(map(str, values.shape[1:]))
            raise UsageError(f"{counted(len(self.weights), 'weight')} for an array of {size} numbers")
        return tuple(self.results(values).T)

    def array_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """Return the columns read, and after them the neuron's, for inputs in the arrays of one column.

        Raises UsageError for several columns.
        """
        if len(selected) > 1:
            raise UsageError("a neuron has its inputs in one array; choose it with -c")
        return (*as_read(names), *self.columns())

    def columns(self) -> tuple[ResultColumn, ...]:
        """Return the columns of z and of each activation's orders."""
        found = [ResultColumn("z", result_index=0, title="z")]
        for computation in self.computations:
            for column in computation.typed_columns((), 1):
                found.append(ResultColumn(column.name, result_index=len(found), title=column.title))
        return tuple(found)

    def result_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """Return the columns read, and after them the neuron's.

        Raises UsageError unless there is a weight for each selected column.
        """
        if len(selected) != len(self.weights):
            chosen = ", ".join(names[index] for index in selected)
            raise UsageError(
                f"{counted(len(self.weights), 'weight')} for {counted(len(selected), 'column')} ({chosen}); "
                "choose columns with -c"
            )
        return (*as_read(names), *self.columns())


def _side_by_side(parts: Sequence[Sequence[ResultColumn]]) -> list[ResultColumn]:
    """Return the computed columns of several results, renumbered as one sequence."""
    columns: list[ResultColumn] = []
    for part in parts:
        before = len(columns)
        columns += (column._replace(result_index=before + (column.result_index or 0)) for column in part)
    return columns


def _renamed(column: ResultColumn, name: str) -> ResultColumn:
    return column._replace(name=name, title=name)


def _primed(name: str, suffix: str) -> str:
    """Return a title with primes: tanh' for suffix _d1, tanh(4) for _d4, softmax''[1,3] for _d2_1_3."""
    if not suffix:
        return name
    _, order, *places = suffix.split("_")
    title = primed(name, int(order[1:]))
    return f"{title}[{','.join(places)}]" if places else title
