"""Pages as they are written, without a browser: what the script looks up is what the engine computes."""

from __future__ import annotations

import html
import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import html5lib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actcli import evaluate
from actcli.activations import ACTIVATIONS, RECORDS
from actcli.activations.record import Kind
from actcli.analysis.landmarks import Graph
from actcli.cli.display.drawing import SPAN
from actcli.errors import ParameterError
from actcli.numeric.numerals import rounded, shortest, texts
from actcli.plots import slider
from actcli.plots.chart import Chart
from actcli.plots.curves import Curve
from actcli.plots.markup import element

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Act

ELEMENTWISE = [record for record in ACTIVATIONS.values() if record.kind is Kind.ELEMENTWISE]
EVERY = pytest.mark.parametrize("record", ELEMENTWISE, ids=lambda record: record.name)
THIRD = pytest.mark.parametrize("record", ELEMENTWISE[::3], ids=lambda record: record.name)
"""Whole pages take a second each: one of three activations stands for its neighbours."""


def chart(record: Any, orders: tuple[int, ...] = (0, 1, 2), span: Any = SPAN) -> Chart:
    graph = Graph(record, record.settings())
    return Chart([Curve(graph, order) for order in orders], span)


def data(page: str) -> Any:
    """Return what the script reads of the first chart."""
    found = re.search(r'<script type="application/json">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def unpacked(text: str) -> list[str]:
    """Return texts of which one that is that before it was left out."""
    found: list[str] = []
    for each in text.split(" "):
        found.append(each or found[-1])
    return found


def frames(page: Any) -> Iterator[tuple[dict[str, float], Any, list[str]]]:
    """Yield the parameters of each frame of the first activation, the frame, and the texts of its x."""
    graph = page["graphs"][0]
    sliders = [page["sliders"][k] for k in graph["sliders"]]
    start = {one["name"]: float(one["values"][one["start"]]) for one in sliders}
    apart = [{**start, one["name"]: float(value)} for one in sliders for value in one["values"]]
    for place, frame in enumerate(graph["frames"]):
        moved, rest = {}, place
        for one in reversed(sliders):
            rest, k = divmod(rest, len(one["values"]))
            moved[one["name"]] = float(one["values"][k])
        if graph["apart"]:
            moved = [start, *apart][place]
        if frame is not None:
            x = [*page["grids"][frame["grid"]].split(), *frame["more"].split()]
            yield moved, frame, sorted(x, key=float)


@pytest.mark.slow
@THIRD
def test_every_value_of_every_frame_is_the_engines(record: Any) -> None:
    page = data(chart(record, (0, 1)).html())
    names = {p.flag.removeprefix("--"): p.name for p in record.parameters}
    found = list(frames(page))
    assert len(found) == 1 or any(p.default is not None for p in record.parameters)
    for moved, frame, x in found:
        given_: dict[str, Any] = {names[name]: value for name, value in moved.items()}
        for p in record.parameters:  # a default is shown rounded, and meant itself
            if p.name in given_ and given_[p.name] == float(f"{float(record.settings()[p.name]):.6g}"):
                given_[p.name] = record.settings()[p.name]
        values = evaluate(record, np.array([float(text) for text in x]), (0, 1), **given_)
        for y, text in zip(values, frame["y"], strict=True):
            assert [each.decode() for each in texts(rounded(y, 6))] == unpacked(text)


@pytest.mark.slow
@THIRD
def test_a_page_is_small_and_has_a_path_for_each_curve(record: Any) -> None:
    html = chart(record).html()
    assert len(html) < 270_000, "a page has 30,000 bytes beside its chart"
    first = html[html.index("<svg") :].partition("</svg><g")[0]
    assert first.count("<path") == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("plot", "hard-tanh", "step", "-d", "0,1"),
        ("plot", "x*(x<2)", "1", "--title", "<&>'\"</script>"),
        ("plot", "gelu", "silu", "--panels", "--beta", "1,2"),
        ("plot", "softmax", "1", "2", "-3"),
        ("info", "selu"),
        ("info", "sparsemax"),
        ("list", "--family", "vectors"),
    ],
    ids=" ".join,
)
def test_a_page_is_whole_html(act: Act, tmp_path: Path, words: tuple[str, ...]) -> None:
    target = tmp_path / "page.html"
    assert act(*words, "-o", str(target)).err == ""
    page = target.read_text()
    html5lib.HTMLParser(strict=True).parse(page)
    assert not re.search(r"<[^>]* (src|href)=\"(?!data:|#|https://arxiv.org/)", page), (
        "nothing from elsewhere"
    )


