"""What nobody may do with a plan, and what must hold when things change under it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import shapely
import time_machine
from django.utils import timezone

from tests import factories
from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion, Level
from wangge.areas.services.redivision import BuiltUpon
from wangge.audit.models import Entry
from wangge.divisions.models import DivisionNotice, Plan, PlanCommunity
from wangge.divisions.selectors import consequences
from wangge.divisions.services import deciding, editing, effect
from wangge.divisions.tests.conftest import make_buildings, nobody
from wangge.org import scope, selectors
from wangge.org.models import Unit, UnitKind, User
from wangge.org.scope import system_actor
from wangge.registry.models import Building

pytestmark = pytest.mark.django_db


def day(ahead: int = 7) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=ahead)


def propose(plan: Plan, by: Any, ahead: int = 7) -> Plan:
    with scope.acting(by):
        return deciding.propose(plan_id=plan.pk, valid_from=day(ahead), reason="年度复核", by=by)


def approve(plan: Plan, by: Any, **more: Any) -> Plan:
    with scope.acting(by):
        return deciding.approve(plan_id=plan.pk, by=by, **more)


def test_another_street_finds_nothing_whatever_it_tries(send, people, district, make_plan):
    plan = make_plan(grids=6)
    other, community = people.other_subdistrict_dispatcher, district.areas["community1"].id
    with scope.acting(system_actor("test")):
        row = PlanCommunity.objects.get(plan=plan, area_id=community)
    body = {"community": community, "label": row.grids[0]["label"], "post_id": nobody()}
    tries = [("GET", f"/plans/{plan.pk}{part}", None) for part in (
        "", "/compare", "/preview", "/teams", "/cases", "/grids.geojson", f"/communities/{community}",
    )]  # fmt: skip
    tries += [("POST", f"/plans/{plan.pk}/steps/{step}", {"reason": "试一试", "valid_from": day()}) for step in (
        "propose", "redesign", "discard", "cancel", "withdraw",
    )]  # fmt: skip
    tries += [("POST", f"/plans/{plan.pk}/communities/{community}/steps/rerun", {"version": 1})]
    tries += [("POST", f"/plans/{plan.pk}/teams/{verb}", body) for verb in ("assign", "unassign")]
    for method, path, asked in tries:
        answer = send(other, method, path, asked)
        assert answer.status_code == 404, (path, answer.status_code, answer.content)
        assert (
            answer.json()["code"]
            == send(other, method, path.replace(str(plan.pk), str(nobody())), asked).json()["code"]
        )
    started = {"name": "偷看方案", "area": district.areas["street2"].id, "start": str(plan.pk)}
    assert send(other, "POST", "/plans", started).status_code == 422
    assert send(other, "GET", f"/teams?area={district.areas['street1'].id}").status_code == 404


def test_ids_of_another_community_or_plan_are_refused_and_so_are_fields_nobody_asked_for(
    send, people, district, make_plan
):
    plan = make_plan(grids=6)
    by, community = people.subdistrict_dispatcher, district.areas["community1"].id
    with scope.acting(system_actor("test")):
        elsewhere = PlanCommunity.objects.get(plan=plan, area_id=district.areas["community2"].id)
    path = f"/plans/{plan.pk}/communities/{community}/steps"
    for wrong in (
        {"atoms": [elsewhere.atom_ids[0]]},
        {"atoms": [nobody()]},
        {"atoms": []},
        {"atoms": [elsewhere.atom_ids[0]], "to": 99_999},
        {"atoms": [nobody()] * 20_001},
        {"state": "published"},
        {"labels": [1], "made_by": str(nobody())},
    ):
        assert send(by, "POST", f"{path}/move", {"version": 1, **wrong}).status_code == 422, list(wrong)
    far = [[180.0 * (i % 2), 80.0] for i in range(2001)]
    for polygon in (far, [[1, 1], [2, 2]], [[0, 0], [1, 1], [1, 0], [0, 1]], [[181, 0], [0, 1], [1, 1]]):
        assert send(by, "POST", f"{path}/redraw", {"version": 1, "polygon": polygon}).status_code == 422
    assert send(by, "POST", f"{path}/explode", {"version": 1}).status_code == 404
    assert send(by, "POST", f"/plans/{plan.pk}/steps/propose", {"state": "published"}).status_code == 422
    assert send(by, "POST", f"/plans/{plan.pk}/steps/in_force", {}).status_code == 404


def test_a_second_post_or_a_stand_in_does_not_make_another_person(people, district, make_plan):
    plan = make_plan(grids=6)
    with scope.acting(system_actor("test")):
        user = User.objects.get(pk=people.subdistrict_dispatcher.user_id)
        post = factories.make_post(district, user, role="district_leader", unit="government")
        post.save()
        both = selectors.actor_for(user, post=post)
    propose(plan, people.subdistrict_dispatcher)
    with pytest.raises(deciding.OwnPlan):
        approve(plan, both)


def test_over_the_wire_an_approval_is_of_what_was_previewed(send, people, make_plan):
    plan = make_plan(grids=6)
    propose(plan, people.subdistrict_dispatcher)
    unseen = send(people.leader, "POST", f"/plans/{plan.pk}/steps/approve", {})
    assert unseen.status_code == 409
    assert unseen.json()["code"] == "preview_changed"
    digest = send(people.leader, "GET", f"/plans/{plan.pk}/preview").json()["digest"]
    assert send(people.leader, "POST", f"/plans/{plan.pk}/steps/approve", {"digest": digest}).status_code == 200
    again = send(people.leader, "POST", f"/plans/{plan.pk}/steps/approve", {"digest": digest})
    assert again.status_code == 409
    with scope.acting(system_actor("test")):
        assert Entry.objects.filter(action="divisions:plan:approve").count() == 1


def test_a_community_redrawn_since_the_plan_was_made_is_not_published(people, district, make_plan):
    plan = make_plan(grids=6)
    with scope.acting(system_actor("test")):
        version = district.versions["community1"]
        smaller = shapely.box(116.9, 36.6, 117.0, 36.65)
        AreaVersion.objects.filter(pk=version.pk).update(boundary=shapely.to_wkb(smaller))
        told = consequences.preview(plan, day())
    assert any("边界" in one["zh"] for one in told["problems"])
    with pytest.raises(deciding.CannotPublish):
        propose(plan, people.subdistrict_dispatcher)


def test_two_plans_of_one_day_are_carried_out_one_upon_the_other(people, make_plan):
    first = make_plan("street1", grids=6)
    propose(first, people.subdistrict_dispatcher)
    approve(first, people.leader)
    second = make_plan("street1", grids=4, start="current")
    propose(second, people.subdistrict_dispatcher)
    approve(second, people.leader)
    with scope.acting(people.leader) as by, pytest.raises(BuiltUpon):
        deciding.undo(plan_id=first.pk, reason="撤销先批的", by=by)
    moment = dt.datetime.combine(day(), dt.time(0, 5), tzinfo=timezone.get_current_timezone())
    with time_machine.travel(moment, tick=True):
        done = effect.take_effect(at=moment)
        assert [plan.pk for plan in done] == [first.pk, second.pk]
        assert effect.take_effect(at=moment) == []
        with scope.acting(system_actor("test")):
            grids = [v for v in areas.atlas(day()).versions if v.level == Level.GRID]
            own = {v.area_id for v in grids if v.code.startswith("370199001")}
            teams = Unit.objects.filter(kind=UnitKind.GRID_TEAM, active=True, area_id__in=own)
            assert sorted(teams.values_list("area_id", flat=True)) == sorted(own)
            ended = Unit.objects.filter(kind=UnitKind.GRID_TEAM, active=True, area__isnull=False)
            assert set(ended.values_list("area_id", flat=True)) <= {v.area_id for v in grids}


def test_what_happens_to_the_registry_between_plan_and_day_does_not_stop_the_day(
    people, district, make_plan, buildings
):
    """A building is pulled down, one is built, one stands elsewhere than was thought."""
    plan = propose(make_plan(grids=6), people.subdistrict_dispatcher)
    with scope.acting(people.leader) as by:
        digest = consequences.preview(plan)["digest"]
    with scope.acting(system_actor("test")):
        Building.objects.filter(pk=buildings[0].pk).delete()
        new = make_buildings(district, count=28, each=3)[0]
        Building.objects.filter(pk=buildings[30].pk).update(lon=116.999, lat=36.599)
    with scope.acting(people.leader) as by:
        deciding.approve(plan_id=plan.pk, by=by, digest=digest)
    moment = dt.datetime.combine(day(), dt.time(0, 5), tzinfo=timezone.get_current_timezone())
    with time_machine.travel(moment, tick=True):
        assert [one.pk for one in effect.take_effect(at=moment)] == [plan.pk]
        with scope.acting(system_actor("test")):
            division = areas.atlas(day())
            for pk in (new.pk, buildings[30].pk):
                one = Building.objects.get(pk=pk)
                held = division.by_area[one.area_id]
                assert held.pos == one.area_pos
                found = areas.locate(one.lon, one.lat, at=day()).version
                assert found.area_id == held.area_id


def test_the_log_and_addresses_name_nobody(people, make_plan, client_for):
    plan = make_plan(grids=6)
    propose(plan, people.subdistrict_dispatcher)
    approve(plan, people.leader)
    with scope.acting(system_actor("test")):
        names = set(User.objects.values_list("name", flat=True))
        for entry in Entry.objects.filter(action__startswith="divisions:"):
            assert not [name for name in names if name in json.dumps(entry.data, ensure_ascii=False, default=str)]


def test_two_who_edit_at_once_do_not_lose_each_others_change(people, district, make_plan):
    plan = make_plan(grids=6)
    with scope.acting(people.subdistrict_dispatcher) as by:
        for key in ("community1", "community2"):
            editing.edit(
                plan_id=plan.pk, community_id=district.areas[key].id, step="rerun", version=1, by=by, fields={}
            )
        plan.refresh_from_db()
        rows = PlanCommunity.objects.filter(plan=plan)
        assert plan.figures["grids"] == sum(len(row.grids) for row in rows)
        community = district.areas["community1"].id
        undone = editing.edit(plan_id=plan.pk, community_id=community, step="undo", version=2, by=by, fields={})
        with pytest.raises(editing.NothingToUndo):
            editing.edit(plan_id=plan.pk, community_id=community, step="undo", version=undone.version, by=by, fields={})


def test_who_was_told_of_a_day_that_was_undone_is_not_told_again(people, make_plan, district):
    plan = propose(make_plan(grids=6), people.subdistrict_dispatcher, 5)
    plan = approve(plan, people.leader)
    other = district.units["office2"]  # concerned at first, not when the plan comes back
    with scope.acting(system_actor("test")):
        DivisionNotice.objects.create(
            plan=plan, plan_name=plan.name, valid_from=day(5), kind="planned", unit=other, unit_pos=other.pos,
            text_zh=f"网格划分将自 {day(5)} 起调整", text_en="", at=plan.decided_at,
        )  # fmt: skip
    with scope.acting(people.leader) as by:
        deciding.undo(plan_id=plan.pk, reason="再征求意见", by=by)
    approve(propose(plan, people.subdistrict_dispatcher, 9), people.leader)
    moment = dt.datetime.combine(day(9), dt.time(0, 5), tzinfo=timezone.get_current_timezone())
    with time_machine.travel(moment, tick=True):
        assert len(effect.take_effect(at=moment)) == 1
    with scope.acting(system_actor("test")):
        last = DivisionNotice.objects.filter(plan=plan, kind="planned", valid_from=day(9))
        told = DivisionNotice.objects.filter(plan=plan, kind="in_force")
        assert told.count() == last.count() > 0
        assert DivisionNotice.objects.filter(unit=other, kind="undone").count() == 1
        assert not told.filter(text_zh__contains=str(day(5))).exists()
        assert all(str(day(9)) in one.text_zh for one in told)
