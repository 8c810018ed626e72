"""The reference: time looked at minute by minute, from the rules as they are written and nothing of ours but the data.

Starts and pauses lie on whole minutes, limits in hours are whole minutes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

Minute = dt.timedelta(minutes=1)
Day = dt.timedelta(days=1)
Hours = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Rules:
    """A calendar as a person would write it down: hours by weekday, hours of an ordinary day, exceptions, years."""

    zone: ZoneInfo
    ordinary: Hours
    week: dict[int, Hours]
    exceptions: dict[dt.date, bool]
    years: frozenset[int]
    works_through: bool = False

    def hours(self, day: dt.date) -> list[tuple[int, int]]:
        usual = list(self.week.get(day.weekday(), self.ordinary if day.weekday() < 5 else []))
        word = self.exceptions.get(day)
        if word is False:
            return []
        if word is True:
            make_up = day.weekday() in (5, 6) and not self.works_through
            return list(self.ordinary) if make_up or not usual else usual
        if day.year in self.years or self.works_through:
            return usual
        return usual + list(self.ordinary)  # unknown: whatever may turn out to be worked

    def close(self, day: dt.date) -> int:
        """Minute after the day's midnight at which its business ends; the earliest possible on an unknown day."""
        usual = list(self.week.get(day.weekday(), self.ordinary if day.weekday() < 5 else []))
        unknown = day not in self.exceptions and day.year not in self.years and not self.works_through
        if unknown and usual:
            return min(max(end for _, end in usual), max(end for _, end in self.ordinary))
        return max(end for _, end in self.hours(day))

    def on_duty(self, now: dt.datetime) -> dt.date | None:
        """The day on whose duty the minute from `now` on lies."""
        today = now.date()
        for day in (today - Day, today):
            minute = now.hour * 60 + now.minute + (1440 if day != today else 0)
            if any(start <= minute < end for start, end in self.hours(day)):
                return day
        return None


def step(
    rules: Rules, start: dt.datetime, value: int, unit: str, pauses: Sequence[tuple[dt.datetime, dt.datetime]] = ()
) -> dt.datetime:
    """When the limit is used up: `value` minutes, or days for the units in days. Naive local times throughout."""
    working = unit.startswith("working")

    def counts(now: dt.datetime) -> bool:
        return rules.on_duty(now) is not None if working else True

    if not unit.endswith("days"):
        return _minutes(start, value, counts, pauses)
    end = _close_of_days(rules, start, value, working=working)
    if not pauses:
        return end
    return _minutes(start, _count(start, end, counts), counts, pauses)


def _close_of_days(rules: Rules, start: dt.datetime, days: int, *, working: bool) -> dt.datetime:
    day = _begun(rules, start) if working else (start - Minute).date()
    while days:
        day += Day
        days -= bool(rules.hours(day)) if working else 1
    minutes = rules.close(day) if working else 1440
    return dt.datetime.combine(day, dt.time()) + minutes * Minute


def _begun(rules: Rules, start: dt.datetime) -> dt.date:
    """The evening before while its night shift lasts, to its very end."""
    before = start.date() - Day
    hours = rules.hours(before)
    closes = dt.datetime.combine(before, dt.time()) + max((end for _, end in hours), default=0) * Minute
    return before if hours and start <= closes else start.date()


def _count(start: dt.datetime, end: dt.datetime, counts: Callable[[dt.datetime], bool]) -> int:
    counted, now = 0, start
    while now < end:
        counted += counts(now)
        now += Minute
    return counted


def _minutes(
    start: dt.datetime,
    need: int,
    counts: Callable[[dt.datetime], bool],
    pauses: Sequence[tuple[dt.datetime, dt.datetime]],
) -> dt.datetime:
    now = start
    while need:
        if counts(now) and not any(begin <= now < end for begin, end in pauses):
            need -= 1
        now += Minute
    return now
