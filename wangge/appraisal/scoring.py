"""From values to points to a score, with how sure the score is: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wangge.appraisal.fairness import Interval

LEAST_WEIGHT = 50.0
"""A score is only given when indicators of at least this weight have a value."""


@dataclass(frozen=True)
class Weight:
    weight: float
    floor: float
    target: float

    def points(self, value: float) -> float:
        """None of a hundred at the floor, all at the target, in a straight line between; either may be the higher."""
        share = (value - self.floor) / (self.target - self.floor)
        return 100 * min(1.0, max(0.0, share))

    def between(self, interval: Interval) -> Interval:
        ends = (self.points(interval.low), self.points(interval.high))
        return Interval(min(ends), max(ends))


@dataclass(frozen=True)
class Measured:
    """A value in the unit it is shown in, and where the true one may lie."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Share:
    """What one indicator brings: its weight after those without a value were shared out, and points of a hundred."""

    weight: float
    points: float


@dataclass(frozen=True)
class Scored:
    score: float
    interval: Interval
    shares: Mapping[str, Share]
    missing: tuple[str, ...]


def score(weights: Mapping[str, Weight], values: Mapping[str, Measured | None]) -> Scored | None:
    """The weighted mean of points; None when too little of the weight has a value.

    What the indicators of one unit have to do with each other is not known (the same matter is late and unsatisfying),
    so their uncertainties are added, which is right however they hang together, instead of squared.
    """
    known = {name: value for name, value in values.items() if value is not None and name in weights}
    held = sum(weights[name].weight for name in known)
    if held < LEAST_WEIGHT:
        return None
    shares: dict[str, Share] = {}
    total = low = high = 0.0
    for name, weight in weights.items():
        if name not in known:
            continue
        own = weight.weight / held * 100
        points = weight.points(known[name].value)
        ends = weight.between(known[name].interval)
        shares[name] = Share(own, points)
        total += own * points / 100
        low += own * min(ends.low, points) / 100
        high += own * max(ends.high, points) / 100
    missing = tuple(name for name in weights if name not in known)
    return Scored(total, Interval(low, high), shares, missing)
