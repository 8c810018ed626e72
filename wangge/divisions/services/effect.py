"""The day of a plan: everything that hangs on the division follows it, in one transaction, once.

A worker that is killed on the way has done nothing: the next one begins anew.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.casework.services import redivision as casework
from wangge.divisions.models import Assignment, DivisionNotice, NoticeKind, Plan, Publication
from wangge.divisions.selectors.teams import posts_of
from wangge.divisions.services import notices
from wangge.divisions.services.acting import record
from wangge.divisions.workflow import State
from wangge.kit import clock
from wangge.org import scope
from wangge.org import services as org
from wangge.org.models import Post, Unit, UnitKind
from wangge.org.scope import Actor
from wangge.registry import services as registry
from wangge.registry.services import handover
from wangge.responsibility import services as responsibility

log = logging.getLogger("wangge.divisions")
WHO = "区划调整"


@dataclass
class _Day:
    """What was published, with the teams of before and after."""

    plan: Plan
    grids: list[dict[str, Any]]
    ended: list[dict[str, Any]]
    by: Actor
    at: dt.datetime
    heirs: dict[UUID, UUID] = field(default_factory=dict)  # area for an ended area
    before: dict[UUID, Unit] = field(default_factory=dict)  # team by area
    posts: list[Post] = field(default_factory=list)

    @property
    def day(self) -> dt.date:
        assert self.plan.valid_from is not None
        return self.plan.valid_from


def take_effect(*, at: dt.datetime | None = None) -> list[Plan]:
    """Carry out every approved plan whose day has come, the earliest first, each in one transaction."""
    actor = scope.system_actor(WHO)
    with scope.acting(actor):
        today = min(timezone.localdate(at or clock.now()), timezone.localdate())
        due = Plan.objects.filter(state=State.PUBLISHED, valid_from__lte=today).order_by("valid_from", "decided_at")
        ids = list(due.values_list("pk", flat=True))
    return [plan for pk in ids if (plan := carry_out(plan_id=pk, by=actor, at=at)) is not None]


def carry_out(*, plan_id: UUID, by: Actor, at: dt.datetime | None = None) -> Plan | None:
    """One plan; None when somebody else has done it."""
    with scope.acting(by):
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('wangge divisions'))")
        plan = Plan.objects.select_for_update(of=("self",)).filter(pk=plan_id, state=State.PUBLISHED).first()
        if plan is None:
            return None
        now = at or clock.now()
        published = Publication.objects.get(plan=plan)
        one = _Day(plan, published.grids, published.ended, by, now)
        done: dict[str, Any] = {}
        if plan.level == Level.GRID:
            done = _follow(one)
        plan.state, plan.version = State.IN_FORCE, plan.version + 1
        plan.effective_at, plan.done = now, done
        plan.save(update_fields=["state", "version", "effective_at", "done"])
        record(plan, "in_force", by, now, valid_from=plan.valid_from, done=done)
    return plan


def _follow(one: _Day) -> dict[str, Any]:
    moved = registry.follow(by=one.by, at=one.at)
    _read(one)
    changed = _teams(one)
    successors = {
        one.before[area].pk: changed.teams[heir]
        for area, heir in one.heirs.items()
        if area in one.before and heir in changed.teams
    }
    cases = casework.follow_division(
        communities=_communities(one),
        heirs=one.heirs,
        teams=successors,
        by=one.by,
        why=f"{one.plan.name}自 {one.day} 起生效",
        day=one.day,
        at=one.at,
    )
    handed = handover.hand_over(successors)
    lines = responsibility.follow_division(
        ended=one.heirs, units={pk: unit.pk for pk, unit in successors.items()}, day=one.day, by=one.by, at=one.at
    )
    told = _tell(one, changed)
    return {
        "registry": moved.moved,
        "units_begun": changed.begun,
        "units_ended": changed.ended,
        "units_renamed": changed.renamed,
        "posts": changed.posts,
        "cases": cases.cases,
        "orders": cases.orders,
        "handed_over": handed,
        "responsibilities": lines,
        "told": told,
    }


def _read(one: _Day) -> None:
    one.heirs = {UUID(e["area"]): UUID(e["into"]) for e in one.ended}
    concerned = [UUID(g["area"]) for g in one.grids] + list(one.heirs)
    units = Unit.objects.filter(kind=UnitKind.GRID_TEAM, active=True, area_id__in=concerned).order_by("-pos")
    one.before = {unit.area_id: unit for unit in units if unit.area_id is not None}
    one.posts = posts_of(list(one.before.values()))


def _communities(one: _Day) -> set[int]:
    division = areas.atlas(one.day)
    wanted = {UUID(g["community"]) for g in one.grids}
    return {v.pos for pk in wanted if (v := division.by_area.get(pk)) is not None}


def _teams(one: _Day) -> org.TeamsChanged:
    """A team for each grid without one, where its community has a committee to belong to."""
    communities = {UUID(g["community"]) for g in one.grids}
    above = Unit.objects.filter(kind=UnitKind.COMMUNITY, active=True, area_id__in=communities).order_by("-pos")
    committees = {unit.area_id: unit for unit in above if unit.area_id is not None}
    new, names = list[org.NewTeam](), dict[UUID, tuple[str, str]]()
    pattern = _pattern(one)
    for grid in one.grids:
        area = UUID(grid["area"])
        team, committee = one.before.get(area), committees.get(UUID(grid["community"]))
        if team is None and committee is not None:
            new.append(org.NewTeam(area, grid["code"], pattern.format(grid["name"]), grid["name"], committee.pk))
        elif team is not None:
            names[team.pk] = (_follows(team.name, grid), _follows(team.short_name, grid))
    with_team = {team.area_id for team in new} | one.before.keys()
    return org.change_teams(
        new=new,
        names=names,
        ended=[one.before[area].pk for area in one.heirs if area in one.before],
        moves=[move for move in _moves(one) if all(area in with_team for area in move.area_ids)],
        day=one.day,
        by=one.by,
        heirs=one.heirs,
        at=one.at,
    )


def _follows(name: str, grid: dict[str, Any]) -> str:
    """A team's name, where it holds its grid's, says the new one."""
    return name.replace(grid["was_name"], grid["name"], 1) if grid["was_name"] else name


def _pattern(one: _Day) -> str:
    """How teams are called after their grids here: as those of today are."""
    for grid in one.grids:
        team = one.before.get(UUID(grid["area"]))
        if team is not None and grid["was_name"] and grid["was_name"] in team.name:
            return team.name.replace("{", "").replace("}", "").replace(grid["was_name"], "{}", 1)
    return "{}"


def _moves(one: _Day) -> list[org.PostMove]:
    """People go where they are assigned, else with their grid; who stays in one team keeps the post."""
    wished: dict[UUID, list[UUID]] = defaultdict(list)
    by_label = {(UUID(g["community"]), g["label"]): UUID(g["area"]) for g in one.grids}
    assigned = Assignment.objects.filter(plan=one.plan).order_by("at", "id")
    for community, label, post in assigned.values_list("community__area_id", "label", "post_id"):
        if (community, label) in by_label:
            wished[post].append(by_label[community, label])
    moves = []
    for post in one.posts:
        here = post.unit.area_id
        if here is None:
            continue
        targets = wished.get(post.pk) or ([one.heirs[here]] if here in one.heirs else [])
        if targets and targets != [here]:
            moves.append(org.PostMove(post.pk, tuple(dict.fromkeys(targets))))
    return moves


def _tell(one: _Day, changed: org.TeamsChanged) -> int:
    """Whoever was told that it would be is told that it is; whoever was assigned since, where to."""
    moved = {move.post_id: move for move in _moves(one)}
    by_post = {post.pk: post for post in one.posts}
    people = {}
    for pk, move in moved.items():
        names = "、".join(changed.teams[area].name for area in move.area_ids if area in changed.teams)
        people[by_post[pk].user_id] = (by_post[pk].unit.name, names)
    # Not those of an approval that was undone: this one's were written with its decision.
    before = DivisionNotice.objects.filter(plan=one.plan, kind=NoticeKind.PLANNED, at__gte=one.plan.decided_at)
    return notices.tell_in_force(one.plan, list(before), people, one.at)
