"""Approximations of gelu by functions that are cheaper to compute than erf."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from actcli.activations.record import ALL_ORDERS, FrameworkVariant, activation
from actcli.activations.swishes import silu
from actcli.numeric import fixup, xp
from actcli.numeric.elementary import (
    TAYLOR_DEGREE,
    Root,
    TaylorTable,
    centers,
    exp_of,
    exp_pair,
    gated_derivative_table,
    logistic,
    lookup,
    make_table,
    near_root,
    scaled_exp,
    two_product,
)

if TYPE_CHECKING:
    from actcli.numeric import Array, Jet

_PAPER = "Hendrycks and Gimpel 2016, Gaussian Error Linear Units (GELUs), arXiv:1606.08415"
_NAN = "nan at -inf"
_C1 = 1.5957691216057308  # 2*mp.sqrt(2/pi)
_C3 = 0.07135481627260025  # 2*mp.sqrt(2/pi)*mpf(0.044715)
_HIGH1, _LOW1 = 1.595703125, 6.599660573071176e-05
_HIGH3, _LOW3 = 0.07135009765625, 4.718616350245272e-06
_LOW, _HIGH = -5.5, 8.5
"""The ends of the tables: above 8.5 gelu-tanh is x in float64; below -5.5 it changes too quickly for them."""
_SLOPE_LOW = -4.6765528108074176e-08  # gelu-tanh's derivative at _LOW
GELU_TANH_MINIMUM = Root(
    (-0.7524614220710163, 3.4358218314355225e-17, -1.1933265918458958e-33),
    (-0.00390625, 0.00390625),
    (
        0.4304000910248585, 0.38751844613578895, -0.015782853522537048, -0.11394448308064169,
        -0.016619207927326834, 0.019682254008005527,
    ),
)  # fmt: skip
GELU_TANH_BEND = Root(
    (1.4185040087908283, 8.553562981044113e-17, 1.5062814290230252e-33),
    (-0.5, 0.375),
    (
        -0.4095488174124191, 0.432081111593848, -0.00816895188394482, -0.1610948169321346,
        0.056750540975162585, 0.020035361162679954, -0.016711507560907002, 0.0007632001146015422,
        0.002643461148497346, -0.000751420098365423, -0.00026173760557662184, 0.00017619969784467783,
        6.1393541832592916e-06, -2.9188726806598408e-05, 4.880594106502699e-06, 3.5788028780321652e-06,
        -1.4844653229635715e-06, -2.5511166949560965e-07, 2.3697736585345215e-07,
    ),
)  # fmt: skip
_W = "2*sqrt(2/pi)*(x + 0.044715*x**3)"
_W1 = "2*sqrt(2/pi)*(1 + 3*0.044715*x**2)"
_W2 = "12*sqrt(2/pi)*0.044715*x"


@activation(
    "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2",
    derivatives=(
        f"sigmoid({_W})*(1 + x*{_W1}*sigmoid(-{_W}))",
        f"sigmoid({_W})*sigmoid(-{_W})*(2*{_W1} + x*{_W2} - x*({_W1})**2*tanh({_W}/2))",
    ),
    aliases=(
        *("gelu-new", "gelu-approximate", "gelu-approx", "gelu-pytorch-tanh", "gelu-python-tanh"),
        *("gelu-accurate", "gelu-fast"),
    ),
    frameworks={
        "keras": FrameworkVariant(
            "keras.activations.gelu(approximate=True)", others=("keras.ops.gelu",), note=_NAN
        ),
        "torch": FrameworkVariant("torch.nn.GELU(approximate='tanh')", note=_NAN),
        "jax": FrameworkVariant("jax.nn.gelu", note=_NAN),
        "onnx": FrameworkVariant("Gelu(approximate='tanh')"),
        "numpy-ml": FrameworkVariant("GELU", note="its second derivative is wrong everywhere"),
    },
    range="[-0.17004075057125405, inf)",
    monotone="no",
    reference=_PAPER,
)
def gelu_tanh(x: Array, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """The tanh approximation of gelu."""
    yield fixup(x * lookup(_gate(), x), x < _LOW, _tanh_far, x) if 0 in orders else None
    yield fixup(_tanh_d1(x), x < _LOW, _tanh_d1_far, x) if 1 in orders else None
    yield _tanh_d2(xp.clip(abs(x), 1e-300, 25))


def _tanh_d1(x: Array) -> Array:
    """Return gelu-tanh's derivative from -5.5 on."""
    return near_root(GELU_TANH_MINIMUM, lookup(_slope(), x), x)


@cache
def _gate() -> TaylorTable:
    """Tabulate sigmoid(w)."""
    return make_table(*_sigmoid_of_w())


@cache
def _slope() -> TaylorTable:
    """Tabulate the derivative of x sigmoid(w)."""
    return gated_derivative_table(*_sigmoid_of_w(), GELU_TANH_MINIMUM.parts, _SLOPE_LOW)


