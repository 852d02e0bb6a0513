"""Signals that end the program: as exceptions while there is something to tidy up, then as ever."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


_ENDING: Final = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}


class Terminated(BaseException):
    """The program was asked to end. `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def as_exceptions() -> Iterator[None]:
    """SIGTERM and SIGHUP raise Terminated, and a pipe whose reader has left is an error of the write.

    Signals that are ignored (nohup) or have a handler already are left alone. SIGINT raises as ever.
    """
    handlers: dict[str, Any] = {"SIGTERM": _raise, "SIGHUP": _raise, "SIGPIPE": signal.SIG_IGN}
    before = {}
    for name, handler in handlers.items():
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise(number: int, _: FrameType | None) -> NoReturn:
    raise Terminated(number)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Signals that end the program come in when this is over."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def in_child() -> None:
    """A forked process that was held back ends by signals as any other, and sees broken pipes as errors."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


def broken_pipe() -> None:
    """The reader of the output has left: end as a program that wrote to it; returns if that is an error."""
    if signal.getsignal(signal.SIGPIPE) is signal.SIG_DFL:
        end_by(signal.SIGPIPE)


def end_by(number: int) -> None:
    """End as this signal ends a program, so that the shell knows; returns only if it is held back."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
