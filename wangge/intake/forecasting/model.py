"""Matters expected in the coming week for each small area and class of matter, with an interval.

A small area alone has too few matters to learn from: most weeks it has none. So the district's total of each class
is followed through time (level, damped trend, and the season where a year is known), and shared out by what is known
of each place: a place's share of a class is drawn towards its share of all matters, and a grid's share of its
community towards the others', the more the fewer matters it has. How strongly, and how fast the past fades, is what
would have foretold the last weeks best (empirical Bayes). The interval is that of a negative binomial distribution
whose spread is what those weeks showed beyond chance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]  # weeks × areas × classes
Flat = NDArray[np.float64]
Parents = NDArray[np.int64]  # community of each area

LEAST_WEEKS = 4
_LOOK_BACK = 4  # weeks that are foretold from those before them in order to choose
_YEAR = 52
_SHARE = 0.8  # of outcomes that the interval is meant to hold


@dataclass(frozen=True)
class Settings:
    fade: float = 0.95  # weight of a week against the one after it, for shares
    level: float = 0.35  # how fast the district's level follows
    trend: float = 0.0
    to_all: float = 30.0  # matters' worth of drawing towards the share of all matters
    to_parent: float = 10.0
    spread: float = 0.0  # beyond chance, of the square of the mean


@dataclass(frozen=True)
class Expected:
    mean: Flat  # areas × classes
    low: Flat
    high: Flat
    settings: Settings


_CHOICES: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("level", (0.15, 0.25, 0.35, 0.5, 0.7)),
    ("trend", (0.0, 0.1, 0.3)),
    ("to_all", (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)),
    ("to_parent", (1.0, 3.0, 10.0, 30.0, 100.0)),
    ("fade", (0.8, 0.9, 0.95, 0.98, 1.0)),
)


def forecast(counts: Counts, parents: Parents) -> Expected:
    """For the week after the last of `counts`."""
    chosen = choose(counts, parents)
    mean = mean_of(counts, parents, chosen)
    low, high = interval(mean, chosen.spread)
    return Expected(mean, low, high, chosen)


def choose(counts: Counts, parents: Parents) -> Settings:
    """The settings that would have foretold the last weeks best, one after the other, and the spread they leave."""
    weeks = range(max(LEAST_WEEKS - 1, len(counts) - _LOOK_BACK), len(counts))
    best = Settings()
    if not weeks:
        return best
    least = _surprise(counts, parents, best, weeks)
    for name, values in _CHOICES:
        for value in values:
            tried = replace(best, **{name: value})
            surprise = _surprise(counts, parents, tried, weeks)
            if surprise < least - 1e-9:
                best, least = tried, surprise
    return replace(best, spread=_spread(counts, parents, best, weeks))


def mean_of(counts: Counts, parents: Parents, settings: Settings) -> Flat:
    total = next_total(counts.sum(axis=1), settings)
    return shares(counts, parents, settings) * total[None, :]


def next_total(totals: Flat, settings: Settings) -> Flat:
    """The district's matters of each class in the next week."""
    seasons = _season(totals)
    level = totals[0] / seasons[0]
    slope = np.zeros_like(level)
    for week, season in zip(totals[1:], seasons[1:-1], strict=True):
        before = level
        level = settings.level * (week / season) + (1 - settings.level) * (level + slope)
        slope = settings.trend * (level - before) + (1 - settings.trend) * slope * (settings.trend > 0)
    told: Flat = np.maximum(level + 0.5 * slope, 0.0) * seasons[-1]
    return told


def _season(totals: Flat) -> Flat:
    """For each week and the next: how busy its three weeks were a year before, drawn towards the ordinary."""
    weeks = len(totals)
    found = np.ones((weeks + 1, totals.shape[1]))
    if weeks <= _YEAR + 2:
        return found
    usual = totals[:_YEAR].mean(axis=0)
    drawn = 12.0
    for week in range(_YEAR, weeks + 1):
        around = totals[max(0, week - _YEAR - 1) : min(weeks, week - _YEAR + 2)]
        found[week] = (around.sum(axis=0) + drawn) / (len(around) * usual + drawn)
    found[:_YEAR] = np.array(
        [
            (totals[max(0, w - 1) : w + 2].sum(axis=0) + drawn) / (len(totals[max(0, w - 1) : w + 2]) * usual + drawn)
            for w in range(_YEAR)
        ]
    )
    return found


