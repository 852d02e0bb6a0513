"""Print the lower bounds of the dependencies as constraints for pip: `python tests/tools/oldest.py`.

The tests must pass with these too: `pip install -e '.[test]' -c constraints.txt && python -m pytest`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
EXTRAS = ("images", "cluster", "remote", "parquet", "dtypes", "test")
"""What users may have and what tests need; whoever lints or measures takes the newest."""


def constraints() -> dict[str, str]:
    """The lowest version that pyproject.toml allows of each dependency. Raises ValueError if one has none."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    extras = project["optional-dependencies"]
    found: dict[str, str] = {}
    for requirement in [*project["dependencies"], *(each for extra in EXTRAS for each in extras[extra])]:
        bound = re.match(r"([A-Za-z0-9_-]+)>=([0-9.]+)", requirement)
        if bound is None:
            raise ValueError(f"{requirement} has no lower bound")
        if found.setdefault(bound[1], bound[2]) != bound[2]:
            raise ValueError(f"{bound[1]} has two lower bounds")
    return found


if __name__ == "__main__":
    sys.stdout.writelines(f"{name}=={version}\n" for name, version in constraints().items())
