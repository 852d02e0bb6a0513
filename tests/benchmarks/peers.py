"""How far PyTorch and JAX are from the truth, on the points and by the measure of `tests/tools/accuracy.py`.

    PYTHONPATH=tests python tests/benchmarks/peers.py [--points N] [--seed N] [NAME ...]

Prints the entries of `PEERS` in `tests/tools/accuracy.py`: float64, the defaults, orders 0 / 1 / 2 by
automatic differentiation; "lost" has no correct digit, "nan" is a wrong nan or infinity at a finite number,
"-" is what a framework cannot differentiate. Left out are kinks, where conventions differ, and inputs and
results below the smallest normal number, which some take for 0. A framework that is not installed is named
and skipped.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import random
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from support.oracle import exact, exact_many, ulps
from tools.accuracy import points, vectors

from actcli.activations import RECORDS
from actcli.activations.record import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from actcli.activations.record import Activation

    Orders = Callable[[Any], list[Any]]

LOST: Final = 2.0**52
ROUND: Final = 100.0
"""From here on one digit of an error is enough."""
VECTORS: Final = 30
TORCH: Final = {
    "relu": "functional.relu", "relu6": "functional.relu6", "leaky-relu": "functional.leaky_relu",
    "elu": "functional.elu", "celu": "functional.celu", "selu": "functional.selu", "exponential": "torch.exp",
    "sigmoid": "torch.sigmoid", "log-sigmoid": "functional.logsigmoid", "tanh": "torch.tanh",
    "softsign": "functional.softsign", "hard-tanh": "functional.hardtanh",
    "hard-silu": "functional.hardswish", "softplus": "functional.softplus", "silu": "functional.silu",
    "mish": "functional.mish", "gelu": "functional.gelu",
    "gelu-tanh": "lambda x: functional.gelu(x, approximate='tanh')", "hard-shrink": "functional.hardshrink",
    "soft-shrink": "functional.softshrink", "tanh-shrink": "functional.tanhshrink",
    "softmax": "lambda x: functional.softmax(x, -1)", "softmin": "lambda x: functional.softmin(x, -1)",
    "log-softmax": "lambda x: functional.log_softmax(x, -1)", "glu": "functional.glu",
}  # fmt: skip
JAX: Final = {
    "relu": "nn.relu", "relu6": "nn.relu6", "leaky-relu": "nn.leaky_relu", "elu": "nn.elu", "celu": "nn.celu",
    "selu": "nn.selu", "exponential": "numpy.exp", "sigmoid": "nn.sigmoid", "log-sigmoid": "nn.log_sigmoid",
    "tanh": "numpy.tanh", "softsign": "nn.soft_sign", "hard-tanh": "nn.hard_tanh",
    "hard-silu": "nn.hard_silu",
    "softplus": "nn.softplus", "silu": "nn.silu", "mish": "nn.mish",
    "gelu": "lambda x: nn.gelu(x, approximate=False)", "gelu-tanh": "nn.gelu", "squareplus": "nn.squareplus",
    "sparse-plus": "nn.sparse_plus", "sparse-sigmoid": "nn.sparse_sigmoid", "softmax": "nn.softmax",
    "log-softmax": "nn.log_softmax", "glu": "nn.glu",
}  # fmt: skip


class Framework(NamedTuple):
    """Its name and version, its functions, the names in them, and how it differentiates them."""

    name: str
    functions: dict[str, str]
    names: dict[str, Any]
    of_numbers: Callable[[Callable[[Any], Any]], Orders]
    of_vectors: Callable[[Callable[[Any], Any]], Orders]

    def orders(self, record: Activation) -> Orders:
        """What gives f, f' and f'' of the function that it has for an activation."""
        function = eval(self.functions[record.name], self.names)  # noqa: S307  a table of ours
        return (self.of_numbers if record.kind is Kind.ELEMENTWISE else self.of_vectors)(function)


def torch_orders(f: Callable[[Any], Any]) -> Orders:
    """PyTorch's f, f' and f'' of numbers, or f and its derivatives of one vector; None where it has none."""
    torch = importlib.import_module("torch")

    def orders(x: Any) -> list[Any]:
        t = torch.from_numpy(np.array(x)).requires_grad_()
        found: list[Any] = [f(t)]
        for _ in range(2):
            y = found[-1]
            try:
                (slope,) = torch.autograd.grad(y.sum(), t, create_graph=True) if y.requires_grad else (0 * t,)
            except RuntimeError:  # not implemented
                return [*(z.detach().numpy() for z in found), *[None] * (3 - len(found))]
            found.append(slope)
        return [z.detach().numpy() for z in found]

    return orders


