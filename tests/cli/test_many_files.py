"""Several files: a result for each in a folder, patterns in quotes, failures that stop nobody."""

from __future__ import annotations

import gzip
import os
import resource
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy
import pytest
from support.processes import PATIENCE, finish, start, until

if TYPE_CHECKING:
    from conftest import Act

TEXTS = {
    "a.csv": "id,x\n1,-1\n2,2\n",
    "b.csv": "id;x\n3;-0.5\n",
    "sub/a.csv": "id,x\n9,-9\n",
    "sub/c.tsv": "x\ty\n-1\t1\n",
    "bad.csv": "id,x\n1,1\n2,zwei\n",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with text files, one of them bad, and an array."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text)
    numpy.save(tmp_path / "x.npy", numpy.array([[-1.0, 2.0]]))
    return tmp_path


def contents(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


@pytest.mark.usefixtures("here")
def test_each_result_is_what_the_file_alone_gives(act: Act) -> None:
    names = ["a.csv", "b.csv", "sub/c.tsv"]
    alone = {Path(name).name: act("relu", "-c", "x", name).raw for name in names}
    outcome = act("relu", "-c", "x", *names, "-o", "out/")
    assert (outcome.code, outcome.raw, outcome.err) == (0, b"", "")
    assert contents("out") == alone


@pytest.mark.usefixtures("here")
def test_arrays_stay_arrays_and_compressed_files_compressed(act: Act) -> None:
    Path("z.csv.gz").write_bytes(gzip.compress(TEXTS["a.csv"].encode()))
    assert act("relu", "x.npy", "z.csv.gz", "-o", "out/").code == 0
    assert numpy.load("out/x.npy").tolist() == [[0, 2]]
    assert gzip.decompress(Path("out/z.csv.gz").read_bytes()) == b"id,x\n1,0\n2,2\n"
    assert act("relu", "-d", "0,1", "x.npy", "-o", "out/").code == 0
    assert sorted(contents("out")) == ["x.npy", "x_d0.npy", "x_d1.npy", "z.csv.gz"]


@pytest.mark.usefixtures("here")
def test_another_format_has_another_extension(act: Act) -> None:
    assert act("relu", "-F", "json", "-c", "1", "b.csv", "sub/c.tsv", "-o", "out/").code == 0
    assert sorted(contents("out")) == ["b.json", "c.json"]
    assert act("relu", "-F", "csv", "a.csv", "x.npy", "-o", "plain").code == 1, "plain is no folder yet"
    Path("plain").mkdir()
    assert act("relu", "-F", "csv", "a.csv", "x.npy", "-o", "plain").code == 0
    assert contents("plain")["x.csv"] == b"0,2\n"


@pytest.mark.usefixtures("here")
def test_a_pattern_in_quotes_stands_for_its_files_in_order(act: Act) -> None:
    outcome = act("relu", "-v", "-c", "x", "[ab].csv", "-o", "out/")
    assert outcome.err == "act: a.csv -> out/a.csv: 2 rows\nact: b.csv -> out/b.csv: 1 row\n"
    assert act("relu", "**/c.tsv").out == "x\ty\n0\t1\n"
    outcome = act("relu", "no*.csv")
    assert (outcome.code, outcome.err) == (2, "act: no file matches 'no*.csv'\n")


@pytest.mark.usefixtures("here")
def test_a_file_that_is_called_like_a_pattern_is_that_file(act: Act) -> None:
    Path("[ab].csv").write_text("-7\n7\n")
    assert act("relu", "[ab].csv").out == "0\n7\n"


@pytest.mark.usefixtures("here")
def test_folders_that_match_a_pattern_are_left_out(act: Act) -> None:
    Path("b.csv").unlink()
    Path("bad.csv").unlink()
    Path("folder.csv").mkdir()
    assert act("relu", "-c", "x", "*.csv").out == "id,x\n1,0\n2,2\n"


@pytest.mark.usefixtures("here")
def test_failures_stop_nobody_and_are_told_at_the_end(act: Act) -> None:
    Path("cut.npy").write_bytes(b"\x93NUMPY")
    outcome = act("relu", "-v", "-c", "x", "a.csv", "bad.csv", "x.npy", "cut.npy", "b.csv", "-o", "out/")
    assert outcome.code == 1
    lines = outcome.err.splitlines()
    assert lines[:5] == [
        "act: a.csv -> out/a.csv: 2 rows",
        "act: bad.csv -> out/bad.csv: failed",
        "act: x.npy -> out/x.npy: failed",
        "act: cut.npy -> out/cut.npy: failed",
        "act: b.csv -> out/b.csv: 1 row",
    ]
    assert lines[5].startswith("act: bad.csv:3:2: column 'x': 'zwei' is not a number")
    assert lines[6].startswith("act: -c: x.npy is an array, which has no named columns")
    assert lines[7].startswith("act: -c: cut.npy is an array, which has no named columns")
    assert lines[8:] == ["act: 3 of 5 files failed; the others are done"]
    assert sorted(contents("out")) == ["a.csv", "b.csv"]


def write_broken_files() -> list[str]:
    """A file of each kind that fails, early or late."""
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    texts = {
        "cell.csv": b"x\n1\nzwei\n",
        "row.csv": b"1,2\n3\n",
        "text.csv": b"a\nb\n",
        "end.csv.gz": gzip.compress(b"x\n1\n")[:-9],
        "garbage.csv.gz": b"\x1f\x8bgarbage",
        "zip.csv": b"PK\x03\x04",
        "array.npy": b"\x93NUMPY",
        "table.parquet": b"PAR1text",
    }
    for name, text in texts.items():
        Path(name).write_bytes(text)
    numpy.save("objects.npy", numpy.array([None]), allow_pickle=True)
    numpy.save("deep.npy", numpy.zeros((2, 2, 2)))
    parquet.write_table(pyarrow.table({"a": ["b"]}), "words.parquet")
    return [*texts, "objects.npy", "deep.npy", "words.parquet"]


@pytest.mark.slow
@pytest.mark.parametrize("words", [["relu"], ["relu", "-F", "json"], ["softmax", "-F", "table"]])
@pytest.mark.parametrize("scheme", ["", "file://"])
def test_failures_keep_no_file_open(here: Path, words: list[str], scheme: str) -> None:
    links = [here / f"{number}{name}" for name in write_broken_files() for number in range(12)]
    for link in links:
        link.symlink_to(here / link.name.lstrip("0123456789"))

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))

    paths = [f"{scheme}{path}" for path in [*links, here / "a.csv"]]
    code, _, err = finish(start(*words, *paths, "-o", "out/", preexec_fn=few))
    assert code == 1
    assert "Too many open files" not in err
    assert "a" in {path.stem for path in Path("out").iterdir()}


