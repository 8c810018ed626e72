"""Bulletins over HTTP: the list, the page, the printed paper, the workbook."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Status
from pydantic import Field, StringConstraints

from wangge.appraisal import periods
from wangge.appraisal.api.paging import PageQuery, page
from wangge.appraisal.models import Bulletin
from wangge.appraisal.policies import Perm
from wangge.appraisal.selectors import bulletins as reading
from wangge.appraisal.services import bulletins
from wangge.kit.policy import requires
from wangge.kit.schema import In, Out
from wangge.org.http import Signed
from wangge.org.scope import Actor

router = Router(tags=["appraisal"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Language = Literal["zh", "en"]
Kind = Literal["weekly", "monthly", "special"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]


class BulletinQuery(PageQuery):
    kind: Literal["", "weekly", "monthly", "special"] = ""
    unit: UUID | None = None
    whole: bool = False
    limit: Annotated[int, Field(ge=1, le=100)] = 30


class BulletinIn(In):
    kind: Kind
    period: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)]
    unit_id: UUID | None = None
    reason: Reason = ""


class WithdrawalIn(In):
    reason: Reason


class BulletinUnit(Out):
    id: UUID
    name: str


class BulletinRow(Out):
    id: UUID
    kind: str
    kind_name: str
    state: str
    state_name: str
    start: dt.date
    last: dt.date
    period: str
    title: str
    title_en: str
    unit: BulletinUnit | None
    version: int
    reason: str
    digest: str
    made_at: dt.datetime
    made_name: str
    issued_at: dt.datetime | None
    issued_name: str
    can: list[str]


class BulletinPage(Out):
    items: list[BulletinRow]
    next: str | None
    total: int


class BulletinOut(BulletinRow):
    paper: dict[str, Any]
    versions: list[BulletinRow]


class RecountDifference(Out):
    at: str
    was: Any
    now: Any


class Recount(Out):
    same: bool
    differences: list[RecountDifference]


def _row(one: Bulletin, actor: Actor) -> dict[str, Any]:
    may = []
    if actor.may(Perm.MAKE_BULLETIN):
        may = ["recount"] + (["withdraw"] if one.state != "withdrawn" else [])
    if actor.may(Perm.ISSUE_BULLETIN) and one.state == "draft" and one.made_by != actor.user_id:
        may.append("issue")
    period = bulletins.period_of(one)
    whose = one.unit.short_name if one.unit else ""
    kind_en = {"weekly": "weekly bulletin", "monthly": "monthly bulletin", "special": "special bulletin"}[one.kind]
    return {
        **{
            name: getattr(one, name)
            for name in (
                "id", "kind", "state", "start", "version", "reason", "digest", "made_at", "made_name", "issued_at",
                "issued_name",
            )
        },
        "kind_name": one.get_kind_display(),
        "state_name": one.get_state_display(),
        "last": one.end - dt.timedelta(days=1),
        "period": period.text,
        "title": f"{whose}{period.label}运行{one.get_kind_display()}",
        "title_en": f"{whose} {period.text} {kind_en}".strip(),
        "unit": {"id": one.unit_id, "name": one.unit.short_name} if one.unit else None,
        "can": may,
    }  # fmt: skip


def _out(one: Bulletin, actor: Actor, language: Language) -> dict[str, Any]:
    return {
        **_row(one, actor),
        "paper": reading.as_paper(one, language),
        "versions": [_row(other, actor) for other in reading.versions(one, actor=actor)],
    }


@router.get("/bulletins", response=BulletinPage, summary="通报列表")
@requires(Perm.READ_BULLETIN)
def list_bulletins(request: Signed, query: Query[BulletinQuery]) -> Any:
    rows = reading.listing(actor=request.actor, kind=query.kind, unit=query.unit, whole=query.whole)
    items, rest = page(rows, query)
    return {"items": [_row(one, request.actor) for one in items], **rest}


@router.post("/bulletins", response={201: BulletinOut}, summary="编制通报")
@requires(Perm.MAKE_BULLETIN)
def make_bulletin(request: Signed, body: BulletinIn) -> Any:
    made = bulletins.make(
        kind=body.kind,
        period=periods.parse(body.period),
        unit_id=body.unit_id,
        reason=body.reason,
        by=request.actor,
    )
    return Status(201, _out(made, request.actor, "zh"))


@router.get("/bulletins/{bulletin_id}", response=BulletinOut, summary="通报")
@requires(Perm.READ_BULLETIN)
def get_bulletin(request: Signed, bulletin_id: UUID, language: Language = "zh") -> Any:
    return _out(reading.one(bulletin_id=bulletin_id, actor=request.actor), request.actor, language)


@router.post("/bulletins/{bulletin_id}/issue", response=BulletinOut, summary="签发通报")
@requires(Perm.ISSUE_BULLETIN)
def issue_bulletin(request: Signed, bulletin_id: UUID) -> Any:
    return _out(bulletins.issue(bulletin_id=bulletin_id, by=request.actor), request.actor, "zh")


@router.post("/bulletins/{bulletin_id}/withdraw", response=BulletinOut, summary="撤回通报")
@requires(Perm.MAKE_BULLETIN)
def withdraw_bulletin(request: Signed, bulletin_id: UUID, body: WithdrawalIn) -> Any:
    done = bulletins.withdraw(bulletin_id=bulletin_id, reason=body.reason, by=request.actor)
    return _out(done, request.actor, "zh")


@router.get("/bulletins/{bulletin_id}/recount", response=Recount, summary="按今日数据复核通报")
@requires(Perm.MAKE_BULLETIN)
def recount_bulletin(request: Signed, bulletin_id: UUID) -> Any:
    found = bulletins.recount(reading.one(bulletin_id=bulletin_id, actor=request.actor))
    return {"same": not found, "differences": found[:500]}


@router.get("/bulletins/{bulletin_id}/paper.pdf", summary="通报 PDF")
@requires(Perm.READ_BULLETIN)
def bulletin_pdf(request: Signed, bulletin_id: UUID, language: Language = "zh") -> HttpResponse:
    one = reading.one(bulletin_id=bulletin_id, actor=request.actor)
    return _file(reading.pdf(one, language), "application/pdf", f"{_row(one, request.actor)['title']}.pdf")


@router.get("/bulletins/{bulletin_id}/book.xlsx", summary="通报 Excel")
@requires(Perm.READ_BULLETIN)
def bulletin_book(request: Signed, bulletin_id: UUID, language: Language = "zh") -> HttpResponse:
    one = reading.one(bulletin_id=bulletin_id, actor=request.actor)
    return _file(reading.workbook(one, language), XLSX, f"{_row(one, request.actor)['title']}.xlsx")


def _file(data: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "private, no-store"
    return response
