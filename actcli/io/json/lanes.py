"""Parsing of chunks of JSON rows to batches, by NumPy or row by row.

The careful lane parses every chunk and is the reference: tests check that the fast one, `marked`, gives the
same bytes.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import compress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actcli.errors import DataError, counted
from actcli.io.batch import GOES_ON, Batch, Chunk, Counts
from actcli.io.csv.cells import BadCell
from actcli.io.json import cells, scan
from actcli.io.json.reader import CLOSES, COLON, ELEMENTS, ENDS, LINES, OPENS, VALUES, BadRow, marks, rows
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from actcli.io.batch import Column
    from actcli.io.json.dialect import JsonLayout, Path
    from actcli.io.json.reader import Marks, Row

    Span = tuple[int, int]

_NOWHERE: Final = -1, -1
_SPELLED: Final = re.compile(rb"\\u00[2-7]")
"""An escape of an ASCII letter, by which a key could be written in another way."""
_LONGEST_SHOWN: Final = 60
_SMALL: Final = 1 << 11  # bytes of a chunk that is not divided further
_NOT_FINITE: Final = (b"-Infinity", b"Infinity", b"NaN")
_SEPARATORS: Final = {LINES: b"\n", ELEMENTS: b","}
_WHITE: Final = b" \t\r\n"


@dataclass
class Spliced:
    """JSON rows as text, in which values are replaced when it is written: `Cells`.

    `spans` has, for each selected column, the start and end of the values of the computed rows, (rows, 2),
    -1 for an absent value. `rows_at` has the start and end of every row, (rows, 2). `computed` are the
    indices of the computed rows, or None for all.
    """

    text: bytes
    layout: JsonLayout
    rows_at: NDArray[Any]
    spans: Sequence[NDArray[Any]]
    computed: list[int] | None = None

    def rows(self) -> list[list[bytes]]:
        """Return every row, as the JSON of its columns, empty for an absent key; a ragged row is one cell."""
        there = None if self.computed is None else frozenset(self.computed)
        return [
            _cells(self.text, start, end, self.layout)
            if there is None or nth in there
            else [self.text[start:end]]
            for nth, (start, end) in enumerate(self.rows_at.tolist())
        ]

    def line_of(self, row: int) -> int:
        """Return the number of lines before computed row number `row`."""
        index = row if self.computed is None else self.computed[row]
        return self.text.count(b"\n", 0, int(self.rows_at[index, 0]))

    def written(
        self,
        replaced: Mapping[int, list[bytes]],
        appended: Sequence[list[bytes]],
        between: bytes | None = None,
    ) -> bytes:
        """Return the text with values of some selected columns (by position) replaced, and others appended.

        between: replaces the text between rows, and the text before and after them is left out; None keeps
        both.
        """
        places: list[NDArray[Any]] = []
        texts: list[bytes] = []
        for position, values in replaced.items():
            spans = self.spans[position]
            there = spans[:, 0] >= 0
            places.append(spans if there.all() else spans[there])
            texts += values if there.all() else compress(values, there)
        if appended:
            rows = self.rows_at if self.computed is None else self.rows_at[self.computed]
            joined = map(b",".join, zip(*appended, strict=True))
            edits = [self._append_edit(row, text) for row, text in zip(rows.tolist(), joined, strict=True)]
            places.append(xp.array([edit[:2] for edit in edits], dtype=xp.int64).reshape(-1, 2))
            texts += [edit[2] for edit in edits]
        first, last = 0, len(self.text)
        if between is not None:
            if not len(self.rows_at):
                return b""
            first, last = int(self.rows_at[0, 0]), int(self.rows_at[-1, 1])
            places.append(xp.column_stack([self.rows_at[:-1, 1], self.rows_at[1:, 0]]))
            texts += [between] * (len(self.rows_at) - 1)
        return self._spliced(xp.concatenate(places), texts, first, last) if places else self.text

    def _spliced(self, places: NDArray[Any], texts: list[bytes], first: int, last: int) -> bytes:
        """Return the text from `first` to `last` with `texts` in place of the spans `places`, (edits, 2)."""
        if (places[1:, 0] < places[:-1, 1]).any():
            order = xp.lexsort((places[:, 1], places[:, 0]))
            places, texts = places[order], [texts[index] for index in order.tolist()]
        starts, ends = places.T.tolist()
        pieces = [b""] * (2 * len(texts) + 1)
        pieces[::2] = [
            self.text[one:other] for one, other in zip([first, *ends], [*starts, last], strict=True)
        ]
        pieces[1::2] = texts
        return b"".join(pieces)

    def _append_edit(self, row: Sequence[int], text: bytes) -> tuple[int, int, bytes]:
        """Return the edit that appends members to a row: start and end of the span, and its new text."""
        start, end = row
        if self.text[end - 1] not in b"]}":  # a single value: it becomes an array
            return start, end, b"[" + self.text[start:end] + b"," + text + b"]"
        inner = self.text[start + 1 : end - 1].rstrip()
        index = start + 1 + len(inner)
        return index, index, b"," + text if inner else text


def cells_of(chunk: Chunk, layout: JsonLayout) -> Iterator[tuple[int, list[bytes]]]:
    """Yield (offset, JSON of the columns) of each row of a chunk, up to invalid JSON."""
    with suppress(BadRow):
        for row in rows(chunk.text, layout.form, chunk.line):
            yield row.begin, _cells(chunk.text, row.start, row.end, layout)


def _cells(text: bytes, start: int, end: int, layout: JsonLayout) -> list[bytes]:
    """Return the JSON of the columns of the row at text[start:end], empty for an absent key."""
    if text[start] not in b"[{":
        return [text[start:end]]
    top = scan.spans(text, start)
    found = (_deep(text, top.get(path[0]), path[1:]) if path else None for path in layout.paths)
    return [text[slice(*span)] if span else b"" for span in found]


def _deep(text: bytes, span: Span | None, path: Path) -> Span | None:
    """Return start and end of the value at `path` within the value at `span`, or None if it is absent."""
    return scan.find(text, span[0], path) if span and path else span


def batch(
    chunk: Chunk,
    layout: JsonLayout,
    *,
    bare: bool = False,  # noqa: ARG001  used by delimited text only
    appends: bool = False,  # noqa: ARG001  as above
    columnar: bool = False,
) -> Batch:
    """Return the rows of a chunk with their numbers, up to the first invalid row, whose error the batch has.

    columnar: the output has a place for columns only, so a key without a column is an error, unless
    --ragged keep leaves it out.
    """
    strict = columnar and layout.keyed and layout.ragged == "error"
    return _halved(chunk, layout, strict=strict)


def _halved(chunk: Chunk, layout: JsonLayout, *, strict: bool) -> Batch:
    """Return the batch of a chunk, divided by halves so that few lines need the careful lane."""
    found = marked(chunk, layout, strict=strict)
    if found is not None:
        return found
    cut = chunk.text.find(b"\n", len(chunk.text) // 2) + 1
    if layout.form != LINES or len(chunk.text) < _SMALL or cut in (0, len(chunk.text)):
        return careful(chunk, layout, strict=strict)
    first = _halved(Chunk(chunk.text[:cut], chunk.line), layout, strict=strict)
    if first.error:
        return first
    line = chunk.line + chunk.text.count(b"\n", 0, cut)
    return _joined(first, _halved(Chunk(chunk.text[cut:], line), layout, strict=strict))


def _joined(first: Batch, second: Batch) -> Batch:
    """Return the concatenation of two consecutive batches; change the counts of the first."""
    one, other = first.cells, second.cells
    assert isinstance(one, Spliced)  # noqa: S101  as all batches of JSON
    assert isinstance(other, Spliced)  # noqa: S101  as above
    spans = [
        xp.concatenate([before, after + (after >= 0) * len(one.text)])
        for before, after in zip(one.spans, other.spans, strict=True)
    ]
    computed = None
    if first.computed is not None or second.computed is not None:
        before, after = (
            list(range(batch.counts.rows)) if batch.computed is None else batch.computed
            for batch in (first, second)
        )
        computed = [*before, *(row + len(one.rows_at) for row in after)]
    rows_at = xp.concatenate([one.rows_at, other.rows_at + len(one.text)])
    written = Spliced(one.text + other.text, one.layout, rows_at, spans, computed)
    columns = list(map(cells.joined, first.columns, second.columns))
    first.counts.add(second.counts)
    return replace(first, cells=written, columns=columns, computed=computed, error=second.error)


def marked(chunk: Chunk, layout: JsonLayout, *, strict: bool = False) -> Batch | None:
    """Return the batch of a chunk of objects whose structure NumPy finds; None for others.

    strict: return None for a key that is in no column.
    """
    paths = [layout.paths[index] for index in layout.selected]
    text = _separated(chunk.text, layout.form)
    if not layout.keyed or not paths or not text or _is_spelled(chunk.text):
        return None
    flat = layout.form == LINES and max(map(len, paths)) == 1
    structure = (_flat(text) if flat else None) or _structure(text, layout.form)
    if structure is None:
        return None
    values = _parsed(text, layout.form, len(structure.rows))
    if values is None or (strict and not set().union(*values) <= set(layout.names)):
        return None
    data = xp.frombuffer(text, dtype=xp.uint8)
    columns, spans = [], []
    for path in paths:
        starts = structure.starts(data, path)
        if starts is None:
            return None
        read = [reduce(_member, path, value) for value in values] if layout.arrays else []
        found = _column(text, data, starts, layout, read)
        if found is None:
            return None
        columns.append(found[0])
        spans.append(found[1])
    rows = structure.rows
    counts = Counts(len(rows), sum(column.invalid for column in columns))
    return Batch(layout, Spliced(chunk.text, layout, rows, spans), columns, counts, line=chunk.line)


def _is_spelled(text: bytes) -> bool:
    """Return whether the text has escapes of ASCII letters, which a key may contain."""
    return b"\\" in text and b"\\u00" in text and _SPELLED.search(text) is not None


def _separated(text: bytes, form: str) -> bytes:
    """Return a chunk's text with a separator after each row; empty where NumPy cannot find the rows."""
    if form == LINES:
        return text if text.endswith(b"\n") else text + b"\n"
    body = text.rstrip(_WHITE)
    if form == VALUES or not body.endswith((b",", b"]")):
        return b""
    if body.endswith(b","):
        return body
    body = body[:-1].rstrip(_WHITE)  # the bracket that ends the array
    return body + b"," if body else b""


