"""Categories, the responsibility lists, who owns a matter, and the check that each has one owner."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Status
from pydantic import Field

from wangge.areas import selectors as areas
from wangge.kit.errors import Invalid, NotFound, field_error
from wangge.kit.policy import requires
from wangge.kit.schema import Out
from wangge.org.models import Unit
from wangge.responsibility import selectors
from wangge.responsibility.models import Entry, ListKind, OwnerRule, ResponsibilityList
from wangge.responsibility.policies import Perm

router = Router(tags=["responsibility"])
MOST_FINDINGS = 500

Text = Annotated[str, Field(max_length=80)]


class CategoryOut(Out):
    id: UUID
    code: str
    kind: str
    name: str
    name_en: str
    leaf: bool
    evidence_required: bool
    on_the_spot: bool
    urgency: str
    confirmed: bool
    children: list[CategoryOut]


class UnitRef(Out):
    id: UUID
    code: str
    name: str
    kind: str


class ListOut(Out):
    id: UUID
    version: str
    title: str
    valid_from: dt.date
    valid_to: dt.date | None
    confirmed: bool
    source: str
    entries: int
    in_force: bool


class NamedRef(Out):
    code: str
    name: str


class EntryOut(Out):
    id: UUID
    item: str
    category: NamedRef
    area: NamedRef | None
    list_kind: str
    list_kind_name: str
    level: int
    lead_rule: str
    lead_rule_name: str
    lead_unit: UnitRef | None
    supports: list[dict[str, str]]
    first_actor: str
    clause: str
    limits: list[dict[str, Any]]
    note: str


class EntryPage(Out):
    items: list[EntryOut]
    next: str | None
    total: int | None


class OwnerOut(Out):
    problem: str | None
    lead_unit: UnitRef | None
    support_units: list[UnitRef]
    first_unit: UnitRef | None
    level: int
    limits: list[dict[str, Any]]
    clause: str
    entry: EntryOut | None
    area: NamedRef | None
    explanation: dict[str, Any]


class FindingOut(Out):
    category_code: str
    category: str
    area: str
    places: int
    date_from: dt.date
    date_to: dt.date | None
    items: list[str]
    zh: str
    en: str


class DanglingOut(Out):
    item: str
    part: str
    zh: str
    en: str


class UnlistedOut(Out):
    date_from: dt.date
    date_to: dt.date | None
    zh: str
    en: str


class CheckOut(Out):
    at: dt.date
    checked: int
    places: int
    categories: int
    holes: list[FindingOut]
    overlaps: list[FindingOut]
    dangling: list[DanglingOut]
    unlisted: list[UnlistedOut]  # times in which no list is in force
    holes_total: int
    overlaps_total: int


@router.get("/categories", response={200: list[CategoryOut], 304: None}, summary="事项分类")
@requires()
def get_categories(request: HttpRequest, response: HttpResponse) -> Any:
    etag = f'"{selectors.revision()}"'
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    if request.headers.get("If-None-Match") == etag:
        return Status(304, None)
    return selectors.category_tree()


@router.get("/responsibility/lists", response=list[ListOut], summary="权责清单各版本")
@requires(Perm.READ)
def get_lists(request: HttpRequest) -> list[dict[str, Any]]:
    in_force = selectors.in_force(timezone.localdate())
    return [
        {
            "id": row.id,
            "version": row.version,
            "title": row.title,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
            "confirmed": row.confirmed,
            "source": row.source,
            "entries": count,
            "in_force": in_force is not None and row.id == in_force.id,
        }
        for row, count in selectors.lists()
    ]


@router.get("/responsibility/entries", response=EntryPage, summary="权责清单条目")
@requires(Perm.READ)
def get_entries(
    request: HttpRequest,
    category: Text = "",
    unit: Text = "",
    list_kind: Text = "",
    q: Text = "",
    list_id: UUID | None = None,
    cursor: Text = "",
    limit: Annotated[int, Field(ge=1, le=100)] = 50,
) -> dict[str, Any]:
    chosen = list_id or _list_in_force().id
    rows = selectors.entries(list_id=chosen, category_code=category, unit=unit, list_kind=list_kind, text=q.strip())
    page = list(rows.filter(item__gt=cursor)[: limit + 1] if cursor else rows[: limit + 1])
    more = len(page) > limit
    return {
        "items": [_entry(entry) for entry in page[:limit]],
        "next": page[limit - 1].item if more else None,
        "total": rows.count() if not cursor else None,
    }


@router.get("/responsibility/owner", response=OwnerOut, summary="某地某事归谁管")
@requires(Perm.READ)
def get_owner(
    request: HttpRequest,
    category: Text,
    area: UUID | None = None,
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None,
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None,
    at: dt.date | None = None,
) -> dict[str, Any]:
    day = at or timezone.localdate()
    matter = selectors.category(category)
    if matter is None:
        raise selectors.NoSuchCategory(f"没有编码为 {category} 的分类", f"no category has the code {category}")
    place = _place(area, lon, lat, day)
    found = selectors.route(category_id=matter.id, area_pos=place.pos if place else 0, at=day)
    return {
        "problem": found.problem,
        "lead_unit": _unit(found.lead_unit),
        "support_units": [_unit(unit) for unit in found.support_units],
        "first_unit": _unit(found.first_unit),
        "level": found.level,
        "limits": found.limits,
        "clause": found.clause,
        "entry": _entry(selectors.entry(found.entry.id)) if found.entry else None,
        "area": {"code": place.code, "name": place.name} if place else None,
        "explanation": found.explanation,
    }


@router.get("/responsibility/check", response=CheckOut, summary="逐地逐事核对归属")
@requires(Perm.CHECK)
def get_check(request: HttpRequest, at: dt.date | None = None) -> dict[str, Any]:
    """Lists the first findings; the totals count all of them."""
    report = selectors.check_owners(at or timezone.localdate())
    return {
        "at": report.at,
        "checked": report.checked,
        "places": report.places,
        "categories": report.categories,
        "holes": report.holes[:MOST_FINDINGS],
        "overlaps": report.overlaps[:MOST_FINDINGS],
        "dangling": report.dangling[:MOST_FINDINGS],
        "unlisted": report.unlisted,
        "holes_total": len(report.holes),
        "overlaps_total": len(report.overlaps),
    }


def _list_in_force() -> ResponsibilityList:
    found = selectors.in_force(timezone.localdate())
    if found is None:
        raise NotFound("今天没有生效的权责清单", "no responsibility list is in force today")
    return found


def _place(area: UUID | None, lon: float | None, lat: float | None, day: dt.date) -> Any:
    if area is not None:
        version = areas.version_at(area, day)
        if version is None:
            raise NotFound("没有这个区域", "no such area")
        return version
    if lon is None or lat is None:
        raise Invalid(errors=[field_error("query.area", "请给出区域，或经纬度", "give an area, or lon and lat")])
    return areas.locate(lon, lat, at=day).version


def _unit(unit: Unit | None) -> dict[str, Any] | None:
    return {"id": unit.id, "code": unit.code, "name": unit.name, "kind": unit.kind} if unit else None


def _entry(entry: Entry) -> dict[str, Any]:
    place = areas.version_at(entry.area_id) if entry.area_id else None
    return {
        "id": entry.id,
        "item": entry.item,
        "category": {"code": entry.category.code, "name": entry.category.name},
        "area": {"code": place.code, "name": place.name} if place else None,
        "list_kind": entry.list_kind,
        "list_kind_name": ListKind(entry.list_kind).label,
        "level": entry.level,
        "lead_rule": entry.lead_rule,
        "lead_rule_name": OwnerRule(entry.lead_rule).label,
        "lead_unit": _unit(entry.lead_unit),
        "supports": [
            {**support, "name": selectors.unit_name(support["code"]) if support.get("code") else ""}
            for support in entry.supports
        ],
        "first_actor": entry.first_actor,
        "clause": entry.clause,
        "limits": entry.limits,
        "note": entry.note,
    }
