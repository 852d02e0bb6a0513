"""Termination by signals: at once, as is usual for filters, after the removal of temporary files."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import ActError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DEADLY: Final = ("SIGINT", "SIGTERM", "SIGHUP")
_ENDING: Final = {getattr(signal, name) for name in _DEADLY if hasattr(signal, name)}
_LONGEST_NAME: Final = 100  # bytes of the name in a temporary file's: some systems allow 143 in all

_tidiers: Final[list[Callable[[], None]]] = []
_handled: Final[set[int]] = set()


@contextlib.contextmanager
def cleanup_on_signal(tidy: Callable[[], None]) -> Iterator[None]:
    """Call `tidy` if a signal ends the program during the block; calls nest, the innermost runs first.

    In the block, writing to a broken pipe raises BrokenPipeError instead of ending the program. The handler
    raises no exception, which could break a library during its import. Signals that are ignored (nohup) or
    have another handler are left alone. Outside of the main thread, as in a cluster's workers, do nothing.
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
        with contextlib.suppress(OSError):  # the other callbacks run nevertheless
            tidy()
    die_with(number)


@contextlib.contextmanager
def temporary_folder() -> Iterator[str]:
    """Yield the path of a new private folder; remove it with its content at the end, also after a signal."""
    import shutil
    import tempfile

    path = os.path.join(tempfile.gettempdir(), f"act-{os.urandom(8).hex()}")
    remove = partial(shutil.rmtree, path, ignore_errors=True)
    with cleanup_on_signal(remove):  # registered before the folder exists: a signal may come in between
        try:
            os.mkdir(path, 0o700)
            yield path
        finally:
            remove()


@contextlib.contextmanager
def renamed(local: str, path: str) -> Iterator[None]:
    """Replace a copy's path by that of the original in the messages of errors raised in the block."""
    try:
        yield
    except ActError as error:
        error.args = (str(error).replace(local, path),)
        raise


def stable_temp_path(path: str) -> str:
    """Return the temporary path of a target under a stable name, in the same folder."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{shortened(name)}.part")


def shortened(name: str) -> str:
    """Return the beginning of a name, of at most _LONGEST_NAME bytes, without splitting a character."""
    return os.fsencode(name)[:_LONGEST_NAME].decode(errors="ignore")


@contextlib.contextmanager
def signals_blocked() -> Iterator[None]:
    """Block the signals that end the program; they are delivered when the block ends."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def reset_in_child() -> None:
    """Unblock signals in a forked process and restore their defaults; broken pipes become write errors."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


def broken_pipe() -> None:
    """End the program by SIGPIPE, because its output is closed; return if SIGPIPE is ignored or handled."""
    if signal.getsignal(signal.SIGPIPE) is signal.SIG_DFL:
        die_with(signal.SIGPIPE)


def die_with(number: int) -> None:
    """End the program by signal `number`, so that the shell sees it; return only if the signal is blocked."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
