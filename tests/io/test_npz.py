"""Archives of arrays: each array is computed as a file of its own would be, all else stays byte for byte."""

from __future__ import annotations

import io
import os
import re
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.processes import python, run

from actcli.activations import ACTIVATIONS
from actcli.engine import evaluate
from actcli.errors import ActError
from actcli.io import npy, npz
from actcli.pipeline import archives, arrays
from actcli.pipeline.computation import ArrayOperation

if TYPE_CHECKING:
    from conftest import Act

W = numpy.array([[-1.5, 2.0, 0.25], [3.0, -4.0, 0.0]])
B = numpy.array([1.0, -2.0], "float32")
LABELS = numpy.array(["cat", "dog"])
ALL = {"w": W, "labels": LABELS, "b": B}
SEVERAL = "x.npz: has 3 arrays, 'w', 'labels', 'b'; name one of them: act ... x.npz:w"
MEMORY = Path("/proc/self/status")
PEAK = """
import re, sys; from actcli.__main__ import run
code = run(sys.argv[1:])
print(re.search(r"VmHWM:\\s*([0-9]+) kB", open("/proc/self/status").read())[1])
sys.exit(code)
"""
LIMITED = """
import resource, sys; from actcli.__main__ import run
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    numpy.savez("x.npz", **ALL)  # type: ignore[arg-type]  # of any name
    numpy.savez("one.npz", w=W)
    numpy.save("w.npy", W)
    numpy.save("b.npy", B)
    return tmp_path


def loaded(path: str | Path) -> dict[str, Any]:
    """All arrays of an archive, in its order."""
    with numpy.load(path) as archive:
        return {name: archive[name] for name in archive}


def members(path: str | Path) -> dict[str, bytes]:
    """The bytes of all members of an archive, in its order."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(array: Any) -> bytes:
    """What a `.npy` file of an array holds."""
    out = io.BytesIO()
    numpy.save(out, array)
    return out.getvalue()


