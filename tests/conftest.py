"""A fixture to run the program in this process, so that coverage sees it, with real descriptors."""

from __future__ import annotations

import os
import signal
import tempfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from support.processes import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    Act = Callable[..., Outcome]


os.environ.pop("COLUMNS", None)  # set by pytest-xdist; programs would not ask their terminal for its width
settings.register_profile("act", deadline=None)  # a busy machine must fail no test
settings.load_profile("act")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow numeric tests `no_cover`: coverage doubles their time, and other tests run the same lines."""
    for item in items:
        numbers = item.path.parent.name in ("numeric", "activations") or item.path.name == "test_exact.py"
        if numbers and item.get_closest_marker("slow"):
            item.add_marker("no_cover")


@pytest.fixture
def act(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Act:
    """Return a function that runs `act WORDS...` with the given or empty standard input."""
    from actcli.__main__ import run

    for name in ("ACT_FORMAT", "ACT_PRECISION", "ACT_COLOR", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str, stdin: bytes | str = b"") -> Outcome:
        text = stdin.encode() if isinstance(stdin, str) else stdin
        capfdbinary.readouterr()
        with tempfile.TemporaryFile() as file:
            file.write(text)
            file.seek(0)
            saved = os.dup(0)
            os.dup2(file.fileno(), 0)
            broken_pipe = signal.getsignal(signal.SIGPIPE)
            try:
                code = run(list(words))
            finally:
                signal.signal(signal.SIGPIPE, broken_pipe)  # otherwise a broken pipe ends the tests
                os.dup2(saved, 0)
                os.close(saved)
        captured = capfdbinary.readouterr()
        return Outcome(code, captured.out, captured.err.decode())

    return call
