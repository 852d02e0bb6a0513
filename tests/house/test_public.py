"""The package as Python code uses it, and the examples in docstrings."""

from __future__ import annotations

import doctest
import importlib
import re

import pytest
from support.processes import Outcome, python

import actcli
from actcli.cli.topics import text

EXAMPLES = {"actcli": 4, "actcli.analysis.notation": 2, "actcli.activations.record": 3}
"""Modules whose docstrings have examples, and the least that each has."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_in_docstrings_give_what_they_show(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted >= EXAMPLES[name]
    assert found.failed == 0


def test_every_public_name_is_there() -> None:
    assert set(actcli.__all__) <= set(dir(actcli))
    for name in actcli.__all__:
        assert getattr(actcli, name) is not None
    with pytest.raises(AttributeError, match="module 'actcli' has no attribute 'sigmoid'"):
        actcli.sigmoid  # noqa: B018  the access is what fails


@pytest.mark.slow
def test_numpy_waits_for_the_first_number() -> None:
    program = (
        "import sys\n"
        "from actcli import ACTIVATIONS, evaluate, find, like\n"
        "gelu = like(find('GELU'), 'torch')\n"
        "assert 'numpy' not in sys.modules\n"
        "print(float(evaluate(gelu, 0.0, 1)))\n"
        "assert 'numpy' in sys.modules\n"
    )
    assert python(program) == Outcome(0, b"0.5\n", "")


def test_the_topic_about_python_shows_code_that_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", text("python"), re.DOTALL)
    names = {"x": [-1.0, 2.0], "logits": [[1.0, 2.0, 3.0]]}
    exec(example, names)  # noqa: S102  it is ours
    assert names["keras"].tolist() == [-0.2, 2.0]  # type: ignore[attr-defined]
    assert names["probabilities"].shape == (1, 3)  # type: ignore[attr-defined]
