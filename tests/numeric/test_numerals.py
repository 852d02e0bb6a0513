"""Numbers as text, in bulk. How to run more examples: see test_csv.py."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tables import EXAMPLES

from actcli.numeric.dtypes import DTYPES, floating_type, round_to
from actcli.numeric.numerals import NotANumeral, lines, parse_quotient, rounded, shortest, texts

if TYPE_CHECKING:
    from conftest import Act

SMALL = [name for name in DTYPES if floating_type(name).itemsize <= 2]


@EXAMPLES
@given(st.lists(st.floats()))
def test_bulk_text_is_the_text_of_each(values: list[float]) -> None:
    assert texts(np.array(values, dtype=float)) == [shortest(value).encode() for value in values]


@EXAMPLES
@given(st.lists(st.one_of(st.floats(), st.floats(1e-6, 1e-3), st.floats(1e15, 1e18)), min_size=1))
def test_few_numbers_have_the_text_that_many_have(values: list[float]) -> None:
    many = np.resize(np.array(values), 200)
    assert texts(many)[: len(values)] == texts(many[: len(values)])


@EXAMPLES
@given(st.lists(st.tuples(st.floats(), st.floats())), st.sampled_from([b",", b"\t", b" ", b"::"]))
def test_lines_join_what_texts_gives(rows: list[tuple[float, float]], separator: bytes) -> None:
    matrix = np.array(rows, dtype=float).reshape(-1, 2)
    joined = b"".join(separator.join(texts(row)) + b"\n" for row in matrix)
    assert lines(matrix, separator, b"\n") == joined


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_every_value_of_a_small_type_reads_back_from_its_text(name: str) -> None:
    dtype, digits = floating_type(name), {"float16": 5, "bfloat16": 4}.get(name, 3)
    unsigned = f"u{dtype.itemsize}"
    every: np.ndarray[Any, Any] = np.arange(256**dtype.itemsize, dtype=unsigned).view(dtype)
    with np.errstate(invalid="ignore"):  # signalling nans
        finite = every[np.isfinite(every.astype(float))]
    found = texts(finite)
    back = round_to(np.array([float(text) for text in found]), name)
    assert np.array_equal(back.view(unsigned), finite.view(unsigned))
    assert all(len(text.partition(b"e")[0].strip(b"-.0").replace(b".", b"")) <= digits for text in found)


def test_float32_has_its_own_shortest_text() -> None:
    assert texts(np.array([0.1, 16777216, 1e-7], dtype=np.float32)) == [b"0.1", b"16777216", b"1e-7"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.0, "-0"),
        (1e-7, "1e-7"),
        (1e-5, "0.00001"),
        (1e16, "1e+16"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_one_notation(value: float, text: str) -> None:
    assert shortest(value) == text
    assert texts(np.array([value])) == [text.encode()]


def test_significant_digits_drop_trailing_zeros() -> None:
    values = np.array([[0.1234567, 2.0, -0.0], [123456.0, -1.5e-9, np.inf]])
    assert texts(rounded(values, 3).reshape(-1)) == [b"0.123", b"2", b"-0", b"123000", b"-1.5e-9", b"inf"]
    small = np.array([-0.129, 0.1], dtype=ml_dtypes.bfloat16)
    assert [texts(rounded(small, digits)) for digits in (2, 4, 17)] == [
        [b"-0.13", b"0.1"],
        [b"-0.1289", b"0.1001"],
        [b"-0.12890625", b"0.10009765625"],
    ]
    single = rounded(np.array([0.1, 1e-7], dtype=np.float32), 17)
    assert texts(single) == [b"0.1", b"1e-7"]


@EXAMPLES
@given(st.lists(st.floats()), st.integers(1, 17))
def test_each_number_is_rounded_as_python_does(values: list[float], digits: int) -> None:
    found = rounded(np.array(values, dtype=float), digits).tolist()
    assert repr(found) == repr([float(f"{value:.{digits - 1}e}") for value in values])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/30", 1 / 30),
        ("0.1/3", 1 / 30),
        ("-1/3", -1 / 3),
        ("1/-3", -1 / 3),
        ("-2.5e-3/-0x1p-1", 0.005),
        ("1e300/1e-5", 1e305),
        ("3e-320/7", float(Fraction("3e-320") / 7)),
        ("0/5", 0.0),
        (".5/2.", 0.25),
        ("7", 7.0),
    ],
)
def test_a_quotient_of_two_numbers_is_rounded_once(text: str, value: float) -> None:
    assert parse_quotient(text) == value


@EXAMPLES
@given(st.decimals(-1000, 1000), st.decimals(-1000, 1000).filter(bool))
def test_decimals_in_a_quotient_are_exact(p: Any, q: Any) -> None:
    quotient = Fraction(p) / Fraction(q)
    if abs(quotient) < 1e300 and abs(p.adjusted()) < 300 and abs(q.adjusted()) < 300:
        assert parse_quotient(f"{p}/{q}") == float(quotient)


@pytest.mark.parametrize(
    "text", ["1/0", "1/", "/2", "1/2/3", "inf/2", "2/nan", "1/x", "1e308/1e-308", "1e-999/2"]
)
def test_what_is_no_quotient_is_refused(text: str) -> None:
    with pytest.raises(NotANumeral):
        parse_quotient(text)


def test_options_take_quotients(act: Act) -> None:
    assert act("silu", "--beta", "1/30", "1").raw == act("silu", "--beta", repr(1 / 30), "1").raw
    assert act("prelu", "--alpha", "1/3,1/4", "-3", "-4", "-F", "plain").out == "-1\n-1\n"
    refused = act("silu", "--beta", "1/0", "1")
    assert (refused.code, refused.err) == (2, "act: --beta: '1/0' is not a number; it divides by zero\n")
