"""Formulas as MathML: a record's Python expression, set with fractions, powers, roots and braces.

The expression is parsed, never evaluated. Syntax without a rule here is set as plain text by `notation`.
"""

from __future__ import annotations

import ast
from html import escape
from typing import Final

from actcli.analysis.notation import NAMES, SIGNS, cases, inline
from actcli.plots.markup import element

_MINUS: Final = element("mo", "\N{MINUS SIGN}")
_TIMES: Final = element("mo", "·")
_BESIDE: Final = element("mo", "\N{INVISIBLE TIMES}")
_OF: Final = element("mo", "\N{FUNCTION APPLICATION}")
_SPACE: Final = "\N{NO-BREAK SPACE}"
_BAR: Final = element("mo", "|", stretchy="true")
_INDICES: Final = "ijkm"
_RAISED: Final = ("tanh", "sech", "sin", "cos")
"""Functions whose exponent stands between name and argument, as in tanh²(x)."""
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)  # precedences, in rising order


def formula(left: str, text: str) -> str:
    """Return the equation `left` = `text` as a MathML element in display style; `left` is plain text."""
    right = _Setter(text).whole(ast.parse(text, mode="eval").body)
    return element("math", element("mrow", _name(left), element("mo", "="), right), display="block")


class _Setter:
    """Typesetter of one formula. Its methods return markup with the precedence of the outermost operation.

    The method for a node of the syntax tree has the name of its type, such as `_binop` for ast.BinOp.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        self._index = next(letter for letter in _INDICES if letter not in used)
        self._bound: dict[str, str] = {}

    def whole(self, node: ast.expr) -> str:
        """Return an expression's markup; conditional ones as cases, one below the other, behind a brace."""
        found = cases(node)
        if len(found) == 1:
            return self._set(node)[0]
        rows = [
            element(
                "mtr",
                element("mtd", self._set(value)[0]),
                element("mtd", element("mtext", f"if{_SPACE}"), self._set(when)[0])
                if when
                else element("mtd", element("mtext", "otherwise")),
            )
            for value, when in found
        ]
        return element(
            "mtable", *rows, class_="cases"
        )  # the stylesheet draws the brace: few fonts have one that stretches

    def _set(self, node: ast.expr) -> tuple[str, int]:
        """Return a node's markup and precedence, by the node type's method or else as plain text."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        found: tuple[str, int] | None = method(node) if method else None
        if found:
            return found
        source = ast.get_source_segment(self._text, node) or ast.unparse(node)
        return element("mtext", escape(inline(source))), _ATOM

    def _at_least(self, node: ast.expr, binding: int) -> str:
        """Return an operand's markup, in parentheses if its precedence is below `binding`.

        A comparison is in Iverson brackets: [x > 0] is 1 where it holds, else 0.
        """
        markup, own = self._set(node)
        if isinstance(node, ast.Compare):
            return _bracketed(markup, "[]")
        return markup if own >= binding else _bracketed(markup)

    def _name(self, node: ast.Name) -> tuple[str, int]:
        return self._bound.get(node.id) or _name(NAMES.get(node.id, node.id)), _ATOM

    def _constant(self, node: ast.Constant) -> tuple[str, int]:
        return element("mn", str(node.value)), _ATOM

    def _unaryop(self, node: ast.UnaryOp) -> tuple[str, int]:
        return element("mrow", _MINUS, self._at_least(node.operand, _PRODUCT)), _SIGN

    def _ifexp(self, node: ast.IfExp) -> tuple[str, int]:
        return self.whole(node), _SUM

    def _compare(self, node: ast.Compare) -> tuple[str, int]:
        parts = [self._set(node.left)[0]]
        for operator, right in zip(node.ops, node.comparators, strict=True):
            parts += [element("mo", escape(SIGNS[type(operator)])), self._set(right)[0]]
        return element("mrow", *parts), _SUM

    def _tuple(self, node: ast.Tuple) -> tuple[str, int]:
        return self._listed(node.elts), _SUM

    def _binop(self, node: ast.BinOp) -> tuple[str, int] | None:
        if isinstance(node.op, ast.Div):
            return element("mfrac", self._set(node.left)[0], self._set(node.right)[0]), _POWER
        if isinstance(node.op, ast.Pow):
            return self._powered(node.left, self._set(node.right)[0])
        if isinstance(node.op, ast.Mult):
            return self._product(node)
        if isinstance(node.op, ast.Add | ast.Sub):
            sign = element("mo", "+") if isinstance(node.op, ast.Add) else _MINUS
            right = self._at_least(node.right, _SUM if isinstance(node.op, ast.Add) else _PRODUCT)
            return element("mrow", self._at_least(node.left, _SUM), sign, right), _SUM
        return None

    def _product(self, node: ast.BinOp) -> tuple[str, int]:
        """Return a product; a name times itself is its square. A dot stands where factors would run on."""
        if isinstance(node.left, ast.Name) and ast.dump(node.left) == ast.dump(node.right):
            return self._powered(node.left, element("mn", "2"))
        left, right = (self._at_least(side, _PRODUCT) for side in (node.left, node.right))
        last: ast.expr = node.left
        while isinstance(last, ast.UnaryOp) or (
            isinstance(last, ast.BinOp) and isinstance(last.op, ast.Mult)
        ):
            last = last.operand if isinstance(last, ast.UnaryOp) else last.right
        touching = (isinstance(last, ast.Constant) or _is_letter(last)) and _is_letter(node.right)
        return element("mrow", left, _BESIDE if touching else _TIMES, right), _PRODUCT

    def _powered(self, base: ast.expr, exponent: str) -> tuple[str, int]:
        """Return `base` to the power `exponent` (markup); sin(x)^2 and the like as sin²(x)."""
        if isinstance(base, ast.Call) and isinstance(base.func, ast.Name) and base.func.id in _RAISED:
            raised = element("msup", _name(base.func.id), exponent)
            return element("mrow", raised, _OF, _bracketed(self._listed(base.args))), _POWER
        return element("msup", self._at_least(base, _ATOM), exponent), _POWER

    def _call(self, node: ast.Call) -> tuple[str, int] | None:
        """Return a function call, with forms of their own for exp, expm1, log1p, sqrt and abs."""
        if not isinstance(node.func, ast.Name):
            return None
        name = node.func.id
        if any(isinstance(argument, ast.GeneratorExp) for argument in node.args):
            return self._over_all(name, node.args[0])
        arguments = self._listed(node.args)
        one = element("mrow", element("mn", "1"), element("mo", "+"), arguments)
        power = element("msup", _name("e"), arguments)
        special = {
            "exp": (power, _POWER),
            "expm1": (element("mrow", power, _MINUS, element("mn", "1")), _SUM),
            "log1p": (element("mrow", _name("ln"), _OF, _bracketed(one)), _POWER),
            "sqrt": (element("msqrt", arguments), _ATOM),
            "abs": (element("mrow", _BAR, arguments, _BAR), _ATOM),
        }
        named = [
            element("mrow", _name(NAMES.get(k.arg, k.arg)), element("mo", "="), self._set(k.value)[0])
            for k in node.keywords
            if k.arg
        ]
        inside = element("mo", ";", separator="true").join([arguments, *named])
        usual = element("mrow", _name(NAMES.get(name, name)), _OF, _bracketed(inside)), _POWER
        return special.get(name, usual)

    def _subscript(self, node: ast.Subscript) -> tuple[str, int] | None:
        if not isinstance(node.slice, ast.Name):
            return None
        return element("msub", self._at_least(node.value, _POWER), _name(node.slice.id)), _ATOM

    def _over_all(self, name: str, argument: ast.expr) -> tuple[str, int] | None:
        """Return a generator expression over x as a sum over an unused index; None for other functions."""
        target = self._each(argument, element("msub", _name("x"), _name(self._index)))
        if name != "sum" or target is None:
            return None
        sign = element("munder", element("mo", "\N{N-ARY SUMMATION}"), _name(self._index))
        return element("mrow", sign, self._at_least(target, _PRODUCT)), _PRODUCT

    def _listcomp(self, node: ast.ListComp) -> tuple[str, int] | None:
        """Return a list comprehension over x as its expression with x itself, a vector, for the variable."""
        target = self._each(node, _name("x"))
        return None if target is None else self._set(target)

    def _each(self, node: ast.expr, markup: str) -> ast.expr | None:
        """Return a loop's expression, with `markup` bound to its variable; None unless it runs over `x`."""
        assert isinstance(node, ast.GeneratorExp | ast.ListComp)  # noqa: S101  callers pass loops only
        loop = node.generators[0]
        if ast.unparse(loop.iter) != "x" or not isinstance(loop.target, ast.Name):
            return None
        self._bound[loop.target.id] = markup
        return node.elt

    def _listed(self, nodes: list[ast.expr]) -> str:
        """Return the nodes' markup, separated by commas."""
        parts = [self._set(node)[0] for node in nodes]
        joined = element("mo", ",", separator="true").join(parts)
        return joined if len(parts) == 1 else element("mrow", joined)


def _is_letter(node: ast.expr) -> bool:
    """Return whether a factor needs no dot before it: one letter, a power of one, or a sum in brackets."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add | ast.Sub) or (
            isinstance(node.op, ast.Pow) and _is_letter(node.left)
        )
    return isinstance(node, ast.Name) and len(NAMES.get(node.id, node.id)) == 1


def _bracketed(markup: str, brackets: str = "()") -> str:
    return element("mrow", element("mo", brackets[0]), markup, element("mo", brackets[1]))


def _name(text: str) -> str:
    return element("mi", escape(text))
