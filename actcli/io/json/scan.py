"""Where the values of a JSON text begin and end: its bytes are looked at and never rewritten.

No function here recurses, and each takes time in proportion to the text, whatever it holds. Beyond RFC 8259,
NaN, Infinity and -Infinity are numbers, as Python's json writes them, and the bytes of strings are not
decoded, so that they need not be UTF-8.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST: Final = 1023
"""How many arrays and objects may stand in each other in a row: as many as orjson takes in an array."""
_WS: Final = rb"[ \t\r\n]*+"
_STRING: Final = rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
_NUMBER: Final = rb"-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"
_SCALAR: Final = rb"(?:%b|%b|true|false|null|NaN|-?Infinity)" % (_STRING, _NUMBER)
_VALUE: Final = re.compile(rb"(?:%b|\[|\{)" % _SCALAR)
_FLAT: Final = re.compile(rb"\[%b(?:%b%b(?:,%b%b%b)*+)?+\]" % (_WS, _SCALAR, _WS, _WS, _SCALAR, _WS))
_KEY: Final = re.compile(rb"(%b)%b:%b" % (_STRING, _WS, _WS))
_BLANKS: Final = re.compile(_WS)
NUMBER: Final = re.compile(rb"(?:%b|NaN|-?Infinity)" % _NUMBER)
"""A number, as JSON and Python's json have it."""
_OPEN: Final = b"[{"
_CLOSE: Final = {ord("["): ord("]"), ord("{"): ord("}")}
_SHOWN: Final = 30


class NotJson(ValueError):  # noqa: N818  named for what was found
    """A text is no JSON. `place` is the index of the byte that cannot stand there."""

    def __init__(self, place: int, why: str) -> None:
        super().__init__(why)
        self.place = place


class Member(NamedTuple):
    """A value of an object or array: its key (None in an array), and from where to where it goes."""

    key: str | None
    start: int
    end: int


def blanks_end(text: bytes, place: int) -> int:
    """Return the index of the first byte from `place` on that is no white space."""
    return _BLANKS.match(text, place).end()  # type: ignore[union-attr]  # it matches nothing, too


def value_end(text: bytes, place: int) -> int:
    """Return the index behind the value that begins at `place`. Raises NotJson."""
    found = _VALUE.match(text, place)
    if not found:
        raise unexpected(text, place, "a value")
    if text[place] not in _OPEN:
        return found.end()
    opened = bytearray()
    while True:
        place = _opened_end(text, place, opened)
        while opened:
            place = blanks_end(text, place)
            mark = text[place : place + 1]
            if mark == b",":
                place = _item(text, blanks_end(text, place + 1), opened)
                break
            if not mark or mark[0] != _CLOSE[opened[-1]]:
                raise unexpected(text, place, f"a comma or {chr(_CLOSE[opened[-1]])}")
            opened.pop()
            place += 1
        else:
            return place


def only_value_end(line: bytes, place: int) -> int:
    """Return the index behind the value that begins at `place` and goes on to the end. Raises NotJson."""
    end = value_end(line, place)
    rest = blanks_end(line, end)
    if rest < len(line):
        raise NotJson(rest, "something stands behind the value of its line")
    return end


def _opened_end(text: bytes, place: int, opened: bytearray) -> int:
    """Walk into the value at `place` down to a scalar, an empty or a flat array; return the index behind."""
    while True:
        flat = _FLAT.match(text, place) if text.startswith(b"[", place) else None
        if flat:
            return flat.end()
        found = _VALUE.match(text, place)
        if not found:
            raise unexpected(text, place, "a value")
        if text[place] not in _OPEN:
            return found.end()
        opened.append(text[place])
        if len(opened) > DEEPEST:
            raise NotJson(place, f"arrays and objects stand in each other more than {DEEPEST:,} deep")
        inner = blanks_end(text, place + 1)
        if text.startswith(b"}", inner) and opened[-1] == ord("{"):
            opened.pop()
            return inner + 1
        place = _item(text, inner, opened)


def _item(text: bytes, place: int, opened: bytearray) -> int:
    """Return where the value of a member begins: behind its key, in an object."""
    if opened[-1] != ord("{"):
        return place
    key = _KEY.match(text, place)
    if not key:
        raise unexpected(text, place, "a key in quotes and a colon")
    return key.end()


def members(text: bytes, place: int) -> Iterator[Member]:
    """Yield the values of the object or array that begins at `place`; the text there must be JSON."""
    keyed = text.startswith(b"{", place)
    place = blanks_end(text, place + 1)
    while text[place] not in b"]}":
        key = None
        if keyed:
            found = _KEY.match(text, place)
            assert found is not None  # noqa: S101  the text is JSON
            key, place = name(found.group(1)), found.end()
        end = value_end(text, place)
        yield Member(key, place, end)
        place = blanks_end(text, end)
        if text.startswith(b",", place):
            place = blanks_end(text, place + 1)


@lru_cache(maxsize=1 << 12)
def name(token: bytes) -> str:
    """Return what a string of JSON says; bytes that are no UTF-8 are kept as surrogates."""
    inner = token[1:-1].decode("utf-8", "surrogateescape")
    if "\\" not in inner:
        return inner
    import json

    return str(json.loads(f'"{inner}"', strict=False))


def find(text: bytes, start: int, path: tuple[str | int, ...]) -> tuple[int, int] | None:
    """Return from where to where the value at a path goes; None if it is not there.

    start: where the JSON begins. path: keys, and indices of arrays from 0. Of a key that comes twice the
    last one counts, as for all that read JSON.
    """
    span = start, value_end(text, start)
    for step in path:
        found = None
        if text[span[0]] in _OPEN:
            for index, member in enumerate(members(text, span[0])):
                if step == (index if member.key is None else member.key):
                    found = member.start, member.end
        if found is None:
            return None
        span = found
    return span


def unexpected(text: bytes, place: int, wanted: str) -> NotJson:
    """Return what is wrong at a place, with the text that stands there."""
    rest = text[place : place + _SHOWN + 1].split(b"\n")[0].rstrip(b"\r")
    if not rest.strip():
        return NotJson(place, f"it breaks off where {wanted} belongs")
    shown = rest[:_SHOWN].decode("utf-8", "replace") + "..." * (len(rest) > _SHOWN)
    return NotJson(place, f"{shown!r} stands where {wanted} belongs")
