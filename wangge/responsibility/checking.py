"""The proof that every place × matter × time has exactly one owner, or the list of where it has not.

For each stretch of time in which nothing changes, each category's lines are painted over the places in tree order,
lines of lower rank first, just as `routing` would choose; whole runs of places are judged at once.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from wangge.areas.models import Level
from wangge.responsibility import book, routing
from wangge.responsibility.book import WHOLE_DISTRICT, Book, Day, Place
from wangge.responsibility.models import Category, Entry, OwnerRule

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Finding:
    """A run of places, neighbours in the tree, where a category has no owner or several, for a stretch of time."""

    category_code: str
    category: str
    area: str
    pos_from: int
    pos_to: int  # the last place of the run
    places: int
    date_from: dt.date
    date_to: dt.date | None
    items: tuple[str, ...]
    zh: str
    en: str


@dataclass(frozen=True)
class Dangling:
    """A line or ruling that names a unit or an area that is not there."""

    item: str
    part: str  # lead, support, first, area, precedent
    zh: str
    en: str


@dataclass(frozen=True)
class Unlisted:
    """A stretch of time in which no list is in force, so that nobody owns anything but by a ruling."""

    date_from: dt.date
    date_to: dt.date | None
    zh: str
    en: str


@dataclass
class Report:
    at: dt.date
    checked: int = 0  # pairs of place and category, over all stretches of time
    places: int = 0
    categories: int = 0
    holes: list[Finding] = field(default_factory=list)
    overlaps: list[Finding] = field(default_factory=list)
    dangling: list[Dangling] = field(default_factory=list)
    unlisted: list[Unlisted] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.holes and not self.overlaps and not self.unlisted


def check_owners(at: dt.date) -> Report:
    """Check every place × leaf category from the day `at` on, at each day on which something changes."""
    held = book.current()
    report = Report(at=at)
    days = _changes(held, at)
    dangling: dict[Dangling, None] = {}
    for day, until in zip(days, [*days[1:], None], strict=True):
        stretch = _stretch(held, held.on(day), until)
        leaves = [c for c in held.categories.values() if c.leaf and c.active]
        report.checked += len(leaves) * len(stretch.places)
        report.places, report.categories = len(stretch.places), len(leaves)
        for category in leaves:
            for kind, finding in _judge(stretch, category):
                (report.holes if kind == "hole" else report.overlaps).append(finding)
        dangling |= dict.fromkeys(_dangling(stretch))
    report.unlisted = _without_list(held, days)
    report.holes, report.overlaps = _joined(report.holes), _joined(report.overlaps)
    report.dangling = list(dangling)
    return report


def _without_list(held: Book, days: list[dt.date]) -> list[Unlisted]:
    """Also where no place exists yet: no place, no hole, and yet nothing is owned."""
    found: list[Unlisted] = []
    for day, until in zip(days, [*days[1:], None], strict=True):
        if held.on(day).listed is not None:
            continue
        begun = found.pop().date_from if found and found[-1].date_to == day else day
        zh = f"{begun} 起{f'至 {until}（不含）' if until else ''}没有生效的权责清单"
        en = f"no responsibility list is in force from {begun}{f' to before {until}' if until else ''}"
        found.append(Unlisted(begun, until, zh, en))
    return found


def _changes(held: Book, at: dt.date) -> list[dt.date]:
    periods = [(row.valid_from, row.valid_to) for row in held.lists]
    periods += [(row.valid_from, row.valid_to) for row in held.precedents]
    periods += [(place.valid_from, place.valid_to) for place in held.places]
    return sorted({at} | {day for period in periods for day in period if day is not None and day > at})


@dataclass
class _Stretch:
    """One stretch of time: what holds, its places in tree order, and where each category has lines."""

    held: Book
    day: Day
    until: dt.date | None
    places: list[Place]
    starts: NDArray[np.int64]
    entries: Mapping[UUID, list[int]]
    precedents: Mapping[UUID, list[int]]
    served: dict[OwnerRule, Mask] = field(default_factory=dict)

    def where_served(self, rule: OwnerRule) -> Mask:
        if rule not in self.served:
            owners = (routing.owner(self.held, rule, None, place.pos) for place in self.places)
            self.served[rule] = np.array([owner is not None for owner in owners], dtype=bool)
        return self.served[rule]


def _stretch(held: Book, day: Day, until: dt.date | None) -> _Stretch:
    every = [day.places[pos] for pos in sorted(day.places)]
    following = [place.pos for place in every[1:]] + [0] * bool(every)
    places = [  # grids and what lies in them; higher areas only where they are not divided further
        place
        for place, after in zip(every, following, strict=True)
        if place.level >= Level.GRID or not place.pos < after < place.pos_end
    ]
    starts = np.array([place.pos for place in places], dtype=np.int64)
    return _Stretch(held, day, until, places, starts, _by_category(day.entries), _by_category(day.precedents))


def _by_category(keys: Iterable[tuple[UUID, int]]) -> dict[UUID, list[int]]:
    """Where each category has lines; in tree order an area comes before the areas within it."""
    found: defaultdict[UUID, list[int]] = defaultdict(list)
    for category_id, start in sorted(keys, key=lambda key: key[1]):
        found[category_id].append(start)
    return found


def _judge(stretch: _Stretch, category: Category) -> Iterator[tuple[str, Finding]]:
    groups: list[tuple[Entry, ...] | None] = [()]  # no line; None: a ruling, whose unit is known to be active
    painted = np.zeros(len(stretch.places), dtype=np.int32)
    for start, group in _layers(stretch, category.id):
        painted[_span(stretch, start)] = len(groups)
        groups.append(group)
    for index, group in enumerate(groups):
        here = painted == index
        if group is None or not here.any():
            continue
        owned = _owned(stretch, group)
        yield from _findings(stretch, category, "hole", here & ~owned, group)
        if len(group) > 1:
            yield from _findings(stretch, category, "overlap", here & owned, group)


def _layers(stretch: _Stretch, category_id: UUID) -> Iterator[tuple[int, tuple[Entry, ...] | None]]:
    """Groups of equal rank from the lowest rank to the highest, with the position their area starts at."""
    upwards = stretch.held.chains[category_id]
    for id_ in reversed(upwards):
        for start in stretch.entries.get(id_, ()):
            entries = stretch.day.entries[id_, start]
            yield start, tuple(entry for entry in entries if entry.level == entries[0].level)
    for id_ in reversed(upwards):
        for start in stretch.precedents.get(id_, ()):
            yield start, None


def _span(stretch: _Stretch, start: int) -> slice:
    if start == WHOLE_DISTRICT:
        return slice(None)
    first, last = np.searchsorted(stretch.starts, (start, stretch.day.places[start].pos_end))
    return slice(int(first), int(last))


def _owned(stretch: _Stretch, group: tuple[Entry, ...]) -> Mask:
    if not group:
        return np.zeros(len(stretch.places), dtype=bool)
    rule = OwnerRule(group[0].lead_rule)
    if rule is OwnerRule.UNIT:
        named = routing.owner(stretch.held, rule, group[0].lead_unit_id, 0)
        return np.full(len(stretch.places), named is not None)
    return stretch.where_served(rule)


def _findings(
    stretch: _Stretch, category: Category, kind: str, where: Mask, group: tuple[Entry, ...]
) -> Iterator[tuple[str, Finding]]:
    indexes = np.flatnonzero(where)
    if not len(indexes):
        return
    items = tuple(entry.item for entry in group)
    if kind == "overlap":
        zh, en = f"第 {'、'.join(items)} 项效力相同", f"items {', '.join(items)} are of equal rank"
    elif not group:
        zh, en = "没有条目涉及", "no line covers it"
    else:
        rule_zh, rule_en = routing.RULE_TEXT[OwnerRule(group[0].lead_rule)]
        zh = f"第 {items[0]} 项的“{rule_zh}”没有在用的单位"
        en = f"no active unit answers to “{rule_en}” of item {items[0]}"
    for run in np.split(indexes, np.flatnonzero(np.diff(indexes) > 1) + 1):
        first, last = int(run[0]), int(run[-1])
        yield (
            kind,
            Finding(
                category_code=category.code,
                category=category.name,
                area=_named(stretch, first, last),
                pos_from=stretch.places[first].pos,
                pos_to=stretch.places[last].pos,
                places=last - first + 1,
                date_from=stretch.day.date,
                date_to=stretch.until,
                items=items,
                zh=zh,
                en=en,
            ),
        )


def _named(stretch: _Stretch, first: int, last: int) -> str:
    """The largest area that is exactly this run, else its first and last place."""
    if last - first + 1 == len(stretch.places):
        return "全区"
    name = ""
    for start in book.ancestors(stretch.places[first].pos):
        if start in stretch.day.places and _span(stretch, start) == slice(first, last + 1):
            name = stretch.day.places[start].name
    return name or f"{stretch.places[first].name} 至 {stretch.places[last].name}"


def _joined(findings: list[Finding]) -> list[Finding]:
    """The same finding in stretches of time that follow one another is one finding."""
    joined: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        runs = joined.setdefault((one.category_code, one.pos_from, one.pos_to, one.items, one.zh), [])
        if runs and runs[-1].date_to == one.date_from:
            runs[-1] = replace(runs[-1], date_to=one.date_to)
        else:
            runs.append(one)
    return [one for runs in joined.values() for one in runs]


def _dangling(stretch: _Stretch) -> Iterator[Dangling]:
    held, day = stretch.held, stretch.day
    for entry in day.unplaced:
        yield Dangling(entry.item, "area", "适用区域在当日已不存在", "its area does not exist on that day")
    for ruling in held.precedents:
        if ruling.valid_from <= day.date and (ruling.valid_to is None or day.date < ruling.valid_to):
            category = held.categories[ruling.category_id].code
            if not held.units[ruling.lead_unit_id].active:
                yield Dangling(category, "precedent", "裁定的单位已停用", "the unit it names is not active")
            elif ruling.area_id is not None and ruling.area_id not in day.starts:
                yield Dangling(category, "precedent", "裁定的区域已不存在", "its area does not exist on that day")
    unserved: set[tuple[str, OwnerRule]] = set()
    for entry in held.entries_of(day.listed) if day.listed else ():
        if entry.lead_unit_id is not None and not held.units[entry.lead_unit_id].active:
            unit = held.units[entry.lead_unit_id].name
            yield Dangling(entry.item, "lead", f"主办单位“{unit}”已停用", f"the lead unit {unit} is not active")
        for part, rule, code in _named_parts(entry):
            if rule is OwnerRule.UNIT:
                unit_found = held.by_code.get(code)
                if unit_found is None or not unit_found.active:
                    zh, en = f"协办单位 {code} 不存在或已停用", f"the support unit {code} is missing or not active"
                    yield Dangling(entry.item, part, zh, en)
            elif (part, rule) not in unserved and not stretch.where_served(rule).all():
                unserved.add((part, rule))
                count = int((~stretch.where_served(rule)).sum())
                zh, en = routing.RULE_TEXT[rule]
                yield Dangling(
                    entry.item, part, f"有 {count} 处没有“{zh}”单位", f"{count} places have no unit for “{en}”"
                )


def _named_parts(entry: Entry) -> Iterator[tuple[str, OwnerRule, str]]:
    for support in entry.supports:
        yield "support", OwnerRule(support["rule"]), support.get("code", "")
    if entry.first_actor != OwnerRule.UNIT:
        yield "first", OwnerRule(entry.first_actor), ""
