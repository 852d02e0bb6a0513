"""How results look in every format."""

from __future__ import annotations

import json
import shutil
from html.parser import HTMLParser
from typing import TYPE_CHECKING, ClassVar

import pytest
from support import processes

from actcli.io.batch import unique
from actcli.io.formats import BY_EXTENSION, CHOICES, FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Act

SCORES = 'id,score\na,-1\n"b,b",2.5\nc,NA\n'


@pytest.mark.parametrize("name", CHOICES)
def test_a_folder_has_files_of_the_format(act: Act, tmp_path: Path, name: str) -> None:
    (tmp_path / "scores.dat").write_text(SCORES)
    assert act("relu", "-F", name, str(tmp_path / "scores.dat"), "-o", f"{tmp_path}/out/").code == 0
    (written,) = (tmp_path / "out").iterdir()
    assert written.name == "scores" + FORMATS[name].suffix
    assert written.read_bytes() == act("relu", "-F", name, stdin=SCORES).raw != b""


@pytest.mark.parametrize(("extension", "name"), BY_EXTENSION.items())
def test_an_extension_means_its_format(act: Act, tmp_path: Path, extension: str, name: str) -> None:
    target = tmp_path / f"y{extension}"
    assert act("relu", "-o", str(target), stdin=SCORES).code == 0
    if FORMATS[name].asked:
        assert target.read_bytes() == act("relu", "-F", name, stdin=SCORES).raw


@pytest.mark.parametrize("name", CHOICES)
def test_rows_of_another_length_are_kept_or_refused(act: Act, name: str) -> None:
    outcome = act("relu", "-c", "score", "-F", name, "--ragged", "keep", stdin=SCORES + "d,1,2\n")
    assert outcome.code == (0 if FORMATS[name].any_width else 2)
    assert ("2" in outcome.out.splitlines()[-1]) if FORMATS[name].any_width else "say -F csv" in outcome.err


@pytest.mark.parametrize("name", CHOICES)
def test_typed_numbers_are_written_in_every_format(act: Act, name: str) -> None:
    outcome = act("relu", "-F", name, "-1.5", "2.25")
    assert outcome.code == 0
    assert "2.25" in outcome.out


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOICES)
def test_a_pipe_gives_what_a_file_gives(act: Act, tmp_path: Path, name: str) -> None:
    """The rows come in two parts, with time between them."""
    (tmp_path / "x.csv").write_text(SCORES)
    process = processes.start("relu", "-F", name)
    assert process.stdin is not None
    process.stdin.write(SCORES[:15].encode())
    process.stdin.flush()
    code, out, _ = processes.finish(process, SCORES[15:].encode())
    assert (code, out) == (0, act("relu", "-F", name, str(tmp_path / "x.csv")).raw)


