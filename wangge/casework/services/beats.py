"""Signs of life, canaries and alarms: written by workers, web processes and the watchdog."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from wangge.casework import watching
from wangge.casework.models import Alarm, AlarmKind, Canary, Firing, Heartbeat
from wangge.casework.services import leap
from wangge.kit import clock as database

KEPT = timedelta(days=2)
_FIRE_CANARY = """
update casework_canary set fired_at = clock_timestamp(), fired_by = %s
 where due_at in (select due_at from casework_canary where fired_at is null and due_at <= clock_timestamp()
                     for no key update skip locked)
"""


def me(role: str) -> str:
    """This process, as rows name it."""
    return f"{role}:{socket.gethostname()[:40]}:{os.getpid()}"


def beat(role: str, detail: Mapping[str, Any] | None = None) -> None:
    """Alive, by the database's clock; and whether that clock may be believed is looked at on the way."""
    now, _ = leap.look()
    said = {**(detail or {}), "checkpoints": leap.checkpoints()}
    Heartbeat.objects.update_or_create(name=me(role), defaults={"at": now, "detail": said})


def note(role: str, detail: Mapping[str, Any]) -> None:
    """What a process says beside its sign of life."""
    Heartbeat.objects.update_or_create(name=me(role), defaults={"at": database.now(), "detail": dict(detail)})


def leave(role: str) -> None:
    """A process that ends on purpose is not missed."""
    Heartbeat.objects.filter(name=me(role)).delete()


def set_canary(at: datetime) -> None:
    Canary.objects.get_or_create(due_at=at)


def fire_canaries(worker: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FIRE_CANARY, [worker])


def note_round(*, worker: str, at: datetime, fired: int, late_ms: list[int]) -> None:
    """What a round did; in its own commit, so that no rung is counted that was not taken."""
    Firing.objects.create(
        at=at, worker=worker, fired=fired, slowest_ms=max(late_ms, default=0), lateness=watching.counted(late_ms)
    )


def raise_alarm(kind: AlarmKind, zh: str, en: str) -> bool:
    """True when it was not open already."""
    now = database.now()
    values = {"text_zh": zh[:300], "text_en": en[:300], "seen_at": now}
    _, created = Alarm.objects.update_or_create(
        kind=kind, cleared_at__isnull=True, defaults=values, create_defaults={**values, "kind": kind, "raised_at": now}
    )
    return created


def clear_alarm(kind: AlarmKind) -> bool:
    """True when it was open."""
    return bool(Alarm.objects.filter(kind=kind, cleared_at__isnull=True).update(cleared_at=database.now()))


def prune() -> None:
    """Old rounds, canaries, closed alarms and beats; also beats of a time that was not."""
    now = database.now()
    Firing.objects.filter(at__lt=now - KEPT).delete()
    Canary.objects.filter(due_at__lt=now - KEPT).delete()
    Alarm.objects.filter(cleared_at__lt=now - timedelta(days=400)).delete()
    Heartbeat.objects.filter(name__startswith=watching.TRAFFIC, at__lt=now - timedelta(hours=1)).delete()
    lives = Heartbeat.objects.exclude(name=watching.STANDING).exclude(name__startswith=watching.TRAFFIC)
    newest = lives.order_by("-at").values_list("name", flat=True).first()  # the guard of the next start reads it
    lives.filter(at__lt=now - KEPT).exclude(name=newest).delete()
    lives.filter(at__gt=now + timedelta(hours=1)).delete()
