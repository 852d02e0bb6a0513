"""The record of an activation. Read this first.

An activation is one frozen record: its *formula* says what is true, its *jet* says how to compute it
carefully, and the tests hold one to the other. Adding one is one entry in one file of `activations/`:

    >>> @activation(
    ...     "log1p(exp(beta*x))/beta",
    ...     derivatives=("1/(1 + exp(-beta*x))", "beta*exp(-abs(beta*x))/(1 + exp(-abs(beta*x)))**2"),
    ...     parameters=(Parameter("beta", 1.0, "sharpness of the bend"),),
    ...     requires=("beta > 0",),
    ...     range="(0, inf)",
    ...     monotone="increasing",
    ...     frameworks={"torch": FrameworkVariant("torch.nn.Softplus")},
    ... )
    ... def softplus(x: Array, beta: float) -> Jet:
    ...     '''A smooth relu.'''
    ...     e = xp.exp(-abs(beta * x))
    ...     yield (xp.maximum(beta * x, 0) + xp.log1p(e)) / beta  # log1p keeps the tail
    ...     yield xp.exp(xp.minimum(beta * x, 0)) / (1 + e)
    ...     yield beta * e / (1 + e) ** 2

It is computed as all others are; `xp` is NumPy, imported at first use:

    >>> from actcli import evaluate
    >>> from actcli.numeric import xp
    >>> evaluate(softplus, [-40.0, 0.0], (0, 1))
    (array([4.24835426e-18, 6.93147181e-01]), array([4.24835426e-18, 5.00000000e-01]))

Its subcommand, options, help, completion, `list`, `info`, plot, README row and tests follow from it.
"""

from __future__ import annotations

import math
import operator
from dataclasses import KW_ONLY, dataclass, field, replace
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from actcli.errors import ParameterError, UsageError, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from fractions import Fraction

    from actcli.numeric import Jet

Maker: TypeAlias = "tuple[Callable[..., Activation], tuple[Any, ...]]"
"""A function and its arguments, with which it returns a record: so records are pickled."""

Value: TypeAlias = "float | Quotient | str | tuple[float, ...] | None"

ALL_ORDERS: Final = frozenset((0, 1, 2))
"""Orders of f, f' and f'', which a selective jet yields by default."""

HIGHEST_ORDER: Final = 30
"""The highest order of an ELEMENTWISE activation; above order 2 its formula is computed exactly."""

_MOST_PRIMES: Final = 3

_LARGEST: Final = 1.7976931348623157e308
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "!=": operator.ne,
}


class Kind(Enum):
    """How an activation reads its input, always along the last axis.

    ELEMENTWISE: each number alone; every order has x's shape.
    VECTOR: (..., n) -> (..., n), Jacobian (..., n, n), second order (..., n, n, n).
    GATED: (..., 2n) -> (..., n), Jacobian (..., n, 2n), second order (..., n, 2n, 2n).
    """

    ELEMENTWISE = "elementwise"
    VECTOR = "vector"
    GATED = "gated"


class Quotient:
    """An exact quotient of integers, for defaults that no float64 equals: 1/5 is a fifth, 0.2 only nearly."""

    def __init__(self, numerator: int, denominator: int) -> None:
        self.numerator, self.denominator = numerator, denominator

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quotient) and self.as_integer_ratio() == other.as_integer_ratio()

    def __hash__(self) -> int:
        return hash(self.as_integer_ratio())

    def __float__(self) -> float:
        return self.numerator / self.denominator

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"

    def __repr__(self) -> str:
        return f"Quotient({self.numerator}, {self.denominator})"

    def as_integer_ratio(self) -> tuple[int, int]:
        """Return (numerator, denominator), as Python's numbers do."""
        return self.numerator, self.denominator


