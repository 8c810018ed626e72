"""A plan beside the division in force or another plan: what changes its grid, and past cases by the planned grids."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np
import shapely.geometry
from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.casework.selectors import redivision as casework
from wangge.divisions import matching
from wangge.divisions.models import Plan, PlanCommunity
from wangge.divisions.selectors import outcome, plans
from wangge.divisions.workflow import State
from wangge.kit.errors import Conflict, Invalid, field_error
from wangge.kit.geo import GridIndex
from wangge.org import scope
from wangge.org.scope import Interval
from wangge.registry.selectors import division as registry

MOST_ATOMS = 5000  # shown one by one
LONGEST_DAYS, USUAL_DAYS = 366, 91
_DONE = frozenset({State.PUBLISHED, State.IN_FORCE})


class NotComparable(Conflict):
    code = "plans_not_comparable"
    title_zh = "两个方案不能比较"
    title_en = "The two plans cannot be compared"


def interval(plan: Plan) -> Interval:
    """The plan's area on the tree."""
    version = areas.area_for_pos(plan.area_pos)
    return (version.pos, version.pos_end) if version else (plan.area_pos, plan.area_pos + 1)


def compare(plan: Plan, against: Plan | None) -> dict[str, Any]:
    """Buildings, households and people that change their grid from `against` (None: the division in force)."""
    if against is not None and (against.level, against.atoms) != (plan.level, plan.atoms):
        raise NotComparable("层级或划分单元不同", "of different levels or atoms")
    rows = plans.whole(plan)
    before, names = _of_plan(rows, against) if against is not None else _in_force(plan, rows)
    with scope.unrestricted():
        living = registry.people(interval(plan))
    found = _Found(living)
    for row in rows:
        found.take(row, before[row.pk], names)
    return {
        "other": {
            "kind": "plan" if against else "current",
            "id": against.pk if against else None,
            "name": against.name if against else "现行划分",
        },
        "moved": found.moved.document(),
        "whole": found.whole.document(),
        "communities": found.communities,
        "atoms": found.atoms[:MOST_ATOMS],
        "figures": plan.figures,
        "figures_before": against.figures or None if against else None,
    }


class _Count:
    def __init__(self, living: Mapping[UUID, int]) -> None:
        self.living = living
        self.buildings: set[UUID] = set()
        self.atoms = self.households = 0

    def add(self, building: UUID, households: int) -> None:
        self.buildings.add(building)
        self.atoms += 1
        self.households += households

    def document(self) -> dict[str, int]:
        return {
            "buildings": len(self.buildings),
            "atoms": self.atoms,
            "households": self.households,
            "people": sum(self.living.get(one, 0) for one in self.buildings),
        }


class _Found:
    """What was found so far, community by community."""

    def __init__(self, living: Mapping[UUID, int]) -> None:
        self.living = living
        self.moved, self.whole = _Count(living), _Count(living)
        self.communities: list[dict[str, Any]] = []
        self.atoms: list[dict[str, Any]] = []

    def take(self, row: PlanCommunity, before: Sequence[Hashable | None], names: dict[Hashable, str]) -> None:
        kept = matching.match(row.labels, before, row.households)
        own = _Count(self.living)
        labels = {grid["label"]: grid["name"] for grid in row.grids}
        for index, (label, was) in enumerate(zip(row.labels, before, strict=True)):
            building, households = row.building_ids[index], row.households[index]
            self.whole.add(building, households)
            if kept.get(label) == was:
                continue
            self.moved.add(building, households)
            own.add(building, households)
            self.atoms.append(
                {
                    "id": row.atom_ids[index], "name": row.names[index], "lon": row.lons[index], "lat": row.lats[index],
                    "households": households, "community": row.area_id,
                    "was": names.get(was, "") if was is not None else "", "now": labels.get(label, ""),
                }
            )  # fmt: skip
        if own.atoms:
            self.communities.append(
                {"area": plans.area_document(row.area_pos, row.area_id, row.code, row.name), **own.document()}
            )


