"""Parquet files through the engine into Parquet files, a row group at a time."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actcli.errors import DataError
from actcli.io.arrow import arrow
from actcli.io.batch import Counts
from actcli.io.formats.parquet import Writer
from actcli.io.parquet import Table
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from actcli.io.batch import Layout, ResultColumn
    from actcli.io.csv.options import ReadOptions
    from actcli.io.destination import Destination
    from actcli.numeric import Array
    from actcli.pipeline.computation import Operation

    Part = tuple[Any, Array, NDArray[Any]]


def write(
    path: str,
    out: Destination,
    reading: ReadOptions,
    computation: Callable[[Layout], Operation],
    dtype: str | None,
) -> Counts:
    """Write the table with its results. Schema, metadata, row groups and other columns are as they were.

    A computed column keeps its floating type and is float64 if it has none, unless `dtype` names one.
    """
    with closing(Table(path)) as source:
        layout = source.layout(reading)
        job = _Job(source, layout, computation(layout), dtype)
        with out, Writer(out, job.schema(), source.metadata) as writer:
            for group, results, missing in job.down() if job.work.down else job.across():
                writer.group(job.renewed(group, results, missing))
    return job.counts


@dataclass
class _Job:
    source: Table
    layout: Layout
    work: Operation
    dtype: str | None

    def __post_init__(self) -> None:
        self.counts = Counts()
        self.columns = self.work.result_columns(self.layout.names, self.layout.selected)

    def across(self) -> Iterator[Part]:
        """Each row group with its results, and where they are missing."""
        for group in self.source.groups():
            values, missing = self.numbers(group)
            yield group, self.work.results(values), missing

    def down(self) -> Iterator[Part]:
        """The same, where all rows must be read before the first result is known."""
        parts = [self.numbers(group) for group in self.source.groups()]
        if not parts:
            return
        values, missing = (xp.concatenate(arrays) for arrays in zip(*parts, strict=True))
        results = _down(self.work, values, missing)
        first = 0
        for group in self.source.groups():
            rows = slice(first, min(first + group.num_rows, len(results)))
            yield group.slice(0, len(results[rows])), results[rows], missing[rows]
            first += group.num_rows

    def numbers(self, group: Any) -> tuple[Array, NDArray[Any]]:
        """The numbers of a row group, and which are missing. DataError for one that a vector needs."""
        values, missing = self.source.numbers(group, self.layout.selected)
        if self.layout.vectors and missing.any():
            if self.layout.invalid == "error":
                row, place = (int(found[0]) for found in xp.nonzero(missing))
                name = self.layout.names[self.layout.selected[place]]
                raise DataError(
                    f"{self.source.name}: row {self.counts.rows + row + 1}, column {name!r}: is missing; "
                    "--invalid keep or nan goes on"
                )
            self.counts.invalid += int(missing.sum())
            missing = self._kept(missing)
        self.counts.rows += len(values)
        return values, missing

    def _kept(self, missing: NDArray[Any]) -> NDArray[Any]:
        """Where the numbers of vectors are kept as they are: a row across columns stays whole."""
        if self.layout.invalid != "keep":
            return xp.zeros_like(missing)
        return (
            missing if self.work.down else xp.broadcast_to(missing.any(axis=1, keepdims=True), missing.shape)
        )

    def schema(self) -> Any:
        """The source's, with the types of computed columns, and with appended ones."""
        fields = []
        for column in self.columns:
            field = None if column.source_index is None else self.source.schema.field(column.source_index)
            if column.result_index is not None:
                kind = arrow().from_numpy_dtype(xp.dtype(self._floating(column)))
                field = arrow().field(column.name, kind) if field is None else field.with_type(kind)
            fields.append(field)
        return arrow().schema(fields, metadata=self.source.schema.metadata)

    def _floating(self, column: ResultColumn) -> str:
        if self.dtype:
            return self.dtype
        selected = self.layout.selected
        return self.source.floating(selected if column.nulls_from is None else [selected[column.nulls_from]])

    def renewed(self, group: Any, results: Array, missing: NDArray[Any]) -> Any:
        """A row group with its results; what is missing stays so, but what several numbers give is nan."""
        columns = []
        schema = self.schema()
        for column, field in zip(self.columns, schema, strict=True):
            if column.result_index is None:
                columns.append(group.column(column.source_index))
                continue
            mask = (
                xp.zeros(len(missing), bool) if column.nulls_from is None else missing[:, column.nulls_from]
            )
            with xp.errstate(over="ignore"):  # beyond the type's largest number lies infinity
                values = results[:, column.result_index].astype(field.type.to_pandas_dtype())
            new = arrow().array(values, field.type, mask=mask)
            if column.source_index is not None and mask.any():
                old = self.source.decoded(group.column(column.source_index)).cast(field.type, safe=False)
                new = arrow().compute.if_else(mask, old, new)
            columns.append(new)
        return arrow().table(columns, schema=schema)


def _down(work: Operation, values: Array, missing: NDArray[Any]) -> Array:
    """Results of whole columns; missing numbers take no part."""
    if not missing.any():
        return work.results(values)
    stacked = []
    for column, there in zip(values.T, ~missing.T, strict=True):
        found = work.results(column[there][:, None])
        if len(found) != xp.count_nonzero(there):  # half of the rows gate the other half: all are needed
            stacked.append(work.results(column[:, None]))
            continue
        results = xp.full((len(column), found.shape[1]), xp.nan)
        results[there] = found
        stacked.append(results)
    return xp.stack(stacked, axis=2).reshape(len(stacked[0]), -1)
