"""Who must act: exactly one line of the responsibility list, cited and explained.

Order of precedence: a precedent (a jurisdiction ruling) before the list; the category itself before its parents;
the smaller area before the larger; the lowest rung of the ladder before higher ones. Two lines equal in all of
that are an overlap: the one with the smallest number is taken and the route says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from wangge.areas.models import Level
from wangge.kit.errors import NotFound
from wangge.org.models import Unit, UnitKind
from wangge.responsibility import book
from wangge.responsibility.book import WHOLE_DISTRICT, Book, Day
from wangge.responsibility.models import Entry, ListKind, OwnerRule, Precedent

RULE_TEXT: dict[OwnerRule, tuple[str, str]] = {
    OwnerRule.UNIT: ("指定单位", "the named unit"),
    OwnerRule.SUBDISTRICT: ("属地街道", "the subdistrict of the place"),
    OwnerRule.COMMUNITY: ("属地社区/村", "the community of the place"),
    OwnerRule.GRID: ("属地网格", "the grid team of the place"),
}
EXPLANATIONS_KEPT = 20_000
_KINDS = tuple(book.SERVING.values())
# A place known only to its community has no grid team: the next larger unit takes its part.
_RULE_LEVEL = {
    UnitKind.SUBDISTRICT: Level.SUBDISTRICT,
    UnitKind.COMMUNITY: Level.COMMUNITY,
    UnitKind.GRID_TEAM: Level.GRID,
}


class NoSuchCategory(NotFound):
    code = "no_such_category"
    title_zh = "没有这个事项分类"
    title_en = "No such category"


@dataclass(frozen=True)
class Route:
    """The owner of a matter at a place on a day. With a `problem` of 'hole' there is no `lead_unit`."""

    problem: Literal["hole", "overlap"] | None
    entry: Entry | None
    precedent: Precedent | None
    lead_unit: Unit | None
    support_units: tuple[Unit, ...]
    first_unit: Unit | None
    level: int
    limits: list[dict[str, Any]]
    clause: str
    explanation: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Found:
    """The lines that apply, in order of precedence, and how many of the first are of equal rank."""

    entries: tuple[Entry, ...]
    equal: int
    precedent: Precedent | None


def route(*, category_id: UUID, area_pos: int, at: dt.date, level: int | None = None) -> Route:
    """Who must act in a matter of the category at the tree position (0: place unknown) on the day.

    With `level` only lines settled at that rung of the ladder or above count: for escalation.
    """
    held = book.current()
    if category_id not in held.chains:
        raise NoSuchCategory
    day = held.on(at)
    found = find(held, day, category_id, area_pos, level)
    entry = found.entries[0] if found.entries else None
    lead = lead_unit(held, found, area_pos)
    problem: Literal["hole", "overlap"] | None = None
    if lead is None:
        problem = "hole"
    elif found.precedent is None and found.equal > 1:
        problem = "overlap"
    return Route(
        problem=problem,
        entry=entry,
        precedent=found.precedent,
        lead_unit=lead,
        support_units=_supports(held, entry, area_pos, lead),
        first_unit=(owner(held, OwnerRule(entry.first_actor), None, area_pos) if entry else None) or lead,
        level=entry.level if entry else Level.DISTRICT,
        limits=entry.limits if entry else [],
        clause=_clause(entry, found.precedent),
        explanation=_explain(held, day, found, lead, category_id, area_pos),
    )


def find(held: Book, day: Day, category_id: UUID, area_pos: int, level: int | None = None) -> Found:
    starts = (*book.ancestors(area_pos), WHOLE_DISTRICT)
    chain = held.chains[category_id]
    precedent = next(
        (day.precedents[id_, start] for id_ in chain for start in starts if (id_, start) in day.precedents), None
    )
    entries: list[Entry] = []
    equal = 0
    for id_ in chain:
        for start in starts:
            group = day.entries.get((id_, start), ())
            if level is not None:
                group = tuple(entry for entry in group if entry.level <= level)
            if group and not entries:
                equal = sum(entry.level == group[0].level for entry in group)
            entries += group
    return Found(tuple(entries), equal, precedent)


def lead_unit(held: Book, found: Found, area_pos: int) -> Unit | None:
    if found.precedent is not None:
        return held.units[found.precedent.lead_unit_id]
    if not found.entries:
        return None
    entry = found.entries[0]
    return owner(held, OwnerRule(entry.lead_rule), entry.lead_unit_id, area_pos)


def owner(held: Book, rule: OwnerRule, unit_id: UUID | None, area_pos: int) -> Unit | None:
    """The active unit a rule names at the place, or None."""
    if rule is OwnerRule.UNIT:
        unit = held.units.get(unit_id) if unit_id else None
        return unit if unit is not None and unit.active else None
    kind = book.SERVING[rule]
    depth = len(book.ancestors(area_pos)) - 1
    for coarser in _KINDS[_KINDS.index(kind) :: -1]:
        if (unit := held.unit_serving(area_pos, coarser)) is not None:
            return unit
        if depth >= _RULE_LEVEL[coarser]:
            return None  # the place is known finely enough: nobody serves it
    return None


def _supports(held: Book, entry: Entry | None, area_pos: int, lead: Unit | None) -> tuple[Unit, ...]:
    units: dict[UUID, Unit] = {}
    for support in entry.supports if entry else ():
        unit = support_unit(held, support, area_pos)
        if unit is not None and unit != lead:
            units[unit.id] = unit
    return tuple(units.values())


def support_unit(held: Book, support: dict[str, str], area_pos: int) -> Unit | None:
    named = held.by_code.get(support.get("code", ""))
    return owner(held, OwnerRule(support["rule"]), named.id if named else None, area_pos)


def _clause(entry: Entry | None, precedent: Precedent | None) -> str:
    listed = f"{entry.item} {entry.clause}" if entry else ""
    if precedent is None:
        return listed
    ruling = f"权属裁定（{precedent.valid_from:%Y-%m-%d}）：{precedent.reason}"
    return f"{ruling}；{listed}"[:400] if listed else ruling[:400]


def _explain(held: Book, day: Day, found: Found, lead: Unit | None, category_id: UUID, area_pos: int) -> dict[str, Any]:
    """The same lines and lead are explained in the same words, so they are kept; the reader must not change them."""
    ruling = found.precedent.id if found.precedent else None
    key = (category_id, *map(id, found.entries), ruling, lead.id if lead else None, area_pos > 0)
    kept = day.explanations.get(key)
    if kept is None:
        if len(day.explanations) >= EXPLANATIONS_KEPT:
            day.explanations.clear()
        steps = [{"zh": zh, "en": en} for zh, en in _steps(held, day, found, lead, category_id, area_pos)]
        kept = {"steps": steps, "considered": _considered(held, day, found)}
        day.explanations[key] = kept
    return {**kept}


def _considered(held: Book, day: Day, found: Found) -> list[dict[str, Any]]:
    return [
        {
            "item": entry.item,
            "clause": entry.clause,
            "category": held.categories[entry.category_id].name,
            "area": _area(day, entry.area_id)[0],
            "chosen": position == 0 and found.precedent is None,
        }
        for position, entry in enumerate(found.entries[:10])
    ]


def _steps(
    held: Book, day: Day, found: Found, lead: Unit | None, category_id: UUID, area_pos: int
) -> Iterator[tuple[str, str]]:
    category = held.categories[category_id]
    if day.listed is None:
        yield f"{day.date} 没有生效的权责清单", f"no responsibility list is in force on {day.date}"
    else:
        yield (
            f"依据{day.listed.title}（{day.listed.version}，自 {day.listed.valid_from} 起施行）",
            f"By the list {day.listed.version}, in force from {day.listed.valid_from}",
        )
    if found.precedent is not None:
        named, named_en = _area(day, found.precedent.area_id)
        yield (
            f"权属裁定先于清单：{found.precedent.valid_from} 裁定“{category.name}”在{named}由{_name(lead)}负责，"
            f"理由：{found.precedent.reason}",
            f"A jurisdiction ruling of {found.precedent.valid_from} comes before the list: {category.code} "
            f"in {named_en} belongs to {_name(lead)}",
        )
    if not found.entries:
        yield (f"清单没有涉及“{category.name}”的条目", f"no line of the list covers {category.code} there")
        return
    yield _cite(held, day, found.entries[0], category_id)
    yield from _why(held, day, found, category_id)
    if found.precedent is None:
        yield _owner_sentence(found.entries[0], lead, area_pos)


def _cite(held: Book, day: Day, entry: Entry, category_id: UUID) -> tuple[str, str]:
    matter = held.categories[entry.category_id]
    named, named_en = _area(day, entry.area_id)
    kind = ListKind(entry.list_kind).label
    parent = "（上级分类）" if entry.category_id != category_id else ""
    return (
        f"第 {entry.item} 项（{kind}）：{matter.name}{parent}，适用{named}，依据：{entry.clause}",
        f"Item {entry.item}: {matter.code}, for {named_en}, clause: {entry.clause}",
    )


def _why(held: Book, day: Day, found: Found, category_id: UUID) -> Iterator[tuple[str, str]]:
    first = found.entries[0]
    for other in found.entries[1 : found.equal]:
        yield (
            f"与第 {other.item} 项效力相同，属清单重叠，暂按编号在前的第 {first.item} 项办理，请修订清单",
            f"Item {other.item} is of equal rank: an overlap; the smaller number {first.item} is taken for now",
        )
    for other in found.entries[found.equal : found.equal + 3]:
        if other.category_id != first.category_id:
            zh, en = "前者分类更具体", "its category is the more specific"
        elif other.area_id != first.area_id:
            zh, en = "前者适用范围更小", "its area is the smaller"
        else:
            zh, en = "先由较低层级处置", "the lower rung acts first"
        yield f"第 {first.item} 项优先于第 {other.item} 项：{zh}", f"Item {first.item} beats {other.item}: {en}"


def _owner_sentence(entry: Entry, lead: Unit | None, area_pos: int) -> tuple[str, str]:
    zh, en = RULE_TEXT[OwnerRule(entry.lead_rule)]
    if lead is not None:
        return f"主办按“{zh}”确定为{lead.name}", f"Lead by the rule “{en}”: {lead.name}"
    if not area_pos:
        return f"地点未定，无法按“{zh}”确定主办单位", f"The place is unknown, so “{en}” names nobody"
    return f"按“{zh}”找不到在用的单位", f"No active unit answers to “{en}”"


def _area(day: Day, area_id: UUID | None) -> tuple[str, str]:
    if area_id is None:
        return "全区", "the whole district"
    start = day.starts.get(area_id)
    name = day.places[start].name if start is not None else ""
    return name, name


def _name(unit: Unit | None) -> str:
    return unit.name if unit else ""
