"""What stands beside a unit's figures of a period: confirmed alarms, and what appeals found true."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any
from uuid import UUID

from wangge.appraisal.selectors import alarms, appeals
from wangge.appraisal.selectors.judging import rules
from wangge.org import scope


def of_units(*, start: dt.date, end: dt.date) -> dict[UUID, list[dict[str, Any]]]:
    """For everybody who reads the figures; no case and no person is named."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    with scope.lifted():
        confirmed, corrected = alarms.confirmed(start=start, end=end), appeals.corrected(start=start, end=end)
    for one in alarms.reviews(confirmed, rules()) if confirmed else ():
        found[one.unit_id].append(
            {
                "kind": "review",
                "id": one.alarm_id,
                "text": f"数据核查中：{one.name}",
                "text_en": f"Figures under review: {one.name_en}",
                "indicators": [],
            }
        )
    for told in corrected:
        found[told.unit_id].append(
            {
                "kind": "correction",
                "id": told.appeal_id,
                "text": f"申诉更正：{told.text}",
                "text_en": f"Found true on appeal: {told.text}",
                "indicators": sorted(told.indicators),
            }
        )
    return dict(found)
