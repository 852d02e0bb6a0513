"""Execution of a request. With files and pipes: one result for all, or one for each, here or on a cluster."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, closing, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from actcli.cli.display import messages, terminal
from actcli.cli.options import check_json, check_kinds, check_options, check_ragged, refuse
from actcli.cli.run.request import FileResult, FileTask, Result
from actcli.errors import ActError, DataError, UsageError, counted
from actcli.io.batch import Counts
from actcli.io.destination import check_input, local_target, open_destination
from actcli.io.filetype import NO_TEXT, STDIN, STDOUT, absolute, by_name, extension, is_url, member, name_of
from actcli.io.formats import BY_EXTENSION, FORMATS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from actcli.cli.display.progress import Watch
    from actcli.cli.options import Arguments
    from actcli.cli.run.request import Request
    from actcli.cli.words import Words
    from actcli.io.batch import Batches, Layout
    from actcli.io.csv.options import ReadOptions
    from actcli.io.csv.reader import Reader
    from actcli.pipeline.cluster import ClusterExecutor
    from actcli.pipeline.text import Compute, Input

_SHARED: Final = 4  # blocks; a larger text is not computed as one task


def run(request: Request, words: Words) -> None:
    """Compute the request for typed numbers or files, and write the results.

    Raises UsageError for options that do not go together, and the errors of the input and output.
    """
    check_options(request.given, words.paths)
    if words.every or words.numbers:
        from actcli.cli.run import typed

        typed.write(request, words)
        return
    address = request.given.cluster
    if address and request.given.jobs:
        raise UsageError("-j counts processes of this machine, --cluster has its own; give one of them")
    connected: Any = nullcontext()
    if address:
        from actcli.pipeline.cluster import connect

        connected = connect(address)
    with connected as executor:
        _run_files(request, words.paths, executor)


def _run_files(request: Request, paths: Sequence[str], executor: Any) -> None:
    """Write one result for all files, or one for each; `executor` is a cluster's, or None."""
    from actcli.io.streams import holds

    given = request.given
    if given.one_result_each:
        _write_each(request, paths, executor)
        return
    target = given.output or STDOUT
    wanted = "text" if given.format else by_name(target)
    if executor and len(paths) == 1 and wanted == holds(paths[0]) != "text":
        done = _single(request, FileTask(paths[0], target, alike=False), executor)
    else:
        done = write(request, paths, target, executor=executor)
    if given.verbose:
        where = "standard output" if target == STDOUT else target
        messages.note(f"{', '.join(paths)} -> {where}: {done.summary}", given)
    if done.counts.passed_over:
        messages.report(done.counts, given)


def write(
    request: Request,
    paths: Sequence[str],
    target: str,
    *,
    alike: bool = False,
    executor: ClusterExecutor | None = None,
) -> Result:
    """Write one result for all `paths` to `target`, and return its counts.

    alike: the result has the type of the first file, and stands where all workers of a cluster see it;
    otherwise its type is that of the target's name. executor: shares texts among the workers of a cluster;
    arrays and tables are computed here. Raises UsageError for options and types that do not go together, and
    other errors for faulty input.
    """
    from actcli.io.streams import holds, local_copy

    given = request.given
    kinds = [holds(path) for path in paths]
    if given.raw and set(kinds) == {"text"}:
        kinds, given = ["npy"] * len(kinds), given._replace(raw=False)
        wanted = "npy" if alike or _holds_numbers_alone(target) else by_name(target)
    else:
        wanted = kinds[0] if alike else by_name(target)
    if given.format:
        wanted = "text"
    check_kinds(given, paths, kinds, wanted, target)
    if STDIN in paths and terminal.is_terminal(sys.stdin):  # before reading blocks
        messages.note("reading numbers from the terminal; end with Ctrl-D", given)
    with local_target(target) as here, ExitStack() as held:
        copies = [
            path if held_kind == "text" else held.enter_context(local_copy(path))
            for path, held_kind in zip(paths, kinds, strict=True)
        ]
        if wanted == "npz":
            return _archive(request, copies, kinds, here)
        local = [
            _one_array(path, given) if kind == "npz" else path
            for path, kind in zip(copies, kinds, strict=True)
        ]
        kinds = ["npy" if kind == "npz" else kind for kind in kinds]
        if wanted == "npy":
            return _array(request, local, kinds, here)
        if wanted == "parquet" and "parquet" in kinds and len(paths) > 1:
            raise UsageError(f"{target}: a table is written from one table; try -o DIR/ or -o y.csv")
        shared = absolute(target) if alike else ""
        compute = partial(executor.run, target=shared) if executor else None
        files = [
            _File(one, kind, name_of(path) + one[len(copy) :])
            for one, kind, path, copy in zip(local, kinds, paths, copies, strict=True)
        ]
        return _rows(request, files, here, wanted, compute)


