"""--by: vectors are groups of rows, held until all are there, or written as they end with --sorted."""

from __future__ import annotations

import json
import math
import os
import random
from typing import TYPE_CHECKING

import pytest
from support import processes

if TYPE_CHECKING:
    from conftest import Act


def table(rows: list[tuple[str, str, float]], form: str) -> str:
    if form == "csv":
        return "q,d,s\n" + "".join(f"{q},{d},{s}\n" for q, d, s in rows)
    found = [json.dumps({"q": q, "d": d, "s": s}) for q, d, s in rows]
    return "\n".join(found) if form == "jsonl" else "[" + ",\n".join(found) + "]"


def expected(rows: list[tuple[str, str, float]], keys: int) -> list[float]:
    whole: dict[tuple[str | float, ...], float] = {}
    for row in rows:
        whole[row[:keys]] = whole.get(row[:keys], 0) + math.exp(row[2])
    return [math.exp(row[2]) / whole[row[:keys]] for row in rows]


def scores(text: str, form: str) -> list[float]:
    if form == "csv":
        return [float(line.split(",")[2]) for line in text.splitlines()[1:]]
    if form == "jsonl":
        return [json.loads(line)["s"] for line in text.splitlines()]
    return [row["s"] for row in json.loads(text)]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "jsonl", "json"])
@pytest.mark.parametrize(("spec", "keys"), [("q", 1), ("q,d", 2), ("1", 1)])
@pytest.mark.parametrize("ordered", [False, True])
def test_softmax_within_each_group(act: Act, form: str, spec: str, keys: int, ordered: bool) -> None:
    chance = random.Random(1)  # noqa: S311  not for secrets
    rows = [(chance.choice("abc"), chance.choice('xy"'), chance.uniform(-3, 3)) for _ in range(200)]
    rows = [row for row in rows if form != "csv" or '"' not in row[1]]
    words = ["softmax", "--by", spec, "-c", "s"]
    if ordered:
        rows.sort()
        words.append("--sorted")
    outcome = act(*words, stdin=table(rows, form))
    assert outcome.code == 0
    assert scores(outcome.out, form) == pytest.approx(expected(rows, keys))
    assert act("linear", "-F", "csv", "-c", "s", stdin=outcome.out).out.count("\n") == len(rows) + 1


def test_other_columns_stay_and_results_append(act: Act) -> None:
    text = "id,q,s\n1, b,0\n2,a,0\n3,b,0\n"
    assert act("softmax", "--by", "q", "-c", "s", "-a", stdin=text).out == (
        "id,q,s,s_softmax\n1, b,0,0.5\n2,a,0,1\n3,b,0,0.5\n"
    )
    assert (
        act("softmax", "--by", "q", "--top", "1", "-c", "s", stdin=text).out
        == "id,q,s\n1, b,1\n2,a,1\n3,b,0\n"
    )
    masked = act("softmax", "--by", "q", "--mask-missing", "-c", "s", stdin="q,s\na,1\na,\nb,2\n").out
    assert masked == "q,s\na,1\na,0\nb,1\n"


def test_keys_that_are_spelled_otherwise_are_one_group(act: Act) -> None:
    text = '{"q":"a","s":0}\n{"q":"\\u0061","s":0}\n{"s":0}\n'
    assert scores(act("softmax", "--by", "q", "-c", "s", stdin=text).out, "jsonl") == [0.5, 0.5, 1]


def test_a_group_that_comes_again_is_an_error(act: Act) -> None:
    outcome = act("softmax", "--by", "q", "-c", "s", "--sorted", stdin="q,s\na,1\nb,1\na,1\n")
    assert outcome.code == 1
    assert outcome.out == "q,s\na,1\nb,1\n"
    assert "standard input:4: the group a had ended before; leave out --sorted" in outcome.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--sorted"], "name their columns with --by"),
        (["--by", "x", "-c", "s"], "there is no column 'x'"),
        (["--by", "q", "-c", "s", "--axis", "1"], "vectors are groups of rows"),
        (["--by", "q", "-c", "s", "-d", "1"], "has no derivatives down a column"),
    ],
)
def test_what_does_not_go_together(act: Act, words: list[str], says: str) -> None:
    outcome = act("softmax", *words, stdin="q,s\na,1\n")
    assert outcome.code == 2
    assert says in outcome.err


def test_sorted_groups_are_answered_as_they_end() -> None:
    process = processes.start("softmax", "--by", "q", "-c", "s", "--sorted")
    assert process.stdin
    assert process.stdout
    with process:
        process.stdin.write(b"q,s\na,0\na,0\n")
        process.stdin.flush()
        process.stdin.write(b"b,0\n")
        process.stdin.flush()
        assert os.read(process.stdout.fileno(), 1 << 16).startswith(b"q,s\n")
        process.stdin.close()
        process.wait()
