"""One result for each file: its path, its computation, and the report of files that failed."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from actcli.cli.display import messages
from actcli.cli.run import files
from actcli.cli.run.request import FileResult, FileTask, Result
from actcli.errors import ActError, DataError, OutputError, UsageError
from actcli.io import remote
from actcli.io.batch import Counts
from actcli.io.filetype import by_name, cut, is_url, member
from actcli.io.formats import BY_EXTENSION, FORMATS
from actcli.io.signals import cleanup_on_signal
from actcli.io.streams import STDIN, holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from actcli.cli.options import Arguments
    from actcli.cli.run.request import Request
    from actcli.pipeline.cluster import ClusterExecutor

_SHARED: Final = 4  # blocks; a larger text is not computed as one task


def tasks(given: Arguments, paths: Sequence[str]) -> list[FileTask]:
    """Return a task for each file, only one if it is named several times.

    Raises UsageError for a result that would replace another one or an input, for standard input without a
    name for its result, and for -i with a file that is not regular.
    """
    if given.in_place:
        for path in filter(_is_special, paths):
            raise UsageError(f"-i: {path} is no regular file and cannot be replaced; write to one with -o")
        for archive, name in map(member, paths):
            if name is not None:
                import shlex

                words = shlex.join(["-c", name, archive])
                raise UsageError(
                    f"-i: {archive}:{name} is one array of a file; for it alone: act ... -i {words}"
                )
        return [FileTask(path, path) for path in _each_once(paths)]
    folder = given.output or ""
    if STDIN in paths:
        raise UsageError(f"{folder}: standard input has no name to write its result under; -o FILE")
    found: dict[str, FileTask] = {}
    inputs = {_real(path): path for path in paths}
    for path in _each_once(paths):
        task = FileTask(path, os.path.join(folder, _name(path, given.format)))
        for replaced in (inputs[name] for name in map(_real, _written(task, given)) if name in inputs):
            raise UsageError(
                f"{path}: its result would replace the input {replaced}; say -i, or -o another folder"
            )
        other = found.setdefault(task.target, task)
        if other is not task:
            raise UsageError(f"{other.source} and {path} would both become {task.target}; run act on each")
    return list(found.values())


def _is_special(path: str) -> bool:
    """Return whether a path exists and is neither a file nor a folder: a FIFO, a device."""
    return os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path))


def _written(task: FileTask, given: Arguments) -> list[str]:
    """Return the paths of a task's result: one, or for an array one for each order."""
    if given.format or by_name(task.target) != "npy":
        return [task.target]
    from actcli.pipeline import arrays

    return arrays.output_paths(task.target, given.orders)


def _each_once(paths: Sequence[str]) -> list[str]:
    """Return the paths without those of a file that has an earlier path in the list."""
    first: dict[str, str] = {}
    for path in paths:
        first.setdefault(_real(path), path)
    return list(first.values())


def _real(path: str) -> str:
    """Return the path of a file without symbolic links, a URL unchanged."""
    return path if is_url(path) else os.path.realpath(path)


def _name(path: str, kind: str | None) -> str:
    """Return the name of a file's result: its own, with the extension of format `kind` if that differs.

    That of an array in an archive is NAME.npy.
    """
    array = member(path)[1]
    name = os.path.basename(path) if array is None else array.replace("/", "_") + ".npy"
    stem, extension, packed = cut(name)
    if kind is None or BY_EXTENSION.get(extension.lower()) == kind:
        return name
    return stem + FORMATS[kind].suffix + packed


def run(request: Request, wanted: Sequence[FileTask], executor: ClusterExecutor | None = None) -> None:
    """Do all `wanted` tasks, also after one has failed, and report their results.

    Raises DataError if any of several tasks failed, the error of a single one, and OutputError if the folder
    of the results cannot be made.
    """
    folder = request.given.output or ""
    with _made(folder) if folder else nullcontext():
        outcomes: Any = (attempt(request, task) for task in wanted)
        if executor:
            outcomes = _spread(request, wanted, executor)
        with closing(outcomes):  # at once: the rest is cancelled while the cluster is connected
            report(outcomes, request.given, alone=len(wanted) == 1)


