"""JSON Lines in: what is computed changes, and no other byte does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actcli.activations import RECORDS
from actcli.errors import UsageError
from actcli.io.batch import Chunk, ResultSchema
from actcli.io.csv.options import ReadOptions
from actcli.io.csv.reader import Reader
from actcli.io.json import lanes, scan
from actcli.io.json.dialect import JsonLayout, sniff, understood
from actcli.io.streams import Stream
from actcli.numeric.numerals import shortest
from actcli.pipeline.computation import Computation
from actcli.pipeline.transform import Transform, transform_all

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

BLANKS = st.sampled_from(["", "", "", " ", "  ", "\t"])
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(["-0", "0", "-0.0", "1E5", "1.50", "-0e1", "2e-400"]),
)
STRINGS = st.text(max_size=8).map(lambda text: json.dumps(text, ensure_ascii="é" in text))
ODD = st.sampled_from(
    ['"\\\\"', '"a\\"s\\":"', '"}"', '"[{"', '"\\u0073"', '"x\\\\\\\\"', "true", "null", "1e400"]
)
NESTED = st.recursive(
    st.one_of(NUMBERS, STRINGS, ODD, st.sampled_from(["NaN", "-Infinity", "false"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ",".join(items) + "]"),
        st.dictionaries(st.sampled_from(["s", "b", "\\u0073"]), inner, max_size=2).map(
            lambda found: "{" + ",".join(f'"{key}":{value}' for key, value in found.items()) + "}"
        ),
    ),
    max_leaves=4,
)
OTHERS = st.one_of(NUMBERS, STRINGS, STRINGS, NESTED)


@st.composite
def lines(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    """A line with an object, most of which have one key `s` with one of the values."""
    keys = draw(st.permutations(["id", "s", "text"]))
    if draw(st.integers(0, 9)) == 0:
        keys = [*keys, draw(st.sampled_from(["s", "\\u0073", "extra"]))]
    if draw(st.integers(0, 19)) == 0:
        keys = [key for key in keys if key != "s"]
    blanks = [draw(BLANKS) for _ in range(2)]
    found = [draw(OTHERS if key in ("id", "text", "extra") else values) for key in keys]
    items = (
        f'{blanks[0]}"{key}"{blanks[1]}:{blanks[0]}{value}' for key, value in zip(keys, found, strict=True)
    )
    return "{" + ",".join(items) + blanks[1] + "}"


def tables(values: st.SearchStrategy[str], row: Any = lines) -> st.SearchStrategy[bytes]:
    """Texts of several lines."""
    ends = st.sampled_from(["\n"] * 4 + ["\r\n"] * 2 + ["\n\n"])
    return st.tuples(st.lists(row(values), min_size=1, max_size=6), ends, st.sampled_from(["", "\n"])).map(
        lambda found: (found[1].join(found[0]) + found[2]).encode("utf-8", "surrogatepass")
    )


def layout(text: bytes, column: str = "name=s", **options: Any) -> JsonLayout:
    reader = Reader(Stream("x"), b"", text, ended=True)
    found = sniff(reader, ReadOptions(columns=(column,), **options))
    assert found is not None
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two batches have the same numbers at the same places."""
    if one.error or other.error:
        return str(one.error) == str(other.error)
    numbers = [[repr(column.values.tolist()) for column in batch.columns] for batch in (one, other)]
    texts = [[b"<?>"] * batch.counts.rows for batch in (one, other)]
    written = [
        batch.cells.written({0: found}, [found]) for batch, found in zip((one, other), texts, strict=True)
    ]
    passthrough_rows = [[list(column.passthrough_rows) for column in batch.columns] for batch in (one, other)]
    return (
        numbers[0] == numbers[1] and written[0] == written[1] and passthrough_rows[0] == passthrough_rows[1]
    )


DECOYS = st.one_of(
    NUMBERS,
    st.sampled_from(['"a"', '"}"', '"s\\":"', "[]", '{"s":1}', '[{"s":[2]},{"s":3}]', '{"t":{"s":"]"}}']),
)


