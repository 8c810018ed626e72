"""Arithmetic of time limits: pure, exact to the microsecond, fast.

What is counted, and from when:

* **Hours** run from the very moment of the start (民法典第二百零一条第二款). Urgent and natural hours run around the
  clock. Working hours run only while on duty: a start outside duty begins to count at the next duty minute, and
  a limit used up exactly at a close of duty is due at that close, not at the next opening.
* **Days** do not count the day of the start (民法典第二百零一条第一款). Working days fall due at the close of duty
  of the n-th working day after it (第二百零三条第二款：有业务时间的，停止业务活动的时间为截止时间). Natural days fall
  due at 24:00 of the n-th day after it, given as the next midnight; they are not moved on when that day is a
  holiday, which is the earlier and so the safer reading. What begins at the very moment a day ends begins on that
  day, so that one limit after another is due when the two in one would be.
* **A night shift** belongs to the day on which it begins: what happens at two in the night counts, in working days,
  as of the evening before.
* **Pauses** add exactly what they took of the time that was being counted: duty time for working units, elapsed
  time for the others. A pause outside duty adds nothing to a working limit.
* **A year whose days off are not published** counts every day, weekends too, as a working day, unless an
  administrator entered that day. That gives the earlier possible due time, and `Due.caution` says so.

On time means acting at or before `Due.at`. `wangge.calendars.batch` gives the same answers for many at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from wangge.calendars.duty import (
    DAY_MINUTES,
    FIRST_YEAR,
    LAST_YEAR,
    MICROSECOND,
    Calendar,
    DayKind,
    Span,
    build,
    parse_duty,
    to_micro,
)
from wangge.calendars.explanation import DayLine, explain, total
from wangge.calendars.limits import MICROSECONDS_AN_HOUR, UNIT_NAMES, Limit, Refused, Unit, parse_limit
from wangge.calendars.pauses import Pause, merge, without

__all__ = [
    "DAY_MINUTES",
    "REACH_DAYS",
    "UNIT_NAMES",
    "Calendar",
    "DayKind",
    "DayLine",
    "Due",
    "Limit",
    "OutOfReach",
    "Pause",
    "Refused",
    "Unit",
    "account",
    "add_working_days",
    "build",
    "due",
    "moment_before",
    "parse_duty",
    "parse_limit",
    "working_minutes_between",
    "working_time_between",
]

REACH_DAYS = 40 * 366
"""No limit, with its pauses, is followed further than this."""

EARLIEST = to_micro(dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC))
LATEST = to_micro(dt.datetime(LAST_YEAR + 1, 1, 1, tzinfo=dt.UTC))
REACH = REACH_DAYS * DAY_MINUTES * 60_000_000


class OutOfReach(Refused):
    """The calendar has not enough duty for the limit, or the pauses never end."""

    code = "limit_never_used_up"
    title_zh = "时限无法用完"
    title_en = "The limit is never used up"

    def __init__(self) -> None:
        zh = "此日历在四十年内没有足够的上班时间，时限无法用完；请检查日历的上班时段、放假安排和暂停"
        super().__init__("calendar", zh, "within forty years the calendar has not enough duty for this limit")


@dataclass(frozen=True)
class Due:
    """When a limit is used up. `caution` is not empty when the time rests on a year not yet published."""

    at: dt.datetime
    caution: str
    caution_en: str
    start: dt.datetime
    limit: Limit
    calendar: Calendar = field(repr=False)
    pauses: tuple[Span, ...] = field(repr=False)

    @property
    def explanation(self) -> list[DayLine]:
        """How the due time came about, day by day; made when asked for, since it costs more than the due time."""
        return list(explain(self.calendar, to_micro(self.start), to_micro(self.at), self.limit, self.pauses))

    @property
    def total(self) -> tuple[str, str]:
        """What the lines of the explanation come to, in Chinese and English."""
        return total(self.explanation, self.limit, self.at)


def account(result: Due) -> list[str]:
    """The explanation for a terminal or a log: a line of Chinese and one of English for each day, and the total."""
    told = [(line.zh, line.en) for line in result.explanation]
    return [text for zh, en in (*told, result.total) for text in (zh, f"    {en}")]


def due(start: dt.datetime, limit: Limit, calendar: Calendar, pauses: Iterable[Pause] = ()) -> Due:
    """When `limit` from `start` is used up."""
    unit = Unit(limit.unit)
    begin = to_micro(start)
    check_start(begin)
    stops = merge(pauses, begin)
    if unit.in_days:
        end = _end_of_days(calendar, begin, int(limit.value), unit)
        if stops:
            counted = _counted(calendar, begin, end, unit.on_duty_only)
            end = _advance(calendar, begin, counted, stops, unit.on_duty_only)
    else:
        end = _advance(calendar, begin, limit.microseconds, stops, unit.on_duty_only)
    if end - begin > REACH:
        raise OutOfReach
    zh = en = ""
    if unit.on_duty_only:
        zh, en = caution(calendar, calendar.local(begin).year, calendar.local(end - 1).year)
    return Due(calendar.local(end), zh, en, start, limit, calendar, stops)


def check_start(begin: int) -> None:
    if not EARLIEST <= begin < LATEST:
        zh, en = f"开始时间不在 {FIRST_YEAR}–{LAST_YEAR} 年", f"the start is not within {FIRST_YEAR}–{LAST_YEAR}"
        raise Refused("start", zh, en)


def moment_before(at: dt.datetime, limit: Limit, calendar: Calendar) -> dt.datetime:
    """The moment at which `limit` is still left until `at`: for warnings.

    Working days go back to the same local time of the n-th working day before.
    """
    unit = Unit(limit.unit)
    end = to_micro(at)
    if unit is Unit.WORKING_DAYS:
        last = calendar.day_of(end - 1)  # 24:00 belongs to the day it closes
        return at.astimezone(calendar.zone) + (add_working_days(last, -int(limit.value), calendar) - last)
    if unit is Unit.WORKING_HOURS:
        return calendar.local(_retreat(calendar, end, limit.microseconds))
    hours = limit.value * 24 if unit.in_days else limit.value
    return calendar.local(end - int(hours * MICROSECONDS_AN_HOUR))


def add_working_days(day: dt.date, days: int, calendar: Calendar) -> dt.date:
    """The `days`-th working day after `day` (before it when negative); `day` itself is not counted."""
    step = 1 if days > 0 else -1
    ordinal, left = day.toordinal(), abs(days)
    last = ordinal + step * REACH_DAYS
    while left:
        if ordinal == last:
            raise OutOfReach
        ordinal += step
        if calendar.duty_of(ordinal):
            left -= 1
    return dt.date.fromordinal(ordinal)


def working_time_between(a: dt.datetime, b: dt.datetime, calendar: Calendar) -> dt.timedelta:
    """Duty time from `a` to `b`; negative when `b` is earlier."""
    start, end = to_micro(a), to_micro(b)
    if end < start:
        return -working_time_between(b, a, calendar)
    return dt.timedelta(microseconds=_counted(calendar, start, end, on_duty_only=True))


def working_minutes_between(a: dt.datetime, b: dt.datetime, calendar: Calendar) -> int:
    """Whole duty minutes from `a` to `b`; a started minute does not count. Negative when `b` is earlier."""
    counted = working_time_between(a, b, calendar) // MICROSECOND
    return counted // 60_000_000 if counted >= 0 else -(-counted // 60_000_000)


def caution(calendar: Calendar, first: int, last: int) -> tuple[str, str]:
    """What is to be said of a time that rests on the years from `first` to `last`."""
    years = [year for year in range(first, last + 1) if calendar.is_unknown(year)]
    if not years:
        return "", ""
    zh = f"{years[0]}–{years[-1]}年" if len(years) > 3 else "、".join(f"{year}年" for year in years)
    en = f"{years[0]}–{years[-1]}" if len(years) > 3 else ", ".join(map(str, years))
    return (
        f"{zh}放假安排尚未公布，暂按每日均为工作日计算，实际期限可能更晚",
        f"the days off of {en} are not published; every day counts as a working day, the real limit may be later",
    )


def _end_of_days(calendar: Calendar, start: int, days: int, unit: Unit) -> int:
    if unit is Unit.NATURAL_DAYS:
        return calendar.moment(calendar.local(start - 1).date() + dt.timedelta(days=days), DAY_MINUTES)
    begun = calendar.day_of(start, to_the_end=True)
    return calendar.close_of(add_working_days(begun, days, calendar).toordinal())


def _running(calendar: Calendar, start: int, end: int, on_duty_only: bool) -> Iterator[Span]:
    """What would count from `start` to `end` if nothing were paused."""
    if not on_duty_only:
        yield start, end
        return
    ordinal = calendar.day_of(start).toordinal()
    last = calendar.local(end).toordinal()
    while ordinal <= last:
        for begin, close in calendar.duty_of(ordinal):
            if begin >= end:
                return
            if close > start:
                yield max(begin, start), min(close, end)
        ordinal += 1


def _advance(calendar: Calendar, start: int, need: int, pauses: Sequence[Span], on_duty_only: bool) -> int:
    for span in _running(calendar, start, start + REACH, on_duty_only):
        for begin, end in without(span, pauses) if pauses else (span,):
            if need <= end - begin:
                return begin + need
            need -= end - begin
    raise OutOfReach


def _retreat(calendar: Calendar, end: int, need: int) -> int:
    ordinal = calendar.local(end).toordinal()
    for _ in range(REACH_DAYS):
        for begin, close in reversed(calendar.duty_of(ordinal)):
            close = min(close, end)
            if close > begin:
                if need <= close - begin:
                    return close - need
                need -= close - begin
        ordinal -= 1
    raise OutOfReach


def _counted(calendar: Calendar, start: int, end: int, on_duty_only: bool) -> int:
    return sum(close - begin for begin, close in _running(calendar, start, end, on_duty_only))
