"""Computation of arrays in cells: each on its own, those of one shape in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.errors import UsageError
from actcli.io.json.cells import ArrayColumn
from actcli.io.json.lanes import Spliced
from actcli.numeric import numerals, xp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array
    from actcli.pipeline.computation import Operation


def results(work: Operation, batch: Batch, schema: ResultSchema) -> Array:
    """Return the results as JSON texts, an array of objects (rows, computed columns).

    Raises UsageError for arrays of a length or depth that does not suit the activation.
    """
    computed = sum(column.result_index is not None for column in schema.columns)
    found = xp.full((batch.counts.rows, computed), "null", dtype=object)
    each = computed // max(1, len(batch.columns))
    for position, column in enumerate(batch.columns):
        assert isinstance(column, ArrayColumn)  # noqa: S101  the layout says so
        for rows, values in _groups(column):
            try:
                outcomes = work.of_arrays(values)
            except UsageError as error:
                assert isinstance(batch.cells, Spliced)  # noqa: S101  as all batches of JSON
                where = f"{batch.layout.source}:{batch.line + batch.cells.line_of(rows[0])}"
                raise UsageError(f"{where}: {error}") from error
            for order, outcome in enumerate(outcomes):
                found[rows, position * each + order] = texts(schema.rounded(outcome))
    return found


def _groups(column: ArrayColumn) -> list[tuple[Sequence[int], Array]]:
    """Return for each shape the indices of its rows, and their arrays as one array, (rows, *shape)."""
    shapes = set(column.shapes)
    if len(shapes) == 1 and (shape := next(iter(shapes))) is not None:
        return [(range(len(column.shapes)), column.values.reshape(len(column.shapes), *shape))]
    rows: dict[tuple[int, ...], list[int]] = {}
    parts: dict[tuple[int, ...], list[Array]] = {}
    index = 0
    for row, shape in enumerate(column.shapes):
        if shape is None:
            continue
        size = int(xp.prod(shape, dtype=int))
        rows.setdefault(shape, []).append(row)
        parts.setdefault(shape, []).append(column.values[index : index + size].reshape(shape))
        index += size
    return [(rows[shape], xp.stack(parts[shape])) for shape in rows]


def texts(values: Array) -> list[str]:
    """Return the JSON of each array along the first axis, with null for numbers that are not finite."""
    rows = len(values)
    if not values.size:
        return [str(xp.empty(values.shape[1:]).tolist())] * rows
    width = values.shape[-1] if values.ndim > 1 else 1
    if values.dtype.kind == "O":  # texts with more digits than a type has
        each = [f'"{text}"' if isinstance(text, str) else "null" for text in values.reshape(-1).tolist()]
        found = [",".join(each[first : first + width]) for first in range(0, len(each), width)]
    else:
        found = _finite(numerals.lines(values.reshape(-1, width), b",", b"\n")).split("\n")[:-1]
    if values.ndim == 1:
        return found
    for length in reversed((*values.shape[1:-1], 1)):
        found = [f"[{','.join(found[first : first + length])}]" for first in range(0, len(found), length)]
    return found


def _finite(text: bytes) -> str:
    """Return a text of numbers with null in place of nan and infinities."""
    if b"n" in text:
        for word in (b"-inf", b"inf", b"nan"):
            text = text.replace(word, b"null")
    return text.decode()
