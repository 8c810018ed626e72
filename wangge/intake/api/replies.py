"""Advice on replies, and how units reply, over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from wangge.casework.policies import Perm as Cases
from wangge.casework.schemas import Day
from wangge.intake.policies import Perm
from wangge.intake.selectors import replies as read
from wangge.intake.services import replies
from wangge.kit.policy import requires
from wangge.kit.schema import In, Named, Out
from wangge.org.http import Signed

router = Router()
DAYS = 30


class ReplyIn(In):
    text: Annotated[str, Field(min_length=1, max_length=5000)]


class ReplyScores(Out):
    """0 to 1 each; from 1 downwards the more could be better."""

    relevance: float
    completeness: float
    clarity: float
    originality: float


class ReplyFinding(Out):
    """`start`, `end`: the characters of the text it speaks of, null where something is lacking."""

    aspect: str
    severity: str
    zh: str
    en: str
    sentence: str | None
    start: int | None
    end: int | None


class ReplyAdvice(Out):
    scores: ReplyScores
    stock: bool
    findings: list[ReplyFinding]


class ReplyPeriod(In):
    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None


class UnitReplies(Out):
    unit: Named
    replies: int
    relevant: int
    complete: int
    clear: int
    stock: int
    median_delay: float  # minutes since the matter came in


class UnitRepliesPage(Out):
    first: dt.date
    last: dt.date
    items: list[UnitReplies]


@router.post("/cases/{case_id}/reply-advice", response=ReplyAdvice, summary="答复建议（不保存、不拦截）")
@requires(Cases.HANDLE, Cases.HANDLE_ON_THE_SPOT, Cases.CLOSE, Cases.CALL_BACK)
def advise_reply(request: Signed, case_id: UUID, body: ReplyIn) -> Any:
    """Whether it answers what was asked, is complete, clear and of its own; advice only, nothing is kept."""
    found = replies.advise(case_id=case_id, text=body.text, by=request.actor)
    names = ("relevance", "completeness", "clarity", "originality")
    scores = {name: getattr(found, name) for name in names}
    return {"scores": scores, "stock": found.stock, "findings": found.findings}


@router.get("/intake/replies", response=UnitRepliesPage, summary="各单位答复质量")
@requires(Perm.REPLIES)
def list_replies(request: Signed, query: Query[ReplyPeriod]) -> Any:
    """Replies to matters in one's sight: how many by unit, how many of them relevant, complete, clear, stock."""
    last = query.to or timezone.localdate()
    first = query.from_ or last - dt.timedelta(days=DAYS - 1)
    return {"first": first, "last": last, "items": read.by_unit(first=first, last=last, actor=request.actor)}
