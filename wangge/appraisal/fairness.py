"""How sure a figure is, and which units can be told apart: pure functions over counts.

Intervals: Wilson (1927) for shares; Byar's approximation for events over exposure (Breslow & Day 1987, 2.6); for means
of bounded marks of which only the sum is kept, the largest variance they can have (Bhatia & Davis 2000); order
statistics for quantiles (Conover 1999, 3.2). Mix adjustment is indirect standardisation (Breslow & Day 1987, 2.3).

Units are compared two by two within classes of matters: conditional on how many of a class went well with both, the
share of one is hypergeometric (Mantel & Haenszel 1959; exact by convolution where counts are small). Nothing is told
apart unless it stands against all comparisons of the table at once (Bonferroni), so units that are equal are ranked
apart in at most 5 % of periods, in the whole table and not each pair. Ranks are ranges: from one more than the units
surely better to the units not surely worse.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

ALPHA = 0.05
CONFIDENCE = 1 - ALPHA
# Up to this variance the exact distribution is worked out; above, the normal one corrected for skewness.
_EXACT_BELOW = 100.0
# The exact distribution is asked where it could decide otherwise. The corrected normal tail is wrong by less than these
# factors even for Poisson counts, which are the most skewed: with a variance of 25 and more, and of 4 and more.
_NEAR = ((25.0, 0.1, 5.0), (4.0, 1e-4, 20.0))
_SCREEN = 20.0
_NEGLIGIBLE = 1e-18

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Relation = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Interval:
    low: float
    high: float

    def scaled(self, factor: float) -> Interval:
        return Interval(self.low * factor, self.high * factor)

    def within(self, low: float, high: float) -> Interval:
        return Interval(min(max(self.low, low), high), min(max(self.high, low), high))


@dataclass(frozen=True)
class Band:
    """The ranks a unit may hold; equal for units that differ by nothing."""

    best: int
    worst: int


def z_of(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2)


# Intervals


def wilson(part: int, whole: int, confidence: float = CONFIDENCE) -> Interval:
    """Of the share part/whole; `whole` is above zero and not below `part`."""
    z2 = z_of(confidence) ** 2
    share = part / whole
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    reach = math.sqrt(z2 * (share * (1 - share) + z2 / (4 * whole)) / whole) / (1 + z2 / whole)
    low = 0.0 if part == 0 else max(0.0, middle - reach)
    high = 1.0 if part == whole else min(1.0, middle + reach)
    return Interval(low, high)


def byar(events: int, exposure: int, confidence: float = CONFIDENCE) -> Interval:
    """Of events per unit of exposure, where one matter may bring several events."""
    z = z_of(confidence)
    low = events * (1 - 1 / (9 * events) - z / (3 * math.sqrt(events))) ** 3 if events else 0.0
    above = events + 1
    high = above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3
    return Interval(max(0.0, low) / exposure, high / exposure)


def bounded_mean(total: int, count: int, least: float, most: float, confidence: float = CONFIDENCE) -> Interval:
    """Of the mean of marks between `least` and `most`, wide enough for whatever marks add up to this sum.

    The variance is taken a little above the largest that the mean allows, so that a unit with only best marks is not
    taken for certain: one further mark of each end is thought to have been given.
    """
    mean = total / count
    guarded = (total + least + most) / (count + 2)
    reach = z_of(confidence) * math.sqrt((most - guarded) * (guarded - least) / count)
    return Interval(max(least, mean - reach), min(most, mean + reach))


def quantile_shares(count: int, share: float, confidence: float = CONFIDENCE) -> Interval:
    """Between which shares of the ordered cases the true quantile lies: the order statistics around it."""
    reach = z_of(confidence) * math.sqrt(count * share * (1 - share))
    low, high = math.floor(count * share - reach), math.ceil(count * share + reach) + 1
    return Interval(max(0, low) / count, min(count, high) / count)


# Mix


@dataclass(frozen=True)
class Adjusted:
    expected: float  # what the unit would have, had each class gone as in the whole district
    factor: float  # from the unit's raw rate to its adjusted one


def adjust(part: Counts, whole: Counts) -> list[Adjusted | None]:
    """Indirect standardisation over classes (columns) of each unit (row): observed ÷ expected × district.

    None where nothing is expected: no cases, or of classes where nothing ever counts.
    """
    by_class = np.divide(part.sum(0), whole.sum(0), out=np.zeros(part.shape[1]), where=whole.sum(0) > 0)
    expected = whole @ by_class
    cases = whole.sum(1)
    overall = part.sum() / max(1, int(whole.sum()))
    return [
        Adjusted(float(e), float(overall * n / e)) if e > 0 and n > 0 else None
        for e, n in zip(expected, cases, strict=True)
    ]


# Telling apart


def above(part: Counts, whole: Counts, *, repeated: bool = False, alpha: float = ALPHA) -> Relation:
    """[i, j] is true where unit i's rate is surely above unit j's, class by class, against all pairs at once.

    `repeated`: events that one matter can bring several times, so that the share in a class is binomial by exposure.
    Units with the same counts are the same row here, so nothing can rank them apart.
    """
    rows, place = np.unique(np.hstack([part, whole]), axis=0, return_inverse=True)
    place = place.reshape(-1)
    pairs = len(place) * (len(place) - 1) // 2
    apart = _apart(rows.astype(np.int64).tobytes(), rows.shape[1], alpha / max(1, pairs), repeated)
    return apart[np.ix_(place, place)]


@functools.lru_cache(maxsize=512)
def _apart(kept: bytes, width: int, threshold: float, repeated: bool) -> Relation:
    """Remembered, because the counts of a period that is over are asked for again and again."""
    rows = np.frombuffer(kept, dtype=np.int64).reshape(-1, width)
    apart = np.zeros((len(rows), len(rows)), dtype=np.bool_)
    for i in range(len(rows) - 1):
        one = _Pairs.of(rows[i], rows[i + 1 :], width // 2, repeated=repeated)
        p = one.p_values()
        for k in np.flatnonzero(p <= threshold * _SCREEN):
            j = i + 1 + int(k)
            if one.stands(int(k), float(p[k]), threshold):
                first = one.difference[k] > 0
                apart[i, j], apart[j, i] = first, not first
    return _consistent(apart)


@dataclass(frozen=True)
class _Pairs:
    """One unit (`x` of `n` by class) against several others: how far its successes go beyond the pair's common rate."""

    x: Floats
    n: Floats
    total: Floats
    good: Floats
    both: Relation
    repeated: bool
    difference: Floats
    variance: Floats
    third: Floats

    @classmethod
    def of(cls, one: Counts, others: Counts, classes: int, *, repeated: bool) -> _Pairs:
        x, n = one[:classes].astype(float), one[classes:].astype(float)
        y, m = others[:, :classes].astype(float), others[:, classes:].astype(float)
        total, good = n + m, x + y
        both = (n > 0) & (m > 0)
        q = np.divide(n, total, out=np.zeros_like(total), where=both)
        if repeated:
            variance = good * q * (1 - q)
            third = variance * (1 - 2 * q)
        else:
            variance, third = _hypergeometric(total, good, q)
        difference = np.where(both, x - good * q, 0.0)
        moments = (difference, np.where(both, variance, 0.0), np.where(both, third, 0.0))
        return cls(x, n, total, good, both, repeated, *(moment.sum(1) for moment in moments))

    def p_values(self) -> Floats:
        """Two-sided, by the normal distribution with half a case taken off and the first Edgeworth term."""
        spread = np.sqrt(np.maximum(self.variance, 1e-12))
        z = np.maximum(np.abs(self.difference) - 0.5, 0) / spread
        skew = np.sign(self.difference) * self.third / spread**3
        tail = np.array([math.erfc(value / math.sqrt(2)) / 2 for value in z])
        bend = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * skew / 6 * (z**2 - 1)
        p = 2 * np.maximum(tail + bend, tail / 4)
        return np.where(self.variance > 1e-9, np.minimum(p, 1.0), 1.0)

    def stands(self, k: int, p: float, threshold: float) -> bool:
        """Whether the k-th other unit is told apart, by the exact distribution where the other could be wrong."""
        for variance, clear, hopeless in _NEAR:
            if self.variance[k] >= variance:
                if p <= threshold * clear:
                    return True
                if p > threshold * hopeless:
                    return False
                break
        return self.p_value(k) <= threshold

    def p_value(self, k: int) -> float:
        """As `p_values` for the k-th other unit, exact where the counts are small."""
        if self.variance[k] >= _EXACT_BELOW:
            return float(self.p_values()[k])
        lowest, chances = 0, np.ones(1)
        for c in np.flatnonzero(self.both[k]):
            margins = int(self.total[k, c]), int(self.good[k, c]), int(self.n[c])
            start, more = _binomial(*margins) if self.repeated else _exact(*margins)
            lowest, chances = lowest + start, np.convolve(chances, more)
        seen = int(self.x[self.both[k]].sum()) - lowest
        upper = seen if self.difference[k] > 0 else 0
        tail = chances[upper:].sum() if self.difference[k] > 0 else chances[: max(0, seen + 1)].sum()
        return min(1.0, 2 * float(tail) + len(chances) * _NEGLIGIBLE)


