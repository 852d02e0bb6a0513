"""What records state of their graphs, against what the engine gives."""

from __future__ import annotations

from oracle import interval_ends  # noqa: F401  placeholder
