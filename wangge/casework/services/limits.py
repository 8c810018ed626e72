"""How long each promise lasts: from the responsibility list where it says so, else these defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from wangge.calendars.arithmetic import Limit
from wangge.casework.models import ClockKind, Urgency, WhistleKind

FIXED_PROMISE = frozenset({"hotline12345"})


def _limit(value: str, unit: str) -> Limit:
    return Limit(Decimal(value), unit)


# 12345 in Shandong: five working days; danger within two hours day and night; water, power, gas and heat in 24 hours.
_DEFAULTS: dict[tuple[str, str], Limit] = {
    (ClockKind.ACCEPT, Urgency.NORMAL): _limit("4", "working_hours"),
    (ClockKind.ACCEPT, Urgency.URGENT): _limit("1", "urgent_hours"),
    (ClockKind.ACCEPT, Urgency.DANGER): _limit("0.25", "urgent_hours"),
    (ClockKind.ACKNOWLEDGE, Urgency.NORMAL): _limit("4", "working_hours"),
    (ClockKind.ACKNOWLEDGE, Urgency.URGENT): _limit("1", "urgent_hours"),
    (ClockKind.ACKNOWLEDGE, Urgency.DANGER): _limit("0.25", "urgent_hours"),
    (ClockKind.HANDLE, Urgency.NORMAL): _limit("4", "working_days"),
    (ClockKind.HANDLE, Urgency.URGENT): _limit("24", "urgent_hours"),
    (ClockKind.HANDLE, Urgency.DANGER): _limit("2", "urgent_hours"),
    (ClockKind.VERIFY, Urgency.NORMAL): _limit("1", "working_days"),
    (ClockKind.VERIFY, Urgency.URGENT): _limit("4", "working_hours"),
    (ClockKind.VERIFY, Urgency.DANGER): _limit("4", "working_hours"),
    (ClockKind.CALL_BACK, Urgency.NORMAL): _limit("2", "working_days"),
    (ClockKind.CALL_BACK, Urgency.URGENT): _limit("1", "working_days"),
    (ClockKind.CALL_BACK, Urgency.DANGER): _limit("1", "working_days"),
    (ClockKind.WHOLE, Urgency.NORMAL): _limit("5", "working_days"),
    (ClockKind.WHOLE, Urgency.URGENT): _limit("2", "working_days"),
    (ClockKind.WHOLE, Urgency.DANGER): _limit("1", "working_days"),
}
_REPORT_IN: dict[str, Limit] = {
    WhistleKind.EMERGENCY: _limit("0.5", "urgent_hours"),
    WhistleKind.JOINT: _limit("4", "working_hours"),
    WhistleKind.BEYOND_POWERS: _limit("1", "working_days"),
}


def listed(limits: Sequence[Mapping[str, Any]], kind: str) -> list[Limit]:
    """The limits the responsibility list gives for `kind`, in turn."""
    return [Limit(Decimal(str(row["value"])), row["unit"]) for row in limits if row["step"] == kind]


def for_kind(kind: str, urgency: str, limits: Sequence[Mapping[str, Any]]) -> Limit:
    return (listed(limits, kind) or [_DEFAULTS[kind, urgency]])[0]


def for_report_in(whistle_kind: str, limits: Sequence[Mapping[str, Any]]) -> Limit:
    """An emergency never waits longer than its default, whatever the list allows."""
    if whistle_kind == WhistleKind.EMERGENCY:
        return _REPORT_IN[whistle_kind]
    return (listed(limits, ClockKind.REPORT_IN) or [_REPORT_IN[whistle_kind]])[0]


def for_handling(urgency: str, limits: Sequence[Mapping[str, Any]]) -> list[Limit]:
    """One limit for each stage of handling; danger and urgent matters have one stage."""
    default = _DEFAULTS[ClockKind.HANDLE, urgency]
    if urgency != Urgency.NORMAL:
        return [default]
    return listed(limits, ClockKind.HANDLE) or [default]
