"""Versions of the learned model: begun, finished, taken into use, rolled back. One is in use, one may be training."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from wangge.audit import services as audit
from wangge.kit import clock, files
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.org.scope import Actor
from wangge.responsibility import book, learned
from wangge.responsibility.models import LearnedModel, ModelState, ReadingRules
from wangge.responsibility.reading_rules import ReadingFile

LOST_AFTER = dt.timedelta(minutes=3)
MOST_ATTEMPTS = 3
_LONGEST_REASON = 500
_LOCK = "select pg_advisory_xact_lock(hashtext('wangge learned models'))"


class ModelBusy(Conflict):
    code = "model_busy"
    title_zh = "已有一版模型正在训练"
    title_en = "A version is being trained already"


class WorseModel(Conflict):
    code = "worse_model"
    title_zh = "这一版不如正在使用的，启用须说明理由"
    title_en = "This version is worse than the one in use: a reason is needed"


class NoStepBack(Conflict):
    code = "no_step_back"
    title_zh = "没有可以退回的上一版"
    title_en = "There is no earlier version to go back to"


class NotNow(Conflict):
    code = "model_not_ready"
    title_zh = "这一版现在不能这样处理"
    title_en = "This version cannot be dealt with like that now"


@dataclass(frozen=True)
class Outcome:
    """What training has made: the file's place and digest, and how good it is."""

    path: str
    size: int
    sha256: str
    examples: int
    corrections: int
    categories: int
    figures: Mapping[str, Any]
    joining: Mapping[str, float]
    threshold: float
    learned_until: dt.datetime


def load_reading(file: ReadingFile) -> None:
    """How texts are read here from now on."""
    row = ReadingRules(id=1, content=file.model_dump(mode="json"))
    with transaction.atomic():
        ReadingRules.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["content"])
        book.announce_write()


@transaction.atomic
def begin(*, by: Actor) -> LearnedModel:
    """A version that waits for the worker."""
    _lock()
    if LearnedModel.objects.filter(state=ModelState.TRAINING).exists():
        raise ModelBusy
    newest = LearnedModel.objects.aggregate(newest=Max("version"))["newest"] or 0
    now = clock.now()
    row = LearnedModel.objects.create(
        version=newest + 1,
        state=ModelState.TRAINING,
        made_by=by.user_id,
        made_by_name=by.name,
        made_at=now,
        beat_at=now,
    )
    _record(row, "begun", by, now, {})
    return row


def beat(*, model_id: UUID, progress: float, stage: str) -> bool:
    """The training is alive; False when it is not wanted any more."""
    alive = LearnedModel.objects.filter(pk=model_id, state=ModelState.TRAINING)
    return bool(alive.update(progress=min(max(progress, 0.0), 1.0), stage=stage[:40], beat_at=clock.now()))


def alive(*, model_id: UUID) -> bool:
    """As `beat`, with no news."""
    return bool(LearnedModel.objects.filter(pk=model_id, state=ModelState.TRAINING).update(beat_at=clock.now()))


@transaction.atomic
def take_up(*, model_id: UUID) -> bool:
    """Another attempt begins; False when the version is not training, or has been tried often enough."""
    _lock()
    row = LearnedModel.objects.select_for_update().filter(pk=model_id, state=ModelState.TRAINING).first()
    if row is None:
        return False
    row.attempts += 1
    if row.attempts > MOST_ATTEMPTS:
        _fail(row, "训练多次中断，请查看服务器内存和日志", "training broke off several times; look at memory and logs")
        return False
    row.beat_at, row.progress, row.stage = clock.now(), 0, ""
    row.save(update_fields=["attempts", "beat_at", "progress", "stage"])
    return True


def lost() -> list[UUID]:
    """Versions whose training shows no sign of life."""
    since = clock.now() - LOST_AFTER
    return list(LearnedModel.objects.filter(state=ModelState.TRAINING, beat_at__lt=since).values_list("pk", flat=True))


@transaction.atomic
def finish(*, model_id: UUID, outcome: Outcome, by: Actor) -> LearnedModel:
    _lock()
    row = _row(model_id)
    if row.state != ModelState.TRAINING:
        raise NotNow
    row.state, row.progress, row.stage = ModelState.READY, 1, ""
    row.path, row.size, row.sha256 = outcome.path, outcome.size, outcome.sha256
    row.examples, row.corrections, row.categories = outcome.examples, outcome.corrections, outcome.categories
    row.figures, row.joining = dict(outcome.figures), dict(outcome.joining)
    row.threshold, row.learned_until = outcome.threshold, outcome.learned_until
    row.save()
    facts = {"examples": row.examples, "categories": row.categories, "sha256": row.sha256}
    _record(row, "finished", by, clock.now(), facts)
    return row


