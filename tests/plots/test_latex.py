"""Formulas as LaTeX: every formula is set, and LaTeX takes all of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from actcli.activations import RECORDS
from actcli.activations.record import Kind
from actcli.plots.latex import formula

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

FORMULAS = dict.fromkeys(
    text
    for record in RECORDS.values()
    for text in (record.formula, *(record.derivatives * (record.kind is Kind.ELEMENTWISE)))
)


def test_every_formula_is_ascii_with_its_braces_closed() -> None:
    for text in FORMULAS:
        found = formula(text)
        assert found.isascii(), (text, found)
        bare = re.sub(r"\\[{}]", "", found)
        assert bare.count("{") == bare.count("}"), (text, found)
        assert found.count(r"\left") == found.count(r"\right"), (text, found)
        assert found.count(r"\begin{cases}") == found.count(r"\end{cases}"), (text, found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x/(1 + exp(-beta*x))", r"\frac{x}{1 + {e}^{ - \beta \, x}}"),
        (
            "x if x > 0 else lambd*x",
            r"\begin{cases}x & \text{if}\;x > 0 \\ \lambda \, x & \text{otherwise}\;\end{cases}",
        ),
        ("x*Phi(x)", r"x \cdot \Phi \left(x\right)"),
        ("sqrt(abs(max_value))", r"\sqrt{\left|\operatorname{max\_value}\right|}"),
    ],
)
def test_it_is_set_as_one_would_write_it(text: str, expected: str) -> None:
    assert formula(text) == expected


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_takes_the_list(act: Act, tmp_path: Path) -> None:
    table = act("list", "-F", "latex").out
    (tmp_path / "t.tex").write_text(
        "\\documentclass{article}\\usepackage{amsmath,booktabs,longtable}\\begin{document}\n"
        + table
        + "\\end{document}\n"
    )
    program = ("pdflatex", "-interaction=batchmode", "-halt-on-error", "t.tex")
    done = subprocess.run(program, cwd=tmp_path, stdout=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, (tmp_path / "t.log").read_text()
