"""Bar charts for a browser: numbers, results of activations of vectors, and sliders for parameters."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Final

from actcli.activations.record import Kind
from actcli.engine import evaluate
from actcli.errors import UsageError
from actcli.numeric import numerals, xp
from actcli.plots import slider
from actcli.plots.bars import Column
from actcli.plots.chart import COLOURS, DIGITS
from actcli.plots.markup import element, heads, rows, scrolled
from actcli.plots.slider import POSITIONS, Slider, command_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actcli.activations.record import Activation

_WIDTH: Final = 720
_HEIGHT: Final = 180
_ABOVE: Final = 24  # units of SVG above and below the bars, for the numbers
_MOST_NUMBERED: Final = 12
_BUDGET: Final = 150_000  # bytes that the pictures of all frames may take
_BAR: Final = 150  # bytes of one bar with its number, estimated


@dataclass(frozen=True)
class Subject:
    """An activation with its settings; `sweeps` maps each parameter with a range to the range's values."""

    activation: Activation
    settings: Mapping[str, Any]
    sweeps: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the activation, with the parameters that differ from their defaults."""
        return self.activation.name + self.activation.label(self.settings)

    def column(self, numbers: Sequence[float], digits: int) -> Column:
        """Return the activation's results for the vector `numbers`, rounded to `digits` digits in texts."""
        values = evaluate(self.activation, xp.array(numbers), **self.settings)
        texts = numerals.texts(numerals.rounded(values, digits))
        return Column(self.name, values.tolist(), [text.decode() for text in texts])


class BarChart:
    """Bar charts of a vector and of each subject's results, as the HTML of one figure.

    texts: the numbers as they were typed. heading: the HTML element of the titles, such as "h2". Raises
    UsageError if a subject has several ranges; `html` raises it if the numbers do not suit an activation.
    """

    def __init__(
        self,
        numbers: Sequence[float],
        texts: Sequence[str],
        subjects: Sequence[Subject],
        digits: int = DIGITS,
        heading: str = "h2",
    ) -> None:
        self.numbers, self.texts, self.subjects = list(numbers), list(texts), list(subjects)
        self.digits, self._heading = digits, heading
        self._sliders = [self._slider(subject) for subject in self.subjects]

    def html(self) -> str:
        """Return a figure element: a chart of each column, sliders, a table of values, data of the script.

        Raises UsageError where an activation cannot take so many numbers.
        """
        columns = [subject.column(self.numbers, self.digits) for subject in self.subjects]
        read = self.read()
        parts = []
        for index, column in enumerate([*read, *columns]):
            title = element(self._heading, escape(column.title), class_="title")
            drawn = element("div", picture(column, index), class_="picture")
            parts.append(element("div", title, drawn, class_="result" if index >= len(read) else "read"))
        count = len(columns[0].texts)
        cells = [list(map(str, range(1, count + 1))), *(list(column.texts) for column in [*read, *columns])]
        body = element("tbody", rows([list(row) for row in zip(*cells, strict=True)]))
        table = element("table", heads(["i", *(column.title for column in [*read, *columns])]), body)
        data = json.dumps(self._data(len(read)), ensure_ascii=False, separators=(",", ":"))
        return element(
            "figure",
            *parts,
            element("div", class_="sliders", hidden=True),
            element("p", class_="commands"),
            scrolled("Values", table),
            element("script", data.replace("<", "\\u003c"), type="application/json"),
            class_="barchart",
        )

    def read(self) -> list[Column]:
        """Return the columns of the input: x, or the two halves a and b for GATED activations."""
        if self.subjects[0].activation.kind is not Kind.GATED:
            return [Column("x", self.numbers, self.texts)]
        half = len(self.numbers) // 2
        halves = slice(0, half), slice(half, None)
        return [Column(n, self.numbers[p], self.texts[p]) for n, p in zip("ab", halves, strict=True)]

    def _data(self, before: int) -> dict[str, Any]:
        """Return the script's data: for each subject one frame for each position of its slider.

        before: the number of input columns, which stand before the results.
        """
        owners = [s.activation for s in self.subjects]
        own = [[one] if one else [] for one in self._sliders]
        sliders, indices = slider.merged(list(zip(owners, own, strict=True)), self.digits)
        results = []
        for index, (subject, one) in enumerate(zip(self.subjects, self._sliders, strict=True)):
            frames = [self._frame(subject, before + index)]
            if one:
                settings = [{**subject.settings, one.parameter.name: value} for value in one.values]
                moved = [Subject(subject.activation, each) for each in settings]
                frames = [self._frame(each, before + index) for each in moved]
            results.append({"slider": indices[index][0] if one else None, "frames": frames})
        return {"sliders": sliders, "results": results, "before": before}

    def _frame(self, subject: Subject, index: int) -> dict[str, Any]:
        """Return the data of one frame: name, picture, texts and the command that prints the values."""
        column = subject.column(self.numbers, self.digits)
        words = ["act", *command_words(subject.activation, subject.settings), *self.texts]
        precise = [] if self.digits == DIGITS else ["-p", str(self.digits)]
        return {
            "name": column.title,
            "picture": picture(column, index),
            "texts": column.texts,
            "command": " ".join([*words, *precise]),
        }

    def _slider(self, subject: Subject) -> Slider | None:
        """Return a slider for the subject's range, else for its first parameter, else None.

        Without a range there is a slider only if its frames are small enough for a page. Raises UsageError
        for several ranges.
        """
        if len(subject.sweeps) > 1:
            raise UsageError(f"{subject.activation.name}: bars have one slider; give one range")
        for name, values in subject.sweeps.items():
            return slider.given(subject.activation, subject.settings, name, values)
        for most in POSITIONS:
            if len(self.numbers) * _BAR * most * len(self.subjects) < _BUDGET:
                found = slider.own(subject.activation, subject.settings, {}, most)
                return found[0] if found else None
        return None


def picture(column: Column, index: int, *, numbered: bool = True) -> str:
    """Return a column's bars from a common zero as an SVG element, with their numbers if there are few.

    index: index of the column in the figure, which selects its colour.
    """
    heights = [value if math.isfinite(value) else 0.0 for value in column.values]
    low, high = min(0.0, *heights), max(0.0, *heights)
    room, width = (high / 2 - low / 2) or 1.0, _WIDTH / len(heights)
    zero = _ABOVE + high / 2 / room * _HEIGHT
    drawn = [element("line", class_="zero", x1=0, x2=_WIDTH, y1=zero, y2=zero)]
    numbered = numbered and len(heights) <= _MOST_NUMBERED
    for k, (height, text) in enumerate(zip(heights, column.texts, strict=True)):
        tall = abs(height) / 2 / room * _HEIGHT
        top = zero - tall if height > 0 else zero
        bar = {"x": (k + 0.15) * width, "y": top, "width": 0.7 * width, "height": tall}
        drawn.append(element("rect", class_=f"c{index % COLOURS}", **bar))
        if numbered:
            y = top + tall + 17 if height < 0 else top - 6
            drawn.append(element("text", escape(text), x=(k + 0.5) * width, y=y, text_anchor="middle"))
    told = ", ".join(column.texts[:_MOST_NUMBERED]) + " ..." * (not numbered)
    box = f"0 0 {_WIDTH} {_HEIGHT + 2 * _ABOVE}"
    aria = f"Bars of {column.title}: {told}"
    return element("svg", *drawn, class_="plot bars", viewBox=box, role="img", aria_label=aria)
