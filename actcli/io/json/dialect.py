"""Detection of the layout of JSON rows from the first ones, independent of the sizes of reads."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final

from actcli.errors import DataError, UsageError
from actcli.io.batch import Layout, resolve_columns, select_columns
from actcli.io.csv.dialect import HEAD_BYTES, HEAD_ROWS
from actcli.io.json import scan
from actcli.io.json.reader import ELEMENTS, LINES, VALUES, BadRow, DocumentReader, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from actcli.io.csv.options import ReadOptions
    from actcli.io.csv.reader import Reader

    Path = tuple[str | int, ...]

_BEGINNING: Final = re.compile(rb'\{[ \t\r]*("|\}|\n|\Z)|\[')
_NESTED: Final = re.compile(rb"\[\s*[]\[{]")
_GOES_ON: Final = (b"[", b"{", b",", b":")
_LONG: Final = 100
_STEP: Final = re.compile(r"[0-9]+", re.ASCII)
MISSING: Final = frozenset((b"", b"null"))


@dataclass(frozen=True)
class JsonLayout(Layout):
    """How an input's JSON is parsed.

    `paths` has the path to each column's value: the keys of the first object or the indices in the first
    array, then the paths of columns that the user selects deeper inside. `keyed` rows are objects.
    `form` says how rows are separated: LINES, ELEMENTS or VALUES. `keys` are all keys
    of the first rows, which results must not have.
    """

    language: ClassVar[str] = "json"
    paths: tuple[Path, ...] = ()
    keyed: bool = False
    form: str = LINES
    keys: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns: keys, paths joined by dots, or numbers counted from 1."""
        if self.keyed:
            return tuple(".".join(map(str, path)) for path in self.paths)
        return tuple(".".join(str(_counted(step)) for step in path) or "1" for path in self.paths)

    @property
    def occupied(self) -> tuple[str, ...]:
        """Names that no appended column may have: those of the columns, and other keys of the first rows."""
        return tuple(dict.fromkeys((*self.names, *self.keys)))

    def unquoted(self, cell: bytes) -> bytes:
        """Return a value as text for other formats: a string's content, nothing for null, else its JSON."""
        if cell.startswith(b'"'):
            text = scan.name(cell)
            try:
                return text.encode("utf-8", "surrogateescape")
            except UnicodeEncodeError:  # unpaired surrogates
                return text.encode("utf-8", "replace")
        return b"" if cell == b"null" else cell

    def bare(self, cell: bytes) -> bytes:
        """Return a value as text for other formats, as `unquoted` does: there are no blanks to strip."""
        return self.unquoted(cell)


def _counted(step: str | int) -> str | int:
    return step + 1 if isinstance(step, int) else step


def sniff(reader: Reader, reading: ReadOptions) -> JsonLayout | None:
    """Read the first rows and return the layout they imply; None for an empty input.

    Raises UsageError for a selected key that is in none of the first rows, and for vectors of both numbers
    and arrays; DataError if nothing is numeric.
    """
    while True:
        rows, enough = _head(reader)
        layout = _layout(reader, reading, rows) if rows else None
        if reader.ended or enough or (layout and _is_settled(layout, reading, rows)):
            break
        reader.fill()
    if layout is None:
        return None if not reader.buffer.strip() else _layout(reader, reading, [b"{}"])
    values = list(map(_values, rows))
    selected = _selection(layout, reading, values)
    kinds = {_kind(values, layout.paths[index], named=bool(reading.columns)) for index in selected}
    if reading.vectors and {"number", "array"} <= kinds:
        raise UsageError(f"{layout.source}: numbers and arrays are no vector together; choose with -c")
    by = tuple(resolve_columns(reading.by, layout.names, layout.source))
    keys = tuple(dict.fromkeys(key for row in values for key in row if isinstance(key, str)))
    arrays = "array" in kinds or reading.arrays
    return replace(layout, selected=tuple(selected), arrays=arrays, by=by, keys=keys)


def _form(reader: Reader) -> str:
    return reader.form if isinstance(reader, DocumentReader) else LINES


def _head(reader: Reader) -> tuple[list[bytes], bool]:
    """Return the first complete rows of the buffer, up to invalid JSON, and whether these are enough."""
    text = reader.buffer[: reader.complete_bytes()]
    found: list[bytes] = []
    try:
        found.extend(text[row.start : row.end] for row in islice(rows(text, _form(reader), 1), HEAD_ROWS))
    except BadRow:
        return found, True
    return found, len(found) == HEAD_ROWS or len(text) > HEAD_BYTES


