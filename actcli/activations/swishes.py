"""Swishes: x times a smooth step."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from actcli.activations.record import ALL_ORDERS, FrameworkVariant, Kink, Parameter, activation
from actcli.numeric import double_double, fixup, xp
from actcli.numeric.elementary import (
    TAYLOR_DEGREE,
    Root,
    TaylorTable,
    centers,
    exp_pair,
    gated_derivative_table,
    horner,
    integrate,
    logistic,
    lookup,
    make_table,
    near_root,
    one_plus_cubed,
    one_plus_squared,
    product,
    rest_of_abs,
    scaled_exp,
)

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


_ELISH_MINIMUM = Root(
    (-0.881373587019543, 2.250545892825866e-17, -2.9665892654081693e-34),
    (-0.03125, 0.03125),
    (
        1.17157287525381, 0.7573593128807149, 0.3668350211294449, 0.14889971370029786, 0.05265632610724064,
        0.016401515473598326, 0.0045217767985030405, 0.0011098978935060325, 0.00024438259679754196,
        4.8647504713787986e-05,
    ),
)  # fmt: skip
"""Where e^2 + 2 e - 1 is 0, e = e^x."""
_ELISH_BEND = Root(
    (-1.7175297959782472, 8.102722327784694e-17, -2.1938783990887858e-33),
    (-0.03125, 0.03125),
    (
        1.1082392842291606, 0.6681433335874853, 0.3045146460881762, 0.12136706773435958,
        0.044971759291505424, 0.015696233426632022, 0.005143226898747778, 0.0015772986283116338,
        0.0004526964073501352, 0.00012166991038415408,
    ),
)  # fmt: skip
"""Where e^3 + 3 e^2 + 5 e - 1 is 0."""


@activation(
    "x/(1 + exp(-x)) if x >= 0 else expm1(x)/(1 + exp(-x))",
    derivatives=(
        "sigmoid(x)*(1 + x*sigmoid(-x)) if x >= 0 else sigmoid(x)**2*(exp(x) + 2 - exp(-x))",
        (
            "sigmoid(x)*sigmoid(-x)*(2 - x*tanh(x/2)) if x >= 0 else "
            "sigmoid(x)**3*(exp(x) + 3 + 5*exp(-x) - exp(-2*x))"
        ),
    ),
    kinks=(Kink("0", f="0", d1="1/2", d2="1/2"),),
    range="[-0.17157287525380990, inf)",
    monotone="no",
    reference="Basirat and Roth 2018, The Quest for the Golden Activation Function, arXiv:1808.00783",
)
def elish(x: Array) -> Jet:
    """A silu; below zero an elu times a sigmoid."""
    f, d1, d2 = map(xp.asarray, silu.jet(xp.maximum(x, 0.0), 1.0))
    right, c = x >= 0, xp.clip(x, -2000, 0)
    far = c < -40
    yield xp.where(right, f, fixup(xp.expm1(c) * logistic(c), far, lambda c: -xp.exp(c), c)) + 0.0
    e = double_double.exp(xp.maximum(c, -100))
    n = near_root(_ELISH_MINIMUM, (e * (e + 2.0) - 1.0).to_float(), c)
    y = e.to_float() * n / one_plus_squared(e.to_float())
    yield xp.where(right, d1, fixup(y, far, lambda c: -xp.exp(c), c))
    n = near_root(_ELISH_BEND, (e * (e * (e + 3.0) + 5.0) - 1.0).to_float(), c)
    y = e.to_float() * n / one_plus_cubed(e.to_float())
    yield xp.where(right, d2, fixup(y, far, lambda c: -xp.exp(c), c))


_LEFT = -3.0
"""Below, serf and tanhexp are powers of e^x; above there are tables."""
_SERF_SLOPE_LEFT = -0.10538270627747232  # serf's derivative at _LEFT
_SERF_GATE_LEFT = 0.05478184351823949  # erf(softplus(_LEFT))
_TWO_OVER_ROOT_PI = 1.1283791670955126
_SERF_MINIMUM = Root(
    (-1.193059968928188, 3.096701676302884e-17, -2.5427465889445786e-33),
    (-0.03125, 0.03125),
    (
        0.30150488936299114, 0.23161220121136644, 0.04754569104272783, -0.02333420603137727,
        -0.01871308403690591, -0.004524531631053119, 0.0008716961583142038, 0.0010481489080262714,
        0.000331993978859592, -1.2463732483279076e-06,
    ),
)  # fmt: skip
_SERF_LEFT_BEND = Root(
    (-2.2564974802739743, 9.824466893013856e-17, -5.7827919774933514e-33),
    (-0.03125, 0.03125),
    (
        1.1590636544713395, 0.02827675191082639, -0.010874829473791155, -0.009774018515177233,
        -0.004060215809433979, -0.0011133078255191327, -0.00016837182322975783, 1.614004308422736e-05,
        1.8644145000556226e-05, 5.54170476428792e-06,
    ),
)  # fmt: skip
"""Where 2 + x (sigmoid(-x) - 2 softplus(x) sigmoid(x)) is 0."""
_SERF_RIGHT_BEND = Root(
    (1.0960460404526293, -8.186839288346247e-17, -5.6516769835944615e-33),
    (-0.03125, 0.03125),
    (
        -3.831712190330216, -2.1002894521661437, -0.16526624212893246, 0.07728163441838577,
        -0.0037846368986667604, -0.005908202803966092, 0.0013196372490976627, 0.0003137479856866904,
        -0.00017476107705789875, 1.7236524779296775e-06,
    ),
)  # fmt: skip
_ERF_OVER_EXP = (
    1.1283791670955126, -0.5641895835477563, -2.6295931851873208e-14, 0.2820947917806252,
    -0.31970743155734127, 0.23507905922971678, -0.12269187451647727, 0.02986297867239053,
    0.028413405203216557, -0.04461980660135605,
)  # fmt: skip
"""erf(log1p(e))/e as a polynomial of e from 0 to 1/20."""
_ERF_SLOPE = (
    1.1283791670955126, -1.1283791670955121, -2.8323581091952666e-13, 1.1283791671682015,
    -1.598537162872183, 1.4104746714414893, -0.8588546032962366, 0.2391458678050617, 0.2529796657642317,
    -0.43330819267325804,
)  # fmt: skip
"""The derivative of erf(log1p(e)) by e, as a polynomial of e from 0 to 1/20."""


@activation(
    "x*erf(softplus(x))",
    derivatives=(
        "erf(softplus(x)) + 2/sqrt(pi)*x*sigmoid(x)*exp(-softplus(x)**2)",
        "2/sqrt(pi)*sigmoid(x)*exp(-softplus(x)**2)*(2 + x*(sigmoid(-x) - 2*softplus(x)*sigmoid(x)))",
    ),
    range="[-0.3484374587596064, inf)",
    monotone="no",
    reference="Nag and Bhattacharyya 2021, SERF: Towards better training of deep neural networks using "
    "log-Softplus ERror activation Function, arXiv:2108.09598",
)
def serf(x: Array) -> Jet:
    """The input times the erf of its softplus."""
    left = x < _LEFT
    yield fixup(x * lookup(_serf_gate(), x), left, _serf_left, x)
    y = near_root(_SERF_MINIMUM, lookup(_serf_slope(), x), x)
    yield fixup(y, left, _serf_left_d1, x)
    c = xp.clip(x, -100, 45)
    log, e = double_double.softplus(c), double_double.exp(-abs(c))
    high, low = (1.0 + e).inverse(), e / (1.0 + e)
    rise, fall = high.swapped(low, c < 0)
    n = (2.0 + c * (fall - 2.0 * log * rise)).to_float()
    n = near_root(_SERF_RIGHT_BEND, near_root(_SERF_LEFT_BEND, n, c), c)
    square = log * log
    y = scaled_exp(_TWO_OVER_ROOT_PI * rise.to_float() * n, -square.hi, -square.lo)
    yield fixup(y, x < -40, lambda x: scaled_exp(_TWO_OVER_ROOT_PI * (2 + x), x), xp.maximum(x, -2000))


def _serf_left(x: Array) -> Array:
    c = xp.maximum(x, -2000)
    return scaled_exp(c * horner(_ERF_OVER_EXP, xp.exp(c)), c)


def _serf_left_d1(x: Array) -> Array:
    c = xp.maximum(x, -2000)
    e = xp.exp(c)
    return scaled_exp(horner(_ERF_OVER_EXP, e) + c * horner(_ERF_SLOPE, e), c)


@cache
def _serf_gate() -> TaylorTable:
    """Tabulate erf(softplus)."""
    x, gate = _erf_of_softplus()
    return make_table(x, [integrate(gate[1:], _SERF_GATE_LEFT, 0, len(x) - 1), *gate[1:]])


@cache
def _serf_slope() -> TaylorTable:
    """Tabulate serf's derivative."""
    return gated_derivative_table(*_erf_of_softplus(), _SERF_MINIMUM.parts, _SERF_SLOPE_LEFT)


