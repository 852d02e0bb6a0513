"""The promise, on a small grid: `python tests/tools/accuracy.py` measures it on a large one."""

from __future__ import annotations

import contextlib
import math
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpmath import mp, mpf  # type: ignore[import-untyped]  # it has no types
from support.oracle import Hyperdual, exact, exact_many, spacing, ulps, value
from support.processes import run
from tools.accuracy import PERIODIC, Worst, bound, measure, measure_many

from actcli.activations import RECORDS
from actcli.activations.record import Kind
from actcli.activations.sigmoids import _square_times as scaled_tanh_constant
from actcli.engine import evaluate
from actcli.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.activations.record import Activation


@pytest.mark.slow
@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_promise(record: Activation) -> None:
    chance = random.Random(f"1 {record.name}")  # noqa: S311  no secrets
    method, count = (measure, 3) if record.kind is Kind.ELEMENTWISE else (measure_many, 4)
    for order, worst in enumerate(method(record, count, chance)):
        assert worst.error <= bound(record, order), (order, worst)


SETTABLE = [
    r for r in RECORDS.values() if r.parameters and r.kind is Kind.ELEMENTWISE and r.name not in PERIODIC
]
"""A wave is counted from its largest term."""


@pytest.mark.slow
@pytest.mark.parametrize("record", SETTABLE, ids=[record.name for record in SETTABLE])
def test_promise_with_tiny_and_huge_parameters(record: Activation) -> None:
    chance = random.Random(f"2 {record.name}")  # noqa: S311  no secrets
    for given in far_parameters(record, chance):
        xs = [chance.choice((1, -1)) * 10 ** chance.uniform(-12, 12) for _ in range(4)]
        xs += [chance.uniform(-40, 40) / given.get("beta", 1.0) for _ in range(6)] + [0.0]
        got = evaluate(record, np.array(xs), (0, 1, 2), **given)
        for k, x in enumerate(xs):
            for order, true in enumerate(exact(record, x, record.settings(given))):
                assert ulps(float(got[order][k]), true) <= bound(record, order), (x, order, given)


def far_parameters(record: Activation, chance: random.Random, count: int = 8) -> Iterator[dict[str, Any]]:
    """Parameters between 1e-60 and 1e60 in size, within their bounds."""
    while count:
        given = {p.name: chance.choice((1, 1, -1)) * 10 ** chance.uniform(-60, 60) for p in record.parameters}
        with contextlib.suppress(ParameterError):
            record.settings(given)
            count -= 1
            yield given


@pytest.mark.slow
def test_long_vectors() -> None:
    x = np.random.default_rng(7).normal(0, 4, 60)
    for name in ("softmax", "softmin", "log-softmax", "sparsemax"):
        true = exact_many(RECORDS[name], x.tolist(), RECORDS[name].settings(), 0)
        errors = map(ulps, evaluate(RECORDS[name], x).tolist(), true)
        assert max(errors) <= bound(RECORDS[name], 0, 60)


# --- the measure measures


def test_ulps_count_spacings() -> None:
    assert ulps(1.0, mpf(1)) == 0
    assert ulps(math.nextafter(1.0, 2), mpf(1)) == 1
    assert ulps(math.nextafter(1.0, 0), mpf(1)) == 0.5
    assert ulps(0.0, mpf(5e-324)) == 1
    assert ulps(1e-320, mpf(0)) == 1e-320 / 5e-324
    with mp.workprec(100):
        assert ulps(0.1, mpf(1) / 10) == pytest.approx(0.4)


def test_ulps_know_nan_and_infinity() -> None:
    nan, inf = math.nan, math.inf
    assert ulps(nan, nan) == ulps(inf, inf) == 0
    assert ulps(nan, mpf(1)) == ulps(1.0, nan) == ulps(inf, -inf) == ulps(inf, mpf(1)) == inf
    assert ulps(inf, mpf(10) ** 400) == 0
    assert ulps(-inf, mpf(10) ** 400) > 1e15
    assert ulps(sys.float_info.max, mpf(10) ** 400) == 1
    assert spacing(mpf(10) ** 400) == math.ulp(sys.float_info.max)


def test_worst_remembers_where() -> None:
    worst = Worst()
    for error, place in ((1.0, "a"), (math.inf, "b"), (2.0, "c")):
        worst.add(error, place)
    assert (worst.error, worst.place, worst.wrong) == (math.inf, "b", 1)


@pytest.mark.slow
def test_program_prints_and_judges() -> None:
    program = (sys.executable, str(Path(__file__).parents[1] / "tools" / "accuracy.py"))
    done = run("--points", "2", "relu", program=program)
    assert done.code == 0, done.err
    assert [line.split()[:2] for line in done.out.splitlines()] == [
        ["relu", "0"],
        ["relu", "1"],
        ["relu", "2"],
    ]
    done = run("--points", "2", "--markdown", "tanh", program=program)
    assert done.code == 0, done.err
    assert done.out.splitlines()[-1].startswith("| tanh | ")


# --- the oracle knows


def test_formulas_are_exact_where_they_say_so() -> None:
    with mp.workprec(200):
        assert value("1/6", {}) == mpf(1) / 6
        assert value("2*1/6 + 1/3", {}) == mpf(2) / 3
        assert value("0.1", {}) == mpf(0.1) != mpf(1) / 10
        assert value("x*0.1*3", {"x": mpf(1)}) == mpf(0.1) * 3


