"""Files here or elsewhere: `s3://`, `gs://` and whatever else fsspec knows by its name.

Text is read as it comes; what must be mapped or read back and forth is fetched first; a result is made
here and sent when it is complete, under a temporary name where the store does not take it at once.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import ActError, DataError, MissingExtra, OutputError, UsageError
from actcli.io.destination import stable_temp_path
from actcli.io.filetype import MAGIC, by_head, member
from actcli.io.signals import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_MAGIC: Final = max(map(len, MAGIC))
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_AT_ONCE: Final = frozenset(("abfs", "az", "adl", "gcs", "gs", "memory", "oci", "r2", "s3", "s3a"))
"""Stores in which a file is there when it is complete, and not before."""


def is_url(path: str) -> bool:
    """Whether a path has a scheme, such as s3://."""
    return _URL.match(path) is not None


def _found(path: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it."""
    try:
        import fsspec
    except ImportError as error:
        raise MissingExtra(path, "remote") from error
    try:
        system, name = fsspec.core.url_to_fs(path)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from error
    return system, name


@contextmanager
def _readable(path: str) -> Iterator[None]:
    """What a store may raise, as a DataError."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{path}: cannot be opened: No such file or directory") from error
    except ActError:
        raise
    except Exception as error:  # each store has errors of its own
        why = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: cannot be read: {why}") from error


def holds(path: str) -> str:
    """Return what a file holds: npy, parquet, npz or text, as its first bytes say, else as its name says.

    An array of an archive, x.npz:w, is npy. Pipes hold text, and so does what cannot be opened: who opens
    it will say why.
    """
    if member(path)[1] is not None:
        return "npy"
    if is_url(path):
        return by_head(read_range(path, 0, _LONGEST_MAGIC), path)
    if not os.path.isfile(path):
        return "text"
    try:
        with open(path, "rb") as file:
            return by_head(file.read(_LONGEST_MAGIC), path)
    except OSError:
        return "text"


def absolute(path: str) -> str:
    """The path as it is understood in whatever folder a worker was started."""
    archive = member(path)[0]
    return path if is_url(path) else os.path.abspath(archive) + path[len(archive) :]


def size(path: str) -> int:
    """How many bytes a file has, here or elsewhere; of an array in an archive, the archive."""
    path = member(path)[0]
    if not is_url(path):
        with _readable(path):
            return os.stat(path).st_size
    system, name = _found(path)
    with _readable(path):
        return int(system.info(name)["size"])


def read_range(path: str, start: int, stop: int) -> bytes:
    """The bytes of a file from start to stop, or to its end."""
    if is_url(path):
        system, name = _found(path)
        with _readable(path):
            return bytes(system.cat_file(name, start=start, end=stop))
    with _readable(path), open(path, "rb") as file:
        file.seek(start)
        return file.read(stop - start)


def open_url(path: str) -> Any:
    """A binary file object of a URL."""
    system, name = _found(path)
    with _readable(path):
        return system.open(name, "rb")


def matches(pattern: str) -> list[str]:
    """The files of a URL with a pattern, in order."""
    system, name = _found(pattern)
    with _readable(pattern):
        return [system.unstrip_protocol(path) for path in sorted(system.glob(name)) if system.isfile(path)]


def make_folder(path: str) -> None:
    """Make a folder where the store knows folders."""
    system, name = _found(path)
    try:
        system.makedirs(name, exist_ok=True)
    except Exception as error:  # each store has errors of its own
        raise OutputError(f"cannot make the folder {path}: {error}") from error


@contextmanager
def local_copy(path: str) -> Iterator[str]:
    """A file's path on this machine; that of a copy, for a URL. Errors name the URL."""
    if not is_url(path):
        yield path
        return
    archive = member(path)[0]
    with temporary_folder() as folder:
        local = os.path.join(folder, _name(archive))
        system, name = _found(archive)
        with _readable(archive):
            system.get_file(name, local)
        with _renamed(local, archive):
            yield local + path[len(archive) :]


@contextmanager
def upload_to(target: str) -> Iterator[str]:
    """Where to write a result on this machine; for a URL it is sent once all went well."""
    if not is_url(target):
        yield target
        return
    with temporary_folder() as folder:
        local = os.path.join(folder, _name(target))
        with _renamed(local, target):
            yield local
        for made in sorted(os.listdir(folder)):
            _send(os.path.join(folder, made), target.rpartition("/")[0] + "/" + made)


def _send(local: str, target: str) -> None:
    system, name = _found(target)
    at_once = target.partition("://")[0].lower() in _AT_ONCE
    beside = name if at_once else stable_temp_path(name)
    try:
        system.put_file(local, beside)
        if not at_once:
            system.mv(beside, name)
    except Exception as error:  # each store has errors of its own
        raise OutputError(f"cannot write to {target}: {error}") from error


def remove_stale(target: str) -> None:
    """Remove what an attempt that was killed has left of a target."""
    with suppress(Exception):  # a leftover that cannot be removed harms nobody
        if not is_url(target):
            os.unlink(stable_temp_path(os.path.realpath(target)))
            return
        system, name = _found(target)
        if system.exists(stable_temp_path(name)):
            system.rm_file(stable_temp_path(name))


def read_and_delete(path: str) -> bytes:
    """What is in a small file, which is gone then."""
    data = read_range(path, 0, size(path))
    remove(path)
    return data


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    with suppress(Exception):  # as above
        if is_url(path):
            system, name = _found(path)
            system.rm_file(name)
        else:
            os.unlink(path)


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2] or "file"


@contextmanager
def _renamed(local: str, path: str) -> Iterator[None]:
    """Errors that name the copy name the original."""
    try:
        yield
    except ActError as error:
        error.args = (str(error).replace(local, path),)
        raise
