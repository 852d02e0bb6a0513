"""What users ran into: each line is one case of a kind, as it is typed."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from actcli.activations import ACTIVATIONS, RECORDS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

REFUSED = {
    "plot elu elu --alpha 0.5 --alpha 1": "--alpha is given twice; give it once",
    "relu --alpha 1 --alpha 1 -- -1": "--alpha is given twice",
    "compare elu elu 1": "elu is named twice; give each its own parameters, as 'elu(alpha=0.5)', or",
    "compare silu swish 1": "silu is named twice",
    "compare elu 'elu(alpha=1)' 1": "elu is named twice",
    "'leaky-relu(alpha=0.1)' --alpha 2 1": "leaky-relu: --alpha is in the name already",
    "compare 'elu(alpha=0.5)' --alpha 2 1": "--alpha: the names carry it already",
    "'leaky-relu(0.1)' 1": "parameters have names; write 'leaky-relu(alpha=0.5)'",
    "'leaky-relu(alpha=0.1' 1": "parameters have names; write 'leaky-relu(alpha=0.5)'",
    "'leaky-relu(slant=0.1)' 1": "leaky-relu has no parameter 'slant'; it has alpha",
    "'leaky-relu(alpha=1,alpha=2)' 1": "alpha is given twice",
    "'leaky-relu(alpha=x)' 1": "'x' is not a number",
    "'tanh(alpha=1)' 1": "tanh has no parameter 'alpha'; it has none",
    "plot elu:0.5": "parameters of elu stand in brackets: 'elu(alpha=0.5)'",
    "softmax '[2.0, 1.0, 0.1]'": "type each number as a word, without brackets and commas: 2.0 1.0 0.1\n",
    "softmax '1 2 3'": "without brackets and commas: 1 2 3\n",
    "softmax 2.0, 1.0, 0.1": "without brackets and commas: 2.0 1.0 0.1\n",
    "softmax '(1,2,3)'": "without brackets and commas: 1 2 3\n",
    "softmax 1 2 3, x": "'3,' is neither a number nor a file",
    "relu nofile.csv": "'nofile.csv' is neither a number nor a file",
    "softmax --temp 2 1 2": "did you mean --temperature?",
    "gelu --approximate tanh 1": "act gelu-tanh is its approximation",
    "relu --dim 0 1": "--axis is for activations of vectors",
    "relu --dtype float9 1": "there is no 'float9'",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_meant_is_told_what_to_type(act: Act, line: str) -> None:
    outcome = act(*shlex.split(line))
    assert (outcome.code, outcome.out) == (2, "")
    assert REFUSED[line] in outcome.err


HEADERS = {
    "compare relu leaky-relu --alpha 0.1 -1": "x,relu (alpha = 0.1),leaky-relu (alpha = 0.1)",
    "compare 'leaky-relu(alpha=0.1)' leaky-relu -d 0,1 1": "x,leaky-relu (alpha = 0.1),"
    "leaky-relu_d1 (alpha = 0.1),leaky-relu,leaky-relu_d1",
    "compare 'relu(alpha=0.2, max_value=6)' 1": 'x,"relu (alpha = 0.2, max-value = 6)"',
    "compare elu 'elu(alpha=2)' --alpha 0.5 1": "x,elu (alpha = 0.5),elu (alpha = 2)",
    "compare elu --alpha 1 1": "x,elu",
    "neuron 'elu(alpha=.5)' elu --weights 1 -1": "input,x,w,z,elu (alpha = 0.5),elu",
    "plot 'elu(alpha=.5)' elu 0 --data": "x,elu (alpha = 0.5),elu",
}


@pytest.mark.parametrize("line", HEADERS)
def test_a_title_shows_every_parameter_that_is_not_at_its_default(act: Act, line: str) -> None:
    outcome = act(*shlex.split(line), "-F", "csv")
    assert outcome.err == ""
    assert outcome.out.splitlines()[0] == HEADERS[line]


def test_one_activation_shows_its_parameters_to_people_and_names_its_column_as_before(act: Act) -> None:
    assert (
        "│ relu (alpha = 0.1) │ relu' (alpha = 0.1) │" in act("relu", "-1", "--alpha", ".1", "-d", "0,1").out
    )
    assert act("relu", "-1", "--alpha", ".1", "-F", "csv").out == "x,relu\n-1,-0.1\n"
    assert act("prelu(alpha=0.1,0.2)", "-1", "-1", "-F", "plain").out == "-0.1\n-0.2\n"
    assert "a elu  b elu (alpha = 0.5)" in act("plot", "elu", "elu(alpha=.5)").out
    assert act("info", "elu(alpha=.5)").out.startswith("elu (alpha = 0.5): ")


@pytest.mark.parametrize("name", [record.name for record in ACTIVATIONS.values() if record.parameters])
def test_a_name_that_carries_its_parameters_computes_as_its_options(act: Act, name: str) -> None:
    parameter = ACTIVATIONS[name].parameters[0]
    named = act(f"{name}({parameter.name}=0.25)", "-1", "0.5", "-F", "plain")
    assert named == act(name, parameter.flag, "0.25", "-1", "0.5", "-F", "plain")
    assert named.code == 0


def test_later_options_of_how_a_result_looks_win(act: Act) -> None:
    assert act("relu", "1", "-F", "json", "-F", "plain").out == "1\n"
    assert act("sigmoid", "1", "-F", "plain", "-p", "9", "-p", "2").out == "0.73\n"


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_info_as_json_has_what_the_page_has(act: Act, record: object) -> None:
    text = act("info", getattr(record, "name", ""), "-F", "json").out
    assert "Infinity" not in text
    assert "∞" not in text
    data = json.loads(text)
    if data["kind"] == "elementwise":
        assert data["smooth"] is (not any(data["jumps"].values()))


def test_info_as_json_knows_asymptotes_jumps_and_fixed_points(act: Act) -> None:
    data = json.loads(act("info", "relu", "-F", "json").out)
    assert (data["smooth"], data["jumps"]) == (False, {"f": [], "d1": [0], "d2": []})
    assert data["fixed_points"] == [[0, "inf"]]
    softplus = json.loads(act("info", "softplus", "-F", "json").out)
    assert softplus["asymptotes"] == [{"slope": 0, "intercept": 0}, {"slope": 1, "intercept": 0}]


def test_a_url_without_fsspec_names_its_extra(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    outcome = act("relu", "s3://bucket/x.csv")
    assert (outcome.code, "pip install 'actcli[remote]'" in outcome.err) == (2, True)


def test_a_word_that_is_neither_number_nor_file_is_a_mistake_of_the_command_line(
    act: Act, tmp_path: Path
) -> None:
    assert act("relu", str(tmp_path / "nofile.csv")).code == 2
