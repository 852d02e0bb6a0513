"""The numerical tricks one by one: exact sums and products, exp's last digits, roots, patches, tables."""

from __future__ import annotations

import math
import re
import warnings
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf  # type: ignore[import-untyped]  # it has no types
from support.oracle import ulps, value
from support.processes import Outcome, python

from actcli import numeric
from actcli.activations import RECORDS, gelu_approximations, gelus, smooth, swishes
from actcli.numeric import elementary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHANCE = np.random.default_rng(12)
NUMBERS = np.concatenate([CHANCE.normal(size=200), 10.0 ** CHANCE.uniform(-90, 90, 200)])
OTHERS = CHANCE.permutation(NUMBERS)
ROOTS = {
    name: root
    for module in (swishes, smooth, gelus, gelu_approximations)
    for name, root in vars(module).items()
    if isinstance(root, elementary.Root)
}


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    with mp.workprec(240):
        yield


def fractions(*parts: Any) -> list[Fraction]:
    return [sum(map(Fraction, map(float, together)), Fraction()) for together in zip(*parts, strict=True)]


def worst(got: Any, true: list[Any]) -> float:
    return max(ulps(float(y), t) for y, t in zip(got, true, strict=True))


def test_numpy_is_imported_at_first_use() -> None:
    program = "import sys, actcli.numeric as n; assert 'numpy' not in sys.modules; n.xp.pi; n.xp.pi"
    assert python(program) == Outcome(0, b"", "")


def test_sums_and_products_keep_their_rounding_errors() -> None:
    assert fractions(*elementary.two_sum(NUMBERS, OTHERS)) == [
        Fraction(x) + Fraction(y) for x, y in zip(NUMBERS, OTHERS, strict=True)
    ]
    high, low = elementary.veltkamp_split(NUMBERS)
    assert fractions(high, low) == fractions(NUMBERS)
    assert np.all(np.frexp(high)[0] * 2**26 % 1 == 0)
    for digits, parts, exact in (
        (104, elementary.two_product(NUMBERS, OTHERS), zip(NUMBERS, OTHERS, strict=True)),
        (104, elementary.two_product(NUMBERS, 1 / 3), ((x, 1 / 3) for x in NUMBERS)),
        (76, elementary.two_square(NUMBERS), zip(NUMBERS, NUMBERS, strict=True)),
    ):
        tiny = Fraction(1, 2**digits)
        for got, (x, y) in zip(fractions(*parts), exact, strict=True):
            assert abs(got - Fraction(x) * Fraction(y)) <= tiny * abs(got)


def test_near_the_root_of_two_a_square_keeps_all_digits_of_the_difference() -> None:
    x: Any = math.sqrt(2) + np.arange(-50, 50) * 2.0**-52
    square, rest = elementary.two_product(x, x)
    for got, y in zip(fractions(2 - square, -rest), x, strict=True):
        assert abs(got - (2 - Fraction(float(y)) ** 2)) <= abs(got) / 2**52


@pytest.mark.parametrize("c", [1.702, -0.3, 1e-3, 1e250, 3e-250])
def test_multiples_and_quotients_by_a_constant_keep_what_exp_feels(c: float) -> None:
    x = CHANCE.uniform(-900, 900, 300)
    many = [Fraction(float(y)) * Fraction(c) for y in x / c]
    few = [Fraction(float(y)) / Fraction(c) for y in x * c]
    for parts, exact in ((elementary.product(x / c, c), many), (elementary.quotient(x * c, c), few)):
        assert all(abs(g - e) <= abs(e) / 2**100 for g, e in zip(fractions(*parts), exact, strict=True))


def test_powers_of_two_and_infinities_have_no_rest() -> None:
    x = np.array([1.5, -np.inf, np.inf])
    assert elementary.product(x, 0.5)[1] == 0.0
    assert elementary.quotient(x, -4.0)[1] == 0.0
    assert elementary.product(x, 1.0)[0] is x
    with np.errstate(invalid="ignore"):
        pairs = elementary.product(x, 1.7), elementary.quotient(x, 1.7)
    for p, rest in pairs:
        np.testing.assert_array_equal(p[1:], [-np.inf, np.inf])
        np.testing.assert_array_equal(np.asarray(rest)[1:], 0)


def test_a_slope_of_zero_is_zero_at_infinity() -> None:
    x = np.array([np.inf, 2.0, np.nan])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(numeric.multiple(0.0, x), [0, 0, np.nan])
        np.testing.assert_array_equal(numeric.multiple(np.array([0.0, 0.0, 3.0]), x), [0, 0, np.nan])
    np.testing.assert_array_equal(numeric.multiple(-2.0, x), [-np.inf, -4, np.nan])


