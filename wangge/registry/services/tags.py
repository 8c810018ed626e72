"""Priority groups 重点人群: who is put into one, why, until when, and who takes care."""

from __future__ import annotations

import calendar
import datetime as dt
from uuid import UUID

from django.utils import timezone

from wangge.kit import clock
from wangge.kit.errors import Conflict, Forbidden, Invalid, NotFound, field_error
from wangge.kit.ids import uuid7
from wangge.org import scope
from wangge.org.models import Unit
from wangge.org.scope import Actor
from wangge.registry import sealing
from wangge.registry.models import Person, PersonStatus, Tag, TagKind
from wangge.registry.services.keeping import note, stated


class TaggedAlready(Conflict):
    code = "tagged_already"
    title_zh = "此人已有这一标签"
    title_en = "The person is in this group already"


class NotInCharge(Forbidden):
    code = "not_in_charge"
    title_zh = "这一标签不归本单位管理"
    title_en = "Your unit does not keep this group"


def tag(
    *,
    person_id: UUID,
    kind: str,
    by: Actor,
    source: str,
    detail: str = "",
    since: dt.date | None = None,
    unit_id: UUID | None = None,
    purpose: str = "",
    legal_basis: str = "",
    expires_on: dt.date | None = None,
    at: dt.datetime | None = None,
) -> Tag:
    """Into the group, with the purpose and basis of its kind unless narrower ones are named; never for longer."""
    at = at or clock.now()
    person = _person(person_id, by)
    group = _kind(kind)
    unit = _unit_in_charge(group, unit_id, by)
    _check_keeper(person, unit, by)
    if person.tags.filter(kind=group, ended_on__isnull=True).exists():
        raise TaggedAlready
    first = _since(since, at)
    said = stated("body.source", source)
    tag_id = uuid7()
    made = Tag(
        id=tag_id,
        person=person,
        kind=group,
        purpose=purpose.strip()[:160] or group.purpose,
        legal_basis=legal_basis.strip()[:160] or group.legal_basis,
        source=said,
        detail=sealing.seal_text(detail.strip()[:500], context=f"tag:{tag_id}"),
        since=first,
        review_on=_months_after(max(first, timezone.localdate(at)), group.review_months),
        expires_on=_expiry(expires_on, group, at),
        unit=unit,
        unit_pos=unit.pos if unit else -1,
        area_pos=person.area_pos,
    )
    with scope.unrestricted():
        made.save(force_insert=True)
        note(person, "tag:add", by=by, at=at, tag=made.pk, kind=group.code)
    return made


def review_tag(
    *,
    tag_id: UUID,
    person_id: UUID,
    by: Actor,
    detail: str | None = None,
    source: str = "",
    unit_id: UUID | None = None,
    at: dt.datetime | None = None,
) -> Tag:
    """It still holds: the next review and the expiry are counted from today."""
    at = at or clock.now()
    found, person = _current(tag_id, person_id, by)
    today = timezone.localdate(at)
    if unit_id is not None:
        unit = _unit_in_charge(found.kind, unit_id, by)
        found.unit, found.unit_pos = unit, unit.pos if unit else -1
    if detail is not None:
        found.detail = sealing.seal_text(detail.strip()[:500], context=f"tag:{found.pk}")
    if source:
        found.source = stated("body.source", source)
    found.review_on = _months_after(today, found.kind.review_months)
    found.expires_on = _months_after(today, found.kind.expires_months)
    with scope.unrestricted():
        found.save()
        note(person, "tag:review", by=by, at=at, tag=found.pk, kind=found.kind_id)
    return found


def untag(
    *, tag_id: UUID, person_id: UUID, by: Actor, reason: str, on: dt.date | None = None, at: dt.datetime | None = None
) -> Tag:
    """Out of the group from that day on."""
    at = at or clock.now()
    found, person = _current(tag_id, person_id, by)
    said = stated("body.reason", reason)
    day = on or timezone.localdate(at)
    if not found.since <= day <= timezone.localdate(at):
        raise Invalid(errors=[field_error("body.on", "应在列入之后、今天之前", "between its beginning and today")])
    found.ended_on, found.ended_reason = day, said
    with scope.unrestricted():
        found.save(update_fields=["ended_on", "ended_reason"])
        note(person, "tag:end", by=by, at=at, tag=found.pk, kind=found.kind_id, reason=said)
    return found


def _person(person_id: UUID, by: Actor) -> Person:
    person: Person | None = (
        Person.objects.visible_to(by)
        .select_for_update(of=("self",))
        .exclude(status__in=[PersonStatus.ERASED, PersonStatus.DECEASED])
        .filter(pk=person_id)
        .first()
    )
    if person is None:
        raise NotFound
    return person


def _current(tag_id: UUID, person_id: UUID, by: Actor) -> tuple[Tag, Person]:
    """The tag and its person, locked, for the grid of the person or the unit in charge."""
    tag: Tag | None = (
        Tag.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("kind")
        .filter(pk=tag_id, person_id=person_id, ended_on__isnull=True)
        .first()
    )
    if tag is None:
        raise NotFound
    person = _person(tag.person_id, by)
    if not by.scope.covers_area(person.area_pos) and not by.scope.covers_unit(tag.unit_pos):
        raise NotInCharge
    return tag, person


def _kind(code: str) -> TagKind:
    kind = TagKind.objects.filter(code=code, active=True).first()
    if kind is None:
        raise Invalid(errors=[field_error("body.kind", "没有这种标签", "there is no such group")])
    return kind


def _unit_in_charge(kind: TagKind, unit_id: UUID | None, by: Actor) -> Unit | None:
    """One of the kind's partners, or nobody beside the grid; the actor's own unit when it is a partner."""
    if unit_id is None:
        own = Unit.objects.filter(pk=by.unit_id).first() if by.unit_id else None
        return own if own is not None and own.code in kind.partners else None
    unit = Unit.objects.filter(pk=unit_id, active=True).first()
    if unit is None or unit.code not in kind.partners:
        raise Invalid(errors=[field_error("body.unit", "该单位不是这一标签的协同单位", "not a partner of this group")])
    return unit


def _check_keeper(person: Person, unit: Unit | None, by: Actor) -> None:
    if by.scope.covers_area(person.area_pos):
        return
    if unit is None or unit.pk != by.unit_id:
        raise NotInCharge


def _since(since: dt.date | None, at: dt.datetime) -> dt.date:
    today = timezone.localdate(at)
    if since is not None and since > today:
        raise Invalid(errors=[field_error("body.since", "日期在将来", "lies in the future")])
    return since or today


def _expiry(wanted: dt.date | None, kind: TagKind, at: dt.datetime) -> dt.date:
    today = timezone.localdate(at)
    latest = _months_after(today, kind.expires_months)
    if wanted is not None and not today < wanted <= latest:
        raise Invalid(
            errors=[
                field_error("body.expires_on", f"应在今天之后、{latest} 之前", f"after today, {latest} at the latest")
            ]
        )
    return wanted or latest


def _months_after(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
