"""Typed numbers: their table, their text, or an array."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.cli import checks
from actcli.cli.display import terminal
from actcli.cli.run.request import is_folder
from actcli.errors import UsageError
from actcli.io import formats
from actcli.io.batch import ResultSchema
from actcli.io.destination import STDOUT, open_destination

if TYPE_CHECKING:
    from actcli.cli.run.request import Request
    from actcli.cli.words import Words
    from actcli.io.destination import Destination


def write(request: Request, words: Words) -> None:
    """Compute typed numbers as one vector and write them where and as the user wants them.

    Raises UsageError for a target that is a folder or a Parquet table.
    """
    target = request.given.output
    if not target:
        with open_destination(STDOUT, compression="") as out:
            _write_text(request, words, out)
        return
    from actcli.io import filetype, remote

    wanted = "text" if request.given.format else filetype.by_name(target)
    if is_folder(target):
        raise UsageError(f"{target}: a folder takes the results of files; name one, for example -o y.csv")
    if wanted == "parquet":
        raise UsageError(f"{target}: typed numbers are written as text or .npy; for example -o y.csv")
    with remote.sent(target) as here:
        if wanted == "npy":
            from actcli.pipeline import arrays

            checks.result(request.given, wanted, target)
            operation = request.for_array()
            arrays.save(words.numbers, operation, arrays.names(here, operation.orders))
            return
        with open_destination(here) as out:
            _write_text(request, words, out)


def _write_text(request: Request, words: Words, out: Destination) -> None:
    """Compute typed numbers and write them as a table or as another text."""
    given = request.given
    operation = request.for_typed()
    batch, results, columns = operation.typed(words.numbers, words.texts)
    look = terminal.look(given, typed=True)
    schema = ResultSchema(batch.layout, columns, look.digits)
    if look.format != "table":
        module = formats.named(look.format)
        out.write(module.head(schema) + module.body(schema, batch, results) + module.tail(schema))
        return
    from actcli.io.formats import table

    table.write(schema, [(schema, batch, results)], out, look.view)
    if given.plot:
        from actcli.cli.display.drawing import below_table

        for line in below_table(operation, words, given):
            out.write(line.encode(look.view.encoding, "replace") + b"\n")
