r"""Formulas as text: a small language, parsed into a checked tree. Nothing of it is evaluated as Python.

    >>> parse("x*sigmoid(a*x)").parameters
    ('a',)
    >>> parse("x*(1 +")
    Traceback (most recent call last):
    ...
    actcli.activations.formula.FormulaError: the formula ends too early

The tree is one of `ast`, of these nodes alone: numbers, names, + - * / **, comparisons, `a if c else b`, and
calls of FUNCTIONS and of elementwise activations, whose parameters are given by keyword.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from actcli.activations import RECORDS, find
from actcli.activations.record import Kind
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from actcli.activations.record import Activation, Value

LONGEST: Final = 1000
DEEPEST: Final = 60
LARGEST_POWER: Final = 1000
MANY: Final = 99
_WRITTEN: Final = {
    "ln": "log(x)",
    "log10": "log(x)/log(10)",
    "log2": "log(x)/log(2)",
    "pow": "x**2",
    "exp2": "2**x",
    "where": "a if x > 0 else b",
    "clip": "min(max(x, 0), 1)",
    "clamp": "min(max(x, 0), 1)",
    "square": "x**2",
    "cbrt": "sign(x)*abs(x)**(1/3)",
    "heaviside": "x >= 0",
    "arcsinh": "asinh(x)",
}
"""How functions that formulas lack are written."""
FUNCTIONS: Final[Mapping[str, tuple[int, int]]] = {
    **dict.fromkeys(("abs", "sign", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan"), (1, 1)),
    **dict.fromkeys(("atan", "arctan", "sinh", "cosh", "tanh", "sech", "asinh", "acosh", "atanh"), (1, 1)),
    **dict.fromkeys(("erf", "erfc", "gamma", "lgamma", "Phi", "phi", "sigmoid", "softplus"), (1, 1)),
    **dict.fromkeys(("min", "max"), (2, MANY)),
}
"""The functions by name, with the least and the greatest number of arguments."""
CONSTANTS: Final = {"pi": math.pi, "e": math.e}
"""The constants by name, as float64; balls compute them more exactly."""

_SIGNS: Final = {
    "·": "*",
    "×": "*",
    "÷": "/",
    "−": "-",
    "²": "**2",
    "³": "**3",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "√": "sqrt(...)",
    "π": "pi",
    "σ": "sigmoid",
    "Φ": "Phi",
    "φ": "phi",
    "α": "alpha",
    "β": "beta",
    "θ": "theta",
    "μ": "mu",
}
"""How signs of printed formulas are written here."""
_X: Final = re.compile(r"(?<![A-Za-z_.])[xX](?![A-Za-z0-9_.])")
_OPERATOR: Final = re.compile(
    r"[*/+<>(^%|]|(?<![^\W\d_])-|-(?![^\W\d_])|\bif\b|[=!]=|(?<![\w.])\d+x|\b(?:x|e|pi)-(?:x|e|pi)\b"
)
_SIGN: Final = re.compile(f"[|{''.join(_SIGNS)}]")
_PRODUCT: Final = re.compile(r"(?<![\w.])[0-9.]+[A-Za-z]|\)\s*\w")
"""Matches factors between which a * is missing, as in 2x."""
_MULTIPLY: Final = "products are written with *, as in 2*x"
_WITH_PARAMETERS: Final = re.compile(r"[\w-]+\(\s*[\w-]+\s*=(?!=)")
_HYPHENATED: Final = re.compile(r"(?<![\w-])[a-zA-Z]\w*(?:-\w+)+(?=\s*\()")
_EXTENSION: Final = re.compile(r"\.[^\W\d_]\w*$|[/\\]")
_NODES: Final = (ast.Constant, ast.Name, ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.Call)
_OPERATORS: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_COMPARISONS: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_WORDS: Final = {
    ast.Attribute: "a dot stands in numbers only",
    ast.Subscript: "there are no lists here, x is one number",
    ast.Lambda: "there are no functions of one's own",
    ast.BitXor: "powers are written **",
    ast.FloorDiv: "quotients are written /",
    ast.BoolOp: "write conditions one in another: a if c else (b if d else e)",
    ast.Mod: "there is no remainder",
}


class FormulaError(UsageError):
    """Raised for a text that is no formula; `pointer` shows the text with a caret under the place."""

    def __init__(self, message: str, text: str, index: int) -> None:
        start = max(0, index - 40)
        shown = "".join(c if c.isprintable() else "?" for c in text[start : start + 70])
        self.pointer = f"  {shown}\n  {' ' * (index - start)}^"
        super().__init__(message)


@dataclass(frozen=True)
class Formula:
    """A checked formula: its text, its tree, and the names of its parameters in order of appearance."""

    text: str
    tree: ast.expr
    parameters: tuple[str, ...]


def looks_like_formula(word: str) -> bool:
    """Return whether a word is meant as a formula: it contains the name x, and an operator or call.

    A hyphen between letters does not count but between x, e and pi: `gelu-x` is an unknown name. Words that
    name a number, a range or a file must be sorted out before.
    """
    signs = _SIGN.search(word) is not None
    if not (_X.search(word) and (signs or _OPERATOR.search(word))) or _WITH_PARAMETERS.match(word):
        return False
    try:
        _tree(word)
    except SyntaxError:
        return signs or (not _EXTENSION.search(word) and ":" not in word and not word.startswith("-"))
    return True


def parse(text: str, names: Sequence[str] | None = None) -> Formula:
    """Return the formula in a text.

    names: the names of its variables and parameters; by default x, and every other name is a parameter.
    Raises FormulaError, with the place of the error, for whatever is no formula or exceeds the bounds.
    """
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise FormulaError(f"the formula is longer than {LONGEST:,} characters", text, LONGEST)
    if not text:
        raise FormulaError("the formula is empty", text, 0)
    for name in _HYPHENATED.finditer(text):
        if find(name[0]) is not None:
            written = name[0].replace("-", "_")
            raise FormulaError(f"a hyphen is a minus here; write {written}(x)", text, name.start())
    strange = next((k for k, character in enumerate(text) if not character.isascii()), None)
    if strange is not None:
        sign = text[strange]
        advice = f"; write {_SIGNS[sign]}" if sign in _SIGNS else ""
        raise FormulaError(f"{sign!r} is not ASCII{advice}", text, strange)
    try:
        tree = _tree(text)
    except SyntaxError as error:
        index = min(max((error.offset or 1) - 1, 0), len(text))
        raise FormulaError(*_broken(text, error.msg, index)) from error
    check = _Check(text, names)
    check(tree, 0)
    if "X" in check.parameters and not any(isinstance(n, ast.Name) and n.id == "x" for n in ast.walk(tree)):
        raise FormulaError("formulas are of x; write it in lower case", text, text.index("X"))
    return Formula(text, tree, tuple(check.parameters))


def _tree(text: str) -> ast.expr:
    """Return the syntax tree of an expression. Raises SyntaxError for whatever Python's parser rejects."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings such as "invalid decimal literal"
        try:
            return ast.parse(text.strip(), mode="eval").body
        except (RecursionError, MemoryError, ValueError) as error:
            raise SyntaxError("it is nested too deeply") from error


