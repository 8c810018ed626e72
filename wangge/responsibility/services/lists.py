"""Writing categories, publishing lists, keeping rulings as precedents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from wangge.areas.models import AreaVersion
from wangge.audit import services as audit
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, field_error
from wangge.kit.ids import uuid7
from wangge.org.models import Unit
from wangge.org.scope import Actor, system_actor
from wangge.responsibility import book
from wangge.responsibility.models import Category, Entry, Precedent, ResponsibilityList
from wangge.responsibility.rows import CategoryRow, EntryRow, Reader, Row, category_row, entry_row

_LOCK = "select pg_advisory_xact_lock(hashtext('wangge responsibility'))"
_CATEGORY_FIELDS = (
    "kind", "name", "name_en", "parent_id", "leaf", "keywords", "evidence_required", "on_the_spot", "urgency",
    "source", "confirmed", "active",
)  # fmt: skip


class ListInForce(Conflict):
    code = "list_in_force"
    title_zh = "清单已经生效"
    title_en = "The list is already in force"


@transaction.atomic
def load_categories(rows: Sequence[Row]) -> int:
    """Make or update categories; how many were made or changed. A category is retired by `active` false.

    Rows have the columns of categories.csv, as text or already converted. Invalid names each wrong row and field.
    """
    _lock()
    errors: list[dict[str, Any]] = []
    wanted = [category_row(Reader(row, number, errors)) for number, row in enumerate(rows, start=1)]
    known = {category.code: category for category in Category.objects.all()}
    _check_tree(wanted, known, errors)
    if errors:
        raise Invalid("事项分类有误", "the categories are wrong", errors=errors)
    ids = {code: category.id for code, category in known.items()}
    ids |= {row.code: uuid7() for row in wanted if row.code not in ids}
    made, changed = [], []
    for row in wanted:
        values = asdict(row)
        parent = values.pop("parent_code")
        values["parent_id"] = ids[parent] if parent else None
        existing = known.get(row.code)
        if existing is None:
            made.append(Category(id=ids[row.code], **values))
        elif any(getattr(existing, name) != values[name] for name in _CATEGORY_FIELDS):
            for name in _CATEGORY_FIELDS:
                setattr(existing, name, values[name])
            changed.append(existing)
    Category.objects.bulk_create(made)
    Category.objects.bulk_update(changed, _CATEGORY_FIELDS, batch_size=200)
    if made or changed:
        book.announce_write()
    return len(made) + len(changed)


@transaction.atomic
def load_list(
    header: Row, entries: Sequence[Row], *, actor: Actor | None = None, at: dt.datetime | None = None
) -> ResponsibilityList:
    """Publish a version of the list; the one before ends on the day this one begins.

    `header` has version, title, valid_from, confirmed, source; `entries` the columns of entries.csv. Loading the
    same again changes nothing. A list not yet in force may be loaded anew; one in force may not be altered, since
    cases cite it.
    """
    _lock()
    moment = at or clock.now()
    fields = _header(header)
    rows = _entry_rows(entries, fields["valid_from"])
    existing = ResponsibilityList.objects.filter(version=fields["version"]).first()
    if existing is not None:
        if _same(existing, fields, rows):
            return existing
        if existing.valid_from <= moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date():
            raise ListInForce(
                f"清单 {existing.version} 自 {existing.valid_from} 起生效，内容不能改动；请用新的版本号发布修订",
                f"list {existing.version} is in force from {existing.valid_from}; publish changes as a new version",
            )
        existing.delete()
    published = ResponsibilityList.objects.create(**fields, valid_to=_end_of(fields["valid_from"]))
    _close_earlier(published)
    Entry.objects.bulk_create([Entry(list=published, **row) for row in rows], batch_size=1000)
    audit.record(
        subject_type="responsibility_list",
        subject_id=published.id,
        action="responsibility:list:published",
        actor=actor or system_actor("profile"),
        data={"version": published.version, "valid_from": published.valid_from, "entries": len(rows)},
        at=moment,
    )
    book.announce_write()
    return published


@transaction.atomic
def add_precedent(
    *,
    category_id: UUID,
    area_id: UUID | None,
    lead_unit_id: UUID,
    reason: str,
    case_id: UUID,
    by: Actor,
    at: dt.datetime | None = None,
) -> Precedent:
    """Keep a jurisdiction ruling as a rule from today on; an earlier one on the same matter and area ends."""
    _lock()
    moment = at or clock.now()
    today = moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    Precedent.objects.filter(category=category_id, area=area_id).filter(
        Q(valid_to=None) | Q(valid_to__gt=today)
    ).update(valid_to=today)
    precedent = Precedent.objects.create(
        category_id=category_id,
        area_id=area_id,
        lead_unit_id=lead_unit_id,
        reason=reason.strip()[:500],
        ruled_by=by.user_id,
        case_id=case_id,
        valid_from=today,
    )
    audit.record(
        subject_type="precedent",
        subject_id=precedent.id,
        action="responsibility:precedent:added",
        actor=by,
        data={"category": category_id, "area": area_id, "lead_unit": lead_unit_id, "case": case_id},
        at=moment,
    )
    book.announce_write()
    return precedent


@transaction.atomic
def follow_division(
    *,
    ended: Mapping[UUID, UUID],
    units: Mapping[UUID, UUID],
    day: dt.date,
    by: Actor,
    at: dt.datetime | None = None,
) -> int:
    """What names an ended area or unit speaks for its successor from `day` on; how many lines and rulings.

    Lines are added and deleted, never changed: a line for an ended area stays for the days when there was one.
    """
    _lock()
    in_force = Q(list__valid_to=None) | Q(list__valid_to__gt=day)
    added, gone = [], list[UUID]()
    for entry in Entry.objects.filter(in_force).filter(Q(area__in=list(ended)) | Q(lead_unit__in=list(units))):
        moves = entry.area_id in ended
        if not moves:
            gone.append(entry.pk)
        entry.pk, entry.item = uuid7(), f"{entry.item[:20]}-续" if moves else entry.item
        entry.area_id = ended.get(entry.area_id, entry.area_id) if entry.area_id else None
        entry.lead_unit_id = units.get(entry.lead_unit_id, entry.lead_unit_id) if entry.lead_unit_id else None
        added.append(entry)
    Entry.objects.filter(pk__in=gone).delete()
    Entry.objects.bulk_create(added, ignore_conflicts=True)
    rulings = Precedent.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day))
    old = list(rulings.filter(Q(area__in=list(ended)) | Q(lead_unit__in=list(units))))
    Precedent.objects.filter(pk__in=[one.pk for one in old]).update(valid_to=day)
    for one in old:
        one.pk, one.valid_from = uuid7(), day
        one.area_id = ended.get(one.area_id, one.area_id) if one.area_id else None
        one.lead_unit_id = units.get(one.lead_unit_id, one.lead_unit_id)
    Precedent.objects.bulk_create(old)
    if added or old:
        audit.record(
            subject_type="responsibility_list",
            subject_id=uuid7(),
            action="responsibility:list:follow_division",
            actor=by,
            data={"entries": len(added), "precedents": len(old), "day": day},
            at=at or clock.now(),
        )
        book.announce_write()
    return len(added) + len(old)


def _lock() -> None:
    """Lists and rulings are few: whoever writes them goes one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)


