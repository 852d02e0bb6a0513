"""What is done with each chunk of rows, whichever process does it, and how its text is written.

This module imports no executor: `schedule`, `processes` and `cluster` import it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from actcli.errors import ActError, UnwritableRow
from actcli.io import formats
from actcli.io.batch import Batch, Counts, ResultSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from actcli.io.batch import Batches, Chunk
    from actcli.io.csv.reader import Reader
    from actcli.io.destination import Destination
    from actcli.numeric import Array
    from actcli.pipeline.computation import Operation

    ComputedBatch = tuple[ResultSchema, Batch, Array]

_GROWS: Final = 4  # results of a number, for which chunks are as large as can be
_COLUMNAR: Final = ("csv", "tsv", "markdown", "latex", "parquet")
"""Formats that have a place for columns alone, and lose what they have none for."""
_SMALLEST: Final = 128  # a part of what is read otherwise


class EncodedChunk(NamedTuple):
    """The text that came of one chunk, what was counted on the way, and what was wrong behind it."""

    text: bytes
    counts: Counts
    error: ActError | None = None


@dataclass(frozen=True)
class Transform:
    """A chunk of rows to the text of its results; the same for every chunk, so any process may do it."""

    work: Operation
    schema: ResultSchema
    format: str

    def __call__(self, chunk: Chunk | Batch) -> EncodedChunk:
        """The text of a chunk's results."""
        return self.piece(*self.computed(chunk))

    def piece(self, schema: ResultSchema, batch: Batch, results: Array) -> EncodedChunk:
        """The text of a batch's results, and the first thing that is wrong: in a row, or behind all."""
        try:
            text = formats.named(self.format).body(schema, batch, results)
        except UnwritableRow as wrong:
            return EncodedChunk(wrong.before, batch.counts if wrong.before else Counts(), wrong)
        return EncodedChunk(text, batch.counts, batch.error)

    def computed(self, chunk: Chunk | Batch) -> ComputedBatch:
        """The rows of a chunk and their results."""
        batch = self.batch(chunk)
        if batch.layout.arrays:
            from actcli.pipeline import cells

            found = cells.results(self.work, batch, self.schema)
            batch.counts.add_doubts()
            return self.schema, batch, found
        if batch.layout.vectors:
            batch.keep_rows_whole()
        values = batch.values
        if batch.layout.masked and (empty := batch.empty_rows()):
            values[empty] = math.nan
        results = self.work.results(values)
        batch.counts.add_doubts()
        return self.schema, batch, results

    def batch(self, chunk: Chunk | Batch) -> Batch:
        """Return the rows of a chunk with their numbers; of a batch, what is needed of it."""
        if isinstance(chunk, Batch):
            bare = self.bare and not any(column.passthrough_rows or column.absent for column in chunk.columns)
            return replace(chunk, cells=None, columns=[], matrix=chunk.values) if bare else chunk
        layout, columnar = self.schema.layout, self.format in _COLUMNAR
        appends = bool(self.schema.appended)
        found: Batch = layout.lanes.batch(chunk, layout, bare=self.bare, appends=appends, columnar=columnar)
        return found

    def first_rows(self, chunk: Chunk, count: int) -> Batch:
        """Return the first rows of a chunk with their numbers."""
        found: Batch = self.schema.layout.lanes.careful(chunk, self.schema.layout, count)
        return found

    @cached_property
    def shrinks(self) -> int:
        """How many times less text is taken at once, where much comes of each number."""
        computed = sum(column.result_index is not None for column in self.schema.columns)
        grows = computed // max(1, len(self.schema.layout.selected))
        return min(max(1, grows // _GROWS), _SMALLEST)

    @cached_property
    def bare(self) -> bool:
        """Whether results take the place of all cells, so that nothing of a row of numbers remains."""
        layout, delimited = self.schema.layout, formats.FORMATS[self.format].delimited
        replaced = all(column.source_index == column.result_index for column in self.schema.columns)
        return delimited and replaced and layout.language == "csv" and layout.decimal == b"."


def transform_all(transform: Transform, chunks: Iterable[Chunk | Batch], between: bytes) -> EncodedChunk:
    """Transform several chunks into one piece of text joined by `between`; it carries the first error."""
    texts = []
    counts = Counts()
    wrong: ActError | None = None
    try:
        for chunk in chunks:
            piece = transform(chunk)
            texts.append(between + piece.text if piece.text and counts.records else piece.text)
            counts.add(piece.counts)
            if piece.error:
                raise piece.error
    except ActError as error:
        wrong = error
    return EncodedChunk(b"".join(texts), counts, wrong)


@dataclass(frozen=True)
class ChunkTask:
    """What is done with each chunk of a source, and how its piece is written and counted."""

    transform: Callable[[Chunk | Batch], EncodedChunk]
    reader: Reader | Batches
    put: Callable[[EncodedChunk, Counts], None]
    end_line: Callable[[Counts], None]
    total: Counts


def write(piece: EncodedChunk, total: Counts, *, out: Destination, between: bytes) -> None:
    """Write one piece, with `between` before it if there were records already; raise what was wrong."""
    if piece.text:
        out.write(between + piece.text if total.records else piece.text)
    total.add(piece.counts)
    if piece.error:
        end_line(total, out=out, between=between)
        raise piece.error


def end_line(total: Counts, *, out: Destination, between: bytes) -> None:
    """End the line that another piece would go on with, so that what is wrong is told on its own."""
    if total.records and between.endswith(b"\n"):
        out.write(b"\n")
