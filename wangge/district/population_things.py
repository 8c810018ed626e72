"""What else stands in a grid: firms and shops, who serves its compounds, components, devices. Pure functions."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from wangge.district import population_names as names
from wangge.district.population_names import Ids
from wangge.district.population_places import GridSpec, Home, Places, Unit, points_inside
from wangge.kit import pinyin
from wangge.registry.services.bulk_rows import (
    ComponentRow,
    DeviceRow,
    EstateServiceRow,
    OrganisationRow,
    PremisesRow,
)

_COMPONENTS, _FEWER = 22, 3  # of a grid, and of one that is not whole
_COMMON = ("井盖", "路灯", "行道树", "果皮箱", "垃圾", "箅子")  # words in the names of what stands at every corner
_OPEN = 0.7  # of shops and offices
# trade: kind of premises, industry (GB/T 4754), what hangs over the door, hazards
_SHOPS = (
    ("restaurant", "H6210", "家常菜馆", '["gas", "open_fire"]'),
    ("restaurant", "H6291", "早餐店", '["gas", "open_fire"]'),
    ("shop", "F5211", "便利店", "[]"),
    ("shop", "F5251", "大药房", "[]"),
    ("shop", "F5223", "粮油店", "[]"),
    ("shop", "O8040", "理发店", "[]"),
    ("shop", "O8010", "家政服务部", "[]"),
    ("workshop", "O8111", "汽车修理部", '["chemicals"]'),
    ("workshop", "O8129", "电器维修部", "[]"),
    ("hotel", "H6110", "旅馆", '["sleeping_above"]'),
)
_OFFICES = (
    ("office", "I6510", "软件有限公司", "[]"),
    ("office", "L7249", "咨询有限公司", "[]"),
    ("office", "E5013", "装饰工程有限公司", "[]"),
    ("office", "F5199", "商贸有限公司", "[]"),
    ("office", "P8391", "教育咨询有限公司", "[]"),
)


@dataclass(frozen=True)
class ComponentTerms:
    """A kind of component and whose it is."""

    code: str
    name: str
    owner_id: UUID | None = None


@dataclass
class Things:
    organisations: list[OrganisationRow] = field(default_factory=list)
    services: list[EstateServiceRow] = field(default_factory=list)
    premises: list[PremisesRow] = field(default_factory=list)
    components: list[ComponentRow] = field(default_factory=list)
    devices: list[DeviceRow] = field(default_factory=list)


@dataclass
class _Grid:
    spec: GridSpec
    as_of: dt.date
    rng: random.Random
    ids: Ids
    made: Things

    def day(self, years: int) -> dt.date:
        return self.as_of - dt.timedelta(days=self.rng.randint(30, 365 * years))


def make(
    spec: GridSpec,
    places: Places,
    alone: Sequence[Home],
    *,
    seed: int,
    as_of: dt.date,
    kinds: Sequence[ComponentTerms],
    whole: bool = True,
) -> Things:
    """`alone`: where an elder lives alone, and a button may hang beside the bed. A grid that is not whole has no trade
    and only the first of its components.
    """
    made = Things()
    outside = _grid(spec, as_of, f"{seed}:{spec.code}:outside", 16_000, made)
    points = points_inside(spec.boundary, _COMPONENTS + 2, [spec.index, seed % 1_000_003, 7])
    if kinds:
        _components(outside, kinds, points[2:] if whole else points[2 : 2 + _FEWER])
    _cameras(_grid(spec, as_of, f"{seed}:{spec.code}:cameras", 16_500, made), points[:2])
    _buttons(_grid(spec, as_of, f"{seed}:{spec.code}:buttons", 17_000, made), alone)
    if whole:
        trade = _grid(spec, as_of, f"{seed}:{spec.code}:trade", 18_000, made)
        for unit in places.units:
            if trade.rng.random() < _OPEN:
                _premises(trade, unit)
        _detectors(trade, places.units)
        if places.estates:
            _serve(trade, places, seed)
    return made


def _grid(spec: GridSpec, as_of: dt.date, key: str, start: int, made: Things) -> _Grid:
    """Each sort has chances and ids of its own, so that one may be left out."""
    rng = random.Random(key)  # noqa: S311  # to be the same each time
    return _Grid(spec, as_of, rng, Ids(f"{key}-ids", spec.index * 20_000 + start), made)


def _premises(grid: _Grid, unit: Unit) -> None:
    rng, spec = grid.rng, grid.spec
    kind, industry, trade, hazards = rng.choice(_SHOPS if unit.use == "shop" else _OFFICES)
    firm = unit.use == "office"
    name, opened = names.brand(rng) + trade, grid.day(12)
    organisation = grid.ids.next()
    initials = pinyin.of_place(name).initials[:40]
    grid.made.organisations.append(
        OrganisationRow(
            organisation, "enterprise" if firm else "sole_trader", name,
            names.credit_code(rng, "91" if firm else "92", spec.index), "", industry, unit.address[:160], None, None,
            rng.randint(2, 60) if firm else rng.randint(1, 8), opened, spec.area_id, spec.pos, initials,
        )
    )  # fmt: skip
    grid.made.premises.append(
        PremisesRow(
            grid.ids.next(), name, kind, unit.address[:160], unit.building_id, unit.id, organisation, spec.area_id,
            spec.pos, unit.lon, unit.lat, hazards, opened, initials,
        )
    )  # fmt: skip


def _serve(grid: _Grid, places: Places, seed: int) -> None:
    """社区、物业、业委会: one property company for the community, now and then a committee of owners."""
    spec, rng = grid.spec, grid.rng
    shared = random.Random(f"{seed}:{spec.code[:12]}:property")  # noqa: S311  # all grids of the community make it alike
    company = Ids(f"{seed}:{spec.code[:12]}:property-ids", 0).next()
    name = f"{names.brand(shared)}物业服务有限公司"
    grid.made.organisations.append(
        OrganisationRow(
            company, "property_company", name, names.credit_code(shared, "91", 20_000 - 1), "", "K7020", "", None, None,
            shared.randint(12, 80), dt.date(shared.randint(1998, 2020), 3, 1), spec.community_id, spec.community_pos,
            pinyin.of_place(name).initials[:40],
        )
    )  # fmt: skip
    for estate in places.estates:
        since = grid.day(8)
        serves = [("property_company", company, name)] if estate.kind == "housing" or rng.random() < 0.3 else []
        if estate.kind == "housing" and rng.random() < 0.5:
            serves.append(("owners_committee", _committee(grid, estate.name), f"{estate.name}业主委员会"))
        for role, organisation, called in serves:
            grid.made.services.append(
                EstateServiceRow(grid.ids.next(), estate.id, role, organisation, None, called, since)
            )
        if rng.random() < 0.4:
            grid.made.services.append(
                EstateServiceRow(
                    grid.ids.next(), estate.id, "courtyard_team", None, spec.team_id, f"{estate.name}庭院服务队", since
                )
            )


def _committee(grid: _Grid, estate: str) -> UUID:
    spec, pk, name = grid.spec, grid.ids.next(), f"{estate}业主委员会"
    grid.made.organisations.append(
        OrganisationRow(
            pk, "owners_committee", name, None, "业主委员会无统一社会信用代码", "", "", None, None, None, grid.day(6),
            spec.area_id, spec.pos, pinyin.of_place(name).initials[:40],
        )
    )  # fmt: skip
    return pk


def _components(grid: _Grid, kinds: Sequence[ComponentTerms], points: Sequence[tuple[float, float]]) -> None:
    spec, rng = grid.spec, grid.rng
    common = [kind for kind in kinds if any(word in kind.name for word in _COMMON)] or kinds
    for number, (lon, lat) in enumerate(points, start=1):
        kind = rng.choice(common if rng.random() < 0.65 else kinds)
        state = "intact" if rng.random() < 0.97 else rng.choice(("damaged", "missing"))
        grid.made.components.append(
            ComponentRow(
                grid.ids.next(), f"{spec.code}-C{number:03}", kind.code, kind.name, spec.area_id, spec.pos, lon, lat,
                kind.owner_id, state, grid.day(20),
            )
        )  # fmt: skip


def _cameras(grid: _Grid, points: Sequence[tuple[float, float]]) -> None:
    spec = grid.spec
    for number, (lon, lat) in enumerate(points[: grid.rng.choice((1, 2, 2))], start=1):
        grid.made.devices.append(
            DeviceRow(
                grid.ids.next(), f"{spec.code}-V{number:02}", "camera", f"{spec.name}{number}号点位", spec.area_id,
                spec.pos, lon, lat, None, None, None, "in_use",
            )
        )  # fmt: skip


def _detectors(grid: _Grid, units: Sequence[Unit]) -> None:
    spec = grid.spec
    for number, unit in enumerate((unit for unit in units if unit.use == "shop"), start=1):
        if grid.rng.random() < 0.25:
            grid.made.devices.append(
                DeviceRow(
                    grid.ids.next(), f"{spec.code}-S{number:02}", "smoke", "独立式感烟探测器", spec.area_id, spec.pos,
                    unit.lon, unit.lat, unit.building_id, unit.id, spec.team_id, "in_use",
                )
            )  # fmt: skip


def _buttons(grid: _Grid, alone: Sequence[Home]) -> None:
    spec = grid.spec
    for number, home in enumerate(alone, start=1):
        if grid.rng.random() < 0.6:
            grid.made.devices.append(
                DeviceRow(
                    grid.ids.next(), f"{spec.code}-B{number:03}", "emergency_button", "一键呼叫器", spec.area_id,
                    spec.pos, home.lon, home.lat, home.building_id, home.id, spec.team_id,
                    "in_use" if number % 20 else "faulty",
                )
            )  # fmt: skip
