"""Dwellings, organisations, premises, components and devices of a sheet: placed, compared and written."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import models

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.audit import services as audit
from wangge.kit import crypto, pinyin
from wangge.kit.ids import uuid7
from wangge.kit.text import fold
from wangge.registry.models import Building, Component, Device, Dwelling, DwellingUse, Organisation, Premises
from wangge.registry.services import bulk
from wangge.registry.services.bulk_rows import Lot
from wangge.registry.services.imports.checking import Sheet
from wangge.registry.services.imports.files import Row
from wangge.registry.services.imports.places import References
from wangge.registry.services.imports.preparing import BROKEN
from wangge.registry.services.imports.rooms import Rooms
from wangge.registry.services.imports.rows import CONFLICT, Difference, Doubt, Told
from wangge.registry.services.imports.things import Thing, check
from wangge.registry.services.imports.writing import Origin

MODELS: Mapping[str, type[models.Model]] = MappingProxyType(
    {
        "dwellings": Dwelling,
        "organisations": Organisation,
        "premises": Premises,
        "components": Component,
        "devices": Device,
    }
)
SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "dwellings": "dwelling",
        "organisations": "organisation",
        "premises": "premises",
        "components": "component",
        "devices": "device",
    }
)
_NEAR = 2e-5  # degrees: a point moved by less than two metres stayed
_EMPTY: tuple[Any, ...] = (None, "", [])
NOTHING = (*_EMPTY, DwellingUse.UNKNOWN)
"""What counts as not known."""
_PERSONAL = ("legal_person", "contact", "phone")


@dataclass(frozen=True)
class Placed:
    """A thing with the grid (or larger area) and point it lies at."""

    number: int
    thing: Thing
    pos: int
    point: tuple[float, float] | None


def write(rows: Sequence[Row], *, sheet: Sheet, references: References, rooms: Rooms, origin: Origin) -> Told:
    told = Told()
    things: list[tuple[int, Thing]] = []
    for number, cells in rows:
        thing, errors = check(sheet, cells, references) if cells is not None else (None, BROKEN)
        if thing is None:
            told.failed.append((number, errors))
        else:
            things.append((number, thing))
    placed = _placed(things, sheet, references, told)
    if sheet.kind == "dwellings":
        _dwellings(placed, told, rooms=rooms, origin=origin)
    else:
        _others(placed, told, kind=sheet.kind, rooms=rooms, origin=origin)
    return told


def _placed(things: Sequence[tuple[int, Thing]], sheet: Sheet, references: References, told: Told) -> list[Placed]:
    lost = [one for _, one in things if one.where is None and one.point]
    points = [one.point for one in lost if one.point]
    grids = areas.locate_many([lon for lon, _ in points], [lat for _, lat in points]).tolist() if points else []
    located = {id(one): pos for one, pos in zip(lost, grids, strict=True)}
    housed = {one.where.building for _, one in things if one.where and one.where.building and not one.point}
    middles = {
        pk: (lon, lat) for pk, lon, lat in Building.objects.filter(id__in=housed).values_list("id", "lon", "lat")
    }
    found = []
    for number, thing in things:
        pos = thing.where.pos if thing.where else int(located.get(id(thing), 0))
        zh = en = ""
        if not pos and thing.point:
            zh, en = "这一点不在任何网格内", "the point lies in no grid"
        elif pos and not references.scope.covers_area(pos):
            zh, en = "地址不在您负责的区域", "the address is not in your areas"
        if zh:
            told.failed.append((number, [{"at": sheet.at("lon" if thing.point else "area_code"), "zh": zh, "en": en}]))
            continue
        building = thing.where.building if thing.where else None
        found.append(Placed(number, thing, pos, thing.point or (middles.get(building) if building else None)))
    return found


def _dwellings(placed: Sequence[Placed], told: Told, *, rooms: Rooms, origin: Origin) -> None:
    rooms.load(one.thing.where for one in placed if one.thing.where)
    known_ids = [rooms.known(one.thing.where) for one in placed if one.thing.where]
    known = Dwelling.objects.in_bulk([pk for pk in known_ids if pk])
    confirmed = json.dumps({"living": _entry(origin)}, ensure_ascii=False)
    for one in placed:
        where, values = one.thing.where, one.thing.values
        assert where is not None
        before = known.get(rooms.known(where) or uuid7())
        if before is not None:
            _compare(before, values, one, told, kind="dwellings", origin=origin)
        elif rooms.known(where) is None:
            use = values["use"] or "unknown"
            pk = rooms.find(where, confirmed=confirmed, use=use, area_m2=values["area_m2"])
            assert pk is not None
            told.created.append(pk)
    lot = Lot()
    lot.entrances, lot.dwellings = rooms.taken()
    bulk.load(lot)


def _entry(origin: Origin) -> dict[str, Any]:
    unit = origin.by.unit_id
    return {"at": origin.at.isoformat(timespec="seconds"), "unit": str(unit) if unit else None, "source": origin.source}


def _others(placed: Sequence[Placed], told: Told, *, kind: str, rooms: Rooms, origin: Origin) -> None:
    known = _KNOWN[kind](placed)
    rooms.load(one.thing.where for one in placed if one.thing.where)
    new: list[tuple[Placed, models.Model]] = []
    for one in placed:
        before = known.get(one.thing.key)
        if before is None:
            known[one.thing.key] = made = _made(one, kind, rooms, origin)
            new.append((one, made))
            told.created.append(made.pk)
        else:
            values = dict(one.thing.values)
            if one.point and one.thing.point:
                values |= {"lon": one.point[0], "lat": one.point[1]}
            _compare(before, values, one, told, kind=kind, origin=origin, written=before._state.db is not None)
    lot = Lot()
    lot.entrances, lot.dwellings = rooms.taken()
    bulk.load(lot)
    MODELS[kind]._default_manager.bulk_create([made for _, made in new], batch_size=1000)


def _made(one: Placed, kind: str, rooms: Rooms, origin: Origin) -> models.Model:
    """A new row; what is not said takes the column's default."""
    pk, thing = uuid7(), one.thing
    values: dict[str, Any] = {name: value for name, value in thing.values.items() if value not in (None, "", [])}
    values |= {"id": pk, "area_pos": one.pos, "confirmed": {"identity": _entry(origin)}}
    version = areas.atlas().by_pos.get(one.pos)
    values["area_id"] = version.area_id if version else None
    if kind != "organisations" and one.point:
        values |= {"lon": one.point[0], "lat": one.point[1]}
    if kind in {"premises", "devices"} and thing.where:
        values["building_id"] = thing.where.building
        values["dwelling_id"] = rooms.find(thing.where, confirmed="{}")
    if kind in {"premises", "organisations"}:
        values["pinyin"] = pinyin.of_place(thing.values["name"]).initials[:40]
    if kind == "organisations" and thing.sealed:
        values |= sealed_of(pk, thing.sealed)
    return MODELS[kind](**values)


