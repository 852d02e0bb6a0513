"""The figures of `check` against an independent program, on kernels with planted faults."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
import pytest
from mpmath import mp, mpf  # type: ignore[import-untyped]  # it has no types

from actcli.activations import ACTIVATIONS
from actcli.activations.record import Kind
from actcli.analysis.check import BOUNDS, LABELS, check
from actcli.engine import evaluate
from actcli.exact import exact

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.activations.record import Activation

    Numbers = NDArray[Any]

FRACTION = {"bfloat16": 7, "float16": 10, "float8_e4m3fn": 3, "float8_e5m2": 2, "float32": 23, "float64": 52}
LEAST = {
    "bfloat16": -126,
    "float16": -14,
    "float8_e4m3fn": -6,
    "float8_e5m2": -14,
    "float32": -126,
    "float64": -1022,
}


def of_type(name: str) -> Any:
    return np.dtype(getattr(ml_dtypes, name, name))


def finite_numbers(name: str) -> Numbers:
    """Return all finite numbers, the negative ones first, by counting patterns down and up."""
    kind = of_type(name)
    patterns = np.arange(1 << 8 * kind.itemsize, dtype=f"u{kind.itemsize}")
    half = len(patterns) // 2
    with np.errstate(invalid="ignore"):
        return np.array(
            [v for v in [*patterns[half:][::-1].view(kind), *patterns[:half].view(kind)] if np.isfinite(v)]
        )


def beside(value: mpf, asymptote: mpf, side: int) -> mpf:
    """Return a value that its digits do not tell from an asymptote, on the side where it is."""
    return asymptote + side * abs(asymptote) * mpf(2) ** -120 if value == asymptote and asymptote else value


TRUTH: dict[str, Callable[[mpf], mpf]] = {
    "relu": lambda x: max(x, mpf(0)),
    "sigmoid": lambda x: beside(1 / (1 + mp.exp(-x)), mpf(1), -1),
    "tanh": lambda x: beside(beside(beside(mp.tanh(x), mpf(1), -1), mpf(-1), 1), x, -1 if x > 0 else 1),
    "silu": lambda x: beside(x / (1 + mp.exp(-x)), x, -1),
    "gelu": lambda x: beside(x * mp.erfc(-x / mp.sqrt(2)) / 2, x, -1),
    "softplus": lambda x: beside(mp.log1p(mp.exp(x)), x, 1),
}


@functools.cache
def truth(name: str, dtype: str) -> list[mpf]:
    """Return the values at all finite numbers of a type."""
    with mp.workdps(40):
        return [TRUTH[name](mpf(float(x))) for x in finite_numbers(dtype)]


def spacing(value: mpf, dtype: str) -> mpf:
    exponent = LEAST[dtype] if not value else max(mp.frexp(value)[1] - 1, LEAST[dtype])
    return mpf(2) ** (exponent - FRACTION[dtype])


@functools.cache
def rounded(name: str, dtype: str) -> Numbers:
    """Return the values rounded to the type: what a perfect kernel gives."""
    found = []
    with mp.workdps(40):
        for x, value in zip(finite_numbers(dtype).tolist(), truth(name, dtype), strict=True):
            unit = spacing(value, dtype)
            sign = x if x == 0 and value == 0 else float(value)
            found.append(math.copysign(float(mp.nint(value / unit) * unit), sign))
    with np.errstate(over="ignore"):
        return np.array(found).astype(of_type(dtype))


@dataclass
class Counted:
    """What the independent program counts of results; `errors` by index, infinite for nan and infinities."""

    correct: int = 0
    wrong_nan: int = 0
    wrong_infinity: int = 0
    flushed_outputs: int = 0
    histogram: list[int] = field(default_factory=lambda: [0] * len(LABELS))
    errors: dict[int, float] = field(default_factory=dict)


@functools.cache
def least_errors(name: str, dtype: str) -> list[float]:
    """Return the errors of the perfect kernel, in ulp."""
    return [error(*row, dtype) for row in zip(rounded(name, dtype), truth(name, dtype), strict=True)]


def error(result: Any, value: mpf, dtype: str) -> float:
    with mp.workdps(40):
        number = float(result)
        return float(abs(mpf(number) - value) / spacing(value, dtype)) if math.isfinite(number) else math.inf


def counted(name: str, y: Numbers) -> Counted:
    """Compare the results of all finite numbers, each alone."""
    found, dtype = Counted(), y.dtype.name
    perfect, values, least = rounded(name, dtype), truth(name, dtype), least_errors(name, dtype)
    numbers = zip(y.astype(float).tolist(), perfect.astype(float).tolist(), strict=True)
    for index, (result, wanted) in enumerate(numbers):
        right = result == wanted or (math.isnan(result) and math.isnan(wanted))
        found.correct += right
        if math.isfinite(result) and math.isfinite(wanted):
            size = least[index] if right else error(result, values[index], dtype)
            found.flushed_outputs += result == 0 and 0 < abs(wanted) < 2.0 ** LEAST[dtype]
            found.histogram[sum(size > bound for bound in BOUNDS)] += 1
        else:
            size = 0.0 if right else math.inf
            found.wrong_nan += math.isnan(result) and not right
            found.wrong_infinity += not math.isnan(result) and not right
        found.errors[index] = size
    return found


# -- kernels, each with a fault: of inputs, perfect results, and random numbers --

Fault = Callable[["Numbers", "Numbers", np.random.Generator], "Numbers"]


def neighbours(y: Numbers, steps: Any) -> Numbers:
    """Return the numbers of a type that lie so many patterns further from 0."""
    bits = (y.view(f"u{y.dtype.itemsize}") + steps).astype(f"u{y.dtype.itemsize}")
    further: Numbers = bits.view(y.dtype)
    return further


def changed(y: Numbers, at: Any, to: Any) -> Numbers:
    y = y.copy()
    y[at] = to
    return y


def somewhere(y: Numbers, random: np.random.Generator) -> int:
    """Return the index of a result that has neighbours."""
    return int(random.choice(np.flatnonzero((abs(y.astype(float)) > 1e-2) & (abs(y.astype(float)) < 10))))


def one_ulp(_: Numbers, y: Numbers, random: np.random.Generator) -> Numbers:
    at = somewhere(y, random)
    return changed(y, at, neighbours(y[at : at + 1], 1)[0])


def one_nan(_: Numbers, y: Numbers, random: np.random.Generator) -> Numbers:
    return changed(y, somewhere(y, random), np.nan)


def one_sign(_: Numbers, y: Numbers, random: np.random.Generator) -> Numbers:
    at = somewhere(y, random)
    return changed(y, at, -y[at])


def flushes(_: Numbers, y: Numbers, __: np.random.Generator) -> Numbers:
    return np.where(abs(y.astype(float)) < 2.0 ** LEAST[y.dtype.name], y * 0, y)


def early_identity(x: Numbers, y: Numbers, _: np.random.Generator) -> Numbers:
    return np.where(x.astype(float) > 2.5, x, y)


def early_zero(x: Numbers, y: Numbers, _: np.random.Generator) -> Numbers:
    return np.where(x.astype(float) < -4, y * 0, y)


def off_between(x: Numbers, y: Numbers, _: np.random.Generator) -> Numbers:
    wide = x.astype(float)
    return np.where((wide >= 1) & (wide < 2), neighbours(y, 3), y)


def shifted(_: Numbers, y: Numbers, __: np.random.Generator) -> Numbers:
    return np.roll(y, 1)


def nan_far_out(x: Numbers, y: Numbers, _: np.random.Generator) -> Numbers:
    return changed(y, x.astype(float) > 11, np.nan)


def infinite_far_out(x: Numbers, y: Numbers, _: np.random.Generator) -> Numbers:
    return changed(y, abs(x.astype(float)) > 88, np.inf)


def noisy(_: Numbers, y: Numbers, random: np.random.Generator) -> Numbers:
    steps = random.integers(0, 2, len(y)).astype(f"u{y.dtype.itemsize}")
    far = abs(y.astype(float)) > 10
    return np.where(far, y, neighbours(y, steps))


def nothing(_: Numbers, y: Numbers, __: np.random.Generator) -> Numbers:
    return y * 0


KERNELS: list[tuple[str, str, Fault]] = [  # two of 16 bits, whose true values take seconds
    ("gelu", "bfloat16", one_ulp),
    ("gelu", "bfloat16", one_nan),
    ("tanh", "float8_e5m2", one_ulp),
    ("sigmoid", "float8_e5m2", one_sign),
    ("silu", "float8_e5m2", flushes),
    ("gelu", "bfloat16", early_identity),
    ("gelu", "bfloat16", early_zero),
    ("gelu", "bfloat16", nan_far_out),
    ("softplus", "float16", infinite_far_out),
    ("softplus", "float8_e5m2", one_ulp),
    ("sigmoid", "float8_e5m2", early_zero),
    ("silu", "float8_e5m2", shifted),
    ("tanh", "float8_e5m2", off_between),
    ("gelu", "float8_e5m2", noisy),
    ("relu", "float8_e5m2", one_nan),
    ("relu", "float8_e4m3fn", one_ulp),
    ("gelu", "float8_e4m3fn", flushes),
    ("sigmoid", "float8_e4m3fn", nothing),
    ("silu", "float8_e4m3fn", early_identity),
    ("tanh", "float8_e4m3fn", noisy),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "dtype", "fault"), KERNELS, ids=[f"{n}-{t}-{fault.__name__}" for n, t, fault in KERNELS]
)
def test_planted_faults_are_found_as_by_an_independent_program(name: str, dtype: str, fault: Fault) -> None:
    x, perfect = finite_numbers(dtype), rounded(name, dtype)
    for seed in range(1):
        with np.errstate(all="ignore"):
            y = fault(x, perfect, np.random.default_rng(seed)).astype(of_type(dtype))
        figures, expected = check(name, x, y), counted(name, y)
        assert figures.correct == expected.correct < figures.count == len(x)
        assert figures.wrong_nan == expected.wrong_nan
        assert figures.wrong_infinity == expected.wrong_infinity
        assert figures.flushed_outputs == expected.flushed_outputs
        assert list(figures.histogram.values()) == expected.histogram
        finite = [error for error in expected.errors.values() if error < math.inf]
        assert figures.max_ulp == pytest.approx(max(finite), rel=1e-12)
        assert figures.mean_ulp == pytest.approx(np.mean(finite), rel=1e-6)
        least = sorted(expected.errors.values())[-len(figures.worst)]
        listed = {worst.index for worst in figures.worst}
        assert {k for k, size in expected.errors.items() if size > least * (1 + 1e-9)} <= listed
        assert all(expected.errors[k] >= least * (1 - 1e-9) for k in listed)
        for worst in figures.worst:
            assert worst.x == float(x[worst.index])
            assert (worst.ulp is None) == math.isinf(expected.errors[worst.index])
            assert worst.ulp is None or worst.ulp == pytest.approx(expected.errors[worst.index], rel=1e-12)
        above = [float(x[k]) for k, error in expected.errors.items() if error > 1]
        assert figures.above == len(above) == sum(run.count for run in figures.ranges)
        assert all(any(run.first <= v <= run.last for run in figures.ranges) for v in above)
        if fault not in (one_ulp, one_nan, one_sign, noisy):
            break


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_errors_beyond_all_numbers_of_the_type_are_finite_and_count(dtype: str) -> None:
    y = np.array([np.finfo(dtype).max, np.finfo(dtype).min], dtype)
    figures = check("tanh", np.zeros(2, dtype), y)
    assert figures.above == 2
    assert 1e80 < figures.mean_ulp == figures.max_ulp < math.inf
    assert not figures.passes(1e9)
    assert figures.wrong_infinity == 0


@pytest.mark.parametrize("name", TRUTH)
def test_perfect_kernels_have_no_fault(name: str) -> None:
    for dtype in ("float8_e4m3fn", "float8_e5m2"):
        figures = check(name, finite_numbers(dtype), rounded(name, dtype))
        assert figures.correct == figures.count
        assert figures.passes(0.5)
        assert not figures.wrong_zero_sign or name == "relu"  # whose zero at -0 is a convention


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["silu", "gelu", "tanh", "softplus", "sigmoid"])
def test_wide_types_are_held_to_the_same(name: str, dtype: str) -> None:
    random = np.random.default_rng(1)
    x = np.concatenate([random.normal(size=700) * 4, random.normal(size=100) * 1e-6]).astype(dtype)
    with mp.workdps(60):
        values = [TRUTH[name](mpf(float(v))) for v in x]
        y = np.array(list(map(float, values))).astype(dtype)
        y = np.where(random.integers(0, 3, len(y)) == 2, np.nextafter(y, np.array(np.inf, dtype)), y)
        y[7] *= np.array(1.0001, dtype)
        errors = [
            float(abs(mpf(float(result)) - value) / spacing(value, dtype))
            for result, value in zip(y, values, strict=True)
        ]
    figures = check(name, x, y)
    assert figures.max_ulp == pytest.approx(max(errors), rel=1e-12)
    assert figures.mean_ulp == pytest.approx(np.mean(errors), rel=1e-6)
    assert figures.worst[0].index == int(np.argmax(errors)) == 7
    counts = np.bincount(np.searchsorted(BOUNDS, errors), minlength=len(LABELS))
    assert list(figures.histogram.values()) == counts.tolist()
    assert figures.correct == sum(error < 0.5 for error in errors)


def test_exact_ties_and_whole_steps_take_no_seconds_each() -> None:
    x = np.linspace(-4, 4, 10_001).astype(np.float32)
    record = ACTIVATIONS["hard-sigmoid"]
    y = np.nextafter(evaluate(record, x), np.float32(9))
    figures = check(record, x, y)
    assert figures.correct == 0
    assert sum(figures.histogram[label] for label in ("<= 0.5", "<= 1")) > 7000


ELEMENTWISE = [record for record in ACTIVATIONS.values() if record.kind is Kind.ELEMENTWISE]


@pytest.mark.parametrize("record", ELEMENTWISE, ids=lambda record: record.name)
@pytest.mark.parametrize("order", [0, 1])
def test_correctly_rounded_results_have_no_fault(record: Activation, order: int) -> None:
    random = np.random.default_rng(2)
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-40, -1e-45, 3e38, -3e38, 1, -1, 0.5, 2, 16, -16]
    x = np.concatenate([random.normal(size=600) * 5, random.normal(size=50) * 1e-4, special])
    for dtype in ("float32", "float64"):
        numbers = x.astype(dtype)
        figures = check(record, numbers, evaluate(exact(record), numbers, order), order=order)
        assert figures.correct == figures.count
        assert figures.passes(0.5)
        assert figures.flushed_inputs == figures.flushed_outputs == 0
