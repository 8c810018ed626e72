"""The part of a profile about appraisal: indicators, schemes of scores, the five steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from wangge.appraisal.rules import IndicatorsFile, SchemesFile, StepsFile
from wangge.district.read_faults import ProfileError

if TYPE_CHECKING:
    from wangge.district.read import _Lines, _Reading

Model = TypeVar("Model", bound=BaseModel)
INDICATORS, SCHEMES, STEPS = "appraisal/indicators.yaml", "appraisal/schemes.yaml", "appraisal/five_steps.yaml"


@dataclass
class AppraisalPart:
    indicators: IndicatorsFile | None = None
    schemes: SchemesFile | None = None
    steps: StepsFile | None = None
    lines: dict[str, _Lines] = field(default_factory=dict)

    def fault(self, file: str, path: tuple[str, ...], zh: str, en: str) -> ProfileError:
        label, line = self.lines[file].find(path, file)
        return ProfileError(label, line, ".".join(path), zh, en)


def read_appraisal(reading: _Reading) -> AppraisalPart:
    part = AppraisalPart()
    part.indicators = _file(reading, part, INDICATORS, IndicatorsFile)
    part.schemes = _file(reading, part, SCHEMES, SchemesFile)
    part.steps = _file(reading, part, STEPS, StepsFile)
    return part


def _file(reading: _Reading, part: AppraisalPart, name: str, model: type[Model]) -> Model | None:
    """The file of all folders, the child's indicators and schemes over the base's; None where no folder has it."""
    if not reading._files(name):
        return None
    merged: tuple[dict[str, Any], _Lines] | None = reading._merged(name)
    if merged is None:
        return None
    part.lines[name] = merged[1]
    return reading._model(model, *merged)
