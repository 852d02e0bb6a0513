"""What an activation is. Read this first.

An activation is one frozen record: its *formula* says what is true, its *jet* says how to compute it
carefully, and the tests hold one to the other. Adding one is one entry in one file of `activations/`:

    @activation(
        "log1p(exp(beta*x))/beta",
        derivatives=("1/(1 + exp(-beta*x))", "beta*exp(-abs(beta*x))/(1 + exp(-abs(beta*x)))**2"),
        parameters=(Parameter("beta", 1.0, "sharpness of the bend"),),
        requires=("beta > 0",),
        range="(0, inf)",
        monotone="increasing",
        frameworks={"torch": Peer("torch.nn.Softplus"), "numpy-ml": Peer("SoftPlus")},
    )
    def softplus(x: Array, beta: float) -> Jet:
        '''A smooth relu.'''
        e = xp.exp(-abs(beta * x))
        yield (xp.maximum(beta * x, 0) + xp.log1p(e)) / beta  # log1p keeps the tail
        yield ...  # f'
        yield ...  # f''

Its subcommand, options, help, completion, `list`, `info`, plot, README row and tests follow from it.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, field
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from actcli.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from actcli.numeric import Array

    Jet: TypeAlias = Iterator[Array | None]

Maker: TypeAlias = "tuple[Callable[..., Activation], tuple[Any, ...]]"
"""A function, and the arguments of which it makes a record."""

Value: TypeAlias = "float | tuple[float, ...] | None"

FRAMEWORKS: Final = {
    "keras": "Keras 3",
    "keras2": "Keras 2.2",
    "torch": "PyTorch",
    "jax": "JAX",
    "onnx": "ONNX",
    "numpy-ml": "numpy-ml",
}

ALL_ORDERS: Final = frozenset((0, 1, 2))
"""f, f' and f'': what a selective jet yields unless told otherwise."""

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


@dataclass(frozen=True)
class Parameter:
    """A number that the user may choose; it becomes an option.

    `default` None means: not in force unless given (relu's max_value).
    `option` is the option's name where it is not the parameter's (`lambd` is `--lambda`).
    `aliases` are the frameworks' names for it, accepted as options too.
    `per_column` allows a list, one value for each selected column (prelu's alpha).
    `required` parameters have no default as which they count: those of a framework that has none.
    """

    name: str
    default: float | None
    help: str
    option: str = ""
    aliases: tuple[str, ...] = ()
    per_column: bool = False
    required: bool = False

    @property
    def flag(self) -> str:
        """Its option on the command line, such as `--max-value`."""
        return "--" + (self.option or self.name).replace("_", "-")


@dataclass(frozen=True)
class Kink:
    """A place where f, f' or f'' jumps, and the values that we give exactly there.

    All four are text: numbers, or expressions of the parameters. `at` is a number, a parameter, minus
    a parameter or a quotient of two, so that the program can find the place without evaluating anything.
    """

    at: str
    f: str
    d1: str
    d2: str

    def place(self, settings: Mapping[str, Value]) -> float:
        """Where it lies under these parameters; nan if on no float64, or the parameter is not in force."""
        from fractions import Fraction  # with two modules of its own, which no help page needs

        sign, value, by = self._quotient(settings)
        place = sign * value / by
        exact = not math.isfinite(place) or Fraction(place) * Fraction(by) == sign * Fraction(value)
        return place if exact else math.nan  # between two float64s is nowhere

    def near(self, settings: Mapping[str, Value]) -> float:
        """Where it lies, rounded to a float64; nan if the parameter is not in force."""
        sign, value, by = self._quotient(settings)
        return sign * value / by

    def _quotient(self, settings: Mapping[str, Value]) -> tuple[float, float, float]:
        """Its sign, and the two numbers whose quotient it is; nan for a parameter that is not in force."""
        sign = -1.0 if self.at.startswith("-") else 1.0
        name, _, divisor = self.at.removeprefix("-").partition("/")
        value = settings[name] if name in settings else float(self.at.removeprefix("-"))
        by = settings.get(divisor, 1.0)
        if not isinstance(value, float) or not isinstance(by, float):
            return sign, math.nan, 1.0
        return sign, value, by


