"""What every verb about places does: the row in scope, its version, its grid, and what happened written down."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion, Level
from wangge.audit import services as audit
from wangge.kit import pinyin
from wangge.kit.errors import Forbidden, Invalid, NotFound, field_error
from wangge.org.scope import Actor
from wangge.registry.models import FieldRule, Revision
from wangge.registry.selectors import addresses
from wangge.registry.services.first import stale
from wangge.registry.services.keeping import found_true

Row = TypeVar("Row", bound=Model)


class Elsewhere(Forbidden):
    code = "place_elsewhere"
    title_zh = "不在您负责的区域"
    title_en = "Not in your areas"


def wrong(field: str, zh: str, en: str) -> Invalid:
    return Invalid(errors=[field_error(f"body.{field}", zh, en)])


def subject_of(row: Model) -> str:
    """Under which the log keeps it: estate, building, dwelling …"""
    return row._meta.model_name or ""


def locked(model: type[Row], pk: UUID, *, version: int | None, by: Actor) -> Row:
    """The row, locked, when the actor sees it and answers for where it is; NotFound, Conflict or Elsewhere."""
    row = model._default_manager.filter(pk=pk).select_for_update(of=("self",))
    found: Row | None = row.visible_to(by).first()  # type: ignore[attr-defined]  # each of these has it
    if found is None:
        raise NotFound
    if version is not None and found.version != version:  # type: ignore[attr-defined]
        raise stale(found)
    if hasattr(found, "area_pos"):
        must_cover(found.area_pos, by=by)
    return found


def must_cover(pos: int, *, by: Actor) -> None:
    if not by.scope.covers_area(pos):
        raise Elsewhere


def must_reach(area: AreaVersion | None, *, by: Actor) -> None:
    """Some of the area is the actor's: the member of a grid keeps the estates of the community."""
    if by.scope.all or area is None:
        return
    if not any(start < area.pos_end and area.pos < end for start, end in by.scope.areas):
        raise Elsewhere


def grid_for(
    *, lon: float | None, lat: float | None, area_id: UUID | None, by: Actor, at: dt.date | None = None
) -> AreaVersion:
    """The grid named, else the one that holds the point; Invalid where that is none or not the actor's."""
    if area_id is not None:
        grid = areas.version_at(area_id, at)
        name, zh, en = "area", "没有这个网格", "there is no such grid"
    elif lon is None or lat is None:
        raise wrong("lon", "请在地图上选点或选择网格", "choose a point or a grid")
    else:
        grid = areas.locate(lon, lat, at).version
        name, zh, en = "lon", "该点不在任何网格内", "the point lies in no grid"
    if grid is None or grid.level != Level.GRID:
        raise wrong(name, zh, en)
    if not by.scope.covers_area(grid.pos):
        raise wrong(name, f"在{grid.name}，不由您负责", f"lies in {grid.name}, which is not yours")
    return grid


def assign(row: Model, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set the values; those that were otherwise, with what they were and are."""
    changes = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            changes[name] = [_plain(before), _plain(value)]
            setattr(row, name, value)
    return changes


def write(row: Model, changes: Mapping[str, Any], *, verb: str, by: Actor, at: dt.datetime, **data: Any) -> None:
    """Save a row that is new or changed, confirm its fields, and append to its log; nothing changed: nothing done."""
    added = row._state.adding
    if not added and not changes and not data:
        return
    if not added and hasattr(row, "version"):
        row.version += 1
    if hasattr(row, "confirmed"):
        row.confirmed = {**row.confirmed, **_found_true(subject_of(row), changes, by=by, at=at)}
    row.save(force_insert=added)
    note(row, verb, by=by, at=at, changes=dict(changes), **data)


def note(row: Model, verb: str, *, by: Actor, at: dt.datetime, **data: Any) -> None:
    """One entry in the row's chain. Values of places may stand in it; who to call there may not."""
    subject = subject_of(row)
    audit.record(
        subject_type=subject,
        subject_id=row.pk,
        action=f"registry:{subject}:{verb}",
        actor=by,
        area_pos=getattr(row, "area_pos", None),
        data={name: value for name, value in data.items() if value},
        at=at,
    )


@contextmanager
def unique(field: str, zh: str, en: str) -> Iterator[None]:
    """What the database refuses as taken is a fault of this field."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise wrong(field, zh, en) from error


def initials(*names: str) -> str:
    """As places are found by keyboard: 睦和苑 and 3号楼 are mhy3hl."""
    return "".join(pinyin.of_place(name).initials for name in names if name)[:40]


def renew_book() -> None:
    """Names and addresses of places have changed: what processes keep of them is stale."""
    token = uuid.uuid4()
    Revision.objects.bulk_create(
        [Revision(id=1, token=token)], update_conflicts=True, unique_fields=["id"], update_fields=["token"]
    )
    addresses.revision.announce(token)


def _found_true(subject: str, changes: Mapping[str, Any], *, by: Actor, at: dt.datetime) -> dict[str, Any]:
    groups = FieldRule.objects.filter(object=subject, field__in=list(changes)).values_list("group", flat=True)
    return found_true(groups, by=by, at=at, source="grid" if by.unit_id else "system")


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date | UUID):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, str | int | float | bool | list | dict) else str(value)