def _broken(text: str, message: str, index: int) -> tuple[str, str, int]:
    """Return the arguments of FormulaError for a text that does not parse, by brackets first."""
    open_: list[int] = []
    for k, character in enumerate(text):
        if character == "(":
            open_.append(k)
        elif character == ")":
            if not open_:
                return "this bracket was never opened", text, k
            open_.pop()
    if re.search(r"[-+*/(<>=,]\s*$", text):
        return "the formula ends too early", text, len(text)
    if open_:
        return "this bracket is never closed", text, open_[-1]
    if "|" in text:
        return "absolute values are written abs(x)", text, text.index("|")
    if product := _PRODUCT.search(text):
        return _MULTIPLY, text, product.start()
    return f"this is no formula ({message.partition('.')[0].lower()})", text, index


class _Check:
    """Checks a tree against the language, raising FormulaError, and collects the parameters."""

    def __init__(self, text: str, names: Sequence[str] | None) -> None:
        self.text, self.names = text, names
        self.parameters: list[str] = []
        self.exponents = 0

    def __call__(self, node: ast.AST, depth: int) -> None:
        """Check a node at this depth and all nodes below it. Raises FormulaError."""
        if depth > DEEPEST:
            raise self.error(f"more than {DEEPEST} levels deep", node)
        if not isinstance(node, _NODES):
            raise self.error(self._foreign(node), node)
        getattr(self, f"_{type(node).__name__.lower()}")(node)
        for child in _below(node):
            exponent = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and child is node.right
            self.exponents += exponent
            self(child, depth + 1)
            self.exponents -= exponent

    def error(self, message: str, node: ast.AST) -> FormulaError:
        """Return a FormulaError at the node."""
        return FormulaError(message, self.text, getattr(node, "col_offset", 0))

    @staticmethod
    def _foreign(node: ast.AST) -> str:
        """Return the message for a node that is not in the language."""
        return _WORDS.get(
            type(node), "a formula has numbers, x, parameters, + - * / **, comparisons and calls"
        )

    def _constant(self, node: ast.Constant) -> None:
        if type(node.value) not in (int, float):
            raise self.error("only numbers, x and parameters have values", node)
        if not _finite(node.value):  # type: ignore[arg-type]  # a number
            raise self.error("this number is too large", node)

    def _name(self, node: ast.Name) -> None:
        if node.id in CONSTANTS and node.id not in (self.names or ()):
            return
        if self.names is not None:
            if node.id not in self.names:
                raise self.error(f"there is no {node.id!r} here", node)
            return
        if node.id == "x" or node.id in self.parameters:
            return
        if node.id in FUNCTIONS or function(node.id):
            raise self.error(f"{node.id} is a function; write {node.id}(x)", node)
        self.parameters.append(node.id)

    def _binop(self, node: ast.BinOp) -> None:
        if not isinstance(node.op, _OPERATORS):
            raise self.error(self._foreign(node.op), node)
        if isinstance(node.op, ast.Pow):
            if self.exponents > 1:
                raise self.error("a power in an exponent of an exponent", node)
            exponent = whole(node.right)
            if exponent is not None and abs(exponent) > LARGEST_POWER:
                raise self.error(f"powers go up to {LARGEST_POWER:,}", node.right)
            if self.exponents and exponent is None and whole(node.left) is not None:
                raise self.error("a power in an exponent must be a whole one", node)

    def _unaryop(self, node: ast.UnaryOp) -> None:
        if not isinstance(node.op, (ast.USub, ast.UAdd)):
            raise self.error(self._foreign(node), node)

    def _compare(self, node: ast.Compare) -> None:
        if not all(isinstance(op, _COMPARISONS) for op in node.ops):
            raise self.error("comparisons are < <= > >= == and !=", node)

    def _ifexp(self, node: ast.IfExp) -> None:
        if isinstance(node.test, ast.BoolOp):
            raise self.error(self._foreign(node.test), node.test)
        if not isinstance(node.test, ast.Compare):
            raise self.error("after 'if' stands a comparison, such as x > 0", node.test)

    def _call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute):
            raise self.error(f"functions stand alone; write {node.func.attr}(x)", node)
        if not isinstance(node.func, ast.Name):
            raise self.error(f"only functions are called, such as tanh(x); {_MULTIPLY}", node)
        name, record = node.func.id, None
        if name in FUNCTIONS and not node.keywords:
            least, most = FUNCTIONS[name]
            if not least <= len(node.args) <= most:
                several = "one argument" if most == 1 else "two arguments or more"
                raise self.error(f"{name} takes {several}, not {len(node.args)}", node)
            return
        if name == "x" or name in CONSTANTS:
            raise self.error(_MULTIPLY, node)
        record = function(name)
        if record is None:
            raise self.error(f"there is no function {name!r}{_near(name)}", node)
        if len(node.args) != 1:
            raise self.error(f"{name} takes one argument, and parameters by name: {_example(record)}", node)
        for keyword in node.keywords:
            if keyword.arg not in {p.name for p in record.parameters}:
                has = ", ".join(p.name for p in record.parameters) or "none"
                raise self.error(f"{name} has no parameter {keyword.arg!r}; it has {has}", keyword.value)


