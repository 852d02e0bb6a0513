"""File types, by name and first bytes: which are read and written, compressed, or refused."""

from __future__ import annotations

import os
import re
from typing import Final, NamedTuple


class FileType(NamedTuple):
    """A file type that is not text. A file has it if it begins with any of the byte strings `magic`.

    `what` is its name in messages, `advice` what to do where it comes through a pipe or is not supported.
    """

    name: str
    extensions: tuple[str, ...]
    magic: tuple[bytes, ...] = ()
    what: str = ""
    advice: str = ""


STDIN: Final = "-"
STDOUT: Final = "-"
"""The paths that stand for standard input and output."""

_BZIP2: Final = (b"1AY&SY", b"\x17rE8P\x90")  # pi before data, its square root in an empty file
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
        (b"PAR1\x15",),  # with the first byte of a Thrift header: PAR1 alone may be text
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
"""Binary types: npy, parquet and npz, which are read and written, and zip, which is only recognized."""
PACKED: Final = (
    FileType("gzip", (".gz",), (b"\x1f\x8b",)),
    FileType("bzip2", (".bz2",), _BZIP2_MAGIC),
    FileType("xz", (".xz",), (b"\xfd7zXZ\x00",)),
    FileType("zstd", (), (b"\x28\xb5\x2f\xfd",)),
)
"""Compressed types. zstd is recognized but not decompressed, and has no extension here."""
MAGIC: Final = tuple(magic for kind in (*BINARY, *PACKED) for magic in kind.magic)

_SUPPORTED: Final = tuple(kind for kind in BINARY if kind.name != "zip")
_OF_BINARY: Final = {extension: kind.name for kind in _SUPPORTED for extension in kind.extensions}
_OF_PACKED: Final = {extension: kind.name for kind in PACKED for extension in kind.extensions}
_IN_ARCHIVE: Final = re.compile(r"\.npz:", re.IGNORECASE)
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)

IMAGES: Final = (".png", ".svg", ".pdf", ".html")
"""Extensions of the formats in which pictures are written: images, and pages for a browser."""
_OTHER_IMAGES: Final = (".jpg", ".jpeg", ".gif", ".webp", ".eps", ".ps", ".tif", ".tiff", ".bmp")
_OTHER_BINARY: Final = (
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
UNWRITTEN: Final = (*_OTHER_BINARY, ".zip", ".zst")
"""Extensions of binary formats that cannot be written: as an output name they are an error."""
PICTURES: Final = (*IMAGES, *_OTHER_IMAGES)
"""Extensions of all image formats, supported or not."""
NO_TEXT: Final = (*PICTURES, *UNWRITTEN, *_OF_BINARY)
"""Extensions of all formats that are not text."""


def by_name(path: str) -> str:
    """Return the type of a file by its extension: npy, parquet, npz, or text."""
    return _OF_BINARY.get(extension(path), "text")


def by_head(head: bytes, path: str) -> str:
    """Return npy, parquet, npz or text by a file's first bytes `head`, else by the extension of `path`."""
    if compression_of(head):
        return "text"
    return next((kind.name for kind in _SUPPORTED if head.startswith(kind.magic)), by_name(path))


def is_url(path: str) -> bool:
    """Return whether a path has a scheme, such as s3://."""
    return _URL.match(path) is not None


def basename(path: str) -> str:
    """Return the last part of a path or URL, "file" if it has none."""
    return path.rstrip("/").rpartition("/")[2] or "file"


def member(path: str) -> tuple[str, str | None]:
    """Return an archive's path, and the name of an array after its colon: x.npz:w is x.npz, w.

    A path without such a colon is returned as it is, with None.
    """
    found = _IN_ARCHIVE.search(path)
    return (path[: found.end() - 1], path[found.end() :]) if found else (path, None)


def absolute(path: str) -> str:
    """Return a path that does not depend on the working directory; a URL unchanged."""
    archive = member(path)[0]
    return path if is_url(path) else os.path.abspath(archive) + path[len(archive) :]


def exists(path: str) -> bool:
    """Return whether there is such a file, or for x.npz:w such an archive."""
    return os.path.exists(member(path)[0])


def is_special(path: str) -> bool:
    """Return whether a path exists and is neither a file nor a folder: a FIFO, a device."""
    return os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path))


def name_of(path: str) -> str:
    """Return what messages call an input: its path, or "standard input"."""
    return "standard input" if path == STDIN else path


def compression_of(head: bytes) -> str:
    """Return the name of the compression by a file's first bytes, or an empty string."""
    return next((kind.name for kind in PACKED if head.startswith(kind.magic)), "")


def compression_by_name(path: str) -> str:
    """Return the name of the compression by a file's extension, or an empty string."""
    return next((name for ending, name in _OF_PACKED.items() if path.lower().endswith(ending)), "")


def cut(path: str) -> tuple[str, str, str]:
    """Return the path without extensions, its own extension and that of its compression: x, .tsv, .gz."""
    stem, packed = os.path.splitext(path) if compression_by_name(path) else (path, "")
    return *os.path.splitext(stem), packed


def extension(path: str) -> str:
    """Return a file's extension in lower case, without that of a compression: .tsv for x.TSV.gz."""
    return cut(path)[1].lower()
