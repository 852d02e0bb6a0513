"""Execution of a request with typed numbers, or with all numbers of a type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.cli.display import messages, terminal
from actcli.cli.options import NOTATIONS, check_result
from actcli.errors import UsageError
from actcli.io import formats
from actcli.io.batch import Counts, ResultSchema
from actcli.io.destination import local_target, open_destination
from actcli.io.filetype import STDOUT, by_name

if TYPE_CHECKING:
    from actcli.cli.options import Arguments
    from actcli.cli.run.request import Request
    from actcli.cli.words import Words
    from actcli.io.batch import Batch, ResultColumn
    from actcli.io.destination import Destination
    from actcli.numeric import Array
    from actcli.pipeline.computation import ArrayOperation


def write(request: Request, words: Words) -> None:
    """Compute typed numbers as one vector, or all numbers of a type, and write the results.

    Raises UsageError for a target that is a folder or a Parquet table, and for all numbers of a type if it
    is no array.
    """
    if request.given.output or words.every:
        _write_file(request, words, request.given.output or STDOUT)
    else:
        with open_destination(STDOUT, compression="") as out:
            _write_text(request, words, out)
    counts = Counts().add_doubts()
    if counts.passed_over:
        messages.report(counts, request.given)


def _write_file(request: Request, words: Words, target: str) -> None:
    """Write the results to a file of the type that its name says, or of text if -F is given."""
    given = request.given
    wanted = "text" if given.format else by_name(target)
    if words.every and wanted != "npy":
        raise UsageError(
            f"every: {words.every} has 4 billion numbers, which are written as an array: -o y.npy"
        )
    if not given.format:
        terminal.check_ending(target)
    if given.writes_folder:
        raise UsageError(f"{target}: a folder takes the results of files; name one, for example -o y.csv")
    if wanted == "parquet":
        raise UsageError(f"{target}: typed numbers are written as text or .npy; for example -o y.csv")
    with local_target(target) as here:
        if wanted in ("npy", "npz"):
            check_result(given, wanted, target)
            _write_array(request.for_array(), words, here, wanted)
        else:
            with open_destination(here) as out:
                _write_text(request, words, out)


def _write_array(operation: ArrayOperation, words: Words, target: str, kind: str) -> None:
    """Write the results to an array, a file for each order, or to an archive if `kind` is npz."""
    from actcli.pipeline import archives, arrays

    if words.every:
        arrays.save_every(words.every, operation, arrays.output_paths(target, operation.orders))
    elif kind == "npz":
        archives.save(words.numbers, operation, target)
    else:
        arrays.save(words.numbers, operation, arrays.output_paths(target, operation.orders))


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
        module = formats.module(form)
        out.write(module.head(schema) + module.body(schema, batch, results) + module.tail(schema))
        return
    from actcli.io.formats import table

    display = terminal.display(given)
    table.write(schema, [(schema, batch, results)], out, display)
    if given.plot:
        from actcli.cli.display.drawing import below_table

        for line in below_table(operation, words, display):
            out.write(display.encoded(line + "\n"))
