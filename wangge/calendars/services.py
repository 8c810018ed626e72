"""Writing calendars: from a profile, and day by day or year by year by an administrator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from wangge.audit import services as audit
from wangge.audit.chain import ActorLike
from wangge.calendars import arithmetic, selectors
from wangge.calendars.models import Calendar, CalendarDay, CalendarYear
from wangge.kit import clock
from wangge.kit.errors import Invalid, field_error
from wangge.kit.ids import uuid7

Day = tuple[dt.date, bool, str]
"""Date, whether it is worked, name of the holiday."""


@transaction.atomic
def load_calendar(
    *,
    code: str,
    name: str,
    timezone: str,
    duty: Sequence[Sequence[str]],
    years: Mapping[int, Iterable[Day]],
    source: str,
    actor: ActorLike | None = None,
    at: dt.datetime | None = None,
) -> Calendar:
    """Make or update a calendar as a profile gives it; loading the same again changes nothing.

    Every year named counts as published, so it must have days; years and days that an administrator entered
    stay as entered.
    """
    published = {year: list(days) for year, days in years.items()}
    _check(timezone, duty, published)
    calendar, created = Calendar.objects.select_for_update().get_or_create(
        code=code, defaults={"name": name, "timezone": timezone, "duty": [list(period) for period in duty]}
    )
    before = _content(calendar)
    calendar.name, calendar.timezone, calendar.duty = name, timezone, [list(period) for period in duty]
    calendar.save()
    entered = set(calendar.years.filter(entered=True).values_list("year", flat=True))
    for year, days in published.items():
        if year not in entered:
            _replace_year(calendar, year, days, source, entered=False)
    if created or _content(calendar) != before:
        _changed(calendar, "calendars:calendar:loaded", {"years": sorted(published), "source": source}, actor, at)
    return calendar


@transaction.atomic
def set_day(
    *, code: str, date: dt.date, working: bool, name: str, actor: ActorLike, at: dt.datetime | None = None
) -> CalendarDay:
    """An administrator's word on one day; it outlives later loads of the profile."""
    calendar = _lock(code)
    before = CalendarDay.objects.filter(calendar=calendar, date=date).first()
    day, _ = CalendarDay.objects.update_or_create(
        calendar=calendar, date=date, defaults={"working": working, "name": name[:40], "entered": True}
    )
    data: dict[str, object] = {
        "date": date.isoformat(),
        "was": None if before is None else before.working,
        "working": working,
        "name": day.name,
    }
    _changed(calendar, "calendars:day:set", data, actor, at)
    return day


@transaction.atomic
def publish_year(
    *, code: str, year: int, days: Iterable[Day], source: str, actor: ActorLike, at: dt.datetime | None = None
) -> Calendar:
    """Enter a newly published year: its days off and make-up days, and where it was published."""
    calendar = _lock(code)
    listed = list(days)
    _check(calendar.timezone, calendar.duty, {year: listed})
    _replace_year(calendar, year, listed, source, entered=True)
    _changed(calendar, "calendars:year:published", {"year": year, "days": len(listed), "source": source}, actor, at)
    return calendar


def _lock(code: str) -> Calendar:
    return Calendar.objects.select_for_update().get(pk=selectors.get(code).pk)


def _replace_year(calendar: Calendar, year: int, days: Sequence[Day], source: str, *, entered: bool) -> None:
    # A publication reaches into the year before: 31 December 2022 was announced with 2023.
    kept = set() if entered else set(calendar.days.filter(entered=True).values_list("date", flat=True))
    dates = {date for date, _, _ in days}
    stale = calendar.days.filter(date__year=year).exclude(date__in=dates | kept)
    stale.delete()
    CalendarDay.objects.bulk_create(
        [
            CalendarDay(calendar=calendar, date=date, working=working, name=name, entered=entered)
            for date, working, name in days
            if date not in kept
        ],
        update_conflicts=True,
        unique_fields=["calendar", "date"],
        update_fields=["working", "name", "entered"],
    )
    CalendarYear.objects.update_or_create(calendar=calendar, year=year, defaults={"source": source, "entered": entered})


def _content(calendar: Calendar) -> tuple[object, ...]:
    return (
        calendar.name,
        calendar.timezone,
        calendar.duty,
        sorted(calendar.years.values_list("year", "source", "entered")),
        sorted(calendar.days.values_list("date", "working", "name", "entered")),
    )


def _changed(
    calendar: Calendar, action: str, data: dict[str, object], actor: ActorLike | None, at: dt.datetime | None
) -> None:
    calendar.version = uuid7()
    calendar.save(update_fields=["version"])
    audit.record(
        subject_type="calendar",
        subject_id=calendar.pk,
        action=action,
        actor=actor,
        data={"calendar": calendar.code, **data},
        at=at or clock.now(),
    )
    selectors.announce_write()


def _check(timezone: str, duty: Sequence[Sequence[str]], years: Mapping[int, Sequence[Day]]) -> None:
    errors = []
    try:
        arithmetic.Calendar(ZoneInfo(timezone), arithmetic.parse_duty(duty))
    except ZoneInfoNotFoundError:
        errors.append(field_error("timezone", f"没有时区“{timezone}”", f"there is no time zone {timezone!r}"))
    except ValueError as error:
        errors.append(field_error("duty", f"上班时段有误：{error}", f"the duty hours are wrong: {error}"))
    seen: dict[dt.date, bool] = {}
    for year, days in years.items():
        if not any(date.year == year for date, _, _ in days):
            zh = f"{year} 年没有任何放假安排；未公布的年份请不要写入"
            errors.append(field_error(f"years.{year}", zh, "no days off; leave out a year not published yet"))
        for date, working, _ in days:
            if seen.setdefault(date, working) is not working:
                zh = f"{date} 既写了上班又写了放假"
                errors.append(field_error(f"years.{year}.{date}", zh, "given both as worked and as off"))
            if abs(date.year - year) > 1:
                errors.append(field_error(f"years.{year}.{date}", f"{date} 不属于 {year} 年", f"not a day of {year}"))
    if errors:
        raise Invalid("工作日历有误", "the working calendar is wrong", errors=errors)
