"""`act info NAME`: all about one activation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import click

from actcli.activations import RECORDS
from actcli.activations.frameworks import FRAMEWORKS
from actcli.analysis import landmarks
from actcli.analysis.facts import Facts
from actcli.cli import options
from actcli.cli.display import terminal
from actcli.cli.display.page import is_browser_page, page_format, show, write_page
from actcli.cli.options import Arguments
from actcli.cli.parser import Command
from actcli.cli.suggestions import unknown_activation
from actcli.cli.words import parse_activation
from actcli.display import Display
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.activations.record import Activation, FrameworkVariant, Kink, Parameter, Quotient
    from actcli.analysis.landmarks import Line, Zeros

FORMATS: Final = ("text", "json", "markdown")
_WIDEST: Final = 72
_HEIGHT: Final = 14
_EXACT: Final = 2.0**53
_NUMBERS: Final = ("1", "2", "3", "4")
_CELL: Final = str.maketrans({"|": r"\|", "\n": " "})


def command() -> Command:
    """Return the click command."""
    return Command(
        "info",
        params=[
            click.Argument(["name"], metavar="NAME", shell_complete=options.candidates("activations")),
            options.own_format(FORMATS),
            *options.pick(
                "dtype",
                "output",
                "color",
                dtype="From where on results in this type are 0, subnormal, x itself, the largest value, "
                "infinite or flat.  [default: none; on a page for a browser, float32]",
                output="Write to a file: as JSON, Markdown or a page for a browser, if its name ends in "
                ".json, .md or .html.",
            ),
        ],
        callback=_run,
        help="All about one activation: formulas, graph, conventions, and what frameworks call it.",
        examples=[
            "act info gelu",
            "act info gelu --dtype bfloat16",
            "act info hard-sigmoid -F json",
            "act info gelu -o gelu.html",
        ],
    )


def _run(name: str, **options: Any) -> None:
    activation = page_activation(name)
    given = Arguments.from_click(options)
    if is_browser_page(given):
        from actcli.plots import catalogue

        write_page(catalogue.info(activation, given.dtype), given.output)
        return
    display = terminal.display(given)
    pages = {"json": _json, "markdown": _markdown}
    page = pages.get(page_format(given, FORMATS, browser=True), _page)
    show(page(Facts(activation, display.unicode, given.dtype), display), display, given.output)


def page_activation(name: str, verb: str = "info") -> Activation:
    """Return the activation of a name, of a framework's variant, or of a formula.

    Raises UsageError for an unknown name, with similar ones, and for a formula with parameters without value.
    """
    found = parse_activation(name) or RECORDS.get(name)
    if found is None:
        raise UsageError(unknown_activation(name, verb))
    if any(parameter.required for parameter in found.parameters):
        names = ", ".join(parameter.name for parameter in found.parameters)
        raise UsageError(f"info shows one curve; write a number for {names} in the formula")
    return found


def _page(facts: Facts, display: Display) -> Iterator[str]:
    activation = facts.activation
    title = activation.name + activation.label(activation.settings())
    yield from display.wrapped(activation.summary, display.heading(title) + ": ", "  ")
    yield ""
    yield from _formulas(facts, display)
    yield ""
    yield from _picture(facts, display)
    for title, rows in facts.sections():
        if rows:
            yield ""
            yield display.heading(title)
            yield from display.columns(rows)


def _formulas(facts: Facts, display: Display) -> Iterator[str]:
    formulas = list(facts.formulas())
    width = max(len(left) for left, _ in formulas)
    for left, lines in formulas:
        before = f"  {left:<{width}} = "
        for index, line in enumerate(lines):
            yield from display.wrapped(
                line, before if not index else " " * len(before), " " * (len(before) + 2)
            )
    if facts.meanings():
        yield from map(display.faint, display.wrapped("; ".join(facts.meanings()), "  where ", "    "))


def _picture(facts: Facts, display: Display) -> Iterator[str]:
    """Return the lines of a small picture of f and f'; for functions of vectors, of bars for four numbers."""
    from actcli.cli.display.drawing import SPAN, bar_lines, picture
    from actcli.plots.curves import Curve

    width = min(display.usual_width, _WIDEST)
    if facts.graph is None:
        from actcli.cli.words import parse_words
        from actcli.pipeline.computation import Computation

        computation = Computation(facts.activation, facts.activation.settings(), columnwise=True)
        return bar_lines(computation, parse_words(_NUMBERS), display, width)
    low, high = facts.activation.domain
    curves = [Curve(facts.graph, order) for order in (0, 1)]
    return picture(curves, SPAN if math.isinf(low) else (low, high), display, width, _HEIGHT)