def _in_force(
    plan: Plan, rows: Sequence[PlanCommunity]
) -> tuple[dict[UUID, Sequence[Hashable | None]], dict[Hashable, str]]:
    """As it is today; for a plan that has been decided, as it was then."""
    division = areas.atlas()
    names: dict[Hashable, str] = {v.area_id: v.name for v in division.versions if v.level == plan.level}
    if plan.state in _DONE:
        return {row.pk: row.was_ids for row in rows}, names
    return dict(outcome.located(rows, plan.level, None, division)), names


def _of_plan(
    rows: Sequence[PlanCommunity], against: Plan
) -> tuple[dict[UUID, Sequence[Hashable | None]], dict[Hashable, str]]:
    other = {row.area_id: row for row in plans.whole(against)}
    before: dict[UUID, Sequence[Hashable | None]] = {}
    names: dict[Hashable, str] = {}
    for row in rows:
        theirs = other.get(row.area_id)
        known = dict(zip(theirs.atom_ids, theirs.labels, strict=True)) if theirs else {}
        names |= {(row.area_id, grid["label"]): grid["name"] for grid in theirs.grids} if theirs else {}
        before[row.pk] = [(row.area_id, known[one]) if one in known else None for one in row.atom_ids]
    if not other.keys() & {row.area_id for row in rows}:
        raise NotComparable("两个方案没有共同的社区", "they have no community in common")
    return before, names


def cases(plan: Plan, *, start: dt.date | None = None, end: dt.date | None = None) -> dict[str, Any]:
    """Counts only. Each case stands in the planned grid that holds its point, and in the grid of its own day."""
    end = end or timezone.localdate() + dt.timedelta(days=1)
    start = start or end - dt.timedelta(days=USUAL_DAYS)
    if not start < end or (end - start).days > LONGEST_DAYS:
        zh, en = f"时段应为 1 到 {LONGEST_DAYS} 天", f"a period of 1 to {LONGEST_DAYS} days"
        raise Invalid(errors=[field_error("end", zh, en)])
    zone = timezone.get_current_timezone()
    moments = [dt.datetime.combine(day, dt.time(), tzinfo=zone) for day in (start, end)]
    points = casework.points(interval=interval(plan), start=moments[0], end=moments[1])
    rows = list(
        PlanCommunity.objects.filter(plan=plan).only("area_id", "name", "code", "grids", "drawn").order_by("code")
    )
    keys = [(row, grid) for row in rows for grid in row.grids]
    drawn = {row.pk: plans.polygons(row) for row in rows}
    shapes = [shapely.geometry.shape(drawn[row.pk][str(grid["label"])]) for row, grid in keys]
    placed = [point for point in points if point.lon is not None and point.lat is not None]
    found: list[int] = []
    if shapes and placed:
        lons, lats = np.array([p.lon for p in placed]), np.array([p.lat for p in placed])
        found = GridIndex(shapes, list(range(len(shapes)))).locate(lons, lats).tolist()
    planned: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for place, point in zip(found, placed, strict=True) if found else ():
        _count(planned[place], closed=point.closed)
    of_day: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for point in points:
        _count(of_day[point.area_pos], closed=point.closed)
    return {
        "start": start,
        "end": end,
        "cases": len(points),
        "placed": sum(place >= 0 for place in found),
        "planned": [
            {
                "community": {"id": row.area_id, "name": row.name}, "label": grid["label"], "name": grid["name"],
                **_counted(planned[index]),
            }
            for index, (row, grid) in enumerate(keys)
        ],
        "of_day": [_of_day(pos, count) for pos, count in sorted(of_day.items())],
    }  # fmt: skip


def _count(held: list[int], *, closed: bool) -> None:
    held[0] += 1
    held[1] += closed


def _counted(held: Sequence[int]) -> dict[str, int]:
    return {"cases": held[0], "closed": held[1], "open": held[0] - held[1]}


def _of_day(pos: int, count: Sequence[int]) -> dict[str, Any]:
    version = areas.area_for_pos(pos)
    return {
        "area_id": version.area_id if version else None,
        "code": version.code if version else "",
        "name": version.name if version else "",
        **_counted(count),
    }
