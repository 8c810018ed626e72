"""Properties over random calendars: weekly duty, night shifts, exceptions, 2020–2027 with its unpublished end."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from wangge.calendars import arithmetic, batch
from wangge.calendars.arithmetic import Calendar, Limit, Unit
from wangge.calendars.tests import published, stepping

ZONE = published.ZONE
OFFICE = published.calendar()
Stops = list[tuple[dt.datetime, dt.datetime]]

days = st.one_of(
    st.dates(dt.date(2020, 1, 1), dt.date(2027, 12, 31)),
    st.sampled_from([date for dates in published.years().values() for date, _, _ in dates]),
    st.dates(dt.date(2026, 12, 20), dt.date(2027, 1, 20)),
)
starts = st.builds(
    lambda day, minute: dt.datetime.combine(day, dt.time(), ZONE) + dt.timedelta(minutes=minute),
    days,
    st.one_of(st.integers(0, 1439), st.sampled_from([0, 8 * 60, 9 * 60, 12 * 60, 13 * 60, 17 * 60, 20 * 60, 1439])),
)
hours_values = st.integers(1, 100).map(lambda hundredths: Decimal(hundredths * 25) / 100)  # quarters of an hour
units = st.sampled_from([unit.value for unit in Unit])


@st.composite
def duty(draw: st.DrawFn, *, night: bool) -> tuple[tuple[int, int], ...]:
    """In order and apart; by night the last period reaches into the next morning, before 06:00."""
    edges = sorted(draw(st.sets(st.integers(6 * 4, 23 * 4), min_size=2, max_size=6)))
    edges = [edge * 15 for edge in edges[: len(edges) // 2 * 2]]
    if night:
        edges[-1] = draw(st.integers(1441, 1440 + 6 * 60))
    return tuple(zip(edges[::2], edges[1::2], strict=True))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    night = draw(st.booleans())
    ordinary = draw(duty(night=night))
    week = draw(st.dictionaries(st.integers(0, 6), st.one_of(st.just(()), duty(night=night)), max_size=3))
    if len(week) == 7 and not any(week.values()):
        week = {}
    works_through = draw(st.booleans())
    extra = draw(st.dictionaries(days, st.booleans(), max_size=6))
    exceptions = extra if works_through else {**OFFICE.exceptions, **extra}
    years = frozenset() if works_through else OFFICE.years
    return Calendar(ZONE, ordinary, exceptions, years, week=week, works_through=works_through)


def rules(calendar: Calendar) -> stepping.Rules:
    week: dict[int, Any] = dict(calendar.week)
    exceptions = dict(calendar.exceptions)
    return stepping.Rules(ZONE, calendar.duty, week, exceptions, calendar.years, calendar.works_through)


@st.composite
def runs(draw: st.DrawFn, most: int = 3) -> tuple[dt.datetime, Limit, Stops]:
    start = draw(starts)
    unit = draw(units)
    value = Decimal(draw(st.integers(1, 6))) if Unit(unit).in_days else draw(hours_values)
    spans = draw(st.lists(st.tuples(st.integers(-500, 6_000), st.integers(1, 3_000)), max_size=most))
    minute = dt.timedelta(minutes=1)
    return start, Limit(value, unit), [(start + a * minute, start + (a + length) * minute) for a, length in spans]


run = runs()


@settings(max_examples=150, deadline=None)
@given(run, calendars())
def test_due_equals_stepping_by_minute(asked: tuple[dt.datetime, Limit, Stops], calendar: Calendar) -> None:
    start, limit, pauses = asked
    value = int(limit.value if Unit(limit.unit).in_days else limit.value * 60)
    bare = [(a.replace(tzinfo=None), b.replace(tzinfo=None)) for a, b in pauses]
    expected = stepping.step(rules(calendar), start.replace(tzinfo=None), value, limit.unit, bare)
    assert arithmetic.due(start, limit, calendar, pauses).at == expected.replace(tzinfo=ZONE)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(run, st.integers(0, 59_999_999)), min_size=1, max_size=12), calendars())
def test_many_at_once_are_the_same_as_one_by_one(
    asked: list[tuple[tuple[dt.datetime, Limit, Stops], int]], calendar: Calendar
) -> None:
    begins = [start + dt.timedelta(microseconds=offset) for (start, _, _), offset in asked]
    limits = [limit for (_, limit, _), _ in asked]
    pauses = [stops for (_, _, stops), _ in asked]
    values, names = [limit.value for limit in limits], [limit.unit for limit in limits]
    many = batch.due_many(begins, values, names, calendar, pauses)
    single = [arithmetic.due(*row, calendar, stops) for *row, stops in zip(begins, limits, pauses, strict=True)]
    assert many.moments() == [one.at for one in single]
    assert many.cautions() == [(one.caution, one.caution_en) for one in single]


@settings(deadline=None)
@given(run, starts, calendars())
def test_a_later_start_is_never_due_earlier(
    asked: tuple[dt.datetime, Limit, Stops], other: dt.datetime, calendar: Calendar
) -> None:
    start, limit, _ = asked
    early, late = sorted((start, other))
    assert arithmetic.due(early, limit, calendar).at <= arithmetic.due(late, limit, calendar).at


@settings(deadline=None)
@given(run, st.integers(1, 5), calendars())
def test_a_longer_limit_is_never_due_earlier(
    asked: tuple[dt.datetime, Limit, Stops], more: int, calendar: Calendar
) -> None:
    start, limit, pauses = asked
    longer = Limit(limit.value + more, limit.unit)
    first, second = (arithmetic.due(start, one, calendar, pauses).at for one in (limit, longer))
    assert start < first < second


@settings(deadline=None)
@given(run, hours_values, calendars())
def test_a_limit_in_two_parts_is_due_as_in_one(
    asked: tuple[dt.datetime, Limit, Stops], value: Decimal, calendar: Calendar
) -> None:
    start, limit, pauses = asked
    second = Limit(Decimal(3) if Unit(limit.unit).in_days else value, limit.unit)
    whole = arithmetic.due(start, Limit(limit.value + second.value, limit.unit), calendar, pauses).at
    if Unit(limit.unit).in_days:
        # A pause gives back time of the day, which a limit in days has no part of.
        pauses, whole = [], arithmetic.due(start, Limit(limit.value + second.value, limit.unit), calendar).at
    middle = arithmetic.due(start, limit, calendar, pauses).at
    assert arithmetic.due(middle, second, calendar, pauses).at == whole


@settings(deadline=None)
@given(run, calendars())
def test_nothing_is_due_within_a_pause_or_a_minute_off_duty(
    asked: tuple[dt.datetime, Limit, Stops], calendar: Calendar
) -> None:
    start, limit, pauses = asked
    at = arithmetic.due(start, limit, calendar, pauses).at
    assert not any(max(begin, start) < at <= end for begin, end in pauses)
    if Unit(limit.unit).on_duty_only:
        just_before = at - dt.timedelta(microseconds=1)
        assert arithmetic.working_time_between(just_before, at, calendar) == dt.timedelta(microseconds=1)


@settings(deadline=None)
@given(run, calendars())
def test_the_explanation_adds_up_on_every_calendar(asked: tuple[dt.datetime, Limit, Stops], calendar: Calendar) -> None:
    start, limit, pauses = asked
    result = arithmetic.due(start, limit, calendar, pauses)
    lines = result.explanation
    assert [line.date for line in lines] == [lines[0].date + dt.timedelta(days=i) for i in range(len(lines))]
    if Unit(limit.unit).in_days:
        assert [line.number for line in lines if line.number] == list(range(1, int(limit.value) + 1))
    else:
        assert sum(line.minutes for line in lines) == limit.value * 60
    if Unit(limit.unit).on_duty_only:
        duty_time = arithmetic.working_time_between(start, result.at, calendar)
        told = sum(line.minutes + line.paused for line in lines)
        assert told == Decimal(duty_time // dt.timedelta(microseconds=1)) / 60_000_000


@settings(deadline=None)
@given(starts, hours_values, calendars())
def test_going_forward_and_back_is_the_same_working_time_on_every_calendar(
    start: dt.datetime, value: Decimal, calendar: Calendar
) -> None:
    wanted = Limit(value, "working_hours")
    end = arithmetic.due(start, wanted, calendar).at
    back = arithmetic.moment_before(end, wanted, calendar)
    assert arithmetic.working_time_between(back, end, calendar) * 3600 == wanted.microseconds * dt.timedelta(
        microseconds=3600
    )
    assert arithmetic.working_time_between(start, back, calendar) == dt.timedelta()


around_new_year = st.dates(dt.date(2026, 12, 20), dt.date(2027, 1, 31))


@settings(deadline=None)
@given(
    around_new_year,
    st.integers(0, 1439),
    st.sampled_from(["working_hours", "working_days"]),
    st.integers(1, 30),
    st.lists(around_new_year, max_size=12),
    st.sampled_from(
        [{}, {5: arithmetic.parse_duty([["08:30", "12:00"]])}, {2: arithmetic.parse_duty([["13:00", "18:00"]])}]
    ),
)
def test_an_unpublished_year_is_never_later_than_any_publication(
    day: dt.date, minute: int, unit: str, value: int, off: list[dt.date], week: Any
) -> None:
    unknown = Calendar(ZONE, OFFICE.duty, OFFICE.exceptions, OFFICE.years, week=week)
    coming = {day: day.weekday() >= 5 for day in off if day.year == 2027}
    known = Calendar(ZONE, OFFICE.duty, {**OFFICE.exceptions, **coming}, OFFICE.years | {2027}, week=week)
    start = dt.datetime.combine(day, dt.time(), ZONE) + dt.timedelta(minutes=minute)
    limit = Limit(Decimal(value), unit)
    assert arithmetic.due(start, limit, unknown).at <= arithmetic.due(start, limit, known).at
