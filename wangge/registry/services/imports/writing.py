"""A lot of prepared residents into the tables: one transaction, which also says how far the import has come."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from wangge.audit import chain
from wangge.audit import services as audit
from wangge.audit.models import Entry
from wangge.kit.ids import uuid7
from wangge.org.scope import Actor
from wangge.registry.models import Household, PersonStatus, Tag, TagKind, TieKind
from wangge.registry.services import bulk
from wangge.registry.services.bulk_rows import Lot, PersonRow, TagRow, TieRow
from wangge.registry.services.imports.changing import Filled, fill
from wangge.registry.services.imports.checking import Resident
from wangge.registry.services.imports.matching import GROUPS, Match, match, waves
from wangge.registry.services.imports.preparing import Prepared
from wangge.registry.services.imports.rooms import Homes, Rooms
from wangge.registry.services.imports.rows import CONFLICT, DOUBLE, Difference, Doubt, Told

_BEGINNING = chain.Tip()
REVIEW_DAYS, EXPIRY_DAYS = 30, 30  # of a month of a tag's kind


@dataclass(frozen=True)
class Origin:
    """Where the rows come from: what is written with each."""

    source: str
    at: dt.datetime
    by: Actor
    import_id: UUID

    def of(self, given: Resident) -> str:
        return given.source or self.source

    def confirmed(self, given: Resident) -> str:
        return _confirmed(
            self.at, self.by.unit_id, self.of(given), bool(given.facts.phones), bool(given.facts.workplace)
        )


@functools.lru_cache(maxsize=64)
def _confirmed(at: dt.datetime, unit: UUID | None, source: str, contact: bool, work: bool) -> str:
    entry = {"at": at.isoformat(timespec="seconds"), "unit": str(unit) if unit else None, "source": source}
    groups = ["identity", "living", *(["contact"] if contact else []), *(["work"] if work else [])]
    return json.dumps(dict.fromkeys(groups, entry), ensure_ascii=False)


def write(rows: Sequence[Prepared], *, origin: Origin, rooms: Rooms, column: Mapping[str, str]) -> Told:
    """Compare with what is known and write what is new or fills a gap. `column`: a field's heading in the sheet.

    In the caller's transaction, which sees everything.
    """
    told = Told(failed=[(row.number, row.errors) for row in rows if row.errors])
    for wave in waves([row for row in rows if not row.errors]):
        new: list[Prepared] = []
        fills: list[Match] = []
        tagged = _tagged(found := match(wave))
        for one in found:
            if one.known is None:
                new.append(one.row)
            elif one.double or one.differences or not origin.by.scope.covers_area(one.known.area_pos):
                told.doubts.append(doubt(one, origin.by))
            elif one.fills or _new_tags(one, tagged):
                fills.append(one)
        add(new, told, origin=origin, rooms=rooms, column=column)
        _fill(fills, tagged, told, origin=origin, rooms=rooms, column=column)
    return told


def doubt(one: Match, by: Actor) -> Doubt:
    """With whence and since when the known value is."""
    known = one.known
    assert known is not None
    confirmed = json.loads(known.confirmed)
    found = []
    for difference in one.differences:
        entry = confirmed.get(GROUPS.get(difference.field, ""), {})
        found.append(
            Difference(
                difference.field, difference.known, difference.given, entry.get("source") or known.source,
                entry.get("at") or known.registered_at.isoformat(timespec="seconds"),
            )
        )  # fmt: skip
    elsewhere = not by.scope.covers_area(known.area_pos)
    return Doubt(one.row.number, DOUBLE if one.double else CONFLICT, known.id, found, elsewhere)


def _tagged(found: Iterable[Match]) -> set[tuple[UUID, str]]:
    people = [one.known.id for one in found if one.known and one.row.given and one.row.given.tags]
    if not people:
        return set()
    return set(Tag.objects.filter(person__in=people, ended_on__isnull=True).values_list("person_id", "kind_id"))


def _new_tags(one: Match, tagged: set[tuple[UUID, str]]) -> tuple[str, ...]:
    if one.known is None or one.row.given is None:
        return ()
    return tuple(tag for tag in one.row.given.tags if (one.known.id, tag) not in tagged)


def add(rows: Sequence[Prepared], told: Told, *, origin: Origin, rooms: Rooms, column: Mapping[str, str]) -> None:
    homes = Homes([row.given.household_number for row in rows if row.given and row.given.household_number])
    rooms.load(row.given.where for row in rows if row.given)
    lot = Lot(persons=(people := []), ties=(ties := []), tags=(tags := []))
    for row in rows:
        given, sealed, pk = row.given, row.sealed, row.id
        assert given is not None
        assert sealed is not None
        assert pk is not None
        confirmed = origin.confirmed(given)
        dwelling = rooms.find(given.where, confirmed=confirmed)
        household: UUID | None = None
        if given.household_number:
            joined = homes.join(given.household_number, given.where, dwelling, given.household_role, confirmed)
            if isinstance(joined, tuple):
                told.failed.append((row.number, [_refused(column, joined)]))
                continue
            household = joined
        people.append(
            PersonRow(
                pk, given.registration, PersonStatus.LIVING_HERE, given.sex,
                given.facts.birth.year if given.facts.birth else None, given.facts.id_kind, given.facts.no_id_reason,
                sealed.sealed, sealed.id_key, sealed.phone_key, sealed.tail_key, sealed.name_key, sealed.initials_key,
                sealed.birth_key, household, given.household_role, dwelling, given.where.pos, given.since,
                origin.of(given), "resident", confirmed,
            )
        )  # fmt: skip
        if dwelling:
            ties.append(tie(pk, dwelling, given, origin))
        tags += tags_of(pk, given.tags, given, origin)
        told.created.append(pk)
    lot.entrances, lot.dwellings = rooms.taken()
    lot.households = homes.added()
    bulk.load(lot)
    grow(homes)
    audit.record_many([_entry(person, origin) for person in people])


def _entry(person: PersonRow, origin: Origin) -> Entry:
    """The first of the person's log; new, they have no entry before it."""
    return chain.next_entry(
        tip=_BEGINNING,
        subject_type="person",
        subject_id=person.id,
        action="registry:person:import",
        actor=origin.by,
        area_pos=person.area_pos,
        data={"import": str(origin.import_id), "source": person.source},
        at=origin.at,
    )


