"""A calendar laid out over a span of days as arrays: how much duty until when."""

from __future__ import annotations

import datetime as dt
import itertools
import weakref
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wangge.calendars.duty import Calendar

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Table:
    """Moments in microseconds since 1970; `progress` is the duty since the first day.

    `nights` is when the night shift of the day before ends, `counts` how many working days there were up to and with
    a day. `exact` is False where local days do not follow one another.
    """

    midnights: Ints
    nights: Ints
    years: Ints
    begins: Ints
    ends: Ints
    done: Ints
    counts: Ints
    closes: Ints
    exact: bool

    @property
    def end(self) -> int:
        return int(self.midnights[-1])

    @property
    def total(self) -> int:
        return int(self.done[-1]) if len(self.done) else 0

    def day(self, moments: Ints) -> NDArray[np.intp]:
        """Which day of the table a moment lies on."""
        return np.minimum(np.searchsorted(self.midnights, moments, side="right") - 1, len(self.years) - 1)

    def progress(self, moments: Ints) -> Ints:
        """Duty from the first day until a moment."""
        if not len(self.begins):
            return np.zeros_like(moments)
        at = np.searchsorted(self.begins, moments, side="right") - 1
        span = np.maximum(at, 0)
        left = np.maximum(self.ends[span] - moments, 0)
        return np.where(at < 0, 0, self.done[span] - left)

    def moment(self, goals: Ints) -> Ints:
        """The first moment until which there was so much duty."""
        if not len(self.begins):
            return goals
        span = np.minimum(np.searchsorted(self.done, goals, side="left"), len(self.done) - 1)
        return self.ends[span] - (self.done[span] - goals)

    def working_close(self, begins: Ints, days: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """The close of the n-th working day after the day of `begins`, and where the table has none."""
        day = self.day(begins)
        day = day - (begins <= self.nights[day])
        number = self.counts[day] + days - 1
        short = number >= len(self.closes)
        if not len(self.closes):
            return begins.copy(), short
        return self.closes[np.minimum(number, len(self.closes) - 1)], short

    def midnight_after(self, begins: Ints, days: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """24:00 of the n-th day after the day of `begins`; midnight belongs to the day it ends."""
        number = self.day(begins - 1) + days + 1
        return self.midnights[np.minimum(number, len(self.midnights) - 1)], number >= len(self.midnights)


_kept: weakref.WeakKeyDictionary[Calendar, Table] = weakref.WeakKeyDictionary()


def table(calendar: Calendar, first: int, last: int) -> Table:
    """The calendar from some days before `first` to some days after `last`; the widest one asked for is kept."""
    kept = _kept.get(calendar)
    if kept is not None:
        if int(kept.midnights[2]) <= first and last <= kept.end:
            return kept
        first, last = min(first, int(kept.midnights[2])), max(last, kept.end)
    # Whole years, so that moments a little earlier or later need no new table.
    from_day = dt.date(calendar.local(first).year, 1, 1) - dt.timedelta(days=2)
    till_day = dt.date(calendar.local(last).year + 1, 1, 2)
    made = _kept[calendar] = _lay_out(calendar, from_day.toordinal(), till_day.toordinal())
    return made


def _lay_out(calendar: Calendar, first: int, last: int) -> Table:
    ordinals = range(first, last + 1)
    days = [dt.date.fromordinal(ordinal) for ordinal in ordinals]
    duty = [calendar.duty_of(ordinal) for ordinal in ordinals]
    midnights = np.array([calendar.moment(day, 0) for day in [*days, days[-1] + dt.timedelta(days=1)]], np.int64)
    spans = np.array([span for spans in duty for span in spans], np.int64).reshape(-1, 2)
    worked = np.array([bool(spans) for spans in duty])
    nights = [before[-1][1] if before else 0 for before in (calendar.duty_of(first - 1), *duty[:-1])]
    return Table(
        midnights=midnights,
        nights=np.array(nights, np.int64),
        years=np.array([day.year for day in days], np.int64),
        begins=np.ascontiguousarray(spans[:, 0]),
        ends=np.ascontiguousarray(spans[:, 1]),
        done=np.cumsum(spans[:, 1] - spans[:, 0]),
        counts=np.cumsum(worked),
        closes=np.array([calendar.close_of(o) for o, spans in zip(ordinals, duty, strict=True) if spans], np.int64),
        exact=_follow(calendar, days, midnights.tolist(), spans),
    )


def _follow(calendar: Calendar, days: list[dt.date], midnights: list[int], spans: Ints) -> bool:
    """Whether each local day begins at its midnight and ends at the next, and duty stands in order."""
    edges = spans.ravel()
    if np.any(np.diff(edges) < 0) or np.any(spans[:, 0] >= spans[:, 1]):
        return False
    return all(
        calendar.local(opens).date() == day == calendar.local(closes - 1).date()
        for day, (opens, closes) in zip(days, itertools.pairwise(midnights), strict=True)
    )
