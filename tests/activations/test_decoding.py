"""--top and --top-p: what decoding keeps."""

from __future__ import annotations

import math
import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actcli.activations import RECORDS
from actcli.activations.decoding import likeliest
from actcli.engine import evaluate
from actcli.errors import UsageError

if TYPE_CHECKING:
    from conftest import Act

MASKING = [record for record in RECORDS.values() if record.absent is not None]
VECTORS = st.lists(st.floats(-30, 30, width=16), min_size=1, max_size=8)


@pytest.mark.slow
@pytest.mark.parametrize("record", MASKING, ids=lambda record: record.name)
@given(x=VECTORS, count=st.integers(1, 9))
def test_the_likeliest_are_as_if_alone(record: object, x: list[float], count: int) -> None:
    first = RECORDS[getattr(record, "name", "")]
    sign = -1 if (first.absent or 0) < 0 else 1
    order = sorted(range(len(x)), key=lambda place: (sign * x[place], place))[:count]
    found = evaluate(likeliest(first, count, None), x)
    alone = evaluate(first, [x[place] for place in sorted(order)])
    assert found[sorted(order)].tolist() == pytest.approx(alone.tolist(), rel=1e-14, abs=1e-15)
    rest = [place for place in range(len(x)) if place not in order]
    assert set(found[rest].tolist()) <= {0.0, -math.inf}


@given(x=VECTORS, share=st.floats(0.01, 1))
def test_a_share_keeps_as_few_as_have_it(x: list[float], share: float) -> None:
    softmax = RECORDS["softmax"]
    whole = evaluate(softmax, x)
    kept = evaluate(likeliest(softmax, None, share), x) > 0
    there = whole > 0
    assert whole[kept].sum() >= share * (1 - 1e-12) or (kept == there).all()
    if kept.sum() > 1:
        assert whole[kept].sum() - whole[kept].min() < share * (1 + 1e-12)
    assert whole[kept].min() >= whole[~kept].max(initial=0)


def test_count_comes_before_share_and_temperature_before_both(act: Act) -> None:
    words = ("softmax", "-F", "plain", "--temperature", "2", "1", "2", "3", "4")
    alone = act("softmax", "-F", "plain", "--temperature", "2", "3", "4").out.splitlines()
    assert act(*words, "--top", "2").out.splitlines() == ["0", "0", *alone]
    assert act(*words, "--top", "2", "--top-p", "0.6").out.splitlines() == ["0", "0", "0", "1"]
    assert act("softmax", "-c", "v", "--top", "1", stdin='{"v":[1,3,2]}\n').out == '{"v":[0,1,0]}\n'
    assert act("softmax", "--top", "1", "--axis", "1", stdin="a,b\n1,3\n2,0\n").out == "a,b\n0,1\n1,0\n"


def test_nan_stays_and_derivatives_are_refused() -> None:
    record = likeliest(RECORDS["softmax"], 1, 0.5)
    assert np.isnan(evaluate(record, [1.0, math.nan, 2.0])).all()
    with pytest.raises(UsageError, match="has no derivative"):
        evaluate(record, [1.0, 2.0], 1)
    with pytest.raises(UsageError, match="gives no probabilities"):
        likeliest(RECORDS["relu"], 1, None)
    again = pickle.loads(pickle.dumps(record))  # noqa: S301  our own
    assert evaluate(again, [1.0, 2.0]).tolist() == [0, 1]
