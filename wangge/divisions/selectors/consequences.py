"""Whom a change of division touches: grid teams, the people in them, open cases and orders; and the preview of it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import shapely

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.casework.selectors import redivision as cases
from wangge.divisions.models import Assignment, Plan, Publication
from wangge.divisions.selectors.comparing import interval
from wangge.divisions.selectors.outcome import GridOutcome, Outcome, outcome
from wangge.divisions.workflow import State
from wangge.kit.errors import Conflict
from wangge.org import scope
from wangge.org.models import Post, Unit, UnitKind
from wangge.registry.selectors import division as registry

PUBLISHED_PEOPLE = 400  # named in a preview


class NoDay(Conflict):
    code = "no_day"
    title_zh = "方案尚未提出生效日期"
    title_en = "The plan has no day yet"


@dataclass(frozen=True)
class Move:
    """A post that goes from its grid team to others. `targets` are the planned grids."""

    post: Post
    targets: tuple[GridOutcome, ...]


@dataclass
class Consequences:
    """`teams` are today's, by the area they serve; `of` is the team of each planned grid that goes on."""

    teams: Mapping[UUID, Unit] = field(default_factory=dict)
    posts: Sequence[Post] = ()
    moves: list[Move] = field(default_factory=list)

    def team_of(self, grid: GridOutcome) -> Unit | None:
        return self.teams.get(grid.keeps.area_id) if grid.keeps else None

    def ended(self, found: Outcome) -> list[Unit]:
        return [self.teams[e.area.area_id] for e in found.ended if e.area.area_id in self.teams]


def consequences(plan: Plan, found: Outcome) -> Consequences:
    """Three queries. Courtyards have no teams: nothing follows from them."""
    if found.level != Level.GRID:
        return Consequences()
    before = {g.keeps.area_id for g in found.grids if g.keeps} | {e.area.area_id for e in found.ended}
    units = Unit.objects.filter(kind=UnitKind.GRID_TEAM, active=True, area_id__in=before).order_by("-pos")
    teams = {unit.area_id: unit for unit in units if unit.area_id is not None}
    posts = list(
        Post.objects.current()
        .filter(unit__in=teams.values())
        .select_related("user", "role", "unit")
        .order_by("unit__pos", "valid_from", "id")
    )
    wished: dict[UUID, list[GridOutcome]] = defaultdict(list)
    by_label = {(g.row.pk, g.label): g for g in found.grids}
    for community, label, post in Assignment.objects.filter(plan=plan).values_list("community_id", "label", "post_id"):
        grid = by_label.get((community, label))
        if grid is not None:
            wished[post].append(grid)
    return Consequences(teams, posts, _moves(found, teams, posts, wished))


def _moves(
    found: Outcome, teams: Mapping[UUID, Unit], posts: Sequence[Post], wished: Mapping[UUID, list[GridOutcome]]
) -> list[Move]:
    into = {teams[e.area.area_id].pk: e.into for e in found.ended if e.area.area_id in teams}
    going_on = {teams[g.keeps.area_id].pk: g for g in found.grids if g.keeps and g.keeps.area_id in teams}
    moves = []
    for post in posts:
        targets = wished.get(post.pk) or ([into[post.unit_id]] if post.unit_id in into else [])
        here = going_on.get(post.unit_id)
        if targets and not (len(targets) == 1 and targets[0] is here):
            moves.append(Move(post, tuple(sorted(targets, key=lambda grid: grid.code))))
    return moves


def preview(plan: Plan, day: dt.date | None = None) -> dict[str, Any]:
    """What publishing on the day writes and what the day brings, as things are; after the day, as it was approved."""
    if plan.state == State.IN_FORCE:
        kept: dict[str, Any] = Publication.objects.values_list("preview", flat=True).get(plan=plan)
        return kept
    on = day or plan.valid_from
    if on is None:
        raise NoDay
    found = outcome(plan, on)
    return document(plan, found, consequences(plan, found))


def document(plan: Plan, found: Outcome, then: Consequences) -> dict[str, Any]:
    told_units, told_people = told(found, then)
    members = _members(then)
    return {
        "valid_from": found.day,
        "digest": found.digest,
        "counts": _counts(plan, found, then, len(told_units), len(told_people)),
        "grids": [_grid(grid, then, members) for grid in found.grids],
        "ended": [_ended(one, then) for one in found.ended],
        "people": [_person(move) for move in then.moves[:PUBLISHED_PEOPLE]],
        "problems": found.problems,
    }


def told(found: Outcome, then: Consequences) -> tuple[set[UUID], set[UUID]]:
    """Units whose grid changes or that lie above one, and the people who work in such a grid."""
    changed = {unit.pk for g in found.grids if g.changes and (unit := then.team_of(g)) is not None}
    changed |= {unit.pk for unit in then.ended(found)}
    above = {unit.parent_id for unit in then.teams.values() if unit.parent_id is not None}
    communities = set(committees(found).values()) if found.level == Level.GRID else set()
    people = {post.user_id for post in then.posts if post.unit_id in changed}
    people |= {move.post.user_id for move in then.moves}
    return changed | above | {unit.pk for unit in communities}, people


