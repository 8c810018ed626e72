"""A week foretold and kept, and what is proposed because of it (未诉先办)."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.utils import timezone

from wangge.areas.models import Level
from wangge.audit import services as audit
from wangge.casework import services as cases
from wangge.intake.forecasting import model
from wangge.intake.models import Forecast, ForecastCell, PreventiveTask, TaskState
from wangge.intake.selectors import forecast as read
from wangge.intake.selectors.forecast import PREVENTION, Panel
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.org import scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor

LEVELS = (Level.COMMUNITY, Level.GRID)
_KEPT = 0.1  # expected matters below which a cell says nothing
_TOLD_WEEKS = 4  # foretold again to know the error
_PROPOSED, _LEAST, _RISE = 20, 2.0, 1.3
_SHORTEST_REASON = 2


def make(*, day: dt.date | None = None) -> list[Forecast]:
    """Foretell the week of `day` (today) at every level from the weeks before it; made again, it replaces itself."""
    week = read.monday(day or timezone.localdate())
    made = []
    for level in LEVELS:
        with scope.acting(scope.system_actor("未诉先办")):
            panel = read.panel(week=week, level=level)
            if panel is not None and len(panel.counts) >= model.LEAST_WEEKS:
                made.append(_keep(week, level, panel))
    return made


def _keep(week: dt.date, level: Level, panel: Panel) -> Forecast:
    expected = model.forecast(panel.counts, panel.parents)
    errors = model.evaluate(panel.counts, panel.parents, _TOLD_WEEKS)
    before = {
        (area_id, category_id): value
        for area_id, category_id, value in ForecastCell.objects.filter(
            forecast__week=week - dt.timedelta(weeks=1), forecast__level=level
        ).values_list("area_id", "category_id", "expected")
    }
    Forecast.objects.filter(week=week, level=level).delete()
    kept = Forecast.objects.create(
        week=week,
        level=level,
        made_at=clock.now(),
        weeks=len(panel.counts),
        settings=asdict(expected.settings),
        error=asdict(errors) if errors else None,
        last_week=_turned_out(before, panel),
    )
    usual = panel.counts[-8:].mean(axis=0)
    rows = [
        ForecastCell(
            forecast=kept,
            area_id=panel.areas[place].area_id,
            area_pos=panel.areas[place].pos,
            category=panel.classes[kind],
            expected=round(float(expected.mean[place, kind]), 3),
            low=int(expected.low[place, kind]),
            high=int(expected.high[place, kind]),
            usual=round(float(usual[place, kind]), 3),
            before_expected=before.get((panel.areas[place].area_id, panel.classes[kind].pk)),
            before_actual=int(panel.counts[-1, place, kind]),
        )
        for place, kind in zip(*np.nonzero(expected.mean >= _KEPT), strict=True)
    ]
    ForecastCell.objects.bulk_create(rows, batch_size=5_000)
    if level == Level.GRID:
        _propose(kept, rows, panel)
    return kept


def _turned_out(before: dict[tuple[UUID, UUID], float], panel: Panel) -> dict[str, float] | None:
    """The last forecast beside what came; cells it said nothing of count with what came there."""
    if not before:
        return None
    actual = panel.counts[-1]
    known = {
        (version.area_id, kind.pk): actual[place, n]
        for place, version in enumerate(panel.areas)
        for n, kind in enumerate(panel.classes)
    }
    errors = [abs(before.get(key, 0.0) - real) for key, real in known.items()]
    total = float(actual.sum())
    return {"mae": float(np.mean(errors)), "wape": float(np.sum(errors)) / total if total else 0.0, "actual": total}


def _propose(kept: Forecast, rows: list[ForecastCell], panel: Panel) -> None:
    """Where much is expected and more than usual; what somebody decided about already stays as it is."""
    rising = [row for row in rows if row.expected >= _LEAST and row.expected >= _RISE * row.usual]
    rising.sort(key=lambda row: (row.usual - row.expected, row.area_pos))
    place = {version.area_id: n for n, version in enumerate(panel.areas)}
    kind = {one.pk: n for n, one in enumerate(panel.classes)}
    PreventiveTask.objects.filter(week=kept.week, state=TaskState.PROPOSED).delete()
    tasks = []
    for row in rising[:_PROPOSED]:
        leaves = panel.leaves.get((place[row.area_id], kind[row.category_id]), {})
        commonest = max(leaves, key=lambda one: (leaves[one], one.int)) if leaves else None
        names = ("area_id", "area_pos", "category_id", "expected", "low", "high", "usual")
        values = {name: getattr(row, name) for name in names}
        tasks.append(PreventiveTask(week=kept.week, leaf_id=commonest, **values))
    PreventiveTask.objects.bulk_create(tasks, ignore_conflicts=True)


def decide(*, task_id: UUID, step: str, reason: str, by: Actor) -> PreventiveTask:
    """Accept, which makes a case of the channel `prevention`, or dismiss with a reason; once, and logged."""
    with transaction.atomic():
        task = read.tasks(actor=by).select_for_update(of=("self",)).filter(pk=task_id).first()
        if task is None:
            raise NotFound
        if task.state != TaskState.PROPOSED:
            zh = f"该任务已由{task.decided_name}处理（{task.get_state_display()}）"
            raise Conflict(zh, f"{task.decided_name} has decided already: {task.state}", state=task.state)
        if step == "dismiss" and len(reason.strip()) < _SHORTEST_REASON:
            raise Invalid(errors=[field_error("body.reason", "不采纳须说明理由", "Say why it is dismissed")])
        now = clock.now()
        if step == "accept":
            task.case = _case(task, by)
        task.state = TaskState.ACCEPTED if step == "accept" else TaskState.DISMISSED
        task.reason, task.decided_by, task.decided_name, task.decided_at = reason.strip(), by.user_id, by.name, now
        task.save(update_fields=["case", "state", "reason", "decided_by", "decided_name", "decided_at"])
        data: dict[str, Any] = {"week": task.week.isoformat(), "expected": task.expected, "reason": task.reason}
        if task.case is not None:
            data["case"] = {"id": str(task.case.pk), "number": task.case.number}
        audit.record(
            subject_type="preventive_task",
            subject_id=task.pk,
            action=f"intake:forecast:{step}",
            actor=by,
            area_pos=task.area_pos,
            data=data,
            at=now,
        )
    return task


def _case(task: PreventiveTask, by: Actor) -> Any:
    shown = read.area_shown(task.area_pos, task.area_id)
    last = task.week + dt.timedelta(days=6)
    what = task.leaf.name if task.leaf is not None else task.category.name
    return cases.submit(
        title=f"未诉先办：{shown['name']}“{what}”预防性巡查",
        description=(
            f"预计 {task.week:%m月%d日}至{last:%m月%d日} {shown['path']} “{task.category.name}”类事项约 "
            f"{task.expected:.1f} 件（{task.low}–{task.high} 件），近八周周均 {task.usual:.1f} 件。"
            "请提前巡查、走访、处置隐患。"
        ),
        channel=PREVENTION,
        category_code=task.leaf.code if task.leaf is not None else None,
        area_id=task.area_id,
        by=by,
    ).case
