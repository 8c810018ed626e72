"""What people say to the unit that must act, and the unit's answer. The rungs of the ladder write theirs in lots."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from wangge.audit import services as audit
from wangge.casework import timing
from wangge.casework.models import UNANSWERED, Case, Notice, NoticeKind
from wangge.casework.services import ladder
from wangge.casework.services.turn import StandsWrong, Turn
from wangge.kit import clock as database
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.org.models import Unit, UnitKind

if TYPE_CHECKING:
    from wangge.org.scope import Actor

LONGEST = 500


class Answered(Conflict):
    code = "already_answered"
    title_zh = "这份催督单已经答复"
    title_en = "This notice has been answered"


class NoAnswerNeeded(Conflict):
    code = "no_answer_needed"
    title_zh = "催办、险情通知无需书面答复，办理即可"
    title_en = "It needs no answer: act on it"


def command() -> Unit | None:
    """The centre that watches over all units."""
    return Unit.objects.filter(kind=UnitKind.COMMAND, active=True).order_by("pos").first()


def by_person(turn: Turn, kind: NoticeKind) -> None:
    """A reminder or supervision by a person: to every unit with an open order, else to whoever leads."""
    case = turn.case
    units = list({order.unit_id: order.unit for order in turn.open_orders}.values())
    if not units and case.lead_unit is not None:
        units = [case.lead_unit]
    due = answer_due(kind, case.urgency, turn.at)
    Notice.objects.bulk_create(
        Notice(
            case=case,
            kind=kind,
            unit=unit,
            unit_pos=unit.pos,
            at=turn.at,
            by_name=turn.by.name,
            by_id=turn.by.user_id,
            text=turn.reason[:LONGEST],
            answer_due_at=due,
        )
        for unit in units
    )
    if units:
        turn.note(told=[{"id": str(unit.pk), "name": unit.short_name} for unit in units])


def answer_due(kind: NoticeKind, urgency: str, at: datetime) -> datetime | None:
    """By the rung of the whole promise's ladder that gives such a notice."""
    rules = timing.rules()
    rung = next((one for one in rules.ladder("whole", urgency) if one.step == kind), None)
    if rung is None or rung.answer_within is None:
        return None
    return ladder.moment(rung.answer_within, at, rules.calendar)


def answer(*, notice_id: UUID, text: str, by: Actor, at: datetime | None = None) -> Notice:
    """The unit says what it did and why it was late; logged with the case. Once."""
    said = text.strip()
    if not 2 <= len(said) <= LONGEST:
        raise Invalid(errors=[field_error("body.answer", f"答复须有 2 到 {LONGEST} 字", f"2 to {LONGEST} characters")])
    with transaction.atomic():
        found = Notice.objects.visible_to(by).filter(pk=notice_id).first()
        if found is None:
            raise NotFound
        case = Case.objects.select_for_update(of=("self",), no_key=True).get(pk=found.case_id)
        notice: Notice = Notice.objects.select_related("unit").get(pk=notice_id)
        _refuse(notice, by)
        notice.answered_at = at or database.now()
        notice.answered_by, notice.answered_name, notice.answer = by.user_id, by.name, said
        notice.save(update_fields=["answered_at", "answered_by", "answered_name", "answer"])
        audit.record(
            subject_type="case",
            subject_id=case.pk,
            action="casework:notice:answer",
            actor=by,
            area_pos=case.area_pos,
            data={
                "notice": str(notice.pk),
                "kind": notice.kind,
                "reason": said,
                "late": notice.answer_due_at is not None and notice.answered_at > notice.answer_due_at,
            },
            at=notice.answered_at,
        )
    return notice


def _refuse(notice: Notice, by: Actor) -> None:
    if notice.kind in UNANSWERED:
        raise NoAnswerNeeded
    if not is_for(notice, by):
        raise StandsWrong("只有被催督的单位可以答复", "Only the unit it was sent to may answer")
    if notice.answered_at is not None:
        raise Answered(
            f"{notice.answered_name}已于 {notice.answered_at:%Y-%m-%d %H:%M} 答复",
            f"{notice.answered_name} has answered it",
            by=notice.answered_name,
            at=notice.answered_at.isoformat(),
        )


def is_for(notice: Notice, actor: Actor) -> bool:
    """Whether the actor speaks for the unit the notice went to."""
    return actor.unit_id is not None and notice.unit_id == actor.unit_id
