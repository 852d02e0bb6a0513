"""The options that commands share: their definitions, their values, and checks that they suit the input.

An option is one entry of OPTIONS, and a field of Arguments of the same name, which has the default.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from actcli.activations import all_parameters
from actcli.activations.frameworks import FRAMEWORK_ALIASES, FRAMEWORKS
from actcli.activations.record import ALL_ORDERS, Kind
from actcli.cli.parser import (
    Choice,
    Concern,
    Delimiter,
    Number,
    Option,
    Orders,
    Sweeping,
    Target,
    Thousands,
    Whole,
)
from actcli.errors import UsageError, counted
from actcli.io.filetype import STDIN, cut
from actcli.io.formats import CHOICES, FORMATS
from actcli.numeric.dtypes import DTYPES, FAMILIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from actcli.activations.record import Activation, Parameter, Quotient, Value
    from actcli.io.batch import Layout
    from actcli.io.csv.options import ReadOptions

PARAMETERS = "Parameters"
COMPUTATION = "Computation"
INPUT = "Input (CSV and other delimited text)"
OUTPUT = "Output"

OTHER_FORMATS = {alias: record.name for record in FORMATS.values() for alias in record.aliases}
"""Formats by the names they have elsewhere, which are suggested, not accepted."""

COLOURS: Final = ("auto", "always", "never")
"""Values of --color; auto means colour on terminals."""
NOTATIONS: Final = ("hex", "bits")
"""Values of --notation besides decimal."""
PREFIX: Final = "parameter_"
"""Prefix of the names that click has for options that set an activation's parameters."""
_ARRAYS: Final = Concern.ARRAY | Concern.ARCHIVE
_TEXT: Final = Concern.TEXT | Concern.JSON
_ROWS: Final = _TEXT | Concern.TABLE

ROWS: Final = 40
"""Rows of a table on a terminal, unless --rows says otherwise."""
_COLUMNS = "Compute only these: names, numbers from 1 (-1 is the last), ranges 2-4 or a:d, or name=ANY TEXT."
_WITHOUT_COLUMNS = {
    False: "every column of numbers, as the first 100 rows have it",
    True: "all columns, which must be numbers",
    None: "every column of numbers; of functions across columns all, which must be numbers",
}
_MISSING = {
    False: "stays as it is",
    True: "is an error here unless --invalid goes on",
    None: "stays as it is, but is an error for functions across columns",
}


def of(activation: Activation) -> list[click.Parameter]:
    """Return all parameters of an activation's command.

    Raises UsageError for a formula's parameter with the name of an option.
    """
    others = shared(
        across=activation.kind is not Kind.ELEMENTWISE,
        masks=activation.absent is not None,
        groups=activation.kind is Kind.VECTOR,
    )
    for p in activation.parameters:
        check_free(p.flag, others)
    return [
        click.Argument(
            ["words"],
            nargs=-1,
            metavar="[WORD]...",
            type=click.UNPROCESSED,
            shell_complete=candidates("files"),
        ),
        *(
            parameter((p.flag, *p.aliases), p.name, described(p), several=p.per_column, choices=p.choices)
            for p in all_parameters(activation)
        ),
        *others,
    ]


def check_free(flag: str, others: Iterable[click.Parameter]) -> None:
    """Raise UsageError if one of the options `others` has the flag of a formula's parameter."""
    if flag == "--help" or any(flag in (*p.opts, *p.secondary_opts) for p in others):
        raise UsageError(f"{flag} is an option of act; give the formula's parameter another name")


def shared(*, across: bool | None, masks: bool = True, groups: bool = True) -> list[click.Parameter]:
    """Return the options that activations have besides their parameters.

    across: as for `reading`. masks: with --mask-missing, --top and --top-p. groups: with --by and --sorted.
    """
    return [
        *computing(axis=across is not False),
        *pick(*["inverse", "side"] * (not across)),
        *reading(across=across),
        *pick(*["by", "sorted_groups"] * groups),
        *pick(*["mask_missing", "top", "top_p"] * masks),
        *writing(),
        *pick("plot"),
    ]


