"""Promises: starting, meeting, pausing and extending them, and what happens when one runs out."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from wangge.calendars import arithmetic
from wangge.calendars import selectors as calendars
from wangge.casework.models import Case, Clock, ClockKind, ClockState, Responder, WorkOrder
from wangge.casework.services import limits

LIVE = (ClockState.RUNNING, ClockState.PAUSED)
ORDER_KINDS = frozenset({ClockKind.ACKNOWLEDGE.value, ClockKind.HANDLE.value})
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


def plan(kind: str, limit: arithmetic.Limit, at: datetime, *, calendar: str = "office", label: str = "") -> Plan:
    due_at, warn_at, caution = _reckon(limit, at, calendars.load(calendar))
    return Plan(kind, limit, calendar, at, due_at, warn_at, caution, label)


@functools.lru_cache(maxsize=256)
def _reckon(limit: arithmetic.Limit, at: datetime, days: arithmetic.Calendar) -> tuple[datetime, datetime, str]:
    """Due, warning, caution. Cases taken in together start at one moment, and the same promises recur."""
    due = arithmetic.due(at, limit, days)
    return due.at, _warn_at(limit, at, due.at, days), due.caution


_A_DAY_BEFORE = arithmetic.Limit(Decimal(1), "working_days")


def _warn_at(limit: arithmetic.Limit, start: datetime, due: datetime, days: arithmetic.Calendar) -> datetime:
    """One working day before it runs out; half-way when the limit is not longer than that."""
    if arithmetic.Unit(limit.unit).in_days or limit.value > 16:
        before = arithmetic.moment_before(due, _A_DAY_BEFORE, days)
        if before > start:
            return before
    if not arithmetic.Unit(limit.unit).on_duty_only:
        return start + (due - start) / 2
    counted = Decimal(int(arithmetic.working_time_between(start, due, days).total_seconds()))
    half = arithmetic.Limit(max(counted, Decimal(2)) / 7200, "working_hours")
    return min(arithmetic.due(start, half, days).at, due)


def row(case_id: UUID, planned: Plan, **of: Any) -> Clock:
    return Clock(
        case_id=case_id,
        kind=planned.kind,
        label=planned.label,
        limit_value=planned.limit.value,
        limit_unit=planned.limit.unit,
        calendar=planned.calendar,
        started_at=planned.started_at,
        due_at=planned.due_at,
        warn_at=planned.warn_at,
        next_at=planned.warn_at,
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


def pause(case: Case, at: datetime, *, until: datetime) -> None:
    """Every promise of the case stands still; the whole-case one wakes the worker when `until` has come."""
    for clock in live(case).filter(state=ClockState.RUNNING):
        clock.state = ClockState.PAUSED
        clock.paused_at = at
        clock.next_at = until if clock.kind == ClockKind.WHOLE else None
        clock.save(update_fields=["state", "paused_at", "next_at"])


def resume(case: Case, at: datetime) -> None:
    for clock in live(case).filter(state=ClockState.PAUSED):
        assert clock.paused_at is not None
        clock.pauses = [*clock.pauses, [clock.paused_at.isoformat(), at.isoformat()]]
        clock.paused_at = None
        clock.state = ClockState.RUNNING
        _recompute(clock)
        if clock.kind == ClockKind.WHOLE:
            case.due_at = clock.due_at
        elif clock.work_order_id is not None and clock.kind == ClockKind.HANDLE:
            WorkOrder.objects.filter(pk=clock.work_order_id).update(due_at=clock.due_at)


def extend(case: Case, days: int, at: datetime) -> datetime:
    """The whole-case and handling promises end `days` working days later; the new whole-case due time.

    A promise already broken stays broken: what comes late is not made punctual afterwards.
    """
    for clock in live(case, (ClockKind.WHOLE, ClockKind.HANDLE)).filter(missed_at__isnull=True, due_at__gte=at):
        calendar = calendars.load(clock.calendar)
        later = arithmetic.Limit(Decimal(days), "working_days")
        clock.due_at = arithmetic.due(clock.due_at, later, calendar).at
        clock.warn_at = max(arithmetic.moment_before(clock.due_at, _A_DAY_BEFORE, calendar), clock.started_at)
        clock.warned_at = None
        clock.next_at = clock.warn_at
        clock.save(update_fields=["due_at", "warn_at", "warned_at", "next_at"])
        if clock.kind == ClockKind.WHOLE:
            case.due_at = clock.due_at
        elif clock.work_order_id is not None:
            WorkOrder.objects.filter(pk=clock.work_order_id).update(due_at=clock.due_at)
    assert case.due_at is not None
    return case.due_at


def _recompute(clock: Clock) -> None:
    """Due and warning again from the limit and the pauses; a promise already broken stays broken."""
    calendar = calendars.load(clock.calendar)
    limit = arithmetic.Limit(clock.limit_value, clock.limit_unit)
    pauses = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in clock.pauses]
    lost = sum((b - a for a, b in pauses), timedelta())
    fresh = arithmetic.due(clock.started_at, limit, calendar, pauses)
    # An extension moved `due_at` beyond the limit: keep what was granted on top.
    plain = arithmetic.due(clock.started_at, limit, calendar, pauses[:-1]).at
    clock.due_at = fresh.at + max(clock.due_at - plain, timedelta())
    if clock.warn_at is not None:
        clock.warn_at = min(clock.warn_at + lost, clock.due_at)
    clock.caution = fresh.caution[:120]
    if clock.missed_at is not None:
        clock.next_at = None  # it was the end of the pause; the promise itself has been told broken
    else:
        clock.next_at = clock.due_at if clock.warned_at else clock.warn_at
    clock.save()


def refresh_card(case: Case) -> None:
    """Red while a promise of the case is broken, yellow while one is about to be."""
    running = live(case).exclude(kind=ClockKind.REPORT_IN)
    if running.filter(missed_at__isnull=False).exists():
        case.card = "red"
    else:
        case.card = "yellow" if running.filter(warned_at__isnull=False).exists() else ""


def plan_whole(channel: str, urgency: str, listed: Sequence[Mapping[str, Any]], at: datetime) -> Plan:
    """The whole promise. A resident's hotline promise is fixed; elsewhere it covers what the list allows to handle."""
    planned = plan(ClockKind.WHOLE, limits.for_kind(ClockKind.WHOLE, urgency, listed), at)
    if channel in limits.FIXED_PROMISE:
        return planned
    stages = [plan(ClockKind.WHOLE, limit, at) for limit in limits.for_handling(urgency, listed)]
    return max([planned, *stages], key=lambda one: one.due_at)
