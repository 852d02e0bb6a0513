"""Further frameworks, one table each: their names for our activations, and their differences.

The names are keyed by ours. Meanings are taken from the frameworks' sources; tests name the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from actcli.activations.record import FrameworkVariant as Variant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actcli.activations.record import Activation

    Variants = dict[str, Variant]

_ALPHA = ("alpha",)
_LINE = ("slope", "offset")
_STORED = "alpha_p and alpha_n are as stored, before softplus"
_SHORT = {"alpha": 1.67326, "scale": 1.0507}
_BY_SIX = "x/6 + 1/2"
_CALLS_LINE = "calls slope alpha and offset beta"
_FLOAT32 = "as a float32"


def _prefixed(prefix: str, **names: str) -> Variants:
    """Return the variants of a framework that computes as we do, by our name.

    prefix: the format of their names. names: maps our name, with _ for -, to theirs, separated by blanks.
    """
    return {
        ours.replace("_", "-"): Variant(prefix.format(first), others=tuple(map(prefix.format, rest)))
        for ours, theirs in names.items()
        for first, *rest in [theirs.split()]
    }


_TRANSFORMERS: Final = {
    **_prefixed(
        'ACT2FN["{}"]',
        linear="linear",
        relu="relu",
        relu6="relu6",
        relu2="relu2",
        leaky_relu="leaky_relu",
        prelu="prelu",
        sigmoid="sigmoid",
        tanh="tanh",
        silu="silu swish",
        mish="mish",
        gelu="gelu gelu_python",
        quick_gelu="quick_gelu",
        gelu_10="gelu_10",
        hard_silu="hardswish",
        laplace="laplace",
        sqrt_softplus="sqrtsoftplus",
    ),
    "gelu-tanh": Variant(
        'ACT2FN["gelu_new"]',
        others=tuple(
            f'ACT2FN["gelu_{name}"]' for name in ("pytorch_tanh", "python_tanh", "accurate", "fast")
        ),
        note="gelu_fast has 0.7978845608 for sqrt(2/pi)",
    ),
    "xielu": Variant('ACT2FN["xielu"]', variant="xielu-stored", note=_STORED),
}

_GGML: Final = {
    **_prefixed(
        "ggml_{}",
        relu="relu",
        exponential="exp",
        elu="elu",
        sigmoid="sigmoid",
        tanh="tanh",
        hard_silu="hardswish",
        silu="silu",
        quick_gelu="gelu_quick",
        sine="sin",
        softmax="soft_max",
        reglu="reglu",
        geglu_quick="geglu_quick",
        geglu_tanh="geglu",
        gelu_tanh="gelu",
    ),
    "leaky-relu": Variant("ggml_leaky_relu", required=_ALPHA),
    "step": Variant("ggml_step", at={"threshold": (0.0, None, None)}, note="1 where x > 0"),
    "hard-sigmoid": Variant("ggml_hardsigmoid", variant="hard-sigmoid-relu6", note=_BY_SIX),
    "softplus": Variant("ggml_softplus", variant="softplus-torch", note="x itself above 20"),
    "gelu": Variant(
        "ggml_gelu",
        variant="gelu-tanh",
        note="of float16 by a table, 0 from -10 down and x from 10 up; ggml_gelu_erf is exact",
    ),
    "xielu": Variant("ggml_xielu", variant="xielu-stored", note=_STORED),
    "geglu": Variant("ggml_geglu", variant="geglu-tanh", note="ggml_geglu_erf is exact"),
    "swiglu": Variant(
        "ggml_swiglu", others=("ggml_swiglu_oai",), note="ggml_swiglu_oai takes beta and limit"
    ),
}

_TENSORFLOW: Final = {
    **_prefixed(
        "tf.{}",
        linear="identity",
        relu="nn.relu",
        relu6="nn.relu6",
        exponential="exp math.exp",
        elu="nn.elu",
        selu="nn.selu",
        sigmoid="nn.sigmoid math.sigmoid",
        log_sigmoid="math.log_sigmoid",
        tanh="nn.tanh math.tanh",
        softsign="nn.softsign math.softsign",
        arctan="math.atan atan",
        erf="math.erf",
        sine="math.sin sin",
        softplus="nn.softplus math.softplus",
        silu="nn.silu nn.swish",
        gelu="nn.gelu",
        gelu_tanh="nn.gelu(approximate=True)",
        softmax="nn.softmax",
        log_softmax="nn.log_softmax",
    ),
    **_prefixed(
        "tfa.activations.{}",
        rrelu="rrelu",
        hard_shrink="hardshrink",
        soft_shrink="softshrink",
        tanh_shrink="tanhshrink",
        lisht="lisht",
        snake="snake",
        sparsemax="sparsemax",
    ),
    "hard-tanh": Variant("tf.clip_by_value", required=("min_value", "max_value")),
    "leaky-relu": Variant(
        "tf.nn.leaky_relu",
        defaults={"alpha": 0.2},
        note="0.3 in the layer LeakyReLU",
        layer=Variant("tf_keras.layers.LeakyReLU", defaults={"alpha": 0.3}, note="0.2 in tf.nn.leaky_relu"),
    ),
    "prelu": Variant("tf_keras.layers.PReLU", defaults={"alpha": 0.0}),
    "thresholded-relu": Variant("tf_keras.layers.ThresholdedReLU"),
    "hard-sigmoid": Variant("tf_keras.activations.hard_sigmoid"),
    "mish": Variant("tf_keras.activations.mish", others=("tfa.activations.mish",)),
}

_MLX: Final = {
    **_prefixed(
        "mlx.nn.{}",
        relu="relu",
        relu6="relu6",
        relu2="relu2",
        leaky_relu="leaky_relu",
        prelu="prelu",
        elu="elu",
        celu="celu",
        sigmoid="sigmoid",
        log_sigmoid="log_sigmoid",
        tanh="tanh",
        softsign="softsign",
        hard_tanh="hard_tanh",
        hard_silu="hardswish",
        softplus="softplus",
        silu="silu",
        mish="mish",
        gelu="gelu",
        gelu_tanh="gelu_approx",
        quick_gelu="gelu_fast_approx",
        hard_shrink="hard_shrink",
        soft_shrink="softshrink",
        softmax="softmax",
        log_softmax="log_softmax",
        softmin="softmin",
        step="step",
        glu="glu",
    ),
    **_prefixed("mlx.core.{}", exponential="exp", erf="erf", arctan="arctan", sine="sin"),
    "selu": Variant("mlx.nn.selu", defaults=_SHORT, note="its constants have six digits"),
    "xielu": Variant("mlx_lm.models.activations.XieLU", variant="xielu-stored", note=_STORED),
}

_PADDLE: Final = {
    **_prefixed(
        "paddle.nn.functional.{}",
        relu="relu",
        relu6="relu6",
        leaky_relu="leaky_relu",
        elu="elu",
        selu="selu",
        celu="celu",
        sigmoid="sigmoid",
        log_sigmoid="log_sigmoid",
        softsign="softsign",
        hard_tanh="hardtanh",
        hard_silu="hardswish",
        silu="silu swish",
        mish="mish",
        gelu="gelu",
        gelu_tanh="gelu(approximate=True)",
        hard_shrink="hardshrink",
        soft_shrink="softshrink",
        tanh_shrink="tanhshrink",
        softmax="softmax",
        log_softmax="log_softmax",
        thresholded_relu="thresholded_relu",
        glu="glu",
        swiglu="swiglu",
    ),
    **_prefixed(
        "paddle.{}",
        exponential="exp",
        tanh="tanh",
        erf="erf",
        arctan="atan",
        logit="logit",
        sine="sin",
        linear="nn.Identity",
    ),
    "prelu": Variant("paddle.nn.PReLU"),
    "rrelu": Variant("paddle.nn.functional.rrelu", note="with training=False; else the slope is drawn"),
    "scaled-tanh": Variant(
        "paddle.stanh", defaults={"beta": 0.67}, note="calls alpha scale_b and beta scale_a, 0.67 and not 2/3"
    ),
    "hard-sigmoid": Variant(
        "paddle.nn.functional.hardsigmoid",
        defaults={"slope": 0.1666667, "offset": 0.5},
        variant="hard-sigmoid-relu6",
        note="its 1/6 has seven digits",
    ),
    "softplus": Variant(
        "paddle.nn.functional.softplus", variant="softplus-torch", note="x itself where beta x > 20"
    ),
}

_TFLITE: Final = {
    **_prefixed(
        "{}",
        relu="RELU",
        relu6="RELU6",
        elu="ELU",
        exponential="EXP",
        sine="SIN",
        sigmoid="LOGISTIC",
        tanh="TANH",
        hard_silu="HARD_SWISH",
        gelu="GELU",
        gelu_tanh="GELU(approximate=true)",
        log_softmax="LOG_SOFTMAX",
    ),
    "hard-tanh": Variant("RELU_N1_TO_1", others=("RELU_0_TO_1",), note="RELU_0_TO_1 has min 0"),
    "leaky-relu": Variant("LEAKY_RELU", required=_ALPHA, note="alpha is stored; the schema's default is 0"),
    "prelu": Variant("PRELU", required=_ALPHA),
    "softmax": Variant("SOFTMAX", note="its beta is 1/temperature"),
}

_COREML: Final = {
    **_prefixed(
        "mb.{}",
        relu="relu",
        relu6="relu6",
        sigmoid="sigmoid",
        tanh="tanh",
        softsign="softsign",
        softplus="softplus",
        silu="silu",
        gelu="gelu",
        gelu_tanh="gelu(mode='TANH_APPROXIMATION')",
        quick_gelu="gelu(mode='SIGMOID_APPROXIMATION')",
        softmax="softmax",
        exponential="exp",
        erf="erf",
        arctan="atan",
        sine="sin",
    ),
    "affine": Variant("mb.linear_activation", required=("slope", "intercept")),
    "elu": Variant("mb.elu", required=_ALPHA),
    "leaky-relu": Variant("mb.leaky_relu", required=_ALPHA),
    "prelu": Variant("mb.prelu", required=_ALPHA),
    "scaled-tanh": Variant("mb.scaled_tanh", required=("alpha", "beta")),
    "hard-sigmoid": Variant("mb.sigmoid_hard", required=_LINE, note=_CALLS_LINE),
    "thresholded-relu": Variant(
        "mb.thresholded_relu",
        variant="thresholded-relu-inclusive",
        required=("theta",),
        note="x where x >= alpha, which is theta here",
    ),
}

_ONEDNN: Final = {
    **_prefixed(
        "eltwise_{}",
        exponential="exp",
        sigmoid="logistic",
        tanh="tanh",
        mish="mish",
        gelu="gelu_erf",
    ),
    "affine": Variant("eltwise_linear", required=("slope", "intercept")),
    "relu": Variant("eltwise_relu"),
    "elu": Variant("eltwise_elu", required=_ALPHA),
    "hard-tanh": Variant(
        "eltwise_clip",
        others=("eltwise_clip_v2",),
        required=("min_value", "max_value"),
        at={"max_value": (None, 1.0, None)},
        note="clip_v2 has f' = 0 at both ends",
    ),
    "hard-sigmoid": Variant("eltwise_hardsigmoid", required=_LINE, note=_CALLS_LINE),
    "hard-silu": Variant("eltwise_hardswish", required=_LINE, note=_CALLS_LINE),
    "softplus": Variant("eltwise_soft_relu", required=("beta",), note="calls beta alpha"),
    "log-sigmoid": Variant("eltwise_soft_relu", note="with alpha=-1"),
    "silu": Variant("eltwise_swish", required=("beta",), note="calls beta alpha"),
    "gelu-tanh": Variant("eltwise_gelu_tanh", note="its sqrt(2/pi) is a float32, 0.797884583"),
    "softmax": Variant("softmax_accurate"),
    "log-softmax": Variant("softmax_log"),
}

_TENSORRT: Final = {
    **_prefixed(
        "ActivationType::{}",
        relu="kRELU",
        elu="kELU",
        sigmoid="kSIGMOID",
        tanh="kTANH",
        softsign="kSOFTSIGN",
        gelu="kGELU_ERF",
        gelu_tanh="kGELU_TANH",
    ),
    "leaky-relu": Variant(
        "ActivationType::kLEAKY_RELU", defaults={"alpha": 0.009999999776482582}, note=f"0.01 {_FLOAT32}"
    ),
    "selu": Variant(
        "ActivationType::kSELU",
        defaults={"alpha": 1.67326319217681884765625, "scale": 1.05070102214813232421875},
        note="its constants are float32",
    ),
    "hard-sigmoid": Variant(
        "ActivationType::kHARD_SIGMOID",
        defaults={"slope": 0.20000000298023224, "offset": 0.5},
        note=f"{_CALLS_LINE}; 0.2 {_FLOAT32}",
    ),
    "scaled-tanh": Variant("ActivationType::kSCALED_TANH", defaults={"alpha": 1.0, "beta": 1.0}),
    "thresholded-relu": Variant("ActivationType::kTHRESHOLDED_RELU", note="calls theta alpha"),
    "hard-tanh": Variant("ActivationType::kCLIP", required=("min_value", "max_value")),
    "softplus": Variant("ActivationType::kSOFTPLUS", note="alpha log(e^(beta x) + 1): alpha is 1/beta"),
}

_TINYGRAD: Final = {
    **_prefixed(
        "Tensor.{}",
        relu="relu",
        relu6="relu6",
        exponential="exp",
        elu="elu",
        celu="celu",
        sigmoid="sigmoid",
        log_sigmoid="logsigmoid",
        tanh="tanh",
        softsign="softsign",
        arctan="atan",
        sine="sin",
        hard_tanh="hardtanh",
        hard_silu="hardswish",
        softplus="softplus",
        silu="silu swish",
        mish="mish",
        gelu_tanh="gelu",
        quick_gelu="quick_gelu",
        softmax="softmax",
        log_softmax="log_softmax",
    ),
    "selu": Variant(
        "Tensor.selu",
        defaults=_SHORT,
        at={"0": (None, 1.0507, 0.0)},
        note="its constants have six digits; x >= 0 is the positive side",
    ),
    "leaky-relu": Variant("Tensor.leaky_relu", at={"0": (None, 1.0, None)}),
    "hard-sigmoid": Variant("Tensor.hardsigmoid", variant="hard-sigmoid-relu6", note=_BY_SIX),
    "gelu": Variant("Tensor.gelu", variant="gelu-tanh", note="exact with approximate='none'"),
    "erf": Variant("Tensor.erf", note="by a polynomial, within 1.5e-7"),
}

_LIKE_JAX: Final = (
    "relu relu6 leaky-relu elu selu celu sigmoid log-sigmoid tanh softsign hard-sigmoid hard-tanh hard-silu "
    "softplus silu gelu gelu-tanh softmax log-softmax glu"
)
"""What Flax takes from JAX."""

_FLAX: Final = {
    "prelu": Variant("flax.linen.PReLU", defaults={"alpha": 0.01}),
    "geglu": Variant("flax.linen.GeGLU", variant="geglu-tanh", note="the gate is the last half"),
    "geglu-tanh": Variant("flax.linen.GeGLU", note="the gate is the last half"),
}

_OPSETS: Final = {
    "selu": 6,
    "sine": 7,
    "arctan": 7,
    "erf": 9,
    "shrink": 9,
    "hard-shrink": 9,
    "soft-shrink": 9,
    "thresholded-relu": 10,
    "celu": 12,
    "hard-silu": 14,
    "mish": 18,
    "gelu": 20,
    "gelu-tanh": 20,
    "silu": 24,
    "swiglu": 28,
}
"""The opset that brought an operator to ONNX, if it was not among the first."""

_TABLES: Final = {
    "transformers": _TRANSFORMERS,
    "ggml": _GGML,
    "tensorflow": _TENSORFLOW,
    "mlx": _MLX,
    "paddle": _PADDLE,
    "tflite": _TFLITE,
    "coreml": _COREML,
    "onednn": _ONEDNN,
    "tensorrt": _TENSORRT,
    "tinygrad": _TINYGRAD,
    "flax": _FLAX,
}


def variants(records: Mapping[str, Activation]) -> dict[str, Variants]:
    """Return each record's variants in the frameworks of this module, by our names; hidden records too."""
    found: dict[str, Variants] = {name: {} for name in records}
    for framework, table in _TABLES.items():
        for name, variant in table.items():
            found[name][framework] = variant
            if variant.variant:  # it is what this framework computes
                found[variant.variant].setdefault(framework, Variant(variant.name))
    for name, opset in _OPSETS.items():
        found[name]["onnx"] = records[name].frameworks["onnx"]._replace(since=f"opset {opset}")
    for name in _LIKE_JAX.split():
        theirs = records[name].frameworks["jax"]
        found[name]["flax"] = theirs.renamed("jax.nn.", "flax.linen.")
        if theirs.variant:
            found[theirs.variant].setdefault("flax", Variant(found[name]["flax"].name))
    return found
