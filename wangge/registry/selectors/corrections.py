"""Proposed corrections: for the unit that answers them, for who proposed them, and on the person's page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet

from wangge.areas import selectors as areas
from wangge.kit import crypto, masks
from wangge.kit.errors import NotFound
from wangge.kit.text import visible
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry import sealing
from wangge.registry.models import Correction, CorrectionState, Person
from wangge.registry.selectors.readers import Reach, Reader, reader_of
from wangge.registry.wording import field_names

View = Literal["desk", "mine", "all"]
_HIDDEN = "**"


def context(correction_id: UUID) -> str:
    return f"correction:{correction_id}"


def corrections(*, actor: Actor, view: View, state: str = "") -> QuerySet[Correction]:
    """`desk`: those that the actor's unit answers; `mine`: those the actor proposed. The newest first."""
    found: QuerySet[Correction] = Correction.objects.visible_to(actor).select_related("unit", "by_unit")
    if view == "desk":
        found = found.filter(unit_id=actor.unit_id) if actor.unit_id else found.none()
    elif view == "mine":
        found = found.filter(by_id=actor.user_id)
    return (found.filter(state=state) if state else found).order_by("-at", "-pk")


def correction_of(correction_id: UUID, *, actor: Actor) -> Correction:
    found: Correction | None = Correction.objects.visible_to(actor).filter(pk=correction_id).first()
    if found is None:
        raise NotFound
    return found


def documents(rows: Sequence[Correction], *, actor: Actor) -> list[dict[str, Any]]:
    """With values masked. Whoever sees a correction is told whom it is about, as lists name people."""
    with scope.unrestricted():
        people = Person.objects.in_bulk([row.person_id for row in rows])
    reader = reader_of(actor)
    return [_document(row, people[row.person_id], reader) for row in rows]


def _document(row: Correction, person: Person, reader: Reader) -> dict[str, Any]:
    actor = reader.actor
    zh, en = field_names([row.field])
    here = areas.area_for_pos(person.area_pos)
    reach, ours = reader.reach(person.area_pos), row.unit_id == actor.unit_id
    child = reader.is_child(person.birth_year) and reach is not Reach.GRID
    named = bool(person.sealed) and not child and (ours or reader.shows(reach, "name"))
    # A partner sees the corrections of people in its care; of fields that are not shared with it, no value.
    shown = (ours or reader.shows(reach, row.field)) and not (child and row.field == "name")
    name = visible(crypto.mask_name(sealing.open_(person).name)) if named else _HIDDEN
    held = values(row)
    return {
        "id": row.pk,
        "person": {"id": person.pk, "name": name},
        "grid": here.name if here else "",
        "field": row.field,
        "field_name": zh,
        "field_name_en": en,
        "known": masked(row.field, held.get("known")) if shown else _HIDDEN,
        "given": masked(row.field, held.get("given")) if shown else _HIDDEN,
        "reason": visible(row.reason),
        "state": row.state,
        "state_name": row.get_state_display(),
        "unit": {"id": row.unit_id, "name": row.unit.name},
        "by_name": row.by_name,
        "by_unit": {"id": row.by_unit_id, "name": row.by_unit.name} if row.by_unit else None,
        "at": row.at,
        "decided_name": row.decided_name,
        "decided_at": row.decided_at,
        "decision": visible(row.decision),
        "can_decide": row.state == CorrectionState.PROPOSED and row.unit_id == actor.unit_id
        and row.by_id != actor.user_id,
    }  # fmt: skip


def values(row: Correction) -> dict[str, Any]:
    """What was known and what is given; empty when it is decided."""
    held: dict[str, Any] = json.loads(crypto.decrypt(row.sealed, context=context(row.pk))) if row.sealed else {}
    return held


def whole(row: Correction) -> dict[str, str]:
    """For whoever answers it; the caller has logged the look."""
    held = values(row)
    return {"field": row.field, "known": _text(held.get("known")), "given": _text(held.get("given"))}


def _text(value: Any) -> str:
    return visible("、".join(value) if isinstance(value, list) else str(value or ""))


def masked(field: str, value: Any) -> str:
    """Enough to see that the two differ, not what they are."""
    if not value:
        return ""
    match field:
        case "name":
            return visible(crypto.mask_name(str(value)))
        case "id_number":
            return masks.mask_number(str(value))
        case "birth":
            return f"{str(value)[:4]}-**-**"
        case "phones":
            return "、".join(crypto.mask_phone(one) for one in value)
        case "sex" | "id_kind" | "registration" | "household_role":
            return str(value)
        case _:
            return _HIDDEN


def proposed_for(person: Person) -> list[dict[str, Any]]:
    """What is proposed and waits, on the person's page: the field and who, not the values."""
    found = Correction.objects.filter(person=person, state=CorrectionState.PROPOSED).select_related("unit")
    return [
        {
            "id": row.pk,
            "field": row.field,
            "field_name": field_names([row.field])[0],
            "field_name_en": field_names([row.field])[1],
            "unit": {"id": row.unit_id, "name": row.unit.name},
            "by_name": row.by_name,
            "at": row.at,
        }
        for row in found.order_by("field")
    ]