def _hypergeometric(total: Floats, good: Floats, q: Floats) -> tuple[Floats, Floats]:
    """Variance and third central moment of one unit's successes, given those of both."""
    share = np.divide(good, total, out=np.zeros_like(total), where=total > 0)
    spread = total * q * (1 - q) * share * (1 - share)
    variance = np.divide(total * spread, total - 1, out=np.zeros_like(total), where=total > 1)
    bend = (1 - 2 * q) * (1 - 2 * share)
    third = np.divide(variance * bend * total, total - 2, out=np.zeros_like(total), where=total > 2)
    return variance, third


def _exact(total: int, good: int, drawn: int) -> tuple[int, Floats]:
    """Chances of the unit's successes from the lowest one that is not negligible."""
    low, high = max(0, drawn + good - total), min(good, drawn)
    ks = np.arange(low, high)
    steps = np.log((good - ks) * (drawn - ks)) - np.log((ks + 1) * (total - good - drawn + ks + 1))
    return _trimmed(low, steps)


def _binomial(total: int, good: int, drawn: int) -> tuple[int, Floats]:
    """The same for events: each falls to the unit by its share of the exposure."""
    ks = np.arange(good)
    steps = np.log((good - ks) / (ks + 1)) + math.log(drawn / (total - drawn))
    return _trimmed(0, steps)


