"""Cells and borders of atoms that come as points only: Voronoi cells cut to the community, and outlines of grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely import STRtree

from wangge.areas.design.site import Flags, Floats, Ints

Shapes = Any  # an array of shapely geometries
LEAST_BORDER = 0.5  # metres: cells that meet in less meet in a point
WELL_WITHIN = 0.5  # metres
BESIDE = 0.05  # metres: a barrier drawn along the outline does not cut


@dataclass(frozen=True)
class Adjacency:
    """`cells` cover the outline without overlap, one a point; the rest as in `Site`."""

    edges: Ints
    shared: Floats
    barrier: Flags
    area: Floats
    perimeter: Floats
    cells: Shapes


def adjacency(xy: Floats, outline: Any, barriers: Sequence[Any] = ()) -> Adjacency:
    """Neighbours are points whose Voronoi cells within the outline share a border of at least half a metre; the border
    is a barrier where a line of `barriers` runs between the two points. Points outside count where they are nearest."""
    xy, cells = drawn(xy, outline)
    edges, shared = _borders(cells)
    barrier = _crossed(xy, edges, barriers)
    return Adjacency(edges, shared, barrier, shapely.area(cells), shapely.length(cells), cells)


def drawn(xy: Floats, outline: Any) -> tuple[Floats, Shapes]:
    """The cell of each point, and where the point was taken to be."""
    xy = _apart(_inside(np.asarray(xy, float), outline))
    return xy, _cells(xy, outline)


def _inside(xy: Floats, outline: Any) -> Floats:
    """Points beyond the outline, by mistake or by how it is drawn, at the nearest place well within: every point has
    a cell."""
    out = np.flatnonzero(~shapely.intersects_xy(outline, xy[:, 0], xy[:, 1]))
    if not len(out):
        return xy
    inner = shapely.buffer(outline, -WELL_WITHIN)
    inner = shapely.point_on_surface(outline) if shapely.is_empty(inner) else inner
    xy = xy.copy()
    lines = shapely.shortest_line(inner, shapely.points(xy[out]))
    xy[out] = shapely.get_coordinates(shapely.get_point(lines, 0))
    return xy


def _apart(xy: Floats) -> Floats:
    """Points on the same spot set apart by a few centimetres, so that each has a cell."""
    xy = np.asarray(xy, float).copy()
    rounded = np.round(xy, 3)
    _, place, counts = np.unique(rounded, axis=0, return_inverse=True, return_counts=True)
    place = place.reshape(-1)
    for group in np.flatnonzero(counts > 1).tolist():
        same = np.flatnonzero(place == group)
        turn = 2 * np.pi * np.arange(len(same)) / len(same)
        xy[same] += 0.05 * np.column_stack([np.cos(turn), np.sin(turn)])
    return xy


def _cells(xy: Floats, outline: Any) -> Shapes:
    if len(xy) == 1:
        return np.array([outline], dtype=object)
    points = shapely.points(xy)
    drawn = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=outline.envelope)
    polygons = shapely.get_parts(drawn)
    point, cell = STRtree(polygons).query(points, predicate="intersects")
    order = np.unique(point, return_index=True)[1]  # a point on two cells by rounding takes the first
    return _whole(shapely.intersection(polygons[cell[order]], outline), points)


def _whole(cells: Shapes, points: Shapes) -> Shapes:
    """A cell that a bend of the outline cuts in two keeps the part with its point; the rest goes to the neighbour it
    borders on longest, or stays where it lies apart. Lines where a cell only touches the outline are dropped."""
    parts, of = shapely.get_parts(cells, return_index=True)
    flat = shapely.area(parts) > 0
    parts, of = parts[flat], of[flat]
    away = shapely.distance(parts, points[of])
    main = np.lexsort((away, of))
    main = main[np.unique(of[main], return_index=True)[1]]
    whole = parts[main]
    strays, owner = np.delete(parts, main), np.delete(of, main)
    while len(strays):
        near, stray = STRtree(strays).query(whole, predicate="intersects")
        border = shapely.length(shapely.intersection(whole[near], strays[stray]))
        if not border.any():
            for apart, cell in zip(strays, owner, strict=True):
                whole[cell] = shapely.union(whole[cell], apart)
            break
        best = int(np.argmax(border))
        whole[near[best]] = shapely.union(whole[near[best]], strays[stray[best]])
        strays, owner = np.delete(strays, stray[best]), np.delete(owner, stray[best])
    return whole


def _borders(cells: Shapes) -> tuple[Ints, Floats]:
    a, b = STRtree(cells).query(cells, predicate="intersects")
    pairs = np.column_stack([a, b])[a < b]
    length = shapely.length(
        shapely.intersection(shapely.boundary(cells[pairs[:, 0]]), shapely.boundary(cells[pairs[:, 1]]))
    )
    keep = length >= LEAST_BORDER
    return pairs[keep].astype(np.int64), length[keep]


def _crossed(xy: Floats, edges: Ints, barriers: Sequence[Any]) -> Flags:
    crossed = np.zeros(len(edges), bool)
    if len(barriers) and len(edges):
        between = shapely.linestrings(xy[edges])
        crossed[np.unique(STRtree(list(barriers)).query(between, predicate="intersects")[0])] = True
    return crossed


def outlines(cells: Shapes, grid: Ints) -> list[Any]:
    """The outline of each grid in the order of its labels: cells dissolved, no slivers, together exactly the cells."""
    order = np.argsort(grid, kind="stable")
    first = np.unique(grid[order], return_index=True)[1]
    groups = np.split(np.asarray(cells, dtype=object)[order], first[1:])
    return [_dissolved(group) for group in groups if len(group)]


def _dissolved(cells: Shapes) -> Any:
    try:
        return shapely.coverage_union_all(cells)
    except shapely.errors.GEOSException:  # cells that overlap by rounding
        return shapely.union_all(cells)
