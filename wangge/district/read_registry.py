"""The part of a profile about the registry: rules of keeping, fields, priority groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wangge.district.read_part import Part
from wangge.district.schema_registry import FieldsFile, TagsFile
from wangge.registry.rules import Rules

if TYPE_CHECKING:
    from wangge.district.read import _Reading

FIELDS, TAGS, RULES = "registry/fields.yaml", "registry/tags.yaml", "registry/rules.yaml"


@dataclass
class RegistryPart(Part):
    rules: Rules | None = None
    fields: FieldsFile | None = None
    tags: TagsFile | None = None


def read_registry(reading: _Reading) -> RegistryPart:
    part = RegistryPart()
    part.rules = part.read(reading, RULES, Rules)
    part.fields = part.read(reading, FIELDS, FieldsFile)
    part.tags = part.read(reading, TAGS, TagsFile)
    return part
