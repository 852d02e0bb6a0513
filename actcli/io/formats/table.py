"""A table for people: six significant digits, decimal points aligned, cells never truncated.

Unlike other text formats it depends on the *display*: boxed if the terminal is wide enough (and in pipes and
files), else without a box, else with one value on each line. A display with `rows` shows that many rows, half
of them from the end; a `streamed` one takes column widths from the first batch and continues without end.
"""

from __future__ import annotations

import re
import textwrap
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from actcli.errors import counted
from actcli.numeric.numerals import Digits, NotANumeral, parse_cell, shortest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from actcli.display import Display
    from actcli.io.batch import Batch, ResultSchema
    from actcli.numeric import Array

    Row = list[str]
    Part = tuple[ResultSchema, Batch, Array]

DIGITS: Final = 6
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_EXPONENT: Final = re.compile(r"e([+-])0*([0-9]+)")
_NUMBER: Final = re.compile(r"-?[0-9][0-9.e+-]*")
"""A number in the JSON of an array."""
_GAP: Final = "  "
_MANY: Final = 20_000
"""Number of rows above which the first rows are shown before the last ones are read."""


class Output(Protocol):
    """A destination of bytes."""

    def write(self, data: bytes, /) -> object:
        """Write `data`."""


def write(schema: ResultSchema, parts: Iterable[Part], out: Output, display: Display) -> None:
    """Draw all parts of a result as one table on `out`."""
    titles = [printable(column.title or column.name) for column in schema.columns]
    if display.streamed:
        _stream(titles, map(_section, parts), out, display)
        return
    for line in _drawn(titles, _Ends(parts, display.rows), display):
        out.write(_encoded(line + "\n", display))


def _stream(titles: Row, sections: Iterator[list[Row]], out: Output, display: Display) -> None:
    """Draw sections as they arrive, with the widths of titles and first section; longer cells shift a row."""
    columns: list[_Aligned] = []
    for section in sections:
        text = ""
        if not columns:
            columns = _aligned(titles, section)
            text = display.heading(_plain_line([c.title() for c in columns])) + "\n"
        text += "".join(
            _plain_line([c.cell(t) for c, t in zip(columns, row, strict=False)]) + "\n" for row in section
        )
        out.write(_encoded(text, display))


def _section(part: Part) -> list[Row]:
    """Return all rows of a part as texts."""
    return list(_rows(part[0], part[0].records(part[1], part[2])))


def _rows(schema: ResultSchema, records: Iterable[Sequence[bytes | str]]) -> Iterator[Row]:
    digits = schema.digits or DIGITS
    for record in records:
        yield [
            cell
            if isinstance(cell, Digits)
            else _NUMBER.sub(lambda found: readable(float(found.group()), digits), cell)
            if isinstance(cell, str) and cell.startswith("[")
            else readable(_number(cell), digits)
            if isinstance(cell, str)
            else printable(schema.layout.decoded(cell))
            for cell in record
        ]


def _number(cell: str) -> float:
    """Return a computed number; nan for null, a single value among arrays that is not computed."""
    return float("nan") if cell == "null" else float(cell)


def readable(value: float, digits: int = DIGITS) -> str:
    """Return a number in `digits` significant digits: shorter if that is exact, else with trailing zeros."""
    exact = shortest(value)
    mantissa = exact.partition("e")[0].lstrip("-").replace(".", "").lstrip("0")
    if len(mantissa.rstrip("0")) <= digits or not mantissa[0].isdigit():
        return exact
    rounded = f"{value:#.{digits}g}".removesuffix(".")
    return _EXPONENT.sub(r"e\1\2", rounded)


class _Ends:
    """The first and last rows of all parts; the rows between are counted, but not formatted or kept.

    `limit` is the number of rows shown, half of them from the end, or 0 for all.
    """

    def __init__(self, parts: Iterable[Part], limit: int) -> None:
        self._parts = iter(parts)
        self._most_first = (limit + 1) // 2
        self._most_last = limit - self._most_first
        self._last: deque[tuple[Part, int]] = deque()  # parts that may be shown, and rows to skip
        self._rest = self._count = 0
        self.head = self._first() if limit else [row for part in self._parts for row in _section(part)]

    def _first(self) -> list[Row]:
        head: list[Row] = []
        for part in self._parts:
            rows = list(
                islice(_rows(part[0], part[0].records(part[1], part[2])), self._most_first - len(head))
            )
            head += rows
            self._keep(part, len(rows))
            if len(head) == self._most_first:
                break
        return head

    def _keep(self, part: Part, skipped: int = 0) -> None:
        """Count a part's rows, and drop earlier parts that cannot have any of the last rows."""
        rows = part[1].counts.records - skipped
        self._last.append((part, skipped))
        self._count += rows
        self._rest += rows
        while len(self._last) > 1:
            (_, batch, _), first_skipped = self._last[0]
            oldest = batch.counts.records - first_skipped
            if self._rest - oldest < self._most_last:
                return
            self._last.popleft()
            self._rest -= oldest

    def many(self) -> bool:
        """Return whether there are more than _MANY rows, reading no further than that."""
        for part in self._parts:
            self._keep(part)
            if self._count > _MANY:
                return True
        return False

    def tail(self) -> tuple[list[Row], int]:
        """Read all parts that are left; return the last rows, and the number of rows left out before them."""
        for part in self._parts:
            self._keep(part)
        last: deque[tuple[ResultSchema, Sequence[bytes | str]]] = deque(maxlen=self._most_last)
        for (schema, batch, results), skipped in self._last:
            last.extend((schema, record) for record in islice(schema.records(batch, results), skipped, None))
        rows = [row for schema, record in last for row in _rows(schema, [record])]
        return rows, self._count - len(rows)