def grow(homes: Homes) -> None:
    for pk, count in homes.grown().items():
        Household.objects.filter(pk=pk).update(members=F("members") + count)


def _refused(column: Mapping[str, str], why: tuple[str, str]) -> dict[str, str]:
    return {"at": column.get("household_number", "户号"), "zh": why[0], "en": why[1]}


def tie(person: UUID, dwelling: UUID, given: Resident, origin: Origin) -> TieRow:
    return TieRow(
        uuid7(), TieKind.LIVES, person, None, dwelling, given.where.building, None, "", given.since, None,
        given.where.pos, origin.of(given), origin.at,
    )  # fmt: skip


@functools.lru_cache(maxsize=1)
def _kinds(token: dt.datetime) -> dict[str, TagKind]:
    return {one.code: one for one in TagKind.objects.all()}


def tags_of(person: UUID, codes: Iterable[str], given: Resident, origin: Origin) -> list[TagRow]:
    """With the purpose, basis and times of the group's kind."""
    found, day = [], timezone.localdate(origin.at)
    for code in codes:
        kind = _kinds(origin.at)[code]
        found.append(
            TagRow(
                uuid7(), person, code, kind.purpose, kind.legal_basis, origin.of(given)[:80], day,
                day + dt.timedelta(days=REVIEW_DAYS * kind.review_months),
                day + dt.timedelta(days=EXPIRY_DAYS * kind.expires_months), None, -1, given.where.pos,
            )
        )  # fmt: skip
    return found


def _fill(
    found: Sequence[Match],
    tagged: set[tuple[UUID, str]],
    told: Told,
    *,
    origin: Origin,
    rooms: Rooms,
    column: Mapping[str, str],
) -> None:
    """What was not known before, and tags nobody had given."""
    if not found:
        return
    homes = Homes([one.row.given.household_number for one in found if "household" in one.fills and one.row.given])
    rooms.load(one.row.given.where for one in found if one.row.given)
    lot = Lot(ties=(ties := []), tags=(tags := []))
    changes: list[Filled] = []
    for one in found:
        given, known = one.row.given, one.known
        assert given is not None
        assert known is not None
        dwelling = rooms.find(given.where, confirmed=origin.confirmed(given)) if "address" in one.fills else None
        home, household = dwelling or known.dwelling_id, known.household_id
        if "household" in one.fills:
            confirmed = origin.confirmed(given)
            joined = homes.join(given.household_number, given.where, home, given.household_role, confirmed)
            if isinstance(joined, tuple):
                told.failed.append((one.row.number, [_refused(column, joined)]))
                continue
            household = joined
        if dwelling:
            ties.append(tie(known.id, dwelling, given, origin))
        tags += tags_of(known.id, _new_tags(one, tagged), given, origin)
        changes.append(Filled(known, given, one.fills, household, home))
        told.changed += 1
    lot.entrances, lot.dwellings = rooms.taken()
    lot.households = homes.added()
    bulk.load(lot)
    fill(changes, source=origin.source, at=origin.at, by=origin.by)
    grow(homes)