def _check_tree(rows: Sequence[CategoryRow], known: Mapping[str, Category], errors: list[dict[str, Any]]) -> None:
    parents = {category.code: "" for category in known.values()}
    by_id = {category.id: category.code for category in known.values()}
    parents |= {c.code: by_id.get(c.parent_id, "") if c.parent_id else "" for c in known.values()}
    leaves = {category.code for category in known.values() if category.leaf}
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        if row.code in seen:
            zh = f"编码 {row.code} 与第 {seen[row.code]} 行重复"
            errors.append(field_error(f"row {number} code", zh, f"code {row.code} is also in row {seen[row.code]}"))
        seen[row.code] = number
        parents[row.code] = row.parent_code
        (leaves.add if row.leaf else leaves.discard)(row.code)
    for number, row in enumerate(rows, start=1):
        at = f"row {number} parent_code"
        if row.parent_code and row.parent_code not in parents:
            errors.append(field_error(at, f"没有上级分类 {row.parent_code}", f"no category {row.parent_code}"))
        elif row.parent_code in leaves:
            zh = f"上级 {row.parent_code} 是末级分类，不能有下级"
            errors.append(field_error(at, zh, f"{row.parent_code} is a leaf and cannot have children"))
        elif _in_circle(row.code, parents):
            errors.append(field_error(at, "上级关系成环", "the parents form a circle"))


