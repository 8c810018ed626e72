"""GeoJSON polygons from outside, read strictly: each fault is named by feature, ring and vertex, counted from 0."""

from __future__ import annotations

import gzip
import io
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from wangge.kit import strictjson
from wangge.kit.errors import Invalid, Malformed, field_error
from wangge.kit.geo.datums import Crs, UnknownCrs, parse_crs, to_wgs84

MAX_BYTES = 50 * 1024 * 1024
MOST_ERRORS = 200
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Feature:
    """`at` is its place in the file, `feature 3`."""

    at: str
    properties: dict[str, Any]
    geometry: BaseGeometry


@dataclass(frozen=True)
class Features:
    """`declared` is the coordinate system named in the file, if any; the geometry is still in it."""

    items: list[Feature]
    declared: Crs | None
    status: str


def read(data: bytes) -> Features:
    """Parse a FeatureCollection of polygons (also gzipped); raise Invalid naming every fault found."""
    document = _document(_opened(data))
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise _refused("document", "顶层应为 FeatureCollection", "the top level must be a FeatureCollection")
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise _refused("features", "没有任何要素", "there are no features")
    reader = _Reader()
    items = [f for i, raw in enumerate(features) if (f := reader.feature(f"feature {i}", raw)) is not None]
    reader.stop()
    for item in items:
        reader.check_valid(item)
    reader.stop()
    status = document.get("status")
    return Features(items, _declared(document.get("crs")), status if isinstance(status, str) else "")


def convert(geometry: BaseGeometry, crs: Crs) -> BaseGeometry:
    """The geometry in WGS-84."""
    if crs in {Crs.WGS84, Crs.CGCS2000}:
        return geometry

    def shift(points: Floats) -> Floats:
        return np.column_stack(to_wgs84(points[:, 0], points[:, 1], crs))

    return shapely.transform(geometry, shift)


def _refused(at: str, zh: str, en: str) -> Invalid:
    return Invalid(zh, en, errors=[field_error(at, zh, en)])


def _opened(data: bytes) -> bytes:
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
                data = stream.read(MAX_BYTES + 1)
        except (OSError, EOFError) as error:
            raise _refused("document", "压缩文件已损坏", "the gzip file is damaged") from error
    if len(data) > MAX_BYTES:
        raise _refused("document", "文件（解压后）超过 50 MB，请分批导入", "larger than 50 MB (unpacked); split it")
    return data


def _document(data: bytes) -> Any:
    try:
        return strictjson.parse(data)
    except Malformed as error:
        if "number" in error.detail_en:
            _name_bad_numbers(data)
        raise _refused("document", error.detail_zh, error.detail_en) from error


