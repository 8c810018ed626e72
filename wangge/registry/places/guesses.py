"""Places a text may mean, each by itself: how probable from how it is written, and around which buildings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wangge.kit.geo.measure import metres_between
from wangge.kit.tree import AREAS
from wangge.registry.places import details
from wangge.registry.places.found import PlaceKind
from wangge.registry.places.gazetteer import COMMUNITY, SUBDISTRICT, Gazetteer, House, Road, common
from wangge.registry.places.kinds import Form
from wangge.registry.places.reading import AreaHit, BuildingHit, EstateHit, Read, RoadHit

NEAR_NUMBERS = 20
_OPPOSITE, _BESIDE, _CROSSING, _CROSSING_MOST = 150.0, 80.0, 150.0, 400.0
_ROAD_ALONE, _ON_ROAD, _NEIGHBOUR, _CROSSED, _NO_SUCH_BUILDING = 0.6, 0.965, 0.92, 0.93, 0.95
_KINDS = (PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT, PlaceKind.COMMUNITY, PlaceKind.GRID, PlaceKind.GRID)


@dataclass(slots=True)
class Guess:
    """`area_pos` is where the place itself lies; `within` the area that surely holds what the text tells of."""

    kind: PlaceKind
    index: int
    name: str
    area_pos: int
    odds: float
    phrase: str
    zh: str
    en: str
    lon: float | None = None
    lat: float | None = None
    within: int = 0
    estate: int = -1
    form: Form = Form.FULL
    likeness: float = 1.0
    entrance: str = ""
    neighbour: bool = False
    by_number: tuple[int, str] | None = None  # found by a house number of this road alone
    roads: frozenset[int] = frozenset()

    @property
    def sure_pos(self) -> int:
        return self.within or self.area_pos


def odds(probability: float) -> float:
    probability = min(max(probability, 0.001), 0.995)
    return probability / (1 - probability)


def guesses(told: Read, book: Gazetteer) -> list[Guess]:
    found = [_area(hit, told, book) for hit in told.areas]
    for estate in told.estates:
        found += _estate(estate, told, book)
    for building in told.buildings:
        found.append(_building(building, told, book))
    found += _crossing(told, book)
    if not any(guess.kind is PlaceKind.ROAD for guess in found):
        for road in told.roads:
            found += _road(road, told, book)
    return found


def _said(told: Read, hit: AreaHit | EstateHit | RoadHit | BuildingHit) -> tuple[str, str, str]:
    phrase = told.words_of(hit.mention)
    if hit.mention.meant:
        return (
            phrase,
            f"文中的“{phrase}”与“{hit.mention.meant}”相近",
            f"{phrase} in the text is like {hit.mention.meant}",
        )
    return phrase, f"文中提到“{phrase}”", f"the text names {phrase}"


def _area(hit: AreaHit, told: Read, book: Gazetteer) -> Guess:
    area = book.areas[hit.index]
    phrase, zh, en = _said(told, hit)
    return Guess(
        _KINDS[area.level], hit.index, area.name, area.pos, odds(hit.worth), phrase, zh, en, area.lon, area.lat,
        form=hit.form, likeness=hit.mention.likeness,
    )  # fmt: skip


def _estate(hit: EstateHit, told: Read, book: Gazetteer) -> list[Guess]:
    estate = book.estates[hit.index]
    phrase, zh, en = _said(told, hit)
    named: list[Guess] = []
    for detail in hit.details:
        for index in estate.by_key.get(detail.building, ()):
            worth = hit.worth * detail.worth * (0.5 if hit.sub else 1.0)
            one = _of_building(index, worth, f"{phrase}{_told_number(detail)}", zh, en, book)
            one.entrance, one.form, one.likeness = detail.entrance, hit.mention.entry.form, hit.mention.likeness
            if hit.beside:
                _widen(one, hit.beside, book)
            named.append(one)
    if named:
        return named
    worth = hit.worth
    if hit.details and hit.details[0].worth >= 0.95 and estate.buildings:
        worth *= _NO_SUCH_BUILDING
        zh += f"，但其中没有“{hit.details[0].building}”号楼"
        en += f", where no building {hit.details[0].building} is on record"
    whole = Guess(
        PlaceKind.ESTATE, hit.index, estate.name, estate.area_pos, odds(worth), phrase, zh, en,
        estate.lon, estate.lat, estate=hit.index, form=hit.mention.entry.form, likeness=hit.mention.likeness,
    )  # fmt: skip
    if hit.beside:
        _widen(whole, hit.beside, book)
    return [whole]


def _told_number(detail: details.Detail) -> str:
    number = detail.building if not detail.building.isascii() else f"{detail.building.upper()}号楼"
    return number + (f"{detail.entrance}单元" if detail.entrance else "")


def _of_building(index: int, worth: float, phrase: str, zh: str, en: str, book: Gazetteer) -> Guess:
    row = book.buildings[index]
    estate = book.estate_at.get(index, -1)
    name = f"{book.estates[estate].name}{row.name}" if estate >= 0 else row.name
    return Guess(
        PlaceKind.BUILDING, index, name, row.area_pos, odds(worth), phrase, zh, en, row.lon, row.lat, estate=estate
    )


def _building(hit: BuildingHit, told: Read, book: Gazetteer) -> Guess:
    phrase, zh, en = _said(told, hit)
    one = _of_building(hit.index, hit.worth, phrase, zh, en, book)
    one.likeness = hit.mention.likeness
    if hit.beside:
        _widen(one, hit.beside, book)
    return one


def _widen(one: Guess, how: str, book: Gazetteer) -> None:
    """What is opposite or beside may lie in the next grid: only what holds all the buildings around is sure."""
    if one.kind is PlaceKind.ESTATE:
        anchors = [book.buildings[i] for i in book.estates[one.index].buildings]
    else:
        anchors = [book.buildings[one.index]]
    reach = _OPPOSITE if how == "opposite" else _BESIDE
    around = {one.area_pos}
    for row in anchors[:: max(1, len(anchors) // 12)]:
        around.update(book.buildings[i].area_pos for i in book.around(row.lon, row.lat, reach))
    one.within = common(around)
    zh, en = ("对面", "opposite it") if how == "opposite" else ("旁边", "beside it")
    one.zh += f"，文中说的是其{zh}"
    one.en += f"; the text says {en}"


# --- roads ---


def _road(hit: RoadHit, told: Read, book: Gazetteer) -> list[Guess]:
    road = book.roads[hit.index]
    phrase, zh, en = _said(told, hit)
    if hit.number is None:
        return [_road_alone(hit, road, phrase, zh, en)]
    wanted = f"{phrase}{hit.number.number}号"
    zh, en = f"文中提到“{wanted}”", f"the text names {wanted}"
    known = road.by_number.get(hit.number.number, ())
    if known:
        return list(_at_number(hit, known, wanted, zh, en, told, book))
    if len({one.index for one in told.roads}) == 1 and hit.left == 1 and hit.mention.likeness == 1:
        beside = _between(hit, road, wanted)
        if beside is not None:
            return [beside]
    alone = _road_alone(hit, road, phrase, zh + "，但这个门牌不在册", en + ", a number that is not on record")
    return [alone]


def _road_alone(hit: RoadHit, road: Road, phrase: str, zh: str, en: str) -> Guess:
    """A road goes on beyond what is known of it: never surer than a street named beside it."""
    pos = common(house.area_pos for house in road.houses)
    pos = AREAS.ancestor(pos, SUBDISTRICT) if pos else 0
    worth = _ROAD_ALONE * hit.left * hit.mention.likeness
    return Guess(PlaceKind.ROAD, hit.index, road.name, pos, odds(worth), phrase, zh, en, likeness=hit.mention.likeness)


def _at_number(
    hit: RoadHit, known: Sequence[int], wanted: str, zh: str, en: str, told: Read, book: Gazetteer
) -> Iterator[Guess]:
    assert hit.number is not None
    worth = _ON_ROAD * hit.left * hit.mention.likeness
    direct = details.after(told.text, hit.number.end)
    named = {d.building for d in ([direct] if direct else details.buildings_in(told.text))}
    by_estate: dict[int, list[int]] = {}
    for index in known:
        by_estate.setdefault(book.estate_at.get(index, -1), []).append(index)
    for estate, indexes in by_estate.items():
        if estate < 0:
            for index in indexes:
                yield _numbered(_of_building(index, worth, wanted, zh, en, book), hit)
            continue
        of = book.estates[estate]
        exact = [i for key in named for i in of.by_key.get(key, ()) if i in known]
        for index in exact or (indexes if len(indexes) == 1 and not named else ()):
            one = _of_building(index, worth, wanted, zh, en, book)
            one.entrance = direct.entrance if direct and exact else ""
            yield _numbered(one, hit)
        if not exact and len(indexes) > 1:
            pos = common(book.buildings[i].area_pos for i in indexes)
            whole = Guess(
                PlaceKind.ESTATE, estate, of.name, pos, odds(worth), wanted, zh, en, of.lon, of.lat, estate=estate
            )
            yield _numbered(whole, hit)


def _numbered(one: Guess, hit: RoadHit) -> Guess:
    assert hit.number is not None
    one.by_number = (hit.index, hit.number.number)
    return one


def _between(hit: RoadHit, road: Road, wanted: str) -> Guess | None:
    """Where a number that is not known must be: the known ones beside it, both sides, lie in one community."""
    assert hit.number is not None
    number = int(hit.number.number.partition("-")[0])
    near = [house for house in road.houses if abs(house.number - number) <= NEAR_NUMBERS]
    beside: list[House] = []
    for parity in (0, 1):
        same = [house for house in near if house.number % 2 == parity]
        below = [house for house in same if house.number <= number]
        for side in (below, [house for house in same if house.number >= number]):
            closest = min((abs(house.number - number) for house in side), default=0)
            beside += [house for house in side if abs(house.number - number) == closest]
    if len({AREAS.ancestor(house.area_pos, COMMUNITY) for house in beside}) != 1:
        return None
    nearest = min(beside, key=lambda h: ((h.number - number) % 2, abs(h.number - number), h.number))
    enclosed = min(h.number for h in beside) <= number <= max(h.number for h in beside)
    one_grid = enclosed and len({house.area_pos for house in beside}) == 1
    pos = nearest.area_pos if one_grid else AREAS.ancestor(nearest.area_pos, COMMUNITY)
    by = f"{road.name}{nearest.number}号"
    return Guess(
        PlaceKind.ROAD, hit.index, wanted, pos, odds(_NEIGHBOUR), wanted,
        f"“{wanted}”不在册，按邻近的“{by}”推定", f"{wanted} is not on record; placed by {by} next to it",
        nearest.lon, nearest.lat, neighbour=True,
    )  # fmt: skip


def _crossing(told: Read, book: Gazetteer) -> list[Guess]:
    """Where two named roads come nearest to each other."""
    named = {hit.index: hit for hit in told.roads if hit.number is None}
    if len(named) != 2 or not details.crossing(told.text):
        return []
    (a, first), (b, second) = named.items()
    pair = book.nearest(a, b)
    if pair is None:
        return []
    distance, lon, lat = pair
    if distance > _CROSSING_MOST:
        return []
    pos = common(book.buildings[i].area_pos for i in book.around(lon, lat, max(_CROSSING, distance)))
    name = f"{book.roads[a].name}与{book.roads[b].name}交叉口"
    worth = _CROSSED * first.left * second.left * first.mention.likeness * second.mention.likeness
    worth *= 1 if distance <= _CROSSING else 0.8
    zh, en = f"文中提到“{name}”，按两条路最近的门牌推定", f"the text names {name}; placed where the two are nearest"
    return [Guess(PlaceKind.ROAD, a, name, pos, odds(worth), name, zh, en, lon, lat, roads=frozenset((a, b)))]


def distance(one: Guess, lon: float, lat: float) -> float | None:
    return None if one.lon is None or one.lat is None else metres_between(lon, lat, one.lon, one.lat)
