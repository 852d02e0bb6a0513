"""Every number of a type, patterns of bits in and out, and files of nothing but numbers."""

from __future__ import annotations

import csv
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
import pytest
from support.processes import run

from actcli.activations import ACTIVATIONS
from actcli.engine import evaluate
from actcli.numeric.dtypes import DTYPES, every, how_many, patterns
from actcli.pipeline import arrays
from actcli.pipeline.computation import ArrayOperation

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

SMALL = [name for name in DTYPES if name not in ("float64", "float32")]
COUNTS = {"float16": 63_488, "bfloat16": 65_280, "float8_e4m3fn": 254, "float8_e5m2": 248}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def of_type(name: str) -> Any:
    return np.dtype(getattr(ml_dtypes, name, name))


@pytest.mark.parametrize("name", SMALL)
def test_every_number_is_there_once_and_in_order(name: str) -> None:
    found = every(name)
    numbers = found.astype(float)
    assert len(found) == how_many(name) == COUNTS.get(name, len(found))
    assert len(set(patterns(found).tolist())) == len(found)
    steps = np.diff(numbers)
    assert (steps >= 0).all()
    zeros = np.flatnonzero(numbers == 0)
    assert np.signbit(numbers[zeros]).tolist() == [True, False][-len(zeros) :]
    assert (np.flatnonzero(steps == 0) == zeros[:-1]).all()
    assert np.isfinite(numbers).all()
    assert found[3:8].tolist() == every(name, 3, 5).tolist()


def test_numbers_of_float32_come_in_parts() -> None:
    half = how_many("float32") // 2
    middle = every("float32", half - 2, 4)
    assert np.signbit(middle).tolist() == [True, True, False, False]
    assert middle.tolist() == [-(2.0**-149), 0, 0, 2.0**-149]
    assert every("float32", 0, 2).tolist() == [
        -float(np.finfo("f4").max),
        float(np.nextafter(-np.finfo("f4").max, np.float32(0))),
    ]
    assert every("float32", 2 * half - 1, 9).tolist() == [float(np.finfo("f4").max)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bfloat16", "float8_e5m2"])
def test_patterns_go_through_files_and_back(act: Act, folder: Path, name: str) -> None:
    listed = act("gelu", "every", "--dtype", name, "--notation", "bits", "-F", "csv").out
    rows = list(csv.DictReader(io.StringIO(listed)))
    width = of_type(name).itemsize * 2
    assert [row["x"] for row in rows] == [f"{bits:0{width}x}" for bits in patterns(every(name)).tolist()]
    y = evaluate(ACTIVATIONS["gelu"], every(name))
    assert [row["gelu"] for row in rows] == [f"{bits:0{width}x}" for bits in patterns(y).tolist()]
    (folder / "x.csv").write_text("".join(["x\n", *(f"0x{row['x'].upper()}\n" for row in rows)]))
    back = act("gelu", "x.csv", "--bits", "--dtype", name, "--notation", "bits").out
    assert back.split() == ["x", *(row["gelu"] for row in rows)]


def test_words_are_patterns_and_results_hex_floats(act: Act) -> None:
    words = ("linear", "--dtype", "bfloat16", "-F", "plain")
    assert act(*words, "bits:3f80", "bits:0xC000", "bits:1").out.split() == ["1", "-2", "9e-41"]
    assert act("linear", "bits:3ff8000000000000", "-F", "plain").out == "1.5\n"
    numbers = [0.1, -1.5, 1e300, 5e-324, 0.0, float("inf"), 255.0]
    found = act("linear", *map(repr, numbers), "--notation", "hex", "-F", "plain").out.split()
    assert [float.fromhex(text) for text in found] == numbers
    assert found[1:] == [
        "-0x1.8p+0",
        "0x1.7e43c8800759cp+996",
        "0x0.0000000000001p-1022",
        "0x0p+0",
        "inf",
        "0x1.fep+7",
    ]
    records = json.loads(act("relu", "4", "-1", "--dtype", "float16", "--notation", "bits", "-F", "json").out)
    assert records == [{"x": "4400", "relu": "4400"}, {"x": "bc00", "relu": "0000"}]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("gelu --dtype bfloat16 bits:13f80", "it has 17 bits, bfloat16 has 16"),
        ("gelu --dtype bfloat16 bits:xyz", "a pattern is hexadecimal digits"),
        ("gelu every", "--dtype bfloat16"),
        ("gelu every --dtype float64", "float64 has 2^64 numbers"),
        ("gelu every --dtype float32", "-o y.npy"),
        ("gelu every 1 --dtype float32", "too many"),
        ("compare gelu tanh every --dtype float32 -o y.npy", "an array has no place for"),
        ("gelu 1 --notation hex -p 3", "-p: "),
        ("gelu 1 --raw --dtype float32", "--raw: typed numbers"),
        ("gelu --bits --dtype bfloat16 --decimal , x.bin", "--decimal: patterns of bits have no such sign"),
        ("plot gelu every", "every: a plot takes numbers and a range"),
        ("plot gelu bits:3f80", "bits:3f80: a plot takes numbers and a range"),
        ("gelu every x.npy --dtype bfloat16", "numbers and files together: every and x.npy"),
        ("check gelu --raw --dtype float64 --input x.npy x.bin", "--raw: x.npy is an array"),
        ("gelu --raw x.bin", "--raw: name the type"),
        ("gelu --raw --dtype float32 x.npy", "--raw: x.npy is an array"),
        ("gelu --notation bits x.npy -o y.npy", "--notation: y.npy is no text"),
    ],
)
def test_what_makes_no_sense_is_refused(act: Act, folder: Path, words: str, part: str) -> None:
    np.save(folder / "x.npy", np.zeros(3))
    np.zeros(3).tofile(folder / "x.bin")
    outcome = act(*words.split())
    assert (outcome.code, outcome.out, part in outcome.err) == (2, "", True), outcome.err


