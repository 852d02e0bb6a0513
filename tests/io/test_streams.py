"""Compressed and encoded input: the same bytes, whatever the reads; errors where it is broken."""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import os
import threading
import tracemalloc
from itertools import repeat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.processes import fed, group, needs_proc, peak, start
from support.tables import EXAMPLES, Delivered, cut, run

from actcli.activations import ACTIVATIONS
from actcli.errors import DataError, UsageError
from actcli.io import filetype, streams
from actcli.io.csv.dialect import sniff
from actcli.io.csv.options import ReadOptions
from actcli.io.csv.reader import Reader
from actcli.io.encoding import contains_ascii
from actcli.io.filetype import STDIN
from actcli.io.streams import FileStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from conftest import Act

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}
TEXT = b"x,y\n" + b"-1,2\n" * 1000
PLACES = st.lists(st.integers(0, 10_000), max_size=8)


def read(stream: FileStream) -> bytes:
    return b"".join(iter(stream.read, b""))


@EXAMPLES
@given(
    kind=st.sampled_from(sorted(PACK)),
    members=st.lists(st.binary(max_size=300).map(lambda b: b.replace(b"\0", b"1")), min_size=1, max_size=3),
    places=PLACES,
    padding=st.sampled_from([b"", b"\0" * 8]),
)
def test_members_are_unpacked(
    kind: str, members: Sequence[bytes], places: Sequence[int], padding: bytes
) -> None:
    packed = padding.join(PACK[kind](b"x" + member) for member in members) + padding
    stream = Delivered(cut(packed, places))
    assert stream.compression == kind
    assert not stream.verbatim
    assert not stream.shareable
    assert read(stream) == b"".join(b"x" + member for member in members)


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("break_it", [lambda packed: packed[:-3], lambda packed: packed + b"garbage"])
def test_broken_data_is_an_error(kind: str, break_it: Callable[[bytes], bytes]) -> None:
    stream = Delivered([break_it(PACK[kind](TEXT))])
    with pytest.raises(DataError, match=rf"standard input: is no valid {kind} data: "):
        read(stream)


ROWS = b"x\n" + b"1\n" * 5000
DAMAGED = {
    "utf-16": b"\xff\xfe" + ROWS.decode().encode("utf-16-le") + b"\x00\xd8\n\x002\x00\n\x00",
    "utf-32": b"\xff\xfe\0\0" + ROWS.decode().encode("utf-32-le") + b"\xff" * 8,
    "shift_jis": ROWS + b"\xff\xff2\n",
}


@pytest.mark.slow
@EXAMPLES
@given(kind=st.sampled_from(sorted(DAMAGED)), places=st.lists(st.integers(0, 30_000), max_size=8))
def test_rows_before_damaged_text_come_out_however_they_arrive(kind: str, places: Sequence[int]) -> None:
    """Of compressed files, what the library holds back when it finds damage is lost."""
    reading = ReadOptions(encoding=kind)
    found = run(cut(DAMAGED[kind], places), reading, activation=ACTIVATIONS["relu"])
    assert found.text == ROWS
    assert found == run(DAMAGED[kind], reading, activation=ACTIVATIONS["relu"])
    assert found.error.startswith(f"standard input: is no valid {kind} data: ")