def committees(found: Outcome) -> dict[UUID, Unit]:
    """The committee that serves each community that changes, by the community's area."""
    wanted = {row.area_id for row in found.changed}
    units = Unit.objects.filter(kind=UnitKind.COMMUNITY, active=True, area_id__in=wanted).order_by("-pos")
    return {unit.area_id: unit for unit in units if unit.area_id is not None}


def _counts(plan: Plan, found: Outcome, then: Consequences, units: int, people: int) -> dict[str, int]:
    kinds = [grid.kind for grid in found.grids]
    ended = then.ended(found)
    with scope.unrestricted():
        living = _people(plan, found)
        open_cases = _open_cases(found) if found.level == Level.GRID else 0
        orders = cases.unacknowledged([unit.pk for unit in ended])
    return {
        "communities": len(found.changed),
        "unchanged_communities": found.unchanged,
        **{kind: kinds.count(kind) for kind in ("kept", "recoded", "new")},
        "ended": len(found.ended),
        "buildings": len(found.moved_buildings),
        "households": found.moved_households,
        "people": living,
        "units_new": sum(1 for g in found.grids if then.team_of(g) is None) if found.level == Level.GRID else 0,
        "units_ended": len(ended),
        "posts": len(then.moves),
        "open_cases": open_cases,
        "orders": orders,
        "courtyards": _courtyards(found),
        "units_told": units,
        "people_told": people,
    }


def _people(plan: Plan, found: Outcome) -> int:
    if not found.moved_buildings:
        return 0
    living = registry.people(interval(plan))
    return sum(living.get(one, 0) for one in found.moved_buildings)


def _open_cases(found: Outcome) -> int:
    """Open cases that will lie in another grid, by their point; without one by who gets their grid."""
    ends = {e.area.area_id for e in found.ended}
    moving = 0
    by_community: dict[UUID, list[GridOutcome]] = defaultdict(list)
    for grid in found.grids:
        by_community[grid.row.area_id].append(grid)
    open_ = cases.open_below([row.area_id for row in found.changed])
    lons, lats = [case.lon or 0.0 for case in open_], [case.lat or 0.0 for case in open_]
    was = areas.locate_many(lons, lats, at=found.day - dt.timedelta(days=1)).tolist() if open_ else []
    for case, pos in zip(open_, was, strict=True):
        # One that somebody has put elsewhere than its point goes with its grid.
        if case.lon is None or case.lat is None or pos != case.area_pos:
            moving += case.area_id in ends
            continue
        here = holding(by_community[case.community_id], case.lon, case.lat)
        if here is not None:
            moving += here.keeps is None or here.keeps.area_id != case.area_id
    return moving


def holding(grids: Sequence[GridOutcome], lon: float, lat: float) -> GridOutcome | None:
    point = shapely.Point(lon, lat)
    return next((g for g in sorted(grids, key=lambda g: g.code) if g.shape.intersects(point)), None)


def _courtyards(found: Outcome) -> int:
    """Courtyards below grids that change."""
    if found.level != Level.GRID:
        return 0
    division = areas.atlas(found.day)
    before = [g.keeps.area_id for g in found.grids if g.keeps] + [e.area.area_id for e in found.ended]
    return sum(len(division.children_of.get(one, [])) for one in before)


Place = tuple[UUID, int]


def _members(then: Consequences) -> Mapping[UUID | Place, list[str]]:
    """Names of who stays in a team, by unit, and of who comes, by community and label."""
    found: dict[UUID | Place, list[str]] = defaultdict(list)
    leaving = {move.post.pk for move in then.moves}
    for post in then.posts:
        if post.pk not in leaving:
            found[post.unit_id].append(post.user.name)
    for move in then.moves:
        for grid in move.targets:
            found[grid.row.pk, grid.label].append(move.post.user.name)
    return found


def _grid(grid: GridOutcome, then: Consequences, members: Mapping[UUID | Place, list[str]]) -> dict[str, Any]:
    unit = then.team_of(grid)
    stay = members.get(unit.pk, []) if unit else []
    return {
        "kind": grid.kind,
        "community": {"id": grid.row.area_id, "name": grid.row.name},
        "label": grid.label,
        "area_id": grid.keeps.area_id if grid.keeps else None,
        "code": grid.code,
        "was_code": grid.keeps.code if grid.keeps else "",
        "name": grid.name,
        "was_name": grid.keeps.name if grid.keeps else "",
        "households": grid.households,
        "buildings": grid.buildings,
        "moved_buildings": grid.moved_buildings,
        "moved_households": grid.moved_households,
        "left_buildings": grid.left_buildings,
        "unit_name": unit.name if unit else grid.name,
        "members": [*stay, *members.get((grid.row.pk, grid.label), [])],
    }


def _ended(one: Any, then: Consequences) -> dict[str, Any]:
    unit = then.teams.get(one.area.area_id)
    return {
        "community": {"id": one.row.area_id, "name": one.row.name},
        "area_id": one.area.area_id,
        "code": one.area.code,
        "name": one.area.name,
        "households": one.households,
        "into_code": one.into.code,
        "into_name": one.into.name,
        "unit_name": unit.name if unit else "",
    }


def _person(move: Move) -> dict[str, Any]:
    return {
        "name": move.post.user.name,
        "role_name": move.post.role.name,
        "was": [move.post.unit.name],
        "now": [grid.name for grid in move.targets],
    }
