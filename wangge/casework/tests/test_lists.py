"""Lists of cases: scope, filters, order, pages, and how many queries they cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from wangge.casework import selectors
from wangge.casework.models import Case
from wangge.casework.selectors import Filters, finding, listing
from wangge.casework.tests.conftest import Play
from wangge.casework.workflow import Step
from wangge.kit.errors import Invalid
from wangge.org import scope
from wangge.org.scope import Actor, Scope
from wangge.registry import services as registry
from wangge.registry.models import Building

MOST_QUERIES = 6
WITHIN_A_TEST = ("SAVEPOINT", "RELEASE SAVEPOINT", "select coalesce(current_setting")  # the request is not outermost
ClientFor = Callable[[Actor | None], Client]


def ids(actor: Actor, **filters: Any) -> list[str]:
    with scope.acting(actor):
        return [case.number for case in selectors.page(actor=actor, filters=Filters(**filters), limit=100).items]


@pytest.fixture
def some(act: Play) -> dict[str, Case]:
    """One case in each grid, on two desks, in several states."""
    made = {}
    for key in ("grid1", "grid2", "grid3", "grid4", "grid5"):
        lon, lat = act.district.point(key)
        made[key] = act.submit(lon=lon, lat=lat, title=f"{key} 门口有垃圾")
    made["road"] = act.submit(category_code="C-01001", title="路面塌陷", urgency="danger")
    made["unplaced"] = act.submit(lon=None, lat=None, title="某处有垃圾", channel="letter")
    act.step(made["grid1"], Step.DISPATCH, act.people.dispatcher, support_units=[])
    return made


def test_each_persona_sees_exactly_what_the_second_lock_allows(some: dict[str, Case], people: SimpleNamespace) -> None:
    """The branches of the list, the ORM's condition and row-level security agree on every person."""
    for key, actor in vars(people).items():
        with scope.acting(actor):
            by_policy = set(Case.objects.values_list("number", flat=True))
            by_condition = set(Case.objects.visible_to(actor).values_list("number", flat=True))
        assert set(ids(actor)) == by_condition == by_policy, key


def test_a_street_sees_its_own_half(some: dict[str, Case], people: SimpleNamespace) -> None:
    west = {some[key].number for key in ("grid1", "grid2", "grid3", "grid4", "road")}

    assert set(ids(people.subdistrict_dispatcher)) == west
    assert set(ids(people.other_subdistrict_dispatcher)) == {some["grid5"].number}


def test_a_department_sees_what_it_has_a_part_in(some: dict[str, Case], people: SimpleNamespace) -> None:
    assert some["grid5"].number in ids(people.department_clerk)
    assert some["road"].number not in ids(people.department_clerk)
    assert ids(people.other_department_clerk) == []


@pytest.mark.parametrize(
    "units",
    [
        pytest.param("one", id="a unit alone"),
        pytest.param("tree", id="a department with all below it"),
        pytest.param("range", id="an odd interval"),
    ],
)
def test_every_shape_of_unit_interval_finds_the_parties(
    units: str, some: dict[str, Case], act: Play, people: SimpleNamespace
) -> None:
    urban = act.district.units["urban"]
    interval = {
        "one": (urban.pos, urban.pos + 1),
        "tree": (urban.pos, urban.pos_end),
        "range": (urban.pos - 1, urban.pos + 2),
    }[units]
    actor = replace(people.department_clerk, scope=Scope(units=(interval,)))

    with scope.acting(actor):
        wanted = set(Case.objects.visible_to(actor).values_list("number", flat=True))
    assert set(ids(actor)) == wanted
    assert some["grid5"].number in wanted


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"states": ("dispatched",)}, {"grid1"}),
        ({"states": ("dispatched", "submitted")}, {"grid1", "unplaced"}),
        ({"category": "C-01001"}, {"road"}),
        ({"urgencies": ("danger",)}, {"road"}),
        ({"channel": "letter"}, {"unplaced"}),
        ({"view": "queue"}, {"unplaced"}),
        ({"q": "塌陷"}, {"road"}),
        ({"q": "grid3 垃圾"}, {"grid3"}),
        ({"q": "grid"}, {"grid1", "grid2", "grid3", "grid4", "grid5"}),
        ({"q": "没有这样的字"}, set()),
        ({"q": "%_'\" | & !"}, set()),
    ],
)
def test_filters(filters: dict[str, Any], wanted: set[str], some: dict[str, Case], people: SimpleNamespace) -> None:
    assert set(ids(people.dispatcher, **filters)) == {some[key].number for key in wanted}


def test_a_case_is_found_by_its_number_and_by_the_beginning_of_it(
    some: dict[str, Case], people: SimpleNamespace
) -> None:
    number = some["road"].number

    assert ids(people.dispatcher, q=number) == [number]
    assert set(ids(people.dispatcher, q=number[:8])) == {case.number for case in some.values()}


def test_an_area_filter_takes_everything_below_it(some: dict[str, Case], act: Play, people: SimpleNamespace) -> None:
    areas = act.district.areas
    west = {some[key].number for key in ("grid1", "grid2", "grid3", "grid4", "road")}

    assert set(ids(people.dispatcher, area=areas["district"].pk)) == west | {some["grid5"].number}
    assert set(ids(people.dispatcher, area=areas["street1"].pk)) == west
    assert set(ids(people.dispatcher, area=areas["community2"].pk)) == {some["grid3"].number, some["grid4"].number}
    assert ids(people.dispatcher, area=areas["grid5"].pk) == [some["grid5"].number]


