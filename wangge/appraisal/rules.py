"""What a profile or a draft may say about indicators, schemes and the five steps. Anything else is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from wangge.appraisal.formula import Formula, FormulaError, parse
from wangge.appraisal.measures import Measure, Spread
from wangge.kit.text import has_control, nfc

UnitKindName = Literal["subdistrict", "community", "grid_team", "department", "company"]
PeriodName = Literal["day", "week", "month", "quarter", "year", "span"]
Kind = Literal["share", "events", "mean", "count", "quantile"]
FACTS = frozenset(measure.value for measure in Measure)
SPREADS = frozenset(spread.value for spread in Spread)


def _clean(text: str) -> str:
    if has_control(text):
        raise ValueError("含有控制字符 · holds control characters")
    return nfc(text).strip()


def _readable(text: str) -> str:
    try:
        parse(text, facts=FACTS, spreads=SPREADS)
    except FormulaError as error:
        raise ValueError(str(error)) from error
    return text


Text = Annotated[str, AfterValidator(_clean)]
Needed = Annotated[Text, Field(min_length=1)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
FormulaText = Annotated[str, AfterValidator(_readable)]
Bound = Annotated[float, Field(ge=-1_000_000, le=1_000_000, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Head(_Part):
    """`valid_from`: periods that start before keep the rules that were in force then."""

    version: Annotated[Needed, Field(max_length=40)]
    valid_from: dt.date
    source: Annotated[Needed, Field(max_length=300)]
    confirmed: bool


class IndicatorPart(_Part):
    """`kind` says how sure the value is and what it can be compared by (see fairness)."""

    name: Annotated[Needed, Field(max_length=40)]
    name_en: Annotated[Needed, Field(max_length=60)]
    says: Annotated[Needed, Field(max_length=200)]
    says_en: Annotated[Needed, Field(max_length=300)]
    formula: FormulaText
    kind: Kind
    unit: Literal["percent", "count", "minutes", "mark", "per_hundred"]
    better: Literal["higher", "lower", "neither"]
    basis: Literal["own", "area"] = "own"
    marks: tuple[Bound, Bound] | None = None
    mix: bool = False
    unit_kinds: Annotated[tuple[UnitKindName, ...], Field(min_length=1)]
    least: Annotated[int, Field(ge=1, le=100_000)] = 1
    exclusions: bool = True
    periods: Annotated[tuple[PeriodName, ...], Field(min_length=1)]
    source: Annotated[Needed, Field(max_length=200)]
    confirmed: bool = False

    @property
    def parsed(self) -> Formula:
        return parse(self.formula, facts=FACTS, spreads=SPREADS)

    @property
    def ranked(self) -> bool:
        """A bare count grows with the work there is, so it ranks nobody."""
        return self.better != "neither" and self.kind != "count"

    @field_validator("marks")
    @classmethod
    def _between(cls, marks: tuple[float, float] | None) -> tuple[float, float] | None:
        if marks is not None and not marks[0] < marks[1]:
            raise ValueError("最低分应小于最高分 · the least mark must lie below the most")
        return marks

    @model_validator(mode="after")
    def _fits(self) -> Self:
        found = self.parsed
        shape = "quantile" if found.spread else "count" if found.denominator is None else "divided"
        wanted = {"count": "count", "quantile": "quantile"}.get(self.kind, "divided")
        if shape != wanted:
            raise ValueError(f"公式与类别 {self.kind} 不符 · the formula does not fit the kind {self.kind}")
        if (self.kind == "mean") != (self.marks is not None):
            raise ValueError("类别 mean 须写明 marks，其余不写 · `marks` belongs to the kind mean, and to no other")
        if self.mix and self.kind not in {"share", "events"}:
            raise ValueError("只有 share、events 能作结构调整 · only shares and events can be adjusted for mix")
        if self.basis == "area" and not set(self.unit_kinds) <= {"subdistrict", "community"}:
            raise ValueError("按区域计的指标只适用街道和社区 · counts of an area are for subdistricts and communities")
        return self


class IndicatorsFile(Head):
    indicators: Annotated[dict[Word, IndicatorPart], Field(min_length=1, max_length=200)]


class WeightPart(_Part):
    """`floor` gives no points and `target` all; which is higher says what is better."""

    weight: Annotated[float, Field(gt=0, le=100, multiple_of=0.5)]
    floor: Bound
    target: Bound

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.floor == self.target:
            raise ValueError("起评值与目标值不能相同 · floor and target must differ")
        return self


def _whole(weights: dict[str, WeightPart]) -> dict[str, WeightPart]:
    total = sum(part.weight for part in weights.values())  # halves are exact
    if total != 100:
        raise ValueError(f"权重合计应为 100，现为 {total:g} · the weights add up to {total:g} instead of 100")
    return weights


Weights = Annotated[dict[Word, WeightPart], Field(min_length=1, max_length=40), AfterValidator(_whole)]


class SchemeContent(_Part):
    """What a version of a scheme says; `adjusted`: points are given for the value with the mix taken out."""

    weights: Weights
    adjusted: bool = True
    note: Annotated[Text, Field(max_length=300)] = ""


class SchemePart(SchemeContent):
    name: Annotated[Needed, Field(max_length=40)]
    name_en: Annotated[Needed, Field(max_length=60)]
    unit_kind: UnitKindName
    period: PeriodName


class SchemesFile(Head):
    schemes: Annotated[dict[Word, SchemePart], Field(min_length=1, max_length=40)]


def scheme_faults(
    content: SchemeContent, unit_kind: str, period: str, indicators: Mapping[str, IndicatorPart]
) -> Iterator[tuple[str, str, str]]:
    """Which weights stand for nothing that can be scored: the indicator's code, and why in both languages."""
    for code, weight in content.weights.items():
        part = indicators.get(code)
        if part is None:
            yield code, f"没有指标 {code}", f"there is no indicator {code}"
        elif not part.ranked:
            yield code, f"{part.name}只作说明，不能计分", f"{part.name_en} is told only and cannot be scored"
        elif unit_kind not in part.unit_kinds:
            yield code, f"{part.name}不适用这类单位", f"{part.name_en} is not for this kind of units"
        elif period not in part.periods:
            yield code, f"{part.name}不按这种时段计", f"{part.name_en} is not counted by such periods"
        elif (part.better == "higher") != (weight.floor < weight.target):
            yield (
                code,
                f"{part.name}的起评值与目标值方向相反",
                f"floor and target of {part.name_en} point the wrong way",
            )


