"""Promises: planned, started, met or broken, cancelled. When they end is worked out in casework.promises."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from wangge.calendars import arithmetic
from wangge.calendars import selectors as calendars
from wangge.casework import timing
from wangge.casework.models import Case, Clock, ClockKind, ClockState, Responder, WorkOrder
from wangge.casework.promises import work_out
from wangge.casework.services import ladder, limits
from wangge.casework.timing import Ruled, Rules
from wangge.org.models import Unit

LIVE = (ClockState.RUNNING, ClockState.PAUSED)
ORDER_KINDS = frozenset({ClockKind.ACKNOWLEDGE.value, ClockKind.HANDLE.value})
OF_A_UNIT = ORDER_KINDS | {ClockKind.REPORT_IN.value}  # counted by the calendar of the unit that acts
LENGTHENED = (ClockKind.WHOLE, ClockKind.HANDLE)  # what granted time is added to
ALL = ("*",)


@dataclass(frozen=True)
class Plan:
    """A promise worked out but not yet written."""

    kind: str
    limit: arithmetic.Limit
    calendar: str
    started_at: datetime
    due_at: datetime
    warn_at: datetime
    caution: str
    label: str = ""
    rule: str = ""


def plan(
    kind: str,
    ruled: Ruled,
    at: datetime,
    *,
    unit: Unit | None = None,
    label: str = "",
    rules: Rules | None = None,
) -> Plan:
    held = rules or timing.rules()
    calendar = ruled.calendar or (unit.calendar if unit is not None and kind in OF_A_UNIT else held.calendar)
    found = work_out(ruled.limit, at, calendars.load(calendar), held.card)
    return Plan(
        kind, ruled.limit, calendar, at, found.due_at, found.warn_at, found.caution, label=label, rule=ruled.text
    )


def promise(case: Case, kind: str, at: datetime, *, unit: Unit | None = None, whistle_kind: str = "") -> Plan:
    """What the rules promise of this case from `at` on; `unit` is whose clock it is."""
    if kind == ClockKind.WHOLE:
        return whole(case, at)
    return plan(kind, limits.of(case, kind, unit=unit, whistle_kind=whistle_kind), at, unit=unit)


def whole(case: Case, at: datetime, *, rules: Rules | None = None) -> Plan:
    """The whole promise. One that is fixed (a hotline's) stays; else it covers what the list allows to handle."""
    ruled = limits.of(case, ClockKind.WHOLE, rules=rules)
    planned = plan(ClockKind.WHOLE, ruled, at, rules=rules)
    if ruled.fixed:
        return planned
    allowed = [
        plan(ClockKind.WHOLE, Ruled(one.limit, ruled.calendar, one.text, False, False), at, rules=rules)
        for one in limits.stages(case, ClockKind.HANDLE, rules=rules)
    ]
    return max([planned, *allowed], key=lambda one: one.due_at)


def row(case_id: Any, planned: Plan, **of: Any) -> Clock:
    return Clock(
        case_id=case_id,
        kind=planned.kind,
        label=planned.label,
        limit_value=planned.limit.value,
        limit_unit=planned.limit.unit,
        calendar=planned.calendar,
        rule=planned.rule[:120],
        started_at=planned.started_at,
        due_at=planned.due_at,
        warn_at=planned.warn_at,
        next_at=planned.warn_at,  # every ladder begins with the warning
        caution=planned.caution[:120],
        **of,
    )


def start(
    case: Case, planned: Plan, *, work_order: WorkOrder | None = None, responder: Responder | None = None
) -> Clock:
    clock = row(case.pk, planned, work_order=work_order, responder=responder)
    clock.save(force_insert=True)
    if planned.kind == ClockKind.WHOLE:
        case.due_at = planned.due_at
    return clock


def live(case: Case, kinds: Collection[str] = ALL) -> QuerySet[Clock]:
    found = Clock.objects.filter(case=case, state__in=LIVE)
    return found if "*" in kinds else found.filter(kind__in=kinds)


def stop(
    case: Case,
    kinds: Collection[str],
    at: datetime,
    *,
    work_order: WorkOrder | None = None,
    responder: Responder | None = None,
) -> list[Clock]:
    """The promise is kept or broken, but over. Clocks of orders stop only for the order named."""
    stopped = list(_select(case, kinds, work_order, responder))
    for clock in stopped:
        end = clock.paused_at or at
        clock.state = ClockState.MET if end <= clock.due_at else ClockState.LATE
        _put_away(clock, at)
    return stopped


def cancel(
    case: Case,
    kinds: Collection[str],
    at: datetime,
    *,
    work_order: WorkOrder | None = None,
    responder: Responder | None = None,
) -> None:
    """The promise no longer applies to anybody."""
    for clock in _select(case, kinds, work_order, responder):
        clock.state = ClockState.CANCELLED
        _put_away(clock, at)


def _select(
    case: Case, kinds: Collection[str], work_order: WorkOrder | None, responder: Responder | None
) -> QuerySet[Clock]:
    found = live(case, kinds)
    if work_order is not None:
        return found.filter(Q(work_order=work_order) | ~Q(kind__in=ORDER_KINDS))
    return found if responder is None else found.filter(responder=responder)


def _put_away(clock: Clock, at: datetime) -> None:
    clock.stopped_at = at
    clock.next_at = None
    clock.save(update_fields=["state", "stopped_at", "next_at"])


def refresh_card(case: Case) -> None:
    """Red while a promise of the case is broken, yellow while one is about to be."""
    case.card = ladder.card(live(case), case.urgency)