@transaction.atomic
def fail(*, model_id: UUID, zh: str, en: str) -> None:
    _lock()
    row = LearnedModel.objects.select_for_update().filter(pk=model_id, state=ModelState.TRAINING).first()
    if row is not None:
        _fail(row, zh, en)


def _fail(row: LearnedModel, zh: str, en: str) -> None:
    row.state, row.error, row.error_en = ModelState.FAILED, zh[:300], en[:300]
    row.save(update_fields=["state", "error", "error_en", "attempts"])


@transaction.atomic
def activate(*, model_id: UUID, reason: str, by: Actor) -> LearnedModel:
    """Use this version from now on. One that is worse than what is in use needs a reason; a damaged one is refused."""
    _lock()
    row = _row(model_id)
    if row.state not in {ModelState.READY, ModelState.RETIRED}:
        raise NotNow
    if row.state == ModelState.READY and not row.figures.get("good_enough", False) and len(reason.strip()) < 4:
        raise WorseModel
    return _use(row, "activated", reason, by)


@transaction.atomic
def retire(*, model_id: UUID, reason: str, by: Actor) -> LearnedModel:
    """Out of use; when it was the one in use, keywords alone decide from now on."""
    _lock()
    row = _row(model_id)
    if row.state not in {ModelState.ACTIVE, ModelState.READY, ModelState.TRAINING}:
        raise NotNow
    _check(reason)
    now = clock.now()
    if row.state == ModelState.TRAINING:
        row.reason = reason.strip()
        _fail(row, "已由人停止", "stopped by a person")
    else:
        row.state, row.retired_at, row.reason = ModelState.RETIRED, now, reason.strip()
        row.save(update_fields=["state", "retired_at", "reason"])
    _record(row, "retired", by, now, {"reason": reason.strip()})
    book.announce_write()
    return row


@transaction.atomic
def rollback(*, model_id: UUID, reason: str, by: Actor) -> LearnedModel:
    """From this version, which is in use, back to the one used before it."""
    _lock()
    row = _row(model_id)
    if row.state != ModelState.ACTIVE:
        raise NotNow
    _check(reason)
    earlier = LearnedModel.objects.filter(
        state=ModelState.RETIRED, activated_at__isnull=False, activated_at__lt=row.activated_at
    )
    before = earlier.select_for_update().order_by("-activated_at").first()
    if before is None:
        raise NoStepBack
    return _use(before, "rolled_back", reason, by, to_before=True)


def _use(row: LearnedModel, verb: str, reason: str, by: Actor, *, to_before: bool = False) -> LearnedModel:
    learned.open_file(row)  # refused before anything depends on it
    now = clock.now()
    leaving = LearnedModel.objects.filter(state=ModelState.ACTIVE).first()
    if leaving is not None:
        leaving.state, leaving.retired_at = ModelState.RETIRED, now
        leaving.save(update_fields=["state", "retired_at"])
    row.state, row.retired_at, row.reason = ModelState.ACTIVE, None, reason.strip()[:_LONGEST_REASON]
    if not to_before:  # the next step back goes further back, not to and fro
        row.activated_at = now
    row.activated_by, row.activated_by_name = by.user_id, by.name
    row.save()
    facts = {"reason": row.reason, "before": leaving.version if leaving else None, "sha256": row.sha256}
    _record(row, verb, by, now, facts)
    book.announce_write()
    return row


def prune(*, kept: int) -> None:
    """Files of versions long out of use go; their rows and figures stay."""
    old = LearnedModel.objects.filter(state__in=[ModelState.RETIRED, ModelState.READY]).exclude(path="")
    for row in old.order_by("-version")[kept:]:
        path = row.path
        LearnedModel.objects.filter(pk=row.pk).update(path="")
        transaction.on_commit(lambda path=path: files.remove(path))  # type: ignore[misc]


def _check(reason: str) -> None:
    if not 4 <= len(reason.strip()) <= _LONGEST_REASON:
        zh, en = f"请填写理由，4 到 {_LONGEST_REASON} 字", f"A reason of 4 to {_LONGEST_REASON} characters is needed"
        raise Invalid(errors=[field_error("body.reason", zh, en)])


def _row(model_id: UUID) -> LearnedModel:
    row = LearnedModel.objects.select_for_update().filter(pk=model_id).first()
    if row is None:
        raise NotFound
    return row


def _lock() -> None:
    """Versions are few: whoever writes them goes one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)


def _record(row: LearnedModel, verb: str, by: Actor, at: dt.datetime, data: Mapping[str, Any]) -> None:
    audit.record(
        subject_type="learned_model",
        subject_id=row.pk,
        action=f"responsibility:model:{verb}",
        actor=by,
        data={"version": row.version, **data},
        at=at,
    )
