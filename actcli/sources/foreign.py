"""What is no delimited text, though it comes as if it were: JSON, and tables for people."""

from __future__ import annotations

import re
from typing import Final

from actcli.errors import DataError

_TABLE: Final = re.compile(rb"\xe2\x95\xad\xe2\x94\x80|\+-[-+]*\+\s*$")
"""The upper edge of a box."""
_GOES_ON: Final = (b"[", b"{", b",", b":")


def check(line: bytes, source: str) -> None:
    """DataError for a first line that is JSON or begins it, or a table's upper edge."""
    if _is_json(line.rstrip()):
        raise DataError(
            f"{source}: looks like JSON; act reads delimited text: pipe it through jq -r '.[]', for example, "
            "or say -t , if it is CSV"
        )
    if _TABLE.match(line):
        raise DataError(
            f"{source}: looks like a table for people; let the program before write CSV: act relu 1 2 -F csv"
        )


def _is_json(line: bytes) -> bool:
    """Whether a line is an object or array of JSON, or begins one that goes on in the next line."""
    if not line.startswith((b"{", b"[")):
        return False
    import json

    text = line.decode("latin-1")  # a character for each byte
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.pos == len(text) and line.endswith(_GOES_ON)
    except RecursionError:
        pass
    return True
