"""Tables for people: aligned, exact, and never cropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from actcli.display import Display
from actcli.io.batch import Batch, Counts, Layout, ResultColumn, ResultSchema
from actcli.io.csv.lanes import SplitRows
from actcli.io.formats.table import readable, write
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Act


class Paper:
    """Collects what is drawn."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    @property
    def lines(self) -> list[str]:
        return self.data.decode().splitlines()


def drawn(view: Display, rows: int = 3, name: str = "y", text: str = "t") -> list[str]:
    layout = Layout("here", b",", 1, (), (name.encode(), b"\n"))
    columns = (ResultColumn(name, source_index=0), ResultColumn("f", result_index=0))

    def parts() -> Iterator[tuple[ResultSchema, Batch, xp.ndarray]]:
        for row in range(rows):
            cells = SplitRows([[text.encode(), b"\n"]], (), [0], b",")
            yield schema, Batch(layout, cells, [], Counts(rows=1)), xp.array([[row / 3]])

    schema = ResultSchema(layout, columns)
    paper = Paper()
    write(schema, parts(), paper, view)
    return paper.lines


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0.5, "0.5"),
        (123456.0, "123456"),
        (1234567.0, "1.23457e+6"),
        (1000000.0, "1000000"),
        (2.5e10, "25000000000"),
        (0.1 + 0.2, "0.300000"),
        (1 - 1e-12, "1.00000"),
        (1 / 3, "0.333333"),
        (-1.0157e-18, "-1.0157e-18"),
        (-1.01572345e-18, "-1.01572e-18"),
        (1e300, "1e+300"),
        (5e-324, "5e-324"),
        (-0.0, "-0"),
        (0.0, "0"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_exact_numbers_are_short_and_rounded_ones_keep_their_zeros(value: float, text: str) -> None:
    assert readable(value) == text


def test_decimal_points_stand_one_under_the_other(act: Act) -> None:
    assert act("linear", "10.25", "-1", "0.125").out.splitlines()[3:6] == [
        "│ 10.25  │ 10.25  │",
        "│ -1     │ -1     │",
        "│  0.125 │  0.125 │",
    ]


def test_a_table_in_a_pipe_has_all_rows_and_no_colour(act: Act) -> None:
    outcome = act("linear", "1:100")
    assert len(outcome.out.splitlines()) == 100 + 4
    assert "\x1b" not in outcome.out


def test_a_wide_terminal_has_a_box_a_narrow_one_none_and_a_tiny_one_a_value_a_line() -> None:
    assert drawn(Display(width=16))[0] == "╭───┬──────────╮"
    assert drawn(Display(width=15)) == ["y         f", "t  0", "t  0.333333", "t  0.666667"]
    narrow = drawn(Display(width=10))
    assert narrow[:9] == ["y  t", "f  0", "", "y  t", "f  0.333333", "", "y  t", "f  0.666667", ""]
    hint = "".join(narrow[9:]).replace(" ", "")  # broken where there is no more place
    assert hint == "...2columnstakemorethan10characters;-p3orfewercolumnstakeless"


def test_a_terminal_shows_head_and_tail() -> None:
    lines = drawn(Display(width=80, rows=4), rows=1000)
    assert lines[3:8] == [
        "│ t │   0        │",
        "│ t │   0.333333 │",
        "... 996 more rows",
        "│ t │ 332.667    │",
        "│ t │ 333        │",
    ]


def test_of_an_uneven_number_of_rows_the_first_is_shown() -> None:
    assert drawn(Display(width=80, rows=1), rows=3)[3:-1] == ["│ t │ 0 │", "... 2 more rows"]
    assert drawn(Display(width=80, rows=3), rows=4)[5] == "... 1 more row"


def test_as_many_rows_as_fit_are_all_shown() -> None:
    assert not any("more row" in line for line in drawn(Display(width=80, rows=4), rows=4))


def test_a_streamed_table_goes_on_with_the_first_widths() -> None:
    lines = drawn(Display(width=80, streamed=True), rows=3)
    assert lines == ["y  f", "t  0", "t  0.333333", "t  0.666667"]


def test_control_characters_and_markup_never_reach_the_terminal() -> None:
    lines = drawn(Display(), rows=1, name="[bold]:smile:[/x]\x1b[31m", text="\x9b2J\r\n\u2028")
    assert not any(character in "".join(lines) for character in "\x1b\x9b\r\u2028")
    assert "[bold]:smile:[/x]" in lines[1]


def test_what_the_terminal_cannot_encode_is_replaced() -> None:
    lines = drawn(Display(encoding="ascii", unicode=False), rows=1, name="\u00e9")
    assert lines[0].startswith("+--")
    assert "| ? |" in lines[1]


def test_wide_characters_take_two_places() -> None:
    lines = drawn(Display(), rows=1, name="\u6570\u5b57")
    assert lines[1] == "│ \u6570\u5b57 │ f │"
    assert lines[3] == "│ t    │ 0 │"


def test_titles_are_bold_where_colour_is_wanted() -> None:
    assert "\x1b[1m" in drawn(Display(colour=True), rows=1)[1]
