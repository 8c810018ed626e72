"""The register of what figures are also shown without: open to all who read results."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from wangge.appraisal.judging import Rulebook
from wangge.appraisal.models import Exclusion, ExclusionState
from wangge.appraisal.policies import Perm
from wangge.appraisal.selectors.judging import belongs_to, selves
from wangge.org.scope import Actor


@dataclass(frozen=True)
class Excluded:
    """The facts of `case_id` that are counted for `unit_id` within [start, end); no indicator named: of all."""

    id: UUID
    case_id: UUID
    number: str
    unit_id: UUID
    indicators: frozenset[str]
    start: dt.date
    end: dt.date
    code: str
    reason: str

    def covers(self, indicator: str) -> bool:
        return not self.indicators or indicator in self.indicators


def excluded(*, start: dt.date, end: dt.date, units: list[UUID] | None = None) -> list[Excluded]:
    """What is left out of figures of a period that lies in, or overlaps, [start, end)."""
    found = Exclusion.objects.filter(state=ExclusionState.GRANTED, start__lt=end, end__gt=start).order_by("id")
    if units is not None:
        found = found.filter(unit_id__in=units)
    return [
        Excluded(
            id=one.pk, case_id=one.case_id, number=one.number, unit_id=one.unit_id,
            indicators=frozenset(one.indicators), start=one.start, end=one.end, code=one.code, reason=one.reason,
        )
        for one in found
    ]  # fmt: skip


def listing(
    *, start: dt.date | None = None, end: dt.date | None = None, unit: UUID | None = None, state: str = ""
) -> QuerySet[Exclusion]:
    found = Exclusion.objects.select_related("unit", "appeal").order_by("-asked_at", "-pk")
    if start is not None and end is not None:
        found = found.filter(start__lt=end, end__gt=start)
    if unit:
        found = found.filter(unit_id=unit)
    return found.filter(state=state) if state else found


def to_decide(actor: Actor) -> int:
    """Asked by others, of other units than the actor's."""
    if not actor.may(Perm.DECIDE_EXCLUSION):
        return 0
    waiting = Exclusion.objects.filter(state=ExclusionState.ASKED).exclude(asked_by__in=selves(actor))
    return waiting.filter(~Q(unit_id=actor.unit_id)).count()


def document(one: Exclusion, actor: Actor, rules: Rulebook) -> dict[str, Any]:
    reason = rules.judgement.exclusion_reasons.get(one.code)
    appeal = getattr(one, "appeal", None)
    return {
        **{name: getattr(one, name) for name in (
            "id", "case_id", "number", "indicators", "start", "end", "code", "reason", "evidence", "state", "asked_at",
            "asked_name", "decided_at", "decided_name", "decision", "withdrawn_at", "withdrawn_name", "withdrawal",
        )},
        "unit": {"id": one.unit_id, "name": one.unit.short_name},
        "code_name": reason.name if reason else one.code,
        "code_name_en": reason.name_en if reason else one.code,
        "state_name": one.get_state_display(),
        "appeal_id": appeal.pk if appeal is not None else None,
        "can": can(one, actor),
    }  # fmt: skip


def can(one: Exclusion, actor: Actor) -> dict[str, bool]:
    decides = actor.may(Perm.DECIDE_EXCLUSION) and not belongs_to(actor, one.unit)
    mine = one.asked_by in selves(actor)
    open_now = one.state == ExclusionState.ASKED
    return {
        "decide": open_now and decides and not mine,
        "withdraw": (open_now and mine) or (one.state == ExclusionState.GRANTED and decides),
    }
