"""Swishes: x times a smooth step, and other smooth curves with a dip or a wave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activation import Parameter, Peer, activation
from actcli.numeric import mills, xp

if TYPE_CHECKING:
    from actcli.activation import Jet
    from actcli.numeric import Array

_GELU_PAPER = "Hendrycks and Gimpel 2016, Gaussian Error Linear Units (GELUs), arXiv:1606.08415"
_NAN = "nan at -inf"


@activation(
    "x/(1 + exp(-beta*x))",
    derivatives=(
        "sigmoid(beta*x)*(1 + beta*x*sigmoid(-beta*x))",
        "beta*sigmoid(beta*x)*sigmoid(-beta*x)*(2 - beta*x*tanh(beta*x/2))",
    ),
    parameters=(Parameter("beta", 1.0, "sharpness of the step", aliases=("alpha",)),),
    aliases=("swish",),
    frameworks={
        "keras": Peer("keras.activations.silu", note=_NAN),
        "torch": Peer("torch.nn.SiLU", note=_NAN),
        "jax": Peer("jax.nn.silu", note=_NAN),
        "onnx": Peer("Swish", note="its alpha is our beta"),
    },
    range="[-0.2784645427610738/beta, inf)",
    monotone="no",
    reference="Elfwing, Uchibe and Doya 2017, Sigmoid-Weighted Linear Units, arXiv:1702.03118",
)
def silu(x: Array, beta: float) -> Jet:
    """The input times its sigmoid."""
    t = beta * x
    e = xp.exp(-abs(t))
    s = xp.where(t < 0, e, 1) / (1 + e)
    s_mirrored = xp.where(t < 0, 1, e) / (1 + e)
    yield x * s
    yield s * (1 + t * s_mirrored)
    yield beta * s * s_mirrored * (2 - t * xp.tanh(t / 2))


@activation(
    "x/(1 + exp(-1.702*x))",
    derivatives=(
        "sigmoid(1.702*x)*(1 + 1.702*x*sigmoid(-1.702*x))",
        "1.702*sigmoid(1.702*x)*sigmoid(-1.702*x)*(2 - 1.702*x*tanh(1.702*x/2))",
    ),
    range="[-0.16361018963635358, inf)",
    monotone="no",
    reference=_GELU_PAPER,
)
def quick_gelu(x: Array) -> Jet:
    """A quick approximation of gelu: silu with beta = 1.702."""
    yield from silu.jet(x, 1.702)


@activation(
    "x*tanh(log1p(exp(x)))",
    derivatives=(
        "tanh(softplus(x)) + x*sech(softplus(x))**2*sigmoid(x)",
        "sech(softplus(x))**2*sigmoid(x)*(2 + x*(sigmoid(-x) - 2*tanh(softplus(x))*sigmoid(x)))",
    ),
    frameworks={
        "keras": Peer("keras.activations.mish", note=_NAN),
        "torch": Peer("torch.nn.Mish", note=_NAN),
        "jax": Peer("jax.nn.mish", note=_NAN),
        "onnx": Peer("Mish"),
    },
    range="[-0.3088434130172504, inf)",
    monotone="no",
    reference="Misra 2019, Mish: A Self Regularized Non-Monotonic Activation Function, arXiv:1908.08681",
)
def mish(x: Array) -> Jet:
    """The input times the tanh of its softplus."""
    q = xp.exp(-abs(x))
    negative = x < 0
    n = xp.where(negative, q * (q + 2), 1 + 2 * q)
    d = n + xp.where(negative, 2, 2 * q * q)
    w1 = 4 * q * (1 + q) * xp.where(negative, 1, q) / d**2
    w2 = (
        xp.where(
            negative,
            4 * q * (2 + q * (2 - q * (3 + 2 * q))),
            4 * q * q * (q * (q * (2 * q + 2) - 3) - 2),
        )
        / d**3
    )
    yield x * (n / d)
    yield n / d + x * w1
    yield 2 * w1 + x * w2


@activation(
    "x*Phi(x)",
    derivatives=("Phi(x) + x*phi(x)", "phi(x)*(2 - x*x)"),
    frameworks={
        "keras": Peer("keras.activations.gelu", note=_NAN),
        "torch": Peer("torch.nn.GELU", note=f"{_NAN}; no digits below -8"),
        "jax": Peer("jax.nn.gelu", variant="gelu-tanh", note="exact with approximate=False"),
        "onnx": Peer("Gelu"),
        "numpy-ml": Peer("GELU", variant="gelu-tanh", note="ignores its argument approximate"),
    },
    range="[-0.16997120747990368, inf)",
    monotone="no",
    reference=_GELU_PAPER,
)
def gelu(x: Array) -> Jet:
    """The input times the normal distribution's probability below it."""
    c = xp.clip(x, -39, 39)
    phi = xp.exp(-c * c / 2) / xp.sqrt(2 * xp.pi)
    tail = mills(abs(c)) * phi
    cdf = xp.where(x < 0, tail, 1 - tail)
    yield xp.maximum(x, -39) * cdf
    yield cdf + c * phi
    yield phi * (2 - c * c)


