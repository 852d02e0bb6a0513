"""What every activation has to be: properties over all records, hidden ones included."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import numpy as np
import pytest
from mpmath import mp  # type: ignore[import-untyped]  # it has no types
from support.oracle import (
    compiled,
    constants,
    exact,
    exact_many,
    limits,
    meant,
    stated,
    stated_many,
    ulps,
    value,
)
from tools.accuracy import ORDERS, PERIODIC, bound, largest_term, parameter_grid

from actcli.activations import ACTIVATIONS, RECORDS, find, nearest, plain
from actcli.activations.frameworks import FRAMEWORKS
from actcli.activations.record import Activation, Kind
from actcli.engine import evaluate
from actcli.errors import ParameterError, UsageError

EVERY = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
ELEMENTWISE = [r for r in RECORDS.values() if r.kind is Kind.ELEMENTWISE]
ALONE = pytest.mark.parametrize("record", ELEMENTWISE, ids=lambda r: r.name)
OTHERS = [r for r in RECORDS.values() if r.kind is not Kind.ELEMENTWISE]
TOGETHER = pytest.mark.parametrize("record", OTHERS, ids=lambda r: r.name)

PLACES = (-30.3, -3.1, -1.25, -0.4, 0.2, 0.9, 2.2, 7.7, 41.0)
"""No kink of any activation under any parameters of the grid lies here."""
VECTORS = ([0.5, -1.25, 2.0, 0.125], [3.0, -40.0], [-0.7, 0.1, 0.2, -0.4, 1.3, 0.9])


def settings_grid(record: Activation) -> list[dict[str, Any]]:
    return [record.settings(given) for given in parameter_grid(record)]


def within(record: Activation, places: Any) -> list[float]:
    return [x for x in places if record.domain[0] < x < record.domain[1]]


def at(record: Activation, x: float, order: int, given: dict[str, Any]) -> float:
    return float(evaluate(record, np.array([x]), order, **given)[0])


def jet(record: Activation, x: np.ndarray, settings: dict[str, Any]) -> list[Any]:
    with np.errstate(all="ignore"):
        return list(record.jet(x, **settings))


# --- the words


@EVERY
def test_summary_is_one_sentence(record: Activation) -> None:
    assert re.fullmatch(r"[A-Z][^.]*( .*)?\.", record.summary), record.summary
    assert len(record.summary) <= 72


@EVERY
def test_name_is_kebab_case(record: Activation) -> None:
    for name in (record.name, *record.aliases):
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)


def test_plain_names_are_unique() -> None:
    spellings = [plain(name) for r in RECORDS.values() for name in (r.name, *r.aliases)]
    assert len(set(spellings)) == len(spellings)


@EVERY
def test_every_spelling_is_found_unless_hidden(record: Activation) -> None:
    for name in (record.name, *record.aliases):
        for spelling in (name, name.replace("-", "_"), name.title().replace("-", ""), name.upper()):
            assert find(spelling) is (None if record.hidden else record)


def test_a_misspelt_name_is_not_found_but_its_neighbour_is() -> None:
    assert find("sofmax") is None
    assert nearest("sofmax")[0] == "softmax"


@EVERY
def test_options_of_a_record_do_not_collide(record: Activation) -> None:
    flags = [p.flag for p in record.parameters]
    flags += [f"--{a.replace('_', '-')}" for p in record.parameters for a in p.aliases]
    assert len(set(flags)) == len(flags)
    assert all(re.fullmatch(r"--[a-z]+(-[a-z]+)*", flag) for flag in flags)


@EVERY
def test_peers_name_what_exists(record: Activation) -> None:
    for framework, peer in record.frameworks.items():
        assert framework in FRAMEWORKS
        assert set(peer.defaults) <= {p.name for p in record.parameters}
        assert set(peer.at) <= {kink.at for kink in record.kinks}
        assert not peer.variant or framework in RECORDS[peer.variant].frameworks
        record.settings(peer.defaults)


def test_every_hidden_record_is_somebodys_variant() -> None:
    variants = {peer.variant for r in ACTIVATIONS.values() for peer in r.frameworks.values()}
    assert {name for name, r in RECORDS.items() if r.hidden} <= variants


# --- parameters


@EVERY
def test_bounds_refuse(record: Activation) -> None:
    for requirement in record.requires:
        left, comparison, right = requirement.split()
        beyond = {"<": 1, "<=": 1, ">": -1, ">=": -1, "!=": 0}[comparison]
        broken = (
            {right: 0.0, left: 0.0 + beyond} if right in record.settings() else {left: float(right) + beyond}
        )
        with pytest.raises(ParameterError, match=re.escape(comparison)):
            record.settings(broken)


@EVERY
def test_parameters_are_finite_and_known(record: Activation) -> None:
    for parameter in record.parameters:
        with pytest.raises(ParameterError, match=parameter.flag):
            record.settings({parameter.name: math.inf})
        with pytest.raises(ParameterError, match=parameter.flag):
            record.settings({parameter.name: "nonsense"})
        if parameter.choices:
            assert [record.settings({parameter.name: word})[parameter.name] for word in parameter.choices]
            continue
        if not parameter.per_column:
            with pytest.raises(ParameterError, match="list"):
                record.settings({parameter.name: (1.0, 2.0)})
    with pytest.raises(ParameterError, match="nonsense"):
        record.settings({"nonsense": 1.0})


# --- the jets


@EVERY
def test_jet_yields_f_and_two_derivatives_and_leaves_x_alone(record: Activation) -> None:
    x = np.array([[-2.5, 0.0, 0.5, 3.0], [1.0, -1.0, 750.0, -750.0]])
    x.flags.writeable = False
    for settings in settings_grid(record):
        shapes = [y.shape for y in jet(record, x, settings)]
        assert shapes == [(2, *shape) for shape in expected_shapes(record, 4)]


def expected_shapes(record: Activation, n: int) -> list[tuple[int, ...]]:
    outputs = n // 2 if record.kind is Kind.GATED else n
    return [(outputs,) + (n,) * order * (record.kind is not Kind.ELEMENTWISE) for order in ORDERS]


@EVERY
def test_nan_gives_nan_and_only_there(record: Activation) -> None:
    x = np.array([[math.nan, 0.25], [0.5, 0.25]])
    for settings in settings_grid(record):
        for order, y in enumerate(jet(record, x, settings)):
            assert not np.isnan(y[1]).any()
            if record.kind is Kind.ELEMENTWISE:
                assert np.isnan(y[0, 0]) and not np.isnan(y[0, 1])  # noqa: PT018  one fact
            elif order == 0:
                assert np.isnan(y[0]).all()


@ALONE
def test_a_value_does_not_depend_on_its_neighbours(record: Activation) -> None:
    x = np.array([*PLACES, 0.0, -0.0, 1e-310, 800.0, -800.0, math.inf, -math.inf])
    together = jet(record, x, record.settings())
    for k, number in enumerate(x):
        alone = jet(record, np.array([number]), record.settings())
        for y, z in zip(together, alone, strict=True):
            assert np.array_equal(y[k], z[0], equal_nan=True)


@pytest.mark.slow
@ALONE
def test_one_number_is_an_array_too(record: Activation) -> None:
    for x in PLACES:
        for order in ORDERS:
            y = evaluate(record, x, order)
            assert y.shape == ()
            assert np.array_equal(y, at(record, x, order, {}), equal_nan=True)


@pytest.mark.slow
@ALONE
def test_exact_zeros_have_no_sign(record: Activation) -> None:
    for given in parameter_grid(record):
        for x in PLACES if given else (*PLACES, 0.0):  # a negative slope may turn 0 into -0
            for order, true in enumerate(exact(record, x, record.settings(given))):
                if true == 0:
                    assert math.copysign(1, at(record, x, order, given)) == 1, (x, order, given)


def test_prelu_takes_a_slope_for_each_column() -> None:
    x = np.array([[-1.0, -1.0, 2.0], [0.0, -math.inf, math.nan]])
    alpha = np.broadcast_to([0.5, 0.0, 3.0], x.shape)
    y, d1, _ = jet(RECORDS["prelu"], x, {"alpha": alpha})
    assert y.tolist()[0] == [-0.5, 0.0, 2.0]
    assert y[1, 1] == 0
    assert d1.tolist()[0] == [0.5, 0.0, 1.0]


GATED = [record for record in OTHERS if record.kind is Kind.GATED]


@pytest.mark.parametrize("record", GATED, ids=lambda r: r.name)
def test_a_gate_may_be_any_half_and_every_other_number(record: Activation) -> None:
    x = np.array([0.3, -1.5, 2.0, 0.7, -0.2, 5.0])
    own = str(record.settings()["gate"])
    usual = evaluate(record, x, (0, 1, 2))
    assert all(map(np.array_equal, usual, evaluate(record, x, (0, 1, 2), gate=own)))
    swapped = {"first": "last", "last": "first"}[own]
    turned = evaluate(record, np.roll(x, 3), (0, 1, 2), gate=swapped)
    assert np.array_equal(turned[0], usual[0])
    assert np.array_equal(np.roll(turned[1], 3, axis=1), usual[1])
    mixed = np.array([x[k // 2 + 3 * (k % 2)] for k in range(6)])  # the halves, number by number
    places = [k // 2 + 3 * (k % 2) for k in range(6)]
    turned = evaluate(record, mixed, (0, 1, 2), gate="even" if own == "first" else "odd")
    assert np.array_equal(turned[0], usual[0])
    assert np.array_equal(turned[1], usual[1][:, places])
    assert np.array_equal(turned[2], usual[2][:, places][:, :, places])


def test_swiglu_has_the_three_forms_of_models() -> None:
    swiglu, x = RECORDS["swiglu"], np.array([9.0, 2.0, -1.0, -8.0, 0.5, 30.0])
    a, b = x[::2], x[1::2]
    silu = RECORDS["silu"]
    open_ai = evaluate(silu, np.minimum(a, 7), beta=1.702) * (np.clip(b, -7, 7) + 1)
    got = evaluate(swiglu, x, limit=7, beta=1.702, offset=1, gate="even")
    np.testing.assert_allclose(got, open_ai, rtol=1e-15)
    deep_seek = evaluate(silu, np.minimum(a, 10)) * np.clip(b, -10, 10)
    np.testing.assert_allclose(evaluate(swiglu, x, limit=10, gate="even"), deep_seek, rtol=1e-15)
    step = np.minimum(evaluate(silu, a), 7) * np.clip(b, -7, 7)
    np.testing.assert_allclose(evaluate(swiglu, x, limit=7, clip="after", gate="even"), step, rtol=1e-15)


@pytest.mark.parametrize("name", ["reglu", "geglu", "swiglu"])
def test_a_gated_infinity_has_the_gates_sign(name: str) -> None:
    a = [0.0, -0.0, 2.0, -3.0, -800.0]  # gelu(-800) and silu(-800) underflow, and are not 0
    for b in (math.inf, -math.inf):
        y = evaluate(RECORDS[name], np.transpose([a, [b] * 5]))[:, 0]
        below = 0.0 if name == "reglu" else -b
        np.testing.assert_array_equal(y, [0, 0, b, below, below])


# --- the formulas


@EVERY
def test_formulas_parse(record: Activation) -> None:
    for expression in (record.formula, *record.derivatives):
        compiled(expression)


@pytest.mark.slow
@ALONE
def test_derivatives_are_those_of_the_formula(record: Activation) -> None:
    for settings in settings_grid(record):
        for x in within(record, PLACES):
            agree(exact(record, x, settings)[1:], stated(record, x, settings))


@pytest.mark.slow
@TOGETHER
def test_derivatives_of_vectors_are_those_of_the_formula(record: Activation) -> None:
    for settings in settings_grid(record):
        for x in VECTORS[:2]:
            for order in (1, 2):
                agree(exact_many(record, x, settings, order), stated_many(record, x, settings, order))


def agree(these: list[Any], those: list[Any]) -> None:
    assert len(these) == len(those)
    for p, q in zip(these, those, strict=True):
        assert mp.almosteq(p, q, rel_eps=mp.mpf(10) ** -14, abs_eps=mp.mpf(10) ** -60), (p, q)


@pytest.mark.slow
@ALONE
def test_engine_agrees_with_the_formula(record: Activation) -> None:
    chance = random.Random(record.name)  # noqa: S311  no secrets
    for given in parameter_grid(record):
        for x in (*PLACES, chance.uniform(-9, 9), 5e-324, -1e-300, 1e300, math.inf, -math.inf):
            if abs(x) > PERIODIC.get(record.name, math.inf):
                continue
            settings = record.settings(given)
            for order, true in enumerate(exact(record, x, settings)):
                y, term = at(record, x, order, given), largest_term(record, x, order, settings)
                assert ulps(y, true, term) <= bound(record, order), (x, order, given, y, true)


@pytest.mark.slow
@TOGETHER
def test_engine_agrees_with_the_formula_of_vectors(record: Activation) -> None:
    for given in parameter_grid(record):
        for x in VECTORS:
            for order in ORDERS if len(x) < 5 else (0, 1):
                y = evaluate(record, x, order, **given).ravel().tolist()
                true = exact_many(record, x, record.settings(given), order)
                assert max(map(ulps, y, true)) <= bound(record, order, len(x)), (x, order, given)


@ALONE
def test_kinks_have_their_documented_values(record: Activation) -> None:
    for given in parameter_grid(record):
        settings = record.settings(given)
        for kink in record.kinks:
            place = kink.place(settings)
            for order, text in enumerate((kink.f, kink.d1, kink.d2)):
                if math.isfinite(place):
                    y = at(record, place, order, given)
                    with mp.workprec(200):
                        true = value(text, constants(settings))
                    assert ulps(y, true) <= 3, (place, order, given)


@ALONE
def test_kinks_are_where_something_jumps(record: Activation) -> None:
    for kink in record.kinks:
        place = kink.place(record.settings())
        if math.isfinite(place):
            step = 1e-12
            low, high = ([at(record, place + side * step, k, {}) for k in ORDERS] for side in (-1, 1))
            assert any(abs(p - q) > 1e-9 for p, q in zip(low, high, strict=True)), kink


# --- what info says


def interval(record: Activation) -> tuple[float, float, bool, bool]:
    match = re.fullmatch(r"([\[(])(.+), (.+)([\])])", record.range)
    assert match, record.range
    opening, low, high, closing = match.groups()
    names = {**meant(record, record.settings()), "inf": mp.inf}
    return float(value(low, names)), float(value(high, names)), opening == "[", closing == "]"


@EVERY
def test_range_is_where_the_values_are(record: Activation) -> None:
    low, high, *_ = interval(record)
    x = np.concatenate([np.linspace(-50, 50, 20002), [-1e300, 1e300, -1e6, 1e6, 0, 1]])
    if record.kind is not Kind.ELEMENTWISE:
        x = np.random.default_rng(3).normal(0, 20, (2000, 2))
    y = evaluate(record, x)
    assert np.nanmin(y) >= low and np.nanmax(y) <= high  # noqa: PT018  one fact
    for end, seen in ((low, np.nanmin(y)), (high, np.nanmax(y))):
        assert abs(seen) > 10 if math.isinf(end) else abs(seen - end) < 1e-5, (end, seen)


@pytest.mark.slow
@ALONE
def test_range_owns_its_ends_exactly_where_they_are_brackets(record: Activation) -> None:
    low, high, has_low, has_high = interval(record)
    x = [0.1 * k for k in range(-40, 41)]
    found = [exact(record, place, record.settings())[0] for place in x]
    inner = [evaluate(record, np.linspace(-12, 12, 400001))]
    for end, closed in ((low, has_low), (high, has_high)):
        if math.isinf(end):
            assert not closed
        elif not closed:
            assert all(y != end for y in found)
        else:
            assert min(np.abs(y - end).min() for y in inner) < 1e-9


@ALONE
def test_monotone_says_how_f_moves(record: Activation) -> None:
    kinks = [kink.place(record.settings()) for kink in record.kinks]
    beside = [place + side for place in kinks if math.isfinite(place) for side in (-1e-12, 1e-12)]
    x = np.sort(np.concatenate([np.linspace(-30.0, 30.0, 6001) + 0.0003, beside]))
    x = np.array(within(record, x))
    y, slopes = evaluate(record, x, (0, 1))
    if record.monotone == "increasing":
        assert (slopes[abs(x) < 9] > 0).all()
        assert (slopes >= 0).all()  # exp(-x^2) is 0 further out
    elif record.monotone == "non-decreasing":
        assert (slopes >= 0).all()
        assert (np.diff(y) >= 0).all()
    else:
        assert record.monotone == "no"
        assert (np.diff(y) < 0).any()


@TOGETHER
def test_vectors_have_no_direction(record: Activation) -> None:
    assert record.monotone == "-"


def test_limits_of_the_oracle() -> None:
    assert limits(lambda x: [1 / x, 1 - 1 / x, x, -x * x, mp.sin(x), mp.exp(-x)]) == [
        0, pytest.approx(1), math.inf, -math.inf, pytest.approx(math.nan, nan_ok=True), 0,
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["softmax", "log-softmax", "softmin"])
@pytest.mark.parametrize("temperature", [0.25, 4.0])
def test_a_temperature_divides_what_comes_in(name: str, temperature: float) -> None:
    x = np.array([0.5, -3.0, 2.25, 2.25])  # whose quotients by powers of two are exact
    divided = evaluate(ACTIVATIONS[name], x / temperature, (0, 1, 2))
    for order, y in enumerate(evaluate(ACTIVATIONS[name], x, (0, 1, 2), temperature=temperature)):
        np.testing.assert_allclose(y, divided[order] / temperature**order, rtol=1e-15)


@pytest.mark.parametrize("temperature", [1e-60, 1e60])
def test_at_the_ends_of_temperature_the_largest_takes_all_or_all_are_alike(temperature: float) -> None:
    y = evaluate(ACTIVATIONS["softmax"], np.array([1.0, 3.0, 2.0]), temperature=temperature)
    assert y.tolist() == ([0, 1, 0] if temperature < 1 else [1 / 3] * 3)


@pytest.mark.parametrize("name", ["softmax", "softmin", "log-softmax"])
@pytest.mark.parametrize(("temperature", "gap"), [(2.0, 951.3), (2.0, 1201.7), (10.0, 1201.7), (1e10, 1e12)])
def test_a_temperature_keeps_the_digits_of_far_entries(name: str, temperature: float, gap: float) -> None:
    record = ACTIVATIONS[name]
    x = [0.1, -gap] if name != "softmin" else [0.1, gap]
    got = evaluate(record, np.array(x), (0, 1), temperature=temperature)
    for order, y in enumerate(got):
        true = exact_many(record, x, record.settings({"temperature": temperature}), order)
        assert max(map(ulps, y.ravel().tolist(), true)) < 4.25


# --- checks


def test_lengths_are_checked_with_one_wording() -> None:
    glu, prelu = RECORDS["glu"], RECORDS["prelu"]
    glu.check_length(4, {})
    prelu.check_length(2, {"alpha": (1.0, 2.0)})
    prelu.check_length(7, {"alpha": 1.0})
    with pytest.raises(
        UsageError, match=r"^glu needs an even number of values, not 3: one half gates the other$"
    ):
        glu.check_length(3, {})
    with pytest.raises(UsageError, match=r"^x\.npy: glu needs an even number of values along axis 0, not 3"):
        glu.check_length(3, {}, where=" along axis 0", source="x.npy: ")
    with pytest.raises(
        ParameterError, match=r"^prelu: 2 values of a parameter for 1 number; give one for each$"
    ):
        prelu.check_length(1, {"alpha": (1.0, 2.0)})
    with pytest.raises(ParameterError, match=r"for 3 columns \(a, b, c\)"):
        prelu.check_length(3, {"alpha": (1.0, 2.0)}, columns=["a", "b", "c"])
    with pytest.raises(UsageError, match=r"^softmax: the input has no axis 2; its shape is \(2, 3\)$"):
        RECORDS["softmax"].check_axis(2, (2, 3))


def test_a_record_decorates_its_function() -> None:
    @Activation("x", derivatives=("1", "0"), range="(-inf, inf)", monotone="increasing")
    def some_line(x: Any, orders: Any = None) -> Any:  # noqa: ARG001  a selective jet
        """The line.

        More.
        """
        yield x

    assert isinstance(some_line, Activation)
    assert (some_line.name, some_line.summary, some_line.selective) == ("some-line", "The line.", True)
    assert (some_line.kind, some_line.family) == (Kind.ELEMENTWISE, "test activations")
    assert list(some_line.jet(3)) == [3]
    with pytest.raises(TypeError, match="decorated"):
        Activation("x", derivatives=("1", "0"), range="(-inf, inf)", monotone="increasing").jet(3)


@pytest.mark.slow
@pytest.mark.parametrize("record", [r for r in OTHERS if r.kind is Kind.VECTOR], ids=lambda r: r.name)
@pytest.mark.parametrize("vector", VECTORS)
def test_an_absent_entry_takes_no_part(record: Activation, vector: list[float]) -> None:
    """The other entries are as without it, and so are their derivatives; its own are those of nothing."""
    assert record.absent is not None
    x = np.array(vector)
    for given in settings_grid(record):
        alone = evaluate(record, x, (0, 1, 2), **given)
        for place in range(len(x) + 1):
            padded = evaluate(record, np.insert(x, place, record.absent), (0, 1, 2), **given)
            for order, (expected, found) in enumerate(zip(alone, padded, strict=True)):
                kept = np.delete(np.arange(len(x) + 1), place)
                np.testing.assert_allclose(
                    found[np.ix_(*[kept] * (order + 1))], expected, rtol=1e-14, atol=1e-16
                )
            assert padded[0][place] in (0, -math.inf)