def _quoted(key: object) -> bytes:
    """Return the JSON of a key if escapes of ASCII letters are its only other spelling; else empty."""
    text = str(key)
    plain = text.isascii() and text.isprintable() and not set(text) & set('"\\/')
    return b'"%b"' % text.encode() if plain else b""


def may_have_key(text: bytes, key: str) -> bool:
    """Return whether a key may stand in a text, in any spelling: false only if it surely does not."""
    plain = _quoted(key)
    if plain:
        return plain in text or _is_spelled(text)
    return b"\\" in text or key.encode("utf-8", "surrogateescape") in text


class _Structure(NamedTuple):
    """Where objects of a text begin and end, `rows`, (rows, 2), and its structural bytes.

    `marks` is None if no object has another one in it, nor an array of objects; `colons` are those of the
    outermost objects.
    """

    rows: NDArray[Any]
    colons: NDArray[Any]
    marks: Marks | None = None

    def starts(self, data: NDArray[Any], path: Path) -> NDArray[Any] | None:
        """Return the indices at which the value at `path` begins in each row.

        Return None unless each row has it once, and for elements of arrays but the first.
        """
        within, starts, colons = self.rows, self.rows[:, 0], self.colons
        for depth, step in enumerate(path, start=1):
            if (data[starts] != ord("[" if isinstance(step, int) else "{")).any():
                return None
            if depth > 1:
                if self.marks is None:
                    return None
                places, kinds, depths, _ = self.marks
                closing = places[(kinds == CLOSES) & (depths == depth - 1)] + 1
                within = xp.column_stack([starts, closing[xp.searchsorted(closing, starts)]])
                colons = places[(kinds == COLON) & (depths == depth)]
            found = _first(data, starts, step) if isinstance(step, int) else _of(data, colons, step, within)
            if found is None:
                return None
            starts = found
        return starts