def candidates(kind: str) -> Callable[[click.Context, click.Parameter, str], Any]:
    """Return a `shell_complete` for click: the function `kind` of `candidates`, imported when called."""

    def found(context: click.Context, parameter: click.Parameter, incomplete: str) -> Any:
        from actcli.cli.complete import candidates

        return getattr(candidates, kind)(context, parameter, incomplete)

    return found


def sweeping(flags: Iterable[str], name: str, text: str) -> Option:
    """Return the option that sets a parameter of all activations that have it, to one or several values."""
    found = parameter(flags, name, text, several=True)
    found.type, found.metavar = Sweeping(), "NUMBER[,NUMBER]...|RANGE"
    return found


def own_format(choices: Iterable[str], text: str = "How the page is written.  [default: text]") -> Option:
    """Return the option -F of a command that has formats of its own, with the help `text`."""
    return Option("-F", "--format", type=Choice(choices), help=text, group=OUTPUT)


def parameter(
    flags: Iterable[str], name: str, text: str, *, several: bool, choices: tuple[str, ...] = ()
) -> Option:
    """Return the option that sets a parameter of one activation, or of all that have it.

    several: it takes a comma list. choices: words, if it takes no numbers.
    """
    names = list(dict.fromkeys("--" + flag.removeprefix("--").replace("_", "-") for flag in flags))
    return Option(
        *names,
        PREFIX + name,
        group=PARAMETERS,
        type=Choice(choices) if choices else Number(several=several),
        metavar=None if choices else "NUMBER[,NUMBER]..." if several else "NUMBER",
        help=text,
    )


def described(parameter: Parameter) -> str:
    """Return a parameter's help with its default."""
    default = "" if parameter.default is None else f"  [default: {briefly(parameter.default)}]"
    return parameter.help + default


def briefly(default: float | Quotient | str) -> str:
    """Return a default as text, as `numerals.shortest` does, but without the import of orjson."""
    return str(default).removesuffix(".0").replace("e-0", "e-")