class Parameter(NamedTuple):
    """A number that the user may set by an option, or one of a few words.

    `default` None means: not in force unless given (relu's max_value).
    `choices` are the words, if it is no number; in formulas each word is its index among them.
    `unset` is its value in formulas while it is not in force.
    `option` is the option's name where it is not the parameter's (`lambd` is `--lambda`).
    `aliases` are the frameworks' names for it, accepted as options too.
    `per_column` allows a list, one value for each selected column (prelu's alpha).
    `limit_at_0` names the activation that is the limit at 0, where the parameter must be larger.
    `required` names the framework that has no default for it, so that it must be given; empty if it has one.
    """

    name: str
    default: float | Quotient | str | None
    help: str
    option: str = ""
    aliases: tuple[str, ...] = ()
    per_column: bool = False
    limit_at_0: str = ""
    required: str = ""
    choices: tuple[str, ...] = ()
    unset: float = math.inf

    @property
    def flag(self) -> str:
        """The option on the command line, such as `--max-value`."""
        return "--" + (self.option or self.name).replace("_", "-")


class Kink(NamedTuple):
    """An x where f, f' or f'' jumps, and the values of f, f' and f'' that we give exactly there.

    All four fields are text: numbers, or expressions of the parameters. `at` is a number, a parameter, minus
    a parameter, a quotient of two or `(1 - p)/q`, so that x can be found without evaluating an expression.
    """

    at: str
    f: str
    d1: str
    d2: str

    def place(self, settings: Mapping[str, Value]) -> float:
        """Return x for these parameters; nan if no float64 equals it, or its parameter is not in force."""
        exact = self._exact(settings)
        return math.nan if exact is None or float(exact) != exact else float(exact)

    def near(self, settings: Mapping[str, Value]) -> float:
        """Return x for these parameters, rounded to a float64; nan if its parameter is not in force."""
        exact = self._exact(settings)
        return math.nan if exact is None else float(exact)

    def _exact(self, settings: Mapping[str, Value]) -> Fraction | None:
        """Return `at` as a fraction; None if a parameter is not in force, or x is beyond all float64."""
        from fractions import Fraction  # with two modules of its own, which no help page needs

        parts = []
        for text in self.at.removeprefix("-").split("/"):
            name = text.removeprefix("(1 - ").removesuffix(")")
            value = settings[name] if name in settings else float(text)
            if isinstance(value, Quotient):
                exact = Fraction(value.numerator, value.denominator)
            elif isinstance(value, float) and math.isfinite(value):
                exact = Fraction(value)
            else:
                return None
            parts.append(exact if name == text else 1 - exact)
        exact = parts[0] / parts[1] if len(parts) > 1 else parts[0]
        return None if abs(exact) > _LARGEST else -exact if self.at.startswith("-") else exact


class FrameworkVariant(NamedTuple):
    """A framework's name for an activation, and its differences from ours.

    `defaults` are the framework's where they are not ours. `variant` names the record that computes
    what the framework means by this name, where that is another function. `at` gives the framework's
    own (f, f', f'') at a kink (keyed as `Kink.at`); None where it agrees with ours. `note` is text for
    people; one that begins with "with" names the arguments without which the object is something else.
    `others` are its other names for the same. `since` is the version that brought it, such as an opset.
    `required` names the parameters for which it has no default. `layer` is the framework's layer where
    that has other defaults: meant by the layer's name as it is spelled there, such as LeakyReLU.
    """

    name: str
    defaults: Mapping[str, float | None] = {}
    variant: str = ""
    at: Mapping[str, tuple[float | None, float | None, float | None]] = {}
    note: str = ""
    required: tuple[str, ...] = ()
    layer: FrameworkVariant | None = None
    others: tuple[str, ...] = ()
    since: str = ""

    def renamed(self, old: str, new: str) -> FrameworkVariant:
        """Return the variant of another framework whose names have `new` in the place of `old`."""
        return self._replace(name=self.name.replace(old, new))


def _no_jet(*_: Any, **__: Any) -> Jet:
    """Raise TypeError: the placeholder for the jet of a record that has not decorated a function."""
    raise TypeError("a record computes after it has decorated a function")


