"""All activations."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
from support.processes import ENVIRONMENT, run

from actcli.activations import ACTIVATIONS
from actcli.cli.commands.list import LENGTH, _page
from actcli.display import Display
from actcli.plots.sparkline import sparkline

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act


def test_every_activation_with_its_family_summary_and_formula(act: Act) -> None:
    page = act("list").out
    lines = page.splitlines()
    for record in ACTIVATIONS.values():
        line = next(line for line in lines if line.startswith(f"  {record.name} "))
        assert record.summary in line
        assert record.family.replace("_", " ").capitalize() in lines
    assert "ln(1 + eᵝˣ)/β" in page


@pytest.mark.slow
@pytest.mark.parametrize("width", [40, 80, 200])
def test_it_fits_the_screen(width: int) -> None:
    for unicode in (True, False):
        for brief in (True, False):
            lines = list(
                _page(list(ACTIVATIONS.values()), Display(width=width, unicode=unicode), brief=brief)
            )
            assert max(map(len, lines)) <= width


def test_on_a_terminal_the_list_has_few_lines_and_a_family_has_its_formulas() -> None:
    everything, screen = list(ACTIVATIONS.values()), Display(width=80)
    brief = list(_page(everything, screen, brief=True))
    assert len(brief) < 1.7 * len(everything)
    waves = [record for record in everything if record.family == "waves"]
    assert any("sin(" in line for line in _page(waves, screen, brief=False))
    assert not any("sin(" in line for line in brief)


def test_curves_in_a_line() -> None:
    lines = {name: sparkline(record, Display(), LENGTH) for name, record in ACTIVATIONS.items()}
    assert {len(line) for line in lines.values()} == {LENGTH}
    assert lines["step"] == "▁▁▁▁▁██████"
    assert lines["lisht"] == lines["lisht"][::-1]
    assert lines["sigmoid"] == "".join(sorted(lines["sigmoid"]))
    assert all(sparkline(record, Display(unicode=False), LENGTH).isascii() for record in ACTIVATIONS.values())


def test_a_family(act: Act) -> None:
    gates = "glu reglu relu2glu geglu geglu-tanh geglu-quick swiglu"
    assert act("list", "--family", "gates", "-F", "plain").out.split() == gates.split()
    outcome = act("list", "--family", "gate")
    assert outcome.code == 2
    assert "did you mean gates?" in outcome.err


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hardswish", ["hard-silu"]),
        ("torch.nn.GLU", ["glu"]),
        ("logistic curve", ["sigmoid"]),
        ("SOFT_MAX", ["softmax", "log-softmax"]),
        ("Phi(a)", ["geglu"]),
    ],
)
def test_a_search(act: Act, text: str, names: list[str]) -> None:
    found = act("list", "--search", text, "-F", "plain").out.split()
    assert set(names) <= set(found)
    assert len(found) < 6


def test_a_search_for_nothing(act: Act) -> None:
    outcome = act("list", "--search", "zzz")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "act: no activation has 'zzz' anywhere; 'act list' shows all\n"


def test_data(act: Act) -> None:
    data = json.loads(act("list", "-F", "json").out)
    assert [record["name"] for record in data] == list(ACTIVATIONS)
    assert all({"name", "aliases", "family", "kind", "summary", "formula"} == set(record) for record in data)


@pytest.mark.slow
def test_the_extension_of_the_output_decides(act: Act, tmp_path: Path) -> None:
    for name, words in {"l.json": ["-F", "json"], "l.txt": [], "l": []}.items():
        assert act("list", "-o", str(tmp_path / name)).out == ""
        assert (tmp_path / name).read_text() == act("list", *words).out
    assert act("list", "-F", "plain", "-o", str(tmp_path / "l.json.gz")).out == ""
    assert gzip.decompress((tmp_path / "l.json.gz").read_bytes()).decode() == act("list", "-F", "plain").out


@pytest.mark.slow
def test_a_terminal_that_knows_only_ascii() -> None:
    done = run("list", env=ENVIRONMENT | {"PYTHONIOENCODING": "ascii"})
    assert done.code == 0, done.err
    assert done.out.isascii()
    assert "?" not in done.out
    assert "about x^3/3 near zero" in done.out