def _flat(text: bytes) -> _Structure | None:
    """Return the structure of lines that are objects without others in them.

    Return None unless each line has exactly one pair of braces, at its ends. If the lines are JSON, no brace
    is within a string then, and keys before colons are keys of the outermost object.
    """
    data = xp.frombuffer(text, dtype=xp.uint8)
    line_ends = xp.flatnonzero(data == ord("\n"))
    braces = [xp.count_nonzero(data == ord(brace)) for brace in "{}"]  # faster than bytes.count
    if braces != [len(line_ends)] * 2:
        return None
    starts = xp.concatenate([[0], line_ends[:-1] + 1])
    ends = line_ends - (data[line_ends - 1] == ord("\r"))
    if (data[starts] != ord("{")).any() or (data[ends - 1] != ord("}")).any():
        return None
    return _Structure(xp.column_stack([starts, ends]), xp.flatnonzero(data == ord(":")))


def _structure(text: bytes, form: str) -> _Structure | None:
    """Return the structure of rows that are objects; None unless each row is one, judged by brackets."""
    found = marks(text, _SEPARATORS[form])
    places, kinds, depth, opened = found
    if opened >= 0 or not len(depth) or depth.min() < 0 or depth.max() > scan.DEEPEST:
        return None
    ends = kinds == ENDS
    if form == LINES:
        count = text.count(b"\n")
        if depth[ends].any() or xp.count_nonzero(ends) != count:
            return None
    else:
        count = int(xp.count_nonzero(ends & (depth == 0)))
    starts = places[(kinds == OPENS) & (depth == 1)]
    stops = places[(kinds == CLOSES) & (depth == 0)] + 1
    data = xp.frombuffer(text, dtype=xp.uint8)
    if len(starts) != count or len(stops) != count or (data[starts] != ord("{")).any():
        return None
    return _Structure(xp.column_stack([starts, stops]), places[(kinds == COLON) & (depth == 1)], found)


