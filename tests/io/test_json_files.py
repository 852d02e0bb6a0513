"""JSON in files: compressed, several, replaced in place, in other encodings and formats, by processes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
from typing import TYPE_CHECKING

import pytest

from actcli.io.formats import CHOICES

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

ROWS = '{"id":"a","s":-1}\n{"id":"b", "s": 2}'
DOCUMENT = '[{"id":"a","s":-1},\n {"id":"b", "s": 2}]\n'
DONE, DOCUMENT_DONE = ROWS.replace("-1", "0"), DOCUMENT.replace("-1", "0")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl").write_text(ROWS)
    (tmp_path / "b.jsonl").write_text('{"s":-3,"id":"c"}\n')
    (tmp_path / "c.json").write_text(DOCUMENT)
    return tmp_path


def test_several_files_of_lines_are_one(act: Act) -> None:
    assert act("relu", "-c", "s", "a.jsonl", "b.jsonl").out == DONE + '\n{"s":0,"id":"c"}\n'
    assert act("relu", "-c", "s", "a.jsonl", "b.jsonl", "-F", "csv").out == "id,s\na,0\nb,2\nc,0\n"


def test_several_documents_become_one_or_stay_apart(act: Act, folder: Path) -> None:
    (folder / "d.json").write_text(DOCUMENT)
    outcome = act("relu", "-c", "s", "c.json", "d.json")
    assert (outcome.code, outcome.out) == (2, "")
    assert "several JSON documents become one with -F json" in outcome.err
    assert len(json.loads(act("relu", "-c", "s", "c.json", "d.json", "-F", "json").out)) == 4
    assert act("relu", "-c", "s", "c.json", "d.json", "-F", "jsonl").out == (DONE + "\n") * 2
    assert act("relu", "-c", "s", "c.json", "d.json", "a.jsonl", "-o", "out/").code == 0
    assert (folder / "out" / "c.json").read_text() == DOCUMENT_DONE
    assert (folder / "out" / "a.jsonl").read_text() == DONE


def test_in_place_and_compressed_and_in_utf_16(act: Act, folder: Path) -> None:
    (folder / "z.jsonl.gz").write_bytes(gzip.compress(ROWS.encode()))
    (folder / "u.json").write_text(DOCUMENT, encoding="utf-16")
    assert act("relu", "-c", "s", "-i", "a.jsonl", "c.json", "z.jsonl.gz", "u.json").code == 0
    assert (folder / "a.jsonl").read_text() == DONE
    assert (folder / "c.json").read_text() == DOCUMENT_DONE
    assert gzip.decompress((folder / "z.jsonl.gz").read_bytes()).decode() == DONE
    assert (folder / "u.json").read_text(encoding="utf-16") == DOCUMENT_DONE


def test_a_byte_order_mark_stays_and_bytes_that_are_no_utf_8(act: Act) -> None:
    text = b'\xef\xbb\xbf{"s":-1,"t":"\xff"}\n{"s":-2,"\xe9":1}\n'
    assert act("relu", "-c", "s", stdin=text).raw == text.replace(b"-1", b"0").replace(b"-2", b"0")


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "tsv"])
def test_what_act_writes_it_reads(act: Act, form: str) -> None:
    text = 'id,s\na,-1.5\n"b,""\u00e9",2\n'
    written = act("linear", "-F", form, stdin=text).out
    assert act("linear", "-F", "csv", stdin=written).out == text


def test_a_key_without_a_column_is_not_lost_in_silence(act: Act) -> None:
    for rows in ('{"s":-1}\n{"s":-2,"t":1}\n', '[{"s":-1},{"s":-2,"t":1}]'):
        outcome = act("relu", "-F", "csv", stdin=rows)
        assert (outcome.code, outcome.out) == (1, "s\n0\n")
        assert ": has the key 't', for which there is no column" in outcome.err
        assert act("relu", "-F", "csv", "--ragged", "keep", stdin=rows).out == "s\n0\n0\n"
        assert act("relu", "--from", "json", "-F", "jsonl", stdin=rows).out == '{"s":0}\n{"s":0,"t":1}\n'


@pytest.mark.parametrize("form", CHOICES)
def test_every_format_keeps_a_key_without_a_column_or_refuses_it(act: Act, form: str) -> None:
    outcome = act("relu", "-F", form, stdin='{"s":-1}\n{"s":-2,"key":1}\n')
    looked_at = form in ("table", "plain")
    assert outcome.code == 0 or "has the key 'key', for which there is no column" in outcome.err
    assert outcome.code == 1 or looked_at or '"key":1' in outcome.out


@pytest.mark.slow
@pytest.mark.parametrize("form", ["lines", "document"])
@pytest.mark.parametrize("words", ["relu -c s", "softmax -a -c v", "relu -c s -F csv"])
def test_processes_share_rows(act: Act, folder: Path, form: str, words: str) -> None:
    rows = [
        f'{{"id":{n},"s":{(-1) ** n * n / 7},"v":[{n},1.5],"text":"{{{n % 13 * "x" + "-" * 150}"}}'
        for n in range(25_000)
    ]
    (folder / "x.json").write_text("\n".join(rows) if form == "lines" else "[\n" + ",\n".join(rows) + "\n]\n")
    alone = act(*words.split(), "-j", "1", "x.json")
    shared = act(*words.split(), "-j", "3", "x.json")
    assert alone.code == 0
    assert (shared.code, shared.out) == (0, alone.out)
    if "-F" not in words:
        found = alone.out.splitlines() if form == "lines" else json.loads(alone.out)
        assert len(found) == len(rows)


INVALID = [
    '"oops, failed"',
    '"a}b"',
    '"a]"',
    '"{"',
    "[1,2]",
    "[]",
    "{}",
    '{"a":1,"b":[2,"}"]}',
    "true",
    '"1"',
]


@pytest.mark.parametrize("form", ["lines", "document"])
@pytest.mark.parametrize("value", INVALID)
def test_an_invalid_value_is_replaced_or_kept_whole(act: Act, form: str, value: str) -> None:
    rows = ['{"id":1,"x":-0.5}', f'{{"id":2,"x":{value},"y":1}}', '{"x":2,"id":3}']
    text = "\n".join(rows) + "\n" if form == "lines" else f"[{','.join(rows)}]\n"
    computed = text.replace("-0.5", "0")
    kept = act("relu", "-c", "x", "--invalid", "keep", stdin=text)
    assert kept.out == computed
    assert "1 cell that is no number was kept as it was" in kept.err
    assert act("relu", "-c", "x", "--invalid", "nan", stdin=text).out == computed.replace(value, "null")
    assert act("relu", "-c", "x", "-a", "--invalid", "nan", stdin=text).out == (
        text.replace("0.5}", '0.5,"x_relu":0}')
        .replace('"y":1', '"y":1,"x_relu":null')
        .replace('"id":3', '"id":3,"x_relu":2')
    )
    outcome = act("relu", "-c", "x", "-F", "csv", "--ragged", "keep", "--invalid", "keep", stdin=text)
    plain = json.loads(value) if value.startswith('"') else value
    assert list(csv.reader(io.StringIO(outcome.out)))[2] == ["2", plain]


def test_a_bad_value_before_arrays_is_an_invalid_one(act: Act) -> None:
    text = '{"v":"timeout"}\n{"v":false}\n{"v":[1,1]}\n{"v":[0,0]}\n'
    outcome = act("softmax", "-c", "v", stdin=text)
    assert (outcome.code, outcome.out) == (1, "")
    assert '"timeout" is not an array of numbers' in outcome.err
    kept = act("softmax", "-c", "v", "--invalid", "keep", stdin=text)
    assert kept.out == '{"v":"timeout"}\n{"v":false}\n{"v":[0.5,0.5]}\n{"v":[0.5,0.5]}\n'
    assert act("softmax", "-c", "v", "--invalid", "nan", stdin=text).out.startswith(
        '{"v":null}\n{"v":null}\n'
    )


def test_text_before_numbers_is_no_column_that_nobody_asked_for(act: Act) -> None:
    text = '{"id":"a","x":-1}\n{"id":2,"x":-2}\n'
    assert act("relu", stdin=text).out == text.replace("-1", "0").replace("-2", "0")


def test_many_keys_take_time_in_proportion(act: Act) -> None:
    def seconds(count: int) -> float:
        text = "{" + ",".join(f'"c{k}":{k}' for k in range(count)) + "}\n"
        started = time.process_time()
        assert act("relu", "-j", "1", stdin=text).out == text
        return time.process_time() - started

    seconds(10)
    assert seconds(2000) < 40 * seconds(200) + 1
