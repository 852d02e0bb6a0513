"""Evaluation of formulas in balls: checked trees over columns of points, vectors' formulas over lists."""

from __future__ import annotations

import ast
import itertools
import math
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from actcli.activations import find, formula
from actcli.numeric import balls, xp
from actcli.numeric.balls import Rationals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from actcli.activations.record import Activation, Kink
    from actcli.numeric.balls import Column, Ring, Series

    Scope = Mapping[str, Series]


@cache
def parsed(text: str, names: tuple[str, ...]) -> ast.expr:
    """Return the checked tree of a record's formula in these names. Raises FormulaError."""
    return formula.parse(text, names).tree


@cache
def parsed_vector(text: str) -> ast.expr:
    """Return the tree of a VECTOR record's formula, in Python's syntax with lists and comprehensions."""
    return ast.parse(text, mode="eval").body


def scope(ring: Ring, values: Mapping[str, Any], along: Sequence[str] = ()) -> dict[str, Series]:
    """Return the series of each name, from its value, or an array with one for each point.

    along: names whose derivative is 1; others are constants.
    """
    found: dict[str, Series] = {}
    for name, value in values.items():
        found[name] = [ring.numbers(value.tolist()) if isinstance(value, xp.ndarray) else ring.number(value)]
        if name in along and ring.order:
            found[name].append(ring.number(1))
    return found


def _restricted(scope: Scope, at: Sequence[int]) -> dict[str, Series]:
    """Return the series of all names at some of the points."""
    return {
        name: [[c[k] for k in at] if isinstance(c, list) else c for c in series]
        for name, series in scope.items()
    }


