"""Curves and bars: in the terminal, as images, as data."""

from __future__ import annotations

import json
import math
import re
import sys
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools.golden import FOLDER, PICTURES, curve, drawn

from actcli.activations import ACTIVATIONS
from actcli.activations.record import Kind
from actcli.analysis.landmarks import Graph
from actcli.cli.display.drawing import SPAN
from actcli.display import Display
from actcli.exact import of_formula
from actcli.plots.bars import Column, bars
from actcli.plots.curves import Curve, PlotOptions, Spot, extent
from actcli.plots.picture import Picture, Size
from actcli.plots.ticks import label, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conftest import Act

ELEMENTWISE = [record for record in ACTIVATIONS.values() if record.kind is Kind.ELEMENTWISE]
EVERY = pytest.mark.parametrize("record", ELEMENTWISE, ids=lambda record: record.name)
USUAL = Size(80, 22)
BARE, ASCII = Display(), Display(unicode=False)
INK = re.compile("\x1b\\[[0-9;]*m")
BRAILLE = re.compile("[\u2801-\u28ff]")


def of(name: str, order: int = 0, points: tuple[float, ...] = (), **settings: Any) -> Curve:
    record = ACTIVATIONS[name]
    return Curve(Graph(record, record.settings(settings)), order, points)


def picture(*curves: Curve, size: Size = USUAL, span: Any = SPAN, style: Display = BARE) -> list[str]:
    return Picture(curves, span, size, style).lines()


# --- ticks


ends = st.floats(-1e9, 1e9).map(lambda x: 0.0 if abs(x) < 1e-9 else x)


@given(ends, ends, st.integers(2, 20))
def test_ticks_are_round_numbers_at_equal_steps(one: float, other: float, most: int) -> None:
    low, high = sorted((one, other))
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        return
    found = ticks(low, high, most)
    assert len(found) <= most
    near = 1e-8 * (high - low)
    assert all(low - near <= tick <= high + near for tick in found)
    assert {f"{b - a:.1e}"[:3] for a, b in pairwise(found)} <= {"1.0", "2.0", "2.5", "5.0"}
    assert all(len(label(tick).strip("-").replace(".", "").strip("0")) <= 12 for tick in found)


