"""Real processes: exit codes, signals, pipes, full disks, closed descriptors."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import ACT, ENVIRONMENT, PATIENCE, ROOT, Outcome, finish, run, start

from actcli.pipeline import computation

if TYPE_CHECKING:
    import subprocess

    from conftest import Act

SHELL_ACT = f'"{sys.executable}" -m actcli'
ROOT_USER = os.geteuid() == 0


def shell(folder: Path, line: str) -> Outcome:
    """A line of the shell, in which `act` is the program."""
    return run(program=("sh", "-c", line.replace("act ", f"{SHELL_ACT} ", 1)), cwd=folder)


def feed(process: subprocess.Popen[bytes], text: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.flush()


def answer(process: subprocess.Popen[bytes]) -> bytes:
    """The next line that it writes."""
    assert process.stdout is not None
    return process.stdout.readline()


def ended(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """Exit code, and what it said on stderr."""
    _, error = process.communicate(timeout=PATIENCE)
    return process.returncode, error


def said(error: str) -> str:
    """The one line on stderr."""
    assert error.count("\n") == 1
    assert error.startswith("act: ")
    return error


@pytest.mark.slow
def test_exit_codes(tmp_path: Path) -> None:
    assert run("relu", "1", cwd=tmp_path).code == 0
    assert run("relu", stdin="1\nx\n", cwd=tmp_path).code == 1
    assert run("relu", "--alpha", "x", cwd=tmp_path).code == 2
    assert run("relu", "--help", cwd=tmp_path).code == 0
    assert run("--version", cwd=tmp_path).out.startswith("act ")


@pytest.mark.slow
def test_a_reader_that_leaves_ends_the_program_as_a_filter(tmp_path: Path) -> None:
    process = start("relu", "0:200000", "-F", "csv", cwd=tmp_path)
    assert answer(process) == b"x,relu\n"
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert ended(process) == (-signal.SIGPIPE, b"")


@pytest.mark.slow
def test_the_shell_sees_141_for_a_reader_that_leaves(tmp_path: Path) -> None:
    line = f"{SHELL_ACT} relu 0:200000 -F csv | head -1; echo ${{PIPESTATUS[0]}}"
    assert run(program=("/bin/bash", "-c", line), cwd=tmp_path) == Outcome(0, b"x,relu\n141\n", "")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_filter_as_it_ends_others(tmp_path: Path, number: signal.Signals) -> None:
    process = start("relu", cwd=tmp_path)
    feed(process, b"-1\n")
    assert answer(process) == b"0\n"
    process.send_signal(number)
    assert ended(process) == (-number, b"")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_old_file_and_no_temporary_one(tmp_path: Path, number: signal.Signals) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    process = start("relu", "-o", "out.csv", cwd=tmp_path)
    feed(process, b"-1\n")
    deadline = time.monotonic() + PATIENCE
    while len(list(tmp_path.iterdir())) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    assert ended(process) == (-number, b"")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert target.read_text() == "old"


@pytest.mark.slow
def test_an_interrupt_ends_all_processes_that_share_the_work(tmp_path: Path) -> None:
    process = start("relu", "-j", "3", "-o", "out.csv", cwd=tmp_path, program=("setsid", *ACT))
    feed(process, b"-1.5,2\n" * 3_000_000)
    os.killpg(process.pid, signal.SIGINT)
    assert ended(process) == (-signal.SIGINT, b"")  # once nobody has its descriptors any more
    assert list(tmp_path.iterdir()) == []


def test_nohup_goes_on(tmp_path: Path) -> None:
    process = start("relu", cwd=tmp_path, program=("sh", "-c", "trap '' HUP; exec \"$@\"", "sh", *ACT))
    feed(process, b"-1\n")
    assert answer(process) == b"0\n"
    process.send_signal(signal.SIGHUP)
    feed(process, b"2\n")
    assert answer(process) == b"2\n"
    assert ended(process) == (0, b"")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "words",
    [
        "relu 1",
        "relu 1 -F csv",
        "relu 0:99999 -F csv",
        "--help",
        "relu -h",
        "-V",
        "list",
        "completion zsh",
        "man",
    ],
)
def test_a_full_disk(tmp_path: Path, words: str) -> None:
    done = shell(tmp_path, f"act {words} > /dev/full")
    assert done.code == 1
    assert said(done.err) == "act: cannot write to standard output: No space left on device\n"


@pytest.mark.slow
def test_a_full_disk_for_messages_changes_nothing_else(tmp_path: Path) -> None:
    assert shell(tmp_path, "act relu x 2> /dev/full").code == 2
    assert shell(tmp_path, "act relu -1 -F plain 2> /dev/full").out == "0\n"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_note_that_nobody_gets_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("x\n-1\nzwei\n")
    done = shell(tmp_path, "act relu --invalid nan bad.csv 2> /dev/full")
    assert (done.code, done.out) == (0, "x\n0\nnan\n")
    assert shell(tmp_path, "act relu -i bad.csv bad.csv 2> /dev/full").code == 1


def on_a_full_disk(folder: Path, *words: str, most: int = 100) -> tuple[int, bytes, str]:
    """A run in which no file may become larger."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return finish(start(*words, cwd=folder, preexec_fn=small))


