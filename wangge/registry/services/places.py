"""Estates, buildings, entrances and premises: who answers for the grid keeps them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.kit.ids import uuid7
from wangge.org.scope import Actor
from wangge.registry.addresses import street_number
from wangge.registry.models import (
    Building,
    Dwelling,
    Entrance,
    Estate,
    Household,
    Organisation,
    Person,
    PersonStatus,
    Premises,
)
from wangge.registry.place_wording import ESTATE_KINDS, HAZARDS, PREMISES_KINDS, Words
from wangge.registry.services import division, placing

Values = Mapping[str, Any]
LIVING = (PersonStatus.LIVING_HERE, PersonStatus.ABSENT)


class StillLivedIn(Conflict):
    code = "still_lived_in"
    title_zh = "仍有人登记居住"
    title_en = "People are still registered there"


@transaction.atomic
def save_estate(
    *,
    values: Values,
    by: Actor,
    estate_id: UUID | None = None,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Estate:
    """Add or change a compound. `area` is the id of its community."""
    now, given = at or clock.now(), dict(values)
    row = placing.locked(Estate, estate_id, version=version, by=by) if estate_id else Estate()
    if estate_id:
        placing.must_reach(areas.version_at(row.area_id), by=by)
    if "area" in given:
        community = areas.version_at(given.pop("area"))
        if community is None or community.level != Level.COMMUNITY:
            raise placing.wrong("area", "请选择社区或村", "choose a community or village")
        placing.must_reach(community, by=by)
        given["area_id"] = community.area_id
    elif not estate_id:
        raise placing.wrong("area", "请选择社区或村", "choose a community or village")
    one_of("kind", given, ESTATE_KINDS)
    changes = placing.assign(row, given)
    if Estate.objects.filter(name=row.name, area_id=row.area_id).exclude(pk=row.pk).exists():
        raise placing.wrong("name", "该社区已有同名小区", "the community has one of this name")
    row.pinyin = placing.initials(row.name)
    placing.write(row, changes, verb="change" if estate_id else "add", by=by, at=now)
    if "name" in changes and estate_id:
        _respell(row)
    placing.renew_book()
    return row


@transaction.atomic
def save_building(
    *,
    values: Values,
    by: Actor,
    building_id: UUID | None = None,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Building:
    """Add or change a building; its grid is the one that holds its point unless `area` names another.

    What is in it goes with it when it changes its grid.
    """
    now, given = at or clock.now(), dict(values)
    row = placing.locked(Building, building_id, version=version, by=by) if building_id else Building()
    if given.get("estate") is not None and not Estate.objects.filter(pk=given["estate"]).exists():
        raise placing.wrong("estate", "没有这个小区", "there is no such estate")
    if "estate" in given:
        given["estate_id"] = given.pop("estate")
    if not building_id or {"lon", "lat", "area"} & given.keys():
        grid = placing.grid_for(
            lon=given.get("lon", row.lon), lat=given.get("lat", row.lat), area_id=given.pop("area", None), by=by
        )
        given |= {"area_id": grid.area_id, "area_pos": grid.pos}
        if not building_id and not given.get("code"):
            given["code"] = f"{grid.code}-{uuid7().hex[-6:]}"
    moved = given.get("area_pos", row.area_pos) != row.area_pos
    changes = placing.assign(row, given)
    row.street_number = street_number(row.address)[:40]
    row.pinyin = placing.initials(row.estate.name if row.estate else "", row.name)
    if "pulled_down_on" in changes and row.pulled_down_on:
        _empty(row)
    with placing.unique("code", "编码已被使用", "the code is taken"):
        placing.write(row, changes, verb="change" if building_id else "add", by=by, at=now)
    if moved and building_id:
        division.follow_building(row.pk)
    placing.renew_book()
    return row


@transaction.atomic
def save_entrance(
    *, building_id: UUID, values: Values, by: Actor, entrance_id: UUID | None = None, at: dt.datetime | None = None
) -> Entrance:
    """Add or change a stairway; the building's log keeps it."""
    building = placing.locked(Building, building_id, version=None, by=by)
    row = Entrance(building=building)
    if entrance_id:
        found = Entrance.objects.select_for_update().filter(pk=entrance_id, building=building).first()
        if found is None:
            raise NotFound
        row = found
    changes = placing.assign(row, values)
    with placing.unique("name", "该楼已有这个单元", "the building has an entrance of this name"):
        row.save()
    placing.note(building, "change", by=by, at=at or clock.now(), entrance=row.name, changes=changes)
    return row


