"""Run the sessions of README and of the topics of `act help`, and write what is generated.

    python tests/tools/readme.py [--measure]

Generated are the tables and counts of README, its picture, and `completions/`.

The table of errors keeps its rows; an activation without one is measured, in seconds. With `--measure` all
are measured anew, which takes ten minutes.

A session is a `console` block: lines that begin with `$ ` are run by bash in one folder after the other,
`> ` continues them, and what follows is their output, standard error included.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from itertools import groupby
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
PAGES = [README, *sorted((README.parent / "actcli" / "cli" / "topics").glob("*.md"))]
"""All that has sessions."""
SESSION = re.compile(r"(?<=```console\n)(.*?)(?=```\n)", re.DOTALL)
ERRORS = re.compile(r"(?<=<!-- measured: errors -->\n).*?(?=<!-- end -->)", re.DOTALL)
GENERATED = re.compile(r"(?<=<!-- generated: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)


def renewed(text: str, folder: Path) -> str:
    """A page with the output of its sessions as it is now, and its generated parts anew."""
    environment = _environment(folder)
    work = folder / "work"
    work.mkdir()
    text = SESSION.sub(lambda match: _session(match[0], work, environment), text)
    return GENERATED.sub(lambda match: match[1] + match[2] + PARTS[match[1]](), text)


def _environment(folder: Path) -> dict[str, str]:
    """A shell that finds this interpreter's `act`, and no terminal."""
    binaries = folder / "bin"
    binaries.mkdir()
    for name, module in (("act", "-m actcli "), ("python", "")):
        program = binaries / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module}"$@"\n')
        program.chmod(0o755)
    root = str(Path(__file__).parents[2])
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "LC_ALL": "C.UTF-8", "PYTHONPATH": root, "HOME": str(folder)}


def _session(text: str, work: Path, environment: dict[str, str]) -> str:
    shown = []
    for command in _commands(text):
        done = subprocess.run(
            ["bash", "-c", command],  # noqa: S607  whichever bash the reader has
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        shown.append("$ " + command.replace("\n", "\n> ") + "\n" + done.stdout.decode())
    return "".join(shown)


def _commands(text: str) -> list[str]:
    commands: list[str] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append(line[2:])
        elif line.startswith("> ") and commands:
            commands[-1] += "\n" + line[2:]
    return commands


def activations() -> str:
    """The tables of all activations, folded: a family each."""
    from actcli.activations import ACTIVATIONS

    lines = []
    for family, members in groupby(ACTIVATIONS.values(), key=lambda record: record.family):
        records = list(members)
        names = ", ".join(record.name for record in records)
        lines += ["<details>", f"<summary>{family.capitalize()}: {names}</summary>", ""]
        lines += ["| activation | | formula | also called |", "|---|---|---|---|"]
        for record in records:
            aliases = ", ".join(f"`{alias}`" for alias in (*record.aliases, *record.presets))
            lines.append(f"| `{record.name}` | {record.summary} | `{record.formula}` | {aliases} |")
        lines += ["", "</details>", ""]
    return "\n".join(lines)


PARTS = {"activations": activations}
PICTURE = ("act softmax 1 2 3 4", "act plot tanh -d 0,1,2 -4:4 --width 76 --height 16")
"""What the picture at its top shows."""
PICTURE_WIDTH = 78
SCRIPTS = {"bash": "act.bash", "zsh": "_act", "fish": "act.fish"}
"""What a shell's completion is called in `completions/`, for the shell to find it."""


def measured(text: str) -> str:
    """Return README with the whole table of errors as it is on this machine."""
    table = _accuracy("--points", "250")
    return ERRORS.sub(lambda _: table, text)


def completed(text: str) -> str:
    """Return README with a row of errors for every activation: those that lack one are measured."""
    from actcli.activations import ACTIVATIONS

    found = ERRORS.search(text)
    assert found is not None, "README has no table of errors"
    header, rows = found[0].splitlines()[:2], _rows(found[0])
    if missing := [name for name in ACTIVATIONS if name not in rows]:
        rows |= _rows(_accuracy("--points", "60", *missing))
    table = "\n".join([*header, *(rows[name] for name in ACTIVATIONS)]) + "\n"
    return text[: found.start()] + table + text[found.end() :]


def _rows(table: str) -> dict[str, str]:
    """Return the rows of a Markdown table by their first cell."""
    return {line.split(" | ")[0].strip("| "): line for line in table.splitlines()[2:]}


def _accuracy(*words: str) -> str:
    """Return the table that `tests/tools/accuracy.py` prints."""
    program = [sys.executable, str(Path(__file__).parent / "accuracy.py"), "--markdown", *words]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(program, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit("the errors could not be measured, so README stays as it is")
    return done.stdout


def counted(text: str) -> str:
    """Return README with the counts of activations and frameworks as they are."""
    from actcli.activations import ACTIVATIONS
    from actcli.activations.frameworks import FRAMEWORKS

    text = re.sub(r"(?<=command line: )\d+(?= of them)", str(len(ACTIVATIONS)), text)
    return re.sub(r"(?<=one of )\d+(?= frameworks)", str(len(FRAMEWORKS)), text)


def generated() -> dict[str, str]:
    """What stands in `completions/`, by file."""
    from actcli.cli.commands.man import page
    from actcli.cli.complete.shells import script
    from actcli.cli.menu import menu

    return {"act.1": page(menu()), **{name: script(shell) for shell, name in SCRIPTS.items()}}


def picture() -> str:
    """Return README's picture as SVG: a terminal with a table and a curve."""
    from rich.console import Console
    from rich.text import Text

    environment = {**os.environ, "PYTHONPATH": str(README.parent), "LC_ALL": "C.UTF-8"}
    console = Console(record=True, width=PICTURE_WIDTH, file=io.StringIO())
    for line in PICTURE:
        program = [sys.executable, "-m", "actcli", *shlex.split(line)[1:], "--color", "always"]
        shown = subprocess.run(program, env=environment, check=True, capture_output=True, text=True).stdout
        console.print(Text.from_ansi(f"$ {line}\n{shown}"))
    svg = console.export_svg(title="act", unique_id="act")
    return re.sub(r"<!--.*?-->\s*|@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # no fonts of a host


def main() -> None:
    """Write README, its picture and `completions/` anew."""
    for name, script in generated().items():
        (README.parent / "completions" / name).write_text(script)
    (README.parent / ".github" / "act.svg").write_text(picture())
    text = README.read_text()
    text = measured(text) if sys.argv[1:] == ["--measure"] else completed(text)
    README.write_text(counted(text))
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            page.write_text(renewed(page.read_text(), Path(folder)))


if __name__ == "__main__":
    main()
