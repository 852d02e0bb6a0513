"""Exact results and formulas on the command line: every verb, source and format, and what is refused."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.processes import ENVIRONMENT, python

from actcli import ACTIVATIONS, evaluate
from actcli.exact import exact

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

pytest.importorskip("flint", reason="python-flint is not installed")

LINES = {
    "gelu --exact -F csv 1 -9": "x,gelu\n1,0.8413447460685429\n-9,-1.0157295653584566e-18\n",
    "tanh -d 3,4 -F csv 0.5": "x,tanh_d3,tanh_d4\n0.5,-0.5652092882597703,3.952219563724583\n",
    "sigmoid -d 0:2 -F csv 0": "x,sigmoid,sigmoid_d1,sigmoid_d2\n0,0.5,0.25,0\n",
    "exponential -d 30 -F plain 0": "1\n",
    "relu --dtype bfloat16 --exact -F csv 1.003906251": "x,relu\n1.003906251,1.01\n",
    "relu --dtype float8_e4m3fn --exact -F csv 1.0625000000009095": "x,relu\n1.0625000000009095,1.1\n",
    "x*sigmoid(a*x) --a 2 -F csv 0.5": "x,x*sigmoid(a*x)\n0.5,0.36552928931500245\n",
    "2*x -F csv 1": "x,2*x\n1,2\n",
    "gelu(x)-x*Phi(x) -d 0:3 -F plain -2:2": "0 0 0 0\n" * 5,
    "compare relu max(x,0) -d 0,1 -F csv 2": 'x,relu,relu_d1,"max(x,0)","max(x,0)_d1"\n2,2,1,2,1\n',
    "compare elu (alpha+1)*x --alpha 2 -F csv 1": "x,elu (alpha = 2),(alpha+1)*x (alpha = 2)\n1,1,3\n",
    "neuron x*x --weights 1,2 -F csv 1 2": "input,x,w,z,x*x\n1,1,1,1,1\n2,2,2,4,16\nneuron,,,5,25\n",
    "plot x*x --data -F csv 2": "x,x*x\n2,4\n",
    "gelu --digits 30 -F csv 1": "x,gelu\n1,0.841344746068542948585232545632\n",
    "gelu --digits 20 -F jsonl -d 0,1 1": '{"x":1,"gelu":"0.84134474606854294859",'
    '"gelu_d1":"1.0833154705876862984"}\n',
    "relu --digits 20 -F csv 2 -1 inf nan": "x,relu\n2,2\n-1,0\ninf,inf\nnan,nan\n",
    "hardmax --exact -F csv 1 2": "x,hardmax\n1,0\n2,1\n",
    "elu --like torch --exact -d 2 -F csv 0": "x,elu_d2\n0,0\n",
}


@pytest.mark.parametrize("line", LINES)
def test_lines_and_their_answers(act: Act, line: str) -> None:
    outcome = act(*line.split())
    assert (outcome.out, outcome.err, outcome.code) == (LINES[line], "", 0)


def test_titles_have_three_primes_and_then_numbers(act: Act) -> None:
    assert "tanh''' " in act("tanh", "-d", "3:4", "1").out
    assert "tanh(4) " in act("tanh", "-d", "3:4", "1").out


@pytest.mark.parametrize("verb", ["", "compare", "neuron", "plot", "info"])
@pytest.mark.parametrize(
    "formula", ["x*(1+", "x+x.real", "foo(x)", "x^2", "9**9**9**x", "(lambda: x)()", "x+'a'", "(" * 90 + "x"]
)
def test_a_formula_that_is_none_is_refused_at_once_with_its_place(act: Act, verb: str, formula: str) -> None:
    more = {"neuron": ["--weights", "1"], "info": [], "plot": []}.get(verb, ["1"])
    started = time.monotonic()
    outcome = act(*filter(None, [verb]), formula, *more)
    assert time.monotonic() - started < 5
    assert (outcome.code, outcome.out) == (2, "")
    first, *pointer = outcome.err.splitlines()
    assert first.startswith("act: ")
    assert [line.strip() for line in pointer[1:]] == ["^"]


REFUSED = {
    "x*sigmoid(a*x) 1": "the formula has no default; say --a",
    "x*columns --columns 1 2": "--columns is an option of act; give the formula's parameter another name",
    "plot x*title --title 3": "--title is an option of act; give the formula's parameter another name",
    "neuron x*bias --bias 0.5 --weights 1 1": "--bias is an option of act",
    "lut x*at --at 2": "--at is an option of act",
    "-x*tanh(x) 1": "begins with a minus needs parentheses: '(-x*tanh(x))'",
    "plot -x*tanh(x)": "begins with a minus needs parentheses: '(-x*tanh(x))'",
    "info a*x": "write a number for a in the formula",
    "-2*x -F csv 1": "begins with a minus needs parentheses: '(-2*x)'",
    "gelu-knew 1": "did you mean gelu",
    "sofmax 1": "did you mean softmax",
    "tanh -d 31 1": "orders go up to 30",
    "tanh -d 3:2 1": "the smaller first",
    "tanh -d x 1": "no list of orders from 0 to 30, such as 0,1,2 or 0:8",
    "softmax -d 3 1 2": "softmax has derivatives of order 0 to 2, not 3",
    "softmax --digits 20 1 2": "--digits is for functions of one number",
    "tanh --digits 17 1": "--digits",
    "tanh --digits 20 -p 3 1": "-p: --digits gives texts",
    "tanh --digits 20 --dtype float16 1": "--dtype: --digits gives texts",
    "tanh --digits 20 1 -o y.npy": "--digits",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_is_refused_in_a_line(
    act: Act, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = act(*line.split())
    assert (outcome.code, outcome.out) == (2, "")
    assert REFUSED[line] in outcome.err
    assert outcome.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_what_nobody_knows_is_nan_and_one_note(act: Act) -> None:
    outcome = act("log(x)", "-F", "csv", "-1", "1", "-2", "inf")
    assert outcome.out == "x,log(x)\n-1,nan\n1,0\n-2,nan\ninf,nan\n"
    assert outcome.err == "act: 3 results computed as nan: not known there, or no number\n"
    assert act("log(x)", "-1", "-q").err == ""


def test_a_tie_of_inexact_operations_is_even_and_counted(act: Act) -> None:
    outcome = act("x*sqrt(2)*sqrt(2)/2 + 0.00390625", "1", "3", "--dtype", "bfloat16", "-F", "plain")
    assert outcome.out == "1\n3\n"
    assert outcome.err == "act: 1 result is unproven: ties that no precision decides, rounded to even\n"


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "3"])
def test_text_is_the_same_with_any_count_of_processes(act: Act, tmp_path: Path, jobs: str) -> None:
    (tmp_path / "x.csv").write_text("x,y\n" + "".join(f"{k / 7 - 9e3},{k}\n" for k in range(50_000)))
    words = ["gelu", "--exact", "-c", "x", str(tmp_path / "x.csv")]
    outcome = act(*words, "-j", jobs)
    assert outcome.raw == act(*words).raw
    assert outcome.err == ""
    noted = act("log(x)", "-c", "x", str(tmp_path / "x.csv"), "-j", jobs, "-F", "plain")
    assert noted.err.startswith("act: 50,000 results")


def test_arrays_and_tables_are_exact_too(act: Act, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(0, 3, (20, 3)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    words = ("gelu", "--exact", "-d", "0,3", str(tmp_path / "x.npy"), "-o", str(tmp_path / "y.npy"))
    assert act(*words).code == 0
    for order in (0, 3):
        y = evaluate(exact(ACTIVATIONS["gelu"]), x, order)
        assert np.array_equal(np.load(tmp_path / f"y_d{order}.npy"), y)
    pyarrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pyarrow.table({"x": x[:, 0].astype(float)}), tmp_path / "x.parquet")
    assert act("x*tanh(x)", str(tmp_path / "x.parquet"), "-o", str(tmp_path / "y.parquet")).code == 0
    assert pq.read_table(tmp_path / "y.parquet").num_rows == 20


@pytest.mark.slow
def test_info_of_a_formula_says_what_is_known_of_it(act: Act) -> None:
    found = json.loads(act("info", "x*exp(-x*x)", "-F", "json").out)
    assert (found["limits"], found["roots"], found["smooth"]) == ([0, 0], [0], True)
    assert "0.428882 at x = 0.707107" in act("info", "x*exp(-x*x)").out
    bent = json.loads(act("info", "abs(x - 1) + relu(x)", "-F", "json").out)
    assert bent["jumps"]["d1"] == [0, 1]
    assert bent["lipschitz"] == 2


def test_a_plot_of_a_formula_is_that_of_the_activation(act: Act) -> None:
    formula, name = act("plot", "x*tanh(x)", "-d", "0,1").out, act("plot", "lisht", "-d", "0,1").out
    assert "b (x*tanh(x))'" in formula
    assert formula.split("\n", 1)[1] == name.split("\n", 1)[1]


WITHOUT = "import sys; sys.modules['flint'] = None; from actcli.__main__ import main; main()"


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "gelu --exact 1",
        "tanh -d 3 1",
        "x*x 1",
        "tanh --digits 20 1",
        "tanh --inverse 1",
        "info x*x",
        "plot x*x",
    ],
)
def test_without_its_package_the_extra_is_named(line: str) -> None:
    done = python(WITHOUT, *line.split(), env=ENVIRONMENT)
    assert (done.code, done.out) == (2, "")
    assert done.err == "act: an exact result needs an optional package: pip install 'actcli[exact]'\n"
    assert python(WITHOUT, "tanh", "-d", "0,1,2", "1", "-F", "csv", env=ENVIRONMENT).code == 0


def test_a_worker_without_it_can_say_so() -> None:
    program = (
        "import pickle, sys; sys.modules['flint'] = None; import actcli\n"
        "record = pickle.loads(sys.stdin.buffer.read())\n"
        "try: actcli.evaluate(record, [1.0])\n"
        "except Exception as error: print(pickle.loads(pickle.dumps(error)))\n"
    )
    sent = pickle.dumps(exact(ACTIVATIONS["gelu"]))
    done = subprocess.run([sys.executable, "-c", program], input=sent, capture_output=True, check=True)
    assert done.stdout.decode().strip().endswith("pip install 'actcli[exact]'")


def test_what_is_too_large_for_a_type_without_infinity_is_nan_and_told(act: Act) -> None:
    for words in (["--exact"], []):
        outcome = act("exponential", "--dtype", "float8_e4m3fn", "-F", "csv", "1", "7", "1000", "nan", *words)
        assert outcome.out == "x,exponential\n1,2.8\n7,nan\n1000,nan\nnan,nan\n"
        assert outcome.err == "act: 2 results are nan: too large for float8_e4m3fn\n"
    assert act("exponential", "--dtype", "float8_e5m2", "-F", "csv", "20").out == "x,exponential\n20,inf\n"


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_is_too_large_in_arrays_of_json_is_told_by_all_processes(
    act: Act, tmp_path: Path, jobs: str
) -> None:
    lines = '{"v": [1, 700], "text": "so that there is something to share"}\n' * 50_000
    (tmp_path / "x.jsonl").write_text(lines)
    path = str(tmp_path / "x.jsonl")
    outcome = act("linear", "--dtype", "float8_e4m3fn", "-c", "v", "-j", jobs, path)
    assert outcome.out == lines.replace("[1, 700]", "[1,null]")
    assert outcome.err == "act: 50,000 results are nan: too large for float8_e4m3fn\n"


def test_a_file_is_no_formula(act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert act("compare", "relu", "x-1", "-F", "csv", "3").out == "x,relu,x-1\n3,3,2\n"
    (tmp_path / "x-1").write_text("score\n-1\n")
    assert act("compare", "relu", "x-1", "-F", "csv").out == "score,relu\n-1,0\n"


LIMITS = {
    "x*sin(x)": "none at -∞, none at ∞",
    "exp(x)*sin(x)": "0 at -∞, none at ∞",
    "sign(sin(x))": "none at -∞, none at ∞",
    "max(sin(x), 0)": "none at -∞, none at ∞",
    "log(x)": "none at -∞, ∞ at ∞",
    "sin(x)/x": "0 at -∞, 0 at ∞",
    "x*sigmoid(x)": "0 at -∞, ∞ at ∞",
    "atan(x)": "-1.5708 at -∞, 1.5708 at ∞",
}


@pytest.mark.parametrize("formula", LIMITS)
def test_a_wave_has_no_limit(act: Act, formula: str) -> None:
    assert f"limits        {LIMITS[formula]}\n" in act("info", formula).out


def test_a_pole_is_not_smooth_in_json_either(act: Act) -> None:
    found = json.loads(act("info", "tan(x)", "-F", "json").out)
    assert found["smooth"] is False
    assert found["poles"][0] < -1.57 < 1.57 < found["poles"][-1]
    assert json.loads(act("info", "tanh", "-F", "json").out)["poles"] == []


def test_many_corners_are_not_all_named(act: Act) -> None:
    assert "jumps at x = -6.28319, -3.14159, 0, 3.14159, 6.28319, and more" in act("info", "abs(sin(x))").out


@pytest.mark.parametrize(
    ("formula", "zero"),
    [("(x)", "-0"), ("sin(x)", "-0"), ("x**3", "-0"), ("tanh(x)", "-0"), ("x*x", "0"), ("-2*x + 3*x*x", "0")],
)
def test_zero_keeps_its_sign_in_a_formula(act: Act, formula: str, zero: str) -> None:
    assert act(f"({formula})", "-F", "plain", "-0.0", "0").out == f"{zero}\n0\n"
