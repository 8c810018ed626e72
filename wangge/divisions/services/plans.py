"""Making a plan, stopping its design, designing it again, discarding it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from wangge.areas.models import AreaVersion, Level
from wangge.divisions.models import AtomKind, Plan
from wangge.divisions.policies import Perm
from wangge.divisions.services import designing
from wangge.divisions.services.acting import area_for, locked, record, step_of
from wangge.divisions.services.gathering import container
from wangge.divisions.workflow import State, Step
from wangge.kit import clock
from wangge.kit.errors import Forbidden, Invalid, field_error
from wangge.org.scope import Actor

MOST_GRIDS = 9999


def create(
    *,
    name: str,
    area_id: UUID,
    low: int,
    high: int,
    by: Actor,
    level: int = Level.GRID,
    atoms: str = AtomKind.BUILDING,
    grids: int | None = None,
    move_cost: float = 0.0,
    seed: int = 0,
    start: str = "none",
    start_plan: UUID | None = None,
    locked_areas: Sequence[UUID] = (),
    at: dt.datetime | None = None,
) -> Plan:
    """A plan to be designed by a job. `start` is "none", "current" or "plan"; locks are of areas of today."""
    if not by.may(Perm.DRAFT_PLAN):
        raise Forbidden(permission=Perm.DRAFT_PLAN)
    area, now = area_for(area_id, by=by), at or clock.now()
    _check(area, level, low, high, grids, start, locked_areas)
    with transaction.atomic():
        rules: dict[str, Any] = {
            "grids": grids, "move_cost": move_cost, "seed": seed, "start": start,
            "locked": [str(one) for one in locked_areas],
        }  # fmt: skip
        plan = Plan(
            name=name.strip(), level=level, atoms=atoms, area_id=area_id, area_pos=area.pos, low=low, high=high,
            rules=rules, started_from=_started_from(start, start_plan, level, atoms, by), made_at=now,
            made_by=by.user_id, made_name=by.name, progress_at=now,
            progress={"phase": "waiting", "done": 0, "total": 0},
        )  # fmt: skip
        plan.save(force_insert=True)
        record(plan, "made", by, now, area=str(area_id), level=level, low=low, high=high, **rules)
        designing.queue(plan.pk)
    return plan


def cancel(*, plan_id: UUID, by: Actor, at: dt.datetime | None = None) -> Plan:
    """The job ends with the best it has; a plan that waits for its job is designed as little as can be."""
    with transaction.atomic():
        plan = locked(plan_id, by=by)
        step_of(plan, Step.CANCEL, by=by)
        plan.stop_asked = True
        plan.save(update_fields=["stop_asked"])
        record(plan, Step.CANCEL, by, at or clock.now())
    return plan


def redesign(*, plan_id: UUID, by: Actor, seed: int | None = None, at: dt.datetime | None = None) -> Plan:
    """From the beginning, by the plan's own rules; what was edited by hand is given up."""
    now = at or clock.now()
    with transaction.atomic():
        plan = locked(plan_id, by=by)
        plan.state = step_of(plan, Step.REDESIGN, by=by).to
        if seed is not None:
            plan.rules = plan.rules | {"seed": seed}
        plan.version += 1
        plan.attempts, plan.stop_asked, plan.progress_at = 0, False, now
        plan.progress = {"phase": "waiting", "done": 0, "total": 0}
        plan.save()
        record(plan, Step.REDESIGN, by, now, seed=plan.rules.get("seed"))
        designing.queue(plan.pk)
    return plan


def discard(*, plan_id: UUID, by: Actor, reason: str = "", at: dt.datetime | None = None) -> Plan:
    with transaction.atomic():
        plan = locked(plan_id, by=by)
        plan.state = step_of(plan, Step.DISCARD, by=by, reason=reason).to
        plan.version += 1
        plan.decision = reason.strip()[:500]
        plan.save(update_fields=["state", "version", "decision"])
        record(plan, Step.DISCARD, by, at or clock.now(), reason=reason.strip())
    return plan


def _check(
    area: AreaVersion, level: int, low: int, high: int, grids: int | None, start: str, locks: Sequence[UUID]
) -> None:
    errors = []
    if level not in {Level.GRID, Level.COURTYARD}:
        errors.append(field_error("body.level", "只能划分网格或庭院", "Only grids and courtyards can be designed"))
    elif area.level > container(level):
        errors.append(
            field_error("body.area", f"请选择{container(level).label}或其上级", "Choose a larger area to divide")
        )
    if low > high:
        errors.append(field_error("body.high", "上限不能小于下限", "The top of the band is below its bottom"))
    if grids is not None and not 1 <= grids <= MOST_GRIDS:
        errors.append(field_error("body.grids", f"应为 1 到 {MOST_GRIDS}", f"From 1 to {MOST_GRIDS}"))
    if locks and start != "current":
        errors.append(
            field_error(
                "body.locked", "锁定网格须以现行划分为起点", "Locks of areas need the division in force as start"
            )
        )
    if errors:
        raise Invalid(errors=errors)


def _started_from(start: str, plan_id: UUID | None, level: int, atoms: str, by: Actor) -> Plan | None:
    if start != "plan" or plan_id is None:
        return None
    found = Plan.objects.visible_to(by).filter(pk=plan_id, level=level, atoms=atoms).first()
    if found is None or found.state in {State.DESIGNING, State.FAILED}:
        zh, en = "没有这个方案，或其层级、划分单元不同", "No such plan, or it is of another level or kind of atoms"
        raise Invalid(errors=[field_error("body.start", zh, en)])
    return found
