"""Several processes that share one input and one output, and keep the order of rows.

The workers form a ring. The one that has the *read token* reads a chunk and passes the token on, with the
incomplete row at the end, before it computes; the one that has the *write token* writes its text and passes
the token on. So memory is one chunk per worker, and rows of a slow pipe are computed as soon as they arrive.
The parent computes nothing: it waits for reports, and ends all workers when there is one.

    read token    1 -> 2 -> 3 -> 1 ...   the rest of the last read, its line number, whether input has ended
    write token   1 -> 2 -> 3 -> 1 ...   the counts so far
    report        1, 2, 3 -> parent      the counts and the error; a worker that dies closes its pipe
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import struct
import traceback
from dataclasses import astuple, dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NoReturn

from actcli.errors import ActError, DataError, OutputError, UsageError
from actcli.io import signals
from actcli.io.csv.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from actcli.io.batch import Chunk, Counts
    from actcli.pipeline.transform import ChunkTask

_READ_TOKEN: Final = struct.Struct("<qq?")
_WRITE_TOKEN: Final = struct.Struct("<8q")
_READ_SIZE: Final = 1 << 16
TICK: Final = 250  # milliseconds between updates of the progress display


def run_processes(task: ChunkTask, count: int) -> bool:
    """Process all chunks with `count` processes; return False, with nothing done, if they cannot be started.

    Afterwards the reader is at its end, and the total counts all rows, or those before an error. Raises the
    error of a chunk or of its writing, ActError if a worker was killed, KeyboardInterrupt if one was
    interrupted.
    """
    workers: dict[int, int] = {}
    try:
        if not _started(task, count, workers):
            return False
        total, error = _report(workers, task.reader.tick)
    finally:
        _end(workers)
    task.total.become(astuple(total))
    if isinstance(error, BrokenPipeError):
        signals.broken_pipe()
        raise OutputError(str(error))
    if error:
        raise error
    assert isinstance(task.reader, Reader)  # noqa: S101  nothing else is shareable
    task.reader.buffer, task.reader.ended = b"", True
    return True


def _started(task: ChunkTask, count: int, workers: dict[int, int]) -> bool:
    """Fork the workers, the first one last, and add them to `workers`; return whether that succeeds."""
    pipes = _Pipes()
    try:
        pipes.open(count)
        with signals.signals_blocked():
            for index in reversed(range(count)):
                pid = os.fork()
                if pid == 0:
                    _work(task, pipes, index)
                workers[pipes.reports[index][0]] = pid
    except OSError:  # no more processes, or no more descriptors
        return False
    finally:
        pipes.close(kept=workers)
    return True


def _report(workers: dict[int, int], tick: Callable[[], None] | None) -> Any:
    """Return the first report of a worker, (counts, error or None); call `tick` while waiting.

    Raises ActError or KeyboardInterrupt if workers end without a report.
    """
    poll = select.poll()
    for descriptor in workers:
        poll.register(descriptor, select.POLLIN)
    while workers:
        ready = poll.poll(TICK if tick else None)
        if tick:
            tick()
        for descriptor, _ in ready:
            message = _unpacked(b"".join(iter(partial(os.read, descriptor, _READ_SIZE), b"")))
            if message is not None:
                return message
            poll.unregister(descriptor)
            os.close(descriptor)
            _check(os.waitpid(workers.pop(descriptor), 0)[1])
    raise ActError("the worker processes have ended before their work was done; -j 1 works without")


def _unpacked(data: bytes) -> Any:
    """Return a report; None if it is empty, or truncated because its worker was killed."""
    try:
        return pickle.loads(data)  # noqa: S301  from a process of ours
    except (EOFError, pickle.UnpicklingError):
        return None


def _check(status: int) -> None:
    """Raise if a worker without a report was killed; status 0 means it stopped because a neighbour did."""
    number = os.waitstatus_to_exitcode(status)
    if number == -signal.SIGINT:
        raise KeyboardInterrupt
    if number:
        raise ActError(
            f"a worker process was killed ({signal.Signals(-number).name if number < 0 else number}): "
            "the output is not complete; -j 1 works without"
        )


def _end(workers: dict[int, int]) -> None:
    for descriptor, pid in workers.items():
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(descriptor)


class _Pipes:
    """All pipes of a ring, as (read end, write end): those of tokens lead to the worker of their index."""

    def __init__(self) -> None:
        self.reading: list[tuple[int, int]] = []
        self.writing: list[tuple[int, int]] = []
        self.reports: list[tuple[int, int]] = []

    def open(self, count: int) -> None:
        """Open the pipes for `count` workers. Raises OSError if there are no more descriptors."""
        for _ in range(count):
            for pipes in (self.reading, self.writing, self.reports):
                pipes.append(os.pipe())

    def of_worker(self, index: int) -> _WorkerPipes:
        """Return the descriptors of one worker; close all others, so that a neighbour's death is noticed."""
        following = (index + 1) % len(self.reading)
        pipes = _WorkerPipes(
            self.reading[index][0],
            self.reading[following][1],
            self.writing[index][0],
            self.writing[following][1],
            self.reports[index][1],
        )
        self.close(kept=astuple(pipes))
        return pipes

    def close(self, kept: Container[int]) -> None:
        """Close all ends but those in `kept`."""
        for end in chain.from_iterable(self.reading + self.writing + self.reports):
            if end not in kept:
                os.close(end)


