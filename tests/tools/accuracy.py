"""How far the engine is from the truth: the largest error in ulps of each activation and order.

    python tests/tools/accuracy.py [--seed N] [--points N] [--markdown | --exact | --small] [NAME ...]

Prints a row for each activation and order: the largest error over a grid of parameters, where it occurs,
and how many results are a wrong nan or infinity. The points are random bit patterns, dense runs up to 40
on both sides, tiny and huge numbers, the edges of exp, and the neighbours of every root and kink. Ends
with 1 if an error is over its bound.

With --exact the results of `exact` are counted that are not the float64 nearest to the oracle's, which takes
as many bits as decide; with --small those of the engine that are not what `exact` proves: all numbers of each
type of 8 and 16 bits, with all settings and orders. Ends with 1 if --exact finds one.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # when run as a program

from mpmath import mp, mpf  # type: ignore[import-untyped]  # it has no types
from support.oracle import differentiated, exact, exact_many, ulps

from actcli.activations import ACTIVATIONS, RECORDS
from actcli.activations.record import Kind
from actcli.engine import evaluate
from actcli.errors import ParameterError
from actcli.exact import exact as proven
from actcli.numeric.dtypes import DTYPES, floating_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from actcli.activations.record import Activation

    Method = Callable[[Activation, int, random.Random], "list[Worst]"]
    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Places = np.ndarray[Any, np.dtype[np.int64]]

ORDERS: Final = (0, 1, 2)
PERIODIC: Final = {"snake": 1e5, "snake-beta": 1e5, "sine": 1e5}
"""How far out the promise holds for a function that needs all of x's digits: in those of its largest term."""
HALVED: Final = ("softmax", "softmin")
"""f'' has the factor 1 - 2 s_i: among three or more, it has no digits of its own where s_i is near 1/2."""
EXTREMES: Final = (
    *(0.0, 5e-324, 1e-310, 2.2250738585072014e-308, 1e-300, 1e-160, 1e-20, 1e-9, 1e-5, 1e-3),
    *(18.5, 19.1, 36.7, 37.5, 38.5, 354.0, 372.5, 700.0, 708.3, 708.5, 709.7, 710.0, 744.0, 745.2, 746.0),
    *(1416.0, 1490.0, 1e5, 1e17, 1e100, 1e155, 1e300, sys.float_info.max, math.inf),
)
NEARLY: Final = 2.0**-30
"""So near to half a spacing the oracle's usual bits may not decide."""
REACHES: Final = (2, 8.5, 21, 40)
"""How far from zero the dense runs go: where most things happen there is more than one."""
OTHERS: Final = {
    "alpha": (0.3, -0.7, 1e-5, 1e6, 0.0),
    "beta": (0.3, 2.5, 1e-3, 1e3),
    "b": (0.1, 1.0, 1e8, 0.0),
    "lambd": (0.1, 3.0, 0.0),
    "frequency": (0.3, 2.5),
    "max_value": (1.5, 6.0),
    "min_value": (-2.5, 0.1),
    "threshold": (0.7, -1.1),
    "alpha_p": (-1.7,),
    "alpha_n": (0.3, -1.7),
    "eps": (-0.5,),
    "limit": (1.5, 7.0),
    "offset": (1.0, 0.3),
    "sink": (0.0, 2.5),
    "slope": (0.2, 0.1666667, 3.0),
    "temperature": (0.3, 2.5, 1e-3, 1e3, 1e-60, 1e60),
}
"""Values of parameters, by name, beside their defaults; the others take NUMBERS."""
NUMBERS: Final = (0.3, -1.7, 5.0)
COLD: Final = ("softmax", "softmin", "log-softmax")
"""Below 1 the temperature magnifies, in derivatives, probabilities below the smallest normal number."""
TAILS: Final = ("geglu", "geglu-tanh", "geglu-quick", "swiglu")
"""b f(a): where f(a) is below the smallest normal number, it has fewer digits that b can multiply."""

