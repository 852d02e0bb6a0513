"""Functions that run on the workers of a cluster: compute a part of the input, return or store its text."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actcli.errors import ActError, ClusterError, DataError
from actcli.io import remote
from actcli.io.batch import Counts
from actcli.io.csv import spans
from actcli.io.destination import AtomicFile, local_target
from actcli.io.filetype import is_url
from actcli.io.streams import READ_SIZE
from actcli.pipeline.transform import EncodedChunk, transform_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from actcli.io.batch import Batch, Chunk
    from actcli.pipeline.transform import Transform

    Part = spans.Span | list[Chunk | Batch] | ActError


@dataclass(frozen=True)
class PartTask:
    """Function that computes any part of an input, on a worker."""

    transform: Transform
    between: bytes
    completes: bool  # whether a missing last line end is added, as of the input's reader
    line_end: bytes

    def __call__(self, part: Part) -> EncodedChunk:
        """Return a part's output text, counts and error. Raises ClusterError for a file it cannot see."""
        if isinstance(part, ActError):
            return EncodedChunk(b"", Counts(), part)
        if isinstance(part, list):
            return transform_all(self.transform, part, self.between)
        check_visible(part.path)
        layout = self.transform.schema.layout
        reader = spans.reader(
            part, layout.source, layout.delimiter, completes=self.completes, line_end=self.line_end
        )
        reader.limit(READ_SIZE // self.transform.divisor)
        return transform_all(self.transform, iter(reader.next, None), self.between)


def check_visible(path: str) -> None:
    """Raise ClusterError if this worker cannot see a file or folder of the client."""
    try:
        remote.size(path)
    except DataError as error:
        raise ClusterError(
            f"{error} (on a worker); all workers must see the files: "
            "put them on a shared disk, or in a store such as s3://"
        ) from error


def check_folder_visible(target: str) -> None:
    """Raise ClusterError if this worker cannot see the folder of the result `target`; do nothing for URLs."""
    if not is_url(target):
        check_visible(os.path.dirname(target))


def scan_block(path: str, delimiter: bytes, first: int, block: tuple[int, int]) -> spans.BlockScan:
    """Return `spans.scan_block`. Raises ClusterError if this worker cannot see the file."""
    check_visible(path)
    return spans.scan_block(path, delimiter, first, block)


def part_name(target: str, number: int) -> str:
    """Return the path of the part file for part `number` of a result: always the same for a target."""
    folder, slash, name = target.rpartition("/")
    return f"{folder}{slash}.{name}.{number}.part"


def remove_parts(names: Iterable[str]) -> None:
    """Remove part files, and the temporary files that killed workers have left of them."""
    for name in names:
        remote.remove_stale(name)
        remote.remove(name)


def write_part(work: Callable[[Any], EncodedChunk], named: tuple[str, Any]) -> EncodedChunk:
    """Compute a part, write its text to the part file of its name, and return the result without text.

    `named` is (path of the part file, part). Raises ClusterError if this worker cannot see its folder,
    OutputError if the file cannot be written.
    """
    name, part = named
    check_folder_visible(name)
    piece = work(part)
    with local_target(name) as here, AtomicFile(here, stable_name=True) as out:
        out.write(piece.text)
    return piece._replace(text=b"")
