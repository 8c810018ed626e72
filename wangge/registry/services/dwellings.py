"""Dwellings: added by their labels, changed, ended, split and joined; whoever lives there goes along."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from wangge.kit import clock, labels
from wangge.kit.errors import Invalid, NotFound, field_error
from wangge.kit.text import has_control, nfc
from wangge.org.scope import Actor
from wangge.registry.models import Building, Dwelling, DwellingUse, Entrance, Household, Person, Tie
from wangge.registry.services import keeping, placing
from wangge.registry.services.places import LIVING, StillLivedIn

MOST = 500
_LONGEST = 40


@transaction.atomic
def add_dwellings(
    *,
    building_id: UUID,
    labels: Sequence[str],
    by: Actor,
    entrance_id: UUID | None = None,
    use: str = DwellingUse.UNKNOWN,
    at: dt.datetime | None = None,
) -> list[Dwelling]:
    """Rooms of a building as people write them; one that had ended is brought back. All or none."""
    _use(use)
    building = placing.locked(Building, building_id, version=None, by=by)
    if building.pulled_down_on:
        raise placing.wrong("labels", "这栋楼已拆除", "the building was pulled down")
    entrance = _entrance(entrance_id, building)
    texts = _checked(labels)
    known = {row.label: row for row in Dwelling.objects.filter(building=building, entrance=entrance, label__in=texts)}
    taken = [label for label in texts if label in known and known[label].ended_on is None]
    if taken:
        raise Invalid(
            errors=[
                field_error(f"body.labels.{texts.index(one)}", f"已有“{one}”", f"there is a {one!r}") for one in taken
            ]
        )
    now, made = at or clock.now(), []
    for label in texts:
        row = known.get(label) or _new(building, entrance, label, use)
        changes = placing.assign(row, {"ended_on": None, "area_pos": building.area_pos})
        placing.write(row, changes, verb="reopen" if label in known else "add", by=by, at=now, label=label)
        made.append(row)
    return made


@transaction.atomic
def save_dwelling(
    *,
    dwelling_id: UUID,
    values: Mapping[str, Any],
    by: Actor,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Dwelling:
    """Label, entrance, use, size; `floor` where the label does not say it."""
    row = placing.locked(Dwelling, dwelling_id, version=version, by=by)
    given = dict(values)
    _use(given.get("use", row.use))
    if "label" in given:
        (given["label"],) = _checked([given["label"]], at="label")
        given |= _read(given["label"]) | ({"floor": given["floor"]} if given.get("floor") is not None else {})
    if "entrance" in given:
        entrance = _entrance(given.pop("entrance"), row.building)
        given["entrance_id"] = entrance.pk if entrance else None
    changes = placing.assign(row, given)
    with placing.unique("label", "该单元已有这个房号", "the entrance has a dwelling of this label"):
        placing.write(row, changes, verb="change", by=by, at=at or clock.now())
    return row


@transaction.atomic
def end_dwelling(
    *,
    dwelling_id: UUID,
    reason: str,
    by: Actor,
    version: int | None = None,
    on: dt.date | None = None,
    at: dt.datetime | None = None,
) -> Dwelling:
    """It is no more: pulled down, or never was; nobody may live in it."""
    row = placing.locked(Dwelling, dwelling_id, version=version, by=by)
    people, households = _living([row])
    if people or households:
        raise StillLivedIn(people=len(people), households=len(households))
    _end(row, on or timezone.localdate(at), keeping.stated("body.reason", reason), by, at or clock.now())
    return row


@transaction.atomic
def replace_dwellings(
    *,
    building_id: UUID,
    dwelling_ids: Sequence[UUID],
    labels: Sequence[str],
    reason: str,
    by: Actor,
    residents_to: str | None = None,
    on: dt.date | None = None,
    at: dt.datetime | None = None,
) -> list[Dwelling]:
    """Join several into one, split one into several: the old end, the new begin, whoever lives there moves over.

    `residents_to`: into which of the new ones, needed where there are several.
    """
    now, day = at or clock.now(), on or timezone.localdate(at)
    stated = keeping.stated("body.reason", reason)
    building = placing.locked(Building, building_id, version=None, by=by)
    olds = [placing.locked(Dwelling, pk, version=None, by=by) for pk in sorted(set(dwelling_ids))]
    if {old.building_id for old in olds} != {building.pk} or len({old.entrance_id for old in olds}) > 1:
        raise placing.wrong("dwellings", "须在同一楼栋单元内", "they must share one entrance")
    people, households = _living(olds)
    texts = _checked(labels)
    home = residents_to or (texts[0] if len(texts) == 1 else None)
    if (people or households) and home not in texts:
        raise placing.wrong("residents_to", "请选择住户迁入哪一处", "say where its residents go")
    for old in olds:
        _end(old, day, stated, by, now)
    news = add_dwellings(
        building_id=building.pk, labels=texts, entrance_id=olds[0].entrance_id, use=olds[0].use, by=by, at=now
    )
    for new in news:
        placing.note(new, "replace", by=by, at=now, of=[old.label for old in olds], reason=stated)
    if people or households:
        new = next(new for new in news if new.label == home)
        _move(people, households, new, by, now)
        _hand_over(olds, new, day, now)
    return news


def _use(use: str) -> None:
    if use not in DwellingUse.values:
        raise placing.wrong("use", "没有这种用途", "there is no such use")


def _checked(given: Sequence[str], *, at: str = "labels") -> list[str]:
    texts = [nfc(one).strip() for one in given]
    errors = []
    for index, text in enumerate(texts[: MOST + 1]):
        where = f"body.{at}.{index}" if at == "labels" else f"body.{at}"
        if not text or has_control(text) or len(text) > _LONGEST:
            errors.append(field_error(where, f"房号须为 1 至 {_LONGEST} 字", f"1 to {_LONGEST} characters"))
        elif text in texts[:index]:
            errors.append(field_error(where, "与前面的房号重复", "is there twice"))
    if not texts or len(texts) > MOST:
        errors.append(field_error(f"body.{at}", f"须为 1 至 {MOST} 个房号", f"1 to {MOST} labels"))
    if errors:
        raise Invalid(errors=errors)
    return texts


def _entrance(entrance_id: UUID | None, building: Building) -> Entrance | None:
    if entrance_id is None:
        return None
    found = Entrance.objects.filter(pk=entrance_id, building=building).first()
    if found is None:
        raise placing.wrong("entrance", "该楼没有这个单元", "the building has no such entrance")
    return found


def _read(label: str) -> dict[str, Any]:
    parsed = labels.parse(label)
    return {"floor": parsed.floor, "sort_key": parsed.key[:_LONGEST]}


def _new(building: Building, entrance: Entrance | None, label: str, use: str) -> Dwelling:
    return Dwelling(
        building=building, entrance=entrance, label=label, use=use, area_pos=building.area_pos, **_read(label)
    )


def _living(rows: Iterable[Dwelling]) -> tuple[list[Person], list[Household]]:
    people = Person.objects.select_for_update().filter(dwelling__in=rows, status__in=LIVING)
    households = Household.objects.select_for_update().filter(dwelling__in=rows, ended_on__isnull=True)
    return list(people), list(households)


def _end(row: Dwelling, day: dt.date, reason: str, by: Actor, now: dt.datetime) -> None:
    if row.ended_on is not None:
        raise NotFound
    placing.write(row, placing.assign(row, {"ended_on": day}), verb="end", by=by, at=now, reason=reason)


def _move(people: list[Person], households: list[Household], new: Dwelling, by: Actor, now: dt.datetime) -> None:
    for household in households:
        household.dwelling, household.version = new, household.version + 1
        household.save(update_fields=["dwelling", "version"])
        keeping.note_household(household, "move", by=by, at=now, dwelling=str(new.pk))
    for person in people:
        person.dwelling, person.version = new, person.version + 1
        person.save(update_fields=["dwelling", "version"])
        keeping.note(person, "person:move", by=by, at=now, dwelling=str(new.pk), reason="replace")


def _hand_over(olds: Sequence[Dwelling], new: Dwelling, day: dt.date, now: dt.datetime) -> None:
    """Ties end with the old dwellings and begin again with the new one."""
    for tie in list(Tie.objects.select_for_update().filter(dwelling__in=olds, valid_to__isnull=True)):
        Tie.objects.filter(pk=tie.pk).update(valid_to=max(day, tie.valid_from or day))
        Tie.objects.create(
            kind=tie.kind, person_id=tie.person_id, organisation_id=tie.organisation_id, dwelling=new, role=tie.role,
            valid_from=day, area_pos=new.area_pos, source=tie.source, recorded_at=now,
        )  # fmt: skip