OPTIONS: Final[dict[str, Callable[[], Option]]] = {
    "axis": lambda: Option(
        "--axis",
        "--dim",
        type=click.INT,
        metavar="AXIS",
        help="0 works down each column of a file, which reads all its rows into memory first; -1 or 1 works "
        "across the columns of each row; an array may have more.  [default: -1; down if there is one column]",
        group=COMPUTATION,
    ),
    "orders": lambda: Option(
        "-d",
        "--derivative",
        "orders",
        type=Orders(),
        multiple=True,
        metavar="ORDERS",
        shell_complete=candidates("orders"),
        help="0 is the function, 1 and 2 its derivatives: 1, or 0,1,2, or all; of a function of one number "
        "up to 30, which above 2 are exact: 3, or 0:8.  [default: 0]",
        group=COMPUTATION,
    ),
    "like": lambda: Option(
        "--like",
        type=Choice(FRAMEWORKS, {"all": "act compare NAME --like all"}, FRAMEWORK_ALIASES),
        help="The defaults and the variant of a framework; explicit options win.",
        group=COMPUTATION,
    ),
    "dtype": lambda: Option(
        "--dtype",
        type=Choice(DTYPES, FAMILIES, {alias: d.name for d in DTYPES.values() for alias in d.aliases}),
        help="Round the input to this type and the result to it once.  [default: float64; of an array, "
        "its own]",
        group=COMPUTATION,
    ),
    "exact": lambda: Option(
        "--exact",
        is_flag=True,
        help="Every result correctly rounded, which is proven: the formula is computed in balls.",
        group=COMPUTATION,
    ),
    "digits": lambda: Option(
        "--digits",
        overrides=True,
        type=Whole(18, 10_000),
        metavar="COUNT",
        help="So many significant digits, all of them right, as text; of a function of one number.",
        inputs=Concern.TYPED | _TEXT,
        lacking="digits as text",
        group=COMPUTATION,
    ),
    "inverse": lambda: Option(
        "--inverse",
        is_flag=True,
        help="The x at which the function has the given value, correctly rounded.",
        group=COMPUTATION,
    ),
    "side": lambda: Option(
        "--side",
        type=Choice(["left", "right"]),
        help="Which side of its turning point --inverse means, if the function has one.",
        group=COMPUTATION,
    ),
    "top": lambda: Option(
        "--top",
        "--top-k",
        overrides=True,
        type=Whole(1),
        metavar="COUNT",
        help="Keep the COUNT likeliest entries of a vector, and 0 for the others, as decoding does.",
        group=COMPUTATION,
    ),
    "top_p": lambda: Option(
        "--top-p",
        overrides=True,
        type=Number(),
        metavar="SHARE",
        help="Keep the likeliest entries, after --top, until their probabilities add up to SHARE.",
        group=COMPUTATION,
    ),
    "by": lambda: Option(
        "--by",
        multiple=True,
        metavar="COLUMNS",
        shell_complete=candidates("columns"),
        help="Each group of rows of a file with the same values there is a vector, named as for -c. All rows "
        "are read into memory first, unless they are --sorted.",
        inputs=_TEXT,
        lacking="groups of rows",
        group=INPUT,
    ),
    "sorted_groups": lambda: Option(
        "--sorted",
        "sorted_groups",
        is_flag=True,
        help="Groups of --by stand together already, so that each is written once it has ended.",
        inputs=_TEXT,
        lacking="groups of rows",
        group=INPUT,
    ),
    "columns": lambda: Option(
        "-c",
        "--columns",
        multiple=True,
        metavar="COLUMNS",
        shell_complete=candidates("columns"),
        help=_COLUMNS,
        inputs=_ROWS | Concern.ARCHIVE,
        lacking="named columns",
        group=INPUT,
    ),
    "exclude": lambda: Option(
        "--exclude",
        multiple=True,
        metavar="COLUMNS",
        shell_complete=candidates("columns"),
        help="Columns to leave out, named as for -c.",
        inputs=_ROWS | Concern.ARCHIVE,
        lacking="named columns",
        group=INPUT,
    ),
    "source_format": lambda: Option(
        "--from",
        "source_format",
        overrides=True,
        type=Choice(["csv", "json", "jsonl"]),
        help="What the input is: delimited text, a JSON document, or JSON Lines.  "
        "[default: as its name or its first character says]",
        inputs=_TEXT,
        lacking="format to choose",
        group=INPUT,
    ),
    "delimiter": lambda: Option(
        "-t",
        "--delimiter",
        type=Delimiter(),
        metavar="CHARACTER",
        shell_complete=candidates("delimiters"),
        help="What separates cells: a character, tab, or space for runs of blanks.  [default: detected]",
        inputs=Concern.TEXT,
        lacking="delimiter",
        group=INPUT,
    ),
    "header": lambda: Option(
        "--header/--no-header",
        " /-n",
        default=None,
        help="Whether the first row has names.  [default: detected]",
        inputs=Concern.TEXT,
        lacking="header row",
        group=INPUT,
    ),
    "missing": lambda: Option(
        "--missing",
        metavar="TEXT[,TEXT]...",
        help="Texts that stand for a missing cell; they replace the default ones.",
        inputs=Concern.TEXT,
        lacking="words for missing cells",
        group=INPUT,
    ),
    "mask_missing": lambda: Option(
        "--mask-missing",
        is_flag=True,
        help="For softmax and its kind: compute the other cells of a row as if its missing ones were not "
        "there. These become 0, -inf of log-softmax, and nan in a row that has no others.",
        inputs=_ROWS,
        lacking="missing cells",
        group=INPUT,
    ),
    "invalid": lambda: Option(
        "--invalid",
        type=Choice(["error", "keep", "nan"]),
        default="error",
        help="What to do with a cell that is no number.  [default: error]",
        inputs=_ROWS,
        lacking="cells of text",
        group=INPUT,
    ),
    "ragged": lambda: Option(
        "--ragged",
        type=Choice(["error", "keep"]),
        default="error",
        help="What to do with a row of another length; keep is for CSV and TSV.  [default: error]",
        inputs=_TEXT,
        lacking="rows of other lengths",
        group=INPUT,
    ),
    "decimal": lambda: Option(
        "--decimal",
        type=Choice([".", ","]),
        default=".",
        help="The decimal sign.  [default: .]",
        inputs=Concern.TEXT,
        lacking="decimal commas",
        group=INPUT,
    ),
    "thousands": lambda: Option(
        "--thousands",
        type=Thousands(),
        metavar="CHARACTER",
        shell_complete=candidates("thousands"),
        help="What separates groups of three digits in numbers of the input: , or . or another character, "
        "space for blanks of any width, apostrophe. Results have none.  [default: nothing does]",
        inputs=Concern.TEXT,
        lacking="thousands separators",
        group=INPUT,
    ),
    "bits": lambda: Option(
        "--bits",
        is_flag=True,
        help="The columns hold patterns of --dtype in hexadecimal digits, with or without 0x.",
        inputs=Concern.TEXT,
        lacking="cells of bit patterns",
        group=INPUT,
    ),
    "raw": lambda: Option(
        "--raw",
        is_flag=True,
        help="Files hold nothing but numbers of --dtype, one after the other; so does a result "
        "in a file, unless its name or -F says otherwise.",
        inputs=_TEXT,
        lacking="raw bytes",
        group=INPUT,
    ),
    "encoding": lambda: Option(
        "--encoding",
        metavar="NAME",
        shell_complete=candidates("encodings"),
        help="The input's encoding.  [default: as its first bytes say, or UTF-8]",
        inputs=_TEXT,
        lacking="encoding",
        group=INPUT,
    ),
    "format": lambda: Option(
        "-F",
        "--format",
        overrides=True,
        type=Choice(CHOICES, OTHER_FORMATS),
        help="How the result is written.  "
        "[default: a table for typed numbers and on terminals, else the kind of text that came in]",
        group=OUTPUT,
    ),
    "append": lambda: Option(
        "-a",
        "--append",
        is_flag=True,
        help="Append results as new columns instead of replacing.",
        inputs=_ROWS | _ARRAYS,
        group=OUTPUT,
    ),
    "precision": lambda: Option(
        "-p",
        "--precision",
        overrides=True,
        type=Whole(1, 17),
        metavar="DIGITS",
        help="Significant digits of computed cells.",
        group=OUTPUT,
    ),
    "notation": lambda: Option(
        "--notation",
        type=Choice(["decimal", *NOTATIONS]),
        help="How results are written as text: hex floats as C99 has them, or the patterns of their type.  "
        "[default: decimal]",
        group=OUTPUT,
    ),
    "output": lambda: Option(
        "-o",
        "--output",
        type=Target(),
        help="Write to a file, which is replaced when the result is complete, as its name says: .csv, "
        ".json, .npy, .npz, .parquet ...; several orders of an array become name_d0.npy, name_d1.npy. "
        "DIR/ gets a result for each input, under its name.",
        group=OUTPUT,
    ),
    "in_place": lambda: Option(
        "-i",
        "--in-place",
        is_flag=True,
        help="Replace each input file by its result.",
        inputs=_ROWS | _ARRAYS,
        group=OUTPUT,
    ),
    "rows": lambda: Option(
        "--rows",
        overrides=True,
        type=Whole(0),
        metavar="COUNT",
        help="Rows of a table on a terminal, 0 for all, which are held in memory.  "
        f"[default: {ROWS}; of a pipe all, as they come]",
        group=OUTPUT,
    ),
    "jobs": lambda: Option(
        "-j",
        "--jobs",
        overrides=True,
        type=Whole(1),
        metavar="COUNT",
        help="Processes for large input.  [default: one a core]",
        group=OUTPUT,
    ),
    "cluster": lambda: Option(
        "--cluster",
        metavar="ADDRESS",
        help="Compute on the workers of a Dask scheduler, such as tcp://127.0.0.1:8786.",
        inputs=_ROWS | _ARRAYS,
        group=OUTPUT,
    ),
    "color": lambda: Option(
        "--color",
        overrides=True,
        type=Choice(COLOURS),
        help="When there is colour: auto is on terminals.  [default: auto]",
        group=OUTPUT,
    ),
    "verbose": lambda: Option(
        "-v", "--verbose", is_flag=True, help="A line on stderr for each file that is done.", group=OUTPUT
    ),
    "quiet": lambda: Option(
        "-q",
        "--quiet",
        is_flag=True,
        help="No notes on stderr.",
        group=OUTPUT,
    ),
    "plot": lambda: Option(
        "--plot",
        is_flag=True,
        help="Draw typed numbers on the curve, below their table.",
        inputs=Concern.TYPED,
        group=OUTPUT,
    ),
}
"""Factories of the options that several commands have, by name."""


