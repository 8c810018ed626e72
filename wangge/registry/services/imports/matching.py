"""Which known person a row means, and where the two differ.

The same number of a document; else the same name and birth in the same building, where not both have a number. Names
with the same pinyin initials, birth and building are likely one person misspelt: those a person decides. Whoever is
found by a 64-bit key is opened and compared, for a key only says where to look.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from wangge.areas.models import Level
from wangge.kit import pinyin
from wangge.kit.identity import DocumentKind
from wangge.kit.tree import AREAS
from wangge.registry import sealing
from wangge.registry.models import PersonStatus, Sex
from wangge.registry.sealing import PersonFacts
from wangge.registry.services.imports.checking import Resident
from wangge.registry.services.imports.places import entrance_key, room_key
from wangge.registry.services.imports.preparing import Prepared
from wangge.registry.services.imports.rows import Difference

GROUPS: Mapping[str, str] = {
    "name": "identity", "id_number": "identity", "sex": "identity", "birth": "identity", "ethnicity": "identity",
    "phone": "contact", "address": "living", "household": "living", "household_role": "living", "since": "living",
    "registration": "living", "registered_address": "living", "status": "living", "workplace": "work", "note": "work",
}  # fmt: skip
"""Which fields are found true together (the groups of FieldRule)."""

# {} says which people. Names in it are this module's own.
_SELECT = """
select p.id, p.sealed, p.id_kind, p.no_id_reason, p.status, p.sex, p.registration, p.household_role, p.area_pos,
       p.since, p.source, p.confirmed::text, p.version, p.household_id, p.dwelling_id, h.number, d.building_id, e.name,
       d.label, b.address
  from ({}) f join registry_person p on p.id = f.id
  left join registry_household h on h.id = p.household_id
  left join registry_dwelling d on d.id = p.dwelling_id
  left join registry_entrance e on e.id = d.entrance_id
  left join registry_building b on b.id = d.building_id
"""
# Two numbers of one kind of document tell people apart, so whom their numbers tell apart is not even opened.
_BY_KEY = _SELECT.format(
    "select id from registry_person where id_key = any(%s) union"
    " select q.id from unnest(%s::bigint[], %s::text[]) as w(key, numbered)"
    " join registry_person q on q.birth_key = w.key and (q.id_key is null or q.id_kind <> w.numbered)"
)
_NEAR = _SELECT.format(
    "select distinct q.id from unnest(%s::bigint[], %s::smallint[], %s::text[]) as w(key, year, numbered)"
    " join registry_person q on q.initials_key = w.key and q.birth_year = w.year"
    " and (q.id_key is null or q.id_kind <> w.numbered)"
)
_BY_ID = _SELECT.format("select unnest(%s::uuid[]) as id")
_SCANS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")

_GONE = frozenset({PersonStatus.MOVED_OUT, PersonStatus.DECEASED})


@dataclass(frozen=True, slots=True)
class Known:
    """A person of the registry, opened. `area_pos`: of the dwelling's grid, else the area they live in."""

    id: UUID
    facts: PersonFacts = field(repr=False)
    status: str
    sex: str
    registration: str
    household_role: str
    area_pos: int
    since: dt.date | None
    source: str
    confirmed: str
    version: int
    household_id: UUID | None
    dwelling_id: UUID | None
    household_number: str
    building_id: UUID | None
    entrance: str
    label: str
    building_address: str = field(repr=False)

    @property
    def address(self) -> str:
        return f"{self.building_address}{self.entrance}{self.label}"

    @property
    def registered_at(self) -> dt.datetime:
        """Out of the id, which is made with the row."""
        return dt.datetime.fromtimestamp((self.id.int >> 80) / 1000, dt.UTC)


@dataclass(frozen=True)
class Match:
    """`known` is the same person unless `double`. `fills` are given where nothing was known."""

    row: Prepared
    known: Known | None = None
    double: bool = False
    differences: tuple[Difference, ...] = ()
    fills: frozenset[str] = frozenset()


