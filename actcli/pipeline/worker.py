"""What a worker of a cluster does: read or be sent a part of a text, and hand back or lay its result."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actcli.errors import ActError, ClusterError, DataError
from actcli.io import remote
from actcli.io.batch import Counts
from actcli.io.csv import spans
from actcli.io.destination import AtomicFile
from actcli.io.streams import READ_SIZE
from actcli.pipeline.transform import EncodedChunk, transform_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from actcli.io.batch import Batch, Chunk
    from actcli.pipeline.transform import Transform

    Part = spans.Span | list[Chunk | Batch] | ActError


@dataclass(frozen=True)
class PartTask:
    """What is to be done with every part of a source."""

    transform: Transform
    between: bytes
    completes: bool  # as of the source's Reader, like the next
    line_end: bytes

    def __call__(self, part: Part) -> EncodedChunk:
        """The text that comes of a part, and what is wrong with it."""
        if isinstance(part, ActError):
            return EncodedChunk(b"", Counts(), part)
        if isinstance(part, list):
            return transform_all(self.transform, part, self.between)
        check_visible(part.path)
        layout = self.transform.schema.layout
        reader = spans.reader(
            part, layout.source, layout.delimiter, completes=self.completes, line_end=self.line_end
        )
        reader.limit(READ_SIZE // self.transform.shrinks)
        return transform_all(self.transform, iter(reader.next, None), self.between)


def check_visible(path: str) -> None:
    """ClusterError if it does not see what the client sees."""
    try:
        remote.size(path)
    except DataError as error:
        raise ClusterError(
            f"{error} (on a worker); all workers must see the files: "
            "put them on a shared disk, or in a store such as s3://"
        ) from error


def check_folder_visible(target: str) -> None:
    """ClusterError if it does not see the folder of a result; stores need none."""
    if not remote.is_url(target):
        check_visible(os.path.dirname(target))


def scan_block(path: str, delimiter: bytes, first: int, block: tuple[int, int]) -> spans.BlockScan:
    """`spans.scan_block`, of a file that this machine must see."""
    check_visible(path)
    return spans.scan_block(path, delimiter, first, block)


def part_name(target: str, number: int) -> str:
    """The file in which the worker of a part lays its result: always the same for a target."""
    folder, slash, name = target.rpartition("/")
    return f"{folder}{slash}.{name}.{number}.part"


def remove_parts(names: Iterable[str]) -> None:
    """Remove part files, and what a worker that was killed has left of one."""
    for name in names:
        remote.remove_stale(name)
        remote.remove(name)


def write_part(work: Callable[[Any], EncodedChunk], named: tuple[str, Any]) -> EncodedChunk:
    """The result of a part without its text, which waits in a file."""
    name, part = named
    check_folder_visible(name)
    piece = work(part)
    with remote.upload_to(name) as here, AtomicFile(here, stable_name=True) as out:
        out.write(piece.text)
    return piece._replace(text=b"")
