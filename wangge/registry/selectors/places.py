"""Buildings, estates, premises, components, devices and organisations, as lists and one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.kit import files
from wangge.kit.errors import NotFound
from wangge.kit.text import fold
from wangge.org.scope import Actor
from wangge.registry import place_wording as words
from wangge.registry.models import (
    Building,
    Component,
    ComponentKind,
    Device,
    Estate,
    EstateRole,
    EstateService,
    Organisation,
    OrganisationKind,
    Photo,
    Premises,
)
from wangge.registry.policies import Perm
from wangge.registry.selectors import overview, spans
from wangge.registry.selectors.contacts import masked_contact

MODELS: dict[str, Any] = {
    "estates": Estate,
    "premises": Premises,
    "organisations": Organisation,
    "components": Component,
    "devices": Device,
}
_PLACED = frozenset({"premises", "components", "devices"})


def one(model: Any, pk: UUID, *, actor: Actor) -> Any:
    """NotFound outside what the reader sees."""
    row = model.objects.visible_to(actor).filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


def building_list(
    *,
    actor: Actor,
    area_id: UUID | None = None,
    q: str = "",
    bbox: Sequence[float] | None = None,
    cursor: str = "",
    limit: int = 50,
) -> dict[str, Any]:
    """A page of buildings by code, with how many live there."""
    span = spans.span_of(area_id, actor=actor)
    low, high = span.interval
    found = Building.objects.visible_to(actor).filter(area_pos__gte=low, area_pos__lt=high, pulled_down_on__isnull=True)
    if bbox:
        west, south, east, north = bbox
        found = found.filter(lon__range=(west, east), lat__range=(south, north))
    if q:
        found = found.filter(_named(q, "name", "address", "estate__name"))
    total = found.count()
    codes = list(found.filter(code__gt=cursor).order_by("code").values_list("code", flat=True)[: limit + 1])
    shown = codes[:limit]
    old = spans.staleness("person", today=timezone.localdate())
    rows = overview.buildings_in(span, old, where="and b.code = any(%s)", values=(shown,)) if shown else []
    return {
        "items": sorted(rows, key=lambda row: row["code"]),
        "next": shown[-1] if len(codes) > limit else None,
        "total": total,
    }


def building_document(building: Building) -> dict[str, Any]:
    grid = areas.version_at(building.area_id)
    return {
        "id": building.pk,
        "code": building.code,
        "name": building.name,
        "estate": {"id": building.estate_id, "name": building.estate.name} if building.estate else None,
        "address": building.address,
        "kind": building.kind,
        "lon": building.lon,
        "lat": building.lat,
        "area": {"id": building.area_id, "name": grid.name if grid else ""},
        "households": building.households,
        "floors_above": building.floors_above,
        "floors_below": building.floors_below,
        "built_year": building.built_year,
        "lifts": building.lifts,
        "pulled_down_on": building.pulled_down_on,
        "version": building.version,
    }


def building_of(building_id: UUID, *, actor: Actor) -> Building:
    row: Building | None = Building.objects.visible_to(actor).select_related("estate").filter(pk=building_id).first()
    if row is None:
        raise NotFound
    return row


def things(
    kind: str, *, actor: Actor, area_id: UUID | None = None, q: str = "", cursor: UUID | None = None, limit: int = 50
) -> dict[str, Any]:
    """A page of estates, premises, organisations, components or devices, the newest first."""
    found: QuerySet[Any] = MODELS[kind].objects.visible_to(actor)
    if kind in _PLACED or area_id is not None:
        low, high = spans.span_of(area_id, actor=actor).interval
        if kind == "estates":
            inside = [v.area_id for v in areas.atlas().versions if v.level == Level.COMMUNITY and v.pos < high]
            lower = [pk for pk in inside if (v := areas.version_at(pk)) is not None and v.pos_end > low]
            found = found.filter(area_id__in=lower)
        else:
            found = found.filter(area_pos__gte=low, area_pos__lt=high)
    if q:
        fields = ("name", "code") if kind in {"components", "devices"} else ("name",)
        found = found.filter(_named(q, *fields, pinyin=kind not in {"components", "devices"}))
    total = found.count()
    if cursor is not None:
        found = found.filter(pk__lt=cursor)
    rows = list(found.order_by("-pk")[: limit + 1])
    return {
        "items": documents(kind, rows[:limit]),
        "next": str(rows[limit - 1].pk) if len(rows) > limit else None,
        "total": total,
    }


def documents(kind: str, rows: Sequence[Any]) -> list[dict[str, Any]]:
    names = dict(ComponentKind.objects.values_list("code", "name")) if kind == "components" else {}
    return [_thing(kind, row, names) for row in rows]


def estate_document(estate_id: UUID, *, actor: Actor, at: dt.datetime | None = None) -> dict[str, Any]:
    """The compound with its buildings and with who serves it: community, property company, owners' committee."""
    current = EstateService.objects.select_related("organisation", "unit").order_by("role", "-valid_from")
    estate = Estate.objects.prefetch_related(Prefetch("services", current)).filter(pk=estate_id).first()
    if estate is None:
        raise NotFound
    old = spans.staleness("person", today=timezone.localdate(at))
    try:
        span = spans.span_of(None, actor=actor)
        buildings = overview.buildings_in(span, old, where="and b.estate_id = %s", values=(estate.pk,))
    except NotFound:
        buildings = []
    return {
        **_thing("estates", estate, {}),
        "buildings": buildings,
        "services": [service_document(service) for service in estate.services.all()],
        "can": {"change": actor.may(Perm.PLACE_CHANGE) and _reaches(actor, estate.area_id)},
    }


