"""Grid teams of the division in force or of a plan: load, members needed, who is there, gaps and doubles.

Nothing here compares people: a count of members stands beside a load, and that is all.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import shapely.geometry

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion, Level
from wangge.casework.selectors import redivision as casework
from wangge.divisions import matching
from wangge.divisions.models import Assignment, Plan, PlanCommunity
from wangge.divisions.policies import Perm
from wangge.divisions.rules import Team
from wangge.divisions.selectors import comparing, outcome, plans
from wangge.divisions.selectors.rulebook import rules
from wangge.divisions.workflow import State
from wangge.kit import clock
from wangge.kit.errors import Conflict, NotFound
from wangge.kit.geo import GridIndex
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org.models import Post, Unit, UnitKind
from wangge.org.scope import Actor, Interval
from wangge.registry.selectors import division as registry

LOAD_DAYS = 91  # matters a month are those of the last quarter, divided
_MONTH = 365.25 / 12


class NoTeams(Conflict):
    code = "courtyards_have_no_teams"
    title_zh = "庭院不单独配备网格员"
    title_en = "Courtyards have no teams of their own"


@dataclass
class Crew:
    """A grid with its load and its people."""

    community: tuple[UUID, str]
    label: int | None
    area: AreaVersion | None
    name: str
    households: int = 0
    priority_people: int = 0
    matters: int = 0
    members: list[tuple[Post, bool]] = field(default_factory=list)  # and whether the plan brings them

    def document(self, rule: Team, times: Mapping[UUID, int]) -> dict[str, Any]:
        month = self.matters * _MONTH / LOAD_DAYS
        needed = rule.needed(self.households, self.priority_people, month)
        people = len({post.user_id for post, _ in self.members})
        area = self.area
        return {
            "community": {"id": self.community[0], "name": self.community[1]},
            "label": self.label,
            "area": {"id": area.area_id, "code": area.code, "name": area.name} if area else None,
            "name": self.name,
            "households": self.households,
            "priority_people": self.priority_people,
            "matters_a_month": round(month, 1),
            "needed": needed,
            "assigned": [member(post, planned=planned, grids=times[post.user_id]) for post, planned in self.members],
            "gap": max(needed - people, 0),
            "over": max(people - needed, 0),
        }


def member(post: Post, *, planned: bool, grids: int) -> dict[str, Any]:
    return {
        "post_id": post.pk,
        "user_id": post.user_id,
        "name": post.user.name,
        "role": post.role.code,
        "role_name": post.role.name,
        "unit_name": post.unit.name,
        "planned": planned,
        "grids": grids,
    }


def in_force(*, area_id: UUID | None, actor: Actor) -> dict[str, Any]:
    """The grids of an area today; without one those of the actor's own."""
    whole = _area(area_id, actor)
    division = areas.atlas()
    grids = [v for v in division.versions if v.level == Level.GRID and whole.pos <= v.pos < whole.pos_end]
    crews = {v.area_id: Crew(_community(v), None, v, v.name) for v in grids}
    by_pos = {v.pos: crews[v.area_id] for v in grids}
    interval = (whole.pos, whole.pos_end)
    with scope.unrestricted():
        for atom in registry.atoms(interval):
            _add(by_pos.get(atom.area_pos), households=atom.households)
        for pos, people in registry.priority_by_grid(interval).items():
            _add(by_pos.get(pos), priority_people=people)
        for point in casework.points(interval=interval, **_quarter()):
            _add(by_pos.get(point.area_pos), matters=1)
    units = Unit.objects.filter(kind=UnitKind.GRID_TEAM, active=True, area_id__in=crews)
    for post in posts_of(units):
        if post.unit.area_id in crews:
            crews[post.unit.area_id].members.append((post, False))
    ordered = sorted(crews.values(), key=lambda crew: crew.area.code if crew.area else "")
    return _document("in_force", ordered, (), can_assign=False)


def planned(plan: Plan, *, actor: Actor) -> dict[str, Any]:
    """The grids of a plan, with who would work in them: posts follow their grid, or go where they are assigned."""
    if plan.level != Level.GRID:
        raise NoTeams
    rows = plans.whole(plan)
    crews = {
        (row.pk, grid["label"]): Crew((row.area_id, row.name), grid["label"], None, grid["name"])
        for row in rows
        for grid in row.grids
    }
    _planned_load(plan, rows, crews)
    spare = _planned_people(plan, rows, crews)
    can = actor.may(Perm.ASSIGN_TEAM) and plan.state in {State.DRAFT, State.PROPOSED, State.PUBLISHED}
    return _document("plan", list(crews.values()), spare, can_assign=can)


Crews = dict[tuple[UUID, int], Crew]


def _planned_load(plan: Plan, rows: Sequence[PlanCommunity], crews: Crews) -> None:
    interval = comparing.interval(plan)
    with scope.unrestricted():
        priority = registry.priority_people(interval)
        points = casework.points(interval=interval, **_quarter())
    counted: set[UUID] = set()
    for row in rows:
        for building, households, label in zip(row.building_ids, row.households, row.labels, strict=True):
            _add(crews[row.pk, label], households=households)
            if building not in counted:
                counted.add(building)
                _add(crews[row.pk, label], priority_people=priority.get(building, 0))
    keys = list(crews)
    drawn = dict(PlanCommunity.objects.filter(plan=plan).values_list("pk", "drawn"))
    shapes = _shapes(keys, drawn)
    placed = [point for point in points if point.lon is not None and point.lat is not None]
    if placed and shapes:
        lons, lats = np.array([p.lon for p in placed]), np.array([p.lat for p in placed])
        for place in GridIndex(shapes, list(range(len(shapes)))).locate(lons, lats).tolist():
            if place >= 0:
                _add(crews[keys[place]], matters=1)


