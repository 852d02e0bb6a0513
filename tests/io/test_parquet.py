"""Parquet tables: to Parquet with all that is not computed as it was, to text and from it."""

from __future__ import annotations

import datetime
import math
import random
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
import pytest

from actcli.activations import ACTIVATIONS
from actcli.engine import evaluate
from actcli.io.formats import parquet as written

if TYPE_CHECKING:
    from conftest import Act

pa = pytest.importorskip("pyarrow", reason="PyArrow is not installed")
pq = pytest.importorskip("pyarrow.parquet", reason="PyArrow is not installed")

DAY = datetime.datetime(2020, 2, 29, 12, tzinfo=datetime.UTC)


def sample() -> Any:
    """A table of many types; `n`, `s`, `d`, `h` and `m` are numbers."""
    fields = [
        pa.field("id", pa.string(), metadata={"kept": "too"}),
        pa.field("n", pa.int64(), metadata={"unit": "K"}),
        pa.field("s", pa.float32()),
        pa.field("d", pa.float64()),
        pa.field("h", pa.float16()),
        pa.field("m", pa.decimal128(5, 2)),
        pa.field("list", pa.list_(pa.int64())),
        pa.field("when", pa.timestamp("us", "UTC")),
        pa.field("kind", pa.dictionary(pa.int8(), pa.string())),
        pa.field("yes", pa.bool_()),
        pa.field("raw", pa.binary()),
    ]
    columns = [
        ["007", "8, a", None, "", "x\ny"],
        [1, -2, None, 4, 2**60 + 1],
        [-1.5, None, 0.1, 2.0, math.inf],
        [1.5, -2.0, math.nan, None, 1e300],
        [numpy.float16(1), None, numpy.float16(-0.1), numpy.float16(3), numpy.float16(0)],
        ["1.50", "-2.25", None, "0.00", "100.00"],
        [[1], [2, 3], None, [], [None]],
        [DAY, None, None, DAY, DAY],
        ["a", "b", None, "a", "b"],
        [True, False, None, True, True],
        [b"\xff", b"", None, b"x", b"y"],
    ]
    arrays = [
        pa.array(values).cast(field.type) if field.name == "m" else pa.array(values, field.type)
        for values, field in zip(columns, fields, strict=True)
    ]
    return pa.table(arrays, schema=pa.schema(fields, metadata={"made": "here"}))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The sample in two row groups, each column compressed in its own way."""
    monkeypatch.chdir(tmp_path)
    compression = {"id": "zstd", "n": "none", "s": "gzip"}
    pq.write_table(sample(), "x.parquet", row_group_size=3, compression=compression)
    return "x.parquet"


def tanh(values: list[float | None], dtype: str) -> list[float | None]:
    """What is to come out, computed apart."""
    return [
        None if value is None else float(evaluate(ACTIVATIONS["tanh"], numpy.float64(value)).astype(dtype))
        for value in values
    ]


def test_only_the_chosen_columns_change(act: Act, file: str) -> None:
    assert act("tanh", "-c", "n,s,h", file, "-o", "y.parquet").code == 0
    before, after = sample(), pq.read_table("y.parquet")
    for name in before.column_names:
        if name not in ("n", "s", "h"):
            assert repr(after.column(name).to_pylist()) == repr(before.column(name).to_pylist())
    for name, dtype in {"n": "float64", "s": "float32", "h": "float16"}.items():
        values = [None if v is None else float(v) for v in before.column(name).to_pylist()]
        assert after.column(name).to_pylist() == tanh(values, dtype)


def test_schema_metadata_groups_and_compression_stay(act: Act, file: str) -> None:
    act("tanh", "-c", "s", "-d", "0,1", file, "-o", "y.parquet")
    before, after = pq.ParquetFile(file), pq.ParquetFile("y.parquet")
    schema = after.schema_arrow
    assert schema.metadata == before.schema_arrow.metadata == {b"made": b"here"}
    assert schema.names == [*before.schema_arrow.names, "s_tanh", "s_tanh_d1"]
    for field in before.schema_arrow:
        assert schema.field(field.name).equals(field, check_metadata=True)
    assert schema.field("s_tanh").type == pa.float32()
    for group in range(before.num_row_groups):
        old, new = before.metadata.row_group(group), after.metadata.row_group(group)
        assert (old.num_rows, old.num_columns + 2) == (new.num_rows, new.num_columns)
        for column in range(old.num_columns):
            assert old.column(column).compression == new.column(column).compression


def test_a_computed_column_keeps_what_its_field_says(act: Act, file: str) -> None:
    act("tanh", "-c", "n", file, "-o", "y.parquet")
    field = pq.ParquetFile("y.parquet").schema_arrow.field("n")
    assert (field.type, field.metadata) == (pa.float64(), {b"unit": b"K"})


def test_all_columns_of_numbers_are_computed_unless_some_are_chosen(act: Act, file: str) -> None:
    assert act("relu", file, "-o", "y.parquet").code == 0
    table = pq.read_table("y.parquet")
    assert table.column("m").to_pylist() == [1.5, 0.0, None, 0.0, 100.0]
    assert table.column("n").to_pylist() == [1.0, 0.0, None, 4.0, float(2**60)]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_type_that_was_asked_for_wins(act: Act, file: str, dtype: str) -> None:
    act("relu", "-c", "n,s", "--dtype", dtype, file, "-o", "y.parquet")
    schema = pq.ParquetFile("y.parquet").schema_arrow
    assert schema.field("n").type == schema.field("s").type == pa.from_numpy_dtype(dtype)


def test_in_place(act: Act, file: str) -> None:
    assert act("relu", "-i", "-c", "d", file).code == 0
    assert pq.read_table(file).column("d").to_pylist()[:2] == [1.5, 0.0]
    assert pq.ParquetFile(file).num_row_groups == 2


def test_vectors_go_across_columns_and_down_one(act: Act, tmp_path: Path) -> None:
    path, target = str(tmp_path / "x.parquet"), str(tmp_path / "y.parquet")
    pq.write_table(pa.table({"a": [1.0, 2.0, 3.0], "b": [1.0, 0.0, 3.0]}), path, row_group_size=2)
    across = evaluate(ACTIVATIONS["softmax"], numpy.array([[1.0, 1], [2, 0], [3, 3]]))
    assert act("softmax", path, "-o", target).code == 0
    assert pq.read_table(target).to_pydict() == {"a": list(across[:, 0]), "b": list(across[:, 1])}
    assert act("softmax", "-c", "a", path, "-o", target).code == 0
    down = evaluate(ACTIVATIONS["softmax"], numpy.array([1.0, 2, 3]))
    assert pq.read_table(target).to_pydict() == {"a": list(down), "b": [1.0, 0.0, 3.0]}
    assert act("glu", "-c", "a", "--axis", "0", path, "-o", target).code == 2
    pq.write_table(pa.table({"a": [1.0, 2.0, 3.0, 4.0]}), path, row_group_size=3)
    assert act("glu", path, "-o", target).code == 0
    gated = evaluate(ACTIVATIONS["glu"], numpy.array([1.0, 2, 3, 4]))
    assert pq.read_table(target).to_pydict() == {"a": [1.0, 2.0], "a_glu": list(gated)}


def test_a_missing_number_of_a_vector(act: Act, tmp_path: Path) -> None:
    path, target = str(tmp_path / "x.parquet"), str(tmp_path / "y.parquet")
    pq.write_table(pa.table({"a": [1.0, 2.0, 3.0], "b": [1.0, None, 3.0]}), path, row_group_size=1)
    outcome = act("softmax", path, "-o", target)
    assert outcome.code == 1
    assert "x.parquet: row 2, column 'b': is missing; --invalid keep or nan goes on" in outcome.err
    assert act("softmax", "--invalid", "keep", path, "-o", target).code == 0
    assert pq.read_table(target).to_pydict() == {"a": [0.5, 2.0, 0.5], "b": [0.5, None, 0.5]}
    assert act("softmax", "--invalid", "nan", path, "-o", target).code == 0
    (a, b) = pq.read_table(target).to_pydict().values()
    assert (a[::2], math.isnan(a[1]), math.isnan(b[1])) == ([0.5, 0.5], True, True)
    assert act("softmax", "--axis", "0", "--invalid", "keep", path, "-o", target).code == 0
    down, whole = (list(evaluate(ACTIVATIONS["softmax"], numpy.array(x))) for x in ([1.0, 3], [1.0, 2, 3]))
    assert pq.read_table(target).to_pydict() == {"a": whole, "b": [down[0], None, down[1]]}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["softmax", "relu"])
@pytest.mark.parametrize("invalid", ["keep", "nan"])
@pytest.mark.parametrize("words", [["--axis", "0"], ["--axis", "1"], ["-a"], ["-a", "--axis", "0"]])
def test_missing_numbers_are_the_same_in_text(
    act: Act, tmp_path: Path, name: str, invalid: str, words: list[str]
) -> None:
    if name == "relu":
        words = words[:-2] if "--axis" in words else words
    path, target = str(tmp_path / "x.parquet"), str(tmp_path / "y.parquet")
    pq.write_table(
        pa.table({"a": [1.0, None, 3.0, 0.5], "b": [None, 2.0, 3.0, 0.25]}), path, row_group_size=3
    )
    words = [name, "--invalid", invalid, *words, path]
    assert act(*words, "-o", target, "-q").code == 0
    text = act(*words, "-F", "csv", "-q").out
    found = pq.read_table(target).to_pydict()
    cells = [dict(zip(found, line.split(","), strict=True)) for line in text.splitlines()[1:]]
    for column, numbers in found.items():
        expected = [None if row[column] == "" else float(row[column]) for row in cells]
        assert [None if y is None else repr(y) for y in numbers] == [
            None if y is None else repr(y) for y in expected
        ], column


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--axis", "0"], ["--axis", "1"], ["-a"], ["-a", "--axis", "0"]])
@pytest.mark.parametrize("name", ["softmax", "log-softmax", "softmin", "hardmax", "sparsemax"])
def test_masked_numbers_are_the_same_in_text(act: Act, tmp_path: Path, name: str, words: list[str]) -> None:
    path, target = str(tmp_path / "x.parquet"), str(tmp_path / "y.parquet")
    columns = {"a": [1.0, None, 3.0, None], "b": [None, 2.0, 3.0, None], "c": [None] * 4}
    pq.write_table(
        pa.table(columns, schema=pa.schema([(c, pa.float64()) for c in "abc"])), path, row_group_size=3
    )
    words = [name, "--mask-missing", *words, path]
    written, read = act(*words, "-o", target), act(*words, "-F", "csv", "-c", "a,b,c")
    assert (written.code, read.code, written.err) == (0, 0, read.err)
    assert ("1 of 4 rows is computed as nan" in read.err) is ("0" not in words)
    found = pq.read_table(target).to_pydict()
    text = [line.split(",") for line in read.out.splitlines()[1:]]
    for place, numbers in enumerate(found.values()):
        assert [repr(y) for y in numbers] == [
            repr(float(row[place])) if row[place] else "None" for row in text
        ]


def test_rows_come_out_as_text(act: Act, file: str) -> None:
    lines = act("relu", "-c", "n", file).raw.split(b"\n")
    assert lines[0] == b"id,n,s,d,h,m,list,when,kind,yes,raw"
    assert lines[1] == b"007,1,-1.5,1.5,1,1.50,[1],2020-02-29 12:00:00.000000Z,a,true,\xff"
    assert lines[2] == b'"8, a",0,,-2,,-2.25,"[2,3]",,b,false,""'
    assert lines[3] == b",,0.1,nan,-0.1,,,,,,"
    assert lines[4] == b'"",4,2,,3,0.00,[],2020-02-29 12:00:00.000000Z,a,true,x'


def test_single_precision_comes_back_unchanged_through_text(act: Act, tmp_path: Path) -> None:
    values = numpy.random.default_rng(0).normal(size=1000).astype("float32")
    path = str(tmp_path / "x.parquet")
    pq.write_table(pa.table({"a": values}), path)
    read = [float(line) for line in act("tanh", path).out.splitlines()[1:]]
    assert numpy.array_equal(numpy.array(read, "float32"), evaluate(ACTIVATIONS["tanh"], values))


def test_csv_to_parquet_and_back(act: Act, tmp_path: Path) -> None:
    text = 'id,name,x\n007,"Smith, J.",1.5\n8,,NA\n9,"",-0.25\n10,plain,\n'
    source, target = str(tmp_path / "x.csv"), str(tmp_path / "y.parquet")
    (tmp_path / "x.csv").write_text(text)
    assert act("linear", "-c", "x", source, "-o", target).code == 0
    table = pq.read_table(target)
    assert table.to_pydict() == {
        "id": ["007", "8", "9", "10"],
        "name": ["Smith, J.", None, "", "plain"],
        "x": [1.5, None, -0.25, None],
    }
    assert act("linear", target).out == text.replace(",NA\n", ",\n")


def test_what_is_no_number_becomes_nan_where_that_is_asked_for(act: Act, tmp_path: Path) -> None:
    target = str(tmp_path / "y.parquet")
    assert act("relu", "--invalid", "nan", "-o", target, stdin="x\n1\nzwei\nNA\n").code == 0
    (one, two, missing) = pq.read_table(target).column("x").to_pylist()
    assert (one, math.isnan(two), missing) == (1.0, True, None)


def test_a_csv_without_rows_becomes_a_table_without_rows(act: Act, tmp_path: Path) -> None:
    target = str(tmp_path / "y.parquet")
    assert act("relu", "-c", "x", "-o", target, stdin="id,x\n").code == 0
    assert pq.read_table(target).schema.names == ["id", "x"]
    assert pq.read_table(target).num_rows == 0


def test_row_groups_do_not_depend_on_how_rows_arrive(
    act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "_ROWS", 1000)
    rows = "".join(f"{row},{row / 8}\n" for row in range(40_500))
    target = str(tmp_path / "y.parquet")
    assert act("relu", "-o", target, stdin=rows).code == 0
    file = pq.ParquetFile(target)
    assert [file.metadata.row_group(k).num_rows for k in range(file.num_row_groups)] == [1000] * 40 + [500]
    assert file.read().column(1).to_pylist() == [row / 8 for row in range(40_500)]


def test_it_is_known_by_its_first_bytes(act: Act, tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [-1.0, 2.0]}), tmp_path / "plain")
    assert act("relu", str(tmp_path / "plain")).out == "a\n0\n2\n"


def test_compare_appends_columns(act: Act, tmp_path: Path) -> None:
    path, target = str(tmp_path / "x.parquet"), str(tmp_path / "y.parquet")
    pq.write_table(pa.table({"a": [-1.0, 2.0]}), path)
    assert act("compare", "relu", "linear", path, "-o", target).code == 0
    assert pq.read_table(target).to_pydict() == {"a": [-1.0, 2.0], "relu": [0.0, 2.0], "linear": [-1.0, 2.0]}


def test_numbers_of_a_dictionary_are_computed(act: Act, tmp_path: Path) -> None:
    path, target = str(tmp_path / "x.parquet"), str(tmp_path / "y.parquet")
    pq.write_table(pa.table({"a": pa.array([1.0, None, -3.0]).dictionary_encode()}), path)
    assert act("relu", path, "-o", target).code == 0
    assert pq.read_table(target).to_pydict() == {"a": [1.0, None, 0.0]}


def test_a_gate_in_a_column_with_holes(act: Act, tmp_path: Path) -> None:
    path, target = str(tmp_path / "x.parquet"), str(tmp_path / "y.parquet")
    pq.write_table(pa.table({"a": [1.0, None, 3.0, 4.0, None, 6.0]}), path)
    assert act("reglu", "--invalid", "keep", path, "-o", target).code == 0
    found = pq.read_table(target).to_pydict()
    assert found["a"] == [1.0, None, 3.0]
    numpy.testing.assert_array_equal(found["a_reglu"], [4, numpy.nan, 18])  # as in text: not missing itself
    assert act("reglu", stdin="a\n1\n2\n3\n4\n").out == "a,a_reglu\n1,3\n2,8\n"
    csv = tmp_path / "x.csv"
    csv.write_text("a\n1\n2\n3\n4\n")
    assert act("reglu", str(csv), "-o", target).code == 0
    assert pq.read_table(target).to_pydict() == {"a": ["1", "2"], "a_reglu": [3.0, 8.0]}


def test_a_table_without_rows_has_a_result_without_rows(act: Act, tmp_path: Path) -> None:
    path, target = str(tmp_path / "x.parquet"), str(tmp_path / "y.parquet")
    pq.write_table(pa.table({"a": pa.array([], pa.float64())}), path)
    assert act("softmax", path, "-o", target).code == 0
    assert pq.read_table(target).to_pydict() == {"a": []}


def test_a_damaged_row_group_leaves_no_result(act: Act, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [1.0] * 1000}), path, compression="zstd", use_dictionary=False)
    data = bytearray(path.read_bytes())
    data[50:90] = bytes(40)
    path.write_bytes(data)
    outcome = act("relu", str(path), "-o", str(tmp_path / "y.parquet"))
    assert outcome.code == 1
    assert f"{path}: row group 1 cannot be read: " in outcome.err
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["relu", "-c", "id", "x.parquet"], 2, "column 'id' holds string, not numbers"),
        (["relu", "-c", "idd", "x.parquet"], 2, "did you mean 'id'"),
        (["softmax", "x.parquet", "-o", "y.parquet"], 2, "column 'id' holds string"),
        (["relu", "words.parquet"], 1, "has no column of numbers"),
        (["relu", "--exclude", "n:m", "x.parquet"], 1, "has no column of numbers that is not excluded"),
        (["relu", "-c", "n", "--exclude", "n", "x.parquet"], 2, "all chosen columns are excluded"),
        (["relu", "-t", ";", "x.parquet"], 2, "-t: x.parquet is a table, which has no delimiter"),
        (
            ["relu", "--missing", "x", "x.parquet"],
            2,
            "--missing: x.parquet is a table, which has no words for missing cells",
        ),
        (["relu", "-p", "3", "x.parquet", "-o", "y.parquet"], 2, "-p: y.parquet is no text"),
        (["relu", "--dtype", "bfloat16", "x.parquet", "-o", "y.parquet"], 2, "no such type"),
        (["relu", "x.parquet", "x.parquet", "-o", "y.parquet"], 2, "-o DIR/"),
        (["relu", "cut.parquet"], 1, "cut.parquet: is no Parquet file that can be read"),
        (["relu", "x.csv", "-o", "y.npy"], 2, "not from x.csv"),
        (["relu", "-n", "x.csv", "--ragged", "keep", "-o", "y.parquet"], 2, "--ragged"),
        (["relu", "-n", "x.csv", "--invalid", "keep", "-o", "y.parquet"], 2, "--invalid"),
        (["relu", "latin.csv", "-c", "x", "-o", "y.parquet"], 1, "--encoding latin-1"),
        (["relu", "names.csv", "-c", "x", "-o", "y.parquet"], 1, "the name of column 1 is not all utf-8"),
        (["relu", "1", "-o", "y.parquet"], 2, "typed numbers are written as text or .npy"),
    ],
)
def test_what_makes_no_sense_is_refused(act: Act, file: str, words: list[str], code: int, says: str) -> None:
    Path("cut.parquet").write_bytes(Path(file).read_bytes()[:100])
    Path("x.csv").write_text("1,2\n")
    Path("latin.csv").write_bytes(b"name,x\n\xe9,1\n")
    Path("names.csv").write_bytes(b"caf\xe9,x\na,1\n")
    pq.write_table(pa.table({"a": ["x"]}), "words.parquet")
    outcome = act(*words)
    assert outcome.code == code
    assert says in outcome.err
    assert outcome.err.startswith("act: ")
    assert not Path("y.parquet").exists()


def test_without_pyarrow_the_extra_is_named(act: Act, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    outcome = act("relu", "-c", "s", file, "-o", "y.parquet")
    assert outcome.code == 2
    assert outcome.err == "act: Parquet needs an optional package: pip install 'actcli[parquet]'\n"


def test_integers_and_decimals_beside_results_keep_their_digits(act: Act, tmp_path: Path) -> None:
    path = str(tmp_path / "x.parquet")
    large, exact = 9007199254740993, Decimal("12345678901234567890.10")
    pq.write_table(pa.table({"n": [large, None], "d": [exact, Decimal(-1)]}), path)
    assert act("relu", "-a", path).out == (
        f"n,d,n_relu,d_relu\n{large},{exact},9007199254740992,1.2345678901234567e+19\n,-1.00,,0\n"
    )


def test_a_decimal_is_rounded_once(act: Act, tmp_path: Path) -> None:
    path, target = str(tmp_path / "x.parquet"), str(tmp_path / "y.parquet")
    chance = random.Random(1)  # noqa: S311  no secret
    values = [Decimal(chance.randint(-(10**25), 10**25)).scaleb(-10) for _ in range(300)]
    pq.write_table(pa.table({"d": values}), path)
    assert act("linear", path, "-o", target).code == 0
    assert pq.read_table(target).to_pydict()["d"] == [float(value) for value in values]


def test_a_null_is_null_in_json_unless_its_column_holds_texts(act: Act, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    columns = {"x": [1.0, None], "y": [2, None], "s": ["a", ""], "b": [True, None], "t": [DAY, None]}
    columns["l"] = pa.array([b"a", b""], pa.large_binary())
    pq.write_table(pa.table(columns), path)
    first, second = act("relu", "-c", "x", str(path), "-F", "jsonl").out.splitlines()
    assert first.startswith('{"x":1,"y":2,"s":"a","b":"true","t":"2020-02-29')
    assert second == '{"x":null,"y":null,"s":"","b":null,"t":null,"l":""}'
