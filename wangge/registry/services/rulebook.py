"""Bringing the rules of the profile into force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wangge.registry.models import FieldRule, Rulebook, TagKind
from wangge.registry.rules import Rules


def load_rules(rules: Rules) -> None:
    row = Rulebook(id=1, data=rules.model_dump(mode="json"))
    Rulebook.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["data"])


def load_field_rules(rules: Iterable[Mapping[str, Any]]) -> int:
    """Exactly these fields are collected: a rule that is given no more is gone."""
    rows = [FieldRule(**rule) for rule in rules]
    keep = {(row.object, row.field) for row in rows}
    gone = [rule.pk for rule in FieldRule.objects.all() if (rule.object, rule.field) not in keep]
    FieldRule.objects.filter(pk__in=gone).delete()
    told = ["name", "name_en", "group", "owner", "fresh_days", "data_class", "partners", "purpose", "legal_basis"]
    FieldRule.objects.bulk_create(rows, update_conflicts=True, unique_fields=["object", "field"], update_fields=told)
    return len(rows)


def load_tag_kinds(kinds: Iterable[Mapping[str, Any]]) -> int:
    """A kind that is given no more can be given to nobody; who has it keeps it until it expires."""
    rows = [TagKind(**kind) for kind in kinds]
    TagKind.objects.exclude(pk__in=[row.pk for row in rows]).update(active=False)
    told = [field.name for field in TagKind._meta.concrete_fields if not field.primary_key]
    TagKind.objects.bulk_create(rows, update_conflicts=True, unique_fields=["code"], update_fields=told)
    return len(rows)
