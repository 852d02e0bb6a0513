"""Doing a request: with typed numbers, or with files, here or on a cluster."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from actcli.cli import checks
from actcli.cli.display import messages
from actcli.cli.run.request import FileTask, one_result_each
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.cli.run.request import Request
    from actcli.cli.words import Words


def run(request: Request, words: Words) -> None:
    """Do what is asked for with typed numbers, or with files."""
    checks.options(request.given, words.paths)
    if words.numbers:
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
    from actcli.cli.run import files, folder
    from actcli.io import filetype, remote
    from actcli.io.destination import STDOUT

    given = request.given
    if one_result_each(given):
        folder.run(request, folder.tasks(given, paths), executor)
        return
    target = given.output or STDOUT
    wanted = "text" if given.format else filetype.by_name(target)
    if executor and len(paths) == 1 and wanted == remote.holds(paths[0]) != "text":
        done = folder.single(request, FileTask(paths[0], target, alike=False), executor)
    else:
        done = files.write(request, paths, target, executor=executor)
    if given.verbose:
        where = "standard output" if target == STDOUT else target
        messages.note(f"{', '.join(paths)} -> {where}: {done.size}", given)
    messages.report(done.counts, given)