def pick(*names: str, **texts: str) -> list[click.Parameter]:
    """Return the options of these names, in this order; `texts` replace the help of some."""
    found: list[click.Parameter] = []
    for name in names:
        option = OPTIONS[name]()
        option.help = texts.get(name, option.help)
        found.append(option)
    return found


def computing(*, axis: bool, dtype: bool = True, **texts: str) -> list[click.Parameter]:
    """Return the options of computation, --axis and --dtype if wanted; `texts` replace the help of some."""
    return pick(*["axis"] * axis, "orders", "like", *["dtype"] * dtype, "exact", "digits", **texts)


def reading(*, across: bool | None) -> list[click.Parameter]:
    """Return the options of input for functions `across` columns or of single numbers; None means both."""
    return pick(
        *(
            "columns",
            "exclude",
            "source_format",
            "delimiter",
            "header",
            "missing",
            "invalid",
            "ragged",
            "decimal",
        ),
        *("thousands", "encoding", "bits", "raw"),
        columns=f"{_COLUMNS}  [default: {_WITHOUT_COLUMNS[across]}]",
        missing=f"Texts that stand for a missing cell, which {_MISSING[across]}; they replace the default "
        "ones.  [default: empty, NA, N/A, null, NULL, None]",
    )


def writing(*, replaces: bool = True, **texts: str) -> list[click.Parameter]:
    """Return the options of output; `texts` replace the help of some.

    replaces: whether results can replace the columns read, so that -a and -i mean something.
    """
    return pick(
        "format",
        *["append"] * replaces,
        *("precision", "notation", "output"),
        *["in_place"] * replaces,
        *("rows", "jobs", "cluster", "color", "verbose", "quiet"),
        **texts,
    )


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

    def has(self, name: str) -> bool:
        """Return whether an option, by the name of its field, has another value than its default."""
        return bool(getattr(self, name) != self._field_defaults[name])

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
            bits=(self.dtype or "") if self.bits else "",
        )