@transaction.atomic
def save_premises(
    *,
    values: Values,
    by: Actor,
    premises_id: UUID | None = None,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Premises:
    """Add or change a shop, school, workshop …; without a point of its own it is where its building is."""
    now, given = at or clock.now(), dict(values)
    row = placing.locked(Premises, premises_id, version=version, by=by) if premises_id else Premises()
    one_of("kind", given, PREMISES_KINDS)
    strange = [one for one in given.get("hazards", ()) if one not in HAZARDS]
    if strange:
        raise Invalid(errors=[field_error("body.hazards", "没有这种风险", f"there is no hazard {strange[0][:20]!r}")])
    building = placed_in(given, by=by)
    if "organisation" in given:
        given["organisation_id"] = _existing(Organisation, given.pop("organisation"), "organisation", "单位")
    place(row, given, building, by=by)
    changes = placing.assign(row, given)
    row.pinyin = placing.initials(row.name)
    placing.write(row, changes, verb="change" if premises_id else "add", by=by, at=now)
    return row


def placed_in(given: dict[str, Any], *, by: Actor) -> Building | None:
    """Turn `building` and `dwelling` into keys; the building, where either was given."""
    building = None
    if given.get("dwelling") is not None:
        home = Dwelling.objects.visible_to(by).select_related("building").filter(pk=given["dwelling"]).first()
        if home is None:
            raise placing.wrong("dwelling", "没有这处房屋", "there is no such dwelling")
        building, given["building"] = home.building, home.building_id
    elif given.get("building") is not None:
        building = Building.objects.visible_to(by).filter(pk=given["building"]).first()
        if building is None:
            raise placing.wrong("building", "没有这栋楼", "there is no such building")
    for name in ("building", "dwelling"):
        if name in given:
            given[f"{name}_id"] = given.pop(name)
    return building


def place(row: Any, given: dict[str, Any], building: Building | None, *, by: Actor) -> None:
    """Point and grid of something that stands by itself or in a building."""
    if building is not None and given.get("lon") is None:
        given |= {"lon": building.lon, "lat": building.lat, "area_id": building.area_id, "area_pos": building.area_pos}
        given.pop("area", None)
        placing.must_cover(building.area_pos, by=by)
    elif row._state.adding or {"lon", "lat", "area"} & given.keys():
        grid = placing.grid_for(
            lon=given.get("lon", row.lon), lat=given.get("lat", row.lat), area_id=given.pop("area", None), by=by
        )
        given |= {"area_id": grid.area_id, "area_pos": grid.pos}


def one_of(field: str, given: Values, words: Words) -> None:
    if field in given and given[field] not in words:
        known = "、".join(words)
        raise placing.wrong(field, f"可选：{known}", f"one of {', '.join(words)}")


def _existing(model: Any, pk: UUID | None, field: str, zh: str) -> UUID | None:
    if pk is not None and not model.objects.filter(pk=pk).exists():
        raise placing.wrong(field, f"没有这个{zh}", f"there is no such {field}")
    return pk


def _respell(estate: Estate) -> None:
    """The initials of its buildings begin with its own."""
    buildings = list(Building.objects.filter(estate=estate).only("pk", "name"))
    for building in buildings:
        building.pinyin = placing.initials(estate.name, building.name)
    Building.objects.bulk_update(buildings, ["pinyin"], batch_size=500)


def _empty(building: Building) -> None:
    """Nobody may live in what is pulled down; its dwellings end with it."""
    inside = Q(dwelling__building=building)
    people = Person.objects.filter(inside, status__in=LIVING).count()
    households = Household.objects.filter(inside, ended_on__isnull=True).count()
    if people or households:
        raise StillLivedIn(
            f"还有 {households} 户 {people} 人登记在此，请先办理迁移",
            f"{households} households and {people} people are registered here: move them first",
            people=people,
            households=households,
        )
    Dwelling.objects.filter(building=building, ended_on__isnull=True).update(ended_on=building.pulled_down_on)
