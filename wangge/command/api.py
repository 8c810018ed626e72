"""The situation over HTTP; events come by `/live` (see live)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from ninja import Router

from wangge.casework.schemas import CardCounts, CaseRow, StateCode, WhistleOut
from wangge.command import live, selectors
from wangge.command.policies import WATCH
from wangge.kit.policy import requires
from wangge.kit.schema import Out
from wangge.org import http, scope

router = Router(tags=["command"])


class Signed(http.Request):
    """Below `requires` somebody has signed in."""

    actor: scope.Actor


class TodayOut(Out):
    submitted: int
    closed: int
    on_the_spot: int


class StateCount(Out):
    state: StateCode
    name: str
    count: int


class StreetCount(Out):
    area_id: UUID
    name: str
    open: int
    overdue: int
    closed_today: int


class CodeCount(Out):
    code: str
    name: str
    count: int


class RatesOut(Out):
    """Shares from 0 to 1 over the last seven days; null when there is nothing to divide by."""

    on_time: float | None
    satisfaction: float | None
    response: float | None


class SituationOut(Out):
    at: dt.datetime
    today: TodayOut
    open: int
    overdue: int
    cards: CardCounts
    by_state: list[StateCount]
    by_subdistrict: list[StreetCount]
    by_category: list[CodeCount]
    by_channel: list[CodeCount]
    hours: list[int]
    rates: RatesOut
    whistles_open: list[WhistleOut]
    latest: list[CaseRow]
    points: list[tuple[float, float, StateCode]]


@router.get("/situation", response=SituationOut, summary="态势")
@requires(WATCH)
def read_situation(request: Signed) -> Any:
    """Numbers of the wall in the caller's scope, at most a second old."""
    return selectors.situation(actor=request.actor)


@router.get("/live", summary="实时事件（SSE）")
@requires(WATCH)
def watch(request: Signed) -> StreamingHttpResponse:
    """Server-sent events `case`, `whistle` and `clock`, each with the log's number as its id.

    Data: seq, action, case_id, number, state, lon, lat, title. A repeated `Last-Event-ID` brings what came since.
    """
    return live.response(request)
