"""`act lut`: a lookup table with its error, for programs and for hardware."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import click

from actcli.activations.record import order_suffix
from actcli.analysis.lut import INTEGERS, ROUNDINGS, Entries, Quantized, hexadecimal
from actcli.cli import multi, options
from actcli.cli.display import messages, terminal
from actcli.cli.multi import MultiCommand
from actcli.cli.options import Arguments, refuse
from actcli.cli.parser import Choice, Ends, Option, Whole
from actcli.errors import UsageError, counted
from actcli.io import filetype
from actcli.io.formats import CHOICES
from actcli.numeric.dtypes import DTYPES
from actcli.numeric.numerals import NotANumeral, parse_quotient, shortest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.activations.record import Activation
    from actcli.analysis.lut import LookupTable

TABLE: Final = "Table"
_BY_EXTENSION: Final = {".h": "c", ".mem": "mem", ".hex": "mem", ".npy": "npy"}
_A_LINE: Final = 12
_FLOATS_A_LINE: Final = 4
_COLUMNS: Final = ("in", "out", "x", "exact", "error")


def command() -> MultiCommand:
    """Return the click command."""
    return MultiCommand(
        "lut",
        params=[
            click.Argument(
                ["words"],
                nargs=-1,
                metavar="NAME",
                type=click.UNPROCESSED,
                shell_complete=options.candidates("activations"),
            ),
            *_table(),
            *options.pick("orders", "like"),
            options.own_format(
                [*CHOICES, "c", "mem"],
                "How it is written: c is a C99 header, mem is for Verilog's readmemh.  [default: table]",
            ),
            *options.pick(
                *("precision", "output", "rows", "color", "quiet"),
                output="Write to a file, as its name says: .csv, .json, .h, .mem, .npy ...",
            ),
        ],
        callback=_run,
        endings=list(_BY_EXTENSION),
        help="A lookup table of an activation, with its error in steps of the output.\n\n"
        "Integers stand for numbers, int8:SCALE:ZERO for SCALE * (code - ZERO): there is an entry for each "
        "code, from the lowest up. A floating type has a --range. Entries are exact values, rounded once and "
        "kept within the output's type.",
        examples=[
            "act lut sigmoid --in int8:0.05:3 --out int8:1/256:-128",
            "act lut tanh --in int16:1/4096:0 --out int16:1/32768:0 --entries 513 --interpolate linear -F c",
            "act lut gelu --in float32 --range -8:8 --entries 1024 --out float16 -F mem",
        ],
    )


def _table() -> list[click.Parameter]:
    kinds = f"{', '.join(INTEGERS)}, each with :SCALE:ZERO, or a floating type"
    return [
        Option("--in", "source", required=True, metavar="TYPE", help=f"The input: {kinds}.", group=TABLE),
        Option("--out", "target", required=True, metavar="TYPE", help="The output, as --in.", group=TABLE),
        Option(
            "--range",
            "span",
            type=Ends(),
            metavar="LOW:HIGH",
            help="The x that a table of a floating type covers.",
            group=TABLE,
        ),
        Option(
            "--entries",
            type=Whole(2, 1 << 20),
            metavar="COUNT",
            help="How many entries there are; of codes a power of two.  [default: one for each code]",
            group=TABLE,
        ),
        Option(
            "--at",
            type=Choice(["ends", "centres"]),
            help="The x at which an entry is computed that covers several: the first of them, and of the "
            "last entry of a range its end; or the one in the middle.  [default: ends]",
            group=TABLE,
        ),
        Option(
            "--interpolate",
            type=Choice(["linear"]),
            help="The table is read with interpolation: it has one entry more, such as 513.",
            group=TABLE,
        ),
        Option(
            "--round",
            "rounding",
            type=Choice(ROUNDINGS),
            default=ROUNDINGS[0],
            help="Where a tie between two steps goes: away from zero, or to the even one.  [default: away]",
            group=TABLE,
        ),
    ]


def _run(**given_options: Any) -> None:
    names = ("source", "target", "span", "entries", "at", "interpolate", "rounding")
    own = {name: given_options.pop(name) for name in names}
    given = Arguments.from_click(given_options)
    form = _format(given)
    activation, settings = _asked(given)
    entries, output = _entries(own), _type(own["target"], "--out")
    from actcli.analysis.lut import table
    from actcli.plots.slider import command_words

    found = table(activation, settings, entries, output, order=given.orders[0], rounding=own["rounding"])
    line = " ".join(
        ["act lut", *command_words(activation, settings)]
        + [f"--in {own['source']} --out {own['target']}"]
        + [f"-d {given.orders[0]}"] * bool(given.orders[0])
        + [f"--range {shortest(entries.span[0])}:{shortest(entries.span[1])}"] * (own["span"] is not None)
        + [f"--entries {entries.count}"] * bool(entries.count)
        + ["--at centres"] * entries.centres
        + ["--interpolate linear"] * entries.linear
        + [f"--round {own['rounding']}"] * (own["rounding"] != ROUNDINGS[0])
    )
    _write(found, form, given, activation, line)
    messages.note(_summary(found), given)


def _asked(given: Arguments) -> tuple[Activation, dict[str, Any]]:
    if not given.words:
        raise UsageError("name an activation: act lut tanh --in int8:0.05:3 --out int8:1/128:0")
    activations, rest = multi.split(given.words, "lut")
    resolved = multi.resolve(activations, given)
    if len(resolved) > 1 or len(given.orders) > 1:
        raise UsageError("lut makes one table, of one function and one order")
    if rest:
        raise UsageError(f"lut takes no numbers or files: leave out {rest[0]}")
    return resolved[0]


def _entries(own: dict[str, Any]) -> Entries:
    source = _type(own["source"], "--in")
    if isinstance(source, str) and (own["span"] is None or own["entries"] is None):
        raise UsageError(f"--in {source}: say which x it covers: --range -8:8 --entries 1024")
    if not isinstance(source, str) and own["span"] is not None:
        raise UsageError("--range: the scale and the zero point of --in say which x there are; leave it out")
    codes, floating = (None, source) if isinstance(source, str) else (source, "float64")
    centres, linear = own["at"] == "centres", own["interpolate"] == "linear"
    return Entries(codes, floating, own["span"] or (0.0, 0.0), own["entries"] or 0, centres, linear)


def _type(text: str, option: str) -> Quantized | str:
    """Return an integer type with scale and zero point, or a floating type's name.

    Raises UsageError for other text; `option` names it in the message.
    """
    name, *rest = text.split(":")
    aliases = {alias: record.name for record in DTYPES.values() for alias in record.aliases}
    floating = aliases.get(name.lower(), name.lower())
    if floating in DTYPES and not rest:
        return floating
    example = f"{option} int8:0.05:3"
    if name not in INTEGERS:
        kinds = ", ".join((*INTEGERS, "float32", "bfloat16"))
        raise UsageError(
            f"{option} {text}: there is no such type; name one of {kinds} ..., such as {example}"
        )
    if not 1 <= len(rest) <= 2:  # noqa: PLR2004  scale and zero point
        raise UsageError(f"{option} {text}: write scale and zero point after the type: {example}")
    try:
        found = Quantized(name, parse_quotient(rest[0]), int(rest[1]) if len(rest) > 1 else 0)
    except (NotANumeral, ValueError) as error:
        raise UsageError(f"{option} {text}: is no TYPE:SCALE:ZERO, such as {example}") from error
    found.check(option)
    return found


def _format(given: Arguments) -> str:
    """Return the format of -F, else that of the output's extension, else that of any result.

    Raises UsageError for options of digits and rows with a format that has neither.
    """
    by_name = _BY_EXTENSION.get(filetype.extension(given.output or ""), "")
    form = given.format or by_name
    if form in (*_BY_EXTENSION.values(),):
        refuse(("precision", "rows"), given, f"{form} has whole entries")
    if form:
        return form
    if filetype.by_name(given.output or "") != "text":
        raise UsageError(f"{given.output}: a lookup table is written as text or .npy; for example -o y.csv")
    return terminal.result_format(given, typed=True)


def _write(found: LookupTable, form: str, given: Arguments, activation: Activation, line: str) -> None:
    from actcli.io.destination import local_target, open_destination
    from actcli.io.filetype import STDOUT

    with local_target(given.output or STDOUT) as here, open_destination(here, compression="") as out:
        if form == "c":
            out.write(
                "".join(row + "\n" for row in _header(found, activation, given.orders[0], line)).encode()
            )
        elif form == "mem":
            words = [f"// {line}", f"// {_summary(found)}", *hexadecimal(found.outputs)]
            out.write("".join(word + "\n" for word in words).encode())
        elif form == "npy":
            from actcli.numeric import xp

            written = io.BytesIO()
            xp.save(written, found.outputs)
            out.write(written.getvalue())
        else:
            _write_rows(found, given, out)


def _write_rows(found: LookupTable, given: Arguments, out: Any) -> None:
    """Write the entries as rows of text in the result's format."""
    from actcli.io import formats
    from actcli.io.batch import ResultColumn, ResultSchema, batch_of_texts
    from actcli.numeric import xp
    from actcli.numeric.numerals import rounded, texts

    form = terminal.result_format(given, typed=True)
    digits = terminal.result_digits(given, form)
    columns = [list(map(str, found.inputs.tolist()))]
    outputs = found.outputs
    columns.append(
        list(map(str, outputs.tolist())) if outputs.dtype.kind in "iu" else _decoded(texts(outputs))
    )
    numbers = (found.x, found.exact, found.errors)
    columns += [_decoded(texts(rounded(part, digits) if digits else part)) for part in numbers]
    batch = batch_of_texts(_COLUMNS, columns, range(len(_COLUMNS)))
    schema = ResultSchema(
        batch.layout, tuple(ResultColumn(n, source_index=k) for k, n in enumerate(_COLUMNS))
    )
    results = xp.empty((len(found.x), 0))
    if form == "table":
        formats.module("table").write(schema, [(schema, batch, results)], out, terminal.display(given))
        return
    module = formats.module(form)
    out.write(module.head(schema) + module.body(schema, batch, results) + module.tail(schema))


