"""Pages in a browser, loaded from disk with the network off: what is shown is what the engine computes."""

from __future__ import annotations

import json
import math
import re
import shlex
from typing import TYPE_CHECKING, Any

import html5lib
import pytest
from support.browser import PROGRAM, Browser

from actcli import evaluate
from actcli.activations import ACTIVATIONS, RECORDS
from actcli.activations.record import Kind
from actcli.analysis import notation
from actcli.numeric.numerals import rounded, texts
from actcli.plots import mathml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Act

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium here"),
]
ELEMENTWISE = [name for name, record in ACTIVATIONS.items() if record.kind is Kind.ELEMENTWISE]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def page(act: Act, tmp_path: Path, browser: Browser) -> Any:
    """Make a page by a command, open it, and look at its console and its size at the end."""
    target = tmp_path / "page.html"

    def made(*words: str, most: int = 300_000, **how: Any) -> Browser:
        outcome = act(*words, "-o", str(target))
        assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
        assert target.stat().st_size < most
        browser.open(target, **how)
        assert browser.requests == [target.as_uri()]
        return browser

    yield made
    assert browser.messages == []


def text_of(name: str, x: float, order: int = 0, digits: int = 6, **parameters: Any) -> str:
    """Return what the engine says, in so many digits."""
    return texts(rounded(evaluate(ACTIVATIONS[name], [x], order, **parameters), digits))[0].decode()


def shown(browser: Browser) -> tuple[float, list[str]]:
    """Return x and the values that are read out."""
    return float(browser.texts(".readout .x")[0]), browser.texts(".readout tbody td")


def area(browser: Browser) -> dict[str, float]:
    """Return the rectangle in which curves are drawn."""
    found: dict[str, float] = browser(
        "(() => { const b = document.querySelector('svg').getBoundingClientRect();"
        "const [x, y, width, height] = ['x', 'y', 'width', 'height'].map("
        "name => Number(document.querySelector('.area').getAttribute(name)));"
        "return {x: b.x + x, y: b.y + y, width, height}; })()"
    )
    return found


def point(browser: Browser, share: float, level: float = 0.5) -> None:
    place = area(browser)
    browser.pointer("mouseMoved", place["x"] + share * place["width"], place["y"] + level * place["height"])


def slide(browser: Browser, name: str, value: str, nth: int = 0) -> None:
    browser(
        f"(() => {{ const s = document.querySelectorAll('input[data-name=\"{name}\"]')[{nth}];"
        f"s.value = '{value}'; s.dispatchEvent(new Event('input')); }})()"
    )


@pytest.mark.parametrize("names", [ELEMENTWISE[k::8] for k in range(8)], ids=",".join)
def test_values_at_the_pointer_are_the_engines(page: Any, names: list[str]) -> None:
    browser = page("plot", *names, "-d", "0,1,2")
    for share in (0.02, 0.3137, 0.5, 0.77, 0.999):
        point(browser, share)
        x, values = shown(browser)
        assert x == pytest.approx(-5 + 10 * share, abs=0.011)
        assert values == [text_of(name, x, order) for name in names for order in (0, 1, 2)]


def test_all_curves_are_read_at_the_same_x(page: Any) -> None:
    """Also where only one of them has a landmark, and where a slider has been moved."""
    browser = page("plot", "mish", "silu", "gelu")
    for share in (0.380757, 0.372154, 0.4248208, 0.77):
        point(browser, share)
        x, values = shown(browser)
        assert values == [text_of(name, x) for name in ("mish", "silu", "gelu")]
    point(browser, 0.380757)
    assert shown(browser)[0] == -1.19243
    slide(browser, "beta", "1.7")
    for share in (0.380757, 0.333, 0.77):
        point(browser, share)
        x, values = shown(browser)
        assert values == [text_of("mish", x), text_of("silu", x, beta=1.7), text_of("gelu", x)]