def _markdown(facts: Facts, _: Display) -> Iterator[str]:
    activation = facts.activation
    yield from (f"# {activation.name}{activation.label(activation.settings())}", "", activation.summary, "")
    yield "```"
    yield from _formulas(facts, Display())
    yield "```"
    for title, rows in facts.sections():
        if rows:
            yield from ("", f"## {title}", "")
            yield from _rows(rows)


def _rows(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield a pipe table without titles, or a single cell as a paragraph."""
    if len(rows[0]) == 1:
        yield rows[0][0]
        return
    yield "|" + " |" * len(rows[0])
    yield "|" + "---|" * len(rows[0])
    for row in rows:
        yield "| " + " | ".join(cell.translate(_CELL) for cell in row) + " |"


def _json(facts: Facts, _: Display) -> Iterator[str]:
    import json

    yield json.dumps(_record(facts), ensure_ascii=False, indent=2)


def _record(facts: Facts) -> dict[str, Any]:
    """Return the facts as data for JSON; infinite numbers are "inf" and "-inf", missing facts None."""
    activation, graph = facts.activation, facts.graph
    jumps = {
        name: [_number(corner.x) for corner in graph.corners if corner.jumps(order)]
        for order, name in enumerate(("f", "d1", "d2"))
        if graph
    }
    return {
        "name": activation.name,
        "aliases": list(activation.aliases),
        "family": activation.family,
        "kind": activation.kind.value,
        "summary": activation.summary,
        "formula": activation.formula,
        "derivatives": list(filter(None, activation.derivatives)),
        "parameters": [_parameter(parameter, activation) for parameter in activation.parameters],
        "kinks": [_kink(kink) for kink in activation.kinks],
        "domain": [_number(end) for end in activation.domain],
        "range": activation.range or None,
        "monotone": activation.monotone or None,
        "limits": [_number(limit) for limit in landmarks.limits(graph)] if graph else None,
        "smooth": not any(jumps.values()) and not graph.poles if graph else None,
        "poles": graph.poles if graph else None,
        "jumps": jumps if graph else None,
        "asymptotes": [_line(line) for line in landmarks.asymptotes(graph)] if graph else None,
        "roots": [_zeros(zeros) for zeros in landmarks.roots(graph)] if graph else None,
        "fixed_points": [_zeros(zeros) for zeros in landmarks.fixed_points(graph)] if graph else None,
        "lipschitz": _number(landmarks.lipschitz(graph)) if graph else None,
        "frameworks": {key: _variant(activation.frameworks.get(key)) for key in FRAMEWORKS},
        "reference": activation.reference or None,
        **({"thresholds": _thresholds(facts)} if facts.dtype else {}),
    }


def _thresholds(facts: Facts) -> dict[str, Any]:
    """Return the ranges of x with each property of results in the type, as ends and their bit patterns."""
    from actcli.analysis.thresholds import thresholds

    found = thresholds(facts.activation, facts.dtype or "")
    return {
        "dtype": facts.dtype,
        **{
            one.key: [
                {"from": _number(s.low), "to": _number(s.high), "bits": [s.low_bits, s.high_bits]}
                for s in one.stretches
            ]
            for one in found
        },
    }


def _parameter(parameter: Parameter, activation: Activation) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "option": parameter.flag,
        "aliases": list(parameter.aliases),
        "default": _default(parameter.default),
        "choices": list(parameter.choices),
        "help": parameter.help,
        "requires": [r for r in activation.requires if parameter.name in r.split()],
    }


def _default(value: float | Quotient | str | None) -> float | str | None:
    return value if isinstance(value, str) else _number(None if value is None else float(value))


def _kink(kink: Kink) -> dict[str, str]:
    return {"at": kink.at, "f": kink.f, "d1": kink.d1, "d2": kink.d2}


def _line(line: Line) -> dict[str, Any]:
    return {"slope": _number(line.slope), "intercept": _number(line.intercept)}


def _zeros(zeros: Zeros) -> Any:
    """Return a zero as a number, or an interval of zeros as its two ends."""
    if zeros.low == zeros.high:
        return _number(zeros.low)
    return [_number(zeros.low), _number(zeros.high)]


def _variant(variant: FrameworkVariant | None) -> dict[str, Any] | None:
    if variant is None:
        return None
    return {
        "name": variant.name,
        "defaults": {name: _number(value) for name, value in variant.defaults.items()},
        "variant": variant.variant or None,
        "at": {at: list(map(_number, values)) for at, values in variant.at.items()},
        "others": list(variant.others),
        "since": variant.since or None,
        "note": variant.note or None,
        "required": list(variant.required),
    }


def _number(value: float | None) -> float | str | None:
    """Return a number for JSON, as int if whole; infinity as text, nan as None."""
    if value is None or math.isnan(value):
        return None
    if math.isinf(value):
        return str(value)
    return int(value) if value.is_integer() and abs(value) < _EXACT else value
