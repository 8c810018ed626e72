"""Numbering grids west to east and north to south, as GB/T unit grid codes ask."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry


def number_grids(polygons: Sequence[BaseGeometry]) -> list[int]:
    """The order in which the polygons of one community are numbered: element i is the index of number i + 1.

    Rows from north to south, west to east within a row. Polygons never line up exactly, so a row is a band: it
    starts at the northernmost polygon left and takes all whose centre lies at most half a median polygon height
    below that one's centre. Ties go by longitude, then by the given order, so the order is always the same.
    """
    if not polygons:
        return []
    shapes = np.array(polygons, dtype=object)
    bounds = shapely.bounds(shapes)
    middle = shapely.centroid(shapes)
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    band = float(np.median(bounds[:, 3] - bounds[:, 1])) / 2
    order: list[int] = []
    row: list[int] = []
    for i in sorted(range(len(shapes)), key=lambda k: (-y[k], x[k], k)):
        if row and y[row[0]] - y[i] > band:
            order += sorted(row, key=lambda k: (x[k], k))
            row = []
        row.append(i)
    return order + sorted(row, key=lambda k: (x[k], k))


def grid_code(community_code: str, number: int) -> str:
    """The community's 12 digits and the grid's three."""
    if not 1 <= number <= 999:
        raise ValueError(f"grid number {number} does not fit three digits")
    return f"{community_code}{number:03d}"