class Book:
    """The people known under the keys of a lot."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self.by_number: dict[str, Known] = {}
        self.by_name: dict[tuple[str, dt.date], list[Known]] = {}
        for known in map(opened, rows):
            if known is None:
                continue
            if known.facts.id_number:
                self.by_number.setdefault(known.facts.id_number, known)
            if known.facts.birth:
                self.by_name.setdefault((sealing.folded(known.facts.name), known.facts.birth), []).append(known)

    def same(self, given: Resident) -> Known | None:
        facts = given.facts
        found = self.by_number.get(facts.id_number) if facts.id_number else None
        if found is not None or facts.birth is None:
            return found
        named = self.by_name.get((sealing.folded(facts.name), facts.birth), ())
        return next((one for one in named if _may_be_one(one, facts) and _same_building(one, given)), None)


def match(rows: Sequence[Prepared]) -> list[Match]:
    """Each row with whom it means. No two of the rows may mean the same person: see `waves`."""
    ids = [key for row in rows for key in row.id_keys]
    births = [(key, _numbered(row)) for row in rows for key in row.birth_keys]
    book = Book(_fetch(_BY_KEY, [ids, [key for key, _ in births], [kind for _, kind in births]]))
    found, unknown = [], []
    for row in rows:
        assert row.given is not None
        known = book.same(row.given)
        if known is not None:
            found.append(compare(row, known))
        else:
            unknown.append(row)
    return found + _near_doubles(unknown)


def _numbered(row: Prepared) -> str:
    """The kind of document whose number the row gives; empty without one."""
    assert row.given is not None
    return row.given.facts.id_kind if row.given.facts.id_number else ""


Near = dict[tuple[str, dt.date], list[Known]]
"""By the initials of the name, and birth."""


def _near_doubles(rows: Sequence[Prepared]) -> list[Match]:
    wanted = {
        (key, row.given.facts.birth.year, _numbered(row))
        for row in rows
        if row.given is not None and row.given.facts.birth
        for key in row.initials_keys
    }
    near: Near = {}
    for fetched in _fetch(_NEAR, [list(column) for column in zip(*wanted, strict=True)]) if wanted else ():
        known = opened(fetched)
        if known is not None and known.facts.birth:
            near.setdefault((_initials(known.facts), known.facts.birth), []).append(known)
    return [_near(row, near) for row in rows] if near else [Match(row) for row in rows]


def _near(row: Prepared, near: Near) -> Match:
    given = row.given
    assert given is not None
    facts = given.facts
    for known in near.get((_initials(facts), facts.birth), ()) if facts.birth else ():
        if _may_be_one(known, facts) and _same_building(known, given):
            compared = compare(row, known)
            return Match(row, known, True, compared.differences, compared.fills)
    return Match(row)


def _initials(facts: PersonFacts) -> str:
    return pinyin.of_name(sealing.folded(facts.name) or "·").initials


Claims = set[tuple[str, Any]]


def waves(rows: Sequence[Prepared]) -> list[list[Prepared]]:
    """The rows of a lot apart where one may mean whom another adds: each wave is written before the next is matched."""
    found: list[list[Prepared]] = []
    taken: list[Claims] = []
    for row in rows:
        claims, shuns = _claims(row)
        # Behind the last wave it clashes with, so that a later row always meets what an earlier one wrote.
        place = next((n + 1 for n in range(len(taken) - 1, -1, -1) if taken[n] & shuns), 0)
        if place == len(found):
            found.append([])
            taken.append(set())
        found[place].append(row)
        taken[place] |= claims
    return found


def _claims(row: Prepared) -> tuple[Claims, Claims]:
    """What the row takes, and what it must not meet in its wave. Identity cards tell their holders apart."""
    given = row.given
    assert given is not None
    alike: Claims = {("birth", key) for key in row.birth_keys}
    alike |= {("near", (key, given.facts.birth)) for key in row.initials_keys}
    numbers: Claims = {("id", key) for key in row.id_keys}
    others = {("other", one) for one in alike}
    if _numbered(row) == DocumentKind.RESIDENT_ID:
        return numbers | {("card", one) for one in alike}, numbers | others
    return numbers | others, numbers | others | {("card", one) for one in alike}


def by_ids(ids: Sequence[UUID]) -> dict[UUID, Known]:
    return {known.id: known for known in map(opened, _fetch(_BY_ID, [list(ids)])) if known is not None}


def _fetch(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Thousands of single look-ups: to read all of a million rows is never better, whatever the statistics say."""
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"set local {one} = off" for one in _SCANS))
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        cursor.execute("; ".join(f"set local {one} = on" for one in _SCANS))
    return rows