@pytest.mark.slow
@settings(max_examples=10)
@given(
    st.sampled_from(ELEMENTWISE),
    st.tuples(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3)),
    st.sampled_from([(0,), (1,), (0, 2), (2, 0, 1)]),
)
def test_the_points_of_a_chart_are_within_its_span(record: Any, ends: Any, orders: tuple[int, ...]) -> None:
    """Both ends and all rows of the table are among them, those of moved sliders among those of the start."""
    span = (ends[0], ends[0] + ends[1])
    page = data(chart(record, orders, span).html())
    points = {json.dumps(moved): [float(text) for text in x] for moved, _, x in frames(page)}
    for x in points.values():
        assert (x[0], x[-1]) == span
        assert x == sorted(set(x))
        assert set(map(float, page["rows"])) <= set(x)
    if len(page["grids"]) > 1:
        assert set(page["grids"][1].split()) <= set(page["grids"][0].split())


@EVERY
@pytest.mark.parametrize("most", slider.POSITIONS)
def test_sliders_stand_at_the_settings_and_keep_to_the_bounds(record: Any, most: int) -> None:
    start = record.settings()
    found = slider.own(record, start, {}, most)
    assert [one.parameter.name for one in found] == [
        p.name for p in record.parameters if p.default is not None
    ]
    for one in found:
        assert one.values[one.start] == start[one.parameter.name]
        assert 2 <= len(one.values) <= most
        for value in one.values:
            record.settings({one.parameter.name: value})
        values = list(map(float, one.record(6)["values"]))
        assert np.allclose(np.diff(values), float(one.record(6)["step"]), rtol=1e-4)


def test_settings_out_of_bounds_are_not_allowed() -> None:
    softplus = ACTIVATIONS["softplus"]
    assert slider.allowed(softplus, {"beta": 2.0}) == {"beta": 2.0}
    assert slider.allowed(softplus, {"beta": 0.0}) is None
    with pytest.raises(ParameterError):
        softplus.settings({"beta": 0.0})


def test_what_is_not_shown_is_not_said() -> None:
    mish = ACTIVATIONS["mish"]
    assert data(chart(mish, (1,)).html())["notes"] == []
    assert data(chart(mish, (1, 0)).html())["notes"][0].startswith("minimum -0.308843 at x = -1.19243")
    assert data(chart(mish, (1, 0)).html())["graphs"][0]["frames"][0]["lines"] == [[1.0, 0.0]]


@given(st.text())
def test_text_in_a_page_is_text(text: str) -> None:
    target = element("p", title=text, class_="a", hidden=False, open=True)
    found = html5lib.parseFragment(target, namespaceHTMLElements=False)[0]
    assert set(found.attrib) == {"title", "class", "open"}
    assert element("input", x=0.1234, y=-0.0) == '<input x="0.12" y="0">'
    assert element("g", "a", "b", x=1e6) == f'<g x="{shortest(1e6)}">ab</g>'


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gelu", "softmax", "reglu"])
def test_pages_of_facts_and_of_all_activations(act: Act, tmp_path: Path, name: str) -> None:
    target = tmp_path / "page.html"
    assert act("info", name, "-o", str(target)).out == ""
    assert target.read_text().count("<math") >= 3
    family = ACTIVATIONS[name].family.replace(" ", "-")
    assert act("list", "--family", family, "-o", str(target)).out == ""
    page = target.read_text()
    assert page.count("<article") == sum(r.family == ACTIVATIONS[name].family for r in ACTIVATIONS.values())


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [*list(RECORDS)[::5], "elu(alpha=2)", "relu(max-value=6)", "x*sigmoid(2*x)", "x*(x>0)"]
)
def test_the_commands_of_a_page_work(act: Act, tmp_path: Path, name: str) -> None:
    target = tmp_path / "page.html"
    assert act("info", name, "-o", str(target)).code == 0
    commands = re.findall(r'class="command"><code>act (.*?)</code>', target.read_text())
    assert len(commands) >= 3
    commands = [html.unescape(command) for command in commands]
    for command in commands:
        assert act(*shlex.split(command)).code == 0
