"""Swishes: x times a smooth step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activations.record import ALL_ORDERS, FrameworkVariant, Parameter, activation
from actcli.numeric import xp
from actcli.numeric.arrays import fixup
from actcli.numeric.compensated import exp_pair, product, rest_of_abs, scaled_exp
from actcli.numeric.special import Root, near_root, one_plus_squared

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet

_NAN = "nan at -inf"
_HUGE = 1.7976931348623157e308

SILU_MINIMUM = Root(
    (-1.2784645427610737, -1.0946994183093437e-16, -3.907766676128665e-33),
    (-0.1875, 0.1875),
    (
        0.2178117057198001, 0.1466487969969469, 0.01887481422378392, -0.015222655223188093,
        -0.006606589138889586, 0.0001266274101014395, 0.0007985219465494539, 0.00018570724115346023,
        -4.090889600445658e-05, -2.9733408127582448e-05, -2.852574513905123e-06, 2.3426814038813077e-06,
    ),
)  # fmt: skip
SILU_BEND = Root(
    (2.3993572805154675, 1.8464872855353363e-16, 1.0808311685947344e-33),
    (-0.5, 0.375),
    (
        -0.09153052016419229, 0.07629586548655085, -0.022487259234225315, -0.0018366701447626338,
        0.003862816776828989, -0.0013663696912518744, 0.00011513070200093409, 9.644059342845883e-05,
        -4.745074332375251e-05, 8.432369426485816e-06, 1.2461615487696085e-06, -1.1903876733781927e-06,
        3.145197904647069e-07, -1.0229581197549494e-08, -2.3063083922980025e-08, 9.1399793467436e-09,
    ),
)  # fmt: skip
MISH_MINIMUM = Root(
    (-1.1924312145154952, -4.8484829848031044e-17, -1.898915114090381e-33),
    (-0.25, 0.25),
    (
        0.2669479140495345, 0.20473126408010586, 0.04190782104360913, -0.020271822716684255,
        -0.01582112656154332, -0.0033606849270207506, 0.0010924055226825698, 0.000989818101880281,
        0.0002541302000021202, -4.1961484110583144e-05, -5.584859249971741e-05, -1.729957416651102e-05,
        1.1730482672208413e-06, 2.9129255504479706e-06,
    ),
)  # fmt: skip
MISH_LEFT_BEND = Root(
    (-2.256376396360793, -1.0703174875019247e-16, -5.763967435146616e-33),
    (-0.375, 1.75),
    (
        0.1087544107316427, 0.09898193805255845, 0.03736189561023734, 0.003354052659335428,
        -0.0038604939351917908, -0.002480068109305764, -0.0007927886723560866, -0.00010538382002805969,
        3.9783331050049856e-05, 3.223850754861699e-05, 1.1646372452350679e-05, 2.1971839178336006e-06,
        -1.913911519169085e-07, -3.2913948243681756e-07, -1.3894848866310186e-07, -2.9212581280543453e-08,
        -3.3215097507442383e-09, 4.4517532288154347e-10, 1.1342199652762257e-08, -1.449355870469459e-08,
        1.3794648847282606e-08, -8.687493318648086e-09, 3.747059500313979e-09, -1.0854087644075551e-09,
        1.8476599414485496e-10, -1.3620081797106257e-11,
    ),
)  # fmt: skip
MISH_RIGHT_BEND = Root(
    (1.4905711794854284, 7.126036715834263e-17, -4.836840730499852e-33),
    (-1.25, 0.375),
    (
        -0.23069451159746054, 0.28127277803034306, -0.07970735516542413, -0.06665173991852802,
        0.059988881162634136, -0.008932244292233377, -0.011535248879027508, 0.007002748882647939,
        -0.0002685219410889677, -0.0014013100357852149, 0.000608270920834356, 4.585545250762244e-05,
        -0.00013717432289690805, 4.3395622371731205e-05, 9.442120989875374e-06, -1.158501867973863e-05,
        2.9128739282708625e-06, 1.512493442283327e-06, -1.0790680568192047e-06, -9.436055592177325e-07,
        -1.3520192554968403e-06, -1.165263370967493e-06, -4.779171402778649e-07, -9.364018151318221e-08,
        -7.0708808009769625e-09,
    ),
)  # fmt: skip


@activation(
    "x/(1 + exp(-beta*x))",
    derivatives=(
        "sigmoid(beta*x)*(1 + beta*x*sigmoid(-beta*x))",
        "beta*sigmoid(beta*x)*sigmoid(-beta*x)*(2 - beta*x*tanh(beta*x/2))",
    ),
    parameters=(Parameter("beta", 1.0, "sharpness of the step", aliases=("alpha",)),),
    aliases=("swish",),
    frameworks={
        "keras": FrameworkVariant("keras.activations.silu", note=_NAN),
        "torch": FrameworkVariant("torch.nn.SiLU", note=_NAN),
        "jax": FrameworkVariant("jax.nn.silu", note=_NAN),
        "onnx": FrameworkVariant("Swish", note="its alpha is our beta"),
    },
    range="[-0.2784645427610738/beta, inf)",
    monotone="no",
    reference="Elfwing, Uchibe and Doya 2017, Sigmoid-Weighted Linear Units, arXiv:1702.03118",
)
def silu(x: Array, beta: float, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """The input times its sigmoid."""
    t, rest = product(x, beta)
    e_minus, low = exp_pair(-t, -rest)
    if 0 in orders:
        yield fixup(x / (e_minus + (1 + low)), t < -700, _silu_far, x, t, rest)
    else:
        yield None
    yield _silu_d1(t, rest, e_minus, low)
    yield silu_d2(beta, t, rest)


def _silu_d1(t: Array, rest: Array | float, e: Array, low: Array | float) -> Array:
    """Return (1 + (1 + t) e)/(1 + e)^2, e = e^-t."""
    n, square = 1 + t, one_plus_squared(e)
    if not isinstance(rest, float):
        square += 2 * (1 + e) * low
        low = n * low + e * rest
    n *= e
    n += 1 + low
    n /= square
    y = near_root(SILU_MINIMUM, n, t, rest)
    return fixup(y, ~(abs(t) < 350), _silu_d1_far, t, rest)


def _silu_far(x: Array, t: Array, rest: Array | float) -> Array:
    return scaled_exp(xp.clip(x, -_HUGE, _HUGE), t, rest)


def _silu_d1_far(t: Array, rest: Array | float) -> Array:
    return xp.where(t > 0, 1.0, scaled_exp(1 + xp.clip(t, -800, 800), t, rest))


def silu_d2(scale: float, t: Array, rest: Array | float) -> Array:
    """Return scale silu''(t + rest): n/(e^a + 3 + 3 e^-a + e^-2a), n = 2 - a + (2 + a) e^-a, a = |t|."""
    a, rest = xp.minimum(abs(t), 1500), rest_of_abs(t, rest)
    e_plus, low = exp_pair(a, rest)
    e, e_low = exp_pair(-a, -rest)
    n = ((2 - a) + ((2 + a) * e_low - rest)) + (2 + a) * e
    y = near_root(SILU_BEND, n / (e_plus + ((3 + low) + e * (3 + e))), a, rest)
    return fixup(scale * y, a > 700, scaled_exp, scale * n, -a, -rest)


@activation(
    "x*tanh(log1p(exp(x)))",
    derivatives=(
        "tanh(softplus(x)) + x*sech(softplus(x))**2*sigmoid(x)",
        "sech(softplus(x))**2*sigmoid(x)*(2 + x*(sigmoid(-x) - 2*tanh(softplus(x))*sigmoid(x)))",
    ),
    frameworks={
        "keras": FrameworkVariant("keras.activations.mish", note=_NAN),
        "torch": FrameworkVariant("torch.nn.Mish", note=_NAN),
        "jax": FrameworkVariant("jax.nn.mish", note=_NAN),
        "onnx": FrameworkVariant("Mish"),
    },
    range="[-0.3088434130172504, inf)",
    monotone="no",
    reference="Misra 2019, Mish: A Self Regularized Non-Monotonic Activation Function, arXiv:1908.08681",
)
def mish(x: Array, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """The input times the tanh of its softplus."""
    e_minus = xp.exp(-x)
    e = 1 / e_minus
    far = abs(x) > 350
    if 0 in orders:
        y = x / ((1 + e_minus) - 1 / (2 + e))  # tanh(softplus(x)) is 1/(1 + e^-x - 1/(2 + e^x))
        yield fixup(y, far, lambda x: xp.where(x > 0, x, scaled_exp(xp.maximum(x, -800), x)), x)
    else:
        yield None
    r, p = 1 / (1 + e), e * (3 + e)
    y = ((p + r) + (3 + 4 * x)) / (4 * e_minus + (p + (5 - r)))
    y = near_root(MISH_MINIMUM, y, x)
    yield fixup(y, far, lambda x: xp.where(x > 0, 1, scaled_exp(1 + xp.maximum(x, -800), x)), x)
    yield xp.where(x < 0, _mish_left(xp.minimum(x, 0)), _mish_right(xp.maximum(x, 0)))


def _mish_left(x: Array) -> Array:
    """Return 4 e n/(2 + 2 e + e^2)^3, e = e^x <= 1, n by powers of e: so it is exact where e is small."""
    x = xp.maximum(x, -800)
    e = xp.exp(x)
    n = (4 + 2 * x) + e * ((8 + 2 * x) + e * ((6 - 3 * x) + e * (2 - 2 * x)))
    y = n / (2 * xp.exp(-x) + (6 + e * (9 + e * (8 + e * (4.5 + e * (1.5 + 0.25 * e))))))
    return fixup(near_root(MISH_LEFT_BEND, y, x), x < -700, scaled_exp, n / 2, x)


def _mish_right(x: Array) -> Array:
    """Return 4 e^2 n/(1 + 2 e + 2 e^2)^3, e = e^-x <= 1."""
    x = xp.minimum(x, 800)
    e = xp.exp(-x)
    n = (2 - 2 * x) + e * ((6 - 3 * x) + e * ((8 + 2 * x) + e * (4 + 2 * x)))
    y = n / (0.25 * xp.exp(2 * x) + (1.5 * xp.exp(x) + (4.5 + e * (8 + e * (9 + e * (6 + 2 * e))))))
    return fixup(near_root(MISH_RIGHT_BEND, y, x), x > 350, scaled_exp, 4 * n, -2 * x)
