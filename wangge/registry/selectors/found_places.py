"""Which place a text means, among those on record today."""

from __future__ import annotations

from datetime import date

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.kit.written import plain
from wangge.registry.places.found import NOWHERE, SURE, Found, PlaceCandidate, PlaceKind
from wangge.registry.selectors import addresses

_KINDS = {
    Level.DISTRICT: PlaceKind.DISTRICT,
    Level.SUBDISTRICT: PlaceKind.SUBDISTRICT,
    Level.COMMUNITY: PlaceKind.COMMUNITY,
    Level.GRID: PlaceKind.GRID,
    Level.COURTYARD: PlaceKind.GRID,
}


def find_place(text: str, *, near: tuple[float, float] | None = None, at: date | None = None) -> Found:
    """The places `text` may mean. `near` (WGS-84) speaks for what lies close to it; `at` is the day of the division."""
    words = plain(text)
    if len(words) < 2:
        return NOWHERE
    found = []
    for one in addresses.find_address(words):
        path = areas.path(one.area_pos, at)
        kind = PlaceKind.BUILDING if one.building else PlaceKind.ESTATE
        found.append(
            PlaceCandidate(
                kind, one.building.pk if one.building else None, one.building.code if one.building else "", one.text,
                tuple(area.name for area in path), one.area_pos, path[-1].area_id if path else None,
                one.lon, one.lat, one.score, one.reason["zh"], one.reason["en"],
            )
        )  # fmt: skip
    for area in areas.find_by_text(words, at):
        version = area.area_version
        path = areas.path(version.pos, at)
        found.append(
            PlaceCandidate(
                _KINDS[Level(version.level)], version.area_id, version.code, version.name,
                tuple(one.name for one in path), version.pos, version.area_id, version.lon, version.lat,
                area.score, area.reason["zh"], area.reason["en"],
            )
        )  # fmt: skip
    found.sort(key=lambda one: -one.probability)
    sure = bool(found) and found[0].probability >= SURE and found[0].kind is not PlaceKind.DISTRICT
    return Found(tuple(found[:10]), sure)
