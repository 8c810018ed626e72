"""What those who watch agree on: names and times of signs of life, and how lateness is counted."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from datetime import timedelta

STANDING = "clock"
"""Name of the heartbeat in which all processes share whether the database's clock is believed."""
TRAFFIC = "requests:"
"""What names of rows begin with in which web processes tell how many requests they answered."""
EVERY_SECONDS = 5.0
GONE_AFTER = timedelta(seconds=30)

# Bounds that grow by two fifths: fine enough to tell the latest thousandth.
BOUNDS_MS = tuple(round(20 * 1.4**step) for step in range(48))
"""Upper bounds; what is later than the last is counted behind it."""


def counted(milliseconds: Iterable[int]) -> list[int]:
    counts = [0] * (len(BOUNDS_MS) + 1)
    for one in milliseconds:
        counts[bisect.bisect_left(BOUNDS_MS, one)] += 1
    return counts


def added(rows: Iterable[Sequence[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)] or [0] * (len(BOUNDS_MS) + 1)


def quantile(counts: Sequence[int], share: float) -> int | None:
    """The bound below which at least `share` lie; None of nothing, the last bound for what is behind it."""
    total = sum(counts)
    if not total:
        return None
    below = 0
    for bound, count in zip(BOUNDS_MS, counts, strict=False):
        below += count
        if below >= share * total:
            return bound
    return BOUNDS_MS[-1]
