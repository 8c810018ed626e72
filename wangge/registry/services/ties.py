"""Who owns, rents, works or is responsible where, and since when. Who lives where is `residence`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry.models import Building, Dwelling, Person, PersonStatus, Premises, Tie, TieKind
from wangge.registry.services.keeping import NotYours, note, without_number

KINDS = (TieKind.OWNS, TieKind.RENTS, TieKind.WORKS, TieKind.RESPONSIBLE)
_PLACES: dict[str, tuple[Any, str]] = {
    "dwelling": (Dwelling, "ended_on"),
    "building": (Building, "pulled_down_on"),
    "premises": (Premises, "closed_on"),
}


class TiedAlready(Conflict):
    code = "tied_already"
    title_zh = "这一关系已登记"
    title_en = "This is registered already"


def tie(
    *,
    person_id: UUID,
    kind: str,
    by: Actor,
    dwelling: UUID | None = None,
    building: UUID | None = None,
    premises: UUID | None = None,
    role: str = "",
    since: dt.date | None = None,
    source: str = "",
    at: dt.datetime | None = None,
) -> Tie:
    """Somebody in the actor's sight to one place in the actor's areas; so nobody comes into more sight than before."""
    at = at or clock.now()
    if kind not in KINDS:
        raise Invalid(
            errors=[field_error("body.kind", "应为产权、承租、从业或负责", "owns, rents, works, responsible")]
        )
    without_number("body.role", role)
    without_number("body.source", source)
    if since is not None and since > timezone.localdate(at):
        raise Invalid(errors=[field_error("body.since", "日期在将来", "lies in the future")])
    person = _person(person_id, by)
    column, where = _place({"dwelling": dwelling, "building": building, "premises": premises}, by)
    with scope.unrestricted():
        current = Tie.objects.filter(person=person, kind=kind, valid_to__isnull=True)
        if current.filter(**{column: where}).exists():
            raise TiedAlready
        made = Tie.objects.create(
            kind=kind,
            person=person,
            role=role.strip()[:40],
            valid_from=since,
            area_pos=where.area_pos,
            source=source.strip()[:40] or "grid",
            recorded_at=at,
            **{column: where},
        )
        note(person, "person:tie", by=by, at=at, kind=kind, tie=made.pk, **{column: where.pk})
    return made


def untie(*, person_id: UUID, tie_id: UUID, by: Actor, on: dt.date | None = None, at: dt.datetime | None = None) -> Tie:
    """Over from that day on; by whoever keeps the place or the person. A stay ends by moving or leaving."""
    at = at or clock.now()
    today = timezone.localdate(at)
    person = _person(person_id, by)
    found: Tie | None = (
        Tie.objects.visible_to(by)
        .select_for_update(of=("self",))
        .filter(pk=tie_id, person=person, valid_to__isnull=True, kind__in=KINDS)
        .first()
    )
    if found is None:
        raise NotFound
    if not (by.scope.covers_area(found.area_pos) or by.scope.covers_area(person.area_pos)):
        raise NotYours
    day = on or today
    if not (found.valid_from or dt.date.min) <= day <= today:
        raise Invalid(errors=[field_error("body.on", "应在起始日期之后、今天之前", "between its beginning and today")])
    found.valid_to = day
    with scope.unrestricted():
        found.save(update_fields=["valid_to"])
        note(person, "person:untie", by=by, at=at, kind=found.kind, tie=found.pk, on=day)
    return found


def _person(person_id: UUID, by: Actor) -> Person:
    gone = (PersonStatus.ERASED, PersonStatus.DECEASED)
    seen = Person.objects.visible_to(by).select_for_update(of=("self",)).exclude(status__in=gone)
    person: Person | None = seen.filter(pk=person_id).first()
    if person is None:
        raise NotFound
    return person


def _place(given: Mapping[str, UUID | None], by: Actor) -> tuple[str, Any]:
    named = [(column, pk) for column, pk in given.items() if pk is not None]
    if len(named) != 1:
        raise Invalid(
            errors=[field_error("body.dwelling", "请选择一处房屋、楼栋或经营场所", "one dwelling, building or shop")]
        )
    ((column, pk),) = named
    model, over = _PLACES[column]
    found = model.objects.visible_to(by).filter(pk=pk).first()
    if found is None or not by.scope.covers_area(found.area_pos):
        raise NotFound
    if getattr(found, over) is not None:
        raise Invalid(errors=[field_error(f"body.{column}", "该处已注销", "this place is no more")])
    return column, found