@pytest.mark.parametrize(
    ("low", "high", "most", "texts"),
    [
        (-5, 5, 11, ["-5", "-4", "-3", "-2", "-1", "0", "1", "2", "3", "4", "5"]),
        (0, 1, 5, ["0", "0.25", "0.5", "0.75", "1"]),
        (0, 1.2, 13, ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1", "1.1", "1.2"]),
        (0, 10, 5, ["0", "2.5", "5", "7.5", "10"]),
        (0, 1e308, 3, ["0", "5e+307", "1e+308"]),
        (1e-9, 3e-9, 3, ["1e-9", "2e-9", "3e-9"]),
    ],
)
def test_ticks_and_their_texts(low: float, high: float, most: int, texts: list[str]) -> None:
    assert [label(tick) for tick in ticks(low, high, most)] == texts


# --- curves


@EVERY
@pytest.mark.parametrize("order", [0, 1, 2])
def test_pieces_are_finite_and_never_leap(record: Any, order: int) -> None:
    """A stroke between neighbouring points is no longer than the slope beside it explains."""
    found = Curve(Graph(record, record.settings()), order)
    bounded = np.isinf(record.domain[0])  # else it goes to infinity at the ends
    for x, y in found.pieces(SPAN, 2001):
        assert np.isfinite(y).all()
        assert (np.diff(x) > 0).all()
        assert not bounded or abs(np.diff(y)).max(initial=0) < 0.05 * max(1.0, abs(y).max())


def test_a_jump_has_a_full_and_a_hollow_spot() -> None:
    assert of("step").spots(SPAN) == [Spot(0.0, 1.0), Spot(0.0, 0.0, open=True)]
    assert of("step", threshold=7.0).spots(SPAN) == []
    spots = of("hard-shrink").spots(SPAN)
    assert [(s.x, s.open) for s in spots] == [(-0.5, False), (-0.5, True), (0.5, False), (0.5, True)]
    assert [s.y for s in spots] == pytest.approx([0, -0.5, 0, 0.5])


def test_the_pieces_of_a_jump_end_at_its_sides() -> None:
    (left, low), (right, high) = of("step").pieces(SPAN, 101)
    assert (left[-1], right[0]) == (pytest.approx(0, abs=1e-300), 0)
    assert (set(low), set(high)) == ({0.0}, {1.0})


def test_what_is_not_finite_is_a_gap() -> None:
    exponential = of("exponential").pieces((0.0, 1000.0), 101)
    assert len(exponential) == 1
    assert exponential[0][0][-1] == 700
    huge = of("exponential").pieces((800.0, 900.0), 101)
    assert huge == []
    assert extent([of("exponential")], (800.0, 900.0), 101) == (0.0, 1.0)


@pytest.mark.parametrize(("text", "poles"), [("1/x", [0.0]), ("tan(x)", [-math.pi / 2, math.pi / 2])])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_pole_is_no_stroke_and_does_not_flatten_the_rest(text: str, poles: list[float], order: int) -> None:
    pytest.importorskip("flint", reason="formulas need python-flint")
    curve_ = Curve(Graph(of_formula(text), {}), order)
    assert [pole for pole in curve_.graph.poles if abs(pole) < 3] == pytest.approx(poles)
    pieces = curve_.pieces((-3.0, 3.0), 301)
    assert len(pieces) == len(poles) + 1
    assert not any(x[0] < pole < x[-1] for pole in poles for x, _ in pieces)
    low, high = extent([curve_], (-3.0, 3.0), 301)
    assert 1 < high - low < 1e3


def test_a_pole_outside_the_picture_hides_nothing() -> None:
    pytest.importorskip("flint", reason="formulas need python-flint")
    assert extent([Curve(Graph(of_formula("1/x"), {}))], (1.0, 1000.0), 301) == (0.0, 1.0)


def test_a_curve_without_values_is_told(act: Act) -> None:
    pytest.importorskip("flint", reason="formulas need python-flint")
    outcome = act("plot", "sqrt(x)", "x*2", "-5:-1")
    assert outcome.code == 0
    assert outcome.err == "act: sqrt(x) has no finite value from -5 to -1; give another range\n"
    assert act("plot", "sqrt(x)", "-5:5").err == ""


def test_a_point_is_a_value(act: Act) -> None:
    pytest.importorskip("flint", reason="formulas need python-flint")
    assert act("plot", "sqrt(1e-8-x*x)", "0", "-1:1").err == ""


@pytest.mark.parametrize("title", ["f(x) = max(0, x)", "x^2", "|x|", "2x", "relu", "caf\udce9", "elu(alpha="])
def test_a_title_is_any_text(act: Act, tmp_path: Path, title: str) -> None:
    outcome = act("plot", "tanh", "--title", title)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(title.replace("\udce9", "\N{REPLACEMENT CHARACTER}"))
    if not title.isprintable():
        for name in ("t.html", *(["t.svg"] if find_spec("matplotlib") else [])):
            assert act("plot", "tanh", "--title", title, "-o", str(tmp_path / name)).code == 0


def test_kinks_are_those_that_can_be_seen() -> None:
    assert of("relu").kinks(SPAN) == [0]
    assert of("relu", 1).kinks(SPAN) == []
    assert of("elu").kinks(SPAN) == []
    assert of("elu", 1).kinks(SPAN) == [0]
    assert of("hard-sigmoid").kinks((0.0, 5.0)) == [2.5]


@pytest.mark.parametrize(
    ("curve_", "span"),
    [
        (of("tanh"), (-1, 1)),
        (of("relu6"), (0, 5)),
        (of("linear", 1), (0, 1.5)),
        (of("step", 1), (-1, 1)),
        (of("affine", slope=0.0, intercept=-4.0), (-6, 0)),
        (of("exponential", 0, (6.0,)), (0, None)),
    ],
)
def test_extents(curve_: Curve, span: tuple[float, float | None]) -> None:
    low, high = extent([curve_], SPAN, 101)
    assert low == pytest.approx(span[0])
    assert span[1] is None or high == pytest.approx(span[1])


# --- pictures


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_as_they_were_looked_at(name: str) -> None:
    assert drawn(name) == (FOLDER / f"{name}.txt").read_text(), "look at it, then run tests/tools/golden.py"


@pytest.mark.slow
@EVERY
@pytest.mark.parametrize("size", [USUAL, Size(20, 6)], ids=["usual", "smallest"])
def test_pictures_keep_their_size(record: Any, size: Size) -> None:
    graph = Graph(record, record.settings())
    for curves in ([Curve(graph)], [Curve(graph, k) for k in range(3)]):
        for style in (BARE, ASCII):
            lines = picture(*curves, size=size, style=style)
            assert max(map(len, lines)) <= size.width
            assert len(lines) <= max(size.height, 8)
            assert style.unicode or "".join(lines).isascii()


def test_a_jump_is_no_stroke() -> None:
    """In the column of the jump there is nothing between its two ends but the axis."""
    lines = picture(of("step"), size=Size(60, 20))
    top, bottom = (next(k for k, line in enumerate(lines) if sign in line) for sign in "●○")
    column = lines[top].index("●")
    assert lines[bottom].index("○") == column
    assert {line[column] for line in lines[top + 1 : bottom]} == {"│"}
    assert not any(BRAILLE.search(line) for line in lines[top + 1 : bottom])


def test_colours_add_nothing_but_colour() -> None:
    curves = [curve("gelu"), curve("gelu'")]
    coloured = picture(*curves, style=Display(colour=True))
    assert [INK.sub("", line) for line in coloured] == picture(*curves)
    assert len(set(INK.findall("\n".join(coloured)))) == 4, "two inks, faint, and their end"


def test_every_curve_of_several_has_its_letter() -> None:
    lines = picture(of("sigmoid"), of("tanh"), of("gelu"))
    assert lines[0] == "a sigmoid  b tanh  c gelu"
    assert all(any(letter in line for line in lines[1:-3]) for letter in "abc")


def test_a_long_legend_is_broken() -> None:
    lines = picture(*(of(name) for name in list(ACTIVATIONS)[:9]), size=Size(40, 20))
    assert max(map(len, lines)) <= 40
    assert f"i {list(ACTIVATIONS)[8]}" in lines[1] + lines[2] + lines[3]


def test_parameters_are_named_where_they_are_not_the_defaults() -> None:
    assert of("elu", alpha=0.5).name == "elu (alpha = 0.5)"
    assert of("elu", 2, alpha=1.0).name == "elu''"
    assert of("relu", max_value=6.0, alpha=0.1).name == "relu (alpha = 0.1, max-value = 6)"


def test_vast_and_tiny_ranges() -> None:
    for span in ((-1e300, 1e300), (1e-300, 3e-300), (1e9, 1e9 + 1), (-8e307, 8e307)):
        for name in ("tanh", "linear", "exponential", "softplus"):
            assert max(map(len, picture(of(name), span=span))) <= 80


# --- the command


def test_its_width_is_80_in_a_pipe(act: Act) -> None:
    outcome = act("plot", "tanh", "sigmoid")
    assert outcome.code == 0
    assert max(map(len, outcome.out.splitlines())) == 80
    assert "\x1b" not in outcome.out


def test_its_size_can_be_chosen(act: Act) -> None:
    lines = act("plot", "tanh", "--width", "50", "--height", "12").out.splitlines()
    assert (max(map(len, lines)), len(lines)) == (50, 12)


def test_numbers_are_marked_and_shown(act: Act) -> None:
    inside = act("plot", "tanh", "-1", "2").out
    assert inside.count("●") == 2
    assert re.search(r"-5 +-4", inside)
    outside = act("plot", "relu", "40").out
    assert re.search(r"0 +5 +10 .* 40$", outside, re.MULTILINE)


def test_a_range_is_looked_at(act: Act) -> None:
    assert re.search(r"^ +0 +0\.05 +0\.1 .* 0\.5$", act("plot", "tanh", "0:0.5").out, re.MULTILINE)


def test_panels_are_pictures_one_by_one(act: Act) -> None:
    panels = act("plot", "relu", "tanh", "--panels", "-d", "0,1").out
    assert panels == act("plot", "relu", "-d", "0,1").out + act("plot", "tanh", "-d", "0,1").out


def test_colour_when_asked(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[38;5;" in act("plot", "tanh", "--color", "always").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in act("plot", "tanh").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in act("plot", "tanh").out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tanh", "5:-5"), "the range 5:-5 is empty; write the smaller number first"),
        (("tanh", "0:5e-324"), "the range 0:5e-324 is too narrow for a picture; make it wider"),
        (("tanh", "-1e308", "1e308"), "-1e+308 and 1e+308 are too far apart for a picture; leave out"),
        (("tanh", "1:1"), "the range 1:1 is one number; it needs two ends, as 0:2"),
        (("tanh", "nan"), "nan has no place in a picture; leave it out, or say --data"),
        (("tanh", "0", "-inf"), "-inf has no place in a picture"),
        (("tanh", "-p", "3"), "-p: a picture has no digits; leave it out, or say --data"),
        (("softmax", "1", "2", "-p", "3"), "-p: a picture has no digits"),
        (("tanh", "--data", "--width", "40"), "--width: points are no picture"),
        (("tanh", "-F", "json", "--panels"), "--panels: points are no picture"),
        (("softmax", "1", "2", "--height", "9"), "--height: bars are as many lines as numbers"),
        (("softmax", "1", "2", "--panels"), "--panels: bars stand side by side"),
        (("tanh", "1:2:0"), "range '1:2:0': its step is 0"),
        (("tanh", "1:2:-1"), "range '1:2:-1': its step has the wrong sign"),
        (("tanh", "1e400:1e500"), "leaves the range of float64"),
        (("tanh", "-5:5", "-1:1"), "one range is enough"),
        (("tanh", "pyproject.toml"), "a plot takes a range and numbers, not files"),
        (("prelu", "--alpha", "1,2"), "prelu: a curve needs one --alpha, not a list"),
        (("softmax",), "softmax works on several numbers: act plot softmax 1 2 3 4"),
        (
            ("softmax", "1", "2", "-d", "1"),
            "bars show no derivatives; for numbers: act compare softmax -d 1 1 2",
        ),
        (("glu", "1", "2", "3"), "even number"),
        (("tanh", "-o", "curve.jpg"), "curve.jpg: an image can be .png, .svg, .pdf, .html"),
        (("tanh", "--width", "3"), "--width"),
        (("tanh", "-o", "x.html", "--width", "300"), "--width: a page is as large as its window"),
        (("tanh", "--digits", "20"), "--digits: a picture has no digits; leave it out, or say --data"),
        (("tanh", "--dark"), "--dark: a terminal has its own ground; leave it out, or say -o curve.png"),
        (("tanh", "--y", "2:1"), "--y: '2:1' has no room; write the smaller number first, as -1:2"),
        (("tanh", "--y", "1"), "--y: '1' is not LOW:HIGH, as -1:2"),
        (("tanh", "--data", "--title", "T"), "--title: points are no picture"),
        (("softmax", "1", "2", "--y", "0:1"), "--y: bars begin at 0"),
        (("glu", "1", "2", "3", "-o", "x.html"), "even number"),
        (
            ("elu", "--alpha", "0:2:0.01"),
            "the parameters' values give 201 results, at most 50 can be; give a larger step: --alpha 0:2:0.2",
        ),
        (("elu", "--alpha", "0:2:0.0001"), "has more than 1,000 values; give a larger step: 0:2:0.2"),
        (("elu", "--alpha", "2:0"), "--alpha: range '2:0': its step has the wrong sign"),
        (
            (*(record.name for record in ELEMENTWISE), "-d", "0,1,2", "-p", "17", "-o", "x.html"),
            " curves are too many for a page; name fewer, or fewer orders with -d",
        ),
        (("softplus", "--beta", "-1:1"), "softplus: --beta must be > 0"),
        (("softplus", "--beta", "-1:1", "-o", "x.html"), "softplus: --beta must be > 0"),
        (("gelu", "--alpha", "1:2"), "gelu has no parameter --alpha"),
        (
            ("relu", "--alpha", "0:1:0.01", "--threshold", "0:1:0.01", "-o", "x.html"),
            "give larger steps: --alpha 0:1:0.2 --threshold 0:1:0.2",
        ),
        (("tahn",), "did you mean tanh"),
    ],
)
def test_what_cannot_be_drawn(act: Act, words: Sequence[str], message: str) -> None:
    outcome = act("plot", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err


# --- several values of a parameter, and how a picture looks


def test_a_parameter_takes_several_values(act: Act) -> None:
    legend = act("plot", "elu", "celu", "--alpha", "0.5,1", "-d", "0").out.splitlines()[0]
    assert legend == "a elu (alpha = 0.5)  b elu (alpha = 1)  c celu (alpha = 0.5)  d celu (alpha = 1)"
    names = [f"elu (alpha = {k})" for k in (1, 2, 3)]
    assert act("plot", "elu", "--alpha", "1:3", "--data").out.splitlines()[0] == ",".join(["x", *names])
    assert "softplus (beta = 0.5)" in act("plot", "softplus", "--beta", "1/2,1/2,2").out.splitlines()[0]


def test_y_and_title(act: Act) -> None:
    lines = act("plot", "exponential", "--y", "-1:2", "--title", "Growth", "--height", "16").out.splitlines()
    assert lines[0] == "Growth"
    levels = [float(line.split("┤")[0]) for line in lines if "┤" in line]
    assert (max(levels), min(levels)) == (2, -1)
    assert BRAILLE.search(lines[2]), "the curve leaves at the top"


@pytest.mark.slow
@given(st.floats(-3, 3), st.floats(0.01, 3))
def test_a_span_of_y_cuts_a_line_where_it_leaves(low: float, height: float) -> None:
    """The straight line is seen where it is within the span, from where it comes in to where it leaves."""
    size, span = Size(60, 20), (low, low + height)
    lines = Picture([of("linear")], SPAN, size, BARE, span).lines()
    columns = {column for line in lines for column, sign in enumerate(line) if BRAILLE.match(sign)}
    gutter = next(line.index("└") + 1 for line in lines if "└" in line)
    share = (60 - gutter) / 10
    first, last = (gutter + share * (min(max(y, -5), 5) + 5) for y in span)
    assert min(columns) == pytest.approx(first, abs=2)
    assert max(columns) == pytest.approx(last, abs=2)


@pytest.mark.slow
@pytest.mark.parametrize("extension", [".png", ".svg", ".pdf"])
def test_images_are_dark_and_have_titles_on_request(act: Act, tmp_path: Path, extension: str) -> None:
    pytest.importorskip("matplotlib")
    files = []
    for name, more in (
        ("light", []),
        ("dark", ["--dark"]),
        ("title", ["--title", "$a <b> & c"]),
        ("y", ["--y", "0:1"]),
    ):
        target = tmp_path / (name + extension)
        assert act("plot", "gelu", "elu", "-d", "0,1", *more, "-o", str(target)).err == ""
        files.append(target.read_bytes())
    assert len(set(files)) == 4
    if extension == ".svg":
        assert b"#15171b" in files[1]
        assert b"#15171b" not in files[0]
        assert b"<dc:title>$a &lt;b&gt; &amp; c</dc:title>" in files[2]


# --- data


def test_the_points_as_csv(act: Act) -> None:
    lines = act("plot", "relu", "step", "-d", "0,1", "--data").out.splitlines()
    assert lines[0] == "x,relu,relu_d1,step,step_d1"
    assert lines[1] == "-5,0,0,0,0"
    assert lines[-1] == "5,5,1,1,0"
    assert [line.split(",")[0] for line in lines[1:4]] == ["-5", "-4.95", "-4.9"]
    assert len(lines) == 202


def test_the_points_are_those_of_the_step_or_those_that_were_typed(act: Act) -> None:
    assert act("plot", "relu", "0:1:0.5", "--data").out == "x,relu\n0,0\n0.5,0.5\n1,1\n"
    assert act("plot", "relu", "3", "-1", "--data").out == "x,relu\n3,3\n-1,0\n"
    assert act("plot", "relu", "inf", "-F", "csv", "-p", "3").out == "x,relu\ninf,inf\n"
    assert act("plot", "hardmax", "1", "3", "--data").out == "x,hardmax\n1,0\n3,1\n"


def test_the_points_in_another_format(act: Act, tmp_path: Path) -> None:
    assert json.loads(act("plot", "relu", "0:1:1", "-F", "json").out)[1] == {"x": 1, "relu": 1}
    target = tmp_path / "points.json"
    assert act("plot", "relu", "0:1:1", "--data", "-o", str(target)).code == 0
    assert json.loads(target.read_text())[0]["relu"] == 0


@pytest.mark.parametrize("name", ["p.npy", "p.parquet"])
def test_points_are_text_and_pictures_too(act: Act, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    outcome = act("plot", "relu", "--data", "-o", str(target))
    assert (outcome.code, outcome.err) == (
        2,
        f"act: {target}: points are written as text; for example -o y.csv\n",
    )
    assert "an image can be .png" in act("plot", "relu", "-o", str(target)).err
    assert not target.exists()


def test_a_folder_is_no_file(act: Act, tmp_path: Path) -> None:
    for words in (["plot", "relu"], ["plot", "relu", "--data"], ["list"], ["info", "relu"]):
        outcome = act(*words, "-o", f"{tmp_path}/new/")
        assert outcome.code in (1, 2)
        assert "folder" in outcome.err or "Is a directory" in outcome.err
    assert not list(tmp_path.iterdir())


# --- below a table


def test_typed_numbers_below_their_table(act: Act) -> None:
    table, _, drawing = act("gelu", "-2", "0.5", "--plot").out.partition("╯\n")
    assert table.startswith("╭")
    assert drawing.count("●") == 2
    assert len(drawing.splitlines()) == 16


def test_vectors_below_their_table_are_bars(act: Act) -> None:
    assert "3  ███" in act("softmax", "1", "2", "3", "--plot").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("relu", "--plot", "-"), "--plot draws typed numbers; for the curve alone: act plot relu"),
        (("relu", "--plot", "1", "-F", "csv"), "leave out -F csv, or --plot"),
        (("softmax", "--plot", "1", "2", "-d", "1"), "--plot draws no Jacobians"),
        (("prelu", "--plot", "1", "2", "--alpha", "1,2"), "--plot draws one curve"),
    ],
)
def test_what_cannot_be_drawn_below(act: Act, words: Sequence[str], message: str) -> None:
    outcome = act(*words)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err


