"""Households 户: who lives as one, and who is the head."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, field_error
from wangge.kit.ids import uuid7
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry.models import Household, HouseholdKind, Person
from wangge.registry.services.keeping import (
    dwelling_in_scope,
    found_true,
    household_for_change,
    note,
    note_household,
    person_for_change,
    stated,
)
from wangge.registry.wording import HOUSEHOLD_ROLES

HEAD = "head"
Member = tuple[UUID, str]
"""Person and role."""


class HouseholdEnded(Conflict):
    code = "household_ended"
    title_zh = "此户已注销"
    title_en = "The household has ended"


class HasHead(Conflict):
    code = "has_head"
    title_zh = "此户已有户主，请用“变更户主”"
    title_en = "The household has a head: change the head instead"


def add_household(
    *,
    by: Actor,
    dwelling_id: UUID,
    kind: str = HouseholdKind.FAMILY,
    members: Sequence[Member] = (),
    since: dt.date | None = None,
    number: str = "",
    at: dt.datetime | None = None,
) -> Household:
    """A household at a dwelling with the members named, at most one of them its head."""
    at = at or clock.now()
    dwelling = dwelling_in_scope(dwelling_id, by=by)
    household = Household(
        number=number.strip() or _number(dwelling.area_pos),
        kind=kind,
        dwelling=dwelling,
        area_pos=dwelling.area_pos,
        since=since,
        confirmed=found_true(["household"], by=by, at=at, source="登记"),
    )
    if Household.objects.filter(number=household.number).exists():
        raise Invalid(errors=[field_error("body.number", "户号已被使用", "the number is taken")])
    people = [(person_for_change(one, version=None, by=by), role) for one, role in sorted(members)]
    with scope.unrestricted():
        household.save(force_insert=True)
        for person, role in people:
            join(person, household.pk, role, by=by, at=at)
            person.version += 1
            person.save()
        note_household(household, "add", by=by, at=at, dwelling=dwelling.pk, members=[p.pk for p, _ in people])
    household.refresh_from_db(fields=["members"])
    return household


def change_household(
    *,
    household_id: UUID,
    version: int,
    by: Actor,
    dwelling_id: UUID | None = None,
    kind: str | None = None,
    add: Sequence[Member] = (),
    remove: Sequence[UUID] = (),
    at: dt.datetime | None = None,
) -> Household:
    """Members who come and go, the kind, the dwelling; where each of them lives is moved by move_person."""
    at = at or clock.now()
    household = _open(household_id, version=version, by=by)
    dwelling = dwelling_in_scope(dwelling_id, by=by) if dwelling_id else None
    coming = [(person_for_change(one, version=None, by=by), role) for one, role in sorted(add)]
    going = [person_for_change(one, version=None, by=by) for one in sorted(remove)]
    strangers = [one for one in going if one.household_id != household.pk]
    if strangers:
        raise Invalid(errors=[field_error("body.remove", "不是此户成员", "not a member of this household")])
    with scope.unrestricted():
        for person in going:
            part(person, by=by, at=at, ends=not coming)
            _save(person)
        for person, role in coming:
            join(person, household.pk, role, by=by, at=at)
            _save(person)
        household.refresh_from_db(fields=["members", "ended_on"])
        household.kind = kind or household.kind
        if dwelling is not None:
            household.dwelling, household.area_pos = dwelling, dwelling.area_pos
        household.confirmed |= found_true(["household"], by=by, at=at, source="走访")
        _save(household)
        fields = [name for name, value in (("kind", kind), ("dwelling", dwelling_id)) if value]
        note_household(
            household, "change", by=by, at=at, fields=fields, added=[p.pk for p, _ in coming], removed=list(remove)
        )
    return household


def set_head(
    *,
    household_id: UUID,
    version: int,
    person_id: UUID,
    by: Actor,
    former_role: str = "other",
    at: dt.datetime | None = None,
) -> Household:
    """Another member is the head; the former one takes `former_role`."""
    at = at or clock.now()
    household = _open(household_id, version=version, by=by)
    check_role(former_role)
    if former_role == HEAD:
        raise Invalid(errors=[field_error("body.former_role", "一户只有一位户主", "a household has one head")])
    members = {one.pk: one for one in Person.objects.select_for_update().filter(household=household).order_by("pk")}
    if person_id not in members:
        raise Invalid(errors=[field_error("body.head", "不是此户成员", "not a member of this household")])
    with scope.unrestricted():
        for one in members.values():
            role = HEAD if one.pk == person_id else former_role if one.household_role == HEAD else one.household_role
            if role != one.household_role:
                one.household_role = role
                _save(one)
                note(one, "person:change", by=by, at=at, fields=["household_role"])
        _save(household)
        note_household(household, "head", by=by, at=at, person=person_id)
    return household


def end_household(
    *,
    household_id: UUID,
    version: int,
    by: Actor,
    reason: str,
    on: dt.date | None = None,
    at: dt.datetime | None = None,
) -> Household:
    """The household is no more; its members stay where they live."""
    at = at or clock.now()
    household = _open(household_id, version=version, by=by)
    said = stated("body.reason", reason)
    members = list(Person.objects.select_for_update().filter(household=household).order_by("pk"))
    with scope.unrestricted():
        for person in members:
            part(person, by=by, at=at)
            _save(person)
        household.members = 0
        household.ended_on = on or timezone.localdate(at)
        _save(household)
        note_household(household, "end", by=by, at=at, reason=said)
    return household


def join(person: Person, household_id: UUID, role: str, *, by: Actor, at: dt.datetime) -> None:
    """Into the household, out of any other. The person is locked, everything visible; the caller saves the person."""
    check_role(role)
    if person.household_id != household_id:
        part(person, by=by, at=at)
    household = Household.objects.select_for_update().get(pk=household_id)
    if household.ended_on is not None:
        raise HouseholdEnded
    if role == HEAD and household.people.filter(household_role=HEAD).exclude(pk=person.pk).exists():
        raise HasHead
    if person.household_id != household_id:
        household.members += 1
        household.save(update_fields=["members"])
    person.household, person.household_role = household, role
    note(person, "person:join", by=by, at=at, household=household_id)


def part(person: Person, *, by: Actor, at: dt.datetime, ends: bool = True) -> None:
    """Out of the household, if in one; the caller saves the person. The last to go ends it, if it `ends`."""
    if person.household_id is None:
        return
    household = Household.objects.select_for_update().get(pk=person.household_id)
    household.members = household.people.exclude(pk=person.pk).count()
    if ends and household.members == 0:
        household.ended_on = timezone.localdate(at)
    household.save(update_fields=["members", "ended_on"])
    note(person, "person:part", by=by, at=at, household=household.pk)
    person.household, person.household_role = None, ""


def check_new_role(person: Person, role: str) -> None:
    """Whether a member may take this role; the head is changed by set_head."""
    if person.household_id is None:
        raise Invalid(errors=[field_error("body.household_role", "此人未编入户", "in no household")])
    check_role(role)
    if HEAD in {role, person.household_role}:
        raise HasHead("户主请在户页面变更", "the head is changed on the page of the household")


def _open(household_id: UUID, *, version: int, by: Actor) -> Household:
    household = household_for_change(household_id, version=version, by=by)
    if household.ended_on is not None:
        raise HouseholdEnded
    return household


def check_role(role: str) -> None:
    if role not in HOUSEHOLD_ROLES:
        known = "、".join(zh for zh, _ in HOUSEHOLD_ROLES.values())
        raise Invalid(errors=[field_error("body.role", f"应为：{known}", f"one of {', '.join(HOUSEHOLD_ROLES)}")])


def _save(row: Person | Household) -> None:
    row.version += 1
    row.save()


def _number(area_pos: int) -> str:
    here = areas.area_for_pos(area_pos)
    return f"{here.code if here else ''}-{uuid7().hex[-10:].upper()}"
