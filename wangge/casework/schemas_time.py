"""What casework gives out over HTTP about promises."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal
from uuid import UUID

from wangge.kit.schema import Named, Out, Shown

CardCode = Literal["", "yellow", "red"]
ClockStateCode = Literal["running", "paused", "met", "late", "cancelled"]


class ClockOut(Out):
    id: UUID
    kind: str
    kind_name: str
    label: str
    unit: Named | None
    state: ClockStateCode
    state_name: str
    started_at: dt.datetime
    due_at: dt.datetime
    stopped_at: dt.datetime | None
    limit: str
    remaining_minutes: int | None
    card: CardCode
    extra_days: int
    rule: str
    missed_at: dt.datetime | None
    caution: str
    pauses: list[tuple[dt.datetime, dt.datetime | None]]


class TimeRequestOut(Out):
    id: UUID
    kind: Literal["extend", "carry_over"]
    kind_name: str
    state: Literal["asked", "granted", "refused", "withdrawn"]
    state_name: str
    days: int | None
    until: dt.datetime | None
    reason: Shown
    unit: Named
    asked_at: dt.datetime
    asked_name: str
    decided_at: dt.datetime | None
    decided_name: str
    decision_reason: Shown
    due_before: dt.datetime | None
    due_after: dt.datetime | None


class ExplainedDay(Out):
    """One day of an explanation. `part`: the limit itself, or the working days granted on top of it."""

    part: Literal["limit", "extra"]
    date: dt.date
    kind: str
    counted_minutes: Decimal
    number: int
    pause_minutes: Decimal
    zh: str
    en: str


class CalendarRef(Out):
    code: str
    name: str
    name_en: str


class ExtensionOut(Out):
    kind: Literal["extend", "carry_over"]
    days: int | None
    until: dt.datetime | None
    asked_at: dt.datetime
    asked_name: str
    granted_at: dt.datetime
    granted_name: str


class RecomputedOut(Out):
    at: dt.datetime
    due_was: dt.datetime
    due_at: dt.datetime
    why: str
    why_en: str


class ExplanationOut(Out):
    """Why a promise ends when it does: the lines add up to the limit, then to the days granted.

    `changed_since`: the calendar has changed after the promise was over or broken, whose due time stays.
    """

    kind: str
    kind_name: str
    rule: str
    rule_en: str
    limit: str
    limit_en: str
    calendar: CalendarRef
    started_at: dt.datetime
    claimed_at: dt.datetime | None
    lines: list[ExplainedDay]
    pauses: list[tuple[dt.datetime, dt.datetime | None]]
    extra_days: int
    extensions: list[ExtensionOut]
    due_at: dt.datetime
    changed_since: bool
    caution: str
    caution_en: str
    history: list[RecomputedOut]
