"""How people are related. Nobody is their own ancestor, nor the ward of their own ward."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from uuid import UUID

from django.db import connection

from wangge.kit import clock
from wangge.kit.crypto import mask_name
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.kit.text import visible
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry import sealing
from wangge.registry.models import Person, Relation, RelationKind
from wangge.registry.services.keeping import note, person_for_change

# One who begets or answers for another stands above them; carers and contacts may be each other's.
ABOVE = frozenset({RelationKind.PARENT, RelationKind.GUARDIAN})
_MUTUAL = frozenset({RelationKind.SPOUSE})
_CHAIN = """
with recursive up (id, path) as (
    select r.other_id, array[r.person_id, r.other_id] from registry_relation r where r.person_id = %s and r.kind = %s
  union all
    select r.other_id, up.path || r.other_id from up join registry_relation r on r.person_id = up.id and r.kind = %s
     where not r.other_id = any(up.path) and up.id <> %s
)
select path from up where id = %s order by cardinality(path) limit 1
"""


class Loop(Conflict):
    code = "relation_loop"
    title_zh = "关系成环"
    title_en = "The relations would form a loop"


class RelatedAlready(Conflict):
    code = "related_already"
    title_zh = "这一关系已登记"
    title_en = "This relation is registered"


def relate(*, person_id: UUID, other_id: UUID, kind: str, by: Actor, at: dt.datetime | None = None) -> Relation:
    """`other` is the person's parent, guardian …; a loop is refused with the chain that would close."""
    at = at or clock.now()
    if kind not in RelationKind.values:
        raise Invalid(errors=[field_error("body.kind", "没有这种关系", "there is no such relation")])
    if person_id == other_id:
        raise Invalid(errors=[field_error("body.other", "不能与本人建立关系", "nobody is related to themselves")])
    person = person_for_change(person_id, version=None, by=by)
    other: Person | None = Person.objects.visible_to(by).filter(pk=other_id).first()
    if other is None:
        raise NotFound
    with connection.cursor() as cursor:  # two halves of a loop at once would not see each other
        cursor.execute("select pg_advisory_xact_lock(hashtext('wangge registry relations'))")
    with scope.unrestricted():
        _refuse_known(person, other, kind)
        if kind in ABOVE:
            _refuse_younger(person, other, kind)
            _refuse_loop(person, other, RelationKind(kind), by)
        made = Relation.objects.create(person=person, other=other, kind=kind)
        note(person, "person:relate", by=by, at=at, kind=kind, other=other.pk)
    return made


def unrelate(*, person_id: UUID, relation_id: UUID, by: Actor, at: dt.datetime | None = None) -> None:
    at = at or clock.now()
    person = person_for_change(person_id, version=None, by=by)
    relation = Relation.objects.filter(pk=relation_id, person=person).first()
    if relation is None:
        raise NotFound
    with scope.unrestricted():
        relation.delete()
        note(person, "person:unrelate", by=by, at=at, kind=relation.kind, other=relation.other_id)


def chain(person_id: UUID, other_id: UUID, kind: str) -> list[UUID]:
    """From `person` up to `other` by relations of this kind; empty when there is no way. Everything is visible."""
    with connection.cursor() as cursor:
        cursor.execute(_CHAIN, [person_id, kind, kind, other_id, other_id])
        found = cursor.fetchone()
    return list(found[0]) if found else []


def _refuse_known(person: Person, other: Person, kind: str) -> None:
    known = Relation.objects.filter(person=person, other=other, kind=kind)
    if kind in _MUTUAL:
        known |= Relation.objects.filter(person=other, other=person, kind=kind)
    if known.exists():
        raise RelatedAlready


def _refuse_younger(person: Person, other: Person, kind: str) -> None:
    if kind == RelationKind.PARENT and person.birth_year and other.birth_year and other.birth_year >= person.birth_year:
        raise Invalid(
            errors=[field_error("body.other", "父母的出生年份应早于子女", "a parent is born before the child")]
        )


def _refuse_loop(person: Person, other: Person, kind: RelationKind, by: Actor) -> None:
    way = chain(other.pk, person.pk, kind)
    if not way:
        return
    people = Person.objects.in_bulk(way)
    names = [_name(people[one], by) for one in way]
    zh = "，".join(f"{a}的{kind.label}是{b}" for a, b in pairwise(names))
    en = ", ".join(f"the {kind.value} of {a} is {b}" for a, b in pairwise(names))
    raise Loop(
        f"关系成环：{zh}；{names[-1]}的{kind.label}不能再是{names[0]}",
        f"a loop: {en}; so the {kind.value} of {names[-1]} cannot be {names[0]}",
        chain=[str(one) if by.scope.covers_area(people[one].area_pos) else None for one in way],
    )


def _name(person: Person, by: Actor) -> str:
    if not by.scope.covers_area(person.area_pos):
        return "（辖区外一人）"
    return visible(mask_name(sealing.open_(person).name))
