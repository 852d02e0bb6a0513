"""Parsed arguments of a command line, and checks that its options suit the input and output."""

from __future__ import annotations

import os
from enum import Flag, auto
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actcli.errors import UsageError, counted
from actcli.io.filetype import cut
from actcli.io.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from actcli.activations.record import Value
    from actcli.io.batch import Layout
    from actcli.io.csv.options import ReadOptions

COLOURS: Final = ("auto", "always", "never")
"""Values of --color; auto means colour on terminals."""
NOTATIONS: Final = ("hex", "bits")
"""Values of --notation besides decimal."""
PREFIX: Final = "parameter_"
"""Prefix of the names that click has for options that set an activation's parameters."""


class Concern(Flag):
    """Kinds of input to which an option can apply."""

    TYPED = auto()
    TEXT = auto()
    JSON = auto()
    ARRAY = auto()
    ARCHIVE = auto()
    TABLE = auto()


_ARRAYS: Final = Concern.ARRAY | Concern.ARCHIVE
_TEXT: Final = Concern.TEXT | Concern.JSON
_ROWS: Final = _TEXT | Concern.TABLE


class Scope(NamedTuple):
    """The kinds of input to which an option applies, and what the other kinds lack, for messages."""

    inputs: Concern
    lacking: str = ""


SCOPES: Final = {
    "sorted_groups": Scope(_TEXT, "groups of rows"),
    "by": Scope(_TEXT, "groups of rows"),
    "columns": Scope(_ROWS | Concern.ARCHIVE, "named columns"),
    "exclude": Scope(_ROWS | Concern.ARCHIVE, "named columns"),
    "invalid": Scope(_ROWS, "cells of text"),
    "source_format": Scope(_TEXT, "format to choose"),
    "delimiter": Scope(Concern.TEXT, "delimiter"),
    "header": Scope(Concern.TEXT, "header row"),
    "missing": Scope(Concern.TEXT, "words for missing cells"),
    "mask_missing": Scope(_ROWS, "missing cells"),
    "encoding": Scope(_TEXT, "encoding"),
    "ragged": Scope(_TEXT, "rows of other lengths"),
    "decimal": Scope(Concern.TEXT, "decimal commas"),
    "thousands": Scope(Concern.TEXT, "thousands separators"),
    "bits": Scope(Concern.TEXT, "cells of bit patterns"),
    "raw": Scope(_TEXT, "raw bytes"),
    "digits": Scope(Concern.TYPED | _TEXT, "digits as text"),
    "append": Scope(_ROWS | _ARRAYS),
    "in_place": Scope(_ROWS | _ARRAYS),
    "cluster": Scope(_ROWS | _ARRAYS),
    "plot": Scope(Concern.TYPED),
}
"""The scope of options that do not apply to all kinds, by field of Arguments.

Those without a noun have error messages of their own.
"""


