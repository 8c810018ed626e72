"""Reading places: the building near a point, the building or compound a text names."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Avg, Min

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.kit.geo.measure import box_around, metres_between
from wangge.kit.phrases import Phrases
from wangge.kit.revision import Revision
from wangge.kit.text import fold
from wangge.kit.tree import AREAS
from wangge.registry import models
from wangge.registry.addresses import building_numbers, house_numbers_in, road_and_number, street_numbers_in
from wangge.registry.models import Building

MOST = 10
_LONGEST = 1000
_WHOLE, _NUMBERED, _NAMED, _STREET, _COMPOUND, _PART = 1.0, 0.9, 0.85, 0.8, 0.6, 0.5
_NEIGHBOUR, NEAR_NUMBERS = 0.5, 20
_DOUBLE, _FOREIGN = 0.7, 0.5  # a street number of several buildings; another area is named


@dataclass(frozen=True)
class Candidate:
    """A place the text may mean. `building` is None where only its compound is named.

    Score: 1 its whole address; 0.9 compound and building number; 0.85 the building's own name; 0.8 road and house
    number (0.56 where several buildings share it); 0.6 the compound; 0.5 a part of the compound's name. Half of
    that where the text names an area the place is not in.
    """

    building: Building | None
    score: float
    reason: dict[str, str]
    text: str
    where: str
    lon: float
    lat: float
    area_pos: int


@dataclass(frozen=True)
class Compound:
    """An estate as it is found by name; its place is the middle of its buildings."""

    id: UUID
    name: str
    area_pos: int
    lon: float
    lat: float


def building_near(lon: float, lat: float, metres: float) -> Building | None:
    """The nearest building within `metres` of a WGS-84 point."""
    west, south, east, north = box_around(lon, lat, metres)
    inside = Building.objects.filter(lon__range=(west, east), lat__range=(south, north))
    near = [(metres_between(lon, lat, b.lon, b.lat), b.code, b) for b in inside]
    return min((one for one in near if one[0] <= metres), default=(0, "", None), key=lambda one: one[:2])[2]


def find_address(text: str) -> list[Candidate]:
    """Places named by address, compound and number, own name or road and number; best first, at most ten."""
    folded = fold(text)[:_LONGEST]
    if len(folded) < 2:
        return []
    book = _book()
    found = [
        *_by_compound(folded, book),
        *_by_building(book.buildings.find(folded)),
        *_by_street(street_numbers_in(folded)),
    ]
    if not found:
        found = [_compound(c, _PART) for c in book.containing(folded)]
    return _best(found, [c.area_version.pos for c in areas.find_by_text(text) if c.score >= 0.9])


def near_number(text: str) -> Candidate | None:
    """Where a house number that is not known must be, by the known ones next to it on the same road.

    Numbers within 20, below and above, even and odd, must lie in one community, else a person decides. The place is
    their grid when it is one grid on both sides, else the community; the point is that of the nearest number.
    """
    roads = _book().roads
    named: dict[str, int] = {}
    for road, number in house_numbers_in(fold(text)[:_LONGEST]):
        if road in roads:
            named.setdefault(road, number)
    found = [_between(roads[road], road, number) for road, number in named.items()]
    return found[0] if len(found) == 1 else None


def _between(known: Sequence[House], road: str, number: int) -> Candidate | None:
    near = [house for house in known if abs(house.number - number) <= NEAR_NUMBERS]
    beside: list[House] = []
    for parity in (0, 1):
        same = [house for house in near if house.number % 2 == parity]
        for side in (
            [house for house in same if house.number <= number],
            [house for house in same if house.number >= number],
        ):
            closest = min((abs(house.number - number) for house in side), default=0)
            beside += [house for house in side if abs(house.number - number) == closest]
    if len({AREAS.ancestor(house.area_pos, Level.COMMUNITY) for house in beside}) != 1:
        return None
    nearest = min(beside, key=lambda h: ((h.number - number) % 2, abs(h.number - number), h.number))
    enclosed = min(h.number for h in beside) <= number <= max(h.number for h in beside)
    one_grid = enclosed and len({house.area_pos for house in beside}) == 1
    pos = nearest.area_pos if one_grid else AREAS.ancestor(nearest.area_pos, Level.COMMUNITY)
    wanted, by = f"{road}{number}号", f"{road}{nearest.number}号"
    zh, en = f"“{wanted}”不在册，按邻近的“{by}”推定", f"{wanted} is not on record; placed by {by} next to it"
    if nearest.number == number:
        zh, en = f"“{wanted}”有几栋楼，按其所在推定", f"{wanted} has several buildings; placed where they are"
    reason = {"zh": zh, "en": en}
    where = "".join(version.name for version in areas.path(pos)[1:])
    return Candidate(None, _NEIGHBOUR, reason, wanted, where, nearest.lon, nearest.lat, pos)


def search_estates(q: str, limit: int = MOST) -> list[Candidate]:
    """Compounds whose name holds `q`, for suggestions while somebody types."""
    return [_compound(c, _PART) for c in _book().containing(fold(q))][:limit]


def compounds() -> Sequence[Compound]:
    """All estates that have buildings, by name."""
    return _book().compounds


def roads() -> dict[str, House]:
    """Roads with house numbers on record, each with the lowest."""
    return {road: min(houses, key=lambda house: house.number) for road, houses in _book().roads.items()}


@dataclass(frozen=True)
class House:
    """A known house number of a road."""

    number: int
    area_pos: int
    lon: float
    lat: float


class Book:
    """Names of compounds and of buildings that have one of their own, and house numbers by road, kept in memory."""

    def __init__(self) -> None:
        housed = Building.objects.filter(estate__isnull=False).values("estate_id", "estate__name")
        middles = housed.annotate(east=Avg("lon"), north=Avg("lat"), first_pos=Min("area_pos"))
        self.compounds = [
            Compound(
                row["estate_id"],
                row["estate__name"],
                AREAS.ancestor(row["first_pos"], Level.COMMUNITY),
                row["east"],
                row["north"],
            )
            for row in middles.order_by("estate__name", "estate_id")
        ]
        self.estates: Phrases[Compound] = Phrases()
        for compound in self.compounds:
            self.estates.add(fold(compound.name), compound)
        self.buildings: Phrases[UUID] = Phrases()
        for pk, name in Building.objects.filter(estate__isnull=True).values_list("pk", "name"):
            if len(name) >= 4:
                self.buildings.add(fold(name), pk)
        self.roads: dict[str, list[House]] = {}
        numbered = Building.objects.exclude(street_number="")
        for street_number, *place in numbered.values_list("street_number", "area_pos", "lon", "lat"):
            parts = road_and_number(street_number)
            if parts is not None:
                self.roads.setdefault(parts[0], []).append(House(parts[1], *place))

    def containing(self, folded: str) -> list[Compound]:
        """Compounds whose name holds the text; those that begin with it first."""
        if not 2 <= len(folded) <= 20:
            return []
        hits = [(name.find(folded), len(name), c) for c in self.compounds if folded in (name := fold(c.name))]
        return [c for _, _, c in sorted(hits, key=lambda hit: hit[:2])][:MOST]


revision = Revision(lambda: models.Revision.objects.values_list("token", flat=True).first())
_lock = threading.Lock()
_kept: dict[UUID | None, Book] = {}


def _book() -> Book:
    token = revision.current()
    with _lock:
        if token in _kept:
            return _kept[token]
    made = Book()
    with _lock:
        _kept.clear()
        _kept[token] = made
    return made


def _by_compound(folded: str, book: Book) -> list[Candidate]:
    named = {c.id: c for values in book.estates.find(folded).values() for c in values}
    if not named:
        return []
    numbers = building_numbers(folded)
    found = []
    numbered: set[UUID | None] = set()
    for building in Building.objects.filter(estate__in=named) if numbers else ():
        whole = fold(building.address) in folded
        if whole or building_numbers(fold(building.name)) & numbers:
            numbered.add(building.estate_id)
            found.append(_building(building, _WHOLE if whole else _NUMBERED, named))
    found += [_compound(c, _COMPOUND) for c in named.values() if c.id not in numbered]
    return found


def _by_building(named: dict[tuple[int, int], list[UUID]]) -> list[Candidate]:
    wanted = [pk for values in named.values() for pk in values]
    return [_building(b, _NAMED, {}) for b in Building.objects.filter(pk__in=wanted)] if wanted else []


def _by_street(keys: Sequence[str]) -> list[Candidate]:
    if not keys:
        return []
    found = list(Building.objects.filter(street_number__in=keys).order_by("code")[: MOST + 1])
    longest = max((len(b.street_number) for b in found), default=0)
    found = [b for b in found if len(b.street_number) == longest]  # 北小辛庄街 before 小辛庄街
    score = _STREET if len(found) == 1 else _STREET * _DOUBLE
    return [_building(b, score, {}) for b in found]


def _building(building: Building, score: float, named: dict[UUID, Compound]) -> Candidate:
    compound = named.get(building.estate_id) if building.estate_id else None
    name = f"{compound.name}{building.name}" if compound else building.name
    if score == _WHOLE:
        zh, en = "地址完全一致", "its whole address"
    elif score in {_STREET, _STREET * _DOUBLE}:
        zh, en = f"文中提到“{building.street_number}”", f"the text names {building.street_number}"
    else:
        zh, en = f"文中提到“{name}”", f"the text names {name}"
    return Candidate(
        building, score, {"zh": zh, "en": en}, name, building.address, building.lon, building.lat, building.area_pos
    )


def _compound(compound: Compound, score: float) -> Candidate:
    path = areas.path(compound.area_pos)
    where = "".join(v.name for v in path[1:3])
    zh, en = f"文中提到“{compound.name}”", f"the text names {compound.name}"
    return Candidate(
        None, score, {"zh": zh, "en": en}, compound.name, where, compound.lon, compound.lat, compound.area_pos
    )


def _best(found: Sequence[Candidate], named: Sequence[int]) -> list[Candidate]:
    """Each place once; places outside every named area count half."""
    spans = [(v.pos, v.pos_end) for pos in named if (v := areas.area_for_pos(pos)) is not None]
    best: dict[tuple[str, str], Candidate] = {}
    for one in found:
        foreign = spans and not any(low <= one.area_pos < high for low, high in spans)
        score = round(one.score * (_FOREIGN if foreign else 1), 3)
        key = (one.text, one.where)
        if key not in best or best[key].score < score:
            best[key] = Candidate(one.building, score, one.reason, one.text, one.where, one.lon, one.lat, one.area_pos)
    return sorted(best.values(), key=lambda c: (-c.score, c.where, c.text))[:MOST]
