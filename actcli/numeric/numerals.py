"""Numbers as text: their grammar in words and cells, ranges, and the shortest digits that read back.

NUMBER := ASCII decimal, optional exponent; hex float (words only); inf, infinity, nan; any case
RANGE  := START:STOP[:STEP]
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from actcli.numeric import xp
from actcli.numeric.dtypes import DTYPES, floating_type, patterns, round_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from numpy.typing import NDArray

    from actcli.numeric import Array

# unambiguous: no text matches in two ways, so that matching takes linear time
_DECIMAL: Final = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?"
_HEX: Final = r"0x(?:[0-9a-f]+(?:\.[0-9a-f]*)?|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?"
_CELL: Final = re.compile(rf"[+-]?(?:{_DECIMAL}|inf(?:inity)?|nan)", re.IGNORECASE | re.ASCII)
_WORD_HEX: Final = re.compile(rf"[+-]?{_HEX}", re.IGNORECASE | re.ASCII)
_RANGE_END: Final = re.compile(rf"[+-]?{_DECIMAL}", re.IGNORECASE | re.ASCII)
_NEGATIVE: Final = re.compile(r"-(?:\.?[0-9]|inf|nan)", re.IGNORECASE | re.ASCII)
_BITS: Final = re.compile(r"(?:0x)?([0-9a-f]+)", re.IGNORECASE | re.ASCII)
_TRAILING: Final = re.compile(r"\.?0*(?=p)")
_BLANKS: Final = " \t"
_DASHES: Final = {
    ord(dash): "-"
    for dash in "\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}\N{FIGURE DASH}\N{HYPHEN}\N{NON-BREAKING HYPHEN}"
}
"""Minus signs of print, which are replaced by a hyphen in hints."""

BLANK_SEPARATORS: Final = " \N{NO-BREAK SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}"
APOSTROPHES: Final = "'\N{RIGHT SINGLE QUOTATION MARK}"
THOUSANDS: Final = {
    "comma": ",",
    "point": ".",
    "space": BLANK_SEPARATORS,
    "apostrophe": APOSTROPHES,
    "underscore": "_",
}
"""Separators of thousands, by their names for `--thousands`."""

LONGEST_RANGE: Final = 10_000_000
_DEEPEST_EXPONENT: Final = 400
_PLAIN_EXPONENT: Final = "-05"
"""The only exponent that Python writes and our notation, orjson's, does not: 1e-05 is 0.00001."""
_DOUBLE: Final = 8  # bytes
_FEW: Final = 100  # vectors shorter than this are not worth importing orjson
_ORJSON_KNOWS: Final = 4  # bytes of the smallest floating type that orjson can write
_COMMA: Final = ord(",")
_POINT: Final = ord(".")


class NotANumeral(ValueError):  # noqa: N818  named for what was found
    """Raised for a text that is not a number; the message is a hint what to write instead, or empty."""


def looks_negative(word: str) -> bool:
    """Return whether a word begins like a negative number or range, and not like an option."""
    return _NEGATIVE.match(word) is not None


def parse_cell(text: str, decimal: str = ".", thousands: str = "") -> float:
    """Return the number in a cell of a table, which may have blanks around it.

    decimal, thousands: as for `pointed`. Raises NotANumeral.
    """
    number = text.strip(_BLANKS) if decimal == "." and not thousands else pointed(text, decimal, thousands)
    if _CELL.fullmatch(number) is None:
        raise NotANumeral(_cell_hint(text.strip(_BLANKS), decimal, thousands))
    return float(number)


def is_cell(text: str, decimal: str = ".", thousands: str = "") -> bool:
    """Return whether `parse_cell` with these arguments finds a number in the text."""
    return _CELL.fullmatch(pointed(text, decimal, thousands)) is not None


def pointed(text: str, decimal: str = ".", thousands: str = "") -> str:
    """Return a number's text with a decimal point, without thousands separators and blanks around it.

    decimal: the decimal sign in the text, a point or a comma. thousands: characters that may separate groups
    of three digits before the decimal sign, one and the same in a text; the first group has no leading 0.
    Other spellings are returned as a text that is not a number.
    """
    text = text.strip(_BLANKS)
    grouped = groups(thousands).match(text) if thousands else None
    if grouped:
        text = grouped.group().replace(grouped.group(1), "") + text[grouped.end() :]
    if decimal == ".":
        return text
    return "" if "." in text else text.replace(decimal, ".", 1)


