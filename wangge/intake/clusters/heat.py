"""How hot: six parts from 0 to 1, weighed by the profile, together from 0 to 100.

count     log(1 + matters) / log(61)            60 matters and more are as hot as it gets
people    log(1 + different reporters) / log(61)
growth    the largest rise from one seven days to the next, as a share of all its matters; 0 with less than 3
likes     log(1 + likes) / log(3001)
dislikes  log(1 + dislikes) / log(301)
severity  the mean over its matters of 1 for danger, 0.5 for urgent, 0 for others
heat      100 · sum of weight · part / sum of weights
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from wangge.intake.clusters.rules import HeatWeights

FULL, FULL_LIKES, FULL_DISLIKES = 60, 3_000, 300
_WEEK = 7 * 86_400.0
_LEAST = 3


def parts(
    *, count: int, people: int, times: Sequence[datetime], likes: int, dislikes: int, severity: Sequence[float]
) -> dict[str, float]:
    return {
        "count": _log(count, FULL),
        "people": _log(people, FULL),
        "growth": growth([time.timestamp() for time in times]),
        "likes": _log(likes, FULL_LIKES),
        "dislikes": _log(dislikes, FULL_DISLIKES),
        "severity": sum(severity) / len(severity) if severity else 0.0,
    }


def _log(value: int, full: int) -> float:
    return min(1.0, math.log1p(max(0, value)) / math.log1p(full))


def growth(times: Sequence[float]) -> float:
    """Of seven days that end with one of the matters against the seven days before them."""
    if len(times) < _LEAST:
        return 0.0
    best = 0
    for end in times:
        now = sum(end - _WEEK < at <= end for at in times)
        before = sum(end - 2 * _WEEK < at <= end - _WEEK for at in times)
        best = max(best, now - before)
    return best / len(times)


def total(of: dict[str, float], weights: HeatWeights) -> float:
    held: dict[str, float] = weights.model_dump()
    whole = sum(held.values()) or 1.0
    return round(100.0 * sum(held[name] * value for name, value in of.items()) / whole, 1)
