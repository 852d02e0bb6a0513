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

    def __init__(self, index: int, why: str) -> None:
        super().__init__(why)
        self.place = index


class Member(NamedTuple):
    """A value of an object or array: its key (None in an array), its start and its end."""

    key: str | None
    start: int
    end: int


def blanks_end(text: bytes, index: int) -> int:
    """Return the index of the first byte at or after `index` that is not white space."""
    return _BLANKS.match(text, index).end()  # type: ignore[union-attr]  # it also matches the empty string


def value_end(text: bytes, index: int) -> int:
    """Return the index after the value that begins at `index`. Raises NotJson if that is invalid."""
    found = _VALUE.match(text, index)
    if not found:
        raise unexpected(text, index, "a value")
    if text[index] not in _OPEN:
        return found.end()
    opened = bytearray()
    while True:
        index = _opened_end(text, index, opened)
        while opened:
            index = blanks_end(text, index)
            mark = text[index : index + 1]
            if mark == b",":
                index = _item(text, blanks_end(text, index + 1), opened)
                break
            if not mark or mark[0] != _CLOSE[opened[-1]]:
                raise unexpected(text, index, f"a comma or {chr(_CLOSE[opened[-1]])}")
            opened.pop()
            index += 1
        else:
            return index


def only_value_end(line: bytes, index: int) -> int:
    """Return the index after the value at `index`, the last of `line`. Raises NotJson if it is not."""
    end = value_end(line, index)
    rest = blanks_end(line, end)
    if rest < len(line):
        raise NotJson(rest, "something follows the value of its line")
    return end


def _opened_end(text: bytes, index: int, opened: bytearray) -> int:
    """Descend from `index` to the first scalar, empty object or flat array; return the index after it.

    Append the brackets passed to `opened`. Raises NotJson for invalid text or too deep nesting.
    """
    while True:
        flat = _FLAT.match(text, index) if text.startswith(b"[", index) else None
        if flat:
            return flat.end()
        found = _VALUE.match(text, index)
        if not found:
            raise unexpected(text, index, "a value")
        if text[index] not in _OPEN:
            return found.end()
        opened.append(text[index])
        if len(opened) > DEEPEST:
            raise NotJson(index, f"arrays and objects stand in each other more than {DEEPEST:,} deep")
        inner = blanks_end(text, index + 1)
        if text.startswith(b"}", inner) and opened[-1] == ord("{"):
            opened.pop()
            return inner + 1
        index = _item(text, inner, opened)


def _item(text: bytes, index: int, opened: bytearray) -> int:
    """Return the index of a member's value: after the key in an object. Raises NotJson for a bad key."""
    if opened[-1] != ord("{"):
        return index
    key = _KEY.match(text, index)
    if not key:
        raise unexpected(text, index, "a key in quotes and a colon")
    return key.end()


def members(text: bytes, index: int) -> Iterator[Member]:
    """Yield the members of the object or array that begins at `index`, which must be valid JSON."""
    keyed = text.startswith(b"{", index)
    index = blanks_end(text, index + 1)
    while text[index] not in b"]}":
        key = None
        if keyed:
            found = _KEY.match(text, index)
            assert found is not None  # noqa: S101  the text is JSON
            key, index = name(found.group(1)), found.end()
        end = value_end(text, index)
        yield Member(key, index, end)
        index = blanks_end(text, end)
        if text.startswith(b",", index):
            index = blanks_end(text, index + 1)


def spans(text: bytes, index: int) -> dict[str | int, tuple[int, int]]:
    """Return start and end of each value in the object or array at `index`, by key or index from 0.

    Of a repeated key the last value counts, as is usual for JSON. A value alone has none.
    """
    if text[index] not in _OPEN:
        return {}
    found = enumerate(members(text, index))
    return {place if m.key is None else m.key: (m.start, m.end) for place, m in found}


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

    start: the index at which the JSON begins. path: keys, and indices of arrays from 0. Raises NotJson for
    invalid text.
    """
    span: tuple[int, int] | None = (start, value_end(text, start))
    for step in path:
        span = spans(text, span[0]).get(step) if span else None
    return span


def unexpected(text: bytes, index: int, wanted: str) -> NotJson:
    """Return the NotJson error at `index`, which shows the text there and what was `wanted` instead."""
    rest = text[index : index + _SHOWN + 1].split(b"\n")[0].rstrip(b"\r")
    if not rest.strip():
        return NotJson(index, f"it breaks off where {wanted} belongs")
    shown = rest[:_SHOWN].decode("utf-8", "replace") + "..." * (len(rest) > _SHOWN)
    return NotJson(index, f"{shown!r} stands where {wanted} belongs")