# --- bars


def column(*values: float) -> Column:
    return Column("x", values, [f"{value:g}" for value in values])


def test_bars_are_in_proportion() -> None:
    lines = [line.split("  ")[-1] for line in bars([column(1, 2, 4)], 40, BARE)][1:]
    assert [8 * bar.count("█") + "▏▎▍▌▋▊▉".find(bar[-1]) + 1 for bar in lines] == [
        pytest.approx(240 / 4, abs=1),
        pytest.approx(240 / 2, abs=1),
        240,
    ]


def test_negative_bars_go_to_the_left_of_a_common_zero() -> None:
    assert list(bars([column(-1, 1, 0, math.nan, math.inf)], 15, ASCII)) == [
        "  x",
        " -1  ####",
        "  1      ####",
        "  0",
        "nan",
        "inf      ####",
    ]


@given(st.lists(st.floats(allow_nan=True), min_size=1, max_size=5), st.integers(10, 90), st.booleans())
def test_bars_fit(values: list[float], width: int, unicode: bool) -> None:
    columns = [column(*values), column(*values)]
    lines = list(bars(columns, width, Display(unicode=unicode)))
    assert max(map(len, lines)) <= max(width, columns[0].width + 3)


def test_bars_stand_below_each_other_where_it_is_narrow(act: Act) -> None:
    lines = act("plot", "softmax", "log-softmax", "1", "2", "--width", "20").out.splitlines()
    assert lines.count("") == 2
    assert max(map(len, lines)) <= 20


