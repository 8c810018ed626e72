"""What publishing a plan on a day makes of the areas: which go on, which codes and names they get, which end."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import shapely
import shapely.geometry
from shapely.geometry.base import BaseGeometry

from wangge.areas import selectors as areas
from wangge.areas import services as area_services
from wangge.areas.atlas import Atlas
from wangge.areas.models import AreaVersion, Level
from wangge.areas.numbering import number_grids
from wangge.divisions import coding, matching
from wangge.divisions.models import Plan, PlanCommunity
from wangge.divisions.selectors import plans
from wangge.divisions.workflow import State
from wangge.kit.crypto import sm3

Words = dict[str, str]
SAME_AREA, SAME_DEGREES = 1e-3, 1e-5
NOUNS = {Level.GRID: "网格", Level.COURTYARD: "庭院"}


@dataclass
class GridOutcome:
    """A planned grid as an area; `keeps` is the version it goes on from, None for a new one."""

    row: PlanCommunity
    label: int
    code: str
    name: str
    keeps: AreaVersion | None
    households: int
    buildings: int
    moved_buildings: int
    moved_households: int
    left_buildings: int
    shape: BaseGeometry
    area_id: UUID | None = None  # set once it is written

    @property
    def kind(self) -> str:
        if self.keeps is None:
            return "new"
        return "kept" if self.keeps.code == self.code else "recoded"

    @property
    def changes(self) -> bool:
        """Whether its people notice anything: buildings come or go, or it is called otherwise."""
        return self.kind != "kept" or bool(self.moved_buildings or self.left_buildings)


@dataclass
class EndedOutcome:
    """An area that ends, and the planned grid that gets most of its households."""

    row: PlanCommunity
    area: AreaVersion
    households: int
    into: GridOutcome


@dataclass
class Outcome:
    day: dt.date
    level: int
    grids: list[GridOutcome] = field(default_factory=list)
    ended: list[EndedOutcome] = field(default_factory=list)
    changed: list[PlanCommunity] = field(default_factory=list)
    unchanged: int = 0
    moved_buildings: set[UUID] = field(default_factory=set)
    moved_households: int = 0
    problems: list[Words] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Of everything that will be written."""
        told = [
            [g.row.code, g.label, g.code, g.name, str(g.keeps.area_id) if g.keeps else "", g.shape.wkb_hex]
            for g in self.grids
        ]
        told += [[e.row.code, str(e.area.area_id), e.into.code] for e in self.ended]
        return sm3(orjson.dumps([self.day, told])).hex()

    def redrawn(self) -> list[area_services.Redrawn]:
        """For areas.services.redivide, community by community."""
        of: dict[UUID, list[GridOutcome]] = defaultdict(list)
        for grid in self.grids:
            of[grid.row.area_id].append(grid)
        return [
            area_services.Redrawn(
                parent,
                [
                    area_services.NewArea(g.code, g.name, g.shape, g.households, g.keeps.area_id if g.keeps else None)
                    for g in grids
                ],
            )
            for parent, grids in of.items()
        ]


def outcome(plan: Plan, day: dt.date) -> Outcome:
    """By the division of `day` as it is planned now; communities that stay as they are are left alone.

    A plan that is published stands in the division of its day already: it is told against that of the day before.
    """
    before = day - dt.timedelta(days=1) if plan.state == State.PUBLISHED and day == plan.valid_from else day
    found, division = Outcome(day, plan.level), areas.atlas(before)
    rows = list(PlanCommunity.objects.filter(plan=plan).order_by("code"))
    was = located(rows, plan.level, before, division)
    for row in rows:
        parent = division.by_area.get(row.area_id)
        if parent is None:
            found.problems.append({"zh": f"{row.name}在该日已不存在", "en": f"{row.name} does not exist on that day"})
            continue
        _community(found, plan, row, parent, was[row.pk], division)
    _redrawn_since(found, division)
    return found


def _redrawn_since(found: Outcome, division: Atlas) -> None:
    """Communities whose boundary is no longer that of the plan: its grids would leave gaps, or lie outside."""
    parents = {row.area_id: division.by_area[row.area_id].pk for row in found.changed}
    rows = AreaVersion.objects.filter(pk__in=parents.values(), boundary__isnull=False)
    drawn = dict(rows.values_list("area_id", "boundary"))
    shapes: dict[UUID, list[BaseGeometry]] = defaultdict(list)
    for grid in found.grids:
        shapes[grid.row.area_id].append(grid.shape)
    for row in found.changed:
        outline = shapely.from_wkb(bytes(stored)) if (stored := drawn.get(row.area_id)) else None
        if outline is None or _covers(shapes[row.area_id], outline):
            continue
        zh = f"{row.name}的边界在划分之后有变，请重新划分"
        found.problems.append({"zh": zh, "en": f"The boundary of {row.name} has changed since: design it again"})


def _covers(grids: Sequence[BaseGeometry], outline: BaseGeometry) -> bool:
    """By area and extent, which is quick and tells any change that matters."""
    near = abs(sum(grid.area for grid in grids) - outline.area) <= SAME_AREA * outline.area
    return near and bool(np.allclose(shapely.total_bounds(grids), outline.bounds, atol=SAME_DEGREES, rtol=0))


def located(
    rows: Sequence[PlanCommunity], level: int, day: dt.date | None, division: Atlas
) -> dict[UUID, list[UUID | None]]:
    """For each atom the area it lies in on the day: by the map, else as the plan found it."""
    lons = [lon for row in rows for lon in row.lons]
    lats = [lat for row in rows for lat in row.lats]
    if not lons:
        return {row.pk: [] for row in rows}
    found = iter(areas.locate_many(lons, lats, level=level, at=day).tolist())
    result = {}
    for row in rows:
        held: list[UUID | None] = []
        for before in row.was_ids:
            version = division.by_pos.get(next(found))
            known = division.by_area.get(before) if before else None
            held.append(version.area_id if version else known.area_id if known else None)
        result[row.pk] = held
    return result


