"""Rungs that are steps of the workflow: a case goes on after its pause, or one level up, because the rules say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from wangge.areas.models import Level
from wangge.audit import services as audit
from wangge.casework import timing
from wangge.casework.models import Case, Notice, NoticeKind
from wangge.casework.services import ladder, steps
from wangge.casework.services.notices import command
from wangge.casework.services.turn import Blocked, name_of
from wangge.casework.timing import Rung
from wangge.casework.workflow import TRANSITIONS, State, Step
from wangge.org.models import Unit, UnitKind
from wangge.org.scope import Actor

__all__ = ["KIND_AT", "Due", "command", "may_rise", "take"]

PAUSE_OVER = "挂账期满，自动恢复办理"
KIND_AT = {
    Level.COMMUNITY: UnitKind.COMMUNITY,
    Level.SUBDISTRICT: UnitKind.SUBDISTRICT,
    Level.DISTRICT: UnitKind.COMMAND,
}


@dataclass(frozen=True)
class Due:
    """A step to be taken for a clock. `rung` None: its pause is over."""

    case_id: UUID
    clock_id: UUID
    rung: Rung | None
    due_at: datetime


def may_rise(state: str, level: int) -> bool:
    """Whether there is a level above, and the workflow lets the case go there now."""
    return level > Level.DISTRICT and level <= Level.GRID and (State(state), Step.ESCALATE) in TRANSITIONS


def take(due: Due, *, by: Actor, at: datetime) -> None:
    """The case is locked by the caller, and the clock's own mark is written."""
    case = Case.objects.select_related("category", "lead_unit").get(pk=due.case_id)
    if due.rung is None:
        steps.take_by_system(case, Step.RESUME, by=by, at=at, reason=PAUSE_OVER)
        return
    try:
        with transaction.atomic():
            steps.take_by_system(case, Step.ESCALATE, by=by, at=at, reason=due.rung.text_zh)
    except Blocked as refused:
        _tell_centre(case, due, due.rung, refused.detail_zh, by=by, at=at)
        return
    assert case.lead_unit is not None
    _tell(case, due, due.rung, case.lead_unit, by=by, at=at)


def _tell_centre(case: Case, due: Due, rung: Rung, why: str, *, by: Actor, at: datetime) -> None:
    unit = command()
    told = _tell(case, due, rung, unit, by=by, at=at)
    audit.record(
        subject_type="case",
        subject_id=case.pk,
        action="casework:clock:escalated",
        actor=by,
        area_pos=case.area_pos,
        data={
            "clock": str(due.clock_id),
            "due_at": due.due_at.isoformat(),
            "hint": NoticeKind.ESCALATE,
            "reason": why,
            "notice": str(told.pk),
            "told": name_of(unit) if unit else None,
        },
        at=at,
        outbox=[
            ("clock", {"case_id": str(case.pk), "clock_id": str(due.clock_id), "verb": "escalated", "hint": "escalate"})
        ],
    )


def _tell(case: Case, due: Due, rung: Rung, unit: Unit | None, *, by: Actor, at: datetime) -> Notice:
    within = rung.answer_within
    calendar = timing.rules().calendar
    return Notice.objects.create(
        case=case,
        clock_id=due.clock_id,
        kind=NoticeKind.ESCALATE,
        unit=unit,
        unit_pos=unit.pos if unit else 0,
        at=at,
        by_name=by.name,
        text=rung.text_zh,
        text_en=rung.text_en,
        answer_due_at=ladder.moment(within, at, calendar) if within else None,
    )
