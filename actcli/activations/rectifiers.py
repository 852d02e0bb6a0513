"""Rectifiers: two straight lines that meet at zero, or at a threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activations.record import FrameworkVariant, Kink, Parameter, activation
from actcli.numeric import blend, multiple, positive, propagate_nan, xp
from actcli.numeric.elementary import two_product, two_sum

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet


@activation(
    "max_value if x >= max_value else (x if x >= threshold else alpha*(x - threshold))",
    derivatives=("0 if x >= max_value else (1 if x > threshold else alpha)", "0"),
    parameters=(
        Parameter("alpha", 0.0, "slope of the negative side", aliases=("negative_slope",)),
        Parameter("max_value", None, "the largest value, unlimited unless given"),
        Parameter("threshold", 0.0, "from here on f is x"),
    ),
    kinks=(
        Kink("max_value", f="max_value", d1="0", d2="0"),
        Kink(
            "threshold",
            f="min(threshold, max_value)",
            d1="alpha if threshold < max_value else 0",
            d2="0",
        ),
    ),
    aliases=("poslin",),
    presets={"clipped-relu": {"max_value": None}},
    frameworks={
        "keras": FrameworkVariant(
            "keras.activations.relu",
            variant="relu-keras",
            at={"max_value": (None, 0.5, None), "threshold": (0.0, None, None)},
            note="nan becomes 0 if threshold is not 0",
        ),
        "keras2": FrameworkVariant("relu", at={"threshold": (0.0, None, None)}),
        "torch": FrameworkVariant("torch.nn.ReLU"),
        "jax": FrameworkVariant("jax.nn.relu"),
        "onnx": FrameworkVariant("Relu"),
        "numpy-ml": FrameworkVariant("ReLU"),
    },
    range="[0, inf)",
    monotone="non-decreasing",
    reference="Nair and Hinton 2010, Rectified Linear Units Improve Restricted Boltzmann Machines",
)
def relu(x: Array, alpha: float, max_value: float | None, threshold: float) -> Jet:
    """Zero below zero, x above."""
    if alpha == 0 and threshold == 0 and max_value is None:
        yield positive(x) + 0.0  # + 0.0: no negative zero
        yield propagate_nan(x, x > 0)
        yield propagate_nan(x, 0.0)
        return
    capped = x >= (xp.nan if max_value is None else max_value)  # nan caps nothing
    yield xp.where(capped, max_value or 0.0, xp.where(x >= threshold, x, multiple(alpha, x - threshold)))
    yield propagate_nan(x, xp.where(capped, 0.0, xp.where(x > threshold, 1.0, alpha)))
    yield propagate_nan(x, 0.0)


@activation(
    "alpha*(x - threshold) if x <= threshold else ("
    "max_value if x >= max_value else (max(x, 0) if max_value <= 1.7976931348623157e308 else x))",
    derivatives=(
        (
            "alpha if x <= threshold else ("
            "0 if x >= max_value else (sign(max(x, 0)) if max_value <= 1.7976931348623157e308 else 1))"
        ),
        "0",
    ),
    parameters=(
        Parameter("alpha", 0.0, "slope of the negative side", aliases=("negative_slope",)),
        Parameter("max_value", None, "the largest value, unlimited unless given"),
        Parameter("threshold", 0.0, "above this f is x"),
    ),
    requires=("max_value >= 0",),
    kinks=(
        Kink(
            "0",
            f="alpha*(0 - threshold) if threshold >= 0 else 0",
            d1="alpha if threshold >= 0 else (0 if max_value <= 1.7976931348623157e308 else 1)",
            d2="0",
        ),
        Kink("threshold", f="0", d1="alpha", d2="0"),
        Kink(
            "max_value",
            f="max_value if max_value > threshold else alpha*(max_value - threshold)",
            d1="0 if max_value > threshold else alpha",
            d2="0",
        ),
    ),
    frameworks={"keras": FrameworkVariant("keras.activations.relu")},
    range="[0, inf)",
    monotone="non-decreasing",
    variant_of="relu",
)
def relu_keras(x: Array, alpha: float, max_value: float | None, threshold: float) -> Jet:
    """The relu of Keras 3: a largest value also clips what is below zero."""
    low = x <= threshold
    limited, limit = max_value is not None, xp.inf if max_value is None else max_value
    yield xp.where(low, multiple(alpha, x - threshold), xp.clip(x, 0.0 if limited else -xp.inf, limit)) + 0.0
    yield propagate_nan(x, xp.where(low, alpha, ((x < limit) & (x > 0)) | (not limited)))
    yield propagate_nan(x, 0.0)


@activation(
    "0 if x <= 0 else (x if x < 6 else 6)",
    derivatives=("1 if 0 < x < 6 else 0", "0"),
    kinks=(Kink("0", f="0", d1="0", d2="0"), Kink("6", f="6", d1="0", d2="0")),
    frameworks={
        "keras": FrameworkVariant("keras.activations.relu6"),
        "keras2": FrameworkVariant("relu", note="with max_value=6"),
        "torch": FrameworkVariant("torch.nn.ReLU6"),
        "jax": FrameworkVariant("jax.nn.relu6"),
        "onnx": FrameworkVariant("Clip", note="with min=0, max=6"),
    },
    range="[0, 6]",
    monotone="non-decreasing",
    reference="Krizhevsky 2010, Convolutional Deep Belief Networks on CIFAR-10",
)
def relu6(x: Array) -> Jet:
    """A relu that stops at six."""
    yield xp.clip(x, 0.0, 6.0) + 0.0  # + 0.0: no negative zero
    yield propagate_nan(x, (x > 0) & (x < 6))
    yield propagate_nan(x, 0.0)


@activation(
    "x if x >= 0 else alpha*x",
    derivatives=("1 if x > 0 else alpha", "0"),
    parameters=(Parameter("alpha", 0.01, "slope of the negative side", aliases=("negative_slope",)),),
    kinks=(Kink("0", f="0", d1="alpha", d2="0"),),
    aliases=("lrelu",),
    frameworks={
        "keras": FrameworkVariant(
            "keras.activations.leaky_relu",
            defaults={"alpha": 0.2},
            at={"0": (None, 1.0, None)},
            note="0.3 in the layer LeakyReLU",
            layer=FrameworkVariant(
                "keras.layers.LeakyReLU",
                defaults={"alpha": 0.3},
                at={"0": (None, 1.0, None)},
                note="0.2 in keras.activations.leaky_relu",
            ),
        ),
        "keras2": FrameworkVariant("LeakyReLU", defaults={"alpha": 0.3}),
        "torch": FrameworkVariant("torch.nn.LeakyReLU"),
        "jax": FrameworkVariant("jax.nn.leaky_relu", at={"0": (None, 1.0, None)}),
        "onnx": FrameworkVariant(
            "LeakyRelu", defaults={"alpha": 0.009999999776482582}, note="0.01 as a float32"
        ),
        "numpy-ml": FrameworkVariant("LeakyReLU", defaults={"alpha": 0.3}, at={"0": (None, 1.0, None)}),
    },
    range="(-inf, inf)",
    monotone="increasing",
    reference="Maas, Hannun and Ng 2013, Rectifier Nonlinearities Improve Neural Network Acoustic Models",
)
def leaky_relu(x: Array, alpha: float) -> Jet:
    """A relu with a slope below zero."""
    return _leaky(x, alpha)


@activation(
    "x if x >= 0 else alpha*x",
    derivatives=("1 if x > 0 else alpha", "0"),
    parameters=(
        Parameter(
            "alpha",
            0.25,
            "slope of the negative side, or one for each column",
            aliases=("negative_slope",),
            per_column=True,
        ),
    ),
    kinks=(Kink("0", f="0", d1="alpha", d2="0"),),
    frameworks={
        "keras": FrameworkVariant("keras.layers.PReLU", defaults={"alpha": 0.0}, at={"0": (None, 0.0, None)}),
        "keras2": FrameworkVariant("PReLU", defaults={"alpha": 0.0}),
        "torch": FrameworkVariant("torch.nn.PReLU"),
        "onnx": FrameworkVariant("PRelu", required=("alpha",)),
    },
    range="(-inf, inf)",
    monotone="increasing",
    reference="He, Zhang, Ren and Sun 2015, Delving Deep into Rectifiers, arXiv:1502.01852",
)
def prelu(x: Array, alpha: Array | float) -> Jet:
    """A leaky relu whose slope was learned."""
    return _leaky(x, alpha)


@activation(
    "x if x >= 0 else (lower + upper)/2*x",
    derivatives=("1 if x > 0 else (lower + upper)/2", "0"),
    parameters=(
        Parameter("lower", 0.125, "smallest slope of the negative side"),
        Parameter("upper", 1 / 3, "largest slope of the negative side"),
    ),
    requires=("lower <= upper",),
    kinks=(Kink("0", f="0", d1="(lower + upper)/2", d2="0"),),
    frameworks={
        "torch": FrameworkVariant("torch.nn.RReLU", note="in evaluation; in training the slope is drawn")
    },
    range="(-inf, inf)",
    monotone="increasing",
    reference="Xu, Wang, Chen and Li 2015, arXiv:1505.00853",
)
def rrelu(x: Array, lower: float, upper: float) -> Jet:
    """A leaky relu with the mean of two slopes."""
    return _leaky(x, lower / 2 + upper / 2)  # halved first: the sum may overflow


@activation(
    "x if x > theta else 0",
    derivatives=("1 if x > theta else 0", "0"),
    parameters=(Parameter("theta", 1.0, "f is 0 up to here", aliases=("threshold", "alpha")),),
    kinks=(Kink("theta", f="0", d1="0", d2="0"),),
    aliases=("trelu",),
    frameworks={
        "keras2": FrameworkVariant("ThresholdedReLU"),
        "torch": FrameworkVariant("torch.nn.Threshold", note="with threshold=theta, value=0"),
        "onnx": FrameworkVariant("ThresholdedRelu", note="calls theta alpha"),
    },
    range="[0, inf)",
    monotone="non-decreasing",
    reference="Konda, Memisevic and Krueger 2014, arXiv:1402.3337",
)
def thresholded_relu(x: Array, theta: float) -> Jet:
    """Zero up to a threshold, x above it."""
    yield blend(x <= theta, 0.0, x)
    yield propagate_nan(x, x > theta)
    yield propagate_nan(x, 0.0)


@activation(
    "x if x >= theta else 0",
    derivatives=("1 if x > theta else 0", "0"),
    parameters=(Parameter("theta", 1.0, "f is 0 below", aliases=("threshold", "alpha")),),
    kinks=(Kink("theta", f="theta", d1="0", d2="0"),),
    range="[0, inf)",
    monotone="non-decreasing",
    variant_of="thresholded-relu",
)
def thresholded_relu_inclusive(x: Array, theta: float) -> Jet:
    """The thresholded relu of Core ML: x also at the threshold."""
    yield blend(x < theta, 0.0, x)
    yield propagate_nan(x, x > theta)
    yield propagate_nan(x, 0.0)


@activation(
    "x if x > threshold else value",
    derivatives=("1 if x > threshold else 0", "0"),
    parameters=(
        Parameter("threshold", 0.0, "f is the value up to here"),
        Parameter("value", 0.0, "what stands below the threshold", aliases=("default_value",)),
    ),
    kinks=(Kink("threshold", f="value", d1="0", d2="0"),),
    frameworks={
        "keras": FrameworkVariant("keras.activations.threshold", required=("threshold", "value")),
        "torch": FrameworkVariant("torch.nn.Threshold", required=("threshold", "value")),
    },
    range="[0, inf)",
    monotone="non-decreasing",
)
def threshold(x: Array, threshold: float, value: float) -> Jet:
    """A fixed value up to a threshold, x above it."""
    yield blend(x <= threshold, value, x)
    yield propagate_nan(x, x > threshold)
    yield propagate_nan(x, 0.0)


@activation(
    "x*x if x > 0 else 0",
    derivatives=("2*x if x > 0 else 0", "2 if x > 0 else 0"),
    kinks=(Kink("0", f="0", d1="0", d2="0"),),
    aliases=("squared-relu", "relu-squared", "sqrelu"),
    range="[0, inf)",
    monotone="non-decreasing",
    reference="So et al. 2021, Primer: Searching for Efficient Transformers for Language Modeling, "
    "arXiv:2109.08668",
)
def relu2(x: Array) -> Jet:
    """The square of relu."""
    p = positive(x) + 0.0  # + 0.0: no negative zero
    yield p * p
    yield 2 * p
    yield propagate_nan(x, 2.0 * (x > 0))


@activation(
    "scale*x*x + bias if x > 0 else bias",
    derivatives=("2*scale*x if x > 0 else 0", "2*scale if x > 0 else 0"),
    parameters=(
        Parameter("scale", 0.8944, "of the square"),
        Parameter("bias", -0.4472, "the value at 0"),
    ),
    requires=("scale > 0",),
    kinks=(Kink("0", f="bias", d1="0", d2="0"),),
    range="[bias, inf)",
    monotone="non-decreasing",
    reference="Yu et al. 2022, MetaFormer Baselines for Vision, arXiv:2210.13452",
    note="scale and bias are the paper's, for mean 0 and variance 1; models learn their own, from 1 and 0 in "
    "timm",
)
def star_relu(x: Array, scale: float, bias: float) -> Jet:
    """A squared relu, scaled and shifted."""
    p = positive(x) + 0.0
    t, t_rest = two_product(p, scale)
    u, u_rest = two_product(t, p)
    y, rest = two_sum(u, bias)
    low = rest + (u_rest + t_rest * p)
    yield xp.where(xp.isfinite(low), y + low, u + bias)
    yield 2 * t
    yield propagate_nan(x, 2 * scale * (x > 0))


def _leaky(x: Array, slope: Array | float) -> Jet:
    """Yield the orders of x for x >= 0, else slope * x."""
    y = multiple(slope, x)
    yield xp.maximum(x, y) if xp.all(slope <= 1) else xp.where(x >= 0, x, y)
    yield propagate_nan(x, blend(x > 0, 1.0, slope))
    yield propagate_nan(x, 0.0)
