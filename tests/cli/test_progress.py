"""The line on a terminal's standard error that says how far a long run has come."""

from __future__ import annotations

import os
import re
import sys
import time
from typing import TYPE_CHECKING

import pytest
from support.terminal import Terminal

from actcli.cli.display import messages, progress, terminal
from actcli.cli.options import Arguments

if TYPE_CHECKING:
    from pathlib import Path

GIVEN = Arguments()
STDERR = 2
LINE = re.compile(r"\d+% .* [kM]?B/s [-0-9]")
PATIENT = "from actcli.__main__ import main; main()"
IMPATIENT = (
    "from actcli.cli.display import progress; progress.FIRST = progress.EVERY = 0.02; "
    "progress.LONG = 0; " + PATIENT
)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("large") / "large.csv"
    path.write_text("name,x\n" + "".join(f"n{k},{k / 7}\n" for k in range(300_000)))
    return str(path)


def seen(code: str, *words: str, columns: int = 80, redirect: str = ">/dev/null") -> str:
    """What a terminal shows of a run of `act` whose results go elsewhere."""
    script = f'exec "$0" -c "$1" "${{@:2}}" {redirect}'
    command = ["bash", "-c", script, sys.executable, code, *words]
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": "1"}
    with Terminal(command, environment, ".", columns=columns) as terminal:
        screen, end = terminal.ended()
    assert end == 0, screen
    return screen


@pytest.mark.slow
@pytest.mark.parametrize("columns", [80, 40])
def test_a_long_run_shows_how_far_it_has_come(large: str, columns: int) -> None:
    screen = seen(IMPATIENT, "gelu", "-j", "1", large, columns=columns)
    drawn = [part for part in screen.split(messages.CLEAR) if LINE.search(part)]
    assert drawn
    assert max(map(len, drawn)) <= columns
    assert screen.endswith(messages.CLEAR), "no trace of it is left"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "word", "redirect"),
    [
        (PATIENT, "FILE", ">/dev/null"),
        (IMPATIENT, "-q", "<FILE >/dev/null"),
        (IMPATIENT, "-", "< <(cat FILE) >/dev/null"),
        (IMPATIENT, "FILE", ">/dev/null 2>/dev/null"),
    ],
    ids=["short", "quiet", "pipe", "no terminal"],
)
def test_otherwise_there_is_none(large: str, code: str, word: str, redirect: str) -> None:
    words = ("gelu", "-j", "1", word.replace("FILE", large))
    assert not LINE.search(seen(code, *words, redirect=redirect.replace("FILE", f"'{large}'")))


class File:
    """A file of so many bytes that is read at a steady pace."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.descriptor = os.open(path, os.O_RDONLY)
        self.size = os.fstat(self.descriptor).st_size
        self._began, self._seconds = time.monotonic(), seconds

    @property
    def left(self) -> int:
        return round(self.size * max(0.0, 1 - (time.monotonic() - self._began) / self._seconds))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, str]]:
    """What is written to the terminal, and when."""
    written: list[tuple[float, str]] = []
    monkeypatch.setattr(terminal, "shows_progress", lambda _: True)
    monkeypatch.setattr(progress, "FIRST", 0.05)
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        if descriptor != STDERR:
            return real(descriptor, data)
        written.append((time.monotonic(), data.decode()))
        return len(data)

    monkeypatch.setattr(os, "write", write)
    return written


def run(path: Path, seconds: float, pace: float) -> None:
    with progress.watched([str(path)], GIVEN) as watch:
        assert watch is not None
        watch.reading(File(path, pace))  # type: ignore[arg-type]  # it is read alike
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            watch.tick()
            time.sleep(0.01)


@pytest.mark.slow
def test_it_is_drawn_at_most_four_times_a_second(tmp_path: Path, shown: list[tuple[float, str]]) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(1_000_000))
    began = time.monotonic()
    run(path, 1.2, 30)
    passed = time.monotonic() - began  # 1.2 seconds, or more on a busy machine
    lines = [text for _, text in shown if LINE.search(text)]
    assert 1 <= len(lines) <= 1 + 4 * passed
    assert re.search(r"kB/s 0:00:[0-3]\d", lines[-1])
    assert shown[-1][1] == messages.CLEAR


@pytest.mark.slow
def test_what_ends_soon_is_not_announced(tmp_path: Path, shown: list[tuple[float, str]]) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(1_000_000))
    run(path, 0.5, 1.5)
    assert shown == []


def test_a_note_takes_its_place(shown: list[tuple[float, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "_line_is_drawn", True)
    messages.note("something", GIVEN)
    messages.note("something else", GIVEN)
    assert [text for _, text in shown] == [messages.CLEAR]


def test_what_has_no_length_is_not_watched(tmp_path: Path) -> None:
    assert progress.size([str(tmp_path)]) == 0
    assert progress.size([str(tmp_path / "none")]) == 0
    (tmp_path / "file").write_bytes(b"12345")
    assert progress.size([str(tmp_path / "file")] * 2) == 10
