"""Elements of HTML, SVG and MathML as text."""

from __future__ import annotations

from html import escape
from typing import Final

from actcli.plots.ticks import label

_VOID: Final = ("input", "br")


def element(name: str, *content: str, **attributes: str | float | bool) -> str:
    """Return an element as text: `content` is markup already, `attributes` are escaped.

    In attributes' names trailing underscores are dropped, other underscores become hyphens. Numbers have two
    decimals at most; True gives an attribute without a value, False omits it.
    """
    parts = [name]
    for key, value in attributes.items():
        spelled = key.rstrip("_").replace("_", "-")
        if isinstance(value, bool):
            parts += [spelled] * value
        else:
            text = value if isinstance(value, str) else label(round(value, 2))
            parts.append(f'{spelled}="{escape(text)}"')
    opened = f"<{' '.join(parts)}>"
    return opened if name in _VOID else f"{opened}{''.join(content)}</{name}>"


def rows(cells: list[list[str]]) -> str:
    """Return a table's rows as `tr` elements; the first cell of each is its header. Cells are plain text."""
    return "\n".join(
        element("tr", element("th", escape(first), scope="row"), *(element("td", escape(c)) for c in others))
        for first, *others in cells
    )


def heads(cells: list[str]) -> str:
    """Return a table's `thead` with one row of header cells, given as plain text."""
    return element("thead", element("tr", *(element("th", escape(cell), scope="col") for cell in cells)))


def scrolled(name: str, *content: str) -> str:
    """Return markup in a focusable element that scrolls sideways; `name` is its accessible name."""
    return element("div", *content, class_="scroll", role="group", aria_label=name, tabindex="0")