def test_latex_has_primes_limits_and_no_commands_of_the_input(act: Act) -> None:
    outcome = act("tanh", "-d", "0,1", "-F", "latex", "-p", "3", "0.5", "inf", "nan")
    assert outcome.out.splitlines() == [
        r"\begin{tabular}{SSS}",
        r"\toprule",
        r"{x} & {tanh} & {tanh$'$} \\",
        r"\midrule",
        r"0.5 & 0.462 & 0.786 \\",
        r"{$\infty$} & 1 & 0 \\",
        r"{nan} & {nan} & {nan} \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]
    text = 'na_me,x\n"50% & \\\\input{f}^~#$",2\n'
    row = act("relu", "-c", "x", "-F", "latex", stdin=text).out.splitlines()[4]
    special = r"{50\% \& \textbackslash{}\textbackslash{}input\{f\}\textasciicircum{}\textasciitilde{}\#\$}"
    assert row == special + r" & 2 \\"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.slow
def test_latex_compiles(act: Act, tmp_path: Path) -> None:
    table = act("tanh", "-d", "0,1,2", "-F", "latex", "-2:2").out
    page = r"\documentclass{article}\usepackage{booktabs,siunitx}\begin{document}" + table + r"\end{document}"
    (tmp_path / "t.tex").write_text(page)
    program = ("pdflatex", "-interaction=batchmode", "t.tex")
    assert processes.run(program=program, cwd=tmp_path).code == 0


def test_html_is_a_table_of_the_same_texts(act: Act) -> None:
    text = 'name,x\n"<b>&amp;\'",-1\ny,2\n'

    class Cells(HTMLParser):
        rows: ClassVar[list[list[str]]] = []

        def handle_starttag(self, tag: str, _: object) -> None:
            if tag == "tr":
                self.rows.append([])

        def handle_data(self, data: str) -> None:
            if data.strip():
                self.rows[-1].append(data)

    reader = Cells()
    reader.feed(act("relu", "-c", "x", "-F", "html", stdin=text).out)
    assert reader.rows == [["name", "x"], ["<b>&amp;'", "0"], ["y", "2"]]


def test_typed_numbers_have_their_own_columns(act: Act) -> None:
    outcome = act("relu", "-F", "csv", "-d", "0,1,2", "-1", "2.50")
    assert outcome.out == "x,relu,relu_d1,relu_d2\n-1,0,0,0\n2.50,2.5,1,0\n"


def test_a_csv_is_a_filter(act: Act) -> None:
    assert act("relu", stdin=SCORES).out == 'id,score\na,0\n"b,b",2.5\nc,NA\n'


def test_append_keeps_what_was_read(act: Act) -> None:
    outcome = act("relu", "-a", stdin=SCORES)
    assert outcome.out == 'id,score,score_relu\na,-1,0\n"b,b",2.5,2.5\nc,NA,NA\n'


def test_several_orders_are_appended_and_grouped(act: Act) -> None:
    outcome = act("relu", "-d", "0,1", stdin="a,b\n1,-1\n")
    assert outcome.out == "a,b,a_relu,a_relu_d1,b_relu,b_relu_d1\n1,-1,1,1,0,0\n"


def test_one_derivative_is_in_place(act: Act) -> None:
    assert act("relu", "-d", "1", stdin="a\n-3\n4\n").out == "a\n0\n1\n"


def test_tsv(act: Act) -> None:
    assert act("relu", "-F", "tsv", stdin=SCORES).out == "id\tscore\na\t0\nb,b\t2.5\nc\tNA\n"


def test_tabs_become_commas_and_stay_tabs(act: Act) -> None:
    text = 'name\tn\n"x,\ty"\t-1\nu, v\t2\n'
    assert act("relu", "-F", "csv", stdin=text).out == 'name,n\n"x,\ty",0\n"u, v",2\n'
    assert act("relu", "-F", "tsv", stdin=text).out == act("relu", stdin=text).out


def test_json_cannot_hold_what_is_no_text(act: Act) -> None:
    text = b"name,x\n\xe9,-1\n"
    for form in ("json", "jsonl"):
        outcome = act("relu", "-F", form, stdin=text)
        assert outcome.code == 1
        assert outcome.err.endswith("name its --encoding, such as latin-1\n")
        assert '{"name":"é","x":0}' in act("relu", "-F", form, "--encoding", "latin-1", stdin=text).out


@pytest.mark.parametrize("encoding", [["--encoding", "latin-1"], []])
@pytest.mark.parametrize("form", ["csv", "tsv", "json", "jsonl", "markdown", "plain", "table"])
def test_cells_that_are_kept_need_be_no_utf_8(act: Act, form: str, encoding: list[str]) -> None:
    for text in (b"name;x\nM\xfcller;-1\nM\xfcller;?\xfc\n", b"x\n1\n\xff\n", b"x;y\n1;2\n\xff;3\n"):
        outcome = act("relu", "-q", "--invalid", "keep", "-F", form, *encoding, stdin=text)
        assert outcome.code == (form.startswith("json") and not encoding)
        assert "Traceback" not in outcome.err
        assert "mistake" not in outcome.err
    kept = act("relu", "-a", "--missing", "\udcff", "-F", form, *encoding, stdin=b"x\n1\n\xff\n")
    assert "mistake" not in kept.err


def test_json_says_where_it_found_no_text(act: Act) -> None:
    text = b'name,x\n"a\nb",-1\n\nM\xfcller,-1\n'
    outcome = act("relu", "-F", "jsonl", stdin=text)
    assert outcome.err.startswith("act: standard input:5:1: column 'name': 'M\\udcfcller' is no UTF-8")
    outcome = act("relu", "-F", "jsonl", "--invalid", "keep", stdin=b"x,y\n1,\xff\n2,3\n")
    assert outcome.err.startswith("act: standard input:2:2: column 'y': '\\udcff' is no UTF-8")
    outcome = act("relu", "-F", "json", stdin=b"\nx,\xff\n1,2\n")
    assert outcome.err.startswith("act: standard input:2:2: column '\\udcff': '\\udcff' is no UTF-8")


def test_json_is_an_array_of_records(act: Act) -> None:
    records = json.loads(act("relu", "-a", "-F", "json", stdin=SCORES).out)
    assert records == [
        {"id": "a", "score": -1, "score_relu": 0},
        {"id": "b,b", "score": 2.5, "score_relu": 2.5},
        {"id": "c", "score": None, "score_relu": None},
    ]


def test_jsonl_is_a_record_a_line_with_null_for_what_json_lacks(act: Act) -> None:
    outcome = act("relu", "-n", "-F", "jsonl", stdin="inf,nan\n1,-1\n")
    assert outcome.out == '{"1":null,"2":null}\n{"1":1,"2":0}\n'


def test_json_keys_are_unique() -> None:
    assert unique(["a", "a", "a_2", "a", ""]) == ["a", "a_3", "a_2", "a_4", ""]
    assert unique(["a"] * 50_000)[-1] == "a_50000"  # in no time


def test_appended_columns_have_names_of_their_own(act: Act) -> None:
    once = act("relu", "-a", stdin="x,x\n-1,2\n").out
    assert once == "x,x,x_relu,x_relu_2\n-1,2,0,2\n"
    twice = act("relu", "-a", "-c", "1", stdin=once).out
    assert twice == "x,x,x_relu,x_relu_2,x_relu_3\n-1,2,0,2,0\n"
    assert act("relu", "-a", "-c", "1", "-F", "jsonl", stdin=once).out.startswith('{"x":-1,"x_2":2,')


def test_markdown(act: Act) -> None:
    outcome = act("relu", "-F", "markdown", stdin='a|b,n\n"x|\ny",-1\n')
    assert outcome.out == "| a\\|b | n |\n| --- | --: |\n| x\\| y | 0 |\n"


def test_markdown_has_no_control_characters(act: Act) -> None:
    outcome = act("relu", "-F", "markdown", stdin="\x1b[31mred,n\n\x9b2J\x07,-1\n")
    assert outcome.out == "|  [31mred | n |\n| --- | --: |\n|  2J  | 0 |\n"


def test_plain_has_computed_values_alone(act: Act) -> None:
    assert act("relu", "-d", "0,1", "-F", "plain", stdin="id,n,m\na,-1,3\n").out == "0 0 3 1\n"


def test_precision_is_for_computed_cells_only(act: Act) -> None:
    assert act("linear", "-a", "-p", "3", stdin="1.23456\n").out == "1.23456,1.23\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("y.json", '[\n{"x":-1,"relu":0}\n]\n'),
        ("y.tsv", "x\trelu\n-1\t0\n"),
        ("y.md", "| x | relu |\n| --- | --: |\n| -1 | 0 |\n"),
        ("y.jsonl", '{"x":-1,"relu":0}\n'),
    ],
)
def test_the_extension_of_the_output_decides(act: Act, tmp_path: Path, name: str, text: str) -> None:
    outcome = act("relu", "-1", "-o", str(tmp_path / name))
    assert (outcome.code, outcome.raw) == (0, b"")
    assert (tmp_path / name).read_text() == text


