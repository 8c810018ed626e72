"""Making, issuing and withdrawing bulletins. What was told stays as it was told; a correction is another version."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction

from wangge.appraisal import bulletin_words, periods
from wangge.appraisal.models import Bulletin, BulletinKind, BulletinState
from wangge.appraisal.periods import Period, PeriodKind
from wangge.appraisal.selectors import bulletin_facts
from wangge.audit import services as audit
from wangge.kit import clock
from wangge.kit.crypto import sm3
from wangge.kit.errors import Conflict, Forbidden, Invalid, NotFound, field_error
from wangge.org import scope
from wangge.org.models import Unit, UnitKind
from wangge.org.scope import Actor

SCHEDULED = {BulletinKind.WEEKLY: PeriodKind.WEEK, BulletinKind.MONTHLY: PeriodKind.MONTH}
TOLD_BY_UNIT = (UnitKind.SUBDISTRICT, UnitKind.DEPARTMENT)  # each has a monthly bulletin of its own
PRESS = "通报排印"


class SameAsBefore(Conflict):
    code = "bulletin_same"
    title_zh = "与上一版完全相同"
    title_en = "The same as the version before"


class NotThisState(Conflict):
    code = "bulletin_state"
    title_zh = "通报当前状态不能进行此操作"
    title_en = "Not possible for a bulletin in this state"


class OwnBulletin(Forbidden):
    code = "own_bulletin"
    title_zh = "签发人不能是编制人"
    title_en = "Whoever made a bulletin does not issue it"


def make(
    *,
    kind: str,
    period: Period,
    by: Actor,
    unit_id: UUID | None = None,
    reason: str = "",
    at: dt.datetime | None = None,
) -> Bulletin:
    """A draft of the period's bulletin, as a further version when there is one already.

    A further version and a special bulletin need their reason. Raises SameAsBefore when no figure has changed.
    """
    now = at or clock.now()
    said = reason.strip()
    _check(kind, period, now)
    unit = Unit.objects.filter(pk=unit_id, active=True).first() if unit_id else None
    if unit_id is not None and unit is None:
        raise NotFound
    with transaction.atomic():
        last = _last(kind, period, unit)
        if (last is not None or kind == BulletinKind.SPECIAL) and len(said) < 2:
            zh, en = "请写明编制缘由", "Say why it is made"
            raise Invalid(errors=[field_error("body.reason", zh, en)])
        content = contents(kind, period, unit)
        digest = digest_of(content)
        if last is not None and last.digest == digest and last.state != BulletinState.WITHDRAWN:
            raise SameAsBefore(
                f"第 {last.version} 版之后数据没有变化", f"nothing has changed since version {last.version}"
            )
        made = Bulletin(
            kind=kind,
            start=period.start,
            end=period.end,
            unit=unit,
            version=1 if last is None else last.version + 1,
            reason=said[:300],
            content=content,
            digest=digest,
            made_at=now,
            made_by=by.user_id,
            made_name=by.name,
        )
        try:
            made.save(force_insert=True)
        except IntegrityError as error:
            raise Conflict(
                "另一人刚刚编制了同一期通报，请刷新", "somebody has just made this bulletin: reload"
            ) from error
        _record(made, "made", by, now, reason=said, digest=digest)
    return made


def issue(*, bulletin_id: UUID, by: Actor, at: dt.datetime | None = None) -> Bulletin:
    """Open it to all who read bulletins; by somebody other than its maker."""
    now = at or clock.now()
    with transaction.atomic():
        one = _lock(bulletin_id)
        if one.state != BulletinState.DRAFT:
            raise NotThisState(
                f"本期通报{BulletinState(one.state).label}，不能再签发", f"it is {one.state} and cannot be issued"
            )
        if one.made_by == by.user_id:
            raise OwnBulletin("请由另一人签发", "another person must issue it")
        one.state = BulletinState.ISSUED
        one.issued_at, one.issued_by, one.issued_name = now, by.user_id, by.name
        one.save(update_fields=["state", "issued_at", "issued_by", "issued_name"])
        _record(one, "issued", by, now)
    return one


def withdraw(*, bulletin_id: UUID, reason: str, by: Actor, at: dt.datetime | None = None) -> Bulletin:
    now, said = at or clock.now(), reason.strip()
    if len(said) < 2:
        raise Invalid(errors=[field_error("body.reason", "请写明撤回理由", "Say why it is withdrawn")])
    with transaction.atomic():
        one = _lock(bulletin_id)
        if one.state == BulletinState.WITHDRAWN:
            raise NotThisState("本期通报已撤回", "it is withdrawn already")
        one.state = BulletinState.WITHDRAWN
        one.save(update_fields=["state"])
        _record(one, "withdrawn", by, now, reason=said)
    return one


def make_due(*, at: dt.datetime | None = None) -> int:
    """Drafts of the weeks and months that have ended, once each: the whole, and every month also unit by unit."""
    now = at or clock.now()
    today = now.astimezone(bulletin_facts.LOCAL).date()
    actor, count = scope.system_actor(PRESS), 0
    for kind, length in SCHEDULED.items():
        period = periods.containing(length, today).before()
        units: list[UUID | None] = [None]
        if kind == BulletinKind.MONTHLY:
            units += list(
                Unit.objects.filter(kind__in=TOLD_BY_UNIT, active=True).order_by("pos").values_list("pk", flat=True)
            )
        have = set(
            Bulletin.objects.filter(kind=kind, start=period.start, end=period.end).values_list("unit_id", flat=True)
        )
        for unit_id in units:
            if unit_id not in have:
                make(kind=kind, period=period, by=actor, unit_id=unit_id, at=now)
                count += 1
    return count


def recount(bulletin: Bulletin) -> list[dict[str, Any]]:
    """What the figures would be today where they differ: [{at, was, now}], empty when it is reproduced exactly."""
    period = period_of(bulletin)
    fresh = orjson.loads(orjson.dumps(contents(bulletin.kind, period, bulletin.unit), default=str))
    return list(_differences("", bulletin.content["facts"], fresh["facts"]))


def contents(kind: str, period: Period, unit: Unit | None) -> dict[str, Any]:
    """Counted under an unrestricted scope: figures are open to all, and everybody gets the same."""
    with scope.unrestricted():
        facts = bulletin_facts.facts(kind=kind, period=period, unit=unit)
    words = {language: bulletin_words.paper(facts, language) for language in ("zh", "en")}
    frozen: dict[str, Any] = orjson.loads(orjson.dumps({"facts": facts, **words}, default=str))
    return frozen


def digest_of(content: dict[str, Any]) -> str:
    return sm3(orjson.dumps(content["facts"], option=orjson.OPT_SORT_KEYS)).hex()


def period_of(bulletin: Bulletin) -> Period:
    length = SCHEDULED.get(BulletinKind(bulletin.kind))
    if length is not None:
        return Period(length, bulletin.start, bulletin.end)
    return periods.parse(f"{bulletin.start}..{bulletin.end - dt.timedelta(days=1)}")


def _check(kind: str, period: Period, now: dt.datetime) -> None:
    if kind not in BulletinKind.values:
        raise Invalid(errors=[field_error("body.kind", "没有这种通报", "no such kind of bulletin")])
    wanted = SCHEDULED.get(BulletinKind(kind))
    if wanted is not None and period.kind is not wanted:
        zh = "周报须为一整周" if wanted is PeriodKind.WEEK else "月报须为一整月"
        raise Invalid(errors=[field_error("body.period", zh, f"a {kind} bulletin covers one whole {wanted}")])
    if period.end > now.astimezone(bulletin_facts.LOCAL).date() + dt.timedelta(days=1):
        raise Invalid(errors=[field_error("body.period", "这一时段尚未到来", "this period is not here yet")])


def _last(kind: str, period: Period, unit: Unit | None) -> Bulletin | None:
    return (
        Bulletin.objects.filter(kind=kind, start=period.start, end=period.end, unit=unit).order_by("-version").first()
    )


def _lock(bulletin_id: UUID) -> Bulletin:
    one = Bulletin.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=bulletin_id).first()
    if one is None:
        raise NotFound
    return one


def _record(bulletin: Bulletin, verb: str, by: Actor, at: dt.datetime, **facts: Any) -> None:
    audit.record(
        subject_type="bulletin",
        subject_id=bulletin.pk,
        action=f"appraisal:bulletin:{verb}",
        actor=by,
        data={
            "kind": bulletin.kind,
            "start": bulletin.start.isoformat(),
            "end": bulletin.end.isoformat(),
            "unit": str(bulletin.unit_id) if bulletin.unit_id else None,
            "version": bulletin.version,
            **{name: value for name, value in facts.items() if value},
        },
        at=at,
    )


def _differences(at: str, was: Any, now: Any) -> list[dict[str, Any]]:
    if isinstance(was, dict) and isinstance(now, dict):
        keys = sorted(was.keys() | now.keys())
        return [one for key in keys for one in _differences(f"{at}.{key}".lstrip("."), was.get(key), now.get(key))]
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        pairs = enumerate(zip(was, now, strict=True))
        return [one for index, (a, b) in pairs for one in _differences(f"{at}[{index}]", a, b)]
    return [] if was == now else [{"at": at, "was": was, "now": now}]