def single(request: Request, task: FileTask, executor: ClusterExecutor) -> Result:
    """Do one task on a worker and return its result. Raises the error of the task."""
    (outcome,) = _sent(request, [task], executor)
    if outcome.error:
        raise outcome.error
    return Result(outcome.counts, outcome.size)


def _spread(request: Request, wanted: Sequence[FileTask], executor: ClusterExecutor) -> Iterator[FileResult]:
    """Yield the results of tasks in order: one worker does each small one, all workers share a large text."""
    small = [task for task in wanted if not _is_large(request.given, task)]
    done = _sent(request, small, executor)
    kept = set(small)
    for task in wanted:
        yield next(done) if task in kept else attempt(request, task, executor)


def _is_large(given: Arguments, task: FileTask) -> bool:
    from actcli.io.csv import spans

    try:
        is_text = holds(task.source) == "text" and not (given.format and FORMATS[given.format].drawn)
        return is_text and remote.size(task.source) > _SHARED * spans.BLOCK
    except (ActError, OSError):
        return False  # the error is reported when the file is opened


def _sent(request: Request, wanted: Sequence[FileTask], executor: ClusterExecutor) -> Iterator[FileResult]:
    """Yield the results of tasks that are done by workers, in order."""
    shipped = request._replace(given=request.given._replace(words=(), quiet=True, jobs=1))
    there = [task.absolute() for task in wanted]
    attempts = executor.map_results(partial(_attempt_there, shipped), there)
    for task, other, outcome in zip(wanted, there, attempts, strict=True):
        yield _back(task, other, outcome)


def _back(task: FileTask, there: FileTask, outcome: FileResult | ActError) -> FileResult:
    """Return a worker's result with this machine's task and paths; remove leftovers of a worker that died."""
    if isinstance(outcome, ActError):
        outcome = FileResult(there, Counts(), error=DataError(f"{task.source}: {outcome}"))
        remote.remove_stale(there.target)
    if outcome.error is None:
        return outcome._replace(task=task)
    message = str(outcome.error).replace(there.source, task.source).replace(there.target, task.target)
    outcome.error.args = (message,)
    return outcome._replace(task=task)


@contextmanager
def _made(folder: str) -> Iterator[None]:
    """Make the folder if there is none, then remove it at the end if it is empty. Raises OutputError."""
    if is_url(folder):
        remote.make_folder(folder)
    if is_url(folder) or os.path.isdir(folder):
        yield
        return
    try:
        os.mkdir(folder)
    except OSError as error:
        raise OutputError(f"cannot make the folder {folder}: {error.strerror}") from error
    with cleanup_on_signal(partial(_remove_empty, folder)):
        try:
            yield
        finally:
            _remove_empty(folder)


def _remove_empty(folder: str) -> None:
    with suppress(OSError):  # it is not empty
        os.rmdir(folder)


def attempt(request: Request, task: FileTask, executor: ClusterExecutor | None = None) -> FileResult:
    """Do one task and return its result, which has the error if there is one."""
    try:
        done = files.write(request, [task.source], task.target, alike=task.alike, executor=executor)
    except ActError as error:
        return FileResult(task, Counts(), error=error)
    return FileResult(task, done.counts, done.size)


def _attempt_there(request: Request, task: FileTask) -> FileResult:
    """Do one task on a worker, if it can see the same files as the client; return its result."""
    from actcli.pipeline import worker

    try:
        worker.check_visible(task.source)
        worker.check_folder_visible(task.target)
    except ActError as error:
        return FileResult(task, Counts(), error=error)
    return attempt(request, task)


def report(outcomes: Iterable[FileResult], given: Arguments, *, alone: bool) -> None:
    """Report each result as it comes if -v is given, and at the end the counts and errors of all.

    Raises DataError if any failed; if the only file is `alone`, its own error.
    """
    total = Counts()
    failed = []
    count = 0
    for outcome in outcomes:
        count += 1
        total.add(outcome.counts)
        if given.verbose:
            messages.note(str(outcome), given)
        if outcome.error and alone:
            raise outcome.error
        if outcome.error:
            failed.append(str(outcome.error))
    messages.report(total, given)
    if failed:
        for message in failed:
            messages.complain(message)
        others = "; the others are done" if len(failed) < count else ""
        raise DataError(f"{len(failed):,} of {count:,} files failed{others}")
