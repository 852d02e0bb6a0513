"""-o and -i: the old file or the whole new one, and nothing beside it."""

from __future__ import annotations

import os
import resource
import signal
import stat
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy
import pytest
from support.processes import ENVIRONMENT, Outcome, finish, python, run, start, until

from actcli.errors import OutputError
from actcli.io.destination import AtomicFile
from actcli.io.signals import cleanup_on_signal

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from conftest import Act

OLD = "x\n-1\n"
NEW = "x\n0\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(OLD)
    path.chmod(0o640)
    return path


def alone(path: Path) -> bool:
    """Nothing is left beside it."""
    return [other.name for other in path.parent.iterdir()] == [path.name]


def begun(path: Path, **how: Any) -> subprocess.Popen[bytes]:
    """A run that has read something, has begun to write beside the file, and waits for more."""
    process = start("relu", "-o", str(path), **how)
    assert process.stdin
    process.stdin.write(OLD.encode())
    process.stdin.flush()
    until(lambda: not alone(path))
    return process


def test_a_file_is_replaced_by_its_result(act: Act, file: Path) -> None:
    before = file.stat()
    assert act("relu", "-i", str(file)).code == 0
    assert file.read_text() == NEW
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert (file.stat().st_uid, file.stat().st_gid) == (before.st_uid, before.st_gid)
    assert file.stat().st_ino != before.st_ino
    assert alone(file)


def test_only_regular_files_are_replaced(act: Act, file: Path) -> None:
    fifo = file.parent / "fifo"
    os.mkfifo(fifo)
    for path in (fifo, "/dev/null"):
        outcome = act("relu", "-i", str(file), str(path))
        assert (outcome.code, outcome.raw) == (2, b"")
        assert outcome.err.startswith(f"act: -i: {path} is no regular file")
    assert file.read_text() == OLD


def test_the_output_may_be_the_input(act: Act, file: Path) -> None:
    assert act("relu", str(file), "-o", str(file)).code == 0
    assert file.read_text() == NEW


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser gives files away")
def test_the_owner_is_kept(act: Act, file: Path) -> None:
    os.chown(file, 12345, 54321)
    file.chmod(0o4755)
    assert act("relu", "-i", str(file)).code == 0
    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 54321)
    assert stat.S_IMODE(file.stat().st_mode) == 0o4755


def test_a_new_file_has_the_mode_that_new_files_have(act: Act, tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        assert act("relu", "-o", str(tmp_path / "y.csv"), stdin=OLD).code == 0
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "y.csv").stat().st_mode) == 0o640


def test_a_link_is_followed(act: Act, file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = folder / "link.csv"
    link.symlink_to(file)
    assert act("relu", "-i", str(link)).code == 0
    assert link.is_symlink()
    assert file.read_text() == NEW
    assert alone(link)


def test_a_link_to_nothing_makes_its_file(act: Act, tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "there.csv")
    assert act("relu", "-o", str(link), stdin=OLD).code == 0
    assert (tmp_path / "there.csv").read_text() == NEW
    assert link.is_symlink()


def test_what_is_no_file_is_written_directly(act: Act, tmp_path: Path) -> None:
    assert act("relu", "-o", "/dev/null", stdin=OLD).code == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116  not a file of ours
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    source = tmp_path / "x.csv"
    source.write_text(OLD)
    process = start("relu", str(source), "-o", str(fifo))
    with fifo.open("rb") as reading:
        assert reading.read() == NEW.encode()
    assert finish(process)[0] == 0
    assert stat.S_ISFIFO(fifo.stat().st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="there is no /dev/stdout")  # noqa: PTH110
def test_standard_output_has_a_name() -> None:
    assert finish(start("relu", "-o", "/dev/stdout"), OLD.encode()) == (0, NEW.encode(), "")


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="there is no /dev/stdout")  # noqa: PTH110
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/fd/4"])
def test_an_open_file_is_written_on_not_replaced(file: Path, name: str) -> None:
    opened = "4>" if name.endswith("4") else ">"
    echo = "echo $0 >&4" if name.endswith("4") else "echo $0"
    script = f'{{ {echo}; "$1" -m actcli relu "$2" -o {name}; {echo}; }} {opened} "$3"'
    target = file.with_name("out.txt")
    done = run(sys.executable, str(file), str(target), program=("bash", "-c", script, "line"))
    assert done.code == 0, done.err
    assert target.read_text() == f"line\n{NEW}line\n"
    assert {path.name for path in file.parent.iterdir()} == {"data.csv", "out.txt"}


