"""Plans over HTTP: made, designed, edited, compared, previewed, published; in a bounded number of statements."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from wangge.divisions.models import DivisionNotice, Plan, PlanCommunity
from wangge.divisions.services import barriers
from wangge.divisions.tests.conftest import designed, make_buildings
from wangge.kit.errors import Invalid
from wangge.org import scope
from wangge.org.scope import system_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(make_plan) -> Plan:
    return make_plan(grids=6)


def test_a_plan_goes_from_a_wish_to_the_areas_of_its_day(send, people, district, buildings):
    street = district.areas["street1"].id
    wish = {"name": "2027 年网格划分", "area": street, "low": 300, "high": 500, "grids": 6, "start": "current"}
    made = send(people.subdistrict_dispatcher, "POST", "/plans", wish)
    assert made.status_code == 201, made.content
    assert made.json()["progress"]["phase"] == "waiting"
    pk = made.json()["id"]
    designed(pk)
    found = send(people.subdistrict_dispatcher, "GET", f"/plans/{pk}").json()
    assert found["state"] == "draft", found
    assert found["figures"]["grids"] == 6
    assert {one["step"] for one in found["actions"]} == {"propose", "redesign", "discard"}
    day = (timezone.localdate() + dt.timedelta(days=5)).isoformat()
    told = send(people.subdistrict_dispatcher, "GET", f"/plans/{pk}/preview?valid_from={day}")
    assert told.status_code == 200, told.content
    proposed = send(
        people.subdistrict_dispatcher, "POST", f"/plans/{pk}/steps/propose", {"valid_from": day, "reason": "年度复核"}
    )
    assert proposed.json()["state"] == "proposed", proposed.content
    assert send(people.leader, "GET", f"/plans/{pk}").json()["actions"][0]["step"] == "approve"
    refused = send(people.subdistrict_dispatcher, "POST", f"/plans/{pk}/steps/approve", {})
    assert refused.status_code == 403
    digest = send(people.leader, "GET", f"/plans/{pk}/preview").json()["digest"]
    done = send(people.leader, "POST", f"/plans/{pk}/steps/approve", {"digest": digest})
    assert done.json()["state"] == "published", done.content
    notices = send(people.grid_member, "GET", "/notices").json()
    assert notices["unread"] >= 1
    mine = notices["items"][0]
    assert "将自" in mine["text"]["zh"]
    read = send(people.grid_member, "POST", f"/notices/{mine['id']}/read", {})
    assert read.json()["read_by"] == "周网格"
    undone = send(people.leader, "POST", f"/plans/{pk}/steps/undo", {"reason": "再议"})
    assert undone.json()["state"] == "draft"


def test_an_edit_of_three_hundred_buildings_takes_few_statements(send, people, district, make_plan):
    with scope.acting(system_actor("test")):
        make_buildings(district, each=5, count=300)  # beside the 24 that are there
    plan = make_plan("community1", grids=8, low=200, high=450)
    area, by = district.areas["community1"].id, people.subdistrict_dispatcher
    path = f"/plans/{plan.pk}/communities/{area}"
    shown = send(by, "GET", path).json()
    assert len(shown["atoms"]) == 324
    assert {grid["polygon"]["type"] for grid in shown["grids"]} <= {"Polygon", "MultiPolygon"}
    grid = shown["grids"][0]
    send(by, "POST", f"{path}/steps/lock", {"version": shown["version"], "labels": [grid["label"]]})  # warm
    for step in ("unlock", "lock", "unlock"):
        version = send(by, "GET", path).json()["version"]
        with CaptureQueriesContext(connection) as made:
            answer = send(by, "POST", f"{path}/steps/{step}", {"version": version, "labels": [grid["label"]]})
        assert answer.status_code == 200, answer.content
        assert len(made) <= 32, [one["sql"][:90] for one in made]


def test_a_stale_edit_is_told_who_was_first(send, people, district, plan, staff):
    path = f"/plans/{plan.pk}/communities/{district.areas['community1'].id}/steps/rerun"
    assert send(staff.street_leader, "POST", path, {"version": 1}).status_code == 200
    late = send(people.subdistrict_dispatcher, "POST", path, {"version": 1})
    assert late.status_code == 409
    assert late.json()["by"] == "秦街道"
    assert late.json()["current_version"] == 2


def test_lists_cost_the_same_however_many_communities_there_are(send, people, plan, make_plan):
    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as made:
            assert send(people.leader, "GET", path).status_code == 200
        return len(made)

    one = make_plan("community1")
    for path in ("", "/compare", "/teams", "/cases", "/grids.geojson"):
        assert statements(f"/plans/{plan.pk}{path}") <= statements(f"/plans/{one.pk}{path}") + 1, path


def test_two_plans_are_compared_by_what_changes_its_grid(send, people, plan, make_plan):
    same = send(people.leader, "GET", f"/plans/{plan.pk}/compare?with={plan.pk}").json()
    assert same["moved"]["buildings"] == 0
    assert same["whole"]["households"] == 48 * 50
    now = send(people.leader, "GET", f"/plans/{plan.pk}/compare").json()
    assert now["other"]["kind"] == "current"
    assert now["moved"]["buildings"] == len(now["atoms"]) == plan.figures["moved"] > 0
    assert {one["was"] for one in now["atoms"]} <= {
        "睦和苑一网格", "睦和苑二网格", "纬二路第一网格", "纬二路第二网格",
    }  # fmt: skip


def test_a_street_sees_its_own_plans_only(send, people, plan):
    assert send(people.subdistrict_dispatcher, "GET", "/plans").json()["total"] == 1
    assert send(people.other_subdistrict_dispatcher, "GET", "/plans").json()["total"] == 0
    assert send(people.other_subdistrict_dispatcher, "GET", f"/plans/{plan.pk}").status_code == 404
    with scope.acting(people.other_subdistrict_dispatcher):
        assert not PlanCommunity.objects.exists()
        assert not DivisionNotice.objects.exists()


def test_a_wish_outside_ones_area_or_without_sense_is_refused(send, people, district, buildings):
    street = people.subdistrict_dispatcher
    other = {"name": "越界方案", "area": district.areas["street2"].id}
    assert send(street, "POST", "/plans", other).status_code == 404
    own = {"name": "本街方案", "area": district.areas["street1"].id}
    for wrong in ({"low": 500, "high": 300}, {"grids": 0}, {"start": "someday"}, {"locked": [other["area"]]}):
        assert send(street, "POST", "/plans", own | wrong).status_code == 422, wrong
    grid = {"name": "网格方案", "area": district.areas["grid1"].id}
    assert send(street, "POST", "/plans", grid).status_code == 422
    assert send(people.system_admin, "POST", "/plans", own).status_code == 403


def test_a_place_without_buildings_says_so_on_the_plan(people, district, make_plan):
    plan = make_plan("street2", by=people.dispatcher)
    assert plan.state == "failed"
    assert "没有可划分的楼栋" in plan.failure_zh


def test_a_job_that_was_stopped_keeps_the_best_so_far(send, people, district, buildings):
    made = send(
        people.subdistrict_dispatcher, "POST", "/plans", {"name": "可停方案", "area": district.areas["street1"].id}
    ).json()
    send(people.subdistrict_dispatcher, "POST", f"/plans/{made['id']}/steps/cancel", {})
    plan = designed(made["id"])
    assert plan.state == "draft"
    assert plan.figures["contiguous"] == plan.figures["grids"]


def test_courtyards_are_designed_within_grids_by_the_same_method(people, make_plan):
    plan = make_plan("community1", level=4, low=100, high=200)
    assert plan.state == "draft", plan.failure_zh
    with scope.acting(people.leader):
        rows = list(PlanCommunity.objects.filter(plan=plan).order_by("code"))
    assert [row.name for row in rows] == ["睦和苑一网格", "睦和苑二网格"]
    assert all(grid["band"] == "in" for row in rows for grid in row.grids)


def test_barriers_are_read_strictly(people):
    line = {"type": "Feature", "properties": {"kind": "river", "name": "玉绣河"},
            "geometry": {"type": "LineString", "coordinates": [[116.95, 36.5], [116.95, 36.7]]}}  # fmt: skip

    def load(*features: Any) -> tuple[int, int]:
        data = json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()
        with scope.acting(people.dispatcher) as by:
            return barriers.load(data=data, source="区水务局", crs="WGS84", by=by)

    assert load(line) == (1, 0)
    assert load(line, line) == (2, 1)
    empty = line | {"geometry": {"type": "LineString", "coordinates": []}}  # as clipping leaves it
    assert load(line, empty) == (1, 2)
    for wrong in (
        line | {"geometry": {"type": "Point", "coordinates": [1, 2]}},
        line | {"geometry": {"type": "LineString", "coordinates": [[500_000, 4_000_000], [1, 2]]}},
        line | {"properties": {"kind": "wall"}},
    ):
        with pytest.raises(Invalid):
            load(line, wrong)
    with pytest.raises(Invalid):
        load(empty)


def test_a_barrier_between_buildings_is_known_to_the_plan(people, make_plan, district, send):
    data = json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature", "properties": {"kind": "rail"},
                    "geometry": {"type": "LineString", "coordinates": [[116.95, 36.4], [116.95, 36.8]]},
                }
            ],
        }
    ).encode()  # fmt: skip
    with scope.acting(people.dispatcher) as by:
        barriers.load(data=data, source="铁路", crs="WGS84", by=by)
    plan = make_plan("community1", grids=2, low=500, high=700)
    shown = send(
        people.leader, "GET", f"/plans/{plan.pk}/communities/{district.areas['community1'].id}?borders=true"
    ).json()
    assert sum(barrier for *_, barrier in shown["borders"]) == 4
    assert [grid["barrier"] for grid in shown["grids"]] == [False, False]
