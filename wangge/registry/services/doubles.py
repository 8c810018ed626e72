"""Whether somebody is registered already: by the number of their document, else by name and day of birth."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.kit.crypto import mask_name
from wangge.kit.errors import Conflict
from wangge.kit.text import visible
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org import selectors as org
from wangge.org.models import Unit, UnitKind
from wangge.org.scope import Actor
from wangge.registry import sealing
from wangge.registry.models import Person, PersonStatus
from wangge.registry.sealing import PersonFacts
from wangge.registry.services.keeping import hold_number

_SERVING = ((Level.COMMUNITY, UnitKind.COMMUNITY), (Level.SUBDISTRICT, UnitKind.SUBDISTRICT))


class AlreadyRegistered(Conflict):
    code = "already_registered"
    title_zh = "证件号码已登记"
    title_en = "The number is already registered"


class PossibleDouble(Conflict):
    code = "possible_double"
    title_zh = "可能重复登记"
    title_en = "Perhaps registered already"


def returning(facts: PersonFacts, *, area_pos: int, by: Actor) -> Person | None:
    """Who comes back: the same number and name, moved out before. AlreadyRegistered for anybody else with it."""
    if not facts.id_number:
        return None
    for other in same_number(facts):
        if other.status == PersonStatus.MOVED_OUT and _same_name(other, facts):
            return other
        raise _registered(other, facts, area_pos, by)
    return None


def refuse_number_of_others(person_id: UUID, facts: PersonFacts, *, area_pos: int, by: Actor) -> None:
    for other in same_number(facts):
        if other.pk != person_id:
            raise _registered(other, facts, area_pos, by)


def same_number(facts: PersonFacts) -> list[Person]:
    """Everywhere in the district; from here on nobody else registers this number before we are done."""
    keys = sealing.id_keys(facts.id_number)
    hold_number(keys[0])
    with scope.unrestricted():
        found = list(Person.objects.filter(id_key__in=keys).exclude(status=PersonStatus.ERASED).order_by("pk"))
    opened = [(one, sealing.open_(one)) for one in found]
    return [one for one, held in opened if (held.id_number, held.id_kind) == (facts.id_number, facts.id_kind)]


def refuse_double(facts: PersonFacts, *, by: Actor) -> None:
    """PossibleDouble when somebody of this name was born that day and no two numbers tell them apart. Who sends the
    same form twice waits here for the first.
    """
    if facts.birth is not None:
        hold_number(sealing.birth_keys(facts.name, facts.birth)[0])
    found = [one for one in same_birth(facts, by=by) if not _told_apart(one, facts)]
    if found:
        raise PossibleDouble(
            "已有同名且同日出生的人：请核对，确为两人的再选“另行登记”",
            "somebody of this name was born that day: compare, and register anew only when they are two",
            candidates=[named(one) for one in found],
        )


def same_birth(facts: PersonFacts, *, by: Actor) -> list[Person]:
    """Of the same name and day of birth, among those the actor sees."""
    if facts.birth is None:
        return []
    keys = sealing.birth_keys(facts.name, facts.birth)
    people = Person.objects.visible_to(by).filter(birth_key__in=keys).exclude(status=PersonStatus.ERASED)
    return [one for one in people.order_by("pk") if _same_name(one, facts) and sealing.open_(one).birth == facts.birth]


def named(person: Person) -> dict[str, Any]:
    """Enough to know somebody again whom one sees anyway."""
    here = areas.area_for_pos(person.area_pos)
    return {
        "id": str(person.pk),
        "name": visible(mask_name(sealing.open_(person).name)),
        "birth_year": person.birth_year,
        "grid": here.name if here else "",
        "status": person.status,
    }


def _same_name(person: Person, facts: PersonFacts) -> bool:
    return sealing.folded(sealing.open_(person).name) == sealing.folded(facts.name)


def _told_apart(person: Person, facts: PersonFacts) -> bool:
    return bool(facts.id_number) and person.id_key is not None and person.id_key not in sealing.id_keys(facts.id_number)


def _registered(other: Person, facts: PersonFacts, area_pos: int, by: Actor) -> AlreadyRegistered:
    seen = by.scope.covers_area(other.area_pos) or Person.objects.visible_to(by).filter(pk=other.pk).exists()
    if not seen:
        desk = _desk_of_both(other.area_pos, area_pos)
        return AlreadyRegistered(
            f"该证件号码已在本区其他网格登记，请与{desk.name if desk else '区指挥中心'}联系办理迁移或核对",
            "the number is registered elsewhere in the district: ask "
            f"{desk.name if desk else 'the command centre'} to have it moved or compared",
            ask=desk.name if desk else None,
        )
    who = named(other)
    same = _same_name(other, facts)
    word, english = ("此人", "as this person") if same else (f"“{who['name']}”", f"to {who['name']}")
    return AlreadyRegistered(
        f"该证件号码已登记为{word}（{who['grid']}），请打开原登记核对",
        f"the number is registered {english} ({who['grid']}): open that record and compare",
        other=who,
    )


def _desk_of_both(one: int, other: int) -> Unit | None:
    """The lowest unit that serves both places: naming it says no more about where somebody lives than it must."""
    for level, kind in _SERVING:
        if AREAS.ancestor(one, level) == AREAS.ancestor(other, level):
            return org.unit_serving(one, kind)
    return Unit.objects.filter(kind=UnitKind.COMMAND, active=True).order_by("pos").first()
