"""Calendars as values for reckoning, kept per process and never more than a few seconds behind the database."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from wangge.calendars import arithmetic
from wangge.calendars.models import Calendar, CalendarDay, CalendarYear
from wangge.kit.errors import NotFound

STALE_AFTER = 5.0


@dataclass
class _Kept:
    calendar: arithmetic.Calendar
    version: UUID
    looked_at: float


_kept: dict[str, _Kept] = {}


class NoCalendar(NotFound):
    code = "no_calendar"
    title_zh = "没有这个日历"
    title_en = "No such calendar"


def load(code: str) -> arithmetic.Calendar:
    """The calendar `code`, at most STALE_AFTER seconds old; fresh within a transaction that has changed one."""
    if _written_here():
        return _read(get(code))
    kept = _kept.get(code)
    now = time.monotonic()
    if kept is not None and now - kept.looked_at < STALE_AFTER:
        return kept.calendar
    row = get(code)
    if kept is None or kept.version != row.version:
        kept = _kept[code] = _Kept(_read(row), row.version, now)
    kept.looked_at = now
    return kept.calendar


def forget() -> None:
    """Ask the database next time."""
    _kept.clear()


def announce_write() -> None:
    """Called by services within the writing transaction."""
    transaction.on_commit(forget)


def _written_here() -> bool:
    # `forget` waits among the commit hooks exactly as long as this connection's changes are not committed.
    return connection.in_atomic_block and any(hook[1] is forget for hook in connection.run_on_commit)


def get(code: str) -> Calendar:
    row = Calendar.objects.select_related("days_of").filter(code=code).first()
    if row is None:
        raise NoCalendar(f"没有编号为“{code[:32]}”的工作日历", f"there is no working calendar {code[:32]!r}")
    return row


def every() -> list[Calendar]:
    return list(Calendar.objects.select_related("days_of").order_by("code"))


def days(calendar: Calendar, year: int) -> list[CalendarDay]:
    """The exceptions of a year, with those of the calendar it takes its days from."""
    held = CalendarDay.objects.filter(calendar__in=_sources(calendar), date__year=year)
    # The calendar's own come last and so take the place of others.
    by_date = {day.date: day for day in sorted(held, key=lambda day: day.calendar_id == calendar.pk)}
    return [by_date[date] for date in sorted(by_date)]


def years(calendar: Calendar) -> dict[int, str]:
    """The published years and where they were published."""
    held = CalendarYear.objects.filter(calendar__in=_sources(calendar))
    return dict(held.order_by("year").values_list("year", "source"))


def _sources(calendar: Calendar) -> list[UUID]:
    return [calendar.pk] + ([calendar.days_of_id] if calendar.days_of_id else [])


def _read(row: Calendar) -> arithmetic.Calendar:
    held = CalendarDay.objects.filter(calendar__in=_sources(row)).values_list("calendar", "date", "working", "name")
    days = {date: (date, working, name) for _, date, working, name in sorted(held, key=lambda day: day[0] == row.pk)}
    return arithmetic.build(
        timezone=row.timezone,
        duty=row.duty,
        week=row.week,
        works_through=row.works_through,
        days=list(days.values()),
        years=list(years(row)),
    )
