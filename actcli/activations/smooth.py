"""Smooth relatives of relu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activation import Kink, Parameter, Peer, activation
from actcli.numeric import exp_of, logistic, one_plus_squared, patched, product, scaled_exp, xp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.activation import Jet
    from actcli.numeric import Array


@activation(
    "log1p(exp(beta*x))/beta",
    derivatives=("1/(1 + exp(-beta*x))", "beta*exp(-abs(beta*x))/(1 + exp(-abs(beta*x)))**2"),
    parameters=(Parameter("beta", 1.0, "sharpness of the bend"),),
    requires=("beta > 0",),
    frameworks={
        "keras": Peer("keras.activations.softplus"),
        "keras2": Peer("softplus"),
        "torch": Peer("torch.nn.Softplus", variant="softplus-torch", note="x itself where beta x > 20"),
        "jax": Peer("jax.nn.softplus"),
        "onnx": Peer("Softplus"),
        "numpy-ml": Peer("SoftPlus", note="inf from 709.8 on"),
    },
    range="(0, inf)",
    monotone="increasing",
    reference="Dugas et al. 2001, Incorporating Second-Order Functional Knowledge for Better Option Pricing",
)
def softplus(x: Array, beta: float) -> Jet:
    """A smooth relu."""
    yield from _softplus(x, beta)


def _softplus(x: Array, beta: float) -> Iterator[Array]:
    t, rest = product(x, beta)
    a, rest_a = abs(t), xp.copysign(1, t) * rest
    e = exp_of(-a, -rest_a)
    y = xp.maximum(x, 0) + xp.log1p(e) / beta
    yield patched(y, t < -700, lambda: scaled_exp(1 / beta, t, rest))
    yield logistic(t, rest)
    yield scaled_exp(beta, -a, -rest_a) / one_plus_squared(e)


@activation(
    "x if beta*x > threshold else log1p(exp(beta*x))/beta",
    derivatives=(
        "1 if beta*x > threshold else 1/(1 + exp(-beta*x))",
        "0 if beta*x >= threshold else beta*exp(-abs(beta*x))/(1 + exp(-abs(beta*x)))**2",
    ),
    parameters=(
        Parameter("beta", 1.0, "sharpness of the bend"),
        Parameter("threshold", 20.0, "from this beta x on the result is x itself"),
    ),
    requires=("beta > 0",),
    kinks=(
        Kink(
            "threshold/beta",
            f="log1p(exp(threshold))/beta",
            d1="1/(1 + exp(-threshold))",
            d2="0",
        ),
    ),
    frameworks={"torch": Peer("torch.nn.Softplus")},
    range="(0, inf)",
    monotone="no",
    hidden=True,
)
def softplus_torch(x: Array, beta: float, threshold: float) -> Jet:
    """The smooth relu of PyTorch: x itself beyond a threshold."""
    t, rest = product(x, beta)
    over = (t - threshold) + rest
    f, d1, d2 = _softplus(x, beta)
    yield xp.where(over > 0, x, f)
    yield xp.where(over > 0, 1, d1)
    yield xp.where(over >= 0, 0, d2)


@activation(
    "(x + sqrt(x*x + b))/2",
    derivatives=("(1 + x/sqrt(x*x + b))/2", "b/(2*(x*x + b)*sqrt(x*x + b))"),
    parameters=(Parameter("b", 4.0, "width of the bend; 0 gives relu"),),
    requires=("b >= 0",),
    frameworks={
        "keras": Peer("keras.activations.squareplus"),
        "jax": Peer("jax.nn.squareplus"),
    },
    range="(0, inf)",
    monotone="increasing",
    reference="Barron 2021, Squareplus: A Softplus-Like Algebraic Rectifier, arXiv:2112.11687",
)
def squareplus(x: Array, b: float) -> Jet:
    """A smooth relu of roots alone, without exp."""
    a = abs(x)
    square = x * x + b
    r = _radius(x, b)
    q = 0.5 * (b / (r + a))
    q = patched(q, a > 8e307, lambda: 0.25 * (b / (0.5 * r + 0.5 * a)))  # where r + a may overflow
    yield xp.maximum(x, 0) + q  # never x + r, which cancels
    q /= r
    yield patched(
        xp.where(x < -0.5 * r, q, 0.5 + 0.5 * (x / r)), xp.isinf(x), lambda: xp.where(x > 0, 1.0, 0.0)
    )
    half = 0.5 * b
    yield patched(half / square / r, (square < 1e-280) | (square > 1e300), lambda: half / r / r / r)


def _radius(x: Array, b: float) -> Array:
    """Find sqrt(x^2 + b), by the slower hypot where squares leave the range; 1 instead of 0 (b = 0)."""
    far = abs(x) > (1e150 if b > 1e-280 else 0)
    r = patched(xp.sqrt(x * x + b), far, lambda: xp.hypot(x, xp.sqrt(b)))
    return patched(r, r == 0, lambda: 1.0)


@activation(
    "0 if x <= -1 else x if x >= 1 else (x + 1)**2/4",
    derivatives=("0 if x <= -1 else 1 if x >= 1 else (x + 1)/2", "1/2 if -1 < x < 1 else 0"),
    kinks=(Kink("-1", f="0", d1="0", d2="0"), Kink("1", f="1", d1="1", d2="0")),
    frameworks={
        "keras": Peer("keras.activations.sparse_plus"),
        "jax": Peer("jax.nn.sparse_plus", note="its derivative at +-inf is nan"),
    },
    range="[0, inf)",
    monotone="non-decreasing",
    reference="Blondel, Martins and Niculae 2019, Learning with Fenchel-Young Losses, arXiv:1901.02324",
)
def sparse_plus(x: Array) -> Jet:
    """A relu whose bend is a parabola."""
    c = xp.clip(x, -1, 1)
    h = (c + 1) / 2
    yield xp.maximum(x, h * h)  # x is a tangent of the parabola
    yield h
    yield 0.5 * (abs(x) < 1) + 0 * abs(c)


@activation(
    "0 if x <= -3 else x if x >= 3 else x*(x + 3)/6",
    derivatives=("0 if x <= -3 else 1 if x >= 3 else (2*x + 3)/6", "1/3 if -3 < x < 3 else 0"),
    kinks=(Kink("-3", f="0", d1="0", d2="0"), Kink("3", f="3", d1="1", d2="0")),
    aliases=("hard-swish",),
    frameworks={
        "keras": Peer("keras.activations.hard_silu"),
        "torch": Peer("torch.nn.Hardswish", note="f(-inf) is nan"),
        "jax": Peer("jax.nn.hard_silu", note="f(-inf) is nan"),
        "onnx": Peer("HardSwish", note="its 1/6 is a float32"),
    },
    range="[-0.375, inf)",
    monotone="no",
    reference="Howard et al. 2019, Searching for MobileNetV3, arXiv:1905.02244",
)
def hard_silu(x: Array) -> Jet:
    """A silu of straight lines and a parabola."""
    yield xp.maximum(x, -3) * (xp.clip(-3 - x, -6, 0) / -6)  # -3 - x: so that the left side is 0, not -0
    inside = abs(x) < 3
    c = xp.clip(x, -3, 3)
    yield (c + 1.5) / 3 * inside + (x >= 3)
    yield inside / 3 + 0 * abs(c)
