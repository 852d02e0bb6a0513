"""Down the column: all rows are read before the first result is known.

The numbers wait as float64, a column at a time. The text of the rows waits in a temporary file once there
is much of it, and not at all where a row is nothing but the numbers that results replace.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from actcli.errors import OutputError
from actcli.io.batch import Batch, Chunk, Counts
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from actcli.io.batch import Batches
    from actcli.io.csv.reader import Reader
    from actcli.numeric import Array
    from actcli.pipeline.transform import ComputedBatch, Transform

_IN_MEMORY: Final = 1 << 24


def gathered(reader: Reader | Batches, transform: Transform) -> Iterator[ComputedBatch]:
    """Read all rows, compute down the columns, then give the batches again with their results."""
    with _Waiting(transform) as waiting:
        while (chunk := reader.next()) is not None:
            waiting.take(chunk)
        yield from waiting.parts()


class _Waiting:
    """Rows that wait for their results. Use it in a `with`: it may have a temporary file."""

    def __init__(self, transform: Transform) -> None:
        self._transform = transform
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
        for position, read in enumerate(batch.columns):
            self._kept[position] += (self._rows + row for row in read.passthrough_rows)
            self._absent[position] += len(read.absent)
        text = b"" if batch.cells is None or isinstance(chunk, Batch) else chunk.text
        self._chunks.append((len(values), len(text), chunk.line, batch if isinstance(chunk, Batch) else None))
        self._rows += len(values)
        with _keeping():
            self._text.write(text)

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
        if not self._kept[position]:
            return self._computed(values)
        there = xp.ones(len(values), dtype=bool)
        there[self._kept[position]] = False
        found = self._computed(values[there])
        if len(found) != xp.count_nonzero(there):  # half of the rows gate the other half: all are needed
            return self._computed(values)
        computed = [column for column in self._transform.schema.columns if column.result_index is not None]
        results = xp.full((len(values), len(computed) // len(self._columns)), xp.nan, dtype=found.dtype)
        if len(found):
            results[there] = found
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
