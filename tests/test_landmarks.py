"""What records state of their graphs, against what the engine gives."""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from oracle import interval_ends  # noqa: F401  placeholder
