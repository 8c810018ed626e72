"""The one document that page, bulletin, workbook and print show: units with their figures and the ranks they may hold.

No person stands in it: units are compared, people are not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from wangge.appraisal import valuing
from wangge.appraisal.fairness import Band, Interval
from wangge.appraisal.models import SchemeVersion
from wangge.appraisal.periods import Period, PeriodKind
from wangge.appraisal.rules import IndicatorPart, SchemeContent
from wangge.appraisal.selectors import cells, counted, indicators, remarks
from wangge.appraisal.selectors.counted import Division, Subject, Table
from wangge.appraisal.valuing import Standing, Value
from wangge.kit.errors import Invalid, field_error
from wangge.org import scope
from wangge.org.models import UnitKind

Document = dict[str, Any]
By = Literal["unit", "area"]


class NotOfThese(Invalid):
    code = "not_of_these"
    title_zh = "这样的组合没有可比的数据"
    title_en = "Nothing can be compared that way"


@dataclass(frozen=True)
class Question:
    """`kind`: of units, or of areas with by=area. `division`: areas of the period's days, or of today."""

    period: Period
    kind: str
    by: By = "unit"
    division: Division = "then"

    def subjects(self) -> list[Subject]:
        if self.by == "unit":
            return counted.units(self.kind, self.period)
        if self.kind not in counted.LEVELS:
            zh, en = "区域只有街道和社区两级", "areas are subdistricts or communities"
            raise NotOfThese(zh, en, errors=[field_error("query.kind", zh, en)])
        return counted.areas(self.kind, self.period, self.division)

    def parts(self) -> dict[str, IndicatorPart]:
        book = indicators.book(self.period.start).indicators
        return {code: one for code, one in book.items() if self.kind in one.unit_kinds}

    def shown(self) -> dict[str, IndicatorPart]:
        return {code: one for code, one in self.parts().items() if self.period.kind.value in one.periods}


@dataclass
class Measured:
    """What was counted for a question, and the values made of it."""

    question: Question
    parts: dict[str, IndicatorPart]
    table: Table
    columns: dict[str, list[Value]]
    excluded: dict[str, list[int]]

    @property
    def subjects(self) -> list[Subject]:
        return self.table.subjects


def measure(question: Question, parts: Mapping[str, IndicatorPart] | None = None) -> Measured:
    """Values of the indicators of `parts`, or of all that are shown for such units and periods."""
    chosen = dict(question.shown() if parts is None else parts)
    with scope.unrestricted():
        table = counted.table(question.subjects(), question.period, chosen)
    _without_former(table)
    columns = {
        code: valuing.quantiles(part, table.histograms(code, part))
        if part.kind == "quantile"
        else valuing.divided(part, *table.divided(code, part))
        for code, part in chosen.items()
    }
    excluded = {code: table.excluded(code, part) for code, part in chosen.items()}
    return Measured(question, chosen, table, columns, excluded)


def _without_former(table: Table) -> None:
    """Units that are no more stay only where they did something in the period."""
    kept = [
        row
        for row, one in enumerate(table.subjects)
        if not one.former or any(counts[row].any() for counts in table.counts.values())
    ]
    if len(kept) < len(table.subjects):
        table.keep(kept)


def league(*, period: Period, kind: str, by: By = "unit", division: Division = "then", scheme: str = "") -> Document:
    """Rows of units with every indicator, and with the scores of a scheme where one is named.

    Rows come by the ranks their score may hold, and by name where it may hold the same; without a scheme by name.
    """
    question = Question(period, kind, by, division)
    version = _version(scheme, question) if scheme else None
    measured = measure(question)
    content = indicators.content_of(version) if version else None
    places = standings(measured, content) if content else [Standing()] * len(measured.subjects)
    return {
        **head(measured),
        "scheme": scheme_document(version, measured) if version else None,
        "rows": _rows(measured, places if content else None),
    }


