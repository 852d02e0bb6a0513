"""The frameworks that `--like` knows, and the meaning of an activation's name in each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actcli.activations import ACTIVATIONS, RECORDS, find
from actcli.activations.record import Kink
from actcli.errors import ParameterError, UsageError
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from actcli.activations.record import Activation, FrameworkVariant
    from actcli.numeric import Array, Jet


class Framework(NamedTuple):
    """A framework: its name here, its title, and the other names that `--like` accepts.

    `namespaces` are the modules of its objects, in which other names of ours are understood too.
    """

    name: str
    title: str
    aliases: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()


_KNOWN: Final = (
    Framework(
        "keras",
        "Keras 3",
        ("keras3",),
        (
            *("keras.activations", "keras.layers", "keras.ops"),
            *("tf.keras.activations", "tf.keras.layers", "tf.keras.ops"),
        ),
    ),
    Framework("keras2", "Keras 2.2"),
    Framework(
        "torch", "PyTorch", ("pytorch",), ("torch.nn.functional", "nn.functional", "F", "torch.nn", "torch")
    ),
    Framework("jax", "JAX", (), ("jax.nn", "jax.numpy")),
    Framework("onnx", "ONNX"),
    Framework("transformers", "Transformers", ("huggingface", "hf")),
    Framework("ggml", "ggml", ("llama.cpp", "llama-cpp")),
    Framework(
        "tensorflow",
        "TensorFlow",
        ("tf", "tf_keras", "tf-keras"),
        ("tf.nn", "tf.math", "tf_keras.activations"),
    ),
    Framework("mlx", "MLX", (), ("mlx.nn",)),
    Framework("paddle", "Paddle", ("paddlepaddle",), ("paddle.nn", "paddle.nn.functional")),
    Framework("tflite", "LiteRT", ("litert",)),
    Framework("coreml", "Core ML", ("coremltools",)),
    Framework("onednn", "oneDNN", ("dnnl",)),
    Framework("tensorrt", "TensorRT", ("trt",)),
    Framework("tinygrad", "tinygrad", (), ("Tensor", "tinygrad.Tensor")),
    Framework("flax", "Flax", (), ("flax.linen", "flax.nnx")),
    Framework("numpy-ml", "numpy-ml", ("numpy_ml", "numpyml")),
)
FRAMEWORKS: Final[dict[str, Framework]] = {framework.name: framework for framework in _KNOWN}
FRAMEWORK_ALIASES: Final = {alias: framework.name for framework in _KNOWN for alias in framework.aliases}
"""The name of each framework by its other names."""


def like(activation: Activation, framework: str) -> Activation:
    """Return the activation as this framework computes it, under our name.

    Raises UsageError where the framework lacks it, naming those that have it.
    """
    variant = activation.frameworks.get(framework)
    if variant is None:
        raise UsageError(f"{FRAMEWORKS[framework].title} has no {activation.name}; {_owners(activation)}")
    meant = RECORDS[variant.variant] if variant.variant else activation
    parameters = tuple(
        parameter._replace(
            default=variant.defaults.get(parameter.name, parameter.default),
            required=FRAMEWORKS[framework].title if parameter.name in variant.required else "",
        )
        for parameter in meant.parameters
    )
    jet = _with_values_at_kinks(meant, variant) if variant.at else meant.jet
    return replace(
        meant,
        name=activation.name,
        parameters=parameters,
        jet=jet,
        like=framework,
        preset=activation.preset,
        maker=(like, (activation, framework)),
    )


def aliases_of_variant(variant: Activation) -> Iterator[tuple[str, str]]:
    """Yield (activation, framework) for each framework that means `variant` by the activation's name."""
    for activation in ACTIVATIONS.values():
        for framework, theirs in activation.frameworks.items():
            if theirs.variant == variant.name:
                yield activation.name, framework


