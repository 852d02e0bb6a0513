"""Hard sigmoids: a straight line between two limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from actcli.activations.record import FrameworkVariant, Kink, Parameter, Quotient, activation
from actcli.numeric import fixup, propagate_nan, xp
from actcli.numeric.double_double import DoubleDouble

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.numeric import Array, Jet

_SLOPE_HELP = "of the line; frameworks store it as a float32"
_OFFSET = Parameter("offset", Quotient(1, 2), "the line's value at 0", aliases=("shift",))
_FIFTH = Parameter("slope", Quotient(1, 5), _SLOPE_HELP)
_SIXTH = Parameter("slope", Quotient(1, 6), _SLOPE_HELP)
_FLOAT32 = {"slope": 0.20000000298023224, "offset": 0.5}
"""numpy.float32(0.2)"""


@activation(
    "0 if slope*x + offset < 0 else (1 if slope*x + offset > 1 else slope*x + offset)",
    derivatives=("slope if 0 <= slope*x + offset <= 1 else 0", "0"),
    parameters=(_FIFTH, _OFFSET),
    requires=("slope > 0",),
    kinks=(
        Kink("-offset/slope", f="0", d1="slope", d2="0"),
        Kink("(1 - offset)/slope", f="1", d1="slope", d2="0"),
    ),
    presets={"hsigmoid": {"slope": Quotient(1, 6)}},
    frameworks={
        "keras": FrameworkVariant("keras.activations.hard_sigmoid", variant="hard-sigmoid-relu6"),
        "keras2": FrameworkVariant("hard_sigmoid"),
        "torch": FrameworkVariant("torch.nn.Hardsigmoid", variant="hard-sigmoid-relu6"),
        "jax": FrameworkVariant("jax.nn.hard_sigmoid", variant="hard-sigmoid-relu6"),
        "onnx": FrameworkVariant(
            "HardSigmoid", defaults=_FLOAT32, note="calls slope alpha and offset beta; 0.2 is a float32"
        ),
        "numpy-ml": FrameworkVariant("HardSigmoid"),
    },
    range="[0, 1]",
    monotone="non-decreasing",
    reference="Courbariaux, Bengio and David 2015, BinaryConnect, arXiv:1511.00363",
)
def hard_sigmoid(x: Array, slope: float | Quotient, offset: float | Quotient) -> Jet:
    """A sigmoid of straight lines: x/5 + 1/2 between 0 and 1."""
    if isinstance(slope, Quotient) and isinstance(offset, Quotient):
        yield from _usual(x, slope.denominator, abs(x) <= slope.denominator / 2)
        return
    line = _Line.of(x, slope, offset)
    yield line.limited()
    inside = ~((line.above < 0) | (line.below > 0))
    yield propagate_nan(x, float(slope) * inside)
    yield propagate_nan(x, 0.0)


@activation(
    "0 if slope*x + offset <= 0 else (1 if slope*x + offset >= 1 else slope*x + offset)",
    derivatives=("slope if 0 < slope*x + offset < 1 else 0", "0"),
    parameters=(_SIXTH, _OFFSET),
    requires=("slope > 0",),
    kinks=(
        Kink("-offset/slope", f="0", d1="0", d2="0"),
        Kink("(1 - offset)/slope", f="1", d1="0", d2="0"),
    ),
    frameworks={
        "keras": FrameworkVariant("keras.activations.hard_sigmoid"),
        "torch": FrameworkVariant("torch.nn.Hardsigmoid", note="no second derivative; its 1/6 is a float32"),
        "jax": FrameworkVariant("jax.nn.hard_sigmoid"),
    },
    range="[0, 1]",
    monotone="non-decreasing",
    reference="Howard et al. 2019, Searching for MobileNetV3, arXiv:1905.02244",
    variant_of="hard-sigmoid",
)
def hard_sigmoid_relu6(x: Array, slope: float | Quotient, offset: float | Quotient) -> Jet:
    """The hard sigmoid of PyTorch, JAX and Keras 3: x/6 + 1/2 between 0 and 1."""
    if isinstance(slope, Quotient) and isinstance(offset, Quotient):
        yield from _usual(x, slope.denominator, abs(x) < slope.denominator / 2)
        return
    line = _Line.of(x, slope, offset)
    yield line.limited()
    yield propagate_nan(x, float(slope) * ((line.above > 0) & (line.below < 0)))
    yield propagate_nan(x, 0.0)


def _usual(x: Array, width: float, inside: NDArray[Any]) -> Jet:
    """Yield the orders of x/width + 1/2 between 0 and 1, with a slope where `inside` is true."""
    yield xp.clip(x + width / 2, 0.0, width) / width  # not x/5 + 0.5: that has no digits near -2.5
    yield propagate_nan(x, 1 / width * inside)
    yield propagate_nan(x, 0.0)


class _Line(NamedTuple):
    """The line slope x + offset in twice the precision, times `unit`.

    The unit makes an exact quotient such as 1/5 a product: x + 5 offset. `above` has the line's sign, `below`
    that of the line minus 1, also where the numbers themselves underflow.
    """

    value: DoubleDouble
    above: Array
    below: Array
    unit: float

    @classmethod
    def of(cls, x: Array, slope: float | Quotient, offset: float | Quotient) -> _Line:
        """Return the line of `x`; large `x` are clipped to where the line is beyond its ends."""
        unit, factor = 1.0, float(slope)
        if isinstance(slope, Quotient):
            unit, factor = float(slope.denominator), float(slope.numerator)
        most = 1e300 / max(1e-8, factor)
        product = DoubleDouble(xp.clip(x, -most, most)) * factor
        shift = DoubleDouble(xp.asarray(float(offset))) * unit
        value, below = product + shift, product + (shift - unit)
        return cls(value, value.hi if float(offset) else x, x if float(offset) == 1 else below.hi, unit)

    def limited(self) -> Array:
        """Return the line clipped to [0, 1]."""
        y = xp.where(self.below > 0, 1.0, self.value.to_float() / self.unit)
        return xp.where(self.above <= 0, 0.0, y)


@activation(
    "0 if x <= -1 else (1 if x >= 1 else (x + 1)/2)",
    derivatives=("1/2 if -1 < x < 1 else 0", "0"),
    kinks=(Kink("-1", f="0", d1="0", d2="0"), Kink("1", f="1", d1="0", d2="0")),
    frameworks={
        "keras": FrameworkVariant(
            "keras.activations.sparse_sigmoid", at={"-1": (None, 0.25, None), "1": (None, 0.25, None)}
        ),
        "jax": FrameworkVariant(
            "jax.nn.sparse_sigmoid", at={"-1": (None, 0.25, None), "1": (None, 0.25, None)}
        ),
    },
    range="[0, 1]",
    monotone="non-decreasing",
    reference="Martins and Astudillo 2016, From Softmax to Sparsemax, arXiv:1602.02068",
)
def sparse_sigmoid(x: Array) -> Jet:
    """A steeper sigmoid of straight lines: (x + 1)/2 between 0 and 1."""
    yield xp.clip(x + 1, 0.0, 2.0) / 2
    yield propagate_nan(x, 0.5 * (abs(x) < 1))
    yield propagate_nan(x, 0.0)


@activation(
    "min_value if x < min_value else (max_value if x > max_value else x)",
    derivatives=("1 if min_value < x < max_value else 0", "0"),
    parameters=(
        Parameter("min_value", -1.0, "the smallest value", aliases=("min_val", "min")),
        Parameter("max_value", 1.0, "the largest value", aliases=("max_val", "max")),
    ),
    requires=("max_value >= min_value",),
    kinks=(
        Kink("min_value", f="min_value", d1="0", d2="0"),
        Kink("max_value", f="max_value", d1="0", d2="0"),
    ),
    aliases=("clip", "htanh", "relu-n1-to-1", "satlins"),
    presets={
        "relu-0-to-1": {"min_value": 0.0, "max_value": 1.0},
        "satlin": {"min_value": 0.0, "max_value": 1.0},
    },
    frameworks={
        "keras": FrameworkVariant(
            "keras.activations.hard_tanh",
            at={"min_value": (None, 1.0, None), "max_value": (None, 1.0, None)},
        ),
        "torch": FrameworkVariant("torch.nn.Hardtanh"),
        "jax": FrameworkVariant(
            "jax.nn.hard_tanh", at={"min_value": (None, 1.0, None), "max_value": (None, 1.0, None)}
        ),
        "onnx": FrameworkVariant(
            "Clip",
            defaults={"min_value": -1.7976931348623157e308, "max_value": 1.7976931348623157e308},
            note="no limits unless given: the least and the largest number",
        ),
    },
    range="[min_value, max_value]",
    monotone="non-decreasing",
    reference="Collobert 2004, Large Scale Machine Learning",
)
def hard_tanh(x: Array, min_value: float, max_value: float) -> Jet:
    """A tanh of straight lines: x between two limits."""
    yield xp.clip(x, min_value, max_value)
    yield propagate_nan(x, (x > min_value) & (x < max_value))
    yield propagate_nan(x, 0.0)


@activation(
    "0 if slope*x + offset <= 0 else x if slope*x + offset >= 1 else x*(slope*x + offset)",
    derivatives=(
        "0 if slope*x + offset <= 0 else 1 if slope*x + offset >= 1 else 2*slope*x + offset",
        "2*slope if 0 < slope*x + offset < 1 else 0",
    ),
    parameters=(_SIXTH, _OFFSET),
    requires=("slope > 0",),
    kinks=(
        Kink("-offset/slope", f="0", d1="0", d2="0"),
        Kink("(1 - offset)/slope", f="(1 - offset)/slope", d1="1", d2="0"),
    ),
    aliases=("hard-swish", "hswish"),
    frameworks={
        "keras": FrameworkVariant("keras.activations.hard_silu", note="f(-inf) is nan"),
        "torch": FrameworkVariant("torch.nn.Hardswish", note="f(-inf) is nan"),
        "jax": FrameworkVariant("jax.nn.hard_silu", note="f(-inf) is nan"),
        "onnx": FrameworkVariant(
            "HardSwish", defaults={"slope": 0.1666666716337204, "offset": 0.5}, note="its 1/6 is a float32"
        ),
    },
    range="[-0.375, inf)",
    monotone="no",
    reference="Howard et al. 2019, Searching for MobileNetV3, arXiv:1905.02244",
)
def hard_silu(x: Array, slope: float | Quotient, offset: float | Quotient) -> Jet:
    """A silu of straight lines and a parabola."""
    if isinstance(slope, Quotient) and isinstance(offset, Quotient):
        yield xp.clip(x, -3, xp.inf) * (
            xp.clip(-3 - x, -6, 0) / -6
        )  # -3 - x gives 0 on the left, x + 3 would give -0
        yield fixup((x + 1.5) / 3, abs(x) >= 3, lambda x: x > 0, x)
        yield propagate_nan(x, 1 / 3 * (abs(x) < 3))
        return
    line = _Line.of(x, slope, offset)
    low, high = line.above <= 0, line.below >= 0
    yield xp.where(low, 0.0, xp.where(high, x, x * (line.value.to_float() / line.unit)))
    twice = (line.value + (line.value - DoubleDouble(xp.asarray(float(offset))) * line.unit)).to_float()
    yield xp.where(low, 0.0, xp.where(high, 1.0, twice / line.unit))
    yield propagate_nan(x, 2 * float(slope) * ~(low | high))


@activation(
    "0 if x <= -2 else x if x >= 0 else x*(x + 2)/2",
    derivatives=("0 if x <= -2 else 1 if x >= 0 else x + 1", "1 if -2 < x < 0 else 0"),
    kinks=(Kink("-2", f="0", d1="0", d2="0"), Kink("0", f="0", d1="1", d2="0")),
    range="[-0.5, inf)",
    monotone="no",
    note="timm has -1 for f' at -2",
)
def hard_mish(x: Array) -> Jet:
    """A mish of straight lines and a parabola."""
    c = xp.clip(x, -2, 0)
    yield xp.where(x >= 0, x, c * ((c + 2) / 2)) + 0.0  # + 0.0: no negative zero
    yield fixup(x + 1, (x <= -2) | (x >= 0), lambda x: x > -1, x)
    yield propagate_nan(x, 1.0 * ((x > -2) & (x < 0)))