def archive_of(path: str, contents: dict[str, bytes]) -> None:
    """Write an archive of these members."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# archives in, archives out


@pytest.mark.parametrize(
    "words",
    [
        "tanh",
        "tanh --dtype float16",
        "leaky-relu --alpha 0.3",
        "hard-sigmoid --like torch",
        "gelu --exact",
        "gelu -d 2",
        "prelu --alpha 0.5",
    ],
)
@pytest.mark.usefixtures("folder")
def test_each_array_becomes_what_its_own_file_would(act: Act, words: str) -> None:
    assert act(*words.split(), "x.npz", "-o", "y.npz").err == ""
    found = members("y.npz")
    assert list(found) == ["w.npy", "labels.npy", "b.npy"]
    assert found["labels.npy"] == members("x.npz")["labels.npy"]
    for name in ("w", "b"):
        assert act(*words.split(), f"{name}.npy", "-o", "own.npy").code == 0
        assert found[f"{name}.npy"] == Path("own.npy").read_bytes()


@pytest.mark.usefixtures("folder")
def test_vectors_lie_along_the_axis(act: Act) -> None:
    for axis in (0, -1):
        assert act("softmax", "--axis", str(axis), "x.npz", "-o", "y.npz").code == 0
        assert (loaded("y.npz")["w"] == evaluate(ACTIVATIONS["softmax"], W, axis=axis)).all()
    assert act("softmax", "-d", "1", "x.npz", "-c", "w", "-o", "y.npz").code == 0
    assert loaded("y.npz")["w"].shape == (2, 3, 3)


@pytest.mark.usefixtures("folder")
def test_arrays_that_are_not_chosen_are_copied(act: Act) -> None:
    before = members("x.npz")
    for words in (["-c", "b"], ["-c", "3"], ["--exclude", "w"], ["-c", "w,b", "--exclude", "1"]):
        assert act("relu", "x.npz", *words, "-o", "y.npz").err == ""
        found = members("y.npz")
        assert list(found) == list(before)
        assert {name for name in found if found[name] != before[name]} == {"b.npy"}
        assert loaded("y.npz")["b"].tolist() == [1, 0]


@pytest.mark.usefixtures("folder")
def test_several_orders_are_an_array_each(act: Act) -> None:
    assert act("tanh", "-d", "0,1", "x.npz", "-o", "y.npz").code == 0
    found = loaded("y.npz")
    assert list(found) == ["w_d0", "w_d1", "labels", "b_d0", "b_d1"]
    for order in (0, 1):
        assert (found[f"w_d{order}"] == evaluate(ACTIVATIONS["tanh"], W, order)).all()


@pytest.mark.usefixtures("folder")
def test_results_are_appended_under_the_names_that_columns_would_have(act: Act) -> None:
    assert act("tanh", "-a", "x.npz", "-c", "w", "-o", "y.npz").code == 0
    assert list(loaded("y.npz")) == ["w", "w_tanh", "labels", "b"]
    assert act("tanh", "-a", "-d", "0,1", "x.npz", "-o", "y.npz").code == 0
    found, before = members("y.npz"), members("x.npz")
    assert list(loaded("y.npz")) == ["w", "w_tanh", "w_tanh_d1", "labels", "b", "b_tanh", "b_tanh_d1"]
    assert all(found[name] == before[name] for name in before)
    assert act("tanh", "-a", "-d", "0,1", "w.npy", "-o", "y.npz").code == 0
    assert list(loaded("y.npz")) == ["arr_0", "arr_0_tanh", "arr_0_tanh_d1"]
    assert members("y.npz")["arr_0.npy"] == Path("w.npy").read_bytes()


@pytest.mark.usefixtures("folder")
def test_two_arrays_of_one_name_are_refused(act: Act) -> None:
    numpy.savez("x.npz", w=W, w_tanh=W, b=B)
    for words in (["-a"], ["-a", "-c", "w"]):
        found = act("tanh", *words, "x.npz", "-o", "y.npz")
        assert (found.code, found.err) == (
            2,
            "act: y.npz: two arrays would be called 'w_tanh'; compute this one alone: act ... x.npz:w\n",
        )
    assert not Path("y.npz").exists()


@pytest.mark.parametrize(
    "kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
@pytest.mark.usefixtures("folder")
def test_members_keep_their_compression_and_date(act: Act, kind: int) -> None:
    with zipfile.ZipFile("x.npz", "w") as archive:
        for name, data in {"a.npy": packed(W), "b.npy": packed(LABELS)}.items():
            info = zipfile.ZipInfo(name, (2020, 2, 29, 12, 0, 0))
            info.compress_type = kind
            archive.writestr(info, data)
        archive.writestr("stored.npy", packed(B))
    assert act("relu", "x.npz", "-o", "y.npz").err == ""
    with zipfile.ZipFile("y.npz") as archive:
        assert archive.testzip() is None
        kinds = [info.compress_type for info in archive.infolist()]
        assert kinds == [kind, kind, zipfile.ZIP_STORED]
        assert archive.getinfo("a.npy").date_time == (2020, 2, 29, 12, 0, 0)
    assert (loaded("y.npz")["a"] == numpy.maximum(W, 0)).all()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(), (0,), (7,), (3, 0, 2), (2, 3, 4)], ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float16", ">f4", "int8", "uint64", "bool"])
@pytest.mark.usefixtures("folder")
def test_arrays_of_any_shape_and_type(
    act: Act, monkeypatch: pytest.MonkeyPatch, dtype: str, shape: tuple[int, ...], order: Any
) -> None:
    monkeypatch.setattr(arrays, "_BLOCK", 5)
    numbers = numpy.random.default_rng(1).normal(size=shape) * 3
    array = numpy.asarray(abs(numbers)).astype(dtype, order=order)
    numpy.savez("x.npz", array)
    numpy.save("x.npy", array)
    assert act("tanh", "-d", "0,1", "x.npz", "-o", "y.npz").err == ""
    assert act("tanh", "-d", "0,1", "x.npy", "-o", "y.npy").err == ""
    assert members("y.npz") == {
        f"arr_0_d{place}.npy": Path(f"y_d{place}.npy").read_bytes() for place in (0, 1)
    }


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
@pytest.mark.usefixtures("folder")
def test_types_that_numpy_lacks(act: Act, name: str) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    kind = numpy.dtype(getattr(ml_dtypes, name))
    array = numpy.array([[-1, 0.5], [3, -2]], kind)
    numpy.savez("x.npz", w=array, v=array.view(f"V{kind.itemsize}"), labels=LABELS)
    refused = act("relu", "x.npz", "-o", "y.npz")
    assert (refused.code, refused.err.partition(": holds")[0]) == (
        1,
        f"act: x.npz:{'w' if name != 'float8_e5m2' else 'v'}",
    )
    assert "name it: --dtype " in refused.err
    assert act("relu", "x.npz", "--dtype", name, "-o", "y.npz").err == ""
    found = members("y.npz")
    assert found["w.npy"] == found["v.npy"]
    assert found["labels.npy"] == packed(LABELS)
    assert act("linear", "y.npz:v", "--dtype", name).out == "0,0.5\n3,0\n"


TYPES = ["float64", "float32", "int16", "bool", "U3", "complex128", "S5", "datetime64[D]", "float16"]


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8).filter(
            lambda name: not name.endswith(".npy")
        ),
        st.tuples(st.sampled_from(TYPES), st.lists(st.integers(0, 3), max_size=3).map(tuple)),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
    st.data(),
)
def test_what_is_not_computed_stays_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory,
    shapes: dict[str, tuple[str, tuple[int, ...]]],
    deflated: bool,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    content = {
        f"{name}.npy": packed(numpy.ones(shape).astype("int").astype(kind))
        for name, (kind, shape) in shapes.items()
    }
    with zipfile.ZipFile(folder / "x.npz", "w", 8 if deflated else 0) as archive:
        for name, what in content.items():
            archive.writestr(name, what)
    exclude = [f"name={name}" for name in data.draw(st.lists(st.sampled_from(list(shapes)), unique=True))]
    job = ArrayOperation(ACTIVATIONS["linear"])
    excluded = {name.removeprefix("name=") for name in exclude}
    numeric = {name for name, (kind, _) in shapes.items() if numpy.dtype(kind).kind in "biuf"} - excluded
    source, target = str(folder / "x.npz"), str(folder / "y.npz")
    if not numeric:
        with pytest.raises(ActError):
            archives.write(source, job, target, (), exclude)
        assert names(folder) == ["x.npz"]
        return
    done = archives.write(source, job, target, (), exclude)
    assert (done.arrays, done.copied) == (len(numeric), len(shapes) - len(numeric))
    found = members(target)
    assert list(found) == list(content)
    for name in shapes:
        if name not in numeric:
            assert found[f"{name}.npy"] == content[f"{name}.npy"]
    assert {name: array.shape for name, array in loaded(target).items()} == {
        name: shape for name, (_, shape) in shapes.items()
    }


# one array of an archive


@pytest.mark.usefixtures("folder")
def test_an_array_is_read_behind_a_colon(act: Act) -> None:
    assert act("relu", "x.npz:w").out == act("relu", "w.npy").out == "0,2,0.25\n3,0,0\n"
    assert act("relu", "x.npz:b", "-F", "json").out == act("relu", "b.npy", "-F", "json").out
    assert act("softmax", "--axis", "0", "x.npz:w").out == act("softmax", "--axis", "0", "w.npy").out
    for target in ("y.npy", "y.csv"):
        assert act("tanh", "x.npz:w", "-o", target).code == 0
        found = Path(target).read_bytes()
        assert act("tanh", "w.npy", "-o", target).code == 0
        assert found == Path(target).read_bytes()
    assert act("tanh", "-d", "0,1", "x.npz:w", "-o", "y.npz").code == 0
    assert list(loaded("y.npz")) == ["w_d0", "w_d1"]
    assert act("compare", "relu", "tanh", "x.npz:b").out == act("compare", "relu", "tanh", "b.npy").out
    assert act("relu", "x.npz:w", "one.npz").out == act("relu", "w.npy", "w.npy").out


@pytest.mark.parametrize(
    "name", ["a:b", "layer/0/w", "", "w 1", "2-4", "1", "a*b", "-x", "x.npz:w", "é", "w,v"]
)
@pytest.mark.usefixtures("folder")
def test_arrays_may_have_any_name(act: Act, name: str) -> None:
    archive_of("x.npz", {"other.npy": packed(W), f"{name}.npy": packed(B), "x.npy": packed(B)})
    assert act("relu", f"x.npz:{name}").out == "1\n0\n"
    assert act("relu", f"./x.npz:{name}", "-o", "y.npz").code == 0
    assert list(members("y.npz")) == [f"{name}.npy"]
    chosen = f"name={name}"
    assert act("relu", "x.npz", "-c", chosen).out == "1\n0\n"
    assert act("relu", "x.npz", "-c", chosen, "-o", "y.npz").code == 0
    assert loaded("y.npz")[name].tolist() == [1, 0]
    assert members("y.npz")["other.npy"] == packed(W)


@pytest.mark.usefixtures("folder")
def test_an_archive_of_one_array_is_as_good_as_the_array(act: Act) -> None:
    assert act("relu", "one.npz").out == act("relu", "w.npy").out
    assert "│" in act("relu", "one.npz", "-F", "table").out
    assert act("relu", "one.npz", "-o", "y.npy").code == 0
    assert (numpy.load("y.npy") == numpy.maximum(W, 0)).all()
    assert act("relu", "one.npz", "-o", "y.csv").code == 0
    assert Path("y.csv").read_text() == "0,2,0.25\n3,0,0\n"
    assert act("relu", "x.npz", "-c", "b").out == "1\n0\n"
    assert act("relu", "x.npz", "--exclude", "w,labels").out == "1\n0\n"


@pytest.mark.usefixtures("folder")
def test_results_in_archives_are_checked(act: Act) -> None:
    assert act("tanh", "x.npz", "-o", "y.npz").code == 0
    words = ["check", "tanh", "y.npz:w", "--max-ulp", "4", "--input"]
    assert act(*words, "x.npz:w").out == act(*words, "one.npz").out == act(*words, "w.npy").out
    assert act(*words, "w.npy").code == 0
    several = act("check", "tanh", "y.npz", "--input", "w.npy")
    assert several.err == f"act: {SEVERAL}\n".replace("x.npz", "y.npz")
    assert act("check", "tanh", "y.npz", "-c", "w", "--input", "w.npy").code == 2


@pytest.mark.usefixtures("folder")
def test_typed_numbers_and_arrays_become_an_archive(act: Act) -> None:
    assert act("tanh", "-2:2", "-o", "y.npz").code == 0
    assert loaded("y.npz")["arr_0"].tolist() == evaluate(ACTIVATIONS["tanh"], range(-2, 3)).tolist()
    assert act("tanh", "1", "2", "--dtype", "float32", "-d", "0,1", "-o", "y.npz").code == 0
    found = loaded("y.npz")
    assert [(name, array.dtype.name) for name, array in found.items()] == [
        ("arr_0_d0", "float32"),
        ("arr_0_d1", "float32"),
    ]
    assert act("relu", "w.npy", "-o", "y.npz").code == 0
    assert (loaded("y.npz")["arr_0"] == numpy.maximum(W, 0)).all()
    Path("bare.bin").write_bytes(W.astype("float32").tobytes())
    assert act("relu", "--raw", "--dtype", "float32", "bare.bin", "-o", "y.npz").code == 0
    assert loaded("y.npz")["arr_0"].tolist() == [0, 2, 0.25, 3, 0, 0]


# places


def test_in_place_keeps_the_mode(act: Act, folder: Path) -> None:
    Path("x.npz").chmod(0o640)
    assert act("relu", "-i", "-v", "x.npz").err == "act: x.npz -> x.npz: 8 numbers in 2 arrays, 1 copied\n"
    assert (loaded("x.npz")["w"] == numpy.maximum(W, 0)).all()
    assert (folder / "x.npz").stat().st_mode & 0o777 == 0o640
    assert act("relu", "-i", "-d", "0,1", "-c", "w", "x.npz").code == 0
    assert list(loaded("x.npz")) == ["w_d0", "w_d1", "labels", "b"]
    found = act("relu", "-i", "x.npz:b")
    assert (found.code, found.err) == (
        2,
        "act: -i: x.npz:b is one array of a file; for it alone: act ... -i -c b x.npz\n",
    )


@pytest.mark.usefixtures("folder")
def test_a_folder_gets_archives_and_arrays(act: Act) -> None:
    archive_of("z.npz", {"layer/0.npy": packed(B)})
    found = act("relu", "-v", "x.npz", "one.npz:w", "z.npz:layer/0", "b.npy", "-o", "out/")
    assert found.err.splitlines() == [
        "act: x.npz -> out/x.npz: 8 numbers in 2 arrays, 1 copied",
        "act: one.npz:w -> out/w.npy: 2 x 3 numbers",
        "act: z.npz:layer/0 -> out/layer_0.npy: 2 numbers",
        "act: b.npy -> out/b.npy: 2 numbers",
    ]
    assert act("relu", "x.npz:w", "one.npz", "-F", "csv", "-o", "text/").code == 0
    assert names(Path("text")) == ["one.csv", "w.csv"]


@pytest.mark.usefixtures("folder")
def test_a_url_stands_for_an_archive(act: Act) -> None:
    pytest.importorskip("fsspec")
    assert act("relu", "x.npz", "-o", "memory://npz/x.npz").err == ""
    assert act("linear", "memory://npz/x.npz:w").out == "0,2,0.25\n3,0,0\n"
    assert act("linear", "memory://npz/x.npz", "-o", "y.npz").err == ""
    assert (loaded("y.npz")["w"] == numpy.maximum(W, 0)).all()
    several = act("linear", "memory://npz/x.npz")
    assert several.err.startswith("act: memory://npz/x.npz: has 3 arrays, 'w', 'labels', 'b'; name one")
    assert "act ... memory://npz/x.npz:w;" in several.err
    missing = act("linear", "memory://npz/x.npz:u")
    assert missing.err.startswith("act: memory://npz/x.npz: there is no array 'u'; ")


@pytest.mark.usefixtures("folder")
def test_a_failure_leaves_the_old_file_and_nothing_else(act: Act, folder: Path) -> None:
    Path("y.npz").write_text("precious")
    archive_of("bad.npz", {"w.npy": packed(W), "cut.npy": packed(W)[:-1]})
    before = names(folder)
    found = act("relu", "bad.npz", "-o", "y.npz")
    assert found.err == "act: bad.npz:cut: is no .npy file that can be read: it is cut off\n"
    assert Path("y.npz").read_text() == "precious"
    assert names(folder) == before


@pytest.mark.skipif(not MEMORY.exists(), reason="the limit is Linux's")
@pytest.mark.parametrize("size", [3_000, 300_000])
def test_a_full_disk_names_the_target(folder: Path, size: int) -> None:
    numpy.savez("x.npz", a=numpy.ones(100), b=numpy.ones(size))
    Path("y.npz").write_text("precious")
    before = names(folder)
    for words in (["x.npz"], [f"1:{size}"]):
        done = python(LIMITED, "relu", *words, "-o", "y.npz")
        assert (done.code, done.err) == (1, "act: cannot write to y.npz: File too large\n")
    assert Path("y.npz").read_text() == "precious"
    assert names(folder) == before


@pytest.mark.slow
@pytest.mark.skipif(not MEMORY.exists(), reason="needs /proc to see a process's peak memory")
def test_one_array_at_a_time_is_in_memory(folder: Path) -> None:
    megabytes = {}
    for count in (1, 8):
        numpy.savez("x.npz", **{f"a{place}": numpy.ones(2 << 20) for place in range(count)})  # type: ignore[arg-type]
        megabytes[count] = int(python(PEAK, "relu", "x.npz", "-o", "y.npz").out) // 1024
    assert megabytes[8] < megabytes[1] + 30, "112 MB more in and out were held at once"
    numpy.savez("x.npz", labels=numpy.full(16 << 20, "abc"), b=B)
    copied = int(python(PEAK, "relu", "x.npz", "-o", "y.npz").out) // 1024
    assert copied < megabytes[1] + 30, "192 MB were held to be copied"
    assert names(folder) == ["b.npy", "one.npz", "w.npy", "x.npz", "y.npz"]


# what is refused


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (
            "tanh x.npz",
            2,
            f"{SEVERAL}; or write an archive: -o y.npz",
        ),
        (
            "tanh x.npz -o y.npy",
            2,
            f"{SEVERAL}; or write an archive: -o y.npz",
        ),
        (
            "tanh x.npz -c w,b -o y.csv",
            2,
            "x.npz: has 2 arrays, 'w', 'b'; name one of them: act ... x.npz:w; or",
        ),
        (
            "tanh many.npz",
            2,
            "has 11 arrays, 'arr_0', 'arr_1', 'arr_2', 'arr_3', 'arr_4', 'arr_5', 'arr_6', 'arr_7' ...; name",
        ),
        ("tanh spaces.npz", 2, "name one of them: act ... 'spaces.npz:w 1'; or"),
        ("tanh x.npz:", 2, "x.npz: there is no array ''; its arrays are 'w', 'labels', 'b'"),
        ("tanh x.npz:nope", 2, "x.npz: there is no array 'nope'; its arrays are 'w', 'labels', 'b'"),
        ("tanh x.npz:label", 2, "x.npz: there is no array 'label'; did you mean 'labels'?"),
        ("tanh x.npz -c lables -o y.npz", 2, "x.npz: there is no array 'lables'; did you mean 'labels'?"),
        ("tanh x.npz --exclude W -o y.npz", 2, "x.npz: there is no array 'W'; did you mean 'w'?"),
        ("tanh x.npz -c 4 -o y.npz", 2, "x.npz: there is no array 4; arrays are 1 to 3"),
        ("tanh x.npz --exclude 1-3 -o y.npz", 2, "x.npz: all chosen arrays are excluded; exclude fewer, or"),
        ("tanh x.npz -c labels -o y.npz", 2, "x.npz:labels: holds <U3, not numbers; name others with -c"),
        ("tanh x.npz:labels", 1, "x.npz:labels: holds <U3; numbers of up to 64 bits can be computed"),
        ("tanh x.npz --exclude w,b -o y.npz", 1, "x.npz: has no array of numbers that is not excluded"),
        ("tanh labels.npz -o y.npz", 1, "labels.npz: has no array of numbers"),
        ("tanh onne.npz:w", 2, "'onne.npz:w' is neither a number nor a file; did you mean one.npz:w?"),
        ("tanh no/such.npz:w", 2, "'no/such.npz:w' is neither a number nor a file; there is no folder no"),
        ("tanh x.npz:w 1", 2, "numbers and files together: 1 and x.npz:w"),
        ("tanh -o y.npz x.csv", 2, "y.npz: an array is written from one array, not from x.csv; try -o y.csv"),
        (
            "tanh -o y.npz x.npz one.npz",
            2,
            "y.npz: an array is written from one array, not from several files",
        ),
        ("tanh x.npz -o y.npz.gz", 2, "y.npz.gz: npz files are not packed as a whole; -o y.npz"),
        (
            "tanh one.npz -o y.npz:w",
            2,
            "y.npz:w: a single array is not written into an archive; -o y.npz writes a new one",
        ),
        ("tanh x.npz:w -o ./x.npz", 2, "x.npz: its other arrays would be lost; to compute one in its place,"),
        ("tanh x.npz -p 3 -o y.npz", 2, "-p: y.npz is no text; leave it out"),
        ("tanh -a one.npz -o y.npy", 2, "-a: the result is an array"),
        ("tanh -t ; x.npz", 2, "-t: x.npz is an archive of arrays, which has no delimiter; leave it out"),
        ("tanh -c 1 x.npz:w", 2, "-c: x.npz:w is an array, which has no named columns; leave it out"),
        (
            "tanh --raw --dtype float32 x.npz",
            2,
            "--raw: x.npz is an archive of arrays, which has no raw bytes",
        ),
        ("compare relu tanh x.npz -o y.npz", 2, "compare writes columns side by side"),
        (
            "softmax x.npz --axis 1 -o y.npz",
            2,
            "x.npz:b: softmax: the input has no axis 1; its shape is (2,)",
        ),
        ("glu one.npz -o y.npz", 2, "one.npz:w: glu needs an even number of values along axis -1, not 3"),
        ("tanh x.npz -o no/such/y.npz", 1, "cannot write to no/such/y.npz: No such file or directory"),
        ("tanh x.npz -o pipe.npz", 1, "pipe.npz: is no regular file; an array can only be written to one"),
        ("lut tanh --in int8:1 --out int8:1 -o y.npz", 2, "y.npz: a lookup table is written as text or .npy"),
        ("tanh deep.npz", 2, "deep.npz:arr_0: has 3 dimensions, text has two; write an array: -o y.npy"),
        ("tanh text.npz", 1, "text.npz: is no .npz file that can be read: File is not a zip file"),
        ("tanh nothing.npz", 1, "nothing.npz: is no .npz file that can be read: File is not a zip file"),
        ("tanh cut.npz -o y.npz", 1, "cut.npz: is no .npz file that can be read: File is not a zip file"),
        ("tanh cut.npz:w", 1, "cut.npz: is no .npz file that can be read: File is not a zip file"),
        ("tanh empty.npz -o y.npz", 1, "empty.npz: is an empty archive; it has no arrays"),
        (
            "tanh twice.npz -o y.npz",
            1,
            "twice.npz: has two arrays called 'w'; unzip it, and name a file that",
        ),
        ("tanh ends.npz -o y.npz", 1, "ends.npz: has two arrays called 'w'; unzip it, and name a file that"),
        ("tanh secret.npz:w", 1, "secret.npz: 'w' is encrypted; unzip it, and name a file that was in it"),
        (
            "tanh readme.npz -o y.npz",
            1,
            "readme.npz:a,b.txt: is no .npy file; --exclude name=a,b.txt copies it as it is",
        ),
        ("tanh readme.npz -c 1 -o y.npz", 2, "readme.npz:a,b.txt: is no .npy file; name others with -c"),
        ("tanh readme.npz:a,b.txt", 1, "readme.npz:a,b.txt: is no .npy file that can be read: "),
        (
            "tanh objects.npz -o y.npz",
            1,
            "objects.npz:o: holds Python objects, which are not loaded; --exclude o copies it as it is",
        ),
        (
            "tanh objects.npz -c o -o y.npz",
            2,
            "objects.npz:o: holds Python objects, which are not loaded; name others with -c",
        ),
        ("tanh objects.npz:o", 1, "objects.npz:o: holds object; numbers of up to 64 bits can be computed"),
        ("tanh crc.npz:w", 1, "crc.npz:w: is no .npy file that can be read: Bad CRC-32 for file 'w.npy'"),
        (
            "tanh crc.npz -o y.npz",
            1,
            "crc.npz:w: is no .npy file that can be read: Bad CRC-32 for file 'w.npy'",
        ),
        (
            "tanh crc.npz --exclude w -o y.npz",
            1,
            "crc.npz:w: is no .npy file that can be read: Bad CRC-32 for",
        ),
        ("tanh torn.npz:w", 1, "torn.npz:w: is no .npy file that can be read: "),
        ("tanh torn.npz -o y.npz", 1, "torn.npz:w: is no .npy file that can be read: "),
        ("tanh huge.npz:w", 1, "huge.npz:w: is no .npy file that can be read: it is cut off"),
        (
            "tanh method.npz -o y.npz",
            1,
            "method.npz:w: is no .npy file that can be read: That compression method",
        ),
        ("tanh folder.npz", 1, "folder.npz: is a directory"),
        ("tanh folder.npz:w", 1, "folder.npz: cannot be opened: Is a directory"),
    ],
)
def test_what_makes_no_sense_is_refused(act: Act, strange: Path, words: str, code: int, says: str) -> None:
    before = names(strange)
    reader = os.open("pipe.npz", os.O_RDONLY | os.O_NONBLOCK)
    outcome = act(*words.split())
    os.close(reader)
    assert says in outcome.err
    assert outcome.code == code
    assert outcome.err.startswith("act: ")
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""
    assert names(strange) == before


@pytest.fixture
def strange(folder: Path) -> Path:
    """Archives of many kinds, and what is none."""
    whole = Path("one.npz").read_bytes()
    Path("cut.npz").write_bytes(whole[:-10])
    Path("text.npz").write_text("x\n1\n")
    Path("nothing.npz").touch()
    Path("folder.npz").mkdir()
    Path("x.csv").write_text("x\n1\n")
    os.mkfifo("pipe.npz")
    numpy.savez("many.npz", *[B] * 11)
    numpy.savez("labels.npz", labels=LABELS)
    numpy.savez("deep.npz", numpy.zeros((2, 2, 2)))
    numpy.savez("objects.npz", w=W, o=numpy.array([None, {}]))
    archive_of("spaces.npz", {"w 1.npy": packed(W), "v.npy": packed(W)})
    archive_of("empty.npz", {})
    archive_of("readme.npz", {"a,b.txt": b"hello", "w.npy": packed(W)})
    archive_of("ends.npz", {"w": packed(W), "w.npy": packed(W)})
    with warnings.catch_warnings(), zipfile.ZipFile("twice.npz", "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("w.npy", packed(W))
        archive.writestr("w.npy", packed(W))
    both = Path("x.npz").read_bytes()
    place = both.index(W.tobytes())
    Path("crc.npz").write_bytes(both[:place] + b"\1" + both[place + 1 :])
    directory = whole.rindex(b"PK\1\2")
    Path("secret.npz").write_bytes(whole[: directory + 8] + b"\1" + whole[directory + 9 :])
    Path("method.npz").write_bytes(whole[: directory + 10] + b"\x0d" + whole[directory + 11 :])
    numpy.savez_compressed("torn.npz", w=numpy.random.default_rng(1).normal(size=1000))
    torn = Path("torn.npz").read_bytes()
    Path("torn.npz").write_bytes(torn[:3000] + b"\xff" * 500 + torn[3500:])
    archive_of("huge.npz", {"w.npy": re.sub(rb"\(2, 3\), } {8}", rb"(2, 999999999), }", packed(W))})
    return folder


@pytest.mark.usefixtures("strange")
def test_what_is_no_array_is_copied_where_it_is_left_out(act: Act) -> None:
    """Nothing is unpickled for it."""
    for path, name in (("objects.npz", "o"), ("readme.npz", "name=a,b.txt")):
        before = members(path)
        assert act("relu", path, "--exclude", name, "-o", "y.npz").err == ""
        found = members("y.npz")
        assert list(found) == list(before)
        assert [name for name in found if found[name] != before[name]] == ["w.npy"]


@pytest.mark.usefixtures("folder")
def test_an_archive_in_a_pipe_is_told_where_to_go(act: Act) -> None:
    advice = (
        "holds a zip archive, as .npz is; name a file that ends in .npz: act ... x.npz, "
        "or unzip it, and name a file that was in it: act ... x.npy\n"
    )
    outcome = act("relu", stdin=Path("x.npz").read_bytes())
    assert (outcome.code, outcome.raw, outcome.err) == (1, b"", f"act: standard input: {advice}")
    Path("x.npz").rename("x.zip")
    outcome = act("relu", "x.zip")
    assert (outcome.code, outcome.raw, outcome.err) == (1, b"", f"act: x.zip: {advice}")


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8), st.booleans())
def test_a_damaged_archive_is_a_line_of_error(
    tmp_path_factory: pytest.TempPathFactory, place: int, noise: bytes, compressed: bool
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "x.npz"
    (numpy.savez_compressed if compressed else numpy.savez)(path, w=W, b=B, labels=LABELS)
    whole = path.read_bytes()
    place %= len(whole)
    path.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
    message = str(path)
    try:
        archives.write(str(path), ArrayOperation(ACTIVATIONS["relu"]), str(folder / "y.npz"))
    except ActError as error:
        message = str(error)
    assert message.startswith(str(path))
    assert names(folder) == (["x.npz", "y.npz"] if message == str(path) else ["x.npz"])


def test_headers_of_all_versions_are_read(tmp_path: Path) -> None:
    for version in ((1, 0), (2, 0), (3, 0)):
        out = io.BytesIO()
        numpy.lib.format.write_array(out, W, version)
        archive_of(str(tmp_path / "x.npz"), {"w.npy": out.getvalue()})
        with npz.Archive(str(tmp_path / "x.npz")) as archive:
            assert (npy.read(archive, archive.find("w"), None) == W).all()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("act relu x.npz:", ["x.npz:w", "x.npz:labels", "x.npz:b"]),
        ("act relu x.npz:l", ["x.npz:labels"]),
        ("act relu x.npz -c ", ["w", "labels", "b"]),
        ("act relu cut.npz:", []),
        ("act relu cut.npz -c ", []),
    ],
)
def test_a_shell_completes_the_names_of_arrays(line: str, expected: list[str]) -> None:
    Path("cut.npz").write_text("PK")
    environment = {**os.environ, "_ACT_COMPLETE": "fish_complete", "_ACT_BEFORE": line}
    found = run(env=environment)
    assert [item.split("\t")[1] for item in found.out.splitlines() if item] == expected
