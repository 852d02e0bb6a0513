"""From a source to a destination: what is done with every chunk of rows, by whichever process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, Final

from actcli.errors import ActError, DataError, UnwritableRow
from actcli.io import formats
from actcli.io.batch import Counts
from actcli.io.csv import lanes
from actcli.io.csv.dialect import settle
from actcli.io.formats import ResultSchema, csv
from actcli.io.streams import READ_SIZE
from actcli.pipeline import schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from actcli.io.batch import Batch, Chunk, Layout
    from actcli.io.csv.dialect import ReadOptions
    from actcli.io.csv.reader import Reader
    from actcli.io.destination import Destination
    from actcli.io.formats import View
    from actcli.numeric import Array
    from actcli.pipeline.computation import Operation

    ComputedBatch = tuple[ResultSchema, Batch, Array]
    Run = Callable[..., None]

_GROWS: Final = 4  # results of a number, for which chunks are as large as can be
_SMALLEST: Final = 128  # a part of what is read otherwise


@dataclass(frozen=True)
class EncodedChunk:
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

    def __call__(self, chunk: Chunk) -> EncodedChunk:
        """The text of a chunk's results."""
        return self.piece(*self.computed(chunk))

    def piece(self, schema: ResultSchema, batch: Batch, results: Array) -> EncodedChunk:
        """The text of a batch's results, and the first thing that is wrong: in a row, or behind all."""
        try:
            text = formats.named(self.format).body(schema, batch, results)
        except UnwritableRow as wrong:
            return EncodedChunk(wrong.before, batch.counts if wrong.before else Counts(), wrong)
        return EncodedChunk(text, batch.counts, batch.error)

    def computed(self, chunk: Chunk) -> ComputedBatch:
        """The rows of a chunk and their results."""
        batch = self.batch(chunk)
        if batch.layout.vectors:
            batch.keep_rows_whole()
        return self.schema, batch, self.work.results(batch.values)

    def batch(self, chunk: Chunk) -> Batch:
        """The rows of a chunk and their numbers."""
        return lanes.batch(chunk, self.schema.layout, bare=self.bare, appends=bool(self.schema.appended))

    @cached_property
    def shrinks(self) -> int:
        """How many times less text is taken at once, where much comes of each number."""
        computed = sum(column.result_index is not None for column in self.schema.columns)
        grows = computed // max(1, len(self.schema.layout.selected))
        return min(max(1, grows // _GROWS), _SMALLEST)

    @cached_property
    def bare(self) -> bool:
        """Whether results take the place of all cells, so that nothing of a row of numbers remains."""
        layout = self.schema.layout
        module = formats.named(self.format)
        delimited = getattr(module, "body", None) is csv.same_body or hasattr(module, "DELIMITER")
        replaced = all(column.source_index == column.result_index for column in self.schema.columns)
        return delimited and replaced and layout.decimal == b"."


def condensed(transform: Transform, chunks: Iterable[Chunk], between: bytes) -> EncodedChunk:
    """What comes of several chunks as one piece, up to the first error, which it carries."""
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
class Input:
    """A file or pipe whose layout is settled, and what is to be done with its rows."""

    reader: Reader
    transform: Transform

    @property
    def schema(self) -> ResultSchema:
        """The shape of its result."""
        return self.transform.schema

    @property
    def over(self) -> bool:
        """Whether all of it has been read: there was a header, or nothing at all."""
        return self.reader.ended and not self.reader.buffer

    def parts(self) -> Iterator[ComputedBatch]:
        """Its batches with their results, one after the other. Raises what is wrong with a row behind."""
        if self.transform.work.down:
            from actcli.pipeline.gather import gathered

            yield from gathered(self.reader, self.transform)
            return
        while (chunk := self.reader.next()) is not None:
            part = self.transform.computed(chunk)
            yield part
            if part[1].error:
                raise part[1].error


def opened(
    reader: Reader,
    reading: ReadOptions,
    work: Callable[[Layout], Operation],
    digits: int | None,
    kind: str,
) -> Input | None:
    """Settle a source's layout and what comes out of it; None if it is empty."""
    layout = settle(reader, reading)
    return None if layout is None else settled(reader, layout, work(layout), digits, kind)


def settled(reader: Reader, layout: Layout, work: Operation, digits: int | None, kind: str) -> Input:
    """A source whose layout is known."""
    columns = work.result_columns(layout.names, layout.selected)
    transform = Transform(work, ResultSchema(layout, columns, digits), kind)
    if transform.shrinks > 1:
        reader.limit(READ_SIZE // transform.shrinks)
    return Input(reader, transform)


def write(sources: Iterable[Input], kind: str, out: Destination, run: Run = schedule.run) -> Counts:
    """Write the results of all sources as one text; DataError if a later one has another header.

    `run` is `scale.run`, or what else takes the chunks of a source to whoever computes them.
    """
    total = Counts()
    module = formats.named(kind)
    all_of_them = _alike(sources, partial(schedule.end_line, total, out=out, between=module.BETWEEN))
    first = _first(all_of_them)
    if first is None:
        return total
    out.write(module.head(first.schema))
    for source in chain([first], all_of_them):
        if source.over:
            continue
        if source.transform.work.down:
            for part in source.parts():
                schedule.write(source.transform.piece(*part), total, out=out, between=module.BETWEEN)
        else:
            run(source.transform, source.reader, out, total, between=module.BETWEEN)
    out.write(module.tail(first.schema))
    return total


def _first(sources: Iterator[Input]) -> Input | None:
    """The first source with more than a header, for it says what is computed; else the first at all."""
    alone: Input | None = None
    for source in sources:
        if not source.over:
            return source
        alone = alone or source
    return alone


def _alike(sources: Iterable[Input], end_line: Callable[[], None]) -> Iterator[Input]:
    """The sources. Raises what is wrong with one behind the line of the one before."""
    first: Input | None = None
    telling = False  # of what is computed: a header alone does not
    try:
        for source in sources:
            if first is not None:
                _check_header(first, source, computed=telling)
            if not telling:
                first, telling = source, not source.over
            yield source
    except DataError:
        end_line()
        raise


def draw(sources: Iterable[Input], out: Destination, view: View, kind: str) -> Counts:
    """Draw the results of all sources as one table, or write them as another format that is no text."""
    total = Counts()
    all_of_them = _alike(sources, lambda: None)
    first = _first(all_of_them)
    if first is None:
        return total

    def parts() -> Iterator[ComputedBatch]:
        for source in chain([first], all_of_them):
            for part in () if source.over else source.parts():
                total.add(part[1].counts)
                yield part

    formats.named(kind).write(first.schema, parts(), out, view)
    return total


def _check_header(first: Input, other: Input, *, computed: bool) -> None:
    layouts = first.schema.layout, other.schema.layout
    here, there = ([column.name for column in source.schema.columns] for source in (first, other))
    what = ""
    if layouts[0].names != layouts[1].names or (computed and here != there):
        what = "columns are not those"
    elif layouts[0].delimiter != layouts[1].delimiter and first.transform.format == "same":
        what = "delimiter is not that"
    elif layouts[0].selected and layouts[0].selected != layouts[1].selected:  # else it has no rows
        what = "columns of numbers are not those"
    if what:
        raise DataError(
            f"{other.reader.stream.name}: its {what} of {first.reader.stream.name}; "
            "run act on each, or write each in place with -i"
        )
