"""Whole communities divided anew from a day on, and the undoing of that before its day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry

from wangge.areas.models import DIVIDED, Area, AreaVersion, BoundaryStatus, Level
from wangge.areas.numbering import grid_code
from wangge.areas.services.boundaries import fields_of
from wangge.areas.services.changes import LaterVersion
from wangge.areas.services.versions import Batch, Ordinals, writing
from wangge.audit import services as audit
from wangge.audit.chain import ActorLike
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error


class BuiltUpon(Conflict):
    code = "area_built_upon"
    title_zh = "之后的区划调整已以此为基础"
    title_en = "A later change of the division builds upon it"


@dataclass(frozen=True)
class NewArea:
    """One area of the new division; `keeps` is the area that goes on in it, None for a new one."""

    code: str
    name: str
    boundary: BaseGeometry | None
    households: int | None = None
    keeps: UUID | None = None


@dataclass(frozen=True)
class Redrawn:
    """All areas below one parent from the day on; those of today that are not kept end."""

    parent_id: UUID
    areas: Sequence[NewArea]


@dataclass
class Redivided:
    """Ids of the versions written and superseded; `areas` is the id of each NewArea, parent by parent."""

    inserted: list[UUID] = field(default_factory=list)
    superseded: list[UUID] = field(default_factory=list)
    areas: list[list[UUID]] = field(default_factory=list)


def redivide(
    *,
    parents: Sequence[Redrawn],
    level: int,
    day: dt.date,
    by: ActorLike | None,
    source: str = "",
    at: dt.datetime | None = None,
) -> Redivided:
    """One transaction for all of them. What lies below an area (courtyards) goes to the new area that holds it."""
    with writing():
        batch, ordinals, begun = Batch(at or clock.now(), f"{DIVIDED}{source}"[:120]), Ordinals(), list[AreaVersion]()
        done, today = Redivided(), _Today.read(parents, level, day)
        for redrawn in parents:
            parent = today.parents.get(redrawn.parent_id)
            if parent is None or parent.level != level - 1:
                raise NotFound("该日期没有这个上级区域", "no such parent on that day")
            olds = today.children[parent.area_id]
            _check(redrawn, olds, today.taken)
            made = _written(batch, ordinals, parent, redrawn, olds, day)
            begun += [v for v, new in zip(made, redrawn.areas, strict=True) if new.keeps is None]
            _follow(batch, ordinals, [one for old in olds for one in today.below[old.area_id]], made, day)
            done.areas.append([v.area_id for v in made])
            _record(batch, parent, redrawn, olds, by, day)
        Area.objects.bulk_create([version.area for version in begun])
        batch.write()
        done.inserted, done.superseded = [v.pk for v in batch.inserts], batch.superseded
    return done


@dataclass
class _Today:
    """The division of the day as far as it is touched, in four queries."""

    parents: dict[UUID, AreaVersion]
    children: dict[UUID, list[AreaVersion]]
    below: dict[UUID, list[AreaVersion]]
    taken: set[str]  # codes that other areas have on that day or later

    @classmethod
    def read(cls, parents: Sequence[Redrawn], level: int, day: dt.date) -> _Today:
        held = AreaVersion.objects.at(day)
        wanted = [one.parent_id for one in parents]
        children, below = defaultdict[UUID, list[AreaVersion]](list), defaultdict[UUID, list[AreaVersion]](list)
        for old in held.filter(parent_id__in=wanted, level=level).order_by("pos"):
            children[_parent(old)].append(old)
        areas = [old.area_id for olds in children.values() for old in olds]
        for child in held.filter(parent_id__in=areas, level=Level.COURTYARD).order_by("code"):
            below[_parent(child)].append(child)
        codes = [new.code for one in parents for new in one.areas]
        others = AreaVersion.objects.current().filter(code__in=codes).exclude(valid_to__lte=day)
        return cls(
            {v.area_id: v for v in held.defer("boundary").filter(area_id__in=wanted)},
            children,
            below,
            set(others.exclude(area_id__in=areas).values_list("code", flat=True)),
        )


def _parent(version: AreaVersion) -> UUID:
    assert version.parent_id is not None
    return version.parent_id


def undo_redivision(
    *, inserted: Sequence[UUID], superseded: Sequence[UUID], by: ActorLike | None, at: dt.datetime | None = None
) -> int:
    """What was held true before is held true again; BuiltUpon when anything was changed since. How many versions."""
    with writing():
        batch = Batch(at or clock.now(), "")
        written = list(AreaVersion.objects.current().filter(pk__in=inserted).values_list("pk", flat=True))
        if len(written) < len(inserted):
            raise BuiltUpon("请先撤销之后的区划调整", "undo the later change first")
        batch.superseded = written
        before = list(AreaVersion.objects.filter(pk__in=superseded))
        for version in before:
            batch.restore(version)
        batch.write()
        top = min(before, key=lambda v: (v.level, v.pos), default=None)
        if top is not None:
            audit.record(
                subject_type="area", subject_id=top.parent_id or top.area_id, action="areas:area:redivision_undone",
                actor=by, area_pos=top.pos, data={"restored": len(before), "withdrawn": len(written)}, at=batch.at,
            )  # fmt: skip
        return len(before)


def _check(redrawn: Redrawn, olds: Sequence[AreaVersion], others: set[str]) -> None:
    codes = [new.code for new in redrawn.areas]
    kept = [new.keeps for new in redrawn.areas if new.keeps is not None]
    if len(set(codes)) < len(codes) or len(set(kept)) < len(kept) or not codes:
        raise Invalid(errors=[field_error("areas", "编码或沿用的区域重复", "a code or a kept area appears twice")])
    if set(kept) - {old.area_id for old in olds}:
        raise Invalid(errors=[field_error("areas", "沿用的区域不在该上级下", "a kept area is not below this parent")])
    later = next((old for old in olds if old.valid_to is not None), None)
    if later is not None:
        raise LaterVersion(
            f"{later.name}（{later.code}）从 {later.valid_to} 起已有变更，请选择那之后的日期",
            f"{later.code} has already changed on {later.valid_to}; choose a later day",
        )
    taken = next((code for code in codes if code in others), None)
    if taken is not None:
        zh, en = f"编码 {taken} 已被使用", f"the code {taken} is taken"
        raise Invalid(zh, en, errors=[field_error("areas", zh, en)])


def _written(
    batch: Batch,
    ordinals: Ordinals,
    parent: AreaVersion,
    redrawn: Redrawn,
    olds: Sequence[AreaVersion],
    day: dt.date,
) -> list[AreaVersion]:
    level = parent.level + 1
    known = {old.area_id: old for old in olds}
    status = _status(olds)
    kind = next((old.kind for old in olds if old.kind), "")
    made = []
    for new in redrawn.areas:
        values: dict[str, Any] = {"code": new.code, "name": new.name, "households": new.households}
        if new.boundary is not None:
            values |= fields_of([new.boundary], status)[0]
        if new.keeps is not None:
            made.append(batch.revise(known.pop(new.keeps), valid_from=day, **values))
            continue
        pos, end = ordinals.next(parent.pos, level)
        made.append(
            batch.begin(
                AreaVersion(
                    area=Area(level=level), parent_id=parent.area_id, level=level, kind=kind, pos=pos, pos_end=end,
                    valid_from=day, **values,
                )
            )
        )  # fmt: skip
    for old in known.values():
        batch.end(old, day=day)
    return made


def _status(olds: Sequence[AreaVersion]) -> BoundaryStatus:
    """Drawn from buildings it is not surveyed; what was for demonstration stays so."""
    shown = any(old.boundary_status == BoundaryStatus.DEMONSTRATION for old in olds)
    return BoundaryStatus.DEMONSTRATION if shown else BoundaryStatus.DECLARED


def _follow(
    batch: Batch, ordinals: Ordinals, below: Sequence[AreaVersion], made: Sequence[AreaVersion], day: dt.date
) -> None:
    """Courtyards below the old areas: each to the new area that holds its point, re-coded where that has changed."""
    if not below:
        return
    shapes = [shapely.from_wkb(bytes(v.boundary)) if v.boundary else shapely.Polygon() for v in made]
    kept = {v.area_id: v for v in made}
    used = {v.area_id: set[int]() for v in made}
    homes = [(child, _home(child, made, shapes, kept)) for child in sorted(below, key=lambda v: v.code)]
    for child, home in homes:
        if home is not None and home.area_id == child.parent_id:
            used[home.area_id].add(int(child.code[-3:]))
    for child, home in homes:
        if home is None:
            batch.end(child, day=day)
        elif home.area_id == child.parent_id:
            if child.code[:-3] != home.code:
                batch.revise(child, valid_from=day, code=home.code + child.code[-3:])
        else:
            number = next(n for n in range(1, 1000) if n not in used[home.area_id])
            used[home.area_id].add(number)
            pos, end = ordinals.next(home.pos, Level.COURTYARD)
            batch.revise(
                child, valid_from=day, parent_id=home.area_id, pos=pos, pos_end=end, code=grid_code(home.code, number)
            )


def _home(
    child: AreaVersion, made: Sequence[AreaVersion], shapes: Sequence[BaseGeometry], kept: dict[UUID, AreaVersion]
) -> AreaVersion | None:
    if child.lon is None or child.lat is None:
        return kept.get(child.parent_id) if child.parent_id else None
    point = shapely.Point(child.lon, child.lat)
    return next((v for v, shape in zip(made, shapes, strict=True) if shape.intersects(point)), None)


def _record(
    batch: Batch, parent: AreaVersion, redrawn: Redrawn, olds: Sequence[AreaVersion], by: ActorLike | None, day: dt.date
) -> None:
    kept = {new.keeps for new in redrawn.areas}
    audit.record(
        subject_type="area",
        subject_id=parent.area_id,
        action="areas:area:redivide",
        actor=by,
        area_pos=parent.pos,
        data={
            "valid_from": day,
            "areas": [{"code": new.code, "name": new.name, "keeps": new.keeps} for new in redrawn.areas],
            "ended": [{"code": old.code, "name": old.name} for old in olds if old.area_id not in kept],
        },
        at=batch.at,
    )
