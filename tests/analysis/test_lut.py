"""Lookup tables: against tables computed on their own, against Fractions, and through a C compiler."""

from __future__ import annotations

import csv
import io
import json
import math
import shlex
import shutil
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import mpmath  # type: ignore[import-untyped]  # it has no types
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actcli.activations import ACTIVATIONS
from actcli.analysis.lut import INTEGERS, Entries, Quantized, table
from actcli.engine import evaluate

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rounded(value: Fraction, way: str) -> int:
    """Return the nearest whole number, ties away from zero or to even."""
    whole = round(value)
    tie = abs(value - math.trunc(value)) == Fraction(1, 2)
    return math.trunc(value) + (1 if value > 0 else -1) if tie and way == "away" else whole


@pytest.mark.parametrize(("name", "scale", "zero"), [("sigmoid", 1 / 256, -128), ("tanh", 1 / 128, 0)])
@pytest.mark.parametrize(
    ("input_scale", "input_zero"), [(0.05, 3), (0.1, -128), (0.0234375, 0), (0.00390625, 127)]
)
def test_tables_are_those_of_int8_kernels(
    name: str, scale: float, zero: int, input_scale: float, input_zero: int
) -> None:
    """In float32, as inference libraries fill their tables: dequantize, compute, rescale, round, clip."""
    codes = np.arange(-128, 128)
    x = np.float32(input_scale) * (codes - input_zero).astype(np.float32)
    y = 1 / (1 + np.exp(-x)) if name == "sigmoid" else np.tanh(x)
    steps = y * np.float32(1 / scale)
    theirs = np.clip(np.trunc(steps + np.copysign(np.float32(0.5), steps)).astype(int) + zero, -128, 127)
    found = table(
        ACTIVATIONS[name],
        {},
        Entries(Quantized("int8", input_scale, input_zero)),
        Quantized("int8", scale, zero),
    )
    formula = mpmath.tanh if name == "tanh" else lambda v: 1 / (1 + mpmath.exp(-v))
    truth = list(map(formula, found.x.tolist()))
    beside_tie = np.array([abs(abs(float(v / scale) % 1) - 0.5) < 1e-4 for v in truth])
    assert ((found.outputs == theirs) | beside_tie).all()
    assert beside_tie.sum() < 5
    assert found.inputs.tolist() == codes.tolist()


@pytest.mark.slow
@given(
    source=st.sampled_from(["int8", "uint8"]),
    target=st.sampled_from(list(INTEGERS)),
    scale=st.floats(1e-3, 1),
    steps=st.floats(1e-4, 1),
    way=st.sampled_from(["away", "even"]),
    data=st.data(),
)
def test_entries_are_exact_values_rounded_once(
    *, source: str, target: str, scale: float, steps: float, way: str, data: st.DataObject
) -> None:
    input_zero, zero = (data.draw(st.integers(*INTEGERS[name])) for name in (source, target))
    codes, output = Quantized(source, scale, input_zero), Quantized(target, steps, zero)
    found = table(ACTIVATIONS["relu"], ACTIVATIONS["relu"].settings(), Entries(codes), output, rounding=way)
    least, largest = INTEGERS[target]
    for code, entry, error, x in zip(
        found.inputs.tolist(), found.outputs.tolist(), found.errors.tolist(), found.x.tolist(), strict=True
    ):
        assert x == (code - input_zero) * scale
        exact = Fraction(max(x, 0.0) / steps)
        assert entry == min(max(rounded(exact, way) + zero, least), largest)
        assert error == pytest.approx(float(entry - zero - exact), abs=1e-9, rel=1e-9)
    assert found.largest == pytest.approx(max(abs(found.errors)))
    clipped = [
        x
        for x in found.x.tolist()
        if not least <= rounded(Fraction(max(x, 0.0) / steps), way) + zero <= largest
    ]
    assert found.saturated.tolist() == clipped


