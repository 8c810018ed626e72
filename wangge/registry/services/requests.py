"""Asking grid members for data: refused where it is known already, decided on by a checker, counted in the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.audit import services as audit
from wangge.kit import clock
from wangge.kit.errors import Conflict, Forbidden, Invalid, NotFound, field_error
from wangge.org.scope import Actor
from wangge.registry.forbidden import refusal
from wangge.registry.models import DataRequest, RequestState
from wangge.registry.policies import Perm
from wangge.registry.rules import RequestRules
from wangge.registry.selectors import requests as asked
from wangge.registry.selectors.requests import OBJECTS, Knowledge
from wangge.registry.selectors.rulebook import rules
from wangge.registry.services.keeping import stated

MOST_FIELDS, LONGEST_FIELD, MOST_TIMES = 40, 32, 366
_OPEN = frozenset({RequestState.ASKED})
_RUNNING = frozenset(asked.RUNNING)


class OwnRequest(Forbidden):
    code = "own_request"
    title_zh = "不能审核本单位提出的要求"
    title_en = "Nobody decides on what their own unit asks"


class RequestDecided(Conflict):
    code = "request_decided"
    title_zh = "这项要求已有结论"
    title_en = "This request is decided"


def ask_for_data(
    *,
    title: str,
    subject: str,
    fields: Sequence[str],
    purpose: str,
    area_id: UUID,
    begins_on: dt.date,
    ends_on: dt.date,
    by: Actor,
    times_per_year: int = 1,
    legal_basis: str = "",
    insist: bool = False,
    at: dt.datetime | None = None,
) -> DataRequest:
    """Kept in the ledger whatever becomes of it: refused at once by rule, or waiting for the checker.

    Where everything is known and fresh, only who insists and names a legal basis gets as far as the checker.
    """
    now, wanted = at or clock.now(), [one.strip() for one in dict.fromkeys(fields)]
    area = areas.version_at(area_id)
    if by.unit_id is None or area is None:
        raise NotFound
    _check(subject, wanted, begins_on, ends_on, times_per_year)
    said = {
        "title": stated("body.title", title, least=2, most=120),
        "purpose": stated("body.purpose", purpose, least=4, most=200),
    }
    basis = legal_basis.strip()[:200]
    ours = rules().requests
    known = asked.knowledge(subject=subject, fields=wanted, area=area, today=timezone.localdate(now))
    people = asked.members_in(area)
    request = DataRequest(
        unit_id=by.unit_id, object=subject, fields=wanted, legal_basis=basis, area_id=area_id, area_pos=area.pos,
        times_per_year=times_per_year, known=known.shares, people=people,
        minutes=_minutes(known.subjects, len(wanted), people, times_per_year, ours), asked_by=by.user_id,
        asked_at=now, begins_on=begins_on, ends_on=ends_on, **said,
    )  # fmt: skip
    refused = refusal([title, purpose, *wanted])
    everything = len(known.known(ours.known_share)) == len(wanted)
    if refused is not None:
        request.state, request.decision = RequestState.REFUSED, refused.zh[:200]
    elif everything and not (insist and basis):
        request.state, request.decision = RequestState.REFUSED, _had_already(subject, wanted, known)[:200]
    request.save(force_insert=True)
    _note(request, "ask", by, now, fields=wanted, state=request.state, insist=insist)
    return request


def _check(subject: str, fields: Sequence[str], begins_on: dt.date, ends_on: dt.date, times: int) -> None:
    errors = []
    if subject not in OBJECTS:
        errors.append(field_error("body.object", "没有这种对象", "there is no such object"))
    if not fields or len(fields) > MOST_FIELDS or any(not one or len(one) > LONGEST_FIELD for one in fields):
        errors.append(
            field_error(
                "body.fields", f"1 至 {MOST_FIELDS} 个字段，每个不超过 {LONGEST_FIELD} 字", "name 1 to 40 fields"
            )
        )
    if ends_on < begins_on:
        errors.append(field_error("body.ends_on", "早于开始日期", "before it begins"))
    if not 1 <= times <= MOST_TIMES:
        errors.append(field_error("body.times_per_year", f"每年 1 至 {MOST_TIMES} 次", "1 to 366 times a year"))
    if errors:
        raise Invalid(errors=errors)


def _minutes(subjects: int, fields: int, people: int, times: int, ours: RequestRules) -> int:
    """Of one grid member in a year: visits to a fair share of the subjects, each asked every field."""
    each = ours.seconds_per_subject + fields * ours.seconds_per_field
    return round(subjects / max(people, 1) * each * times / 60)


def _had_already(subject: str, fields: Sequence[str], known: Knowledge) -> str:
    names = asked.names_of(subject, fields)
    held = "、".join(f"{names[one]}（{known.shares[one]:.0%}）" for one in fields)
    return f"所需数据均已掌握且未过期：{held}。请用“预填”取用，名单经“导出”申请，不再向网格员索要"


def decide_request(
    *, request_id: UUID, state: str, reason: str, by: Actor, at: dt.datetime | None = None
) -> DataRequest:
    """Allow or refuse what waits, or end what runs. What is known and yet allowed is counted against who asks."""
    now = at or clock.now()
    request = DataRequest.objects.select_for_update().filter(pk=request_id).first()
    if request is None or not by.may(Perm.REQUEST_DECIDE):
        raise NotFound
    said = stated("body.reason", reason, least=4, most=200)
    if state not in {RequestState.ALLOWED, RequestState.REFUSED, RequestState.ENDED}:
        raise Invalid(errors=[field_error("body.state", "应为准予、不予或结束", "allowed, refused or ended")])
    if by.user_id == request.asked_by or by.on_behalf_of == request.asked_by:
        raise OwnRequest
    if request.state not in (_RUNNING if state == RequestState.ENDED else _OPEN):
        raise RequestDecided(state=request.state)
    wanted_anyway = any(share >= rules().requests.known_share for share in request.known.values())
    request.state = RequestState.COUNTED if state == RequestState.ALLOWED and wanted_anyway else RequestState(state)
    request.decision, request.decided_by = said, by.user_id
    request.save(update_fields=["state", "decision", "decided_by"])
    _note(request, "decide", by, now, state=request.state, reason=said)
    return request


def _note(request: DataRequest, verb: str, by: Actor, at: dt.datetime, **data: Any) -> None:
    audit.record(
        subject_type="datarequest",
        subject_id=request.pk,
        action=f"registry:request:{verb}",
        actor=by,
        area_pos=request.area_pos,
        data=data,
        at=at,
    )
