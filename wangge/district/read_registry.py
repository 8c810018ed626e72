"""The part of a profile about the registry: rules of keeping, fields, priority groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from wangge.district.read_faults import ProfileError
from wangge.district.schema_registry import FieldsFile, TagsFile
from wangge.registry.rules import Rules

if TYPE_CHECKING:
    from wangge.district.read import _Lines, _Reading

Model = TypeVar("Model", bound=BaseModel)
FIELDS, TAGS, RULES = "registry/fields.yaml", "registry/tags.yaml", "registry/rules.yaml"


@dataclass
class RegistryPart:
    rules: Rules | None = None
    fields: FieldsFile | None = None
    tags: TagsFile | None = None
    lines: dict[str, _Lines] = field(default_factory=dict)

    def fault(self, file: str, path: tuple[str, ...], zh: str, en: str) -> ProfileError:
        label, line = self.lines[file].find(path, file)
        return ProfileError(label, line, ".".join(path), zh, en)


def read_registry(reading: _Reading) -> RegistryPart:
    part = RegistryPart()
    part.rules = _file(reading, part, RULES, Rules)
    part.fields = _file(reading, part, FIELDS, FieldsFile)
    part.tags = _file(reading, part, TAGS, TagsFile)
    return part


def _file(reading: _Reading, part: RegistryPart, name: str, model: type[Model]) -> Model | None:
    """The file of all folders, the child's objects and groups over the base's; None where no folder has it."""
    if not reading._files(name):
        return None
    merged: tuple[dict[str, Any], _Lines] | None = reading._merged(name)
    if merged is None:
        return None
    part.lines[name] = merged[1]
    return reading._model(model, *merged)
