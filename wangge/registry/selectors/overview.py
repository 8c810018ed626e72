"""My grid at a glance: its buildings with their people, what is counted, what is stale; and the map of buildings."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from wangge.areas.models import Level
from wangge.kit import labels
from wangge.org.scope import Actor
from wangge.registry.selectors.readers import CLOSE
from wangge.registry.selectors.spans import LIVING, Span, Staleness, span_of, staleness

MOST = 500

_BUILDINGS = """
select b.id, b.code, b.name, e.name, b.address, b.lon, b.lat, coalesce(d.n, 0),
       coalesce(h.n, case when d.n is null then b.households else 0 end), coalesce(p.n, 0), coalesce(p.stale, 0)
  from registry_building b
  left join registry_estate e on e.id = b.estate_id
  left join (select x.building_id, count(*) n from registry_dwelling x
              where {dwelling} and x.ended_on is null group by 1) d on d.building_id = b.id
  left join (select w.building_id, count(*) n from registry_household x
               join registry_dwelling w on w.id = x.dwelling_id
              where {household} and x.ended_on is null group by 1) h on h.building_id = b.id
  left join (select w.building_id, count(*) n, count(*) filter (where {stale}) stale from registry_person x
               join registry_dwelling w on w.id = x.dwelling_id
              where {person} and x.status in {living} group by 1) p on p.building_id = b.id
 where {building} and b.pulled_down_on is null
"""
_COUNTS = """
with people as (select count(*) n, count(*) filter (where x.registration in ('floating', 'overseas')) floating,
                       count(*) filter (where {person_stale}) stale
                  from registry_person x where {inside} and x.status in {living}),
     homes as (select count(*) n, count(*) filter (where {dwelling_stale}) stale
                 from registry_dwelling x where {inside} and x.ended_on is null),
     families as (select count(*) n, count(*) filter (where {household_stale}) stale
                    from registry_household x where {inside} and x.ended_on is null),
     groups as (select x.kind_id, k.name, count(*) n from registry_tag x join registry_tagkind k on k.code = x.kind_id
                 where {inside} and x.ended_on is null and {group_shown} group by 1, 2)
select (select count(*) from registry_building x where {inside} and x.pulled_down_on is null),
       homes.n, families.n, people.n, people.floating,
       (select count(*) from registry_organisation x where {inside} and x.ended_on is null),
       (select count(*) from registry_premises x where {inside} and x.closed_on is null),
       (select count(*) from registry_component x where {inside} and x.state <> 'removed'),
       (select count(*) from registry_device x where {inside} and x.state <> 'removed'),
       people.stale, homes.stale, families.stale,
       (select coalesce(json_agg(json_build_object('kind', kind_id, 'name', name, 'count', n) order by n desc, kind_id),
                        '[]') from groups)
  from people, homes, families
"""
_TALLIED = """
select b.id, b.name, e.name, b.lon, b.lat, coalesce(t.households, b.households), coalesce(t.persons, 0),
       coalesce(t.stale, 0)
  from registry_building b
  left join registry_estate e on e.id = b.estate_id
  left join registry_tally t on t.building_id = b.id
 where {building} and b.pulled_down_on is null
 order by b.area_pos, b.code