@dataclass(frozen=True, slots=True)
class _Row:
    """What sealing.open_ asks for."""

    id: UUID
    sealed: bytes
    id_kind: str
    no_id_reason: str


def opened(row: Sequence[Any]) -> Known | None:
    pk, sealed, id_kind, reason, status, sex, registration, role, pos, since, source, confirmed, version, *rest = row
    if status == PersonStatus.ERASED:
        return None
    household_id, dwelling_id, number, building_id, entrance, label, address = rest
    facts = sealing.open_(_Row(pk, sealed, id_kind, reason))
    return Known(
        pk, facts, status, sex, registration, role, pos, since, source, confirmed, version, household_id, dwelling_id,
        number or "", building_id, entrance or "", label or "", address or "",
    )  # fmt: skip


def _may_be_one(known: Known, facts: PersonFacts) -> bool:
    """Two different numbers of one kind of document are two people: twins, and namesakes in one house."""
    numbers = known.facts.id_number, facts.id_number
    return not (all(numbers) and known.facts.id_kind == facts.id_kind and numbers[0] != numbers[1])


def _same_building(known: Known, given: Resident) -> bool:
    if known.building_id or given.where.building:
        return known.building_id == given.where.building
    return known.area_pos == given.where.pos


def compare(row: Prepared, known: Known) -> Match:
    """Field by field: what differs, and what was not known before."""
    assert row.given is not None
    differences, fills = [], set()
    for name, before, now in _pairs(known, row.given):
        if not now or before == now:
            continue
        if before:
            differences.append(Difference(name, before, now))
        else:
            fills.add(name)
    place = _place(known, row.given)
    if isinstance(place, Difference):
        differences.append(place)
    elif place:
        fills.add(place)
    if known.status in _GONE:  # where they live now is no gap to fill: it goes with coming back, or not at all
        fills -= {"address", "household", "household_role", "since"}
    return Match(row, known, False, tuple(differences), frozenset(fills))


def _pairs(known: Known, given: Resident) -> Iterable[tuple[str, str, str]]:
    old, new = known.facts, given.facts
    if sealing.folded(old.name) != sealing.folded(new.name):
        yield "name", old.name, new.name
    yield "id_number", old.id_number, new.id_number
    yield "birth", _day(old.birth), _day(new.birth)
    if new.phones and new.phones[0] not in old.phones:
        yield "phone", "、".join(old.phones), new.phones[0]
    yield "sex", "" if known.sex == Sex.UNKNOWN else known.sex, "" if given.sex == Sex.UNKNOWN else given.sex
    for name in ("registered_address", "ethnicity", "workplace", "note"):
        yield name, getattr(old, name), getattr(new, name)
    yield "registration", known.registration, given.registration
    yield "household", known.household_number, given.household_number
    yield "household_role", known.household_role, given.household_role
    yield "since", _day(known.since), _day(given.since)
    if known.status in _GONE:
        # Who left or died is in the sheet again: they came back, or the sheet is old. A person knows.
        yield "status", known.status, PersonStatus.LIVING_HERE


def _day(value: dt.date | None) -> str:
    return value.isoformat() if value else ""


def _place(known: Known, given: Resident) -> Difference | str:
    """A difference, `address` where the row says it more closely than it was known, or nothing."""
    where = given.where
    written = f"{where.entrance}{where.room}"
    if where.building is None:
        inside = where.pos <= known.area_pos < AREAS.end(where.pos, _level(where.pos))
        return "" if inside else Difference("address", known.address or "—", "—")
    if known.building_id is None:
        nearer = known.area_pos <= where.pos < AREAS.end(known.area_pos, _level(known.area_pos))
        return "address" if nearer else Difference("address", "—", written or "—")
    if known.building_id != where.building:
        return Difference("address", known.address, written or "—")
    if not where.room:
        return ""
    here = entrance_key(known.entrance), room_key(known.label)
    same = here == (entrance_key(where.entrance), room_key(where.room))
    return "" if same else Difference("address", known.address, written)


def _level(pos: int) -> int:
    """Of a position: the depth of its last ordinal."""
    return next(
        level for level in (Level.DISTRICT, Level.SUBDISTRICT, Level.COMMUNITY, Level.GRID, Level.COURTYARD)
        if AREAS.ancestor(pos, level) == pos
    )  # fmt: skip
