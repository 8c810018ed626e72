"""Compiled loops of the raster point-in-polygon index; see `grid_index` for what they mean.

Imported late and in the background: importing numba costs about a second, the first compilation some more. The
machine code is cached beside this file, or in the user's cache folder where that is read-only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wangge.kit.compiled import compiled

OUTSIDE = -1
UNDECIDED = -2
_ORIENTATION_ERROR = 4e-16  # Shewchuk's bound is (3 + 16ε)ε ≈ 3.33e-16 of the sum of magnitudes
_MARGIN = 1e-5  # of a cell: how far beyond its computed extent an edge is taken to reach


@compiled
def side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """1 left of a→b, -1 right of it, 0 when double precision cannot tell (on the line, or within rounding of it)."""
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    cross = left - right
    bound = _ORIENTATION_ERROR * (abs(left) + abs(right))
    if cross > bound:
        return 1
    if -cross > bound:
        return -1
    return 0


@compiled
def column(x: float, x0: float, per_x: float, nx: int) -> int:
    """The column of cells that holds `x`. Monotone in `x`, rounding included: cells are intervals without gaps."""
    i = int((x - x0) * per_x)
    return min(max(i, 0), nx - 1)


@compiled
def edge_cells(
    edges: NDArray[np.float64],
    frame: tuple[float, float, float, float, int, int],
    cells_out: NDArray[np.int64],
    edges_out: NDArray[np.int64],
) -> int:
    """Every (cell, edge) pair where the edge may meet the cell; the count, also when the arrays are too short."""
    x0, y0, per_x, per_y, nx, ny = frame
    count = 0
    for e in range(edges.shape[0]):
        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if ay > by:
            ax, ay, bx, by = bx, by, ax, ay
        first, last = column(ay, y0, per_y, ny), column(by, y0, per_y, ny)
        # A vertex within the margin of a row's border counts for both rows.
        first = min(first, column(ay - _MARGIN / per_y, y0, per_y, ny))
        last = max(last, column(by + _MARGIN / per_y, y0, per_y, ny))
        for j in range(first, last + 1):
            low = max(ay, y0 + (j - _MARGIN) / per_y)
            high = min(by, y0 + (j + 1 + _MARGIN) / per_y)
            if j == ny - 1:
                high = by
            if by > ay:
                xa = ax + (bx - ax) * min(max((low - ay) / (by - ay), 0.0), 1.0)
                xb = ax + (bx - ax) * min(max((high - ay) / (by - ay), 0.0), 1.0)
            else:
                xa, xb = ax, bx
            if xa > xb:
                xa, xb = xb, xa
            left = column(xa - _MARGIN / per_x, x0, per_x, nx)
            right = column(xb + _MARGIN / per_x, x0, per_x, nx)
            for i in range(left, right + 1):
                if count < cells_out.shape[0]:
                    cells_out[count] = j * nx + i
                    edges_out[count] = e
                count += 1
    return count


@compiled
def anchor_sides(
    entries: NDArray[np.float64],
    entry_from: NDArray[np.int64],
    tries: NDArray[np.float64],
    frame: tuple[float, float, float, float, int, int],
    cells: NDArray[np.int64],
    anchors: NDArray[np.float64],
) -> None:
    """For each mixed cell pick the first of `tries` that lies clearly off all its edges, and note its side of each.

    `entries` rows are (ax, ay, bx, by, side). A cell without such a point gets a NaN anchor.
    """
    x0, y0, per_x, per_y, nx, _ny = frame
    for m in range(cells.shape[0]):
        i, j = cells[m] % nx, cells[m] // nx
        anchors[m, 0] = np.nan
        for t in range(tries.shape[0]):
            cx = x0 + (i + tries[t, 0]) / per_x
            cy = y0 + (j + tries[t, 1]) / per_y
            clear = True
            for k in range(entry_from[m], entry_from[m + 1]):
                s = side(entries[k, 0], entries[k, 1], entries[k, 2], entries[k, 3], cx, cy)
                if s == 0:
                    clear = False
                    break
                entries[k, 4] = s
            if clear:
                anchors[m, 0], anchors[m, 1] = cx, cy
                break


@compiled
def locate(
    lons: NDArray[np.float64],
    lats: NDArray[np.float64],
    bounds: tuple[float, float, float, float],
    frame: tuple[float, float, float, float, int, int],
    labels: NDArray[np.int32],
    anchors: NDArray[np.float64],
    group_from: NDArray[np.int32],
    groups: NDArray[np.int32],
    entries: NDArray[np.float64],
    out: NDArray[np.int64],
) -> None:
    """The first polygon that holds each point, OUTSIDE, or UNDECIDED where double precision cannot tell.

    `labels[cell]` is a polygon, OUTSIDE, or `-3 - m` for mixed cell m. A mixed cell's `groups` are one row per
    polygon near it, in order: (polygon, whether it holds the anchor, first entry, end of entries).
    """
    west, south, east, north = bounds
    x0, y0, per_x, per_y, nx, ny = frame
    for n in range(lons.shape[0]):
        px, py = lons[n], lats[n]
        if not (west <= px <= east and south <= py <= north):
            out[n] = OUTSIDE
            continue
        label = labels[column(py, y0, per_y, ny) * nx + column(px, x0, per_x, nx)]
        if label > UNDECIDED:
            out[n] = label
            continue
        m = -3 - label
        cx, cy = anchors[m, 0], anchors[m, 1]
        answer = OUTSIDE
        if np.isnan(cx):
            answer = UNDECIDED
        else:
            for g in range(group_from[m], group_from[m + 1]):
                inside = groups[g, 1] == 1
                for k in range(groups[g, 2], groups[g, 3]):
                    ax, ay, bx, by = entries[k, 0], entries[k, 1], entries[k, 2], entries[k, 3]
                    s = side(ax, ay, bx, by, px, py)
                    if s == 0:
                        answer = UNDECIDED
                        break
                    if s == entries[k, 4]:
                        continue
                    # The line of the edge parts the point from the anchor: does the edge itself?
                    sa = side(px, py, cx, cy, ax, ay)
                    sb = side(px, py, cx, cy, bx, by)
                    if sa == 0 or sb == 0:
                        answer = UNDECIDED
                        break
                    if sa != sb:
                        inside = not inside
                if answer == UNDECIDED:
                    break
                if inside:
                    answer = groups[g, 0]
                    break
        out[n] = answer
