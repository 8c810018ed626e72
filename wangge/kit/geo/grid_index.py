"""Which polygon holds each of millions of points, with the same answer as an exact geometry engine."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import ModuleType
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FEW = 4096  # below this the tree answers before the raster would be built
_CELLS_PER_EDGE = 12
_MOST_CELLS = 4_000_000
# Points of a cell that are tried as its anchor: irregular, so that they fall on no line of a drawn grid.
_TRIES = np.array(
    [[0.4871, 0.5213], [0.2939, 0.6983], [0.7349, 0.3181], [0.6151, 0.8467], [0.1723, 0.2287], [0.8831, 0.5641]]
)


class Answer(StrEnum):
    """What is known about a point. `hole` needs an outline to be told from `outside`, so only areas give it."""

    INSIDE = "inside"
    BOUNDARY = "boundary"
    OVERLAP = "overlap"
    HOLE = "hole"
    OUTSIDE = "outside"


@dataclass(frozen=True)
class Place:
    """`index` is the polygon a point belongs to or -1; `candidates` all that hold or touch it, in order."""

    answer: Answer
    index: int
    candidates: tuple[int, ...]


class GridIndex:
    """An index over polygons given in order of precedence (areas give them by code).

    The one answer for every point, single or in bulk:

    * inside exactly one polygon: that polygon;
    * on the boundary of one or more and in no other's interior: the first of them (`boundary`);
    * in more than one polygon, at least one of them by its interior: the first of them (`overlap`);
    * in none: -1.

    So the bulk answer is always the first polygon for which Shapely's `intersects_xy` is true. Large inputs go
    through a raster: cells that no edge comes near carry their polygon; in the others the point is compared with an
    anchor of known membership by counting the few edges between the two. Wherever double precision cannot tell
    on which side of an edge a point lies, Shapely decides that point.
    """

    def __init__(self, polygons: Sequence[BaseGeometry], ids: Sequence[int] | Ints | None = None) -> None:
        self.polygons = np.array(polygons, dtype=object)
        self.ids: Ints = np.arange(len(polygons)) if ids is None else np.asarray(ids, dtype=np.int64)
        shapely.prepare(self.polygons)
        self._tree = STRtree(self.polygons)
        self._raster: _Raster | None = None
        self._building = threading.Lock()

    def __len__(self) -> int:
        return len(self.polygons)

    def place(self, lon: float, lat: float) -> Place:
        """The full answer for one point."""
        near = np.sort(self._tree.query(shapely.Point(lon, lat)))
        held = near[shapely.intersects_xy(self.polygons[near], lon, lat)]
        if held.size == 0:
            return Place(Answer.OUTSIDE, -1, ())
        within = shapely.contains_xy(self.polygons[held], lon, lat)
        if held.size > 1 and within.any():
            answer = Answer.OVERLAP
        else:
            answer = Answer.INSIDE if within.all() else Answer.BOUNDARY
        return Place(answer, int(held[0]), tuple(int(k) for k in held))

    def locate(self, lons: ArrayLike, lats: ArrayLike) -> Ints:
        """Index of the polygon each point belongs to, or -1. NaN and infinite coordinates are in none."""
        x = np.ascontiguousarray(lons, dtype=np.float64)
        y = np.ascontiguousarray(lats, dtype=np.float64)
        kernels = _kernels_if_ready() if x.size >= _FEW and len(self) else None
        if kernels is None:
            return self.locate_exactly(x, y)
        out = np.empty(x.shape, dtype=np.int64)
        raster = self._ready_raster(kernels)
        kernels.locate(x, y, *raster, out)
        unsure = np.flatnonzero(out == kernels.UNDECIDED)
        if unsure.size:
            out[unsure] = self.locate_exactly(x[unsure], y[unsure])
        return out

    def locate_exactly(self, lons: Floats, lats: Floats) -> Ints:
        """`locate` by Shapely alone: the reference, and the answer where the raster is not worth its building."""
        none = len(self)
        best = np.full(lons.shape, none, dtype=np.int64)
        point, polygon = self.holding(lons, lats)
        np.minimum.at(best, point, polygon)
        return np.where(best == none, -1, best)

    def holding(self, lons: Floats, lats: Floats) -> tuple[Ints, Ints]:
        """All pairs (point, polygon) where the polygon holds or touches the point."""
        finite = np.flatnonzero(np.isfinite(lons) & np.isfinite(lats))
        point, polygon = self._tree.query(shapely.points(lons[finite], lats[finite]))
        point = finite[point]
        hit = shapely.intersects_xy(self.polygons[polygon], lons[point], lats[point])
        return point[hit], polygon[hit]

    def warm(self) -> None:
        """Compile the kernels and build the raster now, waiting for both."""
        if len(self):
            self._ready_raster(_kernels())

    def _ready_raster(self, kernels: ModuleType) -> _Raster:
        with self._building:
            if self._raster is None:
                self._raster = _build(self, kernels)
            return self._raster


class _Raster(NamedTuple):
    """What `kernels.locate` needs beside the points."""

    bounds: tuple[float, float, float, float]
    frame: tuple[float, float, float, float, int, int]
    labels: NDArray[np.int32]
    anchors: Floats
    group_from: NDArray[np.int32]
    groups: NDArray[np.int32]
    entries: Floats


@cache
def _kernels() -> ModuleType:
    """The compiled loops, run once on a small map so that later calls never wait for the compiler."""
    from wangge.kit.geo import kernels  # late: importing numba costs a second

    square = GridIndex([shapely.box(0, 0, 1, 1)])
    kernels.locate(np.zeros(1), np.zeros(1), *_build(square, kernels), np.zeros(1, dtype=np.int64))
    return kernels


_compiling = threading.Lock()
_compiled = threading.Event()


def _kernels_if_ready() -> ModuleType | None:
    """The compiled loops, or None while a thread of its own gets them: Shapely answers until then."""
    if _compiled.is_set():
        return _kernels()
    if _compiling.acquire(blocking=False):
        threading.Thread(target=_compile, name="wangge-geo-kernels", daemon=True).start()
    return None


def _compile() -> None:
    _kernels()
    _compiled.set()


def compile_now() -> None:
    """Wait until the compiled loops are there (benchmarks, tests and bulk commands)."""
    _compile()


def _edges(polygons: NDArray[np.object_]) -> tuple[Floats, Ints]:
    """All edges as rows (ax, ay, bx, by), and the polygon of each."""
    parts, part_of = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    joined = point_ring[:-1] == point_ring[1:]
    moved = (points[:-1] != points[1:]).any(axis=1)
    keep = np.flatnonzero(joined & moved)
    edges = np.hstack([points[keep], points[keep + 1]])
    return np.ascontiguousarray(edges), part_of[ring_part[point_ring[keep]]]


def _build(index: GridIndex, kernels: ModuleType) -> _Raster:
    polygons = index.polygons
    edges, owner = _edges(polygons)
    west, south, east, north = (float(v) for v in shapely.total_bounds(polygons))
    # Never so narrow that the margin around edges falls below the rounding of a coordinate.
    least = 1e-5 * max(abs(west), abs(east), abs(south), abs(north), 1e-3)
    width, height = max(east - west, least), max(north - south, least)
    cells = float(min(max(len(edges) * _CELLS_PER_EDGE, 64), _MOST_CELLS))
    nx = int(min(max(round((cells * width / height) ** 0.5), 1), 4096))
    ny = int(min(max(round(cells / nx), 1), 4096))
    frame = (west, south, nx / width, ny / height, nx, ny)

    empty = np.empty(0, dtype=np.int64)
    count = kernels.edge_cells(edges, frame, empty, empty)
    cell_of, edge_of = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    kernels.edge_cells(edges, frame, cell_of, edge_of)
    order = np.lexsort((edge_of, owner[edge_of], cell_of))
    cell_of, edge_of = cell_of[order], edge_of[order]
    mixed, entry_from = np.unique(cell_of, return_index=True)
    entries = np.zeros((count, 5))
    entries[:, :4] = edges[edge_of]
    anchors = np.empty((len(mixed), 2))
    kernels.anchor_sides(entries, np.append(entry_from, count), _TRIES, frame, mixed, anchors)

    labels = _plain_labels(index, frame, mixed)
    group_from, groups = _groups(index, anchors, cell_of, owner[edge_of], mixed)
    labels[mixed] = -3 - np.arange(len(mixed))
    return _Raster((west, south, east, north), frame, labels, anchors, group_from, groups, entries)


def _plain_labels(
    index: GridIndex, frame: tuple[float, float, float, float, int, int], mixed: Ints
) -> NDArray[np.int32]:
    """Each cell's polygon or -1; asked once for each run of neighbouring cells in a row that no edge comes near."""
    x0, y0, per_x, per_y, nx, ny = frame
    plain = np.ones(nx * ny, dtype=bool)
    plain[mixed] = False
    starts = plain.reshape(ny, nx).copy()
    starts[:, 1:] &= ~plain.reshape(ny, nx)[:, :-1]
    first = np.flatnonzero(starts.ravel())
    x = np.asarray(x0 + (first % nx + 0.5) / per_x, dtype=np.float64)
    y = np.asarray(y0 + (first // nx + 0.5) / per_y, dtype=np.float64)
    found = index.locate_exactly(x, y)
    run = np.cumsum(starts.ravel()) - 1
    labels = np.full(nx * ny, -1, dtype=np.int32)
    labels[plain] = found[run[plain]]
    return labels


def _groups(
    index: GridIndex, anchors: Floats, cell_of: Ints, polygon_of: Ints, mixed: Ints
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Rows (polygon, holds the anchor, first entry, end) per mixed cell, ordered by polygon.

    The polygons with edges near the cell, and those that hold all of it and so have none there.
    """
    count = len(index)
    first = np.flatnonzero(np.append(True, (cell_of[1:] != cell_of[:-1]) | (polygon_of[1:] != polygon_of[:-1])))
    end = np.append(first[1:], len(cell_of))
    near = np.searchsorted(mixed, cell_of[first]) * count + polygon_of[first]
    holding = index.holding(np.ascontiguousarray(anchors[:, 0]), np.ascontiguousarray(anchors[:, 1]))
    holds = holding[0] * count + holding[1]
    around = np.setdiff1d(holds, near)
    key = np.concatenate([near, around])
    rows = np.zeros((len(key), 4), dtype=np.int32)
    rows[:, 0] = key % count
    rows[:, 1] = np.isin(key, holds)
    rows[: len(near), 2] = first
    rows[: len(near), 3] = end
    order = np.argsort(key)
    group_from = np.searchsorted(key[order], np.arange(len(mixed) + 1) * count).astype(np.int32)
    return group_from, np.ascontiguousarray(rows[order])