def test_an_unknown_extension_is_as_without_output(act: Act, tmp_path: Path) -> None:
    act("relu", "-o", str(tmp_path / "y.dat"), stdin="a;b\n1;-2\n")
    assert (tmp_path / "y.dat").read_text() == "a;b\n1;0\n"


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "jsonl", "markdown", "plain", "table"])
def test_empty_input_prints_nothing(act: Act, form: str) -> None:
    outcome = act("relu", "-F", form)
    assert (outcome.code, outcome.raw, outcome.err) == (0, b"", "")


def test_a_header_alone_passes(act: Act) -> None:
    assert act("relu", stdin="id,score\n").out == "id,score\n"
    assert act("relu", "-a", "-c", "score", stdin="id,score\n").out == "id,score,score_relu\n"
    assert json.loads(act("relu", "-F", "json", stdin="id,score\n").out) == []


def test_vectors_work_across_columns(act: Act) -> None:
    assert act("softmax", stdin="a,b\n0,0\n1,1\n").out == "a,b\n0.5,0.5\n0.5,0.5\n"


def test_vectors_work_down_a_single_column(act: Act) -> None:
    assert act("softmax", stdin="a\n0\n0\n").out == "a\n0.5\n0.5\n"
    assert act("softmax", "--axis", "1", stdin="a\n0\n0\n").out == "a\n1\n1\n"


