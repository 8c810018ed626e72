"""The part of a profile about reading texts: words of danger, and how sure of a matter is sure enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wangge.district.read_part import Part
from wangge.responsibility.danger import DangerFile
from wangge.responsibility.reading_rules import MatterFile, ReadingFile

if TYPE_CHECKING:
    from wangge.district.read import _Reading

DANGER, MATTER = "danger.yaml", "matter.yaml"


def read_reading(reading: _Reading) -> ReadingFile | None:
    """Both files of all folders, the child's keys over the base's; None after a fault, or where no folder has them."""
    part = Part()
    danger, matter = part.read(reading, DANGER, DangerFile), part.read(reading, MATTER, MatterFile)
    if danger is None or matter is None:
        return None
    return ReadingFile(danger=danger, matter=matter)
