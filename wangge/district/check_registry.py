"""Whether what a profile says about the registry's data fits the registry and the units of the district."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps

from wangge.district.read import Profile
from wangge.district.read_faults import ProfileError
from wangge.district.read_registry import FIELDS, TAGS
from wangge.registry.sealing import PersonFacts

# What of an object is sealed and so no column of its own.
_SEALED = {
    "person": {*PersonFacts.__dataclass_fields__} - {"id_kind", "no_id_reason"},
    "organisation": {"legal_person", "contact", "phone"},
}
_KEYS = frozenset({"id", "sealed", "version", "confirmed", "pinyin", "area_pos"})


def registry_faults(profile: Profile) -> Iterator[ProfileError]:
    units = {line.row.code for line in profile.units}
    yield from _fields(profile, units)
    yield from _tags(profile, units)


def _fields(profile: Profile, units: set[str]) -> Iterator[ProfileError]:
    part = profile.registry
    for subject, groups in (part.fields.root if part.fields else {}).items():
        known = _known(subject)
        seen: dict[str, str] = {}
        for group, held in groups.items():
            yield from _owned(profile, (subject, group), held.owner, units)
            for name, spec in held.fields.items():
                path = (subject, group, "fields", name)
                if name not in known:
                    yield part.fault(FIELDS, path, f"没有字段“{name}”", f"there is no field {name!r}")
                elif seen.setdefault(name, group) != group:
                    yield part.fault(FIELDS, path, f"已在“{seen[name]}”组中", f"is in the group {seen[name]!r} already")
                yield from _owned(profile, path, spec.owner, units)
                yield from _partners(profile, FIELDS, path, spec.partners, units)


def _tags(profile: Profile, units: set[str]) -> Iterator[ProfileError]:
    for code, spec in (profile.registry.tags.root if profile.registry.tags else {}).items():
        yield from _partners(profile, TAGS, (code,), spec.partners, units)


def _owned(profile: Profile, path: tuple[str, ...], owner: str | None, units: set[str]) -> Iterator[ProfileError]:
    if owner not in {None, "grid", *units}:
        yield profile.registry.fault(FIELDS, (*path, "owner"), f"没有单位 {owner}", f"there is no unit {owner}")


def _partners(
    profile: Profile, file: str, path: tuple[str, ...], codes: list[str], units: set[str]
) -> Iterator[ProfileError]:
    for code in codes:
        if code not in units:
            yield profile.registry.fault(file, (*path, "partners"), f"没有单位 {code}", f"there is no unit {code}")


def _known(subject: str) -> set[str]:
    model = apps.get_model("registry", subject)
    columns = {field.name for field in model._meta.get_fields() if not field.auto_created or field.concrete}
    return {name for name in columns - _KEYS if not name.endswith("_key")} | _SEALED.get(subject, set())
