"""What is expected this week, and preventive tasks, over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router, Status
from pydantic import Field

from wangge.areas.models import Level
from wangge.casework.schemas import Day
from wangge.intake import tasks
from wangge.intake.models import ForecastCell, PreventiveTask
from wangge.intake.policies import Perm
from wangge.intake.selectors import forecast as read
from wangge.intake.services import forecast
from wangge.kit.policy import requires
from wangge.kit.schema import In, Out
from wangge.org.http import Signed

router = Router()


class ForecastArea(Out):
    id: UUID
    name: str
    path: str


class ForecastClass(Out):
    code: str
    name: str


class LastWeek(Out):
    expected: float | None
    actual: int


class ForecastItem(Out):
    """`low`–`high` is meant to hold four of five outcomes. `usual`: a week's mean of the eight before."""

    area: ForecastArea
    category: ForecastClass
    expected: float
    low: int
    high: int
    usual: float
    last_week: LastWeek


class ForecastError(Out):
    """Of the last weeks, each foretold from those before it; baselines say "as last week" and "as the last four"."""

    weeks: int
    mae: float
    wape: float
    rmse: float
    coverage: float
    baseline_mae: float
    baseline_rmse: float
    four_weeks_mae: float
    four_weeks_rmse: float


class ForecastOut(Out):
    week: dt.date | None
    level: int
    made_at: dt.datetime | None
    items: list[ForecastItem]
    error: ForecastError | None
    last_week: dict[str, float] | None


class ForecastQuery(In):
    week: Day | None = None
    area: UUID | None = None
    level: Annotated[int, Field(ge=2, le=3)] = 3  # a literal number would not be read from a query
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class TaskCase(Out):
    id: UUID
    number: str


class PreventiveTaskOut(Out):
    id: UUID
    week: dt.date
    area: ForecastArea
    category: ForecastClass
    leaf: ForecastClass | None
    expected: float
    low: int
    high: int
    usual: float
    state: str
    state_name: str
    reason: str
    decided_name: str
    decided_at: dt.datetime | None
    case: TaskCase | None


class PreventiveTaskPage(Out):
    items: list[PreventiveTaskOut]


class TaskDecision(In):
    reason: Annotated[str, Field(max_length=500)] = ""


@router.get("/forecast", response=ForecastOut, summary="未诉先办：本周预计")
@requires(Perm.FORECAST)
def read_forecast(request: Signed, query: Query[ForecastQuery]) -> Any:
    """Expected matters by area and class, most first, with the error of the weeks before."""
    made = read.forecast_of(week=query.week, level=Level(query.level))
    if made is None:
        return {"week": None, "level": query.level, "made_at": None, "items": [], "error": None, "last_week": None}
    found = read.cells(forecast=made, actor=request.actor, area=query.area, most=query.limit)
    return {
        "week": made.week,
        "level": made.level,
        "made_at": made.made_at,
        "items": [_item(one) for one in found],
        "error": _error(made.error) if made.error else None,
        "last_week": made.last_week,
    }


def _error(error: dict[str, Any]) -> dict[str, Any]:
    return {**error, "baseline_mae": error["last_week_mae"], "baseline_rmse": error["last_week_rmse"]}


def _item(cell: ForecastCell) -> dict[str, Any]:
    names = ("category", "expected", "low", "high", "usual")
    return {name: getattr(cell, name) for name in names} | {
        "area": read.area_shown(cell.area_pos, cell.area_id),
        "last_week": {"expected": cell.before_expected, "actual": cell.before_actual},
    }


@router.post("/forecast", response={202: None}, summary="重新预计本周")
@requires(Perm.FORECAST_DECIDE)
def make_forecast(request: Signed) -> Any:
    """Queued for the worker, which does the same each Monday; made again it replaces itself."""
    tasks.defer_forecast()
    return Status(202, None)


@router.get("/forecast/tasks", response=PreventiveTaskPage, summary="预防性任务")
@requires(Perm.FORECAST)
def list_tasks(request: Signed, state: Literal["proposed", "accepted", "dismissed"] | None = None) -> Any:
    found = read.tasks(actor=request.actor)
    return {"items": [_task(one) for one in (found.filter(state=state) if state else found)[:100]]}


@router.post("/forecast/tasks/{task_id}/steps/{step}", response=PreventiveTaskOut, summary="采纳或不采纳")
@requires(Perm.FORECAST_DECIDE)
def decide_task(request: Signed, task_id: UUID, step: Literal["accept", "dismiss"], body: TaskDecision) -> Any:
    """Accepting makes a case of the channel `prevention`; dismissing needs a reason."""
    return _task(forecast.decide(task_id=task_id, step=step, reason=body.reason, by=request.actor))


def _task(task: PreventiveTask) -> dict[str, Any]:
    names = ("id", "week", "category", "leaf", "expected", "low", "high", "usual", "state", "reason", "decided_name")
    return {name: getattr(task, name) for name in (*names, "decided_at", "case")} | {
        "area": read.area_shown(task.area_pos, task.area_id),
        "state_name": task.get_state_display(),
    }
