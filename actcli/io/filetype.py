"""Types of files, by name and first bytes: what is read and written, what is packed, what is refused."""

from __future__ import annotations

import os
from typing import Final, NamedTuple


class FileType(NamedTuple):
    """A type of file that is no delimited text. `magic` are the first bytes, any of them.

    `what` it is called, and `advice` where it comes through a pipe, or is not read at all.
    """

    name: str
    extensions: tuple[str, ...]
    magic: tuple[bytes, ...] = ()
    what: str = ""
    advice: str = ""


_BZIP2: Final = (b"1AY&SY", b"\x17rE8P\x90")  # pi where data begins, its root where there is none
_BZIP2_MAGIC: Final = tuple(b"BZh%d%b" % (level, block) for level in range(1, 10) for block in _BZIP2)
BINARY: Final = (
    FileType(
        "npy",
        (".npy",),
        (b"\x93NUMPY",),
        "a NumPy array",
        "name its file instead of piping it: act ... x.npy",
    ),
    FileType(
        "parquet",
        (".parquet",),
        (b"PAR1\x15",),  # with what Thrift begins any page or footer with: PAR1 alone may be text
        "a Parquet table",
        "name its file instead of piping it: act ... x.parquet",
    ),
    FileType("npz", (".npz",)),  # a zip archive, told from others by its name
    FileType(
        "zip",
        (".zip",),
        (b"PK\x03\x04",),
        "a zip archive, as .npz is",
        "name a file that ends in .npz: act ... x.npz, or unzip it, and name a file that was in it: "
        "act ... x.npy",
    ),
)
"""What is read and written as a whole, npy, parquet and npz, and what is told apart from text."""
PACKED: Final = (
    FileType("gzip", (".gz",), (b"\x1f\x8b",)),
    FileType("bzip2", (".bz2",), _BZIP2_MAGIC),
    FileType("xz", (".xz",), (b"\xfd7zXZ\x00",)),
    FileType("zstd", (), (b"\x28\xb5\x2f\xfd",)),
)
"""Compressed files. zstd is not unpacked, its files are text by their names."""
MAGIC: Final = tuple(magic for kind in (*BINARY, *PACKED) for magic in kind.magic)

_WHOLE: Final = BINARY[:3]
_OF_BINARY: Final = {extension: kind.name for kind in _WHOLE for extension in kind.extensions}
_OF_PACKED: Final = {extension: kind.name for kind in PACKED for extension in kind.extensions}
_IN_ARCHIVE: Final = ".npz:"

IMAGES: Final = (".png", ".svg", ".pdf", ".html")
"""Extensions of pictures that are drawn."""
_OTHER_IMAGES: Final = (".jpg", ".jpeg", ".gif", ".webp", ".eps", ".ps", ".tif", ".tiff", ".bmp")
_ARCHIVES: Final = (
    ".arrow",
    ".db",
    ".feather",
    ".h5",
    ".ods",
    ".orc",
    ".pkl",
    ".pt",
    ".xls",
    ".xlsx",
)
UNWRITTEN: Final = (*_ARCHIVES, ".zip", ".zst")
"""Extensions of what is no text and is not written: a name like this is a mistake."""
PICTURES: Final = (*IMAGES, *_OTHER_IMAGES)
"""Extensions of pictures of any kind."""
NO_TEXT: Final = (*PICTURES, *UNWRITTEN, *_OF_BINARY)
"""Extensions of all that is no text."""


def by_name(path: str) -> str:
    """Return what a file of this name is to hold: npy, parquet, npz, or text."""
    return _OF_BINARY.get(extension(path), "text")


def by_head(head: bytes, path: str) -> str:
    """Return what a file with these first bytes holds, npy, parquet or text; else what its name says."""
    if compression_of(head):
        return "text"
    return next((kind.name for kind in _WHOLE if head.startswith(kind.magic)), by_name(path))


def member(path: str) -> tuple[str, str | None]:
    """Return an archive's path, and the name of an array behind its colon: x.npz:w is x.npz, w.

    A path without such a colon is returned as it is, with None.
    """
    end = path.lower().find(_IN_ARCHIVE)
    if end < 0:
        return path, None
    end += len(_IN_ARCHIVE)
    return path[: end - 1], path[end:]


def exists(path: str) -> bool:
    """Return whether there is such a file, or for x.npz:w such an archive."""
    return os.path.exists(member(path)[0])


def compression_of(head: bytes) -> str:
    """Return the compression that a file's first bytes tell, or an empty text."""
    return next((kind.name for kind in PACKED if head.startswith(kind.magic)), "")


def compression_by_name(path: str) -> str:
    """Return the compression that a file's name asks for, or an empty text."""
    return next((name for ending, name in _OF_PACKED.items() if path.lower().endswith(ending)), "")


def cut(path: str) -> tuple[str, str, str]:
    """Return a name without extensions, its own extension, and a compressor's: x.tsv.gz is x, .tsv, .gz."""
    stem, packed = os.path.splitext(path) if compression_by_name(path) else (path, "")
    return *os.path.splitext(stem), packed


def extension(path: str) -> str:
    """Return a file's own extension in small letters, that of a compressor aside."""
    return cut(path)[1].lower()
