"""Signals that end the program: at once, as they end filters, but what is unfinished goes first."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DEADLY: Final = ("SIGINT", "SIGTERM", "SIGHUP")
_ENDING: Final = {getattr(signal, name) for name in _DEADLY if hasattr(signal, name)}


@contextlib.contextmanager
def tidying(tidy: Callable[[], None]) -> Iterator[None]:
    """A signal that would end the program calls `tidy`, then ends it; a broken pipe is an error of the write.

    No exception is raised: it could break a library that is just being loaded. Signals that are ignored
    (nohup) or have a handler already are left alone, and all of them outside of the main thread, where a
    cluster's workers compute.
    """

    def end(number: int, _: object) -> None:
        tidy()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    handlers: dict[str, Any] = {**dict.fromkeys(_DEADLY, end), "SIGPIPE": signal.SIG_IGN}
    if threading.current_thread() is not threading.main_thread():
        handlers = {}
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
