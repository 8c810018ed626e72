"""The whole division of one day in memory: a few thousand areas, their names, and an index for each level."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray

from wangge.areas.models import AreaAlias, AreaVersion
from wangge.areas.names import Finder
from wangge.kit.geo import GridIndex
from wangge.kit.tree import AREAS


@dataclass(frozen=True)
class LevelIndex:
    """The areas of one level that have a boundary, by code, and the index over them in the same order."""

    versions: Sequence[AreaVersion]
    index: GridIndex

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """Tree position by index; the last element is 0 so that index -1 reads it."""
        return np.array([*(v.pos for v in self.versions), 0], dtype=np.int64)


class Atlas:
    """Read-only and shared between threads: do not change the versions it hands out."""

    def __init__(self, versions: Sequence[AreaVersion]) -> None:
        self.versions = sorted(versions, key=lambda v: (v.level, v.code))
        self.by_area: dict[UUID, AreaVersion] = {v.area_id: v for v in self.versions}
        self.by_pos: dict[int, AreaVersion] = {v.pos: v for v in self.versions}
        self.by_code: dict[str, AreaVersion] = {v.code: v for v in self.versions}
        self._levels: dict[int, LevelIndex] = {}
        self._lock = threading.Lock()

    @cached_property
    def children_of(self) -> dict[UUID | None, list[AreaVersion]]:
        """Children by code, keyed by the parent's area id."""
        found: dict[UUID | None, list[AreaVersion]] = {}
        for version in self.versions:
            found.setdefault(version.parent_id, []).append(version)
        return found

    def path(self, pos: int) -> list[AreaVersion]:
        """From the district down to the area at `pos`; what is not known of it is left out."""
        chain = [AREAS.ancestor(pos, depth) for depth in range(len(AREAS.bits))]
        return [self.by_pos[p] for p in dict.fromkeys(chain) if p in self.by_pos]

    def level(self, level: int) -> LevelIndex:
        """The index over `level`, built at first use (one query for the boundaries)."""
        with self._lock:
            if level not in self._levels:
                self._levels[level] = self._build(level)
            return self._levels[level]

    def _build(self, level: int) -> LevelIndex:
        wanted = {v.pk: v for v in self.versions if v.level == level}
        stored = dict(
            AreaVersion.objects.filter(pk__in=list(wanted), boundary__isnull=False).values_list("pk", "boundary")
        )
        versions = [v for pk, v in wanted.items() if pk in stored]
        polygons = shapely.from_wkb([bytes(stored[v.pk] or b"") for v in versions])
        return LevelIndex(versions, GridIndex(list(polygons), [v.pos for v in versions]))

    @cached_property
    def finder(self) -> Finder:
        aliases: dict[UUID, list[str]] = {}
        for area_id, name in AreaAlias.objects.values_list("area_id", "name"):
            aliases.setdefault(area_id, []).append(name)
        return Finder(self.versions, aliases)