def _erf_of_softplus() -> tuple[Array, list[Array]]:
    """Return Taylor's coefficients of erf(softplus), around all centers, its constant term without digits.

    Its derivative is 2/sqrt(pi) u s, with s = sigmoid, s' = s (1 - s), u = exp(-softplus^2),
    u' = -2 softplus s u.
    """
    x = centers(_LEFT, 7)
    s, other, log = [logistic(x)], [logistic(-x)], [double_double.softplus(x).to_float()]
    u, gate = [xp.exp(-log[0] * log[0])], [0 * x]
    for n in range(TAYLOR_DEGREE + 2):
        rising = _coefficient([log, s], n)
        u.append(-2 * sum((rising_k * u[n - k] for k, rising_k in enumerate(rising)), 0 * x) / (n + 1))
        gate.append(_TWO_OVER_ROOT_PI * _coefficient([u, s], n)[n] / (n + 1))
        both = _coefficient([s, other], n)[n]
        log.append(s[n] / (n + 1))
        s.append(both / (n + 1))
        other.append(-s[-1])
    return x, gate


def _coefficient(factors: list[list[Array]], n: int) -> list[Array]:
    """Return the coefficients 0 to n of the product of two series."""
    first, second = factors
    return [sum((first[k] * second[m - k] for k in range(m + 1)), 0 * first[0]) for m in range(n + 1)]


