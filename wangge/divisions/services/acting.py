"""What every verb of a plan shares: finding and locking it, whether the step may be taken, and the log."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion
from wangge.audit import services as audit
from wangge.divisions.models import Plan, PlanCommunity
from wangge.divisions.workflow import TEXT, TRANSITIONS, State, Step, Transition
from wangge.kit.errors import Conflict, Forbidden, Invalid, NotFound, field_error
from wangge.org.scope import Actor


class WrongPlanState(Conflict):
    code = "plan_state"
    title_zh = "方案当前状态不能进行此操作"
    title_en = "Not possible for a plan in this state"


class Stale(Conflict):
    code = "conflict"


def area_for(area_id: UUID, *, by: Actor, at: dt.date | None = None) -> AreaVersion:
    """The area, wholly within the actor's scope; NotFound otherwise."""
    found = areas.version_at(area_id, at)
    if found is None or not (by.scope.all or any(a <= found.pos and found.pos_end <= b for a, b in by.scope.areas)):
        raise NotFound
    return found


def locked(plan_id: UUID, *, by: Actor) -> Plan:
    plan = Plan.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    return plan


def locked_community(plan: Plan, community_id: UUID, version: int) -> PlanCommunity:
    """The community of the plan by its area's id; Stale when somebody was first."""
    row: PlanCommunity | None = (
        PlanCommunity.objects.select_for_update(of=("self",)).filter(plan=plan, area_id=community_id).first()
    )
    if row is None:
        raise NotFound
    if row.version != version:
        raise Stale(
            f"{row.changed_by}已先修改了{row.name}，请刷新后再操作",
            f"{row.changed_by} has changed {row.name} first: reload and look again",
            by=row.changed_by,
            at=row.changed_at.isoformat() if row.changed_at else None,
            current_version=row.version,
        )
    return row


def step_of(plan: Plan, step: Step, *, by: Actor, reason: str = "") -> Transition:
    """The transition, if the plan's state, the permission and the reason allow it."""
    transition = TRANSITIONS.get((State(plan.state), step))
    if transition is None:
        raise wrong_state(plan, TEXT[step].zh, TEXT[step].en)
    if not by.may(transition.permission):
        raise Forbidden(permission=transition.permission)
    if transition.needs_reason and len(reason.strip()) < 2:
        raise Invalid(errors=[field_error("body.reason", "请写明理由", "Say why")])
    return transition


def wrong_state(plan: Plan, zh: str, en: str) -> WrongPlanState:
    state = State(plan.state)
    return WrongPlanState(
        f"方案“{state.label}”，不能{zh}", f"{en}: not possible for a plan that is {state.value}", state=state.value
    )


def editable(plan: Plan) -> None:
    if plan.state != State.DRAFT:
        raise wrong_state(plan, "修改", "Edit")


def record(plan: Plan, verb: str, by: Actor, at: dt.datetime, **data: Any) -> None:
    audit.record(
        subject_type="division_plan",
        subject_id=plan.pk,
        action=f"divisions:plan:{verb}",
        actor=by,
        area_pos=plan.area_pos,
        data={"name": plan.name, "version": plan.version, **data},
        at=at,
    )