"""
_POINT = ("id", "name", "estate", "lon", "lat", "households", "persons", "stale")
_NAMES = (
    "buildings", "dwellings", "households", "persons", "floating", "organisations", "premises", "components", "devices",
)  # fmt: skip
_ROW = (
    "id", "code", "name", "estate", "address", "lon", "lat", "dwellings", "households", "persons", "stale",
)  # fmt: skip


def grid_page(*, actor: Actor, area_id: UUID | None = None, at: dt.datetime | None = None) -> dict[str, Any]:
    """Three queries. The buildings are listed for a grid or a community; above, the counts alone."""
    span = span_of(area_id, actor=actor)
    old = staleness("person", "dwelling", "household", today=timezone.localdate(at))
    statement, values = _counting(span, old, actor)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchone()
    tags = found[12] if isinstance(found[12], list) else []
    area = span.area
    return {
        "area": {"id": area.area_id, "name": area.name, "code": area.code, "level": area.level},
        "counts": dict(zip(_NAMES, found[:9], strict=True)),
        "tags": tags,
        "stale": dict(zip(("persons", "dwellings", "households"), found[9:12], strict=True)),
        "buildings": buildings_in(span, old) if area.level >= Level.COMMUNITY else [],
    }


def buildings_in(
    span: Span, old: Staleness, *, where: str = "", values: tuple[Any, ...] = (), limit: int = MOST
) -> list[dict[str, Any]]:
    """Buildings with how many live there, in the order people read them: by estate, then by number."""
    stale, stale_values = old.sql("person", "x")
    conditions = {name: span.inside("x.area_pos") for name in ("dwelling", "household", "person")}
    statement = _BUILDINGS.format(building=span.inside("b.area_pos"), stale=stale, living=LIVING, **conditions)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} {where} limit {int(limit)}", [*stale_values, *values])
        rows = [dict(zip(_ROW, row, strict=True)) for row in cursor.fetchall()]
    return sorted(rows, key=lambda row: (row["estate"] or "\uffff", labels.parse(row["name"]).key, row["code"]))


def map_of_buildings(*, actor: Actor, area_id: UUID | None = None, at: dt.datetime | None = None) -> dict[str, Any]:
    """GeoJSON points with their counts: above the community as last tallied, `counted_at`; for who has no area of their
    own, and sees only people in their care, always anew.
    """
    span = span_of(area_id, actor=actor)
    counted_at: dt.datetime | None = None
    rows: list[dict[str, Any]] = []
    if span.area.level < Level.COMMUNITY and (actor.scope.all or actor.scope.areas):
        rows, counted_at = _tallied(span)
    if counted_at is None:
        rows = buildings_in(span, staleness("person", today=timezone.localdate(at)), limit=100_000)
    return {
        "type": "FeatureCollection",
        "counted_at": counted_at.isoformat(timespec="seconds") if counted_at else None,
        "features": [
            {
                "type": "Feature",
                "id": str(row["id"]),
                "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
                "properties": {
                    "id": str(row["id"]),
                    "name": f"{row['estate'] or ''}{row['name']}",
                    **{name: row[name] for name in ("persons", "households", "stale")},
                },
            }
            for row in rows
        ],
    }


def _tallied(span: Span) -> tuple[list[dict[str, Any]], dt.datetime | None]:
    """One built since the last tally has nobody yet."""
    with connection.cursor() as cursor:
        cursor.execute("select max(at) from registry_tally")
        (counted_at,) = cursor.fetchone()
        if counted_at is None:
            return [], None
        cursor.execute(_TALLIED.format(building=span.inside("b.area_pos")))
        rows = [dict(zip(_POINT, row, strict=True)) for row in cursor.fetchall()]
    return rows, counted_at


def _counting(span: Span, old: Staleness, actor: Actor) -> tuple[str, list[Any]]:
    person, person_values = old.sql("person", "x")
    dwelling, dwelling_values = old.sql("dwelling", "x")
    household, household_values = old.sql("household", "x")
    statement = _COUNTS.format(
        inside=span.inside("x.area_pos"), living=LIVING, person_stale=person, dwelling_stale=dwelling,
        household_stale=household, group_shown=_group_shown(actor),
    )  # fmt: skip
    return statement, [*person_values, *dwelling_values, *household_values]


def _group_shown(actor: Actor) -> str:
    """Even how many are in a sensitive group, for the grid, the community and the unit in charge alone."""
    if actor.unit_kind in CLOSE and not actor.scope.all:
        return "true"
    mine = [f"x.unit_pos >= {int(start)} and x.unit_pos < {int(end)}" for start, end in actor.scope.units]
    return " or ".join(["(k.data_class not in ('sensitive', 'minor')", *mine]) + ")"
