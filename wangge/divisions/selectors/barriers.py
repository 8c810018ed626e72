"""Lines that grids should not straddle, for the map."""

from __future__ import annotations

from uuid import UUID

import orjson
import shapely
import shapely.geometry

from wangge.areas import selectors as areas
from wangge.divisions.models import Barrier
from wangge.kit.errors import NotFound

MOST = 20_000


def drawing(area_id: UUID) -> bytes:
    """Those near an area as a FeatureCollection."""
    version = areas.version_at(area_id)
    if version is None:
        raise NotFound
    found = Barrier.objects.all()
    level = areas.atlas().level(version.level)
    place = next((i for i, v in enumerate(level.versions) if v.area_id == version.area_id), None)
    if place is not None:
        west, south, east, north = level.index.polygons[place].bounds
        found = found.filter(west__lte=east, east__gte=west, south__lte=north, north__gte=south)
    features = [
        {
            "type": "Feature",
            "properties": {"kind": one.kind, "name": one.name},
            "geometry": shapely.geometry.mapping(shapely.from_wkb(bytes(one.line))),
        }
        for one in found.order_by("kind", "id")[:MOST]
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})