def _name_bad_numbers(data: bytes) -> None:
    """NaN and 1e999 stop the strict parser without a place: read again leniently, only to say where they are."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    features = document.get("features") if isinstance(document, dict) else None
    reader = _Reader()
    for i, raw in enumerate(features if isinstance(features, list) else []):
        reader.feature(f"feature {i}", raw)
    reader.stop()


def _declared(crs: Any) -> Crs | None:
    """The `crs` member: a plain name, or the named form of GeoJSON 2008."""
    if crs is None:
        return None
    name = crs
    if isinstance(crs, dict):
        properties = crs.get("properties")
        name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        raise UnknownCrs("crs 成员应写明坐标系名称", "the crs member must name the coordinate system")
    return parse_crs(name)


class _Reader:
    def __init__(self) -> None:
        self.errors: list[dict[str, str]] = []

    def add(self, at: str, zh: str, en: str) -> None:
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(field_error(at, zh, en))

    def stop(self) -> None:
        if self.errors:
            raise Invalid(
                "边界数据有误，未导入任何内容", "the boundaries have faults; nothing was imported", errors=self.errors
            )

    def feature(self, at: str, raw: Any) -> Feature | None:
        geometry = raw.get("geometry") if isinstance(raw, dict) and raw.get("type") == "Feature" else None
        if not isinstance(geometry, dict):
            self.add(at, "应为带 geometry 的 Feature", "must be a Feature with a geometry")
            return None
        properties, coordinates = raw.get("properties"), geometry.get("coordinates")
        match geometry.get("type"):
            case "Polygon":
                made = self._polygon(at, coordinates)
            case "MultiPolygon" if isinstance(coordinates, list) and coordinates:
                parts = [self._polygon(f"{at} polygon {i}", part) for i, part in enumerate(coordinates)]
                made = None if None in parts else MultiPolygon(parts)
            case other:
                self.add(at, f"几何类型 {other} 不是面", f"the geometry type {other} is not an area")
                return None
        if made is None:
            return None
        return Feature(at, properties if isinstance(properties, dict) else {}, made)

    def _polygon(self, at: str, rings: Any) -> Polygon | None:
        if not isinstance(rings, list) or not rings:
            self.add(at, "面没有环", "the polygon has no rings")
            return None
        read = [self._ring(f"{at} ring {i}", ring) for i, ring in enumerate(rings)]
        whole = [ring for ring in read if ring is not None]
        return Polygon(whole[0], whole[1:]) if len(whole) == len(read) else None

    def _ring(self, at: str, ring: Any) -> Floats | None:
        if not isinstance(ring, list):
            self.add(at, "环应为坐标数组", "a ring must be an array of positions")
            return None
        for i, vertex in enumerate(ring):
            if not isinstance(vertex, list) or len(vertex) not in {2, 3} or not all(_number(c) for c in vertex):
                self.add(f"{at} vertex {i}", "坐标应为两个有限数 [经度, 纬度]", "must be two finite numbers [lon, lat]")
                return None
        if len(ring) < 4:
            self.add(at, f"环只有 {len(ring)} 个点，至少要 4 个", f"a ring needs 4 positions, this has {len(ring)}")
            return None
        points = np.array([vertex[:2] for vertex in ring], dtype=np.float64)
        if (points[0] != points[-1]).any():
            self.add(f"{at} vertex {len(ring) - 1}", "环未闭合：末点应与首点相同", "the ring is not closed")
            return None
        return points if self._in_range(at, points) else None

    def _in_range(self, at: str, points: Floats) -> bool:
        bad = np.flatnonzero((np.abs(points[:, 0]) > 180) | (np.abs(points[:, 1]) > 90))
        if not bad.size:
            return True
        i = int(bad[0])
        if (np.abs(points[:, 1]) <= 180).all() and (np.abs(points[:, 0]) <= 90).all():
            zh, en = "经纬度写反了：应为 [经度, 纬度]", "the axes are swapped: write [lon, lat]"
        else:
            zh, en = "坐标超出经纬度范围（可能是投影坐标）", "out of the range of degrees (projected coordinates?)"
        self.add(f"{at} vertex {i}", f"{zh}，现为 {points[i].tolist()}", en)
        return False

    def check_valid(self, feature: Feature) -> None:
        if shapely.is_valid(feature.geometry):
            return
        reason = str(shapely.is_valid_reason(feature.geometry))
        kind, _, where = reason.partition("[")
        point = [float(c) for c in where.rstrip("]").split()] if where else []
        ring, vertex = _nearest(feature.geometry, point)
        kind = kind.strip()
        zh = _REASONS.get(kind, "几何无效")
        self.add(f"{feature.at} {ring} vertex {vertex}", f"{zh}（{', '.join(f'{c:.6f}' for c in point)}）", kind)


_REASONS = {
    "Self-intersection": "边界自相交",
    "Ring Self-intersection": "环自相交",
    "Hole lies outside shell": "洞在外环之外",
    "Holes are nested": "洞套洞",
    "Nested shells": "面重叠嵌套",
    "Interior is disconnected": "内部被割断",
    "Duplicate Rings": "环重复",
    "Too few points in geometry component": "有效点不足",
}


def _number(value: Any) -> bool:
    return type(value) in {int, float} and math.isfinite(value)


def _nearest(geometry: BaseGeometry, point: list[float]) -> tuple[str, int]:
    """The ring, and the vertex at the start of its edge, nearest to `point`."""
    best, answer = math.inf, ("ring 0", 0)
    if len(point) < 2:
        return answer
    parts = shapely.get_parts(geometry)
    for p, part in enumerate(parts):
        for r, ring in enumerate([part.exterior, *part.interiors]):
            points = shapely.get_coordinates(ring)
            edges = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
            away = shapely.distance(edges, shapely.Point(point[0], point[1]))
            i = int(np.argmin(away))
            if away[i] < best:
                best = float(away[i])
                answer = (f"polygon {p} ring {r}" if len(parts) > 1 else f"ring {r}", i)
    return answer


def outside_vertex(geometry: BaseGeometry, outline: BaseGeometry) -> tuple[str, int]:
    """The ring and vertex of `geometry` that lies farthest outside `outline`, as `ring 0`, 12."""
    worst, answer = -1.0, ("ring 0", 0)
    parts = shapely.get_parts(geometry)
    for p, part in enumerate(parts):
        for r, ring in enumerate([part.exterior, *part.interiors]):
            away = shapely.distance(shapely.points(shapely.get_coordinates(ring)), outline)
            i = int(np.argmax(away))
            if away[i] > worst:
                worst = float(away[i])
                answer = (f"polygon {p} ring {r}" if len(parts) > 1 else f"ring {r}", i)
    return answer


def misfit(geometries: list[BaseGeometry], outlines: list[BaseGeometry]) -> float:
    """The share of the geometries' area that lies outside the outline each should lie in."""
    shapes, around = np.array(geometries, dtype=object), np.array(outlines, dtype=object)
    shapely.prepare(around)
    out = np.flatnonzero(~shapely.covers(around, shapes))
    if not out.size:
        return 0.0
    beyond = shapely.area(shapely.difference(shapes[out], around[out])).sum()
    return float(beyond / max(shapely.area(shapes).sum(), 1e-300))
