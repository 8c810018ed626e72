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
from wangge.registry.places.found import PlaceCandidate, PlaceKind
from wangge.responsibility import selectors as responsibility
from wangge.responsibility.models import Category

if TYPE_CHECKING:
    from wangge.casework.services.drafts import Matter
    from wangge.responsibility.selectors import Danger, Route

__all__ = ["Category", "Place", "category", "danger", "place", "place_many", "route", "understand"]


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
    """The address is believed before the story told around it; what is not sure is left to a person."""
    for words in (address, text):
        if not words.strip():
            continue
        found = registry.find_place(words, at=day)
        if found.sure and found.best is not None:
            return _found(found.best, "neighbour" if found.neighbour else "text", day)
        if found.conflicts:
            break  # what contradicts itself is not mended by what is told around it
    return UNPLACED


def _found(best: PlaceCandidate, placed_by: str, day: date) -> Place:
    version = areas.area_for_pos(best.area_pos, day)
    if version is None:
        return UNPLACED
    placed = at_version(version, placed_by)
    if best.kind not in (PlaceKind.BUILDING, PlaceKind.ENTRANCE) or version.level < Level.GRID:
        return placed
    return replace(placed, lon=best.lon, lat=best.lat, building_id=best.id)


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


def danger(title: str, description: str) -> Danger | None:
    return responsibility.danger(title, description)


def route(of: Category | None, where: Place, at: datetime) -> Route | None:
    if of is None or not where.pos:
        return None
    return responsibility.route(category_id=of.pk, area_pos=where.pos, at=at.astimezone(LOCAL).date())
