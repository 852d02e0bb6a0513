"""Elements of HTML, SVG and MathML as text."""

from __future__ import annotations

from html import escape
from typing import Final

from actcli.plots.ticks import label

_VOID: Final = ("input", "br")


def element(name: str, *content: str, **attributes: str | float | bool) -> str:
    """Return an element around content that is markup already; a name's trailing _ falls, others are hyphens.

    Attributes are escaped; numbers are written with two decimals at most, True is an attribute without a
    value, False is none.
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
    """Return rows of a table, whose first cell names the row; cells are text."""
    return "\n".join(
        element("tr", element("th", escape(first), scope="row"), *(element("td", escape(c)) for c in others))
        for first, *others in cells
    )


def heads(cells: list[str]) -> str:
    """Return the head of a table."""
    return element("thead", element("tr", *(element("th", escape(cell), scope="col") for cell in cells)))


def scrolled(name: str, *content: str) -> str:
    """Return content that may be wider than the window, in a named part of the page that scrolls."""
    return element("div", *content, class_="scroll", role="group", aria_label=name, tabindex="0")
