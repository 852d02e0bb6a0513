"""Files and pipes: one result for all of them, or a result for each; as text, or as an array."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from actcli.cli import checks
from actcli.cli.display import messages, terminal
from actcli.errors import UsageError, counted

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from actcli.cli.arguments import Arguments
    from actcli.cli.display.progress import Watch
    from actcli.cli.display.terminal import Look
    from actcli.cli.run.apply import Errand
    from actcli.io.batch import Counts
    from actcli.io.csv.reader import Reader
    from actcli.io.destination import Destination
    from actcli.io.streams import Encode, Stream
    from actcli.pipeline.cluster import ClusterExecutor
    from actcli.pipeline.text import Input, Run


@dataclass(frozen=True)
class Result:
    """What was done: what was counted, and how much it was in words."""

    counts: Counts
    size: str


def is_folder(path: str | None) -> bool:
    """Whether -o names a folder: it ends with a slash, as `Target` leaves it."""
    return path is not None and path.endswith(("/", os.sep))


def apart(given: Arguments) -> bool:
    """Whether each file has a result of its own."""
    return given.in_place or is_folder(given.output)


def run(errand: Errand, paths: Sequence[str]) -> None:
    """All files through the same computation, here or on a cluster."""
    address = errand.given.cluster
    if not address:
        _run(errand, paths)
        return
    if errand.given.jobs:
        raise UsageError("-j counts processes of this machine, --cluster has its own; give one of them")
    from actcli.pipeline import cluster

    with cluster.joined(address) as team:
        _run(errand, paths, team)


def _run(errand: Errand, paths: Sequence[str], team: ClusterExecutor | None = None) -> None:
    """Into one result, or one each."""
    from actcli.io.destination import STDOUT

    given = errand.given
    if apart(given):
        from actcli.cli.run import folder

        folder.run(errand, folder.tasks(given, paths), team)
        return
    target = given.output or STDOUT
    done = write(errand, paths, target, team=team)
    if given.verbose:
        where = "standard output" if target == STDOUT else target
        messages.note(f"{', '.join(paths)} -> {where}: {done.size}", given)
    messages.report(done.counts, given)


def write(
    errand: Errand,
    paths: Sequence[str],
    target: str,
    *,
    alike: bool = False,
    team: ClusterExecutor | None = None,
) -> Result:
    """The result of all these files into one: of the first file's kind if `alike`, else as its name says."""
    from actcli.io import filetype, remote

    given = errand.given
    kinds = [filetype.kind(path) for path in paths]
    wanted = kinds[0] if alike else filetype.by_name(target)
    if given.format:
        wanted = "text"
    checks.kinds(given, paths, kinds, wanted, target)
    if team is not None and len(paths) == 1 and wanted == kinds[0] != "text":
        from actcli.cli.run import folder

        return folder.single(errand, folder.FileTask(paths[0], target, alike), team)
    with remote.sent(target) as here, ExitStack() as held:
        local = [
            path if held_kind == "text" else held.enter_context(remote.fetched(path))
            for path, held_kind in zip(paths, kinds, strict=True)
        ]
        if wanted == "npy":
            return _array(errand, local, kinds, here)
        if wanted == "parquet" and "parquet" in kinds:
            return _table(errand, local, here)
        beside = remote.everywhere(target) if alike else ""
        return _text(errand, local, here, partial(team.run, beside=beside) if team else None)


def _array(errand: Errand, paths: Sequence[str], kinds: Sequence[str], target: str) -> Result:
    import math

    from actcli.io.batch import Counts
    from actcli.pipeline import arrays

    if kinds != ["npy"]:
        what = "several files" if len(kinds) > 1 else paths[0]
        raise UsageError(f"{target}: an array is written from one array, not from {what}; try -o y.csv")
    job = errand.for_array()
    checks.refuse(("append",), errand.given, "the result is an array")
    if errand.given.in_place and len(job.orders) > 1:
        raise UsageError("-i has place for one order; write several with -o y.npy")
    shape = arrays.write(paths[0], job, arrays.names(target, job.orders), fixed=bool(errand.given.cluster))
    several = f"{' x '.join(map(str, shape))} numbers"
    size = math.prod(shape)
    return Result(Counts(size), several if len(shape) > 1 else counted(size, "number"))


def _table(errand: Errand, paths: Sequence[str], target: str) -> Result:
    from actcli.pipeline import tables

    if len(paths) > 1:
        raise UsageError(f"{target}: a table is written from one table; try -o DIR/ or -o y.csv")
    out = destination(target, "", fixed=bool(errand.given.cluster))
    counts = tables.write(paths[0], out, errand.reading(), errand.for_layout, errand.given.dtype)
    return Result(counts, counted(counts.records, "row"))


