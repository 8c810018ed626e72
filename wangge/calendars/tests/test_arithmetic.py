from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.calendars import arithmetic
from wangge.calendars.arithmetic import Calendar, DayKind, Limit
from wangge.calendars.tests.published import ZONE, calendar, years

OFFICE = calendar()
NIGHT_AND_DAY = calendar([["00:00", "24:00"]])
SPLIT = calendar([["08:30", "11:30"], ["14:00", "18:00"]])


def limit(text: str) -> Limit:
    value, unit = text.split()
    return Limit(Decimal(value), unit)


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


CASES = [
    # before, over and after the Spring Festival of 2024 (off 10–17 February, work on Sundays 4 and 18)
    ("2024-02-09 16:30", "4 working_hours", "2024-02-18 13:30"),
    ("2024-02-09 16:30", "0.5 working_hours", "2024-02-09 17:00"),
    ("2024-02-09 16:30", "1 working_days", "2024-02-18 17:00"),
    ("2024-02-09 16:30", "5 working_days", "2024-02-22 17:00"),
    ("2024-02-10 10:00", "1 working_days", "2024-02-18 17:00"),
    ("2024-02-04 09:00", "7 working_hours", "2024-02-04 17:00"),  # a make-up Sunday
    ("2024-02-03 09:00", "1 working_hours", "2024-02-04 10:00"),
    ("2024-02-09 16:30", "2 urgent_hours", "2024-02-09 18:30"),
    ("2024-02-09 23:59", "24 natural_hours", "2024-02-10 23:59"),
    ("2024-02-09 16:30", "7 natural_days", "2024-02-17 00:00"),  # 24:00 of the 16th
    # an ordinary week
    ("2024-03-04 09:00", "3 working_hours", "2024-03-04 12:00"),  # due at the close, not after lunch
    ("2024-03-04 12:00", "1 working_hours", "2024-03-04 14:00"),
    ("2024-03-04 12:30", "4 working_hours", "2024-03-04 17:00"),
    ("2024-03-04 08:00", "7 working_hours", "2024-03-04 17:00"),
    ("2024-03-04 17:00", "1 working_hours", "2024-03-05 10:00"),
    ("2024-03-08 16:30", "4 working_hours", "2024-03-11 13:30"),  # Friday to Monday
    ("2024-03-04 23:59:59", "1 working_days", "2024-03-05 17:00"),
    ("2024-03-05 00:00", "1 working_days", "2024-03-06 17:00"),
    ("2024-03-04 09:00", "1 working_days", "2024-03-05 17:00"),
    ("2024-03-08 09:00", "5 working_days", "2024-03-15 17:00"),
    ("2024-03-04 23:59:59", "1 natural_days", "2024-03-06 00:00"),
    ("2024-03-05 00:00", "1 natural_days", "2024-03-06 00:00"),
    ("2024-03-04 10:00:30", "1 working_hours", "2024-03-04 11:00:30"),
    # the leap day, and the year's end across two published years
    ("2024-02-28 17:00", "1 working_hours", "2024-02-29 10:00"),
    ("2023-12-29 16:00", "2 working_hours", "2024-01-02 10:00"),
    ("2023-12-29 16:00", "1 working_days", "2024-01-02 17:00"),
    # National Day 2025 (off 1–8 October, work on Sunday 28 September and Saturday 11 October)
    ("2025-09-30 16:00", "1 working_days", "2025-10-09 17:00"),
    ("2025-09-30 16:00", "3 working_days", "2025-10-11 17:00"),
    ("2025-09-26 16:30", "1 working_hours", "2025-09-28 09:30"),
    # the extended Spring Festival of 2020 and the earliest published year
    ("2020-01-23 16:00", "2 working_hours", "2020-02-03 10:00"),
    # Labour Day 2026: Saturday 9 May is worked
    ("2026-04-30 16:30", "1 working_hours", "2026-05-06 09:30"),
    ("2026-05-08 16:30", "1 working_days", "2026-05-09 17:00"),
]


@pytest.mark.parametrize(("start", "text", "expected"), CASES)
def test_limits_end_when_an_official_expects(start: str, text: str, expected: str) -> None:
    result = arithmetic.due(moment(start), limit(text), OFFICE)
    assert result.at == moment(expected)
    assert result.caution == ""


def test_every_published_day_is_what_was_published() -> None:
    for days in years().values():
        for date, working, name in days:
            assert OFFICE.is_working(date) is working
            line = arithmetic.due(
                dt.datetime.combine(date, dt.time(0), ZONE), limit("1 working_hours"), OFFICE
            ).explanation[0]
            assert name in line.zh
            assert (line.minutes == 60) is working
            assert OFFICE.kind(date) in (
                {DayKind.MAKE_UP, DayKind.WORKING} if working else {DayKind.HOLIDAY, DayKind.WEEKEND}
            )