def test_a_pattern_that_is_none_is_told_with_its_place(act: Act) -> None:
    outcome = act("gelu", "--bits", "--dtype", "bfloat16", stdin="x\n3f80\n12345\n")
    assert (outcome.code, outcome.out) == (1, "x\n0.84\n")
    assert "standard input:3:1" in outcome.err
    assert "it has 17 bits" in outcome.err


def test_bare_numbers_come_through_pipes(folder: Path) -> None:
    x = np.linspace(-3, 3, 70_000).astype("f4")
    x.tofile(folder / "x.bin")
    words = ("relu", "--raw", "--dtype", "float32", "-F", "plain")
    expected = run(*words, "x.bin", cwd=folder).out
    assert np.array_equal(np.array(expected.split(), "f4"), np.maximum(x, 0))
    for more in ((), ("-",), ("/dev/stdin",)):
        assert run(*words, *more, stdin=x.tobytes()).out == expected
    os.mkfifo(folder / "fifo")
    with ThreadPoolExecutor(1) as pool:
        pool.submit((folder / "fifo").write_bytes, x.tobytes())
        assert run(*words, str(folder / "fifo")).out == expected
    assert run("relu", "--raw", "--dtype", "float32", "-o", "y.npy", stdin=x.tobytes(), cwd=folder).code == 0
    np.testing.assert_array_equal(np.load(folder / "y.npy"), np.maximum(x, 0))
    cut = run(*words, stdin=b"12345")
    assert (cut.code, cut.out) == (1, "")
    assert cut.err.startswith("act: standard input: has 5 bytes, numbers of float32 have 4 each")


@pytest.mark.parametrize("name", ["float64", "float32", "bfloat16", "float8_e4m3fn"])
def test_bare_numbers_are_read_and_written(act: Act, folder: Path, name: str) -> None:
    x = np.linspace(-3, 3, 1000).astype(of_type(name))
    x.tofile(folder / "x.bin")
    expected = evaluate(ACTIVATIONS["silu"], x)
    words = ("silu", "--raw", "--dtype", name, "x.bin")
    assert act(*words, "-o", "y.bin").code == 0
    assert (folder / "y.bin").read_bytes() == expected.tobytes()
    assert act(*words, "-o", "y.npy").code == 0
    assert np.load(folder / "y.npy").tobytes() == expected.tobytes()
    assert act(*words, "-o", "out/").code == 0
    assert (folder / "out" / "x.bin").read_bytes() == expected.tobytes()
    assert act("linear", "--dtype", name, "y.npy").out == act(*words).out
    assert act(*words, "-i").code == 0
    assert (folder / "x.bin").read_bytes() == expected.tobytes()


def test_bytes_that_are_no_text_are_refused(act: Act, folder: Path) -> None:
    np.array([1, 2], dtype=np.float32).tofile(folder / "x.bin")
    outcome = act("gelu", "x.bin")
    assert (outcome.code, outcome.out) == (1, "")
    assert "--raw --dtype float32" in outcome.err
    assert act("gelu", stdin=b"\0\0\x80?").code == 1
    (folder / "x.bin").write_bytes(b"\0" * 7)
    outcome = act("gelu", "--raw", "--dtype", "float32", "x.bin")
    assert (outcome.code, "has 7 bytes" in outcome.err) == (1, True)
    (folder / "x.bin").write_bytes(b"")
    assert act("gelu", "--raw", "--dtype", "float32", "x.bin", "-o", "y.bin").code == 0


def test_results_of_all_numbers_are_written_block_by_block(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "_BLOCK", 1000)
    job = ArrayOperation(ACTIVATIONS["gelu"], orders=(0, 1))
    arrays.save_every("float16", job, ["y0.npy", "y1.npy"])
    for order in (0, 1):
        expected = evaluate(ACTIVATIONS["gelu"], every("float16"), order)
        assert np.load(folder / f"y{order}.npy").tobytes() == expected.tobytes()


def test_a_notation_is_that_of_every_result(act: Act) -> None:
    rows = act(
        "neuron", "relu", "--weights", "1,2", "3", "4", "--notation", "hex", "-F", "csv"
    ).out.splitlines()
    assert rows[1] == "1,0x1.8p+1,0x1p+0,0x1.8p+1,0x1.8p+1"
    assert rows[3] == "neuron,,,0x1.6p+3,0x1.6p+3"
    lines = '{"l":[1,-2],"k":4}\n'
    words = ("--dtype", "bfloat16", "--notation", "bits")
    assert act("relu", "-c", "l", *words, stdin=lines).out == '{"l":["3f80","0000"],"k":4}\n'
    assert act("relu", "-c", "k", *words, stdin=lines).out == '{"l":[1,-2],"k":"4080"}\n'
    assert act("swiglu", "1", "2", "3", "4", "--notation", "hex", "-F", "csv").out.startswith(
        "a,b,swiglu\n0x1p+0,0x1.8p+1,"
    )


def test_what_ml_dtypes_writes_is_read(act: Act, folder: Path) -> None:
    x = np.array([[1, -2], [0.5, 3]], dtype=ml_dtypes.float8_e5m2)
    np.save(folder / "x.npy", x)
    assert act("relu", "x.npy", "-F", "csv").out == "1,0\n0.5,3\n"
    assert act("relu", "x.npy", "-o", "y.npy").code == 0
    assert act("linear", "y.npy", "--dtype", "float8_e5m2", "-F", "csv").out == "1,0\n0.5,3\n"
    assert (
        act("check", "relu", "y.npy", "--input", "x.npy", "--dtype", "float8_e5m2", "--max-ulp", "0").code
        == 0
    )
