"""`act check`: the errors of given results against the exact ones."""

from __future__ import annotations

import math
import shlex
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict
from itertools import chain, takewhile
from typing import TYPE_CHECKING, Any, Final

import click

from actcli.activations.record import primes
from actcli.cli import multi, options
from actcli.cli.display.page import page_format, show
from actcli.cli.multi import MultiCommand
from actcli.cli.options import Arguments, check_kinds, check_numbers
from actcli.cli.parser import Number, Option
from actcli.cli.words import parse_activation
from actcli.errors import DataError, UsageError, counted
from actcli.io.filetype import exists, is_url
from actcli.numeric import xp
from actcli.numeric.dtypes import round_to
from actcli.numeric.numerals import shortest, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from actcli.activations.record import Activation, Value
    from actcli.analysis.check import ErrorStatistics, Figures
    from actcli.cli.display.progress import Watch
    from actcli.display import Display
    from actcli.pipeline.pairs import Pairs

FORMATS: Final = ("text", "json")
CHECK: Final = "Check"
_RANGES: Final = 10
_BAR: Final = 40
_HEIGHT: Final = 14
_SEEN: Final = 20.0
_FIVE_DIGITS: Final = 1e4
_LONG: Final = 1e15


def command() -> MultiCommand:
    """Return the click command."""
    return MultiCommand(
        "check",
        params=[
            click.Argument(
                ["words"],
                nargs=-1,
                metavar="NAME RESULTS",
                type=click.UNPROCESSED,
                shell_complete=options.candidates("names_and_files"),
            ),
            *_checking(),
            *options.pick(
                *("orders", "like", "dtype"),
                dtype="The type of results that are text; inputs are rounded to it.  [default: their own]",
            ),
            *options.reading(across=True),
            options.own_format(FORMATS),
            *options.pick(
                *("output", "jobs", "color", "quiet", "plot"),
                plot="Draw the largest errors over x, below the page.",
                output="Write to a file, as JSON if its name ends in .json.",
            ),
        ],
        callback=_run,
        help="Errors of results that a program computed: how far they are from the exact ones, and where.\n\n"
        "Results are an array with its --input, or two columns of a file: the input's first. Errors are in "
        "ulp, the spacing of the results' type at the exact value.",
        examples=[
            "act check gelu y.npy --input x.npy --max-ulp 1",
            "act check tanh results.csv -c x,y --dtype float32",
            "act check silu half.npy --every --ftz",
        ],
    )


def _checking() -> list[click.Parameter]:
    return [
        Option(
            "--input",
            "inputs",
            metavar="FILE",
            shell_complete=options.candidates("files"),
            help="The array of the inputs, with as many numbers in the same shape.",
            group=CHECK,
        ),
        Option(
            "--every",
            is_flag=True,
            help="The inputs are all finite numbers of the type, ascending, -0 before 0.",
            group=CHECK,
        ),
        Option(
            "--max-ulp",
            type=Number(),
            metavar="NUMBER",
            help="Exit with 1 if a result is off by more, or is a wrong nan or infinity.",
            group=CHECK,
        ),
        Option("--ftz", is_flag=True, help="Zeros instead of subnormal results are allowed.", group=CHECK),
        Option(
            "--daz",
            is_flag=True,
            help="Results are allowed that take a subnormal input for zero.",
            group=CHECK,
        ),
    ]


def _run(inputs: str | None, every: bool, max_ulp: float | None, ftz: bool, daz: bool, **others: Any) -> None:
    from actcli.analysis.check import ErrorStatistics, Reference
    from actcli.cli.display import messages, progress, terminal
    from actcli.pipeline import pairs
    from actcli.pipeline.text import workers

    given = Arguments.from_click(others)
    record, settings, path = _asked(given)
    if max_ulp is not None and not 0 <= max_ulp < math.inf:
        raise UsageError(f"--max-ulp {shortest(max_ulp)}: an error is 0 or more")
    form = page_format(given, FORMATS)
    if given.plot and form == "json":
        raise UsageError("--plot stands below a page, not in JSON; leave it out, or say -F text")
    limit = 1.0 if max_ulp is None else max_ulp
    files = [file for file in (path, inputs) if file]
    watching = progress.watched(files, given) if terminal.shows_progress(given) else nullcontext()
    with watching as watch, _opened(path, inputs, every, given, watch) as found:
        statistics = ErrorStatistics(
            Reference(record, settings, given.orders[0], found.dtype, limit, ftz=ftz, daz=daz)
        )
        if found.note:
            messages.note(found.note, given)
        for count in pairs.fill(statistics, found.blocks, workers(given.jobs)):
            if watch and found.count:
                watch.tick(count / found.count)
    if not statistics.count:
        raise DataError(f"{path}: has no results")
    if statistics.left_out:
        what = counted(statistics.left_out, "result")
        messages.note(f"{what} at infinity left out: a typed formula has no value there", given)
    figures = statistics.figures()
    display = terminal.display(given)
    lines = _json(figures) if form == "json" else _page(figures, display)
    show(chain(lines, _picture(statistics, display)) if given.plot else lines, display, given.output)
    if max_ulp is not None and not figures.passes(max_ulp):
        raise DataError(f"{path}: {_verdict(figures)}")


