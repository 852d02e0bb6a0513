"""Options for reading input, as the user gives them."""

from __future__ import annotations

from typing import NamedTuple


class ReadOptions(NamedTuple):
    """The user's options for reading input; most default to detection, as None or empty.

    Delimiter and missing cells are text, because the input's encoding is not known yet; an empty delimiter
    means runs of blanks. `thousands` are characters, any of which may separate thousands in a number.
    """

    columns: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    by: tuple[str, ...] = ()  # grouping columns: rows with equal cells there are one vector
    sorted_groups: bool = False  # whether the rows of each group are consecutive
    source_format: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    missing: frozenset[str] | None = None
    decimal: bytes = b"."
    thousands: str = ""
    invalid: str = "error"
    ragged: str = "error"
    encoding: str = ""
    vectors: bool = False  # all columns must be numeric, or those of `columns`; no cell may be missing
    absent: float | None = None  # value of a masked missing cell, which does not affect the others
    masked: bool = False  # whether missing cells are computed as `absent`
    bits: str = ""  # the floating type whose bit patterns the cells are; empty for numbers
    places: tuple[int, ...] = ()  # indices of the columns computed in an earlier file with the same header
    paths: tuple[tuple[str | int, ...], ...] = ()  # of the columns of an earlier JSON file
    arrays: bool = False  # whether the selected columns of that file hold arrays
