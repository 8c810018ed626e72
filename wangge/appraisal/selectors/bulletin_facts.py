"""What a bulletin tells of a period: counted facts only, no words; the same facts give the same paper."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from wangge.appraisal.measures import Measure, Vector
from wangge.appraisal.periods import Period, PeriodKind
from wangge.appraisal.selectors import cells
from wangge.org import selectors as org
from wangge.org.models import Unit
from wangge.responsibility.models import Category

LOCAL = ZoneInfo("Asia/Shanghai")
WHOLE = 0  # the owner that is the district
MOST_MATTERS = 15
TREND = 12

Facts = dict[str, Any]


def facts(*, kind: str, period: Period, unit: Unit | None) -> Facts:
    """For the whole district, or for one unit; under a scope that sees everything."""
    before = period.before()
    now, then = _totals(period, unit), _totals(before, unit)
    last = period.end - dt.timedelta(days=1)
    district = org.district()
    name = district.name if district else ""
    return {
        "kind": kind,
        "period": {
            "text": period.text,
            "label": period.label,
            "number": _number(period),
            "start": period.start.isoformat(),
            "last": last.isoformat(),
        },
        "unit": {"id": str(unit.pk), "name": unit.short_name} if unit else None,
        "district": name,
        "issuer": f"{name}网格化社会治理综合指挥中心",
        "date": period.end.isoformat(),
        "date_zh": f"{period.end.year}年{period.end.month}月{period.end.day}日",
        "as_of": period.end.isoformat(),
        "totals": _plain(now),
        "totals_before": _plain(then),
        "headline": [],
        "indicators": [],
        "series": [],
        "leagues": [],
        "matters": _matters(period, unit),
        "five_steps": None,
        "review": {
            "exclusions": [],
            "appeals": {"made": 0, "upheld": 0},
            "alarms": {"raised": 0, "confirmed": 0, "explained": 0, "open": 0},
        },
        "unconfirmed": True,
    }


def _totals(period: Period, unit: Unit | None) -> Vector:
    if unit is None:
        return cells.totals(start=period.start, end=period.end, by="district").get(WHOLE, Vector())
    return cells.totals(start=period.start, end=period.end, by="unit", owners=[unit.pk]).get(unit.pk, Vector())


def _plain(vector: Vector) -> dict[str, int]:
    return {measure.value: count for measure, count in vector.items()}


def _matters(period: Period, unit: Unit | None) -> list[Facts]:
    """By kind of matter, the most frequent first."""
    by: cells.By = "unit" if unit else "district"
    owner: cells.Owner = unit.pk if unit else WHOLE
    found = cells.totals(start=period.start, end=period.end, by=by, owners=[owner], classes=True)
    summed: dict[str, list[int]] = {}
    for (_, stratum), vector in found.items():
        counts = summed.setdefault(stratum.partition(":")[0], [0, 0, 0])
        for index, measure in enumerate((Measure.SUBMITTED, Measure.CLOSED, Measure.OVERDUE)):
            counts[index] += vector[measure]
    names = dict(Category.objects.filter(code__in=summed).values_list("code", "name"))
    english = dict(Category.objects.filter(code__in=summed).values_list("code", "name_en"))
    rows: list[Facts] = [
        {
            "code": code,
            "name": names.get(code, "未分类"),
            "name_en": english.get(code) or names.get(code, "not classified"),
            "submitted": counts[0],
            "closed": counts[1],
            "overdue": counts[2],
        }
        for code, counts in summed.items()
        if any(counts)
    ]
    return sorted(rows, key=lambda row: (-row["submitted"], row["code"]))[:MOST_MATTERS]


def _number(period: Period) -> str:
    start = period.start
    match period.kind:
        case PeriodKind.WEEK:
            year, week, _ = start.isocalendar()
            return f"{year}年第{week}周"
        case PeriodKind.MONTH:
            return f"{start.year}年第{start.month}期"
        case _:
            return period.label