@dataclass(frozen=True)
class FrameworkVariant:
    """What one framework calls an activation, and where it differs from ours.

    `defaults` are the framework's where they are not ours. `variant` names the record that computes
    what the framework means by this name, where that is another function. `at` gives the framework's
    own (f, f', f'') at a kink (keyed as `Kink.at`); None where it agrees with ours. `required` names
    the parameters for which it has no default.
    """

    name: str
    defaults: Mapping[str, float | None] = field(default_factory=dict)
    variant: str = ""
    at: Mapping[str, tuple[float | None, float | None, float | None]] = field(default_factory=dict)
    note: str = ""
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Activation:
    """One activation function: see the module's docstring.

    `formula` and `derivatives` are Python expressions over `x` and the parameters, in names that mpmath
    has too. For vectors the i-th result is over `x[i]` of `n`, its derivatives by `x[j]` and `x[k]`; gates
    are over the halves `a` and `b`, with tuples (d/da, d/db), (d2/da2, d2/dadb, d2/db2). Constants 1/6,
    1/5, sqrt(2/pi) in them are exact, decimal ones are the nearest float64. `jet` yields f, f', f''; it
    works on the last axis, never writes to x, and if
    `selective`, takes the set of wanted `orders` and may yield None for the others.
    `hidden` records are frameworks' variants: `--like` finds them, `list` does not show them. `like` is
    the framework as which it computes, empty for ours; `maker` makes such a record of its arguments.
    """

    name: str
    summary: str
    family: str
    formula: str
    derivatives: tuple[str, str]
    jet: Callable[..., Jet]
    kind: Kind
    parameters: tuple[Parameter, ...]
    requires: tuple[str, ...]
    kinks: tuple[Kink, ...]
    aliases: tuple[str, ...]
    frameworks: Mapping[str, FrameworkVariant]
    range: str
    monotone: str
    reference: str
    note: str
    selective: bool
    hidden: bool
    like: str = ""
    maker: Maker | None = field(default=None, repr=False, compare=False)

    def __reduce__(self) -> Maker:
        """A record is pickled by its place, or by what makes it of one: its jet could not be pickled."""
        return self.maker or (_placed, (self.jet.__module__, self.jet.__name__))

    def settings(self, given: Mapping[str, Value] | None = None) -> dict[str, Value]:
        """All parameters: those given, else the defaults. ParameterError if one is out of bounds."""
        given = given or {}
        unknown = sorted(set(given) - {parameter.name for parameter in self.parameters})
        if unknown:
            raise ParameterError(f"{self.name} has no parameter {unknown[0]!r}")
        settings = {p.name: given.get(p.name, p.default) for p in self.parameters}
        for parameter in self.parameters:
            if parameter.required and parameter.name not in given:
                raise ParameterError(
                    f"{self.name}: {FRAMEWORKS[self.like]} has no default; say {parameter.flag}"
                )
            self._check_finite(parameter, settings[parameter.name])
        for requirement in self.requires:
            self._check(requirement, settings)
        return settings

    def _check_finite(self, parameter: Parameter, value: Value) -> None:
        if isinstance(value, tuple) and not parameter.per_column:
            raise ParameterError(f"{self.name}: {parameter.flag} takes one number, not a list")
        numbers = value if isinstance(value, tuple) else (value,)
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise ParameterError(f"{self.name}: {parameter.flag} must be a finite number")

    def _check(self, requirement: str, settings: Mapping[str, Value]) -> None:
        left, comparison, right = requirement.split()
        values = [settings[word] if word in settings else float(word) for word in (left, right)]
        if None in values or _COMPARISONS[comparison](*values):
            return
        raise ParameterError(
            f"{self.name}: {self._spelled(left)} must be {comparison} {self._spelled(right)}"
        )

    def _spelled(self, word: str) -> str:
        return next((p.flag for p in self.parameters if p.name == word), word)


def _placed(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


def activation(
    formula: str,
    *,
    derivatives: tuple[str, str],
    kind: Kind = Kind.ELEMENTWISE,
    parameters: tuple[Parameter, ...] = (),
    requires: tuple[str, ...] = (),
    kinks: tuple[Kink, ...] = (),
    aliases: tuple[str, ...] = (),
    frameworks: Mapping[str, FrameworkVariant] | None = None,
    range: str,  # noqa: A002  the field's standard term
    monotone: str,
    reference: str = "",
    note: str = "",
    hidden: bool = False,
) -> Callable[[Callable[..., Jet]], Activation]:
    """Make an Activation of a jet: its name, family and summary are the function's own."""

    def record(jet: Callable[..., Jet]) -> Activation:
        code: Any = jet.__code__
        return Activation(
            name=jet.__name__.replace("_", "-"),
            summary=(jet.__doc__ or "").strip().partition("\n")[0],
            family=jet.__module__.rpartition(".")[2].replace("_", " "),
            formula=formula,
            derivatives=derivatives,
            jet=jet,
            kind=kind,
            parameters=parameters,
            requires=requires,
            kinks=kinks,
            aliases=aliases,
            frameworks=frameworks or {},
            range=range,
            monotone=monotone,
            reference=reference,
            note=note,
            selective="orders" in code.co_varnames[: code.co_argcount],
            hidden=hidden,
        )

    return record
