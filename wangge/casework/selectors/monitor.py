"""Whether what must never stop goes on: workers, canaries, clocks, lateness, the outbox, jobs, alarms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models.functions import Now

from wangge.casework import watching
from wangge.casework.models import Alarm, Canary, Clock, Heartbeat, Reckoned
from wangge.org import scope

SHOWN = timedelta(hours=1)
STUCK_AFTER = timedelta(minutes=1)

# Each is an index scan of what is due, or counted no further than MOST: the page must answer while things go wrong.
MOST = 100_000
_CLOCKS = """
select clock_timestamp(),
  (select count(*) from (select from casework_clock where next_at is not null limit %(most)s) c),
  (select count(*) from (select from casework_clock where next_at <= clock_timestamp() limit %(most)s) c),
  (select count(*) from (select from casework_clock
                          where next_at <= clock_timestamp() - %(stuck)s * interval '1 second' limit %(most)s) c),
  (select min(next_at) from casework_clock where next_at is not null),
  (select count(*) from casework_case
    where due_at < clock_timestamp() and state not in ('closed', 'cancelled', 'merged')),
  (select count(*) from casework_notice where answered_at is null and kind not in ('remind', 'danger'))
"""
_OUTBOX = """
select count(*), min(created_at) from (
  select created_at from audit_outbox where sent_at is null order by id limit %s) o
"""
_JOBS = "select status::text, count(*) from procrastinate_jobs where status in ('todo', 'doing', 'failed') group by 1"
_ROUNDS = """
select count(*), coalesce(sum(fired), 0), coalesce(max(slowest_ms), 0) from casework_firing where at >= %s
"""
_LATENESS = "select lateness from casework_firing where at >= %s"


@dataclass(frozen=True)
class Clocks:
    now: datetime
    open: int
    due: int
    stuck: int
    next_at: datetime | None
    overdue_cases: int
    unanswered: int

    @property
    def oldest_seconds(self) -> float:
        """How long the clock that waits longest has been due."""
        return max(0.0, (self.now - self.next_at).total_seconds()) if self.next_at else 0.0


@dataclass(frozen=True)
class Fired:
    """What was fired in the last hour, and how late, in milliseconds."""

    rounds: int
    fired: int
    p50: int | None
    p99: int | None
    p999: int | None
    slowest: int


@dataclass(frozen=True)
class Life:
    """A process and its last sign of life."""

    name: str
    role: str
    at: datetime
    seconds: float
    alive: bool
    detail: dict[str, Any]


@dataclass(frozen=True)
class Canaries:
    """Timers set by the watchdog in the last hour. `missed` in a row until now."""

    set: int
    fired: int
    missed: int
    last_ms: int | None
    slowest_ms: int | None


def clocks() -> Clocks:
    with connection.cursor() as cursor:
        cursor.execute(_CLOCKS, {"most": MOST, "stuck": STUCK_AFTER.total_seconds()})
        return Clocks(*cursor.fetchone())


def stuck(*, most: int = 1000) -> frozenset[UUID]:
    """Clocks that have been due for more than a minute, those that wait longest."""
    overdue = Clock.objects.filter(next_at__lte=Now() - STUCK_AFTER)
    return frozenset(overdue.order_by("next_at").values_list("pk", flat=True)[:most])


def fired(*, now: datetime, within: timedelta = timedelta(hours=1)) -> Fired:
    with connection.cursor() as cursor:
        cursor.execute(_ROUNDS, [now - within])
        rounds, total, slowest = cursor.fetchone()
        cursor.execute(_LATENESS, [now - within])
        counts = watching.added(row[0] for row in cursor.fetchall())
    p50, p99, p999 = (watching.quantile(counts, share) for share in (0.5, 0.99, 0.999))
    return Fired(rounds, int(total), p50, p99, p999, slowest)


def lives(*, now: datetime) -> list[Life]:
    """Those seen within an hour, the living first. A beat from the future is no sign of life."""
    found = []
    beating = Heartbeat.objects.exclude(name=watching.STANDING).exclude(name__startswith=watching.TRAFFIC)
    for beat in beating.filter(at__gt=now - SHOWN).order_by("name"):
        age = now - beat.at
        alive = -watching.GONE_AFTER < age <= watching.GONE_AFTER
        role = beat.name.partition(":")[0]
        found.append(Life(beat.name, role, beat.at, round(age.total_seconds(), 1), alive, beat.detail))
    return sorted(found, key=lambda one: (not one.alive, one.name))


def traffic() -> dict[str, list[list[Any]]]:
    """By web process: method, route, class of status, how many, seconds in all."""
    told = Heartbeat.objects.filter(name__startswith=watching.TRAFFIC, at__gt=Now() - timedelta(minutes=2))
    return {row.name.removeprefix(watching.TRAFFIC): row.detail.get("rows", []) for row in told.order_by("name")}


def standing() -> dict[str, Any]:
    """Whether the database's clock is believed, and what is known of its last leap."""
    row = Heartbeat.objects.filter(name=watching.STANDING).first()
    return {"stopped": False, **(row.detail if row else {})}


