"""Where somebody lives, and since when: stays follow each other and never overlap."""

from __future__ import annotations

import datetime as dt
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from wangge.areas.models import Level
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, field_error
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry import sealing
from wangge.registry.models import Dwelling, Person, PersonStatus, Tag, Tie, TieKind
from wangge.registry.selectors.rulebook import rules
from wangge.registry.services.households import join, part
from wangge.registry.services.keeping import (
    dwelling_in_scope,
    found_true,
    household_for_change,
    note,
    person_for_change,
    stated,
    without_number,
)
from wangge.registry.services.phones import keep_further

_GONE = frozenset({PersonStatus.MOVED_OUT, PersonStatus.DECEASED})


class LivesThereAlready(Conflict):
    code = "lives_there_already"
    title_zh = "此人已登记住在这里"
    title_en = "Is registered as living there"


class Gone(Conflict):
    code = "person_gone"
    title_zh = "此人已故，不能办理迁移"
    title_en = "Has died and cannot move"


def move_person(
    *,
    person_id: UUID,
    version: int,
    dwelling_id: UUID,
    by: Actor,
    on: dt.date | None = None,
    role: str = "",
    household_id: UUID | None = None,
    household_role: str = "other",
    source: str = "",
    at: dt.datetime | None = None,
) -> Person:
    """To another dwelling, or home again from where they were away."""
    at = at or clock.now()
    person = person_for_change(person_id, version=version, by=by)
    dwelling = dwelling_in_scope(dwelling_id, by=by)
    if person.status == PersonStatus.DECEASED:
        raise Gone
    if household_id is not None:
        household_for_change(household_id, version=None, by=by)
    without_number("body.source", source)
    without_number("body.role", role)
    day = _day(on, at)
    with scope.unrestricted():
        settle(person, dwelling, on=day, role=role, source=source, at=at)
        if household_id is not None:
            join(person, household_id, household_role, by=by, at=at)
        elif person.household and person.household.dwelling_id != dwelling.pk:
            part(person, by=by, at=at)
        person.confirmed |= found_true(["living"], by=by, at=at, source=source or "迁移")
        keep(person)
        note(person, "person:move", by=by, at=at, dwelling=dwelling.pk, on=day)
    return person


def leave_person(
    *,
    person_id: UUID,
    version: int,
    status: str,
    by: Actor,
    on: dt.date | None = None,
    reason: str = "",
    at: dt.datetime | None = None,
) -> Person:
    """Away for a time, moved out or deceased. Whoever moved out is registered on by coming back, not anew; a death
    that was a mistake becomes a departure, for a reason, and the person can move in again.
    """
    at = at or clock.now()
    if status not in {PersonStatus.LIVING_HERE, PersonStatus.ABSENT, *_GONE}:
        raise Invalid(errors=[field_error("body.status", "没有这种状态", "there is no such status")])
    person = person_for_change(person_id, version=version, by=by)
    mistaken = person.status == PersonStatus.DECEASED and status == PersonStatus.MOVED_OUT
    if person.status in _GONE and not mistaken:
        raise Conflict(
            "此人已迁出或已故；误登死亡的，请改为“迁出”并写明原因，再办理迁入",
            "has moved out or died already; a death noted by mistake: make it moved out, say why, then move them in",
            current_version=person.version,
        )
    said = stated("body.reason", reason) if reason or mistaken else ""
    day = _day(on, at)
    with scope.unrestricted():
        person.status = status
        if status in _GONE:
            _end_stay(person, day)
            _end_tags(person, day, status)
            part(person, by=by, at=at)
            person.dwelling = None
            _keep_until(person, day)
        person.confirmed |= found_true(["living"], by=by, at=at, source=reason or "走访")
        keep(person)
        note(person, "person:alive" if mistaken else "person:leave", by=by, at=at, status=status, on=day, reason=said)
    return person


