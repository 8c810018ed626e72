"""How a due time came about, day by day, in words that add up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from wangge.calendars.duty import DAY_MINUTES, Calendar, DayKind, Span
from wangge.calendars.limits import Limit, Unit, how_many, plain
from wangge.calendars.pauses import without

_MINUTE = 60_000_000
_WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
_KIND_TEXT = {
    DayKind.WORKING: ("工作日", "working day"),
    DayKind.WEEKEND: ("休息日", "weekend"),
    DayKind.HOLIDAY: ("放假", "day off"),
    DayKind.MAKE_UP: ("调休上班", "make-up working day"),
    DayKind.UNKNOWN: ("安排未公布，按工作日计", "not published, counted as a working day"),
}


@dataclass(frozen=True)
class DayLine:
    """One day: `minutes` add up to a limit in hours, `number` counts up to a limit in days.

    A night shift stands whole on the line of the day on which it begins.
    """

    date: dt.date
    kind: DayKind
    name: str
    minutes: Decimal
    paused: Decimal
    number: int
    zh: str
    en: str


@dataclass(frozen=True)
class _Day:
    date: dt.date
    first: bool
    number: int
    spans: tuple[Span, ...]
    minutes: Decimal
    paused: Decimal


def explain(calendar: Calendar, start: int, end: int, limit: Limit, pauses: Sequence[Span]) -> Iterator[DayLine]:
    unit = Unit(limit.unit)
    first, last = _first(calendar, start, unit), _day(calendar, end - 1, unit)
    number = 0
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        date = dt.date.fromordinal(ordinal)
        running = [(max(a, start), min(b, end)) for a, b in _open(calendar, date, unit) if a < end and b > start]
        spans = tuple(left for span in running for left in without(span, pauses))
        counted = sum(b - a for a, b in spans)
        paused = sum(b - a for a, b in running) - counted
        counts = ordinal > first.toordinal() and (unit is Unit.NATURAL_DAYS or calendar.is_working(date))
        counts = counts and unit.in_days and number < limit.value
        number += counts
        minutes = Decimal(counted) / _MINUTE
        day = _Day(date, date == first, number if counts else 0, spans, minutes, Decimal(paused) / _MINUTE)
        yield _line(calendar, unit, day)


def total(lines: Sequence[DayLine], limit: Limit, at: dt.datetime) -> tuple[str, str]:
    when = at.isoformat(" ")
    paused = sum((line.paused for line in lines), Decimal(0))
    zh = f"，其间暂停{plain(paused)}分钟" if paused else ""
    en = f", {how_many(paused, 'minutes')} paused in between" if paused else ""
    if Unit(limit.unit).in_days:
        days = max(line.number for line in lines)
        days_en = how_many(days, "days")
        return f"合计{days}日，即{limit.zh}{zh}，{when} 到期", f"{days_en}, that is {limit.en}{en}; due {when}"
    minutes = sum((line.minutes for line in lines), Decimal(0))
    return (
        f"合计{plain(minutes)}分钟，即{limit.zh}{zh}，{when} 到期",
        f"{how_many(minutes, 'minutes')}, that is {limit.en}{en}; due {when}",
    )


def _first(calendar: Calendar, start: int, unit: Unit) -> dt.date:
    if unit is Unit.WORKING_DAYS:
        return calendar.day_of(start, to_the_end=True)
    return _day(calendar, start - 1 if unit is Unit.NATURAL_DAYS else start, unit)


def _day(calendar: Calendar, micro: int, unit: Unit) -> dt.date:
    return calendar.day_of(micro) if unit.on_duty_only else calendar.local(micro).date()


def _open(calendar: Calendar, date: dt.date, unit: Unit) -> Sequence[Span]:
    if unit.on_duty_only:
        return calendar.duty_of(date.toordinal())
    return ((calendar.moment(date, 0), calendar.moment(date, DAY_MINUTES)),)


def _line(calendar: Calendar, unit: Unit, day: _Day) -> DayLine:
    kind = calendar.kind(day.date)
    name = calendar.names.get(day.date, "")
    if unit.on_duty_only:
        kind_zh, kind_en = _KIND_TEXT[kind]
        label_zh = f"{kind_zh}（{name}）" if name else kind_zh
    else:
        label_zh, kind_en = "不分工作日", "every day counts"
    what_zh, what_en = _days(day) if unit.in_days else _minutes(calendar, day)
    if day.paused:
        what_zh += f"，暂停{plain(day.paused)}分钟"
        what_en += f", {how_many(day.paused, 'minutes')} paused"
    return DayLine(
        date=day.date,
        kind=kind,
        name=name,
        minutes=day.minutes,
        paused=day.paused,
        number=day.number,
        zh=f"{day.date.isoformat()} {_WEEKDAYS[day.date.weekday()]} {label_zh}：{what_zh}",
        en=f"{day.date.isoformat()} {day.date:%a}, {kind_en}: {what_en}",
    )


def _minutes(calendar: Calendar, day: _Day) -> tuple[str, str]:
    spans = [(calendar.local(a), calendar.local(b)) for a, b in day.spans]
    zh = "、".join(f"{_time(a, day.date, '次日')}–{_time(b, day.date, '次日')}" for a, b in spans)
    en = ", ".join(f"{_time(a, day.date, 'next day ')}–{_time(b, day.date, 'next day ')}" for a, b in spans)
    return (
        f"计{plain(day.minutes)}分钟" + (f"（{zh}）" if zh else ""),
        f"{how_many(day.minutes, 'minutes')} counted" + (f" ({en})" if en else ""),
    )


def _days(day: _Day) -> tuple[str, str]:
    if day.number:
        return f"第{day.number}日", f"day {day.number}"
    if day.first:
        return "开始当日，不计入", "the day of the start is not counted"
    return ("因暂停顺延", "added by pauses") if day.minutes else ("不计", "not counted")


def _time(local: dt.datetime, date: dt.date, following: str) -> str:
    if local.date() > date and not local.hour and not local.minute and not local.second and not local.microsecond:
        return "24:00"
    seconds = f":{local:%S.%f}".rstrip("0").rstrip(".") if local.second or local.microsecond else ""
    return f"{following if local.date() > date else ''}{local:%H:%M}{seconds}"
