"""A person decides on a row in conflict or perhaps a double: keep, replace, fill gaps only, or somebody new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry.models import Import, ImportRow, ImportState
from wangge.registry.services import bulk, doubles, households, people, residence
from wangge.registry.services.bulk_rows import Lot
from wangge.registry.services.imports import rows as rows_of
from wangge.registry.services.imports import things_writing as things
from wangge.registry.services.imports.changing import Filled, fill
from wangge.registry.services.imports.checking import Resident, Sheet
from wangge.registry.services.imports.matching import Known, Match, by_ids, compare
from wangge.registry.services.imports.places import gather
from wangge.registry.services.imports.preparing import Prepared, Recipe, prepare
from wangge.registry.services.imports.rooms import Homes, Rooms
from wangge.registry.services.imports.rows import Held, Told
from wangge.registry.services.imports.things import check
from wangge.registry.services.imports.writing import Origin, add, tie
from wangge.registry.services.keeping import NotYours, hold_numbers, note, person_for_change

KEEP, REPLACE, MERGE, NEW = "keep", "replace", "merge", "new"
OUTCOMES = {KEEP: "kept", REPLACE: "replaced", MERGE: "merged", NEW: "new"}
_SEALED = ("name", "birth", "registered_address", "ethnicity", "workplace", "note")


class RowDecided(Conflict):
    code = "row_decided"
    title_zh = "这一行已处理过"
    title_en = "This row was decided on before"


class NotNew(Conflict):
    code = "not_new"
    title_zh = "证件号码相同，不能另行登记"
    title_en = "The number is the same: it cannot be somebody new"


@dataclass(frozen=True)
class _Case:
    """A row with what it holds, and who decides."""

    row: ImportRow
    held: Held
    sheet: Sheet
    cells: list[str]
    origin: Origin


def decisions(row: ImportRow, kind: str, *, elsewhere: bool) -> list[str]:
    """What may be decided on the row; on whom others keep, only to leave it so."""
    if row.outcome not in {rows_of.CONFLICT, rows_of.DOUBLE}:
        return []
    if elsewhere:
        return [KEEP]
    return [KEEP, REPLACE, MERGE, *([NEW] if kind == "residents" else [])]


def decide(*, import_id: UUID, row_id: UUID, decision: str, by: Actor) -> ImportRow:
    """`keep` changes nothing, `replace` takes what the sheet says, `merge` fills gaps only, `new` is somebody else."""
    if decision not in OUTCOMES:
        raise Invalid(errors=[field_error("body.decision", "应为 keep、replace、merge 或 new", "no such decision")])
    hold_numbers()
    run: Import | None = Import.objects.visible_to(by).select_for_update().filter(id=import_id).first()
    row: ImportRow | None = ImportRow.objects.select_for_update().filter(run_id=import_id, id=row_id).first()
    if run is None or row is None:
        raise NotFound
    held = rows_of.opened(row)
    if held is None or row.outcome not in {rows_of.CONFLICT, rows_of.DOUBLE}:
        raise RowDecided
    at = clock.now()
    columns = list(held.cells)
    sheet = Sheet(run.kind, columns, {name: name for name in columns})
    case = _Case(row, held, sheet, list(held.cells.values()), Origin(held.source[:40], at, by, run.id))
    if decision != KEEP:
        (_person if run.kind == "residents" else _thing)(case, decision)
    row.outcome, row.decided_by, row.decided_at = OUTCOMES[decision], by.user_id, at
    row.save(update_fields=["outcome", "decided_by", "decided_at", "subject_id"])
    _count(run, decision)
    rows_of.note(run, "decided", by, {"row": row.row, "decision": decision})
    return row


def _count(run: Import, decision: str) -> None:
    run.conflicts = max(run.conflicts - 1, 0)
    run.created += decision == NEW
    run.changed += decision in {REPLACE, MERGE}
    run.same += decision == KEEP
    still = ImportRow.objects.filter(run=run, outcome__in=(rows_of.CONFLICT, rows_of.DOUBLE)).exists()
    if run.state == ImportState.CONFLICTS and not still:
        run.state = ImportState.DONE
    run.save(update_fields=["conflicts", "created", "changed", "same", "state"])


def _person(case: _Case, decision: str) -> None:
    by = case.origin.by
    with scope.unrestricted():
        references = gather("residents", by.scope)
        (ready,) = prepare([(case.row.row, case.cells)], Recipe(tuple(case.held.cells), case.sheet.columns, references))
        if ready.errors or ready.given is None:
            raise Invalid(errors=ready.errors)
        assert case.row.subject_id is not None
        known = by_ids([case.row.subject_id]).get(case.row.subject_id)
        if decision == NEW:
            case.row.subject_id = _anew(ready, known, case)
            return
    if known is None:
        raise NotFound("对应的人员已不在册", "the person is no longer registered")
    if not by.scope.covers_area(known.area_pos):
        raise NotYours
    match = compare(ready, known)
    if decision == MERGE:
        if "id_number" in match.fills:  # somebody may have it by now
            doubles.refuse_number_of_others(known.id, ready.given.facts, area_pos=known.area_pos, by=by)
        _take(known, ready.given, match.fills, case)
    else:
        differing = {one.field for one in match.differences}
        _replace(match, known, ready.given, differing, case)


def _anew(ready: Prepared, known: Known | None, case: _Case) -> UUID:
    given = ready.given
    if known and given and given.facts.id_number and known.facts.id_number == given.facts.id_number:
        raise NotNew
    if given and given.facts.id_number and doubles.same_number(given.facts):
        raise NotNew
    told = Told()
    add([ready], told, origin=case.origin, rooms=Rooms(), column=case.sheet.columns)
    if told.failed:
        raise Invalid(errors=told.failed[0][1])
    assert ready.id is not None
    return ready.id


def _take(known: Known, given: Resident, taken: frozenset[str], case: _Case) -> None:
    """Only where nothing was known."""
    if not taken:
        return
    origin, rooms = case.origin, Rooms()
    with scope.unrestricted():
        dwelling = _dwelling(given, rooms, origin) if "address" in taken else None
        household = _household(given, dwelling or known.dwelling_id, origin) if "household" in taken else None
        home = household or known.household_id
        change = Filled(known, given, taken, home, dwelling or known.dwelling_id)
        fill([change], source=origin.source, at=origin.at, by=origin.by)
        if dwelling:
            bulk.load(Lot(ties=[tie(known.id, dwelling, given, origin)]))


def _dwelling(given: Resident, rooms: Rooms, origin: Origin) -> UUID | None:
    """The dwelling the row names, registered if it is new."""
    rooms.load([given.where])
    found = rooms.find(given.where, confirmed=origin.confirmed(given))
    entrances, dwellings = rooms.taken()
    bulk.load(Lot(entrances=entrances, dwellings=dwellings))
    return found


def _household(given: Resident, dwelling: UUID | None, origin: Origin) -> UUID | None:
    homes = Homes([given.household_number])
    joined = homes.join(given.household_number, given.where, dwelling, given.household_role, origin.confirmed(given))
    if isinstance(joined, tuple):
        raise Invalid(errors=[field_error("household_number", *joined)])
    bulk.load(Lot(households=[one._replace(members=0) for one in homes.added()]))
    return joined


def _replace(match: Match, known: Known, given: Resident, differing: set[str], case: _Case) -> None:
    """Through the verbs by which a person's record is kept: owners of fields and numbers of others are heeded there."""
    by, at, source = case.origin.by, case.origin.at, case.origin.source
    said = _said(given, differing | set(match.fills))
    version = known.version
    if said:
        version = people.change_person(
            person_id=known.id, version=version, given=said, by=by, source=source, propose=True, at=at
        ).version
    if {"address", "status"} & (differing | match.fills):
        with scope.unrestricted():
            dwelling = _dwelling(given, Rooms(), case.origin)
        if dwelling is None:
            raise Invalid(errors=[field_error("room", "迁入须填房号", "to move somebody in, the room is needed")])
        day = given.since or timezone.localdate(at)
        version = residence.move_person(
            person_id=known.id, version=version, dwelling_id=dwelling, by=by, on=day, source=source, at=at
        ).version
    if {"household", "household_role"} & (differing | match.fills) and given.household_number:
        _join(known.id, version, given, case)


