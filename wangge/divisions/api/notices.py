"""What units and people are told of changes of their grids."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router

from wangge.divisions import schemas
from wangge.divisions.selectors import notices as reading
from wangge.divisions.services import notices
from wangge.kit.policy import requires
from wangge.org.http import Signed

router = Router(tags=["divisions"])


@router.get("/notices", response=schemas.DivisionNotices, summary="网格调整通知")
@requires()
def list_notices(request: Signed) -> Any:
    """One's own and those to one's unit, newest first."""
    return reading.listing(actor=request.actor)


@router.post("/notices/{told_id}/read", response=schemas.DivisionNoticeOut, summary="已阅网格调整通知")
@requires()
def read_notice(request: Signed, told_id: UUID) -> Any:
    return reading.document(notices.mark_read(notice_id=told_id, by=request.actor))