@dataclass(frozen=True)
class Walk:
    """Evaluates a checked tree in the series of a ring, over columns of points."""

    ring: Ring

    def __call__(self, node: ast.AST, scope: Scope) -> Series:
        """Return the series of a node; `scope` gives the series of names."""
        series: Series = getattr(self, f"_{type(node).__name__.lower()}")(node, scope)
        return series

    def _constant(self, node: ast.Constant, _: Scope) -> Series:
        return [self.ring.number(node.value)]  # type: ignore[arg-type]  # a number, as checked

    def _name(self, node: ast.Name, scope: Scope) -> Series:
        return scope[node.id] if node.id in scope else [self.ring.constant(node.id)]

    def _unaryop(self, node: ast.UnaryOp, scope: Scope) -> Series:
        value = self(node.operand, scope)
        return self.ring.neg(value) if isinstance(node.op, ast.USub) else value

    def _binop(self, node: ast.BinOp, scope: Scope) -> Series:
        ring, left = self.ring, self(node.left, scope)
        if isinstance(node.op, ast.Pow):
            return self._power(left, node.right, scope)
        right = self(node.right, scope)
        if isinstance(node.op, ast.Add):
            return ring.add(left, right)
        if isinstance(node.op, ast.Sub):
            return ring.sub(left, right)
        return ring.mul(left, right) if isinstance(node.op, ast.Mult) else ring.div(left, right)

    def _power(self, base: Series, node: ast.expr, scope: Scope) -> Series:
        n = formula.whole(node)
        if n is None:
            exponent = self(node, scope)
            n = self._whole(exponent)
            if n is None:
                return self.ring.raised(base, exponent)
        return self.ring.power(base, n)

    def _whole(self, exponent: Series) -> int | None:
        """Return the integer that an exponent is at all points, up to 1000 in size, else None."""
        only = exponent[0]
        if len(exponent) > 1 or isinstance(only, list) or only is None or isinstance(self.ring, Rationals):
            return None
        if not only.is_exact() or not only.is_integer() or abs(only) > formula.LARGEST_POWER:
            return None
        return int(only.unique_fmpz())

    def _compare(self, node: ast.Compare, scope: Scope) -> Series:
        return self.ring.select(*self._test(node, scope), [self.ring.number(1)], [self.ring.zero])

    def _test(self, node: ast.Compare, scope: Scope) -> tuple[Column, Column]:
        """Return where a comparison, or a chain of them, is certain, and where its negation is."""
        values = [self(operand, scope) for operand in (node.left, *node.comparators)]
        pairs = zip(node.ops, values, values[1:], strict=False)
        found = [self.ring.compare(type(op).__name__, left, right) for op, left, right in pairs]
        yes, no = found[0]
        for more, less in found[1:]:
            yes = balls.each(lambda p, q: p and q, yes, more)
            no = balls.each(lambda p, q: p or q, no, less)
        return yes, no

    def _ifexp(self, node: ast.IfExp, scope: Scope) -> Series:
        """Return a conditional expression, each branch computed at its own points alone."""
        assert isinstance(node.test, ast.Compare)  # noqa: S101  as checked
        yes, no = self._test(node.test, scope)
        if not isinstance(yes, list):
            return self(node.body if yes else node.orelse, scope) if yes or no else self._nowhere()
        parts = []
        for flags, branch in ((yes, node.body), (no, node.orelse)):
            at = [k for k, flag in enumerate(flags) if flag]
            if len(at) == len(flags):
                return self(branch, scope)
            if at:
                parts.append((at, self(branch, _restricted(scope, at))))
        return self._joined(len(yes), parts)

    def _nowhere(self) -> Series:
        """Return nan of all orders, for conditions that are undecided."""
        return [self.ring.nan] * (self.ring.order + 1)

    def _joined(self, count: int, parts: Sequence[tuple[Sequence[int], Series]]) -> Series:
        """Return the series of `count` points from parts (indices, series); nan at points of no part."""
        joined: Series = []
        lengths = [len(series) for _, series in parts]
        if sum(len(at) for at, _ in parts) < count:
            lengths.append(self.ring.order + 1)
        for order in range(max(lengths)):
            column = [self.ring.nan] * count
            for at, series in parts:
                values = balls.coefficient(series, order)
                if values is None:
                    values = self.ring.zero
                several = values if isinstance(values, list) else itertools.repeat(values)
                for k, value in zip(at, several, strict=False):
                    column[k] = value
            joined.append(column)
        return joined

    def _call(self, node: ast.Call, scope: Scope) -> Series:
        assert isinstance(node.func, ast.Name)  # noqa: S101  as checked
        name, arguments = node.func.id, [self(argument, scope) for argument in node.args]
        if name in ("min", "max"):
            return self.ring.extreme(name, arguments)
        if name == "abs":
            return self.ring.magnitude(arguments[0])
        if name in formula.FUNCTIONS and not node.keywords:
            return self.ring.call(name, arguments[0])
        record = formula.function(name)
        assert record is not None, name  # noqa: S101  as checked
        constants = record.constants({p.name: p.default for p in record.parameters})
        inner = {name: [self.ring.number(value)] for name, value in constants.items()}
        inner |= {str(keyword.arg): self(keyword.value, scope) for keyword in node.keywords}
        inner["x"] = arguments[0]
        series = self(parsed(record.formula, tuple(inner)), inner)
        varies = any(
            type(inner[name][0]) is list or any(column is not None for column in inner[name][1:])
            for name in inner
            if name != "x"
        )
        if record.kinks and not (self.ring.side or varies):  # beside a kink it is not met; parameters stay
            places = self._places(record.kinks, constants, node.keywords, inner)
            for kink, place in zip(reversed(record.kinks), reversed(places), strict=True):
                series = self._with_kink(record, kink, place, inner, series)
        return series

    def _places(
        self,
        kinks: Sequence[Kink],
        constants: Mapping[str, Any],
        keywords: Sequence[ast.keyword],
        scope: Scope,
    ) -> list[Any]:
        """Return the x of each kink, exactly if parameters are fractions: of 1/6 there is no exact ball."""
        exact = Walk(Rationals(0))
        try:
            values = {name: [exact.ring.number(value)] for name, value in constants.items()}
            values |= {str(keyword.arg): exact(keyword.value, {}) for keyword in keywords}
            places = [exact(parsed(kink.at, tuple(values)), values)[0] for kink in kinks]
        except ArithmeticError:
            return [self(parsed(kink.at, tuple(scope)), scope)[0] for kink in kinks]
        if isinstance(self.ring, Rationals):
            return places
        unset = exact.ring.number(math.inf)
        return [self.ring.nan if abs(place) >= unset else self.ring.arb(place) for place in places]

    def _with_kink(self, record: Activation, kink: Kink, place: Any, scope: Scope, series: Series) -> Series:
        """Return the series of an activation, with the values of its kink at the points where x is `place`.

        scope: of the record's formula. series: as that has it.
        """
        there, _ = self.ring.compare("Eq", scope["x"], [place])
        names = tuple(scope)
        if there is True:  # x is constant
            return self(parsed(kink.f, names), scope)
        at = [k for k, flag in enumerate(there) if flag] if isinstance(there, list) else []
        if not at:
            return series
        some = _restricted(scope, at)
        outer = [self(parsed(text, names), some)[0] for text in (kink.f, kink.d1, kink.d2)]
        outer[2] = balls.over(outer[2], self.ring.number(2))
        if self.ring.order > 2:
            outer += self._beside_kink(record, {**some, "x": [place, self.ring.number(1)]}, outer[2])
        away: Series = [None, *some["x"][1:]]
        found: Series = [outer[self.ring.order]] if self.ring.order < len(outer) else [None]
        for value in reversed(outer[: self.ring.order]):
            found = self.ring.add([value], self.ring.mul(found, away))
        others = [k for k, flag in enumerate(there) if not flag]
        parts = [(at, found), (others, _restricted({"": series}, others)[""])]
        return self._joined(len(there), [part for part in parts if part[0]])

    def _beside_kink(self, record: Activation, scope: Scope, second: Column) -> list[Column]:
        """Return the coefficients above the second at a kink: of the side whose second is the kink's.

        The left one is taken if both sides have it, or neither. scope: of the record's formula, at the kink.
        """
        sides = []
        for side in (-1, 1):
            ring = copy(self.ring)
            ring.side = side
            sides.append(Walk(ring)(parsed(record.formula, tuple(scope)), scope))
        left, right = (balls.coefficient(series, 2) or self.ring.zero for series in sides)
        chosen = sides[second != left and second == right]
        return [balls.coefficient(chosen, k) for k in range(3, self.ring.order + 1)]


