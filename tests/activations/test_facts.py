"""Facts from outside: published numbers, and closed forms written naively here with Python's own math."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.activations import RECORDS, find
from actcli.engine import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable

    Curve = Callable[[float], float]

X = (-3.0, -1.0, 0.0, 1.0, 3.0)
SCALE, ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
E = math.exp


def act(name: str, x: Any, order: int = 0, **parameters: Any) -> Any:
    record = find(name)
    assert record is not None
    return evaluate(record, x, order, **parameters)


def zero(_: float) -> float:
    return 0.0


def one(_: float) -> float:
    return 1.0


def logistic(x: float) -> float:
    return 1 / (1 + E(-x))


def keras_relu(x: float) -> float:
    return 2.0 if x >= 2 else x if x >= 0.5 else 0.1 * (x - 0.5)


NUMPY_ML: list[tuple[str, dict[str, float], Curve, Curve, Curve]] = [
    ("Affine", {"slope": 2.5, "intercept": -1.0}, lambda x: 2.5 * x - 1, lambda _: 2.5, zero),
    (
        "ELU",
        {"alpha": 0.5},
        lambda x: x if x > 0 else 0.5 * (E(x) - 1),
        lambda x: 1.0 if x > 0 else 0.5 * E(x),
        lambda x: 0.0 if x > 0 else 0.5 * E(x),
    ),
    ("Exponential", {}, E, E, E),
    (
        "HardSigmoid",
        {},
        lambda x: min(1.0, max(0.0, 0.2 * x + 0.5)),
        lambda x: 0.2 if -2.5 <= x <= 2.5 else 0.0,
        zero,
    ),
    ("Identity", {}, lambda x: x, one, zero),
    ("LeakyReLU", {"alpha": 0.3}, lambda x: x if x > 0 else 0.3 * x, lambda x: 1.0 if x > 0 else 0.3, zero),
    ("ReLU", {}, lambda x: max(0.0, x), lambda x: 1.0 if x > 0 else 0.0, zero),
    (
        "SELU",
        {},
        lambda x: SCALE * x if x > 0 else SCALE * ALPHA * (E(x) - 1),
        lambda x: SCALE if x > 0 else SCALE * ALPHA * E(x),
        lambda x: 0.0 if x > 0 else SCALE * ALPHA * E(x),
    ),
    (
        "Sigmoid",
        {},
        logistic,
        lambda x: logistic(x) * (1 - logistic(x)),
        lambda x: logistic(x) * (1 - logistic(x)) * (1 - 2 * logistic(x)),
    ),
    ("SoftPlus", {}, lambda x: math.log(E(x) + 1), logistic, lambda x: E(x) / (E(x) + 1) ** 2),
    (
        "Tanh",
        {},
        lambda x: (E(x) - E(-x)) / (E(x) + E(-x)),
        lambda x: 1 - math.tanh(x) ** 2,
        lambda x: -2 * math.tanh(x) * (1 - math.tanh(x) ** 2),
    ),
]

KERAS: list[tuple[str, dict[str, float], Curve, Curve, Curve]] = [
    (
        "relu",
        {"alpha": 0.1, "max_value": 2.0, "threshold": 0.5},
        keras_relu,
        lambda x: 0.0 if x >= 2 else 1.0 if x > 0.5 else 0.1,
        zero,
    ),
    (
        "softsign",
        {},
        lambda x: x / (abs(x) + 1),
        lambda x: 1 / (abs(x) + 1) ** 2,
        lambda x: (-2 if x > 0 else 2) / (abs(x) + 1) ** 3,
    ),
    ("linear", {}, lambda x: x, one, zero),
    ("PReLU", {"alpha": 0.25}, lambda x: x if x >= 0 else 0.25 * x, lambda x: 1.0 if x > 0 else 0.25, zero),
    (
        "ThresholdedReLU",
        {"theta": 1.0},
        lambda x: x if x > 1 else 0.0,
        lambda x: 1.0 if x > 1 else 0.0,
        zero,
    ),
    (
        "hard_sigmoid",
        {},
        lambda x: 0.0 if x < -2.5 else 1.0 if x > 2.5 else 0.2 * x + 0.5,
        lambda x: 0.0 if abs(x) > 2.5 else 0.2,
        zero,
    ),
]


@pytest.mark.parametrize("row", [*NUMPY_ML, *KERAS], ids=lambda row: row[0])
def test_functions_of_numpy_ml_and_of_the_old_keras_page(
    row: tuple[str, dict[str, float], Curve, Curve, Curve],
) -> None:
    name, parameters, *curves = row
    for order, curve in enumerate(curves):
        expected = [curve(x) for x in X]
        assert act(name, X, order, **parameters) == pytest.approx(expected, rel=1e-13, abs=1e-15), order


OLD_KERAS = (
    "softmax elu selu softplus softsign relu tanh sigmoid hard_sigmoid exponential linear "
    "LeakyReLU PReLU ELU ThresholdedReLU Softmax ReLU"
)


@pytest.mark.parametrize("name", OLD_KERAS.split())
def test_every_name_of_the_old_keras_page_is_found(name: str) -> None:
    assert find(name) is not None


def test_softmax_of_the_textbook() -> None:
    y = act("softmax", [1, 2, 3, 4, 1, 2, 3])
    assert [f"{p:.7g}" for p in y] == [
        "0.02364054", "0.06426166", "0.1746813", "0.474833", "0.02364054", "0.06426166", "0.1746813",
    ]  # fmt: skip
    y = act("softmax", [0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3])
    assert [f"{p:.3f}" for p in y] == ["0.125", "0.138", "0.153", "0.169", "0.125", "0.138", "0.153"]


def test_leaky_relu_and_step_of_the_textbook() -> None:
    assert act("leaky-relu", -3.0, alpha=0.5) == -1.5
    assert act("step", [0.4, 0.5, 0.6], threshold=0.5).tolist() == [0, 1, 1]


LOST: list[tuple[str, Any, int, float]] = [
    ("gelu", -9.0, 0, -1.0157e-18),
    ("sigmoid", 40.0, 1, 4.2484e-18),
    ("tanh", 20.0, 1, 1.6993e-17),
    ("sigmoid", 1e-17, 2, -1.25e-18),
    ("softplus", 21.0, 2, 7.5826e-10),
    ("elu", -40.0, 1, 4.2484e-18),
    ("tanh-shrink", 1e-9, 0, 3.3333e-28),
    ("log-sigmoid", 40.0, 0, -4.2484e-18),
    ("softsign", math.inf, 0, 1.0),
    ("softsign", -math.inf, 0, -1.0),
    ("silu", -math.inf, 0, 0.0),
    ("gelu", -math.inf, 0, 0.0),
    ("mish", -math.inf, 0, 0.0),
    ("hard-silu", -math.inf, 0, 0.0),
    ("relu", -math.inf, 2, 0.0),
]


@pytest.mark.parametrize(("name", "x", "order", "true"), LOST)
def test_values_that_other_libraries_lose(name: str, x: float, order: int, true: float) -> None:
    assert act(name, x, order) == pytest.approx(true, rel=5e-5, abs=0)


def test_vectors_that_other_libraries_lose() -> None:
    assert act("log-softmax", [0.0, -40.0])[0] == pytest.approx(-4.2484e-18, rel=1e-4, abs=0)
    assert act("softmax", [0.0, -40.0], 1)[0, 0] == pytest.approx(4.2484e-18, rel=1e-4, abs=0)
    assert act("sparsemax", [1.0, 0.5]).tolist() == [0.75, 0.25]


def test_infinities_in_vectors() -> None:
    inf = math.inf
    assert act("softmax", [1.0, inf, -inf]).tolist() == [0, 1, 0]
    assert act("log-softmax", [1.0, inf]).tolist() == [-inf, 0]
    assert act("softmin", [1.0, -inf]).tolist() == [0, 1]
    assert act("sparsemax", [1.0, inf]).tolist() == [0, 1]
    for name in ("softmax", "sparsemax", "log-softmax"):
        for draw in ([-inf, -inf], [inf, inf, 1.0]):
            assert np.isnan(act(name, draw)[:2]).all()


def test_lengths_and_spreads_of_softmax() -> None:
    assert act("softmax", [3.0]).tolist() == [1]
    assert act("softmax", [3.0], 1).tolist() == [[0]]
    assert act("softmax", np.zeros(10**6)).tolist() == [1e-6] * 10**6
    assert act("softmax", [700.0, 0.0]).tolist() == pytest.approx([1, math.exp(-700)], rel=1e-15, abs=0)
    assert act("softmax", [1e4 + 0.1, 1e4]) == pytest.approx(
        act("softmax", [1e4 + 0.1 - 1e4, 0.0]), rel=4e-16
    )


def test_of_equal_numbers_each_has_its_share() -> None:
    for number in (0.0, 1.0, 0.1, -37.5, 598.6, 598.8, -599.0, 700.0, -1e300):
        for count in (2, 3, 4, 7, 49, 1000):
            for name in ("softmax", "softmin"):
                assert act(name, np.full(count, number)).tolist() == [1 / count] * count


@pytest.mark.slow
@pytest.mark.parametrize("name", ["softmax", "softmin", "sparsemax"])
def test_probabilities_sum_to_one_and_their_derivatives_to_zero(name: str) -> None:
    x = np.random.default_rng(5).normal(0, 3, (20, 12))
    record = RECORDS[name]
    y, jacobian, hessian = evaluate(record, x, (0, 1, 2))
    assert y.sum(axis=-1) == pytest.approx(1, abs=12 * 2.3e-16)
    assert jacobian.sum(axis=-1) == pytest.approx(0, abs=1e-15)
    assert jacobian.sum(axis=-2) == pytest.approx(0, abs=1e-15)
    assert hessian.sum(axis=1) == pytest.approx(0, abs=1e-15)
    assert hessian == pytest.approx(hessian.swapaxes(-1, -2), abs=1e-16)


def test_entmax_of_its_readme() -> None:
    # the numbers that entmax's README prints for these scores
    assert act("entmax15", [-2.0, 0.0, 0.5]) == pytest.approx([0.0, 0.3260, 0.6740], abs=5e-5)
    assert act("entmax15", [1.0, math.inf]).tolist() == [0, 1]
    assert act("entmax15", np.zeros(1000)) == pytest.approx(1e-3, rel=1e-14)


def test_a_sink_takes_its_share_and_is_not_divided() -> None:
    x = [0.5, -1.0, 3.0]
    assert act("softmax", x, sink=0.0) == pytest.approx(act("softmax", [*x, 0.0])[:3], rel=1e-15)
    assert act("softmax", x, sink=2.0, temperature=2.0) == pytest.approx(
        act("softmax", [*x, 4.0], temperature=2.0)[:3], rel=1e-15
    )
    assert act("softmax", [-1e5, -1e5], sink=0.0).tolist() == [0, 0]
    assert act("softmax", [1.0, math.inf], sink=0.0).tolist() == [0, 1]
    assert act("softmax", [-math.inf, -math.inf], sink=0.0).tolist() == [0, 0]