_LACKS: Final = {
    Concern.TYPED: "typed numbers have no {}",
    Concern.JSON: "{} is JSON, which has no {}",
    Concern.ARRAY: "{} is an array, which has no {}",
    Concern.ARCHIVE: "{} is an archive of arrays, which has no {}",
    Concern.TABLE: "{} is a table, which has no {}",
}
_KINDS: Final = {"npy": Concern.ARRAY, "npz": Concern.ARCHIVE, "parquet": Concern.TABLE}
_OF_A_VECTOR: Final = (None, 0, -1)


def proven(activation: Activation, given: Arguments) -> Activation:
    """Return the activation with exact results if --exact, --digits or orders above 2 need them, else as is.

    Raises UsageError for orders that it lacks, for --digits with -p, --dtype, --plot or an activation of
    several numbers, MissingExtra if the package for exact results is missing.
    """
    activation.check_orders(given.orders)
    if given.digits is not None:
        if activation.kind is not Kind.ELEMENTWISE:
            raise UsageError(f"--digits is for functions of one number; {activation.name} has several")
        for flag, value in (("-p", given.precision), ("--dtype", given.dtype), ("--plot", given.plot)):
            if value:
                raise UsageError(f"{flag}: --digits gives texts, of no type; leave out one of them")
    if not (given.exact or given.digits) and set(given.orders) <= ALL_ORDERS:
        return activation
    from actcli.exact import exact

    return exact(activation)