def objects_named(name: str) -> list[tuple[str, str]]:
    """Return (our name, framework) for each framework's object whose name is `name` or ends in it.

    A name that is only an ending needs a dot: `nn.SiLU`. Objects spelled exactly so come alone; else those in
    any case; else those in a framework's namespace by another name of ours: `torch.nn.functional.gelu`. An
    object that is the activation only with certain arguments counts if there is no other. A layer with other
    defaults than the function is called by its own name, LeakyReLU.
    """
    word = _without_quotes(name.removesuffix("()"))
    for spelled in (str, str.lower):
        found: list[tuple[str, str]] = []
        special: list[tuple[str, str]] = []
        for record in ACTIVATIONS.values():
            for framework, theirs in record.frameworks.items():
                if any(_ends_in(spelled(n), spelled(word)) for n in (theirs.name, *theirs.others)):
                    (special if theirs.note.startswith("with ") else found).append((record.name, framework))
                elif theirs.layer and _ends_in(spelled(theirs.layer.name), spelled(word)):
                    found.append((theirs.layer.name.rpartition(".")[2], framework))
        if found or special:
            return found or special
    space, _, last = word.rpartition(".")
    ours = find(last) if space and "(" not in last else None
    return [
        (ours.name, framework.name)
        for framework in FRAMEWORKS.values()
        if ours and space in framework.namespaces and framework.name in ours.frameworks
    ]


def meanings(name: str) -> list[tuple[str, str]]:
    """Return the results of `objects_named`, only one of those that compute the same.

    That is the first whose object is our activation itself, not a variant of it, else the first.
    """
    objects = [(find(ours), ours, framework) for ours, framework in objects_named(name)]
    known = [
        (record, record.frameworks[framework], ours, framework)
        for record, ours, framework in objects
        if record
    ]
    found: dict[tuple[str, object], tuple[str, str]] = {}
    for record, theirs, ours, framework in sorted(known, key=lambda one: bool(one[1].variant)):
        what = theirs.variant or record.name, tuple(sorted(theirs.defaults.items()))
        found.setdefault(what, (ours, framework))
    return list(found.values())


def _ends_in(name: str, word: str) -> bool:
    """Return whether a framework's name is this word, or ends in it after a dot."""
    name = _without_quotes(name)
    return name == word or ("." in word and name.endswith("." + word))


def _without_quotes(name: str) -> str:
    """Return a name without quotes, as a shell passes it: ACT2FN[gelu_new]."""
    return name.replace('"', "").replace("'", "")


def named_by_argument(option: str) -> str:
    """Return the activation that a framework's object becomes by an argument: gelu-tanh for `approximate`.

    Empty where there is none.
    """
    argument = option.removeprefix("--").replace("-", "_") + "='"
    for record in ACTIVATIONS.values():
        if any(argument in theirs.name for theirs in record.frameworks.values()):
            return record.name
    return ""


def check_parameters(activation: Activation, names: Iterable[str]) -> None:
    """Raise ParameterError for the name of a parameter that only a framework's variant has."""
    lacking = set(names) - {parameter.name for parameter in activation.parameters}
    for framework, theirs in activation.frameworks.items() if lacking else ():
        for parameter in RECORDS[theirs.variant].parameters if theirs.variant else ():
            if parameter.name in lacking:
                whose = f"only {FRAMEWORKS[framework].title}'s has {parameter.flag}"
                raise ParameterError(f"{activation.name}: {whose}; say --like {framework}")


def _owners(activation: Activation) -> str:
    names = [FRAMEWORKS[framework].title for framework in activation.frameworks]
    return f"{', '.join(names)} {'have' if len(names) > 1 else 'has'} it" if names else "no framework has it"


def _with_values_at_kinks(activation: Activation, variant: FrameworkVariant) -> Callable[..., Jet]:
    """Return the activation's jet with the framework's values exactly at kinks."""

    def jet(x: Array, **settings: Any) -> Jet:
        for order, values in enumerate(activation.jet(x, **settings)):
            y = values
            for at, given in variant.at.items():
                value = given[order]
                if y is not None and value is not None:
                    y = xp.where(x == Kink(at, "", "", "").place(settings), value, y)
            yield y

    return jet
