"""What is computed: an activation with its settings and orders, and the columns that come of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from actcli.activations.record import Kind, primed
from actcli.engine import evaluate
from actcli.errors import UsageError
from actcli.io.batch import ResultColumn, batch_of_texts
from actcli.numeric import doubts, xp
from actcli.numeric.numerals import notated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from actcli.activations.record import Activation, Value
    from actcli.io.batch import Batch
    from actcli.numeric import Array

    TypedResult = tuple[Batch, Array, tuple[ResultColumn, ...]]

MOST_CELLS: Final = 1_000_000  # that come of one vector


class Operation(Protocol):
    """What is done with the rows of a source: a computation, or several side by side."""

    @property
    def down(self) -> bool:
        """Whether all rows must be there before the first result."""

    def results(self, values: Array) -> Array:
        """(rows, selected) numbers to (rows, computed columns), in the order of `result_columns`."""

    def result_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """Return the columns of the result for an input with these names."""

    def of_arrays(self, values: Array) -> Sequence[Array]:
        """Arrays of one shape, (rows, *shape), to what comes of each: an array for each `array_columns`."""

    def array_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """Return the columns of the result where the selected cells are arrays."""

    def typed(self, numbers: Sequence[float], texts: Sequence[str]) -> TypedResult:
        """Return what comes of typed numbers, which are one vector."""


@dataclass(frozen=True)
class Computation:
    """An activation applied to rows of numbers.

    `down` works down each column, for VECTOR and GATED activations; otherwise across each row. Titles show
    the parameters that are not at their defaults; of several activations that are `labelled`, names too. With
    `digits`, results are texts of so many significant digits; with a `notation`, texts of that. `axis` is
    that of vectors in arrays.
    """

    activation: Activation
    settings: Mapping[str, Value] = field(default_factory=dict)
    orders: tuple[int, ...] = (0,)
    append: bool = False
    dtype: str = "float64"
    down: bool = False
    labelled: bool = False
    digits: int | None = None
    axis: int = -1
    notation: str | None = None

    @property
    def label(self) -> str:
        """What titles add to the activation's name: its parameters that are not at their defaults."""
        return self.activation.label(self.activation.settings(self.settings))

    @property
    def appends(self) -> bool:
        """Whether results stand behind the columns that were read, instead of in their place."""
        crosses = self.activation.kind is not Kind.ELEMENTWISE
        gated = self.activation.kind is Kind.GATED
        return self.append or gated or len(self.orders) > 1 or (crosses and self.orders != (0,))

    def results(self, values: Array) -> Array:
        """(rows, selected) numbers to (rows, computed columns), in the order of `result_columns`."""
        outcomes = self._outcomes(values, axis=0 if self.down else -1)
        if self.digits is None:
            if self.dtype != "float64":
                _count_too_large(values, outcomes, self.dtype)
            outcomes = tuple(map(self.written, outcomes))
        rows, outputs = outcomes[0].shape[:2]
        grouped = [outcome.reshape(rows, outputs, math.prod(outcome.shape[2:])) for outcome in outcomes]
        joined = xp.concatenate(grouped, axis=2) if len(grouped) > 1 else grouped[0]
        return joined.reshape(rows, outputs * joined.shape[2])

    def _outcomes(self, values: Array, axis: int) -> Sequence[Array]:
        """Return an array for each order of what comes of numbers in the type; of texts with `digits`."""
        if values.dtype.name != self.dtype:
            from actcli.numeric.dtypes import round_to

            values = round_to(values, self.dtype)
        if self.digits is not None:
            from actcli.exact import digits

            settings = self.activation.settings(self.settings)
            return digits(self.activation, values, self.orders, self.digits, settings)
        return evaluate(self.activation, values, self.orders, axis=axis, **self.settings)

    def written(self, values: Array) -> Array:
        """Return results as texts of the notation, an array of objects; as they are without one."""
        return notated(values, self.notation) if self.notation in ("hex", "bits") else values

    def result_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """The columns of the result for a source with these names: read ones first, then appended ones."""
        self._check(names, selected)
        if self.appends:
            read = [ResultColumn(name, source_index=place) for place, name in enumerate(names)]
            return (*read, *self._appended([names[place] for place in selected]))
        return _in_place(names, selected)

    def of_arrays(self, values: Array) -> Sequence[Array]:
        """Arrays of one shape, (rows, *shape), to the results of each order, whose new axes come last.

        Raises UsageError for a shape that does not suit the activation.
        """
        shape, axis = values.shape[1:], self.axis
        if self.activation.kind is not Kind.ELEMENTWISE:
            self.activation.check_axis(axis, shape, "")
            self.activation.check_length(shape[axis], self.settings, columns=())
            axis += axis >= 0  # the rows come first
        outcomes = self._outcomes(values, axis)
        return outcomes if self.digits is not None else tuple(map(self.written, outcomes))

    def array_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """The columns for cells that are arrays: in place, or appended, one for each order."""
        if not (self.append or len(self.orders) > 1):
            return _in_place(names, selected)
        read = [ResultColumn(name, source_index=place) for place, name in enumerate(names)]
        for position, place in enumerate(selected):
            for order in self.orders:
                name = _appended_name(names[place], self.activation, order)
                title = name + self.label
                name = title if self.labelled else name
                computed = len(read) - len(names)
                read.append(ResultColumn(name, None, computed, nulls_from=position, title=title))
        return tuple(read)

    def _appended(self, names: Sequence[str]) -> Iterator[ResultColumn]:
        kind = self.activation.kind
        outputs = self._first_of_pairs(names) if kind is Kind.GATED and not self.down else names
        computed, label = 0, self.label
        for position, output in enumerate(outputs):
            for suffix in self._suffixes(names):
                origin = position if kind is Kind.ELEMENTWISE else None
                title = f"{output}_{self.activation.name}{suffix}{label}"
                name = title if self.labelled else title.removesuffix(label)
                yield ResultColumn(name, result_index=computed, nulls_from=origin, title=title)
                computed += 1

    def _suffixes(self, inputs: Sequence[str]) -> Iterator[str]:
        """`` for order 0, then `_d1`, `_d2` and so on, or for vectors `_d1_b` and `_d2_b_c`."""
        single = self.activation.kind is Kind.ELEMENTWISE
        for order in self.orders:
            if single or order == 0:
                yield f"_d{order}" if order else ""
            elif order == 1:
                yield from (f"_d1_{by}" for by in inputs)
            else:
                yield from (f"_d2_{by}_{and_by}" for by in inputs for and_by in inputs)

    def typed_columns(self, names: Sequence[str], count: int) -> tuple[ResultColumn, ...]:
        """The columns for `count` typed numbers: as typed, under these names, then those of each order."""
        typed = [ResultColumn(name, source_index=place) for place, name in enumerate(names)]
        inputs = [str(place) for place in range(1, count + 1)]
        suffixes = list(self._suffixes(inputs))
        name, label = self.activation.name, self.label
        added = label if self.labelled else ""
        return (
            *typed,
            *(
                ResultColumn(name + suffix + added, result_index=place, title=_primed(name, suffix) + label)
                for place, suffix in enumerate(suffixes)
            ),
        )

    def typed(self, numbers: Sequence[float], texts: Sequence[str]) -> TypedResult:
        """Compute typed numbers as one vector: a batch of their texts, the results, the result's columns.

        Rows are the numbers; for GATED activations the pairs (a, b) of the first and the second half. Raises
        UsageError for a count that does not suit the activation, and for too many derivatives.
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
        """Return of each pair that a GATED activation makes one number of the name that comes first."""
        a, b = self.activation.halves(len(names), self.settings)
        return names[a if a.start < b.start else b]

    def _check(self, names: Sequence[str], selected: Sequence[int]) -> None:
        kind = self.activation.kind
        name = self.activation.name
        if not self.down:  # else vectors are as long as the file
            chosen = [names[place] for place in selected]
            self.activation.check_length(len(selected), self.settings, columns=chosen)
        if kind is not Kind.ELEMENTWISE and self.down and self.orders != (0,):
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


def _in_place(names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
    """Return the columns that were read, the selected ones with their results instead of their numbers."""
    positions = {place: position for position, place in enumerate(selected)}
    return tuple(
        ResultColumn(
            name, source_index=place, result_index=positions.get(place), nulls_from=positions.get(place)
        )
        for place, name in enumerate(names)
    )


def _appended_name(name: str, activation: Activation, order: int) -> str:
    """Return what a result is called beside what it comes of: x_tanh, x_tanh_d1."""
    return f"{name}_{activation.name}" + (f"_d{order}" if order else "")


def _count_too_large(given: Array, outcomes: Sequence[Array], dtype: str) -> None:
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
    """What is computed of an array. `dtype` None is the array's own floating type, float64 for integers.

    With `raw`, files whose names do not end in .npy have no header and hold nothing but numbers of the type.
    With `append`, the results stand behind the array in an archive, instead of in its place.
    """

    activation: Activation
    settings: Mapping[str, Value] = {}
    orders: tuple[int, ...] = (0,)
    axis: int = -1
    dtype: str | None = None
    raw: bool = False
    append: bool = False

    def names(self, name: str) -> list[str]:
        """Return what the results of an array of this name are called in an archive, one for each order."""
        if self.append:
            return [_appended_name(name, self.activation, order) for order in self.orders]
        return [name] if len(self.orders) == 1 else [f"{name}_d{order}" for order in self.orders]

    @property
    def crosses(self) -> bool:
        """Whether the last axis must stay whole: a vector, or a parameter with a value for each column."""
        lists = any(isinstance(value, tuple) for value in self.settings.values())
        return lists or self.activation.kind is not Kind.ELEMENTWISE


@dataclass(frozen=True)
class Comparison:
    """Several computations over the same rows."""

    computations: tuple[Computation, ...]

    @property
    def down(self) -> bool:
        """Whether one of them needs all rows."""
        return any(computation.down for computation in self.computations)

    def typed(self, numbers: Sequence[float], texts: Sequence[str]) -> TypedResult:
        """Compute typed numbers: as typed, then the columns of each computation."""
        parts = [computation.typed(numbers, texts) for computation in self.computations]
        batch, _, columns = parts[0]
        read = [column for column in columns if column.result_index is None]
        computed = _side_by_side([[c for c in part[2] if c.result_index is not None] for part in parts])
        return batch, xp.column_stack([part[1] for part in parts]), (*read, *computed)

    def results(self, values: Array) -> Array:
        """(rows, selected) numbers to (rows, computed columns), one computation after the other."""
        return xp.column_stack([computation.results(values) for computation in self.computations])

    def of_arrays(self, values: Array) -> Sequence[Array]:
        """The results of one computation after the other."""
        return [outcome for computation in self.computations for outcome in computation.of_arrays(values)]

    def array_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """The columns that were read, then those of each selected one: its results side by side."""
        parts = [
            [c for c in computation.array_columns(names, selected) if c.result_index is not None]
            for computation in self.computations
        ]
        read = [ResultColumn(name, source_index=place) for place, name in enumerate(names)]
        computed = sorted((c for part in parts for c in part), key=lambda column: column.nulls_from or 0)
        return (*read, *(column._replace(result_index=index) for index, column in enumerate(computed)))

    def result_columns(self, names: Sequence[str], selected: Sequence[int]) -> tuple[ResultColumn, ...]:
        """The columns that were read, then the results: of one column under the activations' own names."""
        if self.down and len(selected) > 1:
            raise UsageError("down the columns, compare one at a time; choose it with -c")
        parts = [computation.result_columns(names, selected) for computation in self.computations]
        read = [column for column in parts[0] if column.result_index is None]
        computed = _side_by_side([[c for c in part if c.result_index is not None] for part in parts])
        if len(selected) == 1:
            prefix = names[selected[0]] + "_"
            computed = [_renamed(column, column.name.removeprefix(prefix)) for column in computed]
        return (*read, *sorted(computed, key=lambda column: column.nulls_from or 0))


def _side_by_side(parts: Sequence[Sequence[ResultColumn]]) -> list[ResultColumn]:
    """The computed columns of several results that stand behind each other."""
    columns: list[ResultColumn] = []
    for part in parts:
        before = len(columns)
        columns += (column._replace(result_index=before + (column.result_index or 0)) for column in part)
    return columns


def _renamed(column: ResultColumn, name: str) -> ResultColumn:
    return column._replace(name=name, title=name)


def _primed(name: str, suffix: str) -> str:
    """tanh_d1 is tanh', tanh_d4 is tanh(4), softmax_d2_1_3 is softmax''[1,3]."""
    if not suffix:
        return name
    _, order, *places = suffix.split("_")
    title = primed(name, int(order[1:]))
    return f"{title}[{','.join(places)}]" if places else title
