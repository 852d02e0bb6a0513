"""One result for each file: the path of each, the folder of all, and the report of files that failed."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from actcli.cli.display import messages
from actcli.cli.run.request import FileResult, FileTask
from actcli.errors import DataError, OutputError, UsageError
from actcli.io import remote
from actcli.io.batch import Counts
from actcli.io.filetype import STDIN, basename, by_name, cut, is_special, is_url, member
from actcli.io.formats import BY_EXTENSION, FORMATS
from actcli.io.signals import cleanup_on_signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from actcli.cli.options import Arguments


def tasks(given: Arguments, paths: Sequence[str]) -> list[FileTask]:
    """Return a task for each file, only one if it is named several times.

    Raises UsageError for a result that would replace another one or an input, for standard input without a
    name for its result, and for -i with a file that is not regular or with
    one array of an archive.
    """
    if given.in_place:
        for path in filter(is_special, paths):
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
    name = basename(path) if array is None else array.replace("/", "_") + ".npy"
    stem, extension, packed = cut(name)
    if kind is None or BY_EXTENSION.get(extension.lower()) == kind:
        return name
    return stem + FORMATS[kind].suffix + packed


@contextmanager
def result_folder(folder: str) -> Iterator[None]:
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
