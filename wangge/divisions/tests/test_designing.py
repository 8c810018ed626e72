"""A plan is designed by a job, from the registry; what goes wrong is said on it."""

from __future__ import annotations

import datetime as dt

import pytest

from wangge.divisions.models import Plan, PlanCommunity
from wangge.divisions.services import designing
from wangge.kit import clock
from wangge.org import scope
from wangge.org.scope import system_actor
from wangge.registry.models import Building, Entrance

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything(db):
    with scope.acting(system_actor("test")) as actor:
        yield actor


def test_a_plan_divides_each_community_into_connected_grids_within_the_band(make_plan, everything):
    plan = make_plan()

    assert plan.state == "draft", plan.failure_zh
    rows = list(PlanCommunity.objects.filter(plan=plan).order_by("code"))
    assert [row.name for row in rows] == ["睦和苑社区", "纬二路社区"]
    for row in rows:
        assert sum(grid["households"] for grid in row.grids) == 24 * 50
        assert [grid["band"] for grid in row.grids] == ["in"] * len(row.grids)
        assert all(grid["contiguous"] for grid in row.grids)
        assert len(row.grids) in {3, 4}
    assert plan.figures["in_band_share"] == 1
    assert plan.figures["contiguous"] == plan.figures["grids"]
    assert plan.figures["communities"] == 2


def test_a_division_from_todays_keeps_what_is_locked_and_moves_little(make_plan, everything, district):
    free = make_plan("community1", low=500, high=700, grids=2)
    kept = make_plan(
        "community1", start="current", move_cost=0.05, low=500, high=700, locked_areas=[district.areas["grid1"].id]
    )
    assert kept.figures["moved"] == 0
    assert kept.figures["moved"] <= free.figures["moved"]
    row = PlanCommunity.objects.get(plan=kept)
    assert {grid["was"]["name"] for grid in row.grids} == {"睦和苑一网格", "睦和苑二网格"}
    assert [grid["locked"] for grid in row.grids if grid["was"]["name"] == "睦和苑一网格"] == [True]


def test_a_plan_can_start_from_another_plan(make_plan, everything):
    first = make_plan("community1", grids=3)
    second = make_plan("community1", start="plan", start_plan=first.pk, move_cost=0.1, grids=3)
    assert PlanCommunity.objects.get(plan=second).labels == PlanCommunity.objects.get(plan=first).labels


def test_a_community_that_admits_no_division_in_the_band_is_named_with_the_reason(make_plan, everything):
    plan = make_plan("community1", low=700, high=800)
    row = PlanCommunity.objects.get(plan=plan)
    assert plan.figures["infeasible"] == 1
    assert row.infeasible_zh
    assert row.infeasible_en


def test_the_same_seed_gives_the_same_plan(make_plan, everything):
    one, other = (PlanCommunity.objects.get(plan=make_plan("community1", seed=7)).labels for _ in range(2))
    assert one == other


def test_a_plan_whose_worker_died_is_taken_up_and_after_three_times_has_failed(make_plan, everything):
    plan = make_plan("community1")
    long_ago = clock.now() - dt.timedelta(hours=1)
    at_work = {"phase": "dividing", "done": 1, "total": 9}
    row = Plan.objects.filter(pk=plan.pk)
    row.update(state="designing", attempts=1, progress=at_work, progress_at=clock.now())
    designing.run(plan_id=plan.pk)  # another worker is at it
    assert row.get().state == "designing"
    assert designing.take_up_lost() == 0
    row.update(progress_at=long_ago)
    assert designing.take_up_lost() == 1
    designing.run(plan_id=plan.pk)
    assert row.get().state == "draft"
    row.update(state="designing", attempts=3, progress=at_work, progress_at=long_ago)
    assert designing.take_up_lost() == 1
    assert row.get().state == "failed"


def test_large_buildings_can_be_divided_by_their_entrances(make_plan, everything, buildings):
    doors = [Entrance(building=one, name=f"{n}单元", ordinal=n) for one in buildings for n in (1, 2, 3)]
    Entrance.objects.bulk_create(doors)
    Building.objects.filter(pk=buildings[0].pk).update(households=902)
    whole = PlanCommunity.objects.get(plan=make_plan("community1", low=200, high=400))
    parted = PlanCommunity.objects.get(plan=make_plan("community1", low=200, high=400, atoms="entrance"))

    assert len(parted.atom_ids) == 24 * 3
    assert sum(parted.households) == sum(whole.households) == 23 * 50 + 902
    assert sorted(parted.households)[-3:] == [300, 301, 301]
    assert any(grid["band"] == "over" for grid in whole.grids)
    assert all(grid["band"] == "in" for grid in parted.grids)
    assert parted.figures["buildings"] == 24
    assert parted.figures["buildings_spanning"] >= 1