@dataclass(frozen=True)
class _WorkerPipes:
    """The pipe descriptors of one worker."""

    read_in: int
    read_out: int
    write_in: int
    write_out: int
    report: int


class _PeerExited(Exception):  # noqa: N818  no error of this worker
    """A neighbour or the parent has ended, so this worker ends, without a report."""


class _Worker:
    """A worker process of the ring."""

    def __init__(self, task: ChunkTask, pipes: _WorkerPipes, *, first: bool) -> None:
        assert isinstance(task.reader, Reader)  # noqa: S101  as above
        self.task = task
        self._reader = task.reader
        self.pipes = pipes
        self._first = first  # it begins with both tokens: a pipe might not hold them
        self._error: ActError | None = None
        task.reader.stream.before_reading = self._wait
        task.reader.tick = None  # the parent shows the progress of all

    def run(self) -> Counts:
        """Process chunks in turn until the input ends; return the counts of all workers. Raises its error.

        An error is raised when it is this worker's turn to write. Raises _PeerExited if another process ends.
        """
        while True:
            chunk = self._next()
            piece = self.task.transform(chunk) if chunk else None
            self._take_write_token()
            if self._error:
                self.task.end_line(self.task.total)
                raise self._error
            if piece is None:
                return self.task.total
            self.task.put(piece, self.task.total)
            self._send(self.pipes.write_out, _WRITE_TOKEN.pack(*astuple(self.task.total)))
            self._first = False

    def _next(self) -> Chunk | None:
        """Return the next chunk, receiving and passing on the read token; None at the end or for an error.

        An error is kept until it is this worker's turn to write.
        """
        reader = self._reader
        if not self._first:
            length, line, ended = _READ_TOKEN.unpack(self._receive(self.pipes.read_in, _READ_TOKEN.size))
            reader.resume(self._receive(self.pipes.read_in, length), line, ended=ended)
        try:
            chunk = reader.next()
        except ActError as error:
            self._error = error
            return None
        if chunk is not None:
            token = _READ_TOKEN.pack(len(reader.buffer), reader.line, reader.ended)
            self._send(self.pipes.read_out, token + reader.buffer)
        return chunk

    def _take_write_token(self) -> None:
        if not self._first:
            token = self._receive(self.pipes.write_in, _WRITE_TOKEN.size)
            self.task.total.become(_WRITE_TOKEN.unpack(token))

    def _receive(self, descriptor: int, length: int) -> bytes:
        data = b""
        while len(data) < length:
            self._wait(descriptor)
            part = os.read(descriptor, length - len(data))
            if not part:
                raise _PeerExited
            data += part
        return data

    def _send(self, descriptor: int, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(descriptor, view) :]
        except BrokenPipeError as error:  # of the ring's pipe, not the output
            raise _PeerExited from error

    def _wait(self, descriptor: int) -> None:
        """Wait until a descriptor is readable. Raises _PeerExited if the parent has died."""
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.register(self.pipes.report, 0)
        if any(ready == self.pipes.report for ready, _ in poll.poll()):
            raise _PeerExited


def _work(task: ChunkTask, pipes: _Pipes, index: int) -> NoReturn:
    """Run as a worker in a forked process, report, and exit without the parent's cleanup."""
    code = 1
    try:
        signals.reset_in_child()
        own = pipes.of_worker(index)
        report = _worked(_Worker(task, own, first=index == 0))
        if report is not None:
            os.write(own.report, pickle.dumps(report))
        code = 0
    finally:
        os._exit(code)


def _worked(worker: _Worker) -> tuple[Counts, Exception | None] | None:
    try:
        return worker.run(), None
    except _PeerExited:
        return None
    except BaseException as error:  # noqa: BLE001  whatever it is, the parent must know
        return worker.task.total, _picklable(error)


def _picklable(error: BaseException) -> Exception:
    """Return an equivalent of an error that can be pickled, for the parent to raise."""
    if isinstance(error.__cause__, BrokenPipeError):
        return BrokenPipeError(str(error))
    if isinstance(error, OSError) and error.errno is not None:
        return OSError(error.errno, error.strerror, error.filename)
    kinds = (UsageError, DataError, OutputError, ActError, OSError, MemoryError)
    kind = next((kind for kind in kinds if isinstance(error, kind)), None)
    return kind(str(error)) if kind else RuntimeError("".join(traceback.format_exception(error)))
