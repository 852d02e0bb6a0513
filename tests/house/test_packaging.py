"""What is in the wheel and in the source distribution, and that the wheel works once it is installed."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import ENVIRONMENT, Outcome, run
from tools import oldest

from actcli import __version__

if TYPE_CHECKING:
    from email.message import Message

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SHARED = {
    "share/bash-completion/completions/act": "act.bash",
    "share/zsh/site-functions/_act": "_act",
    "share/fish/vendor_completions.d/act.fish": "act.fish",
    "share/man/man1/act.1": "act.1",
}

needs_hatchling = pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None, reason="hatchling is not installed: nothing can be built"
)
pytestmark = [needs_hatchling, pytest.mark.slow]  # builds and installs


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    done = run(program=command, cwd=ROOT)
    assert done.code == 0, done.err
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(next(built.glob("*.whl")))


PAGE = {"actcli/plots/page.css", "actcli/plots/page.js"}


def files(folder: str, pattern: str = "*.py") -> set[str]:
    return {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob(pattern)}


def test_the_wheel_has_the_whole_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = [name for name in wheel.namelist() if not name.startswith(f"actcli-{__version__}.")]
    topics = files("actcli/cli/topics", "*.md")
    assert set(names) == files("actcli") | PAGE | topics | {"actcli/py.typed"}


@pytest.mark.parametrize("place", SHARED)
def test_the_wheel_has_completions_and_the_manual_page_where_shells_look(
    wheel: zipfile.ZipFile, place: str
) -> None:
    text = wheel.read(f"actcli-{__version__}.data/data/{place}").decode()
    assert text == (ROOT / "completions" / SHARED[place]).read_text()


def test_everything_in_completions_is_in_the_wheel() -> None:
    assert {path.name for path in (ROOT / "completions").iterdir()} == set(SHARED.values())


def test_the_source_has_all_that_the_tests_need(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert files("actcli") | PAGE | files("tests") | files("completions", "*") <= names
    assert {"pyproject.toml", "README.md", "LICENSE"} <= names
    assert not {name for name in names if "__pycache__" in name or name.startswith(".ci")}


def test_the_metadata_says_what_the_project_says(wheel: zipfile.ZipFile) -> None:
    text = wheel.read(f"actcli-{__version__}.dist-info/METADATA").decode()
    metadata: Message = Parser().parsestr(text)
    assert metadata["Version"] == __version__
    needed = [need.partition(";")[0].strip() for need in metadata.get_all("Requires-Dist", [])]
    for dependency in PROJECT["project"]["dependencies"]:
        name = re.split("[<>=]", dependency)[0]
        assert any(need.startswith(name) for need in needed)
    assert metadata["Description-Content-Type"] == "text/markdown"
    entry = wheel.read(f"actcli-{__version__}.dist-info/entry_points.txt").decode()
    assert "act = actcli.__main__:main" in entry


def test_the_licence_comes_with_the_wheel(wheel: zipfile.ZipFile) -> None:
    text = wheel.read(f"actcli-{__version__}.dist-info/licenses/LICENSE").decode()
    assert text == (ROOT / "LICENSE").read_text()
    assert text.startswith(PROJECT["project"]["license"])


def test_the_wheel_works_once_it_is_installed(built: Path, tmp_path: Path) -> None:
    if importlib.util.find_spec("pip") is None:
        pytest.skip("pip is not installed")
    flags = ["--no-index", "--no-deps", "--no-compile", "--ignore-installed", "--prefix", str(tmp_path)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", *flags]
    installed = run(str(next(built.glob("*.whl"))), program=pip)
    assert installed.code == 0, installed.err
    site = next(tmp_path.rglob("actcli")).parent
    program = next(path for path in tmp_path.rglob("act") if os.access(path, os.X_OK))
    environment = ENVIRONMENT | {"PYTHONPATH": str(site)}
    done = run("relu", "-1", "2", "-F", "plain", program=[str(program)], cwd=tmp_path, env=environment)
    assert done == Outcome(0, b"0\n2\n", "")
    assert all((tmp_path / place).is_file() for place in SHARED)


def test_every_dependency_has_one_lower_bound() -> None:
    assert {"click", "numpy", "orjson", "rich", "fsspec", "pytest"} <= set(oldest.constraints())


def test_the_packages_are_fit_for_an_index(built: Path) -> None:
    if importlib.util.find_spec("twine") is None:
        pytest.skip("twine is not installed")
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built.iterdir())]
    done = run(program=command)
    assert done.code == 0, done.out
