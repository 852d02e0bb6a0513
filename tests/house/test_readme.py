"""README and the topics of `act help` are run: their sessions give what they show."""

from __future__ import annotations

import html
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from tools import accuracy, readme

from actcli.activations import ACTIVATIONS
from actcli.activations.frameworks import FRAMEWORKS
from actcli.cli.topics import TOPICS

if TYPE_CHECKING:
    from pathlib import Path

TEXT = readme.README.read_text()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="the sessions are for bash")
@pytest.mark.parametrize("page", readme.PAGES, ids=[page.stem for page in readme.PAGES])
def test_a_page_shows_what_the_program_does(page: Path, tmp_path: Path) -> None:
    assert readme.renewed(page.read_text(), tmp_path) == page.read_text()


def test_the_tour_has_ten_sessions_at_most_and_every_topic_is_linked() -> None:
    tour = TEXT.partition("## A tour")[2].partition("\n## ")[0]
    assert 8 <= tour.count("```console") <= 10
    for topic in TOPICS:
        assert f"| `act help {topic}` |" in TEXT
        assert f"(actcli/cli/topics/{topic}.md)" in TEXT


def test_the_counts_are_those_of_the_registry() -> None:
    assert f"command line: {len(ACTIVATIONS)} of them" in TEXT
    assert f"one of {len(FRAMEWORKS)} frameworks" in TEXT
    assert readme.counted(TEXT.replace(" 71 of", " 70 of").replace("of 17 f", "of 9 f")) == TEXT


def test_links_within_readme_lead_somewhere() -> None:
    heads = {
        re.sub(r"[^a-z -]", "", head.lower()).replace(" ", "-")
        for head in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    }
    links = re.findall(r"\]\(#([^)]*)\)", TEXT)
    assert links
    assert set(links) <= heads
    for path in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (readme.README.parent / path).exists(), path


def test_the_first_two_blocks_are_the_two_commands() -> None:
    first, second, *_ = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    assert first.strip().endswith(".venv/bin/act softmax 1 2 3 4")
    assert second.strip().endswith(".venv/bin/python -m pytest")
    assert all(command.count("\n") == 1 for command in (first, second))


def test_no_error_in_the_table_is_over_its_bound() -> None:
    table = readme.ERRORS.search(TEXT)
    assert table is not None
    rows = [line.strip("| ").split(" | ") for line in table[0].splitlines()[2:]]
    assert [row[0] for row in rows] == list(ACTIVATIONS)
    for name, errors, *_ in rows:
        for order, error in enumerate(errors.split(" / ")):
            assert float(error) <= accuracy.bound(ACTIVATIONS[name], order), (name, order)


def test_a_missing_row_of_the_table_is_measured_and_no_other() -> None:
    table = readme.ERRORS.search(TEXT)
    assert table is not None
    row = next(line for line in table[0].splitlines(keepends=True) if line.startswith("| relu6 |"))
    lacking = TEXT.replace(row, "")
    assert readme.completed(lacking) == readme.completed(TEXT) == TEXT


def test_what_was_measured_is_shown() -> None:
    blocks = dict(re.findall(r"<!-- measured: ([^>]+) -->\n(.*?)<!-- end -->", TEXT, re.DOTALL))
    assert set(blocks) == {"errors", "engine", "engine without AVX-512", "csv", "json lines"}
    for name, block in blocks.items():
        assert block.count("\n| ") > 3, name
    told = re.findall(r"<summary>act beside PyTorch with(?:out)? AVX-512, (\d+) activations</summary>", TEXT)
    for name, count in zip(("engine", "engine without AVX-512"), told, strict=True):
        assert blocks[name].count("\n| ") - 1 == int(count)  # one is the header


ONNX_SLOPE = "0.009999999776482582"  # stored as float32: the same on every processor


PROVEN = re.compile(
    r"^\$ act [^\n]*(?:--exact|--digits|--inverse|-d 0,3|-d 0,8|')[^\n]*\n(?:[^$][^\n]*\n)*", re.MULTILINE
)
"""Sessions of exact results, which are the same on every processor."""


def test_no_number_has_digits_that_differ_between_processors() -> None:
    pages = "".join(page.read_text() for page in readme.PAGES)
    sessions = "".join(readme.SESSION.findall(pages)).replace(ONNX_SLOPE, "")
    sessions = PROVEN.sub("", sessions)
    typed = set(re.findall(r"[\d.]+", "".join(re.findall(r"^\$ .*$", sessions, re.MULTILINE))))
    shown = set(re.findall(r"[\d.]+", sessions)) - typed
    assert not [number for number in shown if len(number.strip("0.")) > 13]


@pytest.mark.slow
def test_the_picture_shows_what_the_program_does() -> None:
    """Compared as text, which does not depend on how rich draws it."""
    there = (readme.README.parent / ".github" / "act.svg").read_text()
    assert ".github/act.svg" in TEXT
    assert _text(there) == _text(readme.picture())
    assert "0.643914" in _text(there)


def _text(svg: str) -> str:
    body = re.sub(r"<style>.*?</style>|<[^>]*>", "", svg, flags=re.DOTALL)
    return html.unescape("".join(body.split()))
