"""The part of a profile about sameness and hot spots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wangge.district.read_part import Part
from wangge.intake.clusters.rules import Rules

if TYPE_CHECKING:
    from wangge.district.read import _Reading

CLUSTERS = "clusters.yaml"


def read_clusters(reading: _Reading) -> Rules | None:
    """The file of all folders, the child's keys over the base's; None after a fault, or where no folder has it."""
    return Part().read(reading, CLUSTERS, Rules)