def _version(code: str, question: Question) -> SchemeVersion:
    found = indicators.scheme(code)
    if found.unit_kind != question.kind or question.by != "unit":
        zh = f"“{found.name}”只用于{UnitKind(found.unit_kind).label}"
        en = f"{found.name_en} scores units of the kind {found.unit_kind} only"
        raise NotOfThese(zh, en, errors=[field_error("query.scheme", zh, en)])
    if question.period.kind not in {found.period, PeriodKind.SPAN}:
        zh, en = f"“{found.name}”不按这种时段评分", f"{found.name_en} does not score such periods"
        raise NotOfThese(zh, en, errors=[field_error("query.period", zh, en)])
    return indicators.version_for(found, question.period.start)


def standings(measured: Measured, content: SchemeContent) -> list[Standing]:
    return valuing.standings(content, measured.columns, len(measured.subjects))


def what_if(*, period: Period, scheme: str, content: SchemeContent) -> Document:
    """Scores as they would be, beside those of the version in force; nothing is saved.

    A movement is noise where the ranks a unit may hold before and after have one in common.
    """
    found = indicators.scheme(scheme)
    question = Question(period, found.unit_kind)
    version = _version(scheme, question)
    published = indicators.content_of(version)
    weighed = content.weights.keys() | published.weights.keys()
    measured = measure(question, {code: one for code, one in question.parts().items() if code in weighed})
    before, after = standings(measured, published), standings(measured, content)
    rows = []
    for row, subject in sorted(enumerate(measured.subjects), key=lambda one: _place(after[one[0]], one[1])):
        old, new = before[row], after[row]
        both = old.scored is not None and new.scored is not None
        rows.append(
            {
                "unit": subject_document(subject),
                "before": score_document(old),
                "after": score_document(new),
                "change": _rounded(new.scored.score - old.scored.score) if new.scored and old.scored else None,
                "noise": _overlap(old.band, new.band) if both else None,
            }
        )
    return {
        **head(measured),
        "scheme": scheme_document(version, measured),
        "tried": content.model_dump(mode="json"),
        "rows": rows,
        "moved": sum(one["noise"] is False for one in rows),
    }


def _overlap(one: Band | None, other: Band | None) -> bool:
    return one is None or other is None or (one.best <= other.worst and other.best <= one.worst)


def point(*, question: Question, subject_id: UUID, code: str) -> tuple[Subject, IndicatorPart, Value, int]:
    """One figure of one unit among its peers, and how many excluded cases it is shown without."""
    part = _part(question, code)
    measured = measure(question, {code: part})
    row = _row_of(measured, subject_id)
    return measured.subjects[row], part, measured.columns[code][row], measured.excluded[code][row]


def series(*, question: Question, subject_id: UUID, code: str, periods: int) -> Document:
    """The indicator of the unit over the periods up to this one, the oldest first, each by the rules of its day."""
    asked: list[Question] = []
    for _ in range(periods):
        asked.append(question)
        question = Question(question.period.before(), question.kind, question.by, question.division)
    items = []
    subject: Subject | None = None
    part = _part(asked[0], code)
    for one in reversed(asked):
        own = one.parts().get(code)
        measured = measure(one, {code: own}) if own else None
        row = next((r for r, who in enumerate(measured.subjects) if who.id == subject_id), None) if measured else None
        value = Value(why=valuing.NONE_HAPPENED)
        if measured is not None and row is not None:
            subject, value = measured.subjects[row], measured.columns[code][row]
        items.append({"period": period_document(one.period), **value_document(value)})
    if subject is None:
        raise indicators.UnknownIndicator("没有这个单位", "there is no such unit")
    return {
        "unit": subject_document(subject),
        "indicator": indicators.indicator_document(code, part),
        "items": items,
    }


def _part(question: Question, code: str) -> IndicatorPart:
    part = indicators.indicator(code, question.period.start)
    if question.kind not in part.unit_kinds:
        zh, en = f"{part.name}不适用这类单位", f"{part.name_en} is not for this kind of units"
        raise NotOfThese(zh, en, errors=[field_error("query.indicator", zh, en)])
    return part


def _row_of(measured: Measured, subject_id: UUID) -> int:
    for row, one in enumerate(measured.subjects):
        if one.id == subject_id:
            return row
    raise indicators.UnknownIndicator("没有这个单位", "there is no such unit")


# Documents


