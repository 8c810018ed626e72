"""All places of a day in memory, and every way of writing their names that is looked for in texts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from wangge.areas.names import forms
from wangge.kit.geo.measure import metres_between
from wangge.kit.tree import AREAS
from wangge.registry.addresses import street_number
from wangge.registry.places import words
from wangge.registry.places.details import building_key
from wangge.registry.places.kinds import Entry, Form, What
from wangge.registry.places.phrases import Phrases

DISTRICT, SUBDISTRICT, COMMUNITY, GRID = range(4)
_CELL = 0.002  # degrees; about 200 m


class AreaRow(NamedTuple):
    id: UUID
    pos: int
    level: int
    code: str
    name: str
    lon: float | None
    lat: float | None

    @property
    def end(self) -> int:
        return AREAS.end(self.pos, self.level)


class BuildingRow(NamedTuple):
    id: UUID
    estate_id: UUID | None
    code: str
    name: str
    address: str
    area_pos: int
    lon: float
    lat: float


class EstateRow(NamedTuple):
    id: UUID
    name: str
    area_pos: int  # of its community; where it has buildings they tell better


class AliasRow(NamedTuple):
    """Another name for the area, estate or building with this id."""

    target: UUID
    phrase: str


@dataclass(slots=True)
class Estate:
    id: UUID
    name: str
    area_pos: int
    lon: float | None = None
    lat: float | None = None
    buildings: list[int] = field(default_factory=list)
    by_key: dict[str, list[int]] = field(default_factory=dict)


class House(NamedTuple):
    number: int
    area_pos: int
    lon: float
    lat: float


@dataclass(slots=True)
class Road:
    name: str
    by_number: dict[str, list[int]] = field(default_factory=dict)
    houses: list[House] = field(default_factory=list)


def common(positions: Iterable[int]) -> int:
    """The smallest area that holds all these grids or areas; 0 where not even a district does."""
    known = list(positions)
    for depth in range(len(AREAS.bits) - 1, -1, -1):
        above = {AREAS.ancestor(pos, depth) for pos in known}
        if len(above) == 1:
            return above.pop()
    return 0


def level_of(pos: int) -> int:
    """How deep the area at `pos` lies; -1 for none."""
    if not pos:
        return -1
    return next(d for d in range(len(AREAS.bits)) if AREAS.ancestor(pos, d) == pos)


class Gazetteer:
    """Read-only and shared between threads."""

    def __init__(
        self,
        areas: Sequence[AreaRow],
        area_aliases: Sequence[AliasRow] = (),
        estates: Sequence[EstateRow] = (),
        buildings: Sequence[BuildingRow] = (),
        learned: Sequence[AliasRow] = (),
    ) -> None:
        self.areas = list(areas)
        self.by_pos = {area.pos: area for area in self.areas}
        self.by_code = {area.code: i for i, area in enumerate(self.areas)}
        self.buildings = list(buildings)
        self.estates = self._estates(estates)
        self.road_at: dict[int, int] = {}
        self.roads = self._roads()
        self.estate_at = {i: n for n, estate in enumerate(self.estates) for i in estate.buildings}
        self._crossings: dict[tuple[int, int], tuple[float, float, float] | None] = {}
        self.phrases = Phrases()
        self._name_areas(area_aliases)
        self._name_estates()
        self._name_buildings()
        for i, road in enumerate(self.roads):
            self.phrases.add(road.name, Entry(What.ROAD, i, Form.FULL))
        self._name_learned(learned)
        self.phrases.settle()

    def _estates(self, rows: Sequence[EstateRow]) -> list[Estate]:
        found = {row.id: Estate(row.id, row.name, row.area_pos) for row in rows}
        for i, row in enumerate(self.buildings):
            estate = found.get(row.estate_id) if row.estate_id else None
            if estate is not None:
                estate.buildings.append(i)
                key = building_key(words.canonical(row.name))
                estate.by_key.setdefault(key, []).append(i)
        for estate in found.values():
            of = [self.buildings[i] for i in estate.buildings]
            if of:
                estate.area_pos = common(row.area_pos for row in of) or estate.area_pos
                estate.lon = sum(row.lon for row in of) / len(of)
                estate.lat = sum(row.lat for row in of) / len(of)
        return list(found.values())

    def _roads(self) -> list[Road]:
        found: dict[str, Road] = {}
        at: dict[str, int] = {}
        for i, row in enumerate(self.buildings):
            name, number = road_of(row.address)
            if name:
                road = found.setdefault(name, Road(name))
                self.road_at[i] = at.setdefault(name, len(at))
                road.by_number.setdefault(number, []).append(i)
                road.houses.append(House(int(number.partition("-")[0]), row.area_pos, row.lon, row.lat))
        return list(found.values())

    def _name_areas(self, aliases: Sequence[AliasRow]) -> None:
        at = {area.id: i for i, area in enumerate(self.areas)}
        for i, area in enumerate(self.areas):
            for form, worth in forms(area.name).items():
                kind = Form.FULL if worth >= 0.9 else Form.STEM
                self.phrases.add(words.canonical(form), Entry(What.AREA, i, kind))
        for alias in aliases:
            if alias.target in at:
                phrase = words.canonical(words.plain_name(alias.phrase))
                kind = Form.ALIAS if len(phrase) > 2 else Form.STEM
                self.phrases.add(phrase, Entry(What.AREA, at[alias.target], kind))

    def _name_estates(self) -> None:
        names = {words.canonical(words.plain_name(estate.name)) for estate in self.estates}
        for i, estate in enumerate(self.estates):
            name = words.canonical(words.plain_name(estate.name))
            self.phrases.add(name, Entry(What.ESTATE, i, Form.FULL))
            for form, kind in words.short_forms(name).items():
                if form not in names:
                    self.phrases.add(form, Entry(What.ESTATE, i, kind))

    def _name_buildings(self) -> None:
        for i, row in enumerate(self.buildings):
            name = words.canonical(words.plain_name(row.name))
            if row.estate_id is None and len(name) >= 4:
                self.phrases.add(name, Entry(What.BUILDING, i, Form.FULL))

    def _name_learned(self, learned: Sequence[AliasRow]) -> None:
        at: dict[UUID, tuple[What, int]] = {area.id: (What.AREA, i) for i, area in enumerate(self.areas)}
        at |= {estate.id: (What.ESTATE, i) for i, estate in enumerate(self.estates)}
        wanted = {alias.target for alias in learned} - at.keys()
        at |= {row.id: (What.BUILDING, i) for i, row in enumerate(self.buildings) if row.id in wanted}
        for alias in learned:
            if alias.target in at:
                what, index = at[alias.target]
                self.phrases.add(words.canonical(words.plain_name(alias.phrase)), Entry(what, index, Form.ALIAS))

    def nearest(self, a: int, b: int) -> tuple[float, float, float] | None:
        """How near two roads come by their house numbers, and the middle of the two nearest."""
        key = (min(a, b), max(a, b))
        if key not in self._crossings:
            pairs = (
                (metres_between(one.lon, one.lat, other.lon, other.lat), (one.lon + other.lon) / 2,
                 (one.lat + other.lat) / 2)
                for one in self.roads[key[0]].houses for other in self.roads[key[1]].houses
            )  # fmt: skip
            self._crossings[key] = min(pairs, default=None)
        return self._crossings[key]

    def path(self, pos: int) -> tuple[str, ...]:
        """Names from the district down to `pos`."""
        chain = dict.fromkeys(AREAS.ancestor(pos, depth) for depth in range(len(AREAS.bits)))
        return tuple(self.by_pos[one].name for one in chain if one in self.by_pos)

    def known_above(self, pos: int) -> AreaRow | None:
        """The area at `pos`, or the nearest one above that is known."""
        for depth in range(max(level_of(pos), 0), -1, -1):
            area = self.by_pos.get(AREAS.ancestor(pos, depth))
            if area is not None:
                return area
        return None

    @cached_property
    def _cells(self) -> dict[tuple[int, int], list[int]]:
        found: dict[tuple[int, int], list[int]] = {}
        for i, row in enumerate(self.buildings):
            found.setdefault((int(row.lon / _CELL), int(row.lat / _CELL)), []).append(i)
        return found

    def around(self, lon: float, lat: float, metres: float) -> list[int]:
        """Buildings within `metres` of a point."""
        reach = math.ceil(metres / 150)
        x, y = int(lon / _CELL), int(lat / _CELL)
        near = (
            i
            for dx in range(-reach, reach + 1)
            for dy in range(-reach, reach + 1)
            for i in self._cells.get((x + dx, y + dy), ())
        )
        return [i for i in near if metres_between(lon, lat, self.buildings[i].lon, self.buildings[i].lat) <= metres]


def road_of(address: str) -> tuple[str, str]:
    """Road and house number of a full address as texts are compared: 经四路, 198."""
    key = street_number(address).removesuffix("号")
    digits = len(key)
    while digits and (key[digits - 1].isdigit() or key[digits - 1] == "-"):
        digits -= 1
    if not digits or digits == len(key):
        return "", ""
    return words.canonical(key[:digits]), key[digits:]