def _asked(given: Arguments) -> tuple[Activation, dict[str, Value], str]:
    """Return the activation, its parameters, and the path of the results.

    Raises UsageError unless the arguments have one activation, one value for each parameter, one order and
    one file.
    """
    if not given.words:
        raise UsageError("name an activation and a file of results: act check gelu y.npy --input x.npy")
    names = list(takewhile(parse_activation, given.words)) or given.words
    activations, files = multi.split(names, "check")[0], given.words[len(names) :]
    resolved = multi.resolve(activations, given)
    if len(resolved) > 1:
        raise UsageError("check takes one function with one value for each parameter")
    if len(given.orders) > 1:
        raise UsageError("check takes one order: -d 1")
    if len(files) != 1:
        name = shlex.quote(activations[0].name)
        raise UsageError(f"name one file of results: act check {name} y.npy --input x.npy")
    return *resolved[0], files[0]


@contextmanager
def _opened(
    path: str, inputs: str | None, every: bool, given: Arguments, watch: Watch | None
) -> Iterator[Pairs]:
    """Yield the inputs with their results, from arrays or from two columns of a text or table.

    Raises DataError if the results are missing, UsageError for options that do not apply to them.
    """
    from actcli.io.filetype import STDIN
    from actcli.io.streams import holds
    from actcli.pipeline import pairs

    if path != STDIN and not is_url(path) and not exists(path):
        raise DataError(f"{path}: cannot be opened: No such file or directory")
    kind = holds(path)
    check_numbers(given)
    if given.raw:
        files = {path: kind, **({inputs: holds(inputs)} if inputs else {})}
        check_kinds(given, list(files), list(files.values()), "text", "")
    if kind in ("npy", "npz") or given.raw:
        check_kinds(given._replace(raw=False), [path], ["npy"], "text", "")
        if (inputs is None) is not every:
            raise UsageError(f"{path}: say one of --input x.npy, the inputs' array, and --every")
        with _array(path, given) as here:
            if every:
                yield pairs.of_every(here, given.dtype, raw=given.raw)
                return
            with _array(inputs or "", given) as there:
                yield pairs.of_arrays(here, there, given.dtype, raw=given.raw)
        return
    if inputs or every:
        raise UsageError(f"{path}: has a column for the input, too: -c x,y; leave out --input and --every")
    with _reader(path, kind, given) as (reader, layout):
        if watch:
            watch.reading(reader.stream)
            reader.tick = watch.tick
        yield pairs.of_rows(reader, layout, given.dtype)


@contextmanager
def _array(path: str, given: Arguments) -> Iterator[str]:
    """Yield the path of an array's file on this machine, or of the one array of an archive."""
    from actcli.io import npz
    from actcli.io.streams import holds, local_copy

    with local_copy(path) as here:
        yield npz.only(here) if holds(here) == "npz" and not given.raw else here


@contextmanager
def _reader(path: str, kind: str, given: Arguments) -> Iterator[Any]:
    from actcli.cli.run.run import open_text, understand
    from actcli.io import parquet
    from actcli.io.streams import local_copy

    reading = given.read_options(vectors=True, absent=None)
    if kind == "parquet":
        with local_copy(path) as here:
            batches = parquet.rows(here, reading, whole_groups=False)
            with closing(batches.stream):
                yield batches, batches.layout
        return
    reader = open_text(path, given)
    with closing(reader.stream):
        reader, layout = understand(reader, reading, given, path)
        if layout is None:
            raise DataError(f"{path}: has no results")
        yield reader, layout


def _verdict(figures: Figures) -> str:
    """Return the message about results that fail."""
    wrong = [
        f"{count:,} wrong {what}"
        for count, what in ((figures.wrong_nan, "nan"), (figures.wrong_infinity, "infinite"))
        if count
    ]
    if figures.max_ulp > figures.limit:
        at = next(one for one in figures.worst if one.ulp is not None)
        off = f"up to {_ulp(figures.max_ulp)} ulp at x = {_short(at.x, figures.input_dtype)}"
        wrong.append(f"{off}, more than {shortest(figures.limit)}")
    return f"{figures.above:,} of {counted(figures.count, 'result')} fail: {', '.join(wrong)}"


