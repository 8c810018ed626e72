"""The part of a profile about judging: reasons for exclusions, terms of appeal, thresholds of alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wangge.appraisal.judging import Alarms, Judgement, Rulebook
from wangge.district.read_part import Part

if TYPE_CHECKING:
    from wangge.district.read import _Reading

JUDGEMENT, ALARMS = "appraisal/judgement.yaml", "appraisal/alarms.yaml"


def read_judgement(reading: _Reading) -> Rulebook | None:
    """Both files of all folders, the child's keys over the base's; None after a fault, or where no folder has them."""
    part = Part()
    judgement, alarms = part.read(reading, JUDGEMENT, Judgement), part.read(reading, ALARMS, Alarms)
    if judgement is None or alarms is None:
        return None
    return Rulebook(judgement=judgement, alarms=alarms)