def shares(counts: Counts, parents: Parents, settings: Settings) -> Flat:
    """What part of each class each area has; each class adds up to one."""
    ages = settings.fade ** np.arange(len(counts) - 1, -1, -1)
    seen = np.tensordot(ages, counts, axes=1)  # areas × classes
    groups = int(parents.max()) + 1
    above = np.zeros((groups, seen.shape[1]))
    np.add.at(above, parents, seen)
    of_all = (above.sum(axis=1) + 1.0) / (above.sum() + groups)  # a community's share of all matters
    of_class = (above + settings.to_all * of_all[:, None]) / (above.sum(axis=0) + settings.to_all)
    members = np.bincount(parents, minlength=groups)[parents]
    everything = seen.sum(axis=1)
    within_all = (everything + settings.to_parent / members) / (above.sum(axis=1)[parents] + settings.to_parent)
    drawn = settings.to_all
    within = (seen + drawn * within_all[:, None]) / (above[parents] + drawn)
    shared: Flat = within * of_class[parents]
    return shared


def interval(mean: Flat, spread: float) -> tuple[Flat, Flat]:
    """From tenth to tenth: at least the wanted share of outcomes."""
    from scipy import stats

    tail = (1 - _SHARE) / 2
    least = np.maximum(mean, 1e-9)
    if spread < 1e-6:
        return stats.poisson.ppf(tail, least), stats.poisson.ppf(1 - tail, least)
    shape = 1 / spread
    chance = shape / (shape + least)
    return stats.nbinom.ppf(tail, shape, chance), stats.nbinom.ppf(1 - tail, shape, chance)


def _surprise(counts: Counts, parents: Parents, settings: Settings, weeks: range) -> float:
    """Mean Poisson deviance without the part that no setting changes."""
    total = 0.0
    for week in weeks:
        mean = np.maximum(mean_of(counts[:week], parents, settings), 1e-6)
        total += float((mean - counts[week] * np.log(mean)).sum())
    return total / len(weeks)


def _spread(counts: Counts, parents: Parents, settings: Settings, weeks: range) -> float:
    beyond = squares = 0.0
    for week in weeks:
        mean = mean_of(counts[:week], parents, settings)
        beyond += float(((counts[week] - mean) ** 2 - mean).sum())
        squares += float((mean**2).sum())
    return max(0.0, beyond / squares) if squares else 0.0


# --- how good it is ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Errors:
    """Of weeks foretold from those before them; baselines of the same weeks."""

    weeks: int
    mae: float
    rmse: float
    wape: float
    coverage: float
    last_week_mae: float
    last_week_rmse: float
    four_weeks_mae: float
    four_weeks_rmse: float


def evaluate(counts: Counts, parents: Parents, weeks: int = 6) -> Errors | None:
    """Rolling origin: each of the last weeks from what was known before it."""
    first = max(LEAST_WEEKS, len(counts) - weeks)
    told = range(first, len(counts))
    if not told:
        return None
    ours, last, four, held = [], [], [], []
    for week in told:
        made = forecast(counts[:week], parents)
        real = counts[week]
        ours.append(made.mean - real)
        last.append(counts[week - 1] - real)
        four.append(counts[week - 4 : week].mean(axis=0) - real)
        held.append((made.low <= real) & (real <= made.high))
    real_total = counts[first:].sum()
    return Errors(
        weeks=len(told),
        mae=_mean(ours),
        rmse=_root(ours),
        wape=float(np.abs(ours).sum() / real_total) if real_total else 0.0,
        coverage=float(np.mean(held)),
        last_week_mae=_mean(last),
        last_week_rmse=_root(last),
        four_weeks_mae=_mean(four),
        four_weeks_rmse=_root(four),
    )


def _mean(errors: list[Flat]) -> float:
    return float(np.mean(np.abs(errors)))


def _root(errors: list[Flat]) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))
