from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import District
from wangge.audit import services as audit
from wangge.audit.chain import ActorLike
from wangge.calendars import arithmetic, selectors, services
from wangge.calendars.models import Calendar
from wangge.calendars.tests.published import DUTY, ZONE, years
from wangge.kit.errors import Invalid

SignIn = Callable[[ActorLike], Client]
API = "/api/v1/calendars/office"
NEW_YEAR = (dt.date(2027, 1, 1), False, "元旦")


def load(**changes: Any) -> Calendar:
    given = {"code": "office", "name": "机关工作日历", "timezone": "Asia/Shanghai", "duty": DUTY, "years": years(),
             "source": "国务院办公厅通知"}  # fmt: skip
    return services.load_calendar(**(given | changes))


@pytest.fixture
def office(district: District) -> Calendar:
    return load()


@pytest.fixture
def administrator(system_admin: ActorLike, client_for: SignIn) -> Client:
    return client_for(system_admin)


def due(start: str, value: int, unit: str) -> arithmetic.Due:
    begin = dt.datetime.fromisoformat(start).replace(tzinfo=ZONE)
    return arithmetic.due(begin, arithmetic.Limit(Decimal(value), unit), selectors.load("office"))


def test_a_loaded_calendar_reckons_as_published(office: Calendar) -> None:
    result = due("2024-02-09 16:30", 4, "working_hours")
    assert result.at == dt.datetime(2024, 2, 18, 13, 30, tzinfo=ZONE)


def test_loading_again_changes_nothing(office: Calendar) -> None:
    again = load()
    assert again.version == Calendar.objects.get(code="office").version == office.version
    assert audit.verify_chain("calendar", office.pk).entries == 1
    assert load(name="新名称").version != office.version


def test_an_administrators_day_outlives_loading(office: Calendar, system_admin: ActorLike) -> None:
    friday = dt.date(2026, 12, 25)
    services.set_day(code="office", date=friday, working=False, name="区庆", actor=system_admin)
    assert due("2026-12-24 16:30", 1, "working_hours").at == dt.datetime(2026, 12, 28, 9, 30, tzinfo=ZONE)
    load()
    assert selectors.load("office").names[friday] == "区庆"
    assert audit.verify_chain("calendar", office.pk).entries == 2


def test_a_published_year_ends_the_caution(office: Calendar, system_admin: ActorLike) -> None:
    assert due("2026-12-31 16:30", 1, "working_hours").caution
    services.publish_year(code="office", year=2027, days=[NEW_YEAR], source="国办发明电〔2026〕", actor=system_admin)
    result = due("2026-12-31 16:30", 1, "working_hours")
    assert (result.at, result.caution) == (dt.datetime(2027, 1, 4, 9, 30, tzinfo=ZONE), "")
    load(years={2027: [(dt.date(2027, 1, 4), False, "")]})
    assert selectors.load("office").is_working(dt.date(2027, 1, 4))  # what was entered stays


def test_days_published_with_the_next_year_are_kept(office: Calendar) -> None:
    calendar = selectors.load("office")
    assert calendar.is_working(dt.date(2021, 1, 1)) is False
    reaching = [day for year, days in years().items() for day in days if day[0].year != year]
    for date, working, _ in reaching:
        assert calendar.is_working(date) is working


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"timezone": "Asia/Jinan"}, "timezone"),
        ({"duty": []}, "duty"),
        ({"duty": [["13:00", "12:00"]]}, "duty.0"),
        ({"duty": [["9:5", "12:00"]]}, "duty.0"),
        ({"years": {2027: []}}, "years.2027"),
        ({"years": {2027: [NEW_YEAR, (NEW_YEAR[0], True, "元旦")]}}, "years.2027.2027-01-01"),
    ],
)
def test_a_broken_calendar_is_refused_and_nothing_changes(changes: dict[str, Any], at: str, office: Calendar) -> None:
    with pytest.raises(Invalid) as caught:
        load(**changes)
    assert [error["at"] for error in caught.value.errors] == [at]
    assert Calendar.objects.get(code="office").version == office.version


def test_a_calendar_in_use_is_read_once(office: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "_written_here", lambda: False)  # as after the commit
    selectors.load("office")
    with CaptureQueriesContext(connection) as queries:
        selectors.load("office")
    assert len(queries) == 0
    selectors.forget()


def test_an_unknown_calendar_is_a_problem(db: None) -> None:
    with pytest.raises(selectors.NoCalendar):
        selectors.load("moon")


def test_a_year_is_shown_and_edited_over_http(office: Calendar, administrator: Client) -> None:
    shown = administrator.get(f"{API}?year=2026").json()
    assert (shown["published"], shown["duty"]) == (True, DUTY)
    assert {"date": "2026-01-01", "working": False, "name": "元旦", "entered": False} in shown["days"]
    assert administrator.get(f"{API}?year=2027").json()["published"] is False
    day = {"date": "2026-12-25", "working": False, "name": "区庆"}
    edited = administrator.put(f"{API}/days", day, content_type="application/json")
    assert edited.status_code == 200
    assert edited.json()["days"][-1] == day | {"entered": True}
    year = {"source": "国务院办公厅", "days": [{"date": "2027-01-01", "working": False, "name": "元旦"}]}
    published = administrator.put(f"{API}/years/2027", year, content_type="application/json")
    assert (published.status_code, published.json()["published"]) == (200, True)


@pytest.mark.parametrize("body", [{"date": "2026-13-01", "working": True}, {"date": "2026-12-01"}, {}])
def test_a_wrong_day_is_refused(body: dict[str, Any], office: Calendar, administrator: Client) -> None:
    assert administrator.put(f"{API}/days", body, content_type="application/json").status_code == 422


