"""Several processes give what one gives, in its order, and none is left behind."""

from __future__ import annotations

import errno
import os
import pickle
import resource
import signal
import tempfile
from contextlib import contextmanager
from functools import partial
from itertools import cycle, product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from coverage import Coverage
from hypothesis import given, settings
from hypothesis import strategies as st
from support.processes import PATIENCE, fed, group, needs_proc, start, until
from support.tables import EXAMPLES, Table, opened, tables

from actcli.errors import ActError
from actcli.io import streams
from actcli.io.batch import Counts
from actcli.io.csv.reader import Reader
from actcli.io.destination import Destination
from actcli.pipeline import processes as ring
from actcli.pipeline import text as pipeline
from actcli.pipeline.transform import Transform

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Act

    from actcli.io.batch import Chunk
    from actcli.io.csv.options import ReadOptions
    from actcli.pipeline.transform import EncodedChunk

COUNTS = [1, 2, 3, 5]
ROWS = "x,y\n" + "".join(f"{place},-{place}.5\n" for place in range(2000))


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes start at once, and each reads little; coverage learns what they have run."""
    monkeypatch.setattr(pipeline, "WORTH", 1)
    monkeypatch.setattr(streams, "READ_SIZE", 400)
    if coverage := Coverage.current():
        monkeypatch.setattr(os, "_exit", partial(save_and_leave, coverage, os._exit))


def save_and_leave(coverage: Coverage, leave: Callable[[int], NoReturn], status: int) -> NoReturn:
    try:
        coverage.save()
    finally:
        leave(status)


def run(text: bytes, reading: ReadOptions, kind: str, jobs: int) -> tuple[bytes, str, object]:
    """What comes out of a file, what was wrong, and what was counted."""
    counts, error = None, ""
    with tempfile.NamedTemporaryFile() as source, tempfile.NamedTemporaryFile() as target:
        source.write(text)
        source.flush()
        stream = streams.FileStream(source.name)
        stream.name = "x.csv"
        descriptor = os.open(target.name, os.O_WRONLY)
        out = Destination()
        out.descriptor = descriptor
        try:
            found = opened(Reader(stream), reading, kind)
            counts = pipeline.write([found] if found else [], kind, out, jobs=jobs)
        except ActError as wrong:
            error = str(wrong)
        finally:
            os.close(descriptor)
            stream.close()
        return target.read(), error, counts


@pytest.mark.slow
@settings(EXAMPLES, max_examples=max(15, EXAMPLES.max_examples // 4))  # each starts processes
@given(
    table=tables(),
    bad=st.integers(0, 8),
    kind=st.sampled_from(["same", "json"]),
    jobs=st.sampled_from(COUNTS[1:]),
    size=st.integers(1, 50),
)
def test_many_give_what_one_gives(table: Table, bad: int, kind: str, jobs: int, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "WORTH", 1)
        patch.setattr(streams, "READ_SIZE", size)
        if bad < len(table.rows) and len(table.rows) > 1:
            table.rows[bad].cells[0].raw = b'"never closed' if bad % 2 else b"zwei"
        alone = run(table.text, table.reading, kind, 1)
        assert run(table.text, table.reading, kind, jobs) == alone


ZEROS = [
    b"a,b\r\n0,0\r\n0,0\r\n0,0\r\n",
    b"0,0\r\n0,0\r\n0,0",
    b"a;b\r\n0;0\r\n0;0\r\n",
    b"x\r\n0\r\n0\r\n",
    b"\xef\xbb\xbfa,b\r\n\r\n0,0\r\n\r\n0,0\r\n",
    b'a,b\r\n0,"0"\r\nNA,0\r\n0,\r\n',
    b'a,b,c\r\n0,"t\r\nu",0\r\n0,"v, ""w""",0\r\n0,,0',
    b"a\tb\r\n0\t0\n0\t0\r\n",
    b"0 0\r\n0  0 \r\n",
]
"""Softsign leaves them as they are."""


