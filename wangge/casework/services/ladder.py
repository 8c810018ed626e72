"""Where a running promise stands on its ladder: which rungs are due, when the next one is, which card it turns."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from wangge.calendars import arithmetic
from wangge.calendars import selectors as calendars
from wangge.casework import timing
from wangge.casework.models import ClockKind
from wangge.casework.promises import pauses_of
from wangge.casework.timing import Rung

LOCAL = ZoneInfo("Asia/Shanghai")


class Promise(Protocol):
    """What of a clock the ladder looks at."""

    kind: str
    calendar: str
    due_at: datetime
    warn_at: datetime | None
    rung: int
    warned_at: datetime | None
    missed_at: datetime | None
    pauses: list[list[str]]


@dataclass(frozen=True, slots=True)
class Taken:
    """One rung at its moment. A ladder need not name what every promise has: a warning and its end (`rung` None)."""

    at: datetime
    when: str  # warn, due, next_day, after
    rung: Rung | None


def next_at(clock: Promise, urgency: str) -> datetime | None:
    """When the worker must look at a running clock next; None after the last rung."""
    ahead = _ahead(clock, timing.rules().ladder(clock.kind, urgency), None)
    return ahead[0].at if ahead else None


def due_by(clock: Promise, urgency: str, now: datetime) -> list[Taken]:
    """The rungs whose moment has come, in order."""
    return [one for one in _ahead(clock, timing.rules().ladder(clock.kind, urgency), now) if one.at <= now]


def card(promises: Iterable[Promise], urgency: str) -> str:
    """Red while a promise of the case is broken for long enough, yellow while one is about to be."""
    shown = ""
    for one in promises:
        if one.kind == ClockKind.REPORT_IN:
            continue  # its own unit is late, not the case
        if one.missed_at is not None and _is_red(one, urgency):
            return "red"
        if one.warned_at is not None or one.missed_at is not None:
            shown = "yellow"
    return shown


def moment(
    within: arithmetic.Limit, start: datetime, calendar: str, pauses: tuple[arithmetic.Pause, ...] = ()
) -> datetime:
    """The end of a limit that the ladder sets: for the next rung, or for an answer."""
    return _end(within, start, calendars.load(calendar), pauses)


def _is_red(clock: Promise, urgency: str) -> bool:
    rungs = timing.rules().ladder(clock.kind, urgency)
    turns = next((place for place, rung in enumerate(rungs) if rung.step == "card"), None)
    return turns is None or clock.rung > turns


def _ahead(clock: Promise, rungs: tuple[Rung, ...], until: datetime | None) -> list[Taken]:
    """What is still to come, worked out to the first rung after `until` (None: to the very next one).

    Rungs are taken in their order, so none comes before the one below it.
    """
    found: list[Taken] = []
    left = rungs[clock.rung :]
    for place, rung in enumerate(left):
        at = _moment_of(rung, clock)
        if rung.when == "next_day" and place + 1 < len(left):
            at = min(at, _moment_of(left[place + 1], clock))  # turning red holds up no other rung
        found.append(Taken(max(at, found[-1].at) if found else at, rung.when, rung))
        if until is None or found[-1].at > until:
            break
    named = {rung.when for rung in left}
    # A mark that was made stays made: a clock that has warned is not warned of again.
    if clock.warned_at is None and clock.missed_at is None and "warn" not in named:
        found.append(Taken(_warn(clock), "warn", None))
    if clock.missed_at is None and "due" not in named:
        found.append(Taken(clock.due_at, "due", None))
    return sorted(found, key=lambda one: (one.at, _ORDER[one.when]))


_ORDER = {"warn": 0, "due": 1, "next_day": 2, "after": 3}


def _warn(clock: Promise) -> datetime:
    return clock.due_at if clock.warn_at is None else min(clock.warn_at, clock.due_at)


def _moment_of(rung: Rung, clock: Promise) -> datetime:
    if rung.when == "warn":
        return _warn(clock)
    if rung.when == "next_day":
        return _midnight_after(clock.due_at)
    if rung.when == "due" or rung.after is None:
        return clock.due_at
    return moment(rung.after, clock.due_at, clock.calendar, tuple(pauses_of(clock)))


def _midnight_after(due: datetime) -> datetime:
    local = due.astimezone(LOCAL)
    return datetime.combine(local.date() + timedelta(days=1), time(), LOCAL)


@functools.lru_cache(maxsize=4096)
def _end(
    within: arithmetic.Limit, start: datetime, calendar: arithmetic.Calendar, pauses: tuple[arithmetic.Pause, ...]
) -> datetime:
    return arithmetic.due(start, within, calendar, pauses).at
