"""Promises 18 to 20: deadlines, clocks that are wrong, and two people or two clicks at once."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.factories import District
from tests.security.conftest import Send
from wangge.audit.models import Entry
from wangge.calendars import selectors as calendars
from wangge.calendars.models import Calendar
from wangge.casework.models import Case, Clock
from wangge.casework.services import firing
from wangge.casework.tests.conftest import Play
from wangge.kit import clock
from wangge.kit.ids import uuid7
from wangge.org import scope

pytestmark = pytest.mark.django_db
HERE = ZoneInfo("Asia/Shanghai")
SHIFTS = {"an hour back": -3600, "an hour on": 3600, "a year back": -366 * 86400, "a year on": 366 * 86400}


def running() -> list[Clock]:
    with scope.applied(scope.EVERYTHING):
        return list(Clock.objects.order_by("kind", "started_at"))


# --- 19: the process's clock is wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", SHIFTS.values(), ids=SHIFTS)
def test_due_times_come_from_the_database_whatever_the_process_believes(
    seconds: int, send: Send, people: SimpleNamespace, act: Play, district: District
) -> None:
    lon, lat = district.point("grid1")
    body = {"title": "楼下有垃圾", "category": "M-01001", "channel": "hotline12345", "lon": lon, "lat": lat}
    truth = clock.now()
    right = send(people.dispatcher, "POST", "/cases", body).json()
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)):
        wrong = send(people.dispatcher, "POST", "/cases", body).json()
    assert (wrong["state"], wrong["area"], wrong["lead_unit"]) == (right["state"], right["area"], right["lead_unit"])
    for field in ("submitted_at", "due_at"):
        apart = dt.datetime.fromisoformat(wrong[field]) - dt.datetime.fromisoformat(right[field])
        assert abs(apart) < dt.timedelta(seconds=30), field
    with scope.applied(scope.EVERYTHING):
        assert all(abs(e.at - truth) < dt.timedelta(seconds=30) for e in Entry.objects.filter(subject_type="case"))


@pytest.mark.parametrize("seconds", SHIFTS.values(), ids=SHIFTS)
def test_a_worker_with_a_wrong_clock_fires_nothing_that_is_not_due(seconds: int, act: Play) -> None:
    for _ in range(5):
        act.submit()
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)):
        assert firing.fire_due() == 0
    assert [one for one in running() if one.missed_at or one.warned_at] == []


@pytest.mark.parametrize("seconds", SHIFTS.values(), ids=SHIFTS)
def test_the_list_of_what_is_overdue_does_not_believe_the_process_either(
    seconds: int, send: Send, people: SimpleNamespace, act: Play
) -> None:
    late, fine = act.submit(), act.submit()
    with scope.applied(scope.EVERYTHING):
        Case.objects.filter(pk=late.pk).update(due_at=clock.now() - dt.timedelta(minutes=1))
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)):
        rows = send(people.dispatcher, "GET", "/cases?overdue=true").json()["items"]
        assert [row["id"] for row in rows] == [str(late.pk)]
        situation = send(people.dispatcher, "GET", "/situation").json()
        assert (situation["overdue"], situation["today"]["submitted"]) == (1, 2)
    assert fine.due_at is not None


def test_what_a_phone_says_about_the_time_is_kept_beside_ours(send: Send, people: SimpleNamespace, act: Play) -> None:
    claimed = "2001-09-09T01:46:40+08:00"
    made = send(people.dispatcher, "POST", "/cases", {"title": "楼下有垃圾", "claimed_at": claimed}).json()
    case = send(people.dispatcher, "GET", f"/cases/{made['id']}").json()
    assert dt.datetime.fromisoformat(case["claimed_at"]) == dt.datetime.fromisoformat(claimed)
    assert abs(dt.datetime.fromisoformat(case["submitted_at"]) - clock.now()) < dt.timedelta(seconds=30)
    entry = next(one for one in case["log"] if one["action"].endswith(":submit"))
    assert entry["data"]["claimed_at"].startswith("2001-09-0")


@pytest.mark.parametrize(
    "claimed", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "2026-11-21T08:00:00", "昨天", 1e20]
)
def test_a_time_that_cannot_be_breaks_nothing(claimed: Any, send: Send, people: SimpleNamespace, act: Play) -> None:
    made = send(people.dispatcher, "POST", "/cases", {"title": "楼下有垃圾", "claimed_at": claimed})
    assert made.status_code in {201, 422}, made.content[:300]
    if made.status_code == 201:
        assert send(people.dispatcher, "GET", f"/cases/{made.json()['id']}").status_code == 200
        assert send(people.dispatcher, "GET", "/cases/export.xlsx").status_code == 200


# --- 18: the edge of a day, a week, a year ----------------------------------------------------------------------


def test_a_promise_into_a_year_nobody_published_is_the_safe_earlier_time_and_says_so(
    act: Play, district: District
) -> None:
    Calendar.objects.filter(code="office").update(duty=[["09:00", "12:00"], ["13:00", "17:00"]])
    calendars.forget()
    at = dt.datetime(2026, 12, 31, 23, 59, 59, tzinfo=HERE)
    case = act.submit(at=at)
    found = [one for one in running() if one.case_id == case.pk and one.caution]
    assert found, "no clock warns that 2027 is not published"
    assert all("2027" in one.caution for one in found)
    # The latest it could be due, were every weekday a working day, is a bound that holidays only move later.
    assert all(one.due_at > at for one in found)


@pytest.mark.parametrize("at", ["2026-11-21T23:59:59+08:00", "2026-11-22T00:00:00+08:00", "2026-02-28T23:59:59+08:00"])
def test_the_last_second_of_a_day_has_a_due_time(at: str, act: Play) -> None:
    moment = dt.datetime.fromisoformat(at)
    case = act.submit(at=moment)
    assert case.due_at is not None
    assert case.due_at > moment


# --- 20: twice, and two at once ----------------------------------------------------------------------------------


def test_a_double_click_makes_one_case_and_the_same_answer(send: Send, people: SimpleNamespace, act: Play) -> None:
    key = str(uuid7())
    first, second = (
        send(people.dispatcher, "POST", "/cases", {"title": "楼下有垃圾"}, Idempotency_Key=key) for _ in range(2)
    )
    assert (first.status_code, first.content) == (second.status_code, second.content)
    other = send(people.dispatcher, "POST", "/cases", {"title": "另一件事"}, Idempotency_Key=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    with scope.applied(scope.EVERYTHING):
        assert Case.objects.count() == 1


def test_a_residents_double_click_gives_the_same_token(send: Send, act: Play) -> None:
    key = str(uuid7())
    first, second = (
        send(None, "POST", "/public/reports", {"title": "楼下有垃圾"}, Idempotency_Key=key) for _ in range(2)
    )
    assert first.status_code == 201
    assert first.json() == second.json()


def test_the_back_button_sends_an_old_page_and_is_told_who_acted(
    send: Send, people: SimpleNamespace, act: Play
) -> None:
    case = act.submit()
    step = {"version": case.version, "reason": "请尽快", "support_units": []}
    path = f"/cases/{case.pk}/steps/dispatch"
    assert send(people.dispatcher, "POST", path, step).status_code == 200
    again = send(people.dispatcher, "POST", path, step)
    assert again.status_code == 409
    assert again.json()["by"] == people.dispatcher.name
    other = send(people.subdistrict_dispatcher, "POST", path, step)
    assert (other.status_code, other.json()["by"]) == (409, people.dispatcher.name)
    assert other.json()["current_version"] > case.version
    with scope.applied(scope.EVERYTHING):
        assert Entry.objects.filter(subject_id=case.pk, action="casework:case:dispatch").count() == 1
