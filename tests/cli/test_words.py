"""Numbers, ranges, files and standard input on the command line."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actcli.numeric.numerals import NotANumeral, is_range, parse_cell, parse_range, parse_word, shortest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("1", 1.0),
        ("-2e-3", -0.002),
        ("-.5", -0.5),
        ("+1.", 1.0),
        ("0x1.8p3", 12.0),
        ("-0X.8P1", -1.0),
        ("inf", math.inf),
        ("-Infinity", -math.inf),
        ("1e400", math.inf),
        ("-1e400", -math.inf),
        ("0x1p5000", math.inf),
        ("1e-400", 0.0),
    ],
)
def test_a_word_is_a_number(word: str, value: float) -> None:
    assert parse_word(word) == value


def test_nan_is_a_number_in_any_case() -> None:
    assert all(math.isnan(parse_word(word)) for word in ("nan", "NaN", "-NAN", "+nan"))


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("1_000", "1000"),
        ("1,5", "1.5"),
        ("1,2,3", "1 2 3"),
        ("50%", "50e-2"),
        ("\uff11\uff12", "ASCII digits"),
        ("\u22125", "typographic one; write a hyphen: -5"),
        ("\u20135", "typographic one; write a hyphen: -5"),
        ("1e\u20145", "typographic one; write a hyphen: 1e-5"),
        ("\u22121,5", "typographic one; write a hyphen: -1,5"),
        ("0:\u22125", "typographic one; write a hyphen: 0:-5"),
        ("data\u20132.csv", ""),
        ("\u00e9", ""),
        ("1.5.2", ""),
        ("", ""),
        ("e5", ""),
        ("0x", ""),
    ],
)
def test_what_is_nearly_a_number_is_refused_with_a_hint(word: str, hint: str) -> None:
    with pytest.raises(NotANumeral, match=hint or "^$"):
        parse_word(word)


def test_hex_is_for_words_only() -> None:
    with pytest.raises(NotANumeral, match="hexadecimal is for typed numbers; write -16"):
        parse_cell(" -0x10")


@given(st.floats())
def test_the_shortest_text_reads_back(value: float) -> None:
    text = shortest(value)
    assert parse_word(text) == value or math.isnan(value)
    assert _significant(text) <= _significant(repr(value))


def _significant(text: str) -> int:
    return len(text.partition("e")[0].replace(".", "").strip("-0"))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0:1:0.1", [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        ("3:1:-1", [3, 2, 1]),
        ("-2:2", [-2, -1, 0, 1, 2]),
        ("1:2:0.4", [1, 1.4, 1.8]),
        ("2:2", [2]),
        ("1e-300:3e-300:1e-300", [1e-300, 2e-300, 3e-300]),
    ],
)
def test_a_range_steps_in_exact_decimals(text: str, numbers: list[float]) -> None:
    assert is_range(text)
    assert list(parse_range(text)) == numbers


def test_a_range_has_its_stop_if_it_is_hit() -> None:
    assert len(list(parse_range("-5:5:0.5"))) == 21


@given(st.integers(-999, 999), st.integers(1, 99), st.integers(0, 3))
def test_each_number_of_a_range_is_rounded_once(start: int, step: int, places: int) -> None:
    scale = 10**places
    text = f"{start / scale}:{(start + 5 * step) / scale}:{step / scale}"
    exact = [Fraction(start + k * step, scale) for k in range(6)]
    assert list(parse_range(text)) == [float(number) for number in exact]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1:2:0", "step is 0"),
        ("1:2:-1", "wrong sign"),
        ("0:1e8", "10,000,000"),
        ("0:1e400", "float64"),
        ("0:1e999999999", "float64"),
    ],
)
def test_a_range_that_is_none_is_refused(text: str, why: str) -> None:
    with pytest.raises(NotANumeral, match=why):
        parse_range(text)


def test_negative_numbers_work_everywhere(act: Act) -> None:
    before = act("relu", "-1", "-2e-3", "-.5", "-inf", "--alpha", "-0.1", "-F", "plain")
    behind = act("relu", "--alpha=-0.1", "-F", "plain", "--", "-1", "-2e-3", "-.5", "-inf")
    assert before.out == behind.out == "0.1\n0.0002\n0.05\ninf\n"


def test_a_negative_range_is_a_word(act: Act) -> None:
    assert act("relu", "-2:1", "-F", "plain").out == "0\n0\n0\n1\n"


def test_numbers_and_files_together_are_refused(act: Act, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("1\n")
    outcome = act("relu", "1", str(file))
    assert (outcome.code, outcome.raw) == (2, b"")
    assert "numbers and files together" in outcome.err


def test_a_word_that_is_nothing_is_refused(act: Act) -> None:
    outcome = act("relu", "1,5")
    assert outcome.code == 2
    assert outcome.err == (
        "act: '1,5' is neither a number nor a file; write 1.5 for a decimal, or separate numbers by spaces\n"
    )


def test_a_file_may_be_called_like_a_number(
    act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1").write_text("-3\n4\n")
    monkeypatch.chdir(tmp_path)
    assert act("relu", "./1").out == "0\n4\n"
    assert act("relu", "1", "-F", "plain").out == "1\n"


def test_standard_input_is_not_opened_when_words_were_given(act: Act) -> None:
    assert act("relu", "5", "-F", "plain", stdin="no number\n").out == "5\n"


def test_a_hyphen_is_standard_input(act: Act) -> None:
    assert act("relu", "-", stdin="-1\n2\n").out == act("relu", stdin="-1\n2\n").out == "0\n2\n"


def test_a_gated_activation_needs_an_even_count(act: Act) -> None:
    outcome = act("glu", "1", "2", "3")
    assert outcome.code == 2
    assert "needs an even number of values, not 3" in outcome.err


def test_too_many_cells_are_refused(act: Act) -> None:
    assert act("softmax", "-d", "2", "1:200").code == 2
