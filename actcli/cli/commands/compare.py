"""`act compare`: several activations of the same numbers, side by side."""

from __future__ import annotations

from actcli.cli import multi, options
from actcli.cli.display import messages
from actcli.cli.multi import MultiCommand
from actcli.cli.options import Arguments
from actcli.cli.run.run import run


def command() -> MultiCommand:
    """Return the click command."""
    return MultiCommand(
        "compare",
        params=[
            multi.words(),
            *multi.computing(axis=True),
            *options.reading(across=None),
            *multi.writing(),
        ],
        callback=lambda **options: compare(Arguments.from_click(options)),
        help="Several activations of the same numbers, side by side.\n\n"
        "Names come first, then numbers, ranges or files. An option such as --alpha goes to every named "
        "activation that has it, and takes several values: --alpha 0.5,1,2. Rows of a file keep their cells; "
        "the columns of results follow them.",
        examples=[
            "act compare relu elu gelu -3:3",
            "act compare relu elu -d 0,1 --alpha 0.5 -1 0 1",
            "act compare sigmoid tanh data.csv -c x",
            "act compare elu --alpha 0.5,1,2 -2:2",
            "act compare hard-sigmoid --like torch,keras2,act -3:3",
            "act compare gelu --like all -3:3",
        ],
    )


def compare(given: Arguments) -> None:
    """Run `act compare`: compute the activations side by side and write the results.

    Raises UsageError for words that do not begin with names, and for gated activations beside others.
    """
    from actcli.cli.words import parse_words

    activations, rest = multi.split(given.words, "compare")
    multi.check_alike(activations)
    request = multi.side_by_side(activations, given)
    words = parse_words(rest, one_result_each=given.one_result_each, dtype=given.dtype)
    run(request, words)
    if multi.ALL in (given.like or "").split(","):
        for activation in activations:
            for text in multi.told_apart(activation, given, words.numbers):
                messages.note(text, given)
