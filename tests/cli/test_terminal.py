"""What people see: real processes in pseudo-terminals of several widths, locales and colour wishes."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest
from support.processes import ACT, ROOT
from support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

WIDTHS = (40, 80, 200)
STYLE = re.compile("\x1b\\[[0-9;]*m")
VARIABLES = ("ACT_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "LC_", "LANG", "PYTHONUTF8")


def environment(**more: str) -> dict[str, str]:
    """A plain terminal, whatever the tests run in."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(VARIABLES)}
    return kept | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)} | more


def shown(
    folder: Path, *words: str, columns: int = 80, code: int = 0, decoded: str = "utf-8", **more: str
) -> str:
    """What the terminal gets from a run with this exit code."""
    with Terminal([*ACT, *words], environment(**more), str(folder), columns) as terminal:
        screen, ended = terminal.ended(decoded)
    assert ended == code, screen
    return screen


def bare(screen: str) -> str:
    return STYLE.sub("", screen)


WIDE = {
    "typed": ["tanh", "-d", "0,1,2", "-2:2:0.5", "-p", "17"],
    "a Jacobian": ["softmax", "-d", "0,1", "-1", "0.25", "3", "1e-3", "-p", "17"],
    "gated": ["glu", "-1", "0.25", "3", "1e-3", "-d", "0,1", "-p", "17"],
    "a file": ["gelu", "-a", "numbers.csv", "-p", "17", "-q"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = ["id", *(f"column_{k}" for k in range(9))]
    rows = [[f"row {r}", *(f"{r - k / 7}" for k in range(9))] for r in range(5)]
    (tmp_path / "numbers.csv").write_text("".join(",".join(row) + "\n" for row in [names, *rows]))
    (tmp_path / "long.csv").write_text("n,text\n" + "".join(f"{k},row{k}\n" for k in range(100)))
    (tmp_path / "nasty.csv").write_text(
        "[bold],[/x] :smile:,\x1b[2Jname\n1,2,\x1b]0;title\x07\x9b1mrest\r\n3,4,{x} \\[b]\n", newline=""
    )
    (tmp_path / "unicode.csv").write_text("größe,名前\n1,ü\n2,漢字\n")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("kind", WIDE)
def test_no_digit_is_lost_at_any_width(
    act: Act, monkeypatch: pytest.MonkeyPatch, folder: Path, kind: str, columns: int
) -> None:
    monkeypatch.chdir(folder)
    screen = bare(shown(folder, *WIDE[kind], columns=columns))
    records = json.loads(act(*WIDE[kind], "-F", "json").out)
    numbers = [value for record in records for value in record.values() if isinstance(value, float)]
    assert len(numbers) >= 4
    cells = set(re.split(r"[\s│]+", screen))
    assert {number for number in numbers if number not in {float(c) for c in cells if _is_number(c)}} == set()
    assert "…" not in screen


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


PAGES = {
    "typed": ["tanh", "-d", "0,1,2", "-2:2"],
    "typed vector": ["softmax", "-d", "all", "1", "2", "3"],
    "file": ["gelu", "numbers.csv", "-q"],
    "list": ["list"],
    "info": ["info", "relu"],
}


@pytest.mark.slow
@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_wider_than_the_terminal(folder: Path, page: str, columns: int) -> None:
    lines = bare(shown(folder, *PAGES[page], columns=columns)).splitlines()
    assert max(map(len, lines)) <= columns


@pytest.mark.slow
@pytest.mark.parametrize("words", [["tanh", "1"], ["list"], ["info", "relu"], ["relu", "long.csv", "-q"]])
def test_escape_codes_are_for_terminals_that_want_colour(folder: Path, words: list[str]) -> None:
    assert "\x1b[" in shown(folder, *words)
    assert "\x1b" not in shown(folder, *words, NO_COLOR="1")
    assert "\x1b" not in shown(folder, *words, TERM="dumb")
    assert "\x1b" not in shown(folder, *words, "--color", "never", FORCE_COLOR="1")
    assert "\x1b[" in shown(folder, *words, "--color", "always", NO_COLOR="1", TERM="dumb")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [["relu", "--help"], ["--help"], ["relu", "x", "-F", "csv"], ["relu", "1", "-F", "csv"]]
)
def test_help_errors_and_data_are_never_coloured(folder: Path, words: list[str]) -> None:
    code = 2 if "x" in words else 0
    assert "\x1b" not in shown(folder, *words, code=code, FORCE_COLOR="1")


LOCALIZED = [
    ["tanh", "1"],
    ["list"],
    ["info", "gelu"],
    ["relu", "unicode.csv"],
    ["--help"],
    ["gelu", "--help"],
]


@pytest.mark.slow
@pytest.mark.parametrize("words", LOCALIZED)
def test_an_ascii_locale_gets_ascii(folder: Path, words: list[str]) -> None:
    assert shown(folder, *words, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0").isascii()


@pytest.mark.slow
@pytest.mark.parametrize("words", LOCALIZED)
def test_a_latin_1_locale_gets_no_box_that_it_cannot_show(folder: Path, words: list[str]) -> None:
    screen = shown(folder, *words, PYTHONIOENCODING="latin-1", decoded="latin-1")
    assert not [c for c in bare(screen) if not c.isprintable() and c != "\n"]


@pytest.mark.slow
def test_control_characters_and_markup_of_a_file_do_nothing(folder: Path) -> None:
    screen = shown(folder, "relu", "nasty.csv")
    text = STYLE.sub("", screen)
    assert not [c for c in text if not c.isprintable() and c != "\n"]
    assert "[bold]" in text
    assert "[/x] :smile:" in text
    assert "{x} \\[b]" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [["relu", "nasty.csv", "-c", "name="], ["relu", "\x1b[2J"], ["\x1b[2J"], ["relu", "--\x9b"]]
)
def test_control_characters_of_the_command_line_do_nothing(folder: Path, words: list[str]) -> None:
    screen = shown(folder, *words, code=2)
    assert not [c for c in screen if not c.isprintable() and c != "\n"]


@pytest.mark.slow
def test_a_table_of_a_file_shows_forty_rows_unless_asked(folder: Path) -> None:
    screen = bare(shown(folder, "relu", "long.csv", "-q"))
    assert "... 60 more rows" in screen
    assert "row19" in screen
    assert "row20" not in screen
    assert "row80" in screen
    assert "row50" in shown(folder, "relu", "long.csv", "-q", "--rows", "0")
    assert "... 98 more rows" in shown(folder, "relu", "long.csv", "-q", "--rows", "2")


@pytest.mark.slow
def test_wide_characters_keep_the_box_straight(folder: Path) -> None:
    from rich.cells import cell_len

    lines = bare(shown(folder, "relu", "unicode.csv", "-q")).splitlines()
    assert len({cell_len(line) for line in lines}) == 1


@pytest.mark.slow
def test_numbers_are_read_from_the_keyboard(folder: Path) -> None:
    with Terminal([*ACT, "relu"], environment(), str(folder)) as terminal:
        terminal.shown("act: reading numbers from the terminal; end with Ctrl-D")
        terminal.type("-1\n2\n\x04")
        screen, code = terminal.ended()
    assert code == 0
    assert bare(screen).splitlines()[-2:] == ["0", "2"]


def test_ctrl_c_ends_it(folder: Path) -> None:
    with Terminal([*ACT, "relu"], environment(), str(folder)) as terminal:
        terminal.shown("end with Ctrl-D")
        terminal.type("\x03")
        screen, code = terminal.ended()
    assert code == -2
    assert "Traceback" not in screen


@pytest.mark.slow
def test_nothing_asked_is_answered_by_the_help_page(folder: Path) -> None:
    assert shown(folder) == shown(folder, "--help")