def sealed_of(pk: UUID, held: Mapping[str, str]) -> dict[str, Any]:
    phone = held.get("phone")
    sealed = crypto.encrypt(json.dumps(dict(held), ensure_ascii=False), context=f"organisation:{pk}")
    return {"sealed": sealed, "phone_key": crypto.index64("phone", phone) if phone else None}


def opened(organisation: Any) -> dict[str, str]:
    if organisation.sealed is None:
        return {}
    held: dict[str, str] = json.loads(crypto.decrypt(organisation.sealed, context=f"organisation:{organisation.pk}"))
    return held


def _compare(
    before: Any, values: Mapping[str, Any], one: Placed, told: Told, *, kind: str, origin: Origin, written: bool = True
) -> None:
    """The same, a gap filled, or in conflict; a row that contradicts an earlier row of its own sheet is wrong."""
    given = {**values, **one.thing.sealed}
    fills = gaps(before, given, kind)
    differences = [
        Difference(name, text_of(was), text_of(given[name]), *_whence(before))
        for name, was in _known(before, given, kind).items()
        if name not in fills and given[name] not in _EMPTY and not _equal(was, given[name])
    ]
    if not differences and not fills:
        return
    if not written:
        why = {
            "at": "",
            "zh": "与本表前面的一行是同一个，内容却不同",
            "en": "an earlier row says otherwise of the same one",
        }
        told.failed.append((one.number, [why]))
    elif differences or not origin.by.scope.covers_area(before.area_pos):
        elsewhere = not origin.by.scope.covers_area(before.area_pos)
        told.doubts.append(Doubt(one.number, CONFLICT, before.pk, differences, elsewhere))
    else:
        change(before, fills, kind=kind, source=origin.source, at=origin.at, origin=origin)
        told.changed += 1


