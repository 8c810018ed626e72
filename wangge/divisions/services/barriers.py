"""Roads, rivers and railways as lines, from GeoJSON; a file takes the place of what its source gave before."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from django.db import transaction

from wangge.audit import services as audit
from wangge.divisions.models import Barrier, BarrierKind
from wangge.divisions.policies import Perm
from wangge.kit import clock, strictjson
from wangge.kit.errors import Forbidden, Invalid, TooLarge, field_error
from wangge.kit.geo.datums import parse_crs, to_wgs84
from wangge.kit.ids import uuid7
from wangge.org.scope import Actor

MOST_BYTES = 20 * 1024 * 1024
MOST_LINES = 20_000
_MOST_ERRORS = 50


def load(*, data: bytes, source: str, crs: str, by: Actor) -> tuple[int, int]:
    """How many lines were added and how many of the same source they replace. All features or none."""
    if not by.may(Perm.CHANGE_BARRIER):
        raise Forbidden(permission=Perm.CHANGE_BARRIER)
    if len(data) > MOST_BYTES:
        raise TooLarge
    now, lines = clock.now(), _read(data, crs)
    with transaction.atomic():
        removed, _ = Barrier.objects.filter(source=source).delete()
        rows = []
        for kind, name, line in lines:
            west, south, east, north = line.bounds
            rows.append(
                Barrier(
                    kind=kind, name=name, line=shapely.to_wkb(line, byte_order=1), west=west, south=south, east=east,
                    north=north, source=source, loaded_at=now,
                )
            )  # fmt: skip
        Barrier.objects.bulk_create(rows, batch_size=1000)
        audit.record(
            subject_type="division_barriers", subject_id=uuid7(), action="divisions:barrier:load", actor=by,
            data={"source": source, "added": len(rows), "removed": removed}, at=now,
        )  # fmt: skip
    return len(rows), removed


def _read(data: bytes, crs: str) -> list[tuple[str, str, Any]]:
    datum = parse_crs(crs)
    document = strictjson.parse(data)
    features = document.get("features") if isinstance(document, Mapping) else None
    if not isinstance(features, list) or not features or len(features) > MOST_LINES:
        zh = f"应为含 1 到 {MOST_LINES} 条线的 GeoJSON FeatureCollection"
        raise Invalid(errors=[field_error("document", zh, "a FeatureCollection of lines is needed")])
    found: list[tuple[str, str, Any]] = []
    errors: list[dict[str, str]] = []
    for index, feature in enumerate(features):
        at = f"feature {index}"
        properties = feature.get("properties") if isinstance(feature, Mapping) else None
        properties = properties if isinstance(properties, Mapping) else {}
        kind = str(properties.get("kind") or BarrierKind.ROAD)
        if kind not in BarrierKind.values:
            errors.append(field_error(at, "kind 应为 road、river 或 rail", "kind must be road, river or rail"))
            continue
        name = str(properties.get("name") or "")[:80]
        try:
            geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
            for points in _lines(geometry):
                lons, lats = to_wgs84(points[:, 0], points[:, 1], datum)
                found.append((kind, name, shapely.LineString(np.column_stack([lons, lats]))))
        except _Wrong as wrong:
            errors.append(field_error(at, wrong.zh, wrong.en))
        if len(errors) >= _MOST_ERRORS:
            break
    if not found and not errors:
        errors.append(field_error("document", "没有一条线", "there is no line"))
    if errors:
        raise Invalid("线层有误，未导入任何内容", "the lines have faults; nothing was imported", errors=errors)
    return found


class _Wrong(Exception):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def _lines(geometry: Any) -> Iterator[Any]:
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
    if coordinates == []:
        return  # cut away: tools that clip leave such features
    parts = {"LineString": [coordinates], "MultiLineString": coordinates}.get(str(kind))
    if not isinstance(parts, list) or not parts:
        raise _Wrong("应为 LineString 或 MultiLineString", "must be a LineString or MultiLineString")
    for part in parts:
        if not isinstance(part, list) or len(part) < 2:
            raise _Wrong("一条线至少有两个点", "a line has at least two points")
        yield np.array([_point(one) for one in part])


def _point(given: Any) -> Sequence[float]:
    if not isinstance(given, list) or len(given) < 2 or any(isinstance(n, bool) for n in given[:2]):
        raise _Wrong("坐标应为 [经度, 纬度]", "a point is [longitude, latitude]")
    try:
        lon, lat = float(given[0]), float(given[1])
    except (TypeError, ValueError) as error:
        raise _Wrong("坐标应为数字", "coordinates are numbers") from error
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise _Wrong("经纬度超出范围（是否以米为单位，或经纬度颠倒？）", "out of range: metres, or swapped axes?")
    return lon, lat
