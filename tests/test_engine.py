"""The engine, whatever the activation: shapes, types, places, threads, memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from actcli import engine
from actcli.activations import ACTIVATIONS, RECORDS
from actcli.activations.record import Activation, Kind
from actcli.engine import evaluate
from actcli.errors import ParameterError, UsageError

ELEMENTWISE = [record for record in RECORDS.values() if record.kind is Kind.ELEMENTWISE]
ALONG_AN_AXIS = [record for record in RECORDS.values() if record.kind is not Kind.ELEMENTWISE]
SOFTMAX, GLU = RECORDS["softmax"], RECORDS["glu"]


def numbers(*shape: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Normal numbers, some of them tiny, huge or not finite."""
    x = np.random.default_rng(7).normal(0, 3, shape)
    x.ravel()[::7] *= 1e3
    some = x.ravel()[3::50]
    some[...] = np.resize([1e-310, -np.inf, np.inf, np.nan, -0.0, 700, -745, 1e300, 5], some.shape)
    return x


def named(record: Activation) -> str:
    return record.name


@pytest.mark.slow
@pytest.mark.parametrize("record", ELEMENTWISE, ids=named)
def test_a_value_depends_on_nothing_but_itself(record: Activation) -> None:
    x = np.tile(numbers(450), 2)[:850]
    whole = evaluate(record, x, (0, 1, 2))
    alone = zip(*(evaluate(record, one, (0, 1, 2)) for one in x), strict=True)
    behind = evaluate(record, np.concatenate([np.ones(3), x])[3:], (0, 1, 2))
    backwards = [y[::-1] for y in evaluate(record, x[::-1], (0, 1, 2))]
    apart = evaluate(record, np.repeat(x, 3).reshape(-1, 3)[:, 1], (0, 1, 2))
    for k, single in enumerate(alone):
        for other in (single, behind[k], backwards[k], apart[k], evaluate(record, x, k)):
            np.testing.assert_array_equal(whole[k], other)


@pytest.mark.parametrize("record", ALONG_AN_AXIS, ids=named)
def test_a_row_depends_on_nothing_but_itself(record: Activation) -> None:
    x = numbers(6, 4)
    whole = evaluate(record, x, (0, 1, 2))
    for k in range(3):
        np.testing.assert_array_equal(whole[k], np.stack([evaluate(record, row, k) for row in x]))
        np.testing.assert_array_equal(whole[k], evaluate(record, np.asfortranarray(x), k))


@pytest.mark.slow
@pytest.mark.parametrize("record", ELEMENTWISE, ids=named)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 0), (2, 3, 4)])
def test_elementwise_keeps_the_shape(record: Activation, shape: tuple[int, ...]) -> None:
    for y in evaluate(record, np.full(shape, 0.3), (0, 1, 2)):
        assert y.shape == shape


@pytest.mark.parametrize("record", ALONG_AN_AXIS, ids=named)
@pytest.mark.parametrize("shape", [(4,), (0, 4), (3, 0), (2, 3, 4)])
def test_derivative_axes_come_last(record: Activation, shape: tuple[int, ...]) -> None:
    n = shape[-1]
    m = n // 2 if record.kind is Kind.GATED else n
    y, jacobian, hessian = evaluate(record, np.full(shape, 0.3), (0, 1, 2))
    assert y.shape == (*shape[:-1], m)
    assert jacobian.shape == (*shape[:-1], m, n)
    assert hessian.shape == (*shape[:-1], m, n, n)


@pytest.mark.parametrize("axis", [0, 1, -3, -2])
def test_the_results_axis_goes_back_to_its_place(axis: int) -> None:
    x = numbers(4, 2, 3)
    moved = np.moveaxis(x, axis, -1)
    np.testing.assert_array_equal(
        evaluate(SOFTMAX, x, 0, axis), np.moveaxis(evaluate(SOFTMAX, moved), -1, axis)
    )
    np.testing.assert_array_equal(
        evaluate(SOFTMAX, x, 1, axis), np.moveaxis(evaluate(SOFTMAX, moved, 1), -2, axis % 3)
    )


def test_a_gate_halves_its_axis() -> None:
    assert evaluate(GLU, numbers(4, 3), 0, 0).shape == (2, 3)
    assert evaluate(GLU, numbers(4, 3), 1, 0).shape == (2, 3, 4)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", ">f8", ml_dtypes.bfloat16])
@pytest.mark.parametrize("name", ["gelu", "softmax"])
def test_floating_types_come_back(name: str, dtype: Any) -> None:
    x = np.linspace(-3, 3, 12).reshape(3, 4).astype(dtype)
    y = evaluate(RECORDS[name], x)
    assert y.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(y, evaluate(RECORDS[name], x.astype(float)).astype(y.dtype))


@pytest.mark.parametrize("x", [3, True, [1, -2], np.arange(-3, 3, dtype="i1"), np.arange(4, dtype="u8")])
def test_other_numbers_become_float64(x: Any) -> None:
    y = evaluate(RECORDS["silu"], x)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, evaluate(RECORDS["silu"], np.asarray(x, dtype=float)))


