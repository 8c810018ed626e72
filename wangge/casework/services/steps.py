"""`take`: one step of one case, in one transaction with its clocks, log entry and outbox row."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from wangge.audit import selectors as audit_selectors
from wangge.audit import services as audit
from wangge.casework.models import Case, ClockKind
from wangge.casework.services import asking, checks, clocks, merge, orders, registration, sides, whistles
from wangge.casework.services.turn import EFFECTS, StandsWrong, Turn, WrongState
from wangge.casework.workflow import (
    ENDED,
    TEXT,
    TRANSITIONS,
    State,
    Step,
    Transition,
    Who,
    may_become,
    stands_right,
)
from wangge.kit import clock as database
from wangge.kit.errors import Conflict, Forbidden, Invalid, NotFound, field_error
from wangge.org import scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor

__all__ = [
    "asking",
    "checks",
    "merge",
    "orders",
    "registration",
    "sides",
    "take",
    "whistles",
]  # importing registers effects

LONGEST_REASON = 1000
_PLANNED = (ClockKind.WHOLE, ClockKind.VERIFY, ClockKind.CALL_BACK)


def take(
    *,
    case_id: UUID,
    step: Step | str,
    version: int | None,
    by: Actor,
    at: datetime | None = None,
    reason: str | None = None,
    **fields: Any,
) -> Case:
    """Lock, check, act, record. `version` None acts on whatever is current (a resident's rating, the worker)."""
    try:
        chosen = Step(step)
    except ValueError as error:
        raise NotFound from error
    with transaction.atomic():
        into = fields.get("into") if chosen is not Step.UNMERGE else _merged_into(case_id)
        case = _lock(case_id, into, by)
        if version is not None and version != case.version:
            raise _stale(case)
        transition = _transition(case, chosen)
        if not by.may(transition.permission):
            raise Forbidden(permission=transition.permission)
        turn = _turn(case, chosen, transition, by, at, reason or "", fields)
        _check(turn)
        with scope.unrestricted():
            perform(turn)
    return case


def take_by_system(case: Case, step: Step, *, by: Actor, at: datetime, reason: str, **fields: Any) -> None:
    """A step the rules themselves take (a carried-over case whose day has come). The case is locked by the caller."""
    turn = _turn(case, step, _transition(case, step), by, at, reason, fields)
    perform(turn)


def _merged_into(case_id: UUID) -> UUID | None:
    """Both are written, so both are locked, in the order in which a merge locks them."""
    return Case.objects.filter(pk=case_id).values_list("merged_into_id", flat=True).first()


def _lock(case_id: UUID, into: Any, by: Actor) -> Case:
    """The case, and the other one of a merge or link, lowest id first so that two of these cannot wait in a ring."""
    wanted = {case_id}
    if into:
        try:
            wanted.add(UUID(str(into)))
        except ValueError as error:
            raise Invalid(errors=[field_error("body.into", "编号无效", "Not an identifier")]) from error
    found = {
        case.pk: case
        for case in Case.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("category", "lead_unit")
        .filter(pk__in=wanted)
        .order_by("pk")
    }
    if len(found) < len(wanted):
        raise NotFound
    return found[case_id]


def _stale(case: Case) -> Conflict:
    latest = audit_selectors.log_of(subject_type="case", subject_id=case.pk)[-1]
    action = latest.action.rpartition(":")[2]
    text = TEXT[Step(action)].zh if action in set(Step) else action
    return Conflict(
        f"{latest.actor_name}已先进行了“{text}”，请刷新后再操作",
        f"{latest.actor_name} has taken “{action}” first: reload and look again",
        by=latest.actor_name,
        at=latest.at.isoformat(),
        action=latest.action,
        current_version=case.version,
        state=case.state,
    )


def _transition(case: Case, step: Step) -> Transition:
    transition = TRANSITIONS.get((State(case.state), step))
    if transition is None:
        state = State(case.state)
        raise WrongState(
            f"案件处于“{state.label}”，不能{TEXT[step].zh}",
            f"A case that is {state.value} cannot be taken through {step.value}",
            state=state.value,
            current_version=case.version,
        )
    return transition


def _turn(
    case: Case,
    step: Step,
    transition: Transition,
    by: Actor,
    at: datetime | None,
    reason: str,
    fields: dict[str, Any],
) -> Turn:
    return Turn(
        case=case,
        step=step,
        transition=transition,
        by=by,
        at=at or database.now(),
        reason=reason.strip(),
        fields={name: value for name, value in fields.items() if value is not None},
        orders=list(case.work_orders.select_related("unit").order_by("assigned_at", "id")),
        to=transition.to or State(case.state),
        stops=transition.stops,
        starts=transition.starts,
    )


def _check(turn: Turn) -> None:
    if not stands_right(turn.transition.who, turn.by, turn.orders):
        zh, en = _WHY_NOT[turn.transition.who]
        raise StandsWrong(zh, en, who=turn.transition.who)
    errors = [
        field_error(f"body.{name}", "此步骤没有这一项", "Not an input of this step")
        for name in turn.fields
        if name not in turn.transition.fields
    ]
    if turn.transition.needs_reason and not turn.reason:
        errors.append(field_error("body.reason", "请填写理由", "A reason is required"))
    if len(turn.reason) > LONGEST_REASON:
        errors.append(
            field_error("body.reason", f"不能超过 {LONGEST_REASON} 字", f"At most {LONGEST_REASON} characters")
        )
    if errors:
        raise Invalid(errors=errors)


_WHY_NOT = {
    Who.ORDER_UNIT: ("没有派给本单位的待办工单", "No open order of your unit"),
    Who.NOT_HANDLER: ("处置人不能核查自己办理的案件", "Whoever handled it cannot check it"),
    Who.STREET_OR_COMMUNITY: ("只有街道、社区可以吹哨", "Only a street or community can whistle"),
    Who.ANYONE: ("", ""),
}


def perform(turn: Turn) -> None:
    """Under an unrestricted scope: the actor's right to the case has been checked, and a step may hand it on."""
    case, before = turn.case, turn.case.state
    EFFECTS[turn.step](turn)
    assert turn.to in may_become(State(before), turn.step), (before, turn.step, turn.to)
    if turn.stops:
        clocks.stop(case, turn.stops, turn.at, work_order=turn.order)
    for kind in turn.starts:
        if kind in _PLANNED:
            _start(turn, ClockKind(kind))
    case.state = turn.to
    case.version += 1
    lapsed = asking.lapse(case, before, turn.at)
    if lapsed is not None:
        turn.note(request_lapsed=lapsed)
    clocks.refresh_card(case)
    case.save()
    _record(turn, before)
    if before not in ENDED and case.state in ENDED and case.parent_id is not None:
        _tell_parent(case, case.parent_id, turn)


def _start(turn: Turn, kind: ClockKind) -> None:
    case = turn.case
    if kind == ClockKind.WHOLE:
        if not clocks.live(case, (kind,)).exists():
            clocks.start(case, clocks.whole(case, turn.at))
        return
    clocks.start(case, clocks.promise(case, kind, turn.at))


def _record(turn: Turn, before: str) -> None:
    case = turn.case
    data = {**turn.facts, "version": case.version, "number": case.number}
    if turn.reason:
        data["reason"] = turn.reason
    if case.state != before:
        data["state"] = [before, case.state]
    audit.record(
        subject_type="case",
        subject_id=case.pk,
        action=f"casework:case:{turn.step}",
        actor=turn.by,
        area_pos=case.area_pos,
        data=data,
        at=turn.at,
        outbox=[("case", {"case_id": str(case.pk), "step": turn.step.value, "state": case.state})],
    )
    for other, action, facts in turn.also:
        audit.record(
            subject_type="case",
            subject_id=other.pk,
            action=f"casework:case:{action}",
            actor=turn.by,
            area_pos=other.area_pos,
            data=facts,
            at=turn.at,
            outbox=[("case", {"case_id": str(other.pk), "step": action, "state": other.state})],
        )


def _tell_parent(case: Case, parent_id: UUID, turn: Turn) -> None:
    """The last open child may have been all that a handled parent waited for."""
    parent = Case.objects.select_for_update(of=("self",)).get(pk=parent_id)
    moved = whistles.advance(parent, turn.at)
    if moved:
        parent.save()
    facts: dict[str, Any] = {"case": {"id": str(case.pk), "number": case.number}, "child_state": case.state}
    if moved:
        facts["state"] = [State.DISPATCHED, State.HANDLED]
    audit.record(
        subject_type="case",
        subject_id=parent.pk,
        action="casework:case:child_ended",
        actor=turn.by,
        area_pos=parent.area_pos,
        data=facts,
        at=turn.at,
        outbox=[("case", {"case_id": str(parent.pk), "step": "child_ended", "state": parent.state})],
    )