_TANHEXP_SLOPE_LEFT = -0.09924561412512731  # tanhexp's derivative at _LEFT
_TANHEXP_GATE_LEFT = 0.04974597251259709  # tanh(exp(_LEFT))
_TANHEXP_MINIMUM = Root(
    (-1.078860058464624, -9.55786742622646e-17, -3.866188098741341e-33),
    (-0.03125, 0.03125),
    (
        0.3525036331603062, 0.3252269138875309, 0.10786032936442334, -0.02287597206073336,
        -0.04564538769326039, -0.02548770356394692, -0.005629790594103668, 0.0027715933146891737,
        0.003401011620854121, 0.0016636758175657186,
    ),
)  # fmt: skip
_TANHEXP_LEFT_BEND = Root(
    (-2.06597189615675, 7.65918778808917e-17, 3.043833164555112e-33),
    (-0.03125, 0.03125),
    (
        1.099310452950024, 0.06632450487164908, 0.02187609302275853, -0.000459694272722093,
        -0.004826358685370554, -0.003145583529154709, -0.0012939688311475004, -0.0003820097470616349,
        -7.241052049456449e-05, 7.125120633901609e-07,
    ),
)  # fmt: skip
"""Where 2 + x (1 - 2 e tanh(e)) is 0, e = e^x."""
_TANHEXP_RIGHT_BEND = Root(
    (0.6965639603951724, -4.8319673145767366e-17, -9.71428754562006e-34),
    (-0.03125, 0.03125),
    (
        -5.959004162628981, -5.610722182431394, -2.0228658288056094, -0.8031527759172793,
        -0.5360571063971286, 0.021320659759216126, 0.1820558708399584, -0.035143798178222344,
        -0.08082220461014895, 0.014757379063943246,
    ),
)  # fmt: skip
_TANH_OVER = (
    1.0, -0.3333333333333333, 0.1333333333333333, -0.05396825396818888, 0.021869488461753,
    -0.008863191865931215, 0.00357941686622321,
)  # fmt: skip
"""tanh(e)/e as a polynomial of e^2 up to 1/400."""
_TANH_SLOPE = (
    1.0, -1.0, 0.6666666666666663, -0.3777777777768019, 0.19682539570983829, -0.09749493611848072,
    0.04650705158837656,
)  # fmt: skip
"""The derivative of tanh(e), as a polynomial of e^2 up to 1/400."""


