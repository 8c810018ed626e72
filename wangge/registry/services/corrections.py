"""What a grid member finds otherwise of a field that a department owns: proposed, then accepted or refused by it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from wangge.areas.models import Level
from wangge.kit import clock, crypto
from wangge.kit.errors import Conflict, Forbidden, NotFound
from wangge.kit.ids import uuid7
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org.models import Unit
from wangge.org.scope import Actor
from wangge.registry import sealing
from wangge.registry.models import Correction, CorrectionState, Person, PersonStatus
from wangge.registry.selectors.corrections import context
from wangge.registry.selectors.readers import rules_of
from wangge.registry.services import doubles, facts, residence
from wangge.registry.services.keeping import found_true, hold_numbers, note, stated

_NUMBER = frozenset({"id_kind", "id_number", "no_id_reason"})
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


class NotTheOwner(Forbidden):
    code = "not_the_owner"
    title_zh = "该项不由贵单位维护"
    title_en = "Another unit keeps this field"


class CorrectionDecided(Conflict):
    code = "correction_decided"
    title_zh = "这条更正建议已有结论"
    title_en = "This correction is decided"


def propose(
    person: Person,
    values: Mapping[str, tuple[Any, Any]],
    *,
    owners: Mapping[str, Unit],
    reason: str,
    by: Actor,
    at: dt.datetime,
    id_kind: str = "",
) -> None:
    """`values`: what is known and what is given, by field; `id_kind`: of which kind a number is that is given. A later
    proposal takes the place of an open one.

    The person is locked and everything is visible.
    """
    _close(person, values, "有新的建议", at)
    made = []
    for field, (known, given) in sorted(values.items()):
        pk, owner = uuid7(), owners[field]
        said = {"known": known, "given": given} | ({"id_kind": id_kind} if field == "id_number" else {})
        held = crypto.encrypt(_encode(said), context=context(pk))
        made.append(
            Correction(
                id=pk, person=person, field=field, sealed=held, reason=reason[:80], unit=owner, unit_pos=owner.pos,
                by_id=by.user_id, by_name=by.name, by_unit_id=by.unit_id, at=at,
            )
        )  # fmt: skip
    Correction.objects.bulk_create(made)
    note(person, "person:propose", by=by, at=at, fields=sorted(values), corrections=[str(one.pk) for one in made])


def outdate(person: Person, fields: Iterable[str], *, at: dt.datetime) -> None:
    """These fields were changed by whoever owns them: what was proposed for them is past."""
    _close(person, fields, "该项已由主管部门更新", at)


def _close(person: Person, fields: Iterable[str], why: str, at: dt.datetime) -> None:
    Correction.objects.filter(person=person, field__in=list(fields), state=CorrectionState.PROPOSED).update(
        state=CorrectionState.OUTDATED, decided_at=at, decision=why, sealed=b""
    )


def decide(*, correction_id: UUID, accepted: bool, reason: str, by: Actor, at: dt.datetime | None = None) -> Correction:
    """By the unit whose field it is, never by who proposed it. What is accepted is true from now on, as theirs."""
    at = at or clock.now()
    said = stated("body.reason", reason)
    hold_numbers()
    found: Correction | None = (
        Correction.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=correction_id).first()
    )
    if found is None:
        raise NotFound
    if found.unit_id != by.unit_id or found.by_id == by.user_id:
        raise NotTheOwner
    if found.state != CorrectionState.PROPOSED:
        raise CorrectionDecided(state=found.state, by=found.decided_name or None)
    with scope.unrestricted():
        person: Person = Person.objects.select_for_update(of=("self",)).get(pk=found.person_id)
        if accepted and person.status != PersonStatus.ERASED:
            _apply(person, found, by=by, at=at)
        verb = "person:correct" if accepted else "person:correction_refused"
        note(person, verb, by=by, at=at, fields=[found.field], correction=found.pk, proposed_by=found.by_name,
             reason=said)  # fmt: skip
        found.state = CorrectionState.ACCEPTED if accepted else CorrectionState.REFUSED
        found.decided_by, found.decided_name, found.decided_at, found.decision = by.user_id, by.name, at, said
        found.sealed = b""  # the values are with the person now, or wrong: nothing keeps them here
        found.save()
    return found


def _apply(person: Person, correction: Correction, *, by: Actor, at: dt.datetime) -> None:
    held = json.loads(crypto.decrypt(correction.sealed, context=context(correction.pk)))
    given = held["given"]
    if correction.field == "birth":
        given = dt.date.fromisoformat(given)
    known = sealing.open_(person)
    said = {correction.field: given} | ({"id_kind": held["id_kind"]} if held.get("id_kind") else {})
    checked = facts.check(said, today=timezone.localdate(at), known=known, sex=person.sex)
    if correction.field in _NUMBER and checked.facts.id_number:
        doubles.refuse_number_of_others(person.pk, checked.facts, area_pos=person.area_pos, by=by)
    residence.seal(person, checked.facts, AREAS.ancestor(person.area_pos, Level.COMMUNITY))
    person.sex = checked.sex
    rule = rules_of("person").get(correction.field)
    if rule is not None:
        person.confirmed |= found_true([rule.group], by=by, at=at, source="采纳更正建议")
    residence.keep(person)
