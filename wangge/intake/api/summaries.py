"""A machine-made summary of a case over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router

from wangge.intake.policies import Perm
from wangge.intake.services import summaries
from wangge.kit.policy import requires
from wangge.kit.schema import Out
from wangge.org.http import Signed

router = Router()


class SummaryOut(Out):
    """Show it as machine-made (机器生成), with the model's name."""

    text: str
    model: str


@router.post("/cases/{case_id}/summary", response=SummaryOut, summary="机器概括（须配置模型服务）")
@requires(Perm.SUMMARISE)
def summarise_case(request: Signed, case_id: UUID) -> Any:
    """409 `no_model_server` where the operator has configured none."""
    return summaries.summarise(case_id=case_id, by=request.actor)
