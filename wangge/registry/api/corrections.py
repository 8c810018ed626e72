"""Proposed corrections over HTTP: seen by who proposed and who answers, looked at with a purpose, decided once."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import BaseModel, Field

from wangge.audit import services as audit
from wangge.kit.policy import requires
from wangge.org.http import Signed, client_address
from wangge.registry.api.looking import SHORTEST_PURPOSE, pace_look, refusals_kept
from wangge.registry.policies import Perm
from wangge.registry.schemas import corrections as schemas
from wangge.registry.selectors import corrections as reading
from wangge.registry.services import corrections
from wangge.registry.services.keeping import stated

router = Router(tags=["registry"])


class Asked(BaseModel):
    view: Literal["desk", "mine", "all"] = "desk"
    state: Literal["", "proposed", "accepted", "refused", "outdated"] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[int, Field(ge=0, le=1_000_000)] = 0


@router.get("/corrections", response=schemas.CorrectionPage, summary="更正建议")
@requires(Perm.PERSON_READ)
def list_corrections(request: Signed, query: Query[Asked]) -> Any:
    """`desk`: those that the caller's unit answers; `mine`: those the caller proposed; `all`: of people in sight."""
    found = reading.corrections(actor=request.actor, view=query.view, state=query.state)
    total = found.count()
    items = list(found[query.cursor : query.cursor + query.limit])
    end = query.cursor + len(items)
    shown = reading.documents(items, actor=request.actor)
    return {"items": shown, "next": str(end) if end < total else None, "total": total}


@router.post("/corrections/{correction_id}/look", response=schemas.CorrectionValues, summary="查看更正内容（留痕）")
@requires(Perm.PERSON_LOOK)
def look_at_correction(request: Signed, correction_id: UUID, body: schemas.CorrectionLook) -> Any:
    """What is known and what is proposed, whole; for whoever answers it, kept and shown to the person concerned."""
    row = reading.correction_of(correction_id, actor=request.actor)
    with refusals_kept(request, subject="correction", subject_id=row.pk, fields=[row.field]):
        if row.unit_id != request.actor.unit_id:
            raise corrections.NotTheOwner
        purpose = stated("body.purpose", body.purpose, least=SHORTEST_PURPOSE, most=200)
        pace_look(request)
    audit.look(
        actor=request.actor, subject_type="person", subject_id=row.person_id, fields=[row.field], purpose=purpose,
        address=client_address(request),
    )  # fmt: skip
    return reading.whole(row)


@router.post("/corrections/{correction_id}/decision", response=schemas.CorrectionOut, summary="答复更正建议")
@requires(Perm.PERSON_LOOK)
def decide_correction(request: Signed, correction_id: UUID, body: schemas.CorrectionDecision) -> Any:
    row = corrections.decide(correction_id=correction_id, accepted=body.accepted, reason=body.reason, by=request.actor)
    return reading.documents([row], actor=request.actor)[0]