def _community(
    found: Outcome, plan: Plan, row: PlanCommunity, parent: AreaVersion, was: list[UUID | None], division: Atlas
) -> None:
    today = {v.area_id: v for v in division.children_of.get(parent.area_id, []) if v.level == plan.level}
    own = [one if one in today else None for one in was]
    kept = matching.match(row.labels, own, row.households)
    moved = [kept.get(label) is None or kept[label] != one for label, one in zip(row.labels, own, strict=True)]
    if today and not any(moved):
        found.unchanged += 1
        return
    later = next((v for v in today.values() if v.valid_to not in {None, found.day}), None)
    if later is not None:
        found.problems.append(
            {
                "zh": f"{later.name}从 {later.valid_to} 起已有其他调整，请选择那之后的日期",
                "en": f"{later.name} changes on {later.valid_to} already: choose a later day",
            }
        )
    grids = _grids(plan, row, parent, today, kept, own, moved)
    found.changed.append(row)
    found.grids += grids
    found.ended += _ended(row, today, kept, own, grids)
    for building, one in zip(row.building_ids, moved, strict=True):
        if one:
            found.moved_buildings.add(building)
    found.moved_households += sum(g.moved_households for g in grids)


def _grids(
    plan: Plan,
    row: PlanCommunity,
    parent: AreaVersion,
    today: dict[UUID, AreaVersion],
    kept: dict[int, UUID],
    was: Sequence[UUID | None],
    moved: Sequence[bool],
) -> list[GridOutcome]:
    drawn = plans.polygons(row)
    labels = [grid["label"] for grid in row.grids]
    shapes = [shapely.geometry.shape(drawn[str(label)]) for label in labels]
    order = number_grids(shapes)
    before = [today[kept[labels[i]]] if labels[i] in kept else None for i in order]
    numbered = coding.codes(parent.code, [v.code if v else None for v in before], [v.code for v in today.values()])
    names = set[str]()
    result = []
    for place, code, version in zip(order, numbered, before, strict=True):
        name = _name(plan, row.grids[place], parent, version, code)
        if name in names:
            name = f"{name}（{code[-3:]}）"
        names.add(name)
        counts = _counts(row, labels[place], version, was, moved)
        result.append(GridOutcome(row, labels[place], code, name[:80], version, shape=shapes[place], **counts))
    return result


def _name(plan: Plan, grid: dict[str, Any], parent: AreaVersion, version: AreaVersion | None, code: str) -> str:
    if grid.get("given"):
        return str(grid["given"])
    if version is not None:
        return coding.renamed(version.name, version.code, code)
    return coding.name_for(parent.name, code, NOUNS[Level(plan.level)])


def _counts(
    row: PlanCommunity, label: int, version: AreaVersion | None, was: Sequence[UUID | None], moved: Sequence[bool]
) -> dict[str, Any]:
    members = [i for i, one in enumerate(row.labels) if one == label]
    come = [i for i in members if moved[i]]
    gone = [i for i, one in enumerate(was) if version and one == version.area_id and row.labels[i] != label]
    return {
        "households": sum(row.households[i] for i in members),
        "buildings": len({row.building_ids[i] for i in members}),
        "moved_buildings": len({row.building_ids[i] for i in come}),
        "moved_households": sum(row.households[i] for i in come),
        "left_buildings": len({row.building_ids[i] for i in gone}),
    }


def _ended(
    row: PlanCommunity,
    today: dict[UUID, AreaVersion],
    kept: dict[int, UUID],
    was: Sequence[UUID | None],
    grids: Sequence[GridOutcome],
) -> list[EndedOutcome]:
    heirs = matching.heirs(row.labels, was, row.households)
    by_label = {grid.label: grid for grid in grids}
    lived: dict[UUID, int] = defaultdict(int)
    for area, count in zip(was, row.households, strict=True):
        if area is not None:
            lived[area] += count
    gone = sorted((v for v in today.values() if v.area_id not in kept.values()), key=lambda v: v.code)
    return [
        EndedOutcome(row, v, lived[v.area_id], by_label[heirs[v.area_id]] if v.area_id in heirs else _around(v, grids))
        for v in gone
    ]


def _around(version: AreaVersion, grids: Sequence[GridOutcome]) -> GridOutcome:
    """Where nobody lives: the grid that holds its middle, else the nearest."""
    if version.lon is None or version.lat is None:
        return grids[0]
    point = shapely.geometry.Point(version.lon, version.lat)
    return min(grids, key=lambda grid: (float(grid.shape.distance(point)), grid.code))


def document_of(found: Outcome) -> dict[str, Any]:
    """The grids and ends, to be kept with the publication."""
    return {
        "grids": [
            {
                "area": str(g.area_id or (g.keeps.area_id if g.keeps else "")), "community": str(g.row.area_id),
                "label": g.label, "kind": g.kind, "code": g.code, "was_code": g.keeps.code if g.keeps else "",
                "name": g.name, "was_name": g.keeps.name if g.keeps else "", "changes": g.changes,
            }
            for g in found.grids
        ],
        "ended": [
            {
                "area": str(e.area.area_id), "community": str(e.row.area_id), "code": e.area.code,
                "name": e.area.name, "pos": e.area.pos, "into": str(e.into.area_id or ""),
                "into_name": e.into.name,
            }
            for e in found.ended
        ],
    }  # fmt: skip