# What can be seen of a whistle, one word a test (appraisal.five_steps).
Test = Literal[
    "called_without_place",
    "called_without_words",
    "graded_not",
    "graded_late",
    "ended_without_outcome",
    "order_acknowledged_late",
    "order_sent_on",
    "reported_in_late",
    "reported_in_never",
    "reminded",
    "contributed_not",
    "contributed_without_words",
    "handled_late",
    "reopened_after",
    "dissatisfied",
    "graded_low",
]


class DeductionPart(_Part):
    """`each`: taken for every fact found, up to what the step holds; else once."""

    name: Annotated[Needed, Field(max_length=60)]
    name_en: Annotated[Needed, Field(max_length=100)]
    test: Test
    take: Annotated[float, Field(gt=0, le=100, multiple_of=0.5)]
    each: bool = False


class StepPart(_Part):
    name: Annotated[Needed, Field(max_length=20)]
    name_en: Annotated[Needed, Field(max_length=40)]
    full: Annotated[float, Field(gt=0, le=100, multiple_of=0.5)]
    of: Literal["caller", "responder"]
    deductions: Annotated[dict[Word, DeductionPart], Field(min_length=1, max_length=20)]


def _whole_by_side(steps: dict[str, StepPart]) -> dict[str, StepPart]:
    for side in ("caller", "responder"):
        total = sum(step.full for step in steps.values() if step.of == side)
        if total != 100:
            raise ValueError(
                f"{side} 各环节满分合计应为 100，现为 {total:g} · the steps of the {side} add up to {total:g}, not 100"
            )
    return steps


class StepsFile(Head):
    words: Annotated[int, Field(ge=1, le=200)]
    grade_within_days: Annotated[int, Field(ge=1, le=90)]
    least: Annotated[int, Field(ge=2, le=1000)]
    steps: Annotated[dict[Word, StepPart], Field(min_length=2, max_length=10), AfterValidator(_whole_by_side)]
