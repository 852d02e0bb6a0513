"""Execution of a request: with typed numbers, or with files, here or on a cluster."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from actcli.cli.display import terminal
from actcli.cli.options import NOTATIONS, check_options, check_result
from actcli.errors import UsageError
from actcli.io import formats
from actcli.io.batch import Counts, ResultSchema
from actcli.io.destination import STDOUT, local_target, open_destination

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.cli.options import Arguments
    from actcli.cli.run.request import Request
    from actcli.cli.words import Words
    from actcli.io.batch import Batch, ResultColumn
    from actcli.io.destination import Destination
    from actcli.numeric import Array


def run(request: Request, words: Words) -> None:
    """Compute the request for typed numbers or files, and write the results.

    Raises UsageError for options that do not go together, and the errors of the input and output.
    """
    check_options(request.given, words.paths)
    if words.every:
        _write_every(request, words.every)
        return
    if words.numbers:
        _write_typed(request, words)
        counts = Counts().add_doubts()
        if counts.passed_over:
            from actcli.cli.display import messages

            messages.report(counts, request.given)
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
    from actcli.cli.display import messages
    from actcli.cli.run import files, folder
    from actcli.cli.run.request import FileTask
    from actcli.io.filetype import by_name
    from actcli.io.streams import holds

    given = request.given
    if given.one_result_each:
        folder.run(request, folder.tasks(given, paths), executor)
        return
    target = given.output or STDOUT
    wanted = "text" if given.format else by_name(target)
    if executor and len(paths) == 1 and wanted == holds(paths[0]) != "text":
        done = folder.single(request, FileTask(paths[0], target, alike=False), executor)
    else:
        done = files.write(request, paths, target, executor=executor)
    if given.verbose:
        where = "standard output" if target == STDOUT else target
        messages.note(f"{', '.join(paths)} -> {where}: {done.size}", given)
    if done.counts.passed_over:
        messages.report(done.counts, given)


def _write_every(request: Request, dtype: str) -> None:
    """Write the results of all numbers of `dtype` to an array. Raises UsageError for other formats."""
    from actcli.io.filetype import by_name
    from actcli.pipeline import arrays

    target = request.given.output or ""
    if request.given.format or by_name(target) != "npy":
        raise UsageError(f"every: {dtype} has 4 billion numbers, which are written as an array: -o y.npy")
    check_result(request.given, "npy", target)
    operation = request.for_array()
    with local_target(target) as here:
        arrays.save_every(dtype, operation, arrays.output_paths(here, operation.orders))


def _write_typed(request: Request, words: Words) -> None:
    """Compute typed numbers as one vector and write the results to -o or to standard output.

    Raises UsageError for a target that is a folder or a Parquet table.
    """
    target = request.given.output
    if target and not request.given.format:
        terminal.check_ending(target)
    if not target:
        with open_destination(STDOUT, compression="") as out:
            _write_text(request, words, out)
        return
    from actcli.io.filetype import by_name

    wanted = "text" if request.given.format else by_name(target)
    if request.given.writes_folder:
        raise UsageError(f"{target}: a folder takes the results of files; name one, for example -o y.csv")
    if wanted == "parquet":
        raise UsageError(f"{target}: typed numbers are written as text or .npy; for example -o y.csv")
    with local_target(target) as here:
        if wanted in ("npy", "npz"):
            from actcli.pipeline import archives, arrays

            check_result(request.given, wanted, target)
            operation = request.for_array()
            if wanted == "npz":
                archives.save(words.numbers, operation, here)
            else:
                arrays.save(words.numbers, operation, arrays.output_paths(here, operation.orders))
            return
        with open_destination(here) as out:
            _write_text(request, words, out)


def _inputs_in_notation(
    batch: Batch, results: Array, columns: tuple[ResultColumn, ...], given: Arguments
) -> tuple[tuple[ResultColumn, ...], Array]:
    """Return a result's columns and texts, with the typed numbers in the same notation before them."""
    from actcli.numeric import xp
    from actcli.numeric.dtypes import round_to
    from actcli.numeric.numerals import is_word, notated, parse_word

    selected = [column for column in columns if column.source_index in batch.layout.selected]
    texts = []
    for column in selected:
        cells = [row[column.source_index or 0].decode() for row in batch.rows()]
        numbers = xp.array([parse_word(cell) if is_word(cell) else 0.0 for cell in cells])
        found = notated(round_to(numbers, given.dtype or "float64"), given.notation or "")
        texts.append([text if is_word(cell) else cell for cell, text in zip(cells, found, strict=True)])
    placed = [
        column._replace(result_index=selected.index(column), nulls_from=selected.index(column))
        if column in selected
        else column._replace(result_index=column.result_index + len(selected))
        if column.result_index is not None
        else column
        for column in columns
    ]
    return tuple(placed), xp.column_stack([*(xp.array(text, dtype=object) for text in texts), results])


def _write_text(request: Request, words: Words, out: Destination) -> None:
    """Compute typed numbers and write them as a table or as another text."""
    given = request.given
    operation = request.operation(True, given.dtype or "float64")  # one vector, in a column
    batch, results, columns = operation.typed(words.numbers, words.texts)
    form = terminal.result_format(given, typed=True)
    if given.notation in NOTATIONS and form != "plain":
        columns, results = _inputs_in_notation(batch, results, columns, given)
    schema = ResultSchema(batch.layout, columns, terminal.result_digits(given, form))
    if form != "table":
        module = formats.named(form)
        out.write(module.head(schema) + module.body(schema, batch, results) + module.tail(schema))
        return
    from actcli.io.formats import table

    display = terminal.display(given)
    table.write(schema, [(schema, batch, results)], out, display)
    if given.plot:
        from actcli.cli.display.drawing import below_table

        for line in below_table(operation, words, display):
            out.write(display.encoded(line + "\n"))
