"""The part of a profile about judging: reasons for exclusions, terms of appeal, thresholds of alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from wangge.appraisal.judging import Alarms, Judgement, Rulebook

if TYPE_CHECKING:
    from wangge.district.read import _Reading

Model = TypeVar("Model", bound=BaseModel)
JUDGEMENT, ALARMS = "appraisal/judgement.yaml", "appraisal/alarms.yaml"


def read_judgement(reading: _Reading) -> Rulebook | None:
    """Both files of all folders, the child's keys over the base's; None after a fault, or where no folder has them."""
    judgement, alarms = _file(reading, JUDGEMENT, Judgement), _file(reading, ALARMS, Alarms)
    if judgement is None or alarms is None:
        return None
    return Rulebook(judgement=judgement, alarms=alarms)


def _file(reading: _Reading, name: str, model: type[Model]) -> Model | None:
    if not reading._files(name):
        return None
    merged = reading._merged(name)
    return reading._model(model, *merged) if merged is not None else None
