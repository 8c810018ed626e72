"""The guard of the database's clock: after a leap nothing fires until somebody says that the new time is right.

What tells a leap from time that passed:

- A process that lived through it: its own count of seconds since boot, which no clock setting changes, against how
  far the database's clock went. Ahead by more than the limit: a leap. Back again: the leap was undone.
- Nobody lived through it (everything was off). Then the last sign of life is compared with the database's clock, and
  a gap is believed when PostgreSQL itself was started since, for up to LONGEST_OFF: machines are switched off over
  holidays. If PostgreSQL ran all along, its timed checkpoints must have run too, about one each checkpoint_timeout:
  after a leap there is one, after a weekend without workers there are hundreds. Otherwise an operator is asked.

A clock that went back fires nothing early; it is told and lived with.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from wangge.audit import services as audit
from wangge.casework.models import Heartbeat
from wangge.casework.watching import STANDING
from wangge.kit import clock as database
from wangge.kit.errors import Conflict
from wangge.org.scope import SYSTEM_ID, Actor

log = logging.getLogger("wangge.clock")

LONGEST_OFF = timedelta(days=16)
_NOW = "select clock_timestamp(), (select detail from casework_heartbeat where name = %s)"
_LAST = """
select at, detail from casework_heartbeat
 where starts_with(name, 'worker:') or starts_with(name, 'web:') or starts_with(name, 'watchdog:')
 order by at desc limit 1
"""
_SERVER = "select pg_postmaster_start_time(), extract(epoch from current_setting('checkpoint_timeout')::interval)"


class ClockNotStopped(Conflict):
    code = "clock_not_stopped"
    title_zh = "时限触发没有停住，无需恢复"
    title_en = "Firing has not been stopped; there is nothing to resume"


@dataclass(frozen=True)
class Stop:
    """From where to where the clock leapt, and what made us think so."""

    expected: datetime
    found: datetime
    zh: str
    en: str

    @property
    def hours(self) -> float:
        return (self.found - self.expected).total_seconds() / 3600


@dataclass
class _Anchor:
    at: datetime
    passed: float
    confirmed: int


def boot_seconds() -> float:
    """Seconds since this machine was started, also while it was asleep."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Guard:
    """What one process knows of the time that passed."""

    def __init__(self, stopwatch: Callable[[], float] = boot_seconds) -> None:
        self._stopwatch = stopwatch
        self._anchor: _Anchor | None = None

    def look(self) -> tuple[datetime, bool]:
        """The database's time, and whether it may be acted on. Within a transaction, which may write the stop."""
        with connection.cursor() as cursor:
            cursor.execute(_NOW, [STANDING])
            now, held = cursor.fetchone()
        passed = self._stopwatch()
        detail: dict[str, Any] = _read(held)
        confirmed, stopped = int(detail.get("confirmed", 0)), bool(detail.get("stopped"))
        anchor = self._anchor
        if anchor is None or anchor.confirmed != confirmed:
            if stopped:
                return now, False
            stop = _unseen(now) if anchor is None else None
        else:
            expected = anchor.at + timedelta(seconds=passed - anchor.passed)
            ahead = now - expected
            if stopped and abs(ahead) <= _limit():
                confirmed += 1
                _lift(now, confirmed)
            elif stopped:
                return now, False
            if ahead < -_limit():
                log.error("the database's clock went back by %s", -ahead)
            stop = _measured(expected, now) if ahead > _limit() else None
        if stop is not None:
            _stop(stop, confirmed)
            return now, False
        self._anchor = _Anchor(now, passed, confirmed)
        return now, True


_guard = Guard()
look = _guard.look


