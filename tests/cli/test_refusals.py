"""Bad input: a clear line, the right exit code, and nothing half done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

TEXTS = "id,x\na,1\nb,zwei\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "stdin", "code", "says"),
    [
        (["sigmid", "1"], "", 2, "did you mean sigmoid"),
        (["no-such-thing", "1"], "", 2, "act list"),
        (["1", "2", "3"], "", 2, "act relu 1 2 3"),
        (["-1", "2"], "", 2, "act relu -1 2"),
        (["relu", "abc"], "", 2, "'abc' is neither a number nor a file"),
        (["relu", "missing.csv"], "", 2, "neither a number nor a file"),
        (["relu", "/"], "", 1, "is a directory"),
        (["relu", "--alhpa", "1"], "", 2, "--alpha"),
        (["relu", "--alpha", "x"], "", 2, "'x' is not a number"),
        (["relu", "--alpha", "nan", "1"], "", 2, "--alpha must be a finite number"),
        (["relu", "--alpha", "1,2", "1"], "", 2, "write 1.2 for a decimal; prelu takes one for each column"),
        (["relu", "--alpha", "1,2,3", "1"], "", 2, "give one value; prelu takes one for each column"),
        (["relu", "--threshold", "1 2", "1"], "", 2, "'1 2' is not a number; give one value\n"),
        (["prelu", "--alpha", "0.1 0.2", "1"], "", 2, "separate values by commas: 0.1,0.2"),
        (["prelu", "--alpha", "0.1,x", "1"], "", 2, "'0.1,x' is not a number\n"),
        (["prelu", "--alpha", "1,2,3", "1", "2"], "", 2, "3 values of a parameter for 2 numbers; give"),
        (["prelu", "--alpha", "1,2", "1"], "", 2, "prelu: 2 values of a parameter for 1 number; give"),
        (["neuron", "prelu", "--alpha", "1,2", "--weights", "1", "1"], "", 2, "for the one sum of a neuron"),
        (["softplus", "--beta", "0", "1"], "", 2, "--beta must be > 0"),
        (["celu", "--alpha", "0", "1"], "", 2, "--alpha must be != 0"),
        (["squareplus", "--b", "-1", "1"], "", 2, "--b must be >= 0"),
        (["hard-tanh", "--min-value", "2", "1"], "", 2, "--max-value must be >= --min-value"),
        (["rrelu", "--lower", "2", "1"], "", 2, "--lower must be <= --upper"),
        (["relu", "-d", "31", "1"], "", 2, "orders go up to 30"),
        (["relu", "-d", ";", "1"], "", 2, "use -t"),
        (["relu", "-F", "xml", "1"], "", 2, "jsonl"),
        (["relu", "--like", "torchh", "1"], "", 2, "torch"),
        (["relu", "-i", "1"], "", 2, "-i needs files"),
        (["relu", "-i"], "1\n", 2, "-i needs files"),
        (["relu", "1", "-o", ""], "", 2, "--output: the name of the file is empty; without -o it is"),
        (["relu", "-o", ""], "1\n", 2, "--output: the name of the file is empty"),
        (["relu", "1", "-o", "y.png"], "", 2, "y.png: pictures are drawn by 'act plot NAME -o y.png'"),
        (["relu", "1", "-o", "y.jpg"], "", 2, "y.jpg: pictures are drawn by 'act plot NAME -o y.png'"),
        (["list", "-o", "y.zip"], "", 2, "y.zip: this page is written as text, plain, json"),
        (["relu", "-o", "y.svg.gz"], "x\n1\n", 2, "pictures are drawn by 'act plot"),
        (["compare", "relu", "elu", "1", "-o", "y.pdf"], "", 2, "pictures are drawn by 'act plot"),
        (["relu", "1", "-o", "y.h5"], "", 2, "y.h5: .h5 is not written; name it .csv, .json, .npy"),
        (["plot", "relu", "--data", "-o", "y.png"], "", 2, "y.png: points are written as text"),
        (
            ["relu"],
            "# a b\n1 2\n",
            1,
            "if lines that begin with # are comments, leave them out: grep -v '^#'",
        ),
        (
            ["relu", "-t", "space"],
            "# a b\n1 2\n",
            1,
            "the first row has 3; if lines that begin with # are comm",
        ),
        (["relu", "--encoding", "\udcff"], "x\n1\n", 2, "is no encoding; for example latin-1, cp1252"),
        (["list", "-o", "y.csv"], "", 2, "y.csv: this page is written as text, plain, json, latex, or"),
        (["info", "gelu", "-o", "y.npy"], "", 2, "y.npy: this page is written as text, json, markdown"),
        (["list", "--family", "gates", "--search", "relu6"], "", 2, "has 'relu6' in the family gates;"),
        (["list", "-o", ""], "", 2, "--output: the name of the file is empty"),
        (["relu", "1", "-c", "x"], "", 2, "-c: typed numbers have no named columns; leave it out"),
        (["relu", "1", "--exclude", "2"], "", 2, "--exclude: typed numbers have no named columns"),
        (["relu", "1", "-t", ";"], "", 2, "-t: typed numbers have no delimiter"),
        (["relu", "1", "--no-header"], "", 2, "--header: typed numbers have no header row"),
        (["relu", "1", "--invalid", "nan"], "", 2, "--invalid: typed numbers have no cells of text"),
        (["compare", "relu", "elu", "1", "-c", "x"], "", 2, "-c: typed numbers have no named columns"),
        (["softmax", "1", "2", "--axis", "1"], "", 2, "--axis 1: typed numbers are one vector"),
        (["relu", "1", "--cluster", "no"], "", 2, "--cluster: typed numbers are computed here; leave it out"),
        (["neuron", "relu", "1", "--weights", "1", "--cluster", "no"], "", 2, "--cluster: typed numbers"),
        (["relu", "-a", "1"], "", 2, "-a: results stand beside typed numbers anyway; leave it out"),
        (["relu", "-a", "-F", "plain"], "1\n", 2, "-a: plain is the computed values alone; leave it out, or"),
        (
            ["relu", "--ragged", "keep", "-F", "json"],
            "1\n",
            2,
            "--ragged keep: json has no place for such rows",
        ),
        (
            ["relu", "--ragged", "keep", "-F", "jsonl"],
            "1\n",
            2,
            "jsonl has no place for such rows; say -F csv",
        ),
        (["relu", "--ragged", "keep", "-F", "table"], "1\n", 2, "table has no place for such rows"),
        (["relu", "--ragged", "keep", "-F", "plain"], "1\n", 2, "plain has no place for such rows"),
        (["relu", "--ragged", "keep", "-F", "markdown"], "1\n", 2, "markdown has no place for such rows"),
        (["hardmax", "--like", "torch", "1"], "", 2, "PyTorch has no hardmax; ONNX has it"),
        (["relu"], TEXTS, 1, "standard input:3:2: column 'x': 'zwei' is not a number"),
        (["relu"], "a,b\nx,y\n", 1, "no column of numbers"),
        (["relu"], "May\nid,x\n1,2\n", 1, "its first row has 1 cell, another 2; if it is a title"),
        (["relu", "-o", "y.npy"], "1\n", 2, "not from standard input, which is read as text: name the array"),
        (["relu"], "1,2\n3\n", 1, "standard input:2: has 1 cell, the first row has 2"),
        (["relu"], "1,b\n2,3\n", 2, "--header or --no-header"),
        (["relu", "-c", "scor"], "id,score\na,1\n", 2, "did you mean 'score'"),
        (["relu", "-c", "7"], "id,score\na,1\n", 2, "columns are 1 to 2"),
        (["softmax"], "id,a,b\nx,1,2\n", 2, "column 'id' is not numeric"),
        (["softmax"], "a,b\n1,2\n1,NA\n", 1, "standard input:3:2: column 'b'"),
        (["glu"], "a,b,c\n1,2,3\n", 2, "even number"),
        (["relu"], "1\r2\r3\r", 1, "its lines end in CR alone, as on old Macs; convert it first: tr"),
        (["neuron", "relu", "--weights", "1", "1", "-o", "y.npy"], "", 2, "columns side by side"),
        (["relu", "-t", '"'], "1\n", 2, "cannot separate cells"),
        *((["relu", "-t", of_a_number], "1\n", 2, "occurs in numbers") for of_a_number in ".-+07eEnITy"),
        (["relu", "-t", "e-"], "1\n", 2, "--delimiter: 'e-' occurs in numbers; separate cells by another"),
        (["relu"], 'a\n1\n"2\n3\n', 1, "standard input:3: a quote is opened here"),
        (["relu", "--encoding", "utf-99"], "1\n", 2, "no encoding"),
    ],
)
def test_bad_input_is_refused(act: Act, words: list[str], stdin: str, code: int, says: str) -> None:
    outcome = act(*words, stdin=stdin)
    assert outcome.code == code
    assert says in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.err.startswith("act: ")
    assert outcome.err.count("\n") <= 5


def test_the_way_out_works(act: Act) -> None:
    assert act("relu", "--invalid", "keep", stdin=TEXTS).out == TEXTS
    assert act("relu", "--invalid", "nan", stdin=TEXTS).out == "id,x\na,1\nb,nan\n"
    assert act("relu", "--missing", "zwei", stdin=TEXTS).out == TEXTS
    assert act("relu", "--ragged", "keep", stdin="1,-2\n3\n").out == "1,0\n3\n"
    assert act("relu", "--ragged", "keep", "-F", "tsv", stdin="1,-2\n3\n").out == "1\t0\n3\n"
    assert act("relu", "--header", stdin="1,b\n2,3\n").out == "1,b\n2,3\n"


def test_a_carriage_return_within_quotes_ends_no_line(act: Act) -> None:
    for text in ('-1,"a\rb"', ',"\r",-1'):
        assert act("relu", stdin=text).out == text.replace("-1", "0")


def test_the_axis_of_typed_numbers_may_be_named(act: Act) -> None:
    for axis in ("0", "-1"):
        assert act("softmax", "1", "2", "--axis", axis).out == act("softmax", "1", "2").out


def test_a_row_that_stays_is_told_as_a_row(act: Act) -> None:
    text = "a,b\n1,\n1,1\n2,x\n"
    kept = act("softmax", "-c", "1-2", "--invalid", "keep", stdin=text)
    assert kept.out == "a,b\n1,\n0.5,0.5\n2,x\n"
    assert kept.err == "act: 2 of 3 rows are kept as read, with 2 cells that are missing or no number\n"


def test_missing_cells_take_no_part_if_they_are_masked(act: Act) -> None:
    text = 'a,b,c\n1,,1\n"",NA, 2\n3,3,3\n,,\n'
    told = act("softmax", "-c", "1-3", stdin=text).err
    assert "--invalid keep or nan goes on, --mask-missing computes the others" in told
    masked = act("softmax", "--mask-missing", "-c", "1-3", "-p", "3", stdin=text)
    assert masked.out == 'a,b,c\n0.5,0,0.5\n"0",0, 1\n0.333,0.333,0.333\nnan,nan,nan\n'
    assert masked.err == "act: 1 of 4 rows is computed as nan: all cells are missing\n"
    assert act("softmin", "--mask-missing", stdin="a,b\n1,\n,2\n0,0\n").out == "a,b\n1,0\n0,1\n0.5,0.5\n"
    down = act("hardmax", "--mask-missing", "--axis", "0", "-c", "1-2", stdin="a,b\n,\n-5,\n")
    assert down.out == "a,b\n0,nan\n1,nan\n"
    assert "--mask-missing" not in act("glu", "-c", "1-2", stdin="a,b\n1,\n").err
    for words in (["relu"], ["glu"], ["compare", "softmax", "softmin"]):
        refused = act(*words, "--mask-missing", stdin=text)
        assert (refused.code, refused.out) == (2, "")
        assert "it is for softmax, log-softmax, softmin, hardmax, sparsemax and entmax15" in refused.err


def test_what_is_passed_over_is_counted(act: Act) -> None:
    assert act("relu", "--invalid", "nan", stdin=TEXTS).err == (
        "act: 1 cell that is no number was computed as nan\n"
    )
    assert act("relu", "-q", "--invalid", "nan", stdin=TEXTS).err == ""
    assert act("relu", "--invalid", "keep", stdin="1\nx\ny\n").err == (
        "act: 2 cells that are no numbers were kept as they were\n"
    )
    assert act("relu", "--ragged", "keep", stdin="1,1\n2\n").err == (
        "act: 1 row of another length was kept as it was\n"
    )


def test_a_failed_run_leaves_the_old_output(act: Act, tmp_path: Path) -> None:
    target = tmp_path / "y.csv"
    target.write_text("precious\n")
    assert act("relu", "-o", str(target), stdin=TEXTS).code == 1
    assert target.read_text() == "precious\n"
    assert list(tmp_path.iterdir()) == [target]