@pytest.mark.parametrize(
    "words",
    [
        ("mish", "-d", "0,1,2"),
        ("elu", "celu", "--alpha", "0.3"),
        ("mish", "hard-tanh", "gelu", "-d", "0,2"),
        ("hard-sigmoid", "--like", "torch,onnx,act"),
        ("leaky-relu(alpha=0.2)", "-p", "12", "-d", "1"),
        ("hard-tanh", "-10:10"),
        ("x*sigmoid(a*x)", "--a", "1.5", "-d", "0,1"),
        ("x if x > 0 else 0.1*x", "gelu"),
    ],
    ids=" ".join,
)
def test_the_commands_that_are_shown_give_the_values_that_are_shown(
    page: Any, act: Act, words: tuple[str, ...]
) -> None:
    browser = page("plot", *words)
    point(browser, 0.3807)
    _, values = shown(browser)
    found = []
    for command in browser.texts(".commands code"):
        more = () if " -p " in command else ("-p", "6")
        row = act(*shlex.split(command)[1:], *more, "-F", "csv").out.splitlines()[1]
        found += row.split(",")[1:]
    assert found == values


@pytest.mark.parametrize(
    "words",
    [
        ("exponential", "0:709.78"),
        ("exponential", "-745:-740"),
        ("linear", "-8e307:8e307"),
        ("tanh", "1e-300:2e-300"),
        ("tanh", "-1.7:3.33"),
        ("gelu", "100:100.001"),
        ("exponential", "700:800"),
    ],
    ids=" ".join,
)
def test_spans_at_the_ends_of_numbers(page: Any, words: tuple[str, ...]) -> None:
    browser = page("plot", *words, "-d", "0,1")
    assert len(browser.texts(".axes text[text-anchor=middle]")) >= 2
    assert len(browser.texts(".axes text[text-anchor=end]")) >= 2
    for share in (0.0, 0.31, 1.0):
        point(browser, share)
        x, values = shown(browser)
        assert values == [text_of(words[0], x), text_of(words[0], x, 1)]
    browser("document.querySelector('.tools button:last-child').previousElementSibling.click()")
    markup = browser("document.querySelector('svg').outerHTML")
    assert "NaN" not in markup
    assert "Infinity" not in markup


def test_typed_numbers_are_marked_and_in_the_table(page: Any) -> None:
    browser = page("plot", "tanh", "1.234", "-0.3")
    assert browser("document.querySelectorAll('.marks .spot').length") == 2
    browser("document.querySelector('details').open = true")
    rows = [row.split() for row in browser.texts(".values tbody tr")]
    assert ["1.234", text_of("tanh", 1.234)] in rows
    assert ["-0.3", text_of("tanh", -0.3)] in rows


def test_panels_are_charts_of_their_own(page: Any) -> None:
    browser = page("plot", "gelu", "elu", "-d", "0,1", "--panels")
    assert browser("document.querySelectorAll('.chart').length") == 2
    point(browser, 0.3)
    x = float(browser.texts(".readout .x")[0])
    assert browser.texts(".readout tbody td")[:2] == [text_of("gelu", x), text_of("gelu", x, 1)]


def test_many_curves_have_room(page: Any) -> None:
    page("plot", *ELEMENTWISE[:33], "-d", "0,1,2", "-p", "17")
    page("plot", *ELEMENTWISE[-20:], "-d", "0,1", "-p", "9", "--panels")


def test_as_many_digits_as_asked_for(page: Any) -> None:
    browser = page("plot", "gelu", "mish", "-p", "17", "-1:1")
    point(browser, 0.6)
    x, values = shown(browser)
    assert values == [text_of("gelu", x, digits=17), text_of("mish", x, digits=17)]


def test_the_chart_is_the_first_svg_and_has_a_path_a_curve(page: Any) -> None:
    browser = page("plot", "relu", "hard-shrink", "-d", "0,1")
    paths = "document.querySelector('svg').querySelectorAll('path')"
    assert browser(f"{paths}.length") == 4
    drawn = browser(f"[...{paths}].map(p => p.getAttribute('d'))")
    assert [path.count("M") for path in drawn] == [1, 2, 3, 3], "broken where it jumps"
    assert "NaN" not in "".join(drawn)
    browser = page("plot", "tan(x)", "1/x", "-3:3")
    drawn = browser(f"[...{paths}].map(p => p.getAttribute('d'))")
    assert [path.count("M") for path in drawn] == [3, 2], "broken at poles"