@pytest.mark.parametrize(
    ("start", "text", "expected"),
    [
        ("2026-12-31 16:30", "1 working_hours", "2027-01-01 09:30"),
        (
            "2026-12-31 16:30",
            "5 working_days",
            "2027-01-05 17:00",
        ),  # the weekend of 2 January counts: earlier is safer
        ("2027-06-12 10:00", "1 working_hours", "2027-06-12 11:00"),
        ("2019-06-15 10:00", "1 working_days", "2019-06-16 17:00"),
    ],
)
def test_an_unpublished_year_gives_the_earlier_time_and_says_so(start: str, text: str, expected: str) -> None:
    result = arithmetic.due(moment(start), limit(text), OFFICE)
    assert result.at == moment(expected)
    assert re.search(r"20\d\d年放假安排尚未公布", result.caution)
    assert "not published" in result.caution_en


def test_an_unpublished_year_never_gives_a_later_time_than_any_publication() -> None:
    start = moment("2026-12-25 16:30")
    surely = arithmetic.due(start, limit("10 working_days"), OFFICE).at
    published = Calendar(ZONE, OFFICE.duty, {**OFFICE.exceptions, dt.date(2027, 1, 2): True}, OFFICE.years | {2027})
    assert surely <= arithmetic.due(start, limit("10 working_days"), published).at


@pytest.mark.parametrize("text", ["48 urgent_hours", "3 natural_days", "72 natural_hours"])
def test_limits_around_the_clock_need_no_published_year(text: str) -> None:
    assert arithmetic.due(moment("2026-12-31 16:30"), limit(text), OFFICE).caution == ""


def test_a_due_time_just_before_an_unpublished_year_has_no_caution() -> None:
    result = arithmetic.due(moment("2026-12-31 23:00"), limit("1 working_hours"), NIGHT_AND_DAY)
    assert result.at == moment("2027-01-01 00:00")
    assert result.caution == ""


def test_a_day_entered_for_an_unpublished_year_is_heeded() -> None:
    entered = Calendar(ZONE, OFFICE.duty, {dt.date(2027, 1, 1): False}, OFFICE.years)
    result = arithmetic.due(moment("2026-12-31 16:30"), limit("1 working_hours"), entered)
    assert result.at == moment("2027-01-02 09:30")
    assert result.caution


@pytest.mark.parametrize(
    ("text", "pauses", "expected"),
    [
        ("4 working_hours", [("2024-03-04 10:00", "2024-03-04 11:00")], "2024-03-04 15:00"),
        ("4 working_hours", [("2024-03-04 10:00", "2024-03-05 10:00")], "2024-03-05 14:00"),
        ("4 working_hours", [("2024-03-04 12:00", "2024-03-04 13:00")], "2024-03-04 14:00"),  # over lunch
        ("4 working_hours", [("2024-03-04 08:00", "2024-03-04 09:30")], "2024-03-04 14:30"),
        (
            "4 working_hours",
            [("2024-03-04 10:00", "2024-03-04 11:00"), ("2024-03-04 10:30", "2024-03-04 11:30")],
            "2024-03-04 15:30",
        ),
        (
            "4 working_hours",
            [("2024-03-01 10:00", "2024-03-03 11:00")],
            "2024-03-04 14:00",
        ),  # before the start
        ("1 working_days", [("2024-03-05 09:00", "2024-03-06 09:00")], "2024-03-06 17:00"),
        ("1 working_days", [("2024-03-04 16:00", "2024-03-04 18:00")], "2024-03-06 10:00"),
        ("1 natural_days", [("2024-03-05 09:00", "2024-03-05 11:30")], "2024-03-06 02:30"),
        ("2 urgent_hours", [("2024-03-04 09:30", "2024-03-04 09:45")], "2024-03-04 11:15"),
    ],
)
def test_pauses_are_not_counted(text: str, pauses: list[tuple[str, str]], expected: str) -> None:
    stops = [(moment(a), moment(b)) for a, b in pauses]
    assert arithmetic.due(moment("2024-03-04 09:00"), limit(text), OFFICE, stops).at == moment(expected)


