"""Parsing of words on the command line: activations and formulas, numbers and ranges, or files."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from actcli.activations import find
from actcli.errors import UsageError
from actcli.io.filetype import STDIN, exists, is_url, member
from actcli.numeric.numerals import (
    NotANumeral,
    is_range,
    is_word,
    parse_bits,
    parse_range,
    parse_word,
    shortest,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.activations.record import Activation

EVERY: Final = "every"
"""The word that stands for all finite numbers of a type."""
_BITS: Final = "bits:"
_TOO_MANY: Final = "float32"
_DIGITS: Final = 16  # hexadecimal ones of a float64
_PATTERN: Final = re.compile(r"[*?[]")
_NAME: Final = re.compile(r"[./].*[^\W\d_]|[^\W\d_].*[./]")
"""Matches a word that looks like the name of a file: it has a dot or a slash, and a letter."""
_PASTED: Final = re.compile(r"[\[\](){}\s;]+|,(?=\s|$)")
"""Matches brackets and separators around numbers that are pasted from a program."""
_SHOWN: Final = 20
_MOST_NAMES: Final = 10_000


def parse_activation(word: str) -> Activation | None:
    """Return the activation of a name or of a formula; None for any other word.

    Raises FormulaError for a formula that cannot be parsed, ParameterError for a name with wrong parameters.
    """
    if not looks_like_formula(word):
        return find(word)
    from actcli.exact import of_formula

    return of_formula(word)


def looks_like_formula(word: str) -> bool:
    """Return whether a word is a formula and no file; the parser is loaded only for words that may be one."""
    if word.isidentifier() or "x" not in word.lower():
        return False
    if word.isascii() and not word[0].isdigit() and not any(mark in word for mark in "+*/<>(=^%| -"):
        return False
    from actcli.activations import formula

    return formula.looks_like_formula(word) and not os.path.exists(word)


def in_parentheses(formula: str) -> str:
    """Return the error message for a formula that would be parsed as options."""
    return f"a formula that begins with a minus needs parentheses: '({formula})'"


@dataclass
class Words:
    """Parsed words: numbers with their texts, or paths.

    `every` is the name of a type of which all finite numbers are meant, if they are too many for memory.
    """

    numbers: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    every: str = ""


def parse_words(words: Sequence[str], *, one_result_each: bool = False, dtype: str | None = None) -> Words:
    """Return the numbers or the paths that the words mean; standard input if there are no words.

    one_result_each: a name among several words may be that of a missing file, which is reported when it is
    opened. dtype: the type of bit patterns and of `every`. Raises UsageError for a word that is neither a
    number nor a file, and for numbers and files together.
    """
    found = Words()
    _check_pasted(words)
    for word in words:
        if word == EVERY:
            _add_every(found, dtype, alone=len(words) == 1)
        elif is_of_a_type(word):
            _add_pattern(found, word, dtype)
        else:
            _add(found, word, missing_allowed=one_result_each and len(words) > 1)
    if found.numbers and found.paths:
        number = next(word for word in words if is_of_a_type(word) or is_range(word) or is_word(word))
        raise UsageError(f"numbers and files together: {number} and {found.paths[0]}; give one or the other")
    if not words:
        found.paths.append(STDIN)
    return found


def is_of_a_type(word: str) -> bool:
    """Return whether a word stands for numbers of a floating type: `every`, or a pattern of bits."""
    return word == EVERY or (word.startswith(_BITS) and not os.path.exists(word))


def _add_every(found: Words, dtype: str | None, *, alone: bool) -> None:
    """Add all finite numbers of `dtype`; of float32, which has too many, add its name.

    Raises UsageError if `dtype` is None, and for float32 unless the word is `alone`.
    """
    from actcli.numeric.dtypes import every

    if dtype is None:
        raise UsageError(
            "every: name the type whose numbers are meant, such as --dtype bfloat16; a file: ./every"
        )
    if dtype == _TOO_MANY:
        if not alone:
            raise UsageError(f"every: the numbers of {dtype} are too many to be typed with others")
        found.every = dtype
        return
    numbers = every(dtype).astype("float64").tolist()
    found.numbers += numbers
    found.texts += map(shortest, numbers)


def _add_pattern(found: Words, word: str, dtype: str | None) -> None:
    """Add the number of a bit pattern such as bits:3f80. Raises UsageError for one of another type."""
    pattern = word.removeprefix(_BITS)
    if dtype is None and len(pattern.lower().removeprefix("0x")) < _DIGITS:
        raise UsageError(f"{word}: float64 has {_DIGITS} hexadecimal digits; name its --dtype")
    try:
        number = parse_bits(pattern, dtype or "float64")
    except NotANumeral as error:
        raise UsageError(f"{word}: {error}{'' if dtype else '; name its --dtype'}") from error
    found.numbers.append(number)
    found.texts.append(shortest(number))


def _check_pasted(words: Sequence[str]) -> None:
    """Raise UsageError for numbers pasted with brackets or commas, or several in one word."""
    pasted = next((word for word in words if _PASTED.search(word)), None)
    if pasted is None or any(map(os.path.exists, words)):
        return
    numbers = _PASTED.sub(" ", " ".join(words)).split()
    if " " not in pasted:
        numbers = [number for part in numbers for number in part.split(",")]
    if numbers and all(map(is_word, numbers)):
        shown = " ".join(numbers[:_SHOWN]) + " ..." * (len(numbers) > _SHOWN)
        raise UsageError(f"{pasted!r}: type each number as a word, without brackets and commas: {shown}")


def _add(found: Words, word: str, *, missing_allowed: bool) -> None:
    try:
        if is_range(word):
            numbers = list(parse_range(word))
            found.numbers += numbers
            found.texts += map(shortest, numbers)
        else:
            found.numbers.append(parse_word(word))
            found.texts.append(word)
    except NotANumeral as error:
        if is_url(word):
            found.paths += _matches(word) if _PATTERN.search(word) else [word]
        elif word == STDIN or exists(word):
            found.paths.append(word)
        elif is_range(word):
            raise UsageError(f"range {word!r}: {error}") from error
        elif _PATTERN.search(word):
            found.paths += _matches(word)
        elif missing_allowed and not str(error) and _NAME.search(word):
            found.paths.append(word)
        else:
            raise UsageError(
                f"{word!r} is neither a number nor a file; {error if str(error) else _nearby(word)}"
            ) from error


def _nearby(word: str) -> str:
    """Return advice for the path of no file: the most similar name in its folder, or how to find one."""
    if find(word):
        other = "tanh" if word == "sigmoid" else "sigmoid"
        return f"it is an activation; for several side by side: act compare {other} {word} 1"
    path = member(word)[0]
    array = word[len(path) :]  # with its colon
    folder, name = os.path.split(path)
    try:
        there = os.listdir(folder or ".")[:_MOST_NAMES]
    except OSError:
        if os.path.isdir(folder or "."):
            return f"the folder {folder or '.'} cannot be read"
        return f"there is no folder {folder}"
    import difflib

    stems = {other: _stem(other) for other in there}
    near = difflib.get_close_matches(_stem(name), set(stems.values()), n=3)
    paths = [os.path.join(folder, other) for other, stem in stems.items() if stem in near]
    files = [path for path in paths if os.path.isfile(path)]
    if files:
        nearest = difflib.get_close_matches(word, files, n=1, cutoff=0)[0]
        return f"did you mean {'./' * nearest.startswith('-')}{nearest}{array}?"
    if _NAME.search(word):
        return f"'ls {folder or '.'}' shows what files there are"
    return "type numbers (1.5, -2:2), or the name of a file"


def _stem(name: str) -> str:
    return os.path.splitext(name)[0].lower()


def _matches(pattern: str) -> list[str]:
    """Return the paths that a pattern such as *.csv matches. Raises UsageError if there are none."""
    if is_url(pattern):
        from actcli.io import remote

        paths = remote.matches(pattern)
    else:
        from glob import glob

        paths = [path for path in sorted(glob(pattern, recursive=True)) if not os.path.isdir(path)]
    if not paths:
        raise UsageError(f"no file matches {pattern!r}")
    return paths
