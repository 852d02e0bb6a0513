"""What a graph is said to have, against the formulas at high precision and against the graph itself."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.oracle import exact
from tools.accuracy import parameter_grid

from actcli.activations import RECORDS
from actcli.activations.record import Kind
from actcli.analysis import landmarks
from actcli.analysis.landmarks import Graph, Line, Zeros
from actcli.exact import of_formula

if TYPE_CHECKING:
    from collections.abc import Callable

ELEMENTWISE = [record for record in RECORDS.values() if record.kind is Kind.ELEMENTWISE]


def usual(given: dict[str, Any]) -> bool:
    """Parameters under which nothing happens far out or too fast; squareplus with b = 0 is a hidden relu."""
    return all(value is None or 0.1 <= abs(value) <= 10 or value == 0 for value in given.values())


GRAPHS = [
    Graph(record, record.settings(given))
    for record in ELEMENTWISE
    for given in parameter_grid(record)
    if usual(given) and given != {"b": 0.0}
]
X = np.random.default_rng(5).uniform(-18, 18, 4000)
EVERY = pytest.mark.parametrize("f", GRAPHS, ids=lambda f: f"{f.activation.name}-{f.settings}")


def graph(name: str, **given: Any) -> Graph:
    return Graph(RECORDS[name], RECORDS[name].settings(given))


@pytest.mark.slow
@EVERY
def test_limits_are_those_of_the_formula(f: Graph) -> None:
    for limit, end in zip(landmarks.limits(f), f.activation.domain, strict=True):
        true = exact(f.activation, end, f.settings)[0]
        assert limit == pytest.approx(float(true), rel=1e-12, nan_ok=True)


def certain(g: Callable[[Any], Any], x: Any) -> Any:
    """Where rounding does not decide the sign."""
    return abs(g(x)) > 1e-11 * (1 + abs(x))


def check_zeros(f: Graph, g: Callable[[Any], Any], found: list[Zeros]) -> None:
    for zeros in found:
        inside = [x for x in (zeros.low, (zeros.low + zeros.high) / 2, zeros.high) if math.isfinite(x)]
        owned = [x for x in inside if not (x == zeros.low and zeros.open_low)]
        owned = [x for x in owned if not (x == zeros.high and zeros.open_high)]
        assert not certain(g, np.array(owned)).any()
    x = np.sort(X)
    x = x[certain(g, x)]
    jumps = [corner.x for corner in f.corners if corner.jumps(0)]
    changes = np.flatnonzero(np.diff(np.sign(g(x))))
    for low, high in zip(x[changes], x[changes + 1], strict=True):
        assert any(low <= z.high and z.low <= high for z in found) or any(low <= c <= high for c in jumps)


def zeros_not_found(g: Callable[[Any], Any], found: list[Zeros]) -> list[float]:
    """Places where a function is exactly zero and is not said to be."""
    x = X[g(X) == 0]
    known = [((zeros.low <= x) & (x <= zeros.high)) for zeros in found]
    return list(x[~np.any([*known, np.zeros(len(x), dtype=bool)], axis=0)])


@pytest.mark.slow
@EVERY
def test_roots_are_all_there(f: Graph) -> None:
    roots = landmarks.roots(f)
    check_zeros(f, f, roots)
    assert not zeros_not_found(f, roots) or Line(0, 0) in landmarks.asymptotes(f), "neither zero nor nearly"


@pytest.mark.slow
@EVERY
def test_fixed_points_are_all_there(f: Graph) -> None:
    def g(x: Any) -> Any:
        return f(x) - x

    points = landmarks.fixed_points(f)
    check_zeros(f, g, points)
    nearly = Line(1, 0) in landmarks.asymptotes(f) or f.activation.name == "gelu-10"  # x, until it stops
    assert nearly or not zeros_not_found(g, points), "neither x nor nearly"


@pytest.mark.slow
@EVERY
def test_no_slope_is_over_the_lipschitz_constant_and_one_is_near_it(f: Graph) -> None:
    constant = landmarks.lipschitz(f)
    if math.isinf(constant):
        unbounded = math.isinf(abs(f(np.array(f.activation.domain), 1)).max())
        assert unbounded or any(corner.jumps(0) for corner in f.corners)
        return
    slopes = abs(f(X, 1))
    assert slopes.max() <= constant * (1 + 1e-14)
    y = f(X)
    assert (abs(np.diff(y)) <= constant * abs(np.diff(X)) * (1 + 1e-12) + 1e-14 * (1 + abs(y[1:]))).all()
    everywhere = np.concatenate([X, X / 100, X / 10000, X * 1e4, [c.x for c in f.corners], [0.0]])
    assert abs(f(everywhere, 1)).max() >= constant * (1 - 2e-3)


@pytest.mark.slow
@EVERY
def test_curves_come_near_to_their_asymptotes_and_do_not_reach_them(f: Graph) -> None:
    for line in landmarks.asymptotes(f):
        far = np.array([-(2.0**30), 2.0**30])
        gap = abs(f(far) - line.at(far))
        assert gap.min() <= 1e-6 * (1 + abs(line.intercept))
        assert (f(X) != line.at(X)).any()


@pytest.mark.slow
@EVERY
def test_corners_are_kinks_of_the_record_where_something_jumps(f: Graph) -> None:
    places = [kink.near(f.settings) for kink in f.activation.kinks]
    for corner in f.corners:
        assert corner.x in places
        near, orders = np.array([corner.x - 1e-10, corner.x + 1e-10]), landmarks.ORDERS
        sides = [f(near, order) for order in orders]
        for order, (left, right) in zip(orders, sides, strict=True):
            assert corner.left[order] == pytest.approx(left, rel=1e-5, abs=1e-7)
            assert corner.right[order] == pytest.approx(right, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize(
    ("name", "constant"),
    [
        ("sigmoid", 1 / 4),
        ("tanh", 1),
        ("softplus", 1),
        ("softsign", 1),
        ("hard-sigmoid", 1 / 5),
        ("selu", 1.0507009873554805 * 1.6732632423543772),
        # at sqrt(2), where the second derivative phi(x) (2 - x^2) is 0
        ("gelu", (1 + math.erf(1)) / 2 + math.sqrt(2) * math.exp(-1) / math.sqrt(2 * math.pi)),
        # at x tanh(x) = 1, where the second derivative is 0
        ("lisht", 1.1996786402577339),
        ("snake", 2),
        ("exponential", math.inf),
        ("step", math.inf),
    ],
)
def test_lipschitz_constants_that_are_known(name: str, constant: float) -> None:
    assert landmarks.lipschitz(graph(name)) == pytest.approx(constant, rel=1e-14)


def zeros(low: float, high: float | None = None, **ends: bool) -> Zeros:
    return Zeros(low, low if high is None else high, **ends)


INF = math.inf


@pytest.mark.parametrize(
    ("name", "roots", "fixed"),
    [
        ("linear", [zeros(0)], [zeros(-INF, INF, open_low=True, open_high=True)]),
        ("step", [zeros(-INF, 0, open_low=True, open_high=True)], [zeros(1)]),
        ("relu6", [zeros(-INF, 0, open_low=True)], [zeros(0, 6)]),
        ("hard-shrink", [zeros(-0.5, 0.5)], None),
        ("exponential", [], []),
        ("softplus", [], []),
        ("tanh", [zeros(0)], [zeros(0)]),
        ("hard-sigmoid-relu6", [zeros(-INF, -3, open_low=True)], [zeros(0.6)]),
        ("gelu", [zeros(0)], [zeros(0)]),
        ("lisht", [zeros(0)], [zeros(0)]),
    ],
)
def test_zeros_that_are_known(name: str, roots: list[Zeros], fixed: list[Zeros] | None) -> None:
    assert landmarks.roots(graph(name)) == roots
    if fixed is not None:
        assert landmarks.fixed_points(graph(name)) == fixed


def test_fixed_points_that_are_known() -> None:
    assert [z.low for z in landmarks.fixed_points(graph("sigmoid"))] == [pytest.approx(0.6590460684074074)]
    touched = [z.low for z in landmarks.fixed_points(graph("snake"))]
    assert touched == [pytest.approx(k * math.pi, abs=1e-7) for k in range(-6, 7)]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("tanh", [Line(0, -1), Line(0, 1)]),
        ("softplus", [Line(0, 0), Line(1, 0)]),
        ("tanh-shrink", [Line(1, 1), Line(1, -1)]),
        ("lisht", [Line(-1, 0), Line(1, 0)]),
        ("squareplus", [Line(0, 0), Line(1, 0)]),
        ("softsign", [Line(0, -1), Line(0, 1)]),
        ("relu", []),
        ("hard-tanh", []),
        ("snake", []),
    ],
)
def test_asymptotes_that_are_known(name: str, lines: list[Line]) -> None:
    assert landmarks.asymptotes(graph(name)) == lines


def test_what_is_reached_is_no_asymptote() -> None:
    assert landmarks.asymptotes(graph("relu", alpha=0.1, threshold=2.0, max_value=4.0)) == []
    assert landmarks.asymptotes(graph("softplus", beta=1000.0)) == [Line(0, 0), Line(1, 0)]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (Line(0, -1), "y = -1"),
        (Line(1, 0), "y = x"),
        (Line(-1, 0.5), "y = -x + 0.5"),
        (Line(1.0507009873554805, -2), "y = 1.0507 x - 2"),
    ],
)
def test_equations(line: Line, text: str) -> None:
    assert line.equation() == text


@pytest.mark.slow
@EVERY
def test_extremes_are_where_f_turns_and_between_them_it_does_not(f: Graph) -> None:
    found = landmarks.extremes(f)
    bends = f.corners
    for x, y in found:
        here, left, right = f(np.array([x, x - 1e-4, x + 1e-4]))
        assert y == here
        assert (left - here) * (right - here) > 0
        assert x in [c.x for c in bends] or abs(f(np.array([x]), 1)[0]) < 1e-9
    first, last = np.clip(f.activation.domain, -19.9, 19.9)
    for low, high in pairwise([first, *(x for x, _ in found), last]):
        ends = [low, *(c.x for c in bends if low < c.x < high), high]
        slopes = np.concatenate([f(np.linspace(*two, 203)[1:-1], 1) for two in pairwise(ends)])
        level = not slopes.all() or any(c.jumps(0) for c in bends if low < c.x < high)  # it turns unseen
        assert level or slopes.min() > -1e-6 or slopes.max() < 1e-6


def test_a_jump_from_below_zero_to_just_above_is_no_root() -> None:
    assert [zeros.low for zeros in landmarks.roots(graph("xielu"))] == [pytest.approx(-2.43248, abs=1e-5)]
    parabola = landmarks.roots(graph("xielu", beta=0.0))  # underflows to 0 up to x = 1e-162
    assert [zeros.low for zeros in parabola] == [pytest.approx(-1e-6, rel=1e-5)]


def test_extremes_that_are_known() -> None:
    lowest = [(-1.1924312145154955, -0.3088434130172504)]
    assert landmarks.extremes(graph("mish")) == [pytest.approx(pair, abs=1e-13) for pair in lowest]
    assert landmarks.extremes(graph("leaky-relu", alpha=-0.5)) == [(0, 0)]
    assert landmarks.extremes(graph("relu", threshold=-1.0)) == [(-1, -1)]
    assert landmarks.extremes(graph("step")) == landmarks.extremes(graph("tanh")) == []


@pytest.mark.parametrize(
    ("text", "zeros", "turns", "poles"),
    [
        ("(x - 100)**2", [100], [(100, 0)], []),
        ("(x - 1000)**4", [1000], [(1000, 0)], []),
        ("(x - 30)*(x + 40)", [-40, 30], [(-5, -1225)], []),
        ("exp(-(x - 60)**2)", [], [(60, 1)], []),
        ("abs(x - 50)", [50], [(50, 0)], []),
        ("1/(x - 200)", [], [], [200]),
        ("1/(x - 200)**2", [], [], [200]),
        ("1/x**2", [], [], [0]),
        ("log(abs(x - 30))", [29, 31], [], [30]),
        ("exp(-(x - 1000)**2)", [], [(1000, 1)], []),
        ("exp(-1e6*(x - 0.005)**2)", [], [(0.005, 1)], []),
        ("exp(x) - 1e30", [69.07755278982137], [], []),
        ("x**5 - 3e24", [78600.30855966228], [], []),
        ("1e-20/(x - 5.003)", [], [], [5.003]),
        ("max(x, 0)", [-math.inf], [], []),
        ("abs(x) + abs(x - 1) - 1", [0], [], []),
        ("1e-8*abs(x - 1) + 1e-14", [], [], []),
    ],
)
def test_what_is_far_out_in_a_formula_is_found(
    text: str, zeros: list[float], turns: list[tuple[float, float]], poles: list[float]
) -> None:
    pytest.importorskip("flint", reason="formulas need python-flint")
    graph = Graph(of_formula(text), {})
    assert [zero.low for zero in landmarks.roots(graph)] == pytest.approx(zeros)
    assert [pytest.approx(place) for place in landmarks.extremes(graph)] == turns
    assert graph.poles == pytest.approx(poles)


@pytest.mark.parametrize(("text", "ours"), [("abs(sin(x))", math.pi), ("abs(tan(x))", math.pi)])
def test_a_corner_at_which_a_wave_is_0_is_a_zero_and_no_pole_is_an_extreme(text: str, ours: float) -> None:
    pytest.importorskip("flint", reason="formulas need python-flint")
    graph = Graph(of_formula(text), {})
    zeros = [zero.low for zero in landmarks.roots(graph) if abs(zero.low) < 20]
    assert zeros == pytest.approx([k * ours for k in range(-6, 7)], abs=1e-9)
    assert all(abs(y) < 2 for _, y in landmarks.extremes(graph))


@pytest.mark.parametrize(
    ("text", "constant"),
    [
        *(
            (text, math.inf)
            for text in ("x*sin(x)", "sqrt(x)*sin(x)", "atan(1/x)", "tanh(1/x)", "1/x", "abs(x)/x")
        ),
        ("sin(x)", 1),
        ("sin(x)/x", 0.4361817),
        ("exp(-(x - 60)**2)", 0.8577639),
        ("abs(sin(x))", 1),
    ],
)
def test_a_lipschitz_constant_is_none_of_growing_waves_and_jumps(text: str, constant: float) -> None:
    pytest.importorskip("flint", reason="formulas need python-flint")
    assert landmarks.lipschitz(Graph(of_formula(text), {})) == pytest.approx(constant, rel=1e-6)