@pytest.mark.parametrize(
    ("at", "text", "expected"),
    [
        ("2024-02-18 13:30", "4 working_hours", "2024-02-09 16:30"),
        ("2024-02-22 17:00", "1 working_days", "2024-02-21 17:00"),
        ("2024-02-18 17:00", "1 working_days", "2024-02-09 17:00"),
        ("2024-03-05 00:00", "1 natural_days", "2024-03-04 00:00"),
        ("2024-03-05 10:00", "2 urgent_hours", "2024-03-05 08:00"),
        ("2024-03-05 09:00", "7 working_hours", "2024-03-04 09:00"),
    ],
)
def test_the_moment_before_leaves_the_limit(at: str, text: str, expected: str) -> None:
    assert arithmetic.moment_before(moment(at), limit(text), OFFICE) == moment(expected)


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("0", "working_hours"),
        ("-1", "working_days"),
        ("1.5", "working_days"),
        ("NaN", "urgent_hours"),
        ("99999", "working_days"),
        ("3650", "natural_days"),
        ("2500", "working_days"),
        ("20000", "working_hours"),
        ("87600", "natural_hours"),
        ("87600", "urgent_hours"),
        ("Infinity", "natural_hours"),
        ("-0.5", "working_hours"),
        ("1E-30", "working_hours"),
        ("1", "lunar_months"),
    ],
)
def test_limits_that_mean_nothing_are_refused(value: str, unit: str) -> None:
    with pytest.raises(ValueError):
        Limit(Decimal(value), unit)


@pytest.mark.parametrize(
    "duty",
    [
        [],
        [["12:00", "09:00"]],
        [["09:00", "12:00"], ["11:00", "17:00"]],
        [["9", "12:00"]],
        [["09:00", "25:00"]],
        [["09:00", "09:00"]],
        [["22:00", "15:00"]],  # seventeen hours across midnight: written the wrong way round
        [["20:00", "08:00"], ["09:00", "10:00"]],
        [["09:00", "10:00"], ["20:00", "09:30"]],  # the night ends after the morning's duty began
        [["٠٩:00", "12:0x"]],
    ],
)
def test_broken_duty_hours_are_refused(duty: list[list[str]]) -> None:
    with pytest.raises(ValueError):
        Calendar(ZONE, arithmetic.parse_duty(duty))


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError):
        arithmetic.due(dt.datetime(2024, 3, 4, 9), limit("1 working_hours"), OFFICE)  # noqa: DTZ001  # the point


def test_summer_time_shortens_a_night_and_not_a_duty_day() -> None:
    zone = ZoneInfo("America/New_York")
    boston = Calendar(zone, arithmetic.parse_duty([["08:00", "17:00"]]), {}, frozenset({2024}))
    start = dt.datetime(2024, 3, 8, 16, tzinfo=zone)
    assert arithmetic.due(start, limit("2 working_hours"), boston).at == dt.datetime(2024, 3, 11, 9, tzinfo=zone)
    night = dt.datetime(2024, 3, 10, 1, tzinfo=zone)
    assert arithmetic.due(night, limit("2 urgent_hours"), boston).at == dt.datetime(2024, 3, 10, 4, tzinfo=zone)


WINDOW = Calendar(
    ZONE,
    arithmetic.parse_duty([["08:30", "17:30"]]),
    OFFICE.exceptions,
    OFFICE.years,
    OFFICE.names,
    {5: arithmetic.parse_duty([["08:30", "12:00"]])},
)
NIGHT = Calendar(
    ZONE,
    arithmetic.parse_duty([["20:00", "08:00"]]),
    week={day: arithmetic.parse_duty([["20:00", "08:00"]]) for day in (5, 6)},
    works_through=True,
)
PATROL = Calendar(
    ZONE,
    arithmetic.parse_duty([["07:00", "21:00"]]),
    week={day: arithmetic.parse_duty([["07:00", "21:00"]]) for day in (5, 6)},
    works_through=True,
)


