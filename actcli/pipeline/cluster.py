"""Execution on the workers of a Dask cluster; no other module depends on Dask.

A task whose worker dies is retried: tasks have no side effects but their own result, and the scheduler gives
lost ones to other workers. Results arrive in order, and the number of tasks in flight is limited, so that the
client's memory stays bounded.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import time
import warnings
from collections import deque
from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from actcli import __version__
from actcli.errors import ActError, ClusterError, MissingExtra, UsageError
from actcli.io import remote
from actcli.io.batch import Batches
from actcli.io.csv import spans
from actcli.io.filetype import absolute
from actcli.io.signals import cleanup_on_signal
from actcli.pipeline import worker
from actcli.pipeline.transform import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from actcli.io.batch import Batch, Chunk, Counts
    from actcli.io.csv.reader import Reader
    from actcli.io.destination import Destination
    from actcli.pipeline.transform import EncodedChunk, Transform

_ANSWER: Final = 4.0  # seconds to wait for the scheduler's answer, and for a worker
_PATIENCE: Final = 5.0  # seconds between checks that workers are left
_ALONE: Final = 60.0  # seconds without any worker until failure
_SOON: Final = 0.05
_TEXT: Final = 1 << 22  # bytes of text in a task if the client must read it


@contextlib.contextmanager
def connect(address: str) -> Iterator[ClusterExecutor]:
    """Yield an executor on the cluster at an address such as tcp://host:8786.

    Raises UsageError for a malformed address, MissingExtra without Dask, ClusterError if the scheduler does
    not answer in time or has no workers, or if these have another version.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError(
            f"--cluster {address!r}: give a scheduler's address, for example tcp://127.0.0.1:8786"
        )
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtra("--cluster", "cluster") from error
    _check_answers(address, host, int(port))
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # errors are reported by this program instead
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            client: Any = Client(address, timeout=_ANSWER, set_as_default=False, name="act")  # type: ignore[no-untyped-call]  # Dask's
        except (OSError, ValueError) as error:
            raise _unanswered(address, error) from error
        with client:
            _check_workers(client, address)
            yield ClusterExecutor(client, address)


def _check_answers(address: str, host: str, port: int) -> None:
    """Raise ClusterError if no scheduler answers: Dask itself would retry for long, or wait without end."""
    try:
        with socket.create_connection((host.strip("[]"), port), timeout=_ANSWER) as connection:
            if address.startswith(("tls:", "ws")):
                return  # the client sends first in these protocols
            if not connection.recv(1):
                raise ConnectionResetError(errno.ECONNRESET, "it hangs up")
    except OSError as error:
        raise _unanswered(address, error) from error


def _unanswered(address: str, error: Exception) -> ClusterError:
    why = getattr(error, "strerror", None) or error
    return ClusterError(f"{address}: no scheduler answers there ({why}); start one: dask scheduler")


def _check_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_ANSWER)
    except TimeoutError as error:
        raise ClusterError(f"{address}: has no workers; start some: dask worker {address}") from error
    try:
        versions = client.run(_version)
    except Exception as error:
        raise ClusterError(f"{address}: its workers need actcli {__version__}, too: {error}") from error
    for name, version in versions.items():
        if version != __version__:
            raise ClusterError(f"{name}: has actcli {version}, not {__version__}; results could differ")


def _version() -> str:
    return __version__


def _busy(dask_worker: Any) -> bool:
    """Return, on a worker, whether it runs tasks; the scheduler does not know of cancelled ones."""
    return bool(dask_worker.state.all_running_tasks)


class TaskLost(ClusterError):  # noqa: N818  named for what happened
    """Several workers in turn have died while running one task."""