def _one_array(path: str, given: Arguments) -> str:
    """Return the path of the array of an archive that is chosen. Raises UsageError for several."""
    from actcli.io import npz

    return npz.only(path, given.columns, given.exclude, "; or write an archive: -o y.npz")


def _holds_numbers_alone(target: str) -> bool:
    """Return whether a result with --raw is raw numbers: a file without the extension of any other type."""
    ending = extension(target)
    return target != STDOUT and ending not in (*BY_EXTENSION, ".txt", *NO_TEXT)


def _array(request: Request, paths: Sequence[str], kinds: Sequence[str], target: str) -> Result:
    """Write the results of one array file to `target`, a file for each order, and return their count.

    Raises UsageError unless `paths` is one array.
    """
    import math

    from actcli.pipeline import arrays

    _check_array(paths, kinds, ("npy",), target)
    operation = request.for_array()
    refuse(("append",), request.given, "the result is an array")
    if request.given.in_place and len(operation.orders) > 1:
        raise UsageError("-i has place for one order; write several with -o y.npy")
    shape = arrays.write(
        paths[0],
        operation,
        arrays.output_paths(target, operation.orders),
        stable_name=bool(request.given.cluster),
    )
    several = f"{' x '.join(map(str, shape))} numbers"
    size = math.prod(shape)
    return Result(Counts(size).add_doubts(), several if len(shape) > 1 else counted(size, "number"))


def _archive(request: Request, paths: Sequence[str], kinds: Sequence[str], target: str) -> Result:
    """Write the results of the arrays of one archive, or of one array file, to the archive `target`.

    Raises UsageError unless `paths` is one of these, and if `target` is the archive of the array x.npz:w.
    """
    from actcli.pipeline import archives

    _check_array(paths, kinds, ("npy", "npz"), target)
    given, operation = request.given, request.for_array()
    stable_name = bool(given.cluster)
    archive, name = member(paths[0])
    if name is not None and os.path.realpath(archive) == os.path.realpath(target):
        raise UsageError(
            f"{target}: its other arrays would be lost; to compute one in its place, say -i -c NAME"
        )
    if kinds == ["npy"]:
        done = archives.write_one(paths[0], operation, target, stable_name=stable_name)
    else:
        done = archives.write(
            paths[0], operation, target, given.columns, given.exclude, stable_name=stable_name
        )
    what = f"{counted(done.numbers, 'number')} in {counted(done.arrays, 'array')}"
    copied = f", {done.copied:,} copied" if done.copied else ""
    return Result(Counts(done.numbers).add_doubts(), what + copied)


def _check_array(paths: Sequence[str], kinds: Sequence[str], held: Sequence[str], target: str) -> None:
    """Raise UsageError unless there is one input, of one of the kinds that arrays are written from."""
    if len(kinds) > 1 or kinds[0] not in held:
        what = "several files" if len(kinds) > 1 else paths[0]
        if paths[0] == STDIN:
            what = "standard input, which is read as text: name the array's file instead"
        raise UsageError(f"{target}: an array is written from one array, not from {what}; try -o y.csv")


class _File(NamedTuple):
    """A local file and its kind (npy, parquet or text), and the name of the original in messages."""

    path: str
    kind: str
    name: str


