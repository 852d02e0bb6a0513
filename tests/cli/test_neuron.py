"""One neuron: weighted inputs, their sum, and activations of it."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actcli.numeric.elementary import weighted_sum

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act
    from support.processes import Outcome

WEIGHTS = ("--weights", "0.2,-0.5,0.1", "--bias", "0.3")


def rows(outcome: Outcome) -> list[list[str]]:
    assert outcome.code == 0, outcome.err
    return [line.split(",") for line in outcome.out.splitlines()]


def test_each_input_alone_and_the_neuron_with_all(act: Act) -> None:
    header, *inputs, neuron = rows(act("neuron", "relu", "tanh", *WEIGHTS, "1", "2", "3", "-F", "csv"))
    assert header == ["input", "x", "w", "z", "relu", "tanh"]
    assert [row[:3] for row in inputs] == [["1", "1", "0.2"], ["2", "2", "-0.5"], ["3", "3", "0.1"]]
    assert [float(row[3]) for row in inputs] == [pytest.approx(z) for z in (0.5, -0.7, 0.6)]
    assert neuron[:3] == ["neuron", "", ""]
    z = float(neuron[3])
    assert z == pytest.approx(0.2 - 1 + 0.3 + 0.3)
    assert neuron[4] == "0"
    assert float(neuron[5]) == pytest.approx(math.tanh(z))


def test_the_table_has_its_numbers_in_line(act: Act) -> None:
    lines = act("neuron", "relu", "--weights", "10,-2.5", "1", "2").out.splitlines()
    assert lines[1] == "│ input  │ x │    w │  z │ relu │"
    assert lines[5] == "│ neuron │   │      │  5 │    5 │"


def test_derivatives(act: Act) -> None:
    assert rows(act("neuron", "relu", "--weights", "2", "3", "-d", "0,1", "-F", "csv"))[-1] == [
        *("neuron", "", "", "6"),
        *("6", "1"),
    ]


def test_a_bias_may_be_negative_and_parameters_reach_the_activations(act: Act) -> None:
    words = ("relu", "tanh", "--alpha", "0.5", "--weights", "-1", "--bias", "-3", "1", "-F", "csv")
    assert rows(act("neuron", *words))[-1][3:5] == ["-4", "-2"]


@pytest.mark.parametrize("dtype", ["float16", "float32", "bfloat16"])
def test_inputs_sums_and_results_are_of_the_type_that_is_asked_for(act: Act, dtype: str) -> None:
    words = ("neuron", "relu", "sigmoid", "--dtype", dtype, "--weights", "0.1,1", "-F", "csv")
    header, first, *_ = rows(act(*words, "1", "0.1"))
    assert first[header.index("z")] == first[header.index("relu")] == "0.1"
    _, *narrow = rows(act("compare", "relu", "sigmoid", "--dtype", dtype, "-F", "csv", "0.1"))
    assert first[-2:] == narrow[0][1:]
    file = rows(act("neuron", "relu", "--dtype", dtype, "--weights", "1", stdin="0.1\n1e-9\n"))
    assert file == [["0.1", "0.1", "0.1"], ["1e-9", *(["0", "0"] if dtype == "float16" else ["1e-9"] * 2)]]


# --- files


@pytest.fixture
def data(tmp_path: Path) -> str:
    path = tmp_path / "data.csv"
    path.write_text("id,a,b\nu,1,2\nv,-3,4\n")
    return str(path)


def test_every_row_is_one_evaluation(act: Act, data: str) -> None:
    words = ("relu", "step", "--weights", "1,-2", "--bias", "10", data, "-c", "a,b")
    assert act("neuron", *words).out == "id,a,b,z,relu,step\nu,1,2,7,7,1\nv,-3,4,-1,0,0\n"


@pytest.fixture
def files(data: str, tmp_path: Path) -> dict[str, str]:
    found = {"DATA": data}
    for name, text in (("EMPTY", ""), ("HOLES", "w,v\n1,2\n,3\n"), ("WORDS", "w\n1\nzwei\n")):
        found[name] = str(tmp_path / name)
        (tmp_path / name).write_text(text)
    return found


@pytest.mark.parametrize("text", ["1,-2\n", "w\n1\n-2\n", "w1;w2\n1;-2\n", "name,w\nfirst,1\nsecond,-2\n"])
def test_weights_from_a_file(act: Act, data: str, tmp_path: Path, text: str) -> None:
    weights = tmp_path / "w.csv"
    weights.write_text(text)
    assert act("neuron", "linear", "--weights", str(weights), data, "-c", "a:b").out.splitlines()[1] == (
        "u,1,2,-3,-3"
    )


def test_a_row_with_a_missing_input_is_refused(act: Act) -> None:
    outcome = act("neuron", "relu", "--weights", "1,1", stdin="a,b\n1,\n2,3\n")
    assert outcome.code == 1
    assert "standard input:2:2: column 'b'" in outcome.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("relu", "--weights", "1,2,3", "1", "2"), 2, "3 weights for 2 inputs"),
        (("relu", "--weights", "1", "1", "2"), 2, "1 weight for 2 inputs"),
        (("relu", "--weights", "1,2", "DATA", "-c", "a"), 2, "2 weights for 1 column (a)"),
        (("relu", "--weights", "1,2,3", "DATA", "-c", "a,b"), 2, "3 weights for 2 columns (a, b)"),
        (("relu", "--weights", "1,2", "DATA"), 2, "column 'id' is not numeric"),
        (("relu", "--weights", "1;2", "1", "2"), 2, "neither a list such as 0.2,-0.5 nor a file"),
        (("relu", "--weights", "EMPTY", "1"), 2, "EMPTY: has no numbers"),
        (("relu", "--weights", "HOLES", "1"), 1, "a weight is missing"),
        (("relu", "--weights", "WORDS", "1"), 1, "is not a number"),
        (("relu", "1", "2"), 2, "--weights"),
        (("softmax", "--weights", "1", "2"), 2, "softmax works on several numbers, and a neuron gives one"),
        (("glu", "--weights", "1", "2"), 2, "glu works on several numbers"),
    ],
)
def test_what_is_no_neuron(
    act: Act, files: dict[str, str], words: tuple[str, ...], code: int, message: str
) -> None:
    outcome = act("neuron", *(files.get(word, word) for word in words))
    assert (outcome.code, outcome.out) == (code, "")
    assert message in outcome.err


# --- the sum


finite = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-100)


@pytest.mark.slow
@given(st.lists(st.tuples(finite, finite), min_size=1, max_size=12), finite)
def test_the_sum_is_nearly_that_of_exact_arithmetic(pairs: list[tuple[float, float]], bias: float) -> None:
    x, w = np.array(pairs).T
    exact = sum((Fraction(a) * Fraction(b) for a, b in pairs), Fraction(bias))
    size = sum((abs(Fraction(a) * Fraction(b)) for a, b in pairs), abs(Fraction(bias)))
    got = Fraction(float(weighted_sum(x[None, :], w, bias)[0]))
    assert abs(got - exact) <= abs(exact) * Fraction(2) ** -52 + size * Fraction(2) ** -98


def test_what_cancels_leaves_its_digits() -> None:
    x = np.array([[1e16, 1.0, -1e16]])
    assert weighted_sum(x, np.array([1.0, 1.0, 1.0]), 0.0)[0] == 1.0


def test_infinite_inputs_give_infinite_sums() -> None:
    x = np.array([[math.inf, 1.0], [1e300, 1e300], [math.inf, -math.inf]])
    assert weighted_sum(x, np.array([1e10, 1e10]), 0.0).tolist()[:2] == [math.inf, math.inf]
    assert math.isnan(weighted_sum(x, np.array([1.0, 1.0]), 0.0)[2])


def test_an_array_is_weighed_in_its_own_type(act: Act, tmp_path: Path) -> None:
    path = str(tmp_path / "x.npy")
    np.save(path, np.array([[0.1, 0.2]], np.float32))
    words = ("neuron", "linear", "--weights", "1,1", path)
    assert act(*words).out.split(",")[2:] == ["0.3", "0.3\n"]
    assert act(*words, "--dtype", "float64").out.split(",")[2].startswith("0.30000000")


def test_weights_are_no_array(act: Act, tmp_path: Path) -> None:
    path = str(tmp_path / "w.npy")
    np.save(path, np.ones(2))
    found = act("neuron", "relu", "--weights", path, "1", "2")
    assert (found.code, found.err) == (
        2,
        f"act: --weights {path}: is npy; weights are a comma list, or a CSV file\n",
    )


def test_what_is_drawn_depends_on_the_seed_and_is_what_is_shown(act: Act) -> None:
    drawn = act("neuron", "tanh", "relu", "--random", "4", "--seed", "7", "-F", "csv")
    assert drawn == act("neuron", "tanh", "relu", "--random", "4", "--seed", "7", "-F", "csv")
    assert drawn.out != act("neuron", "tanh", "relu", "--random", "4", "--seed", "8", "-F", "csv").out
    rows = [line.split(",") for line in drawn.out.splitlines()[1:5]]
    inputs, weights = ([row[place] for row in rows] for place in (1, 2))
    assert all(len(number.partition(".")[2]) <= 2 for number in (*inputs, *weights))
    typed = act("neuron", "tanh", "relu", "--weights", ",".join(weights), "-F", "csv", *inputs)
    assert typed.out == drawn.out


def test_a_seed_that_was_drawn_is_told_and_gives_the_numbers_again(act: Act) -> None:
    first = act("neuron", "tanh", "--random", "3", "-F", "csv")
    told = re.fullmatch(r"act: --seed (\d+) draws these numbers again\n", first.err)
    assert told is not None
    again = act("neuron", "tanh", "--random", "3", "--seed", told[1], "-F", "csv")
    assert (again.out, again.err) == (first.out, "")
    assert act("neuron", "tanh", "--random", "3", "-q").err == ""


def test_an_option_of_both_is_the_neurons(act: Act) -> None:
    """Also star-relu has a bias, which its name carries."""
    own = act("neuron", "star-relu", "--bias", "0.5", "--weights", "2", "1", "-F", "csv").out.splitlines()
    plain = act("star-relu", "-F", "plain", "-p", "17", "2.5").out.strip()
    assert own[-1].split(",")[-1] == plain
    carried = act("neuron", "star-relu(bias=1)", "--bias", "0.5", "--weights", "2", "1", "-F", "csv").out
    plain = act("star-relu", "--bias", "1", "-F", "plain", "-p", "17", "2.5").out.strip()
    assert carried.splitlines()[-1].split(",")[-1] == plain
    assert act("neuron", "star-relu", "--help").out.count("--bias NUMBER") == 1
