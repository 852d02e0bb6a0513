"""From a source to a destination: what is done with every chunk of rows, by whichever process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, Final

from actcli.errors import ActError, DataError, UnwritableRow
from actcli.io import formats
from actcli.io.batch import Tally
from actcli.io.csv import lanes
from actcli.io.csv.dialect import settle
from actcli.io.formats import Sheet, csv
from actcli.io.streams import READ_SIZE
from actcli.pipeline import schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from actcli.io.batch import Batch, Chunk, Layout
    from actcli.io.csv.dialect import Reading
    from actcli.io.csv.reader import Reader
    from actcli.io.destination import Destination
    from actcli.io.formats import View
    from actcli.numeric import Array
    from actcli.pipeline.computation import Work

    Part = tuple[Sheet, Batch, Array]
    Run = Callable[..., None]

_GROWS: Final = 4  # results of a number, for which chunks are as large as can be
_SMALLEST: Final = 128  # a part of what is read otherwise


@dataclass(frozen=True)
class Piece:
    """The text that came of one chunk, what was counted on the way, and what was wrong behind it."""

    text: bytes
    tally: Tally
    error: ActError | None = None


@dataclass(frozen=True)
class Transform:
    """A chunk of rows to the text of its results; the same for every chunk, so any process may do it."""

    work: Work
    sheet: Sheet
    format: str

    def __call__(self, chunk: Chunk) -> Piece:
        """The text of a chunk's results."""
        return self.piece(*self.computed(chunk))

    def piece(self, sheet: Sheet, batch: Batch, results: Array) -> Piece:
        """The text of a batch's results, and the first thing that is wrong: in a row, or behind all."""
        try:
            text = formats.named(self.format).body(sheet, batch, results)
        except UnwritableRow as wrong:
            return Piece(wrong.before, batch.tally if wrong.before else Tally(), wrong)
        return Piece(text, batch.tally, batch.error)

    def computed(self, chunk: Chunk) -> Part:
        """The rows of a chunk and their results."""
        batch = self.batch(chunk)
        if batch.layout.vectors:
            batch.keep_rows_whole()
        return self.sheet, batch, self.work.results(batch.values)

    def batch(self, chunk: Chunk) -> Batch:
        """The rows of a chunk and their numbers."""
        return lanes.batch(chunk, self.sheet.layout, bare=self.bare, appends=bool(self.sheet.appended))

    @cached_property
    def shrinks(self) -> int:
        """How many times less text is taken at once, where much comes of each number."""
        computed = sum(column.computed is not None for column in self.sheet.columns)
        grows = computed // max(1, len(self.sheet.layout.selected))
        return min(max(1, grows // _GROWS), _SMALLEST)

    @cached_property
    def bare(self) -> bool:
        """Whether results take the place of all cells, so that nothing of a row of numbers remains."""
        layout = self.sheet.layout
        module = formats.named(self.format)
        delimited = getattr(module, "body", None) is csv.same_body or hasattr(module, "DELIMITER")
        replaced = all(column.kept == column.computed for column in self.sheet.columns)
        return delimited and replaced and layout.decimal == b"."


def condensed(transform: Transform, chunks: Iterable[Chunk], between: bytes) -> Piece:
    """What comes of several chunks as one piece, up to the first error, which it carries."""
    texts = []
    tally = Tally()
    wrong: ActError | None = None
    try:
        for chunk in chunks:
            piece = transform(chunk)
            texts.append(between + piece.text if piece.text and tally.records else piece.text)
            tally.add(piece.tally)
            if piece.error:
                raise piece.error
    except ActError as error:
        wrong = error
    return Piece(b"".join(texts), tally, wrong)


@dataclass(frozen=True)
class Source:
    """A file or pipe whose layout is settled, and what is to be done with its rows."""

    reader: Reader
    transform: Transform

    @property
    def sheet(self) -> Sheet:
        """The shape of its result."""
        return self.transform.sheet

    @property
    def over(self) -> bool:
        """Whether all of it has been read: there was a header, or nothing at all."""
        return self.reader.ended and not self.reader.buffer

    def parts(self) -> Iterator[Part]:
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
    reading: Reading,
    work: Callable[[Layout], Work],
    digits: int | None,
    kind: str,
) -> Source | None:
    """Settle a source's layout and what comes out of it; None if it is empty."""
    layout = settle(reader, reading)
    return None if layout is None else settled(reader, layout, work(layout), digits, kind)


def settled(reader: Reader, layout: Layout, work: Work, digits: int | None, kind: str) -> Source:
    """A source whose layout is known."""
    columns = work.result_columns(layout.names, layout.selected)
    transform = Transform(work, Sheet(layout, columns, digits), kind)
    if transform.shrinks > 1:
        reader.limit(READ_SIZE // transform.shrinks)
    return Source(reader, transform)


def write(sources: Iterable[Source], kind: str, out: Destination, run: Run = schedule.run) -> Tally:
    """Write the results of all sources as one text; DataError if a later one has another header.

    `run` is `scale.run`, or what else takes the chunks of a source to whoever computes them.
    """
    total = Tally()
    module = formats.named(kind)
    all_of_them = _alike(sources, partial(schedule.end_line, total, out=out, between=module.BETWEEN))
    first = _first(all_of_them)
    if first is None:
        return total
    out.write(module.head(first.sheet))
    for source in chain([first], all_of_them):
        if source.over:
            continue
        if source.transform.work.down:
            for part in source.parts():
                schedule.write(source.transform.piece(*part), total, out=out, between=module.BETWEEN)
        else:
            run(source.transform, source.reader, out, total, between=module.BETWEEN)
    out.write(module.tail(first.sheet))
    return total


def _first(sources: Iterator[Source]) -> Source | None:
    """The first source with more than a header, for it says what is computed; else the first at all."""
    alone: Source | None = None
    for source in sources:
        if not source.over:
            return source
        alone = alone or source
    return alone


def _alike(sources: Iterable[Source], end_line: Callable[[], None]) -> Iterator[Source]:
    """The sources. Raises what is wrong with one behind the line of the one before."""
    first: Source | None = None
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


def draw(sources: Iterable[Source], out: Destination, view: View, kind: str) -> Tally:
    """Draw the results of all sources as one table, or write them as another format that is no text."""
    total = Tally()
    all_of_them = _alike(sources, lambda: None)
    first = _first(all_of_them)
    if first is None:
        return total

    def parts() -> Iterator[Part]:
        for source in chain([first], all_of_them):
            for part in () if source.over else source.parts():
                total.add(part[1].tally)
                yield part

    formats.named(kind).write(first.sheet, parts(), out, view)
    return total


def _check_header(first: Source, other: Source, *, computed: bool) -> None:
    layouts = first.sheet.layout, other.sheet.layout
    here, there = ([column.name for column in source.sheet.columns] for source in (first, other))
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
