"""Notices with their answers, and the monitoring page, over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Query, Router

from wangge.casework.models import UNANSWERED, Notice, NoticeKind
from wangge.casework.policies import Perm
from wangge.casework.selectors import monitor, noticing
from wangge.casework.services import leap, notices
from wangge.kit.policy import requires
from wangge.kit.schema import In, Out
from wangge.org.http import Signed
from wangge.org.policies import Perm as OrgPerm
from wangge.org.scope import Actor

router = Router(tags=["time"])


class NoticeQuery(In):
    view: Literal["mine", "unanswered", "all"] = "mine"
    case: UUID | None = None
    cursor: str | None = None
    limit: int = Field(30, ge=1, le=100)


class NoticeCase(Out):
    id: UUID
    number: str
    title: str


class NoticeUnit(Out):
    id: UUID
    name: str


class NoticeOut(Out):
    id: UUID
    case: NoticeCase
    kind: str
    kind_name: str
    promise: str
    promise_name: str
    unit: NoticeUnit | None
    at: dt.datetime
    by_name: str
    by_system: bool
    text: str
    text_en: str
    answer_due_at: dt.datetime | None
    overdue: bool
    answered_at: dt.datetime | None
    answered_name: str
    answer: str
    can_answer: bool


class NoticePage(Out):
    items: list[NoticeOut]
    next: str | None
    total: int | None


class AnswerIn(In):
    answer: str = Field(min_length=2, max_length=500)


class ProcessOut(Out):
    name: str
    role: str
    at: dt.datetime
    seconds: float
    alive: bool
    detail: dict[str, Any]


class CanaryOut(Out):
    set: int
    fired: int
    missed: int
    last_ms: int | None
    slowest_ms: int | None


class ClocksOut(Out):
    open: int
    due: int
    stuck: int
    next_at: dt.datetime | None
    overdue_cases: int
    unanswered: int
    oldest_seconds: float


class FiredOut(Out):
    rounds: int
    fired: int
    p50: int | None
    p99: int | None
    p999: int | None
    slowest: int


class OutboxOut(Out):
    unsent: int
    oldest_seconds: float


class SystemAlarmOut(Out):
    id: UUID
    kind: str
    kind_name: str
    text_zh: str
    text_en: str
    raised_at: dt.datetime
    seen_at: dt.datetime
    cleared_at: dt.datetime | None


class ClockStandingOut(Out):
    stopped: bool
    expected: dt.datetime | None = None
    found: dt.datetime | None = None
    hours: float | None = None
    zh: str = ""
    en: str = ""


class SettingOut(Out):
    name: str
    value: str
    safe: bool


class MonitoringOut(Out):
    at: dt.datetime
    clock: ClockStandingOut
    processes: list[ProcessOut]
    canary: CanaryOut
    clocks: ClocksOut
    fired: FiredOut
    outbox: OutboxOut
    jobs: dict[str, int]
    settings: list[SettingOut]
    alarms: list[SystemAlarmOut]


def document(notice: Notice, actor: Actor) -> dict[str, Any]:
    """A notice made by `selectors.noticing`."""
    clock = notice.clock
    now: dt.datetime = notice.now  # type: ignore[attr-defined]  # annotated
    waits = notice.answered_at is None and notice.kind not in UNANSWERED
    return {
        "id": notice.pk,
        "case": {"id": notice.case_id, "number": notice.case.number, "title": notice.case.title},
        "kind": notice.kind,
        "kind_name": NoticeKind(notice.kind).label,
        "promise": clock.kind if clock else "",
        "promise_name": clock.get_kind_display() if clock else "",
        "unit": {"id": notice.unit.pk, "name": notice.unit.short_name} if notice.unit else None,
        "at": notice.at,
        "by_name": notice.by_name,
        "by_system": notice.by_id is None,
        "text": notice.text,
        "text_en": notice.text_en,
        "answer_due_at": notice.answer_due_at,
        "overdue": waits and notice.answer_due_at is not None and notice.answer_due_at < now,
        "answered_at": notice.answered_at,
        "answered_name": notice.answered_name,
        "answer": notice.answer,
        "can_answer": waits and actor.may(Perm.ANSWER_NOTICE) and notices.is_for(notice, actor),
    }


@router.get("/notices", response=NoticePage, summary="催督单")
@requires(Perm.READ)
def list_notices(request: Signed, query: Query[NoticeQuery]) -> Any:
    found = noticing.page(
        actor=request.actor, view=query.view, case_id=query.case, cursor=query.cursor, limit=query.limit
    )
    items = [document(one, request.actor) for one in found.items]
    return {"items": items, "next": found.next, "total": found.total}


@router.post("/notices/{notice_id}/answer", response=NoticeOut, summary="答复催督单")
@requires(Perm.ANSWER_NOTICE)
def answer_notice(request: Signed, notice_id: UUID, body: AnswerIn) -> Any:
    notices.answer(notice_id=notice_id, text=body.answer, by=request.actor)
    return document(noticing.one(notice_id=notice_id, actor=request.actor), request.actor)


@router.get("/monitoring", response=MonitoringOut, summary="运行监测")
@requires(OrgPerm.MONITOR)
def monitoring(request: Signed) -> Any:
    del request
    return monitor.document()


@router.post("/monitoring/resume", response=MonitoringOut, summary="确认数据库时间，恢复时限触发")
@requires(OrgPerm.MONITOR)
def resume_clocks(request: Signed) -> Any:
    """After a leap of the database's clock nothing fires; whoever calls this says that the time is right."""
    leap.resume(by=request.actor)
    return monitor.document()
