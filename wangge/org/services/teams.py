"""Grid teams when the division changes: one for each new grid, ended ones closed, people go with their grid."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from wangge.audit import services as audit
from wangge.kit import clock
from wangge.kit.errors import Conflict
from wangge.kit.tree import UNITS, TreeFull
from wangge.org.models import Post, PostScope, StandIn, Unit, UnitKind
from wangge.org.scope import Actor


class NoRoomForTeam(Conflict):
    code = "no_room_for_team"
    title_zh = "社区下已不能再设网格队伍"
    title_en = "There is no room for another team below the community"


@dataclass(frozen=True)
class NewTeam:
    area_id: UUID
    code: str  # of the grid
    name: str
    short_name: str
    parent_id: UUID


@dataclass(frozen=True)
class PostMove:
    """The post ends, and its holder has one like it in each of the grids' teams."""

    post_id: UUID
    area_ids: tuple[UUID, ...]


@dataclass
class TeamsChanged:
    """`teams` by the area they serve: those made now and those that were named."""

    teams: dict[UUID, Unit] = field(default_factory=dict)
    begun: int = 0
    ended: int = 0
    renamed: int = 0
    posts: int = 0


@transaction.atomic
def change_teams(
    *,
    new: Sequence[NewTeam],
    names: Mapping[UUID, tuple[str, str]],
    ended: Sequence[UUID],
    moves: Sequence[PostMove],
    day: dt.date,
    by: Actor,
    heirs: Mapping[UUID, UUID] | None = None,
    at: dt.datetime | None = None,
) -> TeamsChanged:
    """`names`, long and short, are those of teams that go on; `heirs` the areas in the place of ended ones."""
    now, done = at or clock.now(), TeamsChanged()
    made = _begun(new)
    Unit.objects.bulk_create(made)
    done.begun = len(made)
    kept = {unit.pk: unit for unit in Unit.objects.select_for_update().filter(pk__in=list(names)).order_by("pk")}
    for pk, (name, short) in names.items():
        unit = kept.get(pk)
        if unit is not None and (unit.name, unit.short_name) != (name[:80], short[:40]):
            unit.name, unit.short_name = name[:80], short[:40]
            done.renamed += 1
    Unit.objects.bulk_update(kept.values(), ["name", "short_name"], batch_size=500)
    done.teams = {unit.area_id: unit for unit in [*kept.values(), *made] if unit.area_id is not None}
    done.posts = _moved(moves, done.teams, day)
    _areas_of_posts(heirs or {})
    done.ended = Unit.objects.filter(pk__in=ended, active=True).update(active=False)
    for unit in made:
        _record(unit.pk, "begin", by, now, code=unit.code, name=unit.name, day=day)
    for pk in ended:
        _record(pk, "end", by, now, day=day)
    return done


def _begun(new: Sequence[NewTeam]) -> list[Unit]:
    parents = Unit.objects.in_bulk({one.parent_id for one in new})
    codes = set(Unit.objects.filter(code__in=_codes(new)).values_list("code", flat=True))
    last = _last_ordinals(parents.values())
    made = []
    for one in new:
        parent = parents[one.parent_id]
        depth = parent.depth + 1
        last[parent.pk] += 1
        try:
            pos = UNITS.child(parent.pos, depth, last[parent.pk])
        except (TreeFull, IndexError) as error:
            raise NoRoomForTeam(f"{parent.name}下已无位置", f"no room below {parent.code}") from error
        code = next(code for code in _variants(one.code) if code not in codes)
        codes.add(code)
        made.append(
            Unit(
                code=code, name=one.name[:80], short_name=one.short_name[:40], kind=UnitKind.GRID_TEAM, parent=parent,
                depth=depth, pos=pos, pos_end=UNITS.end(pos, depth), area_id=one.area_id, calendar=parent.calendar,
            )
        )  # fmt: skip
    return made


def _variants(code: str) -> list[str]:
    """A team of a grid of that code may have been there in another year."""
    return [f"{code}-wg", *(f"{code}-wg{number}" for number in range(2, 100))]


def _codes(new: Iterable[NewTeam]) -> list[str]:
    return [code for one in new for code in _variants(one.code)]


def _last_ordinals(parents: Iterable[Unit]) -> dict[UUID, int]:
    last: dict[UUID, int] = defaultdict(int)
    found = list(parents)
    depths = {unit.pk: unit.depth + 1 for unit in found}
    for parent_id, pos in Unit.objects.filter(parent__in=found).values_list("parent_id", "pos"):
        if parent_id is not None:
            depth = depths[parent_id]
            last[parent_id] = max(last[parent_id], (pos >> UNITS.shift(depth)) & ((1 << UNITS.bits[depth]) - 1))
    return last


def _moved(moves: Sequence[PostMove], teams: Mapping[UUID, Unit], day: dt.date) -> int:
    """One post ends and others begin on the day; custom scopes and stand-ins go along with the first of them."""
    posts = Post.objects.select_for_update().in_bulk([move.post_id for move in moves])
    made: list[Post] = []
    follows: dict[UUID, Post] = {}
    for move in moves:
        post = posts[move.post_id]
        own = [
            Post(
                user_id=post.user_id, unit=teams[area_id], role_id=post.role_id, title=post.title, scope=post.scope,
                area_id=area_id if post.area_id is not None else None, valid_from=day, valid_to=post.valid_to,
            )
            for area_id in move.area_ids
        ]  # fmt: skip
        made += own
        follows[post.pk] = own[0]
    Post.objects.bulk_create(made)
    Post.objects.filter(pk__in=list(posts)).update(valid_to=day)
    for scope in PostScope.objects.filter(post__in=posts):
        PostScope.objects.create(post=follows[scope.post_id], area_id=scope.area_id, unit_id=scope.unit_id)
    for stand_in in StandIn.objects.filter(post__in=posts):
        StandIn.objects.filter(pk=stand_in.pk).update(post=follows[stand_in.post_id])
    return len(posts)


def _areas_of_posts(heirs: Mapping[UUID, UUID]) -> None:
    """Posts and custom scopes that name an ended area see what has taken its place."""
    for area_id, heir in heirs.items():
        Post.objects.filter(area_id=area_id, valid_to__isnull=True).update(area_id=heir)
        PostScope.objects.filter(area_id=area_id).update(area_id=heir)


def _record(unit_id: UUID, verb: str, by: Actor, at: dt.datetime, **data: object) -> None:
    audit.record(subject_type="unit", subject_id=unit_id, action=f"org:unit:{verb}", actor=by, data=data, at=at)
