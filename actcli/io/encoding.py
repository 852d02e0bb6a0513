"""Text encodings: which contain ASCII and can be read as they are, and others to UTF-8 and back."""

from __future__ import annotations

import codecs
import contextlib
import sys
from typing import TYPE_CHECKING, Final

from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Encode = Callable[[bytes, bool], bytes]

ORDERS: Final = {
    "utf-16": {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"},
    "utf-32": {codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be"},
}
"""Encodings that have their order of bytes from a mark."""
_EVERY_BYTE: Final = bytes(range(256))
_ASCII: Final = _EVERY_BYTE[:128]


def codec_name(encoding: str) -> str:
    """An encoding under its usual name; unknown ones, and none, stay as they are."""
    with contextlib.suppress(LookupError, UnicodeError):
        encoding = codecs.lookup(encoding).name if encoding else ""
    return encoding


def contains_ascii(encoding: str) -> bool:
    """Whether bytes below 128 are ASCII in it and nothing else: then the text need not be decoded.

    Raises UsageError for what is no text encoding.
    """
    if encoding == "utf-8":
        return True
    try:
        name = codecs.lookup(encoding).name
        characters = _EVERY_BYTE.decode(encoding, "replace")
    except (LookupError, UnicodeError) as error:
        raise UsageError(
            f"--encoding: {encoding!r} is no encoding; for example latin-1, cp1252, utf-16"
        ) from error
    if name == "utf-8":
        return True
    known = characters[128:].strip("\N{REPLACEMENT CHARACTER}")
    return len(characters) == len(_EVERY_BYTE) and characters.startswith(_ASCII.decode()) and bool(known)


def to_utf8(encoding: str, pull: Callable[[], bytes]) -> Iterator[bytes]:
    """The bytes in UTF-8. Raises ValueError for what is not in the encoding, behind what was before it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    ended, actual = False, encoding
    while not ended:
        data = pull()
        ended = not data
        try:
            text = decoder.decode(data, ended).encode()
        except UnicodeDecodeError as error:
            if before := codecs.decode(error.object[: error.start], actual or error.encoding):
                yield before.encode()
            raise ValueError(error.reason) from error  # without places, which tell how the reads were cut
        except UnicodeError as error:
            raise ValueError(str(error)) from error
        if text:
            actual = ""  # behind a mark of the order of bytes, only the error knows it
            yield text


def encoder(encoding: str, mark: bytes) -> Encode:
    """UTF-8 into another encoding; `mark` is the byte order mark of one that has one."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    if encoding in ORDERS:
        orders = ORDERS[encoding]
        encoding = orders.get(mark) or f"{encoding}-{sys.byteorder[0]}e"
    encoder = codecs.getincrementalencoder(encoding)()
    lead = [mark]

    def encode(data: bytes, final: bool) -> bytes:
        return (lead.pop() if lead else b"") + encoder.encode(decoder.decode(data, final), final)

    return encode
