"""Correctly rounded results: held to the oracle, to the engine, and to what balls promise."""

from __future__ import annotations

import math
import pickle
from typing import TYPE_CHECKING, Any

import hypothesis
import ml_dtypes
import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import strategies as st
from mpmath import mp, mpf
from support import oracle
from tools.accuracy import EXTREMES, parameter_grid

from actcli import evaluate
from actcli.activations import ACTIVATIONS, RECORDS
from actcli.activations.frameworks import like
from actcli.activations.record import Kind
from actcli.exact import digits, exact, of_formula
from actcli.numeric import doubts
from actcli.numeric.dtypes import floating_type

if TYPE_CHECKING:
    from actcli.activations.record import Activation

pytest.importorskip("flint", reason="python-flint is not installed")

ELEMENTWISE = [record for record in RECORDS.values() if record.kind is Kind.ELEMENTWISE]
OTHERS = [record for record in RECORDS.values() if record.kind is not Kind.ELEMENTWISE]
CHANCE = np.random.default_rng(14)
POINTS = np.concatenate(
    [CHANCE.normal(0, 4, 12), CHANCE.choice([-1, 1], 6) * 10 ** CHANCE.uniform(-12, 3, 6), EXTREMES[:-1:3]]
)
PERIODIC = ("snake", "snake-beta", "sine")


@pytest.fixture(autouse=True)
def no_doubts() -> Any:
    doubts.drain()
    yield
    doubts.drain()


def rounded(true: Any) -> float:
    """The float64 nearest to a number of mpmath."""
    if mpmath.isnan(true) or mpmath.isinf(true):
        return float(true)
    with mp.workprec(6000):
        return float(_nearest(mpf(true)))


def _nearest(true: Any) -> float:
    guess = float(true)
    beside = [math.nextafter(guess, -math.inf), guess, math.nextafter(guess, math.inf)]
    finite = [y for y in beside if math.isfinite(y)]
    best = min(finite, key=lambda y: (abs(mpf(y) - true), int(np.float64(y).view(np.int64)) & 1))
    edge = mpf(2) ** 1024 - mpf(2) ** 970
    return math.copysign(math.inf, true) if abs(true) >= edge else best


@pytest.mark.slow
@pytest.mark.parametrize("record", ELEMENTWISE, ids=lambda record: record.name)
def test_every_result_is_the_nearest_to_the_oracles(record: Activation) -> None:
    for given in parameter_grid(record)[:2]:
        settings = record.settings(given)
        got = evaluate(exact(record), POINTS, (0, 1, 2), **given)
        for k, x in enumerate(POINTS.tolist()):
            if record.name in PERIODIC and abs(x) > 1e5:
                continue
            for order, true in enumerate(oracle.exact(record, x, settings)):
                same = np.array_equal(got[order][k], rounded(true), equal_nan=True)
                assert same, (x, order, given)
    assert (doubts.unproven, doubts.unknown) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("record", OTHERS, ids=lambda record: record.name)
def test_vectors_and_gates_are_rounded_correctly(record: Activation) -> None:
    for x in ([0.3, -1.7, 2.5, 0.29], [0.0, -40.0], [1.0, 0.5]):
        settings = record.settings()
        for order in (0, 1, 2):
            got = evaluate(exact(record), np.array(x), order).ravel()
            for y, true in zip(got.tolist(), oracle.exact_many(record, x, settings, order), strict=True):
                assert y == rounded(true), (x, order)


@pytest.mark.slow
@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_it_is_the_engine_to_four_units_with_its_zeros_and_infinities(record: Activation) -> None:
    x = np.concatenate([POINTS, -POINTS, [0.0, -0.0, 5e-324, np.nan, np.inf, -np.inf]])
    x = x[abs(x) < 1e4] if record.name in PERIODIC else x
    if record.kind is not Kind.ELEMENTWISE:
        x = np.concatenate([x[:24].reshape(-1, 4), [[1.0, np.inf, 2.0, 3.0], [np.nan, 1.0, 2.0, 3.0]]])
    proven, fast = (evaluate(r, x, (0, 1, 2)) for r in (exact(record), record))
    for order in (0, 1, 2):
        y, near = proven[order], fast[order]
        assert np.array_equal(np.isnan(y), np.isnan(near))
        finite = np.isfinite(y)
        assert np.array_equal(y[~finite], near[~finite], equal_nan=True)
        away = abs(y[finite] - near[finite])
        if record.kind is Kind.ELEMENTWISE:
            assert np.all(away <= 4 * np.spacing(abs(y[finite])))
            given = (y == 0) & ((x == 0) | np.isinf(x))  # elsewhere it is the sign of what underflows
            assert np.array_equal(np.signbit(y)[given], np.signbit(near)[given])
        else:
            assert np.all(away <= 1e-13 * (1 + abs(y[finite])))


