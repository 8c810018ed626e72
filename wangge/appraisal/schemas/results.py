"""What the API says about indicators, leagues, scores and the five steps."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from wangge.appraisal.rules import UnitKindName
from wangge.kit.schema import In, Out, Shown

PeriodText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Ends = tuple[float, float]


class UnitName(Out):
    id: UUID
    name: str


class PeriodOut(Out):
    """`last` is the last day in it."""

    text: str
    label: str
    kind: str
    start: dt.date
    last: dt.date


class FactOut(Out):
    code: str
    name: str
    name_en: str
    counts: str
    counts_en: str
    day: str
    unit: str


class IndicatorOut(Out):
    code: str
    name: str
    name_en: str
    says: str
    says_en: str
    formula: str
    kind: str
    unit: str
    better: str
    basis: str
    mix: bool
    unit_kinds: list[str]
    least: int
    exclusions: bool
    periods: list[str]
    source: str
    confirmed: bool
    ranked: bool
    facts: list[FactOut]


class IndicatorsOut(Out):
    version: str
    valid_from: dt.date
    source: str
    confirmed: bool
    items: list[IndicatorOut]


class SubjectOut(Out):
    id: UUID
    name: str
    code: str
    kind: str
    former: bool


class ValueOut(Out):
    """`best`..`worst` are the ranks it may hold; null with the reason in `why`."""

    numerator: int | None
    denominator: int | None
    value: float | None
    interval: Ends | None
    expected: float | None
    adjusted: float | None
    adjusted_interval: Ends | None
    best: int | None
    worst: int | None
    why: str
    why_en: str
    excluded: int


class PartOut(Out):
    weight: float
    points: float


class ScoreOut(Out):
    score: float | None
    interval: Ends | None
    best: int | None
    worst: int | None
    parts: dict[str, PartOut]
    missing: list[str]
    why: str
    why_en: str


class WeightOut(Out):
    indicator: str
    name: str
    name_en: str
    weight: float
    floor: float
    target: float


class SchemeInForce(Out):
    code: str
    name: str
    name_en: str
    version: int
    valid_from: dt.date | None
    adjusted: bool
    weights: list[WeightOut]
    note: str


class RulesOut(Out):
    version: str
    valid_from: dt.date
    confirmed: bool


class ExcludedOut(Out):
    id: UUID
    number: str
    unit: str
    reason_code: str
    indicators: list[str]


class ExcludedCount(Out):
    cases: int
    items: list[ExcludedOut]


class RemarkOut(Out):
    """Beside the figures: an alarm that was confirmed, or what an appeal found true."""

    kind: Literal["review", "correction"]
    id: UUID
    text: Shown
    text_en: Shown
    indicators: list[str]


class LeagueRowOut(Out):
    unit: SubjectOut
    remarks: list[RemarkOut]
    values: dict[str, ValueOut]
    score: ScoreOut | None


class _Head(Out):
    period: PeriodOut
    kind: str
    kind_name: str
    by: str
    division: str
    exact: bool
    as_of: dt.datetime | None
    rules: RulesOut
    indicators: list[IndicatorOut]
    excluded: ExcludedCount


class LeagueOut(_Head):
    scheme: SchemeInForce | None
    rows: list[LeagueRowOut]


class TriedRow(Out):
    unit: SubjectOut
    before: ScoreOut
    after: ScoreOut
    change: float | None
    noise: bool | None


class WhatIfOut(_Head):
    scheme: SchemeInForce
    tried: dict[str, Any]
    rows: list[TriedRow]
    moved: int


class PointOut(ValueOut):
    period: PeriodOut


class SeriesOut(Out):
    unit: SubjectOut
    indicator: IndicatorOut
    items: list[PointOut]


class CaseBehind(Out):
    """`id` null: the reader does not see the case itself."""

    id: UUID | None
    number: str
    submitted_at: dt.datetime
    closed_at: dt.datetime | None
    days: list[dt.date]
    counts: dict[str, int]
    excluded: bool


class CasesBehind(Out):
    items: list[CaseBehind]
    next: str | None


class FigureOut(Out):
    unit: SubjectOut
    indicator: IndicatorOut
    period: PeriodOut
    value: ValueOut
    side: str
    cases: CasesBehind


# Schemes


class VersionOut(Out):
    id: UUID
    number: int
    state: str
    state_name: str
    content: dict[str, Any]
    reason: str
    valid_from: dt.date | None
    drafted_at: dt.datetime
    drafted_by: str
    decided_at: dt.datetime | None
    decided_by: str
    decision: str


class SchemeOut(Out):
    code: str
    name: str
    name_en: str
    unit_kind: str
    period: str
    versions: list[VersionOut]


class SchemesOut(Out):
    items: list[SchemeOut]


class ContentIn(In):
    """Checked by appraisal.rules.SchemeContent, which names the place of every fault."""

    weights: Annotated[dict[str, dict[str, Any]], Field(max_length=40)]
    adjusted: bool = True
    note: Annotated[str, Field(max_length=300)] = ""


class DraftIn(In):
    scheme: Code
    content: ContentIn
    reason: Reason


class ChangeIn(In):
    content: ContentIn
    reason: Reason


class PublishIn(In):
    valid_from: dt.date
    reason: Reason


class WithdrawIn(In):
    reason: Reason


class WhatIfIn(In):
    scheme: Code
    period: PeriodText
    content: ContentIn


# Five steps


class ProofOut(Out):
    seq: int | None
    at: dt.datetime | None
    action: str


class TakenOut(Out):
    code: str
    name: str
    name_en: str
    points: float
    proofs: list[ProofOut]


class StepOut(Out):
    code: str
    name: str
    name_en: str
    full: float
    points: float
    taken: list[TakenOut]


class ScoreSheetOut(Out):
    side: str
    unit: UnitName
    score: float
    steps: list[StepOut]


class UnitSheetOut(ScoreSheetOut):
    case_id: UUID | None
    number: str
    ended_at: dt.datetime


class StepRule(Out):
    code: str
    name: str
    name_en: str
    full: float
    of: str


class StepRules(Out):
    version: str
    valid_from: dt.date
    source: str
    confirmed: bool
    steps: list[StepRule]


class MeanOut(Out):
    unit: UnitName
    count: int
    mean: float
    interval: Ends | None
    best: int | None
    worst: int | None
    why: str
    why_en: str


class FiveStepsOut(Out):
    period: PeriodOut
    rules: StepRules
    matters: int
    callers: list[MeanOut]
    responders: list[MeanOut]
    sheets: list[UnitSheetOut]


class WhistleSheets(Out):
    whistle_id: UUID
    ended_at: dt.datetime
    rules: StepRules
    sheets: list[ScoreSheetOut]


class CaseSheets(Out):
    case_id: UUID
    number: str
    whistles: list[WhistleSheets]


class OfPeriod(BaseModel):
    """Without a period: the month that runs."""

    period: PeriodText = ""


class LeagueQuery(OfPeriod):
    kind: UnitKindName = "subdistrict"
    scheme: Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]*)?$", max_length=40)] = ""
    by: Literal["unit", "area"] = "unit"
    division: Literal["then", "today"] = "then"


class FigureQuery(OfPeriod):
    """`side`: the cases of the denominator or of the numerator. `by` area: the id is an area's."""

    kind: UnitKindName | None = None
    by: Literal["unit", "area"] = "unit"
    side: Literal["numerator", "denominator"] = "denominator"
    cursor: Annotated[str, StringConstraints(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class SeriesQuery(OfPeriod):
    unit: UUID
    indicator: Code
    kind: UnitKindName | None = None
    by: Literal["unit", "area"] = "unit"
    division: Literal["then", "today"] = "then"
    periods: Annotated[int, Field(ge=1, le=36)] = 12


class FiveStepsQuery(OfPeriod):
    unit: UUID | None = None