def gaps(before: Any, given: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """What is given where nothing is known."""
    known = _known(before, given, kind)
    return {name: now for name, now in given.items() if now not in _EMPTY and known[name] in NOTHING}


def _known(before: Any, given: Mapping[str, Any], kind: str) -> dict[str, Any]:
    held = opened(before) if kind == "organisations" else {}
    return {name: held.get(name, "") if name in _PERSONAL else getattr(before, name) for name in given}


def _equal(was: Any, now: Any) -> bool:
    if isinstance(was, float) and isinstance(now, float):
        return abs(was - now) < _NEAR
    if isinstance(was, list):
        return sorted(was) == sorted(now)
    if isinstance(now, str) and isinstance(was, str):
        return fold(was) == fold(now)
    return bool(was == now)


def text_of(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(str, value))
    return f"{value:f}" if isinstance(value, Decimal) else "" if value is None else str(value)


def _whence(before: Any) -> tuple[str, str]:
    entries = [entry for entry in before.confirmed.values() if isinstance(entry, dict)]
    latest = max(entries, key=lambda entry: str(entry.get("at", "")), default={})
    since = dt.datetime.fromtimestamp((before.pk.int >> 80) / 1000, dt.UTC).isoformat(timespec="seconds")
    return str(latest.get("source", "")), str(latest.get("at") or since)


def change(row: Any, values: Mapping[str, Any], *, kind: str, source: str, at: dt.datetime, origin: Origin) -> None:
    """Write these values, with one entry in the log."""
    personal = {name: str(value) for name, value in values.items() if name in _PERSONAL}
    for name, value in values.items():
        if name not in personal:
            setattr(row, name, value)
    if personal:
        for name, value in sealed_of(row.pk, {**opened(row), **personal}).items():
            setattr(row, name, value)
    if {"lon", "lat"} & values.keys() and kind != "organisations":
        _move(row)
    row.version += 1
    row.confirmed = {**row.confirmed, "identity": {**_entry(origin), "source": source}}
    row.save()
    audit.record(
        subject_type=SUBJECTS[kind],
        subject_id=row.pk,
        action=f"registry:{SUBJECTS[kind]}:change",
        actor=origin.by,
        area_pos=row.area_pos,
        data={"fields": sorted(values), "source": source},
        at=at,
    )


def _move(row: Any) -> None:
    pos = int(areas.locate_many([row.lon], [row.lat], Level.GRID)[0])
    version = areas.atlas().by_pos.get(pos)
    if version is not None:
        row.area_pos, row.area_id = pos, version.area_id


Find = Callable[[Sequence[Placed]], dict[tuple[str, ...], Any]]


def _by_code(model: type[models.Model]) -> Find:
    def find(placed: Sequence[Placed]) -> dict[tuple[str, ...], Any]:
        codes = [one.thing.key[0] for one in placed]
        rows: Iterable[Any] = model._default_manager.filter(code__in=codes)
        return {(row.code,): row for row in rows}

    return find


def _organisations(placed: Sequence[Placed]) -> dict[tuple[str, ...], Any]:
    coded = Organisation.objects.filter(uscc__in=[one.thing.key[0] for one in placed if one.thing.key[0]])
    names = [one.thing.values["name"] for one in placed if not one.thing.key[0]]
    named = Organisation.objects.filter(uscc__isnull=True, ended_on__isnull=True, name__in=names)
    return {(row.uscc or "",): row for row in coded} | {("", fold(row.name)): row for row in named}


def _premises(placed: Sequence[Placed]) -> dict[tuple[str, ...], Any]:
    names = [one.thing.values["name"] for one in placed]
    found: dict[tuple[str, ...], Any] = {}
    for row in Premises.objects.filter(closed_on__isnull=True, name__in=names):
        building = str(row.building_id) if row.building_id else ""
        spot = "" if building else f"{row.lon:.4f},{row.lat:.4f}"
        found[fold(row.name), building, spot] = row
    return found


_KNOWN: Mapping[str, Find] = MappingProxyType(
    {
        "organisations": _organisations,
        "premises": _premises,
        "components": _by_code(Component),
        "devices": _by_code(Device),
    }
)
