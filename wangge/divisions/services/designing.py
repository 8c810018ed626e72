"""The job that designs a plan: reads, divides, writes; it can be stopped, and taken up by another worker."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from django.db import transaction
from procrastinate.contrib.django import app

from wangge.areas import selectors as areas
from wangge.audit import services as audit
from wangge.divisions import figures
from wangge.divisions.models import Plan, PlanCommunity, Site
from wangge.divisions.services.gathering import Gathered, barriers, freeze_all, gather
from wangge.divisions.site import Frozen, pack
from wangge.divisions.workflow import State
from wangge.kit import clock
from wangge.kit.errors import Problem
from wangge.org import scope

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wangge.areas import design

log = logging.getLogger("wangge.divisions")

DESIGN = "divisions:plan:design"
WHO = "网格划分"
MOST_ATTEMPTS = 3
LOST_AFTER = dt.timedelta(minutes=3)  # without a sign of progress
_TELL_SECONDS, _ASK_SECONDS = 1.0, 0.5


def queue(plan_id: UUID) -> None:
    """In the caller's transaction."""
    app.configure_task(DESIGN, queue="divisions").defer(plan_id=str(plan_id))


def run(*, plan_id: UUID) -> None:
    """Design the plan; what goes wrong is written on it. Without effect on one that is not being designed."""
    plan = _begin(plan_id)
    if plan is None:
        return
    try:
        _design(plan)
    except Problem as problem:
        _fail(plan_id, problem.detail_zh, problem.detail_en)
    except Exception:
        log.exception("designing plan %s failed", plan_id)
        _fail(plan_id, "划分程序出错，已记录，请联系管理员", "The designer failed; it is in the log of the system")
        raise


def take_up_lost(*, at: dt.datetime | None = None) -> int:
    """Plans whose worker is gone are begun again; after three times they have failed."""
    with scope.acting(scope.system_actor(WHO)):
        now = at or clock.now()
        lost = Plan.objects.select_for_update(skip_locked=True).filter(
            state=State.DESIGNING, progress_at__lt=now - LOST_AFTER
        )
        found = list(lost.exclude(progress__phase="waiting"))  # their job is still in the queue
        for plan in found:
            if plan.attempts >= MOST_ATTEMPTS:
                zh, en = "划分多次中断，请缩小范围后重试", "Designing broke off three times: try a smaller area"
                Plan.objects.filter(pk=plan.pk).update(state=State.FAILED, failure_zh=zh, failure_en=en)
            else:
                waiting = {"phase": "waiting", "done": 0, "total": 0}
                Plan.objects.filter(pk=plan.pk).update(progress_at=now, progress=waiting)
                queue(plan.pk)
    return len(found)


def _begin(plan_id: UUID) -> Plan | None:
    with scope.acting(scope.system_actor(WHO)):
        plan = Plan.objects.select_for_update(of=("self",)).filter(pk=plan_id, state=State.DESIGNING).first()
        now = clock.now()
        if plan is None or _at_work(plan, now):
            return None
        plan.attempts += 1
        plan.progress, plan.progress_at = {"phase": "gathering", "done": 0, "total": 0}, now
        plan.save(update_fields=["attempts", "progress", "progress_at"])
        return plan


def _at_work(plan: Plan, now: dt.datetime) -> bool:
    """Whether another worker designs it just now."""
    begun = plan.progress.get("phase") not in {None, "waiting"}
    return begun and plan.progress_at is not None and plan.progress_at > now - LOST_AFTER


def _fail(plan_id: UUID, zh: str, en: str) -> None:
    with scope.acting(scope.system_actor(WHO)):
        Plan.objects.filter(pk=plan_id, state=State.DESIGNING).update(
            state=State.FAILED, failure_zh=zh[:300], failure_en=en[:300], progress={}
        )


@dataclass
class _Watch:
    """Says how far it is, and asks whether to stop, now and then and in transactions of its own."""

    plan_id: UUID
    told: float = 0.0
    asked: float = 0.0
    stopped: bool = False

    def say(self, phase: str, done: int, total: int) -> None:
        if time.monotonic() - self.told < _TELL_SECONDS and done < total:
            return
        self.told = time.monotonic()
        with scope.acting(scope.system_actor(WHO)):
            Plan.objects.filter(pk=self.plan_id).update(
                progress={"phase": phase, "done": done, "total": total}, progress_at=clock.now()
            )

    def stop(self) -> bool:
        if not self.stopped and time.monotonic() - self.asked >= _ASK_SECONDS:
            self.asked = time.monotonic()
            with scope.acting(scope.system_actor(WHO)):
                going = Plan.objects.filter(pk=self.plan_id, state=State.DESIGNING, stop_asked=False)
                self.stopped = not going.update(progress_at=clock.now())  # a sign of life
        return self.stopped


def _design(plan: Plan) -> None:
    from wangge.areas import design

    watch = _Watch(plan.pk)
    with scope.acting(scope.system_actor(WHO)):
        gathered = gather(plan)
        lines = barriers(gathered)
        begun = _starts(plan, gathered)
    frozen = freeze_all(gathered, lines, lambda done: watch.say("adjacency", done, len(gathered)))
    rules = figures.rules_of(low=plan.low, high=plan.high, given=plan.rules, locked=begun.locked)
    division = design.divide(
        figures.site_of(frozen),
        rules,
        start=begun.labels,
        tell=lambda progress: watch.say("dividing", progress.done, progress.total),
        stop=watch.stop,
    )
    with scope.acting(scope.system_actor(WHO)):
        _keep(plan.pk, gathered, frozen, begun, rules, division)


