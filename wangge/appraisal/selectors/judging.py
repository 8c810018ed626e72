"""The rules in force for judging, and who has had a hand in what is judged."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import F, Func, Q

from wangge.appraisal.judging import Rulebook
from wangge.appraisal.models import Exclusion, JudgementRules
from wangge.audit.models import Entry
from wangge.casework.models import Case, Notice, TimeRequest, WorkOrder
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.org.models import Unit
from wangge.org.scope import Actor

CALLS = "casework:case:call_back"


class NoRules(NotFound):
    code = "no_judgement_rules"
    title_zh = "尚未载入考核规则"
    title_en = "No rules of judgement are loaded"


def rules() -> Rulebook:
    kept = JudgementRules.objects.filter(id=1).values_list("data", flat=True).first()
    if kept is None:
        raise NoRules
    return Rulebook.model_validate(kept)


def involved(cases: Collection[UUID]) -> frozenset[UUID]:
    """Everybody who made, handled, decided or asked about these cases: none of them may judge what is said of them."""
    found: set[UUID | None] = set()
    with scope.unrestricted():
        found |= set(Case.objects.filter(pk__in=cases).values_list("submitter_id", flat=True))
        of_cases = Q(case_id__in=cases)
        found |= set(WorkOrder.objects.filter(of_cases).values_list("assignee_id", flat=True))
        hands = Func(F("worked_by"), function="unnest")
        found |= set(WorkOrder.objects.filter(of_cases).annotate(hand=hands).values_list("hand", flat=True))
        pairs: list[Any] = [
            *Notice.objects.filter(of_cases).values_list("by_id", "answered_by"),
            *TimeRequest.objects.filter(of_cases).values_list("asked_by", "decided_by"),
            *Exclusion.objects.filter(of_cases).values_list("asked_by", "decided_by"),
        ]
        found |= {one for pair in pairs for one in pair}
        log = Entry.objects.filter(subject_type="case", subject_id__in=cases, action=CALLS)
        found |= set(log.values_list("actor_id", flat=True))
    return frozenset(one for one in found if one is not None)


def selves(actor: Actor) -> frozenset[UUID]:
    """The person, and whom they stand in for."""
    return frozenset(one for one in (actor.user_id, actor.on_behalf_of) if one is not None)


def belongs_to(actor: Actor, unit: Unit) -> bool:
    """The actor's own unit is `unit` or lies below it."""
    return actor.unit_id is not None and unit.pos <= actor.unit_pos < unit.pos_end
