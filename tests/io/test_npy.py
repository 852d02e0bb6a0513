"""Array files: arrays to arrays of any shape and type, and their rows to every format."""

from __future__ import annotations

import errno
import gzip
import mmap
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.processes import python

from actcli.activations import ACTIVATIONS
from actcli.engine import evaluate
from actcli.pipeline import arrays
from actcli.pipeline.computation import ArrayOperation

if TYPE_CHECKING:
    from conftest import Act

SHAPES: list[tuple[int, ...]] = [(), (0,), (7,), (3, 4), (3, 0, 2), (2, 3, 4), (2, 3, 2, 5)]
DTYPES = ["float64", "float32", "float16", ">f4", "int8", "uint64", "bool"]

MEMORY = Path("/proc/self/status")
PEAK = """
import re, sys; from actcli.__main__ import run
code = run(sys.argv[1:])
print(re.search(r"VmHWM:\\s*([0-9]+) kB", open("/proc/self/status").read())[1])
sys.exit(code)
"""


def sample(shape: tuple[int, ...], dtype: str, order: Any = "C") -> Any:
    numbers = numpy.random.default_rng(1).normal(size=shape) * 3
    return numpy.asarray(abs(numbers) if dtype == "uint64" else numbers).astype(dtype, order=order)


def computed(folder: Path, array: Any, job: ArrayOperation) -> list[Any]:
    """What comes back from a file, one array for each order."""
    numpy.save(folder / "x.npy", array)
    targets = arrays.output_paths(str(folder / "y.npy"), job.orders)
    arrays.write(str(folder / "x.npy"), job, targets)
    return [numpy.load(target) for target in targets]


