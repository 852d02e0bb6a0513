"""Probabilities of the likeliest entries alone, as in decoding: top-k, or top-p of the total."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from actcli.errors import UsageError
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from actcli.activations.record import Activation
    from actcli.numeric import Array, Jet


def likeliest(record: Activation, count: int | None, share: float | None) -> Activation:
    """Return an activation in which only the likeliest entries take part, the others as if masked.

    count: the number of entries kept, the first among equals. share: of these, only the
    likeliest are kept whose probabilities reach this share of the total, at least one. Order 0 alone.
    Raises UsageError for an activation without probabilities, and for a share outside of (0, 1].
    """
    if record.absent is None:
        raise UsageError(f"{record.name} gives no probabilities of which some could be kept")
    if share is not None and not 0 < share <= 1:
        raise UsageError("--top-p: it is a share of all probability, above 0 and up to 1")
    return _likeliest(record, count, share)


def _likeliest(record: Activation, count: int | None, share: float | None) -> Activation:
    return replace(
        record,
        jet=_Likeliest(record, count, share),
        selective=True,
        maker=(_likeliest, (record, count, share)),
    )


def check_orders(orders: Iterable[int]) -> None:
    """Raise UsageError for derivatives: choosing has none."""
    if set(orders) != {0}:
        raise UsageError("--top and --top-p choose, which has no derivative; leave out -d")


@dataclass(frozen=True)
class _Likeliest:
    """The jet of an activation in which only the likeliest entries take part."""

    record: Activation
    count: int | None
    share: float | None

    def __call__(self, x: Array, *, orders: frozenset[int] = frozenset({0}), **settings: Any) -> Jet:
        """Yield the values for `x`. Raises UsageError for derivatives: choosing has none."""
        check_orders(orders)
        if self.record.selective:
            settings["orders"] = orders
        assert self.record.absent is not None  # noqa: S101  `likeliest` has seen to it
        likelier = -x if self.record.absent < 0 else x
        if self.count is not None and self.count < x.shape[-1]:
            order = xp.argsort(likelier, axis=-1, kind="stable")
            x = self._without(x, order[..., self.count :])
        if self.share is not None and x.shape[-1]:
            found = self._values(x, settings)
            with xp.errstate(invalid="ignore"):
                probabilities = xp.exp(found) if (found < 0).any() else found
            order = xp.argsort(-probabilities, axis=-1, kind="stable")
            descending = xp.take_along_axis(probabilities, order, axis=-1)
            before = xp.cumsum(descending, axis=-1) - descending
            total = descending.sum(axis=-1, keepdims=True)
            late = before >= self.share * total
            late[..., 0] = False
            dropped = xp.zeros(x.shape, dtype=bool)
            xp.put_along_axis(dropped, order, late, axis=-1)
            x = self._masked(x, dropped)
        yield self._values(x, settings)

    def _values(self, x: Array, settings: dict[str, Any]) -> Array:
        """Return the record's values for x."""
        found = next(self.record.jet(x, **settings))
        assert found is not None  # noqa: S101  every record has values
        return found

    def _without(self, x: Array, places: NDArray[Any]) -> Array:
        """Return x with its entries at these indices along the last axis masked."""
        dropped = xp.zeros(x.shape, dtype=bool)
        xp.put_along_axis(dropped, places, values=True, axis=-1)
        return self._masked(x, dropped)

    def _masked(self, x: Array, dropped: NDArray[Any]) -> Array:
        """Return x with the entries of a mask `dropped` set to the masking value, except nan."""
        masked = x.copy()
        masked[dropped & ~xp.isnan(x)] = self.record.absent
        return masked
