"""Proposed by one, approved by another for a day: the areas of that day are written, nothing else; it can be undone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import shapely
from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion, Level
from wangge.areas.numbering import number_grids
from wangge.areas.services.redivision import BuiltUpon
from wangge.audit.models import Entry
from wangge.divisions.models import DivisionNotice, Plan
from wangge.divisions.selectors import consequences, teams
from wangge.divisions.services import deciding
from wangge.divisions.services import teams as assigning
from wangge.divisions.services.acting import WrongPlanState
from wangge.divisions.services.deciding import CannotPublish, ChangedSince, OwnPlan, TooLate
from wangge.divisions.workflow import TRANSITIONS, State, Step
from wangge.kit.errors import Forbidden, Invalid
from wangge.org import scope
from wangge.org.scope import system_actor

pytestmark = pytest.mark.django_db


def day(ahead: int = 7) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=ahead)


def held() -> list[tuple[Any, ...]]:
    """What is held true of areas now, for any day."""
    fields = ("area_id", "code", "name", "pos", "pos_end", "valid_from", "valid_to", "boundary", "households", "kind")
    rows = AreaVersion.objects.current().order_by("area_id", "valid_from").values_list(*fields)
    return [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in rows]


@pytest.fixture
def proposed(make_plan, people) -> Plan:
    plan = make_plan(grids=6)  # three in each community, where there were two
    with scope.acting(people.subdistrict_dispatcher) as by:
        return deciding.propose(plan_id=plan.pk, valid_from=day(), reason="年度复核", by=by)


def approve(plan: Plan, by: Any, **more: Any) -> Plan:
    with scope.acting(by):
        return deciding.approve(plan_id=plan.pk, by=by, **more)


def test_approving_writes_the_areas_of_the_day_and_leaves_today_alone(proposed, people, district):
    with scope.acting(system_actor("test")):
        today = {v.code for v in areas.atlas().versions}
        approve(proposed, people.leader, reason="同意")
        now, then = areas.atlas(), areas.atlas(day())

    assert {v.code for v in now.versions} == today
    for key in ("community1", "community2"):
        community = then.by_area[district.areas[key].id]
        grids = [v for v in then.children_of[community.area_id] if v.level == Level.GRID]
        assert len(grids) == 3
        assert sum(v.households or 0 for v in grids) == 24 * 50
        stored = AreaVersion.objects.at(day()).filter(area_id__in=[v.area_id for v in grids]).order_by("code")
        shapes = [shapely.from_wkb(bytes(v.boundary)) for v in stored]
        assert number_grids(shapes) == [0, 1, 2]  # codes ascend by the rule
        outline = shapely.from_wkb(bytes(AreaVersion.objects.get(pk=community.pk).boundary))
        assert shapely.symmetric_difference(shapely.union_all(shapes), outline).area < 1e-9
        assert shapely.coverage_is_valid(shapes)
    assert {v.code for v in then.versions if v.level == Level.GRID and v.code.startswith("370199002")} == {
        "370199002001001"
    }


def test_grids_go_on_where_they_share_most_and_no_code_changes_hands(proposed, people, district):
    approve(proposed, people.leader)
    before, after = areas.atlas(), areas.atlas(day())
    owners = {v.code: v.area_id for v in before.versions if v.level == Level.GRID}
    kept = [v for v in after.versions if v.level == Level.GRID and v.area_id in before.by_area]
    assert len([v for v in kept if v.code.startswith("370199001")]) == 4  # all four go on
    assert all(owners.get(v.code, v.area_id) == v.area_id for v in after.versions)


def test_whoever_proposed_does_not_approve_and_a_street_cannot(proposed, people, staff):
    with scope.acting(system_actor("test")):
        Plan.objects.filter(pk=proposed.pk).update(proposed_by=people.leader.user_id)
    with pytest.raises(OwnPlan):
        approve(proposed, people.leader)
    with pytest.raises(Forbidden):
        approve(proposed, staff.street_leader)
    assert approve(proposed, staff.second_leader).state == State.PUBLISHED


def test_undoing_before_the_day_restores_everything_exactly(proposed, people):
    with scope.acting(system_actor("test")):
        before = held()
    approve(proposed, people.leader)
    with scope.acting(system_actor("test")):
        assert held() != before
    with scope.acting(people.leader) as by:
        plan = deciding.undo(plan_id=proposed.pk, reason="需再征求意见", by=by)

    assert plan.state == State.DRAFT
    with scope.acting(system_actor("test")):
        assert held() == before
        kinds = DivisionNotice.objects.filter(plan=plan).values_list("kind", flat=True)
        assert list(kinds).count("undone") == list(kinds).count("planned") > 0
        assert Entry.objects.filter(action="divisions:plan:undo").count() == 1


def test_what_was_approved_again_after_undoing_is_published_again(proposed, people):
    approve(proposed, people.leader)
    with scope.acting(people.leader) as by:
        deciding.undo(plan_id=proposed.pk, reason="需再征求意见", by=by)
    with scope.acting(people.subdistrict_dispatcher) as by:
        deciding.propose(plan_id=proposed.pk, valid_from=day(9), reason="已征求意见", by=by)
    assert approve(proposed, people.leader).state == State.PUBLISHED
    assert len([v for v in areas.atlas(day(9)).versions if v.level == Level.GRID]) == 7


def test_on_its_day_it_can_no_longer_be_undone(proposed, people):
    approve(proposed, people.leader)
    moment = dt.datetime.combine(day(), dt.time(0, 1), tzinfo=timezone.get_current_timezone())
    with scope.acting(people.leader) as by, pytest.raises(TooLate):
        deciding.undo(plan_id=proposed.pk, reason="太晚了", by=by, at=moment)


def test_the_preview_says_what_approving_then_does(proposed, people, district):
    with scope.acting(people.leader) as by:
        told = consequences.preview(proposed)
        deciding.approve(plan_id=proposed.pk, by=by, digest=told["digest"])
        proposed.refresh_from_db()
        kept = consequences.preview(proposed)
    assert kept["counts"] == told["counts"]
    assert kept["digest"] == told["digest"]
    after = areas.atlas(day())

    written = {(v.code, v.name) for v in after.versions if v.level == Level.GRID and v.code.startswith("370199001")}
    assert {(grid["code"], grid["name"]) for grid in told["grids"]} == written
    assert told["counts"]["new"] == 2
    assert told["counts"]["ended"] == 0
    assert told["counts"]["units_new"] == 2
    assert told["counts"]["buildings"] == sum(grid["moved_buildings"] for grid in told["grids"]) > 0
    with scope.acting(system_actor("test")):
        notices = DivisionNotice.objects.filter(plan=proposed)
        assert notices.filter(unit__isnull=False).count() == told["counts"]["units_told"]
        assert notices.filter(user__isnull=False).count() == told["counts"]["people_told"] > 0


def test_until_its_day_the_preview_of_a_published_plan_goes_on_saying_it(proposed, people):
    with scope.acting(people.leader):
        told = consequences.preview(proposed)
    published = approve(proposed, people.leader)
    with scope.acting(people.leader):
        assert consequences.preview(published) == told


def test_an_approval_of_another_preview_is_refused(proposed, people):
    with pytest.raises(ChangedSince):
        approve(proposed, people.leader, digest="0" * 64)


def test_publishing_needs_a_day_to_come_and_something_that_changes(make_plan, people, district):
    same = make_plan("community1", start="current", move_cost=10.0, grids=2, low=500, high=700)
    with scope.acting(people.subdistrict_dispatcher) as by:
        for wrong in (None, timezone.localdate(), timezone.localdate() + dt.timedelta(days=500)):
            with pytest.raises(Invalid):
                deciding.propose(plan_id=same.pk, valid_from=wrong, reason="年度复核", by=by)
        with pytest.raises(CannotPublish):
            deciding.propose(plan_id=same.pk, valid_from=day(), reason="年度复核", by=by)


def test_a_second_plan_builds_on_the_first_which_then_stays(proposed, make_plan, people):
    approve(proposed, people.leader)
    second = make_plan("community1", grids=4, low=200)
    # It would run into what begins later.
    with scope.acting(people.subdistrict_dispatcher) as by, pytest.raises(CannotPublish):
        deciding.propose(plan_id=second.pk, valid_from=day(3), reason="先行一步", by=by)
    with scope.acting(people.subdistrict_dispatcher) as by:
        deciding.propose(plan_id=second.pk, valid_from=day(30), reason="下一步", by=by)
    approve(second, people.leader)
    with scope.acting(people.leader) as by, pytest.raises(BuiltUpon):
        deciding.undo(plan_id=proposed.pk, reason="撤回第一步", by=by)


def test_people_can_be_assigned_and_doubles_are_seen(make_plan, people, district):
    plan = make_plan("community1", grids=3)
    with scope.acting(people.subdistrict_dispatcher) as by:
        before = teams.planned(plan, actor=by)
        rows = {grid["label"] for grid in before["grids"]}
        for label in rows:
            assigning.assign(
                plan_id=plan.pk, community_id=district.areas["community1"].id, label=label,
                post_id=district.posts["grid_member"].id, by=by,
            )  # fmt: skip
        after = teams.planned(plan, actor=by)

    assert before["totals"]["empty"] == 2
    assert [one["name"] for one in after["doubles"]] == ["周网格"]
    assert after["totals"]["empty"] == 0
    assert all(grid["needed"] >= 1 for grid in after["grids"])
    with scope.acting(people.subdistrict_dispatcher) as by, pytest.raises(Invalid):
        assigning.assign(
            plan_id=plan.pk, community_id=district.areas["community1"].id, label=0,
            post_id=district.posts["other_grid_member"].id, by=by,
        )  # fmt: skip


def test_teams_in_force_say_what_each_grid_needs(buildings, people):
    with scope.acting(people.subdistrict_dispatcher) as by:
        found = teams.in_force(area_id=None, actor=by)
    assert [grid["households"] for grid in found["grids"]] == [600] * 4
    assert [len(grid["assigned"]) for grid in found["grids"]] == [1, 0, 0, 0]
    assert [grid["gap"] for grid in found["grids"]] == [0, 1, 1, 1]


DECIDING = {
    Step.APPROVE: deciding.approve,
    Step.REFUSE: deciding.refuse,
    Step.UNDO: deciding.undo,
}


@pytest.mark.parametrize(
    ("state", "step"), [(state, step) for state in State for step in DECIDING if (state, step) not in TRANSITIONS]
)
def test_a_step_is_refused_where_the_table_has_none(state, step, make_row, people):
    plan = make_row(state)
    with scope.acting(people.leader) as by, pytest.raises(WrongPlanState):
        DECIDING[step](plan_id=plan.pk, reason="理由", by=by)


@pytest.fixture
def make_row(district):
    def make(state: State) -> Plan:
        version = district.versions["community1"]
        with scope.acting(system_actor("test")):
            return Plan.objects.create(
                name="示例", state=state, level=3, area=version.area, area_pos=version.pos, low=1, high=2,
                made_at=timezone.now(), made_by=district.users["leader"].id, made_name="示例", valid_from=day(),
            )  # fmt: skip

    return make