_PLAIN: Final[dict[str, Callable[..., Any]]] = {"sorted": sorted, "range": range, "len": len, "abs": abs}
"""Python's functions that formulas of vectors call."""


class VectorWalk:
    """Evaluates the formula of a VECTOR activation over the list x, once for each result.

    Parts that do not depend on the result's indices, such as the sum of all powers, are computed once. A
    condition that is undecided is None, and results that depend on it are nan.
    """

    def __init__(self, ring: Ring, x: list[Any], settings: Mapping[str, Any]) -> None:
        self.ring = ring
        self.scope = {
            "x": x,
            "n": len(x),
            **{name: ring.number(v) if hasattr(v, "as_integer_ratio") else v for name, v in settings.items()},
        }
        self.kept: dict[int, Any] = {}

    def __call__(self, tree: ast.AST, indices: Mapping[str, int]) -> Any:
        """Return the result for these indices: i, and j and k for derivatives."""
        return self._number(self._value(tree, indices))

    def _number(self, value: Any) -> Any:
        """Return a value as an element of the ring: nan for None, the undecided."""
        if value is None:
            return self.ring.nan
        return self.ring.number(int(value)) if isinstance(value, int) else value

    def _value(self, node: ast.AST, local: Mapping[str, Any]) -> Any:
        if id(node) in self.kept:
            return self.kept[id(node)]
        value = getattr(self, f"_{type(node).__name__.lower()}")(node, local)
        if isinstance(node, (ast.Call, ast.Subscript, ast.BinOp)) and _free(node) <= self.scope.keys():
            self.kept[id(node)] = value
        return value

    def _constant(self, node: ast.Constant, _: Mapping[str, Any]) -> Any:
        return node.value if isinstance(node.value, int) else self.ring.number(node.value)  # type: ignore[arg-type]

    def _name(self, node: ast.Name, local: Mapping[str, Any]) -> Any:
        return local[node.id] if node.id in local else self.scope[node.id]

    def _unaryop(self, node: ast.UnaryOp, local: Mapping[str, Any]) -> Any:
        return -self._value(node.operand, local)

    def _ifexp(self, node: ast.IfExp, local: Mapping[str, Any]) -> Any:
        test = self._value(node.test, local)
        return None if test is None else self._value(node.body if test else node.orelse, local)

    def _subscript(self, node: ast.Subscript, local: Mapping[str, Any]) -> Any:
        values = self._value(node.value, local)
        if isinstance(node.slice, ast.Slice):
            assert node.slice.lower is not None  # noqa: S101  [-k:] is the only one
            return values[self._value(node.slice.lower, local) :]
        return values[self._value(node.slice, local)]

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp, local: Mapping[str, Any]) -> Any:
        only = node.generators[0]
        assert isinstance(only.target, ast.Name)  # noqa: S101  the records' own
        return [self._value(node.elt, {**local, only.target.id: v}) for v in self._value(only.iter, local)]

    _generatorexp = _listcomp

    def _binop(self, node: ast.BinOp, local: Mapping[str, Any]) -> Any:
        a, b = self._value(node.left, local), self._value(node.right, local)
        operators: dict[type[ast.operator], Any] = {
            ast.Add: lambda p, q: p + q,
            ast.Sub: lambda p, q: p - q,
            ast.Mult: lambda p, q: p * q,
            ast.Pow: lambda p, q: p**q,
        }
        if a is None or b is None:
            return None
        if isinstance(node.op, ast.Div):
            return self._number(a) / self._number(b)
        both_whole = isinstance(a, int) and isinstance(b, int)
        if both_whole or isinstance(node.op, ast.Pow):
            return operators[type(node.op)](a, b)
        return operators[type(node.op)](self._number(a), self._number(b))

    def _compare(self, node: ast.Compare, local: Mapping[str, Any]) -> bool | None:
        """Return True or False if the comparison is certain, else None."""
        certain, contrary = balls.COMPARISONS[type(node.ops[0]).__name__]
        a, b = self._value(node.left, local), self._value(node.comparators[0], local)
        if a is None or b is None:
            return None
        return True if certain(a, b) else False if contrary(a, b) else None

    def _call(self, node: ast.Call, local: Mapping[str, Any]) -> Any:
        arguments = [self._value(argument, local) for argument in node.args]
        if isinstance(node.func, ast.Attribute):  # x.index
            return self._value(node.func.value, local).index(*arguments)
        assert isinstance(node.func, ast.Name)  # noqa: S101  the records' own
        name = node.func.id
        if name in ("max", "min"):
            numbers = map(self._number, arguments if len(arguments) > 1 else arguments[0])
            return self.ring.extreme(name, [[number] for number in numbers])[0]
        if name == "sum":
            return sum(map(self._number, arguments[0]), self.ring.zero)
        if name in _PLAIN:
            return _PLAIN[name](*arguments)
        if isinstance(arguments[0], list):
            record = find(name.replace("_", "-"))
            assert record is not None, name  # noqa: S101  the records' own
            walk = VectorWalk(self.ring, arguments[0], record.constants(record.settings()))
            walk.scope |= {str(word.arg): self._value(word.value, local) for word in node.keywords}
            tree = parsed_vector(record.formula)
            return [walk(tree, {"i": i}) for i in range(len(arguments[0]))]
        return self.ring.call(name, [self._number(arguments[0])])[0]


@cache
def _free(node: ast.AST) -> frozenset[str]:
    """Return the names in a tree except those of functions and variables of its comprehensions."""
    nodes = list(ast.walk(node))
    names = {n.id for n in nodes if isinstance(n, ast.Name)}
    called = {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    loops = [n.target for n in nodes if isinstance(n, ast.comprehension)]
    return frozenset(names - called - {target.id for target in loops if isinstance(target, ast.Name)})
