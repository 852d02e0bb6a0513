"""Programs in a pseudo-terminal: their output on its screen, and on a side channel."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Self

from support.processes import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIDE = 9
"""The descriptor of the side channel, for answers that need not be read from the screen."""

BECOMES = f"""
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY)
os.dup2(int(sys.argv[1]), {SIDE})
os.execvp(sys.argv[2], sys.argv[2:])
"""
"""Code of a process that takes the terminal as its controlling one, then executes the program."""


class Terminal:
    """A program in a pseudo-terminal, as a context manager; `screen` is the output so far."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: str, columns: int = 80
    ) -> None:
        self.screen = b""
        self._told = b""
        self._terminal, child = pty.openpty()
        self._side, side = os.pipe()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("4H", 50, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", BECOMES, str(side), *command],
            env=environment,
            cwd=folder,
            stdin=child,
            stdout=child,
            stderr=child,
            pass_fds=[side],
            start_new_session=True,
        )
        os.close(child)
        os.close(side)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)
        os.close(self._side)

    def type(self, keys: str) -> None:
        """Send keys to the program."""
        os.write(self._terminal, keys.encode())

    def told(self) -> str:
        """Wait for the next line on the side channel and return it."""
        while b"\n" not in self._told:
            self._told += self._next({self._side: True, self._terminal: False})
        line, _, self._told = self._told.partition(b"\n")
        return line.decode()

    def shown(self, text: str) -> str:
        """Wait until `text` is in the output and return all output."""
        while text.encode() not in self.screen:
            self._next({self._terminal: True})
        return self.screen.decode()

    def ended(self, encoding: str = "utf-8") -> tuple[str, int]:
        """Wait for the program's end; return its output and exit code (minus the number of a signal)."""
        try:
            while True:
                self._next({self._terminal: True})
        except (OSError, EOFError):
            code = self.process.wait(PATIENCE)
        return self.screen.decode(encoding).replace("\r\n", "\n"), code

    def _next(self, wanted: dict[int, bool]) -> bytes:
        """Return the next bytes of a descriptor that is True in `wanted`; add the terminal's to `screen`.

        Raises EOFError at an end, TimeoutError after PATIENCE seconds without bytes.
        """
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ready, _, _ = select.select(list(wanted), [], [], 1)
            for descriptor in ready:
                data = os.read(descriptor, 1 << 16)
                if not data:
                    raise EOFError
                if descriptor == self._terminal:
                    self.screen += data
                if wanted[descriptor]:
                    return data
        raise TimeoutError(f"nothing for {PATIENCE} s; on the screen: {self.screen.decode(errors='replace')}")
