"""Where a matter is, what it is about, and whose it is. Unsure is an answer: then a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion, Level
from wangge.casework.services.turn import LOCAL
from wangge.kit.errors import Invalid, field_error
from wangge.kit.tree import AREAS
from wangge.registry import selectors as registry
from wangge.responsibility import selectors as responsibility
from wangge.responsibility.models import Category

if TYPE_CHECKING:
    from wangge.casework.services.drafts import Matter
    from wangge.registry.models import Building
    from wangge.responsibility.selectors import Route

__all__ = ["Category", "Place", "category", "place", "place_many", "route", "understand"]

SURE = 0.8  # of a text match; below it a person places the matter
AHEAD = 0.1  # by which the best match must lead the next one elsewhere


@dataclass(frozen=True)
class Place:
    """Where on the tree of its day; `pos` 0 means nobody knows yet."""

    area_id: UUID | None = None
    version_id: UUID | None = None
    pos: int = 0
    level: int = Level.DISTRICT
    placed_by: str = ""
    lon: float | None = None
    lat: float | None = None
    building_id: UUID | None = None
    address: str = ""

    @property
    def subdistrict_pos(self) -> int:
        return AREAS.ancestor(self.pos, Level.SUBDISTRICT) if self.level >= Level.SUBDISTRICT else 0

    @property
    def community_pos(self) -> int:
        return AREAS.ancestor(self.pos, Level.COMMUNITY) if self.level >= Level.COMMUNITY else 0


UNPLACED = Place()


def at_version(version: AreaVersion, placed_by: str) -> Place:
    return Place(
        area_id=version.area_id,
        version_id=version.pk,
        pos=version.pos,
        level=version.level,
        placed_by=placed_by,
    )


def place(matter: Matter, at: datetime) -> Place:
    """By the area named, else the point, else the address, else by what the text says for sure."""
    day = at.astimezone(LOCAL).date()
    if matter.area_id is not None:
        return _of(areas.version_at(matter.area_id, day))
    if matter.area_code:
        return _of(areas.by_code(matter.area_code, day))
    if matter.lon is not None and matter.lat is not None:
        located = areas.locate(matter.lon, matter.lat, at=day)
        return at_version(located.version, "point") if located.version is not None else UNPLACED
    return by_text(matter.address, f"{matter.title} {matter.description}", day)


def at_area(area_id: UUID, at: datetime) -> Place:
    return _of(areas.version_at(area_id, at.astimezone(LOCAL).date()))


def _of(version: AreaVersion | None) -> Place:
    if version is None:
        raise Invalid(errors=[field_error("body.area", "没有这个区域", "No such area")])
    return at_version(version, "operator")


def by_text(address: str, text: str, day: date) -> Place:
    """The address is believed before the story told around it."""
    for words in (address, text):
        if not words.strip():
            continue
        building = _building(words)
        if building is not None:
            version = areas.area_for_pos(building.area_pos, day)
            if version is not None:
                found = at_version(version, "text")
                return replace(found, lon=building.lon, lat=building.lat, building_id=building.pk)
        version = _beside(words, day)
        if version is not None:
            return at_version(version, "neighbour")
        version = _area(words, day)
        if version is not None:
            return at_version(version, "text")
    return UNPLACED


def _beside(words: str, day: date) -> AreaVersion | None:
    """By the house numbers next to one that is not known, when nothing else that is named lies elsewhere."""
    found = registry.near_number(words)
    version = areas.area_for_pos(found.area_pos, day) if found is not None else None
    if version is None:
        return None
    inside = all(version.pos <= one.area_pos < version.pos_end for one in registry.find_address(words))
    named = [one.area_version for one in areas.find_by_text(words, day)]
    around = all(other.pos <= version.pos < other.pos_end for other in named if other.level > Level.DISTRICT)
    return version if inside and around else None


def _building(words: str) -> Building | None:
    """The one building the words name; two that fit as well are none."""
    found = registry.find_address(words)
    if not found or found[0].score < SURE:
        return None
    if len(found) > 1 and found[1].score > found[0].score - AHEAD:
        return None
    return found[0].building


def _area(words: str, day: date) -> AreaVersion | None:
    """The area the words name below the district, when nothing else named there contradicts it."""
    found = [one for one in areas.find_by_text(words, day) if one.area_version.level > Level.DISTRICT]
    if not found or found[0].score < SURE:
        return None
    best = found[0].area_version
    for other in found[1:]:
        version = other.area_version
        contains = version.pos <= best.pos < version.pos_end
        if not contains and other.score > found[0].score - AHEAD:
            return None
    return best


def place_many(matters: Sequence[Matter], at: datetime) -> list[Place | None]:
    """Points resolved all at once; None where there is no point, or it lies in no grid, and `place` must decide."""
    day = at.astimezone(LOCAL).date()
    chosen = [
        position
        for position, one in enumerate(matters)
        if one.lon is not None and one.lat is not None and one.area_id is None and not one.area_code
    ]
    found: list[Place | None] = [None] * len(matters)
    if not chosen:
        return found
    lons = np.array([matters[position].lon for position in chosen], dtype=float)
    lats = np.array([matters[position].lat for position in chosen], dtype=float)
    for position, pos in zip(chosen, areas.locate_many(lons, lats, at=day), strict=True):
        version = areas.area_for_pos(int(pos), day) if pos else None
        found[position] = at_version(version, "point") if version is not None else UNPLACED
    return found


def category(code: str | None) -> Category | None:
    if not code:
        return None
    found = responsibility.category(code)
    if found is None or not found.leaf or not found.active:
        raise Invalid(errors=[field_error("body.category", "没有这个事项分类", "No such category in use")])
    return found


def understand(title: str, description: str) -> Category | None:
    return responsibility.understand(title, description)


def route(of: Category | None, where: Place, at: datetime) -> Route | None:
    if of is None or not where.pos:
        return None
    return responsibility.route(category_id=of.pk, area_pos=where.pos, at=at.astimezone(LOCAL).date())
