"""Calendars as values: which hours of which days are on duty, in microseconds since 1970.

* `duty` are the hours of an ordinary working day and of a make-up day; `week` gives single weekdays hours of their
  own, none for a day off. Without it Monday to Friday are worked.
* A period that ends beyond 24:00 is a **night shift**: it belongs, with all its hours, to the day on which it begins.
* `works_through`: public holidays change nothing here and no year has to be published. A day entered for this very
  calendar is heeded all the same.
* **A year whose days off are not published** counts every day, weekends too, unless an administrator entered that day:
  all hours the day may turn out to have, closing at the earliest of its possible closes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wangge.calendars.limits import Refused

DAY_MINUTES = 24 * 60
LONGEST_NIGHT = 16 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
FIRST_YEAR, LAST_YEAR = 1900, 2200

Span = tuple[int, int]
Minutes = tuple[tuple[int, int], ...]


class DayKind(StrEnum):
    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Calendar:
    """`duty` in minutes of the local day; `exceptions` to the week; `years` whose days off are published."""

    zone: ZoneInfo
    duty: Minutes
    exceptions: Mapping[dt.date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    names: Mapping[dt.date, str] = field(default_factory=dict)
    week: Mapping[int, Minutes] = field(default_factory=dict)
    works_through: bool = False
    _ordinary: tuple[Minutes, ...] = field(default=(), init=False, repr=False)
    _memo: dict[int, tuple[Span, ...]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        ordinary = tuple(self.week.get(weekday, self.duty if weekday < 5 else ()) for weekday in range(7))
        object.__setattr__(self, "_ordinary", ordinary)
        _check_hours("duty", self.duty)
        for weekday, hours in self.week.items():
            _check_hours(f"week.{WEEKDAYS[weekday]}", hours or self.duty)
        if not any(ordinary):
            raise Refused("week", "一周没有任何上班时间", "the week has no working minute")
        _check_nights([hours for hours in (*ordinary, self.duty) if hours])

    @property
    def by_night(self) -> bool:
        """Whether any shift goes beyond midnight."""
        return any(end > DAY_MINUTES for hours in (*self._ordinary, self.duty) for _, end in hours)

    def kind(self, day: dt.date) -> DayKind:
        exception = self.exceptions.get(day)
        ordinary = bool(self._ordinary[day.weekday()])
        if exception is not None and (exception is not ordinary or self._is_make_up(day)):
            return DayKind.MAKE_UP if exception else DayKind.HOLIDAY
        if exception is None and self.is_unknown(day.year):
            return DayKind.UNKNOWN
        return DayKind.WORKING if ordinary else DayKind.WEEKEND

    def is_unknown(self, year: int) -> bool:
        return not self.works_through and year not in self.years

    def is_working(self, day: dt.date) -> bool:
        return bool(self._hours(day)[0])

    def duty_of(self, ordinal: int) -> tuple[Span, ...]:
        """The duty periods of a day (by its ordinal) as microseconds since 1970; empty on a day off."""
        spans = self._memo.get(ordinal)
        if spans is None:
            day = dt.date.fromordinal(ordinal)
            hours, _ = self._hours(day)
            spans = self._memo[ordinal] = tuple(
                (self.moment(day, start), self.moment(day, end)) for start, end in hours
            )
        return spans

    def close_of(self, ordinal: int) -> int:
        """When the business of a working day ends."""
        day = dt.date.fromordinal(ordinal)
        return self.moment(day, self._hours(day)[1])

    def day_of(self, micro: int, *, to_the_end: bool = False) -> dt.date:
        """The day a moment belongs to: the day before while (`to_the_end`: and as) that one's night shift ends."""
        day = self.local(micro).date()
        before = self.duty_of(day.toordinal() - 1)
        return day - dt.timedelta(days=1) if before and micro < before[-1][1] + to_the_end else day

    def moment(self, day: dt.date, minute: int) -> int:
        if minute >= DAY_MINUTES:
            day, minute = day + dt.timedelta(days=minute // DAY_MINUTES), minute % DAY_MINUTES
        return to_micro(dt.datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self.zone))

    def local(self, micro: int) -> dt.datetime:
        return (EPOCH + dt.timedelta(microseconds=micro)).astimezone(self.zone)

    def _is_make_up(self, day: dt.date) -> bool:
        # A published word on a Saturday or Sunday makes it a full working day, whatever hours it has ordinarily.
        return not self.works_through and day.weekday() >= 5 and self.exceptions.get(day, False)

    def _hours(self, day: dt.date) -> tuple[Minutes, int]:
        """The hours of a day, and the minute at which its business closes (0: a day off)."""
        exception = self.exceptions.get(day)
        ordinary = self._ordinary[day.weekday()]
        if exception is False:
            return (), 0
        if exception:
            hours = self.duty if self._is_make_up(day) or not ordinary else ordinary
        elif self.is_unknown(day.year) and ordinary != self.duty:
            if ordinary:
                return _either(ordinary, self.duty), min(ordinary[-1][1], self.duty[-1][1])
            hours = self.duty
        else:
            hours = ordinary
        return hours, hours[-1][1] if hours else 0


