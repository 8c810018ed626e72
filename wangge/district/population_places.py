"""The buildings of a grid down to the dwelling: pure functions of a seed and of what the profile says of the grid."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import numpy as np
import shapely

from wangge.district import population_names as names
from wangge.district.population_names import Ids
from wangge.kit import labels, pinyin
from wangge.registry.addresses import street_number
from wangge.registry.services.bulk_rows import BuildingFacts, BuildingRow, DwellingRow, EntranceRow, EstateRow

# 市中: 3,170 grids and 4,970 buildings of the profile make 30,000 in all.
_NEW_BUILDINGS = 7.9
_VACANT = 0.07  # of the flats, at least
_SHARED = 0.03  # of the households live in another's flat


@dataclass(frozen=True)
class KnownBuilding:
    """A building of the profile."""

    id: UUID
    address: str
    kind: str
    lon: float
    lat: float


@dataclass(frozen=True)
class GridSpec:
    """All that is known of a grid before anybody lives there; `index` tells it from all others of the district."""

    index: int
    code: str
    name: str
    pos: int
    area_id: UUID
    community_id: UUID
    community_pos: int
    community_name: str
    prefix: str  # of addresses: 市中区大观园街道
    village: bool
    households: int
    boundary: bytes  # WKB
    team_id: UUID | None
    buildings: tuple[KnownBuilding, ...] = ()


@dataclass(frozen=True)
class Home:
    """A dwelling that somebody lives in, or could."""

    id: UUID
    label: str
    address: str
    use: str
    lon: float
    lat: float
    building_id: UUID
    households: int


@dataclass(frozen=True)
class Unit:
    """A dwelling where something is sold or done."""

    id: UUID
    address: str
    use: str
    lon: float
    lat: float
    building_id: UUID


@dataclass
class Places:
    """Everything of one grid. `homes` are in the order of buildings; of each as many households as it holds."""

    estates: list[EstateRow] = field(default_factory=list)
    buildings: list[BuildingRow] = field(default_factory=list)
    facts: list[BuildingFacts] = field(default_factory=list)
    entrances: list[EntranceRow] = field(default_factory=list)
    dwellings: list[DwellingRow] = field(default_factory=list)
    homes: list[Home] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)


@dataclass(frozen=True)
class _Shape:
    """How a building is made; `households` will live in it."""

    kind: str
    households: int
    floors: int
    entrances: int
    per_floor: int
    below: int = 0
    lifts: int = 0


@dataclass(frozen=True)
class _Standing:
    """A building with its place, known or new."""

    id: UUID
    address: str
    lon: float
    lat: float
    shape: _Shape


def make(spec: GridSpec, *, seed: int, as_of: dt.date, most: int | None = None) -> Places:
    """The same for the same seed, whatever is made before or after; with `most`, whole buildings until there are homes
    for so many households."""
    rng = random.Random(f"{seed}:{spec.code}:places")  # noqa: S311  # to be the same each time
    ids = Ids(f"{seed}:{spec.code}:place-ids", spec.index * 20_000)
    made, confirmed = Places(), confirmed_notes(spec, as_of)
    known, new = _shapes(spec, rng)
    for building, shape in zip(spec.buildings, known, strict=True):
        if most is not None and len(made.homes) >= most:
            return made
        made.facts.append(_described(building, shape, rng))
        standing = _Standing(building.id, building.address, building.lon, building.lat, shape)
        _fill(made, spec, standing, ids, rng, confirmed)
    for standing in _build(made, spec, new, ids, rng):
        _fill(made, spec, standing, ids, rng, confirmed)
        if most is not None and len(made.homes) >= most:
            return made
    return made


def confirmed_notes(spec: GridSpec, as_of: dt.date) -> Sequence[str]:
    """When a place was last found as it stands: most within a year, some long ago, some never."""
    return [confirmed_note(spec, as_of - dt.timedelta(days=days), ("living",)) for days in (20, 90, 200, 320, 500)] + [
        "{}"
    ]


def confirmed_note(spec: GridSpec, day: dt.date, groups: Sequence[str]) -> str:
    unit = f'"{spec.team_id}"' if spec.team_id else "null"
    note = f'{{"at": "{day}T10:00:00+08:00", "unit": {unit}, "source": "演示数据"}}'
    return "{" + ", ".join(f'"{group}": {note}' for group in groups) + "}"


def points_inside(boundary: bytes, count: int, seed: list[int]) -> list[tuple[float, float]]:
    """Well inside the grid, so that rounding moves none over its border."""
    shape = shapely.from_wkb(boundary)
    west, south, east, north = shape.bounds
    inner = shape.buffer(-0.05 * min(east - west, north - south))
    inner = shape if inner.is_empty else inner
    west, south, east, north = inner.bounds
    shapely.prepare(inner)
    rng = np.random.default_rng(seed)
    found: list[tuple[float, float]] = []
    while len(found) < count:
        xs, ys = np.round(rng.uniform(west, east, 4 * count), 6), np.round(rng.uniform(south, north, 4 * count), 6)
        hit = shapely.contains_xy(inner, xs, ys)
        found += list(zip(xs[hit].tolist(), ys[hit].tolist(), strict=True))
    return found[:count]


def _shapes(spec: GridSpec, rng: random.Random) -> tuple[list[_Shape], list[_Shape]]:
    """Of the known buildings and of the new ones, with the grid's households spread over them."""
    count = math.floor((spec.index + 1) * _NEW_BUILDINGS) - math.floor(spec.index * _NEW_BUILDINGS)
    shops = rng.choice((1, 1, 2))
    offices = int(not spec.village and rng.random() < 0.5)
    homes = count - shops - offices
    if spec.village:
        small = [rng.choice((1, 1, 2)) for _ in range(homes)]
        weights: list[float] = []
    else:
        small = []
        weights = [rng.uniform(5, 18) if rng.random() < 0.9 else rng.uniform(40, 70) for _ in range(homes)]
    # Not by what they are said to hold: that is changed to what is registered, and the next run must find the same.
    housing = [rng.uniform(30, 55) if b.kind != "public" else 0.0 for b in spec.buildings]
    spread = _spread(max(spec.households - sum(small), 0), housing + weights)
    known = [
        _public() if building.kind == "public" else _residential(households, rng)
        for building, households in zip(spec.buildings, spread, strict=False)
    ]
    new = [_village_house(households) for households in small]
    new += [_residential(households, rng) for households in spread[len(housing) :]]
    return known, [*new, *(_shops(rng) for _ in range(shops)), *(_offices(rng) for _ in range(offices))]


