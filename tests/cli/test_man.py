"""The manual page: up to date, complete, and without warnings."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import ENVIRONMENT, run

from actcli.activations import ACTIVATIONS
from actcli.cli.commands.man import page
from actcli.cli.menu import VERBS, menu

if TYPE_CHECKING:
    from conftest import Act

COMMITTED = Path(__file__).parents[2] / "completions" / "act.1"


def test_the_program_prints_the_page(act: Act) -> None:
    assert act("man").out == page(menu()) == COMMITTED.read_text()


def test_the_page_is_ascii_and_begins_no_line_by_mistake_with_a_request() -> None:
    layout = {".TH", ".SH", ".SS", ".TP", ".PP", ".IP", ".RS", ".RE"}
    requests = layout | {".br", ".nf", ".fi", ".nh", ".ad", ".sp"}
    assert page(menu()).isascii()
    for line in page(menu()).splitlines():
        assert not line.startswith("'")
        if line.startswith("."):
            assert line.split()[0] in requests


@pytest.fixture(scope="module")
def rendered() -> str:
    """The page as `man` shows it; it must not warn."""
    man = shutil.which("man")
    if man is None:
        pytest.skip("man is not installed")
    plain = {"MANWIDTH": "100", "MANPAGER": "cat", "MAN_KEEP_FORMATTING": ""}
    done = run("--warnings", "-l", str(COMMITTED), program=[man], env=ENVIRONMENT | plain)
    assert (done.code, done.err) == (0, "")
    return done.out


def test_man_shows_every_activation_and_command(rendered: str) -> None:
    words = set(rendered.replace(",", " ").split())
    assert set(ACTIVATIONS) <= words
    for verb in VERBS:
        assert f"act {verb}" in rendered


def test_man_shows_every_parameter_and_formula(rendered: str) -> None:
    text = " ".join(rendered.split())
    for record in ACTIVATIONS.values():
        assert f"f(x) = {record.formula}" in text
        assert all(parameter.flag in text for parameter in record.parameters)


def test_groff_has_nothing_to_say() -> None:
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed")
    done = run("-man", "-ww", "-Tutf8", "-z", str(COMMITTED), program=[groff])
    assert (done.code, done.err) == (0, "")