@cache
def groups(separators: str) -> re.Pattern[str]:
    """Return a pattern of whole numbers with one of these characters, group 1, between thousands."""
    return re.compile(
        rf"(?<![0-9])[+-]?[1-9][0-9]{{0,2}}([{re.escape(separators)}])[0-9]{{3}}(?:\1[0-9]{{3}})*(?![0-9])"
    )


def is_word(text: str) -> bool:
    """Return whether `parse_word` finds a number in the text."""
    return bool(_WORD_HEX.fullmatch(text) or _CELL.fullmatch(text))


def parse_word(text: str) -> float:
    """Return the number in a typed word, which may be a hex float. Raises NotANumeral."""
    if _WORD_HEX.fullmatch(text):
        try:
            return float.fromhex(text)
        except OverflowError:
            return float("-inf" if text.startswith("-") else "inf")
    if _CELL.fullmatch(text) is None:
        raise NotANumeral(hint(text))
    return float(text)


def parse_bits(text: str, dtype: str) -> float:
    """Return the number of type `dtype` with the bit pattern `text`, hexadecimal digits after 0x or none.

    Raises NotANumeral for other characters, and for a pattern with more bits than the type.
    """
    found = _BITS.fullmatch(text)
    if found is None:
        raise NotANumeral("a pattern is hexadecimal digits, such as 3f80")
    bits, width = int(found[1], 16), DTYPES[dtype].bits
    if bits >> width:
        raise NotANumeral(f"it has {bits.bit_length()} bits, {dtype} has {width}")
    number = xp.array([bits], dtype=f"u{width // 8}").view(floating_type(dtype))
    return float(round_to(number, "float64")[0])


def is_pattern(text: str, dtype: str) -> bool:
    """Return whether `parse_bits` finds a number in the text."""
    found = _BITS.fullmatch(text)
    return found is not None and not int(found[1], 16) >> DTYPES[dtype].bits


def notated(values: Array, notation: str) -> NDArray[Any]:
    """Return numbers of a floating type as an array of texts in a notation.

    notation: "hex" for hexadecimal floats of C99, "bits" for the type's bit patterns in hexadecimal digits.
    """
    if notation == "bits":
        width = 2 * values.dtype.itemsize
        found = [Digits(f"{bits:0{width}x}") for bits in patterns(values).ravel().tolist()]
    else:
        numbers = round_to(values, "float64").ravel().tolist()
        found = [Digits(_TRAILING.sub("", number.hex(), count=1)) for number in numbers]
    return xp.array([*found, None], dtype=object)[:-1].reshape(values.shape)


def parse_quotient(text: str) -> float:
    """Return the number of a word, or the quotient of two such as 1/30, rounded once.

    Decimal numbers in a quotient are exact: 0.1/3 is the float64 nearest to 1/30. Raises NotANumeral.
    """
    numerator, slash, denominator = text.partition("/")
    if not slash:
        return parse_word(text)
    for part in (numerator, denominator):
        if not math.isfinite(parse_word(part)):
            raise NotANumeral("a quotient is one of finite numbers")
    if not parse_word(denominator):
        raise NotANumeral("it divides by zero")
    (p, q), (r, s) = _ratio(numerator), _ratio(denominator)
    try:
        quotient = p * s / (q * abs(r))  # true division of integers rounds once
    except OverflowError:
        raise NotANumeral("it leaves the range of float64") from None
    return quotient if r > 0 else -quotient


def _ratio(text: str) -> tuple[int, int]:
    """Return a word's exact value as a quotient of integers, the second positive. Raises NotANumeral."""
    if _WORD_HEX.fullmatch(text):
        return float.fromhex(text).as_integer_ratio()
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, places = mantissa.partition(".")
    power = int(exponent or "0") - len(places)
    if abs(power) > _DEEPEST_EXPONENT:
        raise NotANumeral("it leaves the range of float64")
    digits = int(whole + places or "0")
    return (digits * 10**power, 1) if power >= 0 else (digits, 10**-power)


