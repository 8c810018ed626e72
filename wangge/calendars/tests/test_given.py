"""Limits, moments and pauses as people write them; many rows at once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wangge.calendars import arithmetic, batch, pauses
from wangge.calendars.arithmetic import Calendar, Limit, Refused
from wangge.calendars.tests.published import ZONE, calendar

OFFICE = calendar()
START = dt.datetime(2026, 2, 13, 16, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("4 working_hours", "4", "working_hours"),
        ("4 working hours", "4", "working_hours"),
        ("1 working_day", "1", "working_days"),
        ("4工作时", "4", "working_hours"),
        ("4 个工作时", "4", "working_hours"),
        ("0.5个紧急工作时", "0.5", "urgent_hours"),
        ("４８ 自然时", "48", "natural_hours"),
        ("7自然日", "7", "natural_days"),
        ("5 工作日", "5", "working_days"),
        ("5 Working_Days", "5", "working_days"),
    ],
)
def test_limits_are_read_in_codes_and_in_chinese(text: str, value: str, unit: str) -> None:
    assert arithmetic.parse_limit(text) == Limit(Decimal(value), unit)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 working_days", "1 working day"),
        ("2 working_days", "2 working days"),
        ("0.5 urgent_hours", "0.5 urgent hours"),
    ],
)
def test_one_is_no_plural(text: str, said: str) -> None:
    assert arithmetic.parse_limit(text).en == said


def test_the_account_of_one_day_is_no_plural() -> None:
    _, en = arithmetic.due(START, Limit(Decimal(1), "working_days"), OFFICE).total
    assert en.startswith("1 day, that is 1 working day; due")


@pytest.mark.parametrize(
    "text",
    ["", "4", "working_hours", "4 weeks", "four working_hours", "4,5 working_hours", "0工作日", "-1 working_hours",
     "nan working_hours", "1.5 自然日", "10 年", "3650 自然日", "1e999999 工作时", "9" * 5000 + " 工作时"],
)  # fmt: skip
def test_a_limit_that_cannot_be_read_names_the_field_in_both_languages(text: str) -> None:
    with pytest.raises(Refused) as caught:
        arithmetic.parse_limit(text)
    assert caught.value.field == "limit"
    assert caught.value.detail_zh
    assert caught.value.detail_en
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-13T16:30", START),
        ("2026-02-13 16:30:00", START),
        ("2026-02-13T08:30Z", START),
        ("2026-02-13T16:30+08:00", START),
        ("2026-02-13T16:30 08:00", START),  # a + lost in a query string
    ],
)
def test_a_moment_without_offset_is_local(text: str, moment: dt.datetime) -> None:
    assert pauses.parse_moment(text, ZONE) == moment


@pytest.mark.parametrize(
    "text", ["", "2026-02-13", "2026-02-30T10:00", "25:00", "tomorrow", "0001-01-01T00:00", "9999-12-31T23:59"]
)
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        pauses.parse_moment(text, ZONE)


@pytest.mark.parametrize(
    ("texts", "field", "said"),
    [
        (["2026-02-13T17:00..2026-02-13T16:40"], "pauses.1", "不晚于开始"),
        (["2026-02-13T17:00..2026-02-13T17:00"], "pauses.1", "不晚于开始"),
        (["2026-02-14T09:00..2026-02-14T10:00", "2026-02-14T09:30..2026-02-14T09:40"], "pauses.2", "重叠"),
        (["2026-02-14T09:00"], "pauses.1", "起..止"),
        (["2026-02-14T09:00..", "x..y"], "pauses.1", "不是日期时间"),
    ],
)
def test_a_pause_that_makes_no_sense_is_named(texts: list[str], field: str, said: str) -> None:
    with pytest.raises(Refused) as caught:
        pauses.given(texts, START, ZONE)
    assert caught.value.field == field
    assert said in caught.value.detail_zh


def test_a_pause_that_was_on_before_the_start_counts_from_the_start() -> None:
    early = ["2026-02-13T16:00..2026-02-13T16:40", "2026-02-12T09:00..2026-02-12T10:00"]
    stops = pauses.given(early, START, ZONE)
    assert (
        arithmetic.due(START, Limit(Decimal(1), "working_hours"), OFFICE, stops).at.isoformat(" ")[5:16]
        == "02-14 09:40"
    )


@pytest.mark.parametrize(
    "text",
    [
        "{a};{b}", "{a}; {b};", "{a}；{b}", "{a}|{b}", "{a},{b}", "{a} {b}", "{a}\n{b}", "  {b}  {a}",
    ],
)  # fmt: skip
def test_pauses_in_one_cell_stand_apart_in_any_usual_way(text: str) -> None:
    a, b = "2026-02-14 09:00..2026-02-14 09:30", "2026-02-14T10:00+08:00 .. 2026-02-14T10:30:00+08:00"
    assert sorted(pauses.split(text.format(a=a, b=b))) == sorted((a, b))


def test_pauses_that_touch_are_two_pauses() -> None:
    given = pauses.given(["2026-02-14T10:00..2026-02-14T11:00", "2026-02-14T09:00..2026-02-14T10:00"], START, ZONE)
    assert [begin.hour for begin, _ in given] == [9, 10]


def test_arrays_and_lists_give_the_same_answers() -> None:
    units = np.array(
        [batch.UNITS.index(arithmetic.Unit.WORKING_HOURS), batch.UNITS.index(arithmetic.Unit.WORKING_DAYS)]
    )
    micro = np.full(2, int(START.timestamp()) * 1_000_000)
    found = batch.due_many(micro, np.array([4, 2]), units.astype(np.int8), OFFICE)
    same = batch.due_many([START, START], [Decimal(4), Decimal(2)], ["working_hours", "working_days"], OFFICE)
    assert found.moments() == same.moments()
    assert [f"{at:%m-%d %H:%M}" for at in found.moments()] == ["02-14 13:30", "02-24 17:00"]


def test_nothing_asked_is_nothing_answered() -> None:
    assert batch.due_many([], [], [], OFFICE).moments() == []


@pytest.mark.parametrize(
    ("values", "field"), [([Decimal(1), Decimal(0)], "rows.1.limit"), ([Decimal("1.5"), Decimal(1)], "rows.0.limit")]
)
def test_a_row_with_a_limit_that_means_nothing_is_named(values: list[Decimal], field: str) -> None:
    with pytest.raises(Refused) as caught:
        batch.due_many([START, START], values, ["working_days", "working_days"], OFFICE)
    assert caught.value.field == field
    with pytest.raises(Refused):
        batch.due_many([START], np.array([10**18]), ["working_days"], OFFICE)


def test_rows_that_are_never_used_up_are_marked_or_refused() -> None:
    hardly = Calendar(ZONE, ((0, 1),), years=frozenset(range(1900, 2300)))
    asked = ([START, START], [Decimal(1) / 60, Decimal(10440)], ["working_hours", "working_hours"], hardly)
    assert batch.due_many(*asked, refuse=False).beyond.tolist() == [False, True]
    with pytest.raises(Refused) as caught:
        batch.due_many(*asked)
    assert caught.value.field == "rows.1.calendar"


def test_a_pause_without_end_needs_no_endless_table() -> None:
    stop = (START, dt.datetime(2190, 1, 1, tzinfo=ZONE))
    found = batch.due_many(
        [START] * 2, [Decimal(1)] * 2, ["working_hours", "natural_days"], OFFICE, [[stop]] * 2, refuse=False
    )
    assert found.beyond.all()


@pytest.mark.parametrize("name", ["America/New_York", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe"])
def test_zones_with_summer_time_are_exact_as_well(name: str) -> None:
    zone = ZoneInfo(name)  # Havana and Cairo put their clocks back at midnight
    local = Calendar(zone, arithmetic.parse_duty([["08:00", "17:00"]]), years=frozenset(range(2020, 2030)))
    begins = [dt.datetime(2024, 10, 25, tzinfo=zone) + dt.timedelta(hours=7 * step) for step in range(60)]
    for unit in arithmetic.Unit:
        found = batch.due_many(begins, [Decimal(3)] * 60, [unit.value] * 60, local).moments()
        assert found == [arithmetic.due(begin, Limit(Decimal(3), unit.value), local).at for begin in begins]
