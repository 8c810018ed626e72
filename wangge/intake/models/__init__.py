"""What intake keeps."""

from __future__ import annotations

from wangge.intake.models.forecast import Forecast, ForecastCell, PreventiveTask, TaskState
from wangge.intake.models.hotspots import HotSpot, HotSpotCase, HotSpotNotice, HotSpotState
from wangge.intake.models.imports import Import, ImportRow, ImportState
from wangge.intake.models.matter import DangerAlarm, Reading
from wangge.intake.models.replies import Reply, ReplyMark
from wangge.intake.models.sameness import ClusterRules, SameDecision, SameWeights, Trace, TraceKey
from wangge.intake.models.throttle import Throttle

__all__ = [
    "ClusterRules",
    "DangerAlarm",
    "Forecast",
    "ForecastCell",
    "HotSpot",
    "HotSpotCase",
    "HotSpotNotice",
    "HotSpotState",
    "Import",
    "ImportRow",
    "ImportState",
    "PreventiveTask",
    "Reading",
    "Reply",
    "ReplyMark",
    "SameDecision",
    "SameWeights",
    "TaskState",
    "Throttle",
    "Trace",
    "TraceKey",
]
