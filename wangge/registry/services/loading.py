"""The only writer of places."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.kit.errors import Invalid, field_error
from wangge.kit.tree import AREAS
from wangge.registry.addresses import street_number
from wangge.registry.models import Building, Estate
from wangge.registry.services import placing

_CHANGED = [
    "estate", "name", "address", "street_number", "kind", "area", "area_pos", "lon", "lat", "households", "pinyin",
]  # fmt: skip
_MOST_ERRORS = 500


def load_buildings(rows: Sequence[Mapping[str, Any]], *, at: dt.date | None = None) -> int:
    """Create or change buildings by `code`, and the estates they name; all or none. How many rows were given.

    Keys: code, estate (may be empty), name, address, kind, grid_code, lon, lat (WGS-84), households. An estate is
    known by its name within a community. Raises Invalid naming each bad row (the first row of data is row 2).
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('wangge registry'))")
        checked = _checked(rows, at)
        estates = _estates(checked, at)
        buildings = [
            Building(
                code=row["code"],
                estate=estates.get(_estate_key(row)),
                name=row["name"],
                address=row["address"],
                street_number=street_number(row["address"])[:40],
                kind=row.get("kind") or "",
                area_id=row["grid"].area_id,
                area_pos=row["grid"].pos,
                lon=row["lon"],
                lat=row["lat"],
                households=int(row.get("households") or 0),
                pinyin=placing.initials(row.get("estate") or "", row["name"]),
            )
            for row in checked
        ]
        Building.objects.bulk_create(
            buildings, batch_size=2000, update_conflicts=True, unique_fields=["code"], update_fields=_CHANGED
        )
        placing.renew_book()
    return len(buildings)


def _checked(rows: Sequence[Mapping[str, Any]], at: dt.date | None) -> list[dict[str, Any]]:
    """The rows with their grid and numbers read."""
    division = areas.atlas(at)
    errors: list[dict[str, str]] = []
    seen: dict[str, int] = {}
    checked = []
    for number, row in enumerate(rows, start=2):
        grid = division.by_code.get(str(row["grid_code"]))
        zh = en = ""
        if grid is None or grid.level != Level.GRID:
            zh, en = f"没有编码为“{row['grid_code']}”的网格", f"no grid with the code {row['grid_code']!r}"
        elif seen.setdefault(row["code"], number) != number:
            zh, en = (
                f"编码 {row['code']} 与第 {seen[row['code']]} 行重复",
                f"the code is also in row {seen[row['code']]}",
            )
        elif not (row["name"] and row["address"]):
            zh, en = "名称和地址不能为空", "the name or the address is empty"
        try:
            lon, lat = float(row["lon"]), float(row["lat"])
        except ValueError:
            lon = lat = math.nan
        if not zh and not (abs(lon) <= 180 and abs(lat) <= 90):
            zh, en = "经纬度无效", "longitude or latitude is no number of degrees"
        if zh and len(errors) < _MOST_ERRORS:
            errors.append(field_error(f"row {number}", zh, en))
        elif not zh:
            checked.append({**row, "grid": grid, "lon": lon, "lat": lat})
    if errors:
        raise Invalid("楼栋表有误，未导入任何内容", "the buildings have faults; nothing was imported", errors=errors)
    return checked


def _estate_key(row: Mapping[str, Any]) -> tuple[str, int]:
    return row.get("estate") or "", AREAS.ancestor(row["grid"].pos, Level.COMMUNITY)


def _estates(rows: Sequence[Mapping[str, Any]], at: dt.date | None) -> dict[tuple[str, int], Estate]:
    """The estates that the rows name, by name and community; those not yet known are made."""
    division = areas.atlas(at)
    wanted = {key for key in map(_estate_key, rows) if key[0] and key[1] in division.by_pos}
    known: dict[tuple[str, int], Estate] = {}
    for estate in Estate.objects.filter(name__in={name for name, _ in wanted}):
        community = division.by_area.get(estate.area_id)
        if community is not None:
            known[estate.name, community.pos] = estate
    made = {
        key: Estate(name=key[0], area_id=division.by_pos[key[1]].area_id, pinyin=placing.initials(key[0]))
        for key in wanted - known.keys()
    }
    Estate.objects.bulk_create(made.values(), batch_size=2000)
    return known | made
