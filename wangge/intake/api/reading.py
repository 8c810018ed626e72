"""What a text means, while it is written and as it was read on arrival; and what people say of alarms."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from wangge.casework.policies import Perm as CasePerm
from wangge.casework.schemas import Coordinates, Latitude, Longitude
from wangge.intake.api.sameness import SameOut
from wangge.intake.policies import Perm
from wangge.intake.selectors import danger as dangers
from wangge.intake.selectors import reading as selectors
from wangge.intake.services import danger as services
from wangge.intake.services import understanding
from wangge.kit import clock
from wangge.kit.errors import Invalid, field_error
from wangge.kit.pace import Pace, too_many
from wangge.kit.policy import requires
from wangge.kit.schema import In, Out, Phone
from wangge.org.http import Signed

router = Router()

PER_MINUTE = 60
_pace = Pace(60)  # whose number a matter came from is not to be found by trying numbers


class CategoryRead(Out):
    code: str
    name: str
    name_en: str
    path: str
    level: int


class MatterCandidate(Out):
    category: CategoryRead
    probability: float
    words: list[str]


class AboveOut(Out):
    category: CategoryRead
    probability: float


class ModelNamed(Out):
    id: UUID
    version: int


class MatterOut(Out):
    """`above`: where no leaf is sure, the parent that is, as likely as all below it together."""

    candidates: list[MatterCandidate]
    sure: bool
    above: AboveOut | None
    threshold: float
    model: ModelNamed | None


class PlaceRead(Out):
    kind: str
    kind_name: str
    id: UUID | None
    code: str
    name: str
    path: str
    area_id: UUID | None
    lon: float | None
    lat: float | None
    probability: float
    reason: str
    reason_en: str


class ConflictRead(Out):
    zh: str
    en: str


class PlaceUnderstood(Out):
    candidates: list[PlaceRead]
    sure: bool
    conflicts: list[ConflictRead]


class UrgencyOut(Out):
    level: str
    sign: str
    words: list[str]
    reason: str
    reason_en: str


class UnderstoodOut(Out):
    matter: MatterOut | None
    place: PlaceUnderstood | None
    same: list[SameOut]
    urgency: UrgencyOut | None


class ReadingOut(UnderstoodOut):
    """`errors`: parts that could not be read; the case goes on without them."""

    errors: list[str]
    read_at: dt.datetime | None
    decisions: dict[str, Any]


class UnderstandIn(In):
    title: Annotated[str, Field(max_length=120)]
    description: Annotated[str, Field(max_length=20_000)] = ""
    address: Annotated[str, Field(max_length=200)] = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    crs: Coordinates = "WGS84"
    channel: Annotated[str, Field(max_length=32)] = ""
    reporter_phone: Phone = ""


class DangerIn(In):
    right: Annotated[bool, Field(strict=True)]
    reason: Annotated[str, Field(min_length=2, max_length=300)]


class DangerOut(Out):
    right: bool
    missed: bool
    sign: str
    words: list[str]
    reason: str
    by_name: str
    decided_at: dt.datetime


class DangerPeriod(In):
    start: Annotated[dt.date | None, Field(alias="from")] = None
    to: dt.date | None = None


class DangerTally(Out):
    alarms: int
    right: int
    wrong: int


class SignTally(DangerTally):
    sign: str
    zh: str
    en: str


class WordTally(DangerTally):
    word: str


class MissedCase(Out):
    id: UUID
    number: str
    title: str
    submitted_at: dt.datetime


class DangerCounts(DangerTally):
    first: dt.date
    last: dt.date
    missed: int
    by_sign: list[SignTally]
    by_word: list[WordTally]
    missed_cases: list[MissedCase]


@router.post("/understand", response=UnderstoodOut)
@requires(CasePerm.SUBMIT)
def understand(request: Signed, body: UnderstandIn) -> Any:
    """For a text that is being written; nothing is kept."""
    refused = _pace.use(request.actor.user_id, PER_MINUTE)
    if refused is not None:
        raise too_many(refused, "识别得太频繁，请 {wait}后再试", "Too many texts were read; try again in {wait}")
    return understanding.understand(actor=request.actor, **body.model_dump(exclude={"channel"}))


@router.get("/cases/{case_id}/reading", response=ReadingOut)
@requires(CasePerm.READ)
def read_reading(request: Signed, case_id: UUID) -> Any:
    return selectors.document(case_id=case_id, actor=request.actor)


@router.post("/cases/{case_id}/danger", response=DangerOut)
@requires(Perm.DANGER_JUDGE)
def judge_danger(request: Signed, case_id: UUID, body: DangerIn) -> Any:
    """The alarm was right or wrong; or, where there was none, that there is danger."""
    alarm = services.judge(case_id=case_id, right=body.right, reason=body.reason, by=request.actor)
    return {name: getattr(alarm, name) for name in DangerOut.model_fields}


@router.get("/intake/danger", response=DangerCounts)
@requires(Perm.DANGER_READ)
def count_danger(request: Signed, asked: Query[DangerPeriod]) -> Any:
    """Of the last thirty days unless said otherwise; what lies in one's sight."""
    until = asked.to or timezone.localtime(clock.now()).date()
    since = asked.start or until - dt.timedelta(days=30)
    if not dt.timedelta(0) <= until - since <= dt.timedelta(days=3660):
        raise Invalid(errors=[field_error("query.from", "起止日期无效", "Not a period")])
    return dangers.counts(first=since, last=until)
