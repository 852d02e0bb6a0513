"""Thresholds of types: held against all numbers of small types, and against known ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.activations import ACTIVATIONS
from actcli.activations.record import Kind
from actcli.analysis.thresholds import thresholds
from actcli.engine import evaluate
from actcli.errors import UsageError
from actcli.numeric.dtypes import DTYPES, every

if TYPE_CHECKING:
    from actcli.activations.record import Activation

ELEMENTWISE = [record for record in ACTIVATIONS.values() if record.kind is Kind.ELEMENTWISE]


def test_those_of_gelu_in_bfloat16_are_the_known_ones() -> None:
    found = {one.key: one.stretches for one in thresholds(ACTIVATIONS["gelu"], "bfloat16")}
    assert [(one.high, one.high_bits) for one in found["zero"]] == [(-13.5625, "c159")]
    assert [(one.high, one.high_bits) for one in found["subnormal"]] == [(-13.1875, "c153")]
    assert [(one.low, one.low_bits, one.ends) for one in found["itself"]] == [(2.78125, "4032", True)]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2"])
@pytest.mark.parametrize("record", ELEMENTWISE, ids=lambda record: record.name)
def test_a_stretch_has_its_property_and_its_neighbours_have_not(record: Activation, dtype: str) -> None:
    x = every(dtype)
    numbers, y = x.astype(float), evaluate(record, x).astype(float)
    slope = abs(evaluate(record, x, 1).astype(float))
    least = DTYPES[dtype].least_normal
    has = {
        "nan": np.isnan(y),
        "infinite": np.isinf(y),
        "zero": y == 0,
        "subnormal": (y != 0) & (abs(y) < least),
        "itself": y == numbers,
        "largest": y == np.nanmax(y[np.isfinite(y)]),
        "least": y == np.nanmin(y[np.isfinite(y)]),
        "flat": slope < 0.1,
    }
    for one in thresholds(record, dtype):
        mask = has[one.key]
        for stretch in one.stretches:
            inside = (numbers >= stretch.low) & (numbers <= stretch.high)
            assert mask[inside].all()
            assert stretch.begins == (stretch.low == numbers[0])
            assert stretch.ends == (stretch.high == numbers[-1])
            first, last = np.flatnonzero(inside)[[0, -1]]
            outside = [k for k in (first - 1, last + 1) if 0 <= k < len(x)]
            assert not mask[[k for k in outside if numbers[k] != 0 or not np.signbit(numbers[k])]].any()
        if one.key == "flat":
            inside = np.any([(numbers >= s.low) & (numbers <= s.high) for s in one.stretches], axis=0)
            assert (inside == mask).all()


@pytest.mark.slow
def test_those_of_wide_types_lie_between_neighbouring_numbers() -> None:
    for name, key, side in (
        ("gelu", "itself", "low"),
        ("tanh", "largest", "low"),
        ("exponential", "infinite", "low"),
    ):
        for dtype in ("float32", "float64"):
            (stretch,) = (
                s
                for one in thresholds(ACTIVATIONS[name], dtype)
                if one.key == key
                for s in one.stretches
                if s.ends
            )
            kind = np.dtype(dtype).type
            x = kind(getattr(stretch, side))
            before = np.nextafter(x, kind(-np.inf))
            at, out = evaluate(ACTIVATIONS[name], np.array([x, before]))
            assert at == {"itself": x, "largest": 1, "infinite": np.inf}[key]
            assert at != out


def test_vectors_have_none() -> None:
    with pytest.raises(UsageError, match="leave it out"):
        thresholds(ACTIVATIONS["softmax"], "bfloat16")