@pytest.mark.slow
@pytest.mark.parametrize("kind", PACK)
def test_what_unpacks_to_very_much_is_unpacked_bit_by_bit(kind: str) -> None:
    size = 20 << 20
    stream = Delivered([PACK[kind](b"1\n" * (size // 2))])
    tracemalloc.start()
    assert sum(map(len, iter(stream.read, b""))) == size
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < size // 4


def test_what_cannot_be_unpacked_says_how_to_pipe_it() -> None:
    with pytest.raises(DataError, match=r"zstd -dc FILE \| act"):
        Delivered([b"\x28\xb5\x2f\xfd" + bytes(10)])


@pytest.mark.parametrize("name", ["PAR1", "BZh", "BZh9", "BZh91AY", "PK"])
def test_text_may_begin_as_other_files_do(act: Act, tmp_path: Path, name: str) -> None:
    text = f"{name},x\n1,-2\n"
    path = tmp_path / "x.csv"
    path.write_text(text)
    for outcome in (act("relu", stdin=text), act("relu", str(path))):
        assert (outcome.code, outcome.out) == (0, text.replace("-2", "0"))
    assert (
        run(cut(text.encode(), range(9)), ReadOptions(columns=("x",))).text
        == text.replace("-2", "-0.6666666666666666").encode()
    )


@pytest.mark.parametrize("kind", PACK)
def test_nothing_may_be_packed(act: Act, kind: str) -> None:
    outcome = act("relu", stdin=PACK[kind](b""))
    assert (outcome.code, outcome.raw) == (0, b"")


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_compressed_files_come_and_go(act: Act, tmp_path: Path, kind: str) -> None:
    pack = PACK[filetype.compression_by_name(f".{kind}")]
    unpack = {"gz": gzip.decompress, "bz2": bz2.decompress, "xz": lzma.decompress}[kind]
    path, out = tmp_path / "data", tmp_path / f"out.csv.{kind}"
    path.write_bytes(pack(TEXT))
    result = TEXT.replace(b"-1", b"0")
    assert act("relu", str(path)).raw == result
    assert act("relu", stdin=pack(TEXT)).raw == result
    assert act("relu", str(path), "-o", str(out)).code == 0
    assert unpack(out.read_bytes()) == result
    assert act("relu", "-i", str(path)).code == 0
    assert unpack(path.read_bytes()) == result


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x.tsv", "x.tsv.gz", "x.tab.bz2", "x.TSV.XZ", "x.tsv.GZ"])
def test_the_extension_below_a_compressors_counts(act: Act, tmp_path: Path, name: str) -> None:
    path, out = tmp_path / name, tmp_path / "out"
    pack = PACK.get(filetype.compression_by_name(name), bytes)
    text = b"x\ta, b, c\n-1\t2\n"
    path.write_bytes(pack(text))
    assert act("relu", str(path)).raw == text.replace(b"-1", b"0")
    assert act("relu", "-F", "tsv", str(path), "-o", f"{out}/").code == 0
    assert [made.name for made in out.iterdir()] == [name]
    assert act("relu", str(out / name)).raw == text.replace(b"-1", b"0")
    assert act("relu", str(path), "-o", str(tmp_path / "y.json.gz")).code == 0
    assert gzip.decompress((tmp_path / "y.json.gz").read_bytes()).startswith(b"[")


def test_names_are_cut_where_they_end(tmp_path: Path) -> None:
    assert filetype.cut("a.b/x.tsv.gz") == ("a.b/x", ".tsv", ".gz")
    assert filetype.cut("a.gz/x") == ("a.gz/x", "", "")
    assert filetype.cut("x.gz") == ("x", "", ".gz")
    assert filetype.extension("X.CSV") == ".csv"
    assert filetype.by_name("x.npy.gz") == "npy"
    (tmp_path / "x.npy.gz").write_bytes(gzip.compress(b"1\n"))
    assert streams.holds(str(tmp_path / "x.npy.gz")) == "text"


UNICODE = st.text(st.characters(exclude_characters='",\n\r\0', exclude_categories=["Cs"]), max_size=8)
"""What may stand in a cell without quotes; NUL is refused as no text."""


@pytest.mark.slow
@EXAMPLES
@given(
    cells=st.lists(UNICODE, min_size=1, max_size=5),
    places=PLACES,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "gb18030", "latin-1"]),
)
def test_encodings_are_read(cells: Sequence[str], places: Sequence[int], encoding: str) -> None:
    if encoding == "latin-1":
        cells = [cell.encode("latin-1", "ignore").decode("latin-1") for cell in cells]
    text = "é,x\n" + "".join(f"{cell},-1\n" for cell in cells)
    asked = "" if encoding == "utf-16" else encoding
    found = run(cut(text.encode(encoding), places), ReadOptions(columns=("x",), encoding=asked))
    assert found.error == ""
    after = encoding if encoding in ("utf-8", "utf-8-sig", "latin-1") else "utf-8"
    assert found.text == text.replace(",-1\n", ",-0.5\n").encode(after)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "UTF8", "latin-1", "cp1252", "iso8859-15", "koi8-r", "mac-roman"]
)
def test_single_bytes_and_utf_8_pass_as_they_are(encoding: str) -> None:
    assert contains_ascii(encoding)


@pytest.mark.parametrize(
    "encoding",
    ["utf-16", "utf-16-le", "utf-32", "utf-7", "shift_jis", "gbk", "big5", "hz", "iso2022_jp", "cp037"],
)
def test_others_are_turned_into_utf_8(encoding: str) -> None:
    assert not contains_ascii(encoding)


@pytest.mark.parametrize("encoding", ["utf-99", "rot13", "base64"])
def test_what_is_no_text_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(UsageError, match="is no encoding"):
        contains_ascii(encoding)


def test_text_in_another_encoding_is_an_error() -> None:
    with pytest.raises(DataError, match="is no valid utf-16 data"):
        read(Delivered([b"\xff\xfe\x00\xd8\x00"]))


def test_a_compressed_file_may_be_encoded_too() -> None:
    text = "é,x\n1,-1\n"
    stream = Delivered([gzip.compress(text.encode("utf-16"))])
    assert read(stream).decode() == text


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "shift_jis", "latin-1"])
def test_a_file_in_place_keeps_its_encoding(
    act: Act, tmp_path: Path, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    text = "é,x\r\n漢,-1\r\n"
    if encoding == "latin-1":
        text = text.replace("漢", "ß")
    if encoding == "shift_jis":
        text = text.replace("é", "字")
    path = tmp_path / "data.csv"
    path.write_bytes(pack(text.encode(encoding)))
    asked = [] if encoding == "utf-16" else ["--encoding", encoding]
    outcome = act("relu", "-i", *asked, str(path))
    assert (outcome.code, outcome.err) == (0, "")
    new = path.read_bytes()
    assert (new if pack is bytes else gzip.decompress(new)) == text.replace("-1", "0").encode(encoding)


@pytest.mark.parametrize("asked", [[], ["--encoding", "utf-16"], ["--encoding", "utf-16-be"]])
@pytest.mark.parametrize("text", ["", "x\n-1\n"])
def test_a_byte_order_is_kept(act: Act, tmp_path: Path, text: str, asked: list[str]) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"\xfe\xff" + text.encode("utf-16-be"))
    assert act("relu", "-i", *asked, str(path)).code == 0
    assert path.read_bytes() == b"\xfe\xff" + text.replace("-1", "0").encode("utf-16-be")