@dataclass(frozen=True)
class Activation:
    """One activation function, and the decorator that makes it of a jet: see the module's docstring.

    `formula` and `derivatives` are Python expressions over `x` and the parameters, in names that mpmath
    has too. For vectors the i-th result is over `x[i]` of `n`, its derivatives by `x[j]` and `x[k]`; gates
    are over the halves `a` and `b`, with tuples (d/da, d/db), (d2/da2, d2/dadb, d2/db2). Constants 1/6,
    1/5, sqrt(2/pi) in them are exact, decimal ones are the nearest float64. `requires` are comparisons of
    two parameters, or of a parameter and a number. `presets` are names that carry parameters: what they are,
    None where they must be given. `range` and `monotone` are text for people. `variant_of` names
    the activation that some framework computes as this record: `--like` finds such records, `list` does not
    show them. `absent` is the value of a masked entry of a vector, such as -inf, with which the other results
    are as without it; None where no number is. `domain` are the ends of
    where an ELEMENTWISE one is defined; beyond them it is nan.

    The decorated function sets the others. `jet` yields f, f', f''; it works on the last axis, never
    writes to x, and if `selective`, takes the set of wanted `orders` and may yield None for the others.
    `name`, `summary` and `family` are those of the function, its docstring and its module; the registry puts
    several modules into one family.
    The jet of an `exact` record also takes the name of a `dtype`, to which its float64 are rounded already.
    `like` is the framework as which a record computes, empty for ours; `preset` are parameters that its
    name carries, as in `relu(alpha=0.1)`; `maker` makes such a record of its arguments.
    """

    formula: str
    _: KW_ONLY
    derivatives: tuple[str, str]
    range: str
    monotone: str
    kind: Kind = Kind.ELEMENTWISE
    parameters: tuple[Parameter, ...] = ()
    requires: tuple[str, ...] = ()
    domain: tuple[float, float] = (-math.inf, math.inf)
    kinks: tuple[Kink, ...] = ()
    aliases: tuple[str, ...] = ()
    presets: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    frameworks: Mapping[str, FrameworkVariant] = field(default_factory=dict)
    reference: str = ""
    note: str = ""
    variant_of: str = ""
    absent: float | None = None

    name: str = ""
    summary: str = ""
    family: str = ""
    jet: Callable[..., Jet] = _no_jet
    selective: bool = False
    exact: bool = False
    like: str = ""
    preset: tuple[tuple[str, Value], ...] = ()
    maker: Maker | None = field(default=None, repr=False, compare=False)

    def __call__(self, jet: Callable[..., Jet]) -> Activation:
        """Return this record with the jet, and the name, family and summary of the jet's function."""
        code: Any = jet.__code__
        return self.with_fields(
            name=jet.__name__.replace("_", "-"),
            summary=(jet.__doc__ or "").strip().partition("\n")[0],
            family=jet.__module__.rpartition(".")[2].replace("_", " "),
            jet=jet,
            selective="orders" in code.co_varnames[: code.co_argcount],
        )

    def with_fields(self, **fields: Any) -> Activation:
        """Return a copy with these fields, ten times as fast as `dataclasses.replace`."""
        copy = object.__new__(Activation)
        copy.__dict__.update(self.__dict__, **fields)
        return copy

    def __reduce__(self) -> Maker:
        """Return how to unpickle the record: its maker, or its module and name; jets cannot be pickled."""
        return self.maker or (_record_at, (self.jet.__module__, self.jet.__name__))

    @property
    def hidden(self) -> bool:
        """Whether the record is a framework's variant, which only `--like` finds."""
        return bool(self.variant_of)

    def settings(self, given: Mapping[str, Value] | None = None) -> dict[str, Value]:
        """Return the value of every parameter: as given by name, else preset by the name, else its default.

        Raises ParameterError for an unknown name, for a value that is not finite or out of bounds, for a
        list where one number is needed, for a parameter without a default that is not given, and for one
        that is given another value than the name carries.
        """
        given = dict(given or {})
        for name, value in self.preset:
            if given.setdefault(name, value) != value:
                flag = self._spelled(name)
                raise ParameterError(
                    f"{self.name}: {flag} is in the name already; leave it out there, or here"
                )
        unknown = sorted(set(given) - {parameter.name for parameter in self.parameters})
        if unknown:
            raise ParameterError(f"{self.name} has no parameter {unknown[0]!r}")
        settings = {p.name: given.get(p.name, p.default) for p in self.parameters}
        lacking = [p for p in self.parameters if p.required and p.name not in given]
        if lacking:
            flags = " and ".join(p.flag for p in lacking)
            raise ParameterError(f"{self.name}: {lacking[0].required} has no default; say {flags}")
        for parameter in self.parameters:
            self._check_value(parameter, settings[parameter.name])
        for requirement in self.requires:
            self._check(requirement, settings)
        return settings

    def constants(self, settings: Mapping[str, Value]) -> dict[str, Any]:
        """Return the values of the parameters' names in formulas: numbers and exact quotients.

        Words of choices are names too; each is its index among the choices.
        """
        found: dict[str, Any] = {word: k for p in self.parameters for k, word in enumerate(p.choices)}
        for parameter in self.parameters:
            value = settings[parameter.name]
            word = found[value] if isinstance(value, str) else value
            found[parameter.name] = parameter.unset if word is None else word
        return found

    def halves(self, n: int, settings: Mapping[str, Value]) -> tuple[slice, slice]:
        """Return the slices of n numbers that are a, and b, in a GATED activation's formula."""
        gate, other = halves(n, settings.get("gate", "first"))
        b_is_gate = any(p.name == "gate" and p.default == "last" for p in self.parameters)
        return (other, gate) if b_is_gate else (gate, other)

    def check_length(
        self,
        n: int,
        settings: Mapping[str, Value],
        *,
        columns: Sequence[str] | None = None,
        what: str = "",
        where: str = "",
        source: str = "",
    ) -> None:
        """Check that `n` numbers suit the activation with these settings.

        columns: their names, if the numbers are columns; empty if these have none.
        what: the numbers in words, if they are neither columns nor typed.
        where: text after "an even number of values" in the message.
        source: prefix of the message, such as "x.npy: ".
        Raises UsageError for an odd count for a GATED activation, ParameterError for a list of a parameter
        that does not have one value for each number.
        """
        if self.kind is Kind.GATED and n % 2:
            needs = f"{source}{self.name} needs an even number of values{where}, not {n}"
            raise UsageError(f"{needs}: one half gates the other")
        for value in settings.values():
            if isinstance(value, tuple) and len(value) != n:
                values = counted(len(value), "value")
                numbers = what or counted(n, "number" if columns is None else "column")
                if columns:
                    numbers += f" ({', '.join(columns)})"
                raise ParameterError(
                    f"{source}{self.name}: {values} of a parameter for {numbers}; give one for each"
                )

    def check_orders(self, orders: Iterable[int]) -> None:
        """Raise UsageError for an order whose derivative the activation does not have."""
        highest = HIGHEST_ORDER if self.kind is Kind.ELEMENTWISE else max(ALL_ORDERS)
        beyond = next((order for order in orders if not 0 <= order <= highest), None)
        if beyond is not None:
            raise UsageError(f"{self.name} has derivatives of order 0 to {highest}, not {beyond}")

    def check_axis(self, axis: int, shape: tuple[int, ...], source: str = "") -> None:
        """Raise UsageError unless an array of this shape has the axis; `source` as in `check_length`."""
        if not -len(shape) <= axis < len(shape):
            raise UsageError(f"{source}{self.name}: the input has no axis {axis}; its shape is {shape}")

    def label(self, settings: Mapping[str, Value]) -> str:
        """Return ` (alpha = 0.1)`: parameters that differ from their defaults, or are preset, for titles."""
        from actcli.numeric.numerals import shortest

        changed = []
        for parameter in self.parameters:
            value = settings[parameter.name]
            if value != parameter.default or parameter.name in dict(self.preset):
                numbers = value if isinstance(value, tuple) else () if value is None else (value,)
                text = ",".join(shortest(n) if isinstance(n, float) else str(n) for n in numbers) or "off"
                changed.append(f"{parameter.flag.removeprefix('--')} = {text}")
        return f" ({', '.join(changed)})" if changed else ""

    def with_preset(self, preset: Mapping[str, Value], name: str = "") -> Activation:
        """Return the activation with these parameters preset: they replace the defaults.

        Parameters that are None become required; the error message then says that `name` has no default.
        """
        items = tuple((key, value) for key, value in preset.items() if value is not None)
        parameters = tuple(
            p._replace(required=name) if p.name in preset and preset[p.name] is None else p
            for p in self.parameters
        )
        maker: Maker = (Activation.with_preset, (self, preset, name))
        return replace(self, preset=items, parameters=parameters, maker=maker)

    def _check_value(self, parameter: Parameter, value: Value) -> None:
        if parameter.choices:
            if value not in parameter.choices:
                *others, last = parameter.choices
                words = f"{', '.join(others)} or {last}"
                raise ParameterError(f"{self.name}: {parameter.flag} must be {words}")
            return
        if isinstance(value, tuple) and not parameter.per_column:
            raise ParameterError(f"{self.name}: {parameter.flag} takes one number, not a list")
        if isinstance(value, str):
            raise ParameterError(f"{self.name}: {parameter.flag} takes a number")
        numbers = value if isinstance(value, tuple) else (value,)
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise ParameterError(f"{self.name}: {parameter.flag} must be a finite number")

    def _check(self, requirement: str, settings: Mapping[str, Value]) -> None:
        left, comparison, right = requirement.split()
        values: list[Any] = [settings.get(word, word) for word in (left, right)]
        if None in values or _COMPARISONS[comparison](*map(float, values)):
            return
        limits = [p.limit_at_0 for p in self.parameters if p.limit_at_0 and p.name == left and not values[0]]
        advice = f"; at 0 it is {limits[0]}" if limits else ""
        raise ParameterError(
            f"{self.name}: {self._spelled(left)} must be {comparison} {self._spelled(right)}{advice}"
        )

    def _spelled(self, word: str) -> str:
        return next((p.flag for p in self.parameters if p.name == word), word)


