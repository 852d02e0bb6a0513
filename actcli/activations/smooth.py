"""Smooth relatives of relu and other smooth curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activations.record import ALL_ORDERS, FrameworkVariant, Kink, Parameter, activation
from actcli.activations.swishes import silu_d2
from actcli.numeric import xp
from actcli.numeric.arrays import blend, fixup, positive
from actcli.numeric.compensated import exp_of, product, rest_of_abs, scaled_exp, two_sum
from actcli.numeric.special import logistic, one_plus_squared

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet


@activation(
    "log1p(exp(beta*x))/beta",
    derivatives=("1/(1 + exp(-beta*x))", "beta*exp(-abs(beta*x))/(1 + exp(-abs(beta*x)))**2"),
    parameters=(Parameter("beta", 1.0, "sharpness of the bend"),),
    requires=("beta > 0",),
    frameworks={
        "keras": FrameworkVariant("keras.activations.softplus"),
        "keras2": FrameworkVariant("softplus"),
        "torch": FrameworkVariant(
            "torch.nn.Softplus", variant="softplus-torch", note="x itself where beta x > 20"
        ),
        "jax": FrameworkVariant("jax.nn.softplus"),
        "onnx": FrameworkVariant("Softplus"),
        "numpy-ml": FrameworkVariant("SoftPlus", note="inf from 709.8 on"),
    },
    range="(0, inf)",
    monotone="increasing",
    reference="Dugas et al. 2001, Incorporating Second-Order Functional Knowledge for Better Option Pricing",
)
def softplus(x: Array, beta: float, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """A smooth relu."""
    t, rest = product(x, beta)
    if 0 in orders:
        e = exp_of(-abs(t), -rest_of_abs(t, rest))
        log = xp.log1p(e)
        y = positive(x) + (log if beta == 1 else log / beta)
        yield fixup(y, t < -700, scaled_exp, 1 / beta, t, rest)
    else:
        yield None
    yield logistic(t, rest)
    a, rest = abs(t), rest_of_abs(t, rest)
    yield scaled_exp(beta, -a, -rest) / one_plus_squared(exp_of(-a, -rest))


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
    frameworks={"torch": FrameworkVariant("torch.nn.Softplus")},
    range="(0, inf)",
    monotone="no",
    hidden=True,
)
def softplus_torch(x: Array, beta: float, threshold: float) -> Jet:
    """The smooth relu of PyTorch: x itself beyond a threshold."""
    t, rest = product(x, beta)
    over = (t - threshold) + rest
    f, d1, d2 = softplus.jet(x, beta)
    for straight, curve, beyond in ((x, f, over > 0), (1.0, d1, over > 0), (0.0, d2, over >= 0)):
        yield xp.where(beyond, straight, xp.asarray(curve))


@activation(
    "(x + sqrt(x*x + b))/2",
    derivatives=("(1 + x/sqrt(x*x + b))/2", "b/(2*(x*x + b)*sqrt(x*x + b))"),
    parameters=(Parameter("b", 4.0, "width of the bend; 0 gives relu"),),
    requires=("b >= 0",),
    frameworks={
        "keras": FrameworkVariant("keras.activations.squareplus"),
        "jax": FrameworkVariant("jax.nn.squareplus"),
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
    q = fixup(q, a > 8e307, lambda a, r: 0.25 * (b / (0.5 * r + 0.5 * a)), a, r)  # r + a may overflow
    yield positive(x) + q  # never x + r, which cancels
    odd = (square < 1e-280) | (square > 1e300)
    slope = fixup(0.5 * (b / (square + a * r)), odd, lambda q, r: q / r, q, r)
    slope = xp.where(x < -0.5 * r, slope, 0.5 + 0.5 * (x / r))
    yield fixup(slope, xp.isinf(x), lambda x: xp.where(x > 0, 1.0, 0.0), x)
    yield fixup(0.5 * b / square / r, odd, lambda r: 0.5 * b / r / r / r, r)


def _radius(x: Array, b: float) -> Array:
    """Return sqrt(x^2 + b), by the slower hypot where x^2 leaves the range, and 1 instead of 0."""
    far = abs(x) > (1e150 if b > 1e-280 else 0)
    r = fixup(xp.sqrt(x * x + b), far, lambda x: xp.hypot(x, b**0.5), x)
    return fixup(r, r == 0, lambda: 1.0)


@activation(
    "0 if x <= -1 else x if x >= 1 else (x + 1)**2/4",
    derivatives=("0 if x <= -1 else 1 if x >= 1 else (x + 1)/2", "1/2 if -1 < x < 1 else 0"),
    kinks=(Kink("-1", f="0", d1="0", d2="0"), Kink("1", f="1", d1="1", d2="0")),
    frameworks={
        "keras": FrameworkVariant("keras.activations.sparse_plus"),
        "jax": FrameworkVariant("jax.nn.sparse_plus", note="its derivative at +-inf is nan"),
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
    "x*tanh(x)",
    derivatives=("tanh(x) + x*sech(x)**2", "2*sech(x)**2*(1 - x*tanh(x))"),
    range="[0, inf)",
    monotone="no",
    reference="Roy et al. 2019, LiSHT: Non-Parametric Linearly Scaled Hyperbolic Tangent, arXiv:1901.05894",
)
def lisht(x: Array) -> Jet:
    """The input times its tanh."""
    t = xp.tanh(x)
    yield x * t
    c = xp.clip(x, -800, 800)
    e = xp.exp(-2 * abs(c))
    yield t + 4 * c * (e / one_plus_squared(e))
    yield silu_d2(4.0, 2 * x, 0.0)  # x tanh(x) = silu(2 x) - x


_EIGHTH_TURN = (0.7853981633974483, 3.061616997868383e-17)  # float(mp.pi/4), mp.pi/4 - float(mp.pi/4)


@activation(
    "x + (1 - cos(2*frequency*x))/(2*frequency)",
    derivatives=("1 + sin(2*frequency*x)", "2*frequency*cos(2*frequency*x)"),
    parameters=(Parameter("frequency", 1.0, "of the wave"),),
    requires=("frequency != 0",),
    range="(-inf, inf)",
    monotone="non-decreasing",
    reference="Ziyin, Hartwig and Ueda 2020, Neural Networks Fail to Learn Periodic Functions, "
    "arXiv:2006.08195",
    note="within 4 ulp of its largest term, for |x| up to 1e5",
)
def snake(x: Array, frequency: float) -> Jet:
    """The input plus a wave."""
    t, rest = product(x, frequency, significant_below=1e300)
    s = xp.sin(t) + rest * xp.cos(t)
    yield fixup(x + s * s / frequency, xp.isinf(x), xp.positive, x)
    u, low = two_sum(t, _EIGHTH_TURN[0])
    s = xp.sin(u) + (low + (rest + _EIGHTH_TURN[1])) * xp.cos(u)
    sine, cosine = xp.sin(2 * t), xp.cos(2 * t)
    wave = sine + 2 * rest * cosine
    yield blend(wave < -0.5, 2 * s * s, 1 + wave)  # the sum would cancel there; elsewhere 1 is 1
    yield 2 * frequency * (cosine - 2 * rest * sine)
