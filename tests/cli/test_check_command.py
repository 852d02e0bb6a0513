"""`act check`: what is read, what the page and the JSON say, when the gate fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
import pytest

from actcli.numeric.dtypes import every

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act
    from numpy.typing import NDArray


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the inputs x.npy and their results y.npy of a tanh in float32."""
    monkeypatch.chdir(tmp_path)
    x = np.linspace(-6, 6, 4001, dtype=np.float32)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", np.tanh(x))
    return tmp_path


def figures(act: Act, *words: str) -> Any:
    outcome = act("check", *words, "-F", "json")
    assert outcome.err == ""
    return json.loads(outcome.out)


def naive_gelu(x: NDArray[np.float32]) -> NDArray[np.float32]:
    inner = np.float32(0.7978845608) * (x + np.float32(0.044715) * x**3)
    y: NDArray[np.float32] = np.float32(0.5) * x * (1 + np.tanh(inner))
    return y


def test_the_page_shows_all_figures(act: Act, folder: Path) -> None:
    x = np.linspace(-8, 8, 5001, dtype=np.float32)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", naive_gelu(x))
    page = act("check", "gelu-tanh", "y.npy", "--input", "x.npy", "--plot").out
    for part in (
        "5,001 results in float32",
        "correctly rounded",
        "99 % are within",
        "Worst inputs",
        "<= 0.5",
    ):
        assert part in page
    for part in ("bits", "Where errors are above 1 ulp", "Largest errors in ulp over x"):
        assert part in page
    found = figures(act, "gelu-tanh", "y.npy", "--input", "x.npy")
    worst = found["worst"][0]
    assert (len(found["worst"]), worst["ulp"]) == (10, found["max_ulp"])
    assert worst["bits"] == f"{np.float32(worst['x']).view(np.uint32):08x}"
    assert sum(found["histogram"].values()) == found["count"] == 5001
    assert all(
        line.isascii() for line in act("check", "tanh", "y.npy", "--input", "x.npy").out.splitlines()[:2]
    )


def test_the_gate_fails_for_large_errors_and_wrong_nans_alone(act: Act, folder: Path) -> None:
    words = ("check", "tanh", "y.npy", "--input", "x.npy", "--max-ulp", "2")
    assert act(*words).code == 0
    y = np.load(folder / "y.npy")
    y[7] = np.nan
    np.save(folder / "y.npy", y)
    outcome = act(*words)
    assert (outcome.code, outcome.err) == (1, "act: y.npy: 1 of 4,001 results fail: 1 wrong nan\n")
    assert act(*words[:-2]).code == 0
    y[7], y[8] = 0, 1e30
    np.save(folder / "y.npy", y)
    outcome = act(*words)
    assert outcome.code == 1
    assert "more than 2" in outcome.err
    np.save(folder / "y.npy", -np.tanh(-np.load(folder / "x.npy") * 0))
    zeros = np.zeros(4001, np.float32)
    np.save(folder / "x.npy", zeros)
    np.save(folder / "y.npy", -zeros)
    assert act(*words).code == 0, "a wrong sign of zero is only counted"
    assert figures(act, *words[1:5])["wrong_zero_sign"] == 4001