def _spread(total: int, weights: Sequence[float]) -> list[int]:
    """`total` in whole parts by weight (largest remainders)."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(one) for one in exact]
    order = sorted(range(len(weights)), key=lambda at: parts[at] - exact[at])
    for at in order[: total - sum(parts)]:
        parts[at] += 1
    return parts


def _residential(households: int, rng: random.Random) -> _Shape:
    flats = max(math.ceil(households * (1 - _SHARED) / (1 - _VACANT)), 2)
    below = int(rng.random() < 0.3)
    if flats > 45 and rng.random() < 0.6:
        per_floor = rng.choice((2, 4))
        entrances = max(1, math.ceil(flats / (per_floor * 30)))
        floors = max(9, math.ceil(flats / (per_floor * entrances)))
        return _Shape("tower", households, floors, entrances, per_floor, below=1, lifts=2 * entrances)
    per_floor = 3 if flats > 60 or rng.random() < 0.2 else 2
    entrances = max(1, math.ceil(flats / (per_floor * rng.choice((6, 6, 6, 7)))))
    floors = max(3, math.ceil(flats / (per_floor * entrances)))
    return _Shape("residential", households, floors, entrances, per_floor, below=below, lifts=0)


def _village_house(households: int) -> _Shape:
    return _Shape("village_house", households, 1, 0, households)


def _shops(rng: random.Random) -> _Shape:
    return _Shape("shops", 0, rng.choice((1, 2)), 0, rng.randint(3, 7))


def _offices(rng: random.Random) -> _Shape:
    return _Shape("office", 0, rng.randint(4, 12), 0, 4, below=1, lifts=2)


def _public() -> _Shape:
    return _Shape("public", 0, 2, 0, 2)


def _described(building: KnownBuilding, shape: _Shape, rng: random.Random) -> BuildingFacts:
    year = rng.randint(1978, 2019)
    return BuildingFacts(building.id, shape.households, shape.floors, shape.below, year, shape.lifts)


def _build(made: Places, spec: GridSpec, shapes: Sequence[_Shape], ids: Ids, rng: random.Random) -> Iterator[_Standing]:
    """The new buildings: homes in a compound of their own, the others along the street."""
    points = points_inside(spec.boundary, len(shapes), [spec.index, rng.randrange(1 << 30)])
    ordinal = int(spec.code[-3:])
    road, number = _street(spec, rng)
    estate = _estate(made, spec, ordinal, ids, rng)
    homes = 0
    for at, (shape, (lon, lat)) in enumerate(zip(shapes, points, strict=True)):
        pk, housing = ids.next(), shape.kind in {"residential", "tower", "village_house"}
        homes += housing
        door = f"{road}{number}-{ordinal * 20 + at % 20}号"
        name = _name(spec, shape, homes, at)
        address = f"{spec.prefix}{door}{estate.name if housing else ''}{name}"
        if shape.kind == "village_house":
            address = f"{spec.prefix}{spec.community_name}{name}"
        made.buildings.append(
            BuildingRow(
                pk, estate.id if housing else None, f"{spec.code}-D{at + 1:02}", name, address,
                street_number(address)[:40], shape.kind, spec.area_id, spec.pos, lon, lat, shape.households,
                shape.floors, shape.below, rng.randint(1985, 2022), shape.lifts,
                pinyin.of_place((estate.name if housing else "") + name).initials[:40],
            )
        )  # fmt: skip
        yield _Standing(pk, address, lon, lat, shape)


def _street(spec: GridSpec, rng: random.Random) -> tuple[str, str]:
    """The road of the profile's first building with its number, or a made-up road."""
    for building in spec.buildings:
        found = street_number(building.address)
        road = found.rstrip("号0123456789-")
        if road:
            return road, found.removeprefix(road).rstrip("号").partition("-")[0]
    return rng.choice(names.ROADS), str(spec.index % 300 + 1)