def test_bfloat16_is_rounded_once() -> None:
    above = 1 + 2.0**-8 + 2.0**-40  # float32 rounds it to the middle of two bfloat16
    y = evaluate(RECORDS["affine"], np.array([0, 0], dtype=ml_dtypes.bfloat16), intercept=above)
    assert y.astype(float).tolist() == [1 + 2.0**-7] * 2


@pytest.mark.parametrize("record", ACTIVATIONS.values(), ids=named)
def test_the_input_stays(record: Activation) -> None:
    x = numbers(6, 4)
    before = x.tobytes()
    x.flags.writeable = False
    evaluate(record, x, (0, 1, 2))
    assert x.tobytes() == before


def test_orders_may_come_in_any_order() -> None:
    x = numbers(20)
    second, zeroth, again = evaluate(RECORDS["mish"], x, (2, 0, 2))
    np.testing.assert_array_equal(second, evaluate(RECORDS["mish"], x, 2))
    np.testing.assert_array_equal(zeroth, evaluate(RECORDS["mish"], x, 0))
    np.testing.assert_array_equal(again, second)
    assert evaluate(RECORDS["mish"], x, ()) == ()


def test_broadcast_and_transposed_arrays() -> None:
    x = np.broadcast_to(numbers(5), (3, 5))
    np.testing.assert_array_equal(evaluate(RECORDS["tanh"], x)[2], evaluate(RECORDS["tanh"], x[0]))
    z = numbers(3, 4, 5).transpose(2, 0, 1)
    np.testing.assert_array_equal(evaluate(RECORDS["tanh"], z), evaluate(RECORDS["tanh"], z.copy()))


def test_a_parameter_for_each_column() -> None:
    x = -np.ones((2, 3))
    np.testing.assert_array_equal(
        evaluate(RECORDS["prelu"], x, alpha=[0.1, 0.2, 0.3]), [[-0.1, -0.2, -0.3]] * 2
    )
    many = np.random.default_rng(1).normal(size=(engine.BLOCK, 3))
    y = evaluate(RECORDS["prelu"], many, 1, alpha=np.array([0.1, 0.2, 0.3]))
    np.testing.assert_array_equal(y, np.where(many > 0, 1, [0.1, 0.2, 0.3]))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gelu", "softsign", "softmax", "prelu"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch, name: str, dtype: type) -> None:
    with np.errstate(over="ignore"):
        x: Any = np.tile(numbers(1000), 300).astype(dtype).reshape(-1, 4)
    alone = evaluate(RECORDS[name], x, (0, 1))
    monkeypatch.setattr(engine, "SHARED", 1)
    monkeypatch.setattr(engine, "processors", lambda: 3)
    together = evaluate(RECORDS[name], x, (0, 1))
    for k in (0, 1):
        np.testing.assert_array_equal(alone[k], together[k])


@pytest.mark.slow
@pytest.mark.parametrize("record", ACTIVATIONS.values(), ids=named)
def test_a_large_array_needs_little_more_than_its_results(record: Activation) -> None:
    x = np.random.default_rng(3).normal(size=(engine.SHARED // 2, 4))
    tracemalloc.start()
    y = evaluate(record, x, 0)
    peak = tracemalloc.get_traced_memory()[1] - y.nbytes
    tracemalloc.stop()
    assert peak < 64e6


@pytest.mark.slow
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_axis_in_the_middle_takes_no_copy_of_the_whole(axis: int) -> None:
    x = np.random.default_rng(4).normal(size=(200, 250, 200))
    tracemalloc.start()
    y = evaluate(SOFTMAX, x, axis=axis)
    peak = tracemalloc.get_traced_memory()[1] - y.nbytes
    tracemalloc.stop()
    assert peak < 64e6 < x.nbytes
    np.testing.assert_array_equal(np.moveaxis(y, axis, -1), evaluate(SOFTMAX, np.moveaxis(x, axis, -1)))


def test_what_cannot_be_computed_is_said() -> None:
    with pytest.raises(UsageError, match="even number of values, not 3"):
        evaluate(GLU, [1, 2, 3])
    with pytest.raises(UsageError, match=r"no axis 1; its shape is \(3,\)"):
        evaluate(SOFTMAX, [1, 2, 3], axis=1)
    with pytest.raises(UsageError, match="no axis -1"):
        evaluate(SOFTMAX, 1.0)
    with pytest.raises(UsageError, match="of order 0 to 2, not 3"):
        evaluate(SOFTMAX, [1.0], 3)
    with pytest.raises(ParameterError, match="2 values of a parameter for 3 numbers; give one for each"):
        evaluate(RECORDS["prelu"], [[1, 2, 3]], alpha=(1, 2))
    with pytest.raises(ParameterError, match="must be > 0"):
        evaluate(RECORDS["softplus"], 1, beta=-1)
    with pytest.raises(ParameterError, match="has no parameter"):
        evaluate(RECORDS["softplus"], 1, slope=1)
    with pytest.raises(UsageError, match="real numbers"):
        evaluate(RECORDS["softplus"], ["a"])
    with pytest.raises(UsageError, match="real numbers"):
        evaluate(RECORDS["softplus"], 1j)
