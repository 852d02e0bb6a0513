"""The options that every activation has, in the groups of its help page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from actcli.activations.frameworks import FRAMEWORKS, all_parameters, framework_names
from actcli.activations.record import Kind
from actcli.cli.arguments import PREFIX
from actcli.cli.parser import Option
from actcli.cli.types import Choice, Delimiter, Number, Orders, Target, Whole
from actcli.io.formats import FORMATS
from actcli.numeric.dtypes import DTYPES, dtype_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from actcli.activations.record import Activation, Parameter

PARAMETERS = "Parameters"
COMPUTATION = "Computation"
INPUT = "Input (CSV and other delimited text)"
OUTPUT = "Output"

OTHER_FORMATS = {
    "md": "markdown",
    "ndjson": "jsonl",
    "tab": "tsv",
    "text": "plain",
    "txt": "plain",
    "raw": "plain",
    "pretty": "table",
}
"""What people call them elsewhere: suggested, never taken silently."""

COLOURS = ("auto", "always", "never")
COLOR = "When there is colour: auto is on terminals.  [default: auto]"
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
    """All parameters of an activation's command."""
    return [
        click.Argument(
            ["words"],
            nargs=-1,
            metavar="[WORD]...",
            type=click.UNPROCESSED,
            shell_complete=candidates("files"),
        ),
        *(
            parameter((p.flag, *p.aliases), p.name, described(p), several=p.per_column)
            for p in all_parameters(activation)
        ),
        *shared(across=activation.kind is not Kind.ELEMENTWISE),
    ]


def shared(*, across: bool | None) -> list[click.Parameter]:
    """What activations have beside their parameters; `across` as for `reading`."""
    return [
        *computing(axis=across is not False),
        *reading(across=across),
        *writing(),
        Option(
            "--plot", is_flag=True, help="Draw typed numbers on the curve, below their table.", group=OUTPUT
        ),
    ]


def retold(found: Iterable[click.Parameter], texts: Mapping[str, str]) -> list[click.Parameter]:
    """Those of the options that are named here, in this order, with their own help."""
    named = {option.name: option for option in found if isinstance(option, click.Option)}
    for name, text in texts.items():
        named[name].help = text
    return [named[name] for name in texts]


def candidates(kind: str) -> Callable[[click.Context, click.Parameter, str], Any]:
    """The function of this name in `candidates`, imported when a shell asks."""

    def found(context: click.Context, parameter: click.Parameter, incomplete: str) -> Any:
        from actcli.cli.complete import candidates

        return getattr(candidates, kind)(context, parameter, incomplete)

    return found


def parameter(flags: Iterable[str], name: str, text: str, *, several: bool) -> Option:
    """The option that sets a parameter of one activation, or of all that have it."""
    return Option(
        *dict.fromkeys("--" + flag.removeprefix("--").replace("_", "-") for flag in flags),
        PREFIX + name,
        group=PARAMETERS,
        type=Number(several=several),
        metavar="NUMBER[,NUMBER]..." if several else "NUMBER",
        help=text,
    )


def described(parameter: Parameter) -> str:
    """A parameter's help with its default."""
    default = "" if parameter.default is None else f"  [default: {briefly(parameter.default)}]"
    return parameter.help + default


def briefly(default: float) -> str:
    """As `numerals.shortest` writes it, but a help page does not wait for orjson."""
    return repr(default).removesuffix(".0")


def computing(*, axis: bool) -> list[click.Parameter]:
    """What is computed; `axis` for activations of vectors."""
    option = partial(Option, group=COMPUTATION)
    axis_option = option(
        "--axis",
        "--dim",
        type=click.INT,
        metavar="AXIS",
        help="0 works down each column of a file, which reads all its rows into memory first; -1 or 1 works "
        "across the columns of each row; an array may have more.  [default: -1; down if there is one column]",
    )
    return [
        *([axis_option] if axis else []),
        option(
            "-d",
            "--derivative",
            "orders",
            type=Orders(),
            multiple=True,
            metavar="ORDERS",
            shell_complete=candidates("orders"),
            help="0 is the function, 1 and 2 its derivatives: 1, or 0,1,2, or all.  [default: 0]",
        ),
        option(
            "--like",
            type=Choice(FRAMEWORKS, aliases=framework_names()),
            help="The defaults and the variant of a framework; explicit options win.",
        ),
        option(
            "--dtype",
            type=Choice(DTYPES, aliases=dtype_names()),
            help="Round the input to this type and the result to it once.  [default: float64; of an array, "
            "its own]",
        ),
    ]


