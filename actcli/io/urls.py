"""Text that is not on this machine, as it comes."""

from __future__ import annotations

from typing import Any

from actcli.errors import DataError
from actcli.io import remote
from actcli.io.streams import Stream


class RemoteStream(Stream):
    """A `Stream` of a URL."""

    regular = True
    left = 0
    position = 0
    _file: Any

    def close(self) -> None:
        """Let go of the connection."""
        self._file.close()

    def _open(self, path: str) -> int:
        self._file = remote.opened(path)
        return -1

    def _raw(self) -> bytes:
        try:
            data: bytes = self._file.read(self.size)
        except Exception as error:  # each store has errors of its own
            raise DataError(f"{self.name}: cannot be read: {error}") from error
        self.position += len(data)
        return data
