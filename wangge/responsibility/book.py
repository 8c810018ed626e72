"""The lists, precedents, units and areas in memory, so that routing costs no query.

`current()` is at most STALE_AFTER seconds behind the database: then one cheap query asks whether anything that
routing reads has changed. `book.on(day)` is what holds on one day, ready to look up by tree position.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from wangge.areas.models import AreaVersion
from wangge.kit.tree import AREAS
from wangge.org.models import Unit, UnitKind
from wangge.responsibility import reading_rules
from wangge.responsibility.models import (
    Category,
    Entry,
    LearnedModel,
    ModelState,
    OwnerRule,
    Precedent,
    ReadingRules,
    ResponsibilityList,
)

STALE_AFTER = 5.0
DAYS_KEPT = 32
WHOLE_DISTRICT = 0
"""Stands for the position of an entry without area; real positions are above 0."""

SERVING = {
    OwnerRule.SUBDISTRICT: UnitKind.SUBDISTRICT,
    OwnerRule.COMMUNITY: UnitKind.COMMUNITY,
    OwnerRule.GRID: UnitKind.GRID_TEAM,
}
_DEPTHS = range(len(AREAS.bits) - 1, -1, -1)

# Entries are inserted and deleted, never updated: their number and newest id tell any change.
_SIGNATURE = """
select (select bit_xor(hashtextextended(c::text, 0)) from responsibility_category c),
       (select bit_xor(hashtextextended(l::text, 0)) from responsibility_responsibilitylist l),
       (select bit_xor(hashtextextended(p::text, 0)) from responsibility_precedent p),
       (select count(*) || coalesce(max(id::text), '') from responsibility_entry),
       (select bit_xor(hashtextextended(u::text, 0)) from org_unit u),
       (select token from areas_revision),
       (select hashtextextended(r.content::text, 0) from responsibility_readingrules r),
       (select m.id::text from responsibility_learnedmodel m where m.state = 'active')