def hint(text: str) -> str:
    """Return what to write instead of a text that is nearly a number; empty if there is no such hint."""
    text = text.strip()
    if not text.isascii():
        return _typographic_hint(text)
    if "_" in text and _is_number(text.replace("_", "")):
        return f"write it without underscores: {text.replace('_', '')}"
    if text.endswith("%") and _is_number(text[:-1]):
        return f"write {text[:-1]}e-2 for {text[:-1]} percent"
    if "," in text and _is_number(text.replace(",", ".", 1)):
        return f"write {text.replace(',', '.', 1)} for a decimal, or separate numbers by spaces"
    if "," in text and all(_is_number(part) for part in text.split(",")):
        return f"separate numbers by spaces: {' '.join(text.split(','))}"
    return ""


def _typographic_hint(text: str) -> str:
    """Return the hint for typographic minus signs and digits that are not ASCII, or ""."""
    plain = text.translate(_DASHES)
    if plain != text and (_is_number(plain) or is_range(plain) or looks_negative(plain)):
        return f"its minus is a typographic one; write a hyphen: {plain}"
    if any(character.isdigit() and not character.isascii() for character in text):
        return "its digits are not ASCII digits; write 0 to 9"
    return ""


def _cell_hint(text: str, decimal: str, thousands: str) -> str:
    """Return the hint for a cell of a table, which another program wrote, or ""."""
    if _WORD_HEX.fullmatch(text):
        return f"hexadecimal is for typed numbers; write {shortest(parse_word(text))}"
    spelled = other_spelling(text, decimal, thousands)
    if not spelled and any(separator in text for separator in thousands):
        return "digits between separators of thousands stand in groups of three, as in 1,234"
    return spelled or ("" if "," in text else hint(text))


def other_spelling(text: str, decimal: str, thousands: str) -> str:
    """Return advice such as "say --decimal , for 1.5": options with which a text is a number, or "".

    decimal, thousands: the options that did not suit the text.
    """
    found: dict[str, str] = {}
    for sign in sorted(".,", key=lambda sign: sign != decimal):
        for name, separators in {"": "" if sign in thousands else thousands, **THOUSANDS}.items():
            number = pointed(text, sign, separators)
            if sign in separators or not _is_number(number) or (name and not set(separators) & set(text)):
                continue
            options = [f"--decimal {sign}"] * (sign != decimal)
            options += [f"--thousands {separators if separators in '.,' else name}"] * bool(name)
            options += ["without --thousands"] * (not name and separators != thousands)
            found.setdefault(number, " ".join(options))
    advice = " or ".join(f"{options} for {number}" for number, options in found.items())
    return advice and f"say {advice}"


def _is_number(text: str) -> bool:
    return _CELL.fullmatch(text) is not None


def is_range(text: str) -> bool:
    """Return whether a word has the form START:STOP[:STEP]."""
    parts = text.split(":")
    return len(parts) in (2, 3) and all(_RANGE_END.fullmatch(part) for part in parts)


def parse_range(text: str) -> Iterator[float]:
    """Return an iterator over START, START + STEP, ... to STOP, computed exactly, each rounded once.

    Raises NotANumeral for a step of 0 or of the wrong sign, numbers beyond float64, or over 10^7 numbers.
    """
    from decimal import Context, Decimal

    exactly = Context(prec=4 * _DEEPEST_EXPONENT)
    start, stop, step = (Decimal(part) for part in [*text.split(":"), "1"][:3])
    if any(number and not _in_reach(number) for number in (start, stop, step)):
        raise NotANumeral("it leaves the range of float64")
    if step == 0:
        raise NotANumeral("its step is 0")
    places = max(0, *(-int(number.as_tuple().exponent) for number in (start, stop, step)))
    first, last, stride = (int(number.scaleb(places, exactly)) for number in (start, stop, step))
    if (last - first) * stride < 0:
        raise NotANumeral(f"its step has the wrong sign; write {start}:{stop}:{-step}")
    if (last - first) // stride >= LONGEST_RANGE:
        raise NotANumeral("it has more than 10,000,000 numbers")
    return _steps(range(first, last + (1 if stride > 0 else -1), stride), 10**places)


def _in_reach(number: Decimal) -> bool:
    return math.isfinite(float(number)) and number.adjusted() > -_DEEPEST_EXPONENT


def _steps(numerators: range, denominator: int) -> Iterator[float]:
    for numerator in numerators:
        yield numerator / denominator  # true division of integers is rounded once


