"""Cases, work orders, whistles, clocks, notices, attachments, ratings."""

from __future__ import annotations

from wangge.casework.models.cases import (
    Case,
    CaseQuerySet,
    OfCaseQuerySet,
    Party,
    Search,
    Urgency,
)
from wangge.casework.models.records import (
    Attachment,
    Counter,
    IdempotencyKey,
    SavedView,
)
from wangge.casework.models.time import (
    UNANSWERED,
    Clock,
    ClockKind,
    ClockState,
    Heartbeat,
    Notice,
    NoticeKind,
    Reckoned,
    TimeRequest,
    TimeRequestKind,
    TimeRequestState,
    TimeRules,
)
from wangge.casework.models.watch import Alarm, AlarmKind, Canary, Firing
from wangge.casework.models.work import (
    Responder,
    ResponderState,
    Whistle,
    WhistleKind,
    WorkOrder,
)

__all__ = [
    "UNANSWERED",
    "Alarm",
    "AlarmKind",
    "Attachment",
    "Canary",
    "Case",
    "CaseQuerySet",
    "Clock",
    "ClockKind",
    "ClockState",
    "Counter",
    "Firing",
    "Heartbeat",
    "IdempotencyKey",
    "Notice",
    "NoticeKind",
    "OfCaseQuerySet",
    "Party",
    "Reckoned",
    "Responder",
    "ResponderState",
    "SavedView",
    "Search",
    "TimeRequest",
    "TimeRequestKind",
    "TimeRequestState",
    "TimeRules",
    "Urgency",
    "Whistle",
    "WhistleKind",
    "WorkOrder",
]