def _layout(reader: Reader, reading: ReadOptions, rows: Sequence[bytes]) -> JsonLayout:
    """Return the layout of an input that begins with `rows`, without the selection of columns."""
    keyed = rows[0].startswith(b"{")
    top = list(reading.paths) or _columns(rows[0])
    layout = JsonLayout(
        source=reader.stream.name,
        delimiter=b"",
        width=len(top),
        selected=(),
        header=tuple(piece for path in top for piece in (str(path[0]).encode(), b",")) if keyed else (),
        lead=reader.stream.bom + (reader.lead if isinstance(reader, DocumentReader) else b""),
        form=_form(reader),
        missing=MISSING,
        invalid=reading.invalid,
        ragged=reading.ragged,
        vectors=reading.vectors,
        absent=reading.absent,
        masked=reading.masked,
        sorted_groups=reading.sorted_groups,
        paths=tuple(top),
        keyed=keyed,
    )
    paths = reading.paths or (*top, *_further(layout, reading, rows))
    return replace(layout, paths=paths, width=len(paths))


def _is_settled(layout: JsonLayout, reading: ReadOptions, rows: Sequence[bytes]) -> bool:
    """Return whether no further row can change the result: all columns that may be computed have a kind."""
    try:
        places = (
            resolve_columns(reading.columns, layout.names, "") if reading.columns else range(layout.width)
        )
    except UsageError:  # a later row may have the key
        return False
    values, named = list(map(_values, rows)), bool(reading.columns)
    open_ = ("missing", "other") if named else ("missing",)
    return all(_kind(values, layout.paths[index], named=named) not in open_ for index in places)


def _is_json(row: bytes) -> bool:
    start = scan.blanks_end(row, 0)
    try:
        return scan.blanks_end(row, scan.value_end(row, start)) == len(row)
    except scan.NotJson:
        return False


def _breaks_off(line: bytes) -> bool:
    """Return whether a line is JSON up to its end, or for more than _LONG bytes."""
    try:
        scan.value_end(line, 0)
    except scan.NotJson as wrong:
        return wrong.place == len(line) or wrong.place > _LONG
    return False


def _columns(first: bytes) -> list[Path]:
    """Return the distinct paths of the columns of the first row."""
    if not first.startswith((b"{", b"[")):
        return [()]
    return [(step,) for step in scan.spans(first, 0)]


def _values(row: bytes) -> dict[str | int | None, bytes]:
    """Return the values of a row by key or index; that of a value alone by None."""
    if not row.startswith((b"{", b"[")):
        return {None: row}
    return {step: row[start:end] for step, (start, end) in scan.spans(row, 0).items()}


def _kind(rows: Iterable[Mapping[str | int | None, bytes]], path: Path, *, named: bool) -> str:
    """Return the kind of the first value at `path` that is not null: number, array (of numbers) or other.

    rows: their values as `_values` gives them. named: the column is asked for, so that an "other" value
    before numbers or arrays is an invalid one among them. Return "missing" if there is no value.
    """
    found = "missing"
    for row in rows:
        value = row.get(path[0] if path else None, b"null")
        if path[1:]:
            span = scan.find(value, 0, path[1:])
            value = value[slice(*span)] if span else b"null"
        if value == b"null":
            continue
        if scan.NUMBER.fullmatch(value):
            return "number"
        if value.startswith(b"[") and not any(mark in value for mark in (b'"', b"{", b"true", b"false")):
            return "array"
        found = "other"
        if not named:
            break
    return found


def _further(layout: JsonLayout, reading: ReadOptions, rows: Sequence[bytes]) -> list[Path]:
    """Return the paths of -c to values inside of columns, or to keys that the first row does not have."""
    found: dict[Path, None] = {}
    for spec in (*reading.columns, *reading.by):
        verbatim = spec.startswith("name=")
        for item in [spec.removeprefix("name=")] if verbatim else spec.split(","):
            ways = [(item,)] if verbatim else [(item,), _steps(item, layout)]
            if item not in layout.names:
                found |= dict.fromkeys(path for path in ways if any(scan.find(row, 0, path) for row in rows))
    return list(found)


