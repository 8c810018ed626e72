"""Names of places while somebody types: areas, estates and roads by name, pinyin or its initials."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.kit import pinyin
from wangge.kit.queries import Word
from wangge.kit.text import as_searched
from wangge.registry import selectors as registry

MOST = 8
MOST_NAMES = 6  # that one spelt word may stand for in a text
_KINDS = {Level.SUBDISTRICT: "subdistrict", Level.COMMUNITY: "community", Level.GRID: "grid"}
_ENDING = re.compile("(?:社区|街道|居委会|村委会|小区|第?[一二三四五六七八九十0-9]{1,3}网格)$")


@dataclass(frozen=True)
class Place:
    """`core`: the name as people write it in a text (纬一路 for 纬一路社区)."""

    kind: str  # subdistrict, community, grid, estate, road
    id: UUID | None
    name: str
    core: str
    path: str
    area_id: UUID | None
    lon: float | None
    lat: float | None
    full: str
    initials: str
    searched: str


@dataclass(frozen=True)
class Named:
    place: Place
    reason: str
    reason_en: str


Point = tuple[float | None, float | None]


def _place(kind: str, id_: UUID | None, name: str, path: str, area_id: UUID | None, point: Point) -> Place:
    core = _ENDING.sub("", name)
    core = core if len(core) >= 2 else name
    read = pinyin.of_place(name)
    return Place(kind, id_, name, core, path, area_id, *point, read.full, read.initials, as_searched(name))


def _all() -> Iterator[Place]:
    """Areas from large to small, then estates, then roads."""
    for level, kind in _KINDS.items():
        for version in areas.search(level=level):
            path = " / ".join(one.name for one in areas.path(version.pos)[1:-1])
            yield _place(kind, version.area_id, version.name, path, version.area_id, (version.lon, version.lat))
    for estate in registry.compounds():
        around = areas.path(estate.area_pos)
        path = " / ".join(one.name for one in around[1:])
        area_id = around[-1].area_id if around else None
        yield _place("estate", estate.id, estate.name, path, area_id, (estate.lon, estate.lat))
    for road, house in sorted(registry.roads().items()):
        yield _place("road", None, road, "", None, (house.lon, house.lat))


_lock = threading.Lock()
_kept: dict[tuple[UUID | None, UUID | None], tuple[Place, ...]] = {}


def places() -> tuple[Place, ...]:
    token = areas.revision.current(), registry.revision.current()
    with _lock:
        if token in _kept:
            return _kept[token]
    made = tuple(_all())
    with _lock:
        _kept.clear()
        _kept[token] = made
    return made


def named(word: Word) -> list[Named]:
    """Whole initials first, then beginnings, then names that hold the word; short names before long ones."""
    text = as_searched(word.text)
    if len(text) < 2:
        return []
    known = places()
    if not word.spelt:
        holding = [place for place in known if text in place.searched]
        holding.sort(key=lambda place: (not place.searched.startswith(text), len(place.name), place.name))
        return [Named(place, "名称", "its name") for place in holding[:MOST]]
    by_initials = [place for place in known if place.initials.startswith(text)]
    by_initials.sort(key=lambda place: (len(place.core) != len(text), len(place.name), place.name))
    read = [place for place in known if place.full.startswith(text)] if len(text) > 2 else []
    read.sort(key=lambda place: (len(place.name), place.name))
    found = [Named(place, "拼音首字母", "initials of its pinyin") for place in by_initials]
    return (found + [Named(place, "拼音", "its pinyin") for place in read])[: MOST * 2]


def cores(found: list[Named]) -> list[str]:
    """What of a spelt word's places may stand in a text."""
    return list(dict.fromkeys(one.place.core for one in found))[:MOST_NAMES]