@pytest.mark.slow
@pytest.mark.parametrize("centres", [False, True])
@pytest.mark.parametrize("linear", [False, True])
def test_the_error_of_a_smaller_table_is_that_of_all_codes(centres: bool, linear: bool) -> None:
    codes, output = Quantized("int16", 1 / 4096), Quantized("int16", 1 / 32768)
    entries = Entries(codes, count=512 + linear, centres=centres, linear=linear)
    found = table(ACTIVATIONS["tanh"], {}, entries, output)
    assert len(found.outputs) == 512 + linear
    worst, where = -1.0, 0.0
    for code in range(-32768, 32768):
        k, rest = divmod(code + 32768, 128)
        read = float(found.outputs[k])
        if linear:
            read += (int(found.outputs[k + 1]) - read) * rest / 128
        error = abs(read - math.tanh(code / 4096) * 32768)
        if error > worst + 1e-9:
            worst, where = error, code / 4096
    assert found.largest == pytest.approx(worst, rel=1e-9)
    assert abs(found.worst) == pytest.approx(abs(where), abs=0.04)


@pytest.mark.slow
def test_a_range_has_its_ends_or_its_centres(act: Act) -> None:
    words = ("lut", "gelu", "--in", "float32", "--out", "float16", "--range", "-8:8", "--entries", "1024")
    ends = json.loads(act(*words, "-q", "-F", "json").out)
    assert [ends[0]["x"], ends[-1]["x"], len(ends)] == [-8, 8, 1024]
    centres = json.loads(act(*words, "-q", "-F", "json", "--at", "centres").out)
    assert [centres[0]["x"], centres[-1]["x"]] == [-8 + 1 / 128, 8 - 1 / 128]
    for row in centres[::100]:
        assert np.float16(row["out"]) == np.float16(evaluate(ACTIVATIONS["gelu"], row["x"]))


