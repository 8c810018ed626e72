"""Arithmetic of time limits: pure, exact to the microsecond, fast.

What is counted, and from when:

* **Hours** run from the very moment of the start (民法典第二百零一条第二款). Urgent and natural hours run around the
  clock. Working hours run only while on duty: a start outside duty begins to count at the next duty minute, and
  a limit used up exactly at a close of duty is due at that close, not at the next opening.
* **Days** do not count the day of the start (民法典第二百零一条第一款). Working days fall due at the close of duty
  of the n-th working day after it (第二百零三条第二款：有业务时间的，停止业务活动的时间为截止时间). Natural days fall
  due at 24:00 of the n-th day after it, given as the next midnight; they are not moved on when that day is a
  holiday, which is the earlier and so the safer reading.
* **Pauses** add exactly what they took of the time that was being counted: duty time for working units, elapsed
  time for the others. A pause outside duty adds nothing to a working limit.
* **A year whose days off are not published** counts every day, weekends too, as a working day, unless an
  administrator entered that day. That gives the earlier possible due time, and `Due.caution` says so.

On time means acting at or before `Due.at`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_MINUTE = 60_000_000
_HOUR = 60 * _MINUTE
_FAR = 1 << 62

Span = tuple[int, int]
Pause = tuple[dt.datetime, dt.datetime]


class Unit(StrEnum):
    URGENT_HOURS = "urgent_hours"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    NATURAL_DAYS = "natural_days"
    NATURAL_HOURS = "natural_hours"

    @property
    def in_days(self) -> bool:
        return self in _DAYS

    @property
    def on_duty_only(self) -> bool:
        return self in _ON_DUTY


_DAYS = frozenset({Unit.WORKING_DAYS, Unit.NATURAL_DAYS})
_ON_DUTY = frozenset({Unit.WORKING_DAYS, Unit.WORKING_HOURS})
UNIT_NAMES: dict[Unit, tuple[str, str]] = {
    Unit.URGENT_HOURS: ("紧急工作时", "urgent hours"),
    Unit.WORKING_HOURS: ("工作时", "working hours"),
    Unit.WORKING_DAYS: ("工作日", "working days"),
    Unit.NATURAL_DAYS: ("自然日", "natural days"),
    Unit.NATURAL_HOURS: ("自然时", "natural hours"),
}
LONGEST_DAYS = 3660


@dataclass(frozen=True)
class Limit:
    """So many of one unit. Hours may be fractions; days are whole. At most ten years."""

    value: Decimal
    unit: str

    def __post_init__(self) -> None:
        unit = Unit(self.unit)
        most = LONGEST_DAYS if unit.in_days else LONGEST_DAYS * 24
        if not self.value.is_finite() or not 0 < self.value <= most:
            raise ValueError(f"a limit in {unit} lies above 0 and at most at {most}")
        if unit.in_days and self.value != self.value.to_integral_value():
            raise ValueError("days are whole; write parts of a day in hours")

    @property
    def zh(self) -> str:
        return f"{_plain(self.value)}个{UNIT_NAMES[Unit(self.unit)][0]}"

    @property
    def en(self) -> str:
        return f"{_plain(self.value)} {UNIT_NAMES[Unit(self.unit)][1]}"


class DayKind(StrEnum):
    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Calendar:
    """`duty` in minutes of the local day; `exceptions` to Monday–Friday; `years` whose days off are published."""

    zone: ZoneInfo
    duty: tuple[tuple[int, int], ...]
    exceptions: Mapping[dt.date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    names: Mapping[dt.date, str] = field(default_factory=dict)
    _memo: dict[int, tuple[Span, ...]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        edges = [edge for period in self.duty for edge in period]
        if not edges or edges != sorted(set(edges)) or edges[0] < 0 or edges[-1] > DAY_MINUTES:
            raise ValueError("duty periods are needed, in order, apart from one another, within 00:00–24:00")

    def kind(self, day: dt.date) -> DayKind:
        exception = self.exceptions.get(day)
        weekend = day.weekday() >= 5
        if exception is not None and exception is weekend:
            return DayKind.MAKE_UP if exception else DayKind.HOLIDAY
        if exception is None and day.year not in self.years:
            return DayKind.UNKNOWN
        return DayKind.WEEKEND if weekend else DayKind.WORKING

    def is_working(self, day: dt.date) -> bool:
        exception = self.exceptions.get(day)
        if exception is not None:
            return exception
        return day.weekday() < 5 or day.year not in self.years

    def duty_of(self, ordinal: int) -> tuple[Span, ...]:
        """The duty periods of a day (by its ordinal) as microseconds since 1970; empty on a day off."""
        spans = self._memo.get(ordinal)
        if spans is None:
            day = dt.date.fromordinal(ordinal)
            spans = ()
            if self.is_working(day):
                spans = tuple((self.moment(day, start), self.moment(day, end)) for start, end in self.duty)
            self._memo[ordinal] = spans
        return spans

    def moment(self, day: dt.date, minute: int) -> int:
        if minute == DAY_MINUTES:
            day, minute = day + dt.timedelta(days=1), 0
        return _micro(dt.datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self.zone))

    def local(self, micro: int) -> dt.datetime:
        return (_EPOCH + dt.timedelta(microseconds=micro)).astimezone(self.zone)


@dataclass(frozen=True)
class DayLine:
    """One day of an explanation: `minutes` add up to a limit in hours, `number` counts up to a limit in days."""

    date: dt.date
    kind: DayKind
    name: str
    minutes: Decimal
    number: int
    zh: str
    en: str


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
        return list(_explain(self))


def parse_duty(periods: Sequence[Sequence[str]]) -> tuple[tuple[int, int], ...]:
    """`[["09:00", "12:00"], …]` as minutes; ValueError says what is wrong. `24:00` closes at midnight."""
    return tuple((_minute_of_day(start), _minute_of_day(end)) for start, end in periods)


def _minute_of_day(text: str) -> int:
    hours, minutes = text.split(":")
    if len(minutes) != 2 or not 0 <= int(minutes) < 60 or not 0 <= int(hours) * 60 + int(minutes) <= DAY_MINUTES:
        raise ValueError(f"{text!r} is not a time of day")
    return int(hours) * 60 + int(minutes)


def due(start: dt.datetime, limit: Limit, calendar: Calendar, pauses: Iterable[Pause] = ()) -> Due:
    """When `limit` from `start` is used up."""
    unit = Unit(limit.unit)
    begin = _micro(start)
    stops = _merge(pauses, begin)
    if unit.in_days:
        end = _end_of_days(calendar, begin, int(limit.value), unit)
        if stops:
            counted = _counted(calendar, begin, end, unit.on_duty_only)
            end = _advance(calendar, begin, counted, stops, unit.on_duty_only)
    else:
        end = _advance(calendar, begin, int(limit.value * _HOUR), stops, unit.on_duty_only)
    zh = en = ""
    if unit.on_duty_only:
        zh, en = _caution(calendar, calendar.local(begin).year, calendar.local(end - 1).year)
    return Due(calendar.local(end), zh, en, start, limit, calendar, stops)


def moment_before(at: dt.datetime, limit: Limit, calendar: Calendar) -> dt.datetime:
    """The moment at which `limit` is still left until `at`: for warnings.

    Working days go back to the same local time of the n-th working day before.
    """
    unit = Unit(limit.unit)
    end = _micro(at)
    if unit is Unit.WORKING_DAYS:
        last = calendar.local(end - 1).date()  # 24:00 belongs to the day it closes
        return at.astimezone(calendar.zone) + (add_working_days(last, -int(limit.value), calendar) - last)
    if unit is Unit.WORKING_HOURS:
        return calendar.local(_retreat(calendar, end, int(limit.value * _HOUR)))
    hours = limit.value * 24 if unit.in_days else limit.value
    return calendar.local(end - int(hours * _HOUR))


def add_working_days(day: dt.date, days: int, calendar: Calendar) -> dt.date:
    """The `days`-th working day after `day` (before it when negative); `day` itself is not counted."""
    step = 1 if days > 0 else -1
    ordinal, left = day.toordinal(), abs(days)
    while left:
        ordinal += step
        if calendar.duty_of(ordinal):
            left -= 1
    return dt.date.fromordinal(ordinal)


def working_time_between(a: dt.datetime, b: dt.datetime, calendar: Calendar) -> dt.timedelta:
    """Duty time from `a` to `b`; negative when `b` is earlier."""
    start, end = _micro(a), _micro(b)
    if end < start:
        return -working_time_between(b, a, calendar)
    return dt.timedelta(microseconds=_counted(calendar, start, end, on_duty_only=True))


def working_minutes_between(a: dt.datetime, b: dt.datetime, calendar: Calendar) -> int:
    """Whole duty minutes from `a` to `b`; a started minute does not count. Negative when `b` is earlier."""
    counted = working_time_between(a, b, calendar) // _MICROSECOND
    return counted // _MINUTE if counted >= 0 else -(-counted // _MINUTE)


def _micro(moment: dt.datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return (moment - _EPOCH) // _MICROSECOND


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _merge(pauses: Iterable[Pause], start: int) -> tuple[Span, ...]:
    """Pauses after `start`, in order, overlapping ones joined."""
    merged: list[Span] = []
    for begin, end in sorted((max(_micro(a), start), _micro(b)) for a, b in pauses):
        if end <= begin:
            continue
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)


def _end_of_days(calendar: Calendar, start: int, days: int, unit: Unit) -> int:
    first = calendar.local(start).date()
    if unit is Unit.NATURAL_DAYS:
        return calendar.moment(first + dt.timedelta(days=days), DAY_MINUTES)
    return calendar.duty_of(add_working_days(first, days, calendar).toordinal())[-1][1]


def _running(calendar: Calendar, start: int, on_duty_only: bool) -> Iterator[Span]:
    """What would count from `start` on if nothing were paused."""
    if not on_duty_only:
        yield start, _FAR
        return
    ordinal = calendar.local(start).toordinal()
    while True:
        for begin, end in calendar.duty_of(ordinal):
            if end > start:
                yield max(begin, start), end
        ordinal += 1


def _without(span: Span, pauses: Sequence[Span]) -> Iterator[Span]:
    begin, end = span
    for stop, resume in pauses:
        if resume <= begin:
            continue
        if stop >= end:
            break
        if stop > begin:
            yield begin, stop
        begin = resume
    if begin < end:
        yield begin, end


def _advance(calendar: Calendar, start: int, need: int, pauses: Sequence[Span], on_duty_only: bool) -> int:
    for span in _running(calendar, start, on_duty_only):
        for begin, end in _without(span, pauses) if pauses else (span,):
            if need <= end - begin:
                return begin + need
            need -= end - begin
    raise AssertionError("time ended before the limit")


def _retreat(calendar: Calendar, end: int, need: int) -> int:
    ordinal = calendar.local(end).toordinal()
    while True:
        for begin, close in reversed(calendar.duty_of(ordinal)):
            close = min(close, end)
            if close > begin:
                if need <= close - begin:
                    return close - need
                need -= close - begin
        ordinal -= 1


def _counted(calendar: Calendar, start: int, end: int, on_duty_only: bool, pauses: Sequence[Span] = ()) -> int:
    total = 0
    for begin, close in _running(calendar, start, on_duty_only):
        if begin >= end:
            break
        for a, b in _without((begin, min(close, end)), pauses):
            total += b - a
        if close >= end:
            break
    return total


def _caution(calendar: Calendar, first: int, last: int) -> tuple[str, str]:
    years = [year for year in range(first, last + 1) if year not in calendar.years]
    if not years:
        return "", ""
    zh = "、".join(f"{year}年" for year in years)
    en = ", ".join(map(str, years))
    return (
        f"{zh}放假安排尚未公布，暂按每日均为工作日计算，实际期限可能更晚",
        f"the days off of {en} are not published; every day counts as a working day, the real limit may be later",
    )


_WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
_KIND_TEXT = {
    DayKind.WORKING: ("工作日", "working day"),
    DayKind.WEEKEND: ("休息日", "weekend"),
    DayKind.HOLIDAY: ("放假", "day off"),
    DayKind.MAKE_UP: ("调休上班", "make-up working day"),
    DayKind.UNKNOWN: ("安排未公布，按工作日计", "not published, counted as a working day"),
}


def _explain(result: Due) -> Iterator[DayLine]:
    calendar, unit = result.calendar, Unit(result.limit.unit)
    start, end = _micro(result.start), _micro(result.at)
    first = calendar.local(start).date()
    number = 0
    for ordinal in range(first.toordinal(), calendar.local(end - 1).toordinal() + 1):
        day = dt.date.fromordinal(ordinal)
        opens, closes = calendar.moment(day, 0), calendar.moment(day, DAY_MINUTES)
        counted = _counted(calendar, max(opens, start), min(closes, end), unit.on_duty_only, result.pauses)
        is_counted = day != first and (unit is Unit.NATURAL_DAYS or calendar.is_working(day))
        if unit.in_days and is_counted and number < result.limit.value:
            number += 1
            yield _line(result, day, Decimal(counted) / _MINUTE, number)
        else:
            yield _line(result, day, Decimal(counted) / _MINUTE, 0)


def _line(result: Due, day: dt.date, minutes: Decimal, number: int) -> DayLine:
    calendar, unit = result.calendar, Unit(result.limit.unit)
    kind = calendar.kind(day)
    name = calendar.names.get(day, "")
    if unit.on_duty_only:
        kind_zh, kind_en = _KIND_TEXT[kind]
        label_zh = f"{kind_zh}（{name}）" if name else kind_zh
    else:
        label_zh, kind_en = "不分工作日", "every day counts"
    if not unit.in_days:
        what_zh, what_en = f"计{_plain(minutes)}分钟", f"{_plain(minutes)} minutes counted"
    elif number:
        what_zh, what_en = f"第{number}日", f"day {number}"
    elif day == result.start.astimezone(calendar.zone).date():
        what_zh, what_en = "开始当日，不计入", "the day of the start is not counted"
    else:
        what_zh, what_en = ("因暂停顺延", "added by pauses") if minutes else ("不计", "not counted")
    return DayLine(
        day,
        kind,
        name,
        minutes,
        number,
        f"{day.isoformat()} {_WEEKDAYS[day.weekday()]} {label_zh}：{what_zh}",
        f"{day.isoformat()} {day:%a}, {kind_en}: {what_en}",
    )