def assert_same(results: list[Any], expected: tuple[Any, ...]) -> None:
    for result, wanted in zip(results, expected, strict=True):
        assert result.dtype == wanted.dtype
        assert result.shape == wanted.shape
        assert result.tobytes() == numpy.ascontiguousarray(wanted).tobytes()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_each_number_of_any_array_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: str, shape: tuple[int, ...], order: str
) -> None:
    monkeypatch.setattr(arrays, "_BLOCK", 5)
    array = sample(shape, dtype, order)
    results = computed(tmp_path, array, ArrayOperation(ACTIVATIONS["tanh"], orders=(0, 1)))
    assert_same(results, evaluate(ACTIVATIONS["tanh"], array, (0, 1)))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few numbers."""
    monkeypatch.setattr(arrays, "_BLOCK", 30)


@pytest.mark.slow
@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("name", ["softmax", "glu", "sparsemax"])
@pytest.mark.parametrize(
    ("shape", "axis"), [((6,), 0), ((4, 2), 0), ((3, 4), -1), ((2, 4, 3), 1), ((2, 4, 3), -3)], ids=str
)
def test_vectors_lie_along_any_axis(
    tmp_path: Path, name: str, shape: tuple[int, ...], axis: int, order: str
) -> None:
    array = sample(shape, "float64", order)
    results = computed(tmp_path, array, ArrayOperation(ACTIVATIONS[name], orders=(0, 1, 2), axis=axis))
    assert_same(results, evaluate(ACTIVATIONS[name], array, (0, 1, 2), axis=axis))


def test_a_parameter_may_have_a_value_for_each_place_of_the_last_axis(act: Act, tmp_path: Path) -> None:
    array = sample((5, 3), "float64")
    job = ArrayOperation(ACTIVATIONS["prelu"], {"alpha": (1.0, 2.0, 4.0)})
    (result,) = computed(tmp_path, array, job)
    assert (result == numpy.where(array < 0, array * [1, 2, 4], array)).all()
    outcome = act("prelu", "--alpha", "1,2", str(tmp_path / "x.npy"), "-o", str(tmp_path / "z.npy"))
    assert outcome.code == 2
    assert "2 values of a parameter for 3 columns" in outcome.err


@given(
    st.lists(st.integers(0, 4), max_size=4).map(tuple),
    st.integers(1, 40),
)
def test_blocks_cover_each_place_once(shape: tuple[int, ...], most: int) -> None:
    seen = numpy.zeros(shape, dtype=int)
    for block in arrays.blocks(shape, most):
        assert seen[block].size <= most
        seen[block] += 1
    assert (seen == 1).all()


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_the_result_has_the_type_that_was_asked_for(act: Act, tmp_path: Path, dtype: str) -> None:
    array = sample((50,), "float64")
    numpy.save(tmp_path / "x.npy", array)
    target = tmp_path / "y.npy"
    assert act("sigmoid", "--dtype", dtype, str(tmp_path / "x.npy"), "-o", str(target)).code == 0
    result = numpy.load(target)
    assert result.dtype == dtype
    assert (result == evaluate(ACTIVATIONS["sigmoid"], array.astype(dtype))).all()


def test_a_wider_type_keeps_the_digits_of_a_narrow_input(act: Act, tmp_path: Path) -> None:
    array = sample((50,), "float16")
    numpy.save(tmp_path / "x.npy", array)
    target = tmp_path / "y.npy"
    act("tanh", "--dtype", "float64", str(tmp_path / "x.npy"), "-o", str(target))
    assert_same([numpy.load(target)], (evaluate(ACTIVATIONS["tanh"], array.astype("float64")),))


def test_typed_numbers_become_an_array(act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert act("tanh", "-2:2", "-o", "y.npy").code == 0
    assert act("softmax", "-d", "0,1", "1", "2", "--dtype", "float32", "-o", "z.npy").code == 0
    assert_same([numpy.load("y.npy")], (evaluate(ACTIVATIONS["tanh"], numpy.arange(-2.0, 3)),))
    softmax = evaluate(ACTIVATIONS["softmax"], numpy.array([1, 2], "float32"), (0, 1))
    assert_same([numpy.load("z_d0.npy"), numpy.load("z_d1.npy")], softmax)
    outcome = act("glu", "1", "2", "3", "-o", "w.npy")
    assert (outcome.code, outcome.err) == (
        2,
        (
            "act: the command line: glu needs an even number of values along axis -1, not 3: "
            "one half gates the other\n"
        ),
    )


def test_several_orders_become_a_file_each(act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    numpy.save("x.npy", sample((3, 2), "float32"))
    assert act("softmax", "-d", "0,1", "x.npy", "-o", "y.npy").code == 0
    assert names(tmp_path) == ["x.npy", "y_d0.npy", "y_d1.npy"]
    assert numpy.load("y_d1.npy").shape == (3, 2, 2)


def test_in_place_keeps_the_mode_and_the_type(act: Act, tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    array = sample((4, 4), "float32", "F")
    numpy.save(path, array)
    path.chmod(0o640)
    assert act("relu", "-i", str(path)).code == 0
    result = numpy.load(path)
    assert (result == numpy.maximum(array, 0)).all()
    assert (result.dtype, result.flags.f_contiguous) == (array.dtype, True)
    assert path.stat().st_mode & 0o777 == 0o640
    assert act("relu", "-i", "-d", "0,1", str(path)).code == 2


def test_it_is_known_by_its_first_bytes(act: Act, tmp_path: Path) -> None:
    numpy.save(tmp_path / "x.npy", numpy.array([-1.0, 2.0]))
    (tmp_path / "x.npy").rename(tmp_path / "plain")
    assert act("relu", str(tmp_path / "plain")).out == "0\n2\n"


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_rows_come_out_as_text(act: Act, tmp_path: Path, dtype: str) -> None:
    array = sample((200, 3), dtype)
    numpy.save(tmp_path / "x.npy", array)
    text = act("tanh", str(tmp_path / "x.npy")).out
    expected = evaluate(ACTIVATIONS["tanh"], array)
    read = numpy.array([line.split(",") for line in text.splitlines()]).astype(expected.dtype)
    assert (read == expected).all()


def test_every_format_shows_an_array(act: Act, tmp_path: Path) -> None:
    numpy.save(tmp_path / "x.npy", numpy.array([[-1.0, 2], [3, -4]]))
    path = str(tmp_path / "x.npy")
    assert act("relu", path, "-F", "json").out == '[\n{"1":0,"2":2},\n{"1":3,"2":0}\n]\n'
    assert act("relu", path, "-F", "plain").out == "0 2\n3 0\n"
    assert act("relu", path, "-a").out == "-1,2,0,2\n3,-4,3,0\n"
    assert "│ 0 │ 2 │" in act("relu", path, "-F", "table").out
    target = tmp_path / "y.tsv"
    assert act("relu", path, "-o", str(target)).code == 0
    assert target.read_text() == "0\t2\n3\t0\n"


def test_text_follows_the_axis(act: Act, tmp_path: Path) -> None:
    numpy.save(tmp_path / "x.npy", numpy.zeros((2, 4)))
    numpy.save(tmp_path / "v.npy", numpy.zeros(4))
    matrix, vector = str(tmp_path / "x.npy"), str(tmp_path / "v.npy")
    assert (
        act("softmax", matrix).out == act("softmax", matrix, "--axis", "1").out == "0.25,0.25,0.25,0.25\n" * 2
    )
    assert act("softmax", matrix, "--axis", "0").out == "0.5,0.5,0.5,0.5\n" * 2
    assert act("softmax", vector).out == act("softmax", vector, "--axis", "0").out == "0.25\n" * 4
    assert act("softmax", vector, "--axis", "1").code == 2


def test_several_activations_of_an_array_come_out_as_text(act: Act, tmp_path: Path) -> None:
    rows = str(tmp_path / "rows.npy")
    numpy.save(rows, numpy.array([[1.0, 2.0], [-3.0, 4.0]]))
    text = "1,2\n-3,4\n"
    for words in (["compare", "relu", "step"], ["neuron", "relu", "step", "--weights", "1,-2"]):
        assert act(*words, rows).out == act(*words, stdin=text).out
    numpy.save(rows, numpy.zeros((2, 0)))
    assert act("relu", rows).out == ""


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["tanh", "deep.npy"], 2, "has 3 dimensions, text has two"),
        (["tanh", "deep.npy", "-o", "y.csv"], 2, "-o y.npy"),
        (["tanh", "-c", "1", "x.npy"], 2, "-c: x.npy is an array, which has no named columns"),
        (["tanh", "-t", ";", "x.npy"], 2, "-t: x.npy is an array, which has no delimiter"),
        (["tanh", "-n", "x.npy"], 2, "--header: x.npy is an array, which has no header row"),
        (["tanh", "-a", "x.npy", "-o", "y.npy"], 2, "-a: the result is an array"),
        (["tanh", "-p", "3", "x.npy", "-o", "y.npy"], 2, "-p: y.npy is no text"),
        (["tanh", "x.npy", "x.npy", "-o", "y.npy"], 2, "not from several files"),
        (["tanh", "x.csv", "-o", "y.npy"], 2, "not from x.csv"),
        (["tanh", "1", "2", "-p", "3", "-o", "y.npy"], 2, "-p: y.npy is no text"),
        (["compare", "relu", "tanh", "x.npy", "-o", "y.npy"], 2, "side by side"),
        (["softmax", "x.npy", "--axis", "2", "-o", "y.npy"], 2, "has no axis 2"),
        (["softmax", "x.csv", "--axis", "2"], 2, "no axis 2"),
        (["softmax", "scalar.npy", "-o", "y.npy"], 2, "has no axis -1"),
        (["glu", "x.npy", "-o", "y.npy"], 2, "even number of values along axis -1, not 3"),
        (["softmax", "-d", "2", "long.npy", "-o", "y.npy"], 2, "too large"),
        (["tanh", "x.npy", "-o", "no/such/y.npy"], 1, "cannot write to no/such/y.npy"),
        (["tanh", "cut.npy", "-o", "y.npy"], 1, "cut.npy: is no .npy file that can be read"),
        (["tanh", "empty.npy"], 1, "empty.npy: is no .npy file that can be read"),
        (["tanh", "objects.npy"], 1, "objects.npy: is no .npy file that can be read"),
        (["tanh", "complex.npy"], 1, "complex.npy: holds complex128"),
        (["tanh", "x.npy", "-o", "pipe.npy"], 1, "is no regular file"),
    ],
)
def test_what_makes_no_sense_is_refused(
    act: Act, folder: Path, words: list[str], code: int, says: str
) -> None:
    before = names(folder)
    reader = os.open("pipe.npy", os.O_RDONLY | os.O_NONBLOCK)
    outcome = act(*words)
    os.close(reader)
    assert outcome.code == code
    assert says in outcome.err
    assert outcome.err.startswith("act: ")
    assert outcome.err.count("\n") == 1
    assert names(folder) == before


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Arrays of many kinds, and what is none."""
    monkeypatch.chdir(tmp_path)
    numpy.save("x.npy", numpy.zeros((2, 3)))
    numpy.save("deep.npy", numpy.zeros((2, 3, 4)))
    numpy.save("long.npy", numpy.zeros(10_000))
    numpy.save("scalar.npy", numpy.array(1.0))
    numpy.save("complex.npy", numpy.array([1j]))
    numpy.save("objects.npy", numpy.array([None]), allow_pickle=True)
    (tmp_path / "x.csv").write_text("1,2\n")
    (tmp_path / "cut.npy").write_bytes((tmp_path / "x.npy").read_bytes()[:-1])
    (tmp_path / "empty.npy").touch()
    os.mkfifo("pipe.npy")
    return tmp_path