def test_a_descriptor_that_is_not_open_takes_nothing(act: Act) -> None:
    outcome = act("relu", "1", "-o", "/dev/fd/99999")
    assert (outcome.code, outcome.err) == (1, "act: cannot write to /dev/fd/99999: Bad file descriptor\n")


def test_each_file_is_replaced_on_its_own(act: Act, tmp_path: Path) -> None:
    good, bad, behind = (tmp_path / name for name in ("good.csv", "bad.csv", "behind.csv"))
    good.write_text(OLD)
    bad.write_text("a,b\n-1,-1\n2\n")
    behind.write_text(OLD)
    outcome = act("relu", "-i", *map(str, (good, bad, behind)))
    assert outcome.code == 1
    assert f"{bad}:3: has 1 cell" in outcome.err
    assert (good.read_text(), bad.read_text(), behind.read_text()) == (NEW, "a,b\n-1,-1\n2\n", NEW)
    assert {path.name for path in tmp_path.iterdir()} == {"good.csv", "bad.csv", "behind.csv"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-o", "{}/no/such/folder.csv"], "No such file or directory"),
        (["-o", "{}/data.csv/below.csv"], "Not a directory"),
    ],
)
def test_what_cannot_be_written_is_an_error(act: Act, file: Path, words: list[str], says: str) -> None:
    outcome = act("relu", *(word.format(file.parent) for word in words), stdin=OLD)
    assert outcome.code == 1
    assert outcome.err.startswith("act: cannot write to ")
    assert says in outcome.err
    assert file.read_text() == OLD
    assert alone(file)


def test_a_very_long_name_can_be_written(act: Act, tmp_path: Path) -> None:
    for name in ("n" * 250, "漢" * 80 + ".csv", "é" + "漢" * 80):
        path = tmp_path / name
        assert act("relu", "-o", str(path), stdin=OLD).code == 0
        assert act("relu", "-i", str(path)).code == 0
        assert path.read_text() == NEW


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_old_file(file: Path, number: signal.Signals) -> None:
    process = begun(file)
    process.send_signal(number)
    code, _, err = finish(process)
    assert code == -number
    assert err.strip() == ""
    assert file.read_text() == OLD
    assert alone(file)


@pytest.mark.slow
def test_a_pipe_that_breaks_elsewhere_does_no_harm(file: Path) -> None:
    process = begun(file)
    process.send_signal(signal.SIGPIPE)
    assert finish(process)[0] == 0
    assert file.read_text() == NEW