def _estate(made: Places, spec: GridSpec, ordinal: int, ids: Ids, rng: random.Random) -> EstateRow:
    pool = names.estate_names()
    start = sum(map(ord, spec.community_name)) * 13
    name = pool[(start + ordinal * 7) % len(pool)]
    estate = EstateRow(
        ids.next(), name, spec.community_id, "village" if spec.village else "housing", rng.randint(1985, 2020),
        pinyin.of_place(name).initials,
    )  # fmt: skip
    made.estates.append(estate)
    return estate


def _name(spec: GridSpec, shape: _Shape, homes: int, at: int) -> str:
    ordinal = int(spec.code[-3:])
    if shape.kind == "village_house":
        return f"{ordinal}排{homes}号"
    if shape.kind == "shops":
        return f"沿街商铺{ordinal}-{at}"
    if shape.kind == "office":
        return f"{names.estate_names()[(spec.index * 11 + at) % 40][:2]}商务楼"
    return f"{homes}号楼"


def _fill(
    made: Places, spec: GridSpec, standing: _Standing, ids: Ids, rng: random.Random, confirmed: Sequence[str]
) -> None:
    """Entrances and dwellings; as many homes taken as households are to live there."""
    shape, flats = standing.shape, []
    for entrance, label, use in _doors(made, standing, ids, rng):
        pk, parsed = ids.next(), labels.parse(label)
        size = Decimal(rng.randint(380, 1400)) / 10
        address = f"{standing.address}{entrance.name if entrance else ''}{label}"
        row = DwellingRow(
            pk, standing.id, entrance.id if entrance else None, label, parsed.floor, parsed.key[:40], use, size,
            spec.pos, confirmed[int(len(confirmed) * rng.random() ** 1.5)],
        )  # fmt: skip
        if use == "home":
            flats.append((row, address))
        else:
            made.dwellings.append(row)
            if use in {"shop", "office"}:
                made.units.append(Unit(pk, address, use, standing.lon, standing.lat, standing.id))
    taken = _taken(shape.households, len(flats), rng)
    for (row, address), households in zip(flats, taken, strict=True):
        use = _use(households, rng) if shape.kind != "village_house" else "home"
        made.dwellings.append(row._replace(use=use))
        if households:
            home = Home(row.id, row.label, address, use, standing.lon, standing.lat, standing.id, households)
            made.homes.append(home)


def _doors(
    made: Places, standing: _Standing, ids: Ids, rng: random.Random
) -> Iterator[tuple[EntranceRow | None, str, str]]:
    """Entrance, label and use of each dwelling, from the ground up."""
    shape = standing.shape
    if shape.kind == "village_house":
        for number in range(shape.per_floor):
            yield None, ("正房", "西厢房", "东厢房")[number], "home"
        return
    if shape.entrances == 0:
        yield from _trade(shape)
        return
    if shape.kind == "residential" and rng.random() < 0.15:
        yield None, "一层门头", "shop"
    for number in range(1, shape.entrances + 1):
        entrance = EntranceRow(ids.next(), standing.id, f"{number}单元", number)
        made.entrances.append(entrance)
        if shape.below:
            yield entrance, "地下-1", "storage"
        for floor in range(1, shape.floors + 1):
            for door in range(1, shape.per_floor + 1):
                yield entrance, f"{floor}{door:02}", "home"


def _trade(shape: _Shape) -> Iterator[tuple[None, str, str]]:
    if shape.kind == "shops":
        yield None, "一层门头", "shop"
        for number in range(2, shape.per_floor + 1):
            yield None, f"一层门头{number}", "shop"
        if shape.floors > 1:
            yield None, "二层", "office"
        return
    if shape.below:
        yield None, "地下-1", "storage"
    for floor in range(1, shape.floors + 1):
        for door in range(1, shape.per_floor + 1):
            yield None, f"{floor}{door:02}", "office"


def _taken(households: int, flats: int, rng: random.Random) -> list[int]:
    """How many households live in each flat: mostly one, a few share, the others stand empty."""
    if not flats:
        return []
    alone = min(flats, math.ceil(households * (1 - _SHARED)))
    taken = [1] * alone + [0] * (flats - alone)
    for extra in range(households - alone):
        taken[extra % max(alone, 1)] += 1
    rng.shuffle(taken)
    return taken


def _use(households: int, rng: random.Random) -> str:
    if not households:
        return "vacant" if rng.random() < 0.85 else "unknown"
    return "rented" if households > 1 or rng.random() < 0.17 else "home"