def shortest(value: float) -> str:
    """Return the shortest decimal text that reads back to this float64, in the notation of all formats."""
    text = repr(float(value)).removesuffix(".0")
    digits, exponential, exponent = text.partition("e")
    if not exponential:
        return text
    if exponent != _PLAIN_EXPONENT:
        return f"{digits}e{int(exponent):+d}"
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    return f"{sign}0.0000{digits.replace('.', '')}"


class Digits(str):
    """A number as text that is written unchanged: it may have more digits than any type."""

    __slots__ = ()


def texts(values: Array) -> list[bytes]:
    """Return the shortest text of each number of a vector that reads back in the vector's own type.

    Vectors of objects may contain texts, which are returned as they are.
    """
    if values.dtype.kind == "O":
        return [(v if isinstance(v, str) else shortest(v)).encode() for v in values.tolist()]
    if values.dtype.itemsize < _ORJSON_KNOWS:
        return _texts_of_small_type(values)
    if len(values) < _FEW and values.dtype.itemsize == _DOUBLE:
        return [shortest(value).encode() for value in values.tolist()]
    pieces = _listed(values).tobytes().split(b",")[:-1] if len(values) else []
    for index in xp.flatnonzero(~xp.isfinite(values)):
        pieces[index] = str(float(values[index])).encode()
    return pieces


def lines(matrix: Array, separator: bytes, line_end: bytes) -> bytes:
    """Return the rows of a matrix as text: cells as by `texts`, with a separator and a line end."""
    rows, columns = matrix.shape
    as_numbers = matrix.dtype.kind != "O"
    if as_numbers and len(separator) == len(line_end) == 1 and matrix.dtype.itemsize >= _ORJSON_KNOWS:
        text = _listed(matrix.reshape(-1))
        commas = xp.flatnonzero(text == _COMMA)
        if len(commas) == rows * columns and bool(xp.isfinite(matrix).all()):
            if separator != b",":
                text[commas] = separator[0]
            text[commas[columns - 1 :: columns]] = line_end[0]
            return text.tobytes()
    cells = texts(matrix.reshape(-1))
    return b"".join(
        separator.join(cells[first : first + columns]) + line_end for first in range(0, len(cells), columns)
    )


def _listed(values: Array) -> NDArray[Any]:
    """Return the text of numbers, each with a comma after it, as bytes; nan and infinity are null."""
    import orjson

    dumped = orjson.dumps(xp.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)
    text = xp.frombuffer(bytearray(dumped), dtype=xp.uint8)[1:]
    text[-1] = _COMMA  # instead of a bracket
    with xp.errstate(invalid="ignore"):  # signalling nans
        whole = values == xp.rint(values)
    if whole.any():  # only whole numbers end in .0, unless they have an exponent
        points = xp.flatnonzero(text == _COMMA)[whole] - 2
        points = points[text[points] == _POINT]
        kept = xp.ones(len(text), dtype=bool)
        kept[points] = kept[points + 1] = False
        return text[kept]
    return text


def _texts_of_small_type(values: Array) -> list[bytes]:
    """Return `texts` for types of one and two bytes: the fewest digits that round to each value."""
    distinct, indices = xp.unique(values.view(f"u{values.dtype.itemsize}"), return_inverse=True)
    there: Array = distinct.view(values.dtype)
    exact = round_to(there, "float64")
    found = [str(number) for number in exact.tolist()]  # nan and infinities keep these
    left = xp.flatnonzero(xp.isfinite(exact))
    for digits in range(1, 18):
        near = xp.array([float(f"{number:.{digits}g}") for number in exact[left].tolist()])
        done = round_to(near, values.dtype.name) == there[left]
        for index, number in zip(left[done].tolist(), near[done].tolist(), strict=True):
            found[index] = shortest(number)
        left = left[~done]
    return [found[index].encode() for index in indices.tolist()]


def rounded(values: Array, digits: int) -> Array:
    """Return the numbers rounded to `digits` significant digits, as float64.

    Numbers of a type of up to 16 bits are rounded exactly: enough digits give their exact value. Those of
    float32 are rounded from their shortest text, which has no meaningless digits.
    """
    exact = values.dtype.itemsize != _ORJSON_KNOWS
    numbers = (
        values.reshape(-1).astype(xp.float64).tolist() if exact else map(float, texts(values.reshape(-1)))
    )
    listed = f"%.{digits - 1}e " * values.size % tuple(numbers)
    return xp.fromiter(map(float, listed.split()), xp.float64, values.size).reshape(values.shape)
