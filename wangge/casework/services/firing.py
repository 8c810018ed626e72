"""What happens when a promise is about to run out, has run out, or its pause ends. Effect and mark are one commit."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Min

from wangge.audit import services as audit
from wangge.casework.models import Case, Clock, ClockState
from wangge.casework.services import clocks, steps
from wangge.casework.workflow import ENDED, State, Step
from wangge.kit import clock as database
from wangge.org import scope

WORKER = "时限值守"

# Locking the case, not the clock, keeps the order every step keeps; a case somebody works on is left for the next
# round. Due rows come first by their time, so a backlog is worked off from the oldest.
_LOCK = """
select c.id from casework_case c
 where c.id in (select k.case_id from casework_clock k where k.next_at <= %s order by k.next_at limit %s)
   for no key update skip locked
"""


def fire_due(limit: int = 200) -> int:
    """Act on clocks whose time has come, by the database's clock. How many were acted on; any number may run."""
    with scope.acting(scope.system_actor(WORKER)):
        now = database.now()
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [now, limit])
            locked = [row[0] for row in cursor.fetchall()]
        if not locked:
            return 0
        cases = Case.objects.select_related("category", "lead_unit").in_bulk(locked)
        due = Clock.objects.filter(case__in=locked, next_at__lte=now).order_by("next_at")
        fired = 0
        for clock in due:
            fired += _fire(cases[clock.case_id], clock.pk, now)
    return fired


def next_due() -> datetime | None:
    """When the worker must wake up next."""
    with scope.acting(scope.system_actor(WORKER)), transaction.atomic():
        found: datetime | None = Clock.objects.filter(next_at__isnull=False).aggregate(at=Min("next_at"))["at"]
    return found


def _fire(case: Case, clock_id: UUID, now: datetime) -> bool:
    """Read again: an earlier clock of the same case may have changed this one."""
    clock = (
        Clock.objects.filter(pk=clock_id, next_at__lte=now)
        .select_related("work_order__unit", "responder__unit")
        .first()
    )
    if clock is None:
        return False
    if clock.state == ClockState.PAUSED:
        _end_pause(case, clock, now)
    elif case.state in ENDED and case.state != State.MERGED:
        clock.next_at = None
        clock.save(update_fields=["next_at"])
    elif now >= clock.due_at:
        _miss(case, clock, now)
    else:
        _warn(case, clock, now)
    return True


def _warn(case: Case, clock: Clock, now: datetime) -> None:
    clock.warned_at = now
    clock.next_at = clock.due_at
    clock.save(update_fields=["warned_at", "next_at"])
    case.reminders += 1
    clocks.refresh_card(case)
    case.save(update_fields=["card", "reminders"])
    _record(case, clock, "warned", "remind", now)


def _miss(case: Case, clock: Clock, now: datetime) -> None:
    hint = "escalate" if case.supervised else "supervise"
    clock.missed_at = now
    clock.warned_at = clock.warned_at or now
    clock.next_at = None
    clock.save(update_fields=["missed_at", "warned_at", "next_at"])
    if clock.responder is not None and clock.responder.reported_in_at is None:
        clock.responder.late = True
        clock.responder.save(update_fields=["late"])
    case.supervised = True
    clocks.refresh_card(case)
    case.save(update_fields=["card", "supervised"])
    _record(case, clock, "missed", hint, now)


def _record(case: Case, clock: Clock, verb: str, hint: str, now: datetime) -> None:
    """`hint` is what the rules ask people to do next: remind, then supervise, then take it up the ladder."""
    unit = clock.work_order.unit if clock.work_order else clock.responder.unit if clock.responder else None
    audit.record(
        subject_type="case",
        subject_id=case.pk,
        action=f"casework:clock:{verb}",
        actor=scope.system_actor(WORKER),
        area_pos=case.area_pos,
        data={
            "clock": str(clock.pk),
            "kind": clock.kind,
            "label": clock.label,
            "due_at": clock.due_at.isoformat(),
            "unit": {"id": str(unit.pk), "name": unit.short_name} if unit else None,
            "card": case.card,
            "hint": hint,
        },
        at=now,
        outbox=[("clock", {"case_id": str(case.pk), "clock_id": str(clock.pk), "verb": verb, "hint": hint})],
    )


def _end_pause(case: Case, clock: Clock, now: datetime) -> None:
    """A carried-over case whose day has come goes on by itself."""
    if case.state != State.CARRIED_OVER:
        clock.next_at = None
        clock.save(update_fields=["next_at"])
        return
    steps.take_by_system(case, Step.RESUME, by=scope.system_actor(WORKER), at=now, reason="挂账期满，自动恢复办理")


def seconds_until(moment: datetime | None, *, at_most: timedelta) -> float:
    if moment is None:
        return at_most.total_seconds()
    return max(0.0, min((moment - database.now()).total_seconds(), at_most.total_seconds()))
