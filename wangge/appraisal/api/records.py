"""Trainings and commendations over HTTP, for members themselves and for those who answer for them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Status

from wangge.appraisal.api.paging import PageQuery, page
from wangge.appraisal.policies import Perm
from wangge.appraisal.schemas import judging as schemas
from wangge.appraisal.selectors import records as reading
from wangge.appraisal.selectors.judging import rules
from wangge.appraisal.services import records
from wangge.kit.errors import Invalid, field_error
from wangge.kit.policy import requires
from wangge.org.http import Signed

router = Router(tags=["appraisal"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/records/trainings", response=schemas.TrainingPage, summary="培训记录")
@requires(Perm.READ_RECORD)
def list_trainings(request: Signed, query: Query[PageQuery]) -> Any:
    items, rest = page(reading.trainings(request.actor), query)
    return {"items": reading.training_documents(items, request.actor), **rest}


@router.post("/records/trainings", response={201: schemas.TrainingOut}, summary="登记培训")
@requires(Perm.CHANGE_RECORD)
def add_training(request: Signed, body: schemas.TrainingIn) -> Any:
    trainees = {one.user_id: one.passed for one in body.trainees}
    if len(trainees) < len(body.trainees):
        raise Invalid(errors=[field_error("body.trainees", "有人重复", "somebody is named twice")])
    said = body.model_dump(exclude={"trainees", "note"})
    made = records.add_training(**said, remark=body.note, trainees=trainees, by=request.actor)
    return Status(201, reading.training_documents([made], request.actor)[0])


@router.delete("/records/trainings/{training_id}", response={204: None}, summary="删除登记错误的培训")
@requires(Perm.CHANGE_RECORD)
def remove_training(request: Signed, training_id: UUID, body: schemas.ReasonIn) -> Any:
    records.remove_training(training_id=training_id, reason=body.reason, by=request.actor)
    return Status(204, None)


@router.get("/records/commendations", response=schemas.CommendationPage, summary="表彰记录")
@requires(Perm.READ_RECORD)
def list_commendations(request: Signed, query: Query[PageQuery]) -> Any:
    book = rules()
    items, rest = page(reading.commendations(request.actor), query)
    return {
        "items": [reading.commendation_document(one, book) for one in items],
        **rest,
        "kinds": [{"code": code, **kind.model_dump()} for code, kind in book.judgement.commendations.items()],
    }


@router.post("/records/commendations", response={201: schemas.CommendationOut}, summary="登记表彰")
@requires(Perm.CHANGE_RECORD)
def commend(request: Signed, body: schemas.CommendationIn) -> Any:
    made = records.commend(**body.model_dump(), by=request.actor)
    return Status(201, reading.commendation_document(made, rules()))


@router.delete("/records/commendations/{commendation_id}", response={204: None}, summary="删除登记错误的表彰")
@requires(Perm.CHANGE_RECORD)
def remove_commendation(request: Signed, commendation_id: UUID, body: schemas.ReasonIn) -> Any:
    records.remove_commendation(commendation_id=commendation_id, reason=body.reason, by=request.actor)
    return Status(204, None)


@router.get("/records/members", response=schemas.MemberList, summary="网格员名册")
@requires(Perm.READ_RECORD)
def list_members(request: Signed, query: Query[PageQuery], unit: UUID | None = None) -> Any:
    found = reading.members(request.actor, unit=unit)
    items = found[query.cursor : query.cursor + query.limit]
    end = query.cursor + len(items)
    return {
        "items": [reading.member_row(one) for one in items],
        "next": str(end) if end < len(found) else None,
        "total": len(found),
    }


@router.get("/records/export.xlsx", summary="导出培训与表彰记录")
@requires(Perm.READ_RECORD)
def export_records(request: Signed, unit: UUID | None = None) -> HttpResponse:
    response = HttpResponse(reading.workbook(request.actor, rules(), unit=unit), content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote('网格员培训与表彰记录.xlsx')}"
    response["Cache-Control"] = "no-store"
    return response


@router.get("/records/members/{user_id}", response=schemas.MemberOut, summary="网格员记录")
@requires(Perm.READ_RECORD)
def show_member(request: Signed, user_id: UUID) -> Any:
    return reading.member_document(user_id, request.actor, rules())