def _drawn(titles: Row, ends: _Ends, display: Display) -> Iterator[str]:
    """Yield the lines of the table, with the widths of all rows shown, or of the first ones if many."""
    head = ends.head
    at_once = bool(display.rows) and ends.many()
    tail, left_out = ([], 0) if at_once or not display.rows else ends.tail()
    columns = _aligned(titles, head + tail)
    for style in (_Boxed, _Plain):
        drawing = style([column.width for column in columns], display)
        if display.width is None or drawing.width <= display.width:
            yield from drawing.top([display.heading(column.title()) for column in columns])
            yield from (drawing.line([c.cell(t) for c, t in zip(columns, row, strict=False)]) for row in head)
            if at_once:
                tail, left_out = ends.tail()
            if left_out:
                yield f"... {counted(left_out, 'more row')}"
            yield from (drawing.line([c.cell(t) for c, t in zip(columns, row, strict=False)]) for row in tail)
            yield from drawing.bottom()
            return
    yield from _one_value_a_line(titles, head, display)
    if at_once:
        tail, left_out = ends.tail()
    if left_out:
        yield f"... {counted(left_out, 'more row')}"
    yield from _one_value_a_line(titles, tail, display)
    advice = "-p 3 or fewer columns take less"
    hint = f"... {len(titles)} columns take more than {display.width} characters; {advice}"
    yield from textwrap.wrap(hint, display.width or len(hint))


def _one_value_a_line(titles: Row, rows: list[Row], display: Display) -> Iterator[str]:
    width = max(map(_width, titles), default=0)
    for row in rows:
        for title, cell in zip(titles, row, strict=False):
            yield display.heading(_padded(title, width)) + _GAP + cell
        if len(titles) > 1:
            yield ""


class _Aligned:
    """Formatter of one column: numbers aligned at their decimal points, text left-aligned."""

    def __init__(self, title: str, cells: Sequence[str]) -> None:
        self._title = title
        filled = [cell for cell in cells if cell]
        self._numeric = all(map(_is_numeric, filled))
        splits = [_split(cell) for cell in filled] if self._numeric else []
        self._before = max((len(before) for before, _ in splits), default=0)
        self._after = max((len(after) for _, after in splits), default=0)
        body = self._before + self._after if self._numeric else max(map(_width, cells), default=0)
        self.width = max(_width(title), body)

    def title(self) -> str:
        """Return the title, padded to the width of the column."""
        return _padded(self._title, self.width, right=self._numeric)

    def cell(self, text: str) -> str:
        """Return a cell, padded to the width of the column; a longer one is wider."""
        if not self._numeric or not _is_numeric(text):
            return _padded(text, self.width, right=self._numeric)
        before, after = _split(text)
        return (before.rjust(self._before) + after.ljust(self._after)).rjust(self.width)


def _aligned(titles: Row, rows: Sequence[Row]) -> list[_Aligned]:
    return [
        _Aligned(title, [row[index] for row in rows if index < len(row)])
        for index, title in enumerate(titles)
    ]


def _is_numeric(text: str) -> bool:
    try:
        parse_cell(text)
    except NotANumeral:
        return False
    return True


def _split(number: str) -> tuple[str, str]:
    """Split a number before its decimal point, or else its exponent, or at its end."""
    places = [index for index in (number.find("."), number.find("e")) if index >= 0]
    index = min(places, default=len(number))
    return number[:index], number[index:]


class _Plain:
    """Table style without a box: two spaces between columns."""

    def __init__(self, widths: list[int], _: Display) -> None:
        self.width = sum(widths) + len(_GAP) * (len(widths) - 1)

    def top(self, titles: Row) -> Iterator[str]:
        yield _plain_line(titles)

    def line(self, cells: Row) -> str:
        return _plain_line(cells)

    def bottom(self) -> Iterator[str]:
        yield from ()


class _Boxed:
    """Table style with lines around and between the columns."""

    def __init__(self, widths: list[int], display: Display) -> None:
        from rich import box

        self._box = box.ROUNDED if display.unicode else box.ASCII
        self._spans = [width + 2 for width in widths]
        self.width = sum(self._spans) + len(widths) + 1

    def top(self, titles: Row) -> Iterator[str]:
        yield self._box.get_top(self._spans)
        yield self._between(titles, self._box.head_left, self._box.head_vertical, self._box.head_right)
        yield self._box.get_row(self._spans, "head")

    def line(self, cells: Row) -> str:
        return self._between(cells, self._box.mid_left, self._box.mid_vertical, self._box.mid_right)

    def _between(self, cells: Row, left: str, middle: str, right: str) -> str:
        return left + middle.join(f" {cell} " for cell in cells) + right

    def bottom(self) -> Iterator[str]:
        yield self._box.get_bottom(self._spans)


def _plain_line(cells: Iterable[str]) -> str:
    return _GAP.join(cells).rstrip()


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _padded(text: str, width: int, *, right: bool = False) -> str:
    blanks = " " * max(0, width - _width(text))
    return blanks + text if right else text + blanks


def printable(text: str) -> str:
    """Return text with spaces for control characters, by which a file could control the terminal."""
    return _CONTROL.sub(" ", text)


def _encoded(text: str, display: Display) -> bytes:
    """Return text as bytes with `?` for what the encoding lacks: one character for one keeps the columns."""
    return text.encode(display.encoding, "replace")
