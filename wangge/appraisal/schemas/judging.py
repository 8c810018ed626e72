"""What is said of exclusions, appeals, alarms and members' records, over HTTP."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from wangge.casework.schemas import AttachmentOut, CaseRow
from wangge.kit.schema import In, Named, Out, Shown

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Period = Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)]
Codes = Annotated[list[Code], Field(max_length=40, default_factory=list)]
Day = Annotated[dt.date, Field(ge=dt.date(2000, 1, 1), le=dt.date(2200, 1, 1))]


class ReasonIn(In):
    reason: Said


class ExclusionIn(In):
    case_id: UUID
    unit_id: UUID
    period: Period
    code: Code
    reason: Said
    evidence: Said = ""
    indicators: Codes


class GrantIn(In):
    granted: bool
    reason: Said


class ExclusionCan(Out):
    decide: bool
    withdraw: bool


class ExclusionOut(Out):
    id: UUID
    case_id: UUID
    number: str
    unit: Named
    indicators: list[str]
    start: dt.date
    end: dt.date
    code: str
    code_name: str
    code_name_en: str
    reason: Shown
    evidence: Shown
    state: Literal["asked", "granted", "refused", "withdrawn"]
    state_name: str
    asked_at: dt.datetime
    asked_name: str
    decided_at: dt.datetime | None
    decided_name: str
    decision: Shown
    withdrawn_at: dt.datetime | None
    withdrawn_name: str
    withdrawal: Shown
    appeal_id: UUID | None
    can: ExclusionCan


class ExclusionReasonOut(Out):
    code: str
    name: str
    name_en: str
    needs_evidence: bool


class ExclusionPage(Out):
    items: list[ExclusionOut]
    next: str | None
    total: int | None
    to_decide: int
    reasons: list[ExclusionReasonOut]


class AppealIn(In):
    period: Period
    unit_id: UUID | None = None
    case_id: UUID | None = None
    indicators: Codes
    statement: Said
    attachments: Annotated[list[UUID], Field(max_length=20, default_factory=list)]


class AppealDecisionIn(In):
    outcome: Literal["upheld", "partly", "refused"]
    reason: Said
    exclude: bool = False
    code: Annotated[str, StringConstraints(max_length=24)] = ""
    correction: Said = ""


class AppealRow(Out):
    id: UUID
    unit: Named
    case_id: UUID | None
    number: str
    indicators: list[str]
    start: dt.date
    end: dt.date
    statement: Shown
    due_at: dt.datetime | None
    state: Literal["made", "upheld", "partly", "refused", "withdrawn"]
    state_name: str
    made_at: dt.datetime
    made_name: str
    decided_at: dt.datetime | None
    decided_name: str
    decision: Shown
    correction: Shown
    exclusion_id: UUID | None
    can: ExclusionCan


class AppealOut(AppealRow):
    attachments: list[AttachmentOut]
    sees_case: bool


class AppealPage(Out):
    items: list[AppealRow]
    next: str | None
    total: int | None
    to_decide: int
    waiting: int
    working_days: int


class AlarmCan(Out):
    decide: bool


class AlarmRow(Out):
    id: UUID
    rule: str
    name: str
    name_en: str
    unit: Named
    start: dt.date
    end: dt.date
    trials: int
    hits: int
    observed: float
    expected: float
    p_value: float
    text_zh: str
    text_en: str
    state: Literal["open", "confirmed", "explained"]
    state_name: str
    raised_at: dt.datetime
    seen_at: dt.datetime
    decided_at: dt.datetime | None
    decided_name: str
    decision: Shown
    can: AlarmCan


class AlarmCase(Out):
    case: CaseRow
    says: str
    says_en: str


class AlarmOut(AlarmRow):
    cases: list[AlarmCase]
    hidden: int


class RuleOut(Out):
    rule: str
    name: str
    name_en: str
    active: bool


class AlarmPage(Out):
    items: list[AlarmRow]
    next: str | None
    total: int | None
    to_decide: int
    rules: list[RuleOut]


class AlarmDecisionIn(In):
    outcome: Literal["confirmed", "explained"]
    reason: Said


class GamingLookIn(In):
    period: Period = ""


class GamingLookOut(Out):
    raised: list[UUID]


class TraineeIn(In):
    user_id: UUID
    passed: bool | None = None


class TrainingIn(In):
    title: Said
    day: Day
    hours: Annotated[Decimal, Field(max_digits=4, decimal_places=1)]
    held_by: Said
    note: Said = ""
    trainees: Annotated[list[TraineeIn], Field(max_length=500)]


class TraineeOut(Out):
    user_id: UUID
    name: str
    passed: bool | None


class TrainingOut(Out):
    id: UUID
    title: Shown
    day: dt.date
    hours: float
    held_by: Shown
    note: Shown
    unit: Named
    recorded_name: str
    trainees: list[TraineeOut]


class TrainingPage(Out):
    items: list[TrainingOut]
    next: str | None
    total: int | None


class CommendationIn(In):
    user_id: UUID
    kind: Code
    day: Day
    reason: Said
    given_by: Said


class CommendationOut(Out):
    id: UUID
    user_id: UUID
    name: str
    kind: str
    kind_name: str
    kind_name_en: str
    day: dt.date
    reason: Shown
    given_by: Shown
    recorded_name: str


class KindOut(Out):
    code: str
    name: str
    name_en: str


class CommendationPage(Out):
    items: list[CommendationOut]
    next: str | None
    total: int | None
    kinds: list[KindOut]


class MemberRow(Out):
    user_id: UUID
    name: str
    role: str
    unit: Named


class MemberList(Out):
    items: list[MemberRow]
    next: str | None
    total: int


class DutyOut(Out):
    text: str
    text_en: str
    basis: str


class TaughtOut(Out):
    id: UUID
    title: Shown
    day: dt.date
    hours: float
    held_by: Shown
    passed: bool | None


class MemberOut(MemberRow):
    duties: list[DutyOut]
    trainings: list[TaughtOut]
    commendations: list[CommendationOut]
