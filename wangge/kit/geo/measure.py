"""Lengths and areas on the ellipsoid."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

METRES_PER_DEGREE = 111_195.0  # of latitude, on the mean sphere


@cache
def _equal_area() -> Any:
    from pyproj import Transformer  # late: reads its database of projections

    return Transformer.from_crs("EPSG:4326", "+proj=cea +ellps=WGS84", always_xy=True)


def areas_km2(geometries: Sequence[BaseGeometry]) -> NDArray[np.float64]:
    """Areas of WGS-84 polygons in km², by an equal-area projection."""

    def project(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(_equal_area().transform(points[:, 0], points[:, 1]))

    flat = shapely.transform(np.array(geometries, dtype=object), project)
    return np.asarray(shapely.area(flat) / 1e6, dtype=np.float64)


def metres_between(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Distance of two near points (up to some hundred kilometres), on the sphere."""
    east = (other_lon - lon) * METRES_PER_DEGREE * float(np.cos(np.radians((lat + other_lat) / 2)))
    return float(np.hypot(east, (other_lat - lat) * METRES_PER_DEGREE))


def box_around(lon: float, lat: float, metres: float) -> tuple[float, float, float, float]:
    """West, south, east, north of a box that holds all points within `metres`."""
    up = metres / METRES_PER_DEGREE * 1.01
    aside = up / max(float(np.cos(np.radians(lat))), 0.01)
    return lon - aside, lat - up, lon + aside, lat + up
