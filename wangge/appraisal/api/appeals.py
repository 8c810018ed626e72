"""Appeals over HTTP: seen by the unit that made them and by those who decide; anybody else finds none."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from ninja import Query, Router, Status

from wangge.appraisal import periods
from wangge.appraisal.api.paging import OfPeriod, page
from wangge.appraisal.policies import Perm
from wangge.appraisal.schemas import judging as schemas
from wangge.appraisal.selectors import appeals as reading
from wangge.appraisal.selectors.judging import rules
from wangge.appraisal.services import appeals
from wangge.kit.policy import requires
from wangge.org.http import Signed

router = Router(tags=["appraisal"])


class AppealQuery(OfPeriod):
    state: Literal["", "made", "upheld", "partly", "refused", "withdrawn"] = ""


@router.get("/appeals", response=schemas.AppealPage, summary="申诉")
@requires(Perm.MAKE_APPEAL, Perm.DECIDE_APPEAL, Perm.READ_RESULT)
def list_appeals(request: Signed, query: Query[AppealQuery]) -> Any:
    actor = request.actor
    found = reading.listing(actor=actor, state=query.state, unit=query.unit, **query.days())
    items, rest = page(found, query)
    return {
        "items": [reading.row(one, actor) for one in items],
        **rest,
        "to_decide": reading.to_decide(actor),
        "waiting": reading.waiting(actor),
        "working_days": rules().judgement.appeals.working_days,
    }


@router.post("/appeals", response={201: schemas.AppealOut}, summary="提出申诉")
@requires(Perm.MAKE_APPEAL)
def make_appeal(request: Signed, body: schemas.AppealIn) -> Any:
    chosen = periods.parse(body.period)
    made = appeals.make(
        unit_id=body.unit_id,
        case_id=body.case_id,
        start=chosen.start,
        end=chosen.end,
        statement=body.statement,
        indicators=body.indicators,
        attachment_ids=body.attachments,
        by=request.actor,
    )
    return Status(201, reading.document(made, request.actor))


@router.get("/appeals/{appeal_id}", response=schemas.AppealOut, summary="申诉详情")
@requires(Perm.MAKE_APPEAL, Perm.DECIDE_APPEAL, Perm.READ_RESULT)
def show_appeal(request: Signed, appeal_id: UUID) -> Any:
    return reading.document(reading.appeal(appeal_id, request.actor), request.actor)


@router.post("/appeals/{appeal_id}/decision", response=schemas.AppealOut, summary="裁决申诉")
@requires(Perm.DECIDE_APPEAL)
def decide_appeal(request: Signed, appeal_id: UUID, body: schemas.AppealDecisionIn) -> Any:
    done = appeals.decide(appeal_id=appeal_id, **body.model_dump(), by=request.actor)
    return reading.document(done, request.actor)


@router.post("/appeals/{appeal_id}/withdraw", response=schemas.AppealOut, summary="撤回申诉")
@requires(Perm.MAKE_APPEAL)
def withdraw_appeal(request: Signed, appeal_id: UUID, body: schemas.ReasonIn) -> Any:
    done = appeals.withdraw(appeal_id=appeal_id, reason=body.reason, by=request.actor)
    return reading.document(done, request.actor)