@pytest.mark.usefixtures("here")
def test_the_url_of_a_folder_is_no_place_for_one_result(act: Act) -> None:
    pytest.importorskip("fsspec", reason="fsspec is not installed")
    Path("d").mkdir()
    url = f"file://{Path('d').resolve()}"
    outcome = act("relu", "a.csv", "-o", url)
    assert (outcome.code, list(Path("d").iterdir())) == (2, [])
    assert outcome.err == f"act: {url}: is a folder; for a result for each file say -o {url}/\n"
    assert act("relu", "a.csv", "-o", f"{url}/").code == 0


def test_who_may_not_look_may_write(act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local = pytest.importorskip("fsspec.implementations.local", reason="fsspec is not installed")

    def refused(*_: object) -> bool:
        raise PermissionError("no looking here")

    monkeypatch.setattr(local.LocalFileSystem, "isdir", refused)
    assert act("relu", "-o", f"file://{tmp_path}/y.csv", stdin="x\n1\n").code == 0
    assert (tmp_path / "y.csv").read_text() == "x\n1\n"


def test_what_a_store_refuses_to_rename_leaves_nothing(
    act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = pytest.importorskip("fsspec.implementations.local", reason="fsspec is not installed")

    def refused(*_: object, **__: object) -> None:
        raise OSError("no renaming here")

    monkeypatch.setattr(local.LocalFileSystem, "mv", refused)
    outcome = act("relu", "-o", f"file://{tmp_path}/y.csv", stdin="x\n1\n")
    assert (outcome.code, list(tmp_path.iterdir())) == (1, [])
    assert "cannot write to" in outcome.err


@pytest.mark.parametrize("words", [["softmax", "--axis", "0"], ["relu"], ["relu", "-t", ","]])
def test_the_last_line_is_ended_before_an_error(act: Act, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "good.csv").write_text("x\n1\n2\n")
    (tmp_path / "bad.csv").write_text("x\n1\noops\n")
    (tmp_path / "rows.jsonl").write_text('{"x":1}\n')
    other = "rows.jsonl" if "-t" in words else "bad.csv"
    outcome = act(*words, str(tmp_path / "good.csv"), str(tmp_path / other), "-F", "json")
    assert outcome.code in (1, 2)
    assert outcome.out.endswith("}\n")
    assert not outcome.out.endswith("\n\n")


@pytest.mark.usefixtures("here")
def test_failures_in_place_leave_their_files(act: Act) -> None:
    before = Path("bad.csv").read_bytes()
    outcome = act("relu", "-q", "-i", "-c", "x", "a.csv", "bad.csv", "b.csv")
    assert (outcome.code, outcome.err.count("\n")) == (1, 2)
    assert Path("bad.csv").read_bytes() == before
    assert Path("a.csv").read_text() == "id,x\n1,0\n2,2\n"
    assert Path("b.csv").read_text() == "id;x\n3;0\n"


@pytest.mark.usefixtures("here")
def test_a_missing_file_stops_nobody(act: Act) -> None:
    for verb in (["relu"], ["compare", "relu", "elu"], ["neuron", "relu", "--weights", "2"]):
        outcome = act(*verb, "-c", "x", "a.csv", "no.csv", "b.csv", "-o", "out/")
        assert outcome.code == 1
        assert outcome.err.splitlines() == [
            "act: no.csv: cannot be opened: No such file or directory",
            "act: 1 of 3 files failed; the others are done",
        ]
        assert sorted(contents("out")) == ["a.csv", "b.csv"]
    assert act("relu", "-i", "-c", "x", "no.csv", "a.csv").code == 1
    assert Path("a.csv").read_text() == "id,x\n1,0\n2,2\n"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["no.csv", "-o", "out/"], 2, "'no.csv' is neither a number nor a file"),
        (["no.csv", "-i"], 2, "'no.csv' is neither a number nor a file"),
        (["no.csv", "a.csv"], 2, "'no.csv' is neither a number nor a file"),
        (["1.5", "no.csv", "-o", "out/"], 2, "numbers and files together"),
        (["a.csv", "word", "-o", "out/"], 2, "'word' is neither a number nor a file"),
        (["a.csv", "1,5", "-o", "out/"], 2, "'1,5' is neither a number nor a file; write 1.5"),
        (["no.csv", "not.csv", "-o", "out/"], 1, "act: 2 of 2 files failed\n"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_is_missing_or_no_file_at_all(act: Act, words: list[str], code: int, says: str) -> None:
    outcome = act("relu", *words)
    assert (outcome.code, outcome.out) == (code, "")
    assert says in outcome.err
    assert not Path("out").exists()


@pytest.mark.usefixtures("here")
def test_a_single_file_fails_as_it_does_alone(act: Act) -> None:
    outcome = act("relu", "-c", "y", "a.csv", "-o", "out/")
    assert outcome.code == 2
    assert outcome.err.startswith("act: a.csv: there is no column 'y'")
    assert not Path("out").exists(), "a folder that was made for nothing is removed"


@pytest.mark.usefixtures("here")
def test_what_was_passed_over_is_counted_over_all(act: Act) -> None:
    outcome = act("relu", "--invalid", "nan", "-c", "x", "bad.csv", "a.csv", "-o", "out/")
    assert outcome.err == "act: 1 cell that is no number was computed as nan\n"


@pytest.mark.parametrize("others", [["a.csv"], ["./a.csv"], ["link.csv"], ["sub/../a.csv"], ["*.csv"]])
@pytest.mark.usefixtures("here")
def test_a_file_of_several_names_is_replaced_once(act: Act, others: list[str]) -> None:
    for name in ("b.csv", "bad.csv"):
        Path(name).unlink()
    Path("link.csv").symlink_to("a.csv")
    outcome = act("affine", "--slope", "3", "-v", "-i", "-c", "x", "a.csv", *others)
    assert (outcome.code, outcome.err) == (0, "act: a.csv -> a.csv: 2 rows\n")
    assert Path("a.csv").read_text() == "id,x\n1,-3\n2,6\n"
    assert Path("link.csv").is_symlink()


@pytest.mark.parametrize("names", [["a.csv", "-o", "."], ["./a.csv", "-o", "./"], ["sub/a.csv", "-o", "sub"]])
@pytest.mark.usefixtures("here")
def test_a_folder_is_not_a_way_to_replace_inputs(act: Act, names: list[str]) -> None:
    before = contents("sub"), Path("a.csv").read_bytes()
    outcome = act("relu", "-c", "x", *names)
    assert outcome.code == 2
    assert f"{names[0]}: its result would replace the input {names[0]}; say -i, or -o another" in outcome.err
    assert (contents("sub"), Path("a.csv").read_bytes()) == before
    assert act("relu", "-F", "json", "-c", "x", *names).code == 0, "another name is another file"


@pytest.mark.usefixtures("here")
def test_several_orders_of_an_array_stand_beside_it(act: Act) -> None:
    assert "x.npy: its result would replace the input x.npy" in act("relu", "x.npy", "-o", ".").err
    assert act("relu", "-d", "0,1", "x.npy", "-o", ".").code == 0
    assert "x.npy: its result would replace the input x_d1.npy" in (
        act("relu", "-d", "0,1", "x.npy", "x_d1.npy", "-o", ".").err
    )


@pytest.mark.usefixtures("here")
def test_a_result_replaces_no_other_input_through_a_link(act: Act) -> None:
    Path("sub/b.csv").symlink_to("../a.csv")
    outcome = act("relu", "-c", "x", "b.csv", "a.csv", "-o", "sub/")
    assert (outcome.code, Path("a.csv").read_text()) == (2, TEXTS["a.csv"])
    assert "b.csv: its result would replace the input a.csv" in outcome.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["a.csv", "sub/a.csv", "-o", "out/"], 2, "a.csv and sub/a.csv would both become out/a.csv"),
        (["-F", "json", "a.csv", "sub/a.tsv", "-o", "out/"], 2, "both become out/a.json"),
        (["a.csv", "-", "-o", "out/"], 2, "standard input has no name"),
        (["1", "2", "-o", "out/"], 2, "a folder takes the results of files"),
        (["1", "2", "-o", "sub"], 2, "a folder takes the results of files"),
        (["a.csv", "-o", "no/such/"], 1, "cannot make the folder no/such/: No such file or directory"),
        (["a.csv", "-o", "b.csv/"], 1, "cannot make the folder b.csv/"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_makes_no_sense_is_refused(act: Act, words: list[str], code: int, says: str) -> None:
    outcome = act("relu", *words)
    assert outcome.code == code
    assert says in outcome.err
    assert not Path("out").exists()


@pytest.mark.usefixtures("here")
def test_one_result_of_several_files_is_told_of_too(act: Act) -> None:
    outcome = act("relu", "-v", "a.csv", "sub/a.csv", "-o", "y.csv")
    assert outcome.err == "act: a.csv, sub/a.csv -> y.csv: 3 rows\n"
    assert act("relu", "-v", "-q", "a.csv").err == ""


@pytest.mark.usefixtures("here")
def test_compare_and_neuron_write_to_folders_too(act: Act) -> None:
    assert act("compare", "relu", "elu", "a.csv", "-c", "x", "-o", "out/").code == 0
    assert contents("out")["a.csv"].startswith(b"id,x,relu,elu\n1,-1,0,")


def test_a_file_named_twice_is_done_once(act: Act, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x\n-1\n")
    assert act("relu", str(path), str(path), "-o", f"{tmp_path}/out/", "-v").err.count("->") == 1
    assert (tmp_path / "out" / "a.csv").read_text() == "x\n0\n"


def test_a_folder_may_have_an_extension(act: Act, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(b"x\ty\r\n-1\t2\r\n")
    for name in ("res.csv", "res.json"):
        (tmp_path / name).mkdir()
        assert act("relu", str(tmp_path / "a.tsv"), "-o", str(tmp_path / name)).code == 0
        assert (tmp_path / name / "a.tsv").read_bytes() == b"x\ty\r\n0\t2\r\n"


def test_a_signal_leaves_no_folder_that_is_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.csv")
    with (
        start("relu", "x.csv", "-o", "y/", cwd=tmp_path) as process,
        (tmp_path / "x.csv").open("wb", buffering=0) as pipe,
    ):
        pipe.write(b"x\n-1\n")
        until(lambda: list(tmp_path.glob("y/.*")))
        process.terminate()
        assert process.wait(PATIENCE) == -signal.SIGTERM
    assert not (tmp_path / "y").exists()