@pytest.mark.slow
@pytest.mark.parametrize("text", ZEROS)
def test_line_ends_are_kept_however_they_are_read(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    for size, way in product(sizes(text), ways(text)):
        check_line_ends(monkeypatch, text, size, way, jobs=1)


@pytest.mark.slow
@pytest.mark.parametrize("text", ZEROS)
def test_line_ends_are_kept_wherever_a_process_takes_over(
    monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    """What becomes of a chunk does not depend on who computes it: each end of a read and each way once."""
    monkeypatch.setattr(pipeline, "WORTH", 1)
    several, choices = telling_sizes(text), ways(text)
    for _, size, way in zip(range(max(len(several), len(choices))), cycle(several), cycle(choices)):
        check_line_ends(monkeypatch, text, size, way, jobs=2)


def check_line_ends(
    monkeypatch: pytest.MonkeyPatch, text: bytes, size: int, way: tuple[tuple[str, ...], str], jobs: int
) -> None:
    monkeypatch.setattr(streams, "READ_SIZE", size)
    columns, kind = way
    found, error, _ = run(text, _reading()._replace(columns=columns), kind, jobs)
    assert (size, columns, kind, found, error) == (size, columns, kind, text, "")


def ways(text: bytes) -> list[tuple[tuple[str, ...], str]]:
    """All columns, the first and the last one, in each format that leaves the text as it is."""
    kinds = ["same", *(kind for mark, kind in ((b",", "csv"), (b"\t", "tsv")) if mark in text)]
    return list(product([(), ("1",), ("-1",)], kinds))


def sizes(text: bytes) -> range:
    return range(1, len(text) + 2)


def telling_sizes(text: bytes) -> list[int]:
    """Few sizes with which a process leaves off at every kind of place at which any size makes it."""
    told = {size: handed_over(text, size) for size in sizes(text)}
    missing, chosen = set().union(*told.values()), []
    while missing:
        chosen.append(max(told, key=lambda size: len(told[size] & missing)))
        missing -= told[chosen[-1]]
    return chosen


def handed_over(text: bytes, size: int) -> set[tuple[int, bytes]]:
    """Where reads end in which a line has ended: whether within quotes, and the bytes around."""
    ends = (end for end in range(size, len(text) + 1, size) if b"\n" in text[end - size : end])
    return {(text.count(b'"', 0, end) % 2, text[max(end - 2, 0) : end + 1]) for end in ends}


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("jobs", COUNTS)
def test_all_rows_come_in_their_order(act: Act, tmp_path: Path, jobs: int) -> None:
    path = tmp_path / "x.csv"
    path.write_text(ROWS)
    found = act("relu", "-c", "y", "-j", str(jobs), str(path))
    assert found.code == 0
    assert found.out == "x,y\n" + "".join(f"{place},0\n" for place in range(2000))
    json = act("relu", "-F", "json", "-j", str(jobs), str(path)).out
    assert json.count("},\n{") == 1999
    path.write_text(ROWS + "1\n" * 500)
    found = act("relu", "--ragged", "keep", "-j", str(jobs), str(path))
    assert found.err == "act: 500 rows of another length were kept as they were\n"
    path.write_text("x,y\n" + "1,\n2,3\n,\n4,z\n" * 500)
    found = act("softmax", "-c", "1-2", "--mask-missing", "--invalid", "keep", "-j", str(jobs), str(path))
    assert found.out == "x,y\n" + "1,0\n0.2689414213699951,0.7310585786300049\nnan,nan\n4,z\n" * 500
    assert found.err == (
        "act: 500 of 2,000 rows are kept as read, with 500 cells that are missing or no number\n"
        "act: 500 of 2,000 rows are computed as nan: all cells are missing\n"
    )


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("jobs", COUNTS)
def test_an_error_comes_in_its_turn(act: Act, tmp_path: Path, jobs: int) -> None:
    path = tmp_path / "x.csv"
    path.write_text(ROWS + "eins,1\n" + ROWS[4:] + "1,zwei\n")
    found = act("relu", "-c", "y", "-j", str(jobs), str(path))
    assert found.code == 1
    assert found.out == "x,y\n" + "".join(f"{place},0\n" for place in range(2000)) + "eins,1\n" + "".join(
        f"{place},0\n" for place in range(2000)
    )
    assert f"{path}:4003:2: column 'y': 'zwei' is not a number" in found.err
    path.write_text(ROWS + '1,"\n' + ROWS)
    assert f"{path}:2002: a quote is opened here" in act("relu", "-j", str(jobs), str(path)).err
    words = ["relu", "-F", "json", str(path), "-j"]
    assert act(*words, str(jobs)) == act(*words, "1"), "its line ends before the error"


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("jobs", COUNTS)
def test_what_a_pipe_cannot_hold_is_passed_on(act: Act, tmp_path: Path, jobs: int) -> None:
    path = tmp_path / "x.csv"
    text = "x,y\n" + f'-1,"{"long" * 50_000}"\n' * 3
    path.write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "READ_SIZE", 1 << 16)
        assert act("relu", "-c", "x", "-j", str(jobs), str(path)).out == text.replace("-1,", "0,")


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "x.csv"
    path.write_text(ROWS)
    return path


def doomed(doom: Callable[[], None]) -> Callable[[Transform, Chunk], EncodedChunk]:
    healthy = Transform.__call__

    def call(self: Transform, chunk: Chunk) -> EncodedChunk:
        if chunk.line > 500:
            doom()
        return healthy(self, chunk)

    return call


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("jobs", COUNTS[1:])
def test_a_worker_that_dies_is_an_error(
    act: Act, large: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    out = large.parent / "y.csv"
    out.write_text("old")
    monkeypatch.setattr(Transform, "__call__", doomed(lambda: os.kill(os.getpid(), signal.SIGKILL)))
    found = act("relu", "-j", str(jobs), str(large), "-o", str(out))
    assert found.code == 1
    assert found.err.startswith("act: a worker process was killed (SIGKILL)")
    assert out.read_text() == "old"
    assert {path.name for path in large.parent.iterdir()} == {"x.csv", "y.csv"}


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("jobs", COUNTS)
@pytest.mark.parametrize(
    ("error", "says"),
    [
        (MemoryError("too many bytes"), "there is not enough memory for this"),
        (OSError(errno.EIO, "Input/output error", "x.npy"), "x.npy: Input/output error"),
        (OSError(errno.ENOSPC, "No space left on device", "folder"), "folder: No space left on device"),
    ],
)
def test_what_the_system_refuses_a_worker_is_told_as_of_one(
    act: Act, large: Path, monkeypatch: pytest.MonkeyPatch, jobs: int, *, error: Exception, says: str
) -> None:
    def doom() -> None:
        raise error

    monkeypatch.setattr(Transform, "__call__", doomed(doom))
    found = act("relu", "-j", str(jobs), str(large))
    assert (found.code, found.err) == (1, f"act: {says}\n")


def test_an_error_of_the_system_without_a_number_has_its_text() -> None:
    def run() -> None:
        raise OSError("1 requested and 0 written")

    worker = SimpleNamespace(run=run, task=SimpleNamespace(total=Counts(7)))
    sent = ring._worked(worker)  # type: ignore[arg-type]  # noqa: SLF001  what crosses the pipe
    there = pickle.loads(pickle.dumps(sent))  # noqa: S301  our own
    assert repr(there) == repr((Counts(7), OSError("1 requested and 0 written")))


REPORT = pickle.dumps((Counts(1), None))


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("length", [0, 1, len(REPORT) // 2, len(REPORT) - 1])
def test_a_worker_that_dies_while_it_reports_was_killed(
    act: Act, large: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(pickle, "dumps", lambda _: REPORT[:length])
    monkeypatch.setattr(os, "_exit", lambda _: os.kill(os.getpid(), signal.SIGKILL))
    found = act("relu", "-j", "2", str(large))
    assert found.err.startswith("act: a worker process was killed (SIGKILL)")


def test_a_report_that_breaks_off_anywhere_is_none() -> None:
    assert ring._unpacked(REPORT) == (Counts(1), None)  # noqa: SLF001  what crosses the pipe
    assert all(ring._unpacked(REPORT[:length]) is None for length in range(len(REPORT)))  # noqa: SLF001  as above


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_a_mistake_of_ours_is_not_hidden(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def doom() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Transform, "__call__", doomed(doom))
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        run(large.read_bytes(), _reading(), "same", 2)


def _reading() -> ReadOptions:
    from actcli.io.csv.options import ReadOptions

    return ReadOptions()


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", ["fork", "pipe"])
def test_where_no_process_can_be_started_one_does_it_all(
    act: Act, large: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    left = iter(range(3))

    def refused() -> Any:
        if next(left, None) is None:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return real()

    real = getattr(os, name)
    expected = act("relu", "-j", "1", str(large)).out
    monkeypatch.setattr(os, name, refused)
    before = set(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else set()  # noqa: PTH110, PTH208
    found = act("relu", "-j", "5", str(large))
    after = set(os.listdir("/proc/self/fd")) if before else set()  # noqa: PTH208
    assert (found.code, found.out) == (0, expected)
    assert len(after) == len(before)


@pytest.mark.parametrize("words", [["-j", "1"], ["-F", "table"], []])
def test_one_is_enough_for_little(
    act: Act, large: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    def refused(*_: object) -> bool:
        raise AssertionError("no process was to be started")

    if words:
        monkeypatch.setattr(pipeline, "WORTH", 1)
    monkeypatch.setattr(ring, "run_processes", refused)
    assert act("relu", *words, str(large)).code == 0


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_packed_data_is_for_one(act: Act, large: Path) -> None:
    packed = str(large.parent / "x.csv.gz")
    assert act("relu", str(large), "-o", packed).code == 0
    assert act("relu", packed, "-j", "3").out == act("relu", str(large)).out


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_a_store_is_read_by_one(act: Act, large: Path) -> None:
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
    fsspec.filesystem("memory").pipe("/shared/x.csv", large.read_bytes())
    alone = act("relu", str(large))
    assert act("relu", "memory://shared/x.csv", "-j", "3") == alone
    assert act("relu", f"file://{large}", "-j", "3") == alone


def test_there_are_as_many_as_cores_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pipeline.workers(7) == 7
    assert 1 <= pipeline.workers(None) <= (os.cpu_count() or 1)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert pipeline.workers(None) == os.cpu_count()


@contextmanager
def several(*words: str, **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A run with an endless pipe, which takes several processes."""
    process = start("relu", "-j", "3", *words, start_new_session=True, **how)

    def feed() -> None:
        while process.stdin:
            process.stdin.write(b"-1,2\n" * 20_000)

    with fed(process, feed):
        yield process


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("whom", ["all", "parent"])
def test_a_signal_ends_them_all(tmp_path: Path, number: signal.Signals, whom: str) -> None:
    out = tmp_path / "y.csv"
    out.write_text("old")
    with several("-o", str(out)) as process:
        until(lambda: len(group(process)) == 4)
        (os.killpg if whom == "all" else os.kill)(process.pid, number)
        assert process.wait(PATIENCE) == -number
        until(lambda: not group(process))
        assert process.stderr
        assert process.stderr.read().strip() == b""
    assert out.read_text() == "old"
    if number is not signal.SIGKILL:
        assert list(tmp_path.iterdir()) == [out]


@pytest.mark.slow
@needs_proc
def test_an_interrupt_of_one_ends_them_all_as_interrupted(tmp_path: Path) -> None:
    out = tmp_path / "y.csv"
    with several("-o", str(out)) as process:
        until(lambda: len(group(process)) == 4)
        os.kill(max(group(process)), signal.SIGINT)
        assert process.wait(PATIENCE) == -signal.SIGINT
        until(lambda: not group(process))
        assert process.stderr
        assert process.stderr.read() == b""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@needs_proc
def test_a_signal_ends_those_that_wait(tmp_path: Path) -> None:
    process = start("relu", "-j", "3", "-o", str(tmp_path / "y.csv"), start_new_session=True)
    assert process.stdin
    process.stdin.write(b"-1,2\n" * 2_000_000)
    process.stdin.flush()
    with fed(process, lambda: None):
        until(lambda: len(group(process)) == 4)
        process.kill()
        process.wait(PATIENCE)
        until(lambda: not group(process))


@pytest.mark.slow
@needs_proc
def test_the_reader_that_leaves_ends_them_all() -> None:
    with several() as process:
        assert process.stdout
        assert process.stdout.read(8 << 20).startswith(b"0,2\n0,2\n0,")
        until(lambda: len(group(process)) == 4)
        process.stdout.close()
        assert process.wait(PATIENCE) == -signal.SIGPIPE
        until(lambda: not group(process))
        assert process.stderr
        assert process.stderr.read() == b""


@pytest.mark.slow
@needs_proc
def test_a_full_disk_ends_them_all(tmp_path: Path) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10 << 20, 10 << 20))

    out = tmp_path / "y.csv"
    with several("-o", str(out), preexec_fn=small) as process:
        assert process.wait(PATIENCE) == 1
        until(lambda: not group(process))
        assert process.stderr
        assert process.stderr.read().decode() == f"act: cannot write to {out}: File too large\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_pipe_that_becomes_slow_is_answered_at_once() -> None:
    process = start("relu", "-j", "3")
    assert process.stdin
    assert process.stdout
    asking, answers = process.stdin, process.stdout

    def feed() -> None:
        asking.write(b"-1\n" * 3_000_000 + b"7\n")
        asking.flush()

    with fed(process, feed):
        while answers.readline() != b"7\n":
            pass
        for number in (b"8\n", b"9\n", b"10\n", b"11\n"):
            asking.write(number)
            asking.flush()
            assert answers.readline() == number
        asking.close()
        assert process.wait(PATIENCE) == 0


@pytest.fixture(autouse=True)
def nobody_is_left() -> Iterator[None]:
    """Every child of the tests' own process has been waited for."""
    yield
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_progress_is_shown_while_workers_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "TICK", 1)
    reading, writing = os.pipe()
    ticks = []

    def tick() -> None:
        ticks.append(True)
        if len(ticks) == 3:
            os.write(writing, REPORT)
            os.close(writing)

    assert ring._report({reading: -1}, tick) == (Counts(1), None)  # noqa: SLF001  what the parent does
    os.close(reading)
    assert len(ticks) >= 3
