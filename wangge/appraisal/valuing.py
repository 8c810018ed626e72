"""From counts of units to values that can be shown, compared and scored: pure.

Counts come as tables of units (rows) by classes of matters (columns), so that like is compared with like.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wangge.appraisal import fairness
from wangge.appraisal.fairness import Adjusted, Band, Counts, Interval, Relation
from wangge.appraisal.measures import Histogram
from wangge.appraisal.rules import IndicatorPart, SchemeContent
from wangge.appraisal.scoring import Measured, Scored, Weight, score

Words = tuple[str, str]
NONE_HAPPENED: Words = ("本期没有发生", "none in the period")
NOT_SHARE: Words = ("分子超出分母，不作比较", "the numerator exceeds the denominator, so nothing is compared")
ALONE: Words = ("只有一个单位件数足够，无从比较", "only one unit has enough cases to compare")
TOLD_ONLY: Words = ("只作说明，不排名", "told only, never ranked")
TOO_LITTLE: Words = (
    "有数值的指标权重不足一半，不给综合分",
    "indicators of less than half the weight have a value: no score",
)


@dataclass(frozen=True)
class Value:
    """One indicator of one unit in the unit it is shown in. `why` says what stands against a value or a rank."""

    numerator: int | None = None
    denominator: int | None = None
    value: float | None = None
    interval: Interval | None = None
    expected: float | None = None
    adjusted: float | None = None
    adjusted_interval: Interval | None = None
    band: Band | None = None
    enough: bool = False
    why: Words | None = None
    at: Callable[[float], Interval] | None = None  # the interval of the value, or of the adjusted one, at a confidence
    factor: float = 1.0

    def measured(self, confidence: float, *, adjusted: bool) -> Measured | None:
        """For scoring: None where there are too few cases to judge by."""
        if self.value is None or self.at is None or not self.enough:
            return None
        interval = self.at(confidence)
        if adjusted and self.adjusted is not None:
            return Measured(self.adjusted, interval.scaled(self.factor))
        return Measured(self.value, interval)


def too_few(least: int) -> Words:
    return f"不足 {least} 件，不排名", f"fewer than {least} cases: not ranked"


# Shares, events, means and counts


def divided(part: IndicatorPart, numerators: Counts, denominators: Counts) -> list[Value]:
    """A value for each row of the tables of units by classes."""
    numerators, denominators = numerators.astype(np.int64), denominators.astype(np.int64)
    if part.kind == "count":
        return [Value(numerator=int(n), value=float(n), why=TOLD_ONLY) for n in numerators.sum(1)]
    broken = _broken(part, numerators.sum(1), denominators.sum(1))
    if _broken(part, numerators.ravel(), denominators.ravel()).any():  # differences of facts need not add up by class
        numerators, denominators = numerators.sum(1, keepdims=True), denominators.sum(1, keepdims=True)
    usable = ~broken
    shifts = fairness.adjust(numerators[usable], denominators[usable]) if part.mix else [None] * int(usable.sum())
    adjusted = dict(zip(np.flatnonzero(usable).tolist(), shifts, strict=True))
    found = [
        _value(part, int(n), int(d), adjusted.get(row), broken=bool(broken[row]))
        for row, (n, d) in enumerate(zip(numerators.sum(1), denominators.sum(1), strict=True))
    ]
    return _with_bands(part, found, lambda rows: _above(part, numerators[rows], denominators[rows]))


def _broken(part: IndicatorPart, numerators: Counts, denominators: Counts) -> Relation:
    found: Relation = (numerators < 0) | (denominators < 0)
    if part.kind == "share":
        found = found | (numerators > denominators)
    if part.kind == "mean" and part.marks:
        least, most = part.marks
        found = found | (numerators < least * denominators) | (numerators > most * denominators)
    return found


def _value(part: IndicatorPart, numerator: int, denominator: int, shift: Adjusted | None, *, broken: bool) -> Value:
    bare = Value(numerator=numerator, denominator=denominator)
    if denominator <= 0:
        return replace(bare, why=NONE_HAPPENED)
    scale = 100.0 if part.unit in {"percent", "per_hundred"} else 1.0
    plain = replace(bare, value=numerator / denominator * scale)
    if broken:
        return replace(plain, why=NOT_SHARE)

    def at(confidence: float) -> Interval:
        return _interval(part, numerator, denominator, confidence).scaled(scale)

    enough = denominator >= part.least
    interval = at(fairness.CONFIDENCE)
    whole = replace(plain, interval=interval, at=at, enough=enough, why=None if enough else too_few(part.least))
    if shift is None or whole.value is None:
        return whole
    most = 100.0 if part.unit == "percent" else float("inf")
    return replace(
        whole,
        expected=shift.expected,
        adjusted=min(most, whole.value * shift.factor),
        adjusted_interval=interval.scaled(shift.factor).within(0.0, most),
        factor=shift.factor,
    )


def _interval(part: IndicatorPart, numerator: int, denominator: int, confidence: float) -> Interval:
    if part.kind == "share":
        return fairness.wilson(numerator, denominator, confidence)
    if part.kind == "events":
        return fairness.byar(numerator, denominator, confidence)
    assert part.marks is not None
    return fairness.bounded_mean(numerator, denominator, *part.marks, confidence)


def _above(part: IndicatorPart, numerators: Counts, denominators: Counts) -> Relation:
    if part.kind == "mean":
        assert part.marks is not None
        sums, counts = numerators.sum(1).tolist(), denominators.sum(1).tolist()
        return fairness.means_above(sums, counts, *part.marks)
    if not part.mix:
        numerators, denominators = numerators.sum(1, keepdims=True), denominators.sum(1, keepdims=True)
    return fairness.above(numerators, denominators, repeated=part.kind == "events")


# Quantiles


def quantiles(part: IndicatorPart, histograms: Sequence[Histogram]) -> list[Value]:
    """Units are compared by how many of their cases took no longer than the quantile of all units together."""
    share = part.parsed.share
    together = sum(histograms, Histogram())
    found = [_quantile(part, one, share) for one in histograms]
    reached = _bin_of(together, share)

    def above(rows: list[int]) -> Relation:
        within = np.array([[sum(histograms[row].bins[:reached])] for row in rows], dtype=np.int64)
        counts = np.array([[histograms[row].count] for row in rows], dtype=np.int64)
        return fairness.above(counts - within, counts)  # longer is above

    return _with_bands(part, found, above)


def _quantile(part: IndicatorPart, histogram: Histogram, share: float) -> Value:
    count = histogram.count
    value = histogram.quantile(share)
    if value is None:
        return Value(denominator=0, why=NONE_HAPPENED)

    def at(confidence: float) -> Interval:
        between = fairness.quantile_shares(count, share, confidence)
        low, high = histogram.quantile(between.low), histogram.quantile(between.high)
        return Interval(low or 0.0, high or 0.0)

    enough = count >= part.least
    why = None if enough else too_few(part.least)
    return Value(None, count, value, at(fairness.CONFIDENCE), enough=enough, why=why, at=at)


def _bin_of(histogram: Histogram, share: float) -> int:
    """How many bins hold the share of all."""
    wanted, reached = share * histogram.count, 0
    for number, count in enumerate(histogram.bins, start=1):
        reached += count
        if reached >= wanted:
            return number
    return len(histogram.bins)


# Ranks and scores


def _with_bands(part: IndicatorPart, found: list[Value], above: Callable[[list[int]], Relation]) -> list[Value]:
    if not part.ranked:
        return [replace(one, why=one.why or TOLD_ONLY) for one in found]
    rows = [row for row, one in enumerate(found) if one.enough]
    if len(rows) < 2:
        return [replace(one, why=one.why or ALONE) for one in found]
    greater = above(rows)
    bands = fairness.bands(greater if part.better == "higher" else greater.T)
    for row, band in zip(rows, bands, strict=True):
        found[row] = replace(found[row], band=band)
    return found


@dataclass(frozen=True)
class Standing:
    """A unit's composite score. `why` says why there is none, or no rank."""

    scored: Scored | None = None
    band: Band | None = None
    why: Words | None = None


def standings(content: SchemeContent, columns: dict[str, list[Value]], units: int) -> list[Standing]:
    """Scores of all units with the ranks they may hold; told apart only beyond what both are uncertain by."""
    weights = {code: Weight(one.weight, one.floor, one.target) for code, one in content.weights.items()}

    def scored(row: int, confidence: float) -> Scored | None:
        values = {code: columns[code][row] for code in weights if code in columns}
        return score(
            weights,
            {code: one.measured(confidence, adjusted=content.adjusted) for code, one in values.items()}
            | dict.fromkeys(weights.keys() - values.keys()),
        )

    shown = [scored(row, fairness.CONFIDENCE) for row in range(units)]
    rows = [row for row, one in enumerate(shown) if one is not None]
    if len(rows) < 2:
        return [Standing(one, None, ALONE if one else TOO_LITTLE) for one in shown]
    strict = [scored(row, fairness.all_pairs_confidence(len(rows))) for row in rows]
    known = [one for one in strict if one is not None]
    bands = fairness.bands(fairness.scores_above([one.score for one in known], [one.interval for one in known]))
    by_row = dict(zip(rows, bands, strict=True))
    return [Standing(one, by_row.get(row), None if one else TOO_LITTLE) for row, one in enumerate(shown)]
