"""`act list`: every activation, by family."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import click

from actcli.activations import ACTIVATIONS
from actcli.analysis import notation
from actcli.cli import options
from actcli.cli.display import terminal
from actcli.cli.display.page import is_browser_page, page_format, show, write_page
from actcli.cli.options import Arguments
from actcli.cli.parser import Choice, Command, Option
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from actcli.activations.record import Activation
    from actcli.display import Display

FORMATS: Final = ("text", "plain", "json", "latex")
LENGTH: Final = 11
"""Width of a curve in a line, in characters."""
_GAP: Final = "  "


def command() -> Command:
    """Return the click command."""
    return Command(
        "list",
        context_settings={"help_option_names": ["-h", "--help"], "allow_extra_args": True},
        params=[
            Option(
                "--family",
                type=Choice(_families()),
                metavar="FAMILY",
                help="Only this family: rectifiers, sigmoids or another.",
                group="Choice",
            ),
            Option(
                "--search",
                metavar="TEXT",
                help="Only those with this text in their names, in any framework, summary or formula.",
                group="Choice",
            ),
            options.own_format(
                FORMATS,
                "How the list is written; plain is names alone, one a line; latex is a table of formulas, "
                "which needs the packages booktabs, longtable and amsmath.  [default: text]",
            ),
            *options.pick(
                "output",
                "color",
                output="Write to a file: as JSON, if its name ends in .json, as a page for a browser, if in "
                ".html.",
            ),
        ],
        callback=_run,
        help="Every activation, by family, with its curve from -4 to 4, and its formula where there is room, "
        "or if few are shown.",
        examples=[
            "act list",
            "act list --family smooth",
            "act list --search hardswish",
            "act list -F plain",
            "act list -o activations.html",
        ],
    )


def _option(record: Activation) -> str:
    return record.family.replace(" ", "-")


def _families() -> list[str]:
    return list(dict.fromkeys(map(_option, ACTIVATIONS.values())))


def _run(family: str | None, search: str | None, **options: Any) -> None:
    _refuse(click.get_current_context().args)
    records = [record for record in ACTIVATIONS.values() if _wanted(record, family, search or "")]
    if not records:
        where = f"in the family {family}" if family else "anywhere"
        raise UsageError(f"no activation has {search!r} {where}; 'act list' shows all")
    given = Arguments.from_click(options)
    if is_browser_page(given):
        from actcli.plots import catalogue

        write_page(catalogue.listing(records), given.output)
        return
    display = terminal.display(given)
    pages = {"plain": _names, "json": _json, "latex": _latex}
    page = partial(_page, brief=not (family or search))
    show(pages.get(page_format(given, FORMATS, browser=True), page)(records, display), display, given.output)


def _refuse(words: Sequence[str]) -> None:
    for word in words:
        option = "family" if word.lower() in _families() else "search"
        raise UsageError(f"list takes no words; for {word!r}: act list --{option} {word}")


def _wanted(record: Activation, family: str | None, search: str) -> bool:
    if family not in (None, _option(record)):
        return False
    theirs = (variant.name for variant in record.frameworks.values())
    texts = (record.name, *record.aliases, record.summary, record.formula, *theirs)
    return _plain(search) in _plain("\n".join(texts))


def _plain(text: str) -> str:
    """Return text in lower case without hyphens, underscores and blanks, in which spellings differ."""
    return text.lower().replace("-", "").replace("_", "").replace(" ", "")


def _names(records: Iterable[Activation], _: Display) -> Iterator[str]:
    return (record.name for record in records)


def _json(records: Iterable[Activation], _: Display) -> Iterator[str]:
    import json

    listed = [
        {
            "name": record.name,
            "aliases": list(record.aliases),
            "family": record.family,
            "kind": record.kind.value,
            "summary": record.summary,
            "formula": record.formula,
        }
        for record in records
    ]
    yield json.dumps(listed, ensure_ascii=False, indent=2)


def _latex(records: Iterable[Activation], _: Display) -> Iterator[str]:
    """Yield a table for LaTeX: names and formulas, by family."""
    from actcli.io.formats.latex import escaped
    from actcli.plots.latex import formula

    records = list(records)

    yield r"\begin{longtable}{lp{0.7\linewidth}}"
    yield r"\toprule"
    for title, members in groupby(records, key=lambda record: record.family):
        yield rf"\multicolumn{{2}}{{l}}{{{title.capitalize()}}} \\"
        yield r"\midrule"
        for record in members:
            text = formula(record.formula)
            cell = rf"\raggedright\texttt{{{escaped(record.formula)}}}" if r"\texttt" in text else f"${text}$"
            yield rf"{escaped(record.name)} & {cell} \tabularnewline"
        yield r"\bottomrule" if record is records[-1] else r"\midrule"
    yield r"\end{longtable}"


def _page(records: Sequence[Activation], display: Display, *, brief: bool) -> Iterator[str]:
    """Yield the activations by family; with `brief`, without formulas that need lines of their own."""
    name = max(len(record.name) for record in records)
    summary = max(len(record.summary) for record in records)
    formula = max(len(notation.inline(record.formula, unicode=display.unicode)) for record in records)
    wide = display.width is None or name + LENGTH + summary + formula + 4 * len(_GAP) <= display.width
    for index, (title, members) in enumerate(groupby(records, key=lambda record: record.family)):
        yield from [""] * bool(index)
        yield display.heading(title.capitalize())
        for record in members:
            yield from _lines(record, name, summary if wide else 0, display, brief=brief)


def _lines(record: Activation, name: int, summary: int, display: Display, *, brief: bool) -> Iterator[str]:
    """Yield name, curve, summary and formula: in one line if `summary`, its width, is not 0, else in two."""
    from actcli.plots.sparkline import sparkline

    formula = notation.inline(record.formula, unicode=display.unicode)
    curve = sparkline(record, display, LENGTH)
    before = f"{_GAP}{record.name:<{name}}{_GAP}{curve}{_GAP}"
    if summary:
        yield f"{before}{record.summary:<{summary}}{_GAP}{formula}"
        return
    indent = " " * len(before)
    if 2 * len(indent) > (display.width or 0):
        yield before.rstrip()
        before = indent = 2 * _GAP
    yield from display.wrapped(record.summary, before, indent)
    if not brief:
        yield from map(display.faint, display.wrapped(formula, indent, indent + _GAP))
