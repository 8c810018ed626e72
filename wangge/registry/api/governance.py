"""Exports, requests for data and statistics over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Status
from pydantic import BaseModel, Field

from wangge.kit.errors import Invalid, field_error
from wangge.kit.policy import requires
from wangge.org.http import Signed, client_address
from wangge.org.scope import Actor
from wangge.registry.models import DataRequest, Export, Registration
from wangge.registry.policies import Perm
from wangge.registry.schemas import governance as schemas
from wangge.registry.selectors import exporting, prefilling, statistics
from wangge.registry.selectors import requests as asked
from wangge.registry.services import exports, requests

router = Router(tags=["registry"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class PageQuery(BaseModel):
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[int, Field(ge=0, le=1_000_000)] = 0


def _page(rows: Any, query: PageQuery) -> tuple[list[Any], str | None, int]:
    total = rows.count()
    items = list(rows[query.cursor : query.cursor + query.limit])
    end = query.cursor + len(items)
    return items, str(end) if end < total else None, total


def _export(export: Export, actor: Actor) -> dict[str, Any]:
    return {
        **{name: getattr(export, name) for name in (
            "id", "purpose", "fields", "filters", "count", "state", "approvals", "by_name", "created_at", "expires_at",
            "downloads",
        )},
        "state_name": export.get_state_display(),
        "approvals_needed": 0 if export.state != "pending" else exports.AGREE,
        "mine": export.by_id == actor.user_id,
    }  # fmt: skip


def _request(request: DataRequest) -> dict[str, Any]:
    return {
        **{name: getattr(request, name) for name in (
            "id", "title", "object", "fields", "purpose", "legal_basis", "times_per_year", "known", "people",
            "minutes", "state", "decision", "asked_at", "begins_on", "ends_on",
        )},
        "unit": {"id": request.unit_id, "name": request.unit.name},
        "area": asked.place_of(request),
        "state_name": request.get_state_display(),
    }  # fmt: skip


@router.get("/statistics", response=schemas.StatisticsOut, summary="人口统计")
@requires(Perm.STATISTICS_READ)
def statistics_of(
    request: Signed, by: Literal["registration", "sex", "age", "tag"] = "registration", area: UUID | None = None
) -> Any:
    return statistics.table(actor=request.actor, by=by, area_id=area)


@router.get("/exports", response=schemas.ExportPage, summary="导出申请")
@requires(Perm.EXPORT_REQUEST, Perm.EXPORT_APPROVE)
def list_exports(request: Signed, query: Query[PageQuery]) -> Any:
    items, following, total = _page(exporting.exports_for(request.actor), query)
    return {"items": [_export(one, request.actor) for one in items], "next": following, "total": total}


@router.get("/exports/fields", response=list[schemas.ExportField], summary="可导出的字段")
@requires(Perm.EXPORT_REQUEST)
def export_fields(request: Signed) -> Any:
    whole = request.actor.may(Perm.PERSON_LOOK)
    return [
        {"field": field, "name": zh, "name_en": en, "whole": whole or field not in exporting.SEALED}
        for field, (zh, en) in exporting.FIELDS.items()
    ]


@router.post("/exports", response={201: schemas.ExportOut}, summary="申请导出")
@requires(Perm.EXPORT_REQUEST)
def ask_export(request: Signed, body: schemas.ExportIn) -> Any:
    said = body.filters
    wrong = [one for one in said.registration if one not in Registration.values]
    if wrong:
        raise Invalid(errors=[field_error("body.filters.registration", "没有这种人口类型", "no such registration")])
    filters = exporting.Filters(
        area=str(said.area or ""),
        building=str(said.building or ""),
        registration=tuple(said.registration),
        sex=said.sex,
        age_from=said.age_from,
        age_to=said.age_to,
        tags=tuple(said.tags),
    )
    made = exports.ask_export(filters=filters, fields=body.fields, purpose=body.purpose, by=request.actor)
    return Status(201, _export(made, request.actor))


@router.post("/exports/{export_id}/decision", response=schemas.ExportOut, summary="审批导出")
@requires(Perm.EXPORT_APPROVE)
def decide_export(request: Signed, export_id: UUID, body: schemas.VoiceIn) -> Any:
    done = exports.decide_export(export_id=export_id, agreed=body.agreed, reason=body.reason, by=request.actor)
    return _export(done, request.actor)


@router.get("/exports/{export_id}/file", summary="下载导出文件")
@requires(Perm.EXPORT_REQUEST)
def export_file(request: Signed, export_id: UUID) -> HttpResponse:
    """For the asker alone; each download is counted and written down."""
    data, name = exports.fetch_export(export_id=export_id, by=request.actor, address=client_address(request))
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "no-store"
    return response


class RequestQuery(PageQuery):
    state: Literal["", "asked", "allowed", "refused", "counted", "ended"] = ""
    unit: UUID | None = None


@router.get("/requests", response=schemas.RequestPage, summary="向基层要数的申请")
@requires(Perm.REQUEST_READ, Perm.REQUEST_ASK, Perm.REQUEST_DECIDE)
def list_requests(request: Signed, query: Query[RequestQuery]) -> Any:
    rows = asked.listing(state=query.state, unit=query.unit)
    items, following, total = _page(rows, query)
    return {"items": [_request(one) for one in items], "next": following, "total": total}


@router.post("/requests", response={201: schemas.RequestOut}, summary="申请向基层要数")
@requires(Perm.REQUEST_ASK)
def ask_for_data(request: Signed, body: schemas.RequestIn) -> Any:
    """What is known and fresh is refused at once, and says where it can be had."""
    said = body.model_dump(exclude={"object", "area"})
    made = requests.ask_for_data(**said, subject=body.object, area_id=body.area, by=request.actor)
    return Status(201, _request(made))


@router.post("/requests/{request_id}/decision", response=schemas.RequestOut, summary="审核要数申请")
@requires(Perm.REQUEST_DECIDE)
def decide_request(request: Signed, request_id: UUID, body: schemas.RequestDecision) -> Any:
    return _request(
        requests.decide_request(request_id=request_id, state=body.state, reason=body.reason, by=request.actor)
    )


@router.get("/requests/ledger", response=schemas.LedgerOut, summary="报表负担台账")
@requires(Perm.REQUEST_READ, Perm.REQUEST_ASK, Perm.REQUEST_DECIDE)
def ledger(request: Signed, area: UUID | None = None) -> Any:
    found = asked.ledger(actor=request.actor, area_id=area)
    return found | {"requests": [_request(one) for one in found["requests"]]}


@router.post("/prefill", response=dict[str, schemas.PrefillField], summary="已掌握的数据")
@requires(Perm.PLACE_READ, Perm.PERSON_READ)
def prefill(request: Signed, body: schemas.PrefillIn) -> Any:
    return prefilling.prefill(actor=request.actor, subject=body.object, subject_id=body.id, fields=body.fields)