def canaries(*, now: datetime, within: timedelta = timedelta(hours=1)) -> Canaries:
    rows = list(Canary.objects.filter(due_at__gt=now - within, due_at__lte=now).order_by("-due_at"))
    took = [round((row.fired_at - row.due_at).total_seconds() * 1000) for row in rows if row.fired_at]
    missed = 0
    for row in rows:
        if row.fired_at is not None:
            break
        missed += now - row.due_at > CANARY_GRACE
    return Canaries(len(rows), len(took), missed, took[0] if took else None, max(took, default=None))


CANARY_GRACE = timedelta(seconds=30)


def outbox() -> tuple[int, datetime | None]:
    """Messages that wait (counted up to MOST), and since when the oldest does."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTBOX, [MOST])
        count, oldest = cursor.fetchone()
    return count, oldest


def jobs() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_JOBS)
        return {"todo": 0, "doing": 0, "failed": 0, **dict(cursor.fetchall())}


def alarms(*, most: int = 50) -> list[Alarm]:
    """Open ones first, then the latest."""
    found = list(Alarm.objects.order_by("-raised_at")[:most])
    still = Alarm.objects.filter(cleared_at__isnull=True)
    return sorted({one.pk: one for one in [*found, *still]}.values(), key=lambda one: one.cleared_at is not None)


def reckoned() -> list[Reckoned]:
    return list(Reckoned.objects.order_by("name"))


_SETTINGS = """
select name, setting, setting not in ('off', 'local') from pg_settings
 where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by name
"""


def settings() -> list[dict[str, Any]]:
    """Those that decide whether a power cut loses what was acknowledged (`wangge doctor` looks at more)."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS)
        return [{"name": name, "value": value, "safe": safe} for name, value, safe in cursor.fetchall()]


def document() -> dict[str, Any]:
    """What the monitoring page shows: counts of everything, whatever the matters its reader may see."""
    with scope.unrestricted():
        return _document()


def _document() -> dict[str, Any]:
    counted = clocks()
    now = counted.now
    unsent, oldest = outbox()
    return {
        "at": now,
        "clock": standing(),
        "processes": [vars(one) for one in lives(now=now)],
        "canary": vars(canaries(now=now)),
        "clocks": {**vars(counted), "oldest_seconds": counted.oldest_seconds},
        "fired": vars(fired(now=now)),
        "outbox": {"unsent": unsent, "oldest_seconds": (now - oldest).total_seconds() if oldest else 0.0},
        "jobs": jobs(),
        "settings": settings(),
        "alarms": [
            {
                "id": one.pk,
                "kind": one.kind,
                "kind_name": one.get_kind_display(),
                "text_zh": one.text_zh,
                "text_en": one.text_en,
                "raised_at": one.raised_at,
                "seen_at": one.seen_at,
                "cleared_at": one.cleared_at,
            }
            for one in alarms()
        ],
    }
