"""Versions of the classifier over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from ninja import Router, Status
from pydantic import Field

from wangge.intake.selectors import matter as selectors
from wangge.intake.services import matter as services
from wangge.kit.policy import requires
from wangge.kit.schema import In, Out
from wangge.org.http import Signed
from wangge.org.scope import Actor
from wangge.responsibility import learned
from wangge.responsibility.models import LearnedModel, ModelState
from wangge.responsibility.policies import Perm

router = Router()


class ModelAction(Out):
    step: str
    label: str
    label_en: str
    needs_reason: bool


class ModelFault(Out):
    zh: str
    en: str


class ModelOut(Out):
    """`figures`: of the newest cases, which the model had not seen; `against_active` what is in use made of them."""

    id: UUID
    version: int
    state: str
    state_name: str
    progress: float
    stage: str
    examples: int
    corrections: int
    categories: int
    threshold: float | None
    figures: dict[str, Any]
    size: int
    fault: ModelFault | None
    made_at: dt.datetime
    made_by: str
    learned_until: dt.datetime | None
    activated_at: dt.datetime | None
    activated_by: str
    reason: str
    actions: list[ModelAction]


class ModelsOut(Out):
    items: list[ModelOut]
    new_examples: int
    actions: list[ModelAction]


class ModelStepIn(In):
    reason: Annotated[str, Field(max_length=500)] = ""


def _actions(row: LearnedModel, actor: Actor) -> list[dict[str, Any]]:
    if not actor.may(Perm.MODEL_MANAGE):
        return []
    worse = row.state == ModelState.READY and not row.figures.get("good_enough", False)
    offered = {
        ModelState.TRAINING: [("retire", "停止训练", "Stop", True)],
        ModelState.READY: [("activate", "启用", "Use", worse), ("retire", "弃用", "Discard", True)],
        ModelState.ACTIVE: [("rollback", "退回上一版", "Go back", True), ("retire", "停用", "Take out of use", True)],
        ModelState.RETIRED: [("activate", "重新启用", "Use again", False)] if row.path else [],
    }.get(ModelState(row.state), [])
    return [{"step": step, "label": zh, "label_en": en, "needs_reason": why} for step, zh, en, why in offered]


def _fault(row: LearnedModel) -> dict[str, str] | None:
    if row.state == ModelState.FAILED:
        return {"zh": row.error, "en": row.error_en}
    found = learned.fault_of(row) if row.path and row.state != ModelState.TRAINING else None
    return {"zh": found[0], "en": found[1]} if found else None


def _out(row: LearnedModel, actor: Actor) -> dict[str, Any]:
    names = (
        "id", "version", "state", "progress", "stage", "examples", "corrections", "categories", "threshold", "figures",
        "size", "made_at", "learned_until", "activated_at", "reason",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {
        "state_name": ModelState(row.state).label,
        "fault": _fault(row),
        "made_by": row.made_by_name,
        "activated_by": row.activated_by_name,
        "actions": _actions(row, actor),
    }


@router.get("/intake/models", response=ModelsOut)
@requires(Perm.MODEL_READ)
def list_models(request: Signed) -> Any:
    rows = selectors.versions()
    busy = any(row.state == ModelState.TRAINING for row in rows)
    train = {"step": "train", "label": "重新训练", "label_en": "Train", "needs_reason": False}
    return {
        "items": [_out(row, request.actor) for row in rows],
        "new_examples": selectors.new_examples(),
        "actions": [train] if request.actor.may(Perm.MODEL_MANAGE) and not busy else [],
    }


@router.post("/intake/models", response={202: ModelOut})
@requires(Perm.MODEL_MANAGE)
def train_model(request: Signed) -> Any:
    """Learn from the closed cases; the worker does it, `progress` tells how far it is."""
    return Status(202, _out(services.ask(by=request.actor), request.actor))


@router.post("/intake/models/{model_id}/steps/{step}", response=ModelOut)
@requires(Perm.MODEL_MANAGE)
def model_step(request: Signed, model_id: UUID, step: str, body: ModelStepIn) -> Any:
    """activate, retire or rollback; every process follows within seconds."""
    row = services.step(model_id=model_id, step=step, reason=body.reason, by=request.actor)
    return _out(row, request.actor)