def primes(order: int) -> str:
    """Return the mark of a derivative after its function's name: ', '' and ''', then (4)."""
    return "'" * order if order <= _MOST_PRIMES else f"({order})"


def order_suffix(order: int) -> str:
    """Return the end of the names of a derivative's results: empty for f, _d1, _d2."""
    return f"_d{order}" if order else ""


def primed(name: str, order: int) -> str:
    """Return the name of a function's derivative: tanh', tanh(4), and of a formula (x*x)'."""
    plain = not order or name.replace("-", "").replace("_", "").replace("@", "").isalnum()
    return name + primes(order) if plain else f"({name}){primes(order)}"


activation = Activation
"""The record as a decorator."""

GATES: Final = ("first", "last", "even", "odd")
"""Positions of the gate's numbers: the first or last half, or even or odd indices, counted from 0."""


def halves(n: int, gate: Any) -> tuple[slice, slice]:
    """Return the slices of n numbers that are the gate, by a name of GATES, and that it multiplies."""
    first, last = slice(0, n // 2), slice(n // 2, n)
    even, odd = slice(0, n, 2), slice(1, n, 2)
    pairs = {"first": (first, last), "last": (last, first), "even": (even, odd), "odd": (odd, even)}
    return pairs[gate]


def _record_at(module: str, name: str) -> Any:
    """Return the registry's record of the activation defined under this name in a module."""
    from actcli.activations import RECORDS

    found = getattr(import_module(module), name)
    return RECORDS.get(found.name, found)
