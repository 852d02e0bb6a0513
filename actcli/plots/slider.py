"""Sliders of a page: parameters to be moved, their values, and the shell commands for these."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from actcli.activations import ACTIVATIONS
from actcli.activations.frameworks import aliases_of_variant
from actcli.activations.record import Quotient
from actcli.errors import ParameterError
from actcli.numeric.numerals import shortest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actcli.activations.record import Activation, Parameter, Value

POSITIONS: Final = (21, 11, 5)
"""Positions that a slider without a range may have: n such that decimals divide by (n - 1)/2 exactly."""
_DIGITS: Final = 6  # of the values of sliders without a range
_SMALL: Final = 0.1  # settings below may be scaled further than to their double


@dataclass(frozen=True)
class Slider:
    """A slider for a parameter: its values, and the index `start` of the value shown first."""

    parameter: Parameter
    values: tuple[float | Quotient, ...]
    start: int

    def record(self, digits: int) -> dict[str, Any]:
        """Return the script's data of the slider, values in `digits` digits; `merged` fills `owners`."""
        values = [shortest(float(f"{float(value):.{digits}g}")) for value in self.values]
        return {
            "name": self.parameter.flag.removeprefix("--"),
            "help": self.parameter.help,
            "owners": [],
            "values": values,
            "step": str((Decimal(values[-1]) - Decimal(values[0])) / max(1, len(values) - 1)),
            "start": self.start,
        }


def given(
    activation: Activation, settings: Mapping[str, Value], name: str, values: Sequence[float]
) -> Slider:
    """Return a slider over the range `values` of parameter `name`, which starts nearest to its setting."""
    parameter = next(p for p in activation.parameters if p.name == name)
    setting = settings[name]
    middle = float(setting) if isinstance(setting, float | Quotient) else 0.0
    return Slider(parameter, tuple(values), min(range(len(values)), key=lambda k: abs(values[k] - middle)))


def own(
    activation: Activation, settings: Mapping[str, Value], sweeps: Mapping[str, Sequence[float]], most: int
) -> list[Slider]:
    """Return sliders around the settings of parameters without a range, of `most` positions each or fewer.

    A slider runs from 0 to twice its setting, from -1 to 1 for a setting of 0, and from 0 to (most - 1) times
    a setting nearer to 0 than 0.1. Values out of bounds are left out. Preset parameters have no slider.
    """
    found: list[Slider] = []
    for parameter in activation.parameters:
        setting = settings[parameter.name]
        if parameter.name in {*sweeps, *dict(activation.preset)} or not isinstance(setting, float | Quotient):
            continue
        base, half = float(setting), most // 2
        low, high, unit = -half, half, (base or 1.0) / half
        if 0 < abs(base) < _SMALL:
            low, high, unit = -1, most - 2, base
        values = [base if not k else float(f"{base + k * unit:.{_DIGITS}g}") for k in range(low, high + 1)]
        there = sorted(v for v in values if allowed(activation, {**settings, parameter.name: v}))
        start = there.index(base)
        found.append(Slider(parameter, (*there[:start], setting, *there[start + 1 :]), start))
    return found


def allowed(activation: Activation, settings: Mapping[str, Value]) -> dict[str, Value] | None:
    """Return the complete settings, or None if one is out of bounds."""
    try:
        return activation.settings(settings)
    except ParameterError:
        return None


def positions(sliders: Sequence[Slider], *, apart: bool = False) -> int:
    """Return the number of combinations of the sliders' values; `apart` if only one at a time is moved."""
    counts = [len(slider.values) for slider in sliders]
    return 1 + sum(counts) if apart else math.prod(counts)


def merged(
    subjects: Sequence[tuple[Activation, Sequence[Slider]]], digits: int
) -> tuple[list[dict[str, Any]], list[list[int]]]:
    """Return the data of all distinct sliders, and for each activation the indices of its sliders there.

    Sliders with the same option, values and start are merged into one, which moves all activations that have
    it. digits: the significant digits of values.
    """
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    keys = [[_key(slider) for slider in sliders] for _, sliders in subjects]
    for (activation, sliders), names in zip(subjects, keys, strict=True):
        for key, slider in zip(names, sliders, strict=True):
            found.setdefault(key, slider.record(digits))["owners"].append(activation.name)
    return list(found.values()), [[list(found).index(key) for key in names] for names in keys]


def _key(slider: Slider) -> tuple[str, ...]:
    """Return the properties by which sliders are merged."""
    return slider.parameter.flag, str(slider.start), *map(str, slider.values)


def command_words(activation: Activation, settings: Mapping[str, Value]) -> list[str]:
    """Return the shell words that select the activation with these settings: name, then options."""
    name, framework = activation.name.partition("@")[0], activation.like
    required = {parameter.name for parameter in activation.parameters if parameter.required}
    if activation.hidden and not framework:
        name, framework = next(aliases_of_variant(activation))
        required |= set(ACTIVATIONS[name].frameworks[framework].required)
    words = [shlex.quote(name), *["--like", framework] * bool(framework)]
    for parameter in activation.parameters:
        value = settings[parameter.name]
        asked = value != parameter.default or parameter.name in required
        if asked and isinstance(value, float | str):
            words += [parameter.flag, value if isinstance(value, str) else shortest(value)]
    return words