def reading(*, across: bool | None) -> list[click.Parameter]:
    """How input is understood: by functions `across` columns, or of each column; None stands for both."""
    option = partial(Option, group=INPUT)
    return [
        option(
            "-c",
            "--columns",
            multiple=True,
            metavar="COLUMNS",
            shell_complete=candidates("columns"),
            help="Compute only these: names, numbers from 1 (-1 is the last), ranges 2-4 or a:d, "
            f"or name=ANY TEXT.  [default: {_WITHOUT_COLUMNS[across]}]",
        ),
        option(
            "--exclude",
            multiple=True,
            metavar="COLUMNS",
            shell_complete=candidates("columns"),
            help="Columns to leave out, named as for -c.",
        ),
        option(
            "-t",
            "--delimiter",
            type=Delimiter(),
            metavar="CHARACTER",
            shell_complete=candidates("delimiters"),
            help="What separates cells: a character, tab, or space for runs of blanks.  [default: found out]",
        ),
        option(
            "--header/--no-header",
            " /-n",
            default=None,
            help="Whether the first row has names.  [default: found out]",
        ),
        option(
            "--missing",
            metavar="TEXT[,TEXT]...",
            help=f"Texts that stand for a missing cell, which {_MISSING[across]}; they replace the default "
            "ones.  [default: empty, NA, N/A, null, NULL, None]",
        ),
        option(
            "--invalid",
            type=Choice(["error", "keep", "nan"]),
            default="error",
            help="What to do with a cell that is no number.  [default: error]",
        ),
        option(
            "--ragged",
            type=Choice(["error", "keep"]),
            default="error",
            help="What to do with a row of another length; keep is for CSV and TSV.  [default: error]",
        ),
        option("--decimal", type=Choice([".", ","]), default=".", help="The decimal sign.  [default: .]"),
        option(
            "--encoding",
            metavar="NAME",
            shell_complete=candidates("encodings"),
            help="The input's encoding.  [default: as its first bytes say, or UTF-8]",
        ),
    ]


def writing() -> list[click.Parameter]:
    """How results come out."""
    option = partial(Option, group=OUTPUT)
    return [
        option(
            "-F",
            "--format",
            overrides=True,
            type=Choice(FORMATS, OTHER_FORMATS),
            help="How the result is written.  "
            "[default: a table for typed numbers and on terminals, else the kind of text that came in]",
        ),
        option("-a", "--append", is_flag=True, help="Append results as new columns instead of replacing."),
        option(
            "-p",
            "--precision",
            overrides=True,
            type=Whole(1, 17),
            metavar="DIGITS",
            help="Significant digits of computed cells.",
        ),
        option(
            "-o",
            "--output",
            type=Target(),
            help="Write to a file, which is replaced when the result is complete, as its name says: .csv, "
            ".json, .npy, .parquet ...; several orders of an array become name_d0.npy, name_d1.npy. "
            "DIR/ gets a result for each input, under its name.",
        ),
        option("-i", "--in-place", is_flag=True, help="Replace each input file by its result."),
        option(
            "--rows",
            overrides=True,
            type=Whole(0),
            metavar="COUNT",
            help="Rows of a table on a terminal, 0 for all, which are held in memory.  "
            "[default: 40; of a pipe all, as they come]",
        ),
        option(
            "-j",
            "--jobs",
            overrides=True,
            type=Whole(1),
            metavar="COUNT",
            help="Processes for large input.  [default: one a core]",
        ),
        option(
            "--cluster",
            metavar="ADDRESS",
            help="Compute on the workers of a Dask scheduler, such as tcp://127.0.0.1:8786.",
        ),
        option("--color", overrides=True, type=Choice(COLOURS), help=COLOR),
        option("-v", "--verbose", is_flag=True, help="A line on stderr for each file that is done."),
        option("-q", "--quiet", is_flag=True, help="No notes on stderr."),
    ]
