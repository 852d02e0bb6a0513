"""How results look: a module a format, each with `head`, `body` and `tail`.

    head(schema) -> bytes                    before the first row
    body(schema, batch, results) -> bytes    the rows of one batch, in whichever process; raises
                                            UnwritableRow, with the rows before it
    tail(schema) -> bytes                    after the last row
    BETWEEN                                 what stands between two bodies that are not empty

The table and Parquet are no text of independent rows: they have `write(schema, parts, out, view)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.io.batch import Batch, Layout, ResultColumn
    from actcli.numeric import Array

FORMATS: Final = ("table", "csv", "tsv", "json", "jsonl", "markdown", "plain")

DRAWN: Final = ("table", "parquet")

BY_EXTENSION: Final = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".md": "markdown",
    ".parquet": "parquet",
}

IMAGES: Final = (".png", ".svg", ".pdf", ".html")
OTHER_IMAGES: Final = (".jpg", ".jpeg", ".gif", ".webp", ".eps", ".ps", ".tif", ".tiff", ".bmp")
"""Extensions of pictures: those that are drawn, and others."""
UNWRITTEN: Final = (
    ".arrow",
    ".db",
    ".feather",
    ".h5",
    ".npz",
    ".ods",
    ".orc",
    ".pkl",
    ".pt",
    ".xls",
    ".xlsx",
    ".zip",
    ".zst",
)
"""Extensions of what is no text and is not written: a name like this is a mistake."""


@dataclass(frozen=True)
class ResultSchema:
    """The shape of a result: how the source was laid out, which columns come out, and how precisely.

    `digits` are significant digits of computed cells, None for the shortest that read back.
    """

    layout: Layout
    columns: tuple[ResultColumn, ...]
    digits: int | None = None

    @property
    def appended(self) -> tuple[ResultColumn, ...]:
        """The columns that no cell of the source has."""
        return tuple(column for column in self.columns if column.source_index is None)

    def texts(self, batch: Batch, results: Array, column: ResultColumn, *, wrapped: bool) -> list[bytes]:
        """The texts of one computed column, one for each computed row.

        `wrapped`: in the source's quotes and with its decimal sign.
        """
        from actcli.numeric import numerals

        assert column.result_index is not None  # noqa: S101  asked only of computed columns
        if not len(results):
            return []
        texts = numerals.texts(self.rounded(results[:, column.result_index]))
        if wrapped and self.layout.decimal != b".":
            texts = [text.replace(b".", self.layout.decimal) for text in texts]
        if column.nulls_from is None or not batch.columns:
            return texts
        return batch.columns[column.nulls_from].dressed(
            texts, wrapped=wrapped and column.source_index is not None
        )

    def rounded(self, results: Array) -> Array:
        """Results in as many digits as were asked for."""
        from actcli.numeric import numerals

        return results if self.digits is None else numerals.rounded(results, self.digits)

    def untouched(self, batch: Batch, column: ResultColumn) -> Sequence[int]:
        """The computed rows in which one computed column has a cell as read."""
        return (
            ()
            if column.nulls_from is None or not batch.columns
            else batch.columns[column.nulls_from].untouched
        )

    def records(self, batch: Batch, results: Array) -> Iterator[list[bytes | str]]:
        """Each row that has cells: bytes for a cell as read, str for the text of a computed number."""
        return (record for _, record in self.numbered(batch, results))

    def numbered(self, batch: Batch, results: Array) -> Iterator[tuple[int, list[bytes | str]]]:
        """The same, each with its place among the batch's rows."""
        computed = {
            place: self._numbers(batch, results, column)
            for place, column in enumerate(self.columns)
            if column.result_index is not None
        }
        positions = None if batch.computed is None else {row: nth for nth, row in enumerate(batch.computed)}
        for row, cells in enumerate(batch.rows()):
            nth = row if positions is None else positions.get(row)
            if nth is not None:
                record = [
                    computed[place][nth] if place in computed else cells[column.source_index or 0]
                    for place, column in enumerate(self.columns)
                ]
                yield row, record
            elif len(cells) > 1 or cells[0].strip():  # as they are counted: empty cells are cells
                yield row, list(cells)

    def _numbers(self, batch: Batch, results: Array, column: ResultColumn) -> list[bytes | str]:
        as_read = frozenset(self.untouched(batch, column))
        texts = self.texts(batch, results, column, wrapped=False)
        return [text if row in as_read else text.decode() for row, text in enumerate(texts)]


@dataclass(frozen=True)
class View:
    """How the table is looked at. `width` None is as wide as it needs, `rows` 0 is all."""

    width: int | None = None
    rows: int = 0
    streamed: bool = False
    colour: bool = False
    encoding: str = "utf-8"


def named(name: str) -> Any:
    """The module of the format of this name."""
    return import_module(f"actcli.io.formats.{name}")