@dataclass
class _Start:
    """Labels over all atoms as the designer counts them, and which community's own label each of them is."""

    labels: NDArray[np.int64] | None
    locked: frozenset[int]
    own: dict[int, tuple[int, int]]
    grids: list[list[dict[str, Any]]]


def _starts(plan: Plan, gathered: Sequence[Gathered]) -> _Start:
    held: list[tuple[list[int], list[dict[str, Any]]]]
    if plan.started_from_id is not None:
        held = _of_plan(plan.started_from_id, gathered)
    elif plan.rules.get("start") == "current":
        held = [_of_areas(one, set(plan.rules.get("locked", ()))) for one in gathered]
    else:
        return _Start(None, frozenset(), {}, [[] for _ in gathered])
    numbers: dict[tuple[int, int], int] = {}
    labels = [
        -1 if label < 0 else numbers.setdefault((index, label), len(numbers))
        for index, (one, _) in enumerate(held)
        for label in one
    ]
    locked = frozenset(
        numbers[index, grid["label"]]
        for index, (_, grids) in enumerate(held)
        for grid in grids
        if grid.get("locked") and (index, grid["label"]) in numbers
    )
    own = {number: pair for pair, number in numbers.items()}
    return _Start(np.array(labels, dtype=np.int64), locked, own, [grids for _, grids in held])


def _of_areas(one: Gathered, locked: set[str]) -> tuple[list[int], list[dict[str, Any]]]:
    places: dict[UUID, int] = {}
    labels = [-1 if area is None else places.setdefault(area, len(places)) for area in one.was]
    return labels, [{"label": label, "locked": str(area) in locked} for area, label in places.items()]


def _of_plan(plan_id: UUID, gathered: Sequence[Gathered]) -> list[tuple[list[int], list[dict[str, Any]]]]:
    before = {row.area_id: row for row in PlanCommunity.objects.filter(plan_id=plan_id)}
    found: list[tuple[list[int], list[dict[str, Any]]]] = []
    for one in gathered:
        row = before.get(one.area.area_id)
        known = dict(zip(row.atom_ids, row.labels, strict=True)) if row else {}
        found.append(([known.get(atom.id, -1) for atom in one.atoms], list(row.grids) if row else []))
    return found


def _own_labels(begun: _Start, index: int, labels: NDArray[np.int64]) -> list[int]:
    """The designer's labels as the community's own: a grid that goes on keeps its own, new ones follow."""
    own = {number: label for number, (at, label) in begun.own.items() if at == index}
    following = max(own.values(), default=-1) + 1
    for number in sorted(set(labels.tolist()) - own.keys()):
        own[number] = following
        following += 1
    return [own[number] for number in labels.tolist()]


def _keep(
    plan_id: UUID,
    gathered: Sequence[Gathered],
    frozen: Sequence[Frozen],
    begun: _Start,
    rules: design.Rules,
    division: design.Division,
) -> None:
    plan = Plan.objects.select_for_update(of=("self",)).get(pk=plan_id)
    if plan.state != State.DESIGNING:
        return
    now, names = clock.now(), named([one.was for one in gathered])
    infeasible = {one.community: one for one in division.infeasible}
    rows: list[PlanCommunity] = []
    place = 0
    for index, (one, site) in enumerate(zip(gathered, frozen, strict=True)):
        labels = _own_labels(begun, index, division.grid[place : place + len(site)])
        place += len(site)
        found = figures.describe(site, labels, one.was, rules, before=begun.grids[index], names=names)
        why = infeasible.get(index)
        rows.append(
            PlanCommunity(
                plan=plan, area_id=one.area.area_id, area_pos=one.area.pos, code=one.area.code, name=one.area.name,
                atom_ids=[atom.id for atom in one.atoms], building_ids=[atom.building_id for atom in one.atoms],
                households=one.households, labels=labels, was_ids=one.was, grids=found.grids, figures=found.total,
                drawn=found.drawn, names=[atom.name[:160] for atom in one.atoms],
                lons=[atom.lon for atom in one.atoms], lats=[atom.lat for atom in one.atoms],
                infeasible_zh=why.zh[:300] if why else "", infeasible_en=why.en[:300] if why else "",
                notes=one.notes, changed_at=now, changed_by=WHO,
            )
        )  # fmt: skip
    with transaction.atomic():
        PlanCommunity.objects.filter(plan=plan).delete()
        PlanCommunity.objects.bulk_create(rows, batch_size=50)
        Site.objects.bulk_create(
            [Site(community=row, packed=pack(site)) for row, site in zip(rows, frozen, strict=True)], batch_size=50
        )
    plan.state, plan.version = State.DRAFT, plan.version + 1
    plan.figures = figures.total(row.figures for row in rows) | {
        "seconds": round(division.seconds, 2),
        "stopped": division.stopped,
        "infeasible": len(infeasible),
    }
    plan.progress, plan.progress_at, plan.stop_asked, plan.attempts = {}, None, False, 0
    plan.failure_zh = plan.failure_en = ""
    plan.save()
    audit.record(
        subject_type="division_plan", subject_id=plan.pk, action=DESIGN.replace(":design", ":designed"),
        actor=scope.system_actor(WHO), area_pos=plan.area_pos, at=now,
        data={"figures": {k: v for k, v in plan.figures.items() if not isinstance(v, list)}},
    )  # fmt: skip


def named(areas_of: Sequence[Sequence[UUID | None]], day: dt.date | None = None) -> dict[UUID, tuple[str, str]]:
    """Code and name of the areas on a day."""
    division = areas.atlas(day)
    wanted = {one for part in areas_of for one in part if one is not None}
    return {v.area_id: (v.code, v.name) for one in wanted if (v := division.by_area.get(one)) is not None}
