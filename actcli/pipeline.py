"""From a source to a destination: what is done with every chunk of rows, by whichever process."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from actcli import formats, scale
from actcli.batch import Tally
from actcli.errors import DataError
from actcli.formats import Sheet
from actcli.sources import csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from actcli.batch import Batch, Chunk, Layout
    from actcli.computation import Work
    from actcli.destination import Destination
    from actcli.formats.table import View
    from actcli.numeric import Array

    Part = tuple[Sheet, Batch, Array]


@dataclass(frozen=True)
class Piece:
    """The text that came of one chunk, and what was counted on the way."""

    text: bytes
    tally: Tally


@dataclass(frozen=True)
class Transform:
    """A chunk of rows to the text of its results; the same for every chunk, so any process may do it."""

    computation: Work
    sheet: Sheet
    format: str

    def __call__(self, chunk: Chunk) -> Piece:
        """The text of a chunk's results."""
        sheet, batch, results = self.computed(chunk)
        return Piece(formats.named(self.format).body(sheet, batch, results), batch.tally)

    def computed(self, chunk: Chunk) -> Part:
        """The rows of a chunk and their results."""
        batch = csv.batch(chunk, self.sheet.layout)
        return self.sheet, batch, self.computation.results(batch.values)


@dataclass(frozen=True)
class Source:
    """A file or pipe whose layout is settled, and what is to be done with its rows."""

    reader: csv.Reader
    transform: Transform

    @property
    def sheet(self) -> Sheet:
        """The shape of its result."""
        return self.transform.sheet

    def parts(self) -> Iterator[Part]:
        """Its batches with their results, one after the other."""
        if self.transform.computation.down:
            return gathered(self.reader, self.transform)
        return map(self.transform.computed, iter(self.reader.next, None))


def gathered(reader: csv.Reader, transform: Transform) -> Iterator[Part]:
    """Read all rows, compute down the columns, then give the batches again with their results."""
    from actcli.numeric import xp

    layout = transform.sheet.layout
    chunks = list(iter(reader.next, None))
    columns = [csv.batch(chunk, layout).values for chunk in chunks]
    if not columns:
        return
    results = transform.computation.results(xp.concatenate(columns))
    for chunk, values in zip(chunks, columns, strict=True):
        count = min(len(values), len(results))  # a gated activation has half as many results
        cut = count < len(values)
        batch = csv.careful(chunk, layout, most=count) if cut else csv.batch(chunk, layout)
        yield transform.sheet, batch, results[:count]
        results = results[count:]
        if cut:
            return


def opened(
    reader: csv.Reader,
    reading: csv.Reading,
    computation: Callable[[Layout], Work],
    digits: int | None,
    kind: str,
) -> Source | None:
    """Settle a source's layout and what comes out of it; None if it is empty."""
    layout = csv.settle(reader, reading)
    if layout is None:
        return None
    wanted = computation(layout)
    columns = wanted.result_columns(layout.names, layout.selected)
    sheet = Sheet(layout, columns, has_header=bool(layout.header), digits=digits)
    return Source(reader, Transform(wanted, sheet, kind))


def write(sources: Iterable[Source], kind: str, out: Destination) -> Tally:
    """Write the results of all sources as one text; DataError if a later one has another header."""
    total = Tally()
    first: Source | None = None
    module = formats.named(kind)
    for source in sources:
        if first is None:
            first = source
            out.write(module.head(source.sheet))
        _check_header(first, source)
        if source.transform.computation.down:
            for part in source.parts():
                scale.write(Piece(module.body(*part), part[1].tally), out, module.BETWEEN, total)
        else:
            scale.run(source.transform, source.reader, out, module.BETWEEN, total)
    if first is not None:
        out.write(module.tail(first.sheet))
    return total


def draw(sources: Iterable[Source], out: Destination, view: View) -> Tally:
    """Draw the results of all sources as one table."""
    from actcli.formats import table

    total = Tally()
    sources = iter(sources)
    first = next(sources, None)
    if first is None:
        return total

    def parts() -> Iterator[Part]:
        for source in chain([first], sources):
            _check_header(first, source)
            for part in source.parts():
                total.add(part[1].tally)
                yield part

    table.write(first.sheet, parts(), out, view)
    return total


def _check_header(first: Source, other: Source) -> None:
    if other.sheet.layout.names != first.sheet.layout.names:
        raise DataError(
            f"{other.reader.stream.name}: its columns are not those of {first.reader.stream.name}; "
            "run act on each, or write each in place with -i"
        )
