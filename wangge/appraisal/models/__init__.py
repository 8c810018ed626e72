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

__all__ = [
    "AlarmState",
    "Appeal",
    "AppealState",
    "Commendation",
    "Exclusion",
    "ExclusionState",
    "GamingAlarm",
    "JudgementRules",
    "Trainee",
    "Training",
]