def test_exp_takes_a_rest() -> None:
    x = CHANCE.uniform(-700, 700, 300)
    rest = x * CHANCE.uniform(-1e-16, 1e-16, 300)
    true = [mp.exp(mpf(float(a)) + mpf(float(b))) for a, b in zip(x, rest, strict=True)]
    assert worst(elementary.exp_of(x, rest), true) < 2
    e, low = elementary.exp_pair(x, rest)
    assert worst(e, true) > 3  # without its rest, x is not worth more
    assert worst(e + low, true) < 2
    assert elementary.exp_pair(x)[1] == 0.0


def test_a_scale_saves_an_exp_that_ends_early() -> None:
    x = np.concatenate([CHANCE.uniform(-800, -700, 200), CHANCE.uniform(700, 720, 100), [-np.inf]])
    for scale in (1e9, -3.0, 1e-12, 1.0):
        true = [mpf(scale) * mp.exp(mpf(float(y))) for y in x]
        with np.errstate(all="ignore"):
            assert worst(elementary.scaled_exp(scale, x), true) < 3.5
            assert worst(elementary.scaled_exp(np.full(x.shape, scale), x), true) < 3.5


def test_the_logistic_curve_below_where_exp_overflows() -> None:
    t = np.concatenate([CHANCE.uniform(-745, -700, 200), CHANCE.uniform(-40, 40, 200), [-np.inf, np.inf]])
    rest = np.where(np.isfinite(t), t, 0) * 1e-16
    exact = [mpf(float(a)) + mpf(float(b)) for a, b in zip(t, rest, strict=True)]
    true = [1 / (1 + mp.exp(-y)) for y in exact]
    with np.errstate(all="ignore"):
        assert worst(elementary.logistic(t, rest), true) < 2.5


def test_powers_of_one_plus_are_rounded_late() -> None:
    e = CHANCE.uniform(0, 1, 2000)
    for power, function in ((2, elementary.one_plus_squared), (3, elementary.one_plus_cubed)):
        assert worst(function(e), [(1 + mpf(float(y))) ** power for y in e]) < 2


def test_polynomials_go_by_horners_rule() -> None:
    np.testing.assert_array_equal(elementary.horner((1.0, -2.0, 3.0), np.array([0.0, 1.0, 2.0])), [1, 2, 9])
    np.testing.assert_array_equal(elementary.horner((1.0, -2.0), np.array([0.0, 1.0])), [1, -1])


@pytest.mark.parametrize("share", [0.0, 0.001, 0.05, 0.5, 1.0])
def test_patches_reach_their_places_and_no_others(share: float) -> None:
    x = CHANCE.normal(size=(30, 100))
    where = CHANCE.random(x.shape) < share
    got = numeric.fixup(x.copy(), where, lambda y, z, c: y * z + c, x, np.arange(100.0), 3.0)
    np.testing.assert_array_equal(got, np.where(where, x * np.arange(100.0) + 3, x))
    np.testing.assert_array_equal(numeric.fixup(x.copy().T, where.T, lambda: 7.0), np.where(where, 7, x).T)


def test_a_patch_needed_nowhere_is_not_computed() -> None:
    numeric.fixup(np.ones(3), np.zeros(3, dtype=bool), lambda: pytest.fail("computed"))


def test_blending_is_where_without_branches() -> None:
    x = np.array([1.5, -0.0, 0.0, np.nan, -np.nan, np.inf, -np.inf, 5e-324])
    for where in (x > 0, x <= 0, x == x):  # noqa: PLR0124  only nan differs from itself
        for y, other in ((x, -x), (1.0, 0.25), (x, 0.0), (0.0, x)):
            got, true = numeric.blend(where, y, other), np.where(where, y, other)
            np.testing.assert_array_equal(got, true)
            np.testing.assert_array_equal(np.signbit(got), np.signbit(true))


@given(st.lists(st.booleans(), max_size=30))
def test_runs_are_where_one_is_true_and_those_beside_it_are_not(where: list[bool]) -> None:
    found = numeric.runs(np.array(where, bool)).tolist()
    assert [k for start, stop in found for k in range(start, stop)] == [
        k for k, one in enumerate(where) if one
    ]
    assert all(one[1] < other[0] for one, other in pairwise(found))


def test_small_helpers() -> None:
    x = np.array([-2.0, 0.0, 3.0, np.nan, np.inf])
    np.testing.assert_array_equal(numeric.positive(x), [0, 0, 3, np.nan, np.inf])
    np.testing.assert_array_equal(numeric.clip_above(5.0, x), [-2, 0, 3, np.nan, 5])
    np.testing.assert_array_equal(numeric.clip_above(5.0, x[:4]), x[:4])
    np.testing.assert_array_equal(numeric.propagate_nan(x, x > 0), [0, 0, 1, np.nan, 1])
    np.testing.assert_array_equal(numeric.propagate_nan(x[2:4, None], np.ones(2)), [[1, 1], [np.nan, np.nan]])
    np.testing.assert_array_equal(elementary.rest_of_abs(x[:3], x[:3] * 1e-17), [2e-17, 0, 3e-17])
    assert elementary.rest_of_abs(x, 0.0) == 0.0


