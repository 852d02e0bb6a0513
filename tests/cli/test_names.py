"""`act names`: every name of every framework, for people and for converters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from actcli.activations import ACTIVATIONS

if TYPE_CHECKING:
    from conftest import Act


def test_a_page_has_every_name_and_what_computes_it_here(act: Act) -> None:
    page = " ".join(act("names", "gelu", "leaky-relu").out.split())
    assert "here act gelu gelu, gelu-python, gelu-erf" in page
    assert 'Transformers act gelu ACT2FN["gelu"], ACT2FN["gelu_python"]' in page
    assert "JAX act gelu --like jax jax.nn.gelu" in page
    assert "Keras 3 act LeakyReLU --like keras keras.layers.LeakyReLU" in page


def test_json_has_all_activations(act: Act) -> None:
    data = json.loads(act("names", "-F", "json").out)
    assert [record["name"] for record in data] == list(ACTIVATIONS)
    gelu = next(record for record in data if record["name"] == "gelu")
    assert gelu["frameworks"]["ggml"]["computes"] == "gelu-tanh"
    assert gelu["frameworks"]["ggml"]["names"] == ["ggml_gelu"]
    assert gelu["frameworks"]["onnx"]["since"] == "opset 20"


def test_every_command_that_is_named_computes(act: Act) -> None:
    required = {"clipped-relu"}
    for line in act(
        "names", "gelu", "hard-sigmoid", "relu", "swiglu", "softmax", "-F", "plain"
    ).out.splitlines():
        name, command = line.split("\t")
        record = command.removeprefix("act ").split()
        if name not in required and not _lacks(record):
            assert act(*record, "1", "2", "-F", "plain").code == 0, line


def _lacks(words: list[str]) -> bool:
    record = ACTIVATIONS.get(words[0])
    return record is not None and "--like" in words and bool(record.frameworks[words[-1]].required)


def test_an_unknown_name_and_a_hidden_one_are_refused(act: Act) -> None:
    assert "did you mean gelu" in act("names", "gelo").err
    assert "'act info gelu_tanhh'" not in act("names", "gelu-tanhh").err
    assert "act info softplus-torch" in act("names", "softplus-torch").err
