"""Cases that may be one matter, over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from ninja import Router
from pydantic import Field

from wangge.casework import selectors as casework
from wangge.casework.models import Case
from wangge.casework.policies import Perm
from wangge.casework.services import merge
from wangge.intake.selectors import sameness
from wangge.intake.services import sameness as services
from wangge.kit import crypto
from wangge.kit.policy import requires
from wangge.kit.schema import In, Out
from wangge.org import channels
from wangge.org.http import Signed

router = Router()


class AreaNamed(Out):
    id: UUID
    name: str


class SameCase(Out):
    id: UUID
    number: str
    title: str
    state: str
    state_name: str
    submitted_at: dt.datetime
    area: AreaNamed | None


class SameReason(Out):
    zh: str
    en: str


class SameOut(Out):
    case: SameCase
    probability: float
    reasons: list[SameReason]


class AskedOut(Out):
    """A caller of the matter, by the channel they came by."""

    case: SameCase
    channel: str
    channel_name: str
    phone_masked: str
    asked: bool
    calls: int
    reached: bool
    resolved: bool | None
    rating: int | None
    due_at: dt.datetime | None
    answered_at: dt.datetime | None
    in_time: bool | None


class SameView(Out):
    candidates: list[SameOut]
    merged: list[SameCase]
    channels_asked: list[AskedOut]


class SameIn(In):
    same: Annotated[bool, Field(strict=True)]
    reason: Annotated[str, Field(max_length=500)]


@router.get("/cases/{case_id}/same", response=SameView, summary="可能重复的案件与并入的案件")
@requires(Perm.READ)
def list_same(request: Signed, case_id: UUID) -> Any:
    return _view(casework.case_of(case_id, actor=request.actor), request)


@router.post("/cases/{case_id}/same/{other_id}", response=SameView, summary="认定为同一件事或不是同一件事")
@requires(Perm.MERGE)
def decide_same(request: Signed, case_id: UUID, other_id: UUID, body: SameIn) -> Any:
    """One matter: merged into the other. Not one: not offered again, and a merge is taken apart."""
    case = services.decide(case_id=case_id, other_id=other_id, same=body.same, reason=body.reason, by=request.actor)
    return _view(case, request)


def _view(case: Case, request: Signed) -> dict[str, Any]:
    actor = request.actor
    merged = sameness.merged_into(case, actor=actor)
    found = [] if case.state == "merged" else sameness.candidates_of(case, actor=actor)
    gone = {one.pk for one in merged}
    callers = [one for one in (case, *merged) if one.needs_call_back or one.channel in merge.PROMISING_CHANNELS]
    return {
        "candidates": [one.document() for one in found if one.case.pk not in gone],
        "merged": [sameness.case_document(one) for one in merged],
        "channels_asked": [_asked(one) for one in callers],
    }


def _asked(case: Case) -> dict[str, Any]:
    phone = case.reporter_phone_encrypted
    channel = channels.known().get(case.channel)
    return {
        "case": sameness.case_document(case),
        "channel": case.channel,
        "channel_name": channel.name if channel is not None else case.channel,
        "phone_masked": crypto.mask_phone(crypto.decrypt(phone, context="case:reporter_phone")) if phone else "",
        "asked": case.reached or case.rating is not None,
        "calls": case.calls,
        "reached": case.reached,
        "resolved": case.resolved,
        "rating": case.rating,
        "due_at": case.due_at,
        "answered_at": case.closed_at,
        "in_time": case.closed_in_time,
    }