def test_a_building_filter_takes_what_was_said_of_it_or_at_its_door(act: Play, people: SimpleNamespace) -> None:
    lon, lat = act.district.point("grid1")
    grid = act.district.versions["grid1"].code
    with scope.acting(scope.system_actor()):
        registry.load_buildings(
            [
                {"code": f"B{n}", "estate": "", "name": f"{n}号楼", "address": f"大观园街道北园路{n}号", "kind": "",
                 "grid_code": grid, "lon": lon + (n - 1) * 0.001, "lat": lat, "households": 1}
                for n in (1, 2)
            ]
        )  # fmt: skip
        here, other = Building.objects.order_by("code").values_list("pk", flat=True)
    at_the_door = act.submit(lon=lon + 0.0001, lat=lat, title="楼道堆物")
    named = act.submit(lon=None, lat=None, address="大观园街道北园路1号", title="楼道没有灯")
    act.submit(lon=lon + 0.001, lat=lat, title="隔壁楼的事")

    assert set(ids(people.dispatcher, building=here)) == {at_the_door.number, named.number}
    assert len(ids(people.dispatcher, building=other)) == 1
    with pytest.raises(Invalid), scope.acting(people.dispatcher):
        selectors.page(actor=people.dispatcher, filters=Filters(building=at_the_door.pk))


def test_a_unit_filter_takes_the_units_below_it(some: dict[str, Case], act: Play, people: SimpleNamespace) -> None:
    units = act.district.units

    assert set(ids(people.dispatcher, unit=units["transport"].pk)) == {some["road"].number}
    assert len(ids(people.dispatcher, unit=units["government"].pk)) == 6


def test_an_unknown_area_unit_or_category_is_named(some: dict[str, Case], people: SimpleNamespace) -> None:
    with pytest.raises(Invalid) as caught:
        ids(people.dispatcher, category="M-12345")

    assert [error["at"] for error in caught.value.errors] == ["query.category"]


def test_days_are_local_days(act: Play, people: SimpleNamespace) -> None:
    case = act.submit()
    day = case.submitted_at.astimezone(finding.timezone.get_default_timezone()).date()

    assert ids(people.dispatcher, first_day=day, last_day=day) == [case.number]
    assert ids(people.dispatcher, first_day=day + timedelta(days=1)) == []
    assert ids(people.dispatcher, last_day=day - timedelta(days=1)) == []


@pytest.mark.parametrize("sort", ["-submitted_at", "submitted_at", "due_at"])
@pytest.mark.parametrize("who", ["dispatcher", "subdistrict_dispatcher", "department_clerk", "grid_member"])
def test_pages_show_each_case_once_and_in_order(
    sort: str, who: str, some: dict[str, Case], people: SimpleNamespace
) -> None:
    actor = getattr(people, who)
    with scope.acting(actor):
        whole = selectors.page(actor=actor, filters=Filters(sort=sort), limit=100).items
        seen: list[Case] = []
        cursor = None
        for _ in range(20):
            found = selectors.page(actor=actor, filters=Filters(sort=sort), cursor=cursor, limit=2)
            seen += found.items
            cursor = found.next
            if cursor is None:
                break
        again = list(listing.walk(actor=actor, filters=Filters(sort=sort), most=3))

    assert [case.pk for case in seen] == [case.pk for case in whole]
    assert len(whole) == len(ids(actor))
    assert [case.pk for case in again] == [case.pk for case in whole[:3]]


@pytest.mark.parametrize("cursor", ["x", "ImEi", "W10", "AAAA", "WyJkdWVfYXQiLG51bGwsIngiXQ"])
def test_a_made_up_cursor_is_refused(cursor: str, people: SimpleNamespace) -> None:
    with scope.acting(people.dispatcher), pytest.raises(Invalid):
        selectors.page(actor=people.dispatcher, filters=Filters(), cursor=cursor)


def test_what_is_overdue_is_open_and_past_its_time(act: Play, people: SimpleNamespace, superuser: Any) -> None:
    late, closed = act.submit(), act.closed()
    with scope.acting(people.dispatcher):
        Case.objects.filter(pk__in=[late.pk, closed.pk]).update(due_at=late.submitted_at - timedelta(hours=1))

    assert ids(people.dispatcher, overdue=True) == [late.number]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?view=todo",
        "?view=done",
        "?view=mine",
        "?view=queue",
        "?state=registered&channel=hotline12345&q=垃圾",
        "?area={area}&unit={unit}&category=M-01001&sort=due_at",
    ],
)
@pytest.mark.parametrize("who", ["dispatcher", "subdistrict_dispatcher", "department_clerk", "grid_member"])
def test_a_list_costs_at_most_six_queries(
    who: str, query: str, some: dict[str, Case], act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    client = client_for(getattr(people, who))
    path = "/api/v1/cases" + query.format(area=act.district.areas["street1"].pk, unit=act.district.units["urban"].pk)
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)

    assert answer.status_code == 200, answer.json()
    spent = [one["sql"] for one in queries if not one["sql"].startswith(WITHIN_A_TEST)]
    assert len(spent) - 1 <= MOST_QUERIES, spent  # but one: the scope around the request comes back


def test_a_row_names_places_and_people_in_full(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    case = act.submit()
    row = client_for(people.dispatcher).get("/api/v1/cases").json()["items"][0]

    assert row["number"] == case.number
    assert row["area"]["path"] == "大观园街道 / 睦和苑社区 / 睦和苑一网格"
    assert row["category"] == {"code": "M-01001", "name": "暴露垃圾"}
    assert row["lead_unit"]["name"] == "区城市管理局"
    assert row["state_name"] == "已立案"
    assert row["remaining_minutes"] > 0
    assert row["todo"] == ["待派单"]
