"""What is recorded of grid members, for themselves and for those who answer for them. By name: nobody is compared."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from wangge.appraisal.judging import Rulebook
from wangge.appraisal.models import Commendation, Trainee, Training
from wangge.appraisal.models.records import TrainingQuerySet
from wangge.kit.errors import NotFound
from wangge.kit.tables import write_xlsx
from wangge.kit.tree import UNITS
from wangge.org.models import Post, Unit, UnitKind
from wangge.org.scope import Actor, within

ROLES = ("grid_member", "grid_lead")
_COLUMNS = ("姓名", "单位", "类别", "事项", "日期", "学时", "举办或授予单位", "结果")


@dataclass(frozen=True)
class Member:
    """A grid member in a team; `keeper_pos` is where it is decided who sees their records."""

    user_id: UUID
    name: str
    role: str
    unit: Unit
    keeper_pos: int


def keeper_of(unit: Unit) -> int:
    """The unit that answers for a team's members is the one above the team."""
    return UNITS.ancestor(unit.pos, unit.depth - 1) if unit.kind == UnitKind.GRID_TEAM else unit.pos


def members(actor: Actor, *, unit: UUID | None = None, users: Iterable[UUID] | None = None) -> list[Member]:
    """Today's grid members of the actor's scope, by unit and name; without such a scope oneself alone."""
    posts = Post.objects.current().filter(role__code__in=ROLES, user__is_active=True).select_related("user", "unit")
    posts = posts.select_related("role").order_by("unit__pos", "user__name", "user_id")
    if users is not None:
        posts = posts.filter(user_id__in=list(users))
    if unit is not None:
        above = Unit.objects.filter(pk=unit).first()
        if above is None:
            raise NotFound
        posts = posts.filter(unit__pos__gte=above.pos, unit__pos__lt=above.pos_end)
    if not actor.scope.all:
        posts = posts.filter(Q(user_id=actor.scope.own) | within("unit__pos", actor.scope.units))
    found = [Member(post.user_id, post.user.name, post.role.code, post.unit, keeper_of(post.unit)) for post in posts]
    return [one for one in found if one.user_id == actor.scope.own or actor.scope.covers_unit(one.keeper_pos)]


def trainings(actor: Actor) -> TrainingQuerySet:
    return Training.objects.visible_to(actor).select_related("unit").order_by("-day", "-pk")


def commendations(actor: Actor) -> QuerySet[Commendation]:
    return Commendation.objects.visible_to(actor).select_related("user").order_by("-day", "-pk")


def training_document(one: Training, trainees: Iterable[Trainee]) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("id", "title", "day", "hours", "held_by", "note", "recorded_name")},
        "unit": {"id": one.unit_id, "name": one.unit.short_name},
        "trainees": [
            {"user_id": each.user_id, "name": each.user.name, "passed": each.passed} for each in trainees
        ],
    }  # fmt: skip


def training_documents(found: list[Training], actor: Actor) -> list[dict[str, Any]]:
    """Each with those of its trainees the reader may see."""
    by_training: dict[UUID, list[Trainee]] = {}
    seen = Trainee.objects.visible_to(actor).filter(training__in=found).select_related("user")
    for each in seen.order_by("user__name", "user_id"):
        by_training.setdefault(each.training_id, []).append(each)
    return [training_document(one, by_training.get(one.pk, ())) for one in found]


def commendation_document(one: Commendation, rules: Rulebook) -> dict[str, Any]:
    kind = rules.judgement.commendations.get(one.kind)
    return {
        **{name: getattr(one, name) for name in ("id", "user_id", "kind", "day", "reason", "given_by",
                                                 "recorded_name")},
        "name": one.user.name,
        "kind_name": kind.name if kind else one.kind,
        "kind_name_en": kind.name_en if kind else one.kind,
    }  # fmt: skip


def member_document(user_id: UUID, actor: Actor, rules: Rulebook) -> dict[str, Any]:
    """One's own page, or a member's for whoever answers for them; whoever else asks finds nobody."""
    found = members(actor, users=[user_id])
    if not found:
        raise NotFound
    one = found[0]
    taught = Trainee.objects.visible_to(actor).filter(user_id=user_id).select_related("training")
    praised = commendations(actor).filter(user_id=user_id)
    duties = rules.judgement.duties.get(one.role, [])  # type: ignore[call-overload]  # ROLES are the keys
    return {
        **member_row(one),
        "duties": [duty.model_dump() for duty in duties],
        "trainings": [_taught(each) for each in taught.order_by("-training__day", "-pk")],
        "commendations": [commendation_document(each, rules) for each in praised],
    }


def _taught(each: Trainee) -> dict[str, Any]:
    fields = ("id", "title", "day", "hours", "held_by")
    return {name: getattr(each.training, name) for name in fields} | {"passed": each.passed}


def member_row(one: Member) -> dict[str, Any]:
    return {
        "user_id": one.user_id,
        "name": one.name,
        "role": one.role,
        "unit": {"id": one.unit.pk, "name": one.unit.short_name},
    }


def workbook(actor: Actor, rules: Rulebook, *, unit: UUID | None = None) -> bytes:
    """Every training and commendation on a line of its own, by unit and name."""
    who = {one.user_id: one for one in reversed(members(actor, unit=unit))}
    lines: list[tuple[UUID, tuple[object, ...]]] = []
    for each in Trainee.objects.visible_to(actor).filter(user_id__in=who).select_related("training"):
        result = {True: "合格", False: "不合格", None: ""}[each.passed]
        held = each.training
        lines.append((each.user_id, ("培训", held.title, held.day, float(held.hours), held.held_by, result)))
    for praise in commendations(actor).filter(user_id__in=who):
        kind = rules.judgement.commendations.get(praise.kind)
        name = kind.name if kind else praise.kind
        lines.append((praise.user_id, (name, praise.reason, praise.day, "", praise.given_by, "")))
    lines.sort(key=lambda line: (who[line[0]].unit.pos, who[line[0]].name, str(line[0]), line[1][2]))
    rows = ([who[user].name, who[user].unit.short_name, *cells] for user, cells in lines)
    out = io.BytesIO()
    write_xlsx(out, _COLUMNS, rows, sheet="培训与表彰", widths=(12, 24, 12, 36, 12, 8, 24, 8))
    return out.getvalue()
