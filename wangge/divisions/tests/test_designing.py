"""A plan is designed by a job, from the registry; what goes wrong is said on it."""

from __future__ import annotations

import pytest

from wangge.divisions.models import PlanCommunity
from wangge.org import scope
from wangge.org.scope import system_actor

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