def test_an_array_in_a_pipe_is_told_where_to_go(act: Act, folder: Path) -> None:
    outcome = act("relu", stdin=(folder / "x.npy").read_bytes())
    assert (outcome.code, outcome.raw) == (1, b"")
    assert outcome.err == (
        "act: standard input: holds a NumPy array; name its file instead of piping it: act ... x.npy\n"
    )


def test_a_packed_array_is_told_how_it_is_unpacked(act: Act, folder: Path) -> None:
    (folder / "x.npy.gz").write_bytes(gzip.compress((folder / "x.npy").read_bytes()))
    outcome = act("relu", "x.npy.gz")
    assert outcome.err == "act: x.npy.gz: holds a NumPy array; unpack it first: gzip -d FILE\n"


@pytest.mark.parametrize("words", [["1"], ["x.npy"]])
def test_arrays_are_not_packed(act: Act, folder: Path, words: list[str]) -> None:
    outcome = act("relu", *words, "-o", "y.npy.gz")
    assert (outcome.code, outcome.err) == (
        2,
        "act: y.npy.gz: npy files are not packed as a whole; -o y.npy\n",
    )
    assert not (folder / "y.npy.gz").exists()


def test_a_failure_leaves_the_old_file_and_nothing_else(
    act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numpy.save(tmp_path / "x.npy", numpy.zeros(3))
    (tmp_path / "y.npy").write_text("precious")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    outcome = act("tanh", str(tmp_path / "x.npy"), "-o", str(tmp_path / "y.npy"))
    assert outcome.code == 1
    assert "No space left on device" in outcome.err
    assert (tmp_path / "y.npy").read_text() == "precious"
    assert names(tmp_path) == ["x.npy", "y.npy"]


@pytest.mark.parametrize("call", ["mmap", "flush"])
def test_a_map_that_is_refused_names_its_file(
    act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    class Map(mmap.mmap):
        def flush(self, *_: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

    def refused(*_: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(mmap, "mmap", {"mmap": refused, "flush": Map}[call])
    outcome = act("relu", "1", "-o", str(tmp_path / "y.npy"))
    why = {"mmap": "Cannot allocate memory", "flush": "Input/output error"}[call]
    assert (outcome.code, outcome.err) == (1, f"act: cannot write to {tmp_path}/y.npy: {why}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(not MEMORY.exists(), reason="needs /proc to see a process's peak memory")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    megabytes = {}
    for size in (1, 24):
        path = tmp_path / "x.npy"
        numpy.save(path, numpy.ones((size << 20, 1)))
        words = ["sigmoid", str(path), "-o", str(tmp_path / "y.npy")]
        megabytes[size] = int(python(PEAK, *words).out) // 1024
    assert megabytes[24] < megabytes[1] + 100, "192 MB in and 192 MB out were held at once"


@settings(max_examples=20)
@given(st.integers(1, 5), st.integers(1, 5), st.sampled_from(["C", "F"]))
def test_a_result_does_not_depend_on_the_order_in_memory(
    tmp_path_factory: pytest.TempPathFactory, rows: int, columns: int, order: str
) -> None:
    array = sample((rows, columns), "float64", order)
    (result,) = computed(tmp_path_factory.mktemp("order"), array, ArrayOperation(ACTIVATIONS["gelu"]))
    (plain,) = computed(tmp_path_factory.mktemp("plain"), array.ravel(), ArrayOperation(ACTIVATIONS["gelu"]))
    assert result.ravel().tobytes() == plain.tobytes()


@pytest.mark.parametrize(
    ("dtype", "number"),
    [("int64", 9007199254740993), ("uint64", 2**64 - 1), ("int8", -5), ("bool", 1), (">i4", -70000)],
)
def test_integers_beside_results_keep_their_digits(act: Act, tmp_path: Path, dtype: str, number: int) -> None:
    numpy.save(tmp_path / "x.npy", numpy.array([[number, 0]], dtype))
    read, zero, computed, _ = act("linear", "-a", str(tmp_path / "x.npy")).out.rstrip().split(",")
    assert (read, zero, float(computed)) == (str(number), "0", float(number))


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_types_that_numpy_lacks_are_read_and_written_where_they_are_named(
    act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    monkeypatch.chdir(tmp_path)
    kind = numpy.dtype(getattr(ml_dtypes, name))
    numpy.save("x.npy", numpy.array([-1, 0.5, 3], kind).view(f"V{kind.itemsize}"))
    assert numpy.load("x.npy").dtype.kind == "V"  # NumPy's format has no name for it
    refused = act("relu", "x.npy")
    assert (refused.code, refused.out) == (1, "")
    assert "without their type; name it: --dtype " in refused.err
    assert act("relu", "x.npy", "--dtype", "float64").code == 1
    assert act("relu", "x.npy", "--dtype", name).out == "0\n0.5\n3\n"
    assert act("relu", "x.npy", "--dtype", name, "-o", "y.npy").err == ""
    written = numpy.load("y.npy")
    assert written.dtype.itemsize == kind.itemsize
    assert written.view(kind).astype(float).tolist() == [0, 0.5, 3]
    assert act("relu", "-1", "3", "--dtype", name, "-o", "z.npy").code == 0
    assert numpy.load("z.npy").view(kind).astype(float).tolist() == [0, 3]


def test_another_size_than_the_types_is_told(act: Act, tmp_path: Path) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    numpy.save(tmp_path / "x.npy", numpy.array([1], ml_dtypes.bfloat16))
    found = act("relu", str(tmp_path / "x.npy"), "--dtype", "float8_e5m2")
    assert (found.code, found.out) == (1, "")
    assert "holds numbers of 2 bytes; float8_e5m2 has 1" in found.err


def test_what_is_too_large_for_the_type_is_told(act: Act, tmp_path: Path) -> None:
    source, target = str(tmp_path / "x.npy"), str(tmp_path / "y.npy")
    numpy.save(source, numpy.array([1.0, 700.0, numpy.nan]))
    outcome = act("linear", "--dtype", "float8_e4m3fn", source, "-o", target)
    assert (outcome.code, outcome.err) == (0, "act: 1 result is nan: too large for float8_e4m3fn\n")