@pytest.mark.parametrize(
    ("calendar", "start", "text", "expected"),
    [
        (WINDOW, "2026-02-27 17:00", "1 working_hours", "2026-02-28 09:00"),  # the make-up Saturday is a full day
        (WINDOW, "2026-02-28 12:00", "1 working_hours", "2026-02-28 13:00"),
        (WINDOW, "2026-03-06 17:30", "1 working_days", "2026-03-07 12:00"),  # an ordinary Saturday closes at noon
        (WINDOW, "2026-03-07 11:30", "1 working_hours", "2026-03-09 09:00"),
        (WINDOW, "2026-02-14 17:00", "1 working_hours", "2026-02-24 09:00"),  # over the Spring Festival
        (NIGHT, "2026-02-16 12:00", "1 working_hours", "2026-02-16 21:00"),  # New Year's Eve is worked
        (NIGHT, "2026-02-16 23:30", "1 working_hours", "2026-02-17 00:30"),
        (NIGHT, "2026-02-16 20:00", "12 working_hours", "2026-02-17 08:00"),  # due at the close of the shift
        (NIGHT, "2026-02-17 02:00", "7 working_hours", "2026-02-17 21:00"),
        (NIGHT, "2026-02-17 08:00", "1 working_hours", "2026-02-17 21:00"),
        (NIGHT, "2026-02-16 21:00", "1 working_days", "2026-02-18 08:00"),
        (NIGHT, "2026-02-17 02:00", "1 working_days", "2026-02-18 08:00"),  # still the shift of the 16th
        (NIGHT, "2026-02-17 08:00", "1 working_days", "2026-02-18 08:00"),
        (NIGHT, "2026-12-31 23:59:59", "1 working_hours", "2027-01-01 00:59:59"),
        (NIGHT, "2026-02-17 02:00", "1 natural_days", "2026-02-19 00:00"),
        (PATROL, "2026-10-01 20:30", "1 working_hours", "2026-10-02 07:30"),
        (PATROL, "2027-01-01 06:00", "14 working_hours", "2027-01-01 21:00"),
        (PATROL, "2026-12-31 23:59:59", "1 working_days", "2027-01-01 21:00"),
    ],
)
def test_windows_patrols_and_nights_have_hours_of_their_own(
    calendar: Calendar, start: str, text: str, expected: str
) -> None:
    result = arithmetic.due(moment(start), limit(text), calendar)
    assert (result.at, result.caution) == (moment(expected), "")


def test_a_night_shift_stands_on_the_line_of_the_day_it_begins() -> None:
    lines = arithmetic.due(moment("2026-02-17 02:00"), limit("7 working_hours"), NIGHT).explanation
    assert [line.zh for line in lines] == [
        "2026-02-16 星期一 工作日：计360分钟（次日02:00–次日08:00）",
        "2026-02-17 星期二 工作日：计60分钟（20:00–21:00）",
    ]


def test_the_account_tells_holiday_make_up_day_and_pause() -> None:
    stops = [(moment("2026-02-14 09:00"), moment("2026-02-24 09:00"))]
    told = arithmetic.account(arithmetic.due(moment("2026-02-13 16:30"), limit("1 working_hours"), OFFICE, stops))
    assert told[0] == "2026-02-13 星期五 工作日：计30分钟（16:30–17:00）"
    assert told[2] == "2026-02-14 星期六 调休上班（春节）：计0分钟，暂停420分钟"
    assert told[4] == "2026-02-15 星期日 休息日（春节）：计0分钟"
    assert told[-2] == "合计60分钟，即1个工作时，其间暂停420分钟，2026-02-24 09:30:00+08:00 到期"
    assert told[-1].endswith("due 2026-02-24 09:30:00+08:00")


@pytest.mark.parametrize("text", ["1 working_hours", "1 working_days"])
def test_a_calendar_whose_days_are_all_off_is_refused_and_not_followed_for_ever(text: str) -> None:
    closed = {dt.date(2026, 1, 1) + dt.timedelta(days=i): False for i in range(41 * 366)}
    never = Calendar(ZONE, OFFICE.duty, closed, frozenset(range(2026, 2070)))
    with pytest.raises(arithmetic.OutOfReach):
        arithmetic.due(moment("2026-02-13 16:30"), limit(text), never)
    with pytest.raises(arithmetic.OutOfReach):
        arithmetic.moment_before(moment("2066-02-13 16:30"), limit(text), never)


def test_a_calendar_with_hardly_any_duty_is_refused_for_a_long_limit() -> None:
    hardly = Calendar(ZONE, ((0, 1),), years=frozenset(range(1900, 2300)))
    with pytest.raises(arithmetic.OutOfReach):
        arithmetic.due(moment("2026-02-13 16:30"), limit("10440 working_hours"), hardly)


def test_a_week_without_a_working_minute_is_refused_by_name() -> None:
    with pytest.raises(arithmetic.Refused) as caught:
        Calendar(ZONE, OFFICE.duty, week=dict.fromkeys(range(7), ()))
    assert caught.value.field == "week"


def test_a_pause_that_hardly_ends_is_refused() -> None:
    stop = [(moment("2026-02-13 17:00"), moment("2099-01-01 00:00"))]
    for text in ("4 natural_hours", "4 working_hours", "4 working_days"):
        with pytest.raises(arithmetic.OutOfReach):
            arithmetic.due(moment("2026-02-13 16:30"), limit(text), OFFICE, stop)


def test_a_start_out_of_all_reason_is_refused() -> None:
    with pytest.raises(arithmetic.Refused):
        arithmetic.due(dt.datetime(9999, 12, 30, tzinfo=ZONE), limit("4 working_hours"), OFFICE)