class Arguments(NamedTuple):  # a dataclass of so many fields takes time at start-up
    """Parsed words and options. Fields without an option in a command keep their defaults."""

    words: tuple[str, ...] = ()
    parameters: tuple[tuple[str, Value], ...] = ()
    orders: tuple[int, ...] = (0,)
    axis: int | None = None
    like: str | None = None
    dtype: str | None = None
    exact: bool = False
    digits: int | None = None
    inverse: bool = False
    side: str | None = None
    top: int | None = None
    top_p: float | None = None
    by: tuple[str, ...] = ()
    sorted_groups: bool = False
    columns: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    source_format: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    missing: str | None = None
    mask_missing: bool = False
    invalid: str = "error"
    ragged: str = "error"
    decimal: str = "."
    thousands: str | None = None
    encoding: str | None = None
    bits: bool = False
    raw: bool = False
    format: str | None = None
    append: bool = False
    precision: int | None = None
    notation: str | None = None
    output: str | None = None
    in_place: bool = False
    rows: int | None = None
    jobs: int | None = None
    cluster: str | None = None
    color: str | None = None
    plot: bool = False
    verbose: bool = False
    quiet: bool = False

    @classmethod
    def from_click(cls, options: Mapping[str, Any]) -> Arguments:
        """Return the arguments with the values that click has parsed, each order of `-d` once."""
        parameters = tuple(
            (name.removeprefix(PREFIX), value)
            for name, value in options.items()
            if name.startswith(PREFIX) and value is not None
        )
        others = {name: value for name, value in options.items() if not name.startswith(PREFIX)}
        orders = tuple(dict.fromkeys(order for group in others.pop("orders", ()) for order in group))
        return cls(parameters=parameters, orders=orders or (0,), **others)

    @property
    def writes_folder(self) -> bool:
        """Whether -o names a folder: its value then ends with a slash."""
        return self.output is not None and self.output.endswith(("/", os.sep))

    @property
    def one_result_each(self) -> bool:
        """Whether each input file has a result of its own."""
        return self.in_place or self.writes_folder

    def along_columns(self, layout: Layout) -> bool:
        """Return whether vectors run along the columns of an input with this layout.

        They do with --axis 0, and by default where one column is selected; those of an array run along its
        last axis. Raises UsageError for an axis that the input lacks, and for --by with another axis or with
        arrays in columns.
        """
        axis, dimensions = self.axis, layout.dimensions
        if not dimensions and not layout.arrays and axis not in (None, -1, 0, 1):
            raise UsageError(
                f"{layout.source}: rows of text have no axis {axis}; 0 is down, -1 and 1 are across"
            )
        if dimensions and axis is not None and not -dimensions <= axis < dimensions:
            raise UsageError(f"--axis {axis}: the array has {counted(dimensions, 'dimension')}")
        if layout.by and layout.arrays:
            raise UsageError(
                f"{layout.source}: --by groups rows of numbers, and -c names arrays; leave it out"
            )
        if layout.by and axis not in (None, 0):
            raise UsageError(f"--axis {axis}: with --by, vectors are groups of rows; leave it out")
        if layout.arrays:
            return False
        if dimensions:
            return dimensions == 1 or axis in (0, -dimensions)
        return axis == 0 or bool(layout.by) or (axis is None and len(layout.selected) == 1)

    def read_options(self, *, vectors: bool, absent: float | None) -> ReadOptions:
        """Return the options for reading the input.

        vectors: every column must be numeric. absent: the value of a missing cell if it is masked.
        """
        from actcli.io.csv.options import ReadOptions

        return ReadOptions(
            columns=self.columns,
            exclude=(*self.exclude, *self.by),
            by=self.by,
            sorted_groups=self.sorted_groups,
            source_format=self.source_format,
            delimiter=self.delimiter,
            header=self.header,
            missing=None if self.missing is None else frozenset(self.missing.split(",")),
            decimal=self.decimal.encode(),
            thousands=self.thousands or "",
            invalid=self.invalid,
            ragged=self.ragged,
            encoding=self.encoding or "",
            vectors=vectors,
            absent=absent,
            masked=self.mask_missing,
            bits=(self.dtype or "float64") if self.bits else "",
        )


_LACKS: Final = {
    Concern.TYPED: "typed numbers have no {}",
    Concern.JSON: "{} is JSON, which has no {}",
    Concern.ARRAY: "{} is an array, which has no {}",
    Concern.ARCHIVE: "{} is an archive of arrays, which has no {}",
    Concern.TABLE: "{} is a table, which has no {}",
}
_KINDS: Final = {"npy": Concern.ARRAY, "npz": Concern.ARCHIVE, "parquet": Concern.TABLE}
_FLAGS: Final = {
    "append": "-a",
    "columns": "-c",
    "delimiter": "-t",
    "mask_missing": "--mask-missing",
    "precision": "-p",
    "sorted_groups": "--sorted",
    "source_format": "--from",
}
"""Flags to name in messages, by field of Arguments; others are two hyphens and the field."""
_OF_A_VECTOR: Final = (None, 0, -1)


