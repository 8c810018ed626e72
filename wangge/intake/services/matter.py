"""The life of the classifier: asked to learn, learning in the worker, taken into use or rolled back."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from uuid import UUID

from procrastinate.contrib.django import app

from wangge.intake.selectors import matter as selectors
from wangge.intake.services import training
from wangge.kit import learning
from wangge.kit.errors import NotFound, Problem
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.responsibility import selectors as responsibility
from wangge.responsibility import services as versions
from wangge.responsibility.models import LearnedModel, ModelState

log = logging.getLogger("wangge.intake")

NAME = "事项模型训练"
TOLD_EVERY = 1.0  # seconds between two signs of progress

_STEPS: dict[str, Callable[..., LearnedModel]] = {
    "activate": versions.activate,
    "retire": versions.retire,
    "rollback": versions.rollback,
}


def ask(*, by: Actor) -> LearnedModel:
    """A new version, to be trained by the worker."""
    row = versions.begin(by=by)
    defer(row.pk)
    return row


def defer(model_id: UUID) -> None:
    app.configure_task("intake:model:train", queue="intake").defer(model_id=str(model_id))


def step(*, model_id: UUID, step: str, reason: str, by: Actor) -> LearnedModel:
    if step not in _STEPS:
        raise NotFound
    return _STEPS[step](model_id=model_id, reason=reason, by=by)


def run(*, model_id: UUID, wanted: Callable[[], bool] = lambda: True) -> LearnedModel | None:
    """Train the version to its end; None when it is not to be trained any more. `wanted` is asked now and then."""
    by = scope.system_actor(NAME)
    with scope.acting(by):
        if not versions.take_up(model_id=model_id):
            return None
        rules = responsibility.rules()
        found = selectors.examples(rules)
        active = LearnedModel.objects.filter(state=ModelState.ACTIVE).first()
    try:
        outcome = training.train(found, rules, model_id, active, _teller(model_id, wanted))
    except Problem as problem:
        log.warning("version %s was not trained: %s", model_id, problem.detail_en or problem.title_en)
        with scope.acting(by):
            zh, en = problem.detail_zh or problem.title_zh, problem.detail_en or problem.title_en
            versions.fail(model_id=model_id, zh=zh, en=en)
        return None
    with scope.acting(by):
        row = versions.finish(model_id=model_id, outcome=outcome, by=by)
        if rules.by_itself and row.figures["good_enough"]:
            row = versions.activate(model_id=row.pk, reason="评估不低于现用版本，自动启用", by=by)
        versions.prune(kept=rules.kept)
    return row


def _teller(model_id: UUID, wanted: Callable[[], bool]) -> training.Tell:
    last = [-TOLD_EVERY]

    def tell(stage: str, done: float) -> None:
        if time.monotonic() - last[0] < TOLD_EVERY:
            return
        last[0] = time.monotonic()
        if not wanted() or not versions.beat(model_id=model_id, progress=done, stage=stage):
            raise learning.LearningStopped

    return tell


def take_up_lost() -> int:
    """Trainings that broke off begin again; how many."""
    lost = versions.lost()
    for model_id in lost:
        versions.beat(model_id=model_id, progress=0, stage="重新开始")
        defer(model_id)
    return len(lost)


def ask_when_due() -> LearnedModel | None:
    """Once a week: learn again when enough has been closed since."""
    rules = responsibility.rules()
    with scope.acting(scope.system_actor(NAME)) as by:
        if LearnedModel.objects.filter(state=ModelState.TRAINING).exists():
            return None
        return ask(by=by) if selectors.new_examples() >= max(rules.learns_after, 1) else None
