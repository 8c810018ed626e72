"""The register of exclusions over HTTP: open to all who read results."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from ninja import Query, Router, Status

from wangge.appraisal import periods
from wangge.appraisal.api.paging import OfPeriod, page
from wangge.appraisal.policies import Perm
from wangge.appraisal.schemas import judging as schemas
from wangge.appraisal.selectors import exclusions as reading
from wangge.appraisal.selectors.judging import rules
from wangge.appraisal.services import exclusions
from wangge.kit.policy import requires
from wangge.org.http import Signed

router = Router(tags=["appraisal"])


class ExclusionQuery(OfPeriod):
    state: Literal["", "asked", "granted", "refused", "withdrawn"] = ""


@router.get("/exclusions", response=schemas.ExclusionPage, summary="剔除登记")
@requires(Perm.READ_RESULT)
def list_exclusions(request: Signed, query: Query[ExclusionQuery]) -> Any:
    book = rules()
    items, rest = page(reading.listing(**query.days(), unit=query.unit, state=query.state), query)
    return {
        "items": [reading.document(one, request.actor, book) for one in items],
        **rest,
        "to_decide": reading.to_decide(request.actor),
        "reasons": [
            {"code": code, **one.model_dump()} for code, one in book.judgement.exclusion_reasons.items()
        ],
    }  # fmt: skip


@router.post("/exclusions", response={201: schemas.ExclusionOut}, summary="申请剔除案件")
@requires(Perm.MAKE_APPEAL, Perm.DECIDE_EXCLUSION)
def ask_exclusion(request: Signed, body: schemas.ExclusionIn) -> Any:
    chosen = periods.parse(body.period)
    made = exclusions.ask(
        **body.model_dump(exclude={"period"}), start=chosen.start, end=chosen.end, by=request.actor
    )  # fmt: skip
    return Status(201, reading.document(made, request.actor, rules()))


@router.post("/exclusions/{exclusion_id}/decision", response=schemas.ExclusionOut, summary="决定是否剔除")
@requires(Perm.DECIDE_EXCLUSION)
def decide_exclusion(request: Signed, exclusion_id: UUID, body: schemas.GrantIn) -> Any:
    done = exclusions.decide(exclusion_id=exclusion_id, granted=body.granted, reason=body.reason, by=request.actor)
    return reading.document(done, request.actor, rules())


@router.post("/exclusions/{exclusion_id}/withdraw", response=schemas.ExclusionOut, summary="撤销剔除")
@requires(Perm.MAKE_APPEAL, Perm.DECIDE_EXCLUSION)
def withdraw_exclusion(request: Signed, exclusion_id: UUID, body: schemas.ReasonIn) -> Any:
    done = exclusions.withdraw(exclusion_id=exclusion_id, reason=body.reason, by=request.actor)
    return reading.document(done, request.actor, rules())
