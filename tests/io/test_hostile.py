"""Texts that are hard to understand, long where nobody expects it, or made to take for ever.

Each of the long ones took minutes where its work grew with the square of its length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.tables import run

from actcli.io.csv import reader
from actcli.io.csv.dialect import HEAD_BYTES
from actcli.io.csv.options import ReadOptions
from actcli.numeric.numerals import NotANumeral, parse_cell, parse_word

if TYPE_CHECKING:
    from conftest import Act

LONG = 100_000
VAST = HEAD_BYTES + 100


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ('size 5",price\n1,-1.5\n', 'size 5",price\n1,0\n'),
        ('name;5" disk\na, b, c;-1\n', 'name;5" disk\na, b, c;0\n'),
        ('"a;b;c",x\n"d;e;f",-1\n', '"a;b;c",x\n"d;e;f",0\n'),
        ('"a\n;;;b",x\nd,-1\n', '"a\n;;;b",x\nd,0\n'),
        ('"a""\n;;;b",x\nd,-1\n', '"a""\n;;;b",x\nd,0\n'),
        ("\tx\n0\t-1\n", "\tx\n0\t0\n"),
        ("\t-1\n2\t-3\n", "\t0\n2\t0\n"),
        ("\n \t\n\n\tx\n0\t-1\n", "\n \t\n\n\tx\n0\t0\n"),
        (" -1 2\n", " 0 2\n"),
    ],
)
def test_the_first_line_tells_the_delimiter(act: Act, text: str, out: str) -> None:
    assert act("relu", "-q", stdin=text).out == out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "out"),
    [
        (f"{'n' * VAST},x\na,-1\nb,-2\n", f"{'n' * VAST},x\na,0\nb,0\n"),
        (f"{' ' * VAST}\nx\n-1\n", f"{' ' * VAST}\nx\n0\n"),
        (f"{' ' * VAST}\nx,y\n-1,-2\n", f"{' ' * VAST}\nx,y\n0,0\n"),
        ("\n" * LONG + "x,y\n-1,2\n", "\n" * LONG + "x,y\n0,2\n"),
    ],
    ids=["header", "blanks", "blanks and two columns", "blank lines"],
)
def test_what_comes_before_the_numbers_may_be_long(act: Act, text: str, out: str) -> None:
    assert act("relu", "-q", stdin=text).out == out


def test_a_row_that_is_too_long_is_told_of_also_where_nothing_is_settled_yet() -> None:
    found = run([b"x\n", *[b"1" * (reader.LONGEST_ROW // 4)] * 5], ReadOptions())
    assert found.error.startswith("standard input:2: the row goes on after 16,777,216 bytes")


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ('size 5",x\n' + "1,-2\n" * LONG, 'size 5",x\n' + "1,0\n" * LONG),
        ('"' + "\n" * LONG + '",x\n1,-2\n', '"' + "\n" * LONG + '",x\n1,0\n'),
        ("n,x\n1,-1\n1," + "1" * LONG + "x\n", "n,x\n1,0\n1," + "1" * LONG + "x\n"),
        ("n,x\n1,-1\n1,1" + " " * LONG + "x\n", "n,x\n1,0\n1,1" + " " * LONG + "x\n"),
    ],
    ids=["stray quote", "line breaks in quotes", "digits", "blanks"],
)
def test_long_texts_take_time_in_proportion(act: Act, text: str, out: str) -> None:
    assert act("relu", "-q", "-c", "x", "--invalid", "keep", stdin=text).out == out


def test_many_columns_take_time_in_proportion(act: Act) -> None:
    width = 4_000
    text = ",".join(["id", *(f"c{place}" for place in range(width))]) + "\na" + ",-1" * width + "\n"
    assert act("relu", "-q", stdin=text).out == text.replace("-1", "0")


@pytest.mark.slow
def test_of_many_bad_cells_the_first_row_counts(act: Act) -> None:
    width = 500
    rows = [["x" if place == width - 1 - row else "1" for place in range(width)] for row in range(width)]
    text = ",".join(["-1"] * width) + "\n" + "\n".join(map(",".join, rows))
    outcome = act("relu", "-n", "-q", stdin=text)
    assert outcome.out == ",".join("0" * width) + "\n"
    assert outcome.err.startswith("act: standard input:2:500: ")


def test_long_words_that_are_no_numbers_are_refused_at_once() -> None:
    for text in ("1" * LONG + "x", "1." + "1" * LONG + "x", "0x" + "f" * LONG + "x"):
        for parse in (parse_cell, parse_word):
            with pytest.raises(NotANumeral):
                parse(text)