def _rows(
    request: Request, files: Sequence[_File], target: str, wanted: str, compute: Compute | None
) -> Result:
    """Write the results of the rows of all files to one destination.

    wanted: parquet or text. compute: has the chunks computed on the workers of a cluster; None for
    processes of this machine.
    """
    from actcli.io.filetype import compression_by_name
    from actcli.pipeline import text

    given = request.given
    with ExitStack() as held:
        first = _open(request, files[0], wanted)
        held.enter_context(closing(first.stream))
        found = terminal.result_format(given, typed=False)
        digits = terminal.result_digits(given, found)
        form = wanted if wanted == "parquet" else found
        check_ragged(given, form)
        compression = first.stream.compression if given.in_place else compression_by_name(target)
        encode = first.stream.encode if given.in_place else None
        watch = None
        if not compute and terminal.shows_progress(given):
            from actcli.cli.display import progress

            watch = held.enter_context(progress.watched([file.path for file in files], given))
        place = open_destination(target, compression, stable_name=bool(given.cluster), encode=encode)
        out = held.enter_context(place)
        readers = held.enter_context(closing(_readers(request, first, files[1:], wanted)))
        inputs = _inputs(request, readers, digits, form, watch)
        if FORMATS[form].drawn:
            display = terminal.display(given, streamed=not first.stream.regular)
            counts = text.draw(inputs, form, out, display)
        else:
            counts = text.write(inputs, form, out, jobs=given.jobs, compute=compute)
    return Result(counts.add_doubts())


def _open(request: Request, file: _File, wanted: str) -> Reader | Batches:
    """Return a reader of a file; `wanted` is the kind of the result."""
    given = request.given
    if not given.in_place:
        check_input(file.path, given.output or STDOUT)
    if file.kind == "text":
        return open_text(file.path, given)
    if file.kind == "npy":
        from actcli.io import npy

        found = npy.rows(file.path, given.dtype, raw=given.raw)
    else:
        from actcli.io import parquet

        reading = given.read_options(vectors=request.vectors, absent=request.absent)
        found = parquet.rows(file.path, reading, whole_groups=wanted == "parquet")
    found.rename(file.name)
    return found


def open_text(path: str, given: Arguments) -> Reader:
    """Return a reader of the text of a file, a pipe or a URL."""
    from actcli.io import streams
    from actcli.io.csv.reader import Reader

    open_stream = streams.RemoteStream if is_url(path) else streams.FileStream
    return Reader(open_stream(path, given.encoding or ""))


def understand(
    reader: Reader, reading: ReadOptions, given: Arguments, name: str
) -> tuple[Reader, Layout | None]:
    """Return the reader of a text's rows, JSON or delimited, and its layout, None if it is empty.

    name: the input's name in messages. Raises UsageError for options that do not apply to JSON, and the
    errors of `sniff`.
    """
    from actcli.io.csv import dialect

    if asked := reader.json_as(reading):
        from actcli.io.json import dialect as json

        if found := json.understood(reader, asked):
            check_json(given, name)
            return found, json.sniff(found, reading)
    return reader, dialect.sniff(reader, reading)


def _readers(
    request: Request, first: Reader | Batches, others: Sequence[_File], wanted: str
) -> Generator[Reader | Batches, None, None]:
    """Yield `first`, whose stream the caller closes, then readers of the other files, and close theirs."""
    first.completes = bool(others)
    yield first
    for index, file in enumerate(others, start=1):
        reader = _open(request, file, wanted)
        reader.completes = index < len(others)
        with closing(reader.stream):
            yield reader


def _inputs(
    request: Request, readers: Iterable[Reader | Batches], digits: int | None, form: str, watch: Watch | None
) -> Iterator[Input]:
    """Yield an input for each reader that is not empty; all compute the columns selected in the first one."""
    from actcli.io.batch import Batches, ResultSchema, distinct_names, with_names
    from actcli.pipeline.text import Input
    from actcli.pipeline.transform import Transform

    given = request.given
    reading = given.read_options(vectors=request.vectors, absent=request.absent)
    several, names = False, None  # names of appended columns, as the first input lets them be
    for reader in readers:
        several = several or reader.completes
        if watch:
            watch.reading(reader.stream)
            reader.tick = watch.tick
        if isinstance(reader, Batches):
            layout = None if reader.over else reader.layout
        else:
            reader, layout = understand(reader, reading, given, reader.stream.name)  # noqa: PLW2901  its stream
        if layout is None:
            continue
        operation = request.operation(given.along_columns(layout), given.dtype or layout.dtype)
        columns_of = operation.array_columns if layout.arrays else operation.result_columns
        columns = columns_of(layout.names, layout.selected)
        if names is None:
            names = distinct_names(layout.occupied, columns)
        schema = ResultSchema(layout, with_names(columns, names), digits, given.dtype)
        source = Input(reader, Transform(operation, schema, form))
        reading = reading._replace(places=reading.places or layout.selected)
        if layout.language == "json":
            from actcli.io.json import dialect as json

            layout = cast("json.JsonLayout", layout)
            reading = json.continued(reading, layout)
            if form == "same" and several:
                json.check_joinable(layout)
        if not given.columns and terminal.is_terminal(sys.stderr):
            messages.announce(layout, given)
        yield source