def test_keys_move_and_a_key_goes_back(page: Any) -> None:
    browser = page("plot", "tanh")
    point(browser, 0.5)
    browser.key("ArrowRight")
    assert shown(browser)[0] == 0.01, "also while nothing has the focus"
    browser.key("ArrowLeft")
    browser("document.querySelector('svg').focus()")
    for key, x in (("ArrowRight", 0.01), ("ArrowLeft", 0), ("ArrowLeft", -0.01), ("Home", -5), ("End", 5)):
        browser.key(key)
        assert shown(browser) == (x, [text_of("tanh", x)])
    spoken = "document.querySelector('svg').getAttribute('aria-valuetext')"
    assert browser(spoken) == f"x = 5: tanh {text_of('tanh', 5)}"


def test_dragging_zooms_and_escape_goes_back(page: Any) -> None:
    browser = page("plot", "gelu", "-d", "0,1")
    before = browser.texts(".axes text")
    place = area(browser)
    at = [(place["x"] + s * place["width"], place["y"] + s * place["height"]) for s in (0.4, 0.5, 0.6)]
    browser.pointer("mousePressed", *at[0], buttons=1)
    browser.pointer("mouseMoved", *at[1], buttons=1)
    browser.pointer("mouseMoved", *at[2], buttons=1)
    browser.pointer("mouseReleased", *at[2])
    numbers = [float(text) for text in browser.texts(".axes text[text-anchor=middle]")]
    assert -1.001 <= min(numbers) < -0.5
    assert 0.5 < max(numbers) <= 1.001
    point(browser, 0.75)
    x, values = shown(browser)
    assert x == pytest.approx(0.5, abs=0.02)
    assert values == [text_of("gelu", x), text_of("gelu", x, 1)]
    browser.key("Escape")
    assert browser.texts(".axes text") == before


def test_a_finger_reads_values(page: Any) -> None:
    browser = page("plot", "mish", width=375)
    place = area(browser)
    browser.touch("touchStart", {"x": place["x"] + 0.25 * place["width"], "y": place["y"] + 20})
    browser.touch("touchEnd")
    x, values = shown(browser)
    assert x == pytest.approx(-2.5, abs=0.05)
    assert values == [text_of("mish", x)]


@pytest.mark.parametrize("name", [n for n in ELEMENTWISE if ACTIVATIONS[n].parameters])
def test_every_parameter_has_a_slider_that_shows_the_engines_values(page: Any, name: str) -> None:
    browser = page("plot", name, "-d", "0,1")
    settings = {p.name: p.default for p in ACTIVATIONS[name].parameters if p.default is not None}
    for parameter in ACTIVATIONS[name].parameters:
        if parameter.default is None:
            continue
        flag = parameter.flag.removeprefix("--")
        start, highest = browser(
            f"(s => [s.value, s.max])(document.querySelector('input[data-name=\"{flag}\"]'))"
        )
        assert float(start) == pytest.approx(float(parameter.default), rel=1e-5)
        slide(browser, flag, highest)
        point(browser, 0.123)
        x, values = shown(browser)
        meant: dict[str, Any] = {**settings, parameter.name: float(highest)}
        assert values == [text_of(name, x, order, **meant) for order in (0, 1)]
        slide(browser, flag, start)
    point(browser, 0.123)
    x, values = shown(browser)
    assert values == [text_of(name, x, order) for order in (0, 1)], "as at the start"


def test_a_range_is_a_sliders(page: Any) -> None:
    browser = page("plot", "elu", "celu", "selu", "--alpha", "0.5:1.5:0.25", "-d", "0,1")
    sliders = "[...document.querySelectorAll('input[data-name=alpha]')].map(s => [s.min, s.max, s.step])"
    assert browser(sliders) == [["0.5", "1.5", "0.25"]], "one for all three"
    for value in (0.5, 1.25, 1.5):
        slide(browser, "alpha", str(value))
        point(browser, 0.2)
        x, values = shown(browser)
        names = ("elu", "celu", "selu")
        assert values == [text_of(name, x, order, alpha=value) for name in names for order in (0, 1)]
        commands = browser.texts(".commands code")
        assert commands[0] == f"act elu --alpha {value:g} {x:g} -d 0,1"