_W = "2*sqrt(2/pi)*(x + 0.044715*x**3)"
_W1 = "2*sqrt(2/pi)*(1 + 3*0.044715*x**2)"
_W2 = "12*sqrt(2/pi)*0.044715*x"


@activation(
    "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2",
    derivatives=(
        f"sigmoid({_W})*(1 + x*{_W1}*sigmoid(-{_W}))",
        f"sigmoid({_W})*sigmoid(-{_W})*(2*{_W1} + x*{_W2} - x*({_W1})**2*tanh({_W}/2))",
    ),
    aliases=("gelu-new", "gelu-approximate"),
    frameworks={
        "keras": Peer("keras.activations.gelu(approximate=True)", note=_NAN),
        "torch": Peer("torch.nn.GELU(approximate='tanh')", note=_NAN),
        "jax": Peer("jax.nn.gelu", note=_NAN),
        "onnx": Peer("Gelu(approximate='tanh')"),
        "numpy-ml": Peer("GELU", note="its second derivative is wrong everywhere"),
    },
    range="[-0.17004075057125405, inf)",
    monotone="no",
    reference=_GELU_PAPER,
)
def gelu_tanh(x: Array) -> Jet:
    """The approximation of gelu by tanh, used where erf was dear."""
    c = xp.clip(x, -60, 60)
    w = 2 * xp.sqrt(2 / xp.pi) * (c + 0.044715 * c**3)
    w1 = 2 * xp.sqrt(2 / xp.pi) * (1 + 3 * 0.044715 * c**2)
    w2 = 12 * xp.sqrt(2 / xp.pi) * 0.044715 * c
    e = xp.exp(-abs(w))
    s = xp.where(x < 0, e, 1) / (1 + e)
    s_mirrored = xp.where(x < 0, 1, e) / (1 + e)
    yield xp.maximum(x, -60) * s
    yield s * (1 + c * w1 * s_mirrored)
    yield s * s_mirrored * (2 * w1 + c * w2 - c * w1**2 * xp.tanh(w / 2))


@activation(
    "x*tanh(x)",
    derivatives=("tanh(x) + x*sech(x)**2", "2*sech(x)**2*(1 - x*tanh(x))"),
    range="[0, inf)",
    monotone="no",
    reference="Roy et al. 2019, LiSHT: Non-Parametric Linearly Scaled Hyperbolic Tangent, arXiv:1901.05894",
)
def lisht(x: Array) -> Jet:
    """The input times its tanh."""
    t = xp.tanh(x)
    e = xp.exp(-2 * abs(x))
    c = xp.clip(x, -800, 800)
    sech_squared = 4 * e / (1 + e) ** 2
    yield x * t
    yield t + c * sech_squared
    yield 2 * sech_squared * (1 - c * t)


@activation(
    "x + (1 - cos(2*frequency*x))/(2*frequency)",
    derivatives=("1 + sin(2*frequency*x)", "2*frequency*cos(2*frequency*x)"),
    parameters=(Parameter("frequency", 1.0, "of the wave"),),
    requires=("frequency != 0",),
    range="(-inf, inf)",
    monotone="non-decreasing",
    reference="Ziyin, Hartwig and Ueda 2020, Neural Networks Fail to Learn Periodic Functions, "
    "arXiv:2006.08195",
)
def snake(x: Array, frequency: float) -> Jet:
    """The input plus a wave."""
    t = frequency * x
    yield x + xp.sin(t) ** 2 / frequency
    yield 1 + xp.sin(2 * t)
    yield 2 * frequency * xp.cos(2 * t)
