"""Pages about activations: one with all facts about an activation, or a catalogue of all of them."""

from __future__ import annotations

import re
import shlex
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final

from actcli.activations.record import Kind
from actcli.analysis import notation
from actcli.analysis.facts import Facts
from actcli.numeric.numerals import shortest
from actcli.plots.bar_chart import BarChart, Subject, picture
from actcli.plots.chart import DIGITS, Chart, thumbnail
from actcli.plots.curves import Curve
from actcli.plots.markup import element, rows, scrolled
from actcli.plots.mathml import formula
from actcli.plots.page import document
from actcli.plots.slider import command_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.activations.record import Activation

_SPAN: Final = (-5.0, 5.0)
_NUMBERS: Final = (1.0, 2.0, 3.0, 4.0)
_SHARES: Final = 4.0  # bytes for all activations together, in those of one page of curves
_MOST_TURNS: Final = 5
_LARGEST: Final = 0.1  # of these bytes, for one activation
_USUAL: Final = "float32"
"""The type whose thresholds a page shows."""
_ARXIV: Final = re.compile(r"arXiv:([0-9.]+[0-9])")


def info(activation: Activation, dtype: str | None = None, *, digits: int | None = None) -> bytes:
    """Return an HTML page with all facts about an activation.

    dtype: the floating type whose thresholds are shown, of an activation of single numbers float32 unless
    given. digits: those of its values. Raises UsageError for a type where there are no thresholds.
    """
    if not (activation.exact or activation.kind is not Kind.ELEMENTWISE):
        dtype = dtype or _USUAL
    title = activation.name + activation.label(activation.settings())
    body = [element("h1", escape(title)), *_facts(activation, digits or DIGITS, 1.0, "h2", dtype)]
    return document(title, "\n".join(body))


def listing(activations: Sequence[Activation]) -> bytes:
    """Return an HTML page about activations: a search field, a picture of each by family, then all facts."""
    count = f"{len(activations)} activation functions"
    field = element("input", type="search", id="search", placeholder="mish, hardswish, smooth ...")
    parts = [
        element("h1", count),
        element(
            "p", element("label", "Search ", field), element("output"), class_="search noprint", hidden=True
        ),
    ]
    articles, share = [], min(_LARGEST, _SHARES / len(activations))
    for family, members in groupby(activations, key=lambda activation: activation.family):
        cards, there = [], list(members)
        for activation in there:
            cards.append(_card(activation))
            top = element("a", "to the pictures", href="#top", class_="noprint")
            head = element("h2", escape(activation.name), " ", element("small", top))
            about = _facts(activation, DIGITS, share, "h3")
            articles.append(
                element("article", head, *about, id=activation.name, data_words=_words(activation))
            )
        family_head = element("h2", escape(family.capitalize()))
        parts.append(element("section", family_head, element("div", *cards, class_="cards")))
    return document(count, "\n".join([element("div", *parts, id="top"), *articles]))


def _card(activation: Activation) -> str:
    """Return a link to an activation's facts with its picture, name and summary."""
    if activation.kind is Kind.ELEMENTWISE:
        curve = Curve(Facts(activation).graph, 0)  # type: ignore[arg-type]  # ELEMENTWISE ones have a graph
        drawn = thumbnail(curve)
    else:
        subject = Subject(activation, activation.settings())
        drawn = picture(subject.column(_NUMBERS, DIGITS), 0, numbered=False)
    name = element("span", escape(activation.name), class_="name")
    summary = element("span", escape(activation.summary), class_="summary")
    words = _words(activation)
    return element("a", drawn, name, summary, href=f"#{activation.name}", class_="card", data_words=words)


def _words(activation: Activation) -> str:
    """Return the text that a search looks into: in lower case, without hyphens, underscores and blanks."""
    theirs = (variant.name for variant in activation.frameworks.values())
    texts = (
        activation.name,
        *activation.aliases,
        activation.summary,
        activation.family,
        activation.formula,
        *theirs,
    )
    return re.sub("[-_ ]", "", "\n".join(texts).lower())


def _facts(
    activation: Activation, digits: int, share: float, heading: str, dtype: str | None = None
) -> Iterator[str]:
    """Yield the elements about an activation: summary, formulas, curves or bars, facts, commands.

    share: the fraction of a page's bytes that its values may take. heading: the HTML element of titles.
    """
    facts = Facts(activation, dtype=dtype)
    yield element("p", escape(activation.summary))
    formulas = (activation.formula, *activation.derivatives)
    lefts = (left for left, _ in facts.formulas())
    parts = (part for text in formulas for part in notation.parts(text))
    yield scrolled("Formulas", *(formula(left, part) for left, part in zip(lefts, parts, strict=False)))
    if facts.meanings():
        yield element("p", escape("where " + "; ".join(facts.meanings())), class_="notes")
    if facts.graph is None:
        yield _bars(activation, digits, heading).html()
    else:
        curves = [Curve(facts.graph, order) for order in (0, 1, 2)]
        yield Chart(curves, _SPAN, digits, share=share).html()
    for title, cells in facts.sections():
        if cells:
            yield element(heading, escape(title))
            yield _section(cells)
    yield element(heading, "Commands")
    for command in _commands(facts):
        yield element("p", element("code", escape(f"act {command}")), class_="command")


def _commands(facts: Facts) -> Iterator[str]:
    """Yield arguments of `act` for values, extrema, a picture, a comparison, and the facts as JSON."""
    activation = facts.activation
    first, *options = command_words(activation, activation.settings())
    told = " ".join(
        [first, *(["1 2 3 4"] if activation.kind is not Kind.ELEMENTWISE else ["-2:2"]), *options]
    )
    orders = " -d 0,1,2" if activation.kind is Kind.ELEMENTWISE else ""
    turns = [shortest(x) for x, _ in facts.turns[:_MOST_TURNS]]
    yield told + orders
    if turns:
        yield " ".join([first, *turns, *options])
    yield f"plot {told}{orders}"
    theirs = [key for key, variant in activation.frameworks.items() if not variant.required]
    if theirs and not options:
        yield f"compare {told} --like {','.join([*theirs, 'act'])}"
    thresholds = f" --dtype {facts.dtype}" if facts.dtype else ""
    yield f"info {shlex.quote(activation.name)} -F json{thresholds}"


def _section(cells: list[tuple[str, ...]]) -> str:
    """Return rows of cells as a table; rows of a single cell as a paragraph with the first one."""
    if len(cells[0]) == 1:
        return element("p", _linked(cells[0][0]))
    body = element("tbody", rows([list(row) for row in cells]))
    return element("table", body, class_="facts")


def _linked(text: str) -> str:
    """Return the text as HTML, in which identifiers of arXiv are links."""
    return _ARXIV.sub(r'<a href="https://arxiv.org/abs/\1">\g<0></a>', escape(text))


def _bars(activation: Activation, digits: int, heading: str) -> BarChart:
    """Return bar charts of the numbers 1 to 4 and of the activation's results for them."""
    subject = Subject(activation, activation.settings())
    return BarChart(_NUMBERS, [f"{number:g}" for number in _NUMBERS], [subject], digits, heading)