def torch_vector(f: Callable[[Any], Any]) -> Orders:
    """PyTorch's f, Jacobian and second order of one vector."""
    torch = importlib.import_module("torch")
    jacobian = torch.func.jacrev(f)
    second = torch.func.jacrev(jacobian)
    return lambda x: [g(torch.tensor(x, dtype=torch.float64)) for g in (f, jacobian, second)]


def jax_orders(f: Callable[[Any], Any]) -> Orders:
    """JAX's f, f' and f'' of numbers."""
    jax = importlib.import_module("jax")
    many = [jax.jit(jax.vmap(g)) for g in (f, jax.grad(f), jax.grad(jax.grad(f)))]
    return lambda x: [np.asarray(g(x)) for g in many]


def jax_vector(f: Callable[[Any], Any]) -> Orders:
    """JAX's f, Jacobian and second order of one vector."""
    jax = importlib.import_module("jax")
    jacobian = jax.jacrev(f)
    return lambda x: [np.asarray(g(np.array(x))) for g in (f, jacobian, jax.jacrev(jacobian))]


def installed() -> Iterator[Framework]:
    """PyTorch and JAX, if they are there."""
    try:
        torch = importlib.import_module("torch")
        names = {"torch": torch, "functional": importlib.import_module("torch.nn.functional")}
        yield Framework(f"PyTorch {torch.__version__}", TORCH, names, torch_orders, torch_vector)
    except ImportError:
        print("PyTorch is not installed")
    try:
        jax = importlib.import_module("jax")
        jax.config.update("jax_enable_x64", val=True)
        yield Framework(
            f"JAX {jax.__version__}", JAX, {"nn": jax.nn, "numpy": jax.numpy}, jax_orders, jax_vector
        )
    except ImportError:
        print("JAX is not installed")


def samples(record: Activation, count: int, seed: int) -> Iterator[tuple[Any, list[Any]]]:
    """Inputs, and the truth of the three orders for each."""
    chance = random.Random(f"{seed} {record.name}")  # noqa: S311  no secrets
    settings = record.settings()
    if record.kind is not Kind.ELEMENTWISE:
        for x in vectors(record, VECTORS, chance):
            yield x, [list(exact_many(record, x, settings, order)) for order in range(3)]
        return
    kinks = [kink.place(settings) for kink in record.kinks]
    xs = [x for x in points(record, {}, count, chance) if _normal(x) and x not in kinks]
    yield np.array(xs), list(zip(*(exact(record, x, settings) for x in xs), strict=True))


def cell(orders: Orders, sampled: list[tuple[Any, list[Any]]]) -> str:
    """One framework's largest errors, as they stand in README's table."""
    worst: list[float | None] = [0.0] * 3
    wrong = [False] * 3
    for x, truths in sampled:
        for order, (got, true) in enumerate(zip(orders(x), truths, strict=True)):
            if got is None:
                worst[order] = None
                continue
            errors = [
                ulps(float(y), t) for y, t in zip(np.ravel(got).tolist(), true, strict=True) if _normal(t)
            ]
            wrong[order] |= any(map(math.isinf, errors))
            worst[order] = max([worst[order] or 0.0, *filter(math.isfinite, errors)])
    return " / ".join(shown(error, wrong=flag) for error, flag in zip(worst, wrong, strict=True))


def _normal(x: Any) -> bool:
    return bool(x == 0 or sys.float_info.min <= abs(x) < math.inf)


def shown(error: float | None, *, wrong: bool) -> str:
    """An error in ulps in few characters."""
    if error is None:
        return "-"
    text = f"{error:.1f}" if error < ROUND else f"{error:.0e}".replace("e+0", "e").replace("e+", "e")
    return ("lost" if error >= LOST else text) + ", nan" * wrong


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    frameworks = list(installed())
    print("# " + ", ".join(framework.name for framework in frameworks))
    for name in options.names or [*dict.fromkeys(name for f in frameworks for name in f.functions)]:
        sampled = list(samples(RECORDS[name], options.points, options.seed))
        cells = [cell(f.orders(RECORDS[name]), sampled) if name in f.functions else "" for f in frameworks]
        print(f'    "{name}": ({", ".join(json.dumps(text) for text in cells)}),', flush=True)


if __name__ == "__main__":
    main()
