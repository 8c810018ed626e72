"""What is said of exports, requests for data, statistics, retention and keys, over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from wangge.kit.schema import In, Named, Out, Shown
from wangge.registry.schemas.places import Day, Line

Words = Annotated[Line, Field(max_length=200)]
Age = Annotated[int, Field(ge=0, le=150)]
Codes = Annotated[list[Annotated[str, Field(max_length=24)]], Field(max_length=20, default_factory=list)]


class Voice(Out):
    by: UUID
    name: str
    at: dt.datetime
    agreed: bool
    reason: Shown


class ExportOut(Out):
    id: UUID
    purpose: Shown
    fields: list[str]
    filters: dict[str, Any]
    count: int
    state: str
    state_name: str
    approvals: list[Voice]
    approvals_needed: int
    by_name: str
    created_at: dt.datetime
    expires_at: dt.datetime | None
    downloads: int
    mine: bool


class ExportPage(Out):
    items: list[ExportOut]
    next: str | None
    total: int | None


class FiltersIn(In):
    area: UUID | None = None
    building: UUID | None = None
    registration: Codes
    sex: Literal["", "female", "male", "unknown"] = ""
    age_from: Age | None = None
    age_to: Age | None = None
    tags: Codes


class ExportIn(In):
    filters: FiltersIn = Field(default_factory=lambda: FiltersIn(registration=[], tags=[]))
    fields: Annotated[list[Annotated[str, Field(max_length=32)]], Field(min_length=1, max_length=40)]
    purpose: Words


class VoiceIn(In):
    agreed: bool
    reason: Words


class ExportField(Out):
    field: str
    name: str
    name_en: str
    whole: bool


class RequestOut(Out):
    id: UUID
    title: Shown
    unit: Named
    object: str
    fields: list[str]
    purpose: Shown
    legal_basis: Shown
    area: Named
    times_per_year: int
    known: dict[str, float]
    people: int
    minutes: int
    state: str
    state_name: str
    decision: Shown
    asked_at: dt.datetime
    begins_on: dt.date
    ends_on: dt.date


class RequestPage(Out):
    items: list[RequestOut]
    next: str | None
    total: int | None


class RequestIn(In):
    title: Annotated[Line, Field(min_length=2, max_length=120)]
    object: Annotated[str, Field(max_length=16)]
    fields: Annotated[list[Annotated[Line, Field(min_length=1, max_length=32)]], Field(min_length=1, max_length=40)]
    purpose: Words
    legal_basis: Words = ""
    area: UUID
    times_per_year: Annotated[int, Field(ge=1, le=366)] = 1
    begins_on: Day
    ends_on: Day
    insist: bool = False


class RequestDecision(In):
    state: Literal["allowed", "refused", "ended"]
    reason: Words


class LedgerLine(Out):
    id: UUID
    name: str
    asked: int
    minutes: float
    people: int
    share_known: float
    refused: int = 0
    running: int = 0
    known_wanted: int = 0


class LedgerOut(Out):
    area: Named
    members: int
    minutes: float
    requests: list[RequestOut]
    units: list[LedgerLine]
    grids: list[LedgerLine]


class PlaceOut(Out):
    id: UUID
    name: str
    code: str
    level: int


class StatisticsRow(Out):
    area: PlaceOut
    total: int | None
    counts: list[int | None]


class ClassOut(Out):
    code: str
    name: str
    name_en: str


class NoteOut(Out):
    zh: str
    en: str


class StatisticsOut(Out):
    area: PlaceOut
    by: str
    columns: list[ClassOut]
    rows: list[StatisticsRow]
    totals: list[int | None]
    total: int | None
    suppressed: int
    note: NoteOut
    at: dt.datetime


class PrefillIn(In):
    object: Annotated[str, Field(max_length=16)]
    id: UUID
    fields: Annotated[list[Annotated[str, Field(max_length=32)]], Field(min_length=1, max_length=40)]


class PrefillField(Out):
    value: Any
    fresh: bool
    owner: str
    at: dt.datetime | None


class RetentionLine(Out):
    code: str
    name: str
    name_en: str
    subject: str
    days: int
    basis: str
    due: int
    held: int


class RunOut(Out):
    id: UUID
    kind: str
    detail: dict[str, Any]
    done: int
    digest: str | None
    started_at: dt.datetime
    finished_at: dt.datetime | None


class RetentionOut(Out):
    classes: list[RetentionLine]
    runs: list[RunOut]
    running: bool


class VerifiedOut(Out):
    verified: bool


class KeyOut(Out):
    key_id: str
    at_hand: bool
    current: bool
    rows: int
    tables: dict[str, int]


class KeysOut(Out):
    keys: list[KeyOut]
    reindexed: bool
    runs: list[RunOut]
    running: bool