def _json(figures: Figures) -> Iterator[str]:
    import json

    yield json.dumps(_jsonable(asdict(figures)), ensure_ascii=False, indent=2, allow_nan=False)


def _jsonable(value: Any) -> Any:
    """Return data for JSON: infinite numbers and nan, which it lacks, become texts."""
    if isinstance(value, dict):
        return {name: _jsonable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _page(figures: Figures, display: Display) -> Iterator[str]:
    title = f"{figures.name}{primes(figures.order)}, {counted(figures.count, 'result')} in {figures.dtype}"
    yield display.heading(title)
    yield ""
    share = math.floor(figures.correct / figures.count * 1e5) / 1e3  # 100 % only if all are correct
    wrong = {
        "wrong nan": figures.wrong_nan,
        "wrong infinity": figures.wrong_infinity,
        "wrong sign of zero": figures.wrong_zero_sign,
        "subnormal inputs taken for 0": figures.flushed_inputs,
        "subnormal results flushed to 0": figures.flushed_outputs,
    }
    yield from display.columns(
        [
            ("correctly rounded", f"{figures.correct:,} ({share:g} %)"),
            ("largest error", f"{_ulp(figures.max_ulp)} ulp"),
            ("mean error", f"{_ulp(figures.mean_ulp)} ulp"),
            ("99 % are within", f"{_ulp(figures.p99_ulp)} ulp"),
            *((title, f"{count:,}") for title, count in wrong.items() if count),
        ]
    )
    yield from ("", display.heading("Errors in ulp"))
    yield from _histogram(figures.histogram, display)
    if figures.correct < figures.count:
        rows = [("x", "bits", "got", "want", "ulp")]
        for one in figures.worst:
            results = _short(one.got, figures.dtype), _short(one.want, figures.dtype)
            rows.append(
                (
                    _short(one.x, figures.input_dtype),
                    one.bits,
                    *results,
                    "" if one.ulp is None else _ulp(one.ulp),
                )
            )
        yield from ("", display.heading("Worst inputs"), *_table(rows))
    if figures.ranges:
        yield from ("", display.heading(f"Where errors are above {shortest(figures.limit)} ulp"))
        yield from _ranges(figures)


def _histogram(counts: Mapping[str, int], display: Display) -> Iterator[str]:
    most = max(1, *counts.values())
    width = len(f"{most:,}")
    for label, count in counts.items():
        bar = ("\N{FULL BLOCK}" if display.unicode else "#") * math.ceil(_BAR * count / most)
        yield f"  {label:>6}  {count:>{width},}  {bar}".rstrip()


def _ranges(figures: Figures) -> Iterator[str]:
    """Yield lines for the ranges with the most results above the limit, by x, and one for all others."""
    most = sorted(figures.ranges, key=lambda one: -one.count)[:_RANGES]
    most = sorted(most, key=lambda one: one.first)
    kind = figures.input_dtype
    rows = [(_short(one.first, kind), _short(one.last, kind), f"{one.count:,}") for one in most]
    yield from _table([("from", "to", "results"), *rows])
    left = figures.above - sum(one.count for one in most)
    if left:
        others = counted(len(figures.ranges) - len(most), "range")
        yield f"  and {others} more with {counted(left, 'result')}; -F json has all"


def _picture(statistics: ErrorStatistics, display: Display) -> Iterator[str]:
    """Yield the lines of a picture of the largest errors over x, at most from -_SEEN to _SEEN."""
    from actcli.plots.errors import errors
    from actcli.plots.picture import Size

    x, ulp = statistics.profile()
    low, high = max(-_SEEN, float(x.min())), min(_SEEN, float(x.max()))
    yield from ("", display.heading("Largest errors in ulp over x"))
    if low < high:
        yield from errors(x, ulp, (low, high), Size(display.usual_width, _HEIGHT), display)


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows of cells as lines, each column aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(map(str.rjust, row, widths)).rstrip()


def _short(value: float, dtype: str) -> str:
    """Return the shortest digits of a number in its type; its bit pattern beside them is exact."""
    return texts(round_to(xp.array([value]), dtype))[0].decode()


def _ulp(value: float) -> str:
    return f"{value:,.0f}" if _FIVE_DIGITS <= value < _LONG else f"{value:.4g}"
