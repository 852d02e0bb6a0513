"""What users ran into, as they typed it: wrong, stuck or surprised before, and what is right."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from support.processes import ENVIRONMENT, finish, start

from actcli.activations import ACTIVATIONS, RECORDS
from actcli.cli.display import terminal

if TYPE_CHECKING:
    from conftest import Act


class Line(NamedTuple):
    """A line as it is typed, `text` being its standard input, and what it must give.

    out: all of standard output; `has` is a part of it instead. says: a part of standard error, which is
    empty otherwise. code: the exit code. COLUMNS=80 before a line stands for a terminal of that width.
    """

    line: str
    out: str = ""
    says: str = ""
    code: int = 0
    text: str = ""
    has: str = ""


def refused(line: str, says: str, text: str = "", code: int = 2, out: str = "") -> Line:
    return Line(line, out, says, code, text)


UNNAMED, NUMBERED = ",0,1\n0,-0.02,0.02\n", "0,1,2\n0.5,1.5,-2\n"
ASKED = "say --header or --no-header"
BLANK = "a,b,c\n1,,1\n,,\n0,0,0\n"
LOGITS = 'id,score,n,z\n007,NA,7,x\n1,2,1.50,"3"\n'
NINE = ",".join(["0.123456789"] * 9) + "\n"
MINUS = "without brackets and commas: "
LINES = {
    "no warning of a library reaches anybody": [
        Line("act relu snan32.npy", "nan\n"),
        Line("act relu snan16.npy", "nan\n"),
    ],
    "a first row of 0, 1, ... is a question": [
        refused("act softmax -c 2-3", ASKED, UNNAMED),
        Line("act softmax -c 2-3 --header -p 10", ",0,1\n0,0.4900013331,0.5099986669\n", text=UNNAMED),
        refused("act sigmoid", ASKED, NUMBERED),
        Line("act sigmoid --header -p 4", "0,1,2\n0.6225,0.8176,0.1192\n", text=NUMBERED),
        Line("act relu --no-header", "0,1,2\n0.5,1.5,0\n", text=NUMBERED),
        Line("act relu", "1 2 3\n4 5 6\n", text="1 2 3\n4 5 6\n"),
        refused("act relu -c 0", "there is no column 0; columns are 1 to 2; if the first row", "0,1\n3,4\n"),
        Line("act relu -c 0 --header", "0,1\n0,4\n", text="0,1\n-3,4\n"),
    ],
    "bfloat16 is rounded once": [
        Line("act relu --dtype bfloat16 -p 17 -F plain 1.003906251", "1.0078125\n"),
    ],
    "ONNX has constants of float32": [
        Line("act hard-sigmoid --like onnx -F plain 1", "0.7000000029802322\n"),
        Line("act hard-silu --like onnx -F plain 1", "0.6666666716337204\n"),
    ],
    "Keras 3 clips a relu with a negative threshold": [
        Line("act relu --like keras --threshold -1 --max-value 1 -d 0,1 -F plain -0.5", "0 0\n"),
    ],
    "the object that a framework's name means": [
        refused("act nn.Threshold 1", "PyTorch has no default; say --threshold and --value"),
        Line(
            "act nn.Threshold --threshold 0 --value 9 -F plain 1 -1",
            "1\n9\n",
            "nn.Threshold is computed as act threshold --like torch",
        ),
        refused("act nn.Softplus --like jax 21", "act softplus --like jax"),
        Line("act Clip --like onnx -F plain 5 -7", "5\n-7\n"),
        Line("act LeakyReLU --like keras -F plain -1", "-0.3\n"),
        Line("act leaky-relu --like keras -F plain -1", "-0.2\n"),
        Line("act gelu_python -F plain -p 9 1", "0.841344746\n"),
    ],
    "several activations and one option": [
        Line(
            "act compare relu leaky-relu --alpha .1 -1 -F csv",
            "x,relu (alpha = 0.1),leaky-relu (alpha = 0.1)\n-1,-0.1,-0.1\n",
        ),
        Line(
            "act compare 'leaky-relu(alpha=0.1)' leaky-relu -1 -F csv",
            "x,leaky-relu (alpha = 0.1),leaky-relu\n-1,-0.1,-0.01\n",
        ),
        Line(
            "act compare 'relu(alpha=0.5, max_value=6)' 7 -1 -F csv",
            'x,"relu (alpha = 0.5, max-value = 6)"\n7,6\n-1,-0.5\n',
        ),
        Line(
            "act compare elu 'elu(alpha=2)' --alpha 0.5 1 -F csv",
            "x,elu (alpha = 0.5),elu (alpha = 2)\n1,1,1\n",
        ),
        Line("act compare elu --alpha 1 1 -F csv", "x,elu\n1,1\n"),
        Line(
            "act neuron 'elu(alpha=.5)' elu --weights 1 1 -F csv",
            "input,x,w,z,elu (alpha = 0.5),elu\n1,1,1,1,1,1\nneuron,,,1,1,1\n",
        ),
        Line("act plot 'elu(alpha=.5)' elu 0 --data", "x,elu (alpha = 0.5),elu\n0,0,0\n"),
        Line("act plot elu 'elu(alpha=.5)'", has="a elu  b elu (alpha = 0.5)"),
        Line("act info 'elu(alpha=.5)'", has="elu (alpha = 0.5): "),
        Line("act relu -1 --alpha .1 -d 0,1", has="│ relu (alpha = 0.1) │ relu' (alpha = 0.1) │"),
        Line("act relu -1 --alpha .1 -F csv", "x,relu\n-1,-0.1\n"),
        Line("act 'prelu(alpha=0.1,0.2)' -1 -1 -F plain", "-0.1\n-0.2\n"),
        Line("act relu 1 -F json -F plain", "1\n"),
        Line("act sigmoid 1 -F plain -p 9 -p 2", "0.73\n"),
        refused("act plot elu elu --alpha 0.5 --alpha 1", "--alpha is given twice; give it once"),
        refused("act relu --alpha 1 --alpha 1 -1", "--alpha is given twice"),
        refused(
            "act compare elu elu 1",
            "elu is named twice; give each its own parameters, as 'elu(alpha=0.5)', or",
        ),
        refused("act compare silu swish 1", "silu is named twice"),
        refused("act compare elu 'elu(alpha=1)' 1", "elu is named twice"),
        refused("act 'leaky-relu(alpha=0.1)' --alpha 2 1", "leaky-relu: --alpha is in the name already"),
        refused("act compare 'elu(alpha=0.5)' --alpha 2 1", "--alpha: the names carry it already"),
        refused("act 'leaky-relu(0.1)' 1", "parameters have names; write 'leaky-relu(alpha=0.5)'"),
        refused("act 'leaky-relu(alpha=0.1' 1", "closing bracket; write 'leaky-relu(alpha=0.1)'"),
        refused("act 'leaky-relu(slant=0.1)' 1", "leaky-relu has no parameter 'slant'; it has alpha"),
        refused("act 'leaky-relu(alpha=1,alpha=2)' 1", "alpha is given twice"),
        refused("act 'leaky-relu(alpha=x)' 1", "'x' is not a number"),
        refused("act 'tanh(alpha=1)' 1", "tanh has no parameter 'alpha'; it has none"),
    ],
    "advice helps where it is given": [
        refused("act relu", "jq -cR 'fromjson?' leaves such lines out", '{"a":1}\n{"a":\n', 1, '{"a":1}\n'),
        refused("act relu", "if '1,5' is a number, say --decimal , for 1.5", "a;b\n1,5;2,5\n", 1),
        refused("act relu", "if '-1,5' is a number, say --decimal , for -1.5", "-1,5;-2,5\n", 1),
        refused("act relu", "say --decimal , --thousands . for 1234.5", "1.234,5\t2,5\n", 1),
        Line("act relu --decimal ,", "a;b\n1,5;0\n", text="a;b\n1,5;-2,5\n"),
        refused(
            "act relu --decimal , -c a", "say --thousands . for 1234.50", "a;b\n1.234,50;2\n", 1, "a;b\n"
        ),
        Line("act relu --dtype float8_e4m3fn -F plain 1.06", "1\n"),
        refused("act relu --dtype float9 1", "there is no 'float9'"),
        refused("act plot elu:0.5", "parameters of elu stand in brackets: 'elu(alpha=0.5)'"),
    ],
    "a file on a terminal shows its first rows at once": [
        Line("COLUMNS=80 act linear -q big.csv", has="│ 20 │\n... 99,960 more rows\n│ 99981 │\n"),
    ],
    "text of small types": [
        Line("act linear --dtype bfloat16 -F plain -0.129", "-0.129\n"),
        Line("act linear --dtype bfloat16 -F plain -p 17 -0.129", "-0.12890625\n"),
    ],
    "arrays of types that NumPy lacks": [
        refused(
            "act linear bare.npy",
            "holds numbers of 2 bytes without their type; name it: --dtype bfloat16",
            code=1,
        ),
        Line("act linear bare.npy --dtype bfloat16 -p 17", "-0.12890625\n"),
        Line("act linear -0.129 --dtype bfloat16 -o y.npy"),
        Line("act linear y.npy --dtype bfloat16 -p 17", "-0.12890625\n"),
    ],
    "a mask": [
        refused(
            "act softmax -c a:c",
            "--invalid keep or nan goes on, --mask-missing computes the others",
            BLANK,
            1,
            "a,b,c\n",
        ),
        Line(
            "act softmax -c a:c --mask-missing -p 4",
            "a,b,c\n0.5,0,0.5\nnan,nan,nan\n0.3333,0.3333,0.3333\n",
            "1 of 3 rows is computed as nan: all cells are missing",
            text=BLANK,
        ),
        Line("act log-softmax -c a,b --mask-missing", "a,b\n0,-inf\n", text="a,b\n1,\n"),
        Line("act softmin -c a,b --mask-missing", "a,b\n1,0\n", text="a,b\n1,\n"),
        Line(
            "act softmax -c a:c --invalid keep -p 4",
            "a,b,c\n1,,1\n,,\n0.3333,0.3333,0.3333\n",
            "2 of 3 rows are kept as read, with 4 cells that are missing or no number",
            text=BLANK,
        ),
        refused("act relu --mask-missing", "relu has no option '--mask-missing'; it is for softmax", BLANK),
    ],
    "numbers as they are pasted": [
        refused("act softmax '[2.0, 1.0, 0.1]'", MINUS + "2.0 1.0 0.1\n"),
        refused("act softmax '1 2 3'", MINUS + "1 2 3\n"),
        refused("act softmax 2.0, 1.0, 0.1", MINUS + "2.0 1.0 0.1\n"),
        refused("act softmax '(1,2,3)'", MINUS + "1 2 3\n"),
        refused("act softmax 1 2 3, x", "'3,' is neither a number nor a file"),
    ],
    "first lines and numbers that other programs write": [
        refused(
            "act relu",
            "its first line, 'sep=;', is for Excel alone; leave it out with tail -n +2",
            "sep=;\na;b\n1;2\n",
            1,
        ),
        refused(
            "act relu -c a",
            "say --thousands , for 1644 or --decimal , for 1.644",
            'a,b\n12,1\n"1,644",1\n',
            1,
            "a,b\n12,1\n",
        ),
        Line(
            "act relu --thousands ,",
            'a,b\n0,7\n"1644",0\n',
            text='a,b\n-5,7\n"1,644",-2\n',
        ),
        Line("act relu --thousands . --decimal ,", "a;b\n1644,5;0\n", text="a;b\n1.644,5;-2.000,25\n"),
        Line('act relu --thousands "\'"', "a;b\n1644;2\n", text="a;b\n1'644;2\n"),
        Line(
            "act relu --thousands space",
            "a;b\n1644;2000000\n",
            text="a;b\n1 644;2\N{THIN SPACE}000\N{THIN SPACE}000\n",
        ),
        refused("act relu --thousands ,", "stand in groups of three", 'a\n1\n"12,3,4"\n', 1, "a\n1\n"),
        refused("act relu", "leave them out: grep -v '^#'", "# made by hand\nx\n1\n", 1),
        refused("act relu -c x", "leave them out: grep -v '^#'", "# made by hand\nx\n1\n"),
        refused("act relu", "if blanks separate the cells, say -t space", "label: -11.48\nother: 2.5\n", 1),
        Line("act relu -t space", "label: 0\nother: 2.5\n", text="label: -11.48\nother: 2.5\n"),
    ],
    "what cannot be read or written is named": [
        refused("act relu nofile.csv", "'nofile.csv' is neither a number nor a file"),
        refused(
            "act relu 1 -o nofolder/y.csv",
            "cannot write to nofolder/y.csv: No such file or directory",
            code=1,
        ),
    ],
    "names of output": [
        refused("act plot tanh -o p.tex", "p.tex: what is .tex? name it p.csv, .json or .txt, or say -F csv"),
        refused("act relu 1 -o lut.h", "lut.h: what is .h? name it lut.csv"),
        Line("act relu 1 -o lut.h -F csv"),
        Line("act relu -o y.tex", text="x;y\n-1;1\n"),
        Line("act relu 1 -o /dev/null"),
    ],
    "limits, and other names": [
        refused("act softmax --temperature 0 1 2", "--temperature must be > 0; at 0 it is hardmax"),
        refused("act softmax --temp 2 1 2", "did you mean --temperature?"),
        refused("act gelu --approximate tanh 1", "with it a framework means gelu-tanh: act gelu-tanh"),
        refused("act relu --dim 0 1", "--axis is for activations of vectors"),
        Line("act swish --beta 1/30 -F plain -p 9 3", "1.57493756\n"),
        Line("act relu --dtype fp16 -p 9 -F plain 0.1", "0.0999755859\n"),
        Line("act relu --dtype half -p 9 -F plain 0.1", "0.0999755859\n"),
        Line("act relu --dtype bf16 -p 9 -F plain 0.1", "0.100097656\n"),
        Line("act relu --dtype float -p 9 -F plain 0.1", "0.1\n"),
        Line("act elu --like pytorch -F plain 1", "1\n"),
        Line("act elu --like keras3 -F plain 1", "1\n"),
        Line("act leaky-relu --like tf -F plain -1", "-0.2\n"),
        Line("act softplus --like torch --threshold 10 -F plain 11", "11\n"),
        Line("act nn.ReLU -F plain 1", "1\n", "nn.ReLU is computed as act relu --like torch"),
    ],
    "a URL without fsspec": [
        refused("act relu s3://bucket/x.csv", "pip install 'actcli[remote]'"),
    ],
    "JSON out": [
        Line(
            "act relu -c score -F jsonl",
            '{"id":"007","score":null,"n":7,"z":"x"}\n{"id":1,"score":2,"n":1.50,"z":"3"}\n',
            text=LOGITS,
        ),
    ],
    "info as JSON": [
        Line("act info relu -F json", has='"fixed_points": [\n    [\n      0,\n      "inf"\n    ]\n  ]'),
        Line("act info relu -F json", has='"smooth": false'),
    ],
    "wide tables, wide terminals, and locales": [
        Line(
            "COLUMNS=80 act gelu -q",
            has="... 9 columns take more than 80 characters; -p 3 or fewer columns take less\n",
            text=NINE,
        ),
        Line(
            "COLUMNS=80 act gelu -q -p 3 --color never",
            has="0.0678  0.0678  0.0678  0.0678  0.0678  0.0678  0.0678  0.0678  0.0678\n",
            text=NINE,
        ),
        Line("LC_ALL=C act relu 1", "+----------+\n| x | relu |\n|---+------|\n| 1 |    1 |\n+----------+\n"),
    ],
    "a table in a pipe": [
        refused("act gelu 1 2 | act relu", "act relu 1 2 -F plain", code=1),
        Line("act gelu 1 2 -F plain -p 4 | act relu", "0.8413\n1.954\n"),
    ],
}
"""What is typed and what comes, by what it is about."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    np.save("snan32.npy", np.array([0x7F810000], dtype=np.uint32).view(np.float32))
    np.save("snan16.npy", np.array([0x7C01], dtype=np.uint16).view(np.float16))
    np.save("bare.npy", np.array([0xBE04], dtype=np.uint16).view("V2"))
    Path("big.csv").write_text("".join(f"{number}\n" for number in range(1, 100_001)))
    return tmp_path


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("about", LINES)
def test_what_users_ran_into(act: Act, monkeypatch: pytest.MonkeyPatch, about: str) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    for name in ("PYTHONUTF8", "PYTHONIOENCODING"):  # stronger than a locale
        monkeypatch.delenv(name, raising=False)
    for expected in LINES[about]:
        stdin = expected.text.encode()
        with monkeypatch.context() as here:
            for command in expected.line.split(" | "):
                words = shlex.split(command)
                while "=" in words[0]:
                    here.setenv(*words.pop(0).split("=", 1))
                if "COLUMNS=" in command:
                    here.setattr(terminal, "is_terminal", lambda _: True)
                done = act(*words[1:], stdin=stdin)
                stdin = done.raw
        found = expected.has if expected.has and expected.has in done.out else done.out
        wanted = expected.has or expected.out
        assert (expected.line, done.code, found) == (expected.line, expected.code, wanted)
        assert expected.says in done.err if expected.says else done.err == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", [record.name for record in ACTIVATIONS.values() if record.parameters])
