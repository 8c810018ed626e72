"""What a bulletin tells of a period: counted facts only, no words; the same facts give the same paper."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count

from wangge.appraisal import valuing
from wangge.appraisal.measures import Measure, Vector
from wangge.appraisal.models import AlarmState, Appeal, AppealState, GamingAlarm, Scheme
from wangge.appraisal.periods import Period, PeriodKind
from wangge.appraisal.rules import IndicatorPart
from wangge.appraisal.selectors import alarms, cells, counted, exclusions, five_steps, indicators, judging, league
from wangge.appraisal.selectors.counted import Subject
from wangge.appraisal.valuing import Value
from wangge.org import scope
from wangge.org import selectors as org
from wangge.org.models import Unit, UnitKind
from wangge.responsibility.models import Category

LOCAL = ZoneInfo("Asia/Shanghai")
WHOLE = 0  # the owner that is the district
MOST_MATTERS = 15
OF_MATTERS = (Measure.SUBMITTED, Measure.CLOSED, Measure.OVERDUE)
TREND = 12
LEAGUES = (UnitKind.SUBDISTRICT, UnitKind.DEPARTMENT)
HEADLINE = ("closed_in_time", "satisfaction_rate", "first_response_median")
TRENDS = ("closed_in_time", "satisfaction_rate", "response_rate")
TOLD_FIRST = (
    "submitted_count", "closed_count", "overdue_count", "response_rate", "resolution_rate", "satisfaction_rate",
    "closed_in_time",
)  # fmt: skip
UNSCORED = (
    "submitted_count", "closed_count", "response_rate", "resolution_rate", "satisfaction_rate", "closed_in_time",
    "reported_in_time", "first_response_median",
)  # fmt: skip
THEN = ("share", "events", "mean", "quantile", "count")
KIND_NAMES = {
    UnitKind.SUBDISTRICT: ("街道", "subdistricts"),
    UnitKind.DEPARTMENT: ("部门", "departments"),
    UnitKind.COMMUNITY: ("社区（村）", "communities"),
}

Facts = dict[str, Any]


def facts(*, kind: str, period: Period, unit: Unit | None) -> Facts:
    """For the whole district, or for one unit; under a scope that sees everything."""
    now, then = _totals(period, unit), _totals(period.before(), unit)
    last = period.end - dt.timedelta(days=1)
    district = org.district()
    name = district.name if district else ""
    book = indicators.book(period.start)
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
        "totals": _plain(now),
        "totals_before": _plain(then),
        **_figures(period, unit, now, then),
        "leagues": [_league(of, period, unit) for of in LEAGUES if unit is None or unit.kind == of],
        "matters": _matters(period, unit),
        "five_steps": _five_steps(period, unit),
        "review": _review(period, unit),
        "unconfirmed": not book.confirmed,
    }


def _totals(period: Period, unit: Unit | None) -> Vector:
    if unit is None:
        return cells.totals(start=period.start, end=period.end, by="district").get(WHOLE, Vector())
    return cells.totals(start=period.start, end=period.end, by="unit", owners=[unit.pk]).get(unit.pk, Vector())


def _plain(vector: Vector) -> dict[str, int]:
    return {measure.value: count for measure, count in vector.items()}


def _figures(period: Period, unit: Unit | None, now: Vector, then: Vector) -> Facts:
    """Every indicator of the district or the unit, with the period before and the year before."""
    parts = _parts(period, unit)
    values, before, year_ago = (_values(one, unit, parts) for one in (period, period.before(), _year_before(period)))
    rows = [_indicator(code, part, values[code], before.get(code), year_ago.get(code)) for code, part in parts.items()]
    by_code = {row["code"]: row for row in rows}
    counts = {"name": "受理事项", "name_en": "Matters", "unit": "count"}
    first = {**counts, "value": now[Measure.SUBMITTED], "before": then[Measure.SUBMITTED]}
    return {
        "headline": [first, *(by_code[code] for code in HEADLINE if code in by_code)],
        "indicators": rows,
        "series": [_series(code, parts[code], period, unit) for code in TRENDS if code in parts],
    }


def _parts(period: Period, unit: Unit | None) -> dict[str, IndicatorPart]:
    kind = unit.kind if unit else UnitKind.SUBDISTRICT
    book = indicators.book(period.start).indicators
    parts = {code: one for code, one in book.items() if kind in one.unit_kinds and period.kind.value in one.periods}
    return dict(sorted(parts.items(), key=_place))


def _place(of: tuple[str, IndicatorPart]) -> tuple[int, int, str]:
    """What everybody looks for first, then kind by kind."""
    code, part = of
    return TOLD_FIRST.index(code) if code in TOLD_FIRST else len(TOLD_FIRST), THEN.index(part.kind), code


def _values(period: Period, unit: Unit | None, parts: dict[str, IndicatorPart]) -> dict[str, Value]:
    table = counted.table([_subject(period, unit)], period, parts)
    return {
        code: (
            valuing.quantiles(part, table.histograms(code, part))
            if part.kind == "quantile"
            else valuing.divided(part, *table.divided(code, part))
        )[0]
        for code, part in parts.items()
    }


def _subject(period: Period, unit: Unit | None) -> Subject:
    if unit is None:
        everywhere: tuple[counted.Source, ...] = (("district", WHOLE, 1),)
        return Subject(scope.SYSTEM_ID, "", "", UnitKind.DISTRICT, everywhere, everywhere)
    return next(one for one in counted.units(unit.kind, period) if one.id == unit.pk)


def _indicator(code: str, part: IndicatorPart, now: Value, before: Value | None, year_ago: Value | None) -> Facts:
    apart = _apart(now, before)
    good = {"higher": 1, "lower": -1}.get(part.better, 0)
    return {
        "code": code,
        "name": part.name,
        "name_en": part.name_en,
        "unit": part.unit,
        "value": _rounded(now.value),
        "numerator": now.numerator,
        "denominator": now.denominator,
        "low": _rounded(now.interval.low) if now.interval else None,
        "high": _rounded(now.interval.high) if now.interval else None,
        "before": _rounded(before.value) if before else None,
        "year_ago": _rounded(year_ago.value) if year_ago else None,
        "improved": apart * good > 0,
        "worse": apart * good < 0,
    }


def _apart(now: Value, before: Value | None) -> int:
    """1 above, -1 below, 0 where the two intervals touch: what may be chance is no change."""
    if before is None or now.interval is None or before.interval is None or not (now.enough and before.enough):
        return 0
    if now.interval.low > before.interval.high:
        return 1
    return -1 if now.interval.high < before.interval.low else 0


def _series(code: str, part: IndicatorPart, period: Period, unit: Unit | None) -> Facts:
    periods = [period]
    for _ in range(TREND - 1):
        periods.append(periods[-1].before())
    periods.reverse()
    values = [_values(one, unit, {code: part})[code].value for one in periods]
    return {
        "code": code,
        "name": part.name,
        "name_en": part.name_en,
        "unit": part.unit,
        "labels": [_short(one) for one in periods],
        "values": [_rounded(value) for value in values],
    }


def _league(kind: UnitKind, period: Period, unit: Unit | None) -> Facts:
    """Units of a kind; a unit's own bulletin shows it among the others."""
    scheme = Scheme.objects.filter(unit_kind=kind, period=period.kind.value).order_by("code").first()
    document = league.league(period=period, kind=kind, scheme=scheme.code if scheme else "")
    weights = {one["indicator"]: one["weight"] for one in document["scheme"]["weights"]} if document["scheme"] else None
    if weights is not None:
        shown = [one for one in document["indicators"] if one["code"] in weights]
        shown.sort(key=lambda one: (-weights[one["code"]], one["code"]))
    else:  # a table that can be read
        shown = [one for one in document["indicators"] if one["code"] in UNSCORED]
        shown.sort(key=lambda one: UNSCORED.index(one["code"]))
    rows = [_league_row(row, shown) for row in document["rows"]]
    confirmed = {one.unit_id for one in alarms.under_review(start=period.start, end=period.end, rules=judging.rules())}
    name, name_en = KIND_NAMES[kind]
    return {
        "kind": kind.value,
        "kind_name": name,
        "kind_name_en": name_en,
        "scheme": document["scheme"] and {
            key: document["scheme"][key] for key in ("code", "name", "name_en", "version", "adjusted")
        },
        "indicators": [{key: one[key] for key in ("code", "name", "name_en", "unit")} for one in shown],
        "rows": rows,
        "unranked": [row["name"] for row in rows if scheme and row["band"] is None and row["any"]],
        "reviewed": [row["unit"]["name"] for row in document["rows"] if row["unit"]["id"] in confirmed],
        "mine": unit.short_name if unit else "",
    }  # fmt: skip


