"""Proposing a plan for a day, deciding on it, and undoing it before its day. Nobody decides what they proposed."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import orjson
from django.db import transaction
from django.utils import timezone

from wangge.areas import selectors as reading
from wangge.areas import services as areas
from wangge.divisions.models import NoticeKind, Plan, PlanCommunity, Publication
from wangge.divisions.selectors.consequences import consequences, document
from wangge.divisions.selectors.outcome import GridOutcome, Outcome, document_of, located, outcome
from wangge.divisions.services import notices
from wangge.divisions.services.acting import WrongPlanState, locked, record, step_of
from wangge.divisions.workflow import Step
from wangge.kit import clock
from wangge.kit.errors import Conflict, Forbidden, Invalid, field_error
from wangge.org import scope
from wangge.org.scope import Actor

LONGEST_AHEAD = dt.timedelta(days=400)


class OwnPlan(Forbidden):
    code = "own_plan"
    title_zh = "提请人不能审批自己提请的方案"
    title_en = "Whoever proposed a plan does not decide on it"


class ChangedSince(Conflict):
    code = "preview_changed"
    title_zh = "预览之后情况有变，请重新查看"
    title_en = "Things have changed since the preview: look again"


class CannotPublish(Conflict):
    """`problems` says what stands in the way."""

    code = "cannot_publish"
    title_zh = "方案暂不能发布"
    title_en = "The plan cannot be published now"


class TooLate(WrongPlanState):
    code = "plan_day_has_come"
    title_zh = "已到生效日期，不能撤销"
    title_en = "Its day has come: it cannot be undone"


def propose(
    *, plan_id: UUID, valid_from: dt.date | None, reason: str, by: Actor, at: dt.datetime | None = None
) -> Plan:
    now = at or clock.now()
    with transaction.atomic():
        plan = locked(plan_id, by=by)
        transition = step_of(plan, Step.PROPOSE, by=by, reason=reason)
        day = _checked_day(valid_from, now)
        _publishable(outcome(plan, day))
        plan.state, plan.version, plan.valid_from = transition.to, plan.version + 1, day
        plan.proposed_at, plan.proposed_by, plan.proposed_name = now, by.user_id, by.name
        plan.proposal, plan.decision = reason.strip()[:500], ""
        plan.decided_at, plan.decided_by, plan.decided_name = None, None, ""
        plan.save()
        record(plan, Step.PROPOSE, by, now, valid_from=day, reason=plan.proposal)
    return plan


def withdraw(*, plan_id: UUID, reason: str, by: Actor, at: dt.datetime | None = None) -> Plan:
    now = at or clock.now()
    with transaction.atomic():
        plan = locked(plan_id, by=by)
        plan.state = step_of(plan, Step.WITHDRAW, by=by, reason=reason).to
        plan.version += 1
        plan.save(update_fields=["state", "version"])
        record(plan, Step.WITHDRAW, by, now, reason=reason.strip())
    return plan


def refuse(*, plan_id: UUID, reason: str, by: Actor, at: dt.datetime | None = None) -> Plan:
    now = at or clock.now()
    with transaction.atomic():
        plan = locked(plan_id, by=by)
        plan.state = step_of(plan, Step.REFUSE, by=by, reason=reason).to
        _not_own(plan, by)
        _decided(plan, by, now, reason)
        record(plan, Step.REFUSE, by, now, reason=plan.decision)
    return plan


def approve(*, plan_id: UUID, by: Actor, reason: str = "", digest: str = "", at: dt.datetime | None = None) -> Plan:
    """Write the areas of the day, in one transaction. `digest`, if given, must be that of the preview now."""
    now = at or clock.now()
    with transaction.atomic(), scope.unrestricted():
        plan = locked(plan_id, by=by)
        transition = step_of(plan, Step.APPROVE, by=by)
        _not_own(plan, by)
        day = _checked_day(plan.valid_from, now)
        found = outcome(plan, day)
        _publishable(found)
        if digest and digest != found.digest:
            raise ChangedSince(digest=found.digest)
        then = consequences(plan, found)
        told = orjson.loads(orjson.dumps(document(plan, found, then)))
        written = areas.redivide(parents=found.redrawn(), level=plan.level, day=day, by=by, at=now, source=plan.name)
        _identified(found, written.areas)
        Publication.objects.update_or_create(
            plan=plan,
            defaults={
                "valid_from": day, "inserted": written.inserted, "superseded": written.superseded, "at": now,
                "preview": told, **document_of(found),
            },
        )  # fmt: skip
        _remember_before(plan, day)
        plan.state = transition.to
        _decided(plan, by, now, reason)
        count = notices.tell(plan, found, then, NoticeKind.PLANNED, now)
        record(
            plan, Step.APPROVE, by, now, valid_from=day, reason=plan.decision, digest=found.digest, told=count,
            grids=len(found.grids), ended=len(found.ended),
        )  # fmt: skip
    return plan


def undo(*, plan_id: UUID, reason: str, by: Actor, at: dt.datetime | None = None) -> Plan:
    """Before the day: the areas are what they were, and everybody who was told is told so."""
    now = at or clock.now()
    with transaction.atomic():
        plan = locked(plan_id, by=by)
        transition = step_of(plan, Step.UNDO, by=by, reason=reason)
        if plan.valid_from is None or timezone.localdate(now) >= plan.valid_from:
            raise TooLate(
                f"方案已于 {plan.valid_from} 生效，请另拟方案调整",
                f"in force since {plan.valid_from}: make another plan",
            )
        with scope.unrestricted():
            published = Publication.objects.get(plan=plan)
            areas.undo_redivision(inserted=published.inserted, superseded=published.superseded, by=by, at=now)
            published.delete()
            count = notices.tell_undone(plan, now)
        plan.state = transition.to
        _decided(plan, by, now, reason)
        record(plan, Step.UNDO, by, now, reason=plan.decision, valid_from=plan.valid_from, told=count)
    return plan


def _checked_day(day: dt.date | None, now: dt.datetime) -> dt.date:
    """From tomorrow on: what happens today happened under the division of today."""
    today = timezone.localdate(now)
    if day is None or not today < day <= today + LONGEST_AHEAD:
        zh = f"生效日期应在 {today + dt.timedelta(days=1)} 与 {today + LONGEST_AHEAD} 之间"
        raise Invalid(errors=[field_error("body.valid_from", zh, "from tomorrow, within 400 days")])
    return day


def _publishable(found: Outcome) -> None:
    problems = list(found.problems)
    if not found.changed and not problems:
        problems.append({"zh": "方案与现行划分相同", "en": "The plan is the division in force"})
    if problems:
        raise CannotPublish(
            "；".join(one["zh"] for one in problems[:5]),
            "; ".join(one["en"] for one in problems[:5]),
            problems=problems,
        )


def _not_own(plan: Plan, by: Actor) -> None:
    if plan.proposed_by is not None and plan.proposed_by in {by.user_id, by.on_behalf_of}:
        raise OwnPlan("请由另一人审批", "another person must decide")


def _decided(plan: Plan, by: Actor, now: dt.datetime, reason: str) -> None:
    plan.version += 1
    plan.decided_at, plan.decided_by, plan.decided_name = now, by.user_id, by.name
    plan.decision = reason.strip()[:500]
    plan.save()


def _identified(found: Outcome, written: list[list[UUID]]) -> None:
    """Every planned grid with the id of its area, in the order in which they were handed over."""
    flat = [area_id for part in written for area_id in part]
    for grid, area_id in zip(_as_handed(found), flat, strict=True):
        grid.area_id = area_id


def _as_handed(found: Outcome) -> list[GridOutcome]:
    order = {row.area_id: place for place, row in enumerate(found.changed)}
    return sorted(found.grids, key=lambda grid: order[grid.row.area_id])


def _remember_before(plan: Plan, day: dt.date) -> None:
    """What was before, for comparing afterwards: from the day on the map answers otherwise."""
    rows = list(PlanCommunity.objects.filter(plan=plan).defer("drawn", "grids"))
    eve = day - dt.timedelta(days=1)
    before = located(rows, plan.level, eve, reading.atlas(eve))
    for row in rows:
        row.was_ids = before[row.pk]
    PlanCommunity.objects.bulk_update(rows, ["was_ids"], batch_size=50)