def head(measured: Measured) -> Document:
    question = measured.question
    book = indicators.book(question.period.start)
    now = cells.currency()
    return {
        "period": period_document(question.period),
        "kind": question.kind,
        "kind_name": UnitKind(question.kind).label,
        "by": question.by,
        "division": question.division,
        "exact": now.exact,
        "as_of": now.as_of,
        "rules": {"version": book.version, "valid_from": book.valid_from, "confirmed": book.confirmed},
        "indicators": [indicators.indicator_document(code, part) for code, part in measured.parts.items()],
        "excluded": _excluded(measured),
    }


def period_document(period: Period) -> Document:
    last = period.end - dt.timedelta(days=1)
    return {"text": period.text, "label": period.label, "kind": period.kind.value, "start": period.start, "last": last}


def _excluded(measured: Measured) -> Document:
    """How many cases the figures are shown without, and why; the register says the rest."""
    removed = [one for one in measured.table.removed if any(one.rows.values())]
    names = {one.id: one.name for one in measured.subjects}
    items = [
        {
            "id": one.excluded.id,
            "number": one.excluded.number,
            "unit": names.get(one.excluded.unit_id, ""),
            "reason_code": one.excluded.code,
            "indicators": sorted(one.excluded.indicators),
        }
        for one in removed
    ]
    return {"cases": len({one.excluded.case_id for one in removed}), "items": items}


def _rows(measured: Measured, places: list[Standing] | None) -> list[Document]:
    order = range(len(measured.subjects))
    period = measured.question.period
    told = remarks.of_units(start=period.start, end=period.end)
    return [
        {
            "unit": subject_document(measured.subjects[row]),
            "remarks": told.get(measured.subjects[row].id, []),
            "values": {
                code: value_document(column[row], measured.excluded[code][row])
                for code, column in measured.columns.items()
            },
            "score": score_document(places[row]) if places is not None else None,
        }
        for row in sorted(order, key=lambda r: _place(places[r] if places else Standing(), measured.subjects[r]))
    ]


def _place(standing: Standing, subject: Subject) -> tuple[int, int, str, str]:
    """By the ranks a unit may hold; noise orders nothing, so the rest is by name."""
    last = 1_000_000
    best, worst = (standing.band.best, standing.band.worst) if standing.band else (last, last)
    return best, worst, subject.name, subject.code


def subject_document(subject: Subject) -> Document:
    return {
        "id": subject.id,
        "name": subject.name,
        "code": subject.code,
        "kind": subject.kind,
        "former": subject.former,
    }


def value_document(value: Value, excluded: int = 0) -> Document:
    return {
        "numerator": value.numerator,
        "denominator": value.denominator,
        "value": _rounded(value.value),
        "interval": _interval(value.interval),
        "expected": _rounded(value.expected),
        "adjusted": _rounded(value.adjusted),
        "adjusted_interval": _interval(value.adjusted_interval),
        **_band(value.band),
        **_why(value.why),
        "excluded": excluded,
    }


def score_document(standing: Standing) -> Document:
    scored = standing.scored
    return {
        "score": _rounded(scored.score) if scored else None,
        "interval": _interval(scored.interval) if scored else None,
        **_band(standing.band),
        "parts": {
            code: {"weight": _rounded(one.weight), "points": _rounded(one.points)}
            for code, one in scored.shares.items()
        }
        if scored
        else {},
        "missing": list(scored.missing) if scored else [],
        **_why(standing.why),
    }


def scheme_document(version: SchemeVersion, measured: Measured) -> Document:
    content = indicators.content_of(version)
    weights = [
        {
            "indicator": code,
            "name": measured.parts[code].name if code in measured.parts else code,
            "name_en": measured.parts[code].name_en if code in measured.parts else code,
            **one.model_dump(),
        }
        for code, one in content.weights.items()
    ]
    return {
        "code": version.scheme.code,
        "name": version.scheme.name,
        "name_en": version.scheme.name_en,
        "version": version.number,
        "valid_from": version.valid_from,
        "adjusted": content.adjusted,
        "weights": weights,
        "note": content.note,
    }


def _band(band: Band | None) -> Document:
    return {"best": band.best if band else None, "worst": band.worst if band else None}


def _why(why: valuing.Words | None) -> Document:
    return {"why": why[0] if why else "", "why_en": why[1] if why else ""}


def _interval(interval: Interval | None) -> list[float] | None:
    return [round(interval.low, 2), round(interval.high, 2)] if interval else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
