"""Smooth relatives of relu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activation import Kink, Parameter, Peer, activation
from actcli.numeric import xp

if TYPE_CHECKING:
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
    t = beta * x
    e = xp.exp(-abs(t))
    yield (xp.maximum(t, 0) + xp.log1p(e)) / beta
    yield xp.where(t < 0, e, 1) / (1 + e)
    yield beta * e / (1 + e) ** 2


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
    jet = softplus.jet(x, beta)
    t = beta * x
    yield xp.where(t > threshold, x, next(jet))
    yield xp.where(t > threshold, 1, next(jet))
    yield xp.where(t >= threshold, 0, next(jet))


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
    r = xp.hypot(x, xp.sqrt(b))
    yield xp.where(x < 0, b / 2 / (r + a), (r + a) / 2)
    yield xp.where(x < 0, b / 2 / r / (r + a), (1 + a / r) / 2)
    yield b / 2 / r / r / r


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
    yield xp.where(x > 1, x, (c + 1) ** 2 / 4)
    yield (c + 1) / 2
    yield xp.where(abs(x) < 1, 0.5, 0 * c)


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
    c = xp.clip(x, -3, 3)
    yield xp.where(x > 3, x, c * (c + 3) / 6)
    yield xp.where(x >= 3, 1, xp.where(x <= -3, 0, (c + 1.5) / 3))
    yield xp.where(abs(x) < 3, 1 / 3, 0 * c)