def _decoded(cells: list[bytes]) -> list[str]:
    return [cell.decode() for cell in cells]


def _header(found: LookupTable, activation: Activation, order: int, line: str) -> Iterator[str]:
    """Yield the lines of a C99 header, whose guard is that of the command `line` alone."""
    outputs = found.outputs
    name = re.sub(r"\W+", "_", activation.name, flags=re.ASCII).strip("_") or "f"
    name = f"f{name}" if name[0].isdigit() else name
    kind, cells = _in_c(outputs)
    name += order_suffix(order)
    guard = f"{name}_{outputs.dtype.name}_lut_{crc32(line.encode()):08x}_h".upper()
    yield "/*"
    yield f" * {line.replace('*/', '* /')}"
    yield f" * {_summary(found)}"
    yield " */"
    yield from (f"#ifndef {guard}", f"#define {guard}", "", "#include <stdint.h>", "")
    yield f"static const {kind} {name}_lut[{len(cells)}] = {{"
    count = _A_LINE if outputs.dtype.kind in "iu" else _FLOATS_A_LINE
    for first in range(0, len(cells), count):
        yield "    " + " ".join(f"{cell}," for cell in cells[first : first + count])
    yield from ("};", "", f"#endif /* {guard} */")


def _in_c(outputs: Any) -> tuple[str, list[str]]:
    """Return the C type of outputs and their texts; numbers of types that C lacks are bit patterns."""
    if outputs.dtype.kind in "iu":
        return f"{outputs.dtype.name}_t", list(map(str, outputs.tolist()))
    if outputs.dtype.name not in ("float32", "float64"):
        return f"uint{8 * outputs.dtype.itemsize}_t", [f"0x{bits}" for bits in hexadecimal(outputs)]
    from actcli.numeric.numerals import notated

    suffix = "f" if outputs.dtype.name == "float32" else ""
    return "float" if suffix else "double", [f"{text}{suffix}" for text in notated(outputs, "hex").tolist()]


def _summary(found: LookupTable) -> str:
    """Return a line with the table's length, its largest error, and the x at which it saturates."""
    at = f"{counted(len(found.x), 'entry', 'entries')}: "
    at += f"largest error {found.largest:.4g} steps of the output, at x = {found.worst:.6g}; "
    if not found.saturated.size:
        return at + "saturates nowhere"
    low, high = float(found.saturated.min()), float(found.saturated.max())
    count = counted(int(found.saturated.size), "entry", "entries")
    if low == high:
        return at + f"{count} saturates, at x = {low:.6g}"
    return at + f"{count} saturate, at x from {low:.6g} to {high:.6g}"
