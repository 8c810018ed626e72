"""Time that is granted: clocks stand still or run longer, as from the moment it was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from wangge.casework.models import Case, Clock, ClockKind, ClockState, Responder, WorkOrder
from wangge.casework.promises import reckon
from wangge.casework.services import clocks, ladder


@dataclass
class Granted:
    """What it came to: the whole-case due time, and the promises taken back as missed."""

    due_before: datetime | None
    due_after: datetime | None = None
    taken_back: list[str] = field(default_factory=list)


def extend(case: Case, days: int, *, asked_at: datetime) -> Granted:
    """The whole-case and handling promises end `days` working days later.

    A promise broken before it was asked for stays broken; one that ran out, or was kept too late, only while the
    decision waited is judged by the new time.
    """
    found = Granted(case.due_at)
    for clock in _not_broken_at(case, asked_at).filter(kind__in=clocks.LENGTHENED):
        clock.extra_days += days
        again(case, clock, moved=True, found=found)
    found.due_after = case.due_at
    return found


def stand_still(case: Case, *, asked_at: datetime, until: datetime) -> Granted:
    """Every promise stands still from the moment it was asked; the whole-case one wakes the worker at `until`."""
    found = Granted(case.due_at)
    for clock in _not_broken_at(case, asked_at).exclude(state__in=clocks.LIVE):
        assert clock.stopped_at is not None
        begin = max(asked_at, clock.started_at)
        clock.pauses = [*clock.pauses, [begin.isoformat(), clock.stopped_at.isoformat()]]
        again(case, clock, moved=True, found=found)
    for clock in clocks.live(case).filter(state=ClockState.RUNNING):
        if clock.missed_at is not None and clock.due_at >= asked_at:
            _take_back(clock, found)
        clock.state = ClockState.PAUSED
        clock.paused_at = max(asked_at, clock.started_at)
        clock.next_at = until if clock.kind == ClockKind.WHOLE else None
        clock.save()
    found.due_after = case.due_at
    return found


def resume(case: Case, at: datetime) -> None:
    for clock in clocks.live(case).filter(state=ClockState.PAUSED):
        assert clock.paused_at is not None
        clock.pauses = [*clock.pauses, [clock.paused_at.isoformat(), at.isoformat()]]
        clock.paused_at = None
        clock.state = ClockState.RUNNING
        again(case, clock)


def again(case: Case, clock: Clock, *, moved: bool = False, found: Granted | None = None) -> None:
    """Due and warning once more from what the clock keeps; `moved`: it is warned of anew.

    What was broken at its due time stays as it is.
    """
    if found is not None and clock.missed_at is not None:
        _take_back(clock, found)
    if clock.missed_at is None:
        fresh = reckon(clock)
        clock.due_at, clock.warn_at, clock.caution = fresh.due_at, fresh.warn_at, fresh.caution[:120]
        if moved:
            clock.warned_at, clock.rung = None, 0
    if clock.state == ClockState.LATE and clock.stopped_at is not None and clock.stopped_at <= clock.due_at:
        clock.state = ClockState.MET
        if found is not None:
            found.taken_back.append(clock.get_kind_display())
    if clock.state == ClockState.RUNNING:
        clock.next_at = ladder.next_at(clock, case.urgency)
    clock.save()
    _tell_owner(case, clock)


def _take_back(clock: Clock, found: Granted) -> None:
    clock.missed_at, clock.warned_at, clock.rung = None, None, 0
    found.taken_back.append(clock.get_kind_display())


def _tell_owner(case: Case, clock: Clock) -> None:
    """The due times shown with a case, an order, a call are their clock's."""
    if clock.kind == ClockKind.WHOLE:
        if clock.state in clocks.LIVE:
            case.due_at = clock.due_at
    elif clock.work_order_id is not None and clock.kind == ClockKind.HANDLE:
        WorkOrder.objects.filter(pk=clock.work_order_id).update(due_at=clock.due_at)
    elif clock.responder_id is not None:
        Responder.objects.filter(pk=clock.responder_id).update(due_at=clock.due_at)


def _not_broken_at(case: Case, moment: datetime) -> QuerySet[Clock]:
    """Clocks that ran at `moment` and were not over it: running still, or kept late since."""
    return Clock.objects.filter(
        Q(state__in=clocks.LIVE) | Q(state=ClockState.LATE, stopped_at__gte=moment), case=case, due_at__gte=moment
    )