def _league_row(row: Facts, shown: list[Facts]) -> Facts:
    score = row["score"]
    worst = {one["code"]: _clearly_worse(row["values"][one["code"]], one) for one in shown}
    return {
        "name": row["unit"]["name"],
        "score": score["score"] if score else None,
        "low": score["interval"][0] if score and score["interval"] else None,
        "high": score["interval"][1] if score and score["interval"] else None,
        "band": [score["best"], score["worst"]] if score and score["best"] else None,
        "any": any(row["values"][one["code"]]["value"] is not None for one in shown),
        "cells": {
            one["code"]: {
                "value": row["values"][one["code"]]["value"],
                "worse": worst[one["code"]],
                "few": _too_few(row["values"][one["code"]], one),
            }
            for one in shown
        },
    }


def _too_few(value: Facts, part: Facts) -> bool:
    return bool(part["ranked"] and value["denominator"] and value["denominator"] < part["least"])


def _clearly_worse(value: Facts, part: Facts) -> bool:
    """The whole interval lies on the bad side of what the unit's own mix of matters lets one expect."""
    if value["expected"] is None or value["interval"] is None or not value["denominator"]:
        return False
    scale = 100.0 if part["unit"] in {"percent", "per_hundred"} else 1.0
    expected = value["expected"] / value["denominator"] * scale
    low, high = value["interval"]
    return bool(high < expected if part["better"] == "higher" else low > expected)