def settle(person: Person, dwelling: Dwelling, *, on: dt.date | None, role: str, source: str, at: dt.datetime) -> None:
    """Begin to live there on that day (None: since before anybody knows); the stay before ends on it.

    The person is locked or new, everything is visible; the caller saves the person.
    """
    stay = Tie.objects.filter(person=person, kind=TieKind.LIVES, valid_to__isnull=True).first()
    if stay is not None and stay.dwelling_id == dwelling.pk:
        if person.status == PersonStatus.LIVING_HERE:
            raise LivesThereAlready
        on = stay.valid_from
    else:
        if stay is not None:
            _end_stay(person, on)
        _refuse_overlap(person, on)
        Tie.objects.create(
            kind=TieKind.LIVES,
            person=person,
            dwelling=dwelling,
            building_id=dwelling.building_id,
            role=role[:40],
            valid_from=on,
            area_pos=dwelling.area_pos,
            source=source[:40] or "grid",
            recorded_at=at,
        )
    person.dwelling = dwelling
    person.status = PersonStatus.LIVING_HERE
    person.retention, person.delete_after = "resident", None
    person.since = on
    place(person, dwelling.area_pos)


def place(person: Person, area_pos: int) -> None:
    """The person belongs to this grid from now on: the name is found in its community, the tags are its own."""
    before = AREAS.ancestor(person.area_pos, Level.COMMUNITY)
    community = AREAS.ancestor(area_pos, Level.COMMUNITY)
    if before != community:
        seal(person, sealing.open_(person), community)
    if person.area_pos != area_pos:
        person.area_pos = area_pos
        Tag.objects.filter(person=person, ended_on__isnull=True).update(area_pos=area_pos)


def seal(person: Person, facts: sealing.PersonFacts, community_pos: int) -> None:
    """The row's sealed facts and its keys, and those of further phones. Everything is visible to the caller."""
    if len(facts.phones) > 1 or not person._state.adding:
        keep_further({person.pk: facts.phones})
    made = sealing.seal(person.pk, facts, community_pos)
    for name in ("sealed", "id_key", "phone_key", "tail_key", "name_key", "initials_key", "birth_key"):
        setattr(person, name, getattr(made, name))
    person.id_kind, person.no_id_reason = facts.id_kind, facts.no_id_reason
    person.birth_year = facts.birth.year if facts.birth else None


def keep(person: Person) -> None:
    """Save a row that was changed: one version further."""
    person.version += 1
    person.save()


def _day(on: dt.date | None, at: dt.datetime) -> dt.date:
    today = timezone.localdate(at)
    if on is not None and on > today:
        raise Invalid(errors=[field_error("body.on", "日期在将来", "lies in the future")])
    return on or today


def _end_stay(person: Person, on: dt.date | None) -> None:
    """The current stay ends on that day; one that would end on the day it began was a mistake and goes."""
    stay = Tie.objects.filter(person=person, kind=TieKind.LIVES, valid_to__isnull=True).first()
    if stay is None:
        return
    if on is None or (stay.valid_from is not None and on < stay.valid_from):
        begun = stay.valid_from
        raise Invalid(
            errors=[field_error("body.on", f"早于本次入住日期 {begun}", f"before the present stay began on {begun}")]
        )
    if stay.valid_from == on:
        stay.delete()
    else:
        stay.valid_to = on
        stay.save(update_fields=["valid_to"])


def _refuse_overlap(person: Person, on: dt.date | None) -> None:
    stays = Tie.objects.filter(person=person, kind=TieKind.LIVES)
    later = stays.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on)) if on else stays
    last = later.order_by("valid_to").last()
    if last is not None:
        until = last.valid_to
        raise Invalid(
            errors=[
                field_error("body.on", f"与至 {until} 的居住记录重叠", f"overlaps a stay that lasted until {until}")
            ]
        )


def _end_tags(person: Person, on: dt.date, status: str) -> None:
    for tag in Tag.objects.filter(person=person, ended_on__isnull=True):
        tag.ended_on = max(on, tag.since)
        tag.ended_reason = status
        tag.save(update_fields=["ended_on", "ended_reason"])


def _keep_until(person: Person, on: dt.date) -> None:
    """The retention class of the profile for people of this status."""
    for code, kept in rules().retention.items():
        if kept.subject == "person" and kept.status == person.status:
            person.retention, person.delete_after = code, on + timedelta(days=kept.days)