def check_options(given: Arguments, paths: Sequence[str]) -> None:
    """Raise UsageError for options that typed numbers lack or that contradict each other.

    paths: the input files, empty for typed numbers.
    """
    if not paths:
        refuse(("cluster",), given, "typed numbers are computed here")
        _check_scopes(given, Concern.TYPED)
        if given.axis not in _OF_A_VECTOR:
            raise UsageError(f"--axis {given.axis}: typed numbers are one vector; leave it out")
    if given.thousands and given.decimal in given.thousands:
        other = "," if given.decimal == "." else "."
        raise UsageError(
            f"--thousands {given.decimal}: it is the decimal sign; say --decimal {other} too, or leave it out"
        )
    if given.thousands and given.delimiter == "" and " " in given.thousands:
        raise UsageError("--thousands space: blanks separate the cells; name another delimiter with -t")
    if given.raw and not given.dtype:
        raise UsageError("--raw: name the type of the numbers, for example --dtype float32")
    if given.notation in NOTATIONS:
        refuse(("precision", "digits"), given, f"--notation {given.notation} has all digits")
    if not given.in_place:
        return
    if not paths or "-" in paths:
        raise UsageError("-i needs files: it replaces each by its result")
    if given.output or given.format:
        raise UsageError("-i writes each file in its own format; leave out -o and -F")


def check_json(given: Arguments, source: str) -> None:
    """Raise UsageError for options that do not apply to JSON, the format of `source`."""
    _check_scopes(given, Concern.JSON, source)


def check_kinds(
    given: Arguments, paths: Sequence[str], held: Sequence[str], wanted: str, target: str
) -> None:
    """Raise UsageError for options that do not apply to the input or output.

    held: the kind of each path (text, npy or parquet). wanted: the kind of the result, to go to `target`.
    """
    for path, kind in zip(paths, held, strict=True):
        if kind in _KINDS:
            _check_scopes(given, _KINDS[kind], path)
    if wanted != "text":
        check_result(given, wanted, target)
    if wanted == "parquet" and "parquet" not in held and "keep" in (given.ragged, given.invalid):
        raise UsageError(
            "--ragged keep, --invalid keep: every cell of a table has its column's type; "
            "leave it out, or say -o y.csv"
        )


def check_result(given: Arguments, kind: str, target: str) -> None:
    """Raise UsageError for options of text, a compressor or a type that a result of this kind cannot have.

    kind: npy or parquet.
    """
    refuse(("precision", "rows", "digits", "notation"), given, f"{target} is no text")
    stem, extension, packed = cut(target)
    if packed:
        raise UsageError(f"{target}: {kind} files are not packed as a whole; -o {stem}{extension}")
    from actcli.numeric.dtypes import DTYPES

    if kind == "parquet" and given.dtype and not DTYPES[given.dtype].storable:
        raise UsageError(f"--dtype {given.dtype}: {kind} has no such type; float32 holds the same numbers")


def check_ragged(given: Arguments, kind: str) -> None:
    """Raise UsageError for --ragged keep with a format whose rows all have the same number of cells."""
    if given.ragged == "keep" and not FORMATS[kind].any_width:
        raise UsageError(f"--ragged keep: {kind} has no place for such rows; say -F csv, or leave it out")


def _check_scopes(given: Arguments, kind: Concern, *source: str) -> None:
    """Raise UsageError for options that do not apply to this kind of input, the file `source` if any."""
    for name, scope in SCOPES.items():
        if scope.lacking and kind not in scope.inputs:
            refuse((name,), given, _LACKS[kind].format(*source, scope.lacking))


def refuse(names: Iterable[str], given: Arguments, why: str) -> None:
    """Raise UsageError for the first of these options that is given, with the reason `why`.

    names: fields of Arguments.
    """
    for name in names:
        if getattr(given, name) != Arguments._field_defaults[name]:
            raise UsageError(f"{_FLAGS.get(name, f'--{name}')}: {why}; leave it out")
