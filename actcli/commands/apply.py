"""The body behind every activation: parse, then mean, then do."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from actcli import formats
from actcli.activation import Kind
from actcli.commands import options, terminal
from actcli.commands.command import Command
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from actcli.activation import Activation, Value
    from actcli.batch import Batch, Layout
    from actcli.commands.terminal import Look
    from actcli.computation import Computation, ResultColumn, Work
    from actcli.destination import Destination
    from actcli.numeric import Array
    from actcli.pipeline import Source
    from actcli.sources.csv import Reading
    from actcli.sources.streams import Stream
    from actcli.sources.words import Words


def command(activation: Activation) -> Command:
    """The click command of an activation."""
    return Command(
        activation.name,
        params=options.of(activation),
        callback=lambda **given: apply(activation, given),
        help=f"{activation.summary}\n\nf(x) = {activation.formula}",
        short_help=activation.summary,
        examples=_examples(activation),
    )


def _examples(activation: Activation) -> list[str]:
    numbers = "-2 0.5 3" if activation.kind is Kind.ELEMENTWISE else "1 2 3 4"
    return [f"act {activation.name} {numbers}", f"act {activation.name} -d 0,1 -F csv {numbers}"]


class Errand(Protocol):
    """What a command line asks for: of one activation, or of several side by side."""

    @property
    def given(self) -> Mapping[str, Any]:
        """The options."""

    def typed(self, words: Words) -> tuple[Batch, Array, tuple[ResultColumn, ...]]:
        """What comes of typed numbers."""

    def below(self, words: Words) -> Iterable[str]:
        """What stands below the table of typed numbers."""

    def for_layout(self, layout: Layout) -> Work:
        """What is done with a file that is laid out like this."""

    def reading(self) -> Reading:
        """How input is to be read."""


@dataclass(frozen=True)
class Wish:
    """What the command line of one activation says, as words mean it."""

    activation: Activation
    settings: Mapping[str, Value]
    orders: tuple[int, ...]
    given: Mapping[str, Any]

    def computation(self, *, down: bool) -> Computation:
        """The computation, down columns or across rows."""
        from actcli.computation import Computation

        return Computation(
            self.activation,
            self.settings,
            self.orders,
            append=self.given["append"],
            dtype=self.given["dtype"],
            down=down and self.activation.kind is not Kind.ELEMENTWISE,
        )

    def for_layout(self, layout: Layout) -> Computation:
        """The computation for a file: a single column is worked down, unless --axis says otherwise."""
        axis = self.given.get("axis")
        return self.computation(down=axis == "0" or (axis is None and len(layout.selected) == 1))

    def typed(self, words: Words) -> tuple[Batch, Array, tuple[ResultColumn, ...]]:
        """The typed numbers as one vector."""
        from actcli.sources.words import computed

        return computed(words, self.computation(down=True))

    def below(self, words: Words) -> Iterable[str]:
        """With --plot, the numbers on the curve."""
        if not self.given["plot"]:
            return ()
        from actcli.commands.plot import below

        return below(self, words)

    def reading(self) -> Reading:
        """How input is to be read."""
        return reading(self.given, every=self.activation.kind is not Kind.ELEMENTWISE)


def reading(given: Mapping[str, Any], *, every: bool) -> Reading:
    """How input is to be read; `every` column must be numeric where rows are vectors."""
    from actcli.batch import MISSING
    from actcli.sources.csv import Reading

    missing = given["missing"]
    return Reading(
        columns=given["columns"],
        exclude=given["exclude"],
        delimiter=given["delimiter"],
        header=given["header"],
        missing=MISSING if missing is None else frozenset(missing.encode().split(b",")),
        decimal=given["decimal"].encode(),
        invalid=given["invalid"],
        ragged=given["ragged"],
        encoding=given["encoding"] or "",
        every=every,
    )


def apply(activation: Activation, given: Mapping[str, Any]) -> None:
    """Compute what the command line asks for."""
    from actcli.sources.words import understood

    if given["like"]:
        from actcli.like import like

        activation = like(activation, given["like"])
    wish = Wish(activation, activation.settings(_parameters(given)), orders(given), given)
    words = understood(given["words"])
    if given["plot"]:
        _check_plot(wish, words)
    run(wish, words)


def _check_plot(wish: Wish, words: Words) -> None:
    if words.paths:
        raise UsageError(f"--plot draws typed numbers; for the curve alone: act plot {wish.activation.name}")
    if (wish.given["format"] or "table") != "table":
        raise UsageError(f"--plot stands below a table; leave out -F {wish.given['format']}, or --plot")
    if wish.activation.kind is not Kind.ELEMENTWISE and wish.orders != (0,):
        raise UsageError("--plot draws no Jacobians")
    if any(isinstance(value, tuple) for value in wish.settings.values()):
        raise UsageError("--plot draws one curve, and a list of parameters gives several")


def run(errand: Errand, words: Words) -> None:
    """Do what is asked for with typed numbers, or with files."""
    _check_in_place(errand.given, words.paths)
    if words.numbers:
        _typed(errand, words)
    elif errand.given["in_place"]:
        for path in words.paths:
            _files(errand, [path])
    else:
        _files(errand, words.paths)


def _parameters(given: Mapping[str, Any]) -> dict[str, Value]:
    prefix = "parameter_"
    return {
        name.removeprefix(prefix): value
        for name, value in given.items()
        if name.startswith(prefix) and value is not None
    }


def orders(given: Mapping[str, Any]) -> tuple[int, ...]:
    """The orders of `-d`, each once; 0 unless given."""
    return tuple(dict.fromkeys(order for group in given["orders"] for order in group)) or (0,)


def _check_in_place(given: Mapping[str, Any], paths: Sequence[str]) -> None:
    if not given["in_place"]:
        return
    if not paths or "-" in paths:
        raise UsageError("-i needs files: it replaces each by its result")
    if given["output"] or given["format"]:
        raise UsageError("-i writes each file in its own format; leave out -o and -F")


def _typed(errand: Errand, words: Words) -> None:
    from actcli.formats import Sheet

    batch, results, columns = errand.typed(words)
    look = terminal.look(errand.given, typed=True)
    sheet = Sheet(batch.layout, columns, has_header=True, digits=look.digits)
    with _destination(errand) as out:
        if look.format == "table":
            from actcli.formats import table

            table.write(sheet, [(sheet, batch, results)], out, look.view)
            for line in errand.below(words):
                out.write(line.encode(look.view.encoding, "replace") + b"\n")
        else:
            module = formats.named(look.format)
            out.write(module.head(sheet) + module.body(sheet, batch, results) + module.tail(sheet))


def _files(errand: Errand, paths: Sequence[str]) -> None:
    """All files through the same computation into one destination."""
    from actcli import pipeline
    from actcli.sources.streams import Stream

    encoding = errand.given["encoding"] or ""
    _announce_keyboard(errand, paths)
    first = Stream(paths[0], encoding)
    look = terminal.look(errand.given, typed=False, streamed=not first.regular)
    streams = chain([first], (Stream(path, encoding) for path in paths[1:]))
    sources = _sources(errand, look, streams, last=len(paths) - 1)
    with _destination(errand, paths[0], first.compression) as out:
        if look.format == "table":
            tally = pipeline.draw(sources, out, look.view)
        else:
            tally = pipeline.write(sources, look.format, out, errand.given["jobs"])
    terminal.report(tally, errand.given)


def _announce_keyboard(errand: Errand, paths: Sequence[str]) -> None:
    """Before a stream waits for its first bytes."""
    if "-" in paths and terminal.is_terminal(sys.stdin):
        terminal.note("reading numbers from the terminal; end with Ctrl-D", errand.given)


def _sources(errand: Errand, look: Look, streams: Iterable[Stream], last: int) -> Iterator[Source]:
    from actcli import pipeline
    from actcli.sources.chunks import Reader

    for place, stream in enumerate(streams):
        reader = Reader(stream, completes=place < last)
        source = pipeline.opened(reader, errand.reading(), errand.for_layout, look.digits, look.format)
        if source is not None:
            terminal.announce(source, errand.given)
            yield source
        stream.close()


def _destination(errand: Errand, path: str = "", compression: str = "") -> Destination:
    from actcli.destination import STDOUT, Destination
    from actcli.sources.compression import by_extension, compressor

    if not errand.given["in_place"]:
        path = errand.given["output"] or STDOUT
        compression = by_extension(path)
    return Destination(path, compressor(compression) if compression else None)
