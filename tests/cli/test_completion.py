"""Completion in the real shells, and the scripts in `completions/`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import run
from support.terminal import SIDE, Terminal
from tools import readme

from actcli.cli.complete.shells import SHELLS, script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Act

ROOT = Path(__file__).parents[2]
COMPLETIONS = ROOT / "completions"

INSERTED = {
    "act leaky": "act leaky-relu ",
    "act swis": "act swish ",
    "act info leaky": "act info leaky-relu ",
    "act compl": "act completion ",
    "act completion f": "act completion fish ",
    "act compare relu leaky": "act compare relu leaky-relu ",
    "act plot relu -o my": r"act plot relu -o my\ numbers.csv ",
    "act neuron sigmoid --weights my": r"act neuron sigmoid --weights my\ numbers.csv ",
    "act relu --format=j": "act relu --format=json",
    "act relu --format j": "act relu --format json",
    "act relu -F xl": "act relu -F xl",
    "act relu -1 --al": "act relu -1 --alpha ",
    "act relu -1 -inf --dtype=b": "act relu -1 -inf --dtype=bfloat16 ",
    "act relu -5:5 --like=nu": "act relu -5:5 --like=numpy-ml ",
    "act relu --neg": "act relu --negative-slope ",
    "act relu -t sp": "act relu -t space ",
    "act relu --invalid=k": "act relu --invalid=keep ",
    "act relu --encoding lat": "act relu --encoding latin-1 ",
    r"act neuron relu --weights my\ numbers.csv plain.csv -c sc": (
        r"act neuron relu --weights my\ numbers.csv plain.csv -c score "
    ),
    "act relu plain.csv -c sc": "act relu plain.csv -c score ",
    "act relu plain.csv -c score,i": "act relu plain.csv -c score,id ",
    "act relu lines.jsonl --columns=sc": "act relu lines.jsonl --columns=score ",
    "act relu plain.csv --columns=sc": "act relu plain.csv --columns=score ",
    "act relu < plain.csv -c sc": "act relu < plain.csv -c score ",
    "act relu plain.csv -c tw": r"act relu plain.csv -c two\ words ",
    "act relu plain.csv -c 'tw": "act relu plain.csv -c 'two words' ",
    "act relu plain.csv -c a:": "act relu plain.csv -c a:b ",
    "act relu my": r"act relu my\ numbers.csv ",
    r"act relu my\ numbers.csv -c val": r"act relu my\ numbers.csv -c value ",
    "act relu -1 -o my": r"act relu -1 -o my\ numbers.csv ",
    "act relu --output=my": r"act relu --output=my\ numbers.csv ",
    "cat plain.csv | act sigm": "cat plain.csv | act sigmoid ",
}
"""What is on the line, and what is there after the tabulator."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files to complete and a program called act."""
    here = tmp_path_factory.mktemp("folder")
    (here / "plain.csv").write_text("id,score,two words,a:b\nx,1,2,3\n")
    (here / "lines.jsonl").write_text('{"id":1,"score":2}\n')
    (here / "my numbers.csv").write_text("value\n1\n")
    programs = here / ".bin"
    programs.mkdir()
    program = programs / "act"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m actcli "$@"\n')
    program.chmod(0o755)
    (programs / "broken.gz").write_bytes(b"\x1f\x8b and no more")
    return here


def environment(folder: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("_ACT", "COMP_"))}
    search = f"{folder / '.bin'}{os.pathsep}{os.environ['PATH']}"
    return kept | {"PATH": search, "TERM": "xterm", "HOME": str(folder), "LC_ALL": "C.UTF-8", "PS1": "$ "}


def needs(shell: str) -> str:
    """The shell's path; skips the test where it is not installed."""
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    return path


def test_what_is_generated_is_up_to_date() -> None:
    there = {path.name: path.read_text() for path in COMPLETIONS.iterdir()}
    assert there == readme.generated(), "python tests/tools/readme.py brings completions/ up to date"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_program_prints_its_scripts(act: Act, shell: str) -> None:
    assert act("completion", shell).out == script(shell)


@pytest.mark.parametrize(
    "asked", [{"_ACT_COMPLETE": "tcsh_complete"}, {"_ACT_COMPLETE": "bash_complete", "COMP_POINT": "x"}]
)
def test_a_shell_that_asks_in_vain_is_not_written_to(
    act: Act, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str]
) -> None:
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    outcome = act()
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "")


