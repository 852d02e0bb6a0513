"""`--like`: the defaults, the variant and the values at kinks of a framework."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli import engine
from actcli.activations import ACTIVATIONS, RECORDS, find
from actcli.activations.frameworks import FRAMEWORKS, like, objects_named
from actcli.activations.record import Kind
from actcli.errors import UsageError

if TYPE_CHECKING:
    from conftest import Act

    from actcli.activations.record import Activation

PEERS = [(record.name, framework) for record in ACTIVATIONS.values() for framework in record.frameworks]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("hard-sigmoid --like torch 1", "0.6666666666666666"),
        ("hard-sigmoid --like keras 1", "0.6666666666666666"),
        ("hard-sigmoid --like keras2 1", "0.7"),
        ("hard-sigmoid --like torch -d 1 -3", "0"),
        ("hard-sigmoid -d 1 -2.5", "0.2"),
        ("leaky-relu --like keras -1", "-0.2"),
        ("leaky-relu --like keras2 -1", "-0.3"),
        ("leaky-relu --like numpy-ml -1", "-0.3"),
        ("leaky-relu --like torch -1", "-0.01"),
        ("leaky-relu --like onnx -1", "-0.009999999776482582"),
        ("leaky-relu --like torch -d 1 0", "0.01"),
        ("leaky-relu --like jax -d 1 0", "1"),
        ("leaky-relu --like keras --alpha 0.5 -1", "-0.5"),
        ("softplus --like torch 21", "21"),
        ("softplus --like torch -d 2 21", "0"),
        ("elu --like torch -d 2 0", "0"),
        ("elu --like jax -d 2 0", "1"),
        ("selu --like numpy-ml -d 1 0", "1.0507009873554805"),
        ("softsign --like jax -d 2 0", "-2"),
        ("hard-tanh --like torch -d 1 1", "0"),
        ("hard-tanh --like jax -d 1 1", "1"),
        ("sparse-sigmoid --like jax -d 1 1", "0.25"),
        ("prelu --like keras -4", "0"),
        ("prelu --like torch -4", "-1"),
        ("hard-sigmoid --like onnx 1", "0.7000000029802322"),
        ("hard-sigmoid --like onnx -d 1 1", "0.20000000298023224"),
        ("hard-sigmoid --like onnx 2.5", "1"),
        ("hard-silu --like onnx 1", "0.6666666716337204"),
        ("hard-silu --like onnx -d 2 1", "0.3333333432674408"),
        ("relu --like keras --threshold -1 --max-value 1 -0.5", "0"),
        ("relu --like keras --threshold -1 --max-value 1 -d 1 -0.5", "0"),
        ("relu --like keras --threshold -1 --max-value 1 0.5", "0.5"),
        ("relu --like keras --threshold -1 --max-value 1 -d 1 0.5", "1"),
        ("relu --like keras --threshold -1 --max-value 1 3", "1"),
        ("relu --like keras --threshold -1 -0.5", "-0.5"),
        ("relu --like keras --threshold -1 --max-value 1 --alpha 0.5 -3", "-1"),
        ("relu --like keras --threshold 2 --max-value 1 --alpha 0.5 1.5", "-0.25"),
        ("relu --like keras --max-value 1 -d 1 1", "0.5"),
        ("Clip --like onnx 7", "7"),
        ("Clip --like onnx --max 6 7", "6"),
        ("leaky_relu --like keras -1", "-0.2"),
        ("LeakyReLU --like keras -1", "-0.3"),
        ("LeakyReLU --like keras --alpha 0.5 -1", "-0.5"),
        ("LeakyReLU --like torch -1", "-0.01"),
        ("compare LeakyReLU --like keras -1", "-0.3"),
        ("softplus --like pytorch 21", "21"),
        ("softplus --like torch --threshold 10 11", "11"),
        ("softplus --like torch --threshold 10 --beta 2 5.5", "5.5"),
        ("compare softplus --like torch --threshold 10 11", "11"),
        ("gelu_python -9", "-1.0157295653584566e-18"),
        ("hard-sigmoid --like TF 1", "0.7"),
        # transformers 5.24, src/transformers/activations.py
        ("gelu --like transformers 1", "0.8413447460685429"),
        ("gelu-tanh --like transformers 1", "0.8411919906082768"),
        ("quick-gelu --like transformers 1", "0.8457957659328212"),
        ("gelu-10 --like hf 11", "10"),
        ("prelu --like transformers -4", "-1"),
        ("laplace --like transformers 0.707107", "0.5"),
        ("xielu --like transformers 1", "1.3"),
        ("xielu --like transformers --alpha-p 0 --beta 0 1", "0.6931471805599453"),
        # ggml, src/ggml-cpu/unary-ops.cpp, vec.h, ops.cpp and src/ggml.c
        ("gelu --like ggml 1", "0.8411919906082768"),
        ("step --like ggml 0", "0"),
        ("step --like ggml 5e-324", "1"),
        ("softplus --like llama.cpp 20.5", "20.5"),
        ("geglu --like ggml 1 1", "0.8411919906082768"),
        ("hard-sigmoid --like ggml 1", "0.6666666666666666"),
        ("xielu --like ggml --alpha-p 0 --beta 0 1", "0.6931471805599453"),
        # tensorflow/python/ops/nn_ops.py; tf_keras 2.21, activations.py and layers/activation/
        ("leaky-relu --like tensorflow -1", "-0.2"),
        ("LeakyReLU --like tensorflow -1", "-0.3"),
        ("gelu --like tf 1", "0.8413447460685429"),
        ("hard-sigmoid --like tf_keras 1", "0.7"),
        ("prelu --like tensorflow -4", "0"),
        # mlx, python/mlx/nn/layers/activations.py
        ("selu --like mlx 1", "1.0507"),
        ("step --like mlx 0", "1"),
        ("leaky-relu --like mlx -1", "-0.01"),
        ("selu --like mlx -d 1 0", "1.7580942819999998"),
        ("gelu --like mlx 1", "0.8413447460685429"),
        ("prelu --like mlx -4", "-1"),
        # paddlepaddle 3.3, python/paddle/nn/functional/activation.py
        ("hard-sigmoid --like paddle 1", "0.6666667"),
        ("scaled-tanh --like paddle -d 1 0", "1.149653"),
        ("softplus --like paddle 20.5", "20.5"),
        # LiteRT, tflite/converter/schema/schema.fbs
        ("hard-tanh --like tflite 7", "1"),
        ("gelu --like litert 1", "0.8413447460685429"),
        # coremltools, converters/mil/mil/ops/defs/iOS15/activation.py
        ("thresholded-relu --like coreml --theta 2 2", "2"),
        ("thresholded-relu --theta 2 2", "0"),
        ("hard-sigmoid --like coreml --slope 0.25 --offset 0.5 1", "0.75"),
        # oneDNN, doc/primitives/eltwise.md
        ("hard-tanh --like onednn --min -1 --max 1 -d 1 1", "1"),
        ("hard-tanh --like onednn --min -1 --max 1 -d 1 -1", "0"),
        ("hard-silu --like onednn --slope 0.25 --offset 0.5 1", "0.75"),
        # TensorRT, include/NvInfer.h
        ("hard-sigmoid --like tensorrt 1", "0.7000000029802322"),
        ("leaky-relu --like trt -1", "-0.009999999776482582"),
        ("scaled-tanh --like tensorrt 1", "0.7615941559557649"),
        # tinygrad, tinygrad/mixin/elementwise.py
        ("gelu --like tinygrad 1", "0.8411919906082768"),
        ("selu --like tinygrad -d 1 0", "1.0507"),
        ("hard-sigmoid --like tinygrad 1", "0.6666666666666666"),
        ("leaky-relu --like tinygrad -d 1 0", "1"),
        # flax, flax/linen/activation.py
        ("prelu --like flax -1", "-0.01"),
        ("gelu --like flax 1", "0.8411919906082768"),
        ("geglu --like flax --gate last 1 1", "0.8411919906082768"),
        ("hard-sigmoid --like keras3 1", "0.6666666666666666"),
    ],
)
def test_a_framework_has_its_own_way(act: Act, words: str, value: str) -> None:
    outcome = act(*words.split(), "-F", "plain")
    assert outcome.out.strip().removeprefix("-0") in (value, value.removeprefix("-0")), outcome.err


def test_jax_means_the_tanh_form_by_gelu() -> None:
    x = np.linspace(-5, 5, 101)
    theirs = engine.evaluate(like(ACTIVATIONS["gelu"], "jax"), x)
    assert np.array_equal(theirs, engine.evaluate(ACTIVATIONS["gelu-tanh"], x))
    assert like(ACTIVATIONS["gelu"], "jax").name == "gelu"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "framework"), PEERS)
def test_every_peer_can_be_computed(name: str, framework: str) -> None:
    record = like(ACTIVATIONS[name], framework)
    x = np.array([y for y in (-3.0, -0.5, 0.25, 2.0) if record.domain[0] < y < record.domain[1]])
    asked = dict.fromkeys((p.name for p in record.parameters if p.required), 0.5)
    orders = engine.evaluate(record, x, (0, 1, 2), -1, **asked)
    assert all(np.isfinite(order).all() for order in orders)


def test_values_at_kinks_are_the_frameworks_own() -> None:
    for name, framework in PEERS:
        record = like(ACTIVATIONS[name], framework)
        unset = {p.name: 6.0 for p in record.parameters if p.default is None or p.required}
        settings = record.settings(unset)
        for at, values in ACTIVATIONS[name].frameworks[framework].at.items():
            place = next(kink for kink in RECORDS[name].kinks if kink.at == at).place(settings)
            got = engine.evaluate(record, np.array([place]), (0, 1, 2), -1, **unset)
            for order, value in enumerate(values):
                assert value is None or got[order][0] == value, (name, framework, at, order)


def test_every_framework_and_variant_is_known() -> None:
    for record in RECORDS.values():
        assert set(record.frameworks) <= set(FRAMEWORKS)
        for peer in record.frameworks.values():
            assert not peer.variant or peer.variant in RECORDS
            names = {p.name for p in (RECORDS[peer.variant] if peer.variant else record).parameters}
            assert set(peer.defaults) | set(peer.required) <= names
            assert set(peer.at) <= {kink.at for kink in record.kinks}


def test_hidden_records_are_variants_of_the_activation_that_they_name() -> None:
    variants = {
        (peer.variant, record.name)
        for record in ACTIVATIONS.values()
        for peer in record.frameworks.values()
        if RECORDS[peer.variant or record.name].hidden
    }
    assert {(record.name, record.variant_of) for record in RECORDS.values() if record.hidden} == variants


def test_layers_of_further_frameworks_are_found_by_names_that_records_know() -> None:
    layers = {peer.layer.name for name, f in PEERS if (peer := ACTIVATIONS[name].frameworks[f]).layer}
    for name in layers:
        spelled = name.rpartition(".")[2]
        record = find(spelled)
        assert record is not None
        assert {peer.name for peer in record.frameworks.values()} >= {n for n in layers if spelled in n}


def test_a_framework_that_lacks_it_is_refused_and_the_others_named() -> None:
    with pytest.raises(UsageError, match=r"Keras 2\.2 has no mish; Keras 3, PyTorch, JAX, ONNX, .* have it"):
        like(ACTIVATIONS["mish"], "keras2")
    with pytest.raises(UsageError, match="no framework has it"):
        like(next(r for r in ACTIVATIONS.values() if not r.frameworks), "torch")


def test_kinds_do_not_change() -> None:
    assert all(like(ACTIVATIONS[n], f).kind is ACTIVATIONS[n].kind for n, f in PEERS)
    assert Kind.VECTOR in {record.kind for record in ACTIVATIONS.values()}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_a_record_is_pickled_as_itself(record: Activation) -> None:
    assert pickle.loads(pickle.dumps(record)) is record  # noqa: S301  our own


@pytest.mark.slow
@pytest.mark.parametrize(("name", "framework"), PEERS)
def test_a_frameworks_record_is_pickled_as_itself(name: str, framework: str) -> None:
    record = like(ACTIVATIONS[name], framework)
    there = pickle.loads(pickle.dumps(record))  # noqa: S301  our own
    assert replace(there, jet=record.jet) == record
    unset = {p.name: 6.0 for p in record.parameters if p.default is None or p.required}
    kinks = [kink.near(record.settings(unset)) for kink in record.kinks]
    x = np.array([*kinks, *(-place for place in kinks), 0.25, -3.0])
    expected = engine.evaluate(record, x, (0, 1, 2), -1, **unset)
    found = engine.evaluate(there, x, (0, 1, 2), -1, **unset)
    assert all(np.array_equal(y, z, equal_nan=True) for y, z in zip(found, expected, strict=True))


def test_a_parameter_without_default_must_be_given(act: Act) -> None:
    found = act("threshold", "--like", "torch", "--threshold", "1", "-1")
    assert (found.code, found.err) == (2, "act: threshold: PyTorch has no default; say --value\n")
    words = ("threshold", "--like", "torch", "--threshold", "1", "--value", "2", "-1", "-F", "plain")
    assert act(*words).out == "2\n"
    assert "has no default; say --alpha" in act("compare", "prelu", "relu", "--like", "onnx", "1").err
    assert "no default for --threshold and --value" in act("info", "threshold").out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("torch.nn.SiLU", "torch.nn.SiLU is silu here: act info silu"),
        ("nn.Hardswish", "nn.Hardswish is hard-silu here: act info hard-silu"),
        ("keras.activations.hard_sigmoid", "is hard-sigmoid here: act info hard-sigmoid"),
        ("nn.Threshold", "nn.Threshold is threshold here: act info threshold"),
        ("keras.layers.LeakyReLU", "is LeakyReLU here: act info LeakyReLU"),
        ("nn.LeakyReLU", "is leaky-relu here: act info leaky-relu"),
    ],
)
def test_a_frameworks_own_name_leads_to_ours(act: Act, word: str, advice: str) -> None:
    found = act("info", word)
    assert found.code == 2
    assert advice in found.err
    assert act(*found.err.rstrip("\n").rpartition(": act ")[2].split()).code == 0


def test_a_name_of_several_frameworks_means_the_first_of_those_that_compute_the_same(act: Act) -> None:
    assert act("nn.PReLU", "1").err == "act: nn.PReLU is computed as act prelu --like torch\n"


def test_a_frameworks_own_name_computes_where_it_means_one_thing(act: Act) -> None:
    found = act("nn.LeakyReLU", "-1", "-F", "plain")
    assert (found.code, found.out) == (0, "-0.01\n")
    assert found.err == "act: nn.LeakyReLU is computed as act leaky-relu --like torch\n"
    assert act("keras.layers.LeakyReLU", "-1", "-F", "plain", "-q").out == "-0.3\n"
    assert act("nn.GELU", "1", "-F", "plain").out == "0.8413447460685429\n"
    found = act("nn.gelu", "1")
    assert found.code == 2
    assert "TensorFlow's is act gelu --like tensorflow, JAX's is act gelu-tanh --like jax" in found.err


NAMES = (
    "gelu_new gelu_pytorch_tanh gelu_fast gelu_accurate gelu_python gelu_erf quick_gelu gelu_fast_approx "
    "relu2 hswish hsigmoid htanh relu-n1-to-1 relu-0-to-1 tansig logsig elliotsig satlins hardlim "
    "torch.nn.functional.gelu tf.nn.swish keras.layers.ReLU jax.nn.hard_swish ACT2FN['gelu_new'] "
    "ACT2FN[gelu_new] F.silu nn.functional.leaky_relu ggml_gelu jax.nn.gelu() ActivationType::kRELU "
    "tf.keras.activations.gelu keras.ops.gelu"
)


@pytest.mark.parametrize("name", NAMES.split())
def test_what_stands_in_a_config_or_in_code_is_found(act: Act, name: str) -> None:
    assert act(name, "1", "-F", "plain", "-q").code == 0


@pytest.mark.slow
def test_every_name_of_every_framework_is_found() -> None:
    for record in ACTIVATIONS.values():
        for framework, theirs in record.frameworks.items():
            for name in (theirs.name, *theirs.others):
                assert framework in {found for _, found in objects_named(name)}, name


def test_a_name_can_carry_parameters_or_ask_for_them(act: Act) -> None:
    assert act("relu-0-to-1", "-1", "0.5", "7", "-F", "plain").out == "0\n0.5\n1\n"
    assert act("hsigmoid", "1", "-F", "plain").out == "0.6666666666666666\n"
    assert act("softmax1", "0", "-F", "plain").out == "0.5\n"
    assert act("clipped-relu", "7").err == "act: relu: clipped-relu has no default; say --max-value\n"
    assert act("clipped-relu", "--max-value", "5", "7", "-F", "plain").out == "5\n"
    found = find("swiglu_oai")
    assert found is not None
    assert pickle.loads(pickle.dumps(found)).settings()["limit"] == 7.0  # noqa: S301  our own


def test_onnx_says_since_when(act: Act) -> None:
    assert "since opset 20" in act("info", "gelu").out
    assert "since opset 14" in act("info", "hard-silu").out


def test_the_layer_is_meant_by_its_own_name_and_is_pickled() -> None:
    layer = find("LeakyReLU")
    assert layer is not None
    for record in (layer, pickle.loads(pickle.dumps(layer))):  # noqa: S301  our own
        assert like(record, "keras").settings() == {"alpha": 0.3}
        assert pickle.loads(pickle.dumps(like(record, "keras"))).settings() == {"alpha": 0.3}  # noqa: S301
        assert record.settings() == {"alpha": 0.01}
    assert find("leaky_relu") is find("LEAKYRELU") is ACTIVATIONS["leaky-relu"]


@pytest.mark.slow
def test_all_other_names_of_frameworks_are_taken(act: Act) -> None:
    for framework in FRAMEWORKS.values():
        for alias in framework.aliases:
            assert act("tanh", "--like", alias, "1").raw == act("tanh", "--like", framework.name, "1").raw
    for word in ("jox", "numpy"):
        assert "there is no" in act("tanh", "--like", word, "1").err


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (
            "softplus --threshold 10 1",
            "act: softplus: only PyTorch's has --threshold; say --like torch",
        ),
        (
            "compare softplus --threshold 10 1",
            "act: softplus: only PyTorch's has --threshold; say --like torch",
        ),
        ("gelu --like all 1", "there is no 'all'; did you mean act compare NAME --like all?"),
        ("gelu --gate last 1 2", "gelu has no option '--gate'; --gate is for gates, such as geglu"),
        ("glu --gate up 1 2", "--gate: there is no 'up'; there are first, last, even, odd"),
        ("swiglu --limit 0 1 2", "swiglu: --limit must be > 0"),
        ("softcap --cap -1 1", "softcap: --cap must be > 0"),
        ("geglu 1 2 3", "geglu needs an even number of values, not 3"),
        ("list --names gelu", "list has no option '--names'; 'act names' prints them"),
        ("gelu --approximate tanh 1", "with it a framework means gelu-tanh: act gelu-tanh"),
        ("softmax --temperature 0 1 2", "act: softmax: --temperature must be > 0; at 0 it is hardmax"),
        ("softmax --temperature -1 1 2", "act: softmax: --temperature must be > 0\n"),
    ],
)
def test_advice_leads_to_what_is_meant(act: Act, words: str, advice: str) -> None:
    outcome = act(*words.split())
    assert outcome.code == 2
    assert advice in outcome.err


def test_a_frameworks_own_option_is_known(act: Act) -> None:
    assert act("softmax", "--dim", "0", "1", "2").raw == act("softmax", "1", "2").raw
    assert act("clip", "--min", "0", "--max", "6", "7", "-F", "plain").out == "6\n"