SMOOTH = (
    "x**3/(1 - x) - 2/x; exp(-x*x)*sin(x); sqrt(1 + x)*tanh(2*x); log(1 + x) - abs(-x); Phi(x)*phi(x); "
    "erf(x)*erfc(x); sech(x)*cos(x); softplus(x)*sigmoid(x); log1p(x)*expm1(x); max(x, 0)*sign(x)"
)


@pytest.mark.parametrize("expression", SMOOTH.split("; "))
def test_hyperduals_differentiate_twice(expression: str) -> None:
    def curve(v: Any) -> Any:
        return value(expression, {"x": v})

    with mp.workprec(120):
        x = mpf("0.7")
        y = curve(Hyperdual(x, mpf(1), mpf(1)))
        assert mp.almosteq(y.v, curve(x), 1e-30)
        assert mp.almosteq(y.a, mp.diff(curve, x), 1e-15)
        assert mp.almosteq(y.c, mp.diff(curve, x, 2), 1e-13)


def test_cancellation_does_not_deceive_the_oracle() -> None:
    f, d1, _ = exact(RECORDS["tanh-shrink"], 1e-200, {})
    assert mp.almosteq(f, mpf(1e-200) ** 3 / 3, 1e-15)
    assert mp.almosteq(d1, mpf(1e-200) ** 2, 1e-15)
    (diagonal, *_) = exact_many(RECORDS["softmax"], [0.0, -700.0], RECORDS["softmax"].settings(), 1)
    assert mp.almosteq(diagonal, mp.exp(-700), 1e-15)


# --- the tricks: what each one saves


def at(name: str, x: float, order: int = 0, **parameters: Any) -> float:
    return float(evaluate(RECORDS[name], np.array([x]), order, **parameters)[0])


def test_a_line_is_rounded_once_at_its_root() -> None:
    root = -0.1 / 0.3
    assert 0.3 * root + 0.1 == 0
    true = exact(RECORDS["affine"], root, {"slope": 0.3, "intercept": 0.1})[0]
    assert true != 0
    assert at("affine", root, slope=0.3, intercept=0.1) == float(true)


def test_a_line_is_right_where_its_product_overflows_or_underflows() -> None:
    for x, slope, intercept in (
        (1e300, -3e10, 1e308),
        (5e-324, 0.3, 1e-320),
        (1e-200, 1e-200, 0.5),
        (3.0, 1e308, -1e308),
    ):
        true = exact(RECORDS["affine"], x, {"slope": slope, "intercept": intercept})[0]
        assert ulps(at("affine", x, slope=slope, intercept=intercept), true) <= 1


def test_exp_goes_on_where_it_is_subnormal_if_its_factor_is_large() -> None:
    assert at("elu", -744.0, 1, alpha=1e10) == pytest.approx(
        1e10 * math.exp(-344) * math.exp(-400), rel=1e-13, abs=0
    )


def test_the_rounding_error_of_a_quotient_is_felt_by_exp() -> None:
    true = exact(RECORDS["celu"], -211.7, {"alpha": 0.3})[1]
    assert ulps(math.exp(-211.7 / 0.3), true) > 50
    assert ulps(at("celu", -211.7, 1, alpha=0.3), true) <= 4


def test_celu_is_x_where_the_quotient_underflows() -> None:
    assert at("celu", -1e-10, alpha=1e300) == -1e-10


def test_the_shift_of_softmax_is_exact() -> None:
    x = [-700.1, 1e-13]
    true = exact_many(RECORDS["softmax"], x, RECORDS["softmax"].settings(), 0)[0]
    assert ulps(math.exp(x[0] - x[1]), true) > 50
    assert ulps(float(evaluate(RECORDS["softmax"], x)[0]), true) <= 4


def test_sparsemax_keeps_what_is_left_of_larger_numbers() -> None:
    assert evaluate(RECORDS["sparsemax"], [1.0, 1e-20]).tolist() == [1.0, 5e-21]


def test_one_minus_twice_softmax_keeps_its_digits_between_two() -> None:
    x = [0.0, -1e-12]
    true = exact_many(RECORDS["softmax"], x, RECORDS["softmax"].settings(), 2)
    assert max(map(ulps, evaluate(RECORDS["softmax"], x, 2).ravel().tolist(), true)) <= 4.25


def test_a_gate_multiplies_before_it_underflows() -> None:
    y = float(evaluate(RECORDS["glu"], [1e10, -744.0])[0])
    assert y == pytest.approx(1e10 * math.exp(-344) * math.exp(-400), rel=1e-13, abs=0)


def test_a_square_times_a_number_is_rounded_once() -> None:
    for x, y in ((0.1, 0.3), (2 / 3, 1.7159), (1e-5, -0.7)):
        with mp.workprec(300):
            assert scaled_tanh_constant(x, y) == float(mpf(x) * x * y)


def test_tanh_shrink_supplies_a_better_tanh() -> None:
    x = np.linspace(0.01, 0.7, 200)
    d1 = evaluate(RECORDS["tanh-shrink"], x, 1)
    with mp.workprec(100):
        assert max(ulps(float(y), mp.tanh(mpf(v)) ** 2) for y, v in zip(d1, x, strict=True)) <= 3


def test_softsign_corrects_what_one_plus_x_lost() -> None:
    x = 0.1 + 2.0**-30
    true = exact(RECORDS["softsign"], x, {})[2]
    assert ulps(at("softsign", x, 2), true) <= 2


def test_complements_are_sums_of_the_others() -> None:
    d1 = evaluate(RECORDS["softmax"], [0.0, -50.0, -51.0], 1)
    assert 1 - math.exp(-50) == 1
    assert d1[0, 0] == pytest.approx(math.exp(-50) + math.exp(-51), rel=1e-15, abs=0)