@pytest.mark.slow
def test_columns_of_text_and_tables_are_the_same_pairs(act: Act, folder: Path) -> None:
    x, y = np.load(folder / "x.npy"), np.load(folder / "y.npy")
    lines = [f"{k},{b},{a}" for k, (a, b) in enumerate(zip(x.tolist(), y.tolist(), strict=True))]
    (folder / "a.csv").write_text("\n".join(["id,y,x", *lines]) + "\n")
    expected = figures(act, "tanh", "y.npy", "--input", "x.npy")
    assert figures(act, "tanh", "a.csv", "-c", "x,y", "--dtype", "float32") == expected
    assert figures(act, "tanh", "a.csv", "-c", "x,y")["dtype"] == "float64"
    records = [{"y": b, "x": a} for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    (folder / "a.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    assert figures(act, "tanh", "a.jsonl", "-c", "x,y", "--dtype", "float32") == expected
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    table = pytest.importorskip("pyarrow").table({"y": y, "x": x})
    parquet.write_table(table, folder / "a.parquet")
    assert figures(act, "tanh", "a.parquet", "-c", "x,y") == expected


def test_a_page_has_the_largest_ranges_and_json_has_all(act: Act, folder: Path) -> None:
    y = np.load(folder / "y.npy")
    y[::200] += 1
    np.save(folder / "y.npy", y)
    words = ("tanh", "y.npy", "--input", "x.npy")
    page = act("check", *words).out.partition("Where errors are above 1 ulp\n")[2].splitlines()
    ranges = figures(act, *words)["ranges"]
    assert len(ranges) > 10
    assert (
        page[11] == f"  and {len(ranges) - 10} ranges more with {len(ranges) - 10} results; -F json has all"
    )


@pytest.mark.slow
def test_processes_change_nothing(act: Act, folder: Path) -> None:
    x = np.random.default_rng(1).normal(size=20_000)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", np.tanh(x))
    words = ("tanh", "y.npy", "--input", "x.npy")
    assert figures(act, *words, "-j", "3") == figures(act, *words, "-j", "1")


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float8_e4m3fn", "float8_e5m2"])
def test_results_of_every_input(act: Act, folder: Path, dtype: str) -> None:
    x = every(dtype)
    kind = np.dtype(getattr(ml_dtypes, dtype, dtype))
    y = (x.astype(float) / (1 + np.exp(-x.astype(float).clip(-700)))).astype(kind)
    np.save(folder / "y.npy", y.view(f"V{kind.itemsize}") if kind.kind == "V" or kind.itemsize == 1 else y)
    found = figures(act, "silu", "y.npy", "--every", "--dtype", dtype)
    assert found["count"] == len(x)
    assert found["correct"] > 0.99 * len(x)
    outcome = act("check", "silu", "y.npy", "--every", "--dtype", dtype, "--input", "x.npy")
    assert (outcome.code, "--every" in outcome.err) == (2, True)


@pytest.mark.slow
def test_derivatives_frameworks_parameters_and_formulas(act: Act, folder: Path) -> None:
    x = np.load(folder / "x.npy").astype(float)
    np.save(folder / "x.npy", x)

    def largest(y: Any, *words: str) -> float:
        np.save(folder / "y.npy", y)
        return float(figures(act, *words, "y.npy", "--input", "x.npy")["max_ulp"])

    assert largest(1 - np.tanh(x) ** 2, "tanh", "-d", "1") > 2
    assert largest(np.where(x > 0, x, 0.25 * x), "leaky-relu", "--alpha", "0.25") == 0
    assert largest(np.where(x > 0, x, 0.2 * x), "leaky-relu", "--like", "keras") < 1
    assert largest(x * x, "x*x") <= 0.5
    assert largest(3 * x * x, "x**3", "-d", "1") < 2


def test_flushed_results_are_counted_and_allowed(act: Act, folder: Path) -> None:
    x = np.array([1e-40, 1.0, -3e-39], dtype=np.float32)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", np.array([0, 1, -0.0], dtype=np.float32))
    words = ("relu", "y.npy", "--input", "x.npy")
    assert figures(act, *words)["flushed_outputs"] == 1
    assert figures(act, *words)["max_ulp"] > 70_000
    assert act("check", *words, "--max-ulp", "0.5").code == 1
    assert act("check", *words, "--max-ulp", "0.5", "--ftz").code == 0
    np.save(folder / "y.npy", np.array([0, 1e30, 0], dtype=np.float32))
    found = figures(act, "x*1e30", *words[1:], "--daz")
    assert (found["flushed_inputs"], found["flushed_outputs"], found["correct"]) == (2, 0, 1)
    assert found["max_ulp"] < 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        ("tanh y.npy", 2, "--input x.npy"),
        ("tanh y.npy --input long.npy", 1, "y.npy: has the shape (4001,), long.npy has (4002,)"),
        ("tanh y.npy --input x.npy --dtype bfloat16", 1, "which is no bfloat16"),
        ("tanh half.npy --input x.npy --dtype float32", 1, "narrower than float32"),
        ("tanh whole.npy --input x.npy", 1, "holds int64"),
        ("tanh nothing.npy --input nothing.npy", 1, "nothing.npy: has no results"),
        ("tanh wide.npy --every", 2, "every: "),
        ("tanh half.npy --every", 1, "has 4,001 results; float16 has 63,488 finite numbers"),
        ("softmax y.npy --input x.npy", 2, "softmax"),
        ("tanh sigmoid y.npy --input x.npy", 2, "one function"),
        ("tanh y.npy x.npy", 2, "one file of results"),
        ("tanh y.npy --input x.npy -d 0,1", 2, "one order"),
        ("tanh y.npy --input x.npy --max-ulp -1", 2, "--max-ulp"),
        ("tanh y.npy --input x.npy --plot -F json", 2, "--plot"),
        ("tanh a.csv", 2, "-c x,y"),
        ("", 2, "act check gelu y.npy --input x.npy"),
        ("tanh no.npy --input x.npy", 1, "no.npy: cannot be opened"),
        ("tanh y.npy --input x.npy -t ,", 2, "-t: y.npy is an array"),
        ("tanh y.npy --input x.npy --raw", 2, "--raw: name the type"),
        ("tanh y.npy --input x.npy --every", 2, "say one of"),
        ("tanh a.csv -c x,y --input x.npy", 2, "--input"),
        ("tanh a.csv -c x,words", 1, "'oops' is not a number"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(act: Act, folder: Path, words: str, code: int, part: str) -> None:
    np.save(folder / "long.npy", np.zeros(4002, np.float32))
    np.save(folder / "half.npy", np.zeros(4001, np.float16))
    np.save(folder / "wide.npy", np.zeros(4001))
    np.save(folder / "whole.npy", np.zeros(4001, int))
    np.save(folder / "nothing.npy", np.zeros(0, np.float32))
    (folder / "a.csv").write_text("x,y,z,words\n1,1,1,1\n2,2,2,oops\n")
    outcome = act("check", *words.split())
    assert (outcome.code, outcome.err.count("\n"), part in outcome.err) == (code, 1, True), outcome.err


def test_inputs_wider_than_the_results_are_told(act: Act, folder: Path) -> None:
    x = np.random.default_rng(1).normal(size=2000)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", np.tanh(x.astype(np.float32)))
    words = ("check", "tanh", "y.npy", "--input", "x.npy", "-F", "json")
    outcome = act(*words)
    assert "x.npy holds float64, taken as it is; --dtype float32 rounds it" in outcome.err
    rounded = act(*words, "--dtype", "float32")
    assert rounded.err == ""
    assert json.loads(rounded.out)["correct"] > json.loads(outcome.out)["correct"]


def test_results_of_a_formula_at_infinity_are_left_out(act: Act, tmp_path: Path) -> None:
    x = np.array([-np.inf, np.inf, -0.0, 0.0])
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", np.array([-0.0, np.inf, -0.0, 0.0]))
    words = (str(tmp_path / "y.npy"), "--input", str(tmp_path / "x.npy"), "--max-ulp", "0")
    outcome = act("check", "x*sigmoid(x)", *words)
    assert outcome.err == "act: 2 results at infinity left out: a typed formula has no value there\n"
    assert (outcome.code, outcome.out.splitlines()[0]) == (0, "x*sigmoid(x), 2 results in float64")
    assert act("check", "silu", *words).out.startswith("silu, 4 results in float64\n")
