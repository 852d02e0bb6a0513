"""Signals that end the program: at once, as they end filters, but what is unfinished goes first."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DEADLY: Final = ("SIGINT", "SIGTERM", "SIGHUP")
_ENDING: Final = {getattr(signal, name) for name in _DEADLY if hasattr(signal, name)}


_tidiers: Final[list[Callable[[], None]]] = []
_handled: Final[set[int]] = set()


@contextlib.contextmanager
def cleanup_on_signal(tidy: Callable[[], None]) -> Iterator[None]:
    """A signal that would end the program calls `tidy`, and all others that wait; then it ends the program.

    Meanwhile a broken pipe is an error of the write. No exception is raised: it could break a library that
    is just being loaded. Signals that are ignored (nohup) or have another's handler are left alone, and all
    of them outside of the main thread, where a cluster's workers compute.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _tidiers.append(tidy)
    try:
        _handle()
        yield
    finally:
        _tidiers.remove(tidy)
        if not _tidiers:
            _let_be()


def _handle() -> None:
    handlers: dict[str, Any] = {**dict.fromkeys(_DEADLY, _end), "SIGPIPE": signal.SIG_IGN}
    for name, handler in handlers.items():
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, handler)
            _handled.add(number)


def _let_be() -> None:
    while _handled:
        signal.signal(_handled.pop(), signal.SIG_DFL)


def _end(number: int, _: object) -> None:
    for tidy in reversed(_tidiers):
        with contextlib.suppress(OSError):  # the others are tidied nevertheless
            tidy()
    die_with(number)


@contextlib.contextmanager
def temporary_folder() -> Iterator[str]:
    """A folder that is gone afterwards, whatever is in it, after a signal too."""
    import shutil
    import tempfile

    path = os.path.join(tempfile.gettempdir(), f"act-{os.urandom(8).hex()}")
    remove = partial(shutil.rmtree, path, ignore_errors=True)
    with cleanup_on_signal(remove):  # before it is there: a signal may come in between
        try:
            os.mkdir(path, 0o700)
            yield path
        finally:
            remove()


@contextlib.contextmanager
def signals_blocked() -> Iterator[None]:
    """Signals that end the program come in when this is over."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def reset_in_child() -> None:
    """A forked process that was held back ends by signals as any other, and sees broken pipes as errors."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


def broken_pipe() -> None:
    """The reader of the output has left: end as a program that wrote to it; returns if that is an error."""
    if signal.getsignal(signal.SIGPIPE) is signal.SIG_DFL:
        die_with(signal.SIGPIPE)


def die_with(number: int) -> None:
    """End as this signal ends a program, so that the shell knows; returns only if it is held back."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
