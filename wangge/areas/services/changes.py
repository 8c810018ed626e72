"""Changes of the division itself: rename, recode, move, split, merge. What was stays readable for its days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import shapely
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from wangge.areas.models import Area, AreaVersion, BoundaryStatus, Level
from wangge.areas.services.boundaries import fields_of
from wangge.areas.services.rows import CODE_DIGITS
from wangge.areas.services.versions import Batch, Ordinals, move_subtree, subtree, writing
from wangge.audit import services as audit
from wangge.audit.chain import ActorLike
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error

_SLIVER = 1e-4  # share of the whole that parts may miss or overlap by: rounding, not a mistake


class LaterVersion(Conflict):
    code = "area_has_later_version"
    title_zh = "该区域在此日期之后已有变更"
    title_en = "The area has already changed after that day"


@dataclass(frozen=True)
class Part:
    """One of the areas a split makes. `children` are the codes of the areas below the old one that go here."""

    code: str
    name: str
    boundary: BaseGeometry | None = None
    households: int | None = None
    children: Sequence[str] = field(default=())


def rename(
    *, area_id: UUID, name: str, by: ActorLike | None, valid_from: dt.date | None = None, at: dt.datetime | None = None
) -> AreaVersion:
    """The area is called `name` from `valid_from` (default today) on; its own first day makes it a correction."""
    if not name.strip() or len(name) > 80:
        raise _invalid("name", "名称不能为空且不超过 80 字", "the name is empty or too long")
    with writing():
        batch, old, day = _open(area_id, valid_from, at)
        made = batch.revise(old, valid_from=day, name=name.strip())
        return _close(batch, "rename", made, by, {"from": old.name, "to": made.name, "valid_from": day})


def recode(
    *, area_id: UUID, code: str, by: ActorLike | None, valid_from: dt.date | None = None, at: dt.datetime | None = None
) -> AreaVersion:
    """The area has `code` from `valid_from` on; codes below that begin with the old one follow."""
    with writing():
        batch, old, day = _open(area_id, valid_from, at)
        _check_code(code, old.level, day, besides=subtree(old, day))
        made = batch.revise(old, valid_from=day, code=code)
        for below in subtree(old, day)[1:]:
            if below.code.startswith(old.code):
                batch.revise(below, valid_from=_later(below, day), code=code + below.code.removeprefix(old.code))
        return _close(batch, "recode", made, by, {"from": old.code, "to": code, "valid_from": day})


def move(
    *,
    area_id: UUID,
    parent_id: UUID,
    by: ActorLike | None,
    code: str | None = None,
    valid_from: dt.date | None = None,
    at: dt.datetime | None = None,
) -> AreaVersion:
    """Hang the area and all below it under another parent of the same level as its present one, perhaps re-coded."""
    with writing():
        batch, old, day = _open(area_id, valid_from, at)
        parent = AreaVersion.objects.at(day).filter(area_id=parent_id).first()
        if parent is None or parent.level != old.level - 1:
            raise _invalid("parent_id", "新的上级不存在或层级不符", "no such parent of the level above")
        tree = subtree(old, day)
        for version in tree:
            _later(version, day)
        codes: dict[str, Any] = {}
        if code is not None:
            _check_code(code, old.level, day, besides=tree)
            codes["code"] = code
        pos, _ = Ordinals().next(parent.pos, old.level)
        moved = move_subtree(batch, versions=tree, new_pos=pos, valid_from=day, parent_id=parent_id, **codes)
        for version in moved[1:]:
            if code is not None and version.code.startswith(old.code):
                version.code = code + version.code.removeprefix(old.code)
        data = {"from": old.parent_id, "to": parent_id, "code": moved[0].code, "valid_from": day}
        return _close(batch, "move", moved[0], by, data)


def split(
    *,
    area_id: UUID,
    parts: Sequence[Part],
    by: ActorLike | None,
    valid_from: dt.date | None = None,
    at: dt.datetime | None = None,
) -> list[AreaVersion]:
    """End the area and begin its parts on `valid_from`. Parts must cover it without overlap; each child goes to one."""
    if len(parts) < 2:
        raise _invalid("parts", "至少要拆成两个", "a split makes at least two areas")
    with writing():
        batch, old, day = _open(area_id, valid_from, at)
        _check_cover(old, parts)
        homes = _homes(old, parts, day)
        ordinals, made = Ordinals(), []
        for part in parts:
            _check_code(part.code, old.level, day, besides=[old])
            values: dict[str, Any] = {"households": part.households, "kind": old.kind}
            if part.boundary is not None:
                values |= fields_of([part.boundary], BoundaryStatus(old.boundary_status))[0]
            made.append(_begin(batch, ordinals, old, part.code, part.name, day, values))
        for child, index in homes:
            pos, _ = ordinals.next(made[index].pos, child.level)
            move_subtree(
                batch, versions=subtree(child, day), new_pos=pos, valid_from=day, parent_id=made[index].area_id
            )
        batch.end(old, day=day)
        data = {"into": [{"id": v.area_id, "code": v.code, "name": v.name} for v in made], "valid_from": day}
        _close(batch, "split", old, by, data, made)
        return made


def merge(
    *,
    area_ids: Sequence[UUID],
    code: str,
    name: str,
    by: ActorLike | None,
    valid_from: dt.date | None = None,
    at: dt.datetime | None = None,
) -> AreaVersion:
    """End the areas, all of one parent, and begin one in their place that takes their boundaries and children."""
    if len(set(area_ids)) < 2:
        raise _invalid("area_ids", "至少选择两个区域", "choose at least two areas")
    with writing():
        opened = [_open(area_id, valid_from, at) for area_id in dict.fromkeys(area_ids)]
        batch, first, day = opened[0]
        olds = [old for _, old, _ in opened]
        if len({old.parent_id for old in olds}) > 1:
            raise _invalid("area_ids", "只能合并同一上级下的区域", "only areas of one parent can be merged")
        _check_code(code, first.level, day, besides=olds)
        counted = [old.households for old in olds if old.households is not None]
        values: dict[str, Any] = {"households": sum(counted) if counted else None, "kind": first.kind}
        shapes = [shapely.from_wkb(bytes(old.boundary)) for old in olds if old.boundary is not None]
        if len(shapes) == len(olds):
            values |= fields_of([shapely.union_all(shapes)], BoundaryStatus(first.boundary_status))[0]
        ordinals = Ordinals()
        made = _begin(batch, ordinals, first, code, name, day, values)
        for old in olds:
            for child in _children(old, day):
                pos, _ = ordinals.next(made.pos, child.level)
                move_subtree(batch, versions=subtree(child, day), new_pos=pos, valid_from=day, parent_id=made.area_id)
            batch.end(old, day=day)
        data = {"of": [{"id": o.area_id, "code": o.code, "name": o.name} for o in olds], "valid_from": day}
        _close(batch, "merge", made, by, data, [made])
        return made


def _invalid(at: str, zh: str, en: str) -> Invalid:
    return Invalid(zh, en, errors=[field_error(at, zh, en)])


def _open(area_id: UUID, valid_from: dt.date | None, at: dt.datetime | None) -> tuple[Batch, AreaVersion, dt.date]:
    day = valid_from or timezone.localdate()
    old = AreaVersion.objects.at(day).filter(area_id=area_id).first()
    if old is None:
        raise NotFound("该日期没有这个区域", "no such area on that day")
    _later(old, day)
    return Batch(at or clock.now(), ""), old, day


def _later(version: AreaVersion, day: dt.date) -> dt.date:
    """`day`, unless the version is already followed by another: a change may not run into it."""
    if version.valid_to is not None:
        raise LaterVersion(
            f"{version.name}（{version.code}）从 {version.valid_to} 起已有变更，请选择那之后的日期",
            f"{version.code} has already changed on {version.valid_to}; choose a later day",
        )
    return day


def _check_code(code: str, level: int, day: dt.date, *, besides: Sequence[AreaVersion]) -> None:
    digits = CODE_DIGITS[Level(level)]
    if len(code) != digits or not (code.isascii() and code.isdigit()):
        raise _invalid("code", f"编码应为 {digits} 位半角数字", f"the code must be {digits} ASCII digits")
    clash = AreaVersion.objects.current().filter(code=code).exclude(valid_to__lte=day)
    if clash.exclude(area_id__in=[v.area_id for v in besides]).exists():
        raise _invalid("code", f"编码 {code} 已被使用", f"the code {code} is taken")


def _check_cover(old: AreaVersion, parts: Sequence[Part]) -> None:
    shapes = [part.boundary for part in parts if part.boundary is not None]
    if old.boundary is None or not shapes:
        return
    whole = shapely.from_wkb(bytes(old.boundary))
    if len(shapes) != len(parts):
        raise _invalid("parts", "每个部分都要有边界", "each part needs a boundary")
    gap = shapely.area(shapely.symmetric_difference(shapely.union_all(shapes), whole))
    overlap = shapely.area(shapes).sum() - shapely.area(shapely.union_all(shapes))
    if gap > _SLIVER * whole.area:
        raise _invalid("parts", "各部分合起来与原边界不一致", "the parts together are not the area")
    if overlap > _SLIVER * whole.area:
        raise _invalid("parts", "各部分互相重叠", "the parts overlap")


def _children(old: AreaVersion, day: dt.date) -> list[AreaVersion]:
    return list(AreaVersion.objects.at(day).filter(parent_id=old.area_id).order_by("code"))


def _homes(old: AreaVersion, parts: Sequence[Part], day: dt.date) -> list[tuple[AreaVersion, int]]:
    """Each child with the index of the part it goes to; Invalid unless each is named exactly once."""
    children = {child.code: child for child in _children(old, day)}
    named: Mapping[str, list[int]] = {code: [] for code in children}
    for index, part in enumerate(parts):
        for code in part.children:
            if code not in named:
                raise _invalid(f"parts.{index}.children", f"{code} 不是它的下级", f"{code} is not a child of it")
            named[code].append(index)
    for code, homes in named.items():
        if len(homes) != 1:
            raise _invalid("parts", f"下级 {code} 应归入且只归入一个部分", f"{code} must go to exactly one part")
    return [(children[code], homes[0]) for code, homes in named.items()]


def _begin(
    batch: Batch, ordinals: Ordinals, like: AreaVersion, code: str, name: str, day: dt.date, values: Mapping[str, Any]
) -> AreaVersion:
    """A new area beside `like`."""
    parent = AreaVersion.objects.at(day).filter(area_id=like.parent_id).first() if like.parent_id else None
    pos, end = ordinals.next(parent.pos if parent else 0, like.level)
    return batch.begin(
        AreaVersion(
            area=Area(level=like.level), parent_id=like.parent_id, level=like.level, code=code, name=name,
            pos=pos, pos_end=end, valid_from=day, **values,
        )
    )  # fmt: skip


def _close(
    batch: Batch,
    verb: str,
    subject: AreaVersion,
    by: ActorLike | None,
    data: Mapping[str, Any],
    begun: Sequence[AreaVersion] = (),
) -> AreaVersion:
    Area.objects.bulk_create([version.area for version in begun])
    batch.write()
    audit.record(
        subject_type="area",
        subject_id=subject.area_id,
        action=f"areas:area:{verb}",
        actor=by,
        area_pos=subject.pos,
        data=data,
        at=batch.at,
    )
    return subject
