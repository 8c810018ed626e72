"""Writing calendars: from a profile, and day by day or year by year by an administrator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from wangge.audit import services as audit
from wangge.audit.chain import ActorLike
from wangge.calendars import arithmetic, selectors
from wangge.calendars.models import Calendar, CalendarDay, CalendarYear
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, field_error
from wangge.kit.ids import uuid7

Day = tuple[dt.date, bool, str]
"""Date, whether it is worked, name of the holiday."""


class PublishedElsewhere(Conflict):
    code = "published_elsewhere"
    title_zh = "放假安排取自另一日历"
    title_en = "The days off come from another calendar"


@transaction.atomic
def load_calendar(
    *,
    code: str,
    name: str,
    timezone: str,
    duty: Sequence[Sequence[str]],
    years: Mapping[int, Iterable[Day]],
    source: str,
    name_en: str = "",
    week: Mapping[str, Sequence[Sequence[str]]] | None = None,
    works_through: bool = False,
    days_of: str = "",
    confirmed: bool = True,
    actor: ActorLike | None = None,
    at: dt.datetime | None = None,
) -> Calendar:
    """Make or update a calendar as a profile gives it; loading the same again changes nothing.

    Every year named counts as published, so it must have days; years and days that an administrator entered
    stay as entered.
    """
    published = {year: list(days) for year, days in years.items()}
    hours: dict[str, Any] = {
        "timezone": timezone,
        "duty": [list(period) for period in duty],
        "week": {weekday: [list(period) for period in periods] for weekday, periods in (week or {}).items()},
        "works_through": works_through,
    }
    _check(hours, published)
    hours |= {"name": name, "name_en": name_en}
    hours |= {"days_of": _followed(code, days_of, works_through, published), "confirmed": confirmed}
    calendar, created = Calendar.objects.select_for_update(of=("self",)).get_or_create(code=code, defaults=hours)
    before = _content(calendar)
    for field, value in hours.items():
        setattr(calendar, field, value)
    calendar.save()
    entered = set(calendar.years.filter(entered=True).values_list("year", flat=True))
    for year, days in published.items():
        if year not in entered:
            _replace_year(calendar, year, days, source, entered=False)
    if created or _content(calendar) != before:
        _changed(calendar, "calendars:calendar:loaded", {"years": sorted(published), "source": source}, actor, at)
    return calendar


def _followed(code: str, days_of: str, works_through: bool, years: Mapping[int, object]) -> Calendar | None:
    if not days_of:
        return None
    followed = selectors.get(days_of)
    if years or works_through or followed.code == code or followed.days_of_id is not None:
        zh = "取用其他日历的放假安排时，不得自列年份、不得标为不受节假日影响，所取日历也不得再取自别处"
        en = "a calendar with the days of another lists no years, does not work through, and that one has its own days"
        raise Invalid("工作日历有误", "the working calendar is wrong", errors=[field_error("days_of", zh, en)])
    return followed


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
    if calendar.days_of is not None:
        followed = calendar.days_of
        zh = f"“{calendar.name}”的放假安排取自“{followed.name}”（{followed.code}），请在那里录入年份"
        raise PublishedElsewhere(zh, f"{code} has the days of {followed.code}; enter the year there")
    if calendar.works_through:
        zh = f"“{calendar.name}”不受节假日影响，无需录入年份；个别日期请逐日设定"
        raise PublishedElsewhere(zh, f"{code} works through holidays: no year is needed; set single days")
    _check(_hours(calendar), {year: listed})
    _replace_year(calendar, year, listed, source, entered=True)
    _changed(calendar, "calendars:year:published", {"year": year, "days": len(listed), "source": source}, actor, at)
    return calendar


def _lock(code: str) -> Calendar:
    return Calendar.objects.select_for_update(of=("self",)).select_related("days_of").get(pk=selectors.get(code).pk)


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
        calendar.name_en,
        *_hours(calendar).values(),
        calendar.days_of_id,
        calendar.confirmed,
        sorted(calendar.years.values_list("year", "source", "entered")),
        sorted(calendar.days.values_list("date", "working", "name", "entered")),
    )


def _hours(calendar: Calendar) -> dict[str, Any]:
    return {name: getattr(calendar, name) for name in ("timezone", "duty", "week", "works_through")}


def _changed(
    calendar: Calendar, action: str, data: dict[str, object], actor: ActorLike | None, at: dt.datetime | None
) -> None:
    calendar.version = uuid7()
    calendar.save(update_fields=["version"])
    for follower in calendar.followers.select_for_update():
        follower.version = uuid7()
        follower.save(update_fields=["version"])
    audit.record(
        subject_type="calendar",
        subject_id=calendar.pk,
        action=action,
        actor=actor,
        data={"calendar": calendar.code, **data},
        at=at or clock.now(),
    )
    selectors.announce_write()


def _check(hours: Mapping[str, Any], years: Mapping[int, Sequence[Day]]) -> None:
    errors = []
    try:
        arithmetic.build(**hours)
    except arithmetic.Refused as refused:
        errors += refused.errors
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
