"""Counted facts, the rules that judge them, and what is said about the judgement."""

from __future__ import annotations

from wangge.appraisal.models.judgement import (
    AlarmState,
    Appeal,
    AppealState,
    Exclusion,
    ExclusionState,
    GamingAlarm,
    JudgementRules,
)
from wangge.appraisal.models.records import Commendation, Trainee, Training
from wangge.appraisal.models.rollups import Cell, Changed, Counted, Distribution, Kind, Standing

__all__ = [
    "AlarmState",
    "Appeal",
    "AppealState",
    "Cell",
    "Changed",
    "Commendation",
    "Counted",
    "Distribution",
    "Exclusion",
    "ExclusionState",
    "GamingAlarm",
    "JudgementRules",
    "Kind",
    "Standing",
    "Trainee",
    "Training",
]
