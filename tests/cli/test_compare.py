"""Several activations of the same numbers, side by side."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from actcli.activations import ACTIVATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act
    from support.processes import Outcome


ALPHA = ("--alpha", "0.5", "-2")


def rows(outcome: Outcome) -> list[list[str]]:
    assert outcome.code == 0, outcome.err
    return [line.split(",") for line in outcome.out.splitlines()]


def test_a_column_for_each_activation(act: Act) -> None:
    header, *data = rows(act("compare", "relu", "exponential", "-F", "csv", "-1:1"))
    assert header == ["x", "relu", "exponential"]
    assert [row[:2] for row in data] == [["-1", "0"], ["0", "0"], ["1", "1"]]
    assert [float(row[2]) for row in data] == [pytest.approx(math.exp(x)) for x in (-1, 0, 1)]


def test_the_orders_of_one_stand_together(act: Act) -> None:
    header, data = rows(act("compare", "relu", "elu", "-d", "0,1", "2", "-F", "csv"))
    assert header == ["x", "relu", "relu_d1", "elu", "elu_d1"]
    assert data == ["2", "2", "1", "2", "1"]


@pytest.mark.slow
def test_it_agrees_with_the_activations_alone(act: Act) -> None:
    names = [name for name, a in ACTIVATIONS.items() if a.kind.value == "elementwise"]
    words = ("-d", "all", "-F", "csv", "-1.5", "0", "3.25")
    together = rows(act("compare", *names, *words))
    place = 1
    for name in names:
        alone = rows(act(name, *words))
        assert [row[1:] for row in alone] == [row[place : place + 3] for row in together]
        place += 3
    assert len(together[0]) == place


def test_any_spelling_names_an_activation_and_twice_is_refused(act: Act) -> None:
    assert rows(act("compare", "HardSigmoid", "swish", "0", "-F", "csv"))[0] == ["x", "hard-sigmoid", "silu"]
    refused = act("compare", "HardSigmoid", "swish", "silu", "0", "-F", "csv")
    assert (refused.code, "silu is named twice" in refused.err) == (2, True)


def test_vectors_are_compared_over_all_numbers(act: Act) -> None:
    header, *data = rows(act("compare", "softmax", "hardmax", "relu", "1", "2", "3", "-F", "csv"))
    assert header == ["x", "softmax", "hardmax", "relu"]
    assert sum(float(row[1]) for row in data) == pytest.approx(1)
    assert [row[2] for row in data] == ["0", "0", "1"]


def test_gates_are_compared_over_pairs(act: Act) -> None:
    header, first, second = rows(act("compare", "reglu", "glu", "-1", "2", "5", "0", "-F", "csv"))
    assert header == ["a", "b", "reglu", "glu"]
    assert first[:3] == ["-1", "5", "0"]
    assert float(first[3]) == pytest.approx(-1 / (1 + math.exp(-5)))
    assert second == ["2", "0", "0", "1"]


# --- parameters


def test_a_parameter_goes_to_all_that_have_it(act: Act) -> None:
    x, relu, elu, leaky, _ = rows(act("compare", "relu", "elu", "leaky-relu", "tanh", *ALPHA, "-F", "csv"))[1]
    assert (x, relu, leaky) == ("-2", "-1", "-1")
    assert float(elu) == pytest.approx(0.5 * math.expm1(-2))


def test_its_own_parameter_goes_before_another_name_for_one(act: Act) -> None:
    """ONNX calls silu's beta alpha: beside elu, --alpha is elu's alone."""
    both = rows(act("compare", "elu", "silu", "--alpha", "2", "-1", "-F", "csv"))[1]
    assert both[1:] == [
        rows(act("elu", "--alpha", "2", "-1", "-F", "csv"))[1][1],
        rows(act("silu", "-1", "-F", "csv"))[1][1],
    ]


def test_frameworks_names_are_understood(act: Act) -> None:
    assert rows(act("compare", "relu", "leaky-relu", "--negative-slope", "0.5", "-4", "-F", "csv"))[1][
        1:
    ] == [
        "-2",
        "-2",
    ]


def test_options_may_stand_anywhere(act: Act) -> None:
    assert rows(act("compare", "--alpha", "0.5", "relu", "-F", "csv", "-2"))[1] == ["-2", "-1"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tanh", "gelu", "--alpha", "1", "2"), "none of tanh, gelu has a parameter --alpha"),
        (("tanh", "--theta", "1", "2"), "tanh has no parameter --theta; 'act info tanh'"),
        (("relu", "tahn", "2"), "there is no activation 'tahn'; did you mean tanh"),
        (("1", "2"), "name an activation first, for example: act compare tanh sigmoid 1 2"),
        ((), "name an activation first"),
        (("relu", "glu", "1", "2"), "glu gates one half of the numbers by the other, relu does not"),
        (("elu", "--alpha", "1,x", "1"), "--alpha: '1,x' is not a number"),
        (("prelu", "--alpha", "1,2", "1"), "2 values of a parameter for 1 number"),
        (("elu", "--alpha", "0:1:0.001", "1"), "more than 1,000 values; give a larger step: 0:1:0.1"),
        (
            ("relu", "--alpha", "0:1:0.01", "--threshold", "0:1:0.01", "1"),
            "give a larger step: --alpha 0:1:0.1 --threshold 0:1:0.1",
        ),
        (("relu", "1", "nothing.csv"), "'nothing.csv' is neither a number nor a file"),
        (("relu", "elu", "--alpa", "1", "1"), "--alpha"),
    ],
)
def test_what_cannot_be_compared(act: Act, words: tuple[str, ...], message: str) -> None:
    outcome = act("compare", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err


def test_like_holds_for_all(act: Act) -> None:
    like = rows(act("compare", "gelu", "leaky-relu", "--like", "keras", "-3", "-F", "csv"))[1]
    assert float(like[2]) == pytest.approx(0.2 * -3)


# --- files


@pytest.fixture
def data(tmp_path: Path) -> str:
    path = tmp_path / "data.csv"
    path.write_bytes(b'id,x,"y"\r\na, 1 ,2\r\nb,,-3\r\n')
    return str(path)


def test_results_of_one_column_have_the_activations_names(act: Act, data: str) -> None:
    assert act("compare", "relu", "linear", data, "-c", "x").raw == (
        b'id,x,"y",relu,linear\r\na, 1 ,2,1,1\r\nb,,-3,,\r\n'
    )


def test_results_of_several_columns_are_grouped_by_column(act: Act, data: str) -> None:
    assert act("compare", "relu", "linear", data).raw == (
        b'id,x,"y",x_relu,x_linear,y_relu,y_linear\r\na, 1 ,2,1,1,2,2\r\nb,,-3,,,0,-3\r\n'
    )


def test_data_formats(act: Act, data: str) -> None:
    assert json.loads(act("compare", "relu", "linear", data, "-c", "y", "-F", "json").out) == [
        {"id": "a", "x": " 1 ", "y": 2, "relu": 2, "linear": 2},
        {"id": "b", "x": "", "y": -3, "relu": 0, "linear": -3},
    ]


def test_a_pipe(act: Act) -> None:
    assert act("compare", "relu", "step", stdin="-1\n2\n").out == "-1,0,0\n2,2,1\n"


def test_vectors_down_a_single_column(act: Act) -> None:
    lines = act("compare", "softmax", "hardmax", "-d", "0", stdin="1\n3\n2\n").out.splitlines()
    softmax = act("softmax", stdin="1\n3\n2\n").out.splitlines()
    assert [line.split(",")[1] for line in lines] == softmax
    assert [line.split(",")[2] for line in lines] == ["0", "1", "0"]


def test_gates_down_a_single_column(act: Act) -> None:
    first, second = rows(act("compare", "reglu", "glu", stdin="1\n-1\n2\n3\n"))
    assert first[:2] == ["1", "2"]
    assert second[:2] == ["-1", "0"]
    assert float(second[2]) == pytest.approx(-1 / (1 + math.exp(-3)))


def test_down_several_columns_is_refused(act: Act) -> None:
    outcome = act("compare", "softmax", "relu", "--axis", "0", stdin="1,2\n3,4\n")
    assert (outcome.code, outcome.err) == (
        2,
        "act: down the columns, compare one at a time; choose it with -c\n",
    )


def test_a_file_of_its_own(act: Act, data: str, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    assert act("compare", "relu", data, "-c", "y", "-o", str(target)).code == 0
    assert [row["relu"] for row in json.loads(target.read_text())] == [2, 0]


def test_frameworks_side_by_side(act: Act) -> None:
    found = act("compare", "hard-sigmoid", "relu", "--like", "torch,keras2,act,torch", "2", "-F", "csv")
    names = [f"{name}@{like}" for name in ("hard-sigmoid", "relu") for like in ("torch", "keras2", "act")]
    header, row = found.out.splitlines()
    assert header.split(",") == ["x", *names]
    assert list(map(float, row.split(","))) == pytest.approx([2, 5 / 6, 0.9, 0.9, 2, 2, 2], rel=1e-15)
    one = act("compare", "gelu", "--like", "jax", "1", "-F", "csv").out
    assert one == act("compare", "gelu-tanh", "1", "-F", "csv").out.replace("gelu-tanh", "gelu")
    assert act("compare", "gelu", "--like", "act", "1").out == act("compare", "gelu", "1").out
    assert "Keras 2.2 has no mish" in act("compare", "mish", "--like", "torch,keras2", "1").err
    assert "there is no 'foo'" in act("compare", "relu", "--like", "torch,foo", "1").err
    assert act("plot", "hard-sigmoid", "--like", "torch,keras2").out.startswith(
        "a hard-sigmoid@torch  b hard-sigmoid@keras2\n"
    )


def test_a_parameter_reaches_an_activation_of_each_framework(act: Act) -> None:
    found = act("compare", "leaky-relu", "--like", "torch,jax", "--alpha", "0.5", "-1", "-F", "plain")
    assert found.out == "-0.5 -0.5\n"


def test_a_parameter_takes_several_values(act: Act) -> None:
    """One result for each, named by it, also where it is the default; a range is all its values."""
    table = rows(act("compare", "elu", "relu", "--alpha", "0,1,2", "-1", "-F", "csv"))
    assert table[0][1:] == [f"{name} (alpha = {alpha})" for name in ("elu", "relu") for alpha in (0, 1, 2)]
    for alpha in (0, 1, 2):
        for nth, name in enumerate(("elu", "relu")):
            alone = rows(act(name, "--alpha", str(alpha), "-1", "-F", "csv"))[1][1]
            assert table[1][1 + 3 * nth + alpha] == alone
    assert rows(act("compare", "elu", "--alpha", "0:2", "-1", "-F", "csv"))[1][1:] == table[1][1:4]
    assert len(rows(act("compare", "elu", "--alpha", "1,2,1", "-1", "-F", "csv"))[0]) == 3


def test_a_list_of_values_for_columns_stays_one(act: Act) -> None:
    shown = act("compare", "prelu", "elu", "--alpha", "0.5,2", "-1", "-2", "-F", "csv").out.splitlines()
    assert shown[0] == 'x,"prelu (alpha = 0.5,2)",elu (alpha = 0.5),elu (alpha = 2)'
    assert [line.split(",")[1] for line in shown[1:]] == ["-0.5", "-4"]


def test_like_all_is_ours_and_each_other_thing_that_frameworks_compute(act: Act) -> None:
    outcome = act("compare", "gelu", "--like", "all", "-F", "csv", "1", "-2.25")
    assert outcome.out.splitlines()[0] == "x,gelu@act,gelu@jax"
    same, other = outcome.err.splitlines()
    assert same.startswith("act: gelu: the same to the last digit in Keras 3, PyTorch, ")
    assert other.startswith("act: gelu: up to 0.000")
    assert other.endswith(" away in JAX, numpy-ml, ggml, tinygrad, Flax, at -2.25")
    assert act("compare", "gelu", "--like", "all", "-q", "1").err == ""
    assert act("compare", "relu", "--like", "all", "-q", "-F", "csv", "1").out == "x,relu@act\n1,1\n"
    assert act("compare", "softplus", "--like", "all", "-q", "-F", "csv", "21").out.endswith(",21\n")


def test_like_all_knows_a_types_precision_and_parameters_without_default(act: Act) -> None:
    notes = act("compare", "leaky-relu", "--like", "all", "-1").err
    assert "the same in float32, up to 2.24e-10 away in ONNX, TensorRT, at -1" in notes
    assert "Core ML" not in notes
    assert "Core ML" in act("compare", "leaky-relu", "--like", "all", "--alpha", "0.5", "-1").err
    columns = act("compare", "softsign", "--like", "all", "-d", "2", "-F", "csv", "0").out.splitlines()
    assert columns == ["x,softsign@act_d2,softsign@keras_d2,softsign@torch_d2", "0,2,-2,0"]


@pytest.mark.parametrize("name", ["2x", "x (mm)", "f(x", "a|b"])
def test_the_value_of_an_option_is_no_formula(act: Act, name: str) -> None:
    outcome = act("compare", "relu", "elu", "-c", name, stdin=f"{name},other\n-1,2\n")
    assert (outcome.code, outcome.err) == (0, "")
    assert act("compare", "relu", "elu", "--exclude", name, stdin=f"{name},other\n-1,2\n").code == 0
    assert act("compare", "relu", "2x", "1").err.startswith("act: products are written with *")