@pytest.mark.slow
@pytest.mark.parametrize("record", ELEMENTWISE, ids=lambda record: record.name)
@pytest.mark.parametrize("name", ["float8_e4m3fn", "float8_e5m2"])
def test_all_numbers_of_a_float8_are_rounded_once(record: Activation, name: str) -> None:
    dtype = floating_type(name)
    x = np.arange(256, dtype=np.uint8).view(dtype)
    x = x[np.isfinite(x.astype(float))]
    got = evaluate(exact(record), x)
    assert got.dtype == dtype
    wrong = list(zip(x, got, strict=True))
    for bits in (400, 8000):  # more tell a value from an asymptote that lies between two numbers
        with mp.workprec(bits):
            wrong = [(v, y) for v, y in wrong if not _same(y, to_type(_value(record, float(v)), dtype))]
    assert not wrong


def _value(record: Activation, x: float) -> Any:
    """What the record states at a kink; elsewhere its formula at the present precision."""
    settings = record.settings()
    if oracle.at_kink(record, x, settings) or not record.domain[0] < x < record.domain[1]:
        return oracle.exact(record, x, settings)[0]
    return oracle.differentiated(record, mpf(x), settings)[0]


def _same(one: Any, other: Any) -> bool:
    return bool(float(one) == float(other) or (math.isnan(float(one)) and math.isnan(float(other))))


def to_type(true: Any, dtype: np.dtype[Any]) -> Any:
    """A number of mpmath rounded once to a small type, ties to even."""
    with np.errstate(over="ignore"):
        near = np.array(float(true)).astype(dtype)
        largest = ml_dtypes.finfo(dtype).max  # type: ignore[no-untyped-call]  # not every type has infinity
        around = [near, np.nextafter(near, -largest), np.nextafter(near, largest)]
    if not np.isfinite(near.astype(float)):
        return near
    finite = [value for value in around if np.isfinite(float(value))]
    return min(finite, key=lambda value: (abs(mpf(float(value)) - true), int(value.view(np.uint8)) & 1))


def test_the_type_decides_where_a_result_is_rounded_to() -> None:
    tie = np.array([2.0**24 + 2, 2.0**24 + 6])  # x - 1 is a tie, and the function lies above it
    shrunk = evaluate(exact(RECORDS["tanh-shrink"]), tie.astype(np.float32))
    assert shrunk.tolist() == [2.0**24 + 2, 2.0**24 + 6]
    assert evaluate(exact(RECORDS["tanh-shrink"]), np.array([2.0**53 + 2])).tolist() == [2.0**53 + 2]


def test_an_asymptotes_offset_is_seen_beside_the_largest_numbers() -> None:
    x = 4.359352200260973e256  # 3/2 x is a tie, and the function is 3/2 x - 1/2 and a little more
    assert evaluate(exact(RECORDS["bent-identity"]), [x])[0] == 6.539028300391459e256


@pytest.mark.parametrize("framework", ["torch", "jax", "keras"])
def test_a_frameworks_own_values_stay(framework: str) -> None:
    for record in ACTIVATIONS.values():
        if record.kind is Kind.ELEMENTWISE and framework in record.frameworks:
            x = np.array([-1.0, 0.0, 0.75, 1.0, 6.0])
            x = x[(x > record.domain[0]) & (x < record.domain[1])]
            theirs = like(record, framework)
            given: dict[str, Any] = {p.name: 0.25 for p in theirs.parameters if p.required}
            for y, near in zip(
                evaluate(exact(theirs), x, (0, 1, 2), **given),
                evaluate(theirs, x, (0, 1, 2), **given),
                strict=True,
            ):
                assert np.all(abs(y - near) <= 4 * np.spacing(abs(y))), record.name


def test_higher_orders_are_the_derivatives_of_lower_ones() -> None:
    x = np.array([-1.3, 0.4, 2.2])
    for name in ("gelu", "tanh", "mish", "softplus", "gelu-tanh", "squareplus", "snake"):
        record = RECORDS[name]
        derivatives = evaluate(record, x, tuple(range(9)))
        step = 2.0**-13
        for order in range(8):
            beside = [evaluate(exact(record), x + side * step, order) for side in (-1, 1)]
            slope = (beside[1] - beside[0]) / (2 * step)
            assert np.allclose(slope, derivatives[order + 1], rtol=1e-4, atol=1e-4)


