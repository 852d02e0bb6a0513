"""Scanner of JSON text: finds where values begin and end, without converting them.

No function recurses, and each takes time proportional to the length of the text, whatever its content.
Beyond RFC 8259, NaN, Infinity and -Infinity are numbers, as Python's json writes them, and strings are not
decoded, so they need not be UTF-8.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST: Final = 1023
"""Maximum nesting depth of arrays and objects in a row, so that orjson accepts an array of rows."""
_WS: Final = rb"[ \t\r\n]*+"
_STRING: Final = rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
_NUMBER: Final = rb"-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"
_SCALAR: Final = rb"(?:%b|%b|true|false|null|NaN|-?Infinity)" % (_STRING, _NUMBER)
_VALUE: Final = re.compile(rb"(?:%b|\[|\{)" % _SCALAR)
_FLAT: Final = re.compile(rb"\[%b(?:%b%b(?:,%b%b%b)*+)?+\]" % (_WS, _SCALAR, _WS, _WS, _SCALAR, _WS))
_KEY: Final = re.compile(rb"(%b)%b:%b" % (_STRING, _WS, _WS))
_BLANKS: Final = re.compile(_WS)
NUMBER: Final = re.compile(rb"(?:%b|NaN|-?Infinity)" % _NUMBER)
"""A number of JSON or, like NaN, of Python's json."""
_OPEN: Final = b"[{"
_CLOSE: Final = {ord("["): ord("]"), ord("{"): ord("}")}
_SHOWN: Final = 30


class NotJson(ValueError):  # noqa: N818  named for what was found
    """A text is not valid JSON. `place` is the index of the first byte that is not allowed."""

    def __init__(self, place: int, why: str) -> None:
        super().__init__(why)
        self.place = place


class Member(NamedTuple):
    """A value of an object or array: its key (None in an array), its start and its end."""

    key: str | None
    start: int
    end: int


def blanks_end(text: bytes, place: int) -> int:
    """Return the index of the first byte at or after `place` that is not white space."""
    return _BLANKS.match(text, place).end()  # type: ignore[union-attr]  # it also matches the empty string


def value_end(text: bytes, place: int) -> int:
    """Return the index after the value that begins at `place`. Raises NotJson if that is invalid."""
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
    """Return the index after the value at `place`, the last of `line`. Raises NotJson if it is not."""
    end = value_end(line, place)
    rest = blanks_end(line, end)
    if rest < len(line):
        raise NotJson(rest, "something stands behind the value of its line")
    return end


def _opened_end(text: bytes, place: int, opened: bytearray) -> int:
    """Descend from `place` to the first scalar, empty object or flat array; return the index after it.

    Append the brackets passed to `opened`. Raises NotJson for invalid text or too deep nesting.
    """
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
    """Return the index of a member's value: after the key in an object. Raises NotJson for a bad key."""
    if opened[-1] != ord("{"):
        return place
    key = _KEY.match(text, place)
    if not key:
        raise unexpected(text, place, "a key in quotes and a colon")
    return key.end()


def members(text: bytes, place: int) -> Iterator[Member]:
    """Yield the members of the object or array that begins at `place`, which must be valid JSON."""
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
    """Return the text of a JSON string in quotes; bytes that are not UTF-8 become surrogates."""
    inner = token[1:-1].decode("utf-8", "surrogateescape")
    if "\\" not in inner:
        return inner
    import json

    return str(json.loads(f'"{inner}"', strict=False))


def find(text: bytes, start: int, path: tuple[str | int, ...]) -> tuple[int, int] | None:
    """Return start and end of the value at `path`, or None if that is absent.

    start: the index at which the JSON begins. path: keys, and indices of arrays from 0. Of a repeated key
    the last value counts, as is usual for JSON. Raises NotJson for invalid text.
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
    """Return the NotJson error at `place`, which shows the text there and what was `wanted` instead."""
    rest = text[place : place + _SHOWN + 1].split(b"\n")[0].rstrip(b"\r")
    if not rest.strip():
        return NotJson(place, f"it breaks off where {wanted} belongs")
    shown = rest[:_SHOWN].decode("utf-8", "replace") + "..." * (len(rest) > _SHOWN)
    return NotJson(place, f"{shown!r} stands where {wanted} belongs")
