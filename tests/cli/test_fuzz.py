"""No command line, no file, no bytes end in a traceback.

    FUZZ_EXAMPLES=20000 python -m pytest -n0 -q tests/cli/test_fuzz.py

Command lines are made from the command tree: a new option or verb is in them without an edit here.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actcli.cli.menu import menu

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act
    from hypothesis.strategies import SearchStrategy

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))

ROOT = menu()
CONTEXT = click.Context(ROOT, info_name="act")
COMMANDS = {name: ROOT.get_command(CONTEXT, name) for name in ROOT.list_commands(CONTEXT)}

GOOD_NUMBERS = [
    "0",
    "1",
    "-1",
    "2.5",
    "-0.5",
    "1e-3",
    "-1e300",
    "inf",
    "-inf",
    "nan",
    "0x1p-3",
    ".5",
    "-.5",
    "+3",
]
ODD_NUMBERS = [
    "1e400",
    "-0",
    "1e-320",
    "5e-324",
    "1_0",
    "1,5",
    "50%",
    "0x",
    "1e",
    "--1",
    "\N{FULLWIDTH DIGIT ONE}",
]
NUMBERS = st.sampled_from(GOOD_NUMBERS + ODD_NUMBERS)
RANGES = st.sampled_from(
    [
        "0:3",
        "-2:2:0.5",
        "3:0:-1",
        "0:0",
        "0:1:0",
        "1:0",
        "0:1:nan",
        "::",
        "1:2:3:4",
        "-1:1:1e-1",
        "0:99999999",
    ]
)
JUNK = st.one_of(
    st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), max_size=6),
    st.sampled_from(
        ["\udcff", "\x1b[2J", "\u2028", "a\nb", "\ufeff", "--", "-", "%s", "{}", "[/]", "=", "~"]
    ),
)
WHOLE = st.sampled_from(["0", "1", "2", "3", "17", "18", "-1", "1000000000", "x", ""])
NAMES = ("a.csv", "b c.tsv", "d.gz", "e.npy", "f.parquet", "g.json", "-", "missing.csv", "folder", "")
TARGETS = (
    "out.csv",
    "out.json",
    "out.npy",
    "out.parquet",
    "out.csv.gz",
    "no/out.csv",
    "folder",
    "folder/",
    "a.csv",
    "out.",
    "",
    "-",
)
COLUMNS = ("x", "1", "-1", "0", "2-3", "x:y", "name=x", "name=", "y,x", ",", ":", "9", "-9", "1-9", "x,x")
ENCODINGS = (
    "utf-8",
    "utf-16",
    "latin-1",
    "cp1252",
    "utf-7",
    "idna",
    "rot13",
    "base64",
    "zlib",
    "cp037",
    "hz",
    "x",
)
DELIMITERS = (",", ";", "tab", "space", "|", '"', "", "ab", "\n", "é")

CELLS = st.one_of(
    NUMBERS,
    JUNK,
    st.sampled_from(["", "NA", "null", '"', '""', '"a', '"1"', '"a,b"', " 1 ", "1\r", "\x1b[2J", "#"]),
)
JSON = st.recursive(
    st.one_of(
        NUMBERS,
        st.sampled_from(
            ["null", "NaN", "true", '"a"', '"1"', '"\\u0078"', '"', "1e400", "-0", "", "[]", "{}"]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(st.sampled_from(["x", "y", "\\u0078", "1"]), inner), max_size=3).map(
            lambda items: "{" + ",".join(f'"{key}": {value}' for key, value in items) + "}"
        ),
    ),
    max_leaves=8,
)
BYTES = st.one_of(
    st.builds(
        lambda rows, separator: separator.join(rows).encode("utf-8", "surrogatepass"),
        st.lists(JSON, max_size=4),
        st.sampled_from(["\n", "\r\n", ",\n", " ", "\n\n"]),
    ),
    st.binary(max_size=60),
    st.builds(
        lambda rows, separator, end: end.join(separator.join(row) for row in rows).encode(
            "utf-8", "surrogatepass"
        ),
        st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6),
        st.sampled_from([",", ";", "\t", "|", " ", "  "]),
        st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
    ),
    st.builds(
        lambda magic, rest: magic + rest,
        st.sampled_from(
            [
                b"\x1f\x8b",
                b"\x1f\x8b\x08\x00",
                b"BZh9",
                b"BZh91AY&SY",
                b"\xfd7zXZ\0",
                b"(\xb5/\xfd",
                b"\xff\xfe",
                b"\xef\xbb\xbf",
            ]
        ),
        st.binary(max_size=40),
    ),
    st.builds(lambda rest: b"\x93NUMPY" + rest, st.binary(max_size=40)),
    st.builds(
        lambda mark, rest: mark + rest, st.sampled_from([b"PAR1", b"PAR1\x15"]), st.binary(max_size=40)
    ),
    st.just(b"id,x,y\na,1,2\nb,3,4\n"),
    st.just(b"1,2\n3,4\n"),
    st.just(b"x y\n"),
)

NAMED_VALUES = {
    "columns": COLUMNS,
    "exclude": COLUMNS,
    "by": COLUMNS,
    "encoding": ENCODINGS,
    "delimiter": DELIMITERS,
    "output": TARGETS,
    "orders": ("0", "1", "2", "all", "0,1,2", "1,1", "3", ",", ""),
    "axis": ("0", "1", "-1", "2", "-9", "x"),
    "weights": ("1", "1,2", "1,2,3", "a.csv", "", ","),
    "missing": ("", "NA", ",", "x,y"),
}


def values(option: click.Option) -> SearchStrategy[str]:
    """Values of an option, good ones and others."""
    if isinstance(option.type, click.Choice):
        return st.one_of(st.sampled_from(list(option.type.choices)), JUNK)
    if isinstance(option.type, click.IntRange):
        return WHOLE
    named = NAMED_VALUES.get(str(option.name))
    return st.one_of(st.sampled_from(named), JUNK) if named else st.one_of(NUMBERS, JUNK)


def spelled(option: click.Option) -> SearchStrategy[list[str]]:
    """An option as words of a command line."""
    names = st.sampled_from([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return names.map(lambda name: [name])
    apart = st.tuples(names, values(option)).map(list)
    joined = st.tuples(st.just(max(option.opts, key=len)), values(option)).map(lambda pair: ["=".join(pair)])
    return st.one_of(apart, joined)


def pieces(command: click.Command, name: str) -> SearchStrategy[list[str]]:
    """A command line of one command."""
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    numbers = st.one_of(NUMBERS, NUMBERS, RANGES)
    files = st.sampled_from(NAMES)
    anything = st.one_of(numbers, files, st.sampled_from(sorted(COMMANDS)), JUNK)
    chosen = [spelled(option) for option in options] or [st.just([])]
    lines = [
        st.lists(st.one_of(words.map(lambda word: [word]), *chosen), max_size=6)
        for words in (st.sampled_from(GOOD_NUMBERS), files, numbers, anything)
    ]
    return st.one_of(lines).map(lambda parts: [name, *(word for part in parts for word in part)])


LINES = st.deferred(
    lambda: st.one_of(
        *(pieces(command, name) for name, command in COMMANDS.items() if command is not None),
        st.lists(
            st.one_of(
                NUMBERS, JUNK, st.sampled_from(["--help", "-h", "--version", "help", "--", "-", *COMMANDS])
            ),
            max_size=4,
        ),
    )
)


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(line=LINES, files=st.lists(BYTES, min_size=6, max_size=6), stdin=BYTES)
def test_no_command_line_ends_in_a_traceback(
    act: Act,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    *,
    line: list[str],
    files: list[bytes],
    stdin: bytes,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "fuzz"
    renew(folder, files)
    monkeypatch.chdir(folder)
    outcome = act(*line, stdin=stdin)
    check(outcome, folder)


def renew(folder: Path, files: list[bytes]) -> None:
    """The folder as no earlier example has left it."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "folder").mkdir(parents=True)
    for name, content in zip(NAMES, files, strict=False):
        (folder / name).write_bytes(content)


def check(outcome: Any, folder: Path) -> None:
    """One of three exit codes, a short message if it is not 0, and no temporary file."""
    assert outcome.code in (0, 1, 2)
    assert "mistake in act" not in outcome.err
    assert "Traceback" not in outcome.err
    lines = outcome.err.splitlines()
    assert len(lines) <= 5
    assert all(line.startswith("act: ") for line in lines)
    assert all(line.isprintable() for line in lines)
    assert bool(lines) or outcome.code == 0
    assert not list(folder.rglob("*.part"))
