"""`act help`: topics, activations and commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import actcli.cli.topics
from actcli.activations import ACTIVATIONS
from actcli.cli.menu import VERBS
from actcli.cli.topics import ALIASES, TOPICS, blocks, text

if TYPE_CHECKING:
    from conftest import Act


def test_every_topic_has_a_file_and_every_file_is_a_topic() -> None:
    there = {path.stem for path in Path(actcli.cli.topics.__file__).parent.glob("*.md")}
    assert there == set(TOPICS)
    assert not set(TOPICS) & {*ACTIVATIONS, *VERBS}
    assert set(ALIASES.values()) <= set(TOPICS)
    assert not set(ALIASES) & {*TOPICS, *ACTIVATIONS, *VERBS}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_shown_whole_in_lines_that_fit(act: Act, topic: str) -> None:
    outcome = act("help", topic)
    assert (outcome.code, outcome.err) == (0, "")
    found = " ".join(outcome.out.split())
    for kind, part in blocks(text(topic)):
        for line in part.split("\n"):
            assert " ".join(line.split()) in found
        if kind != "code":
            assert "`" not in part
    sessions = {
        line.strip() for kind, part in blocks(text(topic)) if kind == "code" for line in part.split("\n")
    }
    assert all(len(line) <= 80 for line in outcome.out.splitlines() if line.strip() not in sessions)


def test_other_words_find_topics_and_typing_errors_are_told(act: Act) -> None:
    for word, topic in ALIASES.items():
        assert act("help", word) == act("help", topic)
    assert act("help", "clustr").err == "act: there is no topic 'clustr'; did you mean cluster?\n"
    assert act("help", "sofmax").err.startswith("act: there is no activation 'sofmax'; did you mean softmax")
    assert act("help", "sofmax").code == 2


def test_help_of_a_command_and_of_an_activation_is_their_own(act: Act) -> None:
    for name in ("plot", "softmax", "lrelu", "help"):
        assert act("help", name) == act(name, "--help")
    assert act("help") == act("--help")
    shown = act("help").out
    assert all(f"\n  {topic} " in shown for topic in TOPICS)


def test_titles_stand_out_where_there_is_colour(act: Act) -> None:
    assert act("help", "shell", "--color", "always").out.startswith("\x1b[1mIn your shell\x1b[0m\n")
