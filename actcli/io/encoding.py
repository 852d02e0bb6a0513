"""Text encodings: those that contain ASCII are read as they are, others are transcoded to UTF-8 and back."""

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
"""Encodings whose byte order is set by a byte order mark: mark to the name of the codec."""
_EVERY_BYTE: Final = bytes(range(256))
_ASCII: Final = _EVERY_BYTE[:128]


def codec_name(encoding: str) -> str:
    """Return the codec name of an encoding; an unknown or empty name unchanged."""
    with contextlib.suppress(LookupError, UnicodeError):
        encoding = codecs.lookup(encoding).name if encoding else ""
    return encoding


def contains_ascii(encoding: str) -> bool:
    """Return whether an encoding is single-byte (or UTF-8) with ASCII below 128: no need to decode it.

    Raises UsageError for an unknown encoding.
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
    """Yield the bytes of `pull` in UTF-8. Raises ValueError for invalid bytes, after the valid ones."""
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
            raise ValueError(error.reason) from error  # without offsets: they depend on the reads
        except UnicodeError as error:
            raise ValueError(str(error)) from error
        if text:
            actual = ""  # after a byte order mark, only the error knows the actual codec
            yield text


def encoder(encoding: str, mark: bytes) -> Encode:
    """Return an incremental encoder from UTF-8; it first writes `mark`, which also sets the byte order."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    if encoding in ORDERS:
        orders = ORDERS[encoding]
        encoding = orders.get(mark) or f"{encoding}-{sys.byteorder[0]}e"
    encoder = codecs.getincrementalencoder(encoding)()
    lead = [mark]

    def encode(data: bytes, final: bool) -> bytes:
        return (lead.pop() if lead else b"") + encoder.encode(decoder.decode(data, final), final)

    return encode
