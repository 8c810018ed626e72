"""Rules and words that forms are made of."""

from __future__ import annotations

from typing import Any

from wangge.registry import place_wording as words
from wangge.registry.models import ComponentKind, DwellingUse, EstateRole, FieldRule, OrganisationKind, TagKind


def field_rules() -> list[FieldRule]:
    return list(FieldRule.objects.order_by("object", "pk"))


def tag_kinds() -> list[TagKind]:
    return list(TagKind.objects.filter(active=True).order_by("code"))


def vocabulary() -> dict[str, list[dict[str, Any]]]:
    kinds = ComponentKind.objects.filter(active=True).order_by("code").values_list("code", "name")
    return {
        "estate_kinds": _words(words.ESTATE_KINDS),
        "premises_kinds": _words(words.PREMISES_KINDS),
        "hazards": _words(words.HAZARDS),
        "device_kinds": _words(words.DEVICE_KINDS),
        "component_kinds": [{"code": code, "name": name} for code, name in kinds],
        "component_states": _words(words.COMPONENT_STATES),
        "device_states": _words(words.DEVICE_STATES),
        "dwelling_uses": _choices(DwellingUse.choices),
        "organisation_kinds": _choices(OrganisationKind.choices),
        "estate_roles": _choices(EstateRole.choices),
    }


def _words(table: words.Words) -> list[dict[str, Any]]:
    return [{"code": code, "name": zh, "name_en": en} for code, (zh, en) in table.items()]


def _choices(choices: list[tuple[Any, Any]]) -> list[dict[str, Any]]:
    return [{"code": str(code), "name": str(name)} for code, name in choices]