def test_typed_numbers_that_do_not_fit_name_their_file(tmp_path: Path) -> None:
    done = on_a_full_disk(tmp_path, "relu", "0:99", "-o", "y.npy")
    assert done == (1, b"", "act: cannot write to y.npy: File too large\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("most", [100, 20_999_990])  # nothing fits; all but the last buffer
def test_rows_that_cannot_wait_for_their_results_name_their_folder(tmp_path: Path, most: int) -> None:
    (tmp_path / "x.csv").write_text("x,y\n" + "1,text\n" * 3_000_000)
    code, _, err = on_a_full_disk(tmp_path, "softmax", "-c", "x", "x.csv", most=most)
    assert (code, err) == (1, f"act: cannot keep the rows in {tempfile.gettempdir()}: File too large\n")


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), OSError("Input/output error")])
def test_what_the_system_refuses_elsewhere_is_not_blamed_on_an_output(
    act: Act, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(computation, "evaluate", refused)
    outcome = act("relu", "1")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == (
        "act: the system refused something: Input/output error; python -X dev -m actcli ... shows where\n"
    )


@pytest.mark.slow
def test_closed_standard_input(tmp_path: Path) -> None:
    done = shell(tmp_path, "act relu <&-")
    assert done.code == 1
    assert said(done.err) == "act: standard input is closed; name a file, or type numbers\n"
    assert shell(tmp_path, "act relu -1 -F plain <&-").out == "0\n"
    (tmp_path / "a.csv").write_text("-1\n")
    assert shell(tmp_path, "act relu a.csv <&-").out == "0\n"


@pytest.mark.slow
def test_closed_standard_output(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("-1\n")
    for line in ("act relu 1 >&-", "act relu a.csv >&-", "act --help >&-"):
        done = shell(tmp_path, line)
        assert done.code == 1
        assert said(done.err) == "act: standard output is closed; use -o FILE\n"
    assert shell(tmp_path, "act relu a.csv -o b.csv >&-").code == 0
    assert (tmp_path / "b.csv").read_text() == "0\n"


@pytest.mark.slow
def test_closed_standard_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("-1\nx\n")
    done = shell(tmp_path, "act relu a.csv -o b.csv 2>&-")
    assert (done.code, done.out) == (1, "")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert shell(tmp_path, "act relu --invalid keep a.csv -o b.csv 2>&-").code == 0
    assert (tmp_path / "b.csv").read_text() == "0\nx\n"


@pytest.mark.slow
def test_everything_closed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("-1\n")
    assert shell(tmp_path, "act relu a.csv -o b.csv <&- >&- 2>&-").code == 0
    assert (tmp_path / "b.csv").read_text() == "0\n"


@pytest.mark.slow
@pytest.mark.parametrize("line", ["act relu .", "act relu a.csv ."])
def test_a_directory_for_input(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.csv").write_text("1\n")
    done = shell(tmp_path, line)
    assert done.code == 1
    assert "directory" in said(done.err)


@pytest.mark.skipif(ROOT_USER, reason="root may read and write everything")
def test_what_the_system_forbids(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("1\n")
    secret.chmod(0)
    done = run("relu", "secret.csv", cwd=tmp_path)
    assert done.code == 1
    assert said(done.err) == "act: secret.csv: cannot be opened: Permission denied\n"
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    done = run("relu", "1", "-o", "closed/out.csv", cwd=tmp_path)
    assert done.code == 1
    assert said(done.err) == "act: cannot write to closed/out.csv: Permission denied\n"


@pytest.mark.skipif(not Path("/sys/kernel").exists(), reason="no /sys here")
def test_a_folder_that_takes_no_file_even_from_root(tmp_path: Path) -> None:
    done = run("relu", "1", "-o", "/sys/kernel/out.csv", cwd=tmp_path)
    assert done.code == 1
    assert said(done.err).startswith("act: cannot write to /sys/kernel/out.csv: ")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no /proc here")
def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    done = run("relu", "/proc/self/mem", cwd=tmp_path)
    assert done.code == 1
    assert said(done.err) == "act: /proc/self/mem: cannot be read: Input/output error\n"


@pytest.mark.slow
def test_a_place_where_no_file_can_be(tmp_path: Path) -> None:
    done = run("relu", "1", "-o", "no/such/folder/out.csv", cwd=tmp_path)
    assert done.code == 1
    assert said(done.err).startswith("act: cannot write to no/such/folder/out.csv: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_typed_numbers_have_no_name_in_a_folder(tmp_path: Path) -> None:
    done = run("relu", "1", "-o", ".", cwd=tmp_path)
    assert done.code == 2
    assert "a folder takes the results of files" in said(done.err)


@pytest.mark.slow
def test_an_input_that_vanishes_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "second.csv").write_text("2\n")
    (tmp_path / "out.csv").write_text("old")
    process = start("relu", "-", "second.csv", "-o", "out.csv", cwd=tmp_path)
    feed(process, b"-1\n")
    deadline = time.monotonic() + PATIENCE
    while len(list(tmp_path.iterdir())) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (tmp_path / "second.csv").unlink()
    code, error = ended(process)
    assert code == 1
    assert said(error.decode()) == "act: second.csv: cannot be opened: No such file or directory\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert (tmp_path / "out.csv").read_text() == "old"


@pytest.mark.slow
def test_in_place_has_no_other_result(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("-1\n")
    for words in (["-o", "b.csv"], ["-F", "json"]):
        done = run("relu", "-i", "a.csv", *words, cwd=tmp_path)
        assert done.code == 2
        assert said(done.err) == "act: -i writes each file in its own format; leave out -o and -F\n"
    assert (tmp_path / "a.csv").read_text() == "-1\n"


@pytest.mark.slow
def test_help_is_as_wide_as_columns_say(tmp_path: Path) -> None:
    for width in (40, 60, 80):
        done = shell(tmp_path, f"COLUMNS={width} {SHELL_ACT} relu --help")
        assert width - 12 < max(map(len, done.out.splitlines())) <= width


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = shell(gone, f"rmdir {gone}; {SHELL_ACT} relu -1 -F plain")
    assert (done.code, done.out, done.err) == (0, "0\n", "")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ZeroDivisionError("by zero"), "this is a mistake in act: ZeroDivisionError: by zero"),
        (MemoryError(), "there is not enough memory"),
        (OSError(11, "Resource temporarily unavailable", "x.csv"), "x.csv: Resource temporarily unavailable"),
    ],
)
def test_what_nobody_foresaw_is_one_line(
    act: Act, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(computation, "evaluate", fails)
    outcome = act("relu", "1")
    assert outcome.code == 1
    assert says in said(outcome.err)


def test_messages_carry_no_control_characters_and_are_not_endless(act: Act) -> None:
    for nasty in ("\x1b[2J", "\x9b2J", "a\rb", "\x01", "\x7f"):
        assert "\\" in said(act("relu", "--invalid", "error", stdin=f"1\n{nasty}2;{nasty}\n").err)
    long = act("relu", stdin="x\n1\n" + "y" * 100_000 + "\n").err
    assert len(said(long)) < 1100
    assert "standard input:3:1: column 'x'" in long
    assert "--invalid keep" in long


@pytest.mark.slow
def test_a_mistake_in_act_is_shown_in_full_as_its_message_says(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("from actcli import engine\ndel engine.evaluate\n")
    path = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    shown = []
    for flags in ([], ["-X", "dev"]):
        done = run("relu", "1", env=ENVIRONMENT | path, program=(sys.executable, *flags, "-m", "actcli"))
        assert done.code == 1
        shown.append(done.err)
    assert "python -X dev -m actcli ... shows where" in said(shown[0])
    assert "Traceback" in shown[1]


@pytest.mark.slow
@pytest.mark.parametrize(("flags", "shown"), [([], False), (["-W", "default"], True), (["-X", "dev"], True)])
def test_warnings_of_libraries_are_for_developers(tmp_path: Path, flags: list[str], shown: bool) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from actcli import engine\n"
        "import warnings\n"
        "real = engine.evaluate\n"
        "def noisy(*words, **how):\n"
        "    warnings.warn('made up', RuntimeWarning)\n"
        "    return real(*words, **how)\n"
        "engine.evaluate = noisy\n"
    )
    path = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    program = (sys.executable, *flags, "-m", "actcli")
    done = run("relu", "1", "-F", "plain", env=ENVIRONMENT | path, program=program)
    assert (done.code, done.out) == (0, "1\n")
    assert ("made up" in done.err) is shown
