"""Counted facts, the rules that judge them, and what is said about the judgement."""

from __future__ import annotations

from wangge.appraisal.models.bulletins import Bulletin, BulletinKind, BulletinState
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
from wangge.appraisal.models.schemes import Book, BookKind, Scheme, SchemeVersion, VersionState

__all__ = [
    "AlarmState",
    "Appeal",
    "AppealState",
    "Book",
    "BookKind",
    "Bulletin",
    "BulletinKind",
    "BulletinState",
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
    "Scheme",
    "SchemeVersion",
    "Standing",
    "Trainee",
    "Training",
    "VersionState",
]