@activation(
    "x*tanh(exp(x))",
    derivatives=(
        "tanh(exp(x)) + x*exp(x)*sech(exp(x))**2",
        "exp(x)*sech(exp(x))**2*(2 + x*(1 - 2*exp(x)*tanh(exp(x))))",
    ),
    range="[-0.35328577784821125, inf)",
    monotone="no",
    reference="Liu and Di 2020, TanhExp: A Smooth Activation Function with High Convergence Speed for "
    "Lightweight Neural Networks, arXiv:2003.09855",
)
def tanhexp(x: Array) -> Jet:
    """The input times the tanh of its exponential."""
    left = x < _LEFT
    yield fixup(x * lookup(_tanhexp_gate(), x), left, _tanhexp_left, x)
    y = near_root(_TANHEXP_MINIMUM, lookup(_tanhexp_slope(), x), x)
    yield fixup(y, left, _tanhexp_left_d1, x)
    c = xp.clip(x, -100, 6.7)  # above, it is x until float64 ends
    e = double_double.exp(c)
    twice = 2.0 * e
    q = double_double.exp(-twice.up_to(700.0))
    n = (2.0 + c * (1.0 - twice * ((1.0 - q) / (1.0 + q)))).to_float()
    n = near_root(_TANHEXP_RIGHT_BEND, near_root(_TANHEXP_LEFT_BEND, n, c), c)
    y = scaled_exp(4 * e.to_float() * n / one_plus_squared(q.to_float()), -twice.hi, -twice.lo)
    yield fixup(y, x < -40, lambda x: scaled_exp(2 + x, x), xp.maximum(x, -2000))


def _tanhexp_left(x: Array) -> Array:
    c = xp.maximum(x, -2000)
    return scaled_exp(c * horner(_TANH_OVER, xp.exp(2 * c)), c)


def _tanhexp_left_d1(x: Array) -> Array:
    c = xp.maximum(x, -2000)
    square = xp.exp(2 * c)
    return scaled_exp(horner(_TANH_OVER, square) + c * horner(_TANH_SLOPE, square), c)


@cache
def _tanhexp_gate() -> TaylorTable:
    """Tabulate tanh(exp)."""
    x, gate = _tanh_of_exp()
    return make_table(x, [integrate(gate[1:], _TANHEXP_GATE_LEFT, 0, len(x) - 1), *gate[1:]])


@cache
def _tanhexp_slope() -> TaylorTable:
    """Tabulate tanhexp's derivative."""
    return gated_derivative_table(*_tanh_of_exp(), _TANHEXP_MINIMUM.parts, _TANHEXP_SLOPE_LEFT)


def _tanh_of_exp() -> tuple[Array, list[Array]]:
    """Return Taylor's coefficients of g = tanh(exp) around all centers, from g' = exp (1 - g^2)."""
    x = centers(_LEFT, 5)
    power = double_double.exp(x).to_float()
    q = xp.exp(-2 * power)
    e, g, rest = [power], [xp.tanh(power)], [4 * q / one_plus_squared(q)]  # rest is 1 - g^2
    for n in range(TAYLOR_DEGREE + 2):
        g.append(_coefficient([e, rest], n)[n] / (n + 1))
        e.append(e[n] / (n + 1))
        rest.append(-_coefficient([g, g], n + 1)[n + 1])
    return x, g
