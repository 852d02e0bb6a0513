"""The language of formulas: what it reads, what it refuses and where, and that nothing of it is run."""

from __future__ import annotations

import ast
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf  # type: ignore[import-untyped]  # it has no types
from support import oracle

from actcli.activations import ACTIVATIONS, RECORDS
from actcli.activations.formula import (
    DEEPEST,
    FUNCTIONS,
    LONGEST,
    FormulaError,
    looks_like_formula,
    parse,
    switches,
)
from actcli.activations.record import Kind

if TYPE_CHECKING:
    from actcli.activations.record import Activation

REFUSED = {
    "": ("is empty", 0),
    "x*(1+": ("ends too early", 5),
    "x*(1+2": ("never closed", 2),
    "x)": ("never opened", 1),
    "x 2": ("no formula", 2),
    "2x": ("products are written with *", 0),
    "1 + sin(2x)": ("products are written with *", 8),
    "x(1 + x)": ("products are written with *", 0),
    "(x + 1)(x - 1)": ("products are written with *", 0),
    "gelu(x)silu(x)": ("products are written with *", 6),
    "X + 1": ("write it in lower case", 0),
    "x/(1 + |x|)": ("absolute values are written abs(x)", 7),
    "x·Φ(x)": ("'·' is not ASCII; write *", 1),
    "x²": ("'²' is not ASCII; write **2", 1),
    "1 if x ≥ 0 else 0": ("'≥' is not ASCII; write >=", 7),
    "x^2": ("powers are written **", 0),
    "x//2": ("quotients are written /", 0),
    "x % 2": ("no remainder", 0),
    "x.real": ("a dot stands in numbers only", 0),
    "x + x.__class__": ("a dot", 4),
    "x[0]": ("no lists", 0),
    "x + [1]": ("a formula has numbers", 4),
    "x + 'a'": ("only numbers", 4),
    "x + True": ("only numbers", 4),
    "x + 1j": ("only numbers", 4),
    "x + lambda: 1": ("no formula", 4),
    "x*(lambda: 1)": ("no functions of one's own", 3),
    "x + (y := 2)": ("a formula has numbers", 5),
    "x and 1": ("one in another", 0),
    "not x": ("a formula has numbers", 0),
    "~x": ("a formula has numbers", 0),
    "x if x else 1": ("after 'if' stands a comparison", 5),
    "x in x": ("comparisons are", 0),
    "x is x": ("comparisons are", 0),
    "foo(x)": ("no function 'foo'", 0),
    "x*tahn(x)": ("did you mean tan", 2),
    "__import__('os')*x": ("no function '__import__'", 0),
    "exp(x)(x)": ("only functions are called", 0),
    "exp + x": ("exp is a function; write exp(x)", 0),
    "x + gelu": ("gelu is a function", 4),
    "exp()*x": ("exp takes one argument, not 0", 0),
    "exp(x, 2)": ("exp takes one argument, not 2", 0),
    "max(x)": ("max takes two arguments or more, not 1", 0),
    "exp(*x)": ("a formula has numbers", 4),
    "exp(x, base=2)": ("exp has no parameter 'base'", 12),
    "elu(x, 2)": ("parameters by name: elu(x, alpha=...)", 0),
    "elu(x, alfa=2)": ("elu has no parameter 'alfa'; it has alpha", 12),
    "elu(x, **x)": ("elu has no parameter None", 9),
    "softmax(x)": ("no function 'softmax'", 0),
    "leaky-relu(x)": ("write leaky_relu(x)", 0),
    "1e999*x": ("too large", 0),
    "x**1001": ("powers go up to 1,000", 3),
    "x**-1001": ("powers go up to 1,000", 3),
    "9**9**9**x": ("a power in an exponent must be a whole one", 3),
    "x**x**x**x": ("a power in an exponent of an exponent", 6),
    "x + é": ("is not ASCII", 4),
    "x" + "+x" * 499: (f"more than {DEEPEST} levels", None),
    "-" * 900 + "x": (f"more than {DEEPEST} levels", None),
    "(" * 300 + "x" + ")" * 300: ("no formula", None),
    "x" + " + 1" * LONGEST: ("longer than 1,000 characters", None),
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30])
def test_what_is_no_formula_is_told_with_its_place(text: str) -> None:
    says, place = REFUSED[text]
    started = time.monotonic()
    with pytest.raises(FormulaError) as refused:
        parse(text)
    assert time.monotonic() - started < 5
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    shown, caret = refused.value.pointer.split("\n")
    if place is not None:
        assert shown == f"  {text}"
        assert caret == " " * (place + 2) + "^"


