"""Smooth relatives of relu and other smooth curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activations.record import ALL_ORDERS, FrameworkVariant, Kink, Parameter, activation
from actcli.activations.sigmoids import algebraic, tanh
from actcli.activations.swishes import silu_d2
from actcli.numeric import double_double, fixup, positive, xp
from actcli.numeric.elementary import (
    Root,
    exp_of,
    horner,
    logistic,
    near_root,
    one_plus_squared,
    product,
    rest_of_abs,
    scaled_exp,
)

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet


@activation(
    "log1p(exp(beta*x))/beta",
    derivatives=("1/(1 + exp(-beta*x))", "beta*exp(-abs(beta*x))/(1 + exp(-abs(beta*x)))**2"),
    parameters=(Parameter("beta", 1.0, "sharpness of the bend"),),
    requires=("beta > 0",),
    aliases=("soft-relu",),
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
    variant_of="softplus",
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


_HUGE = 1.7976931348623157e308
_SOFTPLUS_OVER_EXP = (
    1.0, -0.49999999999999933, 0.3333333333331658, -0.24999999998274908, 0.19999999907057278,
    -0.16666663657324923, 0.1428565090088029, -0.12499088804199904, 0.11101910973986834,
    -0.09933786098643095, 0.08750082532109564, -0.07087561579612868, 0.0451267596272632, -0.01591547462216314,
)  # fmt: skip
"""log1p(e)/e as a polynomial of e from 0 to 1/4."""
_ROOT_BEND = Root(
    (0.9214225086553604, -3.9798817398527784e-17, 1.3556330505415827e-33),
    (-0.03125, 0.03125),
    (
        -0.30806748537008777, -0.07932784742696251, 0.03938749023780064, 0.0060492608645690464,
        -0.005135523659024661, 2.284619650798992e-08, 0.0005418854902251859, -7.862608601903178e-05,
        -4.3350465946125335e-05, 1.4584774650926902e-05,
    ),
)  # fmt: skip
"""Where 2 softplus(x) sigmoid(-x) - sigmoid(x) is 0."""


@activation(
    "sqrt(softplus(x))",
    derivatives=(
        "sigmoid(x)/(2*sqrt(softplus(x)))",
        "sigmoid(x)*(2*softplus(x)*sigmoid(-x) - sigmoid(x))/(4*softplus(x)*sqrt(softplus(x)))",
    ),
    range="(0, inf)",
    monotone="increasing",
    note="the scores of DeepSeek V4's router",
)
def sqrt_softplus(x: Array) -> Jet:
    """The square root of softplus."""
    left = x < -1.5
    c = xp.maximum(xp.minimum(x, -1.5), -2000)
    e, root = xp.exp(c), xp.exp(0.5 * c)
    w = horner(_SOFTPLUS_OVER_EXP, e)
    above = xp.clip(x, -1.5, _HUGE)
    near = xp.sqrt(positive(above) + xp.log1p(xp.exp(-abs(above))))
    yield fixup(xp.where(left, root * xp.sqrt(w), near), xp.isinf(x), xp.maximum, x, 0.0)
    log = double_double.softplus(xp.minimum(above, 700))
    height = xp.where(above > 700, above, log.to_float())
    root_right = xp.sqrt(height)
    e_right = double_double.exp(-xp.minimum(abs(above), 700))
    high, low = (1.0 + e_right).inverse(), e_right / (1.0 + e_right)
    rise, fall = high.swapped(low, above < 0)  # sigmoid(x), sigmoid(-x)
    slope = xp.where(left, root / (2 * (1 + e) * xp.sqrt(w)), 0.5 * rise.to_float() / root_right)
    yield fixup(slope, xp.isinf(x), lambda: 0.0)
    n = near_root(_ROOT_BEND, (2.0 * log * fall - rise).to_float(), above)
    bend = 0.25 * (n * rise.to_float() / height / root_right)
    bend = xp.where(left, 0.25 * root * (2 * w - 1) / (one_plus_squared(e) * w * xp.sqrt(w)), bend)
    yield fixup(bend, xp.isinf(x), lambda: 0.0)


_LOG_COSH_OVER_SQUARE = (
    0.5, -0.08333333333333333, 0.022222222222222043, -0.006746031746023982, 0.002186948853439404,
    -0.0007386029583876654, 0.000256580551633862, -9.098950469500282e-05, 3.2778624029477204e-05,
    -1.195407903325966e-05, 4.3989198821309575e-06, -1.6236749677899012e-06, 5.918734610784397e-07,
    -2.0550350808739805e-07, 6.359178393016e-08, -1.5836018340230192e-08, 2.7159070862672797e-09,
    -2.333643644833758e-10,
)  # fmt: skip
"""log(cosh(x))/x^2 as a polynomial of x^2 up to 1."""
_LN2 = (0.6931471805599453, 2.3190468138462996e-17)  # mp.ln(2) is their sum


@activation(
    "abs(x) + log1p(exp(-2*abs(x))) - log(2)",
    derivatives=("tanh(x)", "sech(x)**2"),
    range="[0, inf)",
    monotone="no",
)
def log_cosh(x: Array) -> Jet:
    """The logarithm of cosh; far out two lines."""
    a = abs(x)
    z = xp.clip(x * x, 0, 1)
    far = (a - _LN2[0]) + (xp.log1p(xp.exp(-2 * a)) - _LN2[1])
    yield xp.where(a <= 1, z * horner(_LOG_COSH_OVER_SQUARE, z), far)
    jet = tanh.jet(x)
    yield next(jet)
    yield next(jet)


@activation(
    "(sqrt(x*x + 1) - 1)/2 + x",
    derivatives=("x/(2*sqrt(x*x + 1)) + 1", "1/(2*(x*x + 1)*sqrt(x*x + 1))"),
    range="(-inf, inf)",
    monotone="increasing",
)
def bent_identity(x: Array) -> Jet:
    """A line that bends from slope 1/2 to slope 3/2."""
    a = xp.minimum(abs(x), 1e150)
    yield x * (1 + 0.5 * xp.copysign(a / (1 + xp.sqrt(1 + a * a)), x))
    jet = squareplus.jet(x, 1.0)
    next(jet)
    slope = next(jet)
    assert slope is not None  # noqa: S101  squareplus is not selective
    yield slope + 0.5
    yield next(jet)


@activation(
    "x if x >= 0 else x/sqrt(1 + alpha*x*x)",
    derivatives=(
        "1 if x >= 0 else 1/((1 + alpha*x*x)*sqrt(1 + alpha*x*x))",
        "0 if x >= 0 else -3*alpha*x/((1 + alpha*x*x)**2*sqrt(1 + alpha*x*x))",
    ),
    parameters=(Parameter("alpha", 1.0, "of what the negative side settles at: -1/sqrt(alpha)"),),
    requires=("alpha > 0",),
    range="(-1/sqrt(alpha), inf)",
    monotone="increasing",
    reference="Carlile et al. 2017, Improving Deep Learning by Inverse Square Root Linear Units, "
    "arXiv:1710.09967",
)
def isrlu(x: Array, alpha: float) -> Jet:
    """An elu by a root instead of exp."""
    f, d1, d2 = algebraic(xp.minimum(x, 0.0), alpha)
    yield xp.where(x >= 0, x, f) + 0.0
    yield xp.where(x >= 0, 1.0, d1)
    yield xp.where(x >= 0, 0.0, d2)
