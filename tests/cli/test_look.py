"""What options, environment and terminal make of a result's look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from actcli.cli.display import terminal
from actcli.cli.options import Arguments
from actcli.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

NOTHING = Arguments()


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACT_FORMAT", "ACT_PRECISION", "ACT_COLOR", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(terminal, "is_terminal", lambda _: True)


def test_a_pipe_gets_the_kind_that_came_in_and_typed_numbers_a_table() -> None:
    assert terminal.result_format(NOTHING, typed=False) == "same"
    assert terminal.result_format(NOTHING, typed=True) == "table"


@pytest.mark.usefixtures("on_terminal")
def test_a_terminal_shows_forty_rows_of_a_table_as_wide_as_it_is() -> None:
    assert terminal.result_format(NOTHING, typed=False) == "table"
    display = terminal.display(NOTHING)
    assert (display.width, display.rows, display.colour) == (80, 40, True)
    assert terminal.display(Arguments(rows=0)).rows == 0


@pytest.mark.usefixtures("on_terminal")
def test_a_pipe_on_a_terminal_is_streamed_unless_rows_were_asked_for() -> None:
    assert terminal.display(NOTHING, streamed=True).streamed
    assert not terminal.display(Arguments(rows=9), streamed=True).streamed


@pytest.mark.usefixtures("on_terminal")
def test_the_environment_says_what_a_terminal_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACT_FORMAT", "markdown")
    assert terminal.result_format(NOTHING, typed=True) == "markdown"
    assert terminal.result_format(Arguments(format="csv"), typed=True) == "csv"
    monkeypatch.setenv("ACT_FORMAT", "xml")
    with pytest.raises(UsageError, match="it can be table, csv"):
        terminal.result_format(NOTHING, typed=True)


@pytest.mark.usefixtures("on_terminal")
def test_the_environment_sets_the_digits_of_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACT_PRECISION", "3")
    assert terminal.result_digits(NOTHING, "table") == 3
    assert terminal.result_digits(Arguments(precision=9), "table") == 9
    assert terminal.result_digits(NOTHING, "csv") is None
    monkeypatch.setenv("ACT_PRECISION", "18")
    with pytest.raises(UsageError, match="1 to 17"):
        terminal.result_digits(NOTHING, "table")


def test_nothing_in_the_environment_changes_a_pipe(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    before = act("sigmoid", "1").raw, act("sigmoid", stdin="1\n").raw
    monkeypatch.setenv("ACT_FORMAT", "json")
    monkeypatch.setenv("ACT_PRECISION", "2")
    monkeypatch.setenv("COLUMNS", "10")
    assert (act("sigmoid", "1").raw, act("sigmoid", stdin="1\n").raw) == before


@pytest.mark.parametrize(
    ("asked", "environment", "colour"),
    [
        (None, {}, True),
        (None, {"NO_COLOR": "1"}, False),
        (None, {"TERM": "dumb"}, False),
        (None, {"ACT_COLOR": "never"}, False),
        (None, {"ACT_COLOR": "always", "NO_COLOR": "1"}, True),
        ("never", {"ACT_COLOR": "always"}, False),
        ("always", {"NO_COLOR": "1"}, True),
        ("auto", {"ACT_COLOR": "never"}, True),
    ],
)
@pytest.mark.usefixtures("on_terminal")
def test_colour(
    monkeypatch: pytest.MonkeyPatch, asked: str | None, environment: dict[str, str], colour: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert terminal.wants_colour(asked, on_terminal=True) is colour


def test_colour_in_a_pipe_is_for_those_who_force_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACT_COLOR", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert not terminal.wants_colour(None, on_terminal=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert terminal.wants_colour(None, on_terminal=False)


@pytest.mark.slow
@pytest.mark.parametrize("variable", ["FORCE_COLOR", "ACT_COLOR"])
@pytest.mark.parametrize(
    "words", [["relu", "1"], ["relu", "-F", "table"], ["list"], ["info", "relu"], ["plot", "relu"]]
)
def test_a_file_has_colour_only_if_the_command_line_says_so(
    act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, words: list[str]
) -> None:
    monkeypatch.setenv(variable, "always")
    target = tmp_path / "y.txt"
    assert act(*words, "-o", str(target), stdin="x\n1\n").code == 0
    assert b"\x1b" not in target.read_bytes()
    assert act(*words, "-o", str(target), "--color", "always", stdin="x\n1\n").code == 0
    assert b"\x1b" in target.read_bytes()
    assert b"\x1b" in act(*words, stdin="x\n1\n").raw


@pytest.mark.slow
def test_a_wish_for_colour_that_is_none_is_refused(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACT_COLOR", "foo")
    for words in (["relu", "1"], ["list"], ["plot", "relu"]):
        outcome = act(*words)
        assert outcome.code == 2
        assert outcome.err == "act: ACT_COLOR is 'foo'; it can be auto, always, never\n"
        assert act(*words, "--color", "never").code == 0
    assert act("relu", "1", "-F", "csv").code == 0, "data have no colour"
    monkeypatch.setenv("ACT_COLOR", "")
    assert act("relu", "1").code == 0


@pytest.mark.usefixtures("on_terminal")
def test_a_terminal_is_told_what_is_computed(act: Act) -> None:
    waiting, computing = act("relu", "-F", "csv", stdin="id,a,b\nx,1,2\n").err.splitlines()
    assert waiting == "act: reading numbers from the terminal; end with Ctrl-D"
    assert computing == "act: standard input: computing columns a, b; the first row is a header"
    assert act("relu", "-F", "csv", "-q", stdin="id,score\na,1\n").err == ""
    assert act("relu", "-F", "csv", "-c", "2", stdin="id,score\na,1\n").err == waiting + "\n"
    _, computing = act("relu", "-F", "csv", stdin="a,1\n").err.splitlines()
    assert computing == "act: standard input: computing column 2; there is no header"
