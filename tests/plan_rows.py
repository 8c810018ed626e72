"""A plan of division as rows, without designing it: one community, one building of it and a neighbour."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import shapely
from shapely.geometry import box

from tests.factories import District
from wangge.divisions import figures
from wangge.divisions.models import Plan, PlanCommunity, Site
from wangge.divisions.site import Flat, Frozen, pack
from wangge.kit import clock
from wangge.kit.ids import uuid7
from wangge.org.scope import SYSTEM_ID
from wangge.registry.models import Building


def make_plan(district: District, community: str, building: Building) -> dict[str, UUID]:
    """Ids for routes: the plan and its community's area."""
    version = district.versions[community]
    plan = Plan.objects.create(
        name="示例方案", state="draft", level=3, area=version.area, area_pos=version.pos, low=1, high=500,
        rules={"start": "none"}, made_at=clock.now(), made_by=SYSTEM_ID, made_name="示例",
    )  # fmt: skip
    lons, lats = np.array([building.lon, building.lon + 0.01]), np.array([building.lat, building.lat])
    frozen = _frozen(lons, lats)
    rules = figures.rules_of(low=1, high=500, given={})
    found = figures.describe(frozen, [0, 1], [building.area_id, None], rules)
    plan.figures = figures.total([found.total])
    plan.save()
    row = PlanCommunity.objects.create(
        plan=plan, area=version.area, area_pos=version.pos, code=version.code, name=version.name,
        atom_ids=[building.id, uuid7()], building_ids=[building.id, building.id], names=["1号楼", "2号楼"],
        lons=lons.tolist(), lats=lats.tolist(), households=frozen.households.tolist(), labels=[0, 1],
        was_ids=[building.area_id, None], grids=found.grids, figures=found.total, drawn=found.drawn,
    )  # fmt: skip
    Site.objects.create(community=row, packed=pack(frozen))
    return {"plan_id": plan.id, "community_id": version.area_id}


def _frozen(lons: np.ndarray, lats: np.ndarray) -> Frozen:
    flat = Flat(float(lons.mean()), float(lats.mean()))
    west, south, east, north = shapely.MultiPoint(flat.points(lons, lats)).buffer(500).bounds
    middle = (west + east) / 2
    cells = np.array([box(west, south, middle, north), box(middle, south, east, north)], dtype=object)
    return Frozen(
        compounds=("示例苑",), lons=lons, lats=lats, households=np.array([40, 60]), compound=np.array([0, -1]),
        building=np.array([0, 1]), village=np.array([False, False]), edges=np.array([[0, 1]]),
        shared=np.array([north - south]), barrier=np.array([False]), area=shapely.area(cells),
        perimeter=shapely.length(cells), cells=cells, outline=box(west, south, east, north),
        origin=(flat.lon, flat.lat),
    )  # fmt: skip