def check_options(given: Arguments, paths: Sequence[str]) -> None:
    """Raise UsageError for options that typed numbers lack or that contradict each other.

    paths: the input files, empty for typed numbers.
    """
    if not paths:
        refuse(("cluster",), given, "typed numbers are computed here")
        _check_inputs(given, Concern.TYPED)
        if given.axis not in _OF_A_VECTOR:
            raise UsageError(f"--axis {given.axis}: typed numbers are one vector; leave it out")
    check_numbers(given)
    if not given.in_place:
        return
    if not paths or STDIN in paths:
        raise UsageError("-i needs files: it replaces each by its result")
    if given.output or given.format:
        raise UsageError("-i writes each file in its own format; leave out -o and -F")


def check_numbers(given: Arguments) -> None:
    """Raise UsageError for options on how numbers are read and written that contradict each other."""
    if given.thousands and given.decimal in given.thousands:
        other = "," if given.decimal == "." else "."
        raise UsageError(
            f"--thousands {given.decimal}: it is the decimal sign; say --decimal {other} too, or leave it out"
        )
    if given.thousands and given.delimiter == "" and " " in given.thousands:
        raise UsageError("--thousands space: blanks separate the cells; name another delimiter with -t")
    for name, what in (("raw", "numbers"), ("bits", "patterns")):
        if given.has(name) and not given.dtype:
            raise UsageError(f"--{name}: name the type of the {what}, for example --dtype float32")
    if given.bits:
        refuse(("decimal", "thousands"), given, "patterns of bits have no such sign")
    if given.notation in NOTATIONS:
        refuse(("precision", "digits"), given, f"--notation {given.notation} has all digits")


def check_json(given: Arguments, source: str) -> None:
    """Raise UsageError for options that do not apply to JSON, the format of `source`."""
    _check_inputs(given, Concern.JSON, source)


def check_kinds(
    given: Arguments, paths: Sequence[str], held: Sequence[str], wanted: str, target: str
) -> None:
    """Raise UsageError for options that do not apply to the input or output.

    held: the kind of each path, text, npy, npz or parquet. wanted: that of the result, to go to `target`.
    """
    for path, kind in zip(paths, held, strict=True):
        if kind in _KINDS:
            _check_inputs(given, _KINDS[kind], path)
    if wanted != "text":
        check_result(given, wanted, target)
    kept = [name for name in ("ragged", "invalid") if getattr(given, name) == "keep"]
    if kept and wanted == "parquet" and "parquet" not in held:
        raise UsageError(
            f"--{kept[0]} keep: every cell of a table has its column's type; leave it out, or say -o y.csv"
        )


def check_result(given: Arguments, kind: str, target: str) -> None:
    """Raise UsageError for options of text, a compressor or a type that a result of this kind cannot have.

    kind: npy, npz or parquet.
    """
    refuse(("precision", "rows", "digits", "notation"), given, f"{target} is no text")
    stem, extension, packed = cut(target)
    if packed:
        raise UsageError(f"{target}: {kind} files are not packed as a whole; -o {stem}{extension}")
    if kind == "parquet" and given.dtype and not DTYPES[given.dtype].storable:
        way_out = "say -o y.csv" if given.bits else "float32 holds the same numbers"
        raise UsageError(f"--dtype {given.dtype}: {kind} has no such type; {way_out}")


def check_ragged(given: Arguments, kind: str) -> None:
    """Raise UsageError for --ragged keep with a format whose rows all have the same number of cells."""
    if given.ragged == "keep" and not FORMATS[kind].any_width:
        raise UsageError(f"--ragged keep: {kind} has no place for such rows; say -F csv, or leave it out")


def _check_inputs(given: Arguments, kind: Concern, *source: str) -> None:
    """Raise UsageError for options that do not apply to this kind of input, the file `source` if any."""
    for name in filter(given.has, OPTIONS):
        option = OPTIONS[name]()
        if option.lacking and kind not in option.inputs:
            refuse((name,), given, _LACKS[kind].format(*source, option.lacking))


def refuse(names: Iterable[str], given: Arguments, why: str) -> None:
    """Raise UsageError for the first of these options that is given, with the reason `why`.

    names: fields of Arguments.
    """
    for name in filter(given.has, names):
        raise UsageError(f"{OPTIONS[name]().opts[0]}: {why}; leave it out")
