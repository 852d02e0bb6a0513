"""The topics of `act help`: Markdown files beside this one, which are part of the manual page, too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

TOPICS: Final = {
    "words": "Numbers, ranges and files.",
    "csv": "Delimited text: columns, missing cells, spellings of numbers.",
    "json": "JSON Lines, from predictions to probabilities.",
    "arrays": "NumPy arrays and archives, Parquet tables, folders, URLs.",
    "numbers": "How right results are, and the floating types.",
    "exact": "Proven results, formulas, inverses.",
    "frameworks": "The same name, another function.",
    "curves": "Plots, images, pages, comparisons, neurons.",
    "kernels": "Checking a kernel, patterns of bits, lookup tables.",
    "cluster": "The workers of a Dask scheduler.",
    "python": "The same functions for arrays.",
    "shell": "Completion, environment, exit status.",
}
"""The subject of each topic by its name, which is that of its file."""

ALIASES: Final = {
    "cvs": "csv",
    "tsv": "csv",
    "jsonl": "json",
    "npy": "arrays",
    "npz": "arrays",
    "parquet": "arrays",
    "folders": "arrays",
    "ranges": "words",
    "files": "words",
    "dtype": "numbers",
    "dtypes": "numbers",
    "precision": "numbers",
    "formula": "exact",
    "formulas": "exact",
    "inverse": "exact",
    "like": "frameworks",
    "plots": "curves",
    "pages": "curves",
    "kernel": "kernels",
    "dask": "cluster",
    "environment": "shell",
    "errors": "shell",
}
"""Topics by other words for them."""

_FENCE: Final = "```"
_LINK: Final = re.compile(r"\[([^]]*)\]\(([^)]*)\)")


class Block(NamedTuple):
    """A part of a text: a `title`, `heading`, `paragraph`, `item` of a list, or lines of `code`."""

    kind: str
    text: str


def text(topic: str) -> str:
    """Return the Markdown of a topic."""
    from importlib.resources import files

    return files(__name__).joinpath(f"{topic}.md").read_text("utf-8")


def blocks(markdown: str) -> Iterator[Block]:
    """Yield the parts of a text in Markdown, as plain text: code without marks, links as `text (target)`."""
    kinds = {"# ": "title", "## ": "heading", "- ": "item"}
    code: list[str] | None = None
    for line in markdown.splitlines():
        if line.startswith(_FENCE):
            if code is not None:
                yield Block("code", "\n".join(code))
            code = [] if code is None else None
        elif code is not None:
            code.append(line)
        elif line:
            mark = next((mark for mark in kinds if line.startswith(mark)), "")
            plain = _LINK.sub(r"\1 (\2)", line.removeprefix(mark)).replace("`", "")
            yield Block(kinds.get(mark, "paragraph"), plain)
