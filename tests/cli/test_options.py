"""Every option with every kind of input: it changes the result, or is refused with a reason."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.cli import options
from actcli.cli.options import OPTIONS, Arguments
from actcli.cli.parser import Concern, Option

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

NAMES = [option.name for option in options.shared(across=None) if isinstance(option, Option) and option.name]
EVERYWHERE = {"quiet", "verbose", "color", "jobs"}
"""Options that aliases of a shell carry: accepted with everything, even where they change nothing.

Of leaky-relu also --exact changes nothing: see test_exact.py.
"""
WORDS = {
    "orders": "-d 1",
    "like": "--like keras2",
    "dtype": "--dtype float16",
    "exact": "--exact",
    "digits": "--digits 20",
    "inverse": "--inverse",
    "side": "--inverse --side left",
    "axis": "--axis 0",
    "top": "--top 1",
    "top_p": "--top-p 0.5",
    "by": "--by x -c y",
    "sorted_groups": "--by x --sorted -c y",
    "columns": "-c 1",
    "exclude": "--exclude 1",
    "source_format": "--from csv",
    "delimiter": "-t ;",
    "header": "--no-header",
    "missing": "--missing x",
    "mask_missing": "--mask-missing",
    "invalid": "--invalid nan",
    "ragged": "--ragged keep",
    "decimal": "--decimal ,",
    "thousands": "--thousands ,",
    "bits": "--bits --dtype float64",
    "raw": "--raw --dtype float16",
    "encoding": "--encoding utf-16",
    "format": "-F json",
    "append": "-a",
    "precision": "-p 2",
    "notation": "--notation hex",
    "output": "-o out",
    "in_place": "-i",
    "rows": "--rows 1",
    "jobs": "-j 2",
    "cluster": "--cluster nowhere://x",
    "color": "--color always",
    "verbose": "-v",
    "quiet": "-q",
    "plot": "--plot",
}
INPUT = {
    Concern.TYPED: ["-0.5", "1.2345678901", "2"],
    Concern.TEXT: ["x.csv"],
    Concern.JSON: ["x.jsonl"],
    Concern.ARRAY: ["x.npy"],
    Concern.ARCHIVE: ["x.npz"],
    Concern.TABLE: ["x.parquet"],
}
TEXTS = {
    "source_format": '{"x":-1}\n',
    "mask_missing": "x,y\n1,2\n,2\n",
    "invalid": "x,y\n1,oops\n",
    "ragged": "x,y\n-1,1,2\n",
    "thousands": 'x,y\n"1,644",2\n',
}
MISSING = ("invalid", Concern.TABLE)
"""No cell of a table is invalid, but one may be missing, and softmax needs all of a row."""
REFUSED_THOUGH = {
    ("axis", Concern.TYPED): "typed numbers are one vector",
    ("rows", Concern.TEXT): "--rows is for tables",
    ("rows", Concern.JSON): "--rows is for tables",
    ("rows", Concern.ARRAY): "--rows is for tables",
    ("rows", Concern.ARCHIVE): "--rows is for tables",
    ("rows", Concern.TABLE): "--rows is for tables",
    **{("side", kind): "leaky-relu has one side; leave it out" for kind in Concern},
}
"""Options that have a meaning for this input with other words, or in other formats."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    array = np.array([[-0.5, 1.2345678901], [2.0, -3.0], [1.0, 2.0]])
    np.save(tmp_path / "x.npy", array)
    np.savez(tmp_path / "x.npz", array)
    return tmp_path


def test_there_are_words_for_every_option() -> None:
    assert set(WORDS) == set(NAMES)
    assert set(OPTIONS) == set(NAMES) <= set(Arguments._fields)


@pytest.mark.slow
@pytest.mark.parametrize("kind", INPUT, ids=[str(kind.name) for kind in INPUT])
@pytest.mark.parametrize("name", NAMES)
def test_an_option_changes_the_result_or_is_refused(act: Act, folder: Path, name: str, kind: Concern) -> None:
    if kind is Concern.TABLE:
        parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
        x = [None if name in ("invalid", "mask_missing") else -0.5, 2.0]
        table = pytest.importorskip("pyarrow").table({"x": x, "y": [1.2345678901, -3.0]})
        parquet.write_table(table, folder / "x.parquet")
    if kind is Concern.ARCHIVE and name in ("columns", "exclude"):  # else there is no choice
        np.savez(folder / "x.npz", np.array([-1.0, 2.0]), np.array([-3.0]))
    text = TEXTS.get(name, "x,y\n-0.5,1.2345678901\nNA,-3\n2,2\n")
    (folder / "x.csv").write_text(text.replace("NA", "4") if name == "axis" else text)
    lines = {"invalid": '{"x":1,"y":"oops"}', "mask_missing": '{"x":null,"y":2}', "ragged": "[1]"}
    rows = f'{{"x":-0.5,"y":1.2345678901}}\n{lines.get(name, "")}\n{{"x":2,"y":-2}}\n'
    (folder / "x.jsonl").write_text(rows)
    line = [
        "softmax"
        if name in ("axis", "mask_missing", "top", "top_p", "by", "sorted_groups") or (name, kind) == MISSING
        else "leaky-relu",
        *INPUT[kind],
    ]
    if name == "invalid" and kind in Concern.TEXT | Concern.JSON:
        line += ["-c", "y"]
    before = act(*line)
    words = shlex.split(WORDS[name].replace("0", "2") if (name, kind) in REFUSED_THOUGH else WORDS[name])
    after = act(*line, *words)
    if kind in OPTIONS[name]().inputs and (name, kind) not in REFUSED_THOUGH:
        assert name in (*EVERYWHERE, "exact") or (after.code, after.out) != (before.code, before.out), (
            "it is passed over in silence"
        )
        assert after.code in (0, 1) or name in ("header", "cluster")
        return
    assert (after.code, after.out) == (2, "")
    assert words[0] in after.err or "--" + name.replace("_", "-") in after.err
    assert REFUSED_THOUGH.get((name, kind), "") in after.err


@pytest.mark.parametrize("name", sorted(EVERYWHERE))
@pytest.mark.parametrize("words", INPUT.values(), ids=[str(kind.name) for kind in INPUT])
def test_what_aliases_carry_is_accepted_with_everything(
    act: Act, folder: Path, name: str, words: list[str]
) -> None:
    (folder / "x.csv").write_text("x\n1\n")
    (folder / "x.jsonl").write_text('{"x":1}\n')
    if words == ["x.parquet"]:
        parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
        parquet.write_table(pytest.importorskip("pyarrow").table({"x": [1.0]}), folder / "x.parquet")
    for formatted in ([], ["-F", "csv"], ["-F", "json"]):
        assert act("relu", *words, *shlex.split(WORDS[name]), *formatted).code == 0
