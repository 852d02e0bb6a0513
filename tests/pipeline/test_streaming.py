"""Answers as the questions come, in the same memory for ever."""

from __future__ import annotations

import gzip
import os
import signal
from typing import TYPE_CHECKING

import pytest
from support.processes import PATIENCE, fed, group, needs_proc, peak, start

if TYPE_CHECKING:
    import subprocess
    from typing import IO

MOST = 150
"""MB."""


def pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin
    assert process.stdout
    return process.stdin, process.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ([], [("x\n", "x\n"), ("-1\n", "0\n"), ("7\n", "7\n"), ("1\n2\n", "1\n2\n")]),
        (["-c", "x"], [("x,note\n", "x,note\n"), ('-1,"a\nb"\n', '0,"a\nb"\n'), ("7,c\n", "7,c\n")]),
        (["-c", "y"], [('size 5",y\n', 'size 5",y\n'), ("1,-1\n", "1,0\n")]),
        (["-F", "jsonl"], [("x\n-1\n", '{"x":0}\n'), ("7\n", '{"x":7}\n')]),
        (["-F", "plain"], [("-1 2\n", "0 2\n"), ("7 8\n", "7 8\n")]),
    ],
)
def test_each_line_is_answered_while_the_writer_waits(words: list[str], lines: list[tuple[str, str]]) -> None:
    process = start("relu", *words)
    asking, answers = pipes(process)
    held = ""
    with fed(process, lambda: None):
        for question, answer in lines:
            asking.write(question.encode())
            asking.flush()
            held += answer
            if question.endswith(("x\n", "note\n")):
                continue  # a header may wait for the first row
            assert answers.read(len(held)) == held.encode()
            held = ""
        asking.close()
        assert process.wait(PATIENCE) == 0


@pytest.mark.slow
def test_packed_lines_are_answered_while_the_writer_waits() -> None:
    import zlib

    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    process = start("relu")
    asking, answers = pipes(process)
    with fed(process, lambda: None):
        for number in range(3):
            asking.write(packer.compress(b"-%d\n" % number) + packer.flush(zlib.Z_SYNC_FLUSH))
            asking.flush()
            assert answers.read(2) == b"0\n"
        asking.write(packer.flush())
        asking.close()
        assert process.wait(PATIENCE) == 0


@pytest.mark.slow
def test_endless_input_is_read_no_further_than_its_reader() -> None:
    process = start("relu")
    asking, answers = pipes(process)

    def feed() -> None:
        while True:
            asking.write(b"-1\n" * 10_000)

    with fed(process, feed):
        assert [answers.readline() for _ in range(3)] == [b"0\n"] * 3
        answers.close()
        assert process.wait(PATIENCE) == -signal.SIGPIPE
        assert process.stderr
        assert process.stderr.read() == b""


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize(
    "row", [b"-1.25,0.3333333333333333\n", b'-1.25,"text, and ""more"""\n', b'a" b,-1\n']
)
def test_memory_does_not_grow(row: bytes) -> None:
    quick = b'a"' not in row
    rows, times = 100_000, 20 if quick else 4
    process = start("relu", "-c", "1" if quick else "2", "-n", start_new_session=True)
    asking, answers = pipes(process)

    def feed() -> None:
        for _ in range(times):
            asking.write(row * rows)
        asking.flush()

    with fed(process, feed):
        seen = 0
        while seen < rows * times:
            seen += os.read(answers.fileno(), 1 << 16).count(b"\n")
        most = max(map(peak, group(process)))
        asking.close()
        assert process.wait(PATIENCE) == 0
    assert 0 < most < MOST


@pytest.mark.slow
@needs_proc
def test_many_derivatives_of_a_row_take_no_more_memory() -> None:
    names = ",".join("abcdefghij")
    row = b"0.5,-1.25,0.75,2.5,0.1,-0.2,0.3,1.5,-2.5,0.9\n"
    process = start("softmax", "-d", "2", "--axis", "1", start_new_session=True)
    asking, answers = pipes(process)
    with fed(process, lambda: (asking.write(names.encode() + b"\n" + 6000 * row), asking.flush())):
        seen = 0
        while seen < 1500:
            seen += os.read(answers.fileno(), 1 << 16).count(b"\n")
        assert 0 < max(map(peak, group(process))) < MOST


@pytest.mark.slow
@needs_proc
def test_what_unpacks_to_very_much_takes_no_more_memory() -> None:
    process = start("relu", start_new_session=True)
    asking, answers = pipes(process)
    packed = gzip.compress(b"-1\n" * 10_000_000)
    with fed(process, lambda: (asking.write(packed), asking.flush())):
        first = answers.read(1 << 20)
        assert first == b"0\n" * len(first[::2])
        assert 0 < max(map(peak, group(process))) < MOST


@pytest.mark.slow
@needs_proc
def test_down_a_column_memory_is_in_proportion() -> None:
    process = start("softmax", start_new_session=True)
    asking, answers = pipes(process)

    def feed() -> None:
        for _ in range(10):
            asking.write(b"-1\n" * 100_000)
        asking.close()

    with fed(process, feed):
        assert answers.readline() == b"1e-6\n"
        assert 0 < peak(process.pid) < MOST
        assert sum(1 for _ in answers) == 999_999
        assert process.wait(PATIENCE) == 0


def test_down_a_column_text_waits_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    from support.tables import run

    from actcli.activations import ACTIVATIONS
    from actcli.io.csv.options import ReadOptions
    from actcli.pipeline import gather

    monkeypatch.setattr(gather, "_IN_MEMORY", 10)
    text = b"".join(b'"a, b",1\r\n' for _ in range(1000))
    found = run(
        [text[:5000], text[5000:]],
        ReadOptions(columns=("2",)),
        activation=ACTIVATIONS["softmax"],
        columnwise=True,
    )
    assert found.error == ""
    assert found.text == text.replace(b",1\r", b",0.001\r")
