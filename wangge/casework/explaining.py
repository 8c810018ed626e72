"""Why a promise is due when it is due: its limit day by day, what stood still, what was granted, what was changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from wangge.audit import selectors as audit
from wangge.calendars import arithmetic
from wangge.calendars import selectors as calendars
from wangge.casework import timing
from wangge.casework.models import Case, Clock, TimeRequest, TimeRequestKind, TimeRequestState
from wangge.casework.promises import reckon
from wangge.kit.errors import NotFound

if TYPE_CHECKING:
    from wangge.org.scope import Actor

Document = dict[str, Any]
RECOMPUTED = "casework:clock:recomputed"


def explanation(*, case_id: UUID, clock_id: UUID, actor: Actor) -> Document:
    """Of a clock the actor may see; the lines add up to `limit`, and after it to `extra_days`."""
    clock: Clock | None = (
        Clock.objects.visible_to(actor).filter(pk=clock_id, case=case_id).select_related("case").first()
    )
    if clock is None:
        raise NotFound
    found = reckon(clock)
    calendar = calendars.get(clock.calendar)
    limit = arithmetic.Limit(clock.limit_value, clock.limit_unit)
    return {
        "kind": clock.kind,
        "kind_name": clock.get_kind_display(),
        "rule": clock.rule,
        "rule_en": timing.rules().in_english(clock.rule),
        "limit": limit.zh,
        "limit_en": limit.en,
        "calendar": {"code": calendar.code, "name": calendar.name, "name_en": calendar.name_en},
        "started_at": clock.started_at,
        "claimed_at": clock.case.claimed_at,
        "lines": [
            *_lines("limit", found.limit),
            *(_lines("extra", found.extra) if found.extra is not None else ()),
        ],
        "pauses": [*clock.pauses, [clock.paused_at, None]] if clock.paused_at else clock.pauses,
        "extra_days": clock.extra_days,
        "extensions": _extensions(clock),
        "due_at": clock.due_at,
        "changed_since": found.due_at != clock.due_at,
        "caution": found.caution,
        "caution_en": found.caution_en,
        "history": _history(clock.case, clock),
    }


def _lines(part: str, due: arithmetic.Due) -> Iterator[Document]:
    for line in due.explanation:
        yield {
            "part": part,
            "date": line.date,
            "kind": line.kind.value,
            "counted_minutes": line.minutes,
            "number": line.number,
            "pause_minutes": line.paused,
            "zh": line.zh,
            "en": line.en,
        }


def _extensions(clock: Clock) -> list[Document]:
    """What was granted while the promise ran: who asked, who granted."""
    granted = TimeRequest.objects.filter(case=clock.case_id, state=TimeRequestState.GRANTED)
    granted = granted.filter(decided_at__gte=clock.started_at).order_by("asked_at")
    if clock.stopped_at is not None:
        granted = granted.filter(asked_at__lte=clock.stopped_at)
    wanted = [one for one in granted if one.kind == TimeRequestKind.CARRY_OVER or clock.extra_days]
    return [
        {
            "kind": one.kind,
            "days": one.days,
            "until": one.until,
            "asked_at": one.asked_at,
            "asked_name": one.asked_name,
            "granted_at": one.decided_at,
            "granted_name": one.decided_name,
        }
        for one in wanted
    ]


def _history(case: Case, clock: Clock) -> list[Document]:
    return [
        {
            "at": entry.at,
            "due_was": entry.data["due_was"],
            "due_at": entry.data["due_at"],
            "why": entry.data["why"],
            "why_en": entry.data["why_en"],
        }
        for entry in audit.log_of(subject_type="case", subject_id=case.pk)
        if entry.action == RECOMPUTED and entry.data.get("clock") == str(clock.pk)
    ]
