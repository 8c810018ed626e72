"""The working calendar over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field, StringConstraints

from wangge.audit.chain import ActorLike
from wangge.calendars import arithmetic, pauses, selectors, services
from wangge.calendars.models import Calendar
from wangge.calendars.policies import Perm
from wangge.kit import clock
from wangge.kit.policy import requires
from wangge.kit.schema import In, Out

router = Router(tags=["calendars"])


class _Request(HttpRequest):
    """As `requires` lets it through."""

    actor: ActorLike


Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)]


class DayIn(In):
    date: dt.date
    working: bool
    name: Name = ""


class YearIn(In):
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    days: Annotated[list[DayIn], Field(min_length=1, max_length=400)]


class DayOut(Out):
    date: dt.date
    working: bool
    name: str
    entered: bool


class CalendarRow(Out):
    """`week`: hours of single weekdays; `days_of`: whose days off hold here; not `confirmed`: hours to be adapted."""

    code: str
    name: str
    name_en: str
    timezone: str
    duty: list[list[str]]
    week: dict[str, list[list[str]]]
    works_through: bool
    days_of: str | None
    confirmed: bool


class CalendarPage(Out):
    items: list[CalendarRow]
    next: str | None
    total: int


class CalendarOut(CalendarRow):
    years: dict[int, str]
    year: int
    published: bool
    days: list[DayOut]


class CalendarDayLine(Out):
    """`minutes` add up to a limit in hours; `number` counts up to a limit in days."""

    date: dt.date
    kind: str
    name: str
    minutes: float
    paused: float
    number: int
    zh: str
    en: str


class CalendarDueOut(Out):
    calendar: str
    start: dt.datetime
    limit: str
    limit_en: str
    due: dt.datetime
    caution: str
    caution_en: str
    explanation: list[CalendarDayLine]
    total: str
    total_en: str


def _row(calendar: Calendar) -> dict[str, Any]:
    return {
        "code": calendar.code,
        "name": calendar.name,
        "name_en": calendar.name_en,
        "timezone": calendar.timezone,
        "duty": calendar.duty,
        "week": calendar.week,
        "works_through": calendar.works_through,
        "days_of": calendar.days_of.code if calendar.days_of else None,
        "confirmed": calendar.confirmed,
    }


def _out(calendar: Calendar, year: int) -> dict[str, Any]:
    years = selectors.years(calendar)
    return {
        **_row(calendar),
        "years": years,
        "year": year,
        "published": year in years or calendar.works_through,
        "days": selectors.days(calendar, year),
    }


@router.get("/calendars", response=CalendarPage, summary="工作日历列表")
@requires()
def list_calendars(request: HttpRequest) -> dict[str, Any]:
    rows = [_row(calendar) for calendar in selectors.every()]
    return {"items": rows, "next": None, "total": len(rows)}


@router.get("/calendars/{code}/due", response=CalendarDueOut, summary="试算到期时间")
@requires()
def get_due(
    request: HttpRequest,
    code: str,
    limit: Annotated[str, Query(max_length=60)],
    start: Annotated[str, Query(max_length=60)],
    pause: Annotated[list[str], Query(max_length=50)] = [],  # noqa: B006  # ninja makes a new one for each request
) -> dict[str, Any]:
    """Times without an offset are local to the calendar; a pause is written begin..end."""
    calendar = selectors.load(code)
    wanted = arithmetic.parse_limit(limit)
    begin = pauses.parse_moment(start, calendar.zone)
    result = arithmetic.due(begin, wanted, calendar, pauses.given(pause, begin, calendar.zone, "pause"))
    total, total_en = result.total
    return {
        "calendar": code,
        "start": begin,
        "limit": wanted.zh,
        "limit_en": wanted.en,
        "due": result.at,
        "caution": result.caution,
        "caution_en": result.caution_en,
        "explanation": result.explanation,
        "total": total,
        "total_en": total_en,
    }


@router.get("/calendars/{code}", response=CalendarOut, summary="工作日历")
@requires()
def get_calendar(
    request: HttpRequest, code: str, year: Annotated[int | None, Field(ge=1970, le=2200)] = None
) -> dict[str, Any]:
    return _out(selectors.get(code), year or clock.now().year)


@router.put("/calendars/{code}/days", response=CalendarOut, summary="设定某日上班或放假")
@requires(Perm.EDIT)
def put_day(request: _Request, code: str, payload: DayIn) -> dict[str, Any]:
    services.set_day(code=code, date=payload.date, working=payload.working, name=payload.name, actor=request.actor)
    return _out(selectors.get(code), payload.date.year)


@router.put("/calendars/{code}/years/{year}", response=CalendarOut, summary="录入已公布年份的放假安排")
@requires(Perm.EDIT)
def put_year(
    request: _Request, code: str, year: Annotated[int, Field(ge=1970, le=2200)], payload: YearIn
) -> dict[str, Any]:
    days = [(day.date, day.working, day.name) for day in payload.days]
    services.publish_year(code=code, year=year, days=days, source=payload.source, actor=request.actor)
    return _out(selectors.get(code), year)
