"""What intake keeps."""

from __future__ import annotations

from wangge.intake.models.hotspots import HotSpot, HotSpotCase, HotSpotNotice, HotSpotState
from wangge.intake.models.imports import Import, ImportRow, ImportState
from wangge.intake.models.sameness import ClusterRules, SameDecision, SameWeights, Trace, TraceKey
from wangge.intake.models.throttle import Throttle

__all__ = [
    "ClusterRules",
    "HotSpot",
    "HotSpotCase",
    "HotSpotNotice",
    "HotSpotState",
    "Import",
    "ImportRow",
    "ImportState",
    "SameDecision",
    "SameWeights",
    "Throttle",
    "Trace",
    "TraceKey",
]
