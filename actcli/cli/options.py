"""The options that commands share, in the groups of the help page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from actcli.activations import all_parameters
from actcli.activations.frameworks import FRAMEWORK_ALIASES, FRAMEWORKS
from actcli.activations.record import Kind
from actcli.cli.arguments import COLOURS, PREFIX
from actcli.cli.parser import Choice, Delimiter, Number, Option, Orders, Sweeping, Target, Thousands, Whole
from actcli.errors import UsageError
from actcli.io.formats import CHOICES, FORMATS
from actcli.numeric.dtypes import DTYPES, FAMILIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from actcli.activations.record import Activation, Parameter, Quotient

PARAMETERS = "Parameters"
COMPUTATION = "Computation"
INPUT = "Input (CSV and other delimited text)"
OUTPUT = "Output"

OTHER_FORMATS = {alias: record.name for record in FORMATS.values() for alias in record.aliases}
"""Formats by the names they have elsewhere, which are suggested, not accepted."""

COLOR = "When there is colour: auto is on terminals.  [default: auto]"
_COLUMNS = "Compute only these: names, numbers from 1 (-1 is the last), ranges 2-4 or a:d, or name=ANY TEXT."
_TEXTS = "Texts that stand for a missing cell; they replace the default ones."
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


_MAKE: Final[dict[str, Callable[[], Option]]] = {
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
        help="Each group of rows with the same values there is a vector, named as for -c. All rows are "
        "read into memory first, unless they are --sorted.",
        group=INPUT,
    ),
    "sorted_groups": lambda: Option(
        "--sorted",
        "sorted_groups",
        is_flag=True,
        help="Groups of --by stand together already, so that each is written once it has ended.",
        group=INPUT,
    ),
    "columns": lambda: Option(
        "-c",
        "--columns",
        multiple=True,
        metavar="COLUMNS",
        shell_complete=candidates("columns"),
        help=_COLUMNS,
        group=INPUT,
    ),
    "exclude": lambda: Option(
        "--exclude",
        multiple=True,
        metavar="COLUMNS",
        shell_complete=candidates("columns"),
        help="Columns to leave out, named as for -c.",
        group=INPUT,
    ),
    "source_format": lambda: Option(
        "--from",
        "source_format",
        overrides=True,
        type=Choice(["csv", "json", "jsonl"]),
        help="What the input is: delimited text, a JSON document, or JSON Lines.  "
        "[default: as its name or its first character says]",
        group=INPUT,
    ),
    "delimiter": lambda: Option(
        "-t",
        "--delimiter",
        type=Delimiter(),
        metavar="CHARACTER",
        shell_complete=candidates("delimiters"),
        help="What separates cells: a character, tab, or space for runs of blanks.  [default: detected]",
        group=INPUT,
    ),
    "header": lambda: Option(
        "--header/--no-header",
        " /-n",
        default=None,
        help="Whether the first row has names.  [default: detected]",
        group=INPUT,
    ),
    "missing": lambda: Option(
        "--missing",
        metavar="TEXT[,TEXT]...",
        help=_TEXTS,
        group=INPUT,
    ),
    "mask_missing": lambda: Option(
        "--mask-missing",
        is_flag=True,
        help="For softmax and its kind: compute the other cells of a row as if its missing ones were not "
        "there. These become 0, -inf of log-softmax, and nan in a row that has no others.",
        group=INPUT,
    ),
    "invalid": lambda: Option(
        "--invalid",
        type=Choice(["error", "keep", "nan"]),
        default="error",
        help="What to do with a cell that is no number.  [default: error]",
        group=INPUT,
    ),
    "ragged": lambda: Option(
        "--ragged",
        type=Choice(["error", "keep"]),
        default="error",
        help="What to do with a row of another length; keep is for CSV and TSV.  [default: error]",
        group=INPUT,
    ),
    "decimal": lambda: Option(
        "--decimal", type=Choice([".", ","]), default=".", help="The decimal sign.  [default: .]", group=INPUT
    ),
    "thousands": lambda: Option(
        "--thousands",
        type=Thousands(),
        metavar="CHARACTER",
        shell_complete=candidates("thousands"),
        help="What separates groups of three digits in numbers of the input: , or . or another character, "
        "space for blanks of any width, apostrophe. Results have none.  [default: nothing does]",
        group=INPUT,
    ),
    "bits": lambda: Option(
        "--bits",
        is_flag=True,
        help="The columns hold patterns of --dtype in hexadecimal digits, with or without 0x.",
        group=INPUT,
    ),
    "raw": lambda: Option(
        "--raw",
        is_flag=True,
        help="Files hold nothing but numbers of --dtype, one after the other; so does a result, unless its "
        "name or -F says otherwise.",
        group=INPUT,
    ),
    "encoding": lambda: Option(
        "--encoding",
        metavar="NAME",
        shell_complete=candidates("encodings"),
        help="The input's encoding.  [default: as its first bytes say, or UTF-8]",
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
        type=Choice(["decimal", "hex", "bits"]),
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
        "-i", "--in-place", is_flag=True, help="Replace each input file by its result.", group=OUTPUT
    ),
    "rows": lambda: Option(
        "--rows",
        overrides=True,
        type=Whole(0),
        metavar="COUNT",
        help="Rows of a table on a terminal, 0 for all, which are held in memory.  "
        "[default: 40; of a pipe all, as they come]",
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
        group=OUTPUT,
    ),
    "color": lambda: Option(
        "--color",
        overrides=True,
        type=Choice(COLOURS),
        help=COLOR,
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
        "--plot", is_flag=True, help="Draw typed numbers on the curve, below their table.", group=OUTPUT
    ),
}
"""Factories of the options that several commands have, by name."""


def pick(*names: str, **texts: str) -> list[click.Parameter]:
    """Return the options of these names, in this order; `texts` replace the help of some."""
    found: list[click.Parameter] = []
    for name in names:
        option = _MAKE[name]()
        option.help = texts.get(name, option.help)
        found.append(option)
    return found


def computing(*, axis: bool) -> list[click.Parameter]:
    """Return the options of computation; with `axis`, --axis for activations of vectors, too."""
    return pick(*["axis"] * axis, "orders", "like", "dtype", "exact", "digits")


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


def writing() -> list[click.Parameter]:
    """Return the options of output."""
    return pick(
        *(
            "format",
            "append",
            "precision",
            "notation",
            "output",
            "in_place",
            "rows",
            "jobs",
            "cluster",
            "color",
        ),
        *("verbose", "quiet"),
    )