def _join(person_id: UUID, version: int, given: Resident, case: _Case) -> None:
    by, at = case.origin.by, case.origin.at
    person = person_for_change(person_id, version=version, by=by)
    with scope.unrestricted():
        household = _household(given, person.dwelling_id, case.origin)
        assert household is not None
        households.join(person, household, given.household_role or "other", by=by, at=at)
        person.version += 1
        person.save()
        note(person, "person:join", by=by, at=at, household=household)


def _said(given: Resident, fields: set[str]) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(given.facts, name) for name in _SEALED if name in fields}
    if "id_number" in fields:
        said |= {"id_kind": given.facts.id_kind, "id_number": given.facts.id_number}
    if "phone" in fields:
        said["phones"] = list(given.facts.phones)
    return said | {name: getattr(given, name) for name in ("sex", "registration") if name in fields}


def _thing(case: _Case, decision: str) -> None:
    if decision == NEW:
        raise NotNew("编号相同，不能另行登记", "the code is the same: it cannot be another one")
    by, kind = case.origin.by, case.sheet.kind
    with scope.unrestricted():
        thing, errors = check(case.sheet, case.cells, gather(kind, by.scope))
        row = things.MODELS[kind]._default_manager.select_for_update().filter(pk=case.row.subject_id).first()
    if thing is None:
        raise Invalid(errors=errors)
    if row is None:
        raise NotFound
    if not by.scope.covers_area(row.area_pos):  # type: ignore[attr-defined]  # all of MODELS have one
        raise NotYours("不在您负责的区域", "it does not lie in your areas")
    differing = {one.field for one in case.held.differences}
    values: Mapping[str, Any] = {**thing.values, **thing.sealed}
    if thing.point and {"lon", "lat"} & differing:
        values = {**values, "lon": thing.point[0], "lat": thing.point[1]}
    said = {name: value for name, value in values.items() if value not in (None, "", [])}
    taken = said if decision == REPLACE else things.gaps(row, said, kind)
    if not taken:
        return
    with scope.unrestricted():
        things.change(row, taken, kind=kind, source=case.origin.source, at=case.origin.at, origin=case.origin)