def test_axis_0_works_down_every_column(act: Act) -> None:
    assert act("softmax", "--axis", "0", stdin="a,b\n0,7\n0,7\n").out == "a,b\n0.5,0.5\n0.5,0.5\n"


def test_blanks_separate_numbers_where_nothing_else_does(act: Act) -> None:
    assert act("softmax", stdin="0  0 \n").out == "0.5  0.5 \n"
    assert act("softmax", stdin="0\n0\n").out == "0.5\n0.5\n"


def test_the_jacobian_of_a_row_widens_it(act: Act) -> None:
    outcome = act("softmax", "-d", "1", stdin="a,b\n0,0\n")
    head, row = outcome.out.splitlines()
    assert head == "a,b,a_softmax_d1_a,a_softmax_d1_b,b_softmax_d1_a,b_softmax_d1_b"
    assert row == "0,0,0.25,-0.25,-0.25,0.25"


def test_the_jacobian_of_typed_numbers_is_a_matrix(act: Act) -> None:
    outcome = act("softmax", "-d", "1", "-F", "csv", "0", "0")
    assert outcome.out == "x,softmax_d1_1,softmax_d1_2\n0,0.25,-0.25\n0,-0.25,0.25\n"


def test_derivatives_down_a_column_are_refused(act: Act) -> None:
    assert act("softmax", "-d", "1", stdin="a\n0\n0\n").code == 2


def test_gated_activations_append_after_the_first_half(act: Act) -> None:
    outcome = act("reglu", stdin="a,b,c,d\n2,-3,5,7\n")
    assert outcome.out == "a,b,c,d,a_reglu,b_reglu\n2,-3,5,7,10,0\n"


def test_gated_typed_numbers_are_pairs(act: Act) -> None:
    assert act("reglu", "-F", "csv", "2", "-3", "5", "7").out == "a,b,reglu\n2,5,10\n-3,7,0\n"


def test_a_gated_column_gives_the_rows_of_its_first_half(act: Act) -> None:
    assert act("reglu", stdin="v\n2\n-3\n5\n7\n").out == "v,v_reglu\n2,10\n-3,0\n"


def test_a_gate_closes_for_the_whole_column_where_cells_are_passed_over(act: Act) -> None:
    outcome = act("reglu", "--invalid", "nan", stdin="1\nx\n3\n4\n5\n6\n")
    assert outcome.out == "1,4\nx,nan\n3,18\n"


def test_a_list_of_slopes_is_as_long_as_the_columns(act: Act) -> None:
    assert act("prelu", "--alpha", "0.5,0.25", stdin="a,b\n-4,-4\n").out == "a,b\n-2,-1\n"
    outcome = act("prelu", "--alpha", "0.5,0.25", stdin="a\n-4\n")
    assert outcome.code == 2
    assert "2 values of a parameter for 1 column (a)" in outcome.err


def test_several_files_have_one_header(act: Act, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("1.csv", "2.csv", "3.csv"))
    first.write_text("a\n-1")
    second.write_text("a\n2\n")
    third.write_text("b\n2\n")
    assert act("relu", str(first), str(second)).out == "a\n0\n2\n"
    outcome = act("relu", str(first), str(third))
    assert outcome.code == 1
    assert "its columns are not those of" in outcome.err
    assert act("relu", "-F", "json", str(first), str(third)).out == '[\n{"a":0}\n'


def test_a_relu_of_a_negative_number_is_an_unsigned_zero(act: Act) -> None:
    assert act("relu", "-1", "-F", "plain").out == "0\n"
    assert act("tanh", "-0.0", "-F", "plain").out == "-0\n"