def resume(*, by: Actor) -> None:
    """An operator says that the database's time is right: what is due by it fires from now on."""
    standing = Heartbeat.objects.select_for_update().filter(name=STANDING).first()
    if standing is None or not standing.detail.get("stopped"):
        raise ClockNotStopped
    now = database.now()
    facts = {key: standing.detail[key] for key in ("expected", "found") if key in standing.detail}
    confirmed = int(standing.detail.get("confirmed", 0)) + 1
    standing.detail = {"stopped": False, "confirmed": confirmed, "by": by.name, "at": now.isoformat()}
    standing.at = now
    standing.save()
    audit.record(
        subject_type="system", subject_id=SYSTEM_ID, action="casework:clocks:resume", actor=by, data=facts, at=now
    )
    log.warning("%s has confirmed the database's clock: %s", by.name, now)


def checkpoints() -> int:
    """How many timed checkpoints the server counts: evidence of time that passed while none of us lived."""
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('server_version_num')::int >= 170000")
        newer = cursor.fetchone()[0]
        cursor.execute(
            "select num_timed from pg_stat_checkpointer" if newer else "select checkpoints_timed from pg_stat_bgwriter"
        )
        return int(cursor.fetchone()[0])


def believable(
    *, last: datetime, now: datetime, started: datetime, counted: int | None, each: float
) -> tuple[bool, str, str]:
    """Whether time may have passed from the last sign of life until now, though nobody lived through it.

    `counted` timed checkpoints since then, when the server's count goes on from what was noted; one each `each` s.
    """
    gap = now - last
    if started > last:
        if gap <= LONGEST_OFF:
            return True, "", ""
        return False, f"停机超过 {LONGEST_OFF.days} 天", f"everything was off for more than {LONGEST_OFF.days} days"
    expected = gap.total_seconds() / each
    if counted is not None and counted >= expected / 2 - 1:
        return True, "", ""
    return (
        False,
        "数据库一直在运行，却没有相应的定时检查点",
        "the server ran all along, without the timed checkpoints of such a time",
    )


def _unseen(now: datetime) -> Stop | None:
    """This process has just begun: was there a leap that nobody saw?"""
    with connection.cursor() as cursor:
        cursor.execute(_LAST)
        found = cursor.fetchone()
        if found is None:
            return None
        last, detail = found[0], _read(found[1])
        if now - last <= _limit():
            return None
        cursor.execute(_SERVER)
        started, each = cursor.fetchone()
    noted = detail.get("checkpoints")
    count = checkpoints()
    counted = count - noted if isinstance(noted, int) and count >= noted else None
    well, zh, en = believable(last=last, now=now, started=started, counted=counted, each=float(each))
    if well:
        log.warning("nobody was there from %s to %s; taken for time that passed", last, now)
        return None
    return Stop(last, now, zh, en)


def _measured(expected: datetime, now: datetime) -> Stop:
    return Stop(expected, now, "运行中测得时钟跳变", "measured by a process that lived through it")


def _stop(stop: Stop, confirmed: int) -> None:
    detail = {
        "stopped": True,
        "confirmed": confirmed,
        "expected": stop.expected.isoformat(),
        "found": stop.found.isoformat(),
        "hours": round(stop.hours, 2),
        "zh": stop.zh,
        "en": stop.en,
    }
    Heartbeat.objects.update_or_create(name=STANDING, defaults={"at": stop.found, "detail": detail})
    log.critical("the database's clock leapt by %.1f h (%s): no clock fires until it is confirmed", stop.hours, stop.en)


def _lift(now: datetime, confirmed: int) -> None:
    """By a process that lived through it and knows better; the others take up the time anew."""
    kept = {"stopped": False, "confirmed": confirmed, "lifted": now.isoformat()}
    Heartbeat.objects.filter(name=STANDING).update(at=now, detail=kept)
    log.warning("the database's clock is back where it should be: clocks fire again")


def _limit() -> timedelta:
    return timedelta(hours=settings.WANGGE.leap_hours)


def _read(held: Any) -> dict[str, Any]:
    if held is None:
        return {}
    return dict(json.loads(held) if isinstance(held, str) else held)
