"""Case numbers: day and ordinal. Each process takes blocks from the day's counter; gaps may be, doubles not."""

from __future__ import annotations

import threading
from collections import deque
from datetime import date

from django.db import connection, transaction

BLOCK = 100
_TAKE = """
insert into casework_counter as c (day, last) values (%s, %s)
on conflict (day) do update set last = c.last + excluded.last
returning last
"""
_lock = threading.Lock()
_day: date | None = None
_spare: deque[int] = deque()


def take(day: date, count: int = 1) -> list[str]:
    """`count` numbers nobody else has. Must run inside a transaction."""
    ordinals = _from_spare(day, count)
    if missing := count - len(ordinals):
        wanted = max(missing, BLOCK)
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [day, wanted])
            (last,) = cursor.fetchone()
        first = last - wanted + 1
        ordinals += range(first, first + missing)
        # Only a committed block is ours: after a rollback the counter hands the same numbers out again.
        transaction.on_commit(lambda: _keep(day, range(first + missing, last + 1)))
    return [f"{day:%Y%m%d}{ordinal:05d}" for ordinal in ordinals]


def _from_spare(day: date, count: int) -> list[int]:
    with _lock:
        if _day != day:
            return []
        return [_spare.popleft() for _ in range(min(count, len(_spare)))]


def _keep(day: date, ordinals: range) -> None:
    global _day
    with _lock:
        if _day != day:
            _spare.clear()
            _day = day
        _spare.extend(ordinals)


def forget() -> None:
    """Drop the block, when the process turns to another database."""
    with _lock:
        _spare.clear()
