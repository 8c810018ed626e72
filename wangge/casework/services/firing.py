"""What happens when a promise is about to run out, has run out, or its pause ends. Effect and mark are one commit."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import Min

from wangge.areas.models import Level
from wangge.casework.models import Clock, ClockKind, ClockState, NoticeKind
from wangge.casework.services import beats, ladder, leap, rungs
from wangge.casework.services import lot as lots
from wangge.casework.services.ladder import Taken
from wangge.casework.services.lot import Lot, Matter, Running, Told, Who
from wangge.casework.workflow import ENDED, State
from wangge.kit import clock as database
from wangge.kit.ids import made_at, uuid7
from wangge.org import scope
from wangge.org import selectors as org

log = logging.getLogger("wangge.casework")

WORKER = "时限值守"
MOST_ROUNDS = 12
SET_ASIDE_SECONDS = 60.0

# Locking the case, not the clock, keeps the order every step keeps; a case somebody works on, or another worker has,
# is stepped over. Due rows come first by their time, so a backlog is worked off from the oldest.
_CLAIM = """
select c.id from casework_clock k join casework_case c on c.id = k.case_id
 where k.next_at <= %s and c.id <> all(%s::uuid[])
 order by k.next_at limit %s
   for no key update of c skip locked
"""
_VERBS = {
    "warn": "warned", "due": "missed", "next_day": "reddened", "supervise": "supervised", "remind": "reminded",
    "escalate": "escalated", "account": "accounted",
}  # fmt: skip

_aside: dict[UUID, float] = {}
"""Cases that could not be acted on, until when they are left alone, so that they do not hold up all others."""


def fire_due(limit: int = 200) -> int:
    """Act on clocks whose time has come, by the database's clock. How many were acted on; any number may run."""
    actor, worker = scope.system_actor(WORKER), beats.me("worker")
    with scope.acting(actor):
        now, believed = leap.look()
        if not believed:
            return 0
        locked = _claim(now, limit)
        late = _act_on(locked, actor, now) if locked else []
        beats.fire_canaries(worker)
        if late:
            beats.note_round(worker=worker, at=now, fired=len(late), late_ms=late)
    return len(late)


def next_due() -> datetime | None:
    """When the worker must wake up next."""
    with scope.acting(scope.system_actor(WORKER)), transaction.atomic():
        found: datetime | None = Clock.objects.filter(next_at__isnull=False).aggregate(at=Min("next_at"))["at"]
    return found


def seconds_until(moment: datetime | None, *, at_most: timedelta) -> float:
    if moment is None:
        return at_most.total_seconds()
    return max(0.0, min((moment - database.now()).total_seconds(), at_most.total_seconds()))


def _claim(now: datetime, limit: int) -> list[UUID]:
    present = time.monotonic()
    for one in [one for one, until in _aside.items() if until <= present]:
        del _aside[one]
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now, list(_aside), limit])
        return list(dict.fromkeys(row[0] for row in cursor.fetchall()))


def _act_on(locked: Sequence[UUID], actor: scope.Actor, now: datetime) -> list[int]:
    """All of them together; if that fails, each by itself, so that one that cannot be acted on stops no other."""
    try:
        with transaction.atomic():
            return _rounds(locked, actor, now)
    except DatabaseError:
        if connection.connection is None or connection.connection.closed:
            raise
        log.exception("a lot of %s cases failed", len(locked))
    except Exception:
        log.exception("a lot of %s cases failed", len(locked))
    late: list[int] = []
    for one in locked:
        try:
            with transaction.atomic():
                late += _rounds([one], actor, now)
        except Exception:
            log.exception("case %s: its clocks cannot be fired", one)
            _aside[one] = time.monotonic() + SET_ASIDE_SECONDS
    return late


def _rounds(locked: Collection[UUID], actor: scope.Actor, now: datetime) -> list[int]:
    """In milliseconds, how late each clock was that was acted on.

    A step of the workflow that the rules take writes its own entry, so what comes before it in the case's chain is
    written before it, and what comes after in another round.
    """
    late: list[int] = []
    seen: set[UUID] = set()
    waiting = list(locked)
    for _ in range(MOST_ROUNDS):
        lot = lots.read(waiting, by=actor, now=now)
        firing = _Round(lot)
        for matter in lot.matters.values():
            for clock in _due(matter, now):
                if clock.id not in seen:
                    seen.add(clock.id)
                    assert clock.next_at is not None
                    # One that was made overdue has not been late before it was made.
                    since = max(clock.next_at, made_at(clock.id) or clock.next_at)
                    late.append(max(0, round((now - since).total_seconds() * 1000)))
            firing.act_on(matter)
        lot.write()
        for step in firing.steps:
            rungs.take(step, by=actor, at=now)
        waiting = list({step.case_id for step in firing.steps})
        if not waiting:
            break
    return late


def _due(matter: Matter, now: datetime) -> list[Running]:
    return [one for one in matter.clocks if one.next_at is not None and one.next_at <= now]