PEERS: Final = {
    "relu": ("0.0 / 0.0 / 0.0", "0.0 / 0.0 / 0.0"),
    "relu6": ("0.0 / 0.0 / 0.0", "0.0 / 0.0 / 0.0"),
    "leaky-relu": ("0.5 / 0.0 / 0.0", "0.5 / 0.0 / 0.0"),
    "elu": ("0.9 / 0.7 / 0.7", "1.9 / lost / lost"),
    "celu": ("0.5 / 0.7 / 0.7", "2.0 / lost / lost"),
    "selu": ("1.6 / 1.2 / 1.2", "2.2 / lost / lost"),
    "exponential": ("0.5 / 0.5 / 0.5", "1.4 / 1.4 / 1.4"),
    "sigmoid": ("1.7 / lost / lost", "1.7 / lost / lost"),
    "log-sigmoid": ("1.0 / 1.3 / lost", "1.8 / 15.9 / lost"),
    "tanh": ("0.6 / lost / lost", "6.9 / lost / lost"),
    "softsign": ("1.3 / lost / lost", "1.3 / lost / lost"),
    "hard-tanh": ("0.0 / 0.0 / 0.0", "0.0 / 0.0 / 0.0"),
    "hard-silu": ("1.4 / 3e15 / 0.3", "1.5 / lost / lost"),
    "softplus": ("4e5 / 1e7 / lost", "2.0 / 25.1 / lost"),
    "silu": ("lost / lost / lost", "lost / lost / lost"),
    "mish": ("5.2 / lost / lost", "lost / lost / lost"),
    "gelu": ("lost / lost / 2e15", "9e2 / lost / lost"),
    "gelu-tanh": ("lost / lost, nan / lost", "lost / lost, nan / lost"),
    "hard-shrink": ("0.0 / 0.0 / 0.0", ""),
    "soft-shrink": ("0.0 / 0.0 / 0.0", ""),
    "tanh-shrink": ("lost / lost / lost", ""),
    "softmax": ("15.9 / lost / lost", "15.9 / lost / lost"),
    "softmin": ("14.6 / lost / lost", ""),
    "log-softmax": ("lost / lost / lost", "lost / lost / lost"),
    "glu": ("1.2 / 1.8 / 2e7", "1.2 / 1.8 / 1e7"),
    "squareplus": ("", "lost, nan / lost, nan / lost"),
    "sparse-plus": ("", "1.4 / 0.5, nan / 0.0"),
    "sparse-sigmoid": ("", "0.5 / 0.0, nan / 0.0"),
}
"""PyTorch 2.13 and JAX 0.10, as `benchmarks/peers.py --points 120` has found them."""

MOST_ROOTS: Final = 150
"""Roots of a fast wave, of which there are thousands, around which it is measured: they are all alike."""


@dataclass
class Worst:
    """The largest error so far, where it was, and how many results were a wrong nan or infinity."""

    error: float = 0.0
    place: str = ""
    wrong: int = 0

    def add(self, error: float, place: str) -> None:
        """Count one result. A wrong nan or infinity is worse than any error."""
        self.wrong += math.isinf(error)
        if error > self.error:
            self.error, self.place = error, place


def bound(record: Activation, order: int, n: int = 0) -> float:
    """The promise, in ulps; n is a vector's length."""
    if record.kind is Kind.ELEMENTWISE:
        return 3.0 if order == 0 and record.name not in PERIODIC else 4.0
    return 4.0 + n / 8


def parameter_grid(record: Activation) -> list[dict[str, Any]]:
    """The defaults, then each parameter moved alone, then all at once; only what is within bounds."""
    values: dict[str, tuple[Any, ...]] = {
        p.name: p.choices or OTHERS.get(p.name, NUMBERS) for p in record.parameters
    }
    alone = [{name: v} for name, several in values.items() for v in several]
    together = [dict(zip(values, choice, strict=True)) for choice in zip(*values.values(), strict=False)]
    return [
        given for given in ({}, *alone, *(together if len(values) > 1 else [])) if _allowed(record, given)
    ]


def _allowed(record: Activation, given: dict[str, Any]) -> bool:
    try:
        record.settings(given)
    except ParameterError:
        return False
    return True


