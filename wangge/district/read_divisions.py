"""The part of a profile about dividing: how many households to a grid, how many members to its load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wangge.district.read_part import Part
from wangge.divisions.rules import Rulebook

if TYPE_CHECKING:
    from wangge.district.read import _Reading

DIVISIONS = "divisions.yaml"


def read_divisions(reading: _Reading) -> Rulebook | None:
    """The file of all folders, the child's keys over the base's; None after a fault, or where no folder has it."""
    return Part().read(reading, DIVISIONS, Rulebook)
