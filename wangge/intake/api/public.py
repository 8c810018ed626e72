"""What people without an account may do: report, follow by an opaque token, rate."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from ninja import File, Header, Router, Status
from ninja.files import UploadedFile
from pydantic import Field

from wangge.areas import selectors as areas
from wangge.casework import attachments
from wangge.casework.schemas import Coordinates, Latitude, Longitude
from wangge.intake import public
from wangge.kit.policy import open_to_public
from wangge.kit.schema import In, Out, Phone, Shown
from wangge.org.http import Request
from wangge.registry import selectors as registry
from wangge.responsibility import selectors as responsibility

router = Router(tags=["public"])


class PublicCategory(Out):
    code: str
    name: str
    name_en: str
    children: list[PublicCategory] = Field(default_factory=list)


class Suggestion(Out):
    name: str
    where: str
    lon: float | None
    lat: float | None


class ReportIn(In):
    title: Annotated[str, Field(min_length=2, max_length=120)]
    description: Annotated[str, Field(max_length=5000)] = ""
    category: Annotated[str, Field(max_length=24)] | None = None
    address: Annotated[str, Field(max_length=200)] = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    crs: Coordinates = "WGS84"
    reporter_name: Annotated[str, Field(max_length=64)] = ""
    reporter_phone: Phone = ""
    attachments: Annotated[list[UUID], Field(max_length=9, default_factory=list)]


class ReportOut(Out):
    token: str
    number: str


class FollowStep(Out):
    at: dt.datetime
    text: str
    text_en: str


class FollowOut(Out):
    number: str
    title: Shown
    state: str
    state_name: str
    submitted_at: dt.datetime
    promise_due: dt.datetime | None
    late: bool
    unit: str | None
    steps: list[FollowStep]
    can_rate: bool
    rated: int | None


class RatingIn(In):
    rating: Annotated[int, Field(ge=1, le=5)]
    rating_process: Annotated[int, Field(ge=1, le=5)] | None = None
    resolved: Annotated[bool, Field(strict=True)] | None = None
    comment: Annotated[str, Field(max_length=500)] = ""


class PublicUploadOut(Out):
    id: UUID
    token: str


@router.get("/categories", response=list[PublicCategory])
@open_to_public("residents choose what their report is about")
def public_categories(request: Request) -> Any:
    return responsibility.request_tree()


@router.get("/places", response=list[Suggestion])
@open_to_public("residents pick their estate or street while typing")
def public_places(request: Request, q: Annotated[str, Field(max_length=200)]) -> Any:
    if len(q.strip()) < 2:
        return []
    public.throttle(request, "places", limit=120)
    wanted = q[:60]
    buildings = registry.find_address(wanted)[:5] or registry.search_estates(wanted, limit=5)
    found: list[dict[str, Any]] = [{"name": c.text, "where": c.where, "lon": c.lon, "lat": c.lat} for c in buildings]
    for candidate in areas.find_by_text(wanted)[:3]:
        version = candidate.area_version
        found.append({"name": version.name, "where": "", "lon": version.lon, "lat": version.lat})
    return found


@router.post("/attachments", response={201: PublicUploadOut})
@open_to_public("a photo with the report")
def public_attachment(request: Request, file: File[UploadedFile]) -> Any:
    public.throttle(request, "upload", limit=30)
    stored = attachments.store(
        data=file.read(), filename=file.name or "photo.jpg", phase="report", uploader_id=public.resident().user_id
    )
    return Status(201, {"id": stored.id, "token": str(stored.id)})


@router.post("/reports", response={201: ReportOut})
@open_to_public("anybody may report a matter")
def public_report(
    request: Request, body: ReportIn, idempotency_key: Annotated[str, Header(alias="Idempotency-Key")]
) -> Any:
    public.throttle(request, "report", limit=20)
    return Status(201, public.report(key=idempotency_key, values=body.model_dump()))


@router.get("/reports/{token}", response=FollowOut)
@open_to_public("follow one's own report by its opaque token")
def public_follow(request: Request, token: str) -> Any:
    public.throttle(request, "follow", limit=300)
    return public.follow(token)


@router.post("/reports/{token}/rating", response=FollowOut)
@open_to_public("say whether it is solved")
def public_rating(request: Request, token: str, body: RatingIn) -> Any:
    public.throttle(request, "rate", limit=30)
    return public.rate(
        token,
        rating=body.rating,
        rating_process=body.rating_process,
        comment=body.comment,
        resolved=body.resolved,
    )