@st.composite
def plain(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    """An object as programs write it, with the key `s` once, among others that look like it."""
    colon, comma = draw(st.sampled_from([(":", ","), (": ", ", ")]))
    keys = draw(st.permutations(["id", "s", "text"]))
    return "{" + comma.join(f'"{k}"{colon}{draw(values if k == "s" else DECOYS)}' for k in keys) + "}"


ARRAYS = st.lists(NUMBERS, min_size=1, max_size=3).map(", ".join).map("[{}]".format)
INNER = lines(NUMBERS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "value", "column"),
    [
        (NUMBERS, "1", "name=s"),
        (ARRAYS, "[1]", "name=s"),
        (INNER, '{"id":1,"text":"","s":1}', "s.s"),
        (lines(ARRAYS), '{"id":1,"text":"","s":[1]}', "s.s"),
        (INNER.map("[{}]".format), '[{"id":1,"text":"","s":1}]', "s.0.s"),
        (st.lists(INNER, max_size=2).map(" , ".join).map("[ {}]".format), '[{"s":1}]', "s.0.s"),
        (st.lists(NUMBERS, min_size=2).map(", ".join).map("[{}]".format), "[1,2]", "s.1"),
        (lines(INNER), '{"s":{"s":1}}', "s.s.s"),
        (plain(NUMBERS), '{"s":1}', "s.s"),
        (plain(plain(ARRAYS)), '{"s":{"s":[1]}}', "s.s.s"),
        (
            st.lists(plain(NUMBERS), min_size=1, max_size=3).map(", ".join).map("[{}]".format),
            '[{"s":1}]',
            "s.0.s",
        ),
    ],
)
def test_lanes_agree(
    monkeypatch: pytest.MonkeyPatch, values: st.SearchStrategy[str], value: str, column: str
) -> None:
    monkeypatch.setattr(lanes, "_SMALL", 1)

    @settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    @given(text=st.one_of(tables(values), tables(values, plain)))
    def agree(text: bytes) -> None:
        how = layout(b'{"id":1,"text":"","s":%b}\n' % value.encode(), column)
        chunk = Chunk(text, 1)
        quick = lanes.marked(chunk, how)
        slow = lanes.careful(chunk, how)
        if quick is not None:
            assert same(quick, slow)
        halved = lanes.batch(chunk, how)
        assert same(halved, slow)
        assert halved.counts == slow.counts

    agree()


def test_ordinary_lines_take_the_quick_lane() -> None:
    text = b'{"id": "a", "text": "a \\"s\\": {[\\\\", "s": -1.5, "n": {"s": [1]}}\r\n{"s":null,"id":2}\n'
    assert lanes.marked(Chunk(text, 1), layout(text)) is not None
    text = b'{"s": [1, 2.5], "id": "a]"}\n{"s":[],"id":2}'
    assert lanes.marked(Chunk(text, 1), layout(text)) is not None
    text = b'{"id": {"s": 2}, "s": {"a": {"s": 3}, "s": {"b": [{"c": 1, "s": 4}]}}}\n'
    for column in ("id.s", "s.a.s", "s.s.b.0.c", "s.s.b.0.s"):
        assert lanes.marked(Chunk(text, 1), layout(text, column)) is not None, column


def reference(text: bytes) -> bytes:
    """Relu of every number of key `s`, by Python's json, a line at a time, by the last place of the key."""
    out = []
    for line in text.split(b"\n"):
        if not line.strip():
            out.append(line)
            continue
        source = line.decode("utf-8", "surrogatepass")
        found = json.loads(source, parse_int=float)
        value = found.get("s")
        if value is None:
            out.append(line)
            continue
        decoder = json.JSONDecoder()
        place, span = source.index("{") + 1, (0, 0)
        while True:
            while source[place] in " \t,\r":
                place += 1
            if source[place] == "}":
                break
            key, place = json.decoder.scanstring(source, place + 1)  # type: ignore[attr-defined]  # the stubs lack it
            while source[place] in " \t:":
                place += 1
            _, end = decoder.raw_decode(source, place)
            if key == "s":
                span = place, end
            place = end
        number = shortest(max(value, 0.0))
        out.append((source[: span[0]] + number + source[span[1] :]).encode("utf-8", "surrogatepass"))
    return b"\n".join(out)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(text=tables(st.one_of(st.integers(-99, 99).map(str), st.floats(0.001, 9).map(repr))))
def test_every_other_byte_is_kept(act: Act, text: bytes) -> None:
    outcome = act("relu", "--from", "jsonl", "-c", "name=s", stdin=text)
    found = [json.loads(line.decode("utf-8", "surrogatepass")) for line in text.split(b"\n") if line.strip()]
    if any("s" in row for row in found):
        assert outcome.raw == reference(text)
    else:
        assert "there is no column 's'" in outcome.err