class _Round:
    """One pass over a lot: what its due clocks do, and which steps of the workflow must follow."""

    def __init__(self, lot: Lot) -> None:
        self.lot = lot
        self.steps: list[rungs.Due] = []
        self._units = _Units(lot)

    def act_on(self, matter: Matter) -> None:
        lot, due = self.lot, _due(matter, self.lot.now)
        if not due:
            return
        paused = [one for one in due if one.state == ClockState.PAUSED]
        if paused and matter.state == State.CARRIED_OVER:
            self.steps.append(rungs.Due(matter.id, paused[0].id, None, paused[0].due_at))
            return
        ended = matter.state in ENDED and matter.state != State.MERGED
        for one in due:
            if ended or one.state != ClockState.RUNNING:
                one.next_at = None
                lot.changed.append(one)
        running = [] if ended else [one for one in due if one.state == ClockState.RUNNING]
        self._climb(matter, running)
        for one in running:
            one.next_at = ladder.next_at(one, matter.urgency)
            lot.changed.append(one)

    def _climb(self, matter: Matter, running: list[Running]) -> None:
        """All due rungs of the case in the order of their moments, up to a step of the workflow."""
        ahead = [(taken.at, n, one, taken) for n, one in enumerate(running) for taken in self._due_rungs(matter, one)]
        for _, _, clock, taken in sorted(ahead, key=lambda each: each[:2]):
            self._mark(matter, clock, taken)
            rises = taken.rung is not None and taken.rung.step == NoticeKind.ESCALATE
            # A broken promise takes a case one level up, however many of its clocks ran out with it.
            already = rises and matter.risen_at is not None and matter.risen_at >= clock.due_at
            if rises and not already and rungs.may_rise(matter.state, matter.level):
                self.steps.append(rungs.Due(matter.id, clock.id, taken.rung, clock.due_at))
                return
            self._tell(matter, clock, taken, already=already)
            if rises:
                matter.risen_at = self.lot.now

    def _due_rungs(self, matter: Matter, clock: Running) -> list[Taken]:
        return ladder.due_by(clock, matter.urgency, self.lot.now)

    def _mark(self, matter: Matter, clock: Running, taken: Taken) -> None:
        now = self.lot.now
        clock.rung += taken.rung is not None
        if taken.when == "warn":
            clock.warned_at = clock.warned_at or now
        if taken.when == "due":
            clock.missed_at = clock.missed_at or now
            clock.warned_at = clock.warned_at or now
            if clock.awaited is not None:
                self.lot.late.append(clock.awaited)
        step = taken.rung.step if taken.rung else ""
        matter.reminders += step == NoticeKind.REMIND
        matter.supervised = matter.supervised or step == NoticeKind.SUPERVISE
        matter.card = ladder.card(matter.clocks, matter.urgency)
        self.lot.touched[matter.id] = matter

    def _tell(self, matter: Matter, clock: Running, taken: Taken, *, already: bool) -> None:
        rung, lot = taken.rung, self.lot
        hint = rung.step if rung else ""
        verb = _VERBS[hint if taken.when == "after" else taken.when]
        data: dict[str, Any] = {
            "clock": str(clock.id),
            "kind": clock.kind,
            "label": clock.label,
            "due_at": clock.due_at.isoformat(),
            "unit": clock.unit.document if clock.unit else None,
            "card": matter.card,
            "hint": hint,
        }
        if already:
            data["already"] = True
        elif rung is not None and rung.step in NoticeKind.values:
            unit = self._units.addressed(matter, clock, rung.to)
            within = rung.answer_within
            due = ladder.moment(within, lot.now, clock.calendar) if within else None
            told = Told(uuid7(), matter.id, clock.id, rung.step, unit, rung.text_zh, rung.text_en, due)
            lot.told.append(told)
            data |= {"notice": str(told.id), "told": unit.document if unit else None}
        message = {"case_id": str(matter.id), "clock_id": str(clock.id), "verb": verb, "hint": hint}
        lot.record(matter, f"casework:clock:{verb}", data, message)


class _Units:
    """Whom a rung speaks to."""

    def __init__(self, lot: Lot) -> None:
        self._lot = lot
        self._above: dict[tuple[int, str], Who] | None = None
        self._command: list[Who | None] = []

    def addressed(self, matter: Matter, clock: Running, to: str) -> Who | None:
        if to == "owner":
            whose = clock.unit or (matter.lead if clock.kind not in _OF_THE_CENTRE else None)
        elif to == "lead":
            whose = matter.lead
        else:
            whose = self._one_above(matter) if to == "above" else None
        return whose or self.command

    @property
    def command(self) -> Who | None:
        if not self._command:
            unit = rungs.command()
            self._command.append(Who(unit.pk, unit.short_name, unit.pos) if unit else None)
        return self._command[0]

    def _one_above(self, matter: Matter) -> Who | None:
        if self._above is None:
            wanted = {(one.area_pos, kind) for one in self._lot.matters.values() if (kind := _kind_above(one))}
            self._above = {pair: Who(*found) for pair, found in org.units_serving(wanted).items()}
        return self._above.get((matter.area_pos, _kind_above(matter)))


_OF_THE_CENTRE = frozenset({ClockKind.ACCEPT.value, ClockKind.VERIFY.value, ClockKind.CALL_BACK.value})


def _kind_above(matter: Matter) -> str:
    """The kind of the unit one level up that serves the place; "" where that is the centre."""
    if not matter.area_pos or matter.level <= Level.SUBDISTRICT:
        return ""
    return str(rungs.KIND_AT[Level(matter.level - 1)].value)
