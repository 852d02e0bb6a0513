r"""A LaTeX table: rules of booktabs, and columns of siunitx, which align numbers at their decimal points.

The document needs `\usepackage{booktabs, siunitx}`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from actcli.io.formats.table import printable
from actcli.numeric.numerals import is_cell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

BETWEEN = b""
_SPECIAL: Final = {
    **{character: rf"\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_PRIMES: Final = re.compile("'+")
_UNSET: Final = {"inf": r"{$\infty$}", "-inf": r"{$-\infty$}", "nan": "{nan}", "-nan": "{nan}"}
"""LaTeX for values that siunitx does not accept as numbers, in braces."""


def head(schema: ResultSchema) -> bytes:
    """Return the beginning of the table, with the names of its columns; apostrophes are set as primes."""
    numbers = frozenset(schema.layout.selected)
    kinds = (
        "l" if column.result_index is None and column.source_index not in numbers else "S"
        for column in schema.columns
    )
    names = (f"{{{escaped(column.title or column.name)}}}" for column in schema.columns)
    begin = f"\\begin{{tabular}}{{{''.join(kinds)}}}\n\\toprule\n"
    return begin.encode() + _line(names) + b"\\midrule\n"


def body(schema: ResultSchema, batch: Batch, results: Array) -> bytes:
    """Return the rows of a batch as table rows."""
    return b"".join(
        _line(_cell(cell if isinstance(cell, str) else schema.layout.decoded(cell)) for cell in record)
        for record in schema.records(batch, results)
    )


def tail(_: ResultSchema) -> bytes:
    """Return the end of the table."""
    return b"\\bottomrule\n\\end{tabular}\n"


def escaped(text: str) -> str:
    """Return text with the special characters of LaTeX escaped, and apostrophes as primes of derivatives."""
    safe = "".join(_SPECIAL.get(character, character) for character in printable(text))
    return _PRIMES.sub(lambda found: f"${found[0]}$", safe)


def _cell(text: str) -> str:
    if text in _UNSET:
        return _UNSET[text]
    return text if is_cell(text) else f"{{{escaped(text)}}}"


def _line(cells: Iterable[str]) -> bytes:
    return (" & ".join(cells) + " \\\\\n").encode(errors="surrogateescape")
