"""`run`: a transform applied to all chunks of a source, in order. Only this file knows of processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actcli.batch import Tally
    from actcli.destination import Destination
    from actcli.pipeline import Piece, Transform
    from actcli.sources.chunks import Reader


def run(
    transform: Transform,
    reader: Reader,
    out: Destination,
    total: Tally,
    *,
    between: bytes,
    jobs: int | None = None,  # noqa: ARG001
) -> None:
    """Write what the transform makes of each chunk, and count it in the total."""
    while (chunk := reader.next()) is not None:
        write(transform(chunk), out, total, between)


def write(piece: Piece, out: Destination, total: Tally, between: bytes) -> None:
    """Write one piece, with `between` before it if there were records already; raise what was wrong."""
    if piece.text:
        out.write(between + piece.text if total.records else piece.text)
    total.add(piece.tally)
    if piece.error:
        raise piece.error