def test_values_of_all_kinds(act: Act) -> None:
    text = '{"id": 1, "s":-1.5, "v": [1, -2]}\n{"s" : null}\n{"id":"\\u0041"}\n{"v":[[-1],[2]],"s":2}'
    assert act("relu", "-c", "s,v", stdin=text).out == (
        '{"id": 1, "s":0, "v": [1,0]}\n{"s" : null}\n{"id":"\\u0041"}\n{"v":[[0],[2]],"s":2}'
    )
    assert act("relu", "-a", "-c", "s", "-d", "0,1", stdin=text).out.splitlines()[0] == (
        '{"id": 1, "s":-1.5, "v": [1, -2],"s_relu":0,"s_relu_d1":0}'
    )
    assert act("relu", "-c", "s", "-F", "csv", stdin=text).out == (
        'id,s,v\n1,0,"[1, -2]"\n,,\nA,,\n,2,"[[-1],[2]]"\n'
    )


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("b.c", '{"a.b":-1,"b":{"c":0},"l":[{"p":-3}]}'),
        ("l.0.p", '{"a.b":-1,"b":{"c":-2},"l":[{"p":0}]}'),
        ("name=a.b", '{"a.b":0,"b":{"c":-2},"l":[{"p":-3}]}'),
        ("a.b", '{"a.b":0,"b":{"c":-2},"l":[{"p":-3}]}'),
        ("1,b.c", '{"a.b":0,"b":{"c":0},"l":[{"p":-3}]}'),
    ],
)
def test_paths(act: Act, spec: str, expected: str) -> None:
    assert act("relu", "-c", spec, stdin='{"a.b":-1,"b":{"c":-2},"l":[{"p":-3}]}').out == expected


def test_vectors_and_gates_in_values(act: Act) -> None:
    assert act("softmax", "-c", "v", stdin='{"v":[0,0]}\n{"v":[[1,1],[2,2]]}\n').out == (
        '{"v":[0.5,0.5]}\n{"v":[[0.5,0.5],[0.5,0.5]]}\n'
    )
    assert act("softmax", "-c", "v", "--axis", "0", stdin='{"v":[[1,2],[1,2]]}\n').out == (
        '{"v":[[0.5,0.5],[0.5,0.5]]}\n'
    )
    assert act("reglu", "-c", "v", stdin='{"v":[1,-2,3,4]}\n').out == '{"v":[3,0]}\n'


def test_lines_that_are_arrays_or_numbers(act: Act) -> None:
    assert act("relu", stdin="[1, -2]\n[-3,4]\n").out == "[1, 0]\n[0,4]\n"
    assert act("softmax", "-a", stdin="[0,0]\n").out == "[0,0,0.5,0.5]\n"
    assert act("relu", "--from", "jsonl", stdin="1\n-2\n").out == "1\n0\n"


def test_strings_that_hold_numbers_are_invalid(act: Act) -> None:
    text = '{"s":1}\n{"s":"-2"}\n{"s":-3}\n'
    outcome = act("relu", stdin=text)
    assert (outcome.code, outcome.out) == (1, '{"s":1}\n')
    assert outcome.err == (
        "act: standard input:2: key 's': \"-2\" is not a number: it is a string; "
        "--invalid keep or nan goes on\n"
    )
    assert act("relu", "--invalid", "keep", stdin=text).out == '{"s":1}\n{"s":"-2"}\n{"s":0}\n'
    assert act("relu", "--invalid", "nan", stdin=text).out == '{"s":1}\n{"s":null}\n{"s":0}\n'


