"""The working calendar over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field, StringConstraints

from wangge.audit.chain import ActorLike
from wangge.calendars import selectors, services
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


class CalendarOut(Out):
    code: str
    name: str
    timezone: str
    duty: list[list[str]]
    years: dict[int, str]
    year: int
    published: bool
    days: list[DayOut]


def _out(calendar: Calendar, year: int) -> dict[str, Any]:
    years = selectors.years(calendar)
    return {
        "code": calendar.code,
        "name": calendar.name,
        "timezone": calendar.timezone,
        "duty": calendar.duty,
        "years": years,
        "year": year,
        "published": year in years,
        "days": selectors.days(calendar, year),
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
