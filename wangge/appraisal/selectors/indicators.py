"""Indicators and schemes as they are in force for a period."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any
from uuid import UUID

from wangge.appraisal.measures import COUNTS_EN, DEFINITIONS, SPREAD_DEFINITIONS, Definition, Measure, Spread
from wangge.appraisal.models import Book, BookKind, Scheme, SchemeVersion
from wangge.appraisal.rules import IndicatorPart, IndicatorsFile, SchemeContent, StepsFile
from wangge.kit.errors import NotFound, Problem

Document = dict[str, Any]


class NoRules(Problem):
    code = "no_appraisal_rules"
    status = 409
    title_zh = "还没有载入考核指标"
    title_en = "No indicators have been loaded"


class UnknownIndicator(NotFound):
    code = "unknown_indicator"
    title_zh = "没有这项指标"
    title_en = "There is no such indicator"


class UnknownScheme(NotFound):
    code = "unknown_scheme"
    title_zh = "没有这个评分方案"
    title_en = "There is no such scheme"


def book(start: dt.date) -> IndicatorsFile:
    """The indicators that hold for a period which begins on `start`."""
    found = Book.objects.for_period(BookKind.INDICATORS, start)
    if found is None:
        raise NoRules("请先载入区县配置", "load the profile first")
    return _indicators(found.pk, found)


def steps(start: dt.date) -> StepsFile:
    found = Book.objects.for_period(BookKind.FIVE_STEPS, start)
    if found is None:
        raise NoRules("请先载入区县配置", "load the profile first")
    return StepsFile.model_validate(found.content)


# A book never changes once it is loaded; only when it was loaded last does.
_kept: dict[UUID, IndicatorsFile] = {}


def forget() -> None:
    _kept.clear()


def _indicators(book_id: UUID, found: Book) -> IndicatorsFile:
    if book_id not in _kept:
        _kept[book_id] = IndicatorsFile.model_validate(found.content)
    return _kept[book_id]


def indicator(code: str, start: dt.date) -> IndicatorPart:
    part = book(start).indicators.get(code)
    if part is None:
        raise UnknownIndicator(f"没有指标 {code[:40]}", f"there is no indicator {code[:40]}")
    return part


def indicator_documents(start: dt.date) -> Document:
    """All indicators with the facts they are made of, for whoever wants to know what a figure says."""
    found = book(start)
    return {
        "version": found.version,
        "valid_from": found.valid_from,
        "source": found.source,
        "confirmed": found.confirmed,
        "items": [indicator_document(code, part) for code, part in found.indicators.items()],
    }


@functools.lru_cache(maxsize=512)
def _facts(formula: str, part: IndicatorPart) -> list[Document]:
    parsed = part.parsed
    if parsed.spread:
        return [_fact(Spread(parsed.spread), SPREAD_DEFINITIONS[Spread(parsed.spread)])]
    return [_fact(Measure(name), DEFINITIONS[Measure(name)]) for name in parsed.facts()]


def _fact(what: Measure | Spread, definition: Definition) -> Document:
    return {
        "code": what.value,
        "name": definition.zh,
        "name_en": definition.en,
        "counts": definition.counts,
        "counts_en": COUNTS_EN[what],
        "day": definition.day,
        "unit": definition.unit,
    }


def indicator_document(code: str, part: IndicatorPart) -> Document:
    return {
        "code": code,
        **part.model_dump(mode="json", exclude={"marks"}),
        "ranked": part.ranked,
        "facts": _facts(part.formula, part),
    }


# Schemes


def scheme(code: str) -> Scheme:
    found = Scheme.objects.filter(code=code).first()
    if found is None:
        raise UnknownScheme(f"没有评分方案 {code[:40]}", f"there is no scheme {code[:40]}")
    return found


def version_for(found: Scheme, start: dt.date) -> SchemeVersion:
    version = SchemeVersion.objects.for_period(found, start)
    if version is None:
        raise UnknownScheme("这个方案还没有发布过", "no version of this scheme has been published")
    return version


def scheme_documents() -> list[Document]:
    """Every scheme with its versions, the newest first."""
    return [
        _scheme(one) | {"versions": [version_document(v) for v in sorted(one.versions.all(), key=lambda v: -v.number)]}
        for one in Scheme.objects.order_by("unit_kind", "code").prefetch_related("versions")
    ]


def _scheme(found: Scheme) -> Document:
    return {
        "code": found.code,
        "name": found.name,
        "name_en": found.name_en,
        "unit_kind": found.unit_kind,
        "period": found.period,
    }


def version_document(version: SchemeVersion) -> Document:
    return {
        "id": version.pk,
        "number": version.number,
        "state": version.state,
        "state_name": version.get_state_display(),
        "content": version.content,
        "reason": version.reason,
        "valid_from": version.valid_from,
        "drafted_at": version.drafted_at,
        "drafted_by": version.drafted_name,
        "decided_at": version.decided_at,
        "decided_by": version.decided_name,
        "decision": version.decision,
    }


def content_of(version: SchemeVersion) -> SchemeContent:
    return SchemeContent.model_validate(version.content)