def _below(node: ast.AST) -> list[ast.expr]:
    """Return the expressions directly below a node; of a call its arguments."""
    if isinstance(node, ast.Call):
        return [*node.args, *(keyword.value for keyword in node.keywords)]
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _finite(value: float) -> bool:
    """Return whether a number is finite; integers beyond float64 are."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return True  # an integer beyond float64


def whole(node: ast.AST) -> int | None:
    """Return the integer that a node writes, such as 2, -3 or 2.0; None for other nodes."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = whole(node.operand)
        return None if value is None else -value
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return int(node.value) if _finite(node.value) and node.value == int(node.value) else None
    return None


def switches(tree: ast.expr) -> Iterator[str]:
    """Yield formulas that are zero where a formula changes from one branch to another."""
    for node in ast.walk(tree):
        for left, right in _meeting(node):
            if right not in ("nan", "inf", "-inf"):
                yield f"({ast.unparse(left)}) - ({right})"


def _meeting(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield pairs (expression, text) that are equal where a node changes its branch."""
    if isinstance(node, ast.Compare):
        yield from zip((node.left, *node.comparators), map(ast.unparse, node.comparators), strict=False)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return
    name, record = node.func.id, function(node.func.id)
    if name in ("min", "max"):
        yield from zip(node.args, map(ast.unparse, node.args[1:]), strict=False)
    elif name in ("abs", "sign"):
        yield node.args[0], "0"
    elif record is not None:
        values: dict[str, Value] = {p.name: p.default for p in record.parameters}
        for keyword in node.keywords:
            if isinstance(keyword.value, ast.Constant):
                values[str(keyword.arg)] = float(keyword.value.value)  # type: ignore[arg-type]  # a number
        yield from ((node.args[0], repr(kink.near(values))) for kink in record.kinks)


def function(name: str) -> Activation | None:
    """Return the elementwise activation that formulas call by this name, with underscores, or None."""
    if not name.isidentifier():
        return None
    record = RECORDS.get(name.replace("_", "-")) or find(name.replace("_", "-"))
    return record if record is not None and record.kind is Kind.ELEMENTWISE else None


def _near(name: str) -> str:
    """Return the hint "did you mean" for a function that nearly has this name, or an empty text."""
    import difflib

    if name in _WRITTEN:
        return f"; write {_WRITTEN[name]}"
    if (find(name.replace("_", "-"))) is not None:
        return ": it works on several numbers, and a formula on one"
    known = [*FUNCTIONS, *(k.replace("-", "_") for k, r in RECORDS.items() if r.kind is Kind.ELEMENTWISE)]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def _example(record: Activation) -> str:
    """Return a call of the activation with its first parameter, as an example."""
    name = record.name.replace("-", "_")
    return f"{name}(x{''.join(f', {p.name}=...' for p in record.parameters[:1])})"
