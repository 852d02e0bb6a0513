"""All lanes give the same bytes; the careful one is the reference. How to run more: see test_csv.py."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.tables import EXAMPLES, Cell, Delivered, Row, Table, opened, run, tables

from actcli.io.batch import Chunk, Layout
from actcli.io.csv import cells, lanes
from actcli.io.csv.options import ReadOptions
from actcli.io.csv.reader import Reader
from actcli.numeric.numerals import THOUSANDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.io.batch import Batch
    from actcli.pipeline.transform import EncodedChunk, Transform

ORDERS = st.sampled_from([(0,), (1,), (0, 1)])


def settled(
    text: bytes, reading: ReadOptions, kind: str = "same", **how: Any
) -> tuple[Transform, Chunk] | None:
    """What is to be done with the rows of this text, and all of them in one chunk."""
    reader = Reader(Delivered([text]))
    source = opened(reader, reading, kind, **how)
    assert source is not None
    chunk = reader.next()
    return (source.transform, chunk) if chunk else None


def piece(transform: Transform, batch: Batch) -> EncodedChunk:
    return transform.piece(transform.schema, batch, transform.work.results(batch.values))


def compare(transform: Transform, chunk: Chunk, lane: Callable[[Chunk, Layout], Batch | None]) -> bool:
    """Whether the lane takes the chunk; if it does, the bytes must be those of the careful lane."""
    batch = lane(chunk, transform.schema.layout)
    if batch is None:
        return False
    careful = lanes.careful(chunk, transform.schema.layout)
    assert piece(transform, batch) == piece(transform, careful)
    assert careful.error is None
    return True


@pytest.mark.slow
@EXAMPLES
@given(table=tables(odd=False), orders=ORDERS, append=st.booleans())
def test_the_separators_lane_takes_files_as_most_are(
    table: Table, orders: tuple[int, ...], append: bool
) -> None:
    found = settled(table.text, table.reading, orders=orders, append=append)
    if found is None:
        return
    transform, chunk = found
    appends = bool(transform.schema.appended)
    last_differs = b"\r" in chunk.text and not chunk.text.endswith(b"\n")
    taken = compare(transform, chunk, lambda *to: lanes.separators(*to, appends=appends))
    assert taken or last_differs


@pytest.mark.slow
@EXAMPLES
@given(table=tables(), orders=ORDERS, append=st.booleans())
def test_the_separators_lane_does_no_harm(table: Table, orders: tuple[int, ...], append: bool) -> None:
    found = settled(table.text, table.reading, orders=orders, append=append)
    if found:
        appends = bool(found[0].schema.appended)
        compare(*found, lambda *to: lanes.separators(*to, appends=appends))


@pytest.mark.slow
@EXAMPLES
@given(table=tables(odd=False, all_numbers=True), kind=st.sampled_from(["same", "csv", "tsv"]))
def test_the_numbers_lane_takes_numbers(table: Table, kind: str) -> None:
    found = settled(table.text, table.reading, kind)
    if found is None:
        return
    transform, chunk = found
    assert transform.bare == (table.selected == list(range(table.width)))
    taken = compare(transform, chunk, lanes.numbers)
    overflows = b"e400" in chunk.text
    assert taken or overflows or not chunk.text.endswith(b"\n")


@pytest.mark.slow
@EXAMPLES
@given(table=tables(all_numbers=True), kind=st.sampled_from(["same", "csv", "tsv"]))
def test_the_numbers_lane_does_no_harm(table: Table, kind: str) -> None:
    found = settled(table.text, table.reading, kind)
    if found and found[0].bare:
        compare(*found, lanes.numbers)


def is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.slow
@EXAMPLES
@given(table=tables(), kind=st.sampled_from(["json", "tsv", "plain", "markdown", "jsonl"]))
def test_other_formats_do_not_know_the_lane(table: Table, kind: str) -> None:
    assume(is_text(table.text))  # JSON must be
    found = settled(table.text, table.reading, kind)
    if found and lanes.separators(found[1], found[0].schema.layout):
        assert compare(*found, lanes.separators)


NUMBERS = Layout("x.csv", b",", 2, (0, 1))
TRAPS = [
    *(b"1,null\n", b"true,1\n", b"1,false\n", b'1,"7"\n', b"[1,2]\n", b"1,[2]\n", b"{},1\n", b"1,NaN\n"),
    *(b"1, 2\n", b"1,\t2\n", b"1,2\r\n", b"1,-0\n", b"-0,1\n", b"+1,2\n", b".5,2\n", b"5.,2\n", b"01,2\n"),
    *(b"nan,2\n", b"inf,2\n", b"1_0,2\n", b"1e400,2\n", b"1" * 400 + b",2\n", b"1,Infinity\n", b"1,0x10\n"),
    *(
        b"1,2\n\n",
        b"\n1,2\n",
        b"1,2,3\n4\n",
        b"1\n2,3,4\n",
        b"1,2\n3\n",
        b"1,2",
        b",\n",
        b"1,2\n3,4]\n[5,6\n",
    ),
    *(b"1,2\n3,\xe9\n", b"1,2\x00\n", b"1,\xef\xbc\x91\n", b'"\n1","2"\n', b'"1","\r2"\n', b'"1"," 2"\n'),
]


@pytest.mark.parametrize("text", TRAPS)
def test_what_orjson_would_change_is_refused(text: bytes) -> None:
    assert lanes.numbers(Chunk(text, 1), NUMBERS) is None


@pytest.mark.parametrize(("decimal", "thousands"), [(b".", ""), (b".", ","), (b",", ""), (b",", ".")])
@pytest.mark.parametrize("text", TRAPS)
def test_traps_in_a_column_are_as_cell_by_cell(text: bytes, decimal: bytes, thousands: str) -> None:
    raw = text.rstrip(b"\n").split(b",")
    layout = replace(NUMBERS, invalid="nan", decimal=decimal, thousands=thousands)
    careful = cells.one_by_one(list(raw), layout)
    quick = cells.column(list(raw), layout)
    assert quick.values.tobytes() == careful.values.tobytes()
    assert list(quick.passthrough_rows) == list(careful.passthrough_rows)
    texts = [b"%d" % place for place in range(len(raw))]
    assert quick.format_cells(texts[:], wrapped=True) == careful.format_cells(texts[:], wrapped=True)


@EXAMPLES
@given(
    raw=st.lists(
        st.sampled_from(
            [
                *(b"1", b"-2.5", b'"3"', b'"-0"', b"", b"NA", b'""', b'"4"x', b"-999", b" 5", b"6 "),
                *(b"-2,5", b'"3,5"', b"-0", b"-0,0", b"1,2,3", b'"7\n8"', b"9,", b",5", b"1e-7"),
                *(b"1,644", b'"-2,000.5"', b"1.644", b'"1.234.567,5"', b"1 000", b"1 000,5", b"0,123"),
            ]
        ),
        max_size=5,
    ),
    missing=st.sampled_from(
        [
            *(
                frozenset(found)
                for found in ([b"", b"NA"], [b"-999"], [b"3", b""], [b"-2,5"], [b"-2.5", b"9,"])
            ),
            *(frozenset([found]) for found in (b"1,644", b"1.644", b"1 000")),
        ]
    ),
    vectors=st.booleans(),
    masked=st.booleans(),
    signs=st.sampled_from(
        [(d, t) for d in (b".", b",") for t in ("", *THOUSANDS.values()) if d.decode() != t]
    ),
)
def test_columns_at_once_are_as_cell_by_cell(
    raw: list[bytes], missing: frozenset[bytes], vectors: bool, masked: bool, signs: tuple[bytes, str]
) -> None:
    layout = replace(NUMBERS, invalid="keep", missing=missing, vectors=vectors)
    layout = replace(layout, absent=-math.inf, masked=masked and vectors)
    layout = replace(layout, decimal=signs[0], thousands=signs[1])
    careful = cells.one_by_one(list(raw), layout)
    quick = cells.column(list(raw), layout)
    assert quick.values.tobytes() == careful.values.tobytes()
    assert list(quick.passthrough_rows) == list(careful.passthrough_rows)
    assert quick.invalid == careful.invalid
    assert list(quick.absent_rows) == list(careful.absent_rows)
    texts = [b"%d" % place for place in range(len(raw))]
    assert quick.format_cells(texts[:], wrapped=True) == careful.format_cells(texts[:], wrapped=True)
    assert quick.format_cells(texts[:], wrapped=False) == careful.format_cells(texts[:], wrapped=False)


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        (b"1,a\n2,b\n", True),
        (b"1,a\r\n2,b\r\n", True),
        (b"1,a\n2,b", True),
        (b'1,"a,\nb"\n2,"c""d"\n', True),
        (b"1,a\r\n2,b\n", False),
        (b"1,a\n2,b\0\n", False),
        (b'1,a"b\n2,c"d\n', False),
        (b"1,a\n\n2,b\n", False),
        (b"1,a\n2\n", False),
        (b"1,a,b\n2\n", False),
        (b"1,a\nx,b\n", False),
    ],
)
def test_what_the_separators_lane_takes(text: bytes, takes: bool) -> None:
    batch = lanes.separators(Chunk(text, 1), replace(NUMBERS, selected=(0,)))
    assert (batch is not None) == takes


@pytest.mark.slow
@EXAMPLES
@given(table=tables(odd=False), digits=st.sampled_from([None, 3]))
def test_decimal_commas_are_points_in_another_spelling(table: Table, digits: int | None) -> None:
    assume(table.rows and table.delimiter != b",")
    points = replace(table, rows=[], header=None)
    for row in table.rows:
        cells = [Cell(c.raw if place in table.selected else b"x") for place, c in enumerate(row.cells)]
        points.rows.append(Row(cells, row.line_end))
    reading = table.reading._replace(header=False, ragged="error")
    expected = run(points.text, reading, digits=digits)
    commas = run(points.text.replace(b".", b","), reading._replace(decimal=b","), digits=digits)
    assert expected.error == commas.error == ""
    assert commas.text == expected.text.replace(b".", b",")


@pytest.mark.slow
@EXAMPLES
@given(
    numbers=st.lists(
        st.tuples(st.integers(-(10**12), 10**12), st.sampled_from(["", "5", "25"]), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    signs=st.sampled_from([(d, t) for d in ".," for s in THOUSANDS.values() for t in s if t != d]),
    delimiter=st.sampled_from([",", ";", "\t"]),
    careful=st.booleans(),
)
def test_thousands_are_numbers_in_another_spelling(
    numbers: list[tuple[int, str, bool]],
    signs: tuple[str, str],
    delimiter: str,
    careful: bool,
) -> None:
    """Digits in groups of three give the same numbers, and the other cells are as they were."""
    decimal, thousands = signs
    spelled, values = [], []
    for whole, places, plain in numbers:
        number = f"{whole:,}".translate({ord(","): "" if plain else thousands})
        number += decimal * bool(places) + places
        spelled.append(f'"{number}"' if delimiter in number else number)
        values.append(float(f"{whole}.{places}"))
    text = "".join(f'{cell}{delimiter}"1{thousands}644"\n' for cell in spelled).encode()
    layout = replace(NUMBERS, delimiter=delimiter.encode(), selected=(0,), decimal=decimal.encode())
    lane = lanes.careful if careful else lanes.separators
    batch = lane(Chunk(text, 1), replace(layout, thousands=thousands))
    assert batch is not None
    assert batch.error is None
    assert batch.values[:, 0].tolist() == values
    assert batch.cells is not None
    assert batch.cells.written({}, []) == text


def test_only_delimited_text_may_be_bare() -> None:
    def bare(text: bytes, kind: str = "same", **how: Any) -> bool:
        found = settled(text, ReadOptions(), kind, **how)
        assert found is not None
        return found[0].bare

    assert bare(b"1,2\n")
    assert bare(b"1,2\n", "csv")
    assert bare(b"1;2\n")
    assert bare(b"1;2\n", "csv")
    assert not bare(b"1,2\n", "json")
    assert not bare(b"x,2\n", "same", append=True)
    assert not bare(b"a,b\n1,x\n")


def test_a_transform_is_the_same_in_any_process() -> None:
    found = settled(b"a,b\n1,x\n-2,y\n", ReadOptions())
    assert found is not None
    transform, chunk = found
    assert pickle.loads(pickle.dumps(transform))(chunk) == transform(chunk)  # noqa: S301  our own