FACTORS = {
    "_ELISH_MINIMUM": "exp(2*x) + 2*exp(x) - 1",
    "_ELISH_BEND": "exp(3*x) + 3*exp(2*x) + 5*exp(x) - 1",
    "_SERF_LEFT_BEND": "2 + x*(sigmoid(-x) - 2*softplus(x)*sigmoid(x))",
    "_SERF_RIGHT_BEND": "2 + x*(sigmoid(-x) - 2*softplus(x)*sigmoid(x))",
    "_TANHEXP_LEFT_BEND": "2 + x*(1 - 2*exp(x)*tanh(exp(x)))",
    "_TANHEXP_RIGHT_BEND": "2 + x*(1 - 2*exp(x)*tanh(exp(x)))",
    "_ROOT_BEND": "2*softplus(x)*sigmoid(-x) - sigmoid(x)",
}
"""Of f' or f'', where a table is of the factor that has the root."""


def exact_root(name: str) -> Any:
    """Find the root of f' or f'' that a table is about, from the activation's formula alone."""
    return mp.findroot(function(name), ROOTS[name].parts[0], tol=1e-140)


def function(name: str) -> Callable[[Any], Any]:
    """Find f' for a minimum, f'' for a bend, as the record states them."""
    activation = re.sub("_(LEFT_|RIGHT_)?(MINIMUM|BEND)$", "", name).lower().strip("_").replace("_", "-")
    formula = FACTORS.get(name) or RECORDS[activation].derivatives[name.endswith("BEND")]
    return lambda x: value(formula, {"x": mpf(x), "beta": mpf(1)})


def fitted(f: Callable[[Any], Any], interval: list[Any], terms: int) -> tuple[float, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the order of the coefficients
        return tuple(float(c) for c in reversed(mp.chebyfit(f, interval, terms)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ROOTS)
def test_a_roots_parts_and_polynomial_are_those_of_their_recipe(name: str) -> None:
    table, f, r = ROOTS[name], function(name), exact_root(name)
    assert abs(sum(map(mpf, table.parts)) - r) < mpf(2) ** -155
    assert fitted(lambda d: f(r + d) / d, list(table.reach), len(table.slope)) == table.slope


@pytest.mark.slow
@pytest.mark.parametrize("name", ROOTS)
def test_near_a_root_the_polynomial_keeps_all_digits(name: str) -> None:
    table, f = ROOTS[name], function(name)
    root = table.parts[0]
    x = root + np.concatenate([CHANCE.uniform(*table.reach, 60), np.arange(-9, 10) * math.ulp(root)])
    y = elementary.near_root(table, np.full(x.shape, np.nan), x)
    assert worst(y, [f(float(z)) for z in x]) < 3.5
    assert np.isnan(
        elementary.near_root(table, np.full(2, np.nan), root + 1.01 * np.array(table.reach))
    ).all()


def test_near_a_root_a_rest_counts() -> None:
    table, f = swishes.SILU_BEND, function("SILU_BEND")
    x = np.full(200, table.parts[0])
    rest = CHANCE.uniform(-2e-16, 2e-16, 200)
    true = [f(mpf(float(a)) + mpf(float(b))) for a, b in zip(x, rest, strict=True)]
    assert worst(elementary.root_value(table, x, rest), true) < 3.5


def test_the_tables_of_gelu_are_those_of_their_recipes() -> None:
    phi0 = 1 / mp.sqrt(2 * mp.pi)

    def tail(a: Any) -> Any:
        return mp.erfc(a / mp.sqrt(2)) / 2 * mp.exp(a * a / 2)

    def inverse(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda u: f(1 / mp.sqrt(u))

    far = [mpf(1) / 1600, mpf(4) / 289]
    recipes = {
        gelus.GELU_FAR_TAIL: (inverse(lambda a: a * tail(a)), far),
        gelus.GELU_FAR_SLOPE: (inverse(lambda a: phi0 - tail(a) / a), far),
    }
    for table, (f, interval) in recipes.items():
        assert fitted(f, interval, len(table)) == table


def test_the_split_cubic_of_gelu_tanh_keeps_what_exp_feels() -> None:
    x = CHANCE.uniform(-22, 22, 500)
    cubic, k = gelu_approximations.split_cubic(x), 2 * mp.sqrt(2 / mp.pi)
    for line, cube in ((1.0, 1.0), (1.0, 3.0)):
        for y, *parts in zip(x.tolist(), *gelu_approximations.cubic_sum(cubic, line, cube), strict=True):
            true = k * (line * mpf(y) + cube * mpf(0.044715) * mpf(y) ** 3)
            assert abs(sum(map(mpf, map(float, parts))) - true) < mpf(2) ** -55 + abs(true) / 2**60
