"""What casework takes in and gives out over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from wangge.casework.schemas_time import CardCode, ClockOut, TimeRequestOut
from wangge.kit.schema import In, Named, Out, Phone, Shown, nfc_deep

StateCode = Literal[
    "submitted", "accepted", "registered", "dispatched", "handled", "verified", "closed", "reopened",
    "carried_over", "cancelled", "merged",
]  # fmt: skip
OrderStateCode = Literal["assigned", "acknowledged", "done", "sent_back", "withdrawn"]
ResponderStateCode = Literal["called", "reported_in", "done", "ended"]
WhistleKindCode = Literal["beyond_powers", "joint", "emergency"]
UrgencyCode = Literal["normal", "urgent", "danger"]
PhaseCode = Literal["report", "handle", "verify", "whistle", "appeal"]
FieldType = Literal[
    "text", "textarea", "units", "unit", "category", "area", "user", "number", "select", "rating", "attachments",
    "case", "date", "boolean",
]  # fmt: skip
Coordinates = Literal["WGS84", "CGCS2000", "GCJ02", "BD09"]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class CaseIn(In):
    title: Title
    description: Annotated[str, Field(max_length=5000)] = ""
    category: Annotated[str, Field(max_length=24)] | None = None
    channel: Annotated[str, Field(max_length=32)] | None = None
    urgency: UrgencyCode | None = None
    address: Annotated[str, Field(max_length=200)] = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    crs: Coordinates = "WGS84"
    area: UUID | None = None
    reporter_name: Annotated[str, Field(max_length=64)] = ""
    reporter_phone: Phone = ""
    source_ref: Annotated[str, Field(max_length=80)] = ""
    claimed_at: dt.datetime | None = None
    attachments: Annotated[list[UUID], Field(max_length=20, default_factory=list)]
    on_the_spot: bool = False
    result: Annotated[str, Field(max_length=2000)] = ""


class BulkCaseIn(CaseIn):
    key: Annotated[str, Field(min_length=1, max_length=80)]


class BulkIn(In):
    """Each case is checked by itself: a bad one is answered with its errors and spoils no other."""

    cases: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)]


class FieldProblem(Out):
    at: str
    zh: str
    en: str


class BulkResult(Out):
    key: str
    status: int
    id: UUID | None = None
    number: str | None = None
    errors: list[FieldProblem] = Field(default_factory=list)


class BulkOut(Out):
    results: list[BulkResult]


class StepIn(In):
    """`version` is the one the page showed; the other members are the step's own fields, as its action lists them."""

    model_config = ConfigDict(extra="allow")

    version: Annotated[int, Field(ge=1)]
    reason: Annotated[str, Field(max_length=1000)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _normalise_all(cls, value: Any) -> Any:
        return nfc_deep(value)


class WhistleStepIn(In):
    responder_id: UUID | None = None
    contribution: Annotated[str, Field(max_length=500)] | None = None
    grade: Annotated[int, Field(ge=1, le=5, strict=True)] | None = None
    grade_comment: Annotated[str, Field(max_length=300)] | None = None
    outcome: Annotated[str, Field(max_length=500)] | None = None


class LookIn(In):
    purpose: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


class LookOut(Out):
    reporter_name: Shown
    reporter_phone: str


class CategoryRef(Out):
    code: str
    name: str


class AreaRef(Out):
    id: UUID
    name: str
    path: str


class CaseRow(Out):
    id: UUID
    number: str
    version: int
    title: Shown
    state: StateCode
    state_name: str
    urgency: UrgencyCode
    category: CategoryRef | None
    channel: str
    address: Shown
    area: AreaRef | None
    lead_unit: Named | None
    submitted_at: dt.datetime
    due_at: dt.datetime | None
    card: CardCode
    remaining_minutes: int | None
    send_backs: int
    reopens: int
    supervised: bool
    needs_human: str
    todo: list[str]


class CasePage(Out):
    items: list[CaseRow]
    next: str | None
    total: int | None


class NearbyCase(CaseRow):
    distance_m: int | None
    reason: str


class CardCounts(Out):
    yellow: int
    red: int


class Counts(Out):
    todo: int
    done: int
    mine: int
    queue: int
    whistles: int
    cards: CardCounts


class FieldOption(Out):
    value: str
    label: str
    label_en: str


class ActionField(Out):
    name: str
    type: FieldType
    label: str
    label_en: str
    required: bool
    options: list[FieldOption] | None = None
    default: Any | None = None
    hint: str | None = None
    hint_en: str | None = None


class Action(Out):
    step: str
    label: str
    label_en: str
    permission: str
    needs_reason: bool
    danger: bool
    fields: list[ActionField]


class WorkOrderOut(Out):
    id: UUID
    unit: Named
    lead: bool
    state: OrderStateCode
    state_name: str
    assignee: Named | None
    instruction: Shown
    assigned_at: dt.datetime
    acknowledged_at: dt.datetime | None
    done_at: dt.datetime | None
    done_by: str | None
    result: Shown
    stage: int
    send_back_code: str
    send_back_reason: Shown
    due_at: dt.datetime | None


class ResponderOut(Out):
    id: UUID
    unit: Named
    state: ResponderStateCode
    state_name: str
    due_at: dt.datetime
    reported_in_at: dt.datetime | None
    late: bool
    contribution: Shown
    grade: int | None
    grade_comment: Shown


class CaseRef(Out):
    id: UUID
    number: str
    title: Shown


class WhistleOut(Out):
    id: UUID
    case: CaseRef
    kind: WhistleKindCode
    kind_name: str
    caller_unit: Named
    message: Shown
    place: Shown
    called_at: dt.datetime
    ended_at: dt.datetime | None
    outcome: Shown
    responders: list[ResponderOut]
    actions: list[Action]


class WhistlePage(Out):
    items: list[WhistleOut]
    next: str | None
    total: int | None


class AttachmentOut(Out):
    id: UUID
    phase: PhaseCode
    name: str
    content_type: str
    url: str
    thumbnail_url: str
    width: int | None
    height: int | None
    uploaded_at: dt.datetime


class LogOut(Out):
    seq: int
    at: dt.datetime
    action: str
    action_name: str
    actor_name: str
    on_behalf_of: str | None
    unit: str | None
    text: Shown
    data: dict[str, Any]


class ReporterOut(Out):
    name_masked: str
    phone_masked: str


class CaseOut(CaseRow):
    description: Shown
    lon: float | None
    lat: float | None
    placed_by: str
    building: Named | None
    clause: str
    routing: dict[str, Any]
    level: int
    source_ref: str
    on_the_spot: bool
    history: bool
    claimed_at: dt.datetime | None
    registered_at: dt.datetime | None
    handled_at: dt.datetime | None
    closed_at: dt.datetime | None
    closed_in_time: bool | None
    extended: bool
    calls: int
    reached: bool
    needs_ruling: bool
    rating: int | None
    rating_process: int | None
    resolved: bool | None
    reporter: ReporterOut | None
    parent: CaseRow | None
    children: list[CaseRow]
    merged_into: CaseRow | None
    clocks: list[ClockOut]
    time_requests: list[TimeRequestOut]
    work_orders: list[WorkOrderOut]
    whistles: list[WhistleOut]
    attachments: list[AttachmentOut]
    log: list[LogOut]
    actions: list[Action]


class UploadOut(Out):
    id: UUID
    url: str
    thumbnail_url: str


FilterName = Annotated[str, Field(max_length=40)]
FilterValue = Annotated[str, Field(max_length=400)] | int | bool | None


class SavedViewIn(In):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
    filters: Annotated[dict[FilterName, FilterValue], Field(max_length=30)]


class SavedViewOut(Out):
    id: UUID
    name: str
    filters: dict[str, Any]


class SavedViewPage(Out):
    items: list[SavedViewOut]
    next: str | None = None
    total: int | None = None


Day = Annotated[dt.date, Field(ge=dt.date(1900, 1, 1), le=dt.date(2999, 12, 31))]


class CaseFilter(In):
    """The case list's filters. `state`, `urgency` and `card` take several values separated by commas."""

    view: Literal["all", "todo", "done", "mine", "queue"] = "all"
    state: str | None = None
    category: Annotated[str, Field(max_length=24)] | None = None
    area: UUID | None = None
    unit: UUID | None = None
    building: UUID | None = None
    channel: Annotated[str, Field(max_length=32)] | None = None
    urgency: str | None = None
    card: str | None = None
    overdue: bool | None = None
    q: Annotated[str, Field(max_length=100)] | None = None
    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    sort: Literal["-submitted_at", "submitted_at", "due_at"] = "-submitted_at"


class CaseListQuery(CaseFilter):
    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 30
