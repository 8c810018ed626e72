"""Areas as GeoJSON for maps: simplified without gaps between neighbours, small enough to draw thousands."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from wangge.areas.atlas import Atlas
from wangge.areas.models import AreaVersion, Level
from wangge.kit.tree import AREAS

DIGITS = 6  # of a degree: 0.1 m
MOST_BYTES = 600_000
# Degrees; the corners that simplifying cuts off are triangles of about this side. 1e-5 is a metre.
_TOLERANCE = {
    Level.DISTRICT: 1e-4, Level.SUBDISTRICT: 8e-5, Level.COMMUNITY: 5e-5, Level.GRID: 3e-5, Level.COURTYARD: 1e-5,
}  # fmt: skip


def draw(atlas: Atlas, level: Level, within: AreaVersion | None) -> bytes:
    """A gzipped FeatureCollection of the drawn areas of `level`, in all the district or `within` an area."""
    found = atlas.level(level)
    chosen = [i for i, v in enumerate(found.versions) if within is None or within.pos <= v.pos < within.pos_end]
    versions = [found.versions[i] for i in chosen]
    shapes = found.index.polygons[chosen]
    districts = np.array([AREAS.ancestor(v.pos, Level.DISTRICT) for v in versions], dtype=np.int64)
    tolerance = _TOLERANCE[level]
    while True:
        packed = gzip.compress(_document(versions, simplified(shapes, districts, tolerance)), compresslevel=6, mtime=0)
        if len(packed) <= MOST_BYTES or tolerance > 1e-3:
            return packed
        tolerance *= 1.6


def simplified(shapes: NDArray[np.object_], districts: NDArray[np.int64], tolerance: float) -> NDArray[np.object_]:
    """Fewer vertices, shared borders kept shared. What overlaps or does not meet vertex on vertex is left whole.

    District by district: outlines from different sources do not meet.
    """
    result = shapes.copy()
    for district in np.unique(districts):
        chosen = np.flatnonzero(districts == district)
        if shapely.coverage_is_valid(shapes[chosen]):
            result[chosen] = shapely.coverage_simplify(shapes[chosen], tolerance)
    return result


def _document(versions: Sequence[AreaVersion], shapes: NDArray[np.object_]) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"id": v.area_id, "code": v.code, "name": v.name, "level": v.level},
            "geometry": _geometry(shape),
        }
        for v, shape in zip(versions, shapes, strict=True)
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def _geometry(shape: BaseGeometry) -> dict[str, Any]:
    parts = [
        [_ring(ring) for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
    ]
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _ring(ring: BaseGeometry) -> list[list[float]]:
    points: list[list[float]] = np.round(shapely.get_coordinates(ring), DIGITS).tolist()
    return points
