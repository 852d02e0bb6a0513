"""Transformation of a chunk of rows to the text of its results, in any process, and its writing.

This module imports no executor: `text`, `processes` and `cluster` import it.
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

_GROWS: Final = 4  # results per number, divided by this, are the divisor of the size of chunks
_SMALLEST: Final = 128  # the largest divisor of the size of chunks


class EncodedChunk(NamedTuple):
    """The output text of one chunk, its counts, and the error of the row after it, if any."""

    text: bytes
    counts: Counts
    error: ActError | None = None


@dataclass(frozen=True)
class Transform:
    """Function from a chunk of rows to the text of its results; without state, so any process may call it."""

    work: Operation
    schema: ResultSchema
    format: str

    def __call__(self, chunk: Chunk | Batch) -> EncodedChunk:
        """Return the text of a chunk's results."""
        return self.piece(*self.computed(chunk))

    def piece(self, schema: ResultSchema, batch: Batch, results: Array) -> EncodedChunk:
        """Return the text of a batch's results, with the error of an unwritable row, or else of the batch."""
        try:
            text = formats.module(self.format).body(schema, batch, results)
        except UnwritableRow as wrong:
            return EncodedChunk(wrong.before, batch.counts if wrong.before else Counts(), wrong)
        return EncodedChunk(text, batch.counts, batch.error)

    def computed(self, chunk: Chunk | Batch) -> ComputedBatch:
        """Return the schema, the batch of a chunk, and its results, (rows, computed columns).

        Raises UsageError for arrays whose shape does not suit the activation.
        """
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
        """Return the rows of a chunk with their numbers; of a batch, without cells that are all replaced."""
        if isinstance(chunk, Batch):
            bare = self.bare and not any(
                column.passthrough_rows or column.absent_rows for column in chunk.columns
            )
            return replace(chunk, cells=None, columns=[], matrix=chunk.values) if bare else chunk
        layout, columnar = self.schema.layout, formats.FORMATS[self.format].columnar
        appends = bool(self.schema.appended)
        found: Batch = layout.lanes.batch(chunk, layout, bare=self.bare, appends=appends, columnar=columnar)
        return found

    def first_rows(self, chunk: Chunk, count: int) -> Batch:
        """Return the first `count` computed rows of a chunk with their numbers."""
        found: Batch = self.schema.layout.lanes.careful(chunk, self.schema.layout, count)
        return found

    @cached_property
    def divisor(self) -> int:
        """Divisor of the size of chunks, above 1 if there are many results per number."""
        computed = sum(column.result_index is not None for column in self.schema.columns)
        grows = computed // max(1, len(self.schema.layout.selected))
        return min(max(1, grows // _GROWS), _SMALLEST)

    @cached_property
    def bare(self) -> bool:
        """Whether results replace all cells, so that the text of numeric rows need not be kept."""
        layout, delimited = self.schema.layout, formats.FORMATS[self.format].delimited
        replaced = all(column.source_index == column.result_index for column in self.schema.columns)
        return delimited and replaced and layout.language == "csv" and layout.decimal == b"."


def transform_all(transform: Transform, chunks: Iterable[Chunk | Batch], between: bytes) -> EncodedChunk:
    """Return the texts of several chunks joined by `between`, up to the first error, which is included."""
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
    """The functions that transform, write and count the chunks of one input, and their reader."""

    transform: Callable[[Chunk | Batch], EncodedChunk]
    reader: Reader | Batches
    put: Callable[[EncodedChunk, Counts], None]
    end_line: Callable[[Counts], None]
    total: Counts


def write(piece: EncodedChunk, total: Counts, *, out: Destination, between: bytes) -> None:
    """Write the text of one chunk, after `between` if rows precede it; count it; raise its error, if any."""
    if piece.text:
        out.write(between + piece.text if total.records else piece.text)
    total.add(piece.counts)
    if piece.error:
        end_line(total, out=out, between=between)
        raise piece.error


def end_line(total: Counts, *, out: Destination, between: bytes) -> None:
    """End the output's last line before an error, if `between` would have ended it."""
    if total.records and between.endswith(b"\n"):
        out.write(b"\n")