def _parsed(text: bytes, form: str, count: int) -> list[dict[str, Any]] | None:
    """Return the rows as parsed by orjson; None if there are not `count` of them, or they are not JSON."""
    found = _loaded(text, form)
    if found is None and any(word in text for word in _NOT_FINITE):  # orjson refuses these
        for word in _NOT_FINITE:
            text = text.replace(word, b" 0 ")
        found = _loaded(text, form)
    return found if found is not None and len(found) == count else None


def _loaded(text: bytes, form: str) -> list[Any] | None:
    """Return the values of all rows as parsed by orjson; None if they are not JSON."""
    import orjson

    try:
        values: list[Any] = orjson.loads(b"[%b0]" % (text.replace(b"\n", b",") if form == LINES else text))
    except orjson.JSONDecodeError:
        return None
    del values[-1]
    return values


def _of(data: NDArray[Any], colons: NDArray[Any], key: str, within: NDArray[Any]) -> NDArray[Any] | None:
    """Return the indices at which the value of `key` begins in each object; None unless each has it once.

    within: where the objects begin and end, (rows, 2). colons: those of these objects, and of others.
    """
    spelled = _quoted(key)
    if not spelled:
        return None
    found = colons[colons >= len(spelled)]
    for back, byte in enumerate(reversed(spelled), start=1):
        found = found[data[found - back] == byte]
    found = found[data[found - len(spelled) - 1] != ord("\\")]
    row = xp.searchsorted(within[:, 0], found) - 1
    kept = (row >= 0) & (found < within[row, 1])
    found, row = found[kept], row[kept]
    if len(found) != len(within) or (row != xp.arange(len(within))).any():
        return None
    starts: NDArray[Any] = found + 1 + (data[found + 1] == ord(" "))
    return starts


