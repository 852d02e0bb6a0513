"""Formulas as LaTeX for math mode, with amsmath: their MathML, element by element."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from actcli.plots import mathml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_FORMS: Final = {
    "mfrac": r"\frac{{{0}}}{{{1}}}",
    "msup": "{{{0}}}^{{{1}}}",
    "msub": "{0}_{{{1}}}",
    "munder": "{0}_{{{1}}}",
    "msqrt": r"\sqrt{{{0}}}",
}
"""The LaTeX of each MathML element; {0} and {1} are its children."""
_SIGNS: Final = {
    "\N{MINUS SIGN}": "-",
    "·": r"\cdot",
    "\N{INVISIBLE TIMES}": r"\,",
    "\N{FUNCTION APPLICATION}": "",
    "≥": r"\ge",
    "≤": r"\le",
    "≠": r"\ne",
    "\N{N-ARY SUMMATION}": r"\sum",
}
_PAIRS: Final = (("(", ")"), ("[", "]"), ("|", "|"))
_KNOWN: Final = ("tanh", "ln", "min", "max", "sin", "cos")
_NEXT_ROW: Final = r" \\ "


def formula(text: str) -> str:
    """Return a record's formula, a Python expression, as LaTeX."""
    from xml.etree import ElementTree

    *_, right = ElementTree.fromstring(mathml.formula("f", text))[0]  # noqa: S314  it was made here
    return " ".join(_set(right).split())


def _set(node: Element) -> str:
    """Return an element of MathML and its children as LaTeX."""
    parts, text = [_set(child) for child in node], node.text or ""
    if node.tag in _FORMS:
        return _FORMS[node.tag].format(*parts)
    if node.tag in ("mo", "mi", "mtext"):
        return {"mo": _sign, "mi": _name, "mtext": _words}[node.tag](text)
    if node.tag == "mtable":
        return rf"\begin{{cases}}{_NEXT_ROW.join(parts)}\end{{cases}}"
    if node.tag == "mtr":
        return " & ".join(parts)
    if node.tag == "mrow" and len(node) > 1 and (node[0].text, node[-1].text) in _PAIRS:
        return rf"\left{node[0].text}{''.join(parts[1:-1])}\right{node[-1].text}"
    return text + "".join(parts)


def _sign(text: str) -> str:
    return f" {_SIGNS.get(text, text)} "


def _name(text: str) -> str:
    """Return a name: a letter, a Greek one, a function that LaTeX knows, or another word."""
    if len(text) == 1 and text.isascii():
        return text
    if len(text) == 1:
        letter = unicodedata.name(text).rpartition(" ")[2].replace("LAMDA", "LAMBDA")
        return f"\\{letter.capitalize() if text.isupper() else letter.lower()} "
    return f"\\{text} " if text in _KNOWN else rf"\operatorname{{{_escaped(text)}}}"


def _words(text: str) -> str:
    """Return the content of an mtext element: a word of English, or code."""
    word = text.strip("\N{NO-BREAK SPACE}")
    return rf"\text{{{word}}}\;" if word.isalpha() else rf"\texttt{{{_escaped(text)}}}"


def _escaped(text: str) -> str:
    return text.replace("_", r"\_")
