"""The page about one activation."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from support.processes import ENVIRONMENT, run

from actcli.activations import ACTIVATIONS, RECORDS
from actcli.activations.frameworks import FRAMEWORKS
from actcli.activations.record import Kind
from actcli.analysis.facts import Facts
from actcli.cli.commands.info import _json, _markdown, _page
from actcli.display import Display

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

    from actcli.activations.record import Activation

EVERY = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
KEYS = (
    *("name", "aliases", "family", "kind", "summary", "formula", "derivatives", "parameters", "kinks"),
    *(
        "domain",
        "range",
        "monotone",
        "limits",
        "smooth",
        "poles",
        "jumps",
        "asymptotes",
        "roots",
        "fixed_points",
        "lipschitz",
    ),
    *("frameworks", "reference"),
)


def record_of(act: Act, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(act("info", name, "-F", "json").out)
    return found


@pytest.mark.slow
@EVERY
def test_a_page_fits_its_screen(record: Activation) -> None:
    for width in (100, 40):
        for unicode in (True, False):
            lines = list(
                _page(
                    Facts(record, unicode=unicode),
                    Display(width=width, unicode=unicode),
                )
            )
            assert max(map(len, lines)) <= width
            assert unicode or b"?" not in Display(encoding="ascii").encoded("".join(lines))


@pytest.mark.slow
@EVERY
def test_a_page_tells_all_that_the_record_knows(record: Activation) -> None:
    page = "\n".join(_page(Facts(record, unicode=False), Display(unicode=False)))
    for parameter in record.parameters:
        assert parameter.flag in page
        assert parameter.help in page
    for key, peer in record.frameworks.items():
        assert FRAMEWORKS[key].title in page
        assert peer.name in page or not (peer.variant or peer.defaults or peer.at or peer.note)
        assert peer.note in page
        assert peer.variant in page
    assert record.reference in page
    assert record.note in page
    if record.kind is Kind.ELEMENTWISE:
        for word in ("limits", "asymptotes", "zeros", "fixed points", "Lipschitz"):
            assert word in page


@pytest.mark.slow
@EVERY
def test_data_has_the_same_keys_for_all(record: Activation) -> None:
    data = json.loads("\n".join(_json(Facts(record), Display())))
    assert tuple(data) == KEYS
    assert tuple(data["frameworks"]) == tuple(FRAMEWORKS)
    assert (data["lipschitz"] is None) == (record.kind is not Kind.ELEMENTWISE)


@pytest.mark.slow
@EVERY
def test_markdown_has_tables_of_equal_rows(record: Activation) -> None:
    lines = list(_markdown(Facts(record), Display()))
    assert lines[0] == f"# {record.name}"
    tables = "\n".join(lines).split("\n\n")
    for table in (t.splitlines() for t in tables if t.startswith("|")):
        assert len({row.replace(r"\|", "").count("|") for row in table}) == 1


def test_the_formulas_are_set(act: Act) -> None:
    page = act("info", "softplus").out
    assert "  f(x)   = ln(1 + eᵝˣ)/β\n  f'(x)  = 1/(1 + e⁻ᵝˣ)\n" in page
    assert "limits        0 at -∞, ∞ at ∞" in page
    assert "asymptotes    y = 0, y = x" in page
    assert "--beta  1  sharpness of the bend; β > 0" in page


def test_kinks_and_frameworks_are_compared(act: Act) -> None:
    page = " ".join(act("info", "leaky-relu").out.split())
    assert "x = 0 f' from 0.01 to 1 given: f = 0, f' = " in page
    assert "Keras 3 keras.activations.leaky_relu --alpha 0.2; at x = 0 f' = 1" in page
    page = " ".join(act("info", "hard-sigmoid").out.split())
    assert "Keras 3 keras.activations.hard_sigmoid computes hard-sigmoid-relu6: --like keras" in page


def test_zeros_of_all_kinds(act: Act) -> None:
    assert "zeros         x ≤ 0" in act("info", "relu").out
    assert "fixed points  x ≥ 0" in act("info", "relu").out
    assert "fixed points  every x" in act("info", "linear").out
    assert "zeros         none" in act("info", "sigmoid").out
    assert "zeros         -0.5 ≤ x ≤ 0.5" in act("info", "soft-shrink").out
    assert "fixed points  x < -0.5; x = 0; x > 0.5" in act("info", "hard-shrink").out
    assert "x = 0; x = 3.14159; x = 6.28319; and more" in act("info", "snake").out


def test_steepness(act: Act) -> None:
    assert "|f'| up to 1.1289 (the Lipschitz constant)" in act("info", "gelu").out
    assert "no Lipschitz constant: f jumps" in act("info", "step").out
    assert "no Lipschitz constant: f' has no bound" in act("info", "exp").out


def test_vectors_and_gates_have_partial_derivatives_and_bars(act: Act) -> None:
    page = act("info", "softmax").out
    assert "f(x)ᵢ       = exp(xᵢ/T)/(Σⱼ exp(xⱼ/T) + exp(sink))" in page
    assert "4  ███" in page
    assert "∂²f/∂a∂b = " in act("info", "glu").out


def test_data(act: Act) -> None:
    relu = record_of(act, "relu")
    assert relu["limits"] == [0, "inf"]
    assert relu["roots"] == [["-inf", 0]]
    assert relu["lipschitz"] == 1
    assert relu["parameters"][1]["option"] == "--max-value"
    assert relu["parameters"][1]["default"] is None
    assert relu["frameworks"]["keras"]["at"]["max_value"] == [None, 0.5, None]
    assert record_of(act, "step")["lipschitz"] == "inf"
    assert record_of(act, "softmax")["roots"] is None
    assert record_of(act, "sigmoid")["limits"] == [0, 1]
    assert record_of(act, "gelu")["lipschitz"] == pytest.approx(
        (1 + math.erf(1)) / 2 + math.exp(-1) / math.sqrt(math.pi)
    )


def test_any_spelling_and_frameworks_variants(act: Act) -> None:
    assert act("info", "HardSigmoid").out == act("info", "hard-sigmoid").out
    assert act("info", "softplus-torch").out.startswith("softplus-torch: ")


ONLY_WITH = {"relu-keras": ("--max-value", "1", "--threshold", "-1")}
"""The options without which a variant is the activation."""


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in RECORDS if name not in ACTIVATIONS])
def test_a_variant_says_how_it_is_computed(act: Act, name: str) -> None:
    page = act("info", name).out
    (ways,) = (line for line in page.splitlines() if line.startswith("  computed by"))
    commands = ways.removeprefix("  computed by").split(", ")
    for command in commands:
        activation, *like = command.split()[1:]
        numbers = ("-30:30:0.25", "-F", "plain", *ONLY_WITH.get(name, ()))
        assert act(activation, *like, *numbers).out != act(activation, *numbers).out
        assert f"computes {name}: {' '.join(like)}" in act("info", activation).out


def test_no_such_activation(act: Act) -> None:
    outcome = act("info", "gelo")
    assert (outcome.code, outcome.err) == (
        2,
        "act: there is no activation 'gelo'; did you mean gelu or geglu or gelu-10?\n",
    )
    assert act("info", "123456").err == "act: there is no activation '123456'; 'act list' shows all\n"


def test_into_a_file(act: Act, tmp_path: Path) -> None:
    target = tmp_path / "gelu.md"
    assert act("info", "gelu", "-F", "markdown", "-o", str(target)).out == ""
    assert target.read_text().startswith("# gelu\n")


@pytest.mark.parametrize(("name", "kind"), [("i.json", "json"), ("i.md", "markdown"), ("i", "text")])
def test_the_extension_of_the_output_decides(act: Act, tmp_path: Path, name: str, kind: str) -> None:
    assert act("info", "relu", "-o", str(tmp_path / name)).out == ""
    assert (tmp_path / name).read_text() == act("info", "relu", "-F", kind).out


def test_colour_when_asked(act: Act) -> None:
    assert "\x1b[1mProperties\x1b[0m" in act("info", "gelu", "--color", "always").out


@pytest.mark.slow
@pytest.mark.parametrize("words", [["-F", "json"], ["-o", "y.json"], ["-o", "y.txt"]])
def test_data_and_files_are_utf_8_whatever_the_terminal_can(tmp_path: Path, words: list[str]) -> None:
    done = run("info", "tanh", *words, cwd=tmp_path, env=ENVIRONMENT | {"PYTHONIOENCODING": "ascii"})
    assert done.code == 0, done.err
    text = (tmp_path / words[1]).read_text("utf-8") if words[0] == "-o" else done.out
    assert any(letter > "\x7f" for letter in text)


@pytest.mark.slow
def test_thresholds_of_a_type_are_told(act: Act) -> None:
    page = act("info", "gelu", "--dtype", "bfloat16").out
    assert "from -13.5 (c158) to -13.1875 (c153)" in page
    assert "from 2.78125 (4032) on" in page
    data = json.loads(act("info", "gelu", "--dtype", "bf16", "-F", "json").out)
    assert data["thresholds"]["itself"] == [
        {"from": 2.78125, "to": 3.3895313892515355e38, "bits": ["4032", "7f7f"]}
    ]
    assert "on and off between" in act("info", "snake", "--dtype", "bfloat16").out
    assert act("info", "softmax", "--dtype", "bfloat16").code == 2
    assert act("info", "softmax", "--dtype", "bfloat16", "-o", "x.html").code == 2
