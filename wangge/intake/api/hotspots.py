"""Hot spots over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router, Status
from pydantic import Field

from wangge.intake import tasks
from wangge.intake.api.sameness import AreaNamed, SameCase
from wangge.intake.policies import Perm
from wangge.intake.selectors import hotspots
from wangge.intake.selectors.rules import rules
from wangge.intake.services import hotspots as services
from wangge.kit import clock
from wangge.kit.policy import requires
from wangge.kit.schema import In, Out
from wangge.org.http import Signed

router = Router()


class HotSpotParts(Out):
    count: float
    people: float
    growth: float
    likes: float
    dislikes: float
    severity: float


class HotSpotOut(Out):
    id: UUID
    title: str
    place: str
    area: AreaNamed | None
    heat: float
    parts: HotSpotParts
    matters: int
    people: int
    likes: int
    dislikes: int
    first_at: dt.datetime
    last_at: dt.datetime
    lon: float | None
    lat: float | None
    cases: list[SameCase]
    trend: list[int]
    state: str
    state_name: str
    alert: bool
    decided_at: dt.datetime | None
    decided_name: str
    reason: str
    actions: list[str]


class HotSpotWindow(Out):
    days: int
    until: dt.datetime
    looked_at_days: int


class HotSpotList(Out):
    window: HotSpotWindow
    items: list[HotSpotOut]


class HotSpotItems(Out):
    items: list[HotSpotOut]


class HotSpotStepIn(In):
    reason: Annotated[str, Field(max_length=500)]


@router.get("/hotspots", response=HotSpotList, summary="热点")
@requires(Perm.HOTSPOTS)
def list_hotspots(
    request: Signed,
    days: Annotated[int, Field(ge=1, le=366)] = 7,
    area: UUID | None = None,
    top: Annotated[int, Field(ge=1, le=100)] = 20,
) -> Any:
    items = hotspots.hottest(actor=request.actor, top=top, days=days, area=area)
    window = {"days": days, "until": clock.now(), "looked_at_days": rules().hotspots.days}
    return {"window": window, "items": items}


@router.get("/hotspots/agenda", response=HotSpotItems, summary="列入圆桌会议题的热点")
@requires(Perm.HOTSPOTS)
def list_hotspot_agenda(request: Signed) -> Any:
    return {"items": hotspots.agenda(actor=request.actor)}


@router.get("/hotspots/wall", response=HotSpotItems, summary="大屏热点前五")
@requires(Perm.HOTSPOTS)
def list_hotspot_wall(request: Signed) -> Any:
    return {"items": hotspots.wall(actor=request.actor)}


@router.post("/hotspots/renew", response={202: None}, summary="立即重新计算热点")
@requires(Perm.HOTSPOTS_DECIDE)
def renew_hotspots(request: Signed) -> Any:
    tasks.defer_hotspots()
    return Status(202, None)


@router.get("/hotspots/{spot_id}", response=HotSpotOut, summary="一个热点")
@requires(Perm.HOTSPOTS)
def read_hotspot(request: Signed, spot_id: UUID) -> Any:
    return hotspots.one(spot_id, actor=request.actor)


@router.post("/hotspots/{spot_id}/steps/{step}", response=HotSpotOut, summary="列入议题或排除")
@requires(Perm.HOTSPOTS_DECIDE)
def take_hotspot_step(request: Signed, spot_id: UUID, step: Literal["agenda", "dismiss"], body: HotSpotStepIn) -> Any:
    services.step(spot_id=spot_id, step=step, reason=body.reason, by=request.actor)
    return hotspots.one(spot_id, actor=request.actor)
