"""A result for each file: where it goes, what became of it, and which files failed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from actcli.batch import Tally
from actcli.commands import files, terminal
from actcli.errors import ActError, DataError, OutputError, UsageError
from actcli.formats import BY_EXTENSION
from actcli.sources.streams import STDIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from actcli.commands.apply import Errand

_EXTENSIONS: Final = {
    "csv": ".csv",
    "tsv": ".tsv",
    "json": ".json",
    "jsonl": ".jsonl",
    "markdown": ".md",
    "plain": ".txt",
    "table": ".txt",
}


@dataclass(frozen=True)
class Task:
    """A file, and where its result goes."""

    source: str
    target: str


@dataclass(frozen=True)
class Outcome:
    """What became of a task: what was counted, how much it was in words, or what was wrong."""

    task: Task
    tally: Tally
    size: str = ""
    error: ActError | None = None

    def __str__(self) -> str:
        return f"{self.task.source} -> {self.task.target}: {'failed' if self.error else self.size}"


def is_folder(path: str | None) -> bool:
    """Whether -o names a folder: it ends with a slash, or is one."""
    return bool(path) and (str(path).endswith(("/", os.sep)) or os.path.isdir(str(path)))  # noqa: PTH112  quick start


def tasks(given: Mapping[str, Any], paths: Sequence[str]) -> list[Task]:
    """A task for each file. UsageError where two results would have one name, or an input has none."""
    if given["in_place"]:
        return [Task(path, path) for path in paths]
    if STDIN in paths:
        raise UsageError(f"{given['output']}: standard input has no name to write its result under; -o FILE")
    found: dict[str, Task] = {}
    for path in paths:
        task = Task(path, os.path.join(given["output"], _name(path, given["format"])))  # noqa: PTH118  quick start
        other = found.setdefault(task.target, task)
        if other is not task:
            raise UsageError(f"{other.source} and {path} would both become {task.target}; run act on each")
    return list(found.values())


def _name(path: str, kind: str | None) -> str:
    """A file's own name; with the extension of the format if that is another."""
    from actcli.sources.compression import by_extension

    name = os.path.basename(path)  # noqa: PTH119  quick start
    stem, packed = (name, "") if not by_extension(name) else os.path.splitext(name)  # noqa: PTH122  quick start
    stem, extension = os.path.splitext(stem)  # noqa: PTH122  quick start
    if kind is None or BY_EXTENSION.get(extension.lower()) == kind:
        return name
    return stem + _EXTENSIONS[kind] + packed


def run(errand: Errand, wanted: Sequence[Task]) -> None:
    """Do all tasks. One that fails does not keep the others from being done; DataError names all that did."""
    folder = errand.given["output"]
    made = folder is not None and _made(folder)
    try:
        if len(wanted) == 1:
            report([_done(errand, wanted[0])], errand.given)
        else:
            report((attempt(errand, task) for task in wanted), errand.given)
    finally:
        if made and not os.listdir(folder):  # noqa: PTH208  quick start
            os.rmdir(folder)  # noqa: PTH106  quick start


def _made(folder: str) -> bool:
    """Whether the folder had to be made."""
    if os.path.isdir(folder):  # noqa: PTH112  quick start
        return False
    try:
        os.mkdir(folder)  # noqa: PTH102  quick start
    except OSError as error:
        raise OutputError(f"cannot make the folder {folder}: {error.strerror}") from error
    return True


def attempt(errand: Errand, task: Task) -> Outcome:
    """Do one task, whatever comes of it."""
    try:
        return _done(errand, task)
    except ActError as error:
        return Outcome(task, Tally(), error=error)


def _done(errand: Errand, task: Task) -> Outcome:
    done = files.write(errand, [task.source], task.target, alike=True)
    return Outcome(task, done.tally, done.size)


def report(outcomes: Iterable[Outcome], given: Mapping[str, Any]) -> None:
    """Tell of each as it is done, and at the end of what was passed over and what failed."""
    total = Tally()
    failed = []
    count = 0
    for outcome in outcomes:
        count += 1
        total.add(outcome.tally)
        if given["verbose"]:
            terminal.note(str(outcome), given)
        if outcome.error:
            failed.append(str(outcome.error))
    terminal.report(total, given)
    if failed:
        for message in failed:
            terminal.complain(message)
        raise DataError(f"{len(failed):,} of {count:,} files failed; the others are done")