class ClusterExecutor:
    """Executor of functions and transforms on the workers of a cluster."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        threads = sum(
            worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()
        )
        self._ahead = 2 * max(1, threads) + 2

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Yield the function's result for each item, in order.

        Raises the function's ActError, TaskLost if several workers die of an item, and ClusterError if no
        worker is left or a task fails otherwise.
        """
        for result in self.map_results(function, items):
            if isinstance(result, TaskLost):
                raise result
            yield result

    def map_results(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Yield results as `map` does, but yield TaskLost instead of raising it."""
        waiting: deque[Any] = deque()
        try:
            for item in items:
                waiting.append(self._client.submit(function, item, pure=False))
                if len(waiting) > self._ahead:
                    yield self._result(waiting.popleft())
            while waiting:
                yield self._result(waiting.popleft())
        finally:
            self._client.cancel(list(waiting))

    def _result(self, future: Any) -> Any:
        from distributed import KilledWorker

        try:
            return self._awaited(future)
        except KilledWorker:
            return TaskLost(f"{self._address}: each worker that ran a part of it died; is it their memory?")
        except ActError:
            raise
        except CancelledError as error:
            raise ClusterError(
                f"{self._address}: the scheduler is gone, or has cancelled the work"
            ) from error
        except Exception as error:
            raise ClusterError(f"{self._address}: a task failed: {error!r}") from error

    def _awaited(self, future: Any) -> Any:
        alone = 0.0
        while alone < _ALONE:
            try:
                return future.result(timeout=_PATIENCE)
            except TimeoutError:
                own = future.exception() if future.status == "error" else None
                if isinstance(own, TimeoutError):
                    raise own from None  # the task's, not that of waiting, which may have ended just before
            alone = 0.0 if self._client.scheduler_info()["workers"] else alone + _PATIENCE
        raise ClusterError(f"{self._address}: all workers are gone")

    def run(
        self,
        transform: Transform,
        reader: Reader | Batches,
        out: Destination,
        total: Counts,
        *,
        between: bytes,
        target: str = "",
    ) -> None:
        """Write the transformed parts of `reader` in order, computed on the workers: see `text.run_chunks`.

        Results are sent to the client, or with `target` stored in part files next to it, which all
        machines must see. Raises DataError for a bad row, ClusterError, and OutputError.
        """
        work = worker.PartTask(transform, between, completes=reader.completes, line_end=reader.line_end)
        parts = self._parts(reader, transform)
        found: Any = self._via_part_files(work, parts, target) if target else self.map(work, parts)
        with contextlib.closing(found) as pieces:  # closed while the client can still cancel the rest
            for piece in pieces:
                write(piece, total, out=out, between=between)

    def _via_part_files(
        self, work: Callable[[Any], EncodedChunk], parts: Iterable[Any], target: str
    ) -> Iterator[EncodedChunk]:
        """Yield the results, each with the text of its part file, which is deleted."""
        names: deque[str] = deque()

        def numbered() -> Iterator[tuple[str, Any]]:
            for number, part in enumerate(parts):
                names.append(worker.part_name(target, number))
                yield names[-1], part

        sweep = partial(worker.remove_parts, names)
        with cleanup_on_signal(sweep):
            try:
                for piece in self.map(partial(worker.write_part, work), numbered()):
                    yield piece._replace(text=remote.read_and_delete(names[0]))
                    names.popleft()
            finally:
                if names:
                    self._wait()
                sweep()

    def _wait(self) -> None:
        """Wait for running tasks, which cannot be stopped, for at most _ANSWER seconds."""
        end = time.monotonic() + _ANSWER
        with contextlib.suppress(Exception):  # without a scheduler there is nothing to wait for
            busy = True
            while busy and time.monotonic() < end:
                time.sleep(_SOON)  # the scheduler's last messages may be under way
                busy = any(self._client.run(_busy).values())

    def _parts(self, reader: Reader | Batches, transform: Transform) -> Iterator[Any]:
        """Return the parts of an input: spans that workers can read themselves, or else its rows."""
        stream = reader.stream
        seen = stream.verbatim and stream.regular and stream.descriptor != 0  # by workers, too
        if isinstance(reader, Batches) or not (seen and reader.by_lines):
            return _chunks(reader, _TEXT // transform.divisor)
        first = stream.position - len(reader.buffer)
        path = absolute(stream.name)
        blocks = spans.ranges(first, remote.size(path), spans.BLOCK // transform.divisor)
        look = partial(worker.scan_block, path, transform.schema.layout.delimiter, first)
        scans = list(self.map(look, blocks))
        return spans.stitch(path, scans, reader.line) if scans else iter(())


def _chunks(reader: Reader | Batches, most: int) -> Iterator[list[Chunk | Batch] | ActError]:
    """Yield lists of chunks of at least `most` bytes (the last may have less), then the input's error."""
    portion: list[Chunk | Batch] = []
    size = 0
    wrong = None
    try:
        while (chunk := reader.next()) is not None:
            portion.append(chunk)
            size += chunk.size
            if size >= most:
                yield portion
                portion, size = [], 0
    except ActError as error:
        wrong = error
    if portion:
        yield portion
    if wrong:
        yield wrong
