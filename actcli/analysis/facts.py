"""Facts about an activation as text for people: stated by its record, or computed by the engine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final

from actcli.activations.frameworks import FRAMEWORKS, aliases_of_variant
from actcli.activations.record import Kind, primes
from actcli.analysis import agreement, landmarks, notation
from actcli.exact import FORMULA
from actcli.numeric.numerals import shortest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from actcli.activations.record import Activation, FrameworkVariant, Kink, Parameter, Quotient
    from actcli.analysis.agreement import Agreement
    from actcli.analysis.landmarks import Graph, Zeros
    from actcli.analysis.thresholds import Stretch

    Row = tuple[str, ...]

_MOST_NAMED: Final = 5
_LEFT_SIDES: Final = {
    Kind.ELEMENTWISE: (("f(x)",), ("f'(x)",), ("f''(x)",)),
    Kind.VECTOR: (("f(x)ᵢ",), ("∂fᵢ/∂xⱼ",), ("∂²fᵢ/∂xⱼ∂xₖ",)),
    Kind.GATED: (("f(a, b)",), ("∂f/∂a", "∂f/∂b"), ("∂²f/∂a²", "∂²f/∂a∂b", "∂²f/∂b²")),
}
_ASCII: Final = str.maketrans({"∂": "d", "²": "2", "ᵢ": "[i]", "ⱼ": "[j]", "ₖ": "[k]"})


@dataclass(frozen=True)
class Facts:
    """An activation's facts as rows of text, with its default parameters; `unicode` allows more than ASCII.

    dtype: the floating type whose thresholds are shown, None for none.
    """

    activation: Activation
    unicode: bool = True
    dtype: str | None = None

    @cached_property
    def graph(self) -> Graph | None:
        """Graph of the activation; None unless it is ELEMENTWISE."""
        if self.activation.kind is not Kind.ELEMENTWISE:
            return None
        return landmarks.Graph(self.activation, self.activation.settings())

    @cached_property
    def turns(self) -> list[tuple[float, float]]:
        """Extrema of the graph, as (x, f(x)); none without a graph."""
        return landmarks.extremes(self.graph) if self.graph else []

    def formulas(self) -> Iterator[tuple[str, list[str]]]:
        """Yield (left-hand side, lines of the right-hand side) for f and its derivatives."""
        formulas = filter(None, (self.activation.formula, *self.activation.derivatives))
        for lefts, formula in zip(_LEFT_SIDES[self.activation.kind], formulas, strict=False):
            parts = notation.parts(formula)
            names = lefts if len(lefts) == len(parts) else lefts[:1]
            for left, part in zip(names, parts, strict=True):
                name = left if self.unicode else left.translate(_ASCII)
                yield name, notation.lines(part, unicode=self.unicode)

    def meanings(self) -> list[str]:
        """Return the definitions of less known functions in the formulas; empty without `unicode`."""
        return (
            notation.meanings(*filter(None, (self.activation.formula, *self.activation.derivatives)))
            if self.unicode
            else []
        )

    def sections(self) -> Iterator[tuple[str, list[Row]]]:
        """Yield (title, rows) for each kind of facts other than formulas; rows may be empty."""
        yield "Properties", list(self.properties())
        if self.dtype:
            yield f"Results in {self.dtype}, by x", list(self.thresholds())
        yield "Parameters", [self._parameter(parameter) for parameter in self.activation.parameters]
        yield "Where it bends or jumps", [self._kink(kink) for kink in self.activation.kinks]
        yield "In frameworks as here", [(self.agreeing(),)] * bool(self.agreeing())
        yield "In frameworks otherwise", list(self.frameworks())
        yield "Note", [(self.activation.note,)] * bool(self.activation.note)
        yield "Reference", [(self.activation.reference,)] * bool(self.activation.reference)

    def properties(self) -> Iterator[Row]:
        """Yield (name, text) of properties: family, names, domain, range, and landmarks of the curve."""
        activation = self.activation
        yield "family", f"{activation.family}, {activation.kind.value}"
        if activation.aliases:
            yield "also called", ", ".join(activation.aliases)
        if activation.hidden:
            yield (
                "computed by",
                ", ".join(f"act {name} --like {key}" for name, key in aliases_of_variant(activation)),
            )
        if math.isfinite(activation.domain[0]):
            yield "defined", "from {} to {}".format(*map(self.number, activation.domain))
        if activation.range:
            yield "range", notation.interval(activation.range, unicode=self.unicode)
        if self.graph is None:
            return
        if activation.monotone:
            yield "monotone", activation.monotone
        yield "smooth", self._smoothness(self.graph)
        ends = zip(landmarks.limits(self.graph), activation.domain, strict=True)
        yield "limits", ", ".join(f"{self._limit(limit)} at {self.number(end)}" for limit, end in ends)
        lines = landmarks.asymptotes(self.graph)
        yield "asymptotes", ", ".join(map(landmarks.Line.equation, lines)) or "none"
        yield "zeros", self.zeros(landmarks.roots(self.graph))
        yield "fixed points", self.zeros(landmarks.fixed_points(self.graph))
        turns = "; ".join(_nearest(self.turns, itemgetter(0), self._extremum))
        if turns or activation.family == FORMULA:
            yield "extremes", turns or "none"
        yield "steepest", self._steepest(self.graph)

    def thresholds(self) -> Iterator[Row]:
        """Yield (property, x) of results in `dtype`: 0, subnormal, x itself, its bounds, infinite, flat."""
        from actcli.analysis.thresholds import thresholds

        for one in thresholds(self.activation, self.dtype or ""):
            if len(one.stretches) > _MOST_NAMED:
                low, high = one.stretches[0].low, one.stretches[-1].high
                yield one.text, f"on and off between {shortest(low)} and {shortest(high)}"
            else:
                yield one.text, "; ".join(map(self._stretch, one.stretches))

    def _stretch(self, one: Stretch) -> str:
        """Return a stretch of x with its bit patterns, such as "from 89 (42b20000) on"."""
        low, high = f"{shortest(one.low)} ({one.low_bits})", f"{shortest(one.high)} ({one.high_bits})"
        if one.begins and one.ends:
            return "everywhere"
        if one.begins:
            return f"up to {high}"
        if one.ends:
            return f"from {low} on"
        return f"at {low}" if one.low == one.high else f"from {low} to {high}"

    def _extremum(self, point: tuple[float, float]) -> str:
        x, y = point
        return f"{self.number(y)} at x = {self.number(x)}"

    def number(self, value: float) -> str:
        """Return a number with six significant digits."""
        text = f"{value + 0.0:.6g}"  # no negative zero
        return text.replace("inf", "∞") if self.unicode else text

    def _value(self, value: float | Quotient | str) -> str:
        return self.number(value) if isinstance(value, float) else str(value)

    def _steepest(self, graph: Graph) -> str:
        """Return the Lipschitz constant, or why there is none."""
        bound = landmarks.lipschitz(graph)
        if math.isfinite(bound):
            return f"|f'| up to {self.number(bound)} (the Lipschitz constant)"
        jumps = any(corner.jumps(0) for corner in graph.corners)
        return "no Lipschitz constant: " + ("f jumps" if jumps else "f' has no bound")

    def _limit(self, value: float) -> str:
        return "none" if math.isnan(value) else self.number(value)

    def _smoothness(self, graph: Graph) -> str:
        """Return which of f, f' and f'' is the first to jump or to have no bound, and where; else "yes"."""
        poles = graph.poles
        if poles:
            return f"no, f has no value at x = {', '.join(_nearest(poles, float, self.number))}"
        corners = graph.corners
        for order in landmarks.ORDERS:
            places = [corner.x for corner in corners if corner.jumps(order)]
            if places:
                return f"no, f{primes(order)} jumps at x = {', '.join(_nearest(places, float, self.number))}"
        return "yes"

    def zeros(self, found: Sequence[Zeros]) -> str:
        """Return points and intervals as equations of x, at most five, nearest to 0; "none" for none."""
        return "; ".join(_nearest(found, attrgetter("low"), self._zero)) or "none"

    def _zero(self, zeros: Zeros) -> str:
        """Return a point or interval as an equation or inequality of x."""
        if zeros.low == zeros.high:
            return f"x = {self.number(zeros.low)}"
        at_most = "≤" if self.unicode else "<="
        below = f"{self.number(zeros.low)} {'<' if zeros.open_low else at_most} "
        above = f" {'<' if zeros.open_high else at_most} {self.number(zeros.high)}"
        if math.isinf(zeros.low) and math.isinf(zeros.high):
            return "every x"
        if math.isinf(zeros.low):
            return "x" + above
        if math.isinf(zeros.high):
            at_least = "≥" if self.unicode else ">="
            return f"x {'>' if zeros.open_low else at_least} {self.number(zeros.low)}"
        return f"{below}x{above}"

    def _parameter(self, parameter: Parameter) -> Row:
        """Return (option, default, help with the parameter's bounds)."""
        default = "off" if parameter.default is None else self._value(parameter.default)
        bounds = [
            notation.inline(r, unicode=self.unicode)
            for r in self.activation.requires
            if parameter.name in r.split()
        ]
        return parameter.flag, default, "; ".join([parameter.help, *bounds])

    def _kink(self, kink: Kink) -> Row:
        """Return (x, what jumps there with default parameters, the values given at x itself)."""
        where = f"x = {notation.inline(kink.at, unicode=self.unicode)}"
        given = [f"f{primes(k)} = {text}" for k, text in enumerate(self._given(kink))]
        return where, self._jumps(kink), "given: " + ", ".join(given)

    def _given(self, kink: Kink) -> list[str]:
        """Return the values of f, f' and f'' that the record states at a kink."""
        return [notation.inline(text, unicode=self.unicode) for text in (kink.f, kink.d1, kink.d2)]

    def _jumps(self, kink: Kink) -> str:
        """Return the left and right limits of what jumps at a kink, with the default parameters."""
        if self.graph is None:
            return ""
        place = kink.near(self.graph.settings)
        corner = next((c for c in self.graph.corners if c.x == place), None)
        if corner is None:
            return "not in force" if math.isnan(place) else "nothing jumps"
        return ", ".join(
            f"f{primes(k)} from {self.number(corner.left[k])} to {self.number(corner.right[k])}"
            for k in landmarks.ORDERS
            if corner.jumps(k)
        )

    def agreeing(self) -> str:
        """Return the titles of frameworks that compute the same in every respect, joined by commas."""
        return ", ".join(
            framework.title
            for key, framework in FRAMEWORKS.items()
            if key in self.activation.frameworks and not self._told(key)
        )

    def frameworks(self) -> Iterator[Row]:
        """Yield (framework, its name for the activation, differences) for each framework that differs."""
        for key, framework in FRAMEWORKS.items():
            if key in self.activation.frameworks and self._told(key):
                yield framework.title, self.activation.frameworks[key].name, self._told(key)

    @cached_property
    def _distances(self) -> dict[str, str]:
        """The distance of each framework's results from ours, for frameworks that differ."""
        x = agreement.usual_numbers(self.activation)
        return {
            framework: self._distance(found)
            for found in agreement.agreements(self.activation, x, {})
            for framework in found.frameworks
            if found.difference
        }

    def _distance(self, found: Agreement) -> str:
        """Return the largest difference of results, its x, and the widest type in which they agree."""
        inside = f", the same in {found.precision}" if found.precision else ""
        return f"up to {found.difference:.3g} away, at {self.number(found.place)}{inside}"

    def _told(self, key: str) -> str:
        """Return the differences of a framework's variant, joined by semicolons; empty if there are none."""
        return "; ".join(self._differences(self.activation.frameworks[key], key))

    def _differences(self, variant: FrameworkVariant, key: str) -> Iterator[str]:
        """Yield the differences of a framework's variant: defaults, function, kinks, results, versions."""
        ours: Mapping[str, Parameter] = {p.name: p for p in self.activation.parameters}
        for name, value in variant.defaults.items():
            default = "off" if value is None else shortest(value)
            yield f"{ours[name].flag if name in ours else name} {default}"
        if variant.variant:
            yield f"computes {variant.variant}: --like {key}"
        for at, values in variant.at.items():
            given = (f"f{primes(k)} = {self.number(v)}" for k, v in enumerate(values) if v is not None)
            yield f"at x = {notation.inline(at, unicode=self.unicode)} {', '.join(given)}"
        if variant.required:
            yield f"no default for {' and '.join(ours[name].flag for name in variant.required)}"
        if key in self._distances:
            yield self._distances[key]
        if variant.since:
            yield f"since {variant.since}"
        if variant.note:
            yield variant.note


def _nearest(found: Sequence[Any], at: Callable[[Any], float], text: Callable[[Any], str]) -> list[str]:
    """Return the texts of what is nearest to x = 0, in rising order, then "and more" if there are others.

    at: returns an item's x. text: returns its text.
    """
    nearest = sorted(found, key=lambda item: abs(at(item)))[:_MOST_NAMED]
    return [*map(text, sorted(nearest, key=at)), *["and more"] * (len(found) > len(nearest))]