def _write_each(request: Request, paths: Sequence[str], executor: ClusterExecutor | None = None) -> None:
    """Write a result for each file, also after one has failed, and report them.

    Raises DataError if any of several tasks failed, the error of a single one, and OutputError if the folder
    of the results cannot be made.
    """
    from actcli.cli.run import folder

    target = request.given.output or ""
    tasks = folder.tasks(request.given, paths)
    with folder.result_folder(target) if target else nullcontext():
        outcomes: Any = (_attempt(request, task) for task in tasks)
        if executor:
            outcomes = _share_out(request, tasks, executor)
        with closing(outcomes):  # at once: the rest is cancelled while the cluster is connected
            folder.report(outcomes, request.given, alone=len(tasks) == 1)


def _single(request: Request, task: FileTask, executor: ClusterExecutor) -> Result:
    """Do one task on a worker and return its result. Raises the error of the task."""
    (outcome,) = _on_workers(request, [task], executor)
    if outcome.error:
        raise outcome.error
    return Result(outcome.counts, outcome.summary)


def _share_out(
    request: Request, tasks: Sequence[FileTask], executor: ClusterExecutor
) -> Iterator[FileResult]:
    """Yield the results of tasks in order: one worker does each small one, all workers share a large text."""
    small = [task for task in tasks if not _is_large(request.given, task)]
    done = _on_workers(request, small, executor)
    kept = set(small)
    for task in tasks:
        yield next(done) if task in kept else _attempt(request, task, executor)


def _is_large(given: Arguments, task: FileTask) -> bool:
    from actcli.io import remote
    from actcli.io.csv import spans
    from actcli.io.streams import holds

    try:
        is_text = holds(task.source) == "text" and not (given.format and FORMATS[given.format].drawn)
        return is_text and remote.size(task.source) > _SHARED * spans.BLOCK
    except (ActError, OSError):
        return False  # the error is reported when the file is opened


def _on_workers(
    request: Request, tasks: Sequence[FileTask], executor: ClusterExecutor
) -> Iterator[FileResult]:
    """Yield the results of tasks that are done by workers, in order."""
    shipped = request._replace(given=request.given._replace(words=(), quiet=True, jobs=1))
    there = [task.absolute() for task in tasks]
    attempts = executor.map_results(partial(_attempt_there, shipped), there)
    for task, other, outcome in zip(tasks, there, attempts, strict=True):
        yield _as_asked(task, other, outcome)


def _as_asked(task: FileTask, there: FileTask, outcome: FileResult | ActError) -> FileResult:
    """Return a worker's result with this machine's task and paths; remove leftovers of a worker that died."""
    if isinstance(outcome, ActError):
        outcome = FileResult(there, Counts(), error=DataError(f"{task.source}: {outcome}"))
        from actcli.io import remote

        remote.remove_stale(there.target)
    if outcome.error is None:
        return outcome._replace(task=task)
    message = str(outcome.error).replace(there.source, task.source).replace(there.target, task.target)
    outcome.error.args = (message,)
    return outcome._replace(task=task)


def _attempt(request: Request, task: FileTask, executor: ClusterExecutor | None = None) -> FileResult:
    """Do one task and return its result, which has the error if there is one."""
    try:
        done = write(request, [task.source], task.target, alike=task.alike, executor=executor)
    except ActError as error:
        return FileResult(task, Counts(), error=error)
    return FileResult(task, done.counts, done.summary)


def _attempt_there(request: Request, task: FileTask) -> FileResult:
    """Do one task on a worker, if it can see the same files as the client; return its result."""
    from actcli.pipeline import worker

    try:
        worker.check_visible(task.source)
        worker.check_folder_visible(task.target)
    except ActError as error:
        return FileResult(task, Counts(), error=error)
    return _attempt(request, task)
