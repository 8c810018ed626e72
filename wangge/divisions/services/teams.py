"""Who is to work in which grid of a plan: only people who work in a grid team already, and in their own role."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.divisions.models import Assignment, Plan, PlanCommunity
from wangge.divisions.policies import Perm
from wangge.divisions.selectors.comparing import interval
from wangge.divisions.services.acting import locked, record, wrong_state
from wangge.divisions.workflow import State
from wangge.kit import clock
from wangge.kit.errors import Forbidden, Invalid, field_error
from wangge.org.models import Post, UnitKind
from wangge.org.scope import Actor

OPEN = frozenset({State.DRAFT, State.PROPOSED, State.PUBLISHED})


def assign(
    *, plan_id: UUID, community_id: UUID, label: int, post_id: UUID, by: Actor, at: dt.datetime | None = None
) -> Plan:
    """The post goes to this grid on the plan's day; assigned to several it is held in each."""
    now = at or clock.now()
    with transaction.atomic():
        plan, row = _opened(plan_id, community_id, label, by)
        post = _post(plan, post_id)
        Assignment.objects.get_or_create(
            community=row, label=label, post=post, defaults={"plan": plan, "at": now, "by_id": by.user_id}
        )
        record(plan, "assign", by, now, community=row.code, label=label, post=str(post.pk))
    return plan


def unassign(
    *, plan_id: UUID, community_id: UUID, label: int, post_id: UUID, by: Actor, at: dt.datetime | None = None
) -> Plan:
    """The post follows its grid again, once nothing else is assigned to it."""
    with transaction.atomic():
        plan, row = _opened(plan_id, community_id, label, by)
        gone, _ = Assignment.objects.filter(plan=plan, community=row, label=label, post_id=post_id).delete()
        if gone:
            record(plan, "unassign", by, at or clock.now(), community=row.code, label=label, post=str(post_id))
    return plan


def _opened(plan_id: UUID, community_id: UUID, label: int, by: Actor) -> tuple[Plan, PlanCommunity]:
    if not by.may(Perm.ASSIGN_TEAM):
        raise Forbidden(permission=Perm.ASSIGN_TEAM)
    plan = locked(plan_id, by=by)
    if plan.state not in OPEN or plan.level != Level.GRID:
        raise wrong_state(plan, "安排网格员", "Assign members")
    row = PlanCommunity.objects.filter(plan=plan, area_id=community_id).only("id", "code", "grids").first()
    if row is None:
        raise Invalid(errors=[field_error("body.community", "方案中没有这个社区", "no such community in the plan")])
    if not any(grid["label"] == label for grid in row.grids):
        raise Invalid(errors=[field_error("body.label", "没有这个网格", "no such grid")])
    return plan, row


def _post(plan: Plan, post_id: UUID) -> Post:
    """A current post in a grid team below the plan's area."""
    found = (
        Post.objects.current()
        .filter(pk=post_id, unit__kind=UnitKind.GRID_TEAM, unit__active=True, user__is_active=True)
        .select_related("unit")
        .first()
    )
    if found is None or found.unit.area_id is None or found.unit.area_id not in _grids_below(plan):
        zh = "只能安排本方案范围内网格队伍的现任人员"
        raise Invalid(errors=[field_error("body.post_id", zh, "Only people of grid teams in the plan's area")])
    return found


def _grids_below(plan: Plan) -> set[UUID]:
    low, high = interval(plan)
    return {v.area_id for v in areas.atlas().versions if v.level == Level.GRID and low <= v.pos < high}
