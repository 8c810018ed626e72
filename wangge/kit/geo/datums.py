"""GCJ-02 and BD-09 to WGS-84 and back, vectorised.

Everything stored is WGS-84; CGCS2000 differs from it by centimetres and is taken as the same. GCJ-02 (the datum of
Chinese web maps) and BD-09 (Baidu's) have no published inverse: it is found by iteration, to below a millimetre.
A datum is declared by whoever hands coordinates in, never guessed: at Jinan GCJ-02 lies some 500 m to the east.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wangge.kit.errors import Problem

Floats = NDArray[np.float64]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

# Krasovsky 1940, the ellipsoid of the GCJ-02 formula.
_A = 6378245.0
_EE = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_ROUNDS = 12
_CLOSE = 1e-11  # degrees, about a micrometre


class Crs(StrEnum):
    """The datums accepted at the edge."""

    WGS84 = "WGS84"
    CGCS2000 = "CGCS2000"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


class UnknownCrs(Problem):
    code = "unknown_crs"
    status = 422
    title_zh = "坐标系未声明或不支持"
    title_en = "The coordinate system is undeclared or not supported"


_NAMES = {
    "WGS84": Crs.WGS84,
    "EPSG4326": Crs.WGS84,
    "CRS84": Crs.WGS84,
    "URNOGCDEFCRSOGC13CRS84": Crs.WGS84,
    "URNOGCDEFCRSEPSG4326": Crs.WGS84,
    "CGCS2000": Crs.CGCS2000,
    "EPSG4490": Crs.CGCS2000,
    "URNOGCDEFCRSEPSG4490": Crs.CGCS2000,
    "GCJ02": Crs.GCJ02,
    "BD09": Crs.BD09,
    "BD09LL": Crs.BD09,
}


def parse_crs(name: str) -> Crs:
    """The datum called `name` (also EPSG and OGC URN forms); raise UnknownCrs."""
    plain = "".join(c for c in name.upper() if c.isalnum())
    crs = _NAMES.get(plain)
    if crs is None:
        raise UnknownCrs(
            f"不支持坐标系“{name[:40]}”，请声明 WGS84、CGCS2000、GCJ02 或 BD09",
            f"unsupported coordinate system {name[:40]!r}: declare WGS84, CGCS2000, GCJ02 or BD09",
        )
    return crs


def to_wgs84(lon: ArrayLike, lat: ArrayLike, crs: str | Crs) -> tuple[Floats, Floats]:
    """Longitudes and latitudes in `crs` as WGS-84, element by element."""
    x, y = _pair(lon, lat)
    match parse_crs(crs):
        case Crs.GCJ02:
            return _undo(_gcj_from_wgs, x, y)
        case Crs.BD09:
            return _undo(_gcj_from_wgs, *_undo(_bd_from_gcj, x, y))
        case _:
            return x, y


def from_wgs84(lon: ArrayLike, lat: ArrayLike, crs: str | Crs) -> tuple[Floats, Floats]:
    """WGS-84 longitudes and latitudes as `crs`, element by element."""
    x, y = _pair(lon, lat)
    match parse_crs(crs):
        case Crs.GCJ02:
            return _gcj_from_wgs(x, y)
        case Crs.BD09:
            return _bd_from_gcj(*_gcj_from_wgs(x, y))
        case _:
            return x, y


def _pair(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _gcj_from_wgs(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    radians = np.radians(lat)
    magic = 1.0 - _EE * np.sin(radians) ** 2
    d_lat = np.degrees(north * magic * np.sqrt(magic) / (_A * (1.0 - _EE)))
    d_lon = np.degrees(east * np.sqrt(magic) / (_A * np.cos(radians)))
    # The formula is defined for China's bounding box only; elsewhere maps are not shifted.
    inside = (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)
    return lon + np.where(inside, d_lon, 0.0), lat + np.where(inside, d_lat, 0.0)


def _bd_from_gcj(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _undo(
    forward: Callable[[Floats, Floats], tuple[Floats, Floats]], lon: Floats, lat: Floats
) -> tuple[Floats, Floats]:
    """Fixed-point inverse: the shift changes by about a percent over its own length, so each round gains two digits."""
    x, y = lon, lat
    for _ in range(_ROUNDS):
        u, v = forward(x, y)
        step_x, step_y = lon - u, lat - v
        x, y = x + step_x, y + step_y
        if x.size == 0 or max(np.nanmax(np.abs(step_x)), np.nanmax(np.abs(step_y))) < _CLOSE:
            break
    return x, y