first_minute = moment("2023-12-01 00:00")
starts = st.integers(0, 480_000).map(lambda offset: first_minute + dt.timedelta(minutes=offset))
calendars = st.sampled_from([OFFICE, NIGHT_AND_DAY, SPLIT])
minutes = st.integers(1, 5_000)


@st.composite
def pauses_after(draw: st.DrawFn) -> tuple[dt.datetime, list[tuple[dt.datetime, dt.datetime]]]:
    start = draw(starts)
    spans = draw(st.lists(st.tuples(st.integers(-500, 9_000), st.integers(1, 3_000)), max_size=4))
    return start, [
        (start + dt.timedelta(minutes=offset), start + dt.timedelta(minutes=offset + length))
        for offset, length in spans
    ]


@given(starts, minutes, minutes, st.sampled_from(["working_hours", "urgent_hours", "natural_hours"]), calendars)
def test_a_longer_limit_is_never_due_earlier(start: dt.datetime, a: int, b: int, unit: str, office: Calendar) -> None:
    low, high = sorted((a, b))
    first = arithmetic.due(start, Limit(Decimal(low), unit), office).at
    assert first <= arithmetic.due(start, Limit(Decimal(high), unit), office).at
    assert first > start


@given(
    starts,
    st.integers(1, 60),
    st.integers(1, 60),
    st.sampled_from(["working_days", "natural_days"]),
    calendars,
)
def test_more_days_are_never_due_earlier(start: dt.datetime, a: int, b: int, unit: str, office: Calendar) -> None:
    low, high = sorted((a, b))
    assert (
        arithmetic.due(start, Limit(Decimal(low), unit), office).at
        <= arithmetic.due(start, Limit(Decimal(high), unit), office).at
    )


@given(pauses_after(), st.integers(1, 40), st.sampled_from(list(arithmetic.Unit)), calendars)
def test_a_pause_adds_exactly_what_it_took(
    run: tuple[dt.datetime, list[tuple[dt.datetime, dt.datetime]]], value: int, unit: str, office: Calendar
) -> None:
    start, pauses = run
    wanted = Limit(Decimal(value), unit)
    plain = arithmetic.due(start, wanted, office).at
    paused = arithmetic.due(start, wanted, office, pauses).at
    taken = dt.timedelta()
    last = start
    for begin, end in sorted((max(a, start), min(b, paused)) for a, b in pauses):
        begin = max(begin, last)
        if end > begin:
            working = arithmetic.Unit(unit).on_duty_only
            taken += arithmetic.working_time_between(begin, end, office) if working else end - begin
            last = end
    added = (
        arithmetic.working_time_between(plain, paused, office) if arithmetic.Unit(unit).on_duty_only else paused - plain
    )
    assert added == taken


@given(pauses_after(), st.integers(1, 40), st.sampled_from(list(arithmetic.Unit)), calendars)
def test_the_explanation_adds_up(
    run: tuple[dt.datetime, list[tuple[dt.datetime, dt.datetime]]], value: int, unit: str, office: Calendar
) -> None:
    start, pauses = run
    lines = arithmetic.due(start, Limit(Decimal(value), unit), office, pauses).explanation
    assert [line.date for line in lines] == [lines[0].date + dt.timedelta(days=i) for i in range(len(lines))]
    ends_a_day = dt.timedelta(microseconds=unit == "natural_days")  # midnight is the end of the day before
    assert lines[0].date == (start - ends_a_day).date()
    if arithmetic.Unit(unit).in_days:
        assert [line.number for line in lines if line.number] == list(range(1, value + 1))
    else:
        assert sum(line.minutes for line in lines) == value * 60


@given(starts, starts, starts, calendars)
def test_working_time_adds_up_and_changes_sign(
    a: dt.datetime, b: dt.datetime, c: dt.datetime, office: Calendar
) -> None:
    between = arithmetic.working_time_between
    assert between(a, b, office) + between(b, c, office) == between(a, c, office)
    assert arithmetic.working_minutes_between(a, b, office) == -arithmetic.working_minutes_between(b, a, office)


@given(starts, minutes, calendars)
def test_going_forward_and_back_is_the_same_working_time(start: dt.datetime, hours: int, office: Calendar) -> None:
    wanted = Limit(Decimal(hours % 200 + 1), "working_hours")
    end = arithmetic.due(start, wanted, office).at
    back = arithmetic.moment_before(end, wanted, office)
    assert arithmetic.working_time_between(back, end, office) == dt.timedelta(hours=int(wanted.value))
