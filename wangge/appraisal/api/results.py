"""Indicators, leagues, the cases behind a figure and the five steps over HTTP. Units stand in them, people do not."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.utils import timezone
from ninja import Path, Query, Router

from wangge.appraisal import periods
from wangge.appraisal.periods import Period, PeriodKind
from wangge.appraisal.policies import Perm
from wangge.appraisal.schemas import results as schemas
from wangge.appraisal.selectors import figures, five_steps, indicators, league
from wangge.appraisal.selectors.league import Question
from wangge.kit.policy import requires
from wangge.org.http import Signed

router = Router(tags=["appraisal"])


def of(text: str) -> Period:
    return periods.parse(text) if text else periods.containing(PeriodKind.MONTH, timezone.localdate())


@router.get("/indicators", response=schemas.IndicatorsOut, summary="考核指标")
@requires(Perm.READ_RESULT)
def list_indicators(request: Signed, query: Query[schemas.OfPeriod]) -> Any:
    """What each figure is made of, as it holds for the period."""
    return indicators.indicator_documents(of(query.period).start)


@router.get("/league", response=schemas.LeagueOut, summary="考核排名")
@requires(Perm.READ_RESULT)
def read_league(request: Signed, query: Query[schemas.LeagueQuery]) -> Any:
    """Units with every figure, its interval and the ranks it may hold."""
    return league.league(
        period=of(query.period), kind=query.kind, by=query.by, division=query.division, scheme=query.scheme
    )


@router.get("/points/{unit_id}/{indicator}", response=schemas.FigureOut, summary="数字背后的案件")
@requires(Perm.READ_RESULT)
def read_point(request: Signed, unit_id: UUID, indicator: Path[schemas.Code], query: Query[schemas.FigureQuery]) -> Any:
    """A figure with the cases it is made of; those the reader does not see are told by number and dates."""
    question = _question(unit_id, query.period, query.kind, query.by, "then")
    return figures.figure(
        question=question,
        subject_id=unit_id,
        code=indicator,
        side=query.side,
        actor=request.actor,
        cursor=query.cursor,
        limit=query.limit,
    )


@router.get("/series", response=schemas.SeriesOut, summary="指标走势")
@requires(Perm.READ_RESULT)
def read_series(request: Signed, query: Query[schemas.SeriesQuery]) -> Any:
    question = _question(query.unit, query.period, query.kind, query.by, query.division)
    return league.series(question=question, subject_id=query.unit, code=query.indicator, periods=query.periods)


def _question(
    subject_id: UUID,
    period: str,
    kind: str | None,
    by: Literal["unit", "area"],
    division: Literal["then", "today"],
) -> Question:
    return Question(of(period), kind or figures.kind_of(subject_id, by), by, division)


@router.get("/five-steps", response=schemas.FiveStepsOut, summary="五步闭环考核")
@requires(Perm.READ_RESULT)
def read_five_steps(request: Signed, query: Query[schemas.FiveStepsQuery]) -> Any:
    return five_steps.period_document_of(period=of(query.period), unit=query.unit, actor=request.actor)


@router.get("/five-steps/cases/{case_id}", response=schemas.CaseSheets, summary="一事一考评分表")
@requires(Perm.READ_RESULT)
def read_case_sheets(request: Signed, case_id: UUID) -> Any:
    return five_steps.case_document(case_id=case_id, actor=request.actor)
