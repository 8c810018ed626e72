"""Datums, point-in-polygon over many points, and strict GeoJSON. Numba is imported only when millions of points ask."""

from wangge.kit.geo.datums import Crs, UnknownCrs, from_wgs84, parse_crs, to_wgs84
from wangge.kit.geo.grid_index import Answer, GridIndex, Place, compile_now

__all__ = [
    "Answer",
    "Crs",
    "GridIndex",
    "Place",
    "UnknownCrs",
    "compile_now",
    "from_wgs84",
    "parse_crs",
    "to_wgs84",
]
