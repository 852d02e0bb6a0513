"""Charts for a browser: an SVG picture that needs no script, and the data that the script shows.

All numbers are computed and formatted here: `page.js` looks them up and draws; it shows none of its own.
"""

from __future__ import annotations

import json
import math
import shlex
import sys
from functools import cached_property
from html import escape
from itertools import groupby, pairwise, product
from typing import TYPE_CHECKING, Any, Final

from actcli.activations.record import primes
from actcli.analysis import landmarks
from actcli.analysis.landmarks import Graph
from actcli.engine import evaluate
from actcli.errors import UsageError
from actcli.numeric import numerals, runs, xp
from actcli.numeric.numerals import shortest
from actcli.plots import slider
from actcli.plots.curves import Curve, extent
from actcli.plots.markup import element, heads, rows, scrolled
from actcli.plots.slider import POSITIONS, Slider, command_words
from actcli.plots.ticks import label, ticks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from actcli.numeric import Array
    from actcli.plots.curves import Span

DIGITS: Final = 6
"""Significant digits of values by default."""
_SIZE: Final = (720.0, 420.0)
_MARGINS: Final = (46.0, 14.0, 10.0, 30.0)  # left, right, top, bottom
_THUMB: Final = (-4.0, 4.0)
_THUMB_POINTS: Final = 81
_DRAWN: Final = 240  # points of each curve in the picture shown without a script
_LEAST_DRAWN: Final = 40
_MOST_TICKS: Final = 11
_MOST_LEVELS: Final = 8
_ROWS: Final = 21
COLOURS: Final = 8
"""Classes of colours, c0 to c7."""
_DASHES: Final = 6
_BEYOND: Final = 100.0  # heights of the picture above or below which positions are cut
_AIR: Final = 0.03  # margin above and below the curves, as a fraction of the height
_BESIDE: Final = 1e-3  # distance from an extremum to the points that tell its kind
_FLAT: Final = 0.1  # regions with |f'| below are shaded
_BUDGET: Final = 200_000  # bytes that the values in a page may take
_FRAME: Final = 400  # bytes of marks and notes in a frame, estimated
_STEPS: Final = (1000, 500, 200, 100, 50)  # of the grid of x, from fine to coarse
_FITTING: Final = ((21, 200), (21, 100), (11, 200), (11, 100), (11, 50), (5, 100), (5, 50))
"""(positions of a slider without a range, steps of its frames' grid): the first pair that fits is used."""
_MOST_NAMED: Final = 4  # landmarks of one kind that a note names


