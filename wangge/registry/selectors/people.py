"""People as each reader is shown them: masked by how they came into sight, whole only by a look with a purpose."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from wangge.audit.models import Entry, Look
from wangge.kit import crypto, masks
from wangge.kit.errors import Forbidden, Invalid, NotFound, field_error
from wangge.kit.text import visible
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry import sealing
from wangge.registry.models import Dwelling, Household, Person, PersonStatus, Relation, Tag, Tie
from wangge.registry.policies import Perm
from wangge.registry.selectors.corrections import proposed_for
from wangge.registry.selectors.readers import Reach, Reader, fresh, reader_of
from wangge.registry.wording import role_name

LOOKED_AT = ("name", "id_number", "birth", "phones", "registered_address", "ethnicity", "workplace", "note", "tags")
_HIDDEN = "**"


def person_of(person_id: UUID, *, actor: Actor) -> Person:
    """NotFound outside the actor's sight, as for a person that does not exist."""
    found: Person | None = (
        Person.objects.visible_to(actor).exclude(status=PersonStatus.ERASED).filter(pk=person_id).first()
    )
    if found is None:
        raise NotFound
    return found


def rows(people: Sequence[Person], reader: Reader) -> list[dict[str, Any]]:
    """As lists show people; one query, for all their tags."""
    tags = _tags_of(people)
    return [row(person, reader, tags[person.pk]) for person in people]


def row(person: Person, reader: Reader, tags: Iterable[Tag]) -> dict[str, Any]:
    facts, reach = sealing.open_(person), reader.reach(person.area_pos)
    shown = {field for field in (*LOOKED_AT, "sex", "registration", "household_role") if reader.shows(reach, field)}
    return {
        "id": person.pk,
        "name": _name(facts.name, person, reader, reach) if "name" in shown else _HIDDEN,
        "sex": person.sex if "sex" in shown else "unknown",
        "birth_year": person.birth_year if reach is Reach.GRID else None,
        "age_band": (reader.age_band(person.birth_year) or "") if "birth" in shown else "",
        "registration": person.registration if "registration" in shown else "",
        "registration_name": person.get_registration_display() if "registration" in shown else "",
        "status": person.status,
        "status_name": person.get_status_display(),
        "household_role": person.household_role if "household_role" in shown else "",
        "role_name": role_name(person.household_role) if "household_role" in shown else "",
        "tags": [
            {"kind": tag.kind_id, "name": tag.kind.name}
            for tag in tags
            if tag.ended_on is None and reader.shows_tag(tag, reach)
        ],
        "phone": crypto.mask_phone(facts.phones[0]) if facts.phones and "phones" in shown else "",
        "stale": reader.stale(person),
        "version": person.version,
    }


def document(person: Person, *, actor: Actor, at: dt.datetime | None = None) -> dict[str, Any]:
    """The person's page."""
    reader = reader_of(actor, at)
    reach = reader.reach(person.area_pos)
    facts = sealing.open_(person)
    tags = _tags_of([person])[person.pk]
    home = _home(person)
    near = reach is Reach.GRID
    shows_home = home is not None and (reach is not Reach.PARTNER or reader.shows(reach, "dwelling"))
    household = Household.objects.filter(pk=person.household_id).first() if person.household_id else None
    return row(person, reader, tags) | {
        "id_kind": person.id_kind if reader.shows(reach, "id_number") else "",
        "id_number": masks.mask_number(facts.id_number) if reader.shows(reach, "id_number") else "",
        "no_id_reason": person.no_id_reason if near else "",
        "address": address(home, whole=near) if home and shows_home else "",
        "dwelling": {"id": home.pk, "name": home.label} if home and near else None,
        "building": {"id": home.building_id, "name": home.building.name} if home and shows_home else None,
        "household": {"id": household.pk, "number": household.number} if household and near else None,
        "ties": ties_of(person, whole=near) if reach is not Reach.PARTNER else [],
        "relations": _relations(person, reader) if reach is not Reach.PARTNER else [],
        "tags": [_tag(tag) for tag in tags if tag.ended_on is None and reader.shows_tag(tag, reach)],
        "confirmed": _confirmed(person, reader),
        "corrections": proposed_for(person) if reach is not Reach.PARTNER else [],
        "can": {
            "change": actor.may(Perm.PERSON_CHANGE) and actor.scope.covers_area(person.area_pos),
            "look": actor.may(Perm.PERSON_LOOK),
            "tag": actor.may(Perm.TAG_CHANGE) and reach is not Reach.TIED,
        },
    }


def address(dwelling: Dwelling, *, whole: bool) -> str:
    """To the door for whoever keeps the grid, else to the building."""
    door = f"{dwelling.entrance.name if dwelling.entrance else ''}{dwelling.label}"
    return dwelling.building.address + (door if whole else "")


def look(person: Person, fields: Sequence[str], *, actor: Actor) -> dict[str, Any]:
    """The values asked for, whole: whoever calls this has logged the look."""
    allowed = fields_to_look_at(person, fields, actor=actor)
    facts = sealing.open_(person)
    values: dict[str, Any] = {name: getattr(facts, name) for name in allowed if name != "tags"}
    if "name" in values:
        values["name"] = visible(facts.name)
    if "tags" in allowed:
        reader = reader_of(actor)
        reach = reader.reach(person.area_pos)
        values["tags"] = [
            {"kind": tag.kind_id, "detail": crypto.decrypt(tag.detail, context=f"tag:{tag.pk}")}
            for tag in _tags_of([person])[person.pk]
            if tag.detail and tag.ended_on is None and reader.shows_tag(tag, reach)
        ]
    return values


