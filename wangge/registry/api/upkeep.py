"""Keeping the register in order: who is in it twice, what is to be erased, which keys seal it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from ninja import Router, Status

from wangge.kit.policy import requires
from wangge.org.http import Signed
from wangge.registry.policies import Perm
from wangge.registry.schemas import governance as schemas
from wangge.registry.schemas.people import Twice
from wangge.registry.selectors import maintenance, twice
from wangge.registry.services import retention, rotation, upkeep

router = Router(tags=["registry"])


@router.get("/doubles", response=list[Twice], summary="疑似重复登记")
@requires(Perm.PERSON_CHANGE)
def doubles(request: Signed, area: UUID | None = None) -> Any:
    """People who may be registered twice, among those the caller keeps."""
    return twice.groups(actor=request.actor, area_id=area)


@router.get("/retention", response=schemas.RetentionOut, summary="保存期限与删除证明")
@requires(Perm.RETENTION_RUN)
def retention_report(request: Signed) -> Any:
    """What is to be erased now, counts only; and the proofs of what was."""
    return {
        "classes": [asdict(one) for one in retention.due()],
        "runs": maintenance.runs(retention.DELETE),
        "running": maintenance.ordered(upkeep.RETENTION),
    }


@router.post("/retention/run", response={202: schemas.RetentionOut}, summary="删除到期数据")
@requires(Perm.RETENTION_RUN)
def run_retention(request: Signed) -> Any:
    """What the night would erase, now; in the worker."""
    upkeep.order(upkeep.RETENTION, by=request.actor)
    return Status(202, retention_report(request))


@router.get("/retention/verify", response=schemas.VerifiedOut, summary="核对删除证明")
@requires(Perm.RETENTION_RUN)
def verify_retention(request: Signed, run: UUID) -> Any:
    """Whether the log, which cannot be altered, gives the very digest of the run."""
    return {"verified": retention.verified(run)}


@router.get("/keys", response=schemas.KeysOut, summary="密钥使用情况")
@requires(Perm.KEYS_ROTATE)
def keys_report(request: Signed) -> Any:
    """How much each key still holds; no key and no value."""
    return {
        "keys": [asdict(one) for one in rotation.key_uses_of_all()],
        "reindexed": rotation.reindexed(),
        "runs": maintenance.runs(rotation.RESEAL, rotation.REINDEX),
        "running": maintenance.ordered(upkeep.RESEAL),
    }


@router.post("/keys/reseal", response={202: schemas.KeysOut}, summary="用现用密钥重新加密")
@requires(Perm.KEYS_ROTATE)
def reseal(request: Signed) -> Any:
    """Everything an older key holds comes under the present one, in the worker, while everybody works on."""
    upkeep.order(upkeep.RESEAL, by=request.actor)
    return Status(202, keys_report(request))