def points(record: Activation, given: dict[str, Any], count: int, chance: random.Random) -> list[float]:
    """Where an elementwise activation is measured: about 4 x count numbers and the fixed ones."""
    settings = record.settings(given)
    kinks = [place for kink in record.kinks if math.isfinite(place := kink.place(settings))]
    found = list(roots(record, given))
    places = [*kinks, *(found if len(found) < MOST_ROOTS else chance.sample(found, MOST_ROOTS))]
    near = [y for place in places for y in neighbours(place, max(2, count // 10), chance)]
    bits = [struct.unpack("<d", chance.randbytes(8))[0] for _ in range(count)]
    dense = [chance.uniform(-far, far) for far in REACHES for _ in range(count // 2)]
    spread = [chance.choice((-1, 1)) * 10 ** chance.uniform(-12, 3.2) for _ in range(count)]
    extremes = EXTREMES if not given else chance.sample(EXTREMES, min(2 * count, len(EXTREMES)))
    several = [*near, *extremes, *(-x for x in extremes), *bits, *dense, *spread]
    limit = PERIODIC.get(record.name, math.inf)
    return [x for x in several if abs(x) <= limit or math.isinf(x)]


def neighbours(place: float, count: int, chance: random.Random) -> Iterator[float]:
    """The place, the numbers beside it, and some at growing distances on both sides."""
    yield place
    for k in range(count):
        steps = 1 if k == 0 else int(2 ** chance.uniform(0, 45))
        for side in (-1, 1):
            yield place + side * steps * (math.ulp(place) if place else 5e-324)


def roots(record: Activation, given: dict[str, Any]) -> Iterator[float]:
    """Where f, f' or f'' changes sign between -40 and 40, as the engine sees it, to the last bit."""
    grid = np.linspace(-40, 40, 4001) + 0.00137
    for order in ORDERS:
        y = evaluate(record, grid, order, **given)
        before = np.flatnonzero(y[:-1] * y[1:] < 0)
        yield from _bisected(record, given, order, grid[before], grid[before + 1])


def _bisected(
    record: Activation, given: dict[str, Any], order: int, low: Floats, high: Floats
) -> list[float]:
    """The first float64 of the other sign in each interval."""
    left = np.sign(evaluate(record, low, order, **given))
    first, last = _counted(low), _counted(high)  # halving distances instead, zero is a thousand steps away
    while (last - first > 1).any():
        middle = first + (last - first) // 2
        same = left * evaluate(record, _at(middle), order, **given) > 0
        first, last = np.where(same, middle, first), np.where(same, last, middle)
    return list(_at(last).tolist())


def _counted(x: Floats) -> Places:
    """How many float64s lie between zero and these, with their sign."""
    return np.where(x < 0, -1, 1) * np.abs(x).view(np.int64)


def _at(places: Places) -> Floats:
    """The float64s at these places: `_counted` the other way round."""
    return np.copysign(np.abs(places).view(np.float64), places)


def measure(record: Activation, count: int, chance: random.Random) -> list[Worst]:
    """The worst of each order of an elementwise activation, over the grid of parameters."""
    worst = [Worst() for _ in ORDERS]
    for given in parameter_grid(record):
        xs = points(record, given, count, chance)
        got = evaluate(record, np.array(xs), ORDERS, **given)
        settings = record.settings(given)
        for k, x in enumerate(xs):
            for order, true in enumerate(exact(record, x, settings)):
                place = " ".join([f"{x!r}", *(f"{name}={v!r}" for name, v in given.items())])
                worst[order].add(
                    ulps(float(got[order][k]), true, largest_term(record, x, order, settings)), place
                )
    return worst


def largest_term(record: Activation, x: float, order: int, settings: dict[str, Any]) -> float:
    """What a periodic function's digits are counted from; 0 for all others."""
    if record.name not in PERIODIC:
        return 0.0
    if record.name == "snake-beta":
        w, b = abs(float(settings["alpha"])), abs(float(settings["beta"]))
        return (max(abs(x), 1 / b), max(1.0, w / b), 2 * w * w / b)[order]
    w = float(settings["frequency"])
    terms = (max(abs(x), 1 / w), 1.0, 2 * w) if record.name == "snake" else (1.0, w, w * w)
    return terms[order]


def larger_terms(
    record: Activation, x: Sequence[float], settings: dict[str, Any], order: int
) -> Iterable[Any]:
    """What each entry's digits are counted from if not from itself: see HALVED, TAILS and COLD."""
    n = len(x)
    if record.name in TAILS:
        return itertools.repeat(max(map(abs, x)) * sys.float_info.min)
    least = sys.float_info.min / min(1.0, settings["temperature"]) ** order if record.name in COLD else 0.0
    others = n if settings.get("sink") is None else n + 1
    if record.name not in HALVED or order < 2 or others < 3:
        return itertools.repeat(least)
    d1 = [d / settings["temperature"] for d in exact_many(record, x, settings, 1)]
    places = itertools.product(range(n), repeat=3)
    return [
        max(least, abs(d1[i * n + (j if i == k else k)])) if len({i, j, k}) < 3 else least
        for i, j, k in places
    ]


def vectors(record: Activation, count: int, chance: random.Random) -> Iterator[list[float]]:
    """Inputs for vectors and gates: short and long, narrow and 700 apart, far from zero, nearly tied."""
    step = 2 if record.kind is Kind.GATED else 1
    for _ in range(count):
        n = step * chance.randint(1, 4)
        width, centre = 10 ** chance.uniform(-9, 2.85), chance.choice((0.0, 1.0, -37.3, 1e4, -1e12))
        yield [centre + width * chance.uniform(-1, 1) for _ in range(n)]
    yield [0.0, -40.0]
    yield [1.0, 1.0, 1.0, 1.0]


def measure_many(record: Activation, count: int, chance: random.Random) -> list[Worst]:
    """The worst of each order of a VECTOR or GATED activation, in excess of n/8 ulp."""
    worst = [Worst() for _ in ORDERS]
    for given in parameter_grid(record):
        settings = record.settings(given)
        for x in vectors(record, count, chance):
            got = evaluate(record, np.array(x), ORDERS, **given)
            for order in ORDERS:
                true = exact_many(record, x, settings, order)
                results = zip(
                    got[order].ravel().tolist(), true, larger_terms(record, x, settings, order), strict=False
                )
                for y, t, term in results:
                    worst[order].add(max(0.0, ulps(y, t, term) - len(x) / 8), f"{x} {given or ''}")
    return worst


def rows(
    names: Sequence[str], count: int, seed: int, alone: Method | None = None
) -> Iterable[tuple[Activation, list[Worst]]]:
    """Each activation with its worst errors; all that are shown, unless some are named.

    alone: how all of them are measured, if it is not by their errors.
    """
    for name in names or ACTIVATIONS:
        record, chance = RECORDS[name], random.Random(f"{seed} {name}")  # noqa: S311  no secrets
        if alone is not None:
            yield record, alone(record, count, chance)
            continue
        method = measure if record.kind is Kind.ELEMENTWISE else measure_many
        yield record, method(record, count, chance)


def measure_exact(record: Activation, count: int, chance: random.Random) -> list[Worst]:
    """Count the results of each order that are not the nearest float64, over the grid of parameters."""
    if record.kind is not Kind.ELEMENTWISE:
        return measure_exact_many(record, count, chance)
    worst = [Worst() for _ in ORDERS]
    grid = parameter_grid(record)
    for given in grid:
        chosen = points(record, given, max(1, count // len(grid)), chance)
        xs = chance.sample(chosen, min(len(chosen), max(1, count // len(grid))))
        got = evaluate(proven(record), np.array(xs), ORDERS, **given)
        settings = record.settings(given)
        for k, x in enumerate(xs):
            for order, true in enumerate(exact(record, x, settings)):
                y = float(got[order][k])
                error = ulps(y, true)
                if abs(error - 0.5) < NEARLY and math.isfinite(error):
                    with mp.workprec(20_000):
                        error = ulps(y, differentiated(record, mpf(x), settings)[order])
                if error > 0.5:
                    worst[order].add(math.inf, f"{x!r} {given or ''} gives {y!r}")
    return worst


def measure_exact_many(record: Activation, count: int, chance: random.Random) -> list[Worst]:
    """Count the same of a VECTOR or GATED activation, of at least `count` results of all orders together."""
    worst = [Worst() for _ in ORDERS]
    grid = parameter_grid(record)
    for given in grid:
        settings, done = record.settings(given), 0
        while done < count / len(grid):
            for x in vectors(record, 1, chance):
                got = evaluate(proven(record), np.array(x), ORDERS, **given)
                done += sum(y.size for y in got)
                for order in ORDERS:
                    true = exact_many(record, x, settings, order)
                    for y, t in zip(got[order].ravel().tolist(), true, strict=True):
                        if ulps(y, t) > 0.5 + NEARLY:
                            worst[order].add(math.inf, f"{x} {given or ''} gives {y!r}")
    return worst


def measure_small(record: Activation, _: int, __: random.Random) -> list[Worst]:
    """Count the engine's results in types of 8 and 16 bits that are not what balls prove, of each order."""
    worst = [Worst() for _ in ORDERS]
    for name in DTYPES if record.kind is Kind.ELEMENTWISE else ():
        dtype = floating_type(name)
        if dtype.itemsize > 2:
            continue
        x = np.arange(256**dtype.itemsize, dtype=f"u{dtype.itemsize}").view(dtype)
        for given in parameter_grid(record):
            with np.errstate(all="ignore"):
                pairs = zip(*(evaluate(r, x, ORDERS, **given) for r in (record, proven(record))), strict=True)
                for order, (y, true) in enumerate(pairs):
                    near, nearest = y.astype(float), true.astype(float)
                    wrong = np.flatnonzero(~((near == nearest) | (np.isnan(near) & np.isnan(nearest))))
                    for k in wrong.tolist():
                        worst[order].add(math.inf, f"{name} {x[k]} {given or ''} gives {y[k]}, not {true[k]}")
    return worst


def show_counts(record: Activation, worst: list[Worst]) -> bool:
    """Print how many results of each order are wrong; whether none is."""
    for order, w in enumerate(worst):
        print(f"{record.name:20} {order} wrong {w.wrong:<6} {w.place}", flush=True)  # noqa: T201
    return not any(w.wrong for w in worst)


def show(record: Activation, worst: list[Worst]) -> bool:
    """Print one activation; whether it keeps its bounds."""
    kept = True
    for order, w in enumerate(worst):
        over = w.error > bound(record, order)
        kept &= not over
        mark = "  OVER" if over else ""
        print(f"{record.name:20} {order} {w.error:8.3g}  wrong {w.wrong:<4} {w.place}{mark}", flush=True)  # noqa: T201
    return kept


def show_markdown(record: Activation, worst: list[Worst]) -> bool:
    """Print one activation as a row of README's table; whether it keeps its bounds."""
    ours = " / ".join(f"{w.error:.1f}" for w in worst)
    torch, jax = PEERS.get(record.name, ("", ""))
    print(f"| {record.name} | {ours} | {torch} | {jax} |", flush=True)  # noqa: T201
    return all(w.error <= bound(record, order) for order, w in enumerate(worst))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--points", type=int, default=300, help="of each kind, for each choice of parameters")
    parser.add_argument("--markdown", action="store_true", help="print README's table")
    parser.add_argument("--exact", action="store_true", help="count exact results that are not the nearest")
    parser.add_argument("--small", action="store_true", help="count small types' results that are not exact")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    if options.exact or options.small:
        method = measure_exact if options.exact else measure_small
        found = rows(options.names, options.points, options.seed, method)
        right = [show_counts(record, worst) for record, worst in found]
        return 0 if all(right) or options.small else 1
    if options.markdown:
        print("| max ulp, orders 0 / 1 / 2 | act | PyTorch | JAX |\n|---|---|---|---|")  # noqa: T201
    kept = [
        (show_markdown if options.markdown else show)(record, worst)
        for record, worst in rows(options.names, options.points, options.seed)
    ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
