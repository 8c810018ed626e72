"""Two records of one person become one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

from django.db.models import Q

from wangge.areas.models import Level
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, field_error
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry import sealing
from wangge.registry.models import Person, PersonStatus, Relation, Tag, Tie, TieKind
from wangge.registry.sealing import PersonFacts
from wangge.registry.services import relations, residence
from wangge.registry.services.households import part
from wangge.registry.services.keeping import note, person_for_change, stated

HERE = frozenset({PersonStatus.LIVING_HERE, PersonStatus.ABSENT})


class TwoPeople(Conflict):
    code = "two_people"
    title_zh = "两人证件号码不同，不能合并"
    title_en = "They have different numbers: two people"


class KeepTheLiving(Conflict):
    code = "keep_the_living"
    title_zh = "请保留在住的那条登记，把已迁出或已故的并入它"
    title_en = "Keep the record of who lives here, and merge the one that left into it"


def merge_persons(
    *, keep_id: UUID, version: int, other_id: UUID, by: Actor, reason: str, at: dt.datetime | None = None
) -> Person:
    """`keep` takes over what only `other` knew, its ties, tags and relations; `other` is deleted."""
    at = at or clock.now()
    if keep_id == other_id:
        raise Invalid(errors=[field_error("body.other", "不能与本人合并", "nobody merges with themselves")])
    said = stated("body.reason", reason)
    first, second = sorted((keep_id, other_id))
    rows = {one: person_for_change(one, version=version if one == keep_id else None, by=by) for one in (first, second)}
    keep, other = rows[keep_id], rows[other_id]
    if keep.status not in HERE and other.status in HERE:  # its stay, household and tags would be lost
        raise KeepTheLiving
    facts = _joined(sealing.open_(keep), sealing.open_(other))
    with scope.unrestricted():
        _take_stays(keep, other)
        _take_tags(keep, other)
        _take_relations(keep, other)
        part(other, by=by, at=at)
        residence.seal(keep, facts, AREAS.ancestor(keep.area_pos, Level.COMMUNITY))
        residence.keep(keep)
        note(keep, "person:merge", by=by, at=at, other=other.pk, reason=said)
        note(other, "person:merged", by=by, at=at, into=keep.pk)
        other.delete()
    return keep


def _joined(kept: PersonFacts, other: PersonFacts) -> PersonFacts:
    if kept.id_number and other.id_number and (kept.id_kind, kept.id_number) != (other.id_kind, other.id_number):
        raise TwoPeople
    if kept.birth and other.birth and kept.birth != other.birth:
        raise TwoPeople("两人出生日期不同，请先核对更正", "their days of birth differ: correct one of them first")
    names = ("registered_address", "ethnicity", "workplace", "note", "birth")
    filled = {name: getattr(kept, name) or getattr(other, name) for name in names}
    document = kept if kept.id_number or not other.id_number else other
    return replace(
        kept,
        id_kind=document.id_kind,
        id_number=document.id_number,
        no_id_reason=document.no_id_reason,
        phones=tuple(dict.fromkeys((*kept.phones, *other.phones)))[:5],
        **filled,
    )


def _take_stays(keep: Person, other: Person) -> None:
    """Ties are taken over; of the stays, those that overlap one of `keep`'s were the same and go."""
    known = list(Tie.objects.filter(person=keep, kind=TieKind.LIVES))
    for tie in Tie.objects.filter(person=other).order_by("pk"):
        if tie.kind == TieKind.LIVES and any(_overlap(tie, one) for one in known):
            continue  # deleted with `other`
        if _same_place(tie, keep):
            continue
        tie.person = keep
        tie.save(update_fields=["person"])
        if tie.kind == TieKind.LIVES:
            known.append(tie)
            if tie.valid_to is None:
                keep.dwelling_id = tie.dwelling_id
                keep.status, keep.since = other.status, tie.valid_from
                residence.place(keep, other.area_pos)


def _overlap(one: Tie, other: Tie) -> bool:
    starts = (one.valid_from or dt.date.min, other.valid_from or dt.date.min)
    ends = (one.valid_to or dt.date.max, other.valid_to or dt.date.max)
    return starts[0] < ends[1] and starts[1] < ends[0]


def _same_place(tie: Tie, keep: Person) -> bool:
    twins = Tie.objects.filter(person=keep, kind=tie.kind, valid_to__isnull=True)
    places = {"dwelling": tie.dwelling_id, "building": tie.building_id, "premises": tie.premises_id}
    return tie.valid_to is None and tie.kind != TieKind.LIVES and twins.filter(**places).exists()


def _take_tags(keep: Person, other: Person) -> None:
    has = set(Tag.objects.filter(person=keep, ended_on__isnull=True).values_list("kind_id", flat=True))
    theirs = Tag.objects.filter(person=other)
    theirs.exclude(kind_id__in=has, ended_on__isnull=True).update(person=keep, area_pos=keep.area_pos)


def _take_relations(keep: Person, other: Person) -> None:
    """Those between the two would be with oneself; those that `keep` has too are one; none may close a loop."""
    theirs = list(Relation.objects.filter(Q(person=other) | Q(other=other)))
    Relation.objects.filter(pk__in=[relation.pk for relation in theirs]).delete()
    for relation in theirs:
        one, above = _pair(relation, keep, other)
        if one == above or Relation.objects.filter(person_id=one, other_id=above, kind=relation.kind).exists():
            continue
        if relation.kind in relations.ABOVE and relations.chain(above, one, relation.kind):
            raise relations.Loop("合并后关系成环，请先核对两人的亲属关系", "merged, their relations would form a loop")
        Relation.objects.create(person_id=one, other_id=above, kind=relation.kind)


def _pair(relation: Relation, keep: Person, other: Person) -> tuple[UUID, UUID]:
    ends = (relation.person_id, relation.other_id)
    one, above = (keep.pk if end == other.pk else end for end in ends)
    return one, above
