"""Schemes of scores over HTTP: drafted, tried out, published by another, never changed afterwards."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router, Status

from wangge.appraisal import periods
from wangge.appraisal.policies import Perm
from wangge.appraisal.schemas import results as schemas
from wangge.appraisal.selectors import indicators, league
from wangge.appraisal.services import schemes
from wangge.kit.policy import requires
from wangge.org.http import Signed

router = Router(tags=["appraisal"])


@router.get("/schemes", response=schemas.SchemesOut, summary="评分方案")
@requires(Perm.READ_RESULT)
def list_schemes(request: Signed) -> Any:
    return {"items": indicators.scheme_documents()}


@router.post("/schemes", response={201: schemas.VersionOut}, summary="起草评分方案")
@requires(Perm.DRAFT_SCHEME)
def draft_scheme(request: Signed, body: schemas.DraftIn) -> Any:
    made = schemes.draft(
        code=body.scheme, content=body.content.model_dump(), reason=body.reason, by=request.actor
    )  # fmt: skip
    return Status(201, indicators.version_document(made))


@router.patch("/schemes/{version_id}", response=schemas.VersionOut, summary="修改草稿")
@requires(Perm.DRAFT_SCHEME)
def change_scheme(request: Signed, version_id: UUID, body: schemas.ChangeIn) -> Any:
    changed = schemes.change(
        version_id=version_id, content=body.content.model_dump(), reason=body.reason, by=request.actor
    )
    return indicators.version_document(changed)


@router.post("/schemes/{version_id}/publish", response=schemas.VersionOut, summary="发布评分方案")
@requires(Perm.PUBLISH_SCHEME)
def publish_scheme(request: Signed, version_id: UUID, body: schemas.PublishIn) -> Any:
    """By somebody other than the drafter; periods that have begun keep the version they began with."""
    published = schemes.publish(version_id=version_id, valid_from=body.valid_from, reason=body.reason, by=request.actor)
    return indicators.version_document(published)


@router.post("/schemes/{version_id}/withdraw", response=schemas.VersionOut, summary="撤回草稿")
@requires(Perm.DRAFT_SCHEME, Perm.PUBLISH_SCHEME)
def withdraw_scheme(request: Signed, version_id: UUID, body: schemas.WithdrawIn) -> Any:
    return indicators.version_document(schemes.withdraw(version_id=version_id, reason=body.reason, by=request.actor))


@router.post("/what-if", response=schemas.WhatIfOut, summary="试算评分方案")
@requires(Perm.READ_RESULT)
def try_scheme(request: Signed, body: schemas.WhatIfIn) -> Any:
    """Scores as they would be under other weights and targets, beside those in force; nothing is saved."""
    period = periods.parse(body.period)
    found = indicators.scheme(body.scheme)
    content = schemes.checked(scheme=found, content=body.content.model_dump(), at=period.start)
    return league.what_if(period=period, scheme=body.scheme, content=content)
