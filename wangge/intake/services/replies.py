"""Advice on replies while they are written, and their scores once they went out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from wangge.audit.models import Entry
from wangge.casework import selectors as cases
from wangge.casework.models import Case
from wangge.intake.answering import advice
from wangge.intake.answering.advice import Advice
from wangge.intake.models import Reply, ReplyMark
from wangge.intake.selectors import replies as read
from wangge.kit import clock
from wangge.kit.written import redacted
from wangge.org import scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor

log = logging.getLogger("wangge.intake")
HANDLED = "casework:case:handle"
SETTLED = timedelta(seconds=60)  # entries get their numbers before they are committed
LOT = 200
_WINDOW = 5_000  # entries of the log looked at in one go


def advise(*, case_id: UUID, text: str, by: Actor) -> Advice:
    """What could be better before the reply goes out. Nothing is kept."""
    case = cases.case_of(case_id, actor=by)
    return _advice(case, text, by.unit_id)


def _advice(case: Case, text: str, unit_id: UUID | None) -> Advice:
    return advice.advise(
        title=redacted(case.title),
        description=redacted(case.description),
        reply=text,
        known=read.known(),
        earlier=read.earlier(unit_id=unit_id, case_id=case.pk),
        clause=case.clause,
    )


@dataclass(frozen=True)
class _Said:
    seq: int
    case_id: UUID
    unit_id: UUID
    text: str
    entry: Entry


def score_new(*, lot: int = LOT) -> int:
    """Score what was replied since the last time; how many. One run at a time: the mark's row is locked."""
    with scope.acting(scope.system_actor("答复评估")), transaction.atomic():
        mark, _ = ReplyMark.objects.select_for_update().get_or_create(pk=1)
        newest = clock.now() - SETTLED
        entries = list(
            Entry.objects.filter(seq__gt=mark.entry_seq, at__lt=newest)
            .order_by("seq")
            .only("seq", "action", "subject_id", "at", "data", "unit_id")[:_WINDOW]
        )
        if not entries:
            return 0
        said = [one for entry in entries if (one := _said(entry)) is not None][:lot]
        found = Case.objects.in_bulk([one.case_id for one in said])
        scored = 0
        for one in said:  # one by one: a copy of the one before it is a copy
            if one.case_id in found:
                Reply.objects.bulk_create([_row(found[one.case_id], one)], ignore_conflicts=True)
                scored += 1
        mark.entry_seq = said[-1].seq if len(said) == lot else entries[-1].seq
        mark.save(update_fields=["entry_seq"])
    return scored


def _said(entry: Entry) -> _Said | None:
    unit, text = entry.data.get("unit"), entry.data.get("result")
    if entry.action != HANDLED or not isinstance(unit, dict) or not text:
        return None
    return _Said(entry.seq, entry.subject_id, UUID(unit["id"]), str(text), entry)


def _row(case: Case, said: _Said) -> Reply:
    found = _advice(case, redacted(said.text), said.unit_id)
    return Reply(
        case=case,
        unit_id=said.unit_id,
        entry_seq=said.seq,
        at=said.entry.at,
        delay_minutes=max(0, int((said.entry.at - case.submitted_at).total_seconds() // 60)),
        relevance=found.relevance,
        completeness=found.completeness,
        clarity=found.clarity,
        originality=found.originality,
        stock=found.stock,
        sketch=list(found.kept.sketch),
        matter=list(found.kept.matter),
    )
