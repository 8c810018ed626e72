"""Loading places: compounds and buildings from the profile's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion, Level
from wangge.kit.errors import Invalid, field_error
from wangge.kit.tree import AREAS
from wangge.registry.models import Building, Estate

_CHANGES = ("estate", "name", "address", "kind", "area", "area_pos", "lon", "lat", "households")


@transaction.atomic
def load_buildings(rows: Sequence[Mapping[str, Any]]) -> int:
    """Upsert buildings by code, with the compounds they name; how many. Rows in error are named and nothing is done."""
    grids = _grids(rows)
    estates = _estates(rows, grids)
    buildings = []
    for row in rows:
        grid = grids[row["grid_code"]]
        buildings.append(
            Building(
                code=row["code"],
                estate=estates.get((row["estate"], _community(grid))),
                name=row["name"],
                address=row["address"],
                kind=row["kind"],
                area_id=grid.area_id,
                area_pos=grid.pos,
                lon=row["lon"],
                lat=row["lat"],
                households=row["households"],
            )
        )
    Building.objects.bulk_create(
        buildings, update_conflicts=True, unique_fields=["code"], update_fields=_CHANGES, batch_size=2000
    )
    return len(buildings)


def _grids(rows: Sequence[Mapping[str, Any]]) -> dict[str, AreaVersion]:
    wanted = {str(row["grid_code"]) for row in rows}
    found = {code: version for code in wanted if (version := areas.by_code(code)) is not None}
    missing = sorted(wanted - found.keys())
    if missing:
        raise Invalid(
            errors=[field_error(f"grid_code {code}", "没有这个网格", "there is no such grid") for code in missing[:20]]
        )
    return found


def _community(grid: AreaVersion) -> int:
    return AREAS.ancestor(grid.pos, Level.COMMUNITY)


def _estates(
    rows: Sequence[Mapping[str, Any]], grids: Mapping[str, AreaVersion]
) -> dict[tuple[str, int], Estate]:
    """Compounds by name and community: the same name in another community is another compound."""
    wanted = {(row["estate"], _community(grids[row["grid_code"]])) for row in rows if row["estate"]}
    areas_by_pos = {pos: areas.area_for_pos(pos) for _, pos in wanted}
    by_area = {version.area_id: pos for pos, version in areas_by_pos.items() if version is not None}
    found = {
        (estate.name, by_area[estate.area_id]): estate for estate in Estate.objects.filter(area__in=list(by_area))
    }
    new = {
        (name, pos): Estate(name=name, area_id=version.area_id)
        for name, pos in sorted(wanted - found.keys())
        if (version := areas_by_pos[pos]) is not None
    }
    Estate.objects.bulk_create(new.values(), batch_size=2000)
    return found | new
