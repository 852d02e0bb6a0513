"""Vectors along columns: all rows are read before the first result is known.

The numbers are kept in memory as float64, by column. The text of the rows is kept in a temporary file if it
is large, and not at all if results replace all cells.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import DataError, OutputError
from actcli.io.batch import Batch, Chunk, Counts
from actcli.io.csv.reader import Reader
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from numpy.typing import NDArray

    from actcli.io.batch import Batches, Layout
    from actcli.numeric import Array
    from actcli.pipeline.transform import ComputedBatch, Transform

_IN_MEMORY: Final = 1 << 24


def gathered(reader: Reader | Batches, transform: Transform) -> Iterator[ComputedBatch]:
    """Yield all batches with their results, after reading all rows and computing along the columns.

    With `sorted_groups`, the complete groups of a chunk are computed and yielded without waiting for later
    rows. Raises DataError for a bad row, and for a group with earlier rows that were not consecutive;
    OutputError if the temporary file cannot be written.
    """
    if transform.schema.layout.sorted_groups and isinstance(reader, Reader):
        seen: set[tuple[bytes, ...]] = set()
        for chunk in _whole_groups(reader, transform.schema.layout):
            with _Waiting(transform, seen) as waiting:
                waiting.take(chunk)
                yield from waiting.parts()
        return
    with _Waiting(transform) as waiting:
        while (some := reader.next()) is not None:
            waiting.take(some)
        yield from waiting.parts()


def _whole_groups(reader: Reader, layout: Layout) -> Iterator[Chunk]:
    """Yield chunks of the rows of complete groups, as soon as the next group begins."""
    waiting: list[bytes] = []
    line, group = reader.line, None
    while (chunk := reader.next()) is not None:
        last = -1  # index of the chunk's last group, if another group is before it
        for begin, cells in layout.lanes.cells_of(chunk, layout):
            before, group = group, layout.group(cells)
            if before not in (None, group):
                last = begin
        waiting.append(chunk.text[: max(last, 0)] if last >= 0 else chunk.text)
        if last >= 0:
            text = b"".join(waiting)
            yield Chunk(text, line)
            line, waiting = line + text.count(b"\n"), [chunk.text[last:]]
    if any(waiting):
        yield Chunk(b"".join(waiting), line)


class _Waiting:
    """Rows kept until all are read, then yielded with results; a context manager, for its temporary file."""

    def __init__(self, transform: Transform, seen: set[tuple[bytes, ...]] | None = None) -> None:
        self._transform = transform
        self._seen = seen
        self._groups: dict[tuple[bytes, ...], int] = {}
        self._group_of: list[int] = []  # the index of each row's group
        self._chunks: list[tuple[int, int, int, Batch | None]] = []
        """For each chunk: rows, bytes of text kept, first line, and the batch itself if it is not text."""
        self._columns: list[list[Array]] = [[] for _ in transform.schema.layout.selected]
        self._kept: list[list[int]] = [[] for _ in self._columns]
        self._absent = [0 for _ in self._columns]  # number of masked cells of each column
        self._rows = 0
        self._text = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what could not be written is not needed
            self._text.close()

    def take(self, chunk: Chunk | Batch) -> None:
        """Add the rows of a chunk. Raises DataError for a bad row, OutputError if text cannot be kept."""
        batch = self._transform.batch(chunk)
        if batch.error:
            raise batch.error
        values = batch.values
        for position, column in enumerate(self._columns):
            column.append(xp.ascontiguousarray(values[:, position]))
        if self._transform.schema.layout.by:
            self._take_groups(batch)
        for position, read in enumerate(batch.columns):
            self._kept[position] += (self._rows + row for row in read.passthrough_rows)
            self._absent[position] += len(read.absent_rows)
        text = b"" if batch.cells is None or isinstance(chunk, Batch) else chunk.text
        self._chunks.append((len(values), len(text), chunk.line, batch if isinstance(chunk, Batch) else None))
        self._rows += len(values)
        with _keeping():
            self._text.write(text)

    def _take_groups(self, batch: Batch) -> None:
        """Add the groups of a batch's rows. Raises DataError for a row of a group that had ended."""
        layout, rows = batch.layout, batch.rows()
        before = None
        for row in range(len(rows)) if batch.computed is None else batch.computed:
            group = layout.group(rows[row])
            if self._seen is not None and group != before:
                if group in self._seen:
                    shown = b", ".join(group).decode("utf-8", "replace")
                    raise DataError(
                        f"{layout.source}:{batch.line_of(row)}: the group {shown} had ended before; "
                        "leave out --sorted, or sort the rows"
                    )
                self._seen.add(group)
            before = group
            self._group_of.append(self._groups.setdefault(group, len(self._groups)))

    def parts(self) -> Iterator[ComputedBatch]:
        """Yield the batches with their results; for GATED activations as many rows as there are results."""
        results = [self._result(position) for position in range(len(self._columns))]
        most = min(map(len, results), default=self._rows)
        with _keeping():  # seeking writes what is buffered
            self._text.seek(0)
        ends = accumulate(rows for rows, *_ in self._chunks)
        for (rows, length, line, whole), end in zip(self._chunks, ends, strict=True):
            with _keeping():
                text = self._text.read(length)
            if most < self._rows and most <= end:  # rows after the last result are not written
                wanted = most - (end - rows)
                batch = whole.head(wanted) if whole else self._batch(Chunk(text, line), wanted, most=wanted)
                yield self._transform.schema, batch, _stacked(results, end - rows, wanted)
                return
            yield (
                self._transform.schema,
                whole or self._batch(Chunk(text, line), rows),
                _stacked(results, end - rows, rows),
            )

    def _batch(self, chunk: Chunk, rows: int, most: int | None = None) -> Batch:
        layout = self._transform.schema.layout
        if not chunk.text:
            return Batch(layout, None, [], Counts(rows))
        return self._transform.batch(chunk) if most is None else self._transform.first_rows(chunk, most)

    def _result(self, position: int) -> Array:
        """Return one column's results, (rows, results); cells that are passed through are in no vector."""
        values = xp.concatenate(self._columns[position] or [xp.empty(0)])
        if self._rows and self._absent[position] == self._rows:
            values[:] = xp.nan
        self._columns[position] = []  # free memory: there is room for one column's temporaries at a time
        there = xp.ones(len(values), dtype=bool)
        there[self._kept[position]] = False
        if self._groups:
            found = self._by_group(values[there], xp.array(self._group_of)[there])
        elif not self._kept[position]:
            return self._computed(values)
        else:
            found = self._computed(values[there])
        if len(found) != xp.count_nonzero(there):  # one half of the rows gates the other: all are needed
            return self._computed(values)
        computed = [column for column in self._transform.schema.columns if column.result_index is not None]
        results = xp.full((len(values), len(computed) // len(self._columns)), xp.nan, dtype=found.dtype)
        if len(found):
            results[there] = found
        return results

    def _by_group(self, values: Array, groups: NDArray[Any]) -> Array:
        """Return the results of numbers, (numbers, results), where those of each group are one vector."""
        order = xp.argsort(groups, kind="stable")
        begins = xp.flatnonzero(xp.diff(groups[order], prepend=-1))
        lengths = xp.diff(begins, append=len(order))
        parts, places = [], []
        for length in sorted(set(lengths.tolist())):  # groups of one length are computed side by side
            rows = order[begins[lengths == length] + xp.arange(length)[:, None]]
            found = self._transform.work.results(values[rows])
            parts.append(found.reshape(length, -1, rows.shape[1]).transpose(0, 2, 1).reshape(rows.size, -1))
            places.append(rows.reshape(-1))
        if not parts:
            return self._computed(values)
        joined: Array = xp.concatenate(parts)
        results = xp.empty_like(joined)
        results[xp.concatenate(places)] = joined
        return results

    def _computed(self, values: Array) -> Array:
        return self._transform.work.results(values[:, None])


@contextmanager
def _keeping() -> Iterator[None]:
    """Turn an OSError of the temporary file into an OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot keep the rows in {tempfile.gettempdir()}: {error.strerror}") from error


def _stacked(results: list[Array], first: int, count: int) -> Array:
    if not results:
        return xp.empty((count, 0))
    return xp.column_stack([column[first : first + count] for column in results])
