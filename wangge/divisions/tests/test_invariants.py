"""Each named query finds what must not be, and nothing in a plan that was made as usual."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from wangge.divisions import invariants
from wangge.divisions.models import Plan, PlanCommunity, Publication
from wangge.org import scope
from wangge.org.scope import system_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(make_plan):
    made = make_plan("community1", grids=3)
    with scope.acting(system_actor("test")):
        yield made


def names() -> set[str]:
    return {one.name for one in invariants.run()}


def test_a_plan_as_usual_breaks_no_rule(plan):
    assert len(invariants.invariants()) == 4
    assert names() == set()


def test_a_day_that_was_missed_is_found(plan):
    Plan.objects.filter(pk=plan.pk).update(state="published", valid_from=timezone.localdate() - dt.timedelta(days=2))
    assert names() == {"division_not_carried_out"}


def test_a_team_left_in_an_ended_grid_is_found(plan, district):
    Plan.objects.filter(pk=plan.pk).update(state="in_force", effective_at=timezone.now())
    grid = district.versions["grid2"]
    Publication.objects.create(
        plan=plan, valid_from=timezone.localdate(), at=timezone.now(),
        ended=[{"area": str(grid.area_id), "code": grid.code, "pos": grid.pos}],
    )  # fmt: skip
    assert names() == {"division_half_carried_out"}


def test_arrays_that_do_not_fit_are_found(plan):
    PlanCommunity.objects.filter(plan=plan).update(labels=[0])
    assert names() == {"plan_without_its_atoms"}