def test_a_name_that_carries_its_parameters_computes_as_its_options(act: Act, name: str) -> None:
    parameter = ACTIVATIONS[name].parameters[0]
    value = parameter.choices[-1] if parameter.choices else "0.25"
    named = act(f"{name}({parameter.name}={value})", "-1", "0.5", "-F", "plain")
    assert named == act(name, parameter.flag, value, "-1", "0.5", "-F", "plain")
    assert named.code == 0


@pytest.mark.slow
@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_info_as_json_has_what_the_page_has(act: Act, record: object) -> None:
    text = act("info", getattr(record, "name", ""), "-F", "json").out
    assert "Infinity" not in text
    assert "∞" not in text
    data = json.loads(text)
    if data["kind"] == "elementwise":
        assert data["smooth"] is (not any(data["jumps"].values()))


def test_info_as_json_knows_asymptotes_jumps_and_fixed_points(act: Act) -> None:
    data = json.loads(act("info", "relu", "-F", "json").out)
    assert (data["smooth"], data["jumps"]) == (False, {"f": [], "d1": [0], "d2": []})
    assert data["fixed_points"] == [[0, "inf"]]
    softplus = json.loads(act("info", "softplus", "-F", "json").out)
    assert softplus["asymptotes"] == [{"slope": 0, "intercept": 0}, {"slope": 1, "intercept": 0}]


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".tex", ".tikz", ".pgf", ".foo", ".h"])
@pytest.mark.parametrize("line", ["plot tanh", "relu 1", "compare relu elu", "neuron relu --weights 1"])
def test_an_ending_that_is_not_known_is_refused_unless_the_format_is_named(
    act: Act, tmp_path: Path, ending: str, line: str
) -> None:
    words, target = line.split(), tmp_path / f"y{ending}"
    refused = act(*words, "-o", str(target), stdin="x\n1\n")
    assert (refused.code, target.exists()) == (2, False)
    assert f"what is {ending}? name it {tmp_path}/y.csv" in refused.err
    assert act(*words, "-o", str(target), "-F", "csv", stdin="x\n1\n").err == ""
    assert target.read_text().startswith("x,")