def test_above_order_two_a_kink_takes_the_side_of_its_second_derivative() -> None:
    assert evaluate(RECORDS["elu"], [0.0], 3, alpha=0.5).tolist() == [0.5]
    assert evaluate(RECORDS["relu"], [0.0], 5).tolist() == [0.0]
    assert evaluate(RECORDS["softsign"], [0.0], 3).tolist() == [6.0]  # f'' is 2, as on the left
    assert evaluate(RECORDS["exponential"], [-np.inf, np.inf], 7).tolist() == [0.0, math.inf]
    assert evaluate(RECORDS["tanh"], [-np.inf, np.inf], 4).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", ["snake", "snake-beta"])
def test_the_engine_knows_a_wave_where_twice_its_angle_overflows(name: str) -> None:
    x = np.array([8.97e307, 8.99e307, 9e307, 1e308, 1.7e308])
    for sign in (1, -1):
        fast, slow = (evaluate(r, sign * x, (0, 1, 2)) for r in (RECORDS[name], exact(RECORDS[name])))
        np.testing.assert_allclose(fast, slow, rtol=1e-14, atol=1e-15)


KINKED = [record for record in ELEMENTWISE if record.kinks and not any(p.choices for p in record.parameters)]


@pytest.mark.parametrize("record", KINKED, ids=lambda record: record.name)
def test_a_formula_that_calls_an_activation_has_the_values_of_its_kinks(record: Activation) -> None:
    settings = record.settings()
    places = [kink.place(settings) for kink in record.kinks]
    x, orders = np.array([place for place in places if math.isfinite(place)]), (0, 1, 2, 3, 5)
    if not x.size:
        pytest.skip("no float64 equals its kinks")
    name = record.name.replace("-", "_")
    called = of_formula(f"{name}(x)")
    stretched = of_formula(f"{name}(2*x)")
    own = evaluate(exact(record), x, orders)
    np.testing.assert_array_equal(evaluate(called, x, orders), own)
    twice = [y * 2**order for order, y in zip(orders, own, strict=True)]
    np.testing.assert_array_equal(evaluate(stretched, x / 2, orders), twice)


def test_only_the_points_at_a_kink_take_its_values() -> None:
    x = np.array([-2.0, 0.0, 1.0, 3.0])
    f, slope = evaluate(of_formula("relu(x**2 - 1) + x"), x, (0, 1))
    np.testing.assert_array_equal(f, [1, 0, 1, 11])
    np.testing.assert_array_equal(slope, [-3, 1, 1, 7])
    f, slope = evaluate(of_formula("softsign(relu(-2)) + x"), x, (0, 1))
    np.testing.assert_array_equal([f, slope], [x, np.ones(4)])


@pytest.mark.parametrize(
    ("text", "at", "found"),
    [
        ("relu(x, max_value=x)", 2.0, [2, 1, 0]),
        ("hard_tanh(x, min_value=x-1, max_value=x)", 0.5, [0.5, 1, 0]),
        ("threshold(0, threshold=0, value=x*x)", 2.0, [4, 4, 2]),
        ("threshold(x, threshold=0, value=x)", 0.0, [0, 1, 0]),
        ("relu(2*x, max_value=x+1)", 1.0, [2, 1, 0]),
        ("elu(x-1, alpha=x*x)", 1.0, [0, 1, 5]),
        (
            "softplus_torch(x, threshold=1 if x > 0 else -2)",
            1.0,
            [math.log1p(math.e), 1 / (1 + 1 / math.e), None],
        ),
        ("relu(x*2**1000*2**1000)/2**1000/2**1000", 1.0, [1, 1, 0]),
    ],
)
def test_a_parameter_that_moves_with_x_has_its_derivative(
    text: str, at: float, found: list[float | None]
) -> None:
    y = evaluate(of_formula(text), np.array([at]), (0, 1, 2))
    for got, wanted in zip(np.ravel(y).tolist(), found, strict=True):
        assert wanted is None or got == pytest.approx(wanted, rel=1e-15)