C_PROGRAM = """#include <stdio.h>
#include "table.h"
#include "table.h"
int main(void) {
    for (unsigned k = 0; k < sizeof NAME / sizeof NAME[0]; k++) printf("%.17g\\n", (double) NAME[k]);
    return 0;
}
"""
TABLES = {
    "tanh_lut": "tanh --in int8:0.05:3 --out int8:1/128:0",
    "hard_sigmoid_lut": "hard-sigmoid --in uint8:0.1:128 --out uint8:1/255",
    "gelu_lut": "gelu --in float32 --range -8:8 --entries 100 --out float32",
    "silu_lut": "silu --in int16:1/4096 --out int16:1/4096 --entries 513 --interpolate linear",
    "sigmoid_d1_lut": "sigmoid -d 1 --in int8:0.1 --out float64",
    "x_x_lut": "x*x --in int8:0.1 --out float32",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_headers_compile_and_hold_the_entries(act: Act, folder: Path, name: str) -> None:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    words = ["lut", *TABLES[name].split()]
    outcome = act(*words, "-o", "table.h")
    assert outcome.code == 0, outcome.err
    (folder / "main.c").write_text(C_PROGRAM.replace("NAME", name))
    strict = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    subprocess.run([compiler, *strict, "main.c", "-o", "main"], check=True)
    printed = subprocess.run(["./main"], check=True, capture_output=True, text=True).stdout
    rows = json.loads(act(*words, "-q", "-F", "json").out)
    assert [float(text) for text in printed.split()] == pytest.approx([row["out"] for row in rows], rel=1e-7)
    header = (folder / "table.h").read_text()
    assert outcome.err.removeprefix("act: ").strip() in header
    assert f"act lut {shlex.quote(words[1])}" in header


def test_the_command_in_a_header_gives_the_table_again(act: Act) -> None:
    header = act(
        "lut", "x*sigmoid(a*x)", "--a", "2", *["--in", "int8:1/32", "--out", "int8:1/32", "-F", "c"]
    ).out
    command = header.splitlines()[1].removeprefix(" * act ")
    assert act(*shlex.split(command), "-F", "c").out == header


def test_patterns_for_hardware_are_two_s_complement(act: Act, folder: Path) -> None:
    words = ("lut", "tanh", "--in", "int8:0.05:3", "--out", "int16:1/128:0")
    lines = act(*words, "-F", "mem").out.splitlines()
    patterns = [line for line in lines if not line.startswith("//")]
    outputs = [row["out"] for row in json.loads(act(*words, "-q", "-F", "json").out)]
    assert [int(text, 16) - (int(text, 16) >> 15 << 16) for text in patterns] == outputs
    assert {len(text) for text in patterns} == {4}
    assert act(*words, "-o", "t.npy").code == 0
    saved: Any = np.load(folder / "t.npy")
    assert (saved.dtype, saved.tolist()) == (np.int16, outputs)
    assert act(*words, "-q", "-F", "csv").out.splitlines()[0] == "in,out,x,exact,error"


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        ("tanh --in int8:0:3 --out int8:1", 2, "the scale must be positive"),
        ("tanh --in int8:-1:3 --out int8:1", 2, "the scale must be positive"),
        ("tanh --in int8:1:3 --out int8:1:200", 2, "the zero point of int8 is from -128 to 127"),
        ("tanh --in uint8:1:-1 --out int8:1", 2, "the zero point of uint8 is from 0 to 255"),
        ("tanh --in int8:1:3 --out int8:1 --entries 100", 2, "power of two"),
        ("tanh --in int16:1:3 --out int8:1 --entries 512 --interpolate linear", 2, "power of two + 1"),
        ("tanh --in int8:1:3 --out int8:1 --range -8:8", 2, "--range"),
        ("tanh --in float32 --out int8:1", 2, "--range -8:8 --entries 1024"),
        ("tanh --in float32 --out int8:1 --range 8:-8 --entries 16", 2, "write the smaller number first"),
        ("tanh --in int4:1 --out int8:1", 2, "there is no such type"),
        ("tanh --in int8 --out int8:1", 2, "--in int8:0.05:3"),
        ("tanh --in int8:one --out int8:1", 2, "is no TYPE:SCALE:ZERO"),
        ("softmax --in int8:1 --out int8:1", 2, "works on vectors"),
        ("tanh 3 --in int8:1 --out int8:1", 2, "leave out 3"),
        ("tanh --in int8:1 --out int8:1 -F c -p 3", 2, "-p"),
        ("log(x) --in int8:1 --out int8:1", 1, "has no value at x = -128"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(act: Act, words: str, code: int, part: str) -> None:
    outcome = act("lut", *words.split())
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (code, "", 1), outcome.err
    assert part in outcome.err


@pytest.mark.parametrize(
    ("output", "largest"),
    [("float8_e4m3fn", 448.0), ("float16", 65504.0), ("float32", 3.4028234663852886e38)],
)
def test_entries_stay_within_a_floating_type(act: Act, output: str, largest: float) -> None:
    words = ("exponential", "--in", "float32", "--range", "-100:100", "--entries", "9", "--out", output)
    outcome = act("lut", *words, "-F", "csv")
    found = [float(row["out"]) for row in csv.DictReader(io.StringIO(outcome.out))]
    assert all(map(math.isfinite, found))
    assert max(found) == pytest.approx(largest, rel=0.01)  # the shortest digits of its type
    assert "saturate" in outcome.err
    assert "inf" not in act("lut", *words, "-F", "c").out


def test_each_table_has_a_guard_of_its_own(act: Act) -> None:
    words: tuple[str, ...] = (
        "gelu --in int8:1/32 --out int8:1/64",
        "gelu --in int8:1/16 --out int8:1/64",
        "x*2 --in int8:1/32 --out int8:1/64",
    )
    words += ("x+2 --in int8:1/32 --out int8:1/64", "gelu -d 1 --in int8:1/32 --out int8:1/64")
    headers = [act("lut", *line.split(), "-F", "c").out for line in words]
    guards = {header.partition("#ifndef ")[2].split()[0] for header in headers}
    assert len(guards) == len(words)
    assert "gelu_d1_lut[256]" in headers[-1]