@pytest.mark.slow
@pytest.mark.parametrize("mark", ["[", '"', '{"a":', "[[],", '"\\u', "-", "\\", "1e"])
def test_scanning_takes_linear_time(act: Act, mark: str) -> None:
    text = mark * (2_000_000 // len(mark))
    for words in (["relu"], ["relu", "--from", "jsonl"]):
        outcome = act(*words, stdin='{"s":1}\n{"s":2,"t":' + text)
        assert outcome.code == 1
        assert "standard input:2:" in outcome.err
    with pytest.raises(scan.NotJson):
        scan.only_value_end(text.encode(), 0)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """An array of objects, or objects one after the other, with blanks anywhere between."""
    whites = st.sampled_from(["", "", "\n", " ", "\r\n  "])
    found = draw(st.lists(lines(NUMBERS), min_size=1, max_size=5))
    blanks = [draw(whites) for _ in range(2 * len(found) + 1)]
    joint = "," if draw(st.booleans()) else "\n"
    items = joint.join(
        before + row + after for before, row, after in zip(blanks[::2], found, blanks[1::2], strict=False)
    )
    return (f"[{items}]{blanks[-1]}" if joint == "," else items).encode("utf-8", "surrogatepass")


class Pieces(Stream):
    """A stream that brings so many bytes at a time."""

    def __init__(self, text: bytes, size: int) -> None:
        super().__init__("x")
        self.pieces = [text[first : first + size] for first in range(0, len(text), size)]

    def read(self) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""


def computed(text: bytes, size: int, how: str) -> tuple[bytes, str]:
    """What relu makes of the key s of a text that comes in pieces, and what is wrong with it."""
    reading = ReadOptions(columns=("name=s",), source_format=how)
    reader = understood(Reader(Pieces(text, size)), how)
    assert reader is not None
    try:
        found = sniff(reader, reading)
    except UsageError as error:
        return b"", str(error)
    assert found is not None
    work = Computation(RECORDS["relu"])
    transform = Transform(work, ResultSchema(found, work.result_columns(found.names, found.selected)), "same")
    piece = transform_all(transform, iter(reader.next, None), b"")
    return found.lead + piece.text, str(piece.error)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(text=st.one_of(documents(), tables(NUMBERS)), size=st.integers(1, 40), cut=st.integers(0, 9))
def test_pieces_of_any_size_give_the_same(text: bytes, size: int, cut: int) -> None:
    how = "json" if text.startswith(b"[") else "jsonl" if b"\n{" in text.strip() else "json"
    text = text[: len(text) - cut] if cut < 4 else text
    assert computed(text, size, how) == computed(text, len(text) or 1, how)
    if how == "json" and text.startswith(b"["):
        reader = understood(Reader(Pieces(text, size)), "json")
        assert reader is not None
        assert reader.lead + b"".join(chunk.text for chunk in iter(reader.next, None)) == text  # type: ignore[attr-defined]


TAKEN = (
    *(
        "[]",
        "[ ]",
        "{}",
        "{ }",
        '""',
        "0",
        "-0",
        "-1",
        "1e5",
        "1E+5",
        "1e-5",
        "0e1",
        "0.5",
        "-0.5e-10",
        "123",
    ),
    *(
        "true",
        "false",
        "null",
        "[null]",
        "[1,null,true]",
        '["a"]',
        "[[],[]]",
        '[{"a":[]}]',
        '{"":0}',
        '{"a":{}}',
    ),
    *(
        '"\\u0012"',
        '"\\uD801\\udc37"',
        '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
        '"\\u0000"',
        '"a/*b*/c"',
        '"é"',
        '"\u2028"',
    ),
    *(
        '"\U0010ffff"',
        '{"a":1,"a":2}',
        '"\x7f"',
        "[1 , 2]",
        "[1,\t2]",
        '{"a" : [1] }',
        "123456789012345678901234567890",
    ),
    *("1e-400", "-1e400", "1e999999", '"\\uD800"', '"\\udd1e\\uD834"', "NaN", "[NaN, -Infinity]", "Infinity"),
    "0." + "0" * 400 + "1",
    "[" * 500 + "]" * 500,
)
"""JSON, and what most programs that read it take: it stays as it is where it is not computed."""
REFUSED = (
    *(
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[1 2]",
        "[",
        "]",
        "{",
        "}",
        '{"a"}',
        '{"a":}',
        '{"a":1,}',
        "{,}",
        "{1:1}",
        "{a:1}",
    ),
    *(
        "'a'",
        '"a',
        "a",
        "01",
        "-01",
        "1.",
        ".5",
        "-.5",
        "+1",
        "1e",
        "1e+",
        "1ee2",
        "0x1",
        "1_0",
        "--1",
        "-",
        "- 1",
    ),
    *(
        "nan",
        "inf",
        "-NaN",
        "+Infinity",
        "infinity",
        "True",
        "None",
        "tru",
        "nul",
        "truee",
        "undefined",
        "[1]]",
    ),
    *(
        '"\t"',
        '"\x01"',
        '"\\x"',
        '"\\u12"',
        '"\\u12G4"',
        '"\\',
        '"\\"',
        '{"a":1 "b":2}',
        '{"a"::1}',
        '{"a","b"}',
    ),
    *(
        "[1}",
        '{"a":1]',
        '["a":1]',
        "[1];",
        "/**/1",
        "1/**/",
        "//",
        "[\x0b1]",
        "\ufeff1",
        "[\u00a01]",
        "1,",
        ",",
        ":",
    ),
    *('"a" "b"', '{"a":"b"', "[true", '["', "[1,", "\uff10", "1.5.5", "1e1.5", "[" * 1100 + "]" * 1100, ""),
)


@pytest.mark.slow
@pytest.mark.parametrize("value", TAKEN)
def test_what_is_json_stays(act: Act, value: str) -> None:
    for text in (f'{{"s":-1}}\n{{"t":{value},"s":-2}}\n', f'[{{"s":-1}},\n{{"t": {value} ,"s":-2}}]'):
        assert act("relu", "-c", "s", stdin=text).out == text.replace('"s":-1', '"s":0').replace(
            '"s":-2', '"s":0'
        )


@pytest.mark.slow
@pytest.mark.parametrize("value", REFUSED)
def test_what_is_no_json_is_an_error_with_its_place(act: Act, value: str) -> None:
    for text in (f'{{"s":-1}}\n{{"s":-2,"t":{value}}}\n', f'[{{"s":-1}},\n{{"s":-2,"t": {value} }}]'):
        outcome = act("relu", "-c", "s", stdin=text)
        assert outcome.code == 1
        assert outcome.out.replace("[", "").startswith('{"s":0}')
        assert "-2" not in outcome.out
        assert "act: standard input:2:" in outcome.err
        assert "is no JSON: " in outcome.err


def test_an_array_of_a_wrong_length_is_told_with_its_line(act: Act) -> None:
    text = '{"l":[1,2]}\n\n{"l":[1,2]}\n{"l":[5]}\n'
    assert act("glu", "-c", "l", stdin=text).err.startswith("act: standard input:4: glu needs an even number")
    outcome = act("neuron", "tanh", "--weights", "1,2", "-c", "l", stdin=text)
    assert (outcome.code, outcome.err) == (2, "act: standard input:4: 2 weights for an array of 1 numbers\n")


def test_a_result_never_gets_a_key_that_a_row_has(act: Act) -> None:
    early = '{"s":1}\n{"s":-1,"s_relu":3}\n'
    assert act("relu", "-a", "-c", "s", stdin=early).out == (
        '{"s":1,"s_relu_2":1}\n{"s":-1,"s_relu":3,"s_relu_2":0}\n'
    )
    for key in ('"s_relu"', '"s\\u005frelu"'):
        late = '{"s":1}\n' * 300 + f'{{"s":-1,{key}:3}}\n'
        outcome = act("relu", "-a", "-c", "s", stdin=late)
        assert (outcome.code, outcome.out) == (1, '{"s":1,"s_relu":1}\n' * 300)
        assert outcome.err == (
            "act: standard input:301: has the key 's_relu', which a result would get; rename it\n"
        )
        told = act("relu", "-a", "-c", "s", "-F", "jsonl", stdin=late)
        assert (told.code, told.out) == (1, outcome.out)
    inner = '{"s":1,"t":{"s_relu":2}}\n' * 300
    assert act("relu", "-a", "-c", "s", stdin=inner).code == 0


def test_results_of_several_files_have_the_names_of_the_first(act: Act, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"s":1}\n{"s":2,"s_relu":5}\n')
    (tmp_path / "b.jsonl").write_text('{"s":3}\n')
    a, b = (str(tmp_path / name) for name in ("a.jsonl", "b.jsonl"))
    assert act("relu", "-a", "-c", "s", a, b).out.splitlines()[::2] == [
        '{"s":1,"s_relu_2":1}',
        '{"s":3,"s_relu_2":3}',
    ]
    outcome = act("relu", "-a", "-c", "s", b, a)
    assert (outcome.code, outcome.out) == (1, '{"s":3,"s_relu":3}\n{"s":1,"s_relu":1}\n')


def test_an_error_in_a_document_says_no_column_that_it_does_not_know(act: Act) -> None:
    for text, told in (
        ('[{"a":-1},{"a":2},{"a":3', "standard input:1: is no JSON: it breaks off"),
        ('{"a":-1}\n{"a":x}\n', "standard input:2:6: is no JSON: 'x}'"),
    ):
        outcome = act("relu", "-c", "a", stdin=text)
        assert (outcome.code, told in outcome.err) == (1, True), outcome.err
        assert ("jq " in outcome.err) is text.startswith("{")


def test_a_null_in_the_only_array_is_told_as_in_any_other(act: Act) -> None:
    outcome = act("softmax", stdin="[1,2,null]\n")
    assert (outcome.code, "value 3: is null" in outcome.err) == (1, True), outcome.err
    assert act("softmax", "--mask-missing", stdin="[1,null,1]\n").out == "[0.5,0,0.5]\n"
