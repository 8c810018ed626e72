"""How long each promise lasts: from the responsibility list where it says so, else from the profile's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from wangge.areas import selectors as areas
from wangge.calendars.arithmetic import Limit
from wangge.casework import timing
from wangge.casework.models import Case, ClockKind
from wangge.casework.timing import LISTED, Ruled, Rules
from wangge.org.models import Unit
from wangge.responsibility import selectors as responsibility

_LOCAL = ZoneInfo("Asia/Shanghai")


class _Facts(TypedDict):
    urgency: str
    channel: str
    level: int
    category_codes: tuple[str, ...]
    area_codes: tuple[str, ...]
    unit_code: str
    unit_kind: str


def listed(limits: Sequence[Mapping[str, Any]], kind: str) -> list[Limit]:
    """The limits the responsibility list gives for `kind`, in turn."""
    return [Limit(Decimal(str(row["value"])), row["unit"]) for row in limits if row["step"] == kind]


def stages(
    case: Case, kind: str, *, unit: Unit | None = None, whistle_kind: str = "", rules: Rules | None = None
) -> tuple[Ruled, ...]:
    """One limit for each stage; all kinds but handling have one. `unit`: whose clock it is, else the lead unit's."""
    held = rules or timing.rules()
    own = held.stages(kind=kind, whistle_kind=whistle_kind, **_facts(case, unit, held))
    if own[0].over_list:
        return own
    found = listed(case.routing.get("limits", []), kind)
    if not found:
        return own
    if kind != ClockKind.HANDLE:
        found = found[:1]
    return tuple(Ruled(limit, own[0].calendar, LISTED, own[0].fixed, over_list=False) for limit in found)


def of(case: Case, kind: str, *, unit: Unit | None = None, whistle_kind: str = "", rules: Rules | None = None) -> Ruled:
    return stages(case, kind, unit=unit, whistle_kind=whistle_kind, rules=rules)[0]


def _facts(case: Case, unit: Unit | None, rules: Rules) -> _Facts:
    """What of a case the rules ask about; what no line asks about is not looked up."""
    whose = unit
    if whose is None and case.lead_unit_id is not None and (rules.by_unit or rules.by_unit_kind):
        whose = case.lead_unit
    return {
        "urgency": case.urgency,
        "channel": case.channel,
        "level": case.level,
        "category_codes": _categories(case) if rules.by_category else (),
        "area_codes": _areas(case) if rules.by_area else (),
        "unit_code": whose.code if whose is not None and rules.by_unit else "",
        "unit_kind": whose.kind if whose is not None and rules.by_unit_kind else "",
    }


def _categories(case: Case) -> tuple[str, ...]:
    return responsibility.category_codes(case.category_id) if case.category_id is not None else ()


def _areas(case: Case) -> tuple[str, ...]:
    """From the smallest area to the district, under the division of the day the case came in."""
    if not case.area_pos:
        return ()
    day = case.submitted_at.astimezone(_LOCAL).date()
    return tuple(version.code for version in reversed(areas.path(case.area_pos, day)))
