"""How urgent a case is, changed by a person who says why: raised to danger, or taken back after a wrong alarm."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from wangge.audit import services as audit
from wangge.casework.models import Case, Clock, ClockKind, ClockState, Urgency
from wangge.casework.services import alarming, clocks
from wangge.casework.services.turn import WrongState
from wangge.casework.workflow import ENDED
from wangge.kit import clock as database
from wangge.kit.errors import Invalid, NotFound, field_error
from wangge.org import scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor

_AGAIN = (ClockKind.ACCEPT, ClockKind.WHOLE, ClockKind.ACKNOWLEDGE, ClockKind.VERIFY, ClockKind.CALL_BACK)


def set_urgency(*, case_id: UUID, urgency: str, reason: str, by: Actor, at: datetime | None = None) -> Case:
    """Logged with both degrees and the reason; the promises that run follow. Nothing happens to a case that has it."""
    if urgency not in Urgency.values:
        raise Invalid(errors=[field_error("body.urgency", "紧急程度无效", "Not a degree of urgency")])
    with transaction.atomic():
        locked = Case.objects.visible_to(by).select_for_update(of=("self",)).select_related("category", "lead_unit")
        case = locked.filter(pk=case_id).first()
        if case is None:
            raise NotFound
        if case.state in ENDED or case.history:
            raise WrongState("案件已经结束，不再调整紧急程度", "The case has ended", state=case.state)
        if case.urgency == urgency:
            return case
        with scope.unrestricted():
            _change(case, urgency, reason.strip(), by, at or database.now())
    return case


def _change(case: Case, urgency: str, reason: str, by: Actor, at: datetime) -> None:
    before, case.urgency = case.urgency, urgency
    raised = Urgency.values.index(urgency) > Urgency.values.index(before)
    for kind in _AGAIN:
        for clock in clocks.live(case, (kind,)).select_related("work_order__unit"):
            _promise_again(case, clock, at, raised=raised)
    case.version += 1
    clocks.refresh_card(case)
    case.save()
    audit.record(
        subject_type="case",
        subject_id=case.pk,
        action="casework:case:urgency",
        actor=by,
        area_pos=case.area_pos,
        data={"from_urgency": before, "urgency": urgency, "reason": reason, "version": case.version},
        at=at,
        outbox=[("case", {"case_id": str(case.pk), "step": "urgency", "state": case.state})],
    )
    if urgency == Urgency.DANGER:
        alarming.tell_of(case, reason, "", at, by_name=by.name, by_id=by.user_id)


def _promise_again(case: Case, clock: Clock, at: datetime, *, raised: bool) -> None:
    """Raised, it counts from now, where that is sooner; taken back, from when it began, where that is later."""
    if clock.state != ClockState.RUNNING or clock.extra_days or clock.missed_at is not None:
        return
    order = clock.work_order
    began = at if raised else clock.started_at
    planned = clocks.promise(case, ClockKind(clock.kind), began, unit=order.unit if order is not None else None)
    if (planned.due_at < clock.due_at) is not raised or planned.due_at == clock.due_at:
        return
    clock.state, clock.stopped_at, clock.next_at = ClockState.CANCELLED, at, None
    clock.save(update_fields=["state", "stopped_at", "next_at"])
    clocks.start(case, planned, work_order=order)