def test_only_those_permitted_edit(
    office: Calendar, grid_member: ActorLike, client_for: SignIn, stranger: Client
) -> None:
    member = client_for(grid_member)
    body = {"date": "2026-12-25", "working": False, "name": ""}
    assert member.get(API).status_code == 200
    assert member.put(f"{API}/days", body, content_type="application/json").status_code == 403
    assert stranger.get(API).status_code == 401
    assert member.get("/api/v1/calendars/moon").status_code == 404


# --- weekly duty, shared days, calendars without holidays --------------------------------------------------------

EVENING = [["20:00", "08:00"]]


@pytest.fixture
def window(office: Calendar) -> Calendar:
    return load(
        code="window", duty=[["08:30", "17:30"]], week={"sat": [["08:30", "12:00"]]}, days_of="office", years={}
    )


@pytest.fixture
def night(office: Calendar) -> Calendar:
    return load(code="night", duty=EVENING, week={"sat": EVENING, "sun": EVENING}, works_through=True, years={})


def test_a_calendar_with_the_days_of_another_follows_them(window: Calendar, system_admin: ActorLike) -> None:
    calendar = selectors.load("window")
    assert [calendar.is_working(dt.date(2026, 2, day)) for day in (13, 14, 16, 28)] == [True, True, False, True]
    assert calendar.kind(dt.date(2026, 2, 14)) == "make_up"
    services.publish_year(code="office", year=2027, days=[NEW_YEAR], source="国办发明电〔2026〕", actor=system_admin)
    later = Calendar.objects.get(code="window")
    assert later.version != window.version
    assert selectors.load("window").years == selectors.load("office").years
    assert selectors.load("window").names[dt.date(2027, 1, 1)] == "元旦"


def test_a_day_entered_for_one_calendar_changes_no_other(
    window: Calendar, night: Calendar, system_admin: ActorLike
) -> None:
    friday = dt.date(2026, 12, 25)
    for code in ("window", "night"):
        services.set_day(code=code, date=friday, working=False, name="停电", actor=system_admin)
        assert selectors.load(code).is_working(friday) is False
    assert selectors.load("office").is_working(friday) is True
    new_year = dt.date(2026, 1, 1)
    services.set_day(code="window", date=new_year, working=True, name="加班", actor=system_admin)
    assert selectors.load("window").is_working(new_year) is True
    assert [day.name for day in selectors.days(Calendar.objects.get(code="window"), 2026)][-1] == "停电"


@pytest.mark.parametrize("code", ["window", "night"])
def test_a_year_is_not_published_where_it_does_not_belong(
    code: str, window: Calendar, night: Calendar, system_admin: ActorLike
) -> None:
    with pytest.raises(services.PublishedElsewhere):
        services.publish_year(code=code, year=2027, days=[NEW_YEAR], source="国办", actor=system_admin)


def test_a_calendar_that_works_through_needs_no_published_year(night: Calendar) -> None:
    calendar = selectors.load("night")
    start = dt.datetime(2026, 12, 31, 12, tzinfo=ZONE)
    result = arithmetic.due(start, arithmetic.Limit(Decimal(2), "working_days"), calendar)
    assert (result.at, result.caution) == (dt.datetime(2027, 1, 3, 8, tzinfo=ZONE), "")


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"week": {"noday": []}}, "week.noday"),
        ({"week": {day: [] for day in ("mon", "tue", "wed", "thu", "fri")}}, "week"),
        ({"week": {"sat": [["12:00", "12:00"]]}}, "week.sat"),
        ({"week": {"sun": [["22:00", "10:00"]]}}, "duty"),  # still on when Monday's duty begins
        ({"days_of": "office"}, "days_of"),
        ({"days_of": "office", "years": {}, "works_through": True}, "days_of"),
        ({"days_of": "window", "years": {}, "code": "other"}, "days_of"),
    ],
)
def test_broken_hours_and_sources_are_refused(changes: dict[str, Any], at: str, window: Calendar) -> None:
    with pytest.raises(Invalid) as caught:
        load(**changes)
    assert [error["at"] for error in caught.value.errors] == [at]


def test_all_calendars_are_listed_over_http(window: Calendar, administrator: Client) -> None:
    found = administrator.get("/api/v1/calendars").json()
    assert [row["code"] for row in found["items"]] == ["office", "window"]
    assert found["items"][1] | {"days_of": "office", "week": {"sat": [["08:30", "12:00"]]}} == found["items"][1]


def test_a_due_time_is_tried_out_over_http(office: Calendar, administrator: Client) -> None:
    asked = {
        "limit": "4 工作时",
        "start": "2026-02-13T16:30 08:00",
        "pause": ["2026-02-14T09:00..2026-02-14T09:30"],
    }
    said = administrator.get(f"{API}/due", asked).json()
    assert said["due"] == "2026-02-14T14:00:00+08:00"
    assert sum(line["minutes"] for line in said["explanation"]) == 240
    assert said["total"].startswith("合计240分钟，即4个工作时，其间暂停30分钟")


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"limit": "0 working_hours"}, "limit"),
        ({"limit": "ten years"}, "limit"),
        ({"start": "2026-02-30T10:00"}, "start"),
        ({"pause": "2026-02-13T18:00..2026-02-13T17:00"}, "pause.1"),
        ({"pause": "2026-02-13T15:00"}, "pause.1"),
    ],
)
def test_what_cannot_be_reckoned_is_refused_over_http(
    changes: dict[str, str], at: str, office: Calendar, administrator: Client
) -> None:
    asked = {"limit": "4 working_hours", "start": "2026-02-13T16:30"} | changes
    reply = administrator.get(f"{API}/due", asked)
    assert (reply.status_code, [error["at"] for error in reply.json()["errors"]]) == (422, [at])
