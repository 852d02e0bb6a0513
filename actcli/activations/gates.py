"""Gates: one half of the values lets the other half through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actcli.activation import Kink, Parameter, Peer, activation
from actcli.numeric import xp

if TYPE_CHECKING:
    from actcli.activation import Jet
    from actcli.numeric import Array