@pytest.mark.parametrize("name", ["hard_silu", "hard_sigmoid_relu6"])
def test_a_kink_at_a_quotient_is_met_beside_other_functions(name: str) -> None:
    record, x = RECORDS[name.replace("_", "-")], np.array([-3.0, 3.0])
    together = evaluate(of_formula(f"{name}(x) + cosh(x)"), x, (0, 1))
    for order, y in enumerate(together):
        with mp.workprec(200):
            other = [mp.sinh(v) if order else mp.cosh(v) for v in x.tolist()]
            own = evaluate(exact(record), x, order).tolist()
            assert y.tolist() == [rounded(mpf(a) + b) for a, b in zip(own, other, strict=True)]
    assert not vars(doubts.drain())["unknown"]


def test_records_and_formulas_travel_to_other_processes() -> None:
    for record in (
        exact(RECORDS["gelu"]),
        exact(like(RECORDS["elu"], "torch")),
        of_formula("x*sigmoid(a*x)"),
    ):
        again = pickle.loads(pickle.dumps(record))  # noqa: S301  its own
        given: dict[str, Any] = {p.name: 1.5 for p in record.parameters}
        assert again.name == record.name
        assert (
            evaluate(again, [0.0, 0.7], 2, **given).tolist()
            == evaluate(record, [0.0, 0.7], 2, **given).tolist()
        )


# without waves: of a tower of powers mpmath would take all digits
UNARY = ("-", "exp", "tanh", "sech", "sigmoid", "softplus", "erf", "Phi", "phi", "abs", "expm1")
LEAVES = st.sampled_from(("x", "2", "0.3", "1/3", "pi", "(x - 1)", "x**3"))
FORMULAS = st.recursive(
    LEAVES,
    lambda part: st.one_of(
        st.builds("{}({})".format, st.sampled_from(UNARY), part),
        st.builds("({} {} {})".format, part, st.sampled_from("+-*/"), part),
        st.builds("({} if {} < {} else {})".format, part, part, part, part),
        st.builds("max({}, {})".format, part, part),
    ),
    max_leaves=6,
)


def of_oracle(text: str, x: float) -> list[Any]:
    """f, f' and f'' of a formula at 1,500 bits; nothing where mpmath has none."""
    try:
        with mp.workprec(1500):
            y = oracle.value(text, {"x": oracle.Hyperdual(mpf(x), mpf(1), mpf(1))})
            y = y if isinstance(y, oracle.Hyperdual) else oracle.Hyperdual(mpf(y))
            return [mpf(v) for v in (y.v, y.a, y.c)]
    except (ArithmeticError, TypeError, ValueError):
        return []


@hypothesis.settings(max_examples=200)
@hypothesis.given(FORMULAS, st.floats(-4, 4, width=16))
def test_any_formula_is_rounded_correctly(text: str, x: float) -> None:
    true = of_oracle(text, x)
    hypothesis.assume(true and all(v == 0 or 1e-200 < abs(v) < 1e200 for v in true))
    got = [float(y[0]) for y in evaluate(of_formula(f"({text}) + 0*x"), [x], (0, 1, 2))]
    hypothesis.assume(not any(map(math.isnan, got)))  # pi < pi is never certain
    for y, value in zip(got, true, strict=True):
        with mp.workprec(200):
            away = abs(mpf(y) - value)
        assert abs(value) < 1e-300 or away <= oracle.spacing(value) * (mpf(1) / 2 + mpf(2) ** -60), (y, value)


RISING = [r for r in ACTIVATIONS.values() if r.kind is Kind.ELEMENTWISE and r.monotone == "increasing"]


@hypothesis.settings(max_examples=30)
@hypothesis.given(st.lists(st.floats(allow_nan=False), min_size=2, max_size=20), st.sampled_from(RISING))
def test_rounding_keeps_the_order(numbers: list[float], record: Activation) -> None:
    for dtype in (np.float64, np.float32, np.float16):
        with np.errstate(over="ignore"):
            x = np.sort(np.array(numbers).astype(dtype))
        within = np.isfinite(x) & (record.domain[0] <= x) & (x <= record.domain[1])
        y = evaluate(exact(record), x[within])
        assert np.all(y[1:] >= y[:-1])


@hypothesis.settings(max_examples=50)
@hypothesis.given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(ELEMENTWISE))
def test_more_digits_begin_with_the_rounded_ones(x: float, record: Activation) -> None:
    hypothesis.assume(record.name not in PERIODIC or abs(x) < 1e5)
    y = float(evaluate(exact(record), [x])[0])
    (text,) = digits(record, np.array([x]), (0,), 700, record.settings())[0]  # 1/2 beside 1e308 is seen
    hypothesis.assume(text != "nan")  # more than a million digits before the point
    assert float(text) == y
