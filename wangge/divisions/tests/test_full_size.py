"""A district of 30,833 buildings: designed in one job, and every page of it drawn in a handful of statements."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shapely.geometry import box

from tests import factories
from wangge.areas.models import Area, AreaVersion, Level
from wangge.areas.services.versions import writing
from wangge.divisions.models import PlanCommunity
from wangge.divisions.selectors import comparing, consequences, plans, teams
from wangge.divisions.services import editing
from wangge.divisions.services import plans as making
from wangge.divisions.tests.conftest import designed
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org.scope import system_actor
from wangge.registry.models import Building

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BUILDINGS, COMMUNITIES = 30_833, 150
SIDE = 0.008  # degrees of a community


def make_street(district: factories.District) -> AreaVersion:
    """One street of 150 communities with a grid each, east of the small district, and all its buildings."""
    street = _area(
        district.versions["district"], Level.SUBDISTRICT, 9, "370199009", "大街道", box(118, 36, 118.2, 36.2)
    )
    made, rows = [street], list[Building]()
    rng = np.random.default_rng(1)
    counts = np.diff(np.linspace(0, BUILDINGS, COMMUNITIES + 1).astype(int))
    for number, count in enumerate(counts, start=1):
        west, south = 118 + number % 15 * SIDE, 36 + number // 15 * SIDE
        square = box(west, south, west + SIDE, south + SIDE)
        code = f"{street.code}{number:03d}"
        community = _area(street, Level.COMMUNITY, number, code, f"第{number}社区", square)
        grid = _area(community, Level.GRID, 1, f"{code}001", f"第{number}社区第1网格", square)
        made += [community, grid]
        points = rng.uniform(0.02, 0.98, (count, 2)) * SIDE
        rows += [
            Building(
                code=f"{code}-{n}", name=f"{n}号楼", address="", area=grid.area, area_pos=grid.pos,
                lon=west + x, lat=south + y, households=int(h),
            )
            for n, ((x, y), h) in enumerate(zip(points.tolist(), rng.integers(4, 19, count), strict=True))
        ]  # fmt: skip
    with writing():
        Area.objects.bulk_create([version.area for version in made])
        AreaVersion.objects.bulk_create(made)
    Building.objects.bulk_create(rows, batch_size=5000)
    return street


def _area(parent: AreaVersion, level: Level, ordinal: int, code: str, name: str, shape) -> AreaVersion:
    pos = AREAS.child(parent.pos, level, ordinal)
    return AreaVersion(
        area=Area(level=level), parent=parent.area, level=level, code=code, name=name, pos=pos,
        pos_end=AREAS.end(pos, level), valid_from=factories.FROM, recorded_at=factories.RECORDED, boundary=shape.wkb,
        boundary_status="demonstration", lon=shape.centroid.x, lat=shape.centroid.y, households=1,
    )  # fmt: skip


def test_a_district_of_thirty_thousand_buildings(district, people):
    with scope.acting(system_actor("test")):
        street = make_street(district)
    with scope.acting(people.dispatcher) as by:
        plan = making.create(name="全区网格划分", area_id=street.area_id, low=300, high=500, by=by)
    plan = designed(plan.pk)
    assert plan.state == "draft", plan.failure_zh
    assert plan.figures["atoms"] == BUILDINGS
    assert plan.figures["in_band_share"] > 0.9

    with scope.acting(people.dispatcher) as by:
        looks = {
            "page": (lambda: plans.document(plan, by), 2),
            "map": (lambda: plans.drawing(plan), 2),
            "compared": (lambda: comparing.compare(plan, None), 14),
            "teams": (lambda: teams.planned(plan, actor=by), 14),
            "preview": (lambda: consequences.preview(plan, plan.made_at.date().replace(year=2027)), 30),
        }
        for name, (look, most) in looks.items():
            with CaptureQueriesContext(connection) as made:
                look()
            assert len(made) <= most, (name, len(made))
        row = PlanCommunity.objects.filter(plan=plan).order_by("code").first()
        for n in range(3):
            row = editing.edit(
                plan_id=plan.pk, community_id=row.area_id, step="lock", version=row.version, by=by,
                fields={"labels": [row.grids[n % 2]["label"]]},
            )  # fmt: skip
            assert row.grids[n % 2]["locked"]