def test_a_mark_is_not_waited_for_longer_than_it_may_come() -> None:
    def parts() -> Iterator[bytes]:
        yield b"\xef\xbb\xbf"
        raise AssertionError("the mark was there already")

    assert Delivered(parts()).bom == b"\xef\xbb\xbf"


def test_a_pipe_that_does_not_block_is_waited_for() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    saved = os.dup(0)
    os.dup2(reading, 0)

    def answer() -> None:
        os.write(writing, b"-1\n")
        os.close(writing)

    answering = threading.Timer(0.2, answer)
    answering.start()
    try:
        assert read(FileStream(STDIN)) == b"-1\n"
    finally:
        answering.join()
        os.dup2(saved, 0)
        for descriptor in (saved, reading):
            os.close(descriptor)


def test_a_pipe_gives_much_at_once() -> None:
    fcntl = pytest.importorskip("fcntl")
    if not hasattr(fcntl, "F_SETPIPE_SZ"):
        pytest.skip("pipes have one size here")
    reading, writing = os.pipe()
    os.write(writing, b"-1\n")
    stream = FileStream(f"/dev/fd/{reading}")
    assert stream.read() == b"-1\n"
    much = b"1\n" * 100_000
    os.set_blocking(writing, False)
    assert os.write(writing, much) == len(much)
    assert stream.read() == much
    stream.close()
    os.close(reading)
    os.close(writing)


def test_files_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be opened: No such file"):
        FileStream(str(tmp_path / "missing"))
    with pytest.raises(DataError, match="is a directory; name the files in it"):
        FileStream(str(tmp_path))
    with pytest.raises(DataError, match="cannot be read: "):
        FileStream("/proc/self/mem")


def test_a_pipe_that_fails_later_cannot_be_read(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = iter([BlockingIOError(errno.EAGAIN, "again"), OSError(errno.EIO, "Input/output error")])
    read = os.read

    def refused(descriptor: int, size: int) -> bytes:
        if descriptor == 0:
            raise next(errors)
        return read(descriptor, size)

    monkeypatch.setattr(os, "read", refused)
    assert act("relu").err == "act: standard input: cannot be read: Input/output error\n"


def test_the_rest_of_a_file_is_known(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"1\n" * 1_000_000)
    stream = FileStream(str(path))
    assert stream.regular
    assert stream.left + len(stream.read()) == 2_000_000
    stream.close()


@pytest.mark.parametrize("asked", ["UTF-16", "utf16", "utf_32", "UTF-32"])
@pytest.mark.parametrize("order", ["le", "be"])
def test_the_order_of_bytes_is_kept_however_the_encoding_is_spelled(
    act: Act, tmp_path: Path, asked: str, order: str
) -> None:
    width = asked[-2:]
    path = tmp_path / "x.csv"
    path.write_bytes("\ufeffx\n-1\n".encode(f"utf-{width}-{order}"))
    assert act("relu", "-i", "--encoding", asked, str(path), "-q").code == 0
    assert path.read_bytes() == "\ufeffx\n0\n".encode(f"utf-{width}-{order}")


def test_an_encoding_that_is_named_wins_over_the_first_bytes(act: Act) -> None:
    text = b"\xff\xfex,n\n1,-2\n"
    assert act("relu", "--encoding", "latin-1", "-c", "n", stdin=text).raw == b"\xff\xfex,n\n1,0\n"


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("row", [b",\n", b"\n"])
def test_rows_without_text_take_little_memory(row: bytes) -> None:
    process = start("relu", "-c", "1", start_new_session=True)
    asking, answers = process.stdin, process.stdout
    assert asking
    assert answers
    text = b"a,b\n" + row * (3_000_000 // len(row)) + b"1,2\n"
    with fed(process, lambda: (asking.write(text), asking.flush())):
        assert answers.read(len(text)) == text
        assert 0 < max(map(peak, group(process))) < 250


def test_blank_lines_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actcli.io.csv.dialect.LONGEST_ROW", 10_000)
    stream = Delivered(repeat(b"\n" * 1000))
    with pytest.raises(DataError, match="begins with 10,000 bytes of blank lines"):
        sniff(Reader(stream), ReadOptions())


@pytest.mark.parametrize("asked", [[], ["--encoding", "utf-8"], ["--encoding", "UTF8"]])
def test_the_mark_of_utf_16_is_not_taken_for_utf_8(act: Act, asked: list[str]) -> None:
    assert act("relu", *asked, stdin="a\n-1\n".encode("utf-16")).out == "a\n0\n"
