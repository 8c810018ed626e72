"""The part of a profile about appraisal: indicators, schemes of scores, the five steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wangge.appraisal.rules import IndicatorsFile, SchemesFile, StepsFile
from wangge.district.read_part import Part

if TYPE_CHECKING:
    from wangge.district.read import _Reading

INDICATORS, SCHEMES, STEPS = "appraisal/indicators.yaml", "appraisal/schemes.yaml", "appraisal/five_steps.yaml"


@dataclass
class AppraisalPart(Part):
    indicators: IndicatorsFile | None = None
    schemes: SchemesFile | None = None
    steps: StepsFile | None = None


def read_appraisal(reading: _Reading) -> AppraisalPart:
    part = AppraisalPart()
    part.indicators = part.read(reading, INDICATORS, IndicatorsFile)
    part.schemes = part.read(reading, SCHEMES, SchemesFile)
    part.steps = part.read(reading, STEPS, StepsFile)
    return part
