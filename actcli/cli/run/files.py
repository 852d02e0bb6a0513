"""Files and pipes into one result: as text, as an array, or as a table."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from actcli.cli.arguments import check_kinds, check_ragged, refuse
from actcli.cli.display import messages, terminal
from actcli.cli.run.request import Result
from actcli.errors import UsageError, counted
from actcli.io.destination import STDOUT, check_input, open_destination

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from actcli.cli.display.progress import Watch
    from actcli.cli.display.terminal import Look
    from actcli.cli.run.request import Request
    from actcli.io.csv.reader import Reader
    from actcli.io.streams import Stream
    from actcli.pipeline.cluster import ClusterExecutor
    from actcli.pipeline.text import Input, Run


def write(
    request: Request,
    paths: Sequence[str],
    target: str,
    *,
    alike: bool = False,
    executor: ClusterExecutor | None = None,
) -> Result:
    """Write one result for all these files; of the first file's type if `alike`, else as its name says.

    `executor` shares a text out to the workers of a cluster; arrays and tables are written here. Raises
    UsageError for options and types that do not go together, ActError for what is wrong with the input.
    """
    from actcli.io import filetype, remote

    given = request.given
    kinds = [remote.holds(path) for path in paths]
    wanted = kinds[0] if alike else filetype.by_name(target)
    if given.format:
        wanted = "text"
    check_kinds(given, paths, kinds, wanted, target)
    with remote.sent(target) as here, ExitStack() as held:
        local = [
            path if held_kind == "text" else held.enter_context(remote.fetched(path))
            for path, held_kind in zip(paths, kinds, strict=True)
        ]
        if wanted == "npy":
            return _array(request, local, kinds, here)
        if wanted == "parquet" and "parquet" in kinds:
            return _table(request, local, here)
        beside = remote.everywhere(target) if alike else ""
        return _text(request, local, here, partial(executor.run, beside=beside) if executor else None)


def _array(request: Request, paths: Sequence[str], kinds: Sequence[str], target: str) -> Result:
    import math

    from actcli.io.batch import Counts
    from actcli.pipeline import arrays

    if kinds != ["npy"]:
        what = "several files" if len(kinds) > 1 else paths[0]
        raise UsageError(f"{target}: an array is written from one array, not from {what}; try -o y.csv")
    operation = request.for_array()
    refuse(("append",), request.given, "the result is an array")
    if request.given.in_place and len(operation.orders) > 1:
        raise UsageError("-i has place for one order; write several with -o y.npy")
    shape = arrays.write(
        paths[0], operation, arrays.names(target, operation.orders), fixed=bool(request.given.cluster)
    )
    several = f"{' x '.join(map(str, shape))} numbers"
    size = math.prod(shape)
    return Result(Counts(size), several if len(shape) > 1 else counted(size, "number"))


def _table(request: Request, paths: Sequence[str], target: str) -> Result:
    from actcli.pipeline import tables

    if len(paths) > 1:
        raise UsageError(f"{target}: a table is written from one table; try -o DIR/ or -o y.csv")
    out = open_destination(target, "", fixed=bool(request.given.cluster))
    counts = tables.write(paths[0], out, request.reading(), request.for_layout, request.given.dtype)
    return Result(counts, counted(counts.records, "row"))


def _text(request: Request, paths: Sequence[str], target: str, run: Run | None) -> Result:
    """All files through the same computation into one destination."""
    from actcli.cli.display import progress
    from actcli.io import formats
    from actcli.io.filetype import compression_by_name
    from actcli.pipeline import schedule, text

    given = request.given
    with ExitStack() as held:
        first = held.enter_context(closing(_stream(request, paths[0])))
        look = terminal.look(given, typed=False, streamed=not first.regular)
        check_ragged(given, look.format)
        back = given.in_place
        compression = first.compression if back else compression_by_name(target)
        encode = first.encode if back else None
        watch = held.enter_context(progress.watched([] if run else paths, given))
        place = open_destination(target, compression, fixed=bool(given.cluster), encode=encode)
        out = held.enter_context(place)
        sources = held.enter_context(closing(_sources(request, look, watch, first, paths[1:])))
        if formats.FORMATS[look.format].drawn:
            counts = text.draw(sources, out, look.view, look.format)
        else:
            run = run or partial(schedule.run, jobs=given.jobs)
            counts = text.write(sources, look.format, out, run)
    return Result(counts, counted(counts.records, "row"))


def _stream(request: Request, path: str) -> Stream:
    """The text of a file, whatever it holds."""
    from actcli.io import remote

    if not request.given.in_place:
        check_input(path, request.given.output or STDOUT)
    if path == "-" and terminal.is_terminal(sys.stdin):  # said before the first bytes are waited for
        messages.note("reading numbers from the terminal; end with Ctrl-D", request.given)
    held = remote.holds(path)
    if held == "npy":
        from actcli.io.npy import ArrayStream

        return ArrayStream(path, request.given.dtype)  # type: ignore[return-value]  # it reads alike
    if held == "parquet":
        from actcli.io.parquet import TableStream

        return TableStream(path, request.reading())  # type: ignore[return-value]  # it reads alike
    if remote.is_url(path):
        from actcli.io.urls import RemoteStream

        return RemoteStream(path, request.given.encoding or "")
    from actcli.io.streams import Stream

    return Stream(path, request.given.encoding or "")


def _sources(
    request: Request, look: Look, watch: Watch | None, first: Stream, others: Sequence[str]
) -> Generator[Input, None, None]:
    """All of them compute the columns that the first one with rows does: they share its header."""
    from actcli.io.csv.reader import Reader

    places: tuple[int, ...] = ()
    with closing(_streams(request, first, others)) as streams:
        for place, stream in enumerate(streams):
            if watch:
                watch.reading(stream)
            reader = Reader(stream, completes=place < len(others), tick=watch.tick if watch else None)
            source = _opened(request, look, reader, places)
            if source is not None:
                places = places or source.schema.layout.selected
                messages.announce(source, request.given)
                yield source


def _streams(request: Request, first: Stream, others: Sequence[str]) -> Generator[Stream, None, None]:
    yield first  # who has opened it closes it
    for path in others:
        with closing(_stream(request, path)) as stream:
            yield stream


def _opened(request: Request, look: Look, reader: Reader, places: tuple[int, ...]) -> Input | None:
    from actcli.io.npy import ArrayStream, reading
    from actcli.io.parquet import TableStream
    from actcli.pipeline import text

    stream: Any = reader.stream
    if isinstance(stream, ArrayStream):
        work = request.for_rows(stream.dimensions, stream.dtype)
        return text.opened(reader, reading(), lambda _: work, look.digits, look.format)
    if isinstance(stream, TableStream):
        work = request.for_layout(stream.layout, stream.dtype)
        return text.settled(reader, stream.layout, work, look.digits, look.format)
    wanted = replace(request.reading(), places=places)
    return text.opened(reader, wanted, request.for_layout, look.digits, look.format)
