"""Who lives together: a dwelling with its people, a household, lists of people."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from wangge.areas import selectors as areas
from wangge.kit.errors import NotFound
from wangge.org.scope import Actor, within
from wangge.registry.models import Dwelling, Household, Person, PersonStatus, Tag, Tie
from wangge.registry.policies import Perm
from wangge.registry.selectors import people
from wangge.registry.selectors.board import confirmed_document, room_document
from wangge.registry.selectors.places import photos_of
from wangge.registry.selectors.readers import Reach, reader_of
from wangge.registry.selectors.spans import staleness

HERE = (PersonStatus.LIVING_HERE, PersonStatus.ABSENT)


def dwelling_page(dwelling_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """The room with its households, its people and what ties others to it; people only for who may read them."""
    dwelling: Dwelling | None = (
        Dwelling.objects.visible_to(actor).select_related("building", "entrance").filter(pk=dwelling_id).first()
    )
    if dwelling is None:
        raise NotFound
    building = dwelling.building
    page: dict[str, Any] = {
        "dwelling": room_document(dwelling, actor=actor),
        "building": {"id": building.pk, "name": building.name, "address": building.address},
        "entrance": {"id": dwelling.entrance_id, "name": dwelling.entrance.name} if dwelling.entrance else None,
        "households": [],
        "residents": [],
        "ties": [],
        "photos": photos_of("dwelling", dwelling.pk, actor=actor),
        "premises": list(dwelling.premises.filter(closed_on__isnull=True).values("id", "name")),
    }
    if not actor.may(Perm.PERSON_READ):
        return page
    reader = reader_of(actor)
    living = list(Person.objects.filter(dwelling=dwelling, status__in=HERE).order_by("household_id", "pk"))
    rows = people.rows(living, reader)
    of_household: dict[UUID | None, list[dict[str, Any]]] = {}
    for person, row in zip(living, rows, strict=True):
        of_household.setdefault(person.household_id, []).append(row)
    page["residents"] = rows
    page["households"] = [
        _card(one, of_household.get(one.pk, []))
        for one in dwelling.households.filter(ended_on__isnull=True).order_by("number")
    ]
    page["ties"] = _others(dwelling, actor)
    return page


def household_page(household_id: UUID, *, actor: Actor, at: dt.datetime | None = None) -> dict[str, Any]:
    household: Household | None = (
        Household.objects.visible_to(actor)
        .select_related("dwelling__building", "dwelling__entrance")
        .filter(pk=household_id)
        .first()
    )
    if household is None:
        raise NotFound
    reader = reader_of(actor, at)
    members = list(Person.objects.filter(household=household).exclude(status=PersonStatus.ERASED).order_by("pk"))
    members.sort(key=lambda one: one.household_role != "head")
    home, near = household.dwelling, reader.reach(household.area_pos) is Reach.GRID
    kind, pk = ("dwelling", home.pk) if home and near else ("building", home.building_id if home else None)
    return {
        **_card(household, people.rows(members, reader)),
        "kind_name": household.get_kind_display(),
        "dwelling": {"type": kind, "id": pk, "name": people.address(home, whole=near)} if home else None,
        "since": household.since,
        "ended_on": household.ended_on,
        "confirmed": confirmed_document("household", household.confirmed, staleness("household", today=reader.today)),
    }


def people_list(
    *, actor: Actor, area_id: UUID | None = None, tag: str = "", cursor: UUID | None = None, limit: int = 50
) -> dict[str, Any]:
    """People in sight, those of an area or of a group the reader is shown; a handful of queries however many."""
    found = Person.objects.visible_to(actor).filter(status__in=HERE)
    if area_id is not None:
        area = areas.version_at(area_id)
        if area is None or not (actor.scope.covers_area(area.pos) or not actor.scope.areas):
            raise NotFound
        found = found.filter(area_pos__gte=area.pos, area_pos__lt=area.pos_end)
    if tag:
        found = found.filter(pk__in=_tagged(tag, actor))
    if cursor is not None:
        found = found.filter(pk__gt=cursor)
    page = list(found.order_by("pk")[: limit + 1])
    following = str(page[limit - 1].pk) if len(page) > limit else None
    return {"items": people.rows(page[:limit], reader_of(actor)), "next": following, "total": None}


def _tagged(kind: str, actor: Actor) -> Any:
    """Ids of the people in the group, as far as the reader is shown that they are in it."""
    tags = Tag.objects.visible_to(actor).filter(kind_id=kind, ended_on__isnull=True)
    close = actor.unit_kind in {"grid_team", "community"} and not actor.scope.all
    if not close:
        mine = within("unit_pos", actor.scope.units)
        tags = tags.exclude(~mine, kind__data_class__in=["sensitive", "minor"])
    return tags.values("person_id")


def _card(household: Household, members: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": household.pk,
        "number": household.number,
        "kind": household.kind,
        "version": household.version,
        "members": members,
    }


def _others(dwelling: Dwelling, actor: Actor) -> list[dict[str, Any]]:
    """Who owns or rents it, or answers for it, and lived there before."""
    held = Tie.objects.filter(dwelling=dwelling).select_related(
        "person", "organisation", "building", "dwelling__building", "dwelling__entrance", "premises"
    )
    reader = reader_of(actor)
    found = []
    for tie in held.order_by("-valid_from", "-pk")[:200]:
        document = people.tie_document(tie, whole=reader.reach(dwelling.area_pos) is Reach.GRID)
        if tie.person is not None and tie.person.status == PersonStatus.ERASED:
            document["who"] = {"type": "erased", "id": tie.person_id, "name": tie.person.get_status_display()}
        elif tie.person is not None:
            name = people.row(tie.person, reader, ())["name"]
            document["who"] = {"type": "person", "id": tie.person_id, "name": name}
        elif tie.organisation is not None:
            document["who"] = {"type": "organisation", "id": tie.organisation_id, "name": tie.organisation.name}
        found.append(document)
    return found
