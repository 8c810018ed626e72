"""The wall's numbers are the database's, in scope, in few queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import District
from wangge.casework.models import Case
from wangge.casework.tests.conftest import Lists, Play, fresh_memory, make_lists
from wangge.casework.workflow import Step
from wangge.command import selectors
from wangge.org import scope
from wangge.org.scope import Actor

__all__ = ["fresh_memory"]  # a fixture for every test here
ClientFor = Callable[[Actor | None], Client]
MOST_QUERIES = 10


@pytest.fixture
def lists(district: District) -> Lists:
    return make_lists(district)


@pytest.fixture
def play(district: District, lists: Lists, people: SimpleNamespace) -> Play:
    selectors.forget()
    return Play(district, people, lambda _by: "")


def situation(actor: Actor) -> dict[str, Any]:
    with scope.acting(actor):
        return selectors.count(actor=actor, now=timezone.now())


def road(play: Play, grid: str = "grid1", **given: Any) -> Case:
    """A case that needs no picture after handling, led by the transport department."""
    lon, lat = play.district.point(grid)
    return play.submit(category_code="C-01001", title="路面塌陷", lon=lon, lat=lat, **given)


def closed(play: Play, **given: Any) -> Case:
    case = road(play, **given)
    people = play.people
    play.step(case, Step.DISPATCH, people.dispatcher, support_units=[str(play.district.units["urban"].pk)])
    with scope.acting(people.dispatcher):
        case.work_orders.filter(unit=play.district.units["transport"]).update(state="withdrawn", lead=False)
        case.work_orders.update(lead=True)
    play.step(case, Step.ACKNOWLEDGE, people.department_clerk)
    play.step(case, Step.HANDLE, people.department_clerk, result="已修复")
    play.step(case, Step.VERIFY, people.supervisor)
    play.step(case, Step.RATE, people.supervisor, rating=5)
    return play.step(case, Step.CLOSE, people.supervisor)


def test_the_numbers_are_those_of_the_database(play: Play) -> None:
    closed(play)
    late = road(play)
    road(play, "grid5")
    play.submit(lon=None, lat=None, channel="letter", title="某处有事", category_code=None)
    with scope.acting(play.people.dispatcher):
        Case.objects.filter(pk=late.pk).update(due_at=late.submitted_at - timedelta(hours=1), card="red")

    seen = situation(play.people.dispatcher)
    assert seen["today"] == {"submitted": 4, "closed": 1, "on_the_spot": 0}
    assert (seen["open"], seen["overdue"]) == (3, 1)
    assert seen["cards"] == {"yellow": 0, "red": 1}
    assert seen["by_state"] == [
        {"state": "submitted", "name": "待受理", "count": 1}, {"state": "registered", "name": "已立案", "count": 2},
    ]  # fmt: skip
    assert [(one["name"], one["open"], one["overdue"], one["closed_today"]) for one in seen["by_subdistrict"]] == [
        ("大观园街道", 1, 1, 1), ("杆石桥街道", 1, 0, 0),
    ]  # fmt: skip
    assert seen["by_category"] == [
        {"code": "C-01001", "name": "道路破损", "count": 2}, {"code": "", "name": "未归类", "count": 1},
    ]  # fmt: skip
    assert {one["code"]: one["count"] for one in seen["by_channel"]} == {"hotline12345": 2, "letter": 1}
    assert sum(seen["hours"]) == 4
    assert seen["rates"] == {"on_time": 1.0, "satisfaction": 1.0, "response": 1.0}
    assert len(seen["points"]) == 2
    assert [row["todo"] for row in seen["latest"]] == [[]] * 4


def test_each_sees_the_numbers_of_their_scope(play: Play, client_for: ClientFor) -> None:
    road(play)
    road(play, "grid5")
    people = play.people

    assert situation(people.dispatcher)["open"] == 2
    west = situation(people.subdistrict_dispatcher)
    assert west["open"] == 1
    assert [one["name"] for one in west["by_subdistrict"]] == ["大观园街道"]
    assert situation(people.other_department_clerk)["open"] == 0
    # what is kept for one scope is not given to another
    assert client_for(people.dispatcher).get("/api/v1/situation").json()["open"] == 2
    assert client_for(people.subdistrict_dispatcher).get("/api/v1/situation").json()["open"] == 1
    assert client_for(people.supervisor).get("/api/v1/situation").json()["open"] == 2
    assert client_for(people.system_admin).get("/api/v1/situation").status_code == 403


def test_imported_history_is_not_the_situation(play: Play) -> None:
    case = road(play)
    with scope.acting(play.people.dispatcher):
        Case.objects.filter(pk=case.pk).update(history=True)

    assert situation(play.people.dispatcher)["open"] == 0


def test_it_costs_at_most_ten_queries(play: Play) -> None:
    closed(play)
    case = road(play)
    housing = str(play.district.units["housing"].pk)
    play.step(
        case, Step.WHISTLE, play.people.subdistrict_dispatcher, kind="joint", unit_ids=[housing], message="请到现场"
    )
    for actor in (play.people.dispatcher, play.people.subdistrict_dispatcher, play.people.department_clerk):
        with scope.acting(actor), CaptureQueriesContext(connection) as queries:
            selectors.count(actor=actor, now=timezone.now())
        assert len(queries) <= MOST_QUERIES, [one["sql"][:90] for one in queries]


def test_walls_in_one_scope_share_one_counting(play: Play, client_for: ClientFor) -> None:
    client = client_for(play.people.dispatcher)
    first = client.get("/api/v1/situation").json()
    road(play)

    assert client_for(play.people.leader).get("/api/v1/situation").json()["at"] == first["at"]
    selectors.forget()
    assert client.get("/api/v1/situation").json()["open"] == 1