def _shapes(keys: Sequence[tuple[UUID, int]], drawn: Mapping[UUID, Any]) -> list[Any]:
    read = {pk: plans.polygons(PlanCommunity(drawn=one)) for pk, one in drawn.items()}
    return [shapely.geometry.shape(read[pk][str(label)]) for pk, label in keys]


def _planned_people(plan: Plan, rows: Sequence[PlanCommunity], crews: Crews) -> list[Post]:
    """Fills the crews; who is left over is returned."""
    followed = _follows(plan, rows)
    units = Unit.objects.filter(kind=UnitKind.GRID_TEAM, active=True, area_id__in=followed)
    wished: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    for community, label, post in Assignment.objects.filter(plan=plan).values_list("community_id", "label", "post_id"):
        wished[post].append((community, label))
    spare = []
    for post in posts_of(units):
        targets = [key for key in wished.get(post.pk, ()) if key in crews]
        for key in targets:
            crews[key].members.append((post, True))
        if not targets and post.unit.area_id in followed:
            key = followed[post.unit.area_id]
            if key in crews:
                crews[key].members.append((post, False))
            else:
                spare.append(post)
    return spare


def _follows(plan: Plan, rows: Sequence[PlanCommunity]) -> dict[UUID, tuple[UUID, int]]:
    """For each grid of today the planned grid its people follow to: the one it goes on in, else its heir."""
    division = areas.atlas()
    before = outcome.located(rows, plan.level, None, division)
    if plan.state == State.IN_FORCE:
        before = {row.pk: row.was_ids for row in rows}
    found: dict[UUID, tuple[UUID, int]] = {}
    for row in rows:
        for area, label in matching.heirs(row.labels, before[row.pk], row.households).items():
            found[area] = (row.pk, label)
        for label, area in matching.match(row.labels, before[row.pk], row.households).items():
            found[area] = (row.pk, label)
    return found


def posts_of(units: Any) -> list[Post]:
    """Current posts of active people, in the order of the units."""
    found = Post.objects.current().filter(unit__in=units, user__is_active=True)
    return list(found.select_related("user", "role", "unit").order_by("unit__pos", "valid_from", "id"))


def _document(source: str, crews: Sequence[Crew], spare: Iterable[Post], *, can_assign: bool) -> dict[str, Any]:
    of: dict[UUID, list[str]] = defaultdict(list)
    names: dict[UUID, str] = {}
    for crew in crews:
        for post, _ in crew.members:
            if crew.name not in of[post.user_id]:
                of[post.user_id].append(crew.name)
            names[post.user_id] = post.user.name
    times = {user: len(grids) for user, grids in of.items()}
    rule = rules().team
    rows = [crew.document(rule, times) for crew in crews]
    doubles = [{"user_id": user, "name": names[user], "grids": grids} for user, grids in of.items() if len(grids) > 1]
    return {
        "source": source,
        "rule": rule.model_dump(),
        "grids": rows,
        "doubles": sorted(doubles, key=lambda one: (str(one["name"]), str(one["user_id"]))),
        "unassigned": [member(post, planned=False, grids=0) for post in spare],
        "totals": {
            "grids": len(rows),
            "needed": sum(row["needed"] for row in rows),
            "assigned": len(times),
            "gap": sum(row["gap"] for row in rows),
            "over": sum(row["over"] for row in rows),
            "empty": sum(1 for row in rows if not row["assigned"]),
        },
        "can_assign": can_assign,
    }


def _add(crew: Crew | None, *, households: int = 0, priority_people: int = 0, matters: int = 0) -> None:
    if crew is not None:
        crew.households += households
        crew.priority_people += priority_people
        crew.matters += matters


def _quarter() -> dict[str, dt.datetime]:
    now = clock.now()
    return {"start": now - dt.timedelta(days=LOAD_DAYS), "end": now}


def _community(grid: AreaVersion) -> tuple[UUID, str]:
    above = areas.atlas().by_pos.get(AREAS.ancestor(grid.pos, Level.COMMUNITY))
    return (above.area_id, above.name) if above else (grid.area_id, grid.name)


def _area(area_id: UUID | None, actor: Actor) -> AreaVersion:
    """Wholly or in part in the actor's scope; by default their own."""
    division = areas.atlas()
    if area_id is not None:
        found = division.by_area.get(area_id)
    elif actor.scope.all or not actor.scope.areas:
        found = next((v for v in division.versions if v.level == Level.DISTRICT), None)
    else:
        found = division.by_pos.get(actor.scope.areas[0][0])
    if found is None or not _inside(found, actor):
        raise NotFound
    return found


def _inside(found: AreaVersion, actor: Actor) -> bool:
    intervals: Sequence[Interval] = actor.scope.areas
    return actor.scope.all or any(low <= found.pos and found.pos_end <= high for low, high in intervals)