def _in_circle(code: str, parents: Mapping[str, str]) -> bool:
    seen = {code}
    above = parents.get(code, "")
    while above:
        if above in seen:
            return True
        seen.add(above)
        above = parents.get(above, "")
    return False


def _header(header: Row) -> dict[str, Any]:
    errors: list[dict[str, Any]] = []
    reader = Reader(header, 0, errors)
    fields = {
        "version": reader.text("version", 40, required=True),
        "title": reader.text("title", 120, required=True),
        "valid_from": reader.date("valid_from", required=True),
        "confirmed": reader.flag("confirmed"),
        "source": reader.text("source", 200),
    }
    if errors:
        raise Invalid("清单信息有误", "the list's header is wrong", errors=errors)
    return fields


def _entry_rows(entries: Sequence[Row], valid_from: dt.date) -> list[dict[str, Any]]:
    """The rows as Entry fields, by item; Invalid names every wrong row and field."""
    errors: list[dict[str, Any]] = []
    categories = dict(Category.objects.values_list("code", "id"))
    units = dict(Unit.objects.values_list("code", "id"))
    areas = dict(
        AreaVersion.objects.filter(superseded_at=None, valid_from__lte=valid_from)
        .filter(Q(valid_to=None) | Q(valid_to__gt=valid_from))
        .values_list("code", "area_id")
    )
    items: dict[str, int] = {}
    found = []
    for number, raw in enumerate(entries, start=1):
        reader = Reader(raw, number, errors)
        row = entry_row(reader)
        if items.setdefault(row.item, number) != number:
            reader.wrong("item", f"编号 {row.item} 与第 {items[row.item]} 行重复", f"also in row {items[row.item]}")
        found.append(_fields(reader, row, categories, areas, units))
    if errors:
        raise Invalid("权责清单有误", "the responsibility list is wrong", errors=errors)
    return sorted(found, key=_item)


def _fields(
    reader: Reader, row: EntryRow, categories: Mapping[str, UUID], areas: Mapping[str, UUID], units: Mapping[str, UUID]
) -> dict[str, Any]:
    if row.category and row.category not in categories:
        reader.wrong("category", f"没有分类 {row.category}", f"no category {row.category}")
    if row.area_code and row.area_code not in areas:
        reader.wrong("area_code", f"清单施行之日没有区域 {row.area_code}", f"no area {row.area_code} on that day")
    if row.lead_unit and row.lead_unit not in units:
        reader.wrong("lead_unit", f"没有单位 {row.lead_unit}", f"no unit {row.lead_unit}")
    for support in row.supports:
        if support.get("code") and support["code"] not in units:
            reader.wrong("supports", f"没有单位 {support['code']}", f"no unit {support['code']}")
    fields = asdict(row)
    fields["category_id"] = categories.get(fields.pop("category"))
    fields["area_id"] = areas.get(fields.pop("area_code"))
    fields["lead_unit_id"] = units.get(fields.pop("lead_unit"))
    return fields


def _item(fields: Mapping[str, Any]) -> str:
    return str(fields["item"])


def _same(existing: ResponsibilityList, fields: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    if any(getattr(existing, name) != value for name, value in fields.items()):
        return False
    names = list(rows[0]) if rows else ["item"]
    return sorted(existing.entries.values(*names), key=_item) == list(rows)


def _end_of(valid_from: dt.date) -> dt.date | None:
    """A list published later for a later day keeps its day."""
    later = ResponsibilityList.objects.filter(valid_from__gt=valid_from).exclude(valid_to=F("valid_from"))
    first = later.order_by("valid_from").first()
    return first.valid_from if first else None


def _close_earlier(published: ResponsibilityList) -> None:
    """What was in force on that day ends; a list that began the same day never held."""
    earlier = ResponsibilityList.objects.filter(valid_from__lte=published.valid_from).exclude(pk=published.pk)
    earlier.filter(Q(valid_to=None) | Q(valid_to__gt=published.valid_from)).update(valid_to=published.valid_from)
