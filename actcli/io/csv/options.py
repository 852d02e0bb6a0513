"""How delimited text is to be read: what the user says of it, before it is looked at."""

from __future__ import annotations

from typing import NamedTuple


class ReadOptions(NamedTuple):
    """What the user said about how the input is to be read; None and empty stand for "find out".

    Delimiter and missing cells are text until the source's encoding is known; an empty delimiter stands
    for runs of blanks. `thousands` are the characters of which one may separate thousands in a number.
    """

    columns: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    by: tuple[str, ...] = ()  # columns whose values together tell the groups of rows that are vectors
    sorted_groups: bool = False  # whether the rows of a group stand together
    source_format: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    missing: frozenset[str] | None = None
    decimal: bytes = b"."
    thousands: str = ""
    invalid: str = "error"
    ragged: str = "error"
    encoding: str = ""
    vectors: bool = False  # unless `columns` chooses, every column must be numeric; no cell may be missing
    absent: float | None = (
        None  # what stands for a missing cell of a vector, for the others to be as without it
    )
    masked: bool = False  # whether it does
    bits: str = ""  # the type of which cells are patterns
    places: tuple[int, ...] = ()  # of the columns computed in an earlier file under the same header
    paths: tuple[tuple[str | int, ...], ...] = ()  # of the columns of an earlier file of JSON
    arrays: bool = False  # whether selected ones were arrays there
