"""Registering people and changing what is known of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.kit import clock
from wangge.kit.errors import Forbidden, Invalid, NotFound, field_error
from wangge.kit.identity import DocumentKind
from wangge.kit.ids import uuid7
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org.models import Unit
from wangge.org.scope import Actor
from wangge.registry import sealing
from wangge.registry.models import Person, PersonStatus, Registration, Sex
from wangge.registry.selectors.readers import rules_of
from wangge.registry.services import corrections, doubles, facts, residence
from wangge.registry.services.households import check_new_role, join
from wangge.registry.services.keeping import (
    dwelling_in_scope,
    found_true,
    hold_numbers,
    household_for_change,
    note,
    person_for_change,
    without_number,
)
from wangge.registry.wording import field_names

_OPEN = ("sex", "registration")
_COLUMNS_OF_DOCUMENT = ("id_kind", "id_number", "no_id_reason")
_NOTHING = ("", None, (), DocumentKind.NONE, Sex.UNKNOWN)  # known of a field that anyone may fill in


class FieldOwned(Forbidden):
    code = "field_owned"
    title_zh = "该项由主管部门维护"
    title_en = "A department keeps this field"


def add_person(
    *,
    given: Mapping[str, Any],
    registration: str,
    by: Actor,
    dwelling_id: UUID | None = None,
    area_id: UUID | None = None,
    role: str = "",
    household_id: UUID | None = None,
    household_role: str = "other",
    since: dt.date | None = None,
    source: str = "",
    two_people: bool = False,
    at: dt.datetime | None = None,
) -> Person:
    """A person at a dwelling, or in a grid or community when they have none.

    Somebody of that number and name who had moved out comes back as the same person; anybody else with the number
    raises AlreadyRegistered. `two_people`: the actor has compared with whoever shares name and day of birth.
    """
    at = at or clock.now()
    today = timezone.localdate(at)
    hold_numbers()
    checked = facts.check(given, today=today)
    without_number("body.source", source)
    without_number("body.role", role)
    _check_registration(registration)
    if since is not None and since > today:
        raise Invalid(errors=[field_error("body.since", "日期在将来", "lies in the future")])
    dwelling = dwelling_in_scope(dwelling_id, by=by) if dwelling_id else None
    area_pos = dwelling.area_pos if dwelling else _area_in_scope(area_id, by)
    if household_id is not None:
        household_for_change(household_id, version=None, by=by)
    before = doubles.returning(checked.facts, area_pos=area_pos, by=by)
    if before is None and not two_people:
        doubles.refuse_double(checked.facts, by=by)
    with scope.unrestricted():
        if before is not None:
            person, since = _come_back(before, given, registration, by=by, at=at), since or today
        else:
            person = _new(checked, registration, area_pos, source=source, by=by, at=at)
        if dwelling is not None:
            residence.settle(person, dwelling, on=since, role=role, source=source, at=at)
        else:
            residence.place(person, area_pos)
        if household_id is not None:
            join(person, household_id, household_role, by=by, at=at)
        residence.keep(person)
    return person


def change_person(
    *,
    person_id: UUID,
    version: int,
    given: Mapping[str, Any],
    by: Actor,
    source: str = "",
    propose: bool = False,
    at: dt.datetime | None = None,
) -> Person:
    """What of `given` differs from what is known. A field that a department owns is refused, naming the owner; with
    `propose` it is kept for the owner to accept, and the rest is changed.
    """
    at = at or clock.now()
    if "id_number" in given:
        hold_numbers()
    person = person_for_change(person_id, version=version, by=by)
    without_number("body.source", source)
    known, today = sealing.open_(person), timezone.localdate(at)
    checked = facts.check(given, today=today, known=known, sex=person.sex)
    if "registration" in given:
        _check_registration(given["registration"])
    if given.get("household_role", person.household_role) != person.household_role:
        check_new_role(person, given["household_role"])
    changed = _changed(person, known, checked, given)
    theirs = _owned_by_others(person, known, changed, by)
    if theirs:
        if not propose:
            raise _owned_by(theirs)
        _propose(person, known, checked, theirs, given, source=source, by=by, at=at)
        given = {name: value for name, value in given.items() if name not in theirs}
        checked = facts.check(given, today=today, known=known, sex=person.sex)
        changed = _changed(person, known, checked, given)
    if not changed:
        return person
    if changed & set(_COLUMNS_OF_DOCUMENT) and checked.facts.id_number:
        doubles.refuse_number_of_others(person.pk, checked.facts, area_pos=person.area_pos, by=by)
    with scope.unrestricted():
        residence.seal(person, checked.facts, AREAS.ancestor(person.area_pos, Level.COMMUNITY))
        person.sex = checked.sex
        person.registration = given.get("registration", person.registration)
        person.household_role = given.get("household_role", person.household_role)
        person.confirmed |= found_true(_groups(changed), by=by, at=at, source=source[:40] or "走访")
        residence.keep(person)
        note(person, "person:change", by=by, at=at, fields=sorted(changed))
        corrections.outdate(person, changed, at=at)
    return person


def confirm_person(
    *, person_id: UUID, groups: Iterable[str], by: Actor, source: str = "", at: dt.datetime | None = None
) -> Person:
    """These groups of fields were found to be as they stand; no new version, since nothing changed."""
    at = at or clock.now()
    person = person_for_change(person_id, version=None, by=by)
    without_number("body.source", source)
    known = {rule.group for rule in rules_of("person").values()}
    wanted = sorted(set(groups))
    strange = [group for group in wanted if group not in known]
    if strange or not wanted:
        names = "、".join(sorted(known))
        raise Invalid(errors=[field_error("body.groups", f"应为：{names}", f"some of {', '.join(sorted(known))}")])
    with scope.unrestricted():
        person.confirmed |= found_true(wanted, by=by, at=at, source=source[:40] or "走访")
        person.save(update_fields=["confirmed"])
        note(person, "person:confirm", by=by, at=at, groups=wanted)
    return person


def _new(
    checked: facts.Checked, registration: str, area_pos: int, *, source: str, by: Actor, at: dt.datetime
) -> Person:
    person = Person(
        id=uuid7(),
        registration=registration,
        sex=checked.sex,
        area_pos=area_pos,
        source=source[:40] or "grid",
        version=0,  # the first save makes it 1
    )
    residence.seal(person, checked.facts, AREAS.ancestor(area_pos, Level.COMMUNITY))
    given = sorted(name for name in facts.SEALED if getattr(checked.facts, name))
    person.confirmed = found_true(_groups({*given, *_OPEN, "dwelling"}), by=by, at=at, source=source[:40] or "走访")
    person.save(force_insert=True)
    note(person, "person:add", by=by, at=at, fields=given)
    return person


def _come_back(person: Person, given: Mapping[str, Any], registration: str, *, by: Actor, at: dt.datetime) -> Person:
    """The same person goes on; what is said now counts, what is not said stays known, and what a department owns it
    alone changes.
    """
    locked: Person = Person.objects.select_for_update().get(pk=person.pk)
    if locked.status != PersonStatus.MOVED_OUT:
        raise doubles.AlreadyRegistered
    known = sealing.open_(locked)
    said = {name: value for name, value in given.items() if name != "name" and value not in ("", None, [])}
    checked = facts.check(said, today=timezone.localdate(at), known=known, sex=locked.sex)
    changed = _changed(locked, known, checked, {**said, "registration": registration})
    if theirs := _owned_by_others(locked, known, changed, by):
        raise _owned_by(theirs)
    residence.seal(locked, checked.facts, AREAS.ancestor(locked.area_pos, Level.COMMUNITY))
    locked.sex, locked.registration = checked.sex, registration
    locked.status = PersonStatus.LIVING_HERE
    locked.retention, locked.delete_after = "resident", None
    locked.confirmed |= found_true(_groups({*said, "dwelling"}), by=by, at=at, source="走访")
    note(locked, "person:come_back", by=by, at=at, fields=sorted(said))
    return locked


def _changed(person: Person, known: sealing.PersonFacts, checked: facts.Checked, given: Mapping[str, Any]) -> set[str]:
    changed = {name for name in facts.SEALED if getattr(known, name) != getattr(checked.facts, name)}
    if checked.sex != person.sex:
        changed.add("sex")
    columns = ("registration", "household_role")
    return changed | {name for name in columns if name in given and given[name] != getattr(person, name)}


def _owned_by_others(
    person: Person, known: sealing.PersonFacts, changed: set[str], by: Actor
) -> dict[str, tuple[str, Unit | None]]:
    """Whose they are, by field: what nobody knew yet anyone may fill in; what is known, its owner changes."""
    rules = rules_of("person")
    filled = {name for name in changed if _value(person, known, name) not in _NOTHING}
    owned = {name: rules[name].owner for name in filled if name in rules and rules[name].owner != "grid"}
    if not owned:
        return {}
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=set(owned.values()))}
    mine = {code for code, unit in units.items() if unit.pk == by.unit_id}
    return {name: (code, units.get(code)) for name, code in owned.items() if code not in mine}


def _propose(
    person: Person,
    known: sealing.PersonFacts,
    checked: facts.Checked,
    theirs: Mapping[str, tuple[str, Unit | None]],
    given: Mapping[str, Any],
    *,
    source: str,
    by: Actor,
    at: dt.datetime,
) -> None:
    """Only what was written: what a number says of birth and sex follows it when it is accepted."""
    wanted = {name: unit for name, (_, unit) in theirs.items() if unit is not None and name in given}
    if not wanted:
        raise _owned_by(theirs)
    kind = ""
    if "id_number" in wanted:  # a number is of a kind: accepted together, for neither is right without the other
        kind = checked.facts.id_kind
        wanted.pop("id_kind", None)
    values = {
        name: (_value(person, known, name), checked.sex if name == "sex" else _value(person, checked.facts, name))
        for name in wanted
    }
    with scope.unrestricted():
        corrections.propose(person, values, owners=wanted, reason=source or "走访", id_kind=kind, by=by, at=at)


def _value(person: Person, held: sealing.PersonFacts, name: str) -> Any:
    return getattr(held, name) if name in facts.SEALED else getattr(person, name)


def _owned_by(theirs: Mapping[str, tuple[str, Unit | None]]) -> FieldOwned:
    errors, said = [], []
    for name, (code, unit) in sorted(theirs.items()):
        owner = unit.name if unit else code
        zh, en = field_names([name])
        errors.append(field_error(f"body.{name}", f"由{owner}维护，可提出更正建议", f"kept by {owner}: propose it"))
        said.append((f"{zh}由{owner}维护", f"{en} is kept by {owner}"))
    codes = {name: code for name, (code, _) in theirs.items()}
    return FieldOwned("；".join(zh for zh, _ in said), "; ".join(en for _, en in said), errors=errors, owners=codes)


def _groups(fields: Iterable[str]) -> set[str]:
    rules = rules_of("person")
    return {rules[name].group for name in fields if name in rules}


def _check_registration(registration: str) -> None:
    if registration not in Registration.values:
        raise Invalid(errors=[field_error("body.registration", "没有这种人口类型", "there is no such registration")])


def _area_in_scope(area_id: UUID | None, by: Actor) -> int:
    """The position of a grid or community of the actor's."""
    if area_id is None:
        raise Invalid(errors=[field_error("body.dwelling", "请选择房屋，或选择网格", "choose a dwelling or a grid")])
    area = areas.version_at(area_id)
    if area is None or not by.scope.covers_area(area.pos):
        raise NotFound
    if area.level < Level.COMMUNITY:
        raise Invalid(errors=[field_error("body.area", "请选到社区或网格", "choose a community or a grid")])
    return area.pos
