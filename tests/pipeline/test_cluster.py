"""A real scheduler with real workers on this machine: the same bytes, also when a worker is killed."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from typing import TYPE_CHECKING, Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.processes import ENVIRONMENT, Outcome, python, start

from actcli.errors import ClusterError, DataError, OutputError
from actcli.io import destination, remote, signals
from actcli.io.batch import Counts
from actcli.io.csv import spans
from actcli.io.csv.reader import Reader, ends_in_quotes
from actcli.pipeline import cluster
from actcli.pipeline.transform import EncodedChunk, transform_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Act

distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")

pytestmark = pytest.mark.slow  # starts a scheduler and workers

ROOT = Path(__file__).parents[2]
SMALL_BLOCKS = """
import sys
from actcli.io.csv import spans
spans.BLOCK = 1 << 14
from actcli.__main__ import run
sys.exit(run(sys.argv[1:]))
"""


@dataclass
class Dask:
    """A scheduler and its workers, each a process."""

    folder: Path
    port: int
    workers: list[Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start(self, program: str, *words: str) -> Popen[bytes]:
        environment = ENVIRONMENT | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
        command = (sys.executable, "-m", f"distributed.cli.{program}", *words, "--no-dashboard")
        with (self.folder / f"{program}{len(self.workers)}.log").open("ab") as log:
            streams = {"stdin": None, "stdout": log, "stderr": log}
            return start(program=command, cwd=self.folder, env=environment, **streams)

    def hire(self, count: int) -> None:
        """Let there be so many workers."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        for _ in range(count - len(self.workers)):
            words = [self.address, "--no-nanny", "--nthreads", "1", "--local-directory", str(self.folder)]
            self.workers.append(self.start("dask_worker", *words))
        with distributed.Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=30)

    def kill(self) -> None:
        """Kill a worker by its process id, as the system does when memory is short."""
        worker = self.workers.pop()
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    """A scheduler with two workers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    here = Dask(tmp_path_factory.mktemp("dask"), port)
    scheduler = here.start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port))
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        here.hire(2)
        yield here
    finally:
        for process in (*here.workers, scheduler):
            dismiss(process)


def dismiss(process: Popen[bytes]) -> None:
    """Let it end by itself: if it is killed, coverage does not learn which lines it has run."""
    process.terminate()
    try:
        process.wait(5)
    except TimeoutExpired:  # it waits for another one that is gone
        process.kill()
        process.wait()


@pytest.fixture
def team(dask: Dask) -> Dask:
    """Two living workers."""
    dask.hire(2)
    return dask


def table(rows: int) -> str:
    """A text with quotes, line ends within them, quotes that are none, and missing numbers."""
    random = numpy.random.default_rng(0)
    lines = ["id,text,x\n"]
    for row in range(rows):
        text = {0: f'"a, ""b""\nc {row}"', 1: 'pl"ain', 2: '"x\n\n,\n"'}.get(row % 7, "plain")
        lines.append(f"{row},{text},{'NA' if row % 11 == 0 else random.normal()}\n")
    return "".join(lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files to compute."""
    here = tmp_path_factory.mktemp("files")
    (here / "big.csv").write_text(table(20_000))
    for number in range(24):
        random = numpy.random.default_rng(number)
        (here / f"text{number}.csv").write_text(
            "x,y\n" + "".join(f"{row},{row / 7}\n" for row in range(3000))
        )
        numpy.save(here / f"array{number}.npy", random.normal(size=(1000, 7)))
    return here


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks so small that there are many."""
    monkeypatch.setattr(spans, "BLOCK", 1 << 14)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize(
    "words",
    [
        ["gelu", "-c", "x"],
        ["gelu", "-c", "x", "-F", "json"],
        ["gelu", "-c", "x", "-d", "0,1", "-F", "tsv"],
        ["hard-sigmoid", "--like", "torch", "-c", "x"],
        ["compare", "relu", "elu", "-c", "x", "--alpha", "0.3"],
        ["gelu", "-c", "x", "--exact", "-d", "0,3"],
        ["x*sigmoid(a*x)", "-c", "x", "--a", "1.702"],
        ["softmax", "-c", "x", "--invalid", "keep"],
    ],
    ids=" ".join,
)
def test_a_text_gives_the_same_bytes(act: Act, team: Dask, folder: Path, words: list[str]) -> None:
    alone = act(*words, str(folder / "big.csv"))
    shared = act(*words, str(folder / "big.csv"), "--cluster", team.address)
    assert (shared.code, shared.err) == (alone.code, alone.err) == (0, alone.err)
    assert shared.raw == alone.raw


@pytest.mark.parametrize("words", [["relu", "-c", "s"], ["softmax", "-c", "v", "-a"], ["relu", "-F", "csv"]])
@pytest.mark.parametrize("form", ["lines", "document"])
def test_json_gives_the_same_bytes(act: Act, team: Dask, tmp_path: Path, words: list[str], form: str) -> None:
    rows = [f'{{"id":{n},"s":{n - 1000},"v":[{n},1.5],"t":"{{\\"{n % 7 * "x"}"}}' for n in range(2000)]
    path = tmp_path / "x.json"
    path.write_text("\r\n".join(rows) if form == "lines" else f"[{', '.join(rows)}]")
    alone = act(*words, str(path))
    assert alone.code == 0
    assert act(*words, str(path), "--cluster", team.address).raw == alone.raw


def test_the_last_row_before_another_file_ends_as_the_first(
    act: Act, team: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "BLOCK", 4)
    paths = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    (tmp_path / "a.csv").write_bytes(b"x\r\n1\r\n2\n3")
    (tmp_path / "b.csv").write_bytes(b"x\r\n4\r\n")
    alone = act("relu", *paths)
    assert alone.raw == b"x\r\n1\r\n2\n3\r\n4\r\n"
    assert act("relu", *paths, "--cluster", team.address).raw == alone.raw


def test_a_pipe_gives_the_same_bytes(
    act: Act, team: Dask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_TEXT", 1 << 14)
    text = (folder / "big.csv").read_bytes()
    alone = act("tanh", "-c", "x", stdin=text)
    assert act("tanh", "-c", "x", "--cluster", team.address, stdin=text).raw == alone.raw
    broken = text + b'1,"never closed,2\n'
    alone = act("tanh", "-c", "x", stdin=broken)
    shared = act("tanh", "-c", "x", "--cluster", team.address, stdin=broken)
    assert (shared.code, shared.raw, shared.err) == (alone.code, alone.raw, alone.err)
    assert alone.code == 1


@pytest.mark.parametrize("row", ["1,plain,zwei\n", "1,2\n", '1,"never closed,2\n'])
def test_an_error_is_told_alike_and_rows_before_it_are_there(
    act: Act, team: Dask, tmp_path: Path, row: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(table(3000) + row + table(3000).partition("\n")[2])
    alone = act("tanh", "-c", "x", str(path))
    shared = act("tanh", "-c", "x", str(path), "--cluster", team.address)
    assert alone.code == 1
    assert (shared.code, shared.raw, shared.err) == (alone.code, alone.raw, alone.err)


def test_several_files_become_one_text(act: Act, team: Dask, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("x\n" + "".join(f"{row}\n" for row in range(9000)) + "-7")
    paths = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    assert act("relu", *paths, "--cluster", team.address).raw == act("relu", *paths).raw


def test_folders_are_the_same(act: Act, team: Dask, folder: Path, tmp_path: Path) -> None:
    words = ["softsign", "-v", *(str(path) for path in sorted(folder.iterdir()) if path.name != "big.csv")]
    alone = act(*words, "-o", str(tmp_path / "alone") + "/")
    shared = act(*words, "-o", str(tmp_path / "shared") + "/", "--cluster", team.address)
    assert (shared.code, alone.code) == (0, 0)
    assert contents(tmp_path / "shared") == contents(tmp_path / "alone")
    assert shared.err == alone.err.replace("/alone/", "/shared/")


def test_a_large_text_in_a_folder_waits_in_part_files_and_is_one(
    act: Act, team: Dask, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["gelu", "-c", "x", str(folder / "big.csv"), "-o"]
    act(*words, str(tmp_path / "alone") + "/")
    parts: list[str] = []
    taken = remote.read_and_delete

    def seen(path: str) -> bytes:
        parts.append(Path(path).name)
        return taken(path)

    monkeypatch.setattr(remote, "read_and_delete", seen)
    assert act(*words, str(tmp_path / "shared") + "/", "--cluster", team.address).code == 0
    assert contents(tmp_path / "shared") == contents(tmp_path / "alone")
    assert parts == [f".big.csv.{number}.part" for number in range(len(parts))]
    assert len(parts) > 20


def test_a_large_text_that_fails_leaves_nothing(act: Act, team: Dask, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text((folder / "big.csv").read_text() + "1,a,zwei\n" + table(9000).partition("\n")[2])
    target = tmp_path / "out"
    target.mkdir()
    alone = act("tanh", "-c", "x", str(path), "-o", str(target))
    shared = act("tanh", "-c", "x", str(path), "-o", str(target), "--cluster", team.address)
    assert (shared.code, shared.err) == (alone.code, alone.err)
    assert "'zwei' is not a number" in alone.err
    assert contents(target) == {}


def test_a_failure_waits_for_what_still_runs(team: Dask, tmp_path: Path) -> None:
    def slowly(part: int) -> EncodedChunk:  # a local function is sent with its text
        if part == 0:
            raise DataError("wrong")
        time.sleep(1)
        return EncodedChunk(b"late", Counts())

    with cluster.connect(team.address) as workers, pytest.raises(DataError, match="wrong"):
        list(workers._via_part_files(slowly, [0, 1, 2], str(tmp_path / "y.csv")))  # noqa: SLF001  tasks as slow as wanted
    time.sleep(2)
    assert list(tmp_path.iterdir()) == []


def test_failures_stop_nobody_and_speak_of_files_as_they_were_named(
    act: Act, team: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("x\n-1\n")
    Path("bad.csv").write_text("x\n1\nzwei\n")
    Path("cut.npy").write_bytes(b"\x93NUMPY")
    words = ["relu", "-v", "a.csv", "bad.csv", "cut.npy", "-o"]
    alone = act(*words, "alone/")
    shared = act(*words, "shared/", "--cluster", team.address)
    assert (shared.code, alone.code) == (1, 1)
    assert shared.err == alone.err.replace("alone/", "shared/")
    assert contents(Path("shared")) == {"a.csv": b"x\n0\n"}


def test_one_array_is_computed_by_a_worker(act: Act, team: Dask, folder: Path, tmp_path: Path) -> None:
    words = ["softmax", "-d", "0,1", str(folder / "array0.npy"), "-o"]
    assert act(*words, str(tmp_path / "alone.npy")).code == 0
    assert act(*words, str(tmp_path / "shared.npy"), "--cluster", team.address).code == 0
    for order in (0, 1):
        results = [(tmp_path / f"{name}_d{order}.npy").read_bytes() for name in ("alone", "shared")]
        assert results[0] == results[1]
    numpy.savez(tmp_path / "x.npz", w=numpy.arange(-5.0, 5), b=numpy.arange(2))
    for name, target in (("x.npz", "y.npz"), ("x.npz:w", "y.npy")):
        assert act(*words[:3], str(tmp_path / name), "-o", str(tmp_path / target)).code == 0
        alone = contents(tmp_path)
        words[3:] = [str(tmp_path / name), "-o", str(tmp_path / target), "--cluster", team.address]
        assert act(*words).err == ""
        assert contents(tmp_path) == alone
    missing = act("relu", str(tmp_path), "-o", str(tmp_path / "y.npy"), "--cluster", team.address)
    assert missing.code != 0


def test_in_place(act: Act, team: Dask, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.csv", "b.csv")]
    for path in paths:
        path.write_text("x\n-1\n2\n")
    assert act("relu", "-i", *map(str, paths), "--cluster", team.address).code == 0
    assert contents(tmp_path) == {"a.csv": b"x\n0\n2\n", "b.csv": b"x\n0\n2\n"}


def program(*words: str, **streams: Any) -> Popen[bytes]:
    """The program in a process of its own, with small blocks."""
    streams = {"stdin": None, "stdout": None, "stderr": None, **streams}
    return start(*words, program=(sys.executable, "-c", SMALL_BLOCKS), **streams)


def test_a_worker_that_is_killed_costs_no_row_of_a_text(act: Act, team: Dask, folder: Path) -> None:
    words = ["gelu", "-c", "x", str(folder / "big.csv")]
    alone = act(*words).raw
    with program(*words, "--cluster", team.address, stdout=PIPE) as process:
        assert process.stdout is not None
        head = process.stdout.read(1 << 15)  # the rest waits: the pipe is full, and so are the workers
        team.kill()
        assert head + process.stdout.read() == alone
        assert process.wait() == 0


def test_a_worker_that_is_killed_costs_no_file(act: Act, team: Dask, folder: Path, tmp_path: Path) -> None:
    words = [
        "softsign",
        "-v",
        *(str(path) for path in sorted(folder.iterdir()) if path.name != "big.csv"),
        "-o",
    ]
    act(*words, str(tmp_path / "alone") + "/")
    target = tmp_path / "shared"
    target.mkdir()
    (target / ".array3.npy.part").write_text("left by an earlier attempt")
    with program(*words, str(target), "--cluster", team.address, stderr=PIPE) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        team.kill()
        told = first + process.stderr.read()
        assert process.wait() == 0
    assert [line for line in told.splitlines() if not line.endswith((b"numbers", b"3,000 rows"))] == []
    assert told.count(b"\n") == 48
    assert contents(target) == contents(tmp_path / "alone")


def test_a_worker_that_is_killed_costs_no_part(act: Act, team: Dask, folder: Path, tmp_path: Path) -> None:
    words = ["gelu", "-c", "x", str(folder / "big.csv"), "-d", "0,1,2", "-o"]
    act(*words, str(tmp_path / "alone") + "/")
    target = tmp_path / "shared"
    target.mkdir()
    (target / ".big.csv.7.part").write_text("left by an earlier attempt")
    with program(*words, str(target), "--cluster", team.address) as process:
        while not (target / ".big.csv.3.part").exists():
            assert process.poll() is None
            time.sleep(0.002)
        team.kill()
        assert process.wait() == 0
    assert contents(target) == contents(tmp_path / "alone")


def test_a_task_that_kills_every_worker_is_given_up(team: Dask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.3)
    with cluster.connect(team.address) as joined:
        (lost,) = joined.map_results(signal.raise_signal, [signal.SIGKILL])
        assert isinstance(lost, cluster.TaskLost)
        with pytest.raises(cluster.TaskLost, match="each worker that ran a part of it died"):
            raise lost
        monkeypatch.setattr(cluster, "_ALONE", 0.5)
        with pytest.raises(ClusterError, match="all workers are gone"):
            list(joined.map(abs, [1]))
    assert [worker.wait() for worker in team.workers] == [-signal.SIGKILL] * 2
    monkeypatch.setattr(cluster, "_ANSWER", 0.5)
    with (
        pytest.raises(ClusterError, match="has no workers; start some: dask worker"),
        cluster.connect(team.address),
    ):
        pass


def test_without_a_scheduler_there_is_one_clear_error_in_time(act: Act, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    begin = time.monotonic()
    outcome = act("relu", str(tmp_path / "x.csv"), "--cluster", f"tcp://127.0.0.1:{port}")
    assert time.monotonic() - begin < 10
    assert (outcome.code, outcome.raw) == (1, b"")
    assert outcome.err == (
        f"act: tcp://127.0.0.1:{port}: no scheduler answers there (Connection refused); "
        "start one: dask scheduler\n"
    )


def test_who_is_no_scheduler_is_told_so_in_time(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_ANSWER", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        begin = time.monotonic()
        outcome = act("relu", "--cluster", f"127.0.0.1:{server.getsockname()[1]}", stdin="1\n")
    assert time.monotonic() - begin < 10
    assert outcome.code == 1
    assert "no scheduler answers there" in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--cluster", "tcp://127.0.0.1"], "for example tcp://127.0.0.1:8786"),
        (["--cluster", "nonsense"], "for example tcp://127.0.0.1:8786"),
        (["--cluster", "tcp://127.0.0.1:1", "-j", "2"], "give one of them"),
    ],
)
def test_addresses_that_make_no_sense(act: Act, words: list[str], says: str) -> None:
    outcome = act("relu", *words, stdin="1\n")
    assert outcome.code == 2
    assert says in outcome.err


def test_without_dask_the_extra_is_named(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    outcome = act("relu", "--cluster", "tcp://127.0.0.1:1", stdin="1\n")
    assert (outcome.code, outcome.err) == (
        2,
        "act: --cluster needs an optional package: pip install 'actcli[cluster]'\n",
    )


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(['"', '""', ",", "\n", "a", '"b\nc"', "\r\n"]), max_size=60).map("".join),
    st.integers(1, 9),
)
def test_spans_are_the_rows_that_reading_from_the_beginning_finds(
    tmp_path_factory: pytest.TempPathFactory, text: str, block: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "spans.csv"
    path.write_bytes(text.encode())
    surveys = [
        spans.scan_block(str(path), b",", 0, cut) for cut in spans.ranges(0, len(text.encode()), block)
    ]
    found = list(spans.stitch(str(path), surveys, 1)) if surveys else []
    assert b"".join(remote.read_range(span.path, span.start, span.stop) for span in found) == text.encode()
    for span in found:
        before = text.encode()[: span.start]
        assert span.line == 1 + before.count(b"\n")
        assert not before or before.endswith(b"\n")
        assert not ends_in_quotes(before, b",")


def test_a_fixed_temporary_name_is_cleared_by_the_next_attempt(tmp_path: Path) -> None:
    target = tmp_path / "y.csv"
    zombie = destination.AtomicFile(str(target), stable_name=True)

    def overtaken() -> None:
        with zombie:
            zombie.write(b"half")
            with destination.AtomicFile(str(target), stable_name=True) as out:
                out.write(b"whole")

    with pytest.raises(OutputError, match="another run is writing it"):
        overtaken()
    assert contents(tmp_path) == {"y.csv": b"whole"}


def test_what_a_killed_attempt_has_left_is_swept(tmp_path: Path) -> None:
    target = str(tmp_path / "y.csv")
    Path(signals.stable_temp_path(target)).write_text("half")
    remote.remove_stale(target)
    remote.remove_stale(target)
    Path(signals.stable_temp_path(target)).write_text("half")
    remote.remove_stale(f"file://{target}")
    remote.remove_stale(f"file://{target}")
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.npy", "x.npz", "x.npz:a/b"])
def test_urls_are_files(act: Act, team: Dask, tmp_path: Path, name: str) -> None:
    """`file://` stands for stores that keep files elsewhere: it is read and written through fsspec."""
    (tmp_path / "x.csv").write_text("id,x\n" + "".join(f"{row},{row / 8 - 99}\n" for row in range(9000)))
    numpy.save(tmp_path / "x.npy", numpy.arange(-5.0, 5))
    numpy.savez(tmp_path / "x.npz", **{"a/b": numpy.arange(-5.0, 5), "c": numpy.arange(2)})  # type: ignore[arg-type]
    act("linear", "-i", str(tmp_path / "x.csv"))
    act("linear", str(tmp_path / "x.csv"), "-o", str(tmp_path / "x.csv.gz"))
    (tmp_path / "alone").mkdir()
    assert act("relu", str(tmp_path / name), "-o", str(tmp_path / "alone")).code == 0
    url = f"file://{tmp_path}/"
    assert act("relu", url + name, "-o", url + "here/").code == 0
    assert act("relu", url + name, "-o", url + "there/", "--cluster", team.address).code == 0
    assert contents(tmp_path / "here") == contents(tmp_path / "there") == contents(tmp_path / "alone")


def test_urls_may_be_patterns_and_errors_name_them(act: Act, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n-1\n")
    (tmp_path / "b.csv").write_text("x\nzwei\n2\n")
    url = f"file://{tmp_path}/"
    assert act("relu", url + "a*.csv").out == "x\n0\n"
    outcome = act("relu", "-c", "x", url + "*.csv", "-o", url + "out/", "-v")
    assert outcome.code == 1
    assert f"{url}b.csv:2:1: column 'x': 'zwei' is not a number" in outcome.err
    assert contents(tmp_path / "out") == {"a.csv": b"x\n0\n"}
    assert "cannot be opened" in act("relu", url + "none.csv").err
    for words in ([], ["-o", str(tmp_path / "out") + "/"]):
        outcome = act("relu", url + "none*.csv", *words)
        assert (outcome.code, outcome.err) == (2, f"act: no file matches '{url}none*.csv'\n")
    assert act("relu", "nosuch://x/y.csv").code == 2


def test_a_store_that_takes_files_at_once(act: Act) -> None:
    assert act("relu", "-F", "csv", "-1", "2", "-o", "memory://act/x.csv").code == 0
    assert act("linear", "memory://act/x.csv", "-c", "relu", "-o", "memory://act/y.csv").code == 0
    assert act("linear", "-c", "relu", "memory://act/*.csv").out == "x,relu\n-1,0\n2,2\n-1,0\n2,2\n"


def test_what_a_store_refuses_is_one_line(act: Act, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("-1\n")
    url = f"file://{tmp_path}"
    for words, says in {
        (url,): f"{url}: cannot be read: ",
        (f"{url}/x.csv", "-o", f"{url}/x.csv/out/"): f"cannot make the folder {url}/x.csv/out/: ",
        (f"{url}/x.csv", "-o", f"{url}/no/such/y.csv"): f"cannot write to {url}/no/such/y.csv: ",
    }.items():
        outcome = act("relu", *words)
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.err.startswith(f"act: {says}")
        assert outcome.err.count("\n") == 1
    assert contents(tmp_path) == {"x.csv": b"-1\n"}


def test_without_fsspec_the_extra_is_named(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    outcome = act("relu", "s3://bucket/x.csv")
    assert outcome.code == 2
    assert "s3://bucket/x.csv needs an optional package: pip install 'actcli[remote]'" in outcome.err


def test_workers_of_another_version_are_not_trusted(
    act: Act, team: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "__version__", "99.0")
    outcome = act("relu", "--cluster", team.address, stdin="1\n")
    assert (outcome.code, outcome.out) == (1, "")
    assert "not 99.0; results could differ" in outcome.err


def test_a_task_that_fails_says_so(team: Dask) -> None:
    with (
        cluster.connect(team.address) as joined,
        pytest.raises(ClusterError, match="a task failed: TypeError"),
    ):
        list(joined.map(abs, ["text"]))


def test_a_task_whose_file_system_gives_up_is_no_slow_one(
    team: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(_: object) -> None:
        raise TimeoutError(errno.ETIMEDOUT, "Connection timed out")

    monkeypatch.setattr(cluster, "_PATIENCE", 0.1)
    with (
        cluster.connect(team.address) as joined,
        pytest.raises(ClusterError, match=r"a task failed: TimeoutError\(110, 'Connection timed out'\)"),
    ):
        list(joined.map(late, [1]))


def test_a_task_that_takes_its_time_is_waited_for(team: Dask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.1)
    with cluster.connect(team.address) as joined:
        assert list(joined.map(time.sleep, [0.5])) == [None]


def test_a_file_that_a_worker_does_not_see_is_told_where_to_go(
    act: Act, team: Dask, folder: Path, tmp_path: Path
) -> None:
    """`memory://` is such a place: each process has its own."""
    import fsspec

    where = "cannot be opened: No such file or directory (on a worker)"
    advice = "all workers must see the files: put them on a shared disk, or in a store such as s3://"
    url = "memory://unseen/x.csv"
    fsspec.filesystem("memory").pipe("/unseen/x.csv", (folder / "text0.csv").read_bytes())
    for words in (["relu", url], ["relu", "-F", "json", url, "-o", f"{tmp_path}/"]):
        outcome = act(*words, "--cluster", team.address)
        assert outcome.code == 1
        assert outcome.err == f"act: {url}: {where}; {advice}\n"
    assert contents(tmp_path) == {}


def test_who_hangs_up_is_no_scheduler(act: Act) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            server.accept()[0].close()

        other = threading.Thread(target=hang_up)
        other.start()
        outcome = act("relu", "--cluster", f"127.0.0.1:{server.getsockname()[1]}", stdin="1\n")
        other.join()
    assert outcome.code == 1
    assert "no scheduler answers there (it hangs up)" in outcome.err


def test_pieces_are_put_together_as_they_are_written() -> None:
    """`transform_all` says of many chunks what `write` says of each."""
    reader = Reader(spans.SpanStream(spans.Span(__file__, 0, 0, 1), "nothing"))
    piece = transform_all(json.loads, iter(reader.next, None), b",")  # type: ignore[arg-type]  # there is no chunk
    assert (piece.text, piece.counts.rows, piece.error) == (b"", 0, None)


KILLED = """
import os, signal
from actcli.pipeline import cluster
from actcli.io.batch import Counts
from actcli.pipeline.transform import EncodedChunk

team = cluster.ClusterExecutor.__new__(cluster.ClusterExecutor)
team.map = lambda function, items: iter(list(map(function, items)))
target = os.path.abspath("y.csv")
for piece in team._via_part_files(lambda part: EncodedChunk(b"-1", Counts()), range(5), target):
    print(piece.text, len(os.listdir()), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_signal_leaves_no_part_that_is_there(tmp_path: Path) -> None:
    assert python(KILLED, cwd=tmp_path) == Outcome(-signal.SIGTERM, b"b'-1' 4\n", "")
    assert contents(tmp_path) == {}