@pytest.mark.slow
def test_a_signal_that_is_ignored_stays_ignored(file: Path) -> None:
    process = begun(file, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    assert finish(process)[0] == 0
    assert file.read_text() == NEW


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_file(file: Path) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    code, _, err = finish(start("relu", "-o", str(file), preexec_fn=small), b"1234567\n" * 100_000)
    assert code == 1
    assert err == f"act: cannot write to {file}: File too large\n"
    assert file.read_text() == OLD
    assert alone(file)


@pytest.mark.slow
def test_a_full_standard_output_is_an_error() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123  no file of ours
        process = start("relu", stdout=full)
        code, _, err = finish(process, OLD.encode())
    assert code == 1
    assert err == "act: cannot write to standard output: No space left on device\n"


@pytest.mark.slow
@pytest.mark.parametrize("names", [["{}"], ["-"], [], ["{}", "-o", "/dev/stdout"]])
@pytest.mark.parametrize("mode", ["ab", "r+b"])
def test_a_file_is_not_written_behind_itself(file: Path, names: list[str], mode: str) -> None:
    with file.open(mode) as out, file.open("rb") as source:
        out.seek(0, os.SEEK_END)
        process = start("relu", *(name.format(file) for name in names), stdin=source, stdout=out)
        code, _, err = finish(process)
    assert code == 2
    assert "is the file that the output goes to, and would never end; write to another" in err
    assert file.read_text() == OLD


@pytest.mark.slow
def test_a_file_may_be_read_behind_what_is_written(file: Path) -> None:
    with file.open("r+b") as out:
        assert finish(start("relu", "-F", "csv", str(file), stdout=out))[0] == 0
    assert file.read_text() == NEW + "\n", "as long as it was"
    with file.open("ab") as out:
        assert finish(start("relu", str(file), "-o", str(file) + ".new", stdout=out))[0] == 0
        assert finish(start("relu", "-1", stdout=out))[0] == 0


@pytest.mark.slow
def test_a_file_that_becomes_the_output_is_not_read_after_another(file: Path, tmp_path: Path) -> None:
    first = tmp_path / "first.csv"
    first.write_text(OLD)
    with file.open("wb") as out:
        code, _, err = finish(start("relu", str(first), str(file), stdout=out))
    assert (code, file.read_text()) == (2, NEW)
    assert "would never end" in err


@pytest.mark.slow
def test_a_standard_output_that_does_not_block_gets_everything() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    process = start("linear", "0:99999", "-F", "plain", stdout=writing)
    os.close(writing)
    time.sleep(0.5)  # the pipe is full by then
    with os.fdopen(reading) as answers:
        assert answers.read() == "".join(f"{number}\n" for number in range(100_000))
    assert finish(process)[::2] == (0, "")


@pytest.mark.slow
def test_a_closed_standard_output_is_an_error() -> None:
    code, _, err = finish(start("relu", "1", preexec_fn=lambda: os.close(1)))
    assert code == 1
    assert err == "act: standard output is closed; use -o FILE\n"


def test_the_reader_that_leaves_ends_the_program_quietly() -> None:
    process = start("relu")
    assert process.stdout
    process.stdout.close()
    _, err = process.communicate(OLD.encode())
    assert process.returncode == -signal.SIGPIPE
    assert err == b""


def test_handlers_come_and_go() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with cleanup_on_signal(lambda: None):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_handlers_stay_until_the_last_has_tidied_up() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with cleanup_on_signal(lambda: None):
        with cleanup_on_signal(lambda: None):
            pass
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_handlers_are_for_the_main_thread() -> None:
    found = []

    def elsewhere() -> None:
        with cleanup_on_signal(lambda: None):
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGTERM)]


KILLED = """
import os, signal, sys
from actcli.io import signals
from actcli.io.destination import AtomicFile, local_target
from actcli.io.streams import local_copy

def refused():
    raise PermissionError

with (
    AtomicFile("y.csv"),
    AtomicFile("z.csv", stable_name=True),
    local_copy(f"file://{os.getcwd()}/x.npy") as copy,
    local_target(f"file://{os.getcwd()}/y.npy") as result,
    signals.cleanup_on_signal(refused),
    AtomicFile(result),
):
    print(len(os.listdir()), os.path.getsize(copy), flush=True)
    os.kill(os.getpid(), getattr(signal, sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_leaves_nothing_of_all_that_was_begun(tmp_path: Path, name: str) -> None:
    pytest.importorskip("fsspec", reason="fsspec is not installed")
    (tmp_path / "x.npy").write_text("array")
    preparing = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL)"  # as the program does
    environment = ENVIRONMENT | {"TMPDIR": str(tmp_path)}
    done = python(preparing + KILLED, name, cwd=tmp_path, env=environment)
    assert done == Outcome(-getattr(signal, name), b"5 5\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


def test_a_signal_leaves_no_order_of_an_array(tmp_path: Path) -> None:
    numpy.save(tmp_path / "x.npy", numpy.zeros(1 << 22))
    process = start("gelu", "-d", "0,1,2", "x.npy", "-o", "y.npy", cwd=tmp_path)
    until(lambda: len(list(tmp_path.iterdir())) == 4)
    process.terminate()
    assert finish(process) == (-signal.SIGTERM, b"", "")
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


def test_an_error_while_it_opens_leaves_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "chmod", interrupted)
    with pytest.raises(KeyboardInterrupt), AtomicFile(str(file)):
        pass
    assert file.read_text() == OLD
    assert alone(file)


def test_an_output_that_does_not_block_is_waited_for(tmp_path: Path) -> None:
    text = b"1\n" * 200_000
    source = tmp_path / "x.csv"
    source.write_bytes(text)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    process = start("relu", str(source), stdout=writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as out:
        assert out.read() == text
    assert finish(process)[0] == 0


def test_an_error_of_the_last_step_is_one_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "replace", refused)
    destination = AtomicFile(str(file))
    with pytest.raises(OutputError, match=r"cannot write to .*: Operation not permitted"), destination:
        pass
    assert file.read_text() == OLD
    assert alone(file)