def _reaches(actor: Actor, area_id: UUID) -> bool:
    """Some of the area is the actor's, as `placing.must_reach` has it."""
    area = areas.version_at(area_id)
    if actor.scope.all or area is None:
        return True
    return any(start < area.pos_end and area.pos < end for start, end in actor.scope.areas)


def service_document(service: EstateService) -> dict[str, Any]:
    contact = masked_contact(service)
    return {
        "id": service.pk,
        "role": service.role,
        "role_name": EstateRole(service.role).label,
        "organisation": _named_row(service.organisation),
        "unit": _named_row(service.unit),
        "name": service.name,
        "contact": contact.get("contact", ""),
        "phone": contact.get("phone", ""),
        "valid_from": service.valid_from,
        "valid_to": service.valid_to,
    }


def service_of(estate_id: UUID, service_id: UUID) -> EstateService:
    row = EstateService.objects.filter(pk=service_id, estate_id=estate_id).first()
    if row is None:
        raise NotFound
    return row


def photos_of(subject_type: str, subject_id: UUID, *, actor: Actor) -> list[dict[str, Any]]:
    found = Photo.objects.visible_to(actor).filter(subject_type=subject_type, subject_id=subject_id)
    return [photo_document(photo) for photo in found.order_by("-taken_at")]


def photo_document(photo: Photo) -> dict[str, Any]:
    base = f"/api/v1/registry/photos/{photo.pk}"
    return {
        "id": photo.pk,
        "url": f"{base}/picture",
        "thumbnail_url": f"{base}/thumbnail",
        "width": photo.width,
        "height": photo.height,
        "taken_at": photo.taken_at,
    }


def _named(q: str, *fields: str, pinyin: bool = True) -> Q:
    """Some field holds the words; letters are the initials of a name."""
    wanted = Q()
    for name in fields:
        wanted |= Q(**{f"{name}__icontains": q.strip()})
    letters = fold(q)
    return wanted | Q(pinyin__startswith=letters) if pinyin and letters.isascii() and letters else wanted


def _named_row(row: Any) -> dict[str, Any] | None:
    return {"id": row.pk, "name": row.name} if row is not None else None


_OPEN: dict[str, tuple[str, ...]] = {
    "estates": ("kind", "built_year", "renewed_year"),
    "premises": (
        "kind", "address", "lon", "lat", "hazards", "opened_on", "closed_on", "building_id", "dwelling_id",
        "organisation_id",
    ),
    "organisations": (
        "kind", "uscc", "no_uscc_reason", "industry", "address", "employees", "founded_on", "ended_on",
    ),
    "components": ("code", "kind", "lon", "lat", "state", "installed_on", "owner_id"),
    "devices": ("code", "kind", "lon", "lat", "state", "building_id", "dwelling_id", "unit_id"),
}  # fmt: skip


def _thing(kind: str, row: Any, names: dict[str, str]) -> dict[str, Any]:
    area = areas.version_at(row.area_id) if row.area_id else None
    shown = {name.removesuffix("_id"): getattr(row, name) for name in _OPEN[kind]}
    shown |= {"id": row.pk, "name": row.name, "version": row.version}
    shown["area"] = {"id": area.area_id, "name": area.name} if area else None
    shown["kind_name"] = _kind_name(kind, row.kind, names)
    if kind == "organisations":
        shown |= masked_contact(row)
    if kind == "components":
        shown["name"] = row.name or shown["kind_name"]
    if kind in {"components", "devices"}:
        states = words.COMPONENT_STATES if kind == "components" else words.DEVICE_STATES
        shown["state_name"] = words.name_of(states, row.state)
    return shown


def _kind_name(kind: str, code: str, names: dict[str, str]) -> str:
    if kind == "organisations":
        return str(dict(OrganisationKind.choices).get(code, code))
    if kind == "components":
        return names.get(code, code)
    tables = {"estates": words.ESTATE_KINDS, "premises": words.PREMISES_KINDS, "devices": words.DEVICE_KINDS}
    return words.name_of(tables[kind], code)


def photo_data(photo_id: UUID, variant: str, *, actor: Actor) -> bytes:
    photo = one(Photo, photo_id, actor=actor)
    return files.read(photo.thumbnail if variant == "thumbnail" else photo.path)
