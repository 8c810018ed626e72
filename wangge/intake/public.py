"""The resident's side of a case: nothing but what concerns the person who holds the token."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from typing import Any

import numpy as np
from django.db import connection

from wangge.audit import selectors as audit
from wangge.casework import services as casework
from wangge.casework.models import Case, Clock
from wangge.casework.policies import Perm
from wangge.casework.workflow import State, Step
from wangge.kit import clock, crypto, geo
from wangge.kit.errors import Conflict, NotFound, TooMany
from wangge.org import scope
from wangge.org.http import Request, client_address
from wangge.org.scope import Actor

_PUBLIC_STEPS = {
    "submit": ("已收到您反映的问题", "We received your report"),
    "accept": ("已受理", "Accepted"),
    "register": ("已立案", "Registered"),
    "dispatch": ("已派给责任单位", "Sent to the unit responsible"),
    "reassign": ("已转派责任单位", "Passed to another unit"),
    "acknowledge": ("责任单位已签收", "The unit has taken it on"),
    "handle": ("责任单位已处置", "Dealt with by the unit"),
    "handle_on_the_spot": ("网格员已现场处置", "Dealt with on the spot"),
    "verify": ("已核查", "Checked"),
    "reject": ("核查未通过，退回重新处置", "The check failed; back to the unit"),
    "close": ("已办结", "Closed"),
    "reopen": ("已重新办理", "Reopened"),
    "rate": ("您已评价", "You rated it"),
    "extend": ("办理期限已延长", "The time limit was extended"),
    "carry_over": ("因客观原因暂缓办理", "Put off for an objective reason"),
    "resume": ("已恢复办理", "Taken up again"),
    "cancel": ("不予办理", "Will not be pursued"),
    "merge": ("已与同一事项合并办理", "Joined with the same matter"),
    "unmerge": ("已单独继续办理", "Goes on by itself"),
}


class RatingNotNow(Conflict):
    code = "rating_not_now"
    title_zh = "现在还不能评价"
    title_en = "It cannot be rated now"


def resident() -> Actor:
    """The person behind a public request: may submit and rate, and sees only the one case a token opens."""
    return dataclasses.replace(
        scope.system_actor("居民"), permissions=frozenset({Perm.SUBMIT, Perm.RATE}), channel="public"
    )


def throttle(request: Request, what: str, *, limit: int, minutes: int = 10) -> None:
    """At most `limit` uses of `what` per address in a window; counted in the database for all processes.

    A use counts whether it is granted or refused: whoever guesses is refused most of the time.
    """
    key = hashlib.sha256(f"{what}:{client_address(request)}".encode()).hexdigest()[:32]
    use = functools.partial(_count_use, key, minutes)
    request.if_refused.append(use)
    if use() > limit:
        raise TooMany(
            "提交过于频繁，请稍后再试", "too many requests; try again later", headers={"Retry-After": str(minutes * 60)}
        )


_USE = """
INSERT INTO intake_throttle AS t (key, started_at, count) VALUES (%s, clock_timestamp(), 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN t.started_at < clock_timestamp() - make_interval(mins => %s) THEN 1 ELSE t.count + 1 END,
    started_at = CASE WHEN t.started_at < clock_timestamp() - make_interval(mins => %s) THEN clock_timestamp()
                 ELSE t.started_at END
RETURNING count
"""


def _count_use(key: str, minutes: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_USE, [key, minutes, minutes])
        (count,) = cursor.fetchone()
    return int(count)


def report(*, key: str, values: dict[str, Any]) -> dict[str, str]:
    """Submit for a resident; the token is the only way back to the case."""
    by = resident()
    category = values.pop("category")
    attachments = values.pop("attachments")
    crs = values.pop("crs")
    if values["lon"] is not None and values["lat"] is not None:
        lons, lats = geo.to_wgs84(np.array([values["lon"]]), np.array([values["lat"]]), crs)
        values |= {"lon": float(lons[0]), "lat": float(lats[0])}
    with scope.acting(by):
        done = casework.submit(
            **values,
            category_code=category,
            attachment_ids=tuple(attachments),
            channel="public",
            key=("public", key),
            by=by,
        )
    return {"token": done.token, "number": done.case.number}


def _case(token: str) -> Case:
    case = Case.objects.filter(token_hash=crypto.sm3(token.encode())).first()
    if case is None:
        raise NotFound("没有这个查询码，请核对后再试", "no report has this code")
    return case


def _worked_on(case: Case) -> Case:
    """The case in which the matter goes on: itself, or the one it was merged into."""
    hops = 0
    while case.state == State.MERGED and case.merged_into is not None and hops < 10:
        case, hops = case.merged_into, hops + 1
    return case


def follow(token: str) -> dict[str, Any]:
    with scope.acting(resident()):
        return _view(_case(token))


def rate(
    token: str, *, rating: int, rating_process: int | None, comment: str, resolved: bool | None = None
) -> dict[str, Any]:
    """A rating of 1 or 2, or that it is not solved, reopens the case; a round keeps its first answers."""
    by = resident()
    with scope.acting(by):
        own = _case(token)
        case = _worked_on(own)
        if case.state not in {State.VERIFIED, State.CLOSED} or case.rating is not None:
            raise RatingNotNow
        casework.take(
            case_id=case.id,
            step=Step.RATE,
            version=case.version,
            by=by,
            rating=rating,
            rating_process=rating_process,
            resolved=resolved if case.resolved is None else None,
            reason=comment,
        )
        own.refresh_from_db()
        return _view(own)


def _view(own: Case) -> dict[str, Any]:
    """Of a case merged into another's: how the work goes, in one's own words and number, never the other's."""
    case = _worked_on(own)
    entries = audit.log_of(subject_type="case", subject_id=own.id)
    if case.pk != own.pk:
        joined = max(entry.at for entry in entries if entry.action.endswith(":merge"))
        entries = [one for one in entries if one.at <= joined]
        entries += [one for one in audit.log_of(subject_type="case", subject_id=case.id) if one.at > joined]
    steps: list[dict[str, Any]] = []
    for entry in entries:
        verb = entry.action.rpartition(":")[2]
        words = _PUBLIC_STEPS.get(entry.data.get("kind", "") if verb == Step.GRANT_TIME else verb)
        if words and (not steps or steps[-1]["text"] != words[0]):
            steps.append({"at": entry.at, "text": words[0], "text_en": words[1]})
    promise = Clock.objects.filter(case=own, kind="whole").order_by("-started_at").first()
    now = clock.now()
    return {
        "number": own.number,
        "title": own.title,
        "state": case.state,
        "state_name": State(case.state).label,
        "submitted_at": own.submitted_at,
        "promise_due": promise.due_at if promise else None,
        "late": bool(promise and (promise.stopped_at or now) > promise.due_at),
        "unit": case.lead_unit.name if case.lead_unit else None,
        "steps": steps,
        "can_rate": case.state in {State.VERIFIED, State.CLOSED} and case.rating is None,
        "rated": case.rating,
    }