def _text(errand: Errand, paths: Sequence[str], target: str, run: Run | None) -> Result:
    """All files through the same computation into one destination."""
    from actcli.cli.display import progress
    from actcli.io import formats
    from actcli.io.compression import by_extension
    from actcli.pipeline import schedule, text

    given = errand.given
    with ExitStack() as held:
        first = held.enter_context(closing(_stream(errand, paths[0])))
        look = terminal.look(given, typed=False, streamed=not first.regular)
        checks.ragged(given, look.format)
        back = given.in_place
        compression = first.compression if back else by_extension(target)
        encode = first.encode if back else None
        watch = held.enter_context(progress.watched([] if run else paths, given))
        place = destination(target, compression, fixed=bool(given.cluster), encode=encode)
        out = held.enter_context(place)
        sources = held.enter_context(closing(_sources(errand, look, watch, first, paths[1:])))
        if look.format in formats.DRAWN:
            counts = text.draw(sources, out, look.view, look.format)
        else:
            run = run or partial(schedule.run, jobs=given.jobs)
            counts = text.write(sources, look.format, out, run)
    return Result(counts, counted(counts.records, "row"))


def _stream(errand: Errand, path: str) -> Stream:
    """The text of a file, whatever it holds."""
    from actcli.io import filetype, remote
    from actcli.io.destination import STDOUT, check_input

    if not errand.given.in_place:
        check_input(path, errand.given.output or STDOUT)
    if path == "-" and terminal.is_terminal(sys.stdin):  # said before the first bytes are waited for
        messages.note("reading numbers from the terminal; end with Ctrl-D", errand.given)
    held = filetype.kind(path)
    if held == "npy":
        from actcli.io.npy import ArrayStream

        return ArrayStream(path)  # type: ignore[return-value]  # it reads alike
    if held == "parquet":
        from actcli.io.parquet import TableStream

        return TableStream(path, errand.reading())  # type: ignore[return-value]  # it reads alike
    if remote.is_url(path):
        from actcli.io.urls import RemoteStream

        return RemoteStream(path, errand.given.encoding or "")
    from actcli.io.streams import Stream

    return Stream(path, errand.given.encoding or "")


def _sources(
    errand: Errand, look: Look, watch: Watch | None, first: Stream, others: Sequence[str]
) -> Generator[Input, None, None]:
    """All of them compute the columns that the first one with rows does: they share its header."""
    from actcli.io.csv.reader import Reader

    places: tuple[int, ...] = ()
    with closing(_streams(errand, first, others)) as streams:
        for place, stream in enumerate(streams):
            if watch:
                watch.reading(stream)
            reader = Reader(stream, completes=place < len(others), tick=watch.tick if watch else None)
            source = _opened(errand, look, reader, places)
            if source is not None:
                places = places or source.schema.layout.selected
                messages.announce(source, errand.given)
                yield source


def _streams(errand: Errand, first: Stream, others: Sequence[str]) -> Generator[Stream, None, None]:
    yield first  # who has opened it closes it
    for path in others:
        with closing(_stream(errand, path)) as stream:
            yield stream


def _opened(errand: Errand, look: Look, reader: Reader, places: tuple[int, ...]) -> Input | None:
    from actcli.io.npy import ArrayStream, reading
    from actcli.io.parquet import TableStream
    from actcli.pipeline import text

    stream: Any = reader.stream
    if isinstance(stream, ArrayStream):
        work = errand.for_rows(stream.dimensions, stream.dtype)
        return text.opened(reader, reading(), lambda _: work, look.digits, look.format)
    if isinstance(stream, TableStream):
        work = errand.for_layout(stream.layout, stream.dtype)
        return text.settled(reader, stream.layout, work, look.digits, look.format)
    wanted = replace(errand.reading(), places=places)
    return text.opened(reader, wanted, errand.for_layout, look.digits, look.format)


def destination(
    target: str | None, compression: str | None = None, *, fixed: bool = False, encode: Encode | None = None
) -> Destination:
    """Where a result goes, encoded, and compressed as its name says unless told; None is standard output."""
    from actcli.io.compression import by_extension, compressor
    from actcli.io.destination import STDOUT, Destination

    target = target or STDOUT
    kind = by_extension(target) if compression is None else compression
    return Destination(target, compressor(kind, encode) if kind else encode, fixed=fixed)
