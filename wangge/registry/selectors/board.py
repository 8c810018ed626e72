"""The board 楼盘表: a building floor by floor and room by room; and one room with what is in it."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from wangge.kit.errors import NotFound
from wangge.org.models import UnitKind
from wangge.org.scope import Actor
from wangge.registry.models import Building, DataClass, Dwelling, DwellingUse, Entrance, Tag
from wangge.registry.selectors.places import building_document
from wangge.registry.selectors.spans import LIVING, Staleness, staleness

_ROOMS = """
select d.id, d.entrance_id, d.label, d.floor, d.use, d.confirmed, coalesce(h.n, 0), coalesce(p.n, 0),
       coalesce(p.stale, 0)
  from registry_dwelling d
  left join lateral (select count(*) n from registry_household x
                      where x.dwelling_id = d.id and x.ended_on is null) h on true
  left join lateral (select count(*) n, count(*) filter (where {stale}) stale from registry_person x
                      where x.dwelling_id = d.id and x.status in {living}) p on true
 where d.building_id = %s and d.ended_on is null
 order by d.sort_key, d.label
"""
_CLOSE = frozenset({UnitKind.GRID_TEAM, UnitKind.COMMUNITY})


def board(building_id: UUID, *, actor: Actor, at: dt.datetime | None = None) -> dict[str, Any]:
    """Five queries, however many rooms there are; NotFound outside the reader's areas."""
    building = Building.objects.visible_to(actor).select_related("estate").filter(pk=building_id).first()
    if building is None:
        raise NotFound
    rooms = _rooms(building, staleness("person", "dwelling", today=timezone.localdate(at)))
    groups = _groups(building, actor)
    for room in rooms:
        room["tags"] = groups.get(room["id"], [])
    entrances: list[tuple[UUID | None, str]] = list(
        Entrance.objects.filter(building=building).order_by("ordinal", "name").values_list("id", "name")
    )
    if not entrances or any(room["entrance"] is None for room in rooms):
        entrances.append((None, ""))
    return {
        "building": building_document(building),
        "entrances": [
            {"id": pk, "name": name, "floors": _floors([room for room in rooms if room["entrance"] == pk])}
            for pk, name in entrances
        ],
    }


def room_document(dwelling: Dwelling, *, actor: Actor, at: dt.datetime | None = None) -> dict[str, Any]:
    """The room as the board shows it, with what only its own page does."""
    old = staleness("person", "dwelling", today=timezone.localdate(at))
    rooms = _rooms(dwelling.building, old, dwelling.pk)
    if not rooms:  # it has ended
        rooms = [_room((dwelling.pk, None, dwelling.label, dwelling.floor, dwelling.use, {}, 0, 0, 0), old)]
    (room,) = rooms
    return {
        **room,
        "tags": _groups(dwelling.building, actor).get(dwelling.pk, []),
        "area_m2": float(dwelling.area_m2) if dwelling.area_m2 is not None else None,
        "version": dwelling.version,
        "ended_on": dwelling.ended_on,
        "confirmed": confirmed_document("dwelling", dwelling.confirmed, old),
    }


def confirmed_document(subject: str, confirmed: dict[str, Any], old: Staleness) -> dict[str, Any]:
    """By group: when it was last found true, by whom, and whether that still counts."""
    groups = {*confirmed, *old.days.get(subject, {})}
    return {
        group: {
            "at": (held := confirmed.get(group) or {}).get("at"),
            "unit": held.get("unit"),
            "source": held.get("source"),
            "fresh": not Staleness({subject: {group: days}}, old.today).of(subject, confirmed)
            if (days := old.days.get(subject, {}).get(group)) is not None
            else bool(held),
        }
        for group in sorted(groups)
    }


def floor_label(floor: int | None) -> str:
    if floor is None:
        return "其他"
    return f"{floor}层" if floor > 0 else f"地下{-floor}层"


def _rooms(building: Building, old: Staleness, only: UUID | None = None) -> list[dict[str, Any]]:
    stale, values = old.sql("person", "x")
    statement = _ROOMS.format(stale=stale, living=LIVING)
    if only is not None:
        statement = statement.replace("d.building_id = %s", "d.building_id = %s and d.id = %s")
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, building.pk, *([only] if only is not None else [])])
        return [_room(row, old) for row in cursor.fetchall()]


def _room(row: tuple[Any, ...], old: Staleness) -> dict[str, Any]:
    pk, entrance, label, floor, use, confirmed, households, persons, stale = row
    return {
        "id": pk,
        "entrance": entrance,
        "label": label,
        "floor": floor,
        "use": use,
        "use_name": DwellingUse(use).label,
        "households": households,
        "persons": persons,
        "stale": bool(stale) or old.of("dwelling", json.loads(confirmed)),
        "vacant": not persons,
    }


def _groups(building: Building, actor: Actor) -> dict[UUID, list[dict[str, str]]]:
    """By dwelling, the groups its people belong to; what is sensitive, for the grid and community and who cares."""
    close = actor.unit_kind in _CLOSE and not actor.scope.all
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    tags = Tag.objects.visible_to(actor).filter(person__dwelling__building=building, ended_on__isnull=True)
    names = ("person__dwelling_id", "kind_id", "kind__name", "kind__data_class", "unit_pos")
    for dwelling, kind, name, data_class, unit_pos in tags.order_by("kind_id").values_list(*names):
        mine = not actor.scope.all and actor.scope.covers_unit(unit_pos)
        if close or mine or data_class not in {DataClass.SENSITIVE, DataClass.MINOR}:
            found[dwelling][kind] = name
    return {
        dwelling: [{"kind": kind, "name": name} for kind, name in kinds.items()] for dwelling, kinds in found.items()
    }


def _floors(rooms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Highest floor first, as the board hangs on the wall; rooms without a floor last."""
    by_floor: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for room in rooms:
        by_floor[room["floor"]].append(room)
    order = sorted(by_floor, key=lambda floor: (floor is None, -(floor or 0)))
    return [{"floor": floor, "label": floor_label(floor), "dwellings": by_floor[floor]} for floor in order]