def _member(value: Any, step: str | int) -> Any:
    """Return an element of an array, or the value of a key."""
    return value[step]


def _first(data: NDArray[Any], arrays: NDArray[Any], index: int) -> NDArray[Any] | None:
    """Return the indices at which the first element begins in each array; None for another index."""
    if index:
        return None
    starts: NDArray[Any] = arrays + 1 + (data[arrays + 1] == ord(" "))
    return None if (data[starts] == ord("]")).any() else starts


def _column(
    text: bytes, data: NDArray[Any], starts: NDArray[Any], layout: JsonLayout, values: list[Any]
) -> tuple[Column, NDArray[Any]] | None:
    """Return the column of the values that begin at `starts`, and their spans, (rows, 2); None if invalid."""
    if layout.arrays:
        closing = xp.flatnonzero(data == ord("]"))
        index = xp.searchsorted(closing, starts)
        if index[-1] == len(closing) or (data[starts] != ord("[")).any():
            return None
        ends = closing[index] + 1
    else:
        closing = xp.flatnonzero((data == ord(",")) | (data == ord("}")) | (data == ord("]")))
        ends = closing[xp.searchsorted(closing, starts)]
        ends = ends - (data[ends - 1] == ord(" "))
    spans = xp.column_stack([starts, ends])
    found = [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    if layout.arrays:
        arrays = cells.flat_arrays(found, values)
        return (arrays, spans) if arrays else None
    try:
        column = cells.column(found, layout)
    except BadCell:
        return None
    return None if column.invalid else (column, spans)  # where no number ends, no separator need be


def careful(chunk: Chunk, layout: JsonLayout, most: int | None = None, *, strict: bool = False) -> Batch:
    """Return the batch of a chunk, parsed row by row: the reference. `most` limits the computed rows.

    strict: a key that is in no column is an error, which the batch has.
    """
    found = _Rows(len(chunk.text), spans=[[] for _ in layout.selected])
    try:
        for row in rows(chunk.text, layout.form, chunk.line):
            if len(found.computed) == most:
                found.stop = row.begin
                break
            _add(found, row, chunk.text, layout)
            if strict and not found.error:
                _check_keys(found, row, chunk.text, layout)
            if found.error:
                break
    except BadRow as wrong:
        found.error, found.stop = no_json(layout.source, wrong), wrong.begin
    return _columned(chunk, layout, found)


def _add(found: _Rows, row: Row, text: bytes, layout: JsonLayout) -> None:
    """Add a row to `found`, or the error that it is not like the first one."""
    if _is_regular(text, row.start, layout):
        found.computed.append(len(found.rows))
        top = scan.spans(text, row.start)
        for spans, index in zip(found.spans, layout.selected, strict=True):
            path = layout.paths[index]
            span = top.get(path[0]) if path else (row.start, row.end)
            spans.append(_deep(text, span, path[1:]) or _NOWHERE)
    elif layout.ragged == "error":
        found.error, found.stop = _irregular(text, row.start, layout, row.line), row.begin
        return
    else:
        found.ragged += 1
    found.rows.append(row)


def _check_keys(found: _Rows, row: Row, text: bytes, layout: JsonLayout) -> None:
    """Remove the row just added, and set the error, if it has a key that is in no column."""
    names = frozenset(path[0] for path in layout.paths if len(path) == 1)
    other = next((m.key for m in scan.members(text, row.start) if m.key not in names), None)
    if other is not None:
        found.rows.pop()
        found.computed.pop()
        for spans in found.spans:
            spans.pop()
        found.stop = row.begin
        found.error = DataError(
            f"{layout.source}:{row.line}: has the key {other!r}, for which there is no column; "
            "-F jsonl keeps it, --ragged keep leaves it out of CSV and TSV"
        )


@dataclass
class _Rows:
    """The rows of a chunk up to index `stop`, which of them are computed, and the spans of their values."""

    stop: int
    spans: list[list[Span]]
    rows: list[Row] = field(default_factory=list)
    computed: list[int] = field(default_factory=list)
    ragged: int = 0
    error: DataError | None = None


def no_json(source: str, wrong: BadRow) -> DataError:
    """Return the DataError of a row that is not JSON, with its line and column."""
    column = f":{wrong.column}" if wrong.column else ""
    advice = "; jq -cR 'fromjson?' leaves such lines out" if wrong.is_line else ""
    return DataError(f"{source}:{wrong.line}{column}: is no JSON: {wrong}{advice}")


def _is_regular(text: bytes, start: int, layout: JsonLayout) -> bool:
    """Return whether a row is like the first: an object, an array of as many values, or a single value."""
    if layout.keyed:
        return text.startswith(b"{", start)
    if layout.paths == ((),):
        return text[start] not in b"[{"
    if not text.startswith(b"[", start):
        return False
    top = sum(len(path) == 1 for path in layout.paths)
    return sum(1 for _ in scan.members(text, start)) == top


def _irregular(text: bytes, start: int, layout: JsonLayout, line: int) -> DataError:
    kinds = {ord("{"): "an object", ord("["): "an array"}
    here = kinds.get(text[start], "a value alone")
    first = "an object" if layout.keyed else "an array"
    if layout.paths == ((),):
        first = "a value alone"
    if here == first == "an array":
        here = counted(sum(1 for _ in scan.members(text, start)), "value")
        first = str(layout.width)
        return DataError(
            f"{layout.source}:{line}: has {here}, the first row has {first}; "
            "--ragged keep passes such rows as they are"
        )
    return DataError(
        f"{layout.source}:{line}: is {here}, the first row is {first}; "
        "--ragged keep passes such rows as they are"
    )


def _columned(chunk: Chunk, layout: JsonLayout, found: _Rows) -> Batch:
    """Return the batch of the rows found, up to the first invalid value, whose error the batch has."""
    columns, left, wrong = [], len(found.computed), None
    for spans, index in zip(found.spans, layout.selected, strict=True):
        try:
            texts = [chunk.text[start:end] if start >= 0 else b"" for start, end in spans[:left]]
            columns.append(cells.column(texts, layout))
        except BadCell as bad:
            left, wrong = bad.row, (index, bad)  # other columns may have an earlier one
    if wrong:
        row = found.rows[found.computed[left]]
        shorter = careful(Chunk(chunk.text[: row.begin], chunk.line), layout)
        return replace(shorter, error=_bad_value(*wrong, row.line, layout))
    counts = Counts(len(found.computed), sum(column.invalid for column in columns), found.ragged)
    computed = None if len(found.computed) == len(found.rows) else found.computed
    rows_at = xp.array([(row.start, row.end) for row in found.rows], dtype=xp.int64).reshape(-1, 2)
    spans_of = [xp.array(spans, dtype=xp.int64).reshape(-1, 2) for spans in found.spans]
    written = Spliced(chunk.text[: found.stop], layout, rows_at, spans_of, computed)
    return Batch(layout, written, columns, counts, computed, error=found.error, line=chunk.line)


def _bad_value(index: int, bad: BadCell, line: int, layout: JsonLayout) -> DataError:
    where = f"{layout.source}:{line}: key {layout.names[index]!r}"
    if not layout.keyed:
        where = f"{layout.source}:{line}: value {layout.names[index]}"
    if bad.cell in layout.missing:
        return DataError(
            f"{where}: is {'null' if bad.cell else 'missing'}, and it is computed together with others; "
            f"{layout.advice_for_missing}"
        )
    shown = bad.cell.decode("utf-8", "replace")
    if len(shown) > _LONGEST_SHOWN:
        shown = shown[:_LONGEST_SHOWN] + "..."
    why = bad.why or "it is a string" * bad.cell.startswith(b'"') or "it is no number"
    what = "an array of numbers" if layout.arrays else "a number"
    return DataError(f"{where}: {shown} is not {what}: {why}; {GOES_ON}")
