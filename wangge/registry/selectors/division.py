"""What of the registry a division is made of: buildings or entrances with their households, and the load on grids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection

from wangge.org.scope import Interval
from wangge.registry.selectors.spans import LIVING

# A building where no household has been registered yet counts with what was declared for it.
_BUILDINGS = """
select b.id, coalesce(e.name, '') || b.name, b.estate_id, coalesce(e.name, ''), coalesce(e.kind, '') = 'village',
       b.lon, b.lat, coalesce(h.n, b.households), b.area_id, b.area_pos
  from registry_building b
  left join registry_estate e on e.id = b.estate_id
  left join (select d.building_id, count(*) n from registry_household x join registry_dwelling d on d.id = x.dwelling_id
              where x.area_pos >= %(low)s and x.area_pos < %(high)s and x.ended_on is null group by 1) h
    on h.building_id = b.id
 where b.area_pos >= %(low)s and b.area_pos < %(high)s and b.pulled_down_on is null
 order by b.area_pos, b.code
"""
_ENTRANCES = """
select n.building_id, n.id, n.name, n.lon, n.lat, coalesce(h.n, 0)
  from registry_entrance n
  join registry_building b on b.id = n.building_id
  left join (select d.entrance_id, count(*) n from registry_household x join registry_dwelling d on d.id = x.dwelling_id
              where x.area_pos >= %(low)s and x.area_pos < %(high)s and x.ended_on is null
                and d.entrance_id is not null group by 1) h on h.entrance_id = n.id
 where b.area_pos >= %(low)s and b.area_pos < %(high)s and b.pulled_down_on is null
 order by n.building_id, n.ordinal, n.name
"""
_PRIORITY = f"""
select d.building_id, count(distinct p.id)
  from registry_tag t join registry_tagkind k on k.code = t.kind_id and k.data_class not in ('sensitive', 'minor')
  join registry_person p on p.id = t.person_id join registry_dwelling d on d.id = p.dwelling_id
 where t.area_pos >= %(low)s and t.area_pos < %(high)s and t.ended_on is null and p.status in {LIVING}
 group by 1
"""  # noqa: S608 - our own words
_PRIORITY_BY_GRID = f"""
select t.area_pos, count(distinct p.id)
  from registry_tag t join registry_tagkind k on k.code = t.kind_id and k.data_class not in ('sensitive', 'minor')
  join registry_person p on p.id = t.person_id
 where t.area_pos >= %(low)s and t.area_pos < %(high)s and t.ended_on is null and p.status in {LIVING}
 group by 1
"""  # noqa: S608
_PEOPLE = f"""
select d.building_id, count(*) from registry_person p join registry_dwelling d on d.id = p.dwelling_id
 where p.area_pos >= %(low)s and p.area_pos < %(high)s and p.status in {LIVING} group by 1
"""  # noqa: S608
_APART = 4e-5  # degrees between entrances that have no point of their own: about four metres


@dataclass(frozen=True)
class Atom:
    """A building, or an entrance of one; `area_pos` is the grid the building lies in today."""

    id: UUID
    building_id: UUID
    name: str
    estate_id: UUID | None
    estate: str
    village: bool
    lon: float
    lat: float
    households: int
    area_id: UUID
    area_pos: int


def atoms(interval: Interval, *, entrances: bool = False) -> list[Atom]:
    """Two queries at most. Read under an unrestricted scope: households are counted, nobody is named."""
    buildings = [Atom(row[0], *row) for row in _rows(_BUILDINGS, interval)]
    if not entrances:
        return buildings
    doors: dict[UUID, list[Any]] = defaultdict(list)
    for building_id, *door in _rows(_ENTRANCES, interval):
        doors[building_id].append(door)
    return [atom for building in buildings for atom in _by_door(building, doors.get(building.id, []))]


def priority_people(interval: Interval) -> Mapping[UUID, int]:
    """How many people in each building belong to a priority group; groups that are sensitive are left out."""
    return dict(_rows(_PRIORITY, interval))


def priority_by_grid(interval: Interval) -> Mapping[int, int]:
    """How many people of each grid (by its position) belong to a priority group."""
    return dict(_rows(_PRIORITY_BY_GRID, interval))


def people(interval: Interval) -> Mapping[UUID, int]:
    """How many people live in each building."""
    return dict(_rows(_PEOPLE, interval))


def _rows(statement: str, interval: Interval) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"low": interval[0], "high": interval[1]})
        rows: list[Any] = cursor.fetchall()
    return rows


def _by_door(building: Atom, doors: list[Any]) -> list[Atom]:
    """The building's entrances; households of whom no entrance is known are shared out evenly."""
    if not doors:
        return [building]
    rest = max(building.households - sum(door[4] for door in doors), 0)
    each, more = divmod(rest, len(doors))
    found = []
    for index, (pk, name, lon, lat, households) in enumerate(doors):
        aside = (index - (len(doors) - 1) / 2) * _APART
        found.append(
            replace(
                building,
                id=pk,
                name=f"{building.name}{name}",
                lon=building.lon + aside if lon is None else lon,
                lat=building.lat if lat is None else lat,
                households=households + each + (index < more),
            )
        )
    return found