def fields_to_look_at(person: Person, fields: Sequence[str], *, actor: Actor) -> list[str]:
    """Those asked for, or a refusal naming what this reader is not shown of the person."""
    unknown = [name for name in fields if name not in LOOKED_AT]
    if unknown or not fields:
        raise Invalid(
            errors=[field_error("body.fields", f"应为：{'、'.join(LOOKED_AT)}", f"some of {', '.join(LOOKED_AT)}")]
        )
    reader = reader_of(actor)
    reach = reader.reach(person.area_pos)
    if reach is Reach.TIED:
        raise Forbidden("此人不住在您的辖区，不能查看完整信息", "lives elsewhere: nothing of theirs is shown whole")
    hidden = [name for name in fields if name != "tags" and not reader.shows(reach, name)]
    if hidden:
        raise Forbidden("部分字段不在贵单位的共享范围内", "some fields are not shared with your unit", fields=hidden)
    return [name for name in LOOKED_AT if name in fields]


def looks_at(person: Person) -> list[dict[str, Any]]:
    """Who looked at the person, and at the records that became part of this one; newest first."""
    merged = Entry.objects.filter(subject_type="person", subject_id=person.pk, action="registry:person:merge")
    ids = [person.pk, *(UUID(data["other"]) for data in merged.values_list("data", flat=True))]
    found = Look.objects.filter(subject_type="person", subject_id__in=ids).order_by("-at")[:500]
    return [
        {"at": one.at, "actor_name": one.actor_name, "unit": "", "purpose": visible(one.purpose), "fields": one.fields}
        for one in found
    ]


def ties_of(person: Person, *, whole: bool) -> list[dict[str, Any]]:
    """Where the person lives, owns, works …, now and before. A dwelling elsewhere is named by its building alone."""
    held = Tie.objects.filter(person=person).select_related(
        "building", "dwelling__building", "dwelling__entrance", "premises"
    )
    return [tie_document(tie, whole=whole) for tie in held.order_by("-valid_from", "-pk")]


def tie_document(tie: Tie, *, whole: bool) -> dict[str, Any]:
    return {
        "id": tie.pk,
        "kind": tie.kind,
        "kind_name": tie.get_kind_display(),
        "place": _place(tie, whole=whole),
        "role": role_name(tie.role),
        "role_code": tie.role,
        "valid_from": tie.valid_from,
        "valid_to": tie.valid_to,
        "source": tie.source,
    }


def _place(tie: Tie, *, whole: bool) -> dict[str, Any] | None:
    if tie.premises is not None:
        return {"type": "premises", "id": tie.premises_id, "name": tie.premises.name}
    if tie.dwelling is not None and whole:
        return {"type": "dwelling", "id": tie.dwelling_id, "name": address(tie.dwelling, whole=True)}
    building = tie.building or (tie.dwelling.building if tie.dwelling else None)
    return {"type": "building", "id": building.pk, "name": building.address} if building else None


def _name(name: str, person: Person, reader: Reader, reach: Reach) -> str:
    """王*; of a child not even that, but for the grid and the community."""
    if reader.is_child(person.birth_year) and reach is not Reach.GRID:
        return _HIDDEN
    return visible(crypto.mask_name(name))


def _tags_of(people: Sequence[Person]) -> dict[UUID, list[Tag]]:
    tags: dict[UUID, list[Tag]] = defaultdict(list)
    held = Tag.objects.filter(person__in=[one.pk for one in people], ended_on__isnull=True)
    for tag in held.select_related("kind", "unit").order_by("kind_id"):
        tags[tag.person_id].append(tag)
    return tags


def _tag(tag: Tag) -> dict[str, Any]:
    return {
        "id": tag.pk,
        "kind": tag.kind_id,
        "name": tag.kind.name,
        "purpose": tag.purpose,
        "legal_basis": tag.legal_basis,
        "source": tag.source,
        "since": tag.since,
        "review_on": tag.review_on,
        "expires_on": tag.expires_on,
        "unit": {"id": tag.unit_id, "name": tag.unit.short_name} if tag.unit else None,
    }


def _relations(person: Person, reader: Reader) -> list[dict[str, Any]]:
    """With people in sight; who the others are is not said."""
    held = list(Relation.objects.filter(person=person).order_by("kind", "pk"))
    others = Person.objects.visible_to(reader.actor).in_bulk([one.other_id for one in held])
    return [
        {"id": one.pk, "kind": one.kind, "kind_name": one.get_kind_display(), "person": _named(other, reader)}
        for one in held
        if (other := others.get(one.other_id))
    ]


def _named(person: Person, reader: Reader) -> dict[str, Any]:
    name = _name(sealing.open_(person).name, person, reader, reader.reach(person.area_pos))
    return {"id": person.pk, "name": name}


def _confirmed(person: Person, reader: Reader) -> dict[str, Any]:
    days = reader.days_by_group
    return {
        group: {
            "at": (held := person.confirmed.get(group) or {}).get("at"),
            "unit": held.get("unit"),
            "source": held.get("source"),
            "fresh": group in days and fresh(person.confirmed, group, days[group], reader.today),
        }
        for group in sorted({*person.confirmed, *days})
    }


def _home(person: Person) -> Dwelling | None:
    """Also for a partner, who sees no dwelling by itself: the person has been seen by now."""
    if person.dwelling_id is None:
        return None
    with scope.unrestricted():
        home: Dwelling = Dwelling.objects.select_related("building", "entrance").get(pk=person.dwelling_id)
    return home