def test_values_of_a_list_are_curves_of_their_own(page: Any) -> None:
    browser = page("plot", "elu", "--alpha", "0.5,1,2")
    assert browser.texts(".readout .name") == [f"elu (alpha = {alpha})" for alpha in ("0.5", "1", "2")]
    point(browser, 0.2)
    x, values = shown(browser)
    assert values == [text_of("elu", x, alpha=alpha) for alpha in (0.5, 1, 2)]


def test_sliders_that_are_out_of_bounds_together_stay_where_they_are(page: Any) -> None:
    browser = page("plot", "hard-tanh", "--min-value", "-1:1:0.5", "--max-value", "-1:1:0.5")
    slide(browser, "min-value", "0.5")
    slide(browser, "max-value", "0")
    assert browser.texts(".sliders output") == ["0.5", "1"]


def test_y_title_and_dark(page: Any) -> None:
    browser = page("plot", "exponential", "--y", "-1:2", "--title", "<i>Growth</i> & more", "--dark")
    assert browser.texts("h1") == ["<i>Growth</i> & more"]
    assert browser("document.title") == "<i>Growth</i> & more"
    levels = [float(text) for text in browser.texts(".axes text[text-anchor=end]")]
    assert (min(levels), max(levels)) == (-1, 2)
    assert browser("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 27)"


def test_curves_are_switched_off_and_on(page: Any) -> None:
    browser = page("plot", "tanh", "sigmoid", "-d", "0,1")
    seen = "[...document.querySelectorAll('svg path')].map(p => p.getAttribute('d') !== '')"
    assert browser(seen) == [True] * 4
    browser("document.querySelectorAll('.readout input')[2].click()")
    assert browser(seen) == [True, True, False, True]
    browser("document.querySelectorAll('.switches input')[1].click()")
    assert browser(seen) == [True, False, False, False]
    browser("document.querySelectorAll('.switches input')[1].click()")
    assert browser(seen) == [True, True, False, True]


def test_flat_parts_are_shaded_on_request(page: Any) -> None:
    browser = page("plot", "tanh")
    assert browser("document.querySelectorAll('.flat').length") == 0
    browser("[...document.querySelectorAll('.switches input')].at(-1).click()")
    widths = browser(
        "[...document.querySelectorAll('.flat')].map(r => r.getAttribute('width') / r.getAttribute('height'))"
    )
    edge = math.atanh(math.sqrt(0.9))  # where 1 - tanh^2 is 0.1
    place = area(browser)
    assert widths == pytest.approx([(5 - edge) / 10 * place["width"] / place["height"]] * 2, abs=0.01)


def test_typed_formulas_have_pages_and_sliders(page: Any) -> None:
    browser = page("plot", "a*x if x < b else x**2", "--a", "0:2:0.5", "--b", "0:1:0.5", "-d", "0,1")
    slide(browser, "a", "1.5")
    slide(browser, "b", "1")
    point(browser, 0.7)
    x, values = shown(browser)
    assert values == [f"{1.5 * x:g}" if x < 1 else f"{x * x:g}", "1.5" if x < 1 else f"{2 * x:g}"]
    browser = page("info", "x*exp(-x**2)")
    assert browser.texts("h1") == ["x*exp(-x**2)"]
    assert browser("document.querySelectorAll('math').length") >= 1
    assert any("minimum -0.428882 at x = -0.707107" in note for note in browser.texts(".notes li"))


def test_higher_derivatives_are_drawn(page: Any, act: Act) -> None:
    browser = page("plot", "gelu", "-d", "2,3,4", "-2:2")
    point(browser, 0.6)
    x, values = shown(browser)
    row = act("gelu", f"{x:g}", "-d", "2,3,4", "-p", "6", "-F", "csv").out.splitlines()[1]
    assert row.split(",")[1:] == values


def test_marks_are_named_in_words(page: Any) -> None:
    browser = page("plot", "mish")
    assert browser.texts(".notes li") == [
        "minimum -0.308843 at x = -1.19243",
        "zero at x = 0",
        "comes near y = 0, y = x",
    ]
    browser = page("plot", "hard-shrink")
    assert browser.texts(".notes li")[0].startswith("jumps at x = -0.5, 0.5")
    slide(browser, "lambda", "0.3")
    assert browser.texts(".notes li")[0].startswith("jumps at x = -0.3, 0.3")


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_a_page_is_as_wide_as_the_window_and_as_dark_as_the_browser(
    page: Any, width: int, dark: bool
) -> None:
    browser = page("plot", "gelu", "elu", "-d", "0,1,2", width=width, dark=dark)
    assert browser("document.documentElement.scrollWidth") == width
    paper, ink = browser("(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))")
    brightness = [sum(map(int, re.findall(r"\d+", colour))) / 765 for colour in (paper, ink)]
    assert (brightness[0] < 0.2, brightness[1] > 0.8) == (dark, dark)


def test_without_a_script_there_are_the_picture_and_the_values(page: Any) -> None:
    browser = page("plot", "gelu", "step", script=False)
    tree = html5lib.parse(browser.snapshot(), namespaceHTMLElements=False)
    rows = [[cell.text for cell in row] for row in tree.iterfind(".//details//tbody/tr")]
    assert rows == [[f"{x / 2:g}", text_of("gelu", x / 2), text_of("step", x / 2)] for x in range(-10, 11)]
    assert browser.height("svg path") > 100
    assert browser.height("input") == 0


def test_the_table_follows_the_sliders_and_is_printed(page: Any) -> None:
    browser = page("plot", "elu", media="print")
    slide(browser, "alpha", "0.5")
    browser("dispatchEvent(new Event('beforeprint'))")
    first = browser.texts(".values tbody tr")[0].split()
    assert first == ["-5", text_of("elu", -5, alpha=0.5)]
    assert browser.texts(".values thead th") == ["x", "elu (alpha = 0.5)"]
    assert browser("getComputedStyle(document.querySelector('.tools')).display") == "none"


def test_bars_are_a_page_too(page: Any) -> None:
    browser = page("plot", "softmax", "1", "2", "-3")
    assert browser.texts("tbody tr")[0].split() == ["1", "1", "0.267623"]
    assert browser("document.querySelectorAll('svg rect').length") == 6
    slide(browser, "temperature", "0.5")
    values = evaluate(ACTIVATIONS["softmax"], [1, 2, -3], temperature=0.5)
    found = [text.decode() for text in texts(rounded(values, 6))]
    assert browser.texts("tbody td:last-child") == found
    assert browser.texts(".result svg text") == found
    assert browser.texts(".result h2") == ["softmax (temperature = 0.5)"]
    assert browser.texts(".commands code") == ["act softmax --temperature 0.5 1 2 -3"]


def test_bars_of_several_activations_share_a_range(page: Any, act: Act) -> None:
    browser = page(
        "plot", "softmax", "softmin", "tanh", "--temperature", "0.5:2:0.5", "1", "2", "4", "-p", "9"
    )
    slide(browser, "temperature", "2")
    columns = [browser.texts(f"tbody td:nth-child({k})") for k in (3, 4, 5)]
    for name, column in zip(
        ("softmax --temperature 2", "softmin --temperature 2", "tanh"), columns, strict=True
    ):
        shown_ = act(*name.split(), "1", "2", "4", "-p", "9", "-F", "csv").out.splitlines()[1:]
        assert [line.split(",")[1] for line in shown_] == column


def test_bars_of_gates_are_a_page(page: Any, act: Act) -> None:
    browser = page("plot", "swiglu", "1", "2", "-3", "4")
    assert browser.texts("thead th") == ["i", "a", "b", "swiglu"]
    slide(browser, "beta", "2")
    rows_ = act("swiglu", "--beta", "2", "1", "2", "-3", "4", "-p", "6", "-F", "csv").out.splitlines()[1:]
    assert browser.texts("tbody td:last-child") == [row.split(",")[-1] for row in rows_]


def test_a_page_is_the_same_each_time(act: Act, tmp_path: Path) -> None:
    for name in ("one.html", "two.html"):
        act("plot", "selu", "gelu", "-d", "0,1", "-o", str(tmp_path / name))
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


# --- what is known of an activation, and all of them


@pytest.mark.parametrize("name", ["gelu", "hard-shrink", "softmax", "swiglu", "relu"])
def test_a_page_has_all_that_info_knows(page: Any, act: Act, name: str) -> None:
    browser = page("info", name)
    text = browser("document.body.innerText")
    words = act("info", name, "-F", "markdown").out.partition("## Properties")[2]
    for cell in re.split(r"[|\n]", words):
        assert cell.strip("# -\\") in text
    assert browser("document.querySelectorAll('math').length") >= 3


def test_a_page_of_one_has_the_thresholds_of_a_type(page: Any, act: Act) -> None:
    for dtype, words in (("float32", ()), ("float16", ("--dtype", "float16"))):
        text = page("info", "gelu", *words)("document.body.innerText")
        told = act("info", "gelu", "--dtype", dtype, "-F", "markdown").out.partition(
            f"## Results in {dtype}"
        )[2]
        cells = re.split(r"[|\n]", told.partition("##")[0])[1:]
        assert len(cells) > 10
        assert all(cell.strip("# -\\") in text for cell in cells)


def test_formulas_have_all_names_and_numbers() -> None:
    for record in RECORDS.values():
        for text in (record.formula, *record.derivatives):
            for part in notation.parts(text):
                math_ = mathml.formula("f(x)", part)
                html5lib.HTMLParser(strict=True).parseFragment(math_)
                shown_ = "".join(re.findall(r">([^<]*)<", math_))
                unread = {
                    "exp": "e",
                    "expm1": "e",
                    "log1p": "ln",
                    "sqrt": "",
                    "abs": "|",
                    "v": "x",
                    "sum": "",
                }
                for word in re.findall(r"[A-Za-z_]\w*|[0-9][0-9.]*", part.replace("e308", "")):
                    if word not in ("if", "else", "for", "in", "index", "max"):
                        assert unread.get(word, notation.NAMES.get(word, word)) in shown_, (record.name, word)


def test_all_activations_on_a_page(page: Any, act: Act) -> None:
    browser = page("list", most=2_000_000)
    assert browser("performance.getEntriesByType('navigation')[0].loadEventEnd") < 5000
    assert browser("[...document.querySelectorAll('article')].map(a => a.id)") == list(ACTIVATIONS)
    targets = set(browser("[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))"))
    assert targets == {*ACTIVATIONS, "top"}
    found = "[...document.querySelectorAll('article:not([hidden])')].map(a => a.id)"
    cards = "[...document.querySelectorAll('.card:not([hidden])')].map(a => a.hash.slice(1))"
    for text in ("mish", "Hard Swish", "jax.nn.gelu", "xyz", ""):
        names = act("list", "--search", text, "-F", "plain").out.split()
        browser(
            "(field => { field.value = " + json.dumps(text) + "; field.dispatchEvent(new Event('input')); })"
            "(document.querySelector('input[type=search]'))"
        )
        assert (browser(found), browser(cards)) == (names, names)
        assert browser.texts(".search output") == [f"{len(names)} found" if text else ""]


def test_of_many_charts_each_begins_when_it_comes_into_view(page: Any) -> None:
    browser = page("list", most=2_000_000)
    live = "[...document.querySelectorAll('.plot.live')].map(s => s.closest('article').id)"
    assert "mish" not in browser(live)
    browser("document.querySelector('a[href=\"#mish\"]').click()")
    browser(f"new Promise(done => setInterval(() => ({live}).includes('mish') && done(0), 20))")
    chart = "document.querySelector('#mish .readout tbody td').textContent"
    assert browser(chart) == text_of("mish", 0)
    assert len(browser(live)) < 20


def test_a_chart_among_many_shows_the_engines_values(page: Any) -> None:
    browser = page("list", "--search", "tanh of its softplus", most=2_000_000)
    point(browser, 0.381)
    x, values = shown(browser)
    assert values == [text_of("mish", x, order) for order in (0, 1, 2)]
    assert browser.texts(".commands code") == [f"act mish {x:g} -d 0,1,2"]
