"""Components and devices: what stands in the city, what measures and calls; and which kinds of components there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from wangge.kit import clock
from wangge.org.models import Unit
from wangge.org.scope import Actor
from wangge.registry.models import Component, ComponentKind, Device
from wangge.registry.place_wording import COMPONENT_STATES, DEVICE_KINDS, DEVICE_STATES
from wangge.registry.services import placing
from wangge.registry.services.places import one_of, place, placed_in

Values = Mapping[str, Any]


@transaction.atomic
def save_component(
    *,
    values: Values,
    by: Actor,
    component_id: UUID | None = None,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Component:
    """Add or change a manhole cover, a lamp, a tree; `kind` is a code of the profile's list of components."""
    given = dict(values)
    row = placing.locked(Component, component_id, version=version, by=by) if component_id else Component()
    if "kind" in given and given["kind"] != row.kind:
        kind = ComponentKind.objects.filter(code=given["kind"], active=True).first()
        if kind is None:
            raise placing.wrong("kind", "部件分类表中没有这一类", "no kind of component has this code")
        given.setdefault("name", row.name or kind.name)
    one_of("state", given, COMPONENT_STATES)
    _unit(given, "owner")
    place(row, given, None, by=by)
    _save(row, given, is_new=component_id is None, by=by, at=at)
    return row


@transaction.atomic
def save_device(
    *,
    values: Values,
    by: Actor,
    device_id: UUID | None = None,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Device:
    """Add or change a camera, a smoke detector, an elder's button; in a building it is where that is."""
    given = dict(values)
    row = placing.locked(Device, device_id, version=version, by=by) if device_id else Device()
    one_of("kind", given, DEVICE_KINDS)
    one_of("state", given, DEVICE_STATES)
    _unit(given, "unit")
    place(row, given, placed_in(given, by=by), by=by)
    _save(row, given, is_new=device_id is None, by=by, at=at)
    return row


@transaction.atomic
def load_component_kinds(kinds: Iterable[tuple[str, str]]) -> int:
    """Bring the kinds, code and name, to what the profile says; those left out stay for what is registered already."""
    rows = [ComponentKind(code=code, name=name[:60], active=True) for code, name in kinds]
    ComponentKind.objects.exclude(code__in=[row.code for row in rows]).update(active=False)
    ComponentKind.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["code"], update_fields=["name", "active"]
    )
    return len(rows)


def _unit(given: dict[str, Any], field: str) -> None:
    if field not in given:
        return
    pk = given.pop(field)
    if pk is not None and not Unit.objects.filter(pk=pk, active=True).exists():
        raise placing.wrong(field, "没有这个单位", "there is no such unit")
    given[f"{field}_id"] = pk


def _save(row: Component | Device, given: Values, *, is_new: bool, by: Actor, at: dt.datetime | None) -> None:
    changes = placing.assign(row, given)
    with placing.unique("code", "编码已被使用", "the code is taken"):
        placing.write(row, changes, verb="add" if is_new else "change", by=by, at=at or clock.now())
