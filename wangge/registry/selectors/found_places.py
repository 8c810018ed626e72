"""Which place a text means, among those on record: the gazetteer of a day, kept in this process until places change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date
from uuid import UUID

from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.areas.models import AreaAlias
from wangge.kit.written import plain
from wangge.registry.models import AliasState, Building, Entrance, Estate, PlaceAlias
from wangge.registry.places import details, weighing
from wangge.registry.places.found import NOWHERE, Found
from wangge.registry.places.gazetteer import AliasRow, AreaRow, BuildingRow, EstateRow, Gazetteer
from wangge.registry.selectors.addresses import revision

LONGEST = 4000
_KEPT = 3
_Key = tuple[UUID | None, UUID | None, date]
_lock = threading.Lock()
_books: OrderedDict[_Key, Gazetteer] = OrderedDict()


def find_place(text: str, *, near: tuple[float, float] | None = None, at: date | None = None) -> Found:
    """The places `text` may mean. `near` (WGS-84) speaks for what lies close to it; `at` is the day of the division."""
    words = plain(text, longest=LONGEST)
    return weighing.resolve(words, gazetteer(at), near) if len(words) >= 2 else NOWHERE


def entrance_of(building_id: UUID, said: str) -> Entrance | None:
    """The entrance of a building that a text calls `said` (PlaceCandidate.entrance)."""
    if not said:
        return None
    known = Entrance.objects.filter(building_id=building_id).order_by("ordinal")
    return next((one for one in known if details.entrance_key(one.name) == said), None)


def gazetteer(at: date | None = None) -> Gazetteer:
    """All names of places on the day `at` (default today)."""
    day = at or timezone.localdate()
    key = (revision.current(), areas.revision.current(), day)
    with _lock:
        kept = _books.get(key)
        if kept is not None:
            _books.move_to_end(key)
            return kept
    made = _made(day)
    with _lock:
        _books[key] = made
        while len(_books) > _KEPT:
            _books.popitem(last=False)
    return made


def _made(day: date) -> Gazetteer:
    division = areas.atlas(day)
    rows = [AreaRow(v.area_id, v.pos, v.level, v.code, v.name, v.lon, v.lat) for v in division.versions]
    named = AreaAlias.objects.values_list("area_id", "name")
    estates = [
        EstateRow(pk, name, division.by_area[area_id].pos)
        for pk, name, area_id in Estate.objects.order_by("pk").values_list("pk", "name", "area_id")
        if area_id in division.by_area
    ]
    standing = Building.objects.filter(pulled_down_on__isnull=True).order_by("code")
    fields = ("pk", "estate_id", "code", "name", "address", "area_pos", "lon", "lat")
    buildings = [BuildingRow(*row) for row in standing.values_list(*fields)]
    active = PlaceAlias.objects.filter(state=AliasState.ACTIVE).order_by("pk").values_list("target_id", "phrase")
    learned = [AliasRow(*one) for one in active]
    return Gazetteer(rows, [AliasRow(*one) for one in named.order_by("pk")], estates, buildings, learned)
