"""Appeals, as the two sides see them, and what was found true, as everybody sees it beside the figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from wangge.appraisal.judging import AppealTerms
from wangge.appraisal.models import Appeal, AppealState, Bulletin, BulletinState, Exclusion
from wangge.appraisal.models.judgement import OfUnitQuerySet
from wangge.appraisal.policies import Perm
from wangge.appraisal.selectors.judging import belongs_to, involved, selves
from wangge.calendars import arithmetic
from wangge.calendars import selectors as calendars
from wangge.casework import documents as cases
from wangge.casework.models import Attachment, Case
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.org.scope import Actor


@dataclass(frozen=True)
class Correction:
    """What an appeal found true without taking a case out; shown beside the unit's figures of [start, end)."""

    appeal_id: UUID
    unit_id: UUID
    indicators: frozenset[str]
    start: dt.date
    end: dt.date
    text: str


def deadline(start: dt.date, end: dt.date, terms: AppealTerms) -> dt.datetime | None:
    """So many working days after the first bulletin that told of the whole period; None while there is none."""
    told = Bulletin.objects.filter(state=BulletinState.ISSUED, start__lte=start, end__gte=end)
    issued = told.order_by("issued_at").values_list("issued_at", flat=True).first()
    if issued is None:
        return None
    limit = arithmetic.Limit(Decimal(terms.working_days), "working_days")
    return arithmetic.due(issued, limit, calendars.load(terms.calendar)).at


def listing(
    *,
    actor: Actor,
    state: str = "",
    unit: UUID | None = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
) -> OfUnitQuerySet:
    found = Appeal.objects.visible_to(actor).select_related("unit", "exclusion").order_by("-made_at", "-pk")
    if state:
        found = found.filter(state=state)
    if unit:
        found = found.filter(unit_id=unit)
    return found.filter(start__lt=end, end__gt=start) if start is not None and end is not None else found


def appeal(appeal_id: UUID, actor: Actor) -> Appeal:
    found = listing(actor=actor).filter(pk=appeal_id).first()
    if found is None:
        raise NotFound
    assert isinstance(found, Appeal)
    return found


def to_decide(actor: Actor) -> int:
    if not actor.may(Perm.DECIDE_APPEAL):
        return 0
    waiting = listing(actor=actor, state=AppealState.MADE).exclude(made_by__in=selves(actor))
    return waiting.exclude(unit_id=actor.unit_id).count()


def waiting(actor: Actor) -> int:
    """Of the actor's own unit, not decided yet."""
    if not actor.may(Perm.MAKE_APPEAL) or actor.unit_id is None:
        return 0
    return Appeal.objects.visible_to(actor).filter(state=AppealState.MADE, unit_id=actor.unit_id).count()


def corrections(*, start: dt.date, end: dt.date) -> list[Correction]:
    """For everybody who reads the figures: what was found, not what was said."""
    with scope.lifted():
        return corrected(start=start, end=end)


def corrected(*, start: dt.date, end: dt.date) -> list[Correction]:
    """Those the caller's scope reaches."""
    found = Appeal.objects.filter(start__lt=end, end__gt=start).exclude(correction="").order_by("decided_at")
    return [
        Correction(one.pk, one.unit_id, frozenset(one.indicators), one.start, one.end, one.correction) for one in found
    ]


def hands_in(one: Appeal) -> frozenset[UUID]:
    """Who may not decide it: who made it, who had a hand in the case, who decided about its figures before."""
    found = {one.made_by}
    if one.case_id is not None:
        return frozenset(found | involved([one.case_id]))
    theirs = Exclusion.objects.filter(unit_id=one.unit_id, start__lt=one.end, end__gt=one.start)
    found |= {person for pair in theirs.values_list("asked_by", "decided_by") for person in pair if person is not None}
    told = Bulletin.objects.filter(start__lt=one.end, end__gt=one.start)
    return frozenset(found | {person for person in told.values_list("issued_by", flat=True) if person is not None})


def row(one: Appeal, actor: Actor) -> dict[str, Any]:
    may_withdraw = one.made_by in selves(actor) or (actor.may(Perm.MAKE_APPEAL) and actor.unit_id == one.unit_id)
    open_now = one.state == AppealState.MADE
    return {
        **{name: getattr(one, name) for name in (
            "id", "case_id", "number", "indicators", "start", "end", "statement", "due_at", "state", "made_at",
            "made_name", "decided_at", "decided_name", "decision", "correction", "exclusion_id",
        )},
        "unit": {"id": one.unit_id, "name": one.unit.short_name},
        "state_name": one.get_state_display(),
        "can": {
            "decide": open_now and actor.may(Perm.DECIDE_APPEAL) and not belongs_to(actor, one.unit)
            and one.made_by not in selves(actor),
            "withdraw": open_now and may_withdraw,
        },
    }  # fmt: skip


def document(one: Appeal, actor: Actor) -> dict[str, Any]:
    """With its evidence, as far as the reader sees the case it belongs to."""
    shown = row(one, actor)
    if shown["can"]["decide"]:
        shown["can"]["decide"] = not selves(actor) & hands_in(one)
    kept = Attachment.objects.visible_to(actor).filter(pk__in=one.attachments).order_by("uploaded_at", "pk")
    sees_case = one.case_id is not None and Case.objects.visible_to(actor).filter(pk=one.case_id).exists()
    return shown | {"attachments": [cases.attachment_document(file) for file in kept], "sees_case": sees_case}
