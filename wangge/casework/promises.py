"""When a promise ends: one reckoning for starting, resuming, extending, recomputing and explaining."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from wangge.calendars import arithmetic
from wangge.calendars import selectors as calendars
from wangge.casework import timing
from wangge.casework.models import Clock
from wangge.casework.timing import CardRule

_SHORTEST = Decimal("0.0003")  # an hour's second: half of anything is at least that


@dataclass(frozen=True)
class Reckoning:
    """The limit from the start without the pauses; after it the working days granted on top."""

    limit: arithmetic.Due
    extra: arithmetic.Due | None
    warn_at: datetime

    @property
    def due_at(self) -> datetime:
        return (self.extra or self.limit).at

    @property
    def caution(self) -> str:
        return self.limit.caution or (self.extra.caution if self.extra else "")

    @property
    def caution_en(self) -> str:
        return self.limit.caution_en or (self.extra.caution_en if self.extra else "")


def reckon(clock: Clock) -> Reckoning:
    """When the promise ends, from what is kept of it: limit, start, pauses, working days granted, calendar."""
    return work_out(
        arithmetic.Limit(clock.limit_value, clock.limit_unit),
        clock.started_at,
        calendars.load(clock.calendar),
        timing.rules().card,
        tuple(pauses_of(clock)),
        clock.extra_days,
    )


class Paused(Protocol):
    """What may have stood still."""

    pauses: list[list[str]]


def pauses_of(clock: Paused) -> list[arithmetic.Pause]:
    return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in clock.pauses]


@functools.lru_cache(maxsize=1024)
def work_out(
    limit: arithmetic.Limit,
    at: datetime,
    days: arithmetic.Calendar,
    card: CardRule,
    pauses: tuple[arithmetic.Pause, ...] = (),
    extra_days: int = 0,
) -> Reckoning:
    """Cases taken in together start at one moment, and the same promises recur."""
    plain = arithmetic.due(at, limit, days, pauses)
    extra = None
    if extra_days:
        extra = arithmetic.due(_its_day(plain.at), arithmetic.Limit(Decimal(extra_days), "working_days"), days, pauses)
    warn_at = _warn_at(limit, at, (extra or plain).at, days, card, pauses, extended=extra is not None)
    return Reckoning(plain, extra, warn_at)


def _its_day(due: datetime) -> datetime:
    """24:00 belongs to the day it closes: the day after it is the first that is added."""
    at_midnight = (due.hour, due.minute, due.second, due.microsecond) == (0, 0, 0, 0)
    return due - timedelta(microseconds=1) if at_midnight else due


def _warn_at(
    limit: arithmetic.Limit,
    start: datetime,
    due: datetime,
    days: arithmetic.Calendar,
    card: CardRule,
    pauses: tuple[arithmetic.Pause, ...],
    *,
    extended: bool,
) -> datetime:
    """So long before it runs out as the rules say; half-way when the limit is not longer than that."""
    if extended or arithmetic.Unit(limit.unit).in_days or limit.value > card.half_up_to_hours:
        before = arithmetic.moment_before(due, card.yellow, days)
        if before > start:
            return before
    on_duty = arithmetic.Unit(limit.unit).on_duty_only
    counted = _between(start, due, days, on_duty=on_duty)
    for begin, end in pauses:
        if begin < due and end > start:
            counted -= _between(max(begin, start), min(end, due), days, on_duty=on_duty)
    hours = max(Decimal(int(counted.total_seconds())) / 7200, _SHORTEST)
    half = arithmetic.Limit(hours, "working_hours" if on_duty else "natural_hours")
    return min(arithmetic.due(start, half, days, pauses).at, due)


def _between(start: datetime, end: datetime, days: arithmetic.Calendar, *, on_duty: bool) -> timedelta:
    return arithmetic.working_time_between(start, end, days) if on_duty else end - start