"""


@dataclass(frozen=True)
class Place:
    """What routing reads of an area version."""

    area_id: UUID
    level: int
    code: str
    name: str
    pos: int
    pos_end: int
    valid_from: dt.date
    valid_to: dt.date | None

    def holds_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass
class Day:
    """What holds on one day. Keys of the look-ups: category and the position at which an area starts."""

    date: dt.date
    listed: ResponsibilityList | None
    entries: dict[tuple[UUID, int], tuple[Entry, ...]]
    precedents: dict[tuple[UUID, int], Precedent]
    places: dict[int, Place]
    starts: dict[UUID, int]
    unplaced: list[Entry]  # lines whose area does not exist on that day
    explanations: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)


@dataclass(eq=False)
class Book:
    signature: tuple[Any, ...]
    categories: dict[UUID, Category]
    chains: dict[UUID, tuple[UUID, ...]]
    lists: list[ResponsibilityList]
    precedents: list[Precedent]
    units: dict[UUID, Unit]
    by_code: dict[str, Unit]
    serving: Mapping[UnitKind, Mapping[int, Unit]]
    places: list[Place]
    reading: reading_rules.Rules
    learned: LearnedModel | None  # the version in use
    learned_before: list[LearnedModel]  # to go on with where its file cannot be read
    _entries: dict[UUID, list[Entry]] = field(default_factory=dict)
    _days: dict[dt.date, Day] = field(default_factory=dict)

    def list_on(self, day: dt.date) -> ResponsibilityList | None:
        """The list in force; of several the one that came last."""
        held = [row for row in self.lists if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)]
        return max(held, key=lambda row: (row.valid_from, row.id), default=None)

    def on(self, day: dt.date) -> Day:
        found = self._days.get(day)
        if found is None:
            found = self._compile(day)
            while len(self._days) >= DAYS_KEPT:
                self._days.pop(next(iter(self._days)), None)
            self._days[day] = found
        return found

    def unit_serving(self, pos: int, kind: UnitKind) -> Unit | None:
        """As `org.selectors.unit_serving`, without a query."""
        starts = self.serving[kind]
        for start in ancestors(pos):
            if (unit := starts.get(start)) is not None:
                return unit
        return None

    def entries_of(self, listed: ResponsibilityList) -> list[Entry]:
        if listed.id not in self._entries:
            self._entries[listed.id] = list(Entry.objects.filter(list=listed).order_by("item"))
        return self._entries[listed.id]

    def _compile(self, day: dt.date) -> Day:
        places = {place.pos: place for place in self.places if place.holds_on(day)}
        starts = {place.area_id: place.pos for place in places.values()}
        listed = self.list_on(day)
        grouped: defaultdict[tuple[UUID, int], list[Entry]] = defaultdict(list)
        unplaced = []
        for entry in self.entries_of(listed) if listed else ():
            start = WHOLE_DISTRICT if entry.area_id is None else starts.get(entry.area_id)
            if start is None:
                unplaced.append(entry)
            else:
                grouped[entry.category_id, start].append(entry)
        # The lowest rung of the ladder comes first, then the smallest number in the list.
        entries = {key: tuple(sorted(rows, key=lambda e: (-e.level, e.item))) for key, rows in grouped.items()}
        precedents: dict[tuple[UUID, int], Precedent] = {}
        for ruling in self.precedents:  # oldest first: the latest ruling stands
            if ruling.valid_from <= day and (ruling.valid_to is None or day < ruling.valid_to):
                start = WHOLE_DISTRICT if ruling.area_id is None else starts.get(ruling.area_id)
                if start is not None and self.units[ruling.lead_unit_id].active:
                    precedents[ruling.category_id, start] = ruling
        return Day(day, listed, entries, precedents, places, starts, unplaced)


@functools.lru_cache(maxsize=16_384)
def ancestors(pos: int) -> tuple[int, ...]:
    """Starts of the areas that contain the position, the smallest area first."""
    starts = (AREAS.ancestor(pos, depth) for depth in _DEPTHS)
    return tuple(dict.fromkeys(start for start in starts if start))


_lock = threading.Lock()
_book: Book | None = None
_draft: Book | None = None  # read within a transaction that has changed the lists: for nobody else
_looked_at = 0.0


def current() -> Book:
    global _book, _draft, _looked_at
    if _written_here():
        _draft = _up_to_date(_draft)
        return _draft
    book = _book
    if book is not None and time.monotonic() - _looked_at < STALE_AFTER:
        return book
    if not _lock.acquire(blocking=book is None):
        assert book is not None
        return book  # somebody else is looking already
    try:
        if _book is None or time.monotonic() - _looked_at >= STALE_AFTER:
            _book = _up_to_date(_book)
            _looked_at = time.monotonic()
        return _book
    finally:
        _lock.release()


def forget() -> None:
    """Ask the database next time."""
    global _looked_at
    _looked_at = -STALE_AFTER


def announce_write() -> None:
    """Called by services within the writing transaction."""
    transaction.on_commit(forget)


def _written_here() -> bool:
    # `forget` waits among the commit hooks exactly as long as this connection's changes are not committed.
    return connection.in_atomic_block and any(hook[1] is forget for hook in connection.run_on_commit)


def _up_to_date(book: Book | None) -> Book:
    signature = _signature()
    return book if book is not None and book.signature == signature else _read(signature)


def _signature() -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_SIGNATURE)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


def _read(signature: tuple[Any, ...]) -> Book:
    categories = {category.id: category for category in Category.objects.order_by("code")}
    units = {unit.id: unit for unit in Unit.objects.order_by("pos")}
    columns = ("area_id", "level", "code", "name", "pos", "pos_end", "valid_from", "valid_to")
    rows = AreaVersion.objects.filter(superseded_at=None).order_by("pos", "valid_from")
    places = [Place(*row) for row in rows.values_list(*columns)]
    active = LearnedModel.objects.filter(state=ModelState.ACTIVE).first()
    return Book(
        signature=signature,
        categories=categories,
        chains={id_: _chain(id_, categories) for id_ in categories},
        lists=list(ResponsibilityList.objects.order_by("valid_from", "id")),
        precedents=list(Precedent.objects.order_by("valid_from", "id")),
        reading=_reading(),
        learned=active,
        learned_before=_before(active) if active is not None else [],
        units=units,
        by_code={unit.code: unit for unit in units.values()},
        serving=_serving(units.values(), places),
        places=places,
    )


def _before(active: LearnedModel) -> list[LearnedModel]:
    earlier = LearnedModel.objects.filter(state=ModelState.RETIRED, activated_at__lt=active.activated_at)
    return list(earlier.order_by("-activated_at")[:2])


def _reading() -> reading_rules.Rules:
    row = ReadingRules.objects.first()
    return reading_rules.base() if row is None else reading_rules.of(json.dumps(row.content, sort_keys=True))


def _chain(category_id: UUID, categories: Mapping[UUID, Category]) -> tuple[UUID, ...]:
    """The category and its ancestors, nearest first."""
    chain: list[UUID] = []
    next_id: UUID | None = category_id
    while next_id is not None and next_id not in chain:
        chain.append(next_id)
        next_id = categories[next_id].parent_id
    return tuple(chain)


def _serving(units: Iterable[Unit], places: Sequence[Place]) -> dict[UnitKind, dict[int, Unit]]:
    versions: defaultdict[UUID, list[Place]] = defaultdict(list)
    for place in places:
        versions[place.area_id].append(place)
    found: dict[UnitKind, dict[int, tuple[tuple[int, int, int], Unit]]] = {kind: {} for kind in SERVING.values()}
    for unit in units:
        kind = UnitKind(unit.kind)
        if kind not in found or not unit.active or unit.area_id is None:
            continue
        for place in versions[unit.area_id]:
            until = dt.date.max if place.valid_to is None else place.valid_to
            rank = (-until.toordinal(), unit.pos, 0)  # as unit_serving: the version that lasts longest, then position
            if place.pos not in found[kind] or rank < found[kind][place.pos][0]:
                found[kind][place.pos] = (rank, unit)
    return {kind: {pos: unit for pos, (_, unit) in starts.items()} for kind, starts in found.items()}
