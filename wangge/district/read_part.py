"""What the parts of a profile share: files of all folders over one another, and faults with their place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from wangge.district.read_faults import ProfileError

if TYPE_CHECKING:
    from wangge.district.read import _Lines, _Reading

Model = TypeVar("Model", bound=BaseModel)


@dataclass
class Part:
    """`lines` knows where each value of each file stands."""

    lines: dict[str, _Lines] = field(default_factory=dict, kw_only=True)

    def fault(self, file: str, path: tuple[str | int, ...], zh: str, en: str) -> ProfileError:
        label, line = self.lines[file].find(path, file)
        return ProfileError(label, line, ".".join(map(str, path)), zh, en)

    def read(self, reading: _Reading, name: str, model: type[Model]) -> Model | None:
        """The file of all folders, the child's keys over the base's; None after a fault, or where no folder has it."""
        if not reading._files(name):
            return None
        merged = reading._merged(name)
        if merged is None:
            return None
        self.lines[name] = merged[1]
        return reading._model(model, *merged)