def _sigmoid_of_w() -> tuple[Array, list[Array]]:
    """Return Taylor's coefficients of s = sigmoid(w) around all centers, from s' = s (1 - s) w'."""
    x = centers(_LOW, _HIGH)
    w, rest = cubic_sum(split_cubic(x), 1.0, 1.0)
    slope = (_C1 + 3 * _C3 * x * x, 6 * _C3 * x, 3 * _C3 + 0 * x)
    s, other, both = [logistic(w, rest)], [logistic(-w, -rest)], []  # other is 1 - s
    for n in range(TAYLOR_DEGREE + 2):
        both.append(sum((s[k] * other[n - k] for k in range(1, n + 1)), s[0] * other[n]))
        rising = (slope[k] * both[n - k] for k in range(1, min(n, 2) + 1))
        s.append(sum(rising, slope[0] * both[n]) / (n + 1))
        other.append(-s[-1])
    return x, s


def _tanh_far(x: Array) -> Array:
    """Return gelu-tanh where x is so small that 1/(1 + e^-w) has all digits of e^-w."""
    c = xp.maximum(x, -25)
    w, rest = cubic_sum(split_cubic(c), 1.0, 1.0)
    e_minus, low = exp_pair(-w, -rest)
    return fixup(c / (e_minus + (1 + low)), x < -20, scaled_exp, c, w, rest)


def _tanh_d1_far(x: Array) -> Array:
    """Return gelu-tanh's derivative n/(e^-w + 2 + e^w), n = 1 + e^w + x w', for such x."""
    c = xp.maximum(x, -25)
    cubic = split_cubic(c)
    w, rest = cubic_sum(cubic, 1.0, 1.0)
    e_minus, low = exp_pair(-w, -rest)
    e = 1 / e_minus
    high, low1 = cubic_sum(cubic, 1.0, 3.0)
    n = high + (low1 + (1 + e))
    return fixup(n / (e_minus + (e + (2 + low))), x < -20, scaled_exp, n, w, rest)


def _tanh_d2(x: Array) -> Array:
    """Return f'' = n/(e^w + 3 + 3 e + e^2), e = e^-w, n = p - q + (p + q) e, p = 2 w' + x w'', q = x w'^2."""
    cubic = split_cubic(x)
    w, rest = cubic_sum(cubic, 1.0, 1.0)
    p, p_low = cubic_slope(cubic, 2.0, 12.0)
    slope, slope_low = cubic_slope(cubic, 1.0, 3.0)
    root, root_low = cubic_sum(cubic, 1.0, 3.0)
    q, q_low = two_product(root, slope)
    q_low += root * slope_low + root_low * slope
    e = exp_of(-w, -rest)
    n = ((p - q) + (p_low - q_low)) + (p + q) * e
    e_plus, low = exp_pair(w, rest)
    y = n / (e_plus + ((3 + low) + e * (3 + e)))
    return fixup(
        near_root(GELU_TANH_BEND, y, x), x > 8, scaled_exp, n, -w, -rest
    )  # beyond 8, e^w alone is left of the divisor


class Cubic(NamedTuple):
    """Parts of x and x^3: high^3 + low squares is x^3, and high has so few digits that its cube is exact."""

    high: Array
    low: Array
    square: Array
    squares: Array


def split_cubic(x: Array) -> Cubic:
    """Return the parts of `x` from which gelu-tanh's argument is added up without rounding."""
    high = (x.view(xp.int64) & -(1 << 41)).view(xp.float64)
    square = high * high
    return Cubic(high, x - high, square, square + x * (high + x))


def cubic_sum(x: Cubic, line: float, cube: float) -> tuple[Array, Array]:
    """Return 2 sqrt(2/pi) (line x + cube 0.044715 x^3) rounded, and its rounding error.

    With line = cube = 1 that is gelu-tanh's argument w: exp magnifies its error 700 times at -21.
    """
    high = x.high * (line * _HIGH1 + (cube * _HIGH3) * x.square)
    low = x.high * (line * _LOW1 + (cube * _LOW3) * x.square)
    low += x.low * (line * _C1 + (cube * _C3) * x.squares)
    y = high + low
    return y, (high - y) + low


def cubic_slope(x: Cubic, line: float, cube: float) -> tuple[Array, Array]:
    """Return 2 sqrt(2/pi) (line + cube 0.044715 x^2) rounded, and its rounding error."""
    high = line * _HIGH1 + (cube * _HIGH3) * x.square
    low = line * _LOW1 + (cube * _LOW3) * x.square
    low += (cube * _C3) * x.low * (2 * x.high + x.low)  # x^2 is the square and this
    y = high + low
    return y, (high - y) + low


@activation(
    "x/(1 + exp(-1.702*x))",
    derivatives=(
        "sigmoid(1.702*x)*(1 + 1.702*x*sigmoid(-1.702*x))",
        "1.702*sigmoid(1.702*x)*sigmoid(-1.702*x)*(2 - 1.702*x*tanh(1.702*x/2))",
    ),
    aliases=("gelu-quick", "gelu-fast-approx"),
    range="[-0.16361018963635358, inf)",
    monotone="no",
    reference=_PAPER,
)
def quick_gelu(x: Array, orders: frozenset[int] = ALL_ORDERS) -> Jet:
    """A quick approximation of gelu: silu with beta = 1.702."""
    return silu.jet(x, 1.702, orders)
