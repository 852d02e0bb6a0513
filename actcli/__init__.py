"""Activation functions, right to the last digits: `act` on the command line, and these names in Python.

`evaluate` computes an activation, or its derivatives, of an array. `ACTIVATIONS` maps names to activations;
`find` returns one by name or alias in any spelling, and `like` returns it as a framework defines it. `check`
measures the errors of given results against the exact ones.

    >>> from actcli import ACTIVATIONS, evaluate, find, like
    >>> evaluate(ACTIVATIONS["softplus"], [-1.0, 0.0, 800.0], order=1)
    array([0.26894142, 0.5       , 1.        ])

    >>> keras = like(find("LeakyReLU"), "keras")
    >>> y, slope = evaluate(keras, [-1.0, 3.0], order=(0, 1))
    >>> y, slope
    (array([-0.3,  3. ]), array([0.3, 1. ]))

Importing the package imports no other module; NumPy is loaded at the first computation.
"""

TYPE_CHECKING = False  # saves the import of `typing`
if TYPE_CHECKING:
    from actcli.activations import ACTIVATIONS, find
    from actcli.activations.frameworks import like
    from actcli.analysis.check import check
    from actcli.engine import evaluate

__version__ = "0.1.0"
__all__ = ["ACTIVATIONS", "check", "evaluate", "find", "like"]

_MODULES = {
    "ACTIVATIONS": "actcli.activations",
    "check": "actcli.analysis.check",
    "evaluate": "actcli.engine",
    "find": "actcli.activations",
    "like": "actcli.activations.frameworks",
}


def __getattr__(name: str) -> object:
    """Import and return a public name at its first use. Raises AttributeError for any other name."""
    if name not in _MODULES:
        raise AttributeError(f"module 'actcli' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
