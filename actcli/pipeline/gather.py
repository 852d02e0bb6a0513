"""Down the column: all rows are read before the first result is known.

The numbers wait as float64, a column at a time. The text of the rows waits in a temporary file once there
is much of it, and not at all where a row is nothing but the numbers that results replace.
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
    """Read all rows, compute down the columns, then give the batches again with their results.

    Where the rows of a group stand together, the rows of groups that have ended are all there are. Raises
    DataError for a group of which there were rows before.
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
    """Yield the rows of groups that have ended, as soon as they have."""
    waiting: list[bytes] = []
    line, group = reader.line, None
    while (chunk := reader.next()) is not None:
        last = -1  # where the last group of the chunk begins, if there is another one before it
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
    """Rows that wait for their results. Use it in a `with`: it may have a temporary file."""

    def __init__(self, transform: Transform, seen: set[tuple[bytes, ...]] | None = None) -> None:
        self._transform = transform
        self._seen = seen
        self._groups: dict[tuple[bytes, ...], int] = {}
        self._group_of: list[int] = []  # the number of each row's group
        self._chunks: list[tuple[int, int, int, Batch | None]] = []
        """Rows, bytes of text that are kept, first line; and what was no text, as it is."""
        self._columns: list[list[Array]] = [[] for _ in transform.schema.layout.selected]
        self._kept: list[list[int]] = [[] for _ in self._columns]
        self._absent = [0 for _ in self._columns]  # masked cells of each
        self._rows = 0
        self._text = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what could not be written is not needed any more
            self._text.close()

    def take(self, chunk: Chunk | Batch) -> None:
        """Read the numbers of a chunk. Raises what is wrong with a row."""
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
            self._absent[position] += len(read.absent)
        text = b"" if batch.cells is None or isinstance(chunk, Batch) else chunk.text
        self._chunks.append((len(values), len(text), chunk.line, batch if isinstance(chunk, Batch) else None))
        self._rows += len(values)
        with _keeping():
            self._text.write(text)

    def _take_groups(self, batch: Batch) -> None:
        """Read the groups of a batch's rows. Raises DataError for one that had ended."""
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
        """The batches again, with their results; of a GATED activation as many rows as there are results."""
        results = [self._result(position) for position in range(len(self._columns))]
        most = min(map(len, results), default=self._rows)
        with _keeping():  # what is buffered is written now
            self._text.seek(0)
        ends = accumulate(rows for rows, *_ in self._chunks)
        for (rows, length, line, whole), end in zip(self._chunks, ends, strict=True):
            with _keeping():
                text = self._text.read(length)
            if most < self._rows and most <= end:  # nothing behind the last result is written
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
        """One column's results. Cells that are kept as they are take no part."""
        values = xp.concatenate(self._columns[position] or [xp.empty(0)])
        if self._rows and self._absent[position] == self._rows:
            values[:] = xp.nan
        self._columns[position] = []  # one column's temporaries at a time is all the memory there is
        there = xp.ones(len(values), dtype=bool)
        there[self._kept[position]] = False
        if self._groups:
            found = self._by_group(values[there], xp.array(self._group_of)[there])
        elif not self._kept[position]:
            return self._computed(values)
        else:
            found = self._computed(values[there])
        if len(found) != xp.count_nonzero(there):  # half of the rows gate the other half: all are needed
            return self._computed(values)
        computed = [column for column in self._transform.schema.columns if column.result_index is not None]
        results = xp.full((len(values), len(computed) // len(self._columns)), xp.nan, dtype=found.dtype)
        if len(found):
            results[there] = found
        return results

    def _by_group(self, values: Array, groups: NDArray[Any]) -> Array:
        """Return the results of numbers that are a vector with those of the same group."""
        order = xp.argsort(groups, kind="stable")
        begins = xp.flatnonzero(xp.diff(groups[order], prepend=-1))
        lengths = xp.diff(begins, append=len(order))
        parts, places = [], []
        for length in sorted(set(lengths.tolist())):  # groups of the same length side by side
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
    """What goes wrong with the temporary file, as an OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot keep the rows in {tempfile.gettempdir()}: {error.strerror}") from error


def _stacked(results: list[Array], first: int, count: int) -> Array:
    if not results:
        return xp.empty((count, 0))
    return xp.column_stack([column[first : first + count] for column in results])