@pytest.mark.parametrize("name", ["y", "y.txt", "run.2026", "y.d/z"])
def test_text_has_any_name_without_an_ending(act: Act, tmp_path: Path, name: str) -> None:
    (tmp_path / "y.d").mkdir()
    for words in (["plot", "tanh"], ["relu", "1"]):
        assert act(*words, "-o", str(tmp_path / name)).err == ""
        assert (tmp_path / name).read_text()


def test_a_filter_keeps_its_kind_under_any_name(act: Act, tmp_path: Path) -> None:
    target = tmp_path / "y.tex"
    assert act("relu", "-o", str(target), stdin="x;y\n-1;1\n").err == ""
    assert target.read_text() == "x;y\n0;1\n"
    assert act("relu", "1", "-o", "/dev/null").code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "ascii_only"),
    [
        ({"LC_ALL": "C"}, True),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, True),
        ({"LC_ALL": "C", "PYTHONUTF8": "1"}, False),
        ({"LC_ALL": "C", "PYTHONIOENCODING": "utf-8"}, False),
        ({"LC_ALL": "C.UTF-8"}, False),
    ],
)
@pytest.mark.parametrize("line", ["plot elu relu", "list", "info softplus", "gelu --help"])
def test_the_locale_decides_whether_text_is_ascii(
    line: str, environment: dict[str, str], ascii_only: bool
) -> None:
    unset = ("LC_ALL", "LC_CTYPE", "LANG", "PYTHONUTF8", "PYTHONIOENCODING")
    plain = {name: value for name, value in ENVIRONMENT.items() if name not in unset}
    code, out, _ = finish(start(*line.split(), env={**plain, **environment}))
    assert code == 0
    assert out.isascii() is (ascii_only or line == "gelu --help")
    assert not ascii_only or b"?" not in out


def test_a_plot_is_as_wide_as_the_terminal(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "is_terminal", lambda _: True)
    monkeypatch.setenv("COLUMNS", "200")
    assert max(map(len, act("plot", "tanh", "--color", "never").out.splitlines())) == 200