class Chart:
    """Curves over a span of x, with sliders for their parameters, as the HTML of one figure.

    share: the fraction of a page's bytes that the values may take. view: the span of y, None to fit the
    curves. Raises UsageError if the ranges of parameters give more positions than a page has room for.
    """

    def __init__(
        self,
        curves: Sequence[Curve],
        span: Span,
        digits: int = DIGITS,
        *,
        share: float = 1.0,
        view: Span | None = None,
    ) -> None:
        self.curves, self.span, self.digits = list(curves), span, digits
        self._asked_view = view
        self._share, self._budget = share, share * _BUDGET
        self._graphs = [list(group) for _, group in groupby(self.curves, key=lambda curve: id(curve.graph))]
        points = (x for curve in self.curves for x in curve.points)
        self._rows = self._within([*ticks(*span, _ROWS), *points])
        self._weights = [self._weight(curves) for curves in self._graphs]
        self._fine = next(
            (steps for steps in _STEPS if sum(self._weights) * steps < self._budget / 2), _STEPS[-1]
        )
        self._apart = False  # whether only one slider of an activation is off its start at a time
        self._sliders, self._steps = self._fitting()

    def html(self) -> str:
        """Return a figure element: picture, readout, sliders, table of values, and the script's data."""
        data = json.dumps(self._data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        x = element(
            "thead", element("tr", element("th", "x", scope="row"), element("td", class_="x")), hidden=True
        )
        points = min(_DRAWN, max(_LEAST_DRAWN, int(math.sqrt(self._share) * 3 * _DRAWN / len(self.curves))))
        stage = [
            picture(self.curves, self.span, self._view, points),
            element("div", class_="tools", hidden=True),
        ]
        side = [
            element("table", x, element("tbody", *self._legend()), class_="readout"),
            element("p", class_="commands"),
            element("div", class_="sliders", hidden=True),
            element("ul", *(element("li", escape(note)) for note in self._data["notes"]), class_="notes"),
        ]
        values = scrolled("Values", self._table())
        return element(
            "figure",
            element("div", *stage, class_="stage"),
            element("div", *side, class_="side"),
            element("details", element("summary", "Values"), values, class_="values", open=True),
            element("script", data, type="application/json"),
            class_="chart",
        )

    def _legend(self) -> Iterator[str]:
        """Yield a table row for each curve: a checkbox, its line style, its name, a cell for its value."""
        for curve, look in zip(self.curves, looks(self.curves), strict=True):
            key = element("line", class_=look, x2=28, y1=4, y2=4)
            name = [
                element("input", type="checkbox", checked=True, hidden=True),
                element("svg", key, class_="key", viewBox="0 0 28 8", aria_hidden="true"),
                element("span", escape(curve.name), class_="name"),
            ]
            yield element("tr", element("th", element("label", *name), scope="row"), element("td"))

    def _table(self) -> str:
        """Return a table of the values at round numbers, for print, screen readers and without a script."""
        x = xp.array(self._rows)
        columns = [list(map(label, self._rows)), *(self._texts(curve.at(x)) for curve in self.curves)]
        body = rows([list(row) for row in zip(*columns, strict=True)])
        names = [curve.name for curve in self.curves]
        return element("table", heads(["x", *names]), element("tbody", body))

    def _texts(self, values: Array) -> list[str]:
        """Return the text of each value, rounded to `self.digits` significant digits."""
        return [text.decode() for text in numerals.texts(numerals.rounded(values, self.digits))]

    # --- data for the script

    @cached_property
    def _data(self) -> dict[str, Any]:
        graphs = [
            self._graph(curves, sliders) for curves, sliders in zip(self._graphs, self._sliders, strict=True)
        ]
        activations = [curves[0].graph.activation for curves in self._graphs]
        sliders, indices = slider.merged(list(zip(activations, self._sliders, strict=True)), self.digits)
        for graph, own in zip(graphs, indices, strict=True):
            graph["sliders"] = own
        notes = [note for graph in graphs for note in graph["frames"][graph["start"]]["notes"]]
        return {
            "span": self.span,
            "view": self._view,
            "fixed": self._asked_view is not None,
            "rows": list(map(label, self._rows)),
            "digits": "" if self.digits == DIGITS else f" -p {self.digits}",
            "grids": [
                " ".join(map(label, self._grid(steps))) for steps in dict.fromkeys((self._fine, self._steps))
            ],
            "graphs": graphs,
            "sliders": sliders,
            "notes": list(dict.fromkeys(notes)),
        }

    def _grid(self, steps: int) -> list[float]:
        """Return the grid's x in rising order: `steps` round steps, both ends of the span, the table's rows.

        The fine grid contains all points of the coarse one: the page reads all curves at the same x.
        """
        finer = ticks(*self.span, self._fine + 1) if steps == self._fine else []
        return self._within([*self.span, *ticks(*self.span, self._steps + 1), *finer, *self._rows])

    def _within(self, x: Iterable[float]) -> list[float]:
        """Return the distinct numbers within the span in rising order."""
        return sorted({each + 0.0 for each in x if self.span[0] <= each <= self.span[1]})

    @cached_property
    def _marked(self) -> set[float]:
        """Each x at which a zero, extremum or corner of any curve is marked at the sliders' start."""
        graphs = [curves[0].graph for curves in self._graphs]
        return {x for graph in graphs for x in _places(graph, *self._landmarks(graph))}

    def _graph(self, curves: Sequence[Curve], sliders: Sequence[Slider]) -> dict[str, Any]:
        """Return the script's data of one activation, with a frame for each position of its sliders.

        Frames are in the order of `itertools.product`: the last slider changes fastest. If sliders move
        apart, the start comes first, then the positions of each slider in turn. The frame is None for
        settings out of bounds, and for the start where it comes again.
        """
        graph, start = curves[0].graph, tuple(one.start for one in sliders)
        places = list(product(*(range(len(one.values)) for one in sliders)))
        if self._apart:
            moved = (
                (*start[:j], k, *start[j + 1 :]) for j, s in enumerate(sliders) for k in range(len(s.values))
            )
            places = [start, *(index if index != start else () for index in moved)]
        frames: list[dict[str, Any] | None] = []
        for index in places:
            at = {one.parameter.name: one.values[k] for one, k in zip(sliders, index, strict=False)}
            settings = slider.allowed(graph.activation, {**graph.settings, **at})
            there = settings is not None and len(index) == len(sliders)
            frames.append(
                self._frame(curves, Graph(graph.activation, settings or {}), fine=index == start)
                if there
                else None
            )
        return {
            "name": graph.activation.name,
            "typed": shlex.quote(graph.activation.name),
            "orders": [curve.order for curve in curves],
            "primes": [primes(curve.order) for curve in curves],
            "start": places.index(start),
            "apart": self._apart,
            "frames": frames,
        }

    def _frame(self, curves: Sequence[Curve], graph: Graph, *, fine: bool) -> dict[str, Any]:
        """Return what is shown of one activation with the graph's settings; `fine` for the start's frame."""
        there = [Curve(graph, curve.order, curve.points) for curve in curves]
        grid = self._grid(self._fine if fine else self._steps)
        zeros, turns = self._landmarks(graph)
        places = self._marked if fine else _places(graph, zeros, turns)
        more = self._within(places - set(grid))
        x = xp.array(sorted([*grid, *more]))
        *values, slope = evaluate(graph.activation, x, (*(c.order for c in there), 1), **graph.settings)
        return {
            "label": graph.activation.label(graph.settings),
            "command": " ".join(["act", *command_words(graph.activation, graph.settings)]),
            "grid": 0 if fine or self._steps == self._fine else 1,
            "more": " ".join(map(shortest, more)),
            "y": [_packed(self._texts(y)) for y in values],
            "jumps": [self._jumps(curve) for curve in there],
            "spots": [[[s.x, s.y, int(s.open)] for s in curve.spots(self.span)] for curve in there],
            "kinks": [[label(x) for x in curve.kinks(self.span)] for curve in there],
            "zeros": list(map(shortest, zeros)),
            "turns": list(map(shortest, turns)),
            "lines": [
                [line.slope, line.intercept]
                for curve in there
                for line in curve.asymptotes
                if line.slope or line.intercept
            ],
            "flat": _spans(x, abs(slope) < _FLAT),
            "notes": self._notes(there, zeros, turns),
        }

    def _landmarks(self, graph: Graph) -> tuple[list[float], list[float]]:
        """Return isolated zeros and extrema within the span, each rounded to `self.digits` digits."""
        zeros = [zero.low for zero in landmarks.roots(graph) if zero.low == zero.high]
        turns = [x for x, _ in landmarks.extremes(graph)]
        found = [self._within(float(f"{x:.{self.digits}g}") for x in places) for places in (zeros, turns)]
        return found[0], found[1]

    def _jumps(self, curve: Curve) -> list[list[Any]]:
        """Return [text of x, left limit, right limit] for each jump and pole; None for limits not finite."""
        jumps = [c for c in curve.corners if c.jumps(curve.order)]
        sides = {c.x: (c.left[curve.order], c.right[curve.order]) for c in jumps}
        sides |= dict.fromkeys(curve.graph.poles, (math.inf, math.inf))
        return [
            [label(x), *(y if math.isfinite(y) else None for y in both)]
            for x, both in sides.items()
            if self.span[0] <= x <= self.span[1]
        ]

    def _notes(self, curves: Sequence[Curve], zeros: Sequence[float], turns: Sequence[float]) -> list[str]:
        """Return descriptions of the landmarks marked on one activation's curves.

        If the chart has several activations, they are one text, which begins with the activation's name.
        """
        graph = curves[0].graph
        found = []
        if all(curve.order for curve in curves):
            zeros = turns = ()  # f itself is not shown
        for x in _nearest(turns):
            here, *sides = graph(xp.array([x, x - _BESIDE, x + _BESIDE]))
            kind = "minimum" if here <= min(sides) else "maximum"
            found.append(f"{kind} {self._texts(xp.array([here]))[0]} at x = {shortest(x)}")
        if zeros:
            found.append(f"zero at x = {', '.join(map(shortest, _nearest(zeros)))}")
        for curve in curves:
            name = f"f{primes(curve.order)} " if len(curves) > 1 else ""
            kinks = list(map(label, curve.kinks(self.span)))
            if kinks:
                found.append(f"{name}bends at x = {', '.join(kinks)}")
            jumps = [label(x) for x in sorted({spot.x for spot in curve.spots(self.span) if spot.open})]
            if jumps:
                found.append(f"{name}jumps at x = {', '.join(jumps)}: ● is reached, ○ is not")
        lines = [line.equation() for curve in curves for line in curve.asymptotes]
        if lines:
            found.append(f"comes near {', '.join(lines)}")
        several = len(self._graphs) > 1 and found
        name = graph.activation.name + graph.activation.label(graph.settings)
        return [f"{name}: {'; '.join(found)}"] if several else found

    # --- how much data fits

    @cached_property
    def _view(self) -> Span:
        if self._asked_view:
            return self._asked_view
        low, high = extent(self.curves, self.span, 2 * _DRAWN)
        air = _AIR * high - _AIR * low
        return max(low - air, -sys.float_info.max), min(high + air, sys.float_info.max)

    def _fitting(self) -> tuple[list[list[Slider]], int]:
        """Return the sliders of each activation, and the number of steps of the grid of moved frames.

        These are the finest for which a page has room; sliders nobody asked for are dropped if need be.
        Raises UsageError if the ranges that were given have too many positions.
        """
        first = [(c[0].graph.activation, c[0].graph.settings, c[0].sweeps) for c in self._graphs]
        asked = [
            [slider.given(a, settings, *item) for item in sweeps.items()] for a, settings, sweeps in first
        ]
        for most, steps in _FITTING:
            both = [[*given, *slider.own(*graph, most)] for given, graph in zip(asked, first, strict=True)]
            if self._size(both, steps) < self._budget:
                return both, min(steps, self._fine)
        self._apart = not any(asked)
        for most, steps in _FITTING if self._apart else ():
            own = [slider.own(*graph, most) for graph in first]
            if self._size(own, steps) < self._budget:
                return own, min(steps, self._fine)
        for steps in _STEPS:
            if not any(asked) or self._size(asked, steps) < self._budget:
                return asked, min(steps, self._fine)
        count = sum(slider.positions(given) for given in asked)
        most = int(count * self._budget / self._size(asked, _STEPS[-1]))
        larger = []
        for one in (one for given in asked for one in given):
            low, *_, high = map(float, one.values)
            larger.append(f"{one.parameter.flag} {low:g}:{high:g}:{(high - low) / 5:g}")
        raise UsageError(
            f"the ranges give {count:,} positions of sliders, and a page has room for {most:,}; "
            f"give larger steps: {' '.join(dict.fromkeys(larger))}"
        )

    def _size(self, sliders: Sequence[Sequence[Slider]], steps: int) -> float:
        """Return an estimate of the bytes that all frames take, in which moved frames have `steps` steps."""
        counts = [slider.positions(own, apart=self._apart) for own in sliders]
        moved = sum(w * count * steps for w, count in zip(self._weights, counts, strict=True))
        return sum(self._weights) * self._fine + moved + sum(counts) * _FRAME

    def _weight(self, curves: Sequence[Curve]) -> float:
        """Return the bytes that the values of all orders take at one x, the most of any slider's ends."""
        graph, sweeps, orders = curves[0].graph, curves[0].sweeps, tuple(curve.order for curve in curves)
        own = slider.own(graph.activation, graph.settings, sweeps, POSITIONS[-1])
        ends = {one.parameter.name: (one.values[0], one.values[-1]) for one in own}
        ends |= {name: (values[0], values[-1]) for name, values in sweeps.items()}
        moved = [{**graph.settings, name: value} for name, both in ends.items() for value in both]
        x = xp.array(ticks(*self.span, _STEPS[2]))
        sizes = []
        for each in [graph.settings, *moved]:
            if slider.allowed(graph.activation, each):
                values = evaluate(graph.activation, x, orders, **dict[str, Any](each))
                sizes.append(sum(len(_packed(self._texts(y))) for y in values) / len(x))
        return max(sizes, default=self.digits * len(curves))


def _places(graph: Graph, zeros: Sequence[float], turns: Sequence[float]) -> set[float]:
    """Return the set of x with zeros, extrema, corners or poles, at which a page knows values too."""
    return {*zeros, *turns, *(corner.x + 0.0 for corner in graph.corners), *graph.poles}


def _packed(texts: Sequence[str]) -> str:
    """Return texts joined by blanks; a text that equals its predecessor is left empty."""
    return " ".join(text if text != before else "" for before, text in pairwise(["", *texts]))


def looks(curves: Sequence[Curve]) -> list[str]:
    """Return each curve's CSS classes: the colour stands for its activation, the dashes for its order.

    With a single activation or a single order, every curve has its own colour and its own dashes.
    """
    graphs = list(dict.fromkeys(id(curve.graph) for curve in curves))
    orders = list(dict.fromkeys(curve.order for curve in curves))
    found = []
    for curve in curves:
        graph, order = graphs.index(id(curve.graph)), orders.index(curve.order)
        colour, dash = graph if len(graphs) > 1 else order, order if len(orders) > 1 else graph
        found.append(f"c{colour % COLOURS} d{dash % _DASHES}")
    return found


def picture(curves: Sequence[Curve], span: Span, view: Span, points: int) -> str:
    """Return curves as an SVG element: axes, asymptotes, a path for each curve, kinks, jumps and points.

    view: the span of y. points: the number of points of each path.
    """
    left, right, top, bottom = _MARGINS
    width, height = _SIZE[0] - left - right, _SIZE[1] - top - bottom

    def across(x: float) -> float:
        """Return the horizontal position of `x` in SVG units, from the left end of the span."""
        return (x / 2 - span[0] / 2) / (span[1] / 2 - span[0] / 2) * width

    def up(y: float) -> float:
        """Return the vertical position of `y` in SVG units, downwards; far outside the view it is cut."""
        place = (y / 2 - view[0] / 2) / (view[1] / 2 - view[0] / 2)
        return height - min(max(place, -_BEYOND), _BEYOND) * height

    axes, behind, paths, marks = [], [], [], []
    for x in ticks(*span, _MOST_TICKS):
        at, kind = left + across(x), "grid" if x else "zero"
        axes.append(element("line", class_=kind, x1=at, x2=at, y1=top, y2=top + height))
        axes.append(element("text", label(x), x=at, y=_SIZE[1] - 10, text_anchor="middle"))
    for y in ticks(*view, _MOST_LEVELS):
        at, kind = top + up(y), "grid" if y else "zero"
        axes.append(element("line", class_=kind, x1=left, x2=left + width, y1=at, y2=at))
        axes.append(element("text", label(y), x=left - 8, y=at + 5, text_anchor="end"))
    for line in dict.fromkeys(line for curve in curves for line in curve.asymptotes):
        if line.slope or line.intercept:
            y1, y2 = (up(line.slope * x + line.intercept) for x in span)
            behind.append(element("line", class_="asymptote", x1=0, x2=width, y1=y1, y2=y2))
    for curve, look in zip(curves, looks(curves), strict=True):
        colour = look.partition(" ")[0]
        pieces = [
            "M"
            + " ".join(f"{across(a):.1f},{up(b):.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
            for x, y in curve.pieces(span, points)
        ]
        paths.append(element("path", class_=look, d="".join(pieces)))
        bends = curve.kinks(span)
        for x, y in zip(bends, curve.at(xp.array(bends)).tolist(), strict=True):
            a, b = left + across(x), top + up(y)
            turn = f"rotate(45 {a:.2f} {b:.2f})"
            mark = element("rect", class_=colour, x=a - 3, y=b - 3, width=6, height=6, transform=turn)
            marks += [mark] * (view[0] <= y <= view[1])
        for spot in sorted(curve.spots(span), key=lambda spot: not spot.open):
            kind = f"open {colour}" if spot.open else colour
            mark = element("circle", class_=kind, cx=left + across(spot.x), cy=top + up(spot.y), r=4.5)
            marks += [mark] * (view[0] <= spot.y <= view[1])
    names = ", ".join(curve.name for curve in curves)
    area = [element("g", *behind, class_="behind"), element("g", *paths, class_="curves")]
    return element(
        "svg",
        element("g", *axes, class_="axes"),
        element("svg", *area, class_="area", x=left, y=top, width=width, height=height),
        element("g", *marks, class_="marks"),
        class_="plot",
        viewBox=f"0 0 {_SIZE[0]:g} {_SIZE[1]:g}",
        role="img",
        aria_label=f"Curves of {names} over x from {label(span[0])} to {label(span[1])}",
    )


def thumbnail(curve: Curve, size: tuple[float, float] = (160.0, 96.0)) -> str:
    """Return a small SVG picture of a curve over [-4, 4], without numbers; `size` in SVG units."""
    low, high = extent([curve], _THUMB, _THUMB_POINTS)
    width, height = size[0], size[1] - 4

    def place(x: float, y: float) -> str:
        """Return the SVG coordinates "x,y" of a point."""
        across = (x - _THUMB[0]) / (_THUMB[1] - _THUMB[0]) * width
        return f"{across:.1f},{2 + height - (y - low) / (high - low) * height:.1f}"

    pieces = [
        "M" + " ".join(place(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True))
        for x, y in curve.pieces(_THUMB, _THUMB_POINTS)
    ]
    zeros = [f"M{place(_THUMB[0], 0)} {place(_THUMB[1], 0)}"] if low <= 0 <= high else []
    axes = element("path", class_="zero", d="".join([*zeros, f"M{width / 2:.1f},0v{size[1]:g}"]))
    path = element("path", class_="c0", d="".join(pieces))
    box = f"0 0 {size[0]:g} {size[1]:g}"
    return element("svg", axes, path, class_="plot", viewBox=box, aria_hidden="true")


def _spans(x: Array, wanted: NDArray[Any]) -> list[list[float]]:
    """Return [first x, last x] of each run of consecutive points for which `wanted` is true."""
    return [[float(x[start]), float(x[stop - 1])] for start, stop in runs(wanted).tolist()]


def _nearest(places: Sequence[float]) -> list[float]:
    """Return the at most four places that are nearest to 0, in rising order."""
    return sorted(sorted(places, key=abs)[:_MOST_NAMED])