def _steps(item: str, layout: JsonLayout) -> Path:
    """Return the path of an item of -c, whose steps are separated by dots; inner indices count from 0."""
    first, *rest = item.split(".")
    steps = [int(step) if _STEP.fullmatch(step) else step for step in rest]
    if layout.keyed:
        return (first, *steps)
    return (int(first) - 1 if _STEP.fullmatch(first) else first, *steps) if rest else (item,)


def _selection(
    layout: JsonLayout, reading: ReadOptions, rows: Sequence[Mapping[str | int | None, bytes]]
) -> Sequence[int]:
    """Return the indices of the columns to compute. Raises UsageError, or DataError if none is numeric.

    rows: the values of the first rows, as `_values` gives them.
    """
    if reading.places:
        return reading.places
    names, source = layout.names, layout.source
    if reading.columns:
        return select_columns(reading.columns, reading.exclude, names, source)
    excluded = resolve_columns(reading.exclude, names, source)
    candidates = [index for index in range(len(names)) if index not in excluded]
    kinds = {index: _kind(rows, layout.paths[index], named=False) for index in candidates}
    fine = {"number", "array", *["missing"] * (reading.vectors and not layout.keyed)}  # a null of a vector
    numeric = [index for index in candidates if kinds[index] in fine]
    if not numeric:
        raise DataError(f"{source}: has no value that is a number or an array of numbers; -c names one")
    if reading.vectors and numeric != candidates:
        other = names[next(index for index in candidates if index not in numeric)]
        arrays = [names[index] for index in numeric if kinds[index] == "array"]
        example = f": -c {arrays[0]}" if arrays else ""
        raise UsageError(f"{source}: {other!r} is not numeric; name the keys to work across with -c{example}")
    return numeric


def understood(reader: Reader, asked: str) -> Reader | None:
    """Return a reader of the rows if the text is JSON, else None.

    asked: the result of `Reader.json_as`. Read more if one line does not distinguish an array of rows from a
    row that is an array.
    """
    form = LINES
    if asked != "jsonl":
        begins = reader.begins()
        if asked == "found" and not _BEGINNING.match(begins):
            return None
        form = _form_of_arrays(reader, asked) if begins.startswith(b"[") else _form_of_others(reader, asked)
    if form in (ELEMENTS, VALUES):
        return DocumentReader.of(reader, form)
    reader.delimiter = b""
    return reader if form else None


def _form_of_others(reader: Reader, asked: str) -> str:
    """Return the form of other JSON: VALUES as asked, or if the first line breaks off within an object."""
    line, _ = _first_line(reader)
    goes_on = line.startswith(b"{") and not _is_json(line) and line.endswith(_GOES_ON)
    return VALUES if goes_on or asked == "json" else LINES


def _form_of_arrays(reader: Reader, asked: str) -> str:
    """Return the form of JSON that begins with an array: ELEMENTS if that holds the rows, LINES if it is one.

    An array of numbers is a row, unless it is the whole input and the file is named .json. Return an empty
    string if the text is not JSON.
    """
    line, rest = _first_line(reader)
    nested = _NESTED.match(line)
    if asked == "json":
        return ELEMENTS
    if not _is_json(line):
        return ELEMENTS if asked == "named" or nested or _breaks_off(line) else ""
    if not nested and asked == "found":
        return LINES
    while not rest.strip() and not reader.ended:
        reader.read_some()
        _, rest = _first_line(reader)
    return LINES if rest.strip() else ELEMENTS


def _first_line(reader: Reader) -> tuple[bytes, bytes]:
    """Return the first line that is not blank, or the beginning of a long one, and the buffer after it."""
    while True:
        text = reader.buffer[scan.blanks_end(reader.buffer, 0) :]
        line, end, rest = text.partition(b"\n")
        if end or reader.ended or len(text) > HEAD_BYTES:
            return line.rstrip(), rest
        reader.read_some()


def continued(reading: ReadOptions, layout: JsonLayout) -> ReadOptions:
    """Return options for the next file, so that the columns of this one are computed in it."""
    return reading._replace(paths=layout.paths, arrays=layout.arrays)


def check_joinable(layout: JsonLayout) -> None:
    """Raise UsageError for a JSON document: several documents, one after the other, are not valid JSON."""
    if layout.form == ELEMENTS:
        raise UsageError(
            f"{layout.source}: several JSON documents become one with -F json or -F jsonl; -o DIR/ keeps each"
        )