def _trimmed(low: int, log_ratios: Floats) -> tuple[int, Floats]:
    logs = np.concatenate([[0.0], np.cumsum(log_ratios)])
    chances = np.exp(logs - logs.max())
    chances /= chances.sum()
    kept = np.flatnonzero(chances > _NEGLIGIBLE)
    return low + int(kept[0]), chances[kept[0] : kept[-1] + 1]


def means_above(totals: Sequence[int], counts: Sequence[int], least: float, most: float) -> Relation:
    """`above` for means of bounded marks of which only the sum is kept."""
    size = len(totals)
    threshold = ALPHA / max(1, size * (size - 1) // 2)
    apart = np.zeros((size, size), dtype=np.bool_)
    for i in range(size):
        for j in range(size):
            difference = totals[i] / counts[i] - totals[j] / counts[j]
            pooled = (totals[i] + totals[j] + least + most) / (counts[i] + counts[j] + 2)
            variance = (most - pooled) * (pooled - least) * (1 / counts[i] + 1 / counts[j])
            if difference > 0 and math.erfc(difference / math.sqrt(2 * variance)) <= threshold:
                apart[i, j] = True
    return _consistent(apart)


def scores_above(scores: Sequence[float], intervals: Sequence[Interval]) -> Relation:
    """`above` for composite scores, whose intervals were made at `all_pairs_confidence`.

    Differences by the square-and-add limits of Zou & Donner (2008); units are independent of each other.
    """
    value = np.array(scores, dtype=float)
    down = value - np.array([one.low for one in intervals])
    up = np.array([one.high for one in intervals]) - value
    margin = np.sqrt(down[:, None] ** 2 + up[None, :] ** 2)
    difference = value[:, None] - value[None, :]
    return _consistent((difference > 0) & (difference > margin + 1e-9))


def all_pairs_confidence(units: int, alpha: float = ALPHA) -> float:
    """The confidence of one comparison when all pairs of so many units are compared at once."""
    return 1 - alpha / max(1, units * (units - 1) // 2)


def _consistent(apart: Relation) -> Relation:
    """What follows from what is sure (a above b, b above c), without circles.

    A consequence of true statements is true, so closing the relation brings no further error. Classes that only some
    units share can make a circle; then nothing is said about the units in it.
    """
    reach = apart.copy()
    for k in range(len(reach)):
        reach |= np.outer(reach[:, k], reach[k])
    return reach & ~reach.T


def bands(better: Relation) -> list[Band]:
    """Ranks from one more than the units surely better to the units not surely worse.

    Units that cannot be told apart have at least one rank in common.
    """
    size = len(better)
    return [
        Band(best=1 + int(over), worst=size - int(under))
        for over, under in zip(better.sum(0), better.sum(1), strict=True)
    ]
