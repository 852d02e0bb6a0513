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

NO_COVER = ("test_exact.py", "test_check.py", "test_thresholds.py", "test_page.py", "test_patterns.py")
"""Modules whose slow tests compute or draw much."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark many slow tests `no_cover`: coverage doubles their time, and other tests run the same lines."""
    for item in items:
        numbers = item.path.parent.name in ("numeric", "activations") or item.path.name in NO_COVER
        random = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if (numbers or random) and item.get_closest_marker("slow"):
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
