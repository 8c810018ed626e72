"""What is said of proposed corrections, over HTTP."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from wangge.kit.schema import In, Named, Out
from wangge.registry.schemas.people import Purpose, Said


class CorrectionOut(Out):
    """`known` and `given` are masked; empty once it is decided."""

    id: UUID
    person: Named
    grid: str
    field: str
    field_name: str
    field_name_en: str
    known: str
    given: str
    reason: str
    state: str
    state_name: str
    unit: Named
    by_name: str
    by_unit: Named | None
    at: dt.datetime
    decided_name: str
    decided_at: dt.datetime | None
    decision: str
    can_decide: bool


class CorrectionPage(Out):
    items: list[CorrectionOut]
    next: str | None
    total: int


class CorrectionLook(In):
    purpose: Purpose


class CorrectionValues(Out):
    field: str
    known: str
    given: str


class CorrectionDecision(In):
    accepted: bool
    reason: Said
