"""On the day of a plan registry, teams, posts, open cases and orders follow in one transaction; closed cases do not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests.factories import AREA_SPECS, UNIT_SPECS
from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.audit.models import Entry
from wangge.audit.selectors import verify_chain
from wangge.casework.models import Case, Party, WorkOrder
from wangge.casework.tests.conftest import act, fresh_memory, lists, picture  # noqa: F401 - fixtures
from wangge.divisions.models import DivisionNotice, Plan, PlanCommunity
from wangge.divisions.selectors import comparing, consequences
from wangge.divisions.services import deciding, effect
from wangge.divisions.services import teams as assigning
from wangge.kit import clock
from wangge.kit.ids import uuid7
from wangge.org import scope
from wangge.org import services as org
from wangge.org.models import Post, Unit
from wangge.org.scope import system_actor
from wangge.registry.models import Building
from wangge.responsibility.models import Entry as Line

pytestmark = pytest.mark.django_db

AHEAD = 7
AREA_CODES = {spec.key: spec.code for spec in AREA_SPECS}


def the_day() -> dt.date:
    return timezone.localdate() + dt.timedelta(days=AHEAD)


@pytest.fixture
def everything(db):
    with scope.acting(system_actor("test")) as actor:
        yield actor


def publish(plan: Plan, people: Any) -> Plan:
    with scope.acting(people.subdistrict_dispatcher) as by:
        deciding.propose(plan_id=plan.pk, valid_from=the_day(), reason="年度复核", by=by)
    with scope.acting(people.leader) as by:
        return deciding.approve(plan_id=plan.pk, by=by)


@pytest.fixture
def on_the_day() -> Iterator[Any]:
    """A call that moves to the morning of the day and lets the worker look."""
    travelled: list[Any] = []

    def go() -> list[Plan]:
        moment = dt.datetime.combine(the_day(), dt.time(0, 5), tzinfo=timezone.get_current_timezone())
        travel = time_machine.travel(moment)
        travel.start()
        travelled.append(travel)
        return effect.take_effect(at=moment)

    yield go
    for travel in travelled:
        travel.stop()


@pytest.fixture
def merged(make_plan, people, district) -> Plan:
    """Community 1 becomes one grid: grid 1 goes on or grid 2 does, the other ends."""
    plan = make_plan("community1", grids=1, low=900, high=1500)
    return publish(plan, people)


def order_for(case: Case, unit: Unit, state: str) -> WorkOrder:
    Case.objects.filter(pk=case.pk).update(state="dispatched", lead_unit=unit)
    Party.objects.get_or_create(
        case=case, unit=unit, defaults={"unit_pos": unit.pos, "role": "lead", "submitted_at": case.submitted_at}
    )
    return WorkOrder.objects.create(case=case, unit=unit, unit_pos=unit.pos, state=state, assigned_at=clock.now())


def test_nothing_happens_before_the_day(merged, everything):
    before = list(Building.objects.values_list("area_pos", flat=True))
    assert effect.take_effect() == []
    assert list(Building.objects.values_list("area_pos", flat=True)) == before
    assert Plan.objects.get(pk=merged.pk).state == "published"


def test_an_ended_grid_hands_everything_over(merged, district, act, lists, on_the_day):  # noqa: F811
    with scope.acting(system_actor("test")):
        then = areas.atlas(the_day())
        (grid,) = [v for v in then.children_of[district.areas["community1"].id] if v.level == Level.GRID]
        goes_on = "grid1" if grid.area_id == district.areas["grid1"].id else "grid2"
        ends = "grid2" if goes_on == "grid1" else "grid1"
        team, ended = (district.units[f"team{key[-1]}"] for key in (goes_on, ends))
        lon, lat = district.point(ends)
    open_case, closed, waiting, taken = (act.submit(lon=lon, lat=lat, title=f"事项{n}号") for n in range(4))
    with scope.acting(system_actor("test")):
        Case.objects.filter(pk=closed.pk).update(state="closed", closed_at=clock.now())
        first = order_for(waiting, ended, "assigned")
        second = order_for(taken, ended, "acknowledged")
        post = Post.objects.create(
            user=district.users["other_grid_member"], unit=ended, role=district.roles["grid_member"], title="网格员",
            scope="unit", area=district.areas[ends], valid_from=dt.date(2020, 1, 1),
        )  # fmt: skip

        line = Line.objects.get(category=lists.litter)
        line.pk, line.item, line.area = None, "9", district.areas[ends]
        line.id = uuid7()
        line.save(force_insert=True)

    (plan,) = on_the_day()

    with scope.acting(system_actor("test")):
        assert plan.state == "in_force"
        assert Line.objects.filter(item__startswith="9", area=grid.area_id).count() == 1
        assert set(Building.objects.filter(code__startswith="370199001001").values_list("area_id", flat=True)) == {
            grid.area_id
        }
        assert Case.objects.get(pk=open_case.pk).area_pos == grid.pos
        assert Case.objects.get(pk=open_case.pk).version == open_case.version + 1
        assert Case.objects.get(pk=closed.pk).area_pos == district.versions[ends].pos
        assert WorkOrder.objects.get(pk=first.pk).unit_id == team.pk
        assert WorkOrder.objects.get(pk=second.pk).unit_id == ended.pk
        assert Case.objects.get(pk=waiting.pk).lead_unit_id == team.pk
        assert Party.objects.filter(case=waiting, unit=team).exists()
        assert not Unit.objects.get(pk=ended.pk).active
        old = Post.objects.get(pk=post.pk)
        assert old.valid_to == plan.valid_from
        (new,) = Post.objects.filter(user=post.user, unit=team)
        assert (new.valid_from, new.role_id, new.area_id) == (plan.valid_from, post.role_id, grid.area_id)
        for case in (open_case, waiting):
            entries = Entry.objects.filter(subject_id=case.pk, action="casework:case:redivided")
            assert [one.data["to_area"]["name"] for one in entries] == [grid.name]
            assert verify_chain("case", case.pk).breaks == []
        assert not Entry.objects.filter(subject_id=closed.pk, action="casework:case:redivided").exists()
        told = DivisionNotice.objects.filter(plan=plan, kind="in_force")
        assert told.filter(user=post.user).exists()
        assert told.filter(unit=team).exists()


def test_a_second_look_does_nothing(merged, everything, on_the_day):
    assert len(on_the_day()) == 1
    entries = Entry.objects.count()
    assert on_the_day() == []
    assert Entry.objects.count() == entries


def test_new_grids_have_teams_and_people_go_where_they_are_assigned(make_plan, people, district, on_the_day):
    plan = make_plan("community1", grids=3)
    with scope.acting(people.subdistrict_dispatcher) as by:
        new = next(
            grid["label"] for grid in PlanCommunity.objects.get(plan=plan).grids if grid["was"] is None
        )  # fmt: skip
        assigning.assign(
            plan_id=plan.pk, community_id=district.areas["community1"].id, label=new,
            post_id=district.posts["grid_member"].id, by=by,
        )  # fmt: skip
    publish(plan, people)
    (done,) = on_the_day()

    with scope.acting(system_actor("test")):
        teams = Unit.objects.filter(kind="grid_team", active=True, parent=district.units["committee1"])
        assert teams.count() == 3
        made = teams.exclude(pk__in=_teams(district)).get()
        version = areas.version_at(made.area_id)
        assert version is not None
        assert made.name == version.name
        assert made.code == f"{version.code}-wg"
        member = Post.objects.current().get(user=district.users["grid_member"])
        assert member.unit_id == made.pk
        assert member.area_id == made.area_id
        assert done.done["units_begun"] == 1


def profile_units() -> list[org.UnitRow]:
    return [
        org.UnitRow(code, name, name, kind, UNIT_SPECS[parent][1] if parent else "", AREA_CODES[area] if area else "")
        for parent, code, name, kind, area in UNIT_SPECS.values()
    ]


def _teams(district: Any) -> list[Any]:
    return [unit.pk for unit in district.units.values()]


def test_a_past_period_is_drawn_by_the_division_of_its_day(merged, on_the_day):
    eve, day = timezone.localdate(), merged.valid_from
    assert len(on_the_day()) == 1
    old, new = (len([v for v in areas.atlas(one).versions if v.level == Level.GRID]) for one in (eve, day))
    assert (old, new) == (5, 4)
    assert areas.drawing(Level.GRID, None, eve).etag != areas.drawing(Level.GRID, None, day).etag


def test_the_preview_counts_the_open_cases_and_orders_that_follow(make_plan, people, district, act, on_the_day):  # noqa: F811
    plan = make_plan("community1", grids=1, low=900, high=1500)
    for key in ("grid1", "grid2"):
        lon, lat = district.point(key)
        order_for_team = act.submit(lon=lon, lat=lat, title=f"{key}的事项")
        with scope.acting(system_actor("test")):
            order_for(order_for_team, district.units[f"team{key[-1]}"], "assigned")
    with scope.acting(people.leader):
        told = consequences.preview(plan, the_day())["counts"]
    publish(plan, people)
    (done,) = on_the_day()
    with scope.acting(people.leader):
        kept = consequences.preview(done)["counts"]

    assert kept == told
    assert (told["open_cases"], told["orders"]) == (done.done["cases"], done.done["orders"]) == (1, 1)
    assert (told["units_new"], told["units_ended"]) == (done.done["units_begun"], done.done["units_ended"]) == (0, 1)
    assert told["posts"] == done.done["posts"]


def test_cases_of_a_past_period_are_counted_by_the_planned_grids(make_plan, people, district, act):  # noqa: F811
    plan = make_plan("community1", grids=1, low=900, high=1500)
    for key in ("grid1", "grid1", "grid2", "grid3"):
        lon, lat = district.point(key)
        act.submit(lon=lon, lat=lat, title=f"{key}的事项")
    with scope.acting(people.subdistrict_dispatcher):
        found = comparing.cases(plan)
    assert [(one["name"], one["cases"]) for one in found["of_day"]] == [("睦和苑一网格", 2), ("睦和苑二网格", 1)]
    assert [one["cases"] for one in found["planned"]] == [3]
    assert found["cases"] == found["placed"] == 3


def test_loading_the_profile_again_leaves_teams_as_the_division_made_them(make_plan, people, district, on_the_day):
    plan = publish(make_plan("community1", grids=3), people)
    assert len(on_the_day()) == 1
    with scope.acting(system_actor("test")):
        (new,) = Unit.objects.filter(parent=district.units["committee1"]).exclude(pk__in=_teams(district))
        org.load_units(profile_units())
        assert Unit.objects.get(pk=new.pk).active
        assert Plan.objects.get(pk=plan.pk).done["units_begun"] == 1


def test_a_team_that_ended_stays_so_when_the_profile_is_loaded_again(merged, district, on_the_day):
    assert len(on_the_day()) == 1
    with scope.acting(system_actor("test")):
        ended = set(Unit.objects.filter(active=False).values_list("code", flat=True))
        org.load_units(profile_units())
        assert set(Unit.objects.filter(active=False).values_list("code", flat=True)) == ended
    assert len(ended) == 1