def _matters(period: Period, unit: Unit | None) -> list[Facts]:
    """By kind of matter below the roots, the most frequent first; with the rest together the columns add up."""
    found = cells.matters(start=period.start, end=period.end, unit=unit.pk if unit else None)
    names = {one.code: one for one in Category.objects.filter(code__in=found)}
    rows: list[Facts] = [
        {
            "code": code,
            "name": names[code].name if code in names else "未分类",
            "name_en": names[code].name_en or names[code].name if code in names else "not classified",
            **{measure.value: vector[measure] for measure in OF_MATTERS},
        }
        for code, vector in found.items()
    ]
    rows.sort(key=lambda row: (-row["submitted"], row["code"]))
    rest = rows[MOST_MATTERS:]
    if len(rest) > 1:
        added = {measure.value: sum(row[measure.value] for row in rest) for measure in OF_MATTERS}
        rows[MOST_MATTERS:] = [{"code": "", "name": "其余类别", "name_en": "All other kinds", **added}]
    return rows


def _five_steps(period: Period, unit: Unit | None) -> Facts | None:
    """Mean scores of whoever was called, and of whoever called."""
    found = five_steps.period_document_of(period=period, unit=None, actor=scope.system_actor("bulletin"))
    if not found["matters"]:
        return None
    rows = [
        {
            "name": row["unit"]["name"],
            "side": side,
            "matters": row["count"],
            "mean": row["mean"],
            "low": row["interval"][0] if row["interval"] else None,
            "high": row["interval"][1] if row["interval"] else None,
            "band": [row["best"], row["worst"]] if row["best"] else None,
        }
        for side, key in (("responder", "responders"), ("caller", "callers"))
        for row in found[key]
        if unit is None or row["unit"]["id"] == unit.pk
    ]
    return {"matters": found["matters"], "rows": rows}


def _review(period: Period, unit: Unit | None) -> Facts:
    """What was taken out of the figures, disputed and looked into."""
    reasons = judging.rules().judgement.exclusion_reasons
    mine = [unit.pk] if unit else None
    excluded = exclusions.excluded(start=period.start, end=period.end, units=mine)
    names = dict(Unit.objects.filter(pk__in={one.unit_id for one in excluded}).values_list("pk", "short_name"))
    appeals = Appeal.objects.filter(start__lt=period.end, end__gt=period.start)
    raised = GamingAlarm.objects.filter(start__lt=period.end, end__gt=period.start)
    if unit is not None:
        appeals, raised = appeals.filter(unit=unit), raised.filter(unit=unit)
    states = dict(raised.order_by().values_list("state").annotate(Count("pk")))
    return {
        "exclusions": [
            {
                "unit": names.get(one.unit_id, ""),
                "number": one.number,
                "reason": {"name": reasons[one.code].name, "name_en": reasons[one.code].name_en}
                if one.code in reasons
                else {"name": one.code, "name_en": one.code},
                "indicators": sorted(one.indicators),
                "from": one.start.isoformat(),
            }
            for one in excluded
        ],
        "appeals": {
            "made": appeals.exclude(state=AppealState.WITHDRAWN).count(),
            "upheld": appeals.filter(state__in=[AppealState.UPHELD, AppealState.PARTLY]).count(),
        },
        "alarms": {
            "raised": sum(states.values()),
            "confirmed": states.get(AlarmState.CONFIRMED, 0),
            "explained": states.get(AlarmState.EXPLAINED, 0),
            "open": states.get(AlarmState.OPEN, 0),
        },
    }


def _year_before(period: Period) -> Period:
    """The same stretch of the year before; 29 February is told beside the 28th."""
    start, end = (
        one.replace(year=one.year - 1, day=28) if (one.month, one.day) == (2, 29) else one.replace(year=one.year - 1)
        for one in (period.start, period.end)
    )
    if period.kind is PeriodKind.WEEK:
        start = period.start - dt.timedelta(weeks=52)
        end = start + dt.timedelta(days=7)
    return Period(period.kind, start, end)


def _short(period: Period) -> str:
    match period.kind:
        case PeriodKind.WEEK:
            return f"W{period.start.isocalendar().week:02d}"
        case PeriodKind.MONTH:
            return f"{period.start:%y-%m}"
        case _:
            return f"{period.start:%m-%d}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


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
