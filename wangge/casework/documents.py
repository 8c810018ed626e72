"""Rows of the database as the documents of the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from wangge.audit import selectors as audit
from wangge.calendars import arithmetic
from wangge.calendars import selectors as calendars
from wangge.casework import actions, timing, wording
from wangge.casework.models import (
    Attachment,
    Case,
    Clock,
    ClockState,
    Responder,
    TimeRequest,
    TimeRequestState,
    Whistle,
    WorkOrder,
)
from wangge.casework.selectors import listing, single
from wangge.casework.timerequests import may_extend_again
from wangge.casework.workflow import ENDED, State
from wangge.kit import crypto
from wangge.org.models import Unit, User

if TYPE_CHECKING:
    from wangge.org.scope import Actor

Document = dict[str, Any]
_UNIT_WORDS = {
    "urgent_hours": "紧急工作时", "working_hours": "工作时", "working_days": "工作日", "natural_days": "自然日",
    "natural_hours": "自然时",
}  # fmt: skip


def named(unit: Unit | None) -> Document | None:
    return None if unit is None else {"id": unit.pk, "name": unit.name}


def case_row(case: Case, actor: Actor) -> Document:
    """A case made by `selectors.listing.rows`."""
    now: dt.datetime = case.now  # type: ignore[attr-defined]  # annotated
    return {
        "id": case.pk,
        "number": case.number,
        "version": case.version,
        "title": case.title,
        "state": case.state,
        "state_name": State(case.state).label,
        "urgency": case.urgency,
        "category": {"code": case.category.code, "name": case.category.name} if case.category else None,
        "channel": case.channel,
        "address": case.address,
        "area": _area(case),
        "lead_unit": named(case.lead_unit),
        "submitted_at": case.submitted_at,
        "due_at": case.due_at,
        "card": case.card if case.state not in ENDED else "",
        "remaining_minutes": remaining(case.due_at, now) if case.state not in ENDED else None,
        "send_backs": case.send_backs,
        "reopens": case.reopens,
        "supervised": case.supervised,
        "needs_human": case.needs_human,
        "todo": listing.reasons_of(case, actor),
    }


def _area(case: Case) -> Document | None:
    version = case.area_version
    if version is None or case.area_id is None:
        return None
    above = [case.subdistrict_name, case.community_name]  # type: ignore[attr-defined]  # annotated
    return area_document(case.area_id, version.name, above)


def area_document(area_id: UUID | None, name: str, above: Iterable[str | None]) -> Document:
    path = [one for one in above if one and one != name]
    return {"id": area_id, "name": name, "path": " / ".join([*path, name])}


def remaining(due: dt.datetime | None, now: dt.datetime) -> int | None:
    """Duty minutes left by the calendar of whole-case promises; negative when it is late."""
    if due is None:
        return None
    return arithmetic.working_minutes_between(now, due, calendars.load(timing.rules().calendar))


def case_document(case: Case, actor: Actor) -> Document:
    """A case made by `selectors.case_of`, with everything its page shows."""
    now: dt.datetime = case.now  # type: ignore[attr-defined]  # annotated
    related = single.relatives(case, actor=actor)
    children = [one for one in related if one.parent_id == case.pk]
    by_id = {one.pk: one for one in related}
    orders = list(case.work_orders.all())
    whistles = list(case.whistles.all())
    requests = list(case.time_requests.all())
    log = audit.log_of(subject_type="case", subject_id=case.pk)
    names = _names(orders, log)
    situation = actions.Situation(
        case=case,
        actor=actor,
        orders=orders,
        open_whistles=sum(one.ended_at is None for one in whistles),
        children=children,
        now=now,
        request=next((one for one in requests if one.state == TimeRequestState.ASKED), None),
        may_extend=may_extend_again(requests, case.clocks.all()),
    )
    return case_row(case, actor) | {
        "description": case.description,
        "lon": case.lon,
        "lat": case.lat,
        "placed_by": case.placed_by,
        "building": {"id": case.building.pk, "name": case.building.address} if case.building else None,
        "clause": case.clause,
        "routing": case.routing,
        "level": case.level,
        "source_ref": case.source_ref,
        "on_the_spot": case.on_the_spot,
        "history": case.history,
        "claimed_at": case.claimed_at,
        "registered_at": case.registered_at,
        "handled_at": case.handled_at,
        "closed_at": case.closed_at,
        "closed_in_time": case.closed_in_time,
        "extended": case.extended,
        "calls": case.calls,
        "reached": case.reached,
        "needs_ruling": case.send_backs >= timing.rules().send_backs_before_ruling and case.ruled_at is None,
        "rating": case.rating,
        "rating_process": case.rating_process,
        "resolved": case.resolved,
        "reporter": _reporter(case),
        "parent": _related(by_id, case.parent_id, actor),
        "children": [case_row(one, actor) for one in children],
        "merged_into": _related(by_id, case.merged_into_id, actor),
        "clocks": [clock_document(one, now) for one in case.clocks.all()],
        "time_requests": [time_request_document(one) for one in requests],
        "work_orders": [_order(one, names) for one in orders],
        "whistles": [whistle_document(one, actor, case) for one in whistles],
        "attachments": [attachment_document(one) for one in case.attachments.all()],
        "log": [_entry(one, names) for one in log],
        "actions": actions.actions_of(situation),
    }


def _related(by_id: dict[UUID, Case], wanted: UUID | None, actor: Actor) -> Document | None:
    found = by_id.get(wanted) if wanted is not None else None
    return case_row(found, actor) if found is not None else None


def reporter_of(case: Case) -> tuple[str, str]:
    """Name and phone in the clear: whoever calls this has logged the look."""
    name, phone = case.reporter_name_encrypted, case.reporter_phone_encrypted
    return (
        crypto.decrypt(name, context="case:reporter_name") if name else "",
        crypto.decrypt(phone, context="case:reporter_phone") if phone else "",
    )


def _reporter(case: Case) -> Document | None:
    name, phone = reporter_of(case)
    if not name and not phone:
        return None
    return {"name_masked": crypto.mask_name(name), "phone_masked": crypto.mask_phone(phone)}


def _names(orders: Iterable[WorkOrder], log: Iterable[Any]) -> dict[UUID, str]:
    """Names of the people and units that orders and log entries mention, in two queries."""
    people = {one for order in orders for one in (order.assignee_id, order.done_by)}
    people |= {entry.on_behalf_of for entry in log}
    units = [entry.unit_id for entry in log if entry.unit_id is not None]
    names: dict[UUID, str] = dict(Unit.objects.filter(pk__in=units).values_list("pk", "short_name"))
    wanted = [one for one in people if one is not None]
    if wanted:
        names |= dict(User.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return names


def _order(order: WorkOrder, names: dict[UUID, str]) -> Document:
    assignee = order.assignee_id
    return {
        "id": order.pk,
        "unit": named(order.unit),
        "lead": order.lead,
        "state": order.state,
        "state_name": order.get_state_display(),
        "assignee": {"id": assignee, "name": names.get(assignee, "")} if assignee else None,
        "instruction": order.instruction,
        "assigned_at": order.assigned_at,
        "acknowledged_at": order.acknowledged_at,
        "done_at": order.done_at,
        "done_by": names.get(order.done_by) if order.done_by else None,
        "result": order.result,
        "stage": order.stage,
        "send_back_code": order.send_back_code,
        "send_back_reason": order.send_back_reason,
        "due_at": order.due_at,
    }


def clock_document(clock: Clock, now: dt.datetime) -> Document:
    running = clock.state == ClockState.RUNNING
    card = ""
    if clock.state in {ClockState.RUNNING, ClockState.PAUSED}:
        card = "red" if clock.missed_at else "yellow" if clock.warned_at else ""
    owner = clock.work_order.unit if clock.work_order else clock.responder.unit if clock.responder else None
    pauses = [*clock.pauses, [clock.paused_at, None]] if clock.paused_at else clock.pauses
    return {
        "id": clock.pk,
        "kind": clock.kind,
        "kind_name": clock.get_kind_display(),
        "label": clock.label,
        "unit": named(owner),
        "state": clock.state,
        "state_name": clock.get_state_display(),
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "stopped_at": clock.stopped_at,
        "limit": f"{clock.limit_value.normalize():f} {_UNIT_WORDS.get(clock.limit_unit, clock.limit_unit)}",
        "extra_days": clock.extra_days,
        "rule": clock.rule,
        "missed_at": clock.missed_at,
        "remaining_minutes": _left(clock, now) if running else None,
        "card": card,
        "caution": clock.caution,
        "pauses": pauses,
    }


def time_request_document(request: TimeRequest) -> Document:
    return {
        "id": request.pk,
        "kind": request.kind,
        "kind_name": request.get_kind_display(),
        "state": request.state,
        "state_name": request.get_state_display(),
        "days": request.days,
        "until": request.until,
        "reason": request.reason,
        "unit": named(request.unit),
        "asked_at": request.asked_at,
        "asked_name": request.asked_name,
        "decided_at": request.decided_at,
        "decided_name": request.decided_name,
        "decision_reason": request.decision_reason,
        "due_before": request.due_before,
        "due_after": request.due_after,
    }


def _left(clock: Clock, now: dt.datetime) -> int:
    """In the unit's own kind of time: duty minutes for working limits, minutes of the clock for the others."""
    if arithmetic.Unit(clock.limit_unit).on_duty_only:
        return arithmetic.working_minutes_between(now, clock.due_at, calendars.load(clock.calendar))
    return int((clock.due_at - now).total_seconds() // 60)


def whistle_document(whistle: Whistle, actor: Actor, case: Case | None = None) -> Document:
    of = case or whistle.case
    return {
        "id": whistle.pk,
        "case": {"id": of.pk, "number": of.number, "title": of.title},
        "kind": whistle.kind,
        "kind_name": whistle.get_kind_display(),
        "caller_unit": named(whistle.caller_unit),
        "message": whistle.message,
        "place": whistle.place,
        "called_at": whistle.called_at,
        "ended_at": whistle.ended_at,
        "outcome": whistle.outcome,
        "responders": [_responder(one) for one in whistle.responders.all()],
        "actions": actions.whistle_actions(whistle, actor),
    }


def _responder(responder: Responder) -> Document:
    return {
        "id": responder.pk,
        "unit": named(responder.unit),
        "state": responder.state,
        "state_name": responder.get_state_display(),
        "due_at": responder.due_at,
        "reported_in_at": responder.reported_in_at,
        "late": responder.late,
        "contribution": responder.contribution,
        "grade": responder.grade,
        "grade_comment": responder.grade_comment,
    }


def attachment_document(attachment: Attachment) -> Document:
    base = f"/api/v1/attachments/{attachment.pk}"
    return {
        "id": attachment.pk,
        "phase": attachment.phase,
        "name": attachment.name,
        "content_type": attachment.content_type,
        "url": f"{base}/picture",
        "thumbnail_url": f"{base}/thumbnail" if attachment.thumbnail else "",
        "width": attachment.width,
        "height": attachment.height,
        "uploaded_at": attachment.uploaded_at,
    }


def _entry(entry: Any, names: dict[UUID, str]) -> Document:
    unit = names.get(entry.unit_id) if entry.unit_id else None
    return {
        "seq": entry.seq,
        "at": entry.at,
        "action": entry.action,
        "action_name": wording.action_name(entry.action),
        "actor_name": entry.actor_name,
        "on_behalf_of": names.get(entry.on_behalf_of) if entry.on_behalf_of else None,
        "unit": unit,
        "text": wording.sentence(entry.action, entry.actor_name, unit, entry.data),
        "data": entry.data,
    }


def rows_of(cases: Sequence[Case], actor: Actor) -> list[Document]:
    return [case_row(case, actor) for case in cases]