@pytest.fixture(scope="module")
def bash(folder: Path) -> Iterator[Terminal]:
    start = folder / ".start.bash"
    show = f'printf "%s\\n" "$READLINE_LINE" >&{SIDE}'
    start.write_text(f"source {COMPLETIONS / 'act.bash'}\nbind -x '\"\\C-g\": {show}'\nset +o history\n")
    command = [needs("bash"), "--noprofile", "--rcfile", str(start), "-i"]
    with Terminal(command, environment(folder), str(folder)) as terminal:
        yield terminal


@pytest.fixture(scope="module")
def zsh(folder: Path) -> Iterator[Terminal]:
    (folder / ".zshrc").write_text(
        f"fpath=({COMPLETIONS} $fpath)\nautoload -U compinit\ncompinit -D -u\nbindkey -e\n"
        f"tell() {{ print -r -- \"$BUFFER\" >&{SIDE} }}\nzle -N tell\nbindkey '^G' tell\n"
    )
    where = environment(folder) | {"ZDOTDIR": str(folder)}
    with Terminal([needs("zsh"), "-d", "-i"], where, str(folder)) as terminal:
        yield terminal


def completed(shell: Terminal, line: str) -> str:
    """The line after the tabulator."""
    shell.type(f"{line}\t\x07")
    told = shell.told()
    shell.type("\x05\x15")
    return told


@pytest.mark.slow
@pytest.mark.parametrize("line", INSERTED)
def test_bash_completes(bash: Terminal, line: str) -> None:
    assert completed(bash, line) == INSERTED[line]


@pytest.mark.slow
@pytest.mark.parametrize("line", INSERTED)
def test_zsh_completes(zsh: Terminal, line: str) -> None:
    assert completed(zsh, line) == INSERTED[line]


END = "= end ="

LISTED = {
    "act hard-s": ["hard-sigmoid", "hard-silu", "hard-shrink", "hard-swish"],
    "act relu --i": ["--inverse", "--invalid", "--in-place"],
    "act relu -q --q": [],
    "act relu --format=j": ["--format=json", "--format=jsonl"],
    "act relu -1 --color ": ["auto", "always", "never"],
    "act relu -d 0": ["0", "0,1", "0,1,2"],
    "act relu plain.csv -c ": ["id", "score", "two words", "a:b"],
    "act relu plain.csv -c id,score,": ["id,score,two words", "id,score,a:b"],
    "act relu --no-header plain.csv -c ": ["1", "2", "3", "4"],
    "act relu -t ';' plain.csv --exclude=": ["--exclude=name=id,score,two words,a:b"],
    "act relu no.csv -c ": [],
    "act relu .bin -c ": [],
    "act relu .bin/broken.gz -c ": [],
    "act relu -t ';' plain.csv -c name=i": ["name=id,score,two words,a:b"],
    "act --": ["--version", "--help"],
}


@pytest.fixture(scope="module")
def fish(folder: Path) -> dict[str, list[str]]:
    """What fish offers for each line; one fish is asked about all of them."""
    lines = [*INSERTED, *LISTED]
    quoted = ("'" + line.replace("\\", "\\\\").replace("'", "\\'") + "'" for line in lines)
    asked = f"for line in {' '.join(quoted)}; complete -C $line; echo {END}; end"
    program = (needs("fish"), "--no-config", "-c", f"source {COMPLETIONS / 'act.fish'}; {asked}")
    done = run(program=program, env=environment(folder), cwd=folder)
    assert done.code == 0, done.err
    answers = done.out.split(END + "\n")[:-1]
    offered = ([answer.partition("\t")[0] for answer in text.splitlines()] for text in answers)
    return dict(zip(lines, offered, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("line", LISTED)
def test_fish_lists(fish: dict[str, list[str]], line: str) -> None:
    assert sorted(fish[line]) == sorted(LISTED[line])


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in INSERTED if "|" not in line and "xl" not in line])
def test_fish_completes(fish: dict[str, list[str]], line: str) -> None:
    word = INSERTED[line].removesuffix(" ").removeprefix(line[: line.rindex(" ") + 1])
    assert word.replace("\\", "").strip("'") in [answer.strip("'") for answer in fish[line]]