def to_micro(moment: dt.datetime) -> int:
    """Microseconds since 1970."""
    if moment.tzinfo is None:
        raise Refused("start", f"时间 {moment} 缺少时区", f"the moment {moment} needs its time zone")
    return (moment - EPOCH) // MICROSECOND


def build(
    *,
    timezone: str,
    duty: Sequence[Sequence[str]],
    week: Mapping[str, Sequence[Sequence[str]]] | None = None,
    works_through: bool = False,
    days: Sequence[tuple[dt.date, bool, str]] = (),
    years: Sequence[int] = (),
) -> Calendar:
    """From texts as profiles and the database keep them; Refused names the field that is wrong."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused("timezone", f"没有时区“{timezone}”", f"there is no time zone {timezone!r}") from error
    for weekday in week or {}:
        if weekday not in WEEKDAYS:
            known = ", ".join(WEEKDAYS)
            raise Refused(f"week.{weekday}", f"星期应写作 {known}", f"weekdays are {known}")
    return Calendar(
        zone=zone,
        duty=parse_duty(duty),
        exceptions={date: working for date, working, _ in days},
        years=frozenset(years),
        names={date: name for date, _, name in days if name},
        week={WEEKDAYS.index(at): parse_duty(hours, f"week.{at}") for at, hours in (week or {}).items()},
        works_through=works_through,
    )


def parse_duty(periods: Sequence[Sequence[str]], at: str = "duty") -> Minutes:
    """`[["09:00", "12:00"], …]` as minutes; Refused says what is wrong. `24:00` closes at midnight.

    A period that closes before it opens is a shift across midnight.
    """
    read: list[tuple[int, int]] = []
    for index, (start, end) in enumerate(periods):
        opens, closes = _minute_of_day(start, f"{at}.{index}"), _minute_of_day(end, f"{at}.{index}")
        if closes < opens:
            closes += DAY_MINUTES
            if closes - opens > LONGEST_NIGHT:
                zh = f"{start}–{end} 跨夜超过 {LONGEST_NIGHT // 60} 小时，起止可能写反"
                raise Refused(f"{at}.{index}", zh, f"{start}–{end} across midnight is longer than 16 hours: inverted?")
        read.append((opens, closes))
    return tuple(read)


def _minute_of_day(text: str, at: str) -> int:
    hours, _, minutes = text.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2 and int(minutes) < 60):
        raise Refused(at, f"“{text}”不是时刻，应写作 09:00", f"{text!r} is not a time of day such as 09:00")
    minute = int(hours) * 60 + int(minutes)
    if minute > DAY_MINUTES:
        raise Refused(at, f"“{text}”超过 24:00", f"{text!r} is later than 24:00")
    return minute


def _check_hours(at: str, hours: Minutes) -> None:
    edges = [edge for period in hours for edge in period]
    if not edges:
        raise Refused(at, "没有上班时段", "duty periods are needed")
    if edges != sorted(set(edges)) or edges[0] < 0 or hours[-1][0] >= DAY_MINUTES:
        zh = "上班时段应按先后排列、互不重叠也不相连，并在当日 00:00–24:00 之间开始"
        raise Refused(at, zh, "duty periods stand in order, apart from one another, and begin within 00:00–24:00")


def _check_nights(days: Sequence[Minutes]) -> None:
    if max(hours[-1][1] for hours in days) - DAY_MINUTES > min(hours[0][0] for hours in days):
        zh = "夜班的结束时间晚于次日上班时间"
        raise Refused("duty", zh, "a night shift ends after the next day's duty has begun")


def _either(a: Minutes, b: Minutes) -> Minutes:
    joined: list[tuple[int, int]] = []
    for start, end in sorted((*a, *b)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
