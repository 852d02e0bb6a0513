"""What users ran into: each line is one case of a kind, as it is typed."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.processes import ENVIRONMENT, finish, start

from actcli.activations import ACTIVATIONS, RECORDS
from actcli.cli.display import terminal

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
    "gelu --approximate tanh 1": "with it a framework means gelu-tanh: act gelu-tanh",
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


@pytest.mark.parametrize("ending", [".tex", ".tikz", ".pgf", ".foo", ".h"])
@pytest.mark.parametrize("line", ["plot tanh", "relu 1", "compare relu elu", "neuron relu --weights 1"])
def test_an_ending_that_is_not_known_is_refused_unless_the_format_is_named(
    act: Act, tmp_path: Path, ending: str, line: str
) -> None:
    words, target = line.split(), tmp_path / f"y{ending}"
    refused = act(*words, "-o", str(target), stdin="x\n1\n")
    assert (refused.code, target.exists()) == (2, False)
    assert f"what is {ending}? name it {tmp_path}/y.csv" in refused.err
    assert act(*words, "-o", str(target), "-F", "csv", stdin="x\n1\n").err == ""
    assert target.read_text().startswith("x,")


@pytest.mark.parametrize("name", ["y", "y.txt", "run.2026", "y.d/z"])
def test_text_has_any_name_without_an_ending(act: Act, tmp_path: Path, name: str) -> None:
    (tmp_path / "y.d").mkdir()
    for words in (["plot", "tanh"], ["relu", "1"]):
        assert act(*words, "-o", str(tmp_path / name)).err == ""
        assert (tmp_path / name).read_text()


def test_a_filter_keeps_its_kind_under_any_name(act: Act, tmp_path: Path) -> None:
    target = tmp_path / "y.tex"
    assert act("relu", "-o", str(target), stdin="x;y\n-1;1\n").err == ""
    assert target.read_text() == "x;y\n0;1\n"
    assert act("relu", "1", "-o", "/dev/null").code == 0


@pytest.mark.parametrize(
    ("environment", "ascii_only"),
    [
        ({"LC_ALL": "C"}, True),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, True),
        ({"LC_ALL": "C", "PYTHONUTF8": "1"}, False),
        ({"LC_ALL": "C", "PYTHONIOENCODING": "utf-8"}, False),
        ({"LC_ALL": "C.UTF-8"}, False),
    ],
)
@pytest.mark.parametrize("line", ["plot elu relu", "list", "info softplus", "gelu --help"])
def test_the_locale_decides_whether_text_is_ascii(
    line: str, environment: dict[str, str], ascii_only: bool
) -> None:
    unset = ("LC_ALL", "LC_CTYPE", "LANG", "PYTHONUTF8", "PYTHONIOENCODING")
    plain = {name: value for name, value in ENVIRONMENT.items() if name not in unset}
    code, out, _ = finish(start(*line.split(), env={**plain, **environment}))
    assert code == 0
    assert out.isascii() is (ascii_only or line == "gelu --help")
    assert not ascii_only or b"?" not in out


def test_a_table_that_is_too_wide_says_what_makes_it_narrower(
    act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "is_terminal", lambda _: True)
    monkeypatch.setenv("COLUMNS", "80")
    wide = act("gelu", "-q", stdin=",".join(["0.123456789"] * 9) + "\n").out
    assert wide.endswith("... 9 columns take more than 80 characters; -p 3 or fewer columns take less\n")
    assert "..." not in act("gelu", "-q", "-p", "3", stdin=",".join(["0.123456789"] * 9) + "\n").out


def test_a_plot_is_as_wide_as_the_terminal(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "is_terminal", lambda _: True)
    monkeypatch.setenv("COLUMNS", "200")
    assert max(map(len, act("plot", "tanh", "--color", "never").out.splitlines())) == 200


FIRST_LINES = {
    "sep=;\na;b\n1;2\n": (
        ["tail", "-n", "+2"],
        "its first line, 'sep=;', is for Excel alone; leave it out with",
    ),
    "label: -11.48\nother: 2.5\n": (["-t", "space"], "if blanks separate the cells, say -t space"),
    "a;b\n1,5;2,5\n": (["--decimal", ","], "is a number, say --decimal , for 1.5"),
    "[1,2]\n[3,4]\n": (["jq", "-r", "@csv"], "pipe it through jq -r '@csv'"),
    "# made by hand\nx\n1\n": (["grep", "-v", "^#"], "leave them out: grep -v '^#'"),
}
"""A text that is not understood as it stands; what the advice says to add or to run; the advice."""


@pytest.mark.parametrize("text", FIRST_LINES)
def test_advice_on_a_text_helps_where_it_is_given(act: Act, text: str) -> None:
    followed, advice = FIRST_LINES[text]
    chosen = ["-c", "x"] if text.startswith("#") else []
    refused = act("relu", *chosen, stdin=text)
    assert refused.out == ""
    assert advice in refused.err
    if followed[0].startswith("-"):
        assert act("relu", *followed, "-q", stdin=text).code == 0
    elif shutil.which(followed[0]):
        done = subprocess.run(followed, input=text.encode(), capture_output=True, check=True)
        assert act("relu", *chosen, "-q", stdin=done.stdout).code == 0


def test_thousands_and_decimals_are_both_named(act: Act) -> None:
    text = 'a\n"1,644"\n"2,000"\n'
    assert "say --thousands , for 2000 or --decimal , for 2.000" in act("relu", stdin=text).err
    assert act("relu", "--thousands", ",", stdin=text).out == 'a\n"1644"\n"2000"\n'


def test_a_table_of_ours_in_a_pipe_is_known(act: Act) -> None:
    table = act("gelu", "1", "2").raw
    refused = act("relu", stdin=table)
    assert (refused.code, refused.out) == (1, "")
    assert "act relu 1 2 -F plain" in refused.err
    assert act("relu", stdin=act("gelu", "1", "2", "-F", "plain").raw).code == 0


def test_json_has_numbers_as_they_stand_and_null_for_what_is_missing(act: Act) -> None:
    text = 'id,score,n,z\n007,NA,7,x\n1,2,1.50,"3"\n'
    assert act("relu", "-c", "score", "-F", "jsonl", stdin=text).out == (
        '{"id":"007","score":null,"n":7,"z":"x"}\n{"id":1,"score":2,"n":1.50,"z":"3"}\n'
    )


def test_a_header_of_column_numbers_is_asked_for(act: Act) -> None:
    for text, words in (
        (",0,1\n0,-0.02,0.02\n", ["softmax", "-c", "2-3"]),
        ("0,1,2\n0.5,1.5,-2\n", ["sigmoid"]),
    ):
        refused = act(*words, stdin=text)
        assert (refused.code, refused.out) == (2, "")
        assert "say --header or --no-header" in refused.err
        assert act(*words, "--header", stdin=text).code == 0
    assert act("relu", stdin="1 2 3\n4 5 6\n").out == "1 2 3\n4 5 6\n"
