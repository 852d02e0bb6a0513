"""Hard sigmoids: a straight line between two limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activations.linear import line
from actcli.activations.record import FrameworkVariant, Kink, Parameter, activation
from actcli.numeric import xp
from actcli.numeric.arrays import fixup, propagate_nan

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet

_FIFTH, _SIXTH = 0.20000000298023224, 0.16666667163372040  # numpy.float32(0.2), numpy.float32(1/6)
_FIFTH_BEND, _SIXTH_BEND = 2.499999962747098, 2.9999999105930355
"""The smallest float64 above 1/(2 _FIFTH) and 1/(2 _SIXTH), where the lines end: those are no float64."""


@activation(
    "0 if x <= -5/2 else (1 if x >= 5/2 else x/5 + 1/2)",
    derivatives=("1/5 if -5/2 <= x <= 5/2 else 0", "0"),
    kinks=(Kink("-2.5", f="0", d1="1/5", d2="0"), Kink("2.5", f="1", d1="1/5", d2="0")),
    frameworks={
        "keras": FrameworkVariant("keras.activations.hard_sigmoid", variant="hard-sigmoid-relu6"),
        "keras2": FrameworkVariant("hard_sigmoid"),
        "torch": FrameworkVariant("torch.nn.Hardsigmoid", variant="hard-sigmoid-relu6"),
        "jax": FrameworkVariant("jax.nn.hard_sigmoid", variant="hard-sigmoid-relu6"),
        "onnx": FrameworkVariant(
            "HardSigmoid",
            variant="hard-sigmoid-onnx",
            note="its 0.2 is a float32; alpha and beta may differ",
        ),
        "numpy-ml": FrameworkVariant("HardSigmoid"),
    },
    range="[0, 1]",
    monotone="non-decreasing",
    reference="Courbariaux, Bengio and David 2015, BinaryConnect, arXiv:1511.00363",
)
def hard_sigmoid(x: Array) -> Jet:
    """A sigmoid of straight lines: x/5 + 1/2 between 0 and 1."""
    yield xp.clip(x + 2.5, 0.0, 5.0) / 5  # not x/5 + 0.5: that has no digits near -2.5
    yield propagate_nan(x, 0.2 * (abs(x) <= 2.5))
    yield propagate_nan(x, 0.0)


@activation(
    "0 if x <= -2.499999962747098 else (1 if x >= 2.499999962747098 else 0.20000000298023224*x + 1/2)",
    derivatives=("0 if abs(x) >= 2.499999962747098 else 0.20000000298023224", "0"),
    frameworks={"onnx": FrameworkVariant("HardSigmoid")},
    range="[0, 1]",
    monotone="non-decreasing",
    hidden=True,
)
def hard_sigmoid_onnx(x: Array) -> Jet:
    """The hard sigmoid of ONNX: x/5 + 1/2 with a float32 for 1/5."""
    yield xp.clip(line(x, _FIFTH, 0.5), 0.0, 1.0)
    yield propagate_nan(x, _FIFTH * (abs(x) < _FIFTH_BEND))
    yield propagate_nan(x, 0.0)


@activation(
    "0 if x <= -3 else (1 if x >= 3 else x/6 + 1/2)",
    derivatives=("1/6 if -3 < x < 3 else 0", "0"),
    kinks=(Kink("-3", f="0", d1="0", d2="0"), Kink("3", f="1", d1="0", d2="0")),
    frameworks={
        "keras": FrameworkVariant("keras.activations.hard_sigmoid"),
        "torch": FrameworkVariant("torch.nn.Hardsigmoid", note="no second derivative; its 1/6 is a float32"),
        "jax": FrameworkVariant("jax.nn.hard_sigmoid"),
    },
    range="[0, 1]",
    monotone="non-decreasing",
    reference="Howard et al. 2019, Searching for MobileNetV3, arXiv:1905.02244",
    hidden=True,
)
def hard_sigmoid_relu6(x: Array) -> Jet:
    """The hard sigmoid of PyTorch, JAX and Keras 3: x/6 + 1/2 between 0 and 1."""
    yield xp.clip(x + 3, 0.0, 6.0) / 6
    yield propagate_nan(x, 1 / 6 * (abs(x) < 3))
    yield propagate_nan(x, 0.0)


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
    aliases=("clip",),
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
    "0 if x <= -3 else x if x >= 3 else x*(x + 3)/6",
    derivatives=("0 if x <= -3 else 1 if x >= 3 else (2*x + 3)/6", "1/3 if -3 < x < 3 else 0"),
    kinks=(Kink("-3", f="0", d1="0", d2="0"), Kink("3", f="3", d1="1", d2="0")),
    aliases=("hard-swish",),
    frameworks={
        "keras": FrameworkVariant("keras.activations.hard_silu", note="f(-inf) is nan"),
        "torch": FrameworkVariant("torch.nn.Hardswish", note="f(-inf) is nan"),
        "jax": FrameworkVariant("jax.nn.hard_silu", note="f(-inf) is nan"),
        "onnx": FrameworkVariant("HardSwish", variant="hard-silu-onnx", note="its 1/6 is a float32"),
    },
    range="[-0.375, inf)",
    monotone="no",
    reference="Howard et al. 2019, Searching for MobileNetV3, arXiv:1905.02244",
)
def hard_silu(x: Array) -> Jet:
    """A silu of straight lines and a parabola."""
    yield xp.clip(x, -3, xp.inf) * (
        xp.clip(-3 - x, -6, 0) / -6
    )  # -3 - x gives 0 on the left, x + 3 would give -0
    yield fixup((x + 1.5) / 3, abs(x) >= 3, lambda x: x > 0, x)
    yield propagate_nan(x, 1 / 3 * (abs(x) < 3))


@activation(
    "0 if x <= -2.9999999105930355 else x if x >= 2.9999999105930355 else x*(0.1666666716337204*x + 1/2)",
    derivatives=(
        "0 if x <= -2.9999999105930355 else 1 if x >= 2.9999999105930355 else 2*0.1666666716337204*x + 1/2",
        "0 if abs(x) >= 2.9999999105930355 else 2*0.1666666716337204",
    ),
    frameworks={"onnx": FrameworkVariant("HardSwish")},
    range="[-0.37499998882412944, inf)",
    monotone="no",
    hidden=True,
)
def hard_silu_onnx(x: Array) -> Jet:
    """The hard silu of ONNX: a parabola with a float32 for 1/6."""
    far = abs(x) >= _SIXTH_BEND
    y = xp.clip(x, -_SIXTH_BEND, xp.inf) * xp.clip(line(x, _SIXTH, 0.5), 0.0, 1.0)
    yield y + 0.0  # + 0.0: no negative zero
    yield fixup(line(x, 2 * _SIXTH, 0.5), far, lambda x: x > 0, x)
    yield propagate_nan(x, 2 * _SIXTH * ~far)


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
