r"""Formulas in mathematical notation: a record's Python expression, set in Unicode, or unchanged for ASCII.

    >>> inline("log1p(exp(beta*x))/beta")
    'ln(1 + eᵝˣ)/β'
    >>> print(*lines("x if x >= 0 else beta*x"), sep="\n")
    ⎧ x   if x ≥ 0
    ⎩ βx  otherwise

The expression is parsed, never evaluated. Syntax without a rule here stays as it is written.
"""

from __future__ import annotations

import ast
import re
from typing import Final

_SIGMA: Final = "\N{GREEK SMALL LETTER SIGMA}"
NAMES: Final = {
    "alpha": "\N{GREEK SMALL LETTER ALPHA}",
    "beta": "β",
    "theta": "θ",
    "temperature": "T",
    "lambd": "λ",
    "pi": "π",
    "inf": "∞",
    "Phi": "Φ",
    "phi": "φ",
    "sigmoid": _SIGMA,
    "log": "ln",
}
"""Letters and signs for names in expressions."""
_MEANINGS: Final = {
    "sigmoid": f"{_SIGMA}(x) = 1/(1 + e⁻ˣ)",
    "Phi": "Φ is the normal distribution function",
    "phi": "φ is the normal density",
    "softplus": "softplus(x) = ln(1 + eˣ)",
    "sech": "sech(x) = 1/cosh(x)",
}
_SUPERSCRIPTS: Final = dict(zip("0123456789+-()xabvβ", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ˣᵃᵇᵛᵝ", strict=True))
_SUBSCRIPTS: Final = {"i": "ᵢ", "j": "ⱼ", "k": "ₖ", "m": "ₘ"}
SIGNS: Final = {ast.Lt: "<", ast.LtE: "≤", ast.Gt: ">", ast.GtE: "≥", ast.Eq: "=", ast.NotEq: "≠"}
"""Signs of comparisons."""
_BRACES: Final = {2: "⎧⎩", 3: "⎧⎨⎩", 4: "⎧⎨⎪⎩"}
_CHOICE, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(7)  # precedences, rising
_LETTER: Final = re.compile(r"[^\W\d_][²³]?")
_LONG: Final = re.compile(r"[0-9]+\.[0-9]{7,}")


def lines(formula: str, *, unicode: bool = True) -> list[str]:
    """Return a formula as lines, one for each of its cases, with a brace before them."""
    found = cases(ast.parse(formula, mode="eval").body)
    texts = [
        (_text(value, formula, unicode), _text(when, formula, unicode) if when else "")
        for value, when in found
    ]
    if len(texts) == 1:
        return [texts[0][0]]
    width = max(len(value) for value, _ in texts)
    braces = _BRACES.get(len(texts), "") if unicode else "{" * len(texts)
    ends = (f"if {when}" if when else "otherwise" for _, when in texts)
    return [
        f"{brace} {value:<{width}}  {end}" for brace, (value, _), end in zip(braces, texts, ends, strict=True)
    ]


def inline(formula: str, *, unicode: bool = True) -> str:
    """Return a formula in one line."""
    return _text(ast.parse(formula, mode="eval").body, formula, unicode)


def parts(formula: str) -> list[str]:
    """Return the elements of a tuple as they are written; other formulas are their only part."""
    body = ast.parse(formula, mode="eval").body
    elements = body.elts if isinstance(body, ast.Tuple) else [body]
    return [ast.get_source_segment(formula, element) or formula for element in elements]


def interval(text: str, *, unicode: bool = True) -> str:
    """Return a range such as [-0.2784645427610738/beta, inf) with six digits, and letters for names."""
    text = _LONG.sub(lambda number: f"{float(number.group()):.6g}", text)
    return re.sub(r"[a-z]\w*", lambda name: NAMES.get(name.group(), name.group()), text) if unicode else text


def meanings(*formulas: str) -> list[str]:
    """Return the definitions of less known functions in these formulas."""
    names = {node.id for f in formulas for node in ast.walk(ast.parse(f)) if isinstance(node, ast.Name)}
    return [meaning for name, meaning in _MEANINGS.items() if name in names]


def cases(node: ast.expr) -> list[tuple[ast.expr, ast.expr | None]]:
    """Return the (value, condition) of each case of an expression; the last condition is None."""
    if isinstance(node, ast.IfExp):
        return [(node.body, node.test), *cases(node.orelse)]
    return [(node, None)]


def _text(node: ast.expr, formula: str, unicode: bool) -> str:
    """Return a node of the formula as text; unless `unicode`, its own source with lambda for lambd."""
    if not unicode:
        return re.sub(r"\blambd\b", "lambda", ast.get_source_segment(formula, node) or formula)
    return _Setter(formula).set(node)[0]


class _Setter:
    """Typesetter of expressions. Its methods return a text with the precedence of its outermost operation."""

    def __init__(self, formula: str) -> None:
        used = {node.id for node in ast.walk(ast.parse(formula)) if isinstance(node, ast.Name)}
        self._index = next(letter for letter in _SUBSCRIPTS if letter not in used)
        self._bound: dict[str, str] = {}

    def set(self, node: ast.expr) -> tuple[str, int]:
        """Return any expression's text and precedence; as Python code if no method sets its type."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        found: tuple[str, int] | None = method(node) if method else None
        return found or (ast.unparse(node), _ATOM)

    def _at_least(self, node: ast.expr, binding: int) -> str:
        """Return an operand's text, in parentheses if its precedence is below `binding`."""
        text, own = self.set(node)
        return text if own >= binding else f"({text})"

    def _name(self, node: ast.Name) -> tuple[str, int]:
        return self._bound.get(node.id) or NAMES.get(node.id, node.id), _ATOM

    def _constant(self, node: ast.Constant) -> tuple[str, int]:
        return str(node.value), _ATOM

    def _unaryop(self, node: ast.UnaryOp) -> tuple[str, int]:
        return "-" + self._at_least(node.operand, _PRODUCT), _SIGN

    def _ifexp(self, node: ast.IfExp) -> tuple[str, int]:
        value, when = self._at_least(node.body, _COMPARISON), self._at_least(node.test, _COMPARISON)
        return f"{value} if {when} else {self.set(node.orelse)[0]}", _CHOICE

    def _compare(self, node: ast.Compare) -> tuple[str, int]:
        text = self._at_least(node.left, _SUM)
        for operator, right in zip(node.ops, node.comparators, strict=True):
            text += f" {SIGNS[type(operator)]} {self._at_least(right, _SUM)}"
        return text, _COMPARISON

    def _tuple(self, node: ast.Tuple) -> tuple[str, int]:
        return ", ".join(self.set(element)[0] for element in node.elts), _CHOICE

    def _binop(self, node: ast.BinOp) -> tuple[str, int] | None:
        left, right = self._operand(node.left), self._operand(node.right)
        if isinstance(node.op, ast.Add | ast.Sub):
            sign, binding = ("+", _SUM) if isinstance(node.op, ast.Add) else ("-", _PRODUCT)
            return f"{_wrapped(left, _SUM)} {sign} {_wrapped(right, binding)}", _SUM
        if isinstance(node.op, ast.Div):
            return f"{_wrapped(left, _PRODUCT)}/{_wrapped(right, _POWER)}", _PRODUCT
        if isinstance(node.op, ast.Pow):
            return self._powered(node.left, right[0]), _POWER
        if isinstance(node.op, ast.Mult):
            return self._product(node, left, right)
        return None

    def _operand(self, node: ast.expr) -> tuple[str, int]:
        """Return an operand of arithmetic; a comparison in Iverson's bracket, 1 where it holds, else 0."""
        text, binding = self.set(node)
        return (f"[{text}]", _ATOM) if isinstance(node, ast.Compare) else (text, binding)

    def _product(self, node: ast.BinOp, left: tuple[str, int], right: tuple[str, int]) -> tuple[str, int]:
        if ast.dump(node.left) == ast.dump(node.right) and isinstance(node.left, ast.Name):
            return self._powered(node.left, "2"), _POWER
        first, second = _wrapped(left, _PRODUCT), _wrapped(right, _SIGN)
        return first + ("" if _touching(first, second) else "·") + second, _PRODUCT

    def _powered(self, base: ast.expr, exponent: str) -> str:
        """Return a base with its exponent raised; sech(x)**2 is sech²(x)."""
        raised = _raised(exponent) or f"^({exponent})"
        if (
            isinstance(base, ast.Call)
            and isinstance(base.func, ast.Name)
            and base.func.id in ("sech", "tanh")
        ):
            return base.func.id + raised + f"({self.set(base.args[0])[0]})"
        return self._at_least(base, _ATOM) + raised

    def _call(self, node: ast.Call) -> tuple[str, int] | None:
        if not isinstance(node.func, ast.Name):
            return ("argmax(x)", _ATOM) if ast.unparse(node) == "x.index(max(x))" else None
        name = node.func.id
        special = {
            "exp": self._exp,
            "expm1": self._expm1,
            "log1p": self._log1p,
            "sqrt": self._sqrt,
            "abs": self._abs,
        }
        if name in special and len(node.args) == 1:
            return special[name](node.args[0])
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            return self._over_all(name, node.args[0]) or (name + ast.unparse(node.args[0]), _ATOM)
        arguments = [self.set(argument)[0] for argument in node.args]
        arguments += [f"{word.arg} = {self.set(word.value)[0]}" for word in node.keywords]
        return f"{NAMES.get(name, name)}({', '.join(arguments)})", _ATOM

    def _exp(self, argument: ast.expr) -> tuple[str, int]:
        text = self.set(argument)[0]
        raised = _raised(text)
        return ("e" + raised, _POWER) if raised else (f"exp({text})", _ATOM)

    def _expm1(self, argument: ast.expr) -> tuple[str, int]:
        return self._exp(argument)[0] + " - 1", _SUM

    def _log1p(self, argument: ast.expr) -> tuple[str, int]:
        return f"ln(1 + {self._at_least(argument, _SUM)})", _ATOM

    def _sqrt(self, argument: ast.expr) -> tuple[str, int]:
        return "√" + self._at_least(argument, _ATOM), _POWER

    def _abs(self, argument: ast.expr) -> tuple[str, int]:
        return f"|{self.set(argument)[0]}|", _ATOM

    def _subscript(self, node: ast.Subscript) -> tuple[str, int] | None:
        if isinstance(node.slice, ast.Name) and node.slice.id in _SUBSCRIPTS:
            return self._at_least(node.value, _ATOM) + _SUBSCRIPTS[node.slice.id], _ATOM
        return None

    def _over_all(self, name: str, node: ast.GeneratorExp) -> tuple[str, int] | None:
        """Return a sum over x, or a function of x, with an index unused in the formula; None for others."""
        loop = node.generators[0]
        whole = ast.unparse(loop.iter)
        if name != "sum" or not re.fullmatch(r"(\w+\()?x\)?", whole) or not isinstance(loop.target, ast.Name):
            return None
        subscript = _SUBSCRIPTS[self._index]
        self._bound[loop.target.id] = whole + subscript
        return f"Σ{subscript} {_wrapped(self._operand(node.elt), _PRODUCT)}", _POWER

    def _listcomp(self, node: ast.ListComp) -> tuple[str, int] | None:
        """Return a list comprehension over x as its expression with x itself for the variable."""
        loop = node.generators[0]
        if ast.unparse(loop.iter) != "x" or not isinstance(loop.target, ast.Name):
            return None
        self._bound[loop.target.id] = "x"
        return self.set(node.elt)


def _wrapped(operand: tuple[str, int], binding: int) -> str:
    """Return an operand's text, in parentheses if its precedence is below `binding`."""
    text, own = operand
    return text if own >= binding else f"({text})"


def _raised(text: str) -> str:
    """Return the text in superscript characters; empty if one has none."""
    return "".join(_SUPERSCRIPTS.get(character, "?") for character in text) if _can_rise(text) else ""


def _can_rise(text: str) -> bool:
    """Return whether every character has a superscript."""
    return all(character in _SUPERSCRIPTS for character in text)


def _touching(first: str, second: str) -> bool:
    """Return whether factors need no dot: a number or letter, then a letter or bracket: 2x, βx, 2(x + 1)."""
    first = first.removeprefix("-")
    short = (len(first) == 1 and first.isalpha()) or re.fullmatch(r"[0-9.]+", first) is not None
    return short and (second[0] in "(√" or _LETTER.fullmatch(second) is not None)