def test_bars_of_gates(act: Act) -> None:
    assert act("plot", "reglu", "1", "-2", "3", "4").out.splitlines()[0].split() == ["a", "b", "reglu"]


# --- images


SIGNATURES = {".png": b"\x89PNG\r\n", ".svg": b"<?xml", ".pdf": b"%PDF-", ".html": b"<!DOCTYPE html>"}


@pytest.mark.slow
@pytest.mark.parametrize("extension", SIGNATURES)
def test_images(act: Act, tmp_path: Path, extension: str) -> None:
    pytest.importorskip("matplotlib")
    one, same = tmp_path / f"one{extension}", tmp_path / f"same{extension}"
    for target in (one, same):
        outcome = act("plot", "hard-shrink", "gelu", "-d", "0,1", "-o", str(target))
        assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert one.read_bytes().startswith(SIGNATURES[extension])
    assert one.read_bytes() == same.read_bytes(), "the same picture is the same file"


def test_an_image_is_labelled(act: Act, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    target = tmp_path / "curve.svg"
    act("plot", "tanh", "sigmoid", "-o", str(target))
    picture = target.read_text()
    assert "<dc:title>tanh, sigmoid</dc:title>" in picture
    for text in ("tanh", "sigmoid", "x", "-5", "0.5"):
        assert f"<!-- {text} -->" in picture


@pytest.mark.slow
@pytest.mark.parametrize("size", [(640, 480), (300, 200), (145, 130), (2000, 113)], ids=str)
def test_the_size_of_an_image_is_in_pixels(act: Act, tmp_path: Path, size: tuple[int, int]) -> None:
    pytest.importorskip("matplotlib")
    target = tmp_path / "curve.png"
    act("plot", "tanh", "-o", str(target), "--width", str(size[0]), "--height", str(size[1]))
    assert target.read_bytes()[16:24] == b"".join(length.to_bytes(4, "big") for length in size)


def test_an_image_without_room_for_curves_is_refused(act: Act, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    outcome = act("plot", "tanh", "-o", str(tmp_path / "curve.png"), "--width", "29", "--height", "29")
    assert outcome.code == 2
    assert outcome.err == "act: the picture has no room for its curves; give more --width or --height\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("size", [(None, None), (640, 480), (300, 200)], ids=str)
def test_the_numbers_on_an_axis_of_an_image_stand_apart(size: tuple[int | None, int | None]) -> None:
    figure_of = pytest.importorskip("matplotlib.backends.backend_agg").FigureCanvasAgg
    from actcli.plots import image

    panel = [of("gelu", order) for order in (0, 1)]
    figure = image._single(panel, SPAN, PlotOptions(*size))  # noqa: SLF001  the file has only dots
    figure_of(figure).draw()
    (axes,) = figure.axes
    for axis, side in ((axes.xaxis, 0), (axes.yaxis, 1)):
        ends = [label.get_window_extent().get_points()[:, side] for label in axis.get_ticklabels()]
        assert len(ends) > 3
        assert all(before[1] < after[0] for before, after in pairwise(ends))


@pytest.mark.slow
def test_panels_and_bars_as_images(act: Act, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    panels, vector = tmp_path / "panels.svg", tmp_path / "bars.svg"
    names = ("relu", "tanh", "gelu", "silu", "elu")
    assert act("plot", *names, "-d", "0,1", "--panels", "-o", str(panels)).code == 0
    assert all(f"<!-- {name} -->" in panels.read_text() for name in (*names, "f", "f'"))
    assert act("plot", "softmax", "1", "2", "3", "-o", str(vector)).code == 0
    assert "<!-- softmax -->" in vector.read_text()
    assert act("plot", "softmax", "0:40", "inf", "-o", str(vector)).code == 0


def test_without_matplotlib_the_extra_is_named(
    act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for words in (("tanh",), ("softmax", "1", "2")):
        outcome = act("plot", *words, "-o", str(tmp_path / "curve.png"))
        assert outcome.code == 2
        assert outcome.err == "act: -o NAME.png needs an optional package: pip install 'actcli[images]'\n"
    assert not (tmp_path / "curve.png").exists()


def test_text_into_a_file(act: Act, tmp_path: Path) -> None:
    target = tmp_path / "curve.txt"
    assert act("plot", "tanh", "-o", str(target)).code == 0
    assert target.read_text() == act("plot", "tanh").out


def test_numbers_too_far_apart_are_refused_before_their_table(act: Act) -> None:
    outcome = act("relu", "1.7e308", "-1", "--plot")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "act: -1 and 1.7e+308 are too far apart for a picture; leave out the largest\n"


def test_a_picture_is_sent_where_a_url_says(act: Act, tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="fsspec is not installed")
    target = tmp_path / "y.svg"
    assert act("plot", "relu", "-o", f"file://{target}").code == 0
    assert target.read_bytes().startswith(b"<?xml")
    assert act("info", "relu", "-o", f"file://{target}.json").code == 0
    assert (tmp_path / "y.svg.json").read_bytes().startswith(b"{")
