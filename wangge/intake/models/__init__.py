"""What intake keeps."""

from __future__ import annotations

from wangge.intake.models.imports import Import, ImportRow, ImportState
from wangge.intake.models.throttle import Throttle

__all__ = ["Import", "ImportRow", "ImportState", "Throttle"]
