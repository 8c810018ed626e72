"""What is known already, for a form to begin with: nobody types it a second time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from wangge.kit.errors import Invalid, NotFound, field_error
from wangge.org.scope import Actor
from wangge.registry.models import (
    Building,
    Component,
    Device,
    Dwelling,
    FieldRule,
    Household,
    Organisation,
    Person,
    PersonStatus,
    Premises,
)
from wangge.registry.policies import Perm
from wangge.registry.selectors import exporting
from wangge.registry.selectors.readers import fresh, reader_of, rules_of

_MODELS: dict[str, type[Model]] = {
    "building": Building,
    "component": Component,
    "device": Device,
    "dwelling": Dwelling,
    "household": Household,
    "organisation": Organisation,
    "person": Person,
    "premises": Premises,
}


def prefill(*, actor: Actor, subject: str, subject_id: UUID, fields: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By field: the value (of people masked), whether it is fresh, who answers for it and when it was found true."""
    model = _MODELS.get(subject)
    if model is None:
        raise Invalid(errors=[field_error("body.object", "没有这种对象", "there is no such object")])
    if subject == "person" and not actor.may(Perm.PERSON_READ):
        raise NotFound
    row: Any = model._default_manager.visible_to(actor).filter(pk=subject_id).first()  # type: ignore[attr-defined]
    if row is None or getattr(row, "status", "") == PersonStatus.ERASED:
        raise NotFound
    rules = rules_of(subject)
    known = _of_person(row, fields, actor) if isinstance(row, Person) else _of_thing(row, fields, rules)
    return {name: _known(row, value, rules.get(name)) for name, value in known.items() if value not in ("", None)}


def _of_person(person: Person, fields: Sequence[str], actor: Actor) -> dict[str, Any]:
    reader = reader_of(replace(actor, permissions=actor.permissions - {Perm.PERSON_LOOK}))
    wanted = [name for name in fields if name in exporting.FIELDS and name != "tags"]
    return dict(zip(wanted, exporting.cells(person, wanted, reader, ()), strict=True))


def _of_thing(row: Any, fields: Sequence[str], rules: dict[str, FieldRule]) -> dict[str, Any]:
    columns = {field.name for field in row._meta.concrete_fields if not field.is_relation} - {"sealed", "confirmed"}
    return {name: getattr(row, name) for name in fields if name in columns and name in rules}


def _known(row: Any, value: Any, rule: FieldRule | None) -> dict[str, Any]:
    held = row.confirmed.get(rule.group) if rule else None
    return {
        "value": value,
        "fresh": rule is not None and fresh(row.confirmed, rule.group, rule.fresh_days, timezone.localdate()),
        "owner": rule.owner if rule else "",
        "at": held["at"] if held else None,
    }
