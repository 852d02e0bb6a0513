"""What a file holds, by its first bytes or its name: delimited text, an array, a Parquet table."""

from __future__ import annotations

import os
from typing import Final

from actcli.io import compression, npy, parquet, remote

_MAGIC: Final = {npy.MAGIC: "npy", parquet.MAGIC: "parquet"}
_LONGEST: Final = max(map(len, (*_MAGIC, *compression.MAGIC)))
_EXTENSIONS: Final = {npy.EXTENSION: "npy", parquet.EXTENSION: "parquet"}


def by_name(path: str) -> str:
    """What a file of this name is to hold: npy, parquet, or text."""
    return _EXTENSIONS.get(compression.extension(path), "text")


def kind(path: str) -> str:
    """Npy, parquet or text: as a regular file's first bytes say, else as its name says. Pipes hold text."""
    if remote.is_url(path):
        return _by_head(remote.piece(path, 0, _LONGEST), path)
    if not os.path.isfile(path):
        return "text"
    try:
        with open(path, "rb") as file:
            return _by_head(file.read(_LONGEST), path)
    except OSError:
        return "text"  # who opens it will say why it cannot be read


def _by_head(head: bytes, path: str) -> str:
    if compression.by_magic(head):
        return "text"
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), by_name(path))
