"""CSV as a filter that harms nothing: only the chosen cells differ, however the bytes arrive.

    ACT_EXAMPLES=10000 pytest tests/io/test_{csv,lanes,streams}.py tests/numeric/test_numerals.py
    ACT_EXAMPLES=40000 pytest tests/pipeline/test_processes.py -k many_give

runs ten thousand examples of each property; the last one, which starts processes, takes a quarter of them.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tables import EXAMPLES, Cell, Delivered, Row, Table, cut, run, tables

from actcli.activations import ACTIVATIONS
from actcli.cli.display import terminal
from actcli.errors import UsageError
from actcli.io.csv import reader as chunks
from actcli.io.csv import reader as rows
from actcli.io.csv.dialect import sniff
from actcli.io.csv.options import ReadOptions
from actcli.io.csv.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from conftest import Act

PLACES = st.lists(st.integers(0, 500), max_size=8)


@pytest.mark.slow
@EXAMPLES
@given(table=tables())
def test_only_the_chosen_cells_differ(table: Table) -> None:
    found = run(table.text, table.reading)
    assert found.error == ""
    assert found.text == table.expected()


@pytest.mark.slow
@EXAMPLES
@given(table=tables(), places=PLACES, bad=st.integers(0, 8), kind=st.sampled_from(["same", "json", "jsonl"]))
def test_the_sizes_of_the_reads_do_not_matter(
    table: Table, places: Sequence[int], bad: int, kind: str
) -> None:
    if bad < len(table.rows):
        table.rows[bad].cells[0].raw = b"zwei"
    assert run(cut(table.text, places), table.reading, kind) == run(table.text, table.reading, kind)


def test_of_two_errors_the_first_is_told(act: Act) -> None:
    text = b"x,y\n-1,a\n-1,\xe9\nzwei,b\n"
    outcome = act("relu", "-F", "json", stdin=text)
    assert outcome.out == '[\n{"x":0,"y":"a"}\n'
    assert "is no UTF-8, as JSON must be" in outcome.err
    outcome = act("relu", "-F", "json", stdin=text.replace(b"-1,a\n", b""))
    assert outcome.out == "[\n", "no record has begun a line"
    outcome = act("relu", "-F", "json", stdin=b'x,y\n-1,a\n2,"b\n')
    assert outcome.out == '[\n{"x":0,"y":"a"}\n'
    outcome = act("relu", "-F", "jsonl", stdin=text.replace(b"-1,\xe9", b"drei,c"))
    assert outcome.out == '{"x":0,"y":"a"}\n'
    assert "'drei' is not a number" in outcome.err


def ended(row: Row) -> bytes:
    """The line end of a row that is no longer the last."""
    return row.line_end if row.line_end.endswith(b"\n") else b"\n"


@pytest.mark.slow
@EXAMPLES
@given(table=tables(), places=PLACES, at=st.integers(0, 6), wrong=st.sampled_from(["cell", "row", "quote"]))
def test_an_error_names_its_line_and_the_rows_before_it_come_out(
    table: Table, places: Sequence[int], at: int, wrong: str
) -> None:
    kept, behind = table.rows[:at], table.rows[at:]
    if not table.header and not kept:
        return  # the first row tells what the table is like
    if kept:
        kept[-1].line_end = ended(kept[-1])
    row = [Cell(b"1") for _ in range(table.width)]
    if wrong == "cell":
        row[table.selected[-1]] = Cell(b"zwei")
    elif wrong == "row":
        row += [Cell(b"1"), Cell(b"1")]
        table = replace(table, ragged=False)
        kept = [other for other in kept if not other.passing]
    else:
        row[-1] = Cell(b'"never closed')
    before = replace(table, rows=kept)
    if before.header:
        before.header.line_end = ended(before.header)
    bad = replace(before, rows=[*kept, Row(row, b"\n"), *(behind if wrong == "cell" else [])])
    found = run(cut(bad.text, places), bad.reading._replace(ragged=table.reading.ragged))
    line = before.text.count(b"\n") + 1
    assert found.text == before.expected()
    assert found.error.startswith(f"standard input:{line}:")


@pytest.mark.slow
@EXAMPLES
@given(table=tables(), text=st.binary(max_size=40), end=st.integers(0, 500))
def test_chunks_are_cut_where_rows_end(table: Table, text: bytes, end: int) -> None:
    text = (table.text + text)[:end]
    length, opened = chunks.complete_rows(text, table.delimiter)
    assert (length, opened) == chunks._by_walking(text, table.delimiter)  # noqa: SLF001  the reference
    whole = text if opened < 0 else text[: text.rfind(b"\n", 0, opened) + 1]
    found = [b"".join(pieces) for _, pieces in rows.split(text[:length], table.delimiter)]
    assert b"".join(found) == text[:length]
    assert all(row.endswith(b"\n") for row in found)
    if opened < 0:
        ends = [b"".join(pieces) for _, pieces in rows.split(whole, table.delimiter)]
        assert len(found) == sum(row.endswith(b"\n") for row in ends)


@pytest.mark.slow
@EXAMPLES
@given(table=tables(), most=st.integers(1, 60), places=PLACES)
def test_chunks_of_a_limited_size_are_whole_rows(table: Table, most: int, places: list[int]) -> None:
    reader = Reader(Delivered(cut(table.text, places)), table.delimiter)
    reader.limit(most)
    found = [chunk.text for chunk in iter(reader.next, None)]
    assert reader.stream.bom + b"".join(found) == table.text
    for text in found:
        _, pieces = next(rows.split(text, table.delimiter))
        assert len(text) <= max(most, 2 * len(b"".join(pieces)))
        assert not chunks.ends_in_quotes(text, table.delimiter)


BLANKS = st.sampled_from([b"", b" ", b"\t", b"  \t "])


@pytest.mark.slow
@EXAMPLES
@given(
    cells=st.lists(st.tuples(BLANKS, st.floats(), BLANKS, st.floats()), min_size=1, max_size=5),
    behind=BLANKS,
)
def test_runs_of_blanks_are_kept(cells: list[tuple[bytes, float, bytes, float]], behind: bytes) -> None:
    before = [(first + b"%r " % x + second, Cell(b"%r" % y, repr(y))) for first, x, second, y in cells]
    text = b"".join(b"".join((front, cell.raw, behind, b"\n")) for front, cell in before)
    found = run(text, ReadOptions(columns=("2",), delimiter="", header=False))
    assert found.error == ""
    assert found.text == b"".join(b"".join((front, cell.computed(), behind, b"\n")) for front, cell in before)


def test_half_of_a_doubled_quote_ends_no_cell() -> None:
    found = run(b'1,"a""b\n2,c\n', ReadOptions(columns=("1",)))
    assert found.error.startswith("standard input:1: a quote is opened here")


def test_an_unclosed_quote_ends_where_rows_are_too_long() -> None:
    endless = [b'1,2\n3,"', *[b"x" * chunks.LONGEST_ROW] * 3]
    found = run(endless, ReadOptions(columns=("1",)))
    assert found.error.startswith("standard input:2: the quote that is opened here is not closed after")
    endless = [b"1,2\n3,", *[b"x" * chunks.LONGEST_ROW] * 3]
    assert run(endless, ReadOptions(columns=("1",))).error.startswith(
        "standard input:2: the row goes on after"
    )


@pytest.mark.parametrize("text", [b"x,y\n0,1\n0,-4\r", b"x,y\n,1\n,-4\r", b"-4\r\n-4\r", b'"-4"\r', b"-4 \r"])
def test_a_return_at_the_very_end_ends_the_line(text: bytes) -> None:
    for parts in ([text], [text[:-1], b"\r"], cut(text, range(len(text)))):
        found = run(parts, ReadOptions(), activation=ACTIVATIONS["relu"])
        assert (found.error, found.text) == ("", text.replace(b"-4", b"0"))
    assert run(b"x,y\n1,NA\n1,b\r", ReadOptions(columns=("x",)), "jsonl").text.endswith(b'"y":"b"}\n')


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("json", b'[\n{"x":null,"y":null},\n{"x":1,"y":2}\n]\n'),
        ("jsonl", b'{"x":null,"y":null}\n{"x":1,"y":2}\n'),
        ("tsv", b"x\ty\n\t\t\n1\t2\n"),
        ("markdown", b"| x | y |\n| --: | --: |\n|  |  |  |\n| 1 | 2 |\n"),
    ],
)
@pytest.mark.parametrize("parts", [[b"x,y\n,,\n", b"1,2\n"], [b"x,y\n,,\n1,2\n"]])
def test_a_row_of_empty_cells_is_a_row(kind: str, text: bytes, parts: Sequence[bytes]) -> None:
    found = run(parts, ReadOptions(columns=("1", "2"), ragged="keep"), kind, activation=ACTIVATIONS["relu"])
    assert (found.error, found.text) == ("", text)
    assert found.counts is not None
    assert (found.counts.records, found.counts.ragged) == (2, 1)


def test_a_one_column_file_counts_its_rows() -> None:
    found = run(b"1\n2\n\n", ReadOptions())
    assert found.counts is not None
    assert (found.counts.rows, found.counts.ragged, found.counts.records) == (3, 0, 3)


@pytest.mark.parametrize(
    ("words", "stdin", "out"),
    [
        (["-c", "b"], "a,b\n-1,-1\n", "a,b\n-1,0\n"),
        (["-c", "2"], "a,b\n-1,-1\n", "a,b\n-1,0\n"),
        (["-c", "-1"], "a,b\n-1,-1\n", "a,b\n-1,0\n"),
        (["-c", "2", "--header"], "2,b\n-1,-1\n", "2,b\n0,-1\n"),
        (["-c", "2-3"], "a,b,c\n-1,-1,-1\n", "a,b,c\n-1,0,0\n"),
        (["-c", "a:b"], "a,b,c\n-1,-1,-1\n", "a,b,c\n0,0,-1\n"),
        (["-c", "b:"], "a,b,c\n-1,-1,-1\n", "a,b,c\n-1,0,0\n"),
        (["-c", "a,c"], "a,b,c\n-1,-1,-1\n", "a,b,c\n0,-1,0\n"),
        (["-c", "a", "-c", "c"], "a,b,c\n-1,-1,-1\n", "a,b,c\n0,-1,0\n"),
        (["-c", "name=a,b"], '"a,b",c\n-1,-1\n', '"a,b",c\n0,-1\n'),
        (["-c", "x"], "x,y,x\n-1,-1,-1\n", "x,y,x\n0,-1,0\n"),
        (["-c", ""], "a,\n-1,-1\n", "a,\n-1,0\n"),
        (["--exclude", "b"], "a,b\n-1,-1\n", "a,b\n0,-1\n"),
        (["-t", ";"], "a,b;c\n-1;-1\n", "a,b;c\n0;0\n"),
        (["-t", "tab"], "a b\tc\n-1\t-1\n", "a b\tc\n0\t0\n"),
        (["-t", "space"], "a  b\n-1   -1 \n", "a  b\n0   0 \n"),
        (["-t", "::"], "a::b\n-1::-1\n", "a::b\n0::0\n"),
        (["-n"], "-1,-1\n", "0,0\n"),
        (["--header"], "-1,-2\n-1,-1\n", "-1,-2\n0,0\n"),
        (["--missing", "-999"], "x\n-1\n-999\n", "x\n0\n-999\n"),
        (["--missing", "A,B"], 'x\n-1\nA\n "B" \n', 'x\n0\nA\n "B" \n'),
        (["--decimal", ","], "x;y\n-1,5;2,5\n", "x;y\n0;2,5\n"),
        (["--decimal", ",", "-a"], 'x\n"2,5"\n3\n', 'x;x_relu\n"2,5";2,5\n3;3\n'),
        (["--decimal", ",", "-a", "-t", ","], 'x\n"2,5"\n3\n', 'x,x_relu\n"2,5","2,5"\n3,3\n'),
        (["--decimal", ","], "a\n-1,5\n2,25\n", "a\n0\n2,25\n"),
        (["--decimal", ","], "a,b\n1,5\n", "a,b\n1,5\n"),
        (["--decimal", ",", "-a"], "a,b\n-1,5\n", "a,b;a,b_relu\n-1,5;0\n"),
        (["--decimal", ",", "-a"], "-1,5 2,5\n", "-1,5 2,5 0 2,5\n"),
        (["--decimal", ",", "-t", ","], 'a,b\n"-1,5",2\n', 'a,b\n"0",2\n'),
        (["--decimal", ",", "-F", "json"], "x;y\n-1,5;2,5\n", '[\n{"x":0,"y":2.5}\n]\n'),
        (["-a", "-c", "x"], "x", "x,x_relu"),
        ([], "id,x\n01,-1\n002,3\n", "id,x\n1,0\n2,3\n"),
        ([], "\n \nx\n-1\n", "\n \nx\n0\n"),
        ([], "x\n\n-1\n\n", "x\n\n0\n\n"),
        ([], "\n\n", "\n\n"),
        ([], "[x],y\n-1,2\n", "[x],y\n0,2\n"),
        ([], "[x]\n-1\n", "[x]\n0\n"),
        ([], "{x},{y}\n-1,2\n", "{x},{y}\n0,2\n"),
        ([], "[0,1),n\na,b,-1\n", "[0,1),n\na,b,0\n"),
        (["-t", ","], "[\n-1\n", "[\n0\n"),
        (["-t", ",", "-c", "2"], "[1,-2,3]\n", "[1,0,3]\n"),
        ([], "\ufeff", "\ufeff"),
        ([], '"a\nb";c\n-1;2\n', '"a\nb";c\n0;2\n'),
        ([], 'x,y\n-1,5" pipe\n', 'x,y\n0,5" pipe\n'),
        (["--invalid", "keep"], 'x\n-1\n"zwei"\n', 'x\n0\n"zwei"\n'),
        (["--invalid", "keep", "-a"], "x\n-1\nzwei\n", "x,x_relu\n-1,0\nzwei,zwei\n"),
        (["--invalid", "nan"], "x\n-1\nzwei\n", "x\n0\nnan\n"),
        (["--invalid", "nan"], '"x"\n"1"\n"a"\n"a""b" \n', '"x"\n"1"\n"nan"\n"nan" \n'),
        (["--invalid", "nan"], 'x\n1\n"a"b\n a\n', "x\n1\nnan\n nan\n"),
        (["--invalid", "keep", "--decimal", ",", "-t", ","], "a,b\n1,2\n1,a\rb\n", "a,b\n1,2\n1,a\rb\n"),
        (["--ragged", "keep", "-a"], "x,y\n-1,1\n7\n", "x,y,x_relu,y_relu\n-1,1,0,1\n7\n"),
    ],
)  # fmt: skip
def test_what_is_asked_for_is_what_is_done(act: Act, words: list[str], stdin: str, out: str) -> None:
    outcome = act("relu", "-q", *words, stdin=stdin)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == out


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        ([], 'id,x\n"a\nb",1\nc,zwei\n', "standard input:4:2: column 'x': 'zwei' is not a number"),
        ([], "x\n1\n1_000\n", "say --thousands underscore for 1000"),
        (["--decimal", ","], "x;y\n1,5;1\n1.5;1\n", "'1.5' is not a number; say --decimal . for 1.5"),
        (["--decimal", ","], "x;y\n1,5;1\n1.234,50;1\n", "say --thousands . for 1234.50"),
        (["--decimal", ","], "x;y\n1,5;1\n1.234;1\n", "say --thousands . for 1234 or --decimal . for 1.234"),
        ([], "x;y\n1;1\n1.234,50;1\n", "say --decimal , --thousands . for 1234.50"),
        (["--thousands", ","], 'x\n1\n"12,34"\n', "say --decimal , without --thousands for 12.34"),
        (["--thousands", ","], 'x\n1\n"12,3,4"\n', "stand in groups of three"),
        (["-c", "x"], "x\n\u22121\n", "'\u22121' is not a number; its minus is a typographic one"),
        (["-c", "x"], "x\n\u2013.5\n", "its minus is a typographic one; write a hyphen: -.5"),
        ([], "x\n1\n\uff11\n", "its digits are not ASCII digits"),
        ([], "x\n1\n0x10\n", "hexadecimal is for typed numbers; write 16"),
        ([], "x\n1\n" + "z" * 1000 + "\n", "'" + "z" * 60 + "...' is not a number"),
        ([], 'x,y\n1,"2\n3,4\n', "standard input:2: a quote is opened here and never closed"),
        ([], '"x\n1\n', "standard input:1: a quote is opened here and never closed"),
        ([], "x,y\n1,2\n3\n", "standard input:3: has 1 cell, the first row has 2; --ragged keep"),
        (["--exclude", "q"], "x,y\n1,2\n", "there is no column 'q'; its columns are 'x', 'y'"),
        (["-c", "Score"], "id,score\n1,2\n", "did you mean 'score'"),
        (["-c", "2:q"], "id,score\n1,2\n", "there is no column 'q'"),
        (["-c", "x", "--exclude", "x"], "x,y\n1,2\n", "standard input: all chosen columns are excluded"),
        (
            ["--exclude", "1-2"],
            "x,y\n1,2\n",
            "standard input: all chosen columns are excluded; exclude fewer",
        ),
        (["--exclude", "1-2"], "x,y\n", "standard input: all chosen columns are excluded"),
        (["--exclude", "x"], "id,x\na,1\n", "--exclude leaves no column of numbers; exclude fewer"),
        (
            ["--exclude", "id"],
            "id,x\na,b\n",
            "has no column of numbers; -t sets the delimiter",
        ),
        ([], "a b\n1 -2\n", "has no column of numbers; if blanks separate the cells, say -t space"),
        ([], "a b\n1 x\n", "has no column of numbers; if blanks separate the cells, say -t space"),
        (["--decimal", ","], 'a,b\n"1,5","2,5"\n', "a comma separates no cells; if it does, say -t ,"),
    ],
)
def test_an_error_says_where_and_what_to_do(act: Act, words: list[str], stdin: str, says: str) -> None:
    outcome = act("relu", *words, stdin=stdin)
    assert outcome.code in (1, 2)
    assert says in outcome.err


@pytest.mark.parametrize("locale", ["utf-8", "ascii"])
def test_a_table_for_people_is_told_from_data(act: Act, monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    table = act("relu", "-1", "2").raw
    if locale == "ascii":
        monkeypatch.setattr(terminal, "text_encoding", lambda: "ascii")
        table = act("relu", "-1", "2").raw
        assert table.isascii()
    outcome = act("sigmoid", stdin=table)
    assert (outcome.code, outcome.out) == (1, "")
    assert (
        "looks like a table for people; let the program before write plain numbers: act relu 1 2 -F plain"
        in outcome.err
    )


def test_a_minus_is_known_in_the_encoding_of_the_file(act: Act) -> None:
    outcome = act("relu", "-c", "x", "--encoding", "cp1252", stdin="x\n\u20131\n".encode("cp1252"))
    assert "its minus is a typographic one; write a hyphen: -1" in outcome.err


def test_what_is_asked_for_in_words_is_in_the_encoding_of_the_file(act: Act) -> None:
    for encoding, more in (("latin-1", ["--encoding", "latin-1"]), ("utf-8", []), ("utf-16", [])):
        text = "x§y\n-1§ß\nß§2\n".encode(encoding)
        outcome = act("relu", "-t", "§", "--missing", "ß,NA", *more, stdin=text)
        kept = "utf-8" if encoding == "utf-16" else encoding
        assert outcome.raw.decode(kept) == "x§y\n0§ß\nß§2\n", outcome.err


def test_the_first_wrong_row_counts_whichever_its_column(act: Act) -> None:
    outcome = act("relu", stdin="x,y\n-1,-1\n1,eins\nzwei,2\n")
    assert outcome.out == "x,y\n0,0\n"
    assert "standard input:3:2: column 'y': 'eins'" in outcome.err


def test_a_missing_cell_among_vectors_is_an_error(act: Act) -> None:
    text = "x,y\n1,1\n1,NA\n"
    outcome = act("softmax", stdin=text)
    assert outcome.out == "x,y\n0.5,0.5\n"
    assert "standard input:3:2: column 'y': the cell is missing" in outcome.err
    assert act("softmax", "--invalid", "keep", stdin=text).out == "x,y\n0.5,0.5\n1,NA\n"
    assert act("softmax", "--invalid", "nan", stdin=text).out == "x,y\n0.5,0.5\nnan,nan\n"


def test_down_a_column_kept_cells_take_no_part(act: Act) -> None:
    text = "x\n1\nNA\n1\n"
    assert act("softmax", stdin=text).out == "x\n"
    assert act("softmax", "--invalid", "keep", stdin=text).out == "x\n0.5\nNA\n0.5\n"
    assert act("softmax", "--invalid", "nan", stdin=text).out == "x\nnan\nnan\nnan\n"


@pytest.mark.slow
def test_a_wide_file_is_settled_by_its_first_rows(act: Act) -> None:
    header = ",".join(f"c{place}" for place in range(3000))
    row = ",".join(["-1"] * 2999) + ","
    text = f"{header}\n" + f"{row}\n" * 120
    assert act("relu", "-q", stdin=text).out == text.replace("-1", "0")


@pytest.mark.parametrize("header", [b"", b"x,y\n"])
def test_the_first_100_rows_of_data_decide(header: bytes) -> None:
    for count, decided in ((99, b"-0.5"), (100, b"-1")):
        text = header + b"1,\n" * count + b"1,-1\n"
        found = run(text, ReadOptions(header=bool(header)))
        assert found.text == text.replace(b"1,", b"0.5,").replace(b"-1", decided)


def test_an_encoding_is_kept(act: Act) -> None:
    text = "größe,b\nß,-1\n".encode("latin-1")
    assert act("relu", "--encoding", "latin-1", "-a", stdin=text).raw == (
        "größe,b,b_relu\nß,-1,0\n".encode("latin-1")
    )
    assert act("relu", "--encoding", "latin-1", "-c", "größe", "-q", stdin=text).code == 1
    assert act("relu", stdin=text).raw == "größe,b\nß,0\n".encode("latin-1")


def test_a_name_in_another_encoding_is_told_by_its_number(act: Act) -> None:
    outcome = act("relu", "-c", "cafe", stdin="id,café\n1,2\n".encode("latin-1"))
    assert outcome.err.endswith("if column 2 is meant, name the text's --encoding, such as latin-1\n")
    assert (
        act("relu", "--encoding", "latin-1", "-c", "café", stdin="id,café\n1,-2\n".encode("latin-1")).code
        == 0
    )


def test_several_files_share_one_header(act: Act, tmp_path: Path) -> None:
    texts = {"a.csv": "x,y\n-1,2", "b.csv": "x,y\n-3,4", "c.csv": "x;y\n-5;6\n", "d.csv": "x,z\n-5,6\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    paths = [str(tmp_path / name) for name in texts]
    assert act("relu", *paths[:2]).out == "x,y\n0,2\n0,4"
    assert "its delimiter is not that of" in act("relu", paths[0], paths[2]).err
    assert act("relu", "-F", "tsv", paths[0], paths[2]).out == "x\ty\n0\t2\n0\t6\n"
    assert "its columns are not those of" in act("relu", paths[0], paths[3]).err


@pytest.mark.slow
@pytest.mark.parametrize("end", [b"", b"\r", b"\r\n"])
def test_the_last_row_before_another_file_ends_as_others_do(act: Act, tmp_path: Path, end: bytes) -> None:
    head = b'"x","y\n"\r\n'
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    paths[0].write_bytes(head + b"-1,2" + end)
    paths[1].write_bytes(head + b"-3,4\r\n")
    assert act("relu", *map(str, paths)).raw == head + b"0,2\r\n0,4\r\n"
    many = b"1,2\r\n" * 1_000_000
    paths[0].write_bytes(many + b"1,2" + end)
    paths[1].write_bytes(b"1,2\r\n")
    assert act("relu", *map(str, paths)).raw == many + b"1,2\r\n" * 2


@pytest.mark.slow
@given(PLACES)
@EXAMPLES
@pytest.mark.parametrize(
    ("text", "end"),
    [
        (b"a\r\n0\r\n0\n0", b"\r\n"),
        (b"a\n0\n0\r\n0", b"\n"),
        (b"0\r\n0\n0\n0\n0\n0", b"\r\n"),
        (b'"a\nb"\r\n0\n0', b"\r\n"),
        (b'"a\r\nb"\n0', b"\n"),
        (b"\r\n\n0", b"\r\n"),
        (b"0 0 \r\n0 0\n0 0", b"\r\n"),
        (b"0", b"\n"),
    ],
)
def test_that_end_is_the_one_of_the_first_row_however_it_arrives(
    text: bytes, end: bytes, places: list[int]
) -> None:
    reader = Reader(Delivered(cut(text, places)), completes=True)
    layout = sniff(reader, ReadOptions())
    assert layout is not None
    head = layout.lead + b"".join(layout.header)
    assert head + b"".join(chunk.text for chunk in iter(reader.next, None)) == text + end


@pytest.mark.parametrize("words", [[], ["-a"], ["-F", "json"]])
def test_several_files_compute_the_columns_of_the_first(act: Act, tmp_path: Path, words: list[str]) -> None:
    texts = {
        "a.csv": "x,y,id\n1,-2,a\n3,-4,b\n",
        "ids.csv": "x,y,id\n-1,-1,-1\n",
        "none.csv": "x,y,id\nNA,-8,c\n",
        "bad.csv": "x,y,id\n7,n/a,d\n8,-8,d\n",
        "header.csv": "x,y,id\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    good = [str(tmp_path / name) for name in ("a.csv", "ids.csv", "none.csv")]
    (tmp_path / "all.csv").write_text("".join((texts["a.csv"], "-1,-1,-1\n", "NA,-8,c\n")))
    together = act("relu", *words, str(tmp_path / "all.csv")).out
    assert act("relu", *words, *good).out == together
    outcome = act("relu", *words, *good, str(tmp_path / "bad.csv"))
    assert outcome.code == 1
    assert "bad.csv:2:2: column 'y': 'n/a' is not a number; --invalid keep" in outcome.err
    if "-a" not in words:
        assert act("relu", *words, str(tmp_path / "header.csv"), *good).out == together


def test_an_array_computes_all_columns_and_so_must_the_others(act: Act, tmp_path: Path) -> None:
    first, array = tmp_path / "a.csv", tmp_path / "x.npy"
    first.write_text("-1,a\n")
    np.save(array, np.array([[-1.0, 2.0]]))
    outcome = act("relu", str(first), str(array))
    assert outcome.code == 1
    assert "x.npy: its columns of numbers are not those of" in outcome.err


@pytest.mark.parametrize(
    ("text", "words", "answer"),
    [
        ('a,b\n"1","2"\n"","3"\n', ["softmax"], '"nan","nan"\n'),
        ('a,b\n"1","2"\n " " ,"3"\n', ["softmax"], ' " nan" ,"nan"\n'),
        ('a,b\n1,2\n"""""",2\n', ["relu", "-c", "a"], '"nan",2\n'),
        ("a,b\n1,2\n  ,3\n", ["softmax"], "  nan,nan\n"),
        ('a,b\n1,2\n1,""\n', ["relu", "-c", "b", "--missing", "NA"], '1,"nan"\n'),
    ],
)
def test_a_cell_that_holds_nothing_keeps_what_is_around_it(
    act: Act, text: str, words: list[str], answer: str
) -> None:
    assert act(*words, "--invalid", "nan", "-q", stdin=text).out.endswith("\n" + answer)


@pytest.mark.parametrize("missing", ["NA", " NA", '"NA"', '" NA "'])
def test_missing_texts_are_looked_for_without_quotes_and_blanks(missing: str) -> None:
    table = b'x\n1\n NA\n"-3"\n"NA"\n NA \n'
    for places in ([], [4], [8], [13]):
        found = run(cut(table, places), ReadOptions(missing=frozenset([missing])))
        assert (found.text, found.error) == (b'x\n0.5\n NA\n"-0.75"\n"NA"\n NA \n', "")


def test_rows_of_empty_cells_have_their_width(act: Act) -> None:
    for words in ([], ["-c", "1"], ["-c", "2", "--no-header"]):
        assert act("relu", "-t", ",", *words, stdin=",\n,\n").out == ",\n,\n"


@pytest.mark.slow
@pytest.mark.parametrize("words", [["relu", "-a"], ["relu", "-d", "0,1"], ["compare", "relu", "tanh"]])
@pytest.mark.parametrize("kind", ["csv", "json", "table", "parquet"])
def test_a_header_alone_says_nothing_of_the_files_behind_it(
    act: Act, tmp_path: Path, words: list[str], kind: str
) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow", reason="PyArrow is not installed")
    (tmp_path / "h.csv").write_text("x\n")
    (tmp_path / "d.csv").write_text("x\n-1\n2\n")
    header, data = str(tmp_path / "h.csv"), str(tmp_path / "d.csv")
    form = ["-o", str(tmp_path / "y.parquet")] if kind == "parquet" else ["-F", kind]
    results = []
    for paths in ([data], [header, data], [header, header, data, header]):
        outcome = act(*words, *paths, *form)
        assert (outcome.code, outcome.err) == (0, "")
        results.append((tmp_path / "y.parquet").read_bytes() if kind == "parquet" else outcome.raw)
    assert results[0] == results[1] == results[2]
    assert act(*words, header, *form).code == 0
    other = tmp_path / "o.csv"
    other.write_text("z\n1\n")
    assert "its columns are not those of" in act(*words, header, str(other), *form).err


@pytest.mark.parametrize("places", [[], [4], [5], [9]])
@pytest.mark.parametrize("text", ["1,2\n\n3,4\n", "1,2\nx\n3,4\n", "1,2\n\n3,4\n\n5,6\n7,8\n\n"])
def test_nothing_stands_behind_the_last_row_that_is_gated(text: str, places: list[int]) -> None:
    reading = ReadOptions(vectors=True, ragged="keep", header=False)
    whole = run([text.encode()], reading, activation=ACTIVATIONS["glu"], columnwise=True)
    assert run(cut(text.encode(), places), reading, activation=ACTIVATIONS["glu"], columnwise=True) == whole


def test_numbers_that_were_read_are_numbers_in_json(act: Act) -> None:
    text = 'id,x,y\n007,"+1.50",1\n8,2.50,NA\n9,.5,inf\n'
    assert act("relu", "-a", "-c", "x,y", "-F", "jsonl", stdin=text).out == (
        '{"id":"007","x":1.5,"y":1,"x_relu":1.5,"y_relu":1}\n'
        '{"id":8,"x":2.50,"y":null,"x_relu":2.5,"y_relu":null}\n'
        '{"id":9,"x":0.5,"y":"inf","x_relu":0.5,"y_relu":null}\n'
    )
    assert act("relu", "-F", "jsonl", "+.5", "2.50").out == '{"x":0.5,"relu":0.5}\n{"x":2.50,"relu":2.5}\n'
    assert (
        act("relu", "-a", "--decimal", ",", "-F", "jsonl", stdin="x\n1,5\n").out == '{"x":1.5,"x_relu":1.5}\n'
    )


@pytest.mark.parametrize("kind", ["csv", "table"])
def test_a_header_with_blank_rows_alone_says_what_is_computed(act: Act, tmp_path: Path, kind: str) -> None:
    (tmp_path / "h.csv").write_text("x\n\n")
    (tmp_path / "d.csv").write_text("x\n-1\n")
    paths = [str(tmp_path / "h.csv"), str(tmp_path / "d.csv")]
    assert act("relu", *paths).out == "x\n\n0\n"
    found = act("relu", "-a", *paths, "-F", kind)
    assert found.code == 1
    assert "d.csv: its columns are not those of" in found.err
    assert act("relu", "-a", *reversed(paths)).out == "x,x_relu\n-1,0\n,\n"


def test_blank_lines_behind_a_header_are_passed_until_a_row_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actcli.io.csv.dialect.HEAD_BYTES", 100)
    text = b"a,b\n" + b"\n" * 500 + b"-1,2\n-3,4\n"
    assert run(text, ReadOptions()).text.endswith(b"\n-0.5,0.6666666666666666\n-0.75,0.8\n")
    monkeypatch.setattr("actcli.io.csv.dialect.LONGEST_ROW", 400)
    assert "begins with 400 bytes of blank lines" in run(text, ReadOptions()).error


@pytest.mark.parametrize(
    ("text", "words", "answer"),
    [
        ("x\n0x10\n", ["--invalid", "keep", "-c", "x"], '{"x":"0x10","x_relu":"0x10"}'),
        (
            "x;y\n1.5;1\n",
            ["--decimal", ",", "--invalid", "keep"],
            '{"x":"1.5","y":1,"x_relu":"1.5","y_relu":1}',
        ),
        ("x\n-999\n", ["--missing", "-999", "-c", "x"], '{"x":null,"x_relu":null}'),
        ("x\n1e999\n", [], '{"x":"1e999","x_relu":null}'),
    ],
)
def test_what_is_no_number_in_csv_is_none_in_json(act: Act, text: str, words: list[str], answer: str) -> None:
    assert act("relu", "-a", "-F", "jsonl", *words, "-q", stdin=text).out == answer + "\n"


@pytest.mark.slow
def test_gated_derivatives_are_counted_by_their_outputs(act: Act) -> None:
    row = ",".join(["1"] * 1002)
    assert act("glu", "-d", "1", "--no-header", stdin=row).code == 0
    assert "2,004,002 derivatives of the 2,002 columns" in act("glu", "-d", "1", stdin=row + ",1" * 1000).err


NUMBERED = [
    (",0,1\n0,-0.02,0.02\n", ["-c", "2-3"]),
    (",0\n0,5\n", []),
    ('"","0","1"\n0,1,2\n', []),
    (",0,1\n", []),
    ("0,1,2\n0.5,1.5,-2\n", []),
    ("0,1,2\n\n0.5,1.5,-2\n", ["-c", "2"]),
    ("0 1\n0 1e3\n", []),
    ("0,1\na,-1\n", []),
    ("0,1\n,-1\n", []),
]


@pytest.mark.parametrize(("text", "words"), NUMBERED)
def test_a_first_row_that_numbers_the_columns_is_a_question(text: str, words: list[str]) -> None:
    reading = ReadOptions(columns=tuple(words[1:]))
    for parts in ([text.encode()], cut(text.encode(), range(len(text)))):
        found = run(parts, reading)
        assert found.text == b""
        assert "numbers the columns from 0, as a header" in found.error
        assert "say --header or --no-header" in found.error
    for header in (True, False):
        assert "--header" not in run(text.encode(), reading._replace(header=header)).error


@pytest.mark.parametrize(
    "text", ["0,1,2\n3,4,5\n", "0 1\n-1 +2\n", "0,1,2\n", "0\n0.5\n", "1,2,3\n0.5,1,2\n", "0,1,3\n0.5,1,2\n"]
)
def test_numbers_that_may_be_a_header_but_are_not_are_data(act: Act, text: str) -> None:
    outcome = act("relu", stdin=text)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == text.replace("-1 +2", "0 2")


def test_only_a_first_row_that_numbers_the_columns_waits_for_the_second() -> None:
    def parts(first: bytes) -> Iterator[bytes]:
        yield first
        raise AssertionError

    for first in (b"1,2\n", b"0,2\n", b"0\n", b"0.5,1\n", b",0\n"):
        with suppress(UsageError):
            assert sniff(Reader(Delivered(parts(first))), ReadOptions()) is not None
    for first in (b"0,1\n", b"0,1,2\n"):
        with pytest.raises(AssertionError):
            sniff(Reader(Delivered(parts(first))), ReadOptions())


@pytest.mark.parametrize(
    ("words", "text"), [("-c 0", "0\n0.5\n"), ("-c 2021", "2020,2021\n1,2\n"), ("--exclude 9", "8,9\n1,2\n")]
)
def test_a_name_in_a_first_row_that_is_data_leads_to_header(act: Act, words: str, text: str) -> None:
    outcome = act("relu", *words.split(), stdin=text)
    assert outcome.code == 2
    assert "if the first row has their names, say --header" in outcome.err
    assert act("relu", "--header", *words.split(), stdin=text).code == 0
    assert "--header" not in act("relu", "-c", "7", stdin=text).err