@pytest.mark.slow
@given(st.text(alphabet="x1.+-*/()<=>, aeif_'\"[]{}:@\\\n\0", max_size=60))
def test_any_text_is_a_formula_or_is_refused_in_one_line(text: str) -> None:
    try:
        tree = parse(text).tree
    except FormulaError as error:
        lines = (str(error), *error.pointer.split("\n"))
    else:
        known = (ast.expr, ast.operator, ast.unaryop, ast.cmpop, ast.expr_context, ast.keyword)
        assert all(isinstance(node, known) for node in ast.walk(tree))
        return
    assert len(lines) == 3
    assert all("\n" not in line for line in lines)


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_the_formulas_of_all_records_are_in_the_language(record: Activation) -> None:
    if record.kind is Kind.VECTOR:
        return
    names = ("x", "a", "b", *record.constants(record.settings()))
    for text in (record.formula, *(t for k in record.kinks for t in (k.f, k.d1, k.d2))):
        assert parse(text, names).parameters == ()


def test_other_names_than_x_are_parameters_in_their_order() -> None:
    assert parse("b*x**2 + a*x + b + pi + e").parameters == ("b", "a")
    assert parse("elu(x, alpha=c)").parameters == ("c",)
    with pytest.raises(FormulaError, match="there is no 'c' here"):
        parse("c*x", ("x", "a"))


@pytest.mark.parametrize("name", [*FUNCTIONS, *(n.replace("-", "_") for n in ACTIVATIONS)])
def test_functions_and_activations_are_called_by_name(name: str) -> None:
    record = ACTIVATIONS.get(name.replace("_", "-"))
    if record is not None and record.kind is not Kind.ELEMENTWISE:
        return
    assert parse(f"{name}(x, 1)" if name in ("min", "max") else f"{name}(x)").parameters == ()


FORMULAS = (
    *("x*sigmoid(a*x)", "x-1", "1-x", "2*x", "gelu(x)-silu(x)"),
    *("x if x>0 else 0.1*x", "(-x)", "elu(x, alpha=2)", "x*(1+"),
    *("2x", "X+1", "|x|", "x/(1+|x|)", "x²", "αx", "x·Φ(x)", "erf(x/√2)"),
)
NAMES = (
    "gelu",
    "gelu-x",
    "x2",
    "2x2",
    "sofmax",
    "gelu-new",
    "hard-sigmod",
    "x",
    "xx",
    "relu(alpha=0.1)",
    "elu(alpha=x)",
)
OTHERS = (
    "1",
    "-3:3",
    "2x.csv",
    "1e5",
    "x.csv",
    "x*.csv",
    "data/x.csv",
    "x-1.csv",
    "-",
    "https://example.org/x",
)


@pytest.mark.parametrize("word", FORMULAS)
def test_a_formula_is_known_by_x_and_an_operator(word: str) -> None:
    assert looks_like_formula(word)


def test_a_hyphen_between_x_and_a_constant_is_a_minus() -> None:
    assert all(map(looks_like_formula, ("x-x", "x-pi", "pi-x", "x-1", "2-x")))
    assert not any(map(looks_like_formula, ("gelu-x", "x-gelu", "x-ray", "index-x", "max-x")))


@pytest.mark.parametrize("word", [*NAMES, *OTHERS])
def test_names_numbers_and_files_are_no_formulas(word: str) -> None:
    assert not looks_like_formula(word)


def test_switches_are_where_branches_meet() -> None:
    tree = parse("abs(x - 1) if -2 < x < 3 else max(x, 0, 4) + relu6(x)").tree
    assert set(switches(tree)) == {
        "(-2) - (x)", "(x) - (3)", "(x - 1) - (0)", "(x) - (0)", "(0) - (4)", "(x) - (0.0)", "(x) - (6.0)",
    }  # fmt: skip


def test_the_oracle_has_all_functions_of_formulas_with_their_derivatives() -> None:
    assert set(FUNCTIONS) <= set(oracle.FUNCTIONS)
    for name in ("tan", "arctan", "sinh", "cosh", "asinh", "acosh", "atanh", "gamma", "lgamma"):
        at = mpf("1.7") if name in ("acosh", "gamma", "lgamma") else mpf("0.3")
        function = oracle.FUNCTIONS[name]
        with mp.workprec(200):
            found = function(oracle.Hyperdual(at, 1, 1))
            assert mp.almosteq(found.v, function(at))
            assert mp.almosteq(found.a, mp.diff(function, at), 1e-12)
            assert mp.almosteq(found.c, mp.diff(function, at, 2), 1e-8)
