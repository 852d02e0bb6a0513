"""Formulas set for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from actcli.activations import RECORDS
from actcli.analysis import notation

if TYPE_CHECKING:
    from actcli.activations.record import Activation

EVERY = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
PYTHON = re.compile(r"\*|\bexpm1\b|\blog1p\b|\babs\(|\bsqrt\(|\blambd\b|\balpha\b|\bbeta\b|<=|>=|==")


@pytest.mark.slow
@EVERY
def test_no_python_is_left(record: Activation) -> None:
    if record.name == "entmax15":
        return  # whose threshold is found among sorted numbers
    for formula in (record.formula, *record.derivatives):
        for text in (notation.inline(formula), *notation.lines(formula)):
            assert not PYTHON.search(text), text


@pytest.mark.slow
@EVERY
def test_brackets_are_closed(record: Activation) -> None:
    for formula in (record.formula, *record.derivatives):
        text = notation.inline(formula)
        assert text.count("(") == text.count(")")
        assert text.count("|") % 2 == 0


@EVERY
def test_in_ascii_a_formula_stays_as_it_is_written(record: Activation) -> None:
    for formula in (record.formula, *record.derivatives):
        assert notation.inline(formula, unicode=False) == formula.replace("lambd", "lambda")
        assert all(line.isascii() for line in notation.lines(formula, unicode=False))


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("x**2", "x²"),
        ("x*x", "x²"),
        ("(x + 1)**2", "(x + 1)²"),
        ("a**b", "aᵇ"),
        ("x**theta", "x^(θ)"),
        ("2*x", "2x"),
        ("2*(x + 1)", "2(x + 1)"),
        ("2*frequency*x", "2·frequency·x"),
        ("2*3", "2·3"),
        ("x*2", "x·2"),
        ("-beta*x", "-βx"),
        ("x/(2*b)", "x/(2b)"),
        ("x/2*b", "x/2·b"),
        ("x/(2/b)", "x/(2/b)"),
        ("x - (a - b)", "x - (a - b)"),
        ("x - a - b", "x - a - b"),
        ("x*(a if a > 0 else 0)", "x(a if a > 0 else 0)"),
        ("exp(-x)", "e⁻ˣ"),
        ("exp(-1.5*x)", "exp(-1.5x)"),
        ("expm1(x)*b", "(eˣ - 1)·b"),
        ("log1p(exp(beta*x))", "ln(1 + eᵝˣ)"),
        ("sqrt(x*x + b)", "√(x² + b)"),
        ("sqrt(x)/2", "√x/2"),
        ("sech(x)**2", "sech²(x)"),
        ("abs(x)", "|x|"),
        ("1 if -1 < x <= 1 else 0", "1 if -1 < x ≤ 1 else 0"),
        ("(i == j) - x[j]", "[i = j] - xⱼ"),
        ("exp(x[i])/sum(exp(v) for v in x)", "exp(xᵢ)/Σⱼ exp(xⱼ)"),
        ("softmax([-v for v in x])[i]", "softmax(-x)ᵢ"),
        ("x.index(max(x))", "argmax(x)"),
        ("x.count(1)", "x.count(1)"),
        ("sum(p > 0 for p in f(x))", "Σᵢ [f(x)ᵢ > 0]"),
        ("a % b", "a % b"),
    ],
)
def test_how_expressions_are_set(formula: str, text: str) -> None:
    assert notation.inline(formula) == text


def test_cases_stand_below_each_other() -> None:
    formula = "0 if x <= -1 else (1 if x >= 1 else x/2)"
    assert notation.lines(formula) == ["⎧ 0    if x ≤ -1", "⎨ 1    if x ≥ 1", "⎩ x/2  otherwise"]
    assert notation.lines("x if x > 0 else 0", unicode=False) == ["{ x  if x > 0", "{ 0  otherwise"]
    assert notation.lines("x") == ["x"]


def test_parts_of_a_tuple() -> None:
    assert notation.parts("(a*b, (a if a > 0 else 0))") == ["a*b", "a if a > 0 else 0"]
    assert notation.parts("a*b") == ["a*b"]


def test_intervals_are_readable() -> None:
    assert notation.interval("[-0.2784645427610738/beta, inf)") == "[-0.278465/β, ∞)"
    assert notation.interval("(-alpha, inf)", unicode=False) == "(-alpha, inf)"


def test_what_not_everybody_knows_is_told() -> None:
    assert notation.meanings("x*Phi(x)", "x") == ["Φ is the normal distribution function"]
    assert notation.meanings("tanh(x)") == []
