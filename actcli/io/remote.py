"""URLs: `s3://`, `gs://` and all other protocols of fsspec; and files as the workers of a cluster use them.

Text is streamed; files that must be mapped or read at random are downloaded first. A result is written
locally and uploaded when it is complete, under a temporary name if uploads to the store are not atomic.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import ActError, DataError, MissingExtra, OutputError, UsageError
from actcli.io.filetype import is_url, member
from actcli.io.signals import stable_temp_path

if TYPE_CHECKING:
    from collections.abc import Iterator

_AT_ONCE: Final = frozenset(("abfs", "az", "adl", "gcs", "gs", "memory", "oci", "r2", "s3", "s3a"))
"""Protocols whose uploads are atomic: a file appears only when it is complete."""


def _found(path: str) -> tuple[Any, str]:
    """Return the fsspec file system of a URL, and the path in it. Raises MissingExtra, or UsageError."""
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
    """Turn whatever a store raises in the block into a DataError; an ActError stays as it is."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{path}: cannot be opened: No such file or directory") from error
    except ActError:
        raise
    except Exception as error:  # each store has its own exception types
        why = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: cannot be read: {why}") from error


def size(path: str) -> int:
    """Return the size in bytes of a local file or URL, of x.npz:w that of the archive.

    Raises DataError if it is missing or unreadable.
    """
    path = member(path)[0]
    if not is_url(path):
        with _readable(path):
            return os.stat(path).st_size
    system, name = _found(path)
    with _readable(path):
        return int(system.info(name)["size"])


def read_range(path: str, start: int, stop: int) -> bytes:
    """Return the bytes of a file or URL from `start` to `stop`, or to its end. Raises DataError."""
    if is_url(path):
        system, name = _found(path)
        with _readable(path):
            return bytes(system.cat_file(name, start=start, end=stop))
    with _readable(path), open(path, "rb") as file:
        file.seek(start)
        return file.read(stop - start)


def open_url(path: str) -> Any:
    """Return a URL opened for reading, as a binary file object. Raises DataError if it cannot be opened."""
    system, name = _found(path)
    with _readable(path):
        return system.open(name, "rb")


def matches(pattern: str) -> list[str]:
    """Return the URLs of all files that match a glob pattern, sorted. Raises DataError."""
    system, name = _found(pattern)
    with _readable(pattern):
        return [system.unstrip_protocol(path) for path in sorted(system.glob(name)) if system.isfile(path)]


def make_folder(path: str) -> None:
    """Make a folder, and those above it, at a URL. Raises OutputError if that fails."""
    system, name = _found(path)
    try:
        system.makedirs(name, exist_ok=True)
    except Exception as error:  # each store has its own exception types
        raise OutputError(f"cannot make the folder {path}: {error}") from error


def download(url: str, local: str) -> None:
    """Write the content of a URL to a local file. Raises DataError if it cannot be read."""
    system, name = _found(url)
    with _readable(url):
        system.get_file(name, local)


def upload(folder: str, url: str) -> None:
    """Upload every file of a local folder, next to `url`. Raises OutputError if that fails."""
    for made in sorted(os.listdir(folder)):
        _send(os.path.join(folder, made), url.rpartition("/")[0] + "/" + made)


def _send(local: str, target: str) -> None:
    system, name = _found(target)
    at_once = target.partition("://")[0].lower() in _AT_ONCE
    temporary = name if at_once else stable_temp_path(name)
    try:
        system.put_file(local, temporary)
        if not at_once:
            system.mv(temporary, name)
    except Exception as error:  # each store has its own exception types
        if not at_once:
            with suppress(Exception):  # the first error is the one that counts
                system.rm_file(temporary)
        why = str(error).replace(temporary, name)
        raise OutputError(f"cannot write to {target}: {why}") from error


def check_no_folder(url: str) -> None:
    """Raise UsageError if a URL is that of a folder, in which a result would be lost."""
    system, name = _found(url)
    folder = False
    with suppress(Exception):  # who may not look may still write
        folder = system.isdir(name)
    if folder:
        raise UsageError(f"{url}: is a folder; for a result for each file say -o {url}/")


def remove_stale(target: str) -> None:
    """Remove the temporary file that a killed attempt to write `target` under a stable name has left."""
    with suppress(Exception):  # a leftover that cannot be removed does no harm
        if not is_url(target):
            os.unlink(stable_temp_path(os.path.realpath(target)))
            return
        system, name = _found(target)
        if system.exists(stable_temp_path(name)):
            system.rm_file(stable_temp_path(name))


def read_and_delete(path: str) -> bytes:
    """Return the content of a small file, and delete the file. Raises DataError if it cannot be read."""
    data = read_range(path, 0, size(path))
    remove(path)
    return data


def remove(path: str) -> None:
    """Remove a file or URL; do nothing if that fails."""
    with suppress(Exception):  # as above
        if is_url(path):
            system, name = _found(path)
            system.rm_file(name)
        else:
            os.unlink(path)
