"""What a file holds: delimited text, or an array by its first bytes or its name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from actcli.sources import npy

if TYPE_CHECKING:
    from actcli.sources.streams import Stream

_MAGIC: Final = {npy.MAGIC: "npy"}
_EXTENSIONS: Final = {npy.EXTENSION: "npy"}


def by_name(path: str) -> str:
    """What a file of this name is to hold: npy, or text."""
    return _EXTENSIONS.get(os.path.splitext(path)[1].lower(), "text")  # noqa: PTH122  pathlib costs start-up time


def kind(path: str) -> str:
    """Npy or text: as a regular file's first bytes say, else as its name says. Pipes hold text."""
    if not os.path.isfile(path):  # noqa: PTH113  pathlib costs start-up time
        return "text"
    try:
        with open(path, "rb") as file:  # noqa: PTH123  as above
            head = file.read(max(map(len, _MAGIC)))
    except OSError:
        return "text"  # who opens it will say why it cannot be read
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), by_name(path))


def stream(path: str, encoding: str = "") -> Stream:
    """The text of a file, whatever it holds."""
    if kind(path) == "npy":
        return npy.ArrayStream(path)  # type: ignore[return-value]  # it reads alike
    from actcli.sources.streams import Stream

    return Stream(path, encoding)
