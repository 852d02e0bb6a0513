"""`--dtype`: input rounded to a type, computed in float64, the result rounded once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.processes import Outcome, python

from actcli import engine
from actcli.activations import ACTIVATIONS
from actcli.activations.record import Kind
from actcli.exact import exact
from actcli.numeric import dtypes
from actcli.numeric.dtypes import DTYPES, FloatType, floating_type, round_to

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

SMALL: dict[str, np.dtype[Any]] = {
    name: floating_type(name) for name in DTYPES if floating_type(name).itemsize <= 2
}
TIED = ("xielu", "bent-identity")
"""Their float64 may be a tie where they are none: of 0.8 x^2 + x/2, and of 1/2 beside a large number."""
NAMES = [n for n, record in ACTIVATIONS.items() if record.kind is Kind.ELEMENTWISE and n not in TIED]


def facts(name: str) -> Any:
    return ml_dtypes.finfo(floating_type(name))  # type: ignore[no-untyped-call]


def every(dtype: np.dtype[Any]) -> Any:
    values = np.arange(256**dtype.itemsize, dtype=f"u{dtype.itemsize}").view(dtype)
    with np.errstate(invalid="ignore"):  # signalling nans
        return values[np.isfinite(values.astype(float))]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", SMALL)
def test_all_results_of_a_small_type_are_correctly_rounded(kind: str, name: str) -> None:
    """As balls prove them, which `test_exact.py` holds to mpmath."""
    pytest.importorskip("flint", reason="python-flint is not installed")
    x = every(SMALL[kind])
    got = engine.evaluate(ACTIVATIONS[name], x)
    assert got.dtype == SMALL[kind]
    proven = engine.evaluate(exact(ACTIVATIONS[name]), x)
    wrong = ~same(got.astype(float), proven.astype(float))
    assert not wrong.any(), (x[wrong], got[wrong], proven[wrong])


def same(x: Any, y: Any) -> Any:
    return (x == y) | (np.isnan(x) & np.isnan(y))


@pytest.mark.slow
def test_float32_is_rounded_once() -> None:
    x = np.linspace(-20, 20, 10001, dtype=np.float32)
    got = engine.evaluate(ACTIVATIONS["gelu"], x)
    assert got.dtype == np.float32
    assert np.array_equal(got, engine.evaluate(ACTIVATIONS["gelu"], x.astype(float)).astype(np.float32))


def test_input_is_rounded_and_output_is_the_shortest_of_its_type(act: Act) -> None:
    assert act("linear", "--dtype", "float16", "0.1", "70000", "-F", "plain").out == "0.1\ninf\n"
    assert act("linear", "--dtype", "bfloat16", "0.1", "3.14159", "-F", "plain").out == "0.1\n3.14\n"
    assert act("linear", "--dtype", "float32", stdin="0.1\n16777217\n").out == "0.1\n16777216\n"


@pytest.mark.slow
def test_bfloat16_without_its_package_names_the_extra() -> None:
    program = "import sys; sys.modules['ml_dtypes'] = None; from actcli.__main__ import main; main()"
    words = ["relu", "1", "--dtype", "bfloat16"]
    message = "act: --dtype bfloat16 needs an optional package: pip install 'actcli[dtypes]'\n"
    assert python(program, *words) == Outcome(2, b"", message)


@pytest.mark.parametrize("name", DTYPES)
def test_a_record_says_what_its_package_says(name: str) -> None:
    record, told = DTYPES[name], facts(name)
    assert (record.mantissa, 2.0**record.least_exponent) == (told.nmant, float(told.smallest_normal))
    assert np.isnan(round_to(np.array([np.nan]), name).astype(float)).all()


def neighbours(dtype: np.dtype[Any]) -> Any:
    """Finite numbers of a type, each with the next larger one of the same sign."""
    unsigned = f"u{dtype.itemsize}"
    chance = np.random.default_rng(3)
    below = chance.integers(0, np.iinfo(unsigned).max // 2, 3000, dtype=unsigned)
    pairs = [(below + np.array(step, unsigned)).view(dtype).astype(float) for step in (0, 1)]
    finite = np.isfinite(pairs[0]) & np.isfinite(pairs[1]) & (pairs[1] > pairs[0])
    return below[finite] % 2 == 0, pairs[0][finite], pairs[1][finite]


@pytest.mark.parametrize("name", [name for name in DTYPES if name != "float64"])
def test_numbers_are_rounded_once_ties_to_even(name: str) -> None:
    with np.errstate(invalid="ignore"):  # signalling nans
        even, low, high = neighbours(floating_type(name))
    tie = low / 2 + high / 2  # exact: the type is narrower than float64
    assert len(tie) > 30
    for sign in (1, -1):
        for x, true in (
            (tie, np.where(even, low, high)),
            (np.nextafter(tie, np.inf), high),
            (np.nextafter(tie, 0), low),
            (low, low),
        ):
            assert np.array_equal(round_to(sign * x, name).astype(float), sign * true)


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.filterwarnings("error")
def test_beyond_the_largest_number_lies_infinity_or_nan(name: str) -> None:
    largest = float(facts(name).max)
    got = round_to(np.array([largest, -largest, np.inf, min(4 * largest, 1e308) * 16]), name).astype(float)
    assert got[:2].tolist() == [largest, -largest]
    assert not np.isfinite(got[2:]).any()


@pytest.mark.parametrize("name", DTYPES)
def test_every_type_is_an_option_by_all_its_names(act: Act, name: str) -> None:
    value = float(np.array(0.3).astype(floating_type(name)))
    for word in (name, *DTYPES[name].aliases, name.upper()):
        outcome = act("linear", "--dtype", word, "0.3", "-F", "plain", "-p", "17")
        assert (outcome.code, float(outcome.out)) == (0, 0.3 if name == "float32" else value)


@pytest.mark.parametrize(
    ("words", "out"),
    [
        ("relu --dtype bfloat16 1.003906251 -p 17", "1.0078125"),
        ("relu --dtype float8_e4m3fn 1.0625000000009095 -p 17", "1.125"),
        ("relu --dtype float8_e4m3fn 1000", "nan"),
        ("relu --dtype float8_e5m2 1e9", "inf"),
        ("linear --dtype bfloat16 -p 17 -0.129", "-0.12890625"),
        ("linear --dtype bfloat16 -0.129", "-0.129"),
        ("linear --dtype bfloat16 -p 4 -0.129", "-0.1289"),
    ],
)
def test_typed_numbers_are_rounded_once(act: Act, words: str, out: str) -> None:
    assert act(*words.split(), "-F", "plain").out == out + "\n"


def test_arrays_and_tables_are_rounded_once(act: Act, tmp_path: Path) -> None:
    x = np.array([1.003906251, -1.003906251])
    np.save(tmp_path / "x.npy", x)
    pq.write_table(pa.table({"x": x}), tmp_path / "x.parquet")
    for name in ("x.npy", "x.parquet"):
        words = ("linear", "--dtype", "bfloat16", str(tmp_path / name), "-F", "plain", "-p", "17")
        assert act(*words).out == "1.0078125\n-1.0078125\n", name


def test_a_signalling_nan_is_a_nan_without_a_warning() -> None:
    for kind, bits in ((np.float32, 0x7F810000), (np.float16, 0x7C01)):
        x: Any = np.array([bits], f"u{np.dtype(kind).itemsize}").view(kind)
        for record in ACTIVATIONS.values():
            y = engine.evaluate(record, np.repeat(x, 2))
            assert np.isnan(y.astype(float)).all(), record.name
        for name in DTYPES:
            assert np.isnan(round_to(round_to(x, "float64"), name).astype(float)).all()
            assert round_to(x, name).dtype == name


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f2", "<f8"])
def test_a_file_with_signalling_nans_raises_no_warning(act: Act, tmp_path: Path, kind: str) -> None:
    bits = {"f4": 0x7F810000, "f2": 0x7C01, "f8": 0x7FF0000000000001}[kind[1:]]
    path = str(tmp_path / "x.npy")
    np.save(path, np.array([[bits, bits]], kind.replace("f", "u")).view(kind))
    for name in ("relu", "softmax"):
        for words in (("-F", "csv"), ("-F", "table"), ("-F", "csv", "--dtype", "bfloat16"), ("-F", "json")):
            outcome = act(name, path, *words)
            assert (outcome.code, outcome.err) == (0, "")
        for dtype in ("float16", "float32", "float64"):
            assert act(name, path, "-o", str(tmp_path / "y.npy"), "--dtype", dtype).code == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", DTYPES)
def test_every_type_does_with_every_input_and_output(act: Act, tmp_path: Path, name: str) -> None:
    x = np.array([0.3, -1.7, 2.2])
    np.save(tmp_path / "x.npy", x)
    pq.write_table(pa.table({"x": x}), tmp_path / "x.parquet")
    (tmp_path / "x.csv").write_text("x\n0.3\n-1.7\n2.2\n")
    true = engine.evaluate(ACTIVATIONS["silu"], round_to(x, name))
    for file in ("x.npy", "x.parquet", "x.csv"):
        out = act("silu", "--dtype", name, str(tmp_path / file), "-F", "plain").out
        assert round_to(np.array(out.split(), dtype=float), name).tolist() == true.tolist(), file
    target = str(tmp_path / "y.npy")
    outcome = act("silu", "--dtype", name, str(tmp_path / "x.npy"), "-o", target)
    assert (outcome.code, outcome.err) == (0, "")
    written = np.load(target)
    if DTYPES[name].storable:
        assert written.dtype == name
    else:  # so many bytes, which the name of the type makes numbers of
        written = written.view(true.dtype)
    np.testing.assert_array_equal(written, true)
    outcome = act("silu", "--dtype", name, str(tmp_path / "x.parquet"), "-o", str(tmp_path / "y.parquet"))
    assert outcome.code == (0 if DTYPES[name].storable else 2)
    assert DTYPES[name].storable or f"--dtype {name}: parquet has no such type" in outcome.err


def test_a_record_is_all_that_a_type_needs(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(dtypes.DTYPES, "float6_e3m2fn", FloatType("float6_e3m2fn", 2, -2, ("throwaway",)))
        assert act("linear", "--dtype", "throwaway", "0.3", "3.3", "-F", "plain").out == "0.3\n3.5\n"
        x = np.arange(-28, 28, 0.25).astype(ml_dtypes.float6_e3m2fn)
        got = engine.evaluate(ACTIVATIONS["sigmoid"], x)
        assert got.dtype == x.dtype
    assert "float6_e3m2fn" in act("linear", "--dtype", "float6_e3m2fn", "1").err
